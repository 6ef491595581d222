#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "world.h"

#define TEAM	"jianguo.hsu@secretariat.example"
#define TEAM_2	"second.team@secretariat.example"
#define WANG	"ming.wang@secretariat.example"

static struct world	w;

static int
setup(void **unused)
{
	(void)unused;
	world_begin(&w, "taipei-2007");
	return 0;
}

static int
teardown(void **unused)
{
	(void)unused;
	world_end(&w);
	return 0;
}

static void
at(const char *when)
{
	w.now = world_time(when);
}

static void
state_is(enum incident_state want)
{
	if (w.in.state != want)
		fail_msg("state: got %s, want %s",
		    incident_state_name(w.in.state), incident_state_name(want));
}

static void
said(const char *part, int want_ok)
{
	int		 ok = -1;
	const char	*s = world_line(&w, part, &ok);

	if (s == NULL)
		fail_msg("no line says \"%s\"", part);
	else if (ok != want_ok)
		fail_msg("\"%s\": got ok=%d, want %d", s, ok, want_ok);
}

/* --- mails of a life --------------------------------------------------------- */

static struct report *
level_mail(int level)
{
	struct report	*r = world_report(&w, TEAM);

	world_level(&w, r, level);
	return r;
}

static struct report *
annex2_mail(int level)
{
	struct report	*r = level_mail(level);

	r->form = "annex2";
	(void)world_text(&w, r, "status", "in_progress");
	(void)world_text(&w, r, "handler_name", "許建國");
	(void)world_text(&w, r, "impact", "公文簽核停擺");
	(void)world_text(&w, r, "damage", "個人電腦 3 台");
	(void)world_text(&w, r, "support", "請派員協助");
	(void)world_text(&w, r, "measures", "已隔離");
	return r;
}

static const char *const checks[] = {
	"check_system_software", "check_application_software",
	"check_hardware", "check_test", "check_data_restore",
	"check_data_rebuild"
};

static struct report *
recovery_mail(const char *values)
{
	struct report	*r = world_report(&w, TEAM);

	(void)world_text(&w, r, "status", "recovered");
	for (size_t i = 0; i < 6; i++)
		if (values[i] != '-')
			(void)world_text(&w, r, checks[i],
			    values[i] == 'o' ? "ok" : values[i] == 'n' ?
			    "not_applicable" : values[i] == 'x' ? "fail" :
			    "not_done");
	return r;
}

static struct report *
status_mail(const char *from, const char *status)
{
	struct report	*r = world_report(&w, from);

	(void)world_text(&w, r, "status", status);
	return r;
}

static struct report *
words_mail(const char *from, const char *text)
{
	struct report	*r = world_report(&w, from);

	r->own_text = text;
	return r;
}

static void
reasons(struct report *r)
{
	(void)world_text(&w, r, "cause", "開啟不明附件");
	(void)world_text(&w, r, "improvement", "更新修補程式");
	(void)world_text(&w, r, "evidence", "已保存映像檔");
}

static void
open_case(void)
{
	world_open(&w, world_annex1(&w));
}

static void
open_at_level(int level)
{
	open_case();
	w.now += 600;
	world_mail(&w, level_mail(level), "team", 1);
}

/* --- opening ------------------------------------------------------------------- */

static void
report_opens_an_incident(void **unused)
{
	const struct duty	*du;

	(void)unused;
	open_case();
	state_is(INC_RECEIVED);
	assert_int_equal(w.in.level, 0);
	assert_string_equal(w.in.tracking, "CSI-20070531-0001");
	assert_string_equal(w.in.policy, "taipei-2007");
	assert_string_equal(w.in.unit, "機要組");
	assert_string_equal(w.in.category, "external_intrusion");
	assert_int_equal(w.c.disposition, DISP_REPORT);
	du = world_duty(&w, "ack", "reporter");
	assert_non_null(du);
	assert_true(du->reply);
	assert_non_null(world_duty(&w, "notice", "team"));
	assert_non_null(world_duty(&w, "notice_ethics", "ethics"));
	assert_null(world_duty(&w, "annex2", NULL));
	assert_non_null(world_deadline(&w, "assess"));
	assert_null(world_deadline(&w, "missing"));
	assert_null(world_deadline(&w, "external"));
	assert_int_equal(world_journal(&w, "opened"), 1);
}

