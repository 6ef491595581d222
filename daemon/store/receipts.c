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
	struct db_stmt	*st;
	enum rc		 rc;

	rc = db_sql(s->db, sql, &st, err);
	if (rc != RC_OK)
		return rc;
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

enum rc
receipt_list(struct store *s, int64_t outbox, struct arena *a,
    struct receipt **out, size_t *n, struct err *err)
{
	static const char sql[] = "SELECT outbox, at, kind, result, code,"
	    " text, peer, remote_id, tls, attempt FROM receipt"
	    " WHERE outbox = ? ORDER BY id";
	struct receipt	*v = NULL, *r;
	struct db_stmt	*st;
	enum rc		 rc;
	int		 row;

	*out = NULL;
	*n = 0;
	rc = db_sql(s->db, sql, &st, err);
	if (rc != RC_OK)
		return rc;
	db_put_int(st, outbox);
	while ((rc = db_step(st, &row, err)) == RC_OK && row) {
		v = store_grow(a, v, *n, sizeof(*v));
		r = &v[(*n)++];
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
	}
	*out = v;
	return rc;
}
