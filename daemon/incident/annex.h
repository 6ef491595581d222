#ifndef ANNEX_H
#define ANNEX_H

/*
 * annex - Annex 2 as a page to print: one HTML file with nothing outside it,
 * in the layout of the plan, ticks as ■ and □, empty boxes as 待查.
 */
#include "base/buf.h"
#include "incident/view.h"
#include "templates/render.h"

/* extra (may be NULL): revision, followup, correction, previous_level. */
enum rc	annex_page(const struct templates *, const struct policy *,
	    const struct conf *, const struct situation *,
	    const struct addressee *, const json_t *extra, int64_t now,
	    struct buf *, struct err *);

#endif
