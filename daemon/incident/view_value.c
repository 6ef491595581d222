#include "incident/view_parts.h"

#include <string.h>

#include "base/civil.h"
#include "base/hex.h"
#include "base/utf8.h"

#define HOURS_COUNTED	72	/* control and recovery */
#define SHOWN_MAX	6000	/* bytes of one value in a mail */
#define FIELD_KEYS	12u	/* about as many there are */
#define TIME_SIZE	128	/* bytes of a time or a span as text */
#define ROC_BEFORE	1911	/* the year before 民國 1 */

int
view_sees(const struct picture *v, const char *field)
{
	if (v->view == NULL)
		return policy_discloses(v->p, v->role, field);
	return v->sees_all || (v->disclosure != NULL &&
	    policy_has(&v->disclosure->fields, field));
}

/* Bytes of the blank that s begins with: space, TAB, U+3000, or 0. */
static size_t
blank_at(const char *s, int one_line)
{
	if (*s == ' ' || *s == '\t' || (one_line && *s == '\n'))
		return 1;
	return *s == '\xe3' && s[1] == '\x80' && s[2] == '\x80' ? 3 : 0;
}

/* U+202A..E, U+2066..9: what follows would stand in another order. */
static size_t
turn_at(const char *s)
{
	if (strncmp(s, "\xe2\x80", 2) == 0 && (unsigned char)s[2] >= 0xaa &&
	    (unsigned char)s[2] <= 0xae)
		return 3;
	return strncmp(s, "\xe2\x81", 2) == 0 && (unsigned char)s[2] >= 0xa6 &&
	    (unsigned char)s[2] <= 0xa9 ? 3 : 0;
}

const char *
view_squash(struct arena *a, const char *s, int one_line)
{
	char	*out, *p;
	size_t	 n;

	/* What is no text would have the whole letter refused. */
	if (s == NULL || !utf8_ok(s, n = strlen(s)))
		return NULL;
	out = p = arena_alloc(a, n + 1);
	for (; *s != '\0'; s += n == 0 ? 1 : n) {
		if ((n = turn_at(s)) > 0)
			continue;
		n = blank_at(s, one_line);
		if (n == 0)
			*p++ = *s;
		else if (p > out && p[-1] != ' ' && p[-1] != '\n')
			*p++ = ' ';
	}
	return out;
}

static int
in_roc(const struct policy *p, const struct civil *c)
{
	return p->calendar_roc && c->year > ROC_BEFORE;
}

static const char *
era(const struct policy *p, const struct civil *c)
{
	return in_roc(p, c) ? "中華民國" : "";
}

static int
year(const struct policy *p, const struct civil *c)
{
	return in_roc(p, c) ? c->year - ROC_BEFORE : c->year;
}

/* A number of at least so many digits, and what stands behind it. */
static char *
put_number(char *p, int64_t n, int digits, const char *behind)
{
	return stpcpy(number_put(p, n, digits), behind);
}

static int
in_chinese(const char *lang)
{
	return strncmp(lang, "zh", 2) == 0;
}

static char *
put_date(char *p, const struct policy *pol, const struct civil *c,
    const char *lang)
{
	if (!in_chinese(lang)) {
		p = put_number(p, c->year, 4, "-");
		p = put_number(p, c->mon, 2, "-");
		return put_number(p, c->day, 2, "");
	}
	p = put_number(stpcpy(p, era(pol, c)), year(pol, c), 1, "年");
	p = put_number(p, c->mon, 2, "月");
	return put_number(p, c->day, 2, "日");
}

static char *
put_hour(char *p, const struct civil *c, const char *lang)
{
	p = put_number(p, c->hour, 2, in_chinese(lang) ? "時" : ":");
	return put_number(p, c->min, 2, in_chinese(lang) ? "分" : "");
}

static const char *
date_text(struct arena *a, const struct policy *p, const struct civil *c,
    const char *lang)
{
	char	text[TIME_SIZE];

	return arena_strndup(a, text, (size_t)(put_date(text, p, c, lang) -
	    text));
}

