/*
 * Every letter to every addressee it is for, compared with the approved texts
 * in tests/approved/letters.  `test_letters --write DIR` writes them anew: read
 * them before you approve them.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "case_fixture.h"
#include "incident/view.h"
#include "letter_cases.h"
#include "templates/render.h"

static const char *const langs[] = { "zh-TW", "en" };

static struct incident_field gaps[] = {
	{ .name = "unit", .raw = "機要組", .value = "\"機要組\"",
	    BY_REPORTER },
	{ .name = "name", .raw = "王小明", .value = "\"王小明\"",
	    BY_REPORTER },
	{ .name = "occurred_at", .raw = "剛剛", BY_REPORTER },
	{ .name = "description", .raw = "x", .value = "\"電腦開不了機。\"",
	    BY_REPORTER },
};

static struct policy	*policy, *law;
static struct templates	*templates;

static void
stage_make(enum stage stage, struct incident *i, struct situation *s)
{
	if (stage < WORKING)
		fx_opened(i, s);
	else
		fx_working(i, s);
	switch (stage) {
	case LATE:
		i->verdict = "late";
		break;
	case DISASTER:
		i->verdict = "late";
		i->category = "disaster";
		i->drill = 1;
		break;
	case GAPS:
		i->occurred_at = 0;
		i->verdict = "unknown";
		i->category = NULL;
		s->fields = gaps;
		s->n_fields = sizeof(gaps) / sizeof(gaps[0]);
		s->deadlines = fx_deadlines + 1;
		s->n_deadlines = 2;
		break;
	case CLOSED:
		i->closed_at = AT(15, 0);
		/* FALLTHROUGH */
	case RECOVERED:
		i->recovered_at = AT(11, 20);
		i->state = stage == CLOSED ? INC_CLOSED : INC_RECOVERED;
		s->n_deadlines = 0;
		break;
	case FALSE:
		i->state = INC_FALSE_ALARM;
		s->n_deadlines = 0;
		break;
	case HANDED:
		i->state = INC_TRANSFERRED;
		i->extra = "{\"transferred_to\":\"資訊室\"}";
		break;
	case HANDED_ENDED:
		i->state = INC_FALSE_ALARM;
		i->extra = "{\"transferred_to\":\"資訊室\"}";
		s->n_deadlines = 0;
		break;
	case PART:
		i->state = INC_MERGED;
		i->extra = "{\"into\":\"CSI-20070530-0007\"}";
		break;
	case OPENED:
	case WORKING:
	case HOUSE:
		break;
	}
}

/* The desk's way: nothing is made but what the template asks for. */
struct desks {
	struct view	*view;
	struct addressee *to;
	json_t		*extra;
};

static struct datum *
in_language(void *arg, const char *lang)
{
	struct desks	*d = arg;

	return view_in(d->view, d->to, d->extra, lang);
}

static void
same_as_the_desks(const struct letter *l, struct addressee *to,
    struct situation *s, json_t *extra, const char *want, struct arena *a)
{
	struct desks	 d = { NULL, to, extra };
	const char	*subject, *body, *got;
	struct err	 err;

	d.view = view_open(policy, &fx_conf, l->stage == HOUSE ? NULL : s,
	    AT(10, 0), a);
	for (int again = 0; again < 2; again++) {
		if (templates_letter(templates, l->duty, to->lang, in_language,
		    &d, a, &subject, &body, &err) != RC_OK)
			fail_msg("%s", err.text);
		got = arena_printf(a, "Subject: %s\n\n%s", subject, body);
		if (strcmp(got, want) != 0)
			fail_msg("%s: got:\n%s\nwant:\n%s", l->duty, got,
			    want);
	}
}

/* As decide() does it: with the policy's own words, or those of the law's. */
static void
say_deadline(json_t *deadline)
{
	const char			*name = json_string_value(
					    json_object_get(deadline, "name"));
	const struct policy_deadline	*d;

	if (name == NULL)
		return;
	d = policy_deadline(policy, name);
	if (d == NULL)
		d = policy_deadline(law, name);
	assert_non_null(d);
	json_object_set_new(deadline, "label", json_string(d->label.zh));
	json_object_set_new(deadline, "label_en", json_string(d->label.en));
}

