/*
 * exhibit_type - are these bytes what the name says, and nothing else?
 *
 * Each type is walked to its last byte, so that nothing can hang behind it;
 * an archive that hides within is looked for in what no walk explains.  A
 * viewer's own faults are not our business.
 */
#include "parsers/exhibit.h"

#include <string.h>
#include <strings.h>

#include <unistr.h>

#include "parsers/charset.h"
#include "parsers/secret.h"
#include "parsers/text.h"

#define ZIP_TAIL	(65536u + 22u)	/* where an archive's end can stand */
#define HEAD_LOOKED	1024		/* bytes that are sniffed for markup */
#define PACKET_MAX	(256u * 1024)
#define LINE_MAX_	8192	/* bytes; passwords are looked for by the line,
				   which takes too long in a longer one */

#define S(s)	s, sizeof(s) - 1

/* What begins so is never of our types, whatever its name. */
static const struct {
	size_t			 at;
	const char		*bytes;
	size_t			 len;
	enum exhibit_fault	 fault;
} magic[] = {
	{ 0, S("MZ"), EXHIBIT_IS_PROGRAM },
	{ 0, S("ZM"), EXHIBIT_IS_PROGRAM },
	{ 0, S("\177ELF"), EXHIBIT_IS_PROGRAM },
	{ 0, S("\xfe\xed\xfa\xce"), EXHIBIT_IS_PROGRAM },
	{ 0, S("\xfe\xed\xfa\xcf"), EXHIBIT_IS_PROGRAM },
	{ 0, S("\xce\xfa\xed\xfe"), EXHIBIT_IS_PROGRAM },
	{ 0, S("\xcf\xfa\xed\xfe"), EXHIBIT_IS_PROGRAM },
	{ 0, S("\xca\xfe\xba\xbe"), EXHIBIT_IS_PROGRAM },
	{ 0, S("\xca\xfe\xba\xbf"), EXHIBIT_IS_PROGRAM },
	{ 0, S("#!"), EXHIBIT_IS_PROGRAM },
	{ 0, S("dex\n"), EXHIBIT_IS_PROGRAM },
	{ 0, S("\0asm"), EXHIBIT_IS_PROGRAM },
	{ 0, S("\033Lua"), EXHIBIT_IS_PROGRAM },
	{ 0, S("ITSF"), EXHIBIT_IS_PROGRAM },
	{ 0, S("FWS"), EXHIBIT_IS_PROGRAM },
	{ 0, S("CWS"), EXHIBIT_IS_PROGRAM },
	{ 0, S("ZWS"), EXHIBIT_IS_PROGRAM },
	{ 0, S("%!PS"), EXHIBIT_IS_PROGRAM },
	{ 0, S("\xc5\xd0\xd3\xc6"), EXHIBIT_IS_PROGRAM },
	{ 0, S("X5O!P%@AP"), EXHIBIT_IS_PROGRAM },	/* the scanners' test */
	{ 0, S("L\0\0\0\1\x14\2\0"), EXHIBIT_IS_SHORTCUT },
	{ 0, S("PK\3\4"), EXHIBIT_IS_ARCHIVE },
	{ 0, S("PK\5\6"), EXHIBIT_IS_ARCHIVE },
	{ 0, S("PK\7\10"), EXHIBIT_IS_ARCHIVE },
	{ 0, S("Rar!"), EXHIBIT_IS_ARCHIVE },
	{ 0, S("7z\xbc\xaf"), EXHIBIT_IS_ARCHIVE },
	{ 0, S("\37\x8b"), EXHIBIT_IS_ARCHIVE },
	{ 0, S("\37\x9d"), EXHIBIT_IS_ARCHIVE },
	{ 0, S("BZh"), EXHIBIT_IS_ARCHIVE },
	{ 0, S("\3757zXZ"), EXHIBIT_IS_ARCHIVE },
	{ 0, S("\x28\xb5\x2f\xfd"), EXHIBIT_IS_ARCHIVE },
	{ 0, S("MSCF"), EXHIBIT_IS_ARCHIVE },
	{ 0, S("!<arch>"), EXHIBIT_IS_ARCHIVE },
	{ 2, S("-lh"), EXHIBIT_IS_ARCHIVE },
	{ 7, S("**ACE"), EXHIBIT_IS_ARCHIVE },
	{ 257, S("ustar"), EXHIBIT_IS_ARCHIVE },
	{ 0x8001, S("CD001"), EXHIBIT_IS_ARCHIVE },
	{ 0, S("begin 6"), EXHIBIT_IS_ARCHIVE },	/* uuencode */
	{ 0, S("\xd0\xcf\x11\xe0"), EXHIBIT_IS_OFFICE },
	{ 0, S("{\\rt"), EXHIBIT_IS_OFFICE },
};

