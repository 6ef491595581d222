/*
 * form_speech - what in an answer without labels is not its sender's own word
 * on its incident: 科長：可以結案, 廠商回覆如下：, 0003 處理中、0005 結案.
 */
#include <string.h>
#include <strings.h>

#include "parsers/form_reading.h"
#include "parsers/report.h"
#include "parsers/words.h"

#define HEAD_MAX	45	/* bytes before the colon of who says it */
#define NAME_MAX_BYTES	30	/* of a name in a chat */
#define CHAT_LINES	40	/* that are looked at */
#define DAY_DIGITS	8	/* of the number of an incident */
#define COUNT_DIGITS	4	/* behind them */

/* What is said, not how things are. */
static const char *const said[] = {
	"說", "说", "表示", "指示", "回覆", "回复", "回報", "回信", "來信",
	"來電", "通知", "轉達", "轉述", "交代", "答覆", "答复", "回答", "批示",
	"聽說", "據說", "據悉", "says", "said",
	"replied", NULL
};

/* Of these somebody's very words follow. */
static const char *const quoting[] = {
	"說", "說道", "說過", "表示", "指出", "認為", "稱", "的話", "说", "说道",
	"said", "says", NULL
};

/* The colon behind a head, not of 15:30, or what stands for it in a chat,
 * Jenny> ...: its place, or len. */
static size_t
colon_of(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((s[i] == ':' && !(i > 0 && is_digit(s[i - 1]) &&
		    i + 1 < len && is_digit(s[i + 1]))) || (s[i] == '>' &&
		    i > 0 && strchr("-=>", s[i - 1]) == NULL))
			return i;
	return len;
}

/* 科長說：「請結案」: does the line quote what somebody said? */
static int
quotes(const char *s, size_t len)
{
	static const char *const opens[] = { "「", "『", "“", NULL };
	const char	*end = s + len, *p = s;

	for (; p < end; p++) {
		const char	*q = p;

		if (words_start(p, end, opens) == 0)
			continue;
		while (q > s && (q[-1] == ':' || q[-1] == ' ' ||
		    q[-1] == ','))
			q--;
		if (words_end(s, q, quoting) > 0)
			return 1;
	}
	return 0;
}

/* The set of the status, which has topics. */
static const struct choice_set *
of_status(const struct reading *g)
{
	for (size_t i = 0; i < g->set->n_sets; i++)
		if (*g->set->sets[i].topics != NULL)
			return &g->set->sets[i];
	return NULL;
}

/* What stands before a colon: 科長 and 廠商回覆, or what is told of, 主機, 回覆. */
static int
is_topic(const struct reading *g, const char *head, size_t len)
{
	const struct choice_set *set = of_status(g);
	const char	*open;
	size_t		 n, k;

	if (len > 0 && head[len - 1] == ')' &&
	    (open = memchr(head, '(', len)) != NULL)
		len = (size_t)(open - head);
	if (set == NULL || len == 0 || is_digit(head[len - 1]) ||
	    (n = words_end(head, head + len, set->topics)) == len)
		return 1;
	for (size_t i = 0; i < len; i++)
		if (words_start(head + i, head + len, said) > 0)
			return 0;
	/* 系統狀況 tells of a system, 空調狀況 of something else */
	while ((k = words_end(head, head + len, set->aspects)) > 0) {
		if (k == len || head[len - k - 1] == ',')
			return 1;
		len -= k;
		n = words_end(head, head + len, set->topics);
	}
	return n > 0;
}

/* Does the line say that another's words follow: 廠商回覆如下：, not 回覆：? */
static int
opens_speech(const char *s, size_t len, const char *const *verbs)
{
	static const char *const ends[] = {
		"如下", "如后", "如後", NULL
	};
	static const char *const own[] = {
		"茲", "謹", "特", "我", "本人", "以下", "現", "先", "敬", "再",
		"i", NULL
	};
	const char	*end = s + len;
	size_t		 n;

	while (end > s && end[-1] == ' ')
		end--;
	if (end > s && end[-1] == ':')
		end--;
	else if (words_end(s, end, ends) == 0)
		return 0;
	end -= words_end(s, end, ends);
	n = words_end(s, end, verbs);
	return n > 0 && (end -= n) > s && words_end(s, end, own) == 0;
}

