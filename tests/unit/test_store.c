/*
 * test_store - opening, locking, schema, transactions, backup and facts.
 */
#include "store_fixture.h"

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/db.h"
#include "store/known.h"
#include "store/schema.h"

static int64_t
count(const struct fixture *f, const char *table)
{
	char	sql[128];

	(void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", table);
	return fixture_sql(f, sql);
}

/*
 * What a child answers to opening the store for writing.  It dies by SIGKILL:
 * a lock that it got must go, and no checker may look at its memory.
 */
static enum rc
open_elsewhere(const struct fixture *f, char *text, size_t size)
{
	struct store	*s;
	struct err	 err = { "" };
	enum rc		 rc;
	ssize_t		 n;
	pid_t		 pid;
	int		 p[2], status;

	assert_int_equal(pipe(p), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		rc = store_open(f->file, STORE_WRITE, &s, &err);
		if (write(p[1], &rc, sizeof(rc)) < 0 ||
		    write(p[1], err.text, strlen(err.text)) < 0)
			_exit(99);
		(void)kill(getpid(), SIGKILL);
	}
	(void)close(p[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(read(p[0], &rc, sizeof(rc)), sizeof(rc));
	n = read(p[0], text, size - 1);
	text[n < 0 ? 0 : n] = '\0';
	(void)close(p[0]);
	return rc;
}

static void
second_writer_is_told_who(void **state)
{
	struct fixture	*f = *state;
	char		 text[600], pid[32];

	(void)snprintf(pid, sizeof(pid), "process %ld ", (long)getpid());
	assert_int_equal(open_elsewhere(f, text, sizeof(text)), RC_AGAIN);
	assert_non_null(strstr(text, pid));
	fixture_shut(f);
	assert_int_equal(open_elsewhere(f, text, sizeof(text)), RC_OK);
	fixture_reopen(f);	/* the child is dead: its lock is gone */
}

static void
lock_is_not_inherited(void **state)
{
	struct fixture	*f = *state;
	char		 text[600];
	pid_t		 pid = fork();
	int		 status;

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)pause();
		_exit(0);
	}
	fixture_shut(f);
	assert_int_equal(open_elsewhere(f, text, sizeof(text)), RC_OK);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, &status, 0);
}

static void
names_of_the_store(void **state)
{
	static const struct {
		const char	*url;	/* %s: the fixture's directory */
		enum store_mode	 mode;
		enum rc		 want;
		const char	*text;
	} cases[] = {
		{ "sqlite:%s/a.db", STORE_WRITE, RC_REFUSED, "not there" },
		{ "sqlite:%s/a.db", STORE_MAKE, RC_OK, "" },
		{ "sqlite:%s/a.db", STORE_WRITE, RC_OK, "" },
		{ "%s/./b.db", STORE_MAKE, RC_OK, "" },
		{ "%s/none.db", STORE_READ, RC_REFUSED, "not there" },
		{ "%s/none/c.db", STORE_MAKE, RC_BROKEN, "No such file" },
		{ "%s/", STORE_MAKE, RC_BROKEN, "name of a file" },
		{ "postgresql://x%s", STORE_WRITE, RC_BROKEN, "no driver" },
		{ "%s/link.db", STORE_WRITE, RC_BROKEN, "unable to open" },
		{ "%s/text.db", STORE_WRITE, RC_BROKEN, "not a database" },
		{ "%s/text.db", STORE_READ, RC_BROKEN, "not a database" },
		{ "%s/other.db", STORE_MAKE, RC_BROKEN, "not one of Tocsin" },
		{ "%s/empty.db", STORE_READ, RC_REFUSED, "empty" },
		{ "%s/empty.db", STORE_WRITE, RC_REFUSED, "empty" },
		{ "%s/bare.db", STORE_WRITE, RC_REFUSED, "nothing in it" },
		{ "%s/empty.db", STORE_MAKE, RC_OK, "" },
		{ "%s/lost.db", STORE_MAKE, RC_REFUSED, "lost.db-wal" },
	};
	struct fixture	*f = *state, other;
	char		 name[256], text[4096];
	struct store	*s;
	struct err	 err;
	FILE		*fp;
	enum rc		 rc;

	(void)snprintf(name, sizeof(name), "%s/link.db", f->dir);
	assert_int_equal(symlink("t.db", name), 0);
	(void)snprintf(name, sizeof(name), "%s/empty.db", f->dir);
	assert_non_null(fp = fopen(name, "w"));
	(void)fclose(fp);
	(void)snprintf(name, sizeof(name), "%s/lost.db-wal", f->dir);
	assert_non_null(fp = fopen(name, "w"));
	(void)fputs("changes", fp);
	(void)fclose(fp);
	(void)snprintf(other.file, sizeof(other.file), "%s/bare.db", f->dir);
	(void)fixture_sql(&other, "PRAGMA user_version=1;"
	    "PRAGMA user_version=0");
	(void)snprintf(name, sizeof(name), "%s/text.db", f->dir);
	assert_non_null(fp = fopen(name, "w"));
	memset(text, 'x', sizeof(text));
	assert_int_equal(fwrite(text, 1, sizeof(text), fp), sizeof(text));
	(void)fclose(fp);
	(void)snprintf(other.file, sizeof(other.file), "%s/other.db", f->dir);
	(void)fixture_sql(&other, "CREATE TABLE t (x)");

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		(void)snprintf(name, sizeof(name), cases[i].url, f->dir);
#pragma GCC diagnostic pop
		err.text[0] = '\0';
		rc = store_open(name, cases[i].mode, &s, &err);
		if (rc != cases[i].want ||
		    strstr(err.text, cases[i].text) == NULL)
			fail_msg("%s: got %s (%s), want %s (%s)", name,
			    rc_name(rc), err.text, rc_name(cases[i].want),
			    cases[i].text);
		assert_int_equal(s != NULL, rc == RC_OK);
		store_close(&s);
	}
	assert_int_equal(fixture_sql(&other,
	    "SELECT count(*) FROM sqlite_schema"), 1);
}

