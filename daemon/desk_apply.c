#include "config.h"

#include "desk.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "incident/view.h"

#define DUE_MAX	100		/* deadlines handled in one turn */

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
		rc = desk_awaits_no_more(d, before, c, err);
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

enum rc
desk_change(struct desk *d, const struct situation *s,
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

/* --- what no mail brought --- */

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
	return rc == RC_OK ? desk_change(d, &s, ev, a, &c, err) : rc;
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
