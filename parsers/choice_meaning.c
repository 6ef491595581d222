#include "parsers/choice_meaning.h"

#include <string.h>

#include "parsers/choice_part.h"
#include "parsers/choice_time.h"
#include "parsers/words.h"

#define FINAL		4		/* rank of 結案, 誤報 and what ends a case */
#define WIDE		3		/* bytes of an ideograph */
#define IDEOGRAPH_MIN	0xe4		/* the first byte of an ideograph */
#define IDEOGRAPH_MAX	0xe9

/* Is the word a deed of this set that does not say itself that it is done? */
static int
is_open_deed(const struct choice_set *set, const struct choice_word *w)
{
	return w->negated != NULL && *set->times != NULL &&
	    strncmp(w->word, "已", strlen("已")) != 0;
}

static int
is_negated(const struct choice_set *set, const struct choice_word *w,
    const char *begin, const char *s)
{
	int	by = is_open_deed(set, w);
	size_t	n;

	for (int i = 0; i < 6; i++) {
		if (by && choice_deadline(set, begin, s))
			return 1;
		n = choice_date_before(begin, s);	/* 3點半 is no 半 */
		if (n == 0)
			n = choice_span_before(begin, s);
		if (n == 0 && words_end(begin, s, set->no_negators) > 0)
			return 0;
		if (n == 0 && words_end(begin, s, set->negators) > 0)
			return 1;
		if (n == 0)
			n = words_end(begin, s, set->fillers);
		if (n == 0)
			n = words_end(begin, s, set->times);
		if (n == 0)
			return 0;
		s -= n;
	}
	return 0;
}

/* 復原失敗, 復原進度, 結案前, restored by noon: what stands behind the word
 * undoes it. */
static int
is_undone(const struct choice_set *set, const char *after, const char *end)
{
	static const char *const objects[] = {
		"了", "到", "it", "thiscase", "thecase", "theincident",
		"thisincident", "this", NULL
	};
	size_t	n;

	after += words_start(after, end, objects);
	n = word_starts(after, end, "by");
	return words_start(after, end, set->undone) > 0 || (n > 0 &&
	    (words_start(after + n, end, set->times) > 0 ||
	    words_start(after + n, end, set->ahead) > 0));
}

/* 等電力恢復, 待政風室同意後結案: the clause waits for it. */
static int
is_awaited(const struct choice_word *w, const char *begin, const char *s)
{
	static const char *const waits[] = {
		"等", "待", "俟", "需待", "須待", "尚待", "要等", "須等", NULL
	};
	static const char *const behind[] = { "後", "后", NULL };
	static const char *const no_wait[] = {
		"等級", "等等", "待命", "待機", NULL
	};
	static const char *const done[] = {
		"已", "均", "皆", "都", "全", "終於", "终于", NULL
	};
	static const char *const open[] = {
		"尚待", "有待", "仍待", "尚需", "仍需", "等待", NULL
	};
	const char	*p = choice_clause(begin, s);

	if (words_start(w->word, w->word + w->len, done) > 0 ||
	    words_end(begin, s, done) > 0)
		return 0;
	if (words_start(p, s, waits) > 0 && words_start(p, s, no_wait) == 0)
		return 1;
	/* 請主任核可後結案 */
	if (w->rank >= FINAL && word_starts(p, s, "請") > 0 &&
	    words_end(p, s, behind) > 0)
		return 1;
	for (; p < s; p++)
		if (words_start(p, s, open) > 0)
			return 1;	/* 問題尚待釐清解決 */
	return 0;
}

/* 已請廠商修復, 著手復原; but not 通知廠商後恢復. */
static int
is_planned(const struct choice_set *set, const char *begin, const char *s)
{
	static const char *const done[] = {
		"並", "後", "即", "便", "而", "已", "均", "皆", "都", "全",
		"終於", "终于", NULL
	};

	if (words_end(begin, s, done) > 0)
		return 0;
	for (const char *p = choice_clause(begin, s); p < s; p++)
		if (words_start(p, s, set->planned) > 0)
			return 1;
	return 0;
}

/* 據廠商說，已修復: is the clause at s in the words of another, whom the clause
 * before it names? */
static int
is_heard(const struct words *in, const char *s)
{
	const char	*from;

	if (s == in->begin || (s[-1] != ',' && s[-1] != ':'))
		return 0;
	s--;
	from = choice_clause(in->begin, s);
	return words_start(from, s, in->set->heard) > 0 ||
	    words_end(from, s, in->set->tells) > 0;
}

