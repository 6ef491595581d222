/*
 * desk_awake - what nobody took while nobody asked was not refused.
 *
 * A promise is given up when nobody took it for `give-up`.  A house that was
 * shut over the holidays, or whose clock was days behind, asked nobody in that
 * time; and when it starts its relay may not be up yet.  So after more than a
 * day without a try nothing is given up for a day, or for `give-up` when that
 * is less.
 *
 * Owns the fact "asked": when somebody was last asked, and since when without
 * a long pause, in UTC seconds.  It is a little behind: NOTE_EVERY.
 */
#include "config.h"

#include "desk.h"

#include <inttypes.h>
#include <stdio.h>

#include "incident/retry.h"

#define ASKED		"asked"
/* Longer than any rest: who does as a receiver asks him is awake. */
#define PAUSE		(RETRY_ASKED_MAX + 3600)
#define GRACE		86400
#define NOTE_EVERY	600

enum rc
desk_asks(struct desk *d, int64_t now, struct arena *a, struct err *err)
{
	const char	*text = NULL;
	enum rc		 rc = RC_OK;

	if (d->asked == 0)
		rc = fact_get(d->store, ASKED, a, &text, err);
	if (rc == RC_OK && text != NULL && sscanf(text, "%" SCNd64 " %" SCNd64,
	    &d->asked, &d->awake) != 2)
		d->asked = d->awake = 0;
	if (rc != RC_OK || (now >= d->asked && now < d->asked + NOTE_EVERY))
		return rc;
	if (now - d->asked > PAUSE || d->awake > now)
		d->awake = now;
	d->asked = now;
	return fact_put(d->store, ASKED, arena_printf(a, "%" PRId64 " %" PRId64,
	    d->asked, d->awake), err);
}

int64_t
desk_counts_from(const struct desk *d)
{
	int64_t	give_up = d->conf->give_up;

	return d->awake + (give_up < GRACE ? give_up : GRACE) - give_up;
}
