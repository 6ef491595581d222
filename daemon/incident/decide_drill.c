/*
 * decide_drill - what a drill has shown: each deadline and how long it took
 * (R33).
 */
#include "incident/decide_draft.h"

#include <string.h>

#include "incident/deadlines.h"

static int
is_done(const struct draft *d, const struct deadline *dl,
    const struct policy_deadline *pd)
{
	return dl->state == DL_MET || (dl->state == DL_OPEN &&
	    deadline_event_at(d->in, d->extra,
	    (enum deadline_event)deadline_event_parse(pd->to)) != 0);
}

/* NULL: it was not done, and its time was not over when it ended. */
static json_t *
step(const struct draft *d, const struct deadline *dl,
    const struct policy_deadline *pd)
{
	int64_t	ended = dl->state == DL_OPEN ? d->ev->now : dl->ended_at;
	int	done = is_done(d, dl, pd);

	if (!done && ended <= dl->due_at)
		return NULL;
	return json_pack("{s:s,s:s,s:s,s:I,s:I,s:I,s:I,s:b,s:b,s:b}",
	    "label", pd->label.zh, "label_en", words_in(&pd->label, "en"),
	    "owner", dl->owner, "due", (json_int_t)dl->due_at, "at",
	    (json_int_t)ended, "limit_minutes",
	    (json_int_t)((dl->due_at - dl->from_at) / 60), "minutes",
	    (json_int_t)((ended - dl->from_at) / 60), "ok",
	    ended <= dl->due_at, "done", done, "fired", dl->fired > 0);
}

void
drill_report(struct draft *d)
{
	json_t	*steps = json_array(), *data;
	int	 good = 0, all = 0;

	for (size_t i = 0; i < d->s->n_deadlines; i++) {
		const struct deadline		*dl = &d->s->deadlines[i];
		const struct policy_deadline	*pd = policy_deadline(d->p,
						    dl->name);
		json_t				*one;

		if (pd == NULL || (one = step(d, dl, pd)) == NULL)
			continue;
		all++;
		good += json_is_true(json_object_get(one, "ok"));
		json_array_append_new(steps, one);
	}
	data = json_pack("{s:O,s:i,s:i,s:I}", "steps", steps, "in_time", good,
	    "of", all, "minutes", (json_int_t)((d->ev->now -
	    d->in->received_at) / 60));
	draft_duties(d, "drill_report", &d->p->notify_closed, data);
	for (size_t i = 0; i < d->p->meeting_roles.n; i++)
		if (!policy_has(&d->p->notify_closed, d->p->meeting_roles.v[i]))
			(void)draft_duty(d, "drill_report",
			    d->p->meeting_roles.v[i], json_incref(data));
	draft_journal(d, "drill_report", json_pack("{s:i,s:i}", "in_time",
	    good, "of", all));
	json_decref(data);
	json_decref(steps);
}
