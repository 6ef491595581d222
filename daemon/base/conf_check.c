#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/conf_read.h"
#include "base/log.h"

/* What stands in a URL of ours: scheme://host[:port] and, for HTTP, more. */
struct url {
	char	scheme[8];
	char	host[256];
	int	port;			/* 0: the scheme's own */
};

static int
host_take(const char **p, char host[256])
{
	const char	*s = *p;
	unsigned char	 addr[16];
	size_t		 n;

	if (*s == '[') {
		n = strcspn(++s, "]");
		if (s[n] != ']' || n > 45)
			return -1;
		(void)snprintf(host, 256, "%.*s", (int)n, s);
		*p = s + n + 1;
		return inet_pton(AF_INET6, host, addr) == 1 ? 0 : -1;
	}
	n = strcspn(s, ":/?#");
	if (n > 253)
		return -1;
	(void)snprintf(host, 256, "%.*s", (int)n, s);
	*p = s + n;
	return conf_domain_ok(host) ? 0 : -1;
}

/* schemes: blank-separated.  path: may a path follow? */
static int
url_parse(const char *s, const char *schemes, int path, struct url *u)
{
	const char	*p = strstr(s, "://"), *w = schemes;
	char		*end;
	size_t		 n;

	memset(u, 0, sizeof(*u));
	if (p == NULL || (n = (size_t)(p - s)) >= sizeof(u->scheme))
		return -1;
	memcpy(u->scheme, s, n);
	while (*w != '\0' && !(strncmp(w, u->scheme, n) == 0 &&
	    (w[n] == ' ' || w[n] == '\0'))) {
		w += strcspn(w, " ");
		w += *w == ' ';
	}
	p += 3;
	if (*w == '\0' || host_take(&p, u->host) == -1)
		return -1;
	if (*p == ':') {
		if (p[1] < '1' || p[1] > '9')
			return -1;
		u->port = (int)strtol(p + 1, &end, 10);
		if (u->port > 65535 || end - p > 6)
			return -1;
		p = end;
	}
	if (*p == '/' && !path && p[1] == '\0')
		p++;
	if (!path)
		return *p == '\0' ? 0 : -1;
	for (; *p != '\0'; p++)
		if (*p <= ' ' || *p >= 0x7f)
			return -1;
	return 0;
}

static int
addr_is_loopback(const char *s)
{
	unsigned char	 v4[4], v6[16];
	static const unsigned char one[16] = { [15] = 1 };

	if (inet_pton(AF_INET, s, v4) == 1)
		return v4[0] == 127;
	if (inet_pton(AF_INET6, s, v6) == 1)
		return memcmp(v6, one, sizeof(one)) == 0;
	return 0;
}

/* The host itself, or where "resolve" sends it. */
static int
is_loopback(const struct url *u, const char *resolve)
{
	char	addr[64];
	size_t	n = strlen(u->host);

	if (strcasecmp(u->host, "localhost") == 0 || addr_is_loopback(u->host))
		return 1;
	if (resolve == NULL || strncasecmp(resolve, u->host, n) != 0 ||
	    resolve[n] != ':')
		return 0;
	resolve = strchr(resolve + n + 1, ':');
	if (resolve == NULL)
		return 0;
	resolve += resolve[1] == '[' ? 2 : 1;
	(void)snprintf(addr, sizeof(addr), "%.*s",
	    (int)strcspn(resolve, "]"), resolve);
	return addr_is_loopback(addr);
}

/* What stands before an @ may be a password: this goes into the log. */
static enum rc
fault_url(struct conf_file *f, const void *base, const char *key,
    const char *url, const char *want)
{
	const char	*at = strrchr(url, '@'), *name = strstr(url, "://");
	int		 kept = at == NULL ? 0 : name == NULL || name > at ? 0 :
			    (int)(name + 3 - url);
	char		 text[128];

	return conf_fault(f, base, key, "found \"%.*s%s%s\", expected %s", kept,
	    url, at == NULL ? "" : "...", log_text(text, sizeof(text),
	    at == NULL ? url : at), want);
}

