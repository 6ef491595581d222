#include "parsers/parse.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libxml/parser.h>

#include "parsers/category.h"
#include "parsers/form.h"
#include "parsers/gap.h"
#include "parsers/limits.h"
#include "parsers/mime.h"
#include "parsers/notice.h"
#include "parsers/notice_subject.h"
#include "parsers/pgp.h"
#include "parsers/reading.h"
#include "parsers/reply.h"
#include "parsers/reply_line.h"
#include "parsers/report_head.h"
#include "parsers/secret.h"
#include "parsers/text.h"
#include "parsers/timing.h"
#include "parsers/tracking.h"

#define MESSAGE_DEPTH	3	/* mails attached to attached mails */

static void
look_at_thread(struct reading *g)
{
	const struct report	*r = g->r;
	const char		*last = r->in_reply_to != NULL ||
				    r->n_references == 0 ? r->in_reply_to :
				    r->references[r->n_references - 1];

	g->direct = reading_domain_is(last, g->pc->own_id_domain);
	g->threaded = r->in_reply_to != NULL || r->n_references > 0;
	g->ours = reading_domain_is(r->in_reply_to, g->pc->own_id_domain);
	for (size_t i = 0; i < r->n_references; i++)
		g->ours |= reading_domain_is(r->references[i], g->pc->own_id_domain);
}

static const char *
number_in(struct reading *g, const char *s)
{
	return s == NULL ? NULL : tracking_find(g->a, g->pc->tracking_pattern,
	    s, strlen(s));
}

static void
forget_form(struct report *r)
{
	r->form = NULL;
	r->fields = NULL;
	r->n_fields = 0;
	r->missing = NULL;
	r->n_missing = 0;
	r->whole = 0;
	r->another = NULL;
}

