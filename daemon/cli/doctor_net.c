/*
 * doctor_net - the servers of the configuration, tried as the daemon would:
 * a login, a greeting, a TLS connection; no mail and no report.
 */
#include "cli/doctor.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>

#include "base/clock.h"
#include "mail/cert.h"
#include "mail/mailbox.h"
#include "mail/oauth2.h"
#include "mail/stream.h"
#include "mail/web.h"
#include "watch.h"

#define SECRET_MAX	8192

/* Words of an error that tell what to do; the first that fits. */
static const struct {
	const char	*word, *mend;
} cures[] = {
	{ "certificate", "see ca-file, the host's name in url, and the "
	    "server's certificate" },
	{ "TLS", "see the scheme of url and what the server offers" },
	{ "STARTTLS", "the server offers no STARTTLS: use imaps: or smtps:" },
	{ "oauth2", "see the oauth2 section; a person may have to consent "
	    "anew" },
	{ "token", "see the oauth2 section and its files" },
	{ "login", "see user and password-file, and whether the account is "
	    "locked" },
	{ "AUTH", "see user, password-file and auth" },
	{ "535", "see user and password-file" },
	{ "denied", "see user and password-file" },
	{ "resolve", "see the host's name in url, and the DNS of this host" },
	{ "refused", "see whether the server runs, its port and firewalls" },
	{ "connect", "see whether the server runs, its port and firewalls" },
	{ "timed out", "see whether the server runs, and firewalls" },
	{ "folder", "see folder" },
};

static const char *
cure(const char *text)
{
	for (size_t i = 0; i < sizeof(cures) / sizeof(cures[0]); i++)
		if (strcasestr(text, cures[i].word) != NULL)
			return cures[i].mend;
	return "see its section in the configuration";
}

/* It works; but until when? */
static void
well(struct doctor *d, const char *what, const char *name, const char *text,
    int64_t expires)
{
	char	end[100];

	if (watch_expiry(clock_now(), expires, d->cli->conf->expiry_days, end,
	    sizeof(end)))
		doctor_says(d, what, name, arena_printf(d->cli->arena,
		    "works, but its certificate %s", end),
		    "have the certificate renewed");
	else
		doctor_says(d, what, name, text, NULL);
}

static void
try_mailbox(struct doctor *d, const struct conf_mailbox *mc)
{
	struct mailbox	*mb;
	struct err	 err;

	if (mailbox_open(mc, d->cli->conf->mail_max, &mb, &err) != RC_OK) {
		doctor_says(d, "mailbox", mc->name, err.text, mc->kind ==
		    MAILBOX_MAILDIR ? "see path and who may read it" :
		    cure(err.text));
		return;
	}
	well(d, "mailbox", mc->name, mc->kind == MAILBOX_MAILDIR ?
	    "can be read" : "logged in", mailbox_expires(mb));
	mailbox_close(&mb);
}

static enum rc
relay_secret(const struct conf_relay *rc_, struct stream_conf *sc,
    char *secret, size_t size, struct err *err)
{
	int64_t	expires;
	enum rc	rc;

	if (rc_->auth == AUTH_NONE)
		return RC_OK;
	sc->user = rc_->user;
	if (rc_->auth == AUTH_LOGIN) {
		sc->password = secret;
		return secret_read(rc_->password_file, secret, size, err);
	}
	sc->bearer = secret;
	rc = oauth2_token(&rc_->oauth2, rc_->ca_file, rc_->resolve, secret,
	    size, clock_now(), &expires, err);
	return rc;
}

static void
try_relay(struct doctor *d, const struct conf_relay *r)
{
	char		 secret[SECRET_MAX];
	struct stream	*s = NULL;
	struct err	 err;
	enum rc		 rc;
	struct stream_conf sc = {
		.url = r->url, .cleartext = r->cleartext,
		.ca_file = r->ca_file, .resolve = r->resolve,
		.helo = d->cli->conf->domain, .timeout = r->timeout,
	};

	if (r->maildir != NULL) {
		if (access(r->maildir, W_OK | X_OK) == -1)
			doctor_says(d, "relay", r->name, arena_printf(
			    d->cli->arena, "%s: %s", r->maildir,
			    strerror(errno)), "make the directory, for the "
			    "courier's user");
		else
			doctor_says(d, "relay", r->name, "can be written",
			    NULL);
		return;
	}
	rc = relay_secret(r, &sc, secret, sizeof(secret), &err);
	if (rc == RC_OK)
		rc = stream_open(&sc, &s, &err);
	explicit_bzero(secret, sizeof(secret));
	if (rc != RC_OK) {
		doctor_says(d, "relay", r->name, err.text, cure(err.text));
		return;
	}
	stream_arm(s, 2000, 4096);
	(void)stream_write(s, "QUIT\r\n", 6, &err);
	well(d, "relay", r->name, r->auth == AUTH_NONE ? "greets us" :
	    "greets us and takes our name and secret", stream_expires(s));
	stream_close(&s);
}

static void
try_http(struct doctor *d, const struct conf_role *role)
{
	const struct conf_http	*h = &role->http;
	struct web_conf		 wc = {
		.url = h->url, .cleartext = h->cleartext,
		.ca_file = h->ca_file, .cert_file = h->cert_file,
		.key_file = h->key_file, .resolve = h->resolve,
		.timeout = h->timeout,
	};
	struct web_answer	 a;
	struct web		*w;
	struct err		 err;

	if (h->cert_file != NULL)
		well(d, "certificate", h->cert_file, "is good",
		    cert_file_expires(h->cert_file));
	if (web_new(&wc, &w, &err) != RC_OK) {
		doctor_says(d, "http", role->name, err.text, "see url");
		return;
	}
	web_probe(w, &a);
	if (a.code == 0)
		doctor_says(d, "http", role->name, a.error, cure(a.error));
	else if (a.code >= 500 && a.code != 501)
		doctor_says(d, "http", role->name, arena_printf(d->cli->arena,
		    "answers %d", a.code), "ask the receiver");
	else
		well(d, "http", role->name, arena_printf(d->cli->arena,
		    "answers (%d); nothing was sent", a.code), a.expires);
	web_answer_free(&a);
	web_free(&w);
}

void
doctor_servers(struct doctor *d)
{
	const struct conf	*c = d->cli->conf;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		doctor_says(d, "libcurl", NULL, "does not start",
		    "see the installation");
		return;
	}
	for (size_t i = 0; i < c->n_mailboxes; i++)
		try_mailbox(d, &c->mailboxes[i]);
	for (size_t i = 0; i < c->n_relays; i++)
		try_relay(d, &c->relays[i]);
	for (size_t i = 0; i < c->n_roles; i++)
		if (c->roles[i].http.url != NULL)
			try_http(d, &c->roles[i]);
	oauth2_done();
}
