#ifndef RECORD_H
#define RECORD_H

/*
 * record - the facts that the rooms hand each other.
 *
 * The store keeps them, the incident room judges them, the processes carry
 * them.  Strings are UTF-8, NULL when not known; times are UTC seconds, 0
 * when not known; memory belongs to the arena they were made in.
 */
#include <stddef.h>
#include <stdint.h>

/* R18: the states of an incident.  The labels people see are in the policy. */
#define INCIDENT_STATES(X)						\
	X(RECEIVED,	"received")					\
	X(ASSESSED,	"assessed")					\
	X(IN_PROGRESS,	"in_progress")					\
	X(CONTAINED,	"contained")					\
	X(RECOVERED,	"recovered")	/* confirmed by the team */	\
	X(CLOSED,	"closed")					\
	X(FALSE_ALARM,	"false_alarm")					\
	X(MERGED,	"merged")					\
	X(TRANSFERRED,	"transferred")

enum incident_state {
#define X(id, name) INC_##id,
	INCIDENT_STATES(X)
#undef X
	INC_NSTATES
};

/* What became of a mail; every mail ends in exactly one. */
#define DISPOSITIONS(X)							\
	X(NEW,		"new")		/* not read yet */		\
	X(REPORT,	"report")	/* opened an incident */	\
	X(UPDATE,	"update")	/* team or other role, applied */ \
	X(SUPPLEMENT,	"supplement")	/* reporter or other, added */	\
	X(RECEIPT,	"receipt")	/* a receiver's confirmation */	\
	X(BOUNCE,	"bounce")					\
	X(AUTOMATIC,	"automatic")	/* auto-reply, list, read receipt,
					   feedback, our own */		\
	X(DUPLICATE,	"duplicate")					\
	X(REJECTED,	"rejected")	/* a command without the right */ \
	X(HELD,		"held")		/* kept for a person */		\
	X(UNREADABLE,	"unreadable")					\
	X(POISON,	"poison")

enum disposition {
#define X(id, name) DISP_##id,
	DISPOSITIONS(X)
#undef X
	DISP_N
};

#define OUTBOX_STATES(X)						\
	X(WAITING,	"waiting")					\
	X(IN_HAND,	"in_hand")	/* leased by a courier */	\
	X(ACCEPTED,	"accepted")	/* 250 or 2xx, with receipt */	\
	X(DELAYED,	"delayed")	/* waiting, a delay was notified */ \
	X(REFUSED,	"refused")	/* 5yz, 4xx: final */		\
	X(UNKNOWN,	"unknown")	/* may have been delivered */	\
	X(EXPIRED,	"expired")	/* given up, told aloud */	\
	X(HELD,		"held")		/* by, or for, the operator */	\
	X(WITHDRAWN,	"withdrawn")	/* by the operator */

enum outbox_state {
#define X(id, name) OUT_##id,
	OUTBOX_STATES(X)
#undef X
	OUT_NSTATES
};

enum channel_kind { CHANNEL_SMTP, CHANNEL_HTTP, CHANNEL_NKINDS };

const char *incident_state_name(enum incident_state);
int	 incident_state_parse(const char *, enum incident_state *);
const char *disposition_name(enum disposition);
int	 disposition_parse(const char *, enum disposition *);
const char *outbox_state_name(enum outbox_state);
int	 outbox_state_parse(const char *, enum outbox_state *);
const char *channel_kind_name(enum channel_kind);	/* "smtp", "http" */
int	 channel_kind_parse(const char *, enum channel_kind *);

/* What the server shows of a mail that is stored. */
enum mail_mark {
	MARK_NONE,
	MARK_SET,	/* by us, after the commit */
	MARK_FOUND,	/* when it came, or none tells: see desk_again.c */
	MARK_NEVER	/* of a mail that comes: no mail there can bear one */
};

/* One raw mail in the spool. */
struct mail {
	int64_t		 id;
	const char	*mailbox;	/* name in tocsin.conf, or "import" */
	int64_t		 uidvalidity;
	const char	*uid;		/* decimal; Maildir: unique file name */
	int64_t		 arrived;	/* INTERNALDATE, or stored_at */
	int64_t		 stored_at;
	int64_t		 size;		/* of the mail on the server */
	const char	*sha256;	/* hex, of raw */
	const char	*raw;		/* only when asked for; NUL-terminated */
	size_t		 raw_len;	/* 0: over the size cap, not fetched */
	const char	*message_id;	/* "<a@b>", set after reading */
	const char	*body_sha256;	/* after reading: duplicates */
	const char	*from_addr;
	const char	*subject;
	int		 attempts;	/* given to the reader so often */
	enum disposition disposition;
	const char	*why;		/* one English sentence */
	int64_t		 incident;	/* 0: none */
	const char	*report;	/* JSON, as `tocsin parse` prints it */
	int		 marked;	/* enum mail_mark */
};

