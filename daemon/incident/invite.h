#ifndef INVITE_H
#define INVITE_H

/*
 * invite - a meeting as text/calendar for people's programs. RFC 5545, 5546
 *
 * Pure; every text is escaped, lines are folded at 75 bytes between
 * characters.  Nobody is asked to answer: replies of programs would only come
 * back to us as mails.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct invite {
	const char	*uid;		/* the same for all its versions */
	int		 sequence;	/* grows with each */
	int		 cancel;
	int64_t		 now, start, end;
	const char	*summary;
	const char	*place;		/* or NULL */
	const char	*organizer;	/* plain address */
	const char	*const *attendees;	size_t n_attendees;
};

/* Bytes with CRLF, *len of them, in the arena. */
const char *invite_text(struct arena *, const struct invite *, size_t *len);

#endif
