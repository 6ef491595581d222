/*
 * form_recant - what stands below an answer and takes it back: 更正：尚未恢復,
 * 上面打錯了, 今日又斷線.  Whoever writes so is asked what he means.
 */
#include <string.h>

#include "parsers/form_reading.h"
#include "parsers/report_head.h"
#include "parsers/words.h"

#define LINES_BELOW	400		/* that are looked at */
#define LINE_READ	200		/* bytes of a line that are compared */

/* A line below the answers, which no label opens. */
struct below {
	const char	*raw;
	const char	*s, *end;	/* dense: lower case, no blanks */
};

/* The words for it stand with those of the status. */
static const struct choice_set *
words_of(const struct reading *g)
{
	for (size_t i = 0; i < g->set->n_sets; i++)
		if (*g->set->sets[i].taken_back != NULL)
			return &g->set->sets[i];
	return NULL;
}

/* The first of the words from s on, NULL: none. */
static const char *
find_any(const char *s, const char *end, const char *const *words)
{
	for (; s < end; s++)
		if (!word_inside(*s) && words_start(s, end, words) > 0)
			return s;
	return NULL;
}

/* 打錯, but not 前次打錯, in its clause. */
static int
says_wrong(const struct choice_set *set, const struct below *b)
{
	static const char *const stops[] = { ",", "。", ";", NULL };
	const char	*s = b->s, *from, *to;

	while ((s = find_any(s, b->end, set->taken_back)) != NULL) {
		for (from = s; from > b->s &&
		    words_end(b->s, from, stops) == 0; )
			from--;
		for (to = s; to < b->end && words_start(to, b->end,
		    stops) == 0; )
			to++;
		if (find_any(from, to, set->earlier) == NULL)
			return 1;
		s++;
	}
	return 0;
}

/* 更正：..., (更正..., 狀態更正：..., 上面打錯; but not 前次誤植. */
static int
takes_back(const struct choice_set *set, const struct below *b)
{
	static const char *const marks[] = {
		"(", "[", "【", "<", "※", "*", "-", "#", "◎", "↑", "^", "!", NULL
	};
	const char	*s = b->s, *colon = memchr(s, ':', (size_t)(b->end - s));
	size_t		 n;

	while ((n = words_start(s, b->end, marks)) > 0)
		s += n;
	if (says_wrong(set, b))
		return 1;
	return find_any(s, b->end, set->earlier) == NULL &&
	    (words_start(s, b->end, set->corrections) > 0 ||
	    (colon != NULL && (words_end(s, colon, set->corrections) > 0 ||
	    words_end(s, colon + 1, set->corrections) > 0)));
}

/* The value of the field in the words, NULL: none. */
static const char *
read_as(struct reading *g, const struct form_field *f, const char *raw)
{
	struct report	 scratch = { 0 };
	struct value_scene quiet = g->scene;
	struct field	 got = { 0 };

	quiet.report = &scratch;
	form_value_read(&quiet, f, raw, &got, NULL);
	return got.known ? got.text : NULL;
}

/* 未復原項目：財產系統, 尚待釐清：入侵來源, but not 未復原項目：無: does the line
 * name what is left? */
static int
names_rest(const struct below *b)
{
	static const char *const heads[] = {
		"尚未", "尚待", "仍待", "未", "剩餘", "其餘", "殘餘", NULL
	};
	static const char *const tails[] = {
		"項目", "事項", "系統", "部分", "部份", "設備", "主機", "工作",
		"問題", "釐清", "處理", "復原", "確認", NULL
	};
	static const char *const none[] = {
		"無", "没", "沒", "0", "-", "none", "n/a", "na", "不適用", "(無",
		NULL
	};
	const char	*colon = memchr(b->s, ':', (size_t)(b->end - b->s));

	return colon != NULL && colon + 1 < b->end &&
	    words_start(b->s, colon, heads) > 0 &&
	    words_end(b->s, colon, tails) > 0 &&
	    words_start(colon + 1, b->end, none) == 0;
}

