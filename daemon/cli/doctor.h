#ifndef DOCTOR_H
#define DOCTOR_H

/*
 * doctor - what the checks of `tocsin doctor` share.
 *
 * Used by: doctor.c (the host) and doctor_net.c (the others' servers).
 */
#include <jansson.h>

#include "cli/cli.h"

struct doctor {
	struct cli	*cli;
	json_t		*list;		/* of all that was looked at */
	int		 first;		/* there is no store yet */
	int		 sick, broken;	/* findings; of the configuration */
};

/* One thing that was looked at: text is how it is, or what is wrong; mend
 * what to do about it, NULL when it is well. */
void	doctor_says(struct doctor *, const char *what, const char *name,
	    const char *text, const char *mend);
/* Tries every server of the configuration; sends and changes nothing. */
void	doctor_servers(struct doctor *);

#endif
