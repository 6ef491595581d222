#include "parsers/datetime.h"

#include <limits.h>
#include <string.h>

#include "base/civil.h"
#include "parsers/datetime_token.h"
#include "parsers/report.h"
#include "parsers/text.h"

#define TEXT_READ	2048		/* bytes of a value that are looked at */
#define FUTURE_SLACK	300
#define YEAR_SECONDS	(366 * (int64_t)86400)
#define UNSET		(-1)

/* What has been read so far; UNSET or REL_NONE where nothing was. */
#define REL_NONE	INT_MIN

struct when {
	int		 year, year_digits;
	enum era	 era;
	int		 mon, day;
	int		 other_mon, other_day, other_year; /* of 05/06/07 */
	int		 rel_day, rel_mon, rel_year;
	int		 hour, min, sec;
	int		 has_sec;
	int		 weekday;	/* named, but no date */
	enum period	 period;
	int		 period_latin;
	int		 zone_set, zone;
	int		 have_date, have_time;
	int		 ambiguous;
	const char	*bad;
};

static const struct token *
tok(const struct tokens *p, int i)
{
	return &p->t[i < p->n ? i : p->n];
}

static int
is_number(const struct token *t, int digits_max)
{
	return t->kind == TK_NUMBER && t->digits <= digits_max;
}

static int
is_sep(const struct token *t, const char *set)
{
	return t->kind == TK_SEP && strchr(set, (int)t->value) != NULL;
}

static void
set_date(struct when *w, const struct token *y, int mon, int day)
{
	if (y != NULL) {
		w->year = (int)y->value;
		w->year_digits = y->digits;
	}
	w->mon = mon;
	w->day = day;
	w->have_date = 1;
}

/* 3日前, 2 days ago: a span, no date. */
static int
is_span_end(const struct token *t)
{
	return t->kind == TK_AGO || t->kind == TK_SPAN;
}

/* After a year: 5月31日, 5月31, 5/31, 0531. */
static int
date_after_year(const struct tokens *p, int i, const struct token *y,
    struct when *w)
{
	const struct token *m = tok(p, i);

	if (m->kind != TK_NUMBER)
		return 0;
	if (m->digits == 4 && !m->cn) {
		set_date(w, y, (int)m->value / 100, (int)m->value % 100);
		return i + 1;
	}
	if ((tok(p, i + 1)->kind == TK_MONTH || is_sep(tok(p, i + 1), "/-.")) &&
	    is_number(m, 2) && is_number(tok(p, i + 2), 2)) {
		set_date(w, y, (int)m->value, (int)tok(p, i + 2)->value);
		i += 3;
		return i + (tok(p, i)->kind == TK_DAY);
	}
	return 0;
}

/* 96年5月31日, 5月31日, 今年5月31日, 本月31日, 31日. */
static int
date_cjk(const struct tokens *p, int i, struct when *w)
{
	const struct token *n = tok(p, i);
	int		 end;

	if (n->kind == TK_REL_YEAR) {
		end = date_after_year(p, i + 1, NULL, w);
		if (end > 0)
			w->rel_year = (int)n->value;
		return end;
	}
	if (n->kind == TK_REL_MONTH && is_number(tok(p, i + 1), 2) &&
	    tok(p, i + 2)->kind == TK_DAY) {
		set_date(w, NULL, UNSET, (int)tok(p, i + 1)->value);
		w->rel_mon = (int)n->value;
		return i + 3;
	}
	if (!is_number(n, 4))
		return 0;
	if (tok(p, i + 1)->kind == TK_YEAR)
		return date_after_year(p, i + 2, n, w);
	if (tok(p, i + 1)->kind == TK_MONTH && is_number(n, 2) &&
	    is_number(tok(p, i + 2), 2)) {
		set_date(w, NULL, (int)n->value, (int)tok(p, i + 2)->value);
		return i + 3 + (tok(p, i + 3)->kind == TK_DAY);
	}
	if (tok(p, i + 1)->kind == TK_DAY && is_number(n, 2) &&
	    !is_span_end(tok(p, i + 2))) {
		set_date(w, NULL, UNSET, (int)n->value);
		return i + 2;
	}
	return 0;
}

