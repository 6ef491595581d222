#include "parsers/notice_subject.h"

#include <string.h>
#include <strings.h>

#define COUNT(x)	(sizeof(x) / sizeof((x)[0]))

/* At the start of a subject, followed by a colon, a bracket or the end. */
static const char *const away_subjects[] = {
	"自動回覆", "自动回复", "自動答覆", "自动答复", "自動回信", "自動回應",
	"自動応答", "自動返信", "不在辦公室自動回覆", "不在辦公室的自動回覆",
	"外出時的自動回覆", "外出時自動回覆", "外出自動回覆",
	"外出时的自动答复", "外出时的自动回复", "休假自動回覆",
	"請假自動回覆", "出差自動回覆", "系統自動回覆通知", "系統自動回覆",
	"系统自动回复", "自動回覆通知", "不在通知", "不在のお知らせ",
	"yahoo! auto response", "automatic reply", "auto reply",
	"auto-reply", "autoreply", "automatic response", "auto response",
	"auto-response", "autoresponse", "out of office autoreply",
	"vacation reply", "abwesenheitsnotiz", "réponse automatique",
	"risposta automatica", "respuesta automática", "automatische antwort",
	"resposta automática", "automatisch antwoord", "odpowiedź automatyczna",
	"автоответ", "자동 회신", "자동 응답", "부재중 자동 응답",
};

/* The same of older programs, but people write these too: 外出：筆電遺失. */
static const char *const absent_subjects[] = {
	"不在辦公室", "不在办公室", "外出中", "外出", "休假中", "休假",
	"請假", "请假", "出差", "不在",
	"out of office", "out of the office", "out-of-office", "ooo",
	"on vacation", "away from office", "away from the office",
};

static const char *const bounce_subjects[] = {
	"undeliverable", "undelivered mail", "delivery status notification",
	"mail delivery failed", "mail delivery failure", "mail delivery system",
	"delivery failure", "failure notice", "returned mail",
	"delivery has failed", "message delivery delayed",
	"warning: message", "mail could not be delivered",
	"delivery notification", "無法傳遞", "未傳遞的主旨", "無法傳送",
	"傳遞狀態通知", "退信", "郵件傳送失敗", "系统退信", "未送達",
	"delayed mail", "delivery delayed", "mail system error",
	"returned to sender", "nondeliverable", "message status",
	"failed delivery", "unable to deliver", "could not deliver",
	"**message you sent blocked", "notice: mail delivery status",
	"系統退信", "郵件無法", "邮件无法", "投递失败", "郵件退回",
	"信件退回", "信件無法", "投遞失敗", "傳送失敗", "寄送失敗",
	"發送失敗", "发送失败", "邮件传输失败", "郵件投遞失敗", "無法投遞",
	"无法投递", "non-delivery", "delivery report", "mail not delivered",
	"mail delivery warning", "permanent delivery failure",
	"transient delivery failure", "message undeliverable", "failed mail",
	"delivery status:",
	/* French, Italian, Spanish, Portuguese */
	"non remis", "échec de la remise", "Échec de la remise",
	"erreur de remise", "échec de remise", "Échec de remise",
	"message non délivré", "message non distribué",
	"courrier non distribué", "avis de non-remise",
	"notification d'état de remise", "notification d'échec",
	"recapito non riuscito", "mancato recapito", "mancata consegna",
	"consegna non riuscita", "messaggio non consegnato",
	"messaggio non recapitabile", "non recapitabile",
	"impossibile recapitare", "no se puede entregar",
	"no se pudo entregar", "no se ha podido entregar", "no entregado",
	"mensaje no entregado", "mensaje devuelto", "correo devuelto",
	"error de entrega", "fallo en la entrega", "fallo de entrega",
	"não é possível entregar", "não foi possível entregar",
	"não entregue", "falha na entrega", "mensagem devolvida",
	/* German, Dutch, Polish, Russian */
	"unzustellbar", "nicht zustellbar", "zustellung fehlgeschlagen",
	"fehlgeschlagene zustellung", "nachricht nicht zustellbar",
	"onbestelbaar", "niet bezorgd", "niedostarcz", "nie dostarczono",
	"nie można dostarczyć", "zwrot wiadomości", "Недоставлен",
	"недоставлен", "Не доставлено", "Не удалось доставить",
	/* Japanese, Korean */
	"配信不能", "配信できません", "配信エラー", "配信失敗", "未配信",
	"メール配信エラー", "メール配信失敗", "メールを配信できません",
	"エラーメール", "送信エラー", "배달되지 않음", "배달 실패",
	"전송 실패", "반송",
};

