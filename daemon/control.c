#include "control.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CONTROL_NAME	"control.sock"

static int
address(const struct conf *c, struct sockaddr_un *sa, struct err *err)
{
	int	n;

	memset(sa, 0, sizeof(*sa));
	sa->sun_family = AF_UNIX;
	n = snprintf(sa->sun_path, sizeof(sa->sun_path), "%s/" CONTROL_NAME,
	    c->state_dir);
	if (n < 0 || (size_t)n >= sizeof(sa->sun_path)) {
		(void)err_set(err, RC_REFUSED, "control: %s is too long for a "
		    "socket's name", c->state_dir);
		return -1;
	}
	return 0;
}

int
control_listen(const struct conf *c, struct err *err)
{
	struct sockaddr_un	sa;
	mode_t			old;
	int			fd, bad;

	if (address(c, &sa, err) == -1)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1) {
		(void)err_set(err, RC_BROKEN, "control: %s", strerror(errno));
		return -1;
	}
	(void)unlink(sa.sun_path);	/* the store's lock says it is ours */
	old = umask(0177);
	bad = bind(fd, (struct sockaddr *)&sa, sizeof(sa)) == -1 ||
	    listen(fd, 4) == -1;
	(void)umask(old);
	if (bad) {
		(void)err_set(err, RC_BROKEN, "control: %s: %s", sa.sun_path,
		    strerror(errno));
		(void)close(fd);
		return -1;
	}
	return fd;
}

void
control_close(const struct conf *c, int fd)
{
	struct sockaddr_un	sa;
	struct err		err;

	if (fd == -1)
		return;
	(void)close(fd);
	if (address(c, &sa, &err) == 0)
		(void)unlink(sa.sun_path);
}

int
control_accept(int listen_fd)
{
	struct ucred	who;
	socklen_t	len = sizeof(who);
	int		fd;

	fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd == -1)
		return -1;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == -1 ||
	    (who.uid != 0 && who.uid != geteuid())) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

enum rc
control_ask(const struct conf *c, const struct frame *f, int ms, char *text,
    size_t size, struct err *err)
{
	struct sockaddr_un	sa;
	struct channel		ch;
	struct frame		answer;
	int64_t			n;
	int			fd;
	enum rc			rc;

	text[0] = '\0';
	if (address(c, &sa, err) == -1)
		return RC_REFUSED;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1 || connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == -1) {
		rc = err_set(err, RC_AGAIN, "%s: %s", sa.sun_path,
		    strerror(errno));
		if (fd != -1)
			(void)close(fd);
		return rc;
	}
	channel_init(&ch, fd);
	rc = channel_push(&ch, f, err);
	if (rc == RC_OK)
		rc = channel_recv(&ch, &answer, ms, err);
	if (rc == RC_AGAIN) {
		(void)err_set(err, RC_AGAIN, "the daemon does not answer");
		(void)snprintf(text, size, "%s", err->text);
	}
	if (rc == RC_OK && (answer.type != FRAME_ANSWER ||
	    frame_int(&answer, 0, &n) == -1 || n < RC_OK || n > RC_BROKEN))
		rc = err_set(err, RC_BROKEN, "the daemon answers nonsense");
	if (rc == RC_OK) {
		rc = (enum rc)n;
		(void)frame_text(&answer, 1, text, size);
		if (rc != RC_OK)
			(void)err_set(err, rc, "%s", text);
	}
	channel_close(&ch);
	return rc;
}
