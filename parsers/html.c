#include "parsers/html.h"

#include <string.h>
#include <strings.h>

#include <libxml/HTMLparser.h>
#include <libxml/parserInternals.h>
#include <unistr.h>

#include "base/buf.h"
#include "parsers/html_style.h"
#include "parsers/html_word.h"
#include "parsers/limits.h"
#include "parsers/symbol.h"
#include "parsers/text.h"

/* What reply.c takes for the begin of quoted text. */
#define HEAD_RULE	"-----Original Message-----"
#define META_WITHIN	4096		/* bytes searched for a <meta> */
#define LINK_MAX	256		/* bytes of a sender's address */
#define TAGS_MAX	10		/* of one letter, with an empty one */
#define DYED_MAX	200		/* further ones are not marked */

enum act {
	ACT_NONE,
	ACT_BLOCK,		/* starts and ends a line */
	ACT_TABLE,		/* and an empty line below its columns */
	ACT_BREAK,
	ACT_ROW,
	ACT_CELL,
	ACT_SKIP,		/* nothing in it is text */
	ACT_STRUCK,
	ACT_LINK,
	ACT_INPUT,
	ACT_PRE
};

/* By first letter: most elements of a page are none of these. */
static const struct tag {
	const char	*name;
	enum act	 act;
} tags['z' - 'a' + 1][TAGS_MAX] = {
	['a' - 'a'] = { { "a", ACT_LINK }, { "address", ACT_BLOCK },
	    { "article", ACT_BLOCK } },
	['b' - 'a'] = { { "blockquote", ACT_BLOCK }, { "body", ACT_BLOCK },
	    { "br", ACT_BREAK } },
	['c' - 'a'] = { { "caption", ACT_BLOCK }, { "center", ACT_BLOCK } },
	['d' - 'a'] = { { "dd", ACT_BLOCK }, { "del", ACT_STRUCK },
	    { "div", ACT_BLOCK },
	    { "dl", ACT_BLOCK }, { "dt", ACT_BLOCK } },
	['f' - 'a'] = { { "fieldset", ACT_BLOCK }, { "footer", ACT_BLOCK },
	    { "form", ACT_BLOCK } },
	['h' - 'a'] = { { "h1", ACT_BLOCK }, { "h2", ACT_BLOCK },
	    { "h3", ACT_BLOCK }, { "h4", ACT_BLOCK }, { "h5", ACT_BLOCK },
	    { "h6", ACT_BLOCK }, { "header", ACT_BLOCK }, { "hr", ACT_BLOCK },
	    { "html", ACT_BLOCK } },
	['i' - 'a'] = { { "input", ACT_INPUT } },
	['l' - 'a'] = { { "li", ACT_BLOCK } },
	['n' - 'a'] = { { "noscript", ACT_SKIP } },
	['o' - 'a'] = { { "object", ACT_SKIP }, { "ol", ACT_BLOCK } },
	['p' - 'a'] = { { "p", ACT_BLOCK }, { "pre", ACT_PRE } },
	['s' - 'a'] = { { "s", ACT_STRUCK }, { "script", ACT_SKIP },
	    { "section", ACT_BLOCK }, { "select", ACT_SKIP },
	    { "strike", ACT_STRUCK }, { "style", ACT_SKIP } },
	['t' - 'a'] = { { "table", ACT_TABLE }, { "tbody", ACT_BLOCK },
	    { "td", ACT_CELL }, { "template", ACT_SKIP }, { "th", ACT_CELL },
	    { "title", ACT_SKIP }, { "tr", ACT_ROW } },
	['u' - 'a'] = { { "ul", ACT_BLOCK } },
	['x' - 'a'] = { { "xml", ACT_SKIP } },
};

