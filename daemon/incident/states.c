#include "incident/states.h"

#include <string.h>

#define NO	{ MOVE_NO, INC_NSTATES }
#define STAY	{ MOVE_STAY, INC_NSTATES }
#define BACK	{ MOVE_BACK, INC_NSTATES }
#define GO(to)	{ MOVE_GO, INC_##to }

static const struct transition table[INC_NSTATES][VERB_N] = {
	[INC_RECEIVED] = {
		[VERB_LEVEL]		= GO(ASSESSED),
		[VERB_PROGRESS]		= GO(IN_PROGRESS),
		[VERB_CONTAIN]		= GO(CONTAINED),
		[VERB_RECOVER]		= NO,	/* the level comes first: it
						   decides who must be told */
		[VERB_RECOVER_OPEN]	= GO(CONTAINED),
		[VERB_UNIT_RECOVER]	= STAY,
		[VERB_CLOSE]		= NO,
		[VERB_FALSE_ALARM]	= GO(FALSE_ALARM),
		[VERB_MERGE]		= GO(MERGED),
		[VERB_UNMERGE]		= NO,
		[VERB_TRANSFER]		= GO(TRANSFERRED),
		[VERB_REOPEN]		= NO,
		[VERB_SUPPLEMENT]	= STAY,
	},
	[INC_ASSESSED] = {
		[VERB_LEVEL]		= STAY,
		[VERB_PROGRESS]		= GO(IN_PROGRESS),
		[VERB_CONTAIN]		= GO(CONTAINED),
		[VERB_RECOVER]		= GO(RECOVERED),
		[VERB_RECOVER_OPEN]	= GO(CONTAINED),
		[VERB_UNIT_RECOVER]	= STAY,
		[VERB_CLOSE]		= NO,
		[VERB_FALSE_ALARM]	= GO(FALSE_ALARM),
		[VERB_MERGE]		= GO(MERGED),
		[VERB_UNMERGE]		= NO,
		[VERB_TRANSFER]		= GO(TRANSFERRED),
		[VERB_REOPEN]		= NO,
		[VERB_SUPPLEMENT]	= STAY,
	},
	[INC_IN_PROGRESS] = {
		[VERB_LEVEL]		= STAY,
		[VERB_PROGRESS]		= STAY,
		[VERB_CONTAIN]		= GO(CONTAINED),
		[VERB_RECOVER]		= GO(RECOVERED),
		[VERB_RECOVER_OPEN]	= GO(CONTAINED),
		[VERB_UNIT_RECOVER]	= STAY,
		[VERB_CLOSE]		= NO,
		[VERB_FALSE_ALARM]	= GO(FALSE_ALARM),
		[VERB_MERGE]		= GO(MERGED),
		[VERB_UNMERGE]		= NO,
		[VERB_TRANSFER]		= GO(TRANSFERRED),
		[VERB_REOPEN]		= NO,
		[VERB_SUPPLEMENT]	= STAY,
	},
	[INC_CONTAINED] = {
		[VERB_LEVEL]		= STAY,
		[VERB_PROGRESS]		= GO(IN_PROGRESS),	/* it broke out again */
		[VERB_CONTAIN]		= STAY,
		[VERB_RECOVER]		= GO(RECOVERED),
		[VERB_RECOVER_OPEN]	= STAY,
		[VERB_UNIT_RECOVER]	= STAY,
		[VERB_CLOSE]		= NO,
		[VERB_FALSE_ALARM]	= GO(FALSE_ALARM),
		[VERB_MERGE]		= GO(MERGED),
		[VERB_UNMERGE]		= NO,
		[VERB_TRANSFER]		= GO(TRANSFERRED),
		[VERB_REOPEN]		= NO,
		[VERB_SUPPLEMENT]	= STAY,
	},
	/* A status word does not undo a confirmed end: REOPEN does. */
	[INC_RECOVERED] = {
		[VERB_LEVEL]		= STAY,
		[VERB_PROGRESS]		= NO,
		[VERB_CONTAIN]		= NO,
		[VERB_RECOVER]		= STAY,
		[VERB_RECOVER_OPEN]	= STAY,
		[VERB_UNIT_RECOVER]	= STAY,
		[VERB_CLOSE]		= GO(CLOSED),
		[VERB_FALSE_ALARM]	= GO(FALSE_ALARM),
		[VERB_MERGE]		= GO(MERGED),
		[VERB_UNMERGE]		= NO,
		[VERB_TRANSFER]		= NO,
		[VERB_REOPEN]		= GO(IN_PROGRESS),
		[VERB_SUPPLEMENT]	= STAY,
	},
	[INC_CLOSED] = {
		[VERB_LEVEL]		= NO,
		[VERB_PROGRESS]		= NO,
		[VERB_CONTAIN]		= NO,
		[VERB_RECOVER]		= NO,
		[VERB_RECOVER_OPEN]	= NO,
		[VERB_UNIT_RECOVER]	= NO,
		[VERB_CLOSE]		= STAY,
		[VERB_FALSE_ALARM]	= NO,
		[VERB_MERGE]		= NO,
		[VERB_UNMERGE]		= NO,
		[VERB_TRANSFER]		= NO,
		[VERB_REOPEN]		= GO(IN_PROGRESS),
		[VERB_SUPPLEMENT]	= STAY,
	},
	[INC_FALSE_ALARM] = {
		[VERB_LEVEL]		= NO,
		[VERB_PROGRESS]		= NO,
		[VERB_CONTAIN]		= NO,
		[VERB_RECOVER]		= NO,
		[VERB_RECOVER_OPEN]	= NO,
		[VERB_UNIT_RECOVER]	= NO,
		[VERB_CLOSE]		= NO,
		[VERB_FALSE_ALARM]	= STAY,
		[VERB_MERGE]		= NO,
		[VERB_UNMERGE]		= NO,
		[VERB_TRANSFER]		= NO,
		[VERB_REOPEN]		= GO(IN_PROGRESS),
		[VERB_SUPPLEMENT]	= STAY,
	},
	/* A merged one speaks through the one it went into. */
	[INC_MERGED] = {
		[VERB_LEVEL]		= NO,
		[VERB_PROGRESS]		= NO,
		[VERB_CONTAIN]		= NO,
		[VERB_RECOVER]		= NO,
		[VERB_RECOVER_OPEN]	= NO,
		[VERB_UNIT_RECOVER]	= NO,
		[VERB_CLOSE]		= NO,
		[VERB_FALSE_ALARM]	= NO,
		[VERB_MERGE]		= STAY,
		[VERB_UNMERGE]		= BACK,
		[VERB_TRANSFER]		= NO,
		[VERB_REOPEN]		= BACK,
		[VERB_SUPPLEMENT]	= STAY,
	},
	/* Somebody else handles it; our reminders run until he says so. */
	[INC_TRANSFERRED] = {
		[VERB_LEVEL]		= STAY,
		[VERB_PROGRESS]		= GO(IN_PROGRESS),
		[VERB_CONTAIN]		= GO(CONTAINED),
		[VERB_RECOVER]		= GO(RECOVERED),
		[VERB_RECOVER_OPEN]	= GO(CONTAINED),
		[VERB_UNIT_RECOVER]	= STAY,
		[VERB_CLOSE]		= NO,
		[VERB_FALSE_ALARM]	= GO(FALSE_ALARM),
		[VERB_MERGE]		= GO(MERGED),
		[VERB_UNMERGE]		= NO,
		[VERB_TRANSFER]		= STAY,
		[VERB_REOPEN]		= GO(IN_PROGRESS),
		[VERB_SUPPLEMENT]	= STAY,
	},
};

