#ifndef CHOICE_MEANING_H
#define CHOICE_MEANING_H

/*
 * choice_meaning - what a word of a set says where it stands: 已復原, and not
 * 尚未復原, 若修復再通知, 復原失敗, 廠商承諾修復, 「已復原」是誤填.
 *
 * For choice_words.c only.
 */
#include "parsers/choice.h"

/* What is read: folded, in lower case, without blanks. */
struct words {
	const struct choice_set *set;
	const char	*begin, *end;
	int		 today;		/* as choice_part() takes it */
};

/* Of the word at s: its value, its negated one, or NULL: nothing. */
const char *choice_meaning(const struct words *, const struct choice_word *,
	    const char *s);

/* The value of which the word at s speaks, though it may be denied, asked for,
 * supposed or another's word; NULL: it is not said of a case. */
const char *choice_spoken(const struct words *, const struct choice_word *,
	    const char *s);

#endif
