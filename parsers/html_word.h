#ifndef HTML_WORD_H
#define HTML_WORD_H

/*
 * html_word - what Word writes that is no HTML, or that our parser misreads.
 *
 * Word writes <![if !supportLists]> outside of comments, which the parser
 * would show as text.  Comments go with them: the styles of a page of Word,
 * which are longer than its words, are one.  So does the element that Word
 * leaves empty at the end of each paragraph and HTML does not know.
 *
 * It also strikes out whole paragraphs by <s> or <strike>, both of which the
 * parser ends where a paragraph begins; <del> it keeps to its own end.
 *
 * In: a page, of *len bytes.  Out: it, or a copy in the arena, which ends with
 * NUL; *len is set.
 */
#include <stddef.h>

#include "base/arena.h"

const char *html_tidy(struct arena *, const char *s, size_t *len);

#endif
