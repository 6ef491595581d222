#include "parsers/choice.h"

#include <string.h>

#include "parsers/text.h"
#include "parsers/words.h"

#define TEXT_READ	4096		/* bytes of a value that are read */
#define WORDS_FOUND	16

static const char two_ticked[] = "more than one option is ticked";
static const char none_ticked[] = "no option is ticked";
static const char no_word[] = "no known word was found";
static const char two_words[] = "the words contradict each other";

/* A mark and what it means; bracketed ones are read by bracket_mark(). */
static const struct {
	const char	*s;
	enum tick	 tick;
} marks[] = {
	{ "■", TICK_MARKED }, { "█", TICK_MARKED }, { "☑", TICK_MARKED },
	{ "☒", TICK_MARKED }, { "✓", TICK_MARKED }, { "✔", TICK_MARKED },
	{ "√", TICK_MARKED }, { "ˇ", TICK_MARKED }, { "ⅴ", TICK_MARKED },
	{ "Ⅴ", TICK_MARKED }, { "●", TICK_MARKED }, { "◉", TICK_MARKED },
	{ "▣", TICK_MARKED }, { "✅", TICK_MARKED }, { "◼", TICK_MARKED },
	{ "⬛", TICK_MARKED }, { "🗹", TICK_MARKED }, { "🗷", TICK_MARKED },
	{ "☓", TICK_MARKED }, { "▇", TICK_MARKED }, { "⊠", TICK_MARKED },
	{ "🆅", TICK_MARKED }, { "◾", TICK_MARKED }, { "▪", TICK_MARKED },
	{ "□", TICK_EMPTY }, { "☐", TICK_EMPTY }, { "○", TICK_EMPTY },
	{ "◯", TICK_EMPTY }, { "▢", TICK_EMPTY }, { "◻", TICK_EMPTY },
	{ "⬜", TICK_EMPTY }, { "❏", TICK_EMPTY }, { "❑", TICK_EMPTY },
	{ "❐", TICK_EMPTY }, { "◽", TICK_EMPTY }, { "▫", TICK_EMPTY },
};

static enum tick
plain_mark(const char *s, const char *end, size_t *n)
{
	if ((unsigned char)*s < 0xc2)
		return TICK_NONE;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (*s != marks[i].s[0] || (end - s > 1 &&
		    s[1] != marks[i].s[1]))
			continue;
		*n = strlen(marks[i].s);
		if (*n <= (size_t)(end - s) && memcmp(s, marks[i].s, *n) == 0)
			return marks[i].tick;
	}
	return TICK_NONE;
}

