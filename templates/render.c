#include "templates/render_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"

#define STACK_MAX	256	/* contexts, over all partials */
#define PARTIALS_MAX	48	/* one inside the other */

struct renderer {
	const char	*name;
	enum render_escape escape;
	render_partial	*partial;
	void		*arg;
	struct buf	*out;
	struct arena	*arena;
	struct datum	*stack[STACK_MAX];	/* borrowed */
	int		 n;
	int		 partials;
	struct err	*err;
};

/* "a", "a.b.c", "." or ".a" (only in the current context). */
static struct datum *
lookup(const struct renderer *r, const struct node *n)
{
	struct datum_key	*p = n->part, *end = p + n->n_parts;
	struct datum		*v = NULL;

	if (n->here) {
		v = r->stack[r->n - 1];
	} else {
		for (int i = r->n - 1; i >= 0 && v == NULL; i--)
			v = datum_find(r->stack[i], p);
		p++;
	}
	for (; v != NULL && p < end; p++)
		v = datum_find(v, p);
	return v;
}

/* HTML has no way to write a control byte: U+FFFD tells that one was there. */
static int
is_control(char c)
{
	return c == 0x7f || (c >= 0 && c < ' ' && c != '\t' && c != '\n' &&
	    c != '\r');
}

static void
put_html(struct buf *out, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		switch (is_control(s[i]) ? '\0' : s[i]) {
		case '\0':
			(void)buf_puts(out, "\xef\xbf\xbd");
			break;
		case '&':
			(void)buf_puts(out, "&amp;");
			break;
		case '<':
			(void)buf_puts(out, "&lt;");
			break;
		case '>':
			(void)buf_puts(out, "&gt;");
			break;
		case '"':
			(void)buf_puts(out, "&quot;");
			break;
		default:
			(void)buf_putc(out, s[i]);
		}
}

/* The shortest form that reads back as the same number. */
static void
put_real(struct buf *out, double d)
{
	char	s[40];

	for (int digits = 15; digits <= 17; digits++) {
		(void)snprintf(s, sizeof(s), "%.*g", digits, d);
		if (strtod(s, NULL) == d)
			break;
	}
	(void)buf_puts(out, s);
}

static void
put_value(const struct renderer *r, const struct datum *v, int escaped)
{
	char	num[NUMBER_SIZE];

	switch (v == NULL ? DATUM_NULL : v->kind) {
	case DATUM_TEXT:
		if (escaped && r->escape == RENDER_HTML)
			put_html(r->out, v->u.text, v->len);
		else
			(void)buf_add(r->out, v->u.text, v->len);
		break;
	case DATUM_INT:
		(void)buf_add(r->out, num,
		    (size_t)(number_put(num, v->u.num, 1) - num));
		break;
	case DATUM_REAL:
		put_real(r->out, v->u.real);
		break;
	case DATUM_TRUE:
		(void)buf_puts(r->out, "true");
		break;
	case DATUM_FALSE:
		(void)buf_puts(r->out, "false");
		break;
	case DATUM_NULL:
	case DATUM_OBJECT:
	case DATUM_LIST:
		break;
	}
}

static enum rc	put_nodes(struct renderer *, const struct node *);

static enum rc
put_in(struct renderer *r, const struct node *n, struct datum *context)
{
	enum rc	rc;

	if (r->n == STACK_MAX)
		return err_set(r->err, RC_REFUSED,
		    "%s:%d: found more than %d contexts, expected fewer",
		    r->name, n->line, STACK_MAX);
	r->stack[r->n++] = context;
	rc = put_nodes(r, n->child);
	r->n--;
	return rc;
}

static enum rc
put_section(struct renderer *r, const struct node *n)
{
	struct datum	*v = lookup(r, n);
	enum rc		 rc = RC_OK;

	if (!datum_says(v))
		return RC_OK;
	if (v->kind != DATUM_LIST)
		return put_in(r, n, v);
	for (uint32_t i = 0; rc == RC_OK && i < v->n && !r->out->over; i++)
		rc = put_in(r, n, v->u.list[i]);
	return rc;
}

/* The partial's text with the indentation before each of its lines. */
static const char *
indented(struct renderer *r, const char *text, const struct node *n)
{
	struct buf	 b;
	const char	*eol;
	char		*s;
	size_t		 len;

	if (n->indent_len == 0)
		return text;
	buf_init(&b, r->out->max);
	for (; *text != '\0'; text += len) {
		eol = strchr(text, '\n');
		len = eol == NULL ? strlen(text) : (size_t)(eol - text) + 1;
		(void)buf_add(&b, n->indent, n->indent_len);
		(void)buf_add(&b, text, len);
	}
	r->out->over |= b.over;
	s = arena_strndup(r->arena, b.data, b.len);
	buf_free(&b);
	return s;
}

