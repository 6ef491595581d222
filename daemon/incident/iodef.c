#include "incident/iodef.h"

#include <string.h>
#include <unistr.h>

#include "base/civil.h"
#include "incident/iodef_facts.h"
#include "incident/view_parts.h"

/* Replace what XML 1.0 has no character for; s is valid UTF-8. */
static const char *
xml_clean(struct arena *a, const char *s)
{
	char	*out, *p;
	ucs4_t	 c;
	int	 n;

	if (s == NULL)
		return NULL;
	out = p = arena_alloc(a, 3 * strlen(s) + 1);
	for (; *s != '\0'; s += n) {
		n = u8_mbtouc(&c, (const uint8_t *)s, strlen(s));
		if ((c < 0x20 && c != '\t' && c != '\n') || c == 0xfffd ||
		    c == 0xfffe || c == 0xffff) {
			memcpy(p, "\xef\xbf\xbd", 3);
			p += 3;
		} else {
			memcpy(p, s, (size_t)n);
			p += n;
		}
	}
	return out;
}

static const char *
text_of(const struct picture *v, const char *name)
{
	struct chosen	 c;

	if (!view_sees(v, name))
		return NULL;
	view_choose(v, name, &c);
	return xml_clean(v->a, view_text(v, name, &c));
}

/* A time that a form gave, in RFC 3339. */
static const char *
time_of(const struct picture *v, const char *name)
{
	struct chosen	 c;
	const char	*s;
	char		 buf[RFC3339_SIZE];
	int64_t		 utc;

	if (!view_sees(v, name))
		return NULL;
	view_choose(v, name, &c);
	s = datum_is(c.value, DATUM_TEXT) ? c.value->u.text : NULL;
	return s == NULL || rfc3339_parse(s, &utc) != 0 ? NULL :
	    arena_strdup(v->a, rfc3339(buf, utc, v->p->zone));
}

static const char *
status_of(enum incident_state s)
{
	switch (s) {
	case INC_RECEIVED:
		return "new";
	case INC_ASSESSED:
	case INC_IN_PROGRESS:
	case INC_CONTAINED:
		return "in-progress";
	case INC_TRANSFERRED:
		return "forwarded";
	case INC_RECOVERED:
	case INC_CLOSED:
	case INC_FALSE_ALARM:
	case INC_MERGED:
	case INC_NSTATES:
		break;
	}
	return "resolved";
}

static void
add_item(struct iodef_facts *f, const char *at, const char *action,
    const char *text)
{
	if (at == NULL || text == NULL)
		return;
	f->items[f->n_items].at = at;
	f->items[f->n_items].action = action;
	f->items[f->n_items++].text = text;
}

static void
take_level(const struct picture *v, struct iodef_facts *f)
{
	static const char *const severity[LEVELS] = {
		NULL, "low", "medium", "high", "high"
	};
	int	n = v->s->incident->level;

	if (n < 1 || n >= LEVELS || !view_sees(v, "level"))
		return;
	f->severity = severity[n];
	f->level = xml_clean(v->a, words_in(&v->p->levels[n].text, v->lang));
	f->level_number = arena_printf(v->a, "%d", n);
}

static void
take_words(const struct picture *v, struct iodef_facts *f)
{
	const struct incident	*i = v->s->incident;
	const char		*agency = v->conf->agency;

	if (strcmp(v->lang, "en") == 0 && v->conf->agency_en != NULL)
		agency = v->conf->agency_en;
	f->id = xml_clean(v->a, i->tracking);
	f->domain = xml_clean(v->a, v->conf->domain);
	f->status = view_sees(v, "status") ? status_of(i->state) : NULL;
	f->description = text_of(v, "description");
	f->facts = text_of(v, "facts");
	f->category = text_of(v, "category");
	f->impact = text_of(v, "impact");
	f->damage = text_of(v, "damage");
	f->cause = text_of(v, "cause");
	f->support = text_of(v, "support");
	f->handler = text_of(v, "handler_name");
	f->handler_phone = text_of(v, "handler_phone");
	f->unit = text_of(v, "unit");
	f->agency = xml_clean(v->a, agency);
	f->email = xml_clean(v->a, v->conf->address);
	f->phone = xml_clean(v->a, v->conf->phone);
	f->policy = xml_clean(v->a, i->policy != NULL ? i->policy : v->p->id);
	if (i->revision > 0)
		f->revision = arena_printf(v->a, "%d", i->revision);
	f->drill = i->drill;
}

void
iodef_facts(const struct policy *p, const struct conf *conf,
    const struct situation *s, const struct addressee *to, int64_t now,
    struct arena *a, struct iodef_facts *f)
{
	struct picture	v = { .p = p, .conf = conf, .s = s, .now = now,
	    .lang = "zh-TW", .a = a };
	char		buf[RFC3339_SIZE];

	memset(f, 0, sizeof(*f));
	v.role = to->role == NULL ? "other" : to->role;
	if (to->lang != NULL && strcmp(to->lang, "en") == 0)
		v.lang = "en";
	f->lang = v.lang;
	f->detected = time_of(&v, "aware_at");
	f->started = time_of(&v, "occurred_at");
	f->ended = time_of(&v, "contained_at");
	f->recovered = time_of(&v, "recovered_at");
	f->reported = time_of(&v, "reported_at");
	f->generated = arena_strdup(a, rfc3339(buf, now, p->zone));
	take_level(&v, f);
	take_words(&v, f);
	add_item(f, time_of(&v, "handled_at"), "remediate-other",
	    text_of(&v, "measures"));
	add_item(f, f->recovered, "harden-asset", text_of(&v, "improvement"));
}

/* --- RFC 8727 --- */

