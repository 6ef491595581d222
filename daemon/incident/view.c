#include "incident/view_parts.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "base/civil.h"

#define COMMON_KEYS	56u	/* about as many there are */
#define OWN_KEYS	24u
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

static struct datum *
role_datum(const struct picture *v, const char *role)
{
	const struct conf_role	*r = conf_role(v->conf, role);
	struct datum		*o = datum_object(v->a);

	datum_put(o, "role", role);
	datum_put(o, "label", view_role_label(v, role));
	if (r != NULL) {
		datum_put(o, "phone", r->phone);
		datum_put(o, "fax", r->fax);
	}
	return o;
}

static void
make_house(void *arg, struct datum *into)
{
	struct picture	*v = arg;
	struct datum	*o = datum_object(v->a);

	datum_set(into, "team", role_datum(v, "team"));
	datum_put(into, "now", view_time(v->a, v->p, v->now, v->lang));
	datum_put(o, "id", v->p->id);
	datum_put_int(o, "version", v->p->version);
	datum_put(o, "title", words_in(&v->p->title, v->lang));
	datum_set(into, "policy", o);
	datum_set(into, "today", view_date(v));
}

static void
make_addressee(void *arg, struct datum *into)
{
	struct picture	*v = arg;
	struct datum	*o = role_datum(v, v->role);

	datum_put(o, "name", v->to->name);
	datum_put(o, "addr", v->to->addr);
	datum_set(into, "to", o);
	o = datum_object(v->a);
	datum_put_flag(o, v->role, 1);
	datum_set(into, "for", o);
}

/* Who we are, whom we write to, and when. */
static void
put_house(struct picture *v)
{
	const struct conf	*c = v->conf;
	const char		*agency = c->agency;

	if (strncmp(v->lang, "zh", 2) != 0 && c->agency_en != NULL)
		agency = c->agency_en;
	datum_put(v->root, "lang", v->lang);
	datum_put(v->root, "agency", agency);
	datum_put(v->root, "address", c->address);
	datum_put(v->root, "team_phone", c->phone);
	datum_put_flag(v->root, "impact_levels", v->p->impact_levels);
	LATER(v, make_house, "team", "now", "policy", "today");
}

static const struct {
	const char	*key, *field;
	size_t		 at;		/* in the incident */
} times[] = {
	{ "received", NULL, offsetof(struct incident, received_at) },
	{ "occurred", "occurred_at", offsetof(struct incident, occurred_at) },
	{ "reported", "reported_at", offsetof(struct incident, reported_at) },
	{ "aware", "aware_at", offsetof(struct incident, aware_at) },
	{ "first_action", NULL, offsetof(struct incident, first_action_at) },
	{ "level_set", "level", offsetof(struct incident, level_set_at) },
	{ "external_sent", "level",
	    offsetof(struct incident, external_sent_at) },
	{ "contained", "status", offsetof(struct incident, contained_at) },
	{ "recovered", "status", offsetof(struct incident, recovered_at) },
	{ "final_report", "status",
	    offsetof(struct incident, final_report_at) },
	{ "closed", "status", offsetof(struct incident, closed_at) },
};
#define TIMES	(sizeof(times) / sizeof(times[0]))

static struct datum *
one_time(void *arg, const char *key)
{
	const struct picture	*v = arg;
	int64_t			 at;
	size_t			 n = 0;

	while (times[n].key != key)
		n++;
	memcpy(&at, (const char *)v->s->incident + times[n].at, sizeof(at));
	if (at == 0 || (times[n].field != NULL &&
	    !view_sees(v, times[n].field)))
		return NULL;
	return datum_text(v->a, view_time(v->a, v->p, at, v->lang));
}

static void
make_times(void *arg, struct datum *into)
{
	struct picture	*v = arg;
	struct datum	*o = datum_object(v->a);
	const char	*keys[TIMES + 1] = { NULL };

	for (size_t n = 0; n < TIMES; n++)
		keys[n] = times[n].key;
	datum_later_each(o, keys, one_time, v);
	datum_set(into, "times", o);
}

