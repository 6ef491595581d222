#ifndef XLSX_BOX_H
#define XLSX_BOX_H

/*
 * xlsx_box - the tick boxes that lie on a sheet (form controls), which Excel
 * keeps in a drawing and not in cells.  For xlsx.c only.
 *
 * A box becomes ☑ or □ with its words in the cell that its left
 * side lies on.
 */
#include "parsers/sheet.h"
#include "parsers/xlsx_book.h"

#define SIZED_ROWS	1024u
#define SIZED_COLUMNS	256u

/* How large rows and columns are, in pixels. */
struct xlsx_sizes {
	uint16_t	 row[SIZED_ROWS], column[SIZED_COLUMNS];
};

/* All as large as each other; 0: as new sheets have them. */
void	xlsx_sizes_rows(struct xlsx_sizes *, uint16_t height);
void	xlsx_sizes_columns(struct xlsx_sizes *, uint16_t width);
/* Those of the sheet in this file, into its cells.  A drawing that cannot be
 * read has none. */
void	xlsx_boxes(struct book *, const char *file, const struct xlsx_sizes *,
	    struct sheet *);

#endif
