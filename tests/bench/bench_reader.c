/*
 * bench_reader - the reader alone beside GMime, over the same mails.
 *
 * GMime only parses each mail and decodes its parts, texts to UTF-8 and
 * attachments to bytes; the reader also finds the words in HTML and Word's
 * documents, sorts, finds fields, dates and phones and judges category and
 * time.
 *
 * bench_reader			one line for each kind of mail
 * bench_reader flat N		N mails of all kinds in turn: memory at begin
 *				and end
 * bench_reader kind K N	N mails of the K-th kind, from 0: what a machine
 *				that is busy can measure is instructions, under
 *				valgrind --tool=callgrind; those of two runs
 *				differ by what the mails between them cost
 */
#include "config.h"

#include <gmime/gmime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "bench_mails.h"
#include "parse_conf.h"
#include "parsers/report.h"

#define ROUNDS		4		/* the best of them counts */
#define MAILS		5000		/* of a kind in a round */
#define MAIL_MAX	(1024u * 1024)
#define WARM		1000		/* mails before memory is looked at */

static const char *const kinds[BENCH_KINDS] = {
	[BENCH_PLAIN] = "plain text",
	[BENCH_BASE64] = "plain text in base64",
	[BENCH_ALTERNATIVE] = "text and Outlook's HTML",
	[BENCH_HTML] = "Outlook's HTML alone",
	[BENCH_DOCX] = "Word document",
	[BENCH_BIG5] = "plain text in Big5",
	[BENCH_ANSWER] = "answer above our letter",
	[BENCH_BOUNCE] = "bounce",
};

struct bench {
	struct parse_conf	*pc;
	struct arena		*arena;
	struct buf		 mail[BENCH_KINDS];
};

static double
seconds(void)
{
	struct timespec	ts;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static size_t
gmime_bytes(GMimePart *part)
{
	GMimeStream	*null = g_mime_stream_null_new();
	gssize		 n;

	n = g_mime_data_wrapper_write_to_stream(g_mime_part_get_content(part),
	    null);
	g_object_unref(null);
	return n > 0 ? (size_t)n : 0;
}

/* Bytes of decoded text in a part and all below it, or of its content. */
static size_t
gmime_size(GMimeObject *o)
{
	size_t	 sum = 0;
	char	*s;

	if (GMIME_IS_MULTIPART(o)) {
		GMimeMultipart	*m = GMIME_MULTIPART(o);

		for (int i = 0; i < g_mime_multipart_get_count(m); i++)
			sum += gmime_size(g_mime_multipart_get_part(m, i));
		return sum;
	}
	if (!GMIME_IS_TEXT_PART(o))
		return GMIME_IS_PART(o) ? gmime_bytes(GMIME_PART(o)) : 0;
	s = g_mime_text_part_get_text(GMIME_TEXT_PART(o));
	sum = s == NULL ? 0 : strlen(s);
	g_free(s);
	return sum;
}

static size_t
gmime_text(const struct buf *b)
{
	GMimeStream	*in = g_mime_stream_mem_new_with_buffer(b->data,
			    b->len);
	GMimeParser	*p = g_mime_parser_new_with_stream(in);
	GMimeMessage	*m = g_mime_parser_construct_message(p, NULL);
	size_t		 n = strlen(g_mime_message_get_subject(m));

	n += gmime_size(g_mime_message_get_mime_part(m));
	g_object_unref(m);
	g_object_unref(p);
	g_object_unref(in);
	return n;
}

/* Does the report hold what the mail says? */
static int
is_read(const struct report *r, int kind)
{
	const struct field	*status = report_field(r, "status");

	if (kind == BENCH_BOUNCE)
		return r->kind == KIND_BOUNCE && r->n_bounced == 1;
	if (kind == BENCH_ANSWER)
		return r->tracking != NULL && status != NULL && status->known;
	return r->form != NULL && r->n_missing == 0;
}

/* One mail, which must have been read whole. */
static void
read_one(struct bench *b, int kind)
{
	struct report	rep;
	struct err	err;

	memset(&rep, 0, sizeof(rep));
	(void)parse_mail(b->pc, b->mail[kind].data, b->mail[kind].len,
	    TIME_NONE, b->arena, &rep, &err);
	if (!is_read(&rep, kind)) {
		(void)fprintf(stderr, "bench_reader: %s: not read\n",
		    kinds[kind]);
		exit(1);
	}
	arena_reset(b->arena);
}

/* Seconds for a round, ours and theirs; the best of several. */
static void
race(struct bench *b, int kind, double *ours, double *theirs)
{
	double	t;
	size_t	sum = 0;

	*ours = *theirs = 1e9;
	for (int k = 0; k < ROUNDS; k++) {
		t = seconds();
		for (int i = 0; i < MAILS; i++)
			read_one(b, kind);
		t = seconds() - t;
		*ours = t < *ours ? t : *ours;
		t = seconds();
		for (int i = 0; i < MAILS; i++)
			sum += gmime_text(&b->mail[kind]);
		t = seconds() - t;
		*theirs = t < *theirs ? t : *theirs;
	}
	if (sum == 0)
		exit(1);
}

static void
race_all(struct bench *b)
{
	double	ours, theirs;

	g_mime_init();
	for (int i = 0; i < BENCH_KINDS; i++) {
		race(b, i, &ours, &theirs);
		(void)printf("%s, %zu bytes\t%.0f/s\tGMime to text %.0f/s\t"
		    "%.2f x\n", kinds[i], b->mail[i].len, MAILS / ours,
		    MAILS / theirs, theirs / ours);
	}
}

/* Resident memory of this process in KiB. */
static long
resident(void)
{
	FILE	*f = fopen("/proc/self/status", "r");
	char	 line[256];
	long	 kib = -1;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, "VmRSS:", 6) == 0)
			kib = strtol(line + 6, NULL, 10);
	if (f != NULL)
		(void)fclose(f);
	return kib;
}

