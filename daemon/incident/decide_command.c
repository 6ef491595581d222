/*
 * decide_command - a mail of a trusted role: each value and each command line
 * is taken or not, and the answer says which.
 */
#include "incident/decide_draft.h"

#include <string.h>

#define SHOWN_MAX	120		/* bytes of a value in the transcript */

/* "等級：3", and "升為三級" of one who wrote no label. */
static const char *
shown(struct draft *d, const struct field *f)
{
	const char	*lang = d->ev->report->lang;
	struct words	 label = draft_label(d, f->name);
	char		*line = arena_strndup(d->a, f->raw, strcspn(f->raw,
			    "\n"));
	char		*text = draft_cut(d->a, line, SHOWN_MAX);
	const char	*more = f->raw[strlen(text)] != '\0' ? "…" : "";

	if (f->rule != NULL && strcmp(f->rule, "alone") == 0)
		return arena_printf(d->a, "%s%s", text, more);
	if (lang != NULL && strcmp(lang, "en") == 0)
		return arena_printf(d->a, "%s: %s%s", words_in(&label, lang),
		    text, more);
	return arena_printf(d->a, "%s：%s%s", label.zh, text, more);
}

static int
on_checklist(const struct draft *d, const char *name)
{
	for (size_t i = 0; i < d->p->n_checklist; i++)
		if (strcmp(d->p->checklist[i].field, name) == 0)
			return 1;
	return 0;
}

/* It was not understood: the line says what would be. */
static void
unclear(struct draft *d, const char *text, const char *name,
    enum value_kind kind)
{
	struct words	may = NO_WORDS;
	enum saying	say = SAY_NOT_UNDERSTOOD;

	if (strcmp(name, "level") == 0) {
		say = SAY_LEVEL_UNCLEAR;
	} else if (strcmp(name, "status") == 0) {
		say = SAY_STATUS_UNCLEAR;
		may = status_possible(d);
	} else if (on_checklist(d, name)) {
		say = SAY_CHECK_UNCLEAR;
	} else if (kind == VALUE_DATETIME) {
		say = SAY_TIME_UNCLEAR;
	}
	draft_line(d, text, say, draft_label(d, name), may, 0);
}

static int
commands(const struct draft *d)
{
	return policy_has(&d->p->command_roles, d->ev->role);
}

static void
platform_filed(struct draft *d, const char *text, const char *number)
{
	if (d->p->platform.zh == NULL ||
	    json_object_get(d->extra, "platform_at") != NULL)
		return;
	json_object_set_new(d->extra, "platform_at", json_integer(d->ev->now));
	draft_journal(d, "platform", json_pack("{s:s}", "number", number));
	draft_line(d, text, SAY_PLATFORM_FILED, WORDS(number, number),
	    d->p->platform, 1);
}

/* The team's word on a time counts, also when it comes later. */
static void
take_time(struct draft *d, const struct field *f)
{
	struct incident	*in = d->in;
	int64_t		 at = f->time;

	if (f->kind != VALUE_DATETIME || at == TIME_NONE)
		return;
	if (at > d->ev->now)
		at = d->ev->now;
	if (strcmp(f->name, "aware_at") == 0)
		in->aware_at = at;
	if (strcmp(f->name, "contained_at") == 0 && in->contained_at != 0)
		in->contained_at = at;
	if (strcmp(f->name, "recovered_at") == 0 && in->recovered_at != 0)
		in->recovered_at = at;
}

static void
take_field(struct draft *d, const struct field *f)
{
	struct words	label = draft_label(d, f->name);

	if (!f->known) {
		unclear(d, shown(d, f), f->name, f->kind);
		draft_report_field(d, f, f->name, d->ev->role);
		return;
	}
	if (!draft_may(d, "fields") && !draft_may(d, "supplement")) {
		draft_line(d, shown(d, f), SAY_NOT_ALLOWED, label, NO_WORDS, 0);
		return;
	}
	if (when_asked(d, f, shown(d, f)))
		return;
	draft_report_field(d, f, f->name, d->ev->role);
	fill_columns(d, f);
	if (commands(d))
		take_time(d, f);
	if (!words_field(f->name))	/* else its command has a line */
		draft_line(d, shown(d, f), SAY_FIELD_STORED, label, NO_WORDS,
		    1);
	if (strcmp(f->name, "remote_number") == 0 && commands(d))
		platform_filed(d, shown(d, f), f->raw);
}

static void
take_fields(struct draft *d)
{
	const struct report	*r = d->ev->report;

	for (size_t i = 0; i < r->n_fields; i++) {
		const struct field	*f = &r->fields[i];

		if (f->raw != NULL && strcmp(f->name, "level") != 0 &&
		    strcmp(f->name, "status") != 0 &&
		    strcmp(f->name, "category") != 0)
			take_field(d, f);
	}
}

