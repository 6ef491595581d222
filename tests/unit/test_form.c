/* What snippets cannot say of forms: choosing, problems, places, loading. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/civil.h"
#include "parsers/category.h"
#include "parsers/timing.h"

#include "words_fixture.h"

#define REF	1180576800		/* 2007-05-31T10:00:00+08:00 */
#define PEOPLE	"組別：機要組\n用戶端姓名：王小明\n聯絡電話：02-5550-0101\n"
#define TIMES	"資通安全發生時間：96/5/31 9:30\n資通安全通報時間：96/5/31 9:40\n"
#define FULL	PEOPLE TIMES "資通安全事件簡述：網站無法連線\n"

static struct arena *arena;

static int
read_text(const char *subject, const char *text, int is_reply,
    struct report *r)
{
	memset(r, 0, sizeof(*r));
	r->received_at = REF;
	r->subject = subject;
	r->own_text = text;
	return form_read(fixture_forms, subject, text, 2, 10, is_reply, REF,
	    28800, arena, r);
}

static const struct {
	const char	*subject, *text;
	int		 is_reply;
	const char	*form;		/* NULL: none */
	int		 filled;
} chosen[] = {
	{ NULL, FULL, 0, "annex1", 6 },
	{ "資通安全事件通報單", FULL, 0, "annex1", 6 },
	{ NULL, "組別：機要組", 0, NULL, 0 },
	{ "資通安全事件通報單-內部通報用", "組別：機要組", 0, "annex1", 1 },
	{ "資通安全事件通報單一內部通報用", "組別：\n用戶端姓名：\n", 0, "annex1", 0 },
	{ NULL, "組別：______\n用戶端姓名：\n聯絡電話：\n", 0, "annex1", 0 },
	{ NULL, "狀態：處理中", 0, NULL, 0 },
	{ NULL, "Hardware\nCareers\nApplications\nPlatforms", 0, NULL, 0 },
	{ NULL, "Name: n/a\nType: application/x-gzip", 0, NULL, 0 },
	{ NULL, "Name: A\nPhone: 1999\nEmail: a@b.example", 0, NULL, 0 },
	{ NULL, "Name: A\nWhat happened: the web site is gone", 0, "annex1", 2 },
	{ NULL, "狀態：處理中", 1, "update", 1 },
	{ NULL, "等級：3", 1, "update", 1 },
	{ NULL, "已復原", 1, "update", 1 },
	{ NULL, "已復原，謝謝", 1, "update", 1 },
	{ NULL, "3級", 1, "update", 1 },
	{ NULL, "L3", 1, "update", 1 },
	{ NULL, "Lv.3", 1, "update", 1 },
	{ NULL, "評為第3級，謝謝", 1, "update", 1 },
	{ NULL, "3級 處理中", 1, "update", 2 },
	{ NULL, "處理中，第 3 級。", 1, "update", 2 },
	{ NULL, "已控制2級", 1, "update", 2 },
	{ NULL, "等級：3 處理中", 1, "update", 2 },
	{ NULL, "狀態：處理中 3級", 1, "update", 2 },
	{ NULL, "可能3級 處理中", 1, "update", 1 },
	{ NULL, "1級主管處理中", 1, "update", 1 },
	{ NULL, "等級：3，1級主管已知悉", 1, "update", 1 },
	{ NULL, "麻煩升為三級", 1, "update", 1 },
	{ NULL, "L3 switch", 1, NULL, 0 },
	{ NULL, "L5", 1, NULL, 0 },
	{ NULL, "這不是3級", 1, NULL, 0 },
	{ NULL, "3", 1, NULL, 0 },
	{ NULL, "已復原", 0, NULL, 0 },
	{ NULL, "請問何時可以復原？", 1, NULL, 0 },
	{ NULL, "系統復原了嗎", 1, NULL, 0 },
	{ NULL, "謝謝", 1, NULL, 0 },
	{ NULL, "收到，謝謝", 1, NULL, 0 },
	{ NULL, "1級主管已知悉", 1, NULL, 0 },
	{ NULL, "由2級改為3級", 1, "update", 1 },
	{ NULL, "如果恢復會再回報", 1, NULL, 0 },
	{ NULL, "恢復後再回報", 1, NULL, 0 },
	{ NULL, "請儘速恢復", 1, NULL, 0 },
	{ NULL, "網路正常，但印表機不行", 1, NULL, 0 },
	{ NULL, "尚未復原", 1, "update", 1 },
	{ NULL, "電腦中毒。\n\n王小明\n單位：機要組\n電話：02-5550-0101", 0,
	    NULL, 0 },
	{ NULL, PEOPLE "電腦中毒了", 0, "annex1", 3 },
	{ NULL, "聯絡電話：02-5550-0101", 1, "annex1", 1 },
	{ NULL, "承辦人員姓名：許建國\n聯絡電話：分機 1", 1, "annex2", 2 },
	{ NULL, "狀態：已復原\n系統軟體：正常", 1, "recovery", 2 },
	{ NULL, "等級：3\n承辦人員姓名：許建國\n事件原因：未更新\n備註：x", 1,
	    "update", 4 },
	{ NULL, "等級：3\n承辦人員姓名：許建國\n聯絡電話：分機 1\n備註：x", 1,
	    "annex2", 4 },
	{ "[TACERT] 通報", "[提報單位]:甲校\n[問題說明]:無法連線", 0, "tanet", 2 },
	{ NULL, "[Ver 3.02]\n1-1. 氏名 : 山田\n1-2. 組織名 : X\n1-4 TEL: "
	    "02-5550-0101\n2-1 種類 (番号): 4\n2-2 日時: 2007-05-31 09:30\n"
	    "4-1 詳細: 感染", 0, "jpcert", 6 },
};

