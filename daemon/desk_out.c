#include "config.h"

#include "desk.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "incident/document.h"
#include "incident/evidence.h"
#include "incident/outcome.h"
#include "incident/retry.h"

#define LEASE		900	/* seconds a courier may hold a promise */
#define RECEIPT_MAX	65536
#define SOON		5	/* seconds: another way is there */
#define EXTERNAL_DUTY	"annex2"

static int
is_evidence(const struct outbox_item *it)
{
	return it->duty != NULL && strcmp(it->duty, EVIDENCE_DUTY) == 0;
}

/*
 * The name of an envelope, by which a DSN finds its promise: the random words
 * of the Message-ID.  Given only where a receipt is wanted from further than
 * the next server.
 */
static const char *
envid(struct arena *a, const struct outbox_item *it)
{
	const char	*from, *at;

	if (it->message_id == NULL || strcmp(it->duty, EXTERNAL_DUTY) != 0)
		return NULL;
	from = strchr(it->message_id, '.');
	at = strchr(it->message_id, '@');
	if (from == NULL || at == NULL || at < from)
		return NULL;
	return arena_strndup(a, from + 1, (size_t)(at - from - 1));
}

/* What a document is; NULL for mails. */
static const char *
media_type(const struct desk *d, const struct outbox_item *it)
{
	const struct conf_role	*role = conf_role(d->conf, it->role);
	enum document_format	 f = DOC_JSON;

	if (it->channel != CHANNEL_HTTP)
		return NULL;
	if (role != NULL && role->http.format != NULL)
		(void)document_parse(role->http.format, &f);
	return document_type(f);
}

static enum rc
queue_job(struct desk *d, struct courier_state *c,
    const struct outbox_item *it, json_t *rest, struct arena *a,
    struct err *err)
{
	const char	*from = d->conf->bounce_address != NULL ?
			    d->conf->bounce_address : d->conf->address;
	struct frame	 f;
	json_t		*js;
	char		*text;
	enum rc		 rc;

	js = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s*,s:s*,s:I,s:O}", "channel",
	    channel_kind_name(it->channel), "from", from, "to", it->to_addr,
	    "role", it->role, "message_id", it->message_id, "envid",
	    envid(a, it), "type", media_type(d, it), "now",
	    (json_int_t)clock_now(), "rest", rest);
	text = js == NULL ? NULL : json_dumps(js, JSON_COMPACT);
	json_decref(js);
	if (text == NULL)
		return err_set(err, RC_BROKEN, "courier: no job text");
	frame_start(&f, FRAME_JOB);
	frame_num(&f, it->id);
	frame_str(&f, text);
	frame_add(&f, it->content, it->content_len);
	rc = channel_queue(&c->child.ch, &f, err);
	free(text);
	if (rc != RC_OK)
		return rc;
	log_debug(NULL, "courier: name=%s outbox=%" PRId64 " duty=%s try=%d",
	    c->name, it->id, it->duty, it->attempts + 1);
	c->jobs[c->n_jobs++] = it->id;
	return RC_OK;
}

static const char *
tracking_of(struct desk *d, const struct outbox_item *it, struct arena *a)
{
	struct incident	inc;
	struct err	err;

	if (it->incident == 0 || incident_get(d->store, it->incident, a, &inc,
	    &err) != RC_OK)
		return NULL;
	return inc.tracking;
}

/* event: what the promise became by it. */
static enum rc
journal_receipt(struct desk *d, const struct outbox_item *it,
    const struct receipt *r, const char *event, struct arena *a,
    struct err *err)
{
	struct journal_row	 j;
	json_t			*js;
	char			*text;
	enum rc			 rc;

	js = json_pack("{s:I,s:s,s:s,s:s,s:s,s:s,s:i,s:s?,s:s?,s:i}", "outbox",
	    (json_int_t)it->id, "duty", it->duty, "channel",
	    channel_kind_name(it->channel), "to", it->to_addr, "state",
	    outbox_state_name(it->state), "result", r->result, "code", r->code,
	    "text", r->text, "remote_id", r->remote_id, "attempt", r->attempt);
	text = js == NULL ? NULL : json_dumps(js, JSON_COMPACT |
	    JSON_SORT_KEYS);
	json_decref(js);
	memset(&j, 0, sizeof(j));
	j.at = r->at;
	j.incident = it->incident;
	j.tracking = tracking_of(d, it, a);
	j.event = event;
	j.actor = "tocsin";
	j.role = "tocsin";
	j.detail = text == NULL ? "{}" : text;
	rc = journal_add(d->store, &j, err);
	free(text);
	return rc;
}

