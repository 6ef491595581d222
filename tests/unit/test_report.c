#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "parsers/limits.h"
#include "parsers/report.h"

static struct field fields[] = {
	{ .name = "unit", .kind = VALUE_LINE, .raw = "機要組", .known = 1,
	  .text = "機要組", .time = TIME_NONE, .line = 3, .part = 1,
	  .rule = "組別" },
	{ .name = "phone", .kind = VALUE_PHONE, .raw = "分機 2255", .known = 1,
	  .time = TIME_NONE, .phone = { .raw = "分機 2255", .ext = "2255" } },
	{ .name = "hotline", .kind = VALUE_PHONE, .raw = "1999", .known = 1,
	  .time = TIME_NONE,
	  .phone = { .raw = "1999", .short_number = "1999" } },
	{ .name = "occurred_at", .kind = VALUE_DATETIME, .raw = "96/5/31 9:10",
	  .known = 1, .time = 1180573800 },
	{ .name = "form_date", .kind = VALUE_DATE, .raw = "96/5/31",
	  .known = 1, .time = 1180540800 },
	{ .name = "level", .kind = VALUE_NUMBER, .raw = "■3級", .known = 1,
	  .number = 3, .time = TIME_NONE },
	{ .name = "meeting_proposed", .kind = VALUE_BOOL, .raw = "是",
	  .known = 1, .number = 1, .time = TIME_NONE },
	{ .name = "reported_at", .kind = VALUE_DATETIME, .raw = "剛剛",
	  .time = TIME_NONE },
	{ .name = "name", .kind = VALUE_PERSON, .time = TIME_NONE },
};
static const char *missing[] = { "name" };
static const char *ids[] = { "<a@b>", "<c@d>" };
static struct attachment files[] = {
	{ "首頁.png", "image/png", 70, "497790947d4666760ce38f3c00e852c71"
	  "fdb66cae849bae8e9ede352719e1581" },
};
static struct problem problems[] = {
	{ "reported_at", "剛剛", "no time of day", NULL },
	{ "level_named", "可能是3級", "named", "3" },
};
static struct bounce_recipient bounced[] = {
	{ "x@y", "failed", "5.1.1", "smtp; 550 no" },
};

static void
sample(struct report *r)
{
	memset(r, 0, sizeof(*r));
	r->kind = KIND_REPORT;
	r->form = "annex1";
	r->subject = "通報\t單";
	r->from_name = "王";
	r->from_addr = "w@x";
	r->fields = fields;
	r->n_fields = sizeof(fields) / sizeof(fields[0]);
	r->missing = missing;
	r->n_missing = 1;
	r->received_at = 1180574530;
	r->date = TIME_NONE;
	r->verdict = "on_time";
	r->declared_minutes = 10;
	r->receipt_minutes = INT_MIN;
	r->attachments = files;
	r->n_attachments = 1;
	r->problems = problems;
	r->n_problems = 2;
	r->references = ids;
	r->n_references = 2;
	r->bounced = bounced;
	r->n_bounced = 1;
	r->return_path = "";
	r->answerable = 1;
	r->forwarded = 1;
}

static char *
dump(const struct report *r)
{
	struct arena	*a = arena_new();
	char		*s = strdup(report_text(a, r));

	arena_free(&a);
	return s;
}

static void
there_and_back_is_the_same(void **unused)
{
	struct arena	*a = arena_new();
	struct report	 r, back;
	struct err	 err;
	char		*s, *t;

	(void)unused;
	sample(&r);
	r.fields[3].more = &(struct field){ .name = r.fields[3].name,
	    .kind = VALUE_DATETIME, .known = 1, .time = 1180573860 };
	s = dump(&r);
	r.fields[3].more = NULL;
	if (report_from_json(s, strlen(s), a, &back, &err) != RC_OK)
		fail_msg("refused: %s", err.text);
	t = dump(&back);
	assert_int_equal(back.fields[3].more->time, 1180573860);
	assert_string_equal(t, s);
	assert_int_equal(back.receipt_minutes, INT_MIN);
	assert_int_equal(back.fields[3].time, 1180573800);
	assert_int_equal(back.fields[4].time, 1180540800);
	assert_string_equal(back.fields[7].raw, "剛剛");
	assert_int_equal(back.fields[7].known, 0);
	assert_null(back.fields[8].raw);
	assert_string_equal(back.return_path, "");
	assert_null(back.reply_to);
	free(s);
	free(t);
	arena_free(&a);
}

