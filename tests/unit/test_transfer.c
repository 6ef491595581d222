/*
 * An incident handed over: who is told to whom, once; what goes on as before,
 * and how it comes back.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "life.h"

static void
hand_over(const char *text)
{
	world_mail(&w, words_mail(TEAM, text), "team", 1);
}

static void
named(const char *want)
{
	json_t		*extra = json_loads(w.in.extra, 0, NULL);
	const char	*got = json_string_value(json_object_get(extra,
			    "transferred_to"));

	if ((got == NULL) != (want == NULL) || (got != NULL &&
	    strcmp(got, want) != 0))
		fail_msg("handed over to: got %s, want %s",
		    got != NULL ? got : "nobody",
		    want != NULL ? want : "nobody");
	json_decref(extra);
}

static int
flag(const char *duty, const char *role, const char *key)
{
	const struct duty	*du = world_duty(&w, duty, role);

	if (du == NULL)
		fail_msg("no %s to %s", duty, role);
	return json_is_true(json_object_get(du->data, key));
}

static void
who_must_know_is_told_once(void **unused)
{
	static const char *const	roles[] = { "team", "secretary",
						    "ethics", "reporter" };

	(void)unused;
	open_at_level(1);
	hand_over("移轉：資訊室");
	state_is(INC_TRANSFERRED);
	named("資訊室");
	said("由「資訊室」續辦", 1);
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		assert_non_null(world_duty(&w, "transferred", roles[i]));
	assert_int_equal(world_duties(&w, "transferred"), 5);	/* with the parts */
	assert_false(flag("transferred", "team", "unnamed"));
	assert_false(flag("transferred", "team", "successor_told"));
	assert_null(world_duty(&w, "annex2", NULL));	/* never told of it */
	assert_int_equal(world_journal(&w, "transferred"), 1);
	hand_over("移轉：資訊室");
	said("與現況相同", 1);
	assert_int_equal(world_duties(&w, "transferred"), 0);
	hand_over("移轉：總務組");			/* and on */
	named("總務組");
	assert_int_equal(world_duties(&w, "transferred"), 5);
}

static const struct {
	const char	*text, *to;
} words[] = {
	{ "移轉：資訊處", "資訊處" }, { "已移轉資訊局續處", "資訊局續處" },
	{ "已移轉", NULL }, { "移轉完成", NULL }, { "transferred", NULL },
	{ "Transferred to the IT department", "the IT department" },
	{ "移請資訊局處理", "資訊局處理" }, { "移交 總務組", "總務組" },
};

static void
a_status_names_it_too(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct report	*r;

		life_teardown(NULL);
		life_setup(NULL);
		open_at_level(2);
		r = world_report(&w, TEAM);
		world_text(&w, r, "status", "transferred")->raw =
		    words[i].text;
		world_mail(&w, r, "team", 1);
		state_is(INC_TRANSFERRED);
		named(words[i].to);
	}
}

static void
to_nobody_yet_is_no_transfer(void **unused)
{
	struct report	*r;

	(void)unused;
	open_at_level(2);
	r = world_report(&w, TEAM);
	world_text(&w, r, "status", "transferred")->raw = "移轉中";
	world_mail(&w, r, "team", 1);
	state_is(INC_ASSESSED);
	said("無法辨識狀態", 0);
}

static void
nobody_named_is_asked(void **unused)
{
	(void)unused;
	open_at_level(2);
	world_mail(&w, status_mail(TEAM, "transferred"), "team", 1);
	state_is(INC_TRANSFERRED);
	said("沒有寫明由誰續辦", 1);
	assert_true(flag("transferred", "secretary", "unnamed"));
	assert_null(world_duty(&w, "annex2", NULL));
	hand_over("移轉：資訊處");
	named("資訊處");
	assert_false(flag("transferred", "secretary", "unnamed"));
	assert_true(flag("annex2", "ncert", "followup"));
}

static void
a_role_of_ours_that_is_named_is_told(void **unused)
{
	(void)unused;
	open_at_level(1);
	hand_over("移轉：ciso");
	assert_true(flag("transferred", "ciso", "takes_over"));
	assert_true(flag("transferred", "team", "successor_told"));
	/* level 1 goes to nobody outside, whoever is named */
	hand_over("移轉：city_it");
	assert_null(world_duty(&w, "transferred", "city_it"));
	assert_null(world_duty(&w, "annex2", NULL));
	assert_false(flag("transferred", "team", "successor_told"));
}

