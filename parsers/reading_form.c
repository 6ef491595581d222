/*
 * reading_form - the places of a mail in which a form may stand, one after
 * the other: its words, what they forward, the HTML beside them, its files,
 * the mails attached to it, its subject.
 */
#include "parsers/reading.h"

#include <string.h>

#include "parsers/form.h"
#include "parsers/notice_subject.h"
#include "parsers/report_head.h"
#include "parsers/text.h"
#include "parsers/tracking.h"

#define MESSAGE_DEPTH	3	/* mails attached to attached mails */

int
reading_form(struct reading *g, const char *text, int part, int line)
{
	struct report	*r = g->r;
	int		 is_reply = r->tracking != NULL || g->ours ||
			    (g->threaded && subject_answers(r->subject));

	report_forget_form(r);
	if (r->tracking != NULL)
		text = tracking_blank(g->a, text, r->tracking);
	if (is_reply)
		text = reply_unsigned(g->a, text);
	g->n_values = form_read(g->pc->forms, r->subject, text, part, line,
	    is_reply, r->received_at, g->pc->zone, g->a, r);
	return g->n_values > 0;
}

void
reading_another(struct reading *g, const char *text)
{
	struct report	 other = { 0 };

	if (g->r->another == NULL && form_read(g->pc->forms, NULL, text, 0, 1,
	    0, g->r->received_at, g->pc->zone, g->a, &other) > 0 &&
	    !other.is_list && report_differs(g->a, g->r, &other))
		g->r->another = text;
}

static int
try_forward(struct reading *g)
{
	if (g->cut.block == NULL || g->r->tracking != NULL || g->ours ||
	    (g->threaded && subject_answers(g->r->subject)))
		return 0;
	if (!reading_form(g, g->cut.block, g->body.part, g->cut.block_line))
		return 0;
	reading_forwarded(g);
	return 1;
}

/* The words of the HTML that stands beside the text of a mail. */
static const char *
html_words(struct mime *m, struct body *b)
{
	return part_text(m, m->leaves[b->other_part - 1], b);
}

static int
is_answer(const struct reading *g)
{
	return g->r->tracking != NULL || g->ours || g->threaded;
}

/* The HTML beside a text may have kept the table that the text lost; where it
 * shows no quotes, the text may. */
static int
try_html(struct reading *g)
{
	struct reply	 cut;

	if (g->body.other == NULL)
		return 0;
	(void)reading_cut(g, html_words(&g->m, &g->body), &cut);
	return reading_form(g, cut.own, g->body.other_part, cut.own_line) &&
	    !(is_answer(g) && report_quotes(g->a, g->r, g->text, g->cut.own));
}

/*
 * Programs make text of a table as they like: each cell a line, a blank line
 * in the middle of a cell.  Then the HTML, which is what people see, says
 * more; it cannot where the form in the text is whole.  In answers, where two
 * ways of quoting might not agree, it must say nothing that the text quotes.
 * part: of the mail m when it is attached, else 0.
 */
static void
try_table(struct reading *g, struct mime *m, struct body *b, int block,
    int part)
{
	struct report	*r = g->r, text = *r;
	struct body	 page = *b;
	struct reply	 cut;
	const char	*words;
	int		 n_values = g->n_values, answer = part == 0 &&
			    is_answer(g);

	if (r->whole || b->other == NULL || (answer && block) || (part > 0 &&
	    (r->tracking != NULL || g->ours)))
		return;
	page.cells = 0;
	words = html_words(m, &page);
	if (!page.cells)
		return;
	*b = page;
	(void)reading_cut(g, words, &cut);
	words = block ? cut.block : cut.own;
	r->n_problems = g->n_problems;
	if (words != NULL && reading_form(g, words, part > 0 ? part :
	    b->other_part, block ? cut.block_line : cut.own_line) &&
	    report_says_more(r, &text) && !(answer &&
	    report_quotes(g->a, r, g->text, g->cut.own)))
		return;
	*r = text;
	g->n_values = n_values;
}

/* The words of an attached mail, cut; 0: it cannot be read. */
static int
attached_words(struct reading *g, struct part *p, struct mime *in,
    struct body *body)
{
	struct err	 err;
	const char	*bytes;
	size_t		 len;

	bytes = part_bytes(g->a, p, &len);
	if (mime_read(g->a, bytes, len, in, &err) != RC_OK)
		return 0;
	mime_body(in, body);
	(void)reading_cut(g, body->text, &g->cut);
	return 1;
}

/* A form in the words of the attached mail p, or in a document of it. */
static int
try_message(struct reading *g, struct part *p, struct mime *in,
    struct body *body)
{
	int	own = reading_form(g, g->cut.own, p->number, g->cut.own_line);

	if (!own && !reading_form(g, g->cut.block == NULL ? "" : g->cut.block,
	    p->number, g->cut.block_line))
		return reading_documents(g, in);
	try_table(g, in, body, !own, p->number);
	return 1;
}

/* A web mailer knows an attached mail by the ending of its name only. */
static int
is_mail(const struct part *p)
{
	size_t	n = p->name == NULL ? 0 : strlen(p->name);

	return strcmp(p->type, "message/rfc822") == 0 ||
	    strcmp(p->type, "message/global") == 0 ||
	    (strcmp(p->type, "application/octet-stream") == 0 && n > 4 &&
	    strcasecmp(p->name + n - 4, ".eml") == 0);
}

