#include "parsers/utf8.h"

#include <stdint.h>
#include <string.h>
#include <unistr.h>

#define REPLACEMENT	"\xef\xbf\xbd"

size_t
utf8_ascii(const char *s, size_t len)
{
	uint64_t	 w;
	size_t		 i;

	for (i = 0; len - i >= sizeof(w); i += sizeof(w)) {
		memcpy(&w, s + i, sizeof(w));
		if (w & UINT64_C(0x8080808080808080))
			break;
	}
	while (i < len && (unsigned char)s[i] < 0x80)
		i++;
	return i;
}

/* Most text is ideographs: three bytes, of which no lead forbids another. */
static int
is_three(const uint8_t *p, size_t left)
{
	return left >= 3 && *p >= 0xe1 && *p <= 0xec &&
	    (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80;
}

void
utf8_look(const char *in, size_t len, struct shape *s)
{
	const uint8_t	*p = (const uint8_t *)in;
	size_t	 i = 0;
	ucs4_t	 uc;
	int	 n;

	memset(s, 0, sizeof(*s));
	while (i < len) {
		if (p[i] < 0x80) {
			i += utf8_ascii(in + i, len - i);
			continue;
		}
		n = is_three(p + i, len - i) ? 3 :
		    u8_mbtoucr(&uc, p + i, len - i);
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
