#include "parsers/report.h"

#include <limits.h>
#include <string.h>

#include "base/civil.h"
#include "parsers/limits.h"
#include "parsers/report_keys.h"

#define FAR_MORE	3	/* fields, for one that was taken wrongly */
#define ZONE	28800		/* times of a report are shown in +08:00 */

static const char *const kind_names[KIND_N] = {
#define X(id, name) [KIND_##id] = name,
	MAIL_KINDS(X)
#undef X
};

static const char *const value_names[] = {
	[VALUE_TEXT] = "text",
	[VALUE_LINE] = "line",
	[VALUE_DATETIME] = "datetime",
	[VALUE_DATE] = "date",
	[VALUE_PHONE] = "phone",
	[VALUE_CHOICE] = "choice",
	[VALUE_NUMBER] = "number",
	[VALUE_BOOL] = "bool",
	[VALUE_PERSON] = "person",
};

const char *
mail_kind_name(enum mail_kind k)
{
	return (unsigned)k < KIND_N ? kind_names[k] : "?";
}

int
mail_kind_parse(const char *s, enum mail_kind *k)
{
	for (int i = 0; i < KIND_N; i++)
		if (s != NULL && strcmp(s, kind_names[i]) == 0) {
			*k = (enum mail_kind)i;
			return 0;
		}
	return -1;
}

const char *
report_value_name(enum value_kind k)
{
	return (unsigned)k <= VALUE_PERSON ? value_names[k] : "text";
}

int
report_value_parse(const char *s, enum value_kind *k)
{
	for (int i = 0; i <= VALUE_PERSON; i++)
		if (s != NULL && strcmp(s, value_names[i]) == 0) {
			*k = (enum value_kind)i;
			return 0;
		}
	return -1;
}

const struct field *
report_field(const struct report *r, const char *name)
{
	for (size_t i = 0; i < r->n_fields; i++)
		if (strcmp(r->fields[i].name, name) == 0)
			return &r->fields[i];
	return NULL;
}

const struct field *
report_given(const struct report *r, const char *name)
{
	for (size_t i = 0; i < r->n_fields; i++)
		if (r->fields[i].raw != NULL &&
		    strcmp(r->fields[i].name, name) == 0)
			return &r->fields[i];
	return NULL;
}

const char *
report_language(const struct report *r)
{
	const char	*texts[] = { r->own_text, r->subject };
	int		 any = 0;

	for (size_t i = 0; i < 2; i++)
		for (const unsigned char *p = (const unsigned char *)texts[i];
		    p != NULL && *p != '\0'; p++) {
			if (*p >= 0xe4 && *p <= 0xe9)
				return "zh-TW";
			any |= (*p | 0x20) >= 'a' && (*p | 0x20) <= 'z';
		}
	return any ? "en" : "zh-TW";
}

int
report_tells(const struct report *r)
{
	const struct field	*what = report_field(r, "description");
	const struct field	*when = report_field(r, "occurred_at");

	return (what != NULL && what->raw != NULL) ||
	    (when != NULL && when->raw != NULL);
}

void
report_fill(struct arena *a, struct report *r, const struct report *other)
{
	struct field	*all = arena_array(a, r->n_fields + other->n_fields,
			    sizeof(*all));
	size_t		 n = r->n_fields, at;

	if (n > 0)
		memcpy(all, r->fields, n * sizeof(*all));
	for (size_t i = 0; i < other->n_fields; i++) {
		const struct field	*f = &other->fields[i];

		for (at = 0; at < n && strcmp(all[at].name, f->name) != 0;
		    at++)
			;
		if (f->raw == NULL || (at < n && all[at].raw != NULL))
			continue;
		all[at] = *f;
		n += at == n;
	}
	r->fields = all;
	r->n_fields = n;
}

int
report_filled_in(const struct report *r, const char *form)
{
	if (r->form == NULL || strncmp(r->form, form, strlen(form)) != 0)
		return 0;
	for (size_t i = 0; i < r->n_fields; i++)
		if (r->fields[i].raw != NULL)
			return 1;
	return 0;
}

/* The whole begins with the part, blanks and newlines aside, and goes on. */
static int
goes_on(const char *whole, const char *part)
{
	for (;;) {
		whole += strspn(whole, " \t\n");
		part += strspn(part, " \t\n");
		if (*part == '\0')
			return *whole != '\0';
		if (*whole++ != *part++)
			return 0;
	}
}

