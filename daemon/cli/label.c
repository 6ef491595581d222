/*
 * label - what the policy calls the words of a record, in the terminal's
 * language; without a policy, or for a word it does not know, the word itself.
 */
#include <string.h>

#include "cli/cli.h"
#include "incident/states.h"

const char *
cli_state(struct cli *cli, const struct policy *p, enum incident_state state)
{
	return p == NULL ? incident_state_name(state) :
	    policy_state_label(p, state, cli->lang);
}

const char *
cli_category(struct cli *cli, const struct policy *p, const char *name)
{
	const struct policy_category	*c = NULL;

	if (p != NULL && name != NULL)
		c = policy_category(p, name);
	return c == NULL ? name : words_in(&c->label, cli->lang);
}

const char *
cli_verdict(struct cli *cli, const struct policy *p, const char *name)
{
	for (size_t i = 0; p != NULL && name != NULL && i < p->n_verdicts; i++)
		if (strcmp(p->verdicts[i].name, name) == 0)
			return words_in(&p->verdicts[i].label, cli->lang);
	return name;
}

/* {"verb": ..., "level": ..., "into": ...}: what waits for a second person. */
const char *
cli_pending(struct cli *cli, const struct policy *p, const char *text)
{
	json_t			*j = text == NULL ? NULL : json_loads(text, 0,
				    NULL);
	const char		*verb, *into, *out = text;
	enum incident_state	 state;

	verb = json_string_value(json_object_get(j, "verb"));
	into = json_string_value(json_object_get(j, "into"));
	if (verb != NULL && strcmp(verb, verb_name(VERB_LEVEL)) == 0)
		out = arena_printf(cli->arena, "a second person: level %d",
		    (int)json_integer_value(json_object_get(j, "level")));
	else if (verb != NULL)
		out = arena_printf(cli->arena, "a second person: %s%s%s",
		    incident_state_parse(verb, &state) == 0 ? cli_state(cli, p,
		    state) : verb, into != NULL ? " into " : "",
		    into != NULL ? into : "");
	json_decref(j);
	return out;
}
