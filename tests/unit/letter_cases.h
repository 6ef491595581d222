#ifndef LETTER_CASES_H
#define LETTER_CASES_H

/*
 * letter_cases - every letter, to every addressee it is for, at some stage of
 * an incident's life.
 */
#include <stddef.h>

enum stage { OPENED, LATE, DISASTER, GAPS, WORKING, RECOVERED, CLOSED,
	    FALSE, HANDED, HANDED_ENDED, PART, HOUSE };

struct letter {
	const char	*duty, *role;
	enum stage	 stage;
	const char	*extra;		/* JSON: the duty's data, or NULL */
};

extern const struct letter	letters[];
extern const size_t		n_letters;

#endif
