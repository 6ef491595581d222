#include "mail/stream.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/select.h>
#include <sys/socket.h>

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <curl/curl.h>

#include "base/arena.h"
#include "base/clock.h"
#include "mail/cert.h"
#include "mail/curl_start.h"

#define STREAM_AHEAD	4096	/* bytes stream_wait() may read ahead */
#define GREETING	"* OK connected\r\n"
#define EHLO_SIZE	2048	/* what more keywords say is not heard */

struct stream {
	CURL		*curl;
	struct curl_slist *resolve;
	int		 fd;
	int		 dead;		/* an error happened: text says which */
	struct err	 err;
	int64_t		 deadline;	/* clock_mono_ms(), 0: none */
	size_t		 budget;	/* bytes that may still come in */
	char		 ahead[STREAM_AHEAD];
	size_t		 ahead_at, ahead_len;
	int64_t		 expires;	/* of the peer's certificate */
	char		 fingerprint[CERT_FINGERPRINT];
	/* while connecting */
	int		 cleartext;
	int		 not_loopback;	/* a clear connection was refused */
	int		 authed;	/* the peer said 235 */
	char		 curl_text[CURL_ERROR_SIZE];
	char		 reply[256];	/* last line the peer said to curl */
	char		 ehlo[EHLO_SIZE];
	int		 ehlo_more;	/* its answer goes on in the next line */
};

/* What the URL asks of libcurl. */
struct plan {
	char	*url;		/* curl_free() */
	char	*host;		/* curl_free() */
	int	 smtp;
	int	 starttls;
	const char *protocol;
};

static const struct scheme {
	const char	*name;
	const char	*as;		/* what libcurl is told */
	const char	*as_clear;	/* NULL: already TLS from the start */
	const char	*port;
	int		 smtp;
	int		 starttls;
} schemes[] = {
	{ "imaps", "https", NULL,   "993", 0, 0 },
	{ "imap",  "imap",  "http", "143", 0, 1 },
	{ "smtps", "smtps", NULL,   "465", 1, 0 },
	{ "smtp",  "smtp",  "smtp", "25",  1, 1 },
};

int
stream_fail(struct stream *s, const char *fmt, ...)
{
	va_list	ap;

	if (s->dead)
		return -1;	/* the first error is the true one */
	s->dead = 1;
	va_start(ap, fmt);
	(void)vsnprintf(s->err.text, sizeof(s->err.text), fmt, ap);
	va_end(ap);
	return -1;
}

static int
is_loopback(const struct sockaddr *sa)
{
	const struct sockaddr_in *in4;
	const struct sockaddr_in6 *in6;

	if (sa->sa_family == AF_INET) {
		in4 = (const struct sockaddr_in *)(const void *)sa;
		return ntohl(in4->sin_addr.s_addr) >> 24 == 127;
	}
	if (sa->sa_family == AF_INET6) {
		in6 = (const struct sockaddr_in6 *)(const void *)sa;
		return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
	}
	return 0;
}

/* Decided on the address itself, before one byte has gone to it. */
static curl_socket_t
on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct stream	*s = arg;

	(void)purpose;
	if (s->cleartext && !is_loopback(&to->addr)) {
		s->not_loopback = 1;
		return CURL_SOCKET_BAD;
	}
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/* While connecting only EHLO is answered by 250; the last one counts, and what
 * was said before TLS is forgotten with the 220 to STARTTLS. */
static void
note_ehlo(struct stream *s)
{
	int	is_250 = strncmp(s->reply, "250", 3) == 0;
	size_t	at;

	if (strncmp(s->reply, "220", 3) == 0 || (is_250 && !s->ehlo_more))
		s->ehlo[0] = '\0';
	if (!is_250)
		return;
	at = strlen(s->ehlo);
	s->ehlo_more = s->reply[3] == '-';
	if (at + strlen(s->reply) < sizeof(s->ehlo))
		(void)snprintf(s->ehlo + at, sizeof(s->ehlo) - at, "%s\n",
		    s->reply[3] == '\0' ? "" : s->reply + 4);
}

/* Keep the last line of the peer; what we send (AUTH!) is never looked at. */
static int
on_debug(CURL *curl, curl_infotype type, char *data, size_t len, void *arg)
{
	struct stream	*s = arg;
	size_t		 n = 0;

	(void)curl;
	if (type != CURLINFO_HEADER_IN)
		return 0;
	while (n < len && n < sizeof(s->reply) - 1 && data[n] != '\r' &&
	    data[n] != '\n')
		n++;
	memcpy(s->reply, data, n);
	s->reply[n] = '\0';
	if (strncmp(s->reply, "235", 3) == 0)
		s->authed = 1;
	note_ehlo(s);
	return 0;
}

