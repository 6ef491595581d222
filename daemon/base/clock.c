#include "base/clock.h"

#include <time.h>

static int64_t	fixed;
static int	is_fixed;

int64_t
clock_now(void)
{
	return is_fixed ? fixed : (int64_t)time(NULL);
}

int64_t
clock_mono_ms(void)
{
	struct timespec	ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void
clock_set(int64_t at)
{
	fixed = at;
	is_fixed = 1;
}
