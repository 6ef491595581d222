/*
 * test_incidents - incidents, numbers, fields and deadlines in the store.
 */
#include "store_fixture.h"

#include <stdio.h>
#include <string.h>

static struct err	err;

static void
numbers_count_by_series_and_day(void **state)
{
	static const struct {
		const char	*series;
		int		 day, want;
	} cases[] = {
		{ "CSI", 20070531, 1 }, { "CSI", 20070531, 2 },
		{ "CSI", 20070601, 1 }, { "DRILL", 20070531, 1 },
		{ "CSI", 20070531, 3 },
	};
	struct fixture	*f = *state;
	int		 n;

	OK(store_begin(f->s, &err));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		OK(incident_number(f->s, cases[i].series, cases[i].day, 0,
		    &n, &err));
		assert_int_equal(n, cases[i].want);
	}
	OK(store_commit(f->s, &err));
	OK(store_begin(f->s, &err));	/* taken back is given again */
	OK(incident_number(f->s, "CSI", 20070601, 0, &n, &err));
	assert_int_equal(n, 2);
	store_rollback(f->s);
	OK(store_begin(f->s, &err));
	OK(incident_number(f->s, "CSI", 20070601, 0, &n, &err));
	assert_int_equal(n, 2);
	OK(incident_number(f->s, "CSI", 20070601, 1000, &n, &err));
	assert_int_equal(n, 1001);
	OK(incident_number(f->s, "CSI", 20070601, 1000, &n, &err));
	assert_int_equal(n, 1002);
	OK(incident_number(f->s, "CSI", 20070602, 1000, &n, &err));
	assert_int_equal(n, 1001);
	OK(store_commit(f->s, &err));
}

/* Every member another value, so that no two columns are mixed up. */
static const struct incident full = {
	.tracking = "CSI-20070531-001", .policy = "p", .policy_version = 2,
	.state = INC_CONTAINED, .level = 3, .category = "c",
	.category_source = "cs", .drill = 1, .lang = "zh-TW", .unit = "u",
	.reporter_name = "rn", .reporter_addr = "ra", .reporter_cc = "rc",
	.subject = "主旨", .summary = "s", .verdict = "late",
	.root_msgid = "<r@x>", .created_at = 11, .received_at = 12,
	.occurred_at = 13, .reported_at = 14, .aware_at = 15,
	.first_action_at = 16, .level_set_at = 17, .external_sent_at = 18,
	.contained_at = 19, .recovered_at = 20, .final_report_at = 21,
	.closed_at = 22, .merged_into = 23, .revision = 24,
	.reported_level = 25, .pending = "{\"p\":1}", .extra = "{\"e\":1}"
};

static void
same_text(const char *name, const char *got, const char *want)
{
	if (got == NULL || want == NULL ? got != want :
	    strcmp(got, want) != 0)
		fail_msg("%s: got %s, want %s", name, got ? got : "NULL",
		    want ? want : "NULL");
}

static void
same_incident(const struct incident *got, const struct incident *want)
{
#define SAME_TEXT(m)	same_text(#m, got->m, want->m)
#define SAME(m)		if (got->m != want->m)				\
	fail_msg(#m ": got %lld, want %lld", (long long)got->m,		\
	    (long long)want->m)
	SAME_TEXT(tracking); SAME_TEXT(policy); SAME(policy_version);
	SAME(state); SAME(level); SAME_TEXT(category);
	SAME_TEXT(category_source); SAME(drill); SAME_TEXT(lang);
	SAME_TEXT(unit); SAME_TEXT(reporter_name);
	SAME_TEXT(reporter_addr); SAME_TEXT(reporter_cc);
	SAME_TEXT(subject); SAME_TEXT(summary); SAME_TEXT(verdict);
	SAME_TEXT(root_msgid); SAME(created_at); SAME(received_at);
	SAME(occurred_at); SAME(reported_at); SAME(aware_at);
	SAME(first_action_at); SAME(level_set_at); SAME(external_sent_at);
	SAME(contained_at); SAME(recovered_at); SAME(final_report_at);
	SAME(closed_at); SAME(merged_into); SAME(revision);
	SAME(reported_level); SAME_TEXT(pending); SAME_TEXT(extra);
}

