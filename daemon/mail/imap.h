#ifndef IMAP_H
#define IMAP_H

/*
 * imap - one folder of an IMAP server. RFC 3501, 2177, 6851, 4315, 2971
 *
 * Used by: mailbox.c alone.  libetpan parses, behind guard.c; the socket is
 * stream.c's.  UID commands only, BODY.PEEK[] only: nothing changes on the
 * server before imap_mark().  After RC_AGAIN or RC_REFUSED the session is
 * closed and imap_connect() begins another one.
 *
 * imap.c session and login, imap_select.c folders, imap_list.c what there is
 * to fetch, imap_fetch.c the mails, imap_mark.c marks, imap_raw.c IDLE.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/err.h"
#include "mail/guard.h"
#include "mail/mailbox.h"
#include "mail/stream.h"

struct mailimap;
struct mailimap_msg_att;

/* A mail that is on the server and not with the desk yet. */
struct imap_mail {
	uint32_t	 uid;
	int		 described;	/* size and arrived were asked for */
	int64_t		 size;		/* RFC822.SIZE: a hint only */
	int64_t		 arrived;
	int		 marked;	/* bears $Tocsin */
	int		 before;	/* it came before `since` */
	/* of the answer in hand */
	const char	*raw;		/* libetpan's */
	size_t		 len;
	int		 answered;
};

/* A mail that could not be had: tried again later, alone. */
struct imap_trouble {
	uint32_t	 uid;
	int		 tries;
	int64_t		 next;		/* clock_mono_ms() */
	int64_t		 size, arrived;
	char		 why[80];
};

struct uids {				/* sorted, each once */
	uint32_t	*uid;
	size_t		 n, cap;
};

struct imap {
	const struct conf_mailbox *conf;
	int64_t		 mail_max;
	/* the session */
	struct mailimap	*session;	/* NULL: closed */
	struct stream	*stream;	/* owned by the session */
	int64_t		 expires;	/* of the server's certificate */
	struct guard	 guard;
	int		 raw_tag;
	int64_t		 exists;	/* messages in the folder */
	int64_t		 exists_done;	/* ... at the last full look */
	int		 has_idle, has_move, has_uidplus, has_id;
	int		 has_namespace;
	char		*folder;	/* as this server calls it, mUTF-7 */
	char		*target;	/* ... the one to move to */
	int64_t		 selected;	/* clock_mono_ms() */
	int		 promised;	/* $Tocsin can be kept, it says */
	int		 tried;		/* one was set since, and looked for */
	int		 read_only;	/* no mark at all */
	int		 looked;	/* one look was done since the login */
	int		 told;		/* IDLE said that there is something */
	int		 told_wrong;	/* ... and there was nothing: in a row */
	int64_t		 looked_back;	/* clock_mono_ms(), 0: not yet */
	/* what outlives it */
	int64_t		 since;		/* UTC; 0: all mails */
	size_t		 left_alone;	/* from before it, not yet told of */
	int		 stale;		/* only a new SELECT shows new mail */
	int64_t		 validity;
	int		 keyless;	/* no $Tocsin stays here, we have seen */
	uint32_t	 top;		/* all uids up to here are dealt with */
	struct imap_mail *todo;		/* sorted; the next is todo[at] */
	size_t		 n_todo, at, cap_todo;
	struct imap_trouble *trouble;	/* sorted by uid */
	size_t		 n_trouble, cap_trouble;
	struct uids	 given;		/* with the desk, not marked */
	struct uids	 before;	/* came before `since` */
	struct uids	 copied;	/* to the target, and still here */
	int		 ledger;	/* given holds all that the desk has */
	int		 no_ledger;	/* nor can the desk tell: too much */
	int		 alone;		/* mails to fetch one by one */
	char		 set_aside[256]; /* news of mails given up for now */
	int		 refusals;	/* of single mails, in a row */
	int		 retry_after;	/* seconds */
};

int64_t	imap_expires(const struct imap *);
struct imap *imap_new(const struct conf_mailbox *, int64_t mail_max);
void	imap_free(struct imap **);
enum rc	imap_connect(struct imap *, struct err *);
void	imap_disconnect(struct imap *);
enum rc	imap_fetch(struct imap *, int64_t last_uid, int max, mailbox_sink *,
	    void *, int *more, int *missed, struct err *);
enum rc	imap_mark(struct imap *, const char *uids, struct err *);
/* Of the folder that was selected. */
enum rc	imap_may_mark(const struct imap *, struct err *);
/* *woken: see mailbox_woken(); 0 before. */
enum rc	imap_wait(struct imap *, int wake_fd, int ms, int *woken,
	    struct err *);

