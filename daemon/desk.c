#include "config.h"

#include "desk.h"

#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/path.h"
#include "notify.h"

#define EXIT_AGAIN	75
#define EXIT_BROKEN	74
#define FRAMES_A_TURN	256	/* of one child, so that no one starves */
#define PING_EVERY	10000	/* ms */
#define PONG_WITHIN	60000	/* an intake or courier that is stuck */
#define QUIT_WITHIN	30000	/* let a dot finish */
#define REMIND_ANYWAY	5000

enum rc
desk_begin(struct desk *d, struct err *err)
{
	enum rc	rc;

	if (d->in_tx)
		return RC_OK;
	rc = store_begin(d->store, err);
	if (rc == RC_OK)
		d->in_tx = 1;
	return rc == RC_OK ? RC_OK : RC_BROKEN;
}

static enum rc
commit(struct desk *d, struct err *err)
{
	enum rc	rc;

	if (!d->in_tx)
		return RC_OK;
	fault_step("desk-before-commit");
	rc = store_commit(d->store, err);
	d->in_tx = 0;
	if (rc != RC_OK)
		return RC_BROKEN;
	d->committed = clock_mono_ms();
	fault_step("desk-after-commit");
	return RC_OK;
}

static size_t
n_children(const struct desk *d)
{
	return d->n_intakes + d->n_couriers + 1;
}

static struct child *
child_at(struct desk *d, size_t i)
{
	if (i < d->n_intakes)
		return &d->intakes[i].child;
	i -= d->n_intakes;
	return i < d->n_couriers ? &d->couriers[i].child : &d->reader;
}

/* --- start --- */

static enum rc
load_key(struct desk *d, struct err *err)
{
	char	 file[4096];
	ssize_t	 n;
	int	 fd;

	if (d->conf->token_key_file != NULL)
		(void)snprintf(file, sizeof(file), "%s",
		    d->conf->token_key_file);
	else
		(void)snprintf(file, sizeof(file), "%s/token.key",
		    d->conf->state_dir);
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd == -1 && errno == ENOENT && d->conf->token_key_file == NULL) {
		if (gnutls_rnd(GNUTLS_RND_KEY, d->key, TOKEN_KEY) < 0)
			return err_set(err, RC_BROKEN, "no random numbers");
		fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd == -1 || write(fd, d->key, TOKEN_KEY) != TOKEN_KEY ||
		    fsync(fd) == -1) {
			if (fd != -1)
				(void)close(fd);
			return err_set(err, RC_BROKEN, "%s: %s", file,
			    strerror(errno));
		}
		(void)close(fd);
		return RC_OK;
	}
	if (fd == -1)
		return err_set(err, RC_REFUSED, "%s: %s", file,
		    strerror(errno));
	n = read(fd, d->key, TOKEN_KEY);
	(void)close(fd);
	if (n != TOKEN_KEY)
		return err_set(err, RC_REFUSED,
		    "%s: shorter than %d bytes of key", file, TOKEN_KEY);
	return RC_OK;
}

static void
make_children(struct desk *d)
{
	d->n_intakes = d->conf->n_mailboxes;
	d->intakes = xcalloc(d->n_intakes, sizeof(*d->intakes));
	for (size_t i = 0; i < d->n_intakes; i++) {
		struct child	*c = &d->intakes[i].child;
		char		 name[300];

		c->role = CONFINE_INTAKE;
		c->arg = d->conf->mailboxes[i].name;
		(void)snprintf(name, sizeof(name), "intake:%s", c->arg);
		c->name = xstrdup(name);
	}
	d->n_couriers = (size_t)(d->conf->couriers > 0 ? d->conf->couriers : 1);
	d->couriers = xcalloc(d->n_couriers, sizeof(*d->couriers));
	for (size_t i = 0; i < d->n_couriers; i++) {
		struct courier_state	*c = &d->couriers[i];

		(void)snprintf(c->name, sizeof(c->name), "courier:%zu", i);
		c->child.role = CONFINE_COURIER;
		c->child.name = c->name;
	}
	d->reader.role = CONFINE_READER;
	d->reader.name = "reader";
	d->pfds = xcalloc(n_children(d) + 1, sizeof(*d->pfds));
}