static void
file_is_private(void **state)
{
	struct fixture	*f = *state;
	struct stat	 st;

	assert_int_equal(stat(f->file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

/* A store of every version that ever was comes up to the newest. */
static void
every_version_is_migrated(void **state)
{
	struct fixture	*f = *state;
	struct err	 err;
	struct db	*db;
	int		 version;

	for (int v = 0; v <= schema_newest(); v++) {
		fixture_shut(f);
		(void)snprintf(f->file, sizeof(f->file), "%s/v%d.db", f->dir,
		    v);
		OK(db_open(f->file, DB_MAKE, &db, &err));
		OK(schema_migrate(db, v, &err));
		OK(db_version(db, &version, &err));
		assert_int_equal(version, v);
		db_close(&db);
		if (v < schema_newest()) {
			WANT(v == 0 ? RC_REFUSED : RC_BROKEN,
			    store_open(f->file, STORE_READ, &f->s, &err));
			assert_non_null(strstr(err.text, v == 0 ?
			    "nothing in it" : "older"));
		}
		fixture_reopen(f);
		assert_int_equal(fixture_sql(f, "PRAGMA user_version"),
		    schema_newest());
		OK(store_begin(f->s, &err));
		(void)fixture_mail(f->s, 1);
		OK(store_commit(f->s, &err));
		OK(store_check(f->s, &err));
	}
}

/* Version 2 kept the report of a mail in the mail's own row. */
static void
reports_move_to_their_own_table(void **state)
{
	struct fixture	*f = *state;
	struct mail	 m;
	struct err	 err;
	struct db	*db;

	fixture_shut(f);
	(void)snprintf(f->file, sizeof(f->file), "%s/two.db", f->dir);
	OK(db_open(f->file, DB_MAKE, &db, &err));
	OK(schema_migrate(db, 2, &err));
	db_close(&db);
	(void)fixture_sql(f, "INSERT INTO spool (mailbox, uidvalidity,"
	    " uid_num, uid, arrived, stored_at, size, raw_len, sha256,"
	    " disposition, message_id, why, report) VALUES ('a', 1, 7, '7', 5,"
	    " 6, 3, 3, 'x', 'report', '<7@x>', 'because', '{\"kind\":7}'),"
	    " ('a', 1, 8, '8', 5, 6, 3, 3, 'y', 'new', NULL, NULL, NULL);"
	    "INSERT INTO spool_raw (mail, raw) VALUES"
	    " (1, CAST('abc' AS BLOB)), (2, CAST('def' AS BLOB))");
	fixture_reopen(f);
	OK(spool_get(f->s, 1, 1, f->a, &m, &err));
	assert_string_equal(m.report, "{\"kind\":7}");
	assert_string_equal(m.message_id, "<7@x>");
	assert_string_equal(m.why, "because");
	assert_string_equal(m.raw, "abc");
	assert_int_equal(m.disposition, DISP_REPORT);
	OK(spool_get(f->s, 2, 1, f->a, &m, &err));
	assert_null(m.report);
	assert_int_equal(m.disposition, DISP_NEW);
	OK(store_check(f->s, &err));
	fixture_shut(f);
	assert_int_equal(fixture_sql(f, "SELECT count(*) FROM spool_report"),
	    1);
	assert_int_equal(fixture_sql(f, "SELECT count(*) FROM"
	    " pragma_table_info('spool') WHERE name = 'report'"), 0);
}

static void
newer_schema_is_left_alone(void **state)
{
	static const enum store_mode modes[] = { STORE_WRITE, STORE_READ };
	struct fixture	*f = *state;
	struct err	 err;

	fixture_shut(f);
	(void)fixture_sql(f, "PRAGMA user_version=99");
	for (size_t i = 0; i < 2; i++) {
		WANT(RC_BROKEN, store_open(f->file, modes[i], &f->s, &err));
		assert_non_null(strstr(err.text, "99"));
		assert_non_null(strstr(err.text, "newer"));
	}
	assert_int_equal(fixture_sql(f, "PRAGMA user_version"), 99);
}

static void
failed_migration_leaves_nothing(void **state)
{
	struct fixture	*f = *state;
	struct err	 err;
	struct db	*db;

	fixture_shut(f);
	(void)snprintf(f->file, sizeof(f->file), "%s/half.db", f->dir);
	OK(db_open(f->file, DB_MAKE, &db, &err));
	db_close(&db);
	(void)fixture_sql(f, "CREATE TABLE receipt (in_the_way)");
	WANT(RC_BROKEN, store_open(f->file, STORE_MAKE, &f->s, &err));
	assert_non_null(strstr(err.text, "schema 0 to 1"));
	assert_int_equal(fixture_sql(f, "PRAGMA user_version"), 0);
	assert_int_equal(fixture_sql(f,
	    "SELECT count(*) FROM sqlite_schema"), 1);
}

static void
damaged_file_is_refused(void **state)
{
	struct fixture	*f = *state;
	char		 junk[4096];
	struct err	 err;
	struct stat	 st;
	FILE		*fp;

	OK(store_begin(f->s, &err));
	for (int i = 0; i < 500; i++)
		(void)fixture_mail(f->s, i);
	OK(store_commit(f->s, &err));
	fixture_shut(f);
	assert_int_equal(stat(f->file, &st), 0);
	memset(junk, 0xa5, sizeof(junk));
	assert_non_null(fp = fopen(f->file, "r+"));
	for (long at = 3 * 8192; at < st.st_size; at += 5 * 8192) {
		assert_int_equal(fseek(fp, at, SEEK_SET), 0);
		assert_int_equal(fwrite(junk, 1, sizeof(junk), fp),
		    sizeof(junk));
	}
	assert_int_equal(fclose(fp), 0);
	WANT(RC_BROKEN, store_open(f->file, STORE_WRITE, &f->s, &err));
	assert_non_null(strstr(err.text, f->file));
}

static void
rollback_takes_everything_back(void **state)
{
	struct fixture	*f = *state;
	struct err	 err;

	OK(store_begin(f->s, &err));
	(void)fixture_mail(f->s, 1);
	(void)fixture_incident(f->s, 1);
	store_rollback(f->s);
	store_rollback(f->s);
	assert_int_equal(count(f, "spool") + count(f, "incident"), 0);

	OK(store_begin(f->s, &err));	/* closing is no commit */
	(void)fixture_mail(f->s, 1);
	fixture_reopen(f);
	assert_int_equal(count(f, "spool"), 0);
}

static void
transactions_are_demanded(void **state)
{
	struct fixture	*f = *state;
	struct mail	 m = { .mailbox = "m", .uid = "1" };
	struct err	 err;

	WANT(RC_BROKEN, spool_add(f->s, &m, 1, &err));
	WANT(RC_BROKEN, fact_put(f->s, "a", "b", &err));
	WANT(RC_BROKEN, store_commit(f->s, &err));
	OK(store_begin(f->s, &err));
	WANT(RC_BROKEN, store_begin(f->s, &err));
	WANT(RC_BROKEN, store_backup(f->s, "/tmp/never.db", 7, &err));
	OK(store_commit(f->s, &err));
	assert_int_equal(count(f, "spool"), 0);
}

/* Whoever goes on after RC_BROKEN cannot commit the half that worked. */
static void
failed_change_spoils_the_transaction(void **state)
{
	static const char good[] = "INSERT INTO fact (name) VALUES ('a')";
	static const char bad[] = "INSERT INTO nowhere (name) VALUES ('a')";
	struct fixture	*f = *state;
	struct db_stmt	*st;
	struct err	 err;
	struct db	*db;

	fixture_shut(f);
	OK(db_open(f->file, DB_MAKE, &db, &err));
	OK(db_begin(db, &err));
	OK(db_run(db_sql(db, good), NULL, &err));
	st = db_sql(db, bad);		/* and is told when it is run */
	db_put_int(st, 1);
	db_put_text(st, "a");
	db_put_blob(st, "a", 1);
	WANT(RC_BROKEN, db_run(st, NULL, &err));
	assert_non_null(strstr(err.text, "nowhere"));
	WANT(RC_BROKEN, db_commit(db, &err));
	OK(db_begin(db, &err));		/* and the next one is its own */
	OK(db_commit(db, &err));
	WANT(RC_BROKEN, db_ddl(db, "CREATE {what}", &err));
	db_close(&db);
	assert_int_equal(count(f, "fact"), 0);
}

static void
reader_sees_only_what_is_committed(void **state)
{
	struct fixture	*f = *state;
	const char	*v;
	struct store	*r;
	struct err	 err;

	OK(store_open(f->file, STORE_READ, &r, &err));
	OK(store_begin(f->s, &err));
	OK(fact_put(f->s, "canary", "1", &err));
	OK(fact_get(r, "canary", f->a, &v, &err));
	assert_null(v);
	OK(store_commit(f->s, &err));
	OK(fact_get(r, "canary", f->a, &v, &err));
	assert_string_equal(v, "1");

	OK(store_begin(r, &err));	/* one view, whatever is written */
	OK(fact_get(r, "canary", f->a, &v, &err));
	OK(store_begin(f->s, &err));
	OK(fact_put(f->s, "canary", "2", &err));
	OK(store_commit(f->s, &err));
	OK(fact_get(r, "canary", f->a, &v, &err));
	assert_string_equal(v, "1");
	WANT(RC_BROKEN, fact_put(r, "canary", "3", &err));
	store_rollback(r);
	OK(fact_get(r, "canary", f->a, &v, &err));
	assert_string_equal(v, "2");
	store_close(&r);
}

/* What a copy says of when it was made. */
static void
copied_at(const char *file, const char *want)
{
	struct arena	*a = arena_new();
	struct store	*s;
	struct err	 err;
	const char	*text;

	OK(store_open(file, STORE_READ, &s, &err));
	OK(fact_get(s, STORE_COPIED, a, &text, &err));
	assert_string_equal(text, want);
	store_close(&s);
	arena_free(&a);
}

static void
backup_is_whole_or_not_there(void **state)
{
	struct fixture	*f = *state, copy;
	char		 part[128];
	struct store	*r;
	struct err	 err;
	struct stat	 st;
	FILE		*fp;

	OK(store_begin(f->s, &err));
	for (int i = 0; i < 100; i++)
		(void)fixture_mail(f->s, i);
	OK(store_commit(f->s, &err));
	(void)snprintf(copy.file, sizeof(copy.file), "%s/copy.db", f->dir);
	(void)snprintf(part, sizeof(part), "%s.part", copy.file);
	assert_non_null(fp = fopen(part, "w"));	/* of one that was killed */
	(void)fputs("rubbish", fp);
	(void)fclose(fp);
	OK(store_open(f->file, STORE_READ, &r, &err));
	OK(store_backup(r, copy.file, 7, &err));	/* while another may write */
	store_close(&r);
	assert_int_equal(stat(part, &st), -1);
	assert_int_equal(stat(copy.file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(count(&copy, "spool_raw"), 100);
	WANT(RC_REFUSED, store_backup(f->s, copy.file, 7, &err));
	OK(store_open(copy.file, STORE_WRITE, &r, &err));
	OK(store_check(r, &err));
	(void)snprintf(part, sizeof(part), "%s/again.db", f->dir);
	OK(store_backup(r, part, 9, &err));	/* nobody has worked with it */
	copied_at(part, "7");
	OK(store_begin(r, &err));
	OK(fact_put(r, STORE_COPIED, "", &err));	/* as desk_again.c does */
	OK(store_commit(r, &err));
	(void)snprintf(part, sizeof(part), "%s/later.db", f->dir);
	OK(store_backup(r, part, 9, &err));
	copied_at(part, "9");
	store_close(&r);
	(void)snprintf(part, sizeof(part), "%s/no/copy.db", f->dir);
	WANT(RC_BROKEN, store_backup(f->s, part, 7, &err));
}

static void
check_finds_a_loose_row(void **state)
{
	struct fixture	*f = *state;
	struct err	 err;

	OK(store_check(f->s, &err));
	(void)fixture_sql(f, "INSERT INTO receipt (outbox, at, code, attempt)"
	    " VALUES (42, 0, 0, 0)");
	WANT(RC_REFUSED, store_check(f->s, &err));
	assert_non_null(strstr(err.text, "receipt"));
}

static void
facts_are_replaced(void **state)
{
	struct fixture	*f = *state;
	const char	*v = "x";
	struct err	 err;

	OK(fact_get(f->s, "a", f->a, &v, &err));
	assert_null(v);
	OK(store_begin(f->s, &err));
	OK(fact_put(f->s, "a", "1", &err));
	OK(fact_put(f->s, "b", "", &err));
	OK(fact_put(f->s, "a", "二", &err));
	OK(store_commit(f->s, &err));
	fixture_reopen(f);
	OK(fact_get(f->s, "a", f->a, &v, &err));
	assert_string_equal(v, "二");
	OK(fact_get(f->s, "b", f->a, &v, &err));
	assert_string_equal(v, "");
}

static void
facts_are_dropped_by_name_or_by_value(void **state)
{
	static const char *const names[] = { "w:1", "w:2", "w:3", "w%4", "v" };
	static const char *const left[] = { NULL, NULL, "8", "7", "7" };
	struct fixture	*f = *state;
	const char	*v;
	struct err	 err;

	OK(store_begin(f->s, &err));
	for (size_t i = 0; i < 5; i++)
		OK(fact_put(f->s, names[i], i == 2 ? "8" : "7", &err));
	OK(fact_drop(f->s, "w:1", &err));
	OK(fact_drop(f->s, "none", &err));
	OK(fact_drop_all(f->s, "w:", "7", &err));
	OK(store_commit(f->s, &err));
	for (size_t i = 0; i < 5; i++) {
		OK(fact_get(f->s, names[i], f->a, &v, &err));
		if (left[i] == NULL)
			assert_null(v);
		else
			assert_string_equal(v, left[i]);
	}
}

static void
rest_gives_back_the_cache(void **state)
{
	struct fixture	*f = *state;
	const char	*v;
	struct err	 err;
	int64_t		 before;

	OK(store_begin(f->s, &err));
	for (int i = 0; i < 100; i++)
		(void)fixture_mail(f->s, i);
	OK(fact_put(f->s, "a", "1", &err));
	OK(store_commit(f->s, &err));
	before = sqlite3_memory_used();
	store_rest(f->s);
	assert_true(sqlite3_memory_used() < before / 2);
	OK(fact_get(f->s, "a", f->a, &v, &err));
	assert_string_equal(v, "1");
}

/* Open and close; the answer, which has these words when it is no. */
static enum rc
known(const struct fixture *f, const char *file, enum known_how how,
    const char *says)
{
	char		 url[256];
	struct err	 err = { "" };
	struct store	*s;
	enum rc		 rc;

	(void)snprintf(url, sizeof(url), "sqlite:%s/%s", f->dir, file);
	rc = known_open(f->dir, url, how, &s, &err);
	assert_int_equal(s != NULL, rc == RC_OK);
	store_close(&s);
	if (rc != RC_OK && strstr(err.text, says) == NULL)
		fail_msg("%s does not say %s", err.text, says);
	return rc;
}

static void
a_store_is_made_once(void **state)
{
	struct fixture	*f = *state;
	char		 db[256], kept[256], note[256];

	(void)snprintf(db, sizeof(db), "%s/k.db", f->dir);
	(void)snprintf(kept, sizeof(kept), "%s/kept", f->dir);
	(void)snprintf(note, sizeof(note), "%s/tocsin.store", f->dir);
	assert_int_equal(known(f, "k.db", KNOWN_READ, "yet"), RC_REFUSED);
	assert_int_equal(access(note, F_OK), -1);
	assert_int_equal(known(f, "k.db", KNOWN_WRITE, ""), RC_OK);
	assert_int_equal(known(f, "k.db", KNOWN_WRITE, ""), RC_OK);
	assert_int_equal(known(f, "k.db", KNOWN_ANEW, "records in it"),
	    RC_REFUSED);
	/* Another one, where there is none: a slip in the configuration. */
	assert_int_equal(known(f, "l.db", KNOWN_WRITE, "/k.db"), RC_REFUSED);
	assert_int_equal(rename(db, kept), 0);
	assert_int_equal(known(f, "k.db", KNOWN_READ, db), RC_REFUSED);
	assert_int_equal(known(f, "k.db", KNOWN_WRITE, note), RC_REFUSED);
	assert_int_equal(access(db, F_OK), -1);
	(void)fclose(fopen(db, "w"));
	assert_int_equal(known(f, "k.db", KNOWN_WRITE, "empty"), RC_REFUSED);
	assert_int_equal(rename(kept, db), 0);
	assert_int_equal(known(f, "k.db", KNOWN_WRITE, ""), RC_OK);
	assert_int_equal(unlink(db), 0);
	assert_int_equal(known(f, "k.db", KNOWN_ANEW, ""), RC_OK);
	assert_int_equal(known(f, "k.db", KNOWN_WRITE, ""), RC_OK);
	/* It was moved, and the configuration says so. */
	(void)snprintf(kept, sizeof(kept), "%s/l.db", f->dir);
	assert_int_equal(rename(db, kept), 0);
	assert_int_equal(known(f, "l.db", KNOWN_WRITE, ""), RC_OK);
	assert_int_equal(known(f, "k.db", KNOWN_WRITE, "/l.db"), RC_REFUSED);
	/* A house of before there were notes. */
	assert_int_equal(unlink(note), 0);
	assert_int_equal(known(f, "l.db", KNOWN_WRITE, ""), RC_OK);
	assert_int_equal(access(note, F_OK), 0);
}

#define TEST(t)	cmocka_unit_test_setup_teardown(t, fixture_open, fixture_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(second_writer_is_told_who),
		TEST(lock_is_not_inherited),
		TEST(names_of_the_store),
		TEST(file_is_private),
		TEST(every_version_is_migrated),
		TEST(reports_move_to_their_own_table),
		TEST(newer_schema_is_left_alone),
		TEST(failed_migration_leaves_nothing),
		TEST(damaged_file_is_refused),
		TEST(rollback_takes_everything_back),
		TEST(transactions_are_demanded),
		TEST(failed_change_spoils_the_transaction),
		TEST(reader_sees_only_what_is_committed),
		TEST(backup_is_whole_or_not_there),
		TEST(check_finds_a_loose_row),
		TEST(facts_are_replaced),
		TEST(facts_are_dropped_by_name_or_by_value),
		TEST(rest_gives_back_the_cache),
		TEST(a_store_is_made_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
