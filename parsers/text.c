#include "parsers/text.h"

#include <string.h>
#include <unistr.h>

#include "parsers/charset.h"
#include "parsers/east.h"
#include "parsers/escape.h"
#include "parsers/foreign.h"
#include "parsers/mojibake.h"
#include "parsers/utf8.h"

#define BYTE_ORDER_MARK	"\xef\xbb\xbf"
#define SURE_POINTS	40	/* by which one character is no chance */
#define MARGIN		5	/* tenths that a label of other Asians is worth */
#define SURE_BYTES	8	/* so many are ASCII by chance hardly ever */
#define SURE_CHARS	4	/* the same of UTF-8 that is cut off, and of Chinese */

size_t
text_ascii(const char *s, size_t len)
{
	const uint64_t	 ones = UINT64_C(0x0101010101010101);
	uint64_t	 w;
	size_t		 i;

	for (i = 0; len - i >= sizeof(w); i += sizeof(w)) {
		memcpy(&w, s + i, sizeof(w));
		/* the high bit of each byte: below a blank, above a tilde */
		if ((w | (w + ones) | ((w - ones * ' ') & ~w)) & ones << 7)
			break;
	}
	return i;
}

size_t
text_lines(const char *s, size_t len)
{
	const char	*end = s + len;
	size_t		 n = 1;

	for (; (s = memchr(s, '\n', (size_t)(end - s))) != NULL; s++)
		n++;
	return n;
}

/*
 * Big5 without a label: nearly all characters of real text are of the common
 * plane, lead A4-C6, or punctuation, A1-A3.  French in Latin-1 has E0-FC.
 */
static int
smells_of_big5(const uint8_t *p, size_t len)
{
	size_t	 common = 0, pairs = 0;

	for (size_t i = 0; i < len; i++) {
		if (p[i] < 0x80)
			continue;
		if (i + 1 == len || p[i] == 0x80 || p[i] == 0xff ||
		    p[i + 1] < 0x40 || p[i + 1] == 0x7f ||
		    (p[i + 1] >= 0x80 && p[i + 1] < 0xa1))
			return 0;
		pairs++;
		if (p[i] >= 0xa1 && p[i] <= 0xc6)
			common++;
		i++;
	}
	return pairs >= 2 && common * 10 >= pairs * 6;
}

/* Big5 or GBK, whichever the bytes read as. */
static size_t
decode_east(enum charset cs, const char *p, size_t len, char *out,
    size_t cap, int *guessed)
{
	struct east	 e;
	size_t		 bad = 0, n;
	int		 labelled = cs == CS_CP950 || cs == CS_GB18030 ||
			    cs == CS_BIG5HKSCS;

	if (labelled) {
		east_weigh(p, len, cs, &e);
		if ((e.cs == CS_GB18030) != (cs == CS_GB18030)) {
			*guessed = 1;
			cs = e.cs;
		}
	}
	n = charset_convert(cs, p, len, out, cap, &bad);
	*guessed |= bad > 0;
	return n;
}

/* Chinese whose bytes are UTF-8 by chance: 什么 in GBK, and ʲô. */
static int
is_chance(const char *p, size_t len, const struct shape *s)
{
	struct east	 e;

	if (s->two == 0 || s->more > 0 || s->bad > 0 || foreign_reads(p, len))
		return 0;
	east_weigh(p, len, CS_NONE, &e);
	return e.chinese;
}

/* No label that helps: UTF-8 if it mostly is, else Chinese, which people here
 * send raw, or what else it reads as. */
static size_t
decode_unlabelled(const char *p, size_t len, const struct shape *s,
    char *out, size_t cap, int *guessed)
{
	size_t		 good = s->two * 2 + s->more * 3, bad;
	enum charset	 cs;
	struct east	 e;
	int		 points;

	*guessed = 1;
	if ((s->bad == 0 && !is_chance(p, len, s)) ||
	    (s->bad == s->cut + s->forbidden && s->more > 0))
		return utf8_repair(p, len, out);
	east_weigh(p, len, CS_NONE, &e);
	if (good > s->bad * 4 && !e.chinese)
		return utf8_repair(p, len, out);
	/* In a few characters of common Chinese there is chance. */
	cs = foreign_guess(p, len, &points);
	if (e.chinese || (e.points > 0 && e.chars < SURE_CHARS))
		points -= SURE_POINTS / (int)e.chars;
	if (cs == CS_NONE || points <= e.points)
		cs = e.cs;
	return charset_convert(cs, p, len, out, cap, &bad);
}

