/* One document to one receiver. */
#include <sys/stat.h>

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/clock.h"
#include "mail/http.h"
#include "mail/pointer.h"
#include "scripted.h"

#define KEY	"<7.abc@agency.test>"
#define DOC	"{\"level\":3}"
#define NOW	1700000000

#define ANSWER(status, head, body) "A " status "|" head "|" body "\n"
#define NUMBER	"{\"case\":{\"no\":\"N-42\"}}"

static const char	*dir;
static char		 ca[128];

static const struct row {
	const char	*name, *script, *pointer;
	enum rc		 rc;
	int		 code, unknown, relay_fault, retry_after;
	const char	*id, *text;	/* text: contained */
} rows[] = {
	{ "200 with number", "accept\nH\n" ANSWER("200 OK", "", NUMBER),
	    "/case/no", RC_OK, 200, 0, 0, 0, "N-42", "N-42" },
	{ "201 with integer", "accept\nH\n" ANSWER("201 Created", "",
	    "{\"id\":[4711]}"), "/id/0", RC_OK, 201, 0, 0, 0, "4711", "" },
	{ "200 without pointer", "accept\nH\n" ANSWER("200 OK", "", "fine"),
	    NULL, RC_OK, 200, 0, 0, 0, "", "fine" },
	{ "202 and nothing", "accept\nH\n" ANSWER("202 Accepted", "", ""),
	    "/case/no", RC_OK, 202, 0, 0, 0, "", "" },
	{ "204", "accept\nH\ns HTTP/1.1 204 No Content\\r\\n\\r\\n\n",
	    "/case/no", RC_OK, 204, 0, 0, 0, "", "" },
	{ "200 and garbage", "accept\nH\n" ANSWER("200 OK", "",
	    "<html>welcome"), "/case/no", RC_AGAIN, 200, 1, 0, 0, "",
	    "no number at /case/no: <html>welcome" },
	{ "200, number is an object", "accept\nH\n" ANSWER("200 OK", "",
	    NUMBER), "/case", RC_AGAIN, 200, 1, 0, 0, "", "no number" },
	{ "200 and nothing", "accept\nH\n" ANSWER("200 OK", "", ""),
	    "/case/no", RC_AGAIN, 200, 1, 0, 0, "", "no number" },
	{ "409 busy", "accept\nH\n" ANSWER("409 Conflict", "", "busy"),
	    "/case/no", RC_AGAIN, 409, 0, 0, 0, "", "busy" },
	{ "409 had it already", "accept\nH\n" ANSWER("409 Conflict", "",
	    NUMBER), "/case/no", RC_OK, 409, 0, 0, 0, "N-42", "N-42" },
	{ "429", "accept\nH\n" ANSWER("429 Slow Down", "Retry-After: 120", ""),
	    NULL, RC_AGAIN, 429, 0, 0, 120, "", "" },
	{ "429 for ever", "accept\nH\n" ANSWER("429 Slow Down",
	    "Retry-After: 99999999999", ""), NULL, RC_AGAIN, 429,
	    0, 0, 604800, "", "" },
	{ "503 till a day that is over", "accept\nH\n" ANSWER("503 No",
	    "Retry-After: Thu, 01 Jan 1970 00:00:00 GMT", ""), NULL, RC_AGAIN,
	    503, 0, 1, 0, "", "" },
	{ "503 till a day far off", "accept\nH\n" ANSWER("503 No",
	    "Retry-After: Thu, 31 Dec 2099 00:00:00 GMT", ""), NULL, RC_AGAIN,
	    503, 0, 1, 604800, "", "" },
	{ "400, cut short", "accept\nH\ns HTTP/1.1 400 No\\r\\nContent-Length: "
	    "99\\r\\n\\r\\nno\nclose\n", NULL, RC_REFUSED, 400, 0, 0, 0, "",
	    "no" },
	{ "200, chunks that are none", "accept\nH\ns HTTP/1.1 200 OK\\r\\n"
	    "Transfer-Encoding: chunked\\r\\n\\r\\nzz\\r\\nN-42\\r\\n\n"
	    "close\n", "/case/no", RC_AGAIN, 200, 1, 0, 0, "", "no number" },
	{ "413 before the document", "accept\nS HTTP/1.1 413 Big\n"
	    "S Content-Length: 0\nS \nidle\n", NULL, RC_REFUSED, 413, 0, 0, 0,
	    "", "" },
	{ "408", "accept\nH\n" ANSWER("408 Late", "", ""), NULL,
	    RC_AGAIN, 408, 0, 0, 0, "", "" },
	{ "421", "accept\nH\n" ANSWER("421 Misdirected", "", ""), NULL,
	    RC_AGAIN, 421, 0, 0, 0, "", "" },
	{ "423", "accept\nH\n" ANSWER("423 Locked", "", ""), NULL,
	    RC_AGAIN, 423, 0, 0, 0, "", "" },
	{ "425", "accept\nH\n" ANSWER("425 Early", "", ""), NULL,
	    RC_AGAIN, 425, 0, 0, 0, "", "" },
	{ "500", "accept\nH\n" ANSWER("500 Oops", "", "oops"), NULL,
	    RC_AGAIN, 500, 0, 1, 0, "", "oops" },
	{ "503 with number", "accept\nH\n" ANSWER("503 Oops", "Retry-After: 7",
	    NUMBER), "/case/no", RC_AGAIN, 503,
	    0, 1, 7, "", "" },
	{ "400", "accept\nH\n" ANSWER("400 Bad", "", "bad"), NULL,
	    RC_REFUSED, 400, 0, 0, 0, "", "bad" },
	{ "422", "accept\nH\n" ANSWER("422 No", "", NUMBER), "/case/no",
	    RC_REFUSED, 422, 0, 0, 0, "", "" },
	{ "401", "accept\nH\n" ANSWER("401 Who", "", "who"), NULL,
	    RC_REFUSED, 401, 0, 1, 0, "", "who" },
	{ "200 and a web page", "accept\nH\n" ANSWER("200 OK", "",
	    "\\r\\n<!DOCTYPE html><title>Log in</title>"), NULL, RC_AGAIN, 200,
	    1, 0, 0, "", "a web page is no receipt" },
	{ "200 and a page after a NUL", "accept\nH\n" ANSWER("200 OK", "",
	    "\\0<?xml version='1.0'?><HTML>"), NULL, RC_AGAIN, 200, 1, 0, 0,
	    "", "a web page is no receipt" },
	{ "200 that speaks of html", "accept\nH\n" ANSWER("200 OK", "",
	    "{\"as\":\"html\"}"), NULL, RC_OK, 200, 0, 0, 0, "", "html" },
	{ "400 and a web page", "accept\nH\n" ANSWER("400 Bad", "",
	    "<html>no"), NULL, RC_REFUSED, 400, 0, 0, 0, "", "<html>no" },
	{ "200, JSON of another shape", "accept\nH\n" ANSWER("200 OK", "",
	    "[1,{\"no\":null}]"), "/case/no", RC_AGAIN, 200, 1, 0, 0, "",
	    "no number at /case/no: [1," },
	{ "200, the number twice", "accept\nH\n" ANSWER("200 OK", "",
	    "{\"n\":1,\"n\":2}"), "/n", RC_AGAIN, 200, 1, 0, 0, "",
	    "no number" },
	{ "200, a number of bytes that are no text", "accept\nH\n" ANSWER(
	    "200 OK", "", "{\"n\":\"\xa4\xa4\"}"), "/n", RC_AGAIN, 200, 1, 0,
	    0, "", "no number" },
	{ "302", "accept\nH\n" ANSWER("302 Go", "Location: /other", "")
	    "gone\n", NULL, RC_REFUSED, 302, 0, 0, 0, "", "redirects" },
	{ "302 to another house", "accept\nH\n" ANSWER("302 Go",
	    "Location: http://127.0.0.2/steal", "go there") "gone\n", NULL,
	    RC_REFUSED, 302, 0, 0, 0, "", "http://127.0.0.2/steal go there" },
	{ "hang", "accept\nH\nidle\n", NULL, RC_AGAIN, 0, 1, 1, 0, "", "" },
	{ "gone", "accept\nH\nclose\n", NULL, RC_AGAIN, 0, 1, 1, 0, "", "" },
	{ "100 and gone", "accept\nH\ns HTTP/1.1 100 Continue\\r\\n\\r\\n\n"
	    "close\n", NULL, RC_AGAIN, 0, 1, 1, 0, "", "" },
	{ "no HTTP", "accept\nH\nS 220 relay.test ESMTP\nclose\n", NULL,
	    RC_AGAIN, 0, 1, 1, 0, "", "" },
	{ "200, half a number", "accept\nH\n" "s HTTP/1.1 200 OK\\r\\n"
	    "Content-Length: 22\\r\\n\\r\\n{\"case\":{\"no\":\"N-\nclose\n",
	    "/case/no", RC_AGAIN, 200, 1,
	    0, 0, "", "no number" },
	{ "trickle", "accept\nH\ntrickle 100 HTTP/1.1 200 OK and so on and on"
	    "\n", NULL, RC_AGAIN, 0, 1, 1, 0, "", "" },
	{ "8-bit and control bytes", "accept\nH\n" ANSWER("400 Bad", "",
	    "\\xa4\\xa4\\x07\\x00"), NULL, RC_REFUSED, 400, 0, 0, 0, "",
	    "\xa4\xa4" },
};

