/*
 * house_mail - somebody answers a letter of the house: 完成, 未完成, a decision
 * on an advisory; or orders something and names no incident, or none we have.
 */
#include "incident/house_parts.h"

#include <string.h>
#include <strings.h>

#define NOTE_MAX	2000		/* bytes of an answer that are kept */
#define PREVENT		"prevent/"
#define ADVISORY	"advisory/"

static const char *
skip(const char *s)
{
	static const char *const marks[] = {
		"\xe3\x80\x80" /* ideographic space */, "：", "，", "。", "、",
		"！", "【", "】", "［", "］"
	};
	size_t	i;

	for (;;) {
		s += strspn(s, " \t:,.-[]!");
		for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
			if (strncmp(s, marks[i], strlen(marks[i])) == 0)
				break;
		if (i == sizeof(marks) / sizeof(marks[0]))
			return s;
		s += strlen(marks[i]);
	}
}

const char *
house_word(const struct policy_strings *words, const char *text)
{
	const char	*rest = NULL;
	size_t		 longest = 0;

	text = skip(text);
	for (size_t i = 0; i < words->n; i++) {
		size_t		 n = strlen(words->v[i]);
		const char	*end = text + n;

		if (n <= longest || strncasecmp(text, words->v[i], n) != 0 ||
		    (*end != '\0' && *end != '\n' && *end != '\r' &&
		    skip(end) == end))
			continue;
		longest = n;
		rest = skip(end);
	}
	return rest;
}

void
house_reply(struct draft *d, const char *number, const char *title)
{
	struct duty	*du;

	if (d->ev->report == NULL || !d->ev->report->answerable)
		return;
	du = draft_duty(d, "house_reply", "sender", json_pack(
	    "{s:s?,s:s?,s:O}", "number", number, "title", title, "lines",
	    d->lines));
	du->reply = 1;
	du->number = number;
}

/* "prevent/NAME/DAY/UNIT": its name in the arena, or NULL. */
static const char *
schedule_of(struct arena *a, const char *key, const char **day,
    const char **unit)
{
	const char	*s, *end;

	if (strncmp(key, PREVENT, sizeof(PREVENT) - 1) != 0)
		return NULL;
	s = key + sizeof(PREVENT) - 1;
	end = strchr(s, '/');
	*unit = end != NULL ? strchr(end + 1, '/') : NULL;
	if (*unit == NULL)
		return NULL;
	*day = arena_strndup(a, end + 1, (size_t)((*unit)++ - end - 1));
	return arena_strndup(a, s, (size_t)(end - s));
}

const char *
house_answer_fact(struct arena *a, const char *key)
{
	const char	*day, *unit;
	const char	*name = schedule_of(a, key, &day, &unit);

	if (name != NULL)
		return arena_printf(a, "round:%s", name);
	if (strncmp(key, ADVISORY, sizeof(ADVISORY) - 1) == 0)
		return arena_printf(a, HOUSE_ADVISORY "%s",
		    key + sizeof(ADVISORY) - 1);
	return NULL;
}

static const char *
own_text(const struct draft *d)
{
	const char	*s = d->ev->report->own_text;

	return s != NULL ? s : "";
}

/* The register has one line of a unit and round: the last one counts. */
static void
keep_answer(struct draft *d, const struct house *h, const char *name,
    const char *day, const char *unit, int done)
{
	json_t		*round = house_read(h), *answers;
	const char	*now = json_string_value(json_object_get(round,
			    "round"));
	char		*note = draft_cut(d->a, own_text(d), NOTE_MAX);

	draft_journal(d, "prevention_answer", json_pack(
	    "{s:s,s:s,s:s,s:b,s:s}", "schedule", name, "round", day, "unit",
	    unit, "done", done, "text", note));
	if (now == NULL || strcmp(now, day) != 0) {
		json_decref(round);	/* of a round that is over */
		return;
	}
	answers = json_object_get(round, "answers");
	if (answers == NULL) {
		answers = json_object();
		json_object_set_new(round, "answers", answers);
	}
	json_object_set_new(answers, unit, json_pack("{s:I,s:b,s:s}", "at",
	    (json_int_t)d->ev->now, "done", done, "by", d->ev->actor));
	house_keep(d, arena_printf(d->a, "round:%s", name), round);
}

