/*
 * form_joint - one line for several fields: 單位/姓名：機要組/王小明.
 */
#include <string.h>

#include "parsers/form_reading.h"

#define LEAVES	8

/* Values that have no / of their own. */
static int
is_short(const struct form_field *f)
{
	return f->kind == FIELD_LINE || f->kind == FIELD_PERSON ||
	    f->kind == FIELD_PHONE;
}

/* The label at *i, the longest, up to a / or what ends the labels; *i moves
 * there. */
static const struct form_field *
label_before(const struct reading *g, const struct form *form, size_t *i,
    size_t end, const char **rule)
{
	const char	*s = g->page.f.s;
	struct form_leaf leaf[LEAVES];
	struct form_hit	 hit = { .how = HIT_COLON };
	size_t		 n = form_trie_walk(g->set, s, *i, end, leaf, LEAVES);

	if (n == 0)
		return NULL;
	*i = leaf[n - 1].end;
	*i += strspn(s + *i, " ");
	hit.label = leaf[n - 1].label;
	return *i <= end && strchr("/:\t|", s[*i]) != NULL ?
	    form_field_of(g, form, &hit, rule) : NULL;
}

static int
is_there(const struct form_match *m, size_t n, const struct form_field *f)
{
	while (n-- > 0)
		if (m[n].field == f)
			return 1;
	return 0;
}

/* As many parts as there are labels: 1, and where each of them stands. */
static int
split(const char *s, size_t from, size_t to, char mark, struct form_match *m,
    size_t n)
{
	size_t	i = 0, at = from;

	for (; i < n && at < to; i++) {
		at += strspn(s + at, " ");
		m[i].from = at;
		while (at < to && s[at] != mark)
			at++;
		m[i].to = at < to ? at : to;
		if (m[i].to <= m[i].from)
			return 0;
		at += at < to;
		at += strspn(s + at, " ");
	}
	return i == n && at >= to;
}

size_t
form_joint(const struct reading *g, const struct form *form,
    const struct form_match *m, struct form_match out[JOINT_MAX])
{
	const char	*s = g->page.f.s;
	size_t		 i = m->hit->label_at, n = 0, from = m->from, to;

	if (m->cell_below || !is_short(m->field) || (m->hit->how !=
	    HIT_COLON && m->hit->how != HIT_CELL))
		return 0;
	for (; n < JOINT_MAX; n++) {
		out[n] = *m;
		out[n].field = label_before(g, form, &i, from, &out[n].rule);
		if (out[n].field == NULL || !is_short(out[n].field) ||
		    is_there(out, n, out[n].field))
			return 0;
		if (s[i] != '/')
			break;
		i++;
	}
	if (n == 0 || n++ == JOINT_MAX)
		return 0;
	to = g->page.lines[m->hit->line].to;
	to = to < m->to ? to : m->to;
	from += strspn(s + from, " \t|");
	while (to > from && strchr(" \t|", s[to - 1]) != NULL)
		to--;
	return split(s, from, to, '/', out, n) ||
	    split(s, from, to, ' ', out, n) ? n : 0;
}
