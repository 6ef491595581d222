/*
 * form_trim - what stands around a text and is no part of it: a rule, thanks,
 * the marks of a sheet.
 */
#include <string.h>

#include "parsers/form_page.h"
#include "parsers/words.h"

#define RULE_MIN	5		/* of a rule below a text */

/* A line of ====== that ends a text belongs to what it parts. */
static size_t
without_rule(const char *s, size_t len)
{
	size_t	n = len, marks = 0;

	for (; n > 0 && strchr("=-*~#+ ", s[n - 1]) != NULL; n--)
		marks += s[n - 1] != ' ';
	return marks >= RULE_MIN && n > 0 && s[n - 1] == '\n' ? n - 1 : len;
}

/* 謝謝您的協助!, 以上: thanks or an end, and nothing more. */
static int
is_thanks(const char *s, const char *end)
{
	static const char *const thanks[] = {
		"非常感謝", "感謝", "謝謝", "多謝", "感恩", "谢谢", "以上報告",
		"以上通報", "以上", "thank you", "Thank you", "thanks", "Thanks",
		NULL
	};
	static const char *const behind[] = {
		"您", "您們", "大家", "各位", "長官", "協助", "幫忙", "的", "謝謝",
		"感謝", "，", "。", "！", "～", ",", ".", "!", "~", " ", NULL
	};
	size_t	n = words_start(s, end, thanks);

	if (n == 0)
		return 0;
	for (s += n; s < end && (n = words_start(s, end, behind)) > 0; )
		s += n;
	return s == end;
}

/* The last lines of a text that only thank, but not all of it. */
static size_t
without_thanks(const char *s, size_t len)
{
	const char	*line;

	while ((line = memrchr(s, '\n', len)) != NULL &&
	    is_thanks(line + 1, s + len))
		len = (size_t)(line - s);
	return len;
}

/* "第一行 and below it 第二行": a sheet puts its marks around what it copies from
 * a cell with several lines. */
static size_t
without_marks(char *s, size_t len)
{
	size_t	n = 0;

	if (len < 3 || *s != '"' || s[len - 1] != '"' ||
	    memchr(s, '\n', len) == NULL)
		return len;
	for (size_t i = 1; i + 1 < len; i++) {
		i += s[i] == '"' && s[i + 1] == '"' && i + 2 < len;
		s[n++] = s[i];
	}
	return n;
}

size_t
form_trim(char *s, size_t len)
{
	return without_marks(s, without_thanks(s, without_rule(s, len)));
}
