/*
 * test_base - memory, civil time, and text made safe for a log line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/civil.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/hex.h"
#include "base/kept.h"
#include "base/log.h"
#include "base/path.h"
#include "base/record.h"

static void
arena_hands_out_aligned_zeroes(void **unused)
{
	static const size_t sizes[] = {
		0, 1, 15, 16, 17, 100, 8192, 8193, 32768, 32769, 1000000
	};
	struct arena	*a = arena_new();
	unsigned char	*p[11];

	(void)unused;
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < 11; i++) {
			p[i] = arena_alloc(a, sizes[i]);
			assert_int_equal((uintptr_t)p[i] % 16, 0);
			for (size_t k = 0; k < sizes[i]; k++)
				if (p[i][k] != 0)
					fail_msg("dirty at %zu of %zu", k,
					    sizes[i]);
			memset(p[i], (int)i + 1, sizes[i]);
		}
		for (size_t i = 0; i < 11; i++)	/* nobody wrote there */
			for (size_t k = 0; k < sizes[i]; k++)
				if (p[i][k] != i + 1)
					fail_msg("%zu overlaps", sizes[i]);
		arena_reset(a);
	}
	arena_free(&a);
	assert_null(a);
	arena_free(&a);
}

static void
arena_copies_strings(void **unused)
{
	struct arena	*a = arena_new();
	char		 from[] = "abcdef", *s, *big;

	(void)unused;
	s = arena_strdup(a, from);
	from[0] = 'X';
	assert_string_equal(s, "abcdef");
	assert_null(arena_strdup(a, NULL));
	assert_string_equal(arena_strndup(a, "abcdef", 3), "abc");
	assert_memory_equal(arena_strndup(a, "a\0b", 3), "a\0b", 4);
	assert_string_equal(arena_printf(a, "%d-%s", 7, "x"), "7-x");
	big = arena_printf(a, "%*d", 50000, 1);
	assert_int_equal(strlen(big), 50000);
	assert_non_null(arena_array(a, 0, 8));
	for (int i = 0; i < 10000; i++)	/* over many blocks */
		assert_string_equal(arena_printf(a, "%d", i),
		    arena_printf(a, "%d", i));
	arena_free(&a);
	s = xstrdup("own");
	assert_string_equal(s, "own");
	free(s);
	assert_null(xstrdup(NULL));
}

static void
buf_grows_to_its_maximum(void **unused)
{
	struct buf	b;

	(void)unused;
	buf_init(&b, 10);
	assert_string_equal(b.data, "");
	assert_int_equal(buf_puts(&b, "12345"), 0);
	assert_int_equal(buf_putc(&b, '6'), 0);
	assert_int_equal(buf_addf(&b, "%d", 78), 0);
	assert_int_equal(buf_add(&b, "9a", 2), 0);	/* just full */
	assert_string_equal(b.data, "123456789a");
	assert_int_equal(buf_add(&b, "", 0), 0);
	assert_int_equal(buf_putc(&b, 'b'), -1);
	assert_int_equal(b.over, 1);
	assert_string_equal(b.data, "123456789a");
	buf_eat(&b, 8);
	assert_string_equal(b.data, "9a");
	assert_int_equal(buf_putc(&b, 'b'), -1);	/* stays over */
	buf_reset(&b);
	assert_int_equal(buf_addf(&b, "%s", "12345678901"), -1);
	assert_int_equal(b.len, 0);
	buf_reset(&b);
	assert_null(buf_room(&b, SIZE_MAX));
	buf_reset(&b);
	assert_non_null(buf_room(&b, 10));
	assert_int_equal(b.len, 0);
	buf_eat(&b, 99);
	assert_int_equal(b.len, 0);
	buf_free(&b);
}

static void
buf_keeps_bytes_while_growing(void **unused)
{
	struct buf	b;

	(void)unused;
	buf_init(&b, 100000);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(buf_putc(&b, i * 7 % 256), 0);
	for (int i = 0; i < 100000; i++)
		if ((unsigned char)b.data[i] != i * 7 % 256)
			fail_msg("byte %d", i);
	assert_int_equal(b.data[b.len], '\0');
	assert_int_equal(buf_putc(&b, 'x'), -1);
	buf_free(&b);
}

