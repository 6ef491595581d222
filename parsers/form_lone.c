/*
 * form_lone - answers without any label: 已復原, 3級.
 */
#include <string.h>

#include "parsers/choice_time.h"
#include "parsers/form_reading.h"
#include "parsers/words.h"

#define LONE_LINE	60		/* bytes of 已復原 alone on a line */
#define LONE_TIME	60		/* bytes more that may tell when */
#define LONE_REMARK	180		/* bytes of it with what is remarked */
#define LONE_TEXT	400		/* bytes of a text that may be one */
#define APPROVAL	24		/* bytes of 經資訊科科長 before 核定 */
#define ABOVE_MAX	5		/* lines of an answer above who signs it */
#define LEVEL_OPTION	24		/* bytes of "第 3 級 (三級)" */

static const char lone_rule[] = "alone";

/* Nothing but a level: 3級, 由2級改為3級; not 1級主管已知悉. */
static int
only_level(const char *dense)
{
	static const char *const parts[] = {
		"等級", "等级", "級", "级", "第", "level", "lv", "由", "從", "从",
		"原", "現", "改", "為", "为", "成", "調整", "調", "升", "降", "提",
		"高", "變更", "更正", "列", "至", "到", "→", "->", "from", "to",
		"評估", "評", "判", "核", "定", "本案", "此案", "則", "經", "請",
		"麻煩",
		"結果", "结果", "屬於", "属于", "屬", "属", "係", "資通安全",
		"资通安全", "資安", "资安", "事件", "是", "謝謝", "。", ",", ".",
		"!", "-", ">", ":", "將", "把", "重新", "惠請", "敬請", "同意",
		"維持", "仍", "暫定", "暫列", "初判", "初步", "研判", "影響",
		"please", "pls", "plz", "upgrade", "downgrade", "raise",
		"lower", "set", "severity", "sev",
		"change", "this", "the", "case", "incident", "it", "本件",
		"此件", "這件", "先", "不變", "喔", "哦", "囉", "唷", "不是",
		"而非", "已", "更新", "回覆:", "答:", "結論:", "好了",
		"assessed", "rated", "classified", "as", "壹", "貳",
		"參", "叁", "肆", "一",
		"二", "三", "四", "1", "2", "3", "4",
		"Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ", "i", "v", NULL
	};

	while (*dense != '\0') {
		size_t	i = 0, box = choice_box_at(dense, dense, dense +
			    strlen(dense));

		while (box == 0 && parts[i] != NULL && strncmp(dense, parts[i],
		    strlen(parts[i])) != 0)
			i++;
		if (box == 0 && parts[i] == NULL)
			return 0;
		dense += box > 0 ? box : strlen(parts[i]);
	}
	return 1;
}

/* L3, Lv.3: as people write it on a phone; not the L3 of a sentence. */
static int
short_level(const char *dense)
{
	dense += *dense == 'l';
	dense += *dense == 'v';
	dense += *dense == 'l';
	dense += *dense == '.';
	return *dense >= '1' && *dense <= '4' &&
	    strspn(dense + 1, ".!") == strlen(dense + 1);
}

/* Behind 經科長核定 or 奉主任核可, who may be anybody. */
static const char *
past_approval(const char *dense)
{
	static const char *const by[] = { "業經", "已經", "經", "奉", NULL };
	static const char *const approves[] = {
		"核定", "核可", "核准", "核示", "裁示", "批示", "同意", "指示",
		"核", NULL
	};
	const char	*end = dense + strlen(dense), *s = dense;
	size_t		 n = words_start(s, end, by);

	for (s += n; n > 0 && s < end && s < dense + APPROVAL &&
	    word_starts(s, end, "廠") == 0; s++)
		if (words_start(s, end, approves) > 0)
			return s + words_start(s, end, approves);
	return dense;
}

