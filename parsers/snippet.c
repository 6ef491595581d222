#include "parsers/snippet.h"

#include <stdio.h>
#include <string.h>

#include "base/civil.h"
#include "base/hex.h"
#include "parsers/category.h"
#include "parsers/choice.h"
#include "parsers/datetime.h"
#include "parsers/form.h"
#include "parsers/phone.h"
#include "parsers/reply.h"
#include "parsers/text.h"
#include "parsers/timing.h"
#include "parsers/tracking.h"

#define INPUT_MAX	(1024u * 1024)
#define HOLIDAYS_MAX	1000

/* What a field's function gets. */
struct input {
	const struct parse_conf *pc;
	struct arena	*a;
	const char	*text;		/* clean UTF-8 */
	const char	*raw;
	size_t		 len;
	int64_t		 ref;
	struct err	*err;
};

static json_t *
time_json(int64_t t, int zone, int date_only)
{
	char	s[RFC3339_SIZE];

	(void)rfc3339(s, t, zone);
	return json_stringn(s, date_only ? 10 : strlen(s));
}

static json_t *
read_datetime(const struct input *in)
{
	struct datetime	d;

	datetime_read(in->a, in->text, in->ref, in->pc->zone, &d);
	return d.known ? time_json(d.utc, in->pc->zone, 0) : json_null();
}

static json_t *
read_date(const struct input *in)
{
	struct datetime	d;

	return date_read(in->a, in->text, in->ref, in->pc->zone, &d) ?
	    time_json(d.utc, in->pc->zone, 1) : json_null();
}

static json_t *
string_or_null(const char *s)
{
	return s != NULL ? json_string(s) : json_null();
}

static json_t *
read_phone(const struct input *in)
{
	struct phone	 one, two;
	json_t		*o;

	if (phone_read(in->a, in->text, &one, &two) == 0)
		return json_null();
	o = json_object();
	(void)json_object_set_new(o, "e164", string_or_null(one.e164));
	if (one.short_number != NULL)
		(void)json_object_set_new(o, "short",
		    json_string(one.short_number));
	(void)json_object_set_new(o, "ext", string_or_null(one.ext));
	return o;
}

static json_t *
read_level(const struct input *in)
{
	int	level = level_read(in->a, in->text, NULL);

	return level > 0 ? json_integer(level) : json_null();
}

static json_t *
read_category(const struct input *in)
{
	const char	*source;

	return string_or_null(category_read(in->pc, in->a, in->text,
	    &source));
}

static json_t *
read_status(const struct input *in)
{
	const struct choice_set *set = in->pc->forms == NULL ? NULL :
	    form_choices(in->pc->forms, "status");

	return set == NULL ? json_null() :
	    string_or_null(choice_read(in->a, set, in->text, in->ref,
	    in->pc->zone, NULL));
}

static json_t *
read_recovery(const struct input *in)
{
	struct report	 r = { 0 };
	json_t		*o = json_object();

	(void)form_read(in->pc->forms, NULL, in->text, 1, 1, 1, in->ref,
	    in->pc->zone, in->a, &r);
	for (size_t i = 0; i < r.n_fields; i++)
		(void)json_object_set_new(o, r.fields[i].name,
		    field_json(&r.fields[i]));
	return o;
}

/* Labels that stand in the text, with their values as written. */
static json_t *
fields_as(const struct input *in, int is_reply)
{
	struct report	 r = { 0 };
	struct reply	 cut;
	json_t		*o = json_object();

	/* 電話 in a signature is nobody's field */
	reply_cut(in->a, in->text, &cut);
	(void)form_read(in->pc->forms, NULL, cut.forwarded ||
	    *cut.own == '\0' ? in->text : cut.own, 1, 1, is_reply,
	    in->ref, in->pc->zone, in->a, &r);
	for (size_t i = 0; i < r.n_fields; i++)
		if (r.fields[i].rule != NULL)
			(void)json_object_set_new(o, r.fields[i].name,
			    string_or_null(r.fields[i].raw));
	return o;
}

static int
values(json_t *o)
{
	const char	*key;
	json_t		*v;
	int		 n = 0;

	json_object_foreach(o, key, v)
		n += !json_is_null(v);
	return n;
}

/* Nobody says whether it is a report or an answer: what finds more. */
static json_t *
read_fields(const struct input *in)
{
	json_t	*report = fields_as(in, 0), *reply = fields_as(in, 1);

	if (values(reply) > values(report)) {
		json_decref(report);
		return reply;
	}
	json_decref(reply);
	return report;
}

static json_t *
read_own_text(const struct input *in)
{
	struct reply	r;

	reply_cut(in->a, in->text, &r);
	return json_string(r.own);
}

static json_t *
read_tracking(const struct input *in)
{
	return string_or_null(tracking_find(in->a, in->pc->tracking_pattern,
	    in->text, strlen(in->text)));
}

static json_t *
read_header(const struct input *in)
{
	int	guessed = 0;

	return string_or_null(text_header(in->a, in->raw, in->len, &guessed));
}

static json_t *
object_of(const struct input *in)
{
	json_error_t	 why;
	json_t		*o = json_loadb(in->raw, in->len, 0, &why);

	if (o != NULL && json_is_object(o))
		return o;
	if (o != NULL)
		(void)err_set(in->err, RC_REFUSED, "found another JSON value, "
		    "expected a JSON object");
	else
		(void)err_set(in->err, RC_REFUSED, "line %d, column %d: found "
		    "no JSON (%s), expected a JSON object", why.line,
		    why.column, why.text);
	json_decref(o);
	return NULL;
}

