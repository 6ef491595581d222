#ifndef EVIDENCE_H
#define EVIDENCE_H

/*
 * evidence - which files of an incident's mails go to a receiver, which stay,
 * and what it is told of both.  Pure.
 *
 * What may leave at all was judged by the reader (parsers/exhibit.h); here
 * the policy takes away from it and never adds.
 */
#include <jansson.h>

#include "base/arena.h"
#include "base/conf.h"
#include "incident/decide.h"
#include "incident/policy.h"
#include "incident/view.h"

#define EVIDENCE_DUTY	"evidence"

struct evidence {
	const struct policy_evidence *rule;
	const struct exhibit *const *files;	size_t n;
	enum exhibit_fault *mail, *http; /* of each file: why it stays */
	size_t		 more;		/* files beyond those listed */
	size_t		 strangers;	/* files of senders without proof */
	int		 revision;	/* of the report they follow */
};

/* What the reader is asked for so that every receiver can be served. */
void	evidence_want(const struct policy *, struct exhibit_want *);
/* Fills mail and http by the rule. */
void	evidence_choose(struct evidence *, struct arena *);
/* How many go by this way; NULL: 0. */
size_t	evidence_goes(const struct evidence *, const enum exhibit_fault *);
/* For the letter: sent, kept and why, in both languages.  New reference. */
json_t	*evidence_data(const struct evidence *, const struct policy *,
	    struct arena *);
/* The document for HTTP (doc/evidence.schema.json).  New reference. */
json_t	*evidence_payload(const struct evidence *, const struct policy *,
	    const struct conf *, const struct situation *,
	    const struct addressee *, const char *key, int64_t now);
/* A stranger's file name as one harmless line. */
char	*evidence_name(struct arena *, const char *);
/* "text/plain; charset=Big5" */
const char *evidence_type(const struct exhibit *, struct arena *);

#endif
