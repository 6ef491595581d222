/* What snippets cannot say of datetime: flags, reasons, bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/civil.h"
#include "parsers/datetime.h"
#include "parsers/report.h"
#include "parsers/timing.h"

#define ZONE	28800

static const struct {
	const char	*text;
	const char	*ref;
	int		 known, ambiguous, has_time;
	const char	*problem;	/* a part of it, or NULL: none */
} cases[] = {
	{ "96年5月31日9:30", "2007-05-31T10:00:00+08:00", 1, 0, 1, NULL },
	{ "96年5月30日晚上12點", NULL, 1, 1, 1, NULL },
	{ "96年5月31日正午", NULL, 1, 1, 1, NULL },
	{ "9:30", "2007-05-31T10:00:00+08:00", 1, 1, 1, NULL },
	{ "5/6/2007 9:30", NULL, 0, 1, 1, "told apart" },
	{ "5/6/2007 9:30", "2007-06-05T10:00:00+08:00", 1, 1, 1, NULL },
	{ "5/6/2007 9:30", "2007-09-05T10:00:00+08:00", 0, 1, 1, "apart" },
	{ "14:10或14:20", "2007-05-31T15:00:00+08:00", 0, 0, 1, "more than" },
	{ "14:10更正為25:20", "2007-05-31T15:00:00+08:00", 0, 0, 1, "no such" },
	{ "5/31/2007 9:30", NULL, 1, 0, 1, NULL },
	{ "96年5月31日", NULL, 0, 0, 0, "no time" },
	{ "96年2月30日 9:00", NULL, 0, 0, 1, "no such date" },
	{ "96年5月31日25時", NULL, 0, 0, 1, "no such time" },
	{ "剛剛", "2007-05-31T10:00:00+08:00", 0, 0, 0, "could be read" },
	{ "昨晚11點", NULL, 0, 0, 1, "receipt time" },
	{ "5/31 9:00", NULL, 0, 0, 1, "no year" },
	{ "週四上午9點", "2007-05-31T10:00:00+08:00", 0, 0, 1, "weekday" },
	{ "96年5月31日上午15:20", NULL, 0, 0, 1, "part of the day" },
	{ "96年5月31日晚上2點", NULL, 0, 0, 1, "which day" },
	{ "96/5/31 10:05", "2007-05-31T10:00:00+08:00", 1, 0, 1, NULL },
	{ "96/5/31 10:06", "2007-05-31T10:00:00+08:00", 1, 0, 1, "future" },
	{ "95/5/30 9:00", "2007-05-31T10:00:00+08:00", 1, 0, 1, "year past" },
	{ "95/6/1 9:00", "2007-05-31T10:00:00+08:00", 1, 0, 1, NULL },
	{ "", NULL, 0, 0, 0, "could be read" },
};

static void
flags_and_reasons(void **unused)
{
	struct arena	*a = arena_new();

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct datetime	 d;
		int64_t		 ref = TIME_NONE;

		if (cases[i].ref != NULL)
			assert_int_equal(rfc3339_parse(cases[i].ref, &ref), 0);
		datetime_read(a, cases[i].text, ref, ZONE, &d);
		if (d.known != cases[i].known ||
		    d.ambiguous != cases[i].ambiguous ||
		    d.has_time != cases[i].has_time ||
		    (d.problem == NULL) != (cases[i].problem == NULL) ||
		    (d.problem != NULL &&
		    strstr(d.problem, cases[i].problem) == NULL))
			fail_msg("%s: got known %d ambiguous %d time %d \"%s\"",
			    cases[i].text, d.known, d.ambiguous, d.has_time,
			    d.problem != NULL ? d.problem : "");
	}
	arena_free(&a);
}

