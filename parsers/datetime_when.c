#include "parsers/datetime_when.h"

#include <string.h>

void
when_compact_time(struct when *w, int64_t v, int digits)
{
	w->sec = digits == 6 ? (int)(v % 100) : 0;
	if (digits == 6)
		v /= 100;
	w->hour = (int)(v / 100);
	w->min = (int)(v % 100);
	w->have_time = 1;
}

/* 10分, 10, 半, 一刻, 整 after an hour word. */
static int
minutes_after(const struct tokens *p, int i, struct when *w)
{
	const struct token *m = tok(p, i);

	w->min = w->sec = 0;
	/* 0五分 */
	if (m->kind == TK_NUMBER && m->digits == 1 && m->value == 0 &&
	    tok_is_number(tok(p, i + 1), 1) &&
	    tok(p, i + 2)->kind == TK_MINUTE)
		m = tok(p, ++i);
	if (m->kind == TK_HALF) {
		w->min = 30;
		return i + 1;
	}
	if (!tok_is_number(m, 2))
		return i + (m->kind == TK_SHARP);
	if (tok(p, i + 1)->kind == TK_QUARTER && m->value >= 1 &&
	    m->value <= 3) {
		w->min = (int)m->value * 15;
		return i + 2;
	}
	if (tok(p, i + 1)->kind == TK_MINUTE) {
		w->min = (int)m->value;
		i += 2;
		if (tok_is_number(tok(p, i), 2) && tok(p, i + 1)->kind ==
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

	if (!tok_is_number(tok(p, i), 2) || !tok_is_sep(tok(p, i + 1), sep) ||
	    !tok_is_number(tok(p, i + 2), 2))
		return 0;
	if (tok_is_sep(tok(p, i + 1), ".") && tok(p, i + 2)->digits != 2)
		return 0;
	/* 14:2X */
	if (tok(p, i + 2)->digits < 2 && tok(p, i + 3)->kind == TK_JUNK &&
	    tok(p, i + 3)->latin && !tok(p, i + 3)->gap)
		return 0;
	w->hour = (int)tok(p, i)->value;
	w->min = (int)tok(p, i + 2)->value;
	w->sec = 0;
	i += 3;
	if (tok_is_sep(tok(p, i), sep) && tok_is_number(tok(p, i + 1), 2)) {
		w->sec = (int)tok(p, i + 1)->value;
		w->has_sec = 1;
		i += 2;
		if ((tok_is_sep(tok(p, i), ".") ||
		    tok(p, i)->kind == TK_COMMA) &&
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
	when_compact_time(w, a->value, a->digits);
	return i + 1 + (next->kind == TK_HOUR);
}

/* 9-10時: from nine on. */
static int
is_hours(const struct tokens *p, int i, const struct when *w)
{
	return (w->have_date || w->period != PERIOD_NONE) &&
	    tok_is_number(tok(p, i), 2) && tok_is_sep(tok(p, i + 1), "-") &&
	    tok_is_number(tok(p, i + 2), 2) &&
	    tok(p, i + 3)->kind == TK_HOUR;
}

static int
time_at(const struct tokens *p, int i, struct when *w)
{
	const struct token *a = tok(p, i), *b = tok(p, i + 1);
	int		 end;

	if (a->kind == TK_PERIOD) {
		/* 上午/下午, and nothing struck out */
		if (tok_is_sep(b, "/") &&
		    tok(p, i + 2)->kind == TK_PERIOD &&
		    tok(p, i + 2)->value != a->value)
			w->bad = "more than one part of the day is named";
		if (w->period == PERIOD_NIGHT && a->value == PERIOD_DAWN)
			w->bad = "the small hours of an evening: which day?";
		w->period = (enum period)a->value;
		return i + 1;
	}
	if (tok_is_number(a, 2) && b->kind == TK_HOUR &&
	    (b->value != 2 || a->digits == 2)) {
		w->hour = (int)a->value;
		w->spoken = b->value == 1;
		end = minutes_after(p, i + 2, w);
	} else if (tok_is_number(a, 2) && b->kind == TK_PERIOD && b->latin) {
		w->hour = (int)a->value;
		w->min = w->sec = 0;
		end = i + 1;
	} else if (is_hours(p, i, w)) {
		w->hour = (int)a->value;
		w->min = w->sec = 0;
		end = i + 4;
	} else if ((end = time_colon(p, i, w)) == 0) {
		end = time_compact(p, i, w);
	}
	if (end == 0)
		return 0;
	w->have_time = 1;
	if (tok(p, end)->kind == TK_PERIOD && (tok(p, end)->latin ||
	    (w->period == PERIOD_NONE &&
	    tok(p, end + 1)->kind != TK_NUMBER)))
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
	if (!tok_is_sep(s, "+-") || n->kind != TK_NUMBER || n->cn || n->gap)
		return i;
	if (n->digits == 4 && (named || s->gap || s->value == '+'))
		v = n->value / 100 * 3600 + n->value % 100 * 60;
	else if (n->digits <= 2 && tok_is_sep(tok(p, i + 2), ":") &&
	    tok_is_number(tok(p, i + 3), 2) && (s->value == '+' || named ||
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
	return i + (n->digits <= 2 && tok_is_sep(tok(p, i + 2), ":") ? 4 : 2);
}

static int64_t
gregorian(int64_t year)
{
	return year < 1000 ? year + 1911 : year;
}

/*
 * 115年(2026年), 2026(民國115)年: the same year once more, in brackets at i
 * behind n tokens.  How many tokens these are, or 0.
 */
static int
year_again(const struct tokens *p, int n, int i)
{
	int	k = i + 1, year;

	if (n > 1 && p->t[n - 1].kind == TK_YEAR)
		n--;
	year = n - 1;
	k += tok(p, k)->kind == TK_ERA;
	if (year < 0 || p->t[year].kind != TK_NUMBER ||
	    p->t[year].digits < 2 || tok(p, k)->kind != TK_NUMBER ||
	    gregorian(p->t[year].value) != gregorian(tok(p, k)->value))
		return 0;
	k++;
	k += tok(p, k)->kind == TK_YEAR;
	return tok(p, k)->kind == TK_CLOSE ? k + 1 - i : 0;
}

/* 今(31)日 -> 31日, 前(30)日, 本(5)月 -> 5月; and what held a weekday. */
static void
drop_brackets(struct tokens *p)
{
	int	n = 0;

	for (int i = 0; i < p->n; i++) {
		const struct token *t = &p->t[i];
		enum token_kind	 unit = tok(p, i + 4)->kind;

		if (t->kind == TK_OPEN && tok(p, i + 1)->kind == TK_CLOSE) {
			i++;
		} else if (t->kind == TK_OPEN && year_again(p, n, i) > 0) {
			i += year_again(p, n, i) - 1;
		} else if ((t->kind == TK_THIS || t->kind == TK_AGO) &&
		    tok(p, i + 1)->kind == TK_OPEN &&
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
	    (tok_is_sep(tok(p, i), "-") && tok(p, i + 1)->kind == TK_NUMBER);
}

/* 不是14:10: past what is denied.  no: what was said there. */
static int
skip_denied(const struct tokens *p, int i, struct when *no)
{
	int	end;

	*no = WHEN_UNSET;
	while (i < p->n) {
		end = no->have_date ? 0 : when_date_at(p, i, no);
		if (end == 0 && !no->have_time)
			end = time_at(p, i, no);
		if (end == 0)
			return i;
		i = end;
	}
	return i;
}

/* 14:20或15:20: which one is not ours to say. */
static int
is_doubtful(const struct tokens *p, int i, const struct when *w)
{
	struct when	other = *w;

	/* 5/6、5/7; 5/6、7 15:30 */
	if (tok_is_sep(tok(p, i), "|"))
		return w->have_date && !w->have_time &&
		    (when_date_at(p, i + 1, &other) > 0 ||
		    (tok_is_number(tok(p, i + 1), 2) &&
		    tok(p, i + 2)->kind == TK_NUMBER));
	if (tok(p, i)->kind != TK_OR)
		return 0;
	other.have_time = 0;
	if (w->have_time)
		return time_at(p, i + 1, &other) > 0 && other.have_time;
	return w->have_date && when_date_at(p, i + 1, &other) > 0;
}

static void
take_time(struct when *w, const struct when *from)
{
	w->hour = from->hour;
	w->min = from->min;
	w->sec = from->sec;
	w->has_sec = from->has_sec;
	w->period = from->period;
	w->zone = from->zone;
	w->zone_set = from->zone_set;
	w->have_time = from->have_time;
}

static void
take_date(struct when *w, const struct when *from)
{
	struct when	d = *from;

	take_time(&d, w);
	d.bad = w->bad;
	*w = d;
}

/* 115/3, 115年312日: some of a date, in a way that is not read. */
static int
is_half_date(const struct tokens *p, int i)
{
	enum token_kind	kind = tok(p, i)->kind;

	return kind == TK_YEAR || kind == TK_MONTH ||
	    (kind == TK_NUMBER && tok_is_sep(tok(p, i + 1), "/") &&
	    tok(p, i + 2)->kind == TK_NUMBER);
}

/* 115年ll月25日: the day is read, its month is not. */
static int
lost_its_month(const struct tokens *p, int i, const struct when *w)
{
	return i > 0 && tok(p, i - 1)->kind == TK_MONTH && w->mon == UNSET &&
	    w->rel_mon == REL_NONE && w->rel_day == REL_NONE;
}

/* What stands behind a time: its zone; 2 hrs ago is a span, no time. */
static int
take_rest(const struct tokens *p, int i, struct when *w)
{
	const struct token *t;

	i = zone_at(p, i, w);
	t = tok(p, i);
	if (t->kind == TK_AGO && t->value == 1)
		w->bad = "a span, no time";
	return i;
}

static void
read_plain(struct tokens *p, struct when *w)
{
	struct when	no = WHEN_UNSET;
	int		i = 0, end;

	w->weekday = p->weekday;
	w->half_date = p->some_day;
	drop_brackets(p);
	while (i < p->n) {
		end = 0;
		if (tok(p, i)->kind == TK_NOT) {
			i = skip_denied(p, i + 1, &no);
			continue;
		}
		if (tok(p, i)->kind == TK_NEXT_DAY && !w->have_time) {
			w->bad = "the next day: which day is it?";
			return;
		}
		if (tok(p, i)->kind == TK_LUNAR &&
		    tok(p, i + 1)->kind == TK_NUMBER) {
			w->bad = "a date of the lunar calendar";
			return;
		}
		if (is_doubtful(p, i, w)) {
			w->bad = "more than one time is named";
			return;
		}
		if (!w->have_date)
			end = when_date_at(p, i, w);
		if (end > 0 && lost_its_month(p, i, w)) {
			w->bad = "the month cannot be read";
			return;
		}
		if (end == 0 && !w->have_time &&
		    (end = time_at(p, i, w)) > 0 && w->have_time)
			end = take_rest(p, end, w);
		if (end == 0 && w->have_time && late_year(tok(p, i), w))
			end = i + 1;
		/* 0960531-0930: no range, the time is behind the dash */
		if (end == 0 && w->have_date && is_range(p, i) &&
		    (w->have_time || tok(p, i)->kind == TK_RANGE ||
		    (end = time_at(p, i + 1, w)) == 0))
			return;
		w->half_date |= end == 0 && (is_half_date(p, i) ||
		    (tok(p, i)->kind == TK_SPAN &&
		    tok(p, i + 1)->kind == TK_AGO));
		i = end > i ? end : i + 1;
	}
	/* the hour was denied, not the day */
	if (w->have_time && !w->have_date && no.have_date && no.have_time)
		take_date(w, &no);
}

/* The tokens from i up to, not including, end. */
static void
part(const struct tokens *p, int i, int end, struct tokens *out)
{
	out->n = end - i;
	out->weekday = p->weekday;
	out->some_day = p->some_day;
	memcpy(out->t, &p->t[i], (size_t)out->n * sizeof(out->t[0]));
	memset(&out->t[out->n], 0, sizeof(out->t[0]));
}

/*
 * 14:10更正為14:20: the last correction that names something counts, and what
 * it does not name stays as it was.
 */
void
when_read(struct tokens *p, struct when *w)
{
	struct tokens	head, tail;
	struct when	was = WHEN_UNSET;
	int		at = p->n, end = p->n;

	while (--at >= 0) {
		if (p->t[at].kind != TK_FIX)
			continue;
		part(p, at + 1, end, &tail);
		*w = WHEN_UNSET;
		read_plain(&tail, w);
		if (w->have_date || w->have_time)
			break;
		end = at;
	}
	*(at < 0 ? w : &was) = WHEN_UNSET;
	part(p, 0, at < 0 ? end : at, &head);
	read_plain(&head, at < 0 ? w : &was);
	if (at < 0)
		return;
	if (!w->have_date && was.have_date)
		take_date(w, &was);
	if (!w->have_time && was.have_time) {
		take_time(w, &was);
		w->bad = was.bad;
		return;
	}
	/* 下午2時10分更正為2時20分 is still in the afternoon */
	if (w->have_time && w->period == PERIOD_NONE && w->hour < 12)
		w->period = was.period;
}
