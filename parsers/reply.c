#include "parsers/reply.h"

#include <string.h>

#include "base/buf.h"
#include "parsers/reply_line.h"
#include "parsers/text.h"

#define LINES_MAX	20000		/* further lines are quoted text */
#define NESTED_MAX	8		/* forwards of forwards */
#define HEADER_LINES	12		/* of a header block inside a body */
#define VALUE_LINES	8		/* below a header name that stands alone */
#define SENDER_LINES	6		/* above a header block of Notes */
#define RULE_MIN	5		/* bytes of a rule */
#define LABELS_BELOW	2		/* that make a cut only a gap */

struct page {
	struct arena	*arena;
	const char	*text;
	struct mail_line *l;
	size_t		 n;
	unsigned char	*own;		/* 1: line is the sender's */
	int		 answers;	/* somebody wrote: stands above a quote */
};

/* Where quoted or forwarded text begins. */
struct cut {
	size_t		 line;		/* of the header or separator */
	size_t		 body;		/* first line behind its header */
	size_t		 from;		/* line of the From header; n: none */
	enum separator	 sep;
};

static void
page_read(struct arena *a, const char *text, struct page *p)
{
	struct folded	 f;
	size_t		 i = 0, lines = 1;

	text_fold(a, text, strlen(text), &f);
	for (size_t k = 0; k < f.len; k++)
		lines += f.s[k] == '\n';
	if (lines > LINES_MAX)
		lines = LINES_MAX;
	p->arena = a;
	p->text = text;
	p->answers = 0;
	p->l = arena_array(a, lines, sizeof(*p->l));
	p->own = arena_alloc(a, lines + 1);
	p->n = 0;
	while (i <= f.len && p->n < lines) {
		const char	*nl = memchr(f.s + i, '\n', f.len - i);
		size_t		 end = nl != NULL ? (size_t)(nl - f.s) : f.len;
		struct mail_line *l = &p->l[p->n++];
		size_t		 b = i, e = end;

		while (b < e && (f.s[b] == ' ' || f.s[b] == '\t'))
			b++;
		while (e > b && (f.s[e - 1] == ' ' || f.s[e - 1] == '\t'))
			e--;
		*l = (struct mail_line){ f.s + b, e - b, f.at[i], f.at[end] };
		i = end + 1;
	}
}

/* Continuation of To: or Cc:, or of a folded subject. */
static int
is_continuation(const struct mail_line *l)
{
	return l->len > 0 && (memchr(l->s, '@', l->len) != NULL ||
	    l->s[l->len - 1] == ';') && !mail_is_labelled(l);
}

static size_t
skip_blank(const struct page *p, size_t i)
{
	while (i < p->n && p->l[i].len == 0)
		i++;
	return i;
}

/*
 * Notes and pages turned into text put the value of a header on the lines
 * below its name: how many there are.  The last of the names is the subject;
 * more of them must have stood alone before it.
 */
static size_t
values_below(const struct page *p, size_t i, enum mail_header h, int alone)
{
	size_t	value, k = skip_blank(p, i + 1);

	if (h == HEADER_SUBJECT)
		return alone > 2 && k < p->n &&
		    mail_header_of(&p->l[k], &value) == HEADER_NOT ? k - i : 0;
	for (k = i + 1; k < p->n && k <= i + VALUE_LINES; k++)
		if (mail_header_of(&p->l[k], &value) != HEADER_NOT)
			return k - i - 1;
	return 0;
}

/* Between its lines may be empty ones, until the subject has come. */
static size_t
next_header(const struct page *p, size_t i, unsigned seen)
{
	size_t	value, k;

	if (seen == 0 || seen & 1u << HEADER_SUBJECT || i >= p->n ||
	    p->l[i].len > 0)
		return i;
	k = skip_blank(p, i);
	return k < p->n && mail_header_of(&p->l[k], &value) != HEADER_NOT ?
	    k : i;
}

/* Past the header lines that begin at i; *seen: which kinds there were. */
static size_t
skip_headers(const struct page *p, size_t i, unsigned *seen, size_t *from)
{
	size_t	value, start = i;
	int	alone = 0;

	*seen = 0;
	while (i < p->n && i < start + 2 * HEADER_LINES) {
		i = next_header(p, i, *seen);
		enum mail_header h = mail_header_of(&p->l[i], &value);

		if (h == HEADER_NOT && (i == start ||
		    !is_continuation(&p->l[i])))
			break;
		if (h == HEADER_FROM && !(*seen & 1u << HEADER_FROM))
			*from = i;
		if (h != HEADER_NOT)
			*seen |= 1u << h;
		if (h != HEADER_NOT && value >= p->l[i].len)
			i += values_below(p, i, h, ++alone);
		i++;
	}
	return i;
}

static int
has_own(const struct page *p, size_t end)
{
	for (size_t i = 0; i < end; i++)
		if (p->own[i] && p->l[i].len > 0)
			return 1;
	return 0;
}

