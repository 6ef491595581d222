/*
 * advisory - the team has something to tell all units; a second person agrees
 * before it goes out (R32).  The mail that starts it answers none of ours, so
 * it seldom proves who wrote it: then the first who agrees stands for it.
 */
#include "incident/house_parts.h"

#include <string.h>
#include <strings.h>

#include "base/civil.h"

#define LINES_MAX	400
#define REMIND_EVERY	86400
#define TITLE_MAX	200		/* bytes */

int
house_year(const struct policy *p, int64_t now)
{
	struct civil	c;

	civil_from_utc(&c, now, p->zone);
	return c.year;
}

char *
house_number(struct arena *a, const struct policy *p, int64_t now, int n)
{
	return arena_printf(a, "%s-%04d-%03d", p->advisory_series,
	    house_year(p, now), n);
}

/* The line that says "通告：title": the subject or the first one. */
static const char *
title_of(const struct policy *p, const struct report *r)
{
	const char	*s = r->subject != NULL ? house_word(
			    &p->advisory_words, r->subject) : NULL;

	if (s == NULL && r->own_text != NULL)
		s = house_word(&p->advisory_words, r->own_text);
	return s;
}

int
house_is_advisory(const struct policy *p, const struct report *r)
{
	const char	*s = title_of(p, r);

	return s != NULL && *s != '\0' && *s != '\n';
}

/* Does the list of names say this one? */
static int
named(const char *names, const char *name)
{
	return *name != '\0' && strstr(names, name) != NULL;
}

/* Units or lists in the audience line; none: the list of advisories. */
static json_t *
audience(const struct draft *d, const char *names)
{
	json_t	*units = json_array();

	for (size_t i = 0; i < d->conf->n_contacts; i++) {
		const struct conf_contact	*k = &d->conf->contacts[i];
		int				 in = 0;

		if (names == NULL)
			in = conf_contact_on(k, d->p->advisory_list);
		else if (named(names, k->name))
			in = 1;
		for (size_t l = 0; names != NULL && !in && l < k->lists.n; l++)
			in = named(names, k->lists.v[l]);
		if (in)
			json_array_append_new(units, json_string(k->name));
	}
	return units;
}

/* The text line by line, without the lines that are orders to us. */
static json_t *
text_lines(struct draft *d, const char *s, const char **names)
{
	json_t	*lines = json_array();

	*names = NULL;
	for (int i = 0; *s != '\0' && i < LINES_MAX; i++) {
		size_t		 n = strcspn(s, "\n");
		char		*line = arena_strndup(d->a, s, n);
		const char	*rest = house_word(&d->p->audience_words, line);

		if (rest != NULL && *names == NULL)
			*names = arena_strdup(d->a, rest);
		else if (house_word(&d->p->advisory_words, line) == NULL)
			json_array_append_new(lines, json_string(line));
		s += n + (s[n] == '\n');
	}
	return lines;
}

static json_t *
letter_data(const json_t *adv, const char *number)
{
	json_t	*o = json_pack("{s:s,s:O?,s:O?,s:O?,s:i}", "number", number,
		    "title", json_object_get(adv, "title"), "text_lines",
		    json_object_get(adv, "lines"), "units",
		    json_object_get(adv, "units"), "count",
		    (int)json_array_size(json_object_get(adv, "units")));

	json_object_set(o, "from", json_object_get(adv, "by"));
	if (json_object_get(adv, "holder") == NULL)
		json_object_set_new(o, "unproved", json_true());
	if (json_object_get(adv, "claimed") != NULL)
		json_object_set(o, "claimed", json_object_get(adv, "claimed"));
	return o;
}

static void
ask(struct draft *d, const json_t *adv, const char *number, int nth)
{
	const char	*by = json_object_get(adv, "claimed") == NULL ? "" :
			    "adopted/";

	for (size_t i = 0; i < d->p->second_roles.n; i++) {
		struct duty	*du;
		json_t		*data = letter_data(adv, number);

		if (nth > 0)
			json_object_set_new(data, "nth", json_integer(nth));
		du = draft_duty(d, "ask_advisory", d->p->second_roles.v[i],
		    data);
		du->number = arena_printf(d->a, "advisory/%s", number);
		du->unique = arena_printf(d->a, "%s#%s%d", du->number, by,
		    nth);
	}
}

