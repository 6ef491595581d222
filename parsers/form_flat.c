/*
 * form_flat - a form whose line ends were lost on the way: all labels stand
 * in one line, with a blank or nothing before them.
 *
 * A label in the midst of a text is a part of the text, unless its line holds
 * so many labels with colons that it can be nothing but the form.  Then they
 * count in the order of the form, the long ones and those that a blank parts
 * from a short value in any order, each once.
 */
#include <stdio.h>
#include <string.h>

#include "parsers/datetime.h"
#include "parsers/form_reading.h"
#include "parsers/words.h"

#define FLAT_FIELDS	4		/* of one line, by sure labels */
#define FLAT_ALL	6		/* of one line, by any */
#define LONG_WIDE	12		/* bytes of a label: four characters */
#define LONG_LATIN	8

int
form_flat_maybe(const struct form_page *p, size_t line)
{
	const char	*s = p->f.s + p->lines[line].from,
			*end = p->f.s + p->lines[line].to;
	int		 n = 0;

	while (n < FLAT_FIELDS && (s = memchr(s, ':', (size_t)(end - s))) !=
	    NULL) {
		n++;
		s++;
	}
	return n >= FLAT_FIELDS;
}

static int
is_word_byte(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9');
}

int
form_flat_begin(const struct form_page *p, size_t from, size_t i)
{
	unsigned char	c = (unsigned char)p->f.s[i];

	if (c >= 0xe3)
		return 1;
	return is_word_byte(c) && !(c >= '0' && c <= '9') && (i == from ||
	    !is_word_byte((unsigned char)p->f.s[i - 1]));
}

size_t
form_flat_opens(const struct form_page *p, size_t line)
{
	static const char *const opens[] = { "【", "〔", "〖", "[", NULL };
	const struct page_line *l = &p->lines[line];
	const char	*first = p->f.s + l->from;

	first += strspn(first, " ");
	return words_start(first, p->f.s + l->to, opens);
}

/* Behind the label or the remark in the bracket that opens the line. */
int
form_flat_bracket(const struct form_page *p, size_t line, size_t opens,
    size_t i)
{
	static const char *const closes[] = { "】", "〕", "〗", "]", NULL };
	const struct page_line *l = &p->lines[line];
	const char	*s = p->f.s, *first = s + l->from;

	first += strspn(first, " ");
	if (opens == 0 || i + opens > l->to ||
	    memcmp(first, s + i, opens) != 0)
		return 0;
	return words_end(first, s + i, closes) > 0 ||
	    (p->n_hits > 0 && p->hits[p->n_hits - 1].line == line);
}

/* 設備單位：, 窗口電話： a short label may be the end of a longer word. */
static int
may_be_tail(const struct form_page *p, const struct form_hit *h,
    const char *rule)
{
	return h->loose && strlen(rule) < LONG_WIDE && h->label_at > 0 &&
	    (unsigned char)p->f.s[h->label_at - 1] >= 0x80;
}

int
form_flat_line(const struct reading *g, const struct form *form, size_t line)
{
	const struct form_field *seen[FLAT_ALL], *f;
	const char	*rule;
	size_t		 n = 0, sure = 0, k;

	for (size_t i = 0; n < FLAT_ALL && i < g->page.n_hits &&
	    g->page.hits[i].line <= line; i++) {
		const struct form_hit *h = &g->page.hits[i];

		if (h->line < line || h->how != HIT_COLON)
			continue;
		f = form_field_of(g, form, h, &rule);
		for (k = 0; f != NULL && k < n && seen[k] != f; k++)
			;
		if (f == NULL || k < n)
			continue;
		seen[n++] = f;
		sure += !may_be_tail(&g->page, h, rule);
	}
	return sure >= FLAT_FIELDS || n >= FLAT_ALL;
}

/* The place of a field in its form; -1: it is one of another form. */
static int
place_of(const struct form *form, const struct form_field *f)
{
	return f >= form->fields && f < form->fields + form->n_fields ?
	    (int)(f - form->fields) : -1;
}

int
form_flat_fits(const struct form *form, const struct form_match *m, size_t n,
    const struct form_field *f, const char *rule, int parted)
{
	int	place = place_of(form, f);

	for (size_t i = 0; i < n; i++)
		if (strcmp(m[i].field->name, f->name) == 0)
			return 0;
	if (parted || n == 0 || (place >= 0 && place > place_of(form, m[n - 1].field)))
		return 1;
	return strlen(rule) >= ((unsigned char)*rule >= 0x80 ? LONG_WIDE :
	    LONG_LATIN);
}

/* Does a 1 with this mark stand before the bytes at from, in their line? */
static int
begins_numbered(const struct form_page *p, size_t from, const char *mark,
    size_t k)
{
	const char	*s = p->f.s;
	size_t		 i = from;

	while (i > 0 && s[i - 1] != '\n')
		i--;
	for (; i + 1 + k <= from; i++)
		if (s[i] == '1' && memcmp(s + i + 1, mark, k) == 0 &&
		    (i == 0 || !is_word_byte((unsigned char)s[i - 1])))
			return 1;
	return 0;
}

size_t
form_flat_end(const struct form_page *p, size_t from, size_t to, size_t n)
{
	static const char *const marks[] = { ".", "、", ")", NULL };
	char		 number[24];
	const char	*s = p->f.s;
	size_t		 len, k = words_end(s + from, s + to, marks);

	(void)snprintf(number, sizeof(number), "%zu", n + 1);
	len = strlen(number);
	if (k == 0 || to - from < k + len ||
	    memcmp(s + to - k - len, number, len) != 0)
		return to;
	if (!begins_numbered(p, from, s + to - k, k))
		return to;		/* 09:16、 is a time of day */
	to -= k + len;
	return to > from && s[to - 1] == '(' ? to - 1 : to;
}

size_t
form_flat_date(const struct form_page *p, size_t from, size_t to)
{
	static const char *const eras[] = {
		"中華民國", "民國", "中华民国", NULL
	};
	const char	*s = p->f.s;

	for (size_t i = from; i < to; i++)
		if (words_start(s + i, s + to, eras) > 0)
			return date_line(s + i, to - i) ? i : to;
	return to;
}
