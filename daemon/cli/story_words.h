#ifndef STORY_WORDS_H
#define STORY_WORDS_H

/*
 * story_words - how the timeline of an incident says what the journal noted.
 *
 * The words are policy-dir/letters.words: letters by their duty, and
 * policy-dir/story.words: events by their name.  An event or a letter
 * without words is told by its bare name.
 *
 * Used by: story.c, check.c.
 */
#include "cli/story.h"

struct story_words;

/* RC_REFUSED with file:line, what was found and what was expected. */
enum rc	story_words_load(const char *dir, struct story_words **, struct err *);
void	story_words_free(struct story_words **);

/* "acknowledgment" for "ack"; words may be NULL. */
const char *story_letter(const struct cli *, const struct story_words *,
	    const char *duty);
/* A row of the journal in a sentence; words may be NULL. */
const char *story_event(struct cli *, const struct story *,
	    const struct story_words *, const struct journal_row *);
/* The label of a role in the configuration, or its name. */
const char *story_role(const struct cli *, const char *role);

#endif