void
house_advisory(const struct house *h, const struct house_answer *an,
    const char *number, struct change *c)
{
	const struct report	*r = an->report;
	const char	*title = title_of(h->p, r), *names;
	struct event	 ev;
	struct draft	 d;
	json_t		*lines, *adv;

	house_begin(h, &ev, c, &d);
	house_speaks(&ev, an);
	lines = text_lines(&d, r->own_text != NULL ? r->own_text : "", &names);
	title = draft_cut(d.a, arena_strndup(d.a, title, strcspn(title,
	    "\n")), TITLE_MAX);
	adv = json_pack("{s:s,s:o,s:o,s:I,s:s}", "title", title, "lines",
	    lines, "units", audience(&d, names), "at", (json_int_t)h->now,
	    "state", "waits");
	second_author(&d, adv);
	ask(&d, adv, number, 0);
	draft_journal(&d, "advisory", json_pack("{s:s,s:s,s:s,s:O}", "step",
	    "asked", "number", number, "title", title, "units",
	    json_object_get(adv, "units")));
	c->deadlines[c->n_deadlines++] = (struct deadline){
	    .name = arena_printf(d.a, HOUSE_ADVISORY "%s", number),
	    .from_at = h->now, .due_at = h->now + REMIND_EVERY,
	    .next_at = h->now + REMIND_EVERY, .owner = "secretary",
	    .state = DL_OPEN };
	house_keep(&d, arena_printf(d.a, HOUSE_ADVISORY "%s", number), adv);
	c->disposition = DISP_UPDATE;
	c->why = "an advisory; it waits for a second person";
	house_end(&d);
}

static int
is(const json_t *adv, const char *state)
{
	const char	*s = json_string_value(json_object_get(adv, "state"));

	return s != NULL && strcmp(s, state) == 0;
}

void
advisory_remind(struct draft *d, const struct house *h,
    const struct deadline *due)
{
	const char	*number = due->name + sizeof(HOUSE_ADVISORY) - 1;
	json_t		*adv = house_read(h);
	struct deadline	*out = &d->c->deadlines[d->c->n_deadlines++];

	*out = *due;
	if (is(adv, "waits")) {
		ask(d, adv, number, due->fired + 1);
		out->fired++;
		out->next_at = d->ev->now + REMIND_EVERY;
	} else {
		out->state = DL_MET;
		out->ended_at = d->ev->now;
	}
	json_decref(adv);
}

/* The advisory, or that it is withdrawn, to the units; how many there are. */
static int
to_units(struct draft *d, const json_t *adv, const char *number,
    const char *duty)
{
	int	 first = strcmp(duty, "advisory") == 0;
	json_t	*u;
	size_t	 i;
	int	 n = 0;

	json_array_foreach(json_object_get(adv, "units"), i, u)
		for (size_t k = 0; k < d->conf->n_contacts; k++) {
			const struct conf_contact *c = &d->conf->contacts[k];
			struct duty	*du;
			json_t		*data;

			if (strcmp(c->name, json_string_value(u)) != 0)
				continue;
			data = letter_data(adv, number);
			json_object_set_new(data, "contact",
			    json_string(c->name));
			if (!first)
				json_object_set(data, "sent_at",
				    json_object_get(adv, "decided_at"));
			du = draft_duty(d, duty, "unit", data);
			du->contact = c;
			du->number = arena_printf(d->a, "sent/%s", number);
			du->unique = arena_printf(d->a, "sent/%s/%s", number,
			    c->name);
			if (!first) {
				du->follows = du->unique;
				du->unique = arena_printf(d->a, "%s#withdrawn",
				    du->follows);
			}
			n++;
		}
	return n;
}

static void
tell_one(struct draft *d, const char *role, const json_t *data,
    const char *number, const char *how)
{
	struct duty	*du = draft_duty(d, "advisory_decided", role,
			    json_deep_copy(data));

	du->number = arena_printf(d->a, "advisory/%s", number);
	du->unique = arena_printf(d->a, "%s#%s", du->number, how);
	du->follows = arena_printf(d->a, "%s#0", du->number);
}

/* Who was asked, and who may have ordered it: it waits for nobody now. */
static void
tell_deciders(struct draft *d, const json_t *adv, const char *number,
    const char *how, const char *line)
{
	const struct policy_strings	*asked = &d->p->second_roles;
	const struct policy_strings	*order = &d->p->command_roles;
	json_t				*data = letter_data(adv, number);

	json_object_set_new(data, "decided", json_pack("{s:b,s:s,s:s}", how, 1,
	    "by", d->ev->actor, "text", line));
	for (size_t i = 0; i < asked->n; i++)
		tell_one(d, asked->v[i], data, number, how);
	for (size_t i = 0; i < order->n; i++)
		if (!policy_has(asked, order->v[i]))
			tell_one(d, order->v[i], data, number, how);
	json_decref(data);
}

static void
decided(struct draft *d, json_t *adv, const char *number, const char *how,
    const char *line)
{
	tell_deciders(d, adv, number, how, line);
	json_object_set_new(adv, "state", json_string(how));
	json_object_set_new(adv, "decided_by", json_string(d->ev->actor));
	json_object_set_new(adv, "decided_at", json_integer(d->ev->now));
	draft_journal(d, "advisory", json_pack("{s:s,s:s,s:O}", "step", how,
	    "number", number, "title", json_object_get(adv, "title")));
	house_keep(d, arena_printf(d->a, HOUSE_ADVISORY "%s", number),
	    json_incref(adv));
}

