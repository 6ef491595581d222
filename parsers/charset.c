#include "parsers/charset.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>
#include <strings.h>

#define LABEL_MAX	40
#define SURE_BYTES	12	/* a guess at UTF-16 needs */
#define REPLACEMENT	"\xef\xbf\xbd"

static const struct {
	const char	*iconv;		/* NULL: none needed */
	int		 stateful, single;
} sets[CS_N] = {
	[CS_CP950] = { "CP950", 0, 0 },
	[CS_BIG5HKSCS] = { "BIG5-HKSCS", 0, 0 },
	[CS_EUCTW] = { "EUC-TW", 0, 0 },
	[CS_GB18030] = { "GB18030", 0, 0 },
	[CS_CP932] = { "CP932", 0, 0 },
	[CS_EUCJP] = { "EUC-JP", 0, 0 },
	[CS_CP949] = { "CP949", 0, 0 },
	[CS_CP1250] = { "CP1250", 0, 1 },
	[CS_CP1251] = { "CP1251", 0, 1 },
	[CS_CP1252] = { "CP1252", 0, 1 },
	[CS_CP1253] = { "CP1253", 0, 1 },
	[CS_CP1254] = { "CP1254", 0, 1 },
	[CS_CP1257] = { "CP1257", 0, 1 },
	[CS_CP1258] = { "CP1258", 0, 1 },
	[CS_CP874] = { "CP874", 0, 1 },
	[CS_LATIN2] = { "ISO-8859-2", 0, 1 },
	[CS_LATIN5] = { "ISO-8859-9", 0, 1 },
	[CS_LATIN9] = { "ISO-8859-15", 0, 1 },
	[CS_KOI8R] = { "KOI8-R", 0, 1 },
	[CS_KOI8U] = { "KOI8-U", 0, 1 },
	[CS_UTF7] = { "UTF-7", 1, 0 },
	[CS_UTF16] = { NULL, 1, 0 },	/* one of the next two */
	[CS_UTF16LE] = { "UTF-16LE", 1, 0 },
	[CS_UTF16BE] = { "UTF-16BE", 1, 0 },
	[CS_UTF32] = { NULL, 1, 0 },	/* the same */
	[CS_UTF32LE] = { "UTF-32LE", 1, 0 },
	[CS_UTF32BE] = { "UTF-32BE", 1, 0 },
	[CS_2022JP] = { "ISO-2022-JP-2", 1, 0 },
	[CS_2022KR] = { "ISO-2022-KR", 1, 0 },
	[CS_2022CN] = { "ISO-2022-CN-EXT", 1, 0 },
	[CS_HZ] = { NULL, 1, 0 },
};

