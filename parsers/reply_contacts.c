/*
 * reply_contacts - the last paragraph of an answer that only says who signs
 * it, and where he can be reached: its labels are those of a form, too.
 */
#include <string.h>

#include "parsers/reply.h"
#include "parsers/reply_page.h"
#include "parsers/reply_word.h"

/* What a signature has and no form of ours asks for. */
static int
is_letterhead(const struct mail_line *l)
{
	static const char *const labels[] = {
		"職稱", "职称", "傳真", "传真", "地址", "網址", "e-mail", "email",
		"mail", "電子郵件", "電子信箱", "信箱", "邮箱", "fax", "address",
		"title", "http", "www", NULL
	};

	return line_starts_any(l->s, l->len, labels) > 0;
}

static int
may_sign(const struct mail_line *l)
{
	return mail_is_personal(l) || mail_is_contact(l) ||
	    mail_is_site(l) || mail_is_bare(l) || is_letterhead(l);
}

/* 補充資料如下, which has the labels below it for an answer. */
int
mail_announces(const struct mail_line *l)
{
	static const char *const words[] = {
		"如下", "以下", "下方", "下列", "補", "补", "缺", "填", "更正",
		"更新", "更改", "改為", "改为", "變更", "变更", "異動", "修正",
		"below", "follow", "here is", "here are", "missing", "correct",
		"update", NULL
	};

	return line_has_any(l->s, l->len, words);
}

static int
has_colon(const struct mail_line *l)
{
	return memchr(l->s, ':', l->len) != NULL;
}

/* Above line end: what the labels answer, or nothing that one could sign. */
static int
leads_to_labels(const struct page *p, size_t end)
{
	size_t	i = 0;

	if (end > 0 && (mail_announces(&p->l[end - 1]) ||
	    p->l[end - 1].s[p->l[end - 1].len - 1] == ':'))
		return 1;
	while (i < end && (p->l[i].len == 0 || mail_is_greeting(&p->l[i])))
		i++;
	return i == end;
}

/* Up over empty lines and rules from line i. */
static size_t
skip_up(const struct page *p, size_t i)
{
	while (i > 0 && (p->l[i - 1].len == 0 || page_is_rule(&p->l[i - 1])))
		i--;
	return i;
}

/* Each cell of a line signs; their labels, and those of a letterhead, are
 * counted.  A label without a colon has its value in the cell beside it. */
static int
cells_sign(const struct mail_line *l, size_t *labels, size_t *heads)
{
	const char	*end = l->s + l->len;

	for (const char *s = l->s, *tab; s < end; s = tab + 1) {
		struct mail_line c = { s, 0, 0, 0 };

		tab = memchr(s, '\t', (size_t)(end - s));
		tab = tab == NULL ? end : tab;
		c.len = (size_t)(tab - s);
		if (c.len > 0 && !may_sign(&c))
			return 0;
		*heads += is_letterhead(&c);
		*labels += (size_t)(has_colon(&c) || (tab < end &&
		    (mail_is_personal(&c) || mail_is_contact(&c))));
	}
	return 1;
}

/* A name above labels, with a rule above it and one below them? */
static int
is_card(const struct page *p, size_t i, size_t end)
{
	return i > 0 && page_is_rule(&p->l[i - 1]) && end < p->n &&
	    page_is_rule(&p->l[end]) && mail_is_bare(&p->l[i]) &&
	    !has_colon(&p->l[i]);
}

const char *
reply_unsigned(struct arena *a, const char *text)
{
	struct page	p;
	size_t		i, above, end, labels = 0, heads = 0;

	page_read(a, text, &p);
	end = skip_up(&p, p.n);
	for (i = end; i > 0 && p.l[i - 1].len > 0 &&
	    !page_is_rule(&p.l[i - 1]); i--) {
		const struct mail_line *l = &p.l[i - 1];

		if ((!has_colon(l) && mail_announces(l)) ||
		    !cells_sign(l, &labels, &heads))
			return text;
	}
	above = skip_up(&p, i);
	heads += i < end && is_card(&p, i, end);
	if (heads == 0 || labels < 2 || above == i ||
	    leads_to_labels(&p, above))
		return text;
	return arena_strndup(a, text, p.l[i].from);
}
