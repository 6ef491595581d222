#ifndef REPLY_WORD_H
#define REPLY_WORD_H

/*
 * reply_word - words in a folded line, whatever their case; lists end with
 * NULL.  For the files of reply only.
 *
 * In: len bytes of a line; words in lower case.
 */
#include <stddef.h>

char	line_lower(char);		/* ASCII */
/* The bytes of the word that it starts with; 0: it does not. */
size_t	line_starts(const char *s, size_t len, const char *word);
size_t	line_starts_any(const char *s, size_t len, const char *const *words);
/* To the letter, anywhere in it? */
int	line_has(const char *s, size_t len, const char *word);
int	line_has_any(const char *s, size_t len, const char *const *words);
/* How many -, =, _, *, ~ and blanks there are around the words of a
 * separator, at the head of s. */
size_t	line_rule(const char *s, size_t len);

#endif
