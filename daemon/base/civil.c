#include "base/civil.h"

#include <string.h>

#include "base/hex.h"

int
civil_days(int year, int mon)
{
	static const int days[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
	};

	if (mon < 1 || mon > 12)
		return 0;
	if (mon == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		return 29;
	return days[mon - 1];
}

int
civil_valid(const struct civil *c)
{
	return c->year >= 1 && c->year <= 9999 && c->day >= 1 &&
	    c->day <= civil_days(c->year, c->mon) && c->hour >= 0 &&
	    c->hour <= 23 && c->min >= 0 && c->min <= 59 && c->sec >= 0 &&
	    c->sec <= 59;
}

/* Days since 1970-01-01, by counting years from March in cycles of 400. */
static int64_t
days_from_civil(int year, int mon, int day)
{
	int64_t	y = year - (mon <= 2), era, yoe, doy, doe;

	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (mon + (mon > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return era * 146097 + doe - 719468;
}

int64_t
civil_to_utc(const struct civil *c, int off)
{
	return days_from_civil(c->year, c->mon, c->day) * 86400 +
	    c->hour * 3600 + c->min * 60 + c->sec - off;
}

void
civil_months_on(struct civil *c, int months)
{
	int	at_end = c->day == civil_days(c->year, c->mon);
	int	mon = c->mon - 1 + months, last;

	c->year += mon / 12;
	c->mon = mon % 12 + 1;
	last = civil_days(c->year, c->mon);
	if (at_end || c->day > last)
		c->day = last;
}

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

void
civil_from_utc(struct civil *c, int64_t utc, int off)
{
	int64_t	t = utc + off, z, era, doe, yoe, doy, mp, sod;

	z = floor_div(t, 86400);
	sod = t - z * 86400;
	z += 719468;
	era = floor_div(z, 146097);
	doe = z - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	c->day = (int)(doy - (153 * mp + 2) / 5 + 1);
	c->mon = (int)(mp + (mp < 10 ? 3 : -9));
	c->year = (int)(yoe + era * 400 + (c->mon <= 2));
	c->hour = (int)(sod / 3600);
	c->min = (int)(sod % 3600 / 60);
	c->sec = (int)(sod % 60);
}

int
civil_weekday(const struct civil *c)
{
	int64_t	d = days_from_civil(c->year, c->mon, c->day);

	return (int)(((d + 4) % 7 + 7) % 7);
}

static char *
part(char *p, int n, int digits, char behind)
{
	p = number_put(p, n, digits);
	*p = behind;
	return p + 1;
}

char *
rfc3339(char buf[RFC3339_SIZE], int64_t utc, int off)
{
	struct civil	c;
	int		a = off < 0 ? -off : off;
	char		*p = buf;

	civil_from_utc(&c, utc, off);
	p = part(p, c.year % 10000, 4, '-');
	p = part(p, c.mon, 2, '-');
	p = part(p, c.day, 2, 'T');
	p = part(p, c.hour, 2, ':');
	p = part(p, c.min, 2, ':');
	p = part(p, c.sec, 2, off < 0 ? '-' : '+');
	p = part(p, a / 3600 % 100, 2, ':');
	(void)part(p, a % 3600 / 60, 2, '\0');
	return buf;
}

static int
digits(const char **p, int n, int *out)
{
	int	v = 0;

	while (n-- > 0) {
		if (**p < '0' || **p > '9')
			return -1;
		v = v * 10 + (*(*p)++ - '0');
	}
	*out = v;
	return 0;
}

static int
expect(const char **p, const char *set)
{
	if (**p == '\0' || strchr(set, **p) == NULL)
		return -1;
	(*p)++;
	return 0;
}

int
rfc3339_parse(const char *s, int64_t *utc)
{
	struct civil	c;
	int		oh = 0, om = 0, sign = 1;

	if (digits(&s, 4, &c.year) || expect(&s, "-") ||
	    digits(&s, 2, &c.mon) || expect(&s, "-") ||
	    digits(&s, 2, &c.day) || expect(&s, "Tt ") ||
	    digits(&s, 2, &c.hour) || expect(&s, ":") ||
	    digits(&s, 2, &c.min) || expect(&s, ":") || digits(&s, 2, &c.sec))
		return -1;
	if (*s == '.')
		for (s++; *s >= '0' && *s <= '9'; s++)
			;
	if (*s == 'Z' || *s == 'z') {
		s++;
	} else {
		if (*s == '-')
			sign = -1;
		if (expect(&s, "+-") || digits(&s, 2, &oh) ||
		    expect(&s, ":") || digits(&s, 2, &om) || oh > 23 || om > 59)
			return -1;
	}
	if (*s != '\0' || !civil_valid(&c))
		return -1;
	*utc = civil_to_utc(&c, sign * (oh * 3600 + om * 60));
	return 0;
}