/* Lower case; a leading "x-" is taken off before the search. */
static const struct alias {
	const char	*label;
	enum charset	 cs;
} aliases[] = {
	{ "utf-8", CS_UTF8 }, { "utf8", CS_UTF8 }, { "us-ascii", CS_ASCII },
	{ "big5", CS_CP950 }, { "ascii", CS_ASCII }, { "big-5", CS_CP950 },
	{ "big5-eten", CS_CP950 }, { "cp950", CS_CP950 },
	{ "ms950", CS_CP950 }, { "windows-950", CS_CP950 },
	{ "cn-big5", CS_CP950 }, { "csbig5", CS_CP950 }, { "950", CS_CP950 },
	{ "x-big5", CS_CP950 }, { "big5-2003", CS_CP950 },
	{ "zh_tw-big5", CS_CP950 }, { "chinesebig5", CS_CP950 },
	{ "big5-hkscs", CS_BIG5HKSCS }, { "big5hkscs", CS_BIG5HKSCS },
	{ "big5-hkscs:2004", CS_BIG5HKSCS }, { "hkscs-big5", CS_BIG5HKSCS },
	{ "euc-tw", CS_EUCTW }, { "cns11643", CS_EUCTW },
	{ "gb2312", CS_GB18030 }, { "gbk", CS_GB18030 },
	{ "gb18030", CS_GB18030 }, { "cp936", CS_GB18030 },
	{ "ms936", CS_GB18030 }, { "windows-936", CS_GB18030 },
	{ "gb_2312-80", CS_GB18030 }, { "csgb2312", CS_GB18030 },
	{ "euc-cn", CS_GB18030 }, { "euccn", CS_GB18030 },
	{ "cn-gb", CS_GB18030 }, { "chinese", CS_GB18030 },
	{ "gb2312_charset", CS_GB18030 }, { "gb-2312", CS_GB18030 },
	{ "gb_2312", CS_GB18030 }, { "iso-ir-58", CS_GB18030 },
	{ "shift_jis", CS_CP932 }, { "shift-jis", CS_CP932 },
	{ "sjis", CS_CP932 }, { "cp932", CS_CP932 },
	{ "windows-31j", CS_CP932 }, { "ms_kanji", CS_CP932 },
	{ "csshiftjis", CS_CP932 }, { "ms932", CS_CP932 },
	{ "euc-jp", CS_EUCJP }, { "eucjp", CS_EUCJP }, { "ujis", CS_EUCJP },
	{ "euc-kr", CS_CP949 }, { "euckr", CS_CP949 },
	{ "ks_c_5601-1987", CS_CP949 }, { "ksc5601", CS_CP949 },
	{ "ks_c_5601", CS_CP949 }, { "cp949", CS_CP949 },
	{ "uhc", CS_CP949 }, { "windows-949", CS_CP949 },
	{ "iso-8859-1", CS_CP1252 }, { "latin1", CS_CP1252 },
	{ "iso8859-1", CS_CP1252 }, { "iso_8859-1", CS_CP1252 },
	{ "windows-1252", CS_CP1252 }, { "cp1252", CS_CP1252 },
	{ "l1", CS_CP1252 }, { "cp819", CS_CP1252 },
	{ "ansi_x3.4-1968", CS_ASCII }, { "ansi", CS_CP1252 },
	{ "iso-8859-2", CS_LATIN2 }, { "latin2", CS_LATIN2 },
	{ "iso-8859-9", CS_LATIN5 }, { "iso-8859-15", CS_LATIN9 },
	{ "windows-1250", CS_CP1250 }, { "cp1250", CS_CP1250 },
	{ "windows-1251", CS_CP1251 }, { "cp1251", CS_CP1251 },
	{ "windows-1253", CS_CP1253 }, { "iso-8859-7", CS_CP1253 },
	{ "windows-1254", CS_CP1254 }, { "windows-1257", CS_CP1257 },
	{ "windows-1258", CS_CP1258 }, { "windows-874", CS_CP874 },
	{ "tis-620", CS_CP874 }, { "iso-8859-11", CS_CP874 },
	{ "koi8-r", CS_KOI8R }, { "koi8-u", CS_KOI8U },
	{ "utf-7", CS_UTF7 }, { "unicode-1-1-utf-7", CS_UTF7 },
	{ "unicode-1-1-utf-8", CS_UTF8 }, { "unicode", CS_UTF16 },
	{ "utf-16", CS_UTF16 }, { "utf-16le", CS_UTF16LE },
	{ "utf-16be", CS_UTF16BE }, { "ucs-2", CS_UTF16 },
	{ "utf16", CS_UTF16 }, { "iso-10646-ucs-2", CS_UTF16 },
	{ "utf-32", CS_UTF32 }, { "utf32", CS_UTF32 },
	{ "utf-32le", CS_UTF32LE }, { "utf-32be", CS_UTF32BE },
	{ "ucs-4", CS_UTF32 }, { "iso-10646-ucs-4", CS_UTF32 },
	{ "iso-2022-jp", CS_2022JP }, { "csiso2022jp", CS_2022JP },
	{ "iso-2022-jp-1", CS_2022JP }, { "iso-2022-jp-2", CS_2022JP },
	{ "iso-2022-jp-ms", CS_2022JP }, { "iso-2022-kr", CS_2022KR },
	{ "iso-2022-cn", CS_2022CN }, { "hz-gb-2312", CS_HZ },
	{ "hz", CS_HZ },
};