/* Where an archive may begin within another file. */
static const struct { const char *bytes; size_t len; } inside[] = {
	{ S("Rar!\x1a\7") }, { S("7z\xbc\xaf\x27\x1c") },
	{ S("MSCF\0\0\0\0") },
};

/* How a text begins that some program obeys; letters of any case. */
static const struct {
	const char		*word;
	enum exhibit_fault	 fault;
} openings[] = {
	{ "@echo", EXHIBIT_IS_PROGRAM }, { "@rem", EXHIBIT_IS_PROGRAM },
	{ "@set", EXHIBIT_IS_PROGRAM }, { "@powershell", EXHIBIT_IS_PROGRAM },
	{ "@cmd", EXHIBIT_IS_PROGRAM }, { "@start", EXHIBIT_IS_PROGRAM },
	{ "regedit4", EXHIBIT_IS_PROGRAM },
	{ "windows registry editor", EXHIBIT_IS_PROGRAM },
	{ "[autorun", EXHIBIT_IS_PROGRAM },
	{ "[version]", EXHIBIT_IS_PROGRAM },		/* an .inf */
	{ "on error resume next", EXHIBIT_IS_PROGRAM },
	{ "[internetshortcut", EXHIBIT_IS_SHORTCUT },
	{ "[desktop entry", EXHIBIT_IS_SHORTCUT },
	{ "[shell]", EXHIBIT_IS_SHORTCUT },
	{ "id;p", EXHIBIT_IS_OFFICE },			/* a sheet with formulas */
	{ "mime-version:", EXHIBIT_IS_MAIL },
};

/* Tags by which a careless viewer takes a text for a page. */
static const char *const tags[] = {
	"<html", "<!doctype", "<script", "<svg", "<body", "<head", "<iframe",
	"<object", "<embed", "<applet", "<meta", "<link", "<style", "<img",
	"<hta:", "<job", "<package", "<scriptlet", "<component",
	"<registration", "<?xml", "<?php", "<%",
};

static unsigned
le16(const unsigned char *p)
{
	return (unsigned)p[0] | (unsigned)p[1] << 8;
}

static uint32_t
le32(const unsigned char *p)
{
	return (uint32_t)le16(p) | (uint32_t)le16(p + 2) << 16;
}

static uint32_t
be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

static int
begins(const char *p, size_t len, const char *with, size_t n)
{
	return len >= n && memcmp(p, with, n) == 0;
}

static enum exhibit_fault
magic_of(const char *p, size_t len)
{
	for (size_t i = 0; i < sizeof(magic) / sizeof(magic[0]); i++)
		if (len > magic[i].at && begins(p + magic[i].at,
		    len - magic[i].at, magic[i].bytes, magic[i].len))
			return magic[i].fault;
	return EXHIBIT_IS_NONE;
}

/* --- pictures; 0: as it must be, to the end --- */

