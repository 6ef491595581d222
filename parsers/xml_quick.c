#include "parsers/xml_quick.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <unistr.h>

#define DEPTH_MAX	256		/* open elements */
#define ATTS_MAX	32		/* of an element */
#define PREFIXES_MAX	64		/* declared and in force */
#define NAME_LENGTH	100		/* bytes of a name */
#define TOLD_MAX	4		/* attributes the caller asked for */
#define SLOTS		128u		/* a power of two */

struct name {
	const char	*s;		/* prefix:local as written */
	size_t		 len, prefix;	/* bytes of the prefix */
};

struct attribute {
	struct name	 name;
	const char	*value;
	size_t		 len;
};

struct open {
	struct name	 name;
	const xmlChar	*told;
	size_t		 n_prefixes;	/* in force outside of it */
};

struct quick {
	const char	*p, *end;
	const struct xml_names *names;
	const xmlSAXHandler *sax;
	void		*ctx;
	const char	*slots[SLOTS];	/* names of elements to tell */
	struct open	 stack[DEPTH_MAX];
	size_t		 depth;
	struct name	 prefixes[PREFIXES_MAX];
	size_t		 n_prefixes;
	struct attribute atts[ATTS_MAX];
	size_t		 n_atts;
};

static int
is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static int
is_name_start(char c)
{
	return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_';
}

static int
is_name(char c)
{
	return is_name_start(c) || (c >= '0' && c <= '9') || c == '-' ||
	    c == '.';
}

/* Characters that XML allows, in valid UTF-8. */
static int
is_plain(const char *s, size_t len)
{
	const uint8_t	*p = (const uint8_t *)s, *end = p + len;
	ucs4_t		 c;
	int		 n;

	for (; p < end; p += n) {
		n = 1;
		if (*p < 0x80) {
			if (*p < ' ' && !is_blank((char)*p))
				return 0;
			continue;
		}
		n = u8_mbtoucr(&c, p, (size_t)(end - p));
		if (n < 0 || (c & 0xfffe) == 0xfffe)
			return 0;
	}
	return 1;
}

static unsigned
slot_of(const char *s, size_t n)
{
	return ((unsigned char)s[0] * 5u + (unsigned char)s[n - 1] * 17u +
	    (unsigned)n) & (SLOTS - 1);
}

static void
put_names(struct quick *q)
{
	memset(q->slots, 0, sizeof(q->slots));
	for (const char *const *v = q->names->elements; *v != NULL; v++) {
		unsigned	k = slot_of(*v, strlen(*v));

		while (q->slots[k] != NULL)
			k = (k + 1) & (SLOTS - 1);
		q->slots[k] = *v;
	}
}

static const char *
told_name(const struct quick *q, const struct name *n)
{
	const char	*local = n->s + n->prefix + (n->prefix > 0);
	size_t		 len = (size_t)(n->s + n->len - local);

	for (unsigned k = slot_of(local, len); q->slots[k] != NULL;
	    k = (k + 1) & (SLOTS - 1))
		if (strncmp(q->slots[k], local, len) == 0 &&
		    q->slots[k][len] == '\0')
			return q->slots[k];
	return "";
}

static void
skip_blanks(struct quick *q)
{
	while (q->p < q->end && is_blank(*q->p))
		q->p++;
}

/* One name with at most one colon in it. */
static int
name_at(struct quick *q, struct name *n)
{
	const char	*p = q->p;

	n->s = p;
	n->prefix = 0;
	for (;;) {
		if (p == q->end || !is_name_start(*p))
			return 0;
		while (p < q->end && is_name(*p))
			p++;
		if (p == q->end || *p != ':')
			break;
		if (n->prefix > 0)
			return 0;
		n->prefix = (size_t)(p++ - n->s);
	}
	n->len = (size_t)(p - n->s);
	q->p = p;
	return n->len < NAME_LENGTH;
}

static int
name_is(const struct name *n, const char *s)
{
	return strncmp(n->s, s, n->len) == 0 && s[n->len] == '\0';
}

static int
prefix_is(const struct name *n, const char *s)
{
	return n->prefix == strlen(s) && memcmp(n->s, s, n->prefix) == 0;
}

static int
is_declared(const struct quick *q, const struct name *n)
{
	if (n->prefix == 0 || prefix_is(n, "xml"))
		return 1;
	for (size_t i = q->n_prefixes; i-- > 0; )
		if (q->prefixes[i].len == n->prefix &&
		    memcmp(q->prefixes[i].s, n->s, n->prefix) == 0)
			return 1;
	return 0;
}

