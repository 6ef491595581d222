#include "parsers/choice_words.h"

#include <string.h>

#include "parsers/choice_find.h"
#include "parsers/choice_meaning.h"
#include "parsers/choice_part.h"
#include "parsers/choice_time.h"
#include "parsers/text.h"
#include "parsers/words.h"

/*
 * choice_words - what a text without ticks stands for: 已復原, 尚未復原,
 * 已復原80%, 由處理中改為已復原.
 */
#define TEXT_READ	4096		/* bytes of a text that are looked at */
#define LISTED		3		/* values in a row that are a list */
#define ENDING		3		/* rank of 已恢復, 結案 and the like */
#define FINAL		4		/* of 結案, 誤報 and what ends a case */

static const char no_word[] = "no known word was found";
static const char two_words[] = "the words contradict each other";

/* 2台未完成，餘已恢復: the clause tells of all others, behind those that are
 * not. */
static int
tells_of_others(const struct words *in, const char *s)
{
	static const char *const others[] = {
		"餘", "其餘", "其他", "其它", "其余", NULL
	};
	const char	*p = choice_clause(in->begin, s);

	return p > in->begin && words_start(p, s, others) > 0;
}

/* 已復原3台，餘2台處理中: does the clause tell of what is left? */
static int
tells_the_rest(const char *begin, const char *s)
{
	static const char *const buts[] = {
		"但", "惟", "卻", "却", "but", "however", NULL
	};
	static const char *const rests[] = {
		"餘", "其餘", "剩", "尚餘", "尚有", "仍有", "還有",
		"另有", "僅", "只有", "只剩", "其他", "其它", NULL
	};
	const char	*p = choice_clause(begin, s);

	if (p > begin && words_start(p, s, rests) > 0)
		return 1;
	for (; p < s; p++)
		if (p > begin && words_start(p, s, buts) > 0)
			return 1;
	return 0;
}

/* A piece of the text. */
struct piece {
	const char	*s;
	size_t		 len;
};

/* What a clause says it of, before when and whether: 主機 of 今日主機尚未.
 * Nothing of 經重開機後, which is no subject. */
static struct piece
subject_of(const struct words *in, const char *s)
{
	static const char *const heads[] = {
		"現在", "目前", "今天", "今日", "昨天", "昨日", "稍早", "後來",
		"隨後", "現", "但", "惟", "另", "而", "原", "終於", "只有", "僅有",
		"只剩", "僅剩", "唯有", "剩下", "尚有", "仍有", "還有", "剩", "僅",
		"只", NULL
	};
	static const char *const no_subject[] = { "後", "由", "經", NULL };
	static const char *const opens[] = { "後續", "由", "經", NULL };
	static const char *const whether[] = {
		"已", "也", "均", "都", "皆", "全", "仍", "還", NULL
	};
	const char	*from = choice_clause(in->begin, s), *p;
	size_t		 n;

	while ((n = words_start(from, s, heads)) > 0)
		from += n;
	for (p = from; p < s && words_end(from, p, whether) == 0 &&
	    words_end(from, p, in->set->negators) == 0;)
		p++;
	p -= words_end(from, p, whether);
	p -= words_end(from, p, in->set->negators);
	p -= choice_date_before(from, p);
	if (words_end(from, p, no_subject) > 0 ||
	    words_start(from, p, opens) > 0)
		p = from;
	return (struct piece){ from, (size_t)(p - from) };
}

/* What the words read so far come to. */
struct sum {
	const char	*found;		/* NULL: nothing yet */
	const char	*opposite;	/* of the word that said so, or NULL */
	const char	*rest;		/* what is said of what is left */
	const char	*rest_from;
	const char	*last, *last_end, *found_end;
	struct piece	 denied;	/* what it was first denied of */
	const char	*denied_to;	/* value denied so, NULL: any */
	int		 rank, clash;
	int		 run, goes_on;	/* values one behind the other; 處理中 is
					   one of them */
};

