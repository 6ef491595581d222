#include "incident/deadlines.h"

#include <string.h>

#include "incident/calendar.h"

static const char *const names[] = {
#define X(id, name) [DLE_##id] = name,
	DEADLINE_EVENTS(X)
#undef X
};

int
deadline_event_parse(const char *s)
{
	for (int i = 0; i < DLE_N; i++)
		if (strcmp(names[i], s) == 0)
			return i;
	return -1;
}

static int64_t
extra_time(const json_t *extra, const char *key)
{
	return json_integer_value(json_object_get(extra, key));
}

int64_t
deadline_event_at(const struct incident *in, const json_t *extra,
    enum deadline_event e)
{
	switch (e) {
	case DLE_OCCURRED:
		return in->occurred_at;
	case DLE_REPORTED:
		return in->reported_at;
	case DLE_RECEIVED:
		return in->received_at;
	case DLE_OPENED:
		return in->created_at;
	case DLE_AWARE:
		return in->aware_at;
	case DLE_COMPLETE:
		return extra_time(extra, "complete_at");
	case DLE_FIRST_ACTION:
		return in->first_action_at;
	case DLE_LEVEL_SET:
		return in->level_set_at;
	case DLE_EXTERNAL_SENT:
		return in->external_sent_at;
	case DLE_EXTERNAL_FAILED:
		return extra_time(extra, "external_failed");
	case DLE_REVIEWED:
		return extra_time(extra, "reviewed_at");
	case DLE_PLATFORM_FILED:
		return extra_time(extra, "platform_at");
	case DLE_MEETING_DECIDED:
		return extra_time(json_object_get(extra, "meeting"), "at");
	case DLE_MEETING_HELD:
		return extra_time(json_object_get(extra, "meeting"), "starts");
	case DLE_MINUTES:
		return extra_time(json_object_get(extra, "meeting"),
		    "minutes_at");
	case DLE_PENDING:
		return extra_time(extra, "pending_at");
	case DLE_SECONDED:
		return extra_time(extra, "seconded_at");
	case DLE_FORENSIC_ASKED:
		return extra_time(json_object_get(extra, "forensic"), "at");
	case DLE_FORENSIC_CONFIRMED:
		return extra_time(json_object_get(extra, "forensic"),
		    "confirmed_at");
	case DLE_CONTAINED:
		return in->contained_at;
	case DLE_CONTAINED_OR_RECOVERED:
		return in->contained_at != 0 && (in->recovered_at == 0 ||
		    in->contained_at < in->recovered_at) ?
		    in->contained_at : in->recovered_at;
	case DLE_RECOVERED:
		return in->recovered_at;
	case DLE_FINAL_REPORT:
		return in->final_report_at;
	case DLE_CLOSED:
		return in->closed_at;
	case DLE_N:
		break;
	}
	return 0;
}

int64_t
deadlines_due(const struct policy *p, const struct policy_deadline *d,
    int level, int64_t from)
{
	int64_t	within = d->within[level];

	if (strcmp(d->rule, "apa48-month") == 0)
		return calendar_months(p, from, (int)(within / POLICY_MONTH));
	if (strcmp(d->rule, "workdays") == 0)
		return calendar_workdays(p, from, (int)(within / 86400));
	return from + within;
}

static int64_t
rung_at(const struct policy_deadline *d, size_t i, int64_t from, int64_t due)
{
	return from + (due - from) * d->rungs[i].percent / 100;
}

static int64_t
last_rung_at(const struct policy_deadline *d, int64_t from, int64_t due)
{
	return d->n_rungs > 0 ? rung_at(d, d->n_rungs - 1, from, due) : due;
}

int64_t
deadlines_next(const struct policy *p, const struct policy_deadline *d,
    int level, int64_t from, int64_t due, int64_t after)
{
	int64_t	last = last_rung_at(d, from, due), every, t;

	for (size_t i = 0; i < d->n_rungs; i++)
		if ((t = rung_at(d, i, from, due)) > after)
			goto found;
	every = d->then_every[level] > 0 ? d->then_every[level] : 86400;
	t = after < last ? last + every :
	    last + ((after - last) / every + 1) * every;
 found:
	return d->quiet[level] ? calendar_unquiet(p, t) : t;
}

