#ifndef DESK_GATHER_H
#define DESK_GATHER_H

/*
 * desk_gather - the files of one incident while they are collected.  Shared
 * by desk_evidence.c, which says when and to whom, and desk_sift.c, which
 * takes the reader's answers.
 */
#include "desk.h"

#define GATHER_FILES	256u		/* of all mails; the rest is counted */

struct gather {
	struct arena	*a;
	int64_t		 incident;
	int		 revision;
	int		 again;		/* see desk_again.c */
	struct exhibit_want want;
	int64_t		 sum;		/* bytes that are held */
	struct mail	*mails;		size_t n_mails, next;
	struct report	*report;	/* of the mail in hand */
	int		 deaths;	/* on it */
	int64_t		 since;		/* mono ms: asked, or waiting */
	int		 in_hand;
	const struct exhibit **files;	size_t n_files;
	int64_t		*mail_of;	/* of each file */
	int64_t		*strange;	/* mails without proof ... */
	size_t		*strange_n;	/* ... and how many files */
	size_t		 n_strange;
	size_t		 more;
};

/* The report that is kept with a mail, or NULL. */
const struct report *gather_report(const struct mail *, struct arena *);

#endif