static const struct policy_category *
category_of(const struct picture *v)
{
	const char	*name = v->s->incident->category;

	return name != NULL && view_sees(v, "category") ?
	    policy_category(v->p, name) : NULL;
}

/* R30: a guess is called one; without a category the general text. */
static void
put_category(struct picture *v)
{
	const struct policy_category	*cat = category_of(v);
	const char			*source;
	struct datum			*o;

	datum_put(v->root, "instructions", words_in(cat != NULL ?
	    &cat->instructions : &v->p->general_instructions, v->lang));
	if (cat == NULL)
		return;
	source = v->s->incident->category_source;
	o = datum_object(v->a);
	datum_put(o, "name", cat->name);
	datum_put_flag(o, "guessed", source != NULL &&
	    strcmp(source, "keyword") == 0);
	datum_put(o, "label", words_in(&cat->label, v->lang));
	datum_put(o, "source", source);
	datum_set(v->root, "category", o);
}

static const char *
verdict_label(const struct picture *v, const char *verdict)
{
	for (size_t i = 0; i < v->p->n_verdicts; i++)
		if (strcmp(v->p->verdicts[i].name, verdict) == 0)
			return words_in(&v->p->verdicts[i].label, v->lang);
	return verdict;
}

#define PUT_SPAN(v, o, key, n)	put_span(v, o, key, key "_text", n)

static void
put_span(const struct picture *v, struct datum *o, const char *key,
    const char *key_text, int64_t n)
{
	datum_put_int(o, key, n);
	datum_put(o, key_text, view_span(v->a, n, v->lang));
}

/* R4, and R29: nobody is reproached for running from a fire. */
static void
make_timing(void *arg, struct datum *into)
{
	struct picture			*v = arg;
	const struct incident		*i = v->s->incident;
	const struct policy_category	*cat = category_of(v);
	const char			*verdict = i->verdict;
	struct datum			*o = datum_object(v->a);

	if (verdict == NULL)
		verdict = "unknown";
	datum_put(o, "verdict", verdict);
	datum_set(o, "label", datum_text(v->a, verdict_label(v, verdict)));
	datum_put_flag(o, verdict, 1);
	PUT_SPAN(v, o, "limit_minutes", v->p->report_limit / 60);
	datum_put_flag(o, "remark", strcmp(verdict, "on_time") != 0 &&
	    (cat == NULL || cat->reproach));
	if (i->occurred_at != 0 && i->reported_at >= i->occurred_at)
		PUT_SPAN(v, o, "minutes",
		    (i->reported_at - i->occurred_at) / 60);
	datum_set(into, "timing", o);
}

/* The roles that are told at once when an incident is opened (R7). */
static void
make_told(void *arg, struct datum *into)
{
	struct picture			*v = arg;
	const struct policy_strings	*roles = &v->p->notify_opened;
	struct datum			*list = datum_list(v->a), *o;

	for (size_t i = 0; i < roles->n; i++) {
		o = datum_object(v->a);
		datum_put(o, "role", roles->v[i]);
		datum_set(o, "label", datum_text(v->a, view_role_label(v,
		    roles->v[i])));
		datum_put_flag(o, "last", i + 1 == roles->n);
		datum_append(list, o);
	}
	datum_set(into, "told", list);
}

/* What has no column, and what waits for a second person. */
static void
make_records(void *arg, struct datum *into)
{
	struct picture		*v = arg;
	const struct { const char *key, *text; } records[] = {
		{ "extra", v->s->incident->extra },
		{ "pending", v->s->incident->pending },
	};
	json_t	*j;

	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		j = records[i].text == NULL ? NULL :
		    json_loads(records[i].text, 0, NULL);
		if (j != NULL)
			datum_set(into, records[i].key,
			    datum_copy_json(v->a, j));
		json_decref(j);
	}
}