const char *
view_time(struct arena *a, const struct policy *p, int64_t utc,
    const char *lang)
{
	struct civil	 c;
	char		 text[TIME_SIZE], *end;

	civil_from_utc(&c, utc, p->zone);
	end = stpcpy(put_date(text, p, &c, lang), " ");
	end = put_hour(end, &c, lang);
	return arena_strndup(a, text, (size_t)(end - text));
}

/*
 * A span as people say it: minutes up to an hour, hours as far as the law
 * counts in hours, days beyond.  The smaller unit is left out when it is none.
 */
const char *
view_span(struct arena *a, int64_t minutes, const char *lang)
{
	static const char *const zh[] = { "日", "小時", "分鐘" };
	static const char *const en[] = { "day", "hour", "minute" };
	static const int	 size[] = { 1440, 60, 1 };
	int			 k = minutes < 60 ? 2 :
				    minutes <= HOURS_COUNTED * 60 ? 1 : 0;
	char			 text[TIME_SIZE], *p = text;

	for (int i = k; i < 3 && i < k + 2; i++) {
		int64_t	n = minutes / size[i];

		minutes %= size[i];
		if (n == 0 && i > k)
			continue;
		p = put_number(i > k ? stpcpy(p, " ") : p, n, 1, " ");
		p = stpcpy(p, in_chinese(lang) ? zh[i] : en[i]);
		if (!in_chinese(lang) && n != 1)
			p = stpcpy(p, "s");
	}
	return arena_strndup(a, text, (size_t)(p - text));
}

/* A time by which something is due: people plan by the day of the week. */
const char *
view_due(struct arena *a, const struct policy *pol, int64_t utc,
    const char *lang)
{
	static const char *const zh[] = { "日", "一", "二", "三", "四", "五",
		"六" };
	static const char *const en[] = { "Sun", "Mon", "Tue", "Wed", "Thu",
		"Fri", "Sat" };
	struct civil	 c;
	char		 text[TIME_SIZE], *p = text;
	int		 day;

	civil_from_utc(&c, utc, pol->zone);
	day = civil_weekday(&c);
	if (!in_chinese(lang))
		p = stpcpy(stpcpy(p, en[day]), " ");
	p = put_date(p, pol, &c, lang);
	p = in_chinese(lang) ? stpcpy(stpcpy(stpcpy(p, "（星期"), zh[day]),
	    "）") : stpcpy(p, " ");
	p = put_hour(p, &c, lang);
	return arena_strndup(a, text, (size_t)(p - text));
}

struct datum *
view_date(const struct picture *v)
{
	struct datum	*o = datum_object(v->a);
	struct civil	 c;

	civil_from_utc(&c, v->now, v->p->zone);
	datum_put_int(o, "year", year(v->p, &c));
	datum_put_int(o, "month", c.mon);
	datum_put_int(o, "day", c.day);
	datum_put_flag(o, "roc", in_roc(v->p, &c));
	datum_put(o, "text", date_text(v->a, v->p, &c, v->lang));
	return o;
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
		if (!same_name(f->name, name) || rank(f->by_role) == 0)
			continue;
		/* A word that could not be read hides no readable one. */
		if (found == NULL || weight(f) >= weight(found))
			found = f;
	}
	return found;
}

static struct datum *
time_datum(struct arena *a, int64_t utc, int zone)
{
	char	s[RFC3339_SIZE];

	return utc == 0 ? NULL :
	    datum_text(a, arena_strdup(a, rfc3339(s, utc, zone)));
}

/* What the incident's own columns say when no form did (R13). */
static struct datum *
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
			return time_datum(v->a, times[n].at, v->p->zone);
	for (size_t n = 0; n < sizeof(words) / sizeof(words[0]); n++)
		if (strcmp(words[n].name, name) == 0)
			return words[n].s == NULL ? NULL :
			    datum_text(v->a, words[n].s);
	return NULL;
}