/* 31 May 2007, May 31, 2007, 31-May-07, 31/May/2007. */
static int
date_english(const struct tokens *p, int i, struct when *w)
{
	const struct token *a = tok(p, i), *year = NULL;
	int		 j = i + 1, mon, day;

	if (a->kind == TK_NUMBER && a->digits <= 2) {
		if (tok(p, j)->kind == TK_ORDINAL)
			j++;
		if (is_sep(tok(p, j), "-/."))
			j++;
		if (tok(p, j)->kind != TK_MONTH_NAME)
			return 0;
		mon = (int)tok(p, j++)->value;
		day = (int)a->value;
	} else if (a->kind == TK_MONTH_NAME) {
		if (is_sep(tok(p, j), "-/."))
			j++;
		if (!is_number(tok(p, j), 2))
			return 0;
		mon = (int)a->value;
		day = (int)tok(p, j++)->value;
		if (tok(p, j)->kind == TK_ORDINAL)
			j++;
	} else {
		return 0;
	}
	if (is_sep(tok(p, j), "-/.") || tok(p, j)->kind == TK_COMMA)
		j++;
	if (tok(p, j)->kind == TK_NUMBER && (tok(p, j)->digits == 4 ||
	    (tok(p, j)->digits == 2 && tok(p, j)->value > 31 &&
	    !is_sep(tok(p, j + 1), ":"))))
		year = tok(p, j++);
	set_date(w, year, mon, day);
	return j;
}

static int
fits(int mon, int day)
{
	return mon >= 1 && mon <= 12 && day >= 1 && day <= 31;
}

/* 31/5/2007, 5/31/2007: which is the month? */
static void
set_year_last(struct when *w, const struct token *a, const struct token *b,
    const struct token *y)
{
	int	m = (int)a->value, d = (int)b->value;

	if (!fits(m, d) && fits(d, m)) {
		set_date(w, y, d, m);
		return;
	}
	set_date(w, y, m, d);
	if (m != d && fits(d, m)) {
		w->other_mon = d;
		w->other_day = m;
		w->ambiguous = 1;
	}
}

/* 96/5/31, 2007-05-31, 5/31/2007, 31.5.2007. */
static int
date_three(const struct tokens *p, int i, struct when *w)
{
	const struct token *a = tok(p, i), *b = tok(p, i + 2),
			   *c = tok(p, i + 4);

	if (!is_number(a, 4) || !is_sep(tok(p, i + 1), "/-.") ||
	    !is_number(b, 2) || !is_sep(tok(p, i + 3), "/-.") ||
	    tok(p, i + 1)->value != tok(p, i + 3)->value || !is_number(c, 4))
		return 0;
	if (a->digits >= 3 && c->digits <= 2)
		set_date(w, a, (int)b->value, (int)c->value);
	else if (a->digits <= 2 && c->digits >= 3)
		set_year_last(w, a, b, c);
	else if (a->digits <= 2 && fits((int)b->value, (int)c->value))
		set_date(w, a, (int)b->value, (int)c->value);
	else if (a->digits <= 2)
		set_year_last(w, a, b, c);
	else
		return 0;
	/* 31/05/07: the year may also stand last */
	if (a->digits <= 2 && c->digits == 2 && w->year == (int)a->value &&
	    fits((int)b->value, (int)a->value))
		w->other_year = (int)c->value;
	return i + 5 + (tok(p, i + 5)->kind == TK_DAY);
}

