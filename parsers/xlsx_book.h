#ifndef XLSX_BOOK_H
#define XLSX_BOOK_H

/*
 * xlsx_book - what the sheets of a workbook share: where they stand, their
 * strings and number formats.  For xlsx.c only.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "parsers/sheet.h"

struct package;

#define BOOK_LINKS	256u
#define BOOK_FORMATS	1024u		/* of its own */
#define BOOK_STYLES	16384u
#define BOOK_STRINGS	262144u

struct book_link {			/* of xl/_rels/workbook.xml.rels */
	const char	*id, *type, *target;
};

struct book_format {
	long		 id;
	const char	*code;
};

struct book_style {			/* how the cells of a kind look */
	long		 format;
	int		 box;		/* TRUE and FALSE are tick boxes */
};

struct book {
	struct arena	*arena;
	struct package	*package;
	const char	*path;		/* "xl/workbook.xml" */
	int		 since_1904;
	struct book_link *links;	size_t n_links;
	const char	**sheets;	size_t n_sheets;  /* their files */
	struct book_format *formats;	size_t n_formats;
	struct book_style *styles;	size_t n_styles;
	struct buf	 strings;
	uint32_t	*ends;		size_t n_strings; /* of each string */
};

/* NULL, or why it cannot be read.  The strings want buf_free(). */
const char *book_read(struct book *, struct arena *, struct package *);
/* The file that another one names as its link of a type, or NULL. */
const char *book_linked(struct book *, const char *file, const char *type);
/* The format of a style, NULL when it has none that counts; *box as above. */
const char *book_format(const struct book *, long style, int *box);
/* _x000D_ is how a cell spells what XML cannot hold. */
void	book_unescape(struct buf *, const char *, size_t len);

#endif