/* R30: the team's word beats a guess, not the other way round. */
static void
take_category(struct draft *d)
{
	const struct report		*r = d->ev->report;
	const struct field		*f = report_given(r, "category");
	const struct policy_category	*c;

	if (f == NULL || !commands(d))
		return;
	c = policy_category(d->p, f->known ? f->text : r->category);
	if (c == NULL) {
		draft_line(d, shown(d, f), SAY_NOT_UNDERSTOOD,
		    draft_label(d, "category"), NO_WORDS, 0);
		return;
	}
	draft_journal(d, "category", json_pack("{s:s?,s:s}", "from",
	    d->in->category, "to", c->name));
	d->in->category = c->name;
	d->in->category_source = "team";
	draft_report_field(d, f, "category", d->ev->role);
	draft_line(d, shown(d, f), SAY_CATEGORY_SET, NO_WORDS, c->label, 1);
}

static const char *const impacts[] = {
	"confidentiality", "integrity", "availability"
};

/* Where the law weighs the impacts one by one, the highest is the level: one
 * that was given now, with those that were given before. */
static void
level_of_impacts(struct draft *d)
{
	const struct report	*r = d->ev->report;
	const char		*of = "level";
	int			 now = 0, highest = 0;

	for (size_t i = 0; i < sizeof(impacts) / sizeof(impacts[0]); i++) {
		const struct field	*f = report_given(r, impacts[i]);
		const char		*v = draft_value(d, impacts[i]);
		int			 n = v != NULL ? *v - '0' : 0;

		now |= f != NULL && f->known;
		if (n > highest && n < LEVELS) {
			highest = n;
			of = impacts[i];
		}
	}
	if (now && highest > 0)
		level_command(d, highest, arena_printf(d->a, "%s：%d",
		    draft_label(d, of).zh, highest));
}

void
level_told(struct draft *d)
{
	const struct field	*f = report_given(d->ev->report, "level");

	if (!d->level_waits)
		return;
	d->level_waits = 0;
	if (f == NULL && d->p->impact_levels)
		level_of_impacts(d);
	if (f == NULL)
		return;
	if (!f->known || f->number < 1 || f->number >= LEVELS) {
		unclear(d, shown(d, f), f->name, f->kind);
		return;
	}
	/* Of a block of boxes only the ticked one is worth showing. */
	level_command(d, f->number, strchr(f->raw, '\n') == NULL ?
	    shown(d, f) : arena_printf(d->a, "%s：%d", draft_label(d,
	    "level").zh, f->number));
}

static int
status_reopens(const struct field *f)
{
	return f != NULL && f->known && f->text != NULL &&
	    strncmp(f->text, "reopen", 6) == 0;
}

/* No level is taken of what has ended: it comes after the reopening. */
static int
reopens_first(const struct draft *d, const struct word_line *w, size_t n)
{
	return states_next(d->in->state, VERB_LEVEL)->move == MOVE_NO &&
	    (words_have(w, n, CMD_REOPEN) || words_have(w, n, CMD_UNMERGE) ||
	    status_reopens(report_given(d->ev->report, "status")));
}

/* "併案 CSI-..." is both a status word and a command: once is enough, and what
 * is doubted as a command is no status. */
static int
said_by_word(const struct word_line *w, size_t n, enum verb v)
{
	enum command	c = v == VERB_MERGE ? CMD_MERGE :
			    v == VERB_TRANSFER ? CMD_TRANSFER :
			    v == VERB_REOPEN ? CMD_REOPEN : CMD_N;

	for (size_t i = 0; i < n; i++)
		if (w[i].command == c)
			return 1;
	return 0;
}

/* 移轉中: to nobody yet. */
static int
transfer_doubted(struct draft *d, const char *text)
{
	const char	*to = words_after(d->p, CMD_TRANSFER, text);

	return to != NULL && words_doubted(CMD_TRANSFER, to, d->a);
}

static void
take_status(struct draft *d, const struct word_line *w, size_t n)
{
	enum incident_state	 st;
	const struct field	*f = report_given(d->ev->report, "status");
	enum verb		 v = VERB_N;

	if (f == NULL)
		return;
	if (f->known && f->text != NULL && verb_parse(f->text, &v) != 0 &&
	    incident_state_parse(f->text, &st) == 0) {
		/* "received" and "assessed" are the daemon's words */
		draft_line(d, shown(d, f), SAY_NOTE_KEPT, NO_WORDS, NO_WORDS,
		    1);
		return;
	}
	if (!f->known || f->text == NULL || (verb_parse(f->text, &v) != 0 &&
	    !status_reopens(f)) || (v == VERB_TRANSFER &&
	    transfer_doubted(d, shown(d, f)))) {
		unclear(d, shown(d, f), f->name, f->kind);
		return;
	}
	if (status_reopens(f))
		v = VERB_REOPEN;
	switch (v) {
	case VERB_PROGRESS:
	case VERB_CONTAIN:
	case VERB_RECOVER:
	case VERB_CLOSE:
	case VERB_FALSE_ALARM:
	case VERB_MERGE:
	case VERB_TRANSFER:
	case VERB_REOPEN:
		if (!said_by_word(w, n, v))
			status_command(d, v, shown(d, f), NULL);
		break;
	case VERB_LEVEL:
	case VERB_RECOVER_OPEN:
	case VERB_UNIT_RECOVER:
	case VERB_UNMERGE:
	case VERB_SUPPLEMENT:
	case VERB_N:
		unclear(d, shown(d, f), f->name, f->kind);
	}
}

