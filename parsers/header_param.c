#include <string.h>
#include <strings.h>

#include "parsers/header.h"
#include "base/hex.h"
#include "parsers/text.h"
#include "parsers/utf8.h"
#include "parsers/words.h"

/*
 * Parameters of Content-Type and Content-Disposition.
 *
 * File names come as RFC 2231 (name*, name*0*), as encoded-words inside
 * quotes, which no standard allows and everybody does, as of a link, and as
 * raw bytes.
 */
#define SEGMENTS	64
#define EXTENSION	5		/* letters of .docx and its like */

struct param {
	const char	*name;
	size_t		 name_len;
	char		*value;		/* unquoted raw bytes, in the arena */
	size_t		 len;
};

static int
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0';
}

static size_t
blanks(const char *s, size_t len)
{
	size_t	n = 0;

	while (n < len && is_blank(s[n]))
		n++;
	return n;
}

/* Where the value before the parameters ends: not at the blanks around '/'. */
static size_t
main_end(const char *s, size_t len)
{
	size_t	i = blanks(s, len), k;

	while (i < len && s[i] != ';' && s[i] != '(' && s[i] != ',' &&
	    s[i] != '\0') {
		k = i + blanks(s + i, len - i);
		if (k > i && (k == len || (s[k] != '/' && s[i - 1] != '/')))
			break;
		i = k > i ? k : i + 1;
	}
	return i;
}

char *
header_main(struct arena *a, const char *s, size_t len)
{
	char	*out = arena_alloc(a, len + 1), *o = out;

	len = main_end(s, len);
	for (size_t i = 0; i < len; i++)
		if (s[i] > ' ' && s[i] < 0x7f)
			*o++ = (char)(s[i] >= 'A' && s[i] <= 'Z' ?
			    s[i] + 32 : s[i]);
	*o = '\0';
	return out;
}

static const char *
skip_blank(const char *p, const char *end)
{
	int	 depth = 0;

	while (p < end && (depth > 0 || *p == '(' ||
	    strchr(" \t\r\n;,", *p) != NULL)) {
		if (*p == '(')
			depth++;
		else if (*p == ')' && depth > 0)
			depth--;
		p++;
	}
	return p;
}