static void
form_is_chosen(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < COUNT(chosen); i++) {
		struct report	r;
		int		n;

		n = read_text(chosen[i].subject, chosen[i].text,
		    chosen[i].is_reply, &r);
		if ((r.form == NULL) != (chosen[i].form == NULL) ||
		    (r.form != NULL && strcmp(r.form, chosen[i].form) != 0) ||
		    n != chosen[i].filled)
			fail_msg("%zu: %s\ngot %s with %d, want %s with %d", i,
			    chosen[i].text, r.form != NULL ? r.form : "none",
			    n, chosen[i].form != NULL ? chosen[i].form :
			    "none", chosen[i].filled);
	}
}

static void
fields_know_where_they_stood(void **unused)
{
	const struct field *f;
	struct report	 r;

	(void)unused;
	(void)read_text(NULL, "\n" FULL, 0, &r);
	f = report_field(&r, "name");
	assert_non_null(f);
	assert_int_equal(f->line, 12);	/* third of a text that began at 10 */
	assert_int_equal(f->part, 2);
	assert_string_equal(f->rule, "用戶端姓名");
	assert_int_equal(r.n_missing, 0);
	assert_int_equal(r.n_problems, 0);
	f = report_field(&r, "form_date");
	assert_non_null(f);
	assert_null(f->raw);
}

static int
is_missing(const struct report *r, const char *name)
{
	for (size_t i = 0; i < r->n_missing; i++)
		if (strcmp(r->missing[i], name) == 0)
			return 1;
	return 0;
}

static void
unreadable_values_are_named(void **unused)
{
	struct report	r;

	(void)unused;
	(void)read_text(NULL, "組別：無\n用戶端姓名：王小明\n聯絡電話：02-27\n"
	    "發生時間：96年2月30日9時\n簡述：當機\n事件分類：\n", 0, &r);
	assert_true(is_missing(&r, "unit"));
	assert_false(is_missing(&r, "name"));
	assert_true(is_missing(&r, "phone"));
	assert_true(is_missing(&r, "occurred_at"));
	assert_true(is_missing(&r, "reported_at"));
	assert_false(is_missing(&r, "description"));
	assert_int_equal(r.n_problems, 3);
	assert_string_equal(report_field(&r, "occurred_at")->raw,
	    "96年2月30日9時");
	assert_int_equal(report_field(&r, "occurred_at")->known, 0);
	/* the same text again adds nothing */
	(void)form_read(fixture_forms, NULL, "組別：無\n用戶端姓名：王小明\n", 2,
	    10, 0, REF, 28800, arena, &r);
	assert_int_equal(r.n_problems, 3);
}