/* 5/31, 5-31; 31/5 when it cannot be the other. */
static int
date_two(const struct tokens *p, int i, struct when *w)
{
	const struct token *a = tok(p, i), *b = tok(p, i + 2);
	int		 m = (int)a->value, d = (int)b->value;

	if (!is_number(a, 2) || !is_sep(tok(p, i + 1), "/-") ||
	    !is_number(b, 2) || is_sep(tok(p, i + 3), ":") ||
	    tok(p, i + 3)->kind == TK_HOUR ||
	    is_sep(tok(p, i + 3), "/-"))
		return 0;
	if (tok(p, i + 1)->value == '-' && tok(p, i + 3)->kind == TK_END &&
	    a->digits < 2 && b->digits < 2)
		return 0;
	if (!fits(m, d) && fits(d, m))
		set_date(w, NULL, d, m);
	else
		set_date(w, NULL, m, d);
	return i + 3;
}

static int
valid_date(int64_t y, int64_t md)
{
	struct civil	c = { (int)y, (int)(md / 100), (int)(md % 100), 0, 0, 0 };

	return civil_valid(&c);
}

static int
valid_hm(int64_t hm)
{
	return hm / 100 <= 23 && hm % 100 <= 59;
}

static void
set_compact_time(struct when *w, int64_t v, int digits)
{
	w->sec = digits == 6 ? (int)(v % 100) : 0;
	if (digits == 6)
		v /= 100;
	w->hour = (int)(v / 100);
	w->min = (int)(v % 100);
	w->have_time = 1;
}

/* The date digits of a compact number: 6, 7 or 8 of them. */
static int
compact_date(struct when *w, int64_t v, int digits)
{
	struct token	y = { .kind = TK_NUMBER };

	y.value = v / 10000;
	y.digits = digits - 4;
	if (y.digits == 4 && (y.value < 1900 || y.value > 2199))
		return 0;
	if (y.digits == 3 && (y.value < 1 || y.value > 299))
		return 0;
	if (!valid_date(2000, v % 10000) && v % 10000 != 229)
		return 0;
	set_date(w, &y, (int)(v % 10000 / 100), (int)(v % 100));
	return 1;
}

/* 0960531, 960531, 20070531, and the same with hhmm or hhmmss behind. */
static int
date_compact(const struct tokens *p, int i, struct when *w)
{
	const struct token *a = tok(p, i);
	int		 tail = 0;
	int64_t		 cut = 1;

	if (a->kind != TK_NUMBER || a->cn || a->digits < 6)
		return 0;
	if (a->digits >= 13) {
		tail = 6;
		cut = 1000000;
	} else if (a->digits >= 10) {
		tail = 4;
		cut = 10000;
	}
	if (tail > 0 && !valid_hm(a->value % cut / (tail == 6 ? 100 : 1)))
		return 0;
	if (!compact_date(w, a->value / cut, a->digits - tail))
		return 0;
	if (tail > 0)
		set_compact_time(w, a->value % cut, tail);
	return i + 1;
}

/* "0531 0930": month and day only before a time. */
static int
date_four(const struct tokens *p, int i, struct when *w)
{
	const struct token *a = tok(p, i), *b = tok(p, i + 1);

	if (a->kind != TK_NUMBER || a->cn || a->digits != 4 ||
	    !valid_date(2000, a->value))
		return 0;
	if (!(b->kind == TK_NUMBER && !b->cn && (b->digits == 4 ||
	    is_sep(tok(p, i + 2), ":") || tok(p, i + 2)->kind == TK_HOUR)) &&
	    b->kind != TK_PERIOD)
		return 0;
	set_date(w, NULL, (int)a->value / 100, (int)a->value % 100);
	return i + 1;
}

static int
date_relative(const struct tokens *p, int i, struct when *w)
{
	const struct token *a = tok(p, i);

	if (a->kind == TK_REL_DAY) {
		w->rel_day = (int)a->value;
	} else if (a->kind == TK_REL_DAY_PERIOD) {
		w->rel_day = (int)(a->value >= 0 ? a->value / 16 :
		    -((15 - a->value) / 16));
		w->period = (enum period)(a->value - w->rel_day * 16);
	} else {
		return 0;
	}
	w->have_date = 1;
	return i + 1;
}

