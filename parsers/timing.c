#include "parsers/timing.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/civil.h"

#define FUTURE_SLACK	300		/* clocks differ */
#define DAY		((int64_t)86400)

const char *
timing_verdict(int64_t occurred, int64_t reported, int64_t received,
    int limit)
{
	int	told = reported != TIME_NONE, came = received != TIME_NONE;

	if (occurred == TIME_NONE)
		return "unknown";
	if ((told && reported < occurred) ||
	    (came && occurred > received + FUTURE_SLACK) ||
	    (came && told && reported > received + FUTURE_SLACK))
		return "inconsistent";
	if (came && received - occurred <= limit)
		return "on_time";
	if (told && reported - occurred <= limit)
		return came && received - reported <= limit ? "on_time" :
		    "claimed_on_time";
	return came || told ? "late" : "unknown";
}

static int64_t
time_of(const struct report *r, const char *name)
{
	const struct field *f = report_field(r, name);

	return f != NULL && f->known ? f->time : TIME_NONE;
}

static int
minutes(int64_t from, int64_t to)
{
	int64_t	d;

	if (from == TIME_NONE || to == TIME_NONE)
		return INT_MIN;
	d = to - from;
	d = d / 60 - (d % 60 < 0);
	return d > INT_MAX || d < -INT_MAX ? INT_MIN : (int)d;
}

void
timing_judge(const struct parse_conf *pc, struct report *r)
{
	int64_t	occurred = time_of(r, "occurred_at"),
		reported = time_of(r, "reported_at");

	if (occurred == TIME_NONE)
		occurred = time_of(r, "discovered_at");
	if (occurred == TIME_NONE)
		occurred = time_of(r, "aware_at");
	r->verdict = timing_verdict(occurred, reported, r->received_at,
	    pc->limit);
	r->declared_minutes = minutes(occurred, reported);
	r->receipt_minutes = minutes(occurred, r->received_at);
}

/* 1: working day by the table, 0: day off by it, -1: not in it. */
static int
in_table(const struct civil *c, const char *const *days, size_t n)
{
	char	date[16];

	(void)snprintf(date, sizeof(date), "%04d-%02d-%02d", c->year % 10000,
	    c->mon % 100, c->day % 100);
	for (size_t i = 0; i < n; i++)
		if (days[i] != NULL && strncmp(days[i], date, 10) == 0) {
			if (strcmp(days[i] + 10, "=work") == 0)
				return 1;
			if (days[i][10] == '\0')
				return 0;
		}
	return -1;
}

static int
is_off(const struct civil *c, const char *const *days, size_t n)
{
	int	t = in_table(c, days, n), w = civil_weekday(c);

	return t >= 0 ? t == 0 : w == 0 || w == 6;
}

/* An end on a day off moves on; from a Saturday it is the next noon. */
static int64_t
shift(struct civil *c, int zone, const char *const *days, size_t n)
{
	int64_t	t = civil_to_utc(c, zone);
	int	saturday = civil_weekday(c) == 6 &&
		    in_table(c, days, n) < 0, moved = 0;

	for (int i = 0; i < 60 && is_off(c, days, n); i++) {
		t += DAY;
		civil_from_utc(c, t, zone);
		moved = 1;
	}
	return moved && saturday ? t + DAY / 2 - 1 : t + DAY - 1;
}

int64_t
month_deadline(int64_t from, int months, int zone, const char *const *days,
    size_t n_days)
{
	struct civil	c;

	if (from < -62135596800 || from > 253402300799 - 400 * 366 * DAY ||
	    months < 1 || months > 1200)
		return TIME_NONE;
	civil_from_utc(&c, from, zone);
	civil_months_on(&c, months);
	c.hour = c.min = c.sec = 0;
	if (n_days == 0)
		return civil_to_utc(&c, zone) + DAY - 1;
	return shift(&c, zone, days, n_days);
}
