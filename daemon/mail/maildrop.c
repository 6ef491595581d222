#include "mail/maildrop.h"

#include <sys/random.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "mail/envelope.h"

static void
fail(struct smtp_result *r, enum rc rc, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
fail(struct smtp_result *r, enum rc rc, const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	(void)vsnprintf(r->text, sizeof(r->text), fmt, ap);
	va_end(ap);
	r->rc = rc;
	r->relay_fault = rc == RC_AGAIN;
}

/* Open parent/name as a directory, made if missing. */
static int
open_dir(int parent, const char *name)
{
	int	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd != -1 || errno != ENOENT)
		return fd;
	if (mkdirat(parent, name, 0700) == -1 && errno != EEXIST)
		return -1;
	if (parent != AT_FDCWD && fsync(parent) == -1)
		return -1;
	return openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int
write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t	done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -1;
		p += done;
		n -= (size_t)done;
	}
	return fsync(fd);
}

/* Return-Path, then the message with LF line ends. */
static void
as_file(struct buf *b, const char *mail_from, const char *message, size_t len)
{
	const char	*nl;

	(void)buf_addf(b, "Return-Path: <%s>\n", mail_from);
	while (len > 0) {
		size_t	n;

		nl = memchr(message, '\n', len);
		n = nl == NULL ? len : (size_t)(nl - message);
		(void)buf_add(b, message, n > 0 && message[n - 1] == '\r' ?
		    n - 1 : n);
		(void)buf_putc(b, '\n');
		if (nl == NULL)
			break;
		message += n + 1;
		len -= n + 1;
	}
}

/* tmp -> new; each step durable before the next. */
static int
put_file(int box, const char *name, const struct buf *b)
{
	int	tmp, new, cur, fd, rc = -1, e;

	tmp = open_dir(box, "tmp");
	new = open_dir(box, "new");
	cur = open_dir(box, "cur");
	if (tmp == -1 || new == -1 || cur == -1)
		goto out;
	fd = openat(tmp, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1)
		goto out;
	rc = write_all(fd, b->data, b->len);
	e = errno;
	if (close(fd) == -1 && rc == 0) {
		rc = -1;
		e = errno;
	}
	errno = e;
	if (rc == 0)
		rc = renameat(tmp, name, new, name);
	if (rc == 0)
		rc = fsync(new);
	if (rc == -1) {
		e = errno;
		(void)unlinkat(tmp, name, 0);
		errno = e;
	}
 out:
	e = errno;
	if (tmp != -1)
		(void)close(tmp);
	if (new != -1)
		(void)close(new);
	if (cur != -1)
		(void)close(cur);
	errno = e;
	return rc;
}

/* Unique over hosts, processes and runs that share one moment. */
static void
make_name(char *to, size_t size, int64_t now)
{
	unsigned long long	chance = 0;
	char			host[64];

	(void)getrandom(&chance, sizeof(chance), 0);
	if (gethostname(host, sizeof(host)) == -1)
		host[0] = '\0';
	host[sizeof(host) - 1] = '\0';
	for (char *p = host; *p != '\0'; p++)
		if (*p == '/' || *p == ':' || *p <= ' ' || *p > '~')
			*p = '-';
	(void)snprintf(to, size, "%lld.P%ldR%016llx.%s",
	    (long long)now, (long)getpid(), chance,
	    host[0] == '\0' ? "localhost" : host);
}

void
maildrop_send(const char *dir, const char *mail_from, const char *rcpt_to,
    const char *message, size_t len, int64_t now, struct smtp_result *r)
{
	struct buf	b;
	struct err	err;
	int		top = -1, box = -1;

	memset(r, 0, sizeof(*r));
	(void)snprintf(r->step, sizeof(r->step), "maildir");
	(void)snprintf(r->peer, sizeof(r->peer), "%s", dir);
	buf_init(&b, 2 * len + 1024);
	if (envelope_check(mail_from, rcpt_to, message, len, &err) != RC_OK) {
		fail(r, RC_REFUSED, "%s", err.text);
		goto out;
	}
	if (strchr(rcpt_to, '/') != NULL || rcpt_to[0] == '.') {
		fail(r, RC_REFUSED, "address is no name for a directory");
		goto out;
	}
	top = open_dir(AT_FDCWD, dir);
	box = top == -1 ? -1 : open_dir(top, rcpt_to);
	as_file(&b, mail_from, message, len);
	make_name(r->queue_id, sizeof(r->queue_id), now);
	if (box == -1 || b.over || put_file(box, r->queue_id, &b) == -1) {
		fail(r, RC_AGAIN, "%s/%s: %s", dir, rcpt_to, strerror(errno));
		r->queue_id[0] = '\0';
		goto out;
	}
	r->rc = RC_OK;
	r->code = 250;
	(void)snprintf(r->text, sizeof(r->text), "stored as new/%s",
	    r->queue_id);
 out:
	if (box != -1)
		(void)close(box);
	if (top != -1)
		(void)close(top);
	buf_free(&b);
}
