#include "templates/render.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "templates/tree.h"

#define STACK_MAX	256	/* contexts, over all partials */
#define PARTIALS_MAX	48	/* one inside the other */

struct renderer {
	const char	*name;
	enum render_escape escape;
	render_partial	*partial;
	void		*arg;
	struct buf	*out;
	struct arena	*arena;
	json_t		*stack[STACK_MAX];	/* borrowed */
	int		 n;
	int		 partials;
	struct err	*err;
};

static json_t *
member(json_t *v, const char *s, size_t len)
{
	return json_is_object(v) ? json_object_getn(v, s, len) : NULL;
}

/* Resolve "a", "a.b.c", "." or ".a" (only in the current context). */
static json_t *
lookup(const struct renderer *r, const char *s, size_t len)
{
	const char	*end = s + len, *dot;
	json_t		*v = NULL;
	size_t		 n;

	if (*s == '.') {
		v = r->stack[r->n - 1];
		s++;
	} else {
		dot = memchr(s, '.', len);
		n = dot == NULL ? len : (size_t)(dot - s);
		for (int i = r->n - 1; i >= 0 && v == NULL; i--)
			v = member(r->stack[i], s, n);
		s = dot == NULL ? end : dot + 1;
	}
	while (v != NULL && s < end) {
		dot = memchr(s, '.', (size_t)(end - s));
		n = (size_t)((dot == NULL ? end : dot) - s);
		v = member(v, s, n);
		s = dot == NULL ? end : dot + 1;
	}
	return v;
}

/* An empty text counts as nothing, a number never does. */
static int
truthy(const json_t *v)
{
	return v != NULL && !json_is_null(v) && !json_is_false(v) &&
	    !(json_is_array(v) && json_array_size(v) == 0) &&
	    !(json_is_string(v) && json_string_length(v) == 0);
}

static void
put_html(struct buf *out, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		switch (s[i]) {
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
put_value(const struct renderer *r, const json_t *v, int escaped)
{
	switch (v == NULL ? JSON_NULL : json_typeof(v)) {
	case JSON_STRING:
		if (escaped && r->escape == RENDER_HTML)
			put_html(r->out, json_string_value(v),
			    json_string_length(v));
		else
			(void)buf_add(r->out, json_string_value(v),
			    json_string_length(v));
		break;
	case JSON_INTEGER:
		(void)buf_addf(r->out, "%lld",
		    (long long)json_integer_value(v));
		break;
	case JSON_REAL:
		put_real(r->out, json_real_value(v));
		break;
	case JSON_TRUE:
		(void)buf_puts(r->out, "true");
		break;
	case JSON_FALSE:
		(void)buf_puts(r->out, "false");
		break;
	case JSON_NULL:
	case JSON_OBJECT:
	case JSON_ARRAY:
		break;
	}
}

static enum rc	put_nodes(struct renderer *, const struct node *);

static enum rc
put_in(struct renderer *r, const struct node *n, json_t *context)
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
	json_t	*v = lookup(r, n->s, n->len), *item;
	size_t	 i;
	enum rc	 rc = RC_OK;

	if (!truthy(v))
		return RC_OK;
	if (!json_is_array(v))
		return put_in(r, n, v);
	json_array_foreach(v, i, item) {
		rc = put_in(r, n, item);
		if (rc != RC_OK || r->out->over)
			break;
	}
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
put_partial(struct renderer *r, const struct node *n)
{
	char		*name = arena_strndup(r->arena, n->s, n->len);
	const char	*text, *outer = r->name;
	struct node	*nodes;
	enum rc		 rc;

	text = r->partial == NULL ? NULL : r->partial(r->arg, name);
	if (text == NULL)
		return RC_OK;
	if (r->partials == PARTIALS_MAX)
		return err_set(r->err, RC_REFUSED,
		    "%s:%d: found partial \"%s\" %d times in itself, expected "
		    "an end", r->name, n->line, name, PARTIALS_MAX);
	rc = tree_parse(name, indented(r, text, n), r->arena, &nodes, r->err);
	if (rc != RC_OK)
		return rc;
	r->name = name;
	r->partials++;
	rc = put_nodes(r, nodes);
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
			put_value(r, lookup(r, n->s, n->len),
			    n->kind == N_ESCAPED);
			break;
		case N_SECTION:
			rc = put_section(r, n);
			break;
		case N_INVERTED:
			if (!truthy(lookup(r, n->s, n->len)))
				rc = put_nodes(r, n->child);
			break;
		case N_PARTIAL:
			rc = put_partial(r, n);
			break;
		}
	return rc;
}

enum rc
render(const char *name, const char *tmpl, json_t *data,
    enum render_escape escape, render_partial *partial, void *arg,
    struct buf *out, struct err *err)
{
	struct renderer	*r = xcalloc(1, sizeof(*r));
	struct node	*nodes;
	enum rc		 rc;

	r->name = name;
	r->escape = escape;
	r->partial = partial;
	r->arg = arg;
	r->out = out;
	r->err = err;
	r->arena = arena_new();
	r->stack[r->n++] = data;
	rc = tree_parse(name, tmpl, r->arena, &nodes, err);
	if (rc == RC_OK)
		rc = put_nodes(r, nodes);
	if (rc == RC_OK && out->over)
		rc = err_set(err, RC_REFUSED,
		    "%s: found more than %zu bytes of text, expected less",
		    name, out->max);
	arena_free(&r->arena);
	free(r);
	return rc;
}

static void
walk(const struct node *n, struct arena *a, render_tag *tag, void *arg)
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
		walk(n->child, a, tag, arg);
	}
}

enum rc
render_tags(const char *name, const char *tmpl, render_tag *tag, void *arg,
    struct err *err)
{
	struct arena	*a = arena_new();
	struct node	*nodes;
	enum rc		 rc = tree_parse(name, tmpl, a, &nodes, err);

	if (rc == RC_OK)
		walk(nodes, a, tag, arg);
	arena_free(&a);
	return rc;
}
