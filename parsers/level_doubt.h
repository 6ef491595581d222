#ifndef LEVEL_DOUBT_H
#define LEVEL_DOUBT_H

/*
 * level_doubt - is a level set, or only supposed, asked for or guessed?
 *
 * For level.c only.  The text is folded, in lower case and without blanks; s
 * is where the number and its label begin (before) or end (behind).  All
 * return a truth value.
 */
#include <stddef.h>

/* 若擴大則升為3級, 請勿改為3級, 比照3級: what stands before takes it back. */
int	level_supposed(const char *begin, const char *s);
/* 可能3級, 大概是3級, probably 3: no more than a guess; *or: 2級或可能3級. */
int	level_guessed(const char *begin, const char *s, int *or);
/* 3級?  是3級嗎 */
int	level_asked(const char *s, const char *end);
/* 3級(待確認), 3級吧, 3 (tbc): the one who wrote it is not sure. */
int	level_doubted(const char *s, const char *end);
/* 3級處理原則, 3級事件通報程序: what the house does at a level; s behind 級. */
int	level_of_rule(const char *s, const char *end);
/* log level 3, 弱點等級3, level 2 support: of what no incident is? */
int	level_of_something(const char *begin, const char *s,
	    const char *behind, const char *end);
/* 震度4級, 三級古蹟, 哪一級: is the number v at s, n bytes, of another scale? */
int	level_of_another_scale(const char *begin, const char *s,
	    const char *end, size_t n, int v);

#endif
