#include "parsers/header.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include <libetpan/libetpan.h>

#include "base/civil.h"
#include "parsers/report.h"
#include "parsers/text.h"

#define FIELDS_AHEAD	32	/* looked at behind a broken line */

/* Length of "Name" when the line at p is "Name:" or "Name :", else 0. */
static size_t
name_length(const char *p, const char *end)
{
	const char	*q = p, *name_end;

	while (q < end && *q > ' ' && *q < 0x7f && *q != ':')
		q++;
	name_end = q;
	while (q < end && (*q == ' ' || *q == '\t'))
		q++;
	if (q == end || *q != ':' || name_end == p)
		return 0;
	return (size_t)(name_end - p);
}

/* Past the end of the field that starts at p: its lines and their folds. */
static const char *
field_end(const char *p, const char *end)
{
	const char	*q;

	for (;;) {
		q = memchr(p, '\n', (size_t)(end - p));
		if (q == NULL)
			return end;
		p = q + 1;
		if (p == end || (*p != ' ' && *p != '\t'))
			return p;
	}
}

/* Take in what stands before next, without the blanks at its end. */
static void
field_extend(struct headers *h, const char *next)
{
	struct header	*f = &h->v[h->n - 1];

	f->len = (size_t)(next - f->value);
	while (f->len > 0 && strchr(" \t\r\n", f->value[f->len - 1]) != NULL)
		f->len--;
	if ((size_t)(next - f->name) > h->longest)
		h->longest = (size_t)(next - f->name);
}

/* The bit of a name in headers.initials. */
static uint32_t
initial(char c)
{
	return UINT32_C(1) << (c & 0x1f);
}

static void
field_put(struct headers *h, const char *p, size_t name_len, const char *next)
{
	struct header	*f = &h->v[h->n++];
	const char	*v = memchr(p + name_len, ':', (size_t)(next - p) -
			    name_len);

	f->name = p;
	f->name_len = name_len;
	h->initials |= initial(*p);
	f->value = v + 1;
	field_extend(h, next);
	while (f->len > 0 && (*f->value == ' ' || *f->value == '\t')) {
		f->value++;
		f->len--;
	}
}

/* "From wang@agency.example  Sun Apr  5 09:24:45 2015": a mailbox file's line
 * that was put, or quoted, among the fields. */
static int
is_mbox_line(const char *p, const char *next)
{
	if (p < next && *p == '>')
		p++;
	return next - p > 5 && memcmp(p, "From ", 5) == 0 &&
	    memchr(p, ':', (size_t)(next - p)) != NULL;
}

/* name="log.zip" at the start of a line, behind a field that ends with ";": the
 * blank before it was lost on the way. */
static int
is_unfolded(const struct headers *h, const char *p, const char *next)
{
	const char	*q = p;

	if (h->n == 0 || h->v[h->n - 1].len == 0 ||
	    h->v[h->n - 1].value[h->v[h->n - 1].len - 1] != ';')
		return 0;
	while (q < next && (isalnum((unsigned char)*q) || *q == '*' ||
	    *q == '-'))
		q++;
	return q > p && q < next && *q == '=';
}

/*
 * A field was broken without a blank at the head of its next line, if fields
 * go on behind it as far as one that no header has twice.
 */
static int
goes_on(const struct headers *h, const char *p, const char *end)
{
	static const char *const names[] = {
		"MIME-Version", "Content-Type", "Message-ID"
	};
	size_t	n;

	if (h->n == 0 || (p + 1 < end && p[0] == '-' && p[1] == '-'))
		return 0;
	p = field_end(p, end);
	for (int k = 0; k < FIELDS_AHEAD && p < end; k++) {
		n = name_length(p, end);
		if (n == 0)
			return 0;
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (n == strlen(names[i]) &&
			    strncasecmp(p, names[i], n) == 0)
				return header_first(h, names[i]) == NULL;
		p = field_end(p, end);
	}
	return 0;
}

/* Bytes of the empty line at p, which ends a header; 0: it is none. */
static size_t
empty_line(const char *p, const char *end)
{
	if (p < end && *p == '\n')
		return 1;
	return p + 1 < end && p[0] == '\r' && p[1] == '\n' ? 2 : 0;
}