/* The end of a date that begins at i, or 0. */
static int
date_at(const struct tokens *p, int i, struct when *w)
{
	static int (*const kinds[])(const struct tokens *, int,
	    struct when *) = {
		date_relative, date_cjk, date_english, date_three, date_two,
		date_compact, date_four
	};
	int	end, from = i;

	if (tok(p, i)->kind == TK_ERA)
		from++;
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		end = kinds[k](p, from, w);
		if (end > 0) {
			if (from > i)
				w->era = (enum era)tok(p, i)->value;
			return end;
		}
	}
	return 0;
}

/* 10分, 10, 半, 一刻, 整 after an hour word. */
static int
minutes_after(const struct tokens *p, int i, struct when *w)
{
	const struct token *m = tok(p, i);

	w->min = w->sec = 0;
	if (m->kind == TK_HALF) {
		w->min = 30;
		return i + 1;
	}
	if (!is_number(m, 2))
		return i + (m->kind == TK_SHARP);
	if (tok(p, i + 1)->kind == TK_QUARTER && m->value >= 1 &&
	    m->value <= 3) {
		w->min = (int)m->value * 15;
		return i + 2;
	}
	if (tok(p, i + 1)->kind == TK_MINUTE) {
		w->min = (int)m->value;
		i += 2;
		if (is_number(tok(p, i), 2) && tok(p, i + 1)->kind ==
		    TK_SECOND) {
			w->sec = (int)tok(p, i)->value;
			i += 2;
		}
		return i + (tok(p, i)->kind == TK_SHARP);
	}
	if (m->digits == 2 && (m->cn || (tok(p, i + 1)->kind != TK_JUNK &&
	    tok(p, i + 1)->kind != TK_NUMBER))) {
		w->min = (int)m->value;
		return i + 1;
	}
	return i;
}

/* 9:30, 9:30:05.123 and the am or pm behind. */
static int
time_colon(const struct tokens *p, int i, struct when *w)
{
	const char	*sep = w->have_date ? ":." : ":";

	if (!is_number(tok(p, i), 2) || !is_sep(tok(p, i + 1), sep) ||
	    !is_number(tok(p, i + 2), 2))
		return 0;
	if (is_sep(tok(p, i + 1), ".") && tok(p, i + 2)->digits != 2)
		return 0;
	w->hour = (int)tok(p, i)->value;
	w->min = (int)tok(p, i + 2)->value;
	w->sec = 0;
	i += 3;
	if (is_sep(tok(p, i), sep) && is_number(tok(p, i + 1), 2)) {
		w->sec = (int)tok(p, i + 1)->value;
		w->has_sec = 1;
		i += 2;
		if ((is_sep(tok(p, i), ".") || tok(p, i)->kind == TK_COMMA) &&
		    tok(p, i + 1)->kind == TK_NUMBER && !tok(p, i + 1)->gap)
			i += 2;
	}
	return i + (tok(p, i)->kind == TK_MINUTE);
}

/* 0930, 093000 where a time is to be expected. */
static int
time_compact(const struct tokens *p, int i, struct when *w)
{
	const struct token *a = tok(p, i), *next = tok(p, i + 1);

	if (a->kind != TK_NUMBER || a->cn || (a->digits != 4 &&
	    a->digits != 6 && a->digits != 3))
		return 0;
	if (a->digits == 3 && (!w->have_date || next->kind != TK_END))
		return 0;
	if (!w->have_date && w->period == PERIOD_NONE && (p->n != 1 ||
	    a->digits != 4) && next->kind != TK_HOUR)
		return 0;
	set_compact_time(w, a->value, a->digits);
	return i + 1 + (next->kind == TK_HOUR);
}

