#include "parsers/choice_part.h"

#include <string.h>

#include "parsers/words.h"

#define CLAUSE_MAX	240		/* bytes, which is 80 characters */
#define MONTH		31		/* days, near enough to tell */
#define YEAR		(12 * MONTH)
#define RECENT		14		/* days ago: who writes of today */
#define AHEAD		60		/* so far ahead a plan has none */

static const char *const sentence_stops[] = { "。", ";", "\n", NULL };

/* A text without stops is not searched to its begin at each word. */
static const char *
not_far(const char *begin, const char *s)
{
	if (s - begin <= CLAUSE_MAX)
		return begin;
	for (begin = s - CLAUSE_MAX; word_inside(*begin); )
		begin++;
	return begin;
}

static const char *
back_to(const char *begin, const char *s, const char *const *stops)
{
	begin = not_far(begin, s);
	while (s > begin && !words_end(begin, s, stops))
		s--;
	return s;
}

const char *
choice_clause(const char *begin, const char *s)
{
	static const char *const stops[] = {
		"。", ";", ",", "、", ":", "\n", NULL
	};

	return back_to(begin, s, stops);
}

static size_t
digits_at(const char *s, const char *end, int *v)
{
	size_t	n = 0;

	for (*v = 0; s + n < end && s[n] >= '0' && s[n] <= '9' && n < 5; n++)
		*v = *v * 10 + s[n] - '0';
	return n;
}

/* 一 to 九, 兩: 1 to 9, or 0. */
static int
numeral_at(const char *s, const char *end)
{
	static const char *const numerals[] = {
		"一", "二", "三", "四", "五", "六", "七", "八", "九", NULL
	};

	if (word_starts(s, end, "兩") > 0)
		return 2;
	for (int i = 0; numerals[i] != NULL; i++)
		if (word_starts(s, end, numerals[i]) > 0)
			return i + 1;
	return 0;
}

/* 12, 三, 十二, 二十五: bytes, or 0. */
static size_t
number_at(const char *s, const char *end, int *v)
{
	const size_t	 one = strlen("一");
	size_t		 n = digits_at(s, end, v);

	if (n > 0)
		return n;
	*v = numeral_at(s, end);
	n = *v > 0 ? one : 0;
	if (word_starts(s + n, end, "十") > 0) {
		*v = (*v > 0 ? *v : 1) * 10;
		n += one;
		if (numeral_at(s + n, end) > 0) {
			*v += numeral_at(s + n, end);
			n += one;
		}
	}
	return n;
}

/* 80%, 八成, 三分之二, but not 100% or 十成: bytes, or 0. */
static size_t
share_at(const char *s, const char *end)
{
	size_t	n, k;
	int	v, w;

	n = digits_at(s, end, &v);
	if (n > 0 && s + n < end && s[n] == '%')
		return n == 3 ? 0 : n + 1;
	k = n == 1 ? n : numeral_at(s, end) > 0 ? strlen("一") : 0;
	if (k > 0 && word_starts(s + k, end, "成") > 0 &&
	    word_starts(s + k, end, "成功") == 0)
		return k + strlen("成");
	n = number_at(s, end, &v);
	k = n == 0 ? 0 : word_starts(s + n, end, "分之");
	if (k > 0 && (n += k, k = number_at(s + n, end, &w)) > 0 && w < v)
		return n + k;
	return 0;
}

/* Days from the day m/d to today, 0 to YEAR - 1. */
static int
days_since(int m, int d, int today)
{
	return (today / 100 * MONTH + today % 100 - m * MONTH - d + YEAR) %
	    YEAR;
}

static size_t
counter_at(const char *s, const char *end)
{
	static const char *const counters[] = {
		"台", "臺", "部", "個", "套", "間", "項", "件", "處", "條",
		"座", "支", "所", "校", NULL
	};

	return words_start(s, end, counters);
}

/* Does a time, or 於, say that 11/26 from s to after is a day? */
static int
is_day(const char *begin, const char *s, const char *after, const char *end)
{
	static const char *const before[] = {
		"於", "于", "在", "自", "從", "至", "到", "~", "-", "on", NULL
	};
	static const char *const behind[] = {
		"上午", "下午", "早", "晚", "凌晨", "清晨", "中午", "傍晚",
		"深夜", "日", "號", "時", "週", "周", "星期", "(", "~", "-",
		"當天", "前", NULL
	};

	return words_end(begin, s, before) > 0 ||
	    words_start(after, end, behind) > 0;
}

