#include "parsers/ods.h"

#include <stdlib.h>
#include <string.h>

#include "parsers/limits.h"
#include "parsers/package.h"
#include "parsers/sheet.h"

#define STYLES_MAX	64		/* of hidden sheets */
#define REPEAT_CELLS	64		/* times that words are repeated */
#define SPACES_MAX	200		/* blanks of one <text:s> */

struct reader {
	struct arena	*arena;
	struct package	*package;
	struct sheet	 sheet;
	struct buf	*out;
	int		 examples;	/* of this kind are read now */
	int		 n_others;	/* sheets of the other kind */
	const char	*style;		/* of sheets, the one being defined */
	const char	*hidden[STYLES_MAX];
	size_t		 n_hidden;
	int		 table;		/* depth of the sheet in hand, or 0 */
	int		 skip;		/* depth of what is left out, or 0 */
	int		 text;		/* depth of the paragraph */
	int		 cell;		/* depth of the cell */
	uint32_t	 row, column;
	uint32_t	 row_times, cell_times;
	uint32_t	 next_column;	/* of those that describe columns */
	int		 row_hidden;
	enum sheet_type	 type;
	const char	*value;		/* of a date or time, else NULL */
	struct buf	 words;
};

static int
is(const char *name, const char *other)
{
	return *name == *other && strcmp(name, other) == 0;
}

static int
one_of(const char *name, const char *const *names)
{
	for (; *names != NULL; names++)
		if (strcmp(name, *names) == 0)
			return 1;
	return 0;
}

static uint32_t
times(const unsigned char **atts, int n, const char *name, uint32_t max)
{
	long	k = package_number(atts, n, name, 1);

	return k < 1 ? 1 : k > (long)max ? max : (uint32_t)k;
}

static int
is_seen(const unsigned char **atts, int n)
{
	return !package_says(atts, n, "visibility", "collapse") &&
	    !package_says(atts, n, "visibility", "filter");
}

/* A sheet is hidden by its style. */
static int
is_hidden_table(const struct reader *r, const unsigned char **atts, int n)
{
	for (size_t i = 0; i < r->n_hidden; i++)
		if (package_says(atts, n, "style-name", r->hidden[i]))
			return 1;
	return package_says(atts, n, "display", "false");
}

static void
start_table(struct reader *r, const unsigned char **atts, int n)
{
	size_t		 len;
	const char	*name = package_attribute(atts, n, "name", &len);
	int		 depth = package_depth(r->package);

	if (r->table || is_hidden_table(r, atts, n)) {
		r->skip = depth;
		return;
	}
	if (r->examples != (name != NULL && sheet_is_example(name, len))) {
		r->n_others++;
		r->skip = depth;
		return;
	}
	r->table = depth;
	r->row = r->next_column = 0;
	sheet_forget(&r->sheet);
}

static void
start_column(struct reader *r, const unsigned char **atts, int n)
{
	uint32_t	k = times(atts, n, "number-columns-repeated",
			    SHEET_COLUMNS);

	if (r->next_column >= SHEET_COLUMNS)
		return;
	if (!is_seen(atts, n))
		sheet_hide(&r->sheet, r->next_column, r->next_column + k - 1);
	r->next_column += k;
}

static void
start_row(struct reader *r, const unsigned char **atts, int n)
{
	r->row_times = times(atts, n, "number-rows-repeated", SHEET_ROWS);
	r->row_hidden = !is_seen(atts, n);
	r->column = 0;
}

/* 2007-05-31T09:10:00 as 2007-05-31 09:10. */
static const char *
date_of(struct reader *r, const char *s, size_t len)
{
	char	*date = arena_strndup(r->arena, s, len < 19 ? len : 19);

	if (len > 10 && date[10] == 'T')
		date[10] = ' ';
	if (strlen(date) == 19 && strcmp(date + 16, ":00") == 0)
		date[16] = '\0';
	if (strlen(date) == 10)
		r->type = SHEET_DATE;
	return date;
}

