#include "parsers/east.h"

#include <stdint.h>
#include <string.h>
#include <unistr.h>

#include "parsers/utf8.h"

#define PAIRS_READ	2048		/* enough to know */
#define MARGIN		4		/* points a label is worth */
#define ROWS		126		/* lead bytes 81 to FE */
#define CELLS		191		/* trail bytes 40 to FE */

/* What a pair of bytes is, in one of the sets. */
enum weight {
	W_UNKNOWN,
	W_BAD,			/* no character */
	W_ODD,			/* private, Greek, half of a ruby */
	W_RARE,			/* an ideograph few people ever type */
	W_SIGN,			/* ticks, arrows, shapes */
	W_LINE,			/* of a table: counts as a blank does */
	W_KANA,
	W_PLAIN,		/* an ideograph of the common plane */
	W_MARK,			/* punctuation */
	W_OFTEN			/* in the list below */
};

static const int points[] = {
	[W_BAD] = -6, [W_ODD] = -3, [W_RARE] = -2, [W_SIGN] = 0,
	[W_LINE] = 0, [W_KANA] = 0, [W_PLAIN] = 1, [W_MARK] = 3, [W_OFTEN] = 4,
};

/* What letters, reports and names are made of, in both scripts. */
static const char often[] =
	"的一是不在有人我這個上們來到時大地為子中你說生國年著就那和要她出"
	"也得里後自以會家可下而過天去能對小多然於心學么之都好看起發當沒成"
	"只如事把還用第樣道想作種開美總從無情己面最女但現前些所同日手又行"
	"意動方期它頭經長兒回位分愛老因很給名法間斯知世什兩次使身者被高已"
	"親其進此話常與活正感見明問力理爾點文幾定本公特做外孩相西果走將月"
	"十實向聲車全信重三機工物氣每並別真打太新比才便夫再書部水像眼等體"
	"卻加電主界門利海受聽表德少克代員許先口由死安寫性馬光白或住難望教"
	"命花結樂色更拉東神記處讓母父應直字場平報友關放至張認接告入笑內英"
	"軍候民歲往何度山覺路帶萬男邊風解叫任金快原吃媽變通師立象數四失滿"
	"戰遠格士音輕目條呢病始達深完今提求清王化空業思切怎非找片羅錢南計"
	"統件管系制據網站資料庫檔案郵箱址密碼帳號登錄伺服務器毒木駭客侵攻"
	"擊防火牆漏洞竄改置換洩竊取勒索釣魚掃描異停頓斷影響範圍損設備硬軟"
	"程式份復恢測試檢查確誤併聯絡單組室科局股課府市縣政承辦議召簡述容"
	"措施採請協助支援申謝步驟初判演練習障礙排除副抄送效降低尚未評估責"
	"歸屬供參依僅研撤銷移摘附預暫緩調派警示腦筆距視訊價融銀稅戶籍社福"
	"育環境衛消農交建築規契約標購財產盤稽核考績訓休假差勤薪退撫健保勞"
	"險令函簽呈批准決紀宣導布周轉蒐集彙整填欄必選勾項編流版修訂頁共量"
	"億壹貳肆伍陸柒捌玖拾零顯錯跳彈突忽慢卡閃藍屏黑畫亮燈燒焦冒煙味散"
	"熱扇插拔孔角落桌椅櫃抽屜鑰匙鎖禁監攝材耗墨匣碳粉紙夾複印傳收匯款"
	"詐騙仿陌概該似乎懷疑擔怕急忙麻煩拜託恩辛苦幫答詢諮哪裡甚嗎吧啊喔"
	"唷唉謹啟祝順頌商祺康鈞鑑台照惠悉合敘隨陳擬奉席祕殘留值毀壞撥儘速"
	"即刻緊隔離閉限權授予劃執善強避免犯策略率頻寬封包埠遮罩閘節叢虛雲"
	"端映佇列衝存敬您貴官秘專仁姓稱星週午早晚昨凌晨半秒左右寄旨息覆臺"
	"北灣林李黃吳劉蔡楊鄭郭洪邱曾廖賴徐葉蘇莊江呂蕭潘朱鍾彭游詹胡沈余"
	"趙盧梁顏柯孫魏翁戴范宋鄧杜傅侯曹溫薛丁蔣唐卓馮姚石董歐連古汪湯姜"
	"田鄒涂尤巫韓龔嚴袁鐘黎阮倪夏童邵柳仍均皆且及若則須否勿各另線段區"
	"域層樓棟館校院廠司委維護班危害微級類型狀態追蹤證製誌截圖螢幕鍵滑"
	"鼠磁碟憶板源讀刪壓縮遺颱災震淹蓄惡破操遭染蠕蟲植序这个们来时为国"
	"说会过还对后发没样种开总从无经长儿爱给间两亲进话与见问点几实声车"
	"机气别书体却电门听员许写难马乐东让应场报关张认军岁觉带万边师变满"
	"战远轻条达业罗钱计统据网络资库档邮码帐号录务击墙窜换泄窃钓扫异顿"
	"断响围损设备软复测检确处结误并联单组课县内请协谢启专称传转约讯动"
	"湾陈黄吴刘杨郑赖叶苏庄吕萧卢颜孙邓冯欧汤邹韩龚严钟陆护紧类状踪证"
	"志图键盘记忆连读删压缩遗风灾恶坏现虫责归属层级练习碍预暂缓调视价"
	"银税户环卫农筑规标购财产训险签选项页数显错闭办决济须验质择历优势"
	"脑笔试虑";

