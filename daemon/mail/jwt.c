#include "mail/jwt.h"

#include <gnutls/gnutls.h>
#include <jansson.h>
#include <string.h>

#include "base/buf.h"

#define CLAIMS_MAX	(16u * 1024)

/* The part between the first two dots, as JSON.  New reference, or NULL. */
static json_t *
claims(const char *token)
{
	const char	*from = strchr(token, '.'), *to;
	gnutls_datum_t	 in, out = { NULL, 0 };
	json_t		*j = NULL;
	struct buf	 b;

	to = from == NULL ? NULL : strchr(from + 1, '.');
	if (to == NULL)
		return NULL;
	buf_init(&b, CLAIMS_MAX);
	for (const char *p = from + 1; p < to; p++)	/* base64url */
		(void)buf_putc(&b, *p == '-' ? '+' : *p == '_' ? '/' : *p);
	while (b.len % 4 != 0)
		(void)buf_putc(&b, '=');
	in.data = (unsigned char *)b.data;
	in.size = (unsigned)b.len;
	if (!b.over && gnutls_base64_decode2(&in, &out) == 0)
		j = json_loadb((const char *)out.data, out.size, 0, NULL);
	gnutls_free(out.data);
	buf_free(&b);
	return j;
}

static int64_t
seconds(const json_t *claims_of, const char *name)
{
	const json_t	*v = json_object_get(claims_of, name);
	double		 n = json_is_number(v) ? json_number_value(v) : 0;

	return n > 0 && n < 253402300800.0 ? (int64_t)n : 0;
}

int64_t
jwt_ends(const char *token, int64_t *issued)
{
	json_t	*j = claims(token);
	int64_t	 end = seconds(j, "exp");

	*issued = seconds(j, "iat");
	json_decref(j);
	return end;
}
