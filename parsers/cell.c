#include "parsers/cell.h"

#include <string.h>

#define LABEL_LINES	75	/* bytes of a label on several lines */

/* Labels stand left of their values: in the first cell, the third, ... */
int
cell_may_label(int cell)
{
	return cell % 2 == 1;
}

/* A label has neither digits, but those of its number, nor, but at its end, a
 * colon; and no cells. */
static int
may_be_label(const char *s, size_t len)
{
	static const char	colon[] = "：";
	const size_t		wide = sizeof(colon) - 1;
	size_t			 number = strspn(s, "0123456789");

	if (number > 0 && number < len && strchr(".)", s[number]) != NULL) {
		s += number + 1;
		len -= number + 1;
	}
	while (len > 0 && strchr(" \n:", s[len - 1]) != NULL)
		len--;
	if (len > wide && memcmp(s + len - wide, colon, wide) == 0)
		len -= wide;
	for (size_t i = 0; i < len; i++)
		if (strchr("0123456789:\t", s[i]) != NULL)
			return 0;
	return memmem(s, len, colon, wide) == NULL;
}

/* Words of letters are parted by a blank, ideographs by nothing. */
static int
parts(const char *before, const char *begin, char after)
{
	return before > begin && (unsigned char)before[-1] < 0x80 &&
	    (unsigned char)after < 0x80;
}

int
cell_unwrap(struct buf *b, size_t from)
{
	char	*begin = b->data + from, *end = b->data + b->len, *out = begin;
	size_t	 len = b->len < from ? 0 : b->len - from;

	if (len == 0 || len > LABEL_LINES || memchr(begin, '\n', len) == NULL ||
	    !may_be_label(begin, len))
		return 0;
	for (char *s = begin; s < end; s++) {
		if (*s != '\n') {
			*out++ = *s;
			continue;
		}
		while (s + 1 < end && strchr("\n >", s[1]) != NULL)
			s++;
		if (s + 1 < end && parts(out, begin, s[1]))
			*out++ = ' ';
	}
	buf_cut(b, (size_t)(out - b->data));
	return 1;
}