/* Nobody took it for too long, and its way is still broken: not one more
 * try, but aloud. */
static enum rc
give_up(struct desk *d, struct outbox_item *it, int64_t now, struct arena *a,
    struct err *err)
{
	struct receipt	r;
	enum rc		rc;

	memset(&r, 0, sizeof(r));
	r.outbox = it->id;
	r.at = now;
	r.kind = channel_kind_name(it->channel);
	r.result = "again";
	r.text = "given up: no way to the receiver works";
	r.attempt = it->attempts;
	it->state = OUT_EXPIRED;
	it->settled_at = now;
	if (it->last == NULL)
		it->last = r.text;
	rc = outbox_settle(d->store, it, &r, err);
	if (rc == RC_OK)
		rc = journal_receipt(d, it, &r, "not_sent", a, err);
	return rc == RC_OK ? desk_settled(d, it, &r, a, err) : rc;
}

/* It was not tried, so nothing of it changes; the others of its destination
 * wait with it. */
static enum rc
put_back(struct desk *d, struct outbox_item *it, int64_t until, int64_t now,
    struct arena *a, struct err *err)
{
	int64_t	born = now - d->conf->give_up;
	enum rc	rc;

	if (desk_way_back(d, it, now) <= now || desk_counts_from(d) > born)
		born = INT64_MIN;	/* none is given up */
	if (it->created_at <= born)
		return give_up(d, it, now, a, err);
	it->state = OUT_WAITING;
	rc = outbox_settle(d->store, it, NULL, err);
	if (rc != RC_OK)
		return rc;
	return outbox_rest(d->store, it->channel, it->channel ==
	    CHANNEL_SMTP ? NULL : it->role, until, born, err);
}

static enum rc
hand_out(struct desk *d, struct courier_state *c, struct outbox_item *it,
    int64_t now, struct arena *a, struct err *err)
{
	json_t	*rest = json_array();
	int64_t	 until = desk_way_wait(d, it, now, rest);
	enum rc	 rc;

	if (until > now)
		rc = put_back(d, it, until, now, a, err);
	else
		rc = queue_job(d, c, it, rest, a, err);
	json_decref(rest);
	return rc;
}

static enum rc
claim(struct desk *d, struct courier_state *c, enum channel_kind channel,
    int most, struct arena *a, struct err *err)
{
	struct outbox_item	*it;
	int64_t			 now = clock_now();
	size_t			 n = 0;
	enum rc			 rc = desk_begin(d, err);

	if (rc == RC_OK)
		rc = outbox_claim(d->store, channel, c->name, now,
		    now + LEASE, most, a, &it, &n, err);
	if (rc == RC_OK && n > 0)
		rc = desk_asks(d, now, a, err);
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		rc = hand_out(d, c, &it[i], now, a, err);
	return rc;
}

/* Evidence, when there is nothing else: only the last courier carries it. */
static enum rc
claim_evidence(struct desk *d, size_t i, struct arena *a, struct err *err)
{
	struct courier_state	*c = &d->couriers[i];
	struct outbox_item	*it;
	int64_t			 now = clock_now();
	size_t			 n = 0;
	enum rc			 rc;

	if (c->n_jobs > 0 || i + 1 < d->n_couriers)
		return RC_OK;
	rc = desk_begin(d, err);
	if (rc == RC_OK)
		rc = outbox_claim_evidence(d->store, c->name, now, now + LEASE,
		    1, a, &it, &n, err);
	if (rc == RC_OK && n > 0)
		rc = hand_out(d, c, &it[0], now, a, err);
	c->posting = c->evidence = c->n_jobs > 0;
	return rc;
}

/* Do all others carry evidence? */
static int
alone(const struct desk *d, size_t me)
{
	for (size_t i = 1; i < d->n_couriers; i++)
		if (i != me && (!d->couriers[i].evidence ||
		    d->couriers[i].n_jobs == 0))
			return 0;
	return 1;
}

/*
 * A receiver that does not answer costs its whole time-out: so its request
 * goes alone, no mail waits behind it, and one courier never takes any, but
 * when the others are busy with evidence.
 */
static enum rc
fill_hands(struct desk *d, size_t i, struct arena *a, struct err *err)
{
	struct courier_state	*c = &d->couriers[i];
	enum rc			 rc = RC_OK;

	if (c->n_jobs == 0)
		c->posting = c->evidence = 0;
	if (!c->child.ready || c->child.ending || c->posting)
		return RC_OK;
	if (c->n_jobs == 0 && (i > 0 || alone(d, i))) {
		rc = claim(d, c, CHANNEL_HTTP, 1, a, err);
		c->posting = c->n_jobs > 0;
	}
	if (rc == RC_OK && !c->posting && c->n_jobs <= JOBS_MAX / 2)
		rc = claim(d, c, CHANNEL_SMTP, (int)(JOBS_MAX - c->n_jobs), a,
		    err);
	return rc == RC_OK ? claim_evidence(d, i, a, err) : rc;
}

