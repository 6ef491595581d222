#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "incident/policy.h"

#define POLICIES	TOCSIN_SRCDIR "/policies"
#define FILE_MAX	((size_t)256 * 1024)

static const char *const shipped[] = {
	"taipei-2007", "csma-2021", "csma-2026"
};

static void
slurp(const char *dir, const char *name, struct buf *b)
{
	char	 path[512], part[4096];
	FILE	*f;
	size_t	 n;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	if ((f = fopen(path, "r")) == NULL)
		fail_msg("cannot open %s", path);
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		(void)buf_add(b, part, n);
	(void)fclose(f);
}

static void
spit(const char *dir, const char *name, const char *text)
{
	char	 path[512];
	FILE	*f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	if ((f = fopen(path, "w")) == NULL)
		fail_msg("cannot write %s", path);
	(void)fputs(text, f);
	(void)fclose(f);
}

static struct policy *
load(const char *name)
{
	struct policy	*p;
	struct err	 err;

	if (policy_load(POLICIES, name, &p, &err) != RC_OK)
		fail_msg("%s", err.text);
	return p;
}

static void
shipped_ones_are_complete(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < 3; i++) {
		struct policy	*p = load(shipped[i]);

		assert_string_equal(p->id, shipped[i]);
		assert_int_equal(p->zone, 28800);
		assert_true(p->calendar_roc);
		assert_int_equal(p->report_limit, 900);
		assert_string_equal(policy_state_label(p, INC_RECOVERED,
		    "zh-TW"), "已復原");
		assert_string_equal(policy_state_label(p, INC_RECOVERED,
		    "en"), "recovered");
		policy_free(&p);
		assert_null(p);
	}
}

static void
the_plan_of_2007(void **unused)
{
	static const char *const levels[LEVELS] = { NULL,
		"業務短暫停頓，可立即修復。", "業務中斷，影響系統效率。",
		"系統停頓，業務無法運作。",
		"影響公共安全、社會秩序、人民生命財產。"
	};
	struct policy	*p = load("taipei-2007");
	const struct policy_deadline *d;

	(void)unused;
	for (int l = 1; l < LEVELS; l++)
		assert_string_equal(p->levels[l].text.zh, levels[l]);
	assert_int_equal(p->forward_min_level, 2);
	assert_true(policy_has(&p->forward_roles, "ncert"));
	assert_true(policy_has(&p->forward_roles, "city_it"));
	assert_string_equal(p->meeting[1], "no");
	assert_string_equal(p->meeting[2], "ask");
	d = policy_deadline(p, "assess");
	assert_int_equal(d->within[0], 1800);
	assert_int_equal(d->within[3], -1);
	assert_int_equal(d->n_rungs, 3);
	assert_int_equal(d->rungs[2].percent, 150);
	assert_string_equal(d->rungs[2].roles.v[0], "ciso");
	d = policy_deadline(p, "external");
	assert_int_equal(d->within[1], -1);
	assert_int_equal(d->within[2], 3600);
	assert_null(policy_deadline(p, "final"));
	assert_non_null(strstr(policy_category(p, "external_intrusion")->
	    instructions.zh, "採實體隔離避免災情擴散"));
	assert_false(policy_category(p, "disaster")->reproach);
	assert_null(policy_category(p, "theft"));
	/* All of it is the plan's own text but the calendar. */
	assert_int_equal(p->unverified.n, 1);
	assert_non_null(strstr(p->unverified.v[0], "holidays"));
	assert_int_equal(p->bundle_from, 10);
	assert_int_equal(p->bundle_storm, 200);
	assert_int_equal(p->bundle_within, 3600);
	assert_int_equal(p->bundle_wait, 600);
	policy_free(&p);
}