struct walk {
	htmlParserCtxtPtr ctxt;
	struct buf	 out;
	int		 depth;
	int		 skip;		/* depth of what is left out, or 0 */
	int		 keep_struck;	/* what is struck out is all there is */
	int		 struck;	/* something was left out as that */
	int		 answer;	/* the mail answers another */
	int		 quote;		/* depth of the outermost quote */
	int		 pre;
	int		 line_empty;	/* nothing but "> " on this line */
	int		 space;		/* a blank is owed */
	int		 broke;		/* a newline is owed */
	int		 breaks;	/* <br> of a cell, owed if it goes on */
	int		 cell;		/* cells begun in this row */
	int		 cells;		/* there was one */
	int		 cell_empty;	/* no word in this cell yet */
	int		 tables;	/* open ones */
	int		 columns;	/* they have cells side by side */
	int		 gap;		/* an empty line is owed */
	char		 sender[LINK_MAX];	/* of the open link, or "" */
	size_t		 link_at;	/* where its words begin */
	int		 link;		/* depth of the outermost link, or 0 */
	int		 dye;		/* of the outermost colour, or 0 */
	int		 symbols;	/* of the outermost symbol font, or 0 */
	struct html_span dyed[DYED_MAX];
	size_t		 n_dyed;
	int		 cut;
};

/* Words of a colour begin, when its first word is written. */
static void
dye(struct walk *w)
{
	struct html_span	*last = &w->dyed[w->n_dyed];

	if (w->dye > 0 && w->n_dyed < DYED_MAX && last->to == 0)
		*last = (struct html_span){ w->out.len, w->out.len + 1 };
}

static void
end_dye(struct walk *w)
{
	w->dye = 0;
	if (w->n_dyed < DYED_MAX && w->dyed[w->n_dyed].to > 0)
		w->dyed[w->n_dyed++].to = w->out.len;
}

/* The parser gives the names of elements and attributes in lower case. */
static enum act
act_of(const char *name)
{
	const struct tag	*t;

	if (*name < 'a' || *name > 'z')
		return ACT_NONE;
	for (t = tags[*name - 'a']; t->name != NULL; t++)
		if (strcmp(name, t->name) == 0)
			return t->act;
	return ACT_NONE;
}

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
	if (w->gap) {
		if (!w->line_empty)
			newline(w);
		newline(w);
		w->gap = w->broke = 0;
	}
	if (w->broke && w->cell_empty && w->cell > 0) {
		/* the paragraph at the head of a cell starts no line */
	} else if (w->breaks > 0) {
		while (w->breaks-- > 0)
			newline(w);
	} else if (w->broke && !w->line_empty) {
		newline(w);
	} else if (w->space && !w->line_empty) {
		put(w, " ", 1);
	}
	w->broke = w->space = w->breaks = 0;
}

static void
stop(struct walk *w)
{
	w->cut = 1;
	xmlStopParser(w->ctxt);
}

static int
is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* Of no-break spaces only, beside another cell: that ends no value there. */
static int
is_filler(const struct walk *w, const char *s, size_t n)
{
	if (w->cell < 2)
		return 0;
	for (; n >= 2 && memcmp(s, "\xc2\xa0", 2) == 0; s += 2)
		n -= 2;
	return n == 0;
}

/* A word, unless it is a single letter of a symbol font, and that a tick. */
static void
put_word(struct walk *w, const char *s, size_t n)
{
	const char	*tick = NULL;
	ucs4_t		 code;

	if (w->symbols > 0 &&
	    u8_mbtouc(&code, (const uint8_t *)s, n) == (int)n)
		tick = symbol_tick(code);
	settle(w);
	dye(w);
	put(w, tick == NULL ? s : tick, tick == NULL ? n : strlen(tick));
	w->cell_empty = 0;
}

static void
on_text(void *ctx, const xmlChar *text, int len)
{
	struct walk	*w = ctx;
	const char	*s = (const char *)text;
	int		 i = 0, from;

	if (w->skip || len <= 0)
		return;
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
		if (is_filler(w, s + from, (size_t)(i - from))) {
			w->space = 1;
			continue;
		}
		put_word(w, s + from, (size_t)(i - from));
	}
	if (w->out.over && !w->cut)
		stop(w);
}

