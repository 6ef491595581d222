#ifndef DATETIME_H
#define DATETIME_H

/*
 * datetime - dates and times as people in Taiwan write them.
 *
 * 中華民國 years, AD, compact digits, Chinese numerals, 上午 and 下午, 昨晚,
 * English, ISO 8601, RFC 5322.  A range gives its start.  Nothing is ever
 * guessed: what cannot be read is not known, with a reason.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct datetime {
	int		 known;
	int64_t		 utc;		/* when known */
	int		 ambiguous;	/* 晚上12點, two-digit year, 5-6 */
	int		 has_time;	/* 0: a date alone */
	const char	*problem;	/* English, static; NULL: nothing to say */
};

/*
 * ref: the receipt, for relative and short dates, or TIME_NONE.  zone:
 * seconds east of UTC for what names no zone.  A date without a time is not
 * known here (problem says so) but for date_read().  A time in the future of
 * ref by more than five minutes, or older than a year, stays known and has a
 * problem.
 */
void	datetime_read(struct arena *, const char *text, int64_t ref, int zone,
	    struct datetime *);
/* The date alone, as its midnight in zone; returns known. */
int	date_read(struct arena *, const char *text, int64_t ref, int zone,
	    struct datetime *);
/*
 * Is this line a date and nothing else, as at the foot of a form
 * (中 華 民 國   96 年 5 月 31 日, also left blank)?
 */
int	date_line(const char *folded, size_t len);

#endif
