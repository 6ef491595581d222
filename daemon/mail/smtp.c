#include "mail/smtp.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/buf.h"
#include "mail/envelope.h"
#include "mail/oauth2.h"
#include "mail/reply.h"
#include "mail/stream.h"

#define REPLY_BUDGET	(64u * 1024)	/* bytes a server may say in a step */
#define DATA_CHUNK	(32u * 1024)
#define DOT_PATIENCE	3	/* filters run behind the dot; giving up there
				   makes a second copy. RFC 5321 4.5.3.2.6 */
#define HELO_MAX	253
#define ENVID_MAX	100	/* RFC 3461 4.4 */
#define CMD_MAX		2048

struct smtp {
	const struct conf_relay *relay;	/* the caller's, outlives us */
	char		*helo;
	char		 password[1024];
	int64_t		 now;
	struct stream	*stream;	/* NULL: not connected */
	struct reply_in	 in;
	int		 mails;		/* sent over this connection */
	int		 dirty;		/* a transaction was begun: RSET */
	int		 has_dsn;
	int		 has_size;
	int64_t		 size_max;	/* 0: none said */
};

struct letter {
	const char	*from, *to, *envid, *message;
	size_t		 len;
};

enum rc
smtp_new(const struct conf_relay *relay, const char *helo, struct smtp **out,
    struct err *err)
{
	struct smtp	*s;
	enum rc		 rc;

	*out = NULL;
	if (relay->url == NULL)
		return err_set(err, RC_REFUSED, "relay %s: no url",
		    relay->name);
	if (helo == NULL || !envelope_word_ok(helo, HELO_MAX) ||
	    strpbrk(helo, "/?#%") != NULL)
		return err_set(err, RC_REFUSED,
		    "relay %s: our name for EHLO is not a host name",
		    relay->name);
	s = xcalloc(1, sizeof(*s));
	s->relay = relay;
	s->helo = xstrdup(helo);
	if (relay->auth == AUTH_LOGIN) {
		rc = secret_read(relay->password_file, s->password,
		    sizeof(s->password), err);
		if (rc != RC_OK) {
			smtp_free(&s);
			return err_prefix(err, rc, "relay %s", relay->name);
		}
	}
	*out = s;
	return RC_OK;
}

static void
hang_up(struct smtp *s)
{
	stream_close(&s->stream);
	s->in.len = 0;
	s->mails = s->dirty = 0;
}

void
smtp_free(struct smtp **sp)
{
	struct smtp	*s = *sp;

	if (s == NULL)
		return;
	hang_up(s);
	explicit_bzero(s->password, sizeof(s->password));
	free(s->helo);
	free(s);
	*sp = NULL;
}

void
smtp_at(struct smtp *s, int64_t now)
{
	s->now = now;
}

