#include "parsers/encoding.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/hex.h"

#define SKIP	64
#define PAD	65
#define SEEN_MIN	16	/* digits of base64 that no header names */
#define FIRST_MIN	8	/* of the first line, if there is no other */

static unsigned char value[256];	/* of each base64 digit */
static int	 ready;

static void
prepare(void)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";

	memset(value, SKIP, sizeof(value));
	for (unsigned i = 0; i < 64; i++)
		value[(unsigned char)digits[i]] = (unsigned char)i;
	value['='] = PAD;
	ready = 1;
}

/* Whole groups of four digits without anything between them. */
static size_t
base64_fast(const unsigned char *in, size_t len, char *out)
{
	size_t	 i, o = 0;

	for (i = 0; i + 4 <= len; i += 4, o += 3) {
		unsigned a = value[in[i]], b = value[in[i + 1]];
		unsigned c = value[in[i + 2]], d = value[in[i + 3]];

		if ((a | b | c | d) & 0xc0)
			break;
		out[o] = (char)(a << 2 | b >> 4);
		out[o + 1] = (char)(b << 4 | c >> 2);
		out[o + 2] = (char)(c << 6 | d);
	}
	return i;
}

size_t
base64_bytes(struct base64 *state, const char *text, size_t len, char *out)
{
	const unsigned char	*in = (const unsigned char *)text;
	struct base64		 own = { 0, 0 }, *s = state ? state : &own;
	size_t			 i = 0, o = 0, n;

	if (!ready)
		prepare();
	while (i < len) {
		if (s->n == 0) {
			n = base64_fast(in + i, len - i, out + o);
			i += n;
			o += n / 4 * 3;
			if (i == len)
				break;
		}
		unsigned v = value[in[i++]];

		if (v == PAD) {		/* what is held back was padding */
			s->bits = 0;
			s->n = 0;
		}
		if (v >= SKIP)
			continue;
		s->bits = s->bits << 6 | v;
		s->n += 6;
		if (s->n >= 8) {
			s->n -= 8;
			out[o++] = (char)(s->bits >> s->n);
			s->bits &= (1u << s->n) - 1;
		}
	}
	return o;
}

/* Length of a soft line break after the '=' at in[i], 0: none. */
static size_t
soft_break(const char *in, size_t i, size_t len)
{
	size_t	 j = i + 1, k;

	while (j < len && (in[j] == ' ' || in[j] == '\t'))
		j++;
	if (j == len)
		return j - i;
	k = j;
	if (in[j] == '\n')
		return j + 1 - i;
	if (in[j] != '\r')
		return 0;
	while (k < len && in[k] == '\r')	/* a relay doubled it */
		k++;
	return (k < len && in[k] == '\n' ? k : j) + 1 - i;
}

size_t
qp_bytes(const char *in, size_t len, int word, char *out)
{
	size_t	 i = 0, o = 0, n;
	int	 hi, lo;

	while (i < len) {
		if (in[i] != '=') {
			out[o++] = word && in[i] == '_' ? ' ' : in[i];
			i++;
			continue;
		}
		hi = i + 2 < len ? hex_digit(in[i + 1]) : -1;
		lo = i + 2 < len ? hex_digit(in[i + 2]) : -1;
		if (hi >= 0 && lo >= 0) {
			out[o++] = (char)(hi << 4 | lo);
			i += 3;
			continue;
		}
		n = word ? 0 : soft_break(in, i, len);
		if (n > 0) {
			i += n;
		} else {
			out[o++] = in[i++];
		}
	}
	return o;
}

/* The six bits of a character; a blank at the end of a line may be lost. */
static unsigned
uu_digit(const char *p, const char *end)
{
	return p < end ? (unsigned)(*p - ' ') & 63 : 0;
}

size_t
uu_bytes(const char *in, size_t len, char *out)
{
	const char	*end = in + len, *eol;
	size_t		 o = 0, n;
	unsigned	 group;

	for (; in < end; in = eol + (eol < end)) {
		eol = memchr(in, '\n', (size_t)(end - in));
		eol = eol == NULL ? end : eol;
		n = uu_digit(in, eol);
		for (const char *p = in + 1; n > 0 && p < eol; p += 4) {
			group = uu_digit(p, eol) << 18 |
			    uu_digit(p + 1, eol) << 12 |
			    uu_digit(p + 2, eol) << 6 | uu_digit(p + 3, eol);
			for (int k = 16; k >= 0 && n > 0; k -= 8, n--)
				out[o++] = (char)(group >> k);
		}
	}
	return o;
}

size_t
yenc_bytes(const char *in, size_t len, char *out)
{
	size_t	 o = 0;

	for (size_t i = 0; i < len; i++) {
		if (in[i] == '\r' || in[i] == '\n')
			continue;
		if (in[i] == '=' && i + 1 < len)
			out[o++] = (char)(in[++i] - 64 - 42);
		else
			out[o++] = (char)(in[i] - 42);
	}
	return o;
}

enum encoding
encoding_named(const char *s, size_t len)
{
	char	name[20];
	size_t	n = 0;

	/* "quoted printable", "base64 (x)", "\"base64\"" */
	for (size_t i = 0; i < len && strchr(";(", s[i]) == NULL &&
	    n + 1 < sizeof(name); i++)
		if (isalnum((unsigned char)s[i]))
			name[n++] = s[i];
	name[n] = '\0';
	if (strncasecmp(name, "base64", 6) == 0)
		return ENC_BASE64;
	if (strncasecmp(name, "quotedprintable", 15) == 0)
		return ENC_QP;
	if (strcasecmp(name, "xuuencode") == 0 || strcasecmp(name, "xuue") ==
	    0 || strcasecmp(name, "uuencode") == 0)
		return ENC_UU;
	return ENC_NONE;
}

