#include "parsers/form.h"

#include <string.h>

#include "parsers/datetime.h"
#include "parsers/form_reading.h"
#include "parsers/limits.h"
#include "parsers/report_head.h"

#define TITLE_TEXT	4096		/* bytes searched for titles */
#define TITLE_POINTS	3		/* a title counts as so many fields */
#define RANK_MAX	1000		/* forms that read a time come first */

static const struct form_label *
label_of(const struct form_set *set, const struct form *form, int label)
{
	for (; label >= 0; label = set->labels[label].next)
		if (set->labels[label].form == form)
			return &set->labels[label];
	return NULL;
}

static int
how_fits(const struct form_hit *h, const struct form_label *l)
{
	if (l->whole)
		return h->how == HIT_WHOLE;
	return h->how == HIT_COLON || h->how == HIT_CELL ||
	    (h->how == HIT_BARE && l->field->bare);
}

const struct form_field *
form_field_of(const struct reading *g, const struct form *form,
    const struct form_hit *h, const char **rule)
{
	const struct form_label *l;

	if (h->field != NULL) {
		*rule = h->rule;
		return h->field;
	}
	l = label_of(g->set, form, h->label);
	for (size_t k = 0; l == NULL && g->is_reply && k < form->n_also; k++)
		l = label_of(g->set, form->also[k], h->label);
	if (l == NULL || !how_fits(h, l))
		return NULL;
	*rule = l->text;
	return l->field;
}

static int
has_title(const struct reading *g, const struct form *f)
{
	size_t	from, to;

	for (size_t i = 0; i < f->n_titles; i++)
		if (pattern_match(f->titles[i], g->titles, g->titles_len,
		    &from, &to) == 1)
			return 1;
	return 0;
}

/* How many different fields of its own a form would find. */
struct count {
	int	fields;
	int	account;	/* one tells of the incident, not of a person,
				   as signatures do */
	int	wide;		/* labels that are no English words */
	int	sure;		/* fields not by a word alone on its line */
	int	told;		/* what or when, by such a label */
	int	timed;		/* one is a time */
};

static void
count_hit(const struct reading *g, const struct form_hit *h,
    const struct form_field *f, int again, struct count *c)
{
	int	alone = h->how == HIT_CELL &&
		    h->value >= g->page.lines[h->line].to;

	c->fields += !again;
	c->timed |= f->kind == FIELD_DATETIME;
	c->account |= f->kind != FIELD_LINE && f->kind != FIELD_PERSON &&
	    f->kind != FIELD_PHONE;
	c->wide += (unsigned char)g->page.f.s[h->label_at] >= 0x80;
	if (alone)
		return;
	c->sure += !again;
	c->told |= f->kind == FIELD_TEXT || f->kind == FIELD_DATETIME;
}

static void
count_fields(const struct reading *g, const struct form *f, struct count *c)
{
	const struct form_label *l;
	unsigned char	 seen[FORM_FIELDS_MAX] = { 0 };

	memset(c, 0, sizeof(*c));
	for (size_t i = 0; i < g->page.n_hits; i++) {
		const struct form_hit *h = &g->page.hits[i];
		size_t		 k;

		l = (h->soft || h->loose) && !form_flat_line(g, f, h->line) ?
		    NULL : label_of(g->set, f, h->label);
		if (l == NULL || !how_fits(h, l))
			continue;
		k = (size_t)(l->field - f->fields);
		count_hit(g, h, l->field, seen[k], c);
		seen[k] = 1;
	}
}

/*
 * Are there fields enough for a first report without a title?  Name, type and
 * phone stand in any English letter, newsletter or signature.
 */
static int
is_enough(const struct count *c)
{
	if (c->wide == 0)
		return c->sure >= 2 && c->told;
	return c->fields >= (c->account ? 2 : 3);
}

