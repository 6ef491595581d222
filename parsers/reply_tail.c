/*
 * reply_tail - lines that programs and gateways write into people's mails:
 * 從我的 iPhone 傳送, a disclaimer, [外部郵件] ..., 機密等級：一般.
 */
#include <string.h>

#include "parsers/pattern.h"
#include "parsers/reply_line.h"

#define LINE_MAX_BYTES	1200		/* longer lines are somebody's words */

/*
 * Of what has happened: who writes these words tells something, whatever the
 * line looks like otherwise.
 */
#define TELLS								\
	"遭|被駭|被盜|被用|中毒|入侵|打不開|無法|当机|當機|"		\
	"(?<!小心)(?<!當心)(?<!慎防)(?<!嚴防)(?<!提防)(?<!防範)勒索|"	\
	"已點|已開啟|誤點|誤開|疑似|詐騙|詐骗|感染|外洩|外泄|"		\
	"遺失|失竊|盜用|竊|為釣魚|是釣魚|但|卻|却|"			\
	"\\b(?:stolen|infected|encrypted|clicked|opened|leaked|"	\
	"phished|trojan|is a phish|were found|was found|but)\\b"
#define NO_TELLS	"(?!.*(?:" TELLS "))"

/* The things that mails are sent with. */
#define DEVICE								\
	"(?:iphone|ipad|ipod|android|安卓|galaxy|samsung|三星|小米|"	\
	"xiaomi|redmi|紅米|红米|huawei|華為|华为|oppo|vivo|realme|"	\
	"htc|xperia|sony|asus|zenfone|nokia|motorola|pixel|"		\
	"blackberry|黑莓|windows|outlook|yahoo|gmail|line|"		\
	"proton ?mail|k-9|mymail|spark|thunderbird|foxmail|mail2000|"	\
	"zimbra|手機|手机|行動裝置|行動電話|平板)"
#define SENT	"(?:傳送|传送|寄出|寄送|寄發|发送|發送|發出|发出|送出)"
#define MAIL	"(?:電子郵件|電子信件|電郵|郵件|邮件|信件|訊息|e-?mail|信)"
#define THIS	"(?:本|此|這封|这封|該|该|這)(?:封)?(?:电子)?" MAIL

