/*
 * policy_reason - why something is so, in both languages.
 *
 * What the program says in English is the key of a reason in the policy.  A
 * key may have places, "not read for {n} minutes": what stands there goes into
 * the sentence as it is, but {why} and {fault} are looked up in turn.  The
 * first reason that fits is taken, so the narrower one stands first.
 */
#include "incident/policy_load.h"

#include <string.h>

#define PLACES_MAX	8
#define DEEP_MAX	6		/* reasons in reasons */

struct place {
	const char	*name;		/* with its braces */
	size_t		 name_len;
	const char	*value;
	size_t		 len;
};

struct places {
	struct place	v[PLACES_MAX];
	size_t		n;
};

/* The first "{name}" at or after s; NULL: there is none. */
static const char *
place_in(const char *s, size_t *len)
{
	size_t	n;

	for (; (s = strchr(s, '{')) != NULL; s++) {
		n = strspn(s + 1, "abcdefghijklmnopqrstuvwxyz_");
		if (n > 0 && s[n + 1] == '}') {
			*len = n + 2;
			return s;
		}
	}
	return NULL;
}

/* Where a literal stands in text, at the end when nothing follows it. */
static const char *
find_literal(const char *text, size_t len, const char *lit, size_t n, int last)
{
	if (n > len)
		return NULL;
	if (last)
		return memcmp(text + len - n, lit, n) == 0 ? text + len - n :
		    NULL;
	return memmem(text, len, lit, n);
}

/* Is text what this key says?  Each place takes as little as it can. */
static int
fits(const char *key, const char *text, size_t len, struct places *p)
{
	const char	*at, *next, *found;
	size_t		 n, lit;

	p->n = 0;
	at = place_in(key, &n);
	lit = at == NULL ? strlen(key) : (size_t)(at - key);
	if (lit > len || memcmp(key, text, lit) != 0)
		return 0;
	text += lit;
	len -= lit;
	for (; at != NULL; at = next) {
		struct place	*v = &p->v[p->n++];

		v->name = at;
		v->name_len = n;
		key = at + n;
		next = p->n < PLACES_MAX ? place_in(key, &n) : NULL;
		lit = next == NULL ? strlen(key) : (size_t)(next - key);
		found = lit == 0 ? text + len : find_literal(text, len, key,
		    lit, next == NULL);
		if (found == NULL || found == text)
			return 0;
		v->value = text;
		v->len = (size_t)(found - text);
		text = found + lit;
		len -= v->len + lit;
	}
	return len == 0;
}

int
policy_reason_same_places(const char *x, const char *y)
{
	const char	*s = x, *at;
	size_t		 n, other, nx = 0, ny = 0;

	for (; (s = place_in(s, &n)) != NULL; s += n, nx++) {
		for (at = y; (at = place_in(at, &other)) != NULL; at += other)
			if (other == n && strncmp(s, at, n) == 0)
				break;
		if (at == NULL)
			return 0;
	}
	for (s = y; (s = place_in(s, &n)) != NULL; s += n)
		ny++;
	return nx == ny && nx <= PLACES_MAX;
}

static int	say(const struct policy *, const char *, size_t, int,
		    struct arena *, struct words *);

/* Is what stands in this place a reason itself? */
static int
holds_reason(const char *place, size_t n)
{
	static const char *const	names[] = { "{why}", "{fault}" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == n && strncmp(place, names[i], n) == 0)
			return 1;
	return 0;
}

/* A sentence with its places filled, in its language. */
static const char *
fill(const struct policy *p, const char *sentence, const char *lang,
    const struct places *places, int deep, struct arena *a)
{
	const char	*at, *out = "";
	struct words	 inner;
	size_t		 n;

	for (; (at = place_in(sentence, &n)) != NULL; sentence = at + n) {
		const struct place	*v = places->v;

		out = arena_printf(a, "%s%.*s", out, (int)(at - sentence),
		    sentence);
		while (v < places->v + places->n && (v->name_len != n ||
		    strncmp(v->name, at, n) != 0))
			v++;
		if (v == places->v + places->n)
			continue;
		inner.zh = inner.en = arena_strndup(a, v->value, v->len);
		if (holds_reason(at, n))
			(void)say(p, v->value, v->len, deep + 1, a, &inner);
		out = arena_printf(a, "%s%s", out, words_in(&inner, lang));
	}
	return arena_printf(a, "%s%s", out, sentence);
}

/* One reason; 0, and both are the text: it has no words. */
static int
say_one(const struct policy *p, const char *text, size_t len, int deep,
    struct arena *a, struct words *w)
{
	struct places	places;

	w->zh = w->en = arena_strndup(a, text, len);
	for (size_t i = 0; deep < DEEP_MAX && i < p->n_reasons; i++) {
		const struct policy_label	*r = &p->reasons[i];

		if (!fits(r->name, text, len, &places))
			continue;
		w->zh = fill(p, r->label.zh, "zh-TW", &places, deep, a);
		w->en = fill(p, r->label.en != NULL ? r->label.en : r->name,
		    "en", &places, deep, a);
		return 1;
	}
	return 0;
}

/* Several may be joined by "; ". */
static int
say(const struct policy *p, const char *text, size_t len, int deep,
    struct arena *a, struct words *w)
{
	struct words	 one, all = { "", "" };
	const char	*end = text + len, *next;
	size_t		 n;
	int		 known = 0;

	if (say_one(p, text, len, deep, a, w))
		return 1;
	for (; text < end; text = next) {
		const char	*mark = memmem(text, (size_t)(end - text),
				    "; ", 2);

		n = (size_t)((mark == NULL ? end : mark) - text);
		next = mark == NULL ? end : mark + 2;
		known |= say_one(p, text, n, deep, a, &one);
		all.zh = arena_printf(a, "%s%s%s", all.zh, *all.zh != '\0' ?
		    "；" : "", one.zh);
		all.en = arena_printf(a, "%s%s%s", all.en, *all.en != '\0' ?
		    "; " : "", one.en);
	}
	if (known)
		*w = all;	/* else it is somebody's own text */
	return known;
}

struct words
policy_reason(const struct policy *p, const char *text, struct arena *a)
{
	struct words	w = { .zh = "", .en = text };

	if (text != NULL)
		(void)say(p, text, strlen(text), 0, a, &w);
	return w;
}
