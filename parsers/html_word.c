#include "parsers/html_word.h"

#include <string.h>
#include <strings.h>

/* Where the comment at p ends; it may hold the end of the script it is in. */
static const char *
comment_end(const char *p, const char *end, int *drop)
{
	const char	*q = memmem(p, (size_t)(end - p), "-->", 3);
	size_t		 n = (size_t)((q == NULL ? end : q + 3) - p);

	*drop = q != NULL && memmem(p, n, "</s", 3) == NULL &&
	    memmem(p, n, "</S", 3) == NULL;
	return p + n;
}

static const char *
without_conditions(struct arena *a, const char *s, size_t *len)
{
	static const char empty[] = "<o:p></o:p>";
	const char	*p = s, *end = s + *len, *q;
	char		*out, *o;
	int		 drop;

	if (memmem(s, *len, "<![", 3) == NULL)
		return s;
	out = o = arena_room(a, *len + 1, sizeof(*out));
	while (p < end) {
		q = memchr(p, '<', (size_t)(end - p));
		q = q == NULL ? end : q;
		memcpy(o, p, (size_t)(q - p));
		o += q - p;
		p = q;
		if (end - p >= 4 && memcmp(p, "<!--", 4) == 0) {
			q = comment_end(p, end, &drop);
			if (!drop) {
				memcpy(o, p, (size_t)(q - p));
				o += q - p;
			}
			p = q;
		} else if ((size_t)(end - p) >= sizeof(empty) - 1 &&
		    memcmp(p, empty, sizeof(empty) - 1) == 0) {
			p += sizeof(empty) - 1;
		} else if (end - p >= 3 && memcmp(p, "<![", 3) == 0) {
			q = memchr(p, '>', (size_t)(end - p));
			p = q == NULL ? end : q + 1;
		} else if (p < end) {
			*o++ = *p++;
		}
	}
	*o = '\0';
	*len = (size_t)(o - out);
	return out;
}

/* Bytes of the name at s if it strikes out, or 0. */
static size_t
struck_name(const char *s, const char *end)
{
	static const char *const names[] = { "strike", "s" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t	n = strlen(names[i]);

		if ((size_t)(end - s) > n && strncasecmp(s, names[i], n) == 0 &&
		    strchr("> \t\n", s[n]) != NULL)
			return n;
	}
	return 0;
}

/* The next such name in a tag, of *n bytes, or the end. */
static const char *
next_struck(const char *p, const char *end, size_t *n)
{
	*n = 0;
	while ((p = memchr(p, '<', (size_t)(end - p))) != NULL) {
		p += p + 1 < end && p[1] == '/' ? 2 : 1;
		if ((*n = struck_name(p, end)) > 0)
			return p;
	}
	return end;
}

static const char *
struck_as_del(struct arena *a, const char *s, size_t *len)
{
	const char	*p = s, *end = s + *len, *q;
	char		*out, *o;
	size_t		 n;

	q = next_struck(s, end, &n);
	if (q == end)
		return s;
	out = o = arena_room(a, *len * 2 + 1, sizeof(*out));
	for (; p < end; p = q + n, q = next_struck(p, end, &n)) {
		memcpy(o, p, (size_t)(q - p));
		o += q - p;
		if (n > 0) {
			memcpy(o, "del", 3);
			o += 3;
		}
	}
	*o = '\0';
	*len = (size_t)(o - out);
	return out;
}

const char *
html_tidy(struct arena *a, const char *s, size_t *len)
{
	s = without_conditions(a, s, len);
	return struck_as_del(a, s, len);
}