static int
time_at(const struct tokens *p, int i, struct when *w)
{
	const struct token *a = tok(p, i), *b = tok(p, i + 1);
	int		 end;

	if (a->kind == TK_PERIOD) {
		w->period = (enum period)a->value;
		return i + 1;
	}
	if (is_number(a, 2) && b->kind == TK_HOUR) {
		w->hour = (int)a->value;
		end = minutes_after(p, i + 2, w);
	} else if (is_number(a, 2) && b->kind == TK_PERIOD && b->latin) {
		w->hour = (int)a->value;
		w->min = w->sec = 0;
		end = i + 1;
	} else if ((end = time_colon(p, i, w)) == 0) {
		end = time_compact(p, i, w);
	}
	if (end == 0)
		return 0;
	w->have_time = 1;
	if (tok(p, end)->kind == TK_PERIOD && tok(p, end)->latin)
		w->period = (enum period)tok(p, end++)->value;
	else if (tok(p, end)->kind == TK_OPEN &&
	    tok(p, end + 1)->kind == TK_PERIOD) {
		w->period = (enum period)tok(p, end + 1)->value;
		end += 2;
	}
	return end;
}

/* Z, CST, +0800, +08:00, GMT+8 right behind a time. */
static int
zone_at(const struct tokens *p, int i, struct when *w)
{
	const struct token *s, *n;
	int64_t		 v;
	int		 named = 0;

	if (tok(p, i)->kind == TK_OPEN && tok(p, i + 1)->kind == TK_ZONE)
		i++;
	if (tok(p, i)->kind == TK_ZONE) {
		w->zone = (int)tok(p, i)->value;
		w->zone_set = 1;
		named = w->zone == 0;
		i++;
	}
	s = tok(p, i);
	n = tok(p, i + 1);
	if (!is_sep(s, "+-") || n->kind != TK_NUMBER || n->cn || n->gap)
		return i;
	if (n->digits == 4 && (named || s->gap || s->value == '+'))
		v = n->value / 100 * 3600 + n->value % 100 * 60;
	else if (n->digits <= 2 && is_sep(tok(p, i + 2), ":") &&
	    is_number(tok(p, i + 3), 2) && (s->value == '+' || named ||
	    (w->has_sec && !s->gap)))	/* 09:10-09:40 is a range */
		v = n->value * 3600 + tok(p, i + 3)->value * 60;
	else if (n->digits <= 2 && named)
		v = n->value * 3600;
	else
		return i;
	if (v > 14 * 3600 || (s->value == '-' && !named && n->digits <= 2 &&
	    n->value < 1))
		return i;
	w->zone = (int)(s->value == '-' ? -v : v);
	w->zone_set = 1;
	return i + (n->digits <= 2 && is_sep(tok(p, i + 2), ":") ? 4 : 2);
}

/* 今(31)日 -> 31日, 本(5)月 -> 5月. */
static void
drop_brackets(struct tokens *p)
{
	int	n = 0;

	for (int i = 0; i < p->n; i++) {
		const struct token *t = &p->t[i];
		enum token_kind	 unit = tok(p, i + 4)->kind;

		if (t->kind == TK_THIS && tok(p, i + 1)->kind == TK_OPEN &&
		    tok(p, i + 2)->kind == TK_NUMBER &&
		    tok(p, i + 3)->kind == TK_CLOSE &&
		    (unit == TK_DAY || unit == TK_MONTH || unit == TK_YEAR)) {
			p->t[n++] = p->t[i + 2];
			i += 3;
		} else if (t->kind != TK_THIS) {
			p->t[n++] = *t;
		}
	}
	p->n = n;
	memset(&p->t[n], 0, sizeof(p->t[n]));
}

/* The year of "Thu May 31 09:30:00 2007". */
static int
late_year(const struct token *t, struct when *w)
{
	if (!w->have_date || w->year != UNSET || w->mon == UNSET ||
	    w->rel_year != REL_NONE || t->kind != TK_NUMBER || t->cn ||
	    t->digits != 4 || t->value < 1970 || t->value > 2199)
		return 0;
	w->year = (int)t->value;
	w->year_digits = 4;
	return 1;
}

static int
is_range(const struct tokens *p, int i)
{
	return tok(p, i)->kind == TK_RANGE ||
	    (is_sep(tok(p, i), "-") && tok(p, i + 1)->kind == TK_NUMBER);
}

