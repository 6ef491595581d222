/*
 * spool - raw mails byte for byte, and the ledger of what was seen.
 *
 * Owns the tables spool, spool_raw and spool_report.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "store/private.h"

#define UNMARKED_MAX	1000
#define UNMARKED_BYTES	(1024u * 1024)
#define LEDGER_BYTES	(4u * 1024 * 1024)

#define COLUMNS								\
	"s.id, s.mailbox, s.uidvalidity, s.uid, s.arrived,"		\
	" s.stored_at,"							\
	" s.size, s.raw_len, s.sha256, s.marked, s.attempts,"		\
	" s.disposition, s.incident, s.message_id, s.body_sha256,"	\
	" s.from_addr, s.subject, s.why, r.report"
#define MAILS	"spool s LEFT JOIN spool_report r ON r.mail = s.id"

/* A decimal uid as a number; 0 for Maildir's names. */
static int64_t
uid_number(const char *uid)
{
	int64_t	v = 0;
	size_t	n = 0;

	for (; uid[n] >= '0' && uid[n] <= '9' && n < 18; n++)
		v = v * 10 + (uid[n] - '0');
	return uid[n] == '\0' ? v : 0;
}

/* Seen before: its id and mark. */
static enum rc
spool_seen(struct store *s, struct mail *m, struct err *err)
{
	static const char sql[] = "SELECT id, marked FROM spool"
	    " WHERE mailbox = ? AND uidvalidity = ? AND uid_num = ?"
	    " AND uid = ? AND sha256 = ?";
	struct db_stmt	*st = db_sql(s->db, sql);
	enum rc		 rc;
	int		 row;

	db_put_text(st, m->mailbox);
	db_put_int(st, m->uidvalidity);
	db_put_int(st, uid_number(m->uid));
	db_put_text(st, m->uid);
	db_put_text(st, m->sha256);
	rc = db_step(st, &row, err);
	if (rc != RC_OK)
		return rc;
	if (!row)
		return err_set(err, RC_BROKEN,
		    "spool: %s %s is there and is not", m->mailbox, m->uid);
	m->id = db_get_int(st);
	m->marked = (int)db_get_int(st);
	db_done(st);
	return err_set(err, RC_REFUSED, "spool: %s %s is there as mail %lld",
	    m->mailbox, m->uid, (long long)m->id);
}

static enum rc
spool_add_raw(struct store *s, const struct mail *m, struct err *err)
{
	static const char sql[] =
	    "INSERT INTO spool_raw (mail, raw) VALUES (?, ?)";
	struct db_stmt	*st;

	if (m->raw_len == 0)
		return RC_OK;
	st = db_sql(s->db, sql);
	db_put_int(st, m->id);
	db_put_blob(st, m->raw, m->raw_len);
	return db_run(st, NULL, err);
}

enum rc
spool_add(struct store *s, struct mail *m, int64_t now, struct err *err)
{
	static const char sql[] = "INSERT INTO spool (mailbox, uidvalidity,"
	    " uid_num, uid, arrived, stored_at, size, raw_len, sha256, marked)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	    " ON CONFLICT (mailbox, uidvalidity, uid_num, uid, sha256)"
	    " DO NOTHING";
	struct db_stmt	*st;
	enum rc		 rc;
	int		 row;

	rc = store_sha256(m->raw, m->raw_len, s->sha256, err);
	if (rc != RC_OK)
		return rc;
	m->sha256 = s->sha256;
	st = db_sql(s->db, sql);
	db_put_text(st, m->mailbox);
	db_put_int(st, m->uidvalidity);
	db_put_int(st, uid_number(m->uid));
	db_put_text(st, m->uid);
	db_put_int(st, m->arrived != 0 ? m->arrived : now);
	db_put_int(st, now);
	db_put_int(st, m->size);
	db_put_int(st, (int64_t)m->raw_len);
	db_put_text(st, m->sha256);
	db_put_int(st, m->marked);
	rc = db_run_id(st, &row, &m->id, err);
	if (rc != RC_OK)
		return rc;
	if (!row)
		return spool_seen(s, m, err);
	m->attempts = 0;
	m->stored_at = now;
	m->disposition = DISP_NEW;
	return spool_add_raw(s, m, err);
}

