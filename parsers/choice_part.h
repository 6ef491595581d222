#ifndef CHOICE_PART_H
#define CHOICE_PART_H

/*
 * choice_part - is only a part meant?  已復原80%, 3/5已恢復, 5台已修復3台,
 * 部分功能已恢復, 除印表機外均已恢復.
 *
 * For choice_words.c only.  Texts are folded, in lower case, without blanks.
 */
#include <stddef.h>

enum part {
	PART_NONE,		/* nothing says so */
	PART_SOME,		/* not all of it, or not before a day to come */
	PART_MAYBE		/* 3/5: a share, or the fifth of March? */
};

/*
 * Of a word of len bytes at s in begin..end.  today: month * 100 + day of the
 * receipt, or 0: what stands as 11/26 is a date when it was not long ago.
 */
enum part choice_part(const char *begin, const char *s, const char *end,
	    size_t len, int today);
/* Is the text a share and nothing else: 80%, 八成, 3/5, 三分之二? */
int	choice_is_share(const char *, size_t len);
/* Where the clause of s begins. */
const char *choice_clause(const char *begin, const char *s);

#endif