static void
send_to(const struct scripted *server, struct conf_http *conf, int https,
    const char *host, struct http_result *r)
{
	char		url[128], resolve[128];
	struct http	*h;
	struct err	err;

	(void)snprintf(url, sizeof(url), "%s://%s:%d/report?x=1", https ?
	    "https" : "http", host, server->port);
	(void)snprintf(resolve, sizeof(resolve), "%s:%d:127.0.0.1", host,
	    server->port);
	conf->url = url;
	conf->resolve = resolve;
	conf->cleartext = !https;
	conf->timeout = 1;
	if (http_new(conf, &h, &err) != RC_OK)
		fail_msg("%s", err.text);
	http_send(h, KEY, "application/json", DOC, strlen(DOC), NOW, r);
	http_free(&h);
}

static void
every_row(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row	*w = &rows[i];
		struct scripted		 server;
		struct conf_http	 conf = { .number_pointer = w->pointer
		    };
		struct http_result	 r;
		int64_t			 t = clock_mono_ms();

		scripted_start(&server, w->script, dir);
		send_to(&server, &conf, 0, "here.test", &r);
		assert_true(clock_mono_ms() - t < 3000);
		if (r.rc != w->rc || r.code != w->code ||
		    r.unknown != w->unknown || r.relay_fault != w->relay_fault
		    || r.retry_after != w->retry_after)
			fail_msg("%s: got %s %d unknown=%d fault=%d after=%d "
			    "(%s)", w->name, rc_name(r.rc), r.code, r.unknown,
			    r.relay_fault, r.retry_after, r.text);
		if (strcmp(r.remote_id, w->id) != 0 ||
		    strstr(r.text, w->text) == NULL)
			fail_msg("%s: got id \"%s\" text \"%s\"", w->name,
			    r.remote_id, r.text);
		assert_int_equal(strncmp(r.peer, "here.test:", 10), 0);
		scripted_end(&server);
	}
}

