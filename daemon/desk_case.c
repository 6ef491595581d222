#include "config.h"

#include "desk.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "incident/tracking.h"
#include "incident/view.h"

#define DUE_MAX	100		/* deadlines handled in one turn */
#define AWAITED		"awaited:"	/* fact: Message-ID, incident */
#define AWAITED_MAX	8	/* mails that a report answers, by Message-ID */

enum rc
desk_situation(struct desk *d, int64_t incident, struct arena *a,
    struct situation *s, struct err *err)
{
	enum rc	rc;

	memset(s, 0, sizeof(*s));
	s->incident = arena_alloc(a, sizeof(*s->incident));
	rc = incident_get(d->store, incident, a, s->incident, err);
	if (rc == RC_OK)
		rc = field_list(d->store, incident, a, &s->fields,
		    &s->n_fields, err);
	if (rc == RC_OK)
		rc = deadline_list(d->store, incident, a, &s->deadlines,
		    &s->n_deadlines, err);
	if (rc == RC_OK)
		rc = outbox_list(d->store, incident, OUT_NSTATES, -1, a,
		    &s->items, &s->n_items, err);
	if (rc == RC_OK)
		rc = journal_list(d->store, incident, 0, -1, a, &s->journal,
		    &s->n_journal, err);
	return rc;
}

/* --- writing a change --- */

/* Values stand beside the journal: it says which there are. */
static enum rc
seal_fields(struct desk *d, const struct change *c, const struct event *ev,
    struct err *err)
{
	struct journal_row	 j = {
		.at = ev->now, .incident = c->incident.id,
		.tracking = c->incident.tracking, .event = "fields",
		.actor = ev->actor, .role = ev->role, .mail = ev->mail
	};
	char			 hex[SHA256_HEX], detail[160];
	int64_t			 n = (int64_t)c->n_fields, from = 0;
	enum rc			 rc;

	rc = field_count(d->store, c->incident.id, &from, err);
	from -= n;
	if (rc == RC_OK)
		rc = field_seal_of(c->fields, c->n_fields, hex, err);
	if (rc != RC_OK)
		return rc;
	(void)snprintf(detail, sizeof(detail), "{\"count\":%" PRId64
	    ",\"from\":%" PRId64 ",\"sha256\":\"%s\"}", n, from, hex);
	j.detail = detail;
	return journal_add(d->store, &j, err);
}

static enum rc
write_fields(struct desk *d, struct change *c, const struct event *ev,
    struct err *err)
{
	enum rc	rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < c->n_fields; i++) {
		struct incident_field	*f = &c->fields[i];

		if (f->at == 0)
			f->at = ev->now;
		rc = field_put(d->store, c->incident.id, f, err);
	}
	return rc;
}

static enum rc
write_journal(struct desk *d, struct change *c, const struct event *ev,
    struct err *err)
{
	enum rc	rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < c->n_journal; i++) {
		struct journal_row	*j = &c->journal[i];

		j->at = ev->now;
		j->incident = c->incident.id;
		j->tracking = c->incident.tracking;
		if (j->actor == NULL)
			j->actor = ev->actor;
		if (j->role == NULL)
			j->role = ev->role;
		j->mail = ev->mail;
		rc = journal_add(d->store, j, err);
		/* JSON of ours: no byte in it can end the line. */
		log_info(j->tracking, "case: event=%s by=%s detail=%s",
		    j->event, j->role == NULL ? "tocsin" : j->role,
		    j->detail == NULL ? "{}" : j->detail);
	}
	return rc;
}

static enum rc
write_deadlines(struct desk *d, struct change *c, struct err *err)
{
	enum rc	rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < c->n_deadlines; i++) {
		c->deadlines[i].incident = c->incident.id;
		rc = deadline_put(d->store, &c->deadlines[i], err);
	}
	return rc;
}

/* What the letters are written from: the incident as it is now. */
static enum rc
situation_after(struct desk *d, const struct situation *before,
    struct change *c, const struct event *ev, struct arena *a,
    struct situation *s, struct err *err)
{
	if (ev->kind != EV_REPORT)
		return desk_situation(d, c->incident.id, a, s, err);
	*s = *before;			/* all of it is in the change */
	s->incident = &c->incident;
	s->fields = c->fields;
	s->n_fields = c->n_fields;
	s->deadlines = c->deadlines;
	s->n_deadlines = c->n_deadlines;
	return RC_OK;
}

