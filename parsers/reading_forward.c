/*
 * reading_forward - what is noted of a mail that somebody passed on.
 */
#include <string.h>
#include <strings.h>

#include "parsers/notice_subject.h"
#include "parsers/reading.h"

#define SUBJECT_MIN	6	/* bytes of one that tells two mails apart */

static int
own_address(const struct reading *g, const char *addr)
{
	for (size_t i = 0; addr != NULL && i < g->pc->n_own_addresses; i++)
		if (strcasecmp(addr, g->pc->own_addresses[i]) == 0)
			return 1;
	return 0;
}

/* A journal or a filter wrote outer about inner, [SPAM] or nothing before its
 * subject. */
static int
wraps(const struct report *outer, const struct report *inner)
{
	size_t	n = outer->subject == NULL ? 0 : strlen(outer->subject);
	size_t	k = inner->subject == NULL ? 0 : strlen(inner->subject);

	return k >= SUBJECT_MIN && n >= k && strcmp(outer->subject + n - k,
	    inner->subject) == 0;
}

int
reading_passes(const struct report *outer, const struct report *inner)
{
	return subject_forwards(outer->subject) || *outer->own_text == '\0' ||
	    wraps(outer, inner);
}

/* May the address inside a forward get our answer?  Anybody can type one. */
static int
inner_allowed(const struct reading *g, const char *addr)
{
	const char	*from = g->r->from_addr;

	if (own_address(g, addr))
		return 0;		/* we write to nobody there */
	for (size_t i = 0; i < g->pc->n_own_domains; i++)
		if (reading_domain_is(addr, g->pc->own_domains[i]))
			return 1;
	from = from == NULL ? NULL : strrchr(from, '@');
	return g->pc->n_own_domains == 0 && from != NULL &&
	    reading_domain_is(addr, from + 1);
}

/* Where a text names the sender only (Foxmail), the HTML beside it may have
 * his address in a link. */
static const char *
linked_sender(struct reading *g)
{
	struct body	 page = g->body;
	struct reply	 cut;

	if (page.other == NULL)
		return NULL;
	reply_cut(g->a, part_text(&g->m, g->m.leaves[page.other_part - 1],
	    &page), &cut);
	return cut.inner_addr;
}

void
reading_forwarded(struct reading *g)
{
	const char	*addr = g->cut.inner_addr;

	g->r->forwarded = 1;
	g->r->submitted_by = g->r->from_addr;
	if (addr == NULL)
		addr = linked_sender(g);
	if (inner_allowed(g, addr))
		g->r->reporter_email = addr;
}

void
reading_passed_on(struct reading *g)
{
	struct report	*r = g->r;
	const char	*block = g->cut.block;

	if (block == NULL || (r->tracking == NULL && !g->ours) ||
	    (!g->cut.forwarded && !subject_forwards(r->subject)) ||
	    (g->cut.inner_addr != NULL ? own_address(g, g->cut.inner_addr) :
	    r->tracking != NULL && strcasestr(block, r->tracking) != NULL))
		return;
	r->passed_on = block;
}
