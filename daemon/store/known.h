#ifndef KNOWN_H
#define KNOWN_H

/*
 * known - a house remembers that it has records, and where.
 *
 * An empty store in the place of one that was lost looks like a quiet day:
 * every number is given a second time and no deadline is known.  So a store
 * is made only where there never was one.  The file tocsin.store in the state
 * directory, not beside the store, names the one that is in use; it is
 * written once the store is whole on disk.
 */
#include "store/store.h"

enum known_how {
	KNOWN_READ,
	KNOWN_WRITE,	/* made when this house never had one */
	KNOWN_ANEW	/* by order: RC_REFUSED when there is one */
};

/* RC_REFUSED tells which file is missing and what to do. */
enum rc	known_open(const char *state_dir, const char *url, enum known_how,
	    struct store **, struct err *);

#endif
