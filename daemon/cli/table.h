#ifndef TABLE_H
#define TABLE_H

/*
 * table - rows and columns that line up, in Chinese too.
 *
 * Widths are those of a terminal (a Han character is two columns wide); cells
 * are made safe by cli_text().  No colours.
 */
#include "cli/cli.h"

#define TABLE_COLUMNS	12

struct table {
	struct cli	 *cli;
	size_t		  cols, rows, cap;
	const char	**cells;	/* rows * cols, in cli's arena */
	int		  width[TABLE_COLUMNS];	/* most columns of each; the
						   last one is never cut */
};

/* headings: NULL-terminated. */
void	table_init(struct table *, struct cli *, const char *const *headings);
/* Cut cells of a column at this width (0: never). */
void	table_limit(struct table *, size_t col, int width);
/* As many cells as there are headings; NULL is an empty one. */
void	table_row(struct table *, ...);
void	table_print(const struct table *);
/* "label:   value" lines for one thing; no line when value is empty. */
void	table_fact(struct cli *, const char *label, const char *value);

#endif
