#include "incident/view_parts.h"

#include <string.h>

#include "incident/outcome.h"
#include "incident/states.h"

static int
known(struct datum *f)
{
	return datum_is(datum_get(f, "known"), DATUM_TRUE);
}

/* Its label is no secret: forms need it. */
static struct datum *
bare_field(const struct picture *v, const char *name)
{
	struct datum	*o = datum_object(v->a);

	datum_put(o, "name", name);
	datum_put(o, "label", policy_field_label(v->p, name, v->lang));
	datum_put_flag(o, "known", 0);
	return o;
}

static struct datum *
seen_field(struct picture *v, const char *name)
{
	return view_sees(v, name) ? view_field(v, name) : bare_field(v, name);
}

static struct datum *
one_field(void *arg, const char *name)
{
	return seen_field(arg, name);
}

static void
make_by_name(void *arg, struct datum *into)
{
	struct picture	*v = arg;
	struct datum	*f = datum_object(v->a);
	size_t		 n = v->p->n_fields;
	const char	**names = arena_array(v->a, n + 1, sizeof(*names));

	datum_reserve(f, (uint32_t)n);
	for (size_t i = 0; i < n; i++)
		names[i] = v->p->fields[i].name;
	datum_later_each(f, names, one_field, v);
	datum_set(into, "f", f);
}

/* What somebody said and the addressee may see, in the policy's order. */
static void
make_fields(void *arg, struct datum *into)
{
	struct picture	*v = arg;
	struct datum	*list = datum_list(v->a), *f;

	for (size_t i = 0; i < v->p->n_fields; i++) {
		if (!view_sees(v, v->p->fields[i].name))
			continue;
		f = view_field(v, v->p->fields[i].name);
		/* Level, status, category have keys of their own. */
		if (known(f) && datum_get(f, "by") != NULL)
			datum_append(list, f);
	}
	datum_set(into, "fields", list);
}

/* What the mail's header tells is shown, but the form still asks for it; only
 * the time of the report is taken from the receipt (R8). */
static int
gap(const struct picture *v, struct datum *f)
{
	const char	*name = datum_get_text(f, "name");
	json_t		*one;
	size_t		 i;

	if (json_is_array(v->missing)) {
		json_array_foreach(v->missing, i, one)
			if (json_is_string(one) &&
			    strcmp(json_string_value(one), name) == 0)
				return 1;
		return 0;
	}
	if (datum_is(datum_get(f, "told_unknown"), DATUM_TRUE))
		return 0;
	return !known(f) || (datum_is(datum_get(f, "assumed"), DATUM_TRUE) &&
	    strcmp(name, "reported_at") != 0);
}

/* The form of the report: what is there, what is missing (R8, R9). */
static void
make_form(void *arg, struct datum *into)
{
	struct picture			*v = arg;
	const struct policy_strings	*need = &v->p->report_required;
	struct datum			*form = datum_list(v->a);
	struct datum			*missing = datum_list(v->a), *f;
	int				 gone;

	for (size_t i = 0; i < need->n; i++) {
		f = datum_over(v->a, seen_field(v, need->v[i]));
		gone = gap(v, f) && view_sees(v, need->v[i]);
		datum_put_flag(f, "missing", gone);
		datum_append(form, f);
		if (gone)
			datum_append(missing, f);
	}
	if (missing->n > 0)
		datum_put_flag(missing->u.list[missing->n - 1], "last", 1);
	datum_put_flag(into, "any_missing", missing->n > 0);
	datum_set(into, "form", form);
	datum_set(into, "missing", missing);
}

static int
check_done(struct datum *f)
{
	const char	*s = datum_get_text(f, "value");

	return s != NULL && (strcmp(s, "ok") == 0 ||
	    strcmp(s, "not_applicable") == 0);
}

/* R19: the checklist in its order, and what is still open of it.  That a step
 * is done is no secret, with which result may be one. */
