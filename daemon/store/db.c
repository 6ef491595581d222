#include "store/db.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define SLOTS	256u		/* a power of two, twice what we have */
#define DDL_MAX	(64u * 1024)

struct db_stmt {
	struct db	*db;
	const char	*sql;
	void		*s;
	int		 readonly;
	int		 busy;
	int		 bad;		/* a value did not fit */
	int		 put, get;	/* next placeholder, next column */
};

struct db {
	const struct db_driver *drv;
	void		*h;
	int		 write;
	int		 in_tx;
	int		 failed;	/* this transaction must not commit */
	unsigned	 nstmts;
	struct db_stmt	*slot[SLOTS];
	struct db_stmt	 none;		/* what could not be prepared, */
	enum rc		 none_rc;	/* and why */
	struct err	 none_why;
};

enum rc
db_open(const char *url, enum db_mode mode, struct db **out, struct err *err)
{
	static const char prefix[] = "sqlite:";
	const char	*where = url;
	struct db	*db;
	enum rc		 rc;

	*out = NULL;
	if (strncmp(url, prefix, sizeof(prefix) - 1) == 0)
		where = url + sizeof(prefix) - 1;
	else if (strstr(url, "://") != NULL)
		return err_set(err, RC_BROKEN,
		    "store %s: no driver, expected sqlite:FILE", url);
	db = xcalloc(1, sizeof(*db));
	db->drv = &db_sqlite;
	db->write = mode != DB_READ;
	db->none.db = db;
	rc = db->drv->open(where, mode, &db->h, err);
	if (rc != RC_OK) {
		free(db);
		return rc;
	}
	*out = db;
	return RC_OK;
}

void
db_close(struct db **dbp)
{
	struct db	*db = *dbp;

	if (db == NULL)
		return;
	db_rollback(db);
	for (unsigned i = 0; i < SLOTS; i++)
		if (db->slot[i] != NULL) {
			db->drv->finalize(db->slot[i]->s);
			free(db->slot[i]);
		}
	db->drv->close(db->h);
	free(db);
	*dbp = NULL;
}

enum rc
db_begin(struct db *db, struct err *err)
{
	enum rc	rc;

	if (db->in_tx)
		return err_set(err, RC_BROKEN, "store: begin inside begin");
	rc = db->drv->begin(db->h, db->write, err);
	if (rc == RC_OK)
		db->in_tx = 1;
	db->failed = 0;
	return rc;
}

enum rc
db_commit(struct db *db, struct err *err)
{
	enum rc	rc;

	if (!db->in_tx)
		return err_set(err, RC_BROKEN, "store: commit without begin");
	if (db->failed || !db->drv->in_tx(db->h)) {
		db_rollback(db);
		return err_set(err, RC_BROKEN,
		    "store: a change failed, all of them are taken back");
	}
	rc = db->drv->commit(db->h, err);
	if (rc != RC_OK)
		db_rollback(db);
	db->in_tx = 0;
	return rc;
}

void
db_rollback(struct db *db)
{
	for (unsigned i = 0; i < SLOTS; i++)
		if (db->slot[i] != NULL)
			db_done(db->slot[i]);
	if (db->drv->in_tx(db->h))
		db->drv->rollback(db->h);
	db->in_tx = 0;
	db->failed = 0;
}

static const char *
word(const struct db_driver *drv, const char *name, size_t n)
{
	const struct {
		const char *name, *is;
	} words[] = {
		{ "{id}", drv->word_id }, { "{int}", drv->word_int },
		{ "{blob}", drv->word_blob }, { "{strict}", drv->word_strict },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i].name) == n &&
		    memcmp(words[i].name, name, n) == 0)
			return words[i].is;
	return NULL;
}

