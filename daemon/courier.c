#include "courier.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>
#include <jansson.h>
#include <unistr.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/log.h"
#include "mail/http.h"
#include "mail/maildrop.h"
#include "mail/oauth2.h"
#include "mail/smtp.h"

#define IDLE_MS		15000	/* an open session is kept so long */

struct courier {
	struct channel		*desk;
	const struct conf	*conf;
	struct smtp		**smtp;		/* as conf->relays, NULL: not yet */
	struct http		**http;		/* as conf->roles */
};

struct job {
	int64_t		 id;
	json_t		*doc;
	const char	*from, *to, *role, *key, *envid, *type;
	int64_t		 now;
	const char	*content;
	size_t		 len;
};

static const char *
text_of(const struct job *j, const char *name)
{
	return json_string_value(json_object_get(j->doc, name));
}

/* A peer's words as UTF-8: what is none, and control bytes, become '?'. */
static json_t *
words(const char *s, size_t most)
{
	struct buf	 b;
	json_t		*v;
	size_t		 len = strnlen(s, most);
	int		 n;

	buf_init(&b, most + 1);
	while (len > 0) {
		n = u8_mblen((const uint8_t *)s, len);
		if (n <= 0 || (n == 1 && ((unsigned char)*s < ' ' ||
		    *s == 0x7f))) {
			(void)buf_putc(&b, n == 1 && strchr("\r\n\t", *s) ?
			    ' ' : '?');
			n = 1;
		} else
			(void)buf_add(&b, s, (size_t)n);
		s += n;
		len -= (size_t)n;
	}
	v = json_string(b.data);
	buf_free(&b);
	return v != NULL ? v : json_string("");
}

static void
set(json_t *o, const char *name, json_t *v)
{
	if (v == NULL || json_object_set_new(o, name, v) == -1)
		abort();	/* no memory */
}

/*
 * The one place that decides what a result means for the promise.  A broken
 * way (certificate, password, refused greeting) never refuses a mail: it
 * waits, and the fault is told.
 */
static const char *
meaning(enum rc rc, int unknown, int relay_fault)
{
	if (rc == RC_OK)
		return "accepted";
	if (unknown)
		return "unknown";
	return rc == RC_REFUSED && !relay_fault ? "refused" : "again";
}

static json_t *
receipt_of(enum rc rc, int unknown, int relay_fault, int code,
    const char *text)
{
	json_t	*o = json_object();

	set(o, "result", json_string(meaning(rc, unknown, relay_fault)));
	set(o, "code", json_integer(code));
	set(o, "text", words(text, 2048));
	set(o, "relay_fault", json_boolean(relay_fault));
	return o;
}

static json_t *
from_smtp(const struct smtp_result *r, const char *relay)
{
	json_t	*o = receipt_of(r->rc, r->unknown, r->relay_fault, r->code,
		    r->text);

	set(o, "status", json_string(r->status));
	set(o, "step", json_string(r->step));
	set(o, "peer", words(r->peer, sizeof(r->peer)));
	set(o, "remote_id", words(r->queue_id, sizeof(r->queue_id)));
	set(o, "tls", json_string(r->tls));
	set(o, "relay", words(relay, 256));
	return o;
}

static json_t *
from_http(const struct http_result *r)
{
	json_t	*o = receipt_of(r->rc, r->unknown, r->relay_fault, r->code,
		    r->text);

	set(o, "step", json_string("http"));
	set(o, "peer", words(r->peer, sizeof(r->peer)));
	set(o, "remote_id", words(r->remote_id, sizeof(r->remote_id)));
	set(o, "tls", json_string(r->tls));
	set(o, "retry_after", json_integer(r->retry_after));
	return o;
}

static void
try_relay(struct courier *c, size_t i, const struct job *j,
    struct smtp_result *r)
{
	const struct conf_relay	*relay = &c->conf->relays[i];
	const char		*helo = c->conf->domain;
	struct err		 err;

