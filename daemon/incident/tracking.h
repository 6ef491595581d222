#ifndef TRACKING_H
#define TRACKING_H

/*
 * tracking - the numbers of incidents: SERIES-yyyymmdd-nnnn.
 *
 * The day is that of the policy's zone; nnnn restarts daily and grows past
 * 9999 without ceremony.
 */
#include <stdint.h>

#include "base/arena.h"

#define TRACKING_SERIES	16		/* letters and digits, at most */

int	 tracking_day(int64_t now, int zone);		/* yyyymmdd */
char	*tracking_make(struct arena *, const char *series, int day, int n);
/*
 * 0 and the parts, or -1.  Lower case is accepted, the series comes out in
 * capitals; at least four digits, and the day must exist.
 */
int	 tracking_parse(const char *, char series[TRACKING_SERIES + 1], int *day,
	    int *n);

#endif