/* 主機尚未恢復，網路已恢復: was it denied of something else before? */
static int
leaves_another(const struct words *in, struct sum *sum,
    const struct choice_word *w, const char *s, int denied)
{
	struct piece	of;

	if (denied == (sum->denied.len > 0) || (!denied &&
	    sum->denied_to != NULL && strcmp(sum->denied_to, w->value) != 0))
		return 0;
	of = subject_of(in, s);
	if (denied) {
		sum->denied = of;
		sum->denied_to = w->outlasts[0];
		return 0;
	}
	return of.len > 0 &&
	    (of.len != sum->denied.len ||
	    memcmp(of.s, sum->denied.s, of.len) != 0);
}

static int
may_outlast(const struct choice_word *w, const char *value)
{
	size_t	i = 0;

	while (w->outlasts[i] != NULL && strcmp(w->outlasts[i], value) != 0)
		i++;
	return w->outlasts[i] != NULL;
}

/* Does what outlasts a value need no subject: 已修復，處理中? */
static int
is_lasting(const struct choice_word *w)
{
	return w->outlasts[0] != NULL && (w->rank > 0 || w->negated != NULL);
}

/* 網路已恢復，主機處理中; 內網已恢復，外網仍無法連線: said in a later clause, it
 * keeps the case open. */
static int
outlasts(const struct words *in, const struct sum *sum,
    const struct choice_word *w, const char *s)
{
	return sum->found != NULL && may_outlast(w, sum->found) &&
	    choice_clause(in->begin, s) >= sum->found_end &&
	    (is_lasting(w) || subject_of(in, s).len > 0);
}

/* 已復原，測試環境正常: is it said of a trial only, behind a clause that said the
 * same of the incident? */
static int
is_of_trial(const struct words *in, const struct sum *sum,
    const struct choice_word *w, const char *value, const char *s)
{
	static const char *const whether[] = {
		"已", "也", "均", "都", "皆", "亦", "已經", NULL
	};
	const char	*from = choice_clause(in->begin, s);

	return sum->found != NULL && value == w->negated &&
	    strcmp(sum->found, w->value) == 0 && from >= sum->found_end &&
	    words_end(from, s - words_end(from, s, whether),
	    in->set->trials) > 0;
}

/* 處理中、已控制、已復原: do three values stand one behind the other, one of them
 * of what goes on?  They are a list to choose from. */
static int
is_listed(struct sum *sum, const struct choice_word *w, const char *value,
    const char *s)
{
	static const char *const joints[] = { "、", "/", ",", "|", NULL };
	const char	*end = sum->last_end;
	int		 joined = end != NULL && s > end && words_start(end, s,
			    joints) == (size_t)(s - end) &&
			    strcmp(sum->last, value) != 0;

	sum->run = joined ? sum->run + 1 : 1;
	sum->goes_on = (joined && sum->goes_on) || w->negated == NULL;
	return sum->run >= LISTED && sum->goes_on;
}

/* A word at s and its value; -1: 處理中/已控制, a list to choose from, or what no
 * value of the two is. */