/* A row of COLUMNS. */
static enum rc
mail_read(struct db_stmt *st, struct arena *a, void *to, struct err *err)
{
	struct mail	*m = to;
	const char	*name;

	memset(m, 0, sizeof(*m));
	m->id = db_get_int(st);
	m->mailbox = db_get_text(st, a);
	m->uidvalidity = db_get_int(st);
	m->uid = db_get_text(st, a);
	m->arrived = db_get_int(st);
	m->stored_at = db_get_int(st);
	m->size = db_get_int(st);
	m->raw_len = (size_t)db_get_int(st);
	m->sha256 = db_get_text(st, a);
	m->marked = (int)db_get_int(st);
	m->attempts = (int)db_get_int(st);
	name = db_get_text(st, a);
	m->incident = db_get_int(st);
	m->message_id = db_get_text(st, a);
	m->body_sha256 = db_get_text(st, a);
	m->from_addr = db_get_text(st, a);
	m->subject = db_get_text(st, a);
	m->why = db_get_text(st, a);
	m->report = db_get_text(st, a);
	if (disposition_parse(name, &m->disposition) == -1)
		return err_set(err, RC_BROKEN,
		    "spool: mail %lld has the unknown disposition %.40s",
		    (long long)m->id, name);
	return RC_OK;
}

/* The bytes; a mail that should have some and has none is damage. */
enum rc
spool_bytes(struct store *s, struct mail *m, struct arena *a, struct err *err)
{
	static const char sql[] = "SELECT raw FROM spool_raw WHERE mail = ?";
	struct db_stmt	*st;
	const void	*p;
	size_t		 n;
	enum rc		 rc;
	int		 row;

	if (m->raw_len == 0) {
		m->raw = "";
		return RC_OK;
	}
	st = db_sql(s->db, sql);
	db_put_int(st, m->id);
	rc = db_step(st, &row, err);
	if (rc != RC_OK)
		return rc;
	if (!row)
		return err_set(err, RC_BROKEN,
		    "spool: mail %lld has lost its bytes", (long long)m->id);
	p = db_get_blob(st, &n);
	m->raw = arena_strndup(a, p, n);
	m->raw_len = n;
	db_done(st);
	return RC_OK;
}

enum rc
spool_get(struct store *s, int64_t id, int with_raw, struct arena *a,
    struct mail *m, struct err *err)
{
	static const char sql[] =
	    "SELECT " COLUMNS " FROM " MAILS " WHERE s.id = ?";
	struct db_stmt	*st = db_sql(s->db, sql);
	enum rc		 rc;
	int		 row;

	db_put_int(st, id);
	rc = store_row(st, mail_read, a, m, &row, err);
	if (rc == RC_OK && !row)
		return err_set(err, RC_REFUSED, "spool: no mail %lld",
		    (long long)id);
	return rc == RC_OK && with_raw ? spool_bytes(s, m, a, err) : rc;
}

/* Run a change that must have met mail `id`. */
static enum rc
run_on(struct db_stmt *st, int64_t id, struct err *err)
{
	int64_t	changes;
	enum rc	rc = db_run(st, &changes, err);

	if (rc == RC_OK && changes == 0)
		return err_set(err, RC_REFUSED, "spool: no mail %lld",
		    (long long)id);
	return rc;
}

enum rc
spool_attempt(struct store *s, int64_t id, struct err *err)
{
	static const char sql[] =
	    "UPDATE spool SET attempts = attempts + 1 WHERE id = ?";
	struct db_stmt	*st = db_sql(s->db, sql);

	db_put_int(st, id);
	return run_on(st, id, err);
}

enum rc
spool_untried(struct store *s, struct err *err)
{
	static const char sql[] = "UPDATE spool SET attempts = attempts - 1"
	    " WHERE disposition = 'new' AND attempts > 0";

	return db_run(db_sql(s->db, sql), NULL, err);
}

static enum rc
spool_put_report(struct store *s, const struct mail *m, struct err *err)
{
	static const char sql[] = "INSERT INTO spool_report (mail, report)"
	    " VALUES (?, ?) ON CONFLICT (mail)"
	    " DO UPDATE SET report = excluded.report";
	struct db_stmt	*st;

	if (m->report == NULL)
		return RC_OK;
	st = db_sql(s->db, sql);
	db_put_int(st, m->id);
	db_put_text(st, m->report);
	return db_run(st, NULL, err);
}