static const char *const verbs[] = {
#define X(id, name) [VERB_##id] = name,
	VERBS(X)
#undef X
};
_Static_assert(sizeof(verbs) / sizeof(verbs[0]) == VERB_N, "a name each");

const struct transition *
states_next(enum incident_state s, enum verb v)
{
	static const struct transition	no = NO;

	if ((unsigned)s >= INC_NSTATES || (unsigned)v >= VERB_N)
		return &no;
	return &table[s][v];
}

const char *
verb_name(enum verb v)
{
	return (unsigned)v < VERB_N ? verbs[v] : "?";
}

int
verb_parse(const char *s, enum verb *out)
{
	for (int i = 0; i < VERB_N; i++)
		if (strcmp(verbs[i], s) == 0) {
			*out = (enum verb)i;
			return 0;
		}
	return -1;
}

int
states_active(enum incident_state s)
{
	switch (s) {
	case INC_RECEIVED:
	case INC_ASSESSED:
	case INC_IN_PROGRESS:
	case INC_CONTAINED:
	case INC_TRANSFERRED:
		return 1;
	case INC_RECOVERED:
	case INC_CLOSED:
	case INC_FALSE_ALARM:
	case INC_MERGED:
	case INC_NSTATES:
		break;
	}
	return 0;
}
