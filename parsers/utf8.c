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

/* Bytes that follow a lead, as far as they are there: 80 to BF. */
static size_t
followers(const uint8_t *p, size_t left, size_t n)
{
	for (size_t i = 1; i <= n; i++)
		if (i >= left || (p[i] & 0xc0) != 0x80)
			return 0;
	return n + 1;
}

/*
 * A whole sequence that UTF-8 forbids: a longer form of a shorter one, which
 * must never become the character it hides, half a surrogate pair, or what
 * lies beyond Unicode.  Its bytes, or 0.
 */
static size_t
forbidden(const uint8_t *p, size_t left)
{
	return *p == 0xc0 || *p == 0xc1 ? followers(p, left, 1) :
	    *p == 0xe0 || *p == 0xed ? followers(p, left, 2) :
	    *p == 0xf0 || (*p >= 0xf4 && *p <= 0xf7) ?
	    followers(p, left, 3) : 0;
}

/* CESU-8, as some databases and Java write: a character beyond the first
 * plane as two surrogates of three bytes each.  0: it is none. */
static size_t
surrogates(const uint8_t *p, size_t left, ucs4_t *uc)
{
	if (left < 6 || p[0] != 0xed || (p[1] & 0xf0) != 0xa0 ||
	    p[3] != 0xed || (p[4] & 0xf0) != 0xb0 ||
	    followers(p, left, 2) == 0 || followers(p + 3, left - 3, 2) == 0)
		return 0;
	*uc = 0x10000 + ((ucs4_t)(p[1] & 0xf) << 16 |
	    (ucs4_t)(p[2] & 0x3f) << 10 | (ucs4_t)(p[4] & 0xf) << 6 |
	    (p[5] & 0x3f));
	return 6;
}

/* What stands where no good sequence is; its bytes. */
static size_t
look_bad(const uint8_t *p, size_t left, struct shape *s)
{
	ucs4_t	 uc;
	size_t	 n = surrogates(p, left, &uc);

	s->more += n > 0;
	if (n == 0)
		n = forbidden(p, left);
	s->forbidden += n;
	n = n > 0 ? n : 1;
	s->bad += n;
	return n;
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
			n = (int)look_bad(p + i, len - i, s);
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
		if (surrogates(p + i, len - i, &uc) > 0) {
			o += (size_t)u8_uctomb((uint8_t *)out + o, uc, 4);
			i += 6;
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
