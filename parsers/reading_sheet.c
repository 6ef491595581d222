/*
 * reading_sheet - may a table without a title, which came with an answer, be
 * the answer itself?  What has a level and a state may be of a machine.
 */
#include <string.h>

#include "parsers/reading.h"
#include "parsers/text.h"
#include "parsers/tracking.h"
#include "parsers/words.h"

/* 詳如附件, 回覆如附件: does the clause send to the file for the answer, and not
 * for what else it may be, as 設備清單如附件 does? */
static int
clause_sends(const char *s, const char *end)
{
	static const char *const files[] = {
		"附件", "附檔", "附表", "附档", "attachment", "attached", NULL
	};
	static const char *const brings[] = { "附上", "檢附", "附於", NULL };
	static const char *const behind[] = {
		"檔案", "檔", "表", "所示", "說明", "內容", "file", NULL
	};
	static const char *const polite[] = {
		"詳", "请", "請", "敬", "惠", "煩", "見", "见", "參閱", "如", "均",
		"皆", "都", "已", "隨", "内容", "內容", "please", "see", "as", "the",
		NULL
	};
	static const char *const answers[] = {
		"回覆", "回复", "答覆", "評估", "评估", "等級", "等级", "級別",
		"狀態", "状态", "處理情形", "辦理情形", "處理進度", "回報",
		"answer", "assessment", "reply", NULL
	};
	int	file = 0, answer = 0;
	size_t	n;

	for (const char *p = s; p < end; p++) {
		if (word_inside(*p))
			continue;
		file |= words_start(p, end, files) > 0 ||
		    words_start(p, end, brings) > 0;
		answer |= words_start(p, end, answers) > 0;
	}
	while ((n = words_start(s, end, polite)) > 0)
		s += n;
	if (answer || !file || (n = words_start(s, end, files)) == 0)
		return file && answer;
	while ((s += n) < end && (n = words_start(s, end, behind)) > 0)
		;
	return s == end;
}

static int
words_send(struct arena *a, const char *own)
{
	static const char *const stops[] = {
		",", "。", ";", "!", "\n", "、", ":", ".", NULL
	};
	struct folded	 f;
	char		*s;
	const char	*end, *from;
	size_t		 n = 0;

	text_fold(a, own, strlen(own), &f);
	s = arena_strndup(a, f.s, f.len);
	for (size_t i = 0; i < f.len; i++)
		if (s[i] != ' ' && s[i] != '\t')
			s[n++] = s[i] >= 'A' && s[i] <= 'Z' ?
			    (char)(s[i] - 'A' + 'a') : s[i];
	for (from = s, end = s; from <= s + n; from = ++end) {
		while (from < s + n && word_inside(*from))
			from++;		/* of a stop of three bytes */
		end = from;
		while (end < s + n && words_start(end, s + n, stops) == 0)
			end++;
		if (clause_sends(from, end))
			return 1;
	}
	return 0;
}

/* Does a line of the table stand for no field that was read? */
static int
has_more_lines(const struct report *r, const char *text)
{
	for (int line = 1; *text != '\0'; line++) {
		size_t	n = strcspn(text, "\n");
		int	read = strspn(text, " \t") >= n;

		for (size_t i = 0; i < r->n_fields && !read; i++)
			read = r->fields[i].line == line;
		if (!read)
			return 1;
		text += n + (text[n] == '\n');
	}
	return 0;
}

int
reading_is_answer(struct reading *g, const char *text)
{
	const char	*number = g->r->tracking;

	if (g->r->titled || (number != NULL && tracking_find(g->a,
	    g->pc->tracking_pattern, text, strlen(text)) != NULL))
		return 1;
	return !has_more_lines(g->r, text) &&
	    words_send(g->a, g->r->own_text);
}
