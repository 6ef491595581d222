#ifndef HTML_QUICK_H
#define HTML_QUICK_H

/*
 * html_quick - HTML as Outlook and webmail write it, read in one pass.
 *
 * Most HTML of mails is tidy: every element ends where it should and none
 * ends another.  For that a full parser's work is not needed, and nearly all
 * of a form mail's time was spent in it.
 *
 * Promise: the events are those that libxml2's parser gives, or the answer is
 * 0 and they must be forgotten.  Whatever is not plainly tidy is 0.
 */
#include <stddef.h>

#include "parsers/html_tag.h"

struct html_events {
	/* Names and values in turn, then NULL; only what html.c looks at. */
	void	(*start)(void *, const struct html_tag *, const char **atts);
	void	(*end)(void *, const struct html_tag *);
	/* 0: it was too much. */
	int	(*text)(void *, const char *, size_t);
};

/* s: valid UTF-8 without control characters but TAB and LF. */
int	html_quick(const char *s, size_t len, const struct html_events *,
	    void *);

#endif
