#ifndef REPLY_WORD_H
#define REPLY_WORD_H

/*
 * reply_word - words in a folded line, whatever their case; lists end with
 * NULL.  For reply_line.c and reply_sign.c only.
 */
#include <stddef.h>
#include <string.h>

static inline char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Words are in lower case.  Most lines differ in the first byte. */
static inline size_t
starts(const char *s, size_t len, const char *word)
{
	size_t	n = 0;

	for (; word[n] != '\0'; n++)
		if (n == len || lower(s[n]) != word[n])
			return 0;
	return n;
}

static inline size_t
starts_any(const char *s, size_t len, const char *const *words)
{
	size_t	n;

	for (; *words != NULL; words++)
		if ((n = starts(s, len, *words)) > 0)
			return n;
	return 0;
}

static inline int
contains(const char *s, size_t len, const char *word)
{
	return memmem(s, len, word, strlen(word)) != NULL;
}

static inline int
contains_any(const char *s, size_t len, const char *const *words)
{
	for (; *words != NULL; words++)
		if (contains(s, len, *words))
			return 1;
	return 0;
}

/* Only -, =, _, *, ~ and blanks around the words of a separator. */
static inline size_t
rule_length(const char *s, size_t len)
{
	size_t	n = 0;

	while (n < len && strchr("-=_*~ ", s[n]) != NULL)
		n++;
	return n;
}

#endif