/* Of the document, or of where and as whom it was posted. */
static void
a_refusal_of_the_address_is_known(void **unused)
{
	static const struct { const char *script; int denied; } no[] = {
		{ "accept\nH\n" ANSWER("301 Moved", "Location: /new", "")
		    "gone\n", 1 },
		{ "accept\nH\n" ANSWER("308 Moved", "Location: /new", "")
		    "gone\n", 1 },
		{ "accept\nH\n" ANSWER("403 No", "", "not you"), 1 },
		{ "accept\nH\n" ANSWER("404 No", "", "nothing here"), 1 },
		{ "accept\nH\n" ANSWER("405 No", "", ""), 1 },
		{ "accept\nH\n" ANSWER("410 Gone", "", ""), 1 },
		{ "accept\nH\n" ANSWER("400 Bad", "", ""), 0 },
		{ "accept\nH\n" ANSWER("413 Large", "", ""), 0 },
		{ "accept\nH\n" ANSWER("415 Type", "", ""), 0 },
		{ "accept\nH\n" ANSWER("422 No", "", ""), 0 },
	};
	struct scripted		server;
	struct conf_http	conf = { 0 };
	struct http_result	r;

	(void)unused;
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
		scripted_start(&server, no[i].script, dir);
		send_to(&server, &conf, 0, "here.test", &r);
		if (r.rc != RC_REFUSED || r.relay_fault ||
		    r.denied != no[i].denied)
			fail_msg("%d: got %s fault=%d denied=%d", r.code,
			    rc_name(r.rc), r.relay_fault, r.denied);
		scripted_end(&server);
	}
}

