#include <string.h>
#include <strings.h>

#include "parsers/choice.h"
#include "parsers/datetime.h"
#include "parsers/form_page.h"
#include "parsers/limits.h"
#include "parsers/phone.h"
#include "parsers/reply_line.h"
#include "parsers/report_head.h"
#include "parsers/words.h"

#define LINES_OF_VALUE	2000
#define FOOT_RULE	20
#define HEAD_NUMBER	9		/* bytes of 三、 before, 寫） behind */
#define HEAD_WORDS	45		/* of 以下由資安小組 */
#define BOXES_WITHIN	1024	/* bytes of a value */
#define LEVEL_OPTION	8	/* bytes before 級 of "第 3 級" */
#define TITLES_ABOVE	64	/* lines up to the titles of a table */
#define TITLE_LINE	120	/* bytes of a form's title on its line */
#define PARAGRAPH_MIN	24	/* bytes of a text behind a blank line */

/* What is cut out: lines from..to of the page, trimmed. */
struct span {
	size_t	from, to;	/* folded bytes of one line */
};

static int
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '|';
}

static struct span
trim(const struct form_page *p, size_t from, size_t to)
{
	while (from < to && is_blank(p->f.s[from]))
		from++;
	while (to > from && is_blank(p->f.s[to - 1]))
		to--;
	return (struct span){ from, to };
}

/* 填表說明：, below the last answer of a form. */
static int
is_instruction(const char *s, size_t len)
{
	static const char *const begins[] = {
		"填表說明", "填表須知", "填寫說明", "填寫須知", "填單說明",
		"填报说明", "填表说明", NULL
	};

	while (len > 0 && strchr("*: ", s[len - 1]) != NULL)
		len--;
	for (size_t i = 0; begins[i] != NULL; i++)
		if (len == strlen(begins[i]) && memcmp(s, begins[i], len) == 0)
			return 1;
	return 0;
}

/* 三、以下由資安小組填寫: below it stands what is not his. */
static int
is_for_others(const char *s, size_t len)
{
	const char	*from = memmem(s, len, "以下", strlen("以下"));
	const char	*fills = from == NULL ? NULL : memmem(from, len -
			    (size_t)(from - s), "填", strlen("填"));

	return fills != NULL && from - s <= HEAD_NUMBER &&
	    fills - from <= HEAD_WORDS && len - (size_t)(fills - s) <=
	    HEAD_NUMBER;
}

/* Does the line end a value: date line, signature? */
static int
ends_value(const struct form_page *p, struct span l)
{
	struct mail_line m = { p->f.s + l.from, l.to - l.from, 0, 0 };

	if (m.len == 0)
		return 0;
	if (strspn(m.s, "-|+=_ ") >= m.len &&
	    (memchr(m.s, '|', m.len) || memchr(m.s, '+', m.len)))
		return 1;		/* a rule of a drawn table */
	if (m.len >= FOOT_RULE && strspn(m.s, "_") >= m.len)
		return 1;		/* of the foot that a list adds */
	if (is_instruction(m.s, m.len) || is_for_others(m.s, m.len))
		return 1;
	if ((memcmp(m.s, "中", m.len < 3 ? m.len : 3) == 0 ||
	    memcmp(m.s, "民", m.len < 3 ? m.len : 3) == 0) &&
	    date_line(m.s, m.len))
		return 1;
	return mail_is_signature(&m);
}

static size_t
line_end(const struct form_page *p, const struct form_match *m, size_t at)
{
	const char	*nl = memchr(p->f.s + at, '\n', m->to - at);

	return nl != NULL ? (size_t)(nl - p->f.s) : m->to;
}

/* 4級:影響公共安全 of a list of levels: 4, or 0. */
static int
level_option(const struct form_page *p, struct span l)
{
	const char	*s = p->f.s + l.from;
	const char	*unit = memmem(s, l.to - l.from, "級", strlen("級"));

	if (unit == NULL || unit - s > LEVEL_OPTION)
		return 0;
	return level_read(p->arena, arena_strndup(p->arena, s,
	    (size_t)(unit - s) + strlen("級")), NULL);
}

