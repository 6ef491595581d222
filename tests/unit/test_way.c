/*
 * way: rests that grow, one that goes first, a minute's limit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "way.h"

#define T0	1790000000

static struct way
fresh(int rate)
{
	struct way	w;

	memset(&w, 0, sizeof(w));
	(void)snprintf(w.name, sizeof(w.name), "relay:main");
	w.rate = rate;
	return w;
}

static void
rests_grow_and_end(void **unused)
{
	struct way	w = fresh(0);
	int64_t		now = T0, last = 0, rest;

	(void)unused;
	assert_int_equal(way_wait(&w, now), 0);
	for (int i = 1; i <= 12; i++) {
		way_used(&w, now);
		assert_int_equal(way_failed(&w, now, 0), 1);
		assert_int_equal(w.failures, i);
		rest = way_wait(&w, now) - now;
		if (rest < 10 || rest > 800)
			fail_msg("rest %d: got %lld s", i, (long long)rest);
		if (i <= 4 && rest <= last)
			fail_msg("rest %d: got %lld s after %lld s", i,
			    (long long)rest, (long long)last);
		last = rest;
		assert_true(way_rests(&w, now + rest - 1));
		assert_false(way_rests(&w, now + rest));
		now += rest;
	}
	assert_int_equal(w.since, T0);
	assert_int_equal(way_worked(&w), 1);
	assert_int_equal(way_worked(&w), 0);
	assert_int_equal(way_wait(&w, now), 0);
}

static void
one_outage_is_counted_once(void **unused)
{
	struct way	w = fresh(0);

	(void)unused;
	for (int i = 0; i < 16; i++)	/* all were under way together */
		assert_int_equal(way_failed(&w, T0, 0), i == 0);
	assert_int_equal(w.failures, 1);
}

static void
one_goes_first(void **unused)
{
	struct way	w = fresh(0);
	int64_t		now;

	(void)unused;
	(void)way_failed(&w, T0, 0);
	now = w.until;
	assert_int_equal(way_wait(&w, now), 0);
	way_used(&w, now);
	assert_int_equal(way_wait(&w, now), now + WAY_PROBE);
	/* It died with its courier: the next one goes. */
	assert_int_equal(way_wait(&w, now + WAY_PROBE), 0);
	assert_int_equal(way_failed(&w, now + 1, 0), 1);
	assert_int_equal(w.failures, 2);
	/* A late answer of an older one says nothing new. */
	assert_int_equal(way_failed(&w, now + 2, 0), 0);
}

static void
the_peer_is_heard_but_not_for_ever(void **unused)
{
	struct way	w = fresh(0);

	(void)unused;
	(void)way_failed(&w, T0, 3600);
	assert_int_equal(w.until, T0 + 3600);
	(void)way_worked(&w);
	(void)way_failed(&w, T0, INT64_MAX / 2);
	assert_int_equal(w.until, T0 + 86400);
	/* A clock that was set back does not silence it. */
	assert_false(way_rests(&w, T0 - 10 * 86400));
}

static void
never_more_than_the_rate_in_any_minute(void **unused)
{
	struct way	w = fresh(30);
	int64_t		at[600];
	int		n = 0;

	(void)unused;
	for (int64_t now = T0; now < T0 + 600; now++)
		while (n < 600 && way_wait(&w, now) == 0) {
			at[n++] = now;
			way_used(&w, now);
		}
	assert_int_equal(n, 300);	/* and no less than it may */
	for (int i = 30; i < n; i++)
		if (at[i] - at[i - 30] < 60)
			fail_msg("31 in %lld s", (long long)(at[i] -
			    at[i - 30]));
	assert_true(way_wait(&w, T0 + 540) > T0 + 540);
	assert_true(way_wait(&w, T0 + 540) <= T0 + 600);
}

static void
a_clock_that_was_ahead_binds_nobody(void **unused)
{
	struct way	w = fresh(0), v = fresh(0);
	char		s[100];

	(void)unused;
	(void)way_failed(&w, T0 + 86400, 0);
	assert_true(way_rests(&w, T0 + 86400));
	assert_true(way_rests(&w, T0 + 86399));		/* slewed */
	assert_false(way_rests(&w, T0));
	assert_int_equal(way_wait(&w, T0), 0);
	way_text(&w, s, sizeof(s));
	way_read(&v, s, T0);
	assert_int_equal(way_wait(&v, T0), 0);
	way_used(&w, T0);			/* the first one tries */
	assert_int_equal(way_wait(&w, T0), T0 + WAY_PROBE);
	assert_int_equal(way_failed(&w, T0 + 1, 0), 1);
	assert_true(way_rests(&w, T0 + 2));
}

static void
text_comes_back(void **unused)
{
	static const char *const bad[] = { "", "x", "1 2", "-1 2 3", "0 1 2",
	    "99999999 1 2" };
	struct way	w = fresh(0), v = fresh(0);
	char		s[100];

	(void)unused;
	(void)way_failed(&w, T0, 0);
	way_text(&w, s, sizeof(s));
	way_read(&v, s, T0);
	assert_int_equal(v.failures, 1);
	assert_int_equal(v.since, T0);
	assert_int_equal(v.until, w.until);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		v = fresh(0);
		way_read(&v, bad[i], T0);
		assert_int_equal(v.failures, 0);
	}
	way_read(&v, "1 2 99999999999", T0);
	assert_int_equal(way_wait(&v, T0), 0);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(rests_grow_and_end),
		cmocka_unit_test(one_outage_is_counted_once),
		cmocka_unit_test(one_goes_first),
		cmocka_unit_test(the_peer_is_heard_but_not_for_ever),
		cmocka_unit_test(never_more_than_the_rate_in_any_minute),
		cmocka_unit_test(a_clock_that_was_ahead_binds_nobody),
		cmocka_unit_test(text_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