enum rc
spool_settle(struct store *s, const struct mail *m, struct err *err)
{
	static const char sql[] = "UPDATE spool SET disposition = ?,"
	    " incident = ?, message_id = ?, body_sha256 = ?, from_addr = ?,"
	    " subject = ?, why = ? WHERE id = ?";
	struct db_stmt	*st = db_sql(s->db, sql);
	enum rc		 rc;

	db_put_text(st, disposition_name(m->disposition));
	db_put_int(st, m->incident);
	db_put_text(st, m->message_id);
	db_put_text(st, m->body_sha256);
	db_put_text(st, m->from_addr);
	db_put_text(st, m->subject);
	db_put_text(st, m->why);
	db_put_int(st, m->id);
	rc = run_on(st, m->id, err);
	return rc == RC_OK ? spool_put_report(s, m, err) : rc;
}

enum rc
spool_marked(struct store *s, const char *mailbox, int64_t uidvalidity,
    const char *uid, struct err *err)
{
	static const char sql[] = "UPDATE spool SET marked = 1"
	    " WHERE mailbox = ? AND uidvalidity = ? AND uid_num = ?"
	    " AND uid = ? AND marked = 0";
	struct db_stmt	*st = db_sql(s->db, sql);

	db_put_text(st, mailbox);
	db_put_int(st, uidvalidity);
	db_put_int(st, uid_number(uid));
	db_put_text(st, uid);
	return db_run(st, NULL, err);
}

enum rc
spool_found(struct store *s, int64_t id, struct err *err)
{
	static const char sql[] = "UPDATE spool SET marked = 2 WHERE id = ?";
	struct db_stmt	*st = db_sql(s->db, sql);

	db_put_int(st, id);
	return run_on(st, id, err);
}

enum rc
spool_left(struct store *s, const char *mailbox, int64_t uidvalidity,
    int *left, struct err *err)
{
	static const char sql[] = "SELECT id FROM spool WHERE mailbox = ?"
	    " AND uidvalidity = ? AND marked = 0 LIMIT 1";
	struct db_stmt	*st = db_sql(s->db, sql);
	int64_t		 id;

	db_put_text(st, mailbox);
	db_put_int(st, uidvalidity);
	return db_run_int(st, left, &id, err);
}

static enum rc
spool_unmarked(struct store *s, const char *mailbox, int64_t uidvalidity,
    struct arena *a, const char **unmarked, struct err *err)
{
	static const char sql[] = "SELECT uid FROM spool WHERE mailbox = ?"
	    " AND uidvalidity = ? AND marked = 0 ORDER BY uid_num, id LIMIT ?";
	struct db_stmt	*st;
	struct buf	 b;
	const char	*uid;
	size_t		 n;
	enum rc		 rc;
	int		 row = 1;

	st = db_sql(s->db, sql);
	buf_init(&b, UNMARKED_BYTES);
	db_put_text(st, mailbox);
	db_put_int(st, uidvalidity);
	db_put_int(st, UNMARKED_MAX);
	while ((rc = db_step(st, &row, err)) == RC_OK && row) {
		uid = db_get_blob(st, &n);
		if (n > UNMARKED_BYTES - 1 - b.len)
			continue;	/* next time */
		if (b.len > 0)
			(void)buf_putc(&b, ',');
		(void)buf_add(&b, uid, n);
	}
	*unmarked = arena_strndup(a, b.data, b.len);
	buf_free(&b);
	return rc;
}

enum rc
spool_known(struct store *s, const char *mailbox, int64_t uidvalidity,
    struct arena *a, int64_t *last_uid, const char **unmarked,
    struct err *err)
{
	static const char sql[] = "SELECT uid_num FROM spool"
	    " WHERE mailbox = ? AND uidvalidity = ?"
	    " ORDER BY uid_num DESC LIMIT 1";
	struct db_stmt	*st;
	enum rc		 rc;
	int		 row;

	*last_uid = 0;
	*unmarked = "";
	st = db_sql(s->db, sql);
	db_put_text(st, mailbox);
	db_put_int(st, uidvalidity);
	rc = db_run_int(st, &row, last_uid, err);
	if (rc != RC_OK)
		return rc;
	return spool_unmarked(s, mailbox, uidvalidity, a, unmarked, err);
}

static void
set_add(struct buf *b, int64_t from, int64_t to)
{
	if (from == 0)
		return;
	(void)buf_addf(b, "%s%" PRId64, b->len > 0 ? "," : "", from);
	if (to > from)
		(void)buf_addf(b, ":%" PRId64, to);
}

