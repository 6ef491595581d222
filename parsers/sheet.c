#include "parsers/sheet.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "parsers/cell.h"
#include "parsers/limits.h"

void
sheet_init(struct sheet *s, struct arena *a)
{
	memset(s, 0, sizeof(*s));
	s->arena = a;
	buf_init(&s->words, BODY_MAX);
}

void
sheet_free(struct sheet *s)
{
	buf_free(&s->words);
}

void
sheet_forget(struct sheet *s)
{
	buf_reset(&s->words);
	s->n_cells = s->n_spans = 0;
	memset(s->hidden, 0, sizeof(s->hidden));
}

/* Room for one more of n, at most max: the array, grown where it was full. */
static void *
grow(struct arena *a, void *list, size_t n, size_t *room, size_t size,
    size_t max)
{
	size_t	 more = *room == 0 ? 64 : *room * 2;
	void	*grown;

	if (n < *room)
		return list;
	if (n >= max)
		return NULL;
	more = more > max ? max : more;
	grown = arena_room(a, more, size);
	if (n > 0)
		memcpy(grown, list, n * size);
	*room = more;
	return grown;
}

int
sheet_shows(const struct sheet *s, uint32_t column)
{
	return column < SHEET_COLUMNS && !s->hidden[column];
}

/* A cell is one cell, whatever stands in it. */
static void
add_words(struct buf *b, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '\r')
			continue;
		(void)buf_putc(b, s[i] == '\t' ? ' ' : s[i]);
	}
}

int
sheet_put(struct sheet *s, uint32_t row, uint32_t column,
    enum sheet_type type, const char *words, size_t len)
{
	struct sheet_cell *grown;
	uint32_t	 at = (uint32_t)s->words.len;

	while (len > 0 && strchr(" \t\r\n", words[len - 1]) != NULL)
		len--;
	while (len > 0 && strchr("\t\r\n", *words) != NULL) {
		words++;
		len--;
	}
	if (len == 0 || row >= SHEET_ROWS || !sheet_shows(s, column))
		return 1;
	grown = grow(s->arena, s->cells, s->n_cells, &s->room_cells,
	    sizeof(*s->cells), SHEET_CELLS);
	if (grown == NULL)
		return 0;
	s->cells = grown;
	add_words(&s->words, words, len);
	if (s->words.over)
		return 0;
	s->cells[s->n_cells++] = (struct sheet_cell){ row, column, at,
	    (uint32_t)s->words.len - at, type };
	return 1;
}

void
sheet_span(struct sheet *s, const struct sheet_span *span)
{
	struct sheet_span *grown = grow(s->arena, s->spans, s->n_spans,
			    &s->room_spans, sizeof(*s->spans), SHEET_SPANS);

	if (grown == NULL || span->last_row < span->row ||
	    span->last_column < span->column)
		return;
	s->spans = grown;
	s->spans[s->n_spans++] = *span;
}

void
sheet_hide(struct sheet *s, uint32_t column, uint32_t last_column)
{
	if (last_column >= SHEET_COLUMNS)
		last_column = SHEET_COLUMNS - 1;
	if (column <= last_column)
		memset(s->hidden + column, 1, last_column - column + 1);
}

/* The cell at this place, or the one that it is merged into. */
static struct sheet_cell *
find_cell(struct sheet *s, uint32_t *row, uint32_t *column)
{
	for (size_t i = 0; i < s->n_spans; i++) {
		const struct sheet_span *m = &s->spans[i];

		if (*row >= m->row && *row <= m->last_row &&
		    *column >= m->column && *column <= m->last_column) {
			*row = m->row;
			*column = m->column;
			break;
		}
	}
	for (size_t i = 0; i < s->n_cells; i++)
		if (s->cells[i].row == *row && s->cells[i].column == *column)
			return &s->cells[i];
	return NULL;
}