/* 原文, 前信: bytes of what a person calls the mail that he quotes, or 0. */
static size_t
older_mail(const char *s, const char *end)
{
	static const char *const mails[] = {
		"原始信件", "原始郵件", "原郵件", "原信件", "原信", "原文", "前信",
		"前一封信", "前一封", "上一封信", "上一封", "上封信", "來信原文",
		"填寫範例", "填表範例", "範例", "範本",
		"originalmessage", "originalmail", NULL
	};

	return words_start(s, end, mails);
}

/* ===== 原文 =====, 以下為前信, 以下引用科長信件：: does a line of lower case
 * without blanks say that another mail follows?  Or does it open with that:
 * [原信] 狀態：已恢復? */
static int
is_quote_head(const char *s, const char *end, int opens)
{
	static const char *const before[] = {
		"-", "=", "*", "_", "~", "#", "[", "【", "(", "<", "「", "※",
		"以下為", "以下是", "以下", "下為", "下面是", "附上", "檢附", "附", NULL
	};
	static const char *const closes[] = { "]", "】", ")", ">", "」", NULL };
	static const char *const behind[] = {
		"-", "=", "*", "_", "~", "#", "]", "】", ")", ">", "」", ":",
		"內容", "如下", "附後", "於後", "的", "是", "為", NULL
	};
	static const char *const quotes_it[] = {
		"引用", "轉貼", "節錄", "摘錄", "quoting", NULL
	};
	const char	*from = s;
	size_t		 n;

	while ((n = words_start(s, end, before)) > 0)
		s += n;
	if (!opens && words_start(s, end, quotes_it) > 0 && end[-1] == ':')
		return 1;
	if ((n = older_mail(s, end)) == 0)
		return 0;
	s += n;
	if (opens)
		return s - n > from && words_start(s, end, closes) > 0;
	while ((n = words_start(s, end, behind)) > 0)
		s += n;
	return s == end;
}

static const char *
dense_line(const struct form_page *p, size_t line, const char **end)
{
	size_t		 from = p->lines[line].from, n;
	const char	*s = form_dense(p->arena, p->f.s + from,
			    p->lines[line].to - from, &n);

	*end = s + n;
	return s;
}

/* Bytes of 2007/5/31 or 5/31 and the blanks behind it, or 0. */
static size_t
day_at(const char *begin, const char *end)
{
	const char	*s = begin;
	int		 marks = 0;

	for (; s < end && (is_digit(*s) || *s == '/' || *s == '-'); s++)
		marks += !is_digit(*s);
	if (marks < 1 || marks > 2 || s == end || *s != ' ')
		return 0;
	while (s < end && *s == ' ')
		s++;
	return (size_t)(s - begin);
}

/* Bytes of an hour at the head of a line with what stands around it, 15:01,
 * [下午 3:01], or 0. */
static size_t
chat_hour(const char *begin, const char *end)
{
	static const char *const halves[] = {
		"上午", "下午", "早上", "中午", "晚上", "凌晨", "am", "pm", "AM",
		"PM", NULL
	};
	const char	*s = begin + day_at(begin, end);
	int		 open = s < end && *s == '[';

	for (s += open; s < end && (*s == ' ' || words_start(s, end,
	    halves) > 0); )
		s += *s == ' ' ? 1 : words_start(s, end, halves);
	if (s == end || !is_digit(*s))
		return 0;
	while (s < end && is_digit(*s))
		s++;
	if (end - s < 3 || *s != ':' || !is_digit(s[1]) || !is_digit(s[2]))
		return 0;
	for (s += 3; s < end && (*s == ' ' || words_start(s, end,
	    halves) > 0); )
		s += *s == ' ' ? 1 : words_start(s, end, halves);
	if (open && (s == end || *s++ != ']'))
		return 0;
	while (s < end && (*s == ' ' || *s == '\t'))
		s++;
	return (size_t)(s - begin);
}

/* Does the name end as what people are called: 王科長, 林小姐? */
static int
is_person(const char *name, const char *end)
{
	static const char *const titles[] = {
		"長", "长", "主任", "專員", "科員", "先生", "小姐", "女士", "同仁",
		"廠商", "原廠", "老師", "姐", "哥", NULL
	};

	return words_end(name, end, titles) > 0;
}

/*
 * 15:01 王科長 可以結案, or 王科長 15:01 above his words: a line of a chat that was
 * copied, by its hour and one word that names neither a topic nor a state.
 * *person: but somebody.
 */
