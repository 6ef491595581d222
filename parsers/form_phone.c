/*
 * form_phone - a phone that stands in two places of a form: 電話 and 分機, 手機.
 */
#include <string.h>

#include "parsers/form_reading.h"
#include "parsers/phone.h"

#define NUMBER_MIN	8		/* digits of a number in full */
#define BELOW_MAX	48	/* bytes of the line with the extension */
#define BESIDE_MAX	2		/* lines from 電話 to its 分機 */

static int
is_inside_number(const struct phone *p)
{
	return p->e164 == NULL && p->short_number == NULL && p->ext != NULL;
}

static int
is_mobile(const struct phone *p)
{
	return p->e164 != NULL && strncmp(p->e164, "+8869", 5) == 0;
}

/* Not a form's number and one of the signature below it. */
static int
is_beside(const struct reading *g, const struct form_match *m,
    const struct field *to)
{
	return g->first_line + (int)m->hit->line - to->line <= BESIDE_MAX;
}

int
form_phone_extension(struct reading *g, const struct form_match *m,
    int more_below, struct field *to)
{
	struct arena	*a = g->scene.arena;
	struct phone	 had = to->phone, got, second;
	size_t		 at = 0;
	char		*raw;
	int		 first;

	if (m->field->kind != FIELD_PHONE || to->rule == NULL ||
	    strcmp(to->rule, m->rule) == 0 || !is_beside(g, m, to) ||
	    (raw = form_value_raw(&g->page, m, more_below, &at)) == NULL ||
	    (phone_read(a, raw, &got, &second) != 1 && phone_read(a,
	    arena_printf(a, "%s %s", m->rule, raw), &got, &second) != 1))
		return 0;
	first = is_inside_number(&had);
	if (first == is_inside_number(&got) ||
	    (first ? got : had).ext != NULL ||
	    is_mobile(first ? &got : &had))
		return 0;
	to->raw = arena_printf(a, "%s %s %s", first ? raw : to->raw,
	    first ? to->rule : m->rule, first ? to->raw : raw);
	if (first) {
		got.ext = had.ext;
		to->phone = got;
		to->rule = m->rule;
	} else {
		to->phone.ext = got.ext;
	}
	to->phone.raw = to->raw;
	return 1;
}

void
form_phone_join(struct reading *g, struct form_match *m)
{
	struct arena	*a = g->scene.arena;
	const char	*s = g->page.f.s, *nl;
	struct phone	 one, ext, both, other;
	size_t		 from = m->from, first, end;

	from += strspn(s + from, " \t\n|");
	if (m->cell_below || from >= m->to ||
	    (nl = memchr(s + from, '\n', m->to - from)) == NULL)
		return;
	first = (size_t)(nl - s);
	nl = memchr(s + first + 1, '\n', m->to - first - 1);
	end = nl != NULL ? (size_t)(nl - s) : m->to;
	if (end - first > BELOW_MAX || phone_read(a, arena_strndup(a, s + from,
	    first - from), &one, &other) != 1 || one.e164 == NULL ||
	    one.ext != NULL || is_mobile(&one) ||
	    phone_read(a, arena_strndup(a, s + first + 1, end - first - 1),
	    &ext, &other) != 1 || !is_inside_number(&ext) ||
	    phone_read(a, arena_printf(a, "%.*s %.*s", (int)(first - from),
	    s + from, (int)(end - first - 1), s + first + 1), &both, &other) !=
	    1 || both.ext == NULL || both.e164 == NULL ||
	    strcmp(both.e164, one.e164) != 0)
		return;
	m->to = end;
	m->joined = 1;
}

static size_t
slot_named(const struct reading *g, const char *name)
{
	size_t	k = 0;

	while (k < g->n && strcmp(g->slot[k].name, name) != 0)
		k++;
	return k;
}

void
form_phone_alone(struct reading *g, const struct form *form)
{
	for (size_t i = 0; !g->is_reply && i < form->n_fields; i++) {
		const struct form_field *f = &form->fields[i];
		size_t		 one, two;

		if (f->second == NULL)
			continue;
		one = slot_named(g, f->name);
		two = slot_named(g, f->second);
		if (two == g->n || !g->slot[two].known ||
		    (one < g->n && g->slot[one].known))
			continue;
		if (one < g->n) {
			g->slot[one].name = f->second;
			g->slot[one].raw = NULL;
			g->field[one] = NULL;
		}
		g->slot[two].name = f->name;
	}
}

int
form_is_area_code(const char *open, const char *close, const char *end)
{
	size_t	n = strspn(open + 1, "0123456789");

	if (n == 0 || open + 1 + n != close)
		return 0;
	close += 1 + strspn(close + 1, " -");
	return close < end && *close >= '0' && *close <= '9';
}

int
form_is_number(const char *s, const char *end)
{
	static const char *const between[] = {
		"轉", "转", "分機", "分机", "ext", "EXT", "Ext", "、"
	};
	size_t	digits = 0, n;

	s += strspn(s, " (");
	if (s >= end || (*s != '0' && *s != '+'))
		return 0;
	while (s < end && *s != '\t') {
		n = strchr("0123456789-()#+,./ ", *s) != NULL;
		digits += *s >= '0' && *s <= '9';
		for (size_t i = 0; n == 0 && i < sizeof(between) /
		    sizeof(between[0]); i++)
			if (strncmp(s, between[i], strlen(between[i])) == 0)
				n = strlen(between[i]);
		if (n == 0)
			return 0;
		s += n;
	}
	return digits >= NUMBER_MIN;
}