	if (relay->maildir != NULL) {
		maildrop_send(relay->maildir, j->from, j->to, j->content,
		    j->len, j->now, r);
		return;
	}
	if (c->smtp[i] == NULL &&
	    smtp_new(relay, helo, &c->smtp[i], &err) != RC_OK) {
		memset(r, 0, sizeof(*r));
		r->rc = RC_AGAIN;
		r->relay_fault = 1;
		(void)snprintf(r->step, sizeof(r->step), "check");
		(void)snprintf(r->text, sizeof(r->text), "%s", err.text);
		return;
	}
	smtp_at(c->smtp[i], j->now);
	smtp_send(c->smtp[i], j->from, j->to, j->envid, j->content, j->len, r);
}

/* The relays in order; the next one only when the way was at fault. */
static json_t *
send_mail(struct courier *c, const struct job *j)
{
	struct smtp_result	 r;
	struct buf		 failed;
	json_t			*o = NULL;
	size_t			 i;

	if (j->from == NULL || j->to == NULL)
		return receipt_of(RC_REFUSED, 0, 0, 0,
		    "courier: a job without from and to");
	if (c->conf->n_relays == 0)
		return receipt_of(RC_AGAIN, 0, 1, 0,
		    "courier: no relay is configured");
	buf_init(&failed, 2048);
	for (i = 0; i < c->conf->n_relays; i++) {
		try_relay(c, i, j, &r);
		json_decref(o);
		o = from_smtp(&r, c->conf->relays[i].name);
		if (r.rc == RC_OK || r.unknown || !r.relay_fault)
			break;
		(void)buf_addf(&failed, "%s%s: %s", failed.len > 0 ? "; " : "",
		    c->conf->relays[i].name, r.text);
	}
	if (i == c->conf->n_relays && i > 1)	/* say what ailed each */
		set(o, "text", words(failed.data, 2048));
	buf_free(&failed);
	return o;
}

static json_t *
post_json(struct courier *c, const struct job *j)
{
	struct http_result	 r;
	struct err		 err;
	size_t			 i;

	for (i = 0; i < c->conf->n_roles; i++)
		if (j->role != NULL &&
		    strcmp(c->conf->roles[i].name, j->role) == 0)
			break;
	if (i == c->conf->n_roles || c->conf->roles[i].http.url == NULL)
		return receipt_of(RC_REFUSED, 0, 0, 0,
		    "courier: the role has no HTTP address");
	if (j->key == NULL)
		return receipt_of(RC_REFUSED, 0, 0, 0,
		    "courier: a job without message_id");
	if (c->http[i] == NULL && http_new(&c->conf->roles[i].http,
	    &c->http[i], &err) != RC_OK)
		return receipt_of(RC_AGAIN, 0, 1, 0, err.text);
	http_send(c->http[i], j->key, j->type == NULL ? "application/json" :
	    j->type, j->content, j->len, j->now, &r);
	return from_http(&r);
}

static json_t *
carry(struct courier *c, const struct job *j)
{
	const char	*channel = text_of(j, "channel");

	if (channel != NULL && strcmp(channel, "smtp") == 0)
		return send_mail(c, j);
	if (channel != NULL && strcmp(channel, "http") == 0)
		return post_json(c, j);
	return receipt_of(RC_REFUSED, 0, 0, 0,
	    "courier: a job for no channel we know");
}

static enum rc
answer(struct courier *c, int64_t id, const json_t *o, struct err *err)
{
	struct frame	 f;
	char		*text = json_dumps(o, JSON_COMPACT);
	enum rc		 rc;

	if (text == NULL)
		abort();
	frame_start(&f, FRAME_RECEIPT);
	frame_num(&f, id);
	frame_str(&f, text);
	rc = channel_send(c->desk, &f, err);
	free(text);
	return rc;
}

