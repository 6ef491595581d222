#include "mail/maildir_name.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <unistr.h>

#include "base/hex.h"

int
maildir_uid(const char *name, char to[UID_SIZE])
{
	int	utf8 = u8_check((const uint8_t *)name, strlen(name)) == NULL;
	size_t	n = 0;

	for (; *name != '\0'; name++) {
		unsigned char	c = (unsigned char)*name;

		if (n + 4 >= UID_SIZE)
			return -1;
		if (isalnum(c) || strchr("._=+@:-", c) != NULL ||
		    (utf8 && c >= 0x80))
			to[n++] = (char)c;
		else
			n += (size_t)snprintf(to + n, 4, "%%%02X", c);
	}
	to[n] = '\0';
	return 0;
}

int
maildir_name(const char *uid, size_t len, char to[NAME_SIZE])
{
	size_t	n = 0;
	int	c;

	for (size_t i = 0; i < len; i++) {
		c = (unsigned char)uid[i];
		if (c == '%') {
			int	hi = i + 2 < len ? hex_digit(uid[i + 1]) : -1;
			int	lo = i + 2 < len ? hex_digit(uid[i + 2]) : -1;

			if (hi == -1 || lo == -1)
				return -1;
			c = hi * 16 + lo;
			i += 2;
		}
		if (c == '/' || c == '\0' || n + 1 >= NAME_SIZE)
			return -1;
		to[n++] = (char)c;
	}
	to[n] = '\0';
	return n == 0 || to[0] == '.' ? -1 : 0;
}
