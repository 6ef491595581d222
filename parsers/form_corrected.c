/*
 * form_corrected - 更正發生時間：5/31 08:30, 聯絡電話更正：02-...: a field that an
 * answer mends.  Levels and states are read so without it.
 */
#include <string.h>

#include "base/buf.h"
#include "parsers/form_reading.h"
#include "parsers/form_set.h"
#include "parsers/words.h"

#define LINE_READ	200		/* bytes of such a line */
#define LABEL_MIN	6		/* bytes of a label, two ideographs */
#define LABEL_MAX	36
#define LEAVES		16

/* Where the label ends that opens the words, the longest; 0: none does, or
 * one of the level or the status. */
static size_t
label_end(const struct form_set *set, const char *s, size_t len)
{
	static const char *const others[] = {
		"等級", "級別", "狀態", "狀況", "情形", "level", "status", NULL
	};
	struct form_leaf leaf[LEAVES];
	size_t		 n = form_trie_walk(set, s, 0, len, leaf, LEAVES);

	if (n == 0 || leaf[n - 1].end < LABEL_MIN ||
	    leaf[n - 1].end > LABEL_MAX ||
	    words_end(s, s + leaf[n - 1].end, others) > 0)
		return 0;
	return leaf[n - 1].end;
}

/* Where the value begins of a line that mends a field, 0: it mends none. */
static size_t
value_at(const struct form_set *set, const struct folded *f, size_t *label,
    size_t *label_to)
{
	static const char *const fixes[] = {
		"更正", "訂正", "修正", "補正", "勘誤", NULL
	};
	static const char *const behind[] = { ":", ",", " ", NULL };
	static const char *const joints[] = { "更正:", "修正:", "訂正:", NULL };
	const char	*end = f->s + f->len, *s = f->s, *p;
	int		 fixed = words_start(s, end, fixes) > 0;
	size_t		 n;

	s += words_start(s, end, fixes);
	while (fixed && (n = words_start(s, end, behind)) > 0)
		s += n;
	n = label_end(set, s, (size_t)(end - s));
	if (n == 0)
		return 0;
	p = s + n;
	while (p < end && *p == ' ')
		p++;
	*label = (size_t)(s - f->s);
	*label_to = *label + n;
	n = words_start(p, end, joints);
	if (n == 0)
		n = fixed && p < end && *p == ':';
	if (n == 0)
		return 0;
	for (p += n; p < end && (*p == ' ' || *p == ':'); )
		p++;
	return p < end && !form_asks(p, (size_t)(end - p)) ?
	    (size_t)(p - f->s) : 0;
}

/* The line with a colon behind its label, or NULL. */
static const char *
mended(const struct form_set *set, struct arena *a, const char *line,
    size_t len)
{
	struct folded	f;
	size_t		value, from = 0, to = 0;

	while (len > 0 && (*line == ' ' || *line == '\t')) {
		line++;
		len--;
	}
	text_fold(a, line, len, &f);
	value = value_at(set, &f, &from, &to);
	if (value == 0)
		return NULL;
	return arena_printf(a, "%.*s：%.*s", (int)(f.at[to] - f.at[from]),
	    line + f.at[from], (int)(len - f.at[value]), line + f.at[value]);
}

const char *
form_corrected(const struct form_set *set, struct arena *a, const char *text)
{
	struct buf	 b;
	const char	*s = text, *line;
	size_t		 len;
	int		 changed = 0;

	buf_init(&b, 2 * strlen(text) + 1);
	for (; *s != '\0'; s += len) {
		len = strcspn(s, "\n");
		line = len > LINE_READ ? NULL : mended(set, a, s, len);
		if (line != NULL)
			(void)buf_puts(&b, line);
		else
			(void)buf_add(&b, s, len);
		changed |= line != NULL;
		if (s[len] == '\n') {
			(void)buf_putc(&b, '\n');
			len++;
		}
	}
	line = changed ? arena_strndup(a, b.data, b.len) : text;
	buf_free(&b);
	return line;
}
