/*
 * Every letter to every addressee it is for, compared with the approved texts
 * in tests/approved/letters.  `test_letters --write DIR` writes them anew: read
 * them before you approve them.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/path.h"
#include "case_fixture.h"
#include "incident/view.h"
#include "templates/render.h"

enum stage { OPENED, LATE, DISASTER, GAPS, WORKING, RECOVERED, CLOSED,
	    FALSE, HANDED, HANDED_ENDED, PART, HOUSE };

#define DUE(name, owner)						\
	"\"deadline\":{\"name\":\"" name "\","				\
	"\"due\":1180576800,\"overdue\":true,\"owner\":\"" owner "\","	\
	"\"nth\":2}"
#define LINES								\
	"\"lines\":[{\"text\":\"等級：3\",\"result\":\"等級：未評估→3，"	\
	"已生效 / level: not assessed -> 3, in effect\",\"result_zh\":"	\
	"\"等級：未評估→3，已生效\",\"result_en\":"			\
	"\"level: not assessed -> 3, in effect\",\"ok\":true},"		\
	"{\"text\":\"狀態：結案\",\"result\":\"x\",\"result_zh\":"	\
	"\"結案前尚須填報：補強措施；未結案\",\"result_en\":"		\
	"\"before closing please give: Improvement; not closed\","	\
	"\"ok\":false}]"
#define MAY	"\"may_order\":true,"
#define NOTHING								\
	"\"nothing\":true,\"lines\":[{\"text\":\"\",\"result\":\"x\","	\
	"\"result_zh\":\"未發現可辨識的欄位或指令，等級及狀態都沒有"	\
	"變更；全文已存入案件紀錄\",\"result_en\":\"no field or command"	\
	" was recognised; level and status are unchanged, the text is "	\
	"kept\",\"ok\":false}]"

#define ADVISORY							\
	"{\"number\":\"ADV-2007-001\",\"title\":\"瀏覽器漏洞\","		\
	"\"from\":\"hsu@x.example\",\"units\":[\"機要組\",\"總務組\"],"	\
	"\"count\":2,"

#define ALARM(name, clear, once)					\
	"\"alarm\":{\"name\":\"" name "\",\"text\":\"x\",\"clear\":"	\
	clear ",\"once\":" once ",\"since\":1180574000,\"nth\":2},"
#define ABOUT_IN(title, place, text, means, todo)			\
	"\"about\":{\"title\":\"" title "\",\"place\":\"" place "\","	\
	"\"text\":\"" text "\",\"means\":\"" means "\",\"todo\":\""	\
	todo "\"}"
#define ABOUT(title, title_en, place, text, text_en, means, means_en, todo, \
	todo_en)							\
	"\"in\":{\"zh-TW\":{" ABOUT_IN(title, place, text, means, todo)	\
	"}}," ABOUT_IN(title_en, place, text_en, means_en, todo_en)

#define PART_OF "\"tracking\":\"CSI-20070531-0002\","			\
	"\"whole\":\"CSI-20070531-0001\""
#define HASH "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static const struct letter {
	const char	*duty, *role;
	enum stage	 stage;
	const char	*extra;
} letters[] = {
	{ "ack", "reporter", OPENED, NULL },
	{ "ack", "reporter", LATE, NULL },
	{ "ack", "reporter", DISASTER, NULL },
	{ "ack", "reporter", GAPS, NULL },
	{ "ack_freeform", "reporter", GAPS, NULL },
	{ "ack_freeform", "reporter", GAPS, "{\"encrypted\":true}" },
	{ "ack_freeform", "reporter", GAPS, "{\"unread\":\"form.xlsx\"}" },
	{ "ack_again", "reporter", GAPS, "{" LINES "}" },
	{ "ack_again", "reporter", CLOSED, "{}" },
	{ "ask_missing", "reporter", GAPS,
	    "{\"missing_fields\":[\"phone\",\"occurred_at\"]}" },
	{ "remind_missing", "reporter", GAPS,
	    "{" DUE("missing", "reporter") "}" },
	{ "remind_missing", "secretary", GAPS,
	    "{" DUE("missing", "reporter") "}" },
	{ "duplicate_note", "sender", OPENED, NULL },
	{ "notice", "team", OPENED, NULL },
	{ "notice", "team", GAPS, NULL },
	{ "notice", "team", GAPS, "{\"unread\":\"form.xlsx\"}" },
	{ "notice_ethics", "ethics", OPENED, NULL },
	{ "notice_secretary", "secretary", OPENED, NULL },
	{ "annex2", "ncert", WORKING, "{\"revision\":1}" },
	{ "annex2", "city_it", WORKING,
	    "{\"revision\":2,\"followup\":true,\"previous_level\":2}" },
	{ "annex2", "ncert", WORKING,
	    "{\"revision\":3,\"correction\":true,\"previous_level\":4}" },
	{ "evidence", "ncert", WORKING, "{\"revision\":1,\"any_sent\":true,"
	    "\"any_kept\":true,\"any_more\":true,\"more\":3,"
	    "\"any_strangers\":true,\"strangers\":2,"
	    "\"sent\":[{\"name\":\"勒索畫面.png\",\"type\":\"image/png\","
	    "\"size\":48213,\"sha256\":\"" HASH "\"}],"
	    "\"kept\":[{\"name\":\"invoice.pdf.exe\",\"size\":512,"
	    "\"sha256\":\"" HASH "\",\"why\":\"屬於程式或指令檔\"},"
	    "{\"size\":0,\"sha256\":\"" HASH "\",\"why\":\"檔案沒有檔名\"}],"
	    "\"in\":{\"en\":{\"kept\":[{\"name\":\"invoice.pdf.exe\","
	    "\"size\":512,\"sha256\":\"" HASH "\",\"why\":\"it is a program "
	    "or a script\"}]}}}" },
	{ "evidence", "city_it", WORKING, "{\"revision\":2,\"any_sent\":false,"
	    "\"sent\":[],\"any_kept\":true,\"kept\":[{\"name\":\"a.png\","
	    "\"size\":77,\"sha256\":\"" HASH "\","
	    "\"why\":\"依規定僅提供清單\"}],\"in\":{\"en\":{\"kept\":[{"
	    "\"name\":\"a.png\",\"size\":77,\"sha256\":\"" HASH "\",\"why\":"
	    "\"only the list of files goes to this receiver\"}]}}}" },
	{ "annex2", "ncert", HANDED, "{\"revision\":2,\"followup\":true}" },
	{ "annex2", "ncert", PART, "{\"revision\":3,\"followup\":true}" },
	{ "annex2", "ncert", HANDED_ENDED,
	    "{\"revision\":3,\"correction\":true}" },
	{ "level_set", "ethics", WORKING, NULL },
	{ "level_set", "secretary", WORKING, "{\"previous_level\":2}" },
	{ "supplement", "team", WORKING, "{" LINES "}" },
	{ "supplement", "team", CLOSED, "{\"from\":\"report@ncert.example\","
	    "\"role\":\"ncert\",\"lines\":[],\"text\":true,"
	    "\"text_lines\":[\"請補充受影響主機的 IP。\"]}" },
	{ "supplement", "team", HANDED, "{" LINES "}" },
	{ "supplement", "team", WORKING, "{\"from\":\"x@elsewhere.example\","
	    "\"lines\":[],\"text\":true,\"text_lines\":[\"請參考。\"],"
	    "\"passed\":true,\"passed_lines\":[\"硬碟已拔除。\"],"
	    "\"outsider\":true}" },
	{ "supplement", "team", HANDED_ENDED, "{" LINES "}" },
	{ "ask_confirm", "team", WORKING, NULL },
	{ "ask_confirm", "team", WORKING, "{\"part\":{"
	    "\"number\":\"CSI-20070531-0002\",\"of_unit\":\"總務組\","
	    "\"who\":\"李小華\",\"from\":\"li@secretariat.example\"}}" },
	{ "ask_second", "secretary", WORKING, "{\"what\":\"結案\","
	    "\"asked\":{\"role\":\"team\"}}" },
	{ "ask_forensic", "ciso", WORKING,
	    "{\"what\":\"申請鑑識支援：是\"}" },
	{ "forensic_request", "city_it", WORKING, "{\"forensic\":{"
	    "\"text\":\"申請鑑識支援：請協助追查來源\",\"role\":\"ciso\"}}" },
	{ "remind_second", "secretary", WORKING, "{\"what\":\"結案\","
	    DUE("second", "secretary") "}" },
	{ "refused", "team", WORKING, "{\"what\":\"申請鑑識支援：是\","
	    "\"refused\":{\"role\":\"ciso\",\"text\":\"不同意，證據不足\"}}" },
	{ "remind_forensic", "ciso", WORKING, "{\"what\":\"申請鑑識支援：是\","
	    DUE("forensic", "ciso") "}" },
	{ "remind_minutes", "team", WORKING, "{" DUE("minutes", "team") "}" },
	{ "reopened", "reporter", WORKING, NULL },
	{ "reopened", "ethics", WORKING, NULL },
	{ "reopened", "secretary", WORKING, "{\"taken_back\":true}" },
	{ "reopened", "reporter", WORKING, "{" PART_OF "}" },
	{ "new_category", "reporter", DISASTER, NULL },
	{ "transferred", "reporter", HANDED, NULL },
	{ "transferred", "team", HANDED, NULL },
	{ "transferred", "ethics", HANDED, "{\"successor_told\":true}" },
	{ "transferred", "ciso", HANDED, "{\"takes_over\":true}" },
	{ "transferred", "team", WORKING, "{\"unnamed\":true}" },
	{ "transferred", "reporter", HANDED, "{" PART_OF "}" },
	{ "drill_report", "ciso", CLOSED, "{\"in_time\":1,\"of\":3,"
	    "\"minutes\":95,\"steps\":[{\"label\":\"評估等級\","
	    "\"label_en\":\"Assess the level\",\"minutes\":18,"
	    "\"limit_minutes\":30,\"ok\":true,\"done\":true,"
	    "\"at\":1180575000},"
	    "{\"label\":\"對外通報\",\"label_en\":\"External report\","
	    "\"minutes\":75,\"limit_minutes\":60,\"ok\":false,"
	    "\"fired\":true,\"done\":true,\"at\":1180578600},"
	    "{\"label\":\"裁示是否召開緊急應變會議\","
	    "\"label_en\":\"Decision on the emergency meeting\","
	    "\"minutes\":300,\"limit_minutes\":240,\"ok\":false,"
	    "\"done\":false,\"at\":1180590000}]}" },
	{ "transcript", "team", WORKING, "{" MAY LINES "}" },
	{ "transcript", "team", OPENED, "{" MAY NOTHING "}" },
	{ "transcript", "team", RECOVERED, "{" MAY LINES "}" },
	{ "transcript", "team", HANDED, "{" MAY LINES "}" },
	{ "transcript", "ethics", WORKING, "{" LINES "}" },
	{ "rejected", "team", WORKING, "{\"why\":\"信中沒有本系統核發的回信憑證\","
	    "\"in\":{\"en\":{\"why\":\"no reply token\"}},"
	    "\"from\":\"mallory@elsewhere.example\"}" },
	{ "rejected_sender", "sender", WORKING, NULL },
	{ "ask_meeting", "ciso", WORKING, NULL },
	{ "ask_meeting", "ciso", WORKING, "{\"mandatory\":true}" },
	{ "meeting", "team", WORKING, "{\"meeting\":{\"yes\":true,"
	    "\"text\":\"明天14時 地點：第一會議室\",\"place\":\"第一會議室\","
	    "\"starts_at\":1180677600}}" },
	{ "meeting", "secretary", WORKING, "{\"meeting\":{\"yes\":false,"
	    "\"text\":\"理由：災情已控制\"}}" },
	{ "remind_assess", "team", OPENED, "{" DUE("assess", "team") "}" },
	{ "remind_assess", "ciso", OPENED, "{" DUE("assess", "team") "}" },
	{ "remind_external", "team", WORKING,
	    "{" DUE("external", "team") "}" },
	{ "remind_meeting", "ciso", WORKING, "{" DUE("meeting", "ciso") "}" },
	{ "remind_recovery", "team", WORKING,
	    "{" DUE("recovery", "team") "}" },
	{ "remind_recovery", "secretary", WORKING, "{" DUE("recovery",
	    "team") ",\"instead_of\":{\"role\":\"team\"}}" },
	{ "remind_recovery", "secretary", WORKING, "{" DUE("tracking",
	    "secretary") ",\"also\":[{\"name\":\"recovery\",\"label\":"
	    "\"回報處理情形與復原\",\"label_en\":\"Status and recovery\","
	    "\"due\":1180576800,\"overdue\":true,\"owner\":\"team\"}]}" },
	{ "remind_control", "team", WORKING, "{" DUE("control", "team") "}" },
	{ "remind_final", "team", RECOVERED, "{" DUE("final", "team") "}" },
	{ "remind_review", "team", WORKING, "{" DUE("review", "team") "}" },
	{ "remind_platform", "team", WORKING,
	    "{" DUE("platform", "team") "}" },
	{ "remind_close", "team", RECOVERED, "{" DUE("close", "team") "}" },
	{ "escalate", "ciso", WORKING, "{" DUE("external", "team") "}" },
	{ "recovered", "reporter", RECOVERED, NULL },
	{ "recovered", "ethics", RECOVERED, NULL },
	{ "recovered", "team", RECOVERED, NULL },
	{ "recovered", "reporter", RECOVERED, "{" PART_OF "}" },
	{ "false_alarm", "reporter", FALSE, NULL },
	{ "false_alarm", "ethics", FALSE, NULL },
	{ "false_alarm", "reporter", FALSE, "{" PART_OF "}" },
	{ "merged", "reporter", WORKING, "{\"into\":\"CSI-20070530-0007\"}" },
	{ "merged", "team", WORKING, "{\"into\":\"CSI-20070530-0007\","
	    "\"may_undo\":true}" },
	{ "merged", "ethics", WORKING, "{\"into\":\"CSI-20070530-0007\"}" },
	{ "closed", "reporter", CLOSED, NULL },
	{ "closed", "secretary", CLOSED, NULL },
	{ "closed", "reporter", CLOSED, "{" PART_OF "}" },
	{ "phone_script", "team", WORKING, "{\"receiver\":{"
	    "\"role\":\"ncert\",\"label\":"
	    "\"國家資通安全應變中心\",\"phone\":\"02-5550-0901\","
	    "\"fax\":\"02-5550-0902\"},\"revision\":1,"
	    "\"result\":\"550 no such user\"}" },
	{ "gave_up", "team", WORKING, "{\"duty\":\"level_set\","
	    "\"letter\":\"等級評估通知\",\"in\":{\"en\":{\"letter\":"
	    "\"notice of the level\"}},"
	    "\"recipient\":\"ethics@secretariat.example\",\"channel\":\"smtp\","
	    "\"via\":{\"smtp\":true},\"role\":\"ethics\","
	    "\"result\":\"550 5.1.1 no such user\"}" },
	{ "gave_up", "team", WORKING, "{\"duty\":\"level_set\","
	    "\"letter\":\"等級評估通知\",\"in\":{\"en\":{\"letter\":"
	    "\"notice of the level\",\"why\":"
	    "\"every way to the receiver failed; it was given up\"}},"
	    "\"recipient\":\"ethics@secretariat.example\",\"channel\":\"smtp\","
	    "\"via\":{\"smtp\":true},\"role\":\"ethics\","
	    "\"why\":\"所有傳送管道都不通，已放棄\"}" },
	{ "phone_script", "team", WORKING, "{\"receiver\":{"
	    "\"role\":\"ncert\",\"label\":"
	    "\"國家資通安全應變中心\",\"phone\":\"02-5550-0901\"},"
	    "\"revision\":2,"
	    "\"why\":\"所有傳送管道都不通，已放棄\",\"in\":{\"en\":{\"why\":"
	    "\"every way to the receiver failed; it was given up\"}}}" },
	{ "phone_script", "team", FALSE, "{\"receiver\":{"
	    "\"role\":\"city_it\",\"label\":\"臺北市政府資訊局\","
	    "\"phone\":\"02-5550-0903\"},\"only_phone\":true}" },
	{ "phone_script", "team", WORKING, "{\"receiver\":{"
	    "\"role\":\"ncert\",\"label\":"
	    "\"國家資通安全應變中心\",\"phone\":\"02-5550-0901\"},"
	    "\"revision\":1,\"denied\":\"Relay access denied\"}" },
	{ "held", "operator", HOUSE, "{\"mail\":{\"id\":\"17\","
	    "\"disposition\":\"隔離（讀取時程式異常終止）\",\"from\":"
	    "\"a@b.example\",\"why\":\"兩度讀取本信時程式均異常終止\"},"
	    "\"in\":{\"en\":{\"mail\":{\"id\":\"17\",\"disposition\":\"poison\","
	    "\"from\":\"a@b.example\",\"why\":"
	    "\"the reader died of it twice\"}}}}" },
	{ "held", "team", OPENED, "{\"why\":\"encrypted\"}" },
	{ "digest", "secretary", HOUSE, "{\"count\":2,\"overdue_count\":1,"
	    "\"cases\":[{\"number\":\"CSI-20070531-0001\",\"level\":3,"
	    "\"level_set\":true,\"unit\":\"機要組\",\"days\":1,"
	    "\"state\":{\"label\":\"處理中\",\"label_en\":\"in progress\"},"
	    "\"meeting\":true,\"next\":{\"label\":\"對外通報\",\"label_en\":"
	    "\"External report\",\"due\":1180578600,\"overdue\":true}},"
	    "{\"number\":\"DRILL-20070531-0001\",\"level_set\":false,"
	    "\"unit\":\"總務組\",\"days\":0,\"drill\":true,"
	    "\"state\":{\"label\":\"已受理\",\"label_en\":\"received\"}}]}" },
	{ "bundle", "team", HOUSE, "{\"count\":3,\"overdue_count\":1,"
	    "\"cut\":1,\"cases\":[{\"number\":\"CSI-20070531-0011\","
	    "\"level_set\":false,\"unit\":\"機要組\",\"days\":0,"
	    "\"state\":{\"label\":\"已受理\",\"label_en\":\"received\"},"
	    "\"next\":{\"label\":\"評估等級\",\"label_en\":"
	    "\"Assess the level\",\"due\":1180578600,\"overdue\":true}},"
	    "{\"number\":\"CSI-20070531-0012\",\"level_set\":false,"
	    "\"days\":0,\"state\":{\"label\":\"已受理\",\"label_en\":"
	    "\"received\"}}]}" },
	{ "register", "secretary", HOUSE, "{\"period\":{\"year\":96,"
	    "\"month\":4},\"count\":3,\"drills\":1,\"by_level\":["
	    "{\"level\":4,\"count\":0},{\"level\":3,\"count\":1},"
	    "{\"level\":2,\"count\":0},{\"level\":1,\"count\":1}],"
	    "\"unassessed\":1,\"in_time\":2,\"late\":1,"
	    "\"closed_count\":1,\"recovered_count\":2,\"mean_hours\":5}" },
	{ "retention", "secretary", HOUSE, "{\"count\":1,\"years\":10,"
	    "\"numbers_past\":[\"CSI-19970401-0001\"]}" },
	{ "prevent", "unit", HOUSE, "{\"contact\":\"機要組\","
	    "\"schedule\":{\"label\":\"主機紀錄檢查\",\"label_en\":"
	    "\"Logs of hosts\"},\"text\":\"請確認所管主機均已開啟事件紀錄。\","
	    "\"in\":{\"en\":{\"text\":\"Please check the logs.\"}},"
	    "\"due\":1180578600}" },
	{ "prevent_late", "secretary", HOUSE, "{\"schedule\":{\"label\":"
	    "\"主機紀錄檢查\",\"label_en\":\"Logs of hosts\"},\"count\":2,"
	    "\"of\":3,\"units\":[{\"unit\":\"機要組\",\"answered\":true},"
	    "{\"unit\":\"總務組\",\"answered\":false}]}" },
	{ "ask_advisory", "secretary", HOUSE, "{\"number\":\"ADV-2007-001\","
	    "\"title\":\"瀏覽器漏洞\",\"text_lines\":[\"請立即更新。\","
	    "\"確認：已更新者請回報。\"],\"units\":[\"機要組\",\"總務組\"],"
	    "\"count\":2,\"from\":\"hsu@x.example\",\"unproved\":true}" },
	{ "ask_advisory", "secretary", HOUSE, "{\"number\":\"ADV-2007-001\","
	    "\"title\":\"瀏覽器漏洞\",\"text_lines\":[\"請立即更新。\"],"
	    "\"units\":[\"機要組\"],\"count\":1,\"from\":\"chen@x.example\","
	    "\"claimed\":\"hsu@x.example\"}" },
	{ "advisory", "unit", HOUSE, "{\"number\":\"ADV-2007-001\","
	    "\"title\":\"瀏覽器漏洞\",\"text_lines\":[\"請立即更新。\"],"
	    "\"contact\":\"機要組\"}" },
	{ "advisory_decided", "team", HOUSE, ADVISORY "\"decided\":{"
	    "\"approved\":true,\"by\":\"lin@x.example\",\"text\":\"確認\"}}" },
	{ "advisory_decided", "team", HOUSE, ADVISORY "\"decided\":{"
	    "\"withdrawn\":true,\"by\":\"lin@x.example\","
	    "\"text\":\"不同意，內容有誤\"}}" },
	{ "advisory_decided", "secretary", HOUSE, ADVISORY "\"decided\":{"
	    "\"recalled\":true,\"by\":\"hsu@x.example\","
	    "\"text\":\"撤回，連結有誤\"}}" },
	{ "advisory_withdrawn", "unit", HOUSE, ADVISORY
	    "\"contact\":\"機要組\",\"sent_at\":1180574000}" },
	{ "house_reply", "unit", HOUSE, "{\"title\":\"主機紀錄檢查\","
	    LINES "}" },
	{ "which_incident", "team", HOUSE, "{\"text_lines\":[\"等級：3\"],"
	    "\"count\":3,\"overdue_count\":0,\"cut\":1,\"cases\":["
	    "{\"number\":\"CSI-20070531-0001\",\"level\":3,"
	    "\"level_set\":true,\"unit\":\"機要組\",\"days\":1,"
	    "\"state\":{\"label\":\"處理中\",\"label_en\":\"in progress\"}},"
	    "{\"number\":\"DRILL-20070531-0001\",\"level_set\":false,"
	    "\"days\":0,\"drill\":true,\"state\":{\"label\":\"已受理\","
	    "\"label_en\":\"received\"}}]}" },
	{ "which_incident", "ciso", HOUSE, "{\"text_lines\":[\"不召開\"]}" },
	{ "which_incident", "ciso", HOUSE, "{\"text_lines\":[\"不召開\"],"
	    "\"unknown\":\"CSI-20070531-0999\"}" },
	{ "canary", "operator", HOUSE, "{}" },
	{ "operator_alarm", "operator", HOUSE, "{" ALARM("mailbox:main",
	    "false", "false") ABOUT("無法收信", "a mailbox cannot be read",
	    "main", "IMAP login 失敗：對方關閉連線",
	    "imap: login: the peer closed the connection",
	    "新寄來的通報暫時收不到。", "New reports do not come in.",
	    "請確認郵件伺服器是否正常。", "See whether the server works.") "}" },
	{ "operator_alarm", "operator", HOUSE, "{" ALARM("mailbox:main",
	    "true", "false") ABOUT("無法收信", "a mailbox cannot be read",
	    "main", "", "", "", "", "", "") "}" },
	{ "operator_alarm", "operator", HOUSE, "{" ALARM("letter", "false",
	    "true") "\"in\":{\"zh-TW\":{\"about\":{\"title\":"
	    "\"有一封信無法產生\",\"text\":\"找不到範本 ack.en.mustache\","
	    "\"means\":\"該封信沒有寄出。\",\"todo\":\"請查看紀錄。\"}}},"
	    "\"about\":{\"title\":\"a letter cannot be made\",\"text\":"
	    "\"templates: found no ack.en.mustache, expected one\","
	    "\"means\":\"It was not sent.\",\"todo\":\"See the log.\"}}" },
};
#define LETTERS	(sizeof(letters) / sizeof(letters[0]))

static const char *const langs[] = { "zh-TW", "en" };

static struct incident_field gaps[] = {
	{ .name = "unit", .raw = "機要組", .value = "\"機要組\"",
	    BY_REPORTER },
	{ .name = "name", .raw = "王小明", .value = "\"王小明\"",
	    BY_REPORTER },
	{ .name = "occurred_at", .raw = "剛剛", BY_REPORTER },
	{ .name = "description", .raw = "x", .value = "\"電腦開不了機。\"",
	    BY_REPORTER },
};

static struct policy	*policy, *law;
static struct templates	*templates;

static void
stage_make(enum stage stage, struct incident *i, struct situation *s)
{
	if (stage < WORKING)
		fx_opened(i, s);
	else
		fx_working(i, s);
	switch (stage) {
	case LATE:
		i->verdict = "late";
		break;
	case DISASTER:
		i->verdict = "late";
		i->category = "disaster";
		i->drill = 1;
		break;
	case GAPS:
		i->occurred_at = 0;
		i->verdict = "unknown";
		i->category = NULL;
		s->fields = gaps;
		s->n_fields = sizeof(gaps) / sizeof(gaps[0]);
		s->deadlines = fx_deadlines + 1;
		s->n_deadlines = 2;
		break;
	case CLOSED:
		i->closed_at = AT(15, 0);
		/* FALLTHROUGH */
	case RECOVERED:
		i->recovered_at = AT(11, 20);
		i->state = stage == CLOSED ? INC_CLOSED : INC_RECOVERED;
		s->n_deadlines = 0;
		break;
	case FALSE:
		i->state = INC_FALSE_ALARM;
		s->n_deadlines = 0;
		break;
	case HANDED:
		i->state = INC_TRANSFERRED;
		i->extra = "{\"transferred_to\":\"資訊室\"}";
		break;
	case HANDED_ENDED:
		i->state = INC_FALSE_ALARM;
		i->extra = "{\"transferred_to\":\"資訊室\"}";
		s->n_deadlines = 0;
		break;
	case PART:
		i->state = INC_MERGED;
		i->extra = "{\"into\":\"CSI-20070530-0007\"}";
		break;
	case OPENED:
	case WORKING:
	case HOUSE:
		break;
	}
}