static void
every_member_comes_back(void **state)
{
	static const struct incident bare = { .tracking = "CSI-2" };
	struct fixture	*f = *state;
	struct incident	 in = full, out;

	OK(store_begin(f->s, &err));
	OK(incident_put(f->s, &in, &err));
	assert_true(in.id > 0);
	assert_int_equal(in.version, 1);
	OK(store_commit(f->s, &err));
	fixture_reopen(f);
	OK(incident_get(f->s, in.id, f->a, &out, &err));
	same_incident(&out, &full);
	OK(incident_find(f->s, full.tracking, f->a, &out, &err));
	assert_int_equal(out.id, in.id);
	same_incident(&out, &full);

	OK(store_begin(f->s, &err));	/* and the update writes them all */
	in = bare;
	OK(incident_put(f->s, &in, &err));
	out = full;
	out.tracking = bare.tracking;
	out.id = in.id;
	out.version = in.version;
	OK(incident_put(f->s, &out, &err));
	in = out;
	OK(incident_get(f->s, in.id, f->a, &out, &err));
	same_incident(&out, &in);
	OK(store_commit(f->s, &err));
	WANT(RC_REFUSED, incident_get(f->s, 4711, f->a, &out, &err));
	WANT(RC_REFUSED, incident_find(f->s, "CSI-0", f->a, &out, &err));
}

static void
versions_conflict(void **state)
{
	struct fixture	*f = *state;
	struct incident	 in = full, old, again = full;

	OK(store_begin(f->s, &err));
	OK(incident_put(f->s, &in, &err));
	old = in;
	in.level = 4;
	OK(incident_put(f->s, &in, &err));
	assert_int_equal(in.version, 2);
	old.level = 1;
	WANT(RC_AGAIN, incident_put(f->s, &old, &err));
	WANT(RC_REFUSED, incident_put(f->s, &again, &err)); /* same number */
	OK(store_commit(f->s, &err));
	OK(incident_get(f->s, in.id, f->a, &old, &err));
	assert_int_equal(old.level, 4);
	assert_int_equal(old.version, 2);
}

static void
parts_are_those_merged_into_it(void **state)
{
	static const int64_t	into[] = { 0, 1, 0, 1, 2 };
	struct fixture		*f = *state;
	struct incident		*v;
	size_t			 n;

	OK(store_begin(f->s, &err));
	for (int i = 0; i < 5; i++) {
		char		tracking[16];
		struct incident	x = { .tracking = tracking,
			.state = into[i] != 0 ? INC_MERGED : INC_RECEIVED,
			.merged_into = into[i] };

		(void)snprintf(tracking, sizeof(tracking), "CSI-%d", i + 1);
		OK(incident_put(f->s, &x, &err));
	}
	OK(store_commit(f->s, &err));
	OK(incident_parts(f->s, 1, f->a, &v, &n, &err));
	assert_int_equal(n, 2);
	assert_int_equal(v[0].id, 2);
	assert_string_equal(v[1].tracking, "CSI-4");
	OK(incident_parts(f->s, 3, f->a, &v, &n, &err));
	assert_int_equal(n, 0);
}

static void
list_is_by_level_then_age(void **state)
{
	static const struct {
		int			level;
		int64_t			received;
		enum incident_state	state;
	} in[] = {
		{ 1, 10, INC_RECEIVED }, { 3, 30, INC_ASSESSED },
		{ 3, 20, INC_TRANSFERRED }, { 4, 5, INC_CLOSED },
		{ 4, 6, INC_FALSE_ALARM }, { 4, 7, INC_MERGED },
		{ 2, 1, INC_RECOVERED },
	};
	static const int open[] = { 3, 2, 7, 1 };
	static const int all[] = { 4, 5, 6, 3, 2, 7, 1 };
	struct fixture	*f = *state;
	struct incident	*v;
	size_t		 n;

	OK(store_begin(f->s, &err));
	for (int i = 0; i < 7; i++) {
		char		tracking[16];
		struct incident	x = { .tracking = tracking,
			.level = in[i].level, .received_at = in[i].received,
			.state = in[i].state };

		(void)snprintf(tracking, sizeof(tracking), "CSI-%d", i + 1);
		OK(incident_put(f->s, &x, &err));
		assert_int_equal(x.id, i + 1);
	}
	OK(store_commit(f->s, &err));
	OK(incident_list(f->s, 1, -1, f->a, &v, &n, &err));
	assert_int_equal(n, 4);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(v[i].id, open[i]);
	OK(incident_list(f->s, 0, -1, f->a, &v, &n, &err));
	assert_int_equal(n, 7);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(v[i].id, all[i]);
	OK(incident_list(f->s, 0, 2, f->a, &v, &n, &err));
	assert_int_equal(n, 2);

	OK(store_begin(f->s, &err));	/* closing takes it off the list */
	v[0].state = INC_IN_PROGRESS;
	OK(incident_put(f->s, &v[0], &err));
	OK(store_commit(f->s, &err));
	OK(incident_list(f->s, 1, -1, f->a, &v, &n, &err));
	assert_int_equal(n, 5);
	assert_int_equal(v[0].id, 4);
}

