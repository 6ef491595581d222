/* view: what each addressee sees of an incident, and how it is written. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "case_fixture.h"
#include "incident/outcome.h"
#include "incident/view.h"

static struct policy	*policy;

static int
load(void **unused)
{
	struct err	err;

	(void)unused;
	if (policy_load(TOCSIN_SRCDIR "/policies", "taipei-2007", &policy,
	    &err) == RC_OK)
		return 0;
	(void)fprintf(stderr, "%s\n", err.text);
	return 1;
}

static int
unload(void **unused)
{
	(void)unused;
	policy_free(&policy);
	return 0;
}

/* "a.b.0.c" in a view. */
static json_t *
at(json_t *v, const char *path)
{
	char	 part[64];
	size_t	 n;

	for (; v != NULL && *path != '\0'; path += n + (path[n] == '.')) {
		n = strcspn(path, ".");
		(void)snprintf(part, sizeof(part), "%.*s", (int)n, path);
		v = json_is_array(v) ? json_array_get(v, strtoul(part, NULL,
		    10)) : json_object_get(v, part);
	}
	return v;
}

static void
want(json_t *v, const char *path, const char *text)
{
	json_t	*found = at(v, path);
	char	*s;

	if (text == NULL) {
		if (found != NULL)
			fail_msg("%s: is there, want nothing", path);
		return;
	}
	if (json_is_string(found) &&
	    strcmp(json_string_value(found), text) == 0)
		return;
	s = found == NULL ? NULL : json_dumps(found, JSON_ENCODE_ANY);
	if (!json_is_string(found) && s != NULL && strcmp(s, text) == 0) {
		free(s);
		return;
	}
	fail_msg("%s: got %s, want %s", path, s == NULL ? "nothing" : s, text);
}

static json_t *
view_of(const struct situation *s, const char *role, const char *lang,
    const char *extra)
{
	struct addressee to = { .role = role, .name = "某人",
	    .addr = "a@b.example", .lang = lang };
	json_t	*x = extra == NULL ? NULL : json_loads(extra, 0, NULL), *v;

	assert_true(extra == NULL || x != NULL);
	v = view_make(policy, &fx_conf, s, &to, x, AT(10, 0));
	json_decref(x);
	assert_non_null(v);
	return v;
}

static void
everybody_gets_the_house(void **unused)
{
	json_t	*v = view_of(NULL, "operator", "zh-TW", NULL);

	(void)unused;
	want(v, "agency", "臺北市政府秘書處");
	want(v, "team_phone", "02-5550-0110");
	want(v, "team.label", "資安小組");
	want(v, "to.label", "系統管理者");
	want(v, "for.operator", "true");
	want(v, "now", "中華民國96年05月31日 10時00分");
	want(v, "today.year", "96");
	want(v, "tracking", NULL);
	json_decref(v);
	v = view_of(NULL, "operator", "en", NULL);
	want(v, "agency", "Secretariat, Taipei City Government");
	want(v, "now", "2007-05-31 10:00");
	json_decref(v);
}

static void
the_team_sees_all(void **unused)
{
	struct incident		 i;
	struct situation	 s;
	json_t			*v;

	(void)unused;
	fx_working(&i, &s);
	v = view_of(&s, "team", "zh-TW", NULL);
	want(v, "tracking", "CSI-20070531-0001");
	want(v, "level", "3");
	want(v, "level_text", "系統停頓，業務無法運作。");
	want(v, "levels.0.level", "4");
	want(v, "levels.0.mark", "□");
	want(v, "levels.1.mark", "■");
	want(v, "levels.3.mark", "□");
	want(v, "state_label", "處理中");
	want(v, "is.in_progress", "true");
	want(v, "f.phone.value", "02-5550-0101 轉 1234");
	want(v, "f.impact.label", "作業影響情況");
	want(v, "f.occurred_at.value", "中華民國96年05月31日 09時10分");
	want(v, "f.handled_at.value", "中華民國96年05月31日 09時30分");
	want(v, "f.handled_at.assumed", "true");
	want(v, "f.support.known", "false");
	want(v, "f.description.multi", "true");
	want(v, "f.description.lines.0",
	    "電腦中毒，檔案副檔名被改成 .locked，");
	want(v, "f.check_hardware.choice.fail", "true");
	want(v, "checklist.0.done", "true");
	want(v, "checklist_open.0.name", "check_application_software");
	want(v, "close_missing.0.name", "improvement");
	want(v, "category.guessed", "true");
	want(v, "any_missing", "false");
	want(v, "mine.0.name", "recovery");
	want(v, "any_others", "false");
	want(v, "external.0.label", "國家資通安全應變中心");
	want(v, "external.0.accepted", "true");
	want(v, "external.1.failed", "true");
	want(v, "external.2", NULL);
	json_decref(v);
}