static uint8_t	 of_char[0x10000];	/* weights of code points */
static uint8_t	 weights[2][ROWS][CELLS];
static int	 ready;

/* The character of a pair, or 0. */
static ucs4_t
char_of(enum charset cs, unsigned lead, unsigned trail)
{
	const char	 pair[2] = { (char)lead, (char)trail };
	char		 out[24];
	size_t		 bad = 0, n;
	ucs4_t		 c;

	n = charset_convert(cs, pair, 2, out, sizeof(out), &bad);
	if (bad > 0 || u8_mbtoucr(&c, (uint8_t *)out, n) != (int)n)
		return 0;
	return c;
}

static int
is_ideograph(ucs4_t c)
{
	return c >= 0x4e00 && c < 0xa000;
}

/* The common plane of a set: its first level. */
static void
mark_plane(enum charset cs, unsigned from, unsigned to, unsigned first)
{
	ucs4_t	c;

	for (unsigned lead = from; lead <= to; lead++)
		for (unsigned trail = first; trail < 0xff; trail++)
			if ((trail < 0x7f || trail > 0xa0) &&
			    is_ideograph(c = char_of(cs, lead, trail)))
				of_char[c] = W_PLAIN;
}

static void
prepare(void)
{
	const uint8_t	*p = (const uint8_t *)often;
	ucs4_t		 c;

	mark_plane(CS_CP950, 0xa4, 0xc6, 0x40);
	mark_plane(CS_GB18030, 0xb0, 0xd7, 0xa1);
	while (*p != '\0') {
		p += u8_mbtouc_unsafe(&c, p, 4);
		of_char[c & 0xffff] = W_OFTEN;
	}
	ready = 1;
}

/* Of what neither the sets nor the list tell. */
static enum weight
weight_by_range(ucs4_t c)
{
	static const char marks[] = "，。：；、（）「」『』？！　／－＝…＠％";
	char	own[8];
	int	n;

	if (c == 0)
		return W_BAD;
	if (is_ideograph(c))
		return W_RARE;
	n = u8_uctomb((uint8_t *)own, c, sizeof(own) - 1);
	own[n > 0 ? n : 0] = '\0';
	if (n == 3 && strstr(marks, own) != NULL)
		return W_MARK;
	if ((c >= 0xff01 && c <= 0xff5e) || (c >= 0x2460 && c <= 0x249b))
		return W_PLAIN;
	if (c >= 0x3041 && c <= 0x30fe)
		return W_KANA;
	if (c >= 0x2500 && c < 0x2580)
		return W_LINE;
	if ((c >= 0x2010 && c < 0x2800) || (c >= 0x3000 && c < 0x3040) ||
	    (c >= 0x400 && c < 0x460))
		return W_SIGN;
	return W_ODD;
}