/* The team is told that a guess is none: 可能3級吧. */
static void
a_guessed_level_is_a_problem(void **unused)
{
	struct report	r;

	(void)unused;
	(void)read_text(NULL, "等級：可能3級吧", 1, &r);
	assert_int_equal(report_field(&r, "level")->known, 0);
	assert_int_equal(r.n_problems, 1);
	assert_string_equal(r.problems[0].reason,
	    "the level is only supposed, not set");
}

/* The level of a list, however its boxes are drawn; 0: it must be asked for. */
static void
a_list_of_levels(void **unused)
{
#define BELOW	"\n作業影響情況：停用"
#define LIST(a, b, c, d) "等級：" a "4 級：影響公共安全\n" b "3 級：系統停頓\n" \
	c "2 級：業務中斷\n" d "1 級：可立即修復" BELOW
	static const struct {
		const char	*text;
		int		 level;
	} lists[] = {
		{ LIST("□", "■", "□", "□"), 3 },
		{ LIST("⬜", "✅", "⬜", "⬜"), 3 },
		{ LIST("◻", "◻", "◼", "◻"), 2 },
		{ LIST("⚪", "⚪", "🔘", "⚪"), 2 },
		{ LIST("【 】", "【v】", "【 】", "【 】"), 3 },
		{ LIST("〔　〕", "〔Ｖ〕", "〔　〕", "〔　〕"), 3 },
		{ LIST("□", "□", "□", "□"), 0 },
		/* a box in each cell of a row */
		{ "等級\t□4級\t☑3級\t□2級\t□1級" BELOW, 3 },
		{ "等級\t4級□\t3級□\t2級■\t1級□" BELOW, 2 },
		{ "等級\t■3級\t□其他事項另填" BELOW, 3 },
		{ "等級：\t3級\t■已告知科長" BELOW, 3 },
		/* the marks were lost, or a legend stands below the answer */
		{ LIST("", "", "", ""), 0 },
		{ "等級：\n第4級\n第3級\n第2級\n第1級" BELOW, 0 },
		{ "等級：3級\n4級：影響公共安全\n3級：系統停頓" BELOW, 3 },
		{ "等級：3\n2級：業務中斷\n1級：可立即修復" BELOW, 3 },
		{ "等級：3級\n系統停頓" BELOW, 3 },
		/* what another warns of */
		{ "[外部郵件] 威脅等級：高 (Level 4)\n收到，謝謝。", 0 },
		{ "評估完成（3級）", 3 },
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(lists); i++) {
		const struct field	*f;
		struct report		 r;
		int			 got;

		(void)read_text(NULL, lists[i].text, 1, &r);
		f = report_field(&r, "level");
		got = f == NULL || !f->known ? 0 : (int)f->number;
		if (got != lists[i].level)
			fail_msg("%s: got %d, want %d", lists[i].text, got,
			    lists[i].level);
	}
}

static void
an_answer_misses_nothing(void **unused)
{
	struct report	r;

	(void)unused;
	(void)read_text(NULL, "聯絡電話：02-5550-0101\n手機：", 1, &r);
	assert_int_equal(r.n_missing, 0);
	assert_int_equal(r.n_fields, 2);
}

/* Is there nothing that another writing of the same words could add? */
static void
a_form_is_whole(void **unused)
{
	static const struct {
		const char	*text;
		int		 whole;
	} texts[] = {
		{ FULL, 1 },
		{ "您好：\n" PEOPLE TIMES "資通安全事件簡述：\n網站\n無法連線\n", 1 },
		{ "組別\n機要組\n用戶端姓名\n王小明\n聯絡電話\n02-5550-0101\n"
		  TIMES "資通安全事件簡述\n網站無法連線", 1 },
		{ FULL "\n畫面要求付款", 0 },		/* below a blank line */
		{ PEOPLE TIMES "資通安全事件簡述：網站\n\n無法連線\n", 0 },
		{ "組別：機要組\n第一科\n" FULL, 0 },
		{ PEOPLE "資通安全事件簡述：網站無法連線\n", 0 },
		{ "等級：\n" FULL, 0 },		/* a label without a value */
		{ "等級：很高\n" FULL, 0 },		/* one without a meaning */
		{ FULL FULL, 0 },
	};
	struct report	r;

	(void)unused;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		(void)read_text(NULL, texts[i].text, 0, &r);
		if (r.whole != texts[i].whole)
			fail_msg("%s: got %d", texts[i].text, r.whole);
	}
}