static void
prevent_answer(struct draft *d, const struct house *h,
    const struct house_answer *an, const char *name, const char *day,
    const char *unit)
{
	const struct policy_schedule	*s = house_schedule(h->p, name);
	struct words			 label = WORDS(name, name);
	const char			*text = own_text(d);
	int				 done;

	if (s != NULL)
		label = s->label;
	done = house_word(&h->p->done_words, text) != NULL;
	d->c->disposition = DISP_SUPPLEMENT;
	if (!an->trusted) {
		d->c->why = "an answer to a reminder, by nobody it was for";
		draft_journal(d, "rejected", json_pack("{s:s}", "why",
		    "not the contact this reminder was for"));
		d->c->disposition = DISP_REJECTED;
		return;
	}
	if (!done && house_word(&h->p->undone_words, text) == NULL) {
		draft_line(d, draft_cut(d->a, arena_strndup(d->a, text,
		    strcspn(text, "\n")), 120), SAY_HOUSE_UNCLEAR, NO_WORDS,
		    NO_WORDS, 0);
		d->c->why = "an answer to a reminder, not understood";
	} else {
		keep_answer(d, h, name, day, unit, done);
		draft_line(d, arena_strndup(d->a, text, strcspn(text, "\n")),
		    done ? SAY_ANSWER_DONE : SAY_ANSWER_UNDONE, label,
		    NO_WORDS, 1);
		d->c->why = "an answer to a reminder, registered";
	}
	house_reply(d, an->key, label.zh);
}

void
house_speaks(struct event *ev, const struct house_answer *an)
{
	ev->report = an->report;
	ev->actor = an->actor;
	ev->holder = an->holder;
	ev->role = an->role != NULL ? an->role :
	    an->trusted ? "unit" : "other";
	ev->trusted = an->trusted;
}

void
house_answer(const struct house *h, const struct house_answer *an,
    struct change *c)
{
	const char	*day = NULL, *unit = NULL, *name;
	struct event	 ev;
	struct draft	 d;

	house_begin(h, &ev, c, &d);
	house_speaks(&ev, an);
	name = schedule_of(h->a, an->key, &day, &unit);
	if (name != NULL) {
		prevent_answer(&d, h, an, name, day, unit);
	} else if (strncmp(an->key, ADVISORY, sizeof(ADVISORY) - 1) == 0) {
		advisory_answer(&d, h, an);
	} else {
		draft_line(&d, "", SAY_HOUSE_KEPT, NO_WORDS, NO_WORDS, 1);
		c->disposition = DISP_SUPPLEMENT;
		c->why = "an answer to a mail of the house: kept";
		if (an->role != NULL)
			house_reply(&d, NULL, NULL);
	}
	house_end(&d);
}

/* What he wrote, line by line. */
static json_t *
lines_of(const char *s)
{
	json_t	*lines = json_array();
	size_t	 n;

	for (; *s != '\0'; s += n + (s[n] == '\n'))
		if ((n = strcspn(s, "\n")) > 0)
			json_array_append_new(lines, json_stringn(s, n));
	return lines;
}

void
house_which(const struct house *h, const struct house_answer *an,
    struct change *c)
{
	struct event	 ev;
	struct draft	 d;
	struct duty	*du;
	json_t		*data = NULL;

	house_begin(h, &ev, c, &d);
	house_speaks(&ev, an);
	if (an->role != NULL && policy_has(&h->p->command_roles, an->role))
		data = house_open(h);	/* others see no list */
	if (data == NULL)
		data = json_object();
	json_object_set_new(data, "text_lines", lines_of(own_text(&d)));
	if (an->report->tracking != NULL)
		json_object_set_new(data, "unknown",
		    json_string(an->report->tracking));
	draft_journal(&d, "which_asked", json_pack("{s:s}", "role", ev.role));
	if (an->report->answerable) {
		du = draft_duty(&d, "which_incident", "sender", data);
		du->reply = 1;
	} else {
		json_decref(data);
	}
	c->disposition = DISP_HELD;
	c->why = an->report->tracking != NULL ?
	    "names a number that is not in the register: the sender is asked" :
	    "orders of no incident: the sender is asked which one";
	house_end(&d);
}
