#ifndef EAST_H
#define EAST_H

/*
 * east - are these bytes Big5 or GBK?
 *
 * Chinese comes without a label or with that of the other set, and nearly
 * every pair of bytes is a character in both.  But the wrong reading is made
 * of rare characters and odd signs, and the right one of those that every
 * text uses: so both readings are weighed.
 */
#include <stddef.h>

#include <unitypes.h>

#include "parsers/charset.h"

struct east {
	enum charset	 cs;		/* CS_CP950 or CS_GB18030 */
	int		 chinese;	/* it does read as Chinese */
	int		 points;	/* tenths for each of so many */
	size_t		 chars;
};

/*
 * label: CS_CP950, CS_BIG5HKSCS or CS_GB18030 is overruled only by a much
 * better reading; with any other one Big5 wins a tie.
 */
void	east_weigh(const char *, size_t len, enum charset label,
	    struct east *);
/* Are the characters of this UTF-8 those that Chinese texts are made of?  ASCII
 * and U+FFFD do not count. */
int	east_reads(const char *, size_t len);
/* What one character says for Chinese, -6 to 4. */
int	east_points(ucs4_t);

#endif
