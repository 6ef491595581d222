/*
 * reply_sign - where a signature or a disclaimer begins.
 */
#include <string.h>

#include "parsers/reply_line.h"
#include "parsers/reply_word.h"

#define SIGN_OFF_MAX	60		/* bytes of 王小明 敬上 */
#define TITLE_MAX	40		/* bytes of 【保密警語】 */
#define PROSE_MIN	30		/* bytes of a sentence without its stop */

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

/* 從我的 ... 傳送。 */
static int
is_sent_from(const char *s, size_t len)
{
	static const char *const from[] = {
		"從我的", "从我的", "從 ", "从 ", "從iphone", "自 iphone",
		"從outlook", NULL
	};
	static const char *const sent[] = {
		"傳送", "寄出", "寄送", "发送", "發送", "發出", NULL
	};

	if (line_starts_any(s, len, from) == 0)
		return 0;
	while (len > 0 && (s[len - 1] == '.' || s[len - 1] == ' '))
		len--;
	if (len >= 3 && memcmp(s + len - 3, "。", 3) == 0)
		len -= 3;
	return len >= 6 && line_starts_any(s + len - 6, 6, sent) > 0;
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
	static const char *const tells[] = {
		"有", "被", "封", "帳號", "账号", "主機", "主机", "惡意",
		"垃圾", "account", NULL
	};

	return len <= 120 && (line_starts_any(s, len, heads) > 0 ||
	    is_sent_from(s, len)) && !line_has_any(s, len, tells) &&
	    !names_host(s, len);
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
	while (i < 3 && (n = line_starts(s, len, pairs[i][0])) == 0)
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
		"收件", "指定", "僅供", "聲明", "来自外部", "來自外部",
		"誤收", "誤傳", "誤寄", NULL
	};
	static const char *const holds[] = { "可能", "含有", NULL };
	static const char *const bids[] = {
		"請勿", "请勿", "刪除", "删除", "通知", "銷毀", "非指定",
		"並非", "不得", NULL
	};
	static const char *const tells[] = {
		"釣魚", "詐騙", "可疑", "惡意", "中毒", "木馬", "疑似", "钓鱼",
		NULL
	};
	static const char *const happened[] = {
		"駭客", "黑客", "被駭", "已遭", "遭竊", "遭盜", "已外洩", "被轉寄",
		"遭轉寄", NULL
	};
	int	forbids = line_has_any(s, len, bids);

	if (line_has_any(s, len, happened))
		return 0;
	if (line_has_any(s, len, secret) ||
	    (forbids && line_has(s, len, "個人資料")))
		return line_has_any(s, len, meant) ||
		    line_has_any(s, len, holds);
	return (forbids || line_has(s, len, "個人資料")) &&
	    line_has_any(s, len, meant) && !line_has_any(s, len, tells);
}

/* 本郵件含有機密...請勿...; not: 此郵件收件者為機要組 */
static int
is_disclaimer(const char *s, size_t len)
{
	static const char *const heads[] = {
		"本郵件", "本電子郵件", "本信件", "本電郵", "本邮件",
		"本电子邮件", "此郵件", "此电子邮件", "此電子郵件", "此信件",
		"本訊息", "本信", "注意:本郵", "注意:本信", "注意:本電",
		"聲明:", "免責聲明", "保密聲明", "保密警語", "機密聲明",
		"保密提醒", "本e-mail",
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
	static const char *const english_tells[] = {
		"leaked", "phish", "infected", "stolen", "hacked",
		NULL
	};
	size_t	m = line_rule(s, len), past;

	s += m;
	len -= m;
	m = title_length(s, len, &past);
	if (line_starts_any(s + m, len - m, heads) > 0 ||
	    line_starts_any(s + past, len - past, heads) > 0)
		return means_readers(s, len);
	return line_starts_any(s + m, len - m, english) > 0 &&
	    line_has_any(s, len, english_marks) &&
	    !line_has_any(s, len, english_tells);
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
		"祝 平安", "祝 健康", "祝 商祺", "祝 工作", "祝順心",
		"祝平安", "祝健康", "祝商祺", "祝工作", NULL
	};
	size_t	n;

	if (len > SIGN_OFF_MAX)
		return 0;
	n = line_starts_any(s, len, english);
	if (n > 0 && (n == len || (len - n < 3 &&
	    strchr(",.!", s[n]) != NULL)))
		return 1;
	if (line_starts_any(s, len, wishes) > 0 && !line_has(s, len, "。") &&
	    !line_has(s, len, ":"))
		return 1;
	while (len > 0 && strchr(" .,!)", s[len - 1]) != NULL)
		len--;
	for (const char *const *w = ends; *w != NULL; w++) {
		n = strlen(*w);
		if (len >= n && memcmp(s + len - n, *w, n) == 0)
			return 1;
		/* 敬上 and the name behind it; 敬啟者 opens a letter */
		if (len >= n && memcmp(s, *w, n) == 0 &&
		    !line_has(s, len, "者") && !line_has(s, len, ":"))
			return 1;
	}
	return 0;
}

