#include "parsers/xlsx.h"

#include <stdlib.h>
#include <string.h>

#include "parsers/limits.h"
#include "parsers/package.h"
#include "parsers/sheet.h"
#include "parsers/sheet_number.h"
#include "parsers/xlsx_book.h"
#include "parsers/xlsx_box.h"

#define SIZE_MAX_LEN	24		/* letters of a size */
#define PER_POINT	(4 / 3.0)	/* pixels, of a row's height */
#define PER_LETTER	8		/* of a column's width, and beside them */
#define MARGIN		5

enum cell_kind {
	CELL_NUMBER, CELL_SHARED, CELL_WORDS, CELL_INLINE, CELL_BOOLEAN,
	CELL_DATE, CELL_ERROR
};

struct reader {
	struct book	*book;
	struct sheet	 sheet;
	struct xlsx_sizes sizes;
	uint32_t	 row, column;	/* of the next cell */
	int		 row_hidden;
	enum cell_kind	 kind;
	long		 style;
	struct buf	 value;		/* <v>, or <t> of a string inline */
	struct buf	 words;		/* what the cell shows */
	int		 text, reading;	/* as in xlsx_book.c */
};

/* B7, or 0: it is no place. */
static int
read_place(const char *s, size_t len, uint32_t *row, uint32_t *column)
{
	uint32_t	c = 0, r = 0;
	size_t		i = 0;

	while (i < len && s[i] == '$')
		i++;
	for (; i < len && s[i] >= 'A' && s[i] <= 'Z' && c < SHEET_COLUMNS; i++)
		c = c * 26 + (uint32_t)(s[i] - 'A') + 1;
	while (i < len && s[i] == '$')
		i++;
	for (; i < len && s[i] >= '0' && s[i] <= '9' && r <= SHEET_ROWS; i++)
		r = r * 10 + (uint32_t)(s[i] - '0');
	if (i < len || c == 0 || c > SHEET_COLUMNS || r == 0 ||
	    r > SHEET_ROWS)
		return 0;
	*row = r - 1;
	*column = c - 1;
	return 1;
}

/* A size with this name, as so many pixels for each of its units; or 0. */
static uint16_t
read_size(const unsigned char **atts, int n, const char *name, double pixels)
{
	size_t		 len;
	const char	*s = package_attribute(atts, n, name, &len);
	char		 size[SIZE_MAX_LEN + 1];
	double		 v;

	if (s == NULL || len > SIZE_MAX_LEN)
		return 0;
	memcpy(size, s, len);
	size[len] = '\0';
	v = strtod(size, NULL) * pixels;
	return v > 0 && v < 10000 ? (uint16_t)v : 0;
}

static void
start_column(struct reader *r, const unsigned char **atts, int n)
{
	long	from = package_number(atts, n, "min", 0),
		to = package_number(atts, n, "max", 0);
	uint16_t width;

	if (from < 1 || to < from)
		return;
	width = read_size(atts, n, "width", PER_LETTER);
	for (long i = from; width > 0 && i <= to && i <= (long)SIZED_COLUMNS;
	    i++)
		r->sizes.column[i - 1] = width + MARGIN;
	if (!package_says(atts, n, "hidden", "1") &&
	    !package_says(atts, n, "hidden", "true"))
		return;
	if (to > (long)SHEET_COLUMNS)
		to = (long)SHEET_COLUMNS;
	sheet_hide(&r->sheet, (uint32_t)from - 1, (uint32_t)to - 1);
}

static void
start_row(struct reader *r, const unsigned char **atts, int n)
{
	long	row = package_number(atts, n, "r", 0);

	if (row >= 1 && row <= (long)SHEET_ROWS)
		r->row = (uint32_t)row - 1;
	r->column = 0;
	if (r->row < SIZED_ROWS && read_size(atts, n, "ht", PER_POINT) > 0)
		r->sizes.row[r->row] = read_size(atts, n, "ht", PER_POINT);
	r->row_hidden = package_says(atts, n, "hidden", "1") ||
	    package_says(atts, n, "hidden", "true");
}

static void
start_cell(struct reader *r, const unsigned char **atts, int n)
{
	static const struct {
		const char	*name;
		enum cell_kind	 kind;
	} kinds[] = {
		{ "s", CELL_SHARED }, { "str", CELL_WORDS },
		{ "inlineStr", CELL_INLINE }, { "b", CELL_BOOLEAN },
		{ "d", CELL_DATE }, { "e", CELL_ERROR },
	};
	size_t		 len;
	const char	*place = package_attribute(atts, n, "r", &len);

	if (place != NULL)
		(void)read_place(place, len, &r->row, &r->column);
	r->kind = CELL_NUMBER;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (package_says(atts, n, "t", kinds[i].name))
			r->kind = kinds[i].kind;
	r->style = package_number(atts, n, "s", 0);
	buf_reset(&r->value);
}

static void
start_merged(struct reader *r, const unsigned char **atts, int n)
{
	struct sheet_span m;
	size_t		 len;
	const char	*ref = package_attribute(atts, n, "ref", &len),
			*colon = ref == NULL ? NULL : memchr(ref, ':', len);

	if (colon != NULL && read_place(ref, (size_t)(colon - ref), &m.row,
	    &m.column) && read_place(colon + 1, (size_t)(ref + len - colon) -
	    1, &m.last_row, &m.last_column))
		sheet_span(&r->sheet, &m);
}

