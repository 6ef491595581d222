/*
 * datum_parse - JSON bytes as a datum, RFC 8259 to the letter.
 *
 * The bytes may come from a process that has been taken over: depth, keys and
 * every escape are bounded, and nothing is kept but what lies in the arena.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <unistr.h>

#include "base/datum.h"
#include "base/utf8.h"

#define DEPTH_MAX	64
#define KEYS_MAX	1024u	/* of one object: they are compared */
#define NUMBER_MAX	64u	/* bytes */

struct json {
	const char	*p, *end;
	struct arena	*a;
	int		 depth;
};

static struct datum *value(struct json *);

static void
blanks(struct json *j)
{
	while (j->p < j->end && (*j->p == ' ' || *j->p == '\n' ||
	    *j->p == '\t' || *j->p == '\r'))
		j->p++;
}

/* The next byte that is no blank, if it is c: it is eaten. */
static int
eat(struct json *j, char c)
{
	blanks(j);
	if (j->p == j->end || *j->p != c)
		return 0;
	j->p++;
	return 1;
}

static int
word(struct json *j, const char *s, size_t n)
{
	if ((size_t)(j->end - j->p) < n || memcmp(j->p, s, n) != 0)
		return 0;
	j->p += n;
	return 1;
}

/* Four hex digits, or -1. */
static int
hex4(struct json *j)
{
	int	v = 0;

	if (j->end - j->p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char	c = *j->p++;
		int	d = c >= '0' && c <= '9' ? c - '0' :
			    c >= 'a' && c <= 'f' ? c - 'a' + 10 :
			    c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;

		if (d == -1)
			return -1;
		v = v << 4 | d;
	}
	return v;
}

/* What stands behind a backslash, as UTF-8; NULL: it may not stand there. */
static char *
escape(struct json *j, char *to)
{
	static const char	 names[] = "\"\\/bfnrt", is[] = "\"\\/\b\f\n\r\t";
	const char		*at;
	int			 c, low, n;

	if (j->p == j->end)
		return NULL;
	if (*j->p != 'u') {
		at = memchr(names, *j->p++, sizeof(names) - 1);
		if (at == NULL)
			return NULL;
		*to = is[at - names];
		return to + 1;
	}
	j->p++;
	c = hex4(j);
	if (c >= 0xd800 && c < 0xdc00 && word(j, "\\u", 2)) {
		low = hex4(j);
		if (low < 0xdc00 || low > 0xdfff)
			return NULL;
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	}
	if (c <= 0)		/* no NUL in a text */
		return NULL;
	n = u8_uctomb((uint8_t *)to, (ucs4_t)c, 4);
	return n < 0 ? NULL : to + n;
}

const char *
datum_plain(const char *s, const char *end)
{
	uint64_t	w, quote, slash;

	for (; end - s >= 8; s += 8) {
		memcpy(&w, s, sizeof(w));
		quote = w ^ EIGHT('"');
		slash = w ^ EIGHT('\\');
		if ((((w - EIGHT(0x20)) & ~w) | ((quote - EIGHT(1)) & ~quote) |
		    ((slash - EIGHT(1)) & ~slash)) & EIGHT(0x80))
			break;
	}
	while (s < end && *s != '"' && *s != '\\' &&
	    (unsigned char)*s >= 0x20)
		s++;
	return s;
}

/* A string whose quote was eaten; it ends with NUL in the arena. */
static char *
string(struct json *j, size_t *len)
{
	const char	*s = datum_plain(j->p, j->end);
	char		*out, *to;

	if (s < j->end && *s == '"') {		/* as nearly all are */
		out = arena_strndup(j->a, j->p, (size_t)(s - j->p));
		*len = (size_t)(s - j->p);
		j->p = s + 1;
		return out;
	}
	while (s < j->end && *s == '\\' && j->end - s > 2)
		s = datum_plain(s + 2, j->end);
	if (s == j->end || *s != '"')
		return NULL;
	/* No escape is shorter than what it stands for. */
	out = to = arena_alloc(j->a, (size_t)(s - j->p) + 1);
	for (;;) {
		s = datum_plain(j->p, j->end);
		memcpy(to, j->p, (size_t)(s - j->p));
		to += s - j->p;
		j->p = s + 1;
		if (*s == '"')
			break;
		to = escape(j, to);
		if (to == NULL)
			return NULL;
	}
	*len = (size_t)(to - out);
	return out;
}

