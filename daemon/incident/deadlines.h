#ifndef DEADLINES_H
#define DEADLINES_H

/*
 * deadlines - from an event, to an event, within a time; and the ladder of
 * reminders until the second event comes.
 *
 * A deadline of the policy runs for an incident while its "from" has
 * happened, its "to" has not, the level has a time for it and the state is
 * one it runs in.  Nothing else stops it: the ladder of rungs is followed by
 * a reminder every so often, for ever.  After downtime one reminder makes up
 * for all that were missed.  Pure.
 */
#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/record.h"
#include "incident/policy.h"

#define DEADLINE_EVENTS(X)						\
	X(OCCURRED,	"occurred")					\
	X(REPORTED,	"reported")					\
	X(RECEIVED,	"received")					\
	X(OPENED,	"opened")					\
	X(AWARE,	"aware")					\
	X(COMPLETE,	"complete")	/* no required field is missing */ \
	X(FIRST_ACTION,	"first_action")					\
	X(LEVEL_SET,	"level_set")					\
	X(EXTERNAL_SENT, "external_sent") /* all receipts are there */	\
	X(EXTERNAL_FAILED, "external_failed")				\
	X(REVIEWED,	"reviewed")	/* by the superior */		\
	X(PLATFORM_FILED, "platform_filed") /* where the law wants it */ \
	X(MEETING_DECIDED, "meeting_decided")				\
	X(MEETING_HELD,	"meeting_held")	/* when it was to begin */	\
	X(MINUTES,	"minutes")					\
	X(PENDING,	"pending")	/* waits for a second person */	\
	X(SECONDED,	"seconded")					\
	X(FORENSIC_ASKED, "forensic_asked")				\
	X(FORENSIC_CONFIRMED, "forensic_confirmed")			\
	X(CONTAINED,	"contained")					\
	X(CONTAINED_OR_RECOVERED, "contained_or_recovered")		\
	X(RECOVERED,	"recovered")					\
	X(FINAL_REPORT,	"final_report")					\
	X(CLOSED,	"closed")

enum deadline_event {
#define X(id, name) DLE_##id,
	DEADLINE_EVENTS(X)
#undef X
	DLE_N
};

int	 deadline_event_parse(const char *);	/* -1: none of them */
/* When it happened, 0: not yet.  extra may be NULL. */
int64_t	 deadline_event_at(const struct incident *, const json_t *extra,
	    enum deadline_event);

/* The open one of that name in a list, or NULL. */
const struct deadline *deadline_open(const struct deadline *, size_t n,
	    const char *name);

/* When a deadline that began at `from` is due. */
int64_t	 deadlines_due(const struct policy *, const struct policy_deadline *,
	    int level, int64_t from);
/* The first moment for a reminder after `after`, quiet hours respected. */
int64_t	 deadlines_next(const struct policy *, const struct policy_deadline *,
	    int level, int64_t from, int64_t due, int64_t after);
/* Who is told at `now`: the rungs passed, or then_roles after the last. */
struct policy_strings deadlines_roles(const struct policy_deadline *,
	    int64_t from, int64_t due, int64_t now, struct arena *);

/*
 * What must be put so that the deadlines fit the incident: new ones (id 0),
 * changed ones, met and cancelled ones.  extra: its JSON, for events and
 * "rearmed".
 */
void	 deadlines_update(const struct policy *, const struct incident *,
	    const json_t *extra, const struct deadline *, size_t n,
	    int64_t now, struct arena *, struct deadline **out, size_t *n_out);

/*
 * The clock was ahead and was put right at `now`: whatever it says happened
 * later than that runs from now, which extra keeps; the times themselves stay
 * as they were written, and so does what people told.  By how many seconds the
 * clock was ahead at least; 0: nothing lies ahead.
 */
int64_t	 deadlines_clock_back(const struct incident *, json_t *extra,
	    int64_t now);

/* One reminder that will be given if nobody acts. */
struct planned {
	int64_t		 at;
	int64_t		 due;
	const struct policy_deadline *deadline;
	const char	*duty;
	struct policy_strings roles;
	int		 nth;
};
/* In time order, up to `until` and at most max. */
void	 deadlines_plan(const struct policy *, const struct incident *,
	    const struct deadline *, size_t n, int64_t until, size_t max,
	    struct arena *, struct planned **out, size_t *n_out);

#endif
