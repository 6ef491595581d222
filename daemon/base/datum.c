#include "base/datum.h"

#define FIRST	8u		/* elements or members at first */

struct later {			/* one of the two */
	datum_make	*make;
	datum_one	*one;
	void		*arg;
};

struct datum_member {
	uint32_t	 hash;
	uint32_t	 len;
	const char	*key;
	struct datum	*v;		/* NULL: taken away, or not made yet */
	struct later	*later;		/* what makes it */
};

static struct datum	no = { .kind = DATUM_FALSE };
static struct datum	yes = { .kind = DATUM_TRUE };

static struct datum *
make(struct arena *a, enum datum_kind kind)
{
	struct datum	*d = arena_alloc(a, sizeof(*d));

	d->kind = kind;
	d->arena = a;
	return d;
}

struct datum *
datum_text_n(struct arena *a, const char *s, size_t len)
{
	struct datum	*d = make(a, DATUM_TEXT);

	d->u.text = s;
	d->len = len;
	return d;
}

struct datum *
datum_text(struct arena *a, const char *s)
{
	return s == NULL ? make(a, DATUM_NULL) : datum_text_n(a, s, strlen(s));
}

struct datum *
datum_int(struct arena *a, int64_t v)
{
	struct datum	*d = make(a, DATUM_INT);

	d->u.num = v;
	return d;
}

struct datum *
datum_real(struct arena *a, double v)
{
	struct datum	*d = make(a, DATUM_REAL);

	d->u.real = v;
	return d;
}

struct datum *
datum_flag(int on)
{
	return on ? &yes : &no;
}

struct datum *
datum_list(struct arena *a)
{
	return make(a, DATUM_LIST);
}

struct datum *
datum_object(struct arena *a)
{
	return make(a, DATUM_OBJECT);
}

struct datum *
datum_over(struct arena *a, struct datum *base)
{
	struct datum	*d = make(a, DATUM_OBJECT);

	d->base = base;
	return d;
}

/* Room for more; the old array stays in the arena, doubling bounds it. */
static void *
more(struct datum *d, void *old, size_t size)
{
	uint32_t	 room = d->room == 0 ? FIRST : 2 * d->room;
	void		*p = arena_array(d->arena, room, size);

	if (d->n > 0)
		memcpy(p, old, d->n * size);
	d->room = room;
	return p;
}

void
datum_append(struct datum *d, struct datum *v)
{
	if (d->n == d->room)
		d->u.list = more(d, d->u.list, sizeof(struct datum *));
	d->u.list[d->n++] = v;
}

/* A key's bit in seen: most of what is looked for is elsewhere. */
static inline uint64_t
bit_of(uint32_t hash)
{
	return UINT64_C(1) << (hash >> 26);
}

static inline int
is_key(const struct datum_member *m, const struct datum_key *k)
{
	return m->hash == k->hash && m->len == k->len &&
	    memcmp(m->key, k->s, k->len) == 0;
}

static struct datum_member *
member_of(struct datum *o, struct datum_key *k)
{
	struct datum_member	*m;

	if ((o->seen & bit_of(k->hash)) == 0)
		return NULL;
	if (k->place < o->n && is_key(&o->u.member[k->place], k))
		return &o->u.member[k->place];
	for (uint32_t i = 0; i < o->n; i++) {
		m = &o->u.member[i];
		if (is_key(m, k)) {
			k->place = i;
			return m;
		}
	}
	return NULL;
}

static struct datum_member *
member_add(struct datum *o, const struct datum_key *k)
{
	struct datum_member	*m;

	if (o->n == o->room)
		o->u.member = more(o, o->u.member, sizeof(*m));
	m = &o->u.member[o->n++];
	m->hash = k->hash;
	m->len = k->len;
	m->key = k->s;
	o->seen |= bit_of(k->hash);
	return m;
}

static struct datum_member *
member_for(struct datum *o, const char *key)
{
	struct datum_key	 k = datum_key(key, strlen(key));
	struct datum_member	*m = member_of(o, &k);

	return m != NULL ? m : member_add(o, &k);
}

void
datum_reserve(struct datum *o, uint32_t n)
{
	if (o->n == 0 && o->room < n) {
		o->u.member = arena_array(o->arena, n,
		    sizeof(struct datum_member));
		o->room = n;
	}
}

void
datum_set(struct datum *o, const char *key, struct datum *v)
{
	struct datum_member	*m = member_for(o, key);

	m->v = v;
	m->later = NULL;
}

int
datum_add(struct datum *o, const struct datum_key *key, struct datum *v)
{
	struct datum_key	 k = *key;

	if (member_of(o, &k) != NULL)
		return 0;
	member_add(o, &k)->v = v;
	return 1;
}

void
datum_put(struct datum *o, const char *key, const char *s)
{
	if (s != NULL)
		datum_set(o, key, datum_text(o->arena, s));
}

void
datum_put_flag(struct datum *o, const char *key, int on)
{
	datum_set(o, key, datum_flag(on));
}

void
datum_put_int(struct datum *o, const char *key, int64_t v)
{
	datum_set(o, key, datum_int(o->arena, v));
}

static void
promise(struct datum *o, const char *const *keys, struct later what)
{
	struct later		*l = arena_alloc(o->arena, sizeof(*l));
	struct datum_key	 k;

	*l = what;
	for (; *keys != NULL; keys++) {
		k = datum_key(*keys, strlen(*keys));
		member_add(o, &k)->later = l;
	}
}

void
datum_later(struct datum *o, const char *const *keys, datum_make *fill,
    void *arg)
{
	promise(o, keys, (struct later){ .make = fill, .arg = arg });
}

