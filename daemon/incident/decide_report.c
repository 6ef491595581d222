/*
 * decide_report - a mail opens an incident.  Whatever it lacks, however late
 * it is: it is never refused (R5).
 */
#include "incident/decide_draft.h"

#include <limits.h>
#include <string.h>
#include <strings.h>

#include "base/civil.h"

#define SUMMARY_MAX	4000		/* bytes of a free-text report */

void
fill_columns(struct draft *d, const struct field *f)
{
	struct incident	*in = d->in;
	const struct { const char *name; const char **column; } texts[] = {
		{ "unit", &in->unit }, { "name", &in->reporter_name },
		{ "description", &in->summary }
	};
	const struct { const char *name; int64_t *column; } times[] = {
		{ "occurred_at", &in->occurred_at },
		{ "reported_at", &in->reported_at }
	};

	if (!f->known)
		return;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp(f->name, texts[i].name) == 0 && f->text != NULL &&
		    *texts[i].column == NULL)
			*texts[i].column = f->text;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		if (strcmp(f->name, times[i].name) == 0 &&
		    f->time != TIME_NONE && (*times[i].column == 0 ||
		    (times[i].column == &in->reported_at &&
		    json_object_del(d->extra, "reported_assumed") == 0)))
			*times[i].column = f->time;
	d->c->put = 1;
}

static void
take_fields(struct draft *d)
{
	const struct report	*r = d->ev->report;

	for (size_t i = 0; i < r->n_fields; i++) {
		const struct field	*f = &r->fields[i];
		const char		*name = draft_suggested(f->name);

		if (f->raw == NULL)
			continue;
		draft_report_field(d, f, name != NULL ? name : f->name,
		    "reporter");
		fill_columns(d, f);
	}
}

static void
take_head(struct draft *d)
{
	const struct report	*r = d->ev->report;
	struct incident		*in = d->in;

	in->tracking = d->ev->tracking;
	in->policy = d->p->id;
	in->policy_version = d->p->version;
	in->policy_text = d->p->text_id;
	in->state = INC_RECEIVED;
	in->category = policy_category(d->p, r->category) != NULL ?
	    r->category : NULL;
	in->category_source = in->category != NULL ? r->category_source : NULL;
	in->drill = r->drill;
	in->lang = r->lang != NULL ? r->lang : "zh-TW";
	in->reporter_addr = r->from_addr;
	if (r->reporter_email != NULL &&
	    draft_own_domain(d->conf, r->reporter_email) &&
	    (r->from_addr == NULL ||
	    strcasecmp(r->reporter_email, r->from_addr) != 0))
		in->reporter_cc = r->reporter_email;
	in->subject = r->subject;
	in->verdict = r->verdict != NULL ? r->verdict : "unknown";
	in->root_msgid = r->message_id;
	in->created_at = d->ev->now;
	in->received_at = r->received_at != TIME_NONE && r->received_at > 0 ?
	    r->received_at : d->ev->now;
	if (strcmp(d->p->aware_from, "first_receipt") == 0)
		in->aware_at = in->received_at;
}

/* What the fields did not say. */
static void
take_defaults(struct draft *d)
{
	const struct report	*r = d->ev->report;
	struct incident		*in = d->in;

	if (in->summary == NULL && r->own_text != NULL && *r->own_text != '\0')
		in->summary = draft_cut(d->a, r->own_text,
		    SUMMARY_MAX);
	if (in->reported_at == 0) {
		in->reported_at = in->received_at;
		json_object_set_new(d->extra, "reported_assumed", json_true());
	}
	if (!r->answerable)
		json_object_set_new(d->extra, "no_answer", json_true());
}

int
decide_is_another(const struct incident *in, const struct event *ev)
{
	const struct report	*r = ev->report;
	const struct field	*when = report_known(r, "occurred_at");

	/* who names the number without answering means that one */
	if (strcmp(ev->role, "reporter") != 0 && (strcmp(ev->role, "other") !=
	    0 || r->in_reply_to == NULL))
		return 0;
	return in->occurred_at != 0 && report_filled_in(r, "annex1") &&
	    when != NULL && when->time > in->received_at &&
	    when->time <= ev->now && report_known(r, "description") != NULL &&
	    (report_known(r, "name") != NULL || report_known(r, "unit") != NULL);
}

static int
unit_known(const struct draft *d)
{
	const struct conf	*conf = d->conf;

	if (conf->units.n == 0 || d->in->unit == NULL)
		return 1;
	for (size_t i = 0; i < conf->units.n; i++)
		if (strcmp(conf->units.v[i], d->in->unit) == 0)
			return 1;
	return 0;
}

static void
journal_opened(struct draft *d, json_t *missing)
{
	const struct report	*r = d->ev->report;
	struct incident		*in = d->in;
	char			 at[RFC3339_SIZE];

	draft_journal(d, "opened", json_pack(
	    "{s:s,s:s,s:i,s:s,s:s?,s:s?,s:s?,s:O,s:b,s:i,s:s*,s:s*}", "kind",
	    mail_kind_name(r->kind), "policy", in->policy, "policy_version",
	    in->policy_version, "verdict", in->verdict, "form", r->form,
	    "category", in->category, "category_source", in->category_source,
	    "missing", missing, "drill", in->drill, "attachments",
	    (int)r->n_attachments, "notices", d->ev->bundle ? "in_a_list" :
	    NULL, "thread_of", d->ev->answered != NULL ?
	    d->ev->answered->tracking : NULL));
	if (strcmp(in->verdict, "late") == 0)
		draft_journal(d, "late", json_pack("{s:I,s:i,s:s}", "limit",
		    (json_int_t)d->p->report_limit, "minutes",
		    r->receipt_minutes != INT_MIN ? r->receipt_minutes : 0,
		    "received_at", rfc3339(at, in->received_at, d->p->zone)));
	if (d->ev->bundle)
		json_object_set_new(d->extra, "bundled", json_true());
	if (!unit_known(d)) {
		json_object_set_new(d->extra, "unknown_unit", json_true());
		draft_journal(d, "unknown_unit", NULL);
	}
}

