#ifndef ERR_H
#define ERR_H

/*
 * err - the four answers every fallible function gives, and their text.
 *
 * A caller has four things to do, so there are four answers.  The text names
 * the place and what was expected; low layers fill it and never log, the one
 * who decides logs once.
 */
#include <stddef.h>

enum rc {
	RC_OK = 0,
	RC_AGAIN,	/* try later: the peer, the network, a lease */
	RC_REFUSED,	/* this item never works: record, tell, go on */
	RC_BROKEN	/* our disk, store or configuration: stop, exit */
};

struct err {
	char text[512];
};

/* Format the text, cut to fit, and return rc: "return err_set(err, ...)". */
enum rc	err_set(struct err *, enum rc, const char *, ...)
	    __attribute__((format(printf, 3, 4)));
/* Put "prefix: " before the text that is already there; returns rc. */
enum rc	err_prefix(struct err *, enum rc, const char *, ...)
	    __attribute__((format(printf, 3, 4)));
const char *rc_name(enum rc);

#endif