void
datum_later_each(struct datum *o, const char *const *keys, datum_one *one,
    void *arg)
{
	promise(o, keys, (struct later){ .one = one, .arg = arg });
}

/* What was put on top meanwhile stays. */
static void
settle_all(struct datum *o, struct later *l)
{
	struct datum		*made = datum_object(o->arena);
	struct datum_key	 k;

	l->make(l->arg, made);
	for (uint32_t i = 0; i < o->n; i++) {
		struct datum_member *m = &o->u.member[i], *from;

		if (m->later != l)
			continue;
		k = (struct datum_key){ m->key, m->len, m->hash, 0 };
		from = member_of(made, &k);
		m->v = from == NULL ? NULL : from->v;
		m->later = NULL;
	}
}

/*
 * The value of the i-th member, made now if it was left for later.  Making it
 * may look at other members of o, so its place is found anew.
 */
static struct datum *
settled(struct datum *o, uint32_t i)
{
	struct later	*l = o->u.member[i].later;
	struct datum	*v;

	if (l != NULL && l->make != NULL) {
		settle_all(o, l);
	} else if (l != NULL) {
		v = l->one(l->arg, o->u.member[i].key);
		o->u.member[i].v = v;
		o->u.member[i].later = NULL;
	}
	return o->u.member[i].v;
}

struct datum *
datum_find(struct datum *o, struct datum_key *k)
{
	struct datum_member	*m;

	for (; o != NULL && o->kind == DATUM_OBJECT; o = o->base) {
		m = member_of(o, k);
		if (m != NULL)
			return settled(o, (uint32_t)(m - o->u.member));
	}
	return NULL;
}

struct datum *
datum_get(struct datum *o, const char *key)
{
	struct datum_key	k = datum_key(key, strlen(key));

	return datum_find(o, &k);
}

const char *
datum_get_text(struct datum *o, const char *key)
{
	struct datum	*v = datum_get(o, key);

	return datum_is(v, DATUM_TEXT) ? v->u.text : NULL;
}

struct datum *
datum_member(struct datum *o, uint32_t i, const char **key)
{
	*key = o->u.member[i].key;
	return settled(o, i);
}

void
datum_update(struct datum *o, struct datum *from)
{
	struct datum	*v;
	const char	*key;

	for (uint32_t i = 0; i < from->n; i++)
		if ((v = datum_member(from, i, &key)) != NULL)
			datum_set(o, key, v);
}

/* --- JSON --- */

static struct datum *from_json(struct arena *, const json_t *, int copy);

static struct datum *
from_list(struct arena *a, const json_t *j, int copy)
{
	struct datum	*d = datum_list(a);
	json_t		*v;
	size_t		 i;

	json_array_foreach(j, i, v)
		datum_append(d, from_json(a, v, copy));
	return d;
}

static struct datum *
from_object(struct arena *a, const json_t *j, int copy)
{
	struct datum	*d = datum_object(a);
	json_t		*v;
	const char	*key;
	struct datum_key k;

	json_object_foreach((json_t *)(uintptr_t)j, key, v) {
		k = datum_key(key, strlen(key));	/* it stands there once */
		if (copy)
			k.s = arena_strndup(a, key, k.len);
		member_add(d, &k)->v = from_json(a, v, copy);
	}
	return d;
}

static struct datum *
from_text(struct arena *a, const json_t *j, int copy)
{
	const char	*s = json_string_value(j);
	size_t		 len = json_string_length(j);

	return datum_text_n(a, copy ? arena_strndup(a, s, len) : s, len);
}

static struct datum *
from_json(struct arena *a, const json_t *j, int copy)
{
	switch (j == NULL ? JSON_NULL : json_typeof(j)) {
	case JSON_OBJECT:
		return from_object(a, j, copy);
	case JSON_ARRAY:
		return from_list(a, j, copy);
	case JSON_STRING:
		return from_text(a, j, copy);
	case JSON_INTEGER:
		return datum_int(a, json_integer_value(j));
	case JSON_REAL:
		return datum_real(a, json_real_value(j));
	case JSON_TRUE:
		return datum_flag(1);
	case JSON_FALSE:
		return datum_flag(0);
	case JSON_NULL:
		break;
	}
	return make(a, DATUM_NULL);
}

struct datum *
datum_from_json(struct arena *a, const json_t *j)
{
	return from_json(a, j, 0);
}

struct datum *
datum_copy_json(struct arena *a, const json_t *j)
{
	return from_json(a, j, 1);
}

/* The bases first, so that what is on top replaces it. */
static void
put_members(json_t *j, struct datum *o)
{
	struct datum	*v;
	const char	*key;

	if (o->base != NULL)
		put_members(j, o->base);
	for (uint32_t i = 0; i < o->n; i++) {
		v = datum_member(o, i, &key);
		if (v == NULL)
			(void)json_object_del(j, key);
		else
			(void)json_object_set_new(j, key, datum_json(v));
	}
}

json_t *
datum_json(struct datum *d)
{
	json_t	*j;

	switch (d->kind) {
	case DATUM_OBJECT:
		j = json_object();
		put_members(j, d);
		return j;
	case DATUM_LIST:
		j = json_array();
		for (uint32_t i = 0; i < d->n; i++)
			(void)json_array_append_new(j,
			    datum_json(d->u.list[i]));
		return j;
	case DATUM_TEXT:
		return json_stringn(d->u.text, d->len);
	case DATUM_INT:
		return json_integer(d->u.num);
	case DATUM_REAL:
		return json_real(d->u.real);
	case DATUM_TRUE:
		return json_true();
	case DATUM_FALSE:
		return json_false();
	case DATUM_NULL:
		break;
	}
	return json_null();
}