/* --- command words --- */

static void
team_word(struct draft *d, const struct word_line *w)
{
	switch (w->command) {
	case CMD_FOLLOWUP:
		external_report(d, EXTERNAL_FOLLOWUP, w->text);
		break;
	case CMD_REOPEN:
		status_command(d, VERB_REOPEN, w->text, w->arg);
		break;
	case CMD_MERGE:
		status_command(d, VERB_MERGE, w->text, w->arg);
		break;
	case CMD_UNMERGE:
		status_command(d, VERB_UNMERGE, w->text, w->arg);
		break;
	case CMD_TRANSFER:
		status_command(d, VERB_TRANSFER, w->text, w->arg);
		break;
	case CMD_PHONED:
		phoned_word(d, w);
		break;
	case CMD_FINAL_REPORT:
		d->in->final_report_at = d->ev->now;
		draft_journal(d, "final_report", NULL);
		draft_line(d, w->text, SAY_FINAL_REPORT, NO_WORDS, NO_WORDS, 1);
		break;
	case CMD_REVIEWED:
		json_object_set_new(d->extra, "reviewed_at",
		    json_integer(d->ev->now));
		draft_journal(d, "reviewed", json_pack("{s:s}", "text",
		    w->arg));
		draft_line(d, w->text, SAY_REVIEWED, NO_WORDS, NO_WORDS, 1);
		break;
	case CMD_PLATFORM:
		platform_filed(d, w->text, w->arg);
		break;
	case CMD_CONFIRM:
	case CMD_WITHDRAW:
	case CMD_REFUSE:
	case CMD_MEETING_YES:
	case CMD_MEETING_NO:
	case CMD_FORENSIC:
	case CMD_FORENSIC_NO:
	case CMD_MINUTES:
	case CMD_NOT:
	case CMD_N:
		break;			/* not the team's alone */
	}
}

static void
take_word(struct draft *d, const struct word_line *all, size_t n,
    const struct word_line *w)
{
	int	allowed = 0;

	if (w->doubted) {
		const char	*word = words_typed(w, d->a);

		draft_line(d, w->text, *word != '\0' ? SAY_COMMAND_DOUBTED :
		    SAY_NOT_UNDERSTOOD, WORDS(word, word), NO_WORDS, 0);
		return;
	}
	switch (w->command) {
	case CMD_CONFIRM:
		confirm_command(d, w->text);
		return;
	case CMD_WITHDRAW:
	case CMD_REFUSE:
		withdraw_command(d, w->text);
		return;
	case CMD_MEETING_YES:
	case CMD_MEETING_NO:
		allowed = meeting_meant(all, n, w);
		if (allowed == 1)
			meeting_word(d, w);
		else if (allowed == -1)
			draft_line(d, w->text, SAY_NOT_UNDERSTOOD, NO_WORDS,
			    NO_WORDS, 0);
		return;
	case CMD_FORENSIC:
		forensic_word(d, w);
		return;
	case CMD_FORENSIC_NO:
		forensic_no_word(d, w->text);
		return;
	case CMD_MINUTES:
		minutes_word(d, w);
		return;
	case CMD_REVIEWED:
		allowed = policy_has(&d->p->forward_roles, d->ev->role) &&
		    draft_may(d, "review");
		break;
	case CMD_FOLLOWUP:
	case CMD_REOPEN:
	case CMD_MERGE:
	case CMD_UNMERGE:
	case CMD_TRANSFER:
	case CMD_PHONED:
	case CMD_FINAL_REPORT:
	case CMD_PLATFORM:
	case CMD_NOT:
	case CMD_N:
		break;
	}
	if (allowed || (commands(d) && draft_may(d, "status")))
		team_word(d, w);
	else
		draft_line(d, w->text, SAY_NOT_ALLOWED, NO_WORDS, NO_WORDS, 0);
}

/* Is it a line that was answered as a command: 併案 CSI-...? */
static int
is_command(const struct word_line *w, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++)
		if (strstr(w[i].text, text) != NULL ||
		    strstr(text, w[i].text) != NULL)
			return 1;
	return 0;
}

