/*
 * test_outbox - promises: order, leases, settling, receipts.
 */
#include "store_fixture.h"

#include <stdio.h>
#include <string.h>

#include "queue.h"

static struct err	err;

static int64_t
promise(struct fixture *f, int64_t incident, const char *role,
    const char *to, enum channel_kind channel, int64_t next)
{
	struct outbox_item	it = {
		.incident = incident, .role = role, .to_addr = to,
		.channel = channel, .next_at = next, .duty = "ack",
		.content = "hello", .content_len = 5
	};

	OK(outbox_add(f->s, &it, 1, &err));
	return it.id;
}

static struct outbox_item *
mails_for(struct fixture *f, const char *owner, int64_t now, int64_t until,
    int max, size_t *n)
{
	struct outbox_item *v;

	OK(outbox_claim(f->s, CHANNEL_SMTP, owner, now, until, max, f->a, &v,
	    n, &err));
	return v;
}

/* Claim mails at `now` for 60 s and compare the ids. */
static struct outbox_item *
claim(struct fixture *f, int64_t now, int max, const int64_t *want, size_t n)
{
	size_t		 got;
	struct outbox_item *v = mails_for(f, "courier-1", now, now + 60, max,
			    &got);

	if (got != n)
		fail_msg("claimed %zu at %lld, want %zu", got, (long long)now,
		    n);
	for (size_t i = 0; i < n; i++)
		if (v[i].id != want[i])
			fail_msg("claim %zu is %lld, want %lld", i,
			    (long long)v[i].id, (long long)want[i]);
	return v;
}

static void
settle(struct fixture *f, struct outbox_item *it, enum outbox_state state,
    int64_t next)
{
	it->state = state;
	it->attempts++;
	it->next_at = next;
	it->last = "250 ok";
	it->settled_at = state == OUT_ACCEPTED ? 500 : 0;
	OK(outbox_settle(f->s, it, NULL, &err));
}

/* Evidence keeps its place behind the report it follows; nothing waits behind
 * it, not even in the same line, and it is claimed by itself. */
static void
nothing_waits_for_evidence(void **state)
{
	struct fixture		*f = *state;
	struct outbox_item	 it = {
		.incident = 1, .role = "ncert", .to_addr = "a@x",
		.channel = CHANNEL_SMTP, .duty = "annex2", .next_at = 100,
		.content = "hello", .content_len = 5
	}, *v;
	int64_t			 id[4], next;
	size_t			 n;

	OK(store_begin(f->s, &err));
	for (int i = 0; i < 4; i++) {	/* report, files, report, files */
		it.duty = i % 2 ? "evidence" : "annex2";
		OK(outbox_add(f->s, &it, 1, &err));
		id[i] = it.id;
	}
	OK(outbox_claim_evidence(f->s, "c", 200, 260, 9, f->a, &v, &n, &err));
	assert_int_equal(n, 0);		/* its report is not there yet */
	v = claim(f, 200, 9, &id[0], 1);
	settle(f, v, OUT_ACCEPTED, 0);
	OK(outbox_claim(f->s, CHANNEL_SMTP, "c", 200, 260, 9, f->a, &v, &n,
	    &err));
	assert_int_equal(n, 1);		/* the next report, over its head */
	assert_int_equal(v[0].id, id[2]);
	settle(f, v, OUT_WAITING, 900);	/* refused for now */
	OK(outbox_claim_evidence(f->s, "c", 200, 260, 9, f->a, &v, &n, &err));
	assert_int_equal(n, 1);
	assert_int_equal(v[0].id, id[1]);
	settle(f, v, OUT_WAITING, 5000);	/* nothing behind is put off */
	OK(outbox_next(f->s, &next, &err));
	assert_int_equal(next, 900);
	v = claim(f, 900, 9, &id[2], 1);
	settle(f, v, OUT_ACCEPTED, 0);
	OK(outbox_claim_evidence(f->s, "c", 900, 960, 9, f->a, &v, &n, &err));
	assert_int_equal(n, 0);		/* evidence does wait for evidence */
	OK(outbox_claim_evidence(f->s, "c", 5000, 5060, 9, f->a, &v, &n,
	    &err));
	assert_int_equal(n, 1);
	assert_int_equal(v[0].id, id[1]);
	OK(store_commit(f->s, &err));
}