static struct datum *
number(struct json *j)
{
	char		 text[NUMBER_MAX + 1], *end;
	const char	*s = j->p, *digits;
	size_t		 n;
	long long	 v;
	double		 d;
	int		 real = 0;

	if (s < j->end && *s == '-')
		s++;
	digits = s;
	while (s < j->end && *s >= '0' && *s <= '9')
		s++;
	if (s == digits || (*digits == '0' && s - digits > 1))
		return NULL;
	for (; s < j->end && *s != '\0' && strchr(".eE+-0123456789", *s) !=
	    NULL; s++)
		real = 1;
	n = (size_t)(s - j->p);
	if (n > NUMBER_MAX || s[-1] < '0' || s[-1] > '9')
		return NULL;
	memcpy(text, j->p, n);
	text[n] = '\0';
	j->p = s;
	errno = 0;
	if (!real) {
		v = strtoll(text, &end, 10);
		return errno != 0 ? NULL : datum_int(j->a, v);
	}
	end = strchr(text, '.');
	if (end != NULL && !(end[1] >= '0' && end[1] <= '9'))
		return NULL;
	d = strtod(text, &end);
	return *end != '\0' || !isfinite(d) ? NULL : datum_real(j->a, d);
}

static struct datum *
list(struct json *j)
{
	struct datum	*d = datum_list(j->a), *v;

	if (eat(j, ']'))
		return d;
	do {
		v = value(j);
		if (v == NULL)
			return NULL;
		datum_append(d, v);
	} while (eat(j, ','));
	return eat(j, ']') ? d : NULL;
}

static struct datum *
object(struct json *j)
{
	struct datum	*d = datum_object(j->a), *v;
	struct datum_key k;
	char		*key;
	size_t		 len;

	if (eat(j, '}'))
		return d;
	do {
		key = eat(j, '"') ? string(j, &len) : NULL;
		v = key != NULL && eat(j, ':') ? value(j) : NULL;
		if (v == NULL || d->n >= KEYS_MAX)
			return NULL;
		k = datum_key(key, len);
		if (!datum_add(d, &k, v))
			return NULL;
	} while (eat(j, ','));
	return eat(j, '}') ? d : NULL;
}

static struct datum *
value(struct json *j)
{
	struct datum	*d = NULL;
	const char	*s;
	size_t		 len;

	blanks(j);
	if (j->p == j->end || j->depth == DEPTH_MAX)
		return NULL;
	j->depth++;
	if (eat(j, '"')) {
		s = string(j, &len);
		d = s == NULL ? NULL : datum_text_n(j->a, s, len);
	} else if (eat(j, '{')) {
		d = object(j);
	} else if (eat(j, '[')) {
		d = list(j);
	} else if (word(j, "true", 4)) {
		d = datum_flag(1);
	} else if (word(j, "false", 5)) {
		d = datum_flag(0);
	} else if (word(j, "null", 4)) {
		d = datum_text(j->a, NULL);
	} else {
		d = number(j);
	}
	j->depth--;
	return d;
}

struct datum *
datum_parse(struct arena *a, const char *s, size_t len)
{
	struct json	 j = { .p = s, .end = s + len, .a = a };
	struct datum	*d;

	if (!utf8_ok(s, len))
		return NULL;
	d = value(&j);
	blanks(&j);
	return j.p == j.end ? d : NULL;
}