/* May the words be a level without its label? */
static int
says_level(const char *dense)
{
	dense = past_approval(dense);
	return (*dense == 'l' && short_level(dense)) || (only_level(dense) &&
	    (strstr(dense, "級") != NULL || strstr(dense, "级") != NULL ||
	    strstr(dense, "level") != NULL || strstr(dense, "sev") != NULL));
}

/* May the value stand for the field without its label? */
static int
stands_alone(const struct form_field *f, const struct field *got,
    const char *dense)
{
	return got->known && (f->kind == FIELD_LEVEL ||
	    (f->kind == FIELD_CHOICE &&
	    choice_stands(f->choices, dense, got->text)));
}

/* 網路已恢復, and in another line 主機修復中: read as one line would be. */
static void
add_lone(struct reading *g, const struct form_field *f, const char *raw,
    struct field *to)
{
	struct arena	*a = g->scene.arena;
	struct report	 scratch = { 0 };
	struct value_scene quiet = g->scene;
	struct field	 both = { 0 };
	const char	*dense;
	size_t		 len;

	quiet.report = &scratch;
	form_value_read(&quiet, f, arena_printf(a, "%s，%s", to->raw, raw),
	    &both, NULL);
	dense = form_dense(a, both.raw, strlen(both.raw), &len);
	both.known = stands_alone(f, &both, dense);
	both.line = to->line;
	both.part = to->part;
	both.rule = to->rule;
	*to = both;
}

static void
try_lone_field(struct reading *g, const struct form_field *f, size_t line,
    const char *raw, const char *dense)
{
	struct report	 scratch = { 0 };
	struct value_scene quiet = g->scene;
	struct field	 got = { 0 }, *to;

	if (f->kind == FIELD_LEVEL && !says_level(dense))
		return;
	quiet.report = &scratch;	/* no word of it is no problem */
	form_value_read(&quiet, f, raw, &got, NULL);
	if (!stands_alone(f, &got, dense))
		return;
	to = form_slot(g, f);
	if (to == NULL)
		return;
	if (to->raw != NULL) {
		/* a piece of it was read with it */
		if (to->rule == lone_rule && strstr(to->raw, raw) == NULL)
			add_lone(g, f, raw, to);
		return;
	}
	got.line = g->first_line + (int)line;
	got.part = g->part;
	got.rule = lone_rule;
	*to = got;
}

/* Bytes of the mark at i that parts two answers in a line, or 0. */
static size_t
part_mark(const char *s, size_t i, size_t to)
{
	if (strchr(",;()/!", s[i]) != NULL && s[i] != '\0')
		return 1;
	if (s[i] == '.')		/* Sev 3. Host isolated. */
		return to - i > 1 && s[i + 1] == ' ';
	return to - i >= 3 && (memcmp(s + i, "、", 3) == 0 ||
	    memcmp(s + i, "。", 3) == 0) ? 3 : 0;
}

/* Bytes of a greeting. */
static size_t
greeting(const char *s, const char *end)
{
	static const char *const greets[] = {
		"您好,", "您好!", "你好,", "你好!", "大家好,", "長官好,", "各位好,",
		"hi,", "hello,", "dearall,", NULL
	};

	return words_start(s, end, greets);
}

/* Bytes of a greeting before and of thanks behind what is said. */
static size_t
courtesy(const char *s, size_t len)
{
	static const char *const thanks[] = {
		"謝謝", "感謝", "多謝", "謝了", "辛苦", "敬請見諒", "造成不便",
		"thanks", "thankyou", NULL
	};
	static const char *const stops[] = { ",", "。", "!", ";", NULL };
	const char	*end = s + len, *p = end - words_end(s, end, stops);
	size_t		 n = greeting(s, end);

	while (p > s + n && words_end(s, p, stops) == 0)
		p--;
	return words_start(p, end, thanks) > 0 ? n + (size_t)(end - p) : n;
}

/* Short enough for an answer?  When it was does not count: 已於6月1日下午3時20分
 * 恢復正常 says no more than 已恢復正常. */
