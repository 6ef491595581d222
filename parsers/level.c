#include "parsers/choice.h"

#include <string.h>

#include "parsers/level_doubt.h"
#include "parsers/level_tick.h"
#include "parsers/text.h"
#include "parsers/words.h"

/*
 * level - the level of an incident: 4級, 第三級, Level 2, Ⅲ, 由2級改為3級.
 */
#define TEXT_READ	4096
#define IDEOGRAPH_MIN	0xe4	/* the first byte of an ideograph */
#define IDEOGRAPH_MAX	0xe9
#define MENTIONS_MAX	16
#define LEVELS_MIN	3		/* boxes that are a list of levels */

static const char no_level[] = "no level from 1 to 4 was found";
const char level_two[] = "more than one level is named";
static const char a_range[] = "a range of levels, not one level";
static const char a_guess[] = "the level is only supposed, not set";

struct mention {
	int	level;		/* 1..4, 0: another number */
	int	marked;		/* 級 behind or 等級, level before it */
	int	unit;		/* 級 behind it */
	int	range;		/* 以上, 以下, or one end of 2-3 */
	int	changed;	/* what it was changed to */
	int	old;		/* 由2級: what it was changed from */
	int	inside;		/* a remark in brackets */
	int	denied;		/* 不是3級, 若擴大則3級, 是否3級? */
	int	guessed;	/* 可能3級, 3級(待確認) */
};

struct scan {
	const char	*s, *end;
	const char	*begin;
	const char	*gaps;		/* a blank stood before begin[i] */
};

static int
is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

/* A number at s: Arabic, Chinese, Roman, circled.  *value -1: too big. */
static size_t
number_at(const char *s, const char *end, int *value)
{
	static const struct {
		const char	*s;
		int		 v;
	} forms[] = {
		{ "一", 1 }, { "二", 2 }, { "三", 3 }, { "四", 4 },
		{ "五", -1 }, { "六", -1 }, { "零", -1 }, { "十", -1 },
		{ "壹", 1 }, { "貳", 2 }, { "參", 3 }, { "叁", 3 }, { "叄", 3 },
		{ "肆", 4 }, { "兩", 2 }, { "两", 2 },
		{ "Ⅰ", 1 }, { "Ⅱ", 2 }, { "Ⅲ", 3 }, { "Ⅳ", 4 },
		{ "ⅰ", 1 }, { "ⅱ", 2 }, { "ⅲ", 3 }, { "ⅳ", 4 },
		{ "①", 1 }, { "②", 2 }, { "③", 3 }, { "④", 4 },
		{ "㈠", 1 }, { "㈡", 2 }, { "㈢", 3 }, { "㈣", 4 },
		{ "iv", 4 }, { "iii", 3 }, { "ii", 2 }, { "i", 1 },
		{ "one", 1 }, { "two", 2 }, { "three", 3 }, { "four", 4 },
	};
	static const char *const no_numbers[] = {
		"一般", "一定", "一直", "一些", "一樣", "一律", "一致", "一起",
		"參考", "參照", "參閱", "參見", "參酌", "參加", "參與", "參數",
		NULL
	};
	size_t	n = 0;

	while (s + n < end && s[n] >= '0' && s[n] <= '9')
		n++;
	if (words_start(s, end, no_numbers) > 0)
		return 0;
	if (n > 0) {
		*value = n == 1 && *s >= '1' && *s <= '4' ? *s - '0' : -1;
		if (s + n + 1 < end && s[n] == '.' && s[n + 1] >= '0' &&
		    s[n + 1] <= '9')
			*value = -1;	/* 3.5 */
		return n;
	}
	if (s == end || word_inside(*s) ||
	    (is_letter(*s) && strchr("ioft", *s) == NULL))
		return 0;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if ((n = word_starts(s, end, forms[i].s)) > 0) {
			*value = forms[i].v;
			return n;
		}
	return 0;
}

