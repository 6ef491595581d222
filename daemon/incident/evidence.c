#include "incident/evidence.h"

#include <string.h>

#include <gnutls/gnutls.h>
#include <unistr.h>

#include "incident/view_parts.h"

#define NAME_SHOWN	255		/* bytes of a name in a letter: as long as
					   that of a file that goes */
#define SCHEMA	"tocsin/incident-evidence/1"	/* doc/evidence.schema.json */

void
evidence_want(const struct policy *p, struct exhibit_want *w)
{
	memset(w, 0, sizeof(*w));
	for (size_t i = 0; i < p->n_evidence; i++) {
		const struct policy_evidence *e = &p->evidence[i];

		if (e->mail != EVIDENCE_FILES && e->http != EVIDENCE_FILES)
			continue;
		w->types |= e->types;
		if (e->each > w->each)
			w->each = e->each;
		if (e->total > w->total)
			w->total = e->total;
	}
}

static enum exhibit_fault
one(const struct policy_evidence *e, enum evidence_way way,
    const struct exhibit *x, int64_t sum)
{
	if (x->fault != EXHIBIT_IS_NONE)
		return x->fault;
	if (way != EVIDENCE_FILES)
		return EXHIBIT_IS_LIST;
	if (!(e->types & EXHIBIT_BIT(x->type)))
		return EXHIBIT_IS_POLICY;
	if (x->size > e->each)
		return EXHIBIT_IS_LARGE;
	if (x->size > e->total - sum)
		return EXHIBIT_IS_TOGETHER;
	return x->data == NULL ? EXHIBIT_IS_UNREAD : EXHIBIT_IS_NONE;
}

static enum exhibit_fault *
choose(const struct evidence *ev, enum evidence_way way, struct arena *a)
{
	enum exhibit_fault	*v;
	int64_t			 sum = 0;

	if (way == EVIDENCE_NO)
		return NULL;
	v = arena_array(a, ev->n + 1, sizeof(*v));
	for (size_t i = 0; i < ev->n; i++) {
		v[i] = one(ev->rule, way, ev->files[i], sum);
		if (v[i] == EXHIBIT_IS_NONE)
			sum += ev->files[i]->size;
	}
	return v;
}

void
evidence_choose(struct evidence *ev, struct arena *a)
{
	ev->mail = choose(ev, ev->rule->mail, a);
	ev->http = choose(ev, ev->rule->http, a);
}

size_t
evidence_goes(const struct evidence *ev, const enum exhibit_fault *v)
{
	size_t	n = 0;

	for (size_t i = 0; v != NULL && i < ev->n; i++)
		n += v[i] == EXHIBIT_IS_NONE;
	return n;
}

/* Takes no room or turns the writing: would falsify the list. */
static int
is_sly(ucs4_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0xad ||
	    c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
	    (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
	    c == 0xfeff || (c >= 0xfff0 && c <= 0xffff) || c >= 0xe0000;
}

char *
evidence_name(struct arena *a, const char *name)
{
	const uint8_t	*p = (const uint8_t *)(name == NULL ? "" : name);
	char		*out = arena_alloc(a, NAME_SHOWN + 8);
	size_t		 len = 0;
	ucs4_t		 c;
	int		 n;

	for (; *p != '\0'; p += n) {
		n = u8_strmbtouc(&c, p);
		if (n <= 0) {
			n = 1;
			c = 0xfffd;
		}
		if (len + (size_t)n > NAME_SHOWN) {
			memcpy(out + len, "...", 3);
			break;
		}
		if (is_sly(c)) {
			out[len++] = '?';
		} else {
			memcpy(out + len, p, (size_t)n);
			len += (size_t)n;
		}
	}
	return out;
}

const char *
evidence_type(const struct exhibit *x, struct arena *a)
{
	const char	*name = exhibit_type_name(x->type);

	return x->charset == NULL ? name : arena_printf(a,
	    "%s; charset=%s", name, x->charset);
}

/* A file in the letter; why is NULL for one that goes. */
static json_t *
file_json(const struct exhibit *x, const char *why, struct arena *a)
{
	const char	*name = evidence_name(a, x->name);

	return json_pack("{s:s*,s:s*,s:I,s:s,s:s*}", "name", *name == '\0' ?
	    NULL : name, "type", exhibit_type_name(x->type), "size",
	    (json_int_t)x->size, "sha256", x->sha256, "why", why);
}

json_t *
evidence_data(const struct evidence *ev, const struct policy *p,
    struct arena *a)
{
	json_t	*sent = json_array(), *kept = json_array();
	json_t	*kept_en = json_array();

	for (size_t i = 0; ev->mail != NULL && i < ev->n; i++) {
		const struct exhibit	*x = ev->files[i];
		struct words		 why;

		if (ev->mail[i] == EXHIBIT_IS_NONE) {
			json_array_append_new(sent, file_json(x, NULL, a));
			continue;
		}
		why = policy_reason(p, exhibit_fault_text(ev->mail[i]), a);
		json_array_append_new(kept, file_json(x, why.zh, a));
		json_array_append_new(kept_en, file_json(x, why.en, a));
	}
	return json_pack("{s:i,s:b,s:b,s:o,s:o,s:{s:{s:o}},s:I,s:b,s:I,s:b}",
	    "revision", ev->revision, "any_sent", json_array_size(sent) > 0,
	    "any_kept", json_array_size(kept) > 0, "sent", sent, "kept", kept,
	    "in", "en", "kept", kept_en, "more", (json_int_t)ev->more,
	    "any_more", ev->more > 0, "strangers", (json_int_t)ev->strangers,
	    "any_strangers", ev->strangers > 0);
}

/* What the file holds, in base64. */
static json_t *
bytes_json(const struct exhibit *x)
{
	gnutls_datum_t	in, out = { NULL, 0 };
	json_t		*s;

	in.data = (unsigned char *)(uintptr_t)x->data;
	in.size = (unsigned)x->len;
	if (gnutls_base64_encode2(&in, &out) < 0)
		return NULL;
	s = json_stringn((const char *)out.data, out.size);
	gnutls_free(out.data);
	return s;
}

json_t *
evidence_payload(const struct evidence *ev, const struct policy *p,
    const struct conf *conf, const struct situation *s,
    const struct addressee *to, const char *key, int64_t now)
{
	struct picture	 v = { .p = p, .conf = conf, .s = s, .now = now,
	    .lang = "zh-TW" };
	json_t		*o, *files = json_array(), *kept = json_array(), *f;

	v.role = to->role == NULL ? "other" : to->role;
	v.a = arena_new();
	o = payload_head(&v, SCHEMA, "evidence", ev->revision, key);
	for (size_t i = 0; ev->http != NULL && i < ev->n; i++) {
		const struct exhibit	*x = ev->files[i];

		f = file_json(x, NULL, v.a);
		if (ev->http[i] == EXHIBIT_IS_NONE) {
			(void)json_object_set_new(f, "type", json_string(
			    evidence_type(x, v.a)));
			(void)json_object_set_new(f, "data", bytes_json(x));
			json_array_append_new(files, f);
			continue;
		}
		(void)json_object_set_new(f, "reason", json_string(
		    exhibit_fault_text(ev->http[i])));
		json_array_append_new(kept, f);
	}
	(void)json_object_set_new(o, "attachments", files);
	(void)json_object_set_new(o, "withheld", kept);
	(void)json_object_set_new(o, "more", json_integer(
	    (json_int_t)ev->more));
	(void)json_object_set_new(o, "unproved", json_integer(
	    (json_int_t)ev->strangers));
	arena_free(&v.a);
	return o;
}