static void
values_look_as_agreed(void **unused)
{
	static const char *const want[] = {
		"\"機要組\"",
		"{\"raw\":\"分機 2255\",\"e164\":null,\"ext\":\"2255\"}",
		("{\"raw\":\"1999\",\"e164\":null,\"ext\":null,"
		    "\"short\":\"1999\"}"),
		"\"2007-05-31T09:10:00+08:00\"", "\"2007-05-31\"", "3",
		"true", "null", "null",
	};
	struct arena	*a = arena_new();

	(void)unused;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		json_t *j = field_json(&fields[i]);
		char *s = json_dumps(j, JSON_COMPACT | JSON_ENCODE_ANY);

		if (strcmp(s, want[i]) != 0)
			fail_msg("%s: got %s, want %s", fields[i].name, s,
			    want[i]);
		assert_string_equal(field_text(a, &fields[i]), want[i]);
		free(s);
		json_decref(j);
	}
	arena_free(&a);
}

/* Each replaces something in a good report; none may be taken. */
static const struct {
	const char	*from, *to;
} lies[] = {
	{ "\"kind\":\"report\"", "\"kind\":\"nonsense\"" },
	{ "\"kind\":\"report\"", "\"kind\":1" },
	{ "\"form\":\"annex1\"", "\"form\":[]" },
	{ "\"form\":\"annex1\",", "" },
	{ "\"form\":\"annex1\"", "\"form\":\"a\\u0007\"" },
	{ "\"form\":\"annex1\"", "\"form\":\"a\\u0000\"" },
	{ "\"2007-05-31T09:10:00+08:00\"", "\"yesterday\"" },
	{ "\"2007-05-31\"", "\"2007-5-31\"" },
	{ "\"level\":3", "\"level\":99999999999" },
	{ "\"level\":3", "\"level\":\"3\"" },
	{ "\"size\":70", "\"size\":-1" },
	{ "\"sha256\":\"49", "\"sha256\":\"4" },
	{ "\"forwarded\":true", "\"forwarded\":1" },
	{ "\"missing\":[\"name\"]", "\"missing\":[null]" },
	{ "\"unit\":{\"kind\":\"line\"", "\"unit\":{\"kind\":\"x\"" },
	{ "\"unit\":\"機要組\",", "" },
	{ "\"answerable\":true,", "" },
	{ "\"mail\":{", "\"mail\":3,\"x\":{" },
	{ "{", "[" },
	{ "\"form\":\"annex1\"", "\"form\":\"annex1\",\"form\":\"b\"" },
};

static void
lies_are_refused(void **unused)
{
	struct arena	*a = arena_new();
	struct report	 r;
	struct err	 err;
	char		*s, *at, *bad;

	(void)unused;
	sample(&r);
	s = dump(&r);
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		at = strstr(s, lies[i].from);
		if (at == NULL)
			fail_msg("%s is not there", lies[i].from);
		bad = arena_printf(a, "%.*s%s%s", (int)(at - s), s,
		    lies[i].to, at + strlen(lies[i].from));
		if (report_from_json(bad, strlen(bad), a, &r, &err) !=
		    RC_REFUSED)
			fail_msg("%s was taken", lies[i].to);
	}
	assert_int_equal(report_from_json("", 0, a, &r, &err), RC_REFUSED);
	free(s);
	arena_free(&a);
}

static void
long_values_are_cut_between_characters(void **unused)
{
	struct arena	*a = arena_new();
	struct report	 r, back;
	struct err	 err;
	char		*big = arena_alloc(a, 3 * 100000 + 1), *s;

	(void)unused;
	for (size_t i = 0; i < 100000; i++)
		memcpy(big + 3 * i, "組", 3);
	sample(&r);
	r.subject = big;
	r.own_text = big;
	s = dump(&r);
	assert_int_equal(report_from_json(s, strlen(s), a, &back, &err),
	    RC_OK);
	assert_true(strlen(back.subject) <= REPORT_LINE_MAX);
	assert_int_equal(strlen(back.subject) % 3, 0);
	assert_true(strlen(back.own_text) <= REPORT_TEXT_MAX);
	free(s);
	r.subject = "bad \xff utf-8";
	s = dump(&r);
	assert_int_equal(report_from_json(s, strlen(s), a, &back, &err),
	    RC_OK);
	free(s);
	arena_free(&a);
}

static void
kinds_have_names(void **unused)
{
	enum mail_kind	 k;

	(void)unused;
	for (int i = 0; i < KIND_N; i++) {
		assert_int_equal(mail_kind_parse(mail_kind_name(
		    (enum mail_kind)i), &k), 0);
		assert_int_equal(k, i);
	}
	assert_int_equal(mail_kind_parse("no", &k), -1);
	assert_int_equal(mail_kind_parse(NULL, &k), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back_is_the_same),
		cmocka_unit_test(values_look_as_agreed),
		cmocka_unit_test(lies_are_refused),
		cmocka_unit_test(long_values_are_cut_between_characters),
		cmocka_unit_test(kinds_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
