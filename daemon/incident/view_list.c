#include "incident/view_parts.h"

#include <string.h>

static int
known(const json_t *field)
{
	return json_is_true(json_object_get(field, "known"));
}

/* What somebody said and the addressee may see, in the policy's order. */
static void
put_fields(const struct picture *v, json_t *root)
{
	json_t	*list = json_array(), *by_name = json_object(), *f;

	for (size_t i = 0; i < v->p->n_fields; i++) {
		const char *name = v->p->fields[i].name;

		if (!view_sees(v, name)) {
			/* Its label is no secret: forms need it. */
			(void)json_object_set_new(by_name, name,
			    json_pack("{s:s,s:s,s:b}", "name", name, "label",
			    policy_field_label(v->p, name, v->lang), "known",
			    0));
			continue;
		}
		f = view_field(v, name);
		(void)json_object_set(by_name, name, f);
		/* Level, status, category have keys of their own. */
		if (known(f) && json_object_get(f, "by") != NULL)
			(void)json_array_append(list, f);
		json_decref(f);
	}
	(void)json_object_set_new(root, "fields", list);
	(void)json_object_set_new(root, "f", by_name);
}

/* What the mail's header tells is shown, but the form still asks for it; only
 * the time of the report is taken from the receipt (R8). */
static int
gap(const struct picture *v, const json_t *f)
{
	const char	*name = json_string_value(json_object_get(f, "name"));
	json_t		*one;
	size_t		 i;

	if (json_is_array(v->missing)) {
		json_array_foreach(v->missing, i, one)
			if (json_is_string(one) &&
			    strcmp(json_string_value(one), name) == 0)
				return 1;
		return 0;
	}
	return !known(f) || (json_is_true(json_object_get(f, "assumed")) &&
	    strcmp(name, "reported_at") != 0);
}

/* The form of the report: what is there, what is missing (R8, R9). */
static void
put_form(const struct picture *v, json_t *root)
{
	const struct policy_strings	*need = &v->p->report_required;
	json_t				*form = json_array();
	json_t				*missing = json_array(), *f;

	for (size_t i = 0; i < need->n; i++) {
		if (view_sees(v, need->v[i]))
			f = view_field(v, need->v[i]);
		else
			f = json_incref(json_object_get(json_object_get(root,
			    "f"), need->v[i]));
		if (f == NULL)
			continue;
		view_flag(f, "missing", gap(v, f) && view_sees(v, need->v[i]));
		(void)json_array_append(form, f);
		if (json_is_true(json_object_get(f, "missing")))
			(void)json_array_append(missing, f);
		json_decref(f);
	}
	view_flag(root, "any_missing", json_array_size(missing) > 0);
	(void)json_object_set_new(root, "form", form);
	(void)json_object_set_new(root, "missing", missing);
}

static int
check_done(const json_t *f)
{
	const char	*s = json_string_value(json_object_get(f, "value"));

	return s != NULL && (strcmp(s, "ok") == 0 ||
	    strcmp(s, "not_applicable") == 0);
}

/* R19: the checklist in its order, and what is still open of it. */
static void
put_checklist(const struct picture *v, json_t *root)
{
	json_t	*list = json_array(), *open = json_array(), *f;

	for (size_t i = 0; i < v->p->n_checklist; i++) {
		const char *name = v->p->checklist[i].field;

		f = view_field(v, name);
		view_flag(f, "done", check_done(f));
		if (!view_sees(v, name)) {
			(void)json_object_del(f, "value");
			(void)json_object_del(f, "choice");
			view_flag(f, "coded", 0);
		}
		(void)json_array_append(list, f);
		if (!check_done(f))
			(void)json_array_append(open, f);
		json_decref(f);
	}
	view_flag(root, "any_check_open", json_array_size(open) > 0);
	(void)json_object_set_new(root, "checklist", list);
	(void)json_object_set_new(root, "checklist_open", open);
}