/* 廠商承諾修復, 測試通過才算復原: no more than said, or called so. */
static int
is_told(const struct words *in, const char *s)
{
	const char	*p = choice_clause(in->begin, s);

	if (is_heard(in, p))
		return 1;
	for (; p < s; p++)
		if (words_start(p, in->end, in->set->told) > 0)
			return 1;
	return 0;
}

/* 林小姐表示她的電腦已恢復: does the clause name who said it, by a word that
 * can be no part of another, as 說 is of 說明? */
static int
is_reported(const struct words *in, const char *s)
{
	const char	*from = choice_clause(in->begin, s);

	for (const char *p = from; p < s; p++)
		if (p > from && words_start(p, s, in->set->tells) > WIDE)
			return 1;
	return 0;
}

/* 表單上的「已復原」是誤填: a quoted word in a sentence about it.  But what is
 * set to 「已復原」 is, and so is what is nothing but quoted. */
static int
is_quoted(const struct words *in, const char *s, size_t len)
{
	static const char *const opens[] = { "「", "『", "“", NULL };
	static const char *const closes[] = { "」", "』", "”", NULL };
	static const char *const stops[] = { "。", ";", ",", "\n", "!", NULL };
	static const char *const sets[] = {
		"為", "为", "是", "成", "至", "列", "到", "填", ":", NULL
	};
	size_t	n = words_end(in->begin, s, opens), k;

	k = words_start(s + len, in->end, closes);
	if (n == 0 || k == 0)
		return 0;
	s -= n;
	len += n + k;
	return (s > choice_clause(in->begin, s) &&
	    words_end(in->begin, s, sets) == 0) || (s + len < in->end &&
	    words_start(s + len, in->end, stops) == 0);
}

/* 交通已恢復, but not 交通局網站已恢復: is it said of what no incident is of? */
static int
is_elsewhere(const struct choice_set *set, const char *from, const char *s)
{
	int	of = 0;

	for (; from < s; from++) {
		if (word_inside(*from))
			continue;
		if (words_start(from, s, set->elsewhere) > 0)
			of = 1;
		else if (words_start(from, s, set->topics) > 0)
			of = 0;
	}
	return of;
}

/* 取消結案, 仍在待命, 您的來函已轉交業管單位: not said of the case. */
static int
is_excepted(const struct words *in, const struct choice_word *w, const char *s)
{
	static const char *const is[] = {
		"列為", "為", "是", "係", "此", "本", NULL
	};
	size_t	n = words_end(in->begin, s, w->not_behind);

	if (n == 0)			/* 排除是誤報 */
		n = words_end(in->begin, s - words_end(in->begin, s, is),
		    w->not_behind);
	/* a longer negator wins: 仍需修復 */
	if ((n > 0 && n >= words_end(in->begin, s, in->set->negators)) ||
	    words_start(s + w->len, in->end, w->not_before) > 0)
		return 1;
	for (const char *p = choice_clause(in->begin, s); p < s; p++)
		if (words_start(p, s, w->unless) > 0)
			return 1;
	return is_elsewhere(in->set, choice_clause(in->begin, s), s);
}

/* 請來電, 將另行通報: the consequence of an if that ends with it.  What does not
 * end the case is no consequence of 如有異常請告知 either. */
static int
is_consequence(const struct choice_word *w, const char *s, const char *end)
{
	static const char *const calls[] = {
		"請來電", "請電洽", "請逕洽", "請洽詢", "請聯絡", "請聯繫",
		"將另行", "會另行", "請另行", "另案通報", NULL
	};
	static const char *const any[] = { "請", "會", "將", "再", "就", NULL };

	for (; s < end; s++)
		if (words_start(s, end, calls) > 0 || (w->rank < FINAL &&
		    words_start(s, end, any) > 0))
			return 1;
	return 0;
}

/* Does the clause of the word at s tell what is so by now? */
static int
is_told_done(const struct choice_word *w, const char *begin, const char *s)
{
	static const char *const already[] = { "已", "已經", NULL };
	static const char *const now[] = { "已", "現", "目前", NULL };

	if (words_start(w->word, w->word + w->len, already) > 0 ||
	    words_end(begin, s, already) > 0)
		return 1;
	for (const char *p = choice_clause(begin, s); w->rank < FINAL && p < s;
	    p++)
		if (words_start(p, s, now) > 0)
			return 1;
	return 0;
}

/* 沒意見的話請結案: an if that stands behind what it supposes. */
static int
ends_in_if(const char *s, const char *end)
{
	for (; s < end; s++)
		if (word_starts(s, end, "的話") > 0)
			return 1;
	return 0;
}