int
mail_is_sign_off(const struct mail_line *l)
{
	return l->len > 0 && is_sign_off(l->s, l->len);
}

/* 長官您好：, Dear all, */
int
mail_is_greeting(const struct mail_line *l)
{
	static const char *const hellos[] = {
		"您好", "你好", "大家好", "長官好", "同仁好", "早安", "午安",
		"長官", "先生", "小姐", "女士", "同仁", "敬啟者", "鈞鑒", "各位",
		NULL
	};
	static const char *const english[] = {
		"dear ", "hi", "hello", "good morning", "good afternoon",
		"to whom", NULL
	};
	size_t	len = l->len;

	if (len > SIGN_OFF_MAX || len == 0)
		return 0;
	while (len > 0 && strchr(" ,:!~.", l->s[len - 1]) != NULL)
		len--;
	if (memchr(l->s, ':', len) != NULL)	/* 姓名：王先生 */
		return 0;
	for (const char *const *w = hellos; *w != NULL; w++)
		if (len >= strlen(*w) && memcmp(l->s + len - strlen(*w), *w,
		    strlen(*w)) == 0)
			return 1;
	return len < l->len && line_starts_any(l->s, len, english) > 0;
}

/* 臺北市政府秘書處資訊室, 高級分析師: of one who signs. */
static int
ends_as_office(const struct mail_line *l)
{
	static const char *const ends[] = {
		"組", "组", "處", "处", "室", "科", "課", "局", "府", "司", "部",
		"院", "中心", "公司", "師", "员", "員", "長", "长", "任", "理", NULL
	};

	for (const char *const *w = ends; *w != NULL; w++) {
		size_t	n = strlen(*w);

		if (l->len >= n && memcmp(l->s + l->len - n, *w, n) == 0)
			return 1;
	}
	return 0;
}

/* A sentence: it ends with a full stop, or has clauses, or is long and no
 * line of a signature. */
int
mail_is_prose(const struct mail_line *l)
{
	int	plain = l->len > PROSE_MIN && !ends_as_office(l);

	for (size_t i = 0; i < l->len && plain; i++)
		plain = strchr(":@0123456789|", l->s[i]) == NULL;
	return plain || line_has(l->s, l->len, "。") ||
	    (l->len > PROSE_MIN && line_has(l->s, l->len, ","));
}

int
mail_is_bare(const struct mail_line *l)
{
	return l->len > 0 && l->len <= SIGN_OFF_MAX &&
	    memchr(l->s, ':', l->len) == NULL && !line_has(l->s, l->len, "。") &&
	    !line_has(l->s, l->len, ",");
}

/* 聯絡電話 is none of these: forms ask for it; nor is email 遭盜用. */
int
mail_is_contact(const struct mail_line *l)
{
	static const char *const labels[] = {
		"電話", "公務電話", "辦公室電話", "電話/", "电话", "tel", "phone",
		"手機", "行動", "傳真", "fax", "mobile", "cell", "e-mail", "email",
		"mail", "信箱", "電子郵件", "電子信箱", "地址", "address", "add",
		"分機", "ext", "line", NULL
	};
	static const char *const tells[] = {
		"遭", "被", "竄改", "盜用", "無法", "不能", "異常", "中毒", NULL
	};

	return line_starts_any(l->s, l->len, labels) > 0 &&
	    !line_has_any(l->s, l->len, tells);
}

/* 網址：, which is of one who signs only where he can be reached too. */
int
mail_is_site(const struct mail_line *l)
{
	static const char *const labels[] = { "網址", "http", "www", NULL };

	return line_starts_any(l->s, l->len, labels) > 0 &&
	    !line_has(l->s, l->len, "遭") && !line_has(l->s, l->len, "被");
}

int
mail_is_printed(const struct mail_line *l)
{
	return l->len > 0 && (is_phone_tail(l->s, l->len) ||
	    is_disclaimer(l->s, l->len));
}

int
mail_is_dashes(const struct mail_line *l)
{
	return l->len == 2 && memcmp(l->s, "--", 2) == 0;
}

int
mail_is_signature(const struct mail_line *l)
{
	return l->len > 0 && (mail_is_dashes(l) ||
	    is_sign_off(l->s, l->len) || mail_is_printed(l));
}
