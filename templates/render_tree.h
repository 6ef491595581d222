#ifndef RENDER_TREE_H
#define RENDER_TREE_H

/*
 * render_tree - a template that was parsed before, written over a datum.
 *
 * Used by: render.c, templates.c; others see render.h.
 */
#include "base/datum.h"
#include "templates/render.h"
#include "templates/tree.h"

/* partial is asked only for what no node knows (node.into). */
enum rc	render_tree(const char *name, const struct node *, struct datum *,
	    enum render_escape, render_partial *, void *, struct arena *,
	    struct buf *out, struct err *);
/* A tag the template uses: kind '#', '^', '&', '>' or 'v'. */
typedef void render_tag(void *, char kind, const char *name, int line);
/* Calls tag() for each tag of a tree; names are made in the arena. */
void	render_tree_tags(const struct node *, struct arena *, render_tag *,
	    void *arg);

#endif
