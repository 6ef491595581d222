/*
 * form_page - a text cut into lines, and the labels of each.
 */
#include "parsers/form_page.h"

#include <string.h>

#include "parsers/words.h"

#define LABEL_ALONE	48	/* bytes of a line that is a label alone */
#define COLUMN_MIN	3	/* labels of a table without a gap */
#define SPLIT_LEAVES	8	/* labels that begin one another */
#define HINT_MAX	40	/* bytes of what a label has in brackets */
#define LABEL_SURE	12	/* bytes of a label before a digit */
#define LABEL_LONG	18	/* of one before anything */
#define WORDS_MAX	48	/* bytes of a name behind a short label */

static void
split_lines(struct form_page *p)
{
	size_t	n = text_lines(p->f.s, p->f.len), i = 0;

	if (n > PAGE_LINES)
		n = PAGE_LINES;
	p->lines = arena_array(p->arena, n, sizeof(*p->lines));
	while (i <= p->f.len && p->n_lines < n) {
		const char	*nl = memchr(p->f.s + i, '\n', p->f.len - i);
		size_t		 to = nl != NULL ? (size_t)(nl - p->f.s) :
				    p->f.len;

		p->lines[p->n_lines++] = (struct page_line){ i, to };
		i = to + 1;
	}
}

size_t
form_line_of(const struct form_page *p, size_t at)
{
	size_t	low = 0, high = p->n_lines;

	while (high - low > 1) {
		size_t	mid = low + (high - low) / 2;

		if (p->lines[mid].from <= at)
			low = mid;
		else
			high = mid;
	}
	return low;
}

/* Behind (必填) TAB at i, or behind a colon; i: neither stands there. */
static size_t
label_goes_on(const struct folded *f, size_t i)
{
	size_t	k = i;

	while (k < f->len && f->s[k] == ' ')
		k++;
	if (k < f->len && f->s[k] == ':')
		return k + 1;
	if (k == f->len || f->s[k] != '(')
		return i;
	while (k < f->len && k - i < HINT_MAX && f->s[k] != ')' &&
	    f->s[k] != '\n')
		k++;
	return k + 1 < f->len && f->s[k] == ')' && f->s[k + 1] == '\t' ?
	    k + 1 : i;
}

/* Is the text, blanks aside, one label and nothing else? */
static int
is_label(const struct form_set *set, const char *s, size_t len)
{
	struct form_leaf leaf[SPLIT_LEAVES];
	size_t		 n;

	while (len > 0 && s[len - 1] == ' ')
		len--;
	n = form_trie_walk(set, s, 0, len, leaf, SPLIT_LEAVES);
	return n > 0 && leaf[n - 1].end == len;
}

/*
 * 接獲資通安全事件 and below it 通報時間, as the text of a narrow column has it:
 * where the second half begins, 0: it is none.  Where the first is a label
 * by itself, a colon or a cell behind the second tells that it has none.
 */
static size_t
second_half(const struct form_set *set, const struct folded *f, size_t from,
    size_t i)
{
	char	both[2 * LABEL_ALONE + 1];
	size_t	len = i - from, next = i + 1, n;

	next += strspn(f->s + next, " ");
	if (f->s[next] == '\n')		/* one may be empty */
		next += 1 + strspn(f->s + next + 1, " ");
	n = strcspn(f->s + next, ":\t\n|(");
	if (n == 0 || n > LABEL_ALONE || memchr(f->s + from, '\t', len) ||
	    (strchr(":\t|", f->s[next + n]) == NULL &&
	    is_label(set, f->s + from, len)))
		return 0;
	memcpy(both, f->s + from, len);
	memcpy(both + len, f->s + next, n);
	return is_label(set, both, len + n) ? next : 0;
}

/*
 * What a cell has below its label, (必填) or the colon or more of it, belongs
 * to the line of the label.
 */
static void
join_labels(const struct form_set *set, struct folded *f, struct arena *a)
{
	const char	*nl;
	char		*s = NULL;
	size_t		 from = 0, i, to;

	for (; (nl = memchr(f->s + from, '\n', f->len - from)) != NULL;
	    from = i + 1) {
		i = (size_t)(nl - f->s);
		if (i == from || i - from > LABEL_ALONE ||
		    memchr(f->s + from, ':', i - from) != NULL)
			continue;
		to = label_goes_on(f, i + 1) > i + 1 ? i + 1 :
		    second_half(set, f, from, i);
		if (to == 0)
			continue;
		if (s == NULL)
			f->s = s = arena_strndup(a, f->s, f->len);
		memset(s + i, ' ', to - i);
		i = to - 1;
	}
}