static void
add_roles(struct policy_strings *to, const struct policy_strings *from)
{
	for (size_t i = 0; i < from->n; i++)
		if (!policy_has(to, from->v[i]))
			to->v[to->n++] = from->v[i];
}

struct policy_strings
deadlines_roles(const struct policy_deadline *d, int64_t from, int64_t due,
    int64_t now, struct arena *a)
{
	struct policy_strings	 out = { 0, NULL };
	size_t			 max = d->then_roles.n + 1;

	for (size_t i = 0; i < d->n_rungs; i++)
		max += d->rungs[i].roles.n;
	out.v = arena_array(a, max, sizeof(*out.v));
	if (d->then_roles.n > 0 && now > last_rung_at(d, from, due)) {
		add_roles(&out, &d->then_roles);
		return out;
	}
	for (size_t i = 0; i < d->n_rungs; i++)
		if (i == 0 || rung_at(d, i, from, due) <= now)
			add_roles(&out, &d->rungs[i].roles);
	return out;
}

const struct deadline *
deadline_open(const struct deadline *dl, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (dl[i].state == DL_OPEN && strcmp(dl[i].name, name) == 0)
			return &dl[i];
	return NULL;
}

static int
runs(const struct policy_deadline *d, const struct incident *in,
    const json_t *extra)
{
	int	level = in->level;

	if (strcmp(d->rule, "verdict") == 0 || level < 0 || level >= LEVELS)
		return 0;
	/* What goes outside or follows from it: of a drill nothing does. */
	if (in->drill && (deadline_event_parse(d->from) == DLE_EXTERNAL_SENT ||
	    deadline_event_parse(d->to) == DLE_FINAL_REPORT))
		return 0;
	return d->within[level] >= 0 &&
	    (d->states & POLICY_STATE(in->state)) != 0 &&
	    deadline_event_at(in, extra,
	    (enum deadline_event)deadline_event_parse(d->from)) != 0 &&
	    deadline_event_at(in, extra,
	    (enum deadline_event)deadline_event_parse(d->to)) == 0;
}

/* From when a time runs: what a clock that was ahead wrote has its own. */
static int64_t
began_at(const struct incident *in, const json_t *extra,
    enum deadline_event e)
{
	const json_t	*ahead = json_object_get(json_object_get(extra,
			    "ahead"), names[e]);
	int64_t		 at = deadline_event_at(in, extra, e);

	return ahead != NULL && extra_time(ahead, "was") == at ?
	    extra_time(ahead, "from") : at;
}

/* Told by people, who may mean a time to come. */
static int
is_told(enum deadline_event e)
{
	return e == DLE_OCCURRED || e == DLE_REPORTED || e == DLE_MEETING_HELD;
}

int64_t
deadlines_clock_back(const struct incident *in, json_t *extra, int64_t now)
{
	json_t		*ahead = json_object_get(extra, "ahead"), *again, *v;
	const char	*name;
	int64_t		 at, most = 0;

	if (ahead == NULL) {
		ahead = json_object();
		json_object_set_new(extra, "ahead", ahead);
	}
	for (int e = 0; e < DLE_N; e++) {
		enum deadline_event	ev = (enum deadline_event)e;

		if (is_told(ev) || began_at(in, extra, ev) <= now)
			continue;
		at = deadline_event_at(in, extra, ev);
		json_object_set_new(ahead, names[e], json_pack("{s:I,s:I}",
		    "was", (json_int_t)at, "from", (json_int_t)now));
		most = at - now > most ? at - now : most;
	}
	again = json_object_get(extra, "rearmed");
	json_object_foreach(again, name, v) {
		if (json_integer_value(v) <= now)
			continue;
		most = json_integer_value(v) - now > most ?
		    json_integer_value(v) - now : most;
		json_object_set_new(again, name, json_integer(now));
	}
	if (json_object_size(ahead) == 0)
		json_object_del(extra, "ahead");
	return most;
}

