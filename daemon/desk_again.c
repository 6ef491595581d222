/*
 * desk_again - a backup was restored: what the house did since is not in it.
 *
 * Nobody may hear twice of what he has heard, and no number may mean two
 * incidents.  So mails that an earlier life has handled are handled again, for
 * the record, and their letters are held for the operator: he knows what went
 * out.  Such a mail bears our mark on the server, which is set only once a
 * mail is stored; where no mark tells (a mailbox that is left as it is or whose
 * server keeps no keywords, or `tocsin import`) it is one that came between
 * backup and restoration, or lay there for a while before it was fetched.
 * They are counted by themselves: no storm of theirs hides a new report.
 *
 * Owns the fact "restored": both times of each restoration, the oldest first,
 * in UTC seconds.  A second one takes nothing from the first: what was lost
 * then may still be given again.
 */
#include "config.h"

#include "desk.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/civil.h"
#include "base/clock.h"
#include "incident/house.h"
#include "incident/tracking.h"
#include "queue.h"

#define RESTORED	"restored"
/*
 * Numbers that may have been given since the backup, and then again so many a
 * minute of that day, or of advisories of that year: a store that is restored
 * a second time in it has lost what was given after the first.
 */
#define LOST_NUMBERS	1000
#define LOST_A_MINUTE	100
#define LOST_ADVISORIES	1
/* How long a mail may lie in its mailbox before it is fetched: of a mailbox
 * that fails for longer the operator has heard all day. */
#define FETCHED_WITHIN	86400

static enum rc
lost_times(struct desk *d, struct arena *a, struct err *err)
{
	const char	*text;
	struct lost	 one;
	int		 n;
	enum rc		 rc = fact_get(d->store, RESTORED, a, &text, err);

	if (rc != RC_OK || text == NULL)
		return rc;
	d->lost = xcalloc(strlen(text) / 4 + 1, sizeof(*d->lost));
	for (; sscanf(text, "%" SCNd64 " %" SCNd64 "%n", &one.from, &one.until,
	    &n) == 2; text += n)
		d->lost[d->n_lost++] = one;
	return rc;
}

static enum rc
note(struct desk *d, int64_t copied, int64_t now, struct arena *a,
    struct err *err)
{
	char			when[RFC3339_SIZE];
	const char		*before = NULL;
	struct journal_row	j = { .at = now, .event = "restored",
				    .actor = "tocsin", .role = "tocsin" };
	enum rc			rc;

	(void)rfc3339(when, copied, d->policy->zone);
	j.detail = arena_printf(a, "{\"copied\":\"%s\"}", when);
	rc = journal_add(d->store, &j, err);
	if (rc == RC_OK)
		rc = fact_get(d->store, RESTORED, a, &before, err);
	if (rc == RC_OK)
		rc = fact_put(d->store, RESTORED, arena_printf(a, "%s%s%" PRId64
		    " %" PRId64, before == NULL ? "" : before,
		    before == NULL ? "" : " ", copied, now), err);
	if (rc == RC_OK)
		rc = fact_put(d->store, STORE_COPIED, "", err);
	if (rc == RC_OK)
		rc = desk_alarm(d, "restored", arena_printf(a, "the store is "
		    "the backup of %s", when), a, err);
	return rc;
}

enum rc
desk_restored(struct desk *d, struct err *err)
{
	struct arena	*a = arena_new();
	const char	*text;
	int64_t		 copied;
	enum rc		 rc = desk_begin(d, err);

	if (rc == RC_OK)
		rc = fact_get(d->store, STORE_COPIED, a, &text, err);
	if (rc == RC_OK && text != NULL &&
	    sscanf(text, "%" SCNd64, &copied) == 1)
		rc = note(d, copied, clock_now(), a, err);
	if (rc == RC_OK)
		rc = lost_times(d, a, err);
	arena_free(&a);
	return rc;
}

static int
is_left(const struct desk *d, const char *mailbox)
{
	for (size_t i = 0; i < d->conf->n_mailboxes; i++)
		if (strcmp(d->conf->mailboxes[i].name, mailbox) == 0)
			return d->conf->mailboxes[i].after == AFTER_LEAVE;
	return 1;			/* "import" */
}

int
desk_lost(const struct desk *d, int64_t at)
{
	for (size_t i = 0; i < d->n_lost; i++)
		if (at >= d->lost[i].from - FETCHED_WITHIN &&
		    at <= d->lost[i].until)
			return 1;
	return 0;
}

/* When a store was last restored; 0: never. */
static int64_t
last_restored(const struct desk *d)
{
	return d->n_lost == 0 ? 0 : d->lost[d->n_lost - 1].until;
}

static int
came_again(const struct desk *d, const struct mail *m)
{
	return m->marked == MARK_FOUND || (desk_lost(d, m->arrived) &&
	    is_left(d, m->mailbox));
}

/* No number up to this one is given in the time that so began and in which the
 * store was restored. */
static int
lost_numbers(const struct desk *d, const struct civil *begin, int a_minute)
{
	int64_t	since = civil_to_utc(begin, d->policy->zone);

	return LOST_NUMBERS +
	    (int)((last_restored(d) - since) / 60) * a_minute;
}

/* An earlier life gave it the day of its arrival; what is new gets none of the
 * numbers that may have been given on this day. */
enum rc
desk_next(struct desk *d, const char *series, const struct mail *m,
    int *day, int *n, struct err *err)
{
	int		zone = d->policy->zone, floor = 0;
	struct civil	c;

	*day = tracking_day(d->again ? m->arrived : clock_now(), zone);
	civil_from_utc(&c, last_restored(d), zone);
	c.hour = c.min = c.sec = 0;
	if (!d->again && *day == tracking_day(last_restored(d), zone))
		floor = lost_numbers(d, &c, LOST_A_MINUTE);
	return incident_number(d->store, series, *day, floor, n, err);
}

enum rc
desk_next_advisory(struct desk *d, int year, int *n, struct err *err)
{
	struct civil	c = { .year = year, .mon = 1, .day = 1 };
	int		floor = 0;

	if (!d->again && year == house_year(d->policy, last_restored(d)))
		floor = lost_numbers(d, &c, LOST_ADVISORIES);
	return incident_number(d->store, d->policy->advisory_series,
	    year * 10000, floor, n, err);
}

enum rc
desk_hold(struct desk *d, int64_t item, struct err *err)
{
	struct arena	*a = arena_new();
	enum rc		 rc = queue_change(d->store, "hold", item, "tocsin",
			    "tocsin", clock_now(), a, err);

	arena_free(&a);
	d->held++;
	return rc;
}

/* Was it?  Then that is written down: the mailbox may tell nothing of it. */
enum rc
desk_again_begin(struct desk *d, const struct mail *m, struct err *err)
{
	d->again = came_again(d, m);
	return d->again && m->marked != MARK_FOUND ?
	    spool_found(d->store, m->id, err) : RC_OK;
}

enum rc
desk_again_done(struct desk *d, const struct mail *m, struct arena *a,
    struct err *err)
{
	int	held = d->held;

	d->again = d->held = 0;
	return held == 0 ? RC_OK : desk_alarm(d, arena_printf(a, "again:%s",
	    m->mailbox), "letters of mails that were handled before are held",
	    a, err);
}