/* --- between the imap_*.c files --- */

/* Arm stream and guard: seconds for the command, bytes that may come in, the
 * largest literal, answers. */
void	imap_arm(struct imap *, int seconds, size_t budget, size_t literal,
	    size_t lines);
/*
 * One command through libetpan.  RC_OK: tagged OK; RC_REFUSED: NO or BAD, the
 * session lives, answers that came are kept; RC_AGAIN: session is closed.
 */
enum rc	imap_command(struct imap *, const char *, struct err *);
/* What libetpan's answer to a command means: as imap_command() says. */
enum rc	imap_result(struct imap *, int answer, const char *doing,
	    struct err *);
/* imap_arm() for what is short both ways; forget what the server said. */
void	imap_arm_simple(struct imap *);
/* The session is over: its last words into err, RC_AGAIN. */
enum rc	imap_lost(struct imap *, const char *doing, struct err *);
/* The answers of the last command: next FETCH behind *at (start with NULL). */
struct mailimap_msg_att *imap_next_fetch(struct imap *, void **at);
void	imap_drop_answers(struct imap *);
/* Lines past libetpan, for dialogues it cannot hold (IDLE, AUTHENTICATE). */
enum rc	imap_raw_send(struct imap *, const char *, struct err *);
/* A whole line without its end; it is overwritten by the next. */
enum rc	imap_raw_line(struct imap *, const char **, struct err *);
/* With XOAUTH2, or bearer: OAUTHBEARER. RFC 7628 */
enum rc	imap_authenticate(struct imap *, int bearer, const char *user,
	    const char *token, struct err *);
/*
 * Enter the folder, first or afresh.  A name the server refuses is tried in
 * our own namespace there too: "Done" may have to be "INBOX.Done". RFC 2342
 */
enum rc	imap_select(struct imap *, struct err *);
/* Enter it again when that is due: some servers show new mail only then. */
enum rc	imap_afresh(struct imap *, struct err *);
/* Find the folder to move to, or make it; target is its name then. */
enum rc	imap_target(struct imap *, struct err *);
/* See mailbox_probe().  The session is good for no fetch after it. */
enum rc	imap_target_probe(struct imap *, int *absent, struct err *);
void	imap_folders_forget(struct imap *);
/* Fill todo with troubles that are due and what is beyond top. */
enum rc	imap_list(struct imap *, struct err *);
/* See mailbox_holds(). */
int64_t	imap_holds(struct imap *);
/* All of it was fetched: after 100,000 mails it is megabytes. */
void	imap_list_done(struct imap *);
/* Ask for size and date of the mails from todo[at] on, n of them. */
enum rc	imap_describe(struct imap *, size_t n, struct err *);
/* 1 it is there, 0 it is not, -1 not known or (RC_AGAIN in *rc) lost. */
int	imap_exists(struct imap *, uint32_t uid, enum rc *rc, struct err *);
/* The same: is it there, and does no $Tocsin show on it? */
int	imap_unmarked(struct imap *, uint32_t uid, enum rc *rc, struct err *);

/* --- imap_uids.c: sets of uids, and what is remembered about some --- */

void	imap_trouble_add(struct imap *, const struct imap_mail *,
	    const char *why);
void	imap_trouble_drop(struct imap *, uint32_t uid);
struct imap_trouble *imap_trouble_get(struct imap *, uint32_t uid);
void	uids_add(struct uids *, uint32_t uid);
void	uids_drop(struct uids *, uint32_t uid);
int	uids_has(const struct uids *, uint32_t uid);
/* Do marks stay on mails here? */
int	imap_keeps_marks(const struct imap *);
/* Is it for the ledger to say which mails the desk has?  No mark does. */
int	imap_by_ledger(const struct imap *);
/* What the desk has, as "1:3,7"; anything else is as if it had not come. */
void	imap_ledger(struct imap *, const char *);
/* Append uids as "1:3,7". */
void	imap_set(struct buf *, const uint32_t *, size_t n);
/* Read "1,2,3", sorted; RC_REFUSED for anything else.  *out is malloc'd. */
enum rc	imap_uids(const char *, uint32_t **out, size_t *n, struct err *);
/* A folder's UTF-8 name in modified UTF-7; -1 when it cannot be. */
int	imap_utf7(struct buf *, const char *);
/* A name in quotes, for a command. */
void	imap_quote(struct buf *, const char *);

#endif
