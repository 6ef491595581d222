#ifndef DB_H
#define DB_H

/*
 * db - the small SQL face that the domain files of the store speak.
 *
 * A driver fills struct db_driver; db_sqlite.c is the embedded one.  SQL goes
 * through db_sql() with '?' placeholders, bound and read from left to right,
 * so that a column more renumbers nothing.  Only what SQLite and PostgreSQL
 * both know: ON CONFLICT yes, INSERT OR IGNORE no.  No RETURNING: SQLite makes
 * a table of its own for the answer and keeps a copy of every page that the
 * statement changes, until it has ended.  The {id} of a new row comes from
 * db_run_id().
 *
 * Answers: RC_AGAIN locked by somebody else; RC_REFUSED a constraint said no
 * (never used for control: PostgreSQL gives the whole transaction up then);
 * RC_BROKEN disk full, I/O error, corruption, a mistake in our SQL.  After a
 * RC_BROKEN inside a transaction db_commit() can only fail, so nothing is
 * ever half there.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

struct db;
struct db_stmt;

/* What db_guard() forbids for the rows of a table. */
#define DB_NO_UPDATE	1u
#define DB_NO_DELETE	2u	/* and no row before the last one */

enum db_mode {
	DB_READ,
	DB_WRITE,	/* one that is there */
	DB_MAKE		/* created when it is missing or an empty file */
};

/*
 * A driver.  h is its connection, s its statement; b and p it reads until
 * reset.  bind_*() answer 0 or -1, columns count from 0.
 */
struct db_driver {
	const char	*name;		/* "sqlite" */
	/* The dialect's words for {id} {int} {blob} {strict} in db_ddl(). */
	const char	*word_id, *word_int, *word_blob, *word_strict;

	enum rc	 (*open)(const char *where, enum db_mode, void **h,
		    struct err *);
	void	 (*close)(void *h);
	enum rc	 (*begin)(void *h, int write, struct err *);
	enum rc	 (*commit)(void *h, struct err *);
	void	 (*rollback)(void *h);
	int	 (*in_tx)(void *h);	/* still, after an error? */
	enum rc	 (*exec)(void *h, const char *sql, struct err *);
	enum rc	 (*guard)(void *h, const char *table, unsigned what,
		    struct err *);
	enum rc	 (*has)(void *h, const char *name, int *, struct err *);
	enum rc	 (*guarded)(void *h, const char *table, unsigned what, int *,
		    struct err *);
	enum rc	 (*version)(void *h, int *, struct err *);
	enum rc	 (*set_version)(void *h, int, struct err *);
	int64_t	 (*changes)(void *h);
	int64_t	 (*made_id)(void *h);	/* {id} of the row last inserted */
	enum rc	 (*backup)(void *h, const char *file, const char *sql,
		    struct err *);
	enum rc	 (*check)(void *h, struct err *);
	void	 (*rest)(void *h);
	int	 (*ailing)(void *h);
	enum rc	 (*hold_room)(void *h, struct err *);
	void	 (*use_room)(void *h);

	enum rc	 (*prepare)(void *h, const char *sql, void **s, int *readonly,
		    struct err *);
	void	 (*finalize)(void *s);
	int	 (*bind_int)(void *s, int i, int64_t v);
	int	 (*bind_text)(void *s, int i, const char *p, size_t n);
	int	 (*bind_blob)(void *s, int i, const void *p, size_t n);
	int	 (*bind_null)(void *s, int i);
	enum rc	 (*step)(void *h, void *s, int *row, struct err *);
	void	 (*reset)(void *s);
	int64_t	 (*col_int)(void *s, int i);
	/* NULL for NULL; valid until the next step */
	const void *(*col_bytes)(void *s, int i, size_t *n);
};

extern const struct db_driver db_sqlite;

/*
 * url is "sqlite:FILE" or a file name.  RC_AGAIN when another process writes
 * to it and we want to; RC_REFUSED, and only then, when it is missing or has
 * nothing in it and was not to be created.
 */
enum rc	db_open(const char *url, enum db_mode, struct db **, struct err *);
void	db_close(struct db **);

/* For reading a transaction is one unchanging view of everything. */
enum rc	db_begin(struct db *, struct err *);
enum rc	db_commit(struct db *, struct err *);	/* or rolled back */
void	db_rollback(struct db *);		/* harmless without one */

/* Definitions, with {id}, {int}, {blob}, {strict} replaced. */
enum rc	db_ddl(struct db *, const char *sql, struct err *);
enum rc	db_guard(struct db *, const char *table, unsigned what, struct err *);
/* Is there a table or an index of this name, and what db_guard() made? */
enum rc	db_has(struct db *, const char *name, int *, struct err *);
enum rc	db_guarded(struct db *, const char *table, unsigned what, int *,
	    struct err *);
enum rc	db_version(struct db *, int *, struct err *);
enum rc	db_set_version(struct db *, int, struct err *);
/* A whole copy to a file that must not exist yet; never half there.  sql is
 * run on the copy alone, before the file has its name. */
enum rc	db_backup(struct db *, const char *file, const char *sql, struct err *);
/* Everything it can check itself; RC_REFUSED with the first fault. */
enum rc	db_check(struct db *, struct err *);
/* Nothing to do for a while: give back the memory of caches.  Outside of a
 * transaction. */
void	db_rest(struct db *);
/* Has what holds the file failed it (full, I/O, locked, damaged), ever since
 * it was opened?  Then a RC_BROKEN need not be the fault of what was asked. */
int	db_ailing(const struct db *);
/* Keep room for the last things; and use it, when the disk is full. */
enum rc	db_hold_room(struct db *, struct err *);
void	db_use_room(struct db *);

/*
 * A prepared statement, ready to bind.  Statements are kept by the address of
 * sql, which must therefore be a literal.  It is in use until it said no row,
 * answered an error, or db_done().  Never NULL: what could not be prepared is
 * told by the next step, as is a value that does not fit.
 */
struct db_stmt *db_sql(struct db *, const char *sql);
/* The next '?'.  Bytes are the caller's until the statement is done. */
void	db_put_int(struct db_stmt *, int64_t);
void	db_put_text(struct db_stmt *, const char *);	/* NULL: NULL */
void	db_put_blob(struct db_stmt *, const void *, size_t);
/* A change outside a transaction is RC_BROKEN. */
enum rc	db_step(struct db_stmt *, int *row, struct err *);
/* Step to the end and be done; *changes (may be NULL) rows were touched. */
enum rc	db_run(struct db_stmt *, int64_t *changes, struct err *);
/* Step once, read one number when there is a row (row may be NULL), and be
 * done. */
enum rc	db_run_int(struct db_stmt *, int *row, int64_t *, struct err *);
/* Run an INSERT of one row to the end: its {id}; *row 0: it was there. */
enum rc	db_run_id(struct db_stmt *, int *row, int64_t *id, struct err *);
void	db_done(struct db_stmt *);
/* The next column of the row. */
int64_t	db_get_int(struct db_stmt *);
char	*db_get_text(struct db_stmt *, struct arena *);	/* NULL: NULL */
const void *db_get_blob(struct db_stmt *, size_t *);	/* until next step */

#endif
