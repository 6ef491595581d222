#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <time.h>

#include "parsers/header.h"

static const struct {
	const char	*value, *name;	/* of a Content-Type, and its name= */
} folds[] = {
	{ "x/y; name=\"a b.doc\"", "a b.doc" },
	{ "x/y; name=\"a\r\n b.doc\"", "a b.doc" },
	{ "x/y; name=\"a.do\r\n cx\"", "a.docx" },
	{ "x/y; name=\"a\r\n .docx\"", "a.docx" },
	{ "x/y; name=\"a.do\r\n \r\n\tcx\"", "a.docx" },
	{ "x/y; name=\"a.do\n \n -\"", "a.do  -" },
	{ "x/y; name=\"a.do \r\n cx\"", "a.do  cx" },
	{ "x/y; name=\"a.report\r\n docx\"", "a.report docx" },
	{ "x/y; name=\"\r\n \"", "" },
	{ "x/y; name=\"\r\n docx\"", "docx" },
	{ "x/y; name=\"a.do\r\n cx", "a.do cx" },
	{ "x/y; name=\"a.do\r\n ", "a.do" },
	{ "x/y; name=\"a\\\"\n.txt\"", "a\".txt" },
	{ "x/y; name=\"", "" },
};

static void
folds_of_a_quoted_name(void **unused)
{
	struct arena	*a = arena_new();
	const char	*got;

	(void)unused;
	for (size_t i = 0; i < sizeof(folds) / sizeof(folds[0]); i++) {
		got = header_param(a, folds[i].value, strlen(folds[i].value),
		    "name", NULL);
		if (got == NULL || strcmp(got, folds[i].name) != 0)
			fail_msg("%s: got \"%s\", want \"%s\"", folds[i].value,
			    got == NULL ? "nothing" : got, folds[i].name);
	}
	arena_free(&a);
}

/* A fold of very many lines is looked through once. */
static void
hostile_folds(void **unused)
{
	static const char head[] = "x/y; name=\"a.do";
	enum { LINES = 200000, SECONDS = 10 };
	struct arena	*a = arena_new();
	char		*s = arena_alloc(a, sizeof(head) + 2 * LINES + 2), *p;
	clock_t		 from = clock();

	(void)unused;
	p = memcpy(s, head, sizeof(head) - 1);
	p += sizeof(head) - 1;
	for (size_t i = 0; i < LINES; i++) {
		*p++ = '\n';
		*p++ = ' ';
	}
	*p++ = '-';
	*p++ = '"';
	assert_non_null(header_param(a, s, (size_t)(p - s), "name",
	    NULL));
	assert_in_range((clock() - from) / CLOCKS_PER_SEC, 0, SECONDS);
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(folds_of_a_quoted_name),
		cmocka_unit_test(hostile_folds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
