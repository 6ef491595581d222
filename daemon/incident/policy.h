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
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/record.h"
#include "parsers/exhibit.h"

#define POLICY_TEXT_ID	16		/* hex digits */

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

/*
 * What an answer to a mail with commands says about one line of it.  The
 * words are in the policy file; {a} and {b} in them are filled by decide.
 */
#define SAYINGS(X)							\
	X(LEVEL_SET,		"level_set")				\
	X(LEVEL_FIRST,		"level_first")				\
	X(LEVEL_SAME,		"level_same")				\
	X(LEVEL_SUGGESTED,	"level_suggested")			\
	X(LEVEL_NOT_FROM,	"level_not_from")			\
	X(LEVEL_UNCLEAR,	"level_unclear")			\
	X(STATUS_UNCLEAR,	"status_unclear")			\
	X(LEVEL_NAMED,		"level_named")				\
	X(STATUS_NAMED,		"status_named")				\
	X(COMMAND_DOUBTED,	"command_doubted")			\
	X(CHECK_UNCLEAR,	"check_unclear")			\
	X(TIME_UNCLEAR,		"time_unclear")				\
	X(STATUS_SET,		"status_set")				\
	X(STATUS_SAME,		"status_same")				\
	X(TRANSFERRED,		"transferred")				\
	X(TRANSFERRED_WHERE,	"transferred_where")			\
	X(STATUS_NOT_FROM,	"status_not_from")			\
	X(STATUS_SUGGESTED,	"status_suggested")			\
	X(ASSESS_FIRST,		"assess_first")				\
	X(CATEGORY_SET,		"category_set")				\
	X(FIELD_STORED,		"field_stored")				\
	X(NOT_UNDERSTOOD,	"not_understood")			\
	X(TIME_TO_COME,		"time_to_come")				\
	X(TIME_BEFORE,		"time_before")				\
	X(STATUS_TIME,		"status_time")				\
	X(NOTHING_FOUND,	"nothing_found")			\
	X(NOTE_KEPT,		"note_kept")				\
	X(OTHER_NUMBER,		"other_number")				\
	X(REDIRECTED,		"redirected")				\
	X(NOT_ALLOWED,		"not_allowed")				\
	X(RECOVERED,		"recovered")				\
	X(RECOVERY_OPEN,	"recovery_open")			\
	X(RESTORE_TOO_EARLY,	"restore_too_early")			\
	X(CLOSE_NEEDS,		"close_needs")				\
	X(NEEDS_SECOND,		"needs_second")				\
	X(SECOND_SAME,		"second_same")				\
	X(CONFIRMED,		"confirmed")				\
	X(WITHDRAWN,		"withdrawn")				\
	X(REFUSED,		"refused")				\
	X(NOTHING_PENDING,	"nothing_pending")			\
	X(SENT_OUT,		"sent_out")				\
	X(SENT_FOLLOWUP,	"sent_followup")			\
	X(SENT_CORRECTION,	"sent_correction")			\
	X(NOT_SENT_DRILL,	"not_sent_drill")			\
	X(NOTHING_SENT_YET,	"nothing_sent_yet")			\
	X(MEETING_ASKED,	"meeting_asked")			\
	X(MEETING_YES,		"meeting_yes")				\
	X(MEETING_NO,		"meeting_no")				\
	X(MEETING_MANDATORY,	"meeting_mandatory")			\
	X(MEETING_MUST,		"meeting_must")				\
	X(PHONED,		"phoned")				\
	X(MERGED,		"merged")				\
	X(MERGE_UNKNOWN,	"merge_unknown")			\
	X(MERGE_DRILL,		"merge_drill")				\
	X(FORENSIC_ASKED,	"forensic_asked")			\
	X(FORENSIC_CONFIRMED,	"forensic_confirmed")			\
	X(FORENSIC_SENT,	"forensic_sent")			\
	X(FORENSIC_WITHDRAWN,	"forensic_withdrawn")			\
	X(MEETING_HOW,		"meeting_how")				\
	X(FORENSIC_REFUSED,	"forensic_refused")			\
	X(MEETING_NO_TIME,	"meeting_no_time")			\
	X(MEETING_BAD_TIME,	"meeting_bad_time")			\
	X(PHONED_BAD_TIME,	"phoned_bad_time")			\
	X(MINUTES,		"minutes")				\
	X(FINAL_REPORT,		"final_report")				\
	X(REVIEWED,		"reviewed")				\
	X(PLATFORM_FILED,	"platform_filed")			\
	X(ADVISORY_SENT,	"advisory_sent")			\
	X(ADVISORY_ADOPTED,	"advisory_adopted")			\
	X(ADVISORY_NOBODY,	"advisory_nobody")			\
	X(ADVISORY_RECALLED,	"advisory_recalled")			\
	X(ADVISORY_OUT,		"advisory_out")				\
	X(ADVISORY_DECIDED,	"advisory_decided")			\
	X(ANSWER_DONE,		"answer_done")				\
	X(ANSWER_UNDONE,	"answer_undone")			\
	X(HOUSE_UNCLEAR,	"house_unclear")			\
	X(HOUSE_KEPT,		"house_kept")

