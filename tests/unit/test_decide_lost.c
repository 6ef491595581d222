#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "life.h"

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

int
main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, life_setup, life_teardown)
	const struct CMUnitTest tests[] = {
		T(lost_report_makes_somebody_phone),
		T(who_was_phoned_is_not_phoned_again),
		T(who_is_denied_us_is_phoned),
		T(who_has_only_a_telephone_is_phoned),
		T(the_hour_of_the_call_counts),
		T(lost_reminder_goes_to_the_deputy),
		T(lost_ack_is_told_to_the_team),
		T(why_it_was_lost_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
