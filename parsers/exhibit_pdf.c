/*
 * exhibit_pdf - is it a whole PDF document, and does nothing in it act?
 *
 * What acts is called by a name: scripts, programs to be started, files
 * within, forms that send.  Names are read as a viewer reads them, with their
 * #xx, in the file itself and in the packed streams of objects where
 * programs hide them.  What cannot be looked into does not go.  A document
 * may hide deeper than this looks; the receiver's viewer is the next wall.
 */
#include "parsers/exhibit.h"

#include <string.h>

#include <zlib.h>

#define NAME_LONGEST	24
#define TAIL		1024		/* bytes in which %%EOF must stand */
#define PROBE		64		/* unpacked bytes that tell its kind */
#define UNPACKED_MAX	(64u * 1024 * 1024)	/* of all streams together */
#define CHUNK		(64u * 1024)
#define OVERLAP		64		/* a name that two chunks share */

#define WHITE		"\t\n\f\r "

enum seen {
	SEEN_ACTIVE = 1, SEEN_LOCKED = 2, SEEN_OBJECTS = 4, SEEN_ODD = 8
};

/* What a name tells.  "JS" alone is too short to tell by itself. */
static const struct { const char *name; enum seen seen; } names[] = {
	{ "JavaScript", SEEN_ACTIVE }, { "Launch", SEEN_ACTIVE },
	{ "EmbeddedFile", SEEN_ACTIVE }, { "EmbeddedFiles", SEEN_ACTIVE },
	{ "RichMedia", SEEN_ACTIVE }, { "XFA", SEEN_ACTIVE },
	{ "SubmitForm", SEEN_ACTIVE }, { "ImportData", SEEN_ACTIVE },
	{ "GoToE", SEEN_ACTIVE }, { "Movie", SEEN_ACTIVE },
	{ "Rendition", SEEN_ACTIVE }, { "Encrypt", SEEN_LOCKED },
	{ "ObjStm", SEEN_OBJECTS }, { "ASCIIHexDecode", SEEN_ODD },
	{ "ASCII85Decode", SEEN_ODD }, { "LZWDecode", SEEN_ODD },
	{ "RunLengthDecode", SEEN_ODD }, { "Crypt", SEEN_ODD },
};

static int
is_white(char c)
{
	return c == '\0' || strchr(WHITE, c) != NULL;
}

static int
is_delimiter(char c)
{
	return is_white(c) || strchr("()<>[]{}/%", c) != NULL;
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The name behind a '/', with its #xx read; gives what is behind it. */
static const char *
name_read(const char *p, const char *end, char out[NAME_LONGEST])
{
	size_t	n = 0;
	char	c;

	for (; p < end && !is_delimiter(*p); p++) {
		c = *p;
		if (c == '#' && end - p > 2 && hex(p[1]) >= 0 &&
		    hex(p[2]) >= 0) {
			c = (char)(hex(p[1]) << 4 | hex(p[2]));
			p += 2;
		}
		if (n < NAME_LONGEST - 1)
			out[n++] = c;
	}
	out[n] = '\0';
	return p;
}

static unsigned
names_in(const char *p, size_t len)
{
	const char	*end = p + len, *next;
	char		 name[NAME_LONGEST];
	unsigned	 seen = 0;

	while ((p = memchr(p, '/', (size_t)(end - p))) != NULL) {
		next = name_read(p + 1, end, name);
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (strcmp(name, names[i].name) == 0)
				seen |= names[i].seen;
		if (strcmp(name, "JS") == 0) {
			const char	*q = next;

			while (q < end && is_white(*q))
				q++;
			if (q < end && strchr("(<0123456789", *q) != NULL)
				seen |= SEEN_ACTIVE;
		}
		p = next;
	}
	return seen;
}

/* Objects packed together begin with numbers: which one, and where. */
static int
looks_like_objects(const char *p, size_t len)
{
	size_t	n = 0, digits = 0;

	for (; n < len && (is_white(p[n]) || (p[n] >= '0' && p[n] <= '9')); n++)
		digits += !is_white(p[n]);
	return digits > 0 && (n == len || n > 2);
}

/*
 * One stream that begins at p.  Its unpacked bytes are looked through when
 * they are objects.  *left: how much more may be unpacked.
 */
static unsigned
stream_in(const char *p, size_t len, size_t *left)
{
	static char	 out[OVERLAP + CHUNK];
	z_stream	 z;
	size_t		 held = 0, got;
	unsigned	 seen = 0;
	int		 first = 1, rc;

	if (len < 2 || ((unsigned char)p[0] & 0x0f) != 8 ||
	    ((unsigned char)p[0] << 8 | (unsigned char)p[1]) % 31 != 0)
		return 0;
	memset(&z, 0, sizeof(z));
	if (inflateInit(&z) != Z_OK)
		return SEEN_LOCKED;
	z.next_in = (Bytef *)(uintptr_t)p;
	z.avail_in = (uInt)len;
	do {
		z.next_out = (Bytef *)out + held;
		z.avail_out = first ? PROBE : CHUNK;
		got = z.avail_out;
		rc = inflate(&z, Z_SYNC_FLUSH);
		got -= z.avail_out;
		if (got > *left) {
			seen |= SEEN_LOCKED;
			break;
		}
		*left -= got;
		if (first && !looks_like_objects(out, got))
			break;
		first = 0;
		held += got;
		seen |= names_in(out, held);
		if (held > OVERLAP) {
			memmove(out, out + held - OVERLAP, OVERLAP);
			held = OVERLAP;
		}
	} while (rc == Z_OK && got > 0);
	(void)inflateEnd(&z);
	return seen;
}

static unsigned
streams_in(const char *p, size_t len)
{
	static const char	word[] = "stream";
	const char		*s = p, *end = p + len;
	size_t			 left = UNPACKED_MAX;
	unsigned		 seen = 0;

	while (s < end && (s = memmem(s, (size_t)(end - s), word,
	    sizeof(word) - 1)) != NULL) {
		s += sizeof(word) - 1;
		if (s < end && *s == '\r')
			s++;
		if (s < end && *s == '\n')
			s++;
		seen |= stream_in(s, (size_t)(end - s), &left);
	}
	return seen;
}

/* Behind the last %%EOF stands nothing but the end of its line. */
static int
ends_well(const char *p, size_t len)
{
	size_t	from = len > TAIL ? len - TAIL : 0;

	while (len > from && (is_white(p[len - 1])))
		len--;
	return len - from >= 5 && memcmp(p + len - 5, "%%EOF", 5) == 0;
}

enum exhibit_fault
exhibit_pdf(const char *p, size_t len)
{
	unsigned	seen;

	if (!ends_well(p, len))
		return EXHIBIT_IS_BROKEN;
	seen = names_in(p, len);
	if (!(seen & (SEEN_ACTIVE | SEEN_LOCKED)))
		seen |= streams_in(p, len);
	if (seen & SEEN_ACTIVE)
		return EXHIBIT_IS_ACTIVE;
	if ((seen & SEEN_LOCKED) || ((seen & SEEN_OBJECTS) &&
	    (seen & SEEN_ODD)))
		return EXHIBIT_IS_LOCKED;
	return EXHIBIT_IS_NONE;
}
