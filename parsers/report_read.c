#include <limits.h>
#include <string.h>

#include "base/civil.h"
#include "base/datum.h"
#include "parsers/limits.h"
#include "parsers/report.h"
#include "parsers/report_keys.h"

/*
 * The way back.  The writer is a process that has just read a stranger's
 * bytes: nothing of it is believed but what report_text() can write.
 */
struct back {
	struct arena	*a;
	const char	*bad;		/* the first key that was wrong */
};

static void
bad(struct back *b, const char *key)
{
	if (b->bad == NULL)
		b->bad = key;
}

static const char *
string_of(struct back *b, const struct datum *j, const char *key, size_t max)
{
	const char	*s;

	if (datum_is(j, DATUM_NULL))
		return NULL;
	if (!datum_is(j, DATUM_TEXT) || j->len > max) {
		bad(b, key);
		return NULL;
	}
	s = j->u.text;			/* it lies in the arena */
	for (size_t i = 0; i < j->len; i++) {
		unsigned char c = (unsigned char)s[i];

		if ((c < 0x20 && c != '\t' && c != '\n') || c == 0x7f) {
			bad(b, key);
			return NULL;
		}
	}
	return s;
}

static const char *
get_text(struct back *b, struct datum *o, const char *key, size_t max)
{
	return string_of(b, datum_get(o, key), key, max);
}

static const char *
get_line(struct back *b, struct datum *o, const char *key)
{
	return get_text(b, o, key, REPORT_LINE_MAX);
}

static struct datum *
get_object(struct back *b, struct datum *o, const char *key)
{
	struct datum	*j = datum_get(o, key);

	if (!datum_is(j, DATUM_OBJECT))
		bad(b, key);
	return j;
}

/* The elements and their number, which is 0 when it is no list or too long. */
static struct datum **
get_list(struct back *b, struct datum *o, const char *key, size_t max,
    size_t *n)
{
	struct datum	*j = datum_get(o, key);

	*n = 0;
	if (!datum_is(j, DATUM_LIST) || j->n > max) {
		bad(b, key);
		return NULL;
	}
	*n = j->n;
	return j->u.list;
}

static int
flag_of(struct back *b, const struct datum *j, const char *key)
{
	if (!datum_is(j, DATUM_TRUE) && !datum_is(j, DATUM_FALSE))
		bad(b, key);
	return datum_is(j, DATUM_TRUE);
}

static int
get_flag(struct back *b, struct datum *o, const char *key)
{
	return flag_of(b, datum_get(o, key), key);
}

static int64_t
get_time(struct back *b, struct datum *o, const char *key)
{
	const char	*s = get_line(b, o, key);
	int64_t		 t;

	if (s == NULL)
		return TIME_NONE;
	if (rfc3339_parse(s, &t) == -1) {
		bad(b, key);
		return TIME_NONE;
	}
	return t;
}

static int
int_of(struct back *b, const struct datum *j, const char *key, int none)
{
	if (datum_is(j, DATUM_NULL))
		return none;
	if (!datum_is(j, DATUM_INT) || j->u.num <= INT_MIN ||
	    j->u.num > INT_MAX) {
		bad(b, key);
		return none;
	}
	return (int)j->u.num;
}

static const char **
get_lines(struct back *b, struct datum *o, const char *key, size_t *n)
{
	struct datum	**j = get_list(b, o, key, REPORT_LIST_MAX, n);
	const char	**v = arena_array(b->a, *n, sizeof(*v));

	for (size_t i = 0; i < *n; i++) {
		v[i] = string_of(b, j[i], key, REPORT_LINE_MAX);
		if (v[i] == NULL)
			bad(b, key);
	}
	return v;
}

static void
phone_of(struct back *b, struct datum *j, struct phone *p)
{
	const struct datum	*s = datum_get(j, "short");

	p->raw = get_line(b, j, "raw");
	p->e164 = get_line(b, j, "e164");
	p->ext = get_line(b, j, "ext");
	if (s != NULL)
		p->short_number = string_of(b, s, "short", REPORT_LINE_MAX);
}

