#include "cli/mbox.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/civil.h"

#define HEADER_MAX	(256u * 1024)	/* in which we look for dates */

/* --- when it arrived --- */

static int
month_of(const char *s)
{
	static const char	names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (int i = 0; i < 12; i++)
		if (strncasecmp(s, names + i * 3, 3) == 0)
			return i + 1;
	return 0;
}

int64_t
mbox_date(const char *s, size_t len)
{
	struct civil	 c;
	char		 text[80], mon[4] = "", zone[6] = "", *p = text;
	int		 n, off = 0;

	if (len >= sizeof(text))
		len = sizeof(text) - 1;
	memcpy(text, s, len);
	text[len] = '\0';
	if (strchr(p, ',') != NULL)		/* day of the week */
		p = strchr(p, ',') + 1;
	memset(&c, 0, sizeof(c));
	n = sscanf(p, " %2d %3s %4d %2d:%2d:%2d %5s", &c.day, mon, &c.year,
	    &c.hour, &c.min, &c.sec, zone);
	if (n == 5)				/* no seconds */
		n = 1 + sscanf(p, " %*d %*s %*d %*d:%*d %5s", zone) + 5;
	c.mon = month_of(mon);
	if (n < 6 || c.mon == 0 || !civil_valid(&c))
		return 0;
	if (strlen(zone) == 5 && (zone[0] == '+' || zone[0] == '-')) {
		off = (int)strtol(zone + 1, NULL, 10);
		off = (off / 100 * 60 + off % 100) * 60;
		off = zone[0] == '-' ? -off : off;
	}
	return civil_to_utc(&c, off);
}

/* The end of a header line with its folded lines. */
static size_t
header_end(const char *s, size_t at, size_t len)
{
	while (at < len) {
		const char	*nl = memchr(s + at, '\n', len - at);

		if (nl == NULL)
			return len;
		at = (size_t)(nl - s) + 1;
		if (at >= len || (s[at] != ' ' && s[at] != '\t'))
			break;
	}
	return at;
}

static int64_t
date_after(const char *s, size_t from, size_t end, int last_part)
{
	if (last_part)			/* Received: ...; date */
		for (size_t i = end; i > from; i--)
			if (s[i - 1] == ';')
				return mbox_date(s + i, end - i);
	return last_part ? 0 : mbox_date(s + from, end - from);
}

static int64_t
arrived(const char *s, size_t len, int64_t file_time)
{
	int64_t	date = 0, t;
	size_t	end;

	if (len > HEADER_MAX)
		len = HEADER_MAX;
	for (size_t at = 0; at < len && s[at] != '\r' && s[at] != '\n';
	    at = end) {
		end = header_end(s, at, len);
		if (end - at > 9 && strncasecmp(s + at, "Received:", 9) == 0) {
			t = date_after(s, at + 9, end, 1);
			if (t != 0)
				return t;
		} else if (end - at > 5 && date == 0 &&
		    strncasecmp(s + at, "Date:", 5) == 0) {
			date = date_after(s, at + 5, end, 0);
		}
	}
	return date != 0 ? date : file_time;
}

/* --- files --- */

struct file {
	const char	*path;
	const char	*p;
	size_t		 len;
	int64_t		 mtime;
};

static enum rc
file_map(const char *path, struct file *f, struct err *err)
{
	struct stat	 st;
	void		*p = NULL;
	int		 fd, bad;

	memset(f, 0, sizeof(*f));
	f->path = path;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd == -1)
		return err_set(err, RC_REFUSED, "%s: %s", path,
		    strerror(errno));
	bad = fstat(fd, &st) == -1 || !S_ISREG(st.st_mode);
	if (!bad && st.st_size > 0)
		p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd,
		    0);
	(void)close(fd);
	if (bad || p == MAP_FAILED)
		return err_set(err, RC_REFUSED, "%s: found no regular file "
		    "that can be read, expected one", path);
	if (st.st_size == 0)
		return err_set(err, RC_REFUSED, "%s: found an empty file, "
		    "expected a mail", path);
	f->p = p;
	f->len = (size_t)st.st_size;
	f->mtime = (int64_t)st.st_mtime;
	return RC_OK;
}

static void
file_unmap(struct file *f)
{
	if (f->p != NULL)
		(void)munmap((void *)(uintptr_t)f->p, f->len);
	f->p = NULL;
}

/* --- mbox --- */

/* "From address Thu Nov 22 09:30:00 2026" after an empty line. */
static int
is_from_line(const char *s, size_t len)
{
	const char	*nl = memchr(s, '\n', len), *colon;
	size_t		 n = nl == NULL ? len : (size_t)(nl - s);

	if (n < 5 + 16 || memcmp(s, "From ", 5) != 0)
		return 0;
	colon = memchr(s, ':', n);
	return colon != NULL && isdigit((unsigned char)colon[-1]) &&
	    (size_t)(colon - s) + 2 < n && isdigit((unsigned char)colon[1]);
}