/* 備註：請改列3級: does it change the level that stands above, on no condition? */
static int
changes_level(struct reading *g, const struct field *to, const struct below *b)
{
	static const char *const changes[] = {
		"改列", "改為", "改成", "調整為", "更正為", "修正為", "升為", "降為",
		NULL
	};
	static const char *const ifs[] = {
		"若", "如", "倘", "則", "再", "原", "曾", "前次", NULL
	};
	int	level = find_any(b->s, b->end, changes) == NULL ||
		    find_any(b->s, b->end, ifs) != NULL ? 0 :
		    level_read(g->scene.arena, b->raw, NULL);

	return level > 0 && level != to->number;
}

/* 已恢復, and below it 印表機仍無法列印: does it tell, by its own words or with
 * 仍, what in one line with the answer outweighs it? */
static int
denies(struct reading *g, const struct form_field *f, const struct field *to,
    const struct choice_set *set, const struct below *b)
{
	const char	*alone, *both;
	int		 lasts;

	if (f->kind == FIELD_LEVEL)
		return changes_level(g, to, b);
	if (f->choices != set || !choice_ends(set, to->text))
		return 0;
	if (names_rest(b))
		return 1;
	alone = read_as(g, f, b->raw);
	lasts = choice_outlasts(set, b->s, to->text);
	if (!lasts && find_any(b->s, b->end, set->still) == NULL &&
	    (alone == NULL || !choice_stands(set, b->s, alone)))
		return 0;
	both = read_as(g, f, arena_printf(g->scene.arena, "%s，%s", to->raw,
	    b->raw));
	if (both == NULL || alone == NULL)	/* 結案, and 還沒好 */
		return both != NULL ? strcmp(both, to->text) != 0 :
		    alone != NULL || lasts;
	return strcmp(both, to->text) != 0 && strcmp(both, alone) == 0;
}

/* Does a label of the form open the line, but for 備註？  *text: of a text,
 * which goes on below. */
static int
is_labelled(const struct reading *g, const struct form *form, size_t line,
    int *text)
{
	const char	*rule;

	for (size_t i = 0; i < g->page.n_hits; i++) {
		const struct form_hit *h = &g->page.hits[i];
		const struct form_field *f = h->line == line && !h->soft &&
					    !h->loose ? form_field_of(g, form,
					    h, &rule) : NULL;

		if (f == NULL)
			continue;
		*text = f->kind == FIELD_TEXT && strcmp(f->name, "note") != 0;
		return *text || f->kind != FIELD_TEXT;
	}
	return 0;
}

/* 更正：3級 of what has been read as 3 says the same once more. */
static int
repeats(struct reading *g, const struct form_field *f, const struct field *to,
    const struct below *b)
{
	const char	*v;

	if (f->kind == FIELD_LEVEL)
		return level_read(g->scene.arena, b->raw, NULL) == to->number;
	v = read_as(g, f, b->raw);
	return v != NULL && strcmp(v, to->text) == 0;
}

/* 結案。打錯了: does a later clause of its own line take it back?  Not 處理中，
 * 打錯了，已恢復. */
static int
errs(struct reading *g, const struct form_field *f, const struct field *to,
    const struct choice_set *set, const struct below *b)
{
	static const char *const stops[] = {
		",", "。", ";", "(", "!", NULL
	};
	static const char *const opens[] = {
		"抱歉", "不好意思", "對不起", "啊", "喔", "噢", "呃", "剛剛", "剛才",
		"剛", "上面", "以上", "我", "sorry", ",", NULL
	};
	struct below	 rest = { NULL, NULL, b->end };
	size_t		 n;

	for (const char *s = b->s; s < b->end; s++) {
		if (word_inside(*s) || words_end(b->s, s, stops) == 0)
			continue;
		for (rest.s = s; (n = words_start(rest.s, b->end,
		    opens)) > 0; )
			rest.s += n;
		rest.raw = rest.s;
		if (words_start(rest.s, b->end, set->mistaken) > 0 &&
		    !repeats(g, f, to, &rest))
			return 1;
	}
	return 0;
}

