#include "config.h"

#include "desk.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "incident/tracking.h"

#define ALIKE_WITHIN	86400	/* seconds in which a report is sent again */

static enum rc
settle(struct desk *d, struct mail *m, enum disposition disp, const char *why,
    int64_t incident, struct err *err)
{
	char	esc[200];

	m->disposition = disp;
	m->why = why;
	m->incident = incident;
	log_info(NULL, "mail: id=%" PRId64 " from=<%s> disposition=%s why=\"%s\"",
	    m->id, log_text(esc, sizeof(esc), m->from_addr),
	    disposition_name(disp), why == NULL ? "" : why);
	return spool_settle(d->store, m, err);
}

/* Which incident does this mail speak of?  The number first, then the
 * Message-IDs it answers, then a number that the receiver gave it; never the
 * subject's likeness (R26). */
static enum rc
find_incident(struct desk *d, const struct report *rep, struct arena *a,
    int64_t *id, struct err *err)
{
	struct incident	 inc;
	enum rc		 rc;

	*id = 0;
	if (rep->tracking != NULL) {
		rc = incident_find(d->store, rep->tracking, a, &inc, err);
		if (rc == RC_OK)
			*id = inc.id;
		/* A number that is not ours is never joined otherwise. */
		return rc == RC_REFUSED ? RC_OK : rc;
	}
	if (rep->in_reply_to != NULL) {
		rc = incident_by_msgid(d->store, rep->in_reply_to, id, err);
		if (rc != RC_OK || *id != 0)
			return rc;
	}
	for (size_t i = rep->n_references; i-- > 0;) {
		rc = incident_by_msgid(d->store, rep->references[i], id, err);
		if (rc != RC_OK || *id != 0)
			return rc;
	}
	return desk_receivers_case(d, rep, a, id, err);
}

static enum rc
note_another(struct desk *d, const struct mail *m, const struct report *rep,
    const struct incident *answered, const char *number, struct arena *a,
    struct err *err)
{
	struct journal_row	j = {
		.at = clock_now(), .incident = answered->id,
		.tracking = answered->tracking, .event = "reported_anew",
		.actor = rep->from_addr, .role = "reporter", .mail = m->id,
		.detail = arena_printf(a, "{\"number\":\"%s\"}", number)
	};

	return journal_add(d->store, &j, err);
}

/* Whoever has no answer yet, or has something to correct, may report again. */
static enum rc
find_alike(struct desk *d, const struct report *rep, struct arena *a,
    struct event *ev, struct err *err)
{
	const struct field	*when = report_known(rep, "occurred_at");

	if (rep->from_addr == NULL || when == NULL)
		return RC_OK;
	return incident_alike(d->store, rep->from_addr, ev->now - ALIKE_WITHIN,
	    when->time, rep->drill, a, &ev->alike, err);
}

/* answered: the incident in whose thread it came, or NULL. */
static enum rc
open_case(struct desk *d, struct mail *m, struct report *rep,
    const struct incident *answered, struct arena *a, struct err *err)
{
	const char	*series = rep->drill ? d->policy->drill_series :
			    d->policy->tracking_series;
	struct situation s;
	struct event	 ev;
	struct change	 c;
	int		 n, day;
	enum rc		 rc;

	memset(&s, 0, sizeof(s));
	memset(&ev, 0, sizeof(ev));
	ev.kind = EV_REPORT;
	ev.now = clock_now();
	ev.mail = m->id;
	ev.actor = rep->from_addr == NULL ? "" : rep->from_addr;
	ev.role = "reporter";
	ev.report = rep;
	ev.answered = answered;
	rc = desk_next(d, series, m, &day, &n, err);
	if (rc != RC_OK)
		return rc;
	ev.tracking = tracking_make(a, series, day, n);
	rc = desk_bundle_opens(d, rep->from_addr, &ev.bundle, err);
	if (rc == RC_OK && !ev.bundle)
		rc = find_alike(d, rep, a, &ev, err);
	if (rc == RC_OK)
		rc = desk_change(d, &s, &ev, a, &c, err);
	if (rc == RC_OK && answered != NULL)
		rc = note_another(d, m, rep, answered, ev.tracking, a, err);
	else if (rc == RC_OK)
		rc = desk_awaits(d, rep, c.incident.id, a, err);
	if (rc != RC_OK)
		return rc;
	return settle(d, m, c.disposition, c.why, c.incident.id, err);
}