/*
 * 4級:... 3級:... and so on down, without marks: whoever showed his choice by
 * a colour or a picture has lost it, and the first is not what he chose.  A
 * list that has the first line's level once more explains it.
 */
static int
lists_levels(const struct form_page *p, const struct form_match *m,
    struct span l)
{
	size_t		at = line_end(p, m, l.from);
	int		first = level_option(p, l), v, n = 0;

	for (; first > 0 && at < m->to; n++) {
		l.from = at + 1;
		at = line_end(p, m, l.from);
		v = level_option(p, trim(p, l.from, at));
		if (v == first)
			return 0;
		if (v == 0)
			break;
	}
	return n > 0;
}

/* Kinds of one line, unless boxes to tick stand on several; first: the line
 * the value begins on. */
static int
is_long(const struct form_page *p, const struct form_match *m,
    struct span first)
{
	size_t	len = m->to - m->from < BOXES_WITHIN ? m->to - m->from :
		    BOXES_WITHIN;

	switch (m->field->kind) {
	case FIELD_TEXT:
		return 1;
	case FIELD_LEVEL:
		if (lists_levels(p, m, first))
			return 1;
		/* FALLTHROUGH */
	case FIELD_CHOICE:
	case FIELD_CATEGORY:
	case FIELD_BOOL:
		return m->joined || choice_has_box(p->f.s + m->from, len);
	case FIELD_LINE:
	case FIELD_PERSON:
	case FIELD_DATETIME:
	case FIELD_DATE:
	case FIELD_PHONE:
		break;
	}
	return m->joined;
}

/* The title of a form that was pasted below a blank one. */
static int
is_title(const struct form_page *p, struct span l)
{
	const struct form_set *set = p->set;
	size_t		 n, from, to;
	char		*dense;

	if (l.to - l.from > TITLE_LINE)
		return 0;
	dense = form_dense(p->arena, p->f.s + l.from, l.to - l.from, &n);
	for (size_t i = 0; i < set->n_forms; i++)
		for (size_t k = 0; k < set->forms[i].n_titles; k++)
			if (pattern_match(set->forms[i].titles[k], dense, n,
			    &from, &to) == 1)
				return 1;
	return 0;
}

/* 電腦中毒。 or the first line of several, 電腦重開機, but not 謝謝。 */
static int
is_sentence(const struct form_page *p, struct span l)
{
	static const char *const thanks[] = {
		"謝", "谢", "以上", "敬", "祝", "煩請", "麻煩", "此致", NULL
	};
	const char	*s = p->f.s + l.from;
	size_t		 n = l.to - l.from;

	for (size_t i = 0; thanks[i] != NULL; i++)
		if (memmem(s, n, thanks[i], strlen(thanks[i])) != NULL)
			return 0;
	return n > 9 && (memcmp(s + n - 3, "。", 3) == 0 || s[n - 1] == '!' ||
	    s[n - 1] == ',');
}

/*
 * The first line that holds something.  A blank line may be stepped over only
 * where a label below shows that the form goes on, or for a long text.
 */
static int
first_line(const struct form_page *p, const struct form_match *m,
    int more_below, struct span *out)
{
	size_t		at = m->from, end;
	int		lines = 0, blank = 0;

	while (at <= m->to && lines < 4) {
		end = line_end(p, m, at);
		*out = trim(p, at, end);
		if (out->to > out->from)
			break;
		blank += lines > 0;
		lines++;
		at = end + 1;
	}
	if (at > m->to || out->to <= out->from)
		return 0;
	if (lines > 0 && (ends_value(p, *out) || is_title(p, *out)))
		return 0;
	if (blank == 0 || more_below)
		return 1;
	return m->field->kind == FIELD_TEXT && (is_sentence(p, *out) ||
	    (m->field->required && out->to - out->from >= PARAGRAPH_MIN));
}

