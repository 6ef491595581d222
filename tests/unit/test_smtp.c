/* The dialogue in clear text on loopback: what relays do, row by row. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "mail/envelope.h"
#include "mail/reply.h"
#include "mail/smtp.h"
#include "scripted.h"

#define FROM	"incident@agency.test"
#define TO	"oncall@city.test"
#define BODY	"Subject: x\r\n\r\nbody\r\n"

#define HELLO								\
	"accept\nS 220 relay.test ESMTP\nC EHLO courier.test\n"		\
	"S 250 relay.test\n"
#define MAIL	"C MAIL FROM:<" FROM ">\n"
#define RCPT	"C RCPT TO:<" TO ">\n"
#define TAKE	MAIL "S 250 2.1.0 ok\n" RCPT "S 250 2.1.5 ok\n" \
	"C DATA\nS 354 go\nM\nS 250 2.0.0 Ok: queued as 4ABC123\n"
#define TILL_354 MAIL "S 250 ok\n" RCPT "S 250 ok\nC DATA\n"
#define TILL_DOT TILL_354 "S 354 go\nM\n"
#define RSET	"C RSET\nS 250 ok\n"

struct session {
	struct scripted		 server;
	struct conf_relay	 relay;
	char			 url[64];
	struct smtp		*smtp;
	struct smtp_result	 r;
};

static void
open_at(struct session *s, int port)
{
	struct err	err;

	memset(&s->relay, 0, sizeof(s->relay));
	(void)snprintf(s->url, sizeof(s->url), "smtp://127.0.0.1:%d", port);
	s->relay.name = "test";
	s->relay.url = s->url;
	s->relay.cleartext = 1;
	s->relay.timeout = 1;
	assert_int_equal(smtp_new(&s->relay, "courier.test", &s->smtp, &err),
	    RC_OK);
}

static void
begin(struct session *s, const char *script)
{
	scripted_start(&s->server, script, NULL);
	open_at(s, s->server.port);
}

static void
end(struct session *s)
{
	smtp_free(&s->smtp);
	scripted_end(&s->server);
}

static void
send_one(struct session *s)
{
	smtp_send(s->smtp, FROM, TO, NULL, BODY, strlen(BODY), &s->r);
}

/* One mail; what is wanted of its result. */
static const struct row {
	const char	*name, *script;
	enum rc		 rc;
	int		 code, unknown, relay_fault;
	const char	*step, *status, *text;	/* text: contained */
} rows[] = {
	{ "accepted", HELLO TAKE, RC_OK, 250, 0, 0, "dot", "2.0.0",
	    "2.0.0 Ok: queued as 4ABC123" },
	/* S1: greylisting, anywhere */
	{ "450 at MAIL", HELLO MAIL "S 450 4.7.1 greylisted\n",
	    RC_AGAIN, 450, 0, 0, "mail", "4.7.1", "greylisted" },
	{ "450 at RCPT", HELLO MAIL "S 250 ok\n" RCPT
	    "S 450 4.2.0 come back in 5 minutes\n", RC_AGAIN, 450, 0, 0,
	    "rcpt", "4.2.0", "come back" },
	{ "451 at DATA", HELLO MAIL "S 250 ok\n" RCPT "S 250 ok\nC DATA\n"
	    "S 451 4.7.1 later\n", RC_AGAIN, 451, 0, 0, "data", "4.7.1",
	    "later" },
	{ "451 at the dot", HELLO TILL_DOT "S 451 4.7.1 later\n",
	    RC_AGAIN, 451, 0, 0, "dot", "4.7.1", "later" },
	{ "422 at RCPT", HELLO MAIL "S 250 ok\n" RCPT "S 422 full\n",
	    RC_AGAIN, 422, 0, 0, "rcpt", "", "full" },
	{ "421 at MAIL, new", HELLO MAIL "S 421 4.3.2 closing\n",
	    RC_AGAIN, 421, 0, 1, "mail", "4.3.2", "closing" },
	{ "421 at the dot", HELLO TILL_DOT "S 421 4.3.0 sorry\n",
	    RC_AGAIN, 421, 0, 1, "dot", "4.3.0", "sorry" },
	{ "421 greeting", "accept\nS 421 4.3.2 too busy\n",
	    RC_AGAIN, 0, 0, 1, "connect", "", "421" },
	/* S4, S5: final */
	{ "550 at RCPT", HELLO MAIL "S 250 ok\n" RCPT
	    "S 550 5.1.1 no such user\n", RC_REFUSED, 550, 0, 0, "rcpt",
	    "5.1.1", "no such user" },
	{ "550 at RCPT, for us", HELLO MAIL "S 250 ok\n" RCPT
	    "S 550 relay not permitted\n", RC_AGAIN, 550, 0, 0, "rcpt", "",
	    "not permitted" },
	{ "501 at RCPT", HELLO MAIL "S 250 ok\n" RCPT "S 501 bad address\n",
	    RC_REFUSED, 501, 0, 0, "rcpt", "", "bad address" },
	{ "550 at MAIL", HELLO MAIL "S 550 5.7.1 not you\n",
	    RC_REFUSED, 550, 0, 1, "mail", "5.7.1", "not you" },
	{ "552 at MAIL", HELLO MAIL "S 552 5.3.4 too big\n",
	    RC_REFUSED, 552, 0, 0, "mail", "5.3.4", "too big" },
	{ "555 at MAIL", HELLO MAIL "S 555 5.5.4 what parameter?\n",
	    RC_REFUSED, 555, 0, 0, "mail", "5.5.4", "parameter" },
	{ "554 at the dot", HELLO TILL_DOT "S 554 5.7.1 spam\n",
	    RC_REFUSED, 554, 0, 0, "dot", "5.7.1", "spam" },
	{ "554 greeting", "accept\nS 554 no service here\n",
	    RC_REFUSED, 0, 0, 1, "connect", "", "554" },
	/* S6: after the dot nobody knows */
	{ "lost after the dot", HELLO TILL_DOT "close\n",
	    RC_AGAIN, 0, 1, 1, "dot", "", "clos" },
	{ "silence after the dot", HELLO TILL_DOT "idle\n",
	    RC_AGAIN, 0, 1, 1, "dot", "", "time is over" },
	{ "half an answer to the dot", HELLO TILL_DOT "s 250 2.0.0 o\nclose\n",
	    RC_AGAIN, 0, 1, 1, "dot", "", "clos" },
	{ "garbage after the dot", HELLO TILL_DOT "S hello?\n",
	    RC_AGAIN, 0, 1, 1, "dot", "", "not an SMTP reply" },
	{ "354 again after the dot", HELLO TILL_DOT "S 354 more\n",
	    RC_AGAIN, 0, 1, 1, "dot", "", "does not belong" },
	/* before the dot everybody knows */
	{ "lost at MAIL", HELLO MAIL "close\n",
	    RC_AGAIN, 0, 0, 1, "mail", "", "clos" },
	{ "lost at RCPT", HELLO MAIL "S 250 ok\n" RCPT "close\n",
	    RC_AGAIN, 0, 0, 1, "rcpt", "", "clos" },
	{ "lost at DATA", HELLO MAIL "S 250 ok\n" RCPT "S 250 ok\nC DATA\n"
	    "close\n", RC_AGAIN, 0, 0, 1, "data", "", "clos" },
	{ "silence at RCPT", HELLO MAIL "S 250 ok\n" RCPT "idle\n",
	    RC_AGAIN, 0, 0, 1, "rcpt", "", "time is over" },
	{ "no greeting", "accept\nidle\n", RC_AGAIN, 0, 0, 1, "connect", "",
	    "" },
	/* S11: Microsoft */
	{ "432 connections", HELLO MAIL
	    "S 432 4.3.2 Concurrent connections limit exceeded\n",
	    RC_AGAIN, 432, 0, 1, "mail", "4.3.2", "Concurrent" },
	{ "452 no space", HELLO MAIL "S 452 4.3.1 no space\n",
	    RC_AGAIN, 452, 0, 1, "mail", "4.3.1", "no space" },
	{ "530 at MAIL", HELLO MAIL "S 530 5.7.0 Authentication required\n",
	    RC_REFUSED, 530, 0, 1, "mail", "5.7.0", "Authentication" },
	{ "554 quota at the dot", HELLO TILL_DOT
	    "S 554 5.2.0 STOREDRV.Submission; SubmissionQuotaExceeded\n",
	    RC_REFUSED, 554, 0, 0, "dot", "5.2.0", "Quota" },
	/* said before the dot: a no counts, a yes is no receipt */
	{ "250 before the dot", HELLO TILL_354 "s 354 go\\r\\n250 2.0.0 taken"
	    "\\r\\n\nidle\n", RC_AGAIN, 0, 0, 1, "data", "", "belong" },
	{ "552 before the dot", HELLO TILL_354 "s 354 go\\r\\n552 5.3.4 big"
	    "\\r\\n\nidle\n", RC_REFUSED, 552, 0, 0, "data", "5.3.4", "big" },
	{ "451 before the dot", HELLO TILL_354 "s 354 go\\r\\n451 4.3.0 later"
	    "\\r\\n\nidle\n", RC_AGAIN, 451, 0, 0, "data", "4.3.0", "later" },
	{ "421 before the dot", HELLO TILL_354 "s 354 go\\r\\n421 4.3.2 bye"
	    "\\r\\n\nidle\n", RC_AGAIN, 421, 0, 1, "data", "4.3.2", "bye" },
	/* S13: SIZE */
	{ "SIZE is too small", "accept\nS 220 x\nC EHLO\n"
	    "S 250-x\nS 250 SIZE 10\n", RC_REFUSED, 0, 0, 0, "mail", "",
	    "the server takes 10" },
	{ "SIZE without a limit", "accept\nS 220 x\nC EHLO\n"
	    "S 250-x\nS 250 SIZE\n" "C MAIL FROM:<" FROM "> SIZE=20\n"
	    "S 250 ok\n" RCPT "S 250 ok\nC DATA\nS 354 go\nM\nS 250 ok\n",
	    RC_OK, 250, 0, 0, "dot", "", "ok" },
	{ "552 at the dot", HELLO TILL_DOT "S 552 5.3.4 too big\n",
	    RC_REFUSED, 552, 0, 0, "dot", "5.3.4", "too big" },
	/* S14 */
	{ "554 at DATA", HELLO MAIL "S 250 ok\n" RCPT "S 250 ok\nC DATA\n"
	    "S 554 5.5.1 no valid recipients\n", RC_REFUSED, 554, 0, 0,
	    "data", "5.5.1", "no valid" },
	{ "250 at DATA", HELLO MAIL "S 250 ok\n" RCPT "S 250 ok\nC DATA\n"
	    "S 250 what?\n", RC_AGAIN, 0, 0, 1, "data", "", "belong" },
	/* replies as the network and bad servers make them */
	{ "reply in pieces", HELLO MAIL "s 25\nsleep 50\ns 0-2.1.0 one\\r\n"
	    "sleep 50\ns \\n250-2.1.0 two\\r\\n250 2.1.0 three\\r\\n\n" RCPT
	    "S 550-5.1.1 first\nS 550-5.1.1 second\nS 550 5.1.1 third\n",
	    RC_REFUSED, 550, 0, 0, "rcpt", "5.1.1",
	    "5.1.1 first second third" },
	{ "bare LF ends a line", HELLO MAIL "s 250 ok\\n\n" RCPT
	    "s 550 no\\n\n", RC_REFUSED, 550, 0, 0, "rcpt", "", "no" },
	{ "a code alone", HELLO MAIL "S 250\n" RCPT "S 550\n",
	    RC_REFUSED, 550, 0, 0, "rcpt", "", "" },
	{ "two codes in one", HELLO MAIL "S 250-ok\nS 550 no\n",
	    RC_AGAIN, 0, 0, 1, "mail", "", "two codes" },
	{ "no code", HELLO MAIL "S ok\n", RC_AGAIN, 0, 0, 1, "mail", "",
	    "not an SMTP reply: ok" },
	{ "code of four digits", HELLO MAIL "S 2500 ok\n",
	    RC_AGAIN, 0, 0, 1, "mail", "", "not an SMTP reply" },
	{ "code 650", HELLO MAIL "S 650 ok\n",
	    RC_AGAIN, 0, 0, 1, "mail", "", "not an SMTP reply" },
	{ "a NUL", HELLO MAIL "s 250 o\\0k\\r\\n\n",
	    RC_AGAIN, 0, 0, 1, "mail", "", "NUL" },
	{ "two replies to one command", HELLO MAIL
	    "s 250 ok\\r\\n250 ok\\r\\n\n",
	    RC_AGAIN, 0, 0, 1, "rcpt", "", "more than it was asked" },
	{ "trickle", HELLO MAIL "trickle 150 250 ok, but slow\n",
	    RC_AGAIN, 0, 0, 1, "mail", "", "time is over" },
	{ "HELO only", "accept\nS 220 x\nC EHLO\n"
	    "S 502 what?\nC HELO courier.test\nS 250 x\n" TAKE,
	    RC_OK, 250, 0, 0, "dot", "2.0.0", "queued" },
	{ "no hello at all", "accept\nS 220 x\nC EHLO\n"
	    "S 550 5.7.1 go away\nC HELO courier.test\nS 550 go away\n",
	    RC_REFUSED, 0, 0, 1, "connect", "", "550 go away" },
};

