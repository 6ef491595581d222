/*
 * Schedules, the register and the words of answers: what belongs to no
 * incident.  The mails themselves are tested with the daemon.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/civil.h"
#include "incident/calendar.h"
#include "incident/house_parts.h"
#include "incident/invite.h"
#include "incident/policy_load.h"
#include "incident/register.h"

#define ZONE	28800

static const char *const holidays[] = { "2026-01-01", "2026-04-06" };

static const struct {
	const char	*when;
	int		 workday;
	const char	*after, *want;
} times[] = {
	{ "daily 08:30", 0, "2026-04-01T08:29:59", "2026-04-01T08:30:00" },
	{ "daily 08:30", 0, "2026-04-01T08:30:00", "2026-04-02T08:30:00" },
	{ "daily 08:30", 1, "2026-04-03T09:00:00", "2026-04-07T08:30:00" },
	{ "monthly 5 09:00", 0, "2026-04-01T00:00:00", "2026-04-05T09:00:00" },
	{ "monthly 5 09:00", 1, "2026-04-01T00:00:00", "2026-04-07T09:00:00" },
	{ "monthly 5 09:00", 1, "2026-04-06T00:00:00", "2026-04-07T09:00:00" },
	{ "monthly 5 09:00", 1, "2026-04-07T09:00:00", "2026-05-05T09:00:00" },
	{ "monthly 1 09:00", 1, "2025-12-31T10:00:00", "2026-01-02T09:00:00" },
	{ "monthly 28 00:00", 0, "2026-02-28T00:00:00", "2026-03-28T00:00:00" },
	{ "quarterly 5 09:00", 0, "2026-04-05T09:00:00",
	    "2026-07-05T09:00:00" },
	{ "quarterly 5 09:00", 0, "2026-11-01T00:00:00",
	    "2027-01-05T09:00:00" },
	{ "halfyearly 8 09:00", 0, "2026-01-08T09:00:00",
	    "2026-07-08T09:00:00" },
	{ "yearly 3-15 09:00", 0, "2026-03-15T09:00:00",
	    "2027-03-15T09:00:00" },
	{ "yearly 3-15 09:00", 1, "2026-03-01T09:00:00",
	    "2026-03-16T09:00:00" },	/* a Sunday */
};

static int64_t
utc(const char *s)
{
	char	buf[RFC3339_SIZE];
	int64_t	t;

	(void)snprintf(buf, sizeof(buf), "%s+08:00", s);
	assert_int_equal(rfc3339_parse(buf, &t), 0);
	return t;
}

static void
schedules_know_their_next_time(void **unused)
{
	struct policy	p = { .zone = ZONE, .holidays = { 2, (const char **)
			    (uintptr_t)holidays } };

	(void)unused;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		struct policy_schedule	s = { .workday = times[i].workday };
		char			got[RFC3339_SIZE];

		assert_int_equal(policy_when(times[i].when, &s), 0);
		(void)rfc3339(got, calendar_schedule(&p, &s,
		    utc(times[i].after)), ZONE);
		got[19] = '\0';
		if (strcmp(got, times[i].want) != 0)
			fail_msg("%s after %s: got %s, want %s",
			    times[i].when, times[i].after, got,
			    times[i].want);
	}
}

static void
bad_times_are_refused(void **unused)
{
	static const char *const bad[] = {
		"", "daily", "daily 24:00", "daily 8:30", "weekly 1 08:00",
		"monthly 0 09:00", "monthly 29 09:00", "monthly 09:00",
		"yearly 13-1 09:00", "yearly 3 09:00", "daily 08:30 x",
		"monthly -5 09:00"
	};
	struct policy_schedule	s;

	(void)unused;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (policy_when(bad[i], &s) == 0)
			fail_msg("\"%s\" was taken", bad[i]);
}

