/*
 * report_write - a report as JSON: what report_read.c reads back.
 */
#include <limits.h>
#include <string.h>

#include "base/buf.h"
#include "base/civil.h"
#include "base/datum.h"
#include "base/utf8.h"
#include "parsers/limits.h"
#include "parsers/report_keys.h"

#define ZONE	28800		/* times of a report are shown in +08:00 */
#define REPORT_KEYS	19

/* At most max bytes of s, cut between characters; null for what is no text. */
static struct datum *
text_of(struct arena *a, const char *s, size_t max)
{
	size_t	 n;

	if (s == NULL)
		return datum_text(a, NULL);
	n = strnlen(s, max + 1);
	if (n > max) {
		n = max;
		while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80)
			n--;
	}
	return utf8_ok(s, n) ? datum_text_n(a, s, n) : datum_text(a, NULL);
}

static struct datum *
line_of(struct arena *a, const char *s)
{
	return text_of(a, s, REPORT_LINE_MAX);
}

static struct datum *
time_of(struct arena *a, int64_t t)
{
	char	 buf[RFC3339_SIZE];

	if (t == TIME_NONE)
		return datum_text(a, NULL);
	return datum_text(a, arena_strdup(a, rfc3339(buf, t, ZONE)));
}

static struct datum *
minutes_of(struct arena *a, int m)
{
	return m == INT_MIN ? datum_text(a, NULL) : datum_int(a, m);
}

static struct datum *
list_of(struct arena *a, const char **v, size_t n)
{
	struct datum	*all = datum_list(a);

	for (size_t i = 0; i < n && i < REPORT_LIST_MAX; i++)
		if (v[i] != NULL)
			datum_append(all, line_of(a, v[i]));
	return all;
}

static struct datum *
phone_of(struct arena *a, const struct phone *p, const char *raw)
{
	struct datum	*o = datum_object(a);

	datum_set(o, "raw", line_of(a, p->raw ? p->raw : raw));
	datum_set(o, "e164", line_of(a, p->e164));
	datum_set(o, "ext", line_of(a, p->ext));
	if (p->short_number != NULL)
		datum_set(o, "short", line_of(a, p->short_number));
	return o;
}

static struct datum *
value_of(struct arena *a, const struct field *f)
{
	char	 buf[RFC3339_SIZE];

	if (!f->known)
		return datum_text(a, NULL);
	switch (f->kind) {
	case VALUE_DATETIME:
		return time_of(a, f->time);
	case VALUE_DATE:
		if (f->time == TIME_NONE)
			return datum_text(a, NULL);
		rfc3339(buf, f->time, ZONE);
		buf[10] = '\0';
		return datum_text(a, arena_strdup(a, buf));
	case VALUE_PHONE:
		return phone_of(a, &f->phone, f->raw);
	case VALUE_NUMBER:
		return datum_int(a, f->number);
	case VALUE_BOOL:
		return datum_flag(f->number);
	case VALUE_TEXT:
	case VALUE_LINE:
	case VALUE_CHOICE:
	case VALUE_PERSON:
		return text_of(a, f->text, REPORT_TEXT_MAX);
	}
	return datum_text(a, NULL);
}

/* Null when not known, a list when the form asks for it more than once. */
static struct datum *
field_of(struct arena *a, const struct field *f)
{
	struct datum	*all;

	if (f->more == NULL)
		return value_of(a, f);
	all = datum_list(a);
	for (size_t i = 0; f != NULL && i < REPORT_REPEAT_MAX; i++) {
		datum_append(all, value_of(a, f));
		f = f->more;
	}
	return all;
}

json_t *
field_json(const struct field *f)
{
	struct arena	*a = arena_new();
	json_t		*j = datum_json(field_of(a, f));

	arena_free(&a);
	return j;
}

/* Where each value came from: what a person checks and the desk keeps. */
static struct datum *
origins_of(struct arena *a, const struct report *r)
{
	struct datum	*all = datum_object(a), *o;

	for (size_t i = 0; i < r->n_fields && i < REPORT_FIELDS_MAX; i++) {
		const struct field *f = &r->fields[i];

		o = datum_object(a);
		datum_put(o, "kind", report_value_name(f->kind));
		datum_set(o, "raw", text_of(a, f->raw, REPORT_TEXT_MAX));
		datum_put_int(o, "line", f->line);
		datum_put_int(o, "part", f->part);
		datum_set(o, "rule", line_of(a, f->rule));
		datum_set(all, f->name, o);
	}
	return all;
}

static struct datum *
fields_of(struct arena *a, const struct report *r)
{
	struct datum	*all = datum_object(a);

	for (size_t i = 0; i < r->n_fields && i < REPORT_FIELDS_MAX; i++)
		datum_set(all, r->fields[i].name,
		    field_of(a, &r->fields[i]));
	return all;
}