/* Only the first cell of a line, unless there is a box in this and the next. */
static struct span
one_cell(const struct form_page *p, struct span l)
{
	const char	*s = p->f.s + l.from, *end = p->f.s + l.to;
	const char	*tab = memchr(s, '\t', l.to - l.from), *next;

	if (tab == NULL)
		return l;
	next = memchr(tab + 1, '\t', (size_t)(end - tab) - 1);
	next = next == NULL ? end : next;
	if (choice_has_box(s, (size_t)(tab - s)) &&
	    choice_has_box(tab, (size_t)(next - tab)))
		return l;
	return trim(p, l.from, (size_t)(tab - p->f.s));
}

/* 115 TAB 年 TAB 11 TAB 月: a cell for each number and each unit; 115/11/27 TAB
 * 時間 TAB 14:05. */
static int
is_date_in_cells(const struct form_page *p, const struct form_match *m,
    struct span l)
{
	static const char *const units[] = { "\t年\t", "\t時間\t", "\t時間:",
	    NULL };
	int	found = 0;

	for (size_t i = l.from; i < l.to; i++)
		found |= p->f.s[i] == '\t' && words_start(p->f.s + i,
		    p->f.s + l.to, units) > 0;
	return found && (m->field->kind == FIELD_DATETIME ||
	    m->field->kind == FIELD_DATE);
}

/* Of a drawn row only the cell in this column; of other lines all. */
static struct span
in_column(const struct form_page *p, size_t line, size_t column,
    struct span l)
{
	size_t	from, to, first;

	if (line >= p->n_lines)
		return l;
	first = p->lines[line].from;
	first += strspn(p->f.s + first, " ");
	if (p->f.s[first] != '|' ||
	    !form_table_cell(p, line, column, &from, &to))
		return l;
	from = from > l.from ? from : l.from;
	to = to < l.to ? to : l.to;
	return trim(p, from, to > from ? to : from);	/* beside it: nothing */
}

/* In a table under 項目, 內容 and 備註, where a cell ends the value? */
static int
has_titles(const struct form_page *p, size_t line)
{
	size_t	first = line > TITLES_ABOVE ? line - TITLES_ABOVE : 0;

	while (line-- > first)
		if (form_table_titles(p, line))
			return 1;
	return 0;
}

/* ＿＿王小明＿＿: what was typed on a line for handwriting. */
static struct span
off_the_line(const struct form_page *p, struct span l)
{
	while (l.from < l.to && strchr("_ ", p->f.s[l.from]) != NULL)
		l.from++;
	while (l.to > l.from && strchr("_ ", p->f.s[l.to - 1]) != NULL)
		l.to--;
	return l;
}

/* （王小明）, 「機要組」, **機要組**, 機要組。: without what a name or a word does
 * not need. */
static struct span
unwrapped(const struct form_page *p, struct span l)
{
	static const char *const pairs[][2] = {
		{ "(", ")" }, { "「", "」" }, { "『", "』" }, { "【", "】" },
		{ "[", "]" }, { "<", ">" }, { "**", "**" }, { "*", "*" },
		{ "\"", "\"" }
	};
	static const char *const stops[] = { "。", ";", ",", " ", NULL };
	const char	*s = p->f.s;
	size_t		 n, k;

	while ((n = words_end(s + l.from, s + l.to, stops)) > 0 && n < l.to -
	    l.from)
		l.to -= n;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		n = strlen(pairs[i][0]);
		k = strlen(pairs[i][1]);
		if (l.to - l.from > n + k && memcmp(s + l.from, pairs[i][0],
		    n) == 0 && memcmp(s + l.to - k, pairs[i][1], k) == 0 &&
		    memmem(s + l.from + n, l.to - l.from - n, pairs[i][1], k) ==
		    s + l.to - k)
			return trim(p, l.from + n, l.to - k);
	}
	return l;
}

