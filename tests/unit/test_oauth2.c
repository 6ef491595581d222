/* The tokens that open a server's door. */
#include <sys/stat.h>

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mail/http.h"
#include "mail/jwt.h"
#include "mail/oauth2.h"
#include "scripted.h"

#define KEY	"<7.abc@agency.test>"
#define DOC	"{\"level\":3}"
#define NOW	1700000000
#define ANSWER(status, head, body) "A " status "|" head "|" body "\n"

#define TOKEN(t) ANSWER("200 OK", "", "{\"access_token\":\"" t \
	"\",\"expires_in\":3600}")
#define ROTATED ANSWER("200 OK", "", "{\"access_token\":\"acc-001\"," \
	"\"expires_in\":3600,\"refresh_token\":\"new\"," \
	"\"refresh_token_expires_in\":\"864000\"}")

static const char	*dir;
static char		 ca[128];

static enum rc
token_from(const struct scripted *server, struct conf_oauth2 *c, int64_t now,
    char to[256], int64_t *expires, struct err *err)
{
	static char	url[64], resolve[64];

	(void)snprintf(url, sizeof(url), "https://relay.test:%d/token",
	    server->port);
	(void)snprintf(resolve, sizeof(resolve), "relay.test:%d:127.0.0.1",
	    server->port);
	c->token_url = url;
	return oauth2_token(c, ca, resolve, to, 256, now, expires, err);
}

static void
client_credentials(void **unused)
{
	struct scripted		server;
	struct conf_oauth2	c = { .client_id = "me & you",
				    .scope = "https://x/.default" };
	struct err		err;
	char			secret[128], to[256];
	int64_t			expires;

	(void)unused;
	certs_secret(secret, "secret", "s=1&t+2");
	c.client_secret_file = secret;
	scripted_start(&server, "accept\ntls good\nH\n" TOKEN("acc-001")
	    "accept\ntls good\nH\n" TOKEN("acc-002")
	    "accept\ntls good\nH\n" TOKEN("acc-003")
	    "accept\ntls good\nH\n" ANSWER("503 x", "", ""), dir);
	assert_int_equal(token_from(&server, &c, NOW, to, &expires, &err),
	    RC_OK);
	assert_string_equal(to, "acc-001");
	assert_int_equal(expires, NOW + 3600);
	assert_true(scripted_kept(&server, "\r\n\r\ngrant_type=client_credentials&"
	    "client_id=me%20%26%20you&scope=https%3A%2F%2Fx%2F.default&"
	    "client_secret=s%3D1%26t%2B2"));
	assert_int_equal(token_from(&server, &c, NOW + 3000, to, &expires,
	    &err), RC_OK);
	assert_string_equal(to, "acc-001");	/* kept */
	assert_int_equal(token_from(&server, &c, NOW + 3590, to, &expires,
	    &err), RC_OK);
	assert_string_equal(to, "acc-002");	/* renewed before its end */
	oauth2_forget(&c);
	assert_int_equal(token_from(&server, &c, NOW + 3600, to, &expires,
	    &err), RC_OK);
	assert_string_equal(to, "acc-003");
	assert_int_equal(token_from(&server, &c, NOW + 7199, to, &expires,
	    &err), RC_OK);		/* server is down: the rest of it */
	assert_string_equal(to, "acc-003");
	oauth2_done();
	scripted_end(&server);
}

static void
refresh_token(void **unused)
{
	struct scripted		server;
	struct conf_oauth2	c = { .client_id = "me" };
	struct stat		st;
	struct err		err;
	char			file[128], to[256], secret[64];
	int64_t			expires;

	(void)unused;
	certs_secret(file, "refresh", "old");
	c.refresh_token_file = file;
	scripted_start(&server, "accept\ntls good\nH\n" ROTATED
	    "accept\ntls good\nH\n" ANSWER("400 Bad", "",
	    "{\"error\":\"invalid_grant\",\"error_description\":\"it is revoked"
	    " now\"}"), dir);
	assert_int_equal(token_from(&server, &c, NOW, to, &expires, &err),
	    RC_OK);
	assert_int_equal(oauth2_renew_by(), NOW + 864000);
	assert_true(scripted_kept(&server, "grant_type=refresh_token&refresh_token=old&"
	    "client_id=me"));
	assert_string_equal(oauth2_trouble(), "");
	assert_int_equal(secret_read(file, secret, sizeof(secret), &err),
	    RC_OK);
	assert_string_equal(secret, "new");
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	oauth2_forget(&c);
	assert_int_equal(token_from(&server, &c, NOW, to, &expires, &err),
	    RC_REFUSED);
	assert_non_null(strstr(err.text, "invalid_grant it is revoked"));
	assert_true(scripted_kept(&server, "refresh_token=new&"));
	oauth2_done();
	assert_int_equal(oauth2_renew_by(), 0);
	scripted_end(&server);
}