/*
 * A level or a state that the words name and that was not taken: whoever wrote
 * it is told so, unless it is so already.  1: it was told.
 */
static int
take_named(struct draft *d, const struct problem *pr,
    const struct word_line *w, size_t n)
{
	int		level = strcmp(pr->field, "level_named") == 0;
	const char	*is = level ? draft_number(d, d->in->level).zh :
			    incident_state_name(d->in->state);

	if (strcmp(pr->value, is) == 0 || (!level && is_command(w, n,
	    pr->text)))
		return 0;
	draft_line(d, draft_cut(d->a, pr->text, SHOWN_MAX), level ?
	    SAY_LEVEL_NAMED : SAY_STATUS_NAMED, NO_WORDS,
	    status_possible(d), 0);
	return 1;
}

/* All of those; a line that names two is told once. */
static void
take_all_named(struct draft *d, const struct word_line *w, size_t n)
{
	const struct report	*r = d->ev->report;
	const struct problem	*told = NULL;

	for (size_t i = 0; commands(d) && i < r->n_problems; i++) {
		const struct problem	*pr = &r->problems[i];

		if (pr->field == NULL || pr->text == NULL ||
		    pr->value == NULL || (told != NULL &&
		    strcmp(told->field, pr->field) == 0 &&
		    strcmp(told->text, pr->text) == 0))
			continue;
		if (take_named(d, pr, w, n))
			told = pr;
	}
}

/* What the reader could not place, unless its field was answered for. */
static void
take_problems(struct draft *d)
{
	const struct report	*r = d->ev->report;

	for (size_t i = 0; i < r->n_problems; i++) {
		const struct problem	*pr = &r->problems[i];

		if (pr->field != NULL && report_given(r, pr->field) == NULL &&
		    draft_label(d, pr->field).zh != pr->field)
			unclear(d, pr->text != NULL ? pr->text : "",
			    pr->field, VALUE_TEXT);	/* no "charset" */
	}
}

static void
answer(struct draft *d)
{
	struct duty	*du;
	json_t		*data;
	int		 nothing = json_array_size(d->lines) ==
			    (d->ev->redirected != NULL);
	int		 how = nothing && meeting_awaits(d);

	if (nothing)
		draft_line(d, "", how ? SAY_MEETING_HOW : commands(d) ?
		    SAY_NOTHING_FOUND : SAY_NOTE_KEPT, NO_WORDS, NO_WORDS,
		    !how && !commands(d));
	if (!d->ev->report->answerable)
		return;
	data = json_pack("{s:O,s:b,s:b,s:b}", "lines", d->lines, "nothing",
	    nothing && !how && commands(d), "may_order", commands(d) &&
	    draft_may(d, "status"), "may_reopen", commands(d) &&
	    states_next(d->in->state, VERB_REOPEN)->move == MOVE_GO);
	if (json_array_size(d->open) > 0)
		json_object_set(data, "open", d->open);
	du = draft_duty(d, "transcript", "sender", data);
	du->reply = 1;
}

/* A receiver's own mail: its number, a question.  Machines answer machines
 * too easily, so it gets a transcript only when it gave a command. */
static int
is_receiver(const struct draft *d)
{
	return policy_has(&d->p->forward_roles, d->ev->role) && !commands(d);
}

void
mail_commands(struct draft *d)
{
	const char		*category = d->in->category;
	struct word_line	*w;
	size_t			 n = words_find(d->p, d->ev->report, d->a, &w);

	if (commands(d) && d->in->first_action_at == 0)
		d->in->first_action_at = d->ev->now;
	d->c->put = 1;
	mail_redirected(d);
	take_fields(d);
	take_category(d);
	d->level_waits = 1;
	if (!reopens_first(d, w, n))
		level_told(d);
	take_status(d, w, n);
	for (size_t i = 0; i < n; i++)
		take_word(d, w, n, &w[i]);
	level_told(d);			/* it was not reopened */
	report_category(d, category);
	take_problems(d);
	take_all_named(d, w, n);
	mail_other_numbers(d);
	draft_note(d, d->ev->role);
	draft_journal(d, "mail", json_pack("{s:s,s:i}", "as", d->ev->role,
	    "lines", (int)json_array_size(d->lines)));
	if (is_receiver(d) && n == 0) {
		mail_tell_team(d);
		d->c->disposition = DISP_RECEIPT;
		d->c->why = "a receiver's answer, kept";
		return;
	}
	answer(d);
	if (!commands(d) || (d->ev->report->passed_on != NULL &&
	    strcmp(d->ev->role, draft_team(d)) != 0))
		mail_tell_team(d);
	d->c->disposition = DISP_UPDATE;
	d->c->why = "applied; the answer names each line";
}