static struct below
line_at(const struct reading *g, size_t line)
{
	const struct form_page *p = &g->page;
	size_t		 from = p->lines[line].from, to = p->lines[line].to, n;
	struct below	 b;

	if (to - from > LINE_READ)
		to = from + text_cut(p->f.s + from, to - from, LINE_READ);
	b.raw = arena_strndup(p->arena, p->text + p->f.at[from],
	    p->f.at[to] - p->f.at[from]);
	b.s = form_dense(p->arena, b.raw, strlen(b.raw), &n);
	b.end = b.s + n;
	return b;
}

static void
take_back(struct reading *g, struct field *to, const struct below *b)
{
	to->known = 0;
	if (strstr(b->raw, to->raw) != NULL)	/* its own line */
		to->raw = b->raw;
	else
		to->raw = arena_printf(g->scene.arena, "%s / %s", to->raw,
		    b->raw);
	to->rule = "taken back";
	report_problem(g->scene.arena, g->scene.report, to->name, to->raw,
	    "what stands behind or below takes it back");
}

/* 狀態：科長：可結案, but 狀態：已恢復：主機已重開. */
static int
is_quoted(struct reading *g, const struct form_field *f,
    const struct field *to)
{
	size_t	 n;
	char	*head = form_dense(g->scene.arena, to->raw, strlen(to->raw),
		    &n);

	head[strcspn(head, ":")] = '\0';
	return form_speech_value(g, to->raw) &&
	    read_as(g, f, head) == NULL;
}

static void
look_below(struct reading *g, const struct form *form,
    const struct choice_set *set, const struct form_field *f, struct field *to)
{
	size_t	line = (size_t)(to->line - g->first_line) + 1, end;
	struct below own = line_at(g, line - 1);
	int	text = 0;

	if (errs(g, f, to, set, &own)) {
		take_back(g, to, &own);
		return;
	}
	end = g->page.n_lines - line > LINES_BELOW && line < g->page.n_lines ?
	    line + LINES_BELOW : g->page.n_lines;
	for (; line < end && to->known; line++) {
		struct below	b = line_at(g, line);

		if (b.s == b.end)
			text = 0;
		else if (!is_labelled(g, form, line, &text) && !text &&
		    !repeats(g, f, to, &b) &&
		    (strstr(to->raw, b.raw) != NULL ? !choice_has_box(b.s,
		    (size_t)(b.end - b.s)) && takes_back(set, &b) :
		    takes_back(set, &b) || denies(g, f, to, set, &b)))
			take_back(g, to, &b);
	}
}

/* What makes an answer none at once, or NULL. */
static const char *
not_his(struct reading *g, const struct form_field *f, const struct field *to)
{
	if (f->kind == FIELD_CHOICE && is_quoted(g, f, to))
		return "it quotes another";
	if (f->kind == FIELD_CHOICE && choice_ends(f->choices, to->text)) {
		if (form_speech_chat(g, (size_t)(to->line - g->first_line)))
			return "it reads like a line of a chat";
		if (form_takes_away(to->raw, strlen(to->raw)))
			return "what stands behind its but takes it back";
	}
	return form_speech_of_another(g, (size_t)(to->line - g->first_line)) ?
	    "it stands below the number of another incident, or is quoted" :
	    NULL;
}

/* A level, a state, and in an answer the time of one. */
static int
may_be_anothers(const struct reading *g, const struct form_field *f,
    const struct choice_set *set)
{
	return f->kind == FIELD_LEVEL || (f->kind == FIELD_CHOICE &&
	    f->choices == set) || (f->kind == FIELD_DATETIME && g->is_reply);
}

void
form_recant(struct reading *g, const struct form *form)
{
	const struct choice_set *set = words_of(g);

	for (size_t i = 0; set != NULL && i < g->n; i++) {
		const struct form_field *f = g->field[i];
		struct field	*to = &g->slot[i];
		const char	*why;

		if (f == NULL || !to->known || to->part != g->part ||
		    to->line < g->first_line || !may_be_anothers(g, f, set))
			continue;
		why = not_his(g, f, to);
		if (why == NULL && f->kind != FIELD_DATETIME)
			look_below(g, form, set, f, to);
		if (why == NULL)
			continue;
		to->known = 0;
		report_problem(g->scene.arena, g->scene.report, to->name,
		    to->raw, why);
	}
}