static void
every_member_comes_back(void **state)
{
	static const char body[] = "To: x\r\n\0\xff.";
	struct fixture	*f = *state;
	struct outbox_item it = {
		.incident = 3, .mail = 4, .duty = "annex2",
		.channel = CHANNEL_HTTP, .role = "ncert",
		.to_addr = "https://x/", .message_id = "<k@t>",
		.subject = "主旨", .revision = 2, .content = body,
		.content_len = sizeof(body), .next_at = 50,
		.unique_key = "3/annex2/2"
	}, got, *v;
	size_t		 n;

	OK(store_begin(f->s, &err));
	OK(outbox_add(f->s, &it, 10, &err));
	assert_int_equal(it.state, OUT_WAITING);
	OK(store_commit(f->s, &err));
	fixture_reopen(f);
	OK(outbox_get(f->s, it.id, 1, f->a, &got, &err));
	assert_int_equal(got.incident, 3);
	assert_int_equal(got.mail, 4);
	assert_string_equal(got.duty, "annex2");
	assert_int_equal(got.channel, CHANNEL_HTTP);
	assert_string_equal(got.role, "ncert");
	assert_string_equal(got.to_addr, "https://x/");
	assert_string_equal(got.message_id, "<k@t>");
	assert_string_equal(got.subject, "主旨");
	assert_int_equal(got.revision, 2);
	assert_int_equal(got.content_len, sizeof(body));
	assert_memory_equal(got.content, body, sizeof(body));
	assert_int_equal(got.state, OUT_WAITING);
	assert_int_equal(got.attempts, 0);
	assert_int_equal(got.created_at, 10);
	assert_int_equal(got.next_at, 50);
	assert_null(got.lease_owner);
	assert_string_equal(got.unique_key, "3/annex2/2");
	OK(outbox_by_msgid(f->s, "<k@t>", f->a, &got, &err));
	assert_int_equal(got.id, it.id);
	WANT(RC_REFUSED, outbox_by_msgid(f->s, "<no@t>", f->a, &got, &err));
	WANT(RC_REFUSED, outbox_get(f->s, 4711, 0, f->a, &got, &err));

	OK(store_begin(f->s, &err));
	OK(outbox_claim(f->s, CHANNEL_SMTP, "c", 50, 99, 9, f->a, &v, &n,
	    &err));
	assert_int_equal(n, 0);			/* it is a document */
	OK(outbox_claim(f->s, CHANNEL_HTTP, "c", 50, 99, 9, f->a, &v, &n,
	    &err));
	assert_int_equal(n, 1);
	assert_int_equal(v[0].state, OUT_IN_HAND);
	assert_string_equal(v[0].lease_owner, "c");
	assert_int_equal(v[0].lease_until, 99);
	assert_memory_equal(v[0].content, body, sizeof(body));
	settle(f, &v[0], OUT_ACCEPTED, 0);
	OK(outbox_get(f->s, it.id, 0, f->a, &got, &err));
	assert_int_equal(got.state, OUT_ACCEPTED);
	assert_int_equal(got.attempts, 1);
	assert_int_equal(got.settled_at, 500);
	assert_string_equal(got.last, "250 ok");
	assert_null(got.lease_owner);
	assert_int_equal(got.lease_until, 0);
	got.id = 4711;
	WANT(RC_REFUSED, outbox_settle(f->s, &got, NULL, &err));
	OK(store_commit(f->s, &err));
}

