#include "base/utf8.h"

#include <endian.h>
#include <string.h>

#include <unistr.h>

/* Eight bytes of ASCII; with no_controls: that could all be printed. */
static inline int
plain_word(const uint8_t *p, int no_controls)
{
	uint64_t	w, del;

	memcpy(&w, p, sizeof(w));
	del = w ^ EIGHT(0x7f);
	/* a byte below n borrows in w - n; the first such is never missed */
	return ((no_controls ? w | (w - EIGHT(0x20)) | (del - EIGHT(1)) : w) &
	    EIGHT(0x80)) == 0;
}

/* Four bytes that begin with U+1000..CFFF or U+E000..FFFF: of these no byte
 * bounds another, which only E0 and ED do. */
static inline int
three_bytes(const uint8_t *p)
{
	uint32_t	w;

	memcpy(&w, p, sizeof(w));
	w = le32toh(w);
	return (w & 0xc0c0f0) == 0x8080e0 && (0xdffe >> (w & 15) & 1);
}

static inline int
is_control(uint8_t c)
{
	return (c < 0x20 && c != '\t' && c != '\n') || c == 0x7f;
}

/* The end of the ASCII at p, or the first control byte in it. */
static inline const uint8_t *
ascii_end(const uint8_t *p, const uint8_t *end, int no_controls)
{
	const uint8_t	*stop;

	for (;;) {
		for (; end - p >= 8 && plain_word(p, no_controls); p += 8)
			;
		stop = end - p < 8 ? end : p + 8;
		for (; p < stop; p++)
			if (*p >= 0x80 || (no_controls && is_control(*p)))
				return p;
		if (p == end)
			return p;
	}
}

static inline const uint8_t *
first_odd(const uint8_t *p, const uint8_t *end, int no_controls)
{
	int	n;

	for (;;) {
		p = ascii_end(p, end, no_controls);
		if (p == end)
			return NULL;
		if (*p < 0x80)
			return p;
		if (end - p < 4 || !three_bytes(p)) {
			n = u8_mblen(p, (size_t)(end - p));
			if (n <= 0)
				return p;
			p += n;
		}
		for (; end - p >= 4 && three_bytes(p); p += 3)
			;
	}
}

int
utf8_ok(const char *s, size_t n)
{
	const uint8_t	*p = (const uint8_t *)s;

	return first_odd(p, p + n, 0) == NULL;
}

const char *
utf8_odd(const char *s, size_t n)
{
	const uint8_t	*p = (const uint8_t *)s;

	return (const char *)first_odd(p, p + n, 1);
}
