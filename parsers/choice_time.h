#ifndef CHOICE_TIME_H
#define CHOICE_TIME_H

/*
 * choice_time - is the time of a deed still to come?  月底前恢復, 今晚恢復,
 * 約需一小時恢復.
 *
 * For choice_words.c and form_lone.c.  Texts are folded, in lower case, without blanks.
 */
#include "parsers/choice.h"

/* Bytes of a date or time, or of a span, that ends at s; 0: none. */
size_t	choice_date_before(const char *begin, const char *s);
size_t	choice_span_before(const char *begin, const char *s);
/* Does what ends at s say by when?  Not of what looks back. */
int	choice_deadline(const struct choice_set *, const char *begin,
	    const char *s);
/* Does a time to come open the clause of the word of len bytes at s, which
 * nothing there says is done? */
int	choice_ahead(const struct choice_set *, const char *begin,
	    const char *s, size_t len, const char *end);

#endif