/* What stands in one line waits for the first of it; other lines do not. */
static void
order_is_kept_by_line(void **state)
{
	static const struct {
		int64_t		 incident;
		const char	*role, *to;
		int		 waits;
	} in[] = {
		{ 1, "team", "a@x", 0 },
		{ 1, "team", "a@x", 1 },
		{ 2, "team", "a@x", 0 },
		{ 1, "ciso", "a@x", 0 },
		{ 1, "team", "b@x", 0 },
		{ 1, NULL, "a@x", 0 },
		{ 1, NULL, "a@x", 1 },
		{ 0, "operator", "o@x", 0 },
		{ 0, "operator", "o@x", 1 },
	};
	struct fixture	*f = *state;
	int64_t		 want[9], rest[9], id, http;
	struct outbox_item *v, *doc;
	size_t		 n = 0, nrest = 0, ndoc;

	OK(store_begin(f->s, &err));
	for (size_t i = 0; i < 9; i++) {
		id = promise(f, in[i].incident, in[i].role, in[i].to,
		    CHANNEL_SMTP, 0);
		if (in[i].waits)
			rest[nrest++] = id;
		else
			want[n++] = id;
	}
	http = promise(f, 1, "team", "a@x", CHANNEL_HTTP, 0);
	v = claim(f, 100, -1, want, n);
	(void)claim(f, 100, -1, NULL, 0);	/* all in hand or waiting */
	OK(outbox_claim(f->s, CHANNEL_HTTP, "courier-1", 100, 160, -1, f->a,
	    &doc, &ndoc, &err));
	assert_int_equal(ndoc, 1);
	assert_int_equal(doc[0].id, http);
	for (size_t i = 0; i < n; i++)
		settle(f, &v[i], OUT_ACCEPTED, 0);
	(void)claim(f, 100, -1, rest, nrest);
	OK(store_commit(f->s, &err));
}

static void
oldest_first_and_not_before_due(void **state)
{
	struct fixture	*f = *state;
	int64_t		 a, b, c, at;

	OK(outbox_next(f->s, &at, &err));
	assert_int_equal(at, 0);
	OK(store_begin(f->s, &err));
	a = promise(f, 1, "r", "a@x", CHANNEL_SMTP, 30);
	b = promise(f, 2, "r", "b@x", CHANNEL_SMTP, 10);
	c = promise(f, 3, "r", "c@x", CHANNEL_SMTP, 20);
	OK(outbox_next(f->s, &at, &err));
	assert_int_equal(at, 10);
	(void)claim(f, 9, 5, NULL, 0);
	(void)claim(f, 20, 1, &b, 1);
	OK(outbox_next(f->s, &at, &err));
	assert_int_equal(at, 20);
	(void)claim(f, 40, 5, (int64_t[]){ c, a }, 2);
	OK(store_commit(f->s, &err));
}

/* The end of each state: who of its line may go at 200, and the wake-up. */
static void
settled_states_let_the_next_go(void **state)
{
	static const struct {
		enum outbox_state	state;
		int64_t			next;	/* of the first one */
		int			first, second;	/* claimed at 200 */
		int64_t			wake;
	} cases[] = {
		{ OUT_WAITING, 900, 0, 0, 900 },
		{ OUT_WAITING, 150, 1, 0, 150 },
		{ OUT_DELAYED, 900, 0, 0, 900 },
		{ OUT_DELAYED, 150, 1, 0, 150 },
		{ OUT_ACCEPTED, 0, 0, 1, 1 }, { OUT_REFUSED, 0, 0, 1, 1 },
		{ OUT_UNKNOWN, 0, 0, 1, 1 }, { OUT_EXPIRED, 0, 0, 1, 1 },
		{ OUT_HELD, 0, 0, 1, 1 }, { OUT_WITHDRAWN, 0, 0, 1, 1 },
	};
	struct fixture	*f = *state;
	struct outbox_item *v;
	int64_t		 a, b, at;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		OK(store_begin(f->s, &err));
		a = promise(f, 1, "r", "a@x", CHANNEL_SMTP, 0);
		b = promise(f, 1, "r", "a@x", CHANNEL_SMTP, 0);
		v = claim(f, 100, 1, &a, 1);
		settle(f, v, cases[i].state, cases[i].next);
		OK(outbox_next(f->s, &at, &err));
		if (at != cases[i].wake)
			fail_msg("%s: wakes at %lld, want %lld",
			    outbox_state_name(cases[i].state), (long long)at,
			    (long long)cases[i].wake);
		if (cases[i].first)
			(void)claim(f, 200, 9, &a, 1);
		else if (cases[i].second)
			(void)claim(f, 200, 9, &b, 1);
		else
			(void)claim(f, 200, 9, NULL, 0);
		store_rollback(f->s);
	}
}

