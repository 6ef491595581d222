#ifndef HTML_TAG_H
#define HTML_TAG_H

/*
 * html_tag - the elements of HTML that mean something here, for html*.c only.
 */
#include <stddef.h>

enum html_act {
	ACT_NONE,
	ACT_BLOCK,		/* starts and ends a line */
	ACT_BREAK,
	ACT_ROW,
	ACT_CELL,
	ACT_SKIP,		/* nothing in it is text */
	ACT_PRE
};

/* Where an element may stand without ending or beginning another one. */
enum html_place {
	PLACE_ODD,		/* only the full parser knows */
	PLACE_ROOT, PLACE_HEAD, PLACE_BODY,
	PLACE_IN_HEAD,		/* title, style, meta */
	PLACE_TEXT,		/* words of a line */
	PLACE_BLOCK,
	PLACE_SECTION, PLACE_ROW, PLACE_CELL,	/* of a table */
	PLACE_ITEM,
	PLACE_FOREIGN		/* o:p and others that HTML does not have */
};

struct html_tag {
	const char	*name;
	enum html_act	 act;
	enum html_place	 place;
	int		 empty;		/* it has no end */
	int		 holds;		/* a block may stand in it */
	int		 raw;		/* no tags in it but its end */
};

/* By a name in lower case; what is not listed has no name and no act. */
const struct html_tag *html_tag(const char *name, size_t len);

#endif
