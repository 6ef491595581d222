#ifndef SNIPPET_H
#define SNIPPET_H

/*
 * snippet - one value by one rule, as JSON: `tocsin snippet FIELD`.
 */
#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "parsers/parse.h"

/*
 * FIELD: datetime date phone level category status recovery fields own_text
 * tracking charset header timing month_deadline.  charset, timing and (with
 * holidays) month_deadline take a JSON object.  ref: receipt time or
 * TIME_NONE.  New reference; NULL with err for an unknown FIELD or an object
 * that cannot be read.
 */
json_t	*snippet_read(const struct parse_conf *, const char *field,
	    const char *input, size_t len, int64_t ref, struct arena *,
	    struct err *);
/* The i-th FIELD, or NULL: for usage texts. */
const char *snippet_field(size_t i);

#endif
