#ifndef IODEF_H
#define IODEF_H

/*
 * iodef - an incident in the Incident Object Description Exchange Format:
 * version 2 as XML (RFC 7970) and as JSON (RFC 8727), from the same facts.
 *
 * Only what the policy discloses to the addressee is in it; what is not known
 * is left out.
 */
#include <jansson.h>

#include "base/buf.h"
#include "incident/view.h"

/* New reference. */
json_t	*iodef_json(const struct policy *, const struct conf *,
	    const struct situation *, const struct addressee *, int64_t now);
/* RC_REFUSED when it does not fit into the buffer. */
enum rc	iodef_xml(const struct policy *, const struct conf *,
	    const struct situation *, const struct addressee *, int64_t now,
	    struct buf *, struct err *);

#endif