static void
incomplete_report_is_asked_not_refused(void **unused)
{
	struct report	*r = world_report(&w, WANG);

	(void)unused;
	r->kind = KIND_REPORT;
	(void)world_text(&w, r, "unit", "不存在組");
	world_unread(&w, r, "occurred_at", "剛剛");
	world_open(&w, r);
	state_is(INC_RECEIVED);
	assert_non_null(world_duty(&w, "ack", "reporter"));
	assert_non_null(world_deadline(&w, "missing"));
	assert_int_equal(world_journal(&w, "unknown_unit"), 1);
	assert_int_equal(w.in.occurred_at, 0);
	assert_int_equal(w.in.reported_at, w.now);
}

static void
free_text_late_and_encrypted_are_accepted(void **unused)
{
	struct report	*r = world_report(&w, "someone@elsewhere.example");

	(void)unused;
	r->kind = KIND_REPORT_FREEFORM;
	r->own_text = "電腦中毒了";
	r->verdict = "late";
	r->receipt_minutes = 44;
	r->encrypted = 1;
	world_open(&w, r);
	state_is(INC_RECEIVED);
	assert_string_equal(w.in.summary, "電腦中毒了");
	assert_non_null(world_duty(&w, "ack_freeform", "reporter"));
	assert_non_null(world_duty(&w, "held", "team"));
	assert_int_equal(world_journal(&w, "late"), 1);
}

static void
unanswerable_report_opens_silently(void **unused)
{
	struct report	*r = world_annex1(&w);

	(void)unused;
	r->answerable = 0;
	world_open(&w, r);
	assert_null(world_duty(&w, "ack", NULL));
	assert_non_null(world_duty(&w, "notice", "team"));
	assert_int_equal(world_journal(&w, "not_answered"), 1);
	/* and is never reminded by mail */
	world_mail(&w, recovery_mail("oooooo"), "team", 1);
	assert_null(world_duty(&w, "recovered", "reporter"));
}

static void
forward_answers_inner_sender_of_the_house_only(void **unused)
{
	struct report	*r = world_annex1(&w);

	(void)unused;
	r->from_addr = "guohua.chang@secretariat.example";
	r->reporter_email = "shufen.li@secretariat.example";
	r->verdict = "claimed_on_time";
	world_open(&w, r);
	assert_string_equal(w.in.reporter_cc, "shufen.li@secretariat.example");
	assert_true(json_is_true(json_object_get(world_duty(&w, "notice",
	    "team")->data, "confirm_call")));
	world_end(&w);
	world_begin(&w, "taipei-2007");
	r = world_annex1(&w);
	r->reporter_email = "victim@elsewhere.example";
	world_open(&w, r);
	assert_null(w.in.reporter_cc);
}

static void
level_in_a_report_is_a_suggestion(void **unused)
{
	struct report	*r = world_annex1(&w);

	(void)unused;
	world_level(&w, r, 4);
	(void)world_text(&w, r, "status", "closed");
	world_open(&w, r);
	assert_int_equal(w.in.level, 0);
	state_is(INC_RECEIVED);
	for (size_t i = 0; i < w.n_fields; i++)
		assert_string_not_equal(w.fields[i].name, "level");
}

/* --- the scenario of the plan ----------------------------------------------------- */

static void
level_3_goes_outside(void **unused)
{
	static const char *const to[] = { "ncert", "city_it" };

	(void)unused;
	open_case();
	at("2007-05-31T09:47:00+08:00");
	world_mail(&w, annex2_mail(3), "team", 1);
	assert_int_equal(w.in.level, 3);
	state_is(INC_IN_PROGRESS);
	assert_int_equal(w.in.revision, 1);
	for (int i = 0; i < 2; i++) {
		const struct duty	*du = world_duty(&w, "annex2", to[i]);

		assert_non_null(du);
		assert_true(du->external);
		assert_int_equal(du->revision, 1);
		assert_string_equal(du->unique, "annex2/1");
	}
	assert_non_null(world_duty(&w, "ask_meeting", "ciso"));
	assert_non_null(world_duty(&w, "level_set", "ethics"));
	assert_true(world_duty(&w, "transcript", "sender")->reply);
	said("未評估→3", 1);
	said("已排程對外通報（第1報）：國家資通安全應變中心、臺北市政府資訊處", 1);
	said("作業影響情況：已記錄", 1);
	assert_null(world_deadline(&w, "assess"));
	assert_non_null(world_deadline(&w, "external"));
	assert_non_null(world_deadline(&w, "recovery"));
	assert_non_null(world_deadline(&w, "meeting"));
	assert_int_equal(w.c.disposition, DISP_UPDATE);
}

