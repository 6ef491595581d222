#include "incident/house_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/civil.h"
#include "incident/calendar.h"
#include "incident/deadlines.h"

#define FACTS_MAX	4

/* --- the draft --- */

void
house_begin(const struct house *h, struct event *ev, struct change *c,
    struct draft *d)
{
	memset(c, 0, sizeof(*c));
	memset(ev, 0, sizeof(*ev));
	memset(d, 0, sizeof(*d));
	ev->now = h->now;
	ev->actor = "tocsin";
	ev->role = "tocsin";
	d->p = h->p;
	d->conf = h->conf;
	d->ev = ev;
	d->a = h->a;
	d->c = c;
	d->in = &c->incident;
	d->lines = json_array();
	c->facts = arena_array(h->a, FACTS_MAX, sizeof(*c->facts));
	c->deadlines = arena_array(h->a, FACTS_MAX, sizeof(*c->deadlines));
}

void
house_end(struct draft *d)
{
	json_decref(d->lines);
}

void
house_keep(struct draft *d, const char *fact, json_t *value)
{
	char	*s = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS);

	d->c->facts[d->c->n_facts++] = (struct change_fact){
	    arena_strdup(d->a, fact), arena_strdup(d->a, s) };
	free(s);
	json_decref(value);
}

json_t *
house_read(const struct house *h)
{
	json_t	*j = h->fact != NULL ? json_loads(h->fact, 0, NULL) : NULL;

	if (json_is_object(j))
		return j;
	json_decref(j);
	return json_object();
}

const struct policy_schedule *
house_schedule(const struct policy *p, const char *name)
{
	for (size_t i = 0; i < p->n_schedules; i++)
		if (strcmp(p->schedules[i].name, name) == 0)
			return &p->schedules[i];
	return NULL;
}

/* What follows the prefix, or NULL. */
static const char *
after(const char *s, const char *prefix)
{
	size_t	n = strlen(prefix);

	return strncmp(s, prefix, n) == 0 ? s + n : NULL;
}

int
house_again(const char *deadline)
{
	return after(deadline, HOUSE_BUNDLE_AGAIN) != NULL;
}

/* --- what must run --- */

static struct deadline
due_at(const char *name, int64_t from, int64_t due)
{
	return (struct deadline){ .name = name, .from_at = from,
	    .due_at = due, .next_at = due, .owner = "tocsin",
	    .state = DL_OPEN };
}

void
house_plan(const struct policy *p, const struct deadline *dl, size_t n,
    int64_t now, struct arena *a, struct deadline **out, size_t *n_out)
{
	*out = arena_array(a, p->n_schedules + n + 1, sizeof(**out));
	*n_out = 0;
	for (size_t i = 0; i < p->n_schedules; i++) {
		const struct policy_schedule	*s = &p->schedules[i];
		const char			*name;
		int64_t				 next;
		const struct deadline		*old;

		name = arena_printf(a, HOUSE_DUE "%s", s->name);
		old = deadline_open(dl, n, name);
		if (old != NULL && old->next_at <= now)
			continue;	/* due: it is planned anew after it */
		next = calendar_schedule(p, s, now);
		if (old == NULL || old->next_at != next)
			(*out)[(*n_out)++] = due_at(name, now, next);
	}
	for (size_t i = 0; i < n; i++) {
		const char	*name = after(dl[i].name, HOUSE_DUE);

		if (dl[i].state != DL_OPEN || name == NULL ||
		    house_schedule(p, name) != NULL)
			continue;
		(*out)[*n_out] = dl[i];
		(*out)[*n_out].state = DL_CANCELLED;
		(*out)[(*n_out)++].ended_at = now;
	}
}

enum house_want
house_wants(const struct policy *p, const char *deadline)
{
	const char			*name = after(deadline, HOUSE_DUE);
	const struct policy_schedule	*s;

	s = name != NULL ? house_schedule(p, name) : NULL;
	if (after(deadline, HOUSE_BUNDLE) != NULL || house_again(deadline))
		return HOUSE_OPEN;
	if (s == NULL)
		return HOUSE_NONE;
	if (strcmp(s->duty, "digest") == 0)
		return HOUSE_OPEN;
	return strcmp(s->duty, "register") == 0 ||
	    strcmp(s->duty, "retention") == 0 ? HOUSE_ALL : HOUSE_NONE;
}

const char *
house_fact(struct arena *a, const char *deadline)
{
	const char	*name = after(deadline, HOUSE_LATE);

	if (name == NULL)
		name = after(deadline, HOUSE_DUE);
	if (name != NULL)
		return arena_printf(a, "round:%s", name);
	return after(deadline, HOUSE_ADVISORY) != NULL ?
	    arena_strdup(a, deadline) : NULL;
}

/* --- what is due --- */

static const char *
day_text(struct draft *d, int64_t utc)
{
	struct civil	c;

	civil_from_utc(&c, utc, d->p->zone);
	return arena_printf(d->a, "%04d%02d%02d", c.year, c.mon, c.day);
}

static json_t *
schedule_data(const struct policy_schedule *s)
{
	return json_pack("{s:{s:s,s:s,s:s}, s:s?, s:{s:{s:s?}}}", "schedule",
	    "name", s->name, "label", s->label.zh, "label_en",
	    words_in(&s->label, "en"), "text",
	    s->text.zh, "in", "en", "text", words_in(&s->text, "en"));
}

