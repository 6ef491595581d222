#ifndef DATUM_H
#define DATUM_H

/*
 * datum - a tree of values in an arena: what a letter is written from.
 *
 * Keys and texts are borrowed: they must live as long as the arena, as
 * literals, the policy and the situation do.  A key is found by its hash, and
 * a template knows the hashes of its names.  A part of a tree may be left for
 * later: it is made when it is first looked at, so that a letter pays only for
 * what it says.
 *
 * Used by: templates/ (reads), incident/view (makes).
 */
#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"

enum datum_kind {
	DATUM_NULL, DATUM_FALSE, DATUM_TRUE, DATUM_INT, DATUM_REAL,
	DATUM_TEXT, DATUM_LIST, DATUM_OBJECT
};

struct datum;
struct datum_member;

/* Puts its keys into `into`; a key that was promised and not put is none. */
typedef void datum_make(void *arg, struct datum *into);
/* The value of one key; NULL: none. */
typedef struct datum *datum_one(void *arg, const char *key);

struct datum {
	enum datum_kind	 kind;
	uint32_t	 n, room;	/* elements or members */
	struct arena	*arena;		/* lists and objects grow */
	union {
		size_t	 len;		/* bytes of text */
		uint64_t seen;		/* of an object: a bit for each key */
	};
	union {
		int64_t	 num;
		double	 real;
		const char *text;	/* ends with NUL at len */
		struct datum **list;
		struct datum_member *member;
	} u;
	struct datum	*base;		/* of an object: looked at next */
};

/* FNV-1a */
static inline uint32_t
datum_hash(const char *s, size_t len)
{
	uint32_t	h = 2166136261u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)s[i]) * 16777619u;
	return h;
}

/* What is looked for, and where it stood last: it mostly stands there again,
 * since objects of a kind are made by the same code. */
struct datum_key {
	const char	*s;
	uint32_t	 len, hash;
	uint32_t	 place;
};

static inline struct datum_key
datum_key(const char *s, size_t len)
{
	return (struct datum_key){ s, (uint32_t)len, datum_hash(s, len), 0 };
}

struct datum *datum_text(struct arena *, const char *);
struct datum *datum_text_n(struct arena *, const char *, size_t);
struct datum *datum_int(struct arena *, int64_t);
struct datum *datum_real(struct arena *, double);
struct datum *datum_flag(int);		/* shared */
struct datum *datum_list(struct arena *);
struct datum *datum_object(struct arena *);
/* Room for so many members at once. */
void	 datum_reserve(struct datum *o, uint32_t n);
/* An object on top of another, which must not change any more. */
struct datum *datum_over(struct arena *, struct datum *base);
/* A copy, but texts and keys are borrowed from the JSON value. */
struct datum *datum_from_json(struct arena *, const json_t *);
/* A copy that borrows nothing. */
struct datum *datum_copy_json(struct arena *, const json_t *);
/* JSON text, strictly; NULL when it is none, names a key twice, or is deeper
 * or larger than anything of ours. */
struct datum *datum_parse(struct arena *, const char *, size_t);
/* The first byte that does not stand for itself in a string of JSON. */
const char *datum_plain(const char *s, const char *end);
/* datum_write.c: JSON text without blanks, into b.  No object may lie over
 * another, no real number may be in it; texts are valid UTF-8. */
void	 datum_write(struct buf *b, struct datum *);
/* All of it, what was left for later too.  New reference. */
json_t	*datum_json(struct datum *);

void	 datum_append(struct datum *list, struct datum *);
/* Replaces; NULL takes the key away. */
void	 datum_set(struct datum *o, const char *key, struct datum *);
/* 0: the key is there already, and so is what it had. */
int	 datum_add(struct datum *o, const struct datum_key *, struct datum *);
void	 datum_put(struct datum *o, const char *key, const char *s);
					/* nothing when s is NULL */
void	 datum_put_flag(struct datum *o, const char *key, int on);
void	 datum_put_int(struct datum *o, const char *key, int64_t);
/* Each of keys (ends with NULL; none may be there yet) is made by make() when
 * one is asked for. */
void	 datum_later(struct datum *o, const char *const *keys, datum_make *,
	    void *arg);
/* The same, but each is made for itself. */
void	 datum_later_each(struct datum *o, const char *const *keys,
	    datum_one *, void *arg);
/* Every member of `from`, on top. */
void	 datum_update(struct datum *o, struct datum *from);

/* NULL: not there, or no object. */
struct datum *datum_find(struct datum *o, struct datum_key *);
struct datum *datum_get(struct datum *o, const char *key);
/* The text of a member that is one, or NULL. */
const char *datum_get_text(struct datum *o, const char *key);
/* The i-th member of an object, without its base; NULL when it is none. */
struct datum *datum_member(struct datum *o, uint32_t i, const char **key);

static inline int
datum_is(const struct datum *d, enum datum_kind kind)
{
	return d != NULL && d->kind == kind;
}

/* An empty text or list counts as nothing, a number never does. */
static inline int
datum_says(const struct datum *d)
{
	return d != NULL && d->kind != DATUM_NULL && d->kind != DATUM_FALSE &&
	    !(d->kind == DATUM_LIST && d->n == 0) &&
	    !(d->kind == DATUM_TEXT && d->len == 0);
}

#endif
