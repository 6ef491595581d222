#include "parsers/level_doubt.h"

#include "parsers/words.h"

static int
is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

/* From the last of the marks before s. */
static const char *
back_to(const char *begin, const char *s, const char *const *marks)
{
	while (s > begin && (word_inside(*s) || !words_end(begin, s, marks)))
		s--;
	return s;
}

/* A Latin word does not begin inside another: no "if" in classification. */
static int
contains_any(const char *s, const char *end, const char *const *words)
{
	const char	*begin = s;

	for (; s < end; s++)
		if (!word_inside(*s) && words_start(s, end, words) > 0 &&
		    !(is_letter(*s) && s > begin && is_letter(s[-1])))
			return 1;
	return 0;
}

/* 確認後改為3級 tells what is to come first; but not 經確認後, 與科長確認後. */
static int
awaits_word(const char *from, const char *s)
{
	static const char *const words[] = {
		"確認後", "確定後", "查證後", "證實後", "核可後", "核准後", "核定後",
		"核示後", "同意後", "簽准後", "批准後", "裁示後", "确认后", "同意后",
		"批准后", "核准后", "onceconfirmed", "afterconfirmation",
		"afterapproval", "uponconfirmation", "uponapproval", NULL
	};
	static const char *const had[] = {
		"經", "经", "已", "業", "獲", "與", "与", "和", "跟", "洽", "向",
		"我", NULL
	};

	return contains_any(from, s, words) && !contains_any(from, s, had);
}

/* 影響擴大則改為3級: the outcome of what may come, but not 本案則改為3級. */
static int
is_outcome(const char *from, const char *s)
{
	static const char *const then[] = {
		"則改", "則升", "則提", "則調", "则改", "则升", "则提", "则调", NULL
	};
	static const char *const subjects[] = {
		"本案", "此案", "本件", "此件", "該案", "該件", "現", "今", "目前",
		NULL
	};

	for (const char *p = from; p < s; p++)
		if (words_start(p, s, then) > 0)
			return words_end(from, p, subjects) == 0;
	return 0;
}

/* 若擴大則升為3級, 請勿改為3級, 比照3級: what stands before takes it back. */
int
level_supposed(const char *begin, const char *s)
{
	static const char *const sentence[] = { "。", ";", "\n", NULL };
	static const char *const clause[] = {
		"。", ";", "\n", ",", "、", NULL
	};
	static const char *const opening[] = {
		"。", ";", "\n", ",", "、", ":", "(", NULL
	};
	static const char *const ifs[] = {
		"倘", "萬一", "一旦", "假如", "假設", "除非", "if", "unless",
		"incase", NULL
	};
	static const char *const nots[] = {
		"不要", "勿", "不宜", "不得", "不應", "不需", "無須", "無需",
		"毋須", "毋需", "毋庸", "無庸", "俟", "不必", "暫不", "不會",
		"不予", "不同意",
		"別定", "別列", "別改", "別調", "別升", "別降", "是否", "比照",
		"參照", "參考", "仿照", "準用", "参照", "准用",
		"必要時", "視情況", "視情形", "視狀況", "視需要", "屆時",
		"擴大時", "惡化時", "donot",
		"don't", "shouldnot", "neednot", NULL
	};
	static const char *const no_ifs[] = {
		"若干", "如下", "如附", "如上", "如前", "如表", "如圖", "如期",
		"如同", "如說明", "如後", "如次", "如主旨", "如旨",
		"如題", "如標題", "如擬", "如簽", "如您", "如你", "如電話", "如昨", NULL
	};
	const char	*from = back_to(begin, s, sentence);
	int		 opens = 1;

	if (is_outcome(back_to(begin, s, clause), s))
		return 1;

	if (contains_any(from, s, ifs) ||
	    awaits_word(back_to(begin, s, clause), s) ||
	    contains_any(back_to(begin, s, clause), s, nots))
		return 1;
	for (; from < s; from++) {
		if ((word_starts(from, s, "若") > 0 ||
		    (opens && word_starts(from, s, "如") > 0)) &&
		    words_start(from, s, no_ifs) == 0)
			return 1;
		opens = words_end(begin, from + 1, opening) > 0;
	}
	return 0;
}

/* 3級?  是3級嗎 */
int
level_asked(const char *s, const char *end)
{
	static const char *const stops[] = {
		"。", ";", "\n", ",", "!", NULL
	};
	static const char *const asks[] = { "?", "嗎", "吗", "與否", NULL };

	for (; s < end && words_start(s, end, stops) == 0; s++)
		if (words_start(s, end, asks) > 0)
			return 1;
	return 0;
}