/* What a field's value says: JSON of our own, mostly a plain text. */
static struct datum *
value_read(struct arena *a, const char *s)
{
	size_t	n = strlen(s);

	if (n >= 2 && s[0] == '"' && s[n - 1] == '"' && memchr(s, '\\', n) ==
	    NULL && memchr(s + 1, '"', n - 2) == NULL)
		return datum_text_n(a, arena_strndup(a, s + 1, n - 2), n - 2);
	return datum_parse(a, s, n);
}

static void
choose(const struct picture *v, const char *name, struct chosen *c)
{
	/* Only the incident says its level and state (R10). */
	if (strcmp(name, "level") == 0 || strcmp(name, "status") == 0 ||
	    strcmp(name, "category") == 0) {
		c->assumed = 1;
		return;
	}
	c->field = best(v->s, name);
	if (c->field != NULL && c->field->value != NULL)
		c->value = value_read(v->a, c->field->value);
	if (datum_is(c->value, DATUM_NULL) ||
	    (datum_is(c->value, DATUM_TEXT) && c->value->len == 0))
		c->value = NULL;
	if (c->value == NULL && (c->value = assumed(v, name)) != NULL)
		c->assumed = 1;
}

size_t
view_index(const struct policy *p, const char *name)
{
	size_t	i = 0;

	while (i < p->n_fields && !same_name(p->fields[i].name, name))
		i++;
	return i;
}

/* i: its place among the policy's fields, or n_fields. */
static void
choose_at(const struct picture *v, const char *name, size_t i,
    struct chosen *c)
{
	struct chosen	**kept;

	memset(c, 0, sizeof(*c));
	if (v->s == NULL)
		return;
	if (v->view == NULL || i == v->p->n_fields) {
		choose(v, name, c);
		return;
	}
	kept = &v->view->chosen[i];
	if (*kept == NULL) {
		choose(v, name, c);
		*kept = arena_alloc(v->a, sizeof(*c));
		**kept = *c;
	}
	*c = **kept;
}