/* The incident a mail wants this one merged into, when there is one. */
static enum rc
merge_target(struct desk *d, const struct situation *s, struct event *ev,
    struct arena *a, struct err *err)
{
	const char	*number = decide_merge_target(desk_policy(d,
			    s->incident), s->incident, ev->report, a);
	struct incident	*other;
	enum rc		 rc;

	if (number == NULL)
		return RC_OK;
	other = arena_alloc(a, sizeof(*other));
	rc = incident_find(d->store, number, a, other, err);
	if (rc == RC_OK)
		ev->other = other;
	return rc == RC_REFUSED ? RC_OK : rc;
}

/* A mail about a merged incident belongs to the one it was merged into. */
static enum rc
follow_merge(struct desk *d, struct situation *s, struct event *ev,
    struct arena *a, struct err *err)
{
	struct journal_row	 j;
	struct situation	 next;
	enum rc			 rc = RC_OK;

	for (int i = 0; rc == RC_OK && i < MERGES_MAX &&
	    s->incident->state == INC_MERGED && s->incident->merged_into != 0;
	    i++) {
		if (decide_stays(desk_policy(d, s->incident), ev->report, a))
			return RC_OK;
		rc = desk_situation(d, s->incident->merged_into, a, &next,
		    err);
		if (rc != RC_OK)
			return rc;
		memset(&j, 0, sizeof(j));
		j.at = ev->now;
		j.incident = s->incident->id;
		j.tracking = s->incident->tracking;
		j.event = "redirected";
		j.actor = ev->actor;
		j.role = ev->role;
		j.mail = ev->mail;
		j.detail = arena_printf(a, "{\"into\":\"%s\"}",
		    next.incident->tracking);
		rc = journal_add(d->store, &j, err);
		if (ev->redirected == NULL)
			ev->redirected = s->incident;
		*s = next;
		if (strcmp(ev->role, "reporter") == 0)
			ev->trusted = 0;	/* of another incident */
	}
	return rc;
}

static enum rc
case_mail(struct desk *d, struct mail *m, struct report *rep, int64_t incident,
    struct arena *a, struct err *err)
{
	struct situation s;
	struct authority who;
	struct event	 ev;
	struct change	 c;
	enum rc		 rc;

	rc = desk_situation(d, incident, a, &s, err);
	if (rc != RC_OK)
		return rc;
	memset(&ev, 0, sizeof(ev));
	ev.kind = EV_MAIL;
	ev.now = clock_now();
	ev.mail = m->id;
	ev.report = rep;
	ev.actor = rep->from_addr == NULL ? "" : rep->from_addr;
	memset(&who, 0, sizeof(who));
	authority_judge(d->conf, d->key, rep, s.incident->tracking,
	    s.incident->reporter_addr, s.incident->reporter_cc, ev.now, a,
	    &who);
	ev.role = who.role;
	ev.trusted = who.trusted;
	ev.why_untrusted = who.trusted ? NULL : who.why;
	ev.verbs = who.verbs;
	ev.holder = who.holder;
	if (decide_is_another(s.incident, &ev))
		return open_case(d, m, rep, s.incident, a, err);
	rc = desk_receiver(d, m, rep, incident, a, err);
	if (rc != RC_OK)
		return rc;
	rc = follow_merge(d, &s, &ev, a, err);
	if (rc == RC_OK)
		rc = merge_target(d, &s, &ev, a, err);
	if (rc == RC_OK)
		rc = desk_change(d, &s, &ev, a, &c, err);
	if (rc != RC_OK)
		return rc;
	return settle(d, m, c.disposition, c.why, s.incident->id, err);
}

/* --- mails for a person --- */

static enum rc
for_a_person(struct desk *d, struct mail *m, const struct report *rep,
    enum disposition disp, const char *why, struct arena *a, struct err *err)
{
	struct words	 say, name;
	char		 key[64], num[24];
	json_t		*data;
	enum rc		 rc;

	/* of one that was read, what the reader noted is not the reason */
	if (disp != DISP_HELD && rep->n_problems > 0)
		why = rep->problems[0].reason;
	say = policy_reason(d->policy, why, a);
	name = policy_reason(d->policy, disposition_name(disp), a);
	(void)snprintf(num, sizeof(num), "%" PRId64, m->id);
	(void)snprintf(key, sizeof(key), "held/%" PRId64, m->id);
	data = json_pack("{s:{s:s,s:s?,s:s?,s:s,s:s},s:{s:{s:{"
	    "s:s,s:s?,s:s?,s:s,s:s}}}}",
	    "mail", "id", num, "from", rep->from_addr, "subject", rep->subject,
	    "disposition", name.zh, "why", say.zh, "in", "en",
	    "mail", "id", num, "from", rep->from_addr, "subject", rep->subject,
	    "disposition", name.en, "why", say.en);
	rc = desk_letter_plain(d, "held", "operator", data, m->id, key, a, err);
	json_decref(data);
	return rc != RC_OK ? rc : settle(d, m, disp, why, 0, err);
}