enum saying {
#define X(id, name) SAY_##id,
	SAYINGS(X)
#undef X
	SAY_N
};

/* Words at the head of a line that no form field has. */
#define COMMANDS(X)							\
	X(FOLLOWUP,	"followup")	/* send the report again, R14 */ \
	X(CONFIRM,	"confirm")	/* the second person */		\
	X(WITHDRAW,	"withdraw")	/* what waits for one */	\
	X(REFUSE,	"refuse")	/* he does not agree */		\
	X(REOPEN,	"reopen")					\
	X(MERGE,	"merge")	/* into the number that follows */ \
	X(UNMERGE,	"unmerge")					\
	X(TRANSFER,	"transfer")	/* to whom follows */		\
	X(PHONED,	"phoned")	/* reported by phone or fax, R12 */ \
	X(MEETING_YES,	"meeting_yes")	/* the CISO's answer, R16 */	\
	X(MEETING_NO,	"meeting_no")					\
	X(MINUTES,	"minutes")	/* of the meeting */		\
	X(FORENSIC,	"forensic")	/* R22 */			\
	X(FORENSIC_NO,	"forensic_no")					\
	X(FINAL_REPORT,	"final_report")	/* the report is handed in */	\
	X(REVIEWED,	"reviewed")	/* the superior's level review */ \
	X(PLATFORM,	"platform")	/* filed where the law wants it */ \
	X(NOT,		"not")		/* after one of them: it is not meant */

enum command {
#define X(id, name) CMD_##id,
	COMMANDS(X)
#undef X
	CMD_N
};

struct policy_label {			/* of a field or state, for people */
	const char	*name;
	struct words	 label;
};

/* A rung is told to its own roles and to those of the rungs below it. */
struct policy_rung {			/* when a deadline is not met */
	int		 percent;	/* of the span: 50, 80, 100, 150 */
	struct policy_strings roles;	/* who is reminded */
};

struct policy_deadline {
	const char	*name;		/* assess, missing, external, recovery */
	struct words	 label;
	const char	*from, *to;	/* events, see decide.h */
	int64_t		 within[LEVELS]; /* seconds; -1: off at this level */
	const char	*rule;		/* "span", "apa48-month", "workdays";
					   "verdict": judged, never reminded.
					   Months and working days are kept in
					   within as 30 days and 1 day each */
	const char	*owner;		/* role */
	const char	*duty;		/* template of the reminder */
	const char	*first_duty;	/* of the first one; NULL: duty */
	unsigned	 states;	/* 1 << state: where it runs */
	int		 restart;	/* the team's word starts it anew */
	struct policy_rung *rungs;	size_t n_rungs;
	int64_t		 then_every[LEVELS]; /* repeat after the last rung */
	struct policy_strings then_roles;
	int		 quiet[LEVELS];	/* 1: quiet hours hold at this level */
};

#define POLICY_MONTH	(30 * (int64_t)86400)	/* see rule */

#define SCHEDULE_EVERY(X)						\
	X(DAILY,	"daily")	/* "daily 08:30" */		\
	X(MONTHLY,	"monthly")	/* "monthly 5 09:00" */		\
	X(QUARTERLY,	"quarterly")	/* January, April, July, October */ \
	X(HALFYEARLY,	"halfyearly")	/* January, July */		\
	X(YEARLY,	"yearly")	/* "yearly 3-15 09:00" */

