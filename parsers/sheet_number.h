#ifndef SHEET_NUMBER_H
#define SHEET_NUMBER_H

/*
 * sheet_number - what a cell shows that holds a number: xlsx keeps dates as
 * days since an epoch, and telephone numbers without the 0 that their format
 * writes.
 *
 * A date becomes 2007-05-31 09:10 whatever way the sheet writes it (96/5/31),
 * since only the format knows which calendar that is.
 */
#include <stddef.h>

#include "base/buf.h"
#include "parsers/sheet.h"

/* The format with this number where the file brings none of its own; NULL
 * when it is none of those. */
const char *sheet_format(long id);
/* Adds what stands in the cell.  code may be NULL: no format. */
enum sheet_type sheet_number(struct buf *, const char *value, size_t len,
	    const char *code, int since_1904);

#endif