static enum rc
person_mail(struct desk *d, struct mail *m, struct report *rep,
    struct arena *a, struct err *err)
{
	int64_t	incident = 0;
	int	taken;
	enum rc	rc;

	rc = find_incident(d, rep, a, &incident, err);
	if (rc == RC_OK && incident == 0 && rep->tracking == NULL)
		rc = desk_awaited(d, m, rep, a, &incident, err);
	if (rc != RC_OK)
		return rc;
	if (incident != 0)
		return case_mail(d, m, rep, incident, a, err);
	rc = desk_house_mail(d, m, rep, a, &taken, err);
	if (rc != RC_OK || taken)
		return rc;
	if (rep->kind == KIND_REPLY && rep->tracking != NULL &&
	    !report_filled_in(rep, "annex1"))
		return for_a_person(d, m, rep, DISP_HELD,
		    "names a number that is not in the register", a, err);
	return open_case(d, m, rep, NULL, a, err);
}

static enum rc
take_kind(struct desk *d, struct mail *m, struct report *rep, struct arena *a,
    struct err *err)
{
	int64_t		 incident = 0;
	const char	*why;
	enum rc		 rc;

	switch (rep->kind) {
	case KIND_REPORT:
	case KIND_REPORT_FREEFORM:
	case KIND_REPLY:
		return person_mail(d, m, rep, a, err);
	case KIND_BOUNCE:
		rc = desk_bounce(d, m, rep, a, &incident, &why, err);
		if (rc == RC_OK && incident == 0 && rep->for_person)
			return for_a_person(d, m, rep, DISP_HELD,
			    "came from a mail server's address and may be "
			    "a person's", a, err);
		return rc != RC_OK ? rc : settle(d, m, DISP_BOUNCE, why,
		    incident, err);
	case KIND_LIST:
		if (rep->for_person)
			return for_a_person(d, m, rep, DISP_HELD,
			    "came by a mailing list and may be a report", a,
			    err);
		/* FALLTHROUGH */
	case KIND_AUTO_REPLY:
	case KIND_RECEIPT_NOTICE:
	case KIND_FEEDBACK:
	case KIND_OWN:
		rc = find_incident(d, rep, a, &incident, err);
		if (rc == RC_OK)
			rc = desk_receiver(d, m, rep, incident, a, err);
		if (rc == RC_OK)
			rc = desk_canary_back(d, m, m->message_id, a, err);
		return rc != RC_OK ? rc : settle(d, m, DISP_AUTOMATIC,
		    rep->why_not, incident, err);
	case KIND_UNREADABLE:
		return for_a_person(d, m, rep, DISP_UNREADABLE,
		    "broke a guard of the reader", a, err);
	case KIND_POISON:
		return for_a_person(d, m, rep, DISP_POISON,
		    "the reader died of it", a, err);
	case KIND_N:
		break;
	}
	return err_set(err, RC_BROKEN, "desk: mail kind %d", (int)rep->kind);
}

enum rc
desk_report(struct desk *d, const struct mail *given, struct report *rep,
    const char *json, struct arena *a, struct err *err)
{
	struct mail	 m = *given;
	int64_t		 twin = 0, incident = 0;
	enum rc		 rc;

	m.report = json;
	m.message_id = rep->message_id;
	m.body_sha256 = rep->body_sha256;
	m.from_addr = rep->from_addr;
	m.subject = rep->subject;
	rc = spool_twin(d->store, m.id, m.message_id, m.body_sha256,
	    m.from_addr, &twin, &incident, err);
	if (rc != RC_OK)
		return rc;
	if (twin != 0)
		return settle(d, &m, DISP_DUPLICATE,
		    "the same mail was kept before", incident, err);
	rc = desk_again_begin(d, &m, err);
	if (rc == RC_OK)
		rc = take_kind(d, &m, rep, a, err);
	return rc == RC_OK ? desk_again_done(d, &m, a, err) : rc;
}