static void
check(const struct row *w, const struct smtp_result *r)
{
	if (r->rc != w->rc || r->code != w->code || r->unknown != w->unknown ||
	    r->relay_fault != w->relay_fault)
		fail_msg("%s: got %s %d unknown=%d fault=%d (%s), want %s %d "
		    "%d %d", w->name, rc_name(r->rc), r->code, r->unknown,
		    r->relay_fault, r->text, rc_name(w->rc), w->code,
		    w->unknown, w->relay_fault);
	if (strcmp(r->step, w->step) != 0 || strcmp(r->status, w->status) != 0)
		fail_msg("%s: got step \"%s\" status \"%s\", want \"%s\" "
		    "\"%s\"", w->name, r->step, r->status, w->step, w->status);
	if (strstr(r->text, w->text) == NULL)
		fail_msg("%s: got \"%s\", want \"%s\" in it", w->name,
		    r->text, w->text);
}

static void
every_row(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct session	s;
		int64_t		t = clock_mono_ms();

		begin(&s, rows[i].script);
		send_one(&s);
		if (clock_mono_ms() - t > 4500)
			fail_msg("%s: took %d ms", rows[i].name,
			    (int)(clock_mono_ms() - t));
		check(&rows[i], &s.r);
		if (strncmp(s.r.peer, "127.0.0.1:", 10) != 0)
			fail_msg("%s: peer %s", rows[i].name, s.r.peer);
		if (rows[i].rc != RC_OK && s.r.queue_id[0] != '\0')
			fail_msg("%s: queue id %s", rows[i].name,
			    s.r.queue_id);
		end(&s);
	}
}

