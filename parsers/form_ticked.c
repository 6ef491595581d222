/*
 * form_ticked - a list to tick off: ☑系統軟體 ☑應用軟體 ☐硬體設備.
 *
 * The mark before a label is its answer where the words of the field know a
 * mark by itself.  A solid one may also be no more than a bullet: it counts
 * where a box was left empty.
 */
#include <string.h>

#include "parsers/form_reading.h"
#include "parsers/words.h"

#define ITEMS_MIN	2		/* of a list */

/* The choice field whose label the option is, and nothing more. */
static const struct form_field *
item_of(const struct reading *g, const struct form *form,
    const struct choice_option *o)
{
	static const char *const tails[] = {
		" ", "\n", "\t", "、", "。", ",", ";", ".", "|", NULL
	};
	const char	*begin = o->text, *end = begin + o->len;
	struct form_leaf leaf[8];
	size_t		 n, from;

	while (end > begin && (n = words_end(begin, end, tails)) > 0)
		end -= n;
	while (begin < end && (*begin == ' ' || *begin == '\t'))
		begin++;
	from = (size_t)(begin - g->page.f.s);
	n = form_trie_walk(g->set, g->page.f.s, from,
	    (size_t)(end - g->page.f.s), leaf, 8);
	if (n == 0 || leaf[n - 1].end != (size_t)(end - g->page.f.s))
		return NULL;
	for (int l = leaf[n - 1].label; l >= 0; l = g->set->labels[l].next)
		if (g->set->labels[l].form == form &&
		    g->set->labels[l].field->kind == FIELD_CHOICE)
			return g->set->labels[l].field;
	return NULL;
}

static int
is_solid(const struct reading *g, const struct choice_option *o)
{
	static const char *const solid[] = {
		"■", "●", "█", "◼", "◉", "▇", "⬛", "◾", "▪", NULL
	};

	return words_end(g->page.f.s, o->text, solid) > 0;
}

static int
take(struct reading *g, const struct form_field *f,
    const struct choice_option *o)
{
	const struct form_page *p = &g->page;
	struct report	 scratch = { 0 };
	struct value_scene quiet = g->scene;
	struct field	 got = { 0 }, *to;
	size_t		 at = (size_t)(o->text - p->f.s), line;

	quiet.report = &scratch;	/* a field without a word for a mark */
	form_value_read(&quiet, f, "☑", &got, NULL);
	if (!got.known || (to = form_slot(g, f)) == NULL || to->raw != NULL)
		return 0;
	line = form_line_of(p, at);
	got.raw = arena_strndup(g->scene.arena, p->text +
	    p->f.at[p->lines[line].from], p->f.at[p->lines[line].to] -
	    p->f.at[p->lines[line].from]);
	got.line = g->first_line + (int)line;
	got.part = g->part;
	got.rule = "ticked";
	*to = got;
	return 1;
}

int
form_ticked(struct reading *g, const struct form *form)
{
	const struct form_field *f[CHOICE_OPTIONS];
	const struct choice_option *o;
	size_t		 n = form_page_ticks(&g->page, &o);
	int		 items = 0, empty = 0, taken = 0;

	for (size_t i = 0; i < n; i++) {
		f[i] = item_of(g, form, &o[i]);
		items += f[i] != NULL;
		empty += f[i] != NULL && o[i].tick == TICK_EMPTY;
	}
	for (size_t i = 0; items >= ITEMS_MIN && i < n; i++)
		if (f[i] != NULL && o[i].tick == TICK_MARKED &&
		    (empty > 0 || !is_solid(g, &o[i])))
			taken += take(g, f[i], &o[i]);
	for (size_t i = 0; taken > 0 && i < n; i++)
		if (f[i] != NULL)
			(void)form_slot(g, f[i]);	/* stood there, empty */
	return taken;
}