static enum rc
check_cleartext(struct conf_file *f, const void *base, int cleartext,
    const struct url *u, const char *plain, const char *resolve)
{
	if (cleartext && strcmp(u->scheme, plain) != 0)
		return conf_fault(f, base, "cleartext", "found true with "
		    "%s://, expected %s://", u->scheme, plain);
	if (cleartext && !is_loopback(u, resolve))
		return conf_fault(f, base, "cleartext", "found true for host "
		    "%s, expected a loopback host", u->host);
	return RC_OK;
}

static enum rc
check_oauth2(struct conf_file *f, const void *base,
    const struct conf_oauth2 *o, int needed)
{
	struct url	u;

	if (o->token_url == NULL && o->token_file == NULL) {
		if (needed)
			return conf_fault(f, base, "oauth2", "found neither "
			    "token-url nor token-file, expected one of them "
			    "for xoauth2");
		return RC_OK;
	}
	if (o->token_url != NULL && o->token_file != NULL)
		return conf_fault(f, o, "token-file", "found with token-url, "
		    "expected one of them");
	if (o->token_url == NULL)
		return RC_OK;
	if (url_parse(o->token_url, "https", 1, &u) == -1 &&
	    (url_parse(o->token_url, "http", 1, &u) == -1 ||
	    !is_loopback(&u, NULL)))
		return fault_url(f, o, "token-url", o->token_url,
		    "https://host[:port]/path");
	if (o->client_id == NULL)
		return conf_fault(f, o, "client-id", "found nothing, expected "
		    "our identifier at token-url");
	if (o->client_secret_file == NULL && o->refresh_token_file == NULL)
		return conf_fault(f, o, "client-secret-file", "found nothing, "
		    "expected this or refresh-token-file with token-url");
	return RC_OK;
}

static enum rc
check_login(struct conf_file *f, const void *base, enum auth_kind auth,
    const char *user, const char *password_file, const struct conf_oauth2 *o)
{
	if (auth != AUTH_NONE && user == NULL)
		return conf_fault(f, base, "user", "found nothing, expected "
		    "the name to log in with");
	if (auth == AUTH_LOGIN && password_file == NULL)
		return conf_fault(f, base, "password-file", "found nothing, "
		    "expected the file of the password");
	return check_oauth2(f, base, o, auth == AUTH_XOAUTH2);
}

static enum rc
check_mailbox(struct conf_file *f, const struct conf_mailbox *m)
{
	static const char	 want[] = "imaps://host[:port] or "
				    "imap://host[:port]";
	struct url		 u;
	enum rc			 rc;

	if (m->after == AFTER_MOVE && m->move_to == NULL)
		return conf_fault(f, m, "move-to", "found nothing, expected "
		    "the folder to move to");
	if (m->kind == MAILBOX_MAILDIR) {
		if (m->path == NULL)
			return conf_fault(f, m, "path", "found nothing, "
			    "expected the directory of the Maildir");
		return RC_OK;
	}
	if (m->url == NULL)
		return conf_fault(f, m, "url", "found nothing, expected %s",
		    want);
	if (url_parse(m->url, "imaps imap", 0, &u) == -1)
		return fault_url(f, m, "url", m->url, want);
	rc = check_cleartext(f, m, m->cleartext, &u, "imap", m->resolve);
	if (rc != RC_OK)
		return rc;
	return check_login(f, m, m->auth, m->user, m->password_file,
	    &m->oauth2);
}

static int
same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Two intakes on one mailbox would take each other's mails for new. */
static enum rc
check_twice(struct conf_file *f, const struct conf *c,
    const struct conf_mailbox *m)
{
	for (const struct conf_mailbox *o = c->mailboxes; o < m; o++) {
		if (o->kind != m->kind)
			continue;
		if (m->kind == MAILBOX_MAILDIR ? same(o->path, m->path) :
		    same(o->url, m->url) && same(o->user, m->user) &&
		    same(o->folder, m->folder))
			return conf_fault(f, m, m->kind == MAILBOX_MAILDIR ?
			    "path" : "url", "found the mailbox of \"%s\" "
			    "again, expected each mailbox once", o->name);
	}
	return RC_OK;
}