/* Two mails: the first is accepted unless said, the second tells. */
static const struct {
	const char	*name, *script;
	enum rc		 first, second;
	int		 connections;
} pairs[] = {
	{ "reuse", HELLO TAKE TAKE, RC_OK, RC_OK, 1 },
	/* S2 */
	{ "421 waiting", HELLO TAKE "S 421 4.4.2 idle\nclose\n" HELLO TAKE,
	    RC_OK, RC_OK, 2 },
	{ "421 at MAIL", HELLO TAKE MAIL "S 421 4.3.2 bye\n" HELLO TAKE,
	    RC_OK, RC_OK, 2 },
	{ "421 to RSET", HELLO MAIL "S 250 ok\n" RCPT "S 550 no\n"
	    "C RSET\nS 421 bye\n" HELLO TAKE, RC_REFUSED, RC_OK, 2 },
	{ "closed while idle", HELLO TAKE "close\n" HELLO TAKE,
	    RC_OK, RC_OK, 2 },
	{ "silent when reused", HELLO TAKE MAIL "sleep 1500\n" HELLO TAKE,
	    RC_OK, RC_OK, 2 },
	{ "only once anew", HELLO TAKE MAIL "S 421 bye\n" HELLO MAIL
	    "S 421 bye again\n", RC_OK, RC_AGAIN, 2 },
	/* S3 */
	{ "451 4.4.2 at MAIL", HELLO TAKE MAIL
	    "S 451 4.4.2 Timeout waiting for data from client.\n" HELLO TAKE,
	    RC_OK, RC_OK, 2 },
	/* S4, S14: the next one is not harmed */
	{ "550, then another", HELLO MAIL "S 250 ok\n" RCPT "S 550 no\n" RSET
	    TAKE, RC_REFUSED, RC_OK, 1 },
	{ "554 at DATA, then another", HELLO MAIL "S 250 ok\n" RCPT
	    "S 250 ok\nC DATA\nS 554 no\n" RSET TAKE, RC_REFUSED, RC_OK, 1 },
	{ "554 at the dot, then another", HELLO TILL_DOT "S 554 no\n" RSET
	    TAKE, RC_REFUSED, RC_OK, 1 },
	{ "450 at MAIL, then another", HELLO MAIL "S 450 later\n" RSET TAKE,
	    RC_AGAIN, RC_OK, 1 },
	/* a late answer is never the next mail's */
	{ "late answer to the dot", HELLO TILL_DOT
	    "sleep 3300\nS 552 late\n" HELLO TAKE, RC_AGAIN, RC_OK, 2 },
	{ "two answers to the dot", HELLO TILL_DOT
	    "s 250 ok\\r\\n552 no\\r\\n\n" HELLO TAKE, RC_OK, RC_OK, 2 },
	{ "250 said while idle", HELLO TAKE "S 250 hi\ngone\n" HELLO TAKE,
	    RC_OK, RC_OK, 2 },
	/* an unknown one on an old connection is not sent again by us */
	{ "lost after the second dot", HELLO TAKE TILL_DOT "close\n",
	    RC_OK, RC_AGAIN, 1 },
};

