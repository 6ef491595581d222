#include "config.h"

#include "owner.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

/*
 * Only plain files of our names that have no second name: in a directory
 * that others can write to, a link must not give them a file of root's.
 */
static void
give_file(int dir, const char *name, const struct passwd *pw)
{
	struct stat	st;
	int		fd;

	if (strncmp(name, "tocsin.", 7) != 0 &&
	    strcmp(name, "token.key") != 0)
		return;
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == 0 &&
	    st.st_nlink == 1)
		(void)!fchown(fd, pw->pw_uid, pw->pw_gid);
	(void)close(fd);
}

/* Does somebody have to mend the configuration, or is it enough to wait (for
 * room on the disk, for a file system that can be written)? */
static enum rc
meaning(int e)
{
	switch (e) {
	case EACCES:
	case EPERM:
	case ENOENT:
	case ENOTDIR:
	case ELOOP:
	case ENAMETOOLONG:
	case EINVAL:
		return RC_REFUSED;
	default:
		return RC_BROKEN;
	}
}

/* A directory that was there before us may be /tmp: it stays as it is. */
static enum rc
give(const struct conf *c, const struct passwd *pw, int made, struct err *err)
{
	struct dirent	*e;
	struct stat	 st;
	DIR		*dir = opendir(c->state_dir);
	enum rc		 rc;

	if (dir == NULL)
		return err_set(err, meaning(errno), "%s: %s", c->state_dir,
		    strerror(errno));
	if (made && fchown(dirfd(dir), pw->pw_uid, pw->pw_gid) == -1) {
		rc = err_set(err, meaning(errno), "%s: chown to %s: %s",
		    c->state_dir, pw->pw_name, strerror(errno));
		(void)closedir(dir);
		return rc;
	}
	if (fstat(dirfd(dir), &st) == 0 && st.st_uid == pw->pw_uid)
		while ((e = readdir(dir)) != NULL)
			give_file(dirfd(dir), e->d_name, pw);
	(void)closedir(dir);
	return RC_OK;
}

enum rc
owner_state_dir(const struct conf *c, struct err *err)
{
	const struct passwd *pw;
	int		 made = mkdir(c->state_dir, 0700) == 0;

	if (!made && errno != EEXIST)
		return err_set(err, meaning(errno), "%s: %s", c->state_dir,
		    strerror(errno));
	if (geteuid() != 0 || c->user_desk == NULL || *c->user_desk == '\0')
		return RC_OK;
	pw = getpwnam(c->user_desk);
	/* who is missing is said where the user is changed */
	return pw == NULL || pw->pw_uid == 0 ? RC_OK : give(c, pw, made, err);
}
