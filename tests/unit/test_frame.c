/*
 * test_frame - frames there and back, hostile frames, and channels.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/socket.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/frame.h"

static struct err	err;

static void
encode(struct buf *b, enum frame_type type, unsigned n, const char *const *v)
{
	struct frame	f;

	frame_start(&f, type);
	for (unsigned i = 0; i < n; i++)
		frame_str(&f, v[i]);
	assert_int_equal(frame_put(b, &f), 0);
}

/* Every type, with 0 to FRAME_FIELDS fields, several in one buffer. */
static void
there_and_back(void **unused)
{
	static const char *const v[FRAME_FIELDS] = {
		"", "a", "主旨", "x\ny", "0123456789abcdef"
	};
	struct frame	f;
	struct buf	b;
	size_t		used, at = 0;
	char		text[64];

	(void)unused;
	buf_init(&b, 1 << 20);
	for (int t = 0; t < FRAME_NTYPES; t++)
		encode(&b, (enum frame_type)t,
		    (unsigned)t % (FRAME_FIELDS + 1), v);
	for (int t = 0; t < FRAME_NTYPES; t++) {
		assert_int_equal(frame_take(b.data + at, b.len - at, &f,
		    &used, &err), RC_OK);
		assert_int_equal(f.type, t);
		assert_int_equal(f.n, (unsigned)t % (FRAME_FIELDS + 1));
		for (unsigned i = 0; i < f.n; i++)
			assert_string_equal(frame_text(&f, i, text,
			    sizeof(text)), v[i] == NULL ? "" : v[i]);
		at += used;
		assert_string_not_equal(frame_type_name(f.type), "?");
	}
	assert_int_equal(at, b.len);
	assert_string_equal(frame_type_name(FRAME_NTYPES), "?");
	buf_free(&b);
}

static void
bytes_are_little_endian(void **unused)
{
	static const char want[] =
	    "\x0b\0\0\0" "\x02\0" "\x01\0" "\x03\0\0\0" "abc";
	static const char *const v[] = { "abc" };
	struct buf	b;

	(void)unused;
	buf_init(&b, 100);
	encode(&b, FRAME_PONG, 1, v);
	assert_int_equal(b.len, sizeof(want) - 1);
	assert_memory_equal(b.data, want, b.len);
	buf_free(&b);
}

static void
numbers_and_missing_fields(void **unused)
{
	static const int64_t nums[] = {
		0, 1, -1, 4711, INT64_MAX, INT64_MIN
	};
	static const char *const bad[] = {
		"", "x", "1x", "99999999999999999999", "--1", "1 ",
		"123456789012345678901234567890"
	};
	struct frame	f, g;
	struct buf	b;
	size_t		used;
	int64_t		v;
	char		small[4];

	(void)unused;
	buf_init(&b, 1000);
	frame_start(&f, FRAME_PING);
	for (size_t i = 0; i < 6; i++)
		frame_num(&f, nums[i]);
	for (size_t i = 0; i < 7; i++)
		frame_str(&f, bad[i]);
	assert_int_equal(frame_put(&b, &f), 0);
	assert_int_equal(frame_take(b.data, b.len, &g, &used, &err), RC_OK);
	for (unsigned i = 0; i < 6; i++) {
		assert_int_equal(frame_int(&g, i, &v), 0);
		assert_int_equal(v, nums[i]);
	}
	for (unsigned i = 6; i < 14; i++)	/* the last one is missing */
		if (frame_int(&g, i, &v) != -1)
			fail_msg("field %u is the number %lld", i,
			    (long long)v);
	assert_string_equal(frame_text(&g, 99, small, sizeof(small)), "");
	assert_string_equal(frame_text(&g, 3, small, sizeof(small)), "471");
	buf_free(&b);
}

/* A frame that comes byte by byte is asked for more until it is whole. */
static void
cut_anywhere_asks_for_more(void **unused)
{
	static const char *const v[] = { "field one", "", "three" };
	struct frame	f;
	struct buf	b;
	size_t		used;
	char		*copy;

	(void)unused;
	buf_init(&b, 1000);
	encode(&b, FRAME_MAIL, 3, v);
	for (size_t n = 0; n < b.len; n++) {
		copy = xcalloc(1, n);	/* its end is watched */
		memcpy(copy, b.data, n);
		if (frame_take(copy, n, &f, &used, &err) != RC_AGAIN)
			fail_msg("%zu bytes are enough", n);
		free(copy);
	}
	buf_free(&b);
}

