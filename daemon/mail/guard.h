#ifndef GUARD_H
#define GUARD_H

/*
 * guard - what of an IMAP server's bytes may reach libetpan.  Pure.
 *
 * libetpan 1.9.4 trusts servers: it allocates what a literal announces, dies
 * of "OK [ALERT]" without text, recurses as deep as the parentheses go and
 * gives up a whole answer for one line it does not know.  The guard reads the
 * same bytes first, line by line: it lets through what we asked for, drops
 * untagged lines, codes and words that we never use, swallows literals that are
 * too large (they become NIL, counted in skipped) and refuses what cannot be a
 * server's honest answer.  It also keeps the server's last words, which
 * libetpan throws away at a BYE.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct guard {
	struct buf	 line;		/* the line that is coming in */
	struct buf	 out;		/* what libetpan may read */
	size_t		 out_at;	/* bytes of out already read */
	uint64_t	 left;		/* of a literal */
	int		 skip_literal;	/* ... which is swallowed */
	int		 inside;	/* an answer goes on after a literal */
	int		 skip_answer;	/* ... and is dropped */
	int		 dead;
	/* limits for the command in hand: guard_arm() */
	size_t		 literal_max;	/* larger ones become NIL */
	size_t		 lines;		/* answers that may still come */
	size_t		 bytes;		/* ... their bytes, without literals */
	int		 stores;	/* no room there is no crowd here */
	/* what was seen since guard_arm() */
	unsigned	 skipped;	/* literals that became NIL */
	/* what was seen at all */
	int		 bye;
	int64_t		 backoff_ms;	/* "Suggested Backoff Time", or 0 */
	int		 crowded;	/* over quota, too many connections */
	char		 said[256];	/* last NO, BAD, BYE or stray line */
};

void	guard_init(struct guard *);
void	guard_free(struct guard *);
void	guard_arm(struct guard *, size_t literal_max, size_t lines);
/* Take bytes from the server; RC_REFUSED: close the session. */
enum rc	guard_feed(struct guard *, const char *, size_t, struct err *);
/* Bytes for libetpan: 0 when more must be fed. */
size_t	guard_read(struct guard *, char *, size_t);

#endif
