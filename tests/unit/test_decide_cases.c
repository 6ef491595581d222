/*
 * The example mails, through the real reader and decide(): what each one's
 * "expect_actions" asks for must be in the change, and nothing else may
 * go outside.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/path.h"
#include "life.h"
#include "parse_conf.h"
#include "parsers/parse.h"

#define MAIL_MAX	((size_t)4 * 1024 * 1024)

static struct parse_conf	*reader;
static struct report		*mail;	/* the last one read */

/* Where an example lies; the shared set has a folder of its own. */
static void
path_of(char *path, size_t size, const char *name, const char *ending)
{
	const char	*dir = getenv("TOCSIN_CASES");

	(void)snprintf(path, size, "%s/mails/%s.%s", dir, name, ending);
	if (access(path, R_OK) != 0)
		(void)snprintf(path, size, "%s/%s.%s", dir, name, ending);
}

/* The examples are not part of every checkout. */
static void
need(const char *name)
{
	char	path[512];

	if (getenv("TOCSIN_CASES") == NULL)
		skip();
	path_of(path, sizeof(path), name, "json");
	if (access(path, R_OK) != 0)
		skip();
}

static json_t *
expected(const char *name)
{
	char		 path[512];
	json_error_t	 je;
	json_t		*j;

	path_of(path, sizeof(path), name, "json");
	if ((j = json_load_file(path, 0, &je)) == NULL)
		fail_msg("%s: %s", path, je.text);
	return j;
}

static void
read_mail(const char *name, const json_t *want, const char *otherwise)
{
	const char	*at_text;
	char		 path[512];
	struct buf	 b;
	struct err	 err;

	path_of(path, sizeof(path), name, "eml");
	buf_init(&b, MAIL_MAX);
	if (path_read(path, MAIL_MAX, &b, &err) != RC_OK)
		fail_msg("%s", err.text);
	at_text = json_string_value(json_object_get(json_object_get(want,
	    "timing"), "received_at"));
	w.now = world_time(at_text != NULL ? at_text : otherwise);
	mail = arena_alloc(w.a, sizeof(*mail));
	assert_int_equal(parse_mail(reader, b.data, b.len, w.now, w.a, mail,
	    &err), RC_OK);
	buf_free(&b);
}

/* --- what an expected action means ------------------------------------------- */

static int
is_ack(const char *arg)
{
	return (world_duty(&w, "ack", "reporter") != NULL ||
	    world_duty(&w, "ack_freeform", "reporter") != NULL) &&
	    strcmp(w.in.reporter_addr, arg) == 0;
}

static int
is_told(const char *role)
{
	for (size_t i = 0; i < w.c.n_duties; i++)
		if (strcmp(w.c.duties[i].role, role) == 0)
			return 1;
	return 0;
}

static int
is_external(const char *role)
{
	const struct duty	*du = world_duty(&w, "annex2", role);

	return du != NULL && du->external && du->revision == w.in.revision;
}

static int
is_followup(const char *role)
{
	const struct duty	*du = world_duty(&w, "annex2", role);

	return du != NULL && json_is_true(json_object_get(du->data,
	    "followup"));
}

static int
is_opened(const char *arg)
{
	(void)arg;
	return w.c.put && w.c.disposition == DISP_REPORT;
}

static int
is_cc(const char *arg)
{
	return w.in.reporter_cc != NULL && strcmp(w.in.reporter_cc, arg) == 0;
}

static int
is_category(const char *arg)
{
	if (strcmp(arg, "ask_missing_unless_docx") == 0)
		return mail->n_missing == 0 ||
		    world_deadline(&w, "missing") != NULL;
	return w.in.category != NULL && strcmp(w.in.category, arg) == 0;
}

static int
is_confirm_call(const char *arg)
{
	(void)arg;
	return json_is_true(json_object_get(world_duty(&w, "notice", "team")->
	    data, "confirm_call"));
}

static int
is_attached(const char *arg)
{
	return mail->n_attachments == (size_t)atoi(arg);
}

static int
is_level(const char *arg)
{
	return w.in.level == atoi(arg) && w.in.level_set_at == w.now;
}

static int
is_status(const char *arg)
{
	return strcmp(incident_state_name(w.in.state), arg) == 0;
}

static int
is_meeting_asked(const char *arg)
{
	(void)arg;
	return world_duty(&w, "ask_meeting", "ciso") != NULL;
}

static int
is_confirmed(const char *arg)
{
	const struct duty	*du = world_duty(&w, "transcript", "sender");

	(void)arg;
	return du != NULL && du->reply;
}

static int
is_assess_stopped(const char *arg)
{
	(void)arg;
	return world_deadline(&w, "assess") == NULL;
}

