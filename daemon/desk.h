#ifndef DESK_H
#define DESK_H

/*
 * desk - tocsind itself: the only one that opens the store.
 *
 * One turn of the loop: read what the children said, do it all in one
 * transaction, queue what must be said, COMMIT, and only then flush the
 * channels.  So nothing is sent before the commit that promised it and
 * nothing is marked before the commit that stored it.
 *
 *	desk.c		the turn, signals, --once
 *	desk_start.c	what it reads and opens before the first turn
 *	desk_children.c	starting, hearing and ending the others
 *	desk_health.c	pings, and what the watchdog is told
 *	desk_in.c	intake's frames, the reader's queue
 *	desk_case.c	a report becomes an event of an incident, old or new
 *	desk_await.c	which one, when an answer came before its question
 *	desk_apply.c	an event becomes a change by decide(), and is written
 *	desk_again.c	after a backup was restored: nobody hears it twice
 *	desk_policy.c	which policy an incident has
 *	desk_house.c	what belongs to no incident: schedules, advisories
 *	desk_letter.c	a duty becomes letters in the outbox
 *	desk_evidence.c	files of mails that follow a report to the outside
 *	desk_sift.c	what the reader says of those files
 *	desk_out.c	letters to couriers, receipts back
 *	desk_gone.c	what a courier had in hand when it died
 *	desk_awake.c	no promise is given up for a time without tries
 *	desk_way.c	relays and receivers that rest, and how fast they are
 *	desk_bounce.c	what mail servers and receivers answer to our letters
 *	desk_last.c	what is still written when the store is broken
 *	desk_check.c	is everything still alive?
 *	desk_clock.c	what a clock that was wrong has planned
 *	desk_alarm.c	what the house tells its operator
 *	desk_control.c	what the operator tells the house
 */
#include <stdint.h>

#include "base/arena.h"
#include "base/conf.h"
#include "base/err.h"
#include "base/frame.h"
#include "base/record.h"
#include "children.h"
#include "incident/authority.h"
#include "incident/decide.h"
#include "incident/policy.h"
#include "parsers/report.h"
#include "rules.h"
#include "store/store.h"
#include "templates/render.h"

#define READ_MAX	256		/* mails in the reader's hands */
#define JOBS_MAX	8		/* letters in one courier's hands */
#define DEADLY_KEPT	8		/* letters that couriers died of */
#define MERGES_MAX	8		/* of one incident into the next */
#define CONTROLS_MAX	4		/* operators at the same time */

struct gather;
struct pollfd;
struct view;
struct way;

struct reading {
	int64_t		 mail;
	int64_t		 since;		/* mono ms when it became the head */
};

struct intake_state {			/* one per mailbox */
	struct child	 child;
	int		 polled;	/* looked once since start */
	int		 failed;	/* that look failed */
	int		 looked;	/* a good one since login */
	int64_t		 polled_at;	/* UTC of the last good look */
	int64_t		 expires;	/* the server's certificate */
	int64_t		 renew_by;	/* its refresh token */
	int64_t		 marks_out;	/* MARK frames not yet MARKED */
	int		 unmarked;	/* refusals to mark, since all were */
	char		 batch_uids[131072];	/* of 250, 511 bytes each */
	size_t		 batch_len;
	int64_t		 batch_validity;
};

struct courier_state {
	struct child	 child;
	char		 name[32];	/* lease owner */
	int64_t		 jobs[JOBS_MAX];
	size_t		 n_jobs;
	int		 posting;	/* its one job is an HTTP request, or
					   evidence: both go alone */
	int		 evidence;	/* the latter */
	int64_t		 renew_by;	/* UTC: the first of its tokens to end */
};

struct said {				/* a RECEIPT of this turn */
	const struct courier_state *by;
	int64_t		 outbox;
	char		*receipt;	/* its JSON */
	size_t		 len;
};

struct deadly {				/* a letter that couriers died of */
	int64_t		 outbox;
	int		 deaths;
};

struct lost {
	int64_t		 from, until;	/* UTC: backup and restoration */
};

struct desk {
	const struct conf *conf;
	struct spawn	 spawn;
	struct store	*store;
	struct templates *templates;
	const struct policy *policy;	/* the active one */
	int		 house_planned;
	int		 policy_kept;	/* its text is in the store */
	struct policy	**policies;	/* it, and those of incidents */
	size_t		 n_policies;
	unsigned char	 key[TOKEN_KEY];

