#include "parsers/reply_line.h"

#include <string.h>
#include <strings.h>

#include "parsers/reply_word.h"
#include "parsers/words.h"

#define ATTRIBUTION_MAX	600		/* bytes over all its lines */
#define LABEL_MAX	60
#define DAY_MAX		60	/* bytes of a line that is a day and hour */
#define AUTHOR_MAX	200		/* bytes of 引述 王小明 <a@b>: */
#define AUTHOR_BARE	80		/* bytes of 通報系統 寫道: */

/* Four digits that end at i: 2007, but not of a1234@ or 2255. */
static int
is_year(const char *s, size_t i)
{
	const char	*y = s + i - 3;

	return (y[0] == '1' && y[1] == '9') || (y[0] == '2' && y[1] == '0');
}

/* A year, and the hour of a clock. */
static void
find_time(const char *s, size_t len, int *year, int *clock)
{
	int	run = 0;

	*year = *clock = 0;
	for (size_t i = 0; i < len; i++) {
		int	digit = s[i] >= '0' && s[i] <= '9';

		*clock |= digit && i > 1 && s[i - 1] == ':' &&
		    s[i - 2] >= '0' && s[i - 2] <= '9';
		run = digit ? run + 1 : 0;
		*year |= run == 4 && is_year(s, i);
	}
}

int
mail_names_sender(const struct mail_line *l)
{
	int	digits = 0, marks = 0, year, clock;

	find_time(l->s, l->len, &year, &clock);
	for (size_t i = 0; i < l->len; i++) {
		digits += l->s[i] >= '0' && l->s[i] <= '9';
		marks += l->s[i] == '/' || l->s[i] == ':' ||
		    l->s[i] == '-' || l->s[i] == '.';
	}
	return memchr(l->s, '@', l->len) != NULL || *l->s == '"' ||
	    *l->s == '<' || (digits >= 6 && marks >= 2 && (year || clock) &&
	    l->len < DAY_MAX && !mail_is_labelled(l));
}

/* Yahoo puts 寄件者: on the same line as the separator. */
static int
names_sender_at(const struct mail_line *l, size_t at)
{
	struct mail_line	rest = { l->s + at, l->len - at, 0, 0 };
	size_t			value;

	return mail_header_of(&rest, &value) == HEADER_FROM;
}

/* 以下是您的來信:, 以下為原信: bytes up to its end, or 0. */
static size_t
says_below(const char *s, size_t len)
{
	static const char *const openings[] = {
		"以下為", "以下是", "以下係", "以下为", "以下引用", "以下節錄",
		"以下", "下列為", "下列是", "下列係", "下列", "下面是", "下面為",
		"下方為", "下方是", NULL
	};
	static const char *const whose[] = { "您的", "您", "貴", NULL };
	static const char *const what[] = {
		"原信內容", "原信内容", "來信內容", "来信内容", "原始信件",
		"原始郵件", "原始邮件", "原來信件", "原郵件", "原信件", "原信",
		"來信", "来信", "原函", "原文", NULL
	};
	size_t	n = line_starts_any(s, len, openings), m;

	if (n == 0)
		return 0;
	n += line_starts_any(s + n, len - n, whose);
	m = line_starts_any(s + n, len - n, what);
	return m == 0 ? 0 : n + m;
}

/* 【原信內容】, [以下為原信]: in brackets alone. */
static int
is_bracketed(const struct mail_line *l)
{
	static const char *const pairs[][2] = {
		{ "【", "】" }, { "[", "]" }, { "<", ">" }, { "《", "》" },
	};
	static const char *const alone[] = {
		"原信內容", "原信内容", "原信", NULL
	};
	const char	*s;
	size_t		 open, close, len, n;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		open = strlen(pairs[i][0]);
		close = strlen(pairs[i][1]);
		if (l->len <= open + close ||
		    memcmp(l->s, pairs[i][0], open) != 0)
			continue;
		s = l->s + open;
		len = l->len - open - close;
		n = line_starts_any(s, len, alone);
		n = n > 0 ? n : says_below(s, len);
		return n == len && memcmp(s + len, pairs[i][1], close) == 0;
	}
	return 0;
}

