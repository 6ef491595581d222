#include "cli/confined.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/frame.h"
#include "confine.h"
#include "parsers/report.h"
#include "reader.h"

#define CONFINED_SECONDS	2
#define CONFINED_MEMORY		((int64_t)256 * 1024 * 1024)

struct confined {
	const struct parse_conf	*pc;
	struct conf		 limits;	/* what confine_enter() reads */
	struct channel		 ch;
	pid_t			 pid;		/* 0: not running */
};

static void
be_reader(struct confined *c, int fd)
{
	struct channel	ch;
	struct err	err;
	char		said[256] = "";

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	channel_init(&ch, fd);
	if (confine_user(CONFINE_READER, &c->limits, said, sizeof(said),
	    &err) != RC_OK || confine_enter(CONFINE_READER, &c->limits, said,
	    sizeof(said), &err) != RC_OK) {
		(void)dprintf(STDERR_FILENO, "tocsin: reader: %s\n", err.text);
		_exit(78);
	}
	_exit(reader_main(&ch, c->pc, CONFINED_SECONDS));
}

static enum rc
start(struct confined *c, struct err *err)
{
	int	sv[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) == -1)
		return err_set(err, RC_BROKEN, "reader: socketpair: %s",
		    strerror(errno));
	(void)fflush(stdout);		/* the child must not print it again */
	c->pid = fork();
	if (c->pid == 0) {
		(void)close(sv[0]);
		be_reader(c, sv[1]);
	}
	(void)close(sv[1]);
	if (c->pid == -1) {
		c->pid = 0;
		(void)close(sv[0]);
		return err_set(err, RC_BROKEN, "reader: fork: %s",
		    strerror(errno));
	}
	channel_init(&c->ch, sv[0]);
	return RC_OK;
}

static void
stop(struct confined *c)
{
	if (c->pid == 0)
		return;
	channel_close(&c->ch);
	(void)kill(c->pid, SIGKILL);
	while (waitpid(c->pid, NULL, 0) == -1 && errno == EINTR)
		;
	c->pid = 0;
}

enum rc
confined_start(const struct parse_conf *pc, struct confined **out,
    struct err *err)
{
	struct confined	*c = xcalloc(1, sizeof(*c));
	enum rc		 rc;

	c->pc = pc;
	c->limits.reader_memory = CONFINED_MEMORY;
	c->limits.reader_seconds = CONFINED_SECONDS;
	(void)signal(SIGPIPE, SIG_IGN);
	rc = start(c, err);
	if (rc != RC_OK) {
		free(c);
		c = NULL;
	}
	*out = c;
	return rc;
}

enum rc
confined_restart(struct confined *c, struct err *err)
{
	stop(c);
	return start(c, err);
}

enum rc
confined_hand(struct confined *c, const char *raw, size_t len,
    int64_t received, struct err *err)
{
	struct frame	f;

	frame_start(&f, FRAME_READ);
	frame_num(&f, 1);		/* they are answered in order */
	if (received == TIME_NONE)
		frame_str(&f, "");
	else
		frame_num(&f, received);
	frame_add(&f, raw, len);
	return channel_push(&c->ch, &f, err);
}

enum rc
confined_take(struct confined *c, const char **json, size_t *len,
    struct err *err)
{
	struct frame	f;
	enum rc		rc;

	rc = channel_recv(&c->ch, &f, 1000 * (CONFINED_SECONDS * 5 + 5), err);
	if (rc != RC_OK)
		return rc;
	if (f.type != FRAME_REPORT || f.n < 2)
		return err_set(err, RC_BROKEN, "the reader spoke nonsense");
	*json = f.field[1].p;
	*len = f.field[1].len;
	return RC_OK;
}

enum rc
confined_read(struct confined *c, const char *raw, size_t len,
    int64_t received, struct arena *a, const char **json, struct err *err)
{
	const char	*text;
	size_t		 n;
	enum rc		 rc = RC_OK;

	if (c->pid == 0)
		rc = start(c, err);
	if (rc != RC_OK)
		return rc;
	rc = confined_hand(c, raw, len, received, err);
	if (rc == RC_OK)
		rc = confined_take(c, &text, &n, err);
	if (rc == RC_OK) {
		*json = arena_strndup(a, text, n);
		return RC_OK;
	}
	stop(c);
	return err_set(err, RC_REFUSED, "the reader died of this mail");
}

void
confined_stop(struct confined **cp)
{
	if (*cp == NULL)
		return;
	stop(*cp);
	free(*cp);
	*cp = NULL;
}
