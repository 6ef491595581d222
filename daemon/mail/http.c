#include "mail/http.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <jansson.h>

#include "base/arena.h"
#include "base/buf.h"
#include "mail/envelope.h"
#include "mail/oauth2.h"
#include "mail/pointer.h"
#include "mail/web.h"

#define SECRET_MAX	8192
#define HEADER_MAX	(16u * 1024)
#define KEY_MAX		255
#define PAGE_START	512	/* bytes in which a web page tells itself */
#define JSON_FLAGS	(JSON_REJECT_DUPLICATES | JSON_DECODE_ANY)

struct http {
	const struct conf_http *conf;	/* the caller's, outlives us */
	struct web	*web;
	char		 token[SECRET_MAX];	/* bearer, "" none */
	unsigned char	 hmac[SECRET_MAX];
	size_t		 hmac_len;		/* 0: do not sign */
};

struct post {
	const char	*key, *type, *body;
	size_t		 len;
	int64_t		 now;
};

/* "whsec_BASE64" as Standard Webhooks write it, or the bytes themselves. */
static enum rc
read_hmac(struct http *h, struct err *err)
{
	char		text[SECRET_MAX];
	gnutls_datum_t	in, out = { NULL, 0 };
	enum rc		rc;

	rc = secret_read(h->conf->hmac_key_file, text, sizeof(text), err);
	if (rc != RC_OK)
		return rc;
	h->hmac_len = strlen(text);
	memcpy(h->hmac, text, h->hmac_len);
	if (strncmp(text, "whsec_", 6) == 0) {
		in.data = (unsigned char *)text + 6;
		in.size = (unsigned)strlen(text + 6);
		h->hmac_len = 0;
		if (gnutls_base64_decode2(&in, &out) == 0 &&
		    out.size <= sizeof(h->hmac)) {
			memcpy(h->hmac, out.data, out.size);
			h->hmac_len = out.size;
		}
		if (out.data != NULL)
			gnutls_memset(out.data, 0, out.size);
		gnutls_free(out.data);
	}
	explicit_bzero(text, sizeof(text));
	if (h->hmac_len == 0)
		return err_set(err, RC_REFUSED, "%s: expected a key, or "
		    "whsec_ and base64", h->conf->hmac_key_file);
	return RC_OK;
}

enum rc
http_new(const struct conf_http *conf, struct http **out, struct err *err)
{
	struct web_conf	 wc = { 0 };
	struct http	*h = xcalloc(1, sizeof(*h));
	enum rc		 rc;

	*out = NULL;
	h->conf = conf;
	wc.url = conf->url;
	wc.cleartext = conf->cleartext;
	wc.ca_file = conf->ca_file;
	wc.cert_file = conf->cert_file;
	wc.key_file = conf->key_file;
	wc.resolve = conf->resolve;
	wc.timeout = conf->timeout;
	rc = web_new(&wc, &h->web, err);
	if (rc == RC_OK && conf->token_file != NULL)
		rc = secret_read(conf->token_file, h->token, sizeof(h->token),
		    err);
	if (rc == RC_OK && h->token[0] != '\0' &&
	    !envelope_word_ok(h->token, sizeof(h->token)))
		rc = err_set(err, RC_REFUSED, "%s: a token is one word of "
		    "printable ASCII", conf->token_file);
	if (rc == RC_OK && conf->hmac_key_file != NULL)
		rc = read_hmac(h, err);
	if (rc == RC_OK)
		*out = h;
	else
		http_free(&h);
	return rc;
}

void
http_free(struct http **hp)
{
	struct http	*h = *hp;

	*hp = NULL;
	if (h == NULL)
		return;
	web_free(&h->web);
	explicit_bzero(h, sizeof(*h));
	free(h);
}

