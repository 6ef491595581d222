#ifndef CHOICE_H
#define CHOICE_H

/*
 * choice - ticks, levels and words of a fixed set.
 *
 * The words are data: the sets of parsers/forms/choices.form (form.h).
 */
#include <stddef.h>

#include "base/arena.h"

#define CHOICE_OPTIONS	32		/* of one text */

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

/* A word that stands for one value. */
struct choice_word {
	const char	*word;		/* folded, lower case, no blanks */
	const char	*value;
	int		 weak;		/* counts only where no other word does */
};

struct choice_set {
	const char	*name;
	struct choice_word *words;	/* longest first */
	size_t		 n_words;
	const char	**negators;	/* 尚未 未 無法 not */
	size_t		 n_negators;
	const char	*negated;	/* value of a negated word that has none */
};

/*
 * The value a text stands for: of the one option that is ticked, else of the
 * words in it.  NULL: none, or two that differ; *why (may be NULL) says which.
 */
const char *choice_read(struct arena *, const struct choice_set *,
	    const char *text, const char **why);

/* 1..4, or 0: none, a range (2級以上), or two ticked. */
int	level_read(struct arena *, const char *text, const char **why);

#endif
