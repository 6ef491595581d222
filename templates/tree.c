#include "templates/tree.h"

#include <stdio.h>
#include <string.h>

#define SECTIONS_MAX	64	/* open at once in one template */
#define DELIMITER_MAX	16	/* bytes */

struct open_section {
	struct node	*node;
	struct node	**tail;		/* where its next sibling goes */
};

struct parser {
	const char	*name;		/* for messages */
	const char	*src, *p, *end;
	int		 line;		/* of p */
	char		 open[DELIMITER_MAX + 1], close[DELIMITER_MAX + 1];
	struct open_section stack[SECTIONS_MAX];
	int		 depth;
	struct node	**tail;
	struct arena	*arena;
	struct err	*err;
};

/* A tag as it stands in the source. */
struct tag {
	char		 kind;		/* # ^ / ! = > & { or v */
	const char	*start, *after;	/* with delimiters */
	const char	*s;		/* content, trimmed */
	size_t		 len;
	int		 line;
	const char	*cut_from, *cut_to; /* what a standalone tag removes */
	int		 standalone;
};

static int
blank(char c)
{
	return c == ' ' || c == '\t';
}

static int
space(char c)
{
	return blank(c) || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

static void
trim(const char **s, size_t *len)
{
	while (*len > 0 && space(**s)) {
		(*s)++;
		(*len)--;
	}
	while (*len > 0 && space((*s)[*len - 1]))
		(*len)--;
}

static int
lines_in(const char *from, const char *to)
{
	int	n = 0;

	for (; from < to; from++)
		n += *from == '\n';
	return n;
}

static enum rc
fail(const struct parser *p, int line, const char *found, size_t len,
    const char *expected)
{
	return err_set(p->err, RC_REFUSED, "%s:%d: found \"%.*s\", expected %s",
	    p->name, line, (int)(len > 80 ? 80 : len), found, expected);
}

/*
 * A tag stands alone when nothing but blanks shares its line (for a comment
 * of several lines: its first and its last one); then the line goes with it.
 */
static void
tag_standalone(const struct parser *p, struct tag *t)
{
	const char	*a = t->start, *b = t->after;

	t->cut_from = t->start;
	t->cut_to = t->after;
	t->standalone = 0;
	if (strchr("#^/!=>", t->kind) == NULL)
		return;
	while (a > p->src && blank(a[-1]))
		a--;
	while (b < p->end && blank(*b))
		b++;
	if ((a > p->src && a[-1] != '\n') ||
	    (b < p->end && *b != '\n' &&
	    !(*b == '\r' && b + 1 < p->end && b[1] == '\n')))
		return;
	if (b < p->end)
		b += *b == '\r' ? 2 : 1;
	t->cut_from = a;
	t->cut_to = b;
	t->standalone = 1;
}

/* Read the tag that starts at `at`. */
static enum rc
tag_read(struct parser *p, const char *at, struct tag *t)
{
	const char	*s = at + strlen(p->open), *e;
	char		 close[DELIMITER_MAX + 2];
	size_t		 n;

	memset(t, 0, sizeof(*t));
	t->start = at;
	t->line = p->line + lines_in(p->p, at);
	while (s < p->end && space(*s))
		s++;
	t->kind = s < p->end && strchr("#^/!=>&{", *s) != NULL ? *s : 'v';
	if (t->kind != 'v')
		s++;
	(void)snprintf(close, sizeof(close), "%s%s",
	    t->kind == '{' ? "}" : t->kind == '=' ? "=" : "", p->close);
	n = strlen(close);
	e = memmem(s, (size_t)(p->end - s), close, n);
	if (e == NULL)
		return fail(p, t->line, at, (size_t)(p->end - at),
		    "the tag's end");
	t->s = s;
	t->len = (size_t)(e - s);
	t->after = e + n;
	trim(&t->s, &t->len);
	tag_standalone(p, t);
	return RC_OK;
}

static enum rc
tag_check_name(const struct parser *p, const struct tag *t)
{
	if (t->len == 0)
		return fail(p, t->line, t->start,
		    (size_t)(t->after - t->start), "a name in the tag");
	for (size_t i = 0; i < t->len; i++)
		if (space(t->s[i]))
			return fail(p, t->line, t->s, t->len,
			    "a name without blanks");
	return RC_OK;
}

/* "a.b.c" in its parts; a dot at the end counts for nothing. */
static void
name_split(struct parser *p, struct node *n)
{
	const char		*s = n->s, *end = n->s + n->len, *dot;
	struct datum_key	*v;
	size_t			 len;

	n->here = *s == '.';
	s += n->here;
	for (const char *q = s; q < end; q++)
		n->n_parts += *q == '.';
	v = arena_array(p->arena, n->n_parts + 1, sizeof(*v));
	n->part = v;
	for (n->n_parts = 0; s < end; s += len + 1) {
		dot = memchr(s, '.', (size_t)(end - s));
		len = (size_t)((dot == NULL ? end : dot) - s);
		v[n->n_parts++] = datum_key(s, len);
	}
}

static struct node *
node_add(struct parser *p, enum node_kind kind, const char *s, size_t len,
    int line)
{
	struct node	*n = arena_alloc(p->arena, sizeof(*n));

	n->kind = kind;
	n->s = s;
	n->len = len;
	n->line = line;
	if (kind != N_TEXT && kind != N_PARTIAL)
		name_split(p, n);
	*p->tail = n;
	p->tail = &n->next;
	return n;
}

static enum rc
delimiters_set(struct parser *p, const struct tag *t)
{
	const char	*s = t->s, *end = t->s + t->len;
	size_t		 a = 0, b = 0;

	while (a < t->len && !space(s[a]))
		a++;
	while (b < t->len && !space(end[-1 - (long)b]))
		b++;
	if (a == 0 || b == 0 || a + b >= t->len || a > DELIMITER_MAX ||
	    b > DELIMITER_MAX || memchr(s, '=', t->len) != NULL)
		return fail(p, t->line, t->s, t->len, "two new delimiters");
	for (size_t i = a; i < t->len - b; i++)
		if (!space(s[i]))
			return fail(p, t->line, t->s, t->len,
			    "two new delimiters");
	memcpy(p->open, s, a);
	p->open[a] = '\0';
	memcpy(p->close, end - b, b);
	p->close[b] = '\0';
	return RC_OK;
}

static enum rc
section_open(struct parser *p, const struct tag *t)
{
	struct node	*n;

	if (p->depth == SECTIONS_MAX)
		return fail(p, t->line, t->s, t->len, "fewer open sections");
	n = node_add(p, t->kind == '#' ? N_SECTION : N_INVERTED, t->s, t->len,
	    t->line);
	p->stack[p->depth].node = n;
	p->stack[p->depth].tail = p->tail;
	p->depth++;
	p->tail = &n->child;
	return RC_OK;
}

static enum rc
section_close(struct parser *p, const struct tag *t)
{
	const struct node	*n;

	if (p->depth == 0)
		return fail(p, t->line, t->s, t->len,
		    "no end here, no section is open");
	n = p->stack[p->depth - 1].node;
	if (n->len != t->len || memcmp(n->s, t->s, t->len) != 0)
		return err_set(p->err, RC_REFUSED,
		    "%s:%d: found the end of \"%.*s\", expected that of "
		    "\"%.*s\" of line %d", p->name, t->line,
		    (int)(t->len > 80 ? 80 : t->len), t->s,
		    (int)(n->len > 80 ? 80 : n->len), n->s, n->line);
	p->depth--;
	p->tail = p->stack[p->depth].tail;
	return RC_OK;
}

static enum rc
tag_take(struct parser *p, const struct tag *t)
{
	struct node	*n;
	enum rc		 rc;

	if (t->kind == '!')
		return RC_OK;
	if (t->kind == '=')
		return delimiters_set(p, t);
	rc = tag_check_name(p, t);
	if (rc != RC_OK)
		return rc;
	switch (t->kind) {
	case '#':
	case '^':
		return section_open(p, t);
	case '/':
		return section_close(p, t);
	case '>':
		n = node_add(p, N_PARTIAL, t->s, t->len, t->line);
		if (t->standalone) {
			n->indent = t->cut_from;
			n->indent_len = (size_t)(t->start - t->cut_from);
		}
		return RC_OK;
	default:
		(void)node_add(p, t->kind == 'v' ? N_ESCAPED : N_RAW, t->s,
		    t->len, t->line);
		return RC_OK;
	}
}

enum rc
tree_parse(const char *name, const char *src, struct arena *a,
    struct node **out, struct err *err)
{
	struct parser	 p = { .name = name, .src = src, .p = src, .line = 1,
	    .open = "{{", .close = "}}", .arena = a, .err = err, .tail = out };
	struct tag	 t;
	const char	*at;
	enum rc		 rc;

	*out = NULL;
	p.end = src + strlen(src);
	while ((at = memmem(p.p, (size_t)(p.end - p.p), p.open,
	    strlen(p.open))) != NULL) {
		rc = tag_read(&p, at, &t);
		if (rc != RC_OK)
			return rc;
		if (t.cut_from > p.p)
			(void)node_add(&p, N_TEXT, p.p,
			    (size_t)(t.cut_from - p.p), p.line);
		rc = tag_take(&p, &t);
		if (rc != RC_OK)
			return rc;
		p.line += lines_in(p.p, t.cut_to);
		p.p = t.cut_to;
	}
	if (p.p < p.end)
		(void)node_add(&p, N_TEXT, p.p, (size_t)(p.end - p.p), p.line);
	if (p.depth > 0) {
		const struct node *n = p.stack[p.depth - 1].node;

		return fail(&p, n->line, n->s, n->len,
		    "the end of this section");
	}
	return RC_OK;
}
