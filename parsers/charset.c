#include "parsers/charset.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include "parsers/escape.h"

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
	[CS_EUCJP] = { "EUC-JP-MS", 0, 0 },
	[CS_JISX0213] = { "EUC-JISX0213", 0, 0 },
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
	[CS_2022JP] = { NULL, 1, 0 },	/* escape.c reads these */
	[CS_2022KR] = { NULL, 1, 0 },
	[CS_2022CN] = { NULL, 1, 0 },
	[CS_HZ] = { NULL, 1, 0 },
};

/* Lower case, without hyphens and the like, without "x-" and "cs". */
static const struct alias {
	const char	*label;
	enum charset	 cs;
} aliases[] = {
	{ "utf8", CS_UTF8 }, { "usascii", CS_ASCII }, { "ascii", CS_ASCII },
	{ "big5", CS_CP950 }, { "big5eten", CS_CP950 }, { "big5tw", CS_CP950 },
	{ "cnbig5", CS_CP950 }, { "big52003", CS_CP950 },
	{ "zhtwbig5", CS_CP950 }, { "chinesebig5", CS_CP950 },
	{ "bigfive", CS_CP950 }, { "big5uao", CS_CP950 },
	{ "big5hkscs", CS_BIG5HKSCS }, { "big5hkscs1999", CS_BIG5HKSCS },
	{ "big5hkscs2001", CS_BIG5HKSCS }, { "big5hkscs2004", CS_BIG5HKSCS },
	{ "big5hkscs2008", CS_BIG5HKSCS }, { "hkscsbig5", CS_BIG5HKSCS },
	{ "euctw", CS_EUCTW }, { "cns11643", CS_EUCTW },
	{ "chinesecns", CS_EUCTW },
	{ "gb2312", CS_GB18030 }, { "gbk", CS_GB18030 },
	{ "gb18030", CS_GB18030 }, { "gb231280", CS_GB18030 },
	{ "iso58gb231280", CS_GB18030 }, { "isoir58", CS_GB18030 },
	{ "euccn", CS_GB18030 }, { "cngb", CS_GB18030 }, { "gb", CS_GB18030 },
	{ "zhcneuc", CS_GB18030 }, { "chinesegb2312", CS_GB18030 },
	{ "chinese", CS_GB18030 }, { "gb2312charset", CS_GB18030 },
	{ "gb180302000", CS_GB18030 }, { "gb180302005", CS_GB18030 },
	{ "shiftjis", CS_CP932 }, { "sjis", CS_CP932 },
	{ "windows31j", CS_CP932 }, { "mskanji", CS_CP932 },
	{ "eucjp", CS_EUCJP }, { "eucjpms", CS_EUCJP },
	{ "eucjpwin", CS_EUCJP }, { "ujis", CS_EUCJP },
	{ "eucpkdfmtjapanese", CS_EUCJP },
	{ "euckr", CS_CP949 }, { "ksc56011987", CS_CP949 },
	{ "ksc5601", CS_CP949 }, { "ksc56011989", CS_CP949 },
	{ "korean", CS_CP949 }, { "uhc", CS_CP949 },
	{ "iso88591", CS_CP1252 }, { "latin1", CS_CP1252 },
	{ "isolatin1", CS_CP1252 }, { "l1", CS_CP1252 },
	{ "ansi", CS_CP1252 }, { "ansix341968", CS_ASCII },
	{ "iso646us", CS_ASCII },
	{ "iso88592", CS_LATIN2 }, { "latin2", CS_LATIN2 },
	{ "iso88599", CS_LATIN5 }, { "latin5", CS_LATIN5 },
	{ "iso885915", CS_LATIN9 }, { "latin9", CS_LATIN9 },
	{ "iso88597", CS_CP1253 },
	{ "tis620", CS_CP874 }, { "iso885911", CS_CP874 },
	{ "koi8r", CS_KOI8R }, { "koi8u", CS_KOI8U },
	{ "utf7", CS_UTF7 }, { "unicode11utf7", CS_UTF7 },
	{ "unicode20utf7", CS_UTF7 }, { "unicode11utf8", CS_UTF8 },
	{ "unicode20utf8", CS_UTF8 }, { "utf8mb4", CS_UTF8 },
	{ "cesu8", CS_UTF8 },
	{ "unicode", CS_UTF16 }, { "utf16", CS_UTF16 },
	{ "utf16le", CS_UTF16LE }, { "utf16be", CS_UTF16BE },
	{ "ucs2", CS_UTF16 }, { "ucs2le", CS_UTF16LE },
	{ "ucs2be", CS_UTF16BE }, { "iso10646ucs2", CS_UTF16 },
	{ "utf32", CS_UTF32 }, { "utf32le", CS_UTF32LE },
	{ "utf32be", CS_UTF32BE }, { "ucs4", CS_UTF32 },
	{ "iso10646ucs4", CS_UTF32 },
	{ "iso2022jp", CS_2022JP }, { "iso2022jp1", CS_2022JP },
	{ "iso2022jp2", CS_2022JP }, { "iso2022jp3", CS_2022JP },
	{ "iso2022jp2004", CS_2022JP }, { "iso2022jpext", CS_2022JP },
	{ "iso2022jpms", CS_2022JP }, { "jis", CS_2022JP },
	{ "iso2022int1", CS_2022JP }, { "iso2022tw", CS_2022JP },
	{ "iso2022kr", CS_2022KR }, { "iso2022cn", CS_2022CN },
	{ "iso2022cnext", CS_2022CN }, { "hzgb2312", CS_HZ }, { "hz", CS_HZ },
};