static void
answers_begin_with_their_word(void **unused)
{
	static const char *const done[] = { "完成", "已完成", "done" };
	static const char *const undone[] = { "未完成", "not done" };
	static const struct { const char *text; int done, undone; } v[] = {
		{ "完成", 1, 0 }, { "完成。共 21 台", 1, 0 },
		{ "　已完成\n附表", 1, 0 }, { "Done, all of it", 1, 0 },
		{ "未完成", 0, 1 }, { "未完成：三台待修", 0, 1 },
		{ "not done", 0, 1 }, { "【完成】", 1, 0 },
		{ "完成度不高", 0, 0 }, { "尚有三台未完成", 0, 0 },
		{ "", 0, 0 }, { "收到，謝謝", 0, 0 },
	};
	struct policy_strings	d = { 3, (const char **)(uintptr_t)done };
	struct policy_strings	u = { 2, (const char **)(uintptr_t)undone };

	(void)unused;
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		if ((house_word(&d, v[i].text) != NULL) != v[i].done ||
		    (house_word(&u, v[i].text) != NULL) != v[i].undone)
			fail_msg("\"%s\" was misread", v[i].text);
}

static void
no_cell_is_a_formula(void **unused)
{
	static const struct { const char *unit, *want; } v[] = {
		{ "機要組", ",\"機要組\"," }, { "=1+1", ",\"'=1+1\"," },
		{ "@SUM(A1)", ",\"'@SUM(A1)\"," },
		{ "a\"b,c\nd", ",\"a\"\"b,c d\"," }, { "-x", ",\"'-x\"," },
		{ "+1", ",\"'+1\"," }, { "\n=1", ",\"' =1\"," },
		{ "  =1", ",\"'  =1\"," }, { "＝1", ",\"'＝1\"," },
		{ "\u3000＠x", ",\"'\u3000＠x\"," }, { "a=1", ",\"a=1\"," },
		{ "\",=1", ",\"\"\",=1\"," }, { "＄1", ",\"＄1\"," },
		{ "\ufeff-1", ",\"'\ufeff-1\"," }, { "", ",\"\"," },
	};
	struct policy	p = { .zone = ZONE };

	(void)unused;
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct incident		in = { .tracking = "CSI-1", .policy =
					    "x", .unit = v[i].unit,
					    .received_at = 1 };
		struct house_case	k = { .in = &in };
		struct buf		b;

		buf_init(&b, 4096);
		register_csv(&p, &k, 1, 0, &b);
		if (strstr(b.data, v[i].want) == NULL)
			fail_msg("%s: got %s", v[i].unit, b.data);
		buf_reset(&b);
		register_csv(&p, &k, 1, 202604, &b);
		assert_null(strstr(b.data, "CSI-1"));
		buf_free(&b);
	}
}

static void
invitations_are_folded_between_characters(void **unused)
{
	static const char	long_place[] =
	    "市政大樓八樓東北區第一會議室（請由正門進入並出示識別證）；"
	    "視訊代碼, 1234\nEND:VEVENT";
	struct arena		*a = arena_new();
	struct invite		 i = { .uid = "x@y", .summary = "s",
				    .place = long_place, .organizer = "a@b",
				    .start = 1, .end = 2 };
	size_t			 len, col = 0, n = 0;
	const char		*s = invite_text(a, &i, &len);

	(void)unused;
	for (size_t k = 0; k < len; k++) {
		col = s[k] == '\n' ? 0 : col + 1;
		assert_true(col <= 76);		/* 75 and the CR */
		/* a continuation never begins inside a character */
		if (k > 2 && s[k - 1] == ' ' && s[k - 2] == '\n')
			assert_true(((unsigned char)s[k] & 0xc0) != 0x80);
	}
	for (const char *p = s; (p = strstr(p, "END:VEVENT\r\n")) != NULL;
	    p++)
		n += p == s || p[-1] == '\n';
	assert_int_equal(n, 1);
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(schedules_know_their_next_time),
		cmocka_unit_test(bad_times_are_refused),
		cmocka_unit_test(answers_begin_with_their_word),
		cmocka_unit_test(no_cell_is_a_formula),
		cmocka_unit_test(invitations_are_folded_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
