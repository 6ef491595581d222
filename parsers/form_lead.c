/*
 * form_lead - what stands before a label in its line: bullets, numbers, opening
 * brackets, remarks.
 */
#include <string.h>

#include "parsers/form_page.h"
#include "parsers/words.h"

#define DECORATIONS	5
#define SIGNS_FIRST	0x86	/* second byte of the signs from U+2190 */
#define SIGNS_LAST	0x9e	/* to U+27BF: arrows, shapes, dingbats */

/* 1. 1-1 2) 3、 10: the end of a numbering, or i; 9:10 is a time of day. */
static size_t
skip_number(const char *s, size_t i, size_t end, int at_start)
{
	size_t	at = i, n;

	while (at < end && is_digit(s[at]) && at < i + 12) {
		for (n = 0; at < end && is_digit(s[at]); n++)
			at++;
		if (n > 3)
			return i;
		if (at + 1 < end && (s[at] == '-' || s[at] == '.') &&
		    is_digit(s[at + 1]))
			at++;
	}
	if (at == i)
		return i;
	if (at < end && (s[at] == '.' || s[at] == ')' ||
	    (s[at] == ' ' && at_start) ||
	    (s[at] == ':' && (at + 1 >= end || !is_digit(s[at + 1])))))
		return at + 1;
	n = word_starts(s + at, s + end, "、");
	return n > 0 ? at + n : i;
}

/* I. IV) A. b) Q1.: the end, or i. */
static size_t
skip_letter_number(const char *s, size_t i, size_t end)
{
	size_t	at = i, n;

	if (i + 1 < end && (s[i] | 0x20) == 'q' && is_digit(s[i + 1]))
		return skip_number(s, i + 1, end, 0);
	while (at < end && at < i + 4 && strchr("IVX", s[at]) != NULL)
		at++;
	if (at == i && at < end && (s[at] | 0x20) >= 'a' &&
	    (s[at] | 0x20) <= 'h')
		at++;
	if (at == i || at >= end)
		return i;
	if (s[at] == '.' || s[at] == ')')
		return at + 1;
	n = word_starts(s + at, s + end, "、");
	return n > 0 ? at + n : i;
}

static size_t
cn_numeral(const char *s, size_t i, size_t end)
{
	static const char *const numerals[] = {
		"一", "二", "三", "四", "五", "六", "七", "八", "九", "十",
		"壹", "貳", "參", "肆", "伍", "陸", "柒", "捌", "玖", "拾",
		"甲", "乙", "丙", "丁", "戊", "己", "庚", "辛", "壬", "癸",
		NULL
	};

	return words_start(s + i, s + end, numerals);
}

/* 一、 十一. (一) (1) (a) ①: the end, or i. */
static size_t
skip_cn_number(const char *s, size_t i, size_t end)
{
	size_t	at = i, n;
	int	open = 0, any = 0;

	if (i >= end)
		return i;
	if ((unsigned char)s[i] == 0xe2 && i + 2 < end &&
	    (unsigned char)s[i + 1] == 0x91)
		return i + 3;		/* ① to ⑿ */
	if ((unsigned char)s[i] == 0xe3 && i + 2 < end &&
	    (unsigned char)s[i + 1] == 0x88)
		return i + 3;		/* ㈠ */
	if (s[at] == '(') {
		open = 1;
		at++;
	}
	while (at < end && at < i + 12) {
		if (open && (is_digit(s[at]) || ((s[at] | 0x20) >= 'a' &&
		    (s[at] | 0x20) <= 'h')))
			at++;
		else if ((n = cn_numeral(s, at, end)) > 0)
			at += n;
		else
			break;
		any = 1;
	}
	if (!any || at >= end)
		return i;
	if (open)
		return s[at] == ')' ? at + 1 : i;
	if (s[at] == '.')
		return at + 1;
	n = word_starts(s + at, s + end, "、");
	return n > 0 ? at + n : i;
}

