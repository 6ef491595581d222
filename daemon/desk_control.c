#include "config.h"

#include "desk.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "control.h"
#include "queue.h"

#define ARGS_FROM	2	/* fields of a COMMAND: actor, verb, ... */

static void
answer(struct channel *ch, enum rc rc, const char *text)
{
	struct frame	f;
	struct err	err;

	frame_start(&f, FRAME_ANSWER);
	frame_num(&f, (int64_t)rc);
	frame_str(&f, text);
	(void)channel_queue(ch, &f, &err);	/* flushed after the commit */
}

/* queue retry|hold|withdraw ID...: all of them or none. */
static enum rc
command_queue(struct desk *d, const struct frame *f, const char *actor,
    struct arena *a, struct err *err)
{
	char	verb[16];
	int64_t	id;
	enum rc	rc = RC_OK;

	(void)frame_text(f, ARGS_FROM, verb, sizeof(verb));
	if (strcmp(verb, "retry") == 0)
		desk_ways_try(d);
	for (unsigned i = ARGS_FROM + 1; rc == RC_OK && i < f->n; i++) {
		if (frame_int(f, i, &id) == -1)
			return err_set(err, RC_REFUSED, "no number");
		rc = queue_change(d->store, verb, id, actor, "operator",
		    clock_now(), a, err);
	}
	return rc;
}

/* import NAME RAW [ARRIVED]: one mail, as if it had come into a mailbox. */
static enum rc
command_import(struct desk *d, const struct frame *f, struct err *err)
{
	struct mail	m;
	char		name[512];
	int64_t		at, now = clock_now();
	enum rc		rc;

	if (f->n < ARGS_FROM + 2)
		return err_set(err, RC_REFUSED, "import: no mail");
	memset(&m, 0, sizeof(m));
	m.mailbox = "import";
	m.uidvalidity = 1;
	m.uid = frame_text(f, ARGS_FROM, name, sizeof(name));
	m.raw = f->field[ARGS_FROM + 1].p;
	m.raw_len = f->field[ARGS_FROM + 1].len;
	m.size = (int64_t)m.raw_len;
	m.arrived = now;
	if (frame_int(f, ARGS_FROM + 2, &at) == 0 && at > 0 && at < now)
		m.arrived = at;
	rc = spool_add(d->store, &m, now, err);
	d->unread = 1;
	return rc;
}

static enum rc
command(struct desk *d, const struct frame *f, struct arena *a,
    struct err *err)
{
	char	actor[128], verb[32];

	(void)frame_text(f, 0, actor, sizeof(actor));
	(void)frame_text(f, 1, verb, sizeof(verb));
	if (f->type != FRAME_COMMAND)
		return err_set(err, RC_REFUSED, "a COMMAND frame was expected");
	if (strcmp(verb, "queue") == 0)
		return command_queue(d, f, actor, a, err);
	if (strcmp(verb, "import") == 0)
		return command_import(d, f, err);
	if (strcmp(verb, "poll") == 0) {
		for (size_t i = 0; i < d->n_intakes; i++)
			child_say(&d->intakes[i].child, FRAME_POLL);
		return RC_OK;
	}
	return err_set(err, RC_REFUSED, "unknown command");
}

/*
 * A refused command must leave nothing half done, and it shares its turn's
 * transaction with others: so what came before is committed first.
 */
static enum rc
run(struct desk *d, struct channel *ch, const struct frame *f, struct err *err)
{
	struct arena	*a = arena_new();
	struct err	 why;
	enum rc		 rc, said;

	why.text[0] = '\0';
	rc = desk_commit(d, err);
	if (rc == RC_OK)
		rc = desk_begin(d, err);
	if (rc == RC_OK) {
		said = command(d, f, a, &why);
		if (said == RC_BROKEN) {
			*err = why;
			rc = said;
		} else if (said != RC_OK) {
			store_rollback(d->store);
			d->in_tx = 0;
		}
		answer(ch, said, why.text);
	}
	arena_free(&a);
	return rc;
}

void
desk_control_open(struct desk *d)
{
	struct err	err;

	d->control_fd = control_listen(d->conf, &err);
	if (d->control_fd == -1)
		log_warn(NULL, "desk: %s; `tocsin queue` cannot reach it",
		    err.text);
}

void
desk_control_close(struct desk *d)
{
	control_close(d->conf, d->control_fd);
	d->control_fd = -1;
	for (size_t i = 0; i < CONTROLS_MAX; i++)
		if (d->controls[i].fd != -1)
			channel_close(&d->controls[i]);
}

void
desk_control_new(struct desk *d)
{
	int	fd = control_accept(d->control_fd);

	if (fd == -1)
		return;
	for (size_t i = 0; i < CONTROLS_MAX; i++)
		if (d->controls[i].fd == -1) {
			channel_init(&d->controls[i], fd);
			return;
		}
	(void)close(fd);
}

/* RC_BROKEN only when the store is; a client's nonsense ends the client. */
enum rc
desk_control_read(struct desk *d, struct channel *ch, struct err *err)
{
	struct frame	f;
	struct err	ignored;
	enum rc		rc;

	rc = channel_fill(ch, &ignored);
	while (rc == RC_OK || rc == RC_AGAIN) {
		rc = channel_next(ch, &f, &ignored);
		if (rc == RC_AGAIN)
			return RC_OK;
		if (rc == RC_OK && (rc = run(d, ch, &f, err)) != RC_OK)
			return rc;
	}
	channel_close(ch);
	return RC_OK;
}
