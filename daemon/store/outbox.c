/*
 * outbox - what we have promised to send, and what came of it.
 *
 * Owns the tables outbox and outbox_content (receipts.c: receipt).
 *
 * A promise that is not settled has a due_at; the index over it is all that
 * claiming looks at.  Order is kept per (incident, to_addr, role, channel):
 * only the oldest unsettled promise of such a line may go.  What waits behind
 * a promise that is put off is put off with it; that only spares looking at
 * it, the rule itself is asked at every claim.
 */
#include <stdlib.h>
#include <string.h>

#include "store/private.h"

#define COLUMNS								\
	"o.id, o.incident, o.mail, o.duty, o.channel, o.role,"		\
	" o.to_addr,"							\
	" o.message_id, o.subject, o.revision, o.state, o.attempts,"	\
	" o.created_at, o.next_at, o.lease_owner, o.lease_until,"	\
	" o.settled_at, o.last, o.unique_key,"				\
	" EXISTS (SELECT 1 FROM receipt r WHERE r.outbox = o.id"	\
	" AND r.result IN ('delivered', 'confirmed'))"

#define ENVID_MIN	16	/* no guessing */
#define ENVID_MAX	100

/* Evidence waits for the reports before it, and none ever waits for it. */
#define EVIDENCE	"'evidence'"
/* Nothing before it in its line. */
#define FIRST								\
	" NOT EXISTS (SELECT 1 FROM outbox p"				\
	" WHERE p.incident = o.incident AND p.to_addr = o.to_addr"	\
	" AND p.role = o.role AND p.channel = o.channel"		\
	" AND p.due_at IS NOT NULL AND p.id < o.id"			\
	" AND (COALESCE(p.duty, '') <> " EVIDENCE			\
	" OR o.duty = " EVIDENCE "))"

/* One that was taken and then delayed on its way is not ours to send. */
static int
is_settled(const struct outbox_item *it)
{
	if (it->state == OUT_DELAYED)
		return it->settled_at != 0;
	return it->state != OUT_WAITING && it->state != OUT_IN_HAND;
}

static const char *
or_empty(const char *s)
{
	return s == NULL ? "" : s;
}

static enum rc
content_add(struct store *s, const struct outbox_item *it, struct err *err)
{
	static const char sql[] =
	    "INSERT INTO outbox_content (item, content) VALUES (?, ?)";
	struct db_stmt	*st;

	if (it->content_len == 0)
		return RC_OK;
	st = db_sql(s->db, sql);
	db_put_int(st, it->id);
	db_put_blob(st, it->content, it->content_len);
	return db_run(st, NULL, err);
}

enum rc
outbox_add(struct store *s, struct outbox_item *it, int64_t now,
    struct err *err)
{
	static const char sql[] = "INSERT INTO outbox (due_at, incident, mail,"
	    " duty, channel, role, to_addr, message_id, subject, revision,"
	    " state, attempts, created_at, next_at, lease_until, settled_at,"
	    " last, unique_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
	    " 'waiting', 0, ?, ?, 0, 0, NULL, ?)"
	    " ON CONFLICT (unique_key) WHERE unique_key IS NOT NULL"
	    " DO NOTHING";
	int64_t		 due = it->next_at != 0 ? it->next_at : now;
	struct db_stmt	*st = db_sql(s->db, sql);
	enum rc		 rc;
	int		 row;

	db_put_int(st, due);
	db_put_int(st, it->incident);
	db_put_int(st, it->mail);
	db_put_text(st, it->duty);
	db_put_text(st, channel_kind_name(it->channel));
	db_put_text(st, or_empty(it->role));
	db_put_text(st, or_empty(it->to_addr));
	db_put_text(st, it->message_id);
	db_put_text(st, it->subject);
	db_put_int(st, it->revision);
	db_put_int(st, now);
	db_put_int(st, due);
	db_put_text(st, it->unique_key);
	rc = db_run_id(st, &row, &it->id, err);
	if (rc == RC_OK && !row)
		return err_set(err, RC_REFUSED, "outbox: %.200s is there",
		    it->unique_key);
	if (rc != RC_OK)
		return rc;
	it->state = OUT_WAITING;
	it->attempts = 0;
	it->created_at = now;
	it->next_at = due;
	return content_add(s, it, err);
}