static void
every_pair(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct session	s;

		begin(&s, pairs[i].script);
		send_one(&s);
		if (s.r.rc != pairs[i].first)
			fail_msg("%s: first: %s %s", pairs[i].name,
			    rc_name(s.r.rc), s.r.text);
		/* let what the server says unasked arrive */
		if (strstr(pairs[i].name, "421 w") != NULL ||
		    strstr(pairs[i].name, "idle") != NULL)
			assert_int_equal(system("sleep 0.2"), 0);
		send_one(&s);
		if (s.r.rc != pairs[i].second)
			fail_msg("%s: second: %s %s", pairs[i].name,
			    rc_name(s.r.rc), s.r.text);
		if (strstr(pairs[i].name, "lost") != NULL &&
		    (!s.r.unknown || strcmp(s.r.step, "dot") != 0))
			fail_msg("%s: %s", pairs[i].name, s.r.step);
		if (s.r.rc == RC_OK && s.r.relay_fault)
			fail_msg("%s: accepted and at fault", pairs[i].name);
		if (s.server.page->connections != pairs[i].connections)
			fail_msg("%s: %d connections", pairs[i].name,
			    s.server.page->connections);
		end(&s);
	}
}

/* S15 */
static void
goodbyes(void **unused)
{
	static const char *const ends[] = {
		"C QUIT\nS 221 bye\n", "C QUIT\nclose\n", "close\n",
		"C QUIT\nidle\n", "C QUIT\nS 500 what?\n"
	};
	char	script[1024];

	(void)unused;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct session	s;
		int64_t		t;

		(void)snprintf(script, sizeof(script), "%s%s%s", HELLO, TAKE,
		    ends[i]);
		begin(&s, script);
		send_one(&s);
		assert_int_equal(s.r.rc, RC_OK);
		assert_string_equal(s.r.queue_id, "4ABC123");
		t = clock_mono_ms();
		smtp_quit(s.smtp);
		smtp_quit(s.smtp);
		assert_true(clock_mono_ms() - t < 2500);
		end(&s);
	}
}

