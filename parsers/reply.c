#include "parsers/reply.h"

#include <string.h>

#include "base/buf.h"
#include "parsers/reply_page.h"
#include "parsers/reply_word.h"

#define BOX_LINES	10		/* of a card with its rules */
#define NESTED_MAX	8		/* forwards of forwards */
#define SENDER_LINES	6		/* above a header block of Notes */
#define LABELS_BELOW	2		/* that make a cut only a gap */
#define WRAPPED_MIN	56		/* bytes of a line that may go on */

/* Is it a quote, with > or with what a BBS writes in its place? */
static int
is_quoted(const struct page *p, size_t i)
{
	return mail_is_quoted(&p->l[i]) ||
	    (p->colons && mail_is_bbs_quote(&p->l[i]));
}

/* Lines of what says whose the quote below is, 0: none. */
static size_t
attribution(struct page *p, size_t i, int *sure)
{
	size_t	n = mail_attribution(p->l, i, p->n), next;

	*sure = n > 0 && !mail_tells_in_prose(&p->l[i + n - 1]);
	if (n > 0)
		return n;
	next = page_skip_blank(p, i + 1);
	if (mail_is_bbs_head(&p->l[i])) {
		p->colons = *sure = 1;
		return 1;
	}
	return (mail_names_author(&p->l[i]) ||
	    mail_is_groupwise_head(&p->l[i])) && next < p->n &&
	    mail_is_quoted(&p->l[next]) ? 1 : 0;
}

/* Mark own lines up to a quote that runs to the end; returns where it is. */
static size_t
mark_own(struct page *p, struct cut *c, int *has_cut)
{
	size_t	i = 0, n, next;
	int	sure;

	*has_cut = 0;
	while (i < p->n) {
		if (page_cut_at(p, i, c)) {
			*has_cut = 1;
			return i;
		}
		n = attribution(p, i, &sure);
		next = page_skip_blank(p, i + n);
		if (n > 0 && next < p->n && !is_quoted(p, next)) {
			if (sure) {
				*c = (struct cut){ i, next, p->n, SEP_QUOTE };
				*has_cut = 1;
				return i;
			}
			n = 0;
		}
		if (n > 0) {
			p->answers = 1;
			i = next;
			continue;
		}
		p->own[i] = !is_quoted(p, i);
		i++;
	}
	return p->n;
}

/* Is the rule in line i the lower one of a box, with the same a few lines
 * above it? */
static int
closes_box(const struct page *p, size_t i)
{
	size_t	stop = i > BOX_LINES ? i - BOX_LINES : 0;

	for (size_t k = i; k-- > stop; )
		if (p->l[k].len == p->l[i].len &&
		    memcmp(p->l[k].s, p->l[i].s, p->l[i].len) == 0)
			return 1;
	return 0;
}

/* Outlook's line of underscores above its header block goes with it; that
 * below a card of who signs does not. */
static size_t
drop_rule(struct page *p, size_t end)
{
	size_t	i = end;

	while (i > 0 && p->l[i - 1].len == 0)
		i--;
	if (i == 0 || !page_is_rule(&p->l[i - 1]) || closes_box(p, i - 1))
		return end;
	p->own[i - 1] = 0;
	return i - 1;
}

/*
 * What a program puts between the answer and the header block: Notes the
 * sender, hour and first words of what it quotes, Foxmail who answers.
 */
static size_t
drop_stamp(struct page *p, size_t end)
{
	size_t	i = end;

	while (i > 0 && p->l[i - 1].len == 0)
		i--;
	if (i < 2 || !(mail_is_notes_stamp(&p->l[i - 1]) ||
	    mail_is_address(&p->l[i - 1])) || page_skip_blank(p, 0) == i - 1)
		return end;
	p->own[--i] = 0;
	/* the name above the address, when it stands apart from the words */
	if (mail_is_address(&p->l[i]) && i > 2 && mail_is_bare(&p->l[i - 1]) &&
	    p->l[i - 2].len == 0 && page_skip_blank(p, 0) < i - 1)
		p->own[--i] = 0;
	return i;
}

/* 寄件者 and the name below it, above the line i of Notes' table; or i. */
static size_t
notes_sender(const struct page *p, size_t i)
{
	int	value;

	for (size_t k = i; k-- > 0 && i - k <= REPLY_VALUE_LINES; )
		if (mail_bare_header(&p->l[k], &value) == HEADER_FROM)
			return k;
	return i;
}

