#ifndef LEVEL_TICK_H
#define LEVEL_TICK_H

/*
 * level_tick - the level of the one option that is ticked.  For level.c only.
 */
#include <stddef.h>

#include "base/arena.h"
#include "parsers/choice.h"
#include "parsers/text.h"

/* Of n options in the text the one with the number hit. */
int	level_of_tick(struct arena *, const struct folded *,
	    const struct choice_option *, size_t n, size_t hit,
	    const char **why);

/* level.c: of folded words without ticks, 0: none, and *why, which is
 * level_two when there are two. */
int	level_of_words(struct arena *, const char *, size_t len,
	    const char **why);
extern const char level_two[];

#endif
