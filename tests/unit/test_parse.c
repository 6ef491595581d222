#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/civil.h"
#include "parsers/form.h"
#include "parsers/limits.h"
#include "parsers/parse.h"

/*
 * Every mail of tests/cases/mails is parsed and compared with NAME.json: what the
 * expectation names must be there and equal; lists must be equal in length.
 * TOCSIN_CASES names another directory with mails/, TOCSIN_FORMS the forms.
 */
#define MAIL_FILE_MAX	(8u * 1024 * 1024)

static int		 failures;	/* of comparisons: all are shown */
static struct form_set	*forms;
static const char	*own[] = { "incident@secretariat.example" };
static const char	*domains[] = { "secretariat.example" };
static const char	*intrusion[] = {
	"病毒", "中毒", "木馬", "勒索", "駭", "入侵", "釣魚", "遭置換", "竄改",
	"盜用", "外洩", "DDoS",
};
static const char	*sabotage[] = {
	"人為", "惡意", "離職", "私自", "竊取",
};
static const char	*disaster[] = {
	"颱風", "水災", "淹水", "地震", "火災", "爆炸", "停電", "漏水",
};
static const char	*labels[][1] = {
	{ "外力入侵事件" }, { "內部危安事件" }, { "天然災害或重大突發事件" },
};
static struct category_rule rules[] = {
	{ "external_intrusion", labels[0], 1, intrusion, 12 },
	{ "internal_sabotage", labels[1], 1, sabotage, 5 },
	{ "disaster", labels[2], 1, disaster, 8 },
};
static struct parse_conf conf = {
	.categories = rules, .n_categories = 3, .zone = 28800, .limit = 900,
	.own_addresses = own, .n_own_addresses = 1,
	.own_domains = domains, .n_own_domains = 1,
	.own_id_domain = "incident.secretariat.example",
};

static char *
slurp(struct arena *a, const char *path, size_t *len)
{
	FILE	*f = fopen(path, "rb");
	char	*p;

	if (f == NULL)
		return NULL;
	p = arena_alloc(a, MAIL_FILE_MAX + 1);
	*len = fread(p, 1, MAIL_FILE_MAX, f);
	(void)fclose(f);
	return p;
}

/* Keys of an expectation that describe what others do with the report. */
static int
is_note(const char *key)
{
	static const char *const notes[] = {
		"file", "expect_actions", "traps", "sender_role", "compare",
		"decoded", "fields_if_docx_supported", "form_date", "note",
	};

	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++)
		if (strcmp(key, notes[i]) == 0)
			return 1;
	return 0;
}

static void
squeeze(char *s)
{
	char	*o = s;

	for (; *s != '\0'; s++)
		if (!isspace((unsigned char)*s))
			*o++ = *s;
	*o = '\0';
}

static int
same_text(struct arena *a, const char *want, const char *got, int loose)
{
	char	*w, *g;

	if (!loose)
		return strcmp(want, got) == 0;
	w = arena_strdup(a, want);
	g = arena_strdup(a, got);
	squeeze(w);
	squeeze(g);
	return strcmp(w, g) == 0;
}

static void	compare(struct arena *, const char *, const json_t *,
		    const json_t *, int);

static void
differ(const char *path, const json_t *want, const json_t *got)
{
	char	*w = json_dumps(want, JSON_ENCODE_ANY), *g;

	g = got == NULL ? NULL : json_dumps(got, JSON_ENCODE_ANY);
	print_error("%s:\n got %s\nwant %s\n", path, g ? g : "nothing", w);
	free(w);
	free(g);
	failures++;
}

static void
compare_list(struct arena *a, const char *path, const json_t *want,
    const json_t *got, int loose)
{
	if (!json_is_array(got) ||
	    json_array_size(want) != json_array_size(got)) {
		differ(path, want, got);
		return;
	}
	for (size_t i = 0; i < json_array_size(want); i++)
		compare(a, arena_printf(a, "%s[%zu]", path, i),
		    json_array_get(want, i), json_array_get(got, i), loose);
}

