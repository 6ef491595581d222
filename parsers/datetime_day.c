#include "parsers/datetime_when.h"

#include "base/civil.h"

/*
 * datetime_day - the days: 96年5月31日, 31 May 2007, 0960531, 昨晚.
 */
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
	    tok_is_sep(tok(p, i + 1), "/-.")) &&
	    tok_is_number(m, 2) && tok_is_number(tok(p, i + 2), 2)) {
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
	if (n->kind == TK_REL_MONTH && tok_is_number(tok(p, i + 1), 2) &&
	    tok(p, i + 2)->kind == TK_DAY) {
		set_date(w, NULL, UNSET, (int)tok(p, i + 1)->value);
		w->rel_mon = (int)n->value;
		return i + 3;
	}
	if (!tok_is_number(n, 4))
		return 0;
	if (tok(p, i + 1)->kind == TK_YEAR)
		return date_after_year(p, i + 2, n, w);
	if (tok(p, i + 1)->kind == TK_MONTH && tok_is_number(n, 2) &&
	    tok_is_number(tok(p, i + 2), 2)) {
		set_date(w, NULL, (int)n->value, (int)tok(p, i + 2)->value);
		return i + 3 + (tok(p, i + 3)->kind == TK_DAY);
	}
	if (tok(p, i + 1)->kind == TK_DAY && tok_is_number(n, 2) &&
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
		if (tok_is_sep(tok(p, j), "-/."))
			j++;
		if (tok(p, j)->kind != TK_MONTH_NAME)
			return 0;
		mon = (int)tok(p, j++)->value;
		day = (int)a->value;
	} else if (a->kind == TK_MONTH_NAME) {
		if (tok_is_sep(tok(p, j), "-/."))
			j++;
		if (!tok_is_number(tok(p, j), 2))
			return 0;
		mon = (int)a->value;
		day = (int)tok(p, j++)->value;
		if (tok(p, j)->kind == TK_ORDINAL)
			j++;
	} else {
		return 0;
	}
	if (tok_is_sep(tok(p, j), "-/.") || tok(p, j)->kind == TK_COMMA)
		j++;
	if (tok(p, j)->kind == TK_NUMBER && (tok(p, j)->digits == 4 ||
	    (tok(p, j)->digits == 2 && tok(p, j)->value > 31 &&
	    !tok_is_sep(tok(p, j + 1), ":"))))
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

	if (!tok_is_number(a, 4) || !tok_is_sep(tok(p, i + 1), "/-.|") ||
	    !tok_is_number(b, 2) || !tok_is_sep(tok(p, i + 3), "/-.|") ||
	    tok(p, i + 1)->value != tok(p, i + 3)->value ||
	    !tok_is_number(c, 4))
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

	if (!tok_is_number(a, 2) || !tok_is_sep(tok(p, i + 1), "/-") ||
	    !tok_is_number(b, 2) || tok_is_sep(tok(p, i + 3), ":") ||
	    tok(p, i + 3)->kind == TK_HOUR ||
	    tok_is_sep(tok(p, i + 3), "/-"))
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
		when_compact_time(w, a->value % cut, tail);
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
	    tok_is_sep(tok(p, i + 2), ":") ||
	    tok(p, i + 2)->kind == TK_HOUR)) && b->kind != TK_PERIOD)
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
int
when_date_at(const struct tokens *p, int i, struct when *w)
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