/* Up to the empty line: as many fields as there can be. */
static size_t
count_lines(const char *p, const char *end)
{
	size_t	 n = 0;

	while (p < end && empty_line(p, end) == 0 &&
	    (p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		n++;
		p++;
	}
	return n + 1;
}

void
headers_scan(struct arena *a, const char *s, size_t len, size_t max,
    struct headers *h)
{
	const char	*p = s, *end, *next;
	size_t		 n;

	memset(h, 0, sizeof(*h));
	if (len == 0)		/* s may be NULL */
		return;
	end = s + (len < max ? len : max);
	h->v = arena_array(a, count_lines(p, end), sizeof(*h->v));
	while (p < end) {
		if (empty_line(p, end) > 0) {
			p += empty_line(p, end);
			break;
		}
		n = name_length(p, end);
		next = field_end(p, end);
		h->cut = next == end && len > max;
		if (n > 0)
			field_put(h, p, n, next);
		else if (is_unfolded(h, p, next) || goes_on(h, p, end))
			field_extend(h, next);
		else if (!is_mbox_line(p, next))
			break;		/* the empty line was forgotten */
		p = next;
	}
	h->size = (size_t)(p - s);
}

const struct header *
header_next(const struct headers *h, const struct header *prev,
    const char *name)
{
	size_t	 len;

	/* asked for ninety names, most of which no mail has */
	if ((h->initials & initial(*name)) == 0)
		return NULL;
	len = strlen(name);
	for (size_t i = prev ? (size_t)(prev - h->v) + 1 : 0; i < h->n; i++)
		if (h->v[i].name_len == len &&
		    ((h->v[i].name[0] ^ name[0]) & ~0x20) == 0 &&
		    strncasecmp(h->v[i].name, name, len) == 0)
			return &h->v[i];
	return NULL;
}

const struct header *
header_first(const struct headers *h, const char *name)
{
	return header_next(h, NULL, name);
}

const char *
header_text(struct arena *a, const struct headers *h, const char *name)
{
	const struct header	*f = header_first(h, name);

	return f == NULL ? "" : text_header(a, f->value, f->len, NULL);
}

/* Copy printable ASCII, with comments taken out and blanks made single. */
static char *
token_copy(struct arena *a, const char *s, size_t len)
{
	char	*out = arena_alloc(a, len + 1), *o = out;
	int	 depth = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == '(')
			depth++;
		else if (c == ')' && depth > 0)
			depth--;
		else if (depth == 0 && c > ' ' && c < 0x7f)
			*o++ = (char)c;
		else if (depth == 0 && o > out && o[-1] != ' ' && c <= ' ')
			*o++ = ' ';
	}
	while (o > out && o[-1] == ' ')
		o--;
	*o = '\0';
	return out;
}

char *
id_next(struct arena *a, const char *s, size_t len, size_t *at)
{
	const char	*end = s + len, *p = s + *at, *q;

	while (p < end && (p = memchr(p, '<', (size_t)(end - p))) != NULL) {
		q = p + 1;
		while (q < end && *q > ' ' && *q < 0x7f && *q != '<' &&
		    *q != '>')
			q++;
		if (q < end && *q == '>' && q > p + 1 &&
		    (size_t)(q - p) < 998) {
			*at = (size_t)(q + 1 - s);
			return arena_strndup(a, p, (size_t)(q + 1 - p));
		}
		p = q;
	}
	*at = len;
	return NULL;
}

int64_t
date_header(struct arena *a, const char *s, size_t len)
{
	struct mailimf_date_time	*d = NULL;
	struct civil	 c;
	size_t		 at = 0;
	int64_t		 t = TIME_NONE;
	char		*copy;
	int		 off;

	if (len > 200)
		len = 200;
	copy = token_copy(a, s, len);
	if (mailimf_date_time_parse(copy, strlen(copy), &at, &d) !=
	    MAILIMF_NO_ERROR || d == NULL)
		return TIME_NONE;
	c.year = d->dt_year < 70 ? d->dt_year + 2000 :
	    d->dt_year < 1000 ? d->dt_year + 1900 : d->dt_year;
	c.mon = d->dt_month;
	c.day = d->dt_day;
	c.hour = d->dt_hour;
	c.min = d->dt_min;
	c.sec = d->dt_sec == 60 ? 59 : d->dt_sec;
	off = d->dt_zone;
	mailimf_date_time_free(d);
	if (!civil_valid(&c) || off < -2400 || off > 2400)
		return TIME_NONE;
	t = civil_to_utc(&c, (off / 100 * 60 + off % 100) * 60);
	return t;
}
