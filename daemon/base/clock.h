#ifndef CLOCK_H
#define CLOCK_H

/*
 * clock - the only place that reads a clock.  All else takes `now`.
 */
#include <stdint.h>

#define CLOCK_SKEW	120	/* seconds a clock may be corrected by, unheard */

int64_t	clock_now(void);	/* UTC seconds since 1970; see clock_set() */
int64_t	clock_mono_ms(void);	/* for sleeping and time-outs only */
/* From now on clock_now() says `at` and stands still (tocsind --at). */
void	clock_set(int64_t at);

#endif