/* A reminder to the contacts on a list; who must answer is kept. */
static void
ask_units(struct draft *d, const struct policy_schedule *s)
{
	const char	*day = day_text(d, d->ev->now);
	json_t		*units = json_array();
	int64_t		 by = d->ev->now + s->answer_within;

	for (size_t i = 0; i < d->conf->n_contacts; i++) {
		const struct conf_contact	*k = &d->conf->contacts[i];
		struct duty			*du;
		json_t				*data;

		if (!conf_contact_on(k, s->list))
			continue;
		data = schedule_data(s);
		json_object_set_new(data, "contact", json_string(k->name));
		if (s->answer_within > 0)
			json_object_set_new(data, "due", json_integer(by));
		du = draft_duty(d, s->duty, "unit", data);
		du->contact = k;
		du->number = arena_printf(d->a, "prevent/%s/%s/%s", s->name,
		    day, k->name);
		du->unique = du->number;
		json_array_append_new(units, json_string(k->name));
	}
	if (json_array_size(units) > 0) {
		draft_journal(d, "prevention", json_pack("{s:s,s:s,s:O}",
		    "schedule", s->name, "round", day, "units", units));
		house_keep(d, arena_printf(d->a, "round:%s", s->name),
		    json_pack("{s:s,s:I,s:O,s:{}}", "round", day, "from",
		    (json_int_t)d->ev->now, "units", units, "answers"));
		if (s->answer_within > 0)
			d->c->deadlines[d->c->n_deadlines++] = due_at(
			    arena_printf(d->a, HOUSE_LATE "%s", s->name),
			    d->ev->now, by);
	}
	json_decref(units);
}

static void
tell_roles(struct draft *d, const struct house *h,
    const struct policy_schedule *s)
{
	struct duty	 part = { 0 };
	json_t		*data, *more = schedule_data(s);

	if (strcmp(s->duty, "digest") == 0)
		data = house_digest(h);
	else if (strcmp(s->duty, "register") == 0)
		data = house_register(h, &part);
	else if (strcmp(s->duty, "retention") == 0)
		data = house_retention(h);
	else
		data = json_object();
	for (size_t i = 0; data != NULL && i < s->roles.n; i++) {
		struct duty	*du;

		json_object_update_missing(data, more);
		du = draft_duty(d, s->duty, s->roles.v[i],
		    json_deep_copy(data));
		du->parts = part.parts;
		du->n_parts = part.n_parts;
		du->unique = arena_printf(d->a, "house/%s/%s", s->name,
		    day_text(d, d->ev->now));
	}
	if (data != NULL)
		draft_journal(d, "house", json_pack("{s:s}", "schedule",
		    s->name));
	json_decref(data);
	json_decref(more);
}

/* Who has not answered, or answered that it is not done. */
static void
tell_late(struct draft *d, const struct house *h,
    const struct policy_schedule *s)
{
	json_t	*round = house_read(h), *units = json_array(), *data, *u;
	json_t	*answers = json_object_get(round, "answers");
	size_t	 i, all;

	all = json_array_size(json_object_get(round, "units"));
	json_array_foreach(json_object_get(round, "units"), i, u) {
		const char	*name = json_string_value(u);
		const json_t	*an = json_object_get(answers, name);
		int		 done = json_is_true(json_object_get(an,
				    "done"));

		if (!done)
			json_array_append_new(units, json_pack("{s:s,s:b}",
			    "unit", name, "answered", an != NULL));
	}
	if (json_array_size(units) > 0) {
		data = schedule_data(s);
		json_object_set(data, "units", units);
		json_object_set_new(data, "of", json_integer(
		    (json_int_t)all));
		json_object_set_new(data, "count", json_integer((json_int_t)
		    json_array_size(units)));
		draft_duties(d, "prevent_late", &s->late_roles, data);
		json_decref(data);
	}
	draft_journal(d, "prevention_late", json_pack("{s:s,s:O}", "schedule",
	    s->name, "units", units));
	json_decref(units);
	json_decref(round);
}

/* The notices and reminders that did not go one by one. */
static void
tell_bundle(struct draft *d, const struct house *h, const char *role)
{
	json_t	*data = house_bundle(h);

	if (data != NULL)		/* else they are assessed by now */
		(void)draft_duty(d, "bundle", role, data);
}

static void
ended(struct draft *d, const struct deadline *due)
{
	struct deadline	*out = &d->c->deadlines[d->c->n_deadlines++];

	*out = *due;
	out->state = DL_MET;
	out->ended_at = d->ev->now;
}

static void
again(struct draft *d, const struct deadline *due, int64_t next)
{
	struct deadline	*out = &d->c->deadlines[d->c->n_deadlines++];

	*out = *due;
	out->fired++;
	out->from_at = d->ev->now;
	out->due_at = out->next_at = next;
}

void
house_due(const struct house *h, const struct deadline *due, struct change *c)
{
	const char			*name;
	const struct policy_schedule	*s;
	struct event			 ev;
	struct draft			 d;

	house_begin(h, &ev, c, &d);
	if (after(due->name, HOUSE_ADVISORY) != NULL) {
		advisory_remind(&d, h, due);
	} else if ((name = after(due->name, HOUSE_BUNDLE)) != NULL ||
	    (name = after(due->name, HOUSE_BUNDLE_AGAIN)) != NULL) {
		tell_bundle(&d, h, name);
		ended(&d, due);
	} else if ((name = after(due->name, HOUSE_LATE)) != NULL) {
		s = house_schedule(h->p, name);
		if (s != NULL)
			tell_late(&d, h, s);
		ended(&d, due);
	} else {
		name = after(due->name, HOUSE_DUE);
		s = name != NULL ? house_schedule(h->p, name) : NULL;
		if (s == NULL) {
			ended(&d, due);
		} else {
			if (s->list != NULL)
				ask_units(&d, s);
			else
				tell_roles(&d, h, s);
			again(&d, due, calendar_schedule(h->p, s, h->now));
		}
	}
	house_end(&d);
}
