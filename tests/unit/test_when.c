/*
 * Times that people tell: what cannot have been then is asked about, and a
 * status that hangs on it is not half applied.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/civil.h"
#include "life.h"

#define OCCURRED	"2007-05-31T09:10:00+08:00"	/* of world_annex1() */
#define NOW		"2007-05-31T12:00:00+08:00"

static const struct {
	const char	*status, *field, *told;	/* told NULL: cannot be read */
	const char	*says;			/* NULL: it is taken */
	const char	*kept;			/* the time it is then */
} cases[] = {
	{ "contained", NULL, NULL, NULL, NOW },
	{ "contained", "contained_at", "2007-05-31T11:00:00+08:00", NULL,
	    "2007-05-31T11:00:00+08:00" },
	/* before the report came: it had been stopped already */
	{ "contained", "contained_at", "2007-05-31T09:15:00+08:00", NULL,
	    "2007-05-31T09:15:00+08:00" },
	{ "contained", "contained_at", OCCURRED, NULL, OCCURRED },
	{ "contained", "contained_at", "2007-05-31T12:04:00+08:00", NULL,
	    NOW },				/* clocks differ */
	{ "contained", "contained_at", "2007-05-31T12:06:00+08:00",
	    "控制時間尚未到", NULL },
	{ "contained", "contained_at", "2007-06-01T09:00:00+08:00",
	    "控制時間尚未到", NULL },
	{ "contained", "contained_at", "2007-05-31T09:09:00+08:00",
	    "控制時間早於事件發生時間", NULL },
	{ "contained", "contained_at", NULL, "無法辨識控制時間", NULL },
	{ "recovered", NULL, NULL, NULL, NOW },
	{ "recovered", "recovered_at", "2007-05-31T11:00:00+08:00", NULL,
	    "2007-05-31T11:00:00+08:00" },
	{ "recovered", "recovered_at", "2007-06-30T11:00:00+08:00",
	    "復原時間尚未到", NULL },
	{ "recovered", "recovered_at", "2006-05-31T11:00:00+08:00",
	    "復原時間早於事件發生時間", NULL },
	{ "recovered", "recovered_at", NULL, "無法辨識復原時間", NULL },
};

static struct report *
told(const char *status, const char *field, const char *when)
{
	struct report	*r = strcmp(status, "recovered") == 0 ?
			    recovery_mail("oooooo") : status_mail(TEAM, status);

	if (field != NULL && when != NULL) {
		world_at(&w, r, field, when);
	} else if (field != NULL) {
		world_unread(&w, r, field, "剛剛");
		r->fields[r->n_fields - 1].kind = VALUE_DATETIME;
	}
	return r;
}

static void
check(size_t i)
{
	int64_t	got;
	int	is_end = strcmp(cases[i].status, "recovered") == 0;

	world_mail(&w, told(cases[i].status, cases[i].field, cases[i].told),
	    "team", 1);
	got = is_end ? w.in.recovered_at : w.in.contained_at;
	if (cases[i].says != NULL) {
		said(cases[i].says, 0);
		said("狀態也未改為", 0);
		state_is(INC_ASSESSED);
		assert_true(w.in.contained_at == 0 && w.in.recovered_at == 0);
		return;
	}
	state_is(is_end ? INC_RECOVERED : INC_CONTAINED);
	if (got != world_time(cases[i].kept))
		fail_msg("%zu: got %lld, want %s", i, (long long)got,
		    cases[i].kept);
}

static void
no_status_is_half_applied(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		life_teardown(NULL);
		life_setup(NULL);
		open_at_level(2);
		assert_int_equal(w.in.occurred_at, world_time(OCCURRED));
		at(NOW);
		check(i);
	}
}

/* What was refused is no value of the case; a later word corrects. */
static void
the_team_corrects_a_time(void **unused)
{
	(void)unused;
	open_at_level(2);
	at(NOW);
	world_mail(&w, told("contained", "contained_at",
	    "2007-06-02T09:00:00+08:00"), "team", 1);
	for (size_t i = 0; i < w.n_fields; i++)
		if (strcmp(w.fields[i].name, "contained_at") == 0)
			fail_msg("kept as %s", w.fields[i].value);
	world_mail(&w, told("contained", NULL, NULL), "team", 1);
	assert_int_equal(w.in.contained_at, w.now);
	world_mail(&w, told("contained", "contained_at",
	    "2007-05-31T10:30:00+08:00"), "team", 1);
	assert_int_equal(w.in.contained_at,
	    world_time("2007-05-31T10:30:00+08:00"));
}

static void
the_unit_is_asked_too(void **unused)
{
	struct report	*r;

	(void)unused;
	open_at_level(2);
	at(NOW);
	r = told("recovered", "recovered_at", "2007-06-01T09:00:00+08:00");
	r->from_addr = WANG;
	world_mail(&w, r, "reporter", 1);
	assert_null(world_duty(&w, "ask_confirm", "team"));
	assert_non_null(world_duty(&w, "ack_again", "sender"));
	r = told("recovered", "recovered_at", "2007-05-31T11:00:00+08:00");
	r->from_addr = WANG;
	world_mail(&w, r, "reporter", 1);
	assert_non_null(world_duty(&w, "ask_confirm", "team"));
}

/* 狀態：結案, and 復原時間 tomorrow: what is not over is not closed. */
static void
a_close_waits_for_its_recovery(void **unused)
{
	struct report	*r;

	(void)unused;
	open_at_level(2);
	at(NOW);
	world_mail(&w, told("recovered", NULL, NULL), "team", 1);
	state_is(INC_RECOVERED);
	world_mail(&w, told("closed", "recovered_at",
	    "2007-06-01T09:00:00+08:00"), "team", 1);
	said("復原時間尚未到", 0);
	state_is(INC_RECOVERED);
	r = told("closed", "recovered_at", "2007-05-31T11:00:00+08:00");
	world_mail(&w, r, "team", 1);
	said("事件原因、補強措施、證據保存情形", 0);	/* no word of time */
}

#define T(f)	cmocka_unit_test_setup_teardown(f, life_setup, life_teardown)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		T(no_status_is_half_applied),
		T(the_team_corrects_a_time),
		T(a_close_waits_for_its_recovery), T(the_unit_is_asked_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
