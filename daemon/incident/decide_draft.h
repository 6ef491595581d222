#ifndef DECIDE_DRAFT_H
#define DECIDE_DRAFT_H

/*
 * decide_draft - the change while it is made.  Of the decide files only.
 *
 * decide.c	   begins and ends it		decide_draft.c	  adds to it
 * decide_report.c a mail opens an incident	decide_mail.c	  whose mail is it
 * decide_note.c   what others may do		decide_command.c  what the team may
 * decide_words.c  lines that are commands	decide_status.c	  level and status
 * decide_external.c the report to the outside	decide_time.c	  a deadline is due
 * decide_sent.c   taken or lost		decide_second.c	  two persons
 * decide_meeting.c the meeting (R16)		decide_forensic.c forensics (R22)
 * decide_phoned.c told by phone or fax (R12)	decide_drill.c	  drills (R33)
 * decide_when.c   times that people tell	decide_transfer.c handed over (R18)
 */
#include <jansson.h>

#include "incident/decide.h"
#include "incident/states.h"

struct draft {
	const struct policy	*p;
	const struct conf	*conf;
	const struct situation	*s;
	const struct event	*ev;
	struct arena		*a;
	struct change		*c;
	struct incident		*in;		/* &c->incident */
	json_t			*extra;		/* owned */
	json_t			*lines;		/* owned: the transcript */
	json_t			*open;		/* owned: open checklist items */
	int			 confirmed;	/* two persons said so */
	int			 level_waits;	/* the mail's is not taken yet */
	size_t			 cap_fields, cap_duties, cap_journal;
};

#define WORDS(z, e)	((struct words){ (z), (e) })
#define NO_WORDS	WORDS(NULL, NULL)

/* --- decide_draft.c --- */

void	 draft_field(struct draft *, const char *name, const char *raw,
	    const char *value, const char *by_role, int line);
/* Stores a field of a report under a name. */
void	 draft_report_field(struct draft *, const struct field *,
	    const char *name, const char *by_role);
/* What a level or a status is to be kept as that comes from somebody without a
 * say in it: a suggestion (R10); NULL: another field. */
const char *draft_suggested(const char *field);
/* data is stolen, may be NULL. */
struct duty *draft_duty(struct draft *, const char *name, const char *role,
	    json_t *data);
/* The same to each role; data stays the caller's. */
void	 draft_duties(struct draft *, const char *name,
	    const struct policy_strings *roles, json_t *data);
/* A letter to the reporter, if he may be written to; data is stolen, may be
 * NULL. */
void	 draft_reporter(struct draft *, const char *name, json_t *data);
/* To him and to those whose incidents are part of this one: what becomes of it
 * becomes of theirs. */
void	 draft_reporters(struct draft *, const char *name, json_t *data);
/* Does a text name this role, by its name or its label? */
int	 draft_names_role(const struct draft *, const char *text,
	    const char *role);
/* The mail in hand holds a password; the reader has masked it. */
int	 draft_password_seen(const struct draft *);
/* detail is stolen, may be NULL. */
void	 draft_journal(struct draft *, const char *event, json_t *detail);
/* One line of the transcript: what stood there, and what came of it. */
void	 draft_line(struct draft *, const char *text, enum saying,
	    struct words a, struct words b, int ok);
/* The value of a field that somebody with a say has given: JSON text or
 * NULL.  "other" has no say. */
const char *draft_value(const struct draft *, const char *field);
/* What somebody wrote, as the lines of a letter, which is cut at 60; s may be
 * NULL; new reference. */
