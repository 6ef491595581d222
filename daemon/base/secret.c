#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/conf.h"

/* Where a name is: itself, or a file that systemd made for us. */
static enum rc
secret_path(const char *file, char *path, size_t size, struct err *err)
{
	const char	*dir;
	int		 n;

	if (strncmp(file, "cred:", 5) != 0) {
		n = snprintf(path, size, "%s", file);
	} else {
		if (file[5] == '\0' || strchr(file, '/') != NULL)
			return err_set(err, RC_REFUSED,
			    "%s: found a path, expected cred:NAME", file);
		dir = getenv("CREDENTIALS_DIRECTORY");
		if (dir == NULL)
			return err_set(err, RC_REFUSED, "%s: found no "
			    "$CREDENTIALS_DIRECTORY, expected to be started "
			    "by systemd with LoadCredential=", file);
		n = snprintf(path, size, "%s/%s", dir, file + 5);
	}
	if (n < 0 || (size_t)n >= size)
		return err_set(err, RC_REFUSED, "%.64s..: found a name that "
		    "is too long, expected less than %zu bytes", file, size);
	return RC_OK;
}

static enum rc
secret_fit(const char *file, int fd, struct err *err)
{
	struct stat	st;

	if (fstat(fd, &st) == -1)
		return err_set(err, RC_BROKEN, "%s: %s", file,
		    strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(err, RC_REFUSED,
		    "%s: found no regular file, expected one", file);
	if ((st.st_mode & 077) != 0 && strncmp(file, "cred:", 5) != 0)
		return err_set(err, RC_REFUSED, "%s: found mode %04o, "
		    "expected one that only the owner can read, like 0600",
		    file, (unsigned)(st.st_mode & 07777));
	return RC_OK;
}

/* The bytes are wiped from buf by the caller. */
static enum rc
secret_line(const char *file, const char *buf, size_t len, char *to,
    size_t size, struct err *err)
{
	while (len > 0 && (buf[len - 1] == '\n' || buf[len - 1] == '\r'))
		len--;
	if (len == 0)
		return err_set(err, RC_REFUSED,
		    "%s: found nothing, expected one line", file);
	if (memchr(buf, '\n', len) || memchr(buf, '\r', len) ||
	    memchr(buf, '\0', len))
		return err_set(err, RC_REFUSED,
		    "%s: found several lines, expected one", file);
	if (len >= size)
		return err_set(err, RC_REFUSED, "%s: found %zu bytes or more, "
		    "expected less than %zu", file, len, size);
	memcpy(to, buf, len);
	to[len] = '\0';
	return RC_OK;
}

/* At most size of its first bytes. */
static enum rc
secret_bytes(const char *file, void *to, size_t size, size_t *len,
    struct err *err)
{
	char	path[4096];
	ssize_t	n = 0;
	enum rc	rc;
	int	fd;

	*len = 0;
	rc = secret_path(file, path, sizeof(path), err);
	if (rc != RC_OK)
		return rc;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd == -1)
		return err_set(err, RC_REFUSED, "%s: %s, expected a file that "
		    "only the owner can read", file, strerror(errno));
	rc = secret_fit(file, fd, err);
	while (rc == RC_OK && *len < size) {
		n = read(fd, (char *)to + *len, size - *len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		*len += (size_t)n;
	}
	if (rc == RC_OK && n < 0)
		rc = err_set(err, RC_BROKEN, "%s: %s", file, strerror(errno));
	(void)close(fd);
	return rc;
}

enum rc
secret_read(const char *file, char *to, size_t size, struct err *err)
{
	char	buf[16384];
	size_t	len;
	enum rc	rc = secret_bytes(file, buf, sizeof(buf), &len, err);

	if (rc == RC_OK)
		rc = secret_line(file, buf, len, to, size, err);
	explicit_bzero(buf, sizeof(buf));
	return rc;
}

enum rc
secret_key(const char *file, unsigned char *to, size_t size, struct err *err)
{
	size_t	len;
	enum rc	rc = secret_bytes(file, to, size, &len, err);

	if (rc != RC_OK || len == size)
		return rc;
	return err_set(err, RC_REFUSED, "%s: found %zu bytes, expected a key "
	    "of %zu", file, len, size);
}

enum rc
secret_try(const char *key, const char *file, struct err *err)
{
	char		line[8192];
	unsigned char	bytes[TOKEN_KEY];
	size_t		len;
	enum rc		rc;

	if (strcmp(key, "key-file") == 0)	/* PEM, several lines */
		return secret_bytes(file, line, 0, &len, err);
	rc = strcmp(key, "token-key-file") == 0 ?
	    secret_key(file, bytes, sizeof(bytes), err) :
	    secret_read(file, line, sizeof(line), err);
	explicit_bzero(line, sizeof(line));
	explicit_bzero(bytes, sizeof(bytes));
	return rc;
}
