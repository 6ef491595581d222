#include "incident/view_parts.h"

#include <string.h>

#include "base/civil.h"

#define SCHEMA	"tocsin/incident-report/1"	/* doc/payload.schema.json */

static json_t *
time_or_null(const struct picture *v, int64_t utc)
{
	char	s[RFC3339_SIZE];

	return utc == 0 ? json_null() : json_string(rfc3339(s, utc,
	    v->p->zone));
}

static json_t *
string_or_null(const char *s)
{
	json_t	*v = s == NULL ? NULL : json_string(s);

	return v == NULL ? json_null() : v;
}

/* A field's value as it was read, or null: unknown or not for this one. */
static json_t *
value_of(const struct picture *v, const char *name)
{
	struct chosen	 c;
	const char	*text;

	if (!view_sees(v, name))
		return json_null();
	if (strcmp(name, "level") == 0)
		return v->s->incident->level == 0 ? json_null() :
		    json_integer(v->s->incident->level);
	view_choose(v, name, &c);
	if (c.value != NULL)
		return datum_json(c.value);
	text = view_text(v, name, &c);
	return string_or_null(text);
}

/* The same as a text for people, or null. */
static json_t *
text_of(const struct picture *v, const char *name)
{
	struct chosen	 c;

	if (!view_sees(v, name))
		return json_null();
	view_choose(v, name, &c);
	return string_or_null(view_text(v, name, &c));
}

static json_t *
fields_json(const struct picture *v, const char *const *names, size_t n)
{
	json_t	*o = json_object();

	for (size_t i = 0; i < n; i++)
		(void)json_object_set_new(o, names[i], json_pack(
		    "{s:s,s:o}", "label", policy_field_label(v->p, names[i],
		    v->lang), "value", value_of(v, names[i])));
	return o;
}
#define FIELDS(v, a)	fields_json(v, a, sizeof(a) / sizeof((a)[0]))

static json_t *
times_json(const struct picture *v)
{
	const struct incident	*i = v->s->incident;

	return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}",
	    "occurred_at", value_of(v, "occurred_at"),
	    "reported_at", value_of(v, "reported_at"),
	    "received_at", time_or_null(v, i->received_at),
	    "aware_at", time_or_null(v, view_sees(v, "aware_at") ?
	    i->aware_at : 0),
	    "level_set_at", time_or_null(v, view_sees(v, "level") ?
	    i->level_set_at : 0),
	    "contained_at", time_or_null(v, view_sees(v, "contained_at") ?
	    i->contained_at : 0),
	    "recovered_at", time_or_null(v, view_sees(v, "recovered_at") ?
	    i->recovered_at : 0),
	    "generated_at", time_or_null(v, v->now));
}

static json_t *
level_json(const struct picture *v)
{
	int	n = v->s->incident->level;

	if (n < 1 || n >= LEVELS || !view_sees(v, "level"))
		return json_null();
	return json_pack("{s:i,s:o}", "value", n, "text",
	    string_or_null(words_in(&v->p->levels[n].text, v->lang)));
}

static json_t *
category_json(const struct picture *v)
{
	const struct incident		*i = v->s->incident;
	const struct policy_category	*c;

	if (i->category == NULL || !view_sees(v, "category"))
		return json_null();
	c = policy_category(v->p, i->category);
	return json_pack("{s:s,s:o,s:o}", "value", i->category, "label",
	    string_or_null(c == NULL ? NULL : words_in(&c->label, v->lang)),
	    "source", string_or_null(i->category_source));
}

/* NCERT's form knows two groups: broken into, or not. */
static json_t *
group_json(const struct picture *v)
{
	const char	*c = v->s->incident->category;

	if (c == NULL || !view_sees(v, "category"))
		return json_null();
	return json_string(strcmp(c, "external_intrusion") == 0 ?
	    "intrusion" : "other");
}

