/*
 * The documents for machines and for the printer: payload, IODEF, Annex 2.
 * With --write DIR they are left as files, which test_documents.py holds
 * against their schemas.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>

#include "case_fixture.h"
#include "incident/annex.h"
#include "incident/iodef.h"

#define OUT_MAX	(1u << 20)

static struct policy	*policy;
static struct templates	*templates;
static const struct addressee ncert = { .role = "ncert", .lang = "zh-TW" };
static const struct addressee stranger = { .role = "nobody", .lang = "en" };

/* Everything that could end a string, an element, a comment, a CDATA. */
static struct incident_field evil[] = {
	{ .name = "description", BY_REPORTER, .value =
	    "\"</Description><x a=\\\"&quot;\\\">]]>&amp;<!-- \\ufffe\\uffff \\u0001\\u001b "
	    "&#1;&#60;i&#62; \\u202e "
	    "<script>alert(1)</script>\\\" '\\\\ \\u2028\"" },
	{ .name = "unit", .value = "\"機要組\\\"><b>\"", BY_REPORTER },
	{ .name = "impact", .value = "\"a\\nb\\tc\"", BY_TEAM },
	{ .name = "handler_phone", .value =
	    "{\"raw\":\"<1>&2\",\"e164\":null,\"ext\":null}", BY_TEAM },
};

enum sample { FULL, FIRST, BARE, HIDDEN, EVIL, DRILL, PART, SAMPLES };

static void
sample_make(enum sample n, struct incident *i, struct situation *s)
{
	fx_working(i, s);
	switch (n) {
	case FIRST:
		fx_opened(i, s);
		break;
	case BARE:
		fx_opened(i, s);
		s->n_fields = 0;
		i->occurred_at = i->reported_at = i->aware_at = 0;
		i->unit = i->summary = i->category = i->reporter_name = NULL;
		i->policy = NULL;
		break;
	case EVIL:
		s->fields = evil;
		s->n_fields = sizeof(evil) / sizeof(evil[0]);
		break;
	case DRILL:
		i->drill = 1;
		i->contained_at = AT(11, 0);
		i->recovered_at = AT(11, 20);
		i->state = INC_RECOVERED;
		i->reported_level = 4;
		break;
	case PART:
		i->state = INC_MERGED;
		i->extra = "{\"into\":\"CSI-20070531-0009\"}";
		break;
	case FULL:
	case HIDDEN:
	case SAMPLES:
		break;
	}
}

static const struct addressee *
reader_of(enum sample n)
{
	return n == HIDDEN ? &stranger : &ncert;
}

static void
xml_of(enum sample n, struct buf *b)
{
	struct incident		 i;
	struct situation	 s;
	struct err		 err;

	sample_make(n, &i, &s);
	buf_init(b, OUT_MAX);
	if (iodef_xml(policy, &fx_conf, &s, reader_of(n), AT(12, 0), b, &err)
	    != RC_OK)
		fail_msg("%s", err.text);
}

static json_t *
json_of(enum sample n, int payload)
{
	struct incident		 i;
	struct situation	 s;

	sample_make(n, &i, &s);
	if (payload)
		return view_payload(policy, &fx_conf, &s, reader_of(n), 2,
		    "CSI-20070531-0001-02-ncert", AT(12, 0));
	return iodef_json(policy, &fx_conf, &s, reader_of(n), AT(12, 0));
}

static void
page_of(enum sample n, struct buf *b)
{
	struct incident		 i;
	struct situation	 s;
	struct err		 err;

	sample_make(n, &i, &s);
	buf_init(b, OUT_MAX);
	if (annex_page(templates, policy, &fx_conf, &s, reader_of(n), NULL,
	    AT(12, 0), b, &err) != RC_OK)
		fail_msg("%s", err.text);
}

static void
xml_is_well_formed(void **unused)
{
	(void)unused;
	for (int n = 0; n < SAMPLES; n++) {
		struct buf	 b;
		xmlDocPtr	 doc;

		xml_of((enum sample)n, &b);
		doc = xmlReadMemory(b.data, (int)b.len, "iodef.xml", NULL,
		    XML_PARSE_NONET | XML_PARSE_NOERROR);
		if (doc == NULL)
			fail_msg("%d: %s", n, b.data);
		xmlFreeDoc(doc);
		if (n == EVIL) {
			assert_null(strstr(b.data, "<script"));
			assert_null(strstr(b.data, "<x a"));
			assert_null(strstr(b.data, "\xef\xbf\xbe"));
			assert_null(strpbrk(b.data, "\x01\x1b"));
			assert_null(strstr(b.data, "&#1;"));
		}
		buf_free(&b);
	}
}

static void
page_is_escaped_and_self_contained(void **unused)
{
	struct buf	b;

	(void)unused;
	page_of(EVIL, &b);
	assert_null(strstr(b.data, "<script"));
	assert_null(strstr(b.data, "<b>"));
	assert_null(strstr(b.data, "<1>"));
	assert_null(strstr(b.data, "&#60;"));
	assert_null(strpbrk(b.data, "\x01\x1b"));
	assert_non_null(strstr(b.data, "&lt;script&gt;"));
	assert_null(strstr(b.data, "http:"));
	assert_null(strstr(b.data, "src="));
	assert_null(strstr(b.data, "href="));
	buf_free(&b);

	page_of(FULL, &b);
	assert_non_null(strstr(b.data, "等級：□ 4 級：影響公共安全"));
	assert_non_null(strstr(b.data, "■ 3 級：系統停頓，業務無法運作。"));
	assert_non_null(strstr(b.data, "請求支援項目\n待查"));
	assert_non_null(strstr(b.data, "中　華　民　國　　96　年"));
	buf_free(&b);
	page_of(DRILL, &b);
	assert_non_null(strstr(b.data, "演　練"));
	buf_free(&b);
}