static const char *
notice_for(const char *role)
{
	if (strcmp(role, "ethics") == 0)
		return "notice_ethics";
	return strcmp(role, "secretary") == 0 ? "notice_secretary" : "notice";
}

static int
is_file(const struct report *r, const char *name)
{
	for (size_t i = 0; i < r->n_attachments; i++)
		if (r->attachments[i].name != NULL && name != NULL &&
		    strcmp(r->attachments[i].name, name) == 0)
			return 1;
	return 0;
}

/* The first file of a report without a form that the reader has a problem
 * with, or that it found no form in; or NULL. */
static const char *
unread_file(const struct report *r, int formless)
{
	for (size_t i = 0; i < r->n_problems; i++)
		if (r->kind == KIND_REPORT_FREEFORM && !r->encrypted &&
		    formless == (strcmp(r->problems[i].field, "no_form") ==
		    0) && is_file(r, r->problems[i].text))
			return r->problems[i].text;
	return NULL;
}

/* A file or mail beside the one that the form was in, which may hold another
 * report; or NULL. */
static const char *
file_beside(const struct report *r)
{
	if (r->kind != KIND_REPORT || r->another != NULL)
		return NULL;	/* that one is shown */
	for (size_t i = 0; i < r->n_problems; i++)
		if (strcmp(r->problems[i].field, "attachment") == 0)
			return r->problems[i].text;
	return NULL;
}

/* Was a form sent back as it is? */
static int
came_blank(const struct report *r)
{
	for (size_t i = 0; i < r->n_problems; i++)
		if (strcmp(r->problems[i].field, "form") == 0)
			return 1;
	return 0;
}

/* What the letters say of the incident that was answered or is like it, and of
 * a form that is not of this one. */
static void
add_others(json_t *data, const struct event *ev)
{
	const struct report	*r = ev->report;
	json_t			*lines;

	if (ev->answered != NULL)
		json_object_set_new(data, "thread_of",
		    json_string(ev->answered->tracking));
	else if (ev->alike != NULL)
		json_object_set_new(data, "alike", json_string(ev->alike));
	if (r->another == NULL)
		return;
	lines = draft_told_lines(r->another);
	json_object_set_new(data, "another", json_incref(json_array_get(lines,
	    0)));
	json_object_set_new(data, "another_lines", lines);
}

static void
tell(struct draft *d, json_t *missing)
{
	const struct report	*r = d->ev->report;
	const struct incident	*in = d->in;
	int			 free_text;
	struct duty		*du;
	const char		*unread = unread_file(r, 0), *formless =
				    unread == NULL ? unread_file(r, 1) : NULL;

	free_text = r->kind == KIND_REPORT_FREEFORM || r->encrypted;
	if (r->answerable && in->reporter_addr != NULL) {
		du = draft_duty(d, free_text ? "ack_freeform" : "ack",
		    "reporter", json_pack("{s:O,s:b,s:b,s:s*,s:s*,s:s*}",
		    "missing_fields", missing, "encrypted", r->encrypted,
		    "blank", came_blank(r), "unread", unread, "formless",
		    formless, "beside", file_beside(r)));
		add_others(du->data, d->ev);
		du->reply = 1;
		du->unique = "ack";
	} else {
		draft_journal(d, "not_answered", json_pack("{s:s?}", "why",
		    r->why_not));
	}
	for (size_t i = 0; i < d->p->notify_opened.n; i++) {
		const char	*role = d->p->notify_opened.v[i];

		du = draft_duty(d, notice_for(role), role,
		    json_pack("{s:b,s:b,s:b,s:O,s:s*,s:s*,s:s*}", "confirm_call",
		    strcmp(in->verdict, "claimed_on_time") == 0,
		    "unknown_unit", json_object_get(d->extra, "unknown_unit")
		    != NULL, "encrypted", r->encrypted, "missing_fields",
		    missing, "unread", unread, "formless", formless,
		    "beside", file_beside(r)));
		add_others(du->data, d->ev);
		du->unique = "notice";
	}
	if (r->encrypted)
		(void)draft_duty(d, "held", draft_team(d), json_pack(
		    "{s:s}", "why", "encrypted"));
}

void
decide_report(struct draft *d)
{
	json_t	*missing;

	take_head(d);
	take_fields(d);
	take_defaults(d);
	missing = draft_missing(d, &d->p->report_required);
	if (json_array_size(missing) == 0)
		json_object_set_new(d->extra, "complete_at",
		    json_integer(d->ev->now));
	journal_opened(d, missing);
	tell(d, missing);
	json_decref(missing);
	d->c->put = 1;
	d->c->disposition = DISP_REPORT;
	d->c->why = d->ev->report->encrypted ?
	    "opened an incident; it is encrypted and waits for a person" :
	    d->ev->report->kind == KIND_REPORT_FREEFORM ?
	    "opened an incident from free text" : "opened an incident";
}

void
report_category(struct draft *d, const char *before)
{
	const char	*now = d->in->category;

	if (now == NULL || (before != NULL && strcmp(before, now) == 0) ||
	    !states_active(d->in->state) ||
	    !policy_discloses(d->p, "reporter", "category"))
		return;
	draft_reporter(d, "new_category", NULL);
}
