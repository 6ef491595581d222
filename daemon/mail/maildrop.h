#ifndef MAILDROP_H
#define MAILDROP_H

/*
 * maildrop - "sending" into Maildirs: the demo, drills, and hosts whose mail
 * is picked up from files.
 *
 * DIR/<address>/{tmp,new,cur} is made when missing; a mail is in new/ whole
 * and durable, or not at all.  Lines end in LF there, as in any Maildir.
 */
#include <stdint.h>

#include "mail/smtp.h"

/* Sets every field of the result.  A full disk is RC_AGAIN, relay_fault. */
void	maildrop_send(const char *dir, const char *mail_from,
	    const char *rcpt_to, const char *message, size_t len, int64_t now,
	    struct smtp_result *);

#endif
