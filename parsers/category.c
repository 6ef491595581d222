#include "parsers/category.h"

#include <string.h>
#include <strings.h>

#include "parsers/choice.h"
#include "parsers/form_set.h"
#include "parsers/report_head.h"
#include "parsers/text.h"
#include "parsers/words.h"

#define TEXT_READ	(16u * 1024)

/* A folded text, and the same in lower case without blanks. */
struct dense {
	struct folded	 f;
	const char	*s;
	size_t		 len;
};

static struct dense
dense_of(struct arena *a, const char *text, size_t len)
{
	struct dense	 d;
	char		*s;

	text_fold(a, text, text_cut(text, len, TEXT_READ), &d.f);
	d.s = s = arena_room(a, d.f.len + 1, sizeof(*s));
	for (size_t i = 0; i < d.f.len; i++)
		if (d.f.s[i] != ' ' && d.f.s[i] != '\t')
			*s++ = d.f.s[i] >= 'A' && d.f.s[i] <= 'Z' ?
			    (char)(d.f.s[i] - 'A' + 'a') : d.f.s[i];
	*s = '\0';
	d.len = (size_t)(s - d.s);
	return d;
}

/* A word of the policy; nearly all are dense as they stand. */
static struct dense
word_of(struct arena *a, const char *word)
{
	struct dense	d = { .s = word, .len = strlen(word) };

	for (const char *p = word; *p != '\0'; p++)
		if (*p == ' ' || (*p >= 'A' && *p <= 'Z') ||
		    (unsigned char)*p == 0xef)
			return dense_of(a, word, d.len);
	return d;
}

static int
is_latin(char c)
{
	return c >= 'a' && c <= 'z';
}

static size_t
ends_keyword(const struct parse_conf *pc, const char *begin, const char *s)
{
	size_t	n = 0;

	for (size_t i = 0; n == 0 && i < pc->n_categories; i++)
		for (size_t k = 0; n == 0 && k < pc->categories[i].n_keywords;
		    k++)
			n = words_end(begin, s, (const char *const[]){
			    pc->categories[i].keywords[k], NULL });
	return n;
}

/* 未發現, 未遭(駭客): the word behind it says what was not. */
static int
is_denied(const struct parse_conf *pc, const char *begin, const char *s)
{
	static const char *const denials[] = {
		"未發現", "未偵測到", "未偵測出", "沒有", "並無", "無", "非",
		"防", "掃", "並未", "不是", "未", "未見", "没有", "并非", "不像",
		"无", "誤判為", "誤判", "誤認為", "誤以為", "误判为",
		"社交工程演練", "社交工程演练", "no", "not", "anti", "anti-",
		NULL
	};
	static const char *const fillers[] = {
		"遭", "被", "受", "到", "有", "發現", "偵測到", "任何", "外力",
		"外部", "內部", "發生", "因", "由", "係", "是", "屬", "為",
		"屬於", "电脑", "電腦", "客", "個資", "資料", "檔案", "帳號",
		"密碼", "主機", "系統", "造成", "真實", "真的", "或", "及", "、", NULL
	};
	static const char *const kept[] = {
		"不", "無法", "不能", "未", "尚未", "難以", NULL
	};
	size_t	n;

	for (int i = 0; i < 5; i++) {
		/* 不排除遭入侵 leaves it open */
		if ((n = words_end(begin, s, (const char *const[]){ "排除",
		    NULL })) > 0)
			return words_end(begin, s - n, kept) == 0;
		if (words_end(begin, s, denials) > 0)
			return 1;
		n = ends_keyword(pc, begin, s);
		if (n == 0)
			n = words_end(begin, s, fillers);
		if (n == 0)
			return 0;
		s -= n;
	}
	return 0;
}

/* 未發現病毒, 防病毒軟體, 火災演練: the word is there, the thing is not. */
static int
means_nothing(const struct parse_conf *pc, const struct dense *d, size_t at,
    size_t len)
{
	static const char *const after[] = {
		"通報信箱", "防護", "防範", "防治", "演練", "演習", "演练", "演习",
		"教育訓練", "宣導", "講習", "definition", "scan", ":無", ":否",
		":未發現", NULL
	};
	/* of the tool, not of 竊取資料庫 */
	static const char *const tools[] = { "碼", "定義", "資料庫", NULL };
	static const char *const viruses[] = {
		"病毒", "木馬", "惡意程式", "惡意軟體", NULL
	};
	const char	*end = d->s + d->len, *next = d->s + at + len;

	return words_start(next, end, after) > 0 ||
	    (words_start(next, end, tools) > 0 &&
	    words_end(d->s, next, viruses) > 0) ||
	    is_denied(pc, d->s, d->s + at);
}