/* What a desk for helpers writes over the mail that it sends around. */
static int
asks_to_answer_above(const struct mail_line *l)
{
	static const char *const words[] = {
		"reply above this line", "請在此線以上回覆", "請在此線上方回覆",
		"請在此行以上回覆", "請在此行上方回覆", NULL
	};

	return line_has_any(l->s, l->len, words);
}

/* The separator, with the | before it with which some mark what they quote. */
enum separator
mail_separator(const struct mail_line *line)
{
	static const char *const forwards[] = {
		"轉寄的郵件", "轉寄郵件", "已轉寄的郵件", "已轉寄郵件",
		"轉寄的訊息", "轉寄訊息", "轉寄的信件", "轉寄信件",
		"轉發的郵件", "轉發郵件", "转发的邮件", "转发邮件",
		"转发邮件信息", "forwarded message", "forwarded by",
		"begin forwarded message", "转发的原邮件", "開始轉寄的郵件",
		"開始轉寄郵件",
		"開始轉寄訊息", "开始转发的邮件", "轉寄人", "轉寄者",
		"轉呈人", "轉呈者", NULL
	};
	static const char *const quotes[] = {
		"原始郵件", "原始邮件", "原始信件", "原始訊息", "原始消息",
		"原信內容", "原信内容", "原郵件", "郵件原件", "邮件原件", "原件",
		"原信", "original message",
		"original appointment", "回覆郵件", "回覆的郵件",
		"答复邮件", "回复邮件", "引用原文", "reply message",
		"original e-mail", "original email", "元のメッセージ",
		"원본 메시지", "ursprüngliche nachricht", "message d'origine",
		"回复的原邮件", "回覆的原郵件", "replied message", "original",
		NULL
	};
	static const char *const follows[] = { "如下", "附後", "如后", NULL };
	struct mail_line bar = *line;
	const struct mail_line *l = &bar;
	size_t	m, n;
	enum separator sep = SEP_FORWARD;

	while (bar.len > 1 && (*bar.s == '|' || *bar.s == ' ')) {
		bar.s++;
		bar.len--;
	}
	m = line_rule(l->s, l->len);

	if (asks_to_answer_above(l) || is_bracketed(l))
		return SEP_QUOTE;
	if (m == l->len || (m < 2 && l->s[l->len - 1] != ':'))
		return SEP_NOT;
	n = line_starts_any(l->s + m, l->len - m, forwards);
	if (n == 0) {
		n = line_starts_any(l->s + m, l->len - m, quotes);
		n = n > 0 ? n : says_below(l->s + m, l->len - m);
		sep = SEP_QUOTE;
	}
	if (n == 0)
		return SEP_NOT;
	/* without a rule the words stand alone, with a colon */
	if (m < 2)
		n += line_starts_any(l->s + m + n, l->len - m - n, follows);
	if (m < 2)
		return l->len - m - n == 1 && l->s[l->len - 1] == ':' ?
		    sep : SEP_NOT;
	n += m;
	m = line_rule(l->s + n, l->len - n);
	return n + m == l->len || (m > 1 && names_sender_at(l, n + m)) ||
	    (l->len >= 4 && strncmp(l->s + l->len - 3, "---", 3) == 0) ||
	    l->s[l->len - 1] == ':' ? sep : SEP_NOT;
}

/* The bytes before 寫道：, wrote: at the end, or 0. */
static size_t
before_wrote(const char *s, size_t len)
{
	static const char *const ends[] = {
		"寫道", "写道", "寫到", "写到", "wrote", "提到", "來信說",
		"寫道以下", "寫了", "說道", "writes", "書きました", "のメール",
		"schrieb", "a écrit", "작성", NULL
	};

	while (len > 0 && (s[len - 1] == ' ' || s[len - 1] == ':'))
		len--;
	for (const char *const *w = ends; *w != NULL; w++) {
		size_t	n = strlen(*w);

		if (len > n && strncasecmp(s + len - n, *w, n) == 0)
			return len - n;
	}
	return 0;
}

