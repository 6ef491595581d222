#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "incident/states.h"
#include "life.h"

/* --- rights --------------------------------------------------------------------- */

static void
untrusted_changes_nothing(void **unused)
{
	static const struct { const char *from, *role; } who[] = {
		{ TEAM, "team" }, { BOSS, "ciso" },
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
reporter_takes_back_and_hears_who_confirms(void **unused)
{
	int	ok = 0;

	(void)unused;
	open_at_level(2);
	world_mail(&w, status_mail(WANG, "false_alarm"), "reporter", 1);
	state_is(INC_ASSESSED);
	assert_non_null(world_line(&w, "「誤報」已記錄，待資安小組確認", &ok));
	assert_int_equal(ok, 1);
	world_mail(&w, status_mail("x@elsewhere.example", "closed"), "other", 0);
	assert_null(world_line(&w, "結案", &ok));
	state_is(INC_ASSESSED);
	world_mail(&w, status_mail(WANG, "recovered"), "reporter", 0);
	assert_null(json_object_get(world_duty(&w, "ask_confirm", "team")->data,
	    "from"));
	world_mail(&w, status_mail(
	    "lin@secretariat.example", "recovered"), "other", 0);
	assert_string_equal(json_string_value(json_object_get(world_duty(&w,
	    "ask_confirm", "team")->data, "from")), "lin@secretariat.example");
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

/* Our letter says to write 不詳; what the report itself has so is asked for. */
static void
who_does_not_know_is_asked_no_more(void **unused)
{
	struct report	*r = world_report(&w, WANG);

	(void)unused;
	r->kind = KIND_REPORT;
	(void)world_text(&w, r, "unit", "機要組");
	(void)world_text(&w, r, "name", "王小明");
	(void)world_text(&w, r, "description", "中毒");
	world_at(&w, r, "occurred_at", "2007-05-31T09:10:00+08:00");
	world_unread(&w, r, "phone", "不詳");
	world_open(&w, r);
	assert_non_null(world_deadline(&w, "missing"));
	w.now += 600;
	r = world_report(&w, WANG);
	world_unread(&w, r, "phone", "如附件");
	world_mail(&w, r, "reporter", 0);
	assert_non_null(world_deadline(&w, "missing"));
	r = world_report(&w, "x@evil.example");
	world_unread(&w, r, "phone", "不詳");
	world_mail(&w, r, "other", 0);
	assert_non_null(world_deadline(&w, "missing"));
	r = world_report(&w, WANG);
	world_unread(&w, r, "phone", "不詳。");
	world_mail(&w, r, "reporter", 0);
	assert_null(world_deadline(&w, "missing"));
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
		{ "同意召開，時間請幹事安排", 1 },
		{ "暫不召開，先觀察", -1 },
		{ "不需召開", -1 },
		{ "不同意召開", -1 },
		{ "收到，謝謝", 0 },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct duty	*du;
		int			 got = 0;

		open_at_level(3);
		world_mail(&w, words_mail(BOSS,
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
		assert_int_equal(world_line(&w, "沒有讀到裁示", NULL) != NULL,
		    i + 1 == sizeof(cases) / sizeof(cases[0]));
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
	said("請只寫一個等級，例如「等級：3」", 0);
	said("現在可以填：處理中、已控制、誤報", 0);
	world_mail(&w, words_mail(TEAM, "收到，處理當中"), "team", 1);
	said("未發現可辨識", 0);
	assert_true(json_is_true(json_object_get(world_duty(&w, "transcript",
	    "sender")->data, "nothing")));
	r = world_report(&w, TEAM);
	world_unread(&w, r, "check_hardware", "還在裝");
	world_mail(&w, r, "team", 1);
	said("無法辨識硬體設備，未採用；請填「正常」", 0);
	assert_false(json_is_true(json_object_get(world_duty(&w, "transcript",
	    "sender")->data, "nothing")));
}

/* What cannot be from here is refused with what can. */
static void
the_answer_tells_the_way_on(void **unused)
{
	(void)unused;
	open_at_level(3);
	world_mail(&w, status_mail(TEAM, "closed"), "team", 1);
	said("「已評估」不能這樣改，未變更；現在可以填：處理中、"
	    "已控制、已復原、誤報", 0);
	world_mail(&w, status_mail(TEAM, "false_alarm"), "team", 1);
	if (w.in.state != INC_FALSE_ALARM)	/* a second person agrees */
		world_mail(&w, words_mail(BOSS, "確認"), "ciso", 1);
	state_is(INC_FALSE_ALARM);
	world_mail(&w, level_mail(4), "team", 1);
	said("不再變更等級；要重新處理，請先寫：重新開案", 0);
	assert_true(json_is_true(json_object_get(world_duty(&w, "transcript",
	    "sender")->data, "may_reopen")));
	assert_int_equal(w.in.level, 3);
}

/* One mail is for one incident: of the others it says so, once each. */
static void
other_numbers_are_told(void **unused)
{
	struct report	*r;
	int		 ok;

	(void)unused;
	open_case();
	r = level_mail(2);
	r->subject = arena_printf(w.a, "Re: [%s] [CSI-20070531-0777] [INC-1]",
	    w.in.tracking);
	r->own_text = "csi-20070531-0777 也一樣\n(CSI-20070531-0778) 請看\n"
	    "與 CSI-20070531-0779 無關\nCSI-20071399-0001 沒有這天\n";
	world_mail(&w, r, "team", 1);
	assert_int_equal(w.in.level, 2);
	assert_non_null(world_line(&w, "CSI-20070531-0777", &ok));
	assert_false(ok);
	assert_non_null(world_line(&w, "CSI-20070531-0778", &ok));
	assert_null(world_line(&w, "CSI-20070531-0779", &ok));
	assert_null(world_line(&w, "CSI-20071399-0001", &ok));
	assert_null(world_line(&w, w.in.tracking, &ok));
	/* in a sentence of the subject, as in our letter about a merge */
	r = level_mail(1);
	r->subject = arena_printf(w.a, "Re: [%s] 已併入案號 CSI-20070531-0777",
	    w.in.tracking);
	world_mail(&w, r, "team", 1);
	assert_null(world_line(&w, "CSI-20070531-0777", &ok));
}

static const char *
category(const char *name)
{
	struct report	*r = world_report(&w, TEAM);

	(void)world_text(&w, r, "category", name);
	world_mail(&w, r, "team", 1);
	return w.in.category;
}

/* He acted by the first guess: another category means to act differently. */
static void
new_category_is_told_to_the_reporter(void **unused)
{
	struct report	*r;

	(void)unused;
	open_case();
	assert_string_equal(w.in.category, "external_intrusion");
	(void)category("external_intrusion");		/* a guess is confirmed */
	assert_int_equal(world_duties(&w, "new_category"), 0);
	assert_string_equal(category("internal_sabotage"),
	    "internal_sabotage");
	assert_non_null(world_duty(&w, "new_category", "reporter"));
	assert_int_equal(world_duties(&w, "new_category"), 1);
	(void)category("internal_sabotage");
	assert_int_equal(world_duties(&w, "new_category"), 0);
	(void)category("disaster");
	assert_int_equal(world_duties(&w, "new_category"), 1);
	r = status_mail(TEAM, "false_alarm");		/* nothing to do now */
	(void)world_text(&w, r, "category", "external_intrusion");
	world_mail(&w, r, "team", 1);
	assert_string_equal(w.in.category, "external_intrusion");
	state_is(INC_FALSE_ALARM);
	assert_int_equal(world_duties(&w, "new_category"), 0);
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
	assert_null(world_deadline(&w, "external"));	/* nor by phone */
	assert_true(w.in.external_sent_at != 0);
}

static void
forensics_need_a_second_office(void **unused)
{
	(void)unused;
	open_at_level(3);
	world_mail(&w, words_mail(TEAM, "申請鑑識支援：是"), "team", 1);
	assert_non_null(world_duty(&w, "ask_forensic", "ethics"));
	assert_non_null(world_duty(&w, "ask_forensic", "ciso"));
	assert_non_null(world_deadline(&w, "forensic"));
	world_mail(&w, words_mail(TEAM, "申請鑑識支援：同意"), "team", 1);
	assert_null(world_duty(&w, "forensic_request", NULL));
	world_mail(&w, words_mail("zf@secretariat.example",
	    "申請鑑識支援：同意"), "ethics", 1);
	said("已確認", 1);
	assert_non_null(world_duty(&w, "forensic_request", "city_it"));
	assert_null(world_deadline(&w, "forensic"));
	world_mail(&w, words_mail(BOSS, "申請鑑識支援：同意"), "ciso", 1);
	assert_null(world_duty(&w, "forensic_request", NULL));
}

static void
forensics_are_confirmed_or_withdrawn_in_a_word(void **unused)
{
	(void)unused;
	open_at_level(3);
	world_mail(&w, words_mail(TEAM, "申請鑑識支援：是"), "team", 1);
	world_mail(&w, words_mail(TEAM, "撤回\n誤植"), "team", 1);
	said("已撤回", 1);
	world_mail(&w, words_mail(BOSS, "確認"), "ciso", 1);
	said("沒有待確認", 0);
	world_mail(&w, words_mail(TEAM, "申請鑑識支援：是"), "team", 1);
	world_mail(&w, words_mail(BOSS, "確認"), "ciso", 1);
	assert_non_null(world_duty(&w, "forensic_request", "city_it"));
}

static void
a_drill_asks_no_forensics_outside(void **unused)
{
	struct report	*r = world_annex1(&w);

	(void)unused;
	r->drill = 1;
	world_open(&w, r);
	world_mail(&w, level_mail(3), "team", 1);
	world_mail(&w, words_mail(TEAM, "申請鑑識支援：是"), "team", 1);
	world_mail(&w, words_mail(BOSS, "確認"), "ciso", 1);
	assert_null(world_duty(&w, "forensic_request", NULL));
	said("演練案件", 1);
}

static int
has(const struct duty *du, const char *part)
{
	return du != NULL && du->n_parts == 1 &&
	    memmem(du->parts[0].data, du->parts[0].len, part,
	    strlen(part)) != NULL;
}

static void
the_meeting_comes_as_a_calendar(void **unused)
{
	const struct duty	*du;

	(void)unused;
	open_at_level(3);
	world_mail(&w, words_mail(BOSS, "召開 6/1 14:00 地點：三樓, 東側"),
	    "ciso", 1);
	du = world_duty(&w, "meeting", "team");
	assert_string_equal(du->parts[0].type,
	    "text/calendar; charset=utf-8; method=REQUEST");
	assert_true(has(du, "DTSTART:20070601T060000Z\r\n"));
	assert_true(has(du, "LOCATION:三樓\\, 東側\r\n"));
	assert_true(has(du, "SEQUENCE:0\r\n"));
	assert_int_equal(json_integer_value(json_object_get(json_object_get(
	    du->data, "meeting"), "starts_at")),
	    world_time("2007-06-01T14:00:00+08:00"));
	assert_true(has(world_duty(&w, "meeting", "ciso"), "METHOD:REQUEST"));
	assert_true(has(world_duty(&w, "meeting", "reporter"), WANG));
	assert_non_null(world_deadline(&w, "minutes"));
	world_mail(&w, words_mail(BOSS, "召開 6/2 09:00 地點：三樓"), "ciso",
	    1);
	du = world_duty(&w, "meeting", "team");
	assert_true(has(du, "SEQUENCE:1\r\n"));
	assert_true(has(du, "DTSTART:20070602T010000Z\r\n"));
	world_mail(&w, words_mail(BOSS, "不召開，改以電話會議"), "ciso", 1);
	assert_true(has(world_duty(&w, "meeting", "team"), "METHOD:CANCEL"));
	assert_true(has(world_duty(&w, "meeting", "reporter"),
	    "STATUS:CANCELLED"));
	assert_null(world_deadline(&w, "minutes"));
	world_mail(&w, words_mail(BOSS, "召開 明天下午"), "ciso", 1);
	said("無法辨識會議時間", 0);
	assert_int_equal(world_duty(&w, "meeting", "team")->n_parts, 0);
}

static void
minutes_end_the_asking(void **unused)
{
	(void)unused;
	open_at_level(3);
	world_mail(&w, words_mail(BOSS, "召開 6/1 14:00 地點：三樓"), "ciso",
	    1);
	world_mail(&w, words_mail(WANG, "會議紀錄：都好"), "other", 0);
	assert_non_null(world_deadline(&w, "minutes"));
	world_mail(&w, words_mail(TEAM, "會議紀錄：全面更換密碼"), "team", 1);
	said("會議紀錄已登錄", 1);
	assert_null(world_deadline(&w, "minutes"));
}

static void
who_must_agree_is_reminded(void **unused)
{
	const json_t	*data;

	(void)unused;
	open_at_level(3);
	world_mail(&w, level_mail(2), "team", 1);
	said("須第二人確認", 1);
	assert_non_null(world_deadline(&w, "second"));
	world_fire(&w, world_deadline(&w, "second"));
	assert_string_equal(json_string_value(json_object_get(world_duty(&w,
	    "remind_second", "secretary")->data, "what")), "等級 2");
	world_lost(&w, "remind_second", "team", CHANNEL_SMTP);
	data = world_duty(&w, "remind_second", "secretary")->data;
	assert_string_equal(json_string_value(json_object_get(data, "what")),
	    "等級 2");	/* the deputy must know it as well */
	assert_string_equal(json_string_value(json_object_get(json_object_get(
	    data, "instead_of"), "role")), "team");
	world_mail(&w, words_mail(BOSS, "確認"), "ciso", 1);
	assert_int_equal(w.in.level, 2);
	assert_null(world_deadline(&w, "second"));
	world_mail(&w, level_mail(3), "team", 1);
	world_mail(&w, level_mail(1), "team", 1);
	assert_non_null(world_deadline(&w, "second"));
	world_mail(&w, words_mail(TEAM, "撤回"), "team", 1);
	assert_null(world_deadline(&w, "second"));
}

static void
a_case_reopened_is_told(void **unused)
{
	(void)unused;
	open_at_level(2);
	world_mail(&w, recovery_mail("oooooo"), "team", 1);
	state_is(INC_RECOVERED);
	world_mail(&w, words_mail(TEAM, "重新開案"), "team", 1);
	state_is(INC_IN_PROGRESS);
	assert_non_null(world_duty(&w, "reopened", "reporter"));
	assert_non_null(world_duty(&w, "reopened", "ethics"));
	assert_int_equal(world_duty(&w, "annex2", "ncert")->revision, 3);
	/* what was in order before is looked at again */
	world_mail(&w, status_mail(TEAM, "recovered"), "team", 1);
	said("復原檢核未完成", 0);
	state_is(INC_CONTAINED);
	world_mail(&w, recovery_mail("oooooo"), "team", 1);
	state_is(INC_RECOVERED);
}

static void
a_closed_drill_reports_its_timing(void **unused)
{
	struct report		*r = world_annex1(&w);
	const struct duty	*du;

	(void)unused;
	r->drill = 1;
	world_open(&w, r);
	world_mail(&w, level_mail(2), "team", 1);
	r = recovery_mail("oooooo");
	reasons(r);
	world_mail(&w, r, "team", 1);
	world_mail(&w, status_mail(TEAM, "closed"), "team", 1);
	state_is(INC_CLOSED);
	du = world_duty(&w, "drill_report", "ciso");
	assert_non_null(du);
	assert_true(json_array_size(json_object_get(du->data, "steps")) > 2);
}

/* What was not done in its time is told, though nobody waits for it now. */
static void
a_drill_reports_what_was_never_done(void **unused)
{
	struct report	*r = world_annex1(&w);
	const json_t	*steps, *step, *meeting = NULL;
	size_t		 i;

	(void)unused;
	r->drill = 1;
	world_open(&w, r);
	world_mail(&w, level_mail(2), "team", 1);
	w.now += 5 * 3600;		/* the CISO had four */
	r = recovery_mail("oooooo");
	reasons(r);
	world_mail(&w, r, "team", 1);
	world_mail(&w, status_mail(TEAM, "closed"), "team", 1);
	steps = json_object_get(world_duty(&w, "drill_report", "ciso")->data,
	    "steps");
	json_array_foreach(steps, i, step)
		if (strcmp(json_string_value(json_object_get(step,
		    "owner")), "ciso") == 0)
			meeting = step;
	assert_non_null(meeting);
	assert_false(json_is_true(json_object_get(meeting, "done")));
	assert_false(json_is_true(json_object_get(meeting, "ok")));
}

static void
receivers_answer_is_kept_quietly(void **unused)
{
	(void)unused;
	open_at_level(3);
	world_mail(&w, words_mail("duty@ncert.example", "受理編號 123"),
	    "ncert", 1);
	assert_int_equal(w.c.disposition, DISP_RECEIPT);
	assert_int_equal(w.c.n_duties, 1);
	assert_non_null(world_duty(&w, "supplement", "team"));
	world_mail(&w, level_mail(1), "ncert", 1);
	assert_int_equal(w.in.level, 3);
}

int
main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, life_setup, life_teardown)
	const struct CMUnitTest tests[] = {
		T(untrusted_changes_nothing),
		T(reporter_suggests_and_reports_recovery),
		T(reporter_takes_back_and_hears_who_confirms),
		T(unit_checklist_then_the_team_confirms),
		T(stranger_cannot_fill_gaps),
		T(supplement_completes_the_record),
		T(who_does_not_know_is_asked_no_more),
		T(ciso_decides_on_the_meeting_and_nothing_else),
		T(not_understood_is_said_and_not_applied),
		T(the_answer_tells_the_way_on),
		T(other_numbers_are_told),
		T(new_category_is_told_to_the_reporter),
		T(drill_never_goes_outside),
		T(forensics_need_a_second_office),
		T(forensics_are_confirmed_or_withdrawn_in_a_word),
		T(a_drill_asks_no_forensics_outside),
		T(the_meeting_comes_as_a_calendar),
		T(minutes_end_the_asking),
		T(who_must_agree_is_reminded),
		T(a_case_reopened_is_told),
		T(a_closed_drill_reports_its_timing),
		T(a_drill_reports_what_was_never_done),
		T(receivers_answer_is_kept_quietly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
