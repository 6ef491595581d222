#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "incident/retry.h"

#define DAY	86400

static const struct {
	enum retry_why	why;
	int		attempt;
	int64_t		asked;
	int64_t		low, high;	/* -1, -1: no further try */
} rows[] = {
	{ RETRY_AGAIN,   1,  0,		24, 36 },
	{ RETRY_AGAIN,   0,  0,		24, 36 },	/* as the first */
	{ RETRY_AGAIN,  -7,  0,		24, 36 },
	{ RETRY_AGAIN,   2,  0,		48, 72 },
	{ RETRY_AGAIN,   4,  0,		240, 360 },
	{ RETRY_AGAIN,   8,  0,		2880, 4320 },
	{ RETRY_AGAIN,  10,  0,		5760, 8640 },
	{ RETRY_AGAIN,  11,  0,		5760, 8640 },
	{ RETRY_AGAIN,  INT32_MAX, 0,	5760, 8640 },
	{ RETRY_AGAIN,   1,  600,	600, 600 },	/* the peer's wish */
	{ RETRY_AGAIN,   1,  3,		24, 36 },	/* never faster */
	{ RETRY_AGAIN,   1,  -5,	24, 36 },
	{ RETRY_AGAIN,   1,  10 * DAY,	DAY, DAY },
	{ RETRY_RELAY,   1,  0,		12, 18 },
	{ RETRY_RELAY,   9,  0,		480, 720 },
	{ RETRY_RELAY,  99,  0,		480, 720 },
	{ RETRY_UNKNOWN, 1,  0,		240, 360 },
	{ RETRY_UNKNOWN, 3,  0,		5760, 8640 },
	{ RETRY_UNKNOWN, 4,  0,		-1, -1 },
	{ RETRY_UNKNOWN, 99, 0,		-1, -1 },
	{ RETRY_UNKNOWN, 4,  60,	-1, -1 },
};

static void
delays(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (int64_t id = 0; id < 500; id++) {
			int64_t got = retry_delay(rows[i].attempt, id,
			    rows[i].why, rows[i].asked);

			if (got < rows[i].low || got > rows[i].high)
				fail_msg("row %zu id %d: got %d, want %d..%d",
				    i, (int)id, (int)got, (int)rows[i].low,
				    (int)rows[i].high);
			if (got != retry_delay(rows[i].attempt, id,
			    rows[i].why, rows[i].asked))
				fail_msg("row %zu: not the same twice", i);
		}
}

static void
jitter_spreads(void **unused)
{
	int	seen[7200 * 2] = { 0 }, n = 0;

	(void)unused;
	for (int64_t id = 1; id <= 1000; id++) {
		int64_t d = retry_delay(8, id, RETRY_AGAIN, 0);

		n += seen[d]++ == 0;
	}
	if (n < 30)
		fail_msg("1000 promises come back in only %d seconds", n);
}

static void
tries_outlast_greylist(void **unused)
{
	int64_t	now = 1000;
	int	tries = 0;

	(void)unused;
	for (int n = 1;; n++) {
		int64_t next = retry_next(n, 7, RETRY_AGAIN, 0, now,
		    1000 + 3 * DAY);

		if (next == 0)
			break;
		assert_true(next > now);
		assert_true(next <= 1000 + 3 * DAY);
		now = next;
		tries++;
	}
	assert_int_equal(now, 1000 + 3 * DAY);	/* the last try is at the end */
	assert_true(tries > 20 && tries < 60);
}

static void
gives_up(void **unused)
{
	(void)unused;
	assert_int_equal(retry_next(1, 1, RETRY_AGAIN, 0, 400, 400), 0);
	assert_int_equal(retry_next(1, 1, RETRY_AGAIN, 0, 399, 400), 400);
	assert_int_equal(retry_next(4, 1, RETRY_UNKNOWN, 0, 101, 100 + DAY),
	    0);
	assert_in_range(retry_next(1, 1, RETRY_RELAY, 0, 101, 100 + DAY),
	    113, 119);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(delays),
		cmocka_unit_test(jitter_spreads),
		cmocka_unit_test(tries_outlast_greylist),
		cmocka_unit_test(gives_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
