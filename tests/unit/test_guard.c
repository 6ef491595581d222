#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mail/guard.h"

#define CAP	100	/* literal_max in these tests */

static const struct row {
	const char	*in;
	const char	*out;		/* NULL: refused */
	unsigned	 skipped;
} rows[] = {
	/* passed as they are */
	{ "* 12 EXISTS\r\n", "* 12 EXISTS\r\n", 0 },
	{ "* 12 EXISTS\n", "* 12 EXISTS\r\n", 0 },
	{ "* CAPABILITY IMAP4rev1 IDLE\r\n", "* CAPABILITY IMAP4rev1 IDLE\r\n",
	    0 },
	{ "* 1 FETCH (UID 5 BODY[] {3}\r\nabc)\r\n",
	    "* 1 FETCH (UID 5 BODY[] {3}\r\nabc)\r\n", 0 },
	{ "* 1 FETCH (UID 5 BODY[] {0}\r\n)\r\n",
	    "* 1 FETCH (UID 5 BODY[] {0}\r\n)\r\n", 0 },
	{ "* 1 FETCH (UID 5 BODY[] {7}\r\n* x\r\n{9)\r\n",
	    "* 1 FETCH (UID 5 BODY[] {7}\r\n* x\r\n{9)\r\n", 0 },
	{ "* 1 FETCH (BODY[] {1}\r\na BODY[] {1}\r\nb)\r\n",
	    "* 1 FETCH (BODY[] {1}\r\na BODY[] {1}\r\nb)\r\n", 0 },
	{ "* 1 FETCH (UID 5 BODY[] \"a(b\\\"((\")\r\n",
	    "* 1 FETCH (UID 5 BODY[] \"a(b\\\"((\")\r\n", 0 },
	{ "* 1 FETCH (UID 5 BODY[] NIL)\r\n",
	    "* 1 FETCH (UID 5 BODY[] NIL)\r\n", 0 },
	/* literals are made plain */
	{ "* 1 FETCH (UID 5 BODY[] {3+}\r\nabc)\r\n",
	    "* 1 FETCH (UID 5 BODY[] {3}\r\nabc)\r\n", 0 },
	{ "* 1 FETCH (UID 5 BODY[] ~{3}\r\nabc)\r\n",
	    "* 1 FETCH (UID 5 BODY[] {3}\r\nabc)\r\n", 0 },
	/* words are cut off, codes we read stay */
	{ "* OK hello\r\n", "* OK -\r\n", 0 },
	{ "* OK\r\n", "* OK -\r\n", 0 },
	{ "* OK [ALERT]\r\n", "* OK -\r\n", 0 },
	{ "* OK [ALERT\r\n", "* OK -\r\n", 0 },
	{ "* OK [UIDVALIDITY 7] x\r\n", "* OK [UIDVALIDITY 7] -\r\n", 0 },
	{ "* OK [UIDVALIDITYX 7] x\r\n", "* OK -\r\n", 0 },
	{ "* OK size is {5}\r\n", "* OK -\r\n", 0 },
	{ "3 NO [ALERT]\r\n", "3 NO -\r\n", 0 },
	{ "3 ok [read-write] x\r\n", "3 ok [read-write] -\r\n", 0 },
	{ "* PREAUTH\r\n", "* PREAUTH -\r\n", 0 },
	{ "+ \r\n", "+ ok\r\n", 0 },
	{ "+\r\n", "+ ok\r\n", 0 },
	{ "+ idling\r\n", "+ idling\r\n", 0 },
	/* dropped */
	{ "\r\n", "", 0 },
	{ "* XYZZY nothing happens\r\n", "", 0 },
	{ "* XYZZY {3}\r\nabc (more {2}\r\nxy) end\r\n* 1 EXISTS\r\n",
	    "* 1 EXISTS\r\n", 0 },
	{ "* 5 FETCH (FLAGS (\\Seen))\r\n", "", 0 },
	{ "* 5 FETCHED (UID 5)\r\n", "", 0 },
	{ "* 99999999999999999999 EXISTS\r\n", "", 0 },
	{ "* 4294967296 FETCH (UID 1)\r\n", "", 0 },
	{ "* LIST () \"/\" {3}\r\nabc\r\n", "", 0 },
	/* too large: swallowed */
	{ "* 1 FETCH (UID 5 BODY[] {101}\r\n"
	    "0123456789012345678901234567890123456789012345678901234567890"
	    "1234567890123456789012345678901234567890 UID 6)\r\n",
	    "* 1 FETCH (UID 5 BODY[] NIL UID 6)\r\n", 1 },
	/* refused */
	{ "* 1 FETCH (UID 5 BODY[] {-1}\r\n", NULL, 0 },
	{ "* 1 FETCH (UID 5 BODY[] {}\r\n", NULL, 0 },
	{ "* 1 FETCH (UID 5 BODY[] {4294967290}\r\n", NULL, 0 },
	{ "* 1 FETCH (UID 5 BODY[] {99999999999999999999999}\r\n", NULL, 0 },
	{ "* XYZZY {99999999999}\r\n", NULL, 0 },
	{ "* 1 FETCH (UID 5 BODY[] {3}\r\nabc {9999999}\r\n", NULL, 0 },
	{ "Server Unavailable.\r\n", NULL, 0 },
	{ "3 FETCH\r\n", NULL, 0 },
	{ "* 1 FETCH (UID 1 X ((((((((((((((((((((((((((((((((((((((((((((",
	    "", 0 },	/* no line yet */
	{ "* 1 FETCH (UID 1 X ((((((((((((((((((((((((((((((((((((((((((\r\n",
	    NULL, 0 },
};