/* Up to the next byte that is part of no character of two or more. */
static size_t
stretch(const char *p, size_t len)
{
	size_t	n = 0;

	while (n < len && (unsigned char)p[n] >= '0')
		n++;
	return n;
}

/* What is Big5 or GBK beside whole words of UTF-8; its bytes in out, or 0. */
static size_t
beside_utf8(const char *p, size_t len, char *out)
{
	struct shape	 s;
	size_t		 n = 0, words = 0;

	for (size_t i = 0, k; i < len; i += k + 1) {
		k = stretch(p + i, len - i);
		utf8_look(p + i, k, &s);
		words += s.bad == 0 && s.more > 1;
		if (s.bad == 0)
			continue;
		memcpy(out + n, p + i, k);
		n += k;
	}
	return words > 0 ? n : 0;
}

/* A footer, or a name, in UTF-8 beside words in Big5: each is read as what it
 * is.  0: the text is of one kind. */
static size_t
decode_mixed(enum charset cs, const char *p, size_t len, char *out,
    size_t cap)
{
	struct shape	 s;
	struct east	 e;
	size_t		 o = 0, bad = 0;

	o = beside_utf8(p, len, out);
	if (o == 0)
		return 0;
	east_weigh(out, o, cs, &e);
	o = 0;
	for (size_t i = 0, k; e.chinese && i < len; i += k) {
		k = stretch(p + i, len - i);
		utf8_look(p + i, k, &s);
		k += i + k < len;
		o += s.bad == 0 ? utf8_repair(p + i, k, out + o) :
		    charset_convert(e.cs, p + i, k, out + o, cap - o, &bad);
	}
	return o;
}

/* Of a set of Japanese or Korean: what the bytes are, if they are Chinese by
 * far; a few characters may be so by chance. */
static enum charset
not_foreign(enum charset cs, const char *p, size_t len, int *guessed)
{
	struct east	 e;

	if (cs != CS_CP932 && cs != CS_EUCJP && cs != CS_CP949)
		return cs;
	east_weigh(p, len, CS_NONE, &e);
	if (!e.chinese || e.points <= foreign_points(cs, p, len) + MARGIN +
	    SURE_POINTS / (int)e.chars)
		return cs;
	*guessed = 1;
	return e.cs;
}

static size_t
decode_by(enum charset cs, const char *p, size_t len, const struct shape *s,
    char *out, size_t cap, int *guessed)
{
	size_t		 bad = 0, n;
	int		 utf8 = s->high > 0 && (s->bad == 0 ||
			    (s->bad == s->cut + s->forbidden &&
			    s->more >= SURE_CHARS));
	struct east	 e;

	if (charset_stateful(cs)) {
		n = charset_convert(cs, p, len, out, cap, &bad);
		if (bad <= len / 50 + (len > 6))
			return n;
		return decode_unlabelled(p, len, s, out, cap, guessed);
	}
	if (s->bad > 0 && s->more > 1 && (n = decode_mixed(cs, p, len, out,
	    cap)) > 0) {
		*guessed = 1;
		return n;
	}
	if (cs == CS_UTF8 || cs == CS_NONE || cs == CS_ASCII)
		return decode_unlabelled(p, len, s, out, cap, guessed);
	/* Two-byte UTF-8 alone may well be Chinese: C3 B9 is a surname. */
	if (utf8 && (s->more > 0 || charset_single(cs))) {
		*guessed = 1;
		return utf8_repair(p, len, out);
	}
	if (charset_single(cs) && (smells_of_big5((const uint8_t *)p, len) ||
	    cs == CS_CP1252)) {
		east_weigh(p, len, cs, &e);
		if (e.chinese && (e.cs == CS_CP950 || cs == CS_CP1252)) {
			*guessed = 1;
			cs = e.cs;
		}
	}
	cs = not_foreign(cs, p, len, guessed);
	return decode_east(cs, p, len, out, cap, guessed);
}

