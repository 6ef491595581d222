/*
 * level_tick - the level of the one option that is ticked.
 */
#include "parsers/level_tick.h"

#include <string.h>

#include "parsers/words.h"

#define LEVELS_MIN	3		/* boxes that are a list of levels */

/* Of an option only the words up to its explanation: "3級:系統停頓". */
static size_t
until_colon(const char *s, size_t len)
{
	const char	*p = memchr(s, ':', len);

	return p != NULL ? (size_t)(p - s) : len;
}

/* Of the option behind the one mark: "■3級 2級 1級" had no other boxes. */
static int
level_ticked(struct arena *a, const char *s, size_t len, const char **why)
{
	int	level = level_of_words(a, s, len, why);

	while (level == 0 && len > 0 && *why == level_two) {
		while (len > 0 && strchr(" \t\n", s[len - 1]) == NULL)
			len--;
		while (len > 0 && strchr(" \t\n", s[len - 1]) != NULL)
			len--;
		if (len > 0)
			level = level_of_words(a, s, len, why);
	}
	return level;
}

/* "4級 3級(V) 2級": the one mark sticks to what stands before it. */
static int
level_before(struct arena *a, const char *begin, const char *behind)
{
	const char	*from = behind, *why;

	if (*behind != '\0' && strchr(" \t\n", *behind) == NULL)
		return 0;
	while (from > begin && strchr(" \t\n", from[-1]) == NULL)
		from--;
	return level_of_words(a, from, (size_t)(behind - from), &why);
}

/* "2級　業務中斷　V" and the next option on the line below: the mark that ends a
 * line ticks what opens it, and not what follows. */
static int
level_of_line(struct arena *a, const char *begin, const char *behind)
{
	const char	*from = behind, *to = behind, *why;

	if (*behind != '\0' && *behind != '\n')
		return 0;
	while (to > begin && strchr(" \t\n", to[-1]) == NULL)
		to--;
	for (from = to; from > begin && from[-1] != '\n'; )
		from--;
	return to > from && to < behind ? level_of_words(a, from, until_colon(from,
	    (size_t)(to - from)), &why) : 0;
}

/* 4 影響公共安全, as the plan has it: the number before a blank, or 0. */
static int
option_number(const struct choice_option *o)
{
	const char	*s = o->text, *end = o->text + o->len;

	s += strspn(s, " \t");
	return s + 1 < end && *s >= '1' && *s <= '4' && (s[1] == ' ' ||
	    s[1] == '\t' || s[1] == '.') && (s + 2 >= end || !is_digit(s[2])) ?
	    *s - '0' : 0;
}

/* Boxes that number the levels, each of them once: what is ticked, or 0. */
static int
level_numbered(const struct choice_option *o, size_t n, size_t hit)
{
	unsigned	seen = 0, bit;

	for (size_t i = 0; i < n; i++) {
		bit = 1u << option_number(&o[i]);
		if (bit == 1 || (seen & bit) != 0)
			return 0;
		seen |= bit;
	}
	return n < LEVELS_MIN ? 0 : option_number(&o[hit]);
}

int
level_of_tick(struct arena *a, const struct folded *f,
    const struct choice_option *o, size_t n, size_t hit, const char **why)
{
	int	level = n > 1 ? 0 : level_before(a, f->s, o[0].text);

	if (level == 0 && n == 1)
		level = level_of_line(a, f->s, o[hit].text);
	if (level > 0 || (level = level_numbered(o, n, hit)) > 0)
		return level;
	level = level_ticked(a, o[hit].text, until_colon(o[hit].text,
	    o[hit].len), why);

	/* 口2級 behind it was no box: the first number counts */
	return level > 0 || n > 1 ? level : level_of_words(a, f->s, f->len,
	    why);
}
