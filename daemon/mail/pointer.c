#include "mail/pointer.h"

#include <stdlib.h>
#include <string.h>

#define TOKEN_MAX	256

/* Undo ~1 and ~0 of one step; NULL when it is malformed or too long. */
static const char *
unescape(const char *p, size_t n, char to[TOKEN_MAX])
{
	size_t	len = 0;

	for (size_t i = 0; i < n; i++) {
		char	c = p[i];

		if (c == '~') {
			if (++i == n || (p[i] != '0' && p[i] != '1'))
				return NULL;
			c = p[i] == '0' ? '~' : '/';
		}
		if (len == TOKEN_MAX - 1)
			return NULL;
		to[len++] = c;
	}
	to[len] = '\0';
	return to;
}

static const json_t *
array_step(const json_t *v, const char *token)
{
	size_t	n = strlen(token);

	if (n == 0 || n > 9 || strspn(token, "0123456789") != n ||
	    (n > 1 && token[0] == '0'))
		return NULL;
	return json_array_get(v, strtoul(token, NULL, 10));
}

const json_t *
pointer_get(const json_t *v, const char *p)
{
	char		token[TOKEN_MAX];
	size_t		n;

	while (v != NULL && *p != '\0') {
		if (*p++ != '/')
			return NULL;
		n = strcspn(p, "/");
		if (unescape(p, n, token) == NULL)
			return NULL;
		v = json_is_array(v) ? array_step(v, token) :
		    json_object_get(v, token);	/* NULL for what is neither */
		p += n;
	}
	return v;
}
