/*
 * form_table - cells: parted by TABs, or by bars in a drawn table.
 */
#include <string.h>
#include <strings.h>

#include "parsers/form_reading.h"
#include "parsers/report_head.h"

#define TITLE_MAX	32		/* bytes of a column's title */
#define RULES_MAX	3		/* lines between a head and its values */
#define WRAPPED_MAX	200		/* lines of one row */

int
form_table_empty(const struct form_page *p, size_t from, size_t to)
{
	for (; from < to; from++)
		if (strchr(" \t|\n", p->f.s[from]) == NULL)
			return 0;
	return 1;
}

/* Where the first cell begins: behind the bar that opens a drawn row. */
static size_t
row_start(const struct form_page *p, const struct page_line *l)
{
	size_t	i = l->from;

	while (i < l->to && p->f.s[i] == ' ')
		i++;
	return i < l->to && p->f.s[i] == '|' ? i + 1 : l->from;
}

char
form_table_mark(const struct form_page *p, size_t line)
{
	const struct page_line *l = &p->lines[line];

	if (row_start(p, l) == l->from &&
	    memchr(p->f.s + l->from, '\t', l->to - l->from) != NULL)
		return '\t';
	return memchr(p->f.s + l->from, '|', l->to - l->from) != NULL ?
	    '|' : '\0';
}

int
form_table_cell(const struct form_page *p, size_t line, size_t cell,
    size_t *from, size_t *to)
{
	const struct page_line *l = &p->lines[line];
	char	 mark = form_table_mark(p, line);
	size_t	 at = 0;

	*from = row_start(p, l);
	for (; *from <= l->to; *from = *to + 1) {
		const char	*end = memchr(p->f.s + *from, mark,
				    l->to - *from);

		*to = end == NULL ? l->to : (size_t)(end - p->f.s);
		if (at++ == cell)
			return 1;
	}
	return 0;
}

int
form_table_opens(const struct form_page *p, size_t from, size_t i)
{
	while (i > from && p->f.s[i - 1] == ' ')
		i--;
	return i > from && strchr("\t|", p->f.s[i - 1]) != NULL;
}

size_t
form_table_column(const struct form_page *p, size_t line, size_t at)
{
	size_t	from, to, cell = 0;

	while (form_table_cell(p, line, cell, &from, &to) && to < at)
		cell++;
	return cell;
}

/* Is the cell one of these words, whatever blanks stand between? */
static int
cell_is(const struct form_page *p, size_t from, size_t to,
    const char *const *words)
{
	char	dense[TITLE_MAX + 1];
	size_t	n = 0;

	for (; from < to; from++) {
		if (strchr(" \t|", p->f.s[from]) != NULL)
			continue;
		if (n == TITLE_MAX)
			return 0;
		dense[n++] = p->f.s[from];
	}
	dense[n] = '\0';
	for (; *words != NULL; words++)
		if (strcasecmp(dense, *words) == 0)
			return 1;
	return 0;
}

static const char *const others[] = {
	"項目", "项目", "欄位", "欄位名稱", "名稱", "內容", "内容", "說明",
	"说明", "備註", "备注", "備考", "填寫內容", "填報內容", "內容說明",
	"資料", "結果", "狀態", "狀況", "辦理情形", "檢查項目", "檢查結果",
	"content", "value", "remark", "remarks", "note", "notes", "item",
	"field", "description", "status", "result", NULL
};

int
form_table_generic(const struct form_page *p, size_t from, size_t to)
{
	static const char *const ticks[] = { "勾選", "勾選欄", "打勾", "核取",
	    "確認", "檢核", "check", "tick", NULL };

	return cell_is(p, from, to, others) || cell_is(p, from, to, ticks);
}

int
form_table_titles(const struct form_page *p, size_t line)
{
	static const char *const first[] = {
		"項目", "项目", "項次", "序號", "編號", "欄位", "欄位名稱", "檢查項目",
		"填報項目", "通報項目", "item", "field", "no", "no.", NULL
	};
	size_t	from, to, n;

	if (form_table_mark(p, line) == '\0' ||
	    !form_table_cell(p, line, 0, &from, &to) ||
	    !cell_is(p, from, to, first))
		return 0;
	for (n = 1; form_table_cell(p, line, n, &from, &to); n++)
		if (!form_table_empty(p, from, to) &&
		    !cell_is(p, from, to, others))
			return 0;
	return n > 1;
}