static void
found_by_message_id(void **state)
{
	struct fixture	*f = *state;
	struct outbox_item it = { .incident = 8, .to_addr = "a@x",
			    .message_id = "<ours@t>" };
	struct mail	 m = { .disposition = DISP_REPORT, .incident = 9,
			    .message_id = "<theirs@x>" };
	int64_t		 id;

	OK(store_begin(f->s, &err));
	OK(outbox_add(f->s, &it, 1, &err));
	m.id = fixture_mail(f->s, 1);
	OK(spool_settle(f->s, &m, &err));
	m.id = fixture_mail(f->s, 2);	/* belongs to nothing */
	m.incident = 0;
	m.message_id = "<loose@x>";
	OK(spool_settle(f->s, &m, &err));
	OK(store_commit(f->s, &err));
	OK(incident_by_msgid(f->s, "<ours@t>", &id, &err));
	assert_int_equal(id, 8);
	OK(incident_by_msgid(f->s, "<theirs@x>", &id, &err));
	assert_int_equal(id, 9);
	OK(incident_by_msgid(f->s, "<loose@x>", &id, &err));
	assert_int_equal(id, 0);
	OK(incident_by_msgid(f->s, "<none@x>", &id, &err));
	assert_int_equal(id, 0);
}

static void
last_value_of_each_role(void **state)
{
	static const struct incident_field in[] = {
		{ "impact", "raw 1", "\"1\"", "reporter", "a@x", 1, 3, 10 },
		{ "impact", "raw 2", "\"2\"", "team", "t@x", 2, 4, 20 },
		{ "where", "raw 3", NULL, "reporter", "a@x", 1, 5, 10 },
		{ "impact", "raw 4", "\"4\"", "reporter", "a@x", 3, 6, 30 },
		{ "impact", NULL, NULL, NULL, NULL, 0, 0, 40 },
		{ "impact", "raw 6", "6", NULL, NULL, 0, 0, 50 },
	};
	static const int want[] = { 1, 2, 3, 5 };
	struct fixture	*f = *state;
	struct incident_field *v;
	int64_t		 a, b;
	size_t		 n;

	OK(store_begin(f->s, &err));
	a = fixture_incident(f->s, 1);
	b = fixture_incident(f->s, 2);
	for (size_t i = 0; i < sizeof(in) / sizeof(in[0]); i++)
		OK(field_put(f->s, a, &in[i], &err));
	OK(field_put(f->s, b, &in[0], &err));
	OK(store_commit(f->s, &err));
	OK(field_list(f->s, a, f->a, &v, &n, &err));
	assert_int_equal(n, 4);
	for (size_t i = 0; i < n; i++) {
		const struct incident_field *w = &in[want[i]];

		same_text("name", v[i].name, w->name);
		same_text("raw", v[i].raw, w->raw);
		same_text("value", v[i].value, w->value);
		same_text("by_role", v[i].by_role, w->by_role);
		same_text("by_addr", v[i].by_addr, w->by_addr);
		assert_int_equal(v[i].mail, w->mail);
		assert_int_equal(v[i].line, w->line);
		assert_int_equal(v[i].at, w->at);
	}
	OK(field_list(f->s, b, f->a, &v, &n, &err));
	assert_int_equal(n, 1);
	assert_int_equal(fixture_sql(f, "SELECT count(*) FROM field"), 7);
}