/* A retry brought forward by hand frees the line behind it too. */
static void
retry_by_hand(void **state)
{
	struct fixture	*f = *state;
	struct outbox_item *v;
	int64_t		 a, b, at;

	OK(store_begin(f->s, &err));
	a = promise(f, 1, "r", "a@x", CHANNEL_SMTP, 0);
	b = promise(f, 1, "r", "a@x", CHANNEL_SMTP, 300);
	v = claim(f, 100, 1, &a, 1);
	settle(f, v, OUT_DELAYED, 900);
	settle(f, v, OUT_WAITING, 110);
	v = claim(f, 120, 9, &a, 1);
	settle(f, v, OUT_ACCEPTED, 0);
	(void)claim(f, 299, 9, NULL, 0);	/* its own time stays */
	OK(outbox_next(f->s, &at, &err));
	assert_int_equal(at, 300);
	v = claim(f, 300, 9, &b, 1);
	settle(f, v, OUT_HELD, 0);
	(void)claim(f, 999, 9, NULL, 0);
	v->state = OUT_WAITING;			/* let go again */
	v->next_at = 400;
	OK(outbox_settle(f->s, v, NULL, &err));
	(void)claim(f, 999, 9, &b, 1);
	OK(store_commit(f->s, &err));
}

static void
expired_lease_is_claimed_again(void **state)
{
	struct fixture	*f = *state;
	struct outbox_item *v;
	int64_t		 id, at;
	size_t		 n;

	OK(store_begin(f->s, &err));
	id = promise(f, 1, "r", "a@x", CHANNEL_SMTP, 0);
	(void)claim(f, 100, 9, &id, 1);		/* until 160 */
	OK(outbox_next(f->s, &at, &err));
	assert_int_equal(at, 160);
	(void)claim(f, 159, 9, NULL, 0);
	v = mails_for(f, "courier-2", 160, 220, 9, &n);
	assert_int_equal(n, 1);
	assert_string_equal(v[0].lease_owner, "courier-2");
	assert_int_equal(v[0].attempts, 1);
	OK(store_commit(f->s, &err));
}

static void
release_gives_back_one_owners_leases(void **state)
{
	struct fixture	*f = *state;
	struct outbox_item got;
	int64_t		 a, b, both[2];
	size_t		 n;

	OK(store_begin(f->s, &err));
	both[0] = a = promise(f, 1, "r", "a@x", CHANNEL_SMTP, 0);
	both[1] = b = promise(f, 2, "r", "b@x", CHANNEL_SMTP, 0);
	(void)claim(f, 100, 1, &a, 1);
	(void)mails_for(f, "courier-2", 100, 160, 9, &n);
	assert_int_equal(n, 1);
	OK(outbox_release(f->s, "courier-1", 0, &err));
	OK(outbox_release(f->s, "nobody", 0, &err));
	OK(outbox_get(f->s, a, 0, f->a, &got, &err));
	assert_int_equal(got.state, OUT_WAITING);
	assert_int_equal(got.attempts, 1);
	assert_null(got.lease_owner);
	OK(outbox_get(f->s, b, 0, f->a, &got, &err));
	assert_int_equal(got.state, OUT_IN_HAND);
	(void)claim(f, 100, 9, &a, 1);
	OK(outbox_release(f->s, NULL, 0, &err));
	(void)claim(f, 100, 9, both, 2);
	OK(store_commit(f->s, &err));
}

/* The others were not begun: no try of theirs is counted. */
static void
release_counts_the_one_that_was_begun(void **state)
{
	struct fixture	*f = *state;
	struct outbox_item got;
	int64_t		 id[2];

	OK(store_begin(f->s, &err));
	id[0] = promise(f, 1, "r", "a@x", CHANNEL_SMTP, 0);
	id[1] = promise(f, 2, "r", "b@x", CHANNEL_SMTP, 0);
	(void)claim(f, 100, 9, id, 2);
	OK(outbox_release(f->s, "courier-1", id[1], &err));
	for (size_t i = 0; i < 2; i++) {
		OK(outbox_get(f->s, id[i], 0, f->a, &got, &err));
		assert_int_equal(got.state, OUT_WAITING);
		assert_int_equal(got.attempts, i);
	}
	OK(store_commit(f->s, &err));
}

