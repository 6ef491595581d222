#ifndef XLSX_H
#define XLSX_H

/*
 * xlsx - the rows of a workbook of Excel, LibreOffice, WPS and their like.
 *
 * What the sender saw is read: the sheets that are not hidden, without hidden
 * rows and columns, the results that formulas had when it was saved, dates by
 * their number formats.  Left out are the readings above characters, comments
 * and what stands under a merged cell.  Sheets that call themselves examples
 * are read only where there are no others.  Links out of the workbook and
 * macros are not looked at.
 */
#include "base/arena.h"
#include "base/buf.h"

struct package;

/* Rows to out; NULL, or why they could not be read: one English sentence. */
const char *xlsx_read(struct arena *, struct package *, struct buf *out);

#endif
