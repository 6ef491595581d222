#include "parsers/reply_line.h"

#include <string.h>

#define ATTRIBUTION_MAX	600		/* bytes over all its lines */
#define SIGN_OFF_MAX	60		/* bytes of 王小明 敬上 */
#define LABEL_MAX	60
#define DAY_MAX		60		/* bytes of a line that is a day and hour */
#define TITLE_MAX	40		/* bytes of 【保密警語】 */
#define AUTHOR_MAX	200		/* bytes of 引述 王小明 <a@b>: */

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Words are in lower case.  Most lines differ in the first byte. */
static size_t
starts(const char *s, size_t len, const char *word)
{
	size_t	n = 0;

	for (; word[n] != '\0'; n++)
		if (n == len || lower(s[n]) != word[n])
			return 0;
	return n;
}

static size_t
starts_any(const char *s, size_t len, const char *const *words)
{
	size_t	n;

	for (; *words != NULL; words++)
		if ((n = starts(s, len, *words)) > 0)
			return n;
	return 0;
}

static int
contains(const char *s, size_t len, const char *word)
{
	return memmem(s, len, word, strlen(word)) != NULL;
}

static int
contains_any(const char *s, size_t len, const char *const *words)
{
	for (; *words != NULL; words++)
		if (contains(s, len, *words))
			return 1;
	return 0;
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
		*year |= run == 4;
	}
}

int
mail_names_sender(const struct mail_line *l)
{
	int	digits = 0, marks = 0;

	for (size_t i = 0; i < l->len; i++) {
		digits += l->s[i] >= '0' && l->s[i] <= '9';
		marks += l->s[i] == '/' || l->s[i] == ':' ||
		    l->s[i] == '-' || l->s[i] == '.';
	}
	return memchr(l->s, '@', l->len) != NULL || *l->s == '"' ||
	    *l->s == '<' || (digits >= 6 && marks >= 2 && l->len < DAY_MAX &&
	    !mail_is_labelled(l));
}

/* Only -, =, _, *, ~ and blanks around the words of a separator. */
static size_t
rule_length(const char *s, size_t len)
{
	size_t	n = 0;

	while (n < len && strchr("-=_*~ ", s[n]) != NULL)
		n++;
	return n;
}

enum separator
mail_separator(const struct mail_line *l)
{
	static const char *const forwards[] = {
		"轉寄的郵件", "轉寄郵件", "已轉寄的郵件", "已轉寄郵件",
		"轉寄的訊息", "轉寄訊息", "轉寄的信件", "轉寄信件",
		"轉發的郵件", "轉發郵件", "转发的邮件", "转发邮件",
		"转发邮件信息", "forwarded message", "forwarded by",
		"begin forwarded message", "转发的原邮件", "開始轉寄的郵件",
		"開始轉寄郵件",
		"開始轉寄訊息", "开始转发的邮件", "轉寄人", "轉寄者", NULL
	};
	static const char *const quotes[] = {
		"原始郵件", "原始邮件", "原始信件", "原始訊息", "原始消息",
		"原郵件", "原件", "原信", "original message",
		"original appointment", "回覆郵件", "回覆的郵件",
		"答复邮件", "回复邮件", "引用原文", "reply message",
		"original e-mail", "original email", "元のメッセージ",
		"원본 메시지", "ursprüngliche nachricht", "message d'origine",
		"回复的原邮件", "回覆的原郵件", "replied message", "original",
		NULL
	};
	size_t	m = rule_length(l->s, l->len), n;
	enum separator sep = SEP_FORWARD;

	if (m == l->len || (m < 2 && l->s[l->len - 1] != ':'))
		return SEP_NOT;
	n = starts_any(l->s + m, l->len - m, forwards);
	if (n == 0) {
		n = starts_any(l->s + m, l->len - m, quotes);
		sep = SEP_QUOTE;
	}
	if (n == 0)
		return SEP_NOT;
	/* without a rule the words stand alone, with a colon */
	if (m < 2)
		return l->len - m - n == 1 && l->s[l->len - 1] == ':' ?
		    sep : SEP_NOT;
	return rule_length(l->s + m + n, l->len - m - n) == l->len - m - n ||
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
	return (year && clock) || (contains_any(s, len, joins) &&
	    (contains(s, len, "@") || year || clock));
}

/* "2007年5月31日(木) 9:23 通報 <a@b>:", "Am 31.05.2007 schrieb Wang:" */
static int
is_dated_sender(const char *s, size_t len)
{
	int	year, clock;

	find_time(s, len, &year, &clock);
	return year && ((clock && contains(s, len, "<") &&
	    contains(s, len, "@")) || contains(s, len, " schrieb "));
}

