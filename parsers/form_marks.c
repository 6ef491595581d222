/*
 * form_marks - marks in columns: 正常 | 異常 above, and a V below one of them.
 *
 * The mark says no more than that the title of its column is meant, so a row
 * of marks becomes the options that it would be in one cell: □正常 ■異常.
 */
#include <string.h>

#include "parsers/choice.h"
#include "parsers/form_page.h"
#include "parsers/report.h"
#include "parsers/words.h"

#define TITLES_ABOVE	64		/* rows of items below their titles */
#define COLUMNS_MAX	12
#define TITLE_MAX	48		/* bytes of a title */
#define STACK_MIN	3		/* options below each other */
#define ROWS_MIN	2		/* with a mark beside one */

enum mark { MARK_NOTHING, MARK_EMPTY, MARK_SET, MARK_WORDS };

/* A cell of a row, with the title of its column. */
struct column {
	size_t		 from, to;
	enum mark	 mark;
};

static int
is_one_of(const char *s, size_t len, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strlen(*words) == len && memcmp(s, *words, len) == 0)
			return 1;
	return 0;
}

static void
trim(const struct form_page *p, size_t *from, size_t *to)
{
	while (*from < *to && strchr(" \t|", p->f.s[*from]) != NULL)
		++*from;
	while (*to > *from && strchr(" \t|", p->f.s[*to - 1]) != NULL)
		--*to;
}

/* ○ and × are words: they mean different things in different houses. */
static enum mark
mark_of(const struct form_page *p, size_t from, size_t to)
{
	static const char *const empty[] = { "□", "☐", "▢", "[]", "[ ]", "()",
	    "( )", NULL };
	static const char *const set[] = { "■", "☑", "☒", "✓", "✔", "√", "ˇ",
	    "v", "V", "█", "▣", "●", "◉", "[v]", "[V]", "(v)", "(V)", "[x]",
	    "[X]", NULL };

	trim(p, &from, &to);
	if (from == to)
		return MARK_NOTHING;
	if (is_one_of(p->f.s + from, to - from, empty))
		return MARK_EMPTY;
	return is_one_of(p->f.s + from, to - from, set) ? MARK_SET :
	    MARK_WORDS;
}

/* What a row has behind the cell of its label: how many cells, and marks. */
static size_t
read_row(const struct form_page *p, size_t line, size_t cell,
    enum mark marks[COLUMNS_MAX], size_t *n_marks, size_t *n_set)
{
	size_t	from, to, n = 0;

	*n_marks = *n_set = 0;
	for (; n < COLUMNS_MAX && form_table_cell(p, line, cell + 1 + n, &from,
	    &to); n++) {
		marks[n] = mark_of(p, from, to);
		*n_marks += marks[n] == MARK_EMPTY || marks[n] == MARK_SET;
		*n_set += marks[n] == MARK_SET;
	}
	return n;
}

static int
has_label(const struct form_page *p, size_t line, size_t cell)
{
	for (size_t i = 0; i < p->n_hits; i++)
		if (p->hits[i].line == line && p->hits[i].cell == cell)
			return 1;
	return 0;
}

/* A short word, which is no mark. */
static int
title_at(const struct form_page *p, size_t line, size_t cell, size_t *from,
    size_t *to)
{
	if (!form_table_cell(p, line, cell, from, to) ||
	    mark_of(p, *from, *to) != MARK_WORDS)
		return 0;
	trim(p, from, to);
	return *to - *from <= TITLE_MAX;
}

/* The row of titles above one of items: the first that is no item, or 0. */
static int
find_titles(const struct form_page *p, size_t line, size_t cell,
    size_t *titles)
{
	char	mark = form_table_mark(p, line);

	for (size_t i = line; i > 0 && line - i < TITLES_ABOVE; ) {
		if (form_table_mark(p, --i) != mark)
			return 0;
		if (has_label(p, i, cell))
			continue;
		*titles = i;
		return 1;
	}
	return 0;
}

/* □正常 ■異常, of the columns that have a title; NULL: a mark has none, or one
 * that says nothing by itself. */
static char *
as_options(const struct form_page *p, size_t titles, size_t cell,
    const enum mark *marks, size_t n)
{
	char	*out = arena_strdup(p->arena, "");
	size_t	 from, to;
	int	 any = 0;

	for (size_t i = 0; i < n && marks[i] != MARK_WORDS; i++) {
		int	titled = title_at(p, titles, cell + 1 + i, &from, &to);

		if (!titled && marks[i] == MARK_SET)
			return NULL;
		if (!titled)
			continue;
		if (form_table_generic(p, from, to)) {
			if (marks[i] == MARK_SET)
				return NULL;
			break;
		}
		out = arena_printf(p->arena, "%s%s%s%.*s", out, any ? " " : "",
		    marks[i] == MARK_SET ? "■" : "□", (int)(p->f.at[to] -
		    p->f.at[from]), p->text + p->f.at[from]);
		any = 1;
	}
	return any ? out : NULL;
}