static enum rc
do_job(struct courier *c, const struct frame *f, struct err *err)
{
	struct job	 j = { 0 };
	json_t		*o;
	const char	*trouble;
	enum rc		 rc;

	if (f->n < 3 || frame_int(f, 0, &j.id) == -1)
		return err_set(err, RC_REFUSED, "courier: a JOB of %u fields",
		    f->n);
	j.doc = json_loadb(f->field[1].p, f->field[1].len, 0, NULL);
	j.from = text_of(&j, "from");
	j.to = text_of(&j, "to");
	j.role = text_of(&j, "role");
	j.key = text_of(&j, "message_id");
	j.envid = text_of(&j, "envid");
	j.type = text_of(&j, "type");
	j.now = json_integer_value(json_object_get(j.doc, "now"));
	if (j.envid != NULL && j.envid[0] == '\0')
		j.envid = NULL;
	j.content = f->field[2].p;
	j.len = f->field[2].len;
	o = carry(c, &j);
	fault_step("courier-sent");
	trouble = oauth2_trouble();
	if (trouble[0] != '\0')
		log_err(NULL, "courier: %s", trouble);
	rc = answer(c, j.id, o, err);
	json_decref(o);
	json_decref(j.doc);
	return rc;
}

static enum rc
do_ping(struct courier *c, const struct frame *f, struct err *err)
{
	struct frame	pong;
	int64_t		n;

	(void)frame_int(f, 0, &n);
	frame_start(&pong, FRAME_PONG);
	frame_num(&pong, n);
	return channel_send(c->desk, &pong, err);
}

/* Secrets are read now, while we may; what fails is tried again per job. */
static void
prepare(struct courier *c)
{
	const struct conf	*conf = c->conf;
	struct err		 err;

	c->smtp = xcalloc(conf->n_relays + 1, sizeof(struct smtp *));
	c->http = xcalloc(conf->n_roles + 1, sizeof(struct http *));
	for (size_t i = 0; i < conf->n_relays; i++)
		if (conf->relays[i].maildir == NULL &&
		    smtp_new(&conf->relays[i], conf->domain, &c->smtp[i],
		    &err) != RC_OK)
			log_err(NULL, "courier: %s", err.text);
	for (size_t i = 0; i < conf->n_roles; i++)
		if (conf->roles[i].http.url != NULL &&
		    http_new(&conf->roles[i].http, &c->http[i], &err) != RC_OK)
			log_err(NULL, "courier: role %s: %s",
			    conf->roles[i].name, err.text);
}

static void
quit_sessions(struct courier *c)
{
	for (size_t i = 0; i < c->conf->n_relays; i++)
		if (c->smtp[i] != NULL)
			smtp_quit(c->smtp[i]);
}

static void
put_away(struct courier *c)
{
	quit_sessions(c);
	for (size_t i = 0; i < c->conf->n_relays; i++)
		smtp_free(&c->smtp[i]);
	for (size_t i = 0; i < c->conf->n_roles; i++)
		http_free(&c->http[i]);
	free(c->smtp);
	free(c->http);
	oauth2_done();
}

/* RC_OK: go on; RC_AGAIN: QUIT came; else the channel is unusable. */
static enum rc
serve(struct courier *c, const struct frame *f, struct err *err)
{
	if (f->type == FRAME_JOB)
		return do_job(c, f, err);
	if (f->type == FRAME_PING)
		return do_ping(c, f, err);
	if (f->type == FRAME_QUIT)
		return RC_AGAIN;
	return err_set(err, RC_REFUSED, "courier: %s is not for a courier",
	    frame_type_name(f->type));
}

int
courier_main(struct channel *desk, const struct conf *conf)
{
	struct courier	c = { .desk = desk, .conf = conf };
	struct frame	f;
	struct err	err;
	enum rc		rc;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		log_err(NULL, "courier: libcurl does not start");
		return 1;
	}
	prepare(&c);
	for (;;) {
		err.text[0] = '\0';
		rc = channel_recv(desk, &f, IDLE_MS, &err);
		if (rc == RC_AGAIN) {
			quit_sessions(&c);
			continue;
		}
		if (rc == RC_OK)
			rc = serve(&c, &f, &err);
		if (rc != RC_OK)
			break;
	}
	put_away(&c);
	if (rc == RC_REFUSED)
		log_err(NULL, "%s", err.text);
	return rc == RC_REFUSED;
}
