/*
 * decide_second - what one person may not do alone: it waits until another
 * holder of the right agrees.
 */
#include "incident/decide_draft.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TOLD_MAX	1000		/* bytes of a refusal that are told */

/* How people call what a verb asks for. */
struct words
second_words(const struct draft *d, enum verb v)
{
	const char	*w;

	switch (v) {
	case VERB_LEVEL:
		return draft_label(d, "level");
	case VERB_PROGRESS:
		return draft_state(d, INC_IN_PROGRESS);
	case VERB_CONTAIN:
		return draft_state(d, INC_CONTAINED);
	case VERB_RECOVER:
	case VERB_RECOVER_OPEN:
	case VERB_UNIT_RECOVER:
		return draft_state(d, INC_RECOVERED);
	case VERB_CLOSE:
		return draft_state(d, INC_CLOSED);
	case VERB_FALSE_ALARM:
		return draft_state(d, INC_FALSE_ALARM);
	case VERB_MERGE:
		return draft_state(d, INC_MERGED);
	case VERB_TRANSFER:
		return draft_state(d, INC_TRANSFERRED);
	case VERB_UNMERGE:
		w = d->p->commands[CMD_UNMERGE].v[0];
		return WORDS(w, "unmerge");
	case VERB_REOPEN:
		w = d->p->commands[CMD_REOPEN].v[0];
		return WORDS(w, "reopen");
	case VERB_SUPPLEMENT:
	case VERB_N:
		break;
	}
	return WORDS("?", "?");
}

int
second_needed(const struct draft *d)
{
	return d->p->two_persons_from > 0 && !d->confirmed &&
	    d->in->level >= d->p->two_persons_from;
}

static json_t *
pending(const struct draft *d)
{
	json_t	*j = NULL;

	if (d->in->pending != NULL)
		j = json_loads(d->in->pending, 0, NULL);
	if (json_is_object(j))
		return j;
	json_decref(j);
	return NULL;
}

static int
is_one(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcasecmp(a, b) == 0;
}

/* Whose proof the mail in hand is; NULL: it proves nothing. */
static const char *
proof(const struct draft *d)
{
	if (!d->ev->trusted)
		return NULL;
	return d->ev->holder != NULL ? d->ev->holder : d->ev->actor;
}

void
second_author(const struct draft *d, json_t *p)
{
	json_object_set_new(p, "by", json_string(d->ev->actor != NULL ?
	    d->ev->actor : ""));
	if (proof(d) != NULL)
		json_object_set_new(p, "holder", json_string(proof(d)));
	else
		json_object_del(p, "holder");
}

/*
 * By the address he writes from, or by whose proof he shows: who has only the
 * token of one mailbox can write any From, and remains one person.
 */
enum voice
second_voice(const struct draft *d, const json_t *p)
{
	const char	*by = json_string_value(json_object_get(p, "by"));
	const char	*holder = json_string_value(json_object_get(p,
			    "holder"));

	if (d->ev->actor == NULL || proof(d) == NULL)
		return VOICE_SAME;
	if (holder == NULL)
		return VOICE_FIRST;
	return is_one(by, d->ev->actor) || is_one(by, proof(d)) ||
	    is_one(holder, d->ev->actor) || is_one(holder, proof(d)) ?
	    VOICE_SAME : VOICE_SECOND;
}

/* What waits, in people's words. */
static struct words
pending_words(struct draft *d, const json_t *p)
{
	const char	*name = json_string_value(json_object_get(p, "verb"));
	const char	*into;
	int		 level = (int)json_integer_value(json_object_get(p,
			    "level"));
	struct words	 w;
	enum verb	 v;

	if (name == NULL || verb_parse(name, &v) != 0)
		return WORDS("?", "?");
	w = second_words(d, v);
	into = json_string_value(json_object_get(p, "into"));
	if (into != NULL)
		return WORDS(arena_printf(d->a, "%s %s", w.zh, into),
		    arena_printf(d->a, "%s into %s", words_in(&w, "en"), into));
	if (v != VERB_LEVEL)
		return w;
	return WORDS(arena_printf(d->a, "%s %d", w.zh, level),
	    arena_printf(d->a, "%s %d", words_in(&w, "en"), level));
}