static int
ended(const struct incident *in)
{
	return in->state == INC_CLOSED || in->state == INC_FALSE_ALARM;
}

/* What its report answered may still come and is waited for until it ends: a
 * report after that is one by itself. */
static enum rc
await_no_more(struct desk *d, const struct situation *before,
    const struct change *c, struct err *err)
{
	char	id[24];

	if (before->incident == NULL || ended(before->incident) ||
	    !ended(&c->incident))
		return RC_OK;
	(void)snprintf(id, sizeof(id), "%" PRId64, c->incident.id);
	return fact_drop_all(d->store, AWAITED, id, err);
}

/* Write everything decide() said, in the transaction of this turn. */
static enum rc
apply(struct desk *d, const struct policy *p, const struct situation *before,
    const struct event *ev, struct change *c, struct arena *a, struct err *err)
{
	struct situation	 after;
	struct view		*view = NULL;
	enum rc			 rc = RC_OK;

	if (c->put)
		rc = incident_put(d->store, &c->incident, err);
	if (rc == RC_OK)
		rc = await_no_more(d, before, c, err);
	if (rc == RC_OK)
		rc = write_fields(d, c, ev, err);
	if (rc == RC_OK)
		rc = write_journal(d, c, ev, err);
	if (rc == RC_OK && c->n_fields > 0)
		rc = seal_fields(d, c, ev, err);
	if (rc == RC_OK)
		rc = write_deadlines(d, c, err);
	if (rc == RC_OK && c->n_duties > 0)
		rc = situation_after(d, before, c, ev, a, &after, err);
	if (rc == RC_OK && c->n_duties > 0)
		view = view_open(p, d->conf, &after, clock_now(), a);
	for (size_t i = 0; rc == RC_OK && i < c->n_duties; i++)
		rc = desk_letters(d, p, &after, view, ev, &c->duties[i], a,
		    err);
	if (rc == RC_OK && c->evidence != 0)
		rc = desk_evidence_want(d, c->incident.id, c->evidence, a,
		    err);
	return rc;
}

static enum rc
decide_and_apply(struct desk *d, const struct situation *s,
    const struct event *ev, struct arena *a, struct change *c, struct err *err)
{
	const struct policy	*p = s->incident == NULL ? d->policy :
				    desk_policy(d, s->incident);
	enum rc			 rc;

	memset(c, 0, sizeof(*c));
	rc = decide(p, d->conf, s, ev, a, c, err);
	if (rc == RC_OK && s->incident == NULL)
		rc = desk_policy_keep(d, err);
	if (rc == RC_OK)
		rc = apply(d, p, s, ev, c, a, err);
	change_done(c);
	return rc;
}

/* --- mails --- */

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

static const char *
awaited(struct arena *a, const char *message_id)
{
	return arena_printf(a, AWAITED "%s", message_id);
}

/*
 * A mail that answers one which has not come yet opened the incident: which
 * the other belongs to, when it comes.  By the same sender, or two people
 * would have one number and one of them no answer.
 */
static enum rc
await(struct desk *d, const struct report *rep, int64_t incident,
    struct arena *a, struct err *err)
{
	const char	*id = arena_printf(a, "%" PRId64, incident);
	size_t		 n = rep->n_references, from;
	enum rc		 rc = RC_OK;

	if (rep->in_reply_to != NULL)
		rc = fact_put(d->store, awaited(a, rep->in_reply_to), id, err);
	for (from = n > AWAITED_MAX ? n - AWAITED_MAX : 0; rc == RC_OK &&
	    from < n; from++)
		rc = fact_put(d->store, awaited(a, rep->references[from]), id,
		    err);
	return rc;
}

static enum rc
note_joined(struct desk *d, const struct mail *m, const struct report *rep,
    const struct incident *in, struct err *err)
{
	struct journal_row	j = {
		.at = clock_now(), .incident = in->id,
		.tracking = in->tracking, .event = "joined",
		.actor = rep->from_addr, .role = "reporter", .mail = m->id,
		.detail = "{}"
	};

	return journal_add(d->store, &j, err);
}

/* Into the incident that its sender's own answer to this mail opened, which
 * is noted; 0: there is none.  It came and is awaited no more. */
static enum rc
join_awaited(struct desk *d, const struct mail *m, const struct report *rep,
    struct arena *a, int64_t *id, struct err *err)
{
	struct incident		 in;
	const char		*text = NULL;
	enum rc			 rc;

