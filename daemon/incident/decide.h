#ifndef DECIDE_H
#define DECIDE_H

/*
 * decide - what an event means for an incident.  Pure: no store, no clock, no
 * sockets; the same situation and event always give the same change.
 *
 * The desk collects the situation, calls decide(), writes everything in the
 * change in one transaction (incident, fields, journal, deadlines) and makes
 * one outbox row per recipient and channel of each duty.  Whatever the state
 * table does not list changes nothing: the mail is kept and answered.
 */
#include <jansson.h>

#include "base/arena.h"
#include "base/conf.h"
#include "base/err.h"
#include "base/record.h"
#include "incident/policy.h"
#include "parsers/report.h"

enum event_kind {
	EV_REPORT,	/* a mail that opens an incident */
	EV_MAIL,	/* a reply or later mail about this incident; what it
			   may do depends on role and trusted */
	EV_DEADLINE,	/* event.deadline is due */
	EV_SENT,	/* event.item was accepted, event.receipt says so */
	EV_GAVE_UP,	/* event.item was refused or expired or bounced */
	EV_DENIED,	/* no relay of ours carries event.item; it is tried on */
	EV_CLOCK	/* the clock was ahead and was put right */
};

struct situation {
	struct incident	*incident;	/* NULL for EV_REPORT */
	struct incident_field *fields;	size_t n_fields;
	struct deadline	*deadlines;	size_t n_deadlines;
	struct outbox_item *items;	size_t n_items; /* of this incident */
	struct journal_row *journal;	size_t n_journal;
};

struct event {
	enum event_kind	 kind;
	int64_t		 now;
	int64_t		 mail;		/* spool id, 0: none */
	const char	*actor;		/* address, or "tocsin" */
	const char	*role;		/* conf role name, "reporter", or
					   "other"; the desk has judged it */
	int		 trusted;	/* authenticated for that role */
	const char	*why_untrusted;
	const char	*verbs;		/* what the reply token allows: "*" */
	const char	*holder;	/* whose proof it was, or NULL */
	const struct report *report;	/* EV_REPORT, EV_MAIL */
	const char	*tracking;	/* EV_REPORT: the number made for it */
	int		 bundle;	/* EV_REPORT: so many of one sender that
					   it is told of in a list */
	const struct incident *answered; /* EV_REPORT: it came in the thread of
					   that one, or NULL */
	const char	*alike;		/* EV_REPORT: the number of another that
					   the sender reported, which began at
					   the same time, or NULL */
	const struct deadline *deadline;
	const struct outbox_item *item;
	const struct receipt *receipt;
	int		 proved;	/* EV_SENT: taken before, delivered now */
	/* EV_MAIL: the one it was for, which was merged into this one. */
	const struct incident *redirected;
	/* EV_MAIL: the incident that decide_merge_target() names, or NULL. */
	const struct incident *other;
};

/*
 * Keys of incident.extra, the JSON object for what has no column:
 *  complete_at	 all required fields are there	  reported_assumed  by receipt
 *  bundled	 told of in a list until it is assessed
 *  no_answer	 the first mail forbids answers	  unknown_unit	    R1
 *  unit_reported_at, unit_reported_by		  the unit says recovered (R20)
 *  confirmed_by  who confirmed recovery	  closed_by
 *  rearmed	 {deadline: since when it runs anew}
 *  ahead	 {what it is counted from: {was, from}}: written by a clock
 *		  that was ahead, and from when it is counted
 *  meeting	 {asked_level, decision, at, text, starts, place, sequence,
 *		  minutes_at}   (R16)
 *  pending_at, seconded_at  when a second person was asked, and agreed
 *  phoned	 {role: when told by phone or fax}   (R12)
 *  external_failed  when a receiver could not be reached
 *  platform_at	 filed on the platform the law names
 *  reviewed_at
 *  before, into	 merged: the state before, and the number that counts
 *  transferred_to  who goes on with it, as the team named him
 *  forensic {asked_by (role), by, holder, at, confirmed_by}
 *  suggested_level
 */

/* A file beside the letter; the bytes are the arena's. */
struct duty_part {
	const char	*type;		/* "text/calendar; method=REQUEST" */
	const char	*name;
	const char	*data;
	size_t		 len;
};

/* One thing to tell one role (all its addresses), or the reporter. */
struct duty {
	const char	*name;		/* template: ack, notice, annex2 ... */
	const char	*role;		/* "reporter", "sender", "parts" (the
					   reporters of what was merged into
					   it), or conf role */
	int		 external;	/* by SMTP and by HTTP (R11, R12) */
	int		 revision;	/* of the external report */
	int		 reply;		/* answers event.mail: auto-replied and
					   threaded to it */
	const char	*unique;	/* outbox unique_key stem, or NULL */
	json_t		*data;		/* merged into the view, or NULL */
	const struct duty_part *parts;	size_t n_parts;
	const struct evidence *evidence; /* of the desk: what goes along */
	/* Letters of the house, that belong to no incident: */
	const struct conf_contact *contact; /* a unit; role is "unit" */
	const char	*number;	/* what the reply token is for */
	const char	*follows;	/* the unique stem of the letter it stands
					   under: one that did not go needs
					   nothing after it */
};

/* A small fact for the store (fact_put). */
struct change_fact {
	const char	*name, *value;
};

struct change {
	struct incident	 incident;	/* as it shall be; id 0: open it */
	int		 put;		/* incident differs */
	struct incident_field *fields;	size_t n_fields;
	struct duty	*duties;	size_t n_duties;
	struct deadline	*deadlines;	size_t n_deadlines; /* to be put */
	struct journal_row *journal;	size_t n_journal; /* event, detail; the
					   desk fills at, actor, role, mail */
	struct change_fact *facts;	size_t n_facts;
	int		 evidence;	/* revision of a report whose evidence is
					   to follow; 0: none */
	enum disposition disposition;	/* of event.mail */
	const char	*why;
};

/* Did somebody who was asked for the field say that he does not know? */
int	decide_told_unknown(struct arena *, const struct situation *,
	    const struct incident_field *);
enum rc	decide(const struct policy *, const struct conf *,
	    const struct situation *, const struct event *, struct arena *,
	    struct change *, struct err *);
/* Frees the json in the duties; the rest is the arena's. */
void	change_done(struct change *);
/* The number a mail wants its incident merged into, or a merge that waits for
 * a second person, or NULL: the desk looks it up for event.other. */
const char *decide_merge_target(const struct policy *,
	    const struct incident *, const struct report *, struct arena *);
/*
 * A mail about a merged incident goes to the one it was merged into, unless
 * it wants the merging undone.
 */
int	decide_stays(const struct policy *, const struct report *,
	    struct arena *);
/*
 * Orders and nothing else: a level, a status, a word of command, and courtesy.
 * Such a mail reports nothing, whatever incident it means.
 */
int	decide_only_orders(const struct policy *, const struct report *,
	    struct arena *);
/*
 * Does an answer that orders nothing report something else: a form with who,
 * what and when, of what began after this incident was reported?  One whose
 * time is not known yet waits for such a form itself.
 */
int	decide_is_another(const struct incident *, const struct event *);
/* May the reporter be written to? */
int	 decide_answerable(const struct incident *, const json_t *extra);
/* What a reply token for this role may do: "*", or verbs as in authority.h. */
const char *decide_verbs(const struct policy *, const char *role);

#endif
