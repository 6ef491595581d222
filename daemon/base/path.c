#include "base/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/kept.h"

static int
runs_from_build_tree(void)
{
	char	 exe[PATH_MAX];
	ssize_t	 n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	size_t	 len = strlen(TOCSIN_BUILDDIR);

	if (n <= 0)
		return 0;
	exe[n] = '\0';
	return strncmp(exe, TOCSIN_BUILDDIR "/", len + 1) == 0;
}

const char *
path_data(enum path_kind kind)
{
	static const char *const in_tree[] = {
		[PATH_FORMS] = "parsers/forms", [PATH_TEMPLATES] = "templates",
		[PATH_POLICIES] = "policies"
	};
	static const char *const installed[] = {
		[PATH_FORMS] = "forms", [PATH_TEMPLATES] = "templates",
		[PATH_POLICIES] = "policies"
	};
	static char	 found[3][PATH_MAX];
	const char	*env = getenv("TOCSIN_DATADIR");

	if (found[kind][0] != '\0')
		return found[kind];
	if (env != NULL)
		(void)snprintf(found[kind], PATH_MAX, "%s/%s", env,
		    installed[kind]);
	else if (runs_from_build_tree())
		(void)snprintf(found[kind], PATH_MAX, "%s/%s", TOCSIN_SRCDIR,
		    in_tree[kind]);
	else
		(void)snprintf(found[kind], PATH_MAX, "%s/%s", TOCSIN_DATADIR,
		    installed[kind]);
	return found[kind];
}

static enum rc
too_large(const char *file, size_t max, struct err *err)
{
	return err_set(err, RC_REFUSED, "%s: larger than %zu bytes", file, max);
}

enum rc
path_read(const char *file, size_t max, struct buf *b, struct err *err)
{
	const char	*p;
	size_t		 len, from = b->len;
	ssize_t		 n;
	char		*to;
	int		 fd, e;

	if (kept_find(file, &p, &len))
		return len > max || buf_add(b, p, len) == -1 ?
		    too_large(file, max, err) : RC_OK;
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return err_set(err, errno == ENOENT || errno == EACCES ?
		    RC_REFUSED : RC_BROKEN, "%s: %s", file, strerror(errno));
	for (;;) {
		if (b->len > max) {
			(void)close(fd);
			return too_large(file, max, err);
		}
		to = buf_room(b, 65536);
		if (to == NULL) {
			(void)close(fd);
			return too_large(file, b->max, err);
		}
		n = read(fd, to, 65536);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		b->len += (size_t)n;
	}
	e = errno;
	(void)close(fd);
	b->data[b->len] = '\0';
	if (n < 0)
		return err_set(err, RC_BROKEN, "%s: %s", file, strerror(e));
	kept_add(file, b->data + from, b->len - from);
	return RC_OK;
}

static int
ends_with(const char *name, const char *ending)
{
	size_t	n = strlen(name), k = strlen(ending);

	return *name != '.' && n > k && strcmp(name + n - k, ending) == 0;
}

static int
by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

enum rc
path_list(const char *dir, const char *ending, struct buf *b, struct err *err)
{
	struct dirent	**names = NULL;
	char		  key[PATH_MAX];
	const char	 *p;
	size_t		  len, from = b->len;
	int		  n;

	(void)snprintf(key, sizeof(key), "%s/*%s", dir, ending);
	if (kept_find(key, &p, &len))
		return buf_add(b, p, len) == -1 ? too_large(dir, b->max, err) :
		    RC_OK;
	n = scandir(dir, &names, NULL, by_bytes);
	for (int i = 0; i < n; i++) {
		if (ends_with(names[i]->d_name, ending))
			(void)buf_addf(b, "%s\n", names[i]->d_name);
		free(names[i]);
	}
	free(names);
	if (b->over)
		return too_large(dir, b->max, err);
	kept_add(key, b->data + from, b->len - from);
	return RC_OK;
}

int
path_sync(const char *name)
{
	int	fd = open(name, O_RDONLY | O_CLOEXEC), r, e;

	if (fd == -1)
		return -1;
	r = fsync(fd);
	e = errno;
	(void)close(fd);
	errno = e;
	return r;
}

int
path_sync_parent(const char *file)
{
	const char	*slash = strrchr(file, '/');
	char		 dir[PATH_MAX];
	int		 n = slash == NULL ? 0 : slash == file ? 1 :
			    (int)(slash - file);

	if (snprintf(dir, sizeof(dir), "%.*s", n == 0 ? 1 : n, n == 0 ? "." :
	    file) >= (int)sizeof(dir)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return path_sync(dir);
}
