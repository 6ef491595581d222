#ifndef STATES_H
#define STATES_H

/*
 * states - the life of an incident (R18), one pure table.
 *
 * Every state meets every verb; each cell is decided.  A verb is what a
 * trusted command (or the unit's word) asks for, after the checks that need
 * more than the state were made: RECOVER means "recovered, the checklist is
 * complete", RECOVER_OPEN "recovered, but an item is open".
 */
#include "base/record.h"

#define VERBS(X)							\
	X(LEVEL,	"level")	/* the team sets the level */	\
	X(PROGRESS,	"in_progress")					\
	X(CONTAIN,	"contained")					\
	X(RECOVER,	"recovered")	/* confirmed, complete */	\
	X(RECOVER_OPEN,	"recover_open")	/* confirmed, an item is open */ \
	X(UNIT_RECOVER,	"unit_recovered") /* the unit says so, R20 */	\
	X(CLOSE,	"closed")					\
	X(FALSE_ALARM,	"false_alarm")					\
	X(MERGE,	"merged")					\
	X(UNMERGE,	"unmerge")					\
	X(TRANSFER,	"transferred")					\
	X(REOPEN,	"reopen")					\
	X(SUPPLEMENT,	"supplement")	/* words and fields, no status */

enum verb {
#define X(id, name) VERB_##id,
	VERBS(X)
#undef X
	VERB_N
};

enum move {
	MOVE_NO,		/* not from here: nothing changes, say so */
	MOVE_STAY,		/* allowed, the state stays */
	MOVE_GO,		/* to next */
	MOVE_BACK		/* to the state before the merge */
};

struct transition {
	enum move		move;
	enum incident_state	next;	/* MOVE_STAY: the same state */
};

const struct transition *states_next(enum incident_state, enum verb);
const char *verb_name(enum verb);
int	 verb_parse(const char *, enum verb *);
/* Reminders run: nobody has confirmed an end (R18). */
int	 states_active(enum incident_state);

#endif