static void
stay_flat(struct bench *b, long n)
{
	double	t = seconds();
	long	first = 0, last;

	for (long i = 0; i < n; i++) {
		read_one(b, (int)(i % BENCH_KINDS));
		if (i == WARM)
			first = resident();
	}
	t = seconds() - t;
	last = resident();
	(void)printf("RSS after %d and after %ld mails\t%ld, %ld KiB\t"
	    "all kinds in turn, %.0f/s\t%.3f x, aim 1\n", WARM, n, first, last,
	    (double)n / t, (double)last / (double)first);
}

/* The kinds to read and how many mails of all; 0: that is no way to call it. */
static long
asked(int argc, char **argv, int *from, int *to)
{
	*from = 0;
	*to = BENCH_KINDS;
	if (argc == 3 && strcmp(argv[1], "flat") == 0)
		return strtol(argv[2], NULL, 10);
	if (argc != 4 || strcmp(argv[1], "kind") != 0)
		return 0;
	*from = (int)strtol(argv[2], NULL, 10);
	*to = *from + 1;
	return *from < 0 || *to > BENCH_KINDS ? 0 : strtol(argv[3], NULL, 10);
}

int
main(int argc, char **argv)
{
	struct bench	b;
	struct err	err;
	int		from, to;
	long		n = asked(argc, argv, &from, &to);

	memset(&b, 0, sizeof(b));
	if (argc != 1 && n <= (argc == 3 ? WARM : 0)) {
		(void)fprintf(stderr, "usage: bench_reader [flat N | "
		    "kind K N]\n");
		return 2;
	}
	if (parse_conf_make(NULL, NULL, &b.pc, &err) != RC_OK) {
		(void)fprintf(stderr, "bench_reader: %s\n", err.text);
		return 1;
	}
	b.arena = arena_new();
	for (int i = 0; i < BENCH_KINDS; i++) {
		buf_init(&b.mail[i], MAIL_MAX);
		bench_mail(&b.mail[i], (enum bench_kind)i);
	}
	if (n > 0 && to - from == 1)
		for (long i = 0; i < n; i++)
			read_one(&b, from);
	else if (n > 0)
		stay_flat(&b, n);
	else
		race_all(&b);
	for (int i = 0; i < BENCH_KINDS; i++)
		buf_free(&b.mail[i]);
	arena_free(&b.arena);
	parse_conf_free(&b.pc);
	return 0;
}
