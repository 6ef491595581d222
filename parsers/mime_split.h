#ifndef MIME_SPLIT_H
#define MIME_SPLIT_H

/*
 * mime_split - where the parts of a multipart begin and end.
 *
 * libetpan knows, behind the guards of mime_guard.c.  What mail programs write
 * is plain, though: boundaries on lines of their own, a header and a body
 * after each, an end; that is found without it.
 *
 * Promise: the quick way finds the same pieces or none.
 */
#include <stddef.h>

#include "base/arena.h"

struct mime_piece {
	const char	*head;		/* its header, up to the body */
	const char	*body;		/* NULL: it has none */
	size_t		 len;
	int		 several;	/* a multipart itself */
	struct mime_piece *child, *next;
};

/*
 * The pieces of the body s of a multipart of this type, into s or the arena.
 * boundary must be printable ASCII that can stand in quotes, and the guards
 * must have let s pass.  0: it is no multipart.
 */
int	mime_split(struct arena *, const char *type, const char *boundary,
	    const char *s, size_t len, struct mime_piece **);

/* The two ways of it, for a test to compare. */
int	mime_split_quick(struct arena *, const char *type,
	    const char *boundary, const char *s, size_t len,
	    struct mime_piece **);
int	mime_split_fully(struct arena *, const char *type,
	    const char *boundary, const char *s, size_t len,
	    struct mime_piece **);

#endif
