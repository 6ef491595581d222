#include "mail/cert.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#define FILE_MAX	65536

int64_t
cert_expires(const char *pem)
{
	gnutls_x509_crt_t	crt;
	gnutls_datum_t		in;
	int64_t			at = 0;

	if (pem == NULL || gnutls_x509_crt_init(&crt) < 0)
		return 0;
	in.data = (unsigned char *)(uintptr_t)pem;	/* only read */
	in.size = (unsigned)strlen(pem);
	if (gnutls_x509_crt_import(crt, &in, GNUTLS_X509_FMT_PEM) == 0)
		at = (int64_t)gnutls_x509_crt_get_expiration_time(crt);
	gnutls_x509_crt_deinit(crt);
	return at > 0 ? at : 0;
}

void
cert_fingerprint(const char *pem, char to[CERT_FINGERPRINT])
{
	static const char	kind[] = "sha256:";
	gnutls_datum_t		in, der = { NULL, 0 };

	to[0] = '\0';
	in.data = (unsigned char *)(uintptr_t)pem;	/* only read */
	in.size = (unsigned)strlen(pem);
	if (gnutls_pem_base64_decode2("CERTIFICATE", &in, &der) < 0)
		return;
	if (sha256_hex(der.data, der.size, to + sizeof(kind) - 1) == 0)
		memcpy(to, kind, sizeof(kind) - 1);
	gnutls_free(der.data);
}

int64_t
cert_file_expires(const char *file)
{
	char	 pem[FILE_MAX];
	FILE	*f = fopen(file, "re");
	size_t	 n;

	if (f == NULL)
		return 0;
	n = fread(pem, 1, sizeof(pem) - 1, f);
	(void)fclose(f);
	pem[n] = '\0';
	return cert_expires(pem);
}
