/*
 * reply_bare - a letter of ours below a bare 寫道：, which says neither when
 * nor whose, and without marks.
 */
#include <string.h>

#include "base/buf.h"
#include "parsers/reply_page.h"
#include "parsers/tracking.h"

/* The first line of 寫道： that has words above it; p->n: none. */
static size_t
first_bare(const struct page *p)
{
	size_t	i = page_skip_blank(p, 0), next;

	for (i++; i < p->n; i++) {
		if (!mail_is_bare_attribution(&p->l[i]))
			continue;
		next = page_skip_blank(p, i + 1);
		if (next < p->n && !mail_is_quoted(&p->l[next]))
			return i;
	}
	return p->n;
}

/* The same when the number of ours is below it only: what is above the first
 * is above the others, and what is not below it neither is below them. */
static size_t
find_bare(const struct page *p, const char *pattern)
{
	size_t		 i = first_bare(p);
	const char	*below;

	if (i >= p->n)
		return p->n;
	below = p->text + p->l[i + 1].from;
	return tracking_find(p->arena, pattern, p->text, p->l[i].from) ==
	    NULL && tracking_find(p->arena, pattern, below,
	    strlen(below)) != NULL ? i : p->n;
}

const char *
page_mark_letter(const struct page *p, const char *pattern)
{
	struct buf	 out;
	const char	*marked;
	size_t		 bare = find_bare(p, pattern);

	if (bare >= p->n)
		return NULL;
	buf_init(&out, strlen(p->text) + 3 * p->n + 1);
	(void)buf_add(&out, p->text, p->l[bare].from);
	for (size_t i = bare; i < p->n; i++) {
		(void)buf_puts(&out, "> ");
		(void)buf_add(&out, p->text + p->l[i].from,
		    p->l[i].to - p->l[i].from);
		(void)buf_putc(&out, '\n');
	}
	marked = arena_strndup(p->arena, out.data, out.len);
	buf_free(&out);
	return marked;
}
