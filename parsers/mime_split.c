#include "parsers/mime_split.h"

#include <string.h>
#include <strings.h>

#include <libetpan/libetpan.h>

#include "parsers/header.h"

#define NESTED_MAX	8		/* deeper ones are not plain */

/*
 * libetpan 1.9.4 copies len - 2 bytes of a boundary that starts with a quote,
 * also when it is one byte long.  It calls this function through the dynamic
 * linker, so ours is the one that runs.
 */
char	*mailmime_extract_boundary(struct mailmime_content *);

char *
mailmime_extract_boundary(struct mailmime_content *ct)
{
	char	 name[] = "boundary", *b = mailmime_content_param_get(ct, name);
	size_t	 n;

	if (b == NULL)
		return NULL;
	n = strlen(b);
	if (n >= 2 && b[0] == '"' && b[n - 1] == '"') {
		b++;
		n -= 2;
	}
	if (n == 0)
		return NULL;
	char	*copy = xcalloc(1, n + 1);	/* libetpan calls free() */

	memcpy(copy, b, n);
	return copy;
}

/* What is needed of libetpan's node and of all below it. */
static void
copy_node(struct arena *a, const struct mailmime *node, struct mime_piece *p)
{
	const struct mailmime_data *body = node->mm_body;
	struct mime_piece **tail = &p->child;
	clistiter	*it;

	if (body == NULL)
		return;
	p->head = node->mm_mime_start;
	p->body = body->dt_data.dt_text.dt_data;
	p->len = body->dt_data.dt_text.dt_length;
	p->several = node->mm_type == MAILMIME_MULTIPLE;
	if (!p->several)
		return;
	for (it = clist_begin(node->mm_data.mm_multipart.mm_mp_list);
	    it != NULL; it = clist_next(it)) {
		*tail = arena_alloc(a, sizeof(**tail));
		copy_node(a, clist_content(it), *tail);
		tail = &(*tail)->next;
	}
}

/* libetpan sees the body with a header of our own making. */
int
mime_split_fully(struct arena *a, const char *type, const char *boundary,
    const char *s, size_t len, struct mime_piece **first)
{
	struct mime_piece whole = { 0 };
	struct mailmime	*tree = NULL, *top;
	char		*head = arena_printf(a, "Content-Type: %s;\r\n "
			    "boundary=\"%s\"\r\n\r\n", type, boundary), *all;
	size_t		 n = strlen(head), at = 0;
	int		 found;

	all = arena_alloc(a, n + len + 1);
	memcpy(all, head, n);
	memcpy(all + n, s, len);
	if (mailmime_parse(all, n + len, &at, &tree) != MAILIMF_NO_ERROR)
		return 0;
	top = tree->mm_type == MAILMIME_MESSAGE ?
	    tree->mm_data.mm_message.mm_msg_mime : NULL;
	found = top != NULL && top->mm_type == MAILMIME_MULTIPLE;
	if (found) {
		whole.several = 1;
		copy_node(a, top, &whole);
		*first = whole.child;
	}
	mailmime_free(tree);
	return found;
}

static int
is_word(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' &&
	    (c | 0x20) <= 'z') || c == '-';
}

static const char *
skip_blanks(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	return p;
}

/* Blanks and folds between the parameters of a field. */
static const char *
skip_folds(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' ||
	    *p == '\n'))
		p++;
	return p;
}

/* Past "\r\n" or "\n", or NULL. */
static const char *
skip_newline(const char *p, const char *end)
{
	if (p < end && *p == '\r')
		p++;
	return p < end && *p == '\n' ? p + 1 : NULL;
}

/* NULs, and CRs without LF, which end a line for some and not for others. */
static int
has_odd_bytes(const char *s, const char *end)
{
	if (memchr(s, '\0', (size_t)(end - s)) != NULL)
		return 1;
	while ((s = memchr(s, '\r', (size_t)(end - s))) != NULL) {
		if (s + 1 == end || s[1] != '\n')
			return 1;
		s += 2;
		if (s == end)
			break;
	}
	return 0;
}

/* name=value at p, past it; NULL: not plain.  The boundary is noted. */
static const char *
parameter(struct arena *a, const char *p, const char *end,
    const char **boundary)
{
	const char	*name = p, *value, *stop;

	while (p < end && is_word(*p))
		p++;
	if (p == name || p == end || *p != '=')
		return NULL;
	value = ++p;
	if (p < end && *p == '"') {
		for (p = ++value; p < end && *p != '"'; p++)
			if (*p < ' ' || *p > '~' || *p == '\\')
				return NULL;
		stop = p;
		if (p++ == end)
			return NULL;
	} else {
		while (p < end && (is_word(*p) || *p == '_' || *p == '.'))
			p++;
		stop = p;
	}
	if (stop == value)
		return NULL;
	if (p - name > 9 && strncasecmp(name, "boundary=", 9) == 0) {
		if (*boundary != NULL || memchr(value, '(', (size_t)(stop -
		    value)) != NULL || memchr(value, ')', (size_t)(stop -
		    value)) != NULL || stop[-1] == ' ' || *value == ' ')
			return NULL;
		*boundary = arena_strndup(a, value, (size_t)(stop - value));
	}
	return p;
}