static int
is_level(const struct form_page *p, size_t from, size_t to)
{
	return strchr("1234", p->f.s[from]) != NULL && (to - from == 1 ||
	    (to - from == 4 && memcmp(p->f.s + from + 1, "級", 3) == 0));
}

/* 4 | 3 | 2 | 1 behind the label and no mark: none is meant more than another. */
static char *
all_levels(const struct form_page *p, size_t line, size_t cell)
{
	const struct page_line *l = &p->lines[line];
	size_t	from, to, n = 0, begin = 0;

	for (; form_table_cell(p, line, cell + 1 + n, &from, &to); n++) {
		trim(p, &from, &to);
		if (from == to)
			break;
		begin = n == 0 ? from : begin;
		if (!is_level(p, from, to))
			return NULL;
	}
	if (n < 3)
		return NULL;
	to = l->to;
	trim(p, &begin, &to);
	return arena_strndup(p->arena, p->text + p->f.at[begin],
	    p->f.at[to] - p->f.at[begin]);
}

/* Marks in columns of which nobody knows what they mean, but that a lone one
 * right behind its label ticks that. */
static char *
untitled(const struct form_page *p, const enum mark *marks, size_t n,
    size_t n_set)
{
	char	*out = arena_strdup(p->arena, "");

	if (marks[0] == MARK_WORDS || (n_set == 1 && marks[0] == MARK_SET))
		return NULL;
	for (size_t i = 0; i < n && marks[i] != MARK_WORDS; i++)
		out = arena_printf(p->arena, "%s%s%s", out, i > 0 ? "\t" : "",
		    marks[i] == MARK_SET ? "■" : "□");
	return out;
}

/* What a cell says for the field, in the arena; NULL: nothing, or too much. */
static const char *
meaning_at(const struct form_page *p, const struct form_match *m, size_t line,
    size_t cell)
{
	size_t	from, to;

	if (!title_at(p, line, cell, &from, &to) || has_label(p, line, cell))
		return NULL;
	if (m->field->kind == FIELD_LEVEL)
		return is_level(p, from, to) ? arena_strndup(p->arena,
		    p->f.s + from, 1) : NULL;
	return m->field->choices == NULL ? NULL : choice_read(p->arena,
	    m->field->choices, arena_strndup(p->arena, p->f.s + from,
	    to - from), TIME_NONE, 0, NULL);
}

/* 處理中? / 已控制?: what stands there, as the question that it is. */
static char *
as_question(const struct form_page *p, const char *before, size_t line,
    size_t cell)
{
	size_t	from, to;

	if (!title_at(p, line, cell, &from, &to))
		return arena_strdup(p->arena, before);
	return arena_printf(p->arena, "%s%s%.*s?", before, *before != '\0' ?
	    " / " : "", (int)(p->f.at[to] - p->f.at[from]), p->text +
	    p->f.at[from]);
}

/*
 * 4級, 3級, 2級, each in a row below its label: what may be chosen, as sheets
 * keep it for their lists, and not what was.
 */
static char *
stacked(const struct form_page *p, const struct form_match *m)
{
	const char	*said[STACK_MIN];
	size_t		 line = m->hit->line;
	char		*out = arena_strdup(p->arena, "");

	if (line + STACK_MIN >= p->n_lines)
		return NULL;
	for (size_t i = 0; i < STACK_MIN; i++) {
		if ((said[i] = meaning_at(p, m, line + 1 + i,
		    m->hit->cell)) == NULL)
			return NULL;
		for (size_t k = 0; k < i; k++)
			if (strcmp(said[k], said[i]) == 0)
				return NULL;
		out = as_question(p, out, line + 1 + i, m->hit->cell);
	}
	return out;
}

static int
has_box(const struct form_page *p, size_t line, size_t cell)
{
	size_t	from, to;

	return form_table_cell(p, line, cell, &from, &to) &&
	    choice_has_box(p->f.s + from, to - from);
}

/* 處理中 | 已控制 beside each other, under 原狀態 and 現狀態: which of them is so
 * the titles say, and to a person.  Beside boxes, words are a remark. */
static char *
differs(const struct form_page *p, const struct form_match *m)
{
	const char	*first = meaning_at(p, m, m->hit->line,
			    m->hit->cell + 1), *second;
	size_t		 from, to;

	if (first == NULL || !form_table_cell(p, m->hit->line, m->hit->cell + 2,
	    &from, &to) || to > m->to || (has_box(p, m->hit->line,
	    m->hit->cell + 1) && !has_box(p, m->hit->line, m->hit->cell + 2)))
		return NULL;
	second = meaning_at(p, m, m->hit->line, m->hit->cell + 2);
	if (second == NULL || strcmp(first, second) == 0)
		return NULL;
	return as_question(p, as_question(p, "", m->hit->line, m->hit->cell +
	    1), m->hit->line, m->hit->cell + 2);
}

