#include <gnutls/gnutls.h>
#include <gnutls/pkcs7.h>

#include "parsers/limits.h"
#include "parsers/mime.h"

/*
 * The signature is not judged here: who may say what is decided by the desk,
 * from other marks.  Only the content is taken out.
 */
const char *
smime_open(struct arena *a, const char *der, size_t len, size_t *outlen)
{
	gnutls_datum_t	 in = { (unsigned char *)(size_t)der, (unsigned)len };
	gnutls_datum_t	 out = { NULL, 0 };
	gnutls_pkcs7_t	 p7;
	const char	*copy = NULL;

	if (len == 0 || len > MAIL_MAX || gnutls_pkcs7_init(&p7) < 0)
		return NULL;
	if (gnutls_pkcs7_import(p7, &in, GNUTLS_X509_FMT_DER) >= 0 &&
	    gnutls_pkcs7_get_embedded_data(p7, 0, &out) >= 0 &&
	    out.data != NULL && out.size > 0) {
		copy = arena_strndup(a, (const char *)out.data, out.size);
		*outlen = out.size;
	}
	gnutls_free(out.data);
	gnutls_pkcs7_deinit(p7);
	return copy;
}