static void
the_law_of_today(void **unused)
{
	struct policy	*p = load("csma-2026");
	const struct policy_deadline *d;

	(void)unused;
	assert_int_equal(p->forward_min_level, 1);
	d = policy_deadline(p, "external");
	for (int l = 1; l < LEVELS; l++)
		assert_int_equal(d->within[l], 3600);
	d = policy_deadline(p, "control");
	assert_int_equal(d->within[1], 72 * 3600);
	assert_int_equal(d->within[4], 36 * 3600);
	d = policy_deadline(p, "final");
	assert_string_equal(d->rule, "apa48-month");
	assert_int_equal(d->within[2], POLICY_MONTH);
	assert_string_equal(p->meeting[3], "mandatory");
	assert_string_equal(p->meeting[4], "mandatory");
	assert_true(p->unverified.n > 0);
	assert_non_null(p->platform.zh);
	policy_free(&p);
}

static void
disclosure_is_by_role(void **unused)
{
	struct policy	*p = load("taipei-2007");

	(void)unused;
	assert_true(policy_discloses(p, "team", "anything"));
	assert_true(policy_discloses(p, "ethics", "description"));
	assert_false(policy_discloses(p, "ethics", "evidence"));
	assert_false(policy_discloses(p, "reporter", "responsibility"));
	assert_false(policy_discloses(p, "ncert", "responsibility"));
	assert_false(policy_discloses(p, "sender", "status"));
	policy_free(&p);
}

