#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_BLOCK	(32u * 1024)
#define ARENA_ALIGN	16u

struct block {
	struct block	*next;
	size_t		 size;
	size_t		 used;
	_Alignas(16) unsigned char data[];
};

struct arena {
	struct block	*head;
};

/*
 * A few blocks of the usual size wait for the next arena: one mail after the
 * other would have malloc() give them back to the system and ask again.  A
 * sanitizer sees every block come and go.
 */
#if defined(__SANITIZE_ADDRESS__)
#define KEEP_MAX	0u
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define KEEP_MAX	0u
#endif
#endif
#ifndef KEEP_MAX
#define KEEP_MAX	16u
#endif

static struct block	*kept;
static unsigned		 n_kept;

void *
xcalloc(size_t n, size_t size)
{
	void	*p = calloc(n ? n : 1, size ? size : 1);

	if (p == NULL)
		abort();
	return p;
}

char *
xstrdup(const char *s)
{
	size_t	 n;
	char	*p;

	if (s == NULL)
		return NULL;
	n = strlen(s) + 1;
	p = xcalloc(1, n);
	memcpy(p, s, n);
	return p;
}

static struct block *
block_new(size_t size)
{
	struct block	*b;

	if (size > SIZE_MAX - sizeof(*b))
		abort();
	b = size == ARENA_BLOCK ? kept : NULL;
	if (b != NULL) {
		kept = b->next;
		n_kept--;
	} else {
		/* PCRE2's compiled code looks some bytes behind a string, and
		 * valgrind at whether anybody ever wrote them. */
		b = xcalloc(1, sizeof(*b) + size);
	}
	b->next = NULL;
	b->size = size;
	b->used = 0;
	return b;
}

static void
block_free(struct block *b)
{
	if (b->size != ARENA_BLOCK || n_kept + 1 > KEEP_MAX) {
		free(b);
		return;
	}
	b->next = kept;
	kept = b;
	n_kept++;
}

void
arena_rest(void)
{
	struct block	*b;

	for (; kept != NULL; kept = b) {
		b = kept->next;
		free(kept);
	}
	n_kept = 0;
}

struct arena *
arena_new(void)
{
	struct arena	*a = xcalloc(1, sizeof(*a));

	a->head = block_new(ARENA_BLOCK);
	return a;
}

void
arena_free(struct arena **ap)
{
	struct block	*b, *next;

	if (*ap == NULL)
		return;
	for (b = (*ap)->head; b != NULL; b = next) {
		next = b->next;
		block_free(b);
	}
	free(*ap);
	*ap = NULL;
}

void
arena_reset(struct arena *a)
{
	struct block	*b, *next, *keep = NULL;

	for (b = a->head; b != NULL; b = next) {
		next = b->next;
		if (keep == NULL && b->size == ARENA_BLOCK)
			keep = b;
		else
			block_free(b);
	}
	if (keep == NULL)
		keep = block_new(ARENA_BLOCK);
	keep->next = NULL;
	keep->used = 0;
	a->head = keep;
}

static void *
take(struct arena *a, size_t n)
{
	struct block	*b = a->head;
	void		*p;

	if (n > SIZE_MAX / 2)
		abort();
	n = (n + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
	if (n == 0)
		n = ARENA_ALIGN;
	if (n > b->size - b->used) {
		if (n > ARENA_BLOCK / 2) {	/* a block of its own */
			struct block *big = block_new(n);

			big->used = n;
			big->next = b->next;
			b->next = big;
			return big->data;
		}
		b = block_new(ARENA_BLOCK);
		b->next = a->head;
		a->head = b;
	}
	p = b->data + b->used;
	b->used += n;
	return p;
}

void *
arena_alloc(struct arena *a, size_t n)
{
	return memset(take(a, n), 0, n);
}

void *
arena_room(struct arena *a, size_t n, size_t size)
{
	if (size != 0 && n > SIZE_MAX / 2 / size)
		abort();
	return take(a, n * size);
}

void *
arena_array(struct arena *a, size_t n, size_t size)
{
	return memset(arena_room(a, n, size), 0, n * size);
}

char *
arena_strndup(struct arena *a, const char *s, size_t n)
{
	char	*p = take(a, n + 1);

	memcpy(p, s, n);
	p[n] = '\0';
	return p;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return s == NULL ? NULL : arena_strndup(a, s, strlen(s));
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list	 ap;
	char	*p, most[256];
	int	 n;

	va_start(ap, fmt);
	n = vsnprintf(most, sizeof(most), fmt, ap);
	va_end(ap);
	if (n < 0)
		abort();
	if ((size_t)n < sizeof(most))
		return arena_strndup(a, most, (size_t)n);
	p = arena_alloc(a, (size_t)n + 1);
	va_start(ap, fmt);
	(void)vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}
