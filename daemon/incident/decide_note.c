/*
 * decide_note - mails of those who may add but not command: the reporter, his
 * unit, and whoever else writes about an incident.
 */
#include "incident/decide_draft.h"

#include <string.h>

/* Under whose name the fields are kept.  "other" never counts as an answer. */
static const char *
by_role(const struct draft *d)
{
	const char	*role = d->ev->role;

	if (strcmp(role, "reporter") == 0)
		return role;
	return strcmp(role, "other") == 0 &&
	    draft_own_domain(d->conf, d->ev->report->from_addr) ? "unit" :
	    "other";
}

/*
 * A gap may be filled by anyone of the house; what stands there already is
 * changed only by a reporter who proved to be the reporter, and is kept
 * aside otherwise.
 */
static void
take_field(struct draft *d, const struct field *f, const char *by,
    json_t *filled)
{
	const char	*name = draft_suggested(f->name);

	if (f->raw == NULL)
		return;
	if (name != NULL) {
		draft_report_field(d, f, name, by);
		return;
	}
	if (when_asked(d, f, f->raw))
		return;
	if (draft_value(d, f->name) != NULL &&
	    !(strcmp(by, "reporter") == 0 && d->ev->trusted)) {
		draft_report_field(d, f, f->name, "other");
		return;
	}
	draft_report_field(d, f, f->name, by);
	if (strcmp(by, "other") != 0 && f->known) {
		fill_columns(d, f);
		json_array_append_new(filled, json_string(f->name));
		draft_line(d, f->raw, SAY_FIELD_STORED, draft_label(d,
		    f->name), NO_WORDS, 1);
	}
}

/* A time that came later may settle what was unknown (R4). */
static void
judge_time(struct draft *d)
{
	struct incident	*in = d->in;
	int64_t		 limit = d->p->report_limit, told, got;

	if (strcmp(in->verdict, "unknown") != 0 || in->occurred_at == 0)
		return;
	got = in->received_at - in->occurred_at;
	told = in->reported_at - in->occurred_at;
	if (told < 0)
		in->verdict = "inconsistent";
	else if (got <= limit)
		in->verdict = "on_time";
	else
		in->verdict = told <= limit ? "claimed_on_time" : "late";
	draft_journal(d, "verdict", json_pack("{s:s,s:s}", "from", "unknown",
	    "to", in->verdict));
}

/* R20: the unit reports, the team confirms. */
static void
unit_recovered(struct draft *d, const char *by)
{
	const struct incident	*part = d->ev->redirected;
	const char		*from = d->ev->actor;
	json_t			*data;
	int64_t			 at;

	if (strcmp(by, "other") == 0 || !when_stated(d, "recovered_at", &at) ||
	    !draft_move(d, VERB_UNIT_RECOVER))
		return;
	json_object_set_new(d->extra, "unit_reported_at",
	    json_integer(d->ev->now));
	json_object_set_new(d->extra, "unit_reported_by",
	    json_string(d->ev->actor != NULL ? d->ev->actor : ""));
	draft_line(d, "", SAY_STATUS_SUGGESTED, NO_WORDS, draft_state(d,
	    INC_RECOVERED), 1);
	draft_journal(d, "unit_reported", json_pack("{s:s}", "status",
	    "recovered"));
	data = json_pack("{s:s}", "by", by);
	if (part != NULL)
		json_object_set_new(data, "part", json_pack(
		    "{s:s,s:s?,s:s?,s:s?}", "number", part->tracking,
		    "of_unit", part->unit, "who", part->reporter_name, "from",
		    from));
	else if (from != NULL && strcmp(by, "reporter") != 0)
		json_object_set_new(data, "from", json_string(from));
	(void)draft_duty(d, "ask_confirm", draft_team(d), data);
}

/* "誤報", "結案" and the like of the house change nothing, but are answered. */
static void
suggest_status(struct draft *d, const char *status, const char *by)
{
	enum incident_state	 s;

	if (strcmp(by, "other") != 0 && incident_state_parse(status, &s) == 0 &&
	    s != d->in->state)
		draft_line(d, "", SAY_STATUS_SUGGESTED, NO_WORDS,
		    draft_state(d, s), 1);
}

