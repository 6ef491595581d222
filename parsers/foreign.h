#ifndef FOREIGN_H
#define FOREIGN_H

/*
 * foreign - what language are these bytes, if they are not Chinese?
 *
 * Japanese, Korean, Russian and Western European text comes without a label
 * too.  Every set is tried; the characters of the right one stand as its
 * language writes them, those of a wrong one do not.
 */
#include <stddef.h>

#include "parsers/charset.h"

/*
 * CS_NONE: no set gives a text.  *points: tenths for each character, as those
 * of struct east.
 */
enum charset foreign_guess(const char *, size_t len, int *points);
/* The same points of the reading by this set of Japanese or Korean, or the
 * worst that there are. */
int	foreign_points(enum charset, const char *, size_t len);
/* Is this UTF-8 without characters of three bytes a text of Europe? */
int	foreign_reads(const char *, size_t len);

#endif
