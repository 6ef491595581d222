#include "incident/view_parts.h"

#include <string.h>

#include "base/civil.h"

#define SHOWN_MAX	6000	/* bytes of one value in a mail */

void
view_put(json_t *o, const char *key, const char *s)
{
	if (s != NULL)
		(void)json_object_set_new(o, key, json_string(s));
}

void
view_flag(json_t *o, const char *key, int on)
{
	(void)json_object_set_new(o, key, json_boolean(on));
}

int
view_sees(const struct picture *v, const char *field)
{
	return policy_discloses(v->p, v->role, field);
}

/* Bytes of the blank that s begins with: space, TAB, U+3000, or 0. */
static size_t
blank_at(const char *s, int one_line)
{
	if (*s == ' ' || *s == '\t' || (one_line && *s == '\n'))
		return 1;
	return strncmp(s, "\xe3\x80\x80", 3) == 0 ? 3 : 0;
}

const char *
view_squash(struct arena *a, const char *s, int one_line)
{
	char	*out, *p;
	size_t	 n;

	if (s == NULL)
		return NULL;
	out = p = arena_alloc(a, strlen(s) + 1);
	for (; *s != '\0'; s += n == 0 ? 1 : n) {
		n = blank_at(s, one_line);
		if (n == 0)
			*p++ = *s;
		else if (p > out && p[-1] != ' ' && p[-1] != '\n')
			*p++ = ' ';
	}
	return out;
}

static const char *
date_text(struct arena *a, const struct policy *p, const struct civil *c,
    const char *lang)
{
	if (strncmp(lang, "zh", 2) != 0)
		return arena_printf(a, "%04d-%02d-%02d", c->year, c->mon,
		    c->day);
	if (p->calendar_roc && c->year > 1911)
		return arena_printf(a, "中華民國%d年%02d月%02d日",
		    c->year - 1911, c->mon, c->day);
	return arena_printf(a, "%04d年%02d月%02d日", c->year, c->mon, c->day);
}

const char *
view_time(struct arena *a, const struct policy *p, int64_t utc,
    const char *lang)
{
	struct civil	 c;
	const char	*date;

	civil_from_utc(&c, utc, p->zone);
	date = date_text(a, p, &c, lang);
	if (strncmp(lang, "zh", 2) != 0)
		return arena_printf(a, "%s %02d:%02d", date, c.hour, c.min);
	return arena_printf(a, "%s %02d時%02d分", date, c.hour, c.min);
}

json_t *
view_date(const struct picture *v)
{
	struct civil	c;
	int		roc = v->p->calendar_roc;

	civil_from_utc(&c, v->now, v->p->zone);
	return json_pack("{s:i,s:i,s:i,s:b,s:s}", "year",
	    roc ? c.year - 1911 : c.year, "month", c.mon, "day", c.day, "roc",
	    roc, "text", date_text(v->a, v->p, &c, v->lang));
}

/* Who is believed first; strangers ("other") never. */
static int
rank(const char *role)
{
	if (role == NULL || strcmp(role, "reporter") == 0)
		return 1;
	if (strcmp(role, "other") == 0)
		return 0;
	return strcmp(role, "team") == 0 ? 3 : 2;
}

static int
weight(const struct incident_field *f)
{
	return rank(f->by_role) + (f->value != NULL ? 10 : 0);
}

static const struct incident_field *
best(const struct situation *s, const char *name)
{
	const struct incident_field	*found = NULL, *f;

	for (size_t i = 0; i < s->n_fields; i++) {
		f = &s->fields[i];
		if (strcmp(f->name, name) != 0 || rank(f->by_role) == 0)
			continue;
		/* A word that could not be read hides no readable one. */
		if (found == NULL || weight(f) >= weight(found))
			found = f;
	}
	return found;
}

static json_t *
time_json(int64_t utc, int zone)
{
	char	s[RFC3339_SIZE];

	return utc == 0 ? NULL : json_string(rfc3339(s, utc, zone));
}

/* What the incident's own columns say when no form did (R13). */
static json_t *
assumed(const struct picture *v, const char *name)
{
	const struct incident	*i = v->s->incident;
	const struct { const char *name; int64_t at; } times[] = {
		{ "occurred_at", i->occurred_at },
		{ "reported_at", i->reported_at },
		{ "aware_at", i->aware_at },
		{ "received_at", i->received_at },
		{ "handled_at", i->first_action_at },
		{ "contained_at", i->contained_at },
		{ "recovered_at", i->recovered_at },
	};
	const struct { const char *name, *s; } words[] = {
		{ "unit", i->unit }, { "name", i->reporter_name },
		{ "description", i->summary },
	};

	for (size_t n = 0; n < sizeof(times) / sizeof(times[0]); n++)
		if (strcmp(times[n].name, name) == 0)
			return time_json(times[n].at, v->p->zone);
	for (size_t n = 0; n < sizeof(words) / sizeof(words[0]); n++)
		if (strcmp(words[n].name, name) == 0)
			return json_string(words[n].s);
	return NULL;
}

