#ifndef GIVEN_H
#define GIVEN_H

/*
 * given - files of a Maildir that are with the desk and not marked yet, as
 * they were when they were read.
 *
 * Used by: maildir.c alone.  Whoever writes into new/ itself, and not by way
 * of tmp/, may go on after we have read: what was stored is then not what lies
 * there, and must not be marked.
 */
#include <sys/stat.h>

#include <stddef.h>

struct given_file {
	char		*name;		/* owned */
	ino_t		 ino;
	off_t		 size;
	struct timespec	 mtime;
};

struct given {				/* all 0: none */
	struct given_file *v;		/* sorted by name */
	size_t		 n, cap;
};

void	given_free(struct given *);
/* as: before it was read. */
void	given_add(struct given *, const char *name, const struct stat *as);
void	given_drop(struct given *, const char *name);
int	given_has(const struct given *, const char *name);
/* Is it there, and as it was? */
int	given_same(const struct given *, const char *name,
	    const struct stat *now);

#endif
