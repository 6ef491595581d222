#include "parsers/xlsx_box.h"

#include <stdlib.h>
#include <string.h>

#include "parsers/package.h"

#define BOXES_MAX	256
#define WORDS_MAX	256		/* bytes of the words at a box */
#define HEIGHT		22		/* of rows of a new sheet */
#define WIDTH		72
#define HALF_BOX	8		/* to the middle of the box itself */

struct box {
	uint32_t	 row, column;
	long		 right;		/* in its column, in pixels */
	int		 ticked;
	const char	*words;
};

struct drawing {
	struct book	*book;
	const struct xlsx_sizes *sizes;
	struct box	 boxes[BOXES_MAX];
	size_t		 n;
	struct box	 box;		/* in hand */
	int		 is_box;
	struct buf	 words;		/* of the shape, all of it */
	struct buf	 value;		/* of the element in hand */
	int		 in_words;
};

static void
on_start(void *arg, const char *name, const unsigned char **atts, int n)
{
	struct drawing	*d = arg;

	if (strcmp(name, "shape") == 0) {
		memset(&d->box, 0, sizeof(d->box));
		buf_reset(&d->words);
		d->is_box = 0;
	} else if (strcmp(name, "textbox") == 0) {
		d->in_words = 1;
	} else if (strcmp(name, "ClientData") == 0) {
		d->is_box = package_says(atts, n, "ObjectType", "Checkbox") ||
		    package_says(atts, n, "ObjectType", "Radio");
	}
	buf_reset(&d->value);
}

static void
on_text(void *arg, const char *s, size_t len)
{
	struct drawing	*d = arg;

	(void)buf_add(d->in_words ? &d->words : &d->value, s, len);
}

/*
 * Column, pixels, row, pixels of its upper left corner, then of the lower
 * right one.  It lies on the row that has most of it, and on the column that
 * has the middle of the box itself.
 */
static int
read_anchor(const struct xlsx_sizes *sizes, const char *s, struct box *b)
{
	long	v[8], row, column;
	char	*end;

	for (int i = 0; i < 8; i++) {
		v[i] = strtol(s, &end, 10);
		if (end == s || v[i] < 0 || v[i] > (long)SHEET_ROWS)
			return 0;
		s = end + strspn(end, ", \t\r\n");
	}
	column = v[0];
	if (column < (long)SIZED_COLUMNS &&
	    v[1] + HALF_BOX > sizes->column[column])
		column++;
	row = v[2] + (v[6] - v[2]) / 2;
	if (v[6] == v[2] + 1)
		row += v[7] + v[3] > (v[2] < (long)SIZED_ROWS ?
		    sizes->row[v[2]] : HEIGHT);
	if (column >= (long)SHEET_COLUMNS || row >= (long)SHEET_ROWS ||
	    v[6] < v[2])
		return 0;
	b->column = (uint32_t)column;
	b->right = v[1];
	b->row = (uint32_t)row;
	return 1;
}

/* The words at a box; blanks in them are those of the file's lines. */
static const char *
words_of(struct drawing *d)
{
	char	*out = arena_alloc(d->book->arena, WORDS_MAX + 1);
	size_t	 n = 0;

	for (const char *s = d->words.data; *s != '\0' && n < WORDS_MAX; s++) {
		int	blank = strchr(" \t\r\n", *s) != NULL;

		if (!blank)
			out[n++] = *s;
		else if (n > 0 && out[n - 1] != ' ')
			out[n++] = ' ';
	}
	while (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
	return out;
}

static void
on_end(void *arg, const char *name)
{
	struct drawing	*d = arg;

	if (strcmp(name, "textbox") == 0) {
		d->in_words = 0;
	} else if (strcmp(name, "Anchor") == 0) {
		if (!read_anchor(d->sizes, d->value.data, &d->box))
			d->is_box = 0;
	} else if (strcmp(name, "Checked") == 0) {
		d->box.ticked = strtol(d->value.data, NULL, 10) == 1;
	} else if (strcmp(name, "ClientData") == 0 && d->is_box) {
		if (d->n == BOXES_MAX) {
			package_refuse(d->book->package);
			return;
		}
		d->box.words = words_of(d);
		d->boxes[d->n++] = d->box;
	}
	buf_reset(&d->value);
}

static int
by_place(const void *a, const void *b)
{
	const struct box *x = a, *y = b;

	if (x->row != y->row)
		return x->row < y->row ? -1 : 1;
	if (x->column != y->column)
		return x->column < y->column ? -1 : 1;
	return (x->right > y->right) - (x->right < y->right);
}

void
xlsx_sizes_rows(struct xlsx_sizes *z, uint16_t height)
{
	for (size_t i = 0; i < SIZED_ROWS; i++)
		z->row[i] = height == 0 ? HEIGHT : height;
}

void
xlsx_sizes_columns(struct xlsx_sizes *z, uint16_t width)
{
	for (size_t i = 0; i < SIZED_COLUMNS; i++)
		z->column[i] = width == 0 ? WIDTH : width;
}

void
xlsx_boxes(struct book *b, const char *file, const struct xlsx_sizes *sizes,
    struct sheet *sheet)
{
	static const struct package_face face = { on_start, on_end, on_text };
	const char	*drawing = book_linked(b, file, "/vmlDrawing");
	struct drawing	*d;

	if (drawing == NULL)
		return;
	d = arena_alloc(b->arena, sizeof(*d));
	d->book = b;
	d->sizes = sizes;
	buf_init(&d->words, 4 * WORDS_MAX);
	buf_init(&d->value, WORDS_MAX);
	/* of some of the boxes nobody knows what the others would say */
	if (package_read(b->package, drawing, 1, &face, d) != NULL)
		d->n = 0;
	buf_free(&d->words);
	buf_free(&d->value);
	qsort(d->boxes, d->n, sizeof(d->boxes[0]), by_place);
	for (size_t i = 0; i < d->n; i++)
		sheet_box(sheet, d->boxes[i].row, d->boxes[i].column,
		    d->boxes[i].ticked, d->boxes[i].words, i > 0 &&
		    d->boxes[i - 1].row == d->boxes[i].row);
}
