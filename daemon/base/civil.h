#ifndef CIVIL_H
#define CIVIL_H

/*
 * civil - days, hours and offsets without a clock and without the C library's
 * time zones.  Proleptic Gregorian calendar; years 1..9999.
 */
#include <stddef.h>
#include <stdint.h>

struct civil {
	int	year, mon, day;		/* 1..9999, 1..12, 1..31 */
	int	hour, min, sec;		/* 0..23, 0..59, 0..59 */
};

/* Days in a month of a year, 0 for an impossible month. */
int	civil_days(int year, int mon);
int	civil_valid(const struct civil *);
/* off = seconds east of UTC, as in +08:00 = 28800. */
int64_t	civil_to_utc(const struct civil *, int off);
void	civil_from_utc(struct civil *, int64_t utc, int off);
int	civil_weekday(const struct civil *);	/* 0 = Sunday */
/*
 * From the day of an event to the last day of a period of months (行政程序法
 * 48): the day itself is not counted; the end is the day before the one that
 * matches the first day counted, or the last of a month that has none.  The
 * end of a month is followed by whole months.  The time of day stays.
 */
void	civil_months_on(struct civil *, int months);

#define RFC3339_SIZE	32
/* "2007-05-31T09:30:00+08:00"; off 0 is written "+00:00". Returns buf. */
char	*rfc3339(char buf[RFC3339_SIZE], int64_t utc, int off);
/* 0 and *utc, or -1.  The offset is required (Z or +hh:mm). RFC 3339 5.6 */
int	rfc3339_parse(const char *, int64_t *utc);

#endif