/* 例：王大明: what a form shows to whoever fills it in, on a line. */
static int
is_example(const char *s)
{
	static const char *const begins[] = {
		"例:", "例：", "例如:", "例如：", "範例:", "範例：", "範例）",
		"(例", "（例", "(範例", "（範例", "例)", "例）", "(如:", "（如：",
		"e.g.", "(e.g.", NULL
	};

	if (strchr(s, '\n') != NULL)
		return 0;
	for (size_t i = 0; begins[i] != NULL; i++)
		if (strncasecmp(s, begins[i], strlen(begins[i])) == 0)
			return 1;
	return 0;
}

/* Marks that have no width and mean nothing: U+200B, U+2060, U+FEFF. */
static int
is_widthless(const char *s, size_t len)
{
	return len >= 3 && (memcmp(s, "\xe2\x80\x8b", 3) == 0 ||
	    memcmp(s, "\xe2\x81\xa0", 3) == 0 ||
	    memcmp(s, "\xef\xbb\xbf", 3) == 0);
}

/* Bytes of the original that a span stands for. */
static size_t
copy(const struct form_page *p, struct span l, char *out)
{
	size_t	from = p->f.at[l.from], to = from, n = 0;

	if (l.to > l.from)	/* to the end of the last one, and no mark */
		for (to = p->f.at[l.to - 1] + 1; (p->text[to] & 0xc0) ==
		    0x80; to++)
			;	/* that takes no room behind it */
	while (from < to)
		if (is_widthless(p->text + from, to - from))
			from += 3;
		else
			out[n++] = p->text[from++];
	return n;
}

/* The span with the lines below it in its value, as long as all have boxes. */
static struct span
boxes_below(const struct form_page *p, const struct form_match *m,
    struct span l)
{
	struct span	next = l;

	while (choice_has_box(p->f.s + next.from, next.to - next.from) &&
	    p->f.s[next.to] == '\n' && next.to < m->to) {
		l.to = next.to;
		next = trim(p, next.to + 1, line_end(p, m, next.to + 1));
	}
	return l;
}

/*
 * □秘書組 ■機要組 □視察室: the one that is ticked, nothing when none is.
 * Where two are it stays as it is.
 */
static struct span
ticked_option(const struct form_page *p, const struct form_match *m,
    struct span l)
{
	struct choice_option	o[CHOICE_OPTIONS];
	const char		*s = p->f.s;
	size_t			 n, marked = 0, at = 0, from;

	l = boxes_below(p, m, l);
	n = choice_ticks(s + l.from, l.to - l.from, o);
	for (size_t i = 0; i < n; i++) {
		marked += o[i].tick == TICK_MARKED;
		at = o[i].tick == TICK_MARKED ? i : at;
	}
	if (n < 2 || marked > 1 || (size_t)(o[0].text - s) > l.from + 3)
		return l;
	if (marked == 0)
		return (struct span){ l.from, l.from };
	from = (size_t)(o[at].text - s);
	while (o[at].len > 0 && s[from] == '\n') {
		from++;
		o[at].len--;
	}
	while (o[at].len > 0 && s[from + o[at].len - 1] == '\n')
		o[at].len--;
	return trim(p, from, from + o[at].len);
}

/* Underlines, dots and boxes for handwriting are nothing. */
static int
is_filler(const char *s, size_t len)
{
	static const char *const fillers[] = {
		"_", ".", "-", "*", "/", "\\", " ", "\t", "\n", "(", ")", ":",
		"　", "＿", "…", "—", "－", "‧", "（", "）", "：", "□", "☐",
		"○", "年", "月", "日", "時", "分", "点", "點", "時", "上午",
		"下午", "中華民國", "民國", "請填寫", "必填", "請填", "填寫",
		"请填写", "請選擇", "请选择", "秒", "許", "轉", "分機", "＃",
		"#", "~", "級", NULL
	};
	size_t	n;

	while (len > 0) {
		for (n = 0; fillers[n] != NULL; n++) {
			size_t	k;

			if (*s != *fillers[n])
				continue;
			k = strlen(fillers[n]);
			if (k <= len && memcmp(s, fillers[n], k) == 0) {
				s += k;
				len -= k;
				break;
			}
		}
		if (fillers[n] == NULL)
			return 0;
	}
	return 1;
}