static void
make_checklist(void *arg, struct datum *into)
{
	struct picture	*v = arg;
	struct datum	*list = datum_list(v->a), *open = datum_list(v->a);

	for (size_t i = 0; i < v->p->n_checklist; i++) {
		const char	*name = v->p->checklist[i].field;
		struct datum	*all = view_field(v, name);
		struct datum	*f = datum_over(v->a, view_sees(v, name) ?
				    all : bare_field(v, name));

		datum_put_flag(f, "done", check_done(all));
		if (!view_sees(v, name)) {
			datum_put_flag(f, "known", known(all));
			datum_put_flag(f, "hidden", 1);
		}
		datum_append(list, f);
		if (!check_done(all))
			datum_append(open, f);
	}
	datum_put_flag(into, "any_check_open", open->n > 0);
	datum_set(into, "checklist", list);
	datum_set(into, "checklist_open", open);
}

/* R21: what closing still needs. */
static void
make_close(void *arg, struct datum *into)
{
	struct picture			*v = arg;
	const struct policy_strings	*need = &v->p->close_required;
	struct datum			*form = datum_list(v->a);
	struct datum			*open = datum_list(v->a), *f;

	for (size_t i = 0; i < need->n; i++) {
		if (!view_sees(v, need->v[i]))
			continue;
		f = view_field(v, need->v[i]);
		datum_append(form, f);
		if (!known(f))
			datum_append(open, datum_over(v->a, f));
	}
	if (open->n > 0)
		datum_put_flag(open->u.list[open->n - 1], "last", 1);
	datum_set(into, "close_form", form);
	datum_set(into, "close_missing", open);
	datum_put_flag(into, "any_close_missing", open->n > 0);
}

/* R3: from 4 down to 1, with the marks of the form. */
static void
make_levels(void *arg, struct datum *into)
{
	struct picture	*v = arg;
	int		 now = view_sees(v, "level") ? v->s->incident->level : 0;
	struct datum	*list = datum_list(v->a), *one;
	const char	*text;

	for (int n = LEVELS - 1; n >= 1; n--) {
		if (v->p->levels[n].text.zh == NULL)
			continue;
		text = words_in(&v->p->levels[n].text, v->lang);
		one = datum_object(v->a);
		datum_put_int(one, "level", n);
		datum_set(one, "text", datum_text(v->a, text));
		datum_put(one, "mark", n == now ? "■" : "□");
		datum_put(one, "blank", "□");
		datum_put_flag(one, "chosen", n == now);
		datum_put_flag(one, "first", list->n == 0);
		datum_append(list, one);
		if (n == now)
			datum_put(into, "level_text", text);
	}
	datum_set(into, "levels", list);
	datum_put_flag(into, "level_set", now > 0);
	datum_put_flag(into, "level_hidden", !view_sees(v, "level"));
	if (now > 0)
		datum_put_int(into, "level", now);
}

static struct datum *
state_datum(const struct picture *v, enum incident_state state)
{
	struct datum	*o = datum_object(v->a);

	datum_put(o, "name", incident_state_name(state));
	datum_set(o, "label", datum_text(v->a, policy_state_label(v->p, state,
	    v->lang)));
	return o;
}

/* The words that the field "status" takes. */
static void
make_statuses(void *arg, struct datum *into)
{
	static const enum incident_state settable[] = {
		INC_IN_PROGRESS, INC_CONTAINED, INC_RECOVERED, INC_CLOSED,
		INC_FALSE_ALARM
	};
	const size_t	 n = sizeof(settable) / sizeof(settable[0]);
	struct picture	*v = arg;
	struct datum	*list = datum_list(v->a), *o;

	for (size_t i = 0; i < n; i++) {
		o = state_datum(v, settable[i]);
		datum_put_flag(o, "last", i + 1 == n);
		datum_append(list, o);
	}
	datum_set(into, "statuses", list);
}

static void
make_states(void *arg, struct datum *into)
{
	struct picture		*v = arg;
	enum incident_state	 now = v->s->incident->state;
	struct datum		*list = datum_list(v->a), *o;

	for (int n = 0; n < INC_NSTATES; n++) {
		o = state_datum(v, (enum incident_state)n);
		datum_put_flag(o, "current", n == (int)now);
		datum_append(list, o);
	}
	datum_set(into, "states", list);
}

