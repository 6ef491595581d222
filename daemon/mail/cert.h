#ifndef CERT_H
#define CERT_H

/*
 * cert - whose a certificate is, and until when it is good.
 */
#include <stdint.h>

#include "base/hex.h"

#define CERT_FINGERPRINT	(sizeof("sha256:") - 1 + SHA256_HEX)

/* UTC of the first certificate in this PEM; 0: none could be read. */
int64_t	cert_expires(const char *pem);
/* The same of a file, as our own client certificate is. */
int64_t	cert_file_expires(const char *file);
/* "sha256:" and the digest of the first certificate in this PEM, or "". */
void	cert_fingerprint(const char *pem, char to[CERT_FINGERPRINT]);

#endif
