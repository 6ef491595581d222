#ifndef CONFINED_H
#define CONFINED_H

/*
 * confined - one reader of our own: a child without files and network that
 * turns a mail into its report, one after the other.
 *
 * Used by: form.c.
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
void	confined_stop(struct confined **);

#endif
