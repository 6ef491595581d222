#include "store/db_file.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"

enum rc
file_resolve(const char *file, char *to, size_t size, struct err *err)
{
	const char	*slash = strrchr(file, '/');
	const char	*name = slash == NULL ? file : slash + 1;
	char		 dir[PATH_MAX], real[PATH_MAX];
	int		 n;

	if (*name == '\0' || strlen(file) >= sizeof(dir))
		return err_set(err, RC_BROKEN,
		    "store %.100s: expected the name of a file", file);
	if (slash == NULL)
		(void)snprintf(dir, sizeof(dir), ".");
	else
		(void)snprintf(dir, sizeof(dir), "%.*s",
		    (int)(slash - file) + 1, file);
	if (realpath(dir, real) == NULL)
		return err_set(err, RC_BROKEN, "store %s: %s: %s", file, dir,
		    strerror(errno));
	n = snprintf(to, size, "%s/%s", strcmp(real, "/") == 0 ? "" : real,
	    name);
	/* SQLite adds "-journal" and the like. */
	if (n < 0 || (size_t)n + 16 >= size)
		return err_set(err, RC_BROKEN, "store %.100s: name too long",
		    file);
	return RC_OK;
}

static void
lock_name(const char *file, char name[PATH_MAX])
{
	(void)snprintf(name, PATH_MAX, "%.*s.lock", PATH_MAX - 8, file);
}

enum rc
file_lock(const char *file, int *out, struct err *err)
{
	struct flock	 fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char		 name[PATH_MAX];
	int		 fd, e;

	lock_name(file, name);
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1)
		return err_set(err, RC_BROKEN, "store %s: %s", name,
		    strerror(errno));
	if (fcntl(fd, F_SETLK, &fl) == 0) {
		*out = fd;
		return RC_OK;
	}
	e = errno;
	if (e != EACCES && e != EAGAIN) {
		(void)close(fd);
		return err_set(err, RC_BROKEN, "store %s: lock: %s", name,
		    strerror(e));
	}
	fl.l_pid = 0;
	(void)fcntl(fd, F_GETLK, &fl);
	(void)close(fd);
	return err_set(err, RC_AGAIN,
	    "store %s: process %ld is writing to it", file, (long)fl.l_pid);
}

enum rc
file_lock_keep(const char *file, int *held, struct err *err)
{
	struct stat	ours, there;
	char		name[PATH_MAX];
	int		fd;
	enum rc		rc;

	lock_name(file, name);
	if (fstat(*held, &ours) == 0 && lstat(name, &there) == 0 &&
	    ours.st_dev == there.st_dev && ours.st_ino == there.st_ino)
		return RC_OK;
	rc = file_lock(file, &fd, err);
	if (rc != RC_OK)
		return rc;
	(void)close(*held);
	*held = fd;
	return RC_OK;
}

#define ROOM	(4 * 1024 * 1024)	/* receipts of some fifty letters */

void
file_use_room(const char *file)
{
	char	name[PATH_MAX];

	(void)snprintf(name, sizeof(name), "%.*s.room", PATH_MAX - 8, file);
	(void)unlink(name);
}

enum rc
file_hold_room(const char *file, struct err *err)
{
	char	name[PATH_MAX];
	int	fd, e;

	(void)snprintf(name, sizeof(name), "%.*s.room", PATH_MAX - 8, file);
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1)
		return err_set(err, RC_BROKEN, "store %s: %s", name,
		    strerror(errno));
	do
		e = posix_fallocate(fd, 0, ROOM);
	while (e == EINTR);
	(void)close(fd);
	if (e == 0 || e == EOPNOTSUPP || e == EINVAL)	/* not here */
		return RC_OK;
	(void)unlink(name);
	return err_set(err, RC_BROKEN, "store %s: no room to write down what "
	    "is done, the disk is full: %s", file, strerror(e));
}

enum rc
file_there(const char *file, int create, struct err *err)
{
	char		log[PATH_MAX];
	struct stat	st;
	int		fd, missing;

	/*
	 * An existing database is not opened here: closing it again would
	 * drop the locks of another connection of this process.
	 */
	missing = lstat(file, &st) == -1;
	if (missing && errno != ENOENT)
		return err_set(err, RC_BROKEN, "store %s: %s", file,
		    strerror(errno));
	if (!missing && st.st_size > 0)
		return RC_OK;
	(void)snprintf(log, sizeof(log), "%.*s-wal", PATH_MAX - 8, file);
	if (lstat(log, &st) == 0 && st.st_size > 0)
		return err_set(err, RC_REFUSED, "store %s: %s, though its last "
		    "changes are there in %s, which must be moved aside first",
		    file, missing ? "not there" : "empty", log);
	if (!create)
		return err_set(err, RC_REFUSED, "store %s: %s", file,
		    missing ? "not there" : "empty");
	if (!missing)
		return RC_OK;
	fd = open(file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1)
		return err_set(err, RC_BROKEN, "store %s: create: %s", file,
		    strerror(errno));
	(void)close(fd);
	return RC_OK;
}

enum rc
file_part(const char *file, char *to, size_t size, struct err *err)
{
	struct stat	st;
	int		fd, n;

	if (lstat(file, &st) == 0)
		return err_set(err, RC_REFUSED, "backup %s: is there already",
		    file);
	n = snprintf(to, size, "%s.part", file);
	if (n < 0 || (size_t)n >= size)
		return err_set(err, RC_REFUSED, "backup %.100s: name too long",
		    file);
	(void)unlink(to);	/* of a backup that did not end */
	fd = open(to, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1)
		return err_set(err, RC_BROKEN, "backup %s: %s", to,
		    strerror(errno));
	(void)close(fd);
	return RC_OK;
}

enum rc
file_keep(const char *part, const char *file, struct err *err)
{
	if (path_sync(part) == -1 || link(part, file) == -1)
		return err_set(err, errno == EEXIST ? RC_REFUSED : RC_BROKEN,
		    "backup %s: %s", file, strerror(errno));
	(void)unlink(part);
	if (path_sync_parent(file) == -1)
		return err_set(err, RC_BROKEN, "backup %s: its directory: %s",
		    file, strerror(errno));
	return RC_OK;
}
