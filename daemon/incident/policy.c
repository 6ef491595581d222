/*
 * policy - open and check a policy file, and answer questions about it.
 */
#include "incident/policy.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "incident/policy_load.h"

/*
 * libconfuse reports through a function without user data; a policy is read
 * in one thread, and only the first error matters.
 */
static struct err		 first_error;
static const struct policy_text	*reading;

static void __attribute__((format(printf, 2, 0)))
note_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	const struct policy_place	*at;
	char				 text[400];

	if (first_error.text[0] != '\0')
		return;
	at = policy_text_place(reading, cfg->line);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	(void)err_set(&first_error, RC_REFUSED, "%s:%d: %s", at->file,
	    at->line, text);
}

static int
bad_file_name(const char *name)
{
	return *name == '\0' || name[strspn(name, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")] != '\0';
}

static enum rc
parse(cfg_t *cfg, const struct policy_text *t, const char *file,
    struct err *err)
{
	int	r;

	first_error.text[0] = '\0';
	reading = t;
	(void)cfg_set_error_function(cfg, note_error);
	r = cfg_parse_buf(cfg, t->text.data);
	reading = NULL;
	if (first_error.text[0] != '\0')
		return err_set(err, RC_REFUSED, "%s", first_error.text);
	return r == CFG_SUCCESS ? RC_OK : err_set(err, RC_REFUSED,
	    "%s: found no policy, expected one", file);
}

/* The first digits of the text's SHA-256. */
static enum rc
identify(struct policy *p, size_t len, struct err *err)
{
	unsigned char	sum[32];

	if (gnutls_hash_fast(GNUTLS_DIG_SHA256, p->text, len, sum) < 0)
		return err_set(err, RC_BROKEN, "policy: no SHA-256");
	hex_put(p->text_id, sum, POLICY_TEXT_ID / 2);
	return RC_OK;
}

int
policy_is_of(const struct policy *p, const struct incident *in)
{
	return strcmp(p->id, in->policy) == 0 &&
	    p->version == in->policy_version && (in->policy_text == NULL ||
	    strcmp(p->text_id, in->policy_text) == 0);
}

const char *
policy_fact(struct arena *a, const char *id, int version, const char *text_id)
{
	return arena_printf(a, "policy:%s:%d%s%s", id, version, text_id != NULL
	    ? ":" : "", text_id != NULL ? text_id : "");
}

/* Read what lies in t into *p, whose arena is there. */
static enum rc
fill(struct policy *p, const struct policy_text *t, const struct policy *base,
    struct err *err)
{
	cfg_t	*cfg = policy_schema();
	enum rc	 rc;

	if (cfg == NULL)
		return err_set(err, RC_BROKEN, "policy: cannot set up "
		    "libconfuse");
	rc = parse(cfg, t, p->file, err);
	if (rc == RC_OK) {
		policy_fill(cfg, p);
		if (base != NULL)
			policy_lend(p, base);
		rc = policy_check(cfg, t, p, err);
	}
	if (rc == RC_OK) {
		p->text = arena_strndup(p->arena, t->text.data, t->text.len);
		rc = identify(p, t->text.len, err);
	}
	(void)cfg_free(cfg);
	return rc;
}

static struct policy *
policy_new(void)
{
	struct arena	*a = arena_new();
	struct policy	*p = arena_alloc(a, sizeof(*p));

	p->arena = a;
	return p;
}

enum rc
policy_load(const char *dir, const char *name, struct policy **out,
    struct err *err)
{
	struct policy	*p;
	struct policy_text t;
	enum rc		 rc;

	*out = NULL;
	if (bad_file_name(name))
		return err_set(err, RC_REFUSED, "policy: found \"%s\", "
		    "expected a name of letters, digits, - and _", name);
	p = policy_new();
	p->file = arena_printf(p->arena, "%s/%s.policy", dir, name);
	rc = policy_text_read(&t, dir, name, err);
	if (rc == RC_OK)
		rc = fill(p, &t, NULL, err);
	if (rc == RC_OK && strcmp(p->id, name) != 0)
		rc = err_set(err, RC_REFUSED, "%s: id: found \"%s\", expected "
		    "\"%s\" as the file is called", p->file, p->id, name);
	policy_text_free(&t);
	if (rc != RC_OK)
		policy_free(&p);
	*out = p;
	return rc;
}

enum rc
policy_load_text(const char *name, const char *text, const struct policy *base,
    struct policy **out, struct err *err)
{
	struct policy	*p = policy_new();
	struct policy_text t;
	enum rc		 rc;

	p->file = arena_strdup(p->arena, name);
	rc = policy_text_set(&t, p->file, text, err);
	if (rc == RC_OK)
		rc = fill(p, &t, base, err);
	policy_text_free(&t);
	if (rc != RC_OK)
		policy_free(&p);
	*out = p;
	return rc;
}

void
policy_free(struct policy **pp)
{
	struct arena	*a;

	if (*pp == NULL)
		return;
	a = (*pp)->arena;	/* the policy lies in it too */
	*pp = NULL;
	arena_free(&a);
}

void
policies_add(struct policy ***list, size_t *n, struct policy *p)
{
	struct policy	**more = xcalloc(*n + 1, sizeof(*more));

	for (size_t i = 0; i < *n; i++)
		more[i] = (*list)[i];
	more[(*n)++] = p;
	free(*list);
	*list = more;
}

void
policies_free(struct policy ***list, size_t *n)
{
	while (*n > 0)
		policy_free(&(*list)[--*n]);
	free(*list);
	*list = NULL;
}

const struct policy_category *
policy_category(const struct policy *p, const char *name)
{
	for (size_t i = 0; name != NULL && i < p->n_categories; i++)
		if (strcmp(p->categories[i].name, name) == 0)
			return &p->categories[i];
	return NULL;
}

const char *
policy_field_label(const struct policy *p, const char *field, const char *lang)
{
	const char	*s = NULL;

	for (size_t i = 0; i < p->n_fields && s == NULL; i++)
		if (same_name(p->fields[i].name, field))
			s = words_in(&p->fields[i].label, lang);
	return s != NULL ? s : field;
}

const char *
policy_state_label(const struct policy *p, enum incident_state s,
    const char *lang)
{
	const char	*label = NULL;

	if ((unsigned)s < INC_NSTATES)
		label = words_in(&p->states[s].label, lang);
	return label != NULL ? label : incident_state_name(s);
}

struct words
policy_letter(const struct policy *p, const char *duty)
{
	for (size_t i = 0; i < p->n_letters; i++)
		if (strcmp(p->letters[i].name, duty) == 0)
			return p->letters[i].label;
	return (struct words){ .zh = duty, .en = duty };
}

const struct policy_alarm *
policy_alarm(const struct policy *p, const char *name)
{
	size_t	n = strcspn(name, ":");

	for (size_t i = 0; i < p->n_alarms; i++)
		if (strncmp(p->alarms[i].name, name, n) == 0 &&
		    p->alarms[i].name[n] == '\0')
			return &p->alarms[i];
	return NULL;
}

const struct policy_deadline *
policy_deadline(const struct policy *p, const char *name)
{
	for (size_t i = 0; i < p->n_deadlines; i++)
		if (strcmp(p->deadlines[i].name, name) == 0)
			return &p->deadlines[i];
	return NULL;
}

int
policy_has(const struct policy_strings *s, const char *what)
{
	for (size_t i = 0; what != NULL && i < s->n; i++)
		if (same_name(s->v[i], what))
			return 1;
	return 0;
}

int
policy_receipted(const struct policy *p, const struct outbox_item *it)
{
	return it->state == OUT_ACCEPTED && (it->delivered ||
	    it->channel != CHANNEL_SMTP || !p->forward_needs_delivery);
}

int
policy_discloses(const struct policy *p, const char *role, const char *field)
{
	for (size_t i = 0; i < p->n_disclosures; i++)
		if (strcmp(p->disclosures[i].role, role) == 0)
			return policy_has(&p->disclosures[i].fields, "*") ||
			    policy_has(&p->disclosures[i].fields, field);
	return 0;
}

const struct policy_evidence *
policy_evidence(const struct policy *p, const char *role)
{
	for (size_t i = 0; i < p->n_evidence; i++) {
		const struct policy_evidence	*e = &p->evidence[i];

		if (strcmp(e->role, role) == 0)
			return (e->mail == EVIDENCE_NO &&
			    e->http == EVIDENCE_NO) || !policy_discloses(p,
			    role, "attachments") ? NULL : e;
	}
	return NULL;
}

const char *
evidence_way_name(enum evidence_way w)
{
	static const char *const names[] = {
#define X(id, name) [EVIDENCE_##id] = name,
		EVIDENCE_WAYS(X)
#undef X
	};

	return (unsigned)w < EVIDENCE_NWAYS ? names[w] : "?";
}

const char *
saying_name(enum saying say)
{
	static const char *const names[] = {
#define X(id, name) [SAY_##id] = name,
		SAYINGS(X)
#undef X
	};

	return (unsigned)say < SAY_N ? names[say] : "?";
}

const char *
command_name(enum command c)
{
	static const char *const names[] = {
#define X(id, name) [CMD_##id] = name,
		COMMANDS(X)
#undef X
	};

	return (unsigned)c < CMD_N ? names[c] : "?";
}

const char *
words_in(const struct words *w, const char *lang)
{
	if (lang != NULL && strcmp(lang, "en") == 0 && w->en != NULL)
		return w->en;
	return w->zh;
}