/* A text of incident.extra, in the arena, or NULL. */
static const char *
extra_text(const struct picture *v, const char *key)
{
	const char	*extra = v->s->incident->extra, *s;
	json_t		*j = extra != NULL ? json_loads(extra, 0, NULL) : NULL;

	s = view_squash(v->a, json_string_value(json_object_get(j, key)), 1);
	json_decref(j);
	return s;
}

const char *
view_successor(const struct picture *v)
{
	return view_sees(v, "transferred_to") ? extra_text(v,
	    "transferred_to") : NULL;
}

const char *
view_into(const struct picture *v)
{
	return view_sees(v, "status") ? extra_text(v, "into") : NULL;
}

static void
make_where(void *arg, struct datum *to)
{
	datum_put(to, "transferred_to", view_successor(arg));
	datum_put(to, "into", view_into(arg));
}

static void
put_incident(struct picture *v)
{
	const struct incident	*i = v->s->incident;

	datum_put(v->root, "tracking", i->tracking);
	datum_put_flag(v->root, "drill", i->drill);
	if (view_sees(v, "unit"))
		datum_put(v->root, "unit", view_squash(v->a, i->unit, 1));
	if (view_sees(v, "name"))
		datum_put(v->root, "reporter_name",
		    view_squash(v->a, i->reporter_name, 1));
	if (view_sees(v, "email"))
		datum_put(v->root, "reporter_addr", i->reporter_addr);
	datum_put_int(v->root, "revision", i->revision);
	datum_put_flag(v->root, "mandatory", view_sees(v, "level") &&
	    v->p->meeting[i->level] != NULL &&
	    strcmp(v->p->meeting[i->level], "mandatory") == 0);
	LATER(v, make_times, "times");
	put_category(v);
	if (view_sees(v, "occurred_at"))
		LATER(v, make_timing, "timing");
	LATER(v, make_told, "told");
	view_lists(v);
	LATER(v, make_where, "transferred_to", "into");
	if (view_sees(v, "note"))
		LATER(v, make_records, "extra", "pending");
}

