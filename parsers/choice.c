#include "parsers/choice.h"

#include <string.h>
#include <strings.h>

#include "base/civil.h"
#include "parsers/choice_words.h"
#include "parsers/report.h"
#include "parsers/text.h"
#include "parsers/words.h"

#define TEXT_READ	4096		/* bytes of a value that are read */
#define TAG_MAX		120		/* bytes of an <input> */

static const char two_ticked[] = "more than one option is ticked";
static const char none_ticked[] = "no option is ticked";

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
	{ "🆅", TICK_MARKED }, { "ⓥ", TICK_MARKED }, { "Ⓥ", TICK_MARKED },
	{ "◾", TICK_MARKED }, { "▪", TICK_MARKED }, { "⚫", TICK_MARKED },
	{ "🔘", TICK_MARKED },
	{ "□", TICK_EMPTY }, { "☐", TICK_EMPTY }, { "○", TICK_EMPTY },
	{ "◯", TICK_EMPTY }, { "▢", TICK_EMPTY }, { "◻", TICK_EMPTY },
	{ "⬜", TICK_EMPTY }, { "❏", TICK_EMPTY }, { "❑", TICK_EMPTY },
	{ "❐", TICK_EMPTY }, { "◽", TICK_EMPTY }, { "▫", TICK_EMPTY },
	{ "⚪", TICK_EMPTY }, { "🔲", TICK_EMPTY },
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

/* <input type="checkbox" checked> in a text: a form that came as Markdown. */
static enum tick
tag_mark(const char *s, const char *end, size_t *n)
{
	static const char	 input[] = "<input ";
	char			 tag[TAG_MAX + 1];
	const char		*close = memchr(s, '>', end - s < TAG_MAX ?
				    (size_t)(end - s) : TAG_MAX);

	if (close == NULL || strncasecmp(s, input, sizeof(input) - 1) != 0)
		return TICK_NONE;
	*n = (size_t)(close - s) + 1;
	memcpy(tag, s, *n);
	tag[*n] = '\0';
	if (strcasestr(tag, "checkbox") == NULL &&
	    strcasestr(tag, "radio") == NULL)
		return TICK_NONE;
	return strcasestr(tag, "checked") != NULL ? TICK_MARKED : TICK_EMPTY;
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

	if (*s == '<')
		return tag_mark(s, end, n);
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

/*
 * 4級□：影響公共 and so on, a line each: the box stands behind what it ticks, and
 * in front of its colon.  boxes: where each begins.
 */
static int
take_headings(const char *folded, struct choice_option *out,
    const char *const *boxes, size_t n)
{
	const char	*from[CHOICE_OPTIONS];

	for (size_t i = 0; i < n; i++) {
		from[i] = boxes[i];
		while (from[i] > folded && from[i][-1] != '\n')
			from[i]--;
		if (out[i].len == 0 || *out[i].text != ':' ||
		    (i > 0 && from[i] == from[i - 1]) ||
		    is_blank_text(from[i], (size_t)(boxes[i] - from[i])))
			return 0;
	}
	for (size_t i = 0; i < n; i++) {
		out[i].text = from[i];
		out[i].len = (size_t)(boxes[i] - from[i]);
	}
	return n > 1;
}

/* Can a mark begin here?  Ideographs and plain letters are none. */
static int
may_mark(unsigned char c)
{
	if (c < 0x80)
		return strchr("([{<vV", c) != NULL && c != '\0';
	return c >= 0xc2 && (c < 0xe4 || c > 0xe9 ||
	    c == (unsigned char)"口"[0]);
}

size_t
choice_box_at(const char *begin, const char *s, const char *end)
{
	size_t	n;

	return plain_mark(s, end, &n) != TICK_NONE && !is_zero(begin, s, end) ?
	    n : 0;
}

int
choice_has_box(const char *folded, size_t len)
{
	const char	*end = folded + len;
	size_t		 n;

	for (const char *s = folded; s < end; s++)
		if (may_mark((unsigned char)*s) && (choice_box_at(folded, s,
		    end) > 0 || bracket_mark(s, end, &n) != TICK_NONE ||
		    tag_mark(s, end, &n) != TICK_NONE))
			return 1;
	return 0;
}

size_t
choice_ticks(const char *folded, size_t len,
    struct choice_option out[CHOICE_OPTIONS])
{
	const char	*end = folded + len, *s = folded;
	const char	*boxes[CHOICE_OPTIONS];
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
		boxes[n] = s;
		s += k;
		out[n++] = (struct choice_option){ t, s, (size_t)(end - s) };
	}
	if (!take_headings(folded, out, boxes, n))
		shift_trailing(folded, first, out, n);
	return n;
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

/* Month and day of a time, as choice_part() takes them. */
static int
month_and_day(int64_t t, int zone)
{
	struct civil	c;

	if (t == TIME_NONE)
		return 0;
	civil_from_utc(&c, t, zone);
	return c.mon * 100 + c.day;
}

const char *
choice_read(struct arena *a, const struct choice_set *set, const char *text,
    int64_t ref, int zone, const char **why)
{
	struct choice_option o[CHOICE_OPTIONS];
	const struct choice_option *t;
	struct choice_text words;
	struct folded	 f;
	const char	*dummy;
	size_t		 n;

	if (why == NULL)
		why = &dummy;
	text_fold(a, text, text_cut(text, strlen(text), TEXT_READ), &f);
	words = (struct choice_text){ f.s, f.len, month_and_day(ref, zone) };
	n = choice_ticks(f.s, f.len, o);
	if (n == 0)
		return choice_words(a, set, &words, why);
	t = ticked(o, n, why);
	if (t == NULL)
		return NULL;
	/* one tick and no other box may also be a mark behind the word */
	if (n > 1 || !is_blank_text(t->text, t->len)) {
		words.s = t->text;
		words.len = t->len;
	}
	return choice_words(a, set, &words, why);
}