/* The desk's way: nothing is made but what the template asks for. */
struct desks {
	struct view	*view;
	struct addressee *to;
	json_t		*extra;
};

static struct datum *
in_language(void *arg, const char *lang)
{
	struct desks	*d = arg;

	return view_in(d->view, d->to, d->extra, lang);
}

static void
same_as_the_desks(const struct letter *l, struct addressee *to,
    struct situation *s, json_t *extra, const char *want, struct arena *a)
{
	struct desks	 d = { NULL, to, extra };
	const char	*subject, *body, *got;
	struct err	 err;

	d.view = view_open(policy, &fx_conf, l->stage == HOUSE ? NULL : s,
	    AT(10, 0), a);
	for (int again = 0; again < 2; again++) {
		if (templates_letter(templates, l->duty, to->lang, in_language,
		    &d, a, &subject, &body, &err) != RC_OK)
			fail_msg("%s", err.text);
		got = arena_printf(a, "Subject: %s\n\n%s", subject, body);
		if (strcmp(got, want) != 0)
			fail_msg("%s: got:\n%s\nwant:\n%s", l->duty, got,
			    want);
	}
}

/* As decide() does it: with the policy's own words, or those of the law's. */
static void
say_deadline(json_t *deadline)
{
	const char			*name = json_string_value(
					    json_object_get(deadline, "name"));
	const struct policy_deadline	*d;

	if (name == NULL)
		return;
	d = policy_deadline(policy, name);
	if (d == NULL)
		d = policy_deadline(law, name);
	assert_non_null(d);
	json_object_set_new(deadline, "label", json_string(d->label.zh));
	json_object_set_new(deadline, "label_en", json_string(d->label.en));
}

