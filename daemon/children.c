#include "config.h"

#include "children.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BACKOFF_MIN	250		/* ms */
#define BACKOFF_MAX	60000
#define HEALTHY		60000

static const char *
role_name(enum confine_role role)
{
	switch (role) {
	case CONFINE_DESK:
		return "desk";
	case CONFINE_INTAKE:
		return "intake";
	case CONFINE_READER:
		return "reader";
	case CONFINE_COURIER:
		return "courier";
	}
	return "?";
}

/* Ourselves, even if the file was replaced since.  Under valgrind that is
 * valgrind: test builds may name the file. */
static const char *
ourselves(void)
{
	const char	*exe = NULL;

#ifdef WITH_FAULTS
	exe = getenv("TOCSIN_EXE");
#endif
	return exe != NULL ? exe : "/proc/self/exe";
}

/* What it shall read in place of the files; a copy that exec leaves open. */
static const char *
kept_copy(const struct spawn *sp)
{
	static char	num[16];
	int		fd = sp->kept > 0 ? fcntl(sp->kept, F_DUPFD,
			    CHILD_FD + 1) : -1;

	if (fd == -1)
		return NULL;
	(void)snprintf(num, sizeof(num), "%d", fd);
	return num;
}

/* In the child, before exec: only async-signal-safe work and the uid. */
static void
become(struct child *c, const struct spawn *sp, int fd, pid_t parent)
{
	const char	*argv[16], *kept = kept_copy(sp);
	char		 said[256] = "";
	struct err	 err;
	sigset_t	 none;
	int		 n = 0;

	if (c->role == CONFINE_READER) {
		confine_later();
	} else if (confine_user(c->role, sp->conf, said, sizeof(said),
	    &err) != RC_OK) {
		(void)dprintf(STDERR_FILENO, "%s: - %s\n", c->name, err.text);
		_exit(78);
	}
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != parent)
		_exit(0);
	if (fd == CHILD_FD) {
		(void)fcntl(fd, F_SETFD, 0);
	} else if (dup2(fd, CHILD_FD) == -1) {
		_exit(71);
	}
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	argv[n++] = sp->exe;
	argv[n++] = "--role";
	argv[n++] = role_name(c->role);
	argv[n++] = "-c";
	argv[n++] = sp->conf_file;
	if (kept != NULL) {
		argv[n++] = "--kept";
		argv[n++] = kept;
	}
	if (sp->at != NULL) {
		argv[n++] = "--at";
		argv[n++] = sp->at;
	}
	if (c->arg != NULL)
		argv[n++] = c->arg;
	argv[n] = NULL;
	(void)execv(ourselves(), (char *const *)(uintptr_t)argv);
	_exit(71);
}

enum rc
child_start(struct child *c, const struct spawn *sp, int64_t mono,
    struct err *err)
{
	int	sv[2];
	pid_t	parent = getpid(), pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) == -1)
		return err_set(err, RC_BROKEN, "%s: socketpair: %s", c->name,
		    strerror(errno));
	pid = fork();
	if (pid == -1) {
		(void)close(sv[0]);
		(void)close(sv[1]);
		return err_set(err, RC_AGAIN, "%s: fork: %s", c->name,
		    strerror(errno));
	}
	if (pid == 0)
		become(c, sp, sv[1], parent);
	(void)close(sv[1]);
	(void)fcntl(sv[0], F_SETFL, O_NONBLOCK);
	c->pid = pid;
	c->ready = 0;
	c->ending = 0;
	c->started = mono;
	c->last_pong = mono;
	c->pinged = 0;
	c->promised = 0;
	channel_init(&c->ch, sv[0]);
	return RC_OK;
}

void
child_gone(struct child *c, int64_t mono)
{
	int64_t	wait = BACKOFF_MIN;

	channel_close(&c->ch);
	c->pid = 0;
	c->unready = c->ready ? 0 : c->unready + 1;
	c->ready = 0;
	c->pinged = 0;
	if (mono - c->started > HEALTHY)
		c->failures = 0;
	for (int i = 0; i < c->failures && wait < BACKOFF_MAX; i++)
		wait *= 2;
	c->failures++;
	c->restart_at = mono + (wait < BACKOFF_MAX ? wait : BACKOFF_MAX);
}

void
child_kill(struct child *c)
{
	if (c->pid > 0)
		(void)kill(c->pid, SIGKILL);
}

void
child_say(struct child *c, enum frame_type type)
{
	struct frame	f;
	struct err	err;

	if (c->pid == 0)
		return;
	frame_start(&f, type);
	(void)channel_queue(&c->ch, &f, &err);
}

void
child_quit(struct child *c)
{
	c->ending = 1;
	child_say(c, FRAME_QUIT);
}
