#ifndef HEX_H
#define HEX_H

/*
 * hex - numbers and bytes as digits, and the digest that is shown so.
 */
#include <stddef.h>
#include <stdint.h>

#define SHA256_BYTES	32u
#define SHA256_HEX	(2 * SHA256_BYTES + 1)	/* with its NUL */

/* Two lower-case digits for each of n bytes, and a NUL. */
void	hex_put(char *to, const void *, size_t n);
#define NUMBER_SIZE	24u	/* with sign and NUL; digits <= 20 */
/* Decimal, with zeros before it up to so many digits, and a NUL: there it
 * ends. */
char	*number_put(char *to, int64_t, int digits);
/* What a digit of either case says, or -1. */
int	hex_digit(int c);
/* SHA-256 of n bytes (p may be NULL when 0).  0, or -1 with hex empty when
 * the library has none. */
int	sha256_hex(const void *p, size_t n, char hex[SHA256_HEX]);

#endif
