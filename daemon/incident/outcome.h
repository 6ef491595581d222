#ifndef OUTCOME_H
#define OUTCOME_H

/*
 * outcome - what came of the last try to send a letter, as the one line that
 * stays with its promise (outbox_item.last) and that `tocsin queue` shows:
 * our word for it, the code of an answer (0: nobody answered), the words.
 *
 *	refused 550 5.1.1 no such user		the peer answered
 *	again 0 connection lost: exit 3		our own reason
 *	failed smtp; 550 5.2.2 full		a notice about it: no code
 *	given up: no way to the receiver works	it was never tried
 */
#include "base/arena.h"
#include "base/record.h"

struct outcome {
	const char	*said;		/* points into the line; "": nothing */
	int		 theirs;	/* the peer or a relay said it, not we */
};

/* The line of a receipt, in the arena. */
const char *outcome_line(struct arena *, const struct receipt *);
/* What a line says; NULL says nothing. */
struct outcome outcome_of(const char *line);

#endif