static int
is_wide(enum charset cs)
{
	return cs >= CS_UTF16 && cs <= CS_UTF32BE;
}

/* Wide characters under a label of bytes, and bytes under one of wide ones. */
static enum charset
really(enum charset cs, const char *p, size_t len, const struct shape *s,
    int *guessed)
{
	enum charset	 wide;

	if (is_wide(cs) && memchr(p, '\0', len) == NULL && s->bad == 0 &&
	    (s->high == 0 ? len >= SURE_BYTES : s->more > 0)) {
		*guessed = 1;
		return CS_UTF8;
	}
	wide = charset_wide(cs, p, len);
	if (wide == CS_NONE)
		return cs;
	*guessed |= !is_wide(cs);
	return wide;
}

void
text_prepare(void)
{
	charset_prepare();
	mojibake_prepare();
}

char *
text_decode(struct arena *a, const char *bytes, size_t len, const char *label,
    int *guessed, size_t *outlen)
{
	enum charset	 cs = charset_named(label), seen;
	struct shape	 s;
	size_t		 cap, n;
	int		 guess = 0, high;
	char		*out;

	utf8_look(bytes, len, &s);
	high = s.high > 0;
	if (s.high == 0 && !charset_stateful(cs) &&
	    (seen = escape_seen(bytes, len)) != CS_NONE) {
		cs = seen;
		guess = 1;
	}
	cs = really(cs, bytes, len, &s, &guess);
	if (s.high == 0 && !charset_stateful(cs)) {
		out = arena_strndup(a, bytes, len);
		n = len;
	} else if (s.bad == 0 && (cs == CS_UTF8 ||
	    (cs == CS_NONE && !is_chance(bytes, len, &s)))) {
		out = arena_strndup(a, bytes, len);
		n = len;
	} else {
		cap = len * 3 + 16;
		out = arena_room(a, cap + 1, sizeof(*out));
		n = decode_by(cs, bytes, len, &s, out, cap, &guess);
		out[n] = '\0';
		utf8_look(out, n, &s);
	}
	if (n >= 3 && memcmp(out, BYTE_ORDER_MARK, 3) == 0) {
		out += 3;
		n -= 3;
	}
	if (high)
		out = mojibake_undo(a, out, &n, &s, &guess);
	if (guess && guessed != NULL)
		*guessed = 1;
	if (outlen != NULL)
		*outlen = n;
	return out;
}

size_t
text_cut(const char *s, size_t len, size_t max)
{
	if (len <= max)
		return len;
	while (max > 0 && ((unsigned char)s[max] & 0xc0) == 0x80)
		max--;
	return max;
}

char *
text_utf8_clean(struct arena *a, const char *s, size_t len)
{
	char	*out = arena_room(a, len + 1, sizeof(*out)), *o = out;
	size_t	 i = 0, n;

	while (i < len) {
		unsigned char c = (unsigned char)s[i];

		if (c >= 0x80 && c != 0xc2) {
			*o++ = (char)c;
			i++;
		} else if (c > ' ' && (n = text_ascii(s + i, len - i)) > 0) {
			memcpy(o, s + i, n);
			o += n;
			i += n;
		} else if (c == '\r') {
			*o++ = '\n';
			i += i + 1 < len && s[i + 1] == '\n' ? 2 : 1;
		} else if ((c < 0x20 && c != '\t' && c != '\n') || c == 0x7f) {
			i++;
		} else if (c == 0xc2 && i + 1 < len &&
		    (unsigned char)s[i + 1] < 0xa0) {	/* C1 controls */
			i += 2;
		} else {
			*o++ = (char)c;
			i++;
		}
	}
	*o = '\0';
	return out;
}
