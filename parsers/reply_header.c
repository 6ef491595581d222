#include "parsers/reply_line.h"

#include <string.h>

#define NAME_MAX_BYTES	40		/* up to the colon of a header */
#define COLUMN_GAP	4		/* blanks between two columns */

/*
 * Headers of a mail as programs write them above what they quote, in Chinese,
 * English, Japanese, Korean, German and French.  Without blanks, since 主　旨
 * is set like that, and in lower case.
 */
#define NAME(s, k)	{ s, sizeof(s) - 1, HEADER_##k }

static const struct {
	const char		*name;
	size_t			 len;
	enum mail_header	 kind;
} headers[] = {
	NAME("寄件者", FROM), NAME("寄件人", FROM), NAME("發件人", FROM),
	NAME("发件人", FROM), NAME("寄信人", FROM), NAME("發信人", FROM),
	NAME("发信人", FROM), NAME("from", FROM), NAME("從", FROM),
	NAME("从", FROM), NAME("自", FROM), NAME("差出人", FROM),
	NAME("送信者", FROM), NAME("送信元", FROM), NAME("보낸사람", FROM),
	NAME("von", FROM),
	NAME("de", FROM), NAME("發件者", FROM), NAME("寄信者", FROM),
	NAME("送件者", FROM), NAME("送件人", FROM),
	NAME("寄件日期", DATE), NAME("傳送日期", DATE),
	NAME("傳送時間", DATE), NAME("發送時間", DATE),
	NAME("发送时间", DATE), NAME("发送日期", DATE), NAME("已傳送", DATE),
	NAME("已发送", DATE), NAME("寄件時間", DATE), NAME("寄送日期", DATE),
	NAME("日期", DATE), NAME("sent", DATE), NAME("date", DATE),
	NAME("送信日時", DATE), NAME("日時", DATE), NAME("日付", DATE),
	NAME("보낸날짜", DATE), NAME("날짜", DATE), NAME("gesendet", DATE),
	NAME("datum", DATE), NAME("envoyé", DATE), NAME("發送日期", DATE),
	NAME("發信日期", DATE), NAME("發信時間", DATE),
	NAME("寄信日期", DATE), NAME("寄信時間", DATE),
	NAME("发件时间", DATE), NAME("發件時間", DATE),
	NAME("发信时间", DATE), NAME("時間", DATE), NAME("时间", DATE),
	NAME("收件者", TO), NAME("收件人", TO), NAME("收信人", TO),
	NAME("至", TO), NAME("to", TO), NAME("宛先", TO),
	NAME("받는사람", TO), NAME("an", TO), NAME("à", TO), NAME("À", TO),
	NAME("收信者", TO),
	NAME("主旨", SUBJECT), NAME("主題", SUBJECT), NAME("主题", SUBJECT),
	NAME("標題", SUBJECT), NAME("标题", SUBJECT),
	NAME("subject", SUBJECT), NAME("件名", SUBJECT),
	NAME("제목", SUBJECT), NAME("betreff", SUBJECT),
	NAME("objet", SUBJECT), NAME("題目", SUBJECT),
	NAME("副本", OTHER), NAME("抄送", OTHER), NAME("密件副本", OTHER),
	NAME("cc", OTHER), NAME("bcc", OTHER), NAME("附件", OTHER),
	NAME("重要性", OTHER), NAME("importance", OTHER),
	NAME("attachments", OTHER), NAME("reply-to", OTHER),
	NAME("回覆至", OTHER), NAME("回复至", OTHER), NAME("组织", OTHER),
	NAME("組織", OTHER), NAME("副本抄送", OTHER), NAME("抄送人", OTHER),
	NAME("抄送至", OTHER), NAME("寄件備份", OTHER),
	NAME("attachment", OTHER),
};

#undef NAME