/* A date line with a title makes a blank or nearly blank form. */
static const struct form *
choose_form(const struct reading *g)
{
	const struct form *best = NULL;
	int		 best_score = 0, best_rank = 0;

	for (size_t i = 0; i < g->set->n_forms; i++) {
		const struct form *f = &g->set->forms[i];
		struct count	 c;
		int		 title, score, rank;

		if (!(g->is_reply ? f->for_reply : f->for_report))
			continue;
		count_fields(g, f, &c);
		title = (c.fields > 0 || f->n_patterns > 0) && has_title(g, f);
		if (c.fields == 0 && !(title && f->n_patterns > 0))
			continue;
		if (!g->is_reply && !title && !is_enough(&c))
			continue;
		score = c.fields + (title ? TITLE_POINTS : 0) +
		    (title && f->n_patterns > 0 ? TITLE_POINTS : 0);
		rank = (g->is_reply ? f->reply_rank : f->rank) -
		    (c.timed ? RANK_MAX : 0);
		if (best == NULL || score > best_score ||
		    (score == best_score && rank < best_rank)) {
			best = f;
			best_score = score;
			best_rank = rank;
		}
	}
	return best;
}

struct field *
form_slot(struct reading *g, const struct form_field *f)
{
	for (size_t i = 0; i < g->n; i++)
		if (strcmp(g->slot[i].name, f->name) == 0)
			return &g->slot[i];
	if (g->n == SLOTS_MAX)
		return NULL;
	g->field[g->n] = f;
	form_value_read(&g->scene, f, NULL, &g->slot[g->n], NULL);
	g->slot[g->n].part = g->part;
	return &g->slot[g->n++];
}

/*
 * Behind one blank or a comma a label counts only inside the value of a short
 * field; inside a text that has begun, not the text's own label either.
 */
static int
counts(const struct reading *g, const struct form_match *prev,
    const struct form_hit *h, const struct form_field *f)
{
	if (prev == NULL)
		return !h->soft;
	if (h->soft && (prev->field->kind == FIELD_TEXT ||
	    prev->hit->line != h->line))
		return 0;
	return !(prev->field == f && f->kind == FIELD_TEXT &&
	    !form_table_empty(&g->page, prev->from, h->pos));
}

/*
 * A comma before the next label is no part of the value, nor, in a flat line
 * with n labels before it, its number.
 */
static size_t
before_mark(const struct reading *g, size_t from, size_t to, size_t n)
{
	const char	*s = g->page.f.s;

	if (n > 0)
		to = form_flat_end(&g->page, from, to, n);
	while (to > from && strchr(" ,;/", s[to - 1]) != NULL)
		to--;
	if (to >= from + 3 && (memcmp(s + to - 3, "、", 3) == 0 ||
	    memcmp(s + to - 3, "。", 3) == 0))
		to -= 3;
	return to;
}

static size_t
keep_matches(struct reading *g, const struct form *form,
    struct form_match *out)
{
	size_t	n = 0;

	for (size_t i = 0; i < g->page.n_hits; i++) {
		const struct form_hit *h = &g->page.hits[i];
		const struct form_field *f;
		const char	*rule = NULL;
		int		 flat, fits;

		f = form_field_of(g, form, h, &rule);
		if (f == NULL)
			continue;
		flat = (h->soft || h->loose) &&
		    form_flat_line(g, form, h->line);
		fits = !h->loose && counts(g, n > 0 ? &out[n - 1] : NULL, h, f);
		if (flat)
			fits = form_flat_fits(form, out, n, f, rule, fits);
		if (!fits)
			continue;
		if (n > 0)
			out[n - 1].to = h->soft ? before_mark(g,
			    out[n - 1].from, h->pos, flat ? n : 0) : h->pos;
		out[n++] = (struct form_match){ h, f, rule, h->value,
		    g->page.f.len, 0, 0, 0 };
	}
	if (n > 0 && form_flat_line(g, form, out[n - 1].hit->line))
		out[n - 1].to = form_flat_date(&g->page, out[n - 1].from,
		    out[n - 1].to);
	return n;
}

/* One more value of a repeatable field; a form pasted twice adds none. */
static void
add_value(struct reading *g, const struct form_match *m, int more_below,
    struct field *to)
{
	struct arena	*a = g->scene.arena;
	struct field	 got = { 0 }, *last = to;
	size_t		 at = 0, n = 1, len;
	char		*raw;

