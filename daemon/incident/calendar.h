#ifndef CALENDAR_H
#define CALENDAR_H

/*
 * calendar - days off, quiet hours, working days and months by law, in the
 * policy's zone.  Pure.
 */
#include <stdint.h>

#include "incident/policy.h"

/* Saturday, Sunday or holiday, and not made a working day. */
int	 calendar_day_off(const struct policy *, int64_t utc);
/* The end of the last year of which a holiday is known; 0: of none. */
int64_t	 calendar_end(const struct policy *);
/* The end of the nth working day after the day of `from`. */
int64_t	 calendar_workdays(const struct policy *, int64_t from, int n);
/*
 * A period of months by article 48 of the administrative procedure act
 * (civil_months_on() in base/civil.h).  An end on a Sunday or holiday moves
 * to the next day, on a Saturday to Monday noon.  The last second of it.
 */
int64_t	 calendar_months(const struct policy *, int64_t from, int months);
/* The first time of a schedule after `after`. */
int64_t	 calendar_schedule(const struct policy *, const struct policy_schedule *,
	    int64_t after);
/* The first moment at or after utc that is not quiet. */
int64_t	 calendar_unquiet(const struct policy *, int64_t utc);

#endif
