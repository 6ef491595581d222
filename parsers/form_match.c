#include <string.h>

#include "parsers/form_page.h"
#include "parsers/words.h"

#define LEAVES		8
#define BRACKET_MAX	120		/* bytes of (…) behind a label */
#define LEADERS_MIN	4		/* … is three of them, and prose */

/* Where a search goes on. */
struct spot {
	const struct form_page *p;
	const char	*s;
	size_t		 end;		/* of the line */
	int		 at_start;	/* of it */
	const char	*closer;	/* of a bracket that is open */
	int		 soft;		/* behind one blank or a comma */
};

static size_t
starts(const char *s, size_t i, size_t end, const char *word)
{
	size_t	n = 0;

	for (; word[n] != '\0'; n++)
		if (i + n >= end || s[i + n] != word[n])
			return 0;
	return n;
}

static size_t
starts_any(const char *s, size_t i, size_t end, const char *const *words)
{
	size_t	n;

	for (; *words != NULL; words++)
		if ((n = starts(s, i, end, *words)) > 0)
			return n;
	return 0;
}

static size_t
skip_blanks(const char *s, size_t i, size_t end)
{
	while (i < end && s[i] == ' ')
		i++;
	return i;
}

/* 單位 Unit, Unit 單位: the label once more in another script. */
static size_t
skip_translation(const struct spot *sp, size_t i, int wide)
{
	const char	*s = sp->s;
	struct form_leaf leaf[LEAVES];
	size_t		 n;

	if (i >= sp->end || ((unsigned char)s[i] >= 0x80) == wide ||
	    (wide && ((s[i] | 0x20) < 'a' || (s[i] | 0x20) > 'z')))
		return i;
	n = form_trie_walk(sp->p->set, s, i, sp->end, leaf, LEAVES);
	return n > 0 ? leaf[n - 1].end : i;
}

/* "(必填)" "/Unit" "*" and dot leaders between a label and its colon. */
static size_t
skip_trailer(const struct spot *sp, size_t i)
{
	const char	*s = sp->s, *close;
	struct form_leaf leaf[LEAVES];
	size_t		 at = i, n;

	for (int k = 0; k < 4; k++) {
		at = skip_blanks(s, at, sp->end);
		if (at >= sp->end)
			break;
		if (s[at] == '(' && (sp->closer == NULL ||
		    strcmp(sp->closer, ")") != 0)) {
			close = memchr(s + at, ')', sp->end - at < BRACKET_MAX ?
			    sp->end - at : BRACKET_MAX);
			if (close == NULL || form_is_area_code(s + at, close,
			    s + sp->end))
				return i;
			at = (size_t)(close - s) + 1;
			i = at;
		} else if (s[at] == '/' && (n = form_trie_walk(sp->p->set, s,
		    skip_blanks(s, at + 1, sp->end), sp->end, leaf,
		    LEAVES)) > 0) {
			at = leaf[n - 1].end;
			i = at;
		} else if (s[at] == '*' || ((s[at] == '?' || s[at] == '~') &&
		    s[skip_blanks(s, at + 1, sp->end)] == ':')) {
			at++;
			i = at;
		} else if ((n = skip_translation(sp, at,
		    (unsigned char)s[i - 1] >= 0x80)) > at) {
			at = n;
			i = at;
		} else {
			break;
		}
	}
	return i;
}

static size_t
skip_leaders(const char *s, size_t i, size_t end)
{
	size_t	n;

	for (;;) {
		if (i < end && (s[i] == '.' || s[i] == '_' || s[i] == ' '))
			i++;
		else if ((n = starts(s, i, end, "‧")) > 0 ||
		    (n = starts(s, i, end, "·")) > 0 ||
		    (n = starts(s, i, end, "•")) > 0)
			i += n;
		else
			return i;
	}
}

/* "組別……會計室", "姓名____王小明____": the value behind leaders that stand in
 * place of a colon, 0: there is none.  What is left blank has a label behind
 * it, or nothing. */
static size_t
led_to(const struct spot *sp, size_t i, size_t value)
{
	struct form_leaf leaf[LEAVES];
	size_t		 marks = 0;

	if (value >= sp->end || strchr("\t|", sp->s[value]) != NULL)
		return 0;
	for (; i < value; i++)
		marks += sp->s[i] == '.' || sp->s[i] == '_';
	return marks >= LEADERS_MIN && form_trie_walk(sp->p->set, sp->s, value,
	    sp->end, leaf, LEAVES) == 0 ? value : 0;
}

