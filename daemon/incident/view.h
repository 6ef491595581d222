#ifndef VIEW_H
#define VIEW_H

/*
 * view - an incident as the data of a template or payload, with only what the
 * addressee may see (policy disclosure, R25).  Keys: templates/DATA.md.
 */
#include <jansson.h>

#include "base/arena.h"
#include "base/conf.h"
#include "base/datum.h"
#include "incident/decide.h"
#include "incident/policy.h"

struct addressee {
	const char	*role;		/* "reporter" or conf role name */
	const char	*name, *addr;
	const char	*lang;		/* "zh-TW", "en", "zh-TW+en" */
};

/*
 * What all letters about one situation (NULL: of the house) share: a value is
 * chosen and read once, and written once in each language.  It and all it
 * gives lie in the arena and point into its arguments.
 */
struct view;
struct view *view_open(const struct policy *, const struct conf *,
	    const struct situation *, int64_t now, struct arena *);
/* The picture for one addressee in one language, whose name must live as
 * long; extra (may be NULL) on top. */
struct datum *view_in(struct view *, const struct addressee *,
	    const json_t *extra, const char *lang);
/* All of it as JSON: "a+b" gives a, and b below in.b.  New reference. */
json_t	*view_make(const struct policy *, const struct conf *,
	    const struct situation *, const struct addressee *,
	    const json_t *extra, int64_t now);
/* The JSON document for HTTP receivers (DOMAIN 2.3).  New reference. */
json_t	*view_payload(const struct policy *, const struct conf *,
	    const struct situation *, const struct addressee *, int revision,
	    const char *idempotency_key, int64_t now);
/* "24 小時", "1 hour 30 minutes", "5 日 3 小時" */
const char *view_span(struct arena *, int64_t minutes, const char *lang);
/* "中華民國115年11月22日 09時30分" or "2026-11-22 09:30"; in the arena. */
const char *view_time(struct arena *, const struct policy *, int64_t utc,
	    const char *lang);
/* The same with the day of the week, for what is due. */
const char *view_due(struct arena *, const struct policy *, int64_t utc,
	    const char *lang);

#endif
