/*
 * reading_named - what an answer says of levels and states beside the values
 * that were taken from it.  Nothing of that is lost in silence: the desk names
 * the line to whoever wrote it.
 */
#include <string.h>

#include "parsers/choice.h"
#include "parsers/form.h"
#include "parsers/reading.h"
#include "parsers/report_head.h"
#include "parsers/text.h"
#include "parsers/tracking.h"

#define NAMED_MAX	3	/* lines that are named, of each kind */
#define LINE_MIN	6	/* bytes by which a line is known again */
#define LINES_READ	400
#define BOX_MAX		8	/* bytes of a box and what may precede it */
#define OUR_RULE	"\n────────"	/* of templates/_footer */

/* One line of the own text. */
struct told_line {
	const char	*s;
	int		 line;		/* as of a field */
	const struct field *of;		/* whose value it is a part of, or NULL */
	int		 below;		/* not the first line of that */
};

static int
lines_of(const char *raw)
{
	int	n = 1;

	for (; *raw != '\0'; raw++)
		n += *raw == '\n';
	return n;
}

/* Is the line a part of the field's value? */
static int
is_part(const struct reading *g, const struct field *f, const char *line,
    int at)
{
	if (f->raw == NULL)
		return 0;
	if (f->part == g->body.part && at >= f->line &&
	    at < f->line + lines_of(f->raw))
		return 1;
	return strlen(line) >= LINE_MIN && strstr(f->raw, line) != NULL;
}

/* The field that the line belongs to, but for 備註, which says anything. */
static void
find_field(const struct reading *g, struct told_line *l)
{
	for (size_t i = 0; i < g->r->n_fields; i++) {
		const struct field	*f = &g->r->fields[i];

		if (strcmp(f->name, "level") == 0 || strcmp(f->name,
		    "status") == 0 || strcmp(f->name, "note") == 0 ||
		    !is_part(g, f, l->s, l->line))
			continue;
		l->of = f;
		l->below = l->line > f->line;
	}
}

/* Was the line read, or is it asked about, as this field?  Of a level without
 * boxes the first line was; where a value was not understood, all is asked. */
static int
was_read(const struct reading *g, const struct told_line *l, const char *name)
{
	const struct report	*r = g->r;
	const struct field	*f = report_given(r, name);

	if (f != NULL && (!f->known || (is_part(g, f, l->s, l->line) &&
	    !(f->kind == VALUE_NUMBER && l->line > f->line &&
	    !choice_has_box(l->s, strlen(l->s))))))
		return 1;
	for (size_t i = 0; i < r->n_problems; i++) {
		const struct problem	*p = &r->problems[i];

		if (strcmp(p->field, name) == 0 && p->text != NULL &&
		    *p->text != '\0' && (strstr(p->text, l->s) != NULL ||
		    strstr(l->s, p->text) != NULL))
			return 1;
	}
	return 0;
}

/* 2, and nothing else in the line. */
static int
is_digit_alone(const char *s)
{
	return *s >= '1' && *s <= '4' && s[1 + strspn(s + 1, ".!")] == '\0';
}

/* An account of what happened may name the level of other things; a level that
 * stands there beside none is worth a word. */
static int
name_level(struct reading *g, const struct told_line *l)
{
	const struct field	*f = report_given(g->r, "level");
	unsigned		 levels;
	int			 n = 0;

	if ((l->of != NULL && f != NULL) || was_read(g, l, "level"))
		return 0;
	levels = is_digit_alone(l->s) ? 1u << (*l->s - '0') :
	    level_named(g->a, l->s);
	for (int i = 1; levels >> i != 0; i++) {
		if (((levels >> i) & 1) == 0 || (f != NULL && f->known &&
		    f->number == i))
			continue;
		report_named(g->a, g->r, "level_named", l->s,
		    arena_printf(g->a, "%d", i));
		n = 1;
	}
	return n;
}

/* 已隔離 tells of a measure in its field; 請結案 below it does not. */
static int
name_status(struct reading *g, const struct told_line *l)
{
	const struct choice_set	*set = form_choices(g->pc->forms, "status");
	const struct field	*f = report_given(g->r, "status");
	const char		*values[CHOICE_NAMED];
	size_t			 all;
	int			 n = 0;

	if (set == NULL || (l->of != NULL && !l->below) ||
	    was_read(g, l, "status"))
		return 0;
	all = choice_named(g->a, set, l->s, l->of != NULL, values);
	for (size_t i = 0; i < all; i++) {
		if (f != NULL && f->known && f->text != NULL &&
		    strcmp(f->text, values[i]) == 0)
			continue;
		report_named(g->a, g->r, "status_named", l->s, values[i]);
		n = 1;
	}
	return n;
}

static const char *
trimmed(struct arena *a, const char *s, size_t len)
{
	while (len > 0 && strchr(" \t\r", s[len - 1]) != NULL)
		len--;
	while (len > 0 && strchr(" \t", *s) != NULL) {
		s++;
		len--;
	}
	return arena_strndup(a, s, len);
}

/* The words without a copy of our own letter, which ends with a rule: a program
 * that marks no quotes leaves it below the first paragraph. */
static const char *
own_words(struct arena *a, const char *s)
{
	const char	*end = strstr(s, "\n\n");

	return strstr(s, OUR_RULE) == NULL ? s : end == NULL ? "" :
	    arena_strndup(a, s, (size_t)(end - s));
}

/* A line of boxes that nobody ticked: of a list to choose from. */
static int
is_unticked(struct arena *a, const char *s)
{
	struct choice_option	 o[CHOICE_OPTIONS];
	struct folded		 f;
	size_t			 n;

	text_fold(a, s, strlen(s), &f);
	n = choice_ticks(f.s, f.len, o);
	for (size_t i = 0; i < n; i++)
		if (o[i].tick != TICK_EMPTY)
			return 0;
	return n > 0 && o[0].text - f.s <= BOX_MAX;
}

void
reading_named(struct reading *g)
{
	const char	*s = own_words(g->a, g->cut.own);
	int		 levels = 0, states = 0, line = g->cut.own_line;
	size_t		 len;

	if (g->r->tracking != NULL)
		s = tracking_blank(g->a, s, g->r->tracking);
	s = form_tick_table(g->a, reply_unsigned(g->a, s));
	for (int end = line + LINES_READ; *s != '\0' && line < end; line++) {
		struct told_line l = { NULL, line, NULL, 0 };

		len = strcspn(s, "\n");
		l.s = trimmed(g->a, s, len);
		s += len + (s[len] == '\n');
		if (*l.s == '\0' || is_unticked(g->a, l.s))
			continue;
		find_field(g, &l);
		if (levels < NAMED_MAX)
			levels += name_level(g, &l);
		if (states < NAMED_MAX)
			states += name_status(g, &l);
	}
}
