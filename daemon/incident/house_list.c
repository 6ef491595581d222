/*
 * house_list - the secretary's lists: what is open, what a month brought,
 * and what may be put away.
 */
#include "incident/house_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/civil.h"
#include "incident/register.h"
#include "incident/states.h"

#define DAY		86400
#define LISTED_MAX	200	/* incidents in one letter */
#define NAMED_MAX	20	/* to choose from */
#define BUNDLED_MAX	2000	/* in the only letter that tells of them */
#define CSV_MAX		((size_t)1024 * 1024)
#define YEAR		(31556952)	/* seconds, mean */

static int
rank(const struct policy *p, const struct incident *in)
{
	const struct policy_category	*c = policy_category(p, in->category);

	return c != NULL ? c->rank : 1000;
}

/* R15: level, kind, age. */
static const struct policy	*sorted_by;

static int
by_priority(const void *a, const void *b)
{
	const struct incident	*x = ((const struct house_case *)a)->in;
	const struct incident	*y = ((const struct house_case *)b)->in;
	int			 rx = rank(sorted_by, x);
	int			 ry = rank(sorted_by, y);

	if (x->level != y->level)
		return y->level - x->level;
	if (rx != ry)
		return rx - ry;
	return x->received_at < y->received_at ? -1 :
	    x->received_at > y->received_at;
}

static json_t *
words_json(const struct words *w)
{
	return json_pack("{s:s?,s:s?}", "label", w->zh, "label_en",
	    words_in(w, "en"));
}

static json_t *
case_json(const struct house *h, const struct house_case *k)
{
	const struct incident		*in = k->in;
	const struct policy_deadline	*d = NULL;
	json_t				*extra, *o;
	const char			*said;

	extra = in->extra != NULL ? json_loads(in->extra, 0, NULL) : NULL;
	said = json_string_value(json_object_get(json_object_get(extra,
	    "meeting"), "decision"));
	o = json_pack("{s:s,s:i,s:b,s:s?,s:o,s:I,s:I,s:b,s:b}", "number",
	    in->tracking, "level", in->level, "level_set", in->level > 0,
	    "unit", in->unit, "state", words_json(
	    &h->p->states[in->state].label), "since",
	    (json_int_t)in->received_at, "days", (json_int_t)((h->now -
	    in->received_at) / DAY), "drill", in->drill, "meeting",
	    said != NULL && strcmp(said, "yes") == 0);
	if (k->next != NULL && (d = policy_deadline(h->p, k->next->name)) !=
	    NULL) {
		json_object_set_new(o, "next", words_json(&d->label));
		json_object_set_new(json_object_get(o, "next"), "due",
		    json_integer((json_int_t)k->next->due_at));
		json_object_set_new(json_object_get(o, "next"), "overdue",
		    json_boolean(k->next->due_at < h->now));
	}
	json_decref(extra);
	return o;
}

/* Those that are wanted, by priority; NULL: there are none. */
static json_t *
list_cases(const struct house *h, int (*wanted)(const struct incident *),
    int max)
{
	struct house_case	*v = arena_array(h->a, h->n_cases + 1,
				    sizeof(*v));
	json_t			*list, *o;
	int			 n = 0, overdue = 0;

	for (size_t i = 0; i < h->n_cases; i++)
		if (wanted(h->cases[i].in))
			v[n++] = h->cases[i];
	if (n == 0)
		return NULL;
	sorted_by = h->p;
	qsort(v, (size_t)n, sizeof(*v), by_priority);
	list = json_array();
	for (int i = 0; i < n; i++) {
		overdue += v[i].next != NULL && v[i].next->due_at < h->now;
		if (i < max)
			json_array_append_new(list, case_json(h, &v[i]));
	}
	o = json_pack("{s:o,s:i,s:i}", "cases", list, "count", n,
	    "overdue_count", overdue);
	if (n > max)
		json_object_set_new(o, "cut", json_integer(n - max));
	return o;
}

static int
is_active(const struct incident *in)
{
	return states_active(in->state);
}

json_t *
house_digest(const struct house *h)
{
	return list_cases(h, is_active, LISTED_MAX);
}

json_t *
house_open(const struct house *h)
{
	return list_cases(h, is_active, NAMED_MAX);
}

