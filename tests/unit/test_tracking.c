#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/civil.h"
#include "incident/tracking.h"

static void
the_day_is_the_zones(void **unused)
{
	static const struct { const char *at; int zone, day; } cases[] = {
		{ "2007-05-31T15:59:59Z", 28800, 20070531 },
		{ "2007-05-31T16:00:00Z", 28800, 20070601 },
		{ "2007-05-31T16:00:00Z", 0, 20070531 },
		{ "2026-01-01T02:00:00Z", -10800, 20251231 },
	};
	int64_t	t;

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(rfc3339_parse(cases[i].at, &t), 0);
		assert_int_equal(tracking_day(t, cases[i].zone),
		    cases[i].day);
	}
}

static void
numbers_grow(void **unused)
{
	static const struct { int n; const char *want; } cases[] = {
		{ 1, "CSI-20070531-0001" }, { 9999, "CSI-20070531-9999" },
		{ 10000, "CSI-20070531-10000" },
		{ 123456, "CSI-20070531-123456" },
	};
	struct arena	*a = arena_new();
	char		 series[TRACKING_SERIES + 1];
	int		 day, n;

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char	*s = tracking_make(a, "CSI", 20070531, cases[i].n);

		assert_string_equal(s, cases[i].want);
		assert_int_equal(tracking_parse(s, series, &day, &n), 0);
		assert_string_equal(series, "CSI");
		assert_int_equal(day, 20070531);
		assert_int_equal(n, cases[i].n);
	}
	arena_free(&a);
}

static void
what_is_no_number(void **unused)
{
	static const char *const bad[] = {
		"", "CSI", "CSI-20070531", "CSI-20070531-", "CSI-20070531-001",
		"CSI-20070532-0001", "CSI-20070229-0001", "CSI-20070531-0000",
		"CSI-20070531-0001x", " CSI-20070531-0001", "-20070531-0001",
		"CSI-2007053-00001", "CSI-20070531-9999999999",
		"ABCDEFGHIJKLMNOPQ-20070531-0001", "CSI_20070531_0001"
	};
	char	series[TRACKING_SERIES + 1];
	int	day, n;

	(void)unused;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (tracking_parse(bad[i], series, &day, &n) == 0)
			fail_msg("\"%s\" was taken", bad[i]);
	assert_int_equal(tracking_parse("drill-20240229-0007", series, &day,
	    &n), 0);
	assert_string_equal(series, "DRILL");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_day_is_the_zones),
		cmocka_unit_test(numbers_grow),
		cmocka_unit_test(what_is_no_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