static enum rc
plan_parts(CURLU *u, const struct stream_conf *c, struct plan *p,
    struct err *err)
{
	char	*scheme = NULL, *port = NULL;
	const struct scheme *sc = NULL;
	const char *as;
	char	 path[256];
	enum rc	 rc = RC_REFUSED;

	if (curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) ||
	    curl_url_get(u, CURLUPART_HOST, &p->host, 0))
		goto out;
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (strcasecmp(schemes[i].name, scheme) == 0)
			sc = &schemes[i];
	if (sc == NULL)
		goto out;
	as = c->cleartext && sc->as_clear != NULL ? sc->as_clear : sc->as;
	(void)snprintf(path, sizeof(path), "/%s", !sc->smtp ? "" :
	    c->helo != NULL ? c->helo : "localhost");
	if ((curl_url_get(u, CURLUPART_PORT, &port, 0) &&
	    curl_url_set(u, CURLUPART_PORT, sc->port, 0)) ||
	    curl_url_set(u, CURLUPART_SCHEME, as, 0) ||
	    curl_url_set(u, CURLUPART_PATH, path, 0) ||
	    curl_url_get(u, CURLUPART_URL, &p->url, 0))
		goto out;
	p->protocol = as;
	p->smtp = sc->smtp;
	p->starttls = sc->starttls && !c->cleartext;
	rc = RC_OK;
 out:
	curl_free(scheme);
	curl_free(port);
	if (rc != RC_OK)
		(void)err_set(err, rc, "stream: url: found \"%.200s\", "
		    "expected imaps://, imap://, smtps:// or smtp:// and a "
		    "host", c->url);
	return rc;
}

static enum rc
plan_make(const struct stream_conf *c, struct plan *p, struct err *err)
{
	CURLU	*u = curl_url();
	enum rc	 rc;

	memset(p, 0, sizeof(*p));
	if (u == NULL)
		abort();
	if (c->url == NULL || curl_url_set(u, CURLUPART_URL, c->url,
	    CURLU_NON_SUPPORT_SCHEME | CURLU_DISALLOW_USER)) {
		rc = err_set(err, RC_REFUSED, "stream: \"%.200s\" is no URL "
		    "without user", c->url == NULL ? "" : c->url);
	} else
		rc = plan_parts(u, c, p, err);
	curl_url_cleanup(u);
	return rc;
}

static void
plan_free(struct plan *p)
{
	curl_free(p->url);
	curl_free(p->host);
}

/* 0, or -1 when this libcurl does not know an option we cannot do without. */
static int
set_options(struct stream *s, const struct stream_conf *c,
    const struct plan *p)
{
	CURL	*h = s->curl;
	long	 ms = (long)c->timeout * 1000;
	int	 bad = 0;

#define SET(opt, value) (bad |= curl_easy_setopt(h, opt, value) != CURLE_OK)
	SET(CURLOPT_URL, p->url);
	SET(CURLOPT_CONNECT_ONLY, 1L);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_PROTOCOLS_STR, p->protocol);
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_TIMEOUT_MS, ms);
	SET(CURLOPT_CONNECTTIMEOUT_MS, ms);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_SSL_ENABLE_ALPN, 0L);
	SET(CURLOPT_CERTINFO, 1L);
	SET(CURLOPT_TCP_KEEPALIVE, 1L);
	SET(CURLOPT_TCP_KEEPIDLE, 60L);
	SET(CURLOPT_TCP_KEEPINTVL, 20L);
	SET(CURLOPT_OPENSOCKETFUNCTION, on_socket);
	SET(CURLOPT_OPENSOCKETDATA, s);
	SET(CURLOPT_ERRORBUFFER, s->curl_text);
	SET(CURLOPT_VERBOSE, 1L);	/* needed for the debug function */
	SET(CURLOPT_DEBUGFUNCTION, on_debug);
	SET(CURLOPT_DEBUGDATA, s);
	if (c->ca_file != NULL) {
		SET(CURLOPT_CAINFO, c->ca_file);
		SET(CURLOPT_CAPATH, NULL);
	}
	if (p->starttls)
		SET(CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
	if (s->resolve != NULL)
		SET(CURLOPT_RESOLVE, s->resolve);
	if (p->smtp && c->user != NULL) {
		SET(CURLOPT_USERNAME, c->user);
		if (c->bearer != NULL)
			SET(CURLOPT_XOAUTH2_BEARER, c->bearer);
		else
			SET(CURLOPT_PASSWORD, c->password);
	}
#undef SET
	return bad ? -1 : 0;
}

