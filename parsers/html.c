#include "parsers/html.h"

#include <string.h>
#include <strings.h>

#include <libxml/HTMLparser.h>
#include <libxml/parserInternals.h>

#include "base/buf.h"
#include "parsers/html_quick.h"
#include "parsers/html_tag.h"
#include "parsers/limits.h"
#include "parsers/text.h"

/* What reply.c takes for the begin of quoted text. */
#define HEAD_RULE	"-----Original Message-----"
#define META_WITHIN	4096		/* bytes searched for a <meta> */
#define STYLE_MAX	512		/* bytes of a style that count */

struct walk {
	htmlParserCtxtPtr ctxt;
	struct buf	 out;
	int		 depth;
	int		 skip;		/* depth of what is left out, or 0 */
	int		 answer;	/* the mail answers another */
	int		 quote;		/* depth of the outermost quote */
	int		 pre;
	int		 line_empty;	/* nothing but "> " on this line */
	int		 space;		/* a blank is owed */
	int		 broke;		/* a newline is owed */
	int		 cell;		/* cells begun in this row */
	int		 cell_empty;	/* no word in this cell yet */
	int		 cut;
};

static void
put(struct walk *w, const char *s, size_t n)
{
	if (w->line_empty && w->quote > 0)
		(void)buf_puts(&w->out, "> ");
	w->line_empty = 0;
	(void)buf_add(&w->out, s, n);
}

static void
newline(struct walk *w)
{
	(void)buf_putc(&w->out, '\n');
	w->line_empty = 1;
	w->space = 0;
}

/* Pay what is owed before a word is written. */
static void
settle(struct walk *w)
{
	if (w->broke && w->cell_empty && w->cell > 0) {
		/* the paragraph at the head of a cell starts no line */
	} else if (w->broke && !w->line_empty) {
		newline(w);
	} else if (w->space && !w->line_empty) {
		put(w, " ", 1);
	}
	w->broke = w->space = 0;
}

static void
stop(struct walk *w)
{
	w->cut = 1;
	if (w->ctxt != NULL)
		xmlStopParser(w->ctxt);
}

static int
is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static int
on_text(void *ctx, const char *s, size_t len)
{
	struct walk	*w = ctx;
	size_t		 i = 0, from;

	if (w->skip)
		return 1;
	while (i < len) {
		if (w->pre && s[i] == '\n') {
			settle(w);
			newline(w);
			i++;
			continue;
		}
		if (is_blank(s[i])) {
			if (w->pre && s[i] != '\r')
				put(w, s + i, 1);
			else
				w->space = 1;
			i++;
			continue;
		}
		from = i;
		while (i < len && !is_blank(s[i]))
			i++;
		settle(w);
		put(w, s + from, i - from);
		w->cell_empty = 0;
	}
	if (w->out.over && !w->cut)
		stop(w);
	return !w->cut;
}

static int
says(const char *packed, const char *what)
{
	return strstr(packed, what) != NULL;
}

static int
has(const char *s, const char *what)
{
	return s != NULL && strcasestr(s, what) != NULL;
}

/* A style in lower case without its blanks: "Display : None" is found too. */
static void
style_pack(const char *style, char packed[STYLE_MAX])
{
	size_t	n = 0;

	for (; *style != '\0' && n + 1 < STYLE_MAX; style++)
		if ((unsigned char)*style > ' ')
			packed[n++] = *style >= 'A' && *style <= 'Z' ?
			    (char)(*style - 'A' + 'a') : *style;
	packed[n] = '\0';
}

static int
style_hides(const char *style)
{
	char	packed[STYLE_MAX];

	style_pack(style, packed);
	return says(packed, "display:none") || says(packed, "mso-hide:all") ||
	    says(packed, "visibility:hidden") ||
	    says(packed, "font-size:0;") || says(packed, "font-size:0px");
}

static int
is_hidden(const char **atts)
{
	for (; atts != NULL && atts[0] != NULL; atts += 2) {
		if (strcmp(atts[0], "hidden") == 0)
			return 1;
		if (strcmp(atts[0], "style") == 0 && atts[1] != NULL &&
		    style_hides(atts[1]))
			return 1;
	}
	return 0;
}

/* A bar at the left is how programs draw a quote; "border:none" with a wide
 * margin is how they indent. */
static int
style_quotes(const char *style, int otherwise)
{
	char	packed[STYLE_MAX];

	style_pack(style, packed);
	if (says(packed, "border-left:") && !says(packed, "border-left:none") &&
	    !says(packed, "border-left:0"))
		return 1;
	return says(packed, "border:none") || says(packed, "border:0") ? 0 :
	    otherwise;
}

