/*
 * incidents - what we know of each incident, and who said it.
 *
 * Owns the tables incident, number and field.
 */
#include <string.h>

#include "base/buf.h"
#include "store/private.h"

#define SEAL_MAX	(64u * 1024 * 1024)	/* of the values of one mail */

/* The columns of an incident in the order they are written and read. */
#define INCIDENT_COLUMNS(TEXT, INT, NUM)				\
	TEXT(policy) INT(policy_version) TEXT(policy_text)		\
	INT(level) TEXT(category)					\
	TEXT(category_source) INT(drill) TEXT(lang) TEXT(unit)		\
	TEXT(reporter_name) TEXT(reporter_addr) TEXT(reporter_cc)	\
	TEXT(subject) TEXT(summary) TEXT(verdict) TEXT(root_msgid)	\
	NUM(created_at) NUM(received_at) NUM(occurred_at)		\
	NUM(reported_at) NUM(aware_at) NUM(first_action_at)		\
	NUM(level_set_at) NUM(external_sent_at) NUM(contained_at)	\
	NUM(recovered_at) NUM(final_report_at) NUM(closed_at)		\
	NUM(merged_into) INT(revision) INT(reported_level)		\
	TEXT(pending) TEXT(extra)

#define NAME(c)		#c ", "
#define MARK(c)		"?, "
#define ASSIGN(c)	#c " = ?, "
#define ALL(X)		INCIDENT_COLUMNS(X, X, X)
#define COLUMNS		ALL(NAME) "tracking, state, version, id"

static int
is_open(enum incident_state state)
{
	return state != INC_CLOSED && state != INC_FALSE_ALARM &&
	    state != INC_MERGED;
}

enum rc
incident_number(struct store *s, const char *series, int day, int floor,
    int *n, struct err *err)
{
	static const char next[] = "INSERT INTO number (series, day, n)"
	    " VALUES (?, ?, ?) ON CONFLICT (series, day) DO UPDATE SET n ="
	    " CASE WHEN number.n < excluded.n THEN excluded.n"
	    " ELSE number.n + 1 END";
	static const char made[] = "SELECT n FROM number"
	    " WHERE series = ? AND day = ?";
	struct db_stmt	*st = db_sql(s->db, next);
	int64_t		 v = 0;
	enum rc		 rc;

	db_put_text(st, series);
	db_put_int(st, day);
	db_put_int(st, floor + 1);
	rc = db_run(st, NULL, err);
	if (rc != RC_OK)
		return rc;
	st = db_sql(s->db, made);	/* the row is ours until the commit */
	db_put_text(st, series);
	db_put_int(st, day);
	rc = db_run_int(st, NULL, &v, err);
	*n = (int)v;
	return rc;
}

static void
incident_bind(struct db_stmt *st, const struct incident *in)
{
#define BIND_TEXT(c)	db_put_text(st, in->c);
#define BIND_INT(c)	db_put_int(st, in->c);
	INCIDENT_COLUMNS(BIND_TEXT, BIND_INT, BIND_INT)
	db_put_text(st, in->tracking);
	db_put_text(st, incident_state_name(in->state));
	db_put_int(st, is_open(in->state));
}

static enum rc
incident_insert(struct store *s, struct incident *in, struct err *err)
{
	static const char sql[] = "INSERT INTO incident (" ALL(NAME)
	    "tracking, state, is_open, version) VALUES (" ALL(MARK)
	    "?, ?, ?, 1) ON CONFLICT (tracking) DO NOTHING";
	struct db_stmt	*st = db_sql(s->db, sql);
	enum rc		 rc;
	int		 row;

	incident_bind(st, in);
	rc = db_run_id(st, &row, &in->id, err);
	if (rc == RC_OK && !row)
		return err_set(err, RC_REFUSED, "incident: %s is there",
		    in->tracking);
	if (rc == RC_OK)
		in->version = 1;
	return rc;
}

enum rc
incident_put(struct store *s, struct incident *in, struct err *err)
{
	static const char sql[] = "UPDATE incident SET " ALL(ASSIGN)
	    "tracking = ?, state = ?, is_open = ?, version = version + 1"
	    " WHERE id = ? AND version = ?";
	struct db_stmt	*st;
	int64_t		 changes;
	enum rc		 rc;

	if (in->id == 0)
		return incident_insert(s, in, err);
	st = db_sql(s->db, sql);
	incident_bind(st, in);
	db_put_int(st, in->id);
	db_put_int(st, in->version);
	rc = db_run(st, &changes, err);
	if (rc == RC_OK && changes == 0)
		return err_set(err, RC_AGAIN,
		    "incident: %s is no more at version %lld", in->tracking,
		    (long long)in->version);
	if (rc == RC_OK)
		in->version++;
	return rc;
}