	struct intake_state *intakes;	size_t n_intakes;
	struct courier_state *couriers;	size_t n_couriers;
	struct said	*said;		/* not committed yet */
	size_t		 n_said;
	struct child	 reader;
	struct reading	 reading[READ_MAX];
	size_t		 n_reading;
	int		 read_alone;	/* a reader died: one at a time */
	int64_t		 suspect;	/* the mail it died of last, */
	int		 suspect_deaths;	/* and how often */
	struct deadly	 deadly[DEADLY_KEPT];	/* the last ones, in turn */
	size_t		 n_deadly;
	int		 unread;	/* there may be NEW mails not in hand */

	int		 evidence_owed;	/* there may be some */
	struct gather	*gather;	/* that which is being collected */

	struct way	*ways;		/* the relays, then the roles */
	size_t		 n_ways;
	int64_t		 started;	/* UTC */
	int64_t		 asked, awake;	/* UTC: see desk_awake.c */
	struct lost	*lost;		/* what was done then is not in the
					   store; the oldest first */
	size_t		 n_lost;
	int		 again;		/* the mail in hand was handled before, */
	int		 held;		/* and of its letters so many are held */
	int64_t		 checked, checked_at;	/* desk_checks(): mono, UTC */
	struct pollfd	*pfds;
	int		 control_fd;
	struct channel	 controls[CONTROLS_MAX];

	int		 in_tx;
	int		 restless;	/* worked since it last rested */
	int		 once;
	int		 stopping;	/* SIGTERM: finish the step in hand */
	int		 reload;	/* SIGHUP: with these */
	struct rules	 next;
	int64_t		 stop_by;	/* mono ms */
	int64_t		 reminded;	/* mono ms: deadlines last looked at */
	int64_t		 committed;	/* mono ms of the last good commit */
	int64_t		 watchdog;	/* mono ms: last told */
};

#define DESK_ONCE	1u
#define DESK_NEW_STORE	2u	/* begin one, see known.h */
#define DESK_NEW_KEY	4u	/* see token_key.h */
/* Opens the store, starts the children.  how: of those above.  Of the rules
 * the conf stays the caller's, the others become the desk's. */
enum rc	desk_new(struct rules *, const struct spawn *, unsigned how,
	    struct desk **, struct err *);
/* Until stopped (or nothing is due, with once).  Returns the exit code;
 * reload is then set when it ended only to begin anew (SIGHUP). */
int	desk_run(struct desk *, int signal_fd);
void	desk_free(struct desk **);

/* Begin a transaction if none is open in this turn; commit it if one is. */
enum rc	desk_begin(struct desk *, struct err *);
enum rc	desk_commit(struct desk *, struct err *);

/* desk_children.c: intakes first, then couriers, then the reader */
size_t	desk_n_children(const struct desk *);
struct child *desk_child(struct desk *, size_t i);
void	desk_start_children(struct desk *, int64_t mono);
enum rc	desk_reap(struct desk *, struct err *);
/* Read what child i says; RC_BROKEN only when the store is. */
enum rc	desk_listen(struct desk *, size_t i, struct err *);
int	desk_has_frame(const struct child *);

/* desk_health.c */
/* Ping the children, and end those that are stuck. */
void	desk_watch(struct desk *, int64_t mono);
/* Tell the supervisor's watchdog, when it is time, that all is well: a write
 * went through, and no child hangs.  RC_BROKEN when the store is. */
enum rc	desk_watchdog(struct desk *, int64_t mono, struct err *);
/* Milliseconds until one of the two is due at the latest. */
int64_t	desk_health_in(const struct desk *, int64_t mono);

/* desk_in.c */
enum rc	desk_from_intake(struct desk *, struct intake_state *,
	    const struct frame *, struct err *);
enum rc	desk_from_reader(struct desk *, const struct frame *, struct err *);
enum rc	desk_feed_reader(struct desk *, int64_t mono, struct err *);
enum rc	desk_reader_gone(struct desk *, const char *how, struct err *);

/* desk_case.c */
enum rc	desk_report(struct desk *, const struct mail *, struct report *,
	    const char *json, struct arena *, struct err *);

/* desk_await.c */
/* The report opened this incident: what it answers may still come. */
enum rc	desk_awaits(struct desk *, const struct report *, int64_t incident,
	    struct arena *, struct err *);
/* *incident that its sender's own answer to this mail opened, which is noted;
 * 0: there is none.  The mail is awaited no more. */
enum rc	desk_awaited(struct desk *, const struct mail *,
	    const struct report *, struct arena *, int64_t *incident,
	    struct err *);
/* With the end of its incident the waiting is over: a report after that is one
 * by itself. */
enum rc	desk_awaits_no_more(struct desk *, const struct situation *before,
	    const struct change *, struct err *);

