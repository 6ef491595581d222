/*
 * test_spool - raw mails, the ledger, duplicates and twins.
 */
#include "store_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct err	err;

static int64_t
add(struct fixture *f, const char *mailbox, int64_t validity, const char *uid,
    const char *raw, size_t len, enum rc want)
{
	struct mail	m = {
		.mailbox = mailbox, .uidvalidity = validity, .uid = uid,
		.arrived = 77, .size = 99, .raw = raw, .raw_len = len
	};

	WANT(want, spool_add(f->s, &m, 1000, &err));
	return m.id;
}

/* The ledger: what is the same mail in the same place, and what is not. */
static void
ledger(void **state)
{
	static const struct {
		const char	*mailbox;
		int64_t		 validity;
		const char	*uid, *raw;
		enum rc		 want;
	} cases[] = {
		{ "main", 7, "1", "one", RC_OK },
		{ "main", 7, "1", "one", RC_REFUSED },
		{ "main", 7, "1", "two", RC_OK },	/* uid used again */
		{ "main", 8, "1", "one", RC_OK },
		{ "main", 7, "2", "one", RC_OK },
		{ "second", 7, "1", "one", RC_OK },
		{ "second", 1, "17000.M5P6.host,S=123", "x", RC_OK },
		{ "second", 1, "17000.M5P6.host,S=123", "x", RC_REFUSED },
		{ "second", 1, "17000.M5P7.host,S=123", "x", RC_OK },
		{ "main", 7, "01", "one", RC_OK },
	};
	struct fixture	*f = *state;
	int64_t		 id, last = 0, first = 0;

	OK(store_begin(f->s, &err));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		id = add(f, cases[i].mailbox, cases[i].validity, cases[i].uid,
		    cases[i].raw, strlen(cases[i].raw), cases[i].want);
		if (i == 0)
			first = id;
		if (i == 1 && id != first)
			fail_msg("duplicate is %lld, want %lld",
			    (long long)id, (long long)first);
		if (cases[i].want == RC_OK) {
			assert_true(id > last);
			last = id;
		}
	}
	OK(store_commit(f->s, &err));
}

static void
raw_is_kept_byte_for_byte(void **state)
{
	static const char bytes[] = "a\0b\r\n\xff\xfe\r\n.\r\n";
	struct fixture	*f = *state;
	char		*big = xcalloc(1, 3000001);
	struct mail	 m;
	int64_t		 small, large, none;

	memset(big, 'z', 3000000);
	OK(store_begin(f->s, &err));
	small = add(f, "m", 1, "1", bytes, sizeof(bytes), RC_OK);
	large = add(f, "m", 1, "2", big, 3000000, RC_OK);
	none = add(f, "m", 1, "3", NULL, 0, RC_OK);
	OK(store_commit(f->s, &err));
	fixture_reopen(f);

	OK(spool_get(f->s, small, 1, f->a, &m, &err));
	assert_int_equal(m.raw_len, sizeof(bytes));
	assert_memory_equal(m.raw, bytes, sizeof(bytes));
	assert_int_equal(m.raw[m.raw_len], '\0');
	OK(spool_get(f->s, large, 1, f->a, &m, &err));
	assert_int_equal(m.raw_len, 3000000);
	assert_memory_equal(m.raw, big, 3000000);
	OK(spool_get(f->s, none, 1, f->a, &m, &err));
	assert_int_equal(m.raw_len, 0);
	assert_int_equal(m.size, 99);
	OK(spool_get(f->s, small, 0, f->a, &m, &err));
	assert_null(m.raw);
	assert_int_equal(m.raw_len, sizeof(bytes));
	WANT(RC_REFUSED, spool_get(f->s, 4711, 0, f->a, &m, &err));
	free(big);
}