static const char *const tails[] = {
	/* 從我的三星 Galaxy 智慧型手機傳送。 */
	"[(\\[]?(?:" THIS ")?(?:[從从自由以]|用我的|使用|透過|通過|通过|經由)"
	    "[^,;。:]{0,30}?" DEVICE "[^,;。:]{0,40}?" SENT
	    "(?:的(?:郵件|信件|邮件))?[。.)\\]]*"
	    "(?: ?請?(?:原諒|見諒|恕)[^。]{0,20}[。.]?)?$",
	/* 發自 Yahoo奇摩電子信箱 iPhone 版 */
	"(?:發自|发自|寄自|傳送自|發送自|发送自|[來来]自我的) ?"
	    "[^,;。:]{0,12}?" DEVICE
	    "[^,;。:的]{0,24}[。.]?$",
	"sent (?:from|with|via|using|by) (?:my |an? |the )?(?:" DEVICE
	    "|ios|mobile|phone|tablet|mailspring|mailbird|airmail|newton|"
	    "edison|canary|bluemail|aqua|fairemail|em client|verse|hcl|"
	    "workspace|boxer|nine|superhuman|notes|surface|"
	    "[a-z0-9]{1,16} (?:phone|smartphone|handset|device))\\b"
	    "[^,;:@]{0,70}$",
	"(?:取得|下載|下载|获取|獲取|get|download) ?[^,;。]{0,12}outlook"
	    "[^,;。]{0,60}$",
	"(?:iphone|ipad|android|スマートフォン|携帯)[^。]{0,20}から送信[。]?$",
	/* 列印前請先考慮環保, and who checked the mail for viruses */
	"(?=.*?(?:列印|印出|打印|print))"
	    "(?=.*?(?:環境|環保|地球|節能|減碳|樹木|森林|环境|环保|"
	    "environment|\\btrees?\\b))"
	    "(?=.*?(?:考慮|考虑|愛護|爱护|保護|响应|響應|珍惜|三思|非必要|"
	    "consider|before|save|think))(?!.*(?:機|異常|故障))" NO_TELLS
	    ".{0,160}$",
	"非必要.{0,6}請勿.{0,6}列印.{0,20}$",
	"(?=.*?(?:掃描|扫描|檢查|检查|偵測|檢測|過濾))(?=.*?" THIS ")"
	    "(?=.*?(?:防毒|病毒|avast|avg|eset|nod32|openfind|mailgates|"
	    "mailscanner|spam ?sqr|softnext|cellopoint|trend|趨勢|"
	    "kaspersky|symantec|sophos|barracuda|fortimail|avira|norton|"
	    "mcafee))(?!.*(?<!未)(?<!無)(?<!有)(?:發現|发现|偵測到|含有))"
	    NO_TELLS ".{0,160}$",
	"(?:不含病毒|無病毒|virus-?free)[。.]? ?(?:www\\.|<|$)",
	"(?:this|the) (?:incoming |outgoing )?(?:e-?mail|message)"
	    "(?: and any attachments?)? (?:has been|was|is) "
	    "(?:checked|scanned|certified)\\b" NO_TELLS,
	"no virus(?:es)? (?:was |were )?found in this "
	    "(?:incoming |outgoing )?(?:e-?mail|message)",
	"(?:checked|scanned|protected) by (?:avg|avast|eset|mailscanner|"
	    "openfind|mailgates|spam ?sqr|cellopoint|clam|kaspersky|"
	    "symantec|sophos|barracuda|trend)[^,;]{0,60}$",
	"information from eset",
	/* 依個人資料保護法…; 【個資保護提醒】本信件… */
	"(?=.*?個人資料)(?=.*?(?:" THIS "|收件))"
	    "(?=.*?(?:妥善保管|不得|請勿|僅供|僅限|非經))" NO_TELLS,
	"(?:この|本)(?:電子)?メール(?=.*?(?:機密|宛先|受信者|秘密))"
	    "(?=.*?(?:削除|ください|禁))",
	"(?:(?:important|notice|warning|attention|note)[^a-z]{1,4})?"
	    "(?:the |this |any )?(?:information|contents?|e-?mail|message|"
	    "transmission|communication)\\b"
	    "(?=.{0,300}(?:confidential|privileged))"
	    "(?=.{0,300}(?:intended|recipient|addressed|attachments?))"
	    NO_TELLS,
};

#define CARE								\
	"(?:連結|链接|鏈接|附件|點選|點擊|点击|警覺|警惕|謹慎|谨慎|"	\
	"留意|小心|當心|身分|身份|links?\\b|attachments?\\b|click|"	\
	"cautio|careful|phish|recogni)"
#define OUTSIDE	"(?:外部|外來|組織外|组织外|機關外|公司外|組織以外)"