/* Whatever was in a courier's hands when we died is free again. */
static enum rc
free_leases(struct desk *d, struct err *err)
{
	enum rc	rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < d->n_couriers; i++)
		rc = desk_courier_gone(d, &d->couriers[i], err);
	return rc == RC_OK ? commit(d, err) : rc;
}

enum rc
desk_new(const struct conf *conf, const struct spawn *sp, int once,
    struct desk **out, struct err *err)
{
	struct desk	*d = xcalloc(1, sizeof(*d));
	enum rc		 rc;

	d->conf = conf;
	d->spawn = *sp;
	d->once = once;
	d->unread = 1;
	make_children(d);
	rc = policy_load(conf->policy_dir, conf->policy, &d->policies[0], err);
	if (rc == RC_OK) {
		d->n_policies = 1;
		d->policy = d->policies[0];
		rc = templates_load(conf->template_dir, &d->templates, err);
	}
	if (rc == RC_OK)
		rc = load_key(d, err);
	if (rc == RC_OK)
		rc = store_open(conf->store, STORE_WRITE, &d->store, err);
	if (rc == RC_OK)
		rc = free_leases(d, err);
	if (rc != RC_OK)
		desk_free(&d);
	else
		d->committed = clock_mono_ms();
	*out = d;
	return rc;
}

void
desk_free(struct desk **dp)
{
	struct desk	*d = *dp;

	if (d == NULL)
		return;
	for (size_t i = 0; i < d->n_intakes; i++)
		free((char *)(uintptr_t)d->intakes[i].child.name);
	free(d->intakes);
	free(d->couriers);
	free(d->pfds);
	for (size_t i = 0; i < d->n_policies; i++)
		policy_free(&d->policies[i]);
	templates_free(&d->templates);
	store_close(&d->store);
	free(d);
	*dp = NULL;
}

/* --- children --- */

static void
start_children(struct desk *d, int64_t mono)
{
	struct err	err;

	for (size_t i = 0; i < n_children(d); i++) {
		struct child	*c = child_at(d, i);

		if (c->pid != 0 || c->ending || d->stopping ||
		    c->restart_at > mono)
			continue;
		if (child_start(c, &d->spawn, mono, &err) != RC_OK) {
			log_err(NULL, "child: %s", err.text);
			c->restart_at = mono + 1000;
		}
	}
}

static enum rc
child_ended(struct desk *d, size_t i, int status, struct err *err)
{
	struct child	*c = child_at(d, i);
	char		 how[64];
	enum rc		 rc = RC_OK;

	if (WIFSIGNALED(status))
		(void)snprintf(how, sizeof(how), "signal %d", WTERMSIG(status));
	else
		(void)snprintf(how, sizeof(how), "exit %d",
		    WEXITSTATUS(status));
	child_gone(c, clock_mono_ms());
	if (!c->ending)
		log_warn(NULL, "child: name=%s ended how=\"%s\" failures=%d",
		    c->name, how, c->failures);
	switch (c->role) {
	case CONFINE_INTAKE:
		d->intakes[i].batch_len = 0;
		d->intakes[i].marks_out = 0;
		if (!c->ending && c->failures > 1)	/* for --once */
			d->intakes[i].polled = d->intakes[i].failed = 1;
		break;
	case CONFINE_COURIER:
		rc = desk_courier_gone(d, &d->couriers[i - d->n_intakes], err);
		break;
	case CONFINE_READER:
		if (!c->ending)
			rc = desk_reader_gone(d, how, err);
		break;
	case CONFINE_DESK:
		break;
	}
	return rc;
}

