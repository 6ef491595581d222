#include "parse_conf.h"

#include <stdlib.h>

#include "base/path.h"
#include "incident/policy.h"
#include "parsers/form.h"

#define POLICY_DEFAULT	"taipei-2007"

/* parse_conf comes first: what we hand out is a pointer to it. */
struct owned {
	struct parse_conf	 conf;
	struct form_set		*forms;
	struct arena		*arena;
};

static const char **
copy_strings(struct arena *a, const char *const *v, size_t n)
{
	const char	**to = arena_array(a, n, sizeof(*to));

	for (size_t i = 0; i < n; i++)
		to[i] = arena_strdup(a, v[i]);
	return to;
}

/* A series is letters and digits; anything else is quoted for PCRE2. */
static const char *
tracking_pattern(struct arena *a, const struct policy *p)
{
	return arena_printf(a, "(?:\\Q%s\\E|\\Q%s\\E)-[0-9]{8}-[0-9]{4,}",
	    p->tracking_series, p->drill_series);
}

static void
take_policy(struct owned *o, const struct policy *p)
{
	struct arena		*a = o->arena;
	struct category_rule	*rule;

	o->conf.zone = p->zone;
	o->conf.limit = (int)p->report_limit;
	if (p->tracking_series != NULL && p->drill_series != NULL)
		o->conf.tracking_pattern = tracking_pattern(a, p);
	o->conf.n_categories = p->n_categories;
	o->conf.categories = arena_array(a, p->n_categories, sizeof(*rule));
	for (size_t i = 0; i < p->n_categories; i++) {
		const struct policy_category	*c = &p->categories[i];

		rule = &o->conf.categories[i];
		rule->name = arena_strdup(a, c->name);
		rule->labels = copy_strings(a, c->labels.v, c->labels.n);
		rule->n_labels = c->labels.n;
		rule->keywords = copy_strings(a, c->keywords.v,
		    c->keywords.n);
		rule->n_keywords = c->keywords.n;
	}
}

static void
take_conf(struct owned *o, const struct conf *c)
{
	const char	*addrs[2];
	size_t		 n = 0;

	addrs[n++] = c->address;
	if (c->bounce_address != NULL)
		addrs[n++] = c->bounce_address;
	o->conf.own_addresses = copy_strings(o->arena, addrs, n);
	o->conf.n_own_addresses = n;
	o->conf.own_domains = copy_strings(o->arena, c->own_domains.v,
	    c->own_domains.n);
	o->conf.n_own_domains = c->own_domains.n;
	o->conf.own_id_domain = arena_strdup(o->arena, c->domain);
}

enum rc
parse_conf_with(const struct conf *conf, const char *policy_name,
    const char *form_dir, struct parse_conf **out, struct err *err)
{
	struct policy		*p = NULL;
	struct parse_conf	*pc;
	struct owned		*o;
	enum rc			 rc;

	*out = NULL;
	if (policy_name == NULL)
		policy_name = conf != NULL ? conf->policy : POLICY_DEFAULT;
	rc = policy_load(conf != NULL ? conf->policy_dir :
	    path_data(PATH_POLICIES), policy_name, &p, err);
	if (rc != RC_OK)
		return rc;
	o = xcalloc(1, sizeof(*o));
	o->arena = arena_new();
	take_policy(o, p);
	policy_free(&p);
	if (conf != NULL)
		take_conf(o, conf);
	pc = &o->conf;
	rc = form_set_load(form_dir, &o->forms, err);
	if (rc == RC_OK)
		rc = parse_prepare(pc, err);
	if (rc != RC_OK) {
		parse_conf_free(&pc);
		return rc;
	}
	o->conf.forms = o->forms;
	*out = pc;
	return RC_OK;
}

enum rc
parse_conf_make(const struct conf *conf, const char *policy_name,
    struct parse_conf **out, struct err *err)
{
	return parse_conf_with(conf, policy_name, conf != NULL ?
	    conf->form_dir : path_data(PATH_FORMS), out, err);
}

void
parse_conf_free(struct parse_conf **pp)
{
	struct owned	*o = (struct owned *)*pp;

	if (o == NULL)
		return;
	form_set_free(&o->forms);
	arena_free(&o->arena);
	free(o);
	*pp = NULL;
}
