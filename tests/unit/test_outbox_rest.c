/*
 * test_outbox_rest - a destination rests and wakes, an envelope is found
 * again, and what was taken is not sent once more.
 */
#include "store_fixture.h"

#include <stdio.h>
#include <string.h>

static struct err	err;

static int64_t
promise(struct fixture *f, const char *role, enum channel_kind channel,
    int64_t made, const char *id)
{
	struct outbox_item	it = {
		.incident = 1, .role = role, .to_addr = role, .duty = "ack",
		.channel = channel, .message_id = id, .content = "x",
		.content_len = 1
	};

	OK(outbox_add(f->s, &it, made, &err));
	return it.id;
}

/* How many of a channel may be claimed at a time; they are given back. */
static size_t
claimable(struct fixture *f, enum channel_kind channel, int64_t now)
{
	struct outbox_item	*v;
	size_t			 n;

	OK(outbox_claim(f->s, channel, "c", now, now + 60, 99, f->a, &v, &n,
	    &err));
	for (size_t i = 0; i < n; i++) {
		v[i].state = OUT_WAITING;
		OK(outbox_settle(f->s, &v[i], NULL, &err));
	}
	return n;
}

static void
one_channel_is_claimed_alone(void **state)
{
	struct fixture	*f = *state;

	OK(store_begin(f->s, &err));
	(void)promise(f, "team", CHANNEL_SMTP, 10, "<a@t>");
	(void)promise(f, "ncert", CHANNEL_HTTP, 10, "b");
	(void)promise(f, "city", CHANNEL_HTTP, 10, "c");
	assert_int_equal(claimable(f, CHANNEL_SMTP, 10), 1);
	assert_int_equal(claimable(f, CHANNEL_HTTP, 10), 2);
	OK(store_commit(f->s, &err));
}

/* Tried at a time that has not come yet, and put off from there. */
static void
what_a_wrong_clock_put_off_is_due(void **state)
{
	struct fixture		*f = *state;
	struct outbox_item	 it;
	struct receipt		 r = { .kind = "smtp", .result = "again" };
	int64_t			 id, at;

	OK(store_begin(f->s, &err));
	id = promise(f, "team", CHANNEL_SMTP, 10, "<a@t>");
	(void)promise(f, "city", CHANNEL_HTTP, 90000, "b");
	OK(outbox_get(f->s, id, 0, f->a, &it, &err));
	it.next_at = 90300;
	r.outbox = id;
	r.at = 90000;
	OK(outbox_settle(f->s, &it, &r, &err));
	OK(outbox_clock_back(f->s, 90001, &err));	/* all is well */
	OK(outbox_next(f->s, &at, &err));
	assert_int_equal(at, 90000);
	assert_int_equal(claimable(f, CHANNEL_SMTP, 90299), 0);
	assert_int_equal(claimable(f, CHANNEL_HTTP, 20), 0);
	OK(outbox_clock_back(f->s, 20, &err));
	assert_int_equal(claimable(f, CHANNEL_SMTP, 20), 1);
	assert_int_equal(claimable(f, CHANNEL_HTTP, 20), 1);
	OK(outbox_get(f->s, id, 0, f->a, &it, &err));
	it.next_at = 50;		/* tried again: by the right clock */
	r.at = 20;
	OK(outbox_settle(f->s, &it, &r, &err));
	OK(outbox_clock_back(f->s, 30, &err));
	assert_int_equal(claimable(f, CHANNEL_SMTP, 30), 0);
	OK(store_commit(f->s, &err));
}

static void
a_destination_rests_alone_and_wakes(void **state)
{
	struct fixture	*f = *state;
	struct outbox_item got;
	int64_t		 at, ncert;

	OK(store_begin(f->s, &err));
	(void)promise(f, "team", CHANNEL_SMTP, 10, "<a@t>");
	ncert = promise(f, "ncert", CHANNEL_HTTP, 10, "b");
	(void)promise(f, "city", CHANNEL_HTTP, 10, "c");
	OK(outbox_rest(f->s, CHANNEL_HTTP, "ncert", 500, 0, &err));
	assert_int_equal(claimable(f, CHANNEL_HTTP, 20), 1);
	assert_int_equal(claimable(f, CHANNEL_SMTP, 20), 1);
	assert_int_equal(claimable(f, CHANNEL_HTTP, 500), 2);
	OK(outbox_rest(f->s, CHANNEL_SMTP, NULL, 300, 0, &err));
	OK(outbox_rest(f->s, CHANNEL_HTTP, NULL, 500, 0, &err));
	OK(outbox_next(f->s, &at, &err));
	assert_int_equal(at, 300);
	/* Nothing but the time to look at it has changed. */
	OK(outbox_get(f->s, ncert, 0, f->a, &got, &err));
	assert_int_equal(got.state, OUT_WAITING);
	assert_int_equal(got.attempts, 0);
	assert_int_equal(got.next_at, 10);
	/* A shorter rest does not cut a longer one. */
	OK(outbox_rest(f->s, CHANNEL_HTTP, NULL, 400, 0, &err));
	assert_int_equal(claimable(f, CHANNEL_HTTP, 450), 0);
	OK(outbox_wake(f->s, CHANNEL_HTTP, "city", &err));
	assert_int_equal(claimable(f, CHANNEL_HTTP, 20), 1);
	OK(outbox_wake(f->s, CHANNEL_HTTP, NULL, &err));
	assert_int_equal(claimable(f, CHANNEL_HTTP, 20), 2);
	assert_int_equal(claimable(f, CHANNEL_SMTP, 20), 0);
	OK(store_commit(f->s, &err));
}

