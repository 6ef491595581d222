#include "parsers/boundary.h"

#include <string.h>
#include <strings.h>

#define BOUNDARY_MAX	200

int
boundary_seen(const char *s, size_t len, const char *boundary)
{
	size_t		 n = strlen(boundary);
	const char	*p = s, *end = s + len;

	while (p < end && (p = memmem(p, (size_t)(end - p), boundary, n)) !=
	    NULL) {
		if (p - s >= 2 && p[-1] == '-' && p[-2] == '-' &&
		    (p - s == 2 || p[-3] == '\n' || p[-3] == '\r'))
			return 1;
		p++;
	}
	return 0;
}

char *
boundary_guess(struct arena *a, const char *s, size_t len)
{
	const char	*p = s, *end = s + len, *eol, *stop;

	while (p < end) {
		eol = memchr(p, '\n', (size_t)(end - p));
		if (eol == NULL)
			return NULL;
		stop = eol > p && eol[-1] == '\r' ? eol - 1 : eol;
		if (stop - p > 2 && stop - p < BOUNDARY_MAX && p[0] == '-' &&
		    p[1] == '-' && end - eol > 8 &&
		    strncasecmp(eol + 1, "content-", 8) == 0)
			return arena_strndup(a, p + 2,
			    (size_t)(stop - p) - 2);
		p = eol + 1;
	}
	return NULL;
}

/* The line at s, without its end; *next: the one behind it. */
static size_t
line_at(const char *s, const char *end, const char **next)
{
	const char	*eol = s < end ? memchr(s, '\n', (size_t)(end - s)) :
			    NULL;

	*next = eol == NULL ? end : eol + 1;
	eol = eol == NULL ? end : eol;
	return (size_t)(eol - s) - (eol > s && eol[-1] == '\r');
}

int
boundary_opens(const char *s, size_t len)
{
	static const char	 preamble[] = "This is a multi";
	const char		*end = s + len, *first, *p;
	size_t			 n, m;

	while (s < end && (*s == '\r' || *s == '\n'))
		s++;
	if ((size_t)(end - s) > sizeof(preamble) &&
	    strncasecmp(s, preamble, sizeof(preamble) - 1) == 0)
		for ((void)line_at(s, end, &s); s < end && (*s == '\r' ||
		    *s == '\n'); s++)
			;
	n = line_at(s, end, &p);
	if (n < 3 || n > BOUNDARY_MAX || s[0] != '-' || s[1] != '-' ||
	    end - p < 8 || strncasecmp(p, "content-", 8) != 0)
		return 0;
	for (first = s; p < end; ) {		/* and is it closed? */
		s = p;
		m = line_at(s, end, &p);
		if (m == n + 2 && memcmp(s, first, n) == 0 && s[n] == '-' &&
		    s[n + 1] == '-')
			return 1;
	}
	return 0;
}

int
boundary_plain(const char *b)
{
	size_t	 n = 0;

	for (; b[n] != '\0'; n++)
		if (b[n] < ' ' || b[n] >= 0x7f || strchr("\"\\", b[n]) !=
		    NULL)
			return 0;
	return n > 0 && n < BOUNDARY_MAX;
}

static int
is_empty(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' ||
	    *p == '\n'))
		p++;
	return p == end;
}

/* RFC 2046, section 5.1.1: 1 is a delimiter, 2 the last one. */
static int
is_delimiter(const char *line, size_t len, const char *boundary)
{
	size_t	n = strlen(boundary);
	int	last;

	if (len < n + 2 || memcmp(line, "--", 2) != 0 ||
	    memcmp(line + 2, boundary, n) != 0)
		return 0;
	line += n + 2;
	len -= n + 2;
	last = len >= 2 && memcmp(line, "--", 2) == 0;
	if (!is_empty(line + 2 * last, line + len))
		return 0;
	return last ? 2 : 1;
}

static const char *
line_end(const char *p, const char *end)
{
	const char	*eol = memchr(p, '\n', (size_t)(end - p));

	return eol == NULL ? end : eol + 1;
}

/* Where the next delimiter stands, or the end, when only empty lines come
 * before it; NULL otherwise. */
static const char *
after_nothing(const char *p, const char *end, const char *boundary)
{
	while (p < end && is_empty(p, line_end(p, end)))
		p = line_end(p, end);
	return p == end || is_delimiter(p, (size_t)(line_end(p, end) - p),
	    boundary) ? p : NULL;
}

size_t
boundary_mend(const char *s, size_t len, const char *boundary, char *out)
{
	const char	*p = s, *end = s + len, *eol, *next;
	size_t		 n = 0;

	while (p < end) {
		eol = line_end(p, end);
		next = is_delimiter(p, (size_t)(eol - p), boundary) != 1 ?
		    NULL : after_nothing(eol, end, boundary);
		if (next == NULL) {
			memcpy(out + n, p, (size_t)(eol - p));
			n += (size_t)(eol - p);
			next = eol;
		}
		p = next;
	}
	return n;
}
