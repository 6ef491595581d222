#include "parsers/embedded.h"

#include <ctype.h>
#include <string.h>

struct line {
	const char	*s, *end, *next;	/* end: without CR, LF */
};

static int
line_at(const char *s, const char *end, struct line *l)
{
	const char	*eol;

	if (s >= end)
		return 0;
	eol = memchr(s, '\n', (size_t)(end - s));
	l->s = s;
	l->next = eol == NULL ? end : eol + 1;
	l->end = eol == NULL ? end : eol;
	if (l->end > s && l->end[-1] == '\r')
		l->end--;
	return 1;
}

static int
opens(const struct line *l, const char *word)
{
	size_t	n = strlen(word);

	return (size_t)(l->end - l->s) >= n && memcmp(l->s, word, n) == 0;
}

/* Is it all of the line, but for blanks at its end? */
static int
is_line(const struct line *l, const char *word)
{
	const char	*p = l->s + strlen(word);

	if (!opens(l, word))
		return 0;
	while (p < l->end && (*p == ' ' || *p == '\t'))
		p++;
	return p == l->end;
}

/* "begin 644 name": past the mode, or NULL. */
static const char *
mode(const char *p, const char *end)
{
	const char	*digits = p;

	while (p < end && *p >= '0' && *p <= '7')
		p++;
	return p - digits >= 3 && p - digits <= 5 && p + 1 < end &&
	    *p == ' ' ? p + 1 : NULL;
}

/* As many characters as its first one says; blanks at the end may be lost. */
static int
is_uu(const struct line *l)
{
	size_t	 have = (size_t)(l->end - l->s), bytes, want;

	if (have == 0 || *l->s <= ' ' || *l->s > '`')
		return 0;
	bytes = (size_t)(*l->s - ' ') & 63;
	want = 1 + (bytes + 2) / 3 * 4;
	for (const char *p = l->s; p < l->end; p++)
		if (*p < ' ' || *p > '`')
			return 0;
	return bytes > 0 && have <= want + 2;	/* and a sum, or CR CR */
}

/* The line of none, which may be a blank that was lost. */
static int
is_uu_end(const struct line *l)
{
	return is_line(l, "`") || is_line(l, "");
}

static int
uu_data(const char *end, struct embedded *e)
{
	struct line	 l;
	const char	*s = e->data;

	while (line_at(s, end, &l) && !is_line(&l, "end") && is_uu(&l))
		s = l.next;
	e->data_len = (size_t)(s - e->data);
	if (e->data_len > 0 && line_at(s, end, &l) && is_uu_end(&l))
		s = l.next;
	if (e->data_len == 0 || !line_at(s, end, &l) || !is_line(&l, "end"))
		return 0;
	e->end = l.next;
	return 1;
}

static int
is_base64(const struct line *l)
{
	for (const char *p = l->s; p < l->end; p++)
		if (!isalnum((unsigned char)*p) && strchr("+/=", *p) == NULL)
			return 0;
	return 1;
}

/* "begin-base64 644 name" ends with "====". */
static int
base64_data(const char *end, struct embedded *e)
{
	struct line	 l;

	for (const char *s = e->data; line_at(s, end, &l); s = l.next) {
		if (is_line(&l, "====")) {
			e->data_len = (size_t)(l.s - e->data);
			e->end = l.next;
			return e->data_len > 0;
		}
		if (!is_base64(&l))
			break;
	}
	return 0;
}

static int
yenc_data(const char *end, struct embedded *e)
{
	struct line	 l;

	if (line_at(e->data, end, &l) && opens(&l, "=ypart "))
		e->data = l.next;
	for (const char *s = e->data; line_at(s, end, &l) &&
	    !opens(&l, "=ybegin "); s = l.next)
		if (opens(&l, "=yend ")) {
			e->data_len = (size_t)(l.s - e->data);
			e->end = l.next;
			return e->data_len > 0;
		}
	return 0;
}

/* "=ybegin line=128 size=9 name=any thing" */
static const char *
named(const char *p, const char *end)
{
	p = memmem(p, (size_t)(end - p), " name=", 6);
	return p == NULL ? NULL : p + 6;
}

static const struct kind {
	const char	*word;
	enum encoding	 encoding;
	const char	*(*name)(const char *, const char *);
	int		 (*data)(const char *, struct embedded *);
} kinds[] = {
	{ "begin ", ENC_UU, mode, uu_data },
	{ "begin-base64 ", ENC_BASE64, mode, base64_data },
	{ "=ybegin ", ENC_YENC, named, yenc_data },
};

static int
file_at(const struct line *l, const char *end, struct embedded *e)
{
	for (const struct kind *k = kinds; k < kinds + sizeof(kinds) /
	    sizeof(kinds[0]); k++) {
		if (!opens(l, k->word))
			continue;
		e->name = k->name(l->s + strlen(k->word), l->end);
		if (e->name == NULL)
			return 0;
		e->name_len = (size_t)(l->end - e->name);
		e->encoding = k->encoding;
		e->begin = l->s;
		e->data = l->next;
		return k->data(end, e);
	}
	return 0;
}

int
embedded_next(const char *s, size_t len, size_t *at, struct embedded *e)
{
	const char	*end = s + len, *p = s + *at;
	struct line	 l;

	for (; line_at(p, end, &l); p = l.next)
		if ((*l.s == 'b' || *l.s == '=') && file_at(&l, end, e)) {
			*at = (size_t)(e->end - s);
			return 1;
		}
	*at = len;
	return 0;
}