enum schedule_every {
#define X(id, name) EVERY_##id,
	SCHEDULE_EVERY(X)
#undef X
	EVERY_N
};

/* What the house does by the calendar, not for one incident (R17, R31). */
struct policy_schedule {
	const char	*name;
	struct words	 label;
	enum schedule_every every;
	int		 month, day, minute;	/* of the year, month, day */
	int		 workday;	/* moved to the next working day */
	const char	*duty;		/* template */
	struct policy_strings roles;	/* who gets it, or */
	const char	*list;		/* the contacts on this list */
	struct words	 text;		/* what to do, for the letter */
	int64_t		 answer_within;	/* 0: nobody need answer */
	struct policy_strings late_roles; /* told who has not answered */
};

struct policy_check {			/* R19, in order */
	const char	*field;		/* check_hardware */
	int		 before_restore; /* must be ok before data restore */
};

struct policy_disclosure {		/* R25: what a role may see */
	const char	*role;
	struct policy_strings fields;	/* field names; "*": all */
};

#define EVIDENCE_WAYS(X)						\
	X(NO,		"no")						\
	X(LIST,		"list")		/* names, sizes, hashes */	\
	X(FILES,	"files")	/* and what they hold */

enum evidence_way {
#define X(id, name) EVIDENCE_##id,
	EVIDENCE_WAYS(X)
#undef X
	EVIDENCE_NWAYS
};

/* What the operator may be told of: see desk_alarm(). */
#define ALARMS(X)							\
	X("mailbox") X("mail") X("marks") X("keyless")			\
	X("certificate") X("token")					\
	X("secret") X("queue") X("clock") X("disk") X("canary")		\
	X("calendar")							\
	X("relay") X("denied") X("http") X("url") X("process")	\
	X("configuration") X("letter") X("evidence") X("restored")	\
	X("again")

struct policy_alarm {
	const char	*name;		/* before the first ':' */
	struct words	 label, means, todo;
	int		 once;		/* no all-clear follows */
};

/* Which files of an incident's mails follow a report to this receiver. */
struct policy_evidence {
	const char	*role;
	enum evidence_way mail, http;
	unsigned	 types;		/* EXHIBIT_BIT() */
	int64_t		 each, total;	/* bytes */
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
	int		 impact_levels;	/* C, I, A; the level is the highest */
	int		 forward_min_level;	/* R11 */
	struct policy_strings forward_roles;	/* ncert, city_it */
	int		 forward_needs_receipt;	/* of every channel */
	int		 forward_needs_delivery; /* mail: from its own server */
	int		 two_persons_from;	/* level; 0: never */
	const char	*meeting[LEVELS];	/* "no", "ask", "mandatory" */
	struct policy_strings report_required;	/* field names, R8 */
	struct policy_strings close_required;	/* R21 */
	struct policy_strings confirm_roles;	/* who confirms recovery */
	struct policy_strings close_roles;
	struct policy_strings command_roles;	/* who sets level and status */
	struct policy_strings meeting_roles;	/* who decides on it, R16 */
	struct policy_strings second_roles;	/* who may be the second */
	struct policy_strings forensic_roles;	/* who confirms it, R22 */
	struct policy_strings forensic_receivers; /* who is asked for it */
	struct policy_strings place_words;	/* before a meeting's place */
	int		 meeting_minutes;	/* how long one lasts */
	struct policy_strings notify_opened;	/* roles told: team, ethics */
	struct policy_strings notify_level;
	struct policy_strings notify_recovered;
	struct policy_strings notify_closed;
	struct policy_strings notify_transferred;
	struct policy_category *categories;	size_t n_categories;
	struct words	 general_instructions;	/* no category */
	struct policy_label *fields;		size_t n_fields;
	struct policy_label states[INC_NSTATES];
	struct policy_label *verdicts;		size_t n_verdicts;
	struct policy_label *reasons;		size_t n_reasons;
	struct policy_alarm *alarms;		size_t n_alarms;
	struct policy_label *letters;		size_t n_letters; /* by duty */
	struct policy_deadline *deadlines;	size_t n_deadlines;
	struct policy_check *checklist;		size_t n_checklist;
	struct policy_disclosure *disclosures;	size_t n_disclosures;
	struct policy_evidence *evidence;	size_t n_evidence;
	int		 work_start, work_end;	/* minutes of the day */
	int		 quiet_start, quiet_end;
	struct policy_strings holidays;		/* "2026-01-01" */
	struct policy_strings workdays;		/* Saturdays made working days */
	int		 quiet_holidays; /* days off are quiet as a whole */
	int64_t		 settle;	/* seconds: no reminder so soon after
					   something changed */
	int		 retention_years;
	int		 bundle_from;	/* incidents of one sender within ... */
	int		 bundle_storm;	/* or of all senders within ... */
	int64_t		 bundle_within;	/* ... so many seconds; 0: never */
	int64_t		 bundle_wait;	/* between two lists of them */
	struct policy_schedule *schedules;	size_t n_schedules;
	/* advisories (R32) and answers to reminders (R31) */
	const char	*advisory_series;	/* "ADV" */
	const char	*advisory_list;		/* whom they go to by default */
	struct policy_strings advisory_words;	/* before the title */
	struct policy_strings audience_words;	/* before names of units */
	struct policy_strings done_words, undone_words;
	const char	*aware_from;	/* "first_receipt", "team_stated" */
	struct words	 platform;	/* where the law wants it reported;
					   zh NULL: mail and HTTP suffice */
	struct words	 say[SAY_N];
	struct policy_strings commands[CMD_N];	/* words for each */
	struct policy_strings unverified; /* what was not found in the law */
	const char	*text;		/* the file with all it includes */
	char		 text_id[POLICY_TEXT_ID + 1];	/* of its hash */
	struct arena	*arena;
};

