#ifndef OFFICE_H
#define OFFICE_H

/*
 * office - the words of a form that came as a document of an office program,
 * unpacked within limits.
 *
 * Runs of a paragraph are joined, cells are separated by TAB, rows and
 * paragraphs by newline.  What is in spreadsheets: xlsx.h, ods.h; how little
 * a document may do here: package.h.
 */
#include <stddef.h>

#include "base/arena.h"

enum office_kind {
	OFFICE_NONE, OFFICE_DOCX, OFFICE_ODT, OFFICE_ODS, OFFICE_XLSX
};

struct office_text {
	enum office_kind kind;		/* what it turned out to be */
	const char	*text;		/* clean UTF-8; NULL: not read */
	size_t		 len;
	const char	*reason;	/* why not, one English sentence */
};

/* By file name, else by MIME type.  Either may be NULL. */
enum office_kind office_kind(const char *name, const char *type);
const char *office_name(enum office_kind);	/* "docx"; of none NULL */
/* By its name: may a form stand in this file, which is not read here? */
int	office_unread(const char *name);
/* A document may have the wrong name (通報單.xls that is an xlsx); it is read as
 * what its files are.  Kind and reason stay empty for some other archive when
 * OFFICE_NONE was asked for. */
void	office_read(struct arena *, enum office_kind, const char *bytes,
	    size_t len, struct office_text *);

#endif