/* Behind a slow relay a letter may lie in a courier's hands for longer than
 * any lease: whoever lives keeps what it holds, and nobody else sends it. */
static enum rc
renew_leases(struct desk *d, int64_t now, struct err *err)
{
	enum rc	rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < d->n_couriers; i++) {
		if (d->couriers[i].n_jobs == 0)
			continue;
		rc = desk_begin(d, err);
		if (rc == RC_OK)
			rc = outbox_renew(d->store, d->couriers[i].name, now,
			    now + LEASE, err);
	}
	return rc;
}

/*
 * Lease what is due to couriers with a free hand.  The lease is committed
 * with this turn, before the job is said.
 */
enum rc
desk_claim(struct desk *d, struct arena *a, struct err *err)
{
	int64_t	now = clock_now(), next;
	enum rc	rc;

	rc = desk_ways_load(d, a, err);
	if (rc == RC_OK)
		rc = outbox_next(d->store, &next, err);
	if (rc != RC_OK || next == 0 || next > now)
		return rc;
	rc = renew_leases(d, now, err);
	for (size_t i = 0; rc == RC_OK && i < d->n_couriers; i++)
		rc = fill_hands(d, i, a, err);
	return rc;
}

/* What a receipt says, out of the courier's JSON. */
struct verdict {
	const char	*result;
	int		 relay_fault;
	int		 denied;	/* by a relay, and no other took it */
	int64_t		 retry_after;
};

static const char *
member(const json_t *js, const char *key)
{
	return json_string_value(json_object_get(js, key));
}

static void
read_receipt(const json_t *js, struct receipt *r, struct verdict *v)
{
	const json_t	*fault;
	size_t		 i;

	r->result = v->result = member(js, "result");
	if (v->result == NULL)
		r->result = v->result = "unknown";
	r->code = (int)json_integer_value(json_object_get(js, "code"));
	r->text = member(js, "text");
	r->peer = member(js, "peer");
	r->remote_id = member(js, "remote_id");
	r->tls = member(js, "tls");
	v->relay_fault = json_is_true(json_object_get(js, "relay_fault")) ||
	    json_integer_value(json_object_get(js, "relay_fault")) != 0;
	v->retry_after = json_integer_value(json_object_get(js, "retry_after"));
	v->denied = 0;
	json_array_foreach(json_object_get(js, "faults"), i, fault)
		v->denied |= json_is_true(json_object_get(fault, "denied"));
}

/* When it is given up, if nobody takes it. */
static int64_t
end_of(const struct desk *d, const struct outbox_item *it)
{
	int64_t	from = desk_counts_from(d);

	if (it->created_at > from)
		from = it->created_at;
	return from + d->conf->give_up;
}

/* Its way is broken, which is not its own fault: no try of it is counted. */
static void
wait_for_way(struct desk *d, struct outbox_item *it, int64_t now)
{
	int64_t	end = end_of(d, it);

	it->next_at = desk_way_back(d, it, now);
	if (it->next_at < now + SOON)
		it->next_at = now + SOON;
	if (it->next_at > end)
		it->next_at = end;
	it->state = OUT_WAITING;
	if (now < end)
		return;
	it->state = OUT_EXPIRED;
	it->settled_at = now;
}

/* The next state of a promise by what came of it; unknown: tries, with this
 * one, of which nobody knows whether it was taken. */
static void
advance(struct desk *d, struct outbox_item *it, const struct verdict *v,
    int unknown, int64_t now)
{
	enum retry_why	why = RETRY_AGAIN;

	it->settled_at = 0;
	if (v->relay_fault) {
		wait_for_way(d, it, now);
		return;
	}
	it->attempts++;
	if (strcmp(v->result, "accepted") == 0) {
		it->state = OUT_ACCEPTED;
		it->settled_at = now;
		return;
	}
	if (strcmp(v->result, "refused") == 0) {
		it->state = OUT_REFUSED;
		it->settled_at = now;
		return;
	}
	if (strcmp(v->result, "unknown") == 0)
		why = RETRY_UNKNOWN;
	it->next_at = retry_next(why == RETRY_UNKNOWN ? unknown : it->attempts,
	    it->id, why, v->retry_after, now, end_of(d, it));
	it->state = OUT_WAITING;
	if (it->next_at == 0) {
		it->state = why == RETRY_UNKNOWN ? OUT_UNKNOWN : OUT_EXPIRED;
		it->settled_at = now;
	}
}