static void
settle_writes_what_was_read(void **state)
{
	struct fixture	*f = *state;
	struct mail	 m, *v;
	size_t		 n;
	int64_t		 a, b;

	OK(store_begin(f->s, &err));
	a = fixture_mail(f->s, 1);
	b = fixture_mail(f->s, 2);
	OK(spool_attempt(f->s, a, &err));
	OK(spool_attempt(f->s, a, &err));
	WANT(RC_REFUSED, spool_attempt(f->s, 4711, &err));
	OK(spool_unread(f->s, 0, 10, f->a, &v, &n, &err));
	assert_int_equal(n, 2);
	assert_int_equal(v[0].id, a);
	assert_int_equal(v[0].attempts, 2);
	assert_int_equal(v[0].disposition, DISP_NEW);
	assert_int_equal(v[1].id, b);
	OK(spool_unread(f->s, 0, 1, f->a, &v, &n, &err));
	assert_int_equal(n, 1);

	m = (struct mail){ .id = a, .disposition = DISP_REPORT, .incident = 5,
		.message_id = "<a@b>", .body_sha256 = "h", .subject = "主旨",
		.from_addr = "x@y", .why = "because", .report = "{}" };
	OK(spool_settle(f->s, &m, &err));
	m.report = "{\"read\": 2}";
	OK(spool_settle(f->s, &m, &err));
	m.report = NULL;
	OK(spool_settle(f->s, &m, &err));
	m.id = 4711;
	WANT(RC_REFUSED, spool_settle(f->s, &m, &err));
	OK(store_commit(f->s, &err));
	fixture_reopen(f);

	OK(spool_get(f->s, a, 0, f->a, &m, &err));
	assert_int_equal(m.disposition, DISP_REPORT);
	assert_int_equal(m.incident, 5);
	assert_string_equal(m.message_id, "<a@b>");
	assert_string_equal(m.body_sha256, "h");
	assert_string_equal(m.subject, "主旨");
	assert_string_equal(m.from_addr, "x@y");
	assert_string_equal(m.why, "because");
	assert_string_equal(m.report, "{\"read\": 2}");
	assert_int_equal(m.arrived, 1000);
	assert_int_equal(m.stored_at, 2001);
	assert_string_equal(m.mailbox, "main");
	assert_string_equal(m.uid, "1");
	OK(spool_unread(f->s, 0, -1, f->a, &v, &n, &err));
	assert_int_equal(n, 1);
	assert_int_equal(v[0].id, b);
}

static void
known_and_marked(void **state)
{
	struct fixture	*f = *state;
	const char	*todo;
	struct mail	 m = { .mailbox = "main", .uidvalidity = 7,
			    .uid = "9", .raw = "x", .raw_len = 1 };
	int64_t		 last;
	int		 left;

	OK(spool_known(f->s, "main", 7, f->a, &last, &todo, &err));
	assert_int_equal(last, 0);
	assert_string_equal(todo, "");
	OK(spool_left(f->s, "main", 7, &left, &err));
	assert_false(left);
	OK(store_begin(f->s, &err));
	(void)add(f, "main", 7, "9", "x", 1, RC_OK);
	(void)add(f, "main", 7, "10", "y", 1, RC_OK);	/* 10 > 9 as numbers */
	(void)add(f, "main", 7, "2", "z", 1, RC_OK);
	(void)add(f, "main", 6, "300", "w", 1, RC_OK);
	(void)add(f, "other", 7, "400", "w", 1, RC_OK);
	(void)add(f, "dir", 1, "abc", "w", 1, RC_OK);
	OK(spool_known(f->s, "main", 7, f->a, &last, &todo, &err));
	assert_int_equal(last, 10);
	assert_string_equal(todo, "2,9,10");
	OK(spool_marked(f->s, "main", 7, "9", &err));
	OK(spool_marked(f->s, "main", 7, "9", &err));
	OK(spool_marked(f->s, "main", 7, "4711", &err));
	OK(spool_known(f->s, "main", 7, f->a, &last, &todo, &err));
	assert_int_equal(last, 10);
	assert_string_equal(todo, "2,10");
	OK(spool_left(f->s, "main", 7, &left, &err));
	assert_true(left);
	OK(spool_marked(f->s, "main", 6, "300", &err));
	OK(spool_left(f->s, "main", 6, &left, &err));
	assert_false(left);
	WANT(RC_REFUSED, spool_add(f->s, &m, 1, &err));
	assert_int_equal(m.marked, 1);
	OK(spool_known(f->s, "dir", 1, f->a, &last, &todo, &err));
	assert_int_equal(last, 0);
	assert_string_equal(todo, "abc");
	OK(store_commit(f->s, &err));
}

