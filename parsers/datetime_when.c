#include "parsers/datetime_when.h"

#include <string.h>

#include "base/civil.h"

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
	if ((tok(p, i + 1)->kind == TK_MONTH ||
	    is_sep(tok(p, i + 1), "/-.")) &&
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
	struct civil	c = { .year = (int)y, .mon = (int)(md / 100),
			    .day = (int)(md % 100) };

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

void
when_read(struct tokens *p, struct when *w)
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
