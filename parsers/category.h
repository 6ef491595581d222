#ifndef CATEGORY_H
#define CATEGORY_H

/*
 * category - which kind of incident it is, and who said so. R30
 */
#include "base/arena.h"
#include "parsers/parse.h"

/*
 * Ticked or stated in a field > keyword in the description, the subject or,
 * without a form, the own text > none.  Fills category and category_source
 * ("stated", "keyword"; both NULL: none) and field "category" when stated.
 */
void	category_judge(const struct parse_conf *, struct arena *,
	    struct report *);
/* The same for one text; *source is "stated", "keyword" or NULL. */
const char *category_read(const struct parse_conf *, struct arena *,
	    const char *text, const char **source);

#endif