/* Is there a year or a clock time or an address before 寫道? */
static int
names_when_or_who(const char *s, size_t len)
{
	static const char *const joins[] = { "於", "在", "于", "on ", "On ",
	    "at ", "At ", "ON ", "---", "<", NULL };
	int	year, clock;

	find_time(s, len, &year, &clock);
	return (year && clock) || (line_has_any(s, len, joins) &&
	    (line_has(s, len, "@") || year || clock));
}

/* "2007年5月31日(木) 9:23 通報 <a@b>:", "Nov 27, 2026, 14:22 by a@b:", "Am
 * 31.05.2007 schrieb Wang:" */
static int
is_dated_sender(const char *s, size_t len)
{
	int	year, clock;

	find_time(s, len, &year, &clock);
	return year && ((clock && line_has(s, len, "@") && (line_has(s, len,
	    "<") || line_has(s, len, " by "))) ||
	    line_has(s, len, " schrieb "));
}

/* Do the words end one line or more of "... wrote:"? */
static int
is_attribution(const char *s, size_t len)
{
	size_t	before = before_wrote(s, len);

	return before > 0 ? names_when_or_who(s, before) :
	    is_dated_sender(s, len);
}

/* -----王小明/機關 寫道: -----, ---- ... wrote ----: the bytes before the
 * rule behind it, or 0. */
static size_t
before_rule(const char *s, size_t len)
{
	size_t	n = len;

	if (len < 2 || s[0] != '-' || s[1] != '-')
		return 0;
	while (n > 0 && (s[n - 1] == '-' || s[n - 1] == ' '))
		n--;
	return n > 0 && len - n >= 2 ? n : 0;
}

/* [王小明 在 2026-11-27 14:23 寫道:]: is it such a line, whole? */
static int
is_bracketed_wrote(const char *s, size_t len)
{
	static const char *const opens[] = { "[", "(", "【", "〔", NULL };
	static const char *const closes[] = { "]", ")", "】", "〕", NULL };
	size_t	open = line_starts_any(s, len, opens), n, before;

	for (size_t i = 0; open > 0 && closes[i] != NULL; i++) {
		n = strlen(closes[i]);
		if (len <= open + n || memcmp(s + len - n, closes[i], n) != 0)
			continue;
		s += open;
		len -= open + n;
		before = before_wrote(s, len);
		return before > 0 && names_when_or_who(s, before);
	}
	return 0;
}

/* -- 王科長 2026/11/27 15:01 --: who and when between two rules, of what stands
 * below.  Not what somebody heads his own words with: -- 更新 2026/11/27 15:01 --.
 */
static int
is_ruled_sender(const char *s, size_t len)
{
	static const char *const own[] = {
		"更新", "紀錄", "記錄", "纪录", "记录", "補充", "补充", "回報",
		"回报", "時間", "时间", "處理", "处理", "進度", "狀態", "現況", "截",
		"預計", "預定", "會議", "開會",
		"update", "Update", "UPDATE", "status", "Status", "log", "Log", NULL
	};
	int	year, clock, day = 0;

	while (len > 0 && (*s == '-' || *s == ' ')) {
		s++;
		len--;
	}
	if (len == 0 || is_digit(*s) || !is_digit(s[len - 1]) ||
	    line_has_any(s, len, own))
		return 0;
	find_time(s, len, &year, &clock);
	for (size_t i = 1; i + 1 < len; i++)
		day |= s[i] == '/' && is_digit(s[i - 1]) && is_digit(s[i + 1]);
	return clock && (year || day);
}

/* May the line be the first of several: a day, an hour, an address?  Not
 * 等級：□4級 □3級 □2級 ■1級. */
static int
begins_attribution(const struct mail_line *l)
{
	const char	*colon = memchr(l->s, ':', l->len);
	int		 digits = 0;

	if (colon != NULL && colon > l->s && colon + 1 < l->s + l->len &&
	    (colon[-1] < '0' || colon[-1] > '9') &&
	    !line_has(l->s, l->len, "@"))
		return 0;

	for (size_t i = 0; i < l->len; i++)
		digits += l->s[i] >= '0' && l->s[i] <= '9';
	return line_has(l->s, l->len, "@") || digits >= 4;
}

