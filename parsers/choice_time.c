#include "parsers/choice_time.h"

#include <string.h>

#include "parsers/choice_part.h"
#include "parsers/words.h"

/*
 * choice_time - when a deed is done: 預計1小時內恢復, 月底前完成, 今晚恢復.
 */
/* Bytes of a date or time that end at s: 預計3月13日恢復, 週五, 下午三點. */
size_t
choice_date_before(const char *begin, const char *s)
{
	static const char *const units[] = {
		"年", "月", "日", "號", "時", "分", "點", "半", "末", NULL
	};
	static const char *const numbers[] = {
		"一", "二", "三", "四", "五", "六", "七", "八", "九", "十",
		"兩", "週", "周", "星期", "禮拜", NULL
	};
	/* words of their own: 明日17時, 下週一 */
	static const char *const relative[] = {
		"今日", "昨日", "明日", "本日", "當日", "翌日", "次日", "隔日",
		"前日", "後日", "下週", "下周", "下星期", "下禮拜", "本週",
		"本周", "這週", "這周", "上週", "上周", NULL
	};
	const char	*p = s;
	size_t		 n, digits = 0;

	while (p > begin) {
		if (p[-1] >= '0' && p[-1] <= '9') {
			digits++;
			p--;
		} else if (strchr("/:.~-", p[-1]) != NULL) {
			p--;
		} else if (words_end(begin, p, relative) > 0) {
			break;
		} else if ((n = words_end(begin, p, numbers)) > 0) {
			digits++;
			p -= n;
		} else if ((n = words_end(begin, p, units)) > 0) {
			p -= n;
		} else {
			break;
		}
	}
	return digits > 0 ? (size_t)(s - p) : 0;
}

/* Bytes of a number of hours or days that ends at s: 1小時, 兩天. */
static size_t
hours_before(const char *begin, const char *s)
{
	static const char *const units[] = {
		"個小時", "小時", "分鐘", "個工作天", "工作天", "天", "日",
		"個月", "週", "个小时", "小时", "分钟", "个月", "周", NULL
	};
	static const char *const numbers[] = {
		"一", "二", "三", "四", "五", "六", "七", "八", "九", "十",
		"兩", "两", "半", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9",
		NULL
	};
	size_t		 n = words_end(begin, s, units), k, digits = 0;
	const char	*p = s - n;

	if (n == 0)
		return 0;
	for (; (k = words_end(begin, p, numbers)) > 0; digits++)
		p -= k;
	return digits > 0 ? (size_t)(s - p) : 0;
}

/* Bytes of a span that ends at s: 預計1小時內恢復. */
size_t
choice_span_before(const char *begin, const char *s)
{
	static const char *const ends[] = {
		"以內", "之內", "內", "以後", "之後", "後", "以内", "之内",
		"内", "以后", "之后", "后", NULL
	};
	size_t	end = words_end(begin, s, ends);
	size_t	n = end > 0 ? hours_before(begin, s - end) : 0;

	return n > 0 ? n + end : 0;
}

/* 週一前恢復, 月底前完成: by then, not yet.  But 已於週一前恢復, 昨晚十點前恢復
 * and 三天前恢復 look back. */
int
choice_deadline(const struct choice_set *set, const char *begin, const char *s)
{
	static const char *const befores[] = {
		"之前", "以前", "前", NULL
	};
	static const char *const pasts[] = { "已", "昨", NULL };
	size_t	n = words_end(begin, s, befores);

	s -= n;
	if (n == 0 || (choice_date_before(begin, s) == 0 &&
	    words_end(begin, s, set->times) == 0))
		return 0;
	for (const char *p = choice_clause(begin, s); p < s; p++)
		if (words_start(p, s, pasts) > 0)
			return 0;
	return 1;
}

/* Bytes of a span at s: 一小時內 of 一小時內恢復, 一小時 of 需一小時恢復. */
static size_t
span_at(const char *s, const char *end, int needed)
{
	for (const char *p = end; p > s; p--)
		if (choice_span_before(s, p) == (size_t)(p - s) ||
		    (needed && hours_before(s, p) == (size_t)(p - s)))
			return (size_t)(p - s);
	return 0;
}

/* 今晚恢復, 約需一小時恢復: a time to come opens the clause of the word of len
 * bytes at s, and nothing in it says that it is done. */
int
choice_ahead(const struct choice_set *set, const char *begin, const char *s,
    size_t len, const char *end)
{
	static const char *const about[] = {
		"約", "大約", "大概", "會", "可", NULL
	};
	static const char *const needs[] = {
		"需要", "需", "還需", "還要", "尚需", "要", "再", NULL
	};
	static const char *const pasts[] = { "已", "了", "昨", NULL };
	/* 觀察24小時後結案 */
	static const char *const watches[] = {
		"持續", "再", "觀察", "監控", "監看", "觀測", "追蹤", "测试",
		"測試", "试跑", "試跑", "试运行", "觀望", "觀察期", "观察", "监控",
		NULL
	};
	const char	*p = choice_clause(begin, s);
	size_t		 n;
	int		 needed;

	if (words_start(s + len, end, pasts) > 0)
		return 0;
	p += words_start(p, s, about);
	n = words_start(p, s, needs);
	needed = n > 0;
	p += n;
	p += words_start(p, s, about);
	for (; (n = words_start(p, s, watches)) > 0; p += n)
		needed = 1;	/* 觀察一週無異常後結案 */
	n = words_start(p, s, set->ahead);
	if (n == 0)
		n = span_at(p, s, needed);
	if (n == 0)
		return 0;
	for (p += n; p < s; p++)
		if (words_start(p, s, pasts) > 0)
			return 0;
	return 1;
}
