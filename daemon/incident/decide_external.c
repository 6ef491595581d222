/*
 * decide_external - the report to the outside: first, follow-up, correction
 * (R11, R14), and its receipts (R12).
 */
#include "incident/decide_draft.h"

#include <string.h>

#include "incident/deadlines.h"

enum kind { NONE, FIRST, FOLLOWUP, CORRECTION };

static enum kind
wanted(const struct draft *d, enum external_why why)
{
	const struct incident	*in = d->in;
	int			 min = d->p->forward_min_level;

	if (in->revision == 0)
		return why == EXTERNAL_LEVEL && in->level >= min ? FIRST :
		    NONE;
	switch (why) {
	case EXTERNAL_LEVEL:
		if (in->level == in->reported_level)
			return NONE;
		if (in->level >= min)
			return FOLLOWUP;
		return in->reported_level >= min ? CORRECTION : NONE;
	case EXTERNAL_FOLLOWUP:
		return FOLLOWUP;
	case EXTERNAL_RECOVERED:
	case EXTERNAL_REOPENED:
	case EXTERNAL_TRANSFERRED:
	case EXTERNAL_MERGED:
		return in->reported_level >= min ? FOLLOWUP : NONE;
	case EXTERNAL_FALSE_ALARM:
		return CORRECTION;
	}
	return NONE;
}

/* One mail makes one report: its letters show the incident after all of it. */
static int
already(const struct draft *d)
{
	for (size_t i = 0; i < d->c->n_duties; i++)
		if (strcmp(d->c->duties[i].name, "annex2") == 0 ||
		    strcmp(d->c->duties[i].name, "phone_script") == 0)
			return 1;
	return 0;
}

/* A new revision: what counted for the old one counts no more. */
static void
begin_revision(struct draft *d, enum external_why why)
{
	struct incident	*in = d->in;

	in->revision++;
	in->reported_level = in->level;
	in->external_sent_at = 0;
	json_object_del(d->extra, "phoned");
	json_object_del(d->extra, "external_failed");
	if (why == EXTERNAL_LEVEL) {	/* to be filed and reviewed again */
		json_object_del(d->extra, "platform_at");
		json_object_del(d->extra, "reviewed_at");
	}
	for (size_t i = 0; in->revision > 1 && i < d->p->n_deadlines; i++)
		if (deadline_event_parse(d->p->deadlines[i].to) ==
		    DLE_EXTERNAL_SENT)
			draft_rearm(d, d->p->deadlines[i].name);
}

/* Neither mail nor HTTP leads there: R12 has the telephone left. */
static int
only_phone(const struct draft *d, const char *role)
{
	const struct conf_role	*r = conf_role(d->conf, role);

	return r != NULL && r->mail.n == 0 && r->http.url == NULL;
}

/* Into sent: who gets it without anybody's help. */
static void
send(struct draft *d, enum kind kind, int previous, struct policy_strings *sent)
{
	const struct incident	*in = d->in;

	sent->n = 0;
	sent->v = arena_array(d->a, d->p->forward_roles.n, sizeof(*sent->v));
	for (size_t i = 0; i < d->p->forward_roles.n; i++) {
		const char	*role = d->p->forward_roles.v[i];
		struct duty	*du;

		if (only_phone(d, role)) {
			phone_ask(d, role, "phone", json_pack("{s:s,s:b}",
			    "role", role, "only_phone", 1));
			continue;
		}
		sent->v[sent->n++] = role;
		du = draft_duty(d, "annex2", role,
		    json_pack("{s:i,s:b,s:b}", "revision", in->revision,
		    "followup", kind == FOLLOWUP, "correction",
		    kind == CORRECTION));
		if (previous != 0 && previous != in->level)
			json_object_set_new(du->data, "previous_level",
			    json_integer(previous));
		du->external = 1;
		du->revision = in->revision;
		du->unique = arena_printf(d->a, "annex2/%d", in->revision);
	}
}

/* What lies beside the mails follows by itself: the report never waits. */
static void
send_evidence(struct draft *d, enum kind kind)
{
	for (size_t i = 0; kind != CORRECTION && i < d->p->forward_roles.n; i++)
		if (policy_evidence(d->p, d->p->forward_roles.v[i]) != NULL)
			d->c->evidence = d->in->revision;
}

void
external_report(struct draft *d, enum external_why why, const char *text)
{
	static const enum saying says[] = {
		[FIRST] = SAY_SENT_OUT, [FOLLOWUP] = SAY_SENT_FOLLOWUP,
		[CORRECTION] = SAY_SENT_CORRECTION
	};
	static const char *const names[] = {
		[FIRST] = "first", [FOLLOWUP] = "followup",
		[CORRECTION] = "correction"
	};
	enum kind		kind = wanted(d, why);
	int			previous = d->in->reported_level;
	struct policy_strings	sent;

	if (d->in->drill && (kind != NONE || why == EXTERNAL_FOLLOWUP)) {
		draft_line(d, text, SAY_NOT_SENT_DRILL, NO_WORDS, NO_WORDS, 1);
		draft_journal(d, "external_drill", NULL);
		/* In time or not, but nobody is asked to phone outside. */
		if (kind != NONE)
			external_done(d, d->ev->now, "drill");
		return;
	}
	if (kind == NONE) {
		if (why == EXTERNAL_FOLLOWUP)
			draft_line(d, text, SAY_NOTHING_SENT_YET, NO_WORDS,
			    NO_WORDS, 0);
		return;
	}
	if (already(d) || d->p->forward_roles.n == 0)
		return;
	d->c->put = 1;
	begin_revision(d, why);
	send(d, kind, previous, &sent);
	send_evidence(d, kind);
	draft_journal(d, "external", json_pack("{s:i,s:s,s:i,s:i}",
	    "revision", d->in->revision, "kind", names[kind], "level",
	    d->in->level, "previous_level", previous));
	if (sent.n > 0)
		draft_line(d, text, says[kind], draft_number(d,
		    d->in->revision), draft_roles(d, &sent), 1);
}

static int
role_complete(const struct draft *d, const char *role,
    const struct outbox_item *accepted)
{
	size_t	all = 0, there = 0;

	if (json_object_get(json_object_get(d->extra, "phoned"), role) != NULL)
		return 1;
	for (size_t i = 0; i < d->s->n_items; i++) {
		const struct outbox_item *it = &d->s->items[i];

		if (strcmp(it->duty, "annex2") != 0 || it->role == NULL ||
		    it->revision != d->in->revision ||
		    strcmp(it->role, role) != 0 || it->state == OUT_WITHDRAWN)
			continue;
		all++;
		if (accepted != NULL && it->id == accepted->id)
			it = accepted;
		there += policy_receipted(d->p, it);
	}
	return d->p->forward_needs_receipt ? all > 0 && there == all :
	    there > 0;
}

int
external_complete(const struct draft *d, const struct outbox_item *accepted)
{
	if (d->in->revision == 0 || d->p->forward_roles.n == 0)
		return 0;
	for (size_t i = 0; i < d->p->forward_roles.n; i++)
		if (!role_complete(d, d->p->forward_roles.v[i], accepted))
			return 0;
	return 1;
}

void
external_done(struct draft *d, int64_t at, const char *how)
{
	if (d->in->external_sent_at != 0)
		return;
	d->in->external_sent_at = at;
	d->c->put = 1;
	draft_journal(d, "external_sent", json_pack("{s:i,s:s}", "revision",
	    d->in->revision, "last", how));
}
