#include "config.h"

#include "desk.h"

#include <sys/signalfd.h>
#include <sys/wait.h>

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "notify.h"

#define EXIT_AGAIN	75
#define EXIT_BROKEN	74
#define QUIT_WITHIN	30000	/* let a dot finish */
#define REMIND_ANYWAY	5000
#define REST_AFTER	1000	/* ms without news */

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

enum rc
desk_commit(struct desk *d, struct err *err)
{
	enum rc	rc;

	if (!d->in_tx)
		return RC_OK;
	fault_step("desk-before-commit");
	rc = store_commit(d->store, err);
	d->in_tx = 0;
	if (rc != RC_OK)
		return RC_BROKEN;
	desk_said_done(d);
	d->committed = clock_mono_ms();
	d->restless = 1;
	fault_step("desk-after-commit");
	return RC_OK;
}

/* --- the turn --- */

static enum rc
flush_all(struct desk *d, struct err *err)
{
	for (size_t i = 0; i < desk_n_children(d); i++) {
		struct child	*c = desk_child(d, i);

		if (c->pid != 0 && c->ch.out.len > 0 &&
		    channel_flush(&c->ch, err) == RC_BROKEN)
			child_kill(c);
		c->promised = c->ch.out.len;
	}
	for (size_t i = 0; i < CONTROLS_MAX; i++)
		if (d->controls[i].fd != -1 && d->controls[i].out.len > 0 &&
		    channel_flush(&d->controls[i], err) != RC_OK)
			channel_close(&d->controls[i]);
	return RC_OK;
}

/*
 * Mail that has come is read before anybody is reminded: it may be the answer.
 * But a stream of mail must not silence the bell.
 */
