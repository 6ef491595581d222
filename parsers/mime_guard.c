#include <string.h>
#include <strings.h>

#include "parsers/limits.h"
#include "parsers/mime.h"

/*
 * What is counted here is what libetpan's parser would recurse or go
 * quadratic on.  Counting is generous to real mail and linear.
 */

/* Deepest nesting of comments, counted so that it never comes out too low. */
static unsigned
depth_of(const char *p, const char *end)
{
	unsigned	 depth = 0, top = 0;

	for (; p < end; p++) {
		if (*p == '(') {
			if (++depth > top)
				top = depth;
		} else if (*p == ')' && depth > 0 && p[-1] != '\\') {
			depth--;
		}
	}
	return top;
}

const char *
mime_guard_header(const struct headers *h, struct err *err)
{
	if (h->cut) {
		(void)err_set(err, RC_REFUSED,
		    "header is longer than %u bytes", HEADER_MAX);
		return "header_size";
	}
	if (h->longest > HEADER_LINE_MAX) {
		(void)err_set(err, RC_REFUSED,
		    "a header field is longer than %u bytes",
		    HEADER_LINE_MAX);
		return "header_line";
	}
	for (size_t i = 0; i < h->n; i++) {
		if (depth_of(h->v[i].value, h->v[i].value + h->v[i].len) <=
		    PAREN_MAX)
			continue;
		(void)err_set(err, RC_REFUSED,
		    "comments of a header field nest deeper than %u",
		    PAREN_MAX);
		return "header_parens";
	}
	return NULL;
}

struct counts {
	size_t		 types, levels, dashes;
	unsigned	 depth, top;	/* of the field being read */
};

static int
starts(const char *p, const char *end, const char *word)
{
	size_t	 n = strlen(word);

	return (size_t)(end - p) >= n && strncasecmp(p, word, n) == 0;
}

/* Does the value name a container?  Folded and commented values count. */
static int
is_container(const char *p, const char *end)
{
	const char	*stop = end - p > 400 ? p + 400 : end;

	for (; p < stop; p++) {
		if ((*p | 0x20) != 'm')
			continue;
		if (starts(p, end, "multipart") || starts(p, end, "message"))
			return 1;
	}
	return 0;
}

/* The line p..eol of a text that ends at end.  fresh: it follows an LF. */
static void
count_line(struct counts *c, const char *p, const char *eol, const char *end,
    int fresh)
{
	if (*p == '-' && eol - p > 1 && p[1] == '-')
		c->dashes++;
	if ((*p | 0x20) == 'c' && starts(p, end, "content-type")) {
		c->types++;
		if (is_container(p + 12, end))
			c->levels++;
	}
	if (fresh && *p != ' ' && *p != '\t')	/* a new field, not a fold */
		c->depth = 0;
	if (c->depth == 0 && memchr(p, '(', (size_t)(eol - p)) == NULL)
		return;
	for (; p < eol; p++) {
		if (*p == '(' && ++c->depth > c->top)
			c->top = c->depth;
		else if (*p == ')' && c->depth > 0 && p[-1] != '\\')
			c->depth--;
	}
}

/* Lines end at LF; libetpan also takes a bare CR, so those start a line too. */
static void
count_lines(struct counts *c, const char *p, const char *end)
{
	const char	*lf, *cr;
	int		 fresh;

	while (p < end) {
		lf = memchr(p, '\n', (size_t)(end - p));
		lf = lf == NULL ? end : lf;
		for (fresh = 1; p < lf; fresh = 0) {
			cr = memchr(p, '\r', (size_t)(lf - p));
			cr = cr == NULL ? lf : cr;
			if (cr > p)
				count_line(c, p, cr, end, fresh);
			p = cr + 1;
		}
		p = lf + 1;
	}
}

const char *
mime_guard_body(const char *s, size_t len, struct err *err)
{
	struct counts	 c;

	memset(&c, 0, sizeof(c));
	count_lines(&c, s, s + len);
	if (c.top > PAREN_MAX) {
		(void)err_set(err, RC_REFUSED,
		    "comments in a part nest deeper than %u", PAREN_MAX);
		return "header_parens";
	}
	if (c.types > TYPES_MAX) {
		(void)err_set(err, RC_REFUSED,
		    "more than %u Content-Type lines", TYPES_MAX);
		return "nesting";
	}
	if ((c.levels + 1) * (unsigned long long)len > NESTING_WORK) {
		(void)err_set(err, RC_REFUSED,
		    "%zu nested parts in %zu bytes", c.levels, len);
		return "nesting";
	}
	if (c.dashes > DASHES_MAX) {
		(void)err_set(err, RC_REFUSED,
		    "more than %u boundary lines", DASHES_MAX);
		return "parts";
	}
	return NULL;
}
