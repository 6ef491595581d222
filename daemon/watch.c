#include "watch.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"

#define MAILBOX_MIN	600	/* seconds; a slow look is no silence */
#define FILES_MIN	1000
#define DAY		86400

int
watch_mailbox(int64_t now, int64_t last, int poll, char *to, size_t size)
{
	int64_t	most = (int64_t)poll * 3;

	if (most < MAILBOX_MIN)
		most = MAILBOX_MIN;
	if (last == 0 || now - last <= most)
		return 0;
	(void)snprintf(to, size, "not read for %" PRId64 " minutes",
	    (now - last) / 60);
	return 1;
}

int
watch_queue(int64_t now, int64_t oldest, int late_minutes, char *to,
    size_t size)
{
	if (oldest == 0 || now - oldest <= (int64_t)late_minutes * 60)
		return 0;
	(void)snprintf(to, size, "the oldest mail waits for %" PRId64
	    " minutes to be sent", (now - oldest) / 60);
	return 1;
}

int
watch_disk(int64_t bytes, int64_t files, int64_t least, char *to, size_t size)
{
	if (bytes >= least && (files < 0 || files >= FILES_MIN))
		return 0;
	(void)snprintf(to, size, bytes < least ? "%" PRId64 " MiB are free" :
	    "room for %" PRId64 " more files", bytes < least ?
	    bytes / (1024 * 1024) : files);
	return 1;
}

int
watch_clock(int64_t now, int64_t written, int64_t wall, int64_t steady,
    char *to, size_t size)
{
	int64_t	jump = wall - steady;

	if (written != 0 && now + CLOCK_SKEW < written) {
		(void)snprintf(to, size, "the clock is %" PRId64 " seconds "
		    "before the newest record", written - now);
		return 1;
	}
	if (jump >= -CLOCK_SKEW && jump <= CLOCK_SKEW)
		return 0;
	(void)snprintf(to, size, "the clock jumped by %" PRId64 " seconds",
	    jump);
	return 1;
}

int
watch_expiry(int64_t now, int64_t end, int days, char *to, size_t size)
{
	int64_t	left = end - now;

	if (end == 0 || days == 0 || left > (int64_t)days * DAY)
		return 0;
	if (left <= 0)
		(void)snprintf(to, size, "ended %" PRId64 " days ago",
		    -left / DAY);
	else
		(void)snprintf(to, size, "ends in %" PRId64 " days",
		    left / DAY);
	return 1;
}

int
watch_canary(int64_t now, int64_t sent, int late_minutes, char *to,
    size_t size)
{
	if (sent == 0 || now - sent <= (int64_t)late_minutes * 60)
		return 0;
	(void)snprintf(to, size, "a mail to ourselves is out for %" PRId64
	    " minutes", (now - sent) / 60);
	return 1;
}