/* Our own words are nobody's answer. */
static void
what_nobody_answered_is_told_as_ours(void **unused)
{
	static const struct {
		const char	*line, *last, *zh, *en;
	} said[] = {
		{ "refused 550 5.1.1 no such user", "550 5.1.1 no such user",
		    "", "" },
		{ "again 0 connection lost: the peer closed the connection",
		    "", "連線中斷：對方關閉連線",
		    "connection lost: the peer closed the connection" },
		{ "given up: no way to the receiver works", "",
		    "所有傳送管道都不通，已放棄",
		    "every way to the receiver failed; it was given up" },
		{ NULL, "", "", "" },
	};
	struct outbox_item	 item = fx_items[1];
	struct incident		 i;
	struct situation	 s;
	json_t			*v;

	(void)unused;
	fx_working(&i, &s);
	s.items = &item;
	s.n_items = 1;
	for (size_t k = 0; k < sizeof(said) / sizeof(said[0]); k++) {
		item.last = said[k].line;
		v = view_of(&s, "team", "zh-TW", "{\"why\":\"of another\"}");
		want(v, "external.0.last", said[k].last);
		want(v, "external.0.why", said[k].zh);
		json_decref(v);
		v = view_of(&s, "team", "en", NULL);
		want(v, "external.0.last", said[k].last);
		want(v, "external.0.why", said[k].en);
		json_decref(v);
	}
}

/* What is written down is read as it was meant. */
static void
a_receipt_is_one_line(void **unused)
{
	static const struct {
		struct receipt	 r;
		const char	*line, *said;
		int		 theirs;
	} cases[] = {
		{ { .kind = "smtp", .result = "refused", .code = 550,
		    .text = "no" }, "refused 550 no", "550 no", 1 },
		{ { .kind = "http", .result = "again", .text = "no route" },
		    "again 0 no route", "no route", 0 },
		{ { .kind = "http", .result = "again", .code = 503 },
		    "again 503 ", "503 ", 1 },
		{ { .kind = "dsn", .result = "failed", .text = "full" },
		    "failed full", "full", 1 },
		{ { .kind = "dsn", .result = "failed" }, "failed ", "", 1 },
	};
	struct arena	*a = arena_new();

	(void)unused;
	for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
		const char	*line = outcome_line(a, &cases[k].r);
		struct outcome	 o = outcome_of(line);

		assert_string_equal(line, cases[k].line);
		assert_string_equal(o.said, cases[k].said);
		assert_int_equal(o.theirs, cases[k].theirs);
	}
	arena_free(&a);
}

/* R10: the reporter's level is a suggestion and nothing more. */
static void
a_reporter_sets_no_level(void **unused)
{
	struct incident		 i;
	struct situation	 s;
	json_t			*v;

	(void)unused;
	fx_opened(&i, &s);
	v = view_of(&s, "team", "zh-TW", NULL);
	want(v, "level", NULL);
	want(v, "level_set", "false");
	want(v, "levels.0.mark", "□");
	want(v, "f.level.known", "false");
	want(v, "f.suggested_level.value", "4");
	want(v, "mine.0.label", "評估等級");
	want(v, "mine.0.due", "中華民國96年05月31日（星期四）09時52分");
	want(v, "mine.0.overdue", "true");
	json_decref(v);
}