struct incident {
	int64_t		 id;
	const char	*tracking;
	const char	*policy;	/* id */
	int		 policy_version;
	const char	*policy_text;	/* policy.text_id it began with */
	enum incident_state state;
	int		 level;		/* 0: not assessed */
	const char	*category;	/* NULL: none */
	const char	*category_source; /* stated, team, keyword */
	int		 drill;
	const char	*lang;		/* of the reporter: "zh-TW", "en" */
	const char	*unit;
	const char	*reporter_name;
	const char	*reporter_addr;	/* who gets answers */
	const char	*reporter_cc;	/* inner sender of a forward, or NULL */
	const char	*subject;	/* of the first mail */
	const char	*summary;	/* the description */
	const char	*verdict;	/* timing: on_time, late ... */
	const char	*root_msgid;	/* reporter's first Message-ID */
	int64_t		 created_at;
	int64_t		 received_at;	/* arrival of the first mail */
	int64_t		 occurred_at;
	int64_t		 reported_at;
	int64_t		 aware_at;
	int64_t		 first_action_at;
	int64_t		 level_set_at;
	int64_t		 external_sent_at; /* all demanded receipts there */
	int64_t		 contained_at;
	int64_t		 recovered_at;	/* confirmed */
	int64_t		 final_report_at;
	int64_t		 closed_at;
	int64_t		 merged_into;	/* incident id */
	int		 revision;	/* of the external report; 0: none */
	int		 reported_level; /* level of that revision */
	const char	*pending;	/* JSON: a command that waits for a
					   second person, or NULL */
	const char	*extra;		/* JSON object for later facts */
	int64_t		 version;	/* grows with each incident_put() */
};

/* A value somebody gave, and where it stands. */
struct incident_field {
	const char	*name;		/* "occurred_at", "impact" ... */
	const char	*raw;		/* as written */
	const char	*value;		/* JSON text: "\"x\"", "3", "{...}", or
					   NULL when it could not be read */
	const char	*by_role;	/* "reporter", "team" ... */
	const char	*by_addr;
	int64_t		 mail;		/* spool id */
	int		 line;		/* in the decoded text, from 1 */
	int64_t		 at;
};

enum deadline_state { DL_OPEN, DL_MET, DL_CANCELLED };

struct deadline {
	int64_t		 id;
	int64_t		 incident;	/* 0: of the house (a scheduled duty) */
	const char	*name;		/* in the policy */
	int64_t		 from_at;
	int64_t		 due_at;
	int64_t		 next_at;	/* when to look at it next */
	int		 fired;		/* reminders given so far */
	enum deadline_state state;
	const char	*owner;		/* role */
	int64_t		 ended_at;	/* met: when it was done, as told */
};

/* A promise: one message to one recipient over one channel. */
struct outbox_item {
	int64_t		 id;
	int64_t		 incident;	/* 0: none */
	int64_t		 mail;		/* the mail that caused it, 0: none */
	const char	*duty;		/* template: "ack", "annex2" ... */
	enum channel_kind channel;
	const char	*role;		/* addressee in the configuration */
	const char	*to_addr;	/* address, or URL */
	const char	*message_id;	/* "<..>"; HTTP: idempotency key */
	const char	*subject;
	int		 revision;	/* of the external report, or 0 */
	const char	*content;	/* whole message, or HTTP body */
	size_t		 content_len;
	enum outbox_state state;
	int		 attempts;
	int64_t		 created_at;
	int64_t		 next_at;
	const char	*lease_owner;
	int64_t		 lease_until;
	int64_t		 settled_at;
	const char	*last;		/* last result, for people */
	int		 delivered;	/* the receiver's side says so */
	const char	*unique_key;	/* not NULL: a second row with the same
					   key is RC_REFUSED (R14) */
};

struct receipt {
	int64_t		 outbox;
	int64_t		 at;
	const char	*kind;		/* "smtp", "http", "dsn", "phone" */
	const char	*result;	/* "accepted", "again", "refused",
					   "unknown", "delivered", "failed" */
	int		 code;		/* 250, 451, 200 ...; 0: none */
	const char	*text;		/* the peer's words */
	const char	*peer;		/* host:port, address */
	const char	*remote_id;	/* queue id, the receiver's number */
	const char	*tls;		/* peer's fingerprint, "sha256:..." */
	int		 attempt;
};

/* One line of the hash-chained journal. */
struct journal_row {
	int64_t		 seq;
	int64_t		 at;
	int64_t		 incident;	/* 0: none */
	const char	*tracking;
	const char	*event;		/* "opened", "level", "sent" ... */
	const char	*actor;		/* address, or "tocsin" */
	const char	*role;
	int64_t		 mail;		/* 0: none */
	const char	*detail;	/* JSON object */
	const char	*hash;		/* hex */
};

#endif