/* 3/5 at s: a share, a day to come, or a day past?  *n: its bytes, or 0. */
static enum part
fraction_at(const char *begin, const char *s, const char *end, int today,
    int behind, size_t *n)
{
	const char	*p = s;
	int		 a, b, since, day;

	p += *n = digits_at(p, end, &a);
	if (*n == 0 || *n > 3 || p == end || *p != '/' || (s > begin &&
	    strchr("0123456789/.", s[-1]) != NULL))
		return *n = 0, PART_NONE;
	p += 1 + (*n = digits_at(p + 1, end, &b));
	if (*n == 0 || *n > 3 || (p < end && (*p == '/' || *p == ':')))
		return *n = 0, PART_NONE;
	*n = (size_t)(p - s);
	if (a > 0 && a < b && (counter_at(p, end) > 0 || a > 12 || b > MONTH))
		return PART_SOME;
	if (a == 0 && b > 0)
		return PART_SOME;	/* 復原 0/3 */
	/* 12/12台, 12/12已修復: all of them */
	if (a == 0 || a > 12 || b == 0 || b > MONTH ||
	    counter_at(p, end) > 0 ||
	    (a == b && word_starts(p, end, "已") > 0))
		return PART_NONE;
	day = a >= b || is_day(begin, s, p, end);
	if (today == 0)
		return day || b > 12 ? PART_NONE :
		    behind ? PART_SOME : PART_MAYBE;
	since = days_since(a, b, today);
	if (since >= YEAR - AHEAD)
		return PART_SOME;
	return day || since <= RECENT ? PART_NONE :
	    b <= 12 ? PART_SOME : PART_MAYBE;
}

/* 3, three: bytes, or 0. */
static size_t
english_at(const char *s, const char *end, int *v)
{
	static const char *const numbers[] = {
		"one", "two", "three", "four", "five", "six", "seven",
		"eight", "nine", "ten", NULL
	};
	size_t	n = digits_at(s, end, v);

	for (int i = 0; n == 0 && numbers[i] != NULL; i++) {
		n = word_starts(s, end, numbers[i]);
		*v = i + 1;
	}
	return n;
}

/* 3 of 5, three out of five. */
static int
is_so_many_of(const char *s, const char *end)
{
	static const char *const ofs[] = {
		"outofthe", "outof", "ofthe", "of", NULL
	};
	size_t	n, k;
	int	a, b;

	n = english_at(s, end, &a);
	k = n == 0 ? 0 : words_start(s + n, end, ofs);
	return k > 0 && english_at(s + n + k, end, &b) > 0 && a < b;
}

/* In the clause before s. */
static enum part
fraction_before(const char *begin, const char *s, const char *end, int today)
{
	const char	*p = choice_clause(begin, s);
	enum part	 part;
	size_t		 n, k;
	int		 v;

	for (; p < s; p += n > 0 ? n : 1) {
		n = digits_at(p, s, &v);
		if (is_so_many_of(p, s))
			return PART_SOME;
		if (n == 0)
			continue;
		part = fraction_at(begin, p, end, today, 0, &k);
		if (part != PART_NONE)
			return part;
	}
	return PART_NONE;
}

/* 3台: a number and what is counted. */
struct count {
	const char	*s, *end;
	int		 v;
};

static int
count_at(const char *s, const char *end, struct count *c)
{
	size_t	n = number_at(s, end, &c->v), k;

	k = n == 0 ? 0 : counter_at(s + n, end);
	c->s = s;
	c->end = s + n + k;
	return k > 0;
}

/* Are the two, in their order, a whole and its part: 5台中3台? */
static int
is_part_of(const struct count *whole, const struct count *some)
{
	static const char *const joins[] = {
		"及", "和", "與", "、", "跟", "以及", "且", NULL
	};
	const size_t	 one = strlen("台");

	if (some->v >= whole->v ||
	    memcmp(whole->end - one, some->end - one, one) != 0)
		return 0;
	for (const char *p = whole->end; p < some->s; p++)
		if (words_start(p, some->s, joins) > 0)
			return 0;
	return 1;
}

/* 5台已修復3台, 五台中三台已恢復. */
static int
counts_a_part(const char *begin, const char *s, const char *end, size_t len)
{
	struct count	 whole = { NULL, NULL, 0 }, c, of;
	const char	*p = back_to(begin, s, sentence_stops);

	while (p < s) {
		if (!count_at(p, s, &c)) {
			p++;
			continue;
		}
		if (whole.v > 0 && is_part_of(&whole, &c))
			return 1;
		whole = c;
		p = c.end;
	}
	if (!count_at(s + len, end, &c))
		return 0;
	if (whole.v > 0 && is_part_of(&whole, &c))
		return 1;
	/* 已修復2台(共5台), 已隔離5台中的2台 */
	p = c.end + words_start(c.end, end, (const char *const[]){ "共",
	    "中的", "中", NULL });
	return p > c.end && count_at(p, end, &of) && of.v != c.v;
}

