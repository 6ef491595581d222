#include "mail/maildir.h"

#include <sys/inotify.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "mail/given.h"
#include "mail/maildir_name.h"

#define TRIES_TELL	3
#define UNFINISHED	10		/* s: then who writes it has stopped */
#define UNFINISHED_MS	1000		/* so often it is looked at */
#define SAME_NAMES	100

struct entry {
	char	*name;			/* owned */
	int64_t	 sec;
	long	 nsec;
};

struct odd {				/* a mail that could not be had */
	char	*name;			/* owned */
	int	 tries;
};

struct maildir {
	const struct conf_mailbox *conf;
	int64_t		 mail_max;
	int		 dir;		/* the Maildir; -1: closed */
	int		 new_fd;	/* its new/ */
	int		 notify;	/* inotify, -1: poll only */
	struct entry	*todo;
	size_t		 n_todo, at;
	struct given	 given;
	size_t		 n_unfinished;	/* at the last look */
	struct odd	*odd;
	size_t		 n_odd;
	int64_t		 since;		/* UTC; 0: all mails */
	size_t		 n_before;	/* from before it, at the last look */
	size_t		 left_alone;	/* of these, not asked for yet */
	char		 set_aside[256];
};

struct maildir *
maildir_new(const struct conf_mailbox *conf, int64_t mail_max)
{
	struct maildir	*md = xcalloc(1, sizeof(*md));

	md->conf = conf;
	md->mail_max = mail_max;
	md->dir = md->new_fd = md->notify = -1;
	return md;
}

static void
close_fd(int *fd)
{
	if (*fd != -1)
		(void)close(*fd);
	*fd = -1;
}

static void
drop_todo(struct maildir *md)
{
	for (size_t i = 0; i < md->n_todo; i++)
		free(md->todo[i].name);
	free(md->todo);
	md->todo = NULL;
	md->n_todo = md->at = 0;
}

void
maildir_free(struct maildir **mdp)
{
	struct maildir	*md = *mdp;

	*mdp = NULL;
	if (md == NULL)
		return;
	drop_todo(md);
	given_free(&md->given);
	for (size_t i = 0; i < md->n_odd; i++)
		free(md->odd[i].name);
	free(md->odd);
	close_fd(&md->dir);
	close_fd(&md->new_fd);
	close_fd(&md->notify);
	free(md);
}

char *
maildir_set_aside(struct maildir *md)
{
	return md->set_aside;
}

void
maildir_since(struct maildir *md, int64_t utc)
{
	md->since = utc;
}

size_t
maildir_left_alone(struct maildir *md)
{
	size_t	n = md->left_alone;

	md->left_alone = 0;
	return n;
}

/* Without inotify we only notice later: never a reason to fail. */
static void
watch(struct maildir *md)
{
	char	path[4096];
	int	n;

	n = snprintf(path, sizeof(path), "%s/new", md->conf->path);
	md->notify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (md->notify != -1 && (n < 0 || (size_t)n >= sizeof(path) ||
	    inotify_add_watch(md->notify, path,
	    IN_MOVED_TO | IN_CLOSE_WRITE | IN_CREATE) == -1))
		close_fd(&md->notify);
}

