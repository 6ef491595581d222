#include "cli/table.h"

#include <stdarg.h>
#include <string.h>
#include <uniwidth.h>
#include <unistr.h>

#define FACT_WIDTH	14

/* Characters of ambiguous width (□, ①) count as one column. */
#define TABLE_ENCODING	"UTF-8"

static int
width_of(const char *s)
{
	int	w = u8_strwidth((const uint8_t *)s, TABLE_ENCODING);

	return w < 0 ? (int)strlen(s) : w;
}

static void
cells_grow(struct table *t)
{
	const char	**v;

	if (t->rows < t->cap)
		return;
	t->cap = t->cap == 0 ? 16 : t->cap * 2;
	v = arena_array(t->cli->arena, t->cap * t->cols, sizeof(*v));
	if (t->rows > 0)
		memcpy(v, t->cells, t->rows * t->cols * sizeof(*v));
	t->cells = v;
}

void
table_init(struct table *t, struct cli *cli, const char *const *headings)
{
	memset(t, 0, sizeof(*t));
	t->cli = cli;
	while (t->cols < TABLE_COLUMNS && headings[t->cols] != NULL)
		t->cols++;
	cells_grow(t);
	for (size_t i = 0; i < t->cols; i++)
		t->cells[i] = headings[i];
	t->rows = 1;
}

void
table_limit(struct table *t, size_t col, int width)
{
	t->width[col] = width;
}

/* The longest part of s that is at most width columns, with a mark. */
static const char *
cut(struct cli *cli, const char *s, int width)
{
	const char	*p = s;
	int		 w = 0, cw, n;
	ucs4_t		 c;

	if (width <= 0 || width_of(s) <= width)
		return s;
	while ((n = u8_strmbtouc(&c, (const uint8_t *)p)) > 0) {
		cw = uc_width(c, TABLE_ENCODING);
		if (w + (cw > 0 ? cw : 0) > width - 2)
			break;
		w += cw > 0 ? cw : 0;
		p += n;
	}
	return arena_printf(cli->arena, "%.*s..", (int)(p - s), s);
}

void
table_row(struct table *t, ...)
{
	va_list	ap;

	cells_grow(t);
	va_start(ap, t);
	for (size_t i = 0; i < t->cols; i++) {
		const char	*s = va_arg(ap, const char *);

		t->cells[t->rows * t->cols + i] = cut(t->cli,
		    cli_text(t->cli, s, 0), t->width[i]);
	}
	va_end(ap);
	t->rows++;
}

void
table_print(const struct table *t)
{
	int	wide[TABLE_COLUMNS] = { 0 }, w;

	for (size_t r = 0; r < t->rows; r++)
		for (size_t c = 0; c < t->cols; c++) {
			w = width_of(t->cells[r * t->cols + c]);
			if (w > wide[c])
				wide[c] = w;
		}
	for (size_t r = 0; r < t->rows; r++) {
		size_t	last = t->cols;

		/* No blanks at the end of a line. */
		while (last > 1 && *t->cells[r * t->cols + last - 1] == '\0')
			last--;
		for (size_t c = 0; c < last; c++) {
			const char	*s = t->cells[r * t->cols + c];

			(void)fputs(s, stdout);
			if (c + 1 < last)
				(void)printf("%*s", wide[c] - width_of(s) + 2,
				    "");
		}
		(void)putchar('\n');
	}
}

void
table_fact(struct cli *cli, const char *label, const char *value)
{
	const char	*s, *end;
	int		 first = 1;

	if (value == NULL || *value == '\0')
		return;
	s = cli_text(cli, value, 1);
	for (;;) {
		end = strchr(s, '\n');
		(void)printf("%-*s%.*s\n", FACT_WIDTH, first ? label : "",
		    end == NULL ? (int)strlen(s) : (int)(end - s), s);
		if (end == NULL)
			break;
		s = end + 1;
		first = 0;
	}
}