static int
is_brief(const char *dense, size_t len)
{
	const char	*s = dense + len;
	size_t		 n;

	if (len > LONE_LINE + LONE_TIME)
		return 0;
	len -= courtesy(dense, len);
	while (len > LONE_LINE && s > dense) {
		n = choice_date_before(dense, s);
		len -= n;
		s -= n > 0 ? n : 1;
	}
	return len <= LONE_LINE;
}

/* Bytes of the first sentence of a line that goes on behind it, or 0. */
static size_t
first_sentence(const char *s, size_t len)
{
	static const char *const ends[] = { "。", "!", ". ", NULL };

	for (size_t i = 0; i < len && i <= LONE_LINE; i++)
		if (words_start(s + i, s + len, ends) > 0)
			return i;
	return 0;
}

/* 已控制。廠商明天會來做弱點掃描: a long line whose first sentence would be an
 * answer on a line of its own, and the others say nothing else.  What ends the
 * case is not taken so: 結案。這是廠商說的. */
static void
try_sentence(struct reading *g, const struct form_field *f, size_t line,
    const char *raw)
{
	const struct form_page *p = &g->page;
	size_t		 from = p->lines[line].from, n;
	struct arena	*a = g->scene.arena;
	struct report	 scratch = { 0 };
	struct value_scene quiet = g->scene;
	struct field	 all = { 0 }, got = { 0 };
	const char	*first, *dense;

	n = first_sentence(p->f.s + from, p->lines[line].to - from);
	if (n == 0 || f->kind != FIELD_CHOICE)
		return;
	first = arena_strndup(a, p->text + p->f.at[from],
	    p->f.at[from + n] - p->f.at[from]);
	dense = form_dense(a, first, strlen(first), &n);
	quiet.report = &scratch;
	form_value_read(&quiet, f, first, &got, NULL);
	form_value_read(&quiet, f, raw, &all, NULL);
	if (stands_alone(f, &got, dense) && all.known &&
	    strcmp(got.text, all.text) == 0 &&
	    !choice_ends(f->choices, got.text))
		try_lone_field(g, f, line, first, dense);
}

/* The level that a line names, read as a whole. */
static int
level_of(const struct reading *g, size_t line)
{
	const struct form_page *p = &g->page;
	size_t	from = p->lines[line].from;

	return level_read(g->scene.arena, arena_strndup(g->scene.arena,
	    p->f.s + from, p->lines[line].to - from), NULL);
}

/* The bytes from..to of a line.  Of a piece only the level, and no other than
 * the line's: whether it is recovered the whole line tells,
 * 如使用者確認無誤，即可結案. */
static void
try_piece(struct reading *g, const struct form *form, size_t line,
    size_t from, size_t to)
{
	int		 whole = from == g->page.lines[line].from &&
			    to == g->page.lines[line].to;
	const struct form_page *p = &g->page;
	const char	*raw, *dense;
	size_t		 len;
	int		 brief;

	while (from < to && p->f.s[from] == ' ')
		from++;
	while (to > from && p->f.s[to - 1] == ' ')
		to--;
	raw = arena_strndup(g->scene.arena, p->text + p->f.at[from],
	    p->f.at[to] - p->f.at[from]);
	dense = form_dense(g->scene.arena, raw, strlen(raw), &len);
	brief = is_brief(dense, len);
	if (len == 0 || (!brief && (!whole || len > LONE_REMARK)))
		return;
	for (size_t i = 0; i < form->n_lone; i++)
		for (size_t k = 0; k < form->n_fields; k++) {
			const struct form_field *f = &form->fields[k];

			if (strcmp(f->name, form->lone[i]) != 0)
				continue;
			if (!brief)
				try_sentence(g, f, line, raw);
			else if (whole || (f->kind == FIELD_LEVEL &&
			    level_read(g->scene.arena, raw, NULL) ==
			    level_of(g, line)))
				try_lone_field(g, f, line, raw, dense);
		}
}

static int
has_level(const struct reading *g)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->slot[i].kind == VALUE_NUMBER && g->slot[i].raw != NULL)
			return 1;
	return 0;
}

