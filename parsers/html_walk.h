#ifndef HTML_WALK_H
#define HTML_WALK_H

/*
 * html_walk - the work in hand of html.c, html_put.c, html_struck.c and
 * html_quote.c: a walk through the elements of a page, in their order.
 */
#include <libxml/HTMLparser.h>

#include "base/buf.h"
#include "parsers/html.h"
#include "parsers/html_sheet.h"
#include "parsers/html_tag.h"
#include "parsers/limits.h"

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

/* html_put.c: bytes at this place of the page, and the end of a line. */
void	html_put(struct walk *, const char *s, size_t n);
void	html_newline(struct walk *);
/* Pay the blank, the line or the empty line that is owed before a word. */
void	html_settle(struct walk *);
/* Words of the page, as the parser hands them; ctx: the walk. */
void	html_put_words(void *ctx, const xmlChar *text, int len);
/* What an attribute says that a browser shows; NULL: nothing. */
void	html_put_text(struct walk *, const char *text);
/* The words of a colour end here. */
void	html_end_dye(struct walk *);
/* Read no further: it is too long or too deep. */
void	html_stop(struct walk *);

/* html_struck.c: an element whose words are struck out begins. */
void	html_open_struck(struct walk *);
/* A line ends, and with it what is struck out and never closed. */
void	html_end_struck_line(struct walk *);
/* The element of this name ends: take its words back. */
void	html_close_struck(struct walk *, const char *name, enum html_act);

/* html_quote.c: does this element begin quoted words?  Then mark them. */
void	html_open_quote(struct walk *, const char *name, const xmlChar **atts);
/* Foxmail shows who wrote the quoted mail as a link with the name only: his
 * address is written behind it. */
void	html_open_link(struct walk *, const xmlChar **atts);
void	html_close_link(struct walk *);

#endif
