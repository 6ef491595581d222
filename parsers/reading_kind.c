/*
 * reading_kind - what kind of mail it is, once its words and its form are read.
 */
#include <string.h>
#include <strings.h>

#include "parsers/category.h"
#include "parsers/notice_subject.h"
#include "parsers/reading.h"

#define LIST_VALUES	3	/* of a filled form that came through a list */

int
reading_domain_is(const char *id, const char *domain)
{
	const char	*at = id == NULL ? NULL : strrchr(id, '@');
	size_t		 n = domain == NULL ? 0 : strlen(domain);

	return at != NULL && n > 0 && strncasecmp(at + 1, domain, n) == 0 &&
	    (at[1 + n] == '>' || at[1 + n] == '\0');
}

/* Are there words of an incident in the text? */
static int
tells(const struct reading *g, const char *text)
{
	const char	*source;

	return words_tell_loss(text) || category_read(g->pc, g->a, text,
	    &source) != NULL;
}

static int
orders(const struct report *r)
{
	return report_given(r, "level") != NULL ||
	    report_given(r, "status") != NULL;
}

/*
 * The subject of one who is away, and words that say it.  A form, or words of
 * an incident, make it a person's whatever the subject; so do such words in a
 * subject that answers nothing: 休假 6/1 起，帳號遭盜用.
 */
static int
is_away(const struct reading *g)
{
	const struct report	*r = g->r;

	if (g->notice.away == AWAY_ENDS ? orders(r) :
	    g->notice.away != AWAY_MAYBE || !words_say_away(r->own_text))
		return 0;
	return r->tracking != NULL || g->ours || (!tells(g, r->own_text) &&
	    (g->threaded || !tells(g, r->subject)) &&
	    (g->n_values == 0 || !report_opens_case(r)));
}

/* An answer to us that nobody wrote now, whatever its subject. */
static int
answers_alone(const struct reading *g)
{
	const struct report	*r = g->r;

	if (r->tracking == NULL && !g->ours)
		return 0;
	return g->notice.no_path || (g->n_values == 0 &&
	    words_say_automatic(g->a, r->own_text) && !tells(g, r->own_text));
}

enum mail_kind
reading_kind(const struct reading *g)
{
	const struct report	*r = g->r;
	int			 answers = g->threaded &&
				    subject_answers(r->subject);

	if (!orders(r) && words_say_receipt(g->a, r->own_text))
		return KIND_RECEIPT_NOTICE;
	if (is_away(g) || answers_alone(g))
		return KIND_AUTO_REPLY;
	/* words of a machine never command; a form of its may be a report */
	if (g->notice.kind_maybe != KIND_N && (r->tracking != NULL || g->ours ||
	    !report_opens_case(r) || g->n_values <
	    (g->notice.kind_maybe == KIND_LIST ? LIST_VALUES : 1)))
		return g->notice.kind_maybe;
	if (r->tracking != NULL || g->ours)
		return KIND_REPLY;
	if (answers && !(g->n_values > 0 && report_opens_case(r)))
		return KIND_REPLY;
	return g->n_values > 0 ? KIND_REPORT : KIND_REPORT_FREEFORM;
}

int
reading_may_report(const struct reading *g)
{
	const struct report	*r = g->r;

	if (g->notice.by_address)
		return g->n_values > 0 || tells(g, r->own_text) ||
		    tells(g, r->subject);
	if (r->kind != KIND_LIST || !g->notice.typed || r->tracking != NULL ||
	    g->ours || subject_answers(r->subject))
		return 0;
	for (size_t i = 0; i < g->pc->n_own_domains; i++)
		if (reading_domain_is(r->from_addr, g->pc->own_domains[i]))
			return 1;
	return tells(g, r->own_text) || tells(g, r->subject);
}