/* ">From " was "From " before it was put into the mbox. */
static enum rc
unquote(const char *s, size_t len, struct buf *b, struct err *err)
{
	size_t	at = 0, n, q;

	buf_reset(b);
	while (at < len) {
		const char	*nl = memchr(s + at, '\n', len - at);

		n = nl == NULL ? len - at : (size_t)(nl - s) + 1 - at;
		for (q = 0; q < n && s[at + q] == '>'; q++)
			;
		q = q > 0 && n - q >= 5 &&
		    memcmp(s + at + q, "From ", 5) == 0;
		if (buf_add(b, s + at + q, n - q) == -1)
			return err_set(err, RC_REFUSED, "found a mail larger "
			    "than %zu bytes in an mbox", b->max);
		at += n;
	}
	return RC_OK;
}

/* Where the next From_ line begins, or len. */
static size_t
mbox_next(const char *s, size_t at, size_t len)
{
	while (at < len) {
		const char	*nl = memchr(s + at, '\n', len - at);
		size_t		 next;

		if (nl == NULL)
			return len;
		next = (size_t)(nl - s) + 1;
		if (next >= 2 && (s[next - 2] == '\n' || (next >= 4 &&
		    s[next - 2] == '\r' && s[next - 3] == '\n')) &&
		    is_from_line(s + next, len - next))
			return next;
		at = next;
	}
	return len;
}

static enum rc
walk_mbox(const struct file *f, mbox_sink *sink, void *arg, struct err *err)
{
	char		 where[PATH_MAX + 32];
	struct buf	 b;
	size_t		 at = 0, begin, end;
	enum rc		 rc = RC_OK;
	int		 n = 0;

	buf_init(&b, 256u * 1024 * 1024);
	while (rc == RC_OK && at < f->len) {
		const char	*nl = memchr(f->p + at, '\n', f->len - at);

		if (nl == NULL)
			break;
		begin = (size_t)(nl - f->p) + 1;
		at = mbox_next(f->p, at, f->len);
		end = at;
		if (end > begin && f->p[end - 1] == '\n' && at < f->len)
			end--;		/* the empty line between two mails */
		if (end > begin && f->p[end - 1] == '\r' && at < f->len)
			end--;
		(void)snprintf(where, sizeof(where), "%s (mail %d)", f->path,
		    ++n);
		rc = unquote(f->p + begin, end - begin, &b, err);
		if (rc == RC_OK)
			rc = sink(arg, where, b.data, b.len, arrived(b.data,
			    b.len, f->mtime), err);
	}
	buf_free(&b);
	return rc;
}

static enum rc
walk_file(const char *path, mbox_sink *sink, void *arg, struct err *err)
{
	struct file	f;
	enum rc		rc = file_map(path, &f, err);

	if (rc != RC_OK)
		return rc;
	if (is_from_line(f.p, f.len))
		rc = walk_mbox(&f, sink, arg, err);
	else
		rc = sink(arg, path, f.p, f.len, arrived(f.p, f.len, f.mtime),
		    err);
	file_unmap(&f);
	return rc;
}

/* --- directories --- */

static int
is_mail_name(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static enum rc
walk_dir(const char *dir, const char *sub, mbox_sink *sink, void *arg,
    struct err *err)
{
	struct dirent	**names = NULL;
	struct stat	  st;
	char		  path[PATH_MAX];
	enum rc		  rc = RC_OK;
	int		  n;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, sub);
	n = scandir(path, &names, is_mail_name, alphasort);
	if (n == -1)
		return err_set(err, RC_REFUSED, "%s: %s", path,
		    strerror(errno));
	for (int i = 0; i < n; i++) {
		int	len = snprintf(path, sizeof(path), "%s/%s%s%s", dir,
			    sub, *sub == '\0' ? "" : "/", names[i]->d_name);

		if (rc == RC_OK && len > 0 && (size_t)len < sizeof(path) &&
		    stat(path, &st) == 0 && S_ISREG(st.st_mode))
			rc = walk_file(path, sink, arg, err);
		free(names[i]);
	}
	free(names);
	return rc;
}

enum rc
mbox_walk(const char *path, mbox_sink *sink, void *arg, struct err *err)
{
	char		sub[PATH_MAX];
	struct stat	st;
	enum rc		rc;

	if (stat(path, &st) == -1)
		return err_set(err, RC_REFUSED, "%s: %s", path,
		    strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return walk_file(path, sink, arg, err);
	(void)snprintf(sub, sizeof(sub), "%s/cur", path);
	if (stat(sub, &st) == -1)		/* a directory of files */
		return walk_dir(path, "", sink, arg, err);
	rc = walk_dir(path, "cur", sink, arg, err);
	return rc == RC_OK ? walk_dir(path, "new", sink, arg, err) : rc;
}
