#include "parsers/exhibit.h"

#include <string.h>

#include "parsers/limits.h"
#include "parsers/mime.h"
#include "parsers/report.h"
#include "parsers/report_head.h"

static const char *const type_names[] = {
#define X(id, name, endings) [EXHIBIT_##id] = name,
	EXHIBIT_TYPES(X)
#undef X
};

static const char *const fault_texts[] = {
#define X(id, text) [EXHIBIT_IS_##id] = text,
	EXHIBIT_FAULTS(X)
#undef X
};

/* What a policy may not name, and why; the words stand anywhere in it. */
static const struct { const char *word, *why; } bad_types[] = {
	{ "*", "a whole family, of which some can run" },
	{ "executable", "a program" }, { "msdownload", "a program" },
	{ "dosexec", "a program" }, { "portable-exec", "a program" },
	{ "msdos-program", "a program" }, { "x-msi", "a program" },
	{ "sharedlib", "a program" }, { "java", "a program" },
	{ "wasm", "a program" }, { "bat", "a program" },
	{ "ecmascript", "a script" }, { "script", "a script" },
	{ "x-sh", "a script" }, { "x-csh", "a script" },
	{ "powershell", "a script" }, { "python", "a script" },
	{ "perl", "a script" }, { "php", "a script" },
	{ "octet-stream", "anything, a program too" },
	{ "zip", "an archive, which may hold a program" },
	{ "rar", "an archive, which may hold a program" },
	{ "7z", "an archive, which may hold a program" },
	{ "tar", "an archive, which may hold a program" },
	{ "compress", "an archive, which may hold a program" },
	{ "archive", "an archive, which may hold a program" },
	{ "iso9660", "an archive, which may hold a program" },
	{ "msword", "an office document, which may hold macros" },
	{ "ms-", "an office document, which may hold macros" },
	{ "officedocument", "an office document, which may hold macros" },
	{ "opendocument", "an office document, which may hold macros" },
	{ "rtf", "an office document, which may hold macros" },
	{ "html", "a page, which may hold scripts" },
	{ "xml", "a page, which may hold scripts" },
	{ "svg", "a drawing, which may hold scripts" },
	{ "message/", "a mail, which may hold other files" },
	{ "multipart/", "a mail, which may hold other files" },
};

const char *
exhibit_type_name(enum exhibit_type t)
{
	return (unsigned)t < EXHIBIT_NTYPES ? type_names[t] : NULL;
}

int
exhibit_type_parse(const char *s, enum exhibit_type *out)
{
	for (int t = 0; t < EXHIBIT_NTYPES; t++)
		if (strcmp(s, type_names[t]) == 0) {
			*out = (enum exhibit_type)t;
			return 0;
		}
	return -1;
}

const char *
exhibit_fault_text(enum exhibit_fault f)
{
	return (unsigned)f < EXHIBIT_NFAULTS ? fault_texts[f] : "?";
}

const char *
exhibit_type_bad(const char *s)
{
	enum exhibit_type	t;

	if (exhibit_type_parse(s, &t) == 0)
		return NULL;
	for (size_t i = 0; i < sizeof(bad_types) / sizeof(bad_types[0]); i++)
		if (strcasestr(s, bad_types[i].word) != NULL)
			return bad_types[i].why;
	return "a type whose content nobody here can tell";
}

int
exhibit_none(const char *type)
{
	return type != NULL && (strcmp(type,
	    "application/pkcs7-signature") == 0 ||
	    strcmp(type, "application/x-pkcs7-signature") == 0 ||
	    strcmp(type, "application/pgp-signature") == 0);
}

static enum exhibit_fault
judge(struct arena *a, const struct part *p, const char *bytes, size_t len,
    struct exhibit *x)
{
	enum exhibit_fault	fault;

	if (strncmp(p->type, "message/", 8) == 0)
		return EXHIBIT_IS_MAIL;
	fault = exhibit_name(a, p->name, &x->type);
	if (fault == EXHIBIT_IS_NONE)
		fault = exhibit_content(a, x->type, bytes, len, &x->charset);
	return fault;
}

/* Its bytes go along when some receiver may have them. */
static void
take_bytes(const struct exhibit_want *w, struct exhibit *x, size_t files,
    int64_t sum, const char *bytes, size_t len)
{
	if (x->fault != EXHIBIT_IS_NONE || files == EXHIBIT_FILES ||
	    !(w->types & EXHIBIT_BIT(x->type)) || x->size > w->each ||
	    x->size > w->total - sum)
		return;
	x->data = bytes;
	x->len = len;
}

