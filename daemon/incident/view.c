#include "incident/view_parts.h"

#include <string.h>

#include "base/civil.h"

#define SECOND_OF_2001	978307200	/* smaller numbers are counts */

const char *
view_role_label(const struct picture *v, const char *role)
{
	const struct conf_role	*r;

	if (role == NULL)
		return NULL;
	r = conf_role(v->conf, role);
	if (r == NULL)
		return strcmp(role, "reporter") == 0 ? NULL : role;
	if (strncmp(v->lang, "zh", 2) != 0 && r->label_en != NULL)
		return r->label_en;
	return r->label != NULL ? r->label : role;
}

static json_t *
role_json(const struct picture *v, const char *role)
{
	const struct conf_role	*r = conf_role(v->conf, role);
	json_t			*o = json_object();

	view_put(o, "role", role);
	view_put(o, "label", view_role_label(v, role));
	if (r != NULL) {
		view_put(o, "phone", r->phone);
		view_put(o, "fax", r->fax);
	}
	return o;
}

/* Who we are, whom we write to, and when. */
static void
put_house(const struct picture *v, const struct addressee *to, json_t *root)
{
	const struct conf	*c = v->conf;
	const char		*agency = c->agency;
	json_t			*o;

	if (strncmp(v->lang, "zh", 2) != 0 && c->agency_en != NULL)
		agency = c->agency_en;
	view_put(root, "lang", v->lang);
	view_put(root, "agency", agency);
	view_put(root, "address", c->address);
	view_put(root, "team_phone", c->phone);
	(void)json_object_set_new(root, "team", role_json(v, "team"));
	view_put(root, "now", view_time(v->a, v->p, v->now, v->lang));
	o = role_json(v, v->role);
	view_put(o, "name", to->name);
	view_put(o, "addr", to->addr);
	(void)json_object_set_new(root, "to", o);
	(void)json_object_set_new(root, "for", json_pack("{s:b}", v->role, 1));
	o = json_object();
	view_put(o, "id", v->p->id);
	(void)json_object_set_new(o, "version", json_integer(v->p->version));
	view_put(o, "title", words_in(&v->p->title, v->lang));
	(void)json_object_set_new(root, "policy", o);
	(void)json_object_set_new(root, "today", view_date(v));
}

static void
put_times(const struct picture *v, json_t *root)
{
	const struct incident	*i = v->s->incident;
	const struct { const char *key, *field; int64_t at; } times[] = {
		{ "received", NULL, i->received_at },
		{ "occurred", "occurred_at", i->occurred_at },
		{ "reported", "reported_at", i->reported_at },
		{ "aware", "aware_at", i->aware_at },
		{ "first_action", NULL, i->first_action_at },
		{ "level_set", "level", i->level_set_at },
		{ "external_sent", "level", i->external_sent_at },
		{ "contained", "status", i->contained_at },
		{ "recovered", "status", i->recovered_at },
		{ "final_report", "status", i->final_report_at },
		{ "closed", "status", i->closed_at },
	};
	json_t	*o = json_object();

	for (size_t n = 0; n < sizeof(times) / sizeof(times[0]); n++)
		if (times[n].at != 0 && (times[n].field == NULL ||
		    view_sees(v, times[n].field)))
			view_put(o, times[n].key, view_time(v->a, v->p,
			    times[n].at, v->lang));
	(void)json_object_set_new(root, "times", o);
}

/* R30: a guess is called one; without a category the general text. */
static const struct policy_category *
put_category(const struct picture *v, json_t *root)
{
	const struct incident		*i = v->s->incident;
	const struct policy_category	*cat = NULL;
	const char			*source = i->category_source;
	const char			*text;
	json_t				*o;

	if (i->category != NULL && view_sees(v, "category"))
		cat = policy_category(v->p, i->category);
	text = words_in(cat != NULL ? &cat->instructions :
	    &v->p->general_instructions, v->lang);
	view_put(root, "instructions", text);
	if (cat == NULL)
		return NULL;
	o = json_pack("{s:s,s:b}", "name", cat->name, "guessed",
	    source != NULL && strcmp(source, "keyword") == 0);
	view_put(o, "label", words_in(&cat->label, v->lang));
	view_put(o, "source", source);
	(void)json_object_set_new(root, "category", o);
	return cat;
}

