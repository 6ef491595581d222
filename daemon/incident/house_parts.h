#ifndef HOUSE_PARTS_H
#define HOUSE_PARTS_H

/*
 * house_parts - what house.c, house_list.c, house_mail.c and advisory.c
 * share.  Of those files only.
 */
#include "incident/decide_draft.h"
#include "incident/house.h"

/* A draft that belongs to no incident. */
void	 house_begin(const struct house *, struct event *, struct change *,
	    struct draft *);
void	 house_end(struct draft *);
/* Who speaks in the event. */
void	 house_speaks(struct event *, const struct house_answer *);
/* value is stolen. */
void	 house_keep(struct draft *, const char *fact, json_t *value);
/* The fact in hand as an object; new reference. */
json_t	*house_read(const struct house *);
const struct policy_schedule *house_schedule(const struct policy *,
	    const char *name);
/* The data of the digest, the register and the retention note; NULL: there is
 * nothing to tell.  New reference. */
json_t	*house_digest(const struct house *);
json_t	*house_bundle(const struct house *);
json_t	*house_open(const struct house *);
json_t	*house_register(const struct house *, struct duty *);
json_t	*house_retention(const struct house *);
/* Do the letters of "text" begin with one of the words?  What follows it. */
const char *house_word(const struct policy_strings *, const char *text);
/* An answer to whoever wrote. */
void	 house_reply(struct draft *, const char *number, const char *title);

/* --- advisory.c --- */

void	 advisory_remind(struct draft *, const struct house *,
	    const struct deadline *);
void	 advisory_answer(struct draft *, const struct house *,
	    const struct house_answer *);

#endif
