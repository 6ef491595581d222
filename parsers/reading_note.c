/*
 * reading_note - what a person should know of a mail beside its fields.
 */
#include <string.h>
#include <strings.h>

#include "parsers/office.h"
#include "parsers/reading.h"
#include "parsers/reply_word.h"
#include "parsers/report_head.h"

#define FEW_WORDS	120	/* bytes of a mail beside its files */

/* Outlook's own wrapping of a mail, which some servers call anything. */
static int
is_tnef(const struct part *p)
{
	return strcmp(p->type, "application/ms-tnef") == 0 ||
	    strcmp(p->type, "application/vnd.ms-tnef") == 0 ||
	    (p->name != NULL && strcasecmp(p->name, "winmail.dat") == 0);
}

static const struct part *
tnef_leaf(const struct mime *m)
{
	for (size_t i = 0; i < m->n_leaves; i++)
		if (is_tnef(m->leaves[i]))
			return m->leaves[i];
	return NULL;
}

static int
is_formless(const struct reading *g, const struct part *p)
{
	for (size_t i = 0; i < g->n_formless; i++)
		if (g->formless[i] == p)
			return 1;
	return 0;
}

/* Has a mail no words, or few, which send its reader to what is with it?  What
 * they call a record is evidence. */
static int
points_at_files(const char *words)
{
	static const char *const files[] = { "附件", "附檔", "附上", "如附",
	    "檢附", "檢送", "夾檔", "壓縮", "附图", "附圖", "attach",
	    "enclosed", NULL };
	static const char *const records[] = { "紀錄", "記錄", "截圖", "畫面",
	    "照片", "log", "screenshot", NULL };
	size_t	n = strlen(words);

	return n == 0 || (n < FEW_WORDS && line_has_any(words, n, files) &&
	    !line_has_any(words, n, records));
}

/* What he has to say is in there: a text, an archive, a picture. */
static int
is_told_by(const struct part *p)
{
	static const char *const endings[] = { ".txt", ".zip", ".7z",
	    ".rar", ".msg", ".oft", ".odg", ".odp", ".ppt", ".pptx", ".png",
	    ".jpg", ".jpeg", ".gif", ".bmp", ".heic", ".webp", ".tif",
	    ".tiff", NULL };
	size_t	n = strlen(p->name);

	for (size_t i = 0; endings[i] != NULL; i++) {
		size_t	k = strlen(endings[i]);

		if (n > k && strcasecmp(p->name + n - k, endings[i]) == 0)
			return 1;
	}
	return 0;
}

/* A report without a form that brings files: one of these may be the form. */
static void
note_unread(struct reading *g)
{
	int	points = points_at_files(g->r->own_text);

	for (size_t i = 0; i < g->m.n_leaves; i++) {
		const struct part *p = g->m.leaves[i];

		if (p->name != NULL && !p->is_body &&
		    (office_unread(p->name) || (points && is_told_by(p))) &&
		    !is_formless(g, p))
			report_problem(g->a, g->r, "attachment", p->name,
			    "what stands in this file is not read");
	}
	for (size_t i = 0; i < g->n_formless; i++)
		if (g->formless[i]->name != NULL)
			report_problem(g->a, g->r, "no_form",
			    g->formless[i]->name,
			    "no form that is filled in was found in this file");
}

void
reading_notes(struct reading *g)
{
	const struct part	*p;

	if (g->body.cut)
		report_problem(g->a, g->r, "guard", "text",
		    "the text was too long or too deep and was cut");
	if (g->body.guessed)
		report_problem(g->a, g->r, "charset", g->r->own_text,
		    "the charset of the text was guessed");
	if (g->r->encrypted)
		report_problem(g->a, g->r, "mail", "encrypted",
		    "the mail is encrypted and cannot be read");
	if (g->secrets > 0)
		report_problem(g->a, g->r, "password", NULL, "it seems to "
		    "contain a password, which is not shown");
	p = tnef_leaf(&g->m);
	if (p != NULL)
		report_problem(g->a, g->r, "mail",
		    p->name == NULL ? "winmail.dat" : p->name,
		    "TNEF content is kept but not read");
	if (g->r->kind == KIND_REPORT_FREEFORM && !g->r->encrypted)
		note_unread(g);
}
