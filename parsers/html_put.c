/*
 * html_put - the words of a page, put where a reader would see them.
 */
#include "parsers/html_walk.h"

#include <string.h>

#include <libxml/parserInternals.h>
#include <unistr.h>

#include "parsers/symbol.h"

/* Words of a colour begin, when its first word is written. */
static void
dye(struct walk *w)
{
	struct html_span	*last = &w->dyed[w->n_dyed];

	if (w->dye > 0 && w->n_dyed < DYED_MAX && last->to == 0)
		*last = (struct html_span){ w->out.len, w->out.len + 1 };
}

void
html_end_dye(struct walk *w)
{
	w->dye = 0;
	if (w->n_dyed < DYED_MAX && w->dyed[w->n_dyed].to > 0)
		w->dyed[w->n_dyed++].to = w->out.len;
}

void
html_put(struct walk *w, const char *s, size_t n)
{
	if (w->at.line_empty && w->quote > 0)
		(void)buf_puts(&w->out, "> ");
	w->at.line_empty = 0;
	(void)buf_add(&w->out, s, n);
}

void
html_newline(struct walk *w)
{
	(void)buf_putc(&w->out, '\n');
	w->at.line_empty = 1;
	w->at.space = 0;
}

void
html_settle(struct walk *w)
{
	if (w->at.gap) {
		if (!w->at.line_empty)
			html_newline(w);
		html_newline(w);
		w->at.gap = w->at.broke = 0;
	}
	if (w->at.broke && w->at.cell_empty && w->at.cell > 0) {
		/* the paragraph at the head of a cell starts no line */
	} else if (w->at.breaks > 0) {
		while (w->at.breaks-- > 0)
			html_newline(w);
	} else if (w->at.broke && !w->at.line_empty) {
		html_newline(w);
	} else if (w->at.space && !w->at.line_empty) {
		html_put(w, " ", 1);
	}
	w->at.broke = w->at.space = w->at.breaks = 0;
}

void
html_stop(struct walk *w)
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
	html_settle(w);
	dye(w);
	html_put(w, tick == NULL ? s : tick, tick == NULL ? n : strlen(tick));
	w->at.cell_empty = 0;
}

void
html_put_words(void *ctx, const xmlChar *text, int len)
{
	struct walk	*w = ctx;
	const char	*s = (const char *)text;
	int		 i = 0, from;

	if (w->skip || w->depth > HTML_DEPTH || w->tiny[w->depth] || len <= 0)
		return;
	while (i < len) {
		if (w->pre && s[i] == '\n') {
			html_settle(w);
			html_newline(w);
			i++;
			continue;
		}
		if (is_blank(s[i])) {
			if (w->pre && s[i] != '\r')
				html_put(w, s + i, 1);
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
		html_stop(w);
}

void
html_put_text(struct walk *w, const char *value)
{
	if (value != NULL)
		html_put_words(w, (const xmlChar *)value, (int)strlen(value));
}
