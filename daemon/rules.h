#ifndef RULES_H
#define RULES_H

/*
 * rules - what one life of the desk goes by: configuration, policy,
 * templates, and forms that the reader will be able to load.
 *
 * All of it is read and proved before anything begins with it, and what was
 * proved is what that life and each of its processes have, whatever became of
 * the files.
 */
#include "base/conf.h"
#include "base/err.h"
#include "incident/policy.h"
#include "templates/render.h"

struct rules {
	struct conf	*conf;
	struct policy	*policy;
	struct templates *templates;
	int		 kept;		/* the files, for children; 0: none */
};

/* RC_REFUSED with file:line; then nothing is in it. */
enum rc	rules_load(const char *conf_file, struct rules *, struct err *);
/* The rest, of a configuration that is there: read after kept_note(). */
enum rc	rules_fill(struct rules *, struct err *);
void	rules_free(struct rules *);

#endif