static size_t
arrow_at(const char *s, size_t i, size_t end)
{
	static const char *const arrows[] = {
		"→", "⇒", "➔", "➜", "➡", "►", "▶", NULL
	};
	size_t	n = 0;

	while (i + n < end && (s[i + n] == '-' || s[i + n] == '='))
		n++;
	if (n > 0)
		return i + n < end && s[i + n] == '>' ? n + 1 : 0;
	return starts_any(s, i, end, arrows);
}

/* A label, and nothing more up to the next dash or cell: heads of columns. */
static int
is_head_at(const struct spot *sp, size_t i)
{
	const char	*s = sp->s;
	struct form_leaf leaf[LEAVES];
	size_t		 n = form_trie_walk(sp->p->set, s, i, sp->end, leaf,
			    LEAVES), at;

	if (n == 0)
		return 0;
	i = leaf[n - 1].end;
	at = skip_blanks(s, i, sp->end);
	return at >= sp->end || strchr("\t|", s[at]) != NULL ||
	    (s[at] == '-' && ((unsigned char)s[i - 1] >= 0x80 || at > i));
}

/* An arrow, or a dash or two between words that do not grow together. */
static size_t
dash_at(const struct spot *sp, size_t i)
{
	const char	*s = sp->s;
	size_t		 at = skip_blanks(s, i, sp->end), n;

	if ((n = arrow_at(s, at, sp->end)) > 0)
		return at + n;
	if (sp->soft || at >= sp->end || s[at] != '-')
		return 0;
	n = at + 1 < sp->end && s[at + 1] == '-' ? 2 : 1;
	/* Office-365, Level-3 switch */
	if ((unsigned char)s[i - 1] < 0x80 && (!sp->at_start || at == i ||
	    at + n >= sp->end || s[at + n] != ' '))
		return 0;
	n = skip_blanks(s, at + n, sp->end);
	if (n >= sp->end || strchr("-|\t", s[n]) != NULL ||
	    is_head_at(sp, n))
		return 0;
	return n;
}

/* 系統軟體■正常□異常: the boxes of its answer grow on the label. */
static int
is_box_at(const struct spot *sp, size_t i)
{
	i = skip_blanks(sp->s, i, sp->end);
	return !sp->soft && i < sp->end && starts(sp->s, i, sp->end, "○") == 0 &&
	    choice_box_at(sp->s, sp->s + i, sp->s + sp->end) > 0;
}

/* The colon or arrow that has a cell of its own: where the next one begins. */
static size_t
colon_cell(const struct spot *sp, size_t i)
{
	const char	*s = sp->s;
	size_t		 at = i, n;

	while (at < sp->end && strchr("\t| ", s[at]) != NULL)
		at++;
	if (at == i || at >= sp->end)
		return 0;
	n = s[at] == ':' ? 1 : arrow_at(s, at, sp->end);
	return n > 0 ? at + n : 0;
}

/* *單位：*秘書組 as Gmail writes bold: the stars behind the colon. */
static size_t
skip_bold(const char *s, size_t label, size_t i, size_t end)
{
	while (label > 0 && s[--label] == '*' && i < end && s[i] == '*')
		i++;
	return i;
}

/* Is (…) at i an answer to a field of the label: 系統軟體(正常), 等級(3)? */
static int
is_answer_at(const struct spot *sp, size_t i, int label)
{
	const struct form_set *set = sp->p->set;
	const char	*s = sp->s, *close, *inside;

	i = skip_blanks(s, i, sp->end);
	if (sp->closer != NULL || i >= sp->end || s[i] != '(')
		return 0;
	close = memchr(s + i, ')', sp->end - i < BRACKET_MAX ? sp->end - i :
	    BRACKET_MAX);
	if (close == NULL)
		return 0;
	inside = arena_strndup(sp->p->arena, s + i + 1,
	    (size_t)(close - s) - i - 1);
	i = (size_t)(close - s) + 1;
	if (i < sp->end && (unsigned char)s[i] >= 0x80 && starts(s, i, sp->end,
	    "、") == 0 && starts(s, i, sp->end, "。") == 0)
		return 0;
	for (; label >= 0; label = set->labels[label].next) {
		const struct form_field *f = set->labels[label].field;

		if (f->kind == FIELD_CHOICE && (inside[strspn(inside, " ")] ==
		    '\0' || choice_read(sp->p->arena, f->choices, inside,
		    TIME_NONE, 0, NULL) != NULL))
			return 1;
		if (f->kind == FIELD_LEVEL &&
		    level_read(sp->p->arena, inside, NULL) > 0)
			return 1;
	}
	return 0;
}

static size_t
skip_closer(const struct spot *sp, size_t i)
{
	if (sp->closer == NULL)
		return i;
	return i + starts(sp->s, i, sp->end, sp->closer);
}

