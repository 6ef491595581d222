/*
 * verify_outbox - promises and receipts against the journal, which has a row
 * for each receipt, each notice and each word of the operator.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/json.h"
#include "cli/verify.h"

#define ROWS		256
#define NOTICE_LAG	2	/* seconds: early versions read the clock twice */
#define BIT(state)	(1u << OUT_##state)

/* What a row says of a promise. */
struct said {
	int64_t		 outbox, seq, at;
	const char	*event, *text, *result, *state;
	int		 code;
};

struct all {
	struct cli	*cli;
	struct arena	*a;
	struct said	*v;
	size_t		 n, room;
};

static int
speaks_of_promises(const char *event)
{
	static const char *const events[] = {
		"sent", "deferred", "not_sent", "late_receipt", "dsn",
		"confirmed", "queue_retry", "queue_hold", "queue_withdraw"
	};

	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (strcmp(event, events[i]) == 0)
			return 1;
	return 0;
}

static const char *
text_of(struct arena *a, const json_t *j, const char *key)
{
	const char	*s = json_string_value(json_object_get(j, key));

	return arena_strdup(a, s != NULL ? s : "");
}

static void
keep(struct all *all, const struct journal_row *r, const json_t *j)
{
	struct said	*more;

	if (all->n == all->room) {
		all->room = all->room * 2 + ROWS;
		more = arena_array(all->a, all->room, sizeof(*more));
		if (all->n > 0)
			memcpy(more, all->v, all->n * sizeof(*more));
		all->v = more;
	}
	all->v[all->n++] = (struct said){
		json_integer_value(json_object_get(j, "outbox")), r->seq, r->at,
		arena_strdup(all->a, r->event), text_of(all->a, j, "text"),
		text_of(all->a, j, "result"), text_of(all->a, j, "state"),
		(int)json_integer_value(json_object_get(j, "code"))
	};
}

static enum rc
read_journal(struct all *all, struct err *err)
{
	struct arena		*a = arena_new();
	struct journal_row	*rows;
	int64_t			 from = 0;
	size_t			 n = 1;
	enum rc			 rc = RC_OK;

	while (rc == RC_OK && n > 0) {
		rc = journal_list(all->cli->store, 0, from, ROWS, a, &rows, &n,
		    err);
		for (size_t i = 0; rc == RC_OK && i < n; i++) {
			json_t	*j = NULL;

			if (speaks_of_promises(rows[i].event))
				j = json_loads(rows[i].detail, 0, NULL);
			/* "sent" without a number is what followed of it */
			if (json_object_get(j, "outbox") != NULL)
				keep(all, &rows[i], j);
			json_decref(j);
			from = rows[i].seq + 1;
		}
		arena_reset(a);
	}
	arena_free(&a);
	return rc;
}

static int
by_promise(const void *x, const void *y)
{
	const struct said	*a = x, *b = y;

	if (a->outbox != b->outbox)
		return a->outbox < b->outbox ? -1 : 1;
	return a->seq < b->seq ? -1 : a->seq > b->seq;
}

static int
is_notice(const struct said *s)
{
	return strcmp(s->event, "dsn") == 0;
}

/* By a mail of the receiver.  Early versions wrote no row of it. */
static int
is_confirmed(const struct said *s)
{
	return strcmp(s->event, "confirmed") == 0;
}

/* --- the state --- */

/* A notice moves what may have gone out; of a first try nobody knows. */
static unsigned
noticed(unsigned may, const char *result)
{
	unsigned	open = may & (BIT(WAITING) | BIT(UNKNOWN)), to;
	unsigned	taken = may & (BIT(ACCEPTED) | BIT(DELAYED));

	if (strcmp(result, "delayed") == 0)
		return may & BIT(ACCEPTED) ? (may & ~BIT(ACCEPTED)) |
		    BIT(DELAYED) : may;
	to = strcmp(result, "failed") == 0 ? BIT(REFUSED) : BIT(ACCEPTED);
	if (strcmp(result, "delivered") == 0)
		open |= may & BIT(EXPIRED);
	if (open == 0 && taken == 0)
		return may;
	return (may & ~taken & ~BIT(UNKNOWN)) | to;
}

/* The states it may be in after a row. */
static unsigned
after(unsigned may, const struct said *s)
{
	enum outbox_state	state;

	if (strcmp(s->event, "sent") == 0)
		return BIT(ACCEPTED);
	if (strcmp(s->event, "deferred") == 0 ||
	    strcmp(s->event, "queue_retry") == 0)
		return BIT(WAITING);
	if (strcmp(s->event, "not_sent") == 0)
		return outbox_state_parse(s->state, &state) == 0 ?
		    1u << state : 0;
	if (strcmp(s->event, "queue_hold") == 0)
		return BIT(HELD);
	if (strcmp(s->event, "queue_withdraw") == 0)
		return BIT(WITHDRAWN);
	return is_notice(s) || is_confirmed(s) ? noticed(may, s->result) : may;
}

