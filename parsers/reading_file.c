/*
 * reading_file - a form that came in a file.
 */
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "parsers/csv.h"
#include "parsers/html.h"
#include "parsers/office.h"
#include "parsers/reading.h"
#include "parsers/reply_word.h"
#include "parsers/report_head.h"
#include "parsers/secret.h"
#include "parsers/sheet.h"
#include "parsers/text.h"
#include "parsers/tracking.h"
#include "parsers/words.h"

static void
without_form(struct reading *g, const struct part *p)
{
	if (g->n_formless < OFFICE_DOCS)
		g->formless[g->n_formless++] = p;
}

/*
 * Does a document that came with an answer name another incident than the one
 * answered?  A register of them says nothing of this one.
 */
static int
names_another(struct reading *g, const struct part *p, const char *text)
{
	const char	*number = g->r->tracking, *other = NULL;
	size_t		 n;

	for (; number != NULL && other == NULL && *text != '\0'; text += n +
	    (text[n] != '\0')) {
		n = strcspn(text, "\t\n");
		other = tracking_find(g->a, g->pc->tracking_pattern, text, n);
		if (other != NULL && strcmp(other, number) == 0)
			other = NULL;
	}
	if (other != NULL)
		report_problem(g->a, g->r, "tracking", other, arena_printf(
		    g->a, "the file %s names this other number and was not "
		    "read", p->name == NULL ? "" : p->name));
	return other != NULL;
}

/* 統計, but not 統計室, who may have sent it. */
static int
names_statistics(const char *s, size_t len)
{
	static const char *const words[] = { "統計", "statistics", NULL };
	static const char *const offices[] = { "室", "科", "處", "課", "股",
	    "組", "員", NULL };
	const char	*end = s + len;
	size_t		 n;

	for (; s < end; s++)
		if ((n = words_start(s, end, words)) > 0 &&
		    words_start(s + n, end, offices) == 0)
			return 1;
	return 0;
}

/* Does the form that was read set a level, or say how things stand? */
static int
gives_orders(const struct report *r)
{
	const struct field *level = report_field(r, "level"),
			*status = report_field(r, "status");

	return (level != NULL && level->known) ||
	    (status != NULL && status->known);
}

/*
 * Is a document that came with an answer called a record of many incidents, of
 * a meeting or something else, an example, or void: by its name, its first line or who
 * sends it?  What it says of a level or an end is no order then.
 */
static int
is_no_answer(struct reading *g, const struct part *p, const char *text,
    size_t n_problems)
{
	static const char *const records[] = { "登記簿", "列管表", "清冊",
	    "月報", "季報", "年報", "週報", "一覽表", "彙整表", "彙總表",
	    NULL };
	static const char *const voids[] = { "作廢", "供參", "勿採用", "是範例",
	    "為範例", "係範例", "的範例", NULL };
	static const char *const titles[] = { "掃描", "檢測", "盤點", "稽核",
	    "標準", "會議紀錄", "會議記錄", "議程", "開會通知", NULL };
	const char	*name = p->name == NULL ? "" : p->name, *said[3] = {
			    name, text + strspn(text, " \t\n"),
			    g->r->own_text };
	size_t		 len[3] = { strlen(name), strcspn(said[1], "\n"),
			    strlen(said[2]) };
	int		 no = 0;

	if (g->r->tracking == NULL && !g->ours && !g->threaded)
		return 0;
	while (len[1] > 0 && said[1][len[1] - 1] == '\t')
		len[1]--;	/* cells that the title does not fill */
	if (memchr(said[1], '\t', len[1]) != NULL ||
	    memchr(said[1], ':', len[1]) != NULL ||
	    memmem(said[1], len[1], "：", 3) != NULL)
		len[1] = 0;		/* a label with its value */
	for (size_t i = 0; i < 2; i++)
		no = no || sheet_is_example(said[i], len[i]) ||
		    line_has_any(said[i], len[i], titles);
	for (size_t i = 0; i < 3; i++)
		no = no || names_statistics(said[i], len[i]) ||
		    line_has_any(said[i], len[i], records) ||
		    line_has_any(said[i], len[i], voids);
	if (!no)
		return 0;
	g->r->n_problems = n_problems;
	report_problem(g->a, g->r, "attachment", name, "this file is called a "
	    "record of many, an example or void, and was not read");
	return 1;
}