static enum weight
weight_of(ucs4_t c)
{
	if (c >= 0x10000)
		return weight_by_range(c);
	if (of_char[c] == W_UNKNOWN)
		of_char[c] = (uint8_t)weight_by_range(c);
	return of_char[c];
}

static enum weight
pair_weight(enum charset cs, unsigned lead, unsigned trail)
{
	uint8_t	*w;

	if (lead < 0x81 || lead > 0xfe || trail < 0x40 || trail > 0xfe)
		return W_BAD;
	w = &weights[cs == CS_GB18030][lead - 0x81][trail - 0x40];
	if (*w == W_UNKNOWN)
		*w = (uint8_t)weight_of(char_of(cs, lead, trail));
	/* beyond GB 2312: of other scripts, or half of a letter é */
	if (*w == W_PLAIN && cs == CS_GB18030 && (lead < 0xa1 || trail < 0xa1))
		*w = W_RARE;
	return *w;
}

/* Points of one reading, and of how many characters. */
static int
weigh(enum charset cs, int labelled, const uint8_t *p, size_t len,
    size_t *chars)
{
	enum weight	 w;
	size_t		 i = 0, kana = 0, lines = 0;
	int		 sum = 0;

	for (*chars = 0; i < len && *chars < PAIRS_READ; (*chars)++) {
		while (i < len && p[i] < 0x80)
			i++;
		if (i + 1 >= len)
			break;			/* cut, or nothing more */
		if (cs == CS_GB18030 && len - i >= 4 && p[i + 1] >= '0' &&
		    p[i + 1] <= '9' && p[i + 2] >= 0x81) {
			sum += points[W_RARE];	/* one of four bytes */
			i += 4;
			continue;
		}
		w = pair_weight(cs, p[i], p[i + 1]);
		sum += points[w];
		kana += w == W_KANA;
		lines += w == W_LINE;
		i += w == W_BAD && p[i + 1] < 0x80 ? 1 : 2;
	}
	*chars -= lines;
	/* Japanese under the label of GB is full of them. */
	return labelled && kana * 3 > *chars ? sum + (int)kana * points[W_MARK] : sum;
}

void
east_weigh(const char *bytes, size_t len, enum charset label, struct east *e)
{
	const uint8_t	*p = (const uint8_t *)bytes;
	size_t		 n_big5, n_gb, n;
	int		 big5, gb, sum, margin = 0;

	if (!ready)
		prepare();
	big5 = weigh(CS_CP950, 0, p, len, &n_big5);
	gb = weigh(CS_GB18030, label == CS_GB18030, p, len, &n_gb);
	e->cs = gb > big5 ? CS_GB18030 : CS_CP950;
	if (label == CS_CP950 || label == CS_BIG5HKSCS)
		margin = gb - big5;
	else if (label == CS_GB18030)
		margin = big5 - gb;
	n = e->cs == CS_CP950 ? n_big5 : n_gb;
	sum = e->cs == CS_CP950 ? big5 : gb;
	e->chinese = n >= 2 && sum >= 2 * (int)n;
	e->points = n == 0 ? points[W_BAD] * 10 : sum * 10 / (int)n;
	e->chars = n;
	if (label != CS_CP950 && label != CS_BIG5HKSCS && label != CS_GB18030)
		return;
	n = label == CS_GB18030 ? n_gb : n_big5;
	if (margin <= MARGIN + (int)n / 4 || !e->chinese)
		e->cs = label == CS_GB18030 ? CS_GB18030 : CS_CP950;
}

int
east_points(ucs4_t c)
{
	if (!ready)
		prepare();
	return points[weight_of(c)];
}

int
east_reads(const char *text, size_t len)
{
	const uint8_t	*p = (const uint8_t *)text, *end = p + len;
	int		 sum = 0, n = 0;
	ucs4_t		 c;

	while (p < end && n < PAIRS_READ) {
		if (*p < 0x80) {
			p += utf8_ascii((const char *)p, (size_t)(end - p));
			continue;
		}
		p += u8_mbtouc(&c, p, (size_t)(end - p));
		if (c == 0xfffd)
			continue;
		sum += east_points(c);
		n++;
	}
	return n >= 2 && sum >= 2 * n;
}