static int
chain_has(const struct form_set *set, int label, int whole, int bare)
{
	for (; label >= 0; label = set->labels[label].next)
		if ((whole && set->labels[label].whole) ||
		    (bare && set->labels[label].field->bare))
			return 1;
	return 0;
}

/* 由 改 為 是 behind a bare label, or a blank. */
static int
is_bare_joint(const char *s, size_t i, size_t end)
{
	static const char *const joints[] = {
		"由", "改", "為", "为", "是", "調", "调", "應", "升", "降",
		"从", "從", "目前", "已", NULL
	};

	return i < end && (s[i] == ' ' || starts_any(s, i, end, joints) > 0);
}

/* A command word ends where no other letter goes on. */
static int
is_word_end(const char *s, size_t i, size_t end)
{
	return i >= end || (unsigned char)s[i] < 0x80 ||
	    starts(s, i, end, "。") > 0 || starts(s, i, end, "、") > 0;
}

/* Two blanks, or one ideographic one, part columns. */
static int
is_column_gap(const struct form_page *p, size_t i, size_t end)
{
	if (i >= end || p->f.s[i] != ' ')
		return 0;
	return (i + 1 < end && p->f.s[i + 1] == ' ') ||
	    p->text[p->f.at[i]] != ' ';
}

/* What judge_end() says of a label without a colon, behind whose remarks at is. */
static int
judge_plain(const struct spot *sp, size_t i, size_t at, int label,
    struct form_hit *h)
{
	const char	*s = sp->s;
	int		 whole = chain_has(sp->p->set, label, 1, 0);

	at = skip_blanks(s, at, sp->end);
	h->value = (uint32_t)at;
	if (at >= sp->end || s[at] == '\t' || s[at] == '|' ||
	    is_column_gap(sp->p, i, sp->end)) {
		h->how = HIT_CELL;
		return 1;
	}
	if (sp->at_start && chain_has(sp->p->set, label, 0, 1) &&
	    is_bare_joint(s, i, sp->end)) {
		h->how = HIT_BARE;
		h->value = (uint32_t)i;
		return 1;
	}
	if (sp->at_start && whole && is_word_end(s, i, sp->end)) {
		h->how = HIT_WHOLE;
		h->value = h->label_at;
		return 1;
	}
	h->narrow = whole || !sp->at_start ? GAP_NONE :
	    form_page_gap(sp->p, h, i, sp->end);
	h->how = HIT_CELL;
	return h->narrow != GAP_NONE;
}

/* Of a telephone, in a form: right below another label, or it is of who signs. */
static int
is_phone(const struct spot *sp, int label, uint32_t line)
{
	const struct form_page *p = sp->p;

	return !sp->soft && sp->closer == NULL && p->n_hits > 0 &&
	    p->hits[p->n_hits - 1].line + 1 == line &&
	    p->hits[p->n_hits - 1].narrow != GAP_WEAK &&
	    p->set->labels[label].field->kind == FIELD_PHONE;
}

/* How the label that ends at i is followed; 0: it is none. */
static int
judge_end(const struct spot *sp, size_t i, int at_start, int label,
    struct form_hit *h)
{
	const char	*s = sp->s;
	size_t		 closed, at, colon, n;

	closed = skip_closer(sp, skip_blanks(s, i, sp->end));
	if (sp->closer == NULL ||
	    closed == skip_blanks(s, i, sp->end))
		closed = i;
	at = skip_trailer(sp, closed);
	at = skip_closer(sp, at);
	colon = skip_leaders(s, at, sp->end);
	if (colon < sp->end && (s[colon] == ':' || s[colon] == '=' ||
	    (s[colon] == ';' && at_start))) {
		h->how = HIT_COLON;
		n = arrow_at(s, colon, sp->end);	/* => */
		colon += n > 0 ? n : 1;
		if (n == 0 && (s[colon] == ':' || (s[colon] == '-' &&
		    colon + 1 < sp->end && strchr("- \t|", s[colon + 1]) ==
		    NULL)))
			colon++;		/* :: and :- */
		n = skip_blanks(s, colon, sp->end);	/* : -> */
		if (arrow_at(s, n, sp->end) > 0)
			colon = n + arrow_at(s, n, sp->end);
		h->value = (uint32_t)skip_bold(s, h->label_at,
		    skip_closer(sp, colon), sp->end);
		return 1;
	}
	if ((colon = led_to(sp, at, colon)) > 0 ||
	    (colon = dash_at(sp, at)) > 0 ||
	    (colon = colon_cell(sp, at)) > 0 ||
	    (is_box_at(sp, at) && (colon = at) > 0)) {
		h->how = HIT_COLON;
		h->value = (uint32_t)colon;
		return 1;
	}
	if (at_start && is_phone(sp, label, h->line) &&
	    form_is_number(s + at, s + sp->end)) {
		h->how = HIT_COLON;
		h->narrow = GAP_NARROW;
		h->value = (uint32_t)at;
		return 1;
	}
	if (sp->closer != NULL && closed > i) {
		h->how = HIT_COLON;
		h->value = (uint32_t)closed;
		return 1;
	}
	if (sp->closer != NULL)
		return 0;
	if (closed == i && is_answer_at(sp, i, label)) {
		h->how = HIT_COLON;
		h->value = (uint32_t)i;
		return 1;
	}
	return judge_plain(sp, i, at, label, h);
}

