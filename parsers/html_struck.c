/*
 * html_struck - what is struck out is written like all words, and taken back
 * where its element ends.
 */
#include "parsers/html_walk.h"

#include <string.h>
#include <strings.h>

#define END_TAG_MAX	64

void
html_open_struck(struct walk *w)
{
	w->struck = (struct struck){ .depth = w->depth, .before = w->at,
	    .from = w->out.len, .n_dyed = w->n_dyed };
}

void
html_end_struck_line(struct walk *w)
{
	if (w->struck.depth == 0 || w->struck.line_over)
		return;
	w->struck.line = w->out.len;
	w->struck.line_over = 1;
}

/* Was the element of this name, that ends, closed by a tag of its own? */
static int
is_closed(const struct walk *w, const char *name)
{
	const char	*cur = (const char *)w->ctxt->input->cur;
	const char	*base = (const char *)w->ctxt->input->base, *tag;
	size_t		 n = strlen(name);

	if (cur - base > END_TAG_MAX)
		base = cur - END_TAG_MAX;
	tag = memrchr(base, '<', (size_t)(cur - base));
	return tag != NULL && (size_t)(cur - tag) > n + 2 && tag[1] == '/' &&
	    strncasecmp(tag + 2, name, n) == 0;
}

/* Forget the colours of the words behind the first len bytes. */
static void
undye(struct walk *w, size_t n_dyed, size_t len)
{
	struct html_span	*last = &w->dyed[n_dyed];

	for (size_t i = n_dyed + 1; i <= w->n_dyed && i < DYED_MAX; i++)
		w->dyed[i] = (struct html_span){ 0, 0 };
	w->n_dyed = n_dyed;
	if (n_dyed < DYED_MAX && last->from >= len)
		*last = (struct html_span){ 0, 0 };
}

/*
 * Take back what was struck out.  <s> that nobody closed goes to the end of
 * the element it is in, and would take a form with it: its line is enough.
 */
void
html_close_struck(struct walk *w, const char *name, enum html_act act)
{
	const struct struck	 s = w->struck;
	int			 inlined = act == ACT_NONE ||
				    act == ACT_STRUCK || act == ACT_LINK;

	w->struck.depth = 0;
	w->left_out = 1;
	if (s.line_over && inlined && !is_closed(w, name)) {
		memmove(w->out.data + s.from, w->out.data + s.line,
		    w->out.len - s.line);
		buf_cut(&w->out, s.from + w->out.len - s.line);
		w->moved = 1;
	} else {
		buf_cut(&w->out, s.from);
		w->at = s.before;
		undye(w, s.n_dyed, s.from);
	}
}
