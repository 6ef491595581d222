#include "parsers/html_quick.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <unistr.h>

#include <libxml/HTMLparser.h>

#include "parsers/limits.h"

#define WORD_MAX	64		/* bytes of a name */
#define ATTS_MAX	8		/* attributes that count, of one tag */
#define VALUES_MAX	2048		/* bytes of their values */
#define REFERENCE_MAX	10		/* bytes of &hellip; */

struct open {
	const struct html_tag	*tag;
	const char		*name;	/* as written */
	size_t			 len;
};

struct quick {
	const char	*p, *end;
	const struct html_events *on;
	void		*ctx;
	struct open	 stack[HTML_DEPTH];
	size_t		 depth;
	int		 had_root, had_head, had_body;
	const char	*atts[2 * ATTS_MAX + 1];
	size_t		 n_atts;
	char		 values[VALUES_MAX];
	size_t		 n_values;
};

static int
is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\t';
}

static int
is_letter(char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static int
is_name(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9') || c == ':' ||
	    c == '-' || c == '_' || c == '.';
}

/* Bytes that every parser takes for the same characters. */
static int
is_plain(const char *s, size_t len)
{
	const uint8_t	*p = (const uint8_t *)s, *end = p + len;
	uint64_t	 eight;
	ucs4_t		 c;
	int		 n;

	while (p < end) {
		if (end - p >= 8 && (memcpy(&eight, p, 8), (eight &
		    0x8080808080808080u) == 0)) {
			p += 8;
			continue;
		}
		if (*p < 0x80) {
			p++;
			continue;
		}
		n = u8_mbtoucr(&c, p, (size_t)(end - p));
		if (n < 0 || (c & 0xfffe) == 0xfffe || c < 0xa0)
			return 0;
		p += n;
	}
	return 1;
}

/* The name at q->p, in lower case; 0: none that is plain. */
static size_t
name_at(const struct quick *q, char low[WORD_MAX])
{
	const char	*p = q->p;
	size_t		 n = 0;

	if (p == q->end || !is_letter(*p))
		return 0;
	for (; p + n < q->end && is_name(p[n]); n++) {
		if (n == WORD_MAX)
			return 0;
		low[n] = p[n] >= 'A' && p[n] <= 'Z' ? (char)(p[n] + 32) : p[n];
	}
	return n;
}

static void
skip_blanks(struct quick *q)
{
	while (q->p < q->end && is_blank(*q->p))
		q->p++;
}

/* A value as the parser would give it; only &quot; is expected in one. */
static int
keep(struct quick *q, const char *name, const char *s, size_t len)
{
	static const char quot[] = "&quot;";
	char	*to = q->values + q->n_values;

	for (size_t i = 0; i < q->n_atts; i += 2)
		if (strcmp(q->atts[i], name) == 0)
			return 0;
	if (q->n_atts == 2 * (size_t)ATTS_MAX ||
	    len >= VALUES_MAX - q->n_values)
		return 0;
	q->atts[q->n_atts++] = name;
	q->atts[q->n_atts++] = to;
	while (len > 0) {
		size_t	n = 1;

		*to = *s;
		if (*s == '&') {
			n = sizeof(quot) - 1;
			if (len < n || memcmp(s, quot, n) != 0)
				return 0;
			*to = '"';
		}
		to++;
		s += n;
		len -= n;
	}
	*to++ = '\0';
	q->n_values = (size_t)(to - q->values);
	return 1;
}

/* Where html.c looks: what hides, and everything of a quote. */
static const char *
name_that_counts(const struct html_tag *tag, const char *low, size_t n)
{
	static const char *const names[] = { "style", "hidden", "cite",
	    "class", "type", "id", "dir" };
	size_t	max = strcmp(tag->name, "blockquote") == 0 ?
		    sizeof(names) / sizeof(names[0]) : 2;

	for (size_t i = 0; i < max; i++)
		if (strncmp(names[i], low, n) == 0 && names[i][n] == '\0')
			return names[i];
	return NULL;
}

static int
value_at(struct quick *q, const char **s, size_t *len)
{
	const char	*stop;

	skip_blanks(q);
	if (q->p == q->end)
		return 0;
	if (*q->p == '"' || *q->p == '\'') {
		stop = memchr(q->p + 1, *q->p, (size_t)(q->end - q->p) - 1);
		if (stop == NULL)
			return 0;
		*s = q->p + 1;
		*len = (size_t)(stop - *s);
		q->p = stop + 1;
		return 1;
	}
	for (stop = q->p; stop < q->end && *stop != '>' && !is_blank(*stop);)
		stop++;
	*s = q->p;
	*len = (size_t)(stop - q->p);
	q->p = stop;
	return *len > 0 && memchr(*s, '&', *len) == NULL;
}

static int
attribute(struct quick *q, const struct html_tag *tag)
{
	char		 low[WORD_MAX];
	const char	*counts, *value = "";
	size_t		 n = name_at(q, low), len = 0;

	if (n == 0)
		return 0;
	q->p += n;
	skip_blanks(q);
	counts = name_that_counts(tag, low, n);
	if (q->p < q->end && *q->p == '=') {
		q->p++;
		if (!value_at(q, &value, &len))
			return 0;
	} else if (counts != NULL && strcmp(counts, "hidden") != 0) {
		return 0;
	}
	/* a quote may say what it is in an attribute of any name */
	if (counts == NULL && strcmp(tag->name, "blockquote") == 0)
		return 0;
	return counts == NULL || keep(q, counts, value, len);
}

static enum html_place
place_now(const struct quick *q)
{
	return q->depth == 0 ? PLACE_ODD : q->stack[q->depth - 1].tag->place;
}

static int
is_top(const struct quick *q, const char *name)
{
	return q->depth > 0 &&
	    strcmp(q->stack[q->depth - 1].tag->name, name) == 0;
}

/* May words and their like stand here? */
static int
takes_text(const struct quick *q)
{
	switch (place_now(q)) {
	case PLACE_BODY: case PLACE_TEXT: case PLACE_CELL: case PLACE_ITEM:
	case PLACE_FOREIGN:
		return 1;
	case PLACE_BLOCK:
		return !is_top(q, "table") && !is_top(q, "ul") &&
		    !is_top(q, "ol");
	case PLACE_ODD: case PLACE_ROOT: case PLACE_HEAD: case PLACE_IN_HEAD:
	case PLACE_SECTION: case PLACE_ROW:
		break;
	}
	return 0;
}

/* Can the tag begin here, with nothing ended or begun for it? */
static int
fits(const struct quick *q, const struct html_tag *tag)
{
	enum html_place	here = place_now(q);

	switch (tag->place) {
	case PLACE_ROOT:
		return q->depth == 0 && !q->had_root;
	case PLACE_HEAD:
		return here == PLACE_ROOT && !q->had_head && !q->had_body;
	case PLACE_BODY:
		return here == PLACE_ROOT && !q->had_body;
	case PLACE_IN_HEAD:
		return here == PLACE_HEAD;
	case PLACE_TEXT:
		return takes_text(q) &&
		    !(is_top(q, "a") && strcmp(tag->name, "a") == 0);
	case PLACE_BLOCK:
		return takes_text(q) && q->stack[q->depth - 1].tag->holds;
	case PLACE_SECTION:
		return is_top(q, "table");
	case PLACE_ROW:
		return is_top(q, "table") || here == PLACE_SECTION;
	case PLACE_CELL:
		return here == PLACE_ROW;
	case PLACE_ITEM:
		return is_top(q, "ul") || is_top(q, "ol");
	case PLACE_FOREIGN:
		return takes_text(q);
	case PLACE_ODD:
		break;
	}
	return 0;
}

static int
push(struct quick *q, const struct html_tag *tag, const char *name, size_t len)
{
	if (q->depth == HTML_DEPTH)
		return 0;
	q->stack[q->depth++] = (struct open){ tag, name, len };
	q->had_root |= tag->place == PLACE_ROOT;
	q->had_head |= tag->place == PLACE_HEAD;
	q->had_body |= tag->place == PLACE_BODY;
	q->on->start(q->ctx, tag, q->n_atts > 0 ? q->atts : NULL);
	return 1;
}

static void
pop(struct quick *q)
{
	q->on->end(q->ctx, q->stack[--q->depth].tag);
}

/* A mail that begins with <div> is taken to be in <html><body>. */
static int
imply(struct quick *q, const struct html_tag *tag)
{
	if (q->depth > 0 || q->had_root || tag->place == PLACE_ROOT)
		return 1;
	if (tag->place != PLACE_BLOCK && tag->place != PLACE_TEXT &&
	    tag->place != PLACE_FOREIGN)
		return 0;
	return push(q, html_tag("html", 4), "html", 4) &&
	    push(q, html_tag("body", 4), "body", 4);
}

/* What stands between <style> and its end; the end is read as any other. */
static int
raw_text(struct quick *q, const struct html_tag *tag)
{
	const char	*p = q->p;
	size_t		 n = strlen(tag->name);

	if (q->end - p < 2 || (*p == '<' && p[1] != '!'))
		return 0;
	for (;; p += 2) {
		p = memmem(p, (size_t)(q->end - p), "</", 2);
		if (p == NULL || (size_t)(q->end - p) < n + 3)
			return 0;
		if (strncasecmp(p + 2, tag->name, n) == 0)
			break;
	}
	if (p > q->p && !q->on->text(q->ctx, q->p, (size_t)(p - q->p)))
		return 0;
	q->p = p;
	return 1;
}

static int
start(struct quick *q)
{
	char		 low[WORD_MAX];
	const char	*name = ++q->p;
	size_t		 n = name_at(q, low);
	const struct html_tag *tag;
	int		 closed;

	if (n == 0)
		return 0;
	tag = html_tag(low, n);
	q->n_atts = q->n_values = 0;
	if (!imply(q, tag) || !fits(q, tag))
		return 0;
	q->p += n;
	for (;;) {
		skip_blanks(q);
		if (q->p == q->end)
			return 0;
		closed = *q->p == '/' && q->p + 1 < q->end && q->p[1] == '>';
		if (closed || *q->p == '>')
			break;
		if (!attribute(q, tag))
			return 0;
	}
	q->p += closed ? 2 : 1;
	q->atts[q->n_atts] = NULL;
	if (!push(q, tag, name, n))
		return 0;
	if (closed || tag->empty)
		pop(q);
	else if (tag->raw)
		return raw_text(q, tag);
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
	if ((size_t)(q->end - name) <= o->len ||
	    strncasecmp(name, o->name, o->len) != 0)
		return 0;
	q->p = name + o->len;
	skip_blanks(q);
	if (q->p == q->end || *q->p++ != '>')
		return 0;
	pop(q);
	return 1;
}

static int
comment(struct quick *q)
{
	const char	*body = q->p + 4, *stop;

	if (q->end - q->p < 7 || memcmp(q->p, "<!--", 4) != 0 ||
	    *body == '>' || memcmp(body, "->", 2) == 0)
		return 0;
	stop = memmem(body, (size_t)(q->end - body), "-->", 3);
	if (stop == NULL ||
	    memmem(body, (size_t)(stop - body), "--!", 3) != NULL)
		return 0;
	q->p = stop + 3;
	return 1;
}

/* Only before everything else, and without riddles in quotes. */
static int
doctype(struct quick *q)
{
	const char	*stop = memchr(q->p, '>', (size_t)(q->end - q->p));
	int		 quotes = 0;

	if (stop == NULL || stop - q->p < 14 ||
	    strncasecmp(q->p, "<!doctype html", 14) != 0)
		return 0;
	for (const char *p = q->p + 1; p < stop; p++) {
		if (*p == '\'' || *p == '<' || *p == '[')
			return 0;
		quotes += *p == '"';
	}
	q->p = stop + 1;
	return quotes % 2 == 0;
}

/* &#36039; or &#x8cc7; at s, n bytes with the semicolon. */
static ucs4_t
number(const char *s, size_t n)
{
	int	hex = (s[2] | 0x20) == 'x';
	size_t	i = hex ? 3 : 2;
	ucs4_t	c = 0;

	if (i + 1 >= n)
		return 0;
	for (; i + 1 < n; i++) {
		int	low = s[i] | 0x20, d;

		if (s[i] >= '0' && s[i] <= '9')
			d = s[i] - '0';
		else if (hex && low >= 'a' && low <= 'f')
			d = low - 'a' + 10;
		else
			return 0;
		c = c * (hex ? 16u : 10u) + (ucs4_t)d;
	}
	return c < 0xa0 && (c < ' ' || c > '~') ? 0 : c;
}

static ucs4_t
named(const char *s, size_t n)
{
	const htmlEntityDesc *e;
	char		 name[REFERENCE_MAX];

	for (size_t i = 1; i + 1 < n; i++)
		if (!is_letter(s[i]) && !(i > 1 && s[i] >= '0' && s[i] <= '9'))
			return 0;
	memcpy(name, s + 1, n - 2);
	name[n - 2] = '\0';
	e = htmlEntityLookup((const xmlChar *)name);
	return e == NULL ? 0 : e->value;
}

static int
reference(struct quick *q)
{
	const char	*semi;
	uint8_t		 utf8[6];
	ucs4_t		 c;
	size_t		 n;
	int		 k;

	semi = memchr(q->p, ';', (size_t)(q->end - q->p) < REFERENCE_MAX ?
	    (size_t)(q->end - q->p) : REFERENCE_MAX);
	if (semi == NULL || semi - q->p < 3 || !takes_text(q))
		return 0;
	n = (size_t)(semi - q->p) + 1;
	c = q->p[1] == '#' ? number(q->p, n) : named(q->p, n);
	k = c == 0 || (c & 0xfffe) == 0xfffe ? -1 :
	    u8_uctomb(utf8, c, sizeof(utf8));
	if (k < 1 || !q->on->text(q->ctx, (const char *)utf8, (size_t)k))
		return 0;
	q->p = semi + 1;
	return 1;
}

static int
words(struct quick *q)
{
	const char	*lt = memchr(q->p, '<', (size_t)(q->end - q->p));
	const char	*amp, *s = q->p;

	lt = lt == NULL ? q->end : lt;
	amp = memchr(s, '&', (size_t)(lt - s));
	q->p = amp == NULL ? lt : amp;
	if (place_now(q) == PLACE_ODD || place_now(q) == PLACE_ROOT ||
	    place_now(q) == PLACE_HEAD)
		for (const char *b = s; b < q->p; b++)
			if (!is_blank(*b))
				return 0;
	return q->on->text(q->ctx, s, (size_t)(q->p - s));
}

static int
one(struct quick *q)
{
	if (*q->p == '&')
		return reference(q);
	if (*q->p != '<')
		return words(q);
	if (q->p + 1 < q->end && q->p[1] == '/')
		return end(q);
	if (q->p + 1 < q->end && q->p[1] == '!')
		return comment(q);
	return start(q);
}

int
html_quick(const char *s, size_t len, const struct html_events *on, void *ctx)
{
	struct quick	q;

	if (!is_plain(s, len))
		return 0;
	q.p = s;
	q.end = s + len;
	q.on = on;
	q.ctx = ctx;
	q.depth = 0;
	q.had_root = q.had_head = q.had_body = 0;
	q.n_atts = q.n_values = 0;
	skip_blanks(&q);
	if (len > 2 && q.p + 1 < q.end && q.p[1] == '!' && !comment(&q) &&
	    !doctype(&q))
		return 0;
	while (q.p < q.end)
		if (!one(&q))
			return 0;
	while (q.depth > 0)
		pop(&q);
	return 1;
}