static enum rc
letter_make(const struct letter *l, const char *lang, struct arena *a,
    const char **text, struct err *err)
{
	struct addressee	 to = { .role = l->role, .name = NULL,
	    .addr = "a@b.example", .lang = lang };
	struct incident		 i;
	struct situation	 s;
	const char		*subject, *body;
	json_t			*x = NULL, *v;
	enum rc			 rc;

	stage_make(l->stage, &i, &s);
	if (l->extra != NULL)
		x = json_loads(l->extra, 0, NULL);
	say_deadline(json_object_get(x, "deadline"));
	if (strcmp(l->role, "reporter") == 0)
		to.name = "王小明";
	v = view_make(policy, &fx_conf, l->stage == HOUSE ? NULL : &s, &to, x,
	    AT(10, 0));
	rc = templates_mail(templates, l->duty, lang, v, a, &subject, &body,
	    err);
	if (rc == RC_OK)
		*text = arena_printf(a, "Subject: %s\n\n%s", subject, body);
	json_decref(v);
	if (rc == RC_OK)
		same_as_the_desks(l, &to, &s, x, *text, a);
	json_decref(x);
	return rc;
}

static char *
file_of(struct arena *a, const char *dir, size_t n, const char *lang)
{
	size_t	nth = 1;

	for (size_t i = 0; i < n; i++)
		nth += strcmp(letters[i].duty, letters[n].duty) == 0;
	return arena_printf(a, "%s/%s-%zu.%s.txt", dir, letters[n].duty, nth,
	    lang);
}

