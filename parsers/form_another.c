/*
 * form_another - another form below the first one: a second incident in the
 * same mail.
 */
#include <string.h>

#include "parsers/form_reading.h"
#include "parsers/limits.h"
#include "parsers/sheet.h"

#define FIELDS_LEAST	3	/* a form that has fewer is none */
#define DIFFER_LEAST	2
#define TITLE_LINES	3	/* above the first label */

static size_t
find_field(const struct form_match *m, size_t from, size_t to,
    const struct form_field *f)
{
	while (from < to && m[from].field != f)
		from++;
	return from;
}

/* Do both halves say something of so many fields, and not the same of an
 * account or a time and of one more? */
static int
differ(const struct reading *g, const struct form_match *m, size_t k, size_t n)
{
	size_t	both = 0, unlike = 0, at, first;
	int	account = 0;
	char	*one, *two;

	for (size_t i = k; i < n; i++) {
		if (find_field(m, k, i, m[i].field) < i ||
		    (first = find_field(m, 0, k, m[i].field)) == k)
			continue;
		one = form_value_raw(&g->page, &m[first], 1, &at);
		two = form_value_raw(&g->page, &m[i], i + 1 < n, &at);
		if (one == NULL || two == NULL)
			continue;
		both++;
		if (strcmp(one, two) == 0)
			continue;
		unlike++;
		account |= m[i].field->kind == FIELD_TEXT ||
		    m[i].field->kind == FIELD_DATETIME;
	}
	return both >= FIELDS_LEAST && unlike >= DIFFER_LEAST && account;
}

/* 填寫範例 above the first label of it. */
static int
is_example(const struct form_page *p, size_t line, size_t from)
{
	for (size_t i = line; i + TITLE_LINES >= line && i > from; i--)
		if (sheet_is_example(p->f.s + p->lines[i].from,
		    p->lines[i].to - p->lines[i].from))
			return 1;
	return 0;
}

size_t
form_another(struct reading *g, const struct form_match *m, size_t n)
{
	struct report	*r = g->scene.report;
	size_t		 line;

	if (g->is_reply)
		return n;
	for (size_t k = FIELDS_LEAST; k + FIELDS_LEAST <= n; k++) {
		if (m[k].field != m[0].field || m[k].listed ||
		    !differ(g, m, k, n))
			continue;
		line = m[k].hit->line;
		if (!is_example(&g->page, line, m[k - 1].hit->line))
			r->another = g->page.text +
			    g->page.f.at[g->page.lines[line].from];
		return k;
	}
	return n;
}