/* One change to the shipped file, and the message it must give. */
static const struct {
	const char	*find, *put, *want;
} bad[] = {
	{ "version = 1", "version = x",
	    ":7: invalid integer value for option 'version'" },
	{ "version = 1", "version = 0",
	    ":7: version: found 0, expected 1 to 1000000" },
	{ "version = 1", "versoin = 1", ":7: no such option 'versoin'" },
	{ "\"taipei-2007\"", "\"taipei-2008\"", ": id: found \"taipei-2008\", "
	    "expected \"taipei-2007\" as the file is called" },
	{ "zone = \"+08:00\"", "zone = \"8\"", ":12: zone: found \"8\", "
	    "expected an offset like \"+08:00\"" },
	{ "calendar = \"roc\"", "calendar = \"minguo\"", ":13: calendar: "
	    "found \"minguo\", expected \"roc\" or \"ad\"" },
	{ "level \"3\" { zh = \"系統停頓，業務無法運作。\"", "level \"3\" {",
	    ": level \"3\": found no text, expected zh = \"...\"" },
	{ "level \"4\"", "level \"5\"", ": level: found \"5\", expected \"1\" "
	    "to \"4\"" },
	{ "\"L1 no\"}", "\"L1 never\"}", ": meeting: found \"L1 never\", "
	    "expected \"L1 no\", \"L2 ask\" or \"L3 mandatory\"" },
	{ ", \"L1 no\"}", "}", ": meeting: found nothing for level 1, expected "
	    "\"L1 no\", \"L1 ask\" or \"L1 mandatory\"" },
	{ "two_persons_from = 3", "two_persons_from = 9",
	    ": two_persons_from: found 9, expected 0 to 4" },
	{ "notify_opened = {\"team\", \"ethics\", \"secretary\"}", "notify_opened = {}",
	    ": notify_opened: found nothing, expected at least one name" },
	{ "notify_level = {\"ethics\"", "notify_level = {\"mayor\"",
	    ": notify_level: found \"mayor\", expected a role with a "
	    "disclosure \"...\" section" },
	{ "\"occurred_at\", \"reported_at\", \"description\"}",
	    "\"occured_at\"}", ": report_required: found \"occured_at\", "
	    "expected a name with a field \"...\" { zh = ... } section" },
	{ "within = {\"15m\"}", "within = {\"15\"}", ": within: found \"15\", "
	    "expected \"L3 2h\" or \"30m\" (units s m h d workdays month, or "
	    "\"off\"; levels L0 to L4)" },
	{ "within = {\"15m\"}", "within = {\"L7 15m\"}",
	    ": within: found \"L7 15m\", expected" },
	{ "from = \"occurred\"", "from = \"occured\"", ": from: found "
	    "\"occured\", expected an event like \"received\" or \"level_set\""
	},
	{ "owner = \"team\"", "owner = \"mayor\"", ": owner: found \"mayor\", "
	    "expected \"reporter\" or a role with a disclosure" },
	{ "to = \"level_set\"", "to = \"received\"", ": to: found \"received\" "
	    "again, expected another event than from" },
	{ "rule = \"verdict\"", "rule = \"guess\"", ": rule: found \"guess\", "
	    "expected \"span\", \"workdays\", \"apa48-month\" or \"verdict\"" },
	{ "rule = \"verdict\"", "", ": deadline: found none with rule = "
	    "\"verdict\", expected the time for the internal report" },
	{ "rungs = {\"25% reporter\"", "rungs = {\"25 reporter\"",
	    ": rungs: found \"25 reporter\", expected a rung like \"100% team "
	    "secretary\"" },
	{ "{\"50% team\", \"100% team secretary\"", "{\"50% team\", "
	    "\"50% team secretary\"", ": deadline \"assess\": rungs: found 50% "
	    "after 50%, expected a rising ladder" },
	{ "{\"25% reporter\", \"50% reporter\", \"100% reporter secretary\"}",
	    "{\"25% mayor\"}", ": deadline: found \"mayor\", expected a role "
	    "with a disclosure \"...\" section" },
	{ "duty = \"remind_assess\"", "", ": deadline \"assess\": duty: found "
	    "nothing, expected the template of the reminder" },
	{ "then_every = {\"L4 1h\", \"L3 2h\", \"L2 4h\", \"L1 1d\"}",
	    "then_every = {\"L4 1h\"}", ": deadline \"recovery\": then_every: "
	    "missing for a level that is on; expected a time: a ladder never "
	    "ends by itself" },
	{ "while = {\"recovered\"}", "while = {\"recoverd\"}", ": while: found "
	    "\"recoverd\", expected a state like \"in_progress\"" },
	{ "quiet_hours = \"22:00-07:00\"", "quiet_hours = \"22-7\"",
	    ": quiet_hours: found \"22-7\", expected hours like "
	    "\"22:00-07:00\"" },
	{ "settle = \"5m\"", "settle = \"off\"", ": settle: found \"off\", "
	    "expected a time like \"90s\", \"15m\", \"1h\" or \"2d\"" },
	{ "include(\"holidays.words\")", "holidays = {\"2026-02-30\"}",
	    ": holidays: found \"2026-02-30\", expected a date like "
	    "\"2026-01-01\"" },
	{ "include(\"categories.words\")", "",
	    ": category: found none, expected at least one" },
	{ "command_roles = {\"team\", \"secretary\"}", "command_roles = {\"the "
	    "team\"}", ": command_roles: found \"the team\", expected a name "
	    "of letters, digits, - and _" },
#define NCERT	"evidence \"ncert\"	{ mail = \"list\" }"
	{ NCERT, "evidence \"ncert\" { types = {\"image/png\", "
	    "\"application/x-msdownload\"} }", ": types: found "
	    "\"application/x-msdownload\", which is a program and never leaves "
	    "the house; expected of image/png, image/jpeg, " },
	{ NCERT, "evidence \"ncert\" {\n\tmail = \"files\"\n\ttypes = {"
	    "\"application/zip\"} }", ": types: found \"application/zip\", "
	    "which is an archive, which may hold a program and never" },
	{ NCERT, "evidence \"ncert\" { types = {\"image/*\"} }", ": types: "
	    "found \"image/*\", which is a whole family" },
	{ NCERT, "evidence \"ncert\" { types = {\"text/html\"} }", ": types: "
	    "found \"text/html\", which is a page" },
	{ NCERT, "evidence \"ncert\" { mail = \"all\" }", ": mail: found "
	    "\"all\", expected \"no\", \"list\" or \"files\"" },
	{ NCERT, "evidence \"ncert\" { each = \"9M\" }", ": each: found "
	    "\"9M\", expected a size like \"500K\" or \"2M\", at most" },
	{ NCERT, "evidence \"ncert\" { total = \"1 MB\" }", ": total: found "
	    "\"1 MB\", expected a size" },
	{ NCERT, "evidence \"ncert\" { mail = \"files\" }", ": evidence "
	    "\"ncert\": types: found none, expected what may go" },
	{ NCERT, "evidence \"ncert\" { total = \"1K\" }", ": evidence "
	    "\"ncert\": total: found less than each" },
	{ NCERT, "evidence \"ethics\" { mail = \"list\" }", ": evidence "
	    "\"ethics\": expected one of forward_roles" },
	{ "\"improvement\", \"attachments\"} }", "\"improvement\"} }",
	    ": evidence \"ncert\": expected \"attachments\" among the fields" },
	{ "title {", "title [", ":11: }: found a closing brace, expected one "
	    "that is open" },
	{ "settle = \"5m\"", "settle = \"5m", "expected" },
	{ "include(\"holidays.words\")", "include(\"../x\")", ": include: "
	    "found \"../x\", expected a file of the same directory" },
	{ "include(\"holidays.words\")", "include(\"taipei-2007.policy\")",
	    ": include: found" },
};

