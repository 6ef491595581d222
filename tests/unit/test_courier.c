/* The courier as the desk sees it: jobs in, receipts out. */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/clock.h"
#include "base/frame.h"
#include "base/log.h"
#include "courier.h"
#include "scripted.h"

#define BODY	"Subject: x\r\n\r\n.dot\r\nend\r\n"
#define HELLO								\
	"accept\nS 220 relay.test ESMTP\nC EHLO agency.test\n"		\
	"S 250 relay.test\n"
#define TILL_RCPT HELLO "C MAIL FROM:<a@b.test>\nS 250 ok\n" \
	"C RCPT TO:<c@d.test>\n"
#define TILL_DOT TILL_RCPT "S 250 ok\nC DATA\nS 354 go\nM\n"

struct house {
	struct conf		 conf;
	struct conf_relay	 relays[2];
	struct conf_role	 role;
	struct channel		 desk;
	pid_t			 pid;
	char			 url[2][64];
};

static char	box[64];

static void
house_plan(struct house *h)
{
	memset(h, 0, sizeof(*h));
	h->conf.domain = "agency.test";
	h->conf.relays = h->relays;
	h->conf.roles = &h->role;
	h->role.name = "ncert";
	for (int i = 0; i < 2; i++) {
		h->relays[i].name = i == 0 ? "first" : "second";
		h->relays[i].cleartext = 1;
		h->relays[i].timeout = 1;
	}
}

static void
relay_at(struct house *h, int i, int port)
{
	(void)snprintf(h->url[i], sizeof(h->url[i]), "smtp://127.0.0.1:%d",
	    port);
	h->relays[i].url = h->url[i];
	h->conf.n_relays = (size_t)i + 1;
}

static void
house_open(struct house *h)
{
	int	fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    fd), 0);
	h->pid = fork();
	assert_int_not_equal(h->pid, -1);
	if (h->pid == 0) {
		struct channel	c;

		(void)alarm(30);
		(void)close(fd[0]);
		channel_init(&c, fd[1]);
		_exit(courier_main(&c, &h->conf));
	}
	(void)close(fd[1]);
	channel_init(&h->desk, fd[0]);
}

static int
house_status(struct house *h)
{
	int	status;

	assert_int_equal(waitpid(h->pid, &status, 0), h->pid);
	assert_true(WIFEXITED(status));
	channel_close(&h->desk);
	return WEXITSTATUS(status);
}

static void
say(struct house *h, enum frame_type type, int64_t id, const char *json,
    const char *content)
{
	struct frame	f;
	struct err	err;

	frame_start(&f, type);
	if (type != FRAME_QUIT)
		frame_num(&f, id);
	if (json != NULL) {
		frame_str(&f, json);
		frame_str(&f, content);
	}
	assert_int_equal(channel_queue(&h->desk, &f, &err), RC_OK);
}

static void
flush(struct house *h)
{
	struct err	err;

	assert_int_equal(channel_flush(&h->desk, &err), RC_OK);
}

static enum frame_type
hear(struct house *h, int64_t *id, json_t **o)
{
	struct frame	f;
	struct err	err;

	if (channel_recv(&h->desk, &f, 10000, &err) != RC_OK)
		fail_msg("no answer: %s", err.text);
	*o = NULL;
	assert_int_equal(frame_int(&f, 0, id), 0);
	if (f.type == FRAME_RECEIPT) {
		*o = json_loadb(f.field[1].p, f.field[1].len, 0, NULL);
		assert_true(json_is_object(*o));
	}
	return f.type;
}

static void
house_close(struct house *h)
{
	say(h, FRAME_QUIT, 0, NULL, NULL);
	flush(h);
	assert_int_equal(house_status(h), 0);
}

#define SMTP_JOB "{\"channel\":\"smtp\",\"from\":\"a@b.test\",\"to\":" \
	"\"c@d.test\",\"role\":\"ncert\",\"message_id\":\"<1@b.test>\"," \
	"\"now\":1700000000}"
#define HTTP_JOB "{\"channel\":\"http\",\"to\":\"x\",\"role\":\"ncert\"," \
	"\"message_id\":\"<1@b.test>\",\"now\":1700000000}"