static void
disclosure_is_by_role(void **unused)
{
	struct incident		 i;
	struct situation	 s;
	json_t			*v;

	(void)unused;
	fx_working(&i, &s);
	i.extra = "{\"forensic\":{\"asked_by\":\"x\"}}";
	i.pending = "{\"what\":\"closed\"}";
	v = view_of(&s, "reporter", "zh-TW", NULL);
	want(v, "f.name.value", "王小明");
	want(v, "f.handler_phone.value", NULL);
	want(v, "f.handler_phone.label", "聯絡電話");
	want(v, "f.impact.value", NULL);
	want(v, "level", NULL);
	want(v, "level_text", NULL);
	want(v, "levels.1.mark", "□");
	want(v, "times.level_set", NULL);
	want(v, "extra", NULL);
	want(v, "pending", NULL);
	want(v, "checklist.0.value", NULL);
	want(v, "checklist.0.choice", NULL);
	json_decref(v);

	v = view_of(&s, "ethics", "zh-TW", NULL);
	want(v, "f.description.known", "true");
	want(v, "level", "3");
	want(v, "f.damage.value", NULL);
	want(v, "f.cause.value", NULL);
	json_decref(v);

	v = view_of(&s, "sender", "zh-TW", NULL);
	want(v, "unit", NULL);
	want(v, "reporter_name", NULL);
	want(v, "level", NULL);
	want(v, "category", NULL);
	want(v, "fields", "[]");
	want(v, "state", NULL);
	want(v, "deadlines", NULL);
	want(v, "timing", NULL);
	json_decref(v);
}

static void
the_team_outranks_the_reporter(void **unused)
{
	static struct incident_field fields[] = {
		{ .name = "unit", .value = "\"第二組\"", .by_role = "team" },
		{ .name = "unit", .value = "\"機要組\"",
		    .by_role = "reporter" },
		{ .name = "unit", .value = "\"假的\"", .by_role = "other" },
		{ .name = "name", .value = "\"甲\"", .by_role = "reporter" },
		{ .name = "name", .raw = "?", .by_role = "team" },
		{ .name = "occurred_at", .raw = "剛剛",
		    .by_role = "reporter" },
		{ .name = "phone", .value = "\"0900\"", .by_role = "other" },
	};
	struct incident		 i;
	struct situation	 s;
	json_t			*v;

	(void)unused;
	fx_opened(&i, &s);
	i.occurred_at = 0;
	s.fields = fields;
	s.n_fields = 7;
	v = view_of(&s, "team", "zh-TW", NULL);
	want(v, "f.unit.value", "第二組");
	want(v, "f.unit.by", "team");
	want(v, "f.name.value", "甲");
	want(v, "f.occurred_at.known", "false");
	want(v, "f.occurred_at.unclear", "剛剛");
	want(v, "any_missing", "true");
	want(v, "missing.0.name", "phone");
	want(v, "missing.1.name", "occurred_at");
	want(v, "missing.2.name", "description");	/* only assumed */
	want(v, "form.5.value", "電腦中毒，檔案副檔名被改成 .locked，");
	json_decref(v);
	v = view_of(&s, "team", "zh-TW", "{\"missing_fields\":[\"phone\"]}");
	want(v, "missing.0.name", "phone");
	want(v, "missing.1", NULL);
	json_decref(v);
}

static const struct {
	const char	*verdict, *category;
	const char	*remark;
} timings[] = {
	{ "on_time", "external_intrusion", "false" },
	{ "late", "external_intrusion", "true" },
	{ "late", NULL, "true" },
	{ "late", "disaster", "false" },
	{ "inconsistent", "internal_sabotage", "true" },
	{ NULL, "external_intrusion", "true" },
};

static void
nobody_is_reproached_in_a_disaster(void **unused)
{
	(void)unused;
	for (size_t n = 0; n < sizeof(timings) / sizeof(timings[0]); n++) {
		struct incident		 i;
		struct situation	 s;
		json_t			*v;

		fx_opened(&i, &s);
		i.verdict = timings[n].verdict;
		i.category = timings[n].category;
		v = view_of(&s, "reporter", "zh-TW", NULL);
		want(v, "timing.remark", timings[n].remark);
		want(v, "timing.limit_minutes", "15");
		want(v, "timing.minutes", "10");
		json_decref(v);
	}
}

static void
data_of_others_is_merged(void **unused)
{
	struct incident		 i;
	struct situation	 s;
	json_t			*v;

	(void)unused;
	fx_working(&i, &s);
	v = view_of(&s, "secretary", "zh-TW+en",
	    "{\"revision\":2,\"followup\":true,\"deadline\":{\"name\":"
	    "\"assess\",\"label\":\"x\",\"due\":1180576800,\"owner\":\"team\","
	    "\"nth\":3},\"lines\":[{\"result\":\"甲 / a\",\"result_zh\":"
	    "\"甲\",\"result_en\":\"a\"}],\"in\":{\"en\":{\"word\":"
	    "\"hello\"}}}");
	want(v, "revision", "2");
	want(v, "revision_text", "02");
	want(v, "first_report", "false");
	want(v, "deadline.due_text", "中華民國96年05月31日（星期四）10時00分");
	want(v, "deadline.owner_label", "資安小組");
	want(v, "deadline_mine", "false");
	want(v, "lines.0.result", "甲");
	want(v, "word", NULL);
	want(v, "in.en.word", "hello");
	want(v, "in.en.lines.0.result", "a");
	want(v, "in.en.deadline.due_text", "Thu 2007-05-31 10:00");
	want(v, "in.en.state_label", "in progress");
	want(v, "state_label", "處理中");
	json_decref(v);
}

