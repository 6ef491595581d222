#ifndef REPLY_H
#define REPLY_H

/*
 * reply - what an SMTP server answers, read line by line. RFC 5321 4.2
 *
 * Bounded in every direction: bytes in a line, lines in a reply, and the
 * stream's own deadline and budget.  What is no reply is RC_REFUSED and the
 * session is at an end: nothing after it can be trusted to be ours.
 */
#include <stddef.h>

#include "base/err.h"
#include "mail/stream.h"

#define REPLY_LINE	2048	/* RFC says 512; real servers say more */
#define REPLY_LINES	200

struct reply {
	int	code;
	char	status[16];	/* "5.1.1" (RFC 3463), or "" */
	char	text[512];	/* the words of all lines, cut to fit */
};

struct reply_in {		/* bytes read and not used yet */
	char	data[REPLY_LINE];
	size_t	len;
};

/* RC_AGAIN: lost or late; RC_REFUSED: not SMTP.  Arm the stream before. */
enum rc	reply_read(struct stream *, struct reply_in *, struct reply *,
	    struct err *);
/*
 * Is this answer to RCPT for us and not for the recipient: we may not relay
 * there, have not shown who we are, or may not write as the sender?  The codes
 * of AUTH (RFC 4954 6) and of bad senders (RFC 3463 X.1.7, X.1.8) say so; 5.7.1
 * has many meanings, so there the words count.
 */
int	reply_denies(int code, const char *status, const char *text);
/* The id under which the server keeps a mail it accepted, or "". */
char	*reply_queue_id(const char *text, char *to, size_t size);

#endif