/* 部分功能已恢復; but 部分功能異常已恢復 is about what was wrong. */
static int
is_some(const char *begin, const char *s)
{
	static const char *const somes[] = {
		"部分", "部份", "局部", "少數", "多數", "有些", "一半",
		"半數", "大半", "泰半", NULL
	};
	static const char *const of[] = { "的", NULL };
	static const char *const bad[] = {
		"異常", "中斷", "故障", "無法", "受損", "停擺", "斷線", "毀損",
		"損壞", "中毒", "當機", "遭", "被", "down", NULL
	};
	static const char *const opens[] = {
		"only", "most", "halfof", "halfthe", "someof", "someservices",
		"somesystems", "partof", "partsof", "severalof", NULL
	};
	const char	*p = choice_clause(begin, s);
	int		 some = words_start(p, s, opens) > 0;

	for (; p < s; p++) {
		if (word_inside(*p))
			continue;
		some |= (words_start(p, s, somes) > 0 &&
		    words_end(begin, p, of) == 0) ||
		    (share_at(p, s) > 0 && memchr(p, '%', share_at(p, s)) ==
		    NULL);
		if (words_start(p, s, bad) > 0)
			some = 0;
	}
	return some;
}

/* 除換硬碟外，並重灌系統: what stands behind 外 comes to that. */
static int
is_added(const char *s, const char *end)
{
	static const char *const alsos[] = {
		"也", "亦", "並", "且", "還", "另", "更", NULL
	};

	s += word_starts(s, end, ",");
	return words_start(s, end, alsos) > 0;
}

/* 除了印表機都恢復了, for which no 外 is needed; all except mail is restored. */
static int
is_all_but(const char *s, const char *end)
{
	static const char *const alls[] = { "都", "均", "皆", "全", NULL };
	static const char *const excepts[] = {
		"except", "excluding", "apartfrom", "otherthan", NULL
	};
	size_t	n = word_starts(s, end, "除了");

	for (s += n; s < end; s++)
		if (words_start(s, end, excepts) > 0 ||
		    (n > 0 && words_start(s, end, alls) > 0))
			return 1;
	return 0;
}

/* restored the network only, 恢復一台而已. */
static int
is_only(const char *s, const char *end)
{
	static const char *const onlys[] = { "only", "而已", NULL };
	static const char *const stops[] = {
		"。", ";", ",", ".", "!", "\n", "(", NULL
	};
	const char	*begin = s;

	while (s < end && words_start(s, end, stops) == 0)
		s++;
	return words_end(begin, s, onlys) > 0;
}

/* 除印表機外均已恢復: not all of it. */
static int
is_excepted(const char *begin, const char *s)
{
	static const char *const no_except[] = {
		"排除", "移除", "清除", "解除", "刪除", "拆除", "掃除", "去除",
		"根除", "卸除", "剔除", NULL
	};
	static const char *const outs[] = { "之外", "以外", "外", NULL };
	static const char *const alls[] = { "都", "均", "皆", "全", NULL };
	const char	*out = NULL, *end = s;

	begin = not_far(begin, s);
	for (; s > begin && !words_end(begin, s, sentence_stops); s--) {
		if (words_end(begin, s, outs) && !is_added(s, end)) {
			if (words_end(begin, s, outs) > strlen("外") &&
			    words_start(s, end, alls) > 0)
				return 1;
			out = s - strlen("外");
		}
		else if (out != NULL && s < out &&
		    words_end(begin, s, (const char *const[]){ "除", "除了",
		    NULL }) && !words_end(begin, s, no_except) &&
		    !word_starts(s, end, "已"))
			return 1;
	}
	return 0;
}

/* Does a share end right before s? */
static int
share_before(const char *begin, const char *s)
{
	for (size_t n = 2; n <= 18 && n <= (size_t)(s - begin); n++)
		if (share_at(s - n, s) == n && (s - n == begin ||
		    *(s - n - 1) < '0' || *(s - n - 1) > '9'))
			return 1;
	return 0;
}

enum part
choice_part(const char *begin, const char *s, const char *end, size_t len,
    int today)
{
	const char	*after = s + len;
	enum part	 part;
	size_t		 n;

	after += word_starts(after, end, "約");
	if (share_at(after, end) > 0 || share_before(begin, s) ||
	    is_all_but(choice_clause(begin, s), s) || is_only(after, end) ||
	    is_excepted(begin, s) || is_some(begin, s) ||
	    counts_a_part(begin, s, end, len))
		return PART_SOME;
	part = fraction_at(begin, after, end, today, 1, &n);
	if (is_so_many_of(after, end))
		return PART_SOME;
	return part != PART_NONE ? part :
	    fraction_before(begin, s, end, today);
}

int
choice_is_share(const char *s, size_t len)
{
	const char	*end = s + len;
	size_t		 n;
	int		 a, b;

	s += word_starts(s, end, "約");
	if (s == end)
		return 0;
	if (share_at(s, end) == (size_t)(end - s))
		return 1;
	n = digits_at(s, end, &a);
	if (n == 0 || s + n == end || s[n] != '/')
		return 0;
	s += n + 1;
	s += digits_at(s, end, &b);
	return a < b && s + counter_at(s, end) == end;
}