/* One job; its receipt, which the caller frees. */
static json_t *
job(struct house *h, const char *json, const char *content)
{
	int64_t	id;
	json_t	*o;

	say(h, FRAME_JOB, 7, json, content);
	flush(h);
	assert_int_equal(hear(h, &id, &o), FRAME_RECEIPT);
	assert_int_equal(id, 7);
	return o;
}

static const char *
text(const json_t *o, const char *name)
{
	const char	*s = json_string_value(json_object_get(o, name));

	return s == NULL ? "(none)" : s;
}

static void
want(const char *what, json_t *o, const char *result, int fault,
    const char *relay)
{
	if (strcmp(text(o, "result"), result) != 0 ||
	    json_is_true(json_object_get(o, "relay_fault")) != fault ||
	    strcmp(text(o, "relay"), relay) != 0) {
		char	*s = json_dumps(o, 0);

		fail_msg("%s: %s", what, s);
	}
	json_decref(o);
}

/* The only file in box/address/new, as a string; "" when there is none. */
static char *
in_box(const char *address, char *to, size_t size)
{
	char		 path[1024];
	struct dirent	*e;
	FILE		*f;
	DIR		*d;
	size_t		 n = 0;

	(void)snprintf(path, sizeof(path), "%s/%s/new", box, address);
	d = opendir(path);
	while (d != NULL && (e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		assert_int_equal(n, 0);
		(void)snprintf(path, sizeof(path), "%s/%s/new/%s", box,
		    address, e->d_name);
		f = fopen(path, "r");
		assert_non_null(f);
		n = fread(to, 1, size - 1, f);
		(void)fclose(f);
		assert_int_equal(unlink(path), 0);
	}
	if (d != NULL)
		(void)closedir(d);
	to[n] = '\0';
	return to;
}

static void
maildir(void **unused)
{
	struct house	h;
	char		mail[4096];
	json_t		*o;

	(void)unused;
	house_plan(&h);
	h.relays[0].maildir = box;
	h.conf.n_relays = 1;
	house_open(&h);
	o = job(&h, SMTP_JOB, BODY);
	assert_non_null(strstr(text(o, "remote_id"), "1700000000."));
	assert_string_equal(text(o, "step"), "maildir");
	want("maildir", o, "accepted", 0, "first");
	assert_string_equal(in_box("c@d.test", mail, sizeof(mail)),
	    "Return-Path: <a@b.test>\nSubject: x\n\n.dot\nend\n");
	want("no slash", job(&h, "{\"channel\":\"smtp\",\"from\":\"a@b.test\","
	    "\"to\":\"../../x@d.test\"}", BODY), "refused", 0, "first");
	want("no dots", job(&h, "{\"channel\":\"smtp\",\"from\":\"a@b.test\","
	    "\"to\":\"..@d.test\"}", BODY), "refused", 0, "first");
	want("bare LF", job(&h, SMTP_JOB, "a\nb"), "refused", 0, "first");
	house_close(&h);
	house_plan(&h);
	h.relays[0].maildir = "/proc/nonexistent";
	h.conf.n_relays = 1;
	house_open(&h);
	want("no such place", job(&h, SMTP_JOB, BODY), "again", 1, "first");
	house_close(&h);
}

/* What one relay says, and whether the second one is asked. */
static void
second_relay(void **unused)
{
	static const struct {
		const char	*name, *script, *result;
		int		 fault;
		const char	*relay;
	} t[] = {
		{ "first takes", TILL_DOT "S 250 ok\n", "accepted", 0,
		    "first" },
		{ "421 greeting", "accept\nS 421 busy\n", "accepted", 0,
		    "second" },
		{ "554 greeting", "accept\nS 554 no\n", "accepted", 0,
		    "second" },
		{ "lost before the dot", TILL_RCPT "close\n", "accepted", 0,
		    "second" },
		{ "550 at RCPT", TILL_RCPT "S 550 no\n", "refused", 0,
		    "first" },
		{ "550 at RCPT, for us", TILL_RCPT "S 550 5.7.1 Relaying "
		    "denied\n", "accepted", 0, "second" },
		{ "550 at MAIL", HELLO "C MAIL FROM:<a@b.test>\n"
		    "S 550 5.7.1 not you\n",
		    "accepted", 0, "second" },
		{ "450 at RCPT", TILL_RCPT "S 450 later\n", "again", 0,
		    "first" },
		{ "lost after the dot", TILL_DOT "close\n", "unknown", 0,
		    "first" },
	};
	char	mail[4096];

	(void)unused;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct scripted	server;
		struct house	h;
		json_t		*o, *faults;
		int		second = strcmp(t[i].relay, "second") == 0;

		scripted_start(&server, t[i].script, NULL);
		house_plan(&h);
		relay_at(&h, 0, server.port);
		h.relays[1].maildir = box;
		h.conf.n_relays = 2;
		house_open(&h);
		o = job(&h, SMTP_JOB, BODY);
		faults = json_object_get(o, "faults");
		assert_int_equal(json_array_size(faults), second);
		if (second)
			assert_string_equal(text(json_array_get(faults, 0),
			    "relay"), "first");
		want(t[i].name, o, t[i].result, t[i].fault, t[i].relay);
		(void)in_box("c@d.test", mail, sizeof(mail));
		if ((mail[0] != '\0') != second)
			fail_msg("%s: box has \"%s\"", t[i].name, mail);
		house_close(&h);
		scripted_end(&server);
	}
}

