#include "config.h"

#include "desk.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/civil.h"
#include "base/clock.h"
#include "base/log.h"
#include "notify.h"

#define PING_EVERY	10000
#define PONG_WITHIN	60000	/* of one with nothing long in hand */
#define STATUS_MAX	4096

/* How long a PING may go unanswered: behind a command to a slow server, a
 * whole job of the courier.  The reader is timed by each mail it has. */
static int64_t
pong_within(const struct desk *d, const struct child *c)
{
	switch (c->role) {
	case CONFINE_INTAKE:
		return PONG_WITHIN + 300 * 1000;
	case CONFINE_COURIER:
		return PONG_WITHIN + 600 * 1000;
	case CONFINE_READER:
		return d->n_reading == 0 && desk_sift_since(d) == 0 ?
		    PONG_WITHIN : INT64_MAX;
	case CONFINE_DESK:
		break;
	}
	return INT64_MAX;
}

/* Children answer pings; the reader has a time for each mail. */
void
desk_watch(struct desk *d, int64_t mono)
{
	const int64_t	too_long = 1000 * (int64_t)(d->conf->reader_seconds *
			    5 + 5);

	for (size_t i = 0; i < desk_n_children(d); i++) {
		struct child	*c = desk_child(d, i);

		if (c->pid == 0 || !c->ready)
			continue;
		if (c->pinged != 0 && mono - c->pinged > pong_within(d, c)) {
			log_err(NULL, "child: name=%s does not answer",
			    c->name);
			child_kill(c);
		} else if (c->pinged == 0 && mono - c->last_pong > PING_EVERY) {
			c->pinged = mono;
			child_say(c, FRAME_PING);
		}
	}
	if ((d->n_reading > 0 && mono - d->reading[0].since > too_long) ||
	    (desk_sift_since(d) > 0 && mono - desk_sift_since(d) > too_long))
		child_kill(&d->reader);
}

int64_t
desk_health_in(const struct desk *d, int64_t mono)
{
	int64_t	every = notify_watchdog_ms(), left;

	if (every == 0)
		return PING_EVERY;
	left = d->watchdog + every / 2 - mono;
	return left < 0 ? 0 : left < PING_EVERY ? left : PING_EVERY;
}

/* A child that was killed for its silence and is there all the same. */
static const struct child *
undead(struct desk *d, int64_t mono)
{
	for (size_t i = 0; i < desk_n_children(d); i++) {
		const struct child	*c = desk_child(d, i);

		if (c->pid != 0 && c->pinged != 0 && mono - c->pinged -
		    PONG_WITHIN > pong_within(d, c))
			return c;
	}
	return NULL;
}

/* For `systemctl status`: when each child was last heard of. */
static void
say_alive(struct desk *d, int64_t mono)
{
	struct buf	b;

	buf_init(&b, STATUS_MAX);
	(void)buf_addf(&b, "WATCHDOG=1\nSTATUS=stored %" PRId64 " s ago",
	    (mono - d->committed) / 1000);
	for (size_t i = 0; i < desk_n_children(d); i++) {
		const struct child	*c = desk_child(d, i);

		if (c->pid == 0)
			(void)buf_addf(&b, ", %s down", c->name);
		else
			(void)buf_addf(&b, ", %s %" PRId64 " s", c->name,
			    (mono - c->last_pong) / 1000);
	}
	notify_send(b.data);
	buf_free(&b);
}

/*
 * The watchdog is told only that the store takes what is written: a disk that
 * hangs holds us in the commit, and systemd starts us anew.
 */
enum rc
desk_watchdog(struct desk *d, int64_t mono, struct err *err)
{
	const struct child	*stuck;
	char			 at[RFC3339_SIZE];
	int64_t			 every = notify_watchdog_ms();
	enum rc			 rc = RC_OK;

	if (every == 0 || mono - d->watchdog < every / 2)
		return RC_OK;
	if ((stuck = undead(d, mono)) != NULL) {
		log_err(NULL, "child: name=%s cannot be ended; the watchdog "
		    "is not told", stuck->name);
		d->watchdog = mono;
		return RC_OK;
	}
	if (mono - d->committed >= every / 2) {
		rc = desk_begin(d, err);
		if (rc == RC_OK)
			rc = fact_put(d->store, "watchdog",
			    rfc3339(at, clock_now(), 0), err);
		if (rc == RC_OK)
			rc = desk_commit(d, err);
	}
	if (rc != RC_OK)
		return RC_BROKEN;
	d->watchdog = mono = clock_mono_ms();
	say_alive(d, mono);
	return RC_OK;
}