/* A name of a namespace that nobody could object to. */
static int
is_space_name(const char *s, size_t len)
{
	if (len < 4 || memmem(s, len, "www.w3.org/XML", 14) != NULL ||
	    memmem(s, len, "/xmlns", 6) != NULL ||
	    (memcmp(s, "http", 4) != 0 && memcmp(s, "urn:", 4) != 0))
		return 0;
	for (size_t i = 0; i < len; i++)
		if (!is_name(s[i]) && s[i] != ':' && s[i] != '/' &&
		    !(s[i] == '#' && i + 1 == len))
			return 0;
	return 1;
}

/* xmlns:w="..." comes into force for the element and what is in it. */
static int
declare(struct quick *q, const struct attribute *a)
{
	struct name	prefix;

	if (!is_space_name(a->value, a->len))
		return 0;
	if (a->name.prefix == 0)
		return 1;
	prefix.s = a->name.s + a->name.prefix + 1;
	prefix.len = a->name.len - a->name.prefix - 1;
	prefix.prefix = 0;
	if (q->n_prefixes == PREFIXES_MAX || strncasecmp(prefix.s, "xml", 3) ==
	    0)
		return 0;
	q->prefixes[q->n_prefixes++] = prefix;
	return 1;
}

/* Bytes of a reference at s that is surely good, and its character. */
static size_t
reference(const char *s, const char *end, ucs4_t *c)
{
	static const struct {
		const char	*text;
		ucs4_t		 c;
	} known[] = { { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' },
	    { "&quot;", '"' }, { "&apos;", '\'' } };
	size_t	n;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		n = strlen(known[i].text);
		if ((size_t)(end - s) >= n && memcmp(s, known[i].text, n) ==
		    0) {
			*c = known[i].c;
			return n;
		}
	}
	return 0;
}

/* A value in quotes, with nothing in it that needs a second look. */
static int
value_at(struct quick *q, struct attribute *a)
{
	const char	*stop;
	ucs4_t		 c;

	if (q->p == q->end || (*q->p != '"' && *q->p != '\''))
		return 0;
	stop = memchr(q->p + 1, *q->p, (size_t)(q->end - q->p) - 1);
	if (stop == NULL)
		return 0;
	a->value = q->p + 1;
	a->len = (size_t)(stop - a->value);
	q->p = stop + 1;
	if (memchr(a->value, '<', a->len) != NULL)
		return 0;
	for (const char *s = a->value; (s = memchr(s, '&', (size_t)(stop -
	    s))) != NULL; s++)
		if (reference(s, stop, &c) == 0)
			return 0;
	return 1;
}

/* Twice the same attribute, by whatever prefix, is an error or may be one. */
static int
is_twice(const struct quick *q, const struct name *n)
{
	for (size_t i = 0; i < q->n_atts; i++) {
		const struct name *o = &q->atts[i].name;
		size_t		 tail = n->len - n->prefix;

		if (n->len == o->len && memcmp(n->s, o->s, n->len) == 0)
			return 1;
		if (n->prefix > 0 && o->prefix > 0 &&
		    tail == o->len - o->prefix && memcmp(n->s + n->prefix,
		    o->s + o->prefix, tail) == 0)
			return 1;
	}
	return 0;
}

static int
attribute_at(struct quick *q)
{
	struct attribute *a = &q->atts[q->n_atts];

	if (q->n_atts == ATTS_MAX || !name_at(q, &a->name) ||
	    q->p == q->end || *q->p++ != '=' || !value_at(q, a) ||
	    is_twice(q, &a->name))
		return 0;
	if (prefix_is(&a->name, "xmlns") || name_is(&a->name, "xmlns")) {
		if (!declare(q, a))
			return 0;
	} else if (prefix_is(&a->name, "xml")) {
		if (!name_is(&a->name, "xml:space") || a->len != 8 ||
		    memcmp(a->value, "preserve", 8) != 0)
			return 0;
	}
	q->n_atts++;
	return 1;
}

/* Name, value and its end as SAX2 has them, for the names asked for. */
static int
tell_attributes(const struct quick *q, const xmlChar **v)
{
	int	n = 0;

	for (size_t i = 0; i < q->n_atts; i++) {
		const struct attribute *a = &q->atts[i];
		struct name	 local = a->name;
		const char *const *t = q->names->attributes;

		if (!is_declared(q, &a->name) && !prefix_is(&a->name, "xmlns"))
			return -1;
		local.s += local.prefix + (local.prefix > 0);
		local.len -= local.prefix + (local.prefix > 0);
		while (*t != NULL && !name_is(&local, *t))
			t++;
		if (*t == NULL || prefix_is(&a->name, "xmlns"))
			continue;
		if (n == TOLD_MAX)
			return -1;
		for (size_t k = 0; k < a->len; k++)
			if (a->value[k] == '&' || (unsigned char)a->value[k] <
			    ' ')
				return -1;
		v[5 * n] = (const xmlChar *)*t;
		v[5 * n + 1] = v[5 * n + 2] = NULL;
		v[5 * n + 3] = (const xmlChar *)a->value;
		v[5 * n + 4] = (const xmlChar *)a->value + a->len;
		n++;
	}
	return n;
}