int
reading_form(struct reading *g, const char *text, int part, int line)
{
	struct report	*r = g->r;
	int		 is_reply = r->tracking != NULL || g->ours ||
			    (g->threaded && subject_answers(r->subject));

	forget_form(r);
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

const char *
reading_cut(struct reading *g, const char *text, struct reply *cut)
{
	return reply_cut_mail(g->a, g->pc->tracking_pattern,
	    secret_mask(g->a, text, &g->secrets), cut);
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

/* The first place that holds a filled form; else what the own text gave. */
static void
read_form(struct reading *g)
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

/* Exchange sends this in place of a mail that it cannot convert. */
static int
is_placeholder(const char *text)
{
	static const char words[] = "Retrieval using the IMAP4 protocol failed";

	text += strspn(text, " \t\n");
	return strncmp(text, words, sizeof(words) - 1) == 0;
}

static void
unreadable(struct reading *g, const char *text, const char *reason)
{
	g->r->kind = KIND_UNREADABLE;
	g->r->answerable = 0;
	if (g->r->why_not == NULL)
		g->r->why_not = text;
	report_problem(g->a, g->r, "mail", text, reason);
}

/* Machines' mail: its words and number for the record, no fields. */
static void
settle_machine(struct reading *g)
{
	struct report	*r = g->r;

	if (r->why_not == NULL)
		r->why_not = g->notice.away != AWAY_NOT ? "Subject" : "words";
	r->answerable = 0;
	r->for_person = reading_may_report(g);
	forget_form(r);
}

static void
read_words(struct reading *g)
{
	struct report	*r = g->r;

	mime_body(&g->m, &g->body);
	g->text = reading_cut(g, pgp_clear(g->a, g->body.text, &r->encrypted),
	    &g->cut);
	r->subject = secret_mask(g->a, r->subject, &g->secrets);
	r->own_text = g->cut.own;
	r->lang = report_language(r);
	if (r->tracking != NULL)	/* a bounce names ours */
		return;
	r->tracking = number_in(g, r->subject);
	if (r->tracking == NULL)
		r->tracking = number_in(g, r->own_text);
}

/*
 * A whole form whose words only mention a number (另參 CSI-...) is a report
 * of its own, and its sender is owed an answer.
 */
static void
mentions_only(struct reading *g)
{
	struct report	*r = g->r;
	const char	*number = r->tracking;

	if (number == NULL || g->ours || subject_answers(r->subject) ||
	    number_in(g, r->subject) != NULL ||
	    tracking_opens_line(r->own_text, number))
		return;
	r->tracking = NULL;
	if (!reading_form(g, g->cut.own, g->body.part, g->cut.own_line) ||
	    report_field(r, "description") == NULL || r->n_missing > 2) {
		r->tracking = number;
		return;
	}
	report_problem(g->a, r, "tracking", number,
	    "the words mention this number; the form is taken for a new one");
}

/* The number of ours that stands in brackets in what the mail quotes. */
static const char *
quoted_number(struct reading *g)
{
	const char	*const quotes[] = { g->cut.quoted, g->cut.block };
	const char	*number;

	for (size_t i = 0; i < 2; i++) {
		number = number_in(g, quotes[i]);
		if (number != NULL && strcasestr(quotes[i], arena_printf(g->a,
		    "[%s]", number)) != NULL)
			return number;
	}
	return NULL;
}

/*
 * A program that drops the thread and a person who writes a new subject leave
 * only the letter of ours they quote.  It says what they answer when an
 * answer stands above it, or when it would be read as a report itself; a
 * report above it is a new one.
 */
static void
lost_thread(struct reading *g)
{
	struct report	*r = g->r;
	const char	*number;

	if (r->tracking != NULL || g->ours ||
	    (number = quoted_number(g)) == NULL)
		return;
	if (reading_form(g, g->cut.own, g->body.part, g->cut.own_line) &&
	    report_opens_case(r))
		return;
	r->tracking = number;
	if (!reading_form(g, g->cut.own, g->body.part, g->cut.own_line) &&
	    (g->cut.block == NULL || !reading_form(g, g->cut.block,
	    g->body.part, g->cut.block_line)))
		r->tracking = NULL;
}

/*
 * Somebody writes 等級：3 and nothing of the incident he means: whoever holds a
 * role is asked for it, of anybody else it is a suggestion.  These are words
 * and no form.
 */
static void
lone_answer(struct reading *g)
{
	struct report		*r = g->r, free_text = *r;
	const struct field	*level, *status;

	if (r->form != NULL || r->forwarded || g->cut.block != NULL)
		return;
	(void)form_read(g->pc->forms, r->subject, g->cut.own, g->body.part,
	    g->cut.own_line, 1, r->received_at, g->pc->zone, g->a, r);
	level = report_field(r, "level");
	status = report_field(r, "status");
	if (report_opens_case(r) || ((level == NULL || !level->known) &&
	    (status == NULL || !status->known))) {
		*r = free_text;
		return;
	}
	r->form = free_text.form;
	if (report_field(r, "category") != NULL)
		category_judge(g->pc, g->a, r);
}

/*
 * "My answers are in red below": what is dyed in our own letter, which has no
 * colours, is the sender's text.
 */
static void
add_dyed(struct reading *g)
{
	struct body	 page = g->body;
	const char	*words, *dyed;
	int		 part = page.was_html ? page.part : page.other_part;

	if (!g->direct || part < 1 || (!page.was_html && page.other == NULL))
		return;
	page.n_dyed = 0;
	words = part_text(&g->m, g->m.leaves[part - 1], &page);
	dyed = page.n_dyed == 0 ? NULL :
	    reply_dyed(g->a, words, page.dyed, page.n_dyed);
	if (dyed == NULL)
		return;
	g->cut.own = arena_printf(g->a, "%s\n\n%s", g->cut.own,
	    secret_mask(g->a, dyed, &g->secrets));
	g->r->own_text = g->cut.own;
}

static void
read_person(struct reading *g)
{
	struct report	*r = g->r;

	look_at_thread(g);
	add_dyed(g);
	lost_thread(g);
	mentions_only(g);
	read_form(g);
	reading_passed_on(g);
	if (g->direct)
		g->n_values += gap_read(g->pc, g->a, g->text, g->body.part, r);
	r->kind = reading_kind(g);
	if (r->kind == KIND_LIST || r->kind == KIND_AUTO_REPLY ||
	    r->kind == KIND_RECEIPT_NOTICE) {
		settle_machine(g);
		return;
	}
	if (r->kind == KIND_REPLY)
		reading_named(g);
	category_judge(g->pc, g->a, r);
	if (r->kind == KIND_REPORT_FREEFORM)
		lone_answer(g);		/* all its words tell the category */
	timing_judge(g->pc, r);
}

/*
 * From postmaster@ and nothing else of a bounce: whoever fills in a form there
 * is a person.  He gets no answer, since machines share the address; what else
 * he may have to say is the operator's to judge.
 */
static void
read_postmaster(struct reading *g)
{
	struct report	*r = g->r, bounce = *r;
	int		 may_report;

	read_person(g);
	if (r->kind == KIND_REPORT && r->tracking == NULL && !g->ours &&
	    report_opens_case(r) && report_tells(r)) {
		r->why_not = "From: mail server";
		return;
	}
	may_report = reading_may_report(g);
	*r = bounce;
	r->kind = KIND_BOUNCE;
	r->for_person = may_report;
	bounce_read(g->pc, &g->m, r);
}

static enum rc
refused(struct reading *g, struct err *err)
{
	/* Sorted by its header, so that no machine is told about it. */
	notice_judge(g->pc, &g->m, g->r, &g->notice);
	g->r->kind = KIND_UNREADABLE;
	g->r->own_text = "";
	g->r->lang = report_language(g->r);
	g->r->tracking = number_in(g, g->r->subject);
	report_problem(g->a, g->r, "guard", g->m.guard,
	    arena_strdup(g->a, err->text));
	return RC_REFUSED;
}

enum rc
parse_prepare(const struct parse_conf *pc, struct err *err)
{
	text_prepare();
	xmlInitParser();
	/* libzip makes local times of a document's members, for which the C
	 * library looks at its file of the zone each time unless TZ is set */
	if (setenv("TZ", "UTC0", 0) == -1)
		return err_set(err, RC_BROKEN, "the zone cannot be set");
	if (secret_prepare(err) != RC_OK || mail_tail_prepare(err) != RC_OK)
		return RC_BROKEN;
	if (tracking_prepare(pc->tracking_pattern) == -1)
		return err_set(err, RC_BROKEN,
		    "tracking pattern cannot be compiled: %s",
		    pc->tracking_pattern);
	return RC_OK;
}

enum rc
parse_mail(const struct parse_conf *pc, const char *raw, size_t len,
    int64_t received, struct arena *a, struct report *r, struct err *err)
{
	struct reading	*g = arena_alloc(a, sizeof(*g));
	enum rc		 rc;

	memset(r, 0, sizeof(*r));
	g->pc = pc;
	g->a = a;
	g->r = r;
	rc = mime_read(a, raw, len, &g->m, err);
	report_head(&g->m, received, r);
	if (rc != RC_OK)
		return refused(g, err);
	r->encrypted = g->m.encrypted;
	notice_judge(pc, &g->m, r, &g->notice);
	read_words(g);
	if (notice_leaf(&g->m, "message/partial") != NULL &&
	    g->notice.kind != KIND_BOUNCE)
		unreadable(g, "message/partial",
		    "only a piece of a mail that was sent in pieces");
	else if (is_placeholder(g->body.text))
		unreadable(g, "IMAP placeholder",
		    "the server could not convert the mail and says so");
	else if (g->notice.by_address)
		read_postmaster(g);
	else if (g->notice.kind != KIND_N)
		r->kind = g->notice.kind;
	else
		read_person(g);
	report_attachments(&g->m, r);
	reading_notes(g);
	return RC_OK;
}