/* What Microsoft numbers: windows-950, cp950, ms950, ibm950 or 950. */
static const struct page {
	long		 number;
	enum charset	 cs;
} pages[] = {
	{ 950, CS_CP950 }, { 951, CS_BIG5HKSCS }, { 20000, CS_EUCTW },
	{ 936, CS_GB18030 }, { 20936, CS_GB18030 }, { 51936, CS_GB18030 },
	{ 54936, CS_GB18030 }, { 1386, CS_GB18030 }, { 52936, CS_HZ },
	{ 50227, CS_2022CN }, { 50229, CS_2022CN },
	{ 932, CS_CP932 }, { 943, CS_CP932 }, { 20932, CS_EUCJP },
	{ 51932, CS_EUCJP }, { 50220, CS_2022JP }, { 50221, CS_2022JP },
	{ 50222, CS_2022JP }, { 949, CS_CP949 }, { 51949, CS_CP949 },
	{ 20949, CS_CP949 }, { 50225, CS_2022KR },
	{ 874, CS_CP874 }, { 1250, CS_CP1250 }, { 1251, CS_CP1251 },
	{ 1252, CS_CP1252 }, { 1253, CS_CP1253 }, { 1254, CS_CP1254 },
	{ 1257, CS_CP1257 }, { 1258, CS_CP1258 }, { 819, CS_CP1252 },
	{ 28591, CS_CP1252 }, { 28592, CS_LATIN2 }, { 28599, CS_LATIN5 },
	{ 28605, CS_LATIN9 }, { 20866, CS_KOI8R }, { 21866, CS_KOI8U },
	{ 20127, CS_ASCII }, { 367, CS_ASCII },
	{ 65000, CS_UTF7 }, { 65001, CS_UTF8 }, { 1200, CS_UTF16LE },
	{ 1201, CS_UTF16BE }, { 12000, CS_UTF32LE }, { 12001, CS_UTF32BE },
};

static iconv_t	 opened[CS_N], back[CS_N];
static int	 tried[CS_N], tried_back[CS_N];

/* The number in "windows950", or 0. */
static long
page_number(const char *s)
{
	static const char *const makers[] = { "windows", "codepage", "win",
	    "cp", "ms", "ibm", "" };
	char	*end;
	long	 n;

	for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++) {
		size_t	len = strlen(makers[i]);

		if (strncmp(s, makers[i], len) != 0 || s[len] < '0' ||
		    s[len] > '9')
			continue;
		n = strtol(s + len, &end, 10);
		return *end == '\0' ? n : 0;
	}
	return 0;
}

/* Lower case and nothing but letters and digits; the label ends at a quote,
 * a semicolon, or the '*' before a language (RFC 2231). */
static void
squeeze(const char *label, char low[LABEL_MAX])
{
	size_t	n = 0;
	char	c;

	label += strspn(label, " \t\"'");
	while ((label[0] | 0x20) == 'x' && label[1] == '-')
		label += 2;
	for (; *label != '\0' && strchr("*\"' ;,", *label) == NULL &&
	    n + 1 < LABEL_MAX; label++) {
		c = (char)(*label >= 'A' && *label <= 'Z' ? *label + 32 :
		    *label);
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			low[n++] = c;
	}
	low[n] = '\0';
}

enum charset
charset_named(const char *label)
{
	char	 low[LABEL_MAX], *p = low;
	long	 number;

	if (label == NULL)
		return CS_NONE;
	squeeze(label, low);
	if (strncmp(p, "cs", 2) == 0)	/* IANA's, as in csBig5 */
		p += 2;
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (strcmp(p, aliases[i].label) == 0)
			return aliases[i].cs;
	number = page_number(p);
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		if (number == pages[i].number)
			return pages[i].cs;
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

static iconv_t
converter_back(enum charset cs)
{
	if (!tried_back[cs]) {
		back[cs] = iconv_open(sets[cs].iconv, "UTF-8");
		tried_back[cs] = 1;
	}
	return back[cs];
}

void
charset_prepare(void)
{
	for (int i = 0; i < CS_N; i++)
		(void)converter((enum charset)i);
	(void)converter_back(CS_CP950);
	(void)converter_back(CS_BIG5HKSCS);
	(void)converter_back(CS_GB18030);
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
	if (is_utf32(p, len, 3) && (p[0] != 0xff || (p[2] | p[3]) == 0))
		return CS_UTF32LE;	/* and no short UTF-16 with its mark */
	if (is_utf32(p, len, 0))
		return CS_UTF32BE;
	return utf16_by(label, in, len);
}

size_t
charset_convert(enum charset cs, const char *in, size_t len, char *out,
    size_t cap, size_t *bad)
{
	iconv_t	 cd;

	if (cs >= CS_2022JP && cs <= CS_HZ)
		return escape_convert(cs, in, len, out, cap, bad);
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

size_t
charset_bytes(enum charset cs, const char *utf8, size_t len, char *out)
{
	iconv_t		 cd = converter_back(cs);
	const char	*end = utf8 + len, *lost;
	char		*src, *dst = out;
	size_t		 left, room = 2 * len;

	if (cd == (iconv_t)-1)
		return 0;
	(void)iconv(cd, NULL, NULL, NULL, NULL);
	for (; utf8 < end; utf8 = lost) {
		lost = memmem(utf8, (size_t)(end - utf8), REPLACEMENT, 3);
		lost = lost == NULL ? end : lost;
		src = (char *)(size_t)utf8;
		left = (size_t)(lost - utf8);
		if (iconv(cd, &src, &left, &dst, &room) != 0 ||
		    iconv(cd, NULL, NULL, &dst, &room) != 0 || room == 0)
			return 0;
		if (lost < end) {
			*dst++ = (char)0xff;
			room--;
			lost += 3;
		}
	}
	return 2 * len - room;
}