static void
ledger_as_a_set(void **state)
{
	struct fixture	*f = *state;
	const char	*set;

	OK(store_begin(f->s, &err));
	OK(spool_ledger(f->s, "main", 7, f->a, &set, &err));
	assert_string_equal(set, "");
	for (int i = 0; i < 6; i++)
		(void)add(f, "main", 7, (const char *[]){ "3", "1", "2", "9",
		    "4294967295", "9" }[i], i == 5 ? "w" : "x", 1, RC_OK);
	(void)add(f, "main", 6, "4", "x", 1, RC_OK);
	(void)add(f, "dir", 7, "abc", "x", 1, RC_OK);
	OK(spool_ledger(f->s, "main", 7, f->a, &set, &err));
	assert_string_equal(set, "1:3,9,4294967295");
	OK(spool_ledger(f->s, "dir", 7, f->a, &set, &err));
	assert_string_equal(set, "");
	OK(store_commit(f->s, &err));
}

static void
unmarked_is_bounded(void **state)
{
	struct fixture	*f = *state;
	const char	*todo;
	int64_t		 last;
	size_t		 commas = 0;

	OK(store_begin(f->s, &err));
	for (int i = 1; i <= 1200; i++)
		(void)fixture_mail(f->s, i);
	OK(store_commit(f->s, &err));
	OK(spool_known(f->s, "main", 7, f->a, &last, &todo, &err));
	for (const char *p = todo; *p != '\0'; p++)
		commas += *p == ',';
	assert_int_equal(commas, 999);
	assert_int_equal(last, 1200);
}

/* Mails in the spool, and for each question which of them is the twin. */
static void
twins(void **state)
{
	static const struct {
		const char	*message_id, *body, *from;
		enum disposition disposition;
	} mails[] = {
		{ "<1@x>", "b1", "a@x", DISP_REPORT },
		{ "<1@x>", "b1", "a@x", DISP_DUPLICATE },
		{ NULL, "b2", "a@x", DISP_REPORT },
		{ "<3@x>", "b3", "a@x", DISP_UPDATE },
		{ NULL, NULL, NULL, DISP_UNREADABLE },
	};
	static const struct {
		int		 not_mail;	/* number in mails, or 0 */
		const char	*message_id, *body, *from;
		int		 want;		/* number in mails, 0: none */
	} asked[] = {
		{ 0, "<1@x>", "b1", "a@x", 1 },
		{ 0, "<1@x>", "b1", NULL, 1 },
		{ 0, "<1@x>", "b1", "evil@x", 0 },
		{ 0, "<1@x>", "other", "a@x", 0 },
		{ 0, "<9@x>", "b1", "a@x", 0 },
		{ 0, NULL, "b1", "a@x", 0 },
		{ 1, "<1@x>", "b1", "a@x", 0 },	/* only its own duplicate */
		{ 0, NULL, "b2", "a@x", 3 },
		{ 0, NULL, "b2", "evil@x", 0 },
		{ 3, NULL, "b2", "a@x", 0 },
		{ 0, "<3@x>", "b3", "a@x", 4 },
		{ 0, "<3@x>", NULL, "a@x", 0 },
		{ 0, NULL, NULL, NULL, 0 },
	};
	struct fixture	*f = *state;
	int64_t		 ids[6] = { 0 }, id, incident;

	OK(store_begin(f->s, &err));
	for (int i = 1; i <= 5; i++) {
		struct mail	m = {
			.message_id = mails[i - 1].message_id,
			.body_sha256 = mails[i - 1].body,
			.from_addr = mails[i - 1].from,
			.disposition = mails[i - 1].disposition,
			.incident = 100 + i
		};

		m.id = ids[i] = fixture_mail(f->s, i);
		OK(spool_settle(f->s, &m, &err));
	}
	OK(store_commit(f->s, &err));
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		OK(spool_twin(f->s, ids[asked[i].not_mail],
		    asked[i].message_id, asked[i].body, asked[i].from, &id,
		    &incident, &err));
		if (id != ids[asked[i].want])
			fail_msg("question %zu: got %lld, want %lld", i,
			    (long long)id, (long long)ids[asked[i].want]);
		assert_int_equal(incident,
		    asked[i].want ? 100 + asked[i].want : 0);
	}
}

