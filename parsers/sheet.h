#ifndef SHEET_H
#define SHEET_H

/*
 * sheet - one sheet of a spreadsheet, as the rows of a table that the forms
 * are read from: cells parted by TAB, rows by newline.
 *
 * A spreadsheet is no table: it has margins of empty columns, cells merged
 * over a grid of narrow ones, and a date with a cell for each of its numbers.
 * Here it becomes what the same form is in a text document.
 *
 * Used by: xlsx.c, ods.c, csv.c.
 * Promise: SHEET_CELLS cells and BODY_MAX bytes of them at most; what goes
 *          beyond is left out.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"

#define SHEET_ROWS	1048576u
#define SHEET_COLUMNS	16384u
#define SHEET_CELLS	32768u		/* with words in them */
#define SHEET_USED	512u		/* columns with words in them */
#define SHEET_SPANS	4096u
#define SHEET_SHEETS	16u		/* sheets of one document */

enum sheet_type { SHEET_WORDS, SHEET_DATE, SHEET_TIME, SHEET_BOX };

struct sheet_cell {
	uint32_t	 row, column;	/* from 0 */
	uint32_t	 at, len;	/* of its words */
	enum sheet_type	 type;		/* a day, a time of day, boxes that
					   lay on it, or else */
};

struct sheet_span {
	uint32_t	 row, last_row, column, last_column;
};

struct sheet {
	struct arena	*arena;
	struct buf	 words;
	struct sheet_cell *cells;	size_t n_cells, room_cells;
	struct sheet_span *spans;	size_t n_spans, room_spans;
	unsigned char	 hidden[SHEET_COLUMNS];
};

void	sheet_init(struct sheet *, struct arena *);
void	sheet_free(struct sheet *);
void	sheet_forget(struct sheet *);	/* ready for the next one */
/* Is it a column that somebody sees? */
int	sheet_shows(const struct sheet *, uint32_t column);
/* Words of a cell; 0: there is no more room. */
int	sheet_put(struct sheet *, uint32_t row, uint32_t column,
	    enum sheet_type, const char *, size_t len);
/* A tick box that lies on the cell, with its words; beside: in one row with the
 * box before it.  When all cells and merged ones are there. */
void	sheet_box(struct sheet *, uint32_t row, uint32_t column, int ticked,
	    const char *words, int beside);
/* Cells merged into the first of them, and columns that nobody sees. */
void	sheet_span(struct sheet *, const struct sheet_span *);
void	sheet_hide(struct sheet *, uint32_t column, uint32_t last_column);
/* Its rows, behind a blank line when others stand there. */
void	sheet_lines(struct sheet *, struct buf *out);
/* Does its name say that it is an example of a form, filled in? */
int	sheet_is_example(const char *name, size_t len);

#endif