/* The column of the sender, left of Notes' words, begins above the first. */
static size_t
left_column(const struct page *p, size_t end)
{
	size_t	i = end;

	if (mail_column_header(&p->l[end]) != HEADER_TO)
		return end;
	while (i > 0 && end - i < SENDER_LINES && page_is_indented(p, i - 1))
		i--;
	return i;
}

/* The name, the address and the day above Notes' first word go with it. */
static size_t
drop_sender(struct page *p, size_t end)
{
	size_t	i = end, top = end, named;
	int	value;

	if (page_notes_header(p, end, page_below_day(p, end), &value) !=
	    HEADER_TO)
		return end;
	named = notes_sender(p, end);
	if (named == end)
		named = left_column(p, end);
	while (named == end && i > 0 && end - i < SENDER_LINES) {
		const struct mail_line *l = &p->l[--i];

		if (l->len == 0)
			continue;
		if (!mail_names_sender(l))
			break;
		top = i;
	}
	/* an address on a line of its own has its name above it */
	if (top < end && top > 0 && *p->l[top].s == '<')
		top--;
	if (named < end)
		top = named;
	for (i = top; i < end; i++)
		p->own[i] = 0;
	return top;
}

/* Labels at and behind a line, and how many say more than who somebody is. */
struct below {
	size_t	labels, facts;
};

/* Is there a form in these lines?  Behind somebody's words, and below "-- ",
 * a signature has labels too, but hardly any that does not say who he is. */
static int
form_below(const struct below *b, int signs)
{
	if (!signs)
		return b->labels >= LABELS_BELOW;
	return b->facts >= LABELS_BELOW ||
	    (b->facts > 0 && b->labels > LABELS_BELOW);
}

/* What programs add stands apart from the words above it. */
static int
is_signature(const struct page *p, size_t i, int words)
{
	return mail_is_signature(&p->l[i]) || (words &&
	    (p->l[i - 1].len == 0 || page_is_rule(&p->l[i - 1])) &&
	    mail_is_tail(&p->l[i]));
}

static int
comes_from_program(const struct mail_line *l)
{
	return l->len > 0 && (mail_is_banner(l) || mail_is_printed(l) ||
	    mail_is_tail(l));
}

/* The rule, or the title between two, above what a program says, or the rule
 * below what was taken out. */
static int
is_of_box(const struct page *p, size_t i, size_t to, const unsigned char *mark)
{
	return page_is_rule(&p->l[i]) && ((i > 0 && !mark[i - 1]) ||
	    (i + 1 < to && comes_from_program(&p->l[i + 1])));
}

/* Does a line come from a program, with the words still to come? */
static int
is_above_words(const struct page *p, size_t i, size_t to,
    const unsigned char *mark)
{
	const struct mail_line *l = &p->l[i];

	return comes_from_program(l) || (l->len > 0 &&
	    (is_of_box(p, i, to, mark) ||
	    (i + 1 < to && p->l[i + 1].len == 0 && mail_is_stamp(l))));
}

/* Take it out, and what an English sentence has on further lines; returns
 * the last of them. */
static size_t
drop_printed(const struct page *p, size_t i, size_t to, unsigned char *mark)
{
	mark[i] = 0;
	while (i + 1 < to && p->l[i].len >= WRAPPED_MIN &&
	    !page_is_rule(&p->l[i]) &&
	    strchr(".!)]>*:", p->l[i].s[p->l[i].len - 1]) == NULL &&
	    (unsigned char)p->l[i].s[p->l[i].len - 1] < 0x80 &&
	    p->l[i + 1].len > 0 && !mail_is_labelled(&p->l[i + 1]))
		mark[++i] = 0;
	return i;
}

/* What stands last and nobody typed: 機密等級：一般. */
static void
drop_last(const struct page *p, size_t from, size_t to, unsigned char *mark)
{
	for (size_t i = to; i-- > from; ) {
		if (!mark[i] || p->l[i].len == 0)
			continue;
		if (!mail_is_stamp(&p->l[i]) && !mail_is_banner(&p->l[i]))
			return;
		mark[i] = 0;
	}
}

/* The rule that a program draws above a disclaimer goes with it. */
static void
drop_rule_above(const struct page *p, size_t from, size_t i,
    unsigned char *mark)
{
	while (i > from && p->l[i - 1].len == 0)
		i--;
	if (i > from && page_is_rule(&p->l[i - 1]) && !closes_box(p, i - 1))
		mark[i - 1] = 0;
}

