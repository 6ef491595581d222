#include "config.h"

#include "desk.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "store/known.h"
#include "token_key.h"

static void
make_children(struct desk *d)
{
	d->n_intakes = d->conf->n_mailboxes;
	d->intakes = xcalloc(d->n_intakes, sizeof(*d->intakes));
	for (size_t i = 0; i < d->n_intakes; i++) {
		struct child	*c = &d->intakes[i].child;
		char		 name[300];

		c->role = CONFINE_INTAKE;
		c->arg = d->conf->mailboxes[i].name;
		(void)snprintf(name, sizeof(name), "intake:%s", c->arg);
		c->name = xstrdup(name);
	}
	d->n_couriers = (size_t)(d->conf->couriers > 0 ? d->conf->couriers : 1);
	d->couriers = xcalloc(d->n_couriers, sizeof(*d->couriers));
	for (size_t i = 0; i < d->n_couriers; i++) {
		struct courier_state	*c = &d->couriers[i];

		(void)snprintf(c->name, sizeof(c->name), "courier:%zu", i);
		c->child.role = CONFINE_COURIER;
		c->child.name = c->name;
	}
	d->said = xcalloc(d->n_couriers * JOBS_MAX, sizeof(*d->said));
	d->evidence_owed = 1;
	d->reader.role = CONFINE_READER;
	d->reader.name = "reader";
	d->pfds = xcalloc(desk_n_children(d) + 2 + CONTROLS_MAX, sizeof(*d->pfds));
}

/* Whatever was in a courier's hands when we died is free again, also of those
 * that the configuration has no more. */
static enum rc
free_leases(struct desk *d, struct err *err)
{
	enum rc	rc = desk_begin(d, err);

	if (rc == RC_OK)
		rc = outbox_release(d->store, NULL, 0, err);
	return rc == RC_OK ? desk_commit(d, err) : rc;
}

enum rc
desk_new(struct rules *rules, const struct spawn *sp, unsigned how,
    struct desk **out, struct err *err)
{
	struct desk	*d = xcalloc(1, sizeof(*d));
	const struct conf *conf = rules->conf;
	enum rc		 rc;

	d->conf = conf;
	d->spawn = *sp;
	d->once = (how & DESK_ONCE) != 0;
	d->unread = 1;
	d->control_fd = -1;
	for (size_t i = 0; i < CONTROLS_MAX; i++)
		d->controls[i].fd = -1;
	make_children(d);
	policies_add(&d->policies, &d->n_policies, rules->policy);
	d->policy = rules->policy;
	rules->policy = NULL;
	d->templates = rules->templates;
	rules->templates = NULL;
	rc = known_open(conf->state_dir, conf->store, how & DESK_NEW_STORE ?
	    KNOWN_ANEW : KNOWN_WRITE, &d->store, err);
	if (rc == RC_OK)
		rc = token_key_load(conf, d->store, (how & DESK_NEW_KEY) != 0,
		    clock_now(), d->key, err);
	if (rc == RC_OK)
		rc = store_hold_room(d->store, err);
	if (rc == RC_OK)
		rc = free_leases(d, err);
	if (rc != RC_OK) {
		desk_free(&d);
	} else {
		d->committed = d->reminded = clock_mono_ms();
		desk_control_open(d);
	}
	*out = d;
	return rc;
}

void
desk_free(struct desk **dp)
{
	struct desk	*d = *dp;

	if (d == NULL)
		return;
	for (size_t i = 0; i < d->n_intakes; i++)
		free((char *)(uintptr_t)d->intakes[i].child.name);
	if (d->store != NULL)
		desk_control_close(d);
	desk_evidence_forget(d);
	free(d->intakes);
	free(d->couriers);
	desk_said_done(d);
	free(d->said);
	free(d->ways);
	free(d->lost);
	free(d->pfds);
	policies_free(&d->policies, &d->n_policies);
	templates_free(&d->templates);
	rules_free(&d->next);
	store_close(&d->store);
	free(d);
	*dp = NULL;
}
