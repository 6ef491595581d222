#include "parsers/html.h"

#include <string.h>

#include <libxml/parserInternals.h>

#include "parsers/cell.h"
#include "parsers/html_style.h"
#include "parsers/html_walk.h"
#include "parsers/html_word.h"
#include "parsers/text.h"

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
	    (strcmp(name, "face") == 0 && value != NULL &&
	    strcasestr(value, "wingdings") != NULL);
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
		html_stop(w);
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
		html_end_struck_line(w);
	if (w->quote == 0)
		html_open_quote(w, (const char *)name, atts);
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
		html_settle(w);
		html_newline(w);
		break;
	case ACT_ROW:
		if (!w->at.line_empty)
			html_newline(w);
		w->at.cell = 0;
		w->at.broke = w->at.space = w->at.breaks = 0;
		break;
	case ACT_CELL:
		if (cell_may_label(w->at.cell) && w->struck.depth == 0)
			w->moved |= cell_unwrap(&w->out, w->at.cell_from);
		if (w->at.cell++ > 0) {
			html_put(w, "\t", 1);
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
		html_open_link(w, atts);
		break;
	case ACT_INPUT:
		html_put_text(w, html_input((const char **)atts));
		break;
	case ACT_IMAGE:
		html_put_text(w, html_sign((const char **)atts));
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
		html_open_struck(w);
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
		html_end_struck_line(w);
	if (w->dye == w->depth)
		html_end_dye(w);
	if (w->symbols == w->depth)
		w->symbols = 0;
	if (w->link == w->depth)
		w->link = 0;
	if (w->quote == w->depth && w->quote > 0) {
		w->quote = 0;
		w->at.broke = 1;
	}
	if (w->struck.depth == w->depth)
		html_close_struck(w, (const char *)name, act);
	w->depth--;
	if (act == ACT_ROW) {
		if (!w->at.line_empty)
			html_newline(w);
		w->at.cell = 0;
		w->at.broke = w->at.breaks = 0;
	} else if (act == ACT_TABLE) {
		end_table(w);
	} else if (act == ACT_LINK) {
		html_close_link(w);
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
	sax.characters = html_put_words;
	sax.ignorableWhitespace = html_put_words;
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
