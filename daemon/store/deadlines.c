/*
 * deadlines - what must have happened by when; looked at only when due.
 *
 * Owns the table deadline.
 */
#include <string.h>

#include "store/private.h"

#define COLUMNS	"id, incident, name, from_at, due_at, next_at, fired,"\
		" state, owner, ended_at"

static const char *const states[] = {
	[DL_OPEN] = "open", [DL_MET] = "met", [DL_CANCELLED] = "cancelled"
};

static void
deadline_bind(struct db_stmt *st, const struct deadline *d)
{
	db_put_int(st, d->incident);
	db_put_text(st, d->name);
	db_put_int(st, d->from_at);
	db_put_int(st, d->due_at);
	db_put_int(st, d->next_at);
	db_put_int(st, d->fired);
	db_put_text(st, states[d->state]);
	db_put_text(st, d->owner);
	db_put_int(st, d->ended_at);
}

enum rc
deadline_id(struct store *s, int64_t incident, const char *name, int64_t *id,
    struct err *err)
{
	static const char sql[] = "SELECT id FROM deadline"
	    " WHERE incident = ? AND name = ? AND state = 'open'";
	struct db_stmt	*st = db_sql(s->db, sql);

	*id = 0;
	db_put_int(st, incident);
	db_put_text(st, name);
	return db_run_int(st, NULL, id, err);
}

/* A new row, or the id of the open one of that name. */
static enum rc
deadline_insert(struct store *s, struct deadline *d, int *made,
    struct err *err)
{
	static const char sql[] = "INSERT INTO deadline (incident, name,"
	    " from_at, due_at, next_at, fired, state, owner, ended_at)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
	    " ON CONFLICT (incident, name) WHERE state = 'open' DO NOTHING";
	struct db_stmt	*st = db_sql(s->db, sql);
	enum rc		 rc;

	deadline_bind(st, d);
	rc = db_run_id(st, made, &d->id, err);
	if (rc != RC_OK || *made)
		return rc;
	return deadline_id(s, d->incident, d->name, &d->id, err);
}

enum rc
deadline_put(struct store *s, struct deadline *d, struct err *err)
{
	static const char sql[] = "UPDATE deadline SET incident = ?, name = ?,"
	    " from_at = ?, due_at = ?, next_at = ?, fired = ?, state = ?,"
	    " owner = ?, ended_at = ? WHERE id = ?";
	struct db_stmt	*st;
	int64_t		 changes;
	int		 made = 0;
	enum rc		 rc = RC_OK;

	if (d->id == 0)
		rc = deadline_insert(s, d, &made, err);
	if (rc != RC_OK || made)
		return rc;
	st = db_sql(s->db, sql);
	deadline_bind(st, d);
	db_put_int(st, d->id);
	rc = db_run(st, &changes, err);
	if (rc == RC_OK && changes == 0)
		return err_set(err, RC_REFUSED, "deadline: no id %lld",
		    (long long)d->id);
	return rc;
}

static enum rc
deadline_read(struct db_stmt *st, struct arena *a, void *to, struct err *err)
{
	struct deadline	*d = to;
	const char	*state;

	d->id = db_get_int(st);
	d->incident = db_get_int(st);
	d->name = db_get_text(st, a);
	d->from_at = db_get_int(st);
	d->due_at = db_get_int(st);
	d->next_at = db_get_int(st);
	d->fired = (int)db_get_int(st);
	state = db_get_text(st, a);
	d->owner = db_get_text(st, a);
	d->ended_at = db_get_int(st);
	for (int i = DL_OPEN; i <= DL_CANCELLED; i++)
		if (strcmp(states[i], state) == 0) {
			d->state = (enum deadline_state)i;
			return RC_OK;
		}
	return err_set(err, RC_BROKEN,
	    "deadline: %lld has the unknown state %.40s", (long long)d->id,
	    state);
}

enum rc
deadline_list(struct store *s, int64_t incident, struct arena *a,
    struct deadline **out, size_t *n, struct err *err)
{
	static const char sql[] = "SELECT " COLUMNS " FROM deadline"
	    " WHERE incident = ? ORDER BY due_at, id";
	struct db_stmt	*st = db_sql(s->db, sql);

	db_put_int(st, incident);
	return store_rows(st, deadline_read, sizeof(**out), a, out, n, err);
}

enum rc
deadline_due(struct store *s, int64_t now, int max, struct arena *a,
    struct deadline **out, size_t *n, struct err *err)
{
	static const char sql[] = "SELECT " COLUMNS " FROM deadline"
	    " WHERE state = 'open' AND next_at <= ?"
	    " ORDER BY next_at, id LIMIT ?";
	struct db_stmt	*st = db_sql(s->db, sql);

	db_put_int(st, now);
	db_put_int(st, store_limit(max));
	return store_rows(st, deadline_read, sizeof(**out), a, out, n, err);
}

enum rc
deadline_next(struct store *s, int64_t *at, struct err *err)
{
	static const char sql[] = "SELECT next_at FROM deadline"
	    " WHERE state = 'open' ORDER BY next_at LIMIT 1";

	*at = 0;
	return db_run_int(db_sql(s->db, sql), NULL, at, err);
}
