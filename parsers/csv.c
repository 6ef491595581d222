#include "parsers/csv.h"

#include <string.h>

#include "parsers/limits.h"
#include "parsers/sheet.h"

#define LOOK_AT		4096		/* bytes in which marks are counted */

/* What parts the cells: of the marks outside of quotes the most frequent. */
static char
find_mark(const char *s)
{
	static const char marks[] = "\t,;";
	size_t	count[sizeof(marks) - 1] = { 0 }, best = 0;
	int	quoted = 0;

	for (size_t i = 0; s[i] != '\0' && i < LOOK_AT; i++) {
		const char	*mark = strchr(marks, s[i]);

		quoted ^= s[i] == '"';
		if (mark != NULL && !quoted)
			count[mark - marks]++;
	}
	for (size_t i = 1; i < sizeof(marks) - 1; i++)
		if (count[i] > count[best])
			best = i;
	return marks[best];
}

/* One cell from s to the mark or newline behind it, without its quotes; of
 * ="0912345678", which keeps the 0, what stands in them. */
static const char *
read_cell(const char *s, char mark, struct buf *cell)
{
	int	quoted;

	buf_reset(cell);
	if (s[0] == '=' && s[1] == '"')
		s++;
	quoted = *s == '"';
	if (quoted)
		s++;
	for (; *s != '\0'; s++) {
		if (quoted && *s == '"') {
			if (s[1] != '"') {
				quoted = 0;
				continue;
			}
			s++;
		} else if (!quoted && (*s == mark || *s == '\n')) {
			break;
		}
		(void)buf_putc(cell, *s);
	}
	return s;
}

void
csv_read(struct arena *a, const char *text, struct buf *out)
{
	static const char bom[] = "\xef\xbb\xbf";
	char		 mark;
	struct sheet	 sheet;
	struct buf	 cell;
	uint32_t	 row = 0, column = 0;

	if (strncmp(text, bom, sizeof(bom) - 1) == 0)
		text += sizeof(bom) - 1;
	mark = find_mark(text);
	sheet_init(&sheet, a);
	buf_init(&cell, BODY_MAX);
	while (*text != '\0') {
		text = read_cell(text, mark, &cell);
		if (!sheet_put(&sheet, row, column, SHEET_WORDS, cell.data,
		    cell.len))
			break;
		column++;
		if (*text == '\n') {
			row++;
			column = 0;
		}
		text += *text != '\0';
	}
	sheet_lines(&sheet, out);
	buf_free(&cell);
	sheet_free(&sheet);
}