static void
on_start(void *arg, const char *name, const unsigned char **atts, int n)
{
	struct reader	*r = arg;

	if (strcmp(name, "c") == 0)
		start_cell(r, atts, n);
	else if (strcmp(name, "v") == 0)
		r->text = r->kind != CELL_INLINE;
	else if (strcmp(name, "t") == 0)
		r->text = r->kind == CELL_INLINE && !r->reading;
	else if (strcmp(name, "rPh") == 0)
		r->reading = 1;
	else if (strcmp(name, "row") == 0)
		start_row(r, atts, n);
	else if (strcmp(name, "col") == 0)
		start_column(r, atts, n);
	else if (strcmp(name, "mergeCell") == 0)
		start_merged(r, atts, n);
	else if (strcmp(name, "sheetFormatPr") == 0)
		xlsx_sizes_rows(&r->sizes, read_size(atts, n,
		    "defaultRowHeight", PER_POINT));
}

static void
on_text(void *arg, const char *s, size_t len)
{
	struct reader	*r = arg;

	if (r->text)
		(void)buf_add(&r->value, s, len);
}

/* The string with this number. */
static void
put_shared(struct reader *r, struct buf *out)
{
	const struct book *b = r->book;
	char		*end;
	unsigned long	 at = strtoul(r->value.data, &end, 10);
	size_t		 from;

	if (end == r->value.data || *end != '\0' || at >= b->n_strings)
		return;
	from = at == 0 ? 0 : b->ends[at - 1];
	(void)buf_add(out, b->strings.data + from, b->ends[at] - from);
}

/* 2007-05-31T09:10:00, which few programs write. */
static void
put_iso(struct buf *value, struct buf *out)
{
	for (size_t i = 0; i < value->len; i++)
		(void)buf_putc(out, value->data[i] == 'T' ? ' ' :
		    value->data[i]);
}

static enum sheet_type
put_value(struct reader *r, struct buf *out)
{
	int		 box, yes = strcmp(r->value.data, "1") == 0 ||
			    strcmp(r->value.data, "true") == 0;
	const char	*code = book_format(r->book, r->style, &box);

	switch (r->kind) {
	case CELL_NUMBER:
		return sheet_number(out, r->value.data, r->value.len, code,
		    r->book->since_1904);
	case CELL_SHARED:
		put_shared(r, out);
		break;
	case CELL_WORDS:
	case CELL_INLINE:
		book_unescape(out, r->value.data, r->value.len);
		break;
	case CELL_BOOLEAN:
		if (r->value.len > 0)
			(void)buf_puts(out, box ? yes ? "☑" : "□" :
			    yes ? "TRUE" : "FALSE");
		break;
	case CELL_DATE:
		put_iso(&r->value, out);
		break;
	case CELL_ERROR:		/* #N/A: there is nothing */
		break;
	}
	return SHEET_WORDS;
}

static void
end_cell(struct reader *r)
{
	enum sheet_type	type;

	buf_reset(&r->words);
	if (!r->row_hidden && r->value.len > 0 &&
	    sheet_shows(&r->sheet, r->column)) {
		type = put_value(r, &r->words);
		if (!sheet_put(&r->sheet, r->row, r->column, type,
		    r->words.data, r->words.len))
			package_stop(r->book->package);
	}
	r->column++;
}

static void
on_end(void *arg, const char *name)
{
	struct reader	*r = arg;

	if (strcmp(name, "c") == 0)
		end_cell(r);
	else if (strcmp(name, "v") == 0 || strcmp(name, "t") == 0)
		r->text = 0;
	else if (strcmp(name, "rPh") == 0)
		r->reading = 0;
	else if (strcmp(name, "row") == 0)
		r->row++;
}

static const char *
read_sheets(struct book *b, struct reader *r, struct buf *out)
{
	static const struct package_face face = { on_start, on_end, on_text };
	const char	*why = NULL;

	for (size_t i = 0; i < b->n_sheets && why == NULL && !out->over; i++) {
		sheet_forget(&r->sheet);
		r->row = r->column = 0;
		r->row_hidden = r->text = r->reading = 0;
		xlsx_sizes_rows(&r->sizes, 0);
		xlsx_sizes_columns(&r->sizes, 0);
		why = package_read(b->package, b->sheets[i], 1, &face, r);
		if (why != NULL)
			break;
		xlsx_boxes(b, b->sheets[i], &r->sizes, &r->sheet);
		sheet_lines(&r->sheet, out);
	}
	return why;
}

const char *
xlsx_read(struct arena *a, struct package *p, struct buf *out)
{
	struct book	 b;
	struct reader	*r = arena_alloc(a, sizeof(*r));
	const char	*why = book_read(&b, a, p);

	if (why == NULL) {
		r->book = &b;
		sheet_init(&r->sheet, a);
		buf_init(&r->value, BODY_MAX);
		buf_init(&r->words, BODY_MAX);
		why = read_sheets(&b, r, out);
		buf_free(&r->value);
		buf_free(&r->words);
		sheet_free(&r->sheet);
	}
	buf_free(&b.strings);
	return why;
}
