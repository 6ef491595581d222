#include "parsers/reply_page.h"

#include <string.h>

#include "parsers/text.h"

#define LINES_MAX	20000		/* further lines are quoted text */
#define HEADER_LINES	12		/* of a header block inside a body */
#define RULE_MIN	5		/* bytes of a rule */
#define INDENT_MIN	8		/* blanks before a line of Notes' table */

void
page_read(struct arena *a, const char *text, struct page *p)
{
	struct folded	 f;
	size_t		 i = 0, lines;

	text_fold(a, text, strlen(text), &f);
	lines = text_lines(f.s, f.len);
	if (lines > LINES_MAX)
		lines = LINES_MAX;
	p->arena = a;
	p->text = text;
	p->answers = p->colons = 0;
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

size_t
page_skip_blank(const struct page *p, size_t i)
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
	size_t	value, k = page_skip_blank(p, i + 1);

	if (h == HEADER_SUBJECT)
		return alone > 2 && k < p->n &&
		    mail_header_of(&p->l[k], &value) == HEADER_NOT ? k - i : 0;
	for (k = i + 1; k < p->n && k <= i + REPLY_VALUE_LINES; k++)
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
	k = page_skip_blank(p, i);
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
int
page_is_rule(const struct mail_line *l)
{
	static const char	marks[] = "_-=*";
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
	return i > 0 && page_is_rule(&p->l[i - 1]);
}

/*
 * 寄件者: with 寄件日期: or 收件者: and 主旨: below it.  Some programs begin
 * with another of them; so does a memo, but with nothing above.
 */
int
page_header_block(const struct page *p, size_t i, struct cut *c)
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

static int
names_address(const struct mail_line *l)
{
	return memchr(l->s, '@', l->len) != NULL;
}

/* Past headers without colons, of which the first names the sender. */
static size_t
skip_spaced(const struct page *p, size_t i)
{
	size_t	value, start = i;

	if (i == p->n || mail_spaced_header(&p->l[i], &value) != HEADER_FROM)
		return i;
	while (i < p->n && i < start + HEADER_LINES &&
	    mail_spaced_header(&p->l[i], &value) != HEADER_NOT)
		i++;
	return i;
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
	body = skip_headers(p, page_skip_blank(p, i + 1), &seen, &from);
	if (from == p->n && body < p->n && names_address(&p->l[body]))
		from = body;	/* the first of those without colons */
	if (from == body)
		body = skip_spaced(p, body);
	while (body < p->n && mail_bare_header(&p->l[body], &value) !=
	    HEADER_NOT && value)
		body++;
	if (from == p->n && names_address(&p->l[i]))
		from = i;
	*c = (struct cut){ i, body, from, sep };
	return 1;
}

/* As Notes does it with the table of its header. */
int
page_is_indented(const struct page *p, size_t i)
{
	return p->l[i].len > 0 &&
	    strspn(p->text + p->l[i].from, " ") >= INDENT_MIN;
}

/* A header in the table of Notes, or under the day and hour of its sender. */
enum mail_header
page_notes_header(const struct page *p, size_t i, int below_day, int *value)
{
	enum mail_header h = mail_bare_header(&p->l[i], value);
	size_t		at;

	if (h == HEADER_NOT && page_is_indented(p, i))
		h = mail_column_header(&p->l[i]);
	if (h != HEADER_NOT || !below_day)
		return h;
	h = mail_header_of(&p->l[i], &at);
	*value = h != HEADER_NOT && at < p->l[i].len;
	return h;
}

int
page_below_day(const struct page *p, size_t i)
{
	while (i > 0 && p->l[i - 1].len == 0)
		i--;
	return i > 0 && mail_names_sender(&p->l[i - 1]);
}

/*
 * Notes draws the header of what it quotes as a small table, of which often
 * only words on lines of their own are left: 收件人, then 主旨, each with its
 * value below.  The sender stands above the first of them, or in a column of
 * his own on the left: drop_sender().
 */
static int
notes_block(const struct page *p, size_t i, struct cut *c)
{
	size_t	end = i + HEADER_LINES < p->n ? i + HEADER_LINES : p->n, at;
	int	value, below_day;

	if (mail_bare_header(&p->l[i], &value) != HEADER_TO &&
	    mail_header_of(&p->l[i], &at) != HEADER_TO &&
	    !page_is_indented(p, i))
		return 0;
	below_day = page_below_day(p, i);
	if (page_notes_header(p, i, below_day, &value) != HEADER_TO)
		return 0;
	for (size_t k = i + 1; k < end; k++) {
		if (page_notes_header(p, k, below_day, &value) !=
		    HEADER_SUBJECT)
			continue;
		if (!value)
			k = page_skip_blank(p, k + 1);
		*c = (struct cut){ i, k < p->n ? k + 1 : k, p->n, SEP_QUOTE };
		return 1;
	}
	return 0;
}

/* |-----+-----> and >-----|: the rules of the boxes of old Notes. */
static int
is_box_rule(const struct mail_line *l, char left, char right)
{
	size_t	n = 1;

	if (l->len < RULE_MIN || *l->s != left || l->s[l->len - 1] != right)
		return 0;
	while (n + 1 < l->len && (l->s[n] == '-' || l->s[n] == '+'))
		n++;
	return n + 1 == l->len;
}

/* Old Notes draws two boxes: of the sender and the day, and below that of the
 * other headers. */
static int
boxed_block(const struct page *p, size_t i, struct cut *c)
{
	size_t	k, from = p->n, rules = 0;

	if (!is_box_rule(&p->l[i], '|', '>'))
		return 0;
	for (k = i + 1; k < p->n && k < i + 3 * HEADER_LINES && rules < 2;
	    k++) {
		rules += (size_t)is_box_rule(&p->l[k], '>', '|');
		if (rules == 0 && from == p->n && names_address(&p->l[k]))
			from = k;
	}
	if (rules < 2)
		return 0;
	*c = (struct cut){ i, k, from, SEP_QUOTE };
	return 1;
}

/* >>> who and when >>>, when what it quotes bears no marks. */
static int
groupwise_block(const struct page *p, size_t i, struct cut *c)
{
	size_t	body;

	if (!mail_is_groupwise_head(&p->l[i]))
		return 0;
	body = page_skip_blank(p, i + 1);
	if (body == p->n || mail_is_quoted(&p->l[body]))
		return 0;
	*c = (struct cut){ i, body, names_address(&p->l[i]) ? i : p->n,
	    SEP_QUOTE };
	return 1;
}

int
page_cut_at(const struct page *p, size_t i, struct cut *c)
{
	if (p->l[i].len == 0)
		return 0;
	return separator_block(p, i, c) || page_header_block(p, i, c) ||
	    notes_block(p, i, c) || groupwise_block(p, i, c) ||
	    boxed_block(p, i, c);
}

/* First place of quoted text at or behind i. */
int
page_find_cut(const struct page *p, size_t i, struct cut *c)
{
	for (; i < p->n; i++)
		if (page_cut_at(p, i, c))
			return 1;
	return 0;
}