/* R21: what closing still needs. */
static void
put_close(const struct picture *v, json_t *root)
{
	const struct policy_strings	*need = &v->p->close_required;
	json_t				*form = json_array();
	json_t				*open = json_array(), *f;

	for (size_t i = 0; i < need->n; i++) {
		if (!view_sees(v, need->v[i]))
			continue;
		f = view_field(v, need->v[i]);
		(void)json_array_append(form, f);
		if (!known(f))
			(void)json_array_append(open, f);
		json_decref(f);
	}
	(void)json_object_set_new(root, "close_form", form);
	(void)json_object_set_new(root, "close_missing", open);
	view_flag(root, "any_close_missing", json_array_size(open) > 0);
}

/* R3: from 4 down to 1, with the marks of the form. */
static void
put_levels(const struct picture *v, json_t *root)
{
	int	 now = view_sees(v, "level") ? v->s->incident->level : 0;
	json_t	*list = json_array(), *one;

	for (int n = LEVELS - 1; n >= 1; n--) {
		if (v->p->levels[n].text.zh == NULL)
			continue;
		one = json_pack("{s:i,s:s?,s:s,s:s,s:b,s:b}", "level", n,
		    "text", words_in(&v->p->levels[n].text, v->lang), "mark",
		    n == now ? "■" : "□", "blank", "□", "chosen", n == now,
		    "first", json_array_size(list) == 0);
		(void)json_array_append_new(list, one);
		if (n == now)
			view_put(root, "level_text",
			    words_in(&v->p->levels[n].text, v->lang));
	}
	(void)json_object_set_new(root, "levels", list);
	view_flag(root, "level_set", now > 0);
	if (now > 0)
		(void)json_object_set_new(root, "level", json_integer(now));
}

/* The words that the field "status" takes. */
static void
put_statuses(const struct picture *v, json_t *root)
{
	static const enum incident_state settable[] = {
		INC_IN_PROGRESS, INC_CONTAINED, INC_RECOVERED, INC_CLOSED,
		INC_FALSE_ALARM
	};
	const size_t	 n = sizeof(settable) / sizeof(settable[0]);
	json_t		*list = json_array();

	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(list, json_pack("{s:s,s:s,s:b}",
		    "name", incident_state_name(settable[i]), "label",
		    policy_state_label(v->p, settable[i], v->lang), "last",
		    i + 1 == n));
	(void)json_object_set_new(root, "statuses", list);
}

static void
put_states(const struct picture *v, json_t *root)
{
	enum incident_state	 now = v->s->incident->state;
	json_t			*list;

	if (!view_sees(v, "status"))
		return;
	list = json_array();
	for (int n = 0; n < INC_NSTATES; n++)
		(void)json_array_append_new(list, json_pack("{s:s,s:s?,s:b}",
		    "name", incident_state_name((enum incident_state)n),
		    "label", policy_state_label(v->p, (enum incident_state)n,
		    v->lang), "current", n == (int)now));
	(void)json_object_set_new(root, "states", list);
	view_flag(root, "ended", now == INC_CLOSED || now == INC_FALSE_ALARM ||
	    now == INC_MERGED || now == INC_TRANSFERRED);
	view_put(root, "state", incident_state_name(now));
	view_put(root, "state_label", policy_state_label(v->p, now, v->lang));
	(void)json_object_set_new(root, "is", json_pack("{s:b}",
	    incident_state_name(now), 1));
}

static json_t *
deadline_json(const struct picture *v, const struct deadline *d)
{
	const struct policy_deadline	*pd = policy_deadline(v->p, d->name);
	json_t				*o = json_object();

	view_put(o, "name", d->name);
	view_put(o, "label", pd == NULL ? d->name :
	    words_in(&pd->label, v->lang));
	view_put(o, "due", view_time(v->a, v->p, d->due_at, v->lang));
	view_flag(o, "overdue", d->due_at < v->now);
	view_put(o, "owner", d->owner);
	view_put(o, "owner_label", view_role_label(v, d->owner));
	(void)json_object_set_new(o, "fired", json_integer(d->fired));
	return o;
}