static void
hostile_frames_are_refused(void **unused)
{
#define H(total, type, n)	total "\0\0\0" type "\0" n "\0"
	static const struct {
		const char	*bytes;
		size_t		 len;
	} cases[] = {
#define CASE(s)	{ s, sizeof(s) - 1 }
		CASE("\0\0\0\0"),			/* no head */
		CASE("\x03\0\0\0"),
		CASE("\xff\xff\xff\xff"),		/* 4 GB */
		CASE("\x01\0\0\x04"),			/* just over */
		CASE("\x04\0\0\0\xff\xff\0\0"),		/* no such type */
		CASE("\xff\xff\xff\x03\xff\xff\0\0"),	/* and not all here */
		CASE(H("\x04", "\x01", "\x01")),	/* field missing */
		CASE(H("\x04", "\x01", "\x11")),	/* 17 fields */
		CASE(H("\x04", "\x01", "\0") "" ),	/* fine: see below */
		CASE(H("\x05", "\x01", "\0") "x"),	/* a byte too many */
		CASE(H("\x06", "\x01", "\x01") "\0\0"),
		CASE(H("\x08", "\x01", "\x01") "\x01\0\0\0"),
		CASE(H("\x08", "\x01", "\x01") "\xff\xff\xff\xff"),
		CASE(H("\x08", "\x01", "\x01") "\xfc\xff\xff\xff"),
		CASE(H("\x09", "\x01", "\x01") "\x02\0\0\0x"),
		CASE(H("\x0a", "\x01", "\x01") "\x01\0\0\0xy"),
		CASE(H("\x0c", "\x01", "\x02") "\x04\0\0\0abcd"),
		CASE(H("\x0d", "\x01", "\x02") "\x01\0\0\0x\x01\0\0\0"),
	};
	struct frame	f;
	size_t		used;
	char		*copy;
	enum rc		rc;

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		copy = xcalloc(1, cases[i].len);
		memcpy(copy, cases[i].bytes, cases[i].len);
		rc = frame_take(copy, cases[i].len, &f, &used, &err);
		if (rc != (i == 8 ? RC_OK : RC_REFUSED))
			fail_msg("case %zu: %s", i, rc_name(rc));
		free(copy);
	}
}

/* Any change of one byte is read within bounds: the sanitizer watches. */
static void
damaged_frames_stay_in_bounds(void **unused)
{
	static const char *const v[] = { "one", "", "three", "4" };
	struct frame	f;
	struct buf	b;
	size_t		used;
	char		*copy, text[8];
	int64_t		num;

	(void)unused;
	buf_init(&b, 1000);
	encode(&b, FRAME_MAIL, 4, v);
	for (size_t at = 0; at < b.len; at++)
		for (int c = 0; c < 256; c++) {
			copy = xcalloc(1, b.len);
			memcpy(copy, b.data, b.len);
			copy[at] = (char)c;
			if (frame_take(copy, b.len, &f, &used, &err) ==
			    RC_OK) {
				assert_true(used <= b.len);
				for (unsigned i = 0; i <= f.n; i++) {
					(void)frame_text(&f, i, text,
					    sizeof(text));
					(void)frame_int(&f, i, &num);
				}
			}
			free(copy);
		}
	buf_free(&b);
}

static void
too_large_is_not_built(void **unused)
{
	char		*big = xcalloc(1, FRAME_MAX);
	struct frame	 f;
	struct buf	 b;

	(void)unused;
	buf_init(&b, 4 * (size_t)FRAME_MAX);
	frame_start(&f, FRAME_READ);
	frame_add(&f, big, FRAME_MAX);
	assert_int_equal(frame_put(&b, &f), -1);
	assert_int_equal(b.len, 0);
	buf_free(&b);
	buf_init(&b, 16);		/* the buffer is what is too small */
	frame_start(&f, FRAME_READ);
	frame_add(&f, big, 9);
	assert_int_equal(frame_put(&b, &f), -1);
	assert_int_equal(b.len, 0);
	buf_free(&b);
	free(big);
}