static void
put_state(struct picture *v)
{
	enum incident_state	 now = v->s->incident->state;
	struct datum		*is = datum_object(v->a);

	datum_put_flag(v->root, "active", states_active(now));
	datum_put_flag(v->root, "ended", now == INC_CLOSED ||
	    now == INC_FALSE_ALARM || now == INC_MERGED);
	datum_put(v->root, "state", incident_state_name(now));
	datum_put(v->root, "state_label", policy_state_label(v->p, now,
	    v->lang));
	datum_put_flag(is, incident_state_name(now), 1);
	datum_set(v->root, "is", is);
}

static struct datum *
deadline_datum(const struct picture *v, const struct deadline *d)
{
	const struct policy_deadline	*pd = policy_deadline(v->p, d->name);
	struct datum			*o = datum_object(v->a);
	struct datum			*is = datum_object(v->a);

	datum_put(o, "name", d->name);
	datum_put(o, "label", pd == NULL ? d->name :
	    words_in(&pd->label, v->lang));
	datum_put(o, "due", view_due(v->a, v->p, d->due_at, v->lang));
	datum_put_flag(o, "overdue", d->due_at < v->now);
	datum_put(o, "owner", d->owner);
	datum_put(o, "owner_label", view_role_label(v, d->owner));
	datum_put_int(o, "fired", d->fired);
	datum_put_flag(is, d->name, 1);
	datum_set(o, "is", is);
	return o;
}

/* Open ones, first due first; mine are those the addressee owns. */
static void
make_deadlines(void *arg, struct datum *into)
{
	struct picture	*v = arg;
	struct datum	*list = datum_list(v->a), *mine = datum_list(v->a);
	struct datum	*others = datum_list(v->a), *o;
	size_t		 n = v->s->n_deadlines;
	int64_t		 last = INT64_MIN;

	for (size_t round = 0; round < n; round++) {
		int64_t	next = INT64_MAX;

		for (size_t i = 0; i < n; i++)
			if (v->s->deadlines[i].due_at > last &&
			    v->s->deadlines[i].due_at < next)
				next = v->s->deadlines[i].due_at;
		for (size_t i = 0; i < n; i++) {
			const struct deadline *d = &v->s->deadlines[i];

			if (d->due_at != next || d->state != DL_OPEN)
				continue;
			o = deadline_datum(v, d);
			datum_append(list, o);
			datum_append(d->owner != NULL &&
			    strcmp(d->owner, v->role) == 0 ? mine : others, o);
		}
		if (next == INT64_MAX)
			break;
		last = next;
	}
	datum_set(into, "deadlines", list);
	datum_put_flag(into, "any_mine", mine->n > 0);
	datum_put_flag(into, "any_others", others->n > 0);
	datum_set(into, "mine", mine);
	datum_set(into, "others", others);
}

/* The last report that is on its way: what is promised in this very turn is
 * not in the situation yet. */
static int
newest_revision(const struct picture *v)
{
	int	n = 0;

	for (size_t i = 0; i < v->s->n_items; i++)
		if (v->s->items[i].revision > n &&
		    policy_has(&v->p->forward_roles, v->s->items[i].role))
			n = v->s->items[i].revision;
	return n;
}

/* Of the last try: their answer as it is, or our own reason.  Both are there,
 * so that none of the letter's own stands in. */
static void
put_outcome(const struct picture *v, struct datum *o, const char *line)
{
	struct outcome	last = outcome_of(line);
	struct words	why = { "", NULL };

	if (!last.theirs && *last.said != '\0')
		why = policy_reason(v->p, last.said, v->a);
	datum_put(o, "last", last.theirs ? last.said : "");
	datum_put(o, "why", words_in(&why, v->lang));
}

