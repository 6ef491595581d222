/*
 * journal - what was done, by whom, on whose word; each row seals the one
 * before (doc/journal.md).
 *
 * Owns the table journal, which the database itself keeps from changing.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/hex.h"
#include "store/private.h"

#define ROW_MAX		(4u * 1024 * 1024)
#define COLUMNS	"seq, at, incident, mail, tracking, event, actor, role,"\
		" detail, hash"

static const char first_hash[SHA256_HEX] =
    "00000000000000000000000000000000"
    "00000000000000000000000000000000";

void
store_seal_text(struct buf *b, const char *s)
{
	char	num[NUMBER_SIZE], *end;
	size_t	len;

	if (s == NULL) {
		(void)buf_puts(b, "-,");
		return;
	}
	len = strlen(s);
	end = number_put(num, (int64_t)len, 1);
	*end++ = ':';
	(void)buf_add(b, num, (size_t)(end - num));
	(void)buf_add(b, s, len);
	(void)buf_putc(b, ',');
}

void
store_seal_int(struct buf *b, int64_t v)
{
	char	num[NUMBER_SIZE];

	(void)number_put(num, v, 1);
	store_seal_text(b, num);
}

/* The hash of a row behind the row with hash prev. */
static enum rc
seal(struct buf *b, const char *prev, const struct journal_row *r,
    char hex[SHA256_HEX], struct err *err)
{
	buf_reset(b);
	store_seal_text(b, prev);
	store_seal_int(b, r->seq);
	store_seal_int(b, r->at);
	store_seal_int(b, r->incident);
	store_seal_int(b, r->mail);
	store_seal_text(b, r->tracking);
	store_seal_text(b, r->event);
	store_seal_text(b, r->actor);
	store_seal_text(b, r->role);
	store_seal_text(b, r->detail);
	if (b->over)
		return err_set(err, RC_REFUSED,
		    "journal: row of more than %u bytes", ROW_MAX);
	return store_sha256(b->data, b->len, hex, err);
}

/* The last row's number and hash, read once in a transaction. */
static enum rc
journal_head(struct store *s, struct err *err)
{
	static const char sql[] =
	    "SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1";
	struct db_stmt	*st;
	const char	*p;
	size_t		 n;
	enum rc		 rc;
	int		 row;

	if (s->head_known)
		return RC_OK;
	s->head = 0;
	memcpy(s->head_hash, first_hash, SHA256_HEX);
	st = db_sql(s->db, sql);
	rc = db_step(st, &row, err);
	if (rc != RC_OK || !row)
		return rc;
	s->head = db_get_int(st);
	p = db_get_blob(st, &n);
	if (n != SHA256_HEX - 1)
		rc = err_set(err, RC_BROKEN,
		    "journal: row %" PRId64 " has no hash", s->head);
	else
		memcpy(s->head_hash, p, n);
	db_done(st);
	return rc;
}

enum rc
journal_last(struct store *s, int64_t *at, struct err *err)
{
	static const char sql[] =
	    "SELECT at FROM journal ORDER BY seq DESC LIMIT 1";

	*at = 0;
	return db_run_int(db_sql(s->db, sql), NULL, at, err);
}

enum rc
journal_latest(struct store *s, int64_t *at, struct err *err)
{
	static const char sql[] = "SELECT COALESCE(MAX(j.at), 0) FROM"
	    " (SELECT at FROM journal ORDER BY seq DESC LIMIT 1000) j";

	*at = 0;
	return db_run_int(db_sql(s->db, sql), NULL, at, err);
}

enum rc
journal_add(struct store *s, struct journal_row *r, struct err *err)
{
	static const char sql[] = "INSERT INTO journal (" COLUMNS ")"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
	struct db_stmt	*st;
	struct buf	 b;
	enum rc		 rc;

	rc = journal_head(s, err);
	if (rc != RC_OK)
		return rc;
	s->head_known = 0;	/* until this row is written */
	r->seq = s->head + 1;
	buf_init(&b, ROW_MAX);
	rc = seal(&b, s->head_hash, r, s->hash, err);
	buf_free(&b);
	if (rc != RC_OK)
		return rc;
	r->hash = s->hash;
	st = db_sql(s->db, sql);
	db_put_int(st, r->seq);
	db_put_int(st, r->at);
	db_put_int(st, r->incident);
	db_put_int(st, r->mail);
	db_put_text(st, r->tracking);
	db_put_text(st, r->event);
	db_put_text(st, r->actor);
	db_put_text(st, r->role);
	db_put_text(st, r->detail);
	db_put_text(st, r->hash);
	rc = db_run(st, NULL, err);
	if (rc != RC_OK)
		return rc;
	s->head = r->seq;
	memcpy(s->head_hash, s->hash, SHA256_HEX);
	s->head_known = 1;
	return RC_OK;
}