static int
is_silent(const char *arg)
{
	(void)arg;
	return world_deadline(&w, "recovery") == NULL &&
	    world_deadline(&w, "tracking") == NULL &&
	    world_deadline(&w, "external") == NULL;
}

static int
is_final_by_policy(const char *arg)
{
	(void)arg;
	return (world_deadline(&w, "final") != NULL) ==
	    (policy_deadline(w.p, "final") != NULL);
}

static const struct {
	const char	*action;
	int		(*holds)(const char *);
} actions[] = {
	{ "create_case", is_opened }, { "ack_to:", is_ack },
	{ "ack_cc:", is_cc }, { "ack_block:", is_category },
	{ "notify:", is_told }, { "ask_team:", is_confirm_call },
	{ "store_attachments:", is_attached }, { "set_level:", is_level },
	{ "annex2_smtp:", is_external }, { "annex2_http:", is_external },
	{ "ask_ciso:meeting", is_meeting_asked },
	{ "confirm_to:team", is_confirmed },
	{ "stop_reminder:assessment", is_assess_stopped },
	{ "set_status:", is_status }, { "stop_reminders", is_silent },
	{ "send_followup:", is_followup },
	{ "start_deadline:", is_final_by_policy },
};

static void
compare(const char *name, const json_t *want)
{
	json_t	*list = json_object_get(want, "expect_actions"), *one;
	size_t	 i, k, n = sizeof(actions) / sizeof(actions[0]);

	assert_true(json_array_size(list) > 0);
	json_array_foreach(list, i, one) {
		const char	*s = json_string_value(one);

		for (k = 0; k < n; k++)
			if (strncmp(s, actions[k].action,
			    strlen(actions[k].action)) == 0)
				break;
		if (k == n)
			fail_msg("%s: \"%s\" is not known here", name, s);
		if (!actions[k].holds(s + strlen(actions[k].action)))
			fail_msg("%s: %s: did not happen", name, s);
	}
}

/* --- tests ---------------------------------------------------------------------- */

static int
cases_setup(void **unused)
{
	struct err	err;

	(void)life_setup(unused);
	if (parse_conf_make(NULL, "taipei-2007", &reader, &err) != RC_OK)
		fail_msg("%s", err.text);
	return 0;
}

static int
cases_teardown(void **unused)
{
	parse_conf_free(&reader);
	return life_teardown(unused);
}

static void
reports_do_what_is_expected(void **unused)
{
	static const char *const names[] = {
		"01_annex1_utf8_base64", "02_annex1_big5_8bit",
		"05_forwarded_zhuanji", "10_external_intrusion",
		"13x_docx_attachment"
	};

	need(names[0]);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		json_t	*want = expected(names[i]);

		read_mail(names[i], want, NULL);
		world_open(&w, mail);
		compare(names[i], want);
		assert_null(world_duty(&w, "annex2", NULL));
		json_decref(want);
		(void)life_teardown(unused);
		(void)life_setup(unused);
	}
}

static void
a_case_from_report_to_recovery(void **unused)
{
	json_t	*want;

	(void)unused;
	need("06_team_reply_level3_annex2");
	want = expected("01_annex1_utf8_base64");
	read_mail("01_annex1_utf8_base64", want, NULL);
	world_open(&w, mail);
	json_decref(want);
	want = expected("06_team_reply_level3_annex2");
	read_mail("06_team_reply_level3_annex2", want,
	    "2007-05-31T09:47:00+08:00");
	world_mail(&w, mail, "team", 1);
	compare("06_team_reply_level3_annex2", want);
	said("等級：未評估→3", 1);
	state_is(INC_IN_PROGRESS);
	json_decref(want);
	want = expected("07_recovery_confirmed");
	read_mail("07_recovery_confirmed", want, "2007-06-01T11:25:00+08:00");
	world_mail(&w, mail, "team", 1);
	compare("07_recovery_confirmed", want);
	assert_int_equal(w.in.recovered_at,
	    world_time("2007-06-01T11:20:00+08:00"));
	json_decref(want);
}

static void
the_same_mails_without_the_right_do_nothing(void **unused)
{
	json_t		*want;
	struct incident	 before;

	(void)unused;
	need("06_team_reply_level3_annex2");
	open_case();
	before = w.in;
	want = expected("06_team_reply_level3_annex2");
	read_mail("06_team_reply_level3_annex2", want,
	    "2007-05-31T09:47:00+08:00");
	world_mail(&w, mail, "team", 0);
	assert_int_equal(w.c.disposition, DISP_REJECTED);
	assert_memory_equal(&before, &w.in, sizeof(before));
	json_decref(want);
}

int
main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, cases_setup, cases_teardown)
	const struct CMUnitTest tests[] = {
		T(reports_do_what_is_expected),
		T(a_case_from_report_to_recovery),
		T(the_same_mails_without_the_right_do_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