enum rc
db_ddl(struct db *db, const char *sql, struct err *err)
{
	const char	*end, *is;
	struct buf	 b;
	enum rc		 rc = RC_OK;

	buf_init(&b, DDL_MAX);
	for (; rc == RC_OK && *sql != '\0'; sql++) {
		if (*sql != '{') {
			(void)buf_putc(&b, *sql);
			continue;
		}
		end = strchr(sql, '}');
		is = end == NULL ? NULL :
		    word(db->drv, sql, (size_t)(end - sql) + 1);
		if (is == NULL) {
			rc = err_set(err, RC_BROKEN, "store: unknown word in "
			    "a definition: %.20s", sql);
			break;
		}
		(void)buf_puts(&b, is);
		sql = end;
	}
	if (rc == RC_OK && b.over)
		rc = err_set(err, RC_BROKEN, "store: definition too long");
	if (rc == RC_OK)
		rc = db->drv->exec(db->h, b.data, err);
	buf_free(&b);
	if (rc != RC_OK)
		db->failed = 1;
	return rc;
}

enum rc
db_guard(struct db *db, const char *table, unsigned what, struct err *err)
{
	enum rc	rc = db->drv->guard(db->h, table, what, err);

	if (rc != RC_OK)
		db->failed = 1;
	return rc;
}

enum rc
db_has(struct db *db, const char *name, int *has, struct err *err)
{
	return db->drv->has(db->h, name, has, err);
}

enum rc
db_guarded(struct db *db, const char *table, unsigned what, int *is,
    struct err *err)
{
	return db->drv->guarded(db->h, table, what, is, err);
}

enum rc
db_version(struct db *db, int *version, struct err *err)
{
	return db->drv->version(db->h, version, err);
}

enum rc
db_set_version(struct db *db, int version, struct err *err)
{
	enum rc	rc = db->drv->set_version(db->h, version, err);

	if (rc != RC_OK)
		db->failed = 1;
	return rc;
}

enum rc
db_backup(struct db *db, const char *file, const char *sql, struct err *err)
{
	if (db->in_tx)
		return err_set(err, RC_BROKEN,
		    "store: backup inside a transaction");
	return db->drv->backup(db->h, file, sql, err);
}

enum rc
db_check(struct db *db, struct err *err)
{
	return db->drv->check(db->h, err);
}

void
db_rest(struct db *db)
{
	db->drv->rest(db->h);
}

int
db_ailing(const struct db *db)
{
	return db->drv->ailing(db->h);
}

enum rc
db_hold_room(struct db *db, struct err *err)
{
	return db->drv->hold_room(db->h, err);
}

void
db_use_room(struct db *db)
{
	db->drv->use_room(db->h);
}

/* Statements are found by the address of their text, not by its letters. */
static struct db_stmt **
slot_of(struct db *db, const char *sql)
{
	unsigned	i = (unsigned)((uintptr_t)sql >> 3) * 2654435761u;

	for (i >>= 16; db->slot[i % SLOTS] != NULL; i++)
		if (db->slot[i % SLOTS]->sql == sql)
			break;
	return &db->slot[i % SLOTS];
}

/* Prepare what is asked for the first time. */
static enum rc
prepare(struct db *db, const char *sql, struct db_stmt **out, struct err *err)
{
	struct db_stmt	*st;
	void		*s;
	int		 readonly;
	enum rc		 rc;

	if (db->nstmts >= SLOTS - 1)
		return err_set(err, RC_BROKEN, "store: more than %u statements",
		    SLOTS - 1);
	rc = db->drv->prepare(db->h, sql, &s, &readonly, err);
	if (rc != RC_OK)
		return rc;
	st = xcalloc(1, sizeof(*st));
	st->db = db;
	st->sql = sql;
	st->s = s;
	st->readonly = readonly;
	*out = st;
	db->nstmts++;
	return RC_OK;
}

