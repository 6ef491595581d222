#ifndef DATETIME_WHEN_H
#define DATETIME_WHEN_H

/*
 * datetime_when - what a text says of a time, before it is known which year
 * or day it means.  For datetime.c only.
 */
#include <limits.h>

#include "parsers/datetime_token.h"

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
	int		 spoken;	/* 三點, not 3時 or 3:00 */
	int		 weekday;	/* named, but no date */
	int		 half_date;	/* 115/3, 3月: a part of one */
	enum period	 period;
	int		 period_latin;
	int		 zone_set, zone;
	int		 have_date, have_time;
	int		 ambiguous;
	const char	*bad;
};

#define WHEN_UNSET	((struct when){ .year = UNSET, .mon = UNSET, \
	.day = UNSET, .other_mon = UNSET, .other_day = UNSET, \
	.other_year = UNSET, .rel_day = REL_NONE, .rel_mon = REL_NONE, \
	.rel_year = REL_NONE })

/*
 * Left to right; the first date and the first time count, but for what a
 * 更正為 behind them replaces.
 */
void	when_read(struct tokens *, struct when *);

/* The end of a date that begins at token i, or 0. */
int	when_date_at(const struct tokens *, int i, struct when *);
/* hhmm, or hhmmss when digits is 6. */
void	when_compact_time(struct when *, int64_t v, int digits);

#endif
