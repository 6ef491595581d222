#include "incident/tracking.h"

#include <limits.h>
#include <string.h>

#include "base/civil.h"

int
tracking_day(int64_t now, int zone)
{
	struct civil	c;

	civil_from_utc(&c, now, zone);
	return c.year * 10000 + c.mon * 100 + c.day;
}

char *
tracking_make(struct arena *a, const char *series, int day, int n)
{
	return arena_printf(a, "%s-%08d-%04d", series, day, n);
}

/* min to max digits and no more of them. */
static int
digits(const char **s, size_t min, size_t max, int *out)
{
	size_t	n = strspn(*s, "0123456789");
	int	v = 0;

	if (n < min || n > max)
		return -1;
	for (; n > 0; n--, (*s)++) {
		if (v > (INT_MAX - 9) / 10)
			return -1;
		v = v * 10 + (**s - '0');
	}
	*out = v;
	return 0;
}

int
tracking_parse(const char *s, char series[TRACKING_SERIES + 1], int *day,
    int *n)
{
	struct civil	c = { 0, 0, 0, 0, 0, 0 };
	size_t		len = 0;

	for (; len < TRACKING_SERIES; len++, s++) {
		if (*s >= 'a' && *s <= 'z')
			series[len] = (char)(*s - 'a' + 'A');
		else if ((*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9'))
			series[len] = *s;
		else
			break;
	}
	series[len] = '\0';
	if (len == 0 || *s++ != '-' || digits(&s, 8, 8, day) || *s++ != '-' ||
	    digits(&s, 4, 9, n) || *s != '\0' || *n == 0)
		return -1;
	c.year = *day / 10000;
	c.mon = *day / 100 % 100;
	c.day = *day % 100;
	return civil_valid(&c) ? 0 : -1;
}
