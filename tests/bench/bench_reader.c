/*
 * bench_reader - the reader alone beside GMime, over the same mails.
 *
 * GMime only parses each mail and decodes its text to UTF-8; the reader also
 * sorts, finds fields, dates and phones and judges category and time.
 */
#include "config.h"

#include <gmime/gmime.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/buf.h"
#include "parse_conf.h"
#include "parsers/report.h"

#define ROUNDS	20000
#define KINDS	4

static const char form[] =
    "臺北市政府秘書處資通安全事件通報單-內部通報用\r\n\r\n"
    "組別：機要組\t用戶端姓名：王小明\t聯絡電話：02-5550-0101 轉 1234\r\n"
    "資通安全發生時間：中華民國96年5月31日上午9時10分\r\n"
    "資通安全通報時間：中華民國96年5月31日上午9時20分\r\n"
    "資通安全事件簡述：個人電腦開機後防毒軟體跳出警示，偵測到蠕蟲病毒，"
    "共用資料夾檔案無法開啟，已先拔除網路線。\r\n\r\n"
    "-- \r\n王小明\r\n電話：02-5550-0199\r\n";

static double
seconds(void)
{
	struct timespec	ts;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void
make_mail(struct buf *b, int kind)
{
	gchar	*b64 = NULL;

	(void)buf_addf(b, "From: staff <staff%d@agency.example>\r\n"
	    "To: incident@agency.example\r\n"
	    "Subject: =?UTF-8?B?6LOH6YCa5a6J5YWo5LqL5Lu26YCa5aCx5Zau?=\r\n"
	    "Date: Thu, 31 May 2007 09:22:10 +0800\r\n"
	    "Message-ID: <bench.%d@agency.example>\r\nMIME-Version: 1.0\r\n",
	    kind, kind);
	if (kind % 2 == 0) {
		(void)buf_puts(b, "Content-Type: text/plain; charset=utf-8\r\n"
		    "Content-Transfer-Encoding: 8bit\r\n\r\n");
		(void)buf_puts(b, form);
	} else {
		b64 = g_base64_encode((const guchar *)form, strlen(form));
		(void)buf_puts(b, "Content-Type: text/plain; charset=utf-8\r\n"
		    "Content-Transfer-Encoding: base64\r\n\r\n");
		for (size_t i = 0; i < strlen(b64); i += 76)
			(void)buf_addf(b, "%.76s\r\n", b64 + i);
		g_free(b64);
	}
}

static size_t
gmime_text(const struct buf *b)
{
	GMimeStream	*in = g_mime_stream_mem_new_with_buffer(b->data,
			    b->len);
	GMimeParser	*p = g_mime_parser_new_with_stream(in);
	GMimeMessage	*m = g_mime_parser_construct_message(p, NULL);
	GMimeObject	*o = g_mime_message_get_mime_part(m);
	size_t		 n = strlen(g_mime_message_get_subject(m));

	if (GMIME_IS_TEXT_PART(o)) {
		char	*s = g_mime_text_part_get_text(GMIME_TEXT_PART(o));

		n += s == NULL ? 0 : strlen(s);
		g_free(s);
	}
	g_object_unref(m);
	g_object_unref(p);
	g_object_unref(in);
	return n;
}

int
main(void)
{
	struct parse_conf	*pc = NULL;
	struct arena		*a = arena_new();
	struct report		 rep;
	struct buf		 mail[KINDS];
	struct err		 err;
	double			 t0, ours, theirs;
	size_t			 sum = 0;

	if (parse_conf_make(NULL, NULL, &pc, &err) != RC_OK) {
		(void)fprintf(stderr, "bench_reader: %s\n", err.text);
		return 1;
	}
	for (int i = 0; i < KINDS; i++) {
		buf_init(&mail[i], 65536);
		make_mail(&mail[i], i);
	}
	t0 = seconds();
	for (int i = 0; i < ROUNDS; i++) {
		memset(&rep, 0, sizeof(rep));
		(void)parse_mail(pc, mail[i % KINDS].data, mail[i % KINDS].len,
		    TIME_NONE, a, &rep, &err);
		if (rep.n_missing != 0) {
			(void)fprintf(stderr, "bench_reader: not read\n");
			return 1;
		}
		arena_reset(a);
	}
	ours = seconds() - t0;
	g_mime_init();
	t0 = seconds();
	for (int i = 0; i < ROUNDS; i++)
		sum += gmime_text(&mail[i % KINDS]);
	theirs = seconds() - t0;
	(void)printf("form mails read\t%.0f/s\tGMime to text %.0f/s\t%.2f x\n",
	    ROUNDS / ours, ROUNDS / theirs, theirs / ours);
	for (int i = 0; i < KINDS; i++)
		buf_free(&mail[i]);
	arena_free(&a);
	parse_conf_free(&pc);
	return sum == 0;
}