/* A row of COLUMNS. */
static enum rc
item_read(struct db_stmt *st, struct arena *a, void *to, struct err *err)
{
	struct outbox_item *it = to;
	const char	*channel, *state;

	memset(it, 0, sizeof(*it));
	it->id = db_get_int(st);
	it->incident = db_get_int(st);
	it->mail = db_get_int(st);
	it->duty = db_get_text(st, a);
	channel = db_get_text(st, a);
	it->role = db_get_text(st, a);
	it->to_addr = db_get_text(st, a);
	it->message_id = db_get_text(st, a);
	it->subject = db_get_text(st, a);
	it->revision = (int)db_get_int(st);
	state = db_get_text(st, a);
	it->attempts = (int)db_get_int(st);
	it->created_at = db_get_int(st);
	it->next_at = db_get_int(st);
	it->lease_owner = db_get_text(st, a);
	it->lease_until = db_get_int(st);
	it->settled_at = db_get_int(st);
	it->last = db_get_text(st, a);
	it->unique_key = db_get_text(st, a);
	it->delivered = (int)db_get_int(st);
	if (channel_kind_parse(channel, &it->channel) == -1 ||
	    outbox_state_parse(state, &it->state) == -1)
		return err_set(err, RC_BROKEN,
		    "outbox: item %lld is %.20s over %.20s, expected names "
		    "of ours", (long long)it->id, state, channel);
	return RC_OK;
}

static enum rc
content_get(struct store *s, struct arena *a, struct outbox_item *it,
    struct err *err)
{
	static const char sql[] =
	    "SELECT content FROM outbox_content WHERE item = ?";
	struct db_stmt	*st;
	const void	*p;
	enum rc		 rc;
	int		 row;

	it->content = "";
	it->content_len = 0;
	st = db_sql(s->db, sql);
	db_put_int(st, it->id);
	rc = db_step(st, &row, err);
	if (rc == RC_OK && row) {
		p = db_get_blob(st, &it->content_len);
		it->content = arena_strndup(a, p, it->content_len);
		db_done(st);
	}
	return rc;
}

enum rc
outbox_get(struct store *s, int64_t id, int with_content, struct arena *a,
    struct outbox_item *it, struct err *err)
{
	static const char sql[] =
	    "SELECT " COLUMNS " FROM outbox o WHERE o.id = ?";
	struct db_stmt	*st = db_sql(s->db, sql);
	enum rc		 rc;
	int		 row;

	db_put_int(st, id);
	rc = store_row(st, item_read, a, it, &row, err);
	if (rc == RC_OK && !row)
		return err_set(err, RC_REFUSED, "outbox: no item %lld",
		    (long long)id);
	return rc == RC_OK && with_content ? content_get(s, a, it, err) : rc;
}

/* The first row of a query with one text in it; RC_REFUSED: there is none. */
static enum rc
find_by(struct store *s, const char *sql, const char *text, struct arena *a,
    struct outbox_item *it, struct err *err)
{
	struct db_stmt	*st = db_sql(s->db, sql);
	enum rc		 rc;
	int		 row;

	db_put_text(st, text);
	rc = store_row(st, item_read, a, it, &row, err);
	if (rc == RC_OK && !row)
		return err_set(err, RC_REFUSED, "outbox: no item %.200s",
		    text == NULL ? "without id" : text);
	return rc;
}

enum rc
outbox_by_msgid(struct store *s, const char *message_id, struct arena *a,
    struct outbox_item *it, struct err *err)
{
	static const char sql[] = "SELECT " COLUMNS " FROM outbox o"
	    " WHERE o.message_id = ? ORDER BY o.id LIMIT 1";

	return find_by(s, sql, message_id, a, it, err);
}

enum rc
outbox_by_key(struct store *s, const char *unique_key, struct arena *a,
    struct outbox_item *it, struct err *err)
{
	static const char sql[] = "SELECT " COLUMNS " FROM outbox o"
	    " WHERE o.unique_key = ?";

	return find_by(s, sql, unique_key, a, it, err);
}

/* The random words of a Message-ID of ours, which stand in front of '@'. */
enum rc
outbox_by_envid(struct store *s, const char *envid, struct arena *a,
    struct outbox_item *it, struct err *err)
{
	static const char sql[] = "SELECT " COLUMNS " FROM outbox o"
	    " WHERE o.message_id LIKE ? ORDER BY o.id LIMIT 1";
	size_t	 len = strlen(envid);
	enum rc	 rc;

	if (len < ENVID_MIN || len > ENVID_MAX ||
	    strspn(envid, "0123456789abcdef.") != len)
		return err_set(err, RC_REFUSED, "outbox: no envelope of ours");
	rc = find_by(s, sql, arena_printf(a, "<%%.%s@%%", envid), a, it, err);
	return rc == RC_REFUSED ? err_set(err, rc, "outbox: no envelope %s",
	    envid) : rc;
}

static enum rc
id_read(struct db_stmt *st, struct arena *a, void *to, struct err *err)
{
	int64_t	*id = to;

	(void)a;
	(void)err;
	*id = db_get_int(st);
	return RC_OK;
}