static int
may_remind(const struct desk *d, int64_t mono)
{
	int	waits = d->unread || d->n_reading > 0;

	for (size_t i = 0; i < d->n_intakes; i++)
		waits |= !d->intakes[i].polled;	/* it may lie there still */
	return !d->stopping && (!waits ||
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
	if (rc == RC_OK && !d->stopping && !d->once)
		rc = desk_checks(d, mono, a, err);
	if (rc == RC_OK)
		rc = desk_evidence(d, mono, err);
	if (rc == RC_OK && !d->stopping)
		rc = desk_claim(d, a, err);
	arena_free(&a);
	return rc;
}

static int
all_idle(const struct desk *d)
{
	if (d->n_reading > 0 || d->unread || d->in_tx || d->evidence_owed)
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
	if (!d->reload)		/* systemd would take it for the end */
		notify_send("STOPPING=1");
	if (d->stopping)
		return;
	d->stopping = 1;
	d->stop_by = mono + QUIT_WITHIN;
	for (size_t i = 0; i < desk_n_children(d); i++)
		child_quit(desk_child(d, i));
}

static int
all_gone(struct desk *d)
{
	for (size_t i = 0; i < desk_n_children(d); i++)
		if (desk_child(d, i)->pid != 0)
			return 0;
	return 1;
}

/* Whoever sent the signal may have gone home: it is not only logged. */
static enum rc
hangup_refused(struct desk *d, const struct err *why, struct err *err)
{
	struct arena	*a = arena_new();
	char		 esc[600];
	enum rc		 rc;

	log_err(NULL, "desk: SIGHUP: \"%s\"; the old configuration stays",
	    log_text(esc, sizeof(esc), why->text));
	rc = desk_alarm_each(d, "configuration", why->text, a, err);
	arena_free(&a);
	return rc;
}

/* A new configuration counts only when all of it can be read. */
static enum rc
hangup(struct desk *d, struct err *err)
{
	struct rules	next;
	struct err	why;

	if (d->stopping && !d->reload)
		return RC_OK;	/* who was told to end does not begin anew */
	if (rules_load(d->conf->file, &next, &why) != RC_OK)
		return hangup_refused(d, &why, err);
	log_info(NULL, "desk: SIGHUP: starting anew with the new "
	    "configuration");
	notify_send("RELOADING=1");
	rules_free(&d->next);
	d->next = next;
	d->reload = 1;
	stop(d, clock_mono_ms());
	return RC_OK;
}

static enum rc
on_signal(struct desk *d, int fd, struct err *err)
{
	struct signalfd_siginfo	si;
	enum rc			rc = RC_OK;

	while (rc == RC_OK && read(fd, &si, sizeof(si)) == sizeof(si)) {
		if (si.ssi_signo == SIGCHLD) {
			rc = desk_reap(d, err);
		} else if (si.ssi_signo == SIGHUP) {
			rc = hangup(d, err);
		} else {
			log_info(NULL, "desk: signal %u: stopping",
			    si.ssi_signo);
			if (d->stopping && !d->reload)
				d->stop_by = 0;	/* told twice: now */
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
	int64_t	wait = desk_health_in(d, mono), now = clock_now(), next;
	enum rc	rc;

	for (size_t i = 0; i < desk_n_children(d); i++) {
		const struct child	*c = desk_child(d, i);

		if (c->pid == 0 && !c->ending && !d->stopping)
			wait = earlier(wait, c->restart_at - mono);
		if (desk_has_frame(c))
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

/* The poll set: children, signals, the control socket and its clients. */
static size_t
fill_pfds(struct desk *d, int signal_fd)
{
	struct pollfd	*p = d->pfds;
	size_t		 n = desk_n_children(d);

	for (size_t i = 0; i < n; i++, p++) {
		const struct child	*c = desk_child(d, i);

		p->fd = c->pid == 0 ? -1 : c->ch.fd;
		p->events = (short)(POLLIN |
		    (c->pid != 0 && c->ch.out.len > 0 ? POLLOUT : 0));
	}
	p->fd = signal_fd;
	(p++)->events = POLLIN;
	p->fd = d->control_fd;
	(p++)->events = POLLIN;
	for (size_t i = 0; i < CONTROLS_MAX; i++, p++) {
		p->fd = d->controls[i].fd;
		p->events = POLLIN;
	}
	return (size_t)(p - d->pfds);
}

/* After a busy hour: what lies about is given back to the machine. */
static void
rest(struct desk *d)
{
	store_rest(d->store);
	for (size_t i = 0; i < desk_n_children(d); i++)
		if (desk_child(d, i)->pid != 0)
			channel_rest(&desk_child(d, i)->ch);
	arena_rest();
	(void)malloc_trim(0);
	d->restless = 0;
}

static enum rc
wait_for_news(struct desk *d, int signal_fd, int ms, struct err *err)
{
	const short	 in = POLLIN | POLLHUP | POLLERR;
	struct pollfd	*pfd = d->pfds;
	size_t		 n = desk_n_children(d);
	int		 news;
	enum rc		 rc = RC_OK;

	if (ms > REST_AFTER && d->restless)
		ms = REST_AFTER;
	news = poll(pfd, fill_pfds(d, signal_fd), ms);
	if (news == -1) {
		if (errno != EINTR)
			return err_set(err, RC_BROKEN, "desk: poll: %s",
			    strerror(errno));
		return RC_OK;
	}
	if (news == 0 && ms == REST_AFTER)
		rest(d);
	log_hold(1);
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		if ((pfd[i].revents & in) || desk_has_frame(desk_child(d, i)))
			rc = desk_listen(d, i, err);
	log_hold(0);
	for (size_t i = 0; rc == RC_OK && i < CONTROLS_MAX; i++)
		if (pfd[n + 2 + i].revents & in)
			rc = desk_control_read(d, &d->controls[i], err);
	if (rc == RC_OK && (pfd[n + 1].revents & POLLIN))
		desk_control_new(d);
	if (rc == RC_OK && (pfd[n].revents & POLLIN))
		rc = on_signal(d, signal_fd, err);
	return rc;
}

/* With --once: when all else is done, before the end. */
static enum rc
check_once(struct desk *d, int64_t mono, struct err *err)
{
	struct arena	*a = arena_new();
	enum rc		 rc = desk_checks(d, mono, a, err);

	arena_free(&a);
	return rc;		/* committed with the next turn */
}

/*
 * What the news of the last turn made and what is due go to disk together:
 * one commit a turn, and what it allows is said behind it.
 */
static enum rc
turn(struct desk *d, int signal_fd, int *done, struct err *err)
{
	int64_t	mono = clock_mono_ms();
	int	ms = 0;
	enum rc	rc;

	desk_start_children(d, mono);
	desk_watch(d, mono);
	rc = work(d, mono, err);
	if (rc == RC_OK)
		rc = desk_commit(d, err);
	if (rc == RC_OK)
		rc = flush_all(d, err);
	if (rc == RC_OK && d->once && !d->stopping) {
		rc = nothing_due(d, &ms, err);
		if (rc == RC_OK && ms && d->checked == 0)
			return check_once(d, mono, err);
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
		for (size_t i = 0; i < desk_n_children(d); i++)
			child_kill(desk_child(d, i));
	if (rc == RC_OK)
		rc = sleep_for(d, mono, &ms, err);
	if (rc == RC_OK)
		rc = wait_for_news(d, signal_fd, ms, err);
	if (rc == RC_OK)
		rc = desk_watchdog(d, clock_mono_ms(), err);
	return rc;
}

static void
end_children(struct desk *d)
{
	for (size_t i = 0; i < desk_n_children(d); i++) {
		struct child	*c = desk_child(d, i);

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

	rc = desk_restored(d, &err);
	while (rc == RC_OK && !done)
		rc = turn(d, signal_fd, &done, &err);
	if (rc != RC_OK) {
		/* Nothing was marked or sent for what was not committed. */
		log_err(NULL, "desk: broken: \"%s\"; stopping, nothing was "
		    "acknowledged", log_text(esc, sizeof(esc), err.text));
		desk_last(d);
		end_children(d);
		return EXIT_BROKEN;
	}
	end_children(d);
	for (size_t i = 0; i < d->n_intakes; i++)
		failed |= d->intakes[i].failed;
	return d->once && failed ? EXIT_AGAIN : 0;
}
