#ifndef REPLY_H
#define REPLY_H

/*
 * reply - which lines of a mail its sender wrote now.
 *
 * Own text ends at a quote header (Outlook, Gmail, Apple, Yahoo, Notes,
 * Thunderbird, Mail2000; Chinese and English), leaves out > lines, and loses
 * signature and disclaimer.  A forwarded block is kept whole, for a new report
 * that stands in it.
 */
#include "base/arena.h"
#include "parsers/html.h"

struct reply {
	const char	*own;		/* "" when nothing is left */
	const char	*quoted;	/* the rest, or NULL */
	int		 forwarded;
	const char	*block;		/* forwarded text without its header
					   lines and signature; NULL: none */
	const char	*inner_addr;	/* sender named in the block's header */
	const char	*inner_name;
	int		 own_line;	/* of the decoded text, from 1 */
	int		 block_line;
};

void	reply_cut(struct arena *, const char *text, struct reply *);
/*
 * The same of a mail that may hold a letter of ours without marks below a bare
 * 寫道：; returns the text that was cut, with > before such a letter.
 * pattern: of our numbers, one of which only the letter has.
 */
const char *reply_cut_mail(struct arena *, const char *pattern,
	    const char *text, struct reply *);
/*
 * The own text of an answer without a last paragraph of labels such as 單位：,
 * 姓名： and E-mail： that signs it.  In a first report they fill the form.
 */
const char *reply_unsigned(struct arena *, const char *own);
/* What stands in other colours within the quoted lines of a page's words, with
 * the labels it answers; NULL: nothing. */
const char *reply_dyed(struct arena *, const char *text,
	    const struct html_span *, size_t n);

#endif
