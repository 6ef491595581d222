#ifndef CONFINED_H
#define CONFINED_H

/*
 * confined - one reader of our own: a child without files and network that
 * turns mails into their reports, in the order they are handed in.
 *
 * Used by: parse.c (several in hand), form.c (one at a time).
 */
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "parsers/parse.h"

struct confined;

/* The parse_conf stays the caller's and must outlive it. */
enum rc	confined_start(const struct parse_conf *, struct confined **,
	    struct err *);
/*
 * The report as JSON, in the arena.  RC_REFUSED: the mail killed the reader;
 * another one is there for the next mail.
 */
enum rc	confined_read(struct confined *, const char *raw, size_t len,
	    int64_t received, struct arena *, const char **json, struct err *);
/*
 * The same in two steps, for several mails in hand.  Whatever is not RC_OK:
 * the reader is gone with all it held; confined_restart() and hand in again.
 * The JSON is valid until the next call.
 */
enum rc	confined_hand(struct confined *, const char *raw, size_t len,
	    int64_t received, struct err *);
enum rc	confined_take(struct confined *, const char **json, size_t *len,
	    struct err *);
enum rc	confined_restart(struct confined *, struct err *);
void	confined_stop(struct confined **);

#endif