enum rc
exhibits_read(struct arena *a, const char *raw, size_t len,
    const struct exhibit_want *w, struct exhibit **out, size_t *n,
    size_t *more, struct err *err)
{
	struct report	 rep;
	struct mime	 m;
	struct body	 body;
	struct exhibit	*x;
	const char	*bytes;
	size_t		 blen, files = 0, at = 0;
	int64_t		 sum = 0;
	enum rc		 rc;

	*n = *more = 0;
	*out = arena_array(a, EXHIBITS_MAX, sizeof(**out));
	rc = mime_read(a, raw, len, &m, err);
	if (rc != RC_OK)
		return rc;
	mime_body(&m, &body);	/* what is read as words is no file */
	memset(&rep, 0, sizeof(rep));
	report_attachments(&m, &rep);
	for (size_t i = 0; i < m.n_leaves; i++) {
		struct part *p = m.leaves[i];
		const struct attachment	*listed;

		if (p->is_body || p->child != NULL)
			continue;
		listed = &rep.attachments[at++];
		if (exhibit_none(p->type))
			continue;
		if (*n == EXHIBITS_MAX) {
			++*more;
			continue;
		}
		x = &(*out)[(*n)++];
		x->name = p->name;
		x->type = EXHIBIT_NTYPES;
		x->size = listed->size;
		memcpy(x->sha256, listed->sha256, sizeof(x->sha256));
		bytes = part_bytes(a, p, &blen);
		x->fault = judge(a, p, bytes, blen, x);
		take_bytes(w, x, files, sum, bytes, blen);
		if (x->data != NULL) {
			files++;
			sum += x->size;
		}
	}
	return RC_OK;
}

json_t *
exhibits_json(const struct exhibit *x, size_t n, size_t more)
{
	json_t	*list = json_array();

	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(list, json_pack(
		    "{s:s?,s:i,s:i,s:I,s:s,s:b,s:s*}", "name", x[i].name,
		    "type", (int)x[i].type, "fault", (int)x[i].fault, "size",
		    (json_int_t)x[i].size, "sha256", x[i].sha256, "data",
		    x[i].data != NULL, "charset", x[i].charset));
	return json_pack("{s:o,s:I}", "files", list, "more",
	    (json_int_t)more);
}

static int
is_hash(const char *s)
{
	return s != NULL && strlen(s) == 64 &&
	    strspn(s, "0123456789abcdef") == 64;
}

/* The charset's name is one of our own words, never the sender's. */
static const char *
charset_of(const json_t *o)
{
	const char	*s = json_string_value(json_object_get(o, "charset"));

	if (s == NULL)
		return NULL;
	return strcmp(s, "UTF-8") == 0 ? "UTF-8" : "Big5";
}

static int
one_from(const json_t *o, struct arena *a, struct exhibit *x, size_t *files)
{
	const char	*sha = json_string_value(json_object_get(o, "sha256"));
	const json_t	*name = json_object_get(o, "name");
	json_int_t	 type, fault;

	type = json_integer_value(json_object_get(o, "type"));
	fault = json_integer_value(json_object_get(o, "fault"));
	x->size = json_integer_value(json_object_get(o, "size"));
	if (type < 0 || type > EXHIBIT_NTYPES || fault < 0 ||
	    fault >= EXHIBIT_NFAULTS || x->size < 0 || x->size > MAIL_MAX ||
	    !is_hash(sha) || !(json_is_string(name) || json_is_null(name)) ||
	    json_string_length(name) > REPORT_TEXT_MAX)
		return -1;
	x->name = arena_strdup(a, json_string_value(name));
	x->type = (enum exhibit_type)type;
	x->fault = (enum exhibit_fault)fault;
	memcpy(x->sha256, sha, sizeof(x->sha256));
	x->charset = charset_of(o);
	if (!json_is_true(json_object_get(o, "data")))
		return 0;
	x->data = "";
	return x->fault != EXHIBIT_IS_NONE || type == EXHIBIT_NTYPES ||
	    ++*files > EXHIBIT_FILES ? -1 : 0;
}

enum rc
exhibits_from_json(const char *s, size_t len, struct arena *a,
    struct exhibit **out, size_t *n, size_t *more, size_t *files,
    struct err *err)
{
	json_t	*js = json_loadb(s, len, JSON_REJECT_DUPLICATES, NULL);
	json_t	*list = json_object_get(js, "files"), *one;
	json_int_t left = json_integer_value(json_object_get(js, "more"));
	size_t	 i;
	int	 bad;

	*n = json_array_size(list);
	*more = (size_t)left;
	*files = 0;
	bad = !json_is_array(list) || *n > EXHIBITS_MAX || left < 0 ||
	    left > PARTS_MAX;
	*out = arena_array(a, EXHIBITS_MAX, sizeof(**out));
	json_array_foreach(list, i, one)
		if (!bad)
			bad = one_from(one, a, &(*out)[i], files) == -1;
	json_decref(js);
	return bad ? err_set(err, RC_REFUSED, "exhibits: found what the "
	    "reader does not write") : RC_OK;
}
