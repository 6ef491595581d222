#ifndef HTML_H
#define HTML_H

/*
 * html - the words of an HTML mail, laid out for the form reader.
 *
 * Cells are separated by TAB, rows and blocks by newline; of a form to fill in
 * there stands what was typed, chosen and ticked; what is hidden, script,
 * style and head are dropped, and so is what is struck out beside other
 * words (never closed: to the end of its line); quotes get "> ".  Nothing is
 * fetched.
 */
#include <stddef.h>

#include "base/arena.h"

struct html_span {			/* bytes of the text */
	size_t		 from, to;
};

struct html_text {
	const char	*text;		/* clean UTF-8 */
	size_t		 len;
	int		 cut;		/* too long or too deep: not whole */
	int		 cells;		/* it shows cells of a table */
	const struct html_span *dyed;	/* words in a colour of their own, links
					   aside; in order, none in another */
	size_t		 n_dyed;
};

/* utf8 must be valid UTF-8.  In an answer a <blockquote> that does not say
 * what it is counts as a quote; else it is an indentation. */
void	html_read(struct arena *, const char *utf8, size_t len, int answer,
	    struct html_text *);
/* The charset a <meta> near the start names, or NULL. */
char	*html_charset(struct arena *, const char *bytes, size_t len);

#endif