/* Mails of one sender, and those of them that opened an incident. */
static void
counts_are(const struct fixture *f, const char *addr, int64_t since, int again,
    int most, int64_t mails, int64_t reports)
{
	const struct spool_from	of = { .addr = addr, .since = since,
				    .again = again, .most = most };
	int64_t			n[2];

	OK(spool_count_from(f->s, &of, &n[0], &err));
	OK(spool_reports_from(f->s, &of, &n[1], &err));
	if (n[0] != mails || n[1] != reports)
		fail_msg("%s since %lld, again %d: %lld mails, %lld reports",
		    addr, (long long)since, again, (long long)n[0],
		    (long long)n[1]);
}

static void
lists_and_counts(void **state)
{
	static const struct {
		enum disposition disposition;
		int64_t		 incident;
		int		 max;
		size_t		 n;
		int		 first;	/* newest */
	} cases[] = {
		{ DISP_N, 0, -1, 6, 6 }, { DISP_N, 0, 2, 2, 6 },
		{ DISP_HELD, 0, -1, 3, 6 }, { DISP_REPORT, 0, -1, 3, 5 },
		{ DISP_N, 1, -1, 2, 5 }, { DISP_N, 2, -1, 2, 6 },
		{ DISP_REPORT, 1, -1, 2, 5 }, { DISP_HELD, 1, -1, 0, 0 },
		{ DISP_POISON, 0, -1, 0, 0 },
	};
	struct fixture	*f = *state;
	struct mail	*v;
	int64_t		 ids[7] = { 0 }, many;
	size_t		 n;

	OK(store_begin(f->s, &err));
	for (int i = 1; i <= 6; i++) {
		struct mail	m = { .from_addr = i < 5 ? "a@x" : "b@x",
			.disposition = i % 2 ? DISP_REPORT : DISP_HELD,
			.incident = i > 2 ? 1 + (i % 2 == 0) : 0 };

		m.id = ids[i] = fixture_mail(f->s, i); /* stored 2000 + i */
		OK(spool_settle(f->s, &m, &err));
	}
	OK(store_commit(f->s, &err));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		OK(spool_list(f->s, cases[i].disposition, cases[i].incident,
		    cases[i].max, f->a, &v, &n, &err));
		if (n != cases[i].n ||
		    (n > 0 && v[0].id != ids[cases[i].first]))
			fail_msg("case %zu: %zu mails from %lld", i, n,
			    n > 0 ? (long long)v[0].id : 0LL);
	}
	counts_are(f, "a@x", 0, 0, 9, 4, 2);
	counts_are(f, "a@x", 2003, 0, 9, 2, 1);
	counts_are(f, "a@x", 0, 0, 3, 3, 2);
	counts_are(f, "a@x", 0, 0, 1, 1, 1);
	counts_are(f, "nobody@x", 0, 0, 9, 0, 0);
	counts_are(f, "a@x", 0, 1, 9, 0, 0);
	OK(store_begin(f->s, &err));
	OK(spool_found(f->s, ids[1], &err));	/* a report of a@x */
	WANT(RC_REFUSED, spool_found(f->s, 999, &err));
	OK(store_commit(f->s, &err));
	counts_are(f, "a@x", 0, 0, 9, 3, 1);
	counts_are(f, "a@x", 0, 1, 9, 1, 1);
	counts_are(f, "b@x", 0, 0, 9, 2, 1);
	counts_are(f, "a@x", 2002, 0, 9, 3, 1);
	counts_are(f, "a@x", 2002, 1, 9, 0, 0);
	OK(spool_reports_again(f->s, 0, 9, &many, &err));
	assert_int_equal(many, 1);
	OK(spool_reports_again(f->s, 2002, 9, &many, &err));
	assert_int_equal(many, 0);
}