/* 級 and what makes it a range, behind a number. */
static size_t
read_suffix(const char *s, const char *end, struct mention *m)
{
	static const char *const units[] = { "級", "级", "級分", NULL };
	static const char *const ranges[] = {
		"以上", "以下", "以內", "以内", "之上", "之下", "或以上",
		"或以下", "或更高", "(含)以上",
		"含以上", "(含)以下", "及以上", "起", "orabove", "orhigher",
		"orbelow", "oralower", "+", NULL
	};
	size_t	n = words_start(s, end, units), k;

	if (n > 0)
		m->marked = m->unit = 1;
	k = words_start(s + n, end, ranges);
	if (k > 0)
		m->range = 1;
	return n + k;
}

/* 2-3級, 2~3級, 2或3級, 2、3級, 4 3 2 1: the joint between two numbers. */
static size_t
joint_at(const char *s, const char *end)
{
	static const char *const joints[] = {
		"-", "~", "或", "、", "至", "到", "/", "or", "and", ",", "及",
		"與", " ", NULL
	};

	return words_start(s, end, joints);
}

/* Is the number before s one of 級, or of people, floors and machines? */
static int
counts_something(const struct scan *sc, const struct mention *m)
{
	static const char *const counters[] = {
		"樓", "楼", "號", "号", "台", "臺", "天", "日", "月", "年",
		"小時", "小时", "時", "點", "分", "件", "人", "名", "switch",
		"support", "router", "vpn", "cache", "交換器", NULL
	};
	/* 等級:3系統停頓, 等級3處理中: the form's own words behind it */
	static const char *const explained[] = {
		"系統", "系统", "業務", "业务", "影響", "影响", "事件", "狀態",
		"状态", "處理", "处理", "已", "目前", "請", NULL
	};
	static const char *const fine[] = {
		"級", "级", "至", "到", "或", "及", "與", "改", "升", "降", "調",
		"调", "提", "變", "变", "更", "以", "起", "含", "是", "to", "or",
		"and", "is", "級分", "→", "、", "。", "「", "」", "：", "，",
		NULL
	};

	const char	*s = sc->s, *end = sc->end;

	if (s == end || m->unit || words_start(s, end, fine) > 0)
		return 0;
	if (m->marked && sc->gaps[s - sc->begin])
		return words_start(s, end, counters) > 0;
	if (m->marked)
		return (unsigned char)*s >= 0xe3 &&
		    words_start(s, end, explained) == 0;
	return (unsigned char)*s >= 0xe3 || is_letter(*s);
}

static const char *
read_label(const char *begin, const char *s, struct mention *m)
{
	static const char *const labels[] = {
		"等級", "等级", "級別", "级别",
		"level", "levelto", "level:", "level=", "level#", "lv", "lv.",
		"lvl", "levelis", "sev", "sev-", "severity", "severity:",
		"severity=", "severityis", "severitylevel", "lv:", "lv=",
		"等級為", "等級是", "level-", "l", NULL
	};
	/* with what may stand for a colon */
	static const char *const signs[] = {
		"等級", "等级", "級別", "级别", NULL
	};
	static const char *const ordinal[] = { "第", NULL };
	static const char *const froms[] = { "第", "level", NULL };

	while (s > begin && strchr("\n([>", s[-1]) != NULL)
		s--;
	s -= words_end(begin, s, ordinal);
	m->marked = words_end(begin, s, labels) ||
	    (s > begin + 1 && strchr(":;.=-", s[-1]) != NULL &&
	    words_end(begin, s - 1, signs) > 0);
	for (int i = 0; i < 2; i++)
		for (size_t k = 0; froms[k] != NULL; k++)
			if (words_end(begin, s, (const char *const[]){
			    froms[k], NULL }))
				s -= strlen(froms[k]);
	return s;
}

/* 整體影響等級: of all it says, this one counts. */
static int
is_overall(const char *begin, const char *s)
{
	static const char *const labels[] = {
		"等級:", "等級", "级别:", "等级:", "等级", "級別:", "級別",
		"level:", "level", "severity:", "severity", ":", "=", NULL
	};
	static const char *const overall[] = {
		"整體", "整體影響", "整體衝擊", "整體事件", "整體事件影響",
		"整体", "整体影响", "綜合", "綜合影響", "綜合評估",
		"綜合評定", "綜合判定", "overall", NULL
	};

	return words_end(begin, s - words_end(begin, s, labels), overall) > 0;
}