static void
second_phone(void **unused)
{
	const struct field *f;
	struct report	 r;

	(void)unused;
	(void)read_text(NULL, PEOPLE "", 0, &r);
	assert_null(report_field(&r, "phone2"));
	(void)read_text(NULL, "簡述：甲\n聯絡電話：02-5550-0101 / 0900-000-111", 0,
	    &r);
	f = report_field(&r, "phone2");
	assert_non_null(f);
	assert_string_equal(f->phone.e164, "+886900000111");
	assert_string_equal(f->phone.raw, "0900-000-111");
	f = report_field(&r, "phone");
	assert_string_equal(f->phone.raw, "02-5550-0101 / 0900-000-111");
}

/* Several addresses of attackers; one that stands there twice counts once. */
static void
repeatable_fields_keep_all(void **unused)
{
	const struct field *f;
	struct report	 r;
	json_t		*j;
	char		*s;

	(void)unused;
	(void)read_text("[Ver 3.02]", "1-1 Name: A B\n1-2 Org: C\n"
	    "3-1 Source: 192.0.2.1\n3-1 Source: 192.0.2.22\n"
	    "3-1 Source:\n3-1 Source: 192.0.2.1\n3-1 Source: 192.0.2.2\n"
	    "4-1 What: scan\n4-1 What: no more\n", 0, &r);
	assert_string_equal(r.form, "jpcert");
	f = report_field(&r, "source_address");
	assert_non_null(f);
	assert_string_equal(f->raw, "192.0.2.1\n192.0.2.22\n192.0.2.2");
	j = field_json(f);
	s = json_dumps(j, JSON_COMPACT);
	assert_string_equal(s,
	    "[\"192.0.2.1\",\"192.0.2.22\",\"192.0.2.2\"]");
	free(s);
	json_decref(j);
	f = report_field(&r, "name");
	assert_string_equal(f->text, "A B");
	(void)read_text("[Ver 3.02]", "1-1 Name: A B\n3-1 Source: 192.0.2.1\n",
	    0, &r);
	j = field_json(report_field(&r, "source_address"));
	assert_string_equal(json_string_value(j), "192.0.2.1");
	json_decref(j);
}

static void
date_and_hour_on_two_lines(void **unused)
{
	const struct field *f;
	struct report	 r;

	(void)unused;
	(void)read_text(NULL, "組別：甲\n發生時間：96年5月31日\n上午9時30分\n簡述：x",
	    0, &r);
	f = report_field(&r, "occurred_at");
	assert_true(f->known);
	assert_true(f->time == REF - 1800);
}

static const struct {
	const char	*text, *category, *source;
	size_t		 problems;
} categories[] = {
	{ FULL "事件分類：■外力入侵事件 □天然災害\n", "external_intrusion", "stated",
	    0 },
	{ FULL "事件分類：□外力入侵事件 ■天然災害\n", "disaster", "stated", 0 },
	{ FULL "事件分類：■外力入侵事件 ■天然災害\n", NULL, NULL, 1 },
	{ FULL "事件分類：□外力入侵事件 □天然災害\n", NULL, NULL, 1 },
	{ PEOPLE TIMES "簡述：電腦中毒\n事件分類：□外力入侵事件 □天然災害\n",
	    "external_intrusion", "keyword", 1 },
	{ PEOPLE TIMES "簡述：機房淹水\n", "disaster", "keyword", 0 },
	{ PEOPLE TIMES "簡述：卡紙\n", NULL, NULL, 0 },
	{ "電腦中毒了，請派員", "external_intrusion", "keyword", 0 },
};