static int
add_word(struct sum *sum, const struct words *in,
    const struct choice_word *w, const char *value, const char *s)
{
	int	denied = !w->bad && (value != w->value || is_lasting(w));
	int	rank = value == w->value ? w->rank : w->bad;
	const char	*was = sum->rest;

	if (is_listed(sum, w, value, s))
		return -1;
	if (sum->last != NULL && s == sum->last_end + 1 &&
	    *sum->last_end == '/' && strcmp(sum->last, value) != 0)
		return -1;
	/* 主機已恢復，網路預計明日恢復; 內網已恢復，外網仍無法連線 */
	if ((w->negated != NULL || is_lasting(w)) && !w->bad &&
	    leaves_another(in, sum, w, s, denied))
		sum->rest = w->negated;
	else if (tells_the_rest(in->begin, s) || (denied &&
	    sum->found != NULL && strcmp(sum->found, w->value) == 0) ||
	    outlasts(in, sum, w, s))
		sum->rest = value;
	else if (sum->rest != NULL && sum->rest_from >=
	    choice_clause(in->begin, s) && value == sum->found)
		sum->rest = NULL;	/* 無法登入問題已解決 */
	if (sum->rest != was)
		sum->rest_from = s;
	if (outlasts(in, sum, w, s) && sum->opposite == NULL)
		return -1;	/* 誤報，仍發現病毒 */
	sum->last = value;
	sum->last_end = s + w->len;
	if (w->rank < 0 || (sum->found != NULL && w->negated != NULL &&
	    strcmp(sum->found, w->negated) == 0 && tells_of_others(in, s)))
		return 0;
	if (sum->found == NULL || rank > sum->rank) {
		sum->found_end = sum->last_end;
		sum->found = value;
		sum->opposite = w->bad ? NULL : w->negated;
		sum->rank = rank;
		sum->clash = 0;
	} else if (rank == sum->rank && strcmp(sum->found, value) != 0) {
		sum->clash = 1;
	}
	return 0;
}

/* 網路已恢復，主機還沒: does a clause end at s that leaves it unsaid?  Of what
 * it says so. */
static struct piece
pending_at(const struct words *in, const char *s)
{
	static const char *const stops[] = {
		"。", ";", ",", "、", "\n", NULL
	};
	static const char *const pending[] = {
		"還沒", "还没", "還沒好", "尚未", "還未", "仍未", "還不行",
		"還不能", "沒有", "没有", "还没好", "未修", "沒修", "待修", "未好",
		"沒好", "notyet", "isnot", NULL
	};
	size_t	n;

	if ((s < in->end && words_start(s, in->end, stops) == 0) ||
	    (n = words_end(in->begin, s, pending)) == 0)
		return (struct piece){ NULL, 0 };
	return subject_of(in, s - n);
}

/* 已修復3台，剩2台: does a clause end at s that counts what is left, and says
 * no more of it? */
static int
leaves_some(const struct words *in, const struct sum *sum, const char *s)
{
	static const char *const rests[] = {
		"剩", "還剩", "尚餘", "只剩", "僅剩", "還有", "尚有", NULL
	};
	static const char *const counters[] = {
		"台", "臺", "部", "件", "處", "個", "套", "間", "人", NULL
	};
	const char	*from = choice_clause(in->begin, s);
	size_t		 n = words_start(from, s, rests), digits = 0;

	if (n == 0 || sum->found == NULL || sum->last_end > from ||
	    (s < in->end && strchr(",;\n", *s) == NULL &&
	    word_starts(s, in->end, "。") == 0))
		return 0;
	while (from + n + digits < s && is_digit(from[n + digits]))
		digits++;
	from += n + digits;
	return digits > 0 && words_start(from, s, counters) ==
	    (size_t)(s - from);
}

/* What no word says: 還沒 and the like at the end of a clause. */
static void
add_pending(struct sum *sum, const struct words *in, const char *s)
{
	struct piece	of = pending_at(in, s);

	if (leaves_some(in, sum, s))
		sum->rest = sum->opposite;
	if (of.len == 0)
		return;
	sum->denied = of;
	if (sum->found != NULL)
		sum->rest = sum->opposite;
}

static const char *
read_words(const struct words *in, const char **why)
{
	const char	*s = in->begin, *value;
	struct sum	 sum = { 0 };

	*why = two_words;
	while (s < in->end) {
		const struct choice_word *w = choice_word_at(in->set, s, in->end);

		if (w == NULL || choice_inside_latin(in->begin, s, in->end, w)) {
			s++;
			add_pending(&sum, in, s);
			continue;
		}
		value = choice_meaning(in, w, s);
		if (value != NULL && *value != '\0' &&
		    !is_of_trial(in, &sum, w, value, s) &&
		    add_word(&sum, in, w, value, s) == -1)
			return NULL;
		s += w->len;
		add_pending(&sum, in, s);
	}
	if (sum.found == NULL)
		*why = no_word;
	if (sum.rest != NULL && sum.opposite != NULL &&
	    strcmp(sum.rest, sum.opposite) == 0)
		return sum.rest;
	return sum.clash ? NULL : sum.found;
}