struct db_stmt *
db_sql(struct db *db, const char *sql)
{
	struct db_stmt	**slot = slot_of(db, sql), *st;
	enum rc		  rc = RC_OK;

	if (*slot == NULL)
		rc = prepare(db, sql, slot, &db->none_why);
	else if ((*slot)->busy)
		rc = err_set(&db->none_why, RC_BROKEN,
		    "store: still in use: %s", sql);
	if (rc != RC_OK) {
		db->none_rc = rc;
		db->failed = 1;
		return &db->none;
	}
	st = *slot;
	st->busy = 1;
	st->bad = 0;
	st->put = 0;
	return st;
}

void
db_put_int(struct db_stmt *st, int64_t v)
{
	if (st->s != NULL &&
	    st->db->drv->bind_int(st->s, st->put++, v) != 0)
		st->bad = 1;
}

void
db_put_text(struct db_stmt *st, const char *v)
{
	int	r = 0;

	if (st->s == NULL)
		return;
	if (v == NULL)
		r = st->db->drv->bind_null(st->s, st->put++);
	else
		r = st->db->drv->bind_text(st->s, st->put++, v, strlen(v));
	if (r != 0)
		st->bad = 1;
}

void
db_put_blob(struct db_stmt *st, const void *v, size_t n)
{
	if (st->s != NULL &&
	    st->db->drv->bind_blob(st->s, st->put++, v, n) != 0)
		st->bad = 1;
}

void
db_done(struct db_stmt *st)
{
	if (!st->busy)
		return;
	st->db->drv->reset(st->s);
	st->busy = 0;
}

enum rc
db_step(struct db_stmt *st, int *row, struct err *err)
{
	struct db	*db = st->db;
	enum rc		 rc;

	*row = 0;
	st->get = 0;
	if (st->s == NULL)
		rc = err_set(err, db->none_rc, "%s", db->none_why.text);
	else if (st->bad)
		rc = err_set(err, RC_BROKEN,
		    "store: a value is too large: %.60s", st->sql);
	else if (!st->readonly && !db->in_tx)
		rc = err_set(err, RC_BROKEN,
		    "store: change without begin: %.60s", st->sql);
	else if (db->in_tx && !db->drv->in_tx(db->h))
		rc = err_set(err, RC_BROKEN,
		    "store: the transaction was lost: %.60s", st->sql);
	else
		rc = db->drv->step(db->h, st->s, row, err);
	if (rc == RC_BROKEN)
		db->failed = 1;
	if (rc != RC_OK || !*row)
		db_done(st);
	return rc;
}

enum rc
db_run(struct db_stmt *st, int64_t *changes, struct err *err)
{
	struct db	*db = st->db;
	enum rc		 rc;
	int		 row = 1;

	for (rc = RC_OK; rc == RC_OK && row;)
		rc = db_step(st, &row, err);
	if (changes != NULL)
		*changes = rc == RC_OK ? db->drv->changes(db->h) : 0;
	return rc;
}

enum rc
db_run_int(struct db_stmt *st, int *row, int64_t *v, struct err *err)
{
	int	there;
	enum rc	rc = db_step(st, &there, err);

	if (rc == RC_OK && there) {
		*v = db_get_int(st);
		rc = db_run(st, NULL, err);
	}
	if (row != NULL)
		*row = there;
	return rc;
}

enum rc
db_run_id(struct db_stmt *st, int *row, int64_t *id, struct err *err)
{
	struct db	*db = st->db;
	int64_t		 changes;
	enum rc		 rc = db_run(st, &changes, err);

	*row = rc == RC_OK && changes > 0;
	if (*row)
		*id = db->drv->made_id(db->h);
	return rc;
}

int64_t
db_get_int(struct db_stmt *st)
{
	return st->db->drv->col_int(st->s, st->get++);
}

char *
db_get_text(struct db_stmt *st, struct arena *a)
{
	size_t		 n;
	const char	*p = st->db->drv->col_bytes(st->s, st->get++, &n);

	return p == NULL ? NULL : arena_strndup(a, p, n);
}

const void *
db_get_blob(struct db_stmt *st, size_t *n)
{
	return st->db->drv->col_bytes(st->s, st->get++, n);
}
