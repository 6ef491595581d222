#include "parsers/datetime_token.h"

#include <string.h>

#include "parsers/words.h"

#define TEXT_MAX	256
#define CN_DIGITS_MAX	16

struct word {
	const char	*s;
	enum token_kind	 kind;
	int		 value;
};

#define NIGHT_OF(day)	((day) * 16 + PERIOD_NIGHT)
#define MORNING_OF(day)	((day) * 16 + PERIOD_MORNING)

static const struct word words[] = {
	{ "中華民國", TK_ERA, ERA_ROC }, { "中华民国", TK_ERA, ERA_ROC },
	{ "民國", TK_ERA, ERA_ROC }, { "民国", TK_ERA, ERA_ROC },
	{ "民國前", TK_ERA, ERA_BEFORE_ROC },
	{ "民前", TK_ERA, ERA_BEFORE_ROC },
	{ "roc", TK_ERA, ERA_ROC }, { "西元", TK_ERA, ERA_AD },
	{ "公元", TK_ERA, ERA_AD }, { "ad", TK_ERA, ERA_AD },
	{ "平成", TK_ERA, ERA_HEISEI }, { "令和", TK_ERA, ERA_REIWA },
	{ "年", TK_YEAR, 0 }, { "月", TK_MONTH, 0 }, { "月份", TK_MONTH, 0 },
	{ "日", TK_DAY, 0 }, { "號", TK_DAY, 0 }, { "号", TK_DAY, 0 },
	{ "點", TK_HOUR, 1 }, { "点", TK_HOUR, 1 }, { "時", TK_HOUR, 0 },
	{ "时", TK_HOUR, 0 }, { "點鐘", TK_HOUR, 1 }, { "点钟", TK_HOUR, 1 },
	{ "h", TK_HOUR, 0 }, { "hrs", TK_HOUR, 2 }, { "hours", TK_SPAN, 0 },
	{ "hour", TK_SPAN, 0 }, { "minutes", TK_SPAN, 0 },
	{ "minute", TK_SPAN, 0 }, { "mins", TK_SPAN, 0 },
	{ "min", TK_SPAN, 0 }, { "days", TK_SPAN, 0 },
	{ "weeks", TK_SPAN, 0 },
	{ "分", TK_MINUTE, 0 }, { "秒", TK_SECOND, 0 },
	{ "半", TK_HALF, 0 }, { "刻", TK_QUARTER, 0 },
	{ "整", TK_SHARP, 0 }, { "正", TK_SHARP, 0 }, { "sharp", TK_SHARP, 0 },
	{ "小時", TK_SPAN, 0 }, { "小时", TK_SPAN, 0 }, { "鐘頭", TK_SPAN, 0 },
	{ "分鐘", TK_SPAN, 0 }, { "分钟", TK_SPAN, 0 }, { "個", TK_SPAN, 0 },
	{ "个", TK_SPAN, 0 }, { "天", TK_SPAN, 0 }, { "週", TK_SPAN, 0 },
	{ "秒鐘", TK_SPAN, 0 }, { "刻鐘", TK_QUARTER, 0 },
	{ "刻钟", TK_QUARTER, 0 },
	{ "前", TK_AGO, 0 }, { "以前", TK_AGO, 0 }, { "之前", TK_AGO, 0 },
	{ "前後", TK_NOISE, 0 }, { "前后", TK_NOISE, 0 },
	{ "前往", TK_NOISE, 0 }, { "前來", TK_NOISE, 0 },
	{ "ago", TK_AGO, 1 }, { "後", TK_AGO, 0 }, { "內", TK_AGO, 0 },
	{ "今天", TK_REL_DAY, 0 }, { "今日", TK_REL_DAY, 0 },
	{ "本日", TK_REL_DAY, 0 }, { "today", TK_REL_DAY, 0 },
	{ "昨天", TK_REL_DAY, -1 }, { "昨日", TK_REL_DAY, -1 },
	{ "yesterday", TK_REL_DAY, -1 }, { "前天", TK_REL_DAY, -2 },
	{ "前日", TK_REL_DAY, -2 },
	{ "daybeforeyesterday", TK_REL_DAY, -2 }, { "大前天", TK_REL_DAY, -3 },
	{ "大前日", TK_REL_DAY, -3 }, { "明天", TK_REL_DAY, 1 },
	{ "明日", TK_REL_DAY, 1 }, { "tomorrow", TK_REL_DAY, 1 },
	{ "今早", TK_REL_DAY_PERIOD, MORNING_OF(0) },
	{ "今晨", TK_REL_DAY_PERIOD, MORNING_OF(0) },
	{ "今晚", TK_REL_DAY_PERIOD, NIGHT_OF(0) },
	{ "昨晚", TK_REL_DAY_PERIOD, NIGHT_OF(-1) },
	{ "昨夜", TK_REL_DAY_PERIOD, NIGHT_OF(-1) },
	{ "昨早", TK_REL_DAY_PERIOD, MORNING_OF(-1) },
	{ "前晚", TK_REL_DAY_PERIOD, NIGHT_OF(-2) },
	{ "lastnight", TK_REL_DAY_PERIOD, NIGHT_OF(-1) },
	{ "tonight", TK_REL_DAY_PERIOD, NIGHT_OF(0) },
	{ "thismorning", TK_REL_DAY_PERIOD, MORNING_OF(0) },
	{ "thisafternoon", TK_REL_DAY_PERIOD, PERIOD_PM },
	{ "今午", TK_REL_DAY_PERIOD, PERIOD_NOON },
	{ "今", TK_THIS, 0 }, { "本", TK_THIS, 0 }, { "昨", TK_THIS, 0 },
	{ "當", TK_THIS, 0 }, { "同", TK_THIS, 0 }, { "上", TK_THIS, 0 },
	{ "更正", TK_FIX, 0 }, { "更正為", TK_FIX, 0 },
	{ "更正为", TK_FIX, 0 }, { "訂正為", TK_FIX, 0 },
	{ "修正為", TK_FIX, 0 }, { "修正为", TK_FIX, 0 },
	{ "改為", TK_FIX, 0 }, { "改为", TK_FIX, 0 }, { "改成", TK_FIX, 0 },
	{ "應為", TK_FIX, 0 }, { "应为", TK_FIX, 0 }, { "應是", TK_FIX, 0 },
	{ "正確為", TK_FIX, 0 }, { "正確時間", TK_FIX, 0 },
	{ "correction", TK_FIX, 0 }, { "corrected", TK_FIX, 0 },
	{ "correctedto", TK_FIX, 0 }, { "shouldbe", TK_FIX, 0 },
	{ "或", TK_OR, 0 }, { "或是", TK_OR, 0 }, { "或者", TK_OR, 0 },
	{ "or", TK_OR, 0 }, { "不是", TK_NOT, 0 }, { "並非", TK_NOT, 0 },
	{ "非", TK_NOT, 0 }, { "not", TK_NOT, 0 },
	{ "翌日", TK_NEXT_DAY, 0 }, { "次日", TK_NEXT_DAY, 0 },
	{ "隔日", TK_NEXT_DAY, 0 }, { "隔天", TK_NEXT_DAY, 0 },
	{ "翌晨", TK_NEXT_DAY, 0 }, { "次晨", TK_NEXT_DAY, 0 },
	{ "農曆", TK_LUNAR, 0 }, { "农历", TK_LUNAR, 0 },
	{ "陰曆", TK_LUNAR, 0 }, { "阴历", TK_LUNAR, 0 },
	{ "舊曆", TK_LUNAR, 0 }, { "lunar", TK_LUNAR, 0 },
	{ "元旦", TK_SOME_DAY, 0 }, { "除夕", TK_SOME_DAY, 0 },
	{ "初一", TK_SOME_DAY, 0 }, { "初二", TK_SOME_DAY, 0 },
	{ "初三", TK_SOME_DAY, 0 }, { "初四", TK_SOME_DAY, 0 },
	{ "初五", TK_SOME_DAY, 0 }, { "初六", TK_SOME_DAY, 0 },
	{ "春節", TK_SOME_DAY, 0 }, { "過年", TK_SOME_DAY, 0 },
	{ "元宵", TK_SOME_DAY, 0 }, { "清明", TK_SOME_DAY, 0 },
	{ "端午", TK_SOME_DAY, 0 }, { "中秋", TK_SOME_DAY, 0 },
	{ "國慶", TK_SOME_DAY, 0 }, { "雙十", TK_SOME_DAY, 0 },
	{ "耶誕", TK_SOME_DAY, 0 }, { "聖誕", TK_SOME_DAY, 0 },
	{ "節", TK_SOME_DAY, 0 }, { "第一天", TK_SOME_DAY, 0 },
	{ "小年夜", TK_SOME_DAY, 0 }, { "尾牙", TK_SOME_DAY, 0 },
	{ "跨年", TK_SOME_DAY, 0 }, { "連假", TK_SOME_DAY, 0 },
	{ "假日", TK_SOME_DAY, 0 }, { "颱風天", TK_SOME_DAY, 0 },
	{ "那天", TK_SOME_DAY, 0 }, { "那日", TK_SOME_DAY, 0 },
	{ "該日", TK_SOME_DAY, 0 }, { "某日", TK_SOME_DAY, 0 },
	{ "今年", TK_REL_YEAR, 0 }, { "本年", TK_REL_YEAR, 0 },
	{ "同年", TK_REL_YEAR, 0 }, { "去年", TK_REL_YEAR, -1 },
	{ "本月", TK_REL_MONTH, 0 }, { "這個月", TK_REL_MONTH, 0 },
	{ "上月", TK_REL_MONTH, -1 }, { "上個月", TK_REL_MONTH, -1 },
	{ "上午", TK_PERIOD, PERIOD_AM }, { "午前", TK_PERIOD, PERIOD_AM },
	{ "am", TK_PERIOD, PERIOD_AM }, { "a.m.", TK_PERIOD, PERIOD_AM },
	{ "早上", TK_PERIOD, PERIOD_MORNING },
	{ "早晨", TK_PERIOD, PERIOD_MORNING },
	{ "早", TK_PERIOD, PERIOD_MORNING },
	{ "上班前", TK_NOISE, 0 },
	{ "清晨", TK_PERIOD, PERIOD_DAWN }, { "凌晨", TK_PERIOD, PERIOD_DAWN },
	{ "拂曉", TK_PERIOD, PERIOD_DAWN },
	{ "中午", TK_PERIOD, PERIOD_NOON }, { "正午", TK_PERIOD, PERIOD_NOON },
	{ "noon", TK_PERIOD, PERIOD_NOON },
	{ "morning", TK_PERIOD, PERIOD_MORNING },
	{ "afternoon", TK_PERIOD, PERIOD_PM },
	{ "evening", TK_PERIOD, PERIOD_NIGHT },
	{ "night", TK_PERIOD, PERIOD_NIGHT },
	{ "下午", TK_PERIOD, PERIOD_PM }, { "午後", TK_PERIOD, PERIOD_PM },
	{ "午后", TK_PERIOD, PERIOD_PM }, { "pm", TK_PERIOD, PERIOD_PM },
	{ "p.m.", TK_PERIOD, PERIOD_PM },
	{ "下牛", TK_PERIOD, PERIOD_PM }, { "上牛", TK_PERIOD, PERIOD_AM },
	{ "傍晚", TK_PERIOD, PERIOD_DUSK }, { "黃昏", TK_PERIOD, PERIOD_DUSK },
	{ "晚上", TK_PERIOD, PERIOD_NIGHT }, { "晚間", TK_PERIOD, PERIOD_NIGHT },
	{ "晚间", TK_PERIOD, PERIOD_NIGHT }, { "夜間", TK_PERIOD, PERIOD_NIGHT },
	{ "夜间", TK_PERIOD, PERIOD_NIGHT }, { "夜裡", TK_PERIOD, PERIOD_NIGHT },
	{ "夜晚", TK_PERIOD, PERIOD_NIGHT }, { "晚", TK_PERIOD, PERIOD_NIGHT },
	{ "最晚", TK_NOT, 0 }, { "最遲", TK_NOT, 0 }, { "至遲", TK_NOT, 0 },
	{ "晚於", TK_NOT, 0 }, { "早於", TK_NOT, 0 }, { "最迟", TK_NOT, 0 },
	{ "半夜", TK_PERIOD, PERIOD_MIDNIGHT },
	{ "深夜", TK_PERIOD, PERIOD_MIDNIGHT },
	{ "午夜", TK_PERIOD, PERIOD_MIDNIGHT },
	{ "子夜", TK_PERIOD, PERIOD_MIDNIGHT },
	{ "midnight", TK_PERIOD, PERIOD_MIDNIGHT },
	{ "january", TK_MONTH_NAME, 1 }, { "jan", TK_MONTH_NAME, 1 },
	{ "february", TK_MONTH_NAME, 2 }, { "feb", TK_MONTH_NAME, 2 },
	{ "march", TK_MONTH_NAME, 3 }, { "mar", TK_MONTH_NAME, 3 },
	{ "april", TK_MONTH_NAME, 4 }, { "apr", TK_MONTH_NAME, 4 },
	{ "may", TK_MONTH_NAME, 5 }, { "june", TK_MONTH_NAME, 6 },
	{ "jun", TK_MONTH_NAME, 6 }, { "july", TK_MONTH_NAME, 7 },
	{ "jul", TK_MONTH_NAME, 7 }, { "august", TK_MONTH_NAME, 8 },
	{ "aug", TK_MONTH_NAME, 8 }, { "september", TK_MONTH_NAME, 9 },
	{ "sept", TK_MONTH_NAME, 9 }, { "sep", TK_MONTH_NAME, 9 },
	{ "october", TK_MONTH_NAME, 10 }, { "oct", TK_MONTH_NAME, 10 },
	{ "november", TK_MONTH_NAME, 11 }, { "nov", TK_MONTH_NAME, 11 },
	{ "december", TK_MONTH_NAME, 12 }, { "dec", TK_MONTH_NAME, 12 },
	{ "至", TK_RANGE, 0 }, { "到", TK_RANGE, 0 }, { "迄", TK_RANGE, 0 },
	{ "~", TK_RANGE, 0 }, { "起至", TK_RANGE, 0 }, { "to", TK_RANGE, 0 },
	{ "until", TK_RANGE, 0 }, { "till", TK_RANGE, 0 },
	{ "/", TK_SEP, '/' }, { "-", TK_SEP, '-' }, { ".", TK_SEP, '.' },
	{ ":", TK_SEP, ':' }, { "+", TK_SEP, '+' }, { "、", TK_SEP, '|' },
	{ "\\", TK_SEP, '/' }, { "‧", TK_SEP, '.' }, { "．", TK_SEP, '.' },
	{ "•", TK_SEP, '.' }, { "·", TK_SEP, '.' },
	{ "(", TK_OPEN, 0 }, { "[", TK_OPEN, 0 }, { "〔", TK_OPEN, 0 },
	{ "【", TK_OPEN, 0 }, { ")", TK_CLOSE, 0 }, { "]", TK_CLOSE, 0 },
	{ "〕", TK_CLOSE, 0 }, { "】", TK_CLOSE, 0 },
	{ ",", TK_COMMA, 0 }, { "。", TK_COMMA, 0 }, { ";", TK_COMMA, 0 },
	{ "t", TK_T, 0 }, { "z", TK_ZONE, 0 }, { "utc", TK_ZONE, 0 },
	{ "gmt", TK_ZONE, 0 }, { "ut", TK_ZONE, 0 },
	{ "cst", TK_ZONE, 28800 }, { "台北時間", TK_ZONE, 28800 },
	{ "臺北時間", TK_ZONE, 28800 }, { "台灣時間", TK_ZONE, 28800 },
	{ "臺灣時間", TK_ZONE, 28800 }, { "taipei", TK_ZONE, 28800 },
	{ "jst", TK_ZONE, 32400 }, { "kst", TK_ZONE, 32400 },
	{ "hkt", TK_ZONE, 28800 }, { "sgt", TK_ZONE, 28800 },
	{ "est", TK_ZONE, -18000 }, { "edt", TK_ZONE, -14400 },
	{ "cdt", TK_ZONE, -18000 }, { "mst", TK_ZONE, -25200 },
	{ "mdt", TK_ZONE, -21600 }, { "pst", TK_ZONE, -28800 },
	{ "pdt", TK_ZONE, -25200 }, { "cet", TK_ZONE, 3600 },
	{ "cest", TK_ZONE, 7200 }, { "bst", TK_ZONE, 3600 },
	{ "st", TK_ORDINAL, 0 }, { "nd", TK_ORDINAL, 0 },
	{ "rd", TK_ORDINAL, 0 }, { "th", TK_ORDINAL, 0 },
	{ "約", TK_NOISE, 0 }, { "约", TK_NOISE, 0 }, { "大約", TK_NOISE, 0 },
	{ "大约", TK_NOISE, 0 }, { "許", TK_NOISE, 0 }, { "许", TK_NOISE, 0 },
	{ "左右", TK_NOISE, 0 }, { "於", TK_NOISE, 0 }, { "在", TK_NOISE, 0 },
	{ "起", TK_NOISE, 0 }, { "at", TK_NOISE, 0 }, { "on", TK_NOISE, 0 },
	{ "about", TK_NOISE, 0 }, { "around", TK_NOISE, 0 },
	{ "of", TK_NOISE, 0 }, { "the", TK_NOISE, 0 }, { "in", TK_NOISE, 0 },
	{ "approx", TK_NOISE, 0 }, { "的", TK_NOISE, 0 }, { "'", TK_NOISE, 0 },
	{ "_", TK_NOISE, 0 },
	{ "approximately", TK_NOISE, 0 }, { "from", TK_NOISE, 0 },
	{ "monday", TK_WEEKDAY, 0 }, { "mon", TK_WEEKDAY, 0 },
	{ "tuesday", TK_WEEKDAY, 0 }, { "tue", TK_WEEKDAY, 0 },
	{ "tues", TK_WEEKDAY, 0 }, { "wednesday", TK_WEEKDAY, 0 },
	{ "wed", TK_WEEKDAY, 0 }, { "thursday", TK_WEEKDAY, 0 },
	{ "thu", TK_WEEKDAY, 0 }, { "thur", TK_WEEKDAY, 0 },
	{ "thurs", TK_WEEKDAY, 0 }, { "friday", TK_WEEKDAY, 0 },
	{ "fri", TK_WEEKDAY, 0 }, { "saturday", TK_WEEKDAY, 0 },
	{ "sat", TK_WEEKDAY, 0 }, { "sunday", TK_WEEKDAY, 0 },
	{ "sun", TK_WEEKDAY, 0 },
};