static void
note(struct http_result *r, enum rc rc, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
note(struct http_result *r, enum rc rc, const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	(void)vsnprintf(r->text, sizeof(r->text), fmt, ap);
	va_end(ap);
	r->rc = rc;
}

static void
header_add(struct curl_slist **list, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
header_add(struct curl_slist **list, const char *fmt, ...)
{
	struct curl_slist *more;
	char		 line[HEADER_MAX];
	va_list		 ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	more = curl_slist_append(*list, line);
	if (more == NULL)
		abort();
	*list = more;
	explicit_bzero(line, sizeof(line));
}

static void
sign(const struct http *h, const struct post *p, struct curl_slist **list)
{
	gnutls_hmac_hd_t	mac;
	unsigned char		sum[32];
	gnutls_datum_t		in = { sum, sizeof(sum) }, out;
	char			head[KEY_MAX + 32];
	int			n;

	n = snprintf(head, sizeof(head), "%s.%" PRId64 ".", p->key, p->now);
	if (gnutls_hmac_init(&mac, GNUTLS_MAC_SHA256, h->hmac,
	    h->hmac_len) < 0)
		abort();
	if (gnutls_hmac(mac, head, (size_t)n) < 0 ||
	    gnutls_hmac(mac, p->body, p->len) < 0)
		abort();
	gnutls_hmac_deinit(mac, sum);
	if (gnutls_base64_encode2(&in, &out) < 0)
		abort();
	header_add(list, "webhook-id: %s", p->key);
	header_add(list, "webhook-timestamp: %" PRId64, p->now);
	header_add(list, "webhook-signature: v1,%s", (char *)out.data);
	gnutls_free(out.data);
}

static enum rc
authorize(struct http *h, const struct post *p, struct curl_slist **list,
    struct http_result *r)
{
	char		token[SECRET_MAX];
	struct err	err;
	int64_t		expires;
	enum rc		rc;

	if (h->token[0] != '\0') {
		header_add(list, "Authorization: Bearer %s", h->token);
		oauth2_seen(&h->conf->oauth2, h->token, p->now);
	}
	if (h->conf->oauth2.token_url == NULL &&
	    h->conf->oauth2.token_file == NULL)
		return RC_OK;
	rc = oauth2_token(&h->conf->oauth2, h->conf->ca_file,
	    h->conf->resolve, token, sizeof(token), p->now, &expires, &err);
	if (rc == RC_OK)
		header_add(list, "Authorization: Bearer %s", token);
	else {
		note(r, rc == RC_BROKEN ? RC_AGAIN : rc, "%s", err.text);
		r->relay_fault = 1;
	}
	explicit_bzero(token, sizeof(token));
	return rc;
}

/* The receiver's number: a string or an integer where the pointer points. */
static int
take_number(const char *pointer, const struct web_answer *a, char *to,
    size_t size)
{
	json_t		*doc;
	const json_t	*v;

	to[0] = '\0';
	doc = json_loadb(a->body.data, a->body.len, JSON_FLAGS, NULL);
	v = doc == NULL ? NULL : pointer_get(doc, pointer);
	if (json_is_string(v) && json_string_length(v) < size)
		(void)snprintf(to, size, "%s", json_string_value(v));
	else if (json_is_integer(v))
		(void)snprintf(to, size, "%" JSON_INTEGER_FORMAT,
		    json_integer_value(v));
	json_decref(doc);
	return to[0] != '\0' ? 0 : -1;
}

/*
 * A web page where JSON was asked for: a login, a portal, a proxy's error.
 * They say 200 as well, and none of them has read the document.
 */
static int
is_web_page(const struct web_answer *a)
{
	char	start[PAGE_START + 1];
	size_t	n = a->body.len < PAGE_START ? a->body.len : PAGE_START;

	for (size_t i = 0; i < n; i++)	/* a NUL hides nothing */
		start[i] = a->body.data[i] == '\0' ? ' ' : a->body.data[i];
	start[n] = '\0';
	return strcasestr(start, "<!doctype html") != NULL ||
	    strcasestr(start, "<html") != NULL;
}

static void
judge_answer(const struct http *h, const struct web_answer *a,
    struct http_result *r)
{
	const char	*pointer = h->conf->number_pointer;
	int		 empty_ok = (a->code == 202 || a->code == 204) &&
			    a->body.len == 0;

	note(r, RC_REFUSED, "%s", a->body.data);
	switch (a->code) {
	case 408: case 409: case 421: case 423: case 425: case 429:
		r->rc = RC_AGAIN;
		break;
	case 401: case 407:	/* our credentials, not this document */
		r->relay_fault = 1;
		break;
	case 403: case 404: case 405: case 410:
		r->denied = 1;
		break;
	default:
		if (a->code >= 500) {
			r->rc = RC_AGAIN;
			r->relay_fault = 1;
		} else if (a->code / 100 == 3) {
			note(r, RC_REFUSED, "redirects are not followed: %s %s",
			    a->redirect, a->body.data);
			r->denied = 1;
		} else if (a->code / 100 == 2)
			r->rc = RC_OK;
	}
	if (pointer == NULL && r->rc == RC_OK && is_web_page(a)) {
		note(r, RC_AGAIN, "a web page is no receipt: %s",
		    a->body.data);
		r->unknown = 1;
	}
	if (pointer == NULL || (r->rc != RC_OK && a->code != 409))
		return;
	if (take_number(pointer, a, r->remote_id, sizeof(r->remote_id)) == 0)
		r->rc = RC_OK;
	else if (r->rc == RC_OK && !empty_ok) {
		note(r, RC_AGAIN, "no number at %s: %s", pointer,
		    a->body.data);
		r->unknown = 1;
	}
}

static void
judge(const struct http *h, const struct web_answer *a, struct http_result *r)
{
	r->code = a->code;
	r->retry_after = a->retry_after;
	(void)snprintf(r->tls, sizeof(r->tls), "%s", a->tls);
	r->expires = a->expires;
	if (a->code != 0) {
		judge_answer(h, a, r);
		return;
	}
	note(r, a->verify ? RC_REFUSED : RC_AGAIN, "%s", a->error);
	r->relay_fault = 1;
	r->unknown = a->sent && !a->verify;
}

/* https://host:port/... as host:port */
static void
set_peer(const struct http *h, struct http_result *r)
{
	const char	*p = strstr(h->conf->url, "://");

	p = p == NULL ? h->conf->url : p + 3;
	(void)snprintf(r->peer, sizeof(r->peer), "%.*s",
	    (int)strcspn(p, "/?#"), p);
}

static void
attempt(struct http *h, const struct post *p, struct http_result *r)
{
	struct curl_slist	*list = NULL;
	struct web_answer	 a;

	memset(r, 0, sizeof(*r));
	set_peer(h, r);
	if (authorize(h, p, &list, r) == RC_OK) {
		header_add(&list, "Content-Type: %s", p->type);
		header_add(&list, "Accept: application/json");
		header_add(&list, "Idempotency-Key: %s", p->key);
		header_add(&list, "Expect:");	/* no 100-continue */
		if (h->hmac_len > 0)
			sign(h, p, &list);
		web_post(h->web, list, p->body, p->len, &a);
		judge(h, &a, r);
		web_answer_free(&a);
	}
	for (struct curl_slist *l = list; l != NULL; l = l->next)
		explicit_bzero(l->data, strlen(l->data));
	curl_slist_free_all(list);
}

void
http_send(struct http *h, const char *key, const char *content_type,
    const char *body, size_t len, long long now, struct http_result *r)
{
	struct post	p = { key, content_type, body, len, now };

	memset(r, 0, sizeof(*r));
	set_peer(h, r);
	if (!envelope_word_ok(key, KEY_MAX)) {
		note(r, RC_REFUSED, "idempotency key: expected 1 to %d "
		    "printable bytes", KEY_MAX);
		return;
	}
	for (const char *c = content_type; *c != '\0'; c++)
		if (*c < ' ' || *c > '~') {
			note(r, RC_REFUSED, "content type: byte 0x%02x",
			    (unsigned char)*c);
			return;
		}
	attempt(h, &p, r);
	if (r->code == 401 && h->conf->oauth2.token_url != NULL) {
		oauth2_forget(&h->conf->oauth2);	/* revoked early */
		attempt(h, &p, r);
	}
}