	raw = form_value_raw(&g->page, m, more_below, &at);
	if (raw == NULL)
		return;
	for (; last->more != NULL; last = last->more, n++)
		if (strcmp(last->more->raw, raw) == 0)
			return;
	len = strlen(raw);		/* the first value opens the raw text */
	if (n >= REPORT_REPEAT_MAX || (strncmp(to->raw, raw, len) == 0 &&
	    (to->raw[len] == '\0' || to->raw[len] == '\n')))
		return;
	form_value_read(&g->scene, m->field, raw, &got, NULL);
	if (!got.known)
		return;
	last->more = arena_alloc(a, sizeof(got));
	*last->more = got;
	to->raw = arena_printf(a, "%s\n%s", to->raw, raw);
}

static const char two_values[] = "two lines";

/*
 * The first value wins, but for what an answer orders: whoever writes 等級：2
 * and 等級：3 is asked which he means.
 */
static int
contradicts(struct reading *g, const struct form_match *m, int more_below,
    struct field *to)
{
	struct report	 scratch = { 0 };
	struct value_scene quiet = g->scene;
	struct field	 got = { 0 };
	size_t		 at = 0;
	char		*raw;

	if (!g->is_reply || to->rule == NULL || strcmp(to->rule, m->rule) != 0 ||
	    (m->field->kind != FIELD_LEVEL && m->field->kind != FIELD_CHOICE))
		return 0;
	raw = form_value_raw(&g->page, m, more_below, &at);
	if (raw == NULL)
		return 0;
	quiet.report = &scratch;
	form_value_read(&quiet, m->field, raw, &got, NULL);
	if (!got.known || (got.kind == VALUE_CHOICE ? strcmp(got.text,
	    to->text) == 0 : got.number == to->number))
		return 0;
	to->known = 0;
	to->raw = arena_printf(g->scene.arena, "%s / %s", to->raw, raw);
	to->rule = two_values;
	report_problem(g->scene.arena, g->scene.report, to->name, to->raw,
	    "two lines say different things");
	return 1;
}

/*
 * 備份檔案下載：完成 and 資料回復：尚未 are two lines of one item, which is
 * done when both are.
 */
static int
is_worse(struct reading *g, const struct form_match *m, int more_below,
    const struct field *to)
{
	struct report	 scratch = { 0 };
	struct value_scene quiet = g->scene;
	struct field	 got = { 0 };
	size_t		 at = 0;
	char		*raw;

	if (m->field->kind != FIELD_CHOICE || to->text == NULL ||
	    strcmp(m->field->choices->name, "check") != 0 ||
	    strcmp(to->text, "ok") != 0 ||
	    (raw = form_value_raw(&g->page, m, more_below, &at)) == NULL)
		return 0;
	quiet.report = &scratch;
	form_value_read(&quiet, m->field, raw, &got, NULL);
	return got.known && (strcmp(got.text, "fail") == 0 ||
	    strcmp(got.text, "not_done") == 0);
}

/* 發生日期：115/3/12 and 發生時間：9:10: a day, and below it the hour. */
static char *
with_its_day(struct reading *g, const struct form_match *m,
    const struct field *to, char *raw)
{
	struct datetime	 d;
	char		*both;

	if (m->field->kind != FIELD_DATETIME || to->raw == NULL ||
	    date_read(g->scene.arena, raw, g->scene.ref, g->scene.zone, &d) ||
	    !date_read(g->scene.arena, to->raw, g->scene.ref, g->scene.zone,
	    &d))
		return raw;
	both = arena_printf(g->scene.arena, "%s %s", to->raw, raw);
	datetime_read(g->scene.arena, both, g->scene.ref, g->scene.zone, &d);
	return d.known ? both : raw;
}