/* What is sealed as it is put must be sealed the same when it is verified. */
static void
values_are_sealed_as_they_stand(void **state)
{
	static const struct incident_field in[] = {
		{ "before", "x", "\"x\"", "team", "t@x", 1, 1, 1 },
		{ "where", "3 樓,\n4 樓", "\"3 樓,\\n4 樓\"", "reporter",
		    "a@x", 2, 5, 10 },
		{ "impact", NULL, "", NULL, NULL, 0, 0, 40 },
	};
	struct fixture	*f = *state;
	char		 given[SHA256_HEX], stored[SHA256_HEX];
	int64_t		 a, n;

	OK(store_begin(f->s, &err));
	a = fixture_incident(f->s, 1);
	for (size_t i = 0; i < sizeof(in) / sizeof(in[0]); i++)
		OK(field_put(f->s, a, &in[i], &err));
	OK(store_commit(f->s, &err));
	OK(field_count(f->s, a, &n, &err));
	assert_int_equal(n, 3);
	OK(field_seal_of(in + 1, 2, given, &err));
	OK(field_seal(f->s, a, 1, 2, stored, &err));
	assert_string_equal(given, stored);
	OK(field_seal(f->s, a, 0, 2, stored, &err));
	assert_string_not_equal(given, stored);
}

static int64_t
deadline(struct fixture *f, int64_t incident, const char *name, int64_t next)
{
	struct deadline	d = { .incident = incident, .name = name,
			    .from_at = 1, .due_at = next + 5,
			    .next_at = next, .owner = "team" };

	OK(deadline_put(f->s, &d, &err));
	return d.id;
}

static void
deadlines_come_due_in_order(void **state)
{
	static const struct {
		int64_t	now;
		int	max;
		size_t	n;
		char	names[8];
	} cases[] = {
		{ 9, -1, 0, "" }, { 10, -1, 1, "b" }, { 25, -1, 3, "bca" },
		{ 25, 2, 2, "bc" }, { 99, -1, 4, "bcad" },
	};
	struct fixture	*f = *state;
	struct deadline	*v;
	int64_t		 at;
	size_t		 n;

	OK(deadline_next(f->s, &at, &err));
	assert_int_equal(at, 0);
	OK(store_begin(f->s, &err));
	(void)deadline(f, 1, "a", 20);
	(void)deadline(f, 1, "b", 10);
	(void)deadline(f, 0, "c", 15);
	(void)deadline(f, 2, "d", 30);
	OK(store_commit(f->s, &err));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		OK(deadline_due(f->s, cases[i].now, cases[i].max, f->a, &v,
		    &n, &err));
		assert_int_equal(n, cases[i].n);
		for (size_t k = 0; k < n; k++)
			assert_int_equal(v[k].name[0], cases[i].names[k]);
	}
	OK(deadline_next(f->s, &at, &err));
	assert_int_equal(at, 10);
}

static void
deadlines_end_and_are_replaced(void **state)
{
	struct fixture	*f = *state;
	struct deadline	*v;
	int64_t		 id, at;
	size_t		 n;

	OK(store_begin(f->s, &err));
	id = deadline(f, 1, "a", 20);
	assert_int_equal(deadline(f, 1, "a", 40), id);	/* level changed */
	OK(deadline_list(f->s, 1, f->a, &v, &n, &err));
	assert_int_equal(n, 1);
	assert_int_equal(v[0].next_at, 40);
	assert_int_equal(v[0].due_at, 45);
	assert_int_equal(v[0].from_at, 1);
	assert_string_equal(v[0].owner, "team");
	v[0].fired = 3;
	v[0].next_at = 50;
	OK(deadline_put(f->s, &v[0], &err));
	OK(deadline_next(f->s, &at, &err));
	assert_int_equal(at, 50);
	OK(deadline_id(f->s, 1, "a", &at, &err));
	assert_int_equal(at, id);
	OK(deadline_id(f->s, 2, "a", &at, &err));
	assert_int_equal(at, 0);
	v[0].state = DL_MET;
	v[0].ended_at = 44;
	OK(deadline_put(f->s, &v[0], &err));
	OK(deadline_id(f->s, 1, "a", &at, &err));
	assert_int_equal(at, 0);		/* an ended one is none */
	OK(deadline_next(f->s, &at, &err));
	assert_int_equal(at, 0);
	assert_int_not_equal(deadline(f, 1, "a", 60), id); /* a new one */
	OK(deadline_list(f->s, 1, f->a, &v, &n, &err));
	assert_int_equal(n, 2);
	assert_int_equal(v[0].state, DL_MET);
	assert_int_equal(v[0].fired, 3);
	assert_int_equal(v[0].ended_at, 44);
	assert_int_equal(v[1].state, DL_OPEN);
	v[1].state = DL_CANCELLED;
	OK(deadline_put(f->s, &v[1], &err));
	OK(deadline_due(f->s, 1000, -1, f->a, &v, &n, &err));
	assert_int_equal(n, 0);
	id = 4711;
	WANT(RC_REFUSED, deadline_put(f->s,
	    &(struct deadline){ .id = id, .name = "x" }, &err));
	OK(store_commit(f->s, &err));
}