/* Few pages have more than HITS_FEW. */
void
form_page_add(struct form_page *p, const struct form_hit *h)
{
	struct form_hit	*all;

	if (p->n_hits == HITS_MAX)
		return;
	if (p->n_hits == 0 || p->n_hits == HITS_FEW) {
		all = arena_room(p->arena, p->n_hits == 0 ? HITS_FEW :
		    HITS_MAX, sizeof(*all));
		if (p->n_hits > 0)
			memcpy(all, p->hits, p->n_hits * sizeof(*all));
		p->hits = all;
	}
	p->hits[p->n_hits++] = *h;
}

static enum field_kind
kind_of(const struct form_page *p, const struct form_hit *h)
{
	return p->set->labels[h->label].field->kind;
}

/* 組別>機要組, 組別,機要組: bytes of what some write for a colon. */
static size_t
stroke_at(const char *s, const char *end)
{
	static const char *const strokes[] = { ",", ">", "〉", "》", NULL };

	return words_start(s, end, strokes);
}

/* 下午兩點零五分, 今天早上, 民國115年: how a time may begin beside digits. */
static int
begins_time(const char *s, const char *end)
{
	static const char *const begins[] = { "上午", "下午", "中午", "早上",
	    "晚上", "凌晨", "清晨", "傍晚", "今", "昨", "前天", "中華民國", "民國",
	    "西元", "約", NULL };

	return words_start(s, end, begins) > 0;
}

/*
 * 資通安全發生時間 96年5月31日: a PDF leaves one blank between the columns.
 * Only behind a long label of ideographs, among which prose has no blanks, or
 * before a digit or a time, and where no clause ends with the line.  組別 機要組 may be
 * words: of it the lines around tell.
 */
enum gap
form_page_gap(const struct form_page *p, struct form_hit *h, size_t i,
    size_t end)
{
	const char	*s = p->f.s;
	size_t		 len = i - h->label_at, n;
	enum field_kind	 kind = kind_of(p, h);

	if (i + 1 < end && (n = stroke_at(s + i, s + end)) > 0) {
		h->value = (uint32_t)(i + n);
		return len >= LABEL_LONG ? GAP_NARROW : kind == FIELD_LINE ||
		    kind == FIELD_PERSON || kind == FIELD_PHONE ||
		    kind == FIELD_TEXT || len >= LABEL_SURE ? GAP_WEAK :
		    GAP_NONE;
	}
	if (i + 1 >= end || s[i] != ' ' || s[end - 1] == ',' ||
	    (unsigned char)s[i - 1] < 0x80)
		return GAP_NONE;
	if (len >= LABEL_LONG || (len >= LABEL_SURE && ((s[i + 1] >= '0' &&
	    s[i + 1] <= '9') || (kind == FIELD_DATETIME &&
	    begins_time(s + i + 1, s + end)))))
		return GAP_NARROW;
	if (kind == FIELD_TEXT)
		return GAP_WEAK;
	if (kind == FIELD_PHONE)
		return form_is_number(s + i + 1, s + end) ? GAP_WEAK :
		    GAP_NONE;
	return (kind == FIELD_LINE || kind == FIELD_PERSON) &&
	    end - i <= WORDS_MAX && memchr(s + i, ',', end - i) == NULL &&
	    memmem(s + i, end - i, "。", 3) == NULL ? GAP_WEAK : GAP_NONE;
}

/* The hits from i that have their gap on one line after the other: how many. */
static size_t
gap_run(const struct form_page *p, size_t i)
{
	size_t	n = 0;

	while (i + n < p->n_hits && p->hits[i + n].narrow != GAP_NONE &&
	    (n == 0 || p->hits[i + n].line == p->hits[i + n - 1].line + 1))
		n++;
	return n;
}

static int
is_again(const struct form_page *p, size_t kept, const struct form_hit *h)
{
	for (size_t k = 0; k < kept; k++)
		if (p->hits[k].label == h->label)
			return 1;
	return 0;
}

/* Is a weak one believed, beside so many that are not weak? */
static int
is_believed(const struct form_page *p, const struct form_hit *h, size_t strong,
    size_t phones)
{
	return strong > 0 && (kind_of(p, h) == FIELD_PHONE ||
	    strong + phones > 1);
}