static void
external_is_met_by_every_receipt(void **unused)
{
	(void)unused;
	open_at_level(3);
	world_sent(&w, "annex2", "ncert", CHANNEL_SMTP);
	world_sent(&w, "annex2", "ncert", CHANNEL_HTTP);
	world_sent(&w, "annex2", "city_it", CHANNEL_SMTP);
	assert_int_equal(w.in.external_sent_at, 0);
	assert_non_null(world_deadline(&w, "external"));
	w.now += 60;
	world_sent(&w, "annex2", "city_it", CHANNEL_HTTP);
	assert_int_equal(w.in.external_sent_at, w.now);
	assert_null(world_deadline(&w, "external"));
	assert_int_equal(world_journal(&w, "external_sent"), 1);
}

static void
level_1_stays_inside(void **unused)
{
	(void)unused;
	open_at_level(1);
	assert_null(world_duty(&w, "annex2", NULL));
	assert_null(world_duty(&w, "ask_meeting", NULL));
	assert_int_equal(w.in.revision, 0);
	assert_non_null(world_deadline(&w, "recovery"));
	state_is(INC_ASSESSED);
}

static void
level_change_follows_up_and_corrects(void **unused)
{
	const struct duty	*du;

	(void)unused;
	open_at_level(2);
	world_mail(&w, level_mail(2), "team", 1);
	assert_null(world_duty(&w, "annex2", NULL));
	said("與現況相同", 1);
	world_mail(&w, level_mail(4), "team", 1);
	du = world_duty(&w, "annex2", "ncert");
	assert_int_equal(du->revision, 2);
	assert_true(json_is_true(json_object_get(du->data, "followup")));
	assert_int_equal(json_integer_value(json_object_get(du->data,
	    "previous_level")), 2);
	assert_non_null(world_duty(&w, "ask_meeting", "ciso"));
	/* down again: from 4 it takes two persons */
	world_mail(&w, level_mail(1), "team", 1);
	assert_int_equal(w.in.level, 4);
	said("須第二人確認", 1);
	assert_non_null(world_duty(&w, "ask_second", "secretary"));
	world_mail(&w, words_mail(TEAM, "確認"), "team", 1);
	said("不得自行確認", 0);
	assert_int_equal(w.in.level, 4);
	world_mail(&w, words_mail(TEAM_2, "確認"), "team", 1);
	assert_int_equal(w.in.level, 1);
	assert_null(w.in.pending);
	du = world_duty(&w, "annex2", "city_it");
	assert_int_equal(du->revision, 3);
	assert_true(json_is_true(json_object_get(du->data, "correction")));
}

static void
changed_content_is_sent_only_when_asked(void **unused)
{
	struct report	*r;

	(void)unused;
	open_case();
	world_mail(&w, words_mail(TEAM, "續報"), "team", 1);
	said("尚未對外通報", 0);
	world_mail(&w, annex2_mail(3), "team", 1);
	r = world_report(&w, TEAM);
	(void)world_text(&w, r, "impact", "影響擴大");
	world_mail(&w, r, "team", 1);
	assert_null(world_duty(&w, "annex2", NULL));
	world_mail(&w, words_mail(TEAM, "續報：否"), "team", 1);
	assert_null(world_duty(&w, "annex2", NULL));
	world_mail(&w, words_mail(TEAM, "續報"), "team", 1);
	assert_int_equal(world_duty(&w, "annex2", "ncert")->revision, 2);
}

static void
recovery_confirmed_stops_the_bell(void **unused)
{
	struct report	*r;

	(void)unused;
	open_at_level(3);
	at("2007-06-01T11:25:00+08:00");
	r = recovery_mail("oooooo");
	world_at(&w, r, "recovered_at", "2007-06-01T11:20:00+08:00");
	reasons(r);
	world_mail(&w, r, "team", 1);
	state_is(INC_RECOVERED);
	assert_int_equal(w.in.recovered_at,
	    world_time("2007-06-01T11:20:00+08:00"));
	assert_non_null(world_duty(&w, "recovered", "reporter"));
	assert_non_null(world_duty(&w, "recovered", "secretary"));
	assert_non_null(world_duty(&w, "recovered", "ethics"));
	assert_int_equal(world_duty(&w, "annex2", "ncert")->revision, 2);
	assert_null(world_deadline(&w, "recovery"));
	assert_null(world_deadline(&w, "external"));
	assert_null(world_deadline(&w, "meeting"));
	assert_int_equal(world_until(&w, w.now + 13 * 86400), 0);
}

