#ifndef PATH_H
#define PATH_H

/*
 * path - where the files that are not code lie: forms, templates, policies;
 * and reading and keeping files.
 *
 * In this order: $TOCSIN_DATADIR; the source tree when the program runs from
 * the tree it was built in; the installed directory.
 */
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

enum path_kind { PATH_FORMS, PATH_TEMPLATES, PATH_POLICIES };

/* The directory of a kind, in static memory. */
const char *path_data(enum path_kind);
/* Read a whole file, refusing more than max bytes; text names the file.  Out
 * of what was handed to this process, when it is there (base/kept.h). */
enum rc	path_read(const char *file, size_t max, struct buf *, struct err *);
/* The names in a directory that end so, each with a newline behind it, in the
 * order of their bytes; none of a directory that cannot be read.  The same. */
enum rc	path_list(const char *dir, const char *ending, struct buf *,
	    struct err *);
/* On disk: what is in a file, or in a directory.  0, or -1 with errno. */
int	path_sync(const char *);
/* The same of the directory that a file is in: its name is on disk. */
int	path_sync_parent(const char *file);

#endif
