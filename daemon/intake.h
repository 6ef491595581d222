#ifndef INTAKE_H
#define INTAKE_H

/*
 * intake - one mailbox, watched: the process between a mail server and the
 * desk.  One process for each mailbox, so that a broken one stops no other.
 *
 * What it says, in this order, once READY, in each session:
 *	KNOWN		what do you have of this mailbox and validity?
 *	MARKED		the unmarked ones of the answer, now marked
 *	MAIL ... BATCH	again and again; the desk commits at BATCH and answers
 *			each BATCH with one MARK (of no uids, if need be); at
 *			most BATCHES_OPEN are waiting for their MARK
 *	MARKED		when the server has taken the marks of a MARK
 *	POLLED		once all is fetched and marked: "ok"; or at any time
 *			"again", "refused", "broken" with the reason: with over,
 *			the session is (and is begun again later); without, one
 *			mail cannot be had, or a mark was refused
 *
 * PING is answered between two commands to the server, so not later than one
 * command may take (the mailbox's timeout, more for large mails).
 */
#include "base/conf.h"
#include "base/frame.h"

/* Until QUIT or end of file; the exit code.  Writes no log: the desk does. */
int	intake_main(struct channel *, const struct conf *,
	    const struct conf_mailbox *);

#endif