/* Behind the first form: further attached mails that hold one of their own. */
static void
note_messages(struct reading *g, const struct mime *m, size_t i)
{
	struct report	 kept = *g->r, head;
	struct mime	 in;
	struct body	 body;
	int		 n = g->n_values;

	for (size_t tried = 0; i < m->n_leaves && tried < OFFICE_DOCS; i++) {
		struct part *p = m->leaves[i];

		if (!is_mail(p))
			continue;
		tried++;
		if (attached_words(g, p, &in, &body) &&
		    try_message(g, p, &in, &body)) {
			memset(&head, 0, sizeof(head));
			report_head(&in, kept.received_at, &head);
			*g->r = kept;
			report_problem(g->a, g->r, "attachment",
			    p->name != NULL ? p->name : head.subject,
			    "a form was found in another mail, and the one "
			    "in this mail was not read");
			reading_another(g, g->cut.own);
			if (g->cut.block != NULL)
				reading_another(g, g->cut.block);
			reading_other_documents(g, &in, 0);
			kept = *g->r;
		}
		*g->r = kept;
	}
	g->n_values = n;
}

static int
try_messages_in(struct reading *g, const struct mime *m, int depth)
{
	struct report	 head;
	struct mime	 in;
	struct body	 body;

	for (size_t i = 0, tried = 0; i < m->n_leaves && tried < OFFICE_DOCS;
	    i++) {
		struct part *p = m->leaves[i];

		if (!is_mail(p))
			continue;
		tried++;
		if (!attached_words(g, p, &in, &body))
			continue;
		memset(&head, 0, sizeof(head));
		report_head(&in, g->r->received_at, &head);
		if (!reading_passes(g->r, &head))
			continue;
		if (try_message(g, p, &in, &body)) {
			g->cut.inner_addr = head.from_addr;
			reading_forwarded(g);
			note_messages(g, m, i + 1);
			return 1;
		}
		if (depth > 0 && try_messages_in(g, &in, depth - 1))
			return 1;
	}
	return 0;
}

/*
 * Some programs forward a mail as an attachment, and who adds no word passes
 * it on; a journal wraps it.  Any other attached mail is evidence, such as a
 * phishing mail, and is not read.
 */
static int
try_messages(struct reading *g)
{
	struct reply	 own = g->cut;
	int		 found;

	if (g->r->tracking != NULL || g->ours)
		return 0;
	found = try_messages_in(g, &g->m, MESSAGE_DEPTH);
	g->cut = own;
	return found;
}

/*
 * The form in the own words, else in what they forward.  A comment above a
 * forward may have a label too (等級：2) and is no report yet: then the
 * forwarded one is read, and the comment fills it up.
 */
static int
try_text(struct reading *g)
{
	struct report	*r = g->r, own;
	int		 n;

	if (!reading_form(g, g->cut.own, g->body.part, g->cut.own_line))
		return try_forward(g);
	if (report_tells(r))
		return 1;
	own = *r;
	n = g->n_values;
	r->n_problems = g->n_problems;
	if (try_forward(g) && report_tells(r)) {
		report_fill(g->a, r, &own);
	} else {
		*r = own;
		g->n_values = n;
	}
	return 1;
}

/*
 * [CSI-20070531-0001] 等級：3 in a subject and nothing else: somebody typed
 * it.  What answers us has the subject of our letter, which orders nothing.
 */
static int
try_subject(struct reading *g)
{
	const struct report	*r = g->r;
	const char		*number = r->tracking == NULL ? NULL :
				    strstr(r->subject, r->tracking);

	if (number == NULL || *r->own_text != '\0' || g->ours || g->threaded ||
	    g->cut.quoted != NULL || subject_answers(r->subject) ||
	    subject_forwards(r->subject))
		return 0;
	number += strlen(r->tracking);
	return reading_form(g, number + strspn(number, "]:)# "),
	    g->body.part, 1);
}

/* A form beside the text. */
static int
try_files(struct reading *g)
{
	return try_html(g) || reading_documents(g, &g->m) ||
	    try_messages(g) || reading_text_files(g);
}

/* 說明：檢送通報單，請查照: the letter that goes with a form and is none. */
static int
is_covering(const struct report *r)
{
	return !report_tells(r) || (r->n_missing > 1 &&
	    report_given(r, "occurred_at") == NULL &&
	    report_given(r, "reported_at") == NULL);
}

/*
 * 單位, 姓名 and 電話 above 通報單如附件: what happened stands in the file, and
 * the words fill it up.
 */
static void
try_beside(struct reading *g)
{
	struct report	*r = g->r, own = *r;
	int		 n = g->n_values;

	if (r->form == NULL || is_answer(g))
		return;
	if (is_covering(r) && !r->forwarded && g->cut.block == NULL) {
		r->n_problems = g->n_problems;
		if (try_files(g) && report_tells(r) && (!report_tells(&own) ||
		    report_says_more(r, &own))) {
			report_fill(g->a, r, &own);
			return;
		}
		*r = own;
		g->n_values = n;
	}
	if (report_tells(r))
		reading_other_documents(g, &g->m, 0);
}

void
reading_find_form(struct reading *g)
{
	g->n_problems = g->r->n_problems;
	if (try_text(g)) {
		try_table(g, &g->m, &g->body, g->r->forwarded, 0);
		try_beside(g);
		return;
	}
	if (try_files(g) || try_subject(g))
		return;
	(void)reading_form(g, g->cut.own, g->body.part, g->cut.own_line);
	if ((g->cut.forwarded || (g->cut.block != NULL &&
	    subject_forwards(g->r->subject))) && g->r->tracking == NULL &&
	    !g->ours)
		reading_forwarded(g);
	if (g->r->form != NULL)
		report_problem(g->a, g->r, "form", g->r->form,
		    "the form came back blank");
}