void
view_choose(const struct picture *v, const char *name, struct chosen *c)
{
	memset(c, 0, sizeof(*c));
	if (v->s == NULL)
		return;
	/* Only the incident says its level and state (R10). */
	if (strcmp(name, "level") == 0 || strcmp(name, "status") == 0 ||
	    strcmp(name, "category") == 0) {
		c->assumed = 1;
		return;
	}
	c->field = best(v->s, name);
	if (c->field != NULL && c->field->value != NULL)
		c->value = json_loads(c->field->value, JSON_DECODE_ANY, NULL);
	if (json_is_null(c->value) || (json_is_string(c->value) &&
	    json_string_length(c->value) == 0)) {
		json_decref(c->value);
		c->value = NULL;
	}
	if (c->value == NULL && (c->value = assumed(v, name)) != NULL)
		c->assumed = 1;
}

static const char *
incident_text(const struct picture *v, const char *name)
{
	const struct incident		*i = v->s->incident;
	const struct policy_category	*cat;

	if (strcmp(name, "level") == 0)
		return i->level == 0 ? NULL :
		    arena_printf(v->a, "%d", i->level);
	if (strcmp(name, "status") == 0)
		return policy_state_label(v->p, i->state, v->lang);
	if (i->category == NULL)
		return NULL;
	cat = policy_category(v->p, i->category);
	return cat == NULL ? i->category : words_in(&cat->label, v->lang);
}

static const char *
string_text(const struct picture *v, const char *name, const json_t *value)
{
	const char	*s = json_string_value(value);
	struct civil	 c;
	int64_t		 utc;

	if (rfc3339_parse(s, &utc) == 0) {
		if (strcmp(name, "form_date") != 0)
			return view_time(v->a, v->p, utc, v->lang);
		civil_from_utc(&c, utc, v->p->zone);
		return date_text(v->a, v->p, &c, v->lang);
	}
	return arena_strdup(v->a, s);
}

static const char *
phone_text(const struct picture *v, const json_t *value)
{
	const char	*raw = json_string_value(json_object_get(value, "raw"));
	const char	*n = json_string_value(json_object_get(value, "e164"));
	const char	*ext = json_string_value(json_object_get(value, "ext"));

	if (raw != NULL || n == NULL)
		return arena_strdup(v->a, raw);
	return arena_printf(v->a, "%s%s%s", n, ext == NULL ? "" : "#",
	    ext == NULL ? "" : ext);
}

const char *
view_text(const struct picture *v, const char *name, const struct chosen *c)
{
	if (v->s != NULL && c->assumed && c->value == NULL)
		return incident_text(v, name);
	if (c->value == NULL)
		return NULL;
	switch (json_typeof(c->value)) {
	case JSON_STRING:
		return string_text(v, name, c->value);
	case JSON_INTEGER:
		return arena_printf(v->a, "%lld",
		    (long long)json_integer_value(c->value));
	case JSON_OBJECT:
		return phone_text(v, c->value);
	case JSON_TRUE:
		return "true";
	case JSON_FALSE:
		return "false";
	case JSON_REAL:
	case JSON_ARRAY:
	case JSON_NULL:
		break;
	}
	return NULL;
}

/* Cut what nobody would read in a mail; the whole text is in the record. */
static const char *
shown(struct arena *a, const char *s, int *cut)
{
	size_t	n = SHOWN_MAX;

	*cut = strlen(s) > n;
	if (!*cut)
		return s;
	while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	return arena_strndup(a, s, n);
}

static void
put_lines(json_t *o, struct arena *a, const char *s)
{
	json_t	*lines = json_array();
	size_t	 n;

	view_flag(o, "multi", strchr(s, '\n') != NULL);
	for (; *s != '\0'; s += n + (s[n] == '\n')) {
		n = strcspn(s, "\n");
		(void)json_array_append_new(lines,
		    json_string(arena_strndup(a, s, n)));
	}
	(void)json_object_set_new(o, "lines", lines);
}

/*
 * Words of a fixed set have no text of their own here: the template's partial
 * _value says what "ok" is called, by the key choice.ok.
 */
static void
put_value(json_t *o, const struct picture *v, const char *name,
    const struct chosen *c)
{
	static const char *const coded[] = {
		"ok", "fail", "not_done", "not_applicable"
	};
	const char	*text = view_text(v, name, c);
	int		 is_code = json_is_boolean(c->value), cut;

	if (text == NULL)
		return;
	for (size_t i = 0; strncmp(name, "check_", 6) == 0 &&
	    i < sizeof(coded) / sizeof(coded[0]); i++)
		if (strcmp(text, coded[i]) == 0)
			is_code = 1;
	text = view_squash(v->a, shown(v->a, text, &cut), 0);
	view_put(o, "value", text);
	view_put(o, "inline", view_squash(v->a, text, 1));
	view_flag(o, "cut", cut);
	view_flag(o, "coded", is_code);
	if (is_code)
		(void)json_object_set_new(o, "choice", json_pack("{s:b}",
		    text, 1));
	put_lines(o, v->a, text);
}

json_t *
view_field(const struct picture *v, const char *name)
{
	json_t		*o = json_object();
	struct chosen	 c;

	view_put(o, "name", name);
	view_put(o, "label", policy_field_label(v->p, name, v->lang));
	view_choose(v, name, &c);
	put_value(o, v, name, &c);
	view_flag(o, "known", json_object_get(o, "value") != NULL);
	view_flag(o, "assumed", c.assumed && c.value != NULL);
	if (c.field != NULL) {
		view_put(o, "by", c.field->by_role);
		if (c.value == NULL)
			view_put(o, "unclear", view_squash(v->a,
			    c.field->raw, 1));
	}
	json_decref(c.value);
	return o;
}