static void
date_of(struct back *b, const struct datum *j, struct field *f)
{
	const char	*s = string_of(b, j, f->name, REPORT_NAME_MAX);
	char		*full;

	if (s == NULL)
		return;
	full = strlen(s) != 10 ? NULL :
	    arena_printf(b->a, "%sT00:00:00+08:00", s);
	if (full == NULL || rfc3339_parse(full, &f->time) == -1)
		bad(b, f->name);
}

static void
value_of(struct back *b, struct datum *j, struct field *f)
{
	f->time = TIME_NONE;
	f->known = !datum_is(j, DATUM_NULL);
	if (!f->known)
		return;
	switch (f->kind) {
	case VALUE_DATETIME:
		if (!datum_is(j, DATUM_TEXT) ||
		    rfc3339_parse(j->u.text, &f->time) == -1)
			bad(b, f->name);
		return;
	case VALUE_DATE:
		date_of(b, j, f);
		return;
	case VALUE_PHONE:
		if (!datum_is(j, DATUM_OBJECT))
			bad(b, f->name);
		else
			phone_of(b, j, &f->phone);
		return;
	case VALUE_NUMBER:
		f->number = int_of(b, j, f->name, 0);
		return;
	case VALUE_BOOL:
		f->number = flag_of(b, j, f->name);
		return;
	case VALUE_TEXT:
	case VALUE_LINE:
	case VALUE_CHOICE:
	case VALUE_PERSON:
		f->text = string_of(b, j, f->name, REPORT_TEXT_MAX);
		return;
	}
}

/* One value, or all those of a repeatable field. */
static void
values_of(struct back *b, struct datum *j, struct field *f)
{
	struct field	*one = f;

	if (!datum_is(j, DATUM_LIST)) {
		value_of(b, j, f);
		return;
	}
	if (j->n < 2 || j->n > REPORT_REPEAT_MAX) {
		bad(b, f->name);
		return;
	}
	for (size_t i = 0; i < j->n; i++) {
		value_of(b, j->u.list[i], one);
		if (!one->known)
			bad(b, f->name);
		if (i + 1 == j->n)
			break;
		one->more = arena_alloc(b->a, sizeof(*one));
		*one->more = (struct field){ .name = f->name,
		    .kind = f->kind };
		one = one->more;
	}
}

static void
read_fields(struct back *b, struct datum *o, struct report *r)
{
	struct datum	*values = get_object(b, o, "fields");
	struct datum	*origins = get_object(b, o, "origins"), *from, *v;
	const char	*key, *kind;

	if (b->bad != NULL)
		return;
	if (origins->n > REPORT_FIELDS_MAX || origins->n != values->n) {
		bad(b, "origins");
		return;
	}
	r->fields = arena_array(b->a, origins->n, sizeof(*r->fields));
	for (uint32_t i = 0; i < origins->n; i++) {
		struct field *f = &r->fields[r->n_fields];

		from = datum_member(origins, i, &key);
		v = datum_get(values, key);
		if (v == NULL || strlen(key) > REPORT_NAME_MAX) {
			bad(b, "fields");
			return;
		}
		f->name = key;
		kind = get_line(b, from, "kind");
		if (report_value_parse(kind, &f->kind) == -1) {
			bad(b, "kind");
			return;
		}
		f->raw = get_text(b, from, "raw", REPORT_TEXT_MAX);
		f->line = int_of(b, datum_get(from, "line"), "line", 0);
		f->part = int_of(b, datum_get(from, "part"), "part", 0);
		f->rule = get_line(b, from, "rule");
		values_of(b, v, f);
		r->n_fields++;
	}
}

static void
read_attachments(struct back *b, struct datum *o, struct report *r)
{
	struct datum	**l, *j, *size;
	const char	*sha;

	l = get_list(b, o, "attachments", REPORT_ATTACHMENTS_MAX,
	    &r->n_attachments);
	r->attachments = arena_array(b->a, r->n_attachments,
	    sizeof(*r->attachments));
	for (size_t i = 0; i < r->n_attachments; i++) {
		struct attachment *at = &r->attachments[i];

		j = l[i];
		at->name = get_line(b, j, "name");
		at->type = get_line(b, j, "type");
		size = datum_get(j, "size");
		if (!datum_is(size, DATUM_INT) || size->u.num < 0)
			bad(b, "size");
		else
			at->size = size->u.num;
		sha = get_text(b, j, "sha256", 64);
		if (sha == NULL || strlen(sha) != 64 ||
		    strspn(sha, "0123456789abcdef") != 64)
			bad(b, "sha256");
		else
			memcpy(at->sha256, sha, 65);
	}
}