static int
has(const char *s, const char *what)
{
	return s != NULL && strcasestr(s, what) != NULL;
}

/* Is it so of one of the attributes? */
static int
any(const xmlChar **atts, int (*is)(const char *name, const char *value))
{
	for (; atts != NULL && atts[0] != NULL; atts += 2)
		if (is((const char *)atts[0], (const char *)atts[1]))
			return 1;
	return 0;
}

static int
hides(const char *name, const char *value)
{
	return strcmp(name, "hidden") == 0 || (strcmp(name, "style") == 0 &&
	    value != NULL && style_hides(value));
}

static int
strikes(const char *name, const char *value)
{
	return strcmp(name, "style") == 0 && value != NULL &&
	    style_strikes(value);
}

/* Is nothing of the element read? */
static int
is_left_out(struct walk *w, enum act act, const xmlChar **atts)
{
	if (act == ACT_SKIP || any(atts, hides))
		return 1;
	if (w->keep_struck || (act != ACT_STRUCK && !any(atts, strikes)))
		return 0;
	w->struck = 1;
	return 1;
}

/* Does the element give its words a colour? */
static int
dyes(const char *name, const char *value)
{
	return value != NULL && ((strcmp(name, "style") == 0 &&
	    style_dyes(value)) || (strcmp(name, "color") == 0 &&
	    colour_stands_out(value)));
}

static int
is_symbols(const char *name, const char *value)
{
	return (strcmp(name, "style") == 0 && value != NULL &&
	    style_is_symbols(value)) ||
	    (strcmp(name, "face") == 0 && has(value, "wingdings"));
}

/* Indentation also uses <blockquote>: one that does not say what it is counts
 * in an answer, where a quote is what one expects. */
static int
is_quote(const struct walk *w, const char *tag, const xmlChar **atts)
{
	int	quotes = w->answer;

	if (strcmp(tag, "blockquote") != 0)
		return 0;
	for (; atts != NULL && atts[0] != NULL; atts += 2) {
		const char *name = (const char *)atts[0];
		const char *value = (const char *)atts[1];

		if (strcmp(name, "cite") == 0 || has(value, "cite") ||
		    has(value, "quote"))
			return 1;
		if (strcmp(name, "style") == 0 && value != NULL)
			quotes = style_quotes(value, quotes);
	}
	return quotes;
}

/* The box in which Outlook names sender, date and subject of what follows. */
static int
is_outlook_head(const char *tag, const xmlChar **atts)
{
	if (strcmp(tag, "div") != 0)
		return 0;
	for (; atts != NULL && atts[0] != NULL; atts += 2) {
		if (strcmp((const char *)atts[0], "style") != 0 ||
		    atts[1] == NULL)
			continue;
		return style_is_outlook_head((const char *)atts[1]);
	}
	return 0;
}

/* A box to tick, and what was ticked. */
static void
put_input(struct walk *w, const xmlChar **atts)
{
	int	box = 0, ring = 0, on = 0;

	for (; atts != NULL && atts[0] != NULL; atts += 2) {
		const char *value = (const char *)atts[1];

		on |= strcmp((const char *)atts[0], "checked") == 0;
		if (strcmp((const char *)atts[0], "type") != 0)
			continue;
		box = has(value, "checkbox");
		ring = has(value, "radio");
	}
	if (box)
		put_word(w, on ? "☑" : "☐", strlen("☑"));
	else if (ring)
		put_word(w, on ? "●" : "○", strlen("●"));
}

static void
open_quote(struct walk *w, const char *name, const xmlChar **atts)
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