/* desk_apply.c */
/* All that is known of an incident. */
enum rc	desk_situation(struct desk *, int64_t incident, struct arena *,
	    struct situation *, struct err *);
/* Ask decide() and write all it says, in the transaction of this turn; no
 * incident in the situation: one begins.  Of *change the incident and what
 * became of the mail may be read after. */
enum rc	desk_change(struct desk *, const struct situation *,
	    const struct event *, struct arena *, struct change *,
	    struct err *);
enum rc	desk_deadlines(struct desk *, struct arena *, int *did, struct err *);
/* What no mail brought: tell decide(), as one of the house. */
enum rc	desk_happens(struct desk *, int64_t incident, struct event *,
	    struct arena *, struct err *);
/* An outbox row came to its end: tell decide(). */
enum rc	desk_settled(struct desk *, const struct outbox_item *,
	    const struct receipt *, struct arena *, struct err *);
/* No relay of ours carries it; it waits to be tried again. */
enum rc	desk_denied(struct desk *, const struct outbox_item *, struct arena *,
	    struct err *);
/* One that was taken is delivered now. */
enum rc	desk_delivered(struct desk *, const struct outbox_item *,
	    const struct receipt *, struct arena *, struct err *);

/* desk_awake.c */
/* Somebody is about to be asked to take something. */
enum rc	desk_asks(struct desk *, int64_t now, struct arena *, struct err *);
/* The time in which nobody took a promise counts from here, or from when it
 * was made. */
int64_t	desk_counts_from(const struct desk *);

/* desk_again.c */
/* Was the store restored from a backup?  Once, before the first turn. */
enum rc	desk_restored(struct desk *, struct err *);
/* Is the record of what was done with a mail that arrived then lost? */
int	desk_lost(const struct desk *, int64_t at);
/* A mail is taken in hand: was it handled in a life whose record is lost? */
enum rc	desk_again_begin(struct desk *, const struct mail *, struct err *);
/* The next number for what this mail opens, and of which day. */
enum rc	desk_next(struct desk *, const char *series, const struct mail *,
	    int *day, int *n, struct err *);
/* The same of advisories, whose numbers begin with each year. */
enum rc	desk_next_advisory(struct desk *, int year, int *n, struct err *);
/* A letter that a mail that came again has made is for the operator to send. */
enum rc	desk_hold(struct desk *, int64_t item, struct err *);
/* The mail is dealt with: tell what is held. */
enum rc	desk_again_done(struct desk *, const struct mail *, struct arena *,
	    struct err *);

/* desk_policy.c */
/* The policy an incident began with, in that version. */
const struct policy *desk_policy(struct desk *, const struct incident *);
/* An incident begins: the active policy's text is kept. */
enum rc	desk_policy_keep(struct desk *, struct err *);

/* desk_letter.c */
/* The view is of that situation. */
enum rc	desk_letters(struct desk *, const struct policy *,
	    const struct situation *, struct view *, const struct event *,
	    const struct duty *, struct arena *, struct err *);
/* A letter without an incident: duty to a role, data merged. */
enum rc	desk_letter_plain(struct desk *, const char *duty, const char *role,
	    json_t *data, int64_t mail, const char *unique, struct arena *,
	    struct err *);

/* Another one: to a unit, to whoever wrote, or to a role. */
enum rc	desk_letter_house(struct desk *, const struct duty *,
	    const struct event *, struct arena *, struct err *);

/* desk_bundle.c: has he opened so many, or all senders, that a list must do? */
enum rc	desk_bundle_opens(struct desk *, const char *from, int *bundle,
	    struct err *);
/* Does this duty of the incident go into the list for its role? */
int	desk_bundles(const struct situation *, const struct event *,
	    const struct duty *);
enum rc	desk_bundle(struct desk *, const struct policy *, const char *role,
	    struct arena *, struct err *);

/* desk_house.c */
/* Deadlines of the house as the policy wants them; once a run. */
enum rc	desk_house_plan(struct desk *, struct arena *, struct err *);
enum rc	desk_house_due(struct desk *, const struct deadline *, struct arena *,
	    struct err *);
/* An answer to a letter of the house, or an advisory?  *taken: settled. */
enum rc	desk_house_mail(struct desk *, struct mail *, struct report *,
	    struct arena *, int *taken, struct err *);

/* desk_evidence.c */
/* The report of that revision was promised: its evidence is owed. */
enum rc	desk_evidence_want(struct desk *, int64_t incident, int revision,
	    struct arena *, struct err *);