static void
unique_key_is_promised_once(void **state)
{
	static const struct {
		const char	*key;
		enum rc		 want;
	} cases[] = {
		{ "1/annex2/1", RC_OK }, { "1/annex2/1", RC_REFUSED },
		{ "1/annex2/2", RC_OK }, { NULL, RC_OK }, { NULL, RC_OK },
		{ "1/annex2/2", RC_REFUSED },
	};
	struct fixture	*f = *state;

	OK(store_begin(f->s, &err));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct outbox_item	it = { .to_addr = "a@x",
			.unique_key = cases[i].key, .content = "x",
			.content_len = 1 };

		WANT(cases[i].want, outbox_add(f->s, &it, 1, &err));
	}
	OK(store_commit(f->s, &err));	/* a refusal spoils nothing */
	assert_int_equal(fixture_sql(f, "SELECT count(*) FROM outbox"), 4);
	assert_int_equal(fixture_sql(f,
	    "SELECT count(*) FROM outbox_content"), 4);
}

static void
lists_are_newest_last(void **state)
{
	static const struct {
		int64_t			incident;
		enum outbox_state	state;
		int			max;
		size_t			n;
		int			first, last;
	} cases[] = {
		{ 0, OUT_NSTATES, -1, 5, 0, 4 },
		{ 0, OUT_NSTATES, 2, 2, 3, 4 },
		{ 1, OUT_NSTATES, -1, 3, 0, 4 },
		{ 2, OUT_NSTATES, -1, 2, 1, 3 },
		{ 0, OUT_ACCEPTED, -1, 1, 0, 0 },
		{ 1, OUT_WAITING, -1, 2, 2, 4 },
		{ 2, OUT_HELD, -1, 0, 0, 0 },
	};
	struct fixture	*f = *state;
	struct outbox_item *v;
	int64_t		 id[5];
	size_t		 n;

	OK(store_begin(f->s, &err));
	for (int i = 0; i < 5; i++)
		id[i] = promise(f, 1 + i % 2, "r", "a@x", CHANNEL_SMTP, 0);
	v = claim(f, 10, 1, id, 1);
	settle(f, v, OUT_ACCEPTED, 0);
	OK(store_commit(f->s, &err));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		OK(outbox_list(f->s, cases[i].incident, cases[i].state,
		    cases[i].max, f->a, &v, &n, &err));
		if (n != cases[i].n || (n > 0 &&
		    (v[0].id != id[cases[i].first] ||
		    v[n - 1].id != id[cases[i].last])))
			fail_msg("list %zu: %zu items", i, n);
	}
}

static void
receipts_are_kept(void **state)
{
	static const struct receipt in[] = {
		{ .at = 5, .kind = "smtp", .result = "again", .code = 451,
		    .text = "4.7.1 later", .peer = "mx:25", .attempt = 1 },
		{ .at = 9, .kind = "http", .result = "accepted", .code = 200,
		    .text = "{}", .peer = "x:443", .remote_id = "N-1",
		    .tls = "sha256:00", .attempt = 2 },
	};
	struct fixture	*f = *state;
	struct outbox_item *it;
	struct receipt	 r, *v;
	int64_t		 id;
	size_t		 n;

	OK(store_begin(f->s, &err));
	id = promise(f, 1, "r", "a@x", CHANNEL_SMTP, 0);
	it = claim(f, 10, 1, &id, 1);
	for (size_t i = 0; i < 2; i++) {
		r = in[i];
		r.outbox = id;
		it->state = i == 0 ? OUT_WAITING : OUT_ACCEPTED;
		OK(outbox_settle(f->s, it, &r, &err));
	}
	r.kind = "dsn";
	OK(receipt_add(f->s, &r, &err));
	OK(store_commit(f->s, &err));
	OK(receipt_list(f->s, id, f->a, &v, &n, &err));
	assert_int_equal(n, 3);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(v[i].outbox, id);
		assert_int_equal(v[i].at, in[i].at);
		assert_string_equal(v[i].kind, in[i].kind);
		assert_string_equal(v[i].result, in[i].result);
		assert_int_equal(v[i].code, in[i].code);
		assert_string_equal(v[i].text, in[i].text);
		assert_string_equal(v[i].peer, in[i].peer);
		assert_int_equal(v[i].attempt, in[i].attempt);
	}
	assert_null(v[0].tls);
	assert_string_equal(v[1].remote_id, "N-1");
	assert_string_equal(v[1].tls, "sha256:00");
	assert_string_equal(v[2].kind, "dsn");

	OK(store_begin(f->s, &err));	/* a receipt for nothing */
	r.outbox = 4711;
	WANT(RC_REFUSED, receipt_add(f->s, &r, &err));
	store_rollback(f->s);
}

