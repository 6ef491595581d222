#include "parsers/utf8.h"

#include <stdint.h>
#include <string.h>
#include <unistr.h>

#include "parsers/text.h"

#define REPLACEMENT	"\xef\xbf\xbd"

void
utf8_look(const char *in, size_t len, struct shape *s)
{
	const uint8_t	*p = (const uint8_t *)in;
	size_t	 i = 0, run;
	ucs4_t	 uc;
	int	 n;

	memset(s, 0, sizeof(*s));
	while (i < len) {
		if (p[i] < 0x80) {
			run = text_ascii(in + i, len - i);
			i += run > 0 ? run : 1;
			continue;
		}
		n = u8_mbtoucr(&uc, p + i, len - i);
		if (n == -2) {
			s->cut = len - i;
			s->bad += s->cut;
			s->high += s->cut;
			return;
		}
		if (n == 2)
			s->two++;
		else if (n > 2)
			s->more++;
		else
			s->bad++;
		n = n > 0 ? n : 1;
		s->high += (size_t)n;
		i += (size_t)n;
	}
}

size_t
utf8_repair(const char *in, size_t len, char *out)
{
	const uint8_t	*p = (const uint8_t *)in;
	size_t	 i = 0, o = 0;
	ucs4_t	 uc;
	int	 n, was_bad = 0;

	while (i < len) {
		n = p[i] < 0x80 ? 1 : u8_mbtoucr(&uc, p + i, len - i);
		if (n > 0) {
			memcpy(out + o, p + i, (size_t)n);
			o += (size_t)n;
			i += (size_t)n;
			was_bad = 0;
			continue;
		}
		if (!was_bad || (p[i] >= 0xc0 && p[i] < 0xff)) {
			memcpy(out + o, REPLACEMENT, 3);
			o += 3;
		}
		was_bad = 1;
		i++;
	}
	return o;
}