/* 王小明 敬上 above the words, or "-- " when it answers nothing: is there a
 * sentence below? */
static int
words_below(const struct page *p, size_t i, size_t to,
    const unsigned char *mark)
{
	for (i++; i < to; i++)
		if (mark[i] && p->l[i].len > 0 && mail_is_prose(&p->l[i]) &&
		    !mail_is_printed(&p->l[i]) && !mail_is_tail(&p->l[i]))
			return 1;
	return 0;
}

/*
 * Take out the last paragraph when it begins with a name alone and goes on
 * with where to reach him, below the labels of a form.
 */
static void
drop_contacts(const struct page *p, size_t from, size_t to,
    unsigned char *mark)
{
	size_t	i, end = to, contacts = 0, labels = 0;

	while (end > from && (!mark[end - 1] || p->l[end - 1].len == 0 ||
	    page_is_rule(&p->l[end - 1])))
		end--;
	for (i = end; i > from && p->l[i - 1].len > 0 && mark[i - 1] &&
	    !page_is_rule(&p->l[i - 1]); i--) {
		const struct mail_line *l = &p->l[i - 1];

		if (mail_is_contact(l))
			contacts++;
		else if (!mail_is_bare(l) && !mail_is_personal(l) &&
		    !mail_is_site(l))
			return;
	}
	if (contacts == 0 || i == end || !mail_is_bare(&p->l[i]) ||
	    mail_is_contact(&p->l[i]) ||
	    memchr(p->l[i].s, '\t', p->l[i].len) != NULL)
		return;		/* 單位 TAB 機要組 is no name alone */
	for (size_t k = from; k < i; k++)
		labels += mark[k] && mail_is_labelled(&p->l[k]);
	if (labels == 0)
		return;
	drop_rule_above(p, from, i, mark);
	memset(mark + i, 0, to - i);
}

static size_t
skip_names(const struct page *p, size_t i, size_t to)
{
	while (i < to && mail_is_bare(&p->l[i]) && !mail_is_prose(&p->l[i]) &&
	    !mail_is_labelled(&p->l[i]))
		i++;
	return i;
}

/* 影響範圍：公文: no label of a person, nor one that may be his too. */
static int
tells_of_incident(const struct page *p, size_t i, size_t to)
{
	static const char *const his[] = {
		"職", "等級", "等级", "級別", "狀態", "状态", "level", "grade",
		"status", "state", NULL
	};

	for (; i < to; i++)
		if (mail_is_labelled(&p->l[i]) && !mail_is_personal(&p->l[i]) &&
		    line_starts_any(p->l[i].s, p->l[i].len, his) == 0)
			return 1;
	return 0;
}

/* "-- " and a name alone below it, or 敬祝 順心 and a name right above them:
 * what has labels there, 職務等級：3 and 狀態：在線上, is of him and answers
 * nothing. */
static int
opens_card(const struct page *p, size_t i, size_t to)
{
	int	dashes = mail_is_dashes(&p->l[i]);
	size_t	above = i, name;

	while (above > 0 && p->l[above - 1].len == 0)
		above--;
	if (above > 0 && mail_announces(&p->l[above - 1]))
		return 0;
	for (size_t k = above; !dashes && k > 0; k--)
		if (mail_announces(&p->l[k - 1]))
			return 0;
	for (i++; i < to && p->l[i].len == 0; )
		i++;
	name = skip_names(p, i, to);
	return name > i && (dashes || (name < to && memchr(p->l[name].s, ':',
	    p->l[name].len) != NULL && !tells_of_incident(p, name, to)));
}

/* Take the signature out of lines from..to; mark[] says which count.  With a
 * form below it, or all the words, only its first line is left out. */
static void
cut_signature(const struct page *p, size_t from, size_t to,
    unsigned char *mark)
{
	struct below	*b = arena_array(p->arena, to - from + 1, sizeof(*b));
	int		 words = 0;

	b[to - from] = (struct below){ 0, 0 };
	for (size_t i = to; i-- > from; ) {
		b[i - from] = b[i - from + 1];
		if (!mark[i] || !mail_is_labelled(&p->l[i]))
			continue;
		b[i - from].labels++;
		b[i - from].facts += !mail_is_personal(&p->l[i]);
	}
	for (size_t i = from; i < to; i++) {
		if (!mark[i])
			continue;
		if (!words && is_above_words(p, i, to, mark)) {
			i = drop_printed(p, i, to, mark);
			continue;
		}
		if (!is_signature(p, i, words)) {
			words |= p->l[i].len > 0 &&
			    !mail_is_greeting(&p->l[i]);
			continue;
		}
		mark[i] = 0;
		drop_rule_above(p, from, i, mark);
		if (((words && opens_card(p, i, to)) ||
		    !form_below(&b[i - from + 1], words ||
		    mail_is_dashes(&p->l[i]))) &&
		    !(!words && (mail_is_sign_off(&p->l[i]) || !p->answers) &&
		    words_below(p, i, to, mark))) {
			memset(mark + i, 0, to - i);
			break;
		}
	}
	drop_last(p, from, to, mark);
	drop_contacts(p, from, to, mark);
}