/* A line of underscores, or words between two lines of dashes. */
static int
is_rule(const struct mail_line *l)
{
	static const char	marks[] = "_-=";
	size_t			head = 0, tail = 0;

	while (head < l->len && strchr(marks, l->s[head]) != NULL)
		head++;
	while (tail < l->len - head && strchr(marks, l->s[l->len - 1 -
	    tail]) != NULL)
		tail++;
	return head >= RULE_MIN && (head == l->len || tail >= RULE_MIN);
}

static int
is_below_rule(const struct page *p, size_t i)
{
	while (i > 0 && p->l[i - 1].len == 0)
		i--;
	return i > 0 && is_rule(&p->l[i - 1]);
}

/*
 * 寄件者: with 寄件日期: or 收件者: and 主旨: below it.  Some programs begin
 * with another of them; so does a memo, but with nothing above.
 */
static int
header_block(const struct page *p, size_t i, struct cut *c)
{
	size_t		 value, from = p->n, end;
	unsigned	 seen;
	enum mail_header first = mail_header_of(&p->l[i], &value);

	if (first == HEADER_NOT || first == HEADER_OTHER ||
	    (first != HEADER_FROM && !has_own(p, i)))
		return 0;
	if (i > 0 && mail_header_of(&p->l[i - 1], &value) != HEADER_NOT &&
	    !has_own(p, i - 1))
		return 0;	/* the middle of a memo's head */
	end = skip_headers(p, i, &seen, &from);
	if (from == p->n)
		return 0;
	seen &= 1u << HEADER_DATE | 1u << HEADER_TO | 1u << HEADER_SUBJECT;
	/* fewer than two of them, and no rule above */
	if ((seen & (seen - 1)) == 0 && (seen == 0 || !is_below_rule(p, i)))
		return 0;
	*c = (struct cut){ i, end, from, SEP_QUOTE };
	return 1;
}

/* -----原始郵件----- and the header lines behind it. */
static int
separator_block(const struct page *p, size_t i, struct cut *c)
{
	enum separator	sep = mail_separator(&p->l[i]);
	size_t		from = p->n, body;
	unsigned	seen;
	int		value;

	if (sep == SEP_NOT)
		return 0;
	body = skip_headers(p, skip_blank(p, i + 1), &seen, &from);
	while (body < p->n && mail_bare_header(&p->l[body], &value) !=
	    HEADER_NOT && value)
		body++;
	*c = (struct cut){ i, body, from, sep };
	return 1;
}

/* A header in the table of Notes, or under the day and hour of its sender. */
static enum mail_header
notes_header(const struct page *p, size_t i, int below_day, int *value)
{
	enum mail_header h = mail_bare_header(&p->l[i], value);
	size_t		at;

	if (h != HEADER_NOT || !below_day)
		return h;
	h = mail_header_of(&p->l[i], &at);
	*value = h != HEADER_NOT && at < p->l[i].len;
	return h;
}

static int
is_below_day(const struct page *p, size_t i)
{
	while (i > 0 && p->l[i - 1].len == 0)
		i--;
	return i > 0 && mail_names_sender(&p->l[i - 1]);
}

/*
 * Notes draws the header of what it quotes as a small table, of which often
 * only words on lines of their own are left: 收件人, then 主旨, each with its
 * value below.  The sender stands above the first of them: drop_sender().
 */
static int
notes_block(const struct page *p, size_t i, struct cut *c)
{
	size_t	end = i + HEADER_LINES < p->n ? i + HEADER_LINES : p->n;
	int	value, below_day = is_below_day(p, i);

	if (notes_header(p, i, below_day, &value) != HEADER_TO)
		return 0;
	for (size_t k = i + 1; k < end; k++) {
		if (notes_header(p, k, below_day, &value) != HEADER_SUBJECT)
			continue;
		if (!value)
			k = skip_blank(p, k + 1);
		*c = (struct cut){ i, k < p->n ? k + 1 : k, p->n, SEP_QUOTE };
		return 1;
	}
	return 0;
}

static int
cut_at(const struct page *p, size_t i, struct cut *c)
{
	if (p->l[i].len == 0)
		return 0;
	return separator_block(p, i, c) || header_block(p, i, c) ||
	    notes_block(p, i, c);
}

/* First place of quoted text at or behind i. */
static int
find_cut(const struct page *p, size_t i, struct cut *c)
{
	for (; i < p->n; i++)
		if (cut_at(p, i, c))
			return 1;
	return 0;
}