static void
tell(const struct outbox_item *it, const struct receipt *r, const char *tracking,
    int64_t now)
{
	char	to[160], text[400];

	log_info(tracking, "deliver: outbox=%" PRId64 " duty=%s channel=%s "
	    "to=<%s> attempt=%d result=%s code=%d reply=\"%s\" next=%" PRId64
	    "s", it->id, it->duty, channel_kind_name(it->channel),
	    log_text(to, sizeof(to), it->to_addr), r->attempt, r->result,
	    r->code, log_text(text, sizeof(text), r->text),
	    it->state == OUT_WAITING ? it->next_at - now : (int64_t)0);
}

/* Did a notice come before the receipt?  It knows more than the next server,
 * and the try is counted. */
static int
is_told(const struct outbox_item *it)
{
	return it->state == OUT_ACCEPTED || it->state == OUT_DELAYED ||
	    it->state == OUT_REFUSED;
}

/*
 * Does it decide over the promise?  That of whoever holds the lease does; and
 * what was taken was taken, by whomever, or it would go out once more.
 */
static int
decides(const struct outbox_item *it, const struct courier_state *by,
    const char *result)
{
	if (it->state == OUT_IN_HAND && it->lease_owner != NULL &&
	    strcmp(it->lease_owner, by->name) == 0)
		return 1;
	return strcmp(result, "accepted") == 0 && !is_told(it);
}

static enum rc
settle_by(struct desk *d, struct outbox_item *it, const struct receipt *r,
    const struct verdict *v, struct arena *a, struct err *err)
{
	int	unknown = 0;
	enum rc	rc = receipts_unknown(d->store, it->id, &unknown, err);

	if (rc != RC_OK)
		return rc;
	advance(d, it, v, unknown + 1, r->at);
	it->last = outcome_line(a, r);
	tell(it, r, tracking_of(d, it, a), r->at);
	rc = outbox_settle(d->store, it, r, err);
	if (rc == RC_OK)
		rc = journal_receipt(d, it, r, it->state == OUT_ACCEPTED ?
		    "sent" : it->state == OUT_WAITING ? "deferred" :
		    "not_sent", a, err);
	if (rc == RC_OK && it->state != OUT_WAITING)
		rc = desk_settled(d, it, r, a, err);
	else if (rc == RC_OK && v->denied)
		rc = desk_denied(d, it, a, err);
	return rc;
}

/* What a peer said is kept, whatever became of the promise meanwhile. */
static enum rc
keep_late(struct desk *d, const struct outbox_item *it,
    const struct receipt *r, struct arena *a, struct err *err)
{
	enum rc	rc = receipt_add(d->store, r, err);

	tell(it, r, tracking_of(d, it, a), r->at);
	return rc == RC_OK ? journal_receipt(d, it, r, "late_receipt", a,
	    err) : rc;
}

/* The number that a receiver's gateway gave. */
static enum rc
take_number(struct desk *d, const struct outbox_item *it,
    const struct receipt *r, struct arena *a, struct err *err)
{
	if (it->channel != CHANNEL_HTTP || it->incident == 0 ||
	    is_evidence(it) || strcmp(r->result, "accepted") != 0 ||
	    r->remote_id == NULL || r->remote_id[0] == '\0')
		return RC_OK;
	return desk_number(d, it->incident, 0, it->to_addr, it->role,
	    r->remote_id, a, err);
}

static enum rc
settle_job(struct desk *d, const struct courier_state *by, int64_t id,
    const json_t *js, struct arena *a, struct err *err)
{
	struct outbox_item	 it;
	struct receipt		 r;
	struct verdict		 v;
	enum rc			 rc;

	memset(&it, 0, sizeof(it));
	memset(&r, 0, sizeof(r));
	rc = outbox_get(d->store, id, 0, a, &it, err);
	if (rc != RC_OK)
		return rc == RC_REFUSED ? RC_OK : rc;
	read_receipt(js, &r, &v);
	r.outbox = id;
	r.at = clock_now();
	r.kind = channel_kind_name(it.channel);
	r.attempt = it.attempts + !is_told(&it);
	/* Evidence is large: where it fails a report may still pass, so no
	 * way is called broken for its sake. */
	if (is_evidence(&it) && v.relay_fault)
		v.relay_fault = 0;
	else
		rc = desk_way_result(d, &it, js, v.relay_fault, a, err);
	if (rc == RC_OK)
		rc = take_number(d, &it, &r, a, err);
	if (rc != RC_OK)
		return rc;
	return decides(&it, by, r.result) ? settle_by(d, &it, &r, &v, a, err) :
	    keep_late(d, &it, &r, a, err);
}