static int
is_letter_or_digit(char c)
{
	return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/*
 * Does the fold between o and p cut off the end of a name's extension, as in
 * .do CRLF SP cx?  Its blank is none of the name.  begin..o: what came before
 * it.
 */
static int
cuts_extension(const char *begin, const char *o, const char *p,
    const char *end)
{
	size_t	 letters = 0;
	int	 dots = 0;

	for (; p < end && *p != '"'; p++) {
		if (*p == '.' && letters == 0 && dots == 0)
			dots++;
		else if (is_letter_or_digit(*p))
			letters++;
		else
			return 0;
	}
	if (letters == 0 || p == end)
		return 0;
	for (; dots == 0 && o > begin && letters <= EXTENSION; o--) {
		if (o[-1] == '.')
			dots++;
		else if (is_letter_or_digit(o[-1]))
			letters++;
		else
			return 0;
	}
	return dots == 1 && letters <= EXTENSION;
}

/* The blanks of a fold, of n bytes at p. */
static char *
unfold(char *o, const char *p, size_t n)
{
	for (const char *end = p + n; p < end; p++)
		if (*p != '\r' && *p != '\n')
			*o++ = *p;
	return o;
}

static const char *
quoted(struct arena *a, const char *p, const char *end, struct param *one)
{
	char	*o;
	size_t	 n;

	one->value = o = arena_alloc(a, (size_t)(end - p) + 1);
	while (p < end && *p != '"') {
		if (*p == '\r' || *p == '\n') {	/* once for all its lines */
			n = blanks(p, (size_t)(end - p));
			if (!cuts_extension(one->value, o, p + n, end))
				o = unfold(o, p, n);
			p += n;
			continue;
		}
		if (*p == '\\' && p + 1 < end && (p[1] == '"' || p[1] == '\\'))
			p++;
		*o++ = *p++;
	}
	one->len = (size_t)(o - one->value);
	return p < end ? p + 1 : p;
}

/* An unquoted value may hold blanks, though it must not: up to the ';'. */
static const char *
unquoted(struct arena *a, const char *p, const char *end, struct param *one)
{
	const char	*q = memchr(p, ';', (size_t)(end - p));

	q = q == NULL ? end : q;
	one->len = (size_t)(q - p);
	while (one->len > 0 && strchr(" \t\r\n", p[one->len - 1]) != NULL)
		one->len--;
	one->value = arena_strndup(a, p, one->len);
	return q;
}

/* The next name=value after p; NULL at the end. */
static const char *
param_next(struct arena *a, const char *p, const char *end, struct param *one)
{
	for (;;) {
		p = skip_blank(p, end);
		if (p == end)
			return NULL;
		one->name = p;
		while (p < end && *p != '=' && *p != ';')
			p++;
		one->name_len = (size_t)(p - one->name);
		while (one->name_len > 0 &&
		    strchr(" \t\r\n", one->name[one->name_len - 1]) != NULL)
			one->name_len--;
		if (p < end && *p == '=' && one->name_len > 0)
			break;
		if (p < end)
			p++;
	}
	p++;
	while (p < end && strchr(" \t\r\n", *p) != NULL)
		p++;
	if (p < end && *p == '"')
		return quoted(a, p + 1, end, one);
	return unquoted(a, p, end, one);
}

static size_t
percent(char *s, size_t len)
{
	size_t	 o = 0;
	int	 hi, lo;

	for (size_t i = 0; i < len; i++) {
		hi = s[i] == '%' && i + 2 < len ? hex_digit(s[i + 1]) : -1;
		lo = hi != -1 ? hex_digit(s[i + 2]) : -1;
		if (lo != -1) {
			s[o++] = (char)(hi << 4 | lo);
			i += 2;
		} else {
			s[o++] = s[i];
		}
	}
	return o;
}

/*
 * Is one the wanted parameter?  *seg: its number, 0 without one; *ext: it
 * ends in '*'.
 */
static int
param_is(const struct param *one, const char *name, unsigned *seg, int *ext)
{
	size_t	 n = strlen(name);

	*seg = 0;
	*ext = one->name_len > 0 && one->name[one->name_len - 1] == '*';
	if (one->name_len < n || strncasecmp(one->name, name, n) != 0)
		return 0;
	if (one->name_len == n)
		return 1;
	if (one->name[n] != '*')
		return 0;
	for (size_t i = n + 1; i < one->name_len; i++) {
		if (one->name[i] == '*' && i + 1 == one->name_len)
			break;
		if (one->name[i] < '0' || one->name[i] > '9' ||
		    *seg >= SEGMENTS)
			return 0;
		*seg = *seg * 10 + (unsigned)(one->name[i] - '0');
	}
	return 2;
}

/* Put the numbered pieces together; the first says which charset. */
static char *
join(struct arena *a, struct param *seg, const int *ext, unsigned n,
    int *guessed)
{
	char	*all, *label = NULL, *q;
	size_t	 len = 0, o = 0;

	for (unsigned i = 0; i < n; i++)
		len += seg[i].len;
	all = arena_alloc(a, len + 1);
	for (unsigned i = 0; i < n && seg[i].value != NULL; i++) {
		char	*v = seg[i].value;
		size_t	 l = seg[i].len;

		if (i == 0 && ext[0] && (q = memchr(v, '\'', l)) != NULL) {
			label = arena_strndup(a, v, (size_t)(q - v));
			l -= (size_t)(q + 1 - v);
			v = q + 1;
			q = memchr(v, '\'', l);
			if (q != NULL) {
				l -= (size_t)(q + 1 - v);
				v = q + 1;
			}
		}
		if (ext[i])
			l = percent(v, l);
		memcpy(all + o, v, l);
		o += l;
	}
	all = text_decode(a, all, o, label, guessed, &o);
	return text_header(a, all, o, guessed);
}

/* Names as of a link, %E9%80%9A.png: what RFC 2231 does, without its star. */
static void
unlink_name(struct arena *a, struct param *one)
{
	char		*copy;
	struct shape	 look;
	size_t		 n;

	if (memchr(one->value, '%', one->len) == NULL)
		return;
	copy = arena_strndup(a, one->value, one->len);
	n = percent(copy, one->len);
	utf8_look(copy, n, &look);
	if (look.bad > 0 || look.more == 0)
		return;
	one->value = copy;
	one->len = n;
}

char *
header_param(struct arena *a, const char *value, size_t len, const char *name,
    int *guessed)
{
	const char	*end = value + len, *p;
	struct param	 seg[SEGMENTS], one, plain = { NULL, 0, NULL, 0 };
	int		 ext[SEGMENTS], e, kind;
	unsigned	 n, top = 0;

	/* the semicolon may be a comma, or forgotten */
	p = value + main_end(value, len);
	memset(seg, 0, sizeof(seg));
	memset(ext, 0, sizeof(ext));
	while ((p = param_next(a, p, end, &one)) != NULL) {
		kind = param_is(&one, name, &n, &e);
		if (kind == 1 && plain.value == NULL)
			plain = one;
		if (kind != 2 || n >= SEGMENTS || seg[n].value != NULL)
			continue;
		seg[n] = one;
		ext[n] = e;
		top = n + 1 > top ? n + 1 : top;
	}
	if (seg[0].value != NULL)
		return join(a, seg, ext, top, guessed);
	if (plain.value == NULL)
		return NULL;
	unlink_name(a, &plain);
	return text_header(a, plain.value, plain.len, guessed);
}