static int
is_one_of(const char *s, size_t len, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strlen(*words) == len && strncasecmp(*words, s, len) == 0)
			return 1;
	return 0;
}

static int
is_keyword(const struct parse_conf *pc, const char *s, size_t len)
{
	for (size_t i = 0; i < pc->n_categories; i++)
		for (size_t k = 0; k < pc->categories[i].n_keywords; k++)
			if (is_one_of(s, len, (const char *const[]){
			    pc->categories[i].keywords[k], NULL }))
				return 1;
	return 0;
}

/* "no sign of a virus": the words before p, as far as they belong to it. */
static int
latin_denied(const struct parse_conf *pc, const char *begin, const char *p)
{
	static const char *const denials[] = {
		"no", "not", "without", "never", "non", "anti", "isn't",
		"wasn't", NULL
	};
	static const char *const fillers[] = {
		"a", "an", "any", "the", "sign", "signs", "of", "evidence",
		"found", "been", "was", "were", "is", "by", "computer", "or",
		"nor", NULL
	};
	const char	*end;

	for (;;) {
		while (p > begin && (p[-1] == ' ' || p[-1] == '-'))
			p--;
		end = p;
		while (p > begin && (is_latin(p[-1] | 0x20) || p[-1] == '\''))
			p--;
		if (p == end)
			return 0;
		if (is_one_of(p, (size_t)(end - p), denials))
			return 1;
		if (!is_one_of(p, (size_t)(end - p), fillers) &&
		    !is_keyword(pc, p, (size_t)(end - p)))
			return 0;
	}
}

/* virus definitions, virus not found */
static int
latin_harmless(const char *after)
{
	static const char *const words[] = {
		" not ", " definition", " scan", " signature", " pattern", NULL
	};

	for (size_t i = 0; words[i] != NULL; i++)
		if (strncasecmp(after, words[i], strlen(words[i])) == 0)
			return 1;
	return 0;
}

/* Plain English words count as whole words: fire, not firewall. */
static int
has_latin_word(const struct parse_conf *pc, const struct dense *d,
    const char *word)
{
	const char	*p = d->f.s;
	size_t		 n = strlen(word);

	for (; (p = strcasestr(p, word)) != NULL; p += n) {
		char	before = p > d->f.s ? p[-1] | 0x20 : ' ',
			after = p[n] | 0x20;

		if (!is_latin(before) && (!is_latin(after) || n >= 6) &&
		    !latin_harmless(p + n) && !latin_denied(pc, d->f.s, p))
			return 1;
	}
	return 0;
}

static int
has_word(const struct parse_conf *pc, struct arena *a, const struct dense *d,
    const char *word, int keyword)
{
	struct dense	 w = word_of(a, word);
	const char	*p = d->s;

	if (w.len == 0)
		return 0;
	if (is_latin(w.s[0]) && (keyword || strchr(word, ' ') == NULL))
		return has_latin_word(pc, d, word);
	while ((p = memmem(p, d->len - (size_t)(p - d->s), w.s, w.len)) !=
	    NULL) {
		if (!means_nothing(pc, d, (size_t)(p - d->s), w.len))
			return 1;
		p += w.len;
	}
	return 0;
}

/* The first rule, in the policy's order, with a word of it in the text. */
static const struct category_rule *
by_words(const struct parse_conf *pc, struct arena *a, const char *text,
    int keywords)
{
	struct dense	d = dense_of(a, text, strlen(text));

	for (size_t i = 0; i < pc->n_categories; i++) {
		const struct category_rule *r = &pc->categories[i];
		const char	**v = keywords ? r->keywords : r->labels;
		size_t		 n = keywords ? r->n_keywords : r->n_labels;

		for (size_t k = 0; k < n; k++)
			if (has_word(pc, a, &d, v[k], keywords))
				return r;
	}
	return NULL;
}

/* How many categories' labels stand in a text without boxes. */
static int
labels_named(const struct parse_conf *pc, struct arena *a, const char *text)
{
	struct dense	d = dense_of(a, text, strlen(text));
	int		n = 0;

	for (size_t i = 0; i < pc->n_categories; i++)
		for (size_t k = 0; k < pc->categories[i].n_labels; k++)
			if (has_word(pc, a, &d, pc->categories[i].labels[k],
			    0)) {
				n++;
				break;
			}
	return n;
}

