/*
 * test_store_faults - the disk says no, at each write and each sync in turn.
 *
 * Whatever fails: what was committed is there, what was not is there whole or
 * not at all, the file is sound, and the store opens again.
 */
#include "store_fixture.h"

#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#define ROUNDS	4

static struct err	err;

/* What the shim between SQLite and the disk does. */
static struct {
	long	countdown;	/* fails when it reaches 0; 0: never */
	int	keeps_failing;
	int	torn;		/* half of a failing write gets there */
	int	code;		/* for writes */
	int	failed;		/* how often */
} disk;

/* One for each table of methods that the real one gives its files. */
static struct shim {
	sqlite3_io_methods	  io;	/* first: the file points at it */
	const sqlite3_io_methods *real;
} shims[4];
static sqlite3_vfs	*real_vfs;
static sqlite3_vfs	 shim_vfs;

static const sqlite3_io_methods *
real_io(const sqlite3_file *f)
{
	return ((const struct shim *)(const void *)f->pMethods)->real;
}

static int
fails(void)
{
	if (disk.failed > 0 && disk.keeps_failing) {
		disk.failed++;
		return 1;
	}
	if (disk.countdown == 0 || --disk.countdown > 0)
		return 0;
	disk.failed++;
	return 1;
}

static int
shim_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	if (!fails())
		return real_io(f)->xWrite(f, p, n, at);
	if (disk.torn && n > 1)
		(void)real_io(f)->xWrite(f, p, n / 2, at);
	return disk.code;
}

static int
shim_sync(sqlite3_file *f, int flags)
{
	return fails() ? SQLITE_IOERR_FSYNC : real_io(f)->xSync(f, flags);
}

static int
shim_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	return fails() ? SQLITE_IOERR_TRUNCATE : real_io(f)->xTruncate(f, size);
}

static int
shim_shm_map(sqlite3_file *f, int page, int size, int extend,
    void volatile **p)
{
	return extend && fails() ? SQLITE_IOERR_SHMSIZE :
	    real_io(f)->xShmMap(f, page, size, extend, p);
}

/* The real file with four of its methods replaced. */
static int
shim_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags,
    int *out)
{
	struct shim	*sh = shims;
	int		 r = real_vfs->xOpen(vfs, name, f, flags, out);

	if (r != SQLITE_OK || f->pMethods == NULL)
		return r;
	while (sh->real != NULL && sh->real != f->pMethods)
		sh++;
	assert_true(sh < shims + 4);
	if (sh->real == NULL) {
		sh->real = f->pMethods;
		sh->io = *sh->real;
		sh->io.xWrite = shim_write;
		sh->io.xSync = shim_sync;
		sh->io.xTruncate = shim_truncate;
		if (sh->io.xShmMap != NULL)
			sh->io.xShmMap = shim_shm_map;
	}
	f->pMethods = &sh->io;
	return r;
}

static int
shim_in(void **unused)
{
	(void)unused;
	real_vfs = sqlite3_vfs_find(NULL);
	shim_vfs = *real_vfs;
	shim_vfs.zName = "shim";
	shim_vfs.xOpen = shim_open;
	return sqlite3_vfs_register(&shim_vfs, 1);
}

static enum rc
round_in_tx(struct store *s, int i)
{
	char		raw[6000], uid[16], tracking[32], msgid[32];
	struct mail	m = { .mailbox = "main", .uidvalidity = 1,
			    .uid = uid, .raw = raw, .raw_len = sizeof(raw) };
	struct incident	in = { .tracking = tracking, .summary = "s" };
	struct journal_row j = { .at = i, .event = "opened", .detail = "{}" };
	struct outbox_item it = { .to_addr = "a@x", .message_id = msgid,
			    .content = raw, .content_len = sizeof(raw) };
	enum rc		rc;

	memset(raw, 'a' + i % 26, sizeof(raw));
	(void)snprintf(uid, sizeof(uid), "%d", i);
	(void)snprintf(tracking, sizeof(tracking), "CSI-%d", i);
	(void)snprintf(msgid, sizeof(msgid), "<%d@t>", i);
	if ((rc = spool_add(s, &m, i, &err)) != RC_OK ||
	    (rc = incident_put(s, &in, &err)) != RC_OK)
		return rc;
	j.incident = it.incident = m.incident = in.id;
	j.mail = it.mail = m.id;
	m.disposition = DISP_REPORT;
	if ((rc = journal_add(s, &j, &err)) != RC_OK ||
	    (rc = outbox_add(s, &it, i, &err)) != RC_OK)
		return rc;
	return spool_settle(s, &m, &err);
}

/* One mail, one incident, one row, one promise, or none of them. */
static enum rc
one_round(struct store *s, int i)
{
	enum rc	rc, end;

	rc = store_begin(s, &err);
	if (rc != RC_OK)
		return rc;
	rc = round_in_tx(s, i);
	if (rc == RC_OK)
		return store_commit(s, &err);
	end = store_commit(s, &err);	/* must not go through */
	assert_int_equal(end, RC_BROKEN);
	return rc;
}