static void
read_match(struct reading *g, const struct form_match *m, int more_below)
{
	struct field	*to = form_slot(g, m->field), *second = NULL;
	struct field	 got = { 0 };
	struct form_field other;
	size_t		 at = 0;
	char		*raw;

	g->rest |= to == NULL || to->raw != NULL;	/* it has one already */
	if (to != NULL && to->known && m->field->repeatable) {
		add_value(g, m, more_below, to);
		return;
	}
	if (to != NULL && to->known && (contradicts(g, m, more_below, to) ||
	    form_phone_extension(g, m, more_below, to)))
		return;
	if (to == NULL || (to->raw != NULL && (to->known || to->rule ==
	    two_values || m->field->kind == FIELD_CATEGORY) &&
	    !(to->known && is_worse(g, m, more_below, to))))
		return;			/* the first value wins */
	raw = form_value_raw(&g->page, m, more_below, &at);
	g->rest |= form_value_rest(&g->page, m, raw);
	if (raw == NULL) {
		g->field[to - g->slot] = m->field;
		if (to->rule == NULL) {
			to->rule = m->rule;
			to->line = g->first_line + (int)m->hit->line;
		}
		return;
	}
	raw = with_its_day(g, m, to, raw);
	if (m->field->second != NULL) {
		other = *m->field;
		other.name = m->field->second;
		other.required = other.always = 0;
		second = form_slot(g, &other);
		to = form_slot(g, m->field);
		if (second != NULL)
			g->field[second - g->slot] = NULL;
	}
	form_value_read(&g->scene, m->field, raw, &got, second);
	if (to->raw != NULL && !got.known)
		return;
	got.line = g->first_line + (int)form_line_of(&g->page, at);
	got.part = g->part;
	got.rule = m->rule;
	*to = got;
	if (second != NULL && second->raw != NULL && second->line == 0) {
		second->line = got.line;
		second->rule = got.rule;
	}
}

/* A time whose date stands on the line, and its hours below. */
static void
join_lines(struct reading *g, struct form_match *m)
{
	const char	*nl;
	struct datetime	 d;
	size_t		 end;

	if (m->field->kind == FIELD_PHONE)
		form_phone_join(g, m);
	if (m->field->kind != FIELD_DATETIME || m->cell_below)
		return;
	nl = memchr(g->page.f.s + m->from, '\n', m->to - m->from);
	if (nl == NULL || form_table_empty(&g->page, m->from,
	    (size_t)(nl - g->page.f.s)))
		return;
	end = (size_t)(nl - g->page.f.s) + 1;
	if (end >= m->to)
		return;
	datetime_read(g->scene.arena, arena_strndup(g->scene.arena,
	    g->page.f.s + m->from, end - 1 - m->from), g->scene.ref,
	    g->scene.zone, &d);
	if (d.known || d.has_time)
		return;
	nl = memchr(g->page.f.s + end, '\n', m->to - end);
	end = nl != NULL ? (size_t)(nl - g->page.f.s) : m->to;
	datetime_read(g->scene.arena, arena_strndup(g->scene.arena,
	    g->page.f.s + m->from, end - m->from), g->scene.ref,
	    g->scene.zone, &d);
	if (d.known) {
		m->to = end;
		m->joined = 1;
	}
}

/* Has the field a label outside of lists, such as one of those whom a leak
 * told of? */
static int
stands_alone(const struct form_match *m, size_t n, const struct form_field *f)
{
	for (size_t i = 0; i < n; i++)
		if (m[i].field == f && !m[i].listed)
			return 1;
	return 0;
}

static void
read_fields(struct reading *g, const struct form *form)
{
	struct form_match *m = arena_array(g->scene.arena,
			    g->page.n_hits + 1, sizeof(*m));
	struct form_match part[JOINT_MAX];
	size_t		 n, end, parts;

	n = keep_matches(g, form, m);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || m[i].hit->line != m[i - 1].hit->line)
			form_table_below(g, m + i, n - i);
	end = form_another(g, m, n);
	for (size_t i = 0; i < end; i++) {
		if (form_table_of_another(g, &m[i]) || (!g->is_reply &&
		    m[i].listed && stands_alone(m, n, m[i].field)))
			continue;
		join_lines(g, &m[i]);
		parts = form_joint(g, form, &m[i], part);
		for (size_t k = 0; k < parts; k++)
			read_match(g, &part[k], 1);
		if (parts == 0)
			read_match(g, &m[i], i + 1 < n);
	}
	g->scene.report->is_list = (g->listed > 0 && n < g->listed + 2) ||
	    (g->is_reply ? form_table_of_incidents(m, n) :
	    form_table_of_people(m, n));
}