/* The marked lines as text; *line: the first one, from 1. */
static const char *
join(const struct page *p, size_t from, size_t to, const unsigned char *mark,
    int unquote, int *line)
{
	size_t	cap = 1, n = 0, content = 0;
	char	*out;

	*line = 1;
	for (size_t i = from; i < to; i++)
		cap += p->l[i].to - p->l[i].from + 1;
	out = arena_room(p->arena, cap, sizeof(*out));
	for (size_t i = from; i < to; i++) {
		const char	*s = p->text + p->l[i].from;
		size_t		 len = p->l[i].to - p->l[i].from;

		if (!mark[i] || (n == 0 && p->l[i].len == 0))
			continue;
		while (unquote && len > 0 && (*s == '>' || *s == ' ')) {
			s++;
			len--;
		}
		if (n == 0)
			*line = (int)i + 1;
		memcpy(out + n, s, len);
		n += len;
		if (p->l[i].len > 0)
			content = n;
		out[n++] = '\n';
	}
	while (content > 0 && (out[content - 1] == ' ' ||
	    out[content - 1] == '\t'))
		content--;
	out[content] = '\0';
	return out;
}

/* Where the sender begins in a line: behind a header's name, or behind the
 * last mark before his address. */
static size_t
sender_at(const struct mail_line *l)
{
	const char	*at = memchr(l->s, '@', l->len);
	size_t		 value, n;

	if (mail_header_of(l, &value) != HEADER_NOT)
		return value;
	if (at == NULL)
		return l->len;
	for (n = (size_t)(at - l->s); n > 0; n--)
		if (l->s[n - 1] == ':' || l->s[n - 1] == '\t')
			return n;
	if (mail_spaced_header(l, &value) != HEADER_NOT)
		return value;
	while (n < l->len && strchr(">| ", l->s[n]) != NULL)
		n++;
	return n;
}

/* "李淑芬 <a@b>", "\"李淑芬\" [mailto:a@b]", "a@b". */
static void
read_sender(const struct page *p, size_t line, struct reply *r)
{
	const struct mail_line *l = &p->l[line];
	const char	*s, *end, *at, *b, *e;

	s = l->s + sender_at(l);
	end = l->s + l->len;
	at = memchr(s, '@', (size_t)(end - s));
	if (at == NULL) {
		if (s < end)
			r->inner_name = arena_strndup(p->arena, s,
			    (size_t)(end - s));
		return;
	}
	for (b = at; b > s && strchr(" <[(:\"',;>", b[-1]) == NULL; b--)
		;
	for (e = at; e < end && strchr(" >])\"',;<*", *e) == NULL; e++)
		;
	if (b == at || e == at + 1)
		return;
	r->inner_addr = arena_strndup(p->arena, b, (size_t)(e - b));
	end = b;
	while (end > s && strchr(" <[(\"'", end[-1]) != NULL)
		end--;
	while (s < end && strchr(" \"'*", *s) != NULL)
		s++;
	while (end > s && strchr(" \"'*:", end[-1]) != NULL)
		end--;
	if (end > s && memmem(s, (size_t)(end - s), "mailto", 6) == NULL)
		r->inner_name = arena_strndup(p->arena, s,
		    (size_t)(end - s));
}

/* A forward of a forward with nothing much of its own in between. */
static void
descend(const struct page *p, struct cut *c)
{
	struct cut	next;

	for (int depth = 0; depth < NESTED_MAX; depth++) {
		size_t	labels = 0;

		if (!page_find_cut(p, c->body, &next))
			return;
		for (size_t i = c->body; i < next.line; i++)
			labels += (size_t)mail_is_labelled(&p->l[i]);
		if (labels >= LABELS_BELOW)
			return;
		if (next.sep == SEP_QUOTE)
			next.sep = c->sep;
		*c = next;
	}
}