/* A broken way alone: the mail waits, it is never refused. */
static void
way_at_fault(void **unused)
{
	struct scripted	server;
	struct house	h;

	(void)unused;
	scripted_start(&server, "accept\nS 554 go away\n", NULL);
	house_plan(&h);
	house_open(&h);
	want("no relay", job(&h, SMTP_JOB, BODY), "again", 1, "(none)");
	house_close(&h);
	relay_at(&h, 0, server.port);
	house_open(&h);
	want("554 greeting", job(&h, SMTP_JOB, BODY), "again", 1, "first");
	house_close(&h);
	scripted_end(&server);
	h.relays[0].auth = AUTH_LOGIN;
	h.relays[0].user = "u";
	h.relays[0].password_file = "/nonexistent/password";
	h.role.http.url = "https://relay.test/";
	h.role.http.token_file = "/nonexistent/token";
	h.conf.n_roles = 1;
	house_open(&h);
	want("no password", job(&h, SMTP_JOB, BODY), "again", 1, "first");
	want("no token", job(&h, HTTP_JOB, "{}"), "again", 1, "http/ncert");
	house_close(&h);
}

static void
http(void **unused)
{
	struct scripted	server;
	struct house	h;
	char		url[64];
	json_t		*o;

	(void)unused;
	scripted_start(&server, "accept\nH\n"
	    "A 201 Created||{\"no\":\"N-1\"}\nH\n"
	    "A 400 Bad||\\xa4\\xa4\\x07\\xe8\\xad\\xa6\\xe8\\r\\n.\nH\n"
	    "A 429 Slow|Retry-After: 60|\nH\nclose\n", NULL);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/", server.port);
	house_plan(&h);
	h.role.http.url = url;
	h.role.http.cleartext = 1;
	h.role.http.timeout = 2;
	h.role.http.number_pointer = "/no";
	h.conf.n_roles = 1;
	house_open(&h);
	o = job(&h, HTTP_JOB, "{}");
	assert_string_equal(text(o, "remote_id"), "N-1");
	assert_int_equal(json_integer_value(json_object_get(o, "code")), 201);
	want("201", o, "accepted", 0, "http/ncert");
	o = job(&h, HTTP_JOB, "{}");
	assert_string_equal(text(o, "text"), "???\xe8\xad\xa6?  .");
	want("400", o, "refused", 0, "http/ncert");
	o = job(&h, HTTP_JOB, "{}");
	assert_int_equal(json_integer_value(json_object_get(o,
	    "retry_after")), 60);
	want("429", o, "again", 0, "http/ncert");
	want("gone", job(&h, HTTP_JOB, "{}"), "unknown", 0, "http/ncert");
	house_close(&h);
	scripted_end(&server);
}