/* 中華民國 96 年 5 月 31 日 at the foot. */
static void
read_date_line(struct reading *g, const struct form *form)
{
	const struct form_page *p = &g->page;
	const struct form_field *f = NULL;
	struct field	*to;

	for (size_t i = 0; i < form->n_fields; i++)
		if (form->fields[i].date_line)
			f = &form->fields[i];
	if (f == NULL || (to = form_slot(g, f)) == NULL)
		return;
	for (size_t i = 0; i < p->n_lines && to->raw == NULL; i++) {
		size_t	from = p->lines[i].from, to_at = p->lines[i].to;

		if (form_flat_line(g, form, i))
			from = form_flat_date(p, from, to_at);
		while (from < to_at && p->f.s[from] == ' ')
			from++;
		if (to_at - from < 9 || (memcmp(p->f.s + from, "中", 3) != 0 &&
		    memcmp(p->f.s + from, "民", 3) != 0) ||
		    !date_line(p->f.s + from, to_at - from))
			continue;
		if (strcspn(p->f.s + from, "0123456789") >= to_at - from &&
		    memmem(p->f.s + from, to_at - from, "十", 3) == NULL &&
		    memmem(p->f.s + from, to_at - from, "一", 3) == NULL)
			continue;	/* left blank */
		form_value_read(&g->scene, f, arena_strndup(g->scene.arena,
		    p->text + p->f.at[from], p->f.at[to_at] - p->f.at[from]),
		    to, NULL);
		to->line = g->first_line + (int)i;
		to->part = g->part;
		to->rule = "date line";
	}
}

/* In the order of the form, then what the others added. */
static void
put_fields(struct reading *g, const struct form *form, struct report *r)
{
	unsigned char	used[SLOTS_MAX] = { 0 };
	size_t		total = g->n + form->n_fields;

	r->fields = arena_array(g->scene.arena, total + 1, sizeof(*r->fields));
	r->n_fields = 0;
	for (size_t i = 0; i < form->n_fields; i++) {
		const struct form_field *f = &form->fields[i];
		size_t		 k;

		for (k = 0; k < g->n; k++)
			if (strcmp(g->slot[k].name, f->name) == 0)
				break;
		if (k < g->n && (g->slot[k].raw != NULL || g->field[k])) {
			r->fields[r->n_fields++] = g->slot[k];
			used[k] = 1;
		} else if (f->always && !g->is_reply) {
			form_value_read(&g->scene, f, NULL,
			    &r->fields[r->n_fields++], NULL);
		}
	}
	for (size_t k = 0; k < g->n; k++)
		if (!used[k] && (g->slot[k].raw != NULL || g->field[k]))
			r->fields[r->n_fields++] = g->slot[k];
}

static int
put_missing(struct reading *g, const struct form *form, struct report *r)
{
	int	filled = 0;

	r->missing = arena_array(g->scene.arena, form->n_fields + 1,
	    sizeof(*r->missing));
	r->n_missing = 0;
	for (size_t i = 0; i < r->n_fields; i++)
		filled += r->fields[i].raw != NULL &&
		    strcmp(r->fields[i].name, "form_date") != 0;
	for (size_t i = 0; !g->is_reply && i < form->n_fields; i++) {
		const struct form_field *f = &form->fields[i];
		const struct field *got;

		if (!f->required)
			continue;
		got = report_field(r, f->name);
		if (got == NULL || !got->known)
			r->missing[r->n_missing++] = f->name;
	}
	return filled;
}

