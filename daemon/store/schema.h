#ifndef SCHEMA_H
#define SCHEMA_H

/*
 * schema - the tables, and the steps from each version of them to the next.
 *
 * A step once released is never edited: what changes goes into a new one.
 */
#include "base/err.h"
#include "store/db.h"

/* The version this program writes. */
int	schema_newest(void);
/*
 * Bring the store to version `to`, each step in a transaction of its own that
 * also writes the version.  RC_BROKEN when the store is newer.
 */
enum rc	schema_migrate(struct db *, int to, struct err *);
/* For reading: RC_BROKEN unless the version is ours. */
enum rc	schema_expect(struct db *, struct err *);
/* Is all there that the steps made?  RC_REFUSED names what is not. */
enum rc	schema_whole(struct db *, struct err *);

#endif
