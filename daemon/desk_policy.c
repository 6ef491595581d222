#include "config.h"

#include "desk.h"

#include <string.h>

#include "base/log.h"

/* The fact that holds the text of one version of a policy. */
static const char *
fact_name(struct arena *a, const char *id, int version)
{
	return arena_printf(a, "policy:%s:%d", id, version);
}

enum rc
desk_policy_keep(struct desk *d, struct err *err)
{
	struct arena	*a;
	const char	*name, *old = NULL;
	enum rc		 rc;

	if (d->policy_kept)
		return RC_OK;
	a = arena_new();
	name = fact_name(a, d->policy->id, d->policy->version);
	rc = fact_get(d->store, name, a, &old, err);
	if (rc == RC_OK && old != NULL && strcmp(old, d->policy->text) != 0)
		log_warn(NULL, "policy: %s changed and still calls itself "
		    "version %d; incidents of that version follow the new "
		    "text", d->policy->id, d->policy->version);
	if (rc == RC_OK && (old == NULL || strcmp(old, d->policy->text) != 0))
		rc = fact_put(d->store, name, d->policy->text, err);
	if (rc == RC_OK)
		d->policy_kept = 1;
	arena_free(&a);
	return rc;
}

/* From the file while it has that version still, else as it was kept. */
static struct policy *
find(struct desk *d, const char *id, int version, struct arena *a)
{
	struct policy	*p = NULL;
	struct err	 err;
	const char	*name = fact_name(a, id, version), *text = NULL;
	char		 esc[600];

	if (policy_load(d->conf->policy_dir, id, &p, &err) == RC_OK &&
	    p->version == version)
		return p;
	policy_free(&p);
	if (fact_get(d->store, name, a, &text, &err) == RC_OK && text == NULL)
		(void)err_set(&err, RC_REFUSED, "%s: no such version", name);
	if (text != NULL && policy_load_text(name, text, d->policy, &p,
	    &err) == RC_OK)
		return p;
	log_warn(NULL, "policy: \"%s\"; the active one is used",
	    log_text(esc, sizeof(esc), err.text));
	return NULL;
}

const struct policy *
desk_policy(struct desk *d, const struct incident *in)
{
	struct policy	*p;
	struct arena	*a;

	for (size_t i = 0; i < d->n_policies; i++)
		if (strcmp(d->policies[i]->id, in->policy) == 0 &&
		    d->policies[i]->version == in->policy_version)
			return d->policies[i];
	if (d->n_policies == POLICIES_MAX)
		return d->policy;
	a = arena_new();
	p = find(d, in->policy, in->policy_version, a);
	arena_free(&a);
	if (p == NULL)
		return d->policy;
	d->policies[d->n_policies++] = p;
	return p;
}
