/*
 * test_journal - the chain holds, and every way of tampering is found.
 */
#include "store_fixture.h"

#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

static struct err	err;

static void
write_rows(struct fixture *f, int n)
{
	OK(store_begin(f->s, &err));
	for (int i = 1; i <= n; i++) {
		struct journal_row	r = {
			.at = 100 + i, .incident = i % 3, .tracking = "CSI-1",
			.event = "level", .actor = i % 2 ? "a@x" : NULL,
			.role = "team", .mail = i, .detail = "{\"級\":3}"
		};

		OK(journal_add(f->s, &r, &err));
		assert_int_equal(strlen(r.hash), 64);
	}
	OK(store_commit(f->s, &err));
}

/* Computed apart from this program, by the script in doc/journal.md. */
static void
hash_is_as_documented(void **state)
{
	static const char *const want[] = {
		"c15540517a99e3e7ac62c5a7991b632c"
		    "da7dcb2584fafae58dfeecd8bb824789",
		"7315cc9c75c0c1072423afb2a74bdd6a"
		    "e2da09e511ac415dc1314e7edfa8bad4",
	};
	struct fixture	*f = *state;
	struct journal_row *v;
	size_t		 n;

	write_rows(f, 2);
	OK(journal_list(f->s, 0, 0, -1, f->a, &v, &n, &err));
	assert_int_equal(n, 2);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(v[i].hash, want[i]);
}

static void
rows_come_back(void **state)
{
	static const struct {
		int64_t	incident, from;
		int	max;
		size_t	n;
		int64_t	first;
	} cases[] = {
		{ 0, 0, -1, 9, 1 }, { 0, 4, -1, 6, 4 }, { 0, 4, 2, 2, 4 },
		{ 1, 0, -1, 3, 1 }, { 2, 3, -1, 2, 5 }, { 7, 0, -1, 0, 0 },
	};
	struct fixture	*f = *state;
	struct journal_row *v;
	int64_t		 count;
	size_t		 n;

	OK(journal_verify(f->s, &count, &err));
	assert_int_equal(count, 0);
	write_rows(f, 9);
	fixture_reopen(f);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		OK(journal_list(f->s, cases[i].incident, cases[i].from,
		    cases[i].max, f->a, &v, &n, &err));
		if (n != cases[i].n || (n > 0 && v[0].seq != cases[i].first))
			fail_msg("case %zu: %zu rows", i, n);
	}
	OK(journal_list(f->s, 0, 4, 1, f->a, &v, &n, &err));
	assert_int_equal(v[0].at, 104);
	assert_int_equal(v[0].incident, 1);
	assert_int_equal(v[0].mail, 4);
	assert_string_equal(v[0].tracking, "CSI-1");
	assert_string_equal(v[0].event, "level");
	assert_null(v[0].actor);
	assert_string_equal(v[0].role, "team");
	assert_string_equal(v[0].detail, "{\"級\":3}");
	OK(journal_verify(f->s, &count, &err));
	assert_int_equal(count, 9);
}

/* The database itself refuses, for every connection. */
static void
rows_cannot_be_changed(void **state)
{
	static const char *const sql[] = {
		"UPDATE journal SET detail = 'x' WHERE seq = 1",
		"DELETE FROM journal WHERE seq = 3",
		"DELETE FROM journal",
		"INSERT INTO journal (seq, at, incident, mail, hash)"
		    " VALUES (2, 0, 0, 0, 'x')",
		"INSERT OR REPLACE INTO journal (seq, at, incident, mail,"
		    " hash) VALUES (3, 0, 0, 0, 'x')",
		"INSERT INTO journal (seq, at, incident, mail, hash)"
		    " VALUES (-1, 0, 0, 0, 'x')",
		"UPDATE spool_raw SET raw = x'00'",
	};
	struct fixture	*f = *state;
	sqlite3		*db;
	int64_t		 count;

	write_rows(f, 3);
	OK(store_begin(f->s, &err));
	(void)fixture_mail(f->s, 1);
	OK(store_commit(f->s, &err));
	assert_int_equal(sqlite3_open(f->file, &db), SQLITE_OK);
	for (size_t i = 0; i < sizeof(sql) / sizeof(sql[0]); i++)
		if ((sqlite3_exec(db, sql[i], NULL, NULL, NULL) & 0xff) !=
		    SQLITE_CONSTRAINT)
			fail_msg("allowed: %s", sql[i]);
	(void)sqlite3_close(db);
	OK(journal_verify(f->s, &count, &err));
	assert_int_equal(count, 3);
}

