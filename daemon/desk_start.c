#include "config.h"

#include "desk.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/known.h"

/*
 * A key of our own, whole or not at all: half of one, left by a full disk,
 * would keep us from starting ever after.  *out: the key, open to be read.
 */
static enum rc
make_key(const char *file, int *out, struct err *err)
{
	unsigned char	key[TOKEN_KEY];
	char		made[4200];
	int		fd, bad;

	if (gnutls_rnd(GNUTLS_RND_KEY, key, sizeof(key)) < 0)
		return err_set(err, RC_BROKEN, "no random numbers");
	(void)snprintf(made, sizeof(made), "%s.%ld", file, (long)getpid());
	(void)unlink(made);
	fd = open(made, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1)
		return err_set(err, RC_BROKEN, "%s: %s", made,
		    strerror(errno));
	bad = write(fd, key, sizeof(key)) != (ssize_t)sizeof(key) ||
	    fsync(fd) == -1;
	if (!bad)	/* another may have been faster: then it is his */
		bad = link(made, file) == -1 && errno != EEXIST;
	if (bad)
		(void)err_set(err, RC_BROKEN, "%s: %s", file,
		    strerror(errno));
	(void)close(fd);
	(void)unlink(made);
	if (bad)
		return RC_BROKEN;
	*out = open(file, O_RDONLY | O_CLOEXEC);
	return RC_OK;
}

static enum rc
load_key(struct desk *d, struct err *err)
{
	const int	 ours = d->conf->token_key_file == NULL;
	char		 file[4096];
	ssize_t		 n;
	int		 fd;

	if (!ours)
		(void)snprintf(file, sizeof(file), "%s",
		    d->conf->token_key_file);
	else
		(void)snprintf(file, sizeof(file), "%s/token.key",
		    d->conf->state_dir);
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd == -1 && errno == ENOENT && ours &&
	    make_key(file, &fd, err) != RC_OK)
		return RC_BROKEN;
	if (fd == -1)
		return err_set(err, RC_REFUSED, "%s: %s", file,
		    strerror(errno));
	n = read(fd, d->key, TOKEN_KEY);
	(void)close(fd);
	if (n != TOKEN_KEY)
		return err_set(err, RC_REFUSED,
		    "%s: shorter than %d bytes of key", file, TOKEN_KEY);
	return RC_OK;
}

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
		rc = outbox_release(d->store, NULL, err);
	return rc == RC_OK ? desk_commit(d, err) : rc;
}

enum rc
desk_new(struct rules *rules, const struct spawn *sp, int once,
    int new_store, struct desk **out, struct err *err)
{
	struct desk	*d = xcalloc(1, sizeof(*d));
	const struct conf *conf = rules->conf;
	enum rc		 rc;

	d->conf = conf;
	d->spawn = *sp;
	d->once = once;
	d->unread = 1;
	make_children(d);
	policies_add(&d->policies, &d->n_policies, rules->policy);
	d->policy = rules->policy;
	rules->policy = NULL;
	d->templates = rules->templates;
	rules->templates = NULL;
	rc = load_key(d, err);
	if (rc == RC_OK)
		rc = known_open(conf->state_dir, conf->store, new_store ?
		    KNOWN_ANEW : KNOWN_WRITE, &d->store, err);
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
	free(d->pfds);
	policies_free(&d->policies, &d->n_policies);
	templates_free(&d->templates);
	rules_free(&d->next);
	store_close(&d->store);
	free(d);
	*dp = NULL;
}