/* Does what was written of this line name a header of senders? */
static int
is_sender_line(const struct walk *w)
{
	static const char *const names[] = {
		"寄件人", "寄件者", "发件人", "發件人", "發件者", "寄信人", "From",
		"從", "从", "差出人",
	};
	const char	*s = w->out.data, *lf;
	size_t		 n, len;

	if (w->line_empty || w->broke || w->gap || w->breaks > 0 ||
	    w->out.len == 0)
		return 0;
	lf = memrchr(s, '\n', w->out.len);
	s = lf == NULL ? s : lf + 1;
	len = (size_t)(w->out.data + w->out.len - s);
	if (len > 2 && memcmp(s, "> ", 2) == 0) {
		s += 2;
		len -= 2;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		n = strlen(names[i]);
		if (len > n && memcmp(s, names[i], n) == 0)
			return 1;
	}
	return 0;
}

/* Foxmail shows who wrote the quoted mail as a link with the name only. */
static void
open_link(struct walk *w, const xmlChar **atts)
{
	const char	*to = NULL;
	size_t		 n;

	for (; atts != NULL && atts[0] != NULL; atts += 2)
		if (strcmp((const char *)atts[0], "href") == 0)
			to = (const char *)atts[1];
	if (to == NULL || strncasecmp(to, "mailto:", 7) != 0 ||
	    !is_sender_line(w))
		return;
	to += 7;
	n = strcspn(to, "?<>\"\t\r\n ,;");
	if (n == 0 || n >= sizeof(w->sender) || memchr(to, '@', n) == NULL)
		return;
	memcpy(w->sender, to, n);
	w->sender[n] = '\0';
	w->link_at = w->out.len;
}

static void
close_link(struct walk *w)
{
	if (*w->sender != '\0' && !w->line_empty && memchr(w->out.data +
	    w->link_at, '@', w->out.len - w->link_at) == NULL) {
		put(w, " <", 2);
		put(w, w->sender, strlen(w->sender));
		put(w, ">", 1);
	}
	*w->sender = '\0';
}

static void
on_start(void *ctx, const xmlChar *name, const xmlChar **atts)
{
	struct walk	*w = ctx;
	enum act	 act;

	if (++w->depth > HTML_DEPTH) {
		stop(w);
		return;
	}
	if (w->skip)
		return;
	act = act_of((const char *)name);
	if (is_left_out(w, act, atts)) {
		w->skip = w->depth;
		return;
	}
	if (w->quote == 0)
		open_quote(w, (const char *)name, atts);
	if (act == ACT_LINK && w->link == 0)
		w->link = w->depth;
	if (w->dye == 0 && w->link == 0 && any(atts, dyes))
		w->dye = w->depth;
	if (w->symbols == 0 && any(atts, is_symbols))
		w->symbols = w->depth;
	switch (act) {
	case ACT_PRE:
		w->pre = w->depth;
		w->broke = 1;
		break;
	case ACT_BREAK:
		if (w->cell > 0) {	/* the last of a cell parts nothing */
			/* an empty line ends no cell that has one beside it */
			if (w->cell == 1 || w->breaks == 0)
				w->breaks += !w->cell_empty;
			break;
		}
		settle(w);
		newline(w);
		break;
	case ACT_ROW:
		if (!w->line_empty)
			newline(w);
		w->cell = 0;
		w->broke = w->space = w->breaks = 0;
		break;
	case ACT_CELL:
		if (w->cell++ > 0) {
			put(w, "\t", 1);
			w->columns = 1;
		}
		w->cells = w->cell_empty = 1;
		w->broke = w->space = w->breaks = 0;
		break;
	case ACT_TABLE:
		w->tables++;
		w->broke = 1;
		break;
	case ACT_BLOCK:
		w->broke = 1;
		break;
	case ACT_LINK:
		open_link(w, atts);
		break;
	case ACT_INPUT:
		put_input(w, atts);
		break;
	case ACT_SKIP:
	case ACT_STRUCK:
	case ACT_NONE:
		break;
	}
}

