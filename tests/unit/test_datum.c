/* datum: JSON to the letter, keys, what is left for later. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/datum.h"

static void
json_there_and_back(void **unused)
{
	static const struct { const char *in, *out; } good[] = {
		{ "{}", "{}" }, { " [ ] ", "[]" }, { "\"\"", "\"\"" },
		{ "null", "null" }, { "-0", "0" }, { "1.5e1", "15.0" },
		{ "9223372036854775807", "9223372036854775807" },
		{ "[1,true,false,null]", "[1,true,false,null]" },
		{ "{\"b\":1,\"a\":{\"x\":[\"y\"]}}",
		    "{\"a\":{\"x\":[\"y\"]},\"b\":1}" },
		{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
		    "\"\\\"\\\\/\\b\\f\\n\\r\\t\"" },
		{ "\"\\u4e2d\\uD83D\\uDE00\\u0041\"", "\"中😀A\"" },
	};
	struct arena	*a = arena_new();

	(void)unused;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct datum	*d = datum_parse(a, good[i].in,
				    strlen(good[i].in));
		json_t		*j;
		char		*s;

		if (d == NULL)
			fail_msg("%s: refused", good[i].in);
		j = datum_json(d);
		s = json_dumps(j, JSON_COMPACT | JSON_ENCODE_ANY |
		    JSON_SORT_KEYS);
		assert_string_equal(s, good[i].out);
		free(s);
		json_decref(j);
	}
	arena_free(&a);
}

static void
a_tree_is_written_as_json(void **unused)
{
	static const char *const same[] = {
		"{}", "[]", "\"\"", "null", "true", "false", "0",
		"-9223372036854775808", "9223372036854775807",
		"[1,\"a\",[],{}]", "{\"b\":1,\"a\":{\"x\":[\"y\",null]}}",
		"\"\\\"\\\\/\\b\\f\\n\\r\\t\"", "\"\\u0001\\u001F\x7f\"",
		"\"中😀\"", "{\"\\n\":\"\"}",
	};
	struct arena	*a = arena_new();
	struct datum	*o;
	struct buf	 b;

	(void)unused;
	buf_init(&b, 1000);
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		buf_reset(&b);
		datum_write(&b, datum_parse(a, same[i], strlen(same[i])));
		assert_string_equal(b.data, same[i]);
	}
	buf_reset(&b);
	o = datum_object(a);
	datum_put(o, "gone", "x");
	datum_put(o, "stays", "y");
	datum_set(o, "gone", NULL);
	datum_write(&b, o);
	assert_string_equal(b.data, "{\"stays\":\"y\"}");
	buf_free(&b);
	arena_free(&a);
}

static void
what_is_no_json_is_refused(void **unused)
{
	static const char *const bad[] = {
		"", " ", "{", "}", "[", "[1", "[1,", "[1,]", "[,1]", "[1 2]",
		"{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{\"a\" 1}",
		"{\"a\":1,\"a\":2}", "\"", "\"\\", "\"\\\"", "\"\\x\"",
		"\"\n\"", "\"\\u12\"", "\"\\u0000\"", "\"\\ud800\"",
		"\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\xff\"", "tru",
		"nulll", "01", "-", "+1", "1.", ".5", "1e", "1.e5", "1-2",
		"--1", "0x1", "9223372036854775808", "1e999", "1 1", "'a'",
	};
	struct arena	*a = arena_new();
	char		 deep[201];

	(void)unused;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		/* Of that size and no byte more: reading on would be seen. */
		size_t	n = strlen(bad[i]);
		char	*s = xcalloc(1, n);

		memcpy(s, bad[i], n);
		if (datum_parse(a, s, n) != NULL)
			fail_msg("\"%s\": taken", bad[i]);
		free(s);
	}
	assert_null(datum_parse(a, "1\0", 2));
	memset(deep, '[', 100);
	memset(deep + 100, ']', 100);
	assert_null(datum_parse(a, deep, 200));
	assert_non_null(datum_parse(a, deep + 50, 100));
	arena_free(&a);
}

static int	made;

static void
make_two(void *arg, struct datum *into)
{
	made++;
	datum_put(into, "one", arg);
	datum_put(into, "other", "x");
}

