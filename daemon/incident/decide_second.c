/*
 * decide_second - what one person may not do alone: it waits until another
 * holder of the right agrees.
 */
#include "incident/decide_draft.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

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

/*
 * By the address he writes from, or by whose proof he shows: who has only the
 * token of one mailbox can write any From, and remains one person.
 */
int
second_same(const struct draft *d, const json_t *p)
{
	const char	*by = json_string_value(json_object_get(p, "by"));
	const char	*holder = json_string_value(json_object_get(p,
			    "holder"));

	return by == NULL || d->ev->actor == NULL || is_one(by, d->ev->actor) ||
	    is_one(by, d->ev->holder) || is_one(holder, d->ev->actor) ||
	    is_one(holder, d->ev->holder);
}

/* What waits, in people's words. */
static struct words
pending_words(struct draft *d, const json_t *p)
{
	const char	*name = json_string_value(json_object_get(p, "verb"));
	int		 level = (int)json_integer_value(json_object_get(p,
			    "level"));
	struct words	 w;
	enum verb	 v;

	if (name == NULL || verb_parse(name, &v) != 0)
		return WORDS("?", "?");
	w = second_words(d, v);
	if (v != VERB_LEVEL)
		return w;
	return WORDS(arena_printf(d->a, "%s %d", w.zh, level),
	    arena_printf(d->a, "%s %d", w.en != NULL ? w.en : w.zh, level));
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
	    !second_same(d, p) &&
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

	p = json_pack("{s:s,s:i,s:s,s:s*,s:s,s:I,s:I}", "verb", verb_name(v),
	    "level", level, "by", d->ev->actor != NULL ? d->ev->actor : "",
	    "holder", d->ev->holder, "role", d->ev->role, "at",
	    (json_int_t)d->ev->now, "mail", (json_int_t)d->ev->mail);
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
		    w.en != NULL ? w.en : w.zh));
	json_decref(p);
	draft_line(d, text, SAY_NEEDS_SECOND, w, NO_WORDS, 1);
}

void
confirm_command(struct draft *d, const char *text)
{
	json_t		*p = pending(d);
	const char	*name = json_string_value(json_object_get(p, "verb"));
	enum verb	 v;

	if (p == NULL && forensic_waits(d)) {
		forensic_confirm(d, text);
	} else if (p == NULL || name == NULL || verb_parse(name, &v) != 0) {
		draft_line(d, text, SAY_NOTHING_PENDING, NO_WORDS, NO_WORDS, 0);
	} else if (!policy_has(&d->p->second_roles, d->ev->role) ||
	    !draft_may(d, "confirm")) {
		draft_line(d, text, SAY_NOT_ALLOWED, NO_WORDS, NO_WORDS, 0);
	} else if (second_same(d, p)) {
		draft_line(d, text, SAY_SECOND_SAME, NO_WORDS, NO_WORDS, 0);
	} else {
		d->confirmed = 1;
		d->in->pending = NULL;
		json_object_del(d->extra, "pending_at");
		json_object_set_new(d->extra, "seconded_at",
		    json_integer(d->ev->now));
		draft_journal(d, "second", json_pack("{s:O,s:s}", "pending", p,
		    "by", d->ev->actor));
		draft_line(d, text, SAY_CONFIRMED, pending_words(d, p),
		    NO_WORDS, 1);
		if (v == VERB_LEVEL)
			level_command(d, (int)json_integer_value(
			    json_object_get(p, "level")), text);
		else
			status_command(d, v, text, NULL);
		d->confirmed = 0;
	}
	json_decref(p);
}

void
withdraw_command(struct draft *d, const char *text)
{
	json_t	*p = pending(d);

	if (p == NULL && forensic_waits(d)) {
		forensic_withdraw(d, text);
		return;
	}
	if (p == NULL) {
		draft_line(d, text, SAY_NOTHING_PENDING, NO_WORDS, NO_WORDS, 0);
		return;
	}
	if (!policy_has(&d->p->command_roles, d->ev->role) ||
	    !draft_may(d, "status")) {
		draft_line(d, text, SAY_NOT_ALLOWED, NO_WORDS, NO_WORDS, 0);
	} else {
		draft_line(d, text, SAY_WITHDRAWN, pending_words(d, p),
		    NO_WORDS, 1);
		draft_journal(d, "withdrawn", json_pack("{s:O}", "pending", p));
		d->in->pending = NULL;
		json_object_del(d->extra, "pending_at");
	}
	json_decref(p);
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
	    w.en != NULL ? w.en : w.zh);
	json_decref(p);
	return data;
}