int
report_says_more(const struct report *r, const struct report *than)
{
	const struct field	*f;
	size_t			 had = 0, has = 0, lost = 0;
	int			 longer = 0;

	for (size_t i = 0; i < r->n_fields; i++)
		has += r->fields[i].known != 0;
	for (size_t i = 0; i < than->n_fields; i++) {
		if (!than->fields[i].known)
			continue;
		had++;
		f = report_field(r, than->fields[i].name);
		if (f == NULL || !f->known)
			lost++;
		else
			longer |= f->kind == VALUE_TEXT &&
			    goes_on(f->text, than->fields[i].text);
	}
	if (lost > 0)
		return has >= had + FAR_MORE;
	return has > had || longer;
}

/* At most max bytes of s, cut between characters; null for what is no text. */
static json_t *
text_json(const char *s, size_t max)
{
	json_t	*j;
	size_t	 n;

	if (s == NULL)
		return json_null();
	n = strnlen(s, max + 1);
	if (n > max) {
		n = max;
		while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80)
			n--;
	}
	j = json_stringn(s, n);
	return j != NULL ? j : json_null();
}

static json_t *
line_json(const char *s)
{
	return text_json(s, REPORT_LINE_MAX);
}

static json_t *
time_json(int64_t t)
{
	char	 buf[RFC3339_SIZE];

	if (t == TIME_NONE)
		return json_null();
	return json_string(rfc3339(buf, t, ZONE));
}

static json_t *
minutes_json(int m)
{
	return m == INT_MIN ? json_null() : json_integer(m);
}

static json_t *
list_json(const char **v, size_t n)
{
	json_t	*a = json_array();

	for (size_t i = 0; i < n && i < REPORT_LIST_MAX; i++)
		if (v[i] != NULL)
			json_array_append_new(a, line_json(v[i]));
	return a;
}

static json_t *
phone_json(const struct phone *p, const char *raw)
{
	json_t	*o = json_object();

	json_object_set_new(o, "raw", line_json(p->raw ? p->raw : raw));
	json_object_set_new(o, "e164", line_json(p->e164));
	json_object_set_new(o, "ext", line_json(p->ext));
	if (p->short_number != NULL)
		json_object_set_new(o, "short", line_json(p->short_number));
	return o;
}

static json_t *
value_json(const struct field *f)
{
	char	 buf[RFC3339_SIZE];

	if (!f->known)
		return json_null();
	switch (f->kind) {
	case VALUE_DATETIME:
		return time_json(f->time);
	case VALUE_DATE:
		if (f->time == TIME_NONE)
			return json_null();
		rfc3339(buf, f->time, ZONE);
		buf[10] = '\0';
		return json_string(buf);
	case VALUE_PHONE:
		return phone_json(&f->phone, f->raw);
	case VALUE_NUMBER:
		return json_integer(f->number);
	case VALUE_BOOL:
		return json_boolean(f->number);
	case VALUE_TEXT:
	case VALUE_LINE:
	case VALUE_CHOICE:
	case VALUE_PERSON:
		return text_json(f->text, REPORT_TEXT_MAX);
	}
	return json_null();
}

json_t *
field_json(const struct field *f)
{
	json_t	*all;

	if (f->more == NULL)
		return value_json(f);
	all = json_array();
	for (size_t i = 0; f != NULL && i < REPORT_REPEAT_MAX; i++) {
		json_array_append_new(all, value_json(f));
		f = f->more;
	}
	return all;
}

/* Where each value came from: what a person checks and the desk keeps. */
static json_t *
origins_json(const struct report *r)
{
	json_t	*all = json_object(), *o;

	for (size_t i = 0; i < r->n_fields && i < REPORT_FIELDS_MAX; i++) {
		const struct field *f = &r->fields[i];

		o = json_object();
		json_object_set_new(o, "kind",
		    json_string(report_value_name(f->kind)));
		json_object_set_new(o, "raw",
		    text_json(f->raw, REPORT_TEXT_MAX));
		json_object_set_new(o, "line", json_integer(f->line));
		json_object_set_new(o, "part", json_integer(f->part));
		json_object_set_new(o, "rule", line_json(f->rule));
		json_object_set_new(all, f->name, o);
	}
	return all;
}

static json_t *
fields_json(const struct report *r)
{
	json_t	*all = json_object();

	for (size_t i = 0; i < r->n_fields && i < REPORT_FIELDS_MAX; i++)
		json_object_set_new(all, r->fields[i].name,
		    field_json(&r->fields[i]));
	return all;
}