static void
nobody_listens(void **unused)
{
	struct session	s;

	(void)unused;
	begin(&s, "accept\n");
	scripted_kill(&s.server);
	send_one(&s);
	assert_int_equal(s.r.rc, RC_AGAIN);
	assert_int_equal(s.r.relay_fault, 1);
	assert_int_equal(s.r.unknown, 0);
	assert_string_equal(s.r.step, "connect");
	end(&s);
}

static void
long_and_many_lines(void **unused)
{
	char		script[70000], *p;
	struct session	s;

	(void)unused;
	p = stpcpy(script, HELLO MAIL "S 250 ");
	memset(p, 'x', 3000);
	p[3000] = '\0';
	begin(&s, script);
	send_one(&s);
	assert_int_equal(s.r.rc, RC_AGAIN);
	assert_non_null(strstr(s.r.text, "more than 2048 bytes"));
	end(&s);

	p = stpcpy(script, HELLO MAIL);
	for (int i = 0; i < 5000; i++)
		p = stpcpy(p, "S 250-x\n");
	begin(&s, script);
	send_one(&s);
	assert_int_equal(s.r.rc, RC_AGAIN);
	assert_non_null(strstr(s.r.text, "more than 200 lines"));
	end(&s);
}

/* RFC 3461 */
static void
dsn(void **unused)
{
	struct session	s;

	(void)unused;
	begin(&s, "accept\nS 220 x\nC EHLO\nS 250-x\nS 250-DSN"
	    "\nS 250 SIZE 1000\n"
	    "C MAIL FROM:<" FROM "> SIZE=20 RET=HDRS ENVID=7.a+2Bb+3Dc\n"
	    "S 250 ok\n"
	    "C RCPT TO:<a+b=c@city.test> NOTIFY=SUCCESS,FAILURE,DELAY "
	    "ORCPT=rfc822;a+2Bb+3Dc@city.test\n"
	    "S 250 ok\nC DATA\nS 354 go\nM\nS 250 ok\n"
	    "C MAIL FROM:<> SIZE=20 RET=HDRS\nS 250 ok\n"
	    "C RCPT TO:<" TO "> NOTIFY=FAILURE,DELAY ORCPT=rfc822;" TO "\n"
	    "S 250 ok\nC DATA\nS 354 go\nM\nS 250 ok\n");
	smtp_send(s.smtp, FROM, "a+b=c@city.test", "7.a+b=c", BODY,
	    strlen(BODY), &s.r);
	assert_int_equal(s.r.rc, RC_OK);
	smtp_send(s.smtp, "", TO, NULL, BODY, strlen(BODY), &s.r);
	assert_int_equal(s.r.rc, RC_OK);
	end(&s);
}