/* Left to right; the first date and the first time count. */
static void
read_when(struct tokens *p, struct when *w)
{
	int	i = 0, end;

	w->weekday = p->weekday;
	drop_brackets(p);
	while (i < p->n) {
		end = 0;
		if (!w->have_date)
			end = date_at(p, i, w);
		if (end == 0 && !w->have_time &&
		    (end = time_at(p, i, w)) > 0 && w->have_time)
			end = zone_at(p, end, w);
		if (end == 0 && w->have_time && late_year(tok(p, i), w))
			end = i + 1;
		/* 0960531-0930: no range, the time is behind the dash */
		if (end == 0 && w->have_date && is_range(p, i) &&
		    (w->have_time || tok(p, i)->kind == TK_RANGE ||
		    (end = time_at(p, i + 1, w)) == 0))
			return;
		i = end > i ? end : i + 1;
	}
}

/* Years a number may stand for; returns how many. */
static int
year_candidates(const struct when *w, int year, int64_t ref, int out[3])
{
	if (w->era == ERA_ROC && year < 1911) {
		out[0] = year + 1911;
		return 1;
	}
	if (w->era == ERA_AD || w->year_digits >= 4 || year >= 1000) {
		out[0] = year;
		return 1;
	}
	if (w->year_digits == 3 || year >= 100) {
		out[0] = year + 1911;
		return 1;
	}
	if (ref == TIME_NONE) {
		out[0] = year >= 60 ? year + 1911 : year + 2000;
		return 1;
	}
	out[0] = year + 1911;
	out[1] = year + 1900;
	out[2] = year + 2000;
	return 3;
}

static int64_t
distance(int y, int m, int d, int64_t ref, int zone)
{
	struct civil	c = { y, m, d, 0, 0, 0 };
	int64_t		 t;

	if (!civil_valid(&c))
		return INT64_MAX;
	if (ref == TIME_NONE)
		return 0;
	t = civil_to_utc(&c, zone);
	return t > ref ? t - ref : ref - t;
}

/* The candidate nearest to the receipt. */
static int
nearest_year(const struct when *w, int year, int m, int d, int64_t ref,
    int zone, int64_t *best)
{
	int	cand[3], n = year_candidates(w, year, ref, cand), found = UNSET;

	*best = INT64_MAX;
	for (int i = 0; i < n; i++) {
		int64_t	far = distance(cand[i], m, d, ref, zone);

		if (far < *best) {
			*best = far;
			found = cand[i];
		}
	}
	return found;
}

static const char bad_date[] = "there is no such date";
static const char bad_time[] = "there is no such time";

/* Month and day with a year, and the second reading of 31/05/07. */
static void
with_year(struct when *w, int64_t ref, int zone, struct civil *c)
{
	int64_t	best, other;
	int	y = nearest_year(w, w->year, w->mon, w->day, ref, zone, &best);

	c->mon = w->mon;
	c->day = w->day;
	if (w->other_mon != UNSET && ref != TIME_NONE && y != UNSET &&
	    distance(y, w->other_mon, w->other_day, ref, zone) < best) {
		c->mon = w->other_mon;
		c->day = w->other_day;
	}
	if (w->other_year != UNSET && ref != TIME_NONE &&
	    best > 2 * YEAR_SECONDS) {
		int	z = nearest_year(w, w->other_year, w->mon, w->year,
			    ref, zone, &other);

		if (z != UNSET && other < YEAR_SECONDS) {
			c->mon = w->mon;
			c->day = w->year;
			y = z;
			w->ambiguous = 1;
		}
	}
	c->year = y;
	if (y == UNSET)
		w->bad = bad_date;
}