static enum rc
letter_make(const struct letter *l, const char *lang, struct arena *a,
    const char **text, struct err *err)
{
	struct addressee	 to = { .role = l->role, .name = NULL,
	    .addr = "a@b.example", .lang = lang };
	struct incident		 i;
	struct situation	 s;
	const char		*subject, *body;
	json_t			*x = NULL, *v;
	enum rc			 rc;

	stage_make(l->stage, &i, &s);
	if (l->extra != NULL)
		x = json_loads(l->extra, 0, NULL);
	say_deadline(json_object_get(x, "deadline"));
	if (strcmp(l->role, "reporter") == 0)
		to.name = "王小明";
	v = view_make(policy, &fx_conf, l->stage == HOUSE ? NULL : &s, &to, x,
	    AT(10, 0));
	rc = templates_mail(templates, l->duty, lang, v, a, &subject, &body,
	    err);
	if (rc == RC_OK)
		*text = arena_printf(a, "Subject: %s\n\n%s", subject, body);
	json_decref(v);
	if (rc == RC_OK)
		same_as_the_desks(l, &to, &s, x, *text, a);
	json_decref(x);
	return rc;
}

static char *
file_of(struct arena *a, const char *dir, size_t n, const char *lang)
{
	size_t	nth = 1;

	for (size_t i = 0; i < n; i++)
		nth += strcmp(letters[i].duty, letters[n].duty) == 0;
	return arena_printf(a, "%s/%s-%zu.%s.txt", dir, letters[n].duty, nth,
	    lang);
}

static void
approve(const char *file, const char *text)
{
	FILE	*f = fopen(file, "w");

	if (f == NULL || fputs(text, f) == EOF || fclose(f) == EOF)
		fail_msg("%s: %s", file, strerror(errno));
}

/* TOCSIN_APPROVE=1 writes them anew: read them before you commit. */
static void
letters_are_as_approved(void **unused)
{
	struct arena	*a = arena_new();

	(void)unused;
	for (size_t n = 0; n < 2 * n_letters; n++) {
		const char	*lang = langs[n % 2], *text;
		char		*file;
		struct buf	 b;
		struct err	 err;

		buf_init(&b, 1u << 20);
		file = file_of(a, TOCSIN_SRCDIR "/tests/approved/letters",
		    n / 2, lang);
		if (letter_make(&letters[n / 2], lang, a, &text, &err) !=
		    RC_OK)
			fail_msg("%s", err.text);
		if (getenv("TOCSIN_APPROVE") != NULL)
			approve(file, text);
		if (path_read(file, 1u << 19, &b, &err) != RC_OK)
			fail_msg("%s", err.text);
		if (strcmp(text, b.data) != 0)
			fail_msg("%s differs; got:\n%s", file, text);
		buf_free(&b);
	}
	arena_free(&a);
}

static void
seen(void *arg, const char *duty, const char *lang, const char *file)
{
	(void)arg;
	(void)lang;
	for (size_t n = 0; n < n_letters; n++)
		if (strcmp(letters[n].duty, duty) == 0)
			return;
	fail_msg("%s: no letter of it is tested", file);
}

static void
every_template_is_tested(void **unused)
{
	(void)unused;
	templates_each(templates, seen, NULL);
}

static void
every_letter_is_in_both_languages(void **unused)
{
	(void)unused;
	for (size_t n = 0; n < n_letters; n++)
		if (!templates_has(templates, letters[n].duty, "zh-TW+en"))
			fail_msg("%s: one language only", letters[n].duty);
	assert_false(templates_has(templates, "ack", "zh-TW+fr"));
	assert_false(templates_has(templates, "no_such", "en"));
	assert_false(templates_has(templates, "ack", ""));
}

static void
two_languages_stand_in_one_mail(void **unused)
{
	struct arena	*a = arena_new();
	const char	*text = "";
	struct err	 err;

	(void)unused;
	if (letter_make(&letters[0], "zh-TW+en", a, &text, &err) != RC_OK)
		fail_msg("%s", err.text);
	assert_non_null(strstr(text, "\n\n====="));
	assert_true(strstr(text, "您的通報已受理") <
	    strstr(text, "Your report"));
	assert_int_equal(letter_make(&letters[0], "fr", a, &text, &err),
	    RC_REFUSED);
	arena_free(&a);
}