/* Lines that begin with > in an Apple forward lose it and are read again. */
static int
is_quoted_block(const struct page *p, const struct cut *c)
{
	size_t	i = page_skip_blank(p, c->body);

	return i < p->n && mail_is_quoted(&p->l[i]);
}

/* Words without a form above marked lines, which may hold one. */
static void
skip_to_marked(const struct page *p, struct cut *c)
{
	size_t	i = c->body, labels = 0;

	for (; i < p->n && !mail_is_quoted(&p->l[i]); i++)
		labels += (size_t)mail_is_labelled(&p->l[i]);
	if (i < p->n && labels < LABELS_BELOW)
		c->body = i;
}

static void
read_block(struct page *p, struct cut *c, struct reply *r)
{
	struct cut	 inner;
	struct page	 q;
	unsigned char	*mark;
	const char	*s;
	size_t		 first;
	int		 line = 1, nested_line;

	if (!is_quoted_block(p, c)) {
		descend(p, c);
		skip_to_marked(p, c);
	}
	if (c->from < p->n)
		read_sender(p, c->from, r);
	if (is_quoted_block(p, c)) {
		mark = arena_alloc(p->arena, p->n + 1);
		memset(mark, 1, p->n);
		s = join(p, c->body, p->n, mark, 1, &line);
		page_read(p->arena, s, &q);
		first = page_skip_blank(&q, 0);
		if (first < q.n && page_cut_at(&q, first, &inner)) {
			inner.sep = SEP_FORWARD;
			nested_line = line - 1;
			read_block(&q, &inner, r);
			r->block_line += nested_line;
			return;
		}
		r->block = s;
		r->block_line = line;
		return;
	}
	mark = arena_alloc(p->arena, p->n + 1);
	for (size_t i = c->body; i < p->n; i++)
		mark[i] = 1;
	/* what the forwarded mail itself quoted is not its text */
	if (page_find_cut(p, c->body, &inner))
		memset(mark + inner.line, 0, p->n - inner.line);
	cut_signature(p, c->body, p->n, mark);
	r->block = join(p, c->body, p->n, mark, 0, &r->block_line);
}

/*
 * Lines marked with > and nothing that says whose they are: a form pasted as
 * a quote, or a forward that its program marked so.
 */
static void
read_quoted(struct page *p, struct reply *r)
{
	struct page	 q;
	struct cut	 c;
	unsigned char	*mark = arena_alloc(p->arena, p->n + 1);
	size_t		 n = 0, first;
	const char	*s;

	for (size_t i = 0; i < p->n; i++)
		n += mark[i] = (unsigned char)mail_is_quoted(&p->l[i]);
	if (n == 0)
		return;
	s = join(p, 0, p->n, mark, 1, &r->block_line);
	page_read(p->arena, s, &q);
	first = page_skip_blank(&q, 0);
	if (first < q.n && page_cut_at(&q, first, &c)) {
		r->forwarded = c.sep == SEP_FORWARD;
		n = (size_t)r->block_line;
		read_block(&q, &c, r);
		r->block_line += (int)n - 1;
	} else {
		r->block = s;
	}
}

static void
cut_page(struct page *p, struct reply *r)
{
	struct cut	c = { 0 };
	size_t		end;
	int		has_cut;

	memset(r, 0, sizeof(*r));
	p->n = page_above_footer(p);
	end = mark_own(p, &c, &has_cut);
	if (has_cut) {
		r->quoted = p->text + p->l[end].from;
		r->forwarded = c.sep == SEP_FORWARD;
		end = drop_stamp(p, drop_rule(p, drop_sender(p, end)));
	}
	cut_signature(p, 0, end, p->own);
	r->own = join(p, 0, end, p->own, 0, &r->own_line);
	r->block_line = 1;
	if (has_cut)
		read_block(p, &c, r);
	else if (!p->answers)
		read_quoted(p, r);
}

void
reply_cut(struct arena *a, const char *text, struct reply *r)
{
	struct page	p;

	page_read(a, text, &p);
	cut_page(&p, r);
}

const char *
reply_cut_mail(struct arena *a, const char *pattern, const char *text,
    struct reply *r)
{
	struct page	 p;
	const char	*marked;

	page_read(a, text, &p);
	marked = page_mark_letter(&p, pattern);
	if (marked != NULL)
		page_read(a, marked, &p);
	cut_page(&p, r);
	return p.text;
}
