#ifndef HOUSE_H
#define HOUSE_H

/*
 * house - what Tocsin does without an incident: by the calendar (the digest,
 * the register, the preventive reminders and their answers: R17, R24, R31)
 * and advisories (R32).  Pure, like decide().
 *
 * What is kept of a reminder is a fact "round:NAME", of an advisory a fact
 * "advisory:NUMBER"; both are JSON objects.  Every answer and every step is a
 * journal row too, so the facts may be lost without harm to the record.
 *
 * Used by: desk_house.c.
 */
#include "incident/decide.h"

/* Deadlines of the house are called "house:NAME" and "late:NAME". */
#define HOUSE_DUE	"house:"
#define HOUSE_LATE	"late:"
#define HOUSE_BUNDLE	"bundle:"	/* and the role it goes to */
#define HOUSE_BUNDLE_AGAIN "bundle-again:" /* a list that is to be held */
#define HOUSE_ADVISORY	"advisory:"

struct house_case {
	const struct incident	*in;
	const struct deadline	*next;		/* first due open one, or NULL */
	const char		*cause_code;	/* or NULL */
};

struct house {
	const struct policy	*p;
	const struct conf	*conf;
	int64_t			 now;
	struct arena		*a;
	const struct house_case	*cases;	size_t n_cases;
	const char		*fact;	/* JSON of the round or advisory */
};

/* Which incidents does this duty want to see? */
enum house_want { HOUSE_NONE, HOUSE_OPEN, HOUSE_ALL };
enum house_want house_wants(const struct policy *, const char *deadline);
/* The fact it wants to see, or NULL; in the arena. */
const char *house_fact(struct arena *, const char *deadline);

/* Does this deadline tell of what came again, for the operator to send? */
int	house_again(const char *deadline);
/* Is what roles would hear of it told in a list (bundle_from)? */
int	house_bundled(const struct incident *);

/* What must be put so that the deadlines of the house fit the policy. */
void	house_plan(const struct policy *, const struct deadline *, size_t n,
	    int64_t now, struct arena *, struct deadline **out, size_t *n_out);
/* One of them is due.  change_done() frees the data. */
void	house_due(const struct house *, const struct deadline *,
	    struct change *);

/* --- mails --- */

/* Does the mail order an advisory?  Only when the sender's role may. */
int	house_is_advisory(const struct policy *, const struct report *);
/* "ADV-2026-001" */
char	*house_number(struct arena *, const struct policy *, int64_t now,
	    int n);
int	house_year(const struct policy *, int64_t now);

/* Somebody writes; key: the unique stem of the letter of ours that he
 * answers. */
struct house_answer {
	const char	*key;		/* "advisory/NUMBER" or
					   "prevent/NAME/DAY/UNIT", or NULL */
	const struct report *report;
	const char	*actor;
	const char	*holder;	/* whose proof it was, or NULL */
	const char	*role;		/* of the configuration, or NULL */
	int		 trusted;	/* the token was for this letter */
};
/*
 * Somebody with a role orders something of an incident and does not say of
 * which: he is asked.  cases: the open ones.
 */
void	house_which(const struct house *, const struct house_answer *,
	    struct change *);
/* The fact the answer is about, or NULL. */
const char *house_answer_fact(struct arena *, const char *key);
void	house_answer(const struct house *, const struct house_answer *,
	    struct change *);
/* He wants an advisory; it waits for a second person now.  number: the one
 * made for it. */
void	house_advisory(const struct house *, const struct house_answer *,
	    const char *number, struct change *);

#endif
