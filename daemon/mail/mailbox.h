#ifndef MAILBOX_H
#define MAILBOX_H

/*
 * mailbox - where mails come from: IMAP (imap.c) or Maildir (maildir.c).
 *
 * Nothing is stored here and nothing is marked before the desk says that the
 * mail is committed.  After any error but RC_REFUSED of one mail: close, back
 * off, open again.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/conf.h"
#include "base/err.h"
#include "base/record.h"

struct mailbox;

struct fetched {
	const char	*uid;		/* decimal, or Maildir's unique name */
	int64_t		 uidvalidity;
	int64_t		 arrived;	/* INTERNALDATE / mtime, UTC */
	int64_t		 size;
	const char	*raw;		/* NULL: larger than the cap */
	size_t		 len;
	enum mail_mark	 mark;		/* is $Tocsin on it?  IMAP alone tells */
};

/* Called for each mail; the memory is gone when it returns.  Not RC_OK stops
 * the fetch and is returned. */
typedef enum rc	mailbox_sink(void *, const struct fetched *, struct err *);

enum rc	mailbox_open(const struct conf_mailbox *, int64_t mail_max,
	    struct mailbox **, struct err *);
void	mailbox_close(struct mailbox **);
/*
 * The two halves of mailbox_open(), for those who come back: a mailbox
 * remembers which mails could not be had and how far it has read.
 * mailbox_reopen() drops the old connection first.
 */
struct mailbox *mailbox_new(const struct conf_mailbox *, int64_t mail_max);
enum rc	mailbox_reopen(struct mailbox *, struct err *);
/* What was set aside since this was last asked, for the operator; "". */
const char *mailbox_set_aside(struct mailbox *);
/* Seconds the server asked us to stay away, 0: it did not. */
int	mailbox_retry_after(const struct mailbox *);
/* Until when the server's certificate is good, UTC; 0: not known. */
int64_t	mailbox_expires(const struct mailbox *);
/*
 * Mails in the folder that a first look would take; of IMAP as the server says
 * (of the day before `since` some may be among them).  *others: those that no
 * look takes, since another program has put them among the read ones (cur/ of
 * a Maildir; 0 of IMAP, where all are taken).
 */
int64_t	mailbox_holds(struct mailbox *, int64_t *others);
/*
 * Leave mails from before the configuration's `since` alone, whose day begins
 * at 0:00 in this zone, seconds east of UTC.  To be called before a fetch;
 * and how many were left alone since this was last asked, each counted once.
 */
void	mailbox_since(struct mailbox *, int64_t zone);
size_t	mailbox_left_alone(struct mailbox *);
/*
 * Where no mark on the server tells what was stored, the uids that the desk
 * has are compared with the folder's now and then: a mail that was missed
 * once is found.  Is the set wanted, and here it is ("1:3,7"; "-": unknown).
 */
int	mailbox_wants_ledger(const struct mailbox *);
void	mailbox_ledger(struct mailbox *, const char *set);
/*
 * Does the server drop our marks, though it promises to keep them?  Seen when
 * one is set; what an earlier life has seen is told with doubt, after the
 * ledger, which is then wanted.
 */
int	mailbox_keyless(const struct mailbox *);
void	mailbox_doubt(struct mailbox *);
/* Of the selected folder; Maildir: constant 1. */
int64_t	mailbox_uidvalidity(const struct mailbox *);
/*
 * Fetch at most max mails with uid > last_uid (Maildir: all in new/).
 * *more = there are more.  RC_REFUSED never stops the others: a mail that
 * cannot be had (NIL, cut) is reported in *missed and asked for again, later
 * and less often with each try; err then says what is the matter, with RC_OK.
 */
enum rc	mailbox_fetch(struct mailbox *, int64_t last_uid, int max,
	    mailbox_sink *, void *, int *more, int *missed, struct err *);
/* After the commit: leave, flag or move, by configuration.  uids "1,2,3" or
 * Maildir names separated by ','.  Marking twice is harmless. */
enum rc	mailbox_mark(struct mailbox *, const char *uids, struct err *);
/*
 * Could a mail be marked?  Nothing is changed: *absent says that the folder to
 * move to is not there yet and would be made.  RC_REFUSED: err says why not.
 * The mailbox is to be closed then.
 */
enum rc	mailbox_probe(struct mailbox *, int *absent, struct err *);
/* Wait until something may have come, wake_fd is readable, or ms are over:
 * IDLE where offered.  RC_OK: look again; RC_AGAIN: connection is gone. */
enum rc	mailbox_wait(struct mailbox *, int wake_fd, int ms, struct err *);
/* Was it wake_fd alone that ended the last wait? */
int	mailbox_woken(const struct mailbox *);

#endif