/* PT09H10M00S as 09:10. */
static const char *
time_of(struct reader *r, const char *s, size_t len)
{
	static const char units[] = "HMS";
	unsigned long	  part[3] = { 0 };
	const char	 *at = arena_strndup(r->arena, s, len);
	char		 *end;

	if (strncmp(at, "PT", 2) != 0)
		return NULL;
	at += 2;
	for (size_t i = 0; i < 3; i++) {
		unsigned long	k = strtoul(at, &end, 10);

		if (end == at)
			break;
		if (*end == '.' || *end == ',')
			end += 1 + strspn(end + 1, "0123456789");
		if (*end == units[i]) {
			part[i] = k;
			at = end + 1;
		}
	}
	if (*at != '\0' || part[0] > 9999 || part[1] > 59 || part[2] > 59)
		return NULL;
	r->type = SHEET_TIME;
	return part[2] == 0 ? arena_printf(r->arena, "%02lu:%02lu", part[0],
	    part[1]) : arena_printf(r->arena, "%02lu:%02lu:%02lu", part[0],
	    part[1], part[2]);
}

static void
start_cell(struct reader *r, const char *name, const unsigned char **atts,
    int n)
{
	struct sheet_span m = { r->row, r->row, r->column, r->column };
	size_t		 len;
	const char	*value;

	r->cell = package_depth(r->package);
	r->cell_times = times(atts, n, "number-columns-repeated",
	    SHEET_COLUMNS);
	r->type = SHEET_WORDS;
	r->value = NULL;
	buf_reset(&r->words);
	if (is(name, "covered-table-cell")) {
		r->skip = r->cell;
		return;
	}
	m.last_row += times(atts, n, "number-rows-spanned", SHEET_ROWS) - 1;
	m.last_column += times(atts, n, "number-columns-spanned",
	    SHEET_COLUMNS) - 1;
	if (m.last_row > m.row || m.last_column > m.column)
		sheet_span(&r->sheet, &m);
	if ((value = package_attribute(atts, n, "date-value", &len)) != NULL)
		r->value = date_of(r, value, len);
	else if ((value = package_attribute(atts, n, "time-value",
	    &len)) != NULL)
		r->value = time_of(r, value, len);
}

static void
start_words(struct reader *r, const char *name, const unsigned char **atts,
    int n)
{
	static const char *const others[] = { "annotation", "note", "shapes",
	    "frame", "custom-shape", "rect", "g", "control", "ruby-text",
	    "tracked-changes", "table", NULL };

	if (one_of(name, others)) {
		r->skip = package_depth(r->package);
	} else if (is(name, "p") || is(name, "h")) {
		if (r->words.len > 0 && !r->text)
			(void)buf_putc(&r->words, '\n');
		r->text = r->text ? r->text : package_depth(r->package);
	} else if (is(name, "line-break")) {
		(void)buf_putc(&r->words, '\n');
	} else if (is(name, "tab")) {
		(void)buf_putc(&r->words, ' ');
	} else if (is(name, "s")) {
		for (uint32_t i = times(atts, n, "c", SPACES_MAX); i > 0; i--)
			(void)buf_putc(&r->words, ' ');
	}
}

/* Styles come before the sheets that have them. */
static void
start_style(struct reader *r, const char *name, const unsigned char **atts,
    int n)
{
	size_t		 len;
	const char	*style;

	if (is(name, "style")) {
		style = package_attribute(atts, n, "name", &len);
		r->style = style != NULL && package_says(atts, n, "family",
		    "table") ? arena_strndup(r->arena, style, len) : NULL;
	} else if (is(name, "table-properties") && r->style != NULL &&
	    package_says(atts, n, "display", "false") &&
	    r->n_hidden < STYLES_MAX) {
		r->hidden[r->n_hidden++] = r->style;
	}
}

