/* Certificates, STARTTLS and AUTH: closed when in doubt. */
#include <sys/stat.h>

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

#include "mail/oauth2.h"
#include "mail/smtp.h"
#include "scripted.h"

#define BODY	"Subject: x\r\n\r\nbody\r\n"

#define STARTTLS "accept\nS 220 x\nC EHLO courier.test\nS 250-x\n" \
	"S 250 STARTTLS\nC STARTTLS\nS 220 go\n"
#define AFTER	"C EHLO courier.test\nS 250 x\n"
#define AUTHS	"C EHLO courier.test\nS 250-x\nS 250 AUTH PLAIN XOAUTH2\n"
#define TAKE	"C MAIL FROM:<a@b.test>\nS 250 ok\nC RCPT TO:<c@d.test>\n" \
	"S 250 ok\nC DATA\nS 354 go\nM\nS 250 ok\n"
/* user \0user\0open sesame */
#define PLAIN	"C AUTH PLAIN\nS 334 \nC AHVzZXIAb3BlbiBzZXNhbWU=\n"
/* user=user^Aauth=Bearer tok123^A^A */
#define BEARER	"C AUTH XOAUTH2\nS 334 \n" \
	"C dXNlcj11c2VyAWF1dGg9QmVhcmVyIHRvazEyMwEB\n"
/* n,a=user,^Ahost= begins it (RFC 7628 3.1); host and port differ by run */
#define AUTH_7628 "C EHLO courier.test\nS 250-x\n" \
	"S 250 AUTH PLAIN OAUTHBEARER\nC AUTH OAUTHBEARER\nS 334 \n" \
	"C bixhPXVzZXIsAWhvc3Q9\n"

static const struct row {
	const char	*name, *scheme, *script;
	enum auth_kind	 auth;
	int		 cleartext;
	enum rc		 rc;
	const char	*text;		/* contained */
} rows[] = {
	{ "STARTTLS", "smtp", STARTTLS "tls good\n" AFTER TAKE,
	    AUTH_NONE, 0, RC_OK, "ok" },
	{ "smtps", "smtps", "accept\ntls good\nS 220 x\n" AFTER TAKE,
	    AUTH_NONE, 0, RC_OK, "ok" },
	{ "keywords before STARTTLS", "smtp", "accept\nS 220 x\nC EHLO\n"
	    "S 250-x\nS 250-SIZE 10\nS 250-DSN\nS 250 STARTTLS\n"
	    "C STARTTLS\nS 220 go\ntls good\n" AFTER TAKE,
	    AUTH_NONE, 0, RC_OK, "ok" },
	{ "keywords with AUTH", "smtp", STARTTLS "tls good\n"
	    "C EHLO courier.test\nS 250-x\nS 250-SIZE 1000\n"
	    "S 250 AUTH PLAIN\n" PLAIN "S 235 2.7.0 ok\n"
	    "C MAIL FROM:<a@b.test> SIZE=20\nS 250 ok\n"
	    "C RCPT TO:<c@d.test>\nS 250 ok\nC DATA\nS 354 go\nM\n"
	    "S 250 ok\n", AUTH_LOGIN, 0, RC_OK, "ok" },
	{ "wrong name", "smtp", STARTTLS "tls wrong\ngone\n",
	    AUTH_LOGIN, 0, RC_REFUSED, "certificate" },
	{ "self-signed", "smtp", STARTTLS "tls selfsigned\ngone\n",
	    AUTH_LOGIN, 0, RC_REFUSED, "certificate" },
	{ "expired", "smtp", STARTTLS "tls expired\ngone\n",
	    AUTH_LOGIN, 0, RC_REFUSED, "certificate" },
	{ "smtps, wrong name", "smtps", "accept\ntls wrong\ngone\n",
	    AUTH_LOGIN, 0, RC_REFUSED, "certificate" },
	{ "smtps, self-signed", "smtps", "accept\ntls selfsigned\ngone\n",
	    AUTH_LOGIN, 0, RC_REFUSED, "certificate" },
	{ "smtps, expired", "smtps", "accept\ntls expired\ngone\n",
	    AUTH_LOGIN, 0, RC_REFUSED, "certificate" },
	/* S7 */
	{ "STARTTLS not offered", "smtp", "accept\nS 220 x\nC EHLO\n"
	    "S 250-x\nS 250 AUTH PLAIN\ngone\n", AUTH_LOGIN, 0, RC_REFUSED,
	    "" },
	{ "454 to STARTTLS", "smtp", "accept\nS 220 x\nC EHLO\nS 250-x\n"
	    "S 250 STARTTLS\nC STARTTLS\nS 454 4.7.0 TLS not now\ngone\n",
	    AUTH_LOGIN, 0, RC_AGAIN, "454" },
	{ "words behind STARTTLS", "smtp", "accept\nS 220 x\nC EHLO\n"
	    "S 250-x\nS 250 STARTTLS\nC STARTTLS\n"
	    "s 220 go\\r\\n250 injected\\r\\n\ngone\n",
	    AUTH_LOGIN, 0, RC_REFUSED, "" },
	{ "no TLS behind the port", "smtps", "accept\nS 220 x\nidle\n",
	    AUTH_LOGIN, 0, RC_AGAIN, "" },
	{ "handshake breaks", "smtp", STARTTLS "close\n",
	    AUTH_LOGIN, 0, RC_AGAIN, "" },
	/* S12 */
	{ "AUTH PLAIN", "smtp", STARTTLS "tls good\n" AUTHS PLAIN
	    "S 235 2.7.0 ok\n" TAKE, AUTH_LOGIN, 0, RC_OK, "ok" },
	{ "AUTH XOAUTH2", "smtp", STARTTLS "tls good\n" AUTHS BEARER
	    "S 235 2.7.0 ok\n" TAKE, AUTH_XOAUTH2, 0, RC_OK, "ok" },
	{ "AUTH OAUTHBEARER, where it stands alone", "smtp", STARTTLS
	    "tls good\n" AUTH_7628 "S 235 2.7.0 ok\n" TAKE,
	    AUTH_XOAUTH2, 0, RC_OK, "ok" },
	{ "535", "smtp", STARTTLS "tls good\n" AUTHS PLAIN
	    "S 535 5.7.139 SmtpClientAuthentication is disabled\ngone\n",
	    AUTH_LOGIN, 0, RC_REFUSED, "5.7.139" },
	{ "454 at AUTH", "smtp", STARTTLS "tls good\n" AUTHS PLAIN
	    "S 454 4.7.0 Temporary server error\ngone\n",
	    AUTH_LOGIN, 0, RC_AGAIN, "4.7.0" },
	{ "AUTH not offered", "smtp", STARTTLS "tls good\n" AFTER "gone\n",
	    AUTH_LOGIN, 0, RC_REFUSED, "" },
};