/* So many minutes. */
static int
is_span_key(const char *key)
{
	size_t	n = strlen(key);

	return strcmp(key, "minutes") == 0 ||
	    (n > 8 && strcmp(key + n - 8, "_minutes") == 0);
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
time_of(const struct picture *v, const char *key, const struct datum *value)
{
	int64_t	utc = value->kind == DATUM_INT ? value->u.num : 0;

	if (value->kind == DATUM_TEXT &&
	    rfc3339_parse(value->u.text, &utc) != 0)
		return value->u.text;
	if (utc < SECOND_OF_2001)
		return NULL;
	return (strcmp(key, "due") == 0 ? view_due : view_time)(v->a, v->p,
	    utc, v->lang);
}

/* Others give a label in Chinese, and label_en when there is one. */
static void
say_label(const struct picture *v, struct datum *o)
{
	struct datum	*en = datum_get(o, "label_en");

	if (strncmp(v->lang, "zh", 2) != 0 && datum_is(en, DATUM_TEXT))
		datum_set(o, "label", en);
}

static void
add_missing(const struct picture *v, struct datum *o, const char *key,
    const char *suffix, const char *text)
{
	key = arena_printf(v->a, "%s%s", key, suffix);
	if (datum_get(o, key) == NULL)
		datum_put(o, key, text);
}

/* Give each time in the data of others (UTC seconds) its text: due, due_text;
 * and each role its label: owner, owner_label. */
static void
say_times(const struct picture *v, struct datum *o)
{
	uint32_t	 n = o->n;	/* not what is added */
	struct datum	*value;
	const char	*key, *text;

	for (uint32_t i = 0; o->kind == DATUM_LIST && i < n; i++)
		say_times(v, o->u.list[i]);
	if (o->kind != DATUM_OBJECT)
		return;
	for (uint32_t i = 0; i < n; i++) {
		value = datum_member(o, i, &key);
		if (value == NULL)
			continue;
		say_times(v, value);
		text = is_time_key(key) ? time_of(v, key, value) :
		    is_span_key(key) && value->kind == DATUM_INT ?
		    view_span(v->a, value->u.num, v->lang) : NULL;
		if (text != NULL)
			add_missing(v, o, key, "_text", text);
		if (value->kind == DATUM_TEXT && (strcmp(key, "owner") == 0 ||
		    strcmp(key, "role") == 0))
			add_missing(v, o, key, "_label",
			    view_role_label(v, value->u.text));
	}
	say_label(v, o);
}

/* Each line of a transcript has its result in both languages: take ours; and
 * what stood there, quoted harmlessly. */
static void
say_results(const struct picture *v, struct datum *lines)
{
	const char	*key = strncmp(v->lang, "zh", 2) == 0 ? "result_zh" :
	    "result_en";
	struct datum	*one, *s;
	int		 ok;

	for (uint32_t i = 0; datum_is(lines, DATUM_LIST) && i < lines->n;
	    i++) {
		one = lines->u.list[i];
		if (!datum_is(one, DATUM_OBJECT))
			continue;
		ok = datum_is(datum_get(one, "ok"), DATUM_TRUE);
		datum_put_flag(v->root, ok ? "any_done" : "any_refused", 1);
		s = datum_get(one, key);
		if (datum_is(s, DATUM_TEXT))
			datum_set(one, "result", s);
		datum_put(one, "text", view_squash(v->a,
		    datum_get_text(one, "text"), 1));
	}
}

static void
say_lines(const struct picture *v, struct datum *lines)
{
	struct datum	**one;

	for (uint32_t i = 0; datum_is(lines, DATUM_LIST) && i < lines->n;
	    i++) {
		one = &lines->u.list[i];
		if (datum_is(*one, DATUM_TEXT))
			*one = datum_text(v->a, view_squash(v->a,
			    (*one)->u.text, 1));
	}
}

static void
put_extra(struct picture *v, const json_t *extra)
{
	struct datum	*o, *in;

	if (!json_is_object(extra))
		return;
	o = datum_from_json(v->a, extra);
	in = datum_get(datum_get(o, "in"), v->lang);
	datum_set(o, "in", NULL);
	say_times(v, o);
	say_results(v, datum_get(o, "lines"));
	say_lines(v, datum_get(o, "text_lines"));
	say_lines(v, datum_get(o, "passed_lines"));
	datum_update(v->root, o);
	if (datum_is(in, DATUM_OBJECT))
		datum_update(v->root, in);
}

/* What follows from the data of others. */
static void
put_derived(struct picture *v)
{
	struct datum	*rev = datum_get(v->root, "revision");
	const char	*owner = datum_get_text(datum_get(v->root, "deadline"),
			    "owner");
	int64_t		 n = datum_is(rev, DATUM_INT) ? rev->u.num : 0;

	if (n > 0)
		datum_put(v->root, "revision_text",
		    arena_printf(v->a, "%02" PRId64, n));
	datum_put_flag(v->root, "first_report", n <= 1);
	datum_put_flag(v->root, "deadline_mine",
	    owner != NULL && strcmp(owner, v->role) == 0);
	if (datum_get(v->root, "may_order") == NULL)
		datum_put_flag(v->root, "may_order",
		    policy_has(&v->p->command_roles, v->role));
}

struct view *
view_open(const struct policy *p, const struct conf *conf,
    const struct situation *s, int64_t now, struct arena *a)
{
	struct view	*w = arena_alloc(a, sizeof(*w));

	w->p = p;
	w->conf = conf;
	w->s = s != NULL && s->incident != NULL ? s : NULL;
	w->now = now;
	w->a = a;
	w->chosen = arena_array(a, p->n_fields, sizeof(*w->chosen));
	return w;
}

/* The fields as shown in a language; a fifth one keeps none. */
static struct datum **
shown_in(struct view *w, const char *lang)
{
	size_t		 n = w->p->n_fields, i = 0;
	struct datum	**field;

	while (i < VIEW_LANGS && w->in[i].lang != NULL &&
	    strcmp(w->in[i].lang, lang) != 0)
		i++;
	if (i < VIEW_LANGS && w->in[i].lang != NULL)
		return w->in[i].field;
	field = arena_array(w->a, n, sizeof(struct datum *));
	if (i < VIEW_LANGS) {
		w->in[i].lang = lang;
		w->in[i].field = field;
	}
	return field;
}

/*
 * The root of everything that does not turn on who reads it: made once for all
 * who may see as much as the reader of like.
 */
static struct datum *
common_root(struct view *w, const struct picture *like)
{
	struct common	*c;
	struct picture	*v;

	for (c = w->common; c != NULL; c = c->next)
		if (strcmp(c->lang, like->lang) == 0 &&
		    c->sees_all == like->sees_all &&
		    (c->sees_all || c->disclosure == like->disclosure))
			return c->root;
	v = arena_alloc(w->a, sizeof(*v));
	*v = *like;
	v->role = NULL;
	v->to = NULL;
	v->missing = NULL;
	v->root = datum_object(w->a);
	datum_reserve(v->root, COMMON_KEYS);
	put_house(v);
	if (v->s != NULL)
		put_incident(v);
	c = arena_alloc(w->a, sizeof(*c));
	c->next = w->common;
	c->lang = v->lang;
	c->disclosure = v->disclosure;
	c->sees_all = v->sees_all;
	c->root = v->root;
	w->common = c;
	return c->root;
}

struct datum *
view_in(struct view *w, const struct addressee *to, const json_t *extra,
    const char *lang)
{
	struct picture	*v = arena_alloc(w->a, sizeof(*v));
	struct addressee *kept = arena_alloc(w->a, sizeof(*kept));

	*kept = *to;
	v->to = kept;
	v->view = w;
	v->p = w->p;
	v->conf = w->conf;
	v->s = w->s;
	v->now = w->now;
	v->a = w->a;
	v->lang = lang;
	v->role = to->role == NULL ? "other" : to->role;
	for (size_t i = 0; v->disclosure == NULL && i < w->p->n_disclosures;
	    i++)
		if (strcmp(w->p->disclosures[i].role, v->role) == 0)
			v->disclosure = &w->p->disclosures[i];
	v->sees_all = v->disclosure != NULL &&
	    policy_has(&v->disclosure->fields, "*");
	v->shown = shown_in(w, lang);
	v->missing = json_object_get(extra, "missing_fields");
	v->root = datum_over(w->a, common_root(w, v));
	datum_reserve(v->root, OWN_KEYS);
	LATER(v, make_addressee, "to", "for");
	if (v->s != NULL)
		view_own_lists(v);
	put_extra(v, extra);
	put_derived(v);
	return v->root;
}

json_t *
view_make(const struct policy *p, const struct conf *conf,
    const struct situation *s, const struct addressee *to,
    const json_t *extra, int64_t now)
{
	const char	*langs = to->lang == NULL ? "zh-TW" : to->lang, *lang;
	struct arena	*a = arena_new();
	struct view	*w = view_open(p, conf, s, now, a);
	json_t		*root, *in = json_object();
	size_t		 n = strcspn(langs, "+");

	root = datum_json(view_in(w, to, extra, arena_strndup(a, langs, n)));
	for (langs += n; *langs == '+'; langs += n) {
		n = strcspn(++langs, "+");
		lang = arena_strndup(a, langs, n);
		(void)json_object_set_new(in, lang, datum_json(view_in(w, to,
		    extra, lang)));
	}
	if (json_object_size(in) > 0)
		(void)json_object_set(root, "in", in);
	json_decref(in);
	arena_free(&a);
	return root;
}