/* Nobody stood for it; now somebody does, and another must agree. */
static void
adopt(struct draft *d, json_t *adv, const char *number)
{
	json_object_set(adv, "claimed", json_object_get(adv, "by"));
	second_author(d, adv);
	draft_journal(d, "advisory", json_pack("{s:s,s:s,s:O,s:O}", "step",
	    "adopted", "number", number, "title", json_object_get(adv,
	    "title"), "claimed", json_object_get(adv, "claimed")));
	house_keep(d, arena_printf(d->a, HOUSE_ADVISORY "%s", number),
	    json_incref(adv));
	ask(d, adv, number, 0);
}

static void
approve(struct draft *d, json_t *adv, const char *number, const char *line)
{
	struct words	 num = WORDS(number, number);
	int		 n;

	switch (second_voice(d, adv)) {
	case VOICE_FIRST:
		adopt(d, adv, number);
		draft_line(d, line, SAY_ADVISORY_ADOPTED, num, NO_WORDS, 1);
		return;
	case VOICE_SAME:
		draft_line(d, line, SAY_SECOND_SAME, NO_WORDS, NO_WORDS, 0);
		return;
	case VOICE_SECOND:
		break;
	}
	n = to_units(d, adv, number, "advisory");
	if (n == 0) {
		draft_line(d, line, SAY_ADVISORY_NOBODY, num, NO_WORDS, 0);
		return;
	}
	decided(d, adv, number, "approved", line);
	draft_line(d, line, SAY_ADVISORY_SENT, num, draft_number(d, n), 1);
}

/* "確認", and not "確認：否". */
static int
says(const struct policy *p, const struct policy_strings *words,
    const char *text)
{
	const char	*rest = house_word(words, text);

	return rest != NULL && house_word(&p->commands[CMD_NOT], rest) == NULL;
}

/* "確認 收到", "同意，惟第二段請刪" */
static int
doubts(const struct policy *p, const char *line, struct arena *a)
{
	const char	*rest = house_word(&p->commands[CMD_CONFIRM], line);

	return rest != NULL && words_doubted(CMD_CONFIRM, rest, a);
}

/*
 * It is out, and one of those who decide wants it back: what two agreed to
 * one may take back, since nothing of what he writes goes out.
 */
static void
recall(struct draft *d, json_t *adv, const char *number, const char *line)
{
	struct words	num = WORDS(number, number);
	int		n = to_units(d, adv, number, "advisory_withdrawn");

	decided(d, adv, number, "recalled", line);
	draft_line(d, line, SAY_ADVISORY_RECALLED, num, draft_number(d, n), 1);
}

/* "撤回", "不同意", "確認：否" */
static int
refuses(const struct policy *p, const char *text)
{
	return says(p, &p->commands[CMD_WITHDRAW], text) ||
	    house_word(&p->commands[CMD_REFUSE], text) != NULL ||
	    house_word(&p->commands[CMD_CONFIRM], text) != NULL;
}

void
advisory_answer(struct draft *d, const struct house *h,
    const struct house_answer *an)
{
	const char	*number = strchr(an->key, '/') + 1;
	const char	*text = an->report->own_text != NULL ?
			    an->report->own_text : "";
	const char	*line = arena_strndup(d->a, text, strcspn(text, "\n"));
	struct words	 num = WORDS(number, number);
	json_t		*adv = house_read(h);

	d->c->disposition = DISP_UPDATE;
	d->c->why = "a word on an advisory";
	if (an->role == NULL || !an->trusted ||
	    !policy_has(&h->p->second_roles, an->role)) {
		d->c->disposition = DISP_REJECTED;
		d->c->why = "an advisory is decided by those it was shown to";
		draft_journal(d, "rejected", json_pack("{s:s,s:s}", "why",
		    d->c->why, "number", number));
		json_decref(adv);
		return;
	}
	if (is(adv, "approved") &&
	    says(h->p, &h->p->commands[CMD_WITHDRAW], text)) {
		recall(d, adv, number, line);
	} else if (is(adv, "approved") && refuses(h->p, text)) {
		draft_line(d, line, SAY_ADVISORY_OUT, num, NO_WORDS, 0);
	} else if (!is(adv, "waits")) {
		draft_line(d, line, SAY_ADVISORY_DECIDED, num, NO_WORDS, 0);
	} else if (says(h->p, &h->p->commands[CMD_CONFIRM], text) &&
	    doubts(h->p, line, d->a)) {
		draft_line(d, line, SAY_NOT_UNDERSTOOD, num, NO_WORDS, 0);
	} else if (says(h->p, &h->p->commands[CMD_CONFIRM], text)) {
		approve(d, adv, number, line);
	} else if (refuses(h->p, text)) {
		decided(d, adv, number, "withdrawn", line);
		draft_line(d, line, SAY_WITHDRAWN, num, NO_WORDS, 1);
	} else {
		draft_line(d, line, SAY_NOT_UNDERSTOOD, num, NO_WORDS, 0);
	}
	house_reply(d, an->key, json_string_value(json_object_get(adv,
	    "title")));
	json_decref(adv);
}
