/*
 * db_sqlite - the embedded driver, and the only file that knows SQLite.
 *
 * One connection, one process that writes (a lock file says so), WAL with an
 * fsync for every commit.  The file may come from a backup that somebody
 * touched, so the schema is not trusted either.
 */
#include "store/db.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "store/db_file.h"

#define APPLICATION	0x546f6373	/* "Tocs", in the file's header */
#define BUSY_MS		5000
#define HEAP_MAX	(512LL * 1024 * 1024)
#define VALUE_MAX	(128 * 1024 * 1024)	/* twice the largest frame */
#define CHECK_MAX	(256LL * 1024 * 1024)	/* larger: not at every start */

struct lite {
	sqlite3	*db;
	char	*file;
	int	 lock;			/* of the writer, or -1 */
	int	 ailing;		/* the disk failed us, or a neighbour */
};

static enum rc
fault(struct lite *l, int code, const char *what, struct err *err)
{
	int	sys = l->db == NULL ? 0 : sqlite3_system_errno(l->db);
	enum rc	rc = RC_BROKEN;

	switch (code & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		l->ailing = 1;
		rc = RC_AGAIN;
		break;
	case SQLITE_CONSTRAINT:
		rc = RC_REFUSED;
		break;
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
	case SQLITE_FULL:
		l->ailing = 1;
		if (sys != 0)
			return err_set(err, rc, "store %s: %s: %s: %s (%d)",
			    l->file, what, sqlite3_errmsg(l->db),
			    strerror(sys), code);
		break;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:	/* whatever was asked: the file is at fault */
		l->ailing = 1;
		return err_set(err, rc, "store %s: %s (%d); if the name is "
		    "right, put a backup in its place", l->file,
		    sqlite3_errmsg(l->db), code);
	case SQLITE_READONLY:
		l->ailing = 1;
		break;
	default:
		break;
	}
	return err_set(err, rc, "store %s: %.80s: %s (%d)", l->file, what,
	    l->db == NULL ? sqlite3_errstr(code) : sqlite3_errmsg(l->db),
	    code);
}

static enum rc
lite_exec(void *h, const char *sql, struct err *err)
{
	struct lite	*l = h;
	int		 r = sqlite3_exec(l->db, sql, NULL, NULL, NULL);

	return r == SQLITE_OK ? RC_OK : fault(l, r, sql, err);
}

/* The first column of the first row as text; "" when there is none. */
static enum rc
ask(struct lite *l, const char *sql, char *to, size_t size, struct err *err)
{
	sqlite3_stmt	*st;
	const char	*text;
	int		 r;

	to[0] = '\0';
	r = sqlite3_prepare_v2(l->db, sql, -1, &st, NULL);
	if (r == SQLITE_OK) {
		r = sqlite3_step(st);
		if (r == SQLITE_ROW) {
			text = (const char *)sqlite3_column_text(st, 0);
			(void)snprintf(to, size, "%s", text ? text : "");
		}
		if (r == SQLITE_ROW || r == SQLITE_DONE)
			r = SQLITE_OK;
		(void)sqlite3_finalize(st);
	}
	return r == SQLITE_OK ? RC_OK : fault(l, r, sql, err);
}

static enum rc
ask_int(struct lite *l, const char *sql, int64_t *v, struct err *err)
{
	char	text[32];
	enum rc	rc = ask(l, sql, text, sizeof(text), err);

	*v = strtoll(text, NULL, 10);
	return rc;
}