static int
png_bad(const unsigned char *p, size_t len)
{
	size_t	at = 8, n;

	if (len < 8 + 25 || memcmp(p + 8, "\0\0\0\15IHDR", 8) != 0)
		return -1;
	while (len - at >= 12) {
		n = be32(p + at);
		if (n > len - at - 12)
			return -1;
		if (memcmp(p + at + 4, "IEND", 4) == 0)
			return n == 0 && at + 12 == len ? 0 : -1;
		at += n + 12;
	}
	return -1;
}

static int
jpeg_bad(const unsigned char *p, size_t len)
{
	size_t	at = 2, n;
	int	scan = 0;

	while (at + 2 <= len) {
		if (p[at] != 0xff) {
			if (!scan)
				return -1;
			at++;			/* coded picture */
			continue;
		}
		n = p[at + 1];
		if (n == 0xff) {		/* fill */
			at++;
		} else if (n == 0 || (n >= 0xd0 && n <= 0xd7)) {
			if (!scan)
				return -1;
			at += 2;
		} else if (n == 0xd9) {
			return scan && at + 2 == len ? 0 : -1;
		} else {
			scan |= n == 0xda;
			if (at + 4 > len)
				return -1;
			n = (size_t)p[at + 2] << 8 | p[at + 3];
			if (n < 2 || n > len - at - 2)
				return -1;
			at += 2 + n;
		}
	}
	return -1;
}

/* Behind a chain of GIF's blocks, or 0. */
static size_t
gif_blocks(const unsigned char *p, size_t len, size_t at)
{
	while (at < len && p[at] != 0)
		at += (size_t)p[at] + 1;
	return at < len ? at + 1 : 0;
}

static size_t
gif_table(unsigned flags)
{
	return flags & 0x80 ? (size_t)3 << ((flags & 7) + 1) : 0;
}

static int
gif_bad(const unsigned char *p, size_t len)
{
	size_t	at;

	if (len < 14)
		return -1;
	at = 13 + gif_table(p[10]);
	while (at != 0 && at < len) {
		switch (p[at]) {
		case 0x3b:
			return at + 1 == len ? 0 : -1;
		case 0x21:
			at = gif_blocks(p, len, at + 2);
			break;
		case 0x2c:
			if (len - at < 11)
				return -1;
			at = gif_blocks(p, len, at + 11 + gif_table(p[at + 9]));
			break;
		default:
			return -1;
		}
	}
	return -1;
}

static int
bmp_bad(const unsigned char *p, size_t len)
{
	size_t	head;

	if (len < 26 || le32(p + 2) != len || le32(p + 6) != 0 ||
	    le32(p + 10) >= len)
		return -1;
	head = le32(p + 14);
	return head == 12 || head == 40 || head == 52 || head == 56 ||
	    head == 108 || head == 124 ? 0 : -1;
}

/* --- what was heard on the wire --- */

static int
pcap_bad(const unsigned char *p, size_t len)
{
	int	little = p[0] == 0xd4 || p[0] == 0x4d;
	size_t	at = 24, n;

	if (len < 24)
		return -1;
	while (len - at >= 16) {
		n = little ? le32(p + at + 8) : be32(p + at + 8);
		if (n > PACKET_MAX)
			return -1;
		if (n > len - at - 16)
			return 0;	/* the recorder was stopped in it */
		at += 16 + n;
	}
	return 0;
}

static int
pcapng_bad(const unsigned char *p, size_t len)
{
	size_t	at = 0, n;
	int	little;

	if (len < 28)
		return -1;
	little = p[8] == 0x4d;
	while (len - at >= 12) {
		n = little ? le32(p + at + 4) : be32(p + at + 4);
		if (n < 12 || n % 4 != 0)
			return -1;
		if (n > len - at)
			return 0;
		if (memcmp(p + at + 4, p + at + n - 4, 4) != 0)
			return -1;
		at += n;
	}
	return 0;
}

static int
capture_bad(const unsigned char *p, size_t len)
{
	return p[0] == 0x0a ? pcapng_bad(p, len) : pcap_bad(p, len);
}

/* --- texts --- */