/* What a gateway puts above a mail from outside. */
static const char *const banners[] = {
	"[\\[【(<〔] ?(?:外部|外來|外来|external|ext)"
	    "(?:" MAIL "|來信|寄件者| ?e-?mail| ?message| ?sender)? ?"
	    "(?:警告|警示|提醒|注意)? ?[\\]】)>〕][\\s:*]*"
	    "(?:$|(?=.*?" CARE ")" NO_TELLS ".{0,300}$)",
	OUTSIDE "(?:" MAIL "|來信)(?:警告|警示|提醒)?[\\s,:。!-]+"
	    "(?=.*?" CARE ")" NO_TELLS ".{0,200}$",
	"[【\\[(]?(?:(?:警告|注意|提醒|警示|小心)[】\\])]?[\\s:!,]*)?" THIS
	    "[^,。]{0,12}(?:來自|来自|由|寄自|為|为|從|从)[^,。]{0,12}"
	    OUTSIDE NO_TELLS ".{0,200}$",
	"[\\[(【]?(?:caution|warning|attention|notice|note|"
	    "external(?: e-?mail)?)?[\\s:!*\\])】-]*"
	    "this (?:e-?mail|message|sender) (?:has |was |is )?"
	    "(?:originated|originates|sent|came|comes|received|from|"
	    "located)\\b.{0,20}(?:outside|external)" NO_TELLS ".{0,400}$",
	"external (?:e-?mail|sender|message)\\s?[:!,-]+(?=.*?" CARE ")"
	    NO_TELLS ".{0,300}$",
	("(?:some people who received this message |you )"
	    "(?:do not|don.t) often get e-?mail from "),
	"您不(?:常|經常|经常)收到來自 ?.{3,90}的(?:電子)?郵件",
};

/* A stamp that nothing follows from: words with a secret stay. */
static const char *const stamps[] = {
	"[\\[【(]?(?:資料|文件|資訊|郵件|信件)?"
	    "(?:機密等級|密等|密級|資安分級|資訊分級|資料分級|資料等級|"
	    "机密等级|密级)(?:及解密條件[^:]{0,20})?\\s?:\\s?"
	    "(?:一般|普通|公開|公开|無|內部使用|限內部使用|內部|内部|"
	    "内部使用)(?:件|級|资料|資料)?[\\]】)。]*$",
	"[\\[【(]?速別\\s?:\\s?(?:普通件?|一般)[\\]】)。]*$",
	"[\\[(]?(?:data |document |e-?mail )?(?:classification|sensitivity)"
	    "\\s?:\\s?(?:public|general|internal(?: use)?(?: only)?|"
	    "official|unclassified|none|normal)[\\]).]*$",
};

#define COUNT(x)	(sizeof(x) / sizeof((x)[0]))

static struct pattern	*tail, *banner, *stamp;

enum rc
mail_tail_prepare(struct err *err)
{
	enum rc	rc = RC_OK;

	if (tail == NULL)
		rc = pattern_any(tails, COUNT(tails), 1, &tail, err);
	if (rc == RC_OK && banner == NULL)
		rc = pattern_any(banners, COUNT(banners), 1, &banner, err);
	if (rc == RC_OK && stamp == NULL)
		rc = pattern_any(stamps, COUNT(stamps), 1, &stamp, err);
	return rc;
}

/* Marks around the words, as in ***** ... ***** and ⚠ ... */
static size_t
decoration(const char *s, size_t len)
{
	size_t	n = 0;

	for (;;) {
		if (n < len && strchr("-=_*~ #!", s[n]) != NULL)
			n++;
		else if (n + 3 <= len && memcmp(s + n, "⚠", 3) == 0)
			n += 3;
		else
			return n;
	}
}

/* p is compiled when it is first asked for. */
static int
fits(const struct mail_line *l, struct pattern *const *p)
{
	size_t	 skip = decoration(l->s, l->len), len = l->len - skip, f, t;
	struct err err;

	if (len == 0 || len > LINE_MAX_BYTES || (*p == NULL &&
	    mail_tail_prepare(&err) != RC_OK))
		return 0;
	while (len > 0 && strchr("-=_*~ #", l->s[skip + len - 1]) != NULL)
		len--;
	/* the letter P is a tree in the font that goes with it */
	if (len > 9 && memcmp(l->s + skip, "P Please", 8) == 0) {
		skip += 2;
		len -= 2;
	}
	return pattern_match(*p, l->s + skip, len, &f, &t) == 1;
}

int
mail_is_tail(const struct mail_line *l)
{
	return fits(l, &tail);
}

int
mail_is_banner(const struct mail_line *l)
{
	return fits(l, &banner);
}

int
mail_is_stamp(const struct mail_line *l)
{
	return fits(l, &stamp);
}