void
sheet_box(struct sheet *s, uint32_t row, uint32_t column, int ticked,
    const char *words, int beside)
{
	const char	*mark = ticked ? "☑" : "□";
	struct sheet_cell *c = find_cell(s, &row, &column);
	struct buf	 b;
	enum sheet_type	 type = c == NULL ? SHEET_BOX : c->type;

	buf_init(&b, BODY_MAX);
	if (c != NULL && *words == '\0' && type != SHEET_BOX) {
		(void)buf_puts(&b, mark);	/* its words are the cell's */
		(void)buf_add(&b, s->words.data + c->at, c->len);
	} else {
		if (c != NULL) {
			(void)buf_add(&b, s->words.data + c->at, c->len);
			(void)buf_putc(&b, beside && type == SHEET_BOX ? ' ' :
			    '\n');
		}
		(void)buf_puts(&b, mark);
		(void)buf_puts(&b, words);
	}
	if (c == NULL) {
		(void)sheet_put(s, row, column, type, b.data, b.len);
	} else if (!b.over && s->words.len + b.len <= s->words.max) {
		c->at = (uint32_t)s->words.len;
		c->len = (uint32_t)b.len;
		(void)buf_add(&s->words, b.data, b.len);
	}
	buf_free(&b);
}

static int
by_place(const void *a, const void *b)
{
	const struct sheet_cell *x = a, *y = b;

	if (x->row != y->row)
		return x->row < y->row ? -1 : 1;
	if (x->column != y->column)
		return x->column < y->column ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

static int
by_row(const void *a, const void *b)
{
	const struct sheet_span *x = a, *y = b;

	if (x->row != y->row)
		return x->row < y->row ? -1 : 1;
	return (x->column > y->column) - (x->column < y->column);
}

static int
by_number(const void *a, const void *b)
{
	const uint32_t	*x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* A merged cell, by the used columns that it covers; it begins in the one
 * before them, or in none. */
struct cover {
	size_t		 from, to;
	int		 own;		/* begins in a used one */
	uint32_t	 row, last_row;
};

struct view {
	struct sheet	*s;
	struct buf	*out;
	uint32_t	*used;		/* columns with words, in order */
	size_t		 n_used;
	int32_t		*covered;	/* by how many more than the last */
	unsigned char	*below;
	const struct sheet_cell **cell;	/* of the row, by its used column */
	struct cover	*open;		/* those that go on in the row */
	size_t		 n_open;
	size_t		 next;		/* the first span below the row */
	uint32_t	 filled;	/* behind the last row that the spans
					   which begin above the row fill */
};

static void
find_used(struct view *v)
{
	const struct sheet *s = v->s;
	uint32_t	*all = arena_room(s->arena, s->n_cells, sizeof(*all));
	size_t		 n = 0;

	for (size_t i = 0; i < s->n_cells; i++)
		all[i] = s->cells[i].column;
	qsort(all, s->n_cells, sizeof(*all), by_number);
	for (size_t i = 0; i < s->n_cells && n < SHEET_USED; i++)
		if (n == 0 || all[n - 1] != all[i])
			all[n++] = all[i];
	v->used = all;
	v->n_used = n;
	v->covered = arena_array(s->arena, n + 1, sizeof(*v->covered));
	v->below = arena_array(s->arena, n, sizeof(*v->below));
	v->cell = arena_array(s->arena, n, sizeof(*v->cell));
	v->open = arena_room(s->arena, n, sizeof(*v->open));
}

/* The first used column at or behind this one. */
static size_t
used_from(const struct view *v, uint32_t column)
{
	size_t	low = 0, high = v->n_used;

	while (low < high) {
		size_t	mid = low + (high - low) / 2;

		if (v->used[mid] < column)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* The merged cells that go on in this row, by the spans in order.  They do not
 * overlap where they are true, so that a used column has one of them. */
static void
open_covers(struct view *v, uint32_t row)
{
	size_t	n = 0;

	for (size_t i = 0; i < v->n_open; i++)
		if (v->open[i].last_row >= row)
			v->open[n++] = v->open[i];
	v->n_open = n;
	for (; v->next < v->s->n_spans; v->next++) {
		const struct sheet_span *m = &v->s->spans[v->next];
		struct cover	c = { used_from(v, m->column + 1),
				    used_from(v, m->last_column + 1), 0,
				    m->row, m->last_row };

		if (m->row > row)
			break;
		if (m->last_row >= v->filled)
			v->filled = m->last_row + 1;
		c.own = c.from > 0 && v->used[c.from - 1] == m->column;
		if (m->last_row >= row && (c.own || c.to > c.from) &&
		    v->n_open < v->n_used)
			v->open[v->n_open++] = c;
	}
}

static void
find_covered(struct view *v, uint32_t row)
{
	memset(v->covered, 0, (v->n_used + 1) * sizeof(*v->covered));
	memset(v->below, 0, v->n_used * sizeof(*v->below));
	open_covers(v, row);
	for (size_t i = 0; i < v->n_open; i++) {
		const struct cover *c = &v->open[i];

		v->covered[c->from]++;
		v->covered[c->to]--;
		if (c->own && row > c->row)
			v->below[c->from - 1] = 1;
	}
}

static int
is_one_of(const struct view *v, const struct sheet_cell *c,
    const char *const *words)
{
	const char	*s = v->s->words.data + c->at;
	size_t		 n = c->len;

	while (n > 0 && *s == ' ') {
		s++;
		n--;
	}
	for (; *words != NULL; words++)
		if (strlen(*words) == n && memcmp(s, *words, n) == 0)
			return 1;
	return 0;
}

static int
is_number(const struct view *v, const struct sheet_cell *c)
{
	const char	*s = v->s->words.data + c->at;

	for (uint32_t i = 0; i < c->len; i++)
		if (strchr("0123456789 ", s[i]) == NULL)
			return 0;
	return 1;
}

/* (02) of a telephone, and 27208889 in the next cell. */
static int
is_area(const struct view *v, const struct sheet_cell *c)
{
	const char	*s = v->s->words.data + c->at;
	size_t		 n = 0, i = c->len > 0 && *s == '(';

	if (i >= c->len || s[i] != '0')
		return 0;
	for (; i < c->len && s[i] >= '0' && s[i] <= '9'; i++)
		n++;
	if (i < c->len && s[i] == ')')
		i++;
	return i == c->len && n >= 2 && n <= 4;
}

static int
is_mark(const struct view *v, const struct sheet_cell *c)
{
	static const char *const marks[] = {
		"□", "■", "☐", "☑", "☒", "✓", "✔", "√", "○", "●", "▣", "◉",
		"▢", "⬜", NULL
	};

	return is_one_of(v, c, marks);
}

/*
 * Does a cell belong to the one before it?  96 | 年 | 5 | 月 | 31 | 日 is one
 * date; and □ | 4級 | ■ | 3級 are options where the row has marks enough to
 * be no row of a table, which has a column for them.
 */
static int
goes_on(const struct view *v, const struct sheet_cell *before,
    const struct sheet_cell *c, int marks)
{
	static const char *const eras[] = { "中華民國", "民國", "上午", "下午",
	    "西元", NULL };
	static const char *const units[] = { "年", "月", "日", "時", "分",
	    "點", "秒", "/", ":", "：", "／", "-", "－", "轉", "#", "時許",
	    "分許", "日上午", "日下午", "上午", "下午", NULL };
	static const char *const last[] = { "級", NULL };

	if (is_one_of(v, before, units) || is_one_of(v, before, eras))
		return is_number(v, c) || is_one_of(v, c, units);
	if (is_area(v, before) && c->len >= 6 && c->len <= 9 && is_number(v, c))
		return 1;
	if (is_number(v, before) && (is_one_of(v, c, units) ||
	    is_one_of(v, c, last)))
		return 1;
	return marks > 1 && is_mark(v, before) && !is_mark(v, c);
}

/* Marks in the row that have words beside them. */
static int
count_marks(const struct view *v)
{
	const struct sheet_cell *before = NULL;
	int	n = 0;

	for (size_t i = 0; i < v->n_used; i++) {
		const struct sheet_cell *c = v->cell[i];

		if (c == NULL)
			continue;
		n += before != NULL && is_mark(v, before) && !is_mark(v, c);
		before = c;
	}
	return n;
}

static void
put_words(struct view *v, const struct sheet_cell *c,
    const struct sheet_cell *next)
{
	(void)buf_add(v->out, v->s->words.data + c->at, c->len);
	/* the day in a cell, the hour in the next one, each its own value */
	if (c->type == SHEET_DATE && next != NULL && next->type == SHEET_TIME) {
		(void)buf_putc(v->out, ' ');
		(void)buf_add(v->out, v->s->words.data + next->at, next->len);
	}
}

static const struct sheet_cell *
cell_behind(const struct view *v, size_t i)
{
	while (++i < v->n_used)
		if (v->cell[i] != NULL)
			return v->cell[i];
	return NULL;
}

static void
put_row(struct view *v)
{
	const struct sheet_cell *before = NULL;
	size_t	from = v->out->len;
	int	covered = 0, n = 0, marks = count_marks(v);

	for (size_t i = 0; i < v->n_used && !v->out->over; i++) {
		const struct sheet_cell *c = v->cell[i];

		covered += v->covered[i];
		if (covered > 0)
			continue;
		if (c != NULL && before != NULL && goes_on(v, before, c,
		    marks)) {
			while (v->out->len > from && v->out->data[v->out->len -
			    1] == '\t')
				buf_cut(v->out, v->out->len - 1);
			if (is_mark(v, before))
				(void)buf_putc(v->out, ' ');
		} else if (n > 0) {
			if (cell_may_label(n))
				(void)cell_unwrap(v->out, from);
			(void)buf_putc(v->out, '\t');
			from = v->out->len;
		}
		n++;
		if (c != NULL) {
			put_words(v, c, cell_behind(v, i));
			before = c;
		}
	}
	(void)buf_putc(v->out, '\n');
}

/* The cells of the row that begins at i; where the next one begins. */
static size_t
gather_row(struct view *v, size_t i, int *any)
{
	const struct sheet *s = v->s;
	uint32_t	 row = s->cells[i].row;
	int		 covered = 0;

	memset(v->cell, 0, v->n_used * sizeof(*v->cell));
	for (; i < s->n_cells && s->cells[i].row == row; i++) {
		size_t	at = used_from(v, s->cells[i].column);

		if (at < v->n_used && v->used[at] == s->cells[i].column &&
		    v->cell[at] == NULL)
			v->cell[at] = &s->cells[i];
	}
	*any = 0;
	for (size_t k = 0; k < v->n_used; k++) {
		covered += v->covered[k];
		if (covered > 0 || v->below[k])
			v->cell[k] = NULL;	/* under a merged one */
		*any |= v->cell[k] != NULL;
	}
	return i;
}

void
sheet_lines(struct sheet *s, struct buf *out)
{
	struct view	 v = { .s = s, .out = out };
	uint32_t	 next = 0;
	size_t		 i = 0, begun = out->len;
	int		 any;

	if (s->n_cells == 0)
		return;
	qsort(s->cells, s->n_cells, sizeof(*s->cells), by_place);
	if (s->n_spans > 0)
		qsort(s->spans, s->n_spans, sizeof(*s->spans), by_row);
	find_used(&v);
	if (begun > 0)
		(void)buf_puts(out, "\n\n");
	begun = out->len;
	while (i < s->n_cells && !out->over) {
		uint32_t row = s->cells[i].row;

		/* a blank line, unless a merged cell fills the rows between */
		if (out->len > begun && next < row && v.filled < row)
			(void)buf_putc(out, '\n');
		find_covered(&v, row);
		i = gather_row(&v, i, &any);
		if (any)
			put_row(&v);
		next = row + 1;
	}
	while (out->len > 0 && out->data[out->len - 1] == '\n')
		buf_cut(out, out->len - 1);
}

int
sheet_is_example(const char *name, size_t len)
{
	static const char *const words[] = { "範例", "範本", "示例", "填寫說明",
	    "填表說明", "填報說明", "example", "sample" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t	k = strlen(words[i]);

		for (size_t at = 0; at + k <= len; at++)
			if (strncasecmp(name + at, words[i], k) == 0)
				return 1;
	}
	return 0;
}