static void
letters_are_as_approved(void **unused)
{
	struct arena	*a = arena_new();

	(void)unused;
	for (size_t n = 0; n < 2 * LETTERS; n++) {
		const char	*lang = langs[n % 2], *text;
		char		*file;
		struct buf	 b;
		struct err	 err;

		buf_init(&b, 1u << 20);
		file = file_of(a, TOCSIN_SRCDIR "/tests/approved/letters",
		    n / 2, lang);
		if (letter_make(&letters[n / 2], lang, a, &text, &err) !=
		    RC_OK || path_read(file, 1u << 19, &b, &err) != RC_OK)
			fail_msg("%s", err.text);
		if (strcmp(text, b.data) != 0)
			fail_msg("%s differs; got:\n%s", file, text);
		buf_free(&b);
	}
	arena_free(&a);
}

static void
seen(void *arg, const char *duty, const char *lang, const char *file)
{
	(void)arg;
	(void)lang;
	for (size_t n = 0; n < LETTERS; n++)
		if (strcmp(letters[n].duty, duty) == 0)
			return;
	fail_msg("%s: no letter of it is tested", file);
}

static void
every_template_is_tested(void **unused)
{
	(void)unused;
	templates_each(templates, seen, NULL);
}

static void
every_letter_is_in_both_languages(void **unused)
{
	(void)unused;
	for (size_t n = 0; n < LETTERS; n++)
		if (!templates_has(templates, letters[n].duty, "zh-TW+en"))
			fail_msg("%s: one language only", letters[n].duty);
	assert_false(templates_has(templates, "ack", "zh-TW+fr"));
	assert_false(templates_has(templates, "no_such", "en"));
	assert_false(templates_has(templates, "ack", ""));
}

