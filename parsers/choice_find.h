#ifndef CHOICE_FIND_H
#define CHOICE_FIND_H

/*
 * choice_find - the words of a set in a text.
 *
 * For choice_words.c only.
 */
#include "parsers/choice.h"

/* Lower case and without blanks: words are compared so. */
char	*choice_dense(struct arena *, const char *s, size_t len, size_t *n);
/* The longest word at s, or NULL. */
const struct choice_word *choice_word_at(const struct choice_set *,
	    const char *s, const char *end);
/* Is it but a part of a Latin word: "ok" of "token"? */
int	choice_inside_latin(const char *begin, const char *s, const char *end,
	    const struct choice_word *);

#endif
