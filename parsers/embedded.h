#ifndef EMBEDDED_H
#define EMBEDDED_H

/*
 * embedded - files that stand in the words of a mail: uuencode, its base64
 * form, and yEnc.
 *
 * In:  the decoded bytes of a text.
 * Out: one file after the other, as slices of those bytes.  Nothing fails: a
 *      block that does not hold what its first line promises is text.
 * Sources: POSIX (uuencode), yEnc draft 1.3.
 */
#include <stddef.h>

#include "parsers/encoding.h"

struct embedded {
	enum encoding	 encoding;
	const char	*name;		size_t name_len;  /* any charset */
	const char	*data;		size_t data_len;  /* still encoded */
	const char	*begin, *end;	/* with its first and its last line */
};

/* The next file at or after *at, which moves behind it; 0: none. */
int	embedded_next(const char *, size_t len, size_t *at,
	    struct embedded *);

#endif
