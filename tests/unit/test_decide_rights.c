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

/* A way that fails after the call: they know it already. */
static void
who_was_phoned_is_not_phoned_again(void **unused)
{
	(void)unused;
	open_at_level(3);
	world_mail(&w, words_mail(TEAM,
	    "已電話通報 國家資通安全應變中心 林先生"), "team", 1);
	world_lost(&w, "annex2", "ncert", CHANNEL_HTTP);
	assert_null(world_duty(&w, "phone_script", NULL));
	assert_null(world_deadline(&w, "phone"));
	assert_int_equal(world_journal(&w, "gave_up"), 1);
	world_lost(&w, "annex2", "city_it", CHANNEL_HTTP);
	assert_non_null(world_duty(&w, "phone_script", "team"));
}

/* Our own relay does not carry it: nobody waits for that to be mended. */
static void
who_is_denied_us_is_phoned(void **unused)
{
	const struct duty	*du;

	(void)unused;
	open_at_level(3);
	world_sent(&w, "annex2", "city_it", CHANNEL_SMTP);
	world_denied(&w, "level_set", "ethics", "again 554 Relay denied");
	assert_int_equal(w.c.n_duties, 0);
	world_denied(&w, "annex2", "ncert", "again 554 Relay denied");
	du = world_duty(&w, "phone_script", "team");
	assert_non_null(du);
	assert_string_equal(json_string_value(json_object_get(du->data,
	    "denied")), "554 Relay denied");
	assert_non_null(world_deadline(&w, "phone"));
	world_mail(&w, words_mail(TEAM,
	    "已電話通報 國家資通安全應變中心 林先生"), "team", 1);
	world_denied(&w, "annex2", "ncert", "again 554 Relay denied");
	assert_int_equal(w.c.n_duties, 0);	/* they heard it */
}

/* R12: a receiver with a telephone only is no less told. */
static void
who_has_only_a_telephone_is_phoned(void **unused)
{
	const struct duty	*du;
	struct report		*r = world_annex1(&w);
	int			 ok;

	(void)unused;
	for (size_t i = 0; i < w.conf->n_roles; i++)
		if (strcmp(w.conf->roles[i].name, "ncert") == 0)
			w.conf->roles[i].mail.n = 0;
	world_open(&w, r);
	world_mail(&w, level_mail(3), "team", 1);
	du = world_duty(&w, "phone_script", "team");
	assert_non_null(du);
	assert_string_equal(json_string_value(json_object_get(json_object_get(
	    du->data, "receiver"), "phone")), "02-5550-9999");
	assert_null(world_duty(&w, "annex2", "ncert"));
	assert_non_null(world_duty(&w, "annex2", "city_it"));
	assert_null(world_line(&w, "國家資通安全應變中心", &ok));
	assert_non_null(world_deadline(&w, "phone"));
	world_sent(&w, "annex2", "city_it", CHANNEL_SMTP);
	world_sent(&w, "annex2", "city_it", CHANNEL_HTTP);
	world_mail(&w, words_mail(TEAM,
	    "已電話通報 國家資通安全應變中心 林先生"), "team", 1);
	assert_null(world_deadline(&w, "phone"));
	/* a correction is told the same way */
	world_mail(&w, level_mail(4), "team", 1);
	assert_non_null(world_duty(&w, "phone_script", "team"));
}