static void
date_lines(void **unused)
{
	static const struct {
		const char	*s;
		int		 is;
	} lines[] = {
		{ "中 華 民 國      96      年      5      月      31      日", 1 },
		{ "中華民國 年 月 日", 1 }, { "中華民國九十六年五月三十一日", 1 },
		{ "民國96年5月31日", 1 }, { "中華民國96年5月31日(四)", 1 },
		{ "中華民國96年5月31日上午9時", 0 }, { "96年5月31日", 0 },
		{ "中華民國刑法", 0 }, { "", 0 }, { "中華民國96年", 0 },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (date_line(lines[i].s, strlen(lines[i].s)) != lines[i].is)
			fail_msg("%s: want %d", lines[i].s, lines[i].is);
}

/* Every minute of a leap year, written as offices do, comes back. */
static void
there_and_back(void **unused)
{
	struct arena	*a = arena_new();

	(void)unused;
	for (int64_t t = 1199145600 - ZONE; t < 1199145600 + 366 * 86400;
	    t += 40009) {
		struct civil	 c;
		struct datetime	 d;
		char		 s[3][96];
		int		 h12;

		civil_from_utc(&c, t / 60 * 60, ZONE);
		h12 = c.hour % 12 == 0 ? 12 : c.hour % 12;
		(void)snprintf(s[0], sizeof(s[0]),
		    "民國%d年%d月%d日%s%d時%02d分", c.year - 1911, c.mon, c.day,
		    c.hour < 12 ? "上午" : "下午", h12, c.min);
		(void)snprintf(s[1], sizeof(s[1]), "%04d/%d/%d %s %02d:%02d:00",
		    c.year, c.mon, c.day, c.hour < 12 ? "上午" : "下午", h12,
		    c.min);
		(void)snprintf(s[2], sizeof(s[2]), "%03d%02d%02d %02d%02d",
		    c.year - 1911, c.mon, c.day, c.hour, c.min);
		for (int i = 0; i < 3; i++) {
			datetime_read(a, s[i], TIME_NONE, ZONE, &d);
			if (!d.known || d.utc != t / 60 * 60)
				fail_msg("%s: got %lld, want %lld", s[i],
				    (long long)d.utc, (long long)t / 60 * 60);
		}
		arena_reset(a);
	}
	arena_free(&a);
}

/* Nonsense of any length is looked at once and refused. */
static void
long_nonsense(void **unused)
{
	static const char *const bits[] = {
		"9", "/", "年", "一", "上午", "(", ":", "-", "○", "\xff", "今("
	};
	struct arena	*a = arena_new();
	char		*s = arena_alloc(a, 300001);
	struct datetime	 d;

	(void)unused;
	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		size_t	n = 0;

		while (n + strlen(bits[i]) < 300000) {
			memcpy(s + n, bits[i], strlen(bits[i]));
			n += strlen(bits[i]);
		}
		s[n] = '\0';
		datetime_read(a, s, 0, ZONE, &d);
		assert_int_equal(d.known, 0);
	}
	arena_free(&a);
}

static void
months_have_bounds(void **unused)
{
	(void)unused;
	assert_true(month_deadline(INT64_MAX, 1, ZONE, NULL, 0) == TIME_NONE);
	assert_true(month_deadline(INT64_MIN, 1, ZONE, NULL, 0) == TIME_NONE);
	assert_true(month_deadline(0, 0, ZONE, NULL, 0) == TIME_NONE);
	assert_true(month_deadline(0, 100000, ZONE, NULL, 0) == TIME_NONE);
}

/* A Saturday's end is the next working day at noon, a Sunday's its end. */
static void
saturday_is_noon(void **unused)
{
	const char	*none[] = { "" };
	int64_t		 from, want;

	(void)unused;
	assert_int_equal(rfc3339_parse("2025-04-10T15:00:00+08:00", &from), 0);
	assert_int_equal(rfc3339_parse("2025-05-12T11:59:59+08:00", &want), 0);
	assert_true(month_deadline(from, 1, ZONE, none, 1) == want);
	assert_int_equal(rfc3339_parse("2025-05-15T15:00:00+08:00", &from), 0);
	assert_int_equal(rfc3339_parse("2025-06-16T23:59:59+08:00", &want), 0);
	assert_true(month_deadline(from, 1, ZONE, none, 1) == want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flags_and_reasons),
		cmocka_unit_test(date_lines),
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(long_nonsense),
		cmocka_unit_test(months_have_bounds),
		cmocka_unit_test(saturday_is_noon),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