enum rc
spool_ledger(struct store *s, const char *mailbox, int64_t uidvalidity,
    struct arena *a, const char **set, struct err *err)
{
	static const char sql[] = "SELECT uid_num FROM spool"
	    " WHERE mailbox = ? AND uidvalidity = ? AND uid_num > 0"
	    " ORDER BY uid_num";
	struct db_stmt	*st;
	struct buf	 b;
	int64_t		 from = 0, to = 0, uid;
	enum rc		 rc;
	int		 row;

	st = db_sql(s->db, sql);
	buf_init(&b, LEDGER_BYTES);
	db_put_text(st, mailbox);
	db_put_int(st, uidvalidity);
	while ((rc = db_step(st, &row, err)) == RC_OK && row) {
		uid = db_get_int(st);
		if (uid > to + 1 || from == 0) {
			set_add(&b, from, to);
			from = uid;
		}
		to = uid;
	}
	set_add(&b, from, to);
	*set = b.over ? "-" : arena_strndup(a, b.data, b.len);
	buf_free(&b);
	return rc;
}

enum rc
spool_unread(struct store *s, int64_t after, int max, struct arena *a,
    struct mail **out, size_t *n, struct err *err)
{
	static const char sql[] = "SELECT " COLUMNS " FROM " MAILS
	    " WHERE s.disposition = 'new' AND s.id > ? ORDER BY s.id LIMIT ?";
	struct db_stmt	*st = db_sql(s->db, sql);

	db_put_int(st, after);
	db_put_int(st, store_limit(max));
	return store_rows(st, mail_read, sizeof(**out), a, out, n, err);
}

/*
 * A twin has the same body, the same Message-ID (or neither has one) and,
 * when from_addr is given, the same sender: whoever copies the Message-ID of
 * another's mail does not silence his own.
 */
enum rc
spool_twin(struct store *s, int64_t not_id, const char *message_id,
    const char *body_sha256, const char *from_addr, int64_t *id,
    int64_t *incident, struct err *err)
{
#define TWIN	"SELECT id, incident FROM spool WHERE "
#define TWIN_REST	" AND body_sha256 = ? AND id <> ?"		\
	" AND disposition <> 'duplicate'"				\
	" AND (? = '' OR from_addr = ?) ORDER BY id LIMIT 1"
	static const char by_id[] = TWIN "message_id = ?" TWIN_REST;
	static const char by_body[] = TWIN "message_id IS NULL" TWIN_REST;
	const char	*from = from_addr == NULL ? "" : from_addr;
	struct db_stmt	*st;
	enum rc		 rc;
	int		 row;

	*id = *incident = 0;
	if (body_sha256 == NULL)
		return RC_OK;
	st = db_sql(s->db, message_id != NULL ? by_id : by_body);
	if (message_id != NULL)
		db_put_text(st, message_id);
	db_put_text(st, body_sha256);
	db_put_int(st, not_id);
	db_put_text(st, from);
	db_put_text(st, from);
	rc = db_step(st, &row, err);
	if (rc == RC_OK && row) {
		*id = db_get_int(st);
		*incident = db_get_int(st);
		db_done(st);
	}
	return rc;
}

enum rc
spool_list(struct store *s, enum disposition disposition, int64_t incident,
    int max, struct arena *a, struct mail **out, size_t *n, struct err *err)
{
#define LIST	"SELECT " COLUMNS " FROM " MAILS " WHERE "
#define LIST_REST " ORDER BY s.id DESC LIMIT ?"
	static const char all[] = LIST "1 = 1" LIST_REST;
	static const char of_kind[] = LIST "s.disposition = ?" LIST_REST;
	static const char of_incident[] = LIST
	    "s.incident = ? AND s.incident <> 0" LIST_REST;
	static const char both[] = LIST "s.disposition = ?"
	    " AND s.incident = ? AND s.incident <> 0" LIST_REST;
	static const char *const sql[] = { all, of_kind, of_incident, both };
	int		 kind = disposition != DISP_N;
	struct db_stmt	*st = db_sql(s->db, sql[kind + 2 * (incident != 0)]);

	if (kind)
		db_put_text(st, disposition_name(disposition));
	if (incident != 0)
		db_put_int(st, incident);
	db_put_int(st, store_limit(max));
	return store_rows(st, mail_read, sizeof(**out), a, out, n, err);
}

