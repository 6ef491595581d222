/*
 * decide_status - level and status, as the team says and the table allows.
 */
#include "incident/decide_draft.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A status told is a sign of life: what asks for it waits anew. */
static void
restart_deadlines(struct draft *d)
{
	for (size_t i = 0; i < d->p->n_deadlines; i++)
		if (d->p->deadlines[i].restart)
			draft_rearm(d, d->p->deadlines[i].name);
}

struct words
status_possible(struct draft *d)
{
	static const enum verb	 verbs[] = {
		VERB_PROGRESS, VERB_CONTAIN, VERB_RECOVER, VERB_CLOSE,
		VERB_FALSE_ALARM, VERB_UNMERGE, VERB_REOPEN
	};
	struct words	 all = WORDS("", ""), w;
	enum move	 m;

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		m = states_next(d->in->state, verbs[i])->move;
		if (m != MOVE_GO && (m != MOVE_BACK || *all.zh != '\0'))
			continue;	/* one word for the way back is enough */
		w = second_words(d, verbs[i]);
		all.zh = arena_printf(d->a, "%s%s%s", all.zh,
		    *all.zh != '\0' ? "、" : "", w.zh);
		all.en = arena_printf(d->a, "%s%s%s", all.en,
		    *all.en != '\0' ? ", " : "", words_in(&w, "en"));
	}
	return all;
}

/* What cannot be from here, and what can. */
static void
not_from_here(struct draft *d, enum verb v, const char *text)
{
	draft_line(d, text, v == VERB_LEVEL ? SAY_LEVEL_NOT_FROM :
	    SAY_STATUS_NOT_FROM, draft_state(d, d->in->state),
	    status_possible(d), 0);
}

/* --- level ---------------------------------------------------------------- */

static int
right(const struct draft *d, const struct policy_strings *roles,
    const char *verb)
{
	return d->confirmed ||
	    (policy_has(roles, d->ev->role) && draft_may(d, verb));
}

static void
set_level(struct draft *d, int level, const char *text)
{
	struct incident	*in = d->in;
	int		 old = in->level;
	json_t		*data;

	(void)draft_move(d, VERB_LEVEL);
	in->level = level;
	if (in->level_set_at == 0)
		in->level_set_at = d->ev->now;
	if (in->aware_at == 0)	/* the level is what makes the agency aware */
		in->aware_at = d->ev->now;
	draft_journal(d, "level", json_pack("{s:i,s:i}", "from", old, "to",
	    level));
	draft_line(d, text, old == 0 ? SAY_LEVEL_FIRST : SAY_LEVEL_SET,
	    draft_number(d, old), draft_number(d, level), 1);
	second_level_given(d, text);
	restart_deadlines(d);
	data = json_object();
	if (old != 0)
		json_object_set_new(data, "previous_level", json_integer(old));
	draft_duties(d, "level_set", &d->p->notify_level, data);
	json_decref(data);
	meeting_ask(d, "");	/* what follows was not written there */
	external_report(d, EXTERNAL_LEVEL, "");
}

void
level_command(struct draft *d, int level, const char *text)
{
	if (second_given(d, VERB_LEVEL, level)) {
		confirm_command(d, text);
		return;
	}
	/* What it is already nobody orders, and whoever sees it may repeat. */
	if (level == d->in->level && policy_discloses(d->p, d->ev->role,
	    "level")) {
		draft_line(d, text, SAY_LEVEL_SAME, NO_WORDS,
		    draft_number(d, level), 1);
		return;
	}
	if (!right(d, &d->p->command_roles, "level")) {
		draft_line(d, text, SAY_NOT_ALLOWED, NO_WORDS, NO_WORDS, 0);
		return;
	}
	if (states_next(d->in->state, VERB_LEVEL)->move == MOVE_NO) {
		not_from_here(d, VERB_LEVEL, text);
		return;
	}
	if (level < d->in->level && second_needed(d))
		second_ask(d, VERB_LEVEL, level, text);
	else
		set_level(d, level, text);
}

/* --- recovery (R19, R20) ------------------------------------------------- */

static int
settled(const char *value)
{
	return value != NULL && (strcmp(value, "\"ok\"") == 0 ||
	    strcmp(value, "\"not_applicable\"") == 0);
}

/* Items still open; *early: data were restored before the tests passed. */
static void
checklist(struct draft *d, json_t *open, json_t *early)
{
	int	tests = 1;

	for (size_t i = 0; i < d->p->n_checklist; i++) {
		const struct policy_check *c = &d->p->checklist[i];
		const char		*v = draft_value(d, c->field);

		if (!settled(v)) {
			json_array_append_new(open, json_string(c->field));
			tests &= !c->before_restore;
		} else if (!c->before_restore && !tests &&
		    strcmp(v, "\"ok\"") == 0) {
			json_array_append_new(early, json_string(c->field));
		}
	}
}

