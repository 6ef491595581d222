#include "scripted.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <gnutls/gnutls.h>

#define PATIENCE	30	/* seconds until a child ends itself */

struct side {
	int			 listener, fd;
	gnutls_session_t	 tls;
	const char		*certs;
	struct scripted_page	*page;
	char			 in[65536];
	size_t			 len;
};

static void
wrong(struct side *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), noreturn));

static void
wrong(struct side *s, const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	(void)vsnprintf(s->page->wrong, sizeof(s->page->wrong), fmt, ap);
	va_end(ap);
	_exit(1);
}

static void
put(struct side *s, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t	done = s->tls != NULL ?
			    gnutls_record_send(s->tls, p, n) :
			    send(s->fd, p, n, MSG_NOSIGNAL);

		if (done <= 0)
			return;		/* the next read says so */
		p += done;
		n -= (size_t)done;
	}
}

/* More bytes into s->in; 0 at the end of the connection. */
static int
get(struct side *s)
{
	ssize_t	n;

	if (s->len == sizeof(s->in))
		wrong(s, "the client sends too much");
	n = s->tls != NULL ?
	    gnutls_record_recv(s->tls, s->in + s->len, sizeof(s->in) - s->len) :
	    recv(s->fd, s->in + s->len, sizeof(s->in) - s->len, 0);
	if (n <= 0)
		return 0;
	s->len += (size_t)n;
	return 1;
}

static void
eat(struct side *s, size_t n)
{
	s->len -= n;
	memmove(s->in, s->in + n, s->len);
}

static void
keep(struct side *s, const char *p, size_t n)
{
	if (s->page->len + n >= KEPT_MAX)
		wrong(s, "more than can be kept");
	memcpy(s->page->kept + s->page->len, p, n);
	s->page->len += n;
}

/* One line with its end, in s->in; its length. */
static size_t
line(struct side *s, const char *expected)
{
	char	*nl;

	while ((nl = memchr(s->in, '\n', s->len)) == NULL)
		if (!get(s))
			wrong(s, "the client went, expected %s", expected);
	return (size_t)(nl - s->in) + 1;
}

static void
expect_line(struct side *s, const char *text)
{
	size_t	n = line(s, text), want = strlen(text);

	if (n < want + 2 || memcmp(s->in, text, want) != 0 ||
	    s->in[n - 2] != '\r')
		wrong(s, "found %.*s expected %s", (int)(n > 200 ? 200 : n),
		    s->in, text);
	eat(s, n);
}

static void
read_message(struct side *s)
{
	for (;;) {
		size_t	n = line(s, "a message");

		if (n == 3 && memcmp(s->in, ".\r\n", 3) == 0) {
			eat(s, n);
			return;
		}
		keep(s, s->in, n);
		eat(s, n);
	}
}

static void
read_bytes(struct side *s, size_t n)
{
	while (n > 0) {
		size_t	some;

		if (s->len == 0 && !get(s))
			wrong(s, "the client went, expected %zu bytes", n);
		some = s->len < n ? s->len : n;
		keep(s, s->in, some);
		eat(s, some);
		n -= some;
	}
}

static void
read_http(struct side *s)
{
	size_t	n, body = 0;

	do {
		n = line(s, "an HTTP head");
		if (strncasecmp(s->in, "content-length:", 15) == 0)
			body = strtoul(s->in + 15, NULL, 10);
		keep(s, s->in, n);
		eat(s, n);
	} while (n > 2);
	read_bytes(s, body);
}

static void
drop(struct side *s)
{
	if (s->tls != NULL)
		gnutls_deinit(s->tls);
	s->tls = NULL;
	if (s->fd != -1)
		(void)close(s->fd);
	s->fd = -1;
	s->len = 0;
}

static void
take(struct side *s)
{
	drop(s);
	s->fd = accept(s->listener, NULL, NULL);
	if (s->fd == -1)
		wrong(s, "accept failed");
	s->page->connections++;
}