/* 如為誤報請結案, 若無異常，明日結案: said for a case that may come.  But not
 * 如有疑問請來電，請結案, nor 若再發生，本案已結案. */
static int
is_supposed(const struct choice_word *w, const char *begin, const char *s)
{
	static const char *const ifs[] = {
		"如", "若", "倘", "假如", "假設", "萬一", "一旦", "只要",
		"除非", "要是", "if", "once", "unless", "assuming", "provided",
		/* and what asks without its mark */
		"hasit", "hasthe", "haveyou", "isit", "isthe", "arethe",
		"canyou", "canit", "canthe", "willit", "willthe", "whenwill",
		"whenis", "why", "how", NULL
	};
	static const char *const no_ifs[] = {
		"若干", "如下", "如附", "如上", "如前", "如表", "如圖", "如期",
		"如同", "如說明", "如常", "如舊", "如後", "如次", NULL
	};
	static const char *const stops[] = { "。", ";", "\n", NULL };
	const char	*end = s, *p = choice_clause(begin, s);
	int		 done = is_told_done(w, begin, s);

	while ((words_start(p, s, ifs) == 0 && !ends_in_if(p, end)) ||
	    words_start(p, s, no_ifs) > 0) {
		if (done || p == begin || words_end(begin, p, stops) > 0)
			return 0;
		for (end = p - 1; word_inside(*end); )
			end--;
		p = choice_clause(begin, end);
		if (is_consequence(w, p, end))
			return 0;
	}
	return 1;
}

static int
is_latin(char c)
{
	return (c >= 'a' && c <= 'z') || is_digit(c);
}

/* 恢復情況, 結案申請表, contained 3 files: the word is a part of a longer one, or
 * has an object, that is not told. */
static int
goes_on(const struct words *in, const struct choice_word *w, const char *after)
{
	int	more;

	if (*w->then == NULL || after >= in->end)
		return 0;
	more = is_latin(after[-1]) ? is_latin(*after) :
	    (unsigned char)*after >= IDEOGRAPH_MIN &&
	    (unsigned char)*after <= IDEOGRAPH_MAX;
	return more && words_start(after, in->end, w->then) == 0;
}

/* Is it a deed that is undone, to come, waited for or hoped for? */
static int
is_to_come(const struct words *in, const struct choice_word *w, const char *s)
{
	return is_undone(in->set, s + w->len, in->end) ||
	    is_awaited(w, in->begin, s) || is_supposed(w, in->begin, s) ||
	    (is_open_deed(in->set, w) &&
	    choice_ahead(in->set, in->begin, s, w->len, in->end)) ||
	    (w->bare && is_planned(in->set, in->begin, s));
}

const char *
choice_meaning(const struct words *in, const struct choice_word *w,
    const char *s)
{
	enum part	part;

	if (is_excepted(in, w, s))
		return NULL;
	if (is_negated(in->set, w, in->begin, s))
		return w->negated;
	if (w->rank >= FINAL && is_supposed(w, in->begin, s))
		return NULL;
	if (w->bad || (w->negated == NULL && w->rank <= FINAL))
		return goes_on(in, w, s + w->len) ? NULL : w->value;
	if (is_told(in, s) || is_quoted(in, s, w->len))
		return NULL;
	if (is_to_come(in, w, s))
		return w->negated;
	part = w->parts ? choice_part(in->begin, s, in->end, w->len,
	    in->today) : PART_NONE;
	if (part == PART_SOME)
		return w->negated;
	return part == PART_MAYBE || goes_on(in, w, s + w->len) ||
	    is_reported(in, s) ? NULL : w->value;
}

const char *
choice_spoken(const struct words *in, const struct choice_word *w,
    const char *s)
{
	static const char *const asks[] = {
		"嗎", "吗", "吧", "呢", "否", "請", "陳", NULL
	};
	static const char *const proposes[] = {
		"建議", "擬", "考慮", "研議", "研擬", "評估", "申請", NULL
	};
	const char	*value = choice_meaning(in, w, s), *from;
	const char	*after = s + w->len;

	if (value != NULL)
		return value;
	if ((goes_on(in, w, after) && words_start(after, in->end, asks) == 0) ||
	    words_start(after, in->end, w->not_before) > 0 ||
	    (w->rank < FINAL && words_end(in->begin, s, w->not_behind) > 0))
		return NULL;
	from = choice_clause(in->begin, s);
	for (const char *p = from; p < s; p++)
		if (words_start(p, s, w->unless) > 0 &&
		    words_start(p, s, proposes) == 0)
			return NULL;
	return is_elsewhere(in->set, from, s) ? NULL : w->value;
}