static struct datum *
attachments_of(struct arena *a, const struct report *r)
{
	struct datum	*all = datum_list(a), *o;

	for (size_t i = 0; i < r->n_attachments &&
	    i < REPORT_ATTACHMENTS_MAX; i++) {
		const struct attachment *at = &r->attachments[i];

		o = datum_object(a);
		datum_set(o, "name", line_of(a, at->name));
		datum_set(o, "type", line_of(a, at->type));
		datum_put_int(o, "size", at->size);
		datum_set(o, "sha256", text_of(a, at->sha256, 64));
		datum_append(all, o);
	}
	return all;
}

static struct datum *
problems_of(struct arena *a, const struct report *r)
{
	struct datum	*all = datum_list(a), *o;

	for (size_t i = 0; i < r->n_problems && i < REPORT_LIST_MAX; i++) {
		const struct problem *p = &r->problems[i];

		o = datum_object(a);
		datum_set(o, "field", line_of(a, p->field));
		datum_set(o, "text", text_of(a, p->text, REPORT_EXCERPT_MAX));
		datum_set(o, "reason", line_of(a, p->reason));
		datum_set(o, "value", line_of(a, p->value));
		datum_append(all, o);
	}
	return all;
}

static struct datum *
bounced_of(struct arena *a, const struct report *r)
{
	struct datum	*all = datum_list(a), *o;

	for (size_t i = 0; i < r->n_bounced && i < REPORT_LIST_MAX; i++) {
		const struct bounce_recipient *b = &r->bounced[i];

		o = datum_object(a);
		datum_set(o, "address", line_of(a, b->address));
		datum_set(o, "action", line_of(a, b->action));
		datum_set(o, "status", line_of(a, b->status));
		datum_set(o, "diagnostic", line_of(a, b->diagnostic));
		datum_append(all, o);
	}
	return all;
}

/* What the desk needs of the header, beside what people read. */
static struct datum *
mail_of(struct arena *a, const struct report *r)
{
	struct datum	*o = datum_object(a);

#define X(key, member) datum_set(o, key, line_of(a, r->member));
	MAIL_LINES(X)
#undef X
#define X(key, member) datum_put_flag(o, key, r->member);
	MAIL_FLAGS(X)
#undef X
#define X(key, member)							\
	datum_set(o, key, list_of(a, r->member, r->n_##member));
	MAIL_LISTS(X)
#undef X
	datum_set(o, "date", time_of(a, r->date));
	datum_set(o, "bounced", bounced_of(a, r));
	return o;
}

static struct datum *
timing_of(struct arena *a, const struct report *r)
{
	struct datum	*o = datum_object(a);

	datum_set(o, "received_at", time_of(a, r->received_at));
	datum_set(o, "verdict", line_of(a, r->verdict));
	datum_set(o, "declared_minutes", minutes_of(a, r->declared_minutes));
	datum_set(o, "receipt_minutes", minutes_of(a, r->receipt_minutes));
	return o;
}

/* Two lines under two names. */
static struct datum *
pair_of(struct arena *a, const char *key, const char *s, const char *other,
    const char *t)
{
	struct datum	*o = datum_object(a);

	datum_set(o, key, line_of(a, s));
	datum_set(o, other, line_of(a, t));
	return o;
}

static struct datum *
report_of(struct arena *a, const struct report *r)
{
	struct datum	*o = datum_object(a);

	datum_reserve(o, REPORT_KEYS);
	datum_put(o, "kind", mail_kind_name(r->kind));
	datum_set(o, "form", line_of(a, r->form));
	datum_set(o, "tracking", line_of(a, r->tracking));
	datum_set(o, "subject", line_of(a, r->subject));
	datum_set(o, "from", pair_of(a, "name", r->from_name, "address",
	    r->from_addr));
	datum_set(o, "fields", fields_of(a, r));
	datum_set(o, "missing", list_of(a, r->missing, r->n_missing));
	datum_set(o, "category", pair_of(a, "value", r->category, "source",
	    r->category_source));
	datum_set(o, "timing", timing_of(a, r));
	datum_set(o, "attachments", attachments_of(a, r));
	datum_set(o, "own_text", text_of(a, r->own_text, REPORT_TEXT_MAX));
	datum_set(o, "problems", problems_of(a, r));
	datum_put_flag(o, "forwarded", r->forwarded);
	datum_set(o, "another", text_of(a, r->another, REPORT_TEXT_MAX));
	datum_set(o, "passed_on", text_of(a, r->passed_on, REPORT_TEXT_MAX));
	datum_set(o, "reporter_email", line_of(a, r->reporter_email));
	datum_set(o, "submitted_by", line_of(a, r->submitted_by));
	datum_set(o, "origins", origins_of(a, r));
	datum_set(o, "mail", mail_of(a, r));
	return o;
}

static char *
written(struct arena *a, struct datum *d)
{
	struct buf	 b;
	char		*s;

	buf_init(&b, REPORT_JSON_MAX);
	datum_write(&b, d);
	s = b.over ? NULL : arena_strndup(a, b.data, b.len);
	buf_free(&b);
	return s;
}

char *
report_text(struct arena *a, const struct report *r)
{
	return written(a, report_of(a, r));
}

char *
field_text(struct arena *a, const struct field *f)
{
	return written(a, field_of(a, f));
}
