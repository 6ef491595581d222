#ifndef VERIFY_H
#define VERIFY_H

/*
 * verify - what stands beside the journal, compared with it.
 *
 * RC_REFUSED names the first thing that differs: what was found, what the
 * journal says.  The caller holds a view of the store.
 *
 * Used by: verify.c.
 */
#include "cli/cli.h"

/* The deadlines of an incident, and the values that were given for it; rows:
 * all of its journal. */
enum rc	verify_deadlines(struct cli *, const struct incident *,
	    const struct journal_row *rows, size_t n, struct arena *,
	    struct err *);
enum rc	verify_fields(struct cli *, const struct incident *,
	    const struct journal_row *rows, size_t n, struct err *);
/* Every promise and its receipts; *count: promises. */
enum rc	verify_outbox(struct cli *, int64_t *count, struct err *);

#endif