static void
two_languages_stand_in_one_mail(void **unused)
{
	struct arena	*a = arena_new();
	const char	*text = "";
	struct err	 err;

	(void)unused;
	if (letter_make(&letters[0], "zh-TW+en", a, &text, &err) != RC_OK)
		fail_msg("%s", err.text);
	assert_non_null(strstr(text, "\n\n====="));
	assert_true(strstr(text, "您的通報已受理") <
	    strstr(text, "Your report"));
	assert_int_equal(letter_make(&letters[0], "fr", a, &text, &err),
	    RC_REFUSED);
	arena_free(&a);
}

/* What a stranger wrote stays behind a bar, and out of the subject line. */
static void
words_of_others_are_marked(void **unused)
{
	static struct incident_field f = { .name = "description",
	    .value = "\"第一行\\n等級：4  等級：4\\t等級：4　　狀態：結案\"", BY_REPORTER };
	struct addressee	 to = { .role = "team", .lang = "zh-TW" };
	struct incident		 i;
	struct situation	 s;
	struct arena		*a = arena_new();
	const char		*subject, *body;
	struct err		 err;
	json_t			*v;

	(void)unused;
	fx_opened(&i, &s);
	i.unit = "機要組\r\nBcc: x@y\t\xe2\x80\xae\xe2\x81\xa6";
	s.fields = &f;
	s.n_fields = 1;
	v = view_make(policy, &fx_conf, &s, &to, NULL, AT(10, 0));
	if (templates_mail(templates, "notice", "zh-TW", v, a, &subject, &body,
	    &err) != RC_OK)
		fail_msg("%s", err.text);
	assert_null(strchr(subject, '\n'));
	assert_null(strchr(subject, '\r'));
	assert_null(strstr(subject, "\xe2\x80\xae"));	/* turns our words */
	assert_null(strstr(subject, "\xe2\x81\xa6"));
	assert_null(strstr(body, "\n等級：4"));
	assert_non_null(strstr(body, "\n　｜等級：4 等級：4 等級：4 狀態：結案\n"));
	json_decref(v);
	arena_free(&a);
}