static enum mail_header
kind_of(const char *key, size_t len)
{
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		/* the last byte tells most words apart, the first not */
		if (headers[i].len == len &&
		    headers[i].name[len - 1] == key[len - 1] &&
		    memcmp(headers[i].name, key, len) == 0)
			return headers[i].kind;
	return HEADER_NOT;
}

/* Marks that mail programs put around a header's name: *From:* */
static int
is_mark(char c)
{
	return c == '*' || c == ' ' || c == '\t';
}

/*
 * The name that ends with a colon, or with the border of a table when the
 * line begins with one; returns its length, *end is where it ended.
 */
static size_t
name_in(const struct mail_line *l, char key[NAME_MAX_BYTES], size_t *end)
{
	char	stop = *l->s == '|' ? '|' : ':';
	size_t	n = 0, i = stop == '|';

	for (; i < l->len && l->s[i] != stop; i++) {
		char	c = l->s[i];

		if (is_mark(c))
			continue;
		if (n == NAME_MAX_BYTES)
			return 0;
		key[n++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	*end = i;
	return i < l->len ? n : 0;
}

enum mail_header
mail_header_of(const struct mail_line *l, size_t *value)
{
	char			key[NAME_MAX_BYTES];
	enum mail_header	kind;
	size_t			n, at;

	/* most lines hold no colon near their begin */
	if (l->len == 0 || (*l->s != '|' && memchr(l->s, ':', l->len <
	    NAME_MAX_BYTES ? l->len : NAME_MAX_BYTES) == NULL))
		return HEADER_NOT;
	n = name_in(l, key, &at);
	kind = n == 0 ? HEADER_NOT : kind_of(key, n);
	/* 自: of phones names an address, other lines do not */
	if (kind == HEADER_NOT || (n == sizeof("自") - 1 &&
	    memcmp(key, "自", n) == 0 && memchr(l->s, '@', l->len) == NULL))
		return HEADER_NOT;
	at++;
	while (at < l->len && (is_mark(l->s[at]) || (*l->s == '|' &&
	    l->s[at] == '|')))
		at++;
	*value = at;
	return kind;
}

enum mail_header
mail_spaced_header(const struct mail_line *l, size_t *value)
{
	char	key[NAME_MAX_BYTES];
	size_t	n = 0;

	for (; n < l->len && l->s[n] != ' '; n++) {
		if (n == NAME_MAX_BYTES)
			return HEADER_NOT;
		key[n] = l->s[n] >= 'A' && l->s[n] <= 'Z' ?
		    (char)(l->s[n] - 'A' + 'a') : l->s[n];
	}
	if (n == 0 || n == l->len)
		return HEADER_NOT;
	*value = n + 1;
	return kind_of(key, n);
}

enum mail_header
mail_bare_header(const struct mail_line *l, int *value)
{
	char	key[NAME_MAX_BYTES];
	size_t	n = 0;

	while (n < l->len && l->s[n] != '\t') {
		if (n == NAME_MAX_BYTES)	/* too long for a name alone */
			return HEADER_NOT;
		key[n] = l->s[n] >= 'A' && l->s[n] <= 'Z' ?
		    (char)(l->s[n] - 'A' + 'a') : l->s[n];
		n++;
	}
	/* 至 and 自 alone are too short to be sure of */
	if (n == 0 || (n <= 3 && (unsigned char)*l->s >= 0x80))
		return HEADER_NOT;
	*value = n < l->len;
	return kind_of(key, n);
}

enum mail_header
mail_column_header(const struct mail_line *l)
{
	struct mail_line	last = { l->s, l->len, 0, 0 };
	size_t			i = l->len;
	int			value;

	while (i > 0 && l->s[i - 1] != ' ')
		i--;
	last.s += i;
	last.len -= i;
	return i < COLUMN_GAP || strspn(l->s + i - COLUMN_GAP, " ") <
	    COLUMN_GAP ? HEADER_NOT : mail_bare_header(&last, &value);
}
