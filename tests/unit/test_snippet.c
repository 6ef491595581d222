/*
 * Every line of snippets.jsonl, ours and those in $TOCSIN_CASES, against
 * snippet_read() with the policy, the words and the forms as shipped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/civil.h"
#include "parse_conf.h"
#include "parsers/snippet.h"

static struct parse_conf *shipped;

struct tally {
	int	lines, failed;
};

static char *
input_of(const json_t *j)
{
	return json_is_string(j) ? strdup(json_string_value(j)) :
	    json_dumps(j, JSON_COMPACT);
}

static void
run_one(const char *file, int line, const json_t *c, struct tally *t)
{
	struct arena	*a = arena_new();
	struct err	 err;
	const char	*field = json_string_value(json_object_get(c, "field"));
	const char	*id = json_string_value(json_object_get(c, "id"));
	const char	*ref = json_string_value(json_object_get(c, "ref"));
	const json_t	*want = json_object_get(c, "expect");
	char		*input = input_of(json_object_get(c, "input"));
	int64_t		 at = TIME_NONE;
	json_t		*got;

	if (field == NULL || input == NULL || want == NULL)
		fail_msg("%s:%d: not a case", file, line);
	if (ref != NULL && rfc3339_parse(ref, &at) != 0)
		fail_msg("%s:%d: ref %s", file, line, ref);
	got = snippet_read(shipped, field, input, strlen(input), at, a,
	    &err);
	t->lines++;
	if (got == NULL || !json_equal(got, want)) {
		char	*g = got == NULL ? strdup(err.text) : json_dumps(got,
			    JSON_ENCODE_ANY | JSON_SORT_KEYS);
		char	*w = json_dumps(want, JSON_ENCODE_ANY | JSON_SORT_KEYS);

		print_error("%s:%d: %s %s: \"%s\"\n  got  %s\n  want %s\n",
		    file, line, id, field, input, g, w);
		free(g);
		free(w);
		t->failed++;
	}
	json_decref(got);
	free(input);
	arena_free(&a);
}

static void
run_file(const char *file, struct tally *t)
{
	FILE		*f = fopen(file, "r");
	char		*line = NULL;
	size_t		 cap = 0;
	int		 n = 0;

	if (f == NULL)
		fail_msg("%s: cannot be opened", file);
	while (getline(&line, &cap, f) > 0) {
		json_error_t	 why;
		json_t		*c;

		n++;
		if (*line == '\n' || *line == '#')
			continue;
		c = json_loads(line, 0, &why);
		if (c == NULL)
			fail_msg("%s:%d: %s", file, n, why.text);
		run_one(file, n, c, t);
		json_decref(c);
	}
	free(line);
	(void)fclose(f);
}

static void
finish(const struct tally *t)
{
	print_message("%d snippets, %d failed\n", t->lines, t->failed);
	if (t->failed > 0 || t->lines == 0)
		fail();
}

static void
our_snippets(void **unused)
{
	struct tally	 t = { 0 };
	const char	*src = getenv("srcdir");
	char		 file[512];

	(void)unused;
	(void)snprintf(file, sizeof(file), "%s/tests/cases/snippets.jsonl",
	    src != NULL ? src : TOCSIN_SRCDIR);
	run_file(file, &t);
	finish(&t);
}

static void
given_snippets(void **unused)
{
	struct tally	 t = { 0 };
	const char	*dir = getenv("TOCSIN_CASES");
	char		 file[512];

	(void)unused;
	if (dir == NULL || *dir == '\0') {
		print_message("TOCSIN_CASES is not set: the given snippets "
		    "are NOT run\n");
		skip();
	}
	(void)snprintf(file, sizeof(file), "%s/snippets.jsonl", dir);
	run_file(file, &t);
	finish(&t);
}

static void
unknown_field(void **unused)
{
	struct arena	*a = arena_new();
	struct err	 err = { "" };

	(void)unused;
	assert_null(snippet_read(shipped, "colour", "x", 1, TIME_NONE,
	    a, &err));
	assert_non_null(strstr(err.text, "colour"));
	assert_null(snippet_read(shipped, "timing", "[1]", 3, TIME_NONE,
	    a, &err));
	assert_non_null(strstr(err.text, "JSON object"));
	arena_free(&a);
}

static int
load(void **unused)
{
	struct err	 err;

	(void)unused;
	if (parse_conf_make(NULL, NULL, &shipped, &err) == RC_OK)
		return 0;
	print_error("%s\n", err.text);
	return -1;
}

static int
unload(void **unused)
{
	(void)unused;
	parse_conf_free(&shipped);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_snippets),
		cmocka_unit_test(given_snippets),
		cmocka_unit_test(unknown_field),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