static enum rc
check_state(const struct outbox_item *it, unsigned may, struct err *err)
{
	enum outbox_state	is = it->state == OUT_IN_HAND ? OUT_WAITING :
				    it->state;
	int			want = 0;

	/* who names it by a number of theirs has got it: see is_confirmed() */
	if (it->delivered && may & (BIT(WAITING) | BIT(UNKNOWN) | BIT(DELAYED)))
		may |= BIT(ACCEPTED) | BIT(DELAYED);
	if (may & 1u << is)
		return RC_OK;
	while (want < OUT_NSTATES && (may & 1u << want) == 0)
		want++;
	return err_set(err, RC_REFUSED, "queue %lld: found %s, expected %s by "
	    "the journal", (long long)it->id, outbox_state_name(it->state),
	    want < OUT_NSTATES ? outbox_state_name((enum outbox_state)want) :
	    "another state");
}

/* --- the receipts --- */

static int
is_receipt(const struct said *s)
{
	return is_notice(s) || strncmp(s->event, "queue_", 6) != 0;
}

static int
fits(const struct receipt *r, const struct said *s)
{
	if (is_notice(s))
		return strcmp(r->kind, "dsn") == 0 && r->at <= s->at &&
		    s->at - r->at <= NOTICE_LAG &&
		    strcmp(r->result, s->result) == 0;
	if (is_confirmed(s))
		return r->at == s->at && strcmp(r->result, s->result) == 0;
	return r->at == s->at && r->code == s->code &&
	    strcmp(r->text != NULL ? r->text : "", s->text) == 0;
}

/* The next row that speaks of a receipt. */
static size_t
next_receipt(const struct said *s, size_t k, size_t n)
{
	while (k < n && !is_receipt(&s[k]))
		k++;
	return k;
}

/* In the order in which they came; "mail" is a number that was read. */
static enum rc
check_receipts(struct all *all, const struct outbox_item *it,
    const struct said *s, size_t n, struct arena *a, struct err *err)
{
	struct receipt	*r;
	size_t		 n_r = 0, k = 0;
	enum rc		 rc = receipt_list(all->cli->store, it->id, a, &r,
			    &n_r, err);

	for (size_t i = 0; rc == RC_OK && i < n_r; i++) {
		k = next_receipt(s, k, n);
		if (strcmp(r[i].kind, "mail") == 0) {
			k += k < n && is_confirmed(&s[k]) &&
			    fits(&r[i], &s[k]);
			continue;
		}
		if (k == n || !fits(&r[i], &s[k]))
			return err_set(err, RC_REFUSED, "queue %lld: receipt "
			    "%zu (%s) is not as the journal has it",
			    (long long)it->id, i + 1, r[i].result);
		k++;
	}
	k = next_receipt(s, k, n);
	if (rc == RC_OK && k < n)
		return err_set(err, RC_REFUSED, "queue %lld: the receipt of "
		    "row %lld of the journal is missing", (long long)it->id,
		    (long long)s[k].seq);
	return rc;
}

static enum rc
check_promises(struct all *all, const struct outbox_item *it, size_t n_it,
    struct err *err)
{
	struct arena	*a = arena_new();
	size_t		 at = 0, end;
	enum rc		 rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < n_it; i++) {
		unsigned	may = BIT(WAITING);

		if (at < all->n && all->v[at].outbox < it[i].id)
			break;
		for (end = at; end < all->n && all->v[end].outbox == it[i].id;
		    end++)
			may = after(may, &all->v[end]);
		rc = check_state(&it[i], may, err);
		if (rc == RC_OK)
			rc = check_receipts(all, &it[i], &all->v[at], end - at,
			    a, err);
		at = end;
		arena_reset(a);
	}
	arena_free(&a);
	if (rc == RC_OK && at < all->n)
		rc = err_set(err, RC_REFUSED, "queue %lld: found none, "
		    "expected one by row %lld of the journal",
		    (long long)all->v[at].outbox, (long long)all->v[at].seq);
	return rc;
}

enum rc
verify_outbox(struct cli *cli, int64_t *count, struct err *err)
{
	struct all		 all = { .cli = cli, .a = arena_new() };
	struct outbox_item	*it;
	size_t			 n = 0;
	enum rc			 rc;

	rc = outbox_list(cli->store, 0, OUT_NSTATES, -1, all.a, &it, &n, err);
	if (rc == RC_OK)
		rc = read_journal(&all, err);
	if (rc == RC_OK && all.n > 0)
		qsort(all.v, all.n, sizeof(*all.v), by_promise);
	if (rc == RC_OK)
		rc = check_promises(&all, it, n, err);
	arena_free(&all.a);
	*count = (int64_t)n;
	return rc;
}
