#ifndef HTML_WORD_H
#define HTML_WORD_H

/*
 * html_word - what Word writes that is no HTML.
 *
 * Word writes <![if !supportLists]> outside of comments, which the parser
 * would show as text.  Comments go with them: the styles of a page of Word,
 * which are longer than its words, are one.  So does the element that Word
 * leaves empty at the end of each paragraph and HTML does not know.
 *
 * In: a page, of *len bytes.  Out: it, or a copy in the arena, which ends with
 * NUL; *len is set.
 */
#include <stddef.h>

#include "base/arena.h"

const char *html_without_conditions(struct arena *, const char *s,
	    size_t *len);

#endif