/* 4級, 第 4 級：, 4: the level that the cell is, or 0. */
static int
level_cell(const struct form_page *p, size_t from, size_t to)
{
	static const char *const units[] = { "級", "级", NULL };
	const char	*s = p->f.s + from, *end = p->f.s + to;
	int		 level;

	s += word_starts(s, end, "第");
	s += strspn(s, " ");
	if (s >= end || strchr("1234", *s) == NULL)
		return 0;
	level = *s++ - '0';
	while (s < end && *s == ' ')
		s++;
	s += words_start(s, end, units);
	return s == end || (s + 1 == end && *s == ':') ? level : 0;
}

/* The option that one cell of the row is, 2級 or 已控制, and whether another is
 * marked; NULL: none, or more than that. */
static char *
option_row(const struct form_page *p, const struct form_match *m, size_t line,
    size_t cell, int *set)
{
	size_t	from, to;
	char	*option = NULL;
	int	level;

	*set = 0;
	for (; form_table_cell(p, line, cell, &from, &to); cell++) {
		*set |= mark_of(p, from, to) == MARK_SET;
		trim(p, &from, &to);
		level = level_cell(p, from, to);
		if (option != NULL || mark_of(p, from, to) != MARK_WORDS)
			continue;
		if (m->field->kind == FIELD_LEVEL && level > 0)
			option = arena_printf(p->arena, "%d級", level);
		else if (m->field->kind == FIELD_CATEGORY ?
		    to - from <= TITLE_MAX : m->field->kind != FIELD_LEVEL &&
		    meaning_at(p, m, line, cell) != NULL)
			option = arena_strndup(p->arena, p->f.s + from,
			    to - from);
	}
	return option;
}

/* Is the rest of the line behind the label, in its cell, nothing? */
static int
is_alone(const struct form_page *p, const struct form_match *m)
{
	return form_table_empty(p, m->hit->value, p->lines[m->hit->line].to);
}

/*
 * V | 4級 | ... and 3級 | ... below it, each option in a row of its own with a
 * mark in a cell beside it, behind the label or below it: as boxes, or NULL.
 */
static char *
options_in_rows(const struct form_page *p, const struct form_match *m)
{
	int	 below = is_alone(p, m), set, n = 0, any = 0;
	size_t	 line = m->hit->line + (size_t)below;
	size_t	 cell = below ? 0 : m->hit->cell + 1;
	char	*out = arena_strdup(p->arena, ""), *option;

	for (; line < p->n_lines && p->lines[line].from < m->to; line++) {
		option = form_table_mark(p, line) == '\0' ? NULL :
		    option_row(p, m, line, cell, &set);
		if (option == NULL)
			break;
		if (strstr(out, option) != NULL)
			return NULL;
		out = arena_printf(p->arena, "%s%s%s%s", out, n > 0 ? " " :
		    "", set ? "■" : "□", option);
		any |= set;
		cell = 0;
		n++;
	}
	return n >= ROWS_MIN && any ? out : NULL;
}

char *
form_marks_raw(const struct form_page *p, const struct form_match *m,
    size_t *at)
{
	enum mark	 marks[COLUMNS_MAX];
	size_t		 line = m->hit->line, cell = m->hit->cell, titles;
	size_t		 n, n_marks, n_set, from, to;
	char		*raw = NULL;

	if (m->hit->how == HIT_CELL && (m->cell_below ||
	    form_table_empty(p, m->hit->value, p->lines[line].to)) &&
	    (raw = stacked(p, m)) != NULL) {
		*at = p->lines[line + 1].from;
		return raw;
	}
	if (m->hit->how == HIT_CELL && !m->cell_below &&
	    (raw = options_in_rows(p, m)) != NULL) {
		*at = m->hit->label_at;
		return raw;
	}
	if (m->hit->how != HIT_CELL || m->cell_below ||
	    form_table_mark(p, line) == '\0' ||
	    !form_table_cell(p, line, cell + 1, &from, &to))
		return NULL;
	*at = from;
	n = read_row(p, line, cell, marks, &n_marks, &n_set);
	if (n_set > 0 && find_titles(p, line, cell, &titles))
		return as_options(p, titles, cell, marks, n);
	if (n_set > 0)
		return untitled(p, marks, n, n_set);
	if (n_marks > 0)
		return NULL;
	if (line + 1 < p->n_lines && p->lines[line + 1].from < m->to &&
	    form_table_mark(p, line + 1) == form_table_mark(p, line) &&
	    form_table_cell(p, line + 1, cell, &from, &to) &&
	    form_table_empty(p, from, to)) {
		n = read_row(p, line + 1, cell, marks, &n_marks, &n_set);
		if (n_set > 0)
			raw = as_options(p, line, cell, marks, n);
	}
	if (raw == NULL && m->field->kind == FIELD_LEVEL)
		raw = all_levels(p, line, cell);
	return raw == NULL ? differs(p, m) : raw;
}