/* Without a year: the last such day that is not in the future. */
static void
without_year(struct when *w, int64_t ref, int zone, struct civil *c)
{
	struct civil	today;

	if (ref == TIME_NONE) {
		w->bad = "the date has no year";
		return;
	}
	civil_from_utc(&today, ref, zone);
	c->year = today.year + (w->rel_year == REL_NONE ? 0 : w->rel_year);
	c->mon = w->mon == UNSET ? today.mon : w->mon;
	c->day = w->day;
	if (w->rel_mon != REL_NONE)
		c->mon += w->rel_mon;
	if (w->mon == UNSET && w->rel_mon == REL_NONE && c->day > today.day)
		c->mon--;
	if (c->mon == 0) {
		c->mon = 12;
		c->year--;
	}
	if (w->mon != UNSET && w->rel_year == REL_NONE && (!civil_valid(c) ||
	    civil_to_utc(c, zone) > ref + 86400))
		c->year--;
	if (!civil_valid(c))
		w->bad = bad_date;
}

static void
relative_day(struct when *w, int64_t ref, int zone, struct civil *c)
{
	if (ref == TIME_NONE) {
		w->bad = "a relative date without a receipt time";
		return;
	}
	civil_from_utc(c, ref + (int64_t)w->rel_day * 86400, zone);
	c->hour = c->min = c->sec = 0;
}

/* A time alone is of the twelve hours before the receipt. */
static void
day_of_time(struct when *w, int64_t ref, int zone, struct civil *c)
{
	if (ref == TIME_NONE || w->weekday) {
		w->bad = w->weekday ? "a weekday is no date" :
		    "there is no date";
		return;
	}
	w->ambiguous = 1;
	civil_from_utc(c, ref, zone);
	c->hour = w->hour;
	c->min = w->min;
	c->sec = w->sec;
	if (civil_valid(c) && civil_to_utc(c, zone) > ref + FUTURE_SLACK)
		civil_from_utc(c, ref - 86400, zone);
	c->hour = c->min = c->sec = 0;
}

static void
evening(struct when *w, int *days)
{
	if (w->hour == 12) {
		w->hour = 0;
		*days = 1;
		w->ambiguous = 1;
	} else if (w->hour >= 5 && w->hour < 12) {
		w->hour += 12;
	} else if (w->hour >= 1 && w->hour < 5) {
		w->bad = "an hour after midnight called evening: which day?";
	}
}

static void
small_hours(struct when *w, int *days)
{
	if (w->period == PERIOD_MIDNIGHT && w->hour >= 9 && w->hour < 12) {
		w->hour += 12;
	} else if (w->period == PERIOD_MIDNIGHT && w->hour == 12) {
		w->hour = 0;
		*days = 1;
		w->ambiguous = 1;
	} else if (w->hour == 12) {
		w->hour = 0;
	} else if (w->hour > 12 && !(w->period == PERIOD_MIDNIGHT &&
	    w->hour >= 22)) {
		w->bad = "the hour and the part of the day do not fit";
	}
}

/* 上午, 下午, 晚上 ... to 24 hours; *days is 1 for the next day. */
static void
apply_period(struct when *w, int *days)
{
	static const char no_fit[] =
	    "the hour and the part of the day do not fit";

	switch (w->period) {
	case PERIOD_NONE:
		break;
	case PERIOD_AM:
	case PERIOD_MORNING:
		if (w->hour == 12)
			w->hour = 0;
		else if (w->hour > 12)
			w->bad = no_fit;
		break;
	case PERIOD_DAWN:
	case PERIOD_MIDNIGHT:
		small_hours(w, days);
		break;
	case PERIOD_NOON:
		if (w->hour >= 1 && w->hour <= 2)
			w->hour += 12;
		else if (w->hour < 10 || w->hour > 14)
			w->bad = no_fit;
		break;
	case PERIOD_PM:
	case PERIOD_DUSK:
		if (w->hour < 12)
			w->hour += 12;
		break;
	case PERIOD_NIGHT:
		evening(w, days);
		break;
	}
}

static void
resolve_time(struct when *w, struct civil *c, int *days)
{
	*days = 0;
	if (!w->have_time && w->period == PERIOD_NOON) {
		w->hour = 12;
		w->min = w->sec = 0;
		w->have_time = 1;
		w->ambiguous = 1;
	}
	if (!w->have_time)
		return;
	if (w->hour > 24 || w->min > 59 || w->sec > 60 ||
	    (w->hour == 24 && (w->min > 0 || w->sec > 0))) {
		w->bad = bad_time;
		return;
	}
	if (w->sec == 60)
		w->sec = 59;
	if (w->hour == 24) {
		w->hour = 0;
		*days = 1;
	} else {
		apply_period(w, days);
	}
	c->hour = w->hour;
	c->min = w->min;
	c->sec = w->sec;
}