static int
is_chat_line(const struct reading *g, size_t line, int *person)
{
	const struct choice_set *words = of_status(g);
	const struct form_page *p = &g->page;
	const char	*s = p->f.s + p->lines[line].from, *name;
	const char	*end = p->f.s + p->lines[line].to;
	size_t		 n = chat_hour(s, end), d;

	name = s += n;
	while (s < end && *s != ' ' && *s != '\t')
		s++;
	if (n == 0 && s < end && chat_hour(s + 1, end) ==
	    (size_t)(end - s) - 1)
		n = 1;
	if (n == 0 || s == name || s - name > NAME_MAX_BYTES ||
	    is_digit(*name))
		return 0;
	name = form_dense(p->arena, name, (size_t)(s - name), &d);
	*person = is_person(name, name + d);
	for (const char *w = name; words != NULL && w < name + d; w++)
		if (!word_inside(*w) && choice_is_word(words, w))
			return 0;
	return !is_topic(g, name, d);
}

int
form_speech_chat(const struct reading *g, size_t line)
{
	int	person;

	return line < g->page.n_lines && is_chat_line(g, line, &person);
}

/* One such line may tell when something was done, unless a person opens it:
 * two are a chat. */
static int
is_chat(const struct reading *g, size_t line)
{
	int	lines = 0, person;

	if (!is_chat_line(g, line, &person))
		return 0;
	if (person)
		return 1;
	for (size_t i = 0; i < g->page.n_lines && i < CHAT_LINES; i++)
		lines += is_chat_line(g, i, &person);
	return lines > 1;
}

enum heard
form_speech_goes_on(const struct reading *g, size_t line, enum heard heard)
{
	const struct form_page *p = &g->page;
	const char	*s = p->f.s + p->lines[line].from, *dense, *end;
	size_t		 len = p->lines[line].to - p->lines[line].from;

	if (heard == HEARD_MAIL)
		return heard;
	if (is_chat(g, line))
		return HEARD_CHAT;
	if (heard == HEARD_CHAT && (len == 0 || chat_hour(s, s + len) > 0))
		heard = HEARD_NONE;
	if (len > 0 && len <= HEAD_MAX) {
		dense = dense_line(p, line, &end);
		if (is_quote_head(dense, end, 0))
			return HEARD_MAIL;
		if (is_quote_head(dense, end, 1))
			return HEARD_WORDS;
	}
	if (heard == HEARD_CHAT)
		return heard;
	return opens_speech(s, len, said) || (heard && len > 0) ?
	    HEARD_WORDS : HEARD_NONE;
}

/*
 * The count of an incident's number at s: of CSI-20261127-0003, or 0003 alone,
 * which no hour is at which people work.  0: none.
 */
static size_t
case_at(const char *begin, const char *s, const char *end)
{
	const char	*p = s;
	size_t		 n = 0;

	if (s > begin && strchr("0123456789./:", s[-1]) != NULL)
		return 0;
	while (s + n < end && is_digit(s[n]))
		n++;
	if (n == 0)
		return 0;
	if (s > begin && s[-1] == '-') {
		for (p = s - 1; p > begin && is_digit(p[-1]); )
			p--;
		return s - 1 - p == DAY_DIGITS && n >= COUNT_DIGITS ? n : 0;
	}
	return n == COUNT_DIGITS && s[0] == '0' && s[1] == '0' &&
	    (s + n == end || strchr(":/-", s[n]) == NULL) ? n : 0;
}

/* Bytes of an incident's number at s, CSI-20261127-0003, or 0. */
static size_t
number_of_case(const char *s, const char *end)
{
	const char	*p = s;
	size_t		 n;

	while (p < end && ((*p >= 'A' && *p <= 'Z') || (*p >= 'a' &&
	    *p <= 'z') || *p == '-'))
		p++;
	while (p < end && is_digit(*p))
		p++;
	n = p + 1 < end && *p == '-' ? case_at(s, p + 1, end) : 0;
	return n > 0 ? (size_t)(p - s) + 1 + n : 0;
}

/* Does it begin with the number of an incident?  Its own was blanked. */
static int
opens_with_case(const char *s, size_t len)
{
	const char	*end = s + len;

	s += strspn(s, " [(#");
	return s < end && number_of_case(s, end) > 0;
}

enum head { HEAD_NONE, HEAD_OWN, HEAD_ANOTHER };

/* 案號：CSI-20261127-0004, 另案（CSI-20261127-0004）：, where two are named 0004
 * too: does a line of lower case without blanks say no more than that?  own
 * (may be NULL): the number of the incident that is answered. */
