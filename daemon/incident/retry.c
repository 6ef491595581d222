#include "incident/retry.h"

#include <stddef.h>

#define RETRY_STEPS	10
#define JITTER		20	/* percent, both ways */

/*
 * Seconds after the first, second ... try; the last one repeats, -1 ends.
 * A greylist (5 min to 4 h) is sat out, an outage of days does not flood.
 */
static const int64_t table[RETRY_NWHYS][RETRY_STEPS] = {
	[RETRY_AGAIN] = {
		30, 60, 120, 300, 600, 900, 1800, 3600, 3600, 7200
	},
	[RETRY_RELAY] = {
		15, 30, 60, 120, 300, 300, 600, 600, 600, 600
	},
	[RETRY_UNKNOWN] = {
		300, 1800, 7200, -1, -1, -1, -1, -1, -1, -1
	},
};

/* One round of splitmix64: neighbouring ids land far apart. */
static uint64_t
scatter(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

int64_t
retry_delay(int attempt, int64_t outbox_id, enum retry_why why,
    int64_t retry_after)
{
	int64_t	base, percent;
	int	step = attempt < 1 ? 0 : attempt - 1;

	if (step >= RETRY_STEPS)
		step = RETRY_STEPS - 1;
	base = table[why][step];
	if (base < 0)
		return -1;
	percent = (int64_t)(scatter((uint64_t)outbox_id << 8 ^ (uint64_t)step) %
	    (2 * JITTER + 1)) - JITTER;
	base += base * percent / 100;
	if (retry_after > RETRY_ASKED_MAX)
		retry_after = RETRY_ASKED_MAX;
	return base < retry_after ? retry_after : base;
}

int64_t
retry_next(int attempt, int64_t outbox_id, enum retry_why why,
    int64_t retry_after, int64_t now, int64_t end)
{
	int64_t	delay = retry_delay(attempt, outbox_id, why, retry_after);

	if (delay < 0 || now >= end)
		return 0;
	return now + delay < end ? now + delay : end;
}
