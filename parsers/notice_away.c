/*
 * notice_away - the words of one who is not there.
 */
#include <string.h>

#include "parsers/notice_subject.h"
#include "parsers/text.h"

#define TEXT_READ	2000		/* bytes of an answer that are read */

int
words_say_away(const char *text)
{
	static const char *const words[] = {
		"外出", "不在辦公室", "不在办公室", "不在公司", "不在座位",
		"不在位", "休假", "請假", "请假", "出差", "公出", "差假",
		"特休", "年假", "產假", "婚假", "喪假", "公假", "受訓", "出國",
		"留職停薪", "回來", "銷假", "收假", "返回辦公室", "回辦公室",
		"代理人", "職務代理", "無法立即回覆",
		"無法即時回覆", "無法收信", "自動回覆", "自动回复",
		"out of office", "out of the office", "out-of-office",
		"on leave", "vacation", "annual leave", "sick leave",
		"away from", "on holiday", "business trip", "automatic reply",
		"auto-reply", "limited access", "will be back", "will return",
		NULL
	};
	char	low[TEXT_READ + 1];
	size_t	n;

	text += strspn(text, " \t\n");
	if (*text == '\0')
		return 1;
	n = text_cut(text, strlen(text), TEXT_READ);
	for (size_t i = 0; i < n; i++)
		low[i] = text[i] >= 'A' && text[i] <= 'Z' ?
		    (char)(text[i] - 'A' + 'a') : text[i];
	low[n] = '\0';
	for (size_t i = 0; words[i] != NULL; i++)
		if (strstr(low, words[i]) != NULL)
			return 1;
	return 0;
}
