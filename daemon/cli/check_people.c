/*
 * check_people - roles, contacts and users that are there but cannot do what
 * they are for.
 */
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "base/conf_table.h"
#include "cli/check.h"
#include "parsers/pattern.h"

static const char *
place(struct findings *f, const void *base, const char *key)
{
	const struct conf	*c = f->cli->conf;

	return arena_printf(f->cli->arena, "%s:%d", c->file, conf_line(c,
	    base, key));
}

/*
 * A user that nobody is stops the daemon that root starts; started as another
 * it needs none of them.
 */
void
check_users(struct findings *f)
{
	const struct conf	*c = f->cli->conf;
	const struct conf_key	*keys;
	size_t			 n;

	keys = conf_keys(&n);
	for (size_t i = 0; i < n; i++) {
		const char	*user, *text;

		if (keys[i].sec != SEC_TOP ||
		    strncmp(keys[i].name, "user-", 5) != 0)
			continue;
		memcpy(&user, (const char *)c + keys[i].offset, sizeof(user));
		if (user == NULL || geteuid() != 0 || getpwnam(user) != NULL)
			continue;
		text = arena_printf(f->cli->arena, "%s: %s: found \"%s\", "
		    "expected a user of this machine", place(f, c,
		    keys[i].name), keys[i].name, user);
		if (keys[i].def != NULL && strcmp(user, keys[i].def) == 0)
			note(f, "configuration", text);
		else
			finding(f, 1, "configuration", text);
	}
}

static int
is_deputy(const struct conf *c, const char *name)
{
	for (size_t i = 0; i < c->n_roles; i++)
		if (c->roles[i].deputy != NULL &&
		    strcmp(c->roles[i].deputy, name) == 0)
			return 1;
	return 0;
}

static void
check_role(struct findings *f, const struct conf_role *r)
{
	struct arena	*a = f->cli->arena;
	struct pattern	*p;
	struct err	 err;

	if (r->number_pattern != NULL) {
		if (pattern_compile(r->number_pattern, 0, &p, &err) != RC_OK)
			finding(f, 1, "configuration", arena_printf(a,
			    "%s: number-pattern: found \"%s\", expected a "
			    "PCRE2 pattern: %s", place(f, r, "number-pattern"),
			    r->number_pattern, err.text));
		else
			pattern_free(&p);
	}
	if (r->mail.n == 0 && r->http.url == NULL && r->phone == NULL &&
	    r->fax == NULL)
		finding(f, 0, "configuration", arena_printf(a, "%s: role: "
		    "found only members for \"%s\", expected mail too, since "
		    "members get no letters", place(f, r, "members"),
		    r->name));
	if (strcmp(r->name, "operator") != 0 &&
	    json_object_get(f->named, r->name) == NULL &&
	    !is_deputy(f->cli->conf, r->name))
		note(f, "configuration", arena_printf(a, "%s: role: found "
		    "\"%s\", which %s does not name: it is told of nothing",
		    place(f, r, "mail"), r->name, f->cli->conf->policy));
}

static int
is_list(const struct policy *p, const char *name)
{
	for (size_t i = 0; i < p->n_schedules; i++)
		if (p->schedules[i].list != NULL &&
		    strcmp(p->schedules[i].list, name) == 0)
			return 1;
	return p->advisory_list != NULL && strcmp(p->advisory_list, name) == 0;
}

void
check_people(struct findings *f, const struct policy *p)
{
	const struct conf	*c = f->cli->conf;

	if (conf_role(c, "operator") == NULL)
		finding(f, 0, "configuration", arena_printf(f->cli->arena,
		    "%s: role: found no \"operator\", expected one, since "
		    "nobody else is told of faults of Tocsin itself",
		    c->file));
	for (size_t i = 0; i < c->n_roles; i++)
		check_role(f, &c->roles[i]);
	for (size_t i = 0; i < c->n_contacts; i++) {
		const struct conf_contact	*k = &c->contacts[i];

		for (size_t l = 0; l < k->lists.n; l++)
			if (!is_list(p, k->lists.v[l]))
				note(f, "configuration", arena_printf(
				    f->cli->arena, "%s: lists: found \"%s\", "
				    "a list that %s sends nothing to",
				    place(f, k, "lists"), k->lists.v[l],
				    p->file));
	}
}
