#include "base/conf_read.h"

#include <confuse.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/source.h"

#define CONF_MAX	(1024u * 1024)
#define CONF_ENTRIES	10000u

/*
 * libconfuse's callbacks take no argument of ours, so the file being read is
 * here while cfg_parse_buf() runs.
 */
static struct conf_file	*reading;

int
conf_file_line(const struct conf_file *f, const void *base, const char *key)
{
	int	line = 1;

	for (size_t i = 0; i < f->n_places; i++)
		if (f->places[i].base == base)
			line = f->places[i].line;
	for (size_t i = 0; i < f->n; i++)
		if (f->entries[i].base == base &&
		    strcmp(f->entries[i].key->name, key) == 0)
			line = f->entries[i].line;
	return line;
}

enum rc
conf_fault(struct conf_file *f, const void *base, const char *key,
    const char *fmt, ...)
{
	char	text[400];
	int	line = conf_file_line(f, base, key);
	va_list	ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return err_set(f->err, RC_REFUSED, "%s:%d: %s: %s", f->name, line, key,
	    text);
}

static int
fail(struct conf_file *f, int line, const char *key, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* The first fault stays. */
static int
fail(struct conf_file *f, int line, const char *key, const char *fmt, ...)
{
	char	text[400];
	va_list	ap;

	if (f->failed)
		return -1;
	f->failed = 1;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)err_set(f->err, RC_REFUSED, "%s:%d: %s: %s", f->name, line, key,
	    text);
	return -1;
}

static enum conf_section
section_of(const cfg_t *cfg)
{
	const char	*name = cfg_name((cfg_t *)(uintptr_t)cfg);

	for (int s = SEC_TOP + 1; s < SEC_N; s++)
		if (strcmp(conf_section_row(s)->name, name) == 0)
			return s;
	return SEC_TOP;
}

/* --- unknown keys --- */

/* Edit distance, for "did you mean"; names are short. */
static unsigned
distance(const char *a, const char *b)
{
	unsigned	row[65], n = (unsigned)strlen(b);

	if (n > 64 || strlen(a) > 64)
		return 99;
	for (unsigned j = 0; j <= n; j++)
		row[j] = j;
	for (unsigned i = 1; a[i - 1] != '\0'; i++) {
		unsigned	diag = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= n; j++) {
			unsigned	up = row[j], best;

			best = diag + (a[i - 1] != b[j - 1]);
			if (up + 1 < best)
				best = up + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diag = up;
			row[j] = best;
		}
	}
	return row[n];
}

static int
fail_unknown(struct conf_file *f, const cfg_t *cfg, const char *name)
{
	enum conf_section	 sec = section_of(cfg);
	const struct conf_key	*keys;
	const char		*near = NULL;
	/* Farther than a third of its letters is no slip of the finger. */
	unsigned		 best = (unsigned)strlen(name) / 3 + 1, d;
	char			 key[64];
	size_t			 n;

	keys = conf_keys(&n);
	for (size_t i = 0; i < n; i++) {
		d = distance(name, keys[i].name);
		if (keys[i].sec == sec && d < best) {
			best = d;
			near = keys[i].name;
		}
	}
	(void)log_text(key, sizeof(key), name);
	if (near != NULL)
		return fail(f, cfg->line, key, "found an unknown key, "
		    "expected %s", near);
	if (sec == SEC_TOP)
		return fail(f, cfg->line, key, "found an unknown key, "
		    "expected one that tocsin.conf(5) lists");
	return fail(f, cfg->line, key, "found an unknown key, expected one of "
	    "%s that tocsin.conf(5) lists", conf_section_row(sec)->name);
}

/* --- libconfuse's own complaints, in our form --- */

static int
begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

static void on_error(cfg_t *, const char *, va_list)
    __attribute__((format(printf, 2, 0)));

static void
on_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	char	text[200], *arg, *end;

	(void)vsnprintf(text, sizeof(text), fmt, ap);
	arg = strchr(text, '\'');
	arg = arg == NULL ? text + strlen(text) : arg + 1;
	end = strrchr(arg, '\'');
	if (end != NULL)
		*end = '\0';
	if (begins(text, "no such option"))
		(void)fail_unknown(reading, cfg, arg);
	else if (begins(text, "missing equal sign"))
		(void)fail(reading, cfg->line, arg,
		    "found no =, expected %s = value", arg);
	else if (begins(text, "missing title"))
		(void)fail(reading, cfg->line, arg,
		    "found no name, expected %s \"name\" {", arg);
	else if (begins(text, "missing opening brace"))
		(void)fail(reading, cfg->line, arg,
		    "found something else, expected {");
	else if (begins(text, "found duplicate title"))
		(void)fail(reading, cfg->line, arg, "found a second section "
		    "of this name, expected each name once");
	else if (begins(text, "unexpected token"))
		(void)fail(reading, cfg->line, "syntax",
		    "found %s, expected a value or a key", arg);
	else if (begins(text, "attempt to append"))
		(void)fail(reading, cfg->line, arg, "found +=, expected =");
	else
		(void)fail(reading, cfg->line, "syntax",
		    "found %s, expected key = value", text);
}

