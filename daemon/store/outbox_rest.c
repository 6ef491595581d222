/*
 * outbox_rest - the queue as a whole: what waits for one destination, and how
 * long the oldest has waited.
 *
 * due_at is when a promise is looked at, next_at when it is to be tried.
 */
#include "store/private.h"

enum rc
outbox_rest(struct store *s, enum channel_kind channel, const char *role,
    int64_t until, int64_t born, struct err *err)
{
	static const char sql[] = "UPDATE outbox SET due_at = ?"
	    " WHERE due_at < ? AND channel = ? AND (? = '' OR role = ?)"
	    " AND state <> 'in_hand' AND created_at > ?";
	struct db_stmt	*st = db_sql(s->db, sql);

	db_put_int(st, until);
	db_put_int(st, until);
	db_put_text(st, channel_kind_name(channel));
	db_put_text(st, role == NULL ? "" : role);
	db_put_text(st, role == NULL ? "" : role);
	db_put_int(st, born);
	return db_run(st, NULL, err);
}

enum rc
outbox_wake(struct store *s, enum channel_kind channel, const char *role,
    struct err *err)
{
	static const char sql[] = "UPDATE outbox SET due_at = next_at"
	    " WHERE due_at > next_at AND channel = ?"
	    " AND (? = '' OR role = ?) AND state <> 'in_hand'";
	struct db_stmt	*st = db_sql(s->db, sql);

	db_put_text(st, channel_kind_name(channel));
	db_put_text(st, role == NULL ? "" : role);
	db_put_text(st, role == NULL ? "" : role);
	return db_run(st, NULL, err);
}

enum rc
outbox_clock_back(struct store *s, int64_t now, struct err *err)
{
	static const char sql[] = "UPDATE outbox SET next_at = ?, due_at = ?"
	    " WHERE due_at > ? AND state <> 'in_hand' AND COALESCE("
	    "(SELECT r.at FROM receipt r WHERE r.outbox = outbox.id"
	    " ORDER BY r.id DESC LIMIT 1), created_at) > ?";
	struct db_stmt	*st = db_sql(s->db, sql);

	db_put_int(st, now);
	db_put_int(st, now);
	db_put_int(st, now);
	db_put_int(st, now);
	return db_run(st, NULL, err);
}

enum rc
outbox_oldest(struct store *s, int64_t *created_at, struct err *err)
{
	static const char sql[] = "SELECT created_at FROM outbox"
	    " WHERE due_at IS NOT NULL ORDER BY created_at LIMIT 1";

	*created_at = 0;
	return db_run_int(db_sql(s->db, sql), NULL, created_at, err);
}
