#include "parsers/html.h"

#include <string.h>
#include <strings.h>

#include <libxml/HTMLparser.h>
#include <libxml/parserInternals.h>
#include <unistr.h>

#include "base/buf.h"
#include "parsers/cell.h"
#include "parsers/html_sheet.h"
#include "parsers/html_style.h"
#include "parsers/html_tag.h"
#include "parsers/html_word.h"
#include "parsers/limits.h"
#include "parsers/symbol.h"
#include "parsers/text.h"

/* What reply.c takes for the begin of quoted text. */
#define HEAD_RULE	"-----Original Message-----"
#define END_TAG_MAX	64
#define LINK_MAX	256		/* bytes of a sender's address */
#define DYED_MAX	200		/* further ones are not marked */

/* Where the words stand on the page. */
struct place {
	int		 line_empty;	/* nothing but "> " on this line */
	int		 space;		/* a blank is owed */
	int		 broke;		/* a newline is owed */
	int		 breaks;	/* <br> of a cell, owed if it goes on */
	int		 cell;		/* cells begun in this row */
	size_t		 cell_from;	/* where the last of them begins */
	int		 cells;		/* there was one */
	int		 cell_empty;	/* no word in this cell yet */
	int		 tables;	/* open ones */
	int		 columns;	/* they have cells side by side */
	int		 gap;		/* an empty line is owed */
};

/* An element whose words are struck out: written, and taken back at its end. */
struct struck {
	int		 depth;		/* of the outermost, or 0 */
	struct place	 before;
	size_t		 from;		/* the bytes before it */
	size_t		 n_dyed;
	size_t		 line;		/* the bytes when its first line ended */
	int		 line_over;
};

struct walk {
	htmlParserCtxtPtr ctxt;
	struct buf	 out;
	struct place	 at;
	struct struck	 struck;
	const struct html_sheet *sheet;
	int		 depth;
	int		 skip;		/* depth of what is left out, or 0 */
	char		 tiny[HTML_DEPTH + 1];	/* letters of each depth */
	int		 keep_struck;	/* what is struck out is all there is */
	int		 left_out;	/* something was, as struck out */
	int		 answer;	/* the mail answers another */
	int		 quote;		/* depth of the outermost quote */
	int		 pre;
	char		 sender[LINK_MAX];	/* of the open link, or "" */
	size_t		 link_at;	/* where its words begin */
	int		 link;		/* depth of the outermost link, or 0 */
	int		 dye;		/* of the outermost colour, or 0 */
	int		 symbols;	/* of the outermost symbol font, or 0 */
	struct html_span dyed[DYED_MAX];
	size_t		 n_dyed;
	int		 moved;		/* words behind these were */
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

static void
put(struct walk *w, const char *s, size_t n)
{
	if (w->at.line_empty && w->quote > 0)
		(void)buf_puts(&w->out, "> ");
	w->at.line_empty = 0;
	(void)buf_add(&w->out, s, n);
}

static void
newline(struct walk *w)
{
	(void)buf_putc(&w->out, '\n');
	w->at.line_empty = 1;
	w->at.space = 0;
}

/* Pay what is owed before a word is written. */
static void
settle(struct walk *w)
{
	if (w->at.gap) {
		if (!w->at.line_empty)
			newline(w);
		newline(w);
		w->at.gap = w->at.broke = 0;
	}
	if (w->at.broke && w->at.cell_empty && w->at.cell > 0) {
		/* the paragraph at the head of a cell starts no line */
	} else if (w->at.breaks > 0) {
		while (w->at.breaks-- > 0)
			newline(w);
	} else if (w->at.broke && !w->at.line_empty) {
		newline(w);
	} else if (w->at.space && !w->at.line_empty) {
		put(w, " ", 1);
	}
	w->at.broke = w->at.space = w->at.breaks = 0;
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
	if (w->at.cell < 2)
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
	w->at.cell_empty = 0;
}

static void
on_text(void *ctx, const xmlChar *text, int len)
{
	struct walk	*w = ctx;
	const char	*s = (const char *)text;
	int		 i = 0, from;

	if (w->skip || w->depth > HTML_DEPTH || w->tiny[w->depth] || len <= 0)
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
				w->at.space = 1;
			i++;
			continue;
		}
		from = i;
		while (i < len && !is_blank(s[i]))
			i++;
		if (is_filler(w, s + from, (size_t)(i - from))) {
			w->at.space = 1;
			continue;
		}
		put_word(w, s + from, (size_t)(i - from));
	}
	if (w->out.over && !w->cut)
		stop(w);
}

