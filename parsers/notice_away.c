/*
 * notice_away - the words of one who is not there.
 */
#include <string.h>

#include "parsers/notice_subject.h"
#include "parsers/pattern.h"
#include "parsers/text.h"

#define TEXT_READ	2000		/* bytes of an answer that are read */
#define AWAY_MAX	900		/* bytes of one that says no more */
#define GREETINGS	3		/* 王先生您好：感謝您的來信。 */
#define NAME_MAX_BYTES	60

/* The start of the text, folded, in lower case. */
static void
lower_start(const char *text, char low[TEXT_READ + 1])
{
	size_t	n = text_cut(text, strlen(text), TEXT_READ);

	for (size_t i = 0; i < n; i++)
		low[i] = text[i] >= 'A' && text[i] <= 'Z' ?
		    (char)(text[i] - 'A' + 'a') : text[i];
	low[n] = '\0';
}

static int
says_any(const char *s, const char *const *words)
{
	for (size_t i = 0; words[i] != NULL; i++)
		if (strstr(s, words[i]) != NULL)
			return 1;
	return 0;
}

/* Past the next mark that ends a clause, or the end of the text. */
static const char *
behind_clause(const char *s)
{
	for (; *s != '\0'; s++) {
		if (strncmp(s, "。", 3) == 0)
			return s + 3;
		if (strchr("\n,;:!", *s) != NULL ||
		    (*s == '.' && strchr(" \n", s[1]) != NULL))
			return s + 1;
	}
	return s;
}

static int
opens_with(const char *s, const char *const *words)
{
	for (size_t i = 0; words[i] != NULL; i++)
		if (strncmp(s, words[i], strlen(words[i])) == 0)
			return 1;
	return 0;
}

int
words_say_away(const char *text)
{
	static const char *const words[] = {
		"外出", "不在辦公室", "不在办公室", "不在公司", "不在座位",
		"不在位", "休假", "請假", "请假", "出差", "公出", "差假",
		"特休", "年假", "產假", "婚假", "喪假", "公假", "受訓", "出國",
		"留職停薪", "回來", "銷假", "收假", "返回辦公室", "回辦公室",
		"代理人", "職務代理", "無法立即回覆",
		"無法即時回覆", "無法收信", "自動回覆", "自动回复",
		"out of office", "out of the office", "out-of-office",
		"on leave", "vacation", "annual leave", "sick leave",
		"away from", "on holiday", "business trip", "automatic reply",
		"auto-reply", "limited access", "will be back", "will return",
		"back on ", "back in the office",
		"be away", "i am away", "i'm away", "not in the office",
		"ooo ", "when i am back", "when i'm back", "when i return",
		NULL
	};
	char	low[TEXT_READ + 1];

	text += strspn(text, " \t\n");
	if (*text == '\0')
		return 1;
	lower_start(text, low);
	return says_any(low, words);
}

/* 休假：電腦遭竊: who tells of such has an incident, whatever its category. */
int
words_tell_loss(const char *text)
{
	static const char *const words[] = {
		"遭竊", "失竊", "遺失", "被偷", "不見了", "被盜", "遭盜", "被駭",
		"遭駭", "遭入侵", "被入侵", "打不開", "勒索", "中毒", "stolen",
		"hacked", "encrypted", NULL
	};
	char	low[TEXT_READ + 1];

	lower_start(text, low);
	return says_any(low, words);
}

/* Over 您好，我... and Dear colleague: to what the mail says first. */
static const char *
behind_greeting(const char *s)
{
	static const char *const greetings[] = {
		"您好", "你好", "敬啟者", "各位", "親愛的", "亲爱的", "hi", "hello",
		"dear", "to whom", "感謝您的來信", "謝謝您的來信", "感谢您的来信",
		"thank you for your", "thanks for your", NULL
	};
	const char	*next, *name;

	for (int i = 0; i < GREETINGS; i++) {
		s += strspn(s, " \t\n,.!:");
		next = behind_clause(s);
		name = strstr(s, "您好");	/* 王先生您好 */
		if (*next == '\0' || (!opens_with(s, greetings) &&
		    (name == NULL || name > next || next - s > NAME_MAX_BYTES)))
			return s;
		s = next;
	}
	return s;
}

/* 我出差，請先結案，回來再補簽: whoever orders or answers is there, wherever
 * he is. */
static int
decides(const char *low)
{
	static const char *const words[] = {
		"結案", "结案", "銷案", "撤銷", "撤案", "同意", "核定", "核可",
		"准予", "等級", "升級", "降級", "1級", "2級", "3級", "4級",
		"復原", "修復", "已恢復", "已排除", "誤報", "隔離", "停用",
		"approve", "close this", "close the c", "level to", "level is",
		"restored", "recovered", "has been fixed", "false alarm",
		"isolate", NULL
	};

	return says_any(low, words);
}