/* Where the guess before s begins, or NULL. */
static const char *
guess_before(const char *begin, const char *s)
{
	static const char *const guesses[] = {
		"可能", "也許", "或許", "大概", "大約", "約", "恐", "恐怕",
		"說", "說是", "说", "明日起", "明天起", "下週起", "下周起", "次日起",
		"疑似", "疑", "似乎", "似", "好像", "看來", "看起來", "像",
		"看起來像", "相當", "相當於", "相当于", "等同", "等同於", "形同",
		"視同", "视同", "接近", "幾近", "將近", "逼近", "近似", "類同",
		"equivalentto", "similarto", "sameas", "treatas", "treatedas",
		"handleas", "照", "依照", "按照", "應可", "應該",
		"應該可以", "我想", "我猜", "猜", "猜測", "估計", "推測",
		"推估", "預計", "預定", "擬", "打算", "不確定",
		"无法确定", "無法確定", "也许", "或许",
		"大约", "约", "应该", "估计", "不确定", "maybe", "perhaps",
		"possibly", "possible", "probably", "likely", "mightbe",
		"might", "could", "couldbe", "may", "should", "shouldbe",
		"ithink", "iguess", "guess", "approx", "approx.",
		"approximately", "about", "around", "seems", "seemsto",
		"seemslike", "lookslike", "notsure", "notsureif", "unsure",
		"unsureif", NULL
	};
	static const char *const fillers[] = {
		"是", "為", "为", "可", "可以", "會", "会", "要", "有", "算",
		"算是", "列",
		"調為", "調整為", "調降為", "調升為", "調",
		"列為", "屬", "屬於", "達", "達到", "到",
		"升", "升至", "升到",
		"降", "降為", "降到",
		"提升", "提升至", "提高", "改", "改為", "改成", "定", "落在",
		"在", "於", "的", "第", "等級", "等级", "事件", "這", "這個",
		"本案", "今日", "明日", "明天", "稍後",
		"it", "its", "is", "are", "be", "a", "an", "the",
		"this",
		"to", "at", "level", "lv", "severity", ":", "(", NULL
	};
	size_t	n;

	for (int i = 0; i < 6; i++) {
		n = words_end(begin, s, guesses);
		if (n > 0)
			return s - n;
		n = words_end(begin, s, fillers);
		if (n == 0)
			return NULL;
		s -= n;
	}
	return NULL;
}

int
level_guessed(const char *begin, const char *s, int *or)
{
	static const char *const ors[] = { "或", "或者", "or", NULL };
	const char	*from = guess_before(begin, s);

	*or = from != NULL && words_end(begin, from, ors) > 0;
	return from != NULL;
}

/* Nothing more is said in the clause. */
static int
clause_ends(const char *s, const char *end)
{
	static const char *const stops[] = {
		"。", ";", "\n", ",", "!", ")", ".", "、", "…", "~", NULL
	};

	return s >= end || words_start(s, end, stops) > 0;
}

/* 待確認, 待長官核定, 請科長核定: a clause that leaves it to be settled. */
static int
is_left_open(const char *s, const char *end)
{
	static const char *const asks[] = { "請", "敬請", "煩請", "陳請", "呈請",
	    "呈", "陳", NULL };
	static const char *const judged[] = {
		"核定", "核示", "核可", "核准", "裁示", "裁定", "鑒核", "鑑核", "批示",
		"定奪", NULL
	};
	static const char *const waits[] = { "待", "須經", "需經", "俟", NULL };
	static const char *const settled[] = {
		"確認", "確定", "查證", "評估", "定", "核准", "議", "同意",
		"决定", "确认", "评估", NULL
	};
	const char	*const *ends = words_start(s, end, waits) > 0 ? settled :
			    words_start(s, end, asks) > 0 ? judged : NULL;
	const char	*begin = s;

	while (ends != NULL && !clause_ends(s, end))
		s++;
	return ends != NULL && words_end(begin, s, ends) > 0;
}

int
level_doubted(const char *s, const char *end)
{
	static const char *const joints[] = {
		"(", ",", "-", "、", "。", ".", ":", "但", "但還", "仍", "事件",
		"還", "尚", "…", "[", "/", "我", "暫定", "暫列", "初判", NULL
	};
	static const char *const doubts[] = {
		"未確認", "未確定", "未定", "未定案", "不確定",
		"不太確定", "不是很確定", "無法確定", "沒把握", "可能",
		"也許", "或許", "大概", "應該", "應該是", "應該吧", "吧",
		"左右", "已解除", "解除", "已撤銷", "已取消", "取消",
		"上下", "疑似", "用猜的", "猜的", "不确定", "大概吧",
		"maybe", "perhaps", "possibly", "probably", "notsure", "unsure",
		"ithink", "iguess", "guess", "guessing", "guessed", "tbc",
		"明日", "明天", "下週", "下周", "稍後", "請核示", "請核定",
		"請裁示", "請鑒核", "請鑑核", "簽核中", "陳核中", "tomorrow",
		"nextweek", "later", "tobeconfirmed", "tbd", "tobedecided",
		"notconfirmed", "unconfirmed", "estimate", "estimated",
		/* our own letter tells of it so */
		"已生效", "ineffect", NULL
	};
	/* level 3 if it spreads; not: level 3, if you ask me */
	static const char *const ifs[] = {
		"ifit", "ifthe", "once", "unless", NULL
	};
	static const char *const waits[] = {
		"pending", "subjectto", "afterconfirmation", "afterapproval",
		"uponconfirmation", "uponapproval", NULL
	};
	size_t	n;

	if (words_start(s, end, ifs) > 0)
		return 1;
	for (int i = 0; i < 4; i++) {
		if (is_left_open(s, end) || words_start(s, end, waits) > 0)
			return 1;
		for (size_t k = 0; doubts[k] != NULL; k++) {
			n = word_starts(s, end, doubts[k]);
			if (n > 0 && clause_ends(s + n, end))
				return 1;
		}
		n = words_start(s, end, joints);
		if (n == 0)
			return 0;
		s += n;
	}
	return 0;
}

