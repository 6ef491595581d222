#include "parsers/char_ref.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistr.h>

#include "base/hex.h"

#define DIGITS_MAX	7
#define FIRST		0xa0		/* behind ASCII and the controls */
#define NO_BREAK	"&nbsp;"	/* the only name that gets into texts */

/* The number of the reference at s, and its bytes; 0: there is none. */
static size_t
number_at(const char *s, unsigned long *number)
{
	int		 base = s[0] == '&' && s[1] == '#' &&
			    (s[2] | 0x20) == 'x' ? 16 : 10;
	const char	*digits = s + (base == 16 ? 3 : 2);
	char		*end;

	if (s[0] != '&' || s[1] != '#' || hex_digit(*digits) < 0)
		return 0;
	*number = strtoul(digits, &end, base);
	if (end == digits || end - digits > DIGITS_MAX || *end != ';')
		return 0;
	return (size_t)(end + 1 - s);
}

/* The character, which some programs write as two halves of UTF-16. */
static size_t
char_at(const char *s, ucs4_t *c)
{
	unsigned long	 number, low;
	size_t		 n = number_at(s, &number), more;

	if (strncmp(s, NO_BREAK, sizeof(NO_BREAK) - 1) == 0) {
		*c = 0xa0;
		return sizeof(NO_BREAK) - 1;
	}
	if (n == 0 || number < FIRST || number > 0x10ffff)
		return 0;
	*c = (ucs4_t)number;
	if (number < 0xd800 || number > 0xdbff)
		return n;
	more = number_at(s + n, &low);
	if (more == 0 || low < 0xdc00 || low > 0xdfff)
		return 0;
	*c = (ucs4_t)(0x10000 + ((number - 0xd800) << 10) + (low - 0xdc00));
	return n + more;
}

char *
char_refs_read(char *s)
{
	char	*p = strchr(s, '&'), *o = p, *next;
	ucs4_t	 c;
	size_t	 n;
	int	 k;

	for (; p != NULL && *p != '\0'; p = next) {
		n = char_at(p, &c);
		k = n == 0 ? -1 : u8_uctomb((uint8_t *)o, c, (ptrdiff_t)n);
		o += k > 0 ? k : 0;
		p += k > 0 ? n : 0;
		next = strchr(k > 0 ? p : p + 1, '&');
		next = next == NULL ? p + strlen(p) : next;
		memmove(o, p, (size_t)(next - p));
		o += next - p;
	}
	if (o != NULL)
		*o = '\0';
	return s;
}