static void
open_items_keep_it_contained(void **unused)
{
	static const struct { const char *values, *line; } cases[] = {
		{ "ooxooo", "復原檢核未完成：硬體設備；" },
		{ "------", "未完成：系統軟體、應用軟體、硬體設備、" },
		{ "oood--", "未完成：系統復原及運作測試、" },
	};

	(void)unused;
	for (size_t i = 0; i < 3; i++) {
		open_at_level(2);
		world_mail(&w, recovery_mail(cases[i].values), "team", 1);
		state_is(INC_CONTAINED);
		said(cases[i].line, 0);
		assert_non_null(world_deadline(&w, "recovery"));
		assert_null(world_duty(&w, "recovered", NULL));
		world_end(&w);
		world_begin(&w, "taipei-2007");
	}
	open_at_level(2);
	world_mail(&w, recovery_mail("ooodo-"), "team", 1);
	said("即回報資料回復（備份檔案下載及資料回復）", 0);
	/* the rest in a later mail completes it */
	world_mail(&w, recovery_mail("---o-n"), "team", 1);
	state_is(INC_RECOVERED);
}

static void
recovery_before_level_is_not_taken(void **unused)
{
	(void)unused;
	open_case();
	world_mail(&w, recovery_mail("oooooo"), "team", 1);
	state_is(INC_RECEIVED);
	said("請先填「等級：1～4」", 0);
}

static void
closing_needs_reasons_and_a_second_person(void **unused)
{
	struct report	*r;

	(void)unused;
	open_at_level(3);
	world_mail(&w, status_mail(TEAM, "closed"), "team", 1);
	state_is(INC_ASSESSED);
	world_mail(&w, recovery_mail("oooooo"), "team", 1);
	world_mail(&w, status_mail(TEAM, "closed"), "team", 1);
	state_is(INC_RECOVERED);
	said("事件原因、補強措施、證據保存情形", 0);
	r = status_mail(TEAM, "closed");
	reasons(r);
	world_mail(&w, r, "team", 1);
	state_is(INC_RECOVERED);
	said("須第二人確認", 1);
	/* another member who asks for the same is the second person */
	world_mail(&w, status_mail(TEAM_2, "closed"), "secretary", 1);
	state_is(INC_CLOSED);
	assert_non_null(world_duty(&w, "closed", "reporter"));
	assert_non_null(world_duty(&w, "closed", "ethics"));
	assert_int_equal(world_until(&w, w.now + 90 * 86400), 0);
}

static void
false_alarm_by_two_and_corrected_outside(void **unused)
{
	(void)unused;
	open_at_level(3);
	world_mail(&w, status_mail(TEAM, "false_alarm"), "team", 1);
	state_is(INC_ASSESSED);
	world_mail(&w, words_mail("boss@secretariat.example", "同意。"),
	    "ciso", 1);
	state_is(INC_FALSE_ALARM);
	assert_true(json_is_true(json_object_get(world_duty(&w, "annex2",
	    "ncert")->data, "correction")));
	assert_int_equal(world_until(&w, w.now + 30 * 86400), 0);
	world_mail(&w, words_mail(TEAM, "重新開案"), "team", 1);
	state_is(INC_IN_PROGRESS);
	assert_non_null(world_deadline(&w, "recovery"));
}

static void
one_person_is_enough_below(void **unused)
{
	(void)unused;
	open_at_level(2);
	world_mail(&w, status_mail(TEAM, "false_alarm"), "team", 1);
	state_is(INC_FALSE_ALARM);
}

static void
withdrawn_is_gone(void **unused)
{
	(void)unused;
	open_at_level(4);
	world_mail(&w, level_mail(2), "team", 1);
	assert_non_null(w.in.pending);
	world_mail(&w, words_mail(TEAM_2, "撤回，理由：誤植"), "team", 1);
	assert_null(w.in.pending);
	world_mail(&w, words_mail(TEAM_2, "確認"), "team", 1);
	said("沒有待確認", 0);
	assert_int_equal(w.in.level, 4);
}

