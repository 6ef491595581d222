#ifndef COMPOSE_H
#define COMPOSE_H

/*
 * compose - a mail of ours as bytes. RFC 5322, 2047, 3834
 *
 * Pure 7-bit ASCII with CRLF and lines of at most 76 columns: Subject and
 * names as encoded-words, the body in base64.  A control byte, an invalid
 * UTF-8 sequence or an address that is not a plain ASCII addr-spec is
 * RC_REFUSED: nothing of a stranger's can open a header.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

struct compose_part {			/* an attachment */
	const char	*type;		/* "text/calendar; method=REQUEST" */
	const char	*name;		/* UTF-8 file name; RFC 2231 made */
	const char	*data;
	size_t		 len;
};

struct compose {
	const char	*from_addr, *from_name;
	const char	*to_addr, *to_name;
	const char	*reply_to;	/* NULL: none */
	const char	*subject;
	const char	*message_id;	/* "<..@..>" */
	const char	*in_reply_to;	/* "<..>" or NULL */
	const char	*references;	/* parent's References, or NULL; ids are
					   checked, cut to first + last 20 */
	const char	*auto_submitted; /* "auto-replied", "auto-generated" */
	const char	*lang;		/* Content-Language, or NULL */
	const char	*tracking;	/* X-Tocsin-Tracking, or NULL */
	int		 drill;
	int		 high_priority;
	int64_t		 date;		/* UTC; written with off */
	int		 off;
	const char	*text;		/* body, UTF-8, LF or CRLF */
	const char	*html;		/* alternative, or NULL */
	const struct compose_part *parts;
	size_t		 n_parts;
};

enum rc	compose_mail(const struct compose *, struct buf *, struct err *);
/* Is s a plain ASCII addr-spec (no quotes, no comments, <= 254 bytes)? */
int	compose_addr_ok(const char *s);
/* "<tag.random128.stamp@domain>": unguessable, made before it is stored.
 * tag: [a-z0-9.-], 64 at most. */
char	*compose_message_id(struct arena *, const char *tag,
	    const char *domain);

#endif
