#ifndef WORDS_H
#define WORDS_H

/*
 * words - does a text begin or end with one of some words?
 *
 * Lists end with NULL; the first word that fits counts, so the longer ones
 * stand first where the length matters.  All return its bytes, or 0.
 */
#include <stddef.h>
#include <string.h>

/* Inside a character of several bytes no word begins. */
static inline int
word_inside(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* Of ASCII, whatever the locale. */
static inline int
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline size_t
word_starts(const char *s, const char *end, const char *word)
{
	size_t	n = 0;

	for (; word[n] != '\0'; n++)
		if (s + n >= end || s[n] != word[n])
			return 0;
	return n;
}

static inline size_t
words_start(const char *s, const char *end, const char *const *words)
{
	size_t	n;

	for (; *words != NULL; words++)
		if ((n = word_starts(s, end, *words)) > 0)
			return n;
	return 0;
}

/* Does the text from begin up to s end with one? */
static inline size_t
words_end(const char *begin, const char *s, const char *const *words)
{
	for (; *words != NULL; words++) {
		size_t	n = strlen(*words);

		if (n > 0 && n <= (size_t)(s - begin) &&
		    s[-1] == (*words)[n - 1] && memcmp(s - n, *words, n) == 0)
			return n;
	}
	return 0;
}

#endif