/* What it says of level and status is for the team to judge. */
static void
take_suggestions(struct draft *d, const char *by)
{
	const struct report	*r = d->ev->report;
	const struct field	*level = NULL;

	for (size_t i = 0; i < r->n_fields; i++) {
		const struct field	*f = &r->fields[i];

		if (!f->known)
			continue;
		if (strcmp(f->name, "status") == 0 && f->text != NULL) {
			if (strcmp(f->text, "recovered") == 0)
				unit_recovered(d, by);
			else
				suggest_status(d, f->text, by);
		}
		if (strcmp(f->name, "level") == 0)
			level = f;
	}
	if (level == NULL)
		return;
	json_object_set_new(d->extra, "suggested_level",
	    json_integer(level->number));
	draft_journal(d, "suggested", json_pack("{s:i}", "level",
	    level->number));
	draft_line(d, level->raw, SAY_LEVEL_SUGGESTED, NO_WORDS,
	    draft_number(d, level->number), 0);
}

/* The team learns of everything that was added. */
void
mail_tell_team(struct draft *d)
{
	const struct report	*r = d->ev->report;
	const struct conf_role	*role = conf_role(d->conf, d->ev->role);
	json_t			*text = draft_told_lines(r->own_text);
	json_t			*passed = draft_told_lines(r->passed_on);
	json_t			*data;

	data = json_pack("{s:s?,s:s*,s:O,s:b,s:o,s:b,s:o,s:b}", "from",
	    r->from_addr, "role", role != NULL ? role->name : NULL, "lines",
	    d->lines, "text", json_array_size(text) > 0, "text_lines", text,
	    "passed", json_array_size(passed) > 0, "passed_lines", passed,
	    "outsider", role == NULL && strcmp(d->ev->role, "other") == 0 &&
	    !draft_own_domain(d->conf, r->from_addr));
	(void)draft_duty(d, "supplement", draft_team(d), data);
}

/* Whoever of the house adds something hears that it came; what more the letter
 * says is for the reporter alone. */
static void
answer(struct draft *d, const char *by, json_t *missing)
{
	const struct report	*r = d->ev->report;
	struct duty		*du;

	if (!r->answerable || strcmp(by, "other") == 0)
		return;
	du = draft_duty(d, "ack_again", "sender", json_pack("{s:O,s:O}",
	    "missing_fields", missing, "lines", d->lines));
	du->reply = 1;
}

/* What a report of free words did not tell, the form that follows may. */
static void
take_category(struct draft *d, const json_t *filled)
{
	const struct report	*r = d->ev->report;

	if (d->in->category != NULL || json_array_size(filled) == 0 ||
	    policy_category(d->p, r->category) == NULL)
		return;
	d->in->category = r->category;
	d->in->category_source = r->category_source;
	draft_journal(d, "category", json_pack("{s:s?,s:s}", "from", NULL,
	    "to", r->category));
	report_category(d, NULL);
}

void
mail_supplement(struct draft *d)
{
	const struct report	*r = d->ev->report;
	const char		*by = by_role(d);
	json_t			*filled = json_array(), *missing;

	mail_redirected(d);
	for (size_t i = 0; i < r->n_fields; i++)
		take_field(d, &r->fields[i], by, filled);
	draft_note(d, by);
	take_category(d, filled);
	judge_time(d);
	take_suggestions(d, by);
	missing = draft_missing(d, &d->p->report_required);
	if (json_array_size(missing) == 0 &&
	    json_object_get(d->extra, "complete_at") == NULL)
		json_object_set_new(d->extra, "complete_at",
		    json_integer(d->ev->now));
	draft_journal(d, "supplement", json_pack("{s:O,s:O,s:i,s:s}",
	    "filled", filled, "missing", missing, "attachments",
	    (int)r->n_attachments, "as", by));
	answer(d, by, missing);
	mail_tell_team(d);
	json_decref(filled);
	json_decref(missing);
	d->c->put = 1;
	d->c->disposition = DISP_SUPPLEMENT;
	d->c->why = "added to the incident";
}
