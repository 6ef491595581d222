#include "base/hex.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

void
hex_put(char *to, const void *from, size_t n)
{
	static const char	 digits[] = "0123456789abcdef";
	const unsigned char	*p = from;

	for (; n > 0; n--, p++) {
		*to++ = digits[*p >> 4];
		*to++ = digits[*p & 15];
	}
	*to = '\0';
}

int
hex_digit(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

int
sha256_hex(const void *p, size_t n, char hex[SHA256_HEX])
{
	unsigned char	sum[SHA256_BYTES];

	hex[0] = '\0';
	if (gnutls_hash_fast(GNUTLS_DIG_SHA256, n == 0 ? "" : p, n, sum) < 0)
		return -1;
	hex_put(hex, sum, sizeof(sum));
	return 0;
}