/* Do the words end one line or more of "... wrote:"? */
static int
is_attribution(const char *s, size_t len)
{
	size_t	before = before_wrote(s, len);

	return before > 0 ? names_when_or_who(s, before) :
	    is_dated_sender(s, len);
}

/* -----王小明/機關 寫道: -----: the bytes before the rule behind it, or 0. */
static size_t
before_rule(const char *s, size_t len)
{
	size_t	n = len;

	if (len < 2 || s[0] != '-' || s[1] != '-')
		return 0;
	while (n > 0 && (s[n - 1] == '-' || s[n - 1] == ' '))
		n--;
	return n > 0 && len - n >= 2 && s[n - 1] == ':' ? n : 0;
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
	    !contains(l->s, l->len, "@"))
		return 0;

	for (size_t i = 0; i < l->len; i++)
		digits += l->s[i] >= '0' && l->s[i] <= '9';
	return contains(l->s, l->len, "@") || digits >= 4;
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

	if (n_ruled > 0 && before_wrote(l[i].s, n_ruled) > 0)
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
			    !begins_attribution(&l[i]); k++)
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
mail_names_author(const struct mail_line *l)
{
	size_t	n = l->len;
	int	year, clock, ends = n > 0 && l->s[n - 1] == ':';

	n -= (size_t)ends;
	if (n < 5 || n > AUTHOR_MAX || l->s[n - 1] != '>' ||
	    !contains(l->s, n, "@") || !contains(l->s, n, "<"))
		return 0;
	find_time(l->s, n, &year, &clock);
	return ends || year;
}

int
mail_is_quoted(const struct mail_line *l)
{
	return l->len > 0 && (*l->s == '>' ||
	    (*l->s == '|' && l->len > 1 && l->s[1] == ' ' &&
	    memchr(l->s + 1, '|', l->len - 1) == NULL));
}

static int
is_delimiter(const struct mail_line *l)
{
	return l->len == 2 && memcmp(l->s, "--", 2) == 0;
}

/* Two dots in a word: 192.0.2.1, mail.agency.example. */
static int
names_host(const char *s, size_t len)
{
	size_t	dots = 0;

	for (size_t i = 0; i + 1 < len && dots < 2; i++) {
		if (s[i] == ' ')
			dots = 0;
		dots += s[i] == '.' && s[i + 1] != '.' && s[i + 1] != ' ';
	}
	return dots == 2;
}

/* 從我的 iPhone 傳送; not: 從我的電腦無法連線, 從我的帳號有垃圾信寄出 */
static int
is_phone_tail(const char *s, size_t len)
{
	static const char *const heads[] = {
		"發自我的", "发自我的", "寄自我的", "傳送自", "发送自",
		"sent from my", "sent from mail for", "sent from yahoo",
		"sent from outlook", "sent from samsung", "send from my",
		"取得 outlook", "取得outlook", "取得 ios 版 outlook",
		"取得 android 版 outlook", "get outlook for",
		"下載適用於", "获取 outlook", "獲取 outlook",
		"download outlook", "使用 outlook for", "使用outlook for",
		NULL
	};
	static const char *const from[] = {
		"從我的", "从我的", "從 ", "从 ", "從iphone", "自 iphone",
		"從outlook", NULL
	};
	static const char *const sent[] = {
		"傳送", "寄出", "寄送", "发送", "發送", "發出", NULL
	};

	static const char *const tells[] = {
		"有", "被", "封", "帳號", "账号", "主機", "主机", "惡意", "垃圾",
		"account", NULL
	};

	if (len > 120 || contains_any(s, len, tells) || names_host(s, len))
		return 0;
	if (starts_any(s, len, heads) > 0)
		return 1;
	while (len > 0 && (s[len - 1] == '.' || s[len - 1] == ' '))
		len--;
	if (len >= 3 && memcmp(s + len - 3, "。", 3) == 0)
		len -= 3;
	return len >= 6 && starts_any(s, len, from) > 0 &&
	    starts_any(s + len - 6, 6, sent) > 0;
}

/* The bracket that opens a title, 【免責聲明】; *past: behind the title. */
static size_t
title_length(const char *s, size_t len, size_t *past)
{
	static const char *const pairs[][2] = {
		{ "【", "】" }, { "[", "]" }, { "〔", "〕" }
	};
	size_t	n = 0, i = 0;
	const char	*end;

	*past = 0;
	while (i < 3 && (n = starts(s, len, pairs[i][0])) == 0)
		i++;
	if (n == 0 || (end = memmem(s, len < TITLE_MAX ? len : TITLE_MAX,
	    pairs[i][1], strlen(pairs[i][1]))) == NULL)
		return 0;
	*past = (size_t)(end - s) + strlen(pairs[i][1]);
	while (*past < len && (s[*past] == ' ' || s[*past] == ':'))
		(*past)++;
	return n;
}