/* A label at pos: 1 and the hit. */
static int
label_at(const struct form_page *p, size_t line, size_t pos, int at_start,
    int soft, struct form_hit *h)
{
	struct spot	 sp = { p, p->f.s, p->lines[line].to, at_start, NULL,
	    soft };
	struct form_leaf leaf[LEAVES];
	size_t		 at, n;

	for (int pass = 0; pass < 2 + at_start; pass++) {
		sp.closer = NULL;
		at = pass == 0 ? skip_blanks(sp.s, pos, sp.end) :
		    pass == 1 ? form_lead(sp.s, pos, sp.end, at_start,
		    &sp.closer) : skip_blanks(sp.s, form_lead_remark(sp.s, pos,
		    sp.end), sp.end);
		n = form_trie_walk(p->set, sp.s, at, sp.end, leaf, LEAVES);
		for (size_t k = n; k-- > 0; ) {
			*h = (struct form_hit){ .pos = (uint32_t)pos,
			    .label_at = (uint32_t)at,
			    .label = leaf[k].label, .soft = soft,
			    .line = (uint32_t)line };
			if (judge_end(&sp, leaf[k].end, at_start,
			    leaf[k].label, h) &&
			    ((!soft && pass < 2) || h->how == HIT_COLON))
				return 1;
		}
	}
	return 0;
}

/* May a label begin at i, which is not the begin of the line? */
static int
boundary(const struct form_page *p, size_t from, size_t i, int *soft)
{
	const char	*s = p->f.s;
	unsigned char	 c = (unsigned char)s[i - 1];

	*soft = 0;
	if (s[i] == '(' && i + 2 < p->f.len && is_digit(s[i + 1]) &&
	    s[i + 2] == ')') {
		*soft = 1;		/* ...秘書組(2)姓名: */
		return 1;
	}
	/* 、 and 。 end in 81 and 82 */
	if (c > '|' && c != 0x81 && c != 0x82)
		return 0;
	if (s[i] == ' ' || s[i] == '\t')
		return 0;
	if (form_table_opens(p, from, i))
		return 1;
	*soft = c != ' ' || !((i >= from + 2 && s[i - 2] == ' ') ||
	    p->text[p->f.at[i - 1]] != ' ');
	return c == ' ' || c == ',' || c == ';' || c == '/' ||
	    (i >= from + 3 && (starts(s, i - 3, i, "、") > 0 ||
	    starts(s, i - 3, i, "。") > 0));
}

void
form_page_scan(struct form_page *p, size_t line)
{
	const struct page_line *l = &p->lines[line];
	struct form_hit	 h;
	size_t		 first = skip_blanks(p->f.s, l->from, l->to);
	size_t		 i, cell = 0, opens = form_flat_opens(p, line);
	char		 mark = form_table_mark(p, line);
	int		 soft = 0, flat = form_flat_maybe(p, line);

	if (form_table_titles(p, line))
		return;
	if (first < l->to && p->f.s[first] == '|')	/* a drawn table */
		first = skip_blanks(p->f.s, first + 1, l->to);
	i = first;

	while (i < l->to) {
		int	here = i == first || boundary(p, l->from, i, &soft),
			bracket = !here && form_flat_bracket(p, line, opens,
			    i),
			loose = !here && !bracket && flat &&
			    form_flat_begin(p, l->from, i);

		cell += p->f.s[i] == mark;
		if ((here || bracket || loose) && label_at(p, line, i,
		    i == first, i > first && (bracket || soft || loose), &h) &&
		    !(mark == '\t' && h.how == HIT_CELL && i > first &&
		    !form_table_opens(p, l->from, i))) {
			h.soft &= !bracket;
			h.cell = (uint32_t)cell;
			h.loose = loose;
			form_page_add(p, &h);
			for (; i < h.value; i++)
				cell += p->f.s[i] == mark;
			/* a bare label leaves its value on the spot */
			if (h.how == HIT_WHOLE)
				i = l->to;
			continue;
		}
		i++;
	}
}
