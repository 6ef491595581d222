#ifndef HTML_SHEET_H
#define HTML_SHEET_H

/*
 * html_sheet - what the style sheets of a page hide or strike out.
 *
 * Only classes are read, alone or behind the name of an element: what goes by
 * what stands around it, or by the width of a screen, is not known here.
 */
#include <stddef.h>

#include <libxml/xmlstring.h>

#include "base/arena.h"

#define SHEET_MAX	32	/* classes of a page that matter */

struct html_sheet {
	struct sheet_class {
		const char	*name;		/* in the page */
		size_t		 len;
		int		 hides, strikes;
	} classes[SHEET_MAX];
	size_t	 n;
};

/* The sheet points into the page. */
void	html_sheet_read(struct arena *, const char *page, size_t len,
	    struct html_sheet *);
/* Is nothing of the element shown?  Are its words struck out?  By its own
 * style, or by its classes. */
int	html_hides(const struct html_sheet *, const xmlChar **atts);
int	html_strikes(const struct html_sheet *, const xmlChar **atts);

#endif