/* The law asks when they were told, not when we heard of it. */
static void
the_hour_of_the_call_counts(void **unused)
{
	static const struct { const char *said; int at; } t[] = {
		{ "已電話通報 09:25 王小姐", 170 },
		{ "已電話通報 國家資通安全應變中心 09:25 王小姐", 170 },
		{ "已電話通報 上午9時25分 王小姐", 170 },
		{ "已電話通報 王小姐", 1800 },
		{ "已電話通報 23:59 王小姐", 1800 },	/* not yet */
		{ "已電話通報 08:00 王小姐", 1800 },	/* before we knew */
		{ "已電話通報 02-5550-9999 王小姐", 1800 },
	};
	int64_t	t0;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		if (i > 0)
			(void)life_setup(unused);
		t0 = w.now;
		open_at_level(3);
		world_sent(&w, "annex2", "city_it", CHANNEL_SMTP);
		world_sent(&w, "annex2", "city_it", CHANNEL_HTTP);
		world_lost(&w, "annex2", "ncert", CHANNEL_SMTP);
		w.now = t0 + 1800;
		world_mail(&w, words_mail(TEAM, t[i].said), "team", 1);
		if (w.in.external_sent_at != t0 + t[i].at)
			fail_msg("%s: told after %d s, want %d", t[i].said,
			    (int)(w.in.external_sent_at - t0), t[i].at);
		if (i + 1 < sizeof(t) / sizeof(t[0]))
			(void)life_teardown(unused);
	}
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
	const struct duty	*du;

	(void)unused;
	open_case();
	world_lost(&w, "ack", "reporter", CHANNEL_SMTP);
	du = world_duty(&w, "gave_up", "team");
	assert_string_equal(json_string_value(json_object_get(du->data,
	    "letter")), "受理通知");
	world_lost(&w, "gave_up", "team", CHANNEL_SMTP);
	assert_non_null(world_duty(&w, "gave_up", "secretary"));
}

static const struct {
	const char	*last, *result, *zh, *en;	/* NULL: not given */
} lost[] = {
	{ "refused 550 5.1.1 no such user", "550 5.1.1 no such user", NULL,
	    NULL },
	{ "again 503 ", "503 ", NULL, NULL },
	{ "failed smtp; 550 5.2.2 full", "smtp; 550 5.2.2 full", NULL, NULL },
	{ "again 0 given up: no way to the receiver works", NULL,
	    "所有傳送管道都不通，已放棄",
	    "every way to the receiver failed; it was given up" },
	{ "given up: no way to the receiver works", NULL,
	    "所有傳送管道都不通，已放棄",
	    "every way to the receiver failed; it was given up" },
	{ "again 0 connection lost: exit 3", NULL,
	    "連線中斷：程序自行結束，結束碼 3", "connection lost: exit 3" },
	{ "unknown 0 ", NULL, NULL, NULL },
	{ NULL, NULL, NULL, NULL },
};

static void
same(const json_t *o, const char *key, const char *want)
{
	const char	*got = json_string_value(json_object_get(o, key));

	if ((got == NULL) != (want == NULL) || (got != NULL &&
	    strcmp(got, want) != 0))
		fail_msg("%s: got %s, want %s", key, got != NULL ? got :
		    "none", want != NULL ? want : "none");
}

/* What the receiver answered is shown as it is, what we say of it in the
 * language of the letter and never as his answer. */
static void
why_it_was_lost_is_told(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(lost) / sizeof(lost[0]); i++) {
		const json_t	*data;

		life_teardown(NULL);
		life_setup(NULL);
		open_case();
		world_lost_saying(&w, "ack", "reporter", CHANNEL_SMTP,
		    lost[i].last);
		data = world_duty(&w, "gave_up", "team")->data;
		same(data, "result", lost[i].result);
		same(data, "why", lost[i].zh);
		same(json_object_get(json_object_get(data, "in"), "en"),
		    "why", lost[i].en);
	}
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
		T(unit_checklist_then_the_team_confirms),
		T(stranger_cannot_fill_gaps),
		T(supplement_completes_the_record),
		T(ciso_decides_on_the_meeting_and_nothing_else),
		T(not_understood_is_said_and_not_applied),
		T(the_answer_tells_the_way_on),
		T(other_numbers_are_told),
		T(lost_report_makes_somebody_phone),
		T(who_was_phoned_is_not_phoned_again),
		T(who_is_denied_us_is_phoned),
		T(who_has_only_a_telephone_is_phoned),
		T(the_hour_of_the_call_counts),
		T(lost_reminder_goes_to_the_deputy),
		T(lost_ack_is_told_to_the_team),
		T(why_it_was_lost_is_told),
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