static const char *
verdict_label(const struct picture *v, const char *verdict)
{
	for (size_t i = 0; i < v->p->n_verdicts; i++)
		if (strcmp(v->p->verdicts[i].name, verdict) == 0)
			return words_in(&v->p->verdicts[i].label, v->lang);
	return verdict;
}

/* R4, and R29: nobody is reproached for running from a fire. */
static void
put_timing(const struct picture *v, const struct policy_category *cat,
    json_t *root)
{
	const struct incident	*i = v->s->incident;
	const char		*verdict = i->verdict;
	json_t			*o;

	if (!view_sees(v, "occurred_at"))
		return;
	if (verdict == NULL)
		verdict = "unknown";
	o = json_pack("{s:s,s:s?,s:b,s:I,s:b}", "verdict", verdict, "label",
	    verdict_label(v, verdict), verdict, 1, "limit_minutes",
	    (json_int_t)(v->p->report_limit / 60), "remark",
	    strcmp(verdict, "on_time") != 0 &&
	    (cat == NULL || cat->reproach));
	if (i->occurred_at != 0 && i->reported_at >= i->occurred_at)
		(void)json_object_set_new(o, "minutes", json_integer(
		    (i->reported_at - i->occurred_at) / 60));
	(void)json_object_set_new(root, "timing", o);
}

/* The roles that are told at once when an incident is opened (R7). */
static void
put_told(const struct picture *v, json_t *root)
{
	const struct policy_strings	*roles = &v->p->notify_opened;
	json_t				*list = json_array();

	for (size_t i = 0; i < roles->n; i++)
		(void)json_array_append_new(list, json_pack("{s:s,s:s?,s:b}",
		    "role", roles->v[i], "label",
		    view_role_label(v, roles->v[i]), "last",
		    i + 1 == roles->n));
	(void)json_object_set_new(root, "told", list);
}

static void
put_incident(const struct picture *v, json_t *root)
{
	const struct incident		*i = v->s->incident;
	const struct policy_category	*cat;
	json_t				*o;

	view_put(root, "tracking", i->tracking);
	view_flag(root, "drill", i->drill);
	if (view_sees(v, "unit"))
		view_put(root, "unit", view_squash(v->a, i->unit, 1));
	if (view_sees(v, "name"))
		view_put(root, "reporter_name",
		    view_squash(v->a, i->reporter_name, 1));
	(void)json_object_set_new(root, "revision", json_integer(i->revision));
	put_times(v, root);
	cat = put_category(v, root);
	put_timing(v, cat, root);
	put_told(v, root);
	view_lists(v, root);
	if (v->extra != NULL && view_sees(v, "note")) {
		o = json_deep_copy(v->extra);
		(void)json_object_set_new(root, "extra", o);
	}
	if (i->pending != NULL && view_sees(v, "note")) {
		o = json_loads(i->pending, 0, NULL);
		if (o != NULL)
			(void)json_object_set_new(root, "pending", o);
	}
}

static int
is_time_key(const char *key)
{
	size_t	n = strlen(key);

	return strcmp(key, "due") == 0 || strcmp(key, "since") == 0 ||
	    strcmp(key, "at") == 0 || strcmp(key, "until") == 0 ||
	    (n > 3 && strcmp(key + n - 3, "_at") == 0);
}

static const char *
time_of(const struct picture *v, const json_t *value)
{
	const char	*s = json_string_value(value);
	int64_t		 utc = json_integer_value(value);

	if (s != NULL && rfc3339_parse(s, &utc) != 0)
		return arena_strdup(v->a, s);
	return utc < SECOND_OF_2001 ? NULL :
	    view_time(v->a, v->p, utc, v->lang);
}

/* Others give a label in Chinese, and label_en when there is one. */
static void
say_label(const struct picture *v, json_t *o)
{
	json_t	*en = json_object_get(o, "label_en");

	if (strncmp(v->lang, "zh", 2) != 0 && json_is_string(en))
		(void)json_object_set(o, "label", en);
}

/* Give each time in the data of others (UTC seconds) its text: due, due_text;
 * and each role its label: owner, owner_label. */
