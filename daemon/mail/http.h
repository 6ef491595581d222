#ifndef HTTP_H
#define HTTP_H

/*
 * http - one JSON document to one URL, TLS verified. RFC 9110
 */
#include <stddef.h>
#include <stdint.h>

#include "base/conf.h"
#include "base/err.h"

struct http;

struct http_result {
	enum rc		 rc;	/* OK: 2xx; AGAIN: 408 409(busy) 421 423 425
				   429 5xx, no connection; REFUSED:
				   other 4xx, TLS */
	int		 unknown;	/* sent, no answer came */
	int		 relay_fault;	/* receiver down, TLS, 401: not this
					   document's fault */
	int		 denied;	/* REFUSED by 3xx 403 404 405 410: not for
					   what it says, but where it was
					   posted or as whom */
	int		 code;
	int		 retry_after;	/* seconds, 0: not said */
	char		 text[2048];	/* start of the answer, or our error */
	char		 remote_id[128]; /* by number_pointer, or "" */
	char		 peer[256];
	char		 tls[80];
	int64_t		 expires;	/* of the peer's certificate; 0: unknown */
};

enum rc	http_new(const struct conf_http *, struct http **, struct err *);
void	http_free(struct http **);
/*
 * Signed as Standard Webhooks do: webhook-id = key, webhook-timestamp = now,
 * webhook-signature = "v1," base64(HMAC-SHA-256(secret, "id.timestamp.body")).
 * With number_pointer only an answer that holds a number is a receipt: a 2xx
 * without one is unknown (except an empty 202 or 204), a 409 with one is
 * accepted: they had it already.  Without number_pointer a 2xx is a receipt,
 * unless it is a web page: that is unknown, too.
 * key: Idempotency-Key.  now: for the signature's timestamp. */
void	http_send(struct http *, const char *key, const char *content_type,
	    const char *body, size_t len, long long now, struct http_result *);

#endif
