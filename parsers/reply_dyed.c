/*
 * reply_dyed - answers in a colour of their own between the lines of what an
 * HTML mail quotes: 等級： of our letter, and a red 3 behind it.
 */
#include <string.h>

#include "base/buf.h"
#include "parsers/reply.h"

/* Over > and blanks from s, up to end. */
static const char *
behind_marks(const char *s, const char *end)
{
	while (s < end && (*s == '>' || *s == ' '))
		s++;
	return s;
}

static int
ends_as_label(const char *s, const char *end)
{
	while (end > s && end[-1] == ' ')
		end--;
	return end > s && (end[-1] == ':' || (end - s >= 3 &&
	    memcmp(end - 3, "：", 3) == 0));
}

/*
 * Where the label ends that the words at s answer: right before them, or
 * before boxes that were left empty, 等級：□4級 and a red ■3級.  head: none.
 */
static const char *
label_end(const char *head, const char *s)
{
	const char	*wide = memmem(head, (size_t)(s - head), "：", 3);
	const char	*colon = memchr(head, ':', (size_t)(s - head));

	if (ends_as_label(head, s))
		return s;
	if (wide != NULL && (colon == NULL || wide < colon))
		colon = wide + 2;
	return colon != NULL && memmem(colon, (size_t)(s - colon), "□", 3) !=
	    NULL ? colon + 1 : head;
}

/* The words of one colour, line by line, with the label before them. */
static void
add_answer(struct buf *out, const char *text, const struct html_span *d)
{
	const char	*s = text + d->from, *end = text + d->to, *eol, *head;

	head = s;
	while (head > text && head[-1] != '\n')
		head--;
	head = behind_marks(head, s);
	if (head < s)
		(void)buf_add(out, head, (size_t)(label_end(head, s) - head));
	for (; s < end; s = eol + 1) {
		eol = memchr(s, '\n', (size_t)(end - s));
		eol = eol == NULL ? end : eol;
		s = behind_marks(s, eol);
		(void)buf_add(out, s, (size_t)(eol - s));
		(void)buf_putc(out, '\n');
	}
}

/* Is the line at s, or all behind from, a quote? */
static int
is_quoted(const char *s, const char *from)
{
	return s >= from || *s == '>';
}

static size_t
quoted_size(const char *text, const char *from)
{
	const char	*s = text, *eol;
	size_t		 size = strlen(from);

	for (; s < from; s = eol + 1) {
		eol = memchr(s, '\n', (size_t)(from - s));
		if (eol == NULL)
			eol = from;
		size += is_quoted(s, from) ? (size_t)(eol - s) : 0;
	}
	return size;
}

const char *
reply_dyed(struct arena *a, const char *text, const struct html_span *dyed,
    size_t n)
{
	struct reply	 cut;
	struct buf	 out;
	const char	*answers = NULL, *lf, *from;
	size_t		 size = 0, len = strlen(text);

	reply_cut(a, text, &cut);
	from = cut.quoted == NULL ? text + len : cut.quoted;
	buf_init(&out, 2 * len + 2 * n + 1);
	for (size_t i = 0; i < n; i++) {
		lf = memrchr(text, '\n', dyed[i].from);
		lf = lf == NULL ? text : lf + 1;
		if (text + dyed[i].from < from && !is_quoted(lf, from))
			continue;
		add_answer(&out, text, &dyed[i]);
		size += dyed[i].to - dyed[i].from;
	}
	/* a program that dyes quotes dyes most of one */
	if (out.len > 0 && size < quoted_size(text, from) / 2)
		answers = arena_strndup(a, out.data, out.len);
	buf_free(&out);
	return answers;
}
