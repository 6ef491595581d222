/*
 * desk_bundle - many incidents in a short time, of one sender or of all.  The
 * first are told one by one; of the further ones each role hears in a list
 * now and then until somebody assesses them, so that a storm hides no other
 * report.  The list is a letter of the house (house.c), its time a deadline
 * "bundle:ROLE" of no incident.  What came again after a loss is a storm by
 * itself, and its list is held as its letters are (desk_again.c).
 */
#include "config.h"

#include "desk.h"

#include <limits.h>
#include <string.h>

#include "base/clock.h"
#include "incident/house.h"

/* Have so many been opened since then, of those that came again or, if this
 * one did not, of the others? */
static enum rc
storms(struct desk *d, int n, int64_t since, int *is, struct err *err)
{
	int64_t	at, again = 0;
	enum rc	rc;

	*is = 0;
	rc = incident_opened(d->store, n, &at, err);
	if (rc != RC_OK || at <= since)
		return rc;
	rc = spool_reports_again(d->store, since, d->again ? n : INT_MAX - n,
	    &again, err);
	*is = d->again ? again == n : again == 0;
	if (rc != RC_OK || d->again || again == 0)
		return rc;
	rc = incident_opened(d->store, n + (int)again, &at, err);
	*is = at > since;
	return rc;
}

enum rc
desk_bundle_opens(struct desk *d, const char *from, int *bundle,
    struct err *err)
{
	const struct policy	*p = d->policy;
	const struct spool_from	 of = { .addr = from, .again = d->again,
				    .since = clock_now() - p->bundle_within,
				    .most = p->bundle_from };
	int64_t			 n = 0;
	enum rc			 rc = RC_OK;

	*bundle = 0;
	if (p->bundle_storm > 0)
		rc = storms(d, p->bundle_storm, of.since, bundle, err);
	if (rc != RC_OK || *bundle || of.most == 0 || from == NULL)
		return rc;
	rc = spool_reports_from(d->store, &of, &n, err);
	*bundle = rc == RC_OK && n >= of.most;
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
	due.name = arena_printf(a, "%s%s", d->again ? HOUSE_BUNDLE_AGAIN :
	    HOUSE_BUNDLE, role);
	due.owner = "tocsin";
	due.from_at = now;
	due.due_at = due.next_at = now + p->bundle_wait;
	due.state = DL_OPEN;
	rc = deadline_id(d->store, 0, due.name, &id, err);
	if (rc != RC_OK || id != 0)
		return rc;
	return deadline_put(d->store, &due, err);
}