/* As far as it goes; *acked has a bit for each round that was committed. */
static enum rc
scenario(struct fixture *f, unsigned *acked)
{
	enum rc	rc, first = RC_OK;

	*acked = 0;
	rc = store_open(f->file, STORE_MAKE, &f->s, &err);
	if (rc != RC_OK)
		return rc;
	for (int i = 0; i < ROUNDS; i++) {
		err.text[0] = '\0';
		rc = one_round(f->s, i);
		if (rc == RC_OK)
			*acked |= 1u << i;
		else if (first == RC_OK)
			first = rc;
		if (rc != RC_OK && err.text[0] == '\0')
			fail_msg("no text in round %d", i);
	}
	return first;
}

static void
nobody_is_bad(void *unused, int64_t id, const char *want, const char *got)
{
	(void)unused;
	fail_msg("mail %lld: %s is %s", (long long)id, want, got);
}

static void
inspect(struct fixture *f, unsigned acked)
{
	static const char *const tables[] = {
		"spool", "spool_raw", "incident", "journal", "outbox",
		"outbox_content"
	};
	struct incident	in;
	char		text[128];
	int64_t		count, rows;

	fixture_shut(f);
	OK(store_open(f->file, STORE_MAKE, &f->s, &err));
	OK(store_check(f->s, &err));
	OK(journal_verify(f->s, &rows, &err));
	OK(spool_verify(f->s, nobody_is_bad, NULL, &count, &err));
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		(void)snprintf(text, sizeof(text), "SELECT count(*) FROM %s",
		    tables[i]);
		count = fixture_sql(f, text);
		if (count != rows)
			fail_msg("%lld rows in %s, %lld in journal",
			    (long long)count, tables[i], (long long)rows);
	}
	for (int i = 0; i < ROUNDS; i++) {
		if (!(acked & 1u << i))
			continue;
		(void)snprintf(text, sizeof(text), "CSI-%d", i);
		OK(incident_find(f->s, text, f->a, &in, &err));
	}
	OK(one_round(f->s, 1000));
	fixture_shut(f);
}

/* Fail the n-th operation for n = 1, 2, ... until nothing fails any more. */
static void
fail_each(struct fixture *f, int code, int keeps_failing, int torn)
{
	unsigned	acked;
	enum rc		rc;
	int		hits = 0, broken = 0, n;

	fixture_shut(f);
	for (n = 1; n < 10000; n++) {
		(void)snprintf(f->file, sizeof(f->file), "%s/%d.db", f->dir,
		    n);
		memset(&disk, 0, sizeof(disk));
		disk.countdown = n;
		disk.code = code;
		disk.keeps_failing = keeps_failing;
		disk.torn = torn;
		rc = scenario(f, &acked);
		store_close(&f->s);	/* its checkpoint may fail too */
		disk.countdown = 0;
		disk.keeps_failing = 0;
		if (rc != RC_OK && rc != RC_BROKEN)
			fail_msg("operation %d: %s, %s", n, rc_name(rc),
			    err.text);
		if (disk.failed == 0) {
			assert_int_equal(rc, RC_OK);
			assert_int_equal(acked, (1u << ROUNDS) - 1);
			break;
		}
		hits++;
		broken += rc == RC_BROKEN;
		inspect(f, acked);
	}
	/* The shim is really in the way: a commit is many operations. */
	assert_true(n < 10000);
	assert_true(hits > 5 * ROUNDS);
	assert_true(broken > 2 * ROUNDS);
}

static void
disk_full_for_good(void **state)
{
	fail_each(*state, SQLITE_FULL, 1, 0);
}

static void
disk_full_once(void **state)
{
	fail_each(*state, SQLITE_FULL, 0, 0);
}

static void
torn_write_and_dead_disk(void **state)
{
	fail_each(*state, SQLITE_IOERR_WRITE, 1, 1);
}

static void
torn_write_once(void **state)
{
	fail_each(*state, SQLITE_IOERR_WRITE, 0, 1);
}

static void
text_names_file_and_reason(void **state)
{
	struct fixture	*f = *state;

	memset(&disk, 0, sizeof(disk));
	disk.countdown = 1;
	disk.code = SQLITE_FULL;
	disk.keeps_failing = 1;
	WANT(RC_BROKEN, one_round(f->s, 1));
	memset(&disk, 0, sizeof(disk));
	OK(store_begin(f->s, &err));
	disk.countdown = 1;
	disk.code = SQLITE_FULL;
	OK(round_in_tx(f->s, 1));
	WANT(RC_BROKEN, store_commit(f->s, &err));
	memset(&disk, 0, sizeof(disk));
	assert_non_null(strstr(err.text, f->file));
	assert_non_null(strstr(err.text, "full"));
}

#define TEST(t)	cmocka_unit_test_setup_teardown(t, fixture_open, fixture_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(disk_full_for_good),
		TEST(disk_full_once),
		TEST(torn_write_and_dead_disk),
		TEST(torn_write_once),
		TEST(text_names_file_and_reason),
	};

	return cmocka_run_group_tests(tests, shim_in, NULL);
}
