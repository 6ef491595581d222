#ifndef AUTHRES_H
#define AUTHRES_H

/*
 * authres - Authentication-Results (RFC 8601), read only where the header is
 * ours: the topmost one, written by a configured authserv-id.  Anything odd
 * in it counts as "not authentic".
 */
#include "base/arena.h"
#include "base/conf.h"
#include "parsers/report.h"

/*
 * 1 when dmarc, dkim or spf passed for the domain of From; *why says what
 * passed or what was wrong.
 */
int	 authres_pass(const struct conf *, const struct report *,
	    struct arena *, const char **why);

#endif