static void
still_open(struct draft *d, const char *text, json_t *open, json_t *early)
{
	enum incident_state	from = d->in->state;

	if (!draft_move(d, VERB_RECOVER_OPEN)) {
		not_from_here(d, VERB_RECOVER_OPEN, text);
		return;
	}
	if (from == INC_RECOVERED) {
		draft_line(d, text, SAY_STATUS_SAME, NO_WORDS,
		    draft_state(d, from), 1);
		return;
	}
	if (d->in->contained_at == 0)
		(void)when_stated(d, "contained_at", &d->in->contained_at);
	json_array_extend(d->open, open);
	draft_journal(d, "recovery_open", json_pack("{s:O,s:O}", "open", open,
	    "early", early));
	draft_line(d, text, SAY_RECOVERY_OPEN, draft_labels(d, open),
	    draft_state(d, d->in->state), 0);
	restart_deadlines(d);
}

static void
recovered(struct draft *d, const char *text)
{
	struct incident		*in = d->in;
	enum incident_state	 from = in->state;

	if (from == INC_RECEIVED) {
		draft_line(d, text, SAY_ASSESS_FIRST, NO_WORDS, NO_WORDS, 0);
		return;
	}
	if (!draft_move(d, VERB_RECOVER)) {
		not_from_here(d, VERB_RECOVER, text);
		return;
	}
	if (from == INC_RECOVERED) {
		draft_line(d, text, SAY_STATUS_SAME, NO_WORDS,
		    draft_state(d, from), 1);
		return;
	}
	(void)when_stated(d, "recovered_at", &in->recovered_at);
	if (in->contained_at == 0 &&
	    (!when_stated(d, "contained_at", &in->contained_at) ||
	    in->contained_at > in->recovered_at))
		in->contained_at = in->recovered_at;
	json_object_set_new(d->extra, "confirmed_by", json_string(
	    d->ev->actor != NULL ? d->ev->actor : ""));
	draft_journal(d, "recovered", json_pack("{s:I}", "at",
	    (json_int_t)in->recovered_at));
	draft_line(d, text, SAY_RECOVERED, NO_WORDS, NO_WORDS, 1);
	draft_duties(d, "recovered", &d->p->notify_recovered, NULL);
	draft_reporters(d, "recovered", NULL);
	external_report(d, EXTERNAL_RECOVERED, "");
}

static void
recover_command(struct draft *d, const char *text)
{
	json_t	*open = json_array(), *early = json_array();

	checklist(d, open, early);
	if (!right(d, &d->p->confirm_roles, "status"))
		draft_line(d, text, SAY_NOT_ALLOWED, NO_WORDS, NO_WORDS, 0);
	else if (json_array_size(open) > 0)
		still_open(d, text, open, early);
	else
		recovered(d, text);
	if (json_array_size(early) > 0)
		draft_line(d, text, SAY_RESTORE_TOO_EARLY, draft_labels(d,
		    early), NO_WORDS, 0);
	json_decref(open);
	json_decref(early);
}

/* --- the ends ------------------------------------------------------------- */

/*
 * Does it end the alarm?  A merge does when the other one is less grave or no
 * longer worked on: then it is a downgrade or a closing by another name.
 */
static int
silences(const struct draft *d, enum verb v)
{
	const struct incident	*other = d->ev->other;

	if (v == VERB_MERGE)
		return other == NULL || other->level < d->in->level ||
		    !states_active(other->state);
	return v == VERB_CLOSE || v == VERB_FALSE_ALARM;
}

/* Rights, the table, the second person: may this verb go on? */
static int
may_end(struct draft *d, enum verb v, const struct policy_strings *roles,
    const char *text)
{
	enum move	m = states_next(d->in->state, v)->move;

	if (!right(d, roles, "status")) {
		draft_line(d, text, SAY_NOT_ALLOWED, NO_WORDS, NO_WORDS, 0);
		return 0;
	}
	if (m == MOVE_NO) {
		not_from_here(d, v, text);
		return 0;
	}
	if (m == MOVE_STAY) {
		draft_line(d, text, SAY_STATUS_SAME, NO_WORDS, draft_state(d,
		    d->in->state), 1);
		return 0;
	}
	if (!second_needed(d) || !silences(d, v))
		return 1;
	second_ask(d, v, 0, text);
	return 0;
}

