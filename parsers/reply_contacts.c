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

/* 補充資料如下：, which has the paragraph below it for an answer. */
static int
announces(const struct mail_line *l)
{
	static const char *const words[] = { "如下", "補充", "更正", "补充",
	    NULL };

	return l->s[l->len - 1] == ':' || line_has_any(l->s, l->len, words);
}

/* Up over empty lines and rules from line i. */
static size_t
skip_up(const struct page *p, size_t i)
{
	while (i > 0 && (p->l[i - 1].len == 0 || page_is_rule(&p->l[i - 1])))
		i--;
	return i;
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
		if (!may_sign(&p.l[i - 1]))
			return text;
		heads += is_letterhead(&p.l[i - 1]);
		labels += memchr(p.l[i - 1].s, ':', p.l[i - 1].len) != NULL;
	}
	above = skip_up(&p, i);
	if (heads == 0 || labels < 2 || above == 0 || above == i ||
	    announces(&p.l[above - 1]))
		return text;
	return arena_strndup(a, text, p.l[i].from);
}