/* Restored at 14:20. above On Thu, May 31, 2007 at 9:23 AM X <a@b> wrote: does
 * a line of figures stand above words that say who and when by themselves? */
static int
stands_above(const struct mail_line *l, const char *rest, size_t len)
{
	int	year, clock;

	find_time(rest, len, &year, &clock);
	return year && clock && line_has(rest, len, "@") &&
	    !line_has(l->s, l->len, "@");
}

/*
 * Lines of "... 寫道：" at i, 0: none.  An answer may stand right above it:
 * what makes sense without the first line does not begin with it.
 */
size_t
mail_attribution(const struct mail_line *l, size_t i, size_t n)
{
	char	text[ATTRIBUTION_MAX];
	size_t	len = 0, taken = 0, n_ruled = before_rule(l[i].s, l[i].len);

	if (n_ruled > 0 && (before_wrote(l[i].s, n_ruled) > 0 ||
	    is_ruled_sender(l[i].s, n_ruled)))
		return 1;
	if (is_bracketed_wrote(l[i].s, l[i].len))
		return 1;
	/* the last line of it ends with a colon; it may wrap over three */
	while (taken < 3 && i + taken < n && l[i + taken].len > 0) {
		const struct mail_line *p = &l[i + taken];

		if (len + p->len + 1 > sizeof(text) || mail_is_quoted(p))
			return 0;
		if (taken > 0)
			text[len++] = ' ';
		memcpy(text + len, p->s, p->len);
		len += p->len;
		taken++;
		if (p->s[p->len - 1] != ':')
			continue;
		if (is_attribution(text, len)) {
			for (size_t k = 1; k < taken &&
			    (!begins_attribution(&l[i]) || stands_above(&l[i],
			    text + l[i].len + 1, len - l[i].len - 1)); k++)
				if (mail_attribution(l, i + k, n) ==
				    taken - k)
					return 0;
			return taken;
		}
		if (before_wrote(text, len) > 0 || mail_is_labelled(p))
			return 0;
	}
	return 0;
}

int
mail_is_bare_attribution(const struct mail_line *l)
{
	static const char *const alone[] = { "寫道:", "写道:", "寫到:", "wrote:",
	    NULL };
	size_t	n;

	if (l->len == 0 || l->len > AUTHOR_BARE || l->s[l->len - 1] != ':')
		return 0;
	if (line_starts_any(l->s, l->len, alone) == l->len)
		return 1;
	/* programs set a blank behind the name, people write 信中寫道: */
	n = before_wrote(l->s, l->len);
	return n > 1 && l->s[n - 1] == ' ' && !line_has(l->s, n, ",") &&
	    !line_has(l->s, n, "。") && !line_has(l->s, n, ":");
}

int
mail_names_author(const struct mail_line *l)
{
	size_t	n = l->len;
	int	year, clock, ends = n > 0 && l->s[n - 1] == ':';

	n -= (size_t)ends;
	if (n < 5 || n > AUTHOR_MAX || l->s[n - 1] != '>' ||
	    !line_has(l->s, n, "@") || !line_has(l->s, n, "<"))
		return 0;
	find_time(l->s, n, &year, &clock);
	return ends || year;
}

int
mail_is_groupwise_head(const struct mail_line *l)
{
	static const char	rule[] = ">>>";
	const size_t		n = sizeof(rule) - 1;
	int			year, clock;

	if (l->len <= 2 * n || memcmp(l->s, rule, n) != 0 ||
	    memcmp(l->s + l->len - n, rule, n) != 0)
		return 0;
	find_time(l->s, l->len, &year, &clock);
	return clock && (year || line_has(l->s, l->len, "/"));
}