/* Whole characters of Big5, and nothing else: NULL when it is not. */
static const char *
from_big5(struct arena *a, const char *p, size_t len)
{
	char	*out = arena_alloc(a, 3 * len + 16);
	size_t	 bad = 0, n;

	n = charset_convert(CS_CP950, p, len, out, 3 * len + 16, &bad);
	out[n] = '\0';
	return bad == 0 ? out : NULL;
}

/* The text as UTF-8 when it can be printed, all of it. */
static const char *
printable(struct arena *a, const char *p, size_t len, const char **charset)
{
	static const char	sound[] = "\t\n\r\f";
	const uint8_t		*u = (const uint8_t *)p;

	for (size_t i = 0; i < len; i++)
		if ((u[i] < 0x20 && (u[i] == 0 || strchr(sound, u[i]) ==
		    NULL)) || u[i] == 0x7f)
			return NULL;
	if (u8_check(u, len) == NULL) {
		*charset = "UTF-8";
		return arena_strndup(a, p, len);
	}
	*charset = "Big5";
	return from_big5(a, p, len);
}

static enum exhibit_fault
opening_of(const char *s)
{
	char	head[HEAD_LOOKED + 1];
	size_t	n = 0;

	if (strncmp(s, "\xef\xbb\xbf", 3) == 0)
		s += 3;
	s += strspn(s, " \t\r\n\f");
	if (strncmp(s, "#!", 2) == 0 || strncmp(s, "X5O!P%@AP", 9) == 0)
		return EXHIBIT_IS_PROGRAM;
	for (; n < HEAD_LOOKED && s[n] != '\0'; n++)
		head[n] = s[n] >= 'A' && s[n] <= 'Z' ? (char)(s[n] | 0x20) :
		    s[n];
	head[n] = '\0';
	for (size_t i = 0; i < sizeof(openings) / sizeof(openings[0]); i++)
		if (strncmp(head, openings[i].word,
		    strlen(openings[i].word)) == 0)
			return openings[i].fault;
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (strstr(head, tags[i]) != NULL)
			return EXHIBIT_IS_PAGE;
	/* A tag as its first word; "<13>" of a syslog line is none. */
	if (head[0] == '<' && (head[1] == '!' || head[1] == '?' ||
	    head[1] == '/' || (head[1] >= 'a' && head[1] <= 'z')))
		return EXHIBIT_IS_PAGE;
	return EXHIBIT_IS_NONE;
}

/* A sheet obeys a cell that begins so; "-5" and "-" are values. */
static int
is_formula(const char *s)
{
	s += strspn(s, " \"'");
	if (*s == '=' || *s == '@')
		return 1;
	if (*s != '+' && *s != '-')
		return 0;
	s += strspn(s, "+-");
	return *s == '=' || *s == '@' || *s == '(' ||
	    (*s >= 'A' && *s <= 'Z') || (*s >= 'a' && *s <= 'z');
}

static int
has_formula(const char *s)
{
	for (int fresh = 1; *s != '\0'; s++) {
		if (fresh && is_formula(s))
			return 1;
		fresh = strchr(",;\t|\r\n", *s) != NULL;
	}
	return 0;
}

static int
has_long_line(const char *s)
{
	size_t	n;

	for (; *s != '\0'; s += n + (s[n] == '\n')) {
		n = strcspn(s, "\n");
		if (n > LINE_MAX_)
			return 1;
	}
	return 0;
}

static enum exhibit_fault
text(struct arena *a, enum exhibit_type type, const char *p, size_t len,
    const char **charset)
{
	enum exhibit_fault	 fault;
	const char		*s = printable(a, p, len, charset);
	int			 secrets = 0;

	if (s == NULL)
		return EXHIBIT_IS_DIFFERS;
	fault = opening_of(s);
	if (fault != EXHIBIT_IS_NONE)
		return fault;
	if (type == EXHIBIT_CSV && has_formula(s))
		return EXHIBIT_IS_ACTIVE;
	if (has_long_line(s))
		return EXHIBIT_IS_LOCKED;
	(void)secret_mask(a, s, &secrets);
	return secrets > 0 ? EXHIBIT_IS_PASSWORD : EXHIBIT_IS_NONE;
}