/* What an attribute says that a browser shows. */
static void
put_value(struct walk *w, const char *value)
{
	if (value != NULL)
		on_text(w, (const xmlChar *)value, (int)strlen(value));
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

/* Is nothing of the element read? */
static int
is_left_out(const struct walk *w, enum html_act act, const xmlChar **atts)
{
	if (act == ACT_OPTION &&
	    html_attribute((const char **)atts, "selected") == NULL)
		return 1;
	return act == ACT_SKIP || html_hides(w->sheet, atts);
}

static void
open_struck(struct walk *w)
{
	w->struck = (struct struck){ .depth = w->depth, .before = w->at,
	    .from = w->out.len, .n_dyed = w->n_dyed };
}

/* A line ends here, and with it what is struck out and never closed. */
static void
end_struck_line(struct walk *w)
{
	if (w->struck.depth == 0 || w->struck.line_over)
		return;
	w->struck.line = w->out.len;
	w->struck.line_over = 1;
}

/* Was the element of this name, that ends, closed by a tag of its own? */
static int
is_closed(const struct walk *w, const char *name)
{
	const char	*cur = (const char *)w->ctxt->input->cur;
	const char	*base = (const char *)w->ctxt->input->base, *tag;
	size_t		 n = strlen(name);

	if (cur - base > END_TAG_MAX)
		base = cur - END_TAG_MAX;
	tag = memrchr(base, '<', (size_t)(cur - base));
	return tag != NULL && (size_t)(cur - tag) > n + 2 && tag[1] == '/' &&
	    strncasecmp(tag + 2, name, n) == 0;
}

/* Forget the colours of the words behind the first len bytes. */
static void
undye(struct walk *w, size_t n_dyed, size_t len)
{
	struct html_span	*last = &w->dyed[n_dyed];

	for (size_t i = n_dyed + 1; i <= w->n_dyed && i < DYED_MAX; i++)
		w->dyed[i] = (struct html_span){ 0, 0 };
	w->n_dyed = n_dyed;
	if (n_dyed < DYED_MAX && last->from >= len)
		*last = (struct html_span){ 0, 0 };
}

/*
 * Take back what was struck out.  <s> that nobody closed goes to the end of
 * the element it is in, and would take a form with it: its line is enough.
 */
static void
close_struck(struct walk *w, const char *name, enum html_act act)
{
	const struct struck	 s = w->struck;
	int			 inlined = act == ACT_NONE ||
				    act == ACT_STRUCK || act == ACT_LINK;

	w->struck.depth = 0;
	w->left_out = 1;
	if (s.line_over && inlined && !is_closed(w, name)) {
		memmove(w->out.data + s.from, w->out.data + s.line,
		    w->out.len - s.line);
		buf_cut(&w->out, s.from + w->out.len - s.line);
		w->moved = 1;
	} else {
		buf_cut(&w->out, s.from);
		w->at = s.before;
		undye(w, s.n_dyed, s.from);
	}
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

static void
open_quote(struct walk *w, const char *name, const xmlChar **atts)
{
	int	head = w->out.len > 0 && is_outlook_head(name, atts);

	if (!head && !is_quote(w, name, atts))
		return;
	if (!w->at.line_empty)
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

	if (w->at.line_empty || w->at.broke || w->at.gap || w->at.breaks > 0 ||
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
	if (w->link_at > w->out.len)	/* its words were taken back */
		w->link_at = w->out.len;
	if (*w->sender != '\0' && !w->at.line_empty && memchr(w->out.data +
	    w->link_at, '@', w->out.len - w->link_at) == NULL) {
		put(w, " <", 2);
		put(w, w->sender, strlen(w->sender));
		put(w, ">", 1);
	}
	*w->sender = '\0';
}

static int
ends_line(enum html_act act)
{
	return act == ACT_BLOCK || act == ACT_TABLE || act == ACT_BREAK ||
	    act == ACT_ROW || act == ACT_CELL || act == ACT_PRE;
}

static void
on_start(void *ctx, const xmlChar *name, const xmlChar **atts)
{
	struct walk	*w = ctx;
	const char	*style;
	enum html_act	 act;

	if (++w->depth > HTML_DEPTH) {
		stop(w);
		return;
	}
	if (w->skip)
		return;
	style = html_attribute((const char **)atts, "style");
	w->tiny[w->depth] = (char)style_is_tiny(style == NULL ? "" : style,
	    w->tiny[w->depth - 1]);
	act = html_act((const char *)name);
	if (is_left_out(w, act, atts)) {
		w->skip = w->depth;
		return;
	}
	if (ends_line(act))
		end_struck_line(w);
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
		w->at.broke = 1;
		break;
	case ACT_BREAK:
		if (w->at.cell > 0) {	/* the last of a cell parts nothing */
			/* an empty line ends no cell that has one beside it */
			if (w->at.cell == 1 || w->at.breaks == 0)
				w->at.breaks += !w->at.cell_empty;
			break;
		}
		settle(w);
		newline(w);
		break;
	case ACT_ROW:
		if (!w->at.line_empty)
			newline(w);
		w->at.cell = 0;
		w->at.broke = w->at.space = w->at.breaks = 0;
		break;
	case ACT_CELL:
		if (cell_may_label(w->at.cell) && w->struck.depth == 0)
			w->moved |= cell_unwrap(&w->out, w->at.cell_from);
		if (w->at.cell++ > 0) {
			put(w, "\t", 1);
			w->at.columns = 1;
		}
		w->at.cell_from = w->out.len;
		w->at.cells = w->at.cell_empty = 1;
		w->at.broke = w->at.space = w->at.breaks = 0;
		break;
	case ACT_TABLE:
		w->at.tables++;
		w->at.broke = 1;
		break;
	case ACT_BLOCK:
		w->at.broke = 1;
		break;
	case ACT_LINK:
		open_link(w, atts);
		break;
	case ACT_INPUT:
		put_value(w, html_input((const char **)atts));
		break;
	case ACT_IMAGE:
		put_value(w, html_sign((const char **)atts));
		break;
	case ACT_OPTION:
		w->at.space |= !w->at.cell_empty;
		break;
	case ACT_SKIP:
	case ACT_STRUCK:
	case ACT_NONE:
		break;
	}
	if (w->struck.depth == 0 && !w->keep_struck &&
	    (act == ACT_STRUCK || html_strikes(w->sheet, atts)))
		open_struck(w);
}

/* Words below a table are none of its last cell. */
static void
end_table(struct walk *w)
{
	w->at.broke = 1;
	if (--w->at.tables > 0 || !w->at.columns)
		return;
	w->at.columns = 0;
	w->at.gap = w->out.len > 0;
}

static void
on_end(void *ctx, const xmlChar *name)
{
	struct walk	*w = ctx;
	enum html_act	 act = html_act((const char *)name);

	if (w->skip > 0) {
		if (w->skip == w->depth)
			w->skip = 0;
		w->depth--;
		return;
	}
	if (w->pre == w->depth)
		w->pre = 0;
	if (ends_line(act))
		end_struck_line(w);
	if (w->dye == w->depth)
		end_dye(w);
	if (w->symbols == w->depth)
		w->symbols = 0;
	if (w->link == w->depth)
		w->link = 0;
	if (w->quote == w->depth && w->quote > 0) {
		w->quote = 0;
		w->at.broke = 1;
	}
	if (w->struck.depth == w->depth)
		close_struck(w, (const char *)name, act);
	w->depth--;
	if (act == ACT_ROW) {
		if (!w->at.line_empty)
			newline(w);
		w->at.cell = 0;
		w->at.broke = w->at.breaks = 0;
	} else if (act == ACT_TABLE) {
		end_table(w);
	} else if (act == ACT_LINK) {
		close_link(w);
	} else if (act == ACT_BLOCK || act == ACT_PRE) {
		w->at.broke = 1;
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

/* sheet: NULL to keep what is struck out, too. */
static void
walk(struct walk *w, const char *utf8, size_t len, int answer,
    const struct html_sheet *sheet)
{
	static const struct html_sheet	 none;
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
	w->keep_struck = sheet == NULL;
	w->sheet = sheet == NULL ? &none : sheet;
	buf_init(&w->out, BODY_MAX);
	w->at.line_empty = 1;
	parse(w, &sax, utf8, len);
}

void
html_read(struct arena *a, const char *utf8, size_t len, int answer,
    struct html_text *out)
{
	struct html_sheet sheet;
	struct walk	 w;
	size_t		 read = len > HTML_MAX ? text_cut(utf8, len, HTML_MAX) :
			    len;
	int		 cut = read < len;

	memset(out, 0, sizeof(*out));
	utf8 = text_utf8_clean(a, utf8, read);	/* a NUL would end it */
	len = strlen(utf8);
	utf8 = html_tidy(a, utf8, &len);
	html_sheet_read(a, utf8, len, &sheet);
	walk(&w, utf8, len, answer, &sheet);
	if ((w.left_out || sheet.n > 0) && !has_words(&w)) {
		buf_free(&w.out);
		walk(&w, utf8, len, answer, NULL);
	}
	out->cut = cut || w.cut || w.out.over;
	out->cells = w.at.cells;
	out->text = text_utf8_clean(a, w.out.data, w.out.len);
	out->len = strlen(out->text);
	if (w.n_dyed > 0 && !w.moved && out->len == w.out.len) {
		out->dyed = memcpy(arena_array(a, w.n_dyed, sizeof(w.dyed[0])),
		    w.dyed, w.n_dyed * sizeof(w.dyed[0]));
		out->n_dyed = w.n_dyed;
	}
	buf_free(&w.out);
}