/* S9: what arrives is what was meant, and nothing else. */
static void
dots(void **unused)
{
	static const struct { const char *in, *wire; } t[] = {
		{ ".\r\n", "..\r\n" },
		{ "a\r\n.\r\nb\r\n", "a\r\n..\r\nb\r\n" },
		{ "..\r\n.x\r\n", "...\r\n..x\r\n" },
		{ "no end", "no end\r\n" },
		{ "a\r\n.", "a\r\n..\r\n" },
		{ "", "" },
		{ "x.\r\n\r\n.\r\n", "x.\r\n\r\n..\r\n" },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct session	s;

		begin(&s, HELLO TAKE "C QUIT\nS 221 bye\n");
		smtp_send(s.smtp, FROM, TO, NULL, t[i].in, strlen(t[i].in),
		    &s.r);
		assert_int_equal(s.r.rc, RC_OK);
		smtp_quit(s.smtp);
		assert_int_equal(s.server.page->len, strlen(t[i].wire));
		assert_memory_equal(s.server.page->kept, t[i].wire,
		    strlen(t[i].wire));
		end(&s);
	}
}

static void
large_message(void **unused)
{
	size_t		 n = 0, lines = 20000;
	char		*m = test_malloc(lines * 80);
	struct session	 s;

	(void)unused;
	for (size_t i = 0; i < lines; i++)
		n += (size_t)sprintf(m + n, "%s%05zu%060zu\r\n",
		    i % 3 ? "" : ".", i, i);
	begin(&s, HELLO TAKE);
	smtp_send(s.smtp, FROM, TO, NULL, m, n, &s.r);
	assert_int_equal(s.r.rc, RC_OK);
	assert_int_equal(s.server.page->len, n + (lines + 2) / 3);
	end(&s);
	test_free(m);
}