static void
read_problems(struct back *b, struct datum *o, struct report *r)
{
	struct datum	**l, *j;

	l = get_list(b, o, "problems", REPORT_LIST_MAX, &r->n_problems);
	r->problems = arena_array(b->a, r->n_problems, sizeof(*r->problems));
	for (size_t i = 0; i < r->n_problems; i++) {
		j = l[i];
		r->problems[i].field = get_line(b, j, "field");
		r->problems[i].text = get_text(b, j, "text",
		    REPORT_EXCERPT_MAX);
		r->problems[i].reason = get_line(b, j, "reason");
		r->problems[i].value = get_line(b, j, "value");
	}
}

static void
read_mail(struct back *b, struct datum *m, struct report *r)
{
	struct datum	**l, *j;

#define X(key, member) r->member = get_line(b, m, key);
	MAIL_LINES(X)
#undef X
#define X(key, member) r->member = get_flag(b, m, key);
	MAIL_FLAGS(X)
#undef X
#define X(key, member) r->member = get_lines(b, m, key, &r->n_##member);
	MAIL_LISTS(X)
#undef X
	r->date = get_time(b, m, "date");
	l = get_list(b, m, "bounced", REPORT_LIST_MAX, &r->n_bounced);
	r->bounced = arena_array(b->a, r->n_bounced, sizeof(*r->bounced));
	for (size_t i = 0; i < r->n_bounced; i++) {
		j = l[i];
		r->bounced[i].address = get_line(b, j, "address");
		r->bounced[i].action = get_line(b, j, "action");
		r->bounced[i].status = get_line(b, j, "status");
		r->bounced[i].diagnostic = get_line(b, j, "diagnostic");
	}
}

static void
read_top(struct back *b, struct datum *o, struct report *r)
{
	struct datum	*j;

	if (mail_kind_parse(get_line(b, o, "kind"), &r->kind) == -1)
		bad(b, "kind");
	r->form = get_line(b, o, "form");
	r->tracking = get_line(b, o, "tracking");
	r->subject = get_line(b, o, "subject");
	j = get_object(b, o, "from");
	r->from_name = get_line(b, j, "name");
	r->from_addr = get_line(b, j, "address");
	r->missing = get_lines(b, o, "missing", &r->n_missing);
	j = get_object(b, o, "category");
	r->category = get_line(b, j, "value");
	r->category_source = get_line(b, j, "source");
	j = get_object(b, o, "timing");
	r->received_at = get_time(b, j, "received_at");
	r->verdict = get_line(b, j, "verdict");
	r->declared_minutes = int_of(b, datum_get(j,
	    "declared_minutes"), "declared_minutes", INT_MIN);
	r->receipt_minutes = int_of(b, datum_get(j,
	    "receipt_minutes"), "receipt_minutes", INT_MIN);
	r->own_text = get_text(b, o, "own_text", REPORT_TEXT_MAX);
	r->forwarded = get_flag(b, o, "forwarded");
	r->another = get_text(b, o, "another", REPORT_TEXT_MAX);
	r->passed_on = get_text(b, o, "passed_on", REPORT_TEXT_MAX);
	r->reporter_email = get_line(b, o, "reporter_email");
	r->submitted_by = get_line(b, o, "submitted_by");
}

enum rc
report_from_json(const char *s, size_t len, struct arena *a,
    struct report *r, struct err *err)
{
	struct back	 b = { .a = a };
	struct datum	*o;

	memset(r, 0, sizeof(*r));
	if (len > REPORT_JSON_MAX)
		return err_set(err, RC_REFUSED, "report: %zu bytes", len);
	o = datum_parse(a, s, len);
	if (!datum_is(o, DATUM_OBJECT))
		return err_set(err, RC_REFUSED, "report: no JSON object");
	read_top(&b, o, r);
	read_fields(&b, o, r);
	read_attachments(&b, o, r);
	read_problems(&b, o, r);
	read_mail(&b, get_object(&b, o, "mail"), r);
	if (b.bad != NULL)
		return err_set(err, RC_REFUSED, "report: key \"%s\" is wrong",
		    b.bad);
	return RC_OK;
}