/*
 * What a Content-Type says: 0 it is not plain, 1 a leaf, 2 a multipart and
 * its boundary.
 */
static int
read_type(struct arena *a, const char *p, const char *end,
    const char **boundary)
{
	const char	*type = p;

	while (p < end && (is_word(*p) || strchr("/.+_", *p) != NULL))
		p++;
	if (p == type)
		return 0;
	if (strncasecmp(type, "message", 7) == 0)
		return 0;
	if (strncasecmp(type, "multipart", 9) != 0) {
		p = skip_folds(p, end);
		return p == end || *p == ';';
	}
	if (p - type < 11 || type[9] != '/' || strncasecmp(type + 10, "digest",
	    6) == 0)
		return 0;
	while (p < end && *p == ';') {
		p = parameter(a, skip_folds(p + 1, end), end, boundary);
		if (p == NULL)
			return 0;
		p = skip_folds(p, end);
	}
	return p == end && *boundary != NULL ? 2 : 0;
}

/* Past the field at p, which must be plain; NULL: it is not. */
static const char *
skip_field(const char *p, const char *end, const char **value)
{
	const char	*name = p, *nl;

	while (p < end && is_word(*p))
		p++;
	if (p == name || p == end || *p != ':')
		return NULL;
	*value = p + 1;
	do {
		p = skip_blanks(p, end);
		if (p == end || *p == '\r' || *p == '\n')
			return NULL;		/* a line of blanks */
		nl = memchr(p, '\n', (size_t)(end - p));
		if (nl == NULL)
			return NULL;
		p = nl + 1;
	} while (p < end && (*p == ' ' || *p == '\t'));
	return p;
}

static int	pieces(struct arena *, const char *, const char *,
		    const char *boundary, int depth, struct mime_piece **);

/* One part: a header of plain fields, an empty line, a body. */
static int
piece(struct arena *a, const char *s, const char *end, int depth,
    struct mime_piece *out)
{
	const char	*p = s, *next, *value, *stop, *boundary = NULL;
	int		 type = 0;

	for (; (next = skip_newline(p, end)) == NULL; p = next) {
		next = skip_field(p, end, &value);
		if (next == NULL)
			return 0;
		if (strncasecmp(p, "Content-Type:", 13) != 0)
			continue;
		for (stop = next; stop > value && (unsigned char)stop[-1] <=
		    ' '; stop--)
			;
		if (type != 0)
			return 0;
		type = read_type(a, skip_blanks(value, stop), stop, &boundary);
		if (type == 0)
			return 0;
	}
	if (p == s)
		return 0;
	out->head = s;
	out->body = next;
	out->len = (size_t)(end - next);
	out->several = type == 2;
	return type != 2 || pieces(a, next, end, boundary, depth + 1,
	    &out->child);
}

/* The first boundary, behind a preamble without riddles. */
static const char *
first_line(const char *s, const char *end, const char *line, size_t n)
{
	const char	*p = memmem(s, (size_t)(end - s), "--", 2), *dash;

	if (p == NULL || (p > s && p[-1] != '\n') || (size_t)(end - p) < n ||
	    memcmp(p, line + 1, n - 1) != 0)
		return NULL;
	dash = memmem(s, (size_t)(p - s), "\n-", 2);
	return dash != NULL || (p > s && *s == '-') ? NULL : p;
}

static int
pieces(struct arena *a, const char *s, const char *end, const char *boundary,
    int depth, struct mime_piece **tail)
{
	const char	*line = arena_printf(a, "\n--%s", boundary);
	const char	*p, *next, *stop;
	size_t		 n = strlen(line), count = 0;

	p = depth > NESTED_MAX ? NULL : first_line(s, end, line, n);
	for (; p != NULL; count++) {
		p += n - 1;
		if (end - p >= 2 && p[0] == '-' && p[1] == '-')
			return count > 0 && memmem(p, (size_t)(end - p), line,
			    n) == NULL;
		p = skip_newline(skip_blanks(p, end), end);
		next = p == NULL ? NULL : memmem(p, (size_t)(end - p), line,
		    n);
		if (next == NULL)
			break;
		stop = next > p && next[-1] == '\r' ? next - 1 : next;
		*tail = arena_alloc(a, sizeof(**tail));
		if (!piece(a, p, stop, depth, *tail))
			break;
		tail = &(*tail)->next;
		p = next + 1;
	}
	return 0;
}

int
mime_split_quick(struct arena *a, const char *type, const char *boundary,
    const char *s, size_t len, struct mime_piece **first)
{
	*first = NULL;
	return strcmp(type, "multipart/digest") != 0 &&
	    boundary[0] != ' ' && boundary[strlen(boundary) - 1] != ' ' &&
	    !has_odd_bytes(s, s + len) &&
	    pieces(a, s, s + len, boundary, 0, first);
}

int
mime_split(struct arena *a, const char *type, const char *boundary,
    const char *s, size_t len, struct mime_piece **first)
{
	if (mime_split_quick(a, type, boundary, s, len, first))
		return 1;
	*first = NULL;
	return mime_split_fully(a, type, boundary, s, len, first);
}