static void
pair(struct channel *a, struct channel *b)
{
	int	fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	channel_init(a, fd[0]);
	channel_init(b, fd[1]);
}

static void
channel_carries_frames(void **unused)
{
	struct channel	a, b;
	struct frame	f, g;
	int64_t		v;

	(void)unused;
	pair(&a, &b);
	assert_int_equal(channel_recv(&b, &g, 0, &err), RC_AGAIN);
	assert_int_equal(channel_fill(&b, &err), RC_AGAIN);
	for (int i = 0; i < 100; i++) {
		frame_start(&f, FRAME_PING);
		frame_num(&f, i);
		assert_int_equal(channel_queue(&a, &f, &err), RC_OK);
	}
	assert_int_equal(channel_recv(&b, &g, 0, &err), RC_AGAIN);
	assert_int_equal(channel_flush(&a, &err), RC_OK);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(channel_recv(&b, &g, 1000, &err), RC_OK);
		assert_int_equal(g.type, FRAME_PING);
		assert_int_equal(frame_int(&g, 0, &v), 0);
		assert_int_equal(v, i);
	}
	assert_int_equal(channel_next(&b, &g, &err), RC_AGAIN);
	channel_close(&a);
	assert_int_equal(channel_recv(&b, &g, 1000, &err), RC_BROKEN);
	channel_close(&b);
}

static void
channel_waits_no_longer_than_told(void **unused)
{
	struct channel	a, b;
	struct frame	g;
	int64_t		t = clock_mono_ms();

	(void)unused;
	pair(&a, &b);
	assert_int_equal(channel_recv(&b, &g, 50, &err), RC_AGAIN);
	t = clock_mono_ms() - t;
	assert_true(t >= 50 && t < 5000);
	channel_close(&a);
	channel_close(&b);
}

/* A burst's buffer is not kept for good: one for each child adds up. */
static void
channel_gives_back_what_a_burst_took(void **unused)
{
	static char	bytes[1200 * 1024];
	struct channel	a, b;
	struct frame	f, g;
	size_t		most = 0;

	(void)unused;
	pair(&a, &b);
	frame_start(&f, FRAME_MAIL);
	frame_add(&f, bytes, sizeof(bytes));
	assert_int_equal(channel_queue(&a, &f, &err), RC_OK);
	do {
		(void)channel_flush(&a, &err);
		most = b.in.cap > most ? b.in.cap : most;
	} while (channel_recv(&b, &g, 0, &err) == RC_AGAIN);
	assert_int_equal(g.field[0].len, sizeof(bytes));
	assert_int_equal(channel_next(&b, &g, &err), RC_AGAIN);
	assert_true(most > sizeof(bytes));
	assert_true(a.out.cap < sizeof(bytes) / 2);
	assert_true(b.in.cap < sizeof(bytes) / 2);
	channel_close(&a);
	channel_close(&b);
}

static void
channel_refuses_garbage(void **unused)
{
	struct channel	a, b;
	struct frame	g;

	(void)unused;
	pair(&a, &b);
	assert_int_equal(write(a.fd, "GET / HTTP/1.0\r\n", 16), 16);
	assert_int_equal(channel_recv(&b, &g, 1000, &err), RC_REFUSED);
	channel_close(&a);
	channel_close(&b);
}

static void
channel_survives_a_dead_peer(void **unused)
{
	struct channel	a, b;
	struct frame	f;

	(void)unused;
	pair(&a, &b);
	channel_close(&b);
	frame_start(&f, FRAME_PING);
	frame_num(&f, 1);	/* no SIGPIPE */
	assert_int_equal(channel_send(&a, &f, &err), RC_BROKEN);
	channel_close(&a);
}

/* A child that sends every frame back, larger than any socket buffer. */
static void
echo(struct channel *c)
{
	struct frame	f, g;

	while (channel_recv(c, &f, -1, &err) == RC_OK) {
		frame_start(&g, FRAME_REPORT);
		frame_add(&g, f.field[0].p, f.field[0].len);
		if (channel_send(c, &g, &err) != RC_OK)
			_exit(1);
	}
	_exit(0);
}