static void
on_start(void *arg, const char *name, const unsigned char **atts, int n)
{
	struct reader	*r = arg;

	if (r->skip)
		return;
	if (r->cell)
		start_words(r, name, atts, n);
	else if (is(name, "table"))
		start_table(r, atts, n);
	else if (!r->table)
		start_style(r, name, atts, n);
	else if (is(name, "table-row"))
		start_row(r, atts, n);
	else if (is(name, "table-cell") || is(name, "covered-table-cell"))
		start_cell(r, name, atts, n);
	else if (is(name, "table-column"))
		start_column(r, atts, n);
	else if (is(name, "shapes") || is(name, "forms"))
		r->skip = package_depth(r->package);
}

static void
on_text(void *arg, const char *s, size_t len)
{
	struct reader	*r = arg;

	if (r->text && !r->skip)
		(void)buf_add(&r->words, s, len);
}

static void
end_cell(struct reader *r)
{
	const char	*s = r->value != NULL ? r->value : r->words.data;
	size_t		 len = strlen(s);
	uint32_t	 n = r->cell_times < REPEAT_CELLS ? r->cell_times :
			    REPEAT_CELLS;

	/* here once, as sheet_put() would for each of them */
	while (len > 0 && strchr(" \t\r\n", s[len - 1]) != NULL)
		len--;
	if (r->skip || r->row_hidden || len == 0)
		n = 0;
	for (uint32_t i = 0; i < n; i++)
		if (!sheet_put(&r->sheet, r->row, r->column + i, r->type, s,
		    len)) {
			package_stop(r->package);
			break;
		}
	r->column += r->cell_times;
	if (r->column > SHEET_COLUMNS)
		r->column = SHEET_COLUMNS;
	r->cell = 0;
	r->text = 0;
}

static void
end_row(struct reader *r)
{
	r->row += r->row_times;
	if (r->row > SHEET_ROWS)
		r->row = SHEET_ROWS;
}

static void
on_end(void *arg, const char *name)
{
	struct reader	*r = arg;
	int		 depth = package_depth(r->package);

	if (r->cell == depth)
		end_cell(r);
	if (r->skip == depth)
		r->skip = 0;
	if (r->skip)
		return;
	if (r->text == depth)
		r->text = 0;
	if (r->table == depth) {
		sheet_lines(&r->sheet, r->out);
		r->table = 0;
		if (r->out->over)
			package_stop(r->package);
	} else if (r->table && !r->cell && is(name, "table-row")) {
		end_row(r);
	}
}

static const char *
read_content(struct reader *r)
{
	static const struct package_face face = { on_start, on_end, on_text };

	r->table = r->skip = r->text = r->cell = r->n_others = 0;
	r->n_hidden = 0;
	return package_read(r->package, "content.xml", 1, &face, r);
}

const char *
ods_read(struct arena *a, struct package *p, struct buf *out)
{
	struct reader	 r = { 0 };
	const char	*why;

	r.arena = a;
	r.package = p;
	r.out = out;
	sheet_init(&r.sheet, a);
	buf_init(&r.words, BODY_MAX);
	why = read_content(&r);
	if (why == NULL && out->len == 0 && r.n_others > 0) {
		r.examples = 1;
		why = read_content(&r);
	}
	buf_free(&r.words);
	sheet_free(&r.sheet);
	return why;
}

static void
on_manifest(void *arg, const char *name, const unsigned char **atts, int n)
{
	(void)atts;
	(void)n;
	if (is(name, "encryption-data"))
		*(int *)arg = 1;
}

int
ods_encrypted(struct package *p)
{
	static const struct package_face face = { on_manifest, NULL,
	    NULL };
	int	encrypted = 0;

	if (package_has(p, "encrypted-package"))
		return 1;
	(void)package_read(p, "META-INF/manifest.xml", 0, &face, &encrypted);
	return encrypted;
}