static void
note(struct smtp_result *r, enum rc rc, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
note(struct smtp_result *r, enum rc rc, const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	(void)vsnprintf(r->text, sizeof(r->text), fmt, ap);
	va_end(ap);
	r->rc = rc;
	r->code = 0;
	r->status[0] = '\0';
}

static void
at_step(struct smtp_result *r, const char *step)
{
	(void)snprintf(r->step, sizeof(r->step), "%s", step);
}

/* The session ended without a final reply, or with the server's farewell. */
static void
lost(struct smtp *s, struct smtp_result *r, const char *why)
{
	note(r, RC_AGAIN, "%s: %s", r->step, why);
	r->relay_fault = 1;
	hang_up(s);
}

static int
is_farewell(int code, const char *status)
{
	return code == 421 || (code == 451 && strcmp(status, "4.4.2") == 0);
}

/* A reply for this step: r has its words.  -1: lost, r says how. */
static int
hear(struct smtp *s, struct smtp_result *r, int patience)
{
	struct reply	 reply;
	struct err	 err;
	enum rc		 rc;

	stream_arm(s->stream, patience * s->relay->timeout * 1000,
	    REPLY_BUDGET);
	rc = reply_read(s->stream, &s->in, &reply, &err);
	if (rc != RC_OK) {
		lost(s, r, err.text);
		return -1;
	}
	r->code = reply.code;
	memcpy(r->status, reply.status, sizeof(r->status));
	memcpy(r->text, reply.text, sizeof(r->text));
	if (is_farewell(reply.code, reply.status)) {
		r->rc = RC_AGAIN;
		r->relay_fault = 1;
		hang_up(s);
	}
	return reply.code;
}

/* Send one command line and hear the answer; the same results. */
static int
ask(struct smtp *s, struct smtp_result *r, const char *step, const char *cmd)
{
	struct err	err;

	at_step(r, step);
	if (s->in.len > 0) {	/* an answer to nothing: whose is the next? */
		lost(s, r, "the server said more than it was asked");
		return -1;
	}
	stream_arm(s->stream, s->relay->timeout * 1000, REPLY_BUDGET);
	if (stream_write(s->stream, cmd, strlen(cmd), &err) < 0) {
		lost(s, r, err.text);
		return -1;
	}
	return hear(s, r, 1);
}

/* A reply that is not the wanted one, as a result. */
static void
judge(struct smtp *s, struct smtp_result *r)
{
	if (s->stream == NULL)	/* lost() or a farewell has judged */
		return;
	if (r->code >= 400 && r->code < 500)
		r->rc = RC_AGAIN;
	else if (r->code >= 500)
		r->rc = RC_REFUSED;
	else
		lost(s, r, "an answer that does not belong here");
}

/* The server's keywords that we use. */
static void
take_ehlo(struct smtp *s)
{
	const char	*p = stream_ehlo(s->stream);
	size_t		 n;

	s->has_dsn = s->has_size = 0;
	s->size_max = 0;
	for (; *p != '\0'; p += n + 1) {
		n = strcspn(p, "\n");
		if (n == 3 && strncasecmp(p, "DSN", 3) == 0)
			s->has_dsn = 1;
		if (n >= 4 && strncasecmp(p, "SIZE", 4) == 0 &&
		    (p[4] == ' ' || p[4] == '\n')) {
			s->has_size = 1;
			s->size_max = strtoll(p + 4, NULL, 10);
		}
	}
}

/* Connect, with TLS and AUTH by the stream; r says what went wrong. */
static enum rc
dial(struct smtp *s, struct smtp_result *r)
{
	struct stream_conf	 c = { 0 };
	struct err		 err;
	char			 bearer[8192];
	enum rc			 rc;
	int64_t			 expires;

	at_step(r, "connect");
	c.url = s->relay->url;
	c.helo = s->helo;
	c.cleartext = s->relay->cleartext;
	c.ca_file = s->relay->ca_file;
	c.resolve = s->relay->resolve;
	c.timeout = s->relay->timeout;
	if (s->relay->auth != AUTH_NONE)
		c.user = s->relay->user;
	if (s->relay->auth == AUTH_LOGIN)
		c.password = s->password;
	rc = RC_OK;
	if (s->relay->auth == AUTH_XOAUTH2) {
		rc = oauth2_token(&s->relay->oauth2, s->relay->ca_file,
		    s->relay->resolve, bearer, sizeof(bearer), s->now,
		    &expires, &err);
		c.bearer = bearer;
	}
	if (rc == RC_OK)
		rc = stream_open(&c, &s->stream, &err);
	if (rc == RC_REFUSED && c.bearer != NULL)	/* next time anew */
		oauth2_forget(&s->relay->oauth2);
	explicit_bzero(bearer, sizeof(bearer));
	if (rc != RC_OK) {
		note(r, rc == RC_BROKEN ? RC_AGAIN : rc, "%s", err.text);
		r->relay_fault = 1;
		s->stream = NULL;
		return r->rc;
	}
	take_ehlo(s);
	return RC_OK;
}

/* A connection that is ours and clean; an old one may turn out dead. */
static enum rc
ready(struct smtp *s, struct smtp_result *r)
{
	int	code;

	if (s->stream == NULL)
		return dial(s, r);
	if (stream_wait(s->stream, -1, 0) != 0) {
		at_step(r, "connect");	/* a farewell, or the end */
		if (hear(s, r, 1) != -1 && s->stream != NULL)
			lost(s, r, "the server spoke unasked");
		return RC_AGAIN;
	}
	if (!s->dirty)
		return RC_OK;
	code = ask(s, r, "rset", "RSET\r\n");
	if (code / 100 == 2) {
		s->dirty = 0;
		return RC_OK;
	}
	if (s->stream != NULL)
		lost(s, r, "RSET was refused");
	return RC_AGAIN;
}

static enum rc
say_mail(struct smtp *s, const struct letter *l, struct smtp_result *r)
{
	struct buf	b;
	int		code;

	if (s->size_max > 0 && (int64_t)l->len > s->size_max) {
		at_step(r, "mail");
		note(r, RC_REFUSED, "message of %zu bytes, the server takes "
		    "%lld", l->len, (long long)s->size_max);
		return r->rc;
	}
	buf_init(&b, CMD_MAX);
	(void)buf_addf(&b, "MAIL FROM:<%s>", l->from);
	if (s->has_size)
		(void)buf_addf(&b, " SIZE=%zu", l->len);
	if (s->has_dsn)
		(void)buf_puts(&b, " RET=HDRS");
	if (s->has_dsn && l->envid != NULL) {
		(void)buf_puts(&b, " ENVID=");
		envelope_xtext(&b, l->envid);
	}
	(void)buf_puts(&b, "\r\n");
	s->dirty = 1;
	code = ask(s, r, "mail", b.data);
	buf_free(&b);
	if (code / 100 == 2)
		return RC_OK;
	judge(s, r);
	/* Too many connections, no space: any mail.  And a no that is not for
	 * this one's size or parameters is for our address, which they share. */
	if (code == 432 || code == 452 || strncmp(r->status, "4.3.", 4) == 0 ||
	    (code >= 500 && code != 552 && code != 555 &&
	    strcmp(r->status, "5.3.4") != 0 && strcmp(r->status, "5.5.4") != 0))
		r->relay_fault = 1;
	return r->rc;
}

static enum rc
say_rcpt(struct smtp *s, const struct letter *l, struct smtp_result *r)
{
	struct buf	b;
	int		code;

	buf_init(&b, CMD_MAX);
	(void)buf_addf(&b, "RCPT TO:<%s>", l->to);
	if (s->has_dsn) {
		(void)buf_puts(&b, l->envid != NULL ?
		    " NOTIFY=SUCCESS,FAILURE,DELAY" : " NOTIFY=FAILURE,DELAY");
		(void)buf_puts(&b, " ORCPT=rfc822;");
		envelope_xtext(&b, l->to);
	}
	(void)buf_puts(&b, "\r\n");
	code = ask(s, r, "rcpt", b.data);
	buf_free(&b);
	if (code / 100 == 2)
		return RC_OK;
	judge(s, r);
	r->denied = s->stream != NULL && reply_denies(code, r->status, r->text);
	if (r->denied)
		r->rc = RC_AGAIN;	/* may be mended, and here */
	return r->rc;
}

/*
 * What is said before the dot is no answer to it: a no counts, since the mail
 * was not ended and is surely not taken; anything else is nonsense, or would
 * be the receipt of a mail that nobody has.
 */
static enum rc
heard_early(struct smtp *s, struct smtp_result *r)
{
	if (s->in.len == 0 && stream_wait(s->stream, -1, 0) == 0)
		return RC_OK;
	if (hear(s, r, 1) == -1)
		return r->rc;
	judge(s, r);
	hang_up(s);
	return r->rc;
}

static enum rc
write_armed(struct smtp *s, const char *p, size_t n, struct smtp_result *r)
{
	struct err	err;

	if (heard_early(s, r) != RC_OK)
		return r->rc;
	if (n == 0)
		return RC_OK;
	stream_arm(s->stream, s->relay->timeout * 1000, REPLY_BUDGET);
	if (stream_write(s->stream, p, n, &err) >= 0)
		return RC_OK;
	lost(s, r, err.text);
	return RC_AGAIN;
}

/* The message with its dots stuffed, ending in CRLF; without the last dot. */
static enum rc
say_message(struct smtp *s, const struct letter *l, struct smtp_result *r)
{
	struct buf	b;
	enum rc		rc = RC_OK;
	int		bol = 1;

	buf_init(&b, 2 * DATA_CHUNK + 8);
	for (size_t i = 0; i < l->len && rc == RC_OK; i++) {
		if (bol && l->message[i] == '.')
			(void)buf_putc(&b, '.');
		(void)buf_putc(&b, l->message[i]);
		bol = l->message[i] == '\n';
		if (b.len >= DATA_CHUNK) {
			rc = write_armed(s, b.data, b.len, r);
			buf_reset(&b);
		}
	}
	if (!bol)
		(void)buf_puts(&b, "\r\n");
	if (rc == RC_OK)
		rc = write_armed(s, b.data, b.len, r);
	buf_free(&b);
	return rc;
}

static enum rc
say_data(struct smtp *s, const struct letter *l, struct smtp_result *r)
{
	struct err	err;
	int		code = ask(s, r, "data", "DATA\r\n");

	if (code != 354) {
		judge(s, r);
		return r->rc;
	}
	if (say_message(s, l, r) != RC_OK)
		return r->rc;	/* no dot was sent: surely not taken */
	at_step(r, "dot");
	stream_arm(s->stream, s->relay->timeout * 1000, REPLY_BUDGET);
	if (stream_write(s->stream, ".\r\n", 3, &err) < 0) {
		lost(s, r, err.text);
		r->unknown = 1;
		return r->rc;
	}
	code = hear(s, r, DOT_PATIENCE);
	if (code == -1) {
		r->unknown = 1;
		return r->rc;
	}
	if (code / 100 != 2) {
		judge(s, r);
		r->unknown = code < 400;	/* a 2yz or 3yz of nonsense */
		return r->rc;
	}
	s->dirty = 0;
	s->mails++;
	return RC_OK;
}

/* Everything before the mail itself. */
static enum rc
address(struct smtp *s, const struct letter *l, struct smtp_result *r)
{
	r->rc = ready(s, r);
	if (r->rc != RC_OK)
		return r->rc;
	(void)snprintf(r->tls, sizeof(r->tls), "%s",
	    stream_fingerprint(s->stream));
	r->expires = stream_expires(s->stream);
	r->rc = say_mail(s, l, r);
	if (r->rc == RC_OK)
		r->rc = say_rcpt(s, l, r);
	return r->rc;
}

static void
attempt(struct smtp *s, const struct letter *l, struct smtp_result *r)
{
	if (address(s, l, r) == RC_OK)
		r->rc = say_data(s, l, r);
	if (r->rc == RC_OK)
		(void)reply_queue_id(r->text, r->queue_id,
		    sizeof(r->queue_id));
	/* More words than the answer: what comes next would be a guess. */
	if (s->stream != NULL && s->in.len > 0)
		hang_up(s);
}

/* smtp://host:port/... as host:port */
static void
set_peer(const struct smtp *s, struct smtp_result *r)
{
	const char	*p = strstr(s->relay->url, "://");

	p = p == NULL ? s->relay->url : p + 3;
	(void)snprintf(r->peer, sizeof(r->peer), "%.*s",
	    (int)strcspn(p, "/"), p);
}

/* An old connection that died is nobody's failed try: once anew? */
static int
once_anew(const struct smtp *s, struct smtp_result *r, int reused)
{
	if (!reused || s->stream != NULL || r->rc != RC_AGAIN || r->unknown)
		return 0;
	r->relay_fault = 0;
	return 1;
}

void
smtp_send(struct smtp *s, const char *mail_from, const char *rcpt_to,
    const char *envid, const char *message, size_t len, struct smtp_result *r)
{
	struct letter	l = { mail_from, rcpt_to, envid, message, len };
	struct err	err;
	int		reused;

	memset(r, 0, sizeof(*r));
	set_peer(s, r);
	at_step(r, "check");
	if (envelope_check(mail_from, rcpt_to, message, len, &err) != RC_OK) {
		note(r, RC_REFUSED, "%s", err.text);
		return;
	}
	if (envid != NULL && !envelope_word_ok(envid, ENVID_MAX)) {
		note(r, RC_REFUSED, "envid: expected 1 to %d printable bytes",
		    ENVID_MAX);
		return;
	}
	reused = s->stream != NULL;
	attempt(s, &l, r);
	if (once_anew(s, r, reused))
		attempt(s, &l, r);
}

void
smtp_probe(struct smtp *s, const char *mail_from, const char *rcpt_to,
    struct smtp_result *r)
{
	static const char	nothing[] = "\r\n";
	struct letter		l = { mail_from, rcpt_to, NULL, nothing, 2 };
	struct err		err;
	int			reused = s->stream != NULL;

	memset(r, 0, sizeof(*r));
	set_peer(s, r);
	at_step(r, "check");
	if (envelope_check(mail_from, rcpt_to, nothing, 2, &err) != RC_OK)
		note(r, RC_REFUSED, "%s", err.text);
	else if (address(s, &l, r) != RC_OK && once_anew(s, r, reused))
		(void)address(s, &l, r);
}

void
smtp_quit(struct smtp *s)
{
	struct smtp_result	r = { 0 };

	if (s->stream == NULL)
		return;
	(void)ask(s, &r, "quit", "QUIT\r\n");
	hang_up(s);
}
