#include "parsers/reply_word.h"

#include <limits.h>
#include <string.h>

char
line_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

size_t
line_starts(const char *s, size_t len, const char *word)
{
	size_t	n = 0;

	for (; word[n] != '\0'; n++)
		if (n == len || line_lower(s[n]) != word[n])
			return 0;
	return n;
}

size_t
line_starts_any(const char *s, size_t len, const char *const *words)
{
	char	first = len > 0 ? line_lower(*s) : '\0';
	size_t	n;

	for (; *words != NULL; words++)		/* most differ in that */
		if (**words == first && (n = line_starts(s, len, *words)) > 0)
			return n;
	return 0;
}

int
line_has(const char *s, size_t len, const char *word)
{
	return memmem(s, len, word, strlen(word)) != NULL;
}

/* Does the word stand at s? */
static int
stands_at(const char *s, size_t len, const char *word)
{
	size_t	n = 0;

	while (word[n] != '\0' && n < len && s[n] == word[n])
		n++;
	return word[n] == '\0';
}

/* Of the three bytes of a Chinese character the last tells most. */
static unsigned char
telling(const char *s, size_t len)
{
	return (unsigned char)((unsigned char)*s >= 0xe0 && len > 2 ? s[2] :
	    *s);
}

/* At most characters no word begins: one look at each for all the words. */
int
line_has_any(const char *s, size_t len, const char *const *words)
{
	unsigned char	begins[UCHAR_MAX + 1] = { 0 };

	for (size_t k = 0; words[k] != NULL; k++)
		begins[telling(words[k], strlen(words[k]))] = 1;
	for (size_t i = 0; i < len; i++) {
		if (((unsigned char)s[i] & 0xc0) == 0x80 ||
		    !begins[telling(s + i, len - i)])
			continue;
		for (size_t k = 0; words[k] != NULL; k++)
			if (stands_at(s + i, len - i, words[k]))
				return 1;
	}
	return 0;
}

size_t
line_rule(const char *s, size_t len)
{
	size_t	n = 0;

	while (n < len && strchr("-=_*~ ", s[n]) != NULL)
		n++;
	return n;
}