static void
put(json_t *o, const char *key, const char *s)
{
	if (s != NULL)
		(void)json_object_set_new(o, key, json_string(s));
}

static json_t *
one(const char *s)
{
	return json_pack("[s]", s);
}

static void
put_list(json_t *o, const char *key, const char *s)
{
	if (s != NULL)
		(void)json_object_set_new(o, key, one(s));
}

static json_t *
assessment_json(const struct iodef_facts *f)
{
	json_t	*o = json_object(), *impacts = json_array(), *b;

	(void)json_object_set_new(o, "occurrence", json_string("actual"));
	put_list(o, "IncidentCategory", f->category);
	b = json_pack("{s:s,s:s}", "severity", f->severity == NULL ?
	    "unknown" : f->severity, "type", "unknown");
	if (f->level != NULL || f->impact != NULL) {
		json_t	*list = json_array();

		if (f->level != NULL)
			(void)json_array_append_new(list,
			    json_string(f->level));
		if (f->impact != NULL)
			(void)json_array_append_new(list,
			    json_string(f->impact));
		(void)json_object_set_new(b, "Description", list);
	}
	(void)json_array_append_new(impacts, json_pack("{s:o}",
	    "BusinessImpact", b));
	if (f->damage != NULL)
		(void)json_array_append_new(impacts, json_pack(
		    "{s:{s:s,s:o}}", "SystemImpact", "type", "unknown",
		    "Description", one(f->damage)));
	(void)json_object_set_new(o, "Impact", impacts);
	put_list(o, "Cause", f->cause);
	return o;
}

static json_t *
contact_json(const char *role, const char *type, const char *name,
    const char *email, const char *phone, const char *description)
{
	json_t	*o = json_pack("{s:s,s:s}", "role", role, "type", type);

	put_list(o, "ContactName", name);
	put_list(o, "Description", description);
	if (email != NULL)
		(void)json_object_set_new(o, "Email", json_pack("[{s:s}]",
		    "EmailTo", email));
	if (phone != NULL)
		(void)json_object_set_new(o, "Telephone", json_pack(
		    "[{s:s}]", "TelephoneNumber", phone));
	return o;
}

static json_t *
contacts_json(const struct iodef_facts *f)
{
	json_t	*list = json_array();

	(void)json_array_append_new(list, contact_json("creator",
	    "organization", f->agency, f->email, f->phone, NULL));
	if (f->handler != NULL || f->handler_phone != NULL)
		(void)json_array_append_new(list, contact_json("irt", "person",
		    f->handler, NULL, f->handler_phone, NULL));
	if (f->unit != NULL)
		(void)json_array_append_new(list, contact_json("victim",
		    "organization", f->unit, NULL, NULL, NULL));
	return list;
}

static void
put_data(json_t *list, const char *name, const char *dtype, const char *value)
{
	if (value != NULL)
		(void)json_array_append_new(list, json_pack("{s:s,s:s,s:s}",
		    "name", name, "dtype", dtype, "value", value));
}

static void
put_events(const struct iodef_facts *f, json_t *inc)
{
	json_t	*list = json_array(), *data = json_array();

	if (f->support != NULL)
		(void)json_object_set_new(inc, "EventData", json_pack(
		    "[{s:[{s:s,s:o}]}]", "Expectation", "action", "other",
		    "Description", one(f->support)));
	for (size_t i = 0; i < f->n_items; i++)
		(void)json_array_append_new(list, json_pack("{s:s,s:s,s:o}",
		    "action", f->items[i].action, "DateTime", f->items[i].at,
		    "Description", one(f->items[i].text)));
	if (f->n_items > 0)
		(void)json_object_set_new(inc, "History", json_pack("{s:O}",
		    "HistoryItem", list));
	json_decref(list);
	put_data(data, "level", "integer", f->level_number);
	put_data(data, "revision", "integer", f->revision);
	put_data(data, "policy", "string", f->policy);
	put_data(data, "drill", "boolean", f->drill ? "true" : "false");
	(void)json_object_set_new(inc, "AdditionalData", data);
}

json_t *
iodef_json(const struct policy *p, const struct conf *conf,
    const struct situation *s, const struct addressee *to, int64_t now)
{
	struct iodef_facts	 f;
	struct arena		*a = arena_new();
	json_t			*inc, *text = json_array();

	iodef_facts(p, conf, s, to, now, a, &f);
	inc = json_pack("{s:s,s:s,s:s,s:{s:s,s:s}}", "purpose", "reporting",
	    "restriction", "need-to-know", "lang", f.lang, "IncidentID", "id",
	    f.id, "name", f.domain);
	put(inc, "status", f.status);
	put(inc, "DetectTime", f.detected);
	put(inc, "StartTime", f.started);
	put(inc, "EndTime", f.ended);
	put(inc, "RecoveryTime", f.recovered);
	put(inc, "ReportTime", f.reported);
	put(inc, "GenerationTime", f.generated);
	if (f.facts != NULL)
		(void)json_array_append_new(text, json_string(f.facts));
	if (f.description != NULL)
		(void)json_array_append_new(text, json_string(f.description));
	if (json_array_size(text) > 0)
		(void)json_object_set(inc, "Description", text);
	json_decref(text);
	(void)json_object_set_new(inc, "Assessment", json_pack("[o]",
	    assessment_json(&f)));
	(void)json_object_set_new(inc, "Contact", contacts_json(&f));
	put_events(&f, inc);
	inc = json_pack("{s:s,s:s,s:s,s:[o]}", "version", "2.0", "lang",
	    f.lang, "format-id", "RFC7970-json", "Incident", inc);
	arena_free(&a);
	return inc;
}