static enum rc
journal_read(struct db_stmt *st, struct arena *a, void *to, struct err *err)
{
	struct journal_row *r = to;

	(void)err;
	memset(r, 0, sizeof(*r));
	r->seq = db_get_int(st);
	r->at = db_get_int(st);
	r->incident = db_get_int(st);
	r->mail = db_get_int(st);
	r->tracking = db_get_text(st, a);
	r->event = db_get_text(st, a);
	r->actor = db_get_text(st, a);
	r->role = db_get_text(st, a);
	r->detail = db_get_text(st, a);
	r->hash = db_get_text(st, a);
	return RC_OK;
}

enum rc
journal_list(struct store *s, int64_t incident, int64_t from_seq, int max,
    struct arena *a, struct journal_row **out, size_t *n, struct err *err)
{
	static const char all[] = "SELECT " COLUMNS " FROM journal"
	    " WHERE seq >= ? ORDER BY seq LIMIT ?";
	static const char one[] = "SELECT " COLUMNS " FROM journal"
	    " WHERE incident = ? AND incident <> 0 AND seq >= ?"
	    " ORDER BY seq LIMIT ?";
	struct db_stmt	*st = db_sql(s->db, incident == 0 ? all : one);

	if (incident != 0)
		db_put_int(st, incident);
	db_put_int(st, from_seq);
	db_put_int(st, store_limit(max));
	return store_rows(st, journal_read, sizeof(**out), a, out, n, err);
}

enum rc
journal_incident(struct store *s, const char *event, const char *detail,
    int64_t *incident, struct err *err)
{
	static const char sql[] = "SELECT incident FROM journal"
	    " WHERE incident <> 0 AND event = ? AND detail = ?"
	    " ORDER BY seq DESC LIMIT 1";
	struct db_stmt	*st = db_sql(s->db, sql);

	db_put_text(st, event);
	db_put_text(st, detail);
	*incident = 0;
	return db_run_int(st, NULL, incident, err);
}

/* Check one row against the one before. */
static enum rc
journal_link(struct buf *b, const struct journal_row *r, int64_t want_seq,
    const char *prev, struct err *err)
{
	char	hex[SHA256_HEX];
	enum rc	rc;

	if (r->seq != want_seq)
		return err_set(err, RC_REFUSED,
		    "journal: row %" PRId64 " is missing", want_seq);
	rc = seal(b, prev, r, hex, err);
	if (rc == RC_OK && strcmp(hex, r->hash == NULL ? "" : r->hash) != 0)
		return err_set(err, RC_REFUSED, "journal: row %" PRId64
		    " was changed: its hash is %.64s, by its words %s",
		    r->seq, r->hash == NULL ? "none" : r->hash, hex);
	return rc;
}

enum rc
journal_verify(struct store *s, int64_t *count, struct err *err)
{
	struct journal_row *v;
	struct arena	*a = arena_new();
	char		 prev[SHA256_HEX];
	struct buf	 b;
	size_t		 n = 1;
	enum rc		 rc = RC_OK;

	*count = 0;
	memcpy(prev, first_hash, sizeof(prev));
	buf_init(&b, ROW_MAX);
	while (rc == RC_OK && n > 0) {
		rc = journal_list(s, 0, *count == 0 ? INT64_MIN : *count + 1,
		    256, a, &v, &n, err);
		for (size_t i = 0; rc == RC_OK && i < n; i++) {
			rc = journal_link(&b, &v[i], *count + 1, prev, err);
			if (rc != RC_OK)
				break;
			memcpy(prev, v[i].hash, sizeof(prev));
			(*count)++;
		}
		arena_reset(a);
	}
	buf_free(&b);
	arena_free(&a);
	return rc;
}