static size_t
skip_bullet(const char *s, size_t i, size_t end)
{
	static const char *const bullets[] = {
		"※", "•", "‧", "·", "・", "§", "*", "-", "+", "#", "=", "~",
		"?", NULL	/* ?: a • that Big5 does not have */
	};
	static const char *const ticks[] = { "☐", "☑", "☒", "✓", "✔", "✕", "✖",
		"✗", "✘", "√", NULL };		/* ☑系統軟體 answers */
	const unsigned char *c = (const unsigned char *)s + i;

	/* 🏢 and the like: all of four bytes that begin so; → ■ ☎ ✦ */
	if (i + 4 <= end && c[0] == 0xf0 && c[1] == 0x9f)
		return i + 4;
	if (i + 3 <= end && c[0] == 0xe2 && c[1] >= SIGNS_FIRST &&
	    c[1] <= SIGNS_LAST && words_start(s + i, s + end, ticks) == 0)
		return i + 3;
	return i + words_start(s + i, s + end, bullets);
}

static size_t
skip_opener(const char *s, size_t i, size_t end, const char **closer)
{
	static const char *const pairs[][2] = {
		{ "[", "]" }, { "【", "】" }, { "〔", "〕" }, { "〈", "〉" },
		{ "《", "》" }, { "「", "」" }, { "『", "』" }, { "(", ")" },
		{ "<", ">" }, { "\"", "\"" }
	};
	size_t	n;

	for (size_t k = 0; k < sizeof(pairs) / sizeof(pairs[0]); k++)
		if ((n = word_starts(s + i, s + end, pairs[k][0])) > 0) {
			*closer = pairs[k][1];
			return i + n;
		}
	return i;
}

/* Can what begins here be a decoration at all? */
static int
may_decorate(unsigned char c)
{
	if (c < 0x80)
		return strchr(" []<(\"*-+#?=~", c) != NULL || is_digit((char)c) ||
		    ((c | 0x20) >= 'a' && (c | 0x20) <= 'x');
	return c == 0xe2 || c == 0xe3 || (c >= 0xe4 && c <= 0xe9) ||
	    c == 0xc2 || c == 0xf0;
}

/* 補充：聯絡電話：02-2720-8889: what the line is, before its label. */
static size_t
skip_lead(const char *s, size_t i, size_t end)
{
	static const char *const leads[] = { "補充", "補正", "補填", NULL };
	size_t	n = words_start(s + i, s + end, leads);

	return n > 0 && i + n < end && s[i + n] == ':' ? i + n + 1 : i;
}

size_t
form_lead(const char *s, size_t i, size_t end, int at_start,
    const char **closer)
{
	size_t	at;

	for (int k = 0; k < DECORATIONS; k++) {
		while (i < end && s[i] == ' ')
			i++;
		if (i >= end || !may_decorate((unsigned char)s[i]))
			return i;
		at = skip_number(s, i, end, at_start);
		if (at == i)
			at = skip_cn_number(s, i, end);
		if (at == i && at_start && k == 0 && (at =
		    skip_letter_number(s, i, end)) == i)
			at = skip_lead(s, i, end);
		if (at == i)
			at = skip_bullet(s, i, end);
		if (at == i && *closer == NULL)
			at = skip_opener(s, i, end, closer);
		if (at == i)
			return i;
		i = at;
	}
	return i;
}

/* 下午更新, 必填, 1: what may stand in brackets before a label.  Not 王科長, whose
 * word the rest would be. */
static int
is_remark(const char *s, const char *end)
{
	static const char *const words[] = {
		"更新", "補充", "補正", "更正", "修正", "新增", "必填", "選填", NULL
	};
	const char	*p = s;

	for (; p < end; p++)
		if (!word_inside(*p) && words_start(p, end, words) > 0)
			return 1;
	for (p = s; p < end && is_digit(*p); )
		p++;
	if (p == s && p < end)
		p += cn_numeral(s, 0, (size_t)(end - s));
	return p == end && p > s;
}

size_t
form_lead_remark(const char *s, size_t i, size_t end)
{
	const char	*closer = NULL, *close;
	size_t		 in = skip_opener(s, i, end, &closer);

	close = closer == NULL ? NULL : memmem(s + in, end - in, closer,
	    strlen(closer));
	return close != NULL && is_remark(s + in, close) ? (size_t)(close - s) +
	    strlen(closer) : end;
}