static void
unknown_ends_are_counted(void **state)
{
	static const char *const result[] = { "again", "unknown", "unknown" };
	struct fixture	*f = *state;
	struct receipt	 r = { .at = 5, .kind = "smtp", .text = "" };
	int64_t		 id[2];
	int		 n;

	OK(store_begin(f->s, &err));
	id[0] = promise(f, 1, "r", "a@x", CHANNEL_SMTP, 0);
	id[1] = promise(f, 2, "r", "b@x", CHANNEL_SMTP, 0);
	for (size_t i = 0; i < 3; i++) {
		r.outbox = id[0];
		r.result = result[i];
		OK(receipt_add(f->s, &r, &err));
	}
	OK(receipts_unknown(f->s, id[0], &n, &err));
	assert_int_equal(n, 2);
	OK(receipts_unknown(f->s, id[1], &n, &err));
	assert_int_equal(n, 0);
	OK(store_commit(f->s, &err));
}

/* Deep lines and many settled rows must not slow claiming down. */
static void
settled_rows_cost_nothing(void **state)
{
	struct fixture	*f = *state;
	struct outbox_item *v;
	size_t		 n, total = 0;

	OK(store_begin(f->s, &err));
	for (int i = 0; i < 3000; i++)
		(void)promise(f, 1 + i % 1000, "r", "a@x", CHANNEL_SMTP, 0);
	do {
		v = mails_for(f, "c", 100, 160, 50, &n);
		for (size_t i = 0; i < n; i++) {
			settle(f, &v[i], OUT_ACCEPTED, 0);
			assert_true(v[i].id >
			    (int64_t)(total / 1000 * 1000));
			total++;
		}
		arena_reset(f->a);
	} while (n > 0);
	OK(store_commit(f->s, &err));
	assert_int_equal(total, 3000);
	assert_int_equal(fixture_sql(f,
	    "SELECT count(*) FROM outbox WHERE due_at IS NOT NULL"), 0);
}

/* The account that the desk has may be an operator's too. */
static void
who_changed_it_is_kept(void **state)
{
	static const char *const roles[] = { "operator", "tocsin" };
	struct fixture	*f = *state;
	struct journal_row *v;
	size_t		 n;
	int64_t		 id;

	OK(store_begin(f->s, &err));
	for (size_t i = 0; i < 2; i++) {
		id = promise(f, 0, "r", "a@x", CHANNEL_SMTP, 0);
		OK(queue_change(f->s, "hold", id, "tocsin", roles[i], 5, f->a,
		    &err));
		WANT(RC_REFUSED, queue_change(f->s, "hold", id, "tocsin",
		    roles[i], 5, f->a, &err));
	}
	OK(store_commit(f->s, &err));
	OK(journal_list(f->s, 0, 0, -1, f->a, &v, &n, &err));
	assert_int_equal(n, 2);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(v[i].event, "queue_hold");
		assert_string_equal(v[i].role, roles[i]);
	}
}

#define TEST(t)	cmocka_unit_test_setup_teardown(t, fixture_open, fixture_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_waits_for_evidence),
		TEST(every_member_comes_back),
		TEST(order_is_kept_by_line),
		TEST(oldest_first_and_not_before_due),
		TEST(settled_states_let_the_next_go),
		TEST(retry_by_hand),
		TEST(expired_lease_is_claimed_again),
		TEST(release_gives_back_one_owners_leases),
		TEST(release_counts_the_one_that_was_begun),
		TEST(unique_key_is_promised_once),
		TEST(lists_are_newest_last),
		TEST(receipts_are_kept),
		TEST(unknown_ends_are_counted),
		TEST(settled_rows_cost_nothing),
		TEST(who_changed_it_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
