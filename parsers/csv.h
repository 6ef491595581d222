#ifndef CSV_H
#define CSV_H

/*
 * csv - the rows of a spreadsheet that was saved as text, with commas, TABs
 * or semicolons, as a table of sheet.c.
 */
#include "base/arena.h"
#include "base/buf.h"

/* text: clean UTF-8. */
void	csv_read(struct arena *, const char *text, struct buf *out);

#endif