static void
read_before(const struct scan *sc, struct mention *m)
{
	static const char *const changes[] = {
		"改為", "改成", "改列", "改至", "調整為", "調整至", "調升為",
		"調升至", "調降為", "調降至", "提升為", "提升至", "提高為",
		"提高至", "升為", "升至", "升到", "升級為", "降為", "降至",
		"降到", "降級為", "變更為", "變為", "更正為", "修正為", "應為",
		"現為", "改为", "调整为", "升为", "降为", "变更为", "更正为",
		"→", "->", "=>", "changedto", "raisedto", "loweredto",
		"upgradedto", "downgradedto", "changeto", "raiseto", "lowerto",
		"upgradeto", "downgradeto", "setto", "nowlevel", "now", "改",
		"降", "升", "調降", "調升", "降列", "升列",
		"更正:", "更正為:", "改為:", "調整為:", "變更為:", NULL
	};
	static const char *const denials[] = {
		"非", "不是", "未達", "未到", "不到", "未至", "不屬",
		"不屬於", "非屬", "非屬於", "非為",
		"撤銷", "取消", "解除", "不及", "不符", "不符合", "未符",
		"未符合", "未構成", "不構成",
		"不足", "不列", "不為", "未滿", "not", "isnot", "nota", NULL
	};
	static const char *const bounds[] = {
		"至少", "不低於", "最高", "最低", "最少", "最多", "至多",
		"高於", "低於", "超過", "逾",
		"大於", "小於", "大於等於", "小於等於", "不大於", "不高於",
		">=", "<=", ":>", "<", "≧", "≦", "≥", "≤", "atleast", "atmost",
		"above", "below", NULL
	};
	static const char *const olds[] = {
		"由", "從", "从", "自", "本來", "原", "原為", "原列", "原填", "原報",
		"原訂", "原定", "原本", "原先", "原通報", "原通報為", "原評",
		"原評估", "原評估為", "原評定", "原判", "原判定", "先前",
		"先前為", "之前", "之前為", "前次", "前次為", "上次",
		"上次為", "原核定", "原勾選", "原等級", "原屬", "原屬於", "原係",
		"原等級為", "原等級:", "from", NULL
	};
	static const char *const kept[] = {
		"維持原", "維持原列", "維持原本", "维持原", NULL
	};
	const char	*s = read_label(sc->begin, sc->s, m);
	int		 or;

	m->changed = words_end(sc->begin, sc->s, changes) ||
	    words_end(sc->begin, s, changes);
	m->old = (words_end(sc->begin, s, olds) ||
	    words_end(sc->begin, sc->s, olds)) &&
	    !words_end(sc->begin, sc->s, kept);
	/* 不是3級就是4級 leaves both open */
	m->denied |= words_end(sc->begin, s, denials) && memmem(s,
	    (size_t)(sc->end - s), "就是", 6) == NULL;
	m->changed |= is_overall(sc->begin, s);
	m->denied |= level_supposed(sc->begin, s);
	m->guessed = level_guessed(sc->begin, s, &or);
	m->range |= or;
	m->range |= words_end(sc->begin, s, bounds) ||
	    (!m->changed && words_end(sc->begin, sc->s, bounds));
}

/* 三級棲地, 二級建築師: is the level, whose 級 ends at s, of what follows it?
 * What nobody says of an incident leaves the level open. */
