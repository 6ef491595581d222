#include "parsers/reply_word.h"

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

int
line_has_any(const char *s, size_t len, const char *const *words)
{
	for (; *words != NULL; words++)
		if (line_has(s, len, *words))
			return 1;
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