/* More than anybody needs to say: cut, and 200 stays 200. */
static void
endless_answer(void **unused)
{
	static char		script[400000];
	struct scripted		server;
	struct conf_http	conf = { 0 };
	struct http_result	r;
	char			*p;

	(void)unused;
	p = stpcpy(script, "accept\nH\n"
	    "s HTTP/1.1 200 OK\\r\\n\\r\\n\n");
	for (int i = 0; i < 100; i++) {
		p = stpcpy(p, "s ");
		memset(p, 'x', 3900);
		p = stpcpy(p + 3900, "\n");
	}
	scripted_start(&server, script, dir);
	send_to(&server, &conf, 0, "here.test", &r);
	assert_int_equal(r.rc, RC_OK);
	assert_int_equal(strlen(r.text), sizeof(r.text) - 1);
	scripted_end(&server);
}

/* 1 MiB and more goes without asking for leave first. */
static void
large_body(void **unused)
{
	struct scripted		server;
	struct conf_http	conf = { .url = NULL, .cleartext = 1,
				    .timeout = 5 };
	struct http_result	r;
	struct http		*h;
	struct err		err;
	char			url[64], *body;
	size_t			n = 1200000;

	(void)unused;
	body = test_malloc(n);
	memset(body, 'x', n);
	scripted_start(&server, "accept\nH\n" ANSWER("200 OK", "", "ok"),
	    dir);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/", server.port);
	conf.url = url;
	assert_int_equal(http_new(&conf, &h, &err), RC_OK);
	http_send(h, KEY, "application/json", body, n, NOW, &r);
	assert_int_equal(r.rc, RC_OK);
	assert_true(server.page->len > n);
	assert_null(memmem(server.page->kept, 1000, "Expect:", 7));
	http_free(&h);
	test_free(body);
	scripted_end(&server);
}

static void
nobody_listens(void **unused)
{
	struct scripted		server;
	struct conf_http	conf = { 0 };
	struct http_result	r;

	(void)unused;
	scripted_start(&server, "accept\n", dir);
	scripted_kill(&server);
	send_to(&server, &conf, 0, "here.test", &r);
	assert_int_equal(r.rc, RC_AGAIN);
	assert_int_equal(r.unknown, 0);
	assert_int_equal(r.relay_fault, 1);
	scripted_end(&server);
}