static void
months_have_their_days(void **unused)
{
	static const struct {
		int	year, mon, want;
	} cases[] = {
		{ 2007, 1, 31 }, { 2007, 2, 28 }, { 2008, 2, 29 },
		{ 1900, 2, 28 }, { 2000, 2, 29 }, { 2100, 2, 28 },
		{ 2007, 4, 30 }, { 2007, 12, 31 }, { 2007, 0, 0 },
		{ 2007, 13, 0 }, { 2007, -1, 0 },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(civil_days(cases[i].year, cases[i].mon),
		    cases[i].want);
}

static void
civil_validity(void **unused)
{
	static const struct {
		struct civil	c;
		int		want;
	} cases[] = {
		{ { 2007, 5, 31, 9, 30, 0 }, 1 },
		{ { 1, 1, 1, 0, 0, 0 }, 1 },
		{ { 9999, 12, 31, 23, 59, 59 }, 1 },
		{ { 0, 12, 31, 0, 0, 0 }, 0 },
		{ { 10000, 1, 1, 0, 0, 0 }, 0 },
		{ { 2007, 2, 29, 0, 0, 0 }, 0 },
		{ { 2007, 5, 0, 0, 0, 0 }, 0 },
		{ { 2007, 13, 1, 0, 0, 0 }, 0 },
		{ { 2007, 5, 31, 24, 0, 0 }, 0 },
		{ { 2007, 5, 31, 9, 60, 0 }, 0 },
		{ { 2007, 5, 31, 9, 30, 60 }, 0 },
		{ { 2007, 5, 31, -1, 30, 0 }, 0 },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (civil_valid(&cases[i].c) != cases[i].want)
			fail_msg("case %zu", i);
}

/* Each day of the calendar there and back, and the weekdays run on. */
static void
civil_there_and_back(void **unused)
{
	static const int offs[] = { 0, 28800, -43200, 50400, 19800 };
	struct civil	c, d;
	int64_t		day = 0, first = -62135596800LL;
	int		off;

	(void)unused;
	c = (struct civil){ .year = 1, .mon = 1, .day = 1 };
	assert_int_equal(civil_to_utc(&c, 0), first);
	for (; c.year <= 9999; day++) {
		off = offs[day % 5];
		c.hour = (int)(day % 24);
		c.min = (int)(day % 60);
		c.sec = (int)(day % 59);
		civil_from_utc(&d, civil_to_utc(&c, off), off);
		if (memcmp(&c, &d, sizeof(c)) != 0 ||
		    civil_to_utc(&c, 0) != first + day * 86400 +
		    c.hour * 3600 + c.min * 60 + c.sec)
			fail_msg("%d-%d-%d", c.year, c.mon, c.day);
		if (civil_weekday(&c) != (day + 1) % 7)	/* 0001-01-01: Mon */
			fail_msg("weekday %d-%d-%d", c.year, c.mon, c.day);
		if (++c.day > civil_days(c.year, c.mon)) {
			c.day = 1;
			if (++c.mon > 12) {
				c.mon = 1;
				c.year++;
			}
		}
	}
	assert_int_equal(day, 3652059);
}

static void
rfc3339_writes(void **unused)
{
	static const struct {
		int64_t		 utc;
		int		 off;
		const char	*want;
	} cases[] = {
		{ 0, 0, "1970-01-01T00:00:00+00:00" },
		{ 1180575000, 28800, "2007-05-31T09:30:00+08:00" },
		{ 1180575000, -12600, "2007-05-30T22:00:00-03:30" },
		{ -1, 0, "1969-12-31T23:59:59+00:00" },
		{ -62135596800LL, 0, "0001-01-01T00:00:00+00:00" },
		{ 253402300799LL, 0, "9999-12-31T23:59:59+00:00" },
	};
	char	text[RFC3339_SIZE];
	int64_t	back;

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_string_equal(rfc3339(text, cases[i].utc, cases[i].off),
		    cases[i].want);
		assert_int_equal(rfc3339_parse(text, &back), 0);
		assert_int_equal(back, cases[i].utc);
	}
}

static void
rfc3339_reads(void **unused)
{
	static const struct {
		const char	*text;
		int64_t		 want;	/* -1: refused */
	} cases[] = {
		{ "2007-05-31T09:30:00+08:00", 1180575000 },
		{ "2007-05-31T01:30:00Z", 1180575000 },
		{ "2007-05-31t01:30:00z", 1180575000 },
		{ "2007-05-31 01:30:00.123Z", 1180575000 },
		{ "2007-05-30T22:00:00-03:30", 1180575000 },
		{ "2007-05-31T09:30:00", -1 },
		{ "2007-05-31T09:30Z", -1 },
		{ "2007-05-31", -1 },
		{ "2007-02-29T00:00:00Z", -1 },
		{ "2007-05-31T24:00:00Z", -1 },
		{ "2007-05-31T09:30:00+24:00", -1 },
		{ "2007-05-31T09:30:00+08:60", -1 },
		{ "2007-05-31T09:30:00+0800", -1 },
		{ "2007-05-31T09:30:00Zx", -1 },
		{ "2007-5-31T09:30:00Z", -1 },
		{ " 2007-05-31T09:30:00Z", -1 },
		{ "0000-01-01T00:00:00Z", -1 },
		{ "", -1 }, { "x", -1 }, { "2007-05-31T09:30:0", -1 },
	};
	int64_t	utc;
	int	r;

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		r = rfc3339_parse(cases[i].text, &utc);
		if (cases[i].want == -1 ? r != -1 :
		    r != 0 || utc != cases[i].want)
			fail_msg("%s", cases[i].text);
	}
}