static int
has_ending(const char *name, const char *const *endings)
{
	size_t	n = name == NULL ? 0 : strlen(name);

	for (; *endings != NULL; endings++) {
		size_t	k = strlen(*endings);

		if (n > k && strcasecmp(name + n - k, *endings) == 0)
			return 1;
	}
	return 0;
}

/* Web pages that a house's programs save as 通報單.xls or 通報單.doc. */
static const char *
page_words(struct reading *g, const char *bytes, size_t len)
{
	static const char *const begins[] = { "<html", "<!doctype html",
	    "<table", "<meta", "<head", NULL };
	static const char bom[] = "\xef\xbb\xbf";
	const char	*s = bytes;
	struct html_text h;

	if (len > sizeof(bom) && memcmp(s, bom, sizeof(bom) - 1) == 0)
		s += sizeof(bom) - 1;
	while (s < bytes + len && strchr(" \t\r\n", *s) != NULL)
		s++;
	for (size_t i = 0; begins[i] != NULL; i++) {
		size_t	k = strlen(begins[i]);

		if ((size_t)(bytes + len - s) <= k ||
		    strncasecmp(s, begins[i], k) != 0)
			continue;
		len = len > HTML_MAX ? HTML_MAX : len;
		s = text_decode(g->a, bytes, len, html_charset(g->a, bytes,
		    len), NULL, &len);
		html_read(g->a, s, len, 0, &h);
		return h.text;
	}
	return NULL;
}

static const char *
csv_words(struct reading *g, const struct mime *m, struct part *p)
{
	struct mime	 in = *m;
	struct body	 file = { 0 };
	struct buf	 rows;
	const char	*words;

	buf_init(&rows, BODY_MAX);
	csv_read(g->a, part_text(&in, p, &file), &rows);
	words = text_utf8_clean(g->a, rows.data, rows.len);
	buf_free(&rows);
	return words;
}

/* The words of a file that may hold a form. */
struct document {
	const char	*text;		/* NULL: it cannot be read, and why */
	const char	*reason;
	const char	*kind;		/* "xlsx" */
	int		 record;	/* of a program, more often than a form */
};

/* 0: no document, or one more record than are read. */
static int
read_document(struct reading *g, const struct mime *m, struct part *p,
    int records, struct document *d)
{
	static const char *const tables[] = { ".csv", ".tsv", NULL };
	enum office_kind kind = office_kind(p->name, p->type);
	struct office_text office;
	const char	*bytes;
	size_t		 len;

	memset(d, 0, sizeof(*d));
	if (has_ending(p->name, tables) || (p->name == NULL &&
	    strcmp(p->type, "text/csv") == 0)) {
		if (g->r->tracking != NULL || g->ours || g->threaded ||
		    records == OFFICE_DOCS)
			return 0;
		d->text = csv_words(g, m, p);
		d->kind = "csv";
		d->record = 1;
		return 1;
	}
	if (kind == OFFICE_NONE && p->name != NULL &&
	    strchr(p->name, '.') != NULL && !office_unread(p->name))
		return 0;
	if (kind == OFFICE_NONE && p->name == NULL)
		return 0;
	bytes = part_bytes(g->a, p, &len);
	if (p->name != NULL && office_unread(p->name) &&
	    (d->text = page_words(g, bytes, len)) != NULL) {
		d->kind = "html";
		return 1;
	}
	if (kind == OFFICE_NONE && (len < 4 || memcmp(bytes, "PK\3\4", 4)))
		return 0;
	office_read(g->a, kind, bytes, len, &office);
	d->text = office.text;
	d->reason = office.reason;
	d->kind = office_name(office.kind);
	return d->text != NULL || (d->reason != NULL && kind != OFFICE_NONE);
}

