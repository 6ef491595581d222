#ifndef BUF_H
#define BUF_H

/*
 * buf - a growing byte buffer that names its maximum.
 *
 * Adding past the maximum sets `over`, adds nothing and stays so until
 * buf_reset(): check once at the end.  data is always NUL-terminated.
 */
#include <stddef.h>

struct buf {
	char	*data;		/* owned; never NULL after buf_init() */
	size_t	 len;
	size_t	 cap;
	size_t	 max;
	int	 over;
};

void	buf_init(struct buf *, size_t max);
void	buf_free(struct buf *);
void	buf_reset(struct buf *);		/* empty, not over; keeps memory */
int	buf_add(struct buf *, const void *, size_t);	/* 0, or -1 when over */
int	buf_puts(struct buf *, const char *);
int	buf_putc(struct buf *, int);
int	buf_addf(struct buf *, const char *, ...)
	    __attribute__((format(printf, 2, 3)));
/* Room for n more bytes at data + len, or NULL when over. */
char	*buf_room(struct buf *, size_t);
/* What was written into the room ends at end. */
void	buf_grew(struct buf *, char *end);
/* Keep only the first n bytes. */
void	buf_cut(struct buf *, size_t);
/* Drop the first n bytes. */
void	buf_eat(struct buf *, size_t);

#endif
