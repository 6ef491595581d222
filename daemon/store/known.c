#include "store/known.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/path.h"

/* What the note names, "" when there is none. */
static enum rc
note_read(const char *note, char *url, size_t size, struct err *err)
{
	ssize_t	n;
	int	fd = open(note, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), e;

	url[0] = '\0';
	if (fd == -1 && errno == ENOENT)
		return RC_OK;
	if (fd == -1)
		return err_set(err, RC_BROKEN, "%s: %s", note,
		    strerror(errno));
	n = read(fd, url, size - 1);
	e = errno;
	(void)close(fd);
	if (n < 0)
		return err_set(err, RC_BROKEN, "%s: %s", note, strerror(e));
	url[n] = '\0';
	url[strcspn(url, "\n")] = '\0';
	if (url[0] == '\0')	/* a note all the same */
		(void)snprintf(url, size, "?");
	return RC_OK;
}

/* Whole and on disk, or the old one. */
static enum rc
note_write(const char *note, const char *url, struct err *err)
{
	char	line[PATH_MAX], made[PATH_MAX];
	int	fd, n, bad, e;

	n = snprintf(line, sizeof(line), "%s\n", url);
	if (n < 0 || (size_t)n >= sizeof(line) ||
	    snprintf(made, sizeof(made), "%s.%ld", note, (long)getpid()) >=
	    (int)sizeof(made))
		return err_set(err, RC_BROKEN, "%.100s: name too long", url);
	(void)unlink(made);
	fd = open(made, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bad = fd == -1 || write(fd, line, (size_t)n) != n || fsync(fd) == -1;
	e = errno;
	if (fd != -1)
		(void)close(fd);
	if (!bad) {
		bad = rename(made, note) == -1 ||
		    path_sync_parent(note) == -1;
		e = errno;
	}
	if (!bad)
		return RC_OK;
	(void)unlink(made);
	return err_set(err, RC_BROKEN, "%s: %s", note, strerror(e));
}

/* err has what store_open() said of the missing one. */
static enum rc
missing(const char *note, const char *had, const char *url, struct err *err)
{
	struct err	why = *err;
	int		same = strcmp(had, url) == 0;

	return err_set(err, RC_REFUSED, "%.240s.  %.120s tells that %s%s: put "
	    "it or a backup of it back%s, or begin anew without its records: "
	    "tocsind --new-store", why.text, note, same ?
	    "there were records in it" : "the records are in ",
	    same ? "" : had, same ? "" : ", or mend \"store\"");
}

enum rc
known_open(const char *dir, const char *url, enum known_how how,
    struct store **out, struct err *err)
{
	char	had[PATH_MAX], note[PATH_MAX];
	enum rc	rc;

	*out = NULL;
	if (snprintf(note, sizeof(note), "%s/tocsin.store", dir) >=
	    (int)sizeof(note))
		return err_set(err, RC_BROKEN, "%.100s: name too long", dir);
	rc = note_read(note, had, sizeof(had), err);
	if (rc != RC_OK)
		return rc;
	rc = store_open(url, how == KNOWN_READ ? STORE_READ : STORE_WRITE,
	    out, err);
	if (rc == RC_OK && how == KNOWN_ANEW) {
		store_close(out);
		return err_set(err, RC_REFUSED, "store %s: there are records "
		    "in it; --new-store begins none over them", url);
	}
	if (rc == RC_REFUSED && how != KNOWN_ANEW && had[0] != '\0')
		return missing(note, had, url, err);
	if (how == KNOWN_READ)
		return rc != RC_REFUSED ? rc : err_set(err, RC_REFUSED,
		    "store %s: not there yet; tocsind makes it", url);
	if (rc == RC_REFUSED) {
		rc = store_open(url, STORE_MAKE, out, err);
		fault_step("store-made");
	}
	if (rc == RC_OK && strcmp(had, url) != 0)
		rc = note_write(note, url, err);
	if (rc != RC_OK)
		store_close(out);
	return rc;
}
