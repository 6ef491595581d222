/*
 * decide_draft - add fields, duties, journal rows and transcript lines to the
 * change in hand.
 */
#include "incident/decide_draft.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"

#define TEXT_MAX	((size_t)64 * 1024)
#define NOTE_MAX	8000		/* bytes kept beside the raw mail */
#define TOLD_LINES	60		/* of a mail that the team is told */

/* Room for one more at the end of an arena array that doubles. */
static void *
grow(struct arena *a, void *old, size_t n, size_t *cap, size_t size)
{
	void	*p;

	if (n < *cap)
		return old;
	*cap = *cap == 0 ? 16 : *cap * 2;
	p = arena_array(a, *cap, size);
	if (n > 0)
		memcpy(p, old, n * size);
	return p;
}

void
draft_field(struct draft *d, const char *name, const char *raw,
    const char *value, const char *by_role, int line)
{
	struct change	*c = d->c;

	c->fields = grow(d->a, c->fields, c->n_fields, &d->cap_fields,
	    sizeof(*c->fields));
	c->fields[c->n_fields++] = (struct incident_field){ .name = name,
	    .raw = raw, .value = value, .by_role = by_role,
	    .by_addr = d->ev->actor, .mail = d->ev->mail, .line = line,
	    .at = d->ev->now };
}

void
draft_report_field(struct draft *d, const struct field *f, const char *name,
    const char *by_role)
{
	draft_field(d, name, f->raw, f->known ? field_text(d->a, f) : NULL,
	    by_role, f->line);
}

int
draft_password_seen(const struct draft *d)
{
	const struct report	*r = d->ev->report;

	for (size_t i = 0; r != NULL && i < r->n_problems; i++)
		if (r->problems[i].field != NULL &&
		    strcmp(r->problems[i].field, "password") == 0)
			return 1;
	return 0;
}

/* Whoever wrote a password into a mail is warned in the answer. */
static json_t *
with_warning(const struct draft *d, const char *role, json_t *data)
{
	if ((strcmp(role, "reporter") != 0 && strcmp(role, "sender") != 0) ||
	    !draft_password_seen(d))
		return data;
	if (data == NULL)
		data = json_object();
	json_object_set_new(data, "password_seen", json_true());
	return data;
}

const char *
draft_suggested(const char *field)
{
	if (strcmp(field, "level") == 0)
		return "suggested_level";
	return strcmp(field, "status") == 0 ? "suggested_status" : NULL;
}

struct duty *
draft_duty(struct draft *d, const char *name, const char *role, json_t *data)
{
	struct change	*c = d->c;
	struct duty	*du;

	c->duties = grow(d->a, c->duties, c->n_duties, &d->cap_duties,
	    sizeof(*c->duties));
	du = &c->duties[c->n_duties++];
	*du = (struct duty){ .name = name, .role = role,
	    .data = with_warning(d, role, data) };
	return du;
}

void
draft_duties(struct draft *d, const char *name,
    const struct policy_strings *roles, json_t *data)
{
	for (size_t i = 0; i < roles->n; i++)
		(void)draft_duty(d, name, roles->v[i],
		    data != NULL ? json_deep_copy(data) : NULL);
}

int
decide_answerable(const struct incident *in, const json_t *extra)
{
	return in->reporter_addr != NULL &&
	    json_object_get(extra, "no_answer") == NULL;
}

void
draft_reporter(struct draft *d, const char *name, json_t *data)
{
	if (decide_answerable(d->in, d->extra))
		(void)draft_duty(d, name, "reporter", data);
	else
		json_decref(data);
}

void
draft_reporters(struct draft *d, const char *name, json_t *data)
{
	(void)draft_duty(d, name, "parts", data != NULL ?
	    json_deep_copy(data) : NULL);
	draft_reporter(d, name, data);
}

/* "ask ncert", not a part of "concerted". */
static int
has_word(const char *text, const char *word)
{
	static const char	 chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789_-";
	size_t			 n = strlen(word);

	for (const char *s = text; (s = strstr(s, word)) != NULL; s++)
		if ((s == text || strchr(chars, s[-1]) == NULL) &&
		    (s[n] == '\0' || strchr(chars, s[n]) == NULL))
			return 1;
	return 0;
}

int
draft_names_role(const struct draft *d, const char *text, const char *role)
{
	const struct conf_role	*r = conf_role(d->conf, role);

	return has_word(text, role) || (r != NULL && r->label != NULL &&
	    strstr(text, r->label) != NULL);
}