/* What went outside, to whom and how far it came (R12). */
static void
make_external(void *arg, struct datum *into)
{
	struct picture	*v = arg;
	int		 newest = newest_revision(v);
	struct datum	*list = datum_list(v->a), *o, *via;
	const struct conf_role	*r;

	for (size_t i = 0; i < v->s->n_items; i++) {
		const struct outbox_item *it = &v->s->items[i];

		if (it->revision == 0 || strcmp(it->duty, "evidence") == 0 ||
		    !policy_has(&v->p->forward_roles, it->role))
			continue;
		o = datum_object(v->a);
		via = datum_object(v->a);
		datum_put_flag(via, channel_kind_name(it->channel), 1);
		datum_set(o, "via", via);
		datum_put(o, "channel", channel_kind_name(it->channel));
		datum_put_int(o, "revision", it->revision);
		datum_put_flag(o, "newest", it->revision == newest);
		datum_put(o, "state", outbox_state_name(it->state));
		datum_put_flag(o, "accepted", policy_receipted(v->p, it));
		datum_put_flag(o, "failed", it->state == OUT_REFUSED ||
		    it->state == OUT_EXPIRED);
		datum_put(o, "role", it->role);
		datum_put(o, "label", view_role_label(v, it->role));
		r = conf_role(v->conf, it->role);
		datum_put(o, "phone", r != NULL ? r->phone : NULL);
		datum_put(o, "fax", r != NULL ? r->fax : NULL);
		datum_put(o, "to", it->to_addr);
		put_outcome(v, o, it->last);
		if (it->settled_at != 0)
			datum_put(o, "at", view_time(v->a, v->p,
			    it->settled_at, v->lang));
		datum_append(list, o);
	}
	datum_put_flag(into, "any_external", list->n > 0);
	datum_set(into, "external", list);
}

/* The numbers that receivers gave the incident in their own books: the last
 * of each. */
struct datum *
view_numbers(const struct picture *v)
{
	struct datum	*by_role = datum_object(v->a), *said, *o;
	struct datum	*list = datum_list(v->a);
	const char	*role;
	json_t		*js;

	for (size_t i = 0; i < v->s->n_journal; i++) {
		if (strcmp(v->s->journal[i].event, "receiver_number") != 0)
			continue;
		js = json_loads(v->s->journal[i].detail, 0, NULL);
		said = datum_copy_json(v->a, js);
		json_decref(js);
		role = datum_get_text(said, "role");
		if (role != NULL && datum_get(said, "number") != NULL)
			datum_set(by_role, role, datum_get(said, "number"));
	}
	for (uint32_t i = 0; i < by_role->n; i++) {
		(void)datum_member(by_role, i, &role);
		o = datum_object(v->a);
		datum_put(o, "role", role);
		datum_put(o, "label", view_role_label(v, role));
		datum_put(o, "number", view_squash(v->a,
		    datum_get_text(by_role, role), 1));
		datum_append(list, o);
	}
	return list;
}

static void
make_numbers(void *arg, struct datum *into)
{
	struct picture	*v = arg;
	struct datum	*list = view_numbers(v), *o;

	for (uint32_t i = 0; i < list->n; i++) {
		o = list->u.list[i];
		if (strcmp(datum_get_text(o, "role"), v->role) == 0)
			datum_put(into, "their_number",
			    datum_get_text(o, "number"));
	}
	datum_set(into, "numbers", list);
}

void
view_lists(struct picture *v)
{
	LATER(v, make_fields, "fields");
	LATER(v, make_by_name, "f");
	LATER(v, make_checklist, "checklist", "checklist_open",
	    "any_check_open");
	LATER(v, make_close, "close_form", "close_missing",
	    "any_close_missing");
	LATER(v, make_levels, "levels", "level", "level_text", "level_set",
	    "level_hidden");
	LATER(v, make_statuses, "statuses");
	if (view_sees(v, "status")) {
		LATER(v, make_states, "states");
		put_state(v);
	}
	if (view_sees(v, "level"))
		LATER(v, make_external, "external", "any_external");
}

void
view_own_lists(struct picture *v)
{
	LATER(v, make_form, "form", "missing", "any_missing");
	if (view_sees(v, "status"))
		LATER(v, make_deadlines, "deadlines", "mine", "others",
		    "any_mine", "any_others");
	if (view_sees(v, "level"))
		LATER(v, make_numbers, "numbers", "their_number");
}
