#ifndef WATCH_H
#define WATCH_H

/*
 * watch - the dead-man's rules: when silence, fullness or age must be told.
 *
 * Pure.  Each answers 1 and a text for the operator, or 0: all is well.
 * Times are UTC seconds, 0: not known.
 */
#include <stddef.h>
#include <stdint.h>

/* Not looked at since `last`, though it is looked at every `poll` seconds. */
int	watch_mailbox(int64_t now, int64_t last, int poll, char *, size_t);
/* The oldest promise waits since `oldest`. */
int	watch_queue(int64_t now, int64_t oldest, int late_minutes, char *,
	    size_t);
int	watch_disk(int64_t bytes, int64_t files, int64_t least, char *, size_t);
/* The clock stands before what was already written, or went otherwise than
 * the seconds that passed: wall and steady since the last look. */
int	watch_clock(int64_t now, int64_t written, int64_t wall, int64_t steady,
	    char *, size_t);
int	watch_expiry(int64_t now, int64_t end, int days, char *, size_t);
/* A mail to ourselves that is out since `sent`. */
int	watch_canary(int64_t now, int64_t sent, int late_minutes, char *,
	    size_t);

#endif