static json_t *
attachments_json(const struct report *r)
{
	json_t	*all = json_array(), *o;

	for (size_t i = 0; i < r->n_attachments &&
	    i < REPORT_ATTACHMENTS_MAX; i++) {
		const struct attachment *at = &r->attachments[i];

		o = json_object();
		json_object_set_new(o, "name", line_json(at->name));
		json_object_set_new(o, "type", line_json(at->type));
		json_object_set_new(o, "size", json_integer(at->size));
		json_object_set_new(o, "sha256", text_json(at->sha256, 64));
		json_array_append_new(all, o);
	}
	return all;
}

static json_t *
problems_json(const struct report *r)
{
	json_t	*all = json_array(), *o;

	for (size_t i = 0; i < r->n_problems && i < REPORT_LIST_MAX; i++) {
		const struct problem *p = &r->problems[i];

		o = json_object();
		json_object_set_new(o, "field", line_json(p->field));
		json_object_set_new(o, "text",
		    text_json(p->text, REPORT_EXCERPT_MAX));
		json_object_set_new(o, "reason", line_json(p->reason));
		json_array_append_new(all, o);
	}
	return all;
}

static json_t *
bounced_json(const struct report *r)
{
	json_t	*all = json_array(), *o;

	for (size_t i = 0; i < r->n_bounced && i < REPORT_LIST_MAX; i++) {
		const struct bounce_recipient *b = &r->bounced[i];

		o = json_object();
		json_object_set_new(o, "address", line_json(b->address));
		json_object_set_new(o, "action", line_json(b->action));
		json_object_set_new(o, "status", line_json(b->status));
		json_object_set_new(o, "diagnostic", line_json(b->diagnostic));
		json_array_append_new(all, o);
	}
	return all;
}

/* What the desk needs of the header, beside what people read. */
static json_t *
mail_json(const struct report *r)
{
	json_t	*o = json_object();

#define X(key, member) json_object_set_new(o, key, line_json(r->member));
	MAIL_LINES(X)
#undef X
#define X(key, member) json_object_set_new(o, key, json_boolean(r->member));
	MAIL_FLAGS(X)
#undef X
#define X(key, member)							\
	json_object_set_new(o, key, list_json(r->member, r->n_##member));
	MAIL_LISTS(X)
#undef X
	json_object_set_new(o, "date", time_json(r->date));
	json_object_set_new(o, "bounced", bounced_json(r));
	return o;
}

json_t *
report_json(const struct report *r, const char *file)
{
	json_t	*o = json_object();

	if (file != NULL)
		json_object_set_new(o, "file", line_json(file));
	json_object_set_new(o, "kind", json_string(mail_kind_name(r->kind)));
	json_object_set_new(o, "form", line_json(r->form));
	json_object_set_new(o, "tracking", line_json(r->tracking));
	json_object_set_new(o, "subject", line_json(r->subject));
	json_object_set_new(o, "from", json_pack("{s:o,s:o}",
	    "name", line_json(r->from_name),
	    "address", line_json(r->from_addr)));
	json_object_set_new(o, "fields", fields_json(r));
	json_object_set_new(o, "missing", list_json(r->missing, r->n_missing));
	json_object_set_new(o, "category", json_pack("{s:o,s:o}",
	    "value", line_json(r->category),
	    "source", line_json(r->category_source)));
	json_object_set_new(o, "timing", json_pack("{s:o,s:o,s:o,s:o}",
	    "received_at", time_json(r->received_at),
	    "verdict", line_json(r->verdict),
	    "declared_minutes", minutes_json(r->declared_minutes),
	    "receipt_minutes", minutes_json(r->receipt_minutes)));
	json_object_set_new(o, "attachments", attachments_json(r));
	json_object_set_new(o, "own_text",
	    text_json(r->own_text, REPORT_TEXT_MAX));
	json_object_set_new(o, "problems", problems_json(r));
	json_object_set_new(o, "forwarded", json_boolean(r->forwarded));
	json_object_set_new(o, "reporter_email", line_json(r->reporter_email));
	json_object_set_new(o, "submitted_by", line_json(r->submitted_by));
	json_object_set_new(o, "origins", origins_json(r));
	json_object_set_new(o, "mail", mail_json(r));
	return o;
}