static enum rc
harden(struct lite *l, struct err *err)
{
	static const struct {
		int	what, on;
	} flags[] = {
		{ SQLITE_DBCONFIG_DEFENSIVE, 1 },
		{ SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
		{ SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
		{ SQLITE_DBCONFIG_DQS_DML, 0 },
		{ SQLITE_DBCONFIG_DQS_DDL, 0 },
		{ SQLITE_DBCONFIG_ENABLE_FKEY, 1 },
		{ SQLITE_DBCONFIG_ENABLE_VIEW, 0 },
	};
	static const struct {
		int	what, most;
	} limits[] = {
		{ SQLITE_LIMIT_LENGTH, VALUE_MAX },
		{ SQLITE_LIMIT_SQL_LENGTH, 64 * 1024 },
		{ SQLITE_LIMIT_ATTACHED, 0 },
		{ SQLITE_LIMIT_EXPR_DEPTH, 100 },
		{ SQLITE_LIMIT_VARIABLE_NUMBER, 100 },
		{ SQLITE_LIMIT_TRIGGER_DEPTH, 4 },
	};
	int	r = SQLITE_OK;

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (r == SQLITE_OK)
			r = sqlite3_db_config(l->db, flags[i].what,
			    flags[i].on, (int *)NULL);
	if (r != SQLITE_OK)
		return fault(l, r, "harden", err);
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		(void)sqlite3_limit(l->db, limits[i].what, limits[i].most);
	(void)sqlite3_extended_result_codes(l->db, 1);
	(void)sqlite3_busy_timeout(l->db, BUSY_MS);
	return lite_exec(l, "PRAGMA page_size=8192;"	/* of a new file */
	    "PRAGMA cell_size_check=ON;"
	    "PRAGMA recursive_triggers=ON;"	/* guards see REPLACE too */
	    "PRAGMA mmap_size=0;"	/* an I/O error must not be SIGBUS */
	    "PRAGMA temp_store=MEMORY;"
	    "PRAGMA cache_size=-4096", err);
}

/* A file of somebody else's must not be changed, only an empty one taken. */
static enum rc
recognise(struct lite *l, int write, struct err *err)
{
	int64_t	app, tables;
	char	sql[64];
	enum rc	rc;

	rc = ask_int(l, "PRAGMA application_id", &app, err);
	if (rc == RC_OK)
		rc = ask_int(l, "SELECT count(*) FROM sqlite_schema", &tables,
		    err);
	if (rc != RC_OK || app == APPLICATION)
		return rc;
	if (app != 0 || tables != 0 || !write)
		return err_set(err, RC_BROKEN,
		    "store %s: a database, but not one of Tocsin's", l->file);
	(void)snprintf(sql, sizeof(sql), "PRAGMA application_id=%d",
	    APPLICATION);
	return lite_exec(l, sql, err);
}

/* A large file would hold the start up; `tocsin verify` looks at all of it. */
static enum rc
quick_check(struct lite *l, struct err *err)
{
	int64_t	pages, size;
	char	text[200];
	enum rc	rc;

	rc = ask_int(l, "PRAGMA page_count", &pages, err);
	if (rc == RC_OK)
		rc = ask_int(l, "PRAGMA page_size", &size, err);
	if (rc != RC_OK || pages > CHECK_MAX / size)
		return rc;
	rc = ask(l, "PRAGMA quick_check(1)", text, sizeof(text), err);
	if (rc == RC_OK && strcmp(text, "ok") != 0)
		return err_set(err, RC_BROKEN,
		    "store %s: damaged, restore a backup: %s", l->file, text);
	return rc;
}

static enum rc
set_up(struct lite *l, int write, struct err *err)
{
	char	mode[16];
	enum rc	rc;

	rc = harden(l, err);
	if (rc == RC_OK)
		rc = recognise(l, write, err);
	if (rc != RC_OK)
		return rc;
	if (!write)
		return lite_exec(l, "PRAGMA query_only=ON", err);
	rc = ask(l, "PRAGMA journal_mode=WAL", mode, sizeof(mode), err);
	if (rc == RC_OK && strcmp(mode, "wal") != 0)
		return err_set(err, RC_BROKEN,
		    "store %s: journal mode is %s, expected wal", l->file,
		    mode);
	if (rc == RC_OK)
		rc = lite_exec(l, "PRAGMA synchronous=FULL;"
		    "PRAGMA wal_autocheckpoint=6000;"
		    "PRAGMA journal_size_limit=67108864", err);
	return rc == RC_OK ? quick_check(l, err) : rc;
}

static void
lite_close(void *h)
{
	struct lite	*l = h;

	if (l->lock != -1)
		(void)sqlite3_wal_checkpoint_v2(l->db, NULL,
		    SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	(void)sqlite3_close(l->db);
	if (l->lock != -1)
		(void)close(l->lock);
	free(l->file);
	free(l);
}

static enum rc
lite_open(const char *where, enum db_mode mode, void **h, struct err *err)
{
	struct lite	*l = xcalloc(1, sizeof(*l));
	char		 path[PATH_MAX];
	int		 r, flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW |
			    SQLITE_OPEN_EXRESCODE;
	const int	 write = mode != DB_READ;
	enum rc		 rc;

	l->lock = -1;
	/* No threads here; refused, harmlessly, when SQLite already runs. */
	(void)sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	(void)sqlite3_hard_heap_limit64(HEAP_MAX);
	rc = file_resolve(where, path, sizeof(path), err);
	l->file = xstrdup(rc == RC_OK ? path : where);
	if (rc == RC_OK && write)
		rc = file_lock(path, &l->lock, err);
	if (rc == RC_OK)
		rc = file_there(path, mode == DB_MAKE, err);
	if (rc == RC_OK) {
		flags |= write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
		r = sqlite3_open_v2(path, &l->db, flags, NULL);
		rc = r == SQLITE_OK ? set_up(l, write, err) :
		    fault(l, r, "open", err);
	}
	if (rc != RC_OK) {
		(void)sqlite3_close(l->db);
		if (l->lock != -1)
			(void)close(l->lock);
		free(l->file);
		free(l);
		return rc;
	}
	*h = l;
	return RC_OK;
}

/* Upgrading a reader to a writer fails at once, whatever the time-out. */
static enum rc
lite_begin(void *h, int write, struct err *err)
{
	return lite_exec(h, write ? "BEGIN IMMEDIATE" : "BEGIN", err);
}

/*
 * A file that was deleted or replaced under us takes every write and keeps
 * none: what is committed to it is lost when we end.
 */
static enum rc
lite_commit(void *h, struct err *err)
{
	struct lite	*l = h;
	int		 moved = 0;

	/* Two who write here would each do all that is to be done. */
	if (l->lock != -1 && file_lock_keep(l->file, &l->lock, err) != RC_OK)
		return err_prefix(err, RC_BROKEN, "its lock was deleted");
	if (sqlite3_file_control(l->db, "main", SQLITE_FCNTL_HAS_MOVED,
	    &moved) == SQLITE_OK && moved) {
		l->ailing = 1;
		return err_set(err, RC_BROKEN, "store: %s: the file was "
		    "deleted or replaced while in use",
		    sqlite3_db_filename(l->db, "main"));
	}
	return lite_exec(h, "COMMIT", err);
}

static void
lite_rollback(void *h)
{
	struct lite	*l = h;

	(void)sqlite3_exec(l->db, "ROLLBACK", NULL, NULL, NULL);
}

static int
lite_in_tx(void *h)
{
	struct lite	*l = h;

	return !sqlite3_get_autocommit(l->db);
}

static enum rc
lite_guard(void *h, const char *table, unsigned what, struct err *err)
{
	char	sql[1024] = "";
	int	n = 0;

	if (what & DB_NO_UPDATE)
		n = snprintf(sql, sizeof(sql),
		    "CREATE TRIGGER %s_no_update BEFORE UPDATE ON %s BEGIN "
		    "SELECT RAISE(ABORT, '%s: rows are never changed'); END;",
		    table, table, table);
	if (what & DB_NO_DELETE)
		(void)snprintf(sql + n, sizeof(sql) - (size_t)n,
		    "CREATE TRIGGER %s_no_delete BEFORE DELETE ON %s BEGIN "
		    "SELECT RAISE(ABORT, '%s: rows are never deleted'); END;"
		    "CREATE TRIGGER %s_at_end BEFORE INSERT ON %s WHEN EXISTS "
		    "(SELECT 1 FROM %s WHERE rowid >= NEW.rowid) BEGIN "
		    "SELECT RAISE(ABORT, '%s: rows go to the end'); END;",
		    table, table, table, table, table, table, table);
	return lite_exec(h, sql, err);
}

static enum rc
lite_has(void *h, const char *name, int *has, struct err *err)
{
	char	sql[256];
	int64_t	n = 0;
	enum rc	rc;

	(void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM sqlite_schema "
	    "WHERE name = '%s'", name);
	rc = ask_int(h, sql, &n, err);
	*has = n > 0;
	return rc;
}

static enum rc
lite_guarded(void *h, const char *table, unsigned what, int *is,
    struct err *err)
{
	static const struct {
		unsigned	 what;
		const char	*name;
	} triggers[] = {
		{ DB_NO_UPDATE, "no_update" }, { DB_NO_DELETE, "no_delete" },
		{ DB_NO_DELETE, "at_end" }
	};
	char	name[128];
	enum rc	rc = RC_OK;

	*is = 1;
	for (size_t i = 0; rc == RC_OK && *is && i < 3; i++) {
		(void)snprintf(name, sizeof(name), "%s_%s", table,
		    triggers[i].name);
		if (what & triggers[i].what)
			rc = lite_has(h, name, is, err);
	}
	return rc;
}

static enum rc
lite_version(void *h, int *version, struct err *err)
{
	int64_t	v = 0;
	enum rc	rc = ask_int(h, "PRAGMA user_version", &v, err);

	*version = (int)v;
	return rc;
}

static enum rc
lite_set_version(void *h, int version, struct err *err)
{
	char	sql[64];

	(void)snprintf(sql, sizeof(sql), "PRAGMA user_version=%d", version);
	return lite_exec(h, sql, err);
}

static int64_t
lite_changes(void *h)
{
	struct lite	*l = h;

	return sqlite3_changes64(l->db);
}

static int64_t
lite_made_id(void *h)
{
	struct lite	*l = h;

	return sqlite3_last_insert_rowid(l->db);
}

static void
lite_rest(void *h)
{
	struct lite	*l = h;

	(void)sqlite3_db_release_memory(l->db);
}

static enum rc
lite_check(void *h, struct err *err)
{
	struct lite	*l = h;
	char		 text[256];
	enum rc		 rc;

	rc = ask(l, "PRAGMA integrity_check(1)", text, sizeof(text), err);
	if (rc == RC_OK && strcmp(text, "ok") != 0)
		return err_set(err, RC_REFUSED, "store %s: %s", l->file, text);
	if (rc == RC_OK)
		rc = ask(l, "PRAGMA foreign_key_check", text, sizeof(text),
		    err);
	if (rc == RC_OK && text[0] != '\0')
		return err_set(err, RC_REFUSED,
		    "store %s: a row of %s refers to nothing", l->file, text);
	return rc;
}

/* All pages in one step: one view of the file, whoever writes meanwhile. */
static enum rc
copy_pages(struct lite *from, struct lite *to, const char *sql,
    struct err *err)
{
	sqlite3_backup	*b;
	char		 text[200];
	enum rc		 rc;
	int		 r;

	b = sqlite3_backup_init(to->db, "main", from->db, "main");
	if (b == NULL)
		return fault(to, sqlite3_extended_errcode(to->db), "backup",
		    err);
	r = sqlite3_backup_step(b, -1);
	(void)sqlite3_backup_finish(b);
	if (r != SQLITE_DONE)
		return fault(to, r, "backup", err);
	rc = ask(to, "PRAGMA journal_mode=DELETE", text, sizeof(text), err);
	if (rc == RC_OK)
		rc = lite_exec(to, sql, err);
	if (rc == RC_OK)
		rc = ask(to, "PRAGMA integrity_check(1)", text, sizeof(text),
		    err);
	if (rc == RC_OK && strcmp(text, "ok") != 0)
		rc = err_set(err, RC_BROKEN, "backup %s: damaged: %s",
		    to->file, text);
	return rc;
}

static enum rc
lite_backup(void *h, const char *file, const char *sql, struct err *err)
{
	struct lite	 to = { .lock = -1 };
	char		 path[PATH_MAX], part[PATH_MAX];
	enum rc		 rc;
	int		 r;

	rc = file_resolve(file, path, sizeof(path), err);
	if (rc == RC_OK)
		rc = file_part(path, part, sizeof(part), err);
	if (rc != RC_OK)
		return rc;
	to.file = part;
	r = sqlite3_open_v2(part, &to.db, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE,
	    NULL);
	rc = r == SQLITE_OK ? copy_pages(h, &to, sql, err) :
	    fault(&to, r, "open", err);
	(void)sqlite3_close(to.db);
	if (rc == RC_OK)
		rc = file_keep(part, path, err);
	if (rc != RC_OK)
		(void)unlink(part);
	return rc;
}

static enum rc
lite_prepare(void *h, const char *sql, void **s, int *readonly,
    struct err *err)
{
	struct lite	*l = h;
	sqlite3_stmt	*st;
	int		 r;

	r = sqlite3_prepare_v3(l->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &st,
	    NULL);
	if (r != SQLITE_OK)
		return fault(l, r, sql, err);
	*readonly = sqlite3_stmt_readonly(st);
	*s = st;
	return RC_OK;
}

static void
lite_finalize(void *s)
{
	(void)sqlite3_finalize(s);
}

static int
lite_bind_int(void *s, int i, int64_t v)
{
	return sqlite3_bind_int64(s, i + 1, v) == SQLITE_OK ? 0 : -1;
}

static int
lite_bind_text(void *s, int i, const char *p, size_t n)
{
	return sqlite3_bind_text64(s, i + 1, p, n, SQLITE_STATIC,
	    SQLITE_UTF8) == SQLITE_OK ? 0 : -1;
}

static int
lite_bind_blob(void *s, int i, const void *p, size_t n)
{
	return sqlite3_bind_blob64(s, i + 1, n == 0 ? "" : p, n,
	    SQLITE_STATIC) == SQLITE_OK ? 0 : -1;
}

static int
lite_bind_null(void *s, int i)
{
	return sqlite3_bind_null(s, i + 1) == SQLITE_OK ? 0 : -1;
}

static enum rc
lite_step(void *h, void *s, int *row, struct err *err)
{
	struct lite	*l = h;
	int		 r = sqlite3_step(s);

	*row = r == SQLITE_ROW;
	if (r == SQLITE_ROW || r == SQLITE_DONE)
		return RC_OK;
	return fault(l, sqlite3_extended_errcode(l->db), sqlite3_sql(s), err);
}

static void
lite_reset(void *s)
{
	(void)sqlite3_reset(s);
}

static int64_t
lite_col_int(void *s, int i)
{
	return sqlite3_column_int64(s, i);
}

static const void *
lite_col_bytes(void *s, int i, size_t *n)
{
	const void	*p = sqlite3_column_blob(s, i);

	*n = (size_t)sqlite3_column_bytes(s, i);
	if (p == NULL && sqlite3_column_type(s, i) != SQLITE_NULL)
		p = "";		/* empty, which SQLite gives as NULL */
	return p;
}

static int
lite_ailing(void *h)
{
	struct lite	*l = h;

	return l->ailing;
}

static enum rc
lite_hold_room(void *h, struct err *err)
{
	struct lite	*l = h;

	return file_hold_room(l->file, err);
}

static void
lite_use_room(void *h)
{
	struct lite	*l = h;

	file_use_room(l->file);
}

const struct db_driver db_sqlite = {
	.name = "sqlite",
	.word_id = "INTEGER PRIMARY KEY",
	.word_int = "INTEGER",
	.word_blob = "BLOB",
	.word_strict = "STRICT",
	.open = lite_open,
	.close = lite_close,
	.begin = lite_begin,
	.commit = lite_commit,
	.rollback = lite_rollback,
	.in_tx = lite_in_tx,
	.exec = lite_exec,
	.guard = lite_guard,
	.has = lite_has,
	.guarded = lite_guarded,
	.version = lite_version,
	.set_version = lite_set_version,
	.changes = lite_changes,
	.made_id = lite_made_id,
	.backup = lite_backup,
	.check = lite_check,
	.rest = lite_rest,
	.ailing = lite_ailing,
	.hold_room = lite_hold_room,
	.use_room = lite_use_room,
	.prepare = lite_prepare,
	.finalize = lite_finalize,
	.bind_int = lite_bind_int,
	.bind_text = lite_bind_text,
	.bind_blob = lite_bind_blob,
	.bind_null = lite_bind_null,
	.step = lite_step,
	.reset = lite_reset,
	.col_int = lite_col_int,
	.col_bytes = lite_col_bytes,
};