/* What we say, TLS, and the fingerprint kept over a reused connection. */
static void
request(void **unused)
{
	struct scripted		server;
	struct conf_http	conf = { .ca_file = ca };
	struct http_result	r;
	char			key[128], token[128];

	(void)unused;
	certs_secret(key, "hmac", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
	certs_secret(token, "bearer", "tok.en-123");
	conf.hmac_key_file = key;
	conf.token_file = token;
	scripted_start(&server, "accept\ntls good\nH\n"
	    ANSWER("200 OK", "", "ok"), dir);
	send_to(&server, &conf, 1, "relay.test", &r);
	assert_int_equal(r.rc, RC_OK);
	assert_int_equal(strncmp(r.tls, "sha256:", 7), 0);
	assert_int_equal(strlen(r.tls), 7 + 64);
	assert_true(scripted_kept(&server, "POST /report?x=1 HTTP/1.1\r\n"));
	assert_true(scripted_kept(&server, "\r\nIdempotency-Key: " KEY "\r\n"));
	assert_true(scripted_kept(&server, "\r\nContent-Type: application/json\r\n"));
	assert_true(scripted_kept(&server, "\r\nAuthorization: Bearer tok.en-123\r\n"));
	assert_true(scripted_kept(&server, "\r\nwebhook-id: " KEY "\r\n"));
	assert_true(scripted_kept(&server, "\r\nwebhook-timestamp: 1700000000\r\n"));
	/* made by Python's hmac over id.timestamp.body */
	assert_true(scripted_kept(&server, "\r\nwebhook-signature: "
	    "v1,l8wsrAcsg0zM2TY9ah1GjucEIVUvDKngAsRo3tbWiDk=\r\n"));
	assert_false(scripted_kept(&server, "Expect:"));
	assert_true(scripted_kept(&server, "\r\n\r\n" DOC));
	scripted_end(&server);
}

static void
reused_connection(void **unused)
{
	struct scripted		server;
	struct conf_http	conf = { .ca_file = ca, .timeout = 2 };
	struct http_result	a, b, c;
	struct http		*h;
	struct err		err;
	char			url[64], resolve[64];

	(void)unused;
	scripted_start(&server, "accept\ntls good\nH\n" ANSWER("200 OK", "",
	    "a") "H\n" ANSWER("200 OK", "", "b") "close\n"
	    "accept\ntls client\ngone\n", dir);
	(void)snprintf(url, sizeof(url), "https://relay.test:%d/",
	    server.port);
	(void)snprintf(resolve, sizeof(resolve), "relay.test:%d:127.0.0.1",
	    server.port);
	conf.url = url;
	conf.resolve = resolve;
	assert_int_equal(http_new(&conf, &h, &err), RC_OK);
	http_send(h, "k1", "application/json", DOC, strlen(DOC), NOW, &a);
	http_send(h, "k2", "application/json", DOC, strlen(DOC), NOW, &b);
	assert_int_equal(a.rc, RC_OK);
	assert_int_equal(b.rc, RC_OK);
	assert_string_equal(a.tls, b.tls);
	assert_int_not_equal(a.tls[0], '\0');
	http_send(h, "k3", "application/json", DOC, strlen(DOC), NOW, &c);
	/* Another host's certificate.  libcurl may have asked over the old
	 * connection before: then the document may have been taken. */
	assert_int_equal(c.rc, c.unknown ? RC_AGAIN : RC_REFUSED);
	assert_int_equal(c.relay_fault, 1);
	assert_string_equal(c.tls, "");
	http_free(&h);
	scripted_end(&server);
}

static void
bad_certificates(void **unused)
{
	static const char *const names[] = { "wrong", "selfsigned", "expired" };
	char	script[64];

	(void)unused;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct scripted		server;
		struct conf_http	conf = { .ca_file = ca };
		struct http_result	r;

		(void)snprintf(script, sizeof(script),
		    "accept\ntls %s\ngone\n", names[i]);
		scripted_start(&server, script, dir);
		send_to(&server, &conf, 1, "relay.test", &r);
		if (r.rc != RC_REFUSED || !r.relay_fault || r.unknown)
			fail_msg("%s: %s %s", names[i], rc_name(r.rc), r.text);
		scripted_end(&server);
	}
}

static void
client_certificate(void **unused)
{
	struct scripted		server;
	struct conf_http	conf = { .ca_file = ca };
	struct http_result	r;
	char			cert[128], key[128];

	(void)unused;
	(void)snprintf(cert, sizeof(cert), "%s/client.pem", dir);
	(void)snprintf(key, sizeof(key), "%s/client.key", dir);
	conf.cert_file = cert;
	conf.key_file = key;
	scripted_start(&server, "accept\ntls good client\nH\n"
	    ANSWER("200 OK", "", "ok"), dir);
	send_to(&server, &conf, 1, "relay.test", &r);
	assert_int_equal(r.rc, RC_OK);
	scripted_end(&server);
}

