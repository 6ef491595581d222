#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "parsers/char_ref.h"
#include "parsers/html.h"
#include "parsers/limits.h"
#include "parsers/mime.h"
#include "parsers/text.h"

#define NOTE_MAX	300	/* bytes of a "please use an HTML reader" */
#define LINE_LOST	4096	/* bytes of a line that a cut may drop */

struct gather {
	struct mime	*m;
	struct body	*b;
	struct buf	 text;
	int		 n;		/* pieces */
};

static int
is_multipart(const struct part *p)
{
	return p->child != NULL && strncmp(p->type, "multipart/", 10) == 0;
}

static int
is_plain(const struct part *p)
{
	return strcmp(p->type, "text/plain") == 0 ||
	    strcmp(p->type, "text/markdown") == 0;
}

static int
is_html(const struct part *p)
{
	return strcmp(p->type, "text/html") == 0 ||
	    strcmp(p->type, "application/xhtml+xml") == 0;
}

/* Quote depth of a line of format=flowed, and where its text starts. */
static size_t
flow_depth(const char *p, const char *end, const char **text)
{
	size_t	 n = 0;

	while (p < end && *p == '>') {
		n++;
		p++;
	}
	*text = p < end && *p == ' ' ? p + 1 : p;
	return n;
}

/* RFC 3676: a line that ends with a blank goes on in the next one. */
static char *
unflow(struct arena *a, char *s, int delsp)
{
	char		*out = arena_alloc(a, strlen(s) + 2), *o = out;
	const char	*p = s, *end = s + strlen(s), *eol, *text;
	size_t		 depth, open_depth = 0;
	int		 open = 0;

	for (; p < end; p = eol + 1) {
		eol = memchr(p, '\n', (size_t)(end - p));
		eol = eol == NULL ? end : eol;
		depth = flow_depth(p, eol, &text);
		if (open && depth == open_depth &&
		    !(eol - text == 3 && memcmp(text, "-- ", 3) == 0)) {
			o--;			/* take the newline back */
			if (delsp && o > out && o[-1] == ' ')
				o--;
		} else if (depth > 0) {
			text = p;
		} else if (text > p && *p == ' ') {
			p++;			/* stuffed blank */
			text = p;
		}
		memcpy(o, text, (size_t)(eol - text));
		o += eol - text;
		*o++ = '\n';
		open = eol > text && eol[-1] == ' ' &&
		    !(eol - text == 3 && memcmp(text, "-- ", 3) == 0);
		open_depth = depth;
	}
	*o = '\0';
	return out;
}

/* Raw bytes are cut at a line so that no character is; but within one that is
 * so long that much would be lost. */
static size_t
cut_lines(const char *s, size_t len, size_t max, int *cut)
{
	const char	*lf;

	if (len <= max)
		return len;
	*cut = 1;
	lf = memrchr(s, '\n', max);
	return lf == NULL || (size_t)(s + max - lf) > LINE_LOST ?
	    text_cut(s, len, max) : (size_t)(lf - s);
}

static int
is_answer(const struct mime *m)
{
	return header_first(&m->head, "In-Reply-To") != NULL ||
	    header_first(&m->head, "References") != NULL;
}

/* Some programs send pages and say that they are text. */
static int
begins_as_page(const char *s, size_t len)
{
	size_t	n = 0;

	while (n < len && strchr(" \t\r\n", s[n]) != NULL)
		n++;
	s += n;
	len -= n;
	return (len > 14 && strncasecmp(s, "<!doctype html", 14) == 0) ||
	    (len > 6 && strncasecmp(s, "<html", 5) == 0 &&
	    strchr(" >\r\n", s[5]) != NULL);
}

const char *
part_text(struct mime *m, struct part *p, struct body *b)
{
	struct html_text	 h;
	const char		*bytes, *label = p->charset;
	char			*s;
	size_t			 len;
	int			 page;

	bytes = part_bytes(m->arena, p, &len);
	page = is_html(p) || begins_as_page(bytes, len);
	len = cut_lines(bytes, len, page ? HTML_MAX : BODY_MAX, &b->cut);
	if (label == NULL && page)
		label = html_charset(m->arena, bytes, len);
	s = text_decode(m->arena, bytes, len, label, &b->guessed, &len);
	if (page) {
		html_read(m->arena, s, len, is_answer(m), &h);
		b->cut |= h.cut;
		b->cells |= h.cells;
		b->dyed = h.dyed;
		b->n_dyed = h.n_dyed;
		return h.text;
	}
	s = char_refs_read(text_utf8_clean(m->arena, s, len));
	return p->flowed ? unflow(m->arena, s, p->delsp) : s;
}