static iconv_t	 opened[CS_N];
static int	 tried[CS_N];

enum charset
charset_named(const char *label)
{
	char	 low[LABEL_MAX], *p = low;
	size_t	 n = 0;

	if (label == NULL)
		return CS_NONE;
	while (*label == ' ' || *label == '"' || *label == '\'')
		label++;
	for (; *label != '\0' && n + 1 < sizeof(low); label++) {
		if (strchr("*\"' ;", *label) != NULL)
			break;
		low[n++] = (char)(*label >= 'A' && *label <= 'Z' ?
		    *label + 32 : *label);
	}
	low[n] = '\0';
	while (p[0] == 'x' && p[1] == '-')
		p += 2;
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (strcmp(p, aliases[i].label) == 0)
			return aliases[i].cs;
	return CS_NONE;
}

int
charset_stateful(enum charset cs)
{
	return sets[cs].stateful;
}

int
charset_single(enum charset cs)
{
	return sets[cs].single;
}

static iconv_t
converter(enum charset cs)
{
	if (!tried[cs]) {
		opened[cs] = sets[cs].iconv == NULL ? (iconv_t)-1 :
		    iconv_open("UTF-8", sets[cs].iconv);
		tried[cs] = 1;
	}
	return opened[cs];
}

void
charset_prepare(void)
{
	for (int i = 0; i < CS_N; i++)
		(void)converter((enum charset)i);
}

static size_t
put_bad(char *out, size_t left)
{
	if (left < 3)
		return 0;
	memcpy(out, REPLACEMENT, 3);
	return 3;
}

/* One pair that the one Big5 does not have and the other may. */
static size_t
one_pair(enum charset cs, const char *in, char *out, size_t left)
{
	iconv_t	 cd = converter(cs);
	char	*src, *dst = out, pair[2];
	size_t	 n = 2, room = left;

	if (cd == (iconv_t)-1)
		return 0;
	memcpy(pair, in, 2);
	src = pair;
	(void)iconv(cd, NULL, NULL, NULL, NULL);
	if (iconv(cd, &src, &n, &dst, &room) == (size_t)-1 ||
	    iconv(cd, NULL, NULL, &dst, &room) == (size_t)-1)
		return 0;
	return left - room;
}

/* Bytes to pass over where the converter stopped. */
static size_t
step_over(enum charset cs, const unsigned char *p, size_t left)
{
	if (cs == CS_UTF16LE || cs == CS_UTF16BE)
		return left < 2 ? left : 2;
	if (cs == CS_UTF32LE || cs == CS_UTF32BE)
		return left < 4 ? left : 4;
	if (left >= 2 && (cs == CS_CP950 || cs == CS_BIG5HKSCS) &&
	    p[0] > 0x80 && p[0] < 0xff && p[1] >= 0x40 && p[1] != 0x7f &&
	    p[1] != 0x80 && p[1] != 0xff)
		return 2;
	return 1;
}

/* The sign of a private character of CP950; bytes, or 0. */
static size_t
eten_sign(const unsigned char *p, char *out, size_t left)
{
	unsigned	u = 0xf000u | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
	unsigned	cell;
	char		pair[2];

	if (u < 0xf6b1 || u > 0xf848)
		return 0;
	cell = u - 0xf6b1 + 63;		/* of row C6, which is cut */
	pair[0] = (char)(0xc6 + cell / 157);
	cell %= 157;
	pair[1] = (char)(cell < 63 ? 0x40 + cell : 0xa1 + cell - 63);
	return one_pair(CS_BIG5HKSCS, pair, out, left);
}

/*
 * ①, ぁ and Cyrillic of the ETEN system, C6A1 to C8FE, are private characters
 * in CP950: U+F6B1 to U+F848, a row of 157 each, in the order of the pairs.
 */
