/* utf8: the same answers as libunistring's u8_check(), wherever it stands. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistr.h>

#include "base/utf8.h"

/* What u8_check() says of the bytes, or the first control byte before it. */
static const char *
wanted(const char *s, size_t n)
{
	const char	*bad = (const char *)u8_check((const uint8_t *)s, n);

	for (size_t i = 0; i < n && s + i != bad; i++) {
		unsigned char	c = (unsigned char)s[i];

		if ((c < 0x20 && c != '\t' && c != '\n') || c == 0x7f)
			return s + i;
	}
	return bad;
}

static void
judge(const char *s, size_t n)
{
	const char	*want = wanted(s, n), *got = utf8_odd(s, n);
	int		 ok = u8_check((const uint8_t *)s, n) == NULL;

	if (got != want)
		fail_msg("%02x %02x %02x %02x of %zu: got %td, want %td",
		    (unsigned char)s[0], (unsigned char)s[1],
		    (unsigned char)s[2], (unsigned char)s[3], n,
		    got == NULL ? -1 : got - s, want == NULL ? -1 : want - s);
	if (utf8_ok(s, n) != ok)
		fail_msg("%02x %02x %02x %02x of %zu: got %d, want %d",
		    (unsigned char)s[0], (unsigned char)s[1],
		    (unsigned char)s[2], (unsigned char)s[3], n, !ok, ok);
}

/* Each pair of first bytes, with what bounds a character behind them. */
static void
every_beginning(void **unused)
{
	static const unsigned char	next[] = { 0x7e, 0x7f, 0x80, 0x8f,
					    0x90, 0x9f, 0xa0, 0xbf, 0xc0 };
	const size_t			n_next = sizeof(next);
	char				s[4];

	(void)unused;
	for (unsigned i = 0; i < 256 * 256 * n_next * n_next; i++) {
		s[0] = (char)(i & 255);
		s[1] = (char)(i >> 8 & 255);
		s[2] = (char)next[(i >> 16) % n_next];
		s[3] = (char)next[(i >> 16) / n_next];
		for (size_t n = 1; n <= sizeof(s); n++)
			judge(s, n);
	}
}

/* Each byte at each place of a text that is looked at by words. */
static void
every_place(void **unused)
{
	static const char	text[] = "Report 通報單:\tlevel 3, 三級\nby 王小明"
				    " of the agency; 📞 ext. 12345678 é";
	const size_t		n = sizeof(text) - 1;
	char			s[sizeof(text)];

	(void)unused;
	assert_true(utf8_ok(text, n));
	assert_null(utf8_odd(text, n));
	for (size_t at = 0; at < n; at++)
		for (int c = 0; c < 256; c++) {
			memcpy(s, text, n);
			s[at] = (char)c;
			for (size_t from = 0; from < 8; from++)
				judge(s + from, n - from);
		}
	for (size_t len = 0; len <= n; len++)
		judge(text, len);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_beginning),
		cmocka_unit_test(every_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