/* Words below a table are none of its last cell. */
static void
end_table(struct walk *w)
{
	w->broke = 1;
	if (--w->tables > 0 || !w->columns)
		return;
	w->columns = 0;
	w->gap = w->out.len > 0;
}

static void
on_end(void *ctx, const xmlChar *name)
{
	struct walk	*w = ctx;
	enum act	 act = act_of((const char *)name);

	if (w->skip > 0) {
		if (w->skip == w->depth)
			w->skip = 0;
		w->depth--;
		return;
	}
	if (w->pre == w->depth)
		w->pre = 0;
	if (w->dye == w->depth)
		end_dye(w);
	if (w->symbols == w->depth)
		w->symbols = 0;
	if (w->link == w->depth)
		w->link = 0;
	if (w->quote == w->depth && w->quote > 0) {
		w->quote = 0;
		w->broke = 1;
	}
	w->depth--;
	if (act == ACT_ROW) {
		if (!w->line_empty)
			newline(w);
		w->cell = 0;
		w->broke = w->breaks = 0;
	} else if (act == ACT_TABLE) {
		end_table(w);
	} else if (act == ACT_LINK) {
		close_link(w);
	} else if (act == ACT_BLOCK || act == ACT_PRE) {
		w->broke = 1;
	}
}

/* A parser for strangers' bytes must not write to anybody's terminal. */
static void
quiet(void *ctx, const char *fmt, ...)
{
	(void)ctx;
	(void)fmt;
}

/* Not the push parser: that one stops at </html>, and mails go on after it. */
static void
parse(struct walk *w, htmlSAXHandler *sax, const char *s, size_t len)
{
	if (len == 0)
		return;
	w->ctxt = htmlCreateMemoryParserCtxt(s, (int)len);
	if (w->ctxt == NULL)
		return;
	*w->ctxt->sax = *sax;
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

/* Has the page words other than those struck out? */
static int
has_words(const struct walk *w)
{
	for (size_t i = 0; i < w->out.len; i++)
		if ((unsigned char)w->out.data[i] > ' ')
			return 1;
	return 0;
}

static void
walk(struct walk *w, const char *utf8, size_t len, int answer, int keep_struck)
{
	htmlSAXHandler	 sax;

	memset(w, 0, sizeof(*w));
	memset(&sax, 0, sizeof(sax));
	sax.startElement = on_start;
	sax.endElement = on_end;
	sax.characters = on_text;
	sax.ignorableWhitespace = on_text;
	sax.warning = quiet;
	sax.error = quiet;
	sax.fatalError = quiet;
	w->answer = answer;
	w->keep_struck = keep_struck;
	buf_init(&w->out, BODY_MAX);
	w->line_empty = 1;
	parse(w, &sax, utf8, len);
}

void
html_read(struct arena *a, const char *utf8, size_t len, int answer,
    struct html_text *out)
{
	struct walk	 w;
	size_t		 read = len > HTML_MAX ? text_cut(utf8, len, HTML_MAX) :
			    len;
	int		 cut = read < len;

	memset(out, 0, sizeof(*out));
	utf8 = text_utf8_clean(a, utf8, read);	/* a NUL would end it */
	len = strlen(utf8);
	utf8 = html_without_conditions(a, utf8, &len);
	walk(&w, utf8, len, answer, 0);
	if (w.struck && !has_words(&w)) {
		buf_free(&w.out);
		walk(&w, utf8, len, answer, 1);
	}
	out->cut = cut || w.cut || w.out.over;
	out->cells = w.cells;
	out->text = text_utf8_clean(a, w.out.data, w.out.len);
	out->len = strlen(out->text);
	if (w.n_dyed > 0 && out->len == w.out.len) {
		out->dyed = memcpy(arena_array(a, w.n_dyed, sizeof(w.dyed[0])),
		    w.dyed, w.n_dyed * sizeof(w.dyed[0]));
		out->n_dyed = w.n_dyed;
	}
	buf_free(&w.out);
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