static enum rc
incident_read(struct db_stmt *st, struct arena *a, void *to, struct err *err)
{
	struct incident	*in = to;
	const char	*state;

#define READ_TEXT(c)	in->c = db_get_text(st, a);
#define READ_INT(c)	in->c = (int)db_get_int(st);
#define READ_NUM(c)	in->c = db_get_int(st);
	memset(in, 0, sizeof(*in));
	INCIDENT_COLUMNS(READ_TEXT, READ_INT, READ_NUM)
	in->tracking = db_get_text(st, a);
	state = db_get_text(st, a);
	in->version = db_get_int(st);
	in->id = db_get_int(st);
	if (incident_state_parse(state, &in->state) == -1)
		return err_set(err, RC_BROKEN,
		    "incident: %s has the unknown state %.40s", in->tracking,
		    state);
	return RC_OK;
}

enum rc
incident_get(struct store *s, int64_t id, struct arena *a,
    struct incident *in, struct err *err)
{
	static const char sql[] =
	    "SELECT " COLUMNS " FROM incident WHERE id = ?";
	struct db_stmt	*st = db_sql(s->db, sql);
	enum rc		 rc;
	int		 row;

	db_put_int(st, id);
	rc = store_row(st, incident_read, a, in, &row, err);
	if (rc == RC_OK && !row)
		return err_set(err, RC_REFUSED, "incident: no id %lld",
		    (long long)id);
	return rc;
}

enum rc
incident_find(struct store *s, const char *tracking, struct arena *a,
    struct incident *in, struct err *err)
{
	static const char sql[] =
	    "SELECT " COLUMNS " FROM incident WHERE tracking = ?";
	struct db_stmt	*st = db_sql(s->db, sql);
	enum rc		 rc;
	int		 row;

	db_put_text(st, tracking);
	rc = store_row(st, incident_read, a, in, &row, err);
	if (rc == RC_OK && !row)
		return err_set(err, RC_REFUSED, "incident: no %.80s",
		    tracking);
	return rc;
}

enum rc
incident_alike(struct store *s, const char *from_addr, int64_t since,
    int64_t occurred_at, int drill, struct arena *a, const char **tracking,
    struct err *err)
{
	static const char sql[] = "SELECT i.tracking FROM incident i JOIN"
	    " (SELECT incident FROM spool WHERE from_addr = ?"
	    " AND stored_at > ? AND incident <> 0"
	    " ORDER BY stored_at DESC LIMIT 20) s ON s.incident = i.id"
	    " WHERE i.occurred_at = ? AND i.drill = ? AND i.state <> 'merged'"
	    " ORDER BY i.id DESC LIMIT 1";
	struct db_stmt	*st = db_sql(s->db, sql);
	enum rc		 rc;
	int		 row;

	*tracking = NULL;
	db_put_text(st, from_addr);
	db_put_int(st, since);
	db_put_int(st, occurred_at);
	db_put_int(st, drill != 0);
	rc = db_step(st, &row, err);
	if (rc == RC_OK && row) {
		*tracking = db_get_text(st, a);
		db_done(st);
	}
	return rc;
}

enum rc
incident_by_msgid(struct store *s, const char *message_id, int64_t *id,
    struct err *err)
{
	static const char ours[] = "SELECT incident FROM outbox"
	    " WHERE message_id = ? AND incident <> 0 ORDER BY id LIMIT 1";
	static const char theirs[] = "SELECT incident FROM spool"
	    " WHERE message_id = ? AND incident <> 0 ORDER BY id LIMIT 1";
	static const char *const sql[] = { ours, theirs };
	struct db_stmt	*st;
	enum rc		 rc;
	int		 row = 0;

	*id = 0;
	for (size_t i = 0; i < 2 && !row; i++) {
		st = db_sql(s->db, sql[i]);
		db_put_text(st, message_id);
		rc = db_run_int(st, &row, id, err);
		if (rc != RC_OK)
			return rc;
	}
	return RC_OK;
}

enum rc
incident_list(struct store *s, int open_only, int max, struct arena *a,
    struct incident **out, size_t *n, struct err *err)
{
#define LIST		"SELECT " COLUMNS " FROM incident"
#define LIST_ORDER	" ORDER BY level DESC, received_at, id LIMIT ?"
	static const char all[] = LIST LIST_ORDER;
	static const char open[] = LIST " WHERE is_open = 1" LIST_ORDER;
	struct db_stmt	*st = db_sql(s->db, open_only ? open : all);

	db_put_int(st, store_limit(max));
	return store_rows(st, incident_read, sizeof(**out), a, out, n, err);
}