#define N_WORDS		(sizeof(words) / sizeof(words[0]))

/* Words by a hash of their first character, longest first. */
static short	 bucket[256];		/* index + 1 of the first */
static short	 next_word[N_WORDS];
static size_t	 word_len[N_WORDS];
static int	 ready;

static size_t
char_len(const char *s)
{
	unsigned char	c = (unsigned char)*s;

	return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

static unsigned
hash_first(const char *s, size_t len)
{
	size_t		 n = char_len(s);
	unsigned	 h = 0;

	for (size_t i = 0; i < n && i < len; i++)
		h = h * 31 + (unsigned char)s[i];
	return h & 255;
}

static void
words_index(void)
{
	for (size_t i = 0; i < N_WORDS; i++) {
		size_t	 len = strlen(words[i].s);
		short	*at = &bucket[hash_first(words[i].s, len)];

		while (*at != 0 && strlen(words[*at - 1].s) >= len)
			at = &next_word[*at - 1];
		word_len[i] = len;
		next_word[i] = *at;
		*at = (short)(i + 1);
	}
	ready = 1;
}

/* The text without blanks, in lower case, and where blanks stood. */
struct dense {
	char		 s[TEXT_MAX + 1];
	unsigned char	 gap[TEXT_MAX + 1];
	size_t		 len;
};

static int
is_latin(char c)
{
	return c >= 'a' && c <= 'z';
}

/* 3 1 日, as in a letter-spaced 中 華 民 國 9 6 年, is one number. */
static void
close_digits(struct dense *d)
{
	static const char *const units[] = {
		"年", "月", "日", "時", "时", "點", "点", "分", NULL
	};
	size_t	end;

	for (size_t i = 0; i < d->len; i = end) {
		end = i + 1;
		if (!is_digit(d->s[i]) || (i > 0 && is_digit(d->s[i - 1])))
			continue;
		while (is_digit(d->s[end]) && d->gap[end])
			end++;
		if (end == i + 1 || is_digit(d->s[end]))
			continue;
		for (size_t k = 0; units[k] != NULL; k++)
			if (strncmp(d->s + end, units[k], 3) == 0)
				memset(d->gap + i + 1, 0, end - i - 1);
	}
}

static void
dense_make(const char *s, size_t len, struct dense *d)
{
	size_t	n = 0;
	int	gap = 0;

	for (size_t i = 0; i < len && n < TEXT_MAX; i++) {
		if (s[i] == ' ' || s[i] == '\t' || s[i] == '\n') {
			gap = 1;
			continue;
		}
		d->s[n] = s[i] >= 'A' && s[i] <= 'Z' ?
		    (char)(s[i] - 'A' + 'a') : s[i];
		d->gap[n++] = (unsigned char)gap;
		gap = 0;
	}
	d->s[n] = '\0';
	d->gap[n] = 0;
	d->len = n;
	close_digits(d);
}

enum { CN_NONE = -1, CN_TEN = 10, CN_HUNDRED = 100, CN_TWENTY = 20,
    CN_THIRTY = 30 };

/* Three bytes of UTF-8 as one number. */
#define UTF8_3(a, b, c)	((uint32_t)(a) << 16 | (uint32_t)(b) << 8 | (c))

static int
cn_digit(const char *s)
{
	static const struct {
		uint32_t	c;
		int		v;
	} digits[] = {
		{ UTF8_3(0xe4, 0xb8, 0x80), 1 },	/* 一 */
		{ UTF8_3(0xe4, 0xba, 0x8c), 2 },	/* 二 */
		{ UTF8_3(0xe4, 0xb8, 0x89), 3 },	/* 三 */
		{ UTF8_3(0xe5, 0x9b, 0x9b), 4 },	/* 四 */
		{ UTF8_3(0xe4, 0xba, 0x94), 5 },	/* 五 */
		{ UTF8_3(0xe5, 0x85, 0xad), 6 },	/* 六 */
		{ UTF8_3(0xe4, 0xb8, 0x83), 7 },	/* 七 */
		{ UTF8_3(0xe5, 0x85, 0xab), 8 },	/* 八 */
		{ UTF8_3(0xe4, 0xb9, 0x9d), 9 },	/* 九 */
		{ UTF8_3(0xe5, 0x8d, 0x81), CN_TEN },	/* 十 */
		{ UTF8_3(0xe2, 0x97, 0x8b), 0 },	/* ○ */
		{ UTF8_3(0xe3, 0x80, 0x87), 0 },	/* 〇 */
		{ UTF8_3(0xe9, 0x9b, 0xb6), 0 },	/* 零 */
		{ UTF8_3(0xe2, 0x97, 0xaf), 0 },	/* ◯ */
		{ UTF8_3(0xe7, 0x99, 0xbe), CN_HUNDRED }, /* 百 */
		{ UTF8_3(0xe5, 0xbb, 0xbf), CN_TWENTY }, /* 廿 */
		{ UTF8_3(0xe5, 0x8d, 0x85), CN_THIRTY }, /* 卅 */
		{ UTF8_3(0xe5, 0x85, 0xa9), 2 },	/* 兩 */
		{ UTF8_3(0xe4, 0xb8, 0xa4), 2 },	/* 两 */
		{ UTF8_3(0xe5, 0xa3, 0xb9), 1 },	/* 壹 */
		{ UTF8_3(0xe8, 0xb2, 0xb3), 2 },	/* 貳 */
		{ UTF8_3(0xe5, 0x8f, 0x83), 3 },	/* 參 */
		{ UTF8_3(0xe5, 0x8f, 0x81), 3 },	/* 叁 */
		{ UTF8_3(0xe8, 0x82, 0x86), 4 },	/* 肆 */
		{ UTF8_3(0xe4, 0xbc, 0x8d), 5 },	/* 伍 */
		{ UTF8_3(0xe9, 0x99, 0xb8), 6 },	/* 陸 */
		{ UTF8_3(0xe6, 0x9f, 0x92), 7 },	/* 柒 */
		{ UTF8_3(0xe6, 0x8d, 0x8c), 8 },	/* 捌 */
		{ UTF8_3(0xe7, 0x8e, 0x96), 9 },	/* 玖 */
		{ UTF8_3(0xe6, 0x8b, 0xbe), CN_TEN },	/* 拾 */
		{ UTF8_3(0xe4, 0xbd, 0xb0), CN_HUNDRED }, /* 佰 */
	};
	const unsigned char *u = (const unsigned char *)s;
	uint32_t	 c;

	if (u[0] < 0xe2 || u[1] == '\0' || u[2] == '\0')
		return CN_NONE;
	c = UTF8_3(u[0], u[1], u[2]);
	for (size_t i = 0; i < sizeof(digits) / sizeof(digits[0]); i++)
		if (c == digits[i].c)
			return digits[i].v;
	return CN_NONE;
}

static int
decimal_digits(int64_t v)
{
	int	n = 1;

	for (; v >= 10; v /= 10)
		n++;
	return n;
}

/* 一百零五, 廿一, 三十: with units. */
static int64_t
cn_with_units(const int *d, int n)
{
	int64_t	total = 0, cur = -1;

	for (int i = 0; i < n; i++) {
		if (d[i] == CN_TEN || d[i] == CN_HUNDRED) {
			total += (cur < 0 ? 1 : cur) * d[i];
			cur = -1;
		} else if (d[i] == CN_TWENTY || d[i] == CN_THIRTY) {
			total += d[i];
			cur = -1;
		} else if (d[i] != 0 || cur >= 0) {
			cur = cur < 0 ? d[i] : cur * 10 + d[i];
		}
	}
	return total + (cur > 0 ? cur : 0);
}

/* A run of Chinese numerals; returns bytes taken. */
static size_t
read_cn(const struct dense *d, size_t i, struct token *t)
{
	int	digit[CN_DIGITS_MAX], n = 0, units = 0;
	size_t	at = i;

	while (at < d->len && n < CN_DIGITS_MAX) {
		int	v = cn_digit(d->s + at);

		/* 十六 十三: two numbers, but 十 六 is letter-spaced */
		if (v == CN_NONE || (at > i + 3 && d->gap[at] &&
		    !d->gap[at - 3]))
			break;
		digit[n++] = v;
		units |= v >= 10;
		at += 3;
	}
	t->kind = TK_NUMBER;
	t->cn = 1;
	t->value = 0;
	if (units) {
		t->value = cn_with_units(digit, n);
		t->digits = decimal_digits(t->value);
	} else {
		for (int k = 0; k < n; k++)
			t->value = t->value * 10 + digit[k];
		t->digits = n;
	}
	return at - i;
}

/* Bytes of a character that people write for 0 between digits, or 0. */
static size_t
odd_zero(const struct dense *d, size_t i)
{
	if (d->s[i] == 'o')
		return is_latin(d->s[i + 1]) ? 0 : 1;
	if (strncmp(d->s + i, "○", 3) == 0 || strncmp(d->s + i, "〇", 3) == 0)
		return 3;
	return 0;
}

/* ll5年, l15: an l, i or | that was a 1 in front makes it another number. */
static int
lost_a_one(const struct dense *d, size_t i)
{
	static const char ones[] = "li|";
	size_t	k = i;

	while (k > 0 && !d->gap[k] && strchr(ones, d->s[k - 1]) != NULL)
		k--;
	return k < i && (k == 0 || d->gap[k] || !is_latin(d->s[k - 1]));
}

/* A run of digits, not across a blank; returns bytes taken. */
static size_t
read_digits(const struct dense *d, size_t i, struct token *t)
{
	size_t	at = i, z;

	t->kind = TK_NUMBER;
	t->value = 0;
	t->digits = 0;
	while (at < d->len && (at == i || !d->gap[at])) {
		int	v = 0;

		z = 1;
		if (is_digit(d->s[at]))
			v = d->s[at] - '0';
		else if ((z = odd_zero(d, at)) == 0)
			break;
		if (t->digits < 16)
			t->value = t->value * 10 + v;
		t->digits++;
		at += z;
	}
	if (t->digits > 14 || lost_a_one(d, i))
		t->kind = TK_JUNK;
	return at - i;
}

static const struct word *
find_word(const struct dense *d, size_t i)
{
	for (short w = bucket[hash_first(d->s + i, d->len - i)]; w != 0;
	    w = next_word[w - 1]) {
		const struct word *f = &words[w - 1];
		size_t		 n = word_len[w - 1];

		if (n > d->len - i || memcmp(d->s + i, f->s, n) != 0)
			continue;
		if (is_latin(f->s[n - 1]) && is_latin(d->s[i + n]) &&
		    !d->gap[i + n])
			continue;
		return f;
	}
	return NULL;
}

/* 星期四 週四 禮拜四, (四): bytes taken, or 0. */
static size_t
read_weekday(const struct dense *d, size_t i)
{
	static const char *const heads[] = {
		"星期", "禮拜", "礼拜", "週", "周"
	};
	const char	*s = d->s + i;
	size_t		 n = 0;

	if ((unsigned char)*s < 0xe4)
		return 0;
	for (size_t k = 0; k < sizeof(heads) / sizeof(heads[0]); k++)
		if (strncmp(s, heads[k], strlen(heads[k])) == 0) {
			n = strlen(heads[k]);
			break;
		}
	if (n == 0)
		return 0;
	s += n;
	if (strncmp(s, "日", 3) == 0 || strncmp(s, "天", 3) == 0)
		return n + 3;
	return cn_digit(s) >= 1 && cn_digit(s) <= 6 ? n + 3 : 0;
}

/* "(四)" behind a date, but not the number of 本(五)月. */
static size_t
read_bracket_weekday(const struct dense *d, size_t i)
{
	const char	*s = d->s + i, *after;
	int		 v;

	if (*s != '(' && *s != '[')
		return 0;
	s++;
	v = cn_digit(s);
	if (strncmp(s, "日", 3) != 0 && (v < 1 || v > 6))
		return 0;
	if (s[3] != ')' && s[3] != ']')
		return 0;
	after = s + 4;
	if (strncmp(after, "月", 3) == 0 || strncmp(after, "年", 3) == 0 ||
	    strncmp(after, "日", 3) == 0)
		return 0;
	return 5;
}

static size_t
read_word(const struct dense *d, size_t i, struct token *t)
{
	const struct word *w = find_word(d, i);
	size_t		 n;

	if (w != NULL) {
		t->kind = w->kind;
		t->value = w->value;
		t->latin = is_latin(w->s[0]);
		return strlen(w->s);
	}
	t->kind = TK_JUNK;
	t->latin = (unsigned char)d->s[i] < 0x80;
	if (!is_latin(d->s[i]))
		return char_len(d->s + i);
	for (n = 1; is_latin(d->s[i + n]) && !d->gap[i + n]; n++)
		;
	return n;
}

static size_t
read_token(const struct dense *d, size_t i, struct token *t)
{
	size_t	n;

	if ((n = read_weekday(d, i)) > 0 ||
	    (n = read_bracket_weekday(d, i)) > 0) {
		t->kind = TK_WEEKDAY;
		return n;
	}
	if (is_digit(d->s[i]) || (odd_zero(d, i) > 0 &&
	    is_digit(d->s[i + odd_zero(d, i)])))
		return read_digits(d, i, t);
	if (cn_digit(d->s + i) != CN_NONE)
		return read_cn(d, i, t);
	if (strncmp(d->s + i, "元年", 6) == 0 ||
	    strncmp(d->s + i, "元月", 6) == 0) {
		*t = (struct token){ .kind = TK_NUMBER, .value = 1,
		    .digits = 1, .cn = 1 };
		return 3;
	}
	return read_word(d, i, t);
}

void
tokens_read(const char *folded, size_t len, struct tokens *out)
{
	struct dense	 d;
	size_t		 i = 0;

	if (!ready)
		words_index();
	dense_make(folded, len, &d);
	out->n = out->weekday = out->some_day = 0;
	while (i < d.len && out->n < TOKENS_MAX) {
		struct token	*t = &out->t[out->n];
		size_t		 n;

		memset(t, 0, sizeof(*t));
		n = read_token(&d, i, t);
		t->gap = d.gap[i];
		i += n;
		out->weekday |= t->kind == TK_WEEKDAY;
		out->some_day |= t->kind == TK_SOME_DAY;
		if (t->kind != TK_NOISE && t->kind != TK_WEEKDAY &&
		    t->kind != TK_SOME_DAY)
			out->n++;
	}
	memset(&out->t[out->n], 0, sizeof(out->t[0]));
}