static void
jobs_of_nonsense(void **unused)
{
	static const char *const jobs[] = {
		"", "x", "[]", "{}", "{\"channel\":\"fax\"}",
		"{\"channel\":\"smtp\"}", "{\"channel\":7}",
		"{\"channel\":\"smtp\",\"from\":\"a@b.test\"}",
		"{\"channel\":\"http\",\"role\":\"nobody\"}",
		"{\"channel\":\"http\",\"role\":\"ncert\"}",
		"{\"channel\":\"http\"}"
	};
	struct house	h;

	(void)unused;
	house_plan(&h);
	h.relays[0].maildir = box;
	h.conf.n_relays = h.conf.n_roles = 1;
	house_open(&h);
	for (size_t i = 0; i < sizeof(jobs) / sizeof(jobs[0]); i++)
		want(jobs[i], job(&h, jobs[i], BODY), "refused", 0, "(none)");
	house_close(&h);
}

/* Pings are answered ahead of slow jobs; a slow fault is met only once. */
static void
slow_relay(void **unused)
{
	struct scripted	server;
	struct house	h;
	int64_t		id, t;
	json_t		*o;

	(void)unused;
	scripted_start(&server, "accept\nidle\naccept\nidle\naccept\n",
	    NULL);
	house_plan(&h);
	relay_at(&h, 0, server.port);
	house_open(&h);
	say(&h, FRAME_JOB, 1, SMTP_JOB, BODY);
	say(&h, FRAME_JOB, 2, SMTP_JOB, BODY);
	say(&h, FRAME_PING, 99, NULL, NULL);
	say(&h, FRAME_JOB, 3, SMTP_JOB, BODY);
	flush(&h);
	assert_int_equal(hear(&h, &id, &o), FRAME_PONG);
	assert_int_equal(id, 99);
	for (int i = 1; i <= 3; i++) {
		t = clock_mono_ms();
		assert_int_equal(hear(&h, &id, &o), FRAME_RECEIPT);
		assert_int_equal(id, i);
		want("slow", o, "again", 1, "first");
		if (i > 1)
			assert_true(clock_mono_ms() - t < 500);
	}
	say(&h, FRAME_PING, 100, NULL, NULL);
	flush(&h);
	assert_int_equal(hear(&h, &id, &o), FRAME_PONG);
	assert_int_equal(id, 100);
	assert_int_equal(server.page->connections, 1);
	house_close(&h);
	scripted_kill(&server);
	scripted_end(&server);
}

static void
ends(void **unused)
{
	struct house	h;

	(void)unused;
	house_plan(&h);
	house_open(&h);
	channel_close(&h.desk);			/* the desk died */
	assert_int_equal(house_status(&h), 0);
	house_open(&h);
	say(&h, FRAME_MARK, 1, NULL, NULL);	/* not for us */
	flush(&h);
	assert_int_equal(house_status(&h), 1);
	house_open(&h);
	say(&h, FRAME_JOB, 1, NULL, NULL);	/* a job of one field */
	flush(&h);
	assert_int_equal(house_status(&h), 1);
	house_open(&h);
	assert_int_equal(send(h.desk.fd, "\377\377\377\377", 4, 0), 4);
	assert_int_equal(house_status(&h), 1);
}

static int
set_up(void **unused)
{
	(void)unused;
	(void)snprintf(box, sizeof(box), "/tmp/tocsin-box.XXXXXX");
	return mkdtemp(box) == NULL ? -1 : 0;
}

static int
tear_down(void **unused)
{
	char	cmd[128];

	(void)unused;
	(void)snprintf(cmd, sizeof(cmd), "rm -r %s", box);
	return system(cmd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(maildir),
		cmocka_unit_test(second_relay),
		cmocka_unit_test(way_at_fault),
		cmocka_unit_test(http),
		cmocka_unit_test(jobs_of_nonsense),
		cmocka_unit_test(slow_relay),
		cmocka_unit_test(ends),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	log_open("courier", LOG_L_ERR);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