static int
is_of_thing(const struct scan *sc, const char *s)
{
	/* 3級事件, 3級處理: what is said of a level; 三級棲地 is of another kind */
	static const char *const goes_on[] = {
		"事", "資", "资", "通報", "通报", "影", "處", "处", "系", "業",
		"业", "重", "主機", "主机", "風險", "风险", "的", "之", "認", "标",
		"標", "條", "条", "不", "未", "為", "为", "改", "由", "至", "到",
		"升", "降", "調", "调", "提", "更", "變", "变", "係", "是", "及",
		"和", "以", "且", "但", "並", "因", "者", "屬", "属", "較", "请",
		"請", "已", "尚", "目", "經", "经", "或", "與", "与", "待", "暫",
		"暂", "吧", "啦", "了", "喔", "嗎", "吗", "無", "无", "中", "維",
		"维", "確", "确", "現", "现", "原", "應", "应", "可", "會", "將",
		"就", "比", "左", "上", "下", "起", "含", "即", "導", "造", "發",
		"連", "网", "網", "公", "電腦", "電子", "電力", "服", "設", "單",
		"這", "此", "全", "郵", "勒", "駭", "個資", "部分", "部份", "機房",
		"帳", "檔", "內", "外部", "使用", "核", "非", "同", "惟", "後",
		"再", "初", "病毒", "木馬", "釣魚", "遭", "被", "主要", "伺服",
		"用戶", "其", "有", "需", "須", "要", "依", "敬", "煩", "惠", "另",
		"先", "漏洞", "入侵", "攻擊", "停", "斷", "當機", "故障", "異常",
		"本", "誤", "解", "取", "撤", "結", "控", "恢", "復", "謝", "感",
		"還", "还", "跟", "抑", "而", "第", "才", "好", "、", "。", NULL
	};

	return s < sc->end && (unsigned char)*s >= IDEOGRAPH_MIN &&
	    (unsigned char)*s <= IDEOGRAPH_MAX && !sc->gaps[s - sc->begin] &&
	    words_start(s, sc->end, goes_on) == 0;
}

/* Letters around mean that an i is no Roman number. */
static int
inside_word(const struct scan *sc, size_t n)
{
	if (!is_letter(*sc->s))
		return 0;
	return (sc->s > sc->begin && is_letter(sc->s[-1]) &&
	    !words_end(sc->begin, sc->s, (const char *const[]){ "level",
	    "lv", NULL })) || (sc->s + n < sc->end && is_letter(sc->s[n]));
}

/* Is the j bytes at s a joint before another number: 2、3級; not 2, in progress? */
static int
joins_number(const struct scan *sc, size_t j, int level)
{
	struct scan	next = *sc;
	int		v;
	size_t		n;

	next.s += j;
	n = number_at(next.s, sc->end, &v);
	return n > 0 && !inside_word(&next, n) && (*sc->s != ' ' || v > 0) &&
	    v != level;
}

/* The mention of the number at sc->s, n bytes; sc moves behind it. */
static struct mention
mention_at(struct scan *sc, size_t n, int v)
{
	struct mention	m = { .level = v > 0 ? v : 0 };

	m.denied = level_of_another_scale(sc->begin, sc->s, sc->end, n, v);
	read_before(sc, &m);
	n += read_suffix(sc->s + n, sc->end, &m);
	sc->s += n;
	m.range |= m.unit && is_of_thing(sc, sc->s);
	m.denied |= level_asked(sc->s, sc->end);
	m.guessed |= level_doubted(sc->s, sc->end);
	return m;
}

/* *guessed: one was left out for being no more than a guess. */
static size_t
mentions(const char *text, size_t len, const char *gaps,
    struct mention out[MENTIONS_MAX], int *guessed)
{
	struct scan	sc = { text, text + len, text, gaps };
	size_t		found = 0, n, j;
	int		joined = 0, after_old = 0, depth = 0, v;

	while (sc.s < sc.end && found < MENTIONS_MAX) {
		struct mention	m;

		depth += *sc.s == '(' ? 1 : *sc.s == ')' && depth > 0 ? -1 : 0;
		n = number_at(sc.s, sc.end, &v);
		if (n == 0 || inside_word(&sc, n)) {
			sc.s++;
			joined = 0;
			continue;
		}
		m = mention_at(&sc, n, v);
		m.inside = depth > 0;
		m.range |= joined;
		if (counts_something(&sc, &m))
			continue;
		if (after_old && !m.old && !m.denied && !m.guessed)
			m.changed = 1;
		after_old |= m.old;
		j = joint_at(sc.s, sc.end);
		/* 由2級至3級 is a change, 2級至3級 a range, 3級/三級 neither */
		joined = !m.old && j > 0 && joins_number(&sc, j, m.level);
		if (joined) {
			m.range = 1;
			sc.s += j;
		}
		*guessed |= m.guessed;
		if (m.guessed && m.range && found > 0)
			out[found - 1].range = 1;
		if (!m.denied && !m.old && (!m.guessed || m.range))
			out[found++] = m;
	}
	return found;
}