static void
merge_and_undo(void **unused)
{
	struct incident	other = { .id = 9, .tracking = "CSI-20070531-0009" };

	(void)unused;
	open_at_level(2);
	world_mail(&w, words_mail(TEAM, "併案 CSI-20070531-0077"), "team", 1);
	state_is(INC_ASSESSED);
	said("CSI-20070531-0077", 0);
	w.other = &other;
	world_mail(&w, words_mail(TEAM, "併案CSI-20070531-0009"), "team", 1);
	state_is(INC_MERGED);
	assert_int_equal(w.in.merged_into, 9);
	assert_int_equal(world_until(&w, w.now + 86400), 0);
	w.other = NULL;
	world_mail(&w, words_mail(TEAM, "取消併案"), "team", 1);
	state_is(INC_ASSESSED);
	assert_int_equal(w.in.merged_into, 0);
	assert_non_null(world_deadline(&w, "recovery"));
}

static void
transferred_is_still_asked_about(void **unused)
{
	(void)unused;
	open_at_level(2);
	world_mail(&w, words_mail(TEAM, "移轉：資訊處"), "team", 1);
	state_is(INC_TRANSFERRED);
	assert_non_null(world_deadline(&w, "recovery"));
}

/* --- rights --------------------------------------------------------------------- */

static void
untrusted_changes_nothing(void **unused)
{
	static const struct { const char *from, *role; } who[] = {
		{ TEAM, "team" }, { "boss@secretariat.example", "ciso" },
		{ "x@evil.example", "other" },
	};
	struct incident	before;

	(void)unused;
	open_case();
	before = w.in;
	for (size_t i = 0; i < 3; i++) {
		struct report	*r = annex2_mail(1);
		const struct duty *du;

		r->from_addr = who[i].from;
		r->own_text = "重新開案";
		world_mail(&w, r, who[i].role, 0);
		assert_int_equal(w.c.disposition, DISP_REJECTED);
		assert_false(w.c.put);
		assert_int_equal(w.c.n_fields, 0);
		assert_non_null(world_duty(&w, "rejected", "team"));
		du = world_duty(&w, "rejected_sender", "sender");
		assert_non_null(du);
		assert_null(du->data);		/* nothing leaks */
		assert_null(world_duty(&w, "transcript", NULL));
	}
	assert_memory_equal(&before, &w.in, sizeof(before));
}

static void
reporter_suggests_and_reports_recovery(void **unused)
{
	struct report	*r;

	(void)unused;
	open_at_level(2);
	r = world_report(&w, WANG);
	world_level(&w, r, 4);
	(void)world_text(&w, r, "status", "recovered");
	world_mail(&w, r, "reporter", 0);
	assert_int_equal(w.in.level, 2);
	state_is(INC_ASSESSED);
	assert_int_equal(w.c.disposition, DISP_SUPPLEMENT);
	assert_non_null(world_duty(&w, "ask_confirm", "team"));
	assert_non_null(world_duty(&w, "ack_again", "sender"));
	assert_non_null(world_deadline(&w, "recovery"));
	assert_int_equal(world_journal(&w, "unit_reported"), 1);
	assert_int_equal(world_journal(&w, "suggested"), 1);
}

static void
unit_checklist_then_the_team_confirms(void **unused)
{
	struct report	*r;

	(void)unused;
	open_at_level(2);
	r = recovery_mail("oooooo");
	r->from_addr = WANG;
	world_mail(&w, r, "reporter", 0);
	state_is(INC_ASSESSED);
	world_mail(&w, status_mail(TEAM, "recovered"), "team", 1);
	state_is(INC_RECOVERED);
}

static void
stranger_cannot_fill_gaps(void **unused)
{
	struct report	*r = world_report(&w, WANG);

	(void)unused;
	r->kind = KIND_REPORT;
	(void)world_text(&w, r, "unit", "機要組");
	world_open(&w, r);
	r = world_report(&w, "x@evil.example");
	(void)world_text(&w, r, "name", "假冒");
	(void)world_text(&w, r, "unit", "假組");
	world_mail(&w, r, "other", 0);
	assert_null(w.in.reporter_name);
	assert_string_equal(w.in.unit, "機要組");
	assert_null(world_duty(&w, "ack_again", NULL));
	assert_non_null(world_duty(&w, "supplement", "team"));
}

