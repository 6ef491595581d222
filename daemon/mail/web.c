#include "mail/web.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include "base/arena.h"
#include "mail/cert.h"

#define RETRY_AFTER_MAX	(7 * 86400)
#define IDLE_MAX	10	/* seconds; an older connection is likely dead,
				   and what is sent over it is in doubt */

struct web {
	CURL			*curl;
	struct curl_slist	*resolve;
	int			 cleartext;
	int			 not_loopback;
	int			 asked;		/* a request went out ... */
	int			 asked_again;	/* ... and libcurl, on an old
						   connection, asks once more */
	char			 error[CURL_ERROR_SIZE];
	char			 tls[80];	/* of the open connection */
	int64_t			 expires;
	struct web_answer	*answer;	/* during web_post() */
};

static int
is_loopback(const struct sockaddr *sa)
{
	const struct sockaddr_in	*in4 = (const void *)sa;
	const struct sockaddr_in6	*in6 = (const void *)sa;

	if (sa->sa_family == AF_INET)
		return ntohl(in4->sin_addr.s_addr) >> 24 == 127;
	return sa->sa_family == AF_INET6 &&
	    IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
}

static curl_socket_t
on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct web	*w = arg;

	(void)purpose;
	if (w->asked)
		w->asked_again = 1;
	if (w->cleartext && !is_loopback(&to->addr)) {
		w->not_loopback = 1;
		return CURL_SOCKET_BAD;
	}
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static int
on_request(void *arg, char *to, char *from, int to_port, int from_port)
{
	struct web	*w = arg;

	(void)to;
	(void)from;
	(void)to_port;
	(void)from_port;
	w->asked = 1;
	return CURL_PREREQFUNC_OK;
}

static size_t
on_body(char *p, size_t size, size_t n, void *arg)
{
	struct web	*w = arg;

	if (buf_add(&w->answer->body, p, size * n) == 0)
		return size * n;
	return 0;	/* too much: the transfer ends here */
}

static int
set_options(struct web *w, const struct web_conf *c)
{
	CURL	*h = w->curl;
	long	 ms = (long)c->timeout * 1000;
	int	 bad = 0;

#define SET(opt, value) (bad |= curl_easy_setopt(h, opt, value) != CURLE_OK)
	SET(CURLOPT_URL, c->url);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_PROTOCOLS_STR, c->cleartext ? "http" : "https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_MAXAGE_CONN, (long)IDLE_MAX);
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_TIMEOUT_MS, ms);
	SET(CURLOPT_CONNECTTIMEOUT_MS, ms);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_CERTINFO, 1L);
	SET(CURLOPT_OPENSOCKETFUNCTION, on_socket);
	SET(CURLOPT_OPENSOCKETDATA, w);
	SET(CURLOPT_PREREQFUNCTION, on_request);
	SET(CURLOPT_PREREQDATA, w);
	SET(CURLOPT_ERRORBUFFER, w->error);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, w);
	SET(CURLOPT_USERAGENT, "tocsin");
	if (c->ca_file != NULL) {
		SET(CURLOPT_CAINFO, c->ca_file);
		SET(CURLOPT_CAPATH, NULL);
	}
	if (c->cert_file != NULL)
		SET(CURLOPT_SSLCERT, c->cert_file);
	if (c->key_file != NULL)
		SET(CURLOPT_SSLKEY, c->key_file);
	if (w->resolve != NULL)
		SET(CURLOPT_RESOLVE, w->resolve);
#undef SET
	return bad ? -1 : 0;
}

enum rc
web_new(const struct web_conf *c, struct web **out, struct err *err)
{
	const char	*scheme = c->cleartext ? "http://" : "https://";
	struct web	*w;

	*out = NULL;
	if (strncasecmp(c->url, scheme, strlen(scheme)) != 0)
		return err_set(err, RC_REFUSED,
		    "http: url: found \"%.200s\", expected %s", c->url, scheme);
	w = xcalloc(1, sizeof(*w));
	w->cleartext = c->cleartext;
	w->curl = curl_easy_init();
	if (c->resolve != NULL)
		w->resolve = curl_slist_append(NULL, c->resolve);
	if (w->curl == NULL || (c->resolve != NULL && w->resolve == NULL))
		abort();
	if (set_options(w, c) == -1) {
		web_free(&w);
		return err_set(err, RC_BROKEN, "http: libcurl lacks an "
		    "option that is needed for verified connections");
	}
	*out = w;
	return RC_OK;
}

void
web_free(struct web **wp)
{
	struct web	*w = *wp;

	*wp = NULL;
	if (w == NULL)
		return;
	curl_easy_cleanup(w->curl);
	curl_slist_free_all(w->resolve);
	free(w);
}