static enum rc
reap(struct desk *d, struct err *err)
{
	int	status;
	pid_t	pid;
	enum rc	rc = RC_OK;

	while (rc == RC_OK && (pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (size_t i = 0; i < n_children(d); i++)
			if (child_at(d, i)->pid == pid) {
				rc = child_ended(d, i, status, err);
				break;
			}
	return rc;
}

/* One frame of child i.  RC_REFUSED: the child spoke nonsense. */
static enum rc
handle(struct desk *d, size_t i, const struct frame *f, struct err *err)
{
	struct child	*c = child_at(d, i);
	struct arena	*a;
	enum rc		 rc;

	if (c->role == CONFINE_INTAKE)
		return desk_from_intake(d, &d->intakes[i], f, err);
	if (c->role == CONFINE_READER)
		return desk_from_reader(d, f, err);
	a = arena_new();
	rc = desk_from_courier(d, &d->couriers[i - d->n_intakes], f, a, err);
	arena_free(&a);
	return rc;
}

static enum rc
listen_to(struct desk *d, size_t i, struct err *err)
{
	struct child	*c = child_at(d, i);
	struct frame	 f;
	char		 esc[600];
	enum rc		 rc;

	rc = channel_fill(&c->ch, err);
	if (rc == RC_BROKEN)		/* end of file: SIGCHLD tells the rest */
		child_kill(c);
	for (int n = 0; n < FRAMES_A_TURN; n++) {
		rc = channel_next(&c->ch, &f, err);
		if (rc == RC_OK)
			rc = handle(d, i, &f, err);
		if (rc == RC_REFUSED) {
			log_err(NULL, "child: name=%s \"%s\"; it is ended",
			    c->name, log_text(esc, sizeof(esc), err->text));
			child_kill(c);
			return RC_OK;
		}
		if (rc != RC_OK)
			return rc == RC_AGAIN ? RC_OK : rc;
	}
	return RC_OK;
}

static int
has_frame(const struct child *c)
{
	struct frame	f;
	struct err	err;
	size_t		used;

	return c->pid != 0 && frame_take(c->ch.in.data + c->ch.eaten,
	    c->ch.in.len - c->ch.eaten, &f, &used, &err) != RC_AGAIN;
}

/* Health: children answer pings; the reader has a time for each mail. */
static void
watch(struct desk *d, int64_t mono)
{
	for (size_t i = 0; i < n_children(d); i++) {
		struct child	*c = child_at(d, i);

		if (c->pid == 0 || !c->ready)
			continue;
		if (c->role != CONFINE_READER && c->pinged != 0 &&
		    mono - c->pinged > PONG_WITHIN + 1000 *
		    (c->role == CONFINE_COURIER ? 600 : 300)) {
			log_err(NULL, "child: name=%s does not answer",
			    c->name);
			child_kill(c);
		} else if (c->pinged == 0 && mono - c->last_pong > PING_EVERY) {
			c->pinged = mono;
			child_say(c, FRAME_PING);
		}
	}
	if (d->n_reading > 0 && mono - d->reading[0].since >
	    1000 * (int64_t)(d->conf->reader_seconds * 5 + 5))
		child_kill(&d->reader);
}

/* --- the turn --- */

static enum rc
flush_all(struct desk *d, struct err *err)
{
	for (size_t i = 0; i < n_children(d); i++) {
		struct child	*c = child_at(d, i);

		if (c->pid != 0 && c->ch.out.len > 0 &&
		    channel_flush(&c->ch, err) == RC_BROKEN)
			child_kill(c);
	}
	return RC_OK;
}

/*
 * Mail that has come is read before anybody is reminded: it may be the answer.
 * But a stream of mail must not silence the bell.
 */
static int
may_remind(const struct desk *d, int64_t mono)
{
	return !d->stopping && ((!d->unread && d->n_reading == 0) ||
	    mono - d->reminded > REMIND_ANYWAY);
}

/* All that this turn's clock and queues ask for. */
static enum rc
work(struct desk *d, int64_t mono, struct err *err)
{
	struct arena	*a = arena_new();
	int		 did = 0;
	enum rc		 rc = RC_OK;

	if (!d->stopping)
		rc = desk_feed_reader(d, mono, err);
	if (rc == RC_OK && may_remind(d, mono)) {
		d->reminded = mono;
		rc = desk_deadlines(d, a, &did, err);
	}
	if (rc == RC_OK && !d->stopping)
		rc = desk_claim(d, a, err);
	arena_free(&a);
	return rc;
}

static int
all_idle(const struct desk *d)
{
	if (d->n_reading > 0 || d->unread || d->in_tx)
		return 0;
	for (size_t i = 0; i < d->n_intakes; i++)
		if (!d->intakes[i].polled || d->intakes[i].marks_out > 0)
			return 0;
	for (size_t i = 0; i < d->n_couriers; i++)
		if (d->couriers[i].n_jobs > 0)
			return 0;
	return 1;
}

/* Is there nothing left to do at this time? (--once) */
static enum rc
nothing_due(struct desk *d, int *nothing, struct err *err)
{
	int64_t	next, now = clock_now();
	enum rc	rc;

	*nothing = 0;
	if (!all_idle(d))
		return RC_OK;
	rc = outbox_next(d->store, &next, err);
	if (rc != RC_OK || (next != 0 && next <= now))
		return rc;
	rc = deadline_next(d->store, &next, err);
	if (rc == RC_OK && (next == 0 || next > now))
		*nothing = 1;
	return rc;
}

static void
stop(struct desk *d, int64_t mono)
{
	if (d->stopping)
		return;
	d->stopping = 1;
	d->stop_by = mono + QUIT_WITHIN;
	notify_send("STOPPING=1");
	for (size_t i = 0; i < n_children(d); i++)
		child_quit(child_at(d, i));
}

static int
all_gone(struct desk *d)
{
	for (size_t i = 0; i < n_children(d); i++)
		if (child_at(d, i)->pid != 0)
			return 0;
	return 1;
}

/* A new configuration counts only when all of it can be read. */
static void
hangup(struct desk *d)
{
	struct conf	*c = NULL;
	struct policy	*p = NULL;
	struct templates *t = NULL;
	struct err	 err;
	char		 esc[600];
	enum rc		 rc;

	rc = conf_load(d->conf->file, &c, &err);
	if (rc == RC_OK)
		rc = policy_load(c->policy_dir, c->policy, &p, &err);
	if (rc == RC_OK)
		rc = templates_load(c->template_dir, &t, &err);
	if (rc != RC_OK) {
		log_err(NULL, "desk: SIGHUP: \"%s\"; the old configuration "
		    "stays", log_text(esc, sizeof(esc), err.text));
	} else {
		log_info(NULL, "desk: SIGHUP: starting anew with the new "
		    "configuration");
		notify_send("RELOADING=1");
		d->reload = 1;
		stop(d, clock_mono_ms());
	}
	templates_free(&t);
	policy_free(&p);
	conf_free(&c);
}

static enum rc
on_signal(struct desk *d, int fd, struct err *err)
{
	struct signalfd_siginfo	si;
	enum rc			rc = RC_OK;

	while (rc == RC_OK && read(fd, &si, sizeof(si)) == sizeof(si)) {
		if (si.ssi_signo == SIGCHLD) {
			rc = reap(d, err);
		} else if (si.ssi_signo == SIGHUP) {
			hangup(d);
		} else {
			log_info(NULL, "desk: signal %u: stopping",
			    si.ssi_signo);
			if (d->stopping)	/* the second time: now */
				d->stop_by = 0;
			d->reload = 0;
			stop(d, clock_mono_ms());
		}
	}
	return rc;
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Milliseconds until something is due by itself. */
static enum rc
sleep_for(struct desk *d, int64_t mono, int *ms, struct err *err)
{
	int64_t	wait = PING_EVERY, now = clock_now(), next;
	enum rc	rc;

	for (size_t i = 0; i < n_children(d); i++) {
		const struct child	*c = child_at(d, i);

		if (c->pid == 0 && !c->ending && !d->stopping)
			wait = earlier(wait, c->restart_at - mono);
		if (has_frame(c))
			wait = 0;
	}
	if (d->stopping)
		wait = earlier(wait, d->stop_by - mono);
	rc = outbox_next(d->store, &next, err);
	if (rc == RC_OK && next > now)
		wait = earlier(wait, (next - now) * 1000);
	if (rc == RC_OK)
		rc = deadline_next(d->store, &next, err);
	if (rc == RC_OK && next > now)
		wait = earlier(wait, (next - now) * 1000);
	if (rc == RC_OK && next != 0 && next <= now && may_remind(d, mono))
		wait = 0;
	*ms = wait < 0 ? 0 : (int)wait;
	return rc;
}

static enum rc
wait_for_news(struct desk *d, int signal_fd, int ms, struct err *err)
{
	struct pollfd	*pfd = d->pfds;
	size_t		 n = n_children(d);
	enum rc		 rc = RC_OK;

	memset(pfd, 0, (n + 1) * sizeof(*pfd));
	for (size_t i = 0; i < n; i++) {
		const struct child	*c = child_at(d, i);

		pfd[i].fd = c->pid == 0 ? -1 : c->ch.fd;
		pfd[i].events = (short)(POLLIN |
		    (c->pid != 0 && c->ch.out.len > 0 ? POLLOUT : 0));
	}
	pfd[n].fd = signal_fd;
	pfd[n].events = POLLIN;
	if (poll(pfd, n + 1, ms) == -1 && errno != EINTR)
		return err_set(err, RC_BROKEN, "desk: poll: %s",
		    strerror(errno));
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		if ((pfd[i].revents & (POLLIN | POLLHUP | POLLERR)) ||
		    has_frame(child_at(d, i)))
			rc = listen_to(d, i, err);
	if (rc == RC_OK && (pfd[n].revents & POLLIN))
		rc = on_signal(d, signal_fd, err);
	return rc;
}

static void
watchdog(const struct desk *d, int64_t mono)
{
	static int64_t	last;
	int64_t		every = notify_watchdog_ms();

	if (every == 0 || mono - last < every / 2)
		return;
	last = mono;
	(void)d;
	notify_send("WATCHDOG=1");
}

static enum rc
turn(struct desk *d, int signal_fd, int *done, struct err *err)
{
	int64_t	mono = clock_mono_ms();
	int	ms = 0;
	enum rc	rc;

	start_children(d, mono);
	watch(d, mono);
	rc = work(d, mono, err);
	if (rc == RC_OK)
		rc = commit(d, err);
	if (rc == RC_OK)
		rc = flush_all(d, err);
	if (rc == RC_OK && d->once && !d->stopping) {
		rc = nothing_due(d, &ms, err);
		if (rc == RC_OK && ms)
			stop(d, mono);
		if (d->stopping)
			rc = flush_all(d, err);
	}
	if (d->stopping && all_gone(d)) {
		*done = 1;
		return rc;
	}
	if (d->stopping && mono > d->stop_by)
		for (size_t i = 0; i < n_children(d); i++)
			child_kill(child_at(d, i));
	if (rc == RC_OK)
		rc = sleep_for(d, mono, &ms, err);
	if (rc == RC_OK)
		rc = wait_for_news(d, signal_fd, ms, err);
	if (rc == RC_OK)
		rc = commit(d, err);
	if (rc == RC_OK)
		rc = flush_all(d, err);
	watchdog(d, mono);
	return rc;
}

static void
end_children(struct desk *d)
{
	for (size_t i = 0; i < n_children(d); i++) {
		struct child	*c = child_at(d, i);

		if (c->pid == 0)
			continue;
		child_kill(c);
		(void)waitpid(c->pid, NULL, 0);
		child_gone(c, clock_mono_ms());
	}
}

int
desk_run(struct desk *d, int signal_fd)
{
	struct err	err;
	char		esc[600];
	int		done = 0, failed = 0;
	enum rc		rc = RC_OK;

	while (rc == RC_OK && !done)
		rc = turn(d, signal_fd, &done, &err);
	if (rc != RC_OK) {
		/* Nothing was marked or sent for what was not committed. */
		log_err(NULL, "desk: broken: \"%s\"; stopping, nothing was "
		    "acknowledged", log_text(esc, sizeof(esc), err.text));
		if (d->in_tx)
			store_rollback(d->store);
		end_children(d);
		return EXIT_BROKEN;
	}
	end_children(d);
	for (size_t i = 0; i < d->n_intakes; i++)
		failed |= d->intakes[i].failed;
	return d->once && failed ? EXIT_AGAIN : 0;
}
