#ifndef HTML_TAG_H
#define HTML_TAG_H

/*
 * html_tag - what the elements of a page are to the words in them.  For the
 * walk of html_walk.h only.
 *
 * In: the name of an element or of an attribute in lower case, as the parser
 * gives it, and attributes as it gives them.
 */
enum html_act {
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
	ACT_OPTION,		/* of a list to choose from */
	ACT_IMAGE,
	ACT_PRE
};

enum html_act html_act(const char *name);

/*
 * What a browser shows of an <input>: a box with or without a tick, or what
 * was typed.  NULL: nothing to read, as of a button or a password.
 */
const char *html_input(const char **atts);
/* The sign a picture stands for: programs draw ☑ and emoji.  NULL: none. */
const char *html_sign(const char **atts);
/* The value of an attribute, "" when it has none; NULL: it is not there. */
const char *html_attribute(const char **atts, const char *name);

#endif
