#ifndef KEPT_H
#define KEPT_H

/*
 * kept - the files that a life was proved with, for those who start later.
 *
 * The desk lives by what it read; a child that is started again would read
 * what stands on the disk by then, half written or in error.  So whatever
 * path_read() and path_list() give while notes are taken is written into a
 * memory file, sealed, and handed to each child, which reads there.
 *
 * Used by: rules.c (notes), children.c (hands over), tocsind.c (reads),
 *	    path.c.
 * Owns:    the notes until kept_take(); a child, what it was handed.
 */
#include <stddef.h>

/* Take notes from now on, of this process and of those it forks. */
void	kept_note(void);
/* No more.  The memory file, which the caller closes; 0: there is none, and
 * whoever is handed nothing reads the disk. */
int	kept_take(void);
/* A file, or a directory's list, was read. */
void	kept_add(const char *name, const char *data, size_t len);

/* Read from the memory file of another process.  0, or -1. */
int	kept_open(int fd);
void	kept_close(void);
/* The bytes that were noted under the name, valid until kept_close(). */
int	kept_find(const char *name, const char **data, size_t *len);

#endif