int
house_bundled(const struct incident *in)
{
	json_t	*extra;
	int	 is;

	if (in->level > 0 || in->state != INC_RECEIVED || in->extra == NULL ||
	    strstr(in->extra, "\"bundled\"") == NULL)
		return 0;
	extra = json_loads(in->extra, 0, NULL);
	is = json_is_true(json_object_get(extra, "bundled"));
	json_decref(extra);
	return is;
}

json_t *
house_bundle(const struct house *h)
{
	return list_cases(h, house_bundled, BUNDLED_MAX);
}

/* --- a month --- */

struct counts {
	int	n, drills, levels[LEVELS], on_time, late, closed, recovered;
	int64_t	seconds;
};

static void
count(struct counts *c, const struct incident *in)
{
	if (in->drill) {
		c->drills++;
		return;
	}
	c->n++;
	if (in->level >= 0 && in->level < LEVELS)
		c->levels[in->level]++;
	c->on_time += in->verdict != NULL &&
	    strstr(in->verdict, "on_time") != NULL;
	c->late += in->verdict != NULL && strcmp(in->verdict, "late") == 0;
	c->closed += in->closed_at != 0;
	if (in->recovered_at != 0) {
		c->recovered++;
		if (in->recovered_at > in->received_at)	/* not told later */
			c->seconds += in->recovered_at - in->received_at;
	}
}

static const struct duty_part *
csv_part(const struct house *h, int month)
{
	struct duty_part	*part = arena_alloc(h->a, sizeof(*part));
	struct buf		 b;

	buf_init(&b, CSV_MAX);
	(void)buf_puts(&b, "\xef\xbb\xbf");	/* for spreadsheets */
	register_csv(h->p, h->cases, h->n_cases, month, &b);
	part->type = "text/csv; charset=utf-8";
	part->name = arena_printf(h->a, "register-%06d.csv", month);
	part->data = arena_strndup(h->a, b.data, b.len);
	part->len = b.len;
	buf_free(&b);
	return part;
}

json_t *
house_register(const struct house *h, struct duty *du)
{
	struct civil	 c;
	struct counts	 n;
	json_t		*levels = json_array();
	int		 month;

	civil_from_utc(&c, h->now, h->p->zone);
	c.year -= c.mon == 1;
	c.mon = c.mon == 1 ? 12 : c.mon - 1;
	month = c.year * 100 + c.mon;
	memset(&n, 0, sizeof(n));
	for (size_t i = 0; i < h->n_cases; i++)
		if (register_month(h->p, h->cases[i].in->received_at) == month)
			count(&n, h->cases[i].in);
	for (int l = LEVELS - 1; l > 0; l--)
		json_array_append_new(levels, json_pack("{s:i,s:i}", "level",
		    l, "count", n.levels[l]));
	du->parts = csv_part(h, month);
	du->n_parts = 1;
	return json_pack("{s:{s:i,s:i},s:i,s:i,s:o,s:i,s:i,s:i,s:i,s:i,s:I}",
	    "period", "year", h->p->calendar_roc ? c.year - 1911 : c.year,
	    "month", c.mon, "count", n.n, "drills", n.drills, "by_level",
	    levels, "unassessed", n.levels[0], "in_time", n.on_time, "late",
	    n.late, "closed_count", n.closed, "recovered_count", n.recovered,
	    "mean_hours", (json_int_t)(n.recovered > 0 ? n.seconds / 3600 /
	    n.recovered : 0));
}

/* --- what may be put away; nothing is deleted by itself --- */

json_t *
house_retention(const struct house *h)
{
	int64_t	 before = h->now - (int64_t)h->p->retention_years * YEAR;
	json_t	*numbers = json_array();
	int	 n = 0;

	for (size_t i = 0; h->p->retention_years > 0 && i < h->n_cases; i++) {
		const struct incident	*in = h->cases[i].in;
		int64_t			 end = in->closed_at != 0 ?
					    in->closed_at : in->received_at;

		if (end >= before || states_active(in->state) ||
		    in->state == INC_RECOVERED)
			continue;
		if (n++ < LISTED_MAX)
			json_array_append_new(numbers,
			    json_string(in->tracking));
	}
	if (n == 0) {
		json_decref(numbers);
		return NULL;
	}
	return json_pack("{s:i,s:i,s:o}", "count", n, "years",
	    h->p->retention_years, "numbers_past", numbers);
}