static void
compare(struct arena *a, const char *path, const json_t *want,
    const json_t *got, int loose)
{
	const char	*key;
	json_t		*w;

	if (json_is_object(want) && json_object_size(want) == 0) {
		if (json_object_size(got) != 0)
			differ(path, want, got);
	} else if (json_is_object(want)) {
		json_object_foreach((json_t *)(uintptr_t)want, key, w)
			if (!is_note(key))
				compare(a, arena_printf(a, "%s.%s", path, key),
				    w, json_object_get(got, key), loose);
	} else if (json_is_array(want)) {
		compare_list(a, path, want, got, loose);
	} else if (json_is_string(want) && json_is_string(got)) {
		if (!same_text(a, json_string_value(want),
		    json_string_value(got), loose))
			differ(path, want, got);
	} else if (json_is_null(want) && got == NULL) {
		return;
	} else if (!json_equal(want, got)) {
		differ(path, want, got);
	}
}

/* The cases speak of roles too; which role it is, is not in the bytes. */
static void
adapt(json_t *want)
{
	const char	*kind = json_string_value(json_object_get(want,
			    "kind"));
	json_t		*docx = json_object_get(want,
			    "fields_if_docx_supported"), *timing;

	if (kind != NULL && (strcmp(kind, "team_update") == 0 ||
	    strcmp(kind, "reporter_update") == 0))
		json_object_set_new(want, "kind", json_string("reply"));
	if (docx != NULL) {
		json_object_set(want, "fields", docx);
		timing = json_object_get(want, "timing");
		json_object_set_new(timing, "verdict",
		    json_string("on_time"));
	}
}

static int64_t
received_of(const json_t *want)
{
	const char	*s = json_string_value(json_object_get(
			    json_object_get(want, "timing"), "received_at"));
	int64_t		 t;

	return s == NULL || rfc3339_parse(s, &t) == -1 ? TIME_NONE : t;
}

static void
one_case(const char *dir, const char *name)
{
	struct arena	*a = arena_new();
	struct report	 r, back;
	struct err	 err;
	json_t		*want, *got;
	json_error_t	 je;
	char		*raw, *eml, *s;
	size_t		 len = 0;
	int		 loose;

	eml = arena_printf(a, "%s/%.*s.eml", dir, (int)strlen(name) - 5,
	    name);
	raw = slurp(a, eml, &len);
	if (raw == NULL)
		fail_msg("%s: cannot be read", eml);
	want = json_load_file(arena_printf(a, "%s/%s", dir, name), 0, &je);
	if (want == NULL)
		fail_msg("%s/%s:%d: %s", dir, name, je.line, je.text);
	adapt(want);
	loose = json_object_get(want, "compare") != NULL;
	(void)parse_mail(&conf, raw, len, received_of(want), a, &r, &err);
	s = report_text(a, &r);
	got = json_loads(s, 0, &je);
	if (got == NULL)
		fail_msg("%s: no JSON: %s", name, je.text);
	compare(a, name, want, got, loose);
	if (report_from_json(s, strlen(s), a, &back, &err) != RC_OK)
		fail_msg("%s: the desk refuses it: %s", name, err.text);
	json_decref(got);
	json_decref(want);
	arena_free(&a);
}

static int
is_case(const struct dirent *d)
{
	size_t	 n = strlen(d->d_name);

	return n > 5 && strcmp(d->d_name + n - 5, ".json") == 0;
}