char *
form_value_raw(const struct form_page *p, const struct form_match *m,
    int more_below, size_t *at)
{
	size_t		 cap = p->f.at[m->to] - p->f.at[m->from] + 1, n, end;
	size_t		 line, column;
	struct span	 l;
	char		*out;
	int		 more, titled;

	if ((m->field->kind == FIELD_CHOICE || m->field->kind == FIELD_LEVEL ||
	    m->field->kind == FIELD_BOOL || m->field->kind ==
	    FIELD_CATEGORY) && (out = form_marks_raw(p, m, at)) != NULL)
		return out;
	if (!first_line(p, m, more_below, &l))
		return NULL;
	*at = l.from;
	out = arena_alloc(p->arena, cap + 1);
	end = line_end(p, m, l.from);
	more = is_long(p, m, l);
	line = form_line_of(p, l.from);
	column = form_table_column(p, line, l.from);
	titled = m->field->kind == FIELD_TEXT && has_titles(p, line);
	l = in_column(p, line, column, l);
	if (m->field->kind == FIELD_LINE || m->field->kind == FIELD_PERSON) {
		l = ticked_option(p, m, off_the_line(p, one_cell(p,
		    l)));
		if (l.to > l.from && p->f.s[l.to - 1] == ':')
			return NULL;	/* 承辦人員 and below it 姓名: */
		l = unwrapped(p, l);
	} else if (m->field->kind != FIELD_TEXT)
		l = off_the_line(p, is_date_in_cells(p, m, l) ? l :
		    one_cell(p, l));
	else if (l.to - l.from > 1 && memcmp(p->f.s + l.from, "__", 2) == 0)
		l = off_the_line(p, l);
	n = copy(p, l, out);
	for (int i = 0; more && i < LINES_OF_VALUE && end < m->to;
	    i++) {
		size_t	from = end + 1;

		end = line_end(p, m, from);
		l = trim(p, from, end);
		if (l.to == l.from || ends_value(p, l) || (more_below &&
		    end + 1 >= m->to && is_title(p, l)))
			break;
		l = in_column(p, ++line, column, l);
		if (l.to == l.from)
			continue;
		out[n++] = m->field->kind == FIELD_PHONE ? ' ' : '\n';
		n += copy(p, l, out + n);
	}
	n = text_cut(out, n, REPORT_TEXT_MAX);
	if (more)
		n = form_trim(out, n);
	out[n] = '\0';
	if (titled)
		out[n = strcspn(out, "\t")] = '\0';
	return n == 0 || is_filler(out, n) || is_example(out) ? NULL : out;
}

/* Bytes of a text beside its blanks. */
static size_t
weight(const char *s, size_t len)
{
	size_t	n = 0;

	for (size_t i = 0; i < len; i++)
		n += s[i] != ' ' && s[i] != '\t' && s[i] != '\n';
	return n;
}

int
form_value_rest(const struct form_page *p, const struct form_match *m,
    const char *raw)
{
	size_t	from = p->f.at[m->from], len = p->f.at[m->to] - from;

	return m->cell_below || m->joined || weight(p->text + from, len) >
	    (raw == NULL ? 0 : weight(raw, strlen(raw)));
}

static void
problem(const struct value_scene *sc, const char *field, const char *text,
    const char *reason)
{
	const struct report *r = sc->report;

	for (size_t i = 0; i < r->n_problems; i++)
		if (strcmp(r->problems[i].field, field) == 0 &&
		    r->problems[i].text != NULL &&
		    strcmp(r->problems[i].text, text) == 0 &&
		    strcmp(r->problems[i].reason, reason) == 0)
			return;
	report_problem(sc->arena, sc->report, field, text, reason);
}

static void
read_text(const struct value_scene *sc, const struct form_field *f,
    const char *raw, struct field *to)
{
	if (f->required && report_says_nothing(sc->arena, raw)) {
		problem(sc, f->name, raw, "the answer says that there is none");
		return;
	}
	to->text = raw;
	to->known = 1;
}