/* Nothing of this reaches the wire: the server sees no connection. */
static void
refused_before(void **unused)
{
	static const struct { const char *from, *to, *envid, *body; } t[] = {
		{ FROM, "a@b.test\r\nRSET", NULL, BODY },
		{ FROM, "a@b.test\nRSET", NULL, BODY },
		{ FROM, "a@b.test> NOTIFY=NEVER", NULL, BODY },
		{ FROM, "a b@c.test", NULL, BODY },
		{ FROM, "<a@b.test>", NULL, BODY },
		{ FROM, "\xe8\xad\xa6@b.test", NULL, BODY },	/* S8 */
		{ FROM, "a@\xe8\xad\xa6.test", NULL, BODY },
		{ FROM, "nobody", NULL, BODY },
		{ FROM, "@b.test", NULL, BODY },
		{ FROM, "a@", NULL, BODY },
		{ FROM, "", NULL, BODY },
		{ "x\r@y.test", TO, NULL, BODY },
		{ "nobody", TO, NULL, BODY },
		{ FROM, TO, "a b", BODY },
		{ FROM, TO, "a\r\nb", BODY },
		{ FROM, TO, "", BODY },
		{ FROM, TO, NULL, "bare\nLF\r\n" },		/* S9 */
		{ FROM, TO, NULL, "bare\rCR\r\n" },
		{ FROM, TO, NULL, "x\r\n.\rMAIL FROM:<a@b>\r\n" },
		{ FROM, TO, NULL, "ends in CR\r" },
		{ FROM, TO, NULL, "8-bit \xa4\xa4\r\n" },
	};
	struct session	s;
	char		longer[1100];

	(void)unused;
	begin(&s, "accept\n");
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		smtp_send(s.smtp, t[i].from, t[i].to, t[i].envid, t[i].body,
		    strlen(t[i].body), &s.r);
		if (s.r.rc != RC_REFUSED || s.r.relay_fault ||
		    strcmp(s.r.step, "check") != 0)
			fail_msg("row %zu: %s %s %s", i, rc_name(s.r.rc),
			    s.r.step, s.r.text);
	}
	smtp_send(s.smtp, FROM, TO, NULL, "a\0b", 3, &s.r);
	assert_int_equal(s.r.rc, RC_REFUSED);
	memset(longer, 'x', sizeof(longer));			/* S10 */
	smtp_send(s.smtp, FROM, TO, NULL, longer, sizeof(longer), &s.r);
	assert_int_equal(s.r.rc, RC_REFUSED);
	memcpy(longer + 1090, "@b.test", 8);
	smtp_send(s.smtp, FROM, longer, NULL, BODY, strlen(BODY), &s.r);
	assert_int_equal(s.r.rc, RC_REFUSED);
	assert_int_equal(s.server.page->connections, 0);
	smtp_free(&s.smtp);
	scripted_kill(&s.server);
	scripted_end(&s.server);
}

static void
bad_configuration(void **unused)
{
	struct conf_relay	r = { .name = "r", .url = "smtp://h",
				    .timeout = 1 };
	struct smtp		*s;
	struct err		 err;

	(void)unused;
	assert_int_equal(smtp_new(&r, "a b", &s, &err), RC_REFUSED);
	assert_int_equal(smtp_new(&r, "a\r\nRSET", &s, &err), RC_REFUSED);
	assert_int_equal(smtp_new(&r, "", &s, &err), RC_REFUSED);
	assert_int_equal(smtp_new(&r, NULL, &s, &err), RC_REFUSED);
	r.auth = AUTH_LOGIN;
	r.user = "u";
	r.password_file = "/nonexistent/password";
	assert_int_equal(smtp_new(&r, "h.test", &s, &err), RC_REFUSED);
	assert_null(s);
	r.url = NULL;
	assert_int_equal(smtp_new(&r, "h.test", &s, &err), RC_REFUSED);
}

