#ifndef POLICY_DIFF_H
#define POLICY_DIFF_H

/*
 * policy_diff - a policy as a list of key and value, so that two can be
 * compared: "deadline.assess.within.L0" is "30m".  Pure.
 *
 * Used by: cli/policy.c.
 */
#include "base/arena.h"
#include "incident/policy.h"

struct policy_pair {
	const char	*key;
	const char	*value;
};

/* Sorted by key, each key once; in the arena. */
void	policy_pairs(const struct policy *, struct arena *,
	    struct policy_pair **, size_t *n);

struct policy_change {
	const char	*key;
	const char	*from, *to;	/* NULL: not there */
};

void	policy_diff(const struct policy *, const struct policy *,
	    struct arena *, struct policy_change **, size_t *n);
/* "90s", "15m", "2h", "3d", "off" as in a policy file. */
const char *policy_span(struct arena *, int64_t seconds);

#endif
