/*
 * decide_forensic - the request for forensic and investigative support (R22).
 * It names suspects, so it leaves the house only when a second office agrees.
 */
#include "incident/decide_draft.h"

#include <string.h>

static json_t *
request(const struct draft *d)
{
	return json_object_get(d->extra, "forensic");
}

int
forensic_waits(const struct draft *d)
{
	const json_t	*f = request(d);

	return f != NULL && json_object_get(f, "confirmed_at") == NULL;
}

int
forensic_may(const struct draft *d)
{
	return policy_has(&d->p->forensic_roles, d->ev->role) &&
	    draft_may(d, "forensic");
}

static void
send(struct draft *d, const char *text)
{
	const json_t	*f = request(d);
	struct duty	*du;

	if (d->in->drill) {
		draft_line(d, text, SAY_NOT_SENT_DRILL, NO_WORDS, NO_WORDS, 1);
		draft_journal(d, "external_drill", NULL);
		return;
	}
	for (size_t i = 0; i < d->p->forensic_receivers.n; i++) {
		du = draft_duty(d, "forensic_request",
		    d->p->forensic_receivers.v[i], json_pack("{s:{s:s?,s:s}}",
		    "forensic", "text", json_string_value(json_object_get(f,
		    "text")), "role", d->ev->role));
		du->unique = arena_printf(d->a, "forensic/%lld", (long long)
		    json_integer_value(json_object_get(f, "at")));
	}
	if (d->p->forensic_receivers.n > 0)
		draft_line(d, text, SAY_FORENSIC_SENT, NO_WORDS, draft_roles(d,
		    &d->p->forensic_receivers), 1);
}

/* It waits for a second office now. */
static void
ask(struct draft *d, const char *what, const char *text)
{
	json_t	*f = json_pack("{s:s,s:I,s:s?}", "asked_by", d->ev->role,
		    "at", (json_int_t)d->ev->now, "text", what), *data;

	second_author(d, f);
	data = json_pack("{s:s?}", "what", what);
	draft_journal(d, "forensic", json_pack("{s:s}", "step", "asked"));
	draft_duties(d, "ask_forensic", &d->p->forensic_roles, data);
	draft_line(d, text, SAY_FORENSIC_ASKED, NO_WORDS, NO_WORDS, 1);
	json_decref(data);
	json_object_set_new(d->extra, "forensic", f);
}

void
forensic_confirm(struct draft *d, const char *text)
{
	json_t	*f = request(d);

	if (!forensic_may(d)) {
		draft_line(d, text, SAY_NOT_ALLOWED, NO_WORDS, NO_WORDS, 0);
		return;
	}
	if (!forensic_waits(d)) {
		draft_line(d, text, SAY_FORENSIC_CONFIRMED, NO_WORDS, NO_WORDS,
		    1);
		return;
	}
	switch (second_voice(d, f)) {
	case VOICE_FIRST:
		ask(d, json_string_value(json_object_get(f, "text")), text);
		return;
	case VOICE_SAME:
		draft_line(d, text, SAY_SECOND_SAME, NO_WORDS, NO_WORDS, 0);
		return;
	case VOICE_SECOND:
		break;
	}
	json_object_set_new(f, "confirmed_by", json_string(d->ev->role));
	json_object_set_new(f, "confirmed_at", json_integer(d->ev->now));
	draft_journal(d, "forensic", json_pack("{s:s}", "step", "confirmed"));
	draft_line(d, text, SAY_FORENSIC_CONFIRMED, NO_WORDS, NO_WORDS, 1);
	send(d, text);
}

/* Who decides on it does not agree; or who may ask takes it back. */
void
forensic_withdraw(struct draft *d, const char *text)
{
	json_t		*f = request(d);
	const char	*what = json_string_value(json_object_get(f, "text"));

	if (forensic_may(d) && second_voice(d, f) != VOICE_SAME) {
		draft_line(d, text, SAY_FORENSIC_REFUSED, NO_WORDS, NO_WORDS,
		    1);
		draft_journal(d, "forensic", json_pack("{s:s,s:s}", "step",
		    "refused", "text", text));
		second_refused(d, json_string_value(json_object_get(f,
		    "asked_by")), WORDS(what != NULL ? what : "?", NULL));
	} else if (policy_has(&d->p->command_roles, d->ev->role) &&
	    draft_may(d, "status")) {
		draft_line(d, text, SAY_FORENSIC_WITHDRAWN, NO_WORDS, NO_WORDS,
		    1);
		draft_journal(d, "forensic", json_pack("{s:s}", "step",
		    "withdrawn"));
	} else {
		draft_line(d, text, SAY_NOT_ALLOWED, NO_WORDS, NO_WORDS, 0);
		return;
	}
	json_object_del(d->extra, "forensic");
}

/* "申請鑑識支援：否": of a request that waits it is an answer. */
void
forensic_no_word(struct draft *d, const char *text)
{
	if (forensic_waits(d))
		forensic_withdraw(d, text);
	else
		draft_line(d, text, request(d) != NULL ? SAY_FORENSIC_CONFIRMED :
		    SAY_NOTE_KEPT, NO_WORDS, NO_WORDS, 1);
}

/* It discloses: who decides must have said yes, and not "let me think". */
static int
says_yes(const struct draft *d, const char *arg)
{
	const struct policy_strings	*yes = &d->p->commands[CMD_CONFIRM];
	const struct report		*r = d->ev->report;

	for (size_t i = 0; i < yes->n; i++)
		if (strncmp(arg, yes->v[i], strlen(yes->v[i])) == 0)
			return 1;
	for (size_t i = 0; i < r->n_fields; i++)
		if (strcmp(r->fields[i].name, "forensics") == 0 &&
		    r->fields[i].known && r->fields[i].number == 1)
			return 1;
	return *arg == '\0';
}

void
forensic_word(struct draft *d, const struct word_line *w)
{
	if (request(d) != NULL && forensic_may(d)) {
		if (says_yes(d, w->arg))
			forensic_confirm(d, w->text);
		else
			draft_line(d, w->text, SAY_NOT_UNDERSTOOD, NO_WORDS,
			    NO_WORDS, 0);
		return;
	}
	if (!policy_has(&d->p->command_roles, d->ev->role) ||
	    !draft_may(d, "status")) {
		draft_line(d, w->text, SAY_NOT_ALLOWED, NO_WORDS, NO_WORDS, 0);
		return;
	}
	ask(d, w->text, w->text);
}
