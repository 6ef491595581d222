#ifndef RETRY_H
#define RETRY_H

/*
 * retry - when a promise that was not taken is tried again.
 *
 * One pure table: how often it was tried and what came of it give the delay.
 * The jitter comes from the outbox id, so that a thousand promises that met
 * the same outage do not come back in the same second, and a replay gives the
 * same times.
 */
#include <stdint.h>

#define RETRY_ASKED_MAX	86400	/* a peer that asks for more gets a day */

enum retry_why {
	RETRY_AGAIN,	/* the peer said later: 4yz, 429, 5xx */
	RETRY_RELAY,	/* the way is broken, not this item: short and even */
	RETRY_UNKNOWN,	/* may have been taken: few and slow, same Message-ID */
	RETRY_NWHYS
};

/*
 * Seconds until the next try.  attempt: tries made so far, 1 at least;
 * retry_after: what the peer asked for, 0 nothing.  -1: no further try.
 */
int64_t	retry_delay(int attempt, int64_t outbox_id, enum retry_why,
	    int64_t retry_after);
/*
 * The same as a time, with the end in sight: then there is one last try, and
 * behind it 0 (give up and tell somebody).
 */
int64_t	retry_next(int attempt, int64_t outbox_id, enum retry_why,
	    int64_t retry_after, int64_t now, int64_t end);

#endif