/* A deadline that runs: anew, or as it must be now. 0: it is right already. */
static int
run(const struct policy *p, const struct policy_deadline *d,
    const struct incident *in, const json_t *extra, const struct deadline *old,
    int64_t now, struct deadline *out)
{
	int64_t	from, anew, due, soonest = now + p->settle;

	from = began_at(in, extra,
	    (enum deadline_event)deadline_event_parse(d->from));
	anew = extra_time(json_object_get(extra, "rearmed"), d->name);
	if (anew > from)
		from = anew;
	due = deadlines_due(p, d, in->level, from);
	if (old != NULL && old->from_at == from && old->due_at == due)
		return 0;
	*out = (struct deadline){ .id = old != NULL ? old->id : 0,
	    .incident = in->id, .name = d->name, .from_at = from,
	    .due_at = due, .owner = d->owner, .state = DL_OPEN };
	if (old != NULL && old->from_at == from)
		out->fired = old->fired;
	out->next_at = deadlines_next(p, d, in->level, from, due, now);
	/* A rung that is past already is made up for once, but not at once. */
	if (out->next_at < soonest ||
	    (d->n_rungs > 0 && rung_at(d, 0, from, due) <= now))
		out->next_at = soonest;
	if (d->quiet[in->level])
		out->next_at = calendar_unquiet(p, out->next_at);
	return 1;
}

/* Met when people say that it was done, so far as the clock bears it out; the
 * mail that says so ends the reminders. */
static int64_t
met_at(const struct deadline *dl, int64_t event, int64_t now)
{
	if (event > now)
		return now;
	return event > dl->from_at ? event : dl->from_at;
}

void
deadlines_update(const struct policy *p, const struct incident *in,
    const json_t *extra, const struct deadline *dl, size_t n, int64_t now,
    struct arena *a, struct deadline **out, size_t *n_out)
{
	*out = arena_array(a, p->n_deadlines + n + 1, sizeof(**out));
	*n_out = 0;
	for (size_t i = 0; i < p->n_deadlines; i++) {
		const struct policy_deadline	*d = &p->deadlines[i];

		if (runs(d, in, extra))
			*n_out += (size_t)run(p, d, in, extra,
			    deadline_open(dl, n, d->name), now, &(*out)[*n_out]);
	}
	for (size_t i = 0; i < n; i++) {
		const struct policy_deadline *d = policy_deadline(p,
		    dl[i].name);
		int64_t	 event = 0;
		int	 to;

		if (dl[i].state != DL_OPEN || (d != NULL && runs(d, in, extra)))
			continue;
		to = d != NULL ? deadline_event_parse(d->to) : -1;
		if (to != -1)
			event = deadline_event_at(in, extra,
			    (enum deadline_event)to);
		(*out)[*n_out] = dl[i];
		(*out)[*n_out].state = event != 0 ? DL_MET : DL_CANCELLED;
		(*out)[(*n_out)++].ended_at = event == 0 ? now :
		    met_at(&dl[i], event, now);
	}
}

void
deadlines_plan(const struct policy *p, const struct incident *in,
    const struct deadline *dl, size_t n, int64_t until, size_t max,
    struct arena *a, struct planned **out, size_t *n_out)
{
	int64_t	*at = arena_array(a, n + 1, sizeof(*at));
	int	*fired = arena_array(a, n + 1, sizeof(*fired));

	*out = arena_array(a, max + 1, sizeof(**out));
	*n_out = 0;
	for (size_t i = 0; i < n; i++) {
		at[i] = dl[i].state == DL_OPEN &&
		    policy_deadline(p, dl[i].name) != NULL ? dl[i].next_at :
		    INT64_MAX;
		fired[i] = dl[i].fired;
	}
	while (*n_out < max) {
		const struct policy_deadline	*d;
		struct planned			*pl = &(*out)[*n_out];
		size_t				 k = 0;

		for (size_t i = 1; i < n; i++)
			if (at[i] < at[k])
				k = i;
		if (n == 0 || at[k] > until || at[k] == INT64_MAX)
			break;
		d = policy_deadline(p, dl[k].name);
		*pl = (struct planned){ at[k], dl[k].due_at, d, d->duty,
		    deadlines_roles(d, dl[k].from_at, dl[k].due_at, at[k], a),
		    fired[k] + 1 };
		if (fired[k]++ == 0 && d->first_duty != NULL)
			pl->duty = d->first_duty;
		at[k] = deadlines_next(p, d, in->level, dl[k].from_at,
		    dl[k].due_at, at[k]);
		(*n_out)++;
	}
}