/* The ids that may be claimed now. */
static enum rc
claimable(struct store *s, enum channel_kind channel, int evidence,
    int64_t now, int max, struct arena *a, int64_t **out, size_t *n,
    struct err *err)
{
#define DUE	"SELECT o.id FROM outbox o WHERE o.due_at <= ? AND"
#define DUE_REST	" ORDER BY o.due_at, o.id LIMIT ?"
	static const char one[] = DUE " COALESCE(o.duty, '') <> " EVIDENCE
	    " AND o.channel = ? AND" FIRST DUE_REST;
	static const char last[] = DUE " o.duty = " EVIDENCE " AND" FIRST
	    DUE_REST;
	struct db_stmt	*st = db_sql(s->db, evidence ? last : one);

	db_put_int(st, now);
	if (!evidence)
		db_put_text(st, channel_kind_name(channel));
	db_put_int(st, store_limit(max));
	return store_rows(st, id_read, sizeof(**out), a, out, n, err);
}

/*
 * Lease one; *got is 0 when somebody was faster.  An expired lease was an
 * attempt of the one who held it.
 */
static enum rc
claim_one(struct store *s, int64_t id, const char *owner, int64_t now,
    int64_t until, int *got, struct err *err)
{
	static const char sql[] = "UPDATE outbox SET attempts = attempts +"
	    " CASE WHEN state = 'in_hand' THEN 1 ELSE 0 END,"
	    " state = 'in_hand', lease_owner = ?, lease_until = ?, due_at = ?"
	    " WHERE id = ? AND due_at <= ?";
	struct db_stmt	*st = db_sql(s->db, sql);
	int64_t		 changes;
	enum rc		 rc;

	db_put_text(st, owner);
	db_put_int(st, until);
	db_put_int(st, until);
	db_put_int(st, id);
	db_put_int(st, now);
	rc = db_run(st, &changes, err);
	*got = changes > 0;
	return rc;
}

static enum rc
claim(struct store *s, enum channel_kind channel, int evidence,
    const char *owner, int64_t now, int64_t until, int max, struct arena *a,
    struct outbox_item **out, size_t *n, struct err *err)
{
	struct outbox_item *v;
	int64_t		*ids;
	size_t		 nids;
	enum rc		 rc;
	int		 got;

	*out = NULL;
	*n = 0;
	rc = claimable(s, channel, evidence, now, max, a, &ids, &nids, err);
	if (rc != RC_OK || nids == 0)
		return rc;
	v = arena_array(a, nids, sizeof(*v));
	for (size_t i = 0; i < nids; i++) {
		rc = claim_one(s, ids[i], owner, now, until, &got, err);
		if (rc == RC_OK && got)
			rc = outbox_get(s, ids[i], 1, a, &v[*n], err);
		if (rc != RC_OK)
			return rc;
		*n += (size_t)got;
	}
	*out = v;
	return RC_OK;
}

enum rc
outbox_claim(struct store *s, enum channel_kind channel, const char *owner,
    int64_t now, int64_t until, int max, struct arena *a,
    struct outbox_item **out, size_t *n, struct err *err)
{
	return claim(s, channel, 0, owner, now, until, max, a, out, n, err);
}

enum rc
outbox_claim_evidence(struct store *s, const char *owner, int64_t now,
    int64_t until, int max, struct arena *a, struct outbox_item **out,
    size_t *n, struct err *err)
{
	return claim(s, CHANNEL_NKINDS, 1, owner, now, until, max, a, out, n,
	    err);
}

/* Those behind it cannot go before `at`; 0: they are free. */
static enum rc
put_off_followers(struct store *s, int64_t id, int64_t at, struct err *err)
{
	static const char sql[] = "UPDATE outbox SET due_at ="
	    " CASE WHEN outbox.next_at > ? THEN outbox.next_at ELSE ? END"
	    " FROM outbox h WHERE h.id = ? AND outbox.incident = h.incident"
	    " AND outbox.to_addr = h.to_addr AND outbox.role = h.role"
	    " AND outbox.channel = h.channel AND outbox.due_at IS NOT NULL"
	    " AND outbox.id > h.id AND outbox.state <> 'in_hand'"
	    " AND (COALESCE(h.duty, '') <> " EVIDENCE
	    " OR outbox.duty = " EVIDENCE ")";
	struct db_stmt	*st = db_sql(s->db, sql);

	db_put_int(st, at);
	db_put_int(st, at);
	db_put_int(st, id);
	return db_run(st, NULL, err);
}

