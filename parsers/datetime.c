#include "parsers/datetime.h"

#include <string.h>

#include "base/civil.h"
#include "parsers/datetime_when.h"
#include "parsers/report.h"
#include "parsers/text.h"

#define TEXT_READ	2048		/* bytes of a value that are read */
#define FUTURE_SLACK	300
#define SOON		(10 * (int64_t)86400)
#define YEAR_SECONDS	(366 * (int64_t)86400)

/* Years a number may stand for; returns how many. */
static int
year_candidates(const struct when *w, int year, int64_t ref, int out[3])
{
	if (w->era == ERA_BEFORE_ROC) {
		out[0] = 1912 - year;
		return 1;
	}
	if (w->era == ERA_HEISEI || w->era == ERA_REIWA) {
		out[0] = year + (w->era == ERA_HEISEI ? 1988 : 2018);
		return 1;
	}
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

/* The candidate nearest to the receipt; none when that one has no such day:
 * a 29 February is not moved into the leap year of another era. */
static int
nearest_year(const struct when *w, int year, int m, int d, int64_t ref,
    int zone, int64_t *best)
{
	int	cand[3], n = year_candidates(w, year, ref, cand), found = UNSET;
	int	any = m == 2 && d == 29 ? 28 : d;	/* is in every year */

	*best = INT64_MAX;
	for (int i = 0; i < n; i++) {
		int64_t	far = distance(cand[i], m, any, ref, zone);

		if (far < *best) {
			*best = far;
			found = cand[i];
		}
	}
	if (found != UNSET)
		*best = distance(found, m, d, ref, zone);
	return *best == INT64_MAX ? UNSET : found;
}

static const char bad_date[] = "there is no such date";
static const char bad_time[] = "there is no such time";

/* 5/6/2025: only a receipt soon after one of the two tells them apart. */
static void
month_or_day(struct when *w, int year, int64_t ref, int zone, int64_t best,
    struct civil *c)
{
	int64_t	other = distance(year, w->other_mon, w->other_day, ref, zone);

	if (other < best) {
		c->mon = w->other_mon;
		c->day = w->other_day;
		best = other;
	}
	if (ref == TIME_NONE || best > SOON)
		w->bad = "month and day cannot be told apart";
}

/*
 * 31/05/07, 05/31/07: the year may stand last, too, when that is much nearer
 * to the receipt, best seconds from the other reading with the year y.
 */
static int
year_behind(struct when *w, int64_t ref, int zone, int64_t best, int y,
    struct civil *c)
{
	int64_t	other;
	int	z = nearest_year(w, w->other_year, w->mon, w->year, ref, zone,
		    &other);

	if (z == UNSET || other >= YEAR_SECONDS ||
	    (best <= 2 * YEAR_SECONDS && (other > SOON || best <= SOON)))
		return y;
	c->mon = w->mon;
	c->day = w->year;
	w->ambiguous = 1;
	w->other_mon = w->year;
	w->other_day = w->mon;
	if (w->other_mon <= 12 && w->other_mon != w->mon)
		month_or_day(w, z, ref, zone, other, c);
	return z;
}

/* Month and day with a year, and the second reading of 31/05/07. */
static void
with_year(struct when *w, int64_t ref, int zone, struct civil *c)
{
	int64_t	best;
	int	y = nearest_year(w, w->year, w->mon, w->day, ref, zone, &best);

	c->mon = w->mon;
	c->day = w->day;
	if (w->other_mon != UNSET && y != UNSET)
		month_or_day(w, y, ref, zone, best, c);
	if (w->other_year != UNSET && ref != TIME_NONE)
		y = year_behind(w, ref, zone, best, y, c);
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
	if (w->mon != UNSET && w->rel_year == REL_NONE &&
	    (civil_valid(c) ? civil_to_utc(c, zone) > ref + 86400 :
	    c->mon * 32 + c->day > today.mon * 32 + today.day))
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
	if (ref == TIME_NONE || w->weekday || w->half_date) {
		w->bad = w->weekday ? "a weekday is no date" :
		    w->half_date ? "a part of the date is missing" :
		    "there is no date";
		return;
	}
	w->ambiguous = 1;
	civil_from_utc(c, ref, zone);
	/* 三點 in the evening: of the night, or of the afternoon? */
	if (w->spoken && w->period == PERIOD_NONE && w->hour >= 1 &&
	    w->hour < 12 && (w->hour + 12) * 60 + w->min <=
	    c->hour * 60 + c->min)
		w->bad = "in the morning or in the afternoon?";
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
	} else if (w->period == PERIOD_MIDNIGHT && w->hour < 6 &&
	    w->rel_day != REL_NONE && w->rel_day < 0) {
		w->bad = "an hour after midnight of a past night: which day?";
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
	struct when	 w;
	struct civil	 c = { 0 };
	struct folded	 f;
	struct tokens	 p;
	int		 days = 0;

	memset(out, 0, sizeof(*out));
	text_fold(a, text, text_cut(text, strlen(text), TEXT_READ), &f);
	tokens_read(f.s, f.len, &p);
	when_read(&p, &w);
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