static void
missed(void *arg, const char *file, int line, const char *name)
{
	(void)buf_addf(arg, "%s:%d: %s\n", file, line, name);
}

static void
every_tag_has_a_key(void **unused)
{
	json_t		*keys = json_load_file(TOCSIN_SRCDIR
			    "/templates/keys.json", 0, NULL), *none;
	struct buf	 b;
	struct err	 err;

	(void)unused;
	assert_true(json_is_array(keys));
	buf_init(&b, 1u << 20);
	assert_int_equal(templates_check(templates, keys, missed, &b, &err),
	    RC_OK);
	assert_string_equal(b.data, "");
	none = json_array();
	assert_int_equal(templates_check(templates, none, missed, &b, &err),
	    RC_OK);
	assert_non_null(strstr(b.data, "ack.en.mustache:1: tracking\n"));
	assert_non_null(strstr(b.data, "ack.en.mustache:4: to.name\n"));
	json_decref(none);
	json_decref(keys);
	buf_free(&b);
}

static int
setup(void **unused)
{
	struct err	err;

	(void)unused;
	if (policy_load(TOCSIN_SRCDIR "/policies", "taipei-2007", &policy,
	    &err) == RC_OK && policy_load(TOCSIN_SRCDIR "/policies",
	    "csma-2026", &law, &err) == RC_OK &&
	    templates_load(TOCSIN_SRCDIR "/templates",
	    &templates, &err) == RC_OK)
		return 0;
	(void)fprintf(stderr, "%s\n", err.text);
	return 1;
}