static size_t
eten_signs(char *s, size_t len)
{
	char	*end = s + len, *to = s, *next, sign[3];
	size_t	 n;

	for (char *p = s; p < end; p = next) {
		next = memchr(p, 0xef, (size_t)(end - p));
		if (next == NULL || end - next < 3)
			next = end;
		memmove(to, p, (size_t)(next - p));
		to += next - p;
		if (next == end)
			break;
		n = eten_sign((unsigned char *)next, sign, sizeof(sign));
		memmove(to, n > 0 ? sign : next, n > 0 ? n : 3);
		to += n > 0 ? n : 3;
		next += 3;
	}
	return (size_t)(to - s);
}

static size_t
run_iconv(enum charset cs, iconv_t cd, const char *in, size_t len, char *out,
    size_t cap, size_t *bad)
{
	char	*src = (char *)(size_t)in, *dst = out;
	size_t	 left = len, room = cap, skip, n;

	(void)iconv(cd, NULL, NULL, NULL, NULL);
	while (left > 0) {
		if (iconv(cd, &src, &left, &dst, &room) != (size_t)-1)
			break;
		if (errno == E2BIG || left == 0)
			break;
		skip = step_over(cs, (const unsigned char *)src, left);
		n = 0;
		/* 堃, 喆, 煊, 峯 stand in many names */
		if (cs == CS_CP950 && skip == 2)
			n = one_pair(CS_BIG5HKSCS, src, dst, room);
		else if (cs == CS_BIG5HKSCS && skip == 2)
			n = one_pair(CS_CP950, src, dst, room);
		if (n == 0) {
			n = put_bad(dst, room);
			(*bad)++;
		}
		dst += n;
		room -= n;
		src += skip;
		left -= skip;
	}
	(void)iconv(cd, NULL, NULL, &dst, &room);
	return cs == CS_CP950 ? eten_signs(out, cap - room) : cap - room;
}

/* RFC 1843: ~{ and ~} around GB 2312 with the high bits off.  In place of
 * iconv, which has no HZ in the GNU C library. */
static size_t
run_hz(const char *in, size_t len, char *out, size_t cap, size_t *bad)
{
	char	 pair[2];
	size_t	 i = 0, o = 0;
	int	 gb = 0;

	while (i < len && cap - o > 4) {
		if (in[i] == '~' && i + 1 < len && in[i + 1] == '{') {
			gb = 1;
			i += 2;
		} else if (in[i] == '~' && i + 1 < len && in[i + 1] == '}') {
			gb = 0;
			i += 2;
		} else if (!gb && in[i] == '~' && i + 1 < len &&
		    (in[i + 1] == '~' || in[i + 1] == '\n')) {
			if (in[i + 1] == '~')
				out[o++] = '~';
			i += 2;
		} else if (gb && i + 1 < len && in[i] > ' ' &&
		    in[i + 1] > ' ') {
			pair[0] = (char)(in[i] | 0x80);
			pair[1] = (char)(in[i + 1] | 0x80);
			o += charset_convert(CS_GB18030, pair, 2, out + o,
			    cap - o, bad);
			i += 2;
		} else {
			gb = gb && in[i] != '\n';
			if ((unsigned char)in[i] >= 0x80) {
				(*bad)++;
				o += put_bad(out + o, cap - o);
			} else {
				out[o++] = in[i];
			}
			i++;
		}
	}
	return o;
}

/* Plain letters, Chinese punctuation, common ideographs, surrogates. */
static int
plausible(unsigned u)
{
	return (u >= 9 && u < 0x7f) || (u >= 0x4e00 && u < 0xa000) ||
	    (u >= 0x3000 && u < 0x3040) || u >= 0xff00 || u == 0xfeff ||
	    (u >= 0xd800 && u < 0xe000);
}

static size_t
plausible_pairs(const unsigned char *p, size_t len, size_t high)
{
	size_t	n = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		n += plausible((unsigned)p[i + high] << 8 | p[i + 1 - high]);
	return n;
}