/* --- all --- */

/* An archive's end that reaches to ours, or the beginning of another. */
static int
hides_archive(const char *p, size_t len)
{
	size_t		 from = len > ZIP_TAIL ? len - ZIP_TAIL : 0;
	const char	*at = p + from, *end = p + len;

	for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++)
		if (memmem(p, len, inside[i].bytes, inside[i].len) != NULL)
			return 1;
	return memmem(at, (size_t)(end - at), "PK\5\6", 4) != NULL ||
	    memmem(p, len, "PK\1\2", 4) != NULL;
}

static int
is_capture(const char *p, size_t len)
{
	static const char *const heads[] = {
		"\xd4\xc3\xb2\xa1", "\xa1\xb2\xc3\xd4",
		"\x4d\x3c\xb2\xa1", "\xa1\xb2\x3c\x4d"
	};

	for (size_t i = 0; i < 4; i++)
		if (begins(p, len, heads[i], 4))
			return 1;
	return begins(p, len, S("\n\r\r\n")) && len >= 12 &&
	    (memcmp(p + 8, "\x4d\x3c\x2b\x1a", 4) == 0 ||
	    memcmp(p + 8, "\x1a\x2b\x3c\x4d", 4) == 0);
}

/* What the first bytes are; EXHIBIT_NTYPES: a text, or unknown. */
static enum exhibit_type
head_of(const char *p, size_t len)
{
	if (begins(p, len, S("\x89PNG\r\n\x1a\n")))
		return EXHIBIT_PNG;
	if (begins(p, len, S("\xff\xd8\xff")))
		return EXHIBIT_JPEG;
	if (begins(p, len, S("GIF87a")) || begins(p, len, S("GIF89a")))
		return EXHIBIT_GIF;
	if (begins(p, len, S("%PDF-")))
		return EXHIBIT_PDF;
	if (is_capture(p, len))
		return EXHIBIT_PCAP;
	return EXHIBIT_NTYPES;
}

enum exhibit_fault
exhibit_content(struct arena *a, enum exhibit_type type, const char *p,
    size_t len, const char **charset)
{
	const unsigned char	*u = (const unsigned char *)p;
	enum exhibit_fault	 fault = magic_of(p, len);
	enum exhibit_type	 head = head_of(p, len);
	int			 bad = 0;

	*charset = NULL;
	if (len == 0)
		return EXHIBIT_IS_EMPTY;
	if (fault != EXHIBIT_IS_NONE)
		return fault;
	if (type == EXHIBIT_TEXT || type == EXHIBIT_CSV)
		return head != EXHIBIT_NTYPES ? EXHIBIT_IS_DIFFERS :
		    text(a, type, p, len, charset);
	if (type == EXHIBIT_BMP && begins(p, len, S("BM")))
		head = EXHIBIT_BMP;	/* too short to tell by itself */
	if (head != type)
		return EXHIBIT_IS_DIFFERS;
	switch ((unsigned)type) {
	case EXHIBIT_PNG:
		bad = png_bad(u, len);
		break;
	case EXHIBIT_JPEG:
		bad = jpeg_bad(u, len);
		break;
	case EXHIBIT_GIF:
		bad = gif_bad(u, len);
		break;
	case EXHIBIT_BMP:
		bad = bmp_bad(u, len);
		break;
	case EXHIBIT_PCAP:
		bad = capture_bad(u, len);
		break;
	case EXHIBIT_PDF:
		fault = exhibit_pdf(p, len);
		break;
	}
	if (bad)
		return EXHIBIT_IS_BROKEN;
	if (fault == EXHIBIT_IS_NONE && hides_archive(p, len))
		return EXHIBIT_IS_ARCHIVE;
	return fault;
}
