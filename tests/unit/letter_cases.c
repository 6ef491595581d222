#include "letter_cases.h"

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
#define ANOTHER "\"another\":\"組別：視察室\",\"another_lines\":["	\
	"\"組別：視察室\",\"資通安全事件簡述：網站首頁遭置換。\"]"
#define THREAD "{\"thread_of\":\"CSI-20070529-0004\"}"
#define ALIKE "{\"alike\":\"CSI-20070529-0004\"}"
#define HASH "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

const struct letter letters[] = {
	{ "ack", "reporter", OPENED, NULL },
	{ "ack", "reporter", LATE, NULL },
	{ "ack", "reporter", DISASTER, NULL },
	{ "ack", "reporter", GAPS, NULL },
	{ "ack", "reporter", OPENED, "{" ANOTHER "}" },
	{ "ack", "reporter", OPENED, THREAD },
	{ "ack", "reporter", OPENED, ALIKE },
	{ "ack_freeform", "reporter", GAPS, NULL },
	{ "ack_freeform", "reporter", GAPS, "{\"encrypted\":true}" },
	{ "ack_freeform", "reporter", GAPS, "{\"unread\":\"form.xlsx\"}" },
	{ "ack_freeform", "reporter", GAPS, "{\"formless\":\"hosts.xlsx\"}" },
	{ "ack_again", "reporter", GAPS, "{" LINES "}" },
	{ "ack_again", "reporter", CLOSED, "{}" },
	{ "ask_missing", "reporter", GAPS,
	    "{\"missing_fields\":[\"phone\",\"occurred_at\"]}" },
	{ "remind_missing", "reporter", GAPS,
	    "{" DUE("missing", "reporter") "}" },
	{ "remind_missing", "secretary", GAPS,
	    "{" DUE("missing", "reporter") "}" },
	{ "notice", "team", OPENED, NULL },
	{ "notice", "team", GAPS, NULL },
	{ "notice", "team", GAPS, "{\"unread\":\"form.xlsx\"}" },
	{ "notice", "team", GAPS, "{\"formless\":\"hosts.xlsx\"}" },
	{ "notice", "team", OPENED, "{" ANOTHER "}" },
	{ "notice", "team", OPENED, THREAD },
	{ "notice", "team", OPENED, ALIKE },
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
	{ "ask_confirm", "team", WORKING,
	    "{\"from\":\"lin@secretariat.example\"}" },
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
const size_t n_letters = sizeof(letters) / sizeof(letters[0]);
