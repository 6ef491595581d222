#ifndef BOUNDARY_H
#define BOUNDARY_H

#include <stddef.h>

#include "base/arena.h"

/*
 * boundary - what goes wrong with the boundaries of multiparts (RFC 2046,
 * section 5.1.1) before a parser of MIME may see them.
 */

/* Is "--boundary" there at the start of a line? */
int	boundary_seen(const char *, size_t, const char *boundary);

/* The header lost or garbled the boundary: the first "--x" line followed by
 * a Content- field shows it.  NULL: none does. */
char	*boundary_guess(struct arena *, const char *, size_t);

/* Is it a multipart whose header went lost: does it begin with a delimiter and
 * a Content- field, and is it closed? */
int	boundary_opens(const char *, size_t);

/* Can the boundary stand in a header of our own making? */
int	boundary_plain(const char *boundary);

/*
 * Copies the body without parts that hold no byte, such as behind a last
 * delimiter without its "--", and returns the length; out has room for len.
 */
size_t	boundary_mend(const char *, size_t len, const char *boundary,
	    char *out);

#endif