static void
who_had_the_report_gets_a_follow_up(void **unused)
{
	(void)unused;
	open_at_level(3);
	assert_int_equal(w.in.revision, 1);
	hand_over("移轉：資訊處");
	assert_int_equal(w.in.revision, 2);
	assert_true(flag("annex2", "ncert", "followup"));
	assert_true(flag("annex2", "city_it", "followup"));
	assert_int_equal(w.c.evidence, 2);
	said("已排程續報（第2報）", 1);
	hand_over("重新開案");
	assert_int_equal(w.in.revision, 3);
	assert_true(flag("annex2", "ncert", "followup"));
}

static void
a_drill_stays_in_the_house(void **unused)
{
	struct report	*r;

	(void)unused;
	r = world_annex1(&w);
	r->drill = 1;
	world_open(&w, r);
	world_mail(&w, level_mail(3), "team", 1);
	hand_over("移轉：資訊處");
	state_is(INC_TRANSFERRED);
	assert_null(world_duty(&w, "annex2", NULL));
	assert_int_equal(world_duties(&w, "transferred"), 5);
}

/* Nobody gains time by handing over and taking back. */
static void
deadlines_run_on(void **unused)
{
	const struct deadline	*dl;
	int64_t			 due;

	(void)unused;
	world_end(&w);
	world_begin(&w, "csma-2026");
	open_at_level(3);
	dl = world_deadline(&w, "control");
	assert_non_null(dl);
	due = dl->due_at;
	w.now += 3600;
	hand_over("移轉：資訊處");
	assert_int_equal(world_deadline(&w, "control")->due_at, due);
	w.now += 3600;
	hand_over("重新開案");
	state_is(INC_IN_PROGRESS);
	named(NULL);
	assert_int_equal(world_deadline(&w, "control")->due_at, due);
	assert_true(flag("reopened", "secretary", "taken_back"));
	assert_true(flag("reopened", "reporter", "taken_back"));
	/* the month of the final report begins with the control of it */
	world_mail(&w, status_mail(TEAM, "contained"), "team", 1);
	due = world_deadline(&w, "final")->due_at;
	w.now += 3600;
	hand_over("移轉：資訊處");
	assert_non_null(world_deadline(&w, "final"));
	assert_int_equal(world_deadline(&w, "final")->due_at, due);
}

static void
what_was_checked_stays_checked(void **unused)
{
	(void)unused;
	open_at_level(2);
	world_mail(&w, recovery_mail("ooood-"), "team", 1);
	state_is(INC_CONTAINED);
	hand_over("移轉：資訊處");
	hand_over("重新開案");
	assert_int_equal(w.c.n_fields, 1);		/* the note of the mail */
}

static void
who_is_with_it_stays_known(void **unused)
{
	(void)unused;
	open_at_level(2);
	hand_over("移轉：資訊處");
	world_mail(&w, status_mail(TEAM, "in_progress"), "team", 1);
	state_is(INC_IN_PROGRESS);
	named("資訊處");
	hand_over("移轉：資訊處");		/* he had it all the time */
	state_is(INC_TRANSFERRED);
	assert_int_equal(world_duties(&w, "transferred"), 0);
	assert_null(world_duty(&w, "annex2", NULL));
	world_mail(&w, recovery_mail("oooooo"), "team", 1);
	state_is(INC_RECOVERED);
	named("資訊處");
	hand_over("重新開案");
	named(NULL);
	assert_false(flag("reopened", "team", "taken_back"));
}

int
main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, life_setup, life_teardown)
	const struct CMUnitTest tests[] = {
		T(who_must_know_is_told_once),
		T(a_status_names_it_too),
		T(to_nobody_yet_is_no_transfer),
		T(nobody_named_is_asked),
		T(a_role_of_ours_that_is_named_is_told),
		T(who_had_the_report_gets_a_follow_up),
		T(a_drill_stays_in_the_house),
		T(deadlines_run_on),
		T(what_was_checked_stays_checked),
		T(who_is_with_it_stays_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