/* A name behind one blank is believed amid lines of times and numbers. */
static void
drop_weak(struct form_page *p)
{
	size_t	kept = 0, run, strong, phones;

	for (size_t i = 0; i < p->n_hits; i += run) {
		run = gap_run(p, i);
		strong = phones = 0;
		for (size_t k = i; k < i + run; k++) {
			int	weak = p->hits[k].narrow == GAP_WEAK;

			strong += !weak;
			phones += weak && kind_of(p, &p->hits[k]) ==
			    FIELD_PHONE;
		}
		run += run == 0;
		for (size_t k = i; k < i + run; k++)
			if (p->hits[k].narrow != GAP_WEAK ||
			    (is_believed(p, &p->hits[k], strong, phones) &&
			    !is_again(p, kept, &p->hits[k])))
				p->hits[kept++] = p->hits[k];
	}
	p->n_hits = kept;
}

/* That one blank parts columns is believed where several lines look so, or one
 * beside a telephone number in full: a mail may say 發生時間 10點左右 in its
 * words, too. */
static void
drop_narrow(struct form_page *p)
{
	size_t	labels = 0, n = 0;

	drop_weak(p);
	for (size_t i = 0; i < p->n_hits; i++) {
		labels += p->hits[i].how == HIT_COLON ||
		    p->hits[i].how == HIT_CELL;
		labels += p->hits[i].narrow == GAP_WEAK &&
		    kind_of(p, &p->hits[i]) == FIELD_PHONE;
	}
	if (labels >= COLUMN_MIN)
		return;
	for (size_t i = 0; i < p->n_hits; i++)
		if (p->hits[i].how != HIT_CELL || !p->hits[i].narrow)
			p->hits[n++] = p->hits[i];
	p->n_hits = n;
}

void
form_page_read(const struct form_set *set, struct arena *a,
    const char *text, struct form_page *p)
{
	memset(p, 0, sizeof(*p));
	p->set = set;
	p->arena = a;
	p->text = text;
	text_fold(a, text, strlen(text), &p->f);
	join_labels(set, &p->f, a);
	split_lines(p);
	for (size_t i = 0; i < p->n_lines; i++)
		form_page_scan(p, i);
	drop_narrow(p);
}

size_t
form_page_ticks(struct form_page *p, const struct choice_option **out)
{
	if (p->ticks == NULL) {
		p->ticks = arena_array(p->arena, CHOICE_OPTIONS,
		    sizeof(*p->ticks));
		p->n_ticks = choice_ticks(p->f.s, p->f.len, p->ticks);
	}
	*out = p->ticks;
	return p->n_ticks;
}

/* The pattern of a field that matches where the line begins. */
static int
pattern_at(const struct form_page *p, size_t line, const struct form *form,
    struct form_hit *h)
{
	const struct page_line *l = &p->lines[line];
	size_t		 i = l->from + strspn(p->f.s + l->from, " "), from, to;
	size_t		 len = l->to - i;

	if (len > 512)
		len = 512;
	for (size_t k = 0; k < form->n_fields; k++) {
		const struct form_field *f = &form->fields[k];

		for (size_t j = 0; j < f->n_patterns; j++) {
			if (pattern_match(f->patterns[j], p->f.s + i, len,
			    &from, &to) != 1)
				continue;
			*h = (struct form_hit){ .pos = (uint32_t)l->from,
			    .label_at = (uint32_t)i,
			    .value = (uint32_t)(i + to), .label = -1,
			    .how = HIT_COLON, .line = (uint32_t)line,
			    .field = f,
			    .rule = f->pattern_text[j] };
			return 1;
		}
	}
	return 0;
}

void
form_page_patterns(struct form_page *p, const struct form *form)
{
	struct form_hit	*all = arena_room(p->arena, HITS_MAX, sizeof(*all)), h;
	size_t		 n = 0, k = 0;

	for (size_t i = 0; i < p->n_lines && n < HITS_MAX; i++) {
		int	found = pattern_at(p, i, form, &h);

		if (found)
			all[n++] = h;
		for (; k < p->n_hits && p->hits[k].line == i; k++)
			if (!found && n < HITS_MAX)
				all[n++] = p->hits[k];
	}
	p->hits = all;
	p->n_hits = n;
}
