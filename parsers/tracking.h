#ifndef TRACKING_H
#define TRACKING_H

/*
 * tracking - our number in a subject or a text, never matched loosely.
 */
#include <stddef.h>

#include "base/arena.h"

#define TRACKING_DEFAULT	"(?:CSI|DRILL)-[0-9]{8}-[0-9]{4,}"

/*
 * The first number in square brackets, else the first in text, in the arena,
 * or NULL.  pattern: PCRE2, NULL for the default; it is compiled at its first
 * use and kept.  Full-width letters and digits count as what they are, so do
 * the letters of the other case and blanks beside a hyphen; a number glued to
 * other letters or digits does not count.
 */
const char *tracking_find(struct arena *, const char *pattern,
	    const char *text, size_t len);
/* Does the line of the text that has the number open with it, as in
 * 案號：CSI-... or [CSI-...] ? */
int	tracking_opens_line(const char *text, const char *number);
/*
 * The text, with blanks for the number at the head of a line that goes on
 * behind it: [CSI-...] 等級：3 gives the order that it holds.
 */
const char *tracking_blank(struct arena *, const char *text,
	    const char *number);
/* Compile now.  0, or -1: the pattern is wrong. */
int	tracking_prepare(const char *pattern);

#endif