/* libcurl lists certificates only when the connection is a new one. */
static void
take_certificate(struct web *w, int answered)
{
	struct curl_certinfo	*info = NULL;
	long			 connects = 0;

	(void)curl_easy_getinfo(w->curl, CURLINFO_NUM_CONNECTS, &connects);
	if (connects > 0 || !answered) {
		w->tls[0] = '\0';
		w->expires = 0;
	}
	if (connects == 0 || !answered ||
	    curl_easy_getinfo(w->curl, CURLINFO_CERTINFO, &info) != CURLE_OK ||
	    info == NULL || info->num_of_certs < 1)
		return;
	for (struct curl_slist *l = info->certinfo[0]; l != NULL; l = l->next)
		if (strncmp(l->data, "Cert:", 5) == 0) {
			cert_fingerprint(l->data + 5, w->tls);
			w->expires = cert_expires(l->data + 5);
		}
}

static int
is_verify_error(CURLcode code)
{
	return code == CURLE_PEER_FAILED_VERIFICATION ||
	    code == CURLE_UNSUPPORTED_PROTOCOL ||
	    code == CURLE_URL_MALFORMAT || code == CURLE_SSL_CACERT_BADFILE ||
	    code == CURLE_SSL_CERTPROBLEM;
}

static void
take_result(struct web *w, CURLcode code, size_t len, struct web_answer *a)
{
	curl_off_t	up = 0, later = 0;
	long		status = 0, request = 0;
	char		*to = NULL;

	(void)curl_easy_getinfo(w->curl, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(w->curl, CURLINFO_REQUEST_SIZE, &request);
	(void)curl_easy_getinfo(w->curl, CURLINFO_SIZE_UPLOAD_T, &up);
	(void)curl_easy_getinfo(w->curl, CURLINFO_RETRY_AFTER, &later);
	(void)curl_easy_getinfo(w->curl, CURLINFO_REDIRECT_URL, &to);
	(void)snprintf(a->redirect, sizeof(a->redirect), "%.250s",
	    to == NULL ? "" : to);
	a->code = (int)status;
	a->sent = w->asked_again || (request > 0 && up >= (curl_off_t)len);
	if (later < 0)			/* a day that is over */
		later = 0;
	a->retry_after = later > RETRY_AFTER_MAX ? RETRY_AFTER_MAX :
	    (int)later;
	take_certificate(w, code == CURLE_OK || status != 0);
	(void)snprintf(a->tls, sizeof(a->tls), "%s", w->tls);
	a->expires = w->expires;
	if (a->code < 200)	/* 100: the real answer never came */
		a->code = 0;
	if (code == CURLE_OK)
		return;
	a->cut = 1;
	a->verify = w->not_loopback || (!a->sent && is_verify_error(code));
	if (w->not_loopback)
		(void)snprintf(a->error, sizeof(a->error),
		    "not a loopback address: clear text is refused");
	else
		(void)snprintf(a->error, sizeof(a->error), "%.250s",
		    w->error[0] != '\0' ? w->error :
		    curl_easy_strerror(code));
}

/* What libcurl says from now on is of this answer. */
static void
begin(struct web *w, struct web_answer *a)
{
	memset(a, 0, sizeof(*a));
	buf_init(&a->body, WEB_ANSWER_MAX);
	w->answer = a;
	w->error[0] = '\0';
	w->not_loopback = w->asked = w->asked_again = 0;
}

void
web_post(struct web *w, struct curl_slist *header, const char *body,
    size_t len, struct web_answer *a)
{
	CURLcode	code;

	begin(w, a);
	(void)curl_easy_setopt(w->curl, CURLOPT_POST, 1L);
	(void)curl_easy_setopt(w->curl, CURLOPT_POSTFIELDS,
	    body == NULL ? "" : body);
	(void)curl_easy_setopt(w->curl, CURLOPT_POSTFIELDSIZE_LARGE,
	    (curl_off_t)len);
	(void)curl_easy_setopt(w->curl, CURLOPT_HTTPHEADER, header);
	code = curl_easy_perform(w->curl);
	take_result(w, code, len, a);
	(void)curl_easy_setopt(w->curl, CURLOPT_POSTFIELDS, NULL);
	(void)curl_easy_setopt(w->curl, CURLOPT_HTTPHEADER, NULL);
	w->answer = NULL;
}

void
web_probe(struct web *w, struct web_answer *a)
{
	CURLcode	code;

	begin(w, a);
	(void)curl_easy_setopt(w->curl, CURLOPT_NOBODY, 1L);
	code = curl_easy_perform(w->curl);
	take_result(w, code, 0, a);
	(void)curl_easy_setopt(w->curl, CURLOPT_NOBODY, 0L);
	w->answer = NULL;
}

void
web_answer_free(struct web_answer *a)
{
	buf_free(&a->body);
}
