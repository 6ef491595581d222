#include "way.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "incident/retry.h"

#define FAR		(2 * 86400)	/* no rest is longer */

/* The same pause for the same way, another for its neighbour. */
static int64_t
seed(const char *name)
{
	uint64_t	h = UINT64_C(0xcbf29ce484222325);

	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
	return (int64_t)(h >> 16);
}

int
way_rests(const struct way *w, int64_t now)
{
	return w->failures > 0 && w->until > now && w->until - now <= FAR &&
	    w->planned <= now + CLOCK_SKEW;	/* else by a wrong clock */
}

/* The first second at which less than the limit went in a minute. */
static int64_t
rate_wait(const struct way *w, int64_t now)
{
	int64_t	oldest = 0;
	int	n = 0;

	if (w->rate <= 0)
		return 0;
	for (size_t i = 0; i < WAY_MINUTE; i++) {
		if (w->sent[i].at <= now - WAY_MINUTE || w->sent[i].at > now)
			continue;
		n += w->sent[i].n;
		if (oldest == 0 || w->sent[i].at < oldest)
			oldest = w->sent[i].at;
	}
	return n < w->rate ? 0 : oldest + WAY_MINUTE;
}

int64_t
way_wait(const struct way *w, int64_t now)
{
	return way_rests(w, now) ? w->until : rate_wait(w, now);
}

void
way_used(struct way *w, int64_t now)
{
	size_t	i = (size_t)(now % WAY_MINUTE);

	if (w->sent[i].at != now) {
		w->sent[i].at = now;
		w->sent[i].n = 0;
	}
	w->sent[i].n++;
	if (w->failures > 0) {
		w->trying = 1;
		w->until = now + WAY_PROBE;
		w->planned = now;
	}
}

int
way_failed(struct way *w, int64_t now, int64_t retry_after)
{
	if (way_rests(w, now) && !w->trying)
		return 0;
	if (w->failures == 0)
		w->since = now;
	w->failures++;
	w->trying = 0;
	w->planned = now;
	w->until = now + retry_delay(w->failures, seed(w->name), RETRY_RELAY,
	    retry_after);
	return 1;
}

int
way_worked(struct way *w)
{
	int	was = w->failures > 0;

	w->failures = 0;
	w->since = w->until = 0;
	w->trying = 0;
	return was;
}

void
way_text(const struct way *w, char *to, size_t size)
{
	if (w->failures == 0)
		(void)snprintf(to, size, "%s", "");
	else
		(void)snprintf(to, size, "%d %" PRId64 " %" PRId64 " %" PRId64,
		    w->failures, w->since, w->until, w->planned);
}

void
way_read(struct way *w, const char *s, int64_t now)
{
	int64_t	since, until, planned = 0;
	int	failures;

	if (s == NULL || sscanf(s, "%d %" SCNd64 " %" SCNd64 " %" SCNd64,
	    &failures, &since, &until, &planned) < 3 || failures < 1 ||
	    failures > 1000000)
		return;
	w->failures = failures;
	w->since = since;
	w->until = until > now + FAR ? now : until;
	w->planned = planned;
}
