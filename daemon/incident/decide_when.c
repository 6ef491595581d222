/*
 * decide_when - the times that people tell of what happened: none is still to
 * come, and nothing was done about an incident before it happened.  What
 * cannot have been then is asked about, and so is what hangs on it.
 */
#include "incident/decide_draft.h"

#include <string.h>

#define CLOCKS_DIFFER	300		/* seconds */

/* What is done about an incident; the rest is told of its beginning. */
static const char *const answers[] = {
	"aware_at", "handled_at", "contained_at", "recovered_at"
};

static int
is_answer(const char *name)
{
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (strcmp(answers[i], name) == 0)
			return 1;
	return 0;
}

enum when
when_of(const struct draft *d, const struct field *f)
{
	if (f->raw == NULL || f->kind != VALUE_DATETIME)
		return WHEN_FINE;
	if (!f->known || f->time == TIME_NONE)
		return WHEN_UNREAD;
	if (f->time > d->ev->now + CLOCKS_DIFFER)
		return WHEN_TO_COME;
	if (is_answer(f->name) && f->time < d->in->occurred_at)
		return WHEN_BEFORE;
	return WHEN_FINE;
}

int
when_asked(struct draft *d, const struct field *f, const char *text)
{
	enum when	w = when_of(d, f);

	if (w != WHEN_TO_COME && w != WHEN_BEFORE)
		return 0;
	draft_line(d, text, w == WHEN_TO_COME ? SAY_TIME_TO_COME :
	    SAY_TIME_BEFORE, draft_label(d, f->name), NO_WORDS, 0);
	return 1;
}

int
when_stated(const struct draft *d, const char *name, int64_t *at)
{
	const struct field	*f = report_given(d->ev->report, name);

	*at = d->ev->now;
	if (f == NULL)
		return 1;
	if (when_of(d, f) != WHEN_FINE)
		return 0;
	if (f->time < *at)
		*at = f->time;
	return 1;
}