static void
what_must_be_given_up_does_not_rest(void **state)
{
	struct fixture	*f = *state;

	OK(store_begin(f->s, &err));
	(void)promise(f, "old", CHANNEL_SMTP, 10, "<a@t>");
	(void)promise(f, "new", CHANNEL_SMTP, 100, "<b@t>");
	OK(outbox_rest(f->s, CHANNEL_SMTP, NULL, 900, 50, &err));
	assert_int_equal(claimable(f, CHANNEL_SMTP, 200), 1);
	OK(store_commit(f->s, &err));
}

static void
the_oldest_that_waits(void **state)
{
	struct fixture	*f = *state;
	struct outbox_item got;
	int64_t		 at, first;

	OK(store_begin(f->s, &err));
	OK(outbox_oldest(f->s, &at, &err));
	assert_int_equal(at, 0);
	first = promise(f, "team", CHANNEL_SMTP, 10, "<a@t>");
	(void)promise(f, "team", CHANNEL_SMTP, 20, "<b@t>");
	OK(outbox_oldest(f->s, &at, &err));
	assert_int_equal(at, 10);
	OK(outbox_get(f->s, first, 0, f->a, &got, &err));
	got.state = OUT_ACCEPTED;
	got.settled_at = 30;
	OK(outbox_settle(f->s, &got, NULL, &err));
	OK(outbox_oldest(f->s, &at, &err));
	assert_int_equal(at, 20);
	OK(store_commit(f->s, &err));
}

/* DELAYED with settled_at: the receiver's side told of a delay. */
static void
what_was_taken_is_not_sent_again(void **state)
{
	struct fixture	*f = *state;
	struct outbox_item got;
	int64_t		 id;

	OK(store_begin(f->s, &err));
	id = promise(f, "team", CHANNEL_SMTP, 10, "<a@t>");
	(void)promise(f, "team", CHANNEL_SMTP, 11, "<b@t>");
	OK(outbox_get(f->s, id, 0, f->a, &got, &err));
	got.state = OUT_DELAYED;
	got.settled_at = 30;
	OK(outbox_settle(f->s, &got, NULL, &err));
	assert_int_equal(claimable(f, CHANNEL_SMTP, 40), 1);
	OK(outbox_get(f->s, id, 0, f->a, &got, &err));
	assert_int_equal(got.state, OUT_DELAYED);
	got.settled_at = 0;		/* ours to send, though delayed */
	got.next_at = 40;
	OK(outbox_settle(f->s, &got, NULL, &err));
	assert_int_equal(claimable(f, CHANNEL_SMTP, 40), 1);
	OK(outbox_get(f->s, id, 0, f->a, &got, &err));
	assert_int_equal(got.state, OUT_WAITING);
	OK(store_commit(f->s, &err));
}

static void
an_envelope_is_found_only_whole(void **state)
{
	static const char hex[] = "0123456789abcdef0123456789abcdef.6b04d2c1";
	static const char *const bad[] = {
		"", "%", "0", "_123456789abcdef0123456789abcdef.6b04d2c1",
		"123456789abcdef0123456789abcdef.6b04d2c1",
		"0123456789abcdef0123456789abcdef", "abcdef0123456789%",
		"0123456789abcdef0123456789abcdef.6b04d2c1@t"
	};
	struct fixture	*f = *state;
	struct outbox_item got;
	int64_t		 id;

	OK(store_begin(f->s, &err));
	id = promise(f, "ncert", CHANNEL_SMTP, 10,
	    "<token.0123456789abcdef0123456789abcdef.6b04d2c1@t>");
	OK(outbox_by_envid(f->s, hex, f->a, &got, &err));
	assert_int_equal(got.id, id);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (outbox_by_envid(f->s, bad[i], f->a, &got, &err) !=
		    RC_REFUSED)
			fail_msg("found by \"%s\"", bad[i]);
	OK(store_commit(f->s, &err));
}

static void
the_newest_record(void **state)
{
	struct fixture	*f = *state;
	struct journal_row j = { .at = 77, .event = "x", .detail = "{}" };
	int64_t		 at;

	OK(store_begin(f->s, &err));
	OK(journal_last(f->s, &at, &err));
	assert_int_equal(at, 0);
	OK(journal_latest(f->s, &at, &err));
	assert_int_equal(at, 0);
	OK(journal_add(f->s, &j, &err));
	j.at = 70;			/* the clock was set back */
	OK(journal_add(f->s, &j, &err));
	OK(journal_last(f->s, &at, &err));
	assert_int_equal(at, 70);
	OK(journal_latest(f->s, &at, &err));
	assert_int_equal(at, 77);
	OK(store_commit(f->s, &err));
}

#define TEST(t)	cmocka_unit_test_setup_teardown(t, fixture_open, fixture_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_channel_is_claimed_alone),
		TEST(what_a_wrong_clock_put_off_is_due),
		TEST(a_destination_rests_alone_and_wakes),
		TEST(what_must_be_given_up_does_not_rest),
		TEST(the_oldest_that_waits),
		TEST(what_was_taken_is_not_sent_again),
		TEST(an_envelope_is_found_only_whole),
		TEST(the_newest_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
