#ifndef SOURCE_H
#define SOURCE_H

/*
 * source - the text of a libconfuse file, made safe to hand to libconfuse.
 *
 * libconfuse 3.3 counts a comment as several lines, takes the end of the
 * file for a closing brace or the end of a comment, and says nothing of bytes
 * that are no text.  So comments become blanks, and braces, strings and bytes
 * are checked here: the line numbers it then gives are the editor's.
 */
#include "base/buf.h"
#include "base/err.h"

/*
 * Read a file of at most max bytes into b.  RC_REFUSED, with
 * "file:line: what: found X, expected Y", for what libconfuse would pass.
 */
enum rc	source_read(const char *file, size_t max, struct buf *b,
	    struct err *);
/* The line, at or above `line`, that opens a section; `line` if none does. */
int	source_section(const struct buf *, const char *name, int line);

#endif