static char *
unhex(struct arena *a, const char *hex, size_t *n)
{
	size_t	 len = strlen(hex);
	char	*out = arena_alloc(a, len / 2 + 1);

	*n = 0;
	for (size_t i = 0; i + 1 < len; i += 2) {
		int	hi = hex_digit(hex[i]), lo = hex_digit(hex[i + 1]);

		if (hi < 0 || lo < 0)
			return NULL;
		out[(*n)++] = (char)(hi * 16 + lo);
	}
	return len % 2 == 0 ? out : NULL;
}

static json_t *
read_charset(const struct input *in)
{
	json_t		*o = object_of(in), *j = NULL;
	const char	*hex;
	char		*bytes;
	size_t		 n = 0, len;
	int		 guessed = 0;

	if (o == NULL)
		return NULL;
	hex = json_string_value(json_object_get(o, "hex"));
	bytes = hex == NULL ? NULL : unhex(in->a, hex, &n);
	if (bytes == NULL) {
		(void)err_set(in->err, RC_REFUSED, "hex: found %s, expected "
		    "pairs of hexadecimal digits", hex == NULL ? "nothing" :
		    "other characters");
	} else {
		bytes = text_decode(in->a, bytes, n,
		    json_string_value(json_object_get(o, "label")), &guessed,
		    &len);
		j = json_stringn(bytes, len);
	}
	json_decref(o);
	return j;
}

/* A member that is a time or null; -1 with err. */
static int
time_member(const struct input *in, const json_t *o, const char *key,
    int64_t *t)
{
	const json_t	*v = json_object_get(o, key);

	*t = TIME_NONE;
	if (v == NULL || json_is_null(v))
		return 0;
	if (json_is_string(v) && rfc3339_parse(json_string_value(v), t) == 0)
		return 0;
	(void)err_set(in->err, RC_REFUSED, "%s: expected an RFC 3339 time "
	    "or null", key);
	return -1;
}

static json_t *
read_timing(const struct input *in)
{
	json_t	*o = object_of(in), *j = NULL;
	int64_t	 occurred, reported, received;

	if (o == NULL)
		return NULL;
	if (time_member(in, o, "occurred", &occurred) == 0 &&
	    time_member(in, o, "reported", &reported) == 0 &&
	    time_member(in, o, "received", &received) == 0)
		j = json_string(timing_verdict(occurred, reported, received,
		    in->pc->limit));
	json_decref(o);
	return j;
}

static json_t *
month_json(const struct input *in, const char *date, int months,
    const char *const *days, size_t n)
{
	struct datetime	d;
	int64_t		t;

	if (date == NULL || !date_read(in->a, date, in->ref, in->pc->zone, &d))
		return json_null();
	t = month_deadline(d.utc, months, in->pc->zone, days, n);
	return t == TIME_NONE ? json_null() : time_json(t, in->pc->zone, 1);
}

/* "2025-03-31", or {"date": ..., "months": 1, "holidays": [...]}. */
static json_t *
read_month_deadline(const struct input *in)
{
	const char	*days[HOLIDAYS_MAX];
	json_t		*o, *list, *v, *j;
	size_t		 n = 0, i;
	int		 months = 1;

	if (in->text[strspn(in->text, " \t\n")] != '{')
		return month_json(in, in->text, 1, NULL, 0);
	o = object_of(in);
	if (o == NULL)
		return NULL;
	if (json_is_integer(json_object_get(o, "months")))
		months = (int)json_integer_value(json_object_get(o, "months"));
	list = json_object_get(o, "holidays");
	json_array_foreach(list, i, v)
		if (n < HOLIDAYS_MAX && json_is_string(v))
			days[n++] = json_string_value(v);
	/* an empty table still moves weekends */
	if (json_is_array(list) && n == 0)
		days[n++] = "";
	j = month_json(in, json_string_value(json_object_get(o, "date")),
	    months, days, n);
	json_decref(o);
	return j;
}

static const struct {
	const char	*name;
	json_t		*(*read)(const struct input *);
} fields[] = {
	{ "datetime", read_datetime }, { "date", read_date },
	{ "phone", read_phone }, { "level", read_level },
	{ "category", read_category }, { "status", read_status },
	{ "recovery", read_recovery }, { "fields", read_fields },
	{ "own_text", read_own_text }, { "tracking", read_tracking },
	{ "charset", read_charset }, { "header", read_header },
	{ "timing", read_timing }, { "month_deadline", read_month_deadline },
};

const char *
snippet_field(size_t i)
{
	return i < sizeof(fields) / sizeof(fields[0]) ? fields[i].name : NULL;
}

json_t *
snippet_read(const struct parse_conf *pc, const char *field,
    const char *input, size_t len, int64_t ref, struct arena *a,
    struct err *err)
{
	struct input	 in = { pc, a, NULL, input, len, ref, err };
	size_t		 n;
	int		 guessed = 0;
	char		*text;

	if (len > INPUT_MAX) {
		(void)err_set(err, RC_REFUSED, "found %zu bytes, expected at "
		    "most %u", len, INPUT_MAX);
		return NULL;
	}
	text = text_decode(a, input, len, NULL, &guessed, &n);
	in.text = text_utf8_clean(a, text, n);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (strcmp(fields[i].name, field) == 0)
			return fields[i].read(&in);
	(void)err_set(err, RC_REFUSED, "found field \"%s\", expected datetime, "
	    "date, phone, level, category, status, recovery, fields, "
	    "own_text, tracking, charset, header, timing or month_deadline",
	    field);
	return NULL;
}