static void
clock_stands_still_when_told(void **unused)
{
	int64_t	mono = clock_mono_ms();

	(void)unused;
	assert_true(clock_now() > 1700000000);
	clock_set(1180575000);
	assert_int_equal(clock_now(), 1180575000);
	assert_true(clock_mono_ms() >= mono);
}

static void
err_is_cut_and_prefixed(void **unused)
{
	struct err	e;
	char		text[600];

	(void)unused;
	memset(text, 'x', sizeof(text));
	text[599] = '\0';
	assert_int_equal(err_set(&e, RC_AGAIN, "%s: %d", "a", 1), RC_AGAIN);
	assert_string_equal(e.text, "a: 1");
	assert_int_equal(err_prefix(&e, RC_BROKEN, "b %d", 2), RC_BROKEN);
	assert_string_equal(e.text, "b 2: a: 1");
	(void)err_set(&e, RC_OK, "%s", text);
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
	(void)err_prefix(&e, RC_OK, "p");
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
	assert_memory_equal(e.text, "p: xxx", 6);
	(void)err_prefix(&e, RC_OK, "%s", text);
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
}

/* What the log has said by now, through the pipe that stands for stderr. */
static const char *
said(int fd)
{
	static char	text[64 * 1024];
	ssize_t		n = read(fd, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void
log_lines_wait_in_order(void **unused)
{
	const int	err = dup(STDERR_FILENO);
	const char	*p, *end;
	int		 fds[2], next = 0;

	(void)unused;
	assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
	assert_int_equal(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
	log_open("test", LOG_L_INFO);
	log_hold(1);
	log_info(NULL, "one");
	log_info("CSI-1", "two");
	assert_string_equal(said(fds[0]), "");
	log_warn(NULL, "three");	/* behind what was said before it */
	assert_string_equal(said(fds[0]),
	    "test: - one\ntest: CSI-1 two\ntest: - three\n");
	for (int i = 0; i < 1000; i++)
		log_info(NULL, "line %d", i);
	log_hold(0);
	for (p = said(fds[0]); *p != '\0'; p = end + 1) {
		assert_int_equal(sscanf(p, "test: - line %d", &next), 1);
		end = strchr(p, '\n');
		assert_non_null(end);
	}
	assert_int_equal(next, 999);
	log_info(NULL, "at once");
	assert_string_equal(said(fds[0]), "test: - at once\n");
	(void)dup2(err, STDERR_FILENO);
	(void)close(err);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

static void
log_text_is_safe(void **unused)
{
	static const struct {
		const char	*from;
		size_t		 size;
		const char	*want;
	} cases[] = {
		{ "plain", 64, "plain" },
		{ NULL, 64, "" },
		{ "", 64, "" },
		{ "主旨", 64, "主旨" },
		{ "a\nb\r\tc", 64, "a\\x0ab\\x0d\\x09c" },
		{ "\033[31mred\007", 64, "\\x1b[31mred\\x07" },
		{ "say \"hi\" \\ \177", 64,
		    "say \\x22hi\\x22 \\x5c \\x7f" },
		{ "exe\u202etxt", 64, "exe\\xe2\\x80\\xaetxt" },
		{ "a\u2066b\ufeff", 64,
		    "a\\xe2\\x81\\xa6b\\xef\\xbb\\xbf" },
		{ "\xc2\x9b" "31m\u00e9", 64, "\\xc2\\x9b31m\u00e9" },
		{ "abcdefghijklmnop", 16, "abcdefghi.." },
		{ "\n\n\n\n\n\n", 16, "\\x0a\\x0a\\x0a.." },
		{ "abc", 4, ".." },
		{ "abc", 1, "" },
	};
	char	to[64];

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(to, '#', sizeof(to));
		assert_ptr_equal(log_text(to, cases[i].size, cases[i].from),
		    to);
		if (strcmp(to, cases[i].want) != 0)
			fail_msg("case %zu: got %s, want %s", i, to,
			    cases[i].want);
		for (size_t k = cases[i].size; k < sizeof(to); k++)
			assert_int_equal(to[k], '#');
	}
}

/* Every name is found again, and nothing else is. */
static void
record_names_there_and_back(void **unused)
{
	enum incident_state	is;
	enum disposition	d;
	enum outbox_state	os;
	enum channel_kind	ck;

	(void)unused;
	for (int i = 0; i < INC_NSTATES; i++) {
		assert_int_equal(incident_state_parse(incident_state_name(
		    (enum incident_state)i), &is), 0);
		assert_int_equal(is, i);
	}
	for (int i = 0; i < DISP_N; i++) {
		assert_int_equal(disposition_parse(disposition_name(
		    (enum disposition)i), &d), 0);
		assert_int_equal(d, i);
	}
	for (int i = 0; i < OUT_NSTATES; i++) {
		assert_int_equal(outbox_state_parse(outbox_state_name(
		    (enum outbox_state)i), &os), 0);
		assert_int_equal(os, i);
	}
	for (int i = 0; i < CHANNEL_NKINDS; i++) {
		assert_int_equal(channel_kind_parse(channel_kind_name(
		    (enum channel_kind)i), &ck), 0);
		assert_int_equal(ck, i);
	}
	assert_int_equal(incident_state_parse("", &is), -1);
	assert_int_equal(disposition_parse("NEW", &d), -1);
	assert_int_equal(outbox_state_parse("?", &os), -1);
	assert_string_equal(disposition_name(DISP_N), "?");
}

static void
hex_of_bytes(void **unused)
{
	char	hex[SHA256_HEX];

	(void)unused;
	hex_put(hex, "\x00\x7f\x80\xff\x1a", 5);
	assert_string_equal(hex, "007f80ff1a");
	hex_put(hex, "", 0);
	assert_string_equal(hex, "");
	for (int c = -1; c < 256; c++)
		assert_int_equal(hex_digit(c) != -1, c > 0 && c < 128 &&
		    strchr("0123456789abcdefABCDEF", c) != NULL);
	assert_int_equal(hex_digit('9') * 16 + hex_digit('a'), 0x9a);
	assert_int_equal(hex_digit('F'), 15);
	/* FIPS 180-2, appendix B.1; and of nothing */
	assert_int_equal(sha256_hex("abc", 3, hex), 0);
	assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad");
	assert_int_equal(sha256_hex(NULL, 0, hex), 0);
	assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb924"
	    "27ae41e4649b934ca495991b7852b855");
}

/* Wrongly taken apart, it names what is no directory or not there. */
static void
a_parent_is_the_directory_of_a_name(void **unused)
{
	char	long_name[8192];

	(void)unused;
	assert_int_equal(path_sync_parent("token.key"), 0);
	assert_int_equal(path_sync_parent("/token.key"), 0);
	assert_int_equal(path_sync_parent("/dev/null"), 0);
	errno = 0;
	assert_int_equal(path_sync_parent("/no-such/token.key"), -1);
	assert_int_equal(errno, ENOENT);
	memset(long_name, 'x', sizeof(long_name) - 1);
	long_name[0] = '/';
	long_name[4500] = '/';
	long_name[sizeof(long_name) - 1] = '\0';
	assert_int_equal(path_sync_parent(long_name), -1);
	assert_int_equal(errno, ENAMETOOLONG);
}

/* Somebody else's files: the last note of a name, and nothing of a bent one. */
static void
kept_files_are_read_in_place_of_the_disk(void **unused)
{
	static const char	 file[] = "/nowhere/a.form", dir[] = "/nowhere";
	struct buf		 b;
	struct err		 err;
	const char		*p;
	size_t			 n;
	int			 fd;

	(void)unused;
	assert_int_equal(kept_take(), 0);	/* nobody took notes */
	kept_add(file, "lost", 4);
	kept_note();
	kept_add(file, "old", 3);
	kept_add("/nowhere/*.form", "a.form\n", 7);
	kept_add(file, "new one", 7);
	fd = kept_take();
	assert_true(fd > 2);
	assert_int_equal(write(fd, "x", 1), -1);	/* it is sealed */
	assert_int_equal(kept_open(fd), 0);
	buf_init(&b, 64);
	assert_int_equal(path_read(file, 7, &b, &err), RC_OK);
	assert_string_equal(b.data, "new one");
	assert_int_equal(path_read(file, 6, &b, &err), RC_REFUSED);
	buf_reset(&b);
	assert_int_equal(path_list(dir, ".form", &b, &err), RC_OK);
	assert_string_equal(b.data, "a.form\n");
	assert_int_equal(path_read("/nowhere/b", 6, &b, &err), RC_REFUSED);
	kept_close();
	assert_int_equal(kept_find(file, &p, &n), 0);
	buf_free(&b);
}

static void
numbers_are_written_as_printf_does(void **unused)
{
	static const int64_t v[] = { 0, 1, 9, 10, 99, 100, 2007, 65535,
		1180575000, INT64_MAX, INT64_MIN, -1, -10, -99 };
	char		got[NUMBER_SIZE], want[64];

	(void)unused;
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		(void)snprintf(want, sizeof(want), "%" PRId64, v[i]);
		assert_ptr_equal(number_put(got, v[i], 1), got + strlen(want));
		assert_string_equal(got, want);
		for (int digits = 2; v[i] >= 0 && digits <= 20; digits++) {
			(void)snprintf(want, sizeof(want), "%0*" PRId64,
			    digits, v[i]);
			assert_ptr_equal(number_put(got, v[i], digits),
			    got + strlen(want));
			assert_string_equal(got, want);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_written_as_printf_does),
		cmocka_unit_test(arena_hands_out_aligned_zeroes),
		cmocka_unit_test(arena_copies_strings),
		cmocka_unit_test(buf_grows_to_its_maximum),
		cmocka_unit_test(buf_keeps_bytes_while_growing),
		cmocka_unit_test(months_have_their_days),
		cmocka_unit_test(civil_validity),
		cmocka_unit_test(civil_there_and_back),
		cmocka_unit_test(rfc3339_writes),
		cmocka_unit_test(rfc3339_reads),
		cmocka_unit_test(clock_stands_still_when_told),
		cmocka_unit_test(err_is_cut_and_prefixed),
		cmocka_unit_test(log_text_is_safe),
		cmocka_unit_test(log_lines_wait_in_order),
		cmocka_unit_test(record_names_there_and_back),
		cmocka_unit_test(hex_of_bytes),
		cmocka_unit_test(kept_files_are_read_in_place_of_the_disk),
		cmocka_unit_test(a_parent_is_the_directory_of_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
