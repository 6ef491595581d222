#include "parsers/gap.h"

#include <string.h>

#include "parsers/form.h"
#include "parsers/reply_page.h"
#include "parsers/report_head.h"

#define LABEL_BYTES	90	/* how far a label goes, with its colon */

enum whose { OTHERS, LETTER, SENDER };	/* of whom a line is */

/* Lines as the letter sent them, without marks, and whose each is. */
struct quote {
	struct page	 page;
	enum whose	*whose;
};

/* Marks in front of a line: 2 for ">> ". */
static size_t
depth(const struct mail_line *l)
{
	size_t	n = 0;

	if (!mail_is_quoted(l))
		return 0;
	for (size_t i = 0; i < l->len && strchr(">| ", l->s[i]) != NULL; i++)
		n += l->s[i] != ' ';
	return n;
}

/* The first line below 某人寫道： at i when it bears no marks; 0: no such. */
static size_t
below_attribution(const struct page *p, size_t i)
{
	size_t	n = mail_attribution(p->l, i, p->n), next;

	if (n == 0 || mail_tells_in_prose(&p->l[i + n - 1]))
		return 0;
	next = page_skip_blank(p, i + n);
	return next < p->n && depth(&p->l[next]) == 0 ? next : 0;
}

/*
 * Where the letter begins: lines marked above any header block, or what
 * stands behind the first one.  *marks: how often its lines are marked.
 */
static size_t
letter_from(const struct page *p, size_t *marks, size_t *cut_at)
{
	struct cut	c;
	size_t		end = p->n, first;

	*cut_at = p->n;
	*marks = 1;
	memset(p->own, 1, p->n);	/* some begin with 主旨 */
	if (page_find_cut(p, 0, &c))
		end = c.line;
	for (size_t i = 0; i < end; i++) {
		size_t	below = below_attribution(p, i);

		if (depth(&p->l[i]) == 0 && below == 0)
			continue;
		*cut_at = end;
		*marks = below == 0;
		return below > 0 ? below : i;
	}
	if (end == p->n)
		return p->n;
	first = page_skip_blank(p, c.body);
	*marks = first < p->n && depth(&p->l[first]) > 0;
	return c.body;
}

/* Past the marks of a line of the text. */
static size_t
behind_marks(const struct page *p, size_t i)
{
	size_t	at = p->l[i].from;

	while (at < p->l[i].to && strchr(">| \t", p->text[at]) != NULL)
		at++;
	return at;
}

/* The letter line by line; what it quoted itself is empty, or ends it. */
static void
unquote(struct page *p, struct quote *q)
{
	size_t		 marks, end, from = letter_from(p, &marks, &end), n = 0;
	char		*s = arena_alloc(p->arena, strlen(p->text) + p->n + 1);
	struct cut	 c;

	q->whose = arena_array(p->arena, p->n + 1, sizeof(*q->whose));
	for (size_t i = 0; i < p->n; i++, s[n++] = '\n') {
		size_t	d = depth(&p->l[i]), at;

		if (i < from || i >= end || (d != marks && d != 0))
			continue;
		q->whose[i] = d == marks ? LETTER : SENDER;
		at = d > 0 ? behind_marks(p, i) : p->l[i].from;
		memcpy(s + n, p->text + at, p->l[i].to - at);
		n += p->l[i].to - at;
	}
	page_read(p->arena, s, &q->page);
	memset(q->page.own, 1, q->page.n);
	if (q->page.n > p->n)
		q->page.n = p->n;
	/* its own header may be marked, too; another one ends it */
	from = page_skip_blank(&q->page, 0);
	if (from < q->page.n && page_cut_at(&q->page, from, &c))
		from = c.body;
	for (size_t i = 0; i < from && i < q->page.n; i++)
		q->whose[i] = OTHERS;
	if (page_find_cut(&q->page, from, &c))
		q->page.n = c.line;
	/* another 寫道： in it ends the letter; Apple marks the one above it */
	for (size_t i = page_skip_blank(&q->page, 0) + 1; i < q->page.n; i++)
		if (q->whose[i] == LETTER && mail_attribution(q->page.l, i,
		    q->page.n) > 0)
			q->page.n = i;
}