/*
 * By the mark, else by its look: RFC 2781 says big-endian, .NET sends
 * little-endian.  iconv's own UTF-16 keeps the order of the first text.
 */
static enum charset
utf16_order(const char *in, size_t len)
{
	const unsigned char *p = (const unsigned char *)in;

	if (len >= 2 && p[0] == 0xfe && p[1] == 0xff)
		return CS_UTF16BE;
	if (len >= 2 && p[0] == 0xff && p[1] == 0xfe)
		return CS_UTF16LE;
	return plausible_pairs(p, len, 1) > plausible_pairs(p, len, 0) ?
	    CS_UTF16LE : CS_UTF16BE;
}

/* Is each group of four a character, the highest byte at p[high]? */
static int
is_utf32(const unsigned char *p, size_t len, size_t high)
{
	size_t	next = high == 0 ? 1 : 2;

	for (size_t i = 0; i + 3 < len; i += 4)
		if (p[i + high] != 0 || p[i + next] > 0x10 ||
		    (p[i + next] == 0 && p[i + (high == 0 ? 2 : 1)] == 0 &&
		    p[i + 3 - high] == 0))
			return 0;
	return len >= 4;
}

static enum charset
utf32_order(const char *in, size_t len)
{
	return is_utf32((const unsigned char *)in, len, 3) ? CS_UTF32LE :
	    CS_UTF32BE;
}

static int
is_wide(enum charset cs)
{
	return cs >= CS_UTF16 && cs <= CS_UTF32BE;
}

/* Short, or ASCII with a stray NUL: two letters would be an ideograph too. */
static int
letters(const unsigned char *p, size_t len)
{
	size_t	n = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		n += p[i] != 0 && p[i + 1] != 0 && (p[i] | p[i + 1]) < 0x80;
	return len < SURE_BYTES || n * 4 > len / 2 * 3;
}

/* The order of UTF-16 that the label says is kept if it reads at all. */
static enum charset
utf16_by(enum charset label, const char *in, size_t len)
{
	const unsigned char *p = (const unsigned char *)in;
	enum charset	 cs = utf16_order(in, len);
	size_t		 n = plausible_pairs(p, len, cs == CS_UTF16LE);
	int		 marked = (p[0] == 0xfe && p[1] == 0xff) ||
			    (p[0] == 0xff && p[1] == 0xfe);

	if ((label == CS_UTF16LE || label == CS_UTF16BE) && label != cs &&
	    !marked && plausible_pairs(p, len, label == CS_UTF16LE) * 10 >=
	    n * 9)
		return label;
	if (!marked && !is_wide(label) && letters(p, len))
		return CS_NONE;
	return n * 20 >= (len / 2) * 19 ? cs : CS_NONE;
}

enum charset
charset_wide(enum charset label, const char *in, size_t len)
{
	const unsigned char *p = (const unsigned char *)in;

	if (len < 4 || (!is_wide(label) && p[0] < 0xfe &&
	    memchr(in, '\0', len) == NULL))
		return CS_NONE;
	if (is_utf32(p, len, 3))
		return CS_UTF32LE;
	if (is_utf32(p, len, 0))
		return CS_UTF32BE;
	return utf16_by(label, in, len);
}

size_t
charset_convert(enum charset cs, const char *in, size_t len, char *out,
    size_t cap, size_t *bad)
{
	iconv_t	 cd;

	if (cs == CS_HZ)
		return run_hz(in, len, out, cap, bad);
	if (cs == CS_UTF16)
		cs = utf16_order(in, len);
	if (cs == CS_UTF32)
		cs = utf32_order(in, len);
	cd = converter(cs);
	if (cd == (iconv_t)-1) {	/* this C library lacks it */
		(*bad)++;
		cd = converter(CS_CP1252);
		if (cd == (iconv_t)-1)
			return put_bad(out, cap);
		cs = CS_CP1252;
	}
	return run_iconv(cs, cd, in, len, out, cap, bad);
}