static int
all_cases(const char *dir)
{
	struct dirent	**list;
	int		  n = scandir(dir, &list, is_case, alphasort);

	for (int i = 0; i < n; i++) {
		one_case(dir, list[i]->d_name);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	return n;
}

static void
every_case_reads_as_expected(void **unused)
{
	const char	*dir = getenv("TOCSIN_CASES");
	char		 mails[512];

	(void)unused;
	if (all_cases(TOCSIN_SRCDIR "/tests/cases/mails") < 1)
		fail_msg("no cases in %s/tests/cases/mails", TOCSIN_SRCDIR);
	if (dir != NULL) {
		(void)snprintf(mails, sizeof(mails), "%s/mails", dir);
		if (all_cases(mails) < 1)
			fail_msg("no cases in %s", mails);
	}
	if (failures > 0)
		fail_msg("%d differences", failures);
}

static void
parse(struct arena *a, const char *mail, size_t len, struct report *r)
{
	struct err	 err;

	(void)parse_mail(&conf, mail, len, TIME_NONE, a, r, &err);
}

/* Cut a good mail at every byte, flip every byte: always a report. */
static void
damage_never_kills(void **unused)
{
	static const char mail[] =
	    "From: =?big5?B?qkz51qZ3?= <w@secretariat.example>\r\n"
	    "Subject: =?utf-8?Q?=E9=80=9A=E5=A0=B1?=\r\n"
	    "Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n"
	    "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
	    "組別：機要組\r\n用戶端姓名：王小明\r\n--b\r\n"
	    "Content-Type: text/html\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
	    "<table><tr><td>a=3D</td></tr></table>\r\n--b\r\n"
	    "Content-Type: application/pkcs7-mime; name*0*=utf-8''%E9.p7m\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\nMIIB\r\n--b--\r\n";
	struct arena	*a = arena_new();
	struct report	 r;
	char		 copy[sizeof(mail)];

	(void)unused;
	for (size_t i = 0; i < sizeof(mail) - 1; i++) {
		parse(a, mail, i, &r);
		memcpy(copy, mail, sizeof(mail));
		for (unsigned v = 0; v < 256; v += 51) {
			copy[i] = (char)v;
			parse(a, copy, sizeof(mail) - 1, &r);
		}
		arena_reset(a);
	}
	arena_free(&a);
}

static void
broken_guards_name_themselves(void **unused)
{
	struct arena	*a = arena_new();
	struct report	 r;
	struct err	 err;
	struct buf	 b;

	(void)unused;
	buf_init(&b, 64u * 1024 * 1024);
	(void)buf_puts(&b, "From: w@x\nSubject: [CSI-20070531-0001] x\n"
	    "Message-ID: <m@x>\n\n");
	while (b.len <= MAIL_MAX)
		(void)buf_puts(&b, "0123456789abcdef0123456789abcdef");
	assert_int_equal(parse_mail(&conf, b.data, b.len, TIME_NONE, a, &r,
	    &err), RC_REFUSED);
	assert_int_equal(r.kind, KIND_UNREADABLE);
	assert_int_equal(r.n_problems, 1);
	assert_string_equal(r.problems[0].field, "guard");
	assert_string_equal(r.problems[0].text, "size");
	assert_string_equal(r.tracking, "CSI-20070531-0001");
	assert_string_equal(r.from_addr, "w@x");
	assert_string_equal(r.message_id, "<m@x>");
	assert_int_equal(r.answerable, 1);
	buf_free(&b);
	arena_free(&a);
}

static int
setup(void **unused)
{
	const char	*dir = getenv("TOCSIN_FORMS");
	struct err	 err;

	(void)unused;
	if (form_set_load(dir != NULL ? dir : TOCSIN_SRCDIR "/parsers/forms",
	    &forms, &err) != RC_OK) {
		(void)fprintf(stderr, "%s\n", err.text);
		return -1;
	}
	conf.forms = forms;
	return parse_prepare(&conf, &err) == RC_OK ? 0 : -1;
}

static int
teardown(void **unused)
{
	(void)unused;
	form_set_free(&forms);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_case_reads_as_expected),
		cmocka_unit_test(damage_never_kills),
		cmocka_unit_test(broken_guards_name_themselves),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