/* One step towards what is owed. */
enum rc	desk_evidence(struct desk *, int64_t mono, struct err *);
/* Is the reader kept from new mails for a moment? */
int	desk_sifts(const struct desk *, int64_t mono);
/* Since when it has a mail's files in hand; 0: it has none. */
int64_t	desk_sift_since(const struct desk *);
void	desk_evidence_forget(struct desk *);

/* desk_sift.c */
enum rc	desk_from_sift(struct desk *, const struct frame *, struct err *);
/* The reader died; twice on one mail: its files cannot be had. */
void	desk_sift_gone(struct desk *, const char *how);

/* desk_out.c */
enum rc	desk_claim(struct desk *, struct arena *, struct err *);
enum rc	desk_from_courier(struct desk *, struct courier_state *,
	    const struct frame *, struct arena *, struct err *);
/* Couriers die over this letter: all that is known is that it may have been
 * sent. */
enum rc	desk_deadly(struct desk *, const struct courier_state *, int64_t id,
	    const char *how, struct arena *, struct err *);
/* The receipts of this turn are on disk; or they are not, and each is written
 * by itself. */
void	desk_said_done(struct desk *);
void	desk_said_again(struct desk *);

/* desk_gone.c */
enum rc	desk_courier_gone(struct desk *, struct courier_state *,
	    const char *how, struct err *);

/* desk_last.c */
/* The store failed us: write down what may still be written. */
void	desk_last(struct desk *);

/* desk_bounce.c */
/* A DSN comes home: mark the promise it belongs to.  A forged one (no row of
 * ours, or of another recipient) changes nothing.  why: for the mail. */
enum rc	desk_bounce(struct desk *, const struct mail *, const struct report *,
	    struct arena *, int64_t *incident, const char **why, struct err *);
/* A mail about an incident: does its receiver tell its own number? */
enum rc	desk_receiver(struct desk *, const struct mail *,
	    const struct report *, int64_t incident, struct arena *,
	    struct err *);
/* Which incident does a receiver mean who names only the number that it gave
 * itself?  0: none. */
enum rc	desk_receivers_case(struct desk *, const struct report *,
	    struct arena *, int64_t *incident, struct err *);
/* Keep a receiver's number; mail 0: it came with an HTTP answer. */
enum rc	desk_number(struct desk *, int64_t incident, int64_t mail,
	    const char *actor, const char *role,
	    const char *number, struct arena *, struct err *);

/* desk_clock.c */
/* If the clock is behind what was written by it: plan anew. */
enum rc	desk_clock_back(struct desk *, int64_t now, struct arena *,
	    struct err *);

/* desk_way.c */
enum rc	desk_ways_load(struct desk *, struct arena *, struct err *);
/* 0: it may go now, and is counted; else until when it must wait.  Names of
 * relays that are not to be tried are put into rest. */
int64_t	desk_way_wait(struct desk *, const struct outbox_item *, int64_t now,
	    json_t *rest);
/* When its broken way is tried again; now, when one is not broken. */
int64_t	desk_way_back(struct desk *, const struct outbox_item *, int64_t now);
/* What a RECEIPT says of the ways; fault: of the last one it tried. */
enum rc	desk_way_result(struct desk *, const struct outbox_item *,
	    const json_t *receipt, int fault, struct arena *, struct err *);
/* The operator says they are mended: no rest is waited for. */
void	desk_ways_try(struct desk *);
/* No relay works: mail reaches nobody now. */
int	desk_no_relay(const struct desk *);

/* desk_check.c */
/* Once a minute, or once in a --once: raise and clear what watch.h rules. */
enum rc	desk_checks(struct desk *, int64_t mono, struct arena *, struct err *);
/* A mail of our own came in: is it the one we wait for? */
enum rc	desk_canary_back(struct desk *, const struct mail *,
	    const char *message_id, struct arena *, struct err *);

/* desk_alarm.c */
/* Tell the operator once; again with back-off while it lasts. */
enum rc	desk_alarm(struct desk *, const char *name, const char *text,
	    struct arena *, struct err *);
/* The same, and at once when the text is not the one that was told last: it
 * came of what somebody did, and names what is to be mended. */
enum rc	desk_alarm_each(struct desk *, const char *name, const char *text,
	    struct arena *, struct err *);
/* The same, but told again each week. */
enum rc	desk_alarm_weekly(struct desk *, const char *name, const char *text,
	    struct arena *, struct err *);
enum rc	desk_all_clear(struct desk *, const char *name, struct arena *,
	    struct err *);

/* desk_control.c */
void	desk_control_open(struct desk *);
void	desk_control_close(struct desk *);
void	desk_control_new(struct desk *);
enum rc	desk_control_read(struct desk *, struct channel *, struct err *);

#endif