static enum head
case_head(const char *s, const char *end, const char *own, int two)
{
	static const char *const before[] = {
		"案號", "案號為", "案件編號", "案件", "編號", "關於", "有關", "至於",
		"案", "case", "no.", "ref", "re", "(", "[", "【", "「", "#", ":",
		"*", "-", "※", ".", "、", "1", "2", "3", ")", NULL
	};
	static const char *const another[] = {
		"另一案", "另案", "他案", "前案", "別案", "另一件", NULL
	};
	static const char *const behind[] = {
		")", "]", "】", "」", ":", ",", "。", "那件", "這件", "一案", "乙案",
		"案", "的部分", "部分", "如下", NULL
	};
	size_t		 n;
	enum head	 head = HEAD_NONE;

	while ((n = words_start(s, end, another)) > 0 || (n = words_start(s,
	    end, before)) > 0) {
		if (words_start(s, end, another) > 0)
			head = HEAD_ANOTHER;
		s += n;
	}
	n = s < end ? number_of_case(s, end) : 0;
	if (n == 0 && two && s < end)
		n = case_at(s, s, end);
	if (n > 0)
		head = own != NULL && strlen(own) >= n && strncasecmp(s,
		    own + strlen(own) - n, n) == 0 ? HEAD_OWN : HEAD_ANOTHER;
	for (s += n; (n = words_start(s, end, behind)) > 0; )
		s += n;
	return s == end ? head : HEAD_NONE;
}

int
form_speech_of_another(const struct reading *g, size_t line)
{
	const struct form_page *p = &g->page;
	int		 two = form_speech_two_cases(p->f.s, p->f.len);
	int		 apart = 0;	/* a blank line stands between */
	const char	*s, *end;
	enum head	 head;

	if (line >= p->n_lines)
		return 0;
	s = dense_line(p, line, &end);
	if (is_quote_head(s, end, 1))
		return 1;
	for (; line > 0; line--) {
		size_t	from = p->lines[line - 1].from;
		size_t	len = p->lines[line - 1].to - from;

		apart |= len == 0;
		if (len == 0 || len > HEAD_MAX)
			continue;
		s = dense_line(p, line - 1, &end);
		if (is_quote_head(s, end, 0) || (!apart &&
		    opens_speech(p->f.s + from, len, quoting)))
			return 1;
		head = case_head(s, end, g->scene.report->tracking, two);
		if (head != HEAD_NONE)
			return head == HEAD_ANOTHER;
	}
	return 0;
}

/* (王科長)結案, [林主任] 可以 */
static int
opens_with_person(const char *s, const char *end)
{
	static const char *const opens[] = { "(", "[", "【", "<", NULL };
	static const char *const closes[] = { ")", "]", "】", ">", NULL };
	const char	*close = s;

	if (words_start(s, end, opens) == 0)
		return 0;
	while (close < end && close < s + NAME_MAX_BYTES &&
	    (word_inside(*close) || words_start(close, end, closes) == 0))
		close++;
	return close < end && words_start(close, end, closes) > 0 &&
	    is_person(s, close);
}

/* CSI-20261127-0003（2級、已結案）: what is told of another in brackets. */
static int
tells_of_case(const char *s, size_t len)
{
	const char	*end = s + len;
	size_t		 n;

	for (; s < end; s += n > 0 ? n : 1) {
		n = number_of_case(s, end);
		if (n > 0 && s + n < end && s[n] == '(')
			return 1;
	}
	return 0;
}

int
form_speech_line(const struct reading *g, const char *s, size_t len)
{
	size_t	n = colon_of(s, len), d;
	char	*head;

	if (quotes(s, len) || opens_with_case(s, len) ||
	    tells_of_case(s, len) ||
	    opens_with_person(s, s + len))
		return 1;
	if (n == len || n > HEAD_MAX)
		return 0;
	head = form_dense(g->scene.arena, s, n, &d);
	return !is_topic(g, head, d);
}

int
form_speech_value(const struct reading *g, const char *raw)
{
	size_t		 len, n;
	const char	*s = form_dense(g->scene.arena, raw, strcspn(raw, "\n"),
			    &len);

	n = colon_of(s, len);
	return n < len && n > 0 && n <= HEAD_MAX &&
	    strcspn(s, "0123456789") >= n && !is_topic(g, s, n);
}

int
form_speech_two_cases(const char *s, size_t len)
{
	const char	*end = s + len, *first = NULL;
	size_t		 n, first_len = 0;

	for (const char *p = s; p < end; p++) {
		if ((n = case_at(s, p, end)) == 0)
			continue;
		if (first == NULL) {
			first = p;
			first_len = n;
		} else if (n != first_len || memcmp(p, first, n) != 0) {
			return 1;
		}
		p += n - 1;
	}
	return 0;
}