static void
start_tls(struct side *s, const char *name)
{
	gnutls_certificate_credentials_t cred;
	char	pem[600], key[600], ca[600], plain[64];
	size_t	n = strcspn(name, " ");
	int	rc, demand = strcmp(name + n, " client") == 0;

	(void)snprintf(plain, sizeof(plain), "%.*s", (int)n, name);
	name = plain;

	(void)snprintf(pem, sizeof(pem), "%s/%.64s.pem", s->certs, name);
	(void)snprintf(key, sizeof(key), "%s/%.64s.key", s->certs, name);
	(void)snprintf(ca, sizeof(ca), "%s/ca.pem", s->certs);
	if (gnutls_certificate_allocate_credentials(&cred) < 0 ||
	    gnutls_certificate_set_x509_key_file(cred, pem, key,
	    GNUTLS_X509_FMT_PEM) < 0 ||
	    gnutls_certificate_set_x509_trust_file(cred, ca,
	    GNUTLS_X509_FMT_PEM) < 0)
		wrong(s, "no certificate %s", name);
	if (gnutls_init(&s->tls, GNUTLS_SERVER) < 0 ||
	    gnutls_set_default_priority(s->tls) < 0 ||
	    gnutls_credentials_set(s->tls, GNUTLS_CRD_CERTIFICATE, cred) < 0)
		wrong(s, "no TLS");
	gnutls_certificate_server_set_request(s->tls, demand ?
	    GNUTLS_CERT_REQUIRE : GNUTLS_CERT_IGNORE);
	if (demand)
		gnutls_session_set_verify_cert(s->tls, "courier.test", 0);
	gnutls_transport_set_int(s->tls, s->fd);
	do
		rc = gnutls_handshake(s->tls);
	while (rc < 0 && !gnutls_error_is_fatal(rc));
	if (rc < 0)		/* the client's right; it goes */
		drop(s);
}

static void
nap(long ms)
{
	struct timespec	ts = { ms / 1000, ms % 1000 * 1000000 };

	(void)nanosleep(&ts, NULL);
}

static size_t
unescape(const char *p, char *to)
{
	size_t	n = 0;

	for (; *p != '\0'; p++) {
		char	hex[3] = { 0 };

		if (*p != '\\') {
			to[n++] = *p;
			continue;
		}
		p++;
		if (*p == 'x') {
			memcpy(hex, p + 1, 2);
			to[n++] = (char)strtol(hex, NULL, 16);
			p += 2;
		} else
			to[n++] = *p == 'r' ? '\r' : *p == 'n' ? '\n' :
			    *p == '0' ? '\0' : *p;
	}
	return n;
}

static void
answer_http(struct side *s, const char *l)
{
	char	head[1024], body[8192];
	size_t	a = strcspn(l, "|"), b, n;

	if (l[a] != '|' || l[a + 1 + strcspn(l + a + 1, "|")] != '|')
		wrong(s, "no status|head|body: %s", l);
	b = strcspn(l + a + 1, "|");
	n = unescape(l + a + b + 2, body);
	put(s, head, (size_t)snprintf(head, sizeof(head), "HTTP/1.1 %.*s\r\n"
	    "%.*s%sContent-Length: %zu\r\n\r\n", (int)a, l, (int)b,
	    l + a + 1, b > 0 ? "\r\n" : "", n));
	put(s, body, n);
}

static void
expect_gone(struct side *s)
{
	while (s->fd != -1 && get(s))
		continue;
	if (s->len > 0 && (s->len != 6 || memcmp(s->in, "QUIT\r\n", 6) != 0))
		wrong(s, "found %.*s expected nothing", (int)(s->len > 200 ?
		    200 : s->len), s->in);
}

static void
do_line(struct side *s, const char *l)
{
	char	text[8192];
	char	*end;
	long	ms;
	size_t	n;

	if (strncmp(l, "S ", 2) == 0) {
		n = (size_t)snprintf(text, sizeof(text), "%s\r\n", l + 2);
		put(s, text, n);
	} else if (strncmp(l, "s ", 2) == 0) {
		n = unescape(l + 2, text);
		put(s, text, n);
	} else if (strncmp(l, "A ", 2) == 0)
		answer_http(s, l + 2);
	else if (strncmp(l, "C ", 2) == 0)
		expect_line(s, l + 2);
	else if (strcmp(l, "M") == 0)
		read_message(s);
	else if (strcmp(l, "H") == 0)
		read_http(s);
	else if (strncmp(l, "B ", 2) == 0)
		read_bytes(s, strtoul(l + 2, NULL, 10));
	else if (strcmp(l, "accept") == 0)
		take(s);
	else if (strcmp(l, "close") == 0)
		drop(s);
	else if (strcmp(l, "gone") == 0)
		expect_gone(s);
	else if (strncmp(l, "sleep ", 6) == 0)
		nap(strtol(l + 6, NULL, 10));
	else if (strncmp(l, "tls ", 4) == 0)
		start_tls(s, l + 4);
	else if (strcmp(l, "idle") == 0)
		while (s->fd != -1 && get(s))
			s->len = 0;
	else if (strncmp(l, "trickle ", 8) == 0) {
		ms = strtol(l + 8, &end, 10);
		for (end++; *end != '\0'; end++) {
			put(s, end, 1);
			nap(ms);
		}
	} else
		wrong(s, "no command: %s", l);
}