static void
later_is_made_once_and_when_asked(void **unused)
{
	static const char *const keys[] = { "one", "two", "over", NULL };
	struct arena	*a = arena_new();
	struct datum	*o = datum_object(a);
	json_t		*j;
	char		 arg[] = "1";

	(void)unused;
	made = 0;
	datum_later(o, keys, make_two, arg);
	datum_put(o, "over", "mine");
	assert_null(datum_get(o, "none"));
	assert_string_equal(datum_get_text(o, "over"), "mine");
	assert_int_equal(made, 0);
	assert_string_equal(datum_get_text(o, "one"), "1");
	assert_null(datum_get(o, "two"));
	assert_null(datum_get(o, "other"));
	assert_string_equal(datum_get_text(o, "over"), "mine");
	assert_int_equal(made, 1);
	j = datum_json(o);
	assert_int_equal(json_object_size(j), 2);
	json_decref(j);
	arena_free(&a);
}

/* Its own name; and of "grows" one more member beside it. */
static struct datum *
make_it(void *arg, const char *key)
{
	struct datum	*o = arg;
	char		 name[16];

	made++;
	if (strcmp(key, "none") == 0)
		return NULL;
	for (int i = 0; strcmp(key, "grows") == 0 && i < 40; i++) {
		(void)snprintf(name, sizeof(name), "n%d", i);
		datum_put(o, arena_strdup(o->arena, name), "new");
	}
	return datum_text(o->arena, key);
}

static void
each_is_made_for_itself(void **unused)
{
	static const char *const keys[] = { "one", "none", "grows", "over",
		NULL };
	struct arena	*a = arena_new();
	struct datum	*o = datum_object(a);
	json_t		*j;

	(void)unused;
	made = 0;
	datum_later_each(o, keys, make_it, o);
	datum_put(o, "over", "mine");
	assert_string_equal(datum_get_text(o, "one"), "one");
	assert_string_equal(datum_get_text(o, "one"), "one");
	assert_int_equal(made, 1);
	assert_null(datum_get(o, "none"));
	assert_string_equal(datum_get_text(o, "over"), "mine");
	assert_int_equal(made, 2);
	assert_string_equal(datum_get_text(o, "grows"), "grows");
	assert_int_equal(made, 3);
	assert_string_equal(datum_get_text(o, "n39"), "new");
	j = datum_json(o);
	assert_int_equal(json_object_size(j), 43);
	assert_int_equal(made, 3);
	json_decref(j);
	arena_free(&a);
}

/* More keys than bits tell apart. */
static void
every_key_is_found(void **unused)
{
	struct arena	*a = arena_new();
	struct datum	*o = datum_object(a);
	char		 key[16];

	(void)unused;
	for (int i = 0; i < 500; i++) {
		(void)snprintf(key, sizeof(key), "key%d", i);
		datum_put_int(o, arena_strdup(a, key), i);
		for (int k = 0; k < 500; k += i < 100 ? 1 : 97) {
			(void)snprintf(key, sizeof(key), "key%d", k);
			if (k > i)
				assert_null(datum_get(o, key));
			else
				assert_int_equal(datum_get(o, key)->u.num, k);
		}
	}
	arena_free(&a);
}

static void
an_object_lies_over_another(void **unused)
{
	struct arena	*a = arena_new();
	struct datum	*base = datum_object(a), *o;
	char		 keys[100][16];

	(void)unused;
	for (int i = 0; i < 100; i++) {
		(void)snprintf(keys[i], sizeof(keys[i]), "k%d", i);
		datum_put_int(base, keys[i], i);
	}
	o = datum_over(a, base);
	datum_set(o, "k7", NULL);
	datum_put(o, "k8", "eight");
	datum_put(o, "k9", NULL);
	assert_null(datum_get(o, "k7"));
	assert_string_equal(datum_get_text(o, "k8"), "eight");
	assert_int_equal(datum_get(o, "k9")->u.num, 9);
	assert_int_equal(datum_get(base, "k7")->u.num, 7);
	assert_false(datum_says(datum_text(a, "")));
	assert_true(datum_says(datum_int(a, 0)));
	assert_false(datum_says(datum_list(a)));
	assert_true(datum_says(datum_object(a)));
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(json_there_and_back),
		cmocka_unit_test(a_tree_is_written_as_json),
		cmocka_unit_test(what_is_no_json_is_refused),
		cmocka_unit_test(later_is_made_once_and_when_asked),
		cmocka_unit_test(each_is_made_for_itself),
		cmocka_unit_test(every_key_is_found),
		cmocka_unit_test(an_object_lies_over_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