enum rc
outbox_settle(struct store *s, const struct outbox_item *it,
    const struct receipt *receipt, struct err *err)
{
	static const char open_sql[] = "UPDATE outbox SET state = ?,"
	    " attempts = ?, next_at = ?, last = ?, settled_at = ?,"
	    " lease_owner = NULL, lease_until = 0, due_at = ? WHERE id = ?";
	static const char settled_sql[] = "UPDATE outbox SET state = ?,"
	    " attempts = ?, next_at = ?, last = ?, settled_at = ?,"
	    " lease_owner = NULL, lease_until = 0, due_at = NULL WHERE id = ?";
	int		 settled = is_settled(it);
	struct db_stmt	*st = db_sql(s->db, settled ? settled_sql : open_sql);
	int64_t		 changes;
	enum rc		 rc;

	db_put_text(st, outbox_state_name(it->state));
	db_put_int(st, it->attempts);
	db_put_int(st, it->next_at);
	db_put_text(st, it->last);
	db_put_int(st, it->settled_at);
	if (!settled)
		db_put_int(st, it->next_at);
	db_put_int(st, it->id);
	rc = db_run(st, &changes, err);
	if (rc == RC_OK && changes == 0)
		return err_set(err, RC_REFUSED, "outbox: no item %lld",
		    (long long)it->id);
	if (rc == RC_OK)
		rc = put_off_followers(s, it->id, settled ? 0 : it->next_at,
		    err);
	if (rc == RC_OK && receipt != NULL)
		rc = receipt_add(s, receipt, err);
	return rc;
}

enum rc
outbox_release(struct store *s, const char *owner, int64_t begun,
    struct err *err)
{
	static const char sql[] = "UPDATE outbox SET state = 'waiting',"
	    " attempts = attempts + CASE WHEN ? IN (0, id) THEN 1 ELSE 0 END,"
	    " due_at = next_at, lease_owner = NULL, lease_until = 0"
	    " WHERE state = 'in_hand' AND (? = '' OR lease_owner = ?)";
	struct db_stmt	*st = db_sql(s->db, sql);

	db_put_int(st, begun);
	db_put_text(st, or_empty(owner));
	db_put_text(st, or_empty(owner));
	return db_run(st, NULL, err);
}

enum rc
outbox_renew(struct store *s, const char *owner, int64_t now, int64_t until,
    struct err *err)
{
	static const char sql[] = "UPDATE outbox SET lease_until = ?,"
	    " due_at = ? WHERE state = 'in_hand' AND lease_owner = ?"
	    " AND lease_until <= ?";
	struct db_stmt	*st = db_sql(s->db, sql);

	db_put_int(st, until);
	db_put_int(st, until);
	db_put_text(st, owner);
	db_put_int(st, now);
	return db_run(st, NULL, err);
}

static void
reverse(struct outbox_item *v, size_t n)
{
	struct outbox_item	swap;

	for (size_t i = 0; i < n / 2; i++) {
		swap = v[i];
		v[i] = v[n - 1 - i];
		v[n - 1 - i] = swap;
	}
}

enum rc
outbox_list(struct store *s, int64_t incident, enum outbox_state state,
    int max, struct arena *a, struct outbox_item **out, size_t *n,
    struct err *err)
{
#define LIST	"SELECT " COLUMNS " FROM outbox o WHERE "
#define LIST_REST " ORDER BY o.id DESC LIMIT ?"
	static const char all[] = LIST "1 = 1" LIST_REST;
	static const char of_state[] = LIST "o.state = ?" LIST_REST;
	static const char of_incident[] = LIST
	    "o.incident = ? AND o.incident <> 0" LIST_REST;
	static const char both[] = LIST "o.state = ?"
	    " AND o.incident = ? AND o.incident <> 0" LIST_REST;
	static const char *const sql[] = { all, of_state, of_incident, both };
	int		 one = state != OUT_NSTATES;
	struct db_stmt	*st = db_sql(s->db, sql[one + 2 * (incident != 0)]);
	enum rc		 rc;

	if (one)
		db_put_text(st, outbox_state_name(state));
	if (incident != 0)
		db_put_int(st, incident);
	db_put_int(st, store_limit(max));
	rc = store_rows(st, item_read, sizeof(**out), a, out, n, err);
	reverse(*out, *n);
	return rc;
}

enum rc
outbox_next(struct store *s, int64_t *at, struct err *err)
{
	static const char sql[] = "SELECT o.due_at FROM outbox o"
	    " WHERE o.due_at IS NOT NULL AND" FIRST
	    " ORDER BY o.due_at LIMIT 1";

	*at = 0;
	return db_run_int(db_sql(s->db, sql), NULL, at, err);
}