static const char *const read_subjects[] = {
	"已讀取", "已讀", "讀取回條", "讀信回條", "讀取", "未讀取", "read:",
	"not read:", "已读", "未读", "開封済み", "開封確認", "收信回條",
	"收件回條", "閱讀回條", "送達回條", "已送達", "已传递", "已傳遞",
	"阅读回执", "已读回执", "收信回执", "回执", "delivered:", "relayed:",
};

/* What Lotus Notes writes before the name of one who is away. */
static const char *const programs[] = {
	"auto:", "自動:", "自動：", "自动:", "自动：",
};

/* Lotus Notes puts the name first: 王小明 不在辦公室。 */
static const char *const away_ends[] = {
	"is out of the office", "不在辦公室", "不在办公室", "不在公司",
};

/* What follows the longest of the marks at the start of the subject, or NULL. */
static const char *
after_mark(const char *s, const char *const *marks, size_t n)
{
	size_t	 len, best = 0;

	while (*s == ' ' || *s == '[' || *s == '(')
		s++;
	if (strncmp(s, "【", 3) == 0)
		s += 3;
	for (size_t i = 0; i < n; i++) {
		if (((*s ^ *marks[i]) & ~0x20) != 0)
			continue;
		len = strlen(marks[i]);
		if (len > best && strncasecmp(s, marks[i], len) == 0)
			best = len;
	}
	return best > 0 ? s + best : NULL;
}

/* What stands there to the end of a subject, in brackets: a day. */
static int
is_day_in_brackets(const char *s)
{
	size_t	n = strlen(s), digits = 0;

	for (size_t i = 0; i < n; i++)
		digits += s[i] >= '0' && s[i] <= '9';
	return n > 2 && *s == '(' && s[n - 1] == ')' && digits >= 2;
}

/* "AUTO: Wang is out of the office (returning 06/04)". */
static int
ends_away(const char *s)
{
	const char	*at;

	for (size_t i = 0; i < COUNT(away_ends); i++) {
		at = strcasestr(s, away_ends[i]);
		if (at == NULL || at == s)
			continue;
		at += strlen(away_ends[i]);
		if (strncmp(at, "。", 3) == 0)
			at += 3;
		at += strspn(at, " .");
		if (*at == '\0' || is_day_in_brackets(at))
			return 1;
	}
	return 0;
}

/* "Re: leave (Automatic Response)", when a machine wrote it for certain. */
static int
ends_with(const char *s, const char *const *marks, size_t n_marks)
{
	size_t	n = strlen(s), len;

	while (n > 0 && strchr(" )].", s[n - 1]) != NULL)
		n--;
	for (size_t i = 0; i < n_marks; i++) {
		len = strlen(marks[i]);
		if (len <= n && strncasecmp(s + n - len, marks[i], len) == 0)
			return 1;
	}
	return 0;
}

/* "[CSI-...] ... (自動回覆)": as a program writes that keeps our subject. */
static int
ends_in_brackets(const char *subject)
{
	static const char *const brackets[][2] = {
		{ "(", ")" }, { "[", "]" }, { "（", "）" }, { "【", "】" },
	};
	size_t	n = strlen(subject), open, close, len;

	while (n > 0 && subject[n - 1] == ' ')
		n--;
	for (size_t i = 0; i < COUNT(brackets); i++) {
		open = strlen(brackets[i][0]);
		close = strlen(brackets[i][1]);
		if (n < close || memcmp(subject + n - close, brackets[i][1],
		    close) != 0)
			continue;
		for (size_t k = 0; k < COUNT(away_subjects); k++) {
			len = strlen(away_subjects[k]) + open + close;
			if (len < n && memcmp(subject + n - len,
			    brackets[i][0], open) == 0 && strncasecmp(subject +
			    n - len + open, away_subjects[k], len - open -
			    close) == 0)
				return 1;
		}
	}
	return 0;
}

/* Bytes of the first of the words that s begins with, or 0. */
static size_t
begins_with(const char *s, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strncasecmp(s, words[i], strlen(words[i])) == 0)
			return strlen(words[i]);
	return 0;
}

/* 6/4, 6月4日, 下週一; but not the 3 of 3 notebooks. */
static int
begins_with_day(const char *s)
{
	static const char *const days[] = {
		"週", "周", "星期", "禮拜", "下", "本", "今", "明", "後天",
	};
	static const char *const marks[] = { "/", "-", ".", "年", "月", "日" };
	size_t	n = strspn(s, "0123456789");

	return n > 0 ? begins_with(s + n, marks, COUNT(marks)) > 0 :
	    begins_with(s, days, COUNT(days)) > 0;
}

