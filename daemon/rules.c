#include "rules.h"

#include <string.h>

#include "parse_conf.h"

enum rc
rules_fill(struct rules *r, struct err *err)
{
	const struct conf	*c = r->conf;
	struct parse_conf	*pc = NULL;
	enum rc			 rc;

	rc = policy_load(c->policy_dir, c->policy, &r->policy, err);
	if (rc == RC_OK)
		rc = templates_load(c->template_dir, &r->templates, err);
	if (rc == RC_OK)
		rc = parse_conf_make(c, c->policy, &pc, err);
	parse_conf_free(&pc);
	return rc;
}

enum rc
rules_load(const char *conf_file, struct rules *r, struct err *err)
{
	enum rc	rc;

	memset(r, 0, sizeof(*r));
	rc = conf_load(conf_file, &r->conf, err);
	if (rc == RC_OK)
		rc = rules_fill(r, err);
	if (rc != RC_OK)
		rules_free(r);
	return rc;
}

void
rules_free(struct rules *r)
{
	templates_free(&r->templates);
	policy_free(&r->policy);
	conf_free(&r->conf);
}