static void
say_times(const struct picture *v, json_t *o)
{
	json_t		*value, *add = json_object();
	const char	*key, *text;
	size_t		 i;

	if (json_is_array(o))
		json_array_foreach(o, i, value)
			say_times(v, value);
	if (json_is_object(o))
		json_object_foreach(o, key, value) {
			say_times(v, value);
			text = is_time_key(key) ? time_of(v, value) : NULL;
			if (text != NULL)
				view_put(add, arena_printf(v->a, "%s_text",
				    key), text);
			if (json_is_string(value) &&
			    (strcmp(key, "owner") == 0 ||
			    strcmp(key, "role") == 0))
				view_put(add, arena_printf(v->a, "%s_label",
				    key), view_role_label(v,
				    json_string_value(value)));
		}
	if (json_is_object(o)) {
		(void)json_object_update_missing(o, add);
		say_label(v, o);
	}
	json_decref(add);
}

/* Each line of a transcript has its result in both languages: take ours; and
 * what stood there, quoted harmlessly. */
static void
say_results(const struct picture *v, json_t *lines)
{
	const char	*key = strncmp(v->lang, "zh", 2) == 0 ? "result_zh" :
	    "result_en";
	json_t		*one, *s;
	size_t		 i;

	json_array_foreach(lines, i, one) {
		s = json_object_get(one, key);
		if (json_is_string(s))
			(void)json_object_set(one, "result", s);
		s = json_object_get(one, "text");
		if (json_is_string(s))
			view_put(one, "text", view_squash(v->a,
			    json_string_value(s), 1));
	}
}

static void
say_lines(const struct picture *v, json_t *lines)
{
	json_t	*one;
	size_t	 i;

	json_array_foreach(lines, i, one)
		if (json_is_string(one))
			(void)json_array_set_new(lines, i, json_string(
			    view_squash(v->a, json_string_value(one), 1)));
}

static void
put_extra(const struct picture *v, const json_t *extra, json_t *root)
{
	json_t	*o, *in;

	if (!json_is_object(extra))
		return;
	o = json_deep_copy(extra);
	in = json_incref(json_object_get(json_object_get(o, "in"), v->lang));
	(void)json_object_del(o, "in");
	say_times(v, o);
	say_results(v, json_object_get(o, "lines"));
	say_lines(v, json_object_get(o, "text_lines"));
	(void)json_object_update(root, o);
	if (in != NULL)
		(void)json_object_update(root, in);
	json_decref(in);
	json_decref(o);
}

/* What follows from the data of others. */
static void
put_derived(const struct picture *v, json_t *root)
{
	json_t		*rev = json_object_get(root, "revision");
	const char	*owner = json_string_value(json_object_get(
	    json_object_get(root, "deadline"), "owner"));
	long long	 n = json_integer_value(rev);

	if (n > 0)
		view_put(root, "revision_text",
		    arena_printf(v->a, "%02lld", n));
	view_flag(root, "first_report", n <= 1);
	view_flag(root, "deadline_mine",
	    owner != NULL && strcmp(owner, v->role) == 0);
}

/* The whole picture in one language. */
static json_t *
make(struct picture *v, const struct addressee *to, const json_t *extra)
{
	json_t	*root = json_object();

	v->missing = json_object_get(extra, "missing_fields");
	put_house(v, to, root);
	if (v->s != NULL)
		put_incident(v, root);
	put_extra(v, extra, root);
	put_derived(v, root);
	return root;
}

json_t *
view_make(const struct policy *p, const struct conf *conf,
    const struct situation *s, const struct addressee *to,
    const json_t *extra, int64_t now)
{
	const char	*langs = to->lang == NULL ? "zh-TW" : to->lang, *plus;
	struct picture	 v = { .p = p, .conf = conf, .now = now };
	json_t		*root, *in = json_object();
	size_t		 n;

	v.role = to->role == NULL ? "other" : to->role;
	v.s = s != NULL && s->incident != NULL ? s : NULL;
	v.a = arena_new();
	if (v.s != NULL && v.s->incident->extra != NULL)
		v.extra = json_loads(v.s->incident->extra, 0, NULL);
	n = strcspn(langs, "+");
	v.lang = arena_strndup(v.a, langs, n);
	root = make(&v, to, extra);
	for (plus = langs + n; *plus == '+'; plus += n) {
		n = strcspn(++plus, "+");
		v.lang = arena_strndup(v.a, plus, n);
		(void)json_object_set_new(in, v.lang, make(&v, to, extra));
	}
	if (json_object_size(in) > 0)
		(void)json_object_set(root, "in", in);
	json_decref(in);
	json_decref(v.extra);
	arena_free(&v.a);
	return root;
}