static int
teardown(void **unused)
{
	(void)unused;
	templates_free(&templates);
	policy_free(&policy);
	policy_free(&law);
	return 0;
}

static int
write_all(const char *dir)
{
	struct arena	*a = arena_new();
	struct err	 err;
	const char	*text;
	FILE		*f;

	if (setup(NULL) != 0)
		return 1;
	for (size_t n = 0; n < 2 * LETTERS; n++) {
		if (letter_make(&letters[n / 2], langs[n % 2], a, &text,
		    &err) != RC_OK) {
			(void)fprintf(stderr, "%s\n", err.text);
			continue;
		}
		f = fopen(file_of(a, dir, n / 2, langs[n % 2]), "w");
		if (f == NULL || fputs(text, f) == EOF || fclose(f) != 0)
			return 1;
	}
	arena_free(&a);
	return teardown(NULL);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_template_is_tested),
		cmocka_unit_test(every_letter_is_in_both_languages),
		cmocka_unit_test(every_tag_has_a_key),
		cmocka_unit_test(letters_are_as_approved),
		cmocka_unit_test(two_languages_stand_in_one_mail),
		cmocka_unit_test(words_of_others_are_marked),
	};

	if (argc == 3 && strcmp(argv[1], "--write") == 0)
		return write_all(argv[2]);
	return cmocka_run_group_tests(tests, setup, teardown);
}
