#ifndef QUEUE_H
#define QUEUE_H

/*
 * queue - what the operator may do to a promise: retry, hold, withdraw.
 *
 * Used by the desk (for a command that came in) and by `tocsin queue` when no
 * daemon runs.  Nothing in a courier's hands and nothing accepted or
 * withdrawn can be changed; every change is in the journal.
 */
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "store/store.h"

/*
 * In the caller's transaction.  role: "operator", or "tocsin" when nobody asked
 * for it; an account of that name says nothing.
 * RC_REFUSED: there is no such item, or its state does not allow it; the caller
 * rolls back.
 */
enum rc	queue_change(struct store *, const char *verb, int64_t id,
	    const char *actor, const char *role, int64_t now, struct arena *,
	    struct err *);

#endif
