#ifndef TIMING_H
#define TIMING_H

/*
 * timing - the verdict on the 15 minutes (R4), and months by law.
 */
#include <stddef.h>
#include <stdint.h>

#include "parsers/parse.h"

/* Each time is UTC or TIME_NONE; limit in seconds; a static string. */
const char *timing_verdict(int64_t occurred, int64_t reported,
	    int64_t received, int limit);
/* Fills verdict, declared_minutes and receipt_minutes from the fields. */
void	timing_judge(const struct parse_conf *, struct report *);

/*
 * The end of a period of months after an event on the day of `from`
 * (civil_months_on() in base/civil.h).
 *
 * days: off and working days that differ from the week, "2026-01-01" or
 * "2026-02-07=work"; with a table (n_days > 0) an end on a Sunday or day off
 * moves to the next working day, one on a Saturday off to the next working
 * day's noon.  Without a table nothing moves.  Returns the last second of the
 * period in UTC; TIME_NONE for a time outside the calendar.
 */
int64_t	month_deadline(int64_t from, int months, int zone,
	    const char *const *days, size_t n_days);

#endif
