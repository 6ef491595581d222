/*
 * reading_file - a form that came in a file.
 */
#include <string.h>
#include <strings.h>

#include "parsers/form.h"
#include "parsers/office.h"
#include "parsers/reading.h"
#include "parsers/report_head.h"
#include "parsers/secret.h"

static void
without_form(struct reading *g, const struct part *p)
{
	if (g->n_formless < OFFICE_DOCS)
		g->formless[g->n_formless++] = p;
}

int
reading_documents(struct reading *g, const struct mime *m)
{
	struct report		*r = g->r;
	size_t			 n_problems = r->n_problems;
	struct office_text	 doc;
	enum office_kind	 kind;
	const char		*bytes;
	size_t			 len;
	int			 tried = 0;

	for (size_t i = 0; i < m->n_leaves && tried < OFFICE_DOCS; i++) {
		struct part *p = m->leaves[i];

		kind = office_kind(p->name, p->type);
		if (kind == OFFICE_NONE || p->is_body)
			continue;
		tried++;
		bytes = part_bytes(g->a, p, &len);
		office_read(g->a, kind, bytes, len, &doc);
		if (doc.text == NULL) {
			report_problem(g->a, r, "attachment", p->name,
			    doc.reason);
			n_problems = r->n_problems;
			continue;
		}
		doc.text = secret_mask(g->a, doc.text, &g->secrets);
		if (!reading_form(g, doc.text, p->number, 1) ||
		    r->form == NULL || r->is_list) {
			r->n_problems = n_problems;
			without_form(g, p);
			continue;
		}
		r->form = arena_printf(g->a, "%s_in_%s", r->form,
		    office_name(kind));
		return 1;
	}
	return 0;
}

/* Text or a page that came as a file, by its type or its name. */
static int
is_text_file(const struct part *p)
{
	static const char *const endings[] = { ".txt", ".htm", ".html" };

	if (p->is_body)
		return 0;
	for (size_t i = 0; p->name != NULL &&
	    i < sizeof(endings) / sizeof(endings[0]); i++) {
		size_t	n = strlen(p->name), k = strlen(endings[i]);

		if (n > k && strcasecmp(p->name + n - k, endings[i]) == 0)
			return 1;
	}
	return p->attached && (strcmp(p->type, "text/plain") == 0 ||
	    strcmp(p->type, "text/html") == 0);
}

int
reading_text_files(struct reading *g)
{
	struct report	*r = g->r;
	struct body	 file = { 0 };
	struct reply	 cut;
	size_t		 n_problems = r->n_problems, tried = 0;

	if (*r->own_text != '\0' || r->tracking != NULL || g->ours ||
	    g->threaded)
		return 0;
	for (size_t i = 0; i < g->m.n_leaves && tried < OFFICE_DOCS; i++) {
		struct part *p = g->m.leaves[i];

		if (!is_text_file(p))
			continue;
		tried++;
		(void)reading_cut(g, part_text(&g->m, p, &file), &cut);
		if (reading_form(g, cut.own, p->number, cut.own_line) &&
		    r->form != NULL && report_tells(r)) {
			r->form = arena_printf(g->a, "%s_in_text", r->form);
			return 1;
		}
		r->n_problems = n_problems;
	}
	return 0;
}
