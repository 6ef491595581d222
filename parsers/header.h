#ifndef HEADER_H
#define HEADER_H

/*
 * header - the fields of a header block, their parameters, addresses, ids
 * and dates.
 *
 * One linear pass over the bytes; nothing is believed to be well formed.
 * Names and raw values point into the mail, all else into the arena.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct header {
	const char	*name;
	size_t		 name_len;
	const char	*value;		/* still folded and encoded */
	size_t		 len;
};

struct headers {
	struct header	*v;
	size_t		 n;
	uint32_t	 initials;	/* bit 1: a name begins with a or A */
	size_t		 size;		/* bytes up to the body */
	size_t		 longest;	/* bytes of the longest field */
	int		 cut;		/* it goes on past max */
};

/* Reads at most max bytes; size tells where the body starts. */
void	headers_scan(struct arena *, const char *, size_t len, size_t max,
	    struct headers *);
/* The first (topmost) one, or the next after prev; NULL: none. */
const struct header *header_first(const struct headers *, const char *name);
const struct header *header_next(const struct headers *,
	    const struct header *prev, const char *name);
/* Decoded to one line of UTF-8, "" when missing.  For search and show. */
const char *header_text(struct arena *, const struct headers *,
	    const char *name);

/* "type/subtype" or "attachment", lower case, "" when there is none. */
char	*header_main(struct arena *, const char *value, size_t len);
/* A parameter, decoded by RFC 2231, 2047, as of a link or as raw bytes; NULL:
 * none. */
char	*header_param(struct arena *, const char *value, size_t len,
	    const char *name, int *guessed);

struct address {
	const char	*name;		/* decoded, NULL: none */
	const char	*addr;		/* "a@b", NULL: no address */
};

/* The next address of a list; 0 at its end.  *at starts with 0. */
int	address_next(struct arena *, const char *value, size_t len,
	    size_t *at, struct address *, int *guessed);
/* The next <id> of a References value, or NULL.  *at starts with 0. */
char	*id_next(struct arena *, const char *value, size_t len, size_t *at);
/* RFC 5322 date, leniently; TIME_NONE when it is none. */
int64_t	date_header(struct arena *, const char *value, size_t len);

#endif
