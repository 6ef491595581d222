#ifndef CHOICE_WORDS_H
#define CHOICE_WORDS_H

/*
 * choice_words - the value that the words of a text stand for.
 *
 * For choice.c only.  The text is folded; NULL when no word of the
 * set stands in it or two contradict each other, *why says which.
 */
#include "parsers/choice.h"

struct choice_text {
	const char	*s;
	size_t		 len;
	int		 today;		/* as choice_part() takes it */
};

const char *choice_words(struct arena *, const struct choice_set *,
	    const struct choice_text *, const char **why);

#endif