static const char	*dir;
static char		 ca[128], password[128], token[128];

static void
talk(const struct row *w, const char *host, const char *ca_file,
    struct smtp_result *r, int *connections)
{
	struct scripted		server;
	struct conf_relay	relay = { 0 };
	struct smtp		*s;
	struct err		err;
	char			url[64], resolve[64];

	scripted_start(&server, w->script, dir);
	(void)snprintf(url, sizeof(url), "%s://%s:%d", w->scheme, host,
	    server.port);
	(void)snprintf(resolve, sizeof(resolve), "%s:%d:127.0.0.1", host,
	    server.port);
	relay.name = "test";
	relay.url = url;
	relay.resolve = resolve;
	relay.ca_file = ca_file;
	relay.timeout = 3;
	relay.cleartext = w->cleartext;
	relay.auth = w->auth;
	relay.user = "user";
	relay.password_file = password;
	relay.oauth2.token_file = token;
	assert_int_equal(smtp_new(&relay, "courier.test", &s, &err), RC_OK);
	smtp_send(s, "a@b.test", "c@d.test", NULL, BODY, strlen(BODY), r);
	smtp_free(&s);
	*connections = server.page->connections;
	if (*connections == 0)
		scripted_kill(&server);
	scripted_end(&server);
}

static void
every_row(void **unused)
{
	struct smtp_result	r;
	int			n;

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row	*w = &rows[i];

		talk(w, "relay.test", ca, &r, &n);
		if (r.rc != w->rc || strstr(r.text, w->text) == NULL)
			fail_msg("%s: got %s \"%s\", want %s \"%s\"", w->name,
			    rc_name(r.rc), r.text, rc_name(w->rc), w->text);
		if ((r.rc == RC_OK) == r.relay_fault)
			fail_msg("%s: relay_fault=%d", w->name, r.relay_fault);
		if (strstr(r.text, "sesame") || strstr(r.text, "tok123"))
			fail_msg("%s: a secret in \"%s\"", w->name, r.text);
	}
}

static void
certificate_of_another_host(void **unused)
{
	struct row		w = { "x", "smtp", STARTTLS "tls good\ngone\n",
				    AUTH_LOGIN, 0, RC_REFUSED, "" };
	struct smtp_result	r;
	int			n;

	(void)unused;
	talk(&w, "mail.other.test", ca, &r, &n);
	assert_int_equal(r.rc, RC_REFUSED);
	w.script = STARTTLS "tls good\ngone\n";
	talk(&w, "relay.test", NULL, &r, &n);	/* the system's CAs */
	assert_int_equal(r.rc, RC_REFUSED);
}

static void
no_password_in_clear(void **unused)
{
	struct row		w = { "x", "smtp", "accept\nS 220 x\ngone\n",
				    AUTH_LOGIN, 1, RC_REFUSED, "" };
	struct smtp_result	r;
	int			n;

	(void)unused;
	talk(&w, "relay.test", NULL, &r, &n);
	assert_int_equal(r.rc, RC_REFUSED);
	assert_int_equal(n, 0);
}

static void
fingerprint(void **unused)
{
	struct smtp_result	r;
	char			cmd[256], want[80] = "";
	FILE			*p;
	int			n;

	(void)unused;
	talk(&rows[0], "relay.test", ca, &r, &n);
	(void)snprintf(cmd, sizeof(cmd), "certtool --fingerprint "
	    "--hash=sha256 --infile %s/good.pem", dir);
	p = popen(cmd, "r");
	assert_non_null(p);
	assert_non_null(fgets(want, sizeof(want), p));
	(void)pclose(p);
	want[strcspn(want, "\n")] = '\0';
	assert_int_equal(strncmp(r.tls, "sha256:", 7), 0);
	assert_string_equal(r.tls + 7, want);
}

static int
set_up(void **unused)
{
	(void)unused;
	dir = certs_make();
	(void)snprintf(ca, sizeof(ca), "%s/ca.pem", dir);
	certs_secret(password, "password", "open sesame");
	certs_secret(token, "token", "tok123");
	return 0;
}

static int
tear_down(void **unused)
{
	(void)unused;
	oauth2_done();
	certs_remove();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row),
		cmocka_unit_test(certificate_of_another_host),
		cmocka_unit_test(no_password_in_clear),
		cmocka_unit_test(fingerprint),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
