#ifndef VIEW_H
#define VIEW_H

/*
 * view - an incident as the data of a template or payload, with only what the
 * addressee may see (policy disclosure, R25).  Keys: templates/DATA.md.
 */
#include <jansson.h>

#include "base/conf.h"
#include "incident/decide.h"
#include "incident/policy.h"

struct addressee {
	const char	*role;		/* "reporter" or conf role name */
	const char	*name, *addr;
	const char	*lang;		/* "zh-TW", "en", "zh-TW+en" */
};

/* extra (may be NULL) is merged on top.  New reference. */
json_t	*view_make(const struct policy *, const struct conf *,
	    const struct situation *, const struct addressee *,
	    const json_t *extra, int64_t now);
/* The JSON document for HTTP receivers (DOMAIN 2.3).  New reference. */
json_t	*view_payload(const struct policy *, const struct conf *,
	    const struct situation *, const struct addressee *, int revision,
	    const char *idempotency_key, int64_t now);
/* "中華民國115年11月22日 09時30分" or "2026-11-22 09:30"; in the arena. */
const char *view_time(struct arena *, const struct policy *, int64_t utc,
	    const char *lang);

#endif