/* What we send to ourselves comes back to us. */
static enum rc
check_addresses(struct conf_file *f, const struct conf *c, const void *base,
    const char *key, const struct strings *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcasecmp(list->v[i], c->address) == 0)
			return conf_fault(f, base, key, "found \"%s\", the "
			    "address people report to, expected another",
			    list->v[i]);
	return RC_OK;
}

static enum rc
check_contact(struct conf_file *f, const struct conf *c,
    const struct conf_contact *k)
{
	if (k->mail.n == 0)
		return conf_fault(f, k, "contact", "found no mail for \"%s\", "
		    "expected at least one address", k->name);
	return check_addresses(f, c, k, "mail", &k->mail);
}

static enum rc
check_relay(struct conf_file *f, const struct conf_relay *r)
{
	static const char	 want[] = "smtps://host[:port] or "
				    "smtp://host[:port]";
	struct url		 u;
	enum rc			 rc;

	if (r->url != NULL && r->maildir != NULL)
		return conf_fault(f, r, "maildir", "found with url, expected "
		    "one of them");
	if (r->maildir != NULL)
		return RC_OK;
	if (r->url == NULL)
		return conf_fault(f, r, "url", "found nothing, expected %s",
		    want);
	if (url_parse(r->url, "smtps smtp", 0, &u) == -1)
		return fault_url(f, r, "url", r->url, want);
	rc = check_cleartext(f, r, r->cleartext, &u, "smtp", r->resolve);
	if (rc != RC_OK)
		return rc;
	return check_login(f, r, r->auth, r->user, r->password_file,
	    &r->oauth2);
}

static enum rc
check_http(struct conf_file *f, const struct conf_http *h, int there)
{
	struct url	u;

	if (!there)
		return RC_OK;
	if (h->url == NULL)
		return conf_fault(f, h, "url", "found nothing, expected "
		    "https://host[:port]/path");
	if (url_parse(h->url, "https http", 1, &u) == -1 ||
	    (strcmp(u.scheme, "http") == 0 && !h->cleartext))
		return fault_url(f, h, "url", h->url,
		    "https://host[:port]/path");
	if (h->cleartext && !is_loopback(&u, h->resolve))
		return conf_fault(f, h, "cleartext", "found true for host %s, "
		    "expected a loopback host", u.host);
	if ((h->cert_file == NULL) != (h->key_file == NULL))
		return conf_fault(f, h, h->key_file == NULL ? "key-file" :
		    "cert-file", "found nothing, expected it beside %s",
		    h->key_file == NULL ? "cert-file" : "key-file");
	if (h->number_pointer != NULL && h->number_pointer[0] != '/')
		return fault_url(f, h, "number-pointer", h->number_pointer,
		    "a JSON pointer like /case/number");
	return check_oauth2(f, h, &h->oauth2, 0);
}

static int
http_there(const struct conf_file *f, const struct conf_http *h)
{
	for (size_t i = 0; i < f->n_places; i++)
		if (f->places[i].base == h)
			return 1;
	return 0;
}

/* Whom a letter may be for without a block in the configuration; "tocsin" is
 * who owns and writes what the house does by itself. */
static int
is_taken(const char *name)
{
	static const char *const taken[] = {
		"reporter", "sender", "parts", "tocsin", NULL
	};

	for (size_t i = 0; taken[i] != NULL; i++)
		if (strcmp(name, taken[i]) == 0)
			return 1;
	return 0;
}