static void
tampering_is_found(void **state)
{
	static const struct {
		const char	*sql, *text;
	} cases[] = {
		{ "UPDATE journal SET at = at + 1 WHERE seq = 400", "row 400" },
		{ "UPDATE journal SET incident = 9 WHERE seq = 5", "row 5" },
		{ "UPDATE journal SET mail = 0 WHERE seq = 5", "row 5" },
		{ "UPDATE journal SET tracking = 'CSI-2' WHERE seq = 5",
		    "row 5" },
		{ "UPDATE journal SET event = 'closed' WHERE seq = 5",
		    "row 5" },
		{ "UPDATE journal SET actor = '' WHERE seq = 4", "row 4" },
		{ "UPDATE journal SET role = NULL WHERE seq = 5", "row 5" },
		/* bytes moved from one column to the next */
		{ "UPDATE journal SET event = 'leve', actor = 'la@x'"
		    " WHERE seq = 5", "row 5" },
		{ "UPDATE journal SET detail = detail || ' ' WHERE seq = 1",
		    "row 1 " },
		{ "UPDATE journal SET hash = (SELECT hash FROM journal WHERE"
		    " seq = 6) WHERE seq = 5", "row 5" },
		{ "UPDATE journal SET hash = '' WHERE seq = 5", "row 5" },
		{ "DELETE FROM journal WHERE seq = 7", "row 7 is missing" },
		{ "DELETE FROM journal WHERE seq = 1", "row 1 is missing" },
		{ "INSERT INTO journal (seq, at, incident, mail, hash)"
		    " VALUES (0, 0, 0, 0, 'x')", "row 1 is missing" },
		{ "UPDATE journal SET seq = seq + 1000 WHERE seq > 300",
		    "row 301 is missing" },
	};
	struct fixture	*f = *state;
	int64_t		 count;
	char		 sql[512];

	write_rows(f, 400);
	fixture_shut(f);
	(void)fixture_sql(f, "DROP TRIGGER journal_no_update;"
	    "DROP TRIGGER journal_no_delete; DROP TRIGGER journal_at_end;"
	    "CREATE TABLE good AS SELECT * FROM journal");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)fixture_sql(f, "DELETE FROM journal;"
		    "INSERT INTO journal SELECT * FROM good");
		fixture_reopen(f);
		OK(journal_verify(f->s, &count, &err));
		assert_int_equal(count, 400);
		fixture_shut(f);
		(void)snprintf(sql, sizeof(sql), "%s", cases[i].sql);
		(void)fixture_sql(f, sql);
		fixture_reopen(f);
		WANT(RC_REFUSED, journal_verify(f->s, &count, &err));
		if (strstr(err.text, cases[i].text) == NULL)
			fail_msg("%s: %s", cases[i].sql, err.text);
		fixture_shut(f);
	}
}

static void
chain_goes_on_after_a_restart(void **state)
{
	struct fixture	*f = *state;
	int64_t		 count;

	write_rows(f, 2);
	fixture_reopen(f);
	OK(store_begin(f->s, &err));	/* rows taken back leave no gap */
	OK(journal_add(f->s, &(struct journal_row){ .at = 1 }, &err));
	store_rollback(f->s);
	write_rows(f, 2);
	OK(journal_verify(f->s, &count, &err));
	assert_int_equal(count, 4);
}

#define TEST(t)	cmocka_unit_test_setup_teardown(t, fixture_open, fixture_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(hash_is_as_documented),
		TEST(rows_come_back),
		TEST(rows_cannot_be_changed),
		TEST(tampering_is_found),
		TEST(chain_goes_on_after_a_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