/* Does the mail in hand name the incident that a waiting merge goes into? */
static int
second_into(const struct draft *d, const json_t *p)
{
	const char	*into = json_string_value(json_object_get(p, "into"));

	return into != NULL && d->ev->other != NULL &&
	    strcmp(into, d->ev->other->tracking) == 0;
}

/* Does a second person ask for the very thing that waits? */
int
second_given(const struct draft *d, enum verb v, int level)
{
	json_t		*p = pending(d);
	const char	*name = json_string_value(json_object_get(p, "verb"));
	int		 yes;

	yes = !d->confirmed && name != NULL &&
	    strcmp(name, verb_name(v)) == 0 &&
	    json_integer_value(json_object_get(p, "level")) == level &&
	    (v != VERB_MERGE || second_into(d, p)) &&
	    second_voice(d, p) == VOICE_SECOND &&
	    policy_has(&d->p->second_roles, d->ev->role) &&
	    draft_may(d, "confirm");
	json_decref(p);
	return yes;
}

/* It waits now; all who may be the second are told. */
void
second_ask(struct draft *d, enum verb v, int level, const char *text)
{
	struct words	 w;
	json_t		*p;
	char		*s;

	p = json_pack("{s:s,s:i,s:s*,s:s,s:I,s:I}", "verb", verb_name(v),
	    "level", level, "into", v == VERB_MERGE ? d->ev->other->tracking :
	    NULL, "role", d->ev->role, "at", (json_int_t)d->ev->now, "mail",
	    (json_int_t)d->ev->mail);
	second_author(d, p);
	s = json_dumps(p, JSON_COMPACT | JSON_SORT_KEYS);
	d->in->pending = arena_strdup(d->a, s);
	free(s);
	w = pending_words(d, p);
	json_object_set_new(d->extra, "pending_at", json_integer(d->ev->now));
	json_object_del(d->extra, "seconded_at");
	draft_rearm(d, "second");
	draft_journal(d, "pending", json_deep_copy(p));
	for (size_t i = 0; i < d->p->second_roles.n; i++)
		(void)draft_duty(d, "ask_second", d->p->second_roles.v[i],
		    json_pack("{s:s,s:{s:s},s:{s:{s:s}}}", "what", w.zh,
		    "asked", "role", d->ev->role, "in", "en", "what",
		    words_in(&w, "en")));
	json_decref(p);
	draft_line(d, text, SAY_NEEDS_SECOND, w, NO_WORDS, 1);
}

/* Two persons want it: it is done. */
static void
agreed(struct draft *d, json_t *p, enum verb v, const char *text)
{
	d->confirmed = 1;
	d->in->pending = NULL;
	json_object_del(d->extra, "pending_at");
	json_object_set_new(d->extra, "seconded_at",
	    json_integer(d->ev->now));
	draft_journal(d, "second", json_pack("{s:O,s:s}", "pending", p, "by",
	    d->ev->actor));
	draft_line(d, text, SAY_CONFIRMED, pending_words(d, p), NO_WORDS, 1);
	if (v == VERB_LEVEL)
		level_command(d, (int)json_integer_value(json_object_get(p,
		    "level")), text);
	else
		status_command(d, v, text, NULL);
	d->confirmed = 0;
}

static int
may_agree(const struct draft *d)
{
	return policy_has(&d->p->second_roles, d->ev->role) &&
	    draft_may(d, "confirm");
}

/* A request for forensics waits and is meant: nothing else does, or nothing
 * that the sender may decide. */
static int
forensic_meant(const struct draft *d, const json_t *p)
{
	return forensic_waits(d) && (p == NULL ||
	    (!may_agree(d) && forensic_may(d)));
}

static void
confirm_pending(struct draft *d, json_t *p, enum verb v, const char *text)
{
	const char	*into = json_string_value(json_object_get(p, "into"));

	if (!may_agree(d)) {
		draft_line(d, text, SAY_NOT_ALLOWED, NO_WORDS, NO_WORDS, 0);
		return;
	}
	if (v == VERB_MERGE && !second_into(d, p)) {
		draft_line(d, text, SAY_MERGE_UNKNOWN, WORDS(into, into),
		    NO_WORDS, 0);
		return;
	}
	switch (second_voice(d, p)) {
	case VOICE_FIRST:		/* he is the one who asks for it now */
		second_ask(d, v, (int)json_integer_value(json_object_get(p,
		    "level")), text);
		break;
	case VOICE_SAME:
		draft_line(d, text, SAY_SECOND_SAME, NO_WORDS, NO_WORDS, 0);
		break;
	case VOICE_SECOND:
		agreed(d, p, v, text);
		break;
	}
}

