#include "incident/calendar.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/civil.h"

#define DAY	((int64_t)86400)

/* A calendar that is all holidays must not hold a loop for ever. */
#define MAX_DAYS	4000

static int64_t
midnight(const struct policy *p, int64_t utc)
{
	struct civil	c;

	civil_from_utc(&c, utc, p->zone);
	c.hour = c.min = c.sec = 0;
	return civil_to_utc(&c, p->zone);
}

static int
listed(const struct policy *p, const struct policy_strings *days, int64_t utc)
{
	struct civil	c;
	char		buf[48];

	civil_from_utc(&c, utc, p->zone);
	(void)snprintf(buf, sizeof(buf), "%04d-%02d-%02d", c.year, c.mon,
	    c.day);
	return policy_has(days, buf);
}

static int
weekday(const struct policy *p, int64_t utc)
{
	struct civil	c;

	civil_from_utc(&c, utc, p->zone);
	return civil_weekday(&c);
}

int
calendar_day_off(const struct policy *p, int64_t utc)
{
	int	w = weekday(p, utc);

	if (listed(p, &p->workdays, utc))
		return 0;
	return w == 0 || w == 6 || listed(p, &p->holidays, utc);
}

int64_t
calendar_end(const struct policy *p)
{
	struct civil	c = { .mon = 1, .day = 1 };

	for (size_t i = 0; i < p->holidays.n; i++) {
		int	year = (int)strtol(p->holidays.v[i], NULL, 10);

		if (year >= c.year)
			c.year = year + 1;
	}
	return c.year == 0 ? 0 : civil_to_utc(&c, p->zone);
}

int64_t
calendar_workdays(const struct policy *p, int64_t from, int n)
{
	int64_t	day = midnight(p, from);

	for (int i = 0; n > 0 && i < MAX_DAYS; i++) {
		day += DAY;
		if (!calendar_day_off(p, day))
			n--;
	}
	return day + (int64_t)p->work_end * 60;
}

int64_t
calendar_months(const struct policy *p, int64_t from, int months)
{
	struct civil	c;
	int64_t		day;
	int		saturday = 0;

	civil_from_utc(&c, midnight(p, from), p->zone);
	civil_months_on(&c, months);
	day = civil_to_utc(&c, p->zone);
	for (int i = 0; calendar_day_off(p, day) && i < MAX_DAYS; i++) {
		saturday = weekday(p, day) == 6;
		day += saturday ? 2 * DAY : DAY;
	}
	return saturday ? day + DAY / 2 - 1 : day + DAY - 1;
}

/* The end of the quiet hours that utc lies in, or utc. */
static int64_t
after_hours(const struct policy *p, int64_t utc)
{
	int64_t	day = midnight(p, utc);
	int	m = (int)((utc - day) / 60);

	if (p->quiet_start == p->quiet_end)
		return utc;
	if (p->quiet_start < p->quiet_end)
		return m >= p->quiet_start && m < p->quiet_end ?
		    day + (int64_t)p->quiet_end * 60 : utc;
	if (m >= p->quiet_start)
		return day + DAY + (int64_t)p->quiet_end * 60;
	return m < p->quiet_end ? day + (int64_t)p->quiet_end * 60 : utc;
}

int64_t
calendar_unquiet(const struct policy *p, int64_t utc)
{
	for (int i = 0; i < MAX_DAYS; i++) {
		int64_t	t = after_hours(p, utc);

		if (p->quiet_holidays && calendar_day_off(p, t))
			t = midnight(p, t) + DAY + (p->quiet_start ==
			    p->quiet_end ? 0 : (int64_t)p->quiet_end * 60);
		if (t == utc)
			break;
		utc = t;
	}
	return utc;
}

/* --- schedules --- */

/* The schedule's time in a month, or INT64_MAX when it has none there. */
static int64_t
schedule_in(const struct policy *p, const struct policy_schedule *s, int year,
    int mon)
{
	struct civil	c = { .year = year, .mon = mon, .day = s->day,
			    .hour = s->minute / 60, .min = s->minute % 60 };
	int64_t		t;

	switch (s->every) {
	case EVERY_MONTHLY:
		break;
	case EVERY_QUARTERLY:
		if (mon % 3 != 1)
			return INT64_MAX;
		break;
	case EVERY_HALFYEARLY:
		if (mon % 6 != 1)
			return INT64_MAX;
		break;
	case EVERY_YEARLY:
		if (mon != s->month)
			return INT64_MAX;
		break;
	case EVERY_DAILY:
	case EVERY_N:
		return INT64_MAX;
	}
	t = civil_to_utc(&c, p->zone);
	for (int i = 0; s->workday && i < MAX_DAYS && calendar_day_off(p, t);
	    i++)
		t += DAY;
	return t;
}

static int64_t
schedule_daily(const struct policy *p, const struct policy_schedule *s,
    int64_t after)
{
	int64_t	t = midnight(p, after) + (int64_t)s->minute * 60;

	for (int i = 0; i < MAX_DAYS && (t <= after || (s->workday &&
	    calendar_day_off(p, t))); i++)
		t += DAY;
	return t;
}

int64_t
calendar_schedule(const struct policy *p, const struct policy_schedule *s,
    int64_t after)
{
	struct civil	c;
	int64_t		t;

	if (s->every == EVERY_DAILY)
		return schedule_daily(p, s, after);
	civil_from_utc(&c, after - 31 * DAY, p->zone);
	for (int i = 0; i < 15; i++) {	/* a year and what days off add */
		t = schedule_in(p, s, c.year, c.mon);
		if (t != INT64_MAX && t > after)
			return t;
		c.mon = c.mon % 12 + 1;
		c.year += c.mon == 1;
	}
	return after + 366 * DAY;
}