/* 我目前休假中: the first words, and of whom. */
static int
opens_away(const char *low)
{
	static const char *const who[] = {
		"我", "本人", "目前", "現正", "因", "自", "i am", "i'm", "i will be",
		"currently", "ooo", "out of ", "on leave", "on vacation",
		"休假", "請假", "请假", "出差", "不在", NULL
	};
	static const char *const away[] = {
		"休假", "請假", "请假", "不在辦公室", "不在办公室", "不在公司",
		"外出", "出差", "公出", "差假", "受訓", "出國", "out of office",
		"out of the office", "on leave", "on annual leave",
		"on sick leave", "on maternity leave", "on vacation", "on holiday",
		"away", "ooo", NULL
	};
	static const char *const promises[] = {
		"代理人", "急事", "如有緊急", "若有緊急", "如需協助", "回覆您",
		"回复您", "回來", "回来", "上班", "返回", "收假", "銷假", "return",
		"urgent", "i will be back", "respond", "until", "back on", NULL
	};
	const char	*s = behind_greeting(low), *end = behind_clause(s);
	char		 first[TEXT_READ + 1];
	size_t		 n = (size_t)(end - s);

	if (!opens_with(s, who) || strlen(low) > AWAY_MAX || decides(s))
		return 0;
	memcpy(first, s, n);
	first[n] = '\0';
	return says_any(first, away) && says_any(s, promises);
}

/* Sentences that only programs write, or about their own mails. */
#define HEAD	"(?:^|[\\n。.!,;:(*※])\\s*"
#define THIS	"[此本這这](?:一?封)?[是為为]?(?:一封)?"			\
		"(?:電子郵件|信件|郵件|邮件|訊息|信|回覆|回复)?"
#define SENT	"(?:發出|发出|發送|发送|寄出|寄送|寄發|產生|产生)"

static const char *const sentences[] = {
	HEAD THIS "[是為为由係系]?(?:(?!是否|是不是)[^,。\\n]){0,12}自[動动]"
	    "(?:回[覆复信應应]|通知|" SENT ")(?![^,。\\n]{0,6}[嗎吗?])",
	HEAD THIS "[是為为由係系]系[統统]所?" SENT
	    "[^,。\\n]{0,9}[,。 ]*[請请]勿",
	"[【\\[(] ?(?:系[統统])?自[動动]回[覆复信應应] ?[】\\])]",
	"^\\s*(?:系[統统])?自[動动]回[覆复信應应] ?[:。!]",
	HEAD "this (?:e-?mail|message|reply|is|was)(?: is| was)? an? ?"
	    "auto(?:-(?:reply|response|generated)|"
	    "(?:mated|matic)[ -](?:\\w+[ -]){0,2}(?:e-?mail|mail|message|"
	    "repl|respon|answer|notif|notice|acknowledg|confirm))",
	HEAD "this (?:e-?mail|message|reply) (?:is|was|has been) "
	    "automatically (?:generated|sent)",
	"自動(?:返信|応答)(?:です|メール|にて)",
};

#define COUNT(x)	(sizeof(x) / sizeof((x)[0]))

static int
says_of_itself(const char *s, size_t len)
{
	static struct pattern	*patterns[COUNT(sentences)];
	struct err		 err;
	size_t			 from, to;

	for (size_t i = 0; i < COUNT(sentences); i++) {
		if (patterns[i] == NULL && pattern_compile(sentences[i], 0,
		    &patterns[i], &err) != RC_OK)
			continue;
		if (pattern_match(patterns[i], s, len, &from, &to) == 1)
			return 1;
	}
	return 0;
}

/*
 * The receipt of Notes says so in words alone, over two columns: Return
 * Receipt, Your document: ..., was received by: ..., at: ...
 */
int
words_say_receipt(struct arena *a, const char *text)
{
	static const char	 form[] = "^[\\s>*-]*(?:return receipt|回[條条執执]|"
	    "(?:收件|讀取|送達)回[條条執执])\\s*\\n\\s*(?:your|您的|你的)"
	    "[\\s\\S]{0,600}?(?:document|文件|郵件|邮件)[\\s\\S]{0,600}?"
	    "(?:received|接收|收到)[\\s\\S]{0,600}?(?:at|時間|时间|於|于)\\s*:";
	static struct pattern	*receipt;
	struct folded		 f;
	struct err		 err;
	size_t			 from, to;

	if (receipt == NULL && pattern_compile(form, 1, &receipt, &err) !=
	    RC_OK)
		return 0;
	text_fold(a, text, text_cut(text, strlen(text), TEXT_READ), &f);
	return pattern_match(receipt, f.s, f.len, &from, &to) == 1;
}

int
words_say_automatic(struct arena *a, const char *text)
{
	struct folded	 f;
	char		 low[TEXT_READ + 1];

	text_fold(a, text, text_cut(text, strlen(text), TEXT_READ), &f);
	if (says_of_itself(f.s, f.len))
		return 1;
	lower_start(f.s, low);
	return opens_away(low);
}