json_t	*draft_told_lines(const char *s);
/* Required fields that nobody has given; new reference. */
json_t	*draft_missing(const struct draft *, const struct policy_strings *);
struct words draft_label(const struct draft *, const char *field);
struct words draft_state(const struct draft *, enum incident_state);
struct words draft_number(struct draft *, int);
/* Does the reply token (or full authority) cover this verb? */
int	 draft_may(const struct draft *, const char *verb);
/* The role the team is. */
const char *draft_team(const struct draft *);
/* The labels of roles, joined. */
struct words draft_roles(struct draft *, const struct policy_strings *);
/* The labels of fields in a JSON array, joined. */
struct words draft_labels(struct draft *, const json_t *fields);
/* Try a verb on the state; 0: the table says no. */
int	 draft_move(struct draft *, enum verb);
/* A deadline runs anew from now. */
void	 draft_rearm(struct draft *, const char *deadline);
/* At most max bytes, cut at a character's border. */
char	*draft_cut(struct arena *, const char *, size_t max);
/* The words of a mail, kept beside the raw one. */
void	 draft_note(struct draft *, const char *by_role);
/* An address of one of our own domains. */
int	 draft_own_domain(const struct conf *, const char *addr);

/* --- the events --- */

void	 decide_report(struct draft *);		/* decide_report.c */
void	 decide_mail(struct draft *);		/* decide_mail.c */
void	 decide_due(struct draft *);		/* decide_time.c */
void	 decide_clock(struct draft *);
/* What the nth reminder of an open deadline says; new reference. */
json_t	*reminder_data(struct draft *, const struct policy_deadline *,
	    const struct deadline *, int nth);
void	 decide_sent(struct draft *);		/* decide_sent.c */
void	 decide_gave_up(struct draft *);
void	 decide_denied(struct draft *);

/* The reporter followed the instructions of the category before (NULL: the
 * general ones); if another one is there now, he gets the new ones. */
void	 report_category(struct draft *, const char *before);

/* --- parts of a mail --- */

/* It came for an incident that was merged into this one. */
void	 mail_redirected(struct draft *);	/* decide_mail.c */
/* It names more incidents than the one it is taken for. */
void	 mail_other_numbers(struct draft *);
void	 mail_supplement(struct draft *);	/* decide_note.c */
/* The team reads what others wrote. */
void	 mail_tell_team(struct draft *);
void	 mail_commands(struct draft *);		/* decide_command.c */
/* Is there anything in it that wants to change the incident? */
int	 mail_has_commands(const struct draft *);
/* Columns that a field fills when they are still empty. */
void	 fill_columns(struct draft *, const struct field *);

/* A command word at the head of a line; *arg is what follows it. */
struct word_line {
	enum command	 command;
	const char	*text;		/* the line */
	const char	*arg;
	int		 doubted;	/* it asks, or waits: 確認？ */
};
/* decide_words.c: the command lines of a mail's own text, and the fields of
 * its form that are commands. */
size_t	 words_find(const struct policy *, const struct report *,
	    struct arena *, struct word_line **);
/* Does what stands behind the word ask, wait or mean another thing: 確認 收到? */
int	 words_doubted(enum command, const char *arg, struct arena *);
/* The word of a command as it was typed. */
const char *words_typed(const struct word_line *, struct arena *);
/* One that is not doubted. */
int	 words_have(const struct word_line *, size_t n, enum command);
/* What follows a word of the command, wherever it stands in the text; NULL:
 * nothing. */
const char *words_after(const struct policy *, enum command,
	    const char *text);
/* A field that is a command: words_find() has it. */
int	 words_field(const char *name);

/* --- decide_second.c --- */

/* How people call what a verb asks for. */
struct words second_words(const struct draft *, enum verb);
/*
 * What needs two persons has an author only when it was proved who wrote it:
 * "by" is the address, "holder" whose proof it was.  Without "holder" nobody
 * stands for it yet, and the first who is proved to agree is the author.
 */