static const struct field *
given(const struct reading *g, const struct form_field *f)
{
	for (size_t i = 0; i < g->n; i++)
		if (strcmp(g->slot[i].name, f->name) == 0)
			return g->slot[i].raw != NULL ? &g->slot[i] : NULL;
	return NULL;
}

/* The bytes of the line are one word of the answers without a label. */
static int
is_answer(struct reading *g, const struct form *form, size_t from, size_t to)
{
	size_t		 len;
	const char	*s = form_dense(g->scene.arena, g->page.f.s + from,
			    to - from, &len);

	for (size_t k = 0; k < form->n_fields; k++)
		if (form->fields[k].kind == FIELD_CHOICE &&
		    choice_is_word(form->fields[k].choices, s))
			return 1;
	return 0;
}

/*
 * 3級 處理中, 已控制3級: the level at one end of a line that holds a status
 * too, up to a blank or to the very word.  No other level may stand in it.
 */
static void
try_ends(struct reading *g, const struct form *form, size_t line)
{
	const struct form_page *p = &g->page;
	size_t		 from = p->lines[line].from, to = p->lines[line].to;

	if (g->n == 0 || to - from > LONE_LINE || level_of(g, line) == 0)
		return;
	for (size_t i = from + 1; i < to && !has_level(g); i++) {
		int	blank = p->f.s[i] == ' ';

		if (((unsigned char)p->f.s[i] & 0xc0) == 0x80)
			continue;	/* inside a character */
		if (blank || is_answer(g, form, i, to))
			try_piece(g, form, line, from, i);
		if (!has_level(g) && (blank || is_answer(g, form, from, i)))
			try_piece(g, form, line, i, to);
	}
}

/* Does a bracket open before at that remarks on a value: 威脅等級:高 (4級)? */
static int
is_remark(const char *s, size_t from, size_t at)
{
	return at > from && s[at - 1] == '(' &&
	    memchr(s + from, ':', at - from) != NULL;
}

/* 本案研判為2級，…: of the incident by its own words, whatever follows. */
static int
is_of_incident(const char *s, const char *end)
{
	static const char *const subjects[] = {
		"本案", "此案", "本件", "此件", "這件", NULL
	};

	return words_start(s + greeting(s, end), end, subjects) > 0;
}

/* 已結案案件清冊, 復原完成通知單, 已恢復系統：: does the line name what follows? */
static int
is_heading(const char *s, const char *end)
{
	static const char *const names[] = {
		"單", "表", "清冊", "名冊", "清單", "一覽", "報告", "紀錄", "記錄",
		"簿", "公告", "系統:", "如下", "如下:", "者:", "案件:",
		"列表", "統計", "list", "List", "report", "Report", NULL
	};
	static const char *const sheets[] = { "單", "表", NULL };
	static const char *const no_names[] = { "簡單", "代表", NULL };

	while (end > s && end[-1] == ' ')
		end--;
	return words_end(s, end, names) > 0 &&
	    !(words_end(s, end, sheets) > 0 && words_end(s, end, no_names));
}

/* 3級，處理中: the line as a whole, then its pieces. */
static void
try_lone(struct reading *g, const struct form *form, size_t line)
{
	const struct form_page *p = &g->page;
	size_t		 from = p->lines[line].from, to = p->lines[line].to;
	struct choice_option o[CHOICE_OPTIONS];
	int		 of_it = is_of_incident(p->f.s + from, p->f.s + to);
	int		 heads = is_heading(p->f.s + from, p->f.s + to);
	size_t		 at = from, n;

	/* 本案列為2級，處理情形如下： tells a level all the same */
	if (form_speech_line(g, p->f.s + from, to - from) ||
	    (heads && !of_it))
		return;
	if (!heads)
		try_piece(g, form, line, from, to);
	if (to - from > (of_it ? LONE_REMARK : LONE_LINE) ||
	    choice_ticks(p->f.s + from, to - from, o) > 0 ||
	    level_of(g, line) == 0)
		return;		/* a piece of an option is no answer */
	for (size_t i = from; i < to; i += n > 0 ? n : 1) {
		n = part_mark(p->f.s, i, to);
		if (n == 0)
			continue;
		if (!is_remark(p->f.s, from, at))
			try_piece(g, form, line, at, i);
		at = i + n;
	}
	if (at > from)
		try_piece(g, form, line, at, to);
	if (!has_level(g))
		try_ends(g, form, line);
}