/* Nothing, or only the sentence that an HTML reader is needed. */
static int
says_nothing(const char *s)
{
	size_t	 n;

	s += strspn(s, " \t\n");
	n = strlen(s);
	if (n == 0 || strcmp(s, "\xc2\xa0") == 0)
		return 1;
	return n < NOTE_MAX && strcasestr(s, "html") != NULL &&
	    strstr(s, "\xef\xbc\x9a") == NULL && strchr(s, ':') == NULL;
}

/* As much of it as there is room for: bytes of Big5 grow when decoded. */
static void
add(struct gather *g, const char *s, const struct part *p)
{
	size_t	len = strlen(s), fits;

	if (g->n++ == 0)
		g->b->part = p->number;
	if (g->text.len > 0 && g->text.data[g->text.len - 1] != '\n')
		(void)buf_putc(&g->text, '\n');
	fits = text_cut(s, len, g->text.max - g->text.len);
	(void)buf_add(&g->text, s, fits);
	g->b->cut |= fits < len;
}

static void	gather(struct gather *, struct part *);

/* The first leaf below p that pick() takes and that is no attachment. */
static struct part *
find(struct part *p, int (*pick)(const struct part *))
{
	struct part	*got;

	if (!is_multipart(p))
		return pick(p) && !p->attached ? p : NULL;
	for (p = p->child; p != NULL; p = p->next)
		if ((got = find(p, pick)) != NULL)
			return got;
	return NULL;
}

/* Words once as text and once as HTML: text, unless it says nothing. */
static void
alternative(struct gather *g, struct part *p)
{
	struct part	*plain = find(p, is_plain), *html = find(p, is_html);
	const char	*s = plain == NULL ? NULL : part_text(g->m, plain,
			    g->b);

	if (plain != NULL)
		plain->is_body = 1;
	if (html != NULL)
		html->is_body = 1;
	if (s != NULL && (html == NULL || !says_nothing(s))) {
		add(g, s, plain);
		if (html != NULL && g->b->other == NULL) {
			g->b->other = "";	/* read when it is asked for */
			g->b->other_part = html->number;
		}
	} else if (html != NULL) {
		add(g, part_text(g->m, html, g->b), html);
		g->b->was_html = 1;
	}
}

/* Text of a kind that nobody knows is plain (RFC 2046, section 4.1.4), where a
 * mail's words stand; of these kinds no person types. */
static int
is_unknown_text(const struct part *p)
{
	static const char *const typed_by_none[] = {
		"calendar", "css", "csv", "directory", "javascript",
		"rfc822-headers", "rtf", "vcard", "x-amp-html", "x-vcard",
		"xml",
	};

	if (p->number != 1 || strncmp(p->type, "text/", 5) != 0)
		return 0;
	for (size_t i = 0; i < sizeof(typed_by_none) /
	    sizeof(typed_by_none[0]); i++)
		if (strcmp(p->type + 5, typed_by_none[i]) == 0)
			return 0;
	return !is_html(p);
}

static void
gather_leaf(struct gather *g, struct part *p)
{
	/* A file name alone does not make the only words an attachment. */
	if (p->attached || (p->name != NULL && p->number != 1))
		return;
	if (is_plain(p) || is_unknown_text(p)) {
		p->is_body = 1;
		add(g, part_text(g->m, p, g->b), p);
	} else if (is_html(p)) {
		p->is_body = 1;
		add(g, part_text(g->m, p, g->b), p);
		g->b->was_html = 1;
	}
}

static void
gather(struct gather *g, struct part *p)
{
	struct part	*c;

	if (p->child != NULL && !is_multipart(p)) {	/* opened S/MIME */
		gather(g, p->child);
		return;
	}
	if (!is_multipart(p)) {
		gather_leaf(g, p);
		return;
	}
	if (strcmp(p->type, "multipart/alternative") == 0 &&
	    (find(p, is_plain) != NULL || find(p, is_html) != NULL)) {
		alternative(g, p);
		return;
	}
	for (c = p->child; c != NULL; c = c->next) {
		gather(g, c);
		if (strcmp(p->type, "multipart/related") == 0 && g->n > 0)
			return;		/* the rest belongs to the first */
	}
}

void
mime_body(struct mime *m, struct body *b)
{
	struct gather	 g;

	memset(b, 0, sizeof(*b));
	b->text = "";
	b->part = 1;
	if (m->root == NULL)
		return;
	memset(&g, 0, sizeof(g));
	g.m = m;
	g.b = b;
	buf_init(&g.text, BODY_MAX + 1);
	gather(&g, m->root);
	b->text = arena_strndup(m->arena, g.text.data, g.text.len);
	b->len = g.text.len;
	buf_free(&g.text);
}