/* A courier has no more to say in one turn than it had in hand. */
static void
remember(struct desk *d, const struct courier_state *by, int64_t id,
    const struct frame *f)
{
	struct said	*s = &d->said[d->n_said];

	if (d->n_said == d->n_couriers * JOBS_MAX)
		return;
	s->by = by;
	s->outbox = id;
	s->len = f->field[1].len;
	s->receipt = xcalloc(1, s->len + 1);
	memcpy(s->receipt, f->field[1].p, s->len);
	d->n_said++;
}

void
desk_said_done(struct desk *d)
{
	while (d->n_said > 0)
		free(d->said[--d->n_said].receipt);
}

static enum rc
write_receipt(struct desk *d, const struct said *s, struct err *err)
{
	struct arena	*a = arena_new();
	json_t		*js = json_loadb(s->receipt, s->len, 0, NULL);
	enum rc		 rc = desk_begin(d, err);

	if (rc == RC_OK)
		rc = settle_job(d, s->by, s->outbox, js, a, err);
	if (rc == RC_OK)
		rc = desk_commit(d, err);
	json_decref(js);
	arena_free(&a);
	return rc;
}

/* Each by itself: one that cannot be written harms no other. */
void
desk_said_again(struct desk *d)
{
	struct said	*said = d->said;
	size_t		 n = d->n_said;
	struct err	 err;

	d->said = NULL;
	d->n_said = 0;
	for (size_t i = 0; i < n; i++) {
		if (write_receipt(d, &said[i], &err) != RC_OK) {
			store_rollback(d->store);
			d->in_tx = 0;
		}
		free(said[i].receipt);
	}
	d->said = said;
}

static enum rc
take_receipt(struct desk *d, struct courier_state *c, const struct frame *f,
    struct arena *a, struct err *err)
{
	json_t		*js;
	int64_t		 id;
	size_t		 i;
	enum rc		 rc;

	if (f->n < 2 || frame_int(f, 0, &id) == -1 ||
	    f->field[1].len > RECEIPT_MAX)
		return err_set(err, RC_REFUSED, "courier: bad RECEIPT frame");
	for (i = 0; i < c->n_jobs && c->jobs[i] != id; i++)
		;
	if (i == c->n_jobs)
		return err_set(err, RC_REFUSED, "courier: receipt for %" PRId64
		    ", which it does not hold", id);
	c->n_jobs--;
	memmove(&c->jobs[i], &c->jobs[i + 1],
	    (c->n_jobs - i) * sizeof(c->jobs[0]));
	js = json_loadb(f->field[1].p, f->field[1].len, 0, NULL);
	if (!json_is_object(js)) {
		json_decref(js);
		return err_set(err, RC_REFUSED, "courier: bad receipt");
	}
	c->renew_by = json_integer_value(json_object_get(js, "renew_by"));
	remember(d, c, id, f);
	rc = desk_begin(d, err);
	if (rc == RC_OK)
		rc = settle_job(d, c, id, js, a, err);
	json_decref(js);
	return rc;
}

enum rc
desk_from_courier(struct desk *d, struct courier_state *c,
    const struct frame *f, struct arena *a, struct err *err)
{
	switch ((unsigned)f->type) {
	case FRAME_RECEIPT:
		return take_receipt(d, c, f, a, err);
	default:
		return err_set(err, RC_REFUSED, "courier: unexpected %s frame",
		    frame_type_name(f->type));
	}
}

enum rc
desk_deadly(struct desk *d, const struct courier_state *c, int64_t id,
    const char *how, struct arena *a, struct err *err)
{
	struct outbox_item	 it;
	struct receipt		 r;
	struct verdict		 v;
	enum rc			 rc;

	rc = outbox_get(d->store, id, 0, a, &it, err);
	if (rc != RC_OK)
		return rc == RC_REFUSED ? RC_OK : rc;
	memset(&r, 0, sizeof(r));
	memset(&v, 0, sizeof(v));
	r.outbox = id;
	r.at = clock_now();
	r.kind = channel_kind_name(it.channel);
	r.result = v.result = "unknown";
	r.text = arena_printf(a, "couriers died of it: %s", how);
	r.attempt = it.attempts + 1;
	return decides(&it, c, r.result) ? settle_by(d, &it, &r, &v, a, err) :
	    RC_OK;
}
