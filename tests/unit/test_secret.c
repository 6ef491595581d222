/* Passwords that people write into mails are masked; talk of them is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "parsers/secret.h"

static const struct {
	const char	*text, *want;
	int		 seen;
} cases[] = {
	{ "密碼：Abc12345", "密碼：********", 1 },
	{ "我的密碼是 P@ssw0rd 請幫忙", "我的密碼是 ******** 請幫忙", 1 },
	{ "密碼為「qwer1234」。", "密碼為「********」。", 1 },
	{ "Password: hunter2\nthanks", "Password: ********\nthanks", 1 },
	{ "PWD=tt_66x; user=a", "PWD=******** user=a", 1 },
	{ "my password was \"s3cret!\"", "my password was \"********\"", 1 },
	{ "pass word is:  a1b2c3", "pass word is:  ********", 1 },
	{ "帳密：root / toor", "帳密：********", 1 },
	{ "帳號/密碼：admin／admin", "帳號/密碼：********", 1 },
	{ "帳號：ming 密碼：Ab#9999\n簡述：密碼：Zz_1234",
	  "帳號：ming 密碼：********\n簡述：密碼：********", 2 },
	{ "密码:1qaz2wsx 口令：9876", "密码:******** 口令：********", 2 },
	/* talk of passwords */
	{ "密碼已更換，長度8碼以上", NULL, 0 },
	{ "密碼：已於 115/11/27 更換", NULL, 0 },
	{ "密碼：2026-11-27 已更換", NULL, 0 },
	{ "請問密碼是否要換？", NULL, 0 },
	{ "the password is required.", NULL, 0 },
	{ "Password: see https://intranet.example/reset", NULL, 0 },
	{ "password: https://intranet.example/reset1", NULL, 0 },
	{ "帳號密碼遭竊，電話：02-2720-8889", NULL, 0 },
	{ "收到釣魚信要求輸入帳號、密碼", NULL, 0 },
	{ "密碼：", NULL, 0 },
	{ "密碼：********", NULL, 0 },
	{ "", NULL, 0 },
};

static void
masked(void **unused)
{
	struct arena	*a = arena_new();

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int		 seen = 0;
		const char	*got = secret_mask(a, cases[i].text, &seen);
		const char	*want = cases[i].want != NULL ?
				    cases[i].want : cases[i].text;

		if (strcmp(got, want) != 0 || seen != cases[i].seen)
			fail_msg("\"%s\": got \"%s\" (%d), want \"%s\" (%d)",
			    cases[i].text, got, seen, want, cases[i].seen);
	}
	arena_free(&a);
}

/* Lines that make a pattern work are cut off by its limits, not by hours. */
static void
long_lines_end(void **unused)
{
	struct arena	*a = arena_new();
	struct buf	 b;
	int		 seen = 0;

	(void)unused;
	buf_init(&b, 1u << 20);
	while (b.len < 500000)
		(void)buf_puts(&b, "password is password= ");
	assert_int_equal(strlen(secret_mask(a, b.data, &seen)), b.len);
	buf_reset(&b);
	while (b.len < 200000)
		(void)buf_puts(&b, "密碼：ab12\n");
	(void)secret_mask(a, b.data, &seen);
	assert_true(seen > 1000);
	/* far behind in one line, and across the end of what is looked at */
	for (size_t at = 16 * 1024 - 20; at < 40000; at += at < 16 * 1024 + 9 ?
	    1 : 10007) {
		const char	*got;

		buf_reset(&b);
		while (b.len < at)
			(void)buf_putc(&b, 'x');
		(void)buf_puts(&b, " 密碼：Abc12345");
		seen = 0;
		got = secret_mask(a, b.data, &seen);
		assert_int_equal(seen, 1);
		assert_null(strstr(got, "Abc12345"));
	}
	buf_free(&b);
	arena_free(&a);
}

static int
set_up(void **unused)
{
	struct err	err;

	(void)unused;
	return secret_prepare(&err) == RC_OK ? 0 : -1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(masked),
		cmocka_unit_test(long_lines_end),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