/* The same for the words every policy shares. */
static const struct {
	const char	*find, *put, *want;
} bad_words[] = {
	{ "say \"level_set\"", "say \"levelset\"",
	    ": say \"level_set\": found no text, expected zh = \"...\"" },
	{ "state \"merged\"", "state \"merge\"",
	    ": state: found \"merge\", expected a state like \"received\"" },
	{ "command \"confirm\"	{ words = {\"確認\", \"同意\", \"confirm\", "
	    "\"approve\"} }", "", ": command \"confirm\": found no words, "
	    "expected words = {\"...\"}" },
	{ "verdict \"late\"", "verdict \"tardy\"",
	    ": verdict \"late\": found no text, expected zh = \"...\"" },
	{ "field \"unit\"		{ zh", "field \"unit\"		{ "
	    "chinese", "/common.words:7: no such option 'chinese'" },
};

/* The same for alarms.words. */
static const struct {
	const char	*find, *put, *want;
} bad_alarms[] = {
	{ "alarm \"disk\"", "alarm \"disc\"",
	    ": alarm \"disk\": found no text, expected zh and en" },
	{ "alarm \"disk\"", "alarm \"mouse\" { zh = \"x\" en = \"y\" }\n"
	    "alarm \"disk\"", ": alarm: found \"mouse\", expected one that "
	    "the daemon gives, like \"mailbox\"" },
	{ "\ten = \"the clock is wrong\"\n", "",
	    ": alarm \"clock\": title: found no text, expected zh and en" },
	{ "已有 {n} 分鐘", "已有幾分鐘",
	    ": reason \"not read for {n} minutes\": found other {places} in "
	    "zh, expected each of the name once" },
	{ "已有 {n} 分鐘", "已有 {m} 分鐘",
	    ": reason \"not read for {n} minutes\": found other {places} in "
	    "zh, expected each of the name once" },
	{ "{ zh = \"Maildir 尚未開啟\" }", "{ }",
	    ": reason \"maildir: not open\": found no text, expected zh = "
	    "\"...\"" },
};

static char *
changed(const char *text, const char *find, const char *put)
{
	const char	*at = strstr(text, find);
	struct buf	 b;
	char		*out;

	if (at == NULL)
		fail_msg("the shipped file has no \"%s\"", find);
	buf_init(&b, FILE_MAX);
	(void)buf_add(&b, text, (size_t)(at - text));
	(void)buf_puts(&b, put);
	(void)buf_puts(&b, at + strlen(find));
	out = xstrdup(b.data);
	buf_free(&b);
	return out;
}