/* Cells of a line, without the nothing behind a bar that closes it. */
static size_t
cells_of(const struct form_page *p, size_t line)
{
	size_t	from, to, n = 0, filled = 0;

	while (form_table_cell(p, line, n, &from, &to)) {
		n++;
		if (!form_table_empty(p, from, to) || to < p->lines[line].to)
			filled = n;
	}
	return filled;
}

/* +---+---+, |:--|:--|, or nothing at all. */
static int
is_rule(const struct form_page *p, size_t line)
{
	const struct page_line *l = &p->lines[line];
	size_t	n = l->to - l->from;

	for (size_t i = l->from; i < l->to; i++)
		if (strchr("-|+=_: \t", p->f.s[i]) == NULL)
			return 0;
	return n == 0 || memchr(p->f.s + l->from, '-', n) != NULL ||
	    memchr(p->f.s + l->from, '=', n) != NULL;
}

/* The row whose cells may be values of the labels in this one, or 0. */
static size_t
row_below(const struct form_page *p, size_t line, int *ruled)
{
	size_t	i;

	*ruled = 0;
	for (i = line + 1; i < p->n_lines && i <= line + RULES_MAX; i++) {
		if (!is_rule(p, i))
			return i;
		*ruled |= p->lines[i].to > p->lines[i].from;
	}
	return 0;
}

/*
 * Is the line with n labels the head of a table?  Every cell is a label, or
 * two beside each other are; or a rule parts it from a row without labels.
 */
static int
is_head(const struct form_page *p, const struct form_match *m, size_t n,
    size_t below, int ruled)
{
	size_t	line = m[0].hit->line, cells = cells_of(p, line);
	int	beside = 0;

	if (n < 2 || form_table_mark(p, below) != form_table_mark(p, line))
		return 0;
	for (size_t i = 0; i < n; i++) {
		if (m[i].hit->how != HIT_CELL && !form_table_empty(p, m[i].from,
		    i + 1 < n ? m[i + 1].hit->pos : p->lines[line].to))
			return 0;
		beside |= i > 0 && m[i].hit->cell == m[i - 1].hit->cell + 1;
	}
	if (n == cells)
		return 1;
	return (beside || ruled) && cells_of(p, below) == cells;
}

/* Does the row go on in this line, with some of its cells empty? */
static int
goes_on(const struct form_page *p, const struct form_match *m, size_t n,
    size_t row, size_t line)
{
	size_t	from, to, empty = 0;

	if (line >= p->n_lines || form_table_mark(p, line) != '|' ||
	    row_start(p, &p->lines[line]) == p->lines[line].from ||
	    is_rule(p, line) || cells_of(p, line) != cells_of(p, row))
		return 0;
	for (size_t i = 0; i < n; i++)
		empty += form_table_cell(p, line, m[i].hit->cell, &from, &to) &&
		    form_table_empty(p, from, to) &&
		    form_table_cell(p, row, m[i].hit->cell, &from, &to) &&
		    !form_table_empty(p, from, to);
	return empty > 0;
}

/* The lines of the last cell below the row's: they have no other cells. */
static size_t
last_cell_end(const struct form_page *p, size_t row, size_t to)
{
	size_t	line = row;

	if (form_table_mark(p, row) != '\t')
		return row;
	while (line + 1 < p->n_lines && p->lines[line + 1].to <= to &&
	    p->lines[line + 1].to > p->lines[line + 1].from &&
	    form_table_mark(p, line + 1) == '\0')
		line++;
	return line;
}

/* Does a further row of values follow, with no label in it? */
static int
is_list(const struct form_page *p, const struct form_match *m, size_t n,
    size_t row)
{
	size_t	from, to, filled = 0;
	int	ruled;

	row = row_below(p, row, &ruled);
	if (row == 0 || form_table_mark(p, row) != form_table_mark(p,
	    m[0].hit->line))
		return 0;
	for (size_t i = 0; i < p->n_hits; i++)
		if (p->hits[i].line == row)
			return 0;
	for (size_t i = 0; i < n; i++)
		filled += form_table_cell(p, row, m[i].hit->cell, &from, &to) &&
		    !form_table_empty(p, from, to);
	return filled > 1;
}