enum rc
maildir_connect(struct maildir *md, struct err *err)
{
	const char	*path = md->conf->path;
	int		 cur;

	drop_todo(md);
	close_fd(&md->dir);
	close_fd(&md->new_fd);
	close_fd(&md->notify);
	md->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (md->dir == -1)
		return err_set(err, RC_AGAIN, "maildir: %s: %s", path,
		    strerror(errno));
	md->new_fd = openat(md->dir, "new",
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cur = openat(md->dir, "cur", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (md->new_fd == -1 || cur == -1) {
		close_fd(&cur);
		close_fd(&md->new_fd);
		return err_set(err, RC_AGAIN, "maildir: %s: expected a "
		    "Maildir with new/ and cur/: %s", path, strerror(errno));
	}
	close_fd(&cur);
	watch(md);
	return RC_OK;
}

static int
entry_order(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->sec != y->sec)
		return x->sec < y->sec ? -1 : 1;
	if (x->nsec != y->nsec)
		return x->nsec < y->nsec ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void
todo_add(struct maildir *md, size_t *cap, const char *name,
    const struct stat *st)
{
	struct entry	*p;

	if (md->n_todo == *cap) {
		*cap = *cap == 0 ? 256 : *cap * 2;
		p = xcalloc(*cap, sizeof(*p));
		if (md->n_todo > 0)
			memcpy(p, md->todo, md->n_todo * sizeof(*p));
		free(md->todo);
		md->todo = p;
	}
	p = &md->todo[md->n_todo++];
	p->name = xstrdup(name);
	p->sec = st->st_mtim.tv_sec;
	p->nsec = st->st_mtim.tv_nsec;
}

static int
is_before(const struct maildir *md, const struct stat *st)
{
	return md->since != 0 && st->st_mtim.tv_sec < md->since;
}

/* NULL, with errno. */
static DIR *
open_sub(const struct maildir *md, const char *sub)
{
	int	 fd = openat(md->dir, sub, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR	*d = fd == -1 ? NULL : fdopendir(fd);

	if (d == NULL)
		close_fd(&fd);
	return d;
}

/* The name of the next file that may be a mail; NULL at the end. */
static const char *
next_mail(DIR *d, struct stat *st)
{
	struct dirent	*e;

	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.' && fstatat(dirfd(d), e->d_name, st,
		    AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st->st_mode))
			return e->d_name;
	return NULL;
}

static int64_t
count_in(const struct maildir *md, const char *sub)
{
	struct stat	 st;
	int64_t		 n = 0;
	DIR		*d = open_sub(md, sub);

	while (d != NULL && next_mail(d, &st) != NULL)
		n += !is_before(md, &st);
	if (d != NULL)
		(void)closedir(d);
	return n;
}

int64_t
maildir_holds(const struct maildir *md, int64_t *others)
{
	*others = count_in(md, "cur");
	return count_in(md, "new");
}

static enum rc
list_new(struct maildir *md, struct err *err)
{
	const char	*name;
	struct stat	 st;
	size_t		 cap = 0, before = 0;
	DIR		*d;

	drop_todo(md);
	md->n_unfinished = 0;
	d = open_sub(md, "new");
	if (d == NULL)
		return err_set(err, RC_AGAIN, "maildir: %s/new: %s",
		    md->conf->path, strerror(errno));
	while ((name = next_mail(d, &st)) != NULL)
		if (given_has(&md->given, name))
			continue;
		else if (is_before(md, &st))
			before++;
		else
			todo_add(md, &cap, name, &st);
	(void)closedir(d);
	if (before > md->n_before)
		md->left_alone += before - md->n_before;
	md->n_before = before;
	if (md->n_todo > 0)
		qsort(md->todo, md->n_todo, sizeof(*md->todo), entry_order);
	return RC_OK;
}

static void
odd_add(struct maildir *md, const char *name, const char *why)
{
	struct odd	*p;
	size_t		 i, n;

	for (i = 0; i < md->n_odd && strcmp(md->odd[i].name, name) != 0; i++)
		;
	if (i == md->n_odd) {
		p = xcalloc(md->n_odd + 1, sizeof(*p));
		if (md->n_odd > 0)
			memcpy(p, md->odd, md->n_odd * sizeof(*p));
		free(md->odd);
		md->odd = p;
		md->odd[md->n_odd++].name = xstrdup(name);
	}
	if (++md->odd[i].tries != TRIES_TELL)
		return;
	n = strlen(md->set_aside);
	(void)snprintf(md->set_aside + n, sizeof(md->set_aside) - n,
	    "%s%.80s set aside after %d tries: %s", n > 0 ? "; " : "", name,
	    TRIES_TELL, why);
}

/* All of a file of at most max bytes: 0, or -1 with errno. */
static int
read_all(int fd, struct buf *b, int64_t size)
{
	char	*to;
	ssize_t	 n;

	for (;;) {
		to = buf_room(b, size > 0 && b->len < (size_t)size ?
		    (size_t)size - b->len : 4096);
		if (to == NULL) {
			errno = EFBIG;
			return -1;
		}
		n = read(fd, to, size > 0 && b->len < (size_t)size ?
		    (size_t)size - b->len : 4096);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			return 0;
		b->len += (size_t)n;
	}
}

/*
 * Does somebody write into new/ itself, and is not done?  A lease says so; on
 * file systems without any it is taken for whole, and given_same() helps.
 */
static int
is_unfinished(int fd, const struct stat *st)
{
	int64_t	age = clock_now() - st->st_mtim.tv_sec;

	if (fcntl(fd, F_SETLEASE, F_RDLCK) == 0) {
		(void)fcntl(fd, F_SETLEASE, F_UNLCK);
		return 0;
	}
	return errno == EAGAIN && age < UNFINISHED && age > -UNFINISHED;
}

/* Hand one file on.  *missed says it could not be had. */
static enum rc
give(struct maildir *md, const struct entry *e, mailbox_sink *sink, void *arg,
    int *missed, struct err *err)
{
	char		 uid[UID_SIZE];
	struct fetched	 f = { .uid = uid, .uidvalidity = 1 };
	struct stat	 st;
	struct buf	 raw;
	enum rc		 rc = RC_OK;
	int		 fd, bad = 0;

	fd = openat(md->new_fd, e->name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1 && errno == ENOENT)
		return RC_OK;	/* a mail program took it to cur/ */
	if (fd == -1 || fstat(fd, &st) == -1) {
		bad = errno;
	} else if (is_unfinished(fd, &st)) {
		md->n_unfinished++;
		close_fd(&fd);
		return RC_OK;
	}
	buf_init(&raw, (size_t)md->mail_max + 4096);
	if (bad != 0)
		;
	else if (st.st_size <= md->mail_max && read_all(fd, &raw,
	    st.st_size) == -1)
		bad = errno;
	else if (st.st_size == 0 && raw.len == 0)
		bad = ENODATA;
	else if (maildir_uid(e->name, uid) == -1)
		bad = ENAMETOOLONG;
	if (bad == 0) {
		f.arrived = e->sec;
		f.size = st.st_size;
		if (raw.len > 0 && (int64_t)raw.len <= md->mail_max) {
			f.raw = raw.data;
			f.len = raw.len;
			f.size = (int64_t)raw.len;
		}
		rc = sink(arg, &f, err);
		if (rc == RC_OK)
			given_add(&md->given, e->name, &st);
	} else {
		odd_add(md, e->name, strerror(bad));
		++*missed;
	}
	buf_free(&raw);
	close_fd(&fd);
	return rc;
}

enum rc
maildir_fetch(struct maildir *md, int max, mailbox_sink *sink, void *arg,
    int *more, int *missed, struct err *err)
{
	enum rc	rc = RC_OK;

	*more = *missed = 0;
	if (md->dir == -1)
		return err_set(err, RC_AGAIN, "maildir: not open");
	if (md->at == md->n_todo)
		rc = list_new(md, err);
	for (int n = 0; rc == RC_OK && n < max && md->at < md->n_todo; n++) {
		rc = give(md, &md->todo[md->at], sink, arg, missed, err);
		if (rc == RC_OK)
			md->at++;
	}
	*more = md->at < md->n_todo;
	return rc;
}

/* Where the folder to move to is, seen from ours; -1 with errno. */
static int
target_base(const struct maildir *md, char *to, size_t size)
{
	const char	*name = md->conf->move_to;
	int		 n = name == NULL ? -1 : snprintf(to, size, "%s%s",
			    name[0] == '/' ? "" : ".", name);

	if (n >= 0 && (size_t)n < size)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

/* Is it there, or may it be made in the directory above?  0: errno. */
static int
may_make(const struct maildir *md, const char *base)
{
	char	above[2048];

	if (faccessat(md->dir, base, W_OK | X_OK, 0) == 0)
		return 1;
	if (errno != ENOENT)
		return 0;
	(void)snprintf(above, sizeof(above), "%s", base);
	return faccessat(md->dir, dirname(above), W_OK | X_OK, 0) == 0;
}

enum rc
maildir_probe(struct maildir *md, int *absent, struct err *err)
{
	char	base[2048] = "", path[4096];

	*absent = 0;
	if (md->conf->after == AFTER_MOVE &&
	    target_base(md, base, sizeof(base)) == -1)
		return err_set(err, RC_REFUSED, "move-to \"%s\": %s",
		    md->conf->move_to, strerror(errno));
	(void)snprintf(path, sizeof(path), "%s%scur", base,
	    base[0] == '\0' ? "" : "/");
	if (faccessat(md->dir, path, W_OK | X_OK, 0) == 0)
		return RC_OK;
	*absent = errno == ENOENT && base[0] != '\0';
	if (*absent && may_make(md, base))
		return RC_OK;
	return err_set(err, RC_REFUSED, "%s: %s", base[0] == '\0' ? "cur" :
	    "move-to", strerror(errno));
}

/* The directory that marked mails go to; -1 with errno. */
static int
open_target(struct maildir *md)
{
	static const char *const sub[] = { "", "/tmp", "/new", "/cur" };
	char	path[4096], base[2048];

	if (md->conf->after != AFTER_MOVE)
		return openat(md->dir, "cur",
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (target_base(md, base, sizeof(base)) == -1)
		return -1;
	for (size_t i = 0; i < sizeof(sub) / sizeof(sub[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", base, sub[i]);
		if (mkdirat(md->dir, path, 0700) == -1 && errno != EEXIST)
			return -1;
	}
	return openat(md->dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* 0, or -1 with errno: EEXIST when there is one of that name. */
static int
rename_new(const struct maildir *md, const char *name, int target,
    const char *to)
{
	if (renameat2(md->new_fd, name, target, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (faccessat(target, to, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return -1;
	}
	return renameat(md->new_fd, name, target, to);
}

/* A name that already has flags in new/ keeps its own; nothing is replaced
 * by one of the same name. */
static int
move_marked(const struct maildir *md, int target, const char *name)
{
	const char	*flags = strstr(name, ":2,");
	char		 to[NAME_SIZE + 16], nth[8] = "";
	size_t		 end, n = flags == NULL ? strlen(name) :
			    (size_t)(flags - name);

	if (flags == NULL)
		flags = md->conf->after == AFTER_LEAVE ? ":2," : ":2,S";
	for (int i = 1; i <= SAME_NAMES; i++) {
		if (i > 1)
			(void)snprintf(nth, sizeof(nth), "-%d", i);
		end = strlen(nth) + strlen(flags);
		if (n + end >= NAME_SIZE)	/* the longest is cut */
			n = end < NAME_SIZE ? NAME_SIZE - 1 - end : 0;
		(void)snprintf(to, sizeof(to), "%.*s%s%s", (int)n, name, nth,
		    flags);
		if (rename_new(md, name, target, to) == 0)
			return 0;
		if (errno != EEXIST)
			return -1;
	}
	return -1;
}

/*
 * Only what lies there as it was stored: what was written to since is given
 * to the desk once more, and so is what an earlier life gave.
 */
static enum rc
mark_one(struct maildir *md, int target, const char *name, struct err *err)
{
	struct stat	st;

	if (fstatat(md->new_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    !given_same(&md->given, name, &st) && !is_before(md, &st)) {
		given_drop(&md->given, name);
		return RC_OK;
	}
	if (move_marked(md, target, name) == -1 && errno != ENOENT)
		return err_set(err, RC_REFUSED, "maildir: %s/new/%.100s: %s",
		    md->conf->path, name, strerror(errno));
	given_drop(&md->given, name);	/* ENOENT: marked before */
	return RC_OK;
}

/* One that cannot be marked keeps no other from it; the last is told. */
enum rc
maildir_mark(struct maildir *md, const char *uids, struct err *err)
{
	char	name[NAME_SIZE];
	size_t	n;
	enum rc	rc = RC_OK;
	int	target;

	if (md->dir == -1)
		return err_set(err, RC_AGAIN, "maildir: not open");
	target = open_target(md);
	if (target == -1)
		return err_set(err, RC_REFUSED, "maildir: %s: no folder to put "
		    "marked mails into: %s", md->conf->path, strerror(errno));
	for (; *uids != '\0'; uids += n + (uids[n] == ',')) {
		n = strcspn(uids, ",");
		if (maildir_name(uids, n, name) == -1)
			rc = err_set(err, RC_REFUSED,
			    "maildir: \"%.40s\" is no mail's name", uids);
		else if (mark_one(md, target, name, err) != RC_OK)
			rc = RC_REFUSED;
	}
	close_fd(&target);
	return rc;
}

/* Removed, or moved aside while another took its place: mail comes there. */
static int
is_where_it_was(const struct maildir *md)
{
	char		path[4096];
	struct stat	ours, there;

	(void)snprintf(path, sizeof(path), "%s/new", md->conf->path);
	return fstat(md->new_fd, &ours) == 0 && stat(path, &there) == 0 &&
	    ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

/*
 * Postfix, qmail and procmail link a mail from tmp/ into new/, which is told
 * as one that was made there.  Whoever writes it there is waited for.
 */
static int
was_linked(const struct maildir *md, const char *name)
{
	struct stat	st;

	return fstatat(md->new_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode) && st.st_size > 0 && (st.st_nlink > 1 ||
	    st.st_ctim.tv_sec != st.st_mtim.tv_sec ||
	    st.st_ctim.tv_nsec != st.st_mtim.tv_nsec);
}

/* Takes what inotify tells: is it worth a look? */
static int
is_news(const struct maildir *md)
{
	_Alignas(struct inotify_event) char	told[4096];
	struct inotify_event	e;
	ssize_t			n;
	int			news = 0;

	while ((n = read(md->notify, told, sizeof(told))) > 0)
		for (const char *p = told; p < told + n;
		    p += sizeof(e) + e.len) {
			memcpy(&e, p, sizeof(e));
			news |= e.mask != IN_CREATE || (e.len > 0 &&
			    was_linked(md, p + sizeof(e)));
		}
	return news;
}

enum rc
maildir_wait(struct maildir *md, int wake_fd, int ms, int *woken,
    struct err *err)
{
	struct pollfd	pfd[2] = {
		{ .fd = wake_fd, .events = POLLIN },
		{ .fd = md->notify, .events = POLLIN },
	};
	int64_t		until, left;
	int		n, news;

	if (md->dir == -1)
		return err_set(err, RC_AGAIN, "maildir: not open");
	if (md->n_unfinished > 0 && ms > UNFINISHED_MS)
		ms = UNFINISHED_MS;
	until = clock_mono_ms() + ms;
	do {
		left = until - clock_mono_ms();
		n = poll(pfd, 2, left > 0 ? (int)left : 0);
		news = n > 0 && pfd[1].revents != 0 &&
		    (pfd[1].revents != POLLIN || is_news(md));
	} while (n == -1 ? errno == EINTR : n > 0 && !news &&
	    pfd[0].revents == 0);
	*woken = n > 0 && !news;
	return is_where_it_was(md) ? RC_OK :
	    err_set(err, RC_AGAIN, "maildir: %s is gone", md->conf->path);
}