/* Of those with 級 if there are any, and of those outside brackets. */
static int
counts(const struct mention *m, int any_marked, int any_outside)
{
	return !(any_marked && !m->marked && !m->range) &&
	    !(any_outside && m->inside);
}

static int
choose(const struct mention *m, size_t n, const char **why)
{
	int	level = 0, any_marked = 0, any_outside = 0;

	*why = no_level;
	for (size_t i = n; i-- > 0; )
		if (m[i].changed && m[i].level > 0 && !m[i].range)
			return m[i].level;
	for (size_t i = 0; i < n; i++) {
		any_marked |= m[i].marked;
		any_outside |= !m[i].inside;
	}
	for (size_t i = 0; i < n; i++) {
		if (!counts(&m[i], any_marked, any_outside))
			continue;
		if (m[i].range) {
			*why = a_range;
			return 0;
		}
		if (m[i].level == 0 && m[i].marked)
			return 0;
		if (m[i].level == 0 || m[i].level == level)
			continue;
		if (level != 0) {
			*why = level_two;
			return 0;
		}
		level = m[i].level;
		if (!any_marked)
			break;
	}
	return level;
}

/*
 * Without 級 only a number that opens the text counts: "3", "3:系統停頓",
 * "from 2 to 3", not "2台伺服器".
 */
static int
opens_with_number(const char *s, size_t len)
{
	static const char *const froms[] = { "由", "從", "从", "from", NULL };
	const char	*end = s + len;
	size_t		 n;
	int		 v;

	if (words_start(s, end, froms) > 0)
		return 1;
	n = number_at(s, end, &v);
	if (n == 0)
		return 0;
	s += n;
	return s == end || ((unsigned char)*s < 0x80 && !is_letter(*s)) ||
	    joint_at(s, end) > 0 || word_starts(s, end, "。") > 0 ||
	    word_starts(s, end, "→") > 0;
}

/* Does the blank at s part two numbers: 4 3 2 1? */
static int
parts_numbers(const char *s, const char *end, char before)
{
	if (!is_digit(before) || (*s != ' ' && *s != '\t'))
		return 0;
	while (s < end && (*s == ' ' || *s == '\t'))
		s++;
	return s < end && is_digit(*s);
}

/* [ 3 ]級 and (3) alone, as one fills in a bracket: its bytes, or 0. */
static size_t
number_in_brackets(const char *s, const char *end, char before, char *digit)
{
	static const char	 open[] = "([{<", close[] = ")]}>";
	const char		*kind = *s == '\0' ? NULL : strchr(open, *s);
	const char		*p = s + 1;

	if (kind == NULL || is_digit(before))
		return 0;
	p += strspn(p, " ");
	if (p >= end || !is_digit(*p))
		return 0;
	*digit = *p++;
	p += strspn(p, " ");
	if (p >= end || *p != close[kind - open])
		return 0;
	p++;
	return p == end || word_starts(p, end, "級") > 0 ||
	    word_starts(p, end, "级") > 0 ? (size_t)(p - s) : 0;
}

/*
 * Lower case, without the quotes of 「2」級 and blanks that part no numbers;
 * gaps[i]: one was left out before out[i].
 */
static size_t
squeeze(char *out, char *gaps, const char *s, size_t len)
{
	static const char *const quotes[] = {
		"「", "」", "『", "』", "“", "”", "《", "》", "〈", "〉",
		"【", "】", "〔", "〕", NULL
	};
	const char	*end = s + len;
	size_t		 n = 0, k;
	char		 digit;

	while (s < end) {
		if ((k = words_start(s, end, quotes)) > 0) {
			s += k;
			continue;
		}
		if ((k = number_in_brackets(s, end, n > 0 ? out[n - 1] : ' ',
		    &digit)) > 0) {
			out[n++] = digit;
			s += k;
			continue;
		}
		if (n > 0 && parts_numbers(s, end, out[n - 1]))
			out[n++] = ' ';
		else if (*s == ' ' || *s == '\t')
			gaps[n] = 1;
		else if (strchr("\"'*_", *s) == NULL && (*s != '\n' || n > 0))
			out[n++] = *s >= 'A' && *s <= 'Z' ?
			    (char)(*s - 'A' + 'a') : *s;
		s++;
	}
	return n;
}

