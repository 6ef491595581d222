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

char *
number_put(char *to, int64_t v, int digits)
{
	uint64_t	left = v < 0 ? -(uint64_t)v : (uint64_t)v;
	char		back[NUMBER_SIZE];
	int		n = 0;

	if (v < 0)
		*to++ = '-';
	do
		back[n++] = (char)('0' + left % 10);
	while ((left /= 10) > 0 || n < digits);
	while (n > 0)
		*to++ = back[--n];
	*to = '\0';
	return to;
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
