#include "store/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/private.h"
#include "store/schema.h"

#define GROW_FIRST	16u

/* A database without one table of ours is no store. */
static enum rc
expect_some(struct db *db, const char *url, struct err *err)
{
	int	version;
	enum rc	rc = db_version(db, &version, err);

	if (rc == RC_OK && version == 0)
		return err_set(err, RC_REFUSED, "store %s: nothing in it",
		    url);
	return rc;
}

enum rc
store_open(const char *url, enum store_mode mode, struct store **out,
    struct err *err)
{
	static const enum db_mode modes[] = {
		[STORE_READ] = DB_READ, [STORE_WRITE] = DB_WRITE,
		[STORE_MAKE] = DB_MAKE
	};
	struct store	*s;
	struct db	*db;
	enum rc		 rc;

	*out = NULL;
	rc = db_open(url, modes[mode], &db, err);
	if (rc != RC_OK)
		return rc;
	if (mode != STORE_MAKE)
		rc = expect_some(db, url, err);
	if (rc == RC_OK)
		rc = mode == STORE_READ ? schema_expect(db, err) :
		    schema_migrate(db, schema_newest(), err);
	if (rc != RC_OK) {
		db_close(&db);
		return rc;
	}
	s = xcalloc(1, sizeof(*s));
	s->db = db;
	*out = s;
	return RC_OK;
}

void
store_close(struct store **sp)
{
	if (*sp == NULL)
		return;
	db_close(&(*sp)->db);
	free(*sp);
	*sp = NULL;
}

enum rc
store_begin(struct store *s, struct err *err)
{
	s->head_known = 0;
	return db_begin(s->db, err);
}

enum rc
store_commit(struct store *s, struct err *err)
{
	s->head_known = 0;
	return db_commit(s->db, err);
}

void
store_rollback(struct store *s)
{
	s->head_known = 0;
	db_rollback(s->db);
}

#define FACT_PUT(name, value)						\
	"INSERT INTO fact (name, value) VALUES (" name ", " value ")"	\
	" ON CONFLICT (name) DO UPDATE SET value = excluded.value"
/* A copy of a copy that nobody has worked with is as old as the first. */
#define IF_EMPTY	" WHERE coalesce(fact.value, '') = ''"

enum rc
store_backup(struct store *s, const char *file, int64_t now, struct err *err)
{
	char	sql[240];

	(void)snprintf(sql, sizeof(sql), FACT_PUT("'" STORE_COPIED "'",
	    "'%" PRId64 "'") IF_EMPTY, now);
	return db_backup(s->db, file, sql, err);
}

enum rc
store_check(struct store *s, struct err *err)
{
	enum rc	rc = db_check(s->db, err);

	return rc == RC_OK ? schema_whole(s->db, err) : rc;
}

int
store_ailing(const struct store *s)
{
	return db_ailing(s->db);
}

enum rc
store_hold_room(struct store *s, struct err *err)
{
	return db_hold_room(s->db, err);
}

void
store_use_room(struct store *s)
{
	db_use_room(s->db);
}

void
store_rest(struct store *s)
{
	db_rest(s->db);
}

int64_t
store_limit(int max)
{
	return max < 0 ? INT64_MAX : max;
}

/*
 * Room for element n of a list in an arena, which grows by doubling.  Give v
 * as it is, NULL at first; the result is the new v.
 */
static void *
grow(struct arena *a, void *v, size_t n, size_t size)
{
	void	*bigger;

	if (n == 0)
		return arena_array(a, GROW_FIRST, size);
	if (n < GROW_FIRST || (n & (n - 1)) != 0)
		return v;
	bigger = arena_array(a, 2 * n, size);
	return memcpy(bigger, v, n * size);
}

enum rc
store_row(struct db_stmt *st, row_reader *read, struct arena *a, void *to,
    int *row, struct err *err)
{
	enum rc	rc = db_step(st, row, err);

	if (rc == RC_OK && *row) {
		rc = read(st, a, to, err);
		db_done(st);
	}
	return rc;
}

enum rc
store_rows(struct db_stmt *st, row_reader *read, size_t size,
    struct arena *a, void *out, size_t *n, struct err *err)
{
	char	*v = NULL;
	enum rc	 rc;
	int	 row;

	*n = 0;
	while ((rc = db_step(st, &row, err)) == RC_OK && row) {
		v = grow(a, v, *n, size);
		rc = read(st, a, v + *n * size, err);
		if (rc != RC_OK) {
			db_done(st);
			break;
		}
		(*n)++;
	}
	memcpy(out, &v, sizeof(v));
	return rc;
}

enum rc
store_sha256(const void *p, size_t len, char hex[SHA256_HEX], struct err *err)
{
	if (sha256_hex(p, len, hex) == -1)
		return err_set(err, RC_BROKEN, "store: no SHA-256");
	return RC_OK;
}

enum rc
fact_put(struct store *s, const char *name, const char *value, struct err *err)
{
	struct db_stmt	*st = db_sql(s->db, FACT_PUT("?", "?"));

	db_put_text(st, name);
	db_put_text(st, value);
	return db_run(st, NULL, err);
}

enum rc
fact_drop(struct store *s, const char *name, struct err *err)
{
	struct db_stmt	*st = db_sql(s->db, "DELETE FROM fact WHERE name = ?");

	db_put_text(st, name);
	return db_run(st, NULL, err);
}

enum rc
fact_drop_all(struct store *s, const char *begin, const char *value,
    struct err *err)
{
	static const char sql[] = "DELETE FROM fact"
	    " WHERE substr(name, 1, length(?)) = ? AND value = ?";
	struct db_stmt	*st = db_sql(s->db, sql);

	db_put_text(st, begin);
	db_put_text(st, begin);
	db_put_text(st, value);
	return db_run(st, NULL, err);
}

enum rc
fact_get(struct store *s, const char *name, struct arena *a,
    const char **value, struct err *err)
{
	static const char sql[] = "SELECT value FROM fact WHERE name = ?";
	struct db_stmt	*st;
	enum rc		 rc;
	int		 row;

	*value = NULL;
	st = db_sql(s->db, sql);
	db_put_text(st, name);
	rc = db_step(st, &row, err);
	if (rc == RC_OK && row) {
		*value = db_get_text(st, a);
		db_done(st);
	}
	return rc;
}
