/*
 * form_asks - does an answer without labels ask, suppose or restrict?  Then
 * none of it is taken.  如有疑問請洽分機1234 does not.
 */
#include <string.h>

#include "parsers/form_reading.h"
#include "parsers/words.h"

int
form_asks(const char *s, size_t len)
{
	static const char *const marks[] = {
		"?", "嗎", "呢", "請問", "何時", "是否", "如何", "能否", "可否",
		"是不是", "要不要", "能不能", "該不該", "有沒有", "好不好",
		"吗", "请问", "多久", "怎麼", "如果", "若", "但", "惟", "不過",
		"out of the office", "out of office", NULL
	};

	for (size_t i = 0; marks[i] != NULL; i++)
		if (memmem(s, len, marks[i], strlen(marks[i])) != NULL)
			return 1;
	return 0;
}

/* Does the sentence tell whom to turn to, and say nothing of the incident? */
static int
is_offer(const struct reading *g, const char *s, size_t len)
{
	static const char *const ifs[] = {
		"如", "若", "倘", "有任何", "有問題", "有疑問", "if", "should", NULL
	};
	static const char *const calls[] = {
		"聯絡", "聯繫", "連絡", "連繫", "來電", "電洽", "請洽", "逕洽", "洽詢",
		"告知", "通知", "反映", "反應", "回報", "撥打", "contact", "call",
		"letmeknow", "letusknow", "reachme", NULL
	};
	struct arena	*a = g->page.arena;
	const char	*named[CHOICE_NAMED];
	size_t		 n;
	char		*dense = form_dense(a, s, len, &n);
	const char	*end = dense + n, *p = dense;

	if (words_start(p, end, ifs) == 0)
		return 0;
	while (p < end && (word_inside(*p) || words_start(p, end, calls) == 0))
		p++;
	if (p == end || level_named(a, dense) != 0)
		return 0;
	for (size_t i = 0; i < g->set->n_sets; i++)
		if (*g->set->sets[i].topics != NULL && choice_named(a,
		    &g->set->sets[i], dense, 0, named) > 0)
			return 0;
	return 1;
}

/* Does the sentence ask, but for an offer at its end: 已恢復，若有異常請來電? */
static int
sentence_asks(const struct reading *g, const char *s, size_t len)
{
	size_t	n = 0;

	if (!form_asks(s, len) || is_offer(g, s, len))
		return 0;
	for (; n < len; n++)
		if (s[n] == ',' && is_offer(g, s + n + 1, len - n - 1))
			return form_asks(s, n);
	return 1;
}

int
form_asks_text(const struct reading *g, size_t len)
{
	static const char *const ends[] = { "。", "!", ";", "\n", ". ", NULL };
	const char	*s = g->page.f.s, *end = s + len, *from = s;
	size_t		 n;

	for (; s < end; s += n > 0 ? n : 1) {
		n = words_start(s, end, ends);
		if (n == 0 && s + 1 < end)
			continue;
		if (n == 0)
			s = end;
		if (sentence_asks(g, from, (size_t)(s - from)))
			return 1;
		from = s + n;
	}
	return 0;
}

int
form_takes_away(const char *s, size_t len)
{
	static const char but[] = " but ";
	static const char *const away[] = {
		" not ", "n't ", " still", " down", " again", " fail",
		" slow", " unable", " cannot", " offline", " corrupt", " broken",
		NULL
	};
	const char	*end = s + len;

	s = memmem(s, len, but, sizeof(but) - 1);
	for (size_t i = 0; s != NULL && away[i] != NULL; i++)
		if (memmem(s, (size_t)(end - s), away[i], strlen(away[i])) !=
		    NULL)
			return 1;
	return 0;
}
