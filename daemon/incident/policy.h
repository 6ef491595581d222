#ifndef POLICY_H
#define POLICY_H

/*
 * policy - the plan as data: levels, deadlines, ladders, who is told what.
 *
 * Read from policies/NAME.policy (libconfuse), checked for completeness at
 * load: every level, state, category and template named is there.  Nothing
 * of the plan's numbers or words is in C (R23).  Bilingual words are struct
 * words; a missing English one falls back to the Chinese.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/record.h"

#define LEVELS	5			/* index 1..4; 0 = not assessed */

struct words {
	const char	*zh, *en;
};

struct policy_strings {
	size_t		  n;
	const char	**v;
};

struct policy_level {
	int		 level;
	struct words	 text;		/* R3: exact */
};

struct policy_category {		/* in order of precedence, R30 */
	const char	*name;
	struct words	 label;
	struct words	 instructions;	/* R27-R29 */
	struct policy_strings labels;	/* how a form says it */
	struct policy_strings keywords;
	int		 reproach;	/* 0: no lateness sentence (disaster) */
	int		 rank;		/* R15 */
};

struct policy_label {			/* of a field or state, for people */
	const char	*name;
	struct words	 label;
};

struct policy_rung {			/* when a deadline is not met */
	int		 percent;	/* of the span: 50, 80, 100, 150 */
	struct policy_strings roles;	/* who is reminded */
};

struct policy_deadline {
	const char	*name;		/* assess, missing, external, recovery */
	struct words	 label;
	const char	*from, *to;	/* events, see decide.h */
	int64_t		 within[LEVELS]; /* seconds; -1: off at this level */
	const char	*rule;		/* "span", "apa48-month" */
	const char	*owner;		/* role */
	const char	*duty;		/* template of the reminder */
	struct policy_rung *rungs;	size_t n_rungs;
	int64_t		 then_every[LEVELS]; /* repeat after the last rung */
	struct policy_strings then_roles;
	int		 quiet[LEVELS];	/* 1: quiet hours hold at this level */
};

struct policy_check {			/* R19, in order */
	const char	*field;		/* check_hardware */
	int		 before_restore; /* must be ok before data restore */
};

struct policy_disclosure {		/* R25: what a role may see */
	const char	*role;
	struct policy_strings fields;	/* field names; "*": all */
};

struct policy {
	const char	*id;
	int		 version;
	const char	*file;
	struct words	 title;
	int		 zone;		/* seconds east of UTC */
	int		 calendar_roc;	/* dates for people in ROC years */
	const char	*tracking_series, *drill_series;
	int64_t		 report_limit;	/* R4: 900 */
	struct policy_level levels[LEVELS];
	int		 forward_min_level;	/* R11 */
	struct policy_strings forward_roles;	/* ncert, city_it */
	int		 forward_needs_receipt;	/* of every channel */
	int		 two_persons_from;	/* level; 0: never */
	const char	*meeting[LEVELS];	/* "no", "ask", "mandatory" */
	struct policy_strings report_required;	/* field names, R8 */
	struct policy_strings close_required;	/* R21 */
	struct policy_strings confirm_roles;	/* who confirms recovery */
	struct policy_strings close_roles;
	struct policy_strings command_roles;	/* who sets level and status */
	struct policy_strings notify_opened;	/* roles told: team, ethics */
	struct policy_strings notify_level;
	struct policy_strings notify_recovered;
	struct policy_strings notify_closed;
	struct policy_category *categories;	size_t n_categories;
	struct words	 general_instructions;	/* no category */
	struct policy_label *fields;		size_t n_fields;
	struct policy_label states[INC_NSTATES];
	struct policy_label *verdicts;		size_t n_verdicts;
	struct policy_deadline *deadlines;	size_t n_deadlines;
	struct policy_check *checklist;		size_t n_checklist;
	struct policy_disclosure *disclosures;	size_t n_disclosures;
	int		 work_start, work_end;	/* minutes of the day */
	int		 quiet_start, quiet_end;
	struct policy_strings holidays;		/* "2026-01-01" */
	struct policy_strings workdays;		/* Saturdays made working days */
	int		 retention_years;
	struct arena	*arena;
};

/* RC_REFUSED with file:line, what was found and what was expected. */
enum rc	policy_load(const char *dir, const char *name, struct policy **,
	    struct err *);
void	policy_free(struct policy **);

const struct policy_category *policy_category(const struct policy *,
	    const char *name);
/* The label in zh or en; the name itself when there is none. */
const char *policy_field_label(const struct policy *, const char *field,
	    const char *lang);
const char *policy_state_label(const struct policy *, enum incident_state,
	    const char *lang);
const struct policy_deadline *policy_deadline(const struct policy *,
	    const char *name);
int	policy_has(const struct policy_strings *, const char *);
/* May this role see this field? R25 */
int	policy_discloses(const struct policy *, const char *role,
	    const char *field);
const char *words_in(const struct words *, const char *lang);

#endif
