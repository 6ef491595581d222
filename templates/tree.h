#ifndef TREE_H
#define TREE_H

/*
 * tree - a Mustache template's text as a tree of nodes.
 *
 * Used by: render.c alone.  Everything lies in the arena, and the nodes point
 * into the text, which must live as long.
 */
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

enum node_kind { N_TEXT, N_ESCAPED, N_RAW, N_SECTION, N_INVERTED, N_PARTIAL };

struct node {
	enum node_kind	 kind;
	int		 line;
	const char	*s;		/* the text, or the tag's name */
	size_t		 len;
	const char	*indent;	/* of a partial that stands alone */
	size_t		 indent_len;
	struct node	*child, *next;
};

/* RC_REFUSED with "name:line: found, expected". */
enum rc	tree_parse(const char *name, const char *src, struct arena *,
	    struct node **, struct err *);

#endif