/* Change `name` in a copy of the policies, load, compare the message. */
static void
refused(const char *name, const char *find, const char *put, const char *want)
{
	static const char *const files[] = {
		"taipei-2007.policy", "common.words", "categories.words",
		"holidays.words", "house.words", "letters.words",
		"reasons.words", "alarms.words"
	};
	char		 dir[] = "/tmp/tocsin-policy-XXXXXX", path[512];
	struct policy	*p;
	struct err	 err;
	enum rc		 rc;

	assert_non_null(mkdtemp(dir));
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct buf	 b;
		char		*s;

		buf_init(&b, FILE_MAX);
		slurp(POLICIES, files[i], &b);
		s = strcmp(files[i], name) == 0 ? changed(b.data, find, put) :
		    xstrdup(b.data);
		spit(dir, files[i], s);
		free(s);
		buf_free(&b);
	}
	rc = policy_load(dir, "taipei-2007", &p, &err);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		(void)unlink(path);
	}
	(void)rmdir(dir);
	if (rc != RC_REFUSED)
		fail_msg("\"%s\" -> \"%s\": was taken", find, put);
	assert_null(p);
	if (strstr(err.text, want) == NULL ||
	    strncmp(err.text, dir, strlen(dir)) != 0)
		fail_msg("\"%s\" -> \"%s\":\n got  %s\n want ...%s", find, put,
		    err.text, want);
}

static void
each_fault_is_named(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refused("taipei-2007.policy", bad[i].find, bad[i].put,
		    bad[i].want);
	for (size_t i = 0; i < sizeof(bad_words) / sizeof(bad_words[0]); i++)
		refused("common.words", bad_words[i].find, bad_words[i].put,
		    bad_words[i].want);
	for (size_t i = 0; i < sizeof(bad_alarms) / sizeof(bad_alarms[0]); i++)
		refused("alarms.words", bad_alarms[i].find, bad_alarms[i].put,
		    bad_alarms[i].want);
}

/* The error stands where the value stands, not where the section ends. */
static void
an_executable_type_is_named_by_its_line(void **unused)
{
	struct policy	*whole = load("taipei-2007"), *p;
	struct err	 err;
	const char	*at;
	char		*s, want[200];
	int		 line = 1;

	(void)unused;
	s = changed(whole->text, NCERT, "evidence \"ncert\" {\n\tmail = \"files\"\n"
	    "\ttypes = {\"image/png\",\n\t    \"application/x-sh\"}\n"
	    "\teach = \"1M\"\n}");
	at = strstr(s, "\"application/x-sh\"");
	for (const char *c = s; c < at; c++)
		line += *c == '\n';
	(void)snprintf(want, sizeof(want), "t:%d: types: found "
	    "\"application/x-sh\", which is a script", line);
	assert_int_equal(policy_load_text("t", s, NULL, &p, &err), RC_REFUSED);
	if (strncmp(err.text, want, strlen(want)) != 0)
		fail_msg("got  %s\n want %s", err.text, want);
	free(s);
	policy_free(&whole);
}

/* The plan names no file: its receivers get the list, by mail. */
static void
evidence_of_the_shipped_plans(void **unused)
{
	const struct policy_evidence	*e;
	struct policy			*p = load("taipei-2007");

	(void)unused;
	e = policy_evidence(p, "ncert");
	assert_non_null(e);
	assert_int_equal(e->mail, EVIDENCE_LIST);
	assert_int_equal(e->http, EVIDENCE_NO);
	assert_null(policy_evidence(p, "ethics"));
	policy_free(&p);
	p = load("csma-2026");
	assert_null(policy_evidence(p, "ncert"));
	policy_free(&p);
}