/* *conflict: two boxes ticked, or two named. */
static const char *
stated(const struct parse_conf *pc, struct arena *a, const char *text,
    int *conflict)
{
	struct choice_option o[CHOICE_OPTIONS];
	const struct category_rule *r;
	struct folded	 f;
	size_t		 n, hit = 0, marked = 0;

	*conflict = 0;
	text_fold(a, text, text_cut(text, strlen(text), TEXT_READ), &f);
	n = choice_ticks(f.s, f.len, o);
	for (size_t i = 0; i < n; i++)
		if (o[i].tick == TICK_MARKED) {
			hit = i;
			marked++;
		}
	if (marked > 1) {
		*conflict = 1;
		return NULL;
	}
	if (marked == 1) {
		text = arena_strndup(a, o[hit].text, o[hit].len);
	} else if (n > 1) {
		return NULL;		/* none ticked: nothing was said */
	} else if (labels_named(pc, a, text) > 1) {
		*conflict = 1;
		return NULL;
	}
	r = by_words(pc, a, text, 0);
	if (r == NULL)
		r = by_words(pc, a, text, 1);
	return r != NULL ? r->name : NULL;
}

/* Does the text say which of the policy's categories it is, by its label? */
static int
is_statement(const struct parse_conf *pc, struct arena *a, const char *text)
{
	static const char *const heads[] = {
		"事件分類", "事件類別", "事件類型", "分類", "類別", "category",
		NULL
	};
	struct choice_option o[CHOICE_OPTIONS];
	struct dense	d = dense_of(a, text, strlen(text));
	struct folded	f;

	for (size_t i = 0; heads[i] != NULL; i++)
		if (d.len > strlen(heads[i]) &&
		    memcmp(d.s, heads[i], strlen(heads[i])) == 0)
			return 1;
	text_fold(a, text, text_cut(text, strlen(text), TEXT_READ), &f);
	return choice_ticks(f.s, f.len, o) > 1 && by_words(pc, a, text, 0);
}

const char *
category_read(const struct parse_conf *pc, struct arena *a,
    const char *text, const char **source)
{
	const struct category_rule *r;
	const char	*name;
	int		 conflict;

	*source = NULL;
	if (is_statement(pc, a, text)) {
		name = stated(pc, a, text, &conflict);
		if (name != NULL)
			*source = "stated";
		return name;
	}
	r = by_words(pc, a, text, 1);
	if (r == NULL)
		r = by_words(pc, a, text, 0);
	if (r == NULL)
		return NULL;
	*source = "keyword";
	return r->name;
}

/* What the mail tells of the incident: the description, else all of it. */
static const char *
guess(const struct parse_conf *pc, struct arena *a, const struct report *r)
{
	const struct field *f = report_field(r, "description");
	const struct field *options = report_field(r, "category");
	const struct category_rule *c = NULL;

	if (f != NULL && f->raw != NULL)
		c = by_words(pc, a, f->raw, 1);
	else if (r->own_text != NULL &&
	    (r->form == NULL || (report_opens_case(r) &&
	    (options == NULL || options->raw == NULL))))
		c = by_words(pc, a, r->own_text, 1);
	if (c == NULL && r->subject != NULL)
		c = by_words(pc, a, r->subject, 1);
	return c != NULL ? c->name : NULL;
}

/*
 * 外力入侵事件（系統初步判斷，請確認）: our letter says so of a guess of ours,
 * and a guess that comes back is still none of the team's words.
 */
static int
is_a_guess(const char *raw)
{
	static const char *const marks[] = {
		"（初步判斷）", "(初步判斷)", "系統初步判斷", "（初步判断）",
		"(first guess", NULL
	};

	for (size_t i = 0; marks[i] != NULL; i++)
		if (strstr(raw, marks[i]) != NULL)
			return 1;
	return 0;
}

static int
is_account(const struct report *r)
{
	return report_filled_in(r, "annex1") &&
	    report_known(r, "description") != NULL &&
	    report_known(r, "occurred_at") != NULL;
}

void
category_judge(const struct parse_conf *pc, struct arena *a,
    struct report *r)
{
	struct field	*f = NULL;
	int		 conflict = 0;

	r->category = r->category_source = NULL;
	for (size_t i = 0; i < r->n_fields; i++)
		if (strcmp(r->fields[i].name, "category") == 0)
			f = &r->fields[i];
	if (f != NULL && f->raw != NULL && r->kind == KIND_REPLY &&
	    is_a_guess(f->raw)) {
		f->known = 0;
		f->text = NULL;
		return;
	}
	if (f != NULL && f->raw != NULL) {
		r->category = stated(pc, a, f->raw, &conflict);
		f->known = r->category != NULL;
		f->text = r->category;
		if (conflict)
			report_problem(a, r, "category", f->raw,
			    "more than one category is named");
		else if (!f->known)
			report_problem(a, r, "category", f->raw,
			    "no category is ticked or named");
	}
	if (r->category != NULL) {
		r->category_source = "stated";
		return;
	}
	/* an answer is no new account of the incident, but for a whole form */
	if (conflict || (r->kind == KIND_REPLY && !is_account(r)))
		return;
	r->category = guess(pc, a, r);
	if (r->category != NULL)
		r->category_source = "keyword";
}
