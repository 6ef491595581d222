#ifndef CELL_H
#define CELL_H

/*
 * cell - the label in a cell that is too narrow for it, for html.c,
 * office.c and sheet.c.
 *
 * 設備及系統 and below it 受損情況 are one label.  Lines that a table breaks it
 * into are joined when the cell beside it begins: a line alone may be the
 * label of another field, and its rest would be the value.
 */
#include <stddef.h>

#include "base/buf.h"

/* Does a cell with this number in its row, from 1, hold labels? */
int	cell_may_label(int cell);
/* The cell holds the bytes behind from.  1: its lines were joined, and what
 * stood behind them has moved. */
int	cell_unwrap(struct buf *, size_t from);

#endif