void
view_choose(const struct picture *v, const char *name, struct chosen *c)
{
	choose_at(v, name, view_index(v->p, name), c);
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
string_text(const struct picture *v, const char *name, const char *s)
{
	enum incident_state	 state;
	struct civil		 c;
	int64_t			 utc;

	if (strcmp(name, "suggested_status") == 0 &&
	    incident_state_parse(s, &state) == 0)
		return policy_state_label(v->p, state, v->lang);
	if (rfc3339_parse(s, &utc) == 0) {
		if (strcmp(name, "form_date") != 0)
			return view_time(v->a, v->p, utc, v->lang);
		civil_from_utc(&c, utc, v->p->zone);
		return date_text(v->a, v->p, &c, v->lang);
	}
	return s;
}

static const char *
phone_text(const struct picture *v, struct datum *value)
{
	const char	*raw = datum_get_text(value, "raw");
	const char	*n = datum_get_text(value, "e164");
	const char	*ext = datum_get_text(value, "ext");

	if (raw != NULL || n == NULL)
		return raw;
	return arena_printf(v->a, "%s%s%s", n, ext == NULL ? "" : "#",
	    ext == NULL ? "" : ext);
}

static const char *
value_text(const struct picture *v, const char *name, struct datum *value)
{
	switch (value->kind) {
	case DATUM_TEXT:
		return string_text(v, name, value->u.text);
	case DATUM_INT:
		return arena_printf(v->a, "%lld", (long long)value->u.num);
	case DATUM_OBJECT:
		return phone_text(v, value);
	case DATUM_TRUE:
		return "true";
	case DATUM_FALSE:
		return "false";
	case DATUM_REAL:
	case DATUM_LIST:
	case DATUM_NULL:
		break;
	}
	return NULL;
}

/* The values of a repeatable field, each on a line. */
static const char *
list_text(const struct picture *v, const char *name, struct datum *list)
{
	const char	*all = NULL, *s;

	for (uint32_t i = 0; i < list->n; i++) {
		s = value_text(v, name, list->u.list[i]);
		if (s != NULL)
			all = all == NULL ? s :
			    arena_printf(v->a, "%s\n%s", all, s);
	}
	return all;
}

const char *
view_text(const struct picture *v, const char *name, const struct chosen *c)
{
	if (v->s != NULL && c->assumed && c->value == NULL)
		return incident_text(v, name);
	if (c->value == NULL)
		return NULL;
	/* an impact that is none, in the words of whoever said so */
	if (c->value->kind == DATUM_INT && c->value->u.num == 0 &&
	    c->field != NULL && c->field->raw != NULL)
		return c->field->raw;
	return c->value->kind == DATUM_LIST ?
	    list_text(v, name, c->value) : value_text(v, name, c->value);
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
put_lines(struct datum *o, struct arena *a, const char *s)
{
	struct datum	*lines = datum_list(a);
	size_t		 n;

	datum_put_flag(o, "multi", strchr(s, '\n') != NULL);
	for (; *s != '\0'; s += n + (s[n] == '\n')) {
		n = strcspn(s, "\n");
		datum_append(lines, datum_text_n(a, arena_strndup(a, s, n),
		    n));
	}
	datum_set(o, "lines", lines);
}

/*
 * Words of a fixed set have no text of their own here: the template's partial
 * _value says what "ok" is called, by the key choice.ok.
 */
static void
put_value(struct datum *o, const struct picture *v, const char *name,
    const struct chosen *c)
{
	static const char *const coded[] = {
		"ok", "fail", "not_done", "not_applicable"
	};
	const char	*text = view_text(v, name, c);
	int		 is_code = datum_is(c->value, DATUM_TRUE) ||
			    datum_is(c->value, DATUM_FALSE);
	struct datum	*choice;
	int		 cut = 0;

	text = text == NULL ? NULL : shown(v->a, text, &cut);
	text = view_squash(v->a, text, 0);
	if (text == NULL)
		return;
	for (size_t i = 0; strncmp(name, "check_", 6) == 0 &&
	    i < sizeof(coded) / sizeof(coded[0]); i++)
		if (strcmp(text, coded[i]) == 0)
			is_code = 1;
	datum_put(o, "value", text);
	datum_put(o, "inline", strchr(text, '\n') == NULL ? text :
	    view_squash(v->a, text, 1));
	datum_put_flag(o, "cut", cut);
	datum_put_flag(o, "coded", is_code);
	if (is_code) {
		choice = datum_object(v->a);
		datum_put_flag(choice, text, 1);
		datum_set(o, "choice", choice);
	}
	put_lines(o, v->a, text);
}

/* occurred_at */
static int
is_time(const char *name)
{
	size_t	n = strlen(name);

	return n > 3 && strcmp(name + n - 3, "_at") == 0;
}

/* What stood there: words that cannot be read, or that nobody knows. */
static void
put_unread(const struct picture *v, struct datum *o,
    const struct incident_field *f)
{
	datum_put(o, f->raw != NULL && report_says_unknown(v->a, f->raw) ?
	    "no_answer" : "unclear", view_squash(v->a, f->raw, 1));
	datum_put_flag(o, "told_unknown", decide_told_unknown(v->a, v->s, f));
}

static struct datum *
field_make(const struct picture *v, const char *name, size_t i)
{
	struct datum	*o = datum_object(v->a);
	const char	*label = i == v->p->n_fields ? NULL :
			    words_in(&v->p->fields[i].label, v->lang);
	struct chosen	 c;

	datum_reserve(o, FIELD_KEYS);
	datum_put(o, "name", name);
	datum_put(o, "label", label != NULL ? label : name);
	choose_at(v, name, i, &c);
	put_value(o, v, name, &c);
	datum_put_flag(o, "known", datum_get(o, "value") != NULL);
	datum_put_flag(o, "timed", is_time(name));
	datum_put_flag(o, "assumed", c.assumed && c.value != NULL);
	if (c.field != NULL) {
		datum_put(o, "by", c.field->by_role);
		if (c.value == NULL)
			put_unread(v, o, c.field);
	}
	return o;
}

struct datum *
view_field(struct picture *v, const char *name)
{
	size_t	i = view_index(v->p, name);

	if (i == v->p->n_fields)
		return field_make(v, name, i);
	if (v->shown[i] == NULL)
		v->shown[i] = field_make(v, name, i);
	return v->shown[i];
}