static void
play(struct side *s, const char *script)
{
	char	l[8192];

	while (*script != '\0') {
		size_t	n = strcspn(script, "\n");

		if (n >= sizeof(l))
			wrong(s, "a script line of %zu bytes", n);
		memcpy(l, script, n);
		l[n] = '\0';
		if (n > 0)
			do_line(s, l);
		script += n + (script[n] == '\n');
	}
	s->page->done = 1;
	drop(s);
	_exit(0);
}

void
scripted_start(struct scripted *t, const char *script, const char *cert_dir)
{
	struct sockaddr_in	in = { .sin_family = AF_INET };
	socklen_t		len = sizeof(in);
	int			fd = socket(AF_INET, SOCK_STREAM, 0);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_not_equal(fd, -1);
	assert_int_equal(bind(fd, (void *)&in, sizeof(in)), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (void *)&in, &len), 0);
	t->port = ntohs(in.sin_port);
	t->page = mmap(NULL, sizeof(*t->page), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(t->page != MAP_FAILED);
	t->pid = fork();
	assert_int_not_equal(t->pid, -1);
	if (t->pid == 0) {
		static struct side	s;

		(void)alarm(PATIENCE);
		s.listener = fd;
		s.fd = -1;
		s.certs = cert_dir;
		s.page = t->page;
		play(&s, script);
	}
	(void)close(fd);
}

void
scripted_kill(struct scripted *t)
{
	int	status;

	if (t->pid > 0) {
		(void)kill(t->pid, SIGKILL);
		(void)waitpid(t->pid, &status, 0);
	}
	t->pid = 0;
	t->page->done = 1;
}

int
scripted_kept(const struct scripted *t, const char *text)
{
	return memmem(t->page->kept, t->page->len, text, strlen(text)) != NULL;
}

void
scripted_end(struct scripted *t)
{
	char	text[sizeof(t->page->wrong)];
	int	status, done;

	if (t->pid > 0)
		assert_int_equal(waitpid(t->pid, &status, 0), t->pid);
	memcpy(text, t->page->wrong, sizeof(text));
	done = t->page->done;
	(void)munmap(t->page, sizeof(*t->page));
	memset(t, 0, sizeof(*t));
	if (text[0] != '\0')
		fail_msg("server: %s", text);
	if (!done)
		fail_msg("server: the script did not come to its end");
}

static char	certs[64];

static void
run(const char *cmd)
{
	if (system(cmd) != 0)
		fail_msg("failed: %s", cmd);
}

static void
cert(const char *name, const char *dns, const char *more, int by_ca)
{
	char	cmd[2048];

	(void)snprintf(cmd, sizeof(cmd), "cd %s && { echo cn=%s; echo "
	    "dns_name=%s; echo tls_www_server; echo tls_www_client; echo "
	    "signing_key; echo '%s'; } >%s.tmpl && certtool --generate-privkey"
	    " --key-type=ecdsa --curve=secp256r1 --outfile %s.key 2>/dev/null "
	    "&& certtool %s --load-privkey %s.key --template %s.tmpl --outfile"
	    " %s.pem 2>/dev/null", certs, name, dns, more, name, name, by_ca ?
	    "--generate-certificate --load-ca-certificate ca.pem "
	    "--load-ca-privkey ca.key" : "--generate-self-signed", name, name,
	    name);
	run(cmd);
}

const char *
certs_make(void)
{
	if (certs[0] != '\0')
		return certs;
	(void)snprintf(certs, sizeof(certs), "/tmp/tocsin-certs.XXXXXX");
	assert_non_null(mkdtemp(certs));
	cert("ca", "ca.test", "ca\ncert_signing_key\nexpiration_days=30", 0);
	cert("good", "relay.test", "expiration_days=30", 1);
	cert("wrong", "elsewhere.test", "expiration_days=30", 1);
	cert("selfsigned", "relay.test", "expiration_days=30", 0);
	cert("expired", "relay.test", "activation_date=\"2020-01-01 00:00:00\""
	    "\nexpiration_date=\"2020-02-01 00:00:00\"", 1);
	cert("client", "courier.test", "expiration_days=30", 1);
	return certs;
}

void
certs_remove(void)
{
	char	cmd[128];

	if (certs[0] == '\0')
		return;
	(void)snprintf(cmd, sizeof(cmd), "rm -r %s", certs);
	run(cmd);
	certs[0] = '\0';
}

void
certs_secret(char file[128], const char *name, const char *text)
{
	FILE	*f;

	(void)snprintf(file, 128, "%s/%s", certs, name);
	f = fopen(file, "w");
	assert_non_null(f);
	assert_int_equal(fchmod(fileno(f), 0600), 0);
	assert_true(fprintf(f, "%s\n", text) > 0);
	assert_int_equal(fclose(f), 0);
}
