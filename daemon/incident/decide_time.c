/*
 * decide_time - deadlines are due: one reminder to each who must hear of them,
 * and when to look again; and what follows when the clock was put right.
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
		return decide_answerable(d->in, d->extra);
	return conf_role(d->conf, role) != NULL;
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

static const char *
duty_of(const struct policy_deadline *pd, const struct deadline *dl)
{
	return dl->fired == 0 && pd->first_duty != NULL ? pd->first_duty :
	    pd->duty;
}

/* Whom it reminds now. */
static struct policy_strings
reminded(const struct draft *d, const struct policy_deadline *pd,
    const struct deadline *dl)
{
	struct policy_strings	roles = deadlines_roles(pd, dl->from_at,
				    dl->due_at, d->ev->now, d->a);
	size_t			n = 0;

	for (size_t i = 0; i < roles.n; i++)
		if (reachable(d, roles.v[i]))
			roles.v[n++] = roles.v[i];
	if (n == 0)
		roles.v[n++] = draft_team(d);
	roles.n = n;
	return roles;
}

/* One that is due now. */
struct due {
	const struct deadline		*dl;
	const struct policy_deadline	*pd;
	struct policy_strings		 roles;
};

/* All that are due with this one and ask for the same by the same letter. */
static size_t
due_with(const struct draft *d, const struct deadline *dl,
    const struct policy_deadline *pd, struct due *all)
{
	size_t	n = 0;

	for (size_t i = 0; i < d->s->n_deadlines; i++) {
		const struct deadline		*o = &d->s->deadlines[i];
		const struct policy_deadline	*po = policy_deadline(d->p,
						    o->name);

		if (o->state == DL_OPEN && o->next_at <= d->ev->now &&
		    unfinished(d, po) && strcmp(po->to, pd->to) == 0 &&
		    strcmp(duty_of(po, o), duty_of(pd, dl)) == 0)
			all[n++] = (struct due){ o, po, reminded(d, po, o) };
	}
	return n;
}

/* Which one the letter to a role is about: its own task before others'. */
static size_t
lead(const struct due *all, size_t n, const char *role)
{
	size_t	first = n;

	for (size_t i = 0; i < n; i++) {
		if (!policy_has(&all[i].roles, role))
			continue;
		if (strcmp(all[i].pd->owner, role) == 0)
			return i;
		if (first == n)
			first = i;
	}
	return first;
}

/* One letter to a role, about one of them and what else there is. */
static void
remind_role(struct draft *d, const struct due *all, size_t n, size_t about,
    const char *role)
{
	const struct due	*me = &all[about];
	json_t			*data = reminder_data(d, me->pd, me->dl,
				    me->dl->fired + 1), *more, *also;

	also = json_array();
	for (size_t i = 0; i < n; i++) {
		if (i == about || !policy_has(&all[i].roles, role))
			continue;
		more = reminder_data(d, all[i].pd, all[i].dl,
		    all[i].dl->fired + 1);
		json_array_append(also, json_object_get(more, "deadline"));
		json_decref(more);
	}
	json_object_set_new(data, "also", also);
	(void)draft_duty(d, duty_of(me->pd, me->dl), role, data);
}

static void
remind(struct draft *d, const struct due *all, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct due	*me = &all[i];
		json_t			*told = json_array();

		for (size_t k = 0; k < me->roles.n; k++) {
			const char	*role = me->roles.v[k];

			json_array_append_new(told, json_string(role));
			if (lead(all, n, role) == i)
				remind_role(d, all, n, i, role);
		}
		draft_journal(d, "reminded", json_pack(
		    "{s:s,s:s,s:i,s:o,s:I}", "deadline", me->pd->name, "duty",
		    duty_of(me->pd, me->dl), "nth", me->dl->fired + 1,
		    "roles", told, "due", (json_int_t)me->dl->due_at));
	}
}

void
decide_due(struct draft *d)
{
	/* As it is now: it may have been told with another one. */
	const struct deadline		*dl = deadline_open(d->s->deadlines,
					    d->s->n_deadlines,
					    d->ev->deadline->name);
	const struct policy_deadline	*pd;
	struct deadline			*out;
	struct due			*all;
	size_t				 n;

	if (dl == NULL || dl->next_at > d->ev->now)
		return;
	pd = policy_deadline(d->p, dl->name);
	if (!unfinished(d, pd))
		return;		/* decide() ends it with the others */
	all = arena_array(d->a, d->s->n_deadlines, sizeof(*all));
	n = due_with(d, dl, pd, all);
	remind(d, all, n);
	out = arena_array(d->a, n, sizeof(*out));
	for (size_t i = 0; i < n; i++) {
		out[i] = *all[i].dl;
		out[i].fired++;
		/* From now, not from next_at: downtime makes one reminder, no
		 * storm. */
		out[i].next_at = deadlines_next(d->p, all[i].pd, d->in->level,
		    out[i].from_at, out[i].due_at, d->ev->now);
	}
	d->c->deadlines = out;
	d->c->n_deadlines = n;
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