static void
refused_before(void **unused)
{
	struct conf_http	conf = { .url = "http://192.0.2.1/",
				    .cleartext = 1, .timeout = 1 };
	struct http		*h;
	struct http_result	r;
	struct err		err;
	static const char *const urls[] = {
		"http://relay.test/", "ftp://relay.test/", "relay.test", ""
	};

	(void)unused;
	assert_int_equal(http_new(&conf, &h, &err), RC_OK);
	http_send(h, "k", "application/json", "", 0, NOW, &r);
	assert_int_equal(r.rc, RC_REFUSED);
	assert_int_equal(r.relay_fault, 1);
	assert_non_null(strstr(r.text, "loopback"));
	http_send(h, "a\r\nX-Evil: 1", "application/json", "", 0, NOW, &r);
	assert_non_null(strstr(r.text, "idempotency key"));
	http_send(h, "k", "text/plain\r\nX-Evil: 1", "", 0, NOW, &r);
	assert_non_null(strstr(r.text, "content type"));
	http_free(&h);
	conf.cleartext = 0;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		conf.url = urls[i];
		assert_int_equal(http_new(&conf, &h, &err), RC_REFUSED);
	}
	conf.url = "https://relay.test/";
	conf.token_file = "/nonexistent/token";
	assert_int_equal(http_new(&conf, &h, &err), RC_REFUSED);
	assert_null(h);
}

/* RFC 6901 5 */
static void
pointers(void **unused)
{
	static const struct { const char *p, *want; } t[] = {
		{ "/foo/0", "\"bar\"" }, { "/", "0" }, { "/a~1b", "1" },
		{ "/c%d", "2" }, { "/e^f", "3" }, { "/m~0n", "8" },
		{ "/ ", "7" }, { "/foo/1", "\"baz\"" },
		{ "/foo/2", NULL }, { "/foo/-", NULL }, { "/foo/01", NULL },
		{ "/foo/x", NULL }, { "/foo/0/x", NULL }, { "/nothing", NULL },
		{ "foo", NULL }, { "/m~2n", NULL }, { "/m~", NULL },
		{ "/foo/9999999999999", NULL },
	};
	json_t	*doc = json_loads("{\"foo\":[\"bar\",\"baz\"],\"\":0,"
		    "\"a/b\":1,\"c%d\":2,\"e^f\":3,\" \":7,\"m~n\":8}", 0,
		    NULL);

	(void)unused;
	assert_ptr_equal(pointer_get(doc, ""), doc);
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		const json_t	*v = pointer_get(doc, t[i].p);
		char		*got = v == NULL ? NULL : json_dumps(v,
				    JSON_ENCODE_ANY);

		if ((got == NULL) != (t[i].want == NULL) ||
		    (got != NULL && strcmp(got, t[i].want) != 0))
			fail_msg("%s: got %s", t[i].p, got);
		free(got);
	}
	assert_null(pointer_get(NULL, "/a"));
	json_decref(doc);
}

static int
set_up(void **unused)
{
	(void)unused;
	dir = certs_make();
	(void)snprintf(ca, sizeof(ca), "%s/ca.pem", dir);
	return 0;
}

static int
tear_down(void **unused)
{
	(void)unused;
	certs_remove();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pointers),
		cmocka_unit_test(refused_before),
		cmocka_unit_test(every_row),
		cmocka_unit_test(a_refusal_of_the_address_is_known),
		cmocka_unit_test(endless_answer),
		cmocka_unit_test(large_body),
		cmocka_unit_test(nobody_listens),
		cmocka_unit_test(request),
		cmocka_unit_test(reused_connection),
		cmocka_unit_test(bad_certificates),
		cmocka_unit_test(client_certificate),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