/* Indentation also uses <blockquote>: one that does not say what it is counts
 * in an answer, where a quote is what one expects. */
static int
is_quote(const struct walk *w, const char *tag, const char **atts)
{
	int	quotes = w->answer;

	if (strcmp(tag, "blockquote") != 0)
		return 0;
	for (; atts != NULL && atts[0] != NULL; atts += 2) {
		if (strcmp(atts[0], "cite") == 0 || has(atts[1], "cite") ||
		    has(atts[1], "quote"))
			return 1;
		if (strcmp(atts[0], "style") == 0 && atts[1] != NULL)
			quotes = style_quotes(atts[1], quotes);
	}
	return quotes;
}

/*
 * The box in which Outlook names sender, date and subject of what follows, in
 * whatever language: its rule above is known by its padding.
 */
static int
is_outlook_head(const char *tag, const char **atts)
{
	char	packed[STYLE_MAX];

	if (strcmp(tag, "div") != 0)
		return 0;
	for (; atts != NULL && atts[0] != NULL; atts += 2) {
		if (strcmp(atts[0], "style") != 0 || atts[1] == NULL)
			continue;
		style_pack(atts[1], packed);
		return says(packed, "border:none;border-top:solid#") &&
		    says(packed, "padding:3.0pt");
	}
	return 0;
}

static void
open_quote(struct walk *w, const char *name, const char **atts)
{
	int	head = w->out.len > 0 && is_outlook_head(name, atts);

	if (!head && !is_quote(w, name, atts))
		return;
	if (!w->line_empty)
		newline(w);
	if (head) {
		put(w, HEAD_RULE, sizeof(HEAD_RULE) - 1);
		newline(w);
	} else {
		w->quote = w->depth;
	}
}

static void
on_start(void *ctx, const struct html_tag *tag, const char **atts)
{
	struct walk	*w = ctx;

	if (++w->depth > HTML_DEPTH) {
		stop(w);
		return;
	}
	if (w->skip)
		return;
	if (tag->act == ACT_SKIP || is_hidden(atts)) {
		w->skip = w->depth;
		return;
	}
	if (w->quote == 0)
		open_quote(w, tag->name, atts);
	switch (tag->act) {
	case ACT_PRE:
		w->pre = w->depth;
		w->broke = 1;
		break;
	case ACT_BREAK:
		settle(w);
		newline(w);
		break;
	case ACT_ROW:
		if (!w->line_empty)
			newline(w);
		w->cell = 0;
		w->broke = w->space = 0;
		break;
	case ACT_CELL:
		if (w->cell++ > 0)
			put(w, "\t", 1);
		w->cell_empty = 1;
		w->broke = w->space = 0;
		break;
	case ACT_BLOCK:
		w->broke = 1;
		break;
	case ACT_SKIP:
	case ACT_NONE:
		break;
	}
}

static void
on_end(void *ctx, const struct html_tag *tag)
{
	struct walk	*w = ctx;

	if (w->skip > 0) {
		if (w->skip == w->depth)
			w->skip = 0;
		w->depth--;
		return;
	}
	if (w->pre == w->depth)
		w->pre = 0;
	if (w->quote == w->depth && w->quote > 0) {
		w->quote = 0;
		w->broke = 1;
	}
	w->depth--;
	if (tag->act == ACT_ROW) {
		if (!w->line_empty)
			newline(w);
		w->cell = 0;
		w->broke = 0;
	} else if (tag->act == ACT_BLOCK || tag->act == ACT_PRE) {
		w->broke = 1;
	}
}

/* The parser gives the names of elements and attributes in lower case. */
static const struct html_tag *
tag_of(const xmlChar *name)
{
	return html_tag((const char *)name, strlen((const char *)name));
}

static void
sax_start(void *ctx, const xmlChar *name, const xmlChar **atts)
{
	on_start(ctx, tag_of(name), (const char **)atts);
}

static void
sax_end(void *ctx, const xmlChar *name)
{
	on_end(ctx, tag_of(name));
}

static void
sax_text(void *ctx, const xmlChar *text, int len)
{
	if (len > 0)
		(void)on_text(ctx, (const char *)text, (size_t)len);
}

/* A parser for strangers' bytes must not write to anybody's terminal. */
static void
quiet(void *ctx, const char *fmt, ...)
{
	(void)ctx;
	(void)fmt;
}

/*
 * Word writes <![if !supportLists]> outside of comments, which the parser
 * would show as text.  Comments are copied whole: theirs end in "]-->".
 */
