#include "parsers/parse.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libxml/parser.h>

#include "parsers/category.h"
#include "parsers/form.h"
#include "parsers/gap.h"
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
	report_forget_form(r);
}

const char *
reading_cut(struct reading *g, const char *text, struct reply *cut)
{
	return reply_cut_mail(g->a, g->pc->tracking_pattern,
	    secret_mask(g->a, text, &g->secrets), cut);
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
	reading_find_form(g);
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
