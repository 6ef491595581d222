#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "mail/imap.h"

/* The pure parts of imap_uids.c; servers are met in tests/e2e. */

static void
folders(void **unused)
{
	static const struct {
		const char	*name, *want;	/* NULL: refused */
	} rows[] = {
		{ "INBOX", "\"INBOX\"" },
		{ "a b", "\"a b\"" },
		{ "a&b", "\"a&-b\"" },
		{ "a\"b\\c", "\"a\\\"b\\\\c\"" },
		{ "台北", "\"&U,BTFw-\"" },
		{ "~peter/mail/台北/日本語", "\"~peter/mail/&U,BTFw-/&ZeVnLIqe-\"" },
		{ "已處理 & x", "\"&XfKGVXQG- &- x\"" },
		{ "\xf0\x9f\x98\x80", "\"&2D3eAA-\"" },	/* beyond 16 bits */
		{ "", NULL },
		{ NULL, NULL },
		{ "a\r\nb", NULL },
		{ "a\x7f", NULL },
		{ "\xff\xfe", NULL },
		{ "\xc0\x8a", NULL },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf	plain, b;
		int		r;

		buf_init(&plain, 4096);
		buf_init(&b, 4096);
		r = imap_utf7(&plain, rows[i].name);
		if (r == 0)
			imap_quote(&b, plain.data);
		if ((r == -1) != (rows[i].want == NULL))
			fail_msg("row %zu: got %d", i, r);
		if (rows[i].want != NULL &&
		    strcmp(b.data, rows[i].want) != 0)
			fail_msg("row %zu: got %s, want %s", i, b.data,
			    rows[i].want);
		buf_free(&b);
		buf_free(&plain);
	}
}

static void
uids_in_and_out(void **unused)
{
	static const struct {
		const char	*in, *set;	/* NULL: refused */
	} rows[] = {
		{ "1", "1" },
		{ "1,2,3", "1:3" },
		{ "3,1,2,7", "1:3,7" },
		{ "1,3,5", "1,3,5" },
		{ "4294967295,1", "1,4294967295" },
		{ "", "" },
		{ "0", NULL },
		{ "4294967296", NULL },
		{ "99999999999999999999999", NULL },
		{ "-1", NULL },
		{ "+1", NULL },
		{ " 1", NULL },
		{ "1;2", NULL },
		{ "1:*", NULL },
		{ "1\r\n2 LOGOUT", NULL },
		{ "a", NULL },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t	*uid;
		struct err	 err;
		struct buf	 b;
		size_t		 n;
		enum rc		 rc = imap_uids(rows[i].in, &uid, &n, &err);

		buf_init(&b, 4096);
		if (rc != (rows[i].set != NULL ? RC_OK : RC_REFUSED))
			fail_msg("row %zu: \"%s\": got %s", i, rows[i].in,
			    rc_name(rc));
		if (rc == RC_OK) {
			imap_set(&b, uid, n);
			if (strcmp(b.data, rows[i].set) != 0)
				fail_msg("row %zu: got %s, want %s", i,
				    b.data, rows[i].set);
		}
		free(uid);
		buf_free(&b);
	}
}

static void
given_is_a_sorted_set(void **unused)
{
	struct conf_mailbox	 c = { .after = AFTER_FLAG };
	struct imap		*im = imap_new(&c, 1000);

	(void)unused;
	for (uint32_t i = 0; i < 1000; i++)
		uids_add(&im->given, i * 7919 % 1009 + 1);
	uids_add(&im->given, 5);		/* there already */
	for (size_t i = 1; i < im->given.n; i++)
		assert_true(im->given.uid[i - 1] < im->given.uid[i]);
	assert_int_equal(im->given.n, 1000);
	assert_true(uids_has(&im->given, 1));
	for (uint32_t i = 0; i < 1000; i++)
		uids_drop(&im->given, i * 7919 % 1009 + 1);
	uids_drop(&im->given, 5);
	assert_int_equal(im->given.n, 0);
	assert_false(uids_has(&im->given, 1));
	imap_free(&im);
	assert_null(im);
}

/* Later and less often with each try; the operator hears of it once. */
static void
trouble_is_tried_again(void **unused)
{
	struct conf_mailbox	 c = { .after = AFTER_FLAG };
	struct imap		*im = imap_new(&c, 1000);
	struct imap_mail	 m = { .uid = 5, .size = 9 };
	struct imap_mail	 other = { .uid = 6, .size = 9 };
	int64_t			 wait, last = 0;
	int			 told = 0;

	(void)unused;
	imap_trouble_add(im, &other, "reason");
	for (int i = 1; i <= 10; i++) {
		imap_trouble_add(im, &m, "because");
		wait = imap_trouble_get(im, 5)->next - clock_mono_ms();
		assert_true(wait + 1000 >= last);
		assert_true(wait <= 3600 * 1000);
		last = wait;
		if (im->set_aside[0] != '\0') {
			told++;
			assert_non_null(strstr(im->set_aside, "uid 5 "));
			assert_non_null(strstr(im->set_aside, "because"));
			im->set_aside[0] = '\0';
		}
	}
	assert_int_equal(told, 1);
	assert_int_equal(imap_trouble_get(im, 5)->tries, 10);
	imap_trouble_drop(im, 6);
	imap_trouble_drop(im, 6);
	assert_null(imap_trouble_get(im, 6));
	assert_non_null(imap_trouble_get(im, 5));
	imap_free(&im);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(folders),
		cmocka_unit_test(uids_in_and_out),
		cmocka_unit_test(given_is_a_sorted_set),
		cmocka_unit_test(trouble_is_tried_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