/* RC_REFUSED with file:line, what was found and what was expected. */
enum rc	policy_load(const char *dir, const char *name, struct policy **,
	    struct err *);
/*
 * A policy that was kept as text (policy.text).  Sayings, commands and labels
 * that a later program asks for and the old text cannot have are those of
 * `base`, which may be NULL.  name is what errors call it.
 */
enum rc	policy_load_text(const char *name, const char *text,
	    const struct policy *base, struct policy **, struct err *);
void	policy_free(struct policy **);
/* Append one to a list of n, which grows; all of it is the caller's. */
void	policies_add(struct policy ***, size_t *n, struct policy *);
void	policies_free(struct policy ***, size_t *n);
/* Is this the policy, to the letter, that the incident began with? */
int	policy_is_of(const struct policy *, const struct incident *);
/* The fact of the store that holds a policy's text; text_id NULL: the first
 * text of that version. */
const char *policy_fact(struct arena *, const char *id, int version,
	    const char *text_id);

/* Names of fields and roles mostly differ in their first byte. */
static inline int
same_name(const char *a, const char *b)
{
	return *a == *b && strcmp(a, b) == 0;
}

const struct policy_category *policy_category(const struct policy *,
	    const char *name);
/* The label in zh or en; the name itself when there is none. */
const char *policy_field_label(const struct policy *, const char *field,
	    const char *lang);
const char *policy_state_label(const struct policy *, enum incident_state,
	    const char *lang);
/* Why something is so, for people: the program's English text is the key, with
 * places for what varies (policy_reason.c); several may be joined by "; ".
 * What has no words stays as it is. */
struct words policy_reason(const struct policy *, const char *text,
	    struct arena *);
/* What an alarm of this name is about; NULL: nothing is known of it. */
const struct policy_alarm *policy_alarm(const struct policy *,
	    const char *name);
/* What a letter is called: its duty when it has no name. */
struct words policy_letter(const struct policy *, const char *duty);
const struct policy_deadline *policy_deadline(const struct policy *,
	    const char *name);
int	policy_has(const struct policy_strings *, const char *);
/* Has this promise the receipt that the policy asks for? */
int	policy_receipted(const struct policy *, const struct outbox_item *);
/* The bit of struct policy_deadline.states. */
#define POLICY_STATE(s)	(1U << (unsigned)(s))
/* May this role see this field? R25 */
int	policy_discloses(const struct policy *, const char *role,
	    const char *field);
/* What evidence goes to this receiver; NULL: none.  "no" by both ways is
 * none, and so is what the role may not see. */
const struct policy_evidence *policy_evidence(const struct policy *,
	    const char *role);
const char *evidence_way_name(enum evidence_way);
const char *saying_name(enum saying);
const char *command_name(enum command);
const char *words_in(const struct words *, const char *lang);

#endif