/* Open ones, first due first; mine are those the addressee owns. */
static void
put_deadlines(const struct picture *v, json_t *root)
{
	json_t	*list = json_array(), *mine = json_array();
	json_t	*others = json_array(), *o;
	size_t	 n = v->s->n_deadlines;
	int64_t	 last = INT64_MIN;

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
			o = deadline_json(v, d);
			(void)json_array_append(list, o);
			(void)json_array_append(d->owner != NULL &&
			    strcmp(d->owner, v->role) == 0 ? mine : others, o);
			json_decref(o);
		}
		if (next == INT64_MAX)
			break;
		last = next;
	}
	(void)json_object_set_new(root, "deadlines", list);
	view_flag(root, "any_mine", json_array_size(mine) > 0);
	view_flag(root, "any_others", json_array_size(others) > 0);
	(void)json_object_set_new(root, "mine", mine);
	(void)json_object_set_new(root, "others", others);
}

/* What went outside, to whom and how far it came (R12). */
static void
put_external(const struct picture *v, json_t *root)
{
	json_t	*list = json_array();

	for (size_t i = 0; i < v->s->n_items; i++) {
		const struct outbox_item *it = &v->s->items[i];
		json_t	*o;

		if (it->revision == 0 ||
		    !policy_has(&v->p->forward_roles, it->role))
			continue;
		o = json_pack("{s:s,s:i,s:s,s:b,s:b}", "channel",
		    channel_kind_name(it->channel), "revision", it->revision,
		    "state", outbox_state_name(it->state), "accepted",
		    it->state == OUT_ACCEPTED, "failed",
		    it->state == OUT_REFUSED || it->state == OUT_EXPIRED);
		view_put(o, "role", it->role);
		view_put(o, "label", view_role_label(v, it->role));
		view_put(o, "to", it->to_addr);
		view_put(o, "last", it->last);
		if (it->settled_at != 0)
			view_put(o, "at", view_time(v->a, v->p,
			    it->settled_at, v->lang));
		(void)json_array_append_new(list, o);
	}
	view_flag(root, "any_external", json_array_size(list) > 0);
	(void)json_object_set_new(root, "external", list);
}

/* The numbers that receivers gave the incident in their own books: the last
 * one of each role counts. */
static void
put_numbers(const struct picture *v, json_t *root)
{
	json_t		*by_role = json_object(), *list = json_array(), *js;
	const char	*role, *number;
	json_t		*value, *o;

	for (size_t i = 0; i < v->s->n_journal; i++) {
		if (strcmp(v->s->journal[i].event, "receiver_number") != 0)
			continue;
		js = json_loads(v->s->journal[i].detail, 0, NULL);
		role = json_string_value(json_object_get(js, "role"));
		if (role != NULL)
			(void)json_object_set(by_role, role,
			    json_object_get(js, "number"));
		json_decref(js);
	}
	json_object_foreach(by_role, role, value) {
		number = view_squash(v->a, json_string_value(value), 1);
		o = json_object();
		view_put(o, "role", role);
		view_put(o, "label", view_role_label(v, role));
		view_put(o, "number", number);
		(void)json_array_append_new(list, o);
		if (strcmp(role, v->role) == 0)
			view_put(root, "their_number", number);
	}
	(void)json_object_set_new(root, "numbers", list);
	json_decref(by_role);
}

void
view_lists(const struct picture *v, json_t *root)
{
	put_fields(v, root);
	put_form(v, root);
	put_checklist(v, root);
	put_close(v, root);
	put_levels(v, root);
	put_states(v, root);
	put_statuses(v, root);
	if (view_sees(v, "status"))
		put_deadlines(v, root);
	if (view_sees(v, "level")) {
		put_external(v, root);
		put_numbers(v, root);
	}
}