void
confirm_command(struct draft *d, const char *text)
{
	json_t		*p = pending(d);
	const char	*name = json_string_value(json_object_get(p, "verb"));
	enum verb	 v;

	if (forensic_meant(d, p))
		forensic_confirm(d, text);
	else if (p == NULL || name == NULL || verb_parse(name, &v) != 0)
		draft_line(d, text, SAY_NOTHING_PENDING, NO_WORDS, NO_WORDS, 0);
	else
		confirm_pending(d, p, v, text);
	json_decref(p);
}

/* It waits no more and was not done. */
static void
drop(struct draft *d)
{
	d->in->pending = NULL;
	json_object_del(d->extra, "pending_at");
}

void
second_level_given(struct draft *d, const char *text)
{
	json_t		*p = pending(d);
	const char	*name = json_string_value(json_object_get(p, "verb"));

	if (!d->confirmed && name != NULL &&
	    strcmp(name, verb_name(VERB_LEVEL)) == 0) {
		draft_line(d, text, SAY_WITHDRAWN, pending_words(d, p),
		    NO_WORDS, 1);
		draft_journal(d, "withdrawn", json_pack("{s:O}", "pending", p));
		drop(d);
	}
	json_decref(p);
}

void
second_refused(struct draft *d, const char *role, struct words what)
{
	const char	*own = d->ev->report->own_text;
	char		*said = draft_cut(d->a, own != NULL ? own : "",
			    TOLD_MAX);
	json_t		*data;

	for (char *s = said; *s != '\0'; s++)	/* no line of ours is his */
		if (*s == '\n')
			*s = ' ';
	data = json_pack("{s:s,s:{s:s,s:s},s:{s:{s:s}}}", "what", what.zh,
	    "refused", "role", d->ev->role, "text", said, "in",
	    "en", "what", words_in(&what, "en"));
	(void)draft_duty(d, "refused", role != NULL ? arena_strdup(d->a, role) :
	    draft_team(d), data);
}

/* Who might have agreed does not: whoever asked is told. */
static void
refuse_pending(struct draft *d, const json_t *p, const char *text)
{
	struct words	w = pending_words(d, p);

	draft_line(d, text, SAY_REFUSED, w, NO_WORDS, 1);
	draft_journal(d, "refused", json_pack("{s:O,s:s}", "pending", p,
	    "text", text));
	second_refused(d, json_string_value(json_object_get(p, "role")), w);
	drop(d);
}

void
withdraw_command(struct draft *d, const char *text)
{
	json_t	*p = pending(d);

	if (forensic_meant(d, p)) {
		forensic_withdraw(d, text);
	} else if (p == NULL) {
		draft_line(d, text, SAY_NOTHING_PENDING, NO_WORDS, NO_WORDS, 0);
	} else if (may_agree(d) && second_voice(d, p) != VOICE_SAME) {
		refuse_pending(d, p, text);
	} else if (!policy_has(&d->p->command_roles, d->ev->role) ||
	    !draft_may(d, "status")) {
		draft_line(d, text, SAY_NOT_ALLOWED, NO_WORDS, NO_WORDS, 0);
	} else {
		draft_line(d, text, SAY_WITHDRAWN, pending_words(d, p),
		    NO_WORDS, 1);
		draft_journal(d, "withdrawn", json_pack("{s:O}", "pending", p));
		drop(d);
	}
	json_decref(p);
}

const char *
second_target(const char *text, struct arena *a)
{
	json_t		*p = text != NULL ? json_loads(text, 0, NULL) : NULL;
	const char	*into = json_string_value(json_object_get(p, "into"));

	if (into != NULL)
		into = arena_strdup(a, into);
	json_decref(p);
	return into;
}

json_t *
second_waits(struct draft *d)
{
	json_t		*p = pending(d), *data;
	struct words	 w;

	if (p == NULL)
		return NULL;
	w = pending_words(d, p);
	data = json_pack("{s:s,s:{s:{s:s}}}", "what", w.zh, "in", "en", "what",
	    words_in(&w, "en"));
	json_decref(p);
	return data;
}