/* The same facts under the names of the form that NCERT's site asks for. */
static json_t *
ncert_json(const struct picture *v)
{
	const struct incident	*i = v->s->incident;
	const struct conf_role	*team = conf_role(v->conf, "team");
	json_t			*phone = text_of(v, "handler_phone");
	json_t			*support = text_of(v, "support");
	int			 wants = json_is_string(support);

	if (json_is_null(phone))
		phone = string_or_null(v->conf->phone);
	return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,"
	    "s:b,s:o,s:{s:o,s:o,s:o},s:b,s:o,s:o,s:b,s:o,s:o}",
	    "filled_at", time_or_null(v, v->now),
	    "agency", string_or_null(v->conf->agency),
	    "reporter", text_of(v, "handler_name"),
	    "phone", phone,
	    "fax", string_or_null(team == NULL ? NULL : team->fax),
	    "email", string_or_null(v->conf->address),
	    "aware_at", time_or_null(v, view_sees(v, "aware_at") ?
	    i->aware_at : 0),
	    "occurred_at", value_of(v, "occurred_at"),
	    "group", group_json(v),
	    "category", category_json(v),
	    "description", text_of(v, "description"),
	    "impact_scope", text_of(v, "impact"),
	    "drill", i->drill,
	    "level", value_of(v, "level"),
	    "impact", "confidentiality", value_of(v, "confidentiality"),
	    "integrity", value_of(v, "integrity"), "availability",
	    value_of(v, "availability"),
	    "support_needed", wants,
	    "support", support,
	    "measures", text_of(v, "measures"),
	    "contained_or_recovered", i->contained_at != 0 ||
	    i->recovered_at != 0,
	    "cause", text_of(v, "cause"),
	    "improvement", text_of(v, "improvement"));
}

json_t *
payload_head(const struct picture *v, const char *schema, const char *kind,
    int revision, const char *key)
{
	const struct incident	*i = v->s->incident;
	int			 down = i->level > 0 && i->reported_level >
	    i->level;

	return json_pack("{s:s,s:s,s:s,s:i,s:s,s:s,s:b,s:{s:o,s:o,s:o,s:o},"
	    "s:{s:s,s:i},s:o}",
	    "schema", schema, "kind", kind, "tracking", i->tracking,
	    "revision", revision, "report", revision <= 1 ? "first" :
	    down ? "correction" : "followup", "idempotency_key", key,
	    "drill", i->drill, "agency",
	    "name", string_or_null(v->conf->agency),
	    "name_en", string_or_null(v->conf->agency_en),
	    "address", string_or_null(v->conf->address),
	    "phone", string_or_null(v->conf->phone),
	    "policy", "id", i->policy == NULL ? v->p->id : i->policy,
	    "version", i->policy_version, "to", string_or_null(v->role));
}

static json_t *
payload(const struct picture *v, int revision, const char *key)
{
	static const char *const annex2[] = {
		"handler_name", "handler_phone", "received_at", "handled_at",
		"level", "impact", "damage", "support", "facts", "measures"
	};
	static const char *const annex1[] = {
		"unit", "name", "phone", "occurred_at", "reported_at",
		"description"
	};
	const char	*to = view_successor(v), *into = view_into(v);
	json_t		*o = payload_head(v, SCHEMA, "annex2", revision, key);

	(void)json_object_set_new(o, "level", level_json(v));
	(void)json_object_set_new(o, "status", view_sees(v, "status") ?
	    json_string(incident_state_name(v->s->incident->state)) :
	    json_null());
	if (to != NULL)
		(void)json_object_set_new(o, "transferred_to",
		    json_string(to));
	if (into != NULL)
		(void)json_object_set_new(o, "merged_into",
		    json_string(into));
	(void)json_object_set_new(o, "category", category_json(v));
	(void)json_object_set_new(o, "numbers", view_sees(v, "level") ?
	    datum_json(view_numbers(v)) : json_array());
	(void)json_object_set_new(o, "times", times_json(v));
	(void)json_object_set_new(o, "annex1", FIELDS(v, annex1));
	(void)json_object_set_new(o, "annex2", FIELDS(v, annex2));
	(void)json_object_set_new(o, "ncert", ncert_json(v));
	return o;
}

json_t *
view_payload(const struct policy *p, const struct conf *conf,
    const struct situation *s, const struct addressee *to, int revision,
    const char *idempotency_key, int64_t now)
{
	struct picture	 v = { .p = p, .conf = conf, .s = s, .now = now,
	    .lang = "zh-TW" };
	json_t		*o;

	v.role = to->role == NULL ? "other" : to->role;
	v.a = arena_new();
	if (to->lang != NULL && strcmp(to->lang, "en") == 0)
		v.lang = "en";
	o = payload(&v, revision, idempotency_key);
	arena_free(&v.a);
	return o;
}