static void
long_values_are_cut_at_a_character(void **unused)
{
	static struct incident_field field = { .name = "description",
	    .by_role = "reporter" };
	struct incident		 i;
	struct situation	 s;
	char			*text = calloc(1, 10000);
	json_t			*v;

	(void)unused;
	assert_non_null(text);
	(void)memset(text, 'x', 9000);
	text[0] = text[9000] = '"';
	for (int n = 5000; n < 7001; n += 3)
		memcpy(text + n, "王", 3);
	field.value = text;
	fx_opened(&i, &s);
	s.fields = &field;
	s.n_fields = 1;
	v = view_of(&s, "team", "zh-TW", NULL);
	want(v, "f.description.cut", "true");
	assert_in_range(json_string_length(at(v, "f.description.value")), 5998,
	    6000);
	json_decref(v);
	free(text);
}

static const struct {
	int64_t		 utc;
	int		 roc;
	const char	*lang, *want;
} times[] = {
	{ AT(9, 5), 1, "zh-TW", "中華民國96年05月31日 09時05分" },
	{ AT(9, 5), 0, "zh-TW", "2007年05月31日 09時05分" },
	{ AT(9, 5), 1, "en", "2007-05-31 09:05" },
	{ AT(-9, -1), 1, "zh-TW", "中華民國96年05月30日 14時59分" },
	{ -1830412800, 1, "zh-TW", "中華民國1年01月01日 00時00分" },
	{ -1830499200, 1, "zh-TW", "1911年12月31日 00時00分" },
};

static void
times_follow_the_calendar(void **unused)
{
	struct arena	*a = arena_new();
	struct policy	 p = *policy;

	(void)unused;
	for (size_t n = 0; n < sizeof(times) / sizeof(times[0]); n++) {
		p.calendar_roc = times[n].roc;
		assert_string_equal(view_time(a, &p, times[n].utc,
		    times[n].lang), times[n].want);
	}
	arena_free(&a);
}

static const struct {
	int64_t		 minutes;
	const char	*zh, *en;
} spans[] = {
	{ 0, "0 分鐘", "0 minutes" }, { 1, "1 分鐘", "1 minute" },
	{ 15, "15 分鐘", "15 minutes" }, { 59, "59 分鐘", "59 minutes" },
	{ 60, "1 小時", "1 hour" },
	{ 90, "1 小時 30 分鐘", "1 hour 30 minutes" },
	{ 1440, "24 小時", "24 hours" },
	{ 36 * 60, "36 小時", "36 hours" }, { 72 * 60, "72 小時", "72 hours" },
	{ 72 * 60 + 1, "3 日", "3 days" },
	{ 5 * 1440 + 180, "5 日 3 小時", "5 days 3 hours" },
	{ 14 * 1440, "14 日", "14 days" },
};

static void
spans_are_said_as_people_do(void **unused)
{
	struct arena	*a = arena_new();

	(void)unused;
	for (size_t n = 0; n < sizeof(spans) / sizeof(spans[0]); n++) {
		assert_string_equal(view_span(a, spans[n].minutes, "zh-TW"),
		    spans[n].zh);
		assert_string_equal(view_span(a, spans[n].minutes, "en"),
		    spans[n].en);
	}
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everybody_gets_the_house),
		cmocka_unit_test(the_team_sees_all),
		cmocka_unit_test(what_nobody_answered_is_told_as_ours),
		cmocka_unit_test(a_receipt_is_one_line),
		cmocka_unit_test(a_reporter_sets_no_level),
		cmocka_unit_test(disclosure_is_by_role),
		cmocka_unit_test(the_team_outranks_the_reporter),
		cmocka_unit_test(nobody_is_reproached_in_a_disaster),
		cmocka_unit_test(data_of_others_is_merged),
		cmocka_unit_test(long_values_are_cut_at_a_character),
		cmocka_unit_test(times_follow_the_calendar),
		cmocka_unit_test(spans_are_said_as_people_do),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
