/*
 * doctor_net - the servers of the configuration, tried as the daemon would:
 * a login, sender and recipients, a TLS connection; no mail and no report.
 */
#include "cli/doctor.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "mail/cert.h"
#include "mail/curl_start.h"
#include "mail/mailbox.h"
#include "mail/oauth2.h"
#include "mail/smtp.h"
#include "mail/web.h"
#include "watch.h"

/* Words of an error that tell what to do; the first that fits. */
static const struct {
	const char	*word, *mend;
} cures[] = {
	{ "move-to", "see move-to, and whether the user may put mails there" },
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
	{ "denied", "see user and password-file" },
	{ "resolve", "see the host's name in url, and the DNS of this host" },
	{ "refused", "see whether the server runs, its port and firewalls" },
	{ "connect", "see whether the server runs, its port and firewalls" },
	{ "timed out", "see whether the server runs, and firewalls" },
	{ "535", "see user and password-file" },	/* and no port */
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

/* What a first start would find. */
static void
first_look(struct doctor *d, const struct conf_mailbox *mc, const char *text,
    int64_t old, int64_t others)
{
	const char	*since = mc->since == 0 ? "" : " that are not older "
			    "than \"since\"";

	if (old > 0)
		doctor_says(d, "mailbox", mc->name, arena_printf(
		    d->cli->arena, "%s; %" PRId64 " mails lie in the folder%s",
		    text, old, since), "each is taken for new at the first "
		    "start and answered: set \"since\" to leave old ones "
		    "alone, or move them to another folder");
	if (others > 0)
		doctor_says(d, "mailbox", mc->name, arena_printf(
		    d->cli->arena, "%s; %" PRId64 " mails lie in cur/%s, where "
		    "another program has put them, and are not taken", text,
		    others, since), "let no other program take mails from "
		    "new/; give those that are reports with tocsin import");
}

static void
try_mailbox(struct doctor *d, const struct conf_mailbox *mc)
{
	struct mailbox	*mb;
	struct err	 err;
	const char	*text = mc->kind == MAILBOX_MAILDIR ? "can be read" :
			    "logged in";
	int64_t		 old = 0, others = 0;
	int		 absent;

	if (mailbox_open(mc, d->cli->conf->mail_max, &mb, &err) != RC_OK) {
		doctor_says(d, "mailbox", mc->name, err.text, mc->kind ==
		    MAILBOX_MAILDIR ? "see path and who may read it" :
		    cure(err.text));
		return;
	}
	mailbox_since(mb, cli_zone(d->cli));
	if (d->first)
		old = mailbox_holds(mb, &others);
	if (mailbox_probe(mb, &absent, &err) != RC_OK)
		doctor_says(d, "mailbox", mc->name, err.text,
		    cure(err.text));
	else if (mc->since - cli_zone(d->cli) > clock_now())
		doctor_says(d, "mailbox", mc->name, "\"since\" lies ahead: no "
		    "mail is taken until then",
		    "set \"since\" to a day that has begun");
	else if (old > 0 || others > 0)
		first_look(d, mc, text, old, others);
	else
		well(d, "mailbox", mc->name, !absent ? text : arena_printf(
		    d->cli->arena, "%s; \"%s\" is not there yet and is made "
		    "when the first mail goes there", text, mc->move_to),
		    mailbox_expires(mb));
	mailbox_close(&mb);
}

static void
try_maildrop(struct doctor *d, const struct conf_relay *r)
{
	if (access(r->maildir, W_OK | X_OK) == -1)
		doctor_says(d, "relay", r->name, arena_printf(d->cli->arena,
		    "%s: %s", r->maildir, strerror(errno)),
		    "make the directory, for the courier's user");
	else
		doctor_says(d, "relay", r->name, "can be written", NULL);
}

/* What to do about a refusal, by what was asked. */
static const char *
relay_cure(const struct smtp_result *r)
{
	if (strcmp(r->step, "mail") == 0)
		return "see address, and whether the relay lets us send as it "
		    "(auth)";
	if (strcmp(r->step, "rcpt") == 0)
		return "see the address, and whether the relay lets us send "
		    "there (auth, its list of hosts)";
	return cure(r->text);
}

/* Would it take a mail for this one?  A "later" (greylisting) is an answer that
 * the courier sits out. */
static int
takes(struct doctor *d, const struct conf_relay *r, struct smtp *s,
    const char *to, int64_t *expires)
{
	struct smtp_result	a;

	smtp_probe(s, d->cli->conf->address, to, &a);
	*expires = a.expires;
	if (a.rc != RC_REFUSED && !a.relay_fault && !a.denied)
		return 1;
	doctor_says(d, "relay", r->name, a.code == 0 ? a.text :
	    arena_printf(d->cli->arena, "for %s it answers: %d %s", to, a.code,
	    a.text), relay_cure(&a));
	return 0;
}

/* All whom we may have to tell; ourselves where that is nobody. */
static void
try_addresses(struct doctor *d, const struct conf_relay *r, struct smtp *s)
{
	const struct conf	*c = d->cli->conf;
	int64_t			 expires;
	size_t			 n = 0;

	for (size_t i = 0; i < c->n_roles; i++)
		for (size_t k = 0; k < c->roles[i].mail.n; k++, n++)
			if (!takes(d, r, s, c->roles[i].mail.v[k], &expires))
				return;
	if (n > 0 || takes(d, r, s, c->address, &expires))
		well(d, "relay", r->name, arena_printf(d->cli->arena,
		    "would take mail for %zu address%s; nothing was sent", n,
		    n == 1 ? "" : "es"), expires);
}

static void
try_relay(struct doctor *d, const struct conf_relay *r)
{
	struct smtp	*s;
	struct err	 err;

	if (r->maildir != NULL) {
		try_maildrop(d, r);
		return;
	}
	if (smtp_new(r, d->cli->conf->domain, &s, &err) != RC_OK) {
		doctor_says(d, "relay", r->name, err.text, cure(err.text));
		return;
	}
	smtp_at(s, clock_now());
	try_addresses(d, r, s);
	smtp_quit(s);
	smtp_free(&s);
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
	struct err		 err;

	if (curl_start(&err) != RC_OK) {
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