/* Behind the end of the line at s. */
static const char *
next_line(const char *s, const char *end)
{
	const char	*eol = memchr(s, '\n', (size_t)(end - s));

	return eol == NULL ? end : eol + 1;
}

/* Digits in the line of base64 at s, with its padding; *next: behind its end.
 * 0: it holds something else. */
static size_t
base64_line(const char *s, const char *end, const char **next)
{
	size_t		 n = 0, pad = 0;

	*next = end = next_line(s, end);
	while (end > s && (end[-1] == '\n' || end[-1] == '\r' ||
	    end[-1] == ' '))
		end--;
	while (s + n < end && value[(unsigned char)s[n]] < SKIP)
		n++;
	while (s + n + pad < end && s[n + pad] == '=')
		pad++;
	return s + n + pad == end && pad <= 2 ? n + pad : 0;
}

/* Can so many digits end it?  Some leave the padding away. */
static int
may_end(size_t digits)
{
	return digits % 4 != 1;
}

/* From the first line of base64 that is no word to the last as long as it;
 * 0: there is none. */
static size_t
find_lines(const char **s, const char *end)
{
	const char	*at = *s, *line = at, *next, *after;
	size_t		 width = 0, n;

	for (; at < end && width == 0; at = next) {
		line = at;
		n = base64_line(at, end, &next);
		width = n >= SEEN_MIN && (n % 4 == 0 || (may_end(n) &&
		    base64_line(next, end, &after) < SEEN_MIN)) ? n : 0;
	}
	if (width == 0)
		return 0;
	*s = line;
	while (at < end && base64_line(at, end, &next) == width)
		at = next;
	n = at < end ? base64_line(at, end, &next) : 0;
	if (n > 0 && n < width && may_end(n))
		at = next;
	return (size_t)(at - line);
}

/* Digits of a line that has other bytes around them at most, none between. */
static size_t
digits_alone(const char *s, const char *eol)
{
	size_t	n;

	while (s < eol && value[(unsigned char)*s] == SKIP)
		s++;
	while (s < eol && value[(unsigned char)eol[-1]] == SKIP)
		eol--;
	n = (size_t)(eol - s);
	for (; s < eol; s++)
		if (value[(unsigned char)*s] == SKIP)
			return 0;
	return n;
}

/* A line alone, and first of all: 等級：2 is as short as words are. */
static size_t
find_first(const char *s, const char *end)
{
	const char	*next, *after;
	size_t		 n = base64_line(s, end, &next);

	return n >= FIRST_MIN && may_end(n) &&
	    base64_line(next, end, &after) == 0 ? (size_t)(next - s) : 0;
}

/* Nothing but words, or nothing at all?  *words: there are some. */
static int
is_around(const char *s, const char *end, int *words)
{
	const char	*next;

	for (; s < end; s = next) {
		next = next_line(s, end);
		if (digits_alone(s, next) >= SEEN_MIN)
			return 0;	/* it goes on behind other bytes */
		*words |= next - s > 2;
	}
	return 1;
}

int
base64_narrow(const char **s, size_t *len)
{
	const char	*from = *s, *end = *s + *len;
	size_t		 n;
	int		 words = 0;

	if (!ready)
		prepare();
	n = find_lines(&from, end);
	if (n == 0)
		n = find_first(from, end);
	if (n == 0 || !is_around(*s, from, &words) ||
	    !is_around(from + n, end, &words))
		return 0;
	if (words) {
		*s = from;
		*len = n;
	}
	return 1;
}

size_t
base64_sift(const char *s, size_t len, char *out)
{
	const char	*end = s + len, *next;
	size_t		 o = 0, lines = 0, n;

	if (!ready)
		prepare();
	for (; s < end; s = next) {
		next = next_line(s, end);
		n = digits_alone(s, next);
		lines += n >= SEEN_MIN && n % 4 == 0;
		if (n == 0)
			continue;
		memcpy(out + o, s, (size_t)(next - s));
		o += (size_t)(next - s);
	}
	return lines > 1 ? o : 0;
}

/* Whole groups, each line but the last as long as the first. */
static int
shows_base64(const char *s, const char *end)
{
	size_t	 n, width = 0, sum = 0;

	while (s < end && strchr("\r\n", *s) != NULL)
		s++;
	while (end > s && strchr("\r\n \t", end[-1]) != NULL)
		end--;
	while (s < end) {
		n = base64_line(s, end, &s);
		width = sum == 0 ? n : width;
		if (n == 0 || n > width || (n < width && s < end))
			return 0;
		sum += n;
	}
	return sum >= SEEN_MIN && sum % 4 == 0;
}

/* At least one character of three bytes, or what a page is full of. */
static int
shows_qp(const char *s, size_t len)
{
	size_t	 high = 0, equals = 0, breaks = 0, n;
	int	 hi;

	for (size_t i = 0; i < len; i++) {
		if (s[i] & 0x80)
			return 0;
		if (s[i] != '=')
			continue;
		hi = i + 2 < len ? hex_digit(s[i + 1]) : -1;
		if (hi >= 0 && hex_digit(s[i + 2]) >= 0) {
			high += hi >= 8;
			equals += s[i + 1] == '3' && s[i + 2] == 'D';
		} else if ((n = soft_break(s, i, len)) > 0) {
			breaks++;
			i += n - 1;
		} else {
			return 0;
		}
	}
	return high >= 3 || (equals > 0 && breaks > 0);
}

enum encoding
encoding_seen(const char *s, size_t len)
{
	if (!ready)
		prepare();
	return shows_base64(s, s + len) ? ENC_BASE64 :
	    memchr(s, '=', len) != NULL && shows_qp(s, len) ? ENC_QP :
	    ENC_NONE;
}