static void
supplement_completes_the_record(void **unused)
{
	struct report	*r = world_report(&w, WANG);

	(void)unused;
	r->kind = KIND_REPORT;
	r->verdict = "unknown";
	(void)world_text(&w, r, "unit", "機要組");
	(void)world_text(&w, r, "name", "王小明");
	(void)world_text(&w, r, "description", "中毒");
	world_open(&w, r);
	assert_non_null(world_deadline(&w, "missing"));
	w.now += 600;
	r = world_report(&w, WANG);
	(void)world_text(&w, r, "phone", "1234");
	(void)world_text(&w, r, "name", "另一人");
	world_at(&w, r, "occurred_at", "2007-05-31T09:10:00+08:00");
	world_at(&w, r, "reported_at", "2007-05-31T09:20:00+08:00");
	world_mail(&w, r, "reporter", 0);
	assert_null(world_deadline(&w, "missing"));
	assert_string_equal(w.in.reporter_name, "王小明");
	assert_string_equal(w.in.verdict, "on_time");
}

static void
ciso_decides_on_the_meeting_and_nothing_else(void **unused)
{
	static const struct { const char *text; int decided; } cases[] = {
		{ "召開 6/1 14:00 地點：三樓會議室\n不召開，理由：", 1 },
		{ "召開 6/1 14:00 地點：\n不召開，理由：已控制", -1 },
		{ "召開 6/1 14:00 地點：\n不召開，理由：", 0 },
		{ "召開 6/1 14:00 地點：三樓\n不召開，理由：已控制", 0 },
		{ "不召開", -1 },
		{ "收到，謝謝", 0 },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct duty	*du;
		int			 got = 0;

		open_at_level(3);
		world_mail(&w, words_mail("boss@secretariat.example",
		    cases[i].text), "ciso", 1);
		du = world_duty(&w, "meeting", "secretary");
		if (du != NULL)
			got = json_is_true(json_object_get(json_object_get(
			    du->data, "meeting"), "yes")) ? 1 : -1;
		if (got != cases[i].decided)
			fail_msg("%s: got %d, want %d", cases[i].text, got,
			    cases[i].decided);
		assert_int_equal(world_deadline(&w, "meeting") == NULL,
		    cases[i].decided != 0);
		world_end(&w);
		world_begin(&w, "taipei-2007");
	}
	open_at_level(3);
	world_mail(&w, level_mail(4), "ciso", 1);
	assert_int_equal(w.in.level, 3);
	world_mail(&w, words_mail(TEAM, "不召開"), "team", 1);
	said("不含此項權限", 0);
}

static void
not_understood_is_said_and_not_applied(void **unused)
{
	struct report	*r = world_report(&w, TEAM);

	(void)unused;
	open_case();
	world_unread(&w, r, "level", "■4級 ■3級");
	world_unread(&w, r, "status", "差不多了");
	world_mail(&w, r, "team", 1);
	assert_int_equal(w.in.level, 0);
	state_is(INC_RECEIVED);
	said("無法辨識等級", 0);
	said("無法辨識狀態", 0);
	world_mail(&w, words_mail(TEAM, "收到，處理當中"), "team", 1);
	said("未發現可辨識", 0);
}

/* --- lost and phoned ------------------------------------------------------------- */

static void
lost_report_makes_somebody_phone(void **unused)
{
	const struct duty	*du;

	(void)unused;
	open_at_level(3);
	world_sent(&w, "annex2", "ncert", CHANNEL_SMTP);
	world_sent(&w, "annex2", "city_it", CHANNEL_SMTP);
	world_sent(&w, "annex2", "city_it", CHANNEL_HTTP);
	world_lost(&w, "annex2", "ncert", CHANNEL_HTTP);
	du = world_duty(&w, "phone_script", "team");
	assert_non_null(du);
	assert_string_equal(json_string_value(json_object_get(json_object_get(
	    du->data, "receiver"), "phone")), "02-5550-9999");
	assert_non_null(world_deadline(&w, "phone"));
	assert_non_null(world_deadline(&w, "external"));
	w.now += 300;
	world_mail(&w, words_mail(TEAM,
	    "已電話通報 國家資通安全應變中心 10:05 林先生"), "team", 1);
	said("電話／傳真通報已記錄", 1);
	assert_int_equal(w.in.external_sent_at, w.now);
	assert_null(world_deadline(&w, "phone"));
	assert_null(world_deadline(&w, "external"));
}