static enum rc
too_deep(const struct renderer *r, const struct node *n)
{
	return err_set(r->err, RC_REFUSED,
	    "%s:%d: found partial \"%.*s\" %d times in itself, expected an "
	    "end", r->name, n->line, (int)n->len, n->s, PARTIALS_MAX);
}

/* Its tree: the one the node knows, or one parsed now; NULL: none. */
static enum rc
partial_tree(struct renderer *r, const struct node *n, const char **name,
    const struct node **tree)
{
	const char	*text;
	struct node	*nodes;
	enum rc		 rc;

	*name = n->into_name;
	*tree = n->into;
	if (n->into != NULL)
		return r->partials == PARTIALS_MAX ? too_deep(r, n) : RC_OK;
	*name = arena_strndup(r->arena, n->s, n->len);
	text = r->partial == NULL ? NULL : r->partial(r->arg, *name);
	if (text == NULL)
		return RC_OK;
	if (r->partials == PARTIALS_MAX)
		return too_deep(r, n);
	rc = tree_parse(*name, indented(r, text, n), r->arena, &nodes, r->err);
	*tree = nodes;
	return rc;
}

static enum rc
put_partial(struct renderer *r, const struct node *n)
{
	const char	*name, *outer = r->name;
	const struct node *tree;
	enum rc		 rc;

	rc = partial_tree(r, n, &name, &tree);
	if (rc != RC_OK)
		return rc;
	r->name = name;
	r->partials++;
	rc = put_nodes(r, tree);
	r->partials--;
	r->name = outer;
	return rc;
}

static enum rc
put_nodes(struct renderer *r, const struct node *n)
{
	enum rc	rc = RC_OK;

	for (; n != NULL && rc == RC_OK && !r->out->over; n = n->next)
		switch (n->kind) {
		case N_TEXT:
			(void)buf_add(r->out, n->s, n->len);
			break;
		case N_ESCAPED:
		case N_RAW:
			put_value(r, lookup(r, n),
			    n->kind == N_ESCAPED);
			break;
		case N_SECTION:
			rc = put_section(r, n);
			break;
		case N_INVERTED:
			if (!datum_says(lookup(r, n)))
				rc = put_nodes(r, n->child);
			break;
		case N_PARTIAL:
			rc = put_partial(r, n);
			break;
		}
	return rc;
}

enum rc
render_tree(const char *name, const struct node *tree, struct datum *data,
    enum render_escape escape, render_partial *partial, void *arg,
    struct arena *a, struct buf *out, struct err *err)
{
	struct renderer	 r;
	enum rc		 rc;

	r.name = name;
	r.escape = escape;
	r.partial = partial;
	r.arg = arg;
	r.out = out;
	r.arena = a;
	r.stack[0] = data;
	r.n = 1;
	r.partials = 0;
	r.err = err;
	rc = put_nodes(&r, tree);
	if (rc == RC_OK && out->over)
		rc = err_set(err, RC_REFUSED,
		    "%s: found more than %zu bytes of text, expected less",
		    name, out->max);
	return rc;
}

enum rc
render(const char *name, const char *tmpl, json_t *data,
    enum render_escape escape, render_partial *partial, void *arg,
    struct buf *out, struct err *err)
{
	struct arena	*a = arena_new();
	struct node	*nodes;
	enum rc		 rc;

	rc = tree_parse(name, tmpl, a, &nodes, err);
	if (rc == RC_OK)
		rc = render_tree(name, nodes, datum_from_json(a, data), escape,
		    partial, arg, a, out, err);
	arena_free(&a);
	return rc;
}

void
render_tree_tags(const struct node *n, struct arena *a, render_tag *tag,
    void *arg)
{
	static const char kinds[] = {
		[N_ESCAPED] = 'v', [N_RAW] = '&', [N_SECTION] = '#',
		[N_INVERTED] = '^', [N_PARTIAL] = '>'
	};

	for (; n != NULL; n = n->next) {
		if (n->kind == N_TEXT)
			continue;
		tag(arg, kinds[n->kind], arena_strndup(a, n->s, n->len),
		    n->line);
		render_tree_tags(n->child, a, tag, arg);
	}
}