/* --- values as they come --- */

static const struct conf_key *
key_find(enum conf_section sec, const char *name)
{
	size_t			 n;
	const struct conf_key	*keys = conf_keys(&n);

	for (size_t i = 0; i < n; i++)
		if (keys[i].sec == sec && strcmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

/* The last entry of a key in a section, or NULL. */
static const struct conf_entry *
entry_last(const struct conf_file *f, const cfg_t *sec, const char *name)
{
	for (size_t i = f->n; i > 0; i--)
		if (f->entries[i - 1].sec == sec &&
		    strcmp(f->entries[i - 1].key->name, name) == 0)
			return &f->entries[i - 1];
	return NULL;
}

static void
entry_add(struct conf_file *f, const struct conf_entry *e)
{
	struct conf_entry	*v;

	if (f->n == f->cap) {
		f->cap = f->cap == 0 ? 64 : f->cap * 2;
		v = arena_array(f->arena, f->cap, sizeof(*v));
		if (f->n > 0)
			memcpy(v, f->entries, f->n * sizeof(*v));
		f->entries = v;
	}
	f->entries[f->n++] = *e;
}

/*
 * A value was read.  For a list this comes after each value and once more at
 * its end, with nothing new; a second list for the same key starts again from
 * one value and would silently replace the first.
 */
static int
on_value(cfg_t *cfg, cfg_opt_t *opt)
{
	const struct conf_entry	*old;
	struct conf_entry	 e = { .sec = cfg, .line = cfg->line };
	unsigned		 n = cfg_opt_size(opt);

	if (n == 0)
		return 0;
	e.key = key_find(section_of(cfg), opt->name);
	e.value = cfg_opt_getnstr(opt, n - 1);
	e.n = n;
	if (e.key == NULL || e.value == NULL)
		return 0;
	old = entry_last(reading, cfg, opt->name);
	if (old != NULL && conf_is_list(e.key->type) && n == old->n &&
	    strcmp(old->value, e.value) == 0)
		return 0;
	if (old != NULL && n <= old->n)
		return fail(reading, cfg->line, opt->name, "found a second "
		    "time, expected once (line %d)", old->line);
	if (reading->n >= CONF_ENTRIES)
		return fail(reading, cfg->line, opt->name, "found more than "
		    "%u values, expected fewer", CONF_ENTRIES);
	e.value = arena_strdup(reading->arena, e.value);
	entry_add(reading, &e);
	return 0;
}

/* --- libconfuse's table, from ours --- */

static cfg_opt_t *
opts_make(struct arena *a, enum conf_section sec)
{
	size_t			 n, at = 0;
	const struct conf_key	*keys = conf_keys(&n);
	cfg_opt_t		*o = arena_array(a, n + SEC_N + 1, sizeof(*o));

	for (size_t i = 0; i < n; i++) {
		if (keys[i].sec != sec)
			continue;
		o[at].name = keys[i].name;
		o[at].type = CFGT_STR;
		if (conf_is_list(keys[i].type))
			o[at].flags = CFGF_LIST;
		else
			o[at].flags = CFGF_NODEFAULT;
		o[at++].validcb = on_value;
	}
	for (int s = SEC_TOP + 1; s < SEC_N; s++) {
		if (!conf_nests(sec, s))
			continue;
		o[at].name = conf_section_row(s)->name;
		o[at].type = CFGT_SEC;
		o[at].flags = CFGF_MULTI;
		if (conf_section_row(s)->titled)
			o[at].flags |= CFGF_TITLE | CFGF_NO_TITLE_DUPES;
		o[at++].subopts = opts_make(a, s);
	}
	return o;
}

/* --- from libconfuse's sections to our structs --- */

static void
defaults(enum conf_section sec, void *base, struct conf_file *f)
{
	size_t			 n;
	const struct conf_key	*keys = conf_keys(&n);

	for (size_t i = 0; i < n; i++)
		if (keys[i].sec == sec && keys[i].def != NULL)
			(void)conf_value(&keys[i], keys[i].def, f->dir, base,
			    f->arena, f->err);
}

static void
place_add(struct conf_file *f, cfg_t *cfg, enum conf_section kind, void *base)
{
	f->places[f->n_places].sec = cfg;
	f->places[f->n_places].base = base;
	f->places[f->n_places].kind = kind;
	f->places[f->n_places].line = kind == SEC_TOP ? 1 :
	    source_section(&f->text, conf_section_row(kind)->name, cfg->line);
	f->n_places++;
	defaults(kind, base, f);
}

/* The nested section of a kind that stands at most once. */
static enum rc
place_nested(struct conf_file *f, cfg_t *in, enum conf_section kind,
    void *base, cfg_t **out)
{
	const char	*name = conf_section_row(kind)->name;
	unsigned	 n = cfg_size(in, name);

	*out = n > 0 ? cfg_getnsec(in, name, n - 1) : NULL;
	if (*out != NULL)
		place_add(f, *out, kind, base);
	else
		defaults(kind, base, f);
	if (n > 1)
		return conf_fault(f, base, name, "found %u sections, expected "
		    "at most one", n);
	return RC_OK;
}

static enum rc
place_roles(struct conf_file *f, cfg_t *root, struct conf *c)
{
	enum rc	rc = RC_OK;
	cfg_t	*sec, *http, *oauth2;

	for (size_t i = 0; i < c->n_roles && rc == RC_OK; i++) {
		sec = cfg_getnsec(root, "role", (unsigned)i);
		c->roles[i].name = arena_strdup(f->arena, cfg_title(sec));
		place_add(f, sec, SEC_ROLE, &c->roles[i]);
		rc = place_nested(f, sec, SEC_HTTP, &c->roles[i].http, &http);
		if (rc == RC_OK && http != NULL)
			rc = place_nested(f, http, SEC_OAUTH2,
			    &c->roles[i].http.oauth2, &oauth2);
	}
	return rc;
}

static enum rc
place_all(struct conf_file *f, cfg_t *root, struct conf *c)
{
	enum rc	 rc = RC_OK;
	cfg_t	*sec, *oauth2;
	struct arena *a = f->arena;

	c->n_mailboxes = cfg_size(root, "mailbox");
	c->n_relays = cfg_size(root, "relay");
	c->n_roles = cfg_size(root, "role");
	c->n_contacts = cfg_size(root, "contact");
	c->contacts = arena_array(a, c->n_contacts, sizeof(*c->contacts));
	c->mailboxes = arena_array(a, c->n_mailboxes, sizeof(*c->mailboxes));
	c->relays = arena_array(a, c->n_relays, sizeof(*c->relays));
	c->roles = arena_array(a, c->n_roles, sizeof(*c->roles));
	f->places = arena_array(a, 1 + 2 * c->n_mailboxes + 2 * c->n_relays +
	    3 * c->n_roles + c->n_contacts, sizeof(*f->places));
	place_add(f, root, SEC_TOP, c);
	for (size_t i = 0; i < c->n_mailboxes && rc == RC_OK; i++) {
		sec = cfg_getnsec(root, "mailbox", (unsigned)i);
		c->mailboxes[i].name = arena_strdup(a, cfg_title(sec));
		place_add(f, sec, SEC_MAILBOX, &c->mailboxes[i]);
		rc = place_nested(f, sec, SEC_OAUTH2, &c->mailboxes[i].oauth2,
		    &oauth2);
	}
	for (size_t i = 0; i < c->n_relays && rc == RC_OK; i++) {
		sec = cfg_getnsec(root, "relay", (unsigned)i);
		c->relays[i].name = arena_strdup(a, cfg_title(sec));
		place_add(f, sec, SEC_RELAY, &c->relays[i]);
		rc = place_nested(f, sec, SEC_OAUTH2, &c->relays[i].oauth2,
		    &oauth2);
	}
	for (size_t i = 0; i < c->n_contacts && rc == RC_OK; i++) {
		sec = cfg_getnsec(root, "contact", (unsigned)i);
		c->contacts[i].name = arena_strdup(a, cfg_title(sec));
		place_add(f, sec, SEC_CONTACT, &c->contacts[i]);
	}
	return rc == RC_OK ? place_roles(f, root, c) : rc;
}

/* Convert every value in the order of the file. */
static enum rc
fill(struct conf_file *f)
{
	struct err	 why;
	void		*base;

	for (size_t i = 0; i < f->n; i++) {
		struct conf_entry	*e = &f->entries[i];

		for (size_t p = 0; p < f->n_places; p++)
			if (f->places[p].sec == e->sec)
				e->base = f->places[p].base;
		base = (void *)(uintptr_t)e->base;
		if (conf_value(e->key, e->value, f->dir, base, f->arena,
		    &why) != RC_OK)
			return err_set(f->err, RC_REFUSED, "%s:%d: %s: %s",
			    f->name, e->line, e->key->name, why.text);
	}
	return RC_OK;
}

enum rc
conf_read(struct conf_file *f, struct conf *c)
{
	cfg_t	*root;
	enum rc	 rc;
	int	 bad;

	buf_init(&f->text, CONF_MAX);
	rc = source_read(f->name, CONF_MAX - 1, &f->text, f->err);
	if (rc != RC_OK)
		goto out;
	root = cfg_init(opts_make(f->arena, SEC_TOP), CFGF_NONE);
	(void)cfg_set_error_function(root, on_error);
	reading = f;
	bad = cfg_parse_buf(root, f->text.data) != CFG_SUCCESS;
	reading = NULL;
	if (bad && !f->failed)
		(void)fail(f, root->line, "syntax",
		    "found a fault, expected key = value");
	rc = bad ? RC_REFUSED : place_all(f, root, c);
	if (rc == RC_OK)
		rc = fill(f);
	(void)cfg_free(root);
 out:
	buf_free(&f->text);
	return rc;
}
