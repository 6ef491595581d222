#ifndef TREE_H
#define TREE_H

/*
 * tree - a Mustache template's text as a tree of nodes.
 *
 * Used by: render.c, templates.c.  Everything lies in the arena, and the nodes point
 * into the text, which must live as long.  A tag's name is taken apart and
 * hashed here, once, so that rendering only compares.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/datum.h"
#include "base/err.h"

enum node_kind { N_TEXT, N_ESCAPED, N_RAW, N_SECTION, N_INVERTED, N_PARTIAL };

struct node {
	enum node_kind	 kind;
	int		 line;
	const char	*s;		/* the text, or the tag's name */
	size_t		 len;
	const char	*indent;	/* of a partial that stands alone */
	size_t		 indent_len;
	struct datum_key *part;		/* of "a.b.c" */
	unsigned	 n_parts;
	int		 here;		/* begins with '.': current context */
	/* Of a partial, set after parsing by whoever knows it; or NULL. */
	const char	*into_name;
	const struct node *into;
	struct node	*child, *next;
};

/* RC_REFUSED with "name:line: found, expected". */
enum rc	tree_parse(const char *name, const char *src, struct arena *,
	    struct node **, struct err *);

#endif
