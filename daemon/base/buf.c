#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
buf_init(struct buf *b, size_t max)
{
	memset(b, 0, sizeof(*b));
	b->max = max;
	b->cap = 64;
	b->data = calloc(1, b->cap);
	if (b->data == NULL)
		abort();
}

void
buf_free(struct buf *b)
{
	free(b->data);
	memset(b, 0, sizeof(*b));
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->over = 0;
	b->data[0] = '\0';
}

char *
buf_room(struct buf *b, size_t n)
{
	size_t	 cap;
	char	*p;

	if (b->over || n > b->max || b->len > b->max - n) {
		b->over = 1;
		return NULL;
	}
	if (b->len + n + 1 > b->cap) {
		cap = b->cap;
		while (cap < b->len + n + 1)
			cap = cap > b->max ? b->len + n + 1 : cap * 2;
		p = realloc(b->data, cap);
		if (p == NULL)
			abort();
		b->data = p;
		b->cap = cap;
	}
	return b->data + b->len;
}

void
buf_grew(struct buf *b, char *end)
{
	b->len = (size_t)(end - b->data);
	*end = '\0';
}

/* Mostly there is room, and no need to ask for it. */
static inline char *
room(struct buf *b, size_t n)
{
	return n < b->cap - b->len && n <= b->max - b->len && !b->over ?
	    b->data + b->len : buf_room(b, n);
}

int
buf_add(struct buf *b, const void *p, size_t n)
{
	char	*to = room(b, n);

	if (to == NULL)
		return -1;
	if (n > 0)
		memcpy(to, p, n);
	b->len += n;
	b->data[b->len] = '\0';
	return 0;
}

int
buf_puts(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

int
buf_putc(struct buf *b, int c)
{
	char	*to = room(b, 1);

	if (to == NULL)
		return -1;
	to[0] = (char)c;
	to[1] = '\0';
	b->len++;
	return 0;
}

int
buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list	 ap;
	char	*to, most[256];
	int	 n;

	va_start(ap, fmt);
	n = vsnprintf(most, sizeof(most), fmt, ap);
	va_end(ap);
	if (n < 0)
		abort();
	if ((size_t)n < sizeof(most))
		return buf_add(b, most, (size_t)n);
	to = buf_room(b, (size_t)n);
	if (to == NULL)
		return -1;
	va_start(ap, fmt);
	(void)vsnprintf(to, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
	return 0;
}

void
buf_cut(struct buf *b, size_t n)
{
	if (n >= b->len)
		return;
	b->len = n;
	b->data[n] = '\0';
}

void
buf_eat(struct buf *b, size_t n)
{
	if (n > b->len)
		n = b->len;
	memmove(b->data, b->data + n, b->len - n);
	b->len -= n;
	b->data[b->len] = '\0';
}