/* Behind the first form further ones are not read: 附件一 of another desk. */
static void
note_others(struct reading *g, const struct mime *m, size_t i)
{
	for (; i < m->n_leaves; i++) {
		const struct part *p = m->leaves[i];

		if (!p->is_body && office_kind(p->name, p->type) != OFFICE_NONE)
			report_problem(g->a, g->r, "attachment", p->name,
			    "a form was found in another file, and this one "
			    "was not read");
	}
}

void
reading_other_documents(struct reading *g, const struct mime *m, int part)
{
	struct document	 d;
	int		 tried = 0;

	if (g->r->tracking != NULL || g->ours || g->threaded)
		return;
	for (size_t i = 0; i < m->n_leaves && tried < OFFICE_DOCS; i++) {
		struct part	*p = m->leaves[i];

		if (p->is_body || p->number <= part ||
		    office_kind(p->name, p->type) == OFFICE_NONE ||
		    !read_document(g, m, p, OFFICE_DOCS, &d))
			continue;
		tried++;
		if (d.text != NULL)
			reading_another(g, secret_mask(g->a, d.text,
			    &g->secrets));
	}
}

/* A table of somebody's own is put before a person, and nothing goes by it. */
static int
is_of_another(struct reading *g, const struct part *p,
    const struct document *d, size_t n_problems)
{
	if ((g->r->tracking == NULL && !g->ours && !g->threaded) ||
	    (strcmp(d->kind, "xlsx") != 0 && strcmp(d->kind, "ods") != 0 &&
	    strcmp(d->kind, "html") != 0) ||
	    reading_is_answer(g, d->text))
		return 0;
	g->r->n_problems = n_problems;
	report_problem(g->a, g->r, "attachment", p->name, "this table has no "
	    "title of a form and was not taken for the answer");
	return 1;
}

int
reading_documents(struct reading *g, const struct mime *m)
{
	struct report		*r = g->r;
	size_t			 n_problems = r->n_problems;
	struct document		 d;
	int			 tried = 0, records = 0, n;

	for (size_t i = 0; i < m->n_leaves && tried < OFFICE_DOCS; i++) {
		struct part *p = m->leaves[i];

		if (p->is_body || !read_document(g, m, p, records, &d))
			continue;
		tried += !d.record;
		records += d.record;
		if (d.text == NULL) {
			report_problem(g->a, r, "attachment", p->name,
			    d.reason);
			n_problems = r->n_problems;
			continue;
		}
		if (names_another(g, p, d.text)) {
			n_problems = r->n_problems;
			continue;
		}
		d.text = secret_mask(g->a, d.text, &g->secrets);
		n = reading_form(g, d.text, p->number, 1);
		if (n && gives_orders(r) && (is_no_answer(g, p, d.text,
		    n_problems) || is_of_another(g, p, &d, n_problems))) {
			n_problems = r->n_problems;
			continue;
		}
		if (n && r->form != NULL && !r->is_list &&
		    (!d.record || report_tells(r))) {
			r->form = arena_printf(g->a, "%s_in_%s", r->form,
			    d.kind);
			note_others(g, m, i + 1);
			reading_other_documents(g, m, p->number);
			return 1;
		}
		r->n_problems = n_problems;
		if (!d.record)
			without_form(g, p);
	}
	return 0;
}

/* Text or a page that came as a file, by its type or its name. */
static int
is_text_file(const struct part *p)
{
	static const char *const endings[] = { ".txt", ".htm", ".html", NULL };

	return !p->is_body && (has_ending(p->name, endings) || (p->attached &&
	    (strcmp(p->type, "text/plain") == 0 ||
	    strcmp(p->type, "text/html") == 0)));
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
