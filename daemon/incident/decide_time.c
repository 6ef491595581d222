/*
 * decide_time - a deadline is due: one reminder, and when to look again; and
 * what follows when the clock was put right.
 */
#include "incident/decide_draft.h"

#include <string.h>

#include "incident/deadlines.h"

/* What waits for somebody's agreement, when that is what runs out. */
static json_t *
waiting(struct draft *d, const struct policy_deadline *pd)
{
	const json_t	*f = json_object_get(d->extra, "forensic");

	if (deadline_event_parse(pd->to) == DLE_SECONDED)
		return second_waits(d);
	if (deadline_event_parse(pd->to) == DLE_FORENSIC_CONFIRMED)
		return json_pack("{s:s?}", "what", json_string_value(
		    json_object_get(f, "text")));
	return NULL;
}

json_t *
reminder_data(struct draft *d, const struct policy_deadline *pd,
    const struct deadline *dl, int nth)
{
	json_t	*data, *more = waiting(d, pd);

	data = json_pack("{s:{s:s,s:s,s:s,s:I,s:b,s:i,s:s}}", "deadline",
	    "name", pd->name, "label", pd->label.zh, "label_en",
	    words_in(&pd->label, "en"), "due", (json_int_t)dl->due_at,
	    "overdue", d->ev->now >= dl->due_at, "nth", nth, "owner",
	    pd->owner);
	if (more != NULL)
		json_object_update(data, more);
	json_decref(more);
	return data;
}

/* Nobody there to remind: the next of the plan is told instead. */
static int
reachable(const struct draft *d, const char *role)
{
	if (strcmp(role, "reporter") == 0)
		return draft_answerable(d);
	return conf_role(d->conf, role) != NULL;
}

static void
remind(struct draft *d, const struct policy_deadline *pd,
    const struct deadline *dl)
{
	struct policy_strings	 roles;
	const char		*duty;
	json_t			*told = json_array();

	duty = dl->fired == 0 && pd->first_duty != NULL ? pd->first_duty :
	    pd->duty;
	roles = deadlines_roles(pd, dl->from_at, dl->due_at, d->ev->now, d->a);
	for (size_t i = 0; i < roles.n; i++) {
		if (!reachable(d, roles.v[i]))
			continue;
		(void)draft_duty(d, duty, roles.v[i], reminder_data(d, pd,
		    dl, dl->fired + 1));
		json_array_append_new(told, json_string(roles.v[i]));
	}
	if (json_array_size(told) == 0) {
		(void)draft_duty(d, duty, draft_team(d), reminder_data(d, pd,
		    dl, dl->fired + 1));
		json_array_append_new(told, json_string(draft_team(d)));
	}
	draft_journal(d, "reminded", json_pack("{s:s,s:s,s:i,s:o,s:I}",
	    "deadline", pd->name, "duty", duty, "nth", dl->fired + 1, "roles",
	    told, "due", (json_int_t)dl->due_at));
}

static int
unfinished(const struct draft *d, const struct policy_deadline *pd)
{
	return pd != NULL && d->in->level >= 0 && d->in->level < LEVELS &&
	    pd->within[d->in->level] >= 0 &&
	    (pd->states & POLICY_STATE(d->in->state)) != 0 &&
	    deadline_event_at(d->in, d->extra,
	    (enum deadline_event)deadline_event_parse(pd->to)) == 0;
}

void
decide_due(struct draft *d)
{
	const struct deadline		*dl = d->ev->deadline;
	const struct policy_deadline	*pd = policy_deadline(d->p, dl->name);
	struct deadline			*out;

	if (dl->state != DL_OPEN || dl->next_at > d->ev->now)
		return;
	if (!unfinished(d, pd))
		return;		/* decide() ends it with the others */
	remind(d, pd, dl);
	out = arena_alloc(d->a, sizeof(*out));
	*out = *dl;
	out->fired++;
	/* From now, not from next_at: downtime makes one reminder, no storm. */
	out->next_at = deadlines_next(d->p, pd, d->in->level, dl->from_at,
	    dl->due_at, d->ev->now);
	d->c->deadlines = out;
	d->c->n_deadlines = 1;
}

/* No reminder waits until the time comes that a wrong clock showed. */
void
decide_clock(struct draft *d)
{
	int64_t	ahead = deadlines_clock_back(d->in, d->extra, d->ev->now);

	if (ahead == 0)
		return;
	d->c->put = 1;
	draft_journal(d, "clock_back", json_pack("{s:I}", "seconds",
	    (json_int_t)ahead));
}