/* A detail in both languages: places filled, {why} looked up in turn. */
static void
reasons_are_said_in_both_languages(void **unused)
{
	static const struct {
		const char	*text, *zh, *en;
	} said[] = {
		{ "not read for 12 minutes", "已有 12 分鐘未能讀取", NULL },
		{ "held; the reader died of it",
		    "留待人工處理；讀取本信時程式異常終止", NULL },
		{ "imap: login: the peer closed the connection",
		    "IMAP login 失敗：對方關閉連線", NULL },
		{ "imap: login: NO [AUTH] wrong: no", "IMAP login 失敗：NO "
		    "[AUTH] wrong: no", NULL },
		{ "imap: select: the answer is not IMAP (the server says: BYE)",
		    "IMAP select 失敗：對方的回應不是 IMAP；伺服器回應：BYE",
		    NULL },
		{ "relay main: /etc/pw: No such file or directory, expected a "
		    "file that only the owner can read", "寄信伺服器 main：無法"
		    "讀取 /etc/pw：檔案或目錄不存在；應為僅限擁有者讀取的檔案",
		    NULL },
		{ "/etc/t.conf:7: url: found \"x\", expected one of them",
		    "/etc/t.conf 第 7 行 url：目前為 \"x\"，應為二者擇一",
		    NULL },
		{ "/etc/t.conf:9: poll: found \"x\", expected a whole number "
		    "from 5 to 3600 (seconds)", "/etc/t.conf 第 9 行 poll：目前"
		    "為 \"x\"，應為 5 至 3600 的整數（秒）", NULL },
		{ "/etc/t.conf:3: pol: found an unknown key, expected poll",
		    "/etc/t.conf 第 3 行 pol：沒有這個設定項目，應為poll",
		    NULL },
		{ "/etc/t.conf:9: {: found the end of the file, expected a "
		    "closing brace", "/etc/t.conf 第 9 行 {：檔案到此為止，應"
		    "為右大括號", NULL },
		{ "stream: imaps://h:993: Failed to connect to h port 993 "
		    "after 2 ms: Couldn't connect to server", "無法與 "
		    "imaps://h:993 建立連線：無法連到 h 連接埠 993（2 毫秒後）："
		    "無法連線到伺服器", NULL },
		/* somebody's own words, whatever stands in them */
		{ "550 no; such; user", "550 no; such; user", NULL },
		{ "not read for  minutes", "not read for  minutes", NULL },
		{ "{why}", "{why}", NULL },
		{ "", "", NULL },
	};
	struct policy	*p = load("taipei-2007");
	struct arena	*a = arena_new();

	(void)unused;
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		struct words	w = policy_reason(p, said[i].text, a);

		if (strcmp(w.zh, said[i].zh) != 0)
			fail_msg("%s:\n got  %s\n want %s", said[i].text, w.zh,
			    said[i].zh);
		assert_string_equal(w.en, said[i].en != NULL ? said[i].en :
		    said[i].text);
	}
	assert_string_equal(policy_alarm(p, "certificate:relay:x")->name,
	    "certificate");
	assert_true(policy_alarm(p, "mail:x:y")->once);
	assert_null(policy_alarm(p, "cert"));
	arena_free(&a);
	policy_free(&p);
}

static void
names_cannot_leave_the_directory(void **unused)
{
	static const char *const names[] = {
		"", "../policies/taipei-2007", "nope", "a/b", "."
	};
	struct policy	*p;
	struct err	 err;

	(void)unused;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(policy_load(POLICIES, names[i], &p, &err),
		    RC_REFUSED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shipped_ones_are_complete),
		cmocka_unit_test(the_plan_of_2007),
		cmocka_unit_test(the_law_of_today),
		cmocka_unit_test(disclosure_is_by_role),
		cmocka_unit_test(each_fault_is_named),
		cmocka_unit_test(an_executable_type_is_named_by_its_line),
		cmocka_unit_test(evidence_of_the_shipped_plans),
		cmocka_unit_test(reasons_are_said_in_both_languages),
		cmocka_unit_test(names_cannot_leave_the_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
