#ifndef CLI_CHECK_H
#define CLI_CHECK_H

/*
 * check - what `tocsin check` finds.  Of the check files only.
 *
 * check.c		each file by itself, policies, forms and templates
 * check_people.c	do the people of the configuration fit the policy?
 */
#include <jansson.h>

#include "cli/cli.h"
#include "incident/policy.h"

struct findings {
	struct cli	*cli;
	json_t		*list, *notes;
	json_t		*lacking;	/* role -> where the policy names it */
	json_t		*named;		/* roles that the active policy names */
	int		 errors, warnings;
};

/* error 0: a warning. */
void	finding(struct findings *, int error, const char *what,
	    const char *text);
/* Nothing to mend, but to know. */
void	note(struct findings *, const char *what, const char *text);

/* The users that each process becomes. */
void	check_users(struct findings *);
/* After the active policy's roles were named. */
void	check_people(struct findings *, const struct policy *);

#endif
