#ifndef ODS_H
#define ODS_H

/*
 * ods - the rows of a spreadsheet of LibreOffice, OpenOffice or Gnumeric.
 *
 * What is read and what not: as in xlsx.h.  Cells and rows that are repeated,
 * by the thousands at the end of each sheet, are counted and not made.
 */
#include "base/arena.h"
#include "base/buf.h"

struct package;

/* Rows to out; NULL, or why they could not be read: one English sentence. */
const char *ods_read(struct arena *, struct package *, struct buf *out);
/* Does a document of these programs, odt too, want a password? */
int	ods_encrypted(struct package *);

#endif