/* 僅供收件人...請勿...; not: 本郵件可能為詐騙，請通知... */
static int
means_readers(const char *s, size_t len)
{
	static const char *const secret[] = {
		"機密", "机密", "保密", "免責", "法律", NULL
	};
	static const char *const meant[] = {
		"收件", "指定", "僅供", "聲明", "来自外部", "來自外部", NULL
	};
	static const char *const holds[] = { "可能", "含有", NULL };
	static const char *const bids[] = {
		"請勿", "请勿", "刪除", "删除", "通知", "銷毀", "非指定",
		"並非", "不得", NULL
	};
	int	forbids = contains_any(s, len, bids);

	if (contains_any(s, len, secret) ||
	    (forbids && contains(s, len, "個人資料")))
		return contains_any(s, len, meant) ||
		    contains_any(s, len, holds);
	return (forbids || contains(s, len, "個人資料")) &&
	    contains_any(s, len, meant);
}

/* 本郵件含有機密...請勿...; not: 此郵件收件者為機要組 */
static int
is_disclaimer(const char *s, size_t len)
{
	static const char *const heads[] = {
		"本郵件", "本電子郵件", "本信件", "本電郵", "本邮件",
		"本电子邮件", "此郵件", "此电子邮件", "此電子郵件", "此信件",
		"本訊息", "本信", "注意:本", "聲明:", "免責聲明",
		"保密聲明", "保密警語", "機密聲明", "保密提醒", "本e-mail",
		"本email", "此電郵", "此邮件", "本封郵件", "本封信件",
		"這封電子郵件", "这封电子邮件", NULL
	};
	static const char *const english[] = {
		"this e-mail", "this email", "this message",
		"confidentiality note", "confidentiality notice",
		"confidential:", "disclaimer", "this communication is",
		"this transmission may", "this transmission is",
		"notice: this e", "important notice: this",
		"the information contained in this",
		"the information in this e", "the contents of this e",
		"please consider the environment", NULL
	};
	static const char *const english_marks[] = {
		"confidential", "intended", "privileged", "Confidential",
		"CONFIDENTIAL", "isclaimer", "NOTICE", "before printing", NULL
	};
	size_t	m = rule_length(s, len), past;

	s += m;
	len -= m;
	m = title_length(s, len, &past);
	if (starts_any(s + m, len - m, heads) > 0 ||
	    starts_any(s + past, len - past, heads) > 0)
		return means_readers(s, len);
	return starts_any(s + m, len - m, english) > 0 &&
	    contains_any(s, len, english_marks);
}

/* 王小明 敬上, 敬祝 順心, Best regards, */
static int
is_sign_off(const char *s, size_t len)
{
	static const char *const ends[] = {
		"敬上", "敬啟", "敬启", "謹上", "謹啟", "拜上", "敬稟", NULL
	};
	static const char *const english[] = {
		"best regards", "kind regards", "regards", "sincerely",
		"yours sincerely", "best wishes", "thanks and regards",
		"thanks & regards", "warm regards", "yours faithfully", NULL
	};
	static const char *const wishes[] = {
		"敬祝", "敬颂", "敬頌", "順頌", "顺颂", "順祝", "顺祝", "順問",
		"並頌", "並祝", "即頌", "祝好", "祝您", "祝 順心", "祝 好",
		"祝 平安", "祝 健康", "祝 商祺", "祝 工作", NULL
	};
	size_t	n;

	if (len > SIGN_OFF_MAX)
		return 0;
	n = starts_any(s, len, english);
	if (n > 0 && (n == len || (len - n < 3 &&
	    strchr(",.!", s[n]) != NULL)))
		return 1;
	if (starts_any(s, len, wishes) > 0 && !contains(s, len, "。") &&
	    !contains(s, len, ":"))
		return 1;
	while (len > 0 && strchr(" .,!)", s[len - 1]) != NULL)
		len--;
	for (const char *const *w = ends; *w != NULL; w++) {
		n = strlen(*w);
		if (len >= n && memcmp(s + len - n, *w, n) == 0)
			return 1;
		/* 敬上 and the name behind it; 敬啟者 opens a letter */
		if (len >= n && memcmp(s, *w, n) == 0 &&
		    !contains(s, len, "者") && !contains(s, len, ":"))
			return 1;
	}
	return 0;
}

int
mail_is_signature(const struct mail_line *l)
{
	return l->len > 0 && (is_delimiter(l) || is_phone_tail(l->s, l->len) ||
	    is_disclaimer(l->s, l->len) || is_sign_off(l->s, l->len));
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

	return starts_any(l->s, l->len, person) > 0;
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
	    starts_any(l->s, l->len, personal) == 0;
}