static void
read_time(const struct value_scene *sc, const struct form_field *f,
    const char *raw, struct field *to)
{
	struct datetime	d;

	if (f->kind == FIELD_DATE)
		(void)date_read(sc->arena, raw, sc->ref, sc->zone, &d);
	else
		datetime_read(sc->arena, raw, sc->ref, sc->zone, &d);
	to->known = d.known;
	to->time = d.known ? d.utc : TIME_NONE;
	if (d.problem != NULL)
		problem(sc, f->name, raw, d.problem);
	else if (d.ambiguous)
		problem(sc, f->name, raw, "the time can be read in two ways");
}

static void
read_phone(const struct value_scene *sc, const struct form_field *f,
    const char *raw, struct field *to, struct field *second)
{
	struct phone	one, two;
	int		n = phone_read(sc->arena, raw, &one, &two);

	to->phone = one;
	to->phone.raw = raw;
	to->known = n > 0;
	if (n == 0)
		problem(sc, f->name, raw, "no phone number could be read");
	if (n == 2 && second != NULL && !second->known) {
		second->phone = two;
		second->raw = two.raw;
		second->known = 1;
	}
}

static void
read_choice(const struct value_scene *sc, const struct form_field *f,
    const char *raw, struct field *to)
{
	const char	*why, *v;

	v = choice_read(sc->arena, f->choices, raw, sc->ref, sc->zone, &why);
	if (v == NULL) {
		problem(sc, f->name, raw, why);
		return;
	}
	to->known = 1;
	if (f->kind == FIELD_BOOL)
		to->number = strcmp(v, "yes") == 0;
	else
		to->text = v;
}

/* A level, or one of the words for none: 0. */
static void
read_level(const struct value_scene *sc, const struct form_field *f,
    const char *raw, struct field *to)
{
	const char	*why;

	for (size_t i = 0; i < f->n_none; i++)
		if (strcasecmp(raw, f->none[i]) == 0) {
			to->known = 1;
			return;
		}
	to->number = level_read(sc->arena, raw, &why);
	to->known = to->number > 0;
	if (!to->known)
		problem(sc, f->name, raw, why);
}

static enum value_kind
value_kind_of(enum field_kind k)
{
	static const enum value_kind kinds[] = {
		[FIELD_TEXT] = VALUE_TEXT, [FIELD_LINE] = VALUE_LINE,
		[FIELD_DATETIME] = VALUE_DATETIME, [FIELD_DATE] = VALUE_DATE,
		[FIELD_PHONE] = VALUE_PHONE, [FIELD_CHOICE] = VALUE_CHOICE,
		[FIELD_CATEGORY] = VALUE_CHOICE, [FIELD_LEVEL] = VALUE_NUMBER,
		[FIELD_BOOL] = VALUE_BOOL, [FIELD_PERSON] = VALUE_PERSON,
	};

	return kinds[k];
}

void
form_value_read(const struct value_scene *sc, const struct form_field *f,
    const char *raw, struct field *to, struct field *second)
{
	to->name = f->name;
	to->kind = value_kind_of(f->kind);
	to->time = TIME_NONE;
	to->raw = raw;
	if (raw == NULL)
		return;
	switch (f->kind) {
	case FIELD_TEXT:
	case FIELD_LINE:
	case FIELD_PERSON:
		read_text(sc, f, raw, to);
		break;
	case FIELD_DATETIME:
	case FIELD_DATE:
		read_time(sc, f, raw, to);
		break;
	case FIELD_PHONE:
		read_phone(sc, f, raw, to, second);
		break;
	case FIELD_CHOICE:
	case FIELD_BOOL:
		read_choice(sc, f, raw, to);
		break;
	case FIELD_CATEGORY:
		to->text = raw;		/* category.c judges it */
		break;
	case FIELD_LEVEL:
		read_level(sc, f, raw, to);
		break;
	}
}