static void
say_moved(struct draft *d, const char *text, enum incident_state from)
{
	draft_line(d, text, SAY_STATUS_SET, draft_state(d, from),
	    draft_state(d, d->in->state), 1);
}

static void
close_command(struct draft *d, const char *text)
{
	enum incident_state	from = d->in->state;
	json_t			*missing;

	missing = draft_missing(d, &d->p->close_required);
	if (json_array_size(missing) > 0 &&
	    states_next(from, VERB_CLOSE)->move == MOVE_GO &&
	    right(d, &d->p->close_roles, "status")) {
		draft_line(d, text, SAY_CLOSE_NEEDS, draft_labels(d, missing),
		    NO_WORDS, 0);
	} else if (may_end(d, VERB_CLOSE, &d->p->close_roles, text)) {
		(void)draft_move(d, VERB_CLOSE);
		d->in->closed_at = d->ev->now;
		json_object_set_new(d->extra, "closed_by", json_string(
		    d->ev->actor != NULL ? d->ev->actor : ""));
		draft_journal(d, "closed", NULL);
		say_moved(d, text, from);
		draft_duties(d, "closed", &d->p->notify_closed, NULL);
		draft_reporters(d, "closed", NULL);
		if (d->in->drill)
			drill_report(d);
	}
	json_decref(missing);
}

static void
false_alarm_command(struct draft *d, const char *text)
{
	enum incident_state	from = d->in->state;

	if (!may_end(d, VERB_FALSE_ALARM, &d->p->close_roles, text))
		return;
	(void)draft_move(d, VERB_FALSE_ALARM);
	draft_journal(d, "false_alarm", NULL);
	say_moved(d, text, from);
	draft_duties(d, "false_alarm", &d->p->notify_closed, NULL);
	draft_reporters(d, "false_alarm", NULL);
	external_report(d, EXTERNAL_FALSE_ALARM, "");
}

/* Is there such a case, and may this one go into it? */
static int
may_take(struct draft *d, const char *text, const char *named)
{
	const struct incident	*other = d->ev->other;

	if (other == NULL || other->id == d->in->id ||
	    other->state == INC_MERGED) {
		draft_line(d, text, SAY_MERGE_UNKNOWN, WORDS(named, named),
		    NO_WORDS, 0);
		return 0;
	}
	if (other->drill != d->in->drill) {	/* of a drill nobody is told */
		draft_line(d, text, SAY_MERGE_DRILL, WORDS(other->tracking,
		    other->tracking), NO_WORDS, 0);
		return 0;
	}
	return 1;
}

static void
tell_merged_to(struct draft *d, const char *role, const char *into)
{
	(void)draft_duty(d, "merged", role, json_pack("{s:s,s:b}", "into",
	    into, "may_undo", strcmp(role, draft_team(d)) == 0 ||
	    policy_has(&d->p->command_roles, role)));
}

/* Who works on it, who was told of it, and who reported it. */
static void
tell_merged(struct draft *d, const char *into)
{
	const struct policy_strings	*told = &d->p->notify_closed;

	if (!policy_has(told, draft_team(d)))
		tell_merged_to(d, draft_team(d), into);
	for (size_t i = 0; i < told->n; i++)
		tell_merged_to(d, told->v[i], into);
	draft_reporters(d, "merged", json_pack("{s:s}", "into", into));
}

static void
merge_command(struct draft *d, const char *text, const char *arg)
{
	const struct incident	*other = d->ev->other;
	enum incident_state	 from = d->in->state;
	enum move		 m = states_next(from, VERB_MERGE)->move;

	if (m == MOVE_GO && right(d, &d->p->command_roles, "status") &&
	    !may_take(d, text, arg != NULL ? arg : ""))
		return;
	if (!may_end(d, VERB_MERGE, &d->p->command_roles, text))
		return;
	json_object_set_new(d->extra, "before", json_string(
	    incident_state_name(from)));
	(void)draft_move(d, VERB_MERGE);
	d->in->merged_into = other->id;
	json_object_set_new(d->extra, "into", json_string(other->tracking));
	draft_journal(d, "merged", json_pack("{s:s}", "into",
	    other->tracking));
	draft_line(d, text, SAY_MERGED, WORDS(other->tracking,
	    other->tracking), NO_WORDS, 1);
	tell_merged(d, other->tracking);
	external_report(d, EXTERNAL_MERGED, "");
}

/* What was found in order before it came back is to be looked at again. */
static void
reset_checklist(struct draft *d, const char *text)
{
	for (size_t i = 0; i < d->p->n_checklist; i++)
		if (draft_value(d, d->p->checklist[i].field) != NULL)
			draft_field(d, d->p->checklist[i].field, text,
			    "\"not_done\"", d->ev->role, 0);
}

