#include "parsers/mojibake.h"

#include <string.h>
#include <unistr.h>

#include "base/buf.h"
#include "parsers/charset.h"
#include "parsers/east.h"
#include "parsers/utf8.h"

#define C1		32	/* places where CP1252 has signs of its own */

static ucs4_t	 signs[C1];	/* what CP1252 has at 80 to 9F, or 0 */

struct undo {
	struct arena	*a;
	struct buf	 out;
	int		 undone;
};

void
mojibake_prepare(void)
{
	char	 out[8], in;
	size_t	 bad, n;

	for (int i = 0; i < C1; i++) {
		in = (char)(0x80 + i);
		bad = 0;
		n = charset_convert(CS_CP1252, &in, 1, out, sizeof(out), &bad);
		if (bad > 0 || u8_mbtoucr(&signs[i], (uint8_t *)out, n) < 1)
			signs[i] = 0;
	}
}

/* The byte that is seen as this character in CP1252 or Latin-1; -1: none. */
static int
byte_of(ucs4_t c)
{
	if (c < 0x100)
		return (int)c;
	for (int i = 0; i < C1; i++)
		if (signs[i] == c)
			return 0x80 + i;
	return -1;
}

/* Big5 or GBK: signs of Latin-1 side by side, which no language writes. */
static int
is_east(const char *s, size_t len, struct east *e)
{
	const unsigned char	*p = (const unsigned char *)s;
	size_t			 pairs = 0, wide = 0, differ = 0;

	for (size_t i = 0; i + 1 < len; i++) {
		if (p[i] < 0x80)
			continue;
		pairs++;
		wide += p[i + 1] >= 0x80;
		differ += p[i + 1] >= 0x80 && p[i] != p[i + 1];
		i++;
	}
	east_weigh(s, len, CS_CP1252, e);
	return e->chinese && differ > 0 && wide >= 2 && wide * 3 >= pairs;
}

/* The text that these bytes are; 0: they are none. */
static int
put_bytes(struct undo *u, const char *s, size_t len)
{
	struct shape	 look;
	struct east	 e;
	size_t		 cap = len * 3 + 16, bad = 0;
	char		*out;

	utf8_look(s, len, &look);
	if (look.bad == 0 && look.more > 0) {
		(void)buf_add(&u->out, s, len);
	} else if (look.bad > 0 && is_east(s, len, &e)) {
		out = arena_alloc(u->a, cap);
		cap = charset_convert(e.cs, s, len, out, cap, &bad);
		(void)buf_add(&u->out, out, cap);
	} else {
		return 0;
	}
	u->undone = 1;
	return 1;
}

static const char *
line_end(const char *s, const char *end)
{
	const char	*eol = memchr(s, '\n', (size_t)(end - s));

	return eol == NULL ? end : eol + 1;
}

/* A stretch seen through Latin-1, as it is (s) and as bytes: taken at once, or
 * else line by line. */
static void
latin(struct undo *u, const char *s, size_t len, const char *bytes, size_t n)
{
	const char	*end = s + len, *bytes_end = bytes + n, *eol, *next;

	if (len > n && put_bytes(u, bytes, n))
		return;
	for (; s < end; s = eol, bytes = next) {
		eol = line_end(s, end);
		next = line_end(bytes, bytes_end);
		if (eol - s == next - bytes ||		/* ASCII */
		    !put_bytes(u, bytes, (size_t)(next - bytes)))
			(void)buf_add(&u->out, s, (size_t)(eol - s));
	}
}

/* UTF-8 that was read as Latin-1, or Big5 or GBK that was. */
static void
undo_latin(struct undo *u, const char *s, size_t len)
{
	const uint8_t	*p = (const uint8_t *)s, *end = p + len, *from = p;
	char		*bytes = arena_alloc(u->a, len + 1);
	size_t		 n = 0;
	ucs4_t		 c;
	int		 k, byte;

	for (; p < end; p += k) {
		k = u8_mbtouc(&c, p, (size_t)(end - p));
		byte = byte_of(c);
		if (byte != -1) {
			bytes[n++] = (char)byte;
			continue;
		}
		latin(u, (const char *)from, (size_t)(p - from), bytes, n);
		(void)buf_add(&u->out, p, (size_t)k);
		from = p + k;
		n = 0;
	}
	latin(u, (const char *)from, (size_t)(p - from), bytes, n);
}

/* A line of rare characters that is UTF-8 once it is bytes again.  Bytes that
 * no character had are lost. */
static int
put_wide(struct undo *u, enum charset cs, const char *s, size_t len)
{
	char		*bytes = arena_alloc(u->a, 2 * len + 1), *out;
	size_t		 n = charset_bytes(cs, s, len, bytes);
	struct shape	 look;

	utf8_look(bytes, n, &look);
	if (look.more < 2 || look.bad > look.more)
		return 0;
	out = arena_alloc(u->a, n * 3 + 1);
	n = utf8_repair(bytes, n, out);
	if (!east_reads(out, n))
		return 0;
	(void)buf_add(&u->out, out, n);
	u->undone = 1;
	return 1;
}

/* Characters that do not stand together in what people write. */
static int
is_rare(const char *s, size_t len)
{
	size_t		 n = utf8_ascii(s, len);
	struct shape	 look;

	if (n == len || east_reads(s + n, len - n))
		return 0;
	utf8_look(s + n, len - n, &look);
	return look.more >= 3;
}

/* UTF-8 that was read as GBK or Big5. */
static void
undo_wide(struct undo *u, const char *s, size_t len)
{
	const char	*end = s + len, *kept = s, *eol;

	for (; s < end; s = eol) {
		eol = line_end(s, end);
		len = (size_t)(eol - s);
		if (!is_rare(s, len))
			continue;
		(void)buf_add(&u->out, kept, (size_t)(s - kept));
		kept = put_wide(u, CS_GB18030, s, len) ||
		    put_wide(u, CS_CP950, s, len) ||
		    put_wide(u, CS_BIG5HKSCS, s, len) ? eol : s;
	}
	if (u->undone)
		(void)buf_add(&u->out, kept, (size_t)(end - kept));
}

char *
mojibake_undo(struct arena *a, char *s, size_t *len,
    const struct shape *look, int *undone)
{
	struct undo	 u;

	memset(&u, 0, sizeof(u));
	u.a = a;
	buf_init(&u.out, *len * 3 + 16);
	if (look->two > 0)
		undo_latin(&u, s, *len);
	if (look->more > 0 && !u.undone) {
		buf_reset(&u.out);
		undo_wide(&u, s, *len);
	}
	if (u.undone && !u.out.over) {
		s = arena_strndup(a, u.out.data, u.out.len);
		*len = u.out.len;
		*undone = 1;
	}
	buf_free(&u.out);
	return s;
}
