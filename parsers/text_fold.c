#include <stdlib.h>
#include <string.h>
#include <uninorm.h>
#include <unistr.h>

#include "parsers/text.h"

#define POOL_MAX	(256u * 1024)
#define FORM_MAX	96		/* bytes of one folded character */

/*
 * What each character of the basic plane becomes, worked out when it is met
 * for the first time: 0 not yet, SELF, or where in the pool its text starts.
 */
#define SELF		1u
#define POOL_START	2u

static uint32_t	 forms[0x10000];
static char	 pool[POOL_MAX];
static size_t	 pool_len = POOL_START;

/* Ticks, boxes, circled, bracketed and Roman numbers mean something. */
static int
is_mark(ucs4_t c)
{
	return (c >= 0x2160 && c <= 0x2188) || (c >= 0x2460 && c <= 0x27bf) ||
	    (c >= 0x3200 && c <= 0x32ff) || (c >= 0x1f100 && c <= 0x1f2ff);
}

static int
is_gone(ucs4_t c)
{
	return (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) ||
	    (c >= 0x2060 && c <= 0x2069) || c == 0xfeff || c == 0xad ||
	    c == 0x180e || (c >= 0xfe00 && c <= 0xfe0f) || c == 0x034f ||
	    (c >= 0xe0000 && c <= 0xe01ff);
}

/* What people type for an ASCII character and Unicode keeps apart. */
static ucs4_t
ascii_of(ucs4_t c)
{
	switch (c) {
	case 0xa0: case 0x1680: case 0x202f: case 0x205f: case 0x3000:
	case 0x3164: case 0xffa0:
		return ' ';
	case 0x2028: case 0x2029: case 0x85:
		return '\n';
	case 0x2215: case 0x2044: case 0x29f8: case 0x2571:
		return '/';
	case 0x2236: case 0xfe30: case 0xa789: case 0x02d0:
		return ':';
	case 0x2010: case 0x2011: case 0x2012: case 0x2013: case 0x2014:
	case 0x2015: case 0x2212: case 0xfe58: case 0xfe31: case 0xfe32:
		return '-';
	case 0x301c: case 0x223c: case 0x223d:
		return '~';
	case 0x2500: case 0x2501: case 0x2504: case 0x2505: case 0x2508:
	case 0x2509: case 0x2550:
		return '-';
	default:
		if (c >= 0x2502 && c <= 0x257f && c != 0x2571 && c != 0x2572)
			return '|';	/* a drawn table */
		return c >= 0x2000 && c <= 0x200a ? ' ' : c;
	}
}

/* The folded text of c, n bytes into out; 0: it vanishes. */
static size_t
fold_one(ucs4_t c, char out[FORM_MAX])
{
	uint32_t	 in, norm[32], *p;
	size_t		 n = sizeof(norm) / sizeof(norm[0]), o = 0;
	int		 k;

	if (is_gone(c))
		return 0;
	in = ascii_of(c);
	if (in != c || is_mark(c))
		return (size_t)u8_uctomb((uint8_t *)out, in, FORM_MAX);
	p = u32_normalize(UNINORM_NFKC, &in, 1, norm, &n);
	if (p != norm) {		/* longer than anything we search for */
		free(p);
		return (size_t)u8_uctomb((uint8_t *)out, c, FORM_MAX);
	}
	for (size_t i = 0; i < n && o + 8 < FORM_MAX; i++) {
		k = is_gone(norm[i]) ? 0 : u8_uctomb((uint8_t *)out + o,
		    ascii_of(norm[i]), (int)(FORM_MAX - o));
		o += k > 0 ? (size_t)k : 0;
	}
	return o;
}

/* Most text is ideographs: U+4000-9FFF, three bytes, none of them changes. */
static inline int
stays(const uint8_t *p, size_t left)
{
	return *p >= 0xe4 && *p <= 0xe9 && left >= 3;
}

/* Text of c and its length; NULL: c itself. */
static const char *
form_of(ucs4_t c, char own[FORM_MAX], size_t *n)
{
	char	*to;

	if (c > 0xffff) {
		*n = fold_one(c, own);
		return own;
	}
	if (forms[c] == 0) {
		*n = fold_one(c, own);
		if (*n > 0 && (size_t)u8_uctomb((uint8_t *)own + *n, c, 4) ==
		    *n && memcmp(own, own + *n, *n) == 0) {
			forms[c] = SELF;
		} else if (pool_len + *n + 1 <= POOL_MAX) {
			to = pool + pool_len;
			to[0] = (char)*n;
			memcpy(to + 1, own, *n);
			forms[c] = (uint32_t)pool_len;
			pool_len += *n + 1;
		} else {
			return own;
		}
	}
	if (forms[c] == SELF)
		return NULL;
	*n = (unsigned char)pool[forms[c]];
	return pool + forms[c] + 1;
}

/* As much as there is room for: what some forms need beyond the bytes of their
 * characters is cut; returns how much all would need. */
static size_t
fold(const char *utf8, size_t len, char *s, uint32_t *at, size_t room)
{
	const uint8_t	*p = (const uint8_t *)utf8;
	const char	*form;
	char		 own[FORM_MAX];
	size_t		 i = 0, o = 0, n;
	ucs4_t		 c;
	int		 k;

	while (i < len) {
		if (p[i] < 0x80 && o < room) {
			at[o] = (uint32_t)i;
			s[o++] = utf8[i++];
			continue;
		}
		if (stays(p + i, len - i) && o + 3 <= room) {
			memcpy(s + o, p + i, 3);
			at[o] = at[o + 1] = at[o + 2] = (uint32_t)i;
			o += 3;
			i += 3;
			continue;
		}
		k = u8_mbtouc_unsafe(&c, p + i, len - i);
		form = form_of(c, own, &n);
		if (form == NULL) {
			form = utf8 + i;
			n = (size_t)k;
		}
		for (size_t j = 0; j < n; j++, o++)
			if (o < room) {
				at[o] = (uint32_t)i;
				s[o] = form[j];
			}
		i += (size_t)k;
	}
	return o;
}

void
text_fold(struct arena *a, const char *utf8, size_t len, struct folded *f)
{
	size_t		 room = len, need;
	char		*s;
	uint32_t	*at;

	for (;;) {		/* hardly any text becomes longer */
		s = arena_room(a, room + 1, sizeof(*s));
		at = arena_room(a, room + 1, sizeof(*at));
		need = fold(utf8, len, s, at, room);
		if (need <= room)
			break;
		room = need;
	}
	at[need] = (uint32_t)len;
	s[need] = '\0';
	*f = (struct folded){ .s = s, .len = need, .at = at };
}
