#ifndef PARSERS_UTF8_H
#define PARSERS_UTF8_H

/*
 * utf8 - what bytes look like when they are read as UTF-8.
 */
#include <stddef.h>

struct shape {
	size_t	 high;		/* bytes >= 0x80 */
	size_t	 two, more;	/* good sequences of two, of three or four */
	size_t	 bad;		/* bytes in no good sequence */
	size_t	 cut;		/* of these, a sequence the end cuts off */
	size_t	 forbidden;	/* and whole ones: overlong, surrogates; a pair
				   of these counts as one of more, too */
};

/* Bytes below 0x80 that a text begins with. */
size_t	utf8_ascii(const char *, size_t len);
void	utf8_look(const char *, size_t len, struct shape *);
/* Good sequences are kept, a pair of surrogates is what it means, U+FFFD for
 * the others; bytes written to out, which has room for 3 * len. */
size_t	utf8_repair(const char *, size_t len, char *out);

#endif