/* ( ) [ ] 【 】 {  } 〔 〕 < >: the closing one of an opening one. */
static const char *
closer(const char *s, const char *end, size_t *n)
{
	static const char *const pairs[][2] = {
		{ "(", ")" }, { "[", "]" }, { "【", "】" }, { "〔", "〕" },
		{ "{", "}" }, { "『", "』" }
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if ((*n = word_starts(s, end, pairs[i][0])) > 0)
			return pairs[i][1];
	return NULL;
}

static const char *
blanks(const char *s, const char *end)
{
	while (s < end && (*s == ' ' || *s == '\t'))
		s++;
	return s;
}

/* [x] (V) 【v】 [■] [ ] ( ): one mark or nothing inside brackets. */
static enum tick
bracket_mark(const char *s, const char *end, size_t *n)
{
	const char	*close, *p;
	enum tick	 tick = TICK_EMPTY;
	size_t		 k;
	int		 square = *s == '[';

	close = closer(s, end, &k);
	if (close == NULL)
		return TICK_NONE;
	p = blanks(s + k, end);
	if (p < end && (*p == 'v' || *p == 'V' ||
	    (square && (*p == 'x' || *p == 'X' || *p == '*')))) {
		tick = TICK_MARKED;
		p++;
	} else if (p < end && plain_mark(p, end, &k) != TICK_NONE) {
		tick = plain_mark(p, end, &k);
		p += k;
	}
	p = blanks(p, end);
	k = word_starts(p, end, close);
	if (k == 0)
		return TICK_NONE;
	*n = (size_t)(p + k - s);
	return tick;
}

static int
is_letter(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A lone V before an option is a tick; so is a 口 for the box. */
static enum tick
letter_mark(const char *begin, const char *s, const char *end, size_t *n)
{
	const char	*p;

	if (s > begin && is_letter((unsigned char)s[-1]))
		return TICK_NONE;
	if (*s == 'V' || *s == 'v') {
		p = blanks(s + 1, end);
		*n = 1;
		return p < end && !is_letter((unsigned char)*p) &&
		    strchr(".:;,/-", *p) == NULL ? TICK_MARKED : TICK_NONE;
	}
	*n = word_starts(s, end, "口");
	if (*n == 0 || (s > begin && strchr(" \t\n", s[-1]) == NULL))
		return TICK_NONE;
	return s + *n < end && s[*n] != '\n' ? TICK_EMPTY : TICK_NONE;
}

/* Is the ○ at s a zero, as in 二○○七? */
static int
is_zero(const char *begin, const char *s, const char *end)
{
	static const char *const numerals[] = {
		"一", "二", "三", "四", "五", "六", "七", "八", "九", "○"
	};
	const char	*before = s - 3, *after = s + 3;
	int		 left = 0, right = 0;

	if (word_starts(s, end, "○") == 0)
		return 0;
	if (word_starts(after, end, "○") > 0 ||
	    (before >= begin && word_starts(before, end, "○") > 0))
		return 1;		/* ○○組: a name left out */
	for (size_t i = 0; i < sizeof(numerals) / sizeof(numerals[0]); i++) {
		left |= before >= begin &&
		    word_starts(before, end, numerals[i]) > 0;
		right |= word_starts(after, end, numerals[i]) > 0;
	}
	return left && (right || word_starts(after, end, "年") > 0);
}

static enum tick
mark_at(const char *begin, const char *s, const char *end, size_t *n)
{
	enum tick	t;

	t = bracket_mark(s, end, n);
	if (t == TICK_NONE && (t = plain_mark(s, end, n)) != TICK_NONE &&
	    is_zero(begin, s, end))
		t = TICK_NONE;
	if (t == TICK_NONE)
		t = letter_mark(begin, s, end, n);
	return t;
}

/* "■" alone, or "V□" and "□V" that stand for one tick. */
static enum tick
tick_at(const char *begin, const char *s, const char *end, size_t *n)
{
	enum tick	t, u;
	size_t		k;

	t = mark_at(begin, s, end, n);
	if (t == TICK_NONE)
		return t;
	u = mark_at(begin, s + *n, end, &k);
	if (u != TICK_NONE && u != t) {
		*n += k;
		return TICK_MARKED;
	}
	return t;
}

static int
is_blank_text(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (strchr(" \t\n.;,", s[i]) == NULL)
			return 0;
	return 1;
}

/* "4級□ 3級■": when the marks stand behind, each takes what was before. */
static void
shift_trailing(const char *folded, size_t first,
    struct choice_option *out, size_t n)
{
	const char	*before = folded;
	size_t		 before_len = first;

	if (n < 2 || !is_blank_text(out[n - 1].text, out[n - 1].len) ||
	    is_blank_text(folded, first))
		return;
	for (size_t i = 0; i < n; i++) {
		struct choice_option o = out[i];

		out[i].text = before;
		out[i].len = before_len;
		before = o.text;
		before_len = o.len;
	}
}

/* Can a mark begin here?  Ideographs and plain letters are none. */
static int
may_mark(unsigned char c)
{
	if (c < 0x80)
		return c == '(' || c == '[' || c == '{' || (c | 0x20) == 'v';
	return c >= 0xc2 && (c < 0xe4 || c > 0xe9 ||
	    c == (unsigned char)"口"[0]);
}

size_t
choice_ticks(const char *folded, size_t len,
    struct choice_option out[CHOICE_OPTIONS])
{
	const char	*end = folded + len, *s = folded;
	size_t		 n = 0, k = 0, first = 0;

	while (s < end) {
		enum tick	t = TICK_NONE;

		if (may_mark((unsigned char)*s))
			t = tick_at(folded, s, end, &k);
		if (t == TICK_NONE) {
			s++;
			continue;
		}
		if (n > 0)
			out[n - 1].len = (size_t)(s - out[n - 1].text);
		else
			first = (size_t)(s - folded);
		if (n == CHOICE_OPTIONS)
			return n;
		s += k;
		out[n++] = (struct choice_option){ t, s, (size_t)(end - s) };
	}
	shift_trailing(folded, first, out, n);
	return n;
}

/* Lower case and without blanks: words are compared so. */
static char *
dense(struct arena *a, const char *s, size_t len, size_t *n)
{
	char	*out = arena_alloc(a, len + 1);

	*n = 0;
	for (size_t i = 0; i < len; i++) {
		if (s[i] == ' ' || s[i] == '\t' || s[i] == '\n')
			continue;
		out[(*n)++] = s[i] >= 'A' && s[i] <= 'Z' ?
		    (char)(s[i] - 'A' + 'a') : s[i];
	}
	return out;
}

/* Does one of the list end right before s? */
static size_t
ends_with(const char *begin, const char *s, const char **list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t	len = strlen(list[i]);

		if (len <= (size_t)(s - begin) &&
		    memcmp(s - len, list[i], len) == 0)
			return len;
	}
	return 0;
}

/* Bytes of a date or time that end at s: 預計3月13日恢復. */
static size_t
date_before(const char *begin, const char *s)
{
	static const char *units[] = { "年", "月", "日", "號", "時", "分", "點" };
	const char	*p = s;
	size_t		 n, digits = 0;

	while (p > begin) {
		if (p[-1] >= '0' && p[-1] <= '9') {
			digits++;
			p--;
		} else if (strchr("/:.~-", p[-1]) != NULL) {
			p--;
		} else if ((n = ends_with(begin, p, units,
		    sizeof(units) / sizeof(units[0]))) > 0) {
			p -= n;
		} else {
			break;
		}
	}
	return digits > 0 ? (size_t)(s - p) : 0;
}

static int
is_negated(const struct choice_set *set, const char *begin, const char *s)
{
	size_t	n;

	for (int i = 0; i < 6; i++) {
		if (ends_with(begin, s, set->negators, set->n_negators) > 0)
			return 1;
		n = ends_with(begin, s, set->fillers, set->n_fillers);
		if (n == 0)
			n = date_before(begin, s);
		if (n == 0)
			return 0;
		s -= n;
	}
	return 0;
}

/* 除印表機外均已恢復: not all of it. */
static int
is_excepted(const char *begin, const char *s)
{
	static const char *const stops[] = { "。", ";", "\n", NULL };
	static const char *const no_except[] = {
		"排除", "移除", "清除", "解除", "刪除", "拆除", "掃除", "去除",
		"根除", "卸除", "剔除", NULL
	};
	static const char *const outs[] = { "外", "之外", "以外", NULL };
	const char	*out = NULL;

	for (; s > begin && !words_end(begin, s, stops); s--) {
		if (words_end(begin, s, outs))
			out = s - strlen("外");
		else if (out != NULL && s < out &&
		    words_end(begin, s, (const char *const[]){ "除", "除了",
		    NULL }) && !words_end(begin, s, no_except))
			return 1;
	}
	return 0;
}

/* 80%, 八成, but not 100% or 十成: bytes, or 0. */
static size_t
share_at(const char *s, const char *end)
{
	static const char *const tenths[] = {
		"一", "二", "三", "四", "五", "六", "七", "八", "九", "兩", NULL
	};
	const char	*p = s;
	size_t		 n;

	while (p < end && *p >= '0' && *p <= '9')
		p++;
	if (p > s && p < end && *p == '%')
		return p - s == 3 ? 0 : (size_t)(p + 1 - s);
	for (size_t i = 0; tenths[i] != NULL; i++)
		if ((n = word_starts(s, end, tenths[i])) > 0 &&
		    word_starts(s + n, end, "成") > 0)
			return n + strlen("成");
	return 0;
}

/* 復原失敗, 復原進度, 結案前: what stands behind the word undoes it. */
static int
is_undone(const struct choice_set *set, const char *after, const char *end)
{
	for (size_t i = 0; i < set->n_undone; i++)
		if (word_starts(after, end, set->undone[i]) > 0)
			return 1;
	return 0;
}

/* 已復原80%, 八成復原, 除印表機外均已復原: not yet. */
static int
is_partial(const char *begin, const char *s, const char *end, size_t len)
{
	const char	*after = s + len;

	after += word_starts(after, end, "約");
	if (share_at(after, end) > 0 || is_excepted(begin, s))
		return 1;
	for (size_t n = 2; n <= 6 && n <= (size_t)(s - begin); n++)
		if (share_at(s - n, end) == n && (s - n == begin ||
		    *(s - n - 1) < '0' || *(s - n - 1) > '9'))
			return 1;
	return 0;
}

static const struct choice_word *
word_at(const struct choice_set *set, const char *s, const char *end)
{
	if (word_inside(*s))
		return NULL;
	for (size_t i = 0; i < set->n_words; i++) {
		const struct choice_word *w = &set->words[i];

		/* the second byte tells ideographs apart, the first not */
		if (w->len <= (size_t)(end - s) && *s == w->word[0] &&
		    (w->len == 1 || s[1] == w->word[1]) &&
		    memcmp(s, w->word, w->len) == 0)
			return w;
	}
	return NULL;
}

static int
is_word_byte(char c)
{
	return is_letter((unsigned char)c) || (c >= '0' && c <= '9');
}

/* "ok" is no word of "token", nor "x" of "x86". */
static int
inside_latin(const char *begin, const char *s, const char *end,
    const struct choice_word *w)
{
	if (w->len == 1)
		return (s > begin && is_word_byte(s[-1])) ||
		    (s + 1 < end && is_word_byte(s[1]));
	return (is_letter((unsigned char)*s) && s > begin &&
	    is_letter((unsigned char)s[-1]) && w->len < 4) ||
	    (is_letter((unsigned char)w->word[w->len - 1]) &&
	    s + w->len < end && is_letter((unsigned char)s[w->len]) &&
	    w->len < 4);
}

/* 已復原3台，餘2台處理中: does the clause tell of what is left? */
static int
tells_the_rest(const char *begin, const char *s)
{
	static const char *const stops[] = {
		"。", ";", ",", "、", "\n", NULL
	};
	static const char *const rests[] = {
		"但", "惟", "餘", "其餘", "剩", "尚餘", "尚有", "仍有", "還有",
		"另有", "僅", "只有", "只剩", "其他", "其它", NULL
	};
	const char	*p = s;

	while (p > begin && !words_end(begin, p, stops))
		p--;
	return p > begin && words_start(p, s, rests) > 0;
}

static const char *
read_words(const struct choice_set *set, const char *s, size_t len,
    const char **why)
{
	const char	*begin = s, *end = s + len, *found = NULL;
	const char	*last = NULL, *last_end = NULL;
	const char	*rest = NULL, *opposite = NULL;
	int		 rank = 0, clash = 0;

	while (s < end) {
		const struct choice_word *w = word_at(set, s, end);
		const char	*value;

		if (w == NULL || inside_latin(begin, s, end, w)) {
			s++;
			continue;
		}
		value = is_negated(set, begin, s) || (w->negated != NULL &&
		    (is_partial(begin, s, end, w->len) ||
		    is_undone(set, s + w->len, end))) ? w->negated : w->value;
		if (value != NULL && *value != '\0') {
			int	r = value == w->value ? w->rank : 0;

			/* 處理中/已控制: a list to choose from */
			if (last != NULL && s == last_end + 1 &&
			    *last_end == '/' && strcmp(last, value) != 0) {
				*why = two_words;
				return NULL;
			}
			last = value;
			last_end = s + w->len;
			if (tells_the_rest(begin, s))
				rest = value;
			if (found == NULL || r > rank) {
				found = value;
				opposite = w->negated;
				rank = r;
				clash = 0;
			} else if (r == rank && strcmp(found, value) != 0) {
				clash = 1;
			}
		}
		s += w->len;
	}
	*why = found == NULL ? no_word : two_words;
	if (rest != NULL && opposite != NULL && strcmp(rest, opposite) == 0)
		return rest;
	return clash ? NULL : found;
}

/* A copy without what stands in brackets: remarks come second. */
static size_t
without_brackets(const char *s, size_t len, char *out)
{
	size_t	n = 0;
	int	depth = 0;

	for (size_t i = 0; i < len; i++) {
		if (s[i] == '(')
			depth++;
		else if (s[i] == ')' && depth > 0)
			depth--;
		else if (depth == 0)
			out[n++] = s[i];
	}
	return depth == 0 ? n : 0;
}

/* 原故障, 先前已復原: how it was before. */
static int
is_past(const char *s, const char *end)
{
	static const char *const past[] = {
		"原故障", "原異常", "原已", "原回報", "原報", "原狀態", "原為",
		"原填", "原列", "原本", "原先", "原來", "先前", "之前", "稍早",
		"前次", "上次", "曾", NULL
	};

	const char	*colon = memchr(s, ':', (size_t)(end - s));

	if (colon != NULL)		/* 狀態:原已復原 */
		s = colon + 1;
	while (s < end && strchr(" \t\n", *s) != NULL)
		s++;
	return words_start(s, end, past) > 0;
}

/* A copy without the clauses that ask, 復原了嗎?, or look back. */
static size_t
without_clauses(const char *s, size_t len, int keep_past, char *out)
{
	static const char *const stops[] = {
		"。", ";", ",", "\n", "!", "(", ")", NULL
	};
	static const char *const asks[] = { "?", "嗎", "吗", NULL };
	const char	*end = s + len, *from = s;
	size_t		 n = 0, k, asked;

	while (s < end) {
		asked = words_start(s, end, asks);
		k = asked > 0 ? asked : words_start(s, end, stops);
		s += k > 0 ? k : 1;
		if (k == 0)
			continue;
		if (asked == 0 && (keep_past || !is_past(from, s))) {
			memcpy(out + n, from, (size_t)(s - from));
			n += (size_t)(s - from);
		}
		from = s;
	}
	memcpy(out + n, from, (size_t)(end - from));
	return n + (size_t)(end - from);
}

/* Behind the last 改為: 已復原改為處理中 is in progress again. */
static const char *
after_change(const char *s, size_t len)
{
	static const char *const changes[] = {
		"改為", "改成", "改回", "改列", "更正為", "更改為", "變更為",
		"變為", "修正為", "調整為", "轉為", "改为", "改回", "更正为",
		"变更为", "→", "->", "=>", "changedto", "changedbackto", NULL
	};
	const char	*end = s + len, *last = NULL;
	size_t		 n;

	for (; s < end; s++)
		if ((n = words_start(s, end, changes)) > 0)
			last = s + n;
	return last;
}

static const char *
read_clauses(struct arena *a, const struct choice_set *set, const char *s,
    size_t len, int keep_past, const char **why)
{
	const char	*value = NULL, *tail;
	char		*text = arena_alloc(a, len + 1), *outside;
	size_t		 n, m;

	n = without_clauses(s, len, keep_past, text);
	text = dense(a, text, n, &n);
	tail = after_change(text, n);
	if (tail != NULL)
		value = read_words(set, tail, n - (size_t)(tail - text), why);
	if (value != NULL)
		return value;
	outside = arena_alloc(a, n + 1);
	m = without_brackets(text, n, outside);
	if (m > 0)
		value = read_words(set, outside, m, why);
	if (value == NULL && (m == 0 || (*why == no_word && m < n)))
		value = read_words(set, text, n, why);
	return value;
}

static const char *
read_plain(struct arena *a, const struct choice_set *set, const char *s,
    size_t len, const char **why)
{
	const char	*value = read_clauses(a, set, s, len, 0, why);

	return value != NULL || *why != no_word ? value :
	    read_clauses(a, set, s, len, 1, why);
}

/* The one ticked option of a text; n options. */
static const struct choice_option *
ticked(const struct choice_option *o, size_t n, const char **why)
{
	const struct choice_option *found = NULL;

	*why = none_ticked;
	for (size_t i = 0; i < n; i++) {
		if (o[i].tick != TICK_MARKED)
			continue;
		if (found != NULL) {
			*why = two_ticked;
			return NULL;
		}
		found = &o[i];
	}
	return found;
}

const char *
choice_read(struct arena *a, const struct choice_set *set, const char *text,
    const char **why)
{
	struct choice_option o[CHOICE_OPTIONS];
	const struct choice_option *t;
	struct folded	 f;
	const char	*dummy;
	size_t		 n;

	if (why == NULL)
		why = &dummy;
	*why = no_word;
	text_fold(a, text, text_cut(text, strlen(text), TEXT_READ), &f);
	n = choice_ticks(f.s, f.len, o);
	if (n == 0)
		return read_plain(a, set, f.s, f.len, why);
	t = ticked(o, n, why);
	if (t == NULL)
		return NULL;
	/* one tick and no other box may also be a mark behind the word */
	if (n == 1 && is_blank_text(t->text, t->len))
		return read_plain(a, set, f.s, f.len, why);
	return read_plain(a, set, t->text, t->len, why);
}

int
choice_is_word(const struct choice_set *set, const char *dense)
{
	const struct choice_word *w;

	w = word_at(set, dense, dense + strlen(dense));
	return w != NULL && w->value[0] != '\0' && dense[w->len] == '\0';
}

int
choice_rank(const struct choice_set *set, const char *value)
{
	int	rank = 0;

	for (size_t i = 0; i < set->n_words; i++)
		if (strcmp(set->words[i].value, value) == 0 &&
		    set->words[i].rank > rank)
			rank = set->words[i].rank;
	return rank;
}