static void
category_and_source(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < COUNT(categories); i++) {
		struct report	r;

		(void)read_text(NULL, categories[i].text, 0, &r);
		category_judge(&fixture_conf, arena, &r);
		if ((r.category == NULL) != (categories[i].category == NULL) ||
		    (r.category != NULL && (strcmp(r.category,
		    categories[i].category) != 0 || strcmp(r.category_source,
		    categories[i].source) != 0)) ||
		    r.n_problems != categories[i].problems)
			fail_msg("%zu: got %s, %zu problems", i, r.category !=
			    NULL ? r.category : "none", r.n_problems);
	}
}

/* An answer that quotes a virus is no new account of the incident. */
static void
answers_are_not_guessed(void **unused)
{
	struct report	r;

	(void)unused;
	(void)read_text(NULL, "狀態：處理中\n應變措施：清除病毒", 1, &r);
	r.kind = KIND_REPLY;
	category_judge(&fixture_conf, arena, &r);
	assert_null(r.category);
}

static void
clock_of_the_report(void **unused)
{
	struct report	r;

	(void)unused;
	(void)read_text(NULL, FULL, 0, &r);
	timing_judge(&fixture_conf, &r);
	assert_string_equal(r.verdict, "claimed_on_time");
	assert_int_equal(r.declared_minutes, 10);
	assert_int_equal(r.receipt_minutes, 30);
	/* 發現時間 takes the place of 發生時間, and that is said */
	(void)read_text(NULL, PEOPLE "發現時間：96/5/31 9:50\n", 0, &r);
	timing_judge(&fixture_conf, &r);
	assert_string_equal(r.verdict, "on_time");
	assert_int_equal(r.n_problems, 1);
	assert_string_equal(r.problems[0].field, "occurred_at");
	assert_true(is_missing(&r, "occurred_at"));
}

#define FIELD_A	"name = \"x\"\nfield \"a\" {"

#define CHOICE_A "choices \"x\" {\n\tword \"a\" {\n\t\twords = {\"乙\"}\n"

/* A wrong file is refused with its name and line. */
static const struct {
	const char	*text, *want;
} wrong[] = {
	{ FIELD_A "\n\tkind = \"colour\"\n\tlabels = {\"甲\"}\n}\n",
	    ":3: kind: found \"colour\"" },
	{ FIELD_A "\n\tlabels = {}\n}\n", ":2: field \"a\"" },
	{ FIELD_A "\n\tkind = \"level\"\n\tlabels = {\"甲\"}\n"
	    "\trepeatable = true\n}\n", ":5: field \"a\": found repeatable" },
	{ "name = \"x\"\ntitles = {'(a'}\nfield \"a\" { labels = {\"甲\"} }\n",
	    ":2: pattern" },
	{ FIELD_A "\n\tlabels = {\"甲\"}\n\tpatterns = {'[1'}\n}\n",
	    ":4: pattern" },
	{ "name = \"x\"\ncolour = \"red\"\n", ":2: " },
	{ FIELD_A " labels = {\"甲\"} }\n\nfield \"b\" {\n"
	    "\tlabels = {\"甲\"}\n}\n", ":5: labels: found \"甲\"" },
	{ "name = \"x\"\nuse = \"never\"\nfield \"a\" { labels = {\"甲\"} }\n",
	    ":2: use: found \"never\"" },
	{ FIELD_A "\n\tkind = \"choice\"\n\tlabels = {\"甲\"}\n"
	    "\tchoices = \"moods\"\n}\n", ":5: choices: found \"moods\"" },
	{ FIELD_A "\n\tkind = \"choice\"\n\tlabels = {\"甲\"}\n}\n",
	    "found no option" },
	{ "name = \"x\"\nfield \"A b\" { labels = {\"甲\"} }\n",
	    "expected a name" },
	{ "name = \"x\"\nalso = {\"y\"}\nfield \"a\" { labels = {\"甲\"} }\n",
	    ":2: also: found \"y\"" },
	{ CHOICE_A "\t\tnot_before = {\"丙\", \"\"}\n\t}\n}\n",
	    ":4: not_before: found an empty word, expected text" },
	{ CHOICE_A "\t\tvalue = \"\"\n\t\tnot_behind = {\"丙\"}\n\t}\n}\n",
	    ":5: not_behind: found beside value \"\", expected" },
	{ CHOICE_A "\t\tunless = {\"\"}\n\t}\n}\n",
	    ":4: unless: found an empty word" },
	{ CHOICE_A "\t\tthen = {\" \"}\n\t}\n}\n",
	    ":4: then: found an empty word" },
	{ CHOICE_A "\t\toutlasts = \"mended\"\n\t}\n}\n",
	    ":4: outlasts: found \"mended\", expected a value of its set" },
	{ "field \"a\" { labels = {\"甲\"} }\n", ":1: name: found none" },
	{ FIELD_A "\n", ":2: {" },
	{ "name = \"\xff\"\n", ":1: text" },
};