void
draft_journal(struct draft *d, const char *event, json_t *detail)
{
	struct change	*c = d->c;
	char		*text = NULL;

	if (detail != NULL)
		text = json_dumps(detail, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(detail);
	c->journal = grow(d->a, c->journal, c->n_journal, &d->cap_journal,
	    sizeof(*c->journal));
	c->journal[c->n_journal++] = (struct journal_row){ .event = event,
	    .detail = arena_strdup(d->a, text != NULL ? text : "{}") };
	free(text);
}

static int
is_place(const char *s)
{
	return strncmp(s, "{a}", 3) == 0 || strncmp(s, "{b}", 3) == 0;
}

/* "（{a}）" or " ({a})" at s: where the place is; NULL: neither. */
static const char *
in_brackets(const char *s, size_t *len)
{
	*len = strncmp(s, "（", 3) == 0 ? 9 : 6;
	if (*len == 9)
		return is_place(s + 3) && strncmp(s + 6, "）", 3) == 0 ?
		    s + 3 : NULL;
	return strncmp(s, " (", 2) == 0 && is_place(s + 2) && s[5] == ')' ?
	    s + 2 : NULL;
}

/* Put a and b where {a} and {b} stand; brackets around nothing go with it. */
static char *
filled(struct arena *a, const char *fmt, const char *va, const char *vb)
{
	const char	*v[] = { va != NULL ? va : "", vb != NULL ? vb : "" };
	const char	*in;
	struct buf	 b;
	size_t		 n;
	char		*s;

	buf_init(&b, TEXT_MAX);
	for (; *fmt != '\0'; fmt += n) {
		in = in_brackets(fmt, &n);
		if (in != NULL && *v[in[1] == 'b'] == '\0')
			continue;
		n = is_place(fmt) ? 3 : 1;
		if (n == 3)
			(void)buf_puts(&b, v[fmt[1] == 'b']);
		else
			(void)buf_putc(&b, *fmt);
	}
	s = arena_strdup(a, b.data);
	buf_free(&b);
	return s;
}

void
draft_line(struct draft *d, const char *text, enum saying say, struct words a,
    struct words b, int ok)
{
	const struct words	*w = &d->p->say[say];
	char			*zh, *en = NULL;

	zh = filled(d->a, w->zh, a.zh, b.zh);
	if (w->en != NULL)
		en = filled(d->a, w->en, words_in(&a, "en"),
		    words_in(&b, "en"));
	json_array_append_new(d->lines, json_pack("{s:s,s:s,s:s,s:s?,s:b}",
	    "text", text, "result", en == NULL ? zh :
	    arena_printf(d->a, "%s / %s", zh, en), "result_zh", zh,
	    "result_en", en, "ok", ok));
}

static const char *
value_in(const struct incident_field *f, size_t n, const char *name)
{
	while (n-- > 0)
		if (strcmp(f[n].name, name) == 0 && f[n].value != NULL &&
		    (f[n].by_role == NULL ||
		    strcmp(f[n].by_role, "other") != 0))
			return f[n].value;
	return NULL;
}

const char *
draft_value(const struct draft *d, const char *field)
{
	const char	*v = value_in(d->c->fields, d->c->n_fields, field);

	return v != NULL ? v : value_in(d->s->fields, d->s->n_fields, field);
}

/*
 * 不詳, as our letters say to write: whoever was asked and does not know is not
 * asked again.  In the report itself it is no more than a gap.
 */
int
decide_told_unknown(struct arena *a, const struct situation *s,
    const struct incident_field *f)
{
	return f->value == NULL && f->raw != NULL && s->incident != NULL &&
	    f->at > s->incident->created_at && (f->by_role == NULL ||
	    strcmp(f->by_role, "other") != 0) &&
	    report_says_unknown(a, f->raw);
}

static int
told_unknown(const struct draft *d, const char *name)
{
	for (size_t i = 0; i < d->c->n_fields; i++)
		if (strcmp(d->c->fields[i].name, name) == 0 &&
		    decide_told_unknown(d->a, d->s, &d->c->fields[i]))
			return 1;
	for (size_t i = 0; i < d->s->n_fields; i++)
		if (strcmp(d->s->fields[i].name, name) == 0 &&
		    decide_told_unknown(d->a, d->s, &d->s->fields[i]))
			return 1;
	return 0;
}

json_t *
draft_told_lines(const char *s)
{
	json_t	*lines = json_array();

	for (int i = 0; s != NULL && *s != '\0' && i < TOLD_LINES; i++) {
		size_t	n = strcspn(s, "\n");

		if (n > 0)
			json_array_append_new(lines, json_stringn(s, n));
		s += n + (s[n] == '\n');
	}
	return lines;
}

/* Nobody is asked when he reported: the receipt says it (R8). */
json_t *
draft_missing(const struct draft *d, const struct policy_strings *required)
{
	json_t	*out = json_array();

	for (size_t i = 0; i < required->n; i++)
		if (draft_value(d, required->v[i]) == NULL &&
		    strcmp(required->v[i], "reported_at") != 0 &&
		    !(required == &d->p->report_required &&
		    told_unknown(d, required->v[i])))
			json_array_append_new(out, json_string(required->v[i]));
	return out;
}

struct words
draft_label(const struct draft *d, const char *field)
{
	for (size_t i = 0; i < d->p->n_fields; i++)
		if (strcmp(d->p->fields[i].name, field) == 0)
			return d->p->fields[i].label;
	return WORDS(field, field);
}

struct words
draft_state(const struct draft *d, enum incident_state s)
{
	return d->p->states[s].label;
}

struct words
draft_number(struct draft *d, int n)
{
	const char	*s = arena_printf(d->a, "%d", n);

	return WORDS(s, s);
}

struct words
draft_roles(struct draft *d, const struct policy_strings *roles)
{
	struct words	all = WORDS("", "");

	for (size_t i = 0; i < roles->n; i++) {
		const struct conf_role	*r = conf_role(d->conf, roles->v[i]);

		all.zh = arena_printf(d->a, "%s%s%s", all.zh, i > 0 ? "、" :
		    "", r != NULL ? r->label : roles->v[i]);
		all.en = arena_printf(d->a, "%s%s%s", all.en, i > 0 ? ", " :
		    "", r != NULL ? r->label_en : roles->v[i]);
	}
	return all;
}

struct words
draft_labels(struct draft *d, const json_t *fields)
{
	struct buf	 zh, en;
	struct words	 out;
	size_t		 i;
	json_t		*j;

	buf_init(&zh, TEXT_MAX);
	buf_init(&en, TEXT_MAX);
	json_array_foreach(fields, i, j) {
		struct words	w = draft_label(d, json_string_value(j));

		(void)buf_addf(&zh, "%s%s", i > 0 ? "、" : "", w.zh);
		(void)buf_addf(&en, "%s%s", i > 0 ? ", " : "",
		    words_in(&w, "en"));
	}
	out.zh = arena_strdup(d->a, zh.data);
	out.en = arena_strdup(d->a, en.data);
	buf_free(&zh);
	buf_free(&en);
	return out;
}

int
draft_may(const struct draft *d, const char *verb)
{
	const char	*v = d->ev->verbs;
	size_t		 len = strlen(verb);

	if (!d->ev->trusted)
		return 0;
	while (v != NULL && *v != '\0') {
		size_t	n = strcspn(v, ",");

		if ((n == 1 && *v == '*') ||
		    (n == len && strncmp(v, verb, n) == 0))
			return 1;
		v += n + (v[n] == ',');
	}
	return 0;
}

const char *
draft_team(const struct draft *d)
{
	return d->p->command_roles.v[0];
}

int
draft_move(struct draft *d, enum verb verb)
{
	const struct transition	*t = states_next(d->in->state, verb);
	enum incident_state	 from = d->in->state, to = from;
	const char		*before;

	switch (t->move) {
	case MOVE_NO:
		return 0;
	case MOVE_STAY:
		return 1;
	case MOVE_GO:
		to = t->next;
		break;
	case MOVE_BACK:
		before = json_string_value(json_object_get(d->extra, "before"));
		if (before == NULL || incident_state_parse(before, &to) != 0)
			to = INC_RECEIVED;
		break;
	}
	d->in->state = to;
	d->c->put = 1;
	draft_journal(d, "state", json_pack("{s:s,s:s,s:s}", "from",
	    incident_state_name(from), "to", incident_state_name(to), "by",
	    verb_name(verb)));
	return 1;
}

void
draft_rearm(struct draft *d, const char *deadline)
{
	json_t	*r = json_object_get(d->extra, "rearmed");

	if (r == NULL) {
		r = json_object();
		json_object_set_new(d->extra, "rearmed", r);
	}
	json_object_set_new(r, deadline, json_integer(d->ev->now));
}

int
draft_own_domain(const struct conf *conf, const char *addr)
{
	const char	*at = addr != NULL ? strrchr(addr, '@') : NULL;

	for (size_t i = 0; at != NULL && i < conf->own_domains.n; i++)
		if (strcasecmp(at + 1, conf->own_domains.v[i]) == 0)
			return 1;
	return 0;
}

char *
draft_cut(struct arena *a, const char *s, size_t max)
{
	size_t	n = strlen(s);

	if (n > max)
		for (n = max; n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80;)
			n--;
	return arena_strndup(a, s, n);
}

void
draft_note(struct draft *d, const char *by_role)
{
	const char	*s = d->ev->report->own_text;

	if (s != NULL && *s != '\0')
		draft_field(d, "note", draft_cut(d->a, s, NOTE_MAX), NULL,
		    by_role, 1);
}
