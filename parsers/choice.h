#ifndef CHOICE_H
#define CHOICE_H

/*
 * choice - ticks, levels and words of a fixed set.
 *
 * The words are data: the sets of parsers/forms/choices.form (form.h).
 */
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

#define CHOICE_OPTIONS	32		/* of one text */
#define CHOICE_HEADS	256		/* hashes of a first character */

enum tick {
	TICK_NONE,		/* no mark before it */
	TICK_EMPTY,		/* □ [ ] ( ) ○ */
	TICK_MARKED		/* ■ ☑ V ● [x] */
};

/* One option of a text with ticks: what stands after its mark. */
struct choice_option {
	enum tick	 tick;
	const char	*text;		/* folded, not terminated */
	size_t		 len;
};

/* Cut a folded text at its ticks; what stands before the first is left out. */
size_t	choice_ticks(const char *folded, size_t len,
	    struct choice_option out[CHOICE_OPTIONS]);

/* Bytes of the box at s, which may be ticked: ■ □ ☑, or 0.  A lone V or [x]
 * is none here. */
size_t	choice_box_at(const char *begin, const char *s, const char *end);
/* Is there a box in the text, or brackets to tick in? */
int	choice_has_box(const char *folded, size_t len);

/* A word that stands for a value. */
struct choice_word {
	const char	*word;		/* folded, lower case, no blanks */
	size_t		 len;
	const char	*value;		/* "": the word only hides shorter ones */
	const char	*negated;	/* value after 尚未, 無法, not; or NULL */
	int		 rank;		/* the higher rank wins */
	int		 bare;		/* 恢復: undone by 安排 before it, too */
	size_t		 next;		/* word of its head, as in heads */
	int		 bad;		/* 故障: only a negator undoes it */
	int		 parts;		/* 修復: may be done of a part only */
	/* 主機處理中 beside 網路已恢復: the values that it keeps from being
	 * so, closed by NULL */
	const char *const *outlasts;
	/* where it says nothing; longest first, closed by NULL */
	const char *const *unless;	/* 您的, 來函: before 轉交 in its clause */
	const char *const *not_behind;	/* 取消: right before 結案 */
	const char *const *not_before;	/* 待命: right behind 仍在 */
	const char *const *then;	/* 了, 供電: 恢復 says nothing before other
					   ideographs; none: all may stand */
};

/* The lists of a set, by the name that they have in the file, too. */
#define CHOICE_LISTS(X)							\
	X(negators) X(no_negators) X(fillers) X(undone) X(planned) X(told)	\
	X(times) X(trials) X(ahead) X(topics) X(aspects) X(corrections)		\
	X(taken_back) X(mistaken) X(earlier) X(still) X(heard) X(tells) X(elsewhere)

struct choice_set {
	const char	*name;
	struct choice_word *words;	/* longest first */
	size_t		 n_words;
	size_t		 heads[CHOICE_HEADS];	/* the first of each: its index
						   + 1, 0: none */
	/* longest first, closed by NULL */
	const char *const *negators;	/* 尚未 未 無法 not */
	const char *const *no_negators;	/* 供應於, that only ends like 應於 */
	const char *const *trials;	/* 測試環境: a negator, too; and nothing of a
					   case of which the same was said */
	const char *const *fillers;	/* 完全 全部: between negator and word */
	const char *const *undone;	/* 失敗 進度 前: behind a word */
	const char *const *planned;	/* 安排 著手: in the clause of a bare word */
	const char *const *elsewhere;	/* 交通, 天氣: no incident is of these */
	const char *const *told;	/* 承諾 視為: in the clause of a word */
	const char *const *topics;	/* 主機, 結果: what an answer without a
					   label tells of before a colon; none:
					   all may stand there */
	const char *const *aspects;	/* 狀況, 結果: of the topic before them */
	const char *const *heard;	/* 據 and */
	const char *const *tells;	/* 表示: open, end the clause before another's
					   words */
	/* in the lines below an answer: form_recant.c */
	const char *const *corrections;	/* 更正: at their head, or before a colon */
	const char *const *taken_back;	/* 打錯, 請忽略 */
	const char *const *mistaken;	/* 打錯: so behind it in its line, too */
	const char *const *earlier;	/* 前次, 原填: it was another that was wrong */
	const char *const *still;	/* 仍, 又: it goes on */
	const char *const *ahead;	/* 今晚 近日: opens a clause on a
					   deed to come */
	const char *const *times;	/* 下班 月底: beside dates, by which a deed is
					   to be done; none: no deeds */
};

/* Fill heads once the words stand in their order. */
void	choice_index(struct choice_set *);

/*
 * The value a text stands for: of the one option that is ticked, else of the
 * words in it, what stands outside brackets first.  NULL: none, or two of
 * one rank that differ; *why (may be NULL) says which.  ref: the receipt, or
 * TIME_NONE, tells 11/26 from three of five (3/5); zone: seconds east of UTC.
 */
const char *choice_read(struct arena *, const struct choice_set *,
	    const char *text, int64_t ref, int zone, const char **why);

/* Is the text, in lower case and without blanks, one word of the set? */
int	choice_is_word(const struct choice_set *, const char *dense);

/* Does the value end what is wrong, as 已恢復 and 結案 do, not 處理中? */
int	choice_ends(const struct choice_set *, const char *value);

/* Does a word of the text outlast the value by itself: 仍發現病毒 a closed? */
int	choice_outlasts(const struct choice_set *, const char *dense,
	    const char *value);

/* The values that the words name, whether or not they say that it is so: 可以
 * 結案嗎, 廠商說已修復; how many.  0: none, or more, which are a list to choose
 * from.  ends: only what closes or reopens a case counts. */
#define CHOICE_NAMED	2
size_t	choice_named(struct arena *, const struct choice_set *,
	    const char *text, int ends, const char *out[CHOICE_NAMED]);

/* May the value, read in the text, stand without a label?  Not by words of
 * rank 0: 無法開機 says 處理中 behind 狀態： only. */
int	choice_stands(const struct choice_set *, const char *dense,
	    const char *value);

/* 1..4, or 0: none, a range (2級以上), or two that differ. */
int	level_read(struct arena *, const char *text, const char **why);
/* The levels that the words name, 1 << each, whether or not they set them: 兩案
 * 均為2級, 可能是3級.  0: none, or what reads as a list of them. */
unsigned	level_named(struct arena *, const char *text);

#endif