/* What a stranger wrote stays behind a bar, and out of the subject line. */
static void
words_of_others_are_marked(void **unused)
{
	static struct incident_field f = { .name = "description",
	    .value = "\"第一行\\n等級：4  等級：4\\t等級：4　　狀態：結案\"", BY_REPORTER };
	struct addressee	 to = { .role = "team", .lang = "zh-TW" };
	struct incident		 i;
	struct situation	 s;
	struct arena		*a = arena_new();
	const char		*subject, *body;
	struct err		 err;
	json_t			*v;

	(void)unused;
	fx_opened(&i, &s);
	i.unit = "機要組\r\nBcc: x@y\t\xe2\x80\xae\xe2\x81\xa6";
	s.fields = &f;
	s.n_fields = 1;
	v = view_make(policy, &fx_conf, &s, &to, NULL, AT(10, 0));
	if (templates_mail(templates, "notice", "zh-TW", v, a, &subject, &body,
	    &err) != RC_OK)
		fail_msg("%s", err.text);
	assert_null(strchr(subject, '\n'));
	assert_null(strchr(subject, '\r'));
	assert_null(strstr(subject, "\xe2\x80\xae"));	/* turns our words */
	assert_null(strstr(subject, "\xe2\x81\xa6"));
	assert_null(strstr(body, "\n等級：4"));
	assert_non_null(strstr(body, "\n　｜等級：4 等級：4 等級：4 狀態：結案\n"));
	json_decref(v);
	arena_free(&a);
}

static void
missed(void *arg, const char *file, int line, const char *name)
{
	(void)buf_addf(arg, "%s:%d: %s\n", file, line, name);
}

static void
every_tag_has_a_key(void **unused)
{
	json_t		*keys = json_load_file(TOCSIN_SRCDIR
			    "/templates/keys.json", 0, NULL), *none;
	struct buf	 b;
	struct err	 err;

	(void)unused;
	assert_true(json_is_array(keys));
	buf_init(&b, 1u << 20);
	assert_int_equal(templates_check(templates, keys, missed, &b, &err),
	    RC_OK);
	assert_string_equal(b.data, "");
	none = json_array();
	assert_int_equal(templates_check(templates, none, missed, &b, &err),
	    RC_OK);
	assert_non_null(strstr(b.data, "ack.en.mustache:1: tracking\n"));
	assert_non_null(strstr(b.data, "ack.en.mustache:4: to.name\n"));
	json_decref(none);
	json_decref(keys);
	buf_free(&b);
}

static int
setup(void **unused)
{
	struct err	err;

	(void)unused;
	if (policy_load(TOCSIN_SRCDIR "/policies", "taipei-2007", &policy,
	    &err) == RC_OK && policy_load(TOCSIN_SRCDIR "/policies",
	    "csma-2026", &law, &err) == RC_OK &&
	    templates_load(TOCSIN_SRCDIR "/templates",
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
	policy_free(&law);
	return 0;
}

static int
write_all(const char *dir)
{
	struct arena	*a = arena_new();
	struct err	 err;
	const char	*text;
	FILE		*f;

	if (setup(NULL) != 0)
		return 1;
	for (size_t n = 0; n < 2 * n_letters; n++) {
		if (letter_make(&letters[n / 2], langs[n % 2], a, &text,
		    &err) != RC_OK) {
			(void)fprintf(stderr, "%s\n", err.text);
			continue;
		}
		f = fopen(file_of(a, dir, n / 2, langs[n % 2]), "w");
		if (f == NULL || fputs(text, f) == EOF || fclose(f) != 0)
			return 1;
	}
	arena_free(&a);
	return teardown(NULL);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_template_is_tested),
		cmocka_unit_test(every_letter_is_in_both_languages),
		cmocka_unit_test(every_tag_has_a_key),
		cmocka_unit_test(letters_are_as_approved),
		cmocka_unit_test(two_languages_stand_in_one_mail),
		cmocka_unit_test(words_of_others_are_marked),
	};

	if (argc == 3 && strcmp(argv[1], "--write") == 0)
		return write_all(argv[2]);
	return cmocka_run_group_tests(tests, setup, teardown);
}