/* Which answer a failed connection deserves, and its words. */
static enum rc
connect_error(struct stream *s, const struct stream_conf *c,
    const struct plan *p, CURLcode code, struct err *err)
{
	const char	*words = s->curl_text[0] != '\0' ? s->curl_text :
			    curl_easy_strerror(code);
	enum rc		 rc = RC_AGAIN;

	if (s->not_loopback)
		return err_set(err, RC_REFUSED, "stream: %s is not a loopback "
		    "address: clear text is refused", p->host);
	switch ((int)code) {
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_USE_SSL_FAILED:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_LOGIN_DENIED:
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_URL_MALFORMAT:
		rc = RC_REFUSED;
		break;
	default:
		break;
	}
	/* The peer's own word goes first: 4yz and BYE pass. */
	if (p->smtp && code == CURLE_REMOTE_ACCESS_DENIED &&
	    s->reply[0] == '5')
		rc = RC_REFUSED;
	if (code != CURLE_PEER_FAILED_VERIFICATION &&
	    ((p->smtp && s->reply[0] == '4') ||
	    strncasecmp(s->reply, "* BYE", 5) == 0))
		rc = RC_AGAIN;
	if (code == CURLE_PEER_FAILED_VERIFICATION)
		return err_set(err, rc, "stream: %s: certificate refused: %s",
		    c->url, words);
	/* A "220 Ready" or "* OK" is no reason. */
	if (s->reply[0] == '2' || strstr(s->reply, " OK") != NULL)
		s->reply[0] = '\0';
	return err_set(err, rc, "stream: %s: %s%s%s", c->url, words,
	    s->reply[0] != '\0' ? ": " : "", s->reply);
}

/* PEM of the peer's own certificate, as libcurl lists it, or NULL. */
static const char *
peer_pem(CURL *h)
{
	struct curl_certinfo	*info = NULL;
	struct curl_slist	*l;

	if (curl_easy_getinfo(h, CURLINFO_CERTINFO, &info) != CURLE_OK ||
	    info == NULL || info->num_of_certs < 1)
		return NULL;
	for (l = info->certinfo[0]; l != NULL; l = l->next)
		if (strncmp(l->data, "Cert:", 5) == 0)
			return l->data + 5;
	return NULL;
}

static void
take_fingerprint(struct stream *s)
{
	const char	*pem = peer_pem(s->curl);

	if (pem == NULL)
		return;
	s->expires = cert_expires(pem);
	cert_fingerprint(pem, s->fingerprint);
}

static enum rc
stream_connect(struct stream *s, const struct stream_conf *c,
    const struct plan *p, struct err *err)
{
	curl_socket_t	fd = CURL_SOCKET_BAD;
	CURLcode	code;

	if (set_options(s, c, p) == -1)
		return err_set(err, RC_BROKEN, "stream: libcurl lacks an "
		    "option that is needed for verified connections");
	code = curl_easy_perform(s->curl);
	if (code != CURLE_OK)
		return connect_error(s, c, p, code, err);
	if (p->smtp && c->user != NULL && !s->authed)
		return err_set(err, RC_REFUSED,
		    "stream: %s: the server offers no AUTH we can do", c->url);
	if (curl_easy_getinfo(s->curl, CURLINFO_ACTIVESOCKET, &fd) ||
	    fd == CURL_SOCKET_BAD)
		return err_set(err, RC_AGAIN, "stream: %s: lost at once",
		    c->url);
	if (fd >= FD_SETSIZE)	/* libetpan may select() on it */
		return err_set(err, RC_BROKEN, "stream: descriptor %d is over "
		    "%d", (int)fd, FD_SETSIZE - 1);
	s->fd = (int)fd;
	if (p->starttls && !p->smtp) {	/* libcurl has eaten the greeting */
		s->ahead_len = sizeof(GREETING) - 1;
		memcpy(s->ahead, GREETING, s->ahead_len);
	}
	if (!c->cleartext)
		take_fingerprint(s);
	return RC_OK;
}

enum rc
stream_open(const struct stream_conf *c, struct stream **out, struct err *err)
{
	struct plan	 p;
	struct stream	*s;
	enum rc		 rc;

	*out = NULL;
	rc = curl_start(err);
	if (rc != RC_OK)
		return rc;
	rc = plan_make(c, &p, err);
	if (rc == RC_OK && c->cleartext && c->user != NULL)
		rc = err_set(err, RC_REFUSED, "stream: %s: no password goes "
		    "over clear text", c->url);
	if (rc != RC_OK) {
		plan_free(&p);
		return rc;
	}
	s = xcalloc(1, sizeof(*s));
	s->fd = -1;
	s->budget = SIZE_MAX;
	s->cleartext = c->cleartext;
	s->curl = curl_easy_init();
	if (c->resolve != NULL)
		s->resolve = curl_slist_append(NULL, c->resolve);
	if (s->curl == NULL || (c->resolve != NULL && s->resolve == NULL))
		abort();
	rc = stream_connect(s, c, &p, err);
	plan_free(&p);
	if (rc == RC_OK)
		*out = s;
	else
		stream_close(&s);
	return rc;
}