/* OOO until 4 June, 休假至 6/4, 出差 6/1-6/4; but not 外出至分局. */
static int
says_how_long(const char *s)
{
	static const char *const english[] = {
		"until ", "till ", "through ", "thru ", "from ", "back on ",
		"back in ", "returning ",
	};
	static const char *const to[] = { "至", "到", "自", "中至" };

	if (begins_with(s, english, COUNT(english)) > 0)
		return 1;
	s += begins_with(s, to, COUNT(to));
	return begins_with_day(s + strspn(s, " "));
}

/* 自動回覆-Auto Reply, 外出(Out of Office): behind the same in another
 * language, or s. */
static const char *
behind_translation(const char *s)
{
	const char	*at = s + strspn(s, " -/|(["), *rest;

	rest = after_mark(at, away_subjects, COUNT(away_subjects));
	if (rest == NULL)
		rest = after_mark(at, absent_subjects, COUNT(absent_subjects));
	return rest == NULL || at == s ? s : rest;
}

/* Does a mark open the subject, and a colon or the end follow it? */
static int
opens_with(const char *subject, const char *const *marks, size_t n,
    int supported)
{
	const char	*s = after_mark(subject, marks, n), *tag;

	/* [helpdesk #33575] AutoReply: as ticket systems write */
	if (s == NULL && *subject == '[' && (tag = strchr(subject, ']')) !=
	    NULL)
		s = after_mark(tag + 1, marks, n);
	if (s == NULL)
		return supported && ends_with(subject, marks, n);
	s += strspn(s, " ");
	if (marks == absent_subjects && says_how_long(s))
		return 1;
	s = behind_translation(s);
	if (supported || *s == '\0' || *s == ':' || *s == ']' || *s == ')')
		return 1;
	return strncmp(s, "：", 3) == 0 || strncmp(s, "】", 3) == 0;
}

/* "自動回覆: ..." is a mark, 「自動回覆系統遭入侵」 is an incident. */
enum away
subject_says_away(const char *subject, int supported)
{
	const char	*rest = after_mark(subject, programs, COUNT(programs));

	if (opens_with(subject, away_subjects, COUNT(away_subjects),
	    supported) || (rest != NULL && opens_with(rest, absent_subjects,
	    COUNT(absent_subjects), supported)))
		return AWAY_SURE;
	if (ends_in_brackets(subject) && !subject_forwards(subject))
		return supported ? AWAY_SURE : AWAY_ENDS;
	if (!ends_away(subject) && !opens_with(subject, absent_subjects,
	    COUNT(absent_subjects), supported))
		return AWAY_NOT;
	if (supported || rest != NULL)
		return AWAY_SURE;
	return AWAY_MAYBE;
}

int
subject_says_bounce(const char *subject)
{
	return after_mark(subject, bounce_subjects, COUNT(bounce_subjects)) !=
	    NULL;
}

const char *
subject_says_read(const char *subject)
{
	const char	*s = after_mark(subject, read_subjects,
			    COUNT(read_subjects));

	if (s == NULL)
		return NULL;
	if (s[-1] == ':' || *s == ':')
		return *s == ':' ? s + 1 : s;
	return strncmp(s, "：", 3) == 0 ? s + 3 : NULL;
}

/* --- people's --- */

static const char *const reply_marks[] = {
	"re:", "re：", "回覆:", "回覆：", "回复:", "回复：", "答覆:", "答覆：",
	"答复:", "答复：", "回信:", "回信：", "aw:", "sv:", "reply:",
};

static const char *const forward_marks[] = {
	"fw:", "fw：", "fwd:", "fwd：", "轉寄:", "轉寄：", "轉發:", "轉發：",
	"转发:", "转发：", "轉呈:", "轉呈：", "轉陳:", "轉陳：",
	"转寄:", "转寄：", "[fwd:", "wg:", "tr:",
};

static int
has_mark(const char *s, const char *const *marks, size_t n)
{
	return begins_with(s + strspn(s, " "), marks, n) > 0;
}

int
subject_answers(const char *s)
{
	if (has_mark(s, reply_marks, COUNT(reply_marks)))
		return 1;
	return strncasecmp(s, "re[", 3) == 0 && strstr(s, "]:") != NULL;
}

int
subject_forwards(const char *s)
{
	return has_mark(s, forward_marks, COUNT(forward_marks));
}