static void
what_its_sender_reported_before_is_found(void **state)
{
	struct fixture	*f = *state;
	struct incident	 in = { .tracking = "CSI-1", .occurred_at = 700 };
	struct mail	 m = { .mailbox = "incident", .uid = "1", .raw = "x",
	    .raw_len = 1, .from_addr = "a@b.example", .disposition =
	    DISP_REPORT };
	const struct { const char *from; int64_t since, at; int drill, is; }
	    cases[] = {
		{ "a@b.example", 1999, 700, 0, 1 },
		{ "a@b.example", 2000, 700, 0, 0 },
		{ "a@b.example", 1999, 701, 0, 0 },
		{ "a@b.example", 1999, 700, 1, 0 },
		{ "c@b.example", 1999, 700, 0, 0 },
	};
	const char	*number;

	OK(store_begin(f->s, &err));
	OK(incident_put(f->s, &in, &err));
	OK(spool_add(f->s, &m, 2000, &err));
	m.incident = in.id;
	OK(spool_settle(f->s, &m, &err));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		OK(incident_alike(f->s, cases[i].from, cases[i].since,
		    cases[i].at, cases[i].drill, f->a, &number, &err));
		assert_int_equal(number != NULL, cases[i].is);
	}
	in.state = INC_MERGED;
	OK(incident_put(f->s, &in, &err));
	OK(incident_alike(f->s, m.from_addr, 0, 700, 0, f->a, &number, &err));
	assert_null(number);
	OK(store_commit(f->s, &err));
}

static void
the_nth_last_tells_how_many_came(void **state)
{
	const struct fixture	*f = *state;
	struct incident		 in = { .created_at = 0 };
	int64_t			 at = 1;
	char			 tracking[32];

	OK(incident_opened(f->s, 1, &at, &err));
	assert_int_equal(at, 0);
	OK(store_begin(f->s, &err));
	for (int i = 1; i <= 5; i++) {
		(void)snprintf(tracking, sizeof(tracking), "CSI-%d", i);
		in.id = 0;
		in.tracking = tracking;
		in.created_at = 100 * i;
		OK(incident_put(f->s, &in, &err));
	}
	OK(incident_opened(f->s, 1, &at, &err));
	assert_int_equal(at, 500);
	OK(incident_opened(f->s, 5, &at, &err));
	assert_int_equal(at, 100);
	OK(incident_opened(f->s, 6, &at, &err));
	assert_int_equal(at, 0);
	OK(store_commit(f->s, &err));
}

#define TEST(t)	cmocka_unit_test_setup_teardown(t, fixture_open, fixture_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(numbers_count_by_series_and_day),
		TEST(every_member_comes_back),
		TEST(versions_conflict),
		TEST(list_is_by_level_then_age),
		TEST(what_its_sender_reported_before_is_found),
		TEST(the_nth_last_tells_how_many_came),
		TEST(parts_are_those_merged_into_it),
		TEST(found_by_message_id),
		TEST(last_value_of_each_role),
		TEST(values_are_sealed_as_they_stand),
		TEST(deadlines_come_due_in_order),
		TEST(deadlines_end_and_are_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
