#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/buf.h"
#include "parsers/mime_split.h"

#define SOUPS		40000
#define BODY_SIZE	16384

/* Bodies with the boundary "=_b" as programs write them. */
static const char *const plain[] = {
	"--=_b\r\nContent-Type: text/plain; charset=\"utf-8\"\r\n"
	"Content-Transfer-Encoding: base64\r\n\r\neA==\r\n\r\n--=_b\r\n"
	"Content-Type: text/html;\r\n\tcharset=\"utf-8\"\r\n\r\n<p>x</p>\r\n"
	"--=_b--\r\n",
	"This is a multi-part message in MIME format.\n--=_b\n"
	"Content-Type: multipart/alternative;\n boundary=\"=_c\"\n\n\n--=_c\n"
	"Content-Type: text/plain; charset=UTF-8; format=flowed\n\nx \ny\n\n"
	"--=_c\nContent-Type: text/html; charset=UTF-8\n\n<p>x</p>\n\n--=_c--\n"
	"\n--=_b\nContent-Type: application/octet-stream;\n name=\"a b.docx\"\n"
	"Content-Disposition: attachment; filename=\"a b.docx\"\n\nUEsD\n"
	"--=_b--\n",
	"\r\n--=_b\r\nContent-Type: multipart/related; type=\"text/html\"; "
	"boundary=c_1\r\n\r\n--c_1\r\nContent-Type: text/html\r\n\r\nx\r\n"
	"--c_1\r\nContent-Type: image/png; name=x.png\r\nContent-ID: <x@y>\r\n"
	"\r\n\r\n--c_1--\r\n--=_b--",
};

static const char *const bits[] = {
	"\r\n", "\n", "\r", " ", "\t", "-", "--", "x", "資", "\r\n\r\n", "\n\n",
	"--=_b", "\n--=_b\n", "\r\n--=_b\r\n", "--=_b--", "\n--=_b--\n",
	"\n--=_bx\n", "\n--=_b \n", "\n--=_b x\n", "\n---=_b\n", "\n-\n",
	"\n--=_b--=_b\n", "\n--=_c\n", "\n--=_c--\n", "\n--=_c", " --=_b\n",
	"x--=_b\n", "\n-x--=_b\n", "\n--x\n", "A: b\n", "A : b\n", "A\n", ": b\n",
	"A:\n", "A:\n b\n", "A: b\n \n", "A: b\n\tc\n", "Content-Type:\n",
	"Content-Type: text/plain\n", "Content-Type: x\n",
	"Content-Type: multipart/mixed\n",
	"Content-Type: multipart/mixed; boundary=\n",
	"Content-Type: multipart/mixed; boundary=c\n\n--c\nA: b\n\ny\n--c--\n",
	"Content-Type: multipart/mixed; boundary=\"\"\n",
	"Content-Type: multipart/mixed; boundary==_c\n",
	"Content-Type: multipart/mixed; boundary=\"=_b\"\n",
	"Content-Type: multipart/mixed; boundary=\"=_c\"; boundary=c\n",
	"Content-Type: multipart/mixed (x); boundary=\"=_c\"\n",
	"Content-Type: multipart/digest; boundary=\"=_c\"\n",
	"Content-Type: (c) multipart/mixed; boundary=\"=_c\"\n",
	"Content-Type: message/rfc822\n\nA: b\n\n", "boundary=\"=_c\"", "\"",
	";", "=", "(", "\\", "From a@b\n",
};

#define N(v)	(sizeof(v) / sizeof((v)[0]))

static int
same(const struct mime_piece *a, const struct mime_piece *b)
{
	for (; a != NULL && b != NULL; a = a->next, b = b->next)
		if ((a->body == NULL) != (b->body == NULL) ||
		    (a->body != NULL && (a->len != b->len ||
		    a->several != b->several ||
		    a->body - a->head != b->body - b->head ||
		    memcmp(a->body, b->body, a->len) != 0 ||
		    memcmp(a->head, b->head, (size_t)(a->body - a->head)) != 0
		    || !same(a->child, b->child))))
			return 0;
	return a == b;
}

/* 1: the quick way found pieces; they are those of the other. */
static int
compare(struct arena *a, const char *s, size_t n)
{
	struct mime_piece *quick, *full = NULL;
	int		 found = mime_split_quick(a, "multipart/mixed", "=_b",
			    s, n, &quick);

	if (found && (!mime_split_fully(a, "multipart/mixed", "=_b", s, n,
	    &full) || !same(quick, full)))
		fail_msg("not the same pieces: %.*s", (int)n, s);
	arena_reset(a);
	return found;
}

static void
programs_write_plain_bodies(void **unused)
{
	struct arena	*a = arena_new();

	(void)unused;
	for (size_t i = 0; i < N(plain); i++)
		if (!compare(a, plain[i], strlen(plain[i])))
			fail_msg("not quick: %s", plain[i]);
	arena_free(&a);
}

static void
nothing_put_into_a_body_makes_a_difference(void **unused)
{
	struct arena	*a = arena_new();
	struct buf	 b;
	int		 quick = 0;

	(void)unused;
	buf_init(&b, BODY_SIZE);
	for (size_t i = 0; i < N(plain); i++)
		for (size_t n = 0, len = strlen(plain[i]); n <= len; n++) {
			for (size_t k = 0; k < N(bits); k++) {
				buf_reset(&b);
				(void)buf_add(&b, plain[i], n);
				(void)buf_puts(&b, bits[k]);
				(void)buf_puts(&b, plain[i] + n);
				quick += compare(a, b.data, b.len);
			}
			quick += compare(a, plain[i], n);
		}
	assert_true(quick > 1000);
	buf_free(&b);
	arena_free(&a);
}

static unsigned
next(unsigned *seed, size_t n)
{
	*seed = *seed * 1103515245u + 12345u;
	return (*seed >> 8) % (unsigned)n;
}

static void
soup_makes_no_difference(void **unused)
{
	struct arena	*a = arena_new();
	struct buf	 b;
	unsigned	 seed = 2007;
	int		 quick = 0;

	(void)unused;
	buf_init(&b, BODY_SIZE);
	for (int i = 0; i < SOUPS; i++) {
		buf_reset(&b);
		(void)buf_puts(&b, "--=_b\nA: b\n");
		for (unsigned n = next(&seed, 8); n > 0; n--)
			(void)buf_puts(&b, bits[next(&seed, N(bits))]);
		if (next(&seed, 2))
			(void)buf_puts(&b, "\n\nx");
		(void)buf_puts(&b, "\n--=_b--\n");
		quick += compare(a, b.data, b.len);
	}
	assert_true(quick > SOUPS / 100);
	buf_free(&b);
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(programs_write_plain_bodies),
		cmocka_unit_test(nothing_put_into_a_body_makes_a_difference),
		cmocka_unit_test(soup_makes_no_difference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