/* Asked for every mail: a sender of thousands must not be counted whole. */
#define COUNT(where)							\
	"SELECT count(*) FROM (SELECT 1 FROM spool WHERE " where	\
	" LIMIT ?) AS mails"
#define FROM		"from_addr = ? AND stored_at >= ?"
#define REPORTS		" AND disposition = 'report'"
#define AGAIN		"marked = 2 AND stored_at >= ?"
#define APART		" AND CASE marked WHEN 2 THEN 1 ELSE 0 END = ?"

static enum rc
count_again(struct store *s, const char *sql, int64_t since, int most,
    int64_t *count, struct err *err)
{
	struct db_stmt	*st = db_sql(s->db, sql);

	*count = 0;
	db_put_int(st, since);
	db_put_int(st, most);
	return db_run_int(st, NULL, count, err);
}

enum rc
spool_reports_again(struct store *s, int64_t since, int most, int64_t *count,
    struct err *err)
{
	return count_again(s, COUNT(AGAIN REPORTS), since, most, count, err);
}

/* Mostly none came again, and then no row need be looked at. */
static enum rc
count_from(struct store *s, const char *all, const char *apart,
    const struct spool_from *of, int64_t *count, struct err *err)
{
	struct db_stmt	*st;
	int64_t		 some = of->again;
	enum rc		 rc = RC_OK;

	*count = 0;
	if (!some)
		rc = count_again(s, COUNT(AGAIN), of->since, 1, &some, err);
	if (rc != RC_OK)
		return rc;
	st = db_sql(s->db, some ? apart : all);
	db_put_text(st, of->addr);
	db_put_int(st, of->since);
	if (some)
		db_put_int(st, of->again != 0);
	db_put_int(st, of->most);
	return db_run_int(st, NULL, count, err);
}

enum rc
spool_count_from(struct store *s, const struct spool_from *of, int64_t *count,
    struct err *err)
{
	return count_from(s, COUNT(FROM), COUNT(FROM APART), of, count, err);
}

enum rc
spool_reports_from(struct store *s, const struct spool_from *of,
    int64_t *count, struct err *err)
{
	return count_from(s, COUNT(FROM REPORTS), COUNT(FROM REPORTS APART),
	    of, count, err);
}

/* The first mail behind `id`: hash its bytes.  *id is 0 at the end. */
static enum rc
verify_one(struct store *s, int64_t *id, char want[SHA256_HEX],
    char got[SHA256_HEX], struct arena *a, struct err *err)
{
	static const char sql[] = "SELECT s.id, s.sha256, s.raw_len, r.raw"
	    " FROM spool s LEFT JOIN spool_raw r ON r.mail = s.id"
	    " WHERE s.id > ? ORDER BY s.id LIMIT 1";
	struct db_stmt	*st;
	const void	*p;
	const char	*hash;
	size_t		 len, n;
	enum rc		 rc;
	int		 row;

	st = db_sql(s->db, sql);
	db_put_int(st, *id);
	*id = 0;
	rc = db_step(st, &row, err);
	if (rc != RC_OK || !row)
		return rc;
	*id = db_get_int(st);
	hash = db_get_text(st, a);
	len = (size_t)db_get_int(st);
	p = db_get_blob(st, &n);
	rc = store_sha256(p, p == NULL ? 0 : n, got, err);
	if (len > 0 && p == NULL)
		memcpy(got, "missing", sizeof("missing"));
	n = strlen(hash) < SHA256_HEX ? strlen(hash) : SHA256_HEX - 1;
	memcpy(want, hash, n);
	want[n] = '\0';
	db_done(st);
	return rc;
}

/*
 * One mail a query, so that the daemon may write meanwhile and the log of
 * writes does not grow behind a long reader.
 */
enum rc
spool_verify(struct store *s, void (*bad)(void *, int64_t id,
    const char *want, const char *got), void *arg, int64_t *count,
    struct err *err)
{
	struct arena	*a = arena_new();
	char		 want[SHA256_HEX], got[SHA256_HEX];
	int64_t		 id = 0;
	enum rc		 rc;

	*count = 0;
	while ((rc = verify_one(s, &id, want, got, a, err)) == RC_OK &&
	    id != 0) {
		(*count)++;
		if (strcmp(want, got) != 0)
			bad(arg, id, want, got);
		arena_reset(a);
	}
	arena_free(&a);
	return rc;
}