/* Is it a remark that belongs to the word before it: (部分), (80%), (共5台),
 * (待使用者確認), (除列印功能外)? */
static int
is_portion(const struct choice_set *set, const char *s, size_t len)
{
	static const char *const waits[] = {
		"pending", "subjectto", "待使用者", "待用戶", "待確認", "待測", "待驗",
		"尚待確認", NULL
	};
	static const char *const excepts[] = {
		"除", "不含", "不包含", "不包括", "扣除", "僅", "只有", NULL
	};

	if (words_start(s, s + len, waits) > 0 ||
	    words_start(s, s + len, excepts) > 0)
		return 1;
	/* the longest that fits is found first */
	return len > 0 && (words_start(s, s + len, set->undone) == len ||
	    choice_is_share(s, len) || word_starts(s, s + len, "共") > 0);
}

/* (使用單位尚未確認), (待科長核章): does the remark say that something is open? */
static int
is_open(const char *s, const char *end)
{
	static const char *const opens[] = {
		"尚未", "尚待", "尚需", "尚須", "仍待", "仍需", "還沒", "還未", "未經",
		"未核", "未簽", "未完成", "待", "俟", "核示", "請核", "陳核", "簽核中",
		"審核中", NULL
	};

	for (; s < end; s++)
		if (!word_inside(*s) && words_start(s, end, opens) > 0)
			return 1;
	return 0;
}

/* A copy without what stands in brackets: remarks come second, but that some of
 * it is open is a clause of a state like others. */
static size_t
without_brackets(const struct choice_set *set, const char *s, size_t len,
    char *out)
{
	const char	*close;
	size_t		 n = 0;
	int		 depth = 0;

	for (size_t i = 0; i < len; i++) {
		if (s[i] == '(') {
			close = depth > 0 ? NULL : memchr(s + i, ')', len - i);
			if (close != NULL && is_portion(set, s + i + 1,
			    (size_t)(close - s) - i - 1))
				continue;
			if (close != NULL && *set->topics != NULL &&
			    is_open(s + i + 1, close))
				out[n++] = ',';
			else
				depth++;
		} else if (s[i] == ')') {
			depth -= depth > 0;
		} else if (depth == 0) {
			out[n++] = s[i];
		}
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
		"改為", "改成", "改回", "改列", "更正為", "更正:", "更改為", "變更為",
		"變為", "修正為", "調整為", "轉為", "改为", "改回", "更正为",
		"变更为", "→", "->", "=>", "changedto", "changedbackto",
		"correction:", NULL
	};
	const char	*end = s + len, *last = NULL;
	size_t		 n;

	for (; s < end; s++)
		if ((n = words_start(s, end, changes)) > 0)
			last = s + n;
	return last;
}

static const char *
read_piece(const struct choice_set *set, const char *s, size_t len, int today,
    const char **why)
{
	struct words	in = { set, s, s + len, today };

	return read_words(&in, why);
}

static const char *
read_clauses(struct arena *a, const struct choice_set *set,
    const struct choice_text *t, int keep_past, const char **why)
{
	const char	*value = NULL, *tail;
	char		*text = arena_alloc(a, t->len + 1), *outside;
	size_t		 n, m;

	n = without_clauses(t->s, t->len, keep_past, text);
	text = choice_dense(a, text, n, &n);
	tail = after_change(text, n);
	if (tail != NULL)
		value = read_piece(set, tail, n - (size_t)(tail - text),
		    t->today, why);
	if (value != NULL)
		return value;
	if (tail != NULL && tail + strspn(tail, "0123456789") == text + n) {
		*why = two_words;	/* 1.處理中 2.已控制→2 */
		return NULL;
	}
	outside = arena_alloc(a, n + 1);
	m = without_brackets(set, text, n, outside);
	if (m > 0)
		value = read_piece(set, outside, m, t->today, why);
	if (value == NULL && (m == 0 || (*why == no_word && m < n)))
		value = read_piece(set, text, n, t->today, why);
	return value;
}