/* {"exp":...} of a JSON Web Token, which nobody signed. */
static void
ends_by_itself(void **unused)
{
	static const struct { const char *token; int64_t end, issued; } t[] = {
		/* {"iat":1000000000,"exp":1000864000} */
		{ "eyJhbGciOiJub25lIn0.eyJpYXQiOjEwMDAwMDAwMDAsImV4cCI6MTAwMDg2N"
		    "DAwMH0.", 1000864000, 1000000000 },
		/* {"exp":1e9,"a":"??>>"} needs - and _ */
		{ "e30.eyJleHAiOjFlOSwiYSI6Ij8_Pj4ifQ.x", 1000000000, 0 },
		{ "e30.eyJleHAiOiJzb29uIn0.x", 0, 0 }, { "e30.e30.x", 0, 0 },
		{ "opaque", 0, 0 }, { "a.b", 0, 0 }, { "..", 0, 0 },
		{ "a.!!!!.b", 0, 0 }, { "", 0, 0 },
	};
	const struct conf_oauth2	c = { .token_file = "x" };
	int64_t				issued;

	(void)unused;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		int64_t	end = jwt_ends(t[i].token, &issued);

		if (end != t[i].end || issued != t[i].issued)
			fail_msg("%s: got %lld, %lld", t[i].token,
			    (long long)end, (long long)issued);
	}
	/* ten days: told before it ends; one of an hour: when it is over */
	oauth2_seen(&c, t[0].token, 1000000100);
	assert_int_equal(oauth2_renew_by(), 1000864000);
	oauth2_seen(&c, t[1].token, 1000000000 - 3600);
	assert_int_equal(oauth2_renew_by(), 0);
	oauth2_seen(&c, t[1].token, 1000000000 + 3600);
	assert_int_equal(oauth2_renew_by(), 1000000000);
	oauth2_done();
}

static void
token_answers(void **unused)
{
	static const struct { const char *script; enum rc rc; } t[] = {
		{ "accept\ntls wrong\ngone\n", RC_REFUSED },
		{ "accept\ntls good\nH\nclose\n", RC_AGAIN },
		{ "accept\ntls good\nH\n" ANSWER("200 OK", "", "hello"),
		    RC_AGAIN },
		{ "accept\ntls good\nH\n" ANSWER("200 OK", "",
		    "{\"access_token\":\"a\\\\r\\\\nb\"}"), RC_AGAIN },
		{ "accept\ntls good\nH\n" ANSWER("429 x", "", ""),
		    RC_AGAIN },
		{ "accept\ntls good\nH\n" ANSWER("500 x", "", ""),
		    RC_AGAIN },
		{ "accept\ntls good\nH\n" ANSWER("401 x", "",
		    "{\"error\":\"invalid_client\"}"), RC_REFUSED },
		{ "accept\ntls good\nH\n" ANSWER("302 x", "Location: /", ""),
		    RC_REFUSED },
	};
	char	to[256];
	int64_t	expires;

	(void)unused;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct conf_oauth2	c = { .client_id = "me" };
		struct scripted		server;
		struct err		err = { "" };
		enum rc			rc;

		scripted_start(&server, t[i].script, dir);
		rc = token_from(&server, &c, NOW, to, &expires, &err);
		if (rc != t[i].rc)
			fail_msg("row %zu: %s %s", i, rc_name(rc), err.text);
		oauth2_done();
		scripted_end(&server);
	}
}

/* A revoked token is replaced once, in the same send. */
static void
token_revoked(void **unused)
{
	struct scripted		server;
	struct conf_http	conf = { .ca_file = ca, .timeout = 2 };
	struct http		*h;
	struct http_result	r;
	struct err		err;
	char			url[64], token[64], resolve[64];

	(void)unused;
	scripted_start(&server, "accept\ntls good\nH\n" TOKEN("acc-001")
	    "accept\ntls good\nH\n" ANSWER("401 x", "Connection: close", "")
	    "accept\ntls good\nH\n" TOKEN("acc-002")
	    "accept\ntls good\nH\n" ANSWER("200 OK", "", "ok"), dir);
	(void)snprintf(url, sizeof(url), "https://relay.test:%d/",
	    server.port);
	(void)snprintf(token, sizeof(token), "https://relay.test:%d/token",
	    server.port);
	(void)snprintf(resolve, sizeof(resolve), "relay.test:%d:127.0.0.1",
	    server.port);
	conf.url = url;
	conf.resolve = resolve;
	conf.oauth2.token_url = token;
	conf.oauth2.client_id = "me";
	assert_int_equal(http_new(&conf, &h, &err), RC_OK);
	http_send(h, KEY, "application/json", DOC, strlen(DOC), NOW, &r);
	if (r.rc != RC_OK)
		fail_msg("%s %d %s", rc_name(r.rc), r.code, r.text);
	assert_true(scripted_kept(&server, "Authorization: Bearer acc-001\r\n"));
	assert_true(scripted_kept(&server, "Authorization: Bearer acc-002\r\n"));
	http_free(&h);
	oauth2_done();
	scripted_end(&server);
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
		cmocka_unit_test(client_credentials),
		cmocka_unit_test(refresh_token),
		cmocka_unit_test(ends_by_itself),
		cmocka_unit_test(token_answers),
		cmocka_unit_test(token_revoked),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
