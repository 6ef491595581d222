#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/civil.h"
#include "incident/calendar.h"
#include "incident/deadlines.h"
#include "world.h"

#define TEAM	"jianguo.hsu@secretariat.example"

static struct world	w;

static int
setup(void **unused)
{
	(void)unused;
	world_begin(&w, "taipei-2007");
	return 0;
}

static int
setup_law(void **unused)
{
	(void)unused;
	world_begin(&w, "csma-2021");
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
is_at(int64_t got, const char *want)
{
	char	a[RFC3339_SIZE];

	if (got != world_time(want))
		fail_msg("got %s, want %s", rfc3339(a, got, 28800), want);
}

static void
open_case(const char *when)
{
	w.now = world_time(when);
	world_open(&w, world_annex1(&w));
}

static void
level(int n)
{
	struct report	*r = world_report(&w, TEAM);

	world_level(&w, r, n);
	world_mail(&w, r, "team", 1);
}

/* Let time go on to the next reminder of this name; who was told. */
static void
next_is(const char *name, const char *when, const char *roles)
{
	const struct deadline	*dl = world_deadline(&w, name);
	char			 got[200] = "";

	if (dl == NULL)
		fail_msg("no deadline %s", name);
	is_at(dl->next_at, when);
	world_fire(&w, dl);
	for (size_t i = 0; i < w.c.n_duties; i++) {
		(void)strncat(got, *got != '\0' ? " " : "",
		    sizeof(got) - strlen(got) - 1);
		(void)strncat(got, w.c.duties[i].role,
		    sizeof(got) - strlen(got) - 1);
	}
	if (strcmp(got, roles) != 0)
		fail_msg("%s at %s: got \"%s\", want \"%s\"", name, when, got,
		    roles);
}

/* --- ladders --------------------------------------------------------------------- */

static void
assess_ladder_climbs_and_never_ends(void **unused)
{
	const struct duty	*du;
	json_t			*d;

	(void)unused;
	open_case("2007-05-31T09:00:00+08:00");
	is_at(world_deadline(&w, "assess")->due_at,
	    "2007-05-31T09:30:00+08:00");
	next_is("assess", "2007-05-31T09:15:00+08:00", "team");
	du = world_duty(&w, "remind_assess", "team");
	d = json_object_get(du->data, "deadline");
	assert_string_equal(json_string_value(json_object_get(d, "name")),
	    "assess");
	assert_false(json_is_true(json_object_get(d, "overdue")));
	assert_int_equal(json_integer_value(json_object_get(d, "nth")), 1);
	next_is("assess", "2007-05-31T09:30:00+08:00", "team secretary");
	d = json_object_get(world_duty(&w, "remind_assess", "secretary")->data,
	    "deadline");
	assert_true(json_is_true(json_object_get(d, "overdue")));
	next_is("assess", "2007-05-31T09:45:00+08:00", "team secretary ciso");
	next_is("assess", "2007-05-31T10:15:00+08:00", "team secretary ciso");
	next_is("assess", "2007-05-31T10:45:00+08:00", "team secretary ciso");
	assert_int_equal(world_deadline(&w, "assess")->fired, 5);
	assert_int_equal(world_journal(&w, "reminded"), 5);
	level(1);
	assert_null(world_deadline(&w, "assess"));
}

static void
missing_fields_are_asked_thrice_then_the_secretary(void **unused)
{
	struct report	*r;

	(void)unused;
	w.now = world_time("2007-05-31T09:00:00+08:00");
	r = world_report(&w, "ming.wang@secretariat.example");
	r->kind = KIND_REPORT;
	(void)world_text(&w, r, "unit", "機要組");
	world_open(&w, r);
	level(3);		/* no quiet hours, no assess */
	next_is("missing", "2007-05-31T09:15:00+08:00", "reporter");
	assert_non_null(world_duty(&w, "ask_missing", "reporter"));
	next_is("missing", "2007-05-31T09:30:00+08:00", "reporter");
	assert_non_null(world_duty(&w, "remind_missing", "reporter"));
	next_is("missing", "2007-05-31T10:00:00+08:00", "reporter secretary");
	next_is("missing", "2007-06-01T10:00:00+08:00", "secretary");
}

static void
recovery_asks_by_level(void **unused)
{
	static const struct { int level; const char *first, *second; } c[] = {
		{ 4, "2007-05-31T10:00:00+08:00", "2007-05-31T11:00:00+08:00" },
		{ 3, "2007-05-31T11:00:00+08:00", "2007-05-31T13:00:00+08:00" },
		{ 2, "2007-05-31T13:00:00+08:00", "2007-05-31T17:00:00+08:00" },
		{ 1, "2007-06-01T09:00:00+08:00", "2007-06-04T07:00:00+08:00" },
	};

	(void)unused;
	for (size_t i = 0; i < 4; i++) {
		const struct deadline *dl;

		open_case("2007-05-31T09:00:00+08:00");
		level(c[i].level);
		dl = world_deadline(&w, "recovery");
		is_at(dl->next_at, c[i].first);
		(void)world_until(&w, dl->next_at);
		/* level 1 is quiet over the weekend of 2 and 3 June */
		is_at(world_deadline(&w, "recovery")->next_at, c[i].second);
		world_end(&w);
		world_begin(&w, "taipei-2007");
	}
}

static void
a_status_told_restarts_the_asking(void **unused)
{
	struct report	*r;

	(void)unused;
	open_case("2007-05-31T09:00:00+08:00");
	level(4);
	next_is("recovery", "2007-05-31T10:00:00+08:00", "team");
	w.now += 600;
	r = world_report(&w, TEAM);
	(void)world_text(&w, r, "status", "in_progress");
	world_mail(&w, r, "team", 1);
	is_at(world_deadline(&w, "recovery")->next_at,
	    "2007-05-31T11:10:00+08:00");
	assert_int_equal(world_deadline(&w, "recovery")->fired, 0);
}

static void
level_change_recomputes(void **unused)
{
	(void)unused;
	open_case("2007-05-31T09:00:00+08:00");
	level(1);
	assert_null(world_deadline(&w, "external"));
	is_at(world_deadline(&w, "recovery")->due_at,
	    "2007-06-01T09:00:00+08:00");
	w.now = world_time("2007-05-31T12:00:00+08:00");
	level(4);
	is_at(world_deadline(&w, "recovery")->due_at,
	    "2007-05-31T13:00:00+08:00");
	/* overdue from the start: said soon, not in the same breath */
	is_at(world_deadline(&w, "external")->due_at,
	    "2007-05-31T10:00:00+08:00");
	is_at(world_deadline(&w, "external")->next_at,
	    "2007-05-31T12:05:00+08:00");
	next_is("external", "2007-05-31T12:05:00+08:00",
	    "team secretary ciso");
	is_at(world_deadline(&w, "external")->next_at,
	    "2007-05-31T12:30:00+08:00");
}

static void
downtime_makes_one_reminder(void **unused)
{
	(void)unused;
	open_case("2007-05-31T09:00:00+08:00");
	/* three days of darkness: the clock jumps, then each is looked at */
	w.now = world_time("2007-06-03T09:07:00+08:00");
	assert_int_equal(world_until(&w, w.now), 1);
	is_at(world_deadline(&w, "assess")->next_at,
	    "2007-06-03T09:15:00+08:00");
	assert_int_equal(world_deadline(&w, "assess")->fired, 1);
	assert_non_null(world_duty(&w, "remind_assess", "ciso"));
}

static void
the_same_due_deadline_twice_fires_once(void **unused)
{
	(void)unused;
	open_case("2007-05-31T09:00:00+08:00");
	w.now = world_time("2007-05-31T09:15:00+08:00");
	assert_int_equal(world_until(&w, w.now), 1);
	assert_int_equal(world_until(&w, w.now), 0);
	assert_int_equal(world_until(&w, w.now + 1), 0);
}

/* --- a clock that was ahead ------------------------------------------------------ */

/* The law asks when it was under control, not when that was mailed. */
static void
what_was_done_in_time_and_told_late_is_on_time(void **unused)
{
	static const struct { const char *told, *ended; } cases[] = {
		{ "2007-06-01T20:00:00+08:00", "2007-06-01T20:00:00+08:00" },
		{ NULL, "2007-06-02T09:00:00+08:00" },
	};

	(void)unused;
	for (size_t i = 0; i < 2; i++) {
		struct report		*r;
		const struct deadline	*dl = NULL;

		open_case("2007-05-31T09:00:00+08:00");
		level(3);
		is_at(world_deadline(&w, "control")->due_at,
		    "2007-06-01T21:00:00+08:00");
		w.now = world_time("2007-06-02T09:00:00+08:00");
		r = world_report(&w, TEAM);
		(void)world_text(&w, r, "status", "contained");
		if (cases[i].told != NULL)
			world_at(&w, r, "contained_at", cases[i].told);
		world_mail(&w, r, "team", 1);
		assert_null(world_deadline(&w, "control"));
		for (size_t k = 0; k < w.n_deadlines; k++)
			if (strcmp(w.deadlines[k].name, "control") == 0)
				dl = &w.deadlines[k];
		assert_non_null(dl);
		assert_int_equal(dl->state, DL_MET);
		is_at(dl->ended_at, cases[i].ended);
		assert_int_equal(dl->ended_at <= dl->due_at, i == 0);
		world_end(&w);
		world_begin(&w, "csma-2021");
	}
}

static void
what_began_ahead_runs_from_now(void **unused)
{
	const char	*ahead = "2007-06-10T09:00:00+08:00";
	const char	*now = "2007-05-31T09:00:00+08:00";
	int64_t		 due;

	(void)unused;
	open_case(ahead);
	w.now += 60;
	level(3);
	is_at(world_deadline(&w, "external")->due_at,
	    "2007-06-10T10:00:00+08:00");
	world_clock_back(&w, world_time(now));
	assert_int_equal(world_journal(&w, "clock_back"), 1);
	is_at(w.in.received_at, ahead);		/* as it was written */
	is_at(world_deadline(&w, "external")->from_at, now);
	is_at(world_deadline(&w, "external")->due_at,
	    "2007-05-31T10:00:00+08:00");
	for (size_t i = 0; i < w.n_deadlines; i++)
		if (w.deadlines[i].state == DL_OPEN)
			assert_true(w.deadlines[i].from_at <= w.now &&
			    w.deadlines[i].next_at < w.now + 2 * 86400);
	/* once; and what happens later neither undoes nor repeats it */
	due = world_deadline(&w, "recovery")->due_at;
	w.now += 600;
	world_clock_back(&w, w.now);
	assert_int_equal(world_journal(&w, "clock_back"), 1);
	world_mail(&w, world_report(&w, TEAM), "team", 1);
	assert_int_equal(world_deadline(&w, "recovery")->due_at, due);
	is_at(world_deadline(&w, "tracking")->from_at, now);
}

static void
what_was_right_stays_as_it_is(void **unused)
{
	struct deadline	was;

	(void)unused;
	open_case("2007-05-31T09:00:00+08:00");
	was = *world_deadline(&w, "assess");
	world_clock_back(&w, w.now + 300);
	assert_int_equal(world_journal(&w, "clock_back"), 0);
	assert_int_equal(world_deadline(&w, "assess")->from_at, was.from_at);
	assert_int_equal(world_deadline(&w, "assess")->next_at, was.next_at);
	assert_null(strstr(w.in.extra, "ahead"));
}

/* --- plan ------------------------------------------------------------------------ */

static void
plan_says_what_will_happen(void **unused)
{
	struct planned	*pl;
	size_t		 n;
	int64_t		 until = world_time("2007-05-31T15:00:00+08:00");

	(void)unused;
	open_case("2007-05-31T09:00:00+08:00");
	level(3);
	deadlines_plan(w.p, &w.in, w.deadlines, w.n_deadlines, until, 100,
	    w.a, &pl, &n);
	assert_true(n > 5);
	for (size_t i = 0; i < n; i++) {
		const struct deadline *dl = NULL;

		if (i > 0)
			assert_true(pl[i].at >= pl[i - 1].at);
		dl = world_deadline(&w, pl[i].deadline->name);
		assert_int_equal(dl->next_at, pl[i].at);
		/* the world does as the plan said */
		world_fire(&w, dl);
		assert_int_equal(dl->fired, pl[i].nth);
		assert_int_equal(w.c.n_duties, pl[i].roles.n);
		for (size_t r = 0; r < pl[i].roles.n; r++)
			assert_non_null(world_duty(&w, pl[i].duty,
			    pl[i].roles.v[r]));
	}
	assert_true(world_until(&w, until) == 0);
	deadlines_plan(w.p, &w.in, w.deadlines, w.n_deadlines, INT64_MAX, 7,
	    w.a, &pl, &n);
	assert_int_equal(n, 7);
	deadlines_plan(w.p, &w.in, NULL, 0, until, 7, w.a, &pl, &n);
	assert_int_equal(n, 0);
}

/* --- calendar ---------------------------------------------------------------------- */

static void
months_by_article_48(void **unused)
{
	static const struct { const char *from, *want; } cases[] = {
		/* the first day is not counted */
		{ "2025-03-31T10:00:00+08:00", "2025-04-30T23:59:59+08:00" },
		{ "2025-03-30T10:00:00+08:00", "2025-04-30T23:59:59+08:00" },
		{ "2024-01-30T10:00:00+08:00", "2024-02-29T23:59:59+08:00" },
		{ "2023-01-30T00:00:00+08:00", "2023-02-28T23:59:59+08:00" },
		{ "2023-01-31T23:59:59+08:00", "2023-02-28T23:59:59+08:00" },
		{ "2025-02-28T10:00:00+08:00", "2025-03-31T23:59:59+08:00" },
		{ "2024-12-17T10:00:00+08:00", "2025-01-17T23:59:59+08:00" },
		/* the end on a Saturday: Monday noon */
		{ "2026-06-13T10:00:00+08:00", "2026-07-13T23:59:59+08:00" },
		{ "2026-06-11T10:00:00+08:00", "2026-07-13T11:59:59+08:00" },
		/* on a Sunday: the whole of Monday */
		{ "2026-06-12T10:00:00+08:00", "2026-07-13T23:59:59+08:00" },
		/* on a holiday, a Friday, before a weekend: Monday noon */
		{ "2026-05-19T10:00:00+08:00", "2026-06-22T11:59:59+08:00" },
		/* on a Saturday before a Monday off: the Tuesday */
		{ "2026-08-26T10:00:00+08:00", "2026-09-29T23:59:59+08:00" },
		/* the day is the zone's */
		{ "2025-03-31T17:00:00Z", "2025-05-01T23:59:59+08:00" },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_at(calendar_months(w.p, world_time(cases[i].from), 1),
		    cases[i].want);
}

/* Told before it ends, by whichever day stands last in it. */
static void
the_calendar_ends_with_its_last_year(void **unused)
{
	static const char	*days[] = { "2026-01-01", "2027-02-08",
				    "2026-12-25" };

	(void)unused;
	w.p->holidays = (struct policy_strings){ 3, days };
	is_at(calendar_end(w.p), "2028-01-01T00:00:00+08:00");
	w.p->holidays.n = 1;
	is_at(calendar_end(w.p), "2027-01-01T00:00:00+08:00");
	w.p->holidays.n = 0;
	assert_int_equal(calendar_end(w.p), 0);
}

static void
a_saturday_made_working_day_counts(void **unused)
{
	static const char *days[] = { "2026-07-11" };

	(void)unused;
	w.p->workdays = (struct policy_strings){ 1, days };
	is_at(calendar_months(w.p, world_time("2026-06-11T10:00:00+08:00"), 1),
	    "2026-07-11T23:59:59+08:00");
	assert_false(calendar_day_off(w.p,
	    world_time("2026-07-11T10:00:00+08:00")));
	assert_true(calendar_day_off(w.p,
	    world_time("2026-07-18T10:00:00+08:00")));
}

static void
working_days_skip_days_off(void **unused)
{
	(void)unused;
	/* Thursday 2026-06-18; Friday is the Dragon Boat Festival */
	is_at(calendar_workdays(w.p, world_time("2026-06-18T10:00:00+08:00"),
	    1), "2026-06-22T17:30:00+08:00");
	is_at(calendar_workdays(w.p, world_time("2026-06-18T10:00:00+08:00"),
	    3), "2026-06-24T17:30:00+08:00");
}

static void
quiet_hours_end_in_the_morning_of_a_working_day(void **unused)
{
	static const struct { const char *from, *want; } cases[] = {
		{ "2026-06-16T12:00:00+08:00", "2026-06-16T12:00:00+08:00" },
		{ "2026-06-16T21:59:59+08:00", "2026-06-16T21:59:59+08:00" },
		{ "2026-06-16T22:00:00+08:00", "2026-06-17T07:00:00+08:00" },
		{ "2026-06-17T06:59:59+08:00", "2026-06-17T07:00:00+08:00" },
		{ "2026-06-17T07:00:00+08:00", "2026-06-17T07:00:00+08:00" },
		{ "2026-06-18T23:00:00+08:00", "2026-06-22T07:00:00+08:00" },
		{ "2026-06-20T12:00:00+08:00", "2026-06-22T07:00:00+08:00" },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_at(calendar_unquiet(w.p, world_time(cases[i].from)),
		    cases[i].want);
	w.p->quiet_holidays = 0;
	is_at(calendar_unquiet(w.p, world_time("2026-06-20T12:00:00+08:00")),
	    "2026-06-20T12:00:00+08:00");
	w.p->quiet_start = 9 * 60;	/* not over midnight */
	w.p->quiet_end = 10 * 60;
	is_at(calendar_unquiet(w.p, world_time("2026-06-20T09:30:00+08:00")),
	    "2026-06-20T10:00:00+08:00");
	w.p->quiet_end = 9 * 60;	/* none at all */
	is_at(calendar_unquiet(w.p, world_time("2026-06-20T09:00:00+08:00")),
	    "2026-06-20T09:00:00+08:00");
}

static void
high_levels_know_no_quiet(void **unused)
{
	(void)unused;
	open_case("2026-06-19T23:00:00+08:00");	/* a holiday, at night */
	level(4);
	is_at(world_deadline(&w, "recovery")->next_at,
	    "2026-06-20T00:00:00+08:00");
	level(1);		/* waits for a second person: nothing changes */
	is_at(world_deadline(&w, "recovery")->next_at,
	    "2026-06-20T00:00:00+08:00");
}

/* --- the law --------------------------------------------------------------------------- */

static void
the_law_reports_every_level_and_asks_for_more(void **unused)
{
	static const char *const roles[] = { "ncert", "city_it" };
	struct report	*r;

	(void)unused;
	open_case("2026-03-02T09:00:00+08:00");
	w.now += 300;
	level(1);
	assert_non_null(world_duty(&w, "annex2", "ncert"));
	is_at(world_deadline(&w, "external")->due_at,
	    "2026-03-02T10:00:00+08:00");
	is_at(world_deadline(&w, "control")->due_at,
	    "2026-03-05T09:00:00+08:00");
	assert_null(world_deadline(&w, "review"));
	for (int i = 0; i < 2; i++) {
		world_sent(&w, "annex2", roles[i], CHANNEL_SMTP);
		world_sent(&w, "annex2", roles[i], CHANNEL_HTTP);
	}
	assert_null(world_deadline(&w, "external"));
	is_at(world_deadline(&w, "review")->due_at,
	    "2026-03-02T17:05:00+08:00");
	assert_non_null(world_deadline(&w, "platform"));
	r = world_report(&w, TEAM);
	(void)world_text(&w, r, "remote_number", "NCERT-1");
	r->own_text = "審核完成";
	world_mail(&w, r, "team", 1);
	assert_null(world_deadline(&w, "platform"));
	assert_null(world_deadline(&w, "review"));
	w.now = world_time("2026-03-31T10:00:00+08:00");
	r = world_report(&w, TEAM);
	(void)world_text(&w, r, "status", "contained");
	world_mail(&w, r, "team", 1);
	assert_null(world_deadline(&w, "control"));
	is_at(world_deadline(&w, "final")->due_at,
	    "2026-04-30T23:59:59+08:00");
	r = world_report(&w, TEAM);
	r->own_text = "結報";
	world_mail(&w, r, "team", 1);
	assert_null(world_deadline(&w, "final"));
}

/* R33: what the authorities would want of it, they do not want of a drill. */
static void
a_drill_owes_no_final_report(void **unused)
{
	struct report	*r;

	(void)unused;
	for (int drill = 0; drill < 2; drill++) {
		open_case("2026-03-02T09:00:00+08:00");
		w.in.drill = drill;
		level(1);
		r = world_report(&w, TEAM);
		(void)world_text(&w, r, "status", "contained");
		world_mail(&w, r, "team", 1);
		assert_int_equal(w.in.state, INC_CONTAINED);
		assert_int_equal(world_deadline(&w, "final") == NULL, drill);
		if (drill == 0) {
			(void)teardown(unused);
			(void)setup_law(unused);
		}
	}
}

/* R12: a closed incident still has to be filed on the platform. */
static void
closing_is_no_filing(void **unused)
{
	static const char *const roles[] = { "ncert", "city_it" };
	struct report	*r;

	(void)unused;
	open_case("2026-03-02T09:00:00+08:00");
	level(1);
	for (int i = 0; i < 2; i++) {
		world_sent(&w, "annex2", roles[i], CHANNEL_SMTP);
		world_sent(&w, "annex2", roles[i], CHANNEL_HTTP);
	}
	w.in.state = INC_RECOVERED;
	r = world_report(&w, TEAM);
	(void)world_text(&w, r, "status", "closed");
	(void)world_text(&w, r, "cause", "不明");
	(void)world_text(&w, r, "improvement", "更新");
	(void)world_text(&w, r, "evidence", "紀錄");
	world_mail(&w, r, "team", 1);
	assert_int_equal(w.in.state, INC_CLOSED);
	assert_non_null(world_deadline(&w, "platform"));
	r = world_report(&w, TEAM);
	r->own_text = "已於平台通報 115030200017";
	world_mail(&w, r, "team", 1);
	assert_null(world_deadline(&w, "platform"));
}

static void
the_law_wants_the_meeting(void **unused)
{
	struct report	*r;

	(void)unused;
	open_case("2026-03-02T09:00:00+08:00");
	level(3);
	assert_true(json_is_true(json_object_get(world_duty(&w, "ask_meeting",
	    "ciso")->data, "mandatory")));
	r = world_report(&w, "boss@secretariat.example");
	r->own_text = "不召開，理由：已控制";
	world_mail(&w, r, "ciso", 1);
	assert_non_null(world_deadline(&w, "meeting"));
	r->own_text = "召開 3/2 14:00 地點：三樓";
	world_mail(&w, r, "ciso", 1);
	assert_null(world_deadline(&w, "meeting"));
}

/* The report that failed has two times, which ask for the same call. */
static void
what_two_times_ask_is_told_once(void **unused)
{
	const struct deadline	*external, *phone;
	struct deadline		 as_it_was;
	const json_t		*also;

	(void)unused;
	open_case("2007-05-31T09:00:00+08:00");
	level(3);
	world_lost(&w, "annex2", "ncert", CHANNEL_SMTP);
	w.now = world_time("2007-05-31T10:01:00+08:00");
	external = world_deadline(&w, "external");
	phone = world_deadline(&w, "phone");
	as_it_was = *external;
	world_fire(&w, phone);		/* 400%: the CISO as well */
	assert_int_equal(w.c.n_duties, 3);
	also = json_object_get(world_duty(&w, "remind_external", "team")->data,
	    "also");
	assert_int_equal(json_array_size(also), 1);
	assert_string_equal(json_string_value(json_object_get(json_array_get(
	    also, 0), "name")), "phone");
	also = json_object_get(world_duty(&w, "remind_external", "ciso")->data,
	    "also");
	assert_int_equal(json_array_size(also), 0);
	assert_int_equal(world_journal(&w, "reminded"), 2);
	assert_int_equal(external->fired, 1);
	assert_int_equal(phone->fired, 1);
	world_fire(&w, &as_it_was);	/* the turn had found both */
	assert_int_equal(w.c.n_duties, 0);
	assert_int_equal(external->fired, 1);
}

/* Her own task first, and that the team has not done its own. */
static void
whose_task_it_is_leads_the_letter(void **unused)
{
	const json_t	*data;

	(void)unused;
	open_case("2007-05-31T09:00:00+08:00");
	level(1);
	w.now = world_time("2007-06-04T09:00:00+08:00");
	world_fire(&w, world_deadline(&w, "recovery"));
	assert_int_equal(world_duties(&w, "remind_recovery"), 3);
	data = world_duty(&w, "remind_recovery", "secretary")->data;
	assert_string_equal(json_string_value(json_object_get(json_object_get(
	    data, "deadline"), "name")), "tracking");
	assert_int_equal(json_array_size(json_object_get(data, "also")), 1);
	data = world_duty(&w, "remind_recovery", "team")->data;
	assert_int_equal(json_array_size(json_object_get(data, "also")), 0);
}

int
main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)
#define L(f)	cmocka_unit_test_setup_teardown(f, setup_law, teardown)
	const struct CMUnitTest tests[] = {
		T(assess_ladder_climbs_and_never_ends),
		T(missing_fields_are_asked_thrice_then_the_secretary),
		T(recovery_asks_by_level),
		T(a_status_told_restarts_the_asking),
		T(level_change_recomputes),
		T(downtime_makes_one_reminder),
		T(the_same_due_deadline_twice_fires_once),
		T(what_two_times_ask_is_told_once),
		T(whose_task_it_is_leads_the_letter),
		T(what_began_ahead_runs_from_now),
		T(what_was_right_stays_as_it_is),
		T(plan_says_what_will_happen),
		T(months_by_article_48),
		T(the_calendar_ends_with_its_last_year),
		T(a_saturday_made_working_day_counts),
		T(working_days_skip_days_off),
		T(quiet_hours_end_in_the_morning_of_a_working_day),
		T(high_levels_know_no_quiet),
		L(what_was_done_in_time_and_told_late_is_on_time),
		L(the_law_reports_every_level_and_asks_for_more),
		L(closing_is_no_filing),
		L(a_drill_owes_no_final_report),
		L(the_law_wants_the_meeting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
