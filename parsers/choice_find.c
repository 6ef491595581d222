/*
 * choice_find - the words of a set in a text.
 */
#include "parsers/choice_find.h"

#include <string.h>

#include "parsers/words.h"

static int
is_letter(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* 己恢復, 巳結案; but 自己. */
static int
is_mistyped(const char *begin, const char *s, const char *end)
{
	static const char *const like[] = { "己", "巳", NULL };
	static const char *const no[] = { "自", "知", "異", "克", "利", NULL };

	return words_start(s, end, like) > 0 && words_end(begin, s, no) == 0;
}

/* Lower case and without blanks: words are compared so.  A but among Latin
 * words, which then are none, opens a clause. */
char *
choice_dense(struct arena *a, const char *s, size_t len, size_t *n)
{
	static const char *const buts[] = { " but ", " however ", NULL };
	char	*out = arena_alloc(a, len + 1);

	*n = 0;
	for (size_t i = 0; i < len; i++) {
		if (words_start(s + i, s + len, buts) > 0)
			out[(*n)++] = ',';
		if (s[i] == ' ' || s[i] == '\t' || s[i] == '\n')
			continue;
		if (is_mistyped(s, s + i, s + len)) {
			memcpy(out + *n, "已", 3);
			*n += 3;
			i += 2;
			continue;
		}
		out[(*n)++] = s[i] >= 'A' && s[i] <= 'Z' ?
		    (char)(s[i] - 'A' + 'a') : s[i];
	}
	return out;
}

/* Of the first character of a text, which is not empty. */
static size_t
head_of(const char *s, size_t len)
{
	size_t	h = (unsigned char)*s;

	for (size_t i = 1; i < len && word_inside(s[i]); i++)
		h = h * 31 + (unsigned char)s[i];
	return h % CHOICE_HEADS;
}

void
choice_index(struct choice_set *set)
{
	for (size_t i = set->n_words; i-- > 0; ) {
		struct choice_word *w = &set->words[i];
		size_t		*head = &set->heads[head_of(w->word, w->len)];

		w->next = *head;
		*head = i + 1;
	}
}

const struct choice_word *
choice_word_at(const struct choice_set *set, const char *s, const char *end)
{
	const struct choice_word *w;

	if (word_inside(*s))
		return NULL;
	for (size_t i = set->heads[head_of(s, (size_t)(end - s))]; i != 0;
	    i = w->next) {
		w = &set->words[i - 1];
		if (w->len <= (size_t)(end - s) &&
		    memcmp(s, w->word, w->len) == 0)
			return w;
	}
	return NULL;
}

static int
is_word_byte(char c)
{
	return is_letter((unsigned char)c) || (c >= '0' && c <= '9');
}

/* "ok" is no word of "token", nor "x" of "x86". */
int
choice_inside_latin(const char *begin, const char *s, const char *end,
    const struct choice_word *w)
{
	if (w->len == 1)
		return (s > begin && is_word_byte(s[-1])) ||
		    (s + 1 < end && is_word_byte(s[1]));
	return (is_letter((unsigned char)*s) && s > begin &&
	    is_letter((unsigned char)s[-1]) && w->len < 4) ||
	    (is_letter((unsigned char)w->word[w->len - 1]) &&
	    s + w->len < end && is_letter((unsigned char)s[w->len]) &&
	    w->len < 4);
}
