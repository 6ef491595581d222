#ifndef REPLY_PAGE_H
#define REPLY_PAGE_H

/*
 * reply_page - a mail's text as lines, and where in it quoted or forwarded
 * text begins.  For reply.c and gap.c only.
 */
#include <stddef.h>

#include "base/arena.h"
#include "parsers/reply_line.h"

#define REPLY_VALUE_LINES 8	/* below a header name that stands alone */

struct page {
	struct arena	*arena;
	const char	*text;
	struct mail_line *l;
	size_t		 n;
	unsigned char	*own;		/* 1: line is the sender's */
	int		 answers;	/* 某人寫道: stands above a quote */
	int		 colons;	/* ": " is a quote here, as on a BBS */
};

/* Where quoted or forwarded text begins. */
struct cut {
	size_t		 line;		/* of the header or separator */
	size_t		 body;		/* first line behind its header */
	size_t		 from;		/* line of the From header; n: none */
	enum separator	 sep;
};

void	page_read(struct arena *, const char *text, struct page *);
size_t	page_skip_blank(const struct page *, size_t i);
/* A line of underscores, stars or the like, or words between two lines of dashes. */
int	page_is_rule(const struct mail_line *);
/* Is there a day and hour, or an address, above line i? */
int	page_below_day(const struct page *, size_t i);
/* Does the line begin behind many blanks? */
int	page_is_indented(const struct page *, size_t i);
/* A header in the table of Notes, or under the day and hour of its sender. */
enum mail_header page_notes_header(const struct page *, size_t i,
	    int below_day, int *value);
/* 寄件者: and the lines behind it. */
int	page_header_block(const struct page *, size_t i, struct cut *);
/* Does it begin in line i?  In a line at or behind i? */
int	page_cut_at(const struct page *, size_t i, struct cut *);
int	page_find_cut(const struct page *, size_t i, struct cut *);
/* reply_footer.c: the first line of what lists and scanners wrote below. */
size_t	page_above_footer(const struct page *);
/* reply_bare.c: the text with > before a letter of ours below a bare 寫道：,
 * which has a number of this pattern; NULL: there is none. */
const char *page_mark_letter(const struct page *, const char *pattern);

#endif