enum rc
incident_opened(struct store *s, int n, int64_t *at, struct err *err)
{
	/* Ids grow; where one is missing an older one answers. */
	static const char sql[] = "SELECT created_at FROM incident"
	    " WHERE id <= (SELECT max(id) FROM incident) - ?"
	    " ORDER BY id DESC LIMIT 1";
	struct db_stmt	*st = db_sql(s->db, sql);

	*at = 0;
	db_put_int(st, n - 1);
	return db_run_int(st, NULL, at, err);
}

enum rc
incident_parts(struct store *s, int64_t id, struct arena *a,
    struct incident **out, size_t *n, struct err *err)
{
	static const char sql[] = "SELECT " COLUMNS " FROM incident"
	    " WHERE merged_into = ? ORDER BY id";
	struct db_stmt	*st = db_sql(s->db, sql);

	db_put_int(st, id);
	return store_rows(st, incident_read, sizeof(**out), a, out, n, err);
}

enum rc
field_put(struct store *s, int64_t incident, const struct incident_field *f,
    struct err *err)
{
	static const char sql[] = "INSERT INTO field (incident, name, raw,"
	    " value, by_role, by_addr, mail, line, at)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
	struct db_stmt	*st = db_sql(s->db, sql);

	db_put_int(st, incident);
	db_put_text(st, f->name);
	db_put_text(st, f->raw);
	db_put_text(st, f->value);
	db_put_text(st, f->by_role);
	db_put_text(st, f->by_addr);
	db_put_int(st, f->mail);
	db_put_int(st, f->line);
	db_put_int(st, f->at);
	return db_run(st, NULL, err);
}

static enum rc
field_read(struct db_stmt *st, struct arena *a, void *to, struct err *err)
{
	struct incident_field *f = to;

	(void)err;
	f->name = db_get_text(st, a);
	f->raw = db_get_text(st, a);
	f->value = db_get_text(st, a);
	f->by_role = db_get_text(st, a);
	f->by_addr = db_get_text(st, a);
	f->mail = db_get_int(st);
	f->line = (int)db_get_int(st);
	f->at = db_get_int(st);
	return RC_OK;
}

enum rc
field_list(struct store *s, int64_t incident, struct arena *a,
    struct incident_field **out, size_t *n, struct err *err)
{
	static const char sql[] = "SELECT name, raw, value, by_role, by_addr,"
	    " mail, line, at FROM field WHERE id IN (SELECT max(id) FROM field"
	    " WHERE incident = ? GROUP BY name, by_role) ORDER BY id";
	struct db_stmt	*st = db_sql(s->db, sql);

	db_put_int(st, incident);
	return store_rows(st, field_read, sizeof(**out), a, out, n, err);
}

enum rc
field_count(struct store *s, int64_t incident, int64_t *n, struct err *err)
{
	static const char sql[] = "SELECT count(*) FROM field"
	    " WHERE incident = ?";
	struct db_stmt	*st = db_sql(s->db, sql);

	db_put_int(st, incident);
	return db_run_int(st, NULL, n, err);
}

static void
seal_field(struct buf *b, const struct incident_field *f)
{
	store_seal_text(b, f->name);
	store_seal_text(b, f->raw);
	store_seal_text(b, f->value);
	store_seal_text(b, f->by_role);
	store_seal_text(b, f->by_addr);
	store_seal_int(b, f->mail);
	store_seal_int(b, f->line);
	store_seal_int(b, f->at);
}

enum rc
field_seal_of(const struct incident_field *v, size_t n, char hex[SHA256_HEX],
    struct err *err)
{
	struct buf	b;
	enum rc		rc;

	buf_init(&b, SEAL_MAX);
	for (size_t i = 0; i < n; i++)
		seal_field(&b, &v[i]);
	rc = b.over ? err_set(err, RC_REFUSED, "field: more than %u bytes at "
	    "once", SEAL_MAX) : store_sha256(b.data, b.len, hex, err);
	buf_free(&b);
	return rc;
}

enum rc
field_seal(struct store *s, int64_t incident, int64_t from, int64_t count,
    char hex[SHA256_HEX], struct err *err)
{
	static const char sql[] = "SELECT name, raw, value, by_role, by_addr,"
	    " mail, line, at FROM field WHERE incident = ?"
	    " ORDER BY id LIMIT ? OFFSET ?";
	struct db_stmt	*st = db_sql(s->db, sql);
	struct arena	*a = arena_new();
	struct incident_field *v;
	size_t		 n = 0;
	enum rc		 rc;

	db_put_int(st, incident);
	db_put_int(st, count);
	db_put_int(st, from);
	rc = store_rows(st, field_read, sizeof(*v), a, &v, &n, err);
	if (rc == RC_OK)
		rc = field_seal_of(v, n, hex, err);
	arena_free(&a);
	return rc;
}
