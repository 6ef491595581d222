/*
 * reply_footer - what a mailing list or a scanner for viruses writes below
 * the signature.  It goes first: a signature is known by being the last.
 */
#include <string.h>

#include "parsers/reply_page.h"
#include "parsers/reply_word.h"

#define FOOTER_LINES	8	/* of a list, with its rule */
#define RULE_BYTES	20	/* of the rule above it */

/* Bytes of a line that is nothing but a rule, or 0. */
static size_t
rule_bytes(const struct mail_line *l)
{
	size_t	n = 0;

	while (n < l->len && strchr("_-=*", l->s[n]) != NULL)
		n++;
	return n == l->len ? n : 0;
}

/* What a list says of itself. */
static int
names_list(const struct mail_line *l)
{
	static const char *const words[] = {
		" mailing list", "unsubscribe", "listinfo", "郵件論壇",
		"郵寄清單", "郵寄論壇", "邮件列表", "取消訂閱", "退訂", NULL
	};

	return line_has_any(l->s, l->len, words);
}

/* Where to leave it: a person who writes 退訂 below a rule gives no address. */
static int
has_link(const struct mail_line *l)
{
	static const char *const words[] = { "://", "www.", "@", NULL };

	return line_has_any(l->s, l->len, words);
}

static int
names_group(const struct mail_line *l)
{
	static const char *const words[] = {
		"you received this message because you are subscribed to",
		"您會收到這則訊息,是因為您已訂閱",
		"您會收到這封郵件,是因為您已訂閱",
		"您收到此郵件是因為您訂閱了", NULL
	};

	return line_starts_any(l->s, l->len, words) > 0;
}

static size_t
skip_up(const struct page *p, size_t i)
{
	while (i > 0 && p->l[i - 1].len == 0)
		i--;
	return i;
}

/* Do lines behind i, up to end, name the list and link to it? */
static int
named_below(const struct page *p, size_t i, size_t end)
{
	int	named = 0, linked = 0;

	while (++i < end) {
		named |= names_list(&p->l[i]);
		linked |= has_link(&p->l[i]);
	}
	return named && linked;
}

/* Where the footer of a list begins that ends in front of line end, or end. */
static size_t
above_list(const struct page *p, size_t end)
{
	size_t	stop = end > FOOTER_LINES ? end - FOOTER_LINES : 0;

	for (size_t i = end; i-- > stop; ) {
		if (rule_bytes(&p->l[i]) >= RULE_BYTES &&
		    named_below(p, i, end))
			return i;
		if (names_group(&p->l[i]))
			return i > 0 && mail_is_dashes(&p->l[i - 1]) ? i - 1 : i;
	}
	return end;
}

static int
names_scanner(const struct mail_line *l)
{
	static const char *const words[] = {
		"病毒", "防毒", "掃描", "扫描", "irus", "canned", "hecked",
		"vast", "AVG", "ESET", NULL
	};

	return line_has_any(l->s, l->len, words) && mail_is_tail(l);
}

/* The same of who checked the mail, with his site and the rule above. */
static size_t
above_scanner(const struct page *p, size_t end)
{
	size_t	i = end;

	while (i > 0 && mail_is_site(&p->l[i - 1]))
		i--;
	if (i == 0 || !names_scanner(&p->l[i - 1]))
		return end;
	while (i > 0 && names_scanner(&p->l[i - 1]))
		i--;
	return i > 0 && rule_bytes(&p->l[i - 1]) > 0 ? i - 1 : i;
}

size_t
page_above_footer(const struct page *p)
{
	size_t	end = p->n, was;

	do {
		was = end;
		end = above_list(p, skip_up(p, end));
		end = above_scanner(p, skip_up(p, end));
	} while (end < was && skip_up(p, end) > 0);
	return end;
}