/* Letters or ideographs: of a name, not of a row's number or a day. */
static int
has_words(const struct form_page *p, size_t from, size_t to)
{
	for (; from < to; from++)
		if ((unsigned char)p->f.s[from] >= 0xe3 ||
		    (p->f.s[from] >= 'A' && p->f.s[from] <= 'Z') ||
		    (p->f.s[from] >= 'a' && p->f.s[from] <= 'z'))
			return 1;
	return 0;
}

/* 系統, 等級, 狀態: does a column beside the n labels of the head say in the row
 * what the others are of? */
static int
names_another(const struct form_page *p, const struct form_match *m, size_t n,
    size_t row)
{
	static const char *const remarks[] = {
		"說明", "说明", "備註", "备注", "備考", "內容", "内容", "結果",
		"辦理情形", "remark", "remarks", "note", "notes", "description",
		"result", NULL
	};
	size_t	line = m[0].hit->line, from, to, i;

	for (size_t c = 0; form_table_cell(p, line, c, &from, &to); c++) {
		for (i = 0; i < n && m[i].hit->cell != c; i++)
			;
		if (i < n || form_table_empty(p, from, to) ||
		    cell_is(p, from, to, remarks))
			continue;
		if (form_table_cell(p, row, c, &from, &to) &&
		    has_words(p, from, to))
			return 1;
	}
	return 0;
}

int
form_table_of_another(struct reading *g, const struct form_match *m)
{
	const struct form_field *f = m->field;
	struct field	*to;

	if (!g->is_reply || !m->cell_below || !m->listed ||
	    (f->kind != FIELD_LEVEL && strcmp(f->name, "status") != 0) ||
	    (to = form_slot(g, f)) == NULL)
		return 0;
	if (to->raw != NULL)
		return 1;
	to->raw = arena_strndup(g->scene.arena, g->page.text +
	    g->page.f.at[m->from], g->page.f.at[m->to] -
	    g->page.f.at[m->from]);
	to->rule = m->rule;
	to->line = g->first_line + (int)m->hit->line;
	to->part = g->part;
	report_problem(g->scene.arena, g->scene.report, f->name, to->raw,
	    "it stands in a table of several, or of something else");
	return 1;
}

void
form_table_below(struct reading *g, struct form_match *m, size_t n)
{
	const struct form_page *p = &g->page;
	size_t	 line = m[0].hit->line, last = 0, row, end;
	int	 ruled, listed;

	while (last < n && m[last].hit->line == line)
		last++;
	row = row_below(p, line, &ruled);
	if (row == 0 || (last < n && m[last].hit->line <= row) ||
	    !is_head(p, m, last, row, ruled))
		return;
	for (end = row; end < row + WRAPPED_MAX && goes_on(p, m, last, row,
	    end + 1); end++)
		;
	listed = is_list(p, m, last, end);
	g->listed += listed ? last : 0;
	listed = listed || (g->is_reply && names_another(p, m, last, row));
	for (size_t i = 0; i < last; i++) {
		size_t	to = m[i].to;

		m[i].cell_below = 1;
		m[i].listed = listed;
		if (!form_table_cell(p, row, m[i].hit->cell, &m[i].from,
		    &m[i].to))
			m[i].to = m[i].from = p->lines[row].to;
		else if (end > row)
			m[i].to = p->lines[end].to;
		else if (m[i].to == p->lines[row].to)
			m[i].to = p->lines[last_cell_end(p, row, to)].to;
	}
}

int
form_table_of_people(const struct form_match *m, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!m[i].cell_below || m[i].field->kind == FIELD_TEXT ||
		    m[i].field->kind == FIELD_DATETIME)
			return 0;
	return n > 0;
}

int
form_table_of_incidents(const struct form_match *m, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (m[i].cell_below && (m[i].field->kind == FIELD_LEVEL ||
		    strcmp(m[i].field->name, "status") == 0))
			return 1;
	return 0;
}