/* Where the label of a line ends, behind its colon; 0: it has none. */
static size_t
label_end(const struct mail_line *l)
{
	const char	*colon = memchr(l->s, ':', l->len < LABEL_BYTES ?
			    l->len : LABEL_BYTES);

	if (colon == NULL || colon == l->s ||
	    (colon[-1] >= '0' && colon[-1] <= '9'))
		return 0;
	return (size_t)(colon - l->s) + 1;
}

/* Our letters mark so the lines which they send without a value. */
static int
is_gap(const struct mail_line *l)
{
	static const char *const marks[] = { "◎", "* " };

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (l->len > strlen(marks[i]) &&
		    memcmp(l->s, marks[i], strlen(marks[i])) == 0)
			return label_end(l) > 0;
	return 0;
}

/* The end of what the sender put below line i - 1, or i: only words without
 * labels, with the letter going on below, answer that line. */
static size_t
answer_end(const struct quote *q, size_t i)
{
	size_t	value = page_skip_blank(&q->page, i), end = value;

	while (end < q->page.n && q->whose[end] == SENDER &&
	    q->page.l[end].len > 0)
		if (label_end(&q->page.l[end++]) > 0)
			return i;
	value = page_skip_blank(&q->page, end);
	return value < q->page.n && q->whose[value] == LETTER ? end : i;
}

/* Behind a gap and its value: in the letter no line goes on below another,
 * and what explains a gap stands in brackets. */
static size_t
gap_end(const struct quote *q, size_t i)
{
	const struct mail_line *l = &q->page.l[i];
	int	blank = label_end(l) == l->len;

	for (i++; i < q->page.n && q->whose[i] == LETTER; i++) {
		l = &q->page.l[i];
		if (l->len == 0 || *l->s == '(' || label_end(l) > 0)
			return i;
		blank = 0;
	}
	return blank ? answer_end(q, i) : i;
}

/* The gaps with what stands in them, all other lines empty, so that places
 * stay right; NULL: there is none. */
static const char *
gap_lines(struct arena *a, const char *text)
{
	struct page	 p;
	struct quote	 q;
	char		*out;
	size_t		 n = 0, end = 0, owed = 0;

	page_read(a, text, &p);
	unquote(&p, &q);
	out = arena_alloc(a, strlen(q.page.text) + 1);
	for (size_t i = 0; i < q.page.n; i++) {
		const struct mail_line *l = &q.page.l[i];

		if (q.whose[i] == LETTER && is_gap(l))
			end = gap_end(&q, i);
		if (i < end && l->len == 0) {
			owed++;		/* a value stands right below */
			continue;
		}
		if (i < end) {
			memcpy(out + n, q.page.text + l->from,
			    l->to - l->from);
			n += l->to - l->from;
		}
		out[n++] = '\n';
		for (; i + 1 >= end && owed > 0; owed--)
			out[n++] = '\n';
	}
	return end > 0 ? out : NULL;
}

static void
add_field(struct arena *a, const struct report *gaps, const struct field *f,
    struct report *r)
{
	const struct field	*had = report_field(r, f->name);
	struct field		*all;
	size_t			 n = 0;

	all = arena_array(a, r->n_fields + 1, sizeof(*all));
	for (size_t i = 0; i < r->n_fields; i++)
		if (&r->fields[i] != had)
			all[n++] = r->fields[i];
	all[n++] = *f;
	r->fields = all;
	r->n_fields = n;
	if (r->form == NULL)
		r->form = gaps->form;
	for (size_t i = 0; i < gaps->n_problems; i++)
		if (strcmp(gaps->problems[i].field, f->name) == 0)
			report_problem(a, r, f->name, gaps->problems[i].text,
			    gaps->problems[i].reason);
}

int
gap_read(const struct parse_conf *pc, struct arena *a, const char *text,
    int part, struct report *r)
{
	struct report	 gaps = { 0 };
	const char	*lines = gap_lines(a, text);
	int		 n = 0;

	if (lines == NULL || form_read(pc->forms, "", lines, part, 1, 1,
	    r->received_at, pc->zone, a, &gaps) == 0)
		return 0;
	for (size_t i = 0; i < gaps.n_fields; i++) {
		const struct field	*f = &gaps.fields[i];
		const struct field	*had = report_field(r, f->name);

		if (f->raw == NULL || (had != NULL && had->raw != NULL) ||
		    !form_requires(pc->forms, f->name))
			continue;
		add_field(a, &gaps, f, r);
		n++;
	}
	return n;
}