/* 3級處理原則, 3級事件通報程序: what the house does at a level. */
int
level_of_rule(const char *s, const char *end)
{
	static const char *const fillers[] = {
		"資通安全", "資安", "事件", "通報", "應變", "處理", "處置",
		"緊急", "標準", "作業", "的", "之", "资通安全", "资安", "通报",
		"应变", "处理", "处置", "紧急", "标准", "作业", "incident",
		"response", "handling", NULL
	};
	static const char *const rules[] = {
		"原則", "程序", "流程", "規定", "規範", "機制", "手冊", "要點",
		"計畫", "準則", "辦法", "演練", "演習", "原则", "规定", "规范",
		"机制", "手册", "要点", "计划", "准则", "办法", "演练", "sop",
		"procedure", "drill", NULL
	};
	size_t	n;

	while ((n = words_start(s, end, fillers)) > 0)
		s += n;
	return words_start(s, end, rules) > 0;
}

/* 3F, 3% */
static int
is_measured(const char *s, const char *end)
{
	return s < end && (*s == '%' ||
	    (*s == 'f' && (s + 1 == end || !is_letter(s[1]))));
}

/* log level 3, 弱點等級3, level 2 support: of what no incident is; s is where the
 * number begins, behind where it ends. */
int
level_of_something(const char *begin, const char *s, const char *behind,
    const char *end)
{
	static const char *const labels[] = {
		"loglevel", "supportlevel", "raidlevel", "risklevel",
		"alertlevel", "threatlevel", "prioritylevel", "servicelevel",
		"securitylevel", "patchlevel", "威脅等級", "風險等級", "弱點等級",
		"漏洞等級", "機密等級", "防護等級", "風險級別", NULL
	};
	static const char *const things[] = {
		"support", "engineer", "technician", "vendor", "switch", NULL
	};

	return words_end(begin, s, labels) > 0 ||
	    words_start(behind, end, things) > 0;
}

/* 震度4級, 三級古蹟, 哪一級, 3樓: of another scale, or no level at all. */
int
level_of_another_scale(const char *begin, const char *s, const char *end,
    size_t n, int v)
{
	static const char *const scales[] = {
		"震度", "強度", "强度", "風力", "陣風", "最大震度", "地震", "蒲福",
		"甲", "乙", "丙", "連升", "連降", "連跳", "分為", "分成",
		"共", "共分", "區分", "區分為", "越", "跨", NULL
	};
	static const char *const kinds[] = {
		"古蹟", "主管", "單位", "單位主管", "機關", "強風",
		"陣風", "地震", "長官", "警戒", "開設", "毒品", "機構", "醫院",
		"棟", "淹水", "會議室", "会议室",
		/* 三級三審, 三級制, 三級跳: how many there are */
		"二審", "三審", "四審", "審查", "審核", "制", "跳", "品管",
		"管制", "管理", "聯防", "輪值", "輪班", "值班", "分工", "分類",
		"分級", "防護", "防制", "預防", "保養", "體制", "架構",
		"產業", "學校", "貧戶", "檢定", "證照",
		"證書", "技術士", "技士", "技師", "技工", "專員", "管理師",
		"分析師", "工程師", "科員", "科長", "組長", "組員", "幹部",
		"教練", "裁判", NULL
	};
	static const char *const which[] = {
		"哪", "那", "同", "下", "上", "每", "任", "高", "低", "差", "升",
		"降", "何", NULL
	};
	static const char *const units[] = { "級", "级", NULL };
	const char	*next = s + n;
	size_t		 unit = words_start(next, end, units);

	return words_end(begin, s, scales) > 0 ||
	    is_measured(next, end) || level_of_rule(next + unit, end) ||
	    (unit > 0 && (words_start(next + unit, end, kinds) > 0 ||
	    (v == 1 && words_end(begin, s, which) > 0)));
}