struct found {
	int	n;
	int64_t	id[8];
	char	got[8][80];
};

static void
found_bad(void *arg, int64_t id, const char *want, const char *got)
{
	struct found	*b = arg;

	assert_string_not_equal(want, got);
	assert_true(b->n < 8);
	b->id[b->n] = id;
	(void)snprintf(b->got[b->n++], 80, "%s", got);
}

static void
verify_finds_tampering(void **state)
{
	struct fixture	*f = *state;
	struct found	 b = { 0 };
	struct mail	 m;
	int64_t		 count;

	OK(store_begin(f->s, &err));
	for (int i = 1; i <= 5; i++)
		(void)fixture_mail(f->s, i);
	(void)add(f, "m", 1, "over the cap", NULL, 0, RC_OK);
	OK(store_commit(f->s, &err));
	OK(spool_verify(f->s, found_bad, &b, &count, &err));
	assert_int_equal(count, 6);
	assert_int_equal(b.n, 0);

	fixture_shut(f);
	(void)fixture_sql(f, "DROP TRIGGER spool_raw_no_update;"
	    "UPDATE spool_raw SET raw = CAST('forged' AS BLOB) WHERE mail = 2;"
	    "DELETE FROM spool_raw WHERE mail = 4;"
	    "UPDATE spool SET sha256 = 'short' WHERE id = 5");
	fixture_reopen(f);
	OK(spool_verify(f->s, found_bad, &b, &count, &err));
	assert_int_equal(count, 6);
	assert_int_equal(b.n, 3);
	assert_int_equal(b.id[0], 2);
	assert_int_equal(b.id[1], 4);
	assert_string_equal(b.got[1], "missing");
	assert_int_equal(b.id[2], 5);
	WANT(RC_BROKEN, spool_get(f->s, 4, 1, f->a, &m, &err));
}

static void
sha256_is_that_of_the_bytes(void **state)
{
	struct fixture	*f = *state;
	struct mail	 m = { .mailbox = "m", .uid = "1", .raw = "abc",
			    .raw_len = 3 };

	OK(store_begin(f->s, &err));
	OK(spool_add(f->s, &m, 5, &err));
	assert_string_equal(m.sha256, "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad");	/* FIPS 180-2, B.1 */
	OK(store_commit(f->s, &err));
	OK(spool_get(f->s, m.id, 0, f->a, &m, &err));
	assert_int_equal(m.arrived, 5);		/* none given: now */
}

#define TEST(t)	cmocka_unit_test_setup_teardown(t, fixture_open, fixture_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ledger),
		TEST(raw_is_kept_byte_for_byte),
		TEST(settle_writes_what_was_read),
		TEST(known_and_marked),
		TEST(ledger_as_a_set),
		TEST(unmarked_is_bounded),
		TEST(twins),
		TEST(lists_and_counts),
		TEST(verify_finds_tampering),
		TEST(sha256_is_that_of_the_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
