#include "config.h"

#include "desk.h"

#include <sys/wait.h>

#include <poll.h>

#include "base/clock.h"
#include "notify.h"

/*
 * desk_last - what is still written when the store is broken.
 *
 * A full disk stops us, and the supervisor starts us again, until there is
 * room.  A letter that was sent and not written down is sent once more each
 * time; so the couriers may end what they have in hand, and the room that was
 * kept for it takes their receipts.  Nothing else is begun.
 *
 * The same when somebody else keeps the store to himself, with a tool for
 * databases: it is waited for, since at a new start it would be no freer.
 */
#define LAST_WITHIN	30000	/* ms: let a dot finish */
#define FREE_WITHIN	300000	/* ms: let a neighbour finish */

static void
wait_for_neighbour(struct desk *d)
{
	struct err	err;
	int64_t		by = clock_mono_ms() + FREE_WITHIN;

	while (store_begin(d->store, &err) == RC_AGAIN &&	/* waits itself */
	    clock_mono_ms() < by)
		notify_send("WATCHDOG=1");
	store_rollback(d->store);
}

/*
 * No mail dies of a full disk, and none becomes poison by it.  What cannot be
 * written now could not be counted as a try either.
 */
static void
give_back_tries(struct desk *d)
{
	struct err	err;
	enum rc		rc = store_begin(d->store, &err);

	if (rc == RC_OK)
		rc = spool_untried(d->store, &err);
	if (rc == RC_OK)
		rc = store_commit(d->store, &err);
	if (rc != RC_OK)
		store_rollback(d->store);
}

/* What was queued for a courier in the turn that failed is never said. */
static void
let_end(struct courier_state *c)
{
	struct channel	*ch = &c->child.ch;
	struct err	 err;

	if (c->child.pid == 0)
		return;
	buf_cut(&ch->out, c->child.promised);
	child_quit(&c->child);
	(void)channel_flush(ch, &err);
}

static void
take_last(struct desk *d, struct courier_state *c, const struct frame *f)
{
	struct arena	*a = arena_new();
	struct err	 err;
	enum rc		 rc = desk_from_courier(d, c, f, a, &err);

	if (rc == RC_OK)
		rc = desk_commit(d, &err);
	if (rc != RC_OK) {
		store_rollback(d->store);
		d->in_tx = 0;
		desk_said_done(d);
	}
	arena_free(&a);
}

static void
hear_last(struct desk *d, struct courier_state *c)
{
	struct channel	*ch = &c->child.ch;
	struct frame	 f;
	struct err	 err;
	enum rc		 rc = channel_fill(ch, &err);

	while (channel_next(ch, &f, &err) == RC_OK)
		if (f.type == FRAME_RECEIPT)
			take_last(d, c, &f);
	if (rc == RC_OK || rc == RC_AGAIN)
		return;
	child_kill(&c->child);
	(void)waitpid(c->child.pid, NULL, 0);
	child_gone(&c->child, clock_mono_ms());
}

/* Until the couriers have ended. */
static void
hear_couriers(struct desk *d)
{
	int64_t		 left, by = clock_mono_ms() + LAST_WITHIN;
	struct err	 err;
	size_t		 n;

	while ((left = by - clock_mono_ms()) > 0) {
		n = 0;
		for (size_t i = 0; i < d->n_couriers; i++) {
			struct child	*c = &d->couriers[i].child;

			d->pfds[i].fd = c->pid == 0 ? -1 : c->ch.fd;
			d->pfds[i].events = (short)(POLLIN |
			    (c->pid != 0 && c->ch.out.len > 0 ? POLLOUT : 0));
			n += c->pid != 0;
		}
		if (n == 0 || poll(d->pfds, d->n_couriers, (int)left) == -1)
			return;
		for (size_t i = 0; i < d->n_couriers; i++) {
			struct child	*c = &d->couriers[i].child;

			if (d->pfds[i].revents & POLLOUT)
				(void)channel_flush(&c->ch, &err);
			if (d->pfds[i].revents & (POLLIN | POLLHUP | POLLERR))
				hear_last(d, &d->couriers[i]);
		}
	}
}

void
desk_last(struct desk *d)
{
	store_rollback(d->store);
	d->in_tx = 0;
	for (size_t i = 0; i < d->n_couriers; i++)
		let_end(&d->couriers[i]);
	wait_for_neighbour(d);
	if (store_ailing(d->store)) {
		store_use_room(d->store);
		give_back_tries(d);
	}
	desk_said_again(d);
	notify_send("WATCHDOG=1");
	hear_couriers(d);
}
