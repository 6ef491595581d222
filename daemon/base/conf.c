#include "base/conf.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/conf_read.h"
#include "base/conf_table.h"
#include "base/path.h"

/* Defaults that follow from other keys. */
static void
conf_derive(struct conf *c, const char *dir)
{
	struct arena	*a = c->arena;
	const char	*domain = strrchr(c->address, '@') + 1;
	const char	*file;

	if (c->domain == NULL)
		c->domain = arena_printf(a, "tocsin.%s", domain);
	if (c->own_domains.n == 0) {
		c->own_domains.v = arena_array(a, 1, sizeof(char *));
		c->own_domains.v[0] = domain;
		c->own_domains.n = 1;
	}
	if (c->agency == NULL)
		c->agency = domain;
	if (c->agency_en == NULL)
		c->agency_en = c->agency;
	if (c->policy_dir == NULL)
		c->policy_dir = path_data(PATH_POLICIES);
	if (c->form_dir == NULL)
		c->form_dir = path_data(PATH_FORMS);
	if (c->template_dir == NULL)
		c->template_dir = path_data(PATH_TEMPLATES);
	if (c->store == NULL) {
		c->store = arena_printf(a, "sqlite:%s/tocsin.db",
		    c->state_dir);
	} else {
		file = conf_store_file(c);
		if (file[0] != '/' && strstr(file, "://") == NULL)
			c->store = arena_printf(a, "sqlite:%s/%s", dir, file);
	}
	for (size_t i = 0; i < c->n_contacts; i++)
		if (c->contacts[i].lists.n == 0) {
			c->contacts[i].lists.v = arena_array(a, 2,
			    sizeof(char *));
			c->contacts[i].lists.v[0] = "units";
			c->contacts[i].lists.v[1] = "advisory";
			c->contacts[i].lists.n = 2;
		}
	for (size_t i = 0; i < c->n_roles; i++) {
		if (c->roles[i].label == NULL)
			c->roles[i].label = c->roles[i].name;
		if (c->roles[i].label_en == NULL)
			c->roles[i].label_en = c->roles[i].label;
	}
}

/* The absolute directory of a file, in the arena; "." when it is gone. */
static const char *
dir_of(struct arena *a, const char *file)
{
	char		 real[PATH_MAX];
	const char	*slash = strrchr(file, '/');
	const char	*dir = ".";

	if (slash == file)
		return "";
	if (slash != NULL)
		dir = arena_strndup(a, file, (size_t)(slash - file));
	return arena_strdup(a, realpath(dir, real) != NULL ? real : dir);
}

enum rc
conf_load(const char *file, struct conf **out, struct err *err)
{
	struct conf_file f = { .name = file, .err = err };
	struct conf	*c;
	struct conf_file *source;
	struct arena	*a = arena_new();
	enum rc		 rc;

	*out = NULL;
	c = arena_alloc(a, sizeof(*c));
	c->arena = a;
	c->file = arena_strdup(a, file);
	f.arena = a;
	f.dir = dir_of(a, file);
	rc = conf_read(&f, c);
	if (rc == RC_OK)
		rc = conf_check(&f, c);
	if (rc != RC_OK) {
		arena_free(&a);
		return rc;
	}
	conf_derive(c, f.dir);
	f.name = c->file;
	f.err = NULL;
	source = arena_alloc(a, sizeof(*source));
	*source = f;
	c->source = source;
	*out = c;
	return RC_OK;
}

void
conf_free(struct conf **cp)
{
	struct arena	*a;

	if (*cp == NULL)
		return;
	a = (*cp)->arena;	/* the struct lies in it too */
	arena_free(&a);
	*cp = NULL;
}

static int
same_text(const char *x, const char *y)
{
	return x == NULL || y == NULL ? x == y : strcmp(x, y) == 0;
}

void
conf_keep_started(struct conf *c, const struct conf *old,
    void (*kept)(void *, const char *, int), void *arg)
{
	size_t			 n;
	const struct conf_key	*keys = conf_keys(&n);
	const char		*was, *is;

	for (size_t i = 0; i < n; i++) {
		if (keys[i].sec != SEC_TOP || !keys[i].restart)
			continue;
		memcpy(&was, (const char *)old + keys[i].offset, sizeof(was));
		memcpy(&is, (char *)c + keys[i].offset, sizeof(is));
		if (same_text(was, is))
			continue;
		kept(arg, keys[i].name, conf_line(c, c, keys[i].name));
		if (was != NULL)
			was = arena_strdup(c->arena, was);
		memcpy((char *)c + keys[i].offset, &was, sizeof(was));
	}
}

int
conf_line(const struct conf *c, const void *base, const char *key)
{
	return conf_file_line(c->source, base, key);
}

const char *
conf_store_file(const struct conf *c)
{
	return strncmp(c->store, "sqlite:", 7) == 0 ? c->store + 7 : c->store;
}

const struct conf_role *
conf_role(const struct conf *c, const char *name)
{
	for (size_t i = 0; i < c->n_roles; i++)
		if (strcmp(c->roles[i].name, name) == 0)
			return &c->roles[i];
	return NULL;
}

static int
strings_have(const struct strings *list, const char *s)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcasecmp(list->v[i], s) == 0)
			return 1;
	return 0;
}

int
conf_role_holds(const struct conf_role *r, const char *addr)
{
	return addr != NULL && (strings_have(&r->mail, addr) ||
	    strings_have(&r->members, addr));
}

const struct conf_role *
conf_role_of(const struct conf *c, const char *addr)
{
	for (size_t i = 0; i < c->n_roles; i++)
		if (conf_role_holds(&c->roles[i], addr))
			return &c->roles[i];
	return NULL;
}

int
conf_contact_on(const struct conf_contact *k, const char *list)
{
	return strings_have(&k->lists, list);
}

int
conf_peer(const struct conf *c, size_t i, struct conf_peer *p)
{
	if (i < c->n_mailboxes) {
		const struct conf_mailbox	*m = &c->mailboxes[i];

		*p = (struct conf_peer){ "mailbox", m->name, SEC_MAILBOX, m,
		    &m->oauth2, m->secret_expires };
		return 0;
	}
	i -= c->n_mailboxes;
	if (i < c->n_relays) {
		const struct conf_relay		*r = &c->relays[i];

		*p = (struct conf_peer){ "relay", r->name, SEC_RELAY, r,
		    &r->oauth2, r->secret_expires };
		return 0;
	}
	i -= c->n_relays;
	if (i < c->n_roles) {
		const struct conf_http		*h = &c->roles[i].http;

		*p = (struct conf_peer){ "http", c->roles[i].name, SEC_HTTP, h,
		    &h->oauth2, h->secret_expires };
		return 0;
	}
	return -1;
}
