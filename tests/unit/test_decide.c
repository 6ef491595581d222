#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "life.h"

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
a_file_that_was_not_read_is_named(void **unused)
{
	struct report	*r = world_report(&w, "someone@elsewhere.example");
	struct problem	 unread = { "attachment", "通報單.pdf", "not read", NULL };
	struct attachment file = { .name = "通報單.pdf" };

	(void)unused;
	r->kind = KIND_REPORT_FREEFORM;
	r->own_text = "如附件";
	r->problems = &unread;
	r->n_problems = 1;
	r->attachments = &file;
	r->n_attachments = 1;
	world_open(&w, r);
	assert_string_equal(json_string_value(json_object_get(world_duty(&w,
	    "ack_freeform", "reporter")->data, "unread")), "通報單.pdf");
	assert_string_equal(json_string_value(json_object_get(world_duty(&w,
	    "notice", "team")->data, "unread")), "通報單.pdf");
}

static void
a_file_without_a_form_is_named(void **unused)
{
	struct report	*r = world_report(&w, "someone@elsewhere.example");
	struct problem	 formless = { "no_form", "主機.xlsx", "no form", NULL };
	struct attachment file = { .name = "主機.xlsx" };

	(void)unused;
	r->kind = KIND_REPORT_FREEFORM;
	r->own_text = "主機中毒，清單如附件";
	r->problems = &formless;
	r->n_problems = 1;
	r->attachments = &file;
	r->n_attachments = 1;
	world_open(&w, r);
	assert_string_equal(json_string_value(json_object_get(world_duty(&w,
	    "ack_freeform", "reporter")->data, "formless")), "主機.xlsx");
	assert_null(json_object_get(world_duty(&w, "notice", "team")->data,
	    "unread"));
}

/* One mail opens one incident: what else it tells of is put before people. */
static void
another_form_is_shown(void **unused)
{
	struct report	*r = world_annex1(&w);
	const json_t	*data;

	(void)unused;
	r->another = "組別：視察室\n\n事件簡述：網頁遭置換\n";
	world_open(&w, r);
	data = world_duty(&w, "ack", "reporter")->data;
	assert_string_equal(json_string_value(json_object_get(data,
	    "another")), "組別：視察室");
	data = json_object_get(world_duty(&w, "notice", "team")->data,
	    "another_lines");
	assert_int_equal(json_array_size(data), 2);
	assert_string_equal(json_string_value(json_array_get(data, 1)),
	    "事件簡述：網頁遭置換");
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
	assert_int_equal(w.c.evidence, 1);
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
	assert_int_equal(w.c.evidence, 0);
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
	assert_int_equal(w.c.evidence, 2);
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
	assert_int_equal(w.c.evidence, 0);	/* what was wrong needs none */
}

/* R16: the time to decide runs from the question, not from a first level that
 * asked for no meeting. */
static void
the_meeting_is_asked_about_with_time_to_answer(void **unused)
{
	(void)unused;
	open_at_level(1);
	w.now += 2 * 86400;
	world_mail(&w, level_mail(3), "team", 1);
	assert_non_null(world_duty(&w, "ask_meeting", "ciso"));
	assert_int_equal(world_deadline(&w, "meeting")->due_at, w.now + 3600);
}

/* The level of a question that nobody answered fell: it is asked anew. */
static void
a_question_taken_back_is_asked_anew(void **unused)
{
	(void)unused;
	open_at_level(2);
	w.now += 600;
	world_mail(&w, level_mail(1), "team", 1);
	assert_null(world_deadline(&w, "meeting"));
	w.now += 600;
	world_mail(&w, level_mail(2), "team", 1);
	assert_non_null(world_duty(&w, "ask_meeting", "ciso"));
	assert_int_equal(world_deadline(&w, "meeting")->due_at,
	    w.now + 4 * 3600);
	world_mail(&w, words_mail(BOSS, "不召開"), "ciso", 1);
	world_mail(&w, level_mail(1), "team", 1);
	world_mail(&w, level_mail(2), "team", 1);
	assert_null(world_duty(&w, "ask_meeting", NULL));	/* decided */
}

/* Evidence that no one takes: a person is told, the report counts as before
 * and nobody is sent to the telephone. */
static void
lost_evidence_is_no_lost_report(void **unused)
{
	const struct duty	*du;
	struct outbox_item	*it;

	(void)unused;
	open_at_level(3);
	it = &w.items[w.n_items++];
	memset(it, 0, sizeof(*it));
	it->id = 900;
	it->duty = "evidence";
	it->role = "ncert";
	it->to_addr = "report@ncert.example";
	it->revision = 1;
	world_lost(&w, "evidence", "ncert", CHANNEL_SMTP);
	du = world_duty(&w, "gave_up", "team");
	assert_non_null(du);
	assert_null(world_duty(&w, "phone_script", NULL));
	world_sent(&w, "annex2", "ncert", CHANNEL_SMTP);
	world_sent(&w, "annex2", "ncert", CHANNEL_HTTP);
	world_sent(&w, "annex2", "city_it", CHANNEL_SMTP);
	world_sent(&w, "annex2", "city_it", CHANNEL_HTTP);
	assert_int_equal(w.in.external_sent_at, w.now);
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
	world_mail(&w, words_mail(BOSS, "同意。"),
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

int
main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, life_setup, life_teardown)
	const struct CMUnitTest tests[] = {
		T(report_opens_an_incident),
		T(incomplete_report_is_asked_not_refused),
		T(free_text_late_and_encrypted_are_accepted),
		T(a_file_that_was_not_read_is_named),
		T(a_file_without_a_form_is_named),
		T(another_form_is_shown),
		T(unanswerable_report_opens_silently),
		T(forward_answers_inner_sender_of_the_house_only),
		T(level_in_a_report_is_a_suggestion),
		T(level_3_goes_outside),
		T(external_is_met_by_every_receipt),
		T(level_1_stays_inside),
		T(level_change_follows_up_and_corrects),
		T(the_meeting_is_asked_about_with_time_to_answer),
		T(a_question_taken_back_is_asked_anew),
		T(changed_content_is_sent_only_when_asked),
		T(recovery_confirmed_stops_the_bell),
		T(open_items_keep_it_contained),
		T(recovery_before_level_is_not_taken),
		T(lost_evidence_is_no_lost_report),
		T(closing_needs_reasons_and_a_second_person),
		T(false_alarm_by_two_and_corrected_outside),
		T(one_person_is_enough_below),
		T(withdrawn_is_gone),
		T(merge_and_undo),
		T(transferred_is_still_asked_about),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