static void
large_frames_cross(void **unused)
{
	static const size_t sizes[] = { 0, 1, 300000, 5000000, 20000000, 7 };
	struct channel	a, b;
	struct frame	f, g;
	char		*big;
	pid_t		pid;
	int		status;

	(void)unused;
	pair(&a, &b);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)close(a.fd);
		echo(&b);
	}
	channel_close(&b);
	big = xcalloc(1, 20000000);
	for (size_t i = 0; i < 20000000; i++)
		big[i] = (char)(i * 31 >> 7);
	for (size_t i = 0; i < 6; i++) {
		frame_start(&f, FRAME_READ);
		frame_add(&f, big, sizes[i]);
		assert_int_equal(channel_push(&a, &f, &err), RC_OK);
		assert_int_equal(channel_recv(&a, &g, 20000, &err), RC_OK);
		assert_int_equal(g.type, FRAME_REPORT);
		assert_int_equal(g.field[0].len, sizes[i]);
		assert_memory_equal(g.field[0].p, big, sizes[i]);
	}
	channel_close(&a);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	free(big);
}

/* The desk never blocks: what the socket does not take waits in out. */
static void
flush_does_not_block(void **unused)
{
	struct channel	a, b;
	struct frame	f, g;
	char		*big = xcalloc(1, 4000000);
	enum rc		rc;

	(void)unused;
	pair(&a, &b);
	assert_int_equal(fcntl(a.fd, F_SETFL, O_NONBLOCK), 0);
	frame_start(&f, FRAME_READ);
	frame_add(&f, big, 4000000);
	assert_int_equal(channel_queue(&a, &f, &err), RC_OK);
	assert_int_equal(channel_flush(&a, &err), RC_AGAIN);
	assert_true(a.out.len > 0);
	do {
		assert_int_equal(channel_fill(&b, &err), RC_OK);
		rc = channel_flush(&a, &err);
	} while (rc == RC_AGAIN);
	assert_int_equal(rc, RC_OK);
	assert_int_equal(a.out.len, 0);
	assert_int_equal(channel_recv(&b, &g, 1000, &err), RC_OK);
	assert_int_equal(g.field[0].len, 4000000);
	channel_close(&a);
	channel_close(&b);
	free(big);
}

/* At rest nothing is kept for more, and nothing that waits is lost. */
static void
channel_rests_with_what_waits(void **unused)
{
	struct channel	a, b;
	struct frame	f, g;
	char		*some = xcalloc(1, 100000);

	(void)unused;
	pair(&a, &b);
	frame_start(&f, FRAME_MAIL);
	frame_add(&f, some, 100000);
	assert_int_equal(channel_queue(&a, &f, &err), RC_OK);
	assert_int_equal(channel_queue(&a, &f, &err), RC_OK);
	channel_rest(&a);
	assert_true(a.out.len > 200000);
	assert_int_equal(channel_flush(&a, &err), RC_OK);
	channel_rest(&a);
	assert_true(a.out.cap < 1000);

	assert_int_equal(channel_recv(&b, &g, 1000, &err), RC_OK);
	channel_rest(&b);
	assert_int_equal(channel_recv(&b, &g, 1000, &err), RC_OK);
	assert_int_equal(g.field[0].len, 100000);
	channel_rest(&b);
	assert_true(b.in.cap < 1000);
	assert_int_equal(channel_next(&b, &g, &err), RC_AGAIN);
	channel_close(&a);
	channel_close(&b);
	free(some);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(bytes_are_little_endian),
		cmocka_unit_test(numbers_and_missing_fields),
		cmocka_unit_test(cut_anywhere_asks_for_more),
		cmocka_unit_test(hostile_frames_are_refused),
		cmocka_unit_test(damaged_frames_stay_in_bounds),
		cmocka_unit_test(too_large_is_not_built),
		cmocka_unit_test(channel_carries_frames),
		cmocka_unit_test(channel_waits_no_longer_than_told),
		cmocka_unit_test(channel_gives_back_what_a_burst_took),
		cmocka_unit_test(channel_refuses_garbage),
		cmocka_unit_test(channel_survives_a_dead_peer),
		cmocka_unit_test(large_frames_cross),
		cmocka_unit_test(flush_does_not_block),
		cmocka_unit_test(channel_rests_with_what_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