static void
resolve_date(struct when *w, int64_t ref, int zone, struct civil *c)
{
	if (!w->have_date) {
		if (w->have_time)
			day_of_time(w, ref, zone, c);
		else
			w->bad = "no date or time could be read";
	} else if (w->rel_day != REL_NONE) {
		relative_day(w, ref, zone, c);
	} else if (w->year != UNSET) {
		with_year(w, ref, zone, c);
	} else {
		without_year(w, ref, zone, c);
	}
	if (w->bad == NULL && (!civil_valid(c) || c->year < 1900 ||
	    c->year > 2199))
		w->bad = bad_date;
}

static void
note_plausible(struct datetime *out, int64_t ref)
{
	if (ref == TIME_NONE)
		return;
	if (out->utc > ref + FUTURE_SLACK)
		out->problem = "the time lies in the future";
	else if (out->utc < ref - YEAR_SECONDS)
		out->problem = "the time is more than a year past";
}

static void
read_value(struct arena *a, const char *text, int64_t ref, int zone,
    int date_only, struct datetime *out)
{
	struct when	 w = { .year = UNSET, .mon = UNSET, .day = UNSET,
	    .other_mon = UNSET, .other_day = UNSET, .other_year = UNSET,
	    .rel_day = REL_NONE, .rel_mon = REL_NONE, .rel_year = REL_NONE };
	struct civil	 c = { 0 };
	struct folded	 f;
	struct tokens	 p;
	int		 days = 0;

	memset(out, 0, sizeof(*out));
	text_fold(a, text, text_cut(text, strlen(text), TEXT_READ), &f);
	tokens_read(f.s, f.len, &p);
	read_when(&p, &w);
	if (date_only) {
		w.have_time = 0;
		w.period = PERIOD_NONE;
	} else {
		resolve_time(&w, &c, &days);
	}
	if (w.bad == NULL) {
		struct civil	hms = c;

		resolve_date(&w, ref, w.zone_set ? w.zone : zone, &c);
		c.hour = hms.hour;
		c.min = hms.min;
		c.sec = hms.sec;
	}
	if (w.bad == NULL && !w.have_time && !date_only)
		w.bad = "there is a date but no time";
	out->has_time = w.have_time;
	out->ambiguous = w.ambiguous;
	out->problem = w.bad;
	if (w.bad != NULL)
		return;
	out->known = 1;
	out->utc = civil_to_utc(&c, w.zone_set ? w.zone : zone) +
	    (int64_t)days * 86400;
	note_plausible(out, ref);
}

void
datetime_read(struct arena *a, const char *text, int64_t ref, int zone,
    struct datetime *out)
{
	read_value(a, text, ref, zone, 0, out);
}

int
date_read(struct arena *a, const char *text, int64_t ref, int zone,
    struct datetime *out)
{
	read_value(a, text, ref, zone, 1, out);
	return out->known;
}

int
date_line(const char *folded, size_t len)
{
	struct tokens	p;
	int		i = 0;

	if (len > 200)
		return 0;
	tokens_read(folded, len, &p);
	if (tok(&p, i++)->kind != TK_ERA)
		return 0;
	i += tok(&p, i)->kind == TK_NUMBER;
	if (tok(&p, i++)->kind != TK_YEAR)
		return 0;
	i += tok(&p, i)->kind == TK_NUMBER;
	if (tok(&p, i++)->kind != TK_MONTH)
		return 0;
	i += tok(&p, i)->kind == TK_NUMBER;
	if (tok(&p, i++)->kind != TK_DAY)
		return 0;
	while (tok(&p, i)->kind == TK_COMMA)
		i++;
	return tok(&p, i)->kind == TK_END;
}
