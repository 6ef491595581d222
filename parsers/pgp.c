#include "parsers/pgp.h"

#include <string.h>

/* The armour line at a line's start, or NULL. */
static const char *
armour(const char *text, const char *line)
{
	const char	*p = text;

	while ((p = strstr(p, line)) != NULL) {
		if (p == text || p[-1] == '\n')
			return p;
		p++;
	}
	return NULL;
}

/* Behind the first line without words, or NULL: it ends "Hash: ...". */
static const char *
behind_head(const char *p)
{
	while ((p = strchr(p, '\n')) != NULL) {
		p++;
		p += strspn(p, " \t\xc2\xa0");
		if (*p == '\n')
			return p + 1;
	}
	return NULL;
}

const char *
pgp_clear(struct arena *a, const char *text, int *encrypted)
{
	const char	*p, *end, *eol;
	char		*out, *o;

	if (strstr(text, "-----BEGIN PGP ") == NULL)
		return text;
	if (armour(text, "-----BEGIN PGP MESSAGE-----") != NULL)
		*encrypted = 1;
	p = armour(text, "-----BEGIN PGP SIGNED MESSAGE-----");
	if (p == NULL)
		return text;
	out = o = arena_alloc(a, strlen(text) + 1);
	memcpy(o, text, (size_t)(p - text));
	o += p - text;
	end = behind_head(p);
	if (end == NULL)
		return text;
	for (p = end; *p != '\0'; p = *eol == '\0' ? eol : eol + 1) {
		eol = strchr(p, '\n');
		eol = eol == NULL ? p + strlen(p) : eol;
		if (strncmp(p, "-----BEGIN PGP SIGNATURE-----", 29) == 0) {
			end = strstr(p, "-----END PGP SIGNATURE-----");
			if (end == NULL)
				break;
			eol = end + 27;
			continue;
		}
		if (p[0] == '-' && p[1] == ' ')	/* RFC 4880 7.1 */
			p += 2;
		memcpy(o, p, (size_t)(eol - p));
		o += eol - p;
		if (*eol == '\n')
			*o++ = '\n';
	}
	*o = '\0';
	return out;
}