/* Does the option begin as a level does: 3級:系統停頓? */
static int
opens_with_level(struct arena *a, const struct choice_option *o)
{
	char	*s = arena_strndup(a, o->text, o->len);

	s[strcspn(s, ":\n")] = '\0';
	return strlen(s) <= LEVEL_OPTION && level_read(a, s, NULL) > 0;
}

int
form_lone_levels(struct reading *g, const struct form *form)
{
	const struct form_page *p = &g->page;
	const struct form_field *f = NULL;
	const struct choice_option *o;
	size_t		 n, from, to, line = 0, marked = 0;
	struct field	*slot;

	for (size_t k = 0; k < form->n_fields; k++)
		if (form->fields[k].kind == FIELD_LEVEL &&
		    strcmp(form->fields[k].name, "level") == 0)
			f = &form->fields[k];	/* not one of its impacts */
	if (f == NULL || given(g, f) != NULL ||
	    (n = form_page_ticks(&g->page, &o)) < 2)
		return 0;
	for (size_t i = 0; i < n; i++) {
		marked += o[i].tick == TICK_MARKED;
		if (!opens_with_level(g->scene.arena, &o[i]))
			return 0;
	}
	if (marked == 0 || (slot = form_slot(g, f)) == NULL)
		return 0;
	from = (size_t)(o[0].text - p->f.s);
	while (line + 1 < p->n_lines && p->lines[line].to < from)
		line++;
	from = p->lines[line].from;
	to = (size_t)(o[n - 1].text - p->f.s);
	to += strcspn(p->f.s + to, "\n");
	form_value_read(&g->scene, f, arena_strndup(g->scene.arena,
	    p->text + p->f.at[from], p->f.at[to] - p->f.at[from]), slot, NULL);
	slot->line = g->first_line + (int)line;
	slot->part = g->part;
	slot->rule = "boxes";
	return 1;
}

/* The other of 狀態 and 等級 at the end of its value: 等級：3 處理中. */
static void
beside(struct reading *g, const struct field *got,
    const struct form_field *f)
{
	struct arena	*a = g->scene.arena;
	struct folded	 v;
	size_t		 len;

	text_fold(a, got->raw, strlen(got->raw), &v);
	for (size_t i = 1; i < v.len; i++) {
		size_t		 n = v.s[i] == ' ' ? 1 :
				    part_mark(v.s, i, v.len);
		const char	*raw, *dense;

		if (n == 0)
			continue;
		raw = arena_strndup(a, got->raw + v.at[i + n], v.at[v.len] -
		    v.at[i + n]);
		dense = form_dense(a, raw, strlen(raw), &len);
		if (f->kind == FIELD_CHOICE ?
		    choice_is_word(f->choices, dense) :
		    level_read(a, got->raw, NULL) > 0)
			try_lone_field(g, f, (size_t)(got->line -
			    g->first_line), raw, dense);
	}
}

/* 等級：3 and in the next line 處理中, or in the first above it. */
static void
next_to(struct reading *g, const struct field *got,
    const struct form_field *f)
{
	const struct form_page *p = &g->page;
	size_t		 at = (size_t)(got->line - g->first_line);

	for (size_t line = at == 1 ? 0 : at + 1; line < p->n_lines &&
	    line <= at + 1; line += 2) {
		size_t		 from = p->lines[line].from, len;
		const char	*raw = arena_strndup(g->scene.arena,
				    p->text + p->f.at[from],
				    p->f.at[p->lines[line].to] -
				    p->f.at[from]);
		const char	*dense = form_dense(g->scene.arena, raw,
				    strlen(raw), &len);

		if (len <= LONE_LINE && (f->kind == FIELD_CHOICE ?
		    choice_is_word(f->choices, dense) : says_level(dense)))
			try_lone_field(g, f, line, raw, dense);
	}
}