static enum rc
check_role(struct conf_file *f, const struct conf *c, struct conf_role *r)
{
	const struct conf_key	*keys;
	size_t			 n;
	struct err		 why;
	const char		*scratch = NULL;
	enum rc			 rc;

	/* A role's name is looked up by deputy and policy: same grammar. */
	keys = conf_keys(&n);
	for (size_t i = 0; i < n; i++) {
		struct conf_key	k = keys[i];

		if (k.sec != SEC_ROLE || k.type != KEY_NAME)
			continue;
		k.offset = 0;
		if (conf_value(&k, r->name, "", &scratch, f->arena, &why) !=
		    RC_OK)
			return conf_fault(f, r, "role", "%s", why.text);
	}
	if (is_taken(r->name))
		return conf_fault(f, r, "role", "found \"%s\", which has a "
		    "meaning of its own, expected another name", r->name);
	if (r->deputy != NULL && conf_role(c, r->deputy) == NULL)
		return conf_fault(f, r, "deputy", "found \"%s\", expected the "
		    "name of a role in this file", r->deputy);
	if (r->deputy != NULL && strcmp(r->deputy, r->name) == 0)
		return conf_fault(f, r, "deputy", "found the role itself, "
		    "expected another role");
	if (r->mail.n == 0 && r->members.n == 0 && r->phone == NULL &&
	    r->fax == NULL && !http_there(f, &r->http))
		return conf_fault(f, r, "role", "found no way to reach \"%s\""
		    ", expected mail, http, phone or fax", r->name);
	rc = check_addresses(f, c, r, "mail", &r->mail);
	if (rc == RC_OK)
		rc = check_addresses(f, c, r, "members", &r->members);
	return rc == RC_OK ? check_http(f, &r->http, http_there(f, &r->http)) :
	    rc;
}

/* "address" believes From: only where nobody else can put mails. */
static enum rc
check_authority(struct conf_file *f, const struct conf *c)
{
	struct url	u;

	if ((strcmp(c->authority, "auth-results") == 0 ||
	    strcmp(c->authority, "both") == 0) && c->authserv_ids.n == 0)
		return conf_fault(f, c, "authority", "found %s without "
		    "authserv-ids, expected the names of trusted servers "
		    "there", c->authority);
	if (strcmp(c->authority, "address") != 0)
		return RC_OK;
	for (size_t i = 0; i < c->n_mailboxes; i++) {
		const struct conf_mailbox *m = &c->mailboxes[i];

		if (m->kind == MAILBOX_MAILDIR ||
		    (url_parse(m->url, "imaps imap", 0, &u) == 0 &&
		    is_loopback(&u, m->resolve)))
			continue;
		return conf_fault(f, c, "authority", "found address with "
		    "mailbox \"%s\" on host %s, expected token, auth-results, "
		    "both or either", m->name, u.host);
	}
	return RC_OK;
}

/* Our Message-IDs are how our own mail is known when it comes back. */
static enum rc
check_domain(struct conf_file *f, const struct conf *c)
{
	int	taken;

	if (c->domain == NULL)
		return RC_OK;
	taken = strcasecmp(c->domain, strrchr(c->address, '@') + 1) == 0;
	for (size_t i = 0; i < c->own_domains.n; i++)
		taken |= strcasecmp(c->domain, c->own_domains.v[i]) == 0;
	return !taken ? RC_OK : conf_fault(f, c, "domain", "found \"%s\", "
	    "expected one that people's mails do not come from, like "
	    "tocsin.%s", c->domain, c->domain);
}

static enum rc
check_top(struct conf_file *f, const struct conf *c)
{
	if (c->address == NULL)
		return conf_fault(f, c, "address", "found nothing, expected "
		    "the address people report to");
	if (c->n_mailboxes == 0)
		return conf_fault(f, c, "mailbox", "found none, expected at "
		    "least one");
	if (c->n_relays == 0)
		return conf_fault(f, c, "relay", "found none, expected at "
		    "least one");
	return check_domain(f, c);
}

enum rc
conf_check(struct conf_file *f, struct conf *c)
{
	enum rc	rc = check_top(f, c);

	for (size_t i = 0; i < c->n_mailboxes && rc == RC_OK; i++) {
		rc = check_mailbox(f, &c->mailboxes[i]);
		if (rc == RC_OK)
			rc = check_twice(f, c, &c->mailboxes[i]);
	}
	for (size_t i = 0; i < c->n_relays && rc == RC_OK; i++)
		rc = check_relay(f, &c->relays[i]);
	for (size_t i = 0; i < c->n_roles && rc == RC_OK; i++)
		rc = check_role(f, c, &c->roles[i]);
	for (size_t i = 0; i < c->n_contacts && rc == RC_OK; i++)
		rc = check_contact(f, c, &c->contacts[i]);
	return rc == RC_OK ? check_authority(f, c) : rc;
}