int
level_of_words(struct arena *a, const char *s, size_t len, const char **why)
{
	struct mention	 m[MENTIONS_MAX];
	char		*text = arena_alloc(a, len + 1);
	char		*gaps = arena_alloc(a, len + 1);
	size_t		 n = squeeze(text, gaps, s, len), found;
	int		 marked = 0, guessed = 0;

	found = mentions(text, n, gaps, m, &guessed);
	*why = guessed ? a_guess : no_level;
	for (size_t i = 0; i < found; i++)
		marked |= m[i].marked || m[i].changed;
	if (found == 0 || (!marked && !opens_with_number(text, n)))
		return 0;
	return choose(m, found, why);
}

int
level_read(struct arena *a, const char *text, const char **why)
{
	struct choice_option o[CHOICE_OPTIONS];
	const char	*dummy;
	struct folded	 f;
	size_t		 n, hit = 0, count = 0;

	if (why == NULL)
		why = &dummy;
	text_fold(a, text, text_cut(text, strlen(text), TEXT_READ), &f);
	n = choice_ticks(f.s, f.len, o);
	for (size_t i = 0; i < n; i++)
		if (o[i].tick == TICK_MARKED) {
			hit = i;
			count++;
		}
	if (count > 1) {
		*why = "more than one option is ticked";
		return 0;
	}
	if (count == 1)
		return level_of_tick(a, &f, o, n, hit, why);
	if (n > 0) {
		*why = "no option is ticked";
		return 0;
	}
	return level_of_words(a, f.s, f.len, why);
}

/* The level in the number at sc->s, n bytes: with 級 or 等級 and of an incident;
 * else 0.  *old: it was so before.  sc moves behind it. */
static int
spoken_level(struct scan *sc, size_t n, int v, int *old)
{
	int		 other = level_of_another_scale(sc->begin, sc->s,
			    sc->end, n, v);
	const char	*s = sc->s;
	struct mention	 m = mention_at(sc, n, v);

	*old = m.old;
	if (!m.unit && s > sc->begin + 1 && s[-1] == 'l' && s[-2] != 'e' &&
	    s[-2] != 'v' && is_letter(s[-2]) && !sc->gaps[s - 1 - sc->begin])
		return 0;		/* sql2 */
	other |= level_of_something(sc->begin, s, sc->s, sc->end);
	return !other && m.marked && !counts_something(sc, &m) &&
	    !(m.unit && is_of_thing(sc, sc->s)) ? m.level : 0;
}

unsigned
level_named(struct arena *a, const char *text)
{
	struct folded	f;
	struct scan	sc;
	char		*s, *gaps;
	size_t		n;
	unsigned	seen = 0, all = 0, bit;
	int		v, old;

	text_fold(a, text, text_cut(text, strlen(text), TEXT_READ), &f);
	s = arena_alloc(a, f.len + 1);
	gaps = arena_alloc(a, f.len + 1);
	n = squeeze(s, gaps, f.s, f.len);
	sc = (struct scan){ s, s + n, s, gaps };
	while (sc.s < sc.end) {
		n = number_at(sc.s, sc.end, &v);
		if (n == 0 || inside_word(&sc, n)) {
			sc.s++;
			continue;
		}
		bit = 1u << spoken_level(&sc, n, v, &old);
		all |= bit;
		seen |= old ? 0 : bit;
	}
	seen &= ~1u;
	for (v = 1, n = 0; v <= 4; v++)
		n += (all >> v) & 1;
	return n < LEVELS_MIN ? seen : 0;	/* 4級 3級 2級 1級 */
}
