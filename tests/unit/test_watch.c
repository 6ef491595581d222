/*
 * watch: when silence, fullness and age are told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "watch.h"

#define T	1790000000
#define DAY	86400
#define MIB	(1024 * 1024)

static char	text[200];

static void
silence_is_told(void **unused)
{
	static const struct {
		int64_t	last;
		int	poll, bad;
	} v[] = {
		{ 0, 60, 0 },			/* not known */
		{ T, 60, 0 }, { T - 600, 60, 0 }, { T - 601, 60, 1 },
		{ T - 3000, 1000, 0 }, { T - 3001, 1000, 1 },
		{ T + 1000, 60, 0 },		/* the clock was set back */
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		if (watch_mailbox(T, v[i].last, v[i].poll, text,
		    sizeof(text)) != v[i].bad)
			fail_msg("case %zu: want %d", i, v[i].bad);
	assert_int_equal(watch_mailbox(T, T - 1800, 60, text, sizeof(text)), 1);
	assert_string_equal(text, "not read for 30 minutes");
}

static void
a_queue_that_stands_is_told(void **unused)
{
	(void)unused;
	assert_int_equal(watch_queue(T, 0, 60, text, sizeof(text)), 0);
	assert_int_equal(watch_queue(T, T - 3600, 60, text, sizeof(text)), 0);
	assert_int_equal(watch_queue(T, T - 3661, 60, text, sizeof(text)), 1);
	assert_non_null(strstr(text, "61 minutes"));
	assert_int_equal(watch_canary(T, 0, 15, text, sizeof(text)), 0);
	assert_int_equal(watch_canary(T, T - 900, 15, text, sizeof(text)), 0);
	assert_int_equal(watch_canary(T, T - 901, 15, text, sizeof(text)), 1);
}

static void
a_full_disk_is_told(void **unused)
{
	(void)unused;
	assert_int_equal(watch_disk(100 * MIB, 5000, 100 * MIB, text,
	    sizeof(text)), 0);
	assert_int_equal(watch_disk(100 * MIB - 1, 5000, 100 * MIB, text,
	    sizeof(text)), 1);
	assert_string_equal(text, "99 MiB are free");
	assert_int_equal(watch_disk(1000 * (int64_t)MIB, 10, 100 * MIB, text,
	    sizeof(text)), 1);
	assert_string_equal(text, "room for 10 more files");
	/* Some file systems do not count files. */
	assert_int_equal(watch_disk(1000 * (int64_t)MIB, -1, 100 * MIB, text,
	    sizeof(text)), 0);
	assert_int_equal(watch_disk(0, -1, 0, text, sizeof(text)), 0);
}

static void
a_wrong_clock_is_told(void **unused)
{
	static const struct {
		int64_t	written, wall, steady;
		int	bad;
	} v[] = {
		{ 0, 0, 0, 0 }, { T, 60, 60, 0 }, { T + 120, 60, 60, 0 },
		{ T + 121, 60, 60, 1 },		/* before what was written */
		{ T, 3660, 60, 1 }, { T, -3600, 60, 1 }, { T, 180, 60, 0 },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		if (watch_clock(T, v[i].written, v[i].wall, v[i].steady, text,
		    sizeof(text)) != v[i].bad)
			fail_msg("case %zu: want %d", i, v[i].bad);
}

static void
an_end_is_told_before(void **unused)
{
	(void)unused;
	assert_int_equal(watch_expiry(T, 0, 14, text, sizeof(text)), 0);
	assert_int_equal(watch_expiry(T, T + 14 * DAY + 1, 14, text,
	    sizeof(text)), 0);
	assert_int_equal(watch_expiry(T, T + 14 * DAY, 14, text,
	    sizeof(text)), 1);
	assert_string_equal(text, "ends in 14 days");
	assert_int_equal(watch_expiry(T, T - 3 * DAY, 14, text,
	    sizeof(text)), 1);
	assert_string_equal(text, "ended 3 days ago");
	assert_int_equal(watch_expiry(T, T - 3 * DAY, 0, text,
	    sizeof(text)), 0);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(silence_is_told),
		cmocka_unit_test(a_queue_that_stands_is_told),
		cmocka_unit_test(a_full_disk_is_told),
		cmocka_unit_test(a_wrong_clock_is_told),
		cmocka_unit_test(an_end_is_told_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
