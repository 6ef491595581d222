#include "config.h"

#include "desk.h"

#include <string.h>

#include "base/log.h"

/*
 * An incident keeps the text it began with.  A file that was edited and still
 * calls itself the same version is another text: told once, and new incidents
 * follow it.  The bare name has the first text of a version, for `tocsin
 * policy diff`.
 */
enum rc
desk_policy_keep(struct desk *d, struct err *err)
{
	const struct policy	*p = d->policy;
	struct arena		*a;
	const char		*name, *text, *first = NULL, *same = NULL;
	enum rc			 rc;

	if (d->policy_kept)
		return RC_OK;
	a = arena_new();
	name = policy_fact(a, p->id, p->version, NULL);
	text = policy_fact(a, p->id, p->version, p->text_id);
	rc = fact_get(d->store, name, a, &first, err);
	if (rc == RC_OK)
		rc = fact_get(d->store, text, a, &same, err);
	if (rc == RC_OK && first == NULL)
		rc = fact_put(d->store, name, p->text, err);
	if (rc == RC_OK && same == NULL)
		rc = fact_put(d->store, text, p->text, err);
	if (rc == RC_OK && same == NULL && first != NULL &&
	    strcmp(first, p->text) != 0)
		log_warn(NULL, "policy: %s changed and still calls itself "
		    "version %d; open incidents keep the text they began "
		    "with", p->id, p->version);
	if (rc == RC_OK)
		d->policy_kept = 1;
	arena_free(&a);
	return rc;
}

/* From the file while it says that still, else as it was kept. */
static struct policy *
find(struct desk *d, const struct incident *in, struct arena *a)
{
	struct policy	*p = NULL;
	struct err	 err;
	const char	*name = policy_fact(a, in->policy, in->policy_version,
			    in->policy_text), *text = NULL;
	char		 esc[600];

	if (policy_load(d->conf->policy_dir, in->policy, &p, &err) == RC_OK &&
	    policy_is_of(p, in))
		return p;
	policy_free(&p);
	if (fact_get(d->store, name, a, &text, &err) == RC_OK && text == NULL)
		(void)err_set(&err, RC_REFUSED, "%s: no such text", name);
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
		if (policy_is_of(d->policies[i], in))
			return d->policies[i];
	a = arena_new();
	p = find(d, in, a);
	arena_free(&a);
	if (p == NULL)
		return d->policy;
	policies_add(&d->policies, &d->n_policies, p);
	return p;
}