/* Mark own lines up to a quote that runs to the end; returns where it is. */
static size_t
mark_own(struct page *p, struct cut *c, int *has_cut)
{
	size_t	i = 0, n, next;

	*has_cut = 0;
	while (i < p->n) {
		if (cut_at(p, i, c)) {
			*has_cut = 1;
			return i;
		}
		n = mail_attribution(p->l, i, p->n);
		next = skip_blank(p, i + 1);
		if (n == 0 && mail_names_author(&p->l[i]) && next < p->n &&
		    mail_is_quoted(&p->l[next]))
			n = 1;
		if (n > 0) {
			next = skip_blank(p, i + n);
			if (next < p->n && !mail_is_quoted(&p->l[next])) {
				*c = (struct cut){ i, next, p->n, SEP_QUOTE };
				*has_cut = 1;
				return i;
			}
			p->answers = 1;
			i = next;
			continue;
		}
		p->own[i] = !mail_is_quoted(&p->l[i]);
		i++;
	}
	return p->n;
}

/* Outlook's line of underscores above its header block goes with it. */
static size_t
drop_rule(struct page *p, size_t end)
{
	size_t	i = end;

	while (i > 0 && p->l[i - 1].len == 0)
		i--;
	if (i == 0 || !is_rule(&p->l[i - 1]))
		return end;
	p->own[i - 1] = 0;
	return i - 1;
}

/* 寄件者 and the name below it, above the line i of Notes' table; or i. */
static size_t
notes_sender(const struct page *p, size_t i)
{
	int	value;

	for (size_t k = i; k-- > 0 && i - k <= VALUE_LINES; )
		if (mail_bare_header(&p->l[k], &value) == HEADER_FROM)
			return k;
	return i;
}

/* The name, the address and the day above Notes' first word go with it. */
static size_t
drop_sender(struct page *p, size_t end)
{
	size_t	i = end, top = end, named;
	int	value;

	if (notes_header(p, end, is_below_day(p, end), &value) != HEADER_TO)
		return end;
	named = notes_sender(p, end);
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

/* Is there a form in these lines?  Behind somebody's words a signature has
 * labels too, but hardly any that does not say who he is. */
static int
form_below(const struct below *b, int behind_words)
{
	if (!behind_words)
		return b->labels >= LABELS_BELOW;
	return b->facts >= LABELS_BELOW ||
	    (b->facts > 0 && b->labels > LABELS_BELOW);
}

/* Take the signature out of lines from..to; mark[] says which count.  With a
 * form below it only its first line is left out. */
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
		if (!mail_is_signature(&p->l[i])) {
			words |= p->l[i].len > 0;
			continue;
		}
		mark[i] = 0;
		if (!form_below(&b[i - from + 1], words)) {
			memset(mark + i, 0, to - i);
			return;
		}
	}
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
	out = arena_alloc(p->arena, cap);
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

/* "李淑芬 <a@b>", "\"李淑芬\" [mailto:a@b]", "a@b". */
static void
read_sender(const struct page *p, size_t line, struct reply *r)
{
	const struct mail_line *l = &p->l[line];
	const char	*s, *end, *at, *b, *e;
	size_t		 value;

	if (mail_header_of(l, &value) == HEADER_NOT)
		return;
	s = l->s + value;
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

		if (!find_cut(p, c->body, &next))
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
	size_t	i = skip_blank(p, c->body);

	return i < p->n && mail_is_quoted(&p->l[i]);
}

static void
read_block(struct page *p, struct cut *c, struct reply *r)
{
	struct cut	 inner;
	struct page	 q;
	unsigned char	*mark;
	const char	*s;
	int		 line = 1, nested_line;

	if (is_quoted_block(p, c)) {
		mark = arena_alloc(p->arena, p->n + 1);
		memset(mark, 1, p->n);
		s = join(p, c->body, p->n, mark, 1, &line);
		page_read(p->arena, s, &q);
		if (q.n > 0 && header_block(&q, 0, &inner)) {
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
	descend(p, c);
	if (c->from < p->n)
		read_sender(p, c->from, r);
	mark = arena_alloc(p->arena, p->n + 1);
	for (size_t i = c->body; i < p->n; i++)
		mark[i] = 1;
	/* what the forwarded mail itself quoted is not its text */
	if (find_cut(p, c->body, &inner))
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
	first = skip_blank(&q, 0);
	if (first < q.n && cut_at(&q, first, &c)) {
		r->forwarded = c.sep == SEP_FORWARD;
		n = (size_t)r->block_line;
		read_block(&q, &c, r);
		r->block_line += (int)n - 1;
	} else {
		r->block = s;
	}
}

void
reply_cut(struct arena *a, const char *text, struct reply *r)
{
	struct page	p;
	struct cut	c = { 0 };
	size_t		end;
	int		has_cut;

	memset(r, 0, sizeof(*r));
	page_read(a, text, &p);
	end = mark_own(&p, &c, &has_cut);
	if (has_cut) {
		r->quoted = text + p.l[end].from;
		r->forwarded = c.sep == SEP_FORWARD;
		end = drop_rule(&p, drop_sender(&p, end));
	}
	cut_signature(&p, 0, end, p.own);
	r->own = join(&p, 0, end, p.own, 0, &r->own_line);
	r->block_line = 1;
	if (has_cut)
		read_block(&p, &c, r);
	else if (!p.answers)
		read_quoted(&p, r);
}
