/*
 * desk_bundle - many incidents in a short time, of one sender or of all.  The
 * first are told one by one; of the further ones each role hears in a list
 * now and then until somebody assesses them, so that a storm hides no other
 * report.  The list is a letter of the house (house.c), its time a deadline
 * "bundle:ROLE" of no incident.
 */
#include "config.h"

#include "desk.h"

#include <string.h>

#include "base/clock.h"
#include "incident/house.h"

enum rc
desk_bundle_opens(struct desk *d, const char *from, int *bundle,
    struct err *err)
{
	const struct policy	*p = d->policy;
	int64_t			 n = 0, at = 0, since;
	enum rc			 rc = RC_OK;

	since = clock_now() - p->bundle_within;
	if (p->bundle_storm > 0)
		rc = incident_opened(d->store, p->bundle_storm, &at, err);
	*bundle = at > since;
	if (rc != RC_OK || *bundle || p->bundle_from == 0 || from == NULL)
		return rc;
	rc = spool_reports_from(d->store, from, since, p->bundle_from, &n,
	    err);
	*bundle = rc == RC_OK && n >= p->bundle_from;
	return rc;
}

/* Notices of the opening and what the clock reminds of; never an answer. */
int
desk_bundles(const struct situation *s, const struct event *ev,
    const struct duty *duty)
{
	if (duty->external || duty->reply)
		return 0;
	if (ev->kind == EV_REPORT)
		return ev->bundle;
	return ev->kind == EV_DEADLINE && house_bundled(s->incident);
}

enum rc
desk_bundle(struct desk *d, const struct policy *p, const char *role,
    struct arena *a, struct err *err)
{
	struct deadline	 due;
	int64_t		 now = clock_now(), id;
	enum rc		 rc;

	memset(&due, 0, sizeof(due));
	due.name = arena_printf(a, HOUSE_BUNDLE "%s", role);
	due.owner = "tocsin";
	due.from_at = now;
	due.due_at = due.next_at = now + p->bundle_wait;
	due.state = DL_OPEN;
	rc = deadline_id(d->store, 0, due.name, &id, err);
	if (rc != RC_OK || id != 0)
		return rc;
	return deadline_put(d->store, &due, err);
}