static void
pop(struct quick *q)
{
	const struct open *o = &q->stack[--q->depth];

	q->sax->endElementNs(q->ctx, o->told, NULL, NULL);
	q->n_prefixes = o->n_prefixes;
}

static int
start(struct quick *q)
{
	const xmlChar	*v[5 * TOLD_MAX];
	struct open	*o;
	int		 n, closed;

	q->p++;
	if (q->depth == DEPTH_MAX)
		return 0;
	o = &q->stack[q->depth++];
	o->n_prefixes = q->n_prefixes;
	q->n_atts = 0;
	if (!name_at(q, &o->name))
		return 0;
	while (q->p < q->end && is_blank(*q->p)) {
		skip_blanks(q);
		if (q->p < q->end && is_name_start(*q->p) && !attribute_at(q))
			return 0;
	}
	closed = q->p < q->end && *q->p == '/';
	q->p += closed;
	if (q->p == q->end || *q->p++ != '>' || !is_declared(q, &o->name) ||
	    prefix_is(&o->name, "xml") || (n = tell_attributes(q, v)) == -1)
		return 0;
	o->told = (const xmlChar *)told_name(q, &o->name);
	q->sax->startElementNs(q->ctx, o->told, NULL, NULL, 0, NULL, n, 0, v);
	if (closed)
		pop(q);
	return 1;
}

static int
end(struct quick *q)
{
	const struct open *o;
	const char	*name = q->p + 2;

	if (q->depth == 0)
		return 0;
	o = &q->stack[q->depth - 1];
	if ((size_t)(q->end - name) <= o->name.len ||
	    memcmp(name, o->name.s, o->name.len) != 0)
		return 0;
	q->p = name + o->name.len;
	skip_blanks(q);
	if (q->p == q->end || *q->p++ != '>')
		return 0;
	pop(q);
	return 1;
}

static int
words(struct quick *q)
{
	const char	*s = q->p, *lt = memchr(s, '<', (size_t)(q->end - s));
	size_t		 len, n;
	ucs4_t		 c = 0;
	char		 utf8;

	if (lt == NULL || q->depth == 0)
		return 0;
	if (*s == '&') {
		n = reference(s, lt, &c);
		utf8 = (char)c;
		q->sax->characters(q->ctx, (const xmlChar *)&utf8, 1);
		q->p += n;
		return n > 0;
	}
	len = (size_t)(lt - s);
	if (memchr(s, '&', len) != NULL)
		len = (size_t)((const char *)memchr(s, '&', len) - s);
	if (memchr(s, '\r', len) != NULL || memmem(s, len, "]]", 2) != NULL)
		return 0;
	q->sax->characters(q->ctx, (const xmlChar *)s, (int)len);
	q->p += len;
	return 1;
}

/* <?xml version="1.0" encoding="UTF-8" standalone="yes"?> or a part of it. */
static int
declaration(struct quick *q)
{
	static const char *const known[] = {
		"<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>",
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
		"<?xml version=\"1.0\" encoding=\"utf-8\"?>",
		"<?xml version=\"1.0\"?>",
	};
	size_t	n;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		n = strlen(known[i]);
		if ((size_t)(q->end - q->p) > n &&
		    memcmp(q->p, known[i], n) == 0) {
			q->p += n;
			skip_blanks(q);
			break;
		}
	}
	return q->end - q->p > 1 && *q->p == '<' && is_name_start(q->p[1]);
}

static int
one(struct quick *q)
{
	if (*q->p != '<')
		return words(q);
	if (q->p + 1 == q->end)
		return 0;
	return q->p[1] == '/' ? end(q) : is_name_start(q->p[1]) && start(q);
}

int
xml_quick(const char *s, size_t len, const struct xml_names *names,
    const xmlSAXHandler *sax, void *ctx, const int *stop)
{
	struct quick	q;

	q.p = s;
	q.end = s + len;
	q.names = names;
	q.sax = sax;
	q.ctx = ctx;
	q.depth = q.n_prefixes = q.n_atts = 0;
	if (!declaration(&q) || !is_plain(s, len))
		return 0;
	put_names(&q);
	do {
		if (!one(&q) || *stop)
			return 0;
	} while (q.depth > 0);
	skip_blanks(&q);
	return q.p == q.end;
}
