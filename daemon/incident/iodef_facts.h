#ifndef IODEF_FACTS_H
#define IODEF_FACTS_H

/*
 * iodef_facts - what both forms of IODEF say.  Used by: iodef.c, iodef_xml.c.
 *
 * Strings belong to the arena and are valid in XML 1.0; NULL: not known.
 */
#include "base/arena.h"
#include "incident/view.h"

struct iodef_item {		/* of the history */
	const char	*at;	/* RFC 3339 */
	const char	*action;
	const char	*text;
};

struct iodef_facts {
	const char	*lang;
	const char	*id, *domain;
	const char	*status;	/* new, in-progress ... */
	/* RFC 3339 */
	const char	*detected, *started, *ended, *recovered, *reported;
	const char	*generated;
	const char	*description, *facts;
	const char	*category;
	const char	*severity;	/* of the business: low, medium, high */
	const char	*level;		/* its text */
	const char	*impact, *damage, *cause, *support;
	const char	*agency, *email, *phone;
	const char	*handler, *handler_phone;
	const char	*unit;
	struct iodef_item items[3];
	size_t		 n_items;
	/* additional data */
	const char	*level_number;
	const char	*revision;
	const char	*policy;
	int		 drill;
};

void	iodef_facts(const struct policy *, const struct conf *,
	    const struct situation *, const struct addressee *, int64_t now,
	    struct arena *, struct iodef_facts *);

#endif