	*id = 0;
	if (rep->message_id == NULL || rep->from_addr == NULL)
		return RC_OK;
	rc = fact_get(d->store, awaited(a, rep->message_id), a, &text, err);
	if (rc != RC_OK || text == NULL)
		return rc;
	rc = incident_get(d->store, strtoll(text, NULL, 10), a, &in, err);
	if (rc != RC_OK || in.drill != rep->drill ||
	    in.reporter_addr == NULL ||
	    strcasecmp(in.reporter_addr, rep->from_addr) != 0)
		return rc;
	*id = in.id;
	rc = fact_drop(d->store, awaited(a, rep->message_id), err);
	return rc == RC_OK ? note_joined(d, m, rep, &in, err) : rc;
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
open_case(struct desk *d, struct mail *m, struct report *rep, struct arena *a,
    struct err *err)
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
	rc = desk_next(d, series, m, &day, &n, err);
	if (rc != RC_OK)
		return rc;
	ev.tracking = tracking_make(a, series, day, n);
	rc = desk_bundle_opens(d, rep->from_addr, &ev.bundle, err);
	if (rc == RC_OK)
		rc = decide_and_apply(d, &s, &ev, a, &c, err);
	if (rc == RC_OK)
		rc = await(d, rep, c.incident.id, a, err);
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
	rc = desk_receiver(d, m, rep, incident, a, err);
	if (rc != RC_OK)
		return rc;
	rc = follow_merge(d, &s, &ev, a, err);
	if (rc == RC_OK)
		rc = merge_target(d, &s, &ev, a, err);
	if (rc == RC_OK)
		rc = decide_and_apply(d, &s, &ev, a, &c, err);
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
		rc = join_awaited(d, m, rep, a, &incident, err);
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
	return open_case(d, m, rep, a, err);
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

/* --- time and receipts --- */

enum rc
desk_happens(struct desk *d, int64_t incident, struct event *ev,
    struct arena *a, struct err *err)
{
	struct situation	s;
	struct change		c;
	enum rc			rc;

	rc = desk_situation(d, incident, a, &s, err);
	ev->now = clock_now();
	ev->actor = ev->role = "tocsin";
	ev->trusted = 1;
	return rc == RC_OK ? decide_and_apply(d, &s, ev, a, &c, err) : rc;
}

enum rc
desk_deadlines(struct desk *d, struct arena *a, int *did, struct err *err)
{
	struct deadline	*due;
	size_t		 n;
	int64_t		 now = clock_now(), next;
	enum rc		 rc;

	*did = 0;
	rc = desk_house_plan(d, a, err);
	if (rc == RC_OK)
		rc = deadline_next(d->store, &next, err);
	if (rc != RC_OK || next == 0 || next > now)
		return rc;
	rc = desk_begin(d, err);
	if (rc == RC_OK)
		rc = deadline_due(d->store, now, DUE_MAX, a, &due, &n, err);
	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		struct event	ev = { .kind = EV_DEADLINE,
				    .deadline = &due[i] };

		log_debug(NULL, "deadline: name=%s incident=%" PRId64
		    " late=%" PRId64 "s", due[i].name, due[i].incident,
		    now - due[i].next_at);
		if (due[i].incident == 0)
			rc = desk_house_due(d, &due[i], a, err);
		else
			rc = desk_happens(d, due[i].incident, &ev, a, err);
		*did = 1;
	}
	return rc;
}

enum rc
desk_denied(struct desk *d, const struct outbox_item *item, struct arena *a,
    struct err *err)
{
	struct event	ev = { .kind = EV_DENIED, .item = item };

	return item->incident == 0 ? RC_OK : desk_happens(d, item->incident,
	    &ev, a, err);
}

static enum rc
tell_end(struct desk *d, const struct outbox_item *item,
    const struct receipt *r, int proved, struct arena *a, struct err *err)
{
	struct event	ev = { .kind = item->state == OUT_ACCEPTED ? EV_SENT :
			    EV_GAVE_UP, .item = item, .receipt = r,
			    .proved = proved };

	return item->incident == 0 ? RC_OK : desk_happens(d, item->incident,
	    &ev, a, err);
}

enum rc
desk_settled(struct desk *d, const struct outbox_item *item,
    const struct receipt *r, struct arena *a, struct err *err)
{
	return tell_end(d, item, r, 0, a, err);
}

enum rc
desk_delivered(struct desk *d, const struct outbox_item *item,
    const struct receipt *r, struct arena *a, struct err *err)
{
	return tell_end(d, item, r, 1, a, err);
}
