/*
 * receipts - each answer a peer gave to a promise, kept for ever.
 *
 * Owns the table receipt.
 */
#include "store/private.h"

enum rc
receipt_add(struct store *s, const struct receipt *r, struct err *err)
{
	static const char sql[] = "INSERT INTO receipt (outbox, at, kind,"
	    " result, code, text, peer, remote_id, tls, attempt)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
	struct db_stmt	*st = db_sql(s->db, sql);

	db_put_int(st, r->outbox);
	db_put_int(st, r->at);
	db_put_text(st, r->kind);
	db_put_text(st, r->result);
	db_put_int(st, r->code);
	db_put_text(st, r->text);
	db_put_text(st, r->peer);
	db_put_text(st, r->remote_id);
	db_put_text(st, r->tls);
	db_put_int(st, r->attempt);
	return db_run(st, NULL, err);
}

static enum rc
receipt_read(struct db_stmt *st, struct arena *a, void *to, struct err *err)
{
	struct receipt	*r = to;

	(void)err;
	r->outbox = db_get_int(st);
	r->at = db_get_int(st);
	r->kind = db_get_text(st, a);
	r->result = db_get_text(st, a);
	r->code = (int)db_get_int(st);
	r->text = db_get_text(st, a);
	r->peer = db_get_text(st, a);
	r->remote_id = db_get_text(st, a);
	r->tls = db_get_text(st, a);
	r->attempt = (int)db_get_int(st);
	return RC_OK;
}

enum rc
receipt_list(struct store *s, int64_t outbox, struct arena *a,
    struct receipt **out, size_t *n, struct err *err)
{
	static const char sql[] = "SELECT outbox, at, kind, result, code,"
	    " text, peer, remote_id, tls, attempt FROM receipt"
	    " WHERE outbox = ? ORDER BY id";
	struct db_stmt	*st = db_sql(s->db, sql);

	db_put_int(st, outbox);
	return store_rows(st, receipt_read, sizeof(**out), a, out, n, err);
}

enum rc
receipts_unknown(struct store *s, int64_t outbox, int *n, struct err *err)
{
	static const char sql[] = "SELECT count(*) FROM receipt"
	    " WHERE outbox = ? AND result = 'unknown'";
	struct db_stmt	*st = db_sql(s->db, sql);
	int64_t		 count = 0;
	enum rc		 rc;

	db_put_int(st, outbox);
	rc = db_run_int(st, NULL, &count, err);
	*n = (int)count;
	return rc;
}
