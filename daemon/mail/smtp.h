#ifndef SMTP_H
#define SMTP_H

/*
 * smtp - one mail to one recipient through a relay. RFC 5321, 3461, 4954
 *
 * A session is reused from mail to mail; any error without a final reply
 * closes it.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/conf.h"
#include "base/err.h"

struct smtp;

struct smtp_result {
	/* RC_OK accepted; RC_AGAIN 4yz, no connection; RC_REFUSED 5yz,
	 * certificate, AUTH */
	enum rc		 rc;
	int		 unknown;	/* lost after the dot: rc is RC_AGAIN */
	int		 relay_fault;	/* not this mail's fault: breaker */
	int		 denied;	/* it does not carry this for us: rc is
					   RC_AGAIN, the next relay may */
	int		 code;		/* reply code, 0: none */
	char		 status[16];	/* RFC 3463 "4.7.1", or "" */
	char		 text[512];	/* last reply's words, or our error */
	char		 step[16];	/* check, connect, rset, mail, rcpt,
					   data, dot, maildir */
	char		 queue_id[128];	/* taken from the 250, or "" */
	char		 peer[256];	/* host:port */
	char		 tls[80];	/* fingerprint or "" */
	int64_t		 expires;	/* of that certificate, 0: unknown */
};

enum rc	smtp_new(const struct conf_relay *, const char *helo, struct smtp **,
	    struct err *);
void	smtp_free(struct smtp **);
/* The time of the sends that follow: an access token is fetched by it. */
void	smtp_at(struct smtp *, int64_t now);
/*
 * message: 7-bit, CRLF, as compose.c made it; dot-stuffed here.  envid: what
 * a DSN shall name (ours, or NULL).  Sets every field of the result.
 */
void	smtp_send(struct smtp *, const char *mail_from, const char *rcpt_to,
	    const char *envid, const char *message, size_t len,
	    struct smtp_result *);
/* Would it take a mail for this one?  Asked up to RCPT; nothing is sent. */
void	smtp_probe(struct smtp *, const char *mail_from, const char *rcpt_to,
	    struct smtp_result *);
/* Close an idle session politely. */
void	smtp_quit(struct smtp *);

#endif