void
form_lone_beside(struct reading *g)
{
	for (size_t i = 0; i < g->set->n_forms; i++) {
		const struct form *form = &g->set->forms[i];
		const struct form_field *pair[2] = { NULL, NULL };

		for (size_t k = 0; k < form->n_fields; k++)
			for (size_t j = 0; j < form->n_lone && j < 2; j++)
				if (strcmp(form->fields[k].name,
				    form->lone[j]) == 0)
					pair[j] = &form->fields[k];
		if (pair[0] == NULL || pair[1] == NULL)
			continue;
		for (int j = 0; j < 2; j++) {
			const struct field *got = given(g, pair[j]);

			if (got != NULL && given(g, pair[1 - j]) == NULL &&
			    strlen(got->raw) <= LONE_LINE &&
			    !form_asks(got->raw, strlen(got->raw))) {
				beside(g, got, pair[1 - j]);
				next_to(g, got, pair[1 - j]);
			}
		}
	}
}

/* The one form whose fields a text without labels may answer. */
static const struct form *
boxes_alone(struct reading *g)
{
	for (size_t i = 0; i < g->set->n_forms; i++)
		if (g->set->forms[i].n_lone > 0 &&
		    form_lone_levels(g, &g->set->forms[i]))
			return &g->set->forms[i];
	return NULL;
}

/* The first n lines of an answer; the form of which one was read, or NULL. */
static const struct form *
try_lines(struct reading *g, size_t n)
{
	const struct form_page *p = &g->page;
	size_t		 len = n < p->n_lines ? p->lines[n].from : p->f.len;
	size_t		 had = g->n;
	enum heard	 heard = HEARD_NONE;

	if (len > LONE_TEXT || form_asks_text(g, len) ||
	    form_speech_two_cases(p->f.s, p->f.len))
		return NULL;
	for (size_t i = 0; i < g->set->n_forms; i++) {
		const struct form *form = &g->set->forms[i];

		if (form->n_lone == 0)
			continue;
		for (size_t k = 0; k < n; k++)
			if ((heard = form_speech_goes_on(g, k, heard)) ==
			    HEARD_NONE)
				try_lone(g, form, k);
		if (g->n > had)
			return form;
	}
	return NULL;
}

const struct form *
form_lone(struct reading *g)
{
	const struct form_page *p = &g->page;
	const struct form *boxes = g->is_reply ? boxes_alone(g) : NULL;

	if (boxes != NULL)
		return boxes;
	for (size_t i = 0; g->is_reply && i < g->set->n_forms; i++)
		if (g->set->forms[i].for_reply &&
		    form_ticked(g, &g->set->forms[i]) > 0)
			return &g->set->forms[i];
	return g->is_reply ? try_lines(g, p->n_lines) : NULL;
}

void
form_lone_above(struct reading *g)
{
	const struct form_page *p = &g->page;
	size_t	first = p->n_lines, words = 0;

	for (size_t i = 0; i < g->n; i++) {
		const struct field *f = &g->slot[i];
		const struct form_field *is = g->field[i];

		if (f->rule == NULL)
			continue;
		if (is != NULL && is->kind != FIELD_PHONE &&
		    is->kind != FIELD_PERSON && is->kind != FIELD_LINE)
			return;
		if ((size_t)(f->line - g->first_line) < first)
			first = (size_t)(f->line - g->first_line);
	}
	for (size_t k = 0; k < first; k++)
		words += p->lines[k].to > p->lines[k].from;
	if (words <= ABOVE_MAX)
		(void)try_lines(g, first);
}
