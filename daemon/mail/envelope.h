#ifndef ENVELOPE_H
#define ENVELOPE_H

/*
 * envelope - is this fit to be sent?  Asked before the first byte goes out.
 *
 * Addresses: printable ASCII without blanks and angle brackets, at most 254
 * bytes; mail_from may be "".  Message: 7-bit, no NUL, CR and LF only as
 * CRLF, lines of at most 998 bytes.  So nothing in an argument can end a
 * command or a line, 8BITMIME and SMTPUTF8 are never needed, and no relay
 * has a reason to rewrite us. RFC 5321 4.5.3, 2.3.8
 */
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

enum rc	envelope_check(const char *mail_from, const char *rcpt_to,
	    const char *message, size_t len, struct err *);
/* xtext (RFC 3461 4): what a DSN parameter may hold. */
void	envelope_xtext(struct buf *, const char *);
/* A word of a command line: EHLO's name, our ENVID.  Printable ASCII. */
int	envelope_word_ok(const char *, size_t most);

#endif
