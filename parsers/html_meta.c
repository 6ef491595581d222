/*
 * html_meta - the charset that a page names itself.
 */
#include <string.h>
#include <strings.h>

#include "parsers/html.h"

#define META_WITHIN	4096		/* bytes searched for a <meta> */

char *
html_charset(struct arena *a, const char *s, size_t len)
{
	const char	*p = s, *end = s + (len < META_WITHIN ? len :
			    META_WITHIN), *q;

	while (p < end && (p = memchr(p, '<', (size_t)(end - p))) != NULL) {
		if (end - p > 6 && strncasecmp(p, "<meta", 5) == 0)
			break;
		p++;
	}
	for (; p != NULL && p + 8 < end; p++) {
		if (strncasecmp(p, "charset", 7) != 0)
			continue;
		p += 7;
		while (p < end && strchr(" \t=\"'", *p) != NULL && *p != '\0')
			p++;
		for (q = p; q < end && q - p < 40 && *q > ' ' &&
		    strchr("\"'>;/", *q) == NULL; q++)
			;
		return arena_strndup(a, p, (size_t)(q - p));
	}
	return NULL;
}
