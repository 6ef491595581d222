#include "mail/given.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

void
given_free(struct given *g)
{
	for (size_t i = 0; i < g->n; i++)
		free(g->v[i].name);
	free(g->v);
	memset(g, 0, sizeof(*g));
}

/* Where name stands, or would stand. */
static size_t
place_of(const struct given *g, const char *name)
{
	size_t	lo = 0, hi = g->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (strcmp(g->v[mid].name, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static struct given_file *
find(const struct given *g, const char *name)
{
	size_t	i = place_of(g, name);

	return i < g->n && strcmp(g->v[i].name, name) == 0 ? &g->v[i] : NULL;
}

int
given_has(const struct given *g, const char *name)
{
	return find(g, name) != NULL;
}

int
given_same(const struct given *g, const char *name, const struct stat *now)
{
	const struct given_file	*f = find(g, name);

	return f != NULL && f->ino == now->st_ino &&
	    f->size == now->st_size &&
	    f->mtime.tv_sec == now->st_mtim.tv_sec &&
	    f->mtime.tv_nsec == now->st_mtim.tv_nsec;
}

/* Room for one at i. */
static struct given_file *
make_room(struct given *g, size_t i)
{
	struct given_file *p;

	if (g->n == g->cap) {
		g->cap = g->cap == 0 ? 64 : g->cap * 2;
		p = xcalloc(g->cap, sizeof(*p));
		if (g->n > 0)
			memcpy(p, g->v, g->n * sizeof(*p));
		free(g->v);
		g->v = p;
	}
	p = g->v + i;
	memmove(p + 1, p, (g->n - i) * sizeof(*p));
	g->n++;
	return p;
}

void
given_add(struct given *g, const char *name, const struct stat *as)
{
	struct given_file *p = find(g, name);

	if (p == NULL) {
		p = make_room(g, place_of(g, name));
		p->name = xstrdup(name);
	}
	p->ino = as->st_ino;
	p->size = as->st_size;
	p->mtime = as->st_mtim;
}

void
given_drop(struct given *g, const char *name)
{
	struct given_file *p = find(g, name);

	if (p == NULL)
		return;
	free(p->name);
	g->n--;
	memmove(p, p + 1, (size_t)(g->v + g->n - p) * sizeof(*p));
}