static const char *
without_conditions(struct arena *a, const char *s, size_t *len)
{
	const char	*p = s, *end = s + *len, *q;
	char		*out, *o;

	if (memmem(s, *len, "<![", 3) == NULL)
		return s;
	out = o = arena_alloc(a, *len + 1);
	while (p < end) {
		q = memchr(p, '<', (size_t)(end - p));
		q = q == NULL ? end : q;
		memcpy(o, p, (size_t)(q - p));
		o += q - p;
		p = q;
		if (end - p >= 4 && memcmp(p, "<!--", 4) == 0) {
			q = memmem(p, (size_t)(end - p), "-->", 3);
			q = q == NULL ? end : q + 3;
			memcpy(o, p, (size_t)(q - p));
			o += q - p;
			p = q;
		} else if (end - p >= 3 && memcmp(p, "<![", 3) == 0) {
			q = memchr(p, '>', (size_t)(end - p));
			p = q == NULL ? end : q + 1;
		} else if (p < end) {
			*o++ = *p++;
		}
	}
	*len = (size_t)(o - out);
	return out;
}

static void
begin(struct walk *w, int answer)
{
	memset(w, 0, sizeof(*w));
	w->answer = answer;
	w->line_empty = 1;
	buf_init(&w->out, BODY_MAX);
}

/* Not the push parser: that one stops at </html>, and mails go on after it. */
static void
parse(struct walk *w, const char *s, size_t len)
{
	htmlSAXHandler	 sax;

	memset(&sax, 0, sizeof(sax));
	sax.startElement = sax_start;
	sax.endElement = sax_end;
	sax.characters = sax_text;
	sax.ignorableWhitespace = sax_text;
	sax.warning = quiet;
	sax.error = quiet;
	sax.fatalError = quiet;
	w->ctxt = len == 0 ? NULL : htmlCreateMemoryParserCtxt(s, (int)len);
	if (w->ctxt == NULL)
		return;
	*w->ctxt->sax = sax;
	w->ctxt->userData = w;
	(void)htmlCtxtUseOptions(w->ctxt, HTML_PARSE_RECOVER |
	    HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET |
	    HTML_PARSE_IGNORE_ENC);
	(void)xmlSwitchEncoding(w->ctxt, XML_CHAR_ENCODING_UTF8);
	(void)htmlParseDocument(w->ctxt);
	xmlFreeDoc(w->ctxt->myDoc);
	w->ctxt->myDoc = NULL;
	htmlFreeParserCtxt(w->ctxt);
}

/* 0: the HTML is not tidy, and w is as it was. */
static int
parse_quick(struct walk *w, const char *s, size_t len)
{
	static const struct html_events on = { on_start, on_end, on_text };
	int	answer = w->answer;

	if (html_quick(s, len, &on, w) && !w->cut)
		return 1;
	buf_free(&w->out);
	begin(w, answer);
	return 0;
}

static void
read_with(struct arena *a, const char *utf8, size_t len, int answer,
    int quick, struct html_text *out)
{
	struct walk	w;
	int		too_long = len > HTML_MAX;

	memset(out, 0, sizeof(*out));
	if (too_long)
		len = text_cut(utf8, len, HTML_MAX);
	utf8 = text_utf8_clean(a, utf8, len);	/* a NUL would end it */
	len = strlen(utf8);
	utf8 = without_conditions(a, utf8, &len);
	begin(&w, answer);
	if (!quick || !parse_quick(&w, utf8, len))
		parse(&w, utf8, len);
	out->cut = too_long || w.cut || w.out.over;
	out->text = text_utf8_clean(a, w.out.data, w.out.len);
	out->len = strlen(out->text);
	buf_free(&w.out);
}

void
html_read(struct arena *a, const char *utf8, size_t len, int answer,
    struct html_text *out)
{
	read_with(a, utf8, len, answer, 1, out);
}

void
html_read_fully(struct arena *a, const char *utf8, size_t len, int answer,
    struct html_text *out)
{
	read_with(a, utf8, len, answer, 0, out);
}

char *
html_charset(struct arena *a, const char *s, size_t len)
{
	const char	*p = s, *end = s + (len < META_WITHIN ? len :
			    META_WITHIN), *q;

	while (p < end && (p = memchr(p, '<', (size_t)(end - p))) != NULL) {
		if (end - p > 6 && strncasecmp(p, "<meta", 5) == 0)
			break;
		p++;
	}
	for (; p != NULL && p + 8 < end; p++) {
		if (strncasecmp(p, "charset", 7) != 0)
			continue;
		p += 7;
		while (p < end && strchr(" \t=\"'", *p) != NULL && *p != '\0')
			p++;
		for (q = p; q < end && q - p < 40 && *q > ' ' &&
		    strchr("\"'>;/", *q) == NULL; q++)
			;
		return arena_strndup(a, p, (size_t)(q - p));
	}
	return NULL;
}