static void
queue_ids(void **unused)
{
	static const struct { const char *text, *id; } t[] = {
		{ "2.0.0 Ok: queued as 4XyZ12abc", "4XyZ12abc" },
		{ "OK id=1rABCd-0000xy-2Z", "1rABCd-0000xy-2Z" },
		{ "2.0.0 x123AbCd004567 Message accepted for delivery",
		    "x123AbCd004567" },
		{ "2.6.0 <a@b> [InternalId=4711, Hostname=X.PROD] 1234 bytes "
		    "in 0.1 Queued mail for delivery", "4711" },
		{ "2.0.0 OK  1700000000 d9443c01a7336-abc.12 - gsmtp",
		    "1700000000" },
		{ "Ok 0100018cabcdef-1234-000000",
		    "0100018cabcdef-1234-000000" },
		{ "Ok: queued as ABCDEF12.", "ABCDEF12" },
		{ "Message accepted", "" },
		{ "2.0.0 Ok", "" },
		{ "", "" },
		{ "queued as ", "" },
	};
	char	id[64];

	(void)unused;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		if (strcmp(reply_queue_id(t[i].text, id, sizeof(id)),
		    t[i].id) != 0)
			fail_msg("\"%s\": got \"%s\", want \"%s\"", t[i].text,
			    id, t[i].id);
	assert_string_equal(reply_queue_id("queued as 1234567890", id, 6),
	    "12345");
}

/* As servers say that they carry nothing for us, and that they refuse one. */
static void
denials(void **unused)
{
	static const struct { int denies, code; const char *status, *text; }
	t[] = {
		{ 1, 554, "5.7.1", "<a@b.test>: Relay access denied" },
		{ 1, 454, "4.7.1", "<a@b.test>: Relay access denied" },
		{ 1, 553, "5.7.1", "<x@y.test>: Sender address rejected: not "
		    "owned by user u" },
		{ 1, 550, "5.7.1", "<a@b.test>... Relaying denied. Proper "
		    "authentication required." },
		{ 1, 550, "", "relay not permitted" },
		{ 1, 550, "5.7.54", "SMTP; Unable to relay recipient in "
		    "non-accepted domain" },
		{ 1, 550, "5.7.57", "Client not authenticated to send mail" },
		{ 1, 553, "", "sorry, that domain isn't in my list of allowed "
		    "rcpthosts (#5.7.1)" },
		{ 1, 530, "5.7.0", "Must issue a STARTTLS command first" },
		{ 1, 535, "", "no" }, { 1, 538, "5.7.11", "encrypt first" },
		{ 1, 553, "5.1.8", "Domain of sender address does not exist" },
		{ 0, 550, "5.1.1", "no such user" },
		{ 0, 550, "5.1.1", "undeliverable address: host mx said: 554 "
		    "5.7.1 Relay access denied" },
		{ 0, 550, "5.7.1", "only members may write to this list" },
		{ 0, 552, "5.2.2", "mailbox full" },
		{ 0, 450, "4.7.1", "greylisted" },
		{ 0, 450, "4.1.8", "sender domain not found" },
		{ 0, 250, "2.1.5", "ok, will relay" },
		{ 1, 550, "", "relay.example.tw: we do not relay." },
		{ 1, 550, "5.7.1", "Unable to relay for a@b.test" },
		{ 0, 550, "", "no such user (relay2.example.tw)" },
		{ 0, 550, "", "mail-relay.example.tw: user unknown" },
		{ 0, 550, "", "<relay@b.test>: user unknown" },
		{ 0, 550, "5.7.1", "<relay_1@b.test>: members only" },
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		if (reply_denies(t[i].code, t[i].status, t[i].text) !=
		    t[i].denies)
			fail_msg("\"%d %s %s\": want %d", t[i].code,
			    t[i].status, t[i].text, t[i].denies);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(queue_ids),
		cmocka_unit_test(denials),
		cmocka_unit_test(bad_configuration),
		cmocka_unit_test(refused_before),
		cmocka_unit_test(every_row),
		cmocka_unit_test(every_pair),
		cmocka_unit_test(goodbyes),
		cmocka_unit_test(nobody_listens),
		cmocka_unit_test(long_and_many_lines),
		cmocka_unit_test(dsn),
		cmocka_unit_test(dots),
		cmocka_unit_test(large_message),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
