#ifndef STORY_H
#define STORY_H

/*
 * story - everything the store knows of one incident, and its timeline.
 *
 * Used by: show.c, render.c.
 */
#include <jansson.h>

#include "cli/cli.h"
#include "incident/view.h"

struct story {
	struct incident	 incident;
	const struct policy *policy;	/* NULL: cannot be read any more */
	struct incident_field *fields;	size_t n_fields;
	struct deadline	*deadlines;	size_t n_deadlines;
	struct journal_row *journal;	size_t n_journal;
	struct mail	*mails;		size_t n_mails;	/* oldest first */
	struct outbox_item *items;	size_t n_items;	/* oldest first */
	struct receipt	**receipts;	/* [n_items] */
	size_t		*n_receipts;	/* [n_items] */
};

/* One line of the timeline. */
struct moment {
	int64_t		 at;
	int		 order;		/* of things in the same second */
	size_t		 seq;		/* and of the same kind */
	const char	*who;
	const char	*what;
	int64_t		 mail;		/* 0: none */
	const char	*deadline;	/* what it had to do with, or NULL */
};

/* 0, or an exit code after saying why. */
int	story_read(struct cli *, const char *number, struct story *);
size_t	story_moments(struct cli *, const struct story *, struct moment **);
/* The story as decide() and the views take it: no copies. */
void	story_situation(const struct story *, struct situation *);
/* A configured role, or "reporter"; lang NULL: the addressee's own. */
void	story_addressee(struct cli *, const struct story *, const char *role,
	    const char *lang, struct addressee *);
/* {"incident":...,"fields":[],"mails":[],...}; new reference. */
json_t	*story_json(struct cli *, const struct story *);
/* The label of a deadline in the terminal's language, or its name. */
const char *story_deadline_label(struct cli *, const struct story *,
	    const char *name);

#endif
