#include "parsers/html_word.h"

#include <string.h>

/* Where the comment at p ends; it may hold the end of the script it is in. */
static const char *
comment_end(const char *p, const char *end, int *drop)
{
	const char	*q = memmem(p, (size_t)(end - p), "-->", 3);
	size_t		 n = (size_t)((q == NULL ? end : q + 3) - p);

	*drop = q != NULL && memmem(p, n, "</s", 3) == NULL &&
	    memmem(p, n, "</S", 3) == NULL;
	return p + n;
}

const char *
html_without_conditions(struct arena *a, const char *s, size_t *len)
{
	static const char empty[] = "<o:p></o:p>";
	const char	*p = s, *end = s + *len, *q;
	char		*out, *o;
	int		 drop;

	if (memmem(s, *len, "<![", 3) == NULL)
		return s;
	out = o = arena_room(a, *len + 1, sizeof(*out));
	while (p < end) {
		q = memchr(p, '<', (size_t)(end - p));
		q = q == NULL ? end : q;
		memcpy(o, p, (size_t)(q - p));
		o += q - p;
		p = q;
		if (end - p >= 4 && memcmp(p, "<!--", 4) == 0) {
			q = comment_end(p, end, &drop);
			if (!drop) {
				memcpy(o, p, (size_t)(q - p));
				o += q - p;
			}
			p = q;
		} else if ((size_t)(end - p) >= sizeof(empty) - 1 &&
		    memcmp(p, empty, sizeof(empty) - 1) == 0) {
			p += sizeof(empty) - 1;
		} else if (end - p >= 3 && memcmp(p, "<![", 3) == 0) {
			q = memchr(p, '>', (size_t)(end - p));
			p = q == NULL ? end : q + 1;
		} else if (p < end) {
			*o++ = *p++;
		}
	}
	*o = '\0';
	*len = (size_t)(o - out);
	return out;
}
