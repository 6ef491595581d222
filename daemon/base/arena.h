#ifndef ARENA_H
#define ARENA_H

/*
 * arena - memory with one lifetime: one mail, one delivery, one request.
 *
 * Everything is freed at once by arena_free() or kept for reuse by
 * arena_reset().  Lack of memory aborts: the store is crash-safe and nothing
 * is promised before its commit.  Sizes from outside are checked by the
 * caller before they come here.
 */
#include <stddef.h>
#include <stdint.h>

struct arena;

struct arena *arena_new(void);
void	 arena_free(struct arena **);
void	 arena_reset(struct arena *);		/* forget all, keep a block */

void	*arena_alloc(struct arena *, size_t);	/* zeroed, aligned to 16 */
void	*arena_array(struct arena *, size_t n, size_t size); /* checked n*size */
/* The same, not zeroed: for what is written before it is read. */
void	*arena_room(struct arena *, size_t n, size_t size);
char	*arena_strdup(struct arena *, const char *);	/* NULL gives NULL */
char	*arena_strndup(struct arena *, const char *, size_t);
char	*arena_printf(struct arena *, const char *, ...)
	    __attribute__((format(printf, 2, 3), nonnull(2)));

/* Give back the memory that waits for the next arena. */
void	 arena_rest(void);

/* For what outlives an arena.  Both abort on lack of memory. */
void	*xcalloc(size_t n, size_t size);
char	*xstrdup(const char *);			/* NULL gives NULL */

#endif