/* Nothing that another writing of the same words could tell better. */
static int
is_whole(const struct reading *g, const struct report *r)
{
	int	unread = 0;

	for (size_t i = 0; i < g->n; i++)
		unread |= g->slot[i].rule != NULL && !g->slot[i].known &&
		    g->field[i] != NULL &&
		    g->field[i]->kind != FIELD_CATEGORY;
	return r->n_missing == 0 && !unread && !g->rest;
}

/* 發現時間 and 知悉時間 are not 發生時間: said when one takes its place. */
static void
note_other_clock(struct reading *g, struct report *r)
{
	static const char *const others[] = { "discovered_at", "aware_at" };
	const struct field *f = report_field(r, "occurred_at");

	for (size_t i = 0; !g->is_reply && f != NULL && !f->known && i < 2;
	    i++) {
		const struct field *o = report_field(r, others[i]);

		if (o == NULL || !o->known)
			continue;
		report_problem(g->scene.arena, r, "occurred_at", f->raw,
		    i == 0 ? "missing; the clock runs from discovered_at" :
		    "missing; the clock runs from aware_at");
		return;
	}
}

/* Subject and the head of the text, without blanks. */
static void
titles_text(struct reading *g, const char *subject)
{
	struct arena	*a = g->scene.arena;
	const struct folded *f = &g->page.f;
	size_t		 n = 0, len = f->len < TITLE_TEXT ? f->len : TITLE_TEXT;
	char		*s = form_dense(a, subject == NULL ? "" : subject,
			    subject == NULL ? 0 : text_cut(subject,
			    strlen(subject), TITLE_TEXT), &n), *both;

	both = arena_room(a, n + len + 2, sizeof(*both));
	memcpy(both, s, n);
	both[n++] = '\n';
	for (size_t i = 0; i < len; i++)
		if (f->s[i] != ' ' && f->s[i] != '\t')
			both[n++] = f->s[i] >= 'A' && f->s[i] <= 'Z' ?
			    (char)(f->s[i] - 'A' + 'a') : f->s[i];
	g->titles = both;
	g->titles_len = n;
}

/* Does the title of a form stand in the text, not in the subject alone? */
static int
is_titled(struct reading *g)
{
	const char	*both = g->titles;
	size_t		 len = g->titles_len;
	int		 found = 0;

	g->titles = memchr(both, '\n', len);
	g->titles_len -= (size_t)(g->titles - both);
	for (size_t i = 0; i < g->set->n_forms && !found; i++)
		found = has_title(g, &g->set->forms[i]);
	g->titles = both;
	g->titles_len = len;
	return found;
}

int
form_read(const struct form_set *set, const char *subject, const char *text,
    int part, int first_line, int is_reply, int64_t ref, int zone,
    struct arena *a, struct report *r)
{
	struct reading	*g;
	const struct form *form;
	int		 filled;

	r->is_list = 0;
	r->another = NULL;
	if (set == NULL)
		return 0;
	g = arena_alloc(a, sizeof(*g));
	g->scene = (struct value_scene){ a, r, ref, zone };
	g->set = set;
	g->is_reply = is_reply;
	g->part = part;
	g->first_line = first_line;
	if (is_reply)
		text = form_corrected(set, a, form_tick_table(a, text));
	form_page_read(set, a, text, &g->page);
	titles_text(g, subject);
	r->titled = is_reply && is_titled(g);
	form = choose_form(g);
	if (form == NULL) {
		form = form_lone(g);
		if (form == NULL)
			return 0;
	} else {
		if (form->n_patterns > 0 && has_title(g, form))
			form_page_patterns(&g->page, form);
		read_fields(g, form);
		if (is_reply) {
			form_lone_levels(g, form);
			form_lone_beside(g);
			(void)form_ticked(g, form);
			form_lone_above(g);
		} else {
			read_date_line(g, form);
		}
	}
	if (is_reply)
		form_recant(g, form);
	r->form = form->name;
	form_phone_alone(g, form);
	put_fields(g, form, r);
	note_other_clock(g, r);
	filled = put_missing(g, form, r);
	r->whole = is_whole(g, r);
	return filled;
}
