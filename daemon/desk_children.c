#include "config.h"

#include "desk.h"

#include <sys/wait.h>

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

#define UNREADY_MAX	3	/* deaths before it could do anything */
#define FRAMES_A_TURN	256	/* of one child, so that no one starves */
#define FILLS_A_TURN	16	/* and so often its channel is emptied */

size_t
desk_n_children(const struct desk *d)
{
	return d->n_intakes + d->n_couriers + 1;
}

struct child *
desk_child(struct desk *d, size_t i)
{
	if (i < d->n_intakes)
		return &d->intakes[i].child;
	i -= d->n_intakes;
	return i < d->n_couriers ? &d->couriers[i].child : &d->reader;
}

void
desk_start_children(struct desk *d, int64_t mono)
{
	struct err	err;

	for (size_t i = 0; i < desk_n_children(d); i++) {
		struct child	*c = desk_child(d, i);

		if (c->pid != 0 || c->ending || d->stopping ||
		    c->restart_at > mono)
			continue;
		if (child_start(c, &d->spawn, mono, &err) != RC_OK) {
			log_err(NULL, "child: %s", err.text);
			c->restart_at = mono + 1000;
		}
	}
}

static const char *
alarm_name(struct arena *a, const struct child *c)
{
	return arena_printf(a, "process:%s", c->name);
}

/* One that cannot even begin has nobody else to tell of it. */
static enum rc
child_unready(struct desk *d, const struct child *c, const char *how,
    struct err *err)
{
	struct arena	*a;
	enum rc		 rc;

	if (c->ending || c->unready < UNREADY_MAX)
		return RC_OK;
	a = arena_new();
	rc = desk_alarm(d, alarm_name(a, c), how, a, err);
	arena_free(&a);
	return rc;
}

static enum rc
child_ready(struct desk *d, struct child *c, struct err *err)
{
	struct arena	*a;
	enum rc		 rc;

	c->ready = 1;
	if (c->role == CONFINE_READER)
		d->unread = 1;
	a = arena_new();
	rc = desk_all_clear(d, alarm_name(a, c), a, err);
	arena_free(&a);
	return rc;
}

/* One frame of child i.  RC_REFUSED: the child spoke nonsense. */
static enum rc
handle(struct desk *d, size_t i, const struct frame *f, struct err *err)
{
	struct child	*c = desk_child(d, i);
	struct arena	*a;
	enum rc		 rc;

	if (f->type == FRAME_READY)
		return child_ready(d, c, err);
	if (f->type == FRAME_PONG) {
		c->last_pong = clock_mono_ms();
		c->pinged = 0;
		return RC_OK;
	}
	if (c->role == CONFINE_INTAKE)
		return desk_from_intake(d, &d->intakes[i], f, err);
	if (c->role == CONFINE_READER)
		return desk_from_reader(d, f, err);
	a = arena_new();
	rc = desk_from_courier(d, &d->couriers[i - d->n_intakes], f, a, err);
	arena_free(&a);
	return rc;
}

/*
 * What a child says while we listen is heard in the same turn: the more mails
 * share a commit, the fewer pages are written for each.  That it has ended is
 * seen at the next turn.
 */
static enum rc
next_frame(struct channel *ch, struct frame *f, int *fills, struct err *err)
{
	enum rc	rc = channel_next(ch, f, err);

	if (rc == RC_AGAIN && (*fills)-- > 0 && channel_fill(ch, err) == RC_OK)
		rc = channel_next(ch, f, err);
	return rc;
}

enum rc
desk_listen(struct desk *d, size_t i, struct err *err)
{
	struct child	*c = desk_child(d, i);
	struct frame	 f;
	char		 esc[600];
	int		 fills = FILLS_A_TURN;
	enum rc		 rc;

	rc = channel_fill(&c->ch, err);
	if (rc == RC_BROKEN)		/* end of file: SIGCHLD tells the rest */
		child_kill(c);
	for (int n = 0; n < FRAMES_A_TURN; n++) {
		rc = next_frame(&c->ch, &f, &fills, err);
		if (rc == RC_OK)
			rc = handle(d, i, &f, err);
		if (rc == RC_REFUSED) {
			log_err(NULL, "child: name=%s \"%s\"; it is ended",
			    c->name, log_text(esc, sizeof(esc), err->text));
			child_kill(c);
			return RC_OK;
		}
		if (rc != RC_OK)
			return rc == RC_AGAIN ? RC_OK : rc;
	}
	return RC_OK;
}

/*
 * What it said and nobody has heard yet: that it ended may be known first, and
 * a receipt that goes unheard is a letter that goes out twice.
 */
static enum rc
hear_last_words(struct desk *d, size_t i, struct err *err)
{
	struct channel	*ch = &desk_child(d, i)->ch;
	struct frame	 f;
	struct err	 end;
	enum rc		 rc, more;

	do {
		more = channel_fill(ch, &end);
		while ((rc = channel_next(ch, &f, &end)) == RC_OK)
			if ((rc = handle(d, i, &f, err)) != RC_OK)
				return rc == RC_BROKEN ? rc : RC_OK;
	} while (more == RC_OK && rc == RC_AGAIN);
	return RC_OK;
}

static enum rc
child_ended(struct desk *d, size_t i, int status, struct err *err)
{
	struct child	*c = desk_child(d, i);
	char		 how[64];
	enum rc		 rc = RC_OK;

	if (WIFSIGNALED(status))
		(void)snprintf(how, sizeof(how), "signal %d", WTERMSIG(status));
	else
		(void)snprintf(how, sizeof(how), "exit %d",
		    WEXITSTATUS(status));
	child_gone(c, clock_mono_ms());
	if (!c->ending)
		log_warn(NULL, "child: name=%s ended how=\"%s\" failures=%d",
		    c->name, how, c->failures);
	switch (c->role) {
	case CONFINE_INTAKE:
		d->intakes[i].batch_len = 0;
		d->intakes[i].marks_out = 0;
		if (!c->ending && c->failures > 1)	/* for --once */
			d->intakes[i].polled = d->intakes[i].failed = 1;
		break;
	case CONFINE_COURIER:
		rc = desk_courier_gone(d, &d->couriers[i - d->n_intakes], how,
		    err);
		break;
	case CONFINE_READER:
		if (!c->ending)
			rc = desk_reader_gone(d, how, err);
		break;
	case CONFINE_DESK:
		break;
	}
	return rc == RC_OK ? child_unready(d, c, how, err) : rc;
}

enum rc
desk_reap(struct desk *d, struct err *err)
{
	int	status;
	pid_t	pid;
	enum rc	rc = RC_OK;

	while (rc == RC_OK && (pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (size_t i = 0; i < desk_n_children(d); i++)
			if (desk_child(d, i)->pid == pid) {
				rc = hear_last_words(d, i, err);
				if (rc == RC_OK)
					rc = child_ended(d, i, status, err);
				else	/* no more signals to its number */
					child_gone(desk_child(d, i),
					    clock_mono_ms());
				break;
			}
	return rc;
}

int
desk_has_frame(const struct child *c)
{
	struct frame	f;
	struct err	err;
	size_t		used;

	return c->pid != 0 && frame_take(c->ch.in.data + c->ch.eaten,
	    c->ch.in.len - c->ch.eaten, &f, &used, &err) != RC_AGAIN;
}
