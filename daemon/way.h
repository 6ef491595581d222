#ifndef WAY_H
#define WAY_H

/*
 * way - a relay, or a role's HTTP receiver: is it well, and how fast may it
 * be used?  Pure: the desk gives the time and keeps what must outlive it.
 *
 * A way that failed rests, each time longer, by the table for broken ways in
 * incident/retry.h; then one promise goes first and the others wait for what
 * it finds.  What waits behind a resting way is not counted as tried.
 */
#include <stddef.h>
#include <stdint.h>

#define WAY_MINUTE	60
#define WAY_PROBE	15	/* seconds others wait for the first one */

struct way {
	char	 name[300];		/* "relay:main", "http:ncert" */
	int	 rate;			/* promises a minute, 0: no limit */
	int	 failures;		/* rests since it last worked */
	int64_t	 since;			/* of the first of them */
	int64_t	 until;			/* it rests, or is being tried */
	int64_t	 planned;		/* when that was said */
	int	 trying;		/* one promise went first */
	int64_t	 expires;		/* its certificate; 0: not known */
	struct {
		int64_t	at;		/* second */
		int	n;
	} sent[WAY_MINUTE];
};

/* When it may be used: 0 now, else a time after now. */
int64_t	way_wait(const struct way *, int64_t now);
/* Only broken, whatever the rate says. */
int	way_rests(const struct way *, int64_t now);
/* A promise is handed to it. */
void	way_used(struct way *, int64_t now);
/*
 * It failed.  Promises that were under way together find the same fault once.
 * 1: that began another rest, so keep it; 0: known.
 */
int	way_failed(struct way *, int64_t now, int64_t retry_after);
/* It worked.  1: it had not before. */
int	way_worked(struct way *);
/* What must outlive the process; way_read() takes only what way_text() wrote
 * and nothing that lies absurdly far ahead. */
void	way_text(const struct way *, char *, size_t);
void	way_read(struct way *, const char *, int64_t now);

#endif
