#include "config.h"

#include "desk.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "incident/deadlines.h"
#include "incident/house.h"

/*
 * desk_clock - a clock that was ahead and was put right.
 *
 * What was planned meanwhile lies as far ahead as the clock did: a reminder,
 * or the next try of a mail, would be silent for so long.  What began
 * meanwhile is counted from now (decide_clock()).  The times of the record
 * stay as they were written.
 */

/* Never later than it is: at worst one reminder is given twice. */
static enum rc
plan_anew(struct desk *d, const struct incident *in, int64_t now,
    struct arena *a, struct err *err)
{
	const struct policy	*p = desk_policy(d, in);
	struct deadline		*dl;
	size_t			 n;
	enum rc			 rc;

	rc = deadline_list(d->store, in->id, a, &dl, &n, err);
	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		const struct policy_deadline	*pd;
		int64_t				 next;

		pd = policy_deadline(p, dl[i].name);
		if (dl[i].state != DL_OPEN || dl[i].next_at <= now ||
		    pd == NULL || in->level < 0 || in->level >= LEVELS)
			continue;
		next = deadlines_next(p, pd, in->level, dl[i].from_at,
		    dl[i].due_at, now);
		if (next >= dl[i].next_at)
			continue;
		log_info(in->tracking, "deadline: name=%s next=%llds instead "
		    "of %llds", dl[i].name, (long long)(next - now),
		    (long long)(dl[i].next_at - now));
		dl[i].next_at = next;
		rc = deadline_put(d->store, &dl[i], err);
	}
	return rc;
}

/*
 * A deadline of the house comes again after the time that it had at first, so
 * it is never further away.  Those of schedules are planned by themselves.
 */
static enum rc
house_anew(struct desk *d, int64_t now, struct arena *a, struct err *err)
{
	struct deadline	*dl;
	size_t		 n;
	enum rc		 rc = deadline_list(d->store, 0, a, &dl, &n, err);

	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		int64_t	span = dl[i].due_at - dl[i].from_at;

		if (dl[i].state != DL_OPEN || dl[i].next_at <= now + span ||
		    strncmp(dl[i].name, HOUSE_DUE, sizeof(HOUSE_DUE) - 1) == 0)
			continue;
		log_info(NULL, "deadline: name=%s next=%llds instead of %llds",
		    dl[i].name, (long long)span,
		    (long long)(dl[i].next_at - now));
		if (dl[i].from_at > now) {
			dl[i].from_at = now;
			dl[i].due_at = now + span;
		}
		dl[i].next_at = now + span;
		rc = deadline_put(d->store, &dl[i], err);
	}
	return rc;
}

/* What began by the wrong clock first: the rest then sees when it began. */
static enum rc
begin_anew(struct desk *d, const struct incident *in, int64_t now,
    struct arena *a, struct err *err)
{
	struct event	ev = { .kind = EV_CLOCK };
	enum rc		rc = desk_happens(d, in->id, &ev, a, err);

	return rc == RC_OK ? plan_anew(d, in, now, a, err) : rc;
}

enum rc
desk_clock_back(struct desk *d, int64_t now, struct arena *a, struct err *err)
{
	struct incident	*in;
	int64_t		 latest;
	size_t		 n = 0;
	enum rc		 rc = journal_latest(d->store, &latest, err);

	if (rc != RC_OK || latest <= now + CLOCK_SKEW)
		return rc;
	d->house_planned = 0;
	rc = desk_begin(d, err);
	if (rc == RC_OK)
		rc = outbox_clock_back(d->store, now, err);
	if (rc == RC_OK)
		rc = incident_list(d->store, 1, -1, a, &in, &n, err);
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		rc = begin_anew(d, &in[i], now, a, err);
	if (rc == RC_OK)
		rc = house_anew(d, now, a, err);
	return rc;
}