/* Programs put the name or the hour last, and an address somewhere. */
int
mail_tells_in_prose(const struct mail_line *l)
{
	static const char *const heads[] = { "於", "在", "于", NULL };
	static const char *const hours[] = { "午", "點", "点", "時", "分", "秒",
	    "日", "」", "》", NULL };
	size_t	n = before_wrote(l->s, l->len);

	while (n > 0 && l->s[n - 1] == ' ')
		n--;
	if (n < 3 || line_has(l->s, n, "@") || (unsigned char)*l->s < 0x80 ||
	    line_starts_any(l->s, n, heads) > 0)
		return 0;
	return (unsigned char)l->s[n - 1] >= 0x80 &&
	    line_starts_any(l->s + n - 3, 3, hours) == 0;
}

int
mail_is_bbs_head(const struct mail_line *l)
{
	static const char *const heads[] = { "※ 引述", "引述", NULL };
	size_t	n = line_starts_any(l->s, l->len, heads);

	return n > 0 && (line_has(l->s, l->len, "之銘言") ||
	    ((*l->s == "※"[0] || line_has(l->s, l->len, "之內容")) &&
	    l->s[l->len - 1] == ':'));
}

int
mail_is_bbs_quote(const struct mail_line *l)
{
	static const char *const marks[] = { "→ ", "推 ", "噓 ", NULL };
	size_t	n = line_starts_any(l->s, l->len, marks), from = n;

	if (n == 0)
		return l->len > 0 && *l->s == ':';
	while (n < l->len && ((line_lower(l->s[n]) >= 'a' &&
	    line_lower(l->s[n]) <= 'z') || (l->s[n] >= '0' && l->s[n] <= '9')))
		n++;
	return n > from && n < l->len && l->s[n] == ':';
}

int
mail_is_notes_stamp(const struct mail_line *l)
{
	const char	*a = memmem(l->s, l->len, "---", 3), *b;
	size_t		 n;
	int		 year, clock;

	if (a == NULL || a == l->s)
		return 0;
	a += 3;
	n = (size_t)(l->s + l->len - a);
	b = memmem(a, n, "---", 3);
	if (b == NULL)
		return 0;
	find_time(a, (size_t)(b - a), &year, &clock);
	return year && clock;
}

int
mail_is_address(const struct mail_line *l)
{
	return l->len > 5 && memchr(l->s, '@', l->len) != NULL &&
	    memchr(l->s, ' ', l->len) == NULL &&
	    memchr(l->s, ':', l->len) == NULL &&
	    (unsigned char)*l->s < 0x80;
}

int
mail_is_quoted(const struct mail_line *l)
{
	return l->len > 0 && (*l->s == '>' ||
	    (*l->s == '|' && l->len > 1 && l->s[1] == ' ' &&
	    memchr(l->s + 1, '|', l->len - 1) == NULL));
}

/* 姓名：, 單位：: a form has them, and so has a signature. */
int
mail_is_personal(const struct mail_line *l)
{
	static const char *const person[] = {
		"姓名", "單位", "单位", "組別", "组别", "科室", "處室", "機關",
		"部門", "部门", "職務", "职务", "職位", "聯絡人", "联系人",
		"承辦人", "line id", "name", "title", "dept", "department",
		"unit", "org", "position", NULL
	};

	return line_starts_any(l->s, l->len, person) > 0;
}

int
mail_is_labelled(const struct mail_line *l)
{
	static const char *const personal[] = {
		"電話", "电话", "傳真", "传真", "手機", "手机", "行動", "分機",
		"地址", "信箱", "電子", "電郵", "邮箱", "邮件", "網址", "网址",
		"公務", "職稱", "職務", "部門", "公司", "專線", "主管", "服務",
		"tel", "fax", "mobile", "cell",
		"e-mail", "email", "mail", "phone", "address", "addr", "web",
		"http", "line", "ext", "o:", "m:", "t:", "f:", "e:", "p:",
		"聯絡電話", "联系电话", NULL
	};
	const char	*colon;
	size_t		 n;

	colon = memchr(l->s, ':', l->len < LABEL_MAX ? l->len : LABEL_MAX);
	if (colon == NULL || colon == l->s)
		return 0;
	n = (size_t)(colon - l->s);
	if (colon[-1] >= '0' && colon[-1] <= '9')
		return 0;
	return n >= 2 && memchr(l->s, ',', n) == NULL &&
	    line_starts_any(l->s, l->len, personal) == 0;
}