static const char *
get(json_t *o, const char *a, const char *b, const char *c)
{
	o = json_object_get(json_object_get(o, a), b);
	return json_string_value(c == NULL ? o : json_object_get(o, c));
}

static void
payload_says_it_all(void **unused)
{
	json_t	*o = json_of(FULL, 1);

	(void)unused;
	assert_string_equal(json_string_value(json_object_get(o, "report")),
	    "followup");
	assert_string_equal(get(o, "annex2", "impact", "label"),
	    "作業影響情況");
	assert_string_equal(get(o, "annex2", "impact", "value"),
	    "機要組及第二組共用資料夾停用，公文簽核停擺。");
	assert_string_equal(get(o, "annex2", "handled_at", "value"),
	    "2007-05-31T09:30:00+08:00");
	assert_null(get(o, "annex2", "support", "value"));
	assert_string_equal(get(o, "ncert", "group", NULL), "intrusion");
	assert_string_equal(get(o, "times", "aware_at", NULL),
	    "2007-05-31T09:22:00+08:00");
	assert_int_equal(json_integer_value(json_object_get(json_object_get(o,
	    "level"), "value")), 3);
	json_decref(o);
	o = json_of(DRILL, 1);
	assert_string_equal(json_string_value(json_object_get(o, "report")),
	    "correction");
	assert_true(json_is_true(json_object_get(o, "drill")));
	json_decref(o);
}

/* Who is on no disclosure list gets a number and the time, and no more. */
static void
strangers_see_nothing(void **unused)
{
	static const char *const secrets[] = {
		"王小明", "機要組", "許建國", "2001", "勒索", "external",
		"共用資料夾", "\"level\":3", "in_progress"
	};
	json_t		*o[2];
	struct buf	 b;

	(void)unused;
	xml_of(HIDDEN, &b);
	o[0] = json_of(HIDDEN, 0);
	o[1] = json_of(HIDDEN, 1);
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
		assert_null(strstr(b.data, secrets[i]));
		for (int n = 0; n < 2; n++) {
			char	*s = json_dumps(o[n], JSON_COMPACT);

			if (strstr(s, secrets[i]) != NULL)
				fail_msg("%s in %s", secrets[i], s);
			free(s);
		}
	}
	json_decref(o[0]);
	json_decref(o[1]);
	buf_free(&b);
}

static void
xml_has_a_limit(void **unused)
{
	struct incident		 i;
	struct situation	 s;
	struct buf		 b;
	struct err		 err;

	(void)unused;
	sample_make(FULL, &i, &s);
	buf_init(&b, 200);
	assert_int_equal(iodef_xml(policy, &fx_conf, &s, &ncert, AT(12, 0),
	    &b, &err), RC_REFUSED);
	buf_free(&b);
}

static int
setup(void **unused)
{
	struct err	err;

	(void)unused;
	if (policy_load(TOCSIN_SRCDIR "/policies", "taipei-2007", &policy,
	    &err) == RC_OK && templates_load(TOCSIN_SRCDIR "/templates",
	    &templates, &err) == RC_OK)
		return 0;
	(void)fprintf(stderr, "%s\n", err.text);
	return 1;
}

static int
teardown(void **unused)
{
	(void)unused;
	templates_free(&templates);
	policy_free(&policy);
	xmlCleanupParser();
	return 0;
}

static int
put_file(const char *dir, int n, const char *name, const char *data)
{
	char	 path[512];
	FILE	*f;

	(void)snprintf(path, sizeof(path), "%s/%d.%s", dir, n, name);
	f = fopen(path, "w");
	return f == NULL || fputs(data, f) == EOF || fclose(f) != 0;
}

static int
write_all(const char *dir)
{
	int	bad = setup(NULL);

	for (int n = 0; bad == 0 && n < SAMPLES; n++) {
		struct buf	b;

		xml_of((enum sample)n, &b);
		bad |= put_file(dir, n, "iodef.xml", b.data);
		buf_free(&b);
		page_of((enum sample)n, &b);
		bad |= put_file(dir, n, "annex2.html", b.data);
		buf_free(&b);
		for (int k = 0; k < 2; k++) {
			json_t	*o = json_of((enum sample)n, k);
			char	*s = json_dumps(o, JSON_INDENT(1));

			bad |= put_file(dir, n, k == 0 ? "iodef.json" :
			    "payload.json", s);
			free(s);
			json_decref(o);
		}
	}
	return bad | teardown(NULL);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(xml_is_well_formed),
		cmocka_unit_test(page_is_escaped_and_self_contained),
		cmocka_unit_test(payload_says_it_all),
		cmocka_unit_test(strangers_see_nothing),
		cmocka_unit_test(xml_has_a_limit),
	};

	if (argc == 3 && strcmp(argv[1], "--write") == 0)
		return write_all(argv[2]);
	return cmocka_run_group_tests(tests, setup, teardown);
}