/* 1.處理中 2.已控制（請擇一）: a list to choose from, and nothing chosen. */
static int
is_to_choose(const struct choice_text *t)
{
	static const char *const asks[] = {
		"擇一", "择一", "請圈選", "請勾選", "請選擇", "请勾选", "请选择",
		"choose one", "pick one", "select one", NULL
	};

	for (const char *s = t->s; s < t->s + t->len; s++)
		if (!word_inside(*s) && words_start(s, t->s + t->len, asks))
			return 1;
	return 0;
}

const char *
choice_words(struct arena *a, const struct choice_set *set,
    const struct choice_text *t, const char **why)
{
	const char	*value = read_clauses(a, set, t, 0, why);

	if (value != NULL && choice_ends(set, value) && is_to_choose(t)) {
		*why = two_words;
		return NULL;
	}

	return value != NULL || *why != no_word ? value :
	    read_clauses(a, set, t, 1, why);
}

int
choice_is_word(const struct choice_set *set, const char *dense)
{
	const struct choice_word *w;

	w = choice_word_at(set, dense, dense + strlen(dense));
	return w != NULL && w->value[0] != '\0' && w->rank >= 0 &&
	    strspn(dense + w->len, ".!") == strlen(dense + w->len);
}

int
choice_stands(const struct choice_set *set, const char *dense,
    const char *value)
{
	for (size_t i = 0; i < set->n_words; i++) {
		const struct choice_word *w = &set->words[i];

		if (w->rank > 0 && (strcmp(w->value, value) == 0 ||
		    (w->negated != NULL && strcmp(w->negated, value) == 0)) &&
		    strstr(dense, w->word) != NULL)
			return 1;
	}
	return 0;
}

int
choice_outlasts(const struct choice_set *set, const char *dense,
    const char *value)
{
	const struct words	 in = { set, dense, dense + strlen(dense), 0 };
	const struct choice_word *w;
	const char		*is;

	for (const char *s = dense; s < in.end; s++) {
		w = choice_word_at(set, s, in.end);
		if (w == NULL || choice_inside_latin(dense, s, in.end, w))
			continue;
		is = choice_meaning(&in, w, s);
		if (is != NULL && *is != '\0' && is_lasting(w) &&
		    may_outlast(w, value))
			return 1;
		s += w->len - 1;
	}
	return 0;
}

int
choice_ends(const struct choice_set *set, const char *value)
{
	int	ending = 0;

	for (size_t i = 0; i < set->n_words; i++) {
		const struct choice_word *w = &set->words[i];

		if (w->negated != NULL && strcmp(w->negated, value) == 0)
			return 0;
		ending |= w->rank >= ENDING && strcmp(w->value, value) == 0;
	}
	return ending;
}

size_t
choice_named(struct arena *a, const struct choice_set *set, const char *text,
    int ends, const char *out[CHOICE_NAMED])
{
	struct words	 in = { set, NULL, NULL, 0 };
	const char	*value;
	struct folded	 f;
	size_t		 n, k, found = 0;

	text_fold(a, text, text_cut(text, strlen(text), TEXT_READ), &f);
	in.begin = choice_dense(a, f.s, f.len, &n);
	in.end = in.begin + n;
	for (const char *s = in.begin; s < in.end; s++) {
		const struct choice_word *w = choice_word_at(set, s, in.end);

		if (w == NULL || choice_inside_latin(in.begin, s, in.end, w))
			continue;
		value = w->rank < (ends ? FINAL : 1) ? NULL :
		    choice_spoken(&in, w, s);
		s += w->len - 1;
		if (value == NULL || *value == '\0')
			continue;
		for (k = 0; k < found && strcmp(out[k], value) != 0; )
			k++;
		if (k == CHOICE_NAMED)
			return 0;
		out[k] = value;
		found += k == found;
	}
	return found;
}
