#include "courier.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <unistr.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "mail/curl_start.h"
#include "mail/http.h"
#include "mail/maildrop.h"
#include "mail/oauth2.h"
#include "mail/smtp.h"

#define IDLE_MS		15000	/* an open session is kept so long */
#define SLOW_MS		1000	/* a fault that cost more than this ... */
#define SPARE_MS	5000	/* ... spares the way for so long */

struct way {			/* a relay, or a role's HTTP receiver */
	struct smtp	*smtp;	/* NULL: not yet, or HTTP */
	struct http	*http;
	int64_t		 spared;	/* clock_mono_ms() until then */
	char		 fault[512];	/* why */
};

struct courier {
	struct channel		*desk;
	const struct conf	*conf;
	struct way		*relays, *roles;	/* as in conf */
	unsigned		 ahead;	/* PINGs answered before their turn */
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

/* A peer's words as UTF-8: what is none, and tricks, become '?'. */
static json_t *
words(const char *s, size_t most)
{
	struct buf	 b;
	json_t		*v;
	size_t		 len = strnlen(s, most);
	ucs4_t		 c;
	int		 n;

	buf_init(&b, most + 1);
	while (len > 0) {
		n = u8_mbtoucr(&c, (const uint8_t *)s, len);
		if (n > 0 && !log_is_trick(c))
			(void)buf_add(&b, s, (size_t)n);
		else
			(void)buf_putc(&b, n == 1 && strchr("\r\n\t", *s) ?
			    ' ' : '?');
		n = n > 0 ? n : 1;
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

	relay_fault = relay_fault && !unknown;	/* slow and few, see retry.c */
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
	set(o, "expires", json_integer(r->expires));
	set(o, "relay", words(relay, 256));
	return o;
}

static json_t *
from_http(const struct http_result *r, const char *role)
{
	json_t	*o = receipt_of(r->rc, r->unknown, r->relay_fault, r->code,
		    r->text);

	set(o, "step", json_string("http"));
	set(o, "peer", words(r->peer, sizeof(r->peer)));
	set(o, "remote_id", words(r->remote_id, sizeof(r->remote_id)));
	set(o, "tls", json_string(r->tls));
	set(o, "expires", json_integer(r->expires));
	set(o, "retry_after", json_integer(r->retry_after));
	set(o, "denied", json_boolean(r->denied));
	set(o, "relay", json_sprintf("http/%s", role));
	return o;
}

/*
 * What waits behind a fault that took its time is not made to wait for the
 * same again: the desk has it back at once and plans it anew.
 */
static void
spare(struct way *w, int64_t started, int fault, const char *text)
{
	int64_t	now = clock_mono_ms();

	w->spared = 0;
	if (!fault || now - started < SLOW_MS)
		return;
	w->spared = now + SPARE_MS;
	(void)snprintf(w->fault, sizeof(w->fault), "%.500s", text);
}

static int
is_spared(const struct way *w)
{
	return w->spared != 0 && clock_mono_ms() < w->spared;
}

static void
by_relay(struct courier *c, size_t i, const struct job *j,
    struct smtp_result *r)
{
	const struct conf_relay	*relay = &c->conf->relays[i];
	struct way		*w = &c->relays[i];
	int64_t			 started = clock_mono_ms();
	struct err		 err;

	if (relay->maildir != NULL) {
		maildrop_send(relay->maildir, j->from, j->to, j->content,
		    j->len, j->now, r);
		return;
	}
	memset(r, 0, sizeof(*r));
	r->rc = RC_AGAIN;
	r->relay_fault = 1;
	(void)snprintf(r->step, sizeof(r->step), "check");
	if (is_spared(w)) {
		(void)snprintf(r->text, sizeof(r->text), "%s", w->fault);
		return;
	}
	if (w->smtp == NULL && smtp_new(relay, c->conf->domain, &w->smtp,
	    &err) != RC_OK) {
		(void)snprintf(r->text, sizeof(r->text), "%s", err.text);
		return;
	}
	smtp_at(w->smtp, j->now);
	smtp_send(w->smtp, j->from, j->to, j->envid, j->content, j->len, r);
	spare(w, started, r->rc != RC_OK && (r->relay_fault || r->unknown),
	    r->text);
}

/* Does the desk let this relay rest?  Not when it lets them all rest. */
static int
is_resting(const struct courier *c, const struct job *j, const char *name)
{
	const json_t	*rest = json_object_get(j->doc, "rest"), *v;
	size_t		 i;

	if (json_array_size(rest) >= c->conf->n_relays)
		return 0;
	json_array_foreach(rest, i, v)
		if (json_is_string(v) &&
		    strcmp(json_string_value(v), name) == 0)
			return 1;
	return 0;
}

/* The relays in order; the next one only when the way was at fault, or does
 * not carry this one for us. */
static json_t *
send_mail(struct courier *c, const struct job *j)
{
	struct smtp_result	 r;
	json_t			*o = NULL, *faults = json_array();

	if (j->from == NULL || j->to == NULL)
		o = receipt_of(RC_REFUSED, 0, 0, 0,
		    "courier: a job without from and to");
	else if (c->conf->n_relays == 0)
		o = receipt_of(RC_AGAIN, 0, 1, 0,
		    "courier: no relay is configured");
	else
		for (size_t i = 0; i < c->conf->n_relays; i++) {
			const char	*name = c->conf->relays[i].name;
			json_t		*fault;

			if (is_resting(c, j, name))
				continue;
			fault = json_object();
			by_relay(c, i, j, &r);
			json_decref(o);
			o = from_smtp(&r, name);
			if (r.rc == RC_OK || r.unknown ||
			    (!r.relay_fault && !r.denied)) {
				json_decref(fault);
				break;
			}
			set(fault, "relay", words(name, 256));
			set(fault, "text", words(r.text, sizeof(r.text)));
			set(fault, "denied", json_boolean(r.denied));
			if (json_array_append_new(faults, fault) == -1)
				abort();
		}
	set(o, "faults", faults);
	return o;
}

static json_t *
post_document(struct courier *c, const struct job *j)
{
	const struct conf_role	*role = NULL;
	struct http_result	 r;
	struct way		*w;
	struct err		 err;
	int64_t			 started = clock_mono_ms();

	if (j->role != NULL)
		role = conf_role(c->conf, j->role);
	if (role == NULL || role->http.url == NULL)
		return receipt_of(RC_REFUSED, 0, 0, 0,
		    "courier: the role has no HTTP address");
	if (j->key == NULL)
		return receipt_of(RC_REFUSED, 0, 0, 0,
		    "courier: a job without message_id");
	w = &c->roles[role - c->conf->roles];
	memset(&r, 0, sizeof(r));
	r.rc = RC_AGAIN;
	r.relay_fault = 1;
	if (is_spared(w)) {
		(void)snprintf(r.text, sizeof(r.text), "%s", w->fault);
		return from_http(&r, role->name);
	}
	if (w->http == NULL && http_new(&role->http, &w->http, &err) != RC_OK) {
		(void)snprintf(r.text, sizeof(r.text), "%s", err.text);
		return from_http(&r, role->name);
	}
	http_send(w->http, j->key, j->type == NULL ? "application/json" :
	    j->type, j->content, j->len, j->now, &r);
	spare(w, started, r.rc != RC_OK && (r.relay_fault || r.unknown),
	    r.text);
	return from_http(&r, role->name);
}

static json_t *
carry(struct courier *c, const struct job *j)
{
	const char	*channel = text_of(j, "channel");

	if (channel != NULL && strcmp(channel, "smtp") == 0)
		return send_mail(c, j);
	if (channel != NULL && strcmp(channel, "http") == 0)
		return post_document(c, j);
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
	set(o, "renew_by", json_integer(oauth2_renew_by()));
	trouble = oauth2_trouble();
	if (trouble[0] != '\0')
		log_err(NULL, "courier: %s", trouble);
	rc = answer(c, j.id, o, err);
	json_decref(o);
	json_decref(j.doc);
	return rc;
}

static enum rc
say_pong(struct courier *c, const struct frame *ping, struct err *err)
{
	struct frame	pong;
	int64_t		n;

	(void)frame_int(ping, 0, &n);
	frame_start(&pong, FRAME_PONG);
	frame_num(&pong, n);
	return channel_send(c->desk, &pong, err);
}

/*
 * Answer the PINGs that wait behind jobs: a queue of slow mails is no reason
 * to be taken for dead.  Also notices that the desk is gone before the next
 * job, whose receipt nobody would hear.
 */
static enum rc
look_ahead(struct courier *c, struct err *err)
{
	struct frame	f;
	size_t		at, used;
	unsigned	pings = 0;
	enum rc		rc;

	do
		rc = channel_fill(c->desk, err);
	while (rc == RC_OK);
	at = c->desk->eaten;
	while (rc == RC_AGAIN && frame_take(c->desk->in.data + at,
	    c->desk->in.len - at, &f, &used, err) == RC_OK) {
		at += used;
		if (f.type != FRAME_PING || ++pings <= c->ahead)
			continue;
		if (say_pong(c, &f, err) != RC_OK)
			return RC_BROKEN;
		c->ahead++;
	}
	return rc == RC_AGAIN ? RC_OK : rc;
}

static enum rc
do_ping(struct courier *c, const struct frame *f, struct err *err)
{
	if (c->ahead == 0)
		return say_pong(c, f, err);
	c->ahead--;
	return RC_OK;
}

/* Secrets are read now, while we may; what fails is tried again per job. */
static void
prepare(struct courier *c)
{
	const struct conf	*conf = c->conf;
	struct err		 err;

	c->relays = xcalloc(conf->n_relays + 1, sizeof(*c->relays));
	c->roles = xcalloc(conf->n_roles + 1, sizeof(*c->roles));
	for (size_t i = 0; i < conf->n_relays; i++)
		if (conf->relays[i].maildir == NULL &&
		    smtp_new(&conf->relays[i], conf->domain,
		    &c->relays[i].smtp, &err) != RC_OK)
			log_err(NULL, "courier: %s", err.text);
	for (size_t i = 0; i < conf->n_roles; i++)
		if (conf->roles[i].http.url != NULL &&
		    http_new(&conf->roles[i].http, &c->roles[i].http,
		    &err) != RC_OK)
			log_err(NULL, "courier: role %s: %s",
			    conf->roles[i].name, err.text);
}

static void
quit_sessions(struct courier *c)
{
	for (size_t i = 0; i < c->conf->n_relays; i++)
		if (c->relays[i].smtp != NULL)
			smtp_quit(c->relays[i].smtp);
}

static void
put_away(struct courier *c)
{
	quit_sessions(c);
	for (size_t i = 0; i < c->conf->n_relays; i++)
		smtp_free(&c->relays[i].smtp);
	for (size_t i = 0; i < c->conf->n_roles; i++)
		http_free(&c->roles[i].http);
	free(c->relays);
	free(c->roles);
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

/* Wait for the desk; nothing is taken, so that look_ahead() sees it all. */
static enum rc
await(struct courier *c, struct err *err)
{
	struct pollfd	pfd = { .fd = c->desk->fd, .events = POLLIN };
	int		n = poll(&pfd, 1, IDLE_MS);

	if (n == 0)
		quit_sessions(c);
	if (n < 0 && errno != EINTR)
		return err_set(err, RC_BROKEN, "courier: poll: %s",
		    strerror(errno));
	return RC_OK;
}

static enum rc
turn(struct courier *c, struct err *err, int *quit)
{
	struct frame	f;
	enum rc		rc;

	rc = look_ahead(c, err);
	if (rc != RC_OK)
		return rc;
	rc = channel_next(c->desk, &f, err);
	if (rc == RC_AGAIN)
		return await(c, err);
	if (rc == RC_OK)
		rc = serve(c, &f, err);
	*quit = rc == RC_AGAIN;
	return rc;
}

int
courier_main(struct channel *desk, const struct conf *conf)
{
	struct courier	c = { .desk = desk, .conf = conf };
	struct err	err = { "" };
	enum rc		rc = RC_OK;
	int		quit = 0;

	if (curl_start(&err) != RC_OK) {
		log_err(NULL, "courier: %s", err.text);
		return 1;
	}
	prepare(&c);
	while (rc == RC_OK && !quit)
		rc = turn(&c, &err, &quit);
	put_away(&c);
	if (rc == RC_REFUSED)
		log_err(NULL, "%s", err.text);
	return rc == RC_REFUSED;
}