/*
 * Whatever ran before runs anew, from now.  What was handed over never
 * stopped: taken back, it has the time it had, and nothing of it is undone.
 */
static void
begin_anew(struct draft *d, enum incident_state from)
{
	struct incident	*in = d->in;

	in->merged_into = 0;
	in->recovered_at = in->contained_at = in->closed_at = 0;
	json_object_del(d->extra, "unit_reported_at");
	json_object_del(d->extra, "before");
	json_object_del(d->extra, "into");
	json_object_del(d->extra, "transferred_to");
	for (size_t i = 0; from != INC_TRANSFERRED && i < d->p->n_deadlines;
	    i++)
		draft_rearm(d, d->p->deadlines[i].name);
	if (from == INC_TRANSFERRED)
		restart_deadlines(d);
}

static void
reopen_command(struct draft *d, enum verb v, const char *text)
{
	enum incident_state	 from = d->in->state;
	json_t			*data = NULL;

	if (!may_end(d, v, &d->p->command_roles, text))
		return;
	(void)draft_move(d, v);
	begin_anew(d, from);
	draft_journal(d, "reopened", json_pack("{s:s}", "from",
	    incident_state_name(from)));
	say_moved(d, text, from);
	if (from == INC_TRANSFERRED)
		data = json_pack("{s:b}", "taken_back", 1);
	draft_duties(d, "reopened", from == INC_TRANSFERRED ?
	    &d->p->notify_transferred : &d->p->notify_closed, data);
	draft_reporters(d, "reopened", data);
	if (v == VERB_REOPEN && from != INC_TRANSFERRED)
		reset_checklist(d, text);
	level_told(d);
	external_report(d, EXTERNAL_REOPENED, "");
}

static void
progress_command(struct draft *d, enum verb v, const char *text,
    const char *arg)
{
	enum incident_state	from = d->in->state;

	if (!right(d, &d->p->command_roles, "status")) {
		draft_line(d, text, SAY_NOT_ALLOWED, NO_WORDS, NO_WORDS, 0);
		return;
	}
	if (!draft_move(d, v)) {
		not_from_here(d, v, text);
		return;
	}
	if (v == VERB_CONTAIN && d->in->contained_at == 0)
		(void)when_stated(d, "contained_at", &d->in->contained_at);
	if (v == VERB_PROGRESS)
		d->in->contained_at = 0;
	if (v == VERB_TRANSFER)
		transfer_told(d, from, text, arg);
	else if (from == d->in->state)
		draft_line(d, text, SAY_STATUS_SAME, NO_WORDS,
		    draft_state(d, from), 1);
	else
		say_moved(d, text, from);
	restart_deadlines(d);
}

/* A status whose time cannot be taken waits until it can. */
static int
told_when(struct draft *d, enum verb v, const char *text)
{
	const char	*field = v == VERB_CONTAIN ? "contained_at" :
			    v == VERB_RECOVER || v == VERB_CLOSE ?
			    "recovered_at" : NULL;
	int64_t		 at;

	if (field == NULL || when_stated(d, field, &at))
		return 1;
	draft_line(d, text, SAY_STATUS_TIME, draft_label(d, field),
	    draft_state(d, v == VERB_CONTAIN ? INC_CONTAINED :
	    v == VERB_CLOSE ? INC_CLOSED : INC_RECOVERED), 0);
	return 0;
}

void
status_command(struct draft *d, enum verb v, const char *text, const char *arg)
{
	d->c->put = 1;
	if (second_given(d, v, 0)) {
		confirm_command(d, text);
		return;
	}
	if (!told_when(d, v, text))
		return;
	switch (v) {
	case VERB_PROGRESS:
	case VERB_CONTAIN:
	case VERB_TRANSFER:
		progress_command(d, v, text, arg);
		break;
	case VERB_RECOVER:
		recover_command(d, text);
		break;
	case VERB_CLOSE:
		close_command(d, text);
		break;
	case VERB_FALSE_ALARM:
		false_alarm_command(d, text);
		break;
	case VERB_MERGE:
		merge_command(d, text, arg);
		break;
	case VERB_UNMERGE:
	case VERB_REOPEN:
		reopen_command(d, v, text);
		break;
	case VERB_LEVEL:
	case VERB_RECOVER_OPEN:
	case VERB_UNIT_RECOVER:
	case VERB_SUPPLEMENT:
	case VERB_N:
		break;			/* no status word asks for these */
	}
}