void	 second_author(const struct draft *, json_t *);
enum voice {
	VOICE_FIRST,		/* nobody stood for it before */
	VOICE_SAME,		/* the author himself, or nobody proved */
	VOICE_SECOND		/* another person than the author */
};
enum voice second_voice(const struct draft *, const json_t *);
/* Must a second person agree to what is done now? */
int	 second_needed(const struct draft *);
/* Does a second person ask for the very thing that waits? */
int	 second_given(const struct draft *, enum verb, int level);
/* It waits now; all who may be the second are told. */
void	 second_ask(struct draft *, enum verb, int level, const char *text);
/* A level is given: one that waits, asked for before, is withdrawn. */
void	 second_level_given(struct draft *, const char *text);
/* The number that a merge which waits (incident.pending) goes into, or NULL. */
const char *second_target(const char *pending, struct arena *);
/* {"what": ...} of what waits, for a letter; NULL: nothing. */
json_t	*second_waits(struct draft *);
void	 confirm_command(struct draft *, const char *text);
/* By the author it is taken back, by who might have agreed it is refused. */
void	 withdraw_command(struct draft *, const char *text);
/* Whoever asked for it learns that it is refused. */
void	 second_refused(struct draft *, const char *role, struct words what);

/* --- decide_meeting.c --- */

/* The CISO is asked once per level; a "no" given at a lower one is asked
 * again. */
void	 meeting_ask(struct draft *, const char *text);
/* Our letter offers yes and no: 1 this line is meant, 0 the other, -1 not
 * understood. */
int	 meeting_meant(const struct word_line *, size_t n,
	    const struct word_line *me);
/* Is this the one who is to decide, and has not? */
int	 meeting_awaits(const struct draft *);
void	 meeting_word(struct draft *, const struct word_line *);
void	 minutes_word(struct draft *, const struct word_line *);

/* --- decide_when.c --- */

enum when { WHEN_FINE, WHEN_UNREAD, WHEN_TO_COME, WHEN_BEFORE };
/* Can it have been then?  Of a field without a time it can. */
enum when when_of(const struct draft *, const struct field *);
/* A time that cannot be: the answer asks about it. */
int	 when_asked(struct draft *, const struct field *, const char *text);
/* The time that a field of the mail in hand states, now without one; 0: it
 * states one that cannot be taken. */
int	 when_stated(const struct draft *, const char *field, int64_t *);

/* --- decide_forensic.c --- */

/* Somebody asked for it and nobody has agreed yet. */
int	 forensic_waits(const struct draft *);
/* May the sender decide on it? */
int	 forensic_may(const struct draft *);
void	 forensic_no_word(struct draft *, const char *text);
void	 forensic_word(struct draft *, const struct word_line *);
void	 forensic_confirm(struct draft *, const char *text);
void	 forensic_withdraw(struct draft *, const char *text);

/* --- decide_phoned.c --- */

void	 phoned_word(struct draft *, const struct word_line *);
/* The team gets what to read out to role, after channel failed or for want of
 * any; not to whoever heard it already.  Takes data. */
void	 phone_ask(struct draft *, const char *role, const char *channel,
	    json_t *data);

/* --- decide_drill.c --- */

void	 drill_report(struct draft *);

/* The level that the mail in hand gives, unless it was taken. */
void	 level_told(struct draft *);		/* decide_command.c */

/* --- decide_status.c --- */

void	 level_command(struct draft *, int level, const char *text);
void	 status_command(struct draft *, enum verb, const char *text,
	    const char *arg);
/* What people may write as a status in this state. */
struct words status_possible(struct draft *);

/* --- decide_transfer.c --- */

/* It was handed over: whoever must know is told, to whom. */
void	 transfer_told(struct draft *, enum incident_state from,
	    const char *text, const char *arg);

/* --- decide_external.c --- */

enum external_why { EXTERNAL_LEVEL, EXTERNAL_FOLLOWUP, EXTERNAL_RECOVERED,
	    EXTERNAL_FALSE_ALARM, EXTERNAL_REOPENED, EXTERNAL_TRANSFERRED,
	    EXTERNAL_MERGED };
/* Report, follow up or correct, as the levels demand. */
void	 external_report(struct draft *, enum external_why, const char *text);
/* Are all demanded receipts of this revision there? accepted: one more
 * than the situation knows, or NULL. */
int	 external_complete(const struct draft *,
	    const struct outbox_item *accepted);
void	 external_done(struct draft *, int64_t at, const char *how);

#endif