void
stream_close(struct stream **sp)
{
	struct stream	*s = *sp;

	*sp = NULL;
	if (s == NULL)
		return;
	curl_easy_cleanup(s->curl);
	curl_slist_free_all(s->resolve);
	free(s);
}

int
stream_fd(const struct stream *s)
{
	return s->fd;
}

const char *
stream_ehlo(const struct stream *s)
{
	return s->ehlo;
}

void
stream_arm(struct stream *s, int ms, size_t budget)
{
	s->deadline = clock_mono_ms() + ms;
	s->budget = budget;
}

int64_t
stream_expires(const struct stream *s)
{
	return s->expires;
}

const char *
stream_fingerprint(const struct stream *s)
{
	return s->fingerprint;
}

const char *
stream_error(const struct stream *s)
{
	return s->err.text;
}

/* 1: ready, 2: wake_fd, 0: time is over, -1: error. until 0: for ever. */
static int
wait_fd(struct stream *s, short events, int wake_fd, int64_t until)
{
	struct pollfd	pfd[2] = {
		{ .fd = s->fd, .events = events },
		{ .fd = wake_fd, .events = POLLIN },
	};
	int64_t		left;
	int		n;

	for (;;) {
		left = until == 0 ? -1 : until - clock_mono_ms();
		if (until != 0 && left <= 0)
			return 0;
		n = poll(pfd, wake_fd == -1 ? 1 : 2,
		    left > INT32_MAX ? INT32_MAX : (int)left);
		if (n < 0 && errno != EINTR)
			return stream_fail(s, "poll: %s", strerror(errno));
		if (n > 0)
			return pfd[0].revents != 0 ? 1 : 2;
	}
}

/* What is there now: > 0, 0 nothing yet, -1 end or error. */
static long
recv_now(struct stream *s, char *to, size_t size)
{
	size_t	 n = 0;
	CURLcode code;

	if (s->dead)
		return -1;
	if (s->budget == 0)
		return stream_fail(s, "the peer sends more than it was "
		    "allowed to for one command");
	if (size > s->budget)
		size = s->budget;
	code = curl_easy_recv(s->curl, to, size, &n);
	if (code == CURLE_AGAIN)
		return 0;
	if (code != CURLE_OK)
		return stream_fail(s, "connection lost: %s",
		    curl_easy_strerror(code));
	if (n == 0)	/* 0 to libetpan would be an endless loop */
		return stream_fail(s, "the peer closed the connection");
	s->budget -= n;
	return (long)n;
}

long
stream_read(struct stream *s, char *to, size_t size, struct err *err)
{
	long	n = -1;

	if (s->ahead_len > 0) {
		n = (long)(size < s->ahead_len ? size : s->ahead_len);
		memcpy(to, s->ahead + s->ahead_at, (size_t)n);
		s->ahead_at += (size_t)n;
		s->ahead_len -= (size_t)n;
		return n;
	}
	/* TLS may hold bytes that poll() does not see: ask it first. */
	while (!s->dead && (n = recv_now(s, to, size)) == 0)
		if (wait_fd(s, POLLIN, -1, s->deadline) == 0)
			n = stream_fail(s, "time is over while waiting for "
			    "the peer");
	if (s->dead)
		n = -1;
	if (n < 0 && err != NULL)
		*err = s->err;
	return n;
}

long
stream_write(struct stream *s, const char *p, size_t len, struct err *err)
{
	size_t		done = 0, n;
	CURLcode	code;

	while (!s->dead && done < len) {
		if (s->deadline != 0 && clock_mono_ms() >= s->deadline) {
			(void)stream_fail(s, "time is over while sending");
			break;
		}
		n = 0;
		code = curl_easy_send(s->curl, p + done, len - done, &n);
		if (code == CURLE_OK)
			done += n;
		else if (code != CURLE_AGAIN)
			(void)stream_fail(s, "connection lost: %s",
			    curl_easy_strerror(code));
		else if (wait_fd(s, POLLOUT, -1, s->deadline) == 0)
			(void)stream_fail(s, "time is over while sending");
	}
	if (!s->dead)
		return (long)done;
	if (err != NULL)
		*err = s->err;
	return -1;
}

int
stream_wait(struct stream *s, int wake_fd, int ms)
{
	int64_t	until = clock_mono_ms() + ms;
	long	n;
	int	r;

	for (;;) {
		if (s->ahead_len > 0)
			return 1;
		n = recv_now(s, s->ahead, sizeof(s->ahead));
		if (n < 0)
			return -1;
		if (n > 0) {
			s->ahead_at = 0;
			s->ahead_len = (size_t)n;
			return 1;
		}
		/* Readable may be a TLS record without data: look again. */
		r = wait_fd(s, POLLIN, wake_fd, until);
		if (r != 1)
			return r;
	}
}