/* Feed in pieces of `step` bytes; the output, or NULL when refused. */
static char *
through(const char *in, size_t n, size_t step, unsigned *skipped)
{
	static char	 out[4096];
	struct guard	 g;
	struct err	 err;
	size_t		 at = 0, got = 0, some;
	enum rc		 rc = RC_OK;

	guard_init(&g);
	guard_arm(&g, CAP, 10);
	while (rc == RC_OK && at < n) {
		some = n - at < step ? n - at : step;
		rc = guard_feed(&g, in + at, some, &err);
		at += some;
		while ((some = guard_read(&g, out + got, step)) > 0)
			got += some;
	}
	out[got] = '\0';
	*skipped = g.skipped;
	guard_free(&g);
	return rc == RC_OK ? out : NULL;
}

static void
every_row_in_pieces_of_every_size(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		size_t		  n = strlen(r->in);

		for (size_t step = 1; step <= n; step++) {
			unsigned	 skipped = 0;
			const char	*got = through(r->in, n, step,
					    &skipped);

			if ((got == NULL) != (r->out == NULL) || (got != NULL &&
			    strcmp(got, r->out) != 0) ||
			    (got != NULL && skipped != r->skipped))
				fail_msg("row %zu, step %zu: \"%s\": got "
				    "\"%s\" %u, want \"%s\" %u", i, step,
				    r->in, got ? got : "(refused)", skipped,
				    r->out ? r->out : "(refused)", r->skipped);
		}
	}
}

static void
a_nul_is_refused_in_a_line_and_kept_in_a_literal(void **unused)
{
	static const char	 in[] = "* 1 EX\0ISTS\r\n";
	static const char	 lit[] = "* 1 FETCH (BODY[] {3}\r\na\0b)\r\n";
	unsigned		 skipped;
	const char		*got;

	(void)unused;
	assert_null(through(in, sizeof(in) - 1, 100, &skipped));
	got = through(lit, sizeof(lit) - 1, 100, &skipped);
	assert_non_null(got);
	assert_memory_equal(got, lit, sizeof(lit) - 1);
}

static void
a_line_has_an_end(void **unused)
{
	struct guard	 g;
	struct err	 err;
	char		*x = calloc(1, 65536);
	enum rc		 rc = RC_OK;
	size_t		 fed = 0;

	(void)unused;
	assert_non_null(x);
	memset(x, 'x', 65536);
	guard_init(&g);
	while (rc == RC_OK && fed < 100u * 1024 * 1024) {
		rc = guard_feed(&g, x, 65536, &err);
		fed += 65536;
	}
	assert_int_equal(rc, RC_REFUSED);
	assert_true(fed < 8u * 1024 * 1024);
	/* and stays refused */
	assert_int_equal(guard_feed(&g, "\r\n", 2, &err), RC_REFUSED);
	guard_free(&g);
	free(x);
}

static void
answers_are_counted(void **unused)
{
	unsigned	 skipped;
	char		 in[20 * 16 + 1] = "";

	(void)unused;
	for (int i = 0; i < 10; i++)
		memcpy(in + i * 12, "* 1 EXISTS\r\n", 12);
	assert_non_null(through(in, 120, 7, &skipped));
	memcpy(in + 120, "* 1 EXISTS\r\n", 12);
	assert_null(through(in, 132, 7, &skipped));
}

static void
last_words_and_hints_are_kept(void **unused)
{
	static const struct {
		const char	*in, *said;
		int64_t		 backoff;
		int		 crowded, bye;
	} words[] = {
		{ "* BYE go\r\n", "BYE go", 0, 0, 1 },
		{ "3 NO why\r\n* BYE go\r\n* BYE go\r\n",
		    "NO why; BYE go", 0, 0, 1 },
		{ "7 NO [LIMIT] Too many connections\r\n",
		    "NO [LIMIT] Too many connections", 0, 1, 0 },
		{ "7 BAD Request is throttled. Suggested Backoff Time: 299961 "
		    "milliseconds\r\n", "BAD Request is throttled. Suggested "
		    "Backoff Time: 299961 milliseconds", 299961, 0, 0 },
		{ "7 NO [OVERQUOTA] x\r\n", "NO [OVERQUOTA] x", 0, 1, 0 },
		{ "7 OK fine\r\n", "", 0, 0, 0 },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct guard	g;
		struct err	err;

		guard_init(&g);
		assert_int_equal(guard_feed(&g, words[i].in,
		    strlen(words[i].in), &err), RC_OK);
		assert_string_equal(g.said, words[i].said);
		assert_int_equal(g.backoff_ms, words[i].backoff);
		assert_int_equal(g.crowded, words[i].crowded);
		assert_int_equal(g.bye, words[i].bye);
		guard_free(&g);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_in_pieces_of_every_size),
		cmocka_unit_test(
		    a_nul_is_refused_in_a_line_and_kept_in_a_literal),
		cmocka_unit_test(a_line_has_an_end),
		cmocka_unit_test(answers_are_counted),
		cmocka_unit_test(last_words_and_hints_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