static void
wrong_files_are_refused(void **unused)
{
	char	dir[] = "/tmp/tocsin-form-XXXXXX", file[64];

	(void)unused;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(file, sizeof(file), "%s/x.form", dir);
	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct form_set	*set = NULL;
		struct err	 err = { "" };
		FILE		*f = fopen(file, "w");
		enum rc		 rc;

		assert_non_null(f);
		(void)fputs(wrong[i].text, f);
		(void)fclose(f);
		rc = form_set_load(dir, &set, &err);
		if (rc != RC_REFUSED || set != NULL ||
		    strstr(err.text, wrong[i].want) == NULL ||
		    strstr(err.text, "x.form:") == NULL)
			fail_msg("%zu: got %d \"%s\", want \"%s\"", i, rc,
			    err.text, wrong[i].want);
	}
	(void)unlink(file);
	(void)rmdir(dir);
}

static void
forms_describe_themselves(void **unused)
{
	struct form_info info;
	size_t		 n = 0;

	(void)unused;
	while (form_describe(fixture_forms, n, &info) == 0) {
		assert_non_null(info.name);
		assert_non_null(info.title);
		assert_true(info.n_fields > 0);
		n++;
	}
	assert_int_equal(n, 6);
	assert_non_null(form_choices(fixture_forms, "status"));
	assert_null(form_choices(fixture_forms, "moods"));
}

static void
hostile_lengths(void **unused)
{
	static const char *const bits[] = {
		"組別：", "姓名 ", "姓名(", "姓名.", "組 ", "1.", "[", "□", "：",
		"等級：3\n", "\t", "單位/", "發生時間：96年", "中華民國\n", " ", "\n"
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(bits); i++)
		for (int reply = 0; reply < 2; reply++) {
			char		*s = arena_alloc(arena, 500001);
			size_t		 n = 0;
			struct report	 r;

			while (n + strlen(bits[i]) < 500000) {
				memcpy(s + n, bits[i], strlen(bits[i]));
				n += strlen(bits[i]);
			}
			s[n] = '\0';
			(void)read_text(NULL, s, reply, &r);
			arena_reset(arena);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(form_is_chosen),
		cmocka_unit_test(fields_know_where_they_stood),
		cmocka_unit_test(unreadable_values_are_named),
		cmocka_unit_test(a_guessed_level_is_a_problem),
		cmocka_unit_test(a_list_of_levels),
		cmocka_unit_test(an_answer_misses_nothing),
		cmocka_unit_test(a_form_is_whole),
		cmocka_unit_test(second_phone),
		cmocka_unit_test(repeatable_fields_keep_all),
		cmocka_unit_test(date_and_hour_on_two_lines),
		cmocka_unit_test(category_and_source),
		cmocka_unit_test(answers_are_not_guessed),
		cmocka_unit_test(clock_of_the_report),
		cmocka_unit_test(wrong_files_are_refused),
		cmocka_unit_test(forms_describe_themselves),
		cmocka_unit_test(hostile_lengths),
	};
	int	failed;

	arena = arena_new();
	failed = cmocka_run_group_tests(tests, fixture_load, fixture_free);
	arena_free(&arena);
	return failed;
}