static void
lost_reminder_goes_to_the_deputy(void **unused)
{
	int	fired;

	(void)unused;
	open_case();
	assert_int_equal(world_until(&w, w.now + 900), 1);
	assert_non_null(world_duty(&w, "remind_assess", "team"));
	fired = world_deadline(&w, "assess")->fired;
	world_lost(&w, "remind_assess", "team", CHANNEL_SMTP);
	assert_non_null(world_duty(&w, "remind_assess", "secretary"));
	assert_int_equal(world_deadline(&w, "assess")->fired, fired - 1);
	for (int i = 0; i < 10; i++) {
		const struct outbox_item *last = &w.items[w.n_items - 1];

		world_lost(&w, last->duty, last->role, CHANNEL_SMTP);
	}
	assert_int_equal(world_duties(&w, "remind_assess"), 0);
}

static void
lost_ack_is_told_to_the_team(void **unused)
{
	(void)unused;
	open_case();
	world_lost(&w, "ack", "reporter", CHANNEL_SMTP);
	assert_non_null(world_duty(&w, "gave_up", "team"));
	world_lost(&w, "gave_up", "team", CHANNEL_SMTP);
	assert_non_null(world_duty(&w, "gave_up", "secretary"));
}

static void
drill_never_goes_outside(void **unused)
{
	struct report	*r = world_annex1(&w);

	(void)unused;
	r->drill = 1;
	world_open(&w, r);
	assert_true(w.in.drill);
	world_mail(&w, level_mail(4), "team", 1);
	assert_null(world_duty(&w, "annex2", NULL));
	said("演練案件", 1);
	assert_int_equal(w.in.revision, 0);
}

static void
forensics_need_a_second_office(void **unused)
{
	(void)unused;
	open_at_level(3);
	world_mail(&w, words_mail(TEAM, "申請鑑識支援：是"), "team", 1);
	assert_non_null(world_duty(&w, "ask_second", "ethics"));
	assert_non_null(world_duty(&w, "ask_second", "ciso"));
	world_mail(&w, words_mail("zf@secretariat.example",
	    "申請鑑識支援：同意"), "ethics", 1);
	said("已確認", 1);
}

static void
receivers_answer_is_kept_quietly(void **unused)
{
	(void)unused;
	open_at_level(3);
	world_mail(&w, words_mail("duty@ncert.example", "受理編號 123"),
	    "ncert", 1);
	assert_int_equal(w.c.disposition, DISP_RECEIPT);
	assert_int_equal(w.c.n_duties, 0);
	world_mail(&w, level_mail(1), "ncert", 1);
	assert_int_equal(w.in.level, 3);
}

int
main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(report_opens_an_incident),
		T(incomplete_report_is_asked_not_refused),
		T(free_text_late_and_encrypted_are_accepted),
		T(unanswerable_report_opens_silently),
		T(forward_answers_inner_sender_of_the_house_only),
		T(level_in_a_report_is_a_suggestion),
		T(level_3_goes_outside),
		T(external_is_met_by_every_receipt),
		T(level_1_stays_inside),
		T(level_change_follows_up_and_corrects),
		T(changed_content_is_sent_only_when_asked),
		T(recovery_confirmed_stops_the_bell),
		T(open_items_keep_it_contained),
		T(recovery_before_level_is_not_taken),
		T(closing_needs_reasons_and_a_second_person),
		T(false_alarm_by_two_and_corrected_outside),
		T(one_person_is_enough_below),
		T(withdrawn_is_gone),
		T(merge_and_undo),
		T(transferred_is_still_asked_about),
		T(untrusted_changes_nothing),
		T(reporter_suggests_and_reports_recovery),
		T(unit_checklist_then_the_team_confirms),
		T(stranger_cannot_fill_gaps),
		T(supplement_completes_the_record),
		T(ciso_decides_on_the_meeting_and_nothing_else),
		T(not_understood_is_said_and_not_applied),
		T(lost_report_makes_somebody_phone),
		T(lost_reminder_goes_to_the_deputy),
		T(lost_ack_is_told_to_the_team),
		T(drill_never_goes_outside),
		T(forensics_need_a_second_office),
		T(receivers_answer_is_kept_quietly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
