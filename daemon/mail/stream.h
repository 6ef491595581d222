#ifndef STREAM_H
#define STREAM_H

/*
 * stream - a verified TLS (or, on loopback by configuration, clear) socket.
 *
 * libcurl connects, does STARTTLS and checks chain and name (CONNECT_ONLY);
 * nothing here ever falls back to clear text.  All calls have an absolute
 * deadline and a byte budget.  An error is sticky: close the stream, never
 * retry on it.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct stream;
struct _mailstream;		/* libetpan's */

struct stream_conf {
	const char	*url;		/* imap(s)://, smtp(s)://host[:port] */
	int		 cleartext;	/* allowed only for loopback addresses */
	const char	*ca_file;	/* NULL: the system's */
	const char	*resolve;	/* CURLOPT_RESOLVE "host:port:addr" */
	/* SMTP only: curl does AUTH while connecting (never in clear). */
	const char	*user, *password, *bearer;
	const char	*helo;		/* SMTP: our name; NULL: localhost */
	int		 timeout;	/* seconds, for the connection */
};

/*
 * What comes first: over IMAP the greeting (the server's, or after STARTTLS
 * one that libcurl makes up); over SMTP nothing: greeting, EHLO, STARTTLS and
 * AUTH are done, and another EHLO is refused by some (OpenSMTPD: 503).
 *
 * RC_AGAIN: no connection, time-out, 4yz; RC_REFUSED: certificate, no
 * STARTTLS, AUTH refused: err names host and reason.
 */
enum rc	stream_open(const struct stream_conf *, struct stream **,
	    struct err *);
void	stream_close(struct stream **);
int	stream_fd(const struct stream *);
/* SMTP: the words of the server's last EHLO, each line ended by "\n". */
const char *stream_ehlo(const struct stream *);
/* From now: absolute deadline in ms from now, and bytes that may come in. */
void	stream_arm(struct stream *, int ms, size_t budget);
/* > 0 bytes, or -1: end of file, time-out, budget, error (see err). */
long	stream_read(struct stream *, char *, size_t, struct err *);
long	stream_write(struct stream *, const char *, size_t, struct err *);
/* Wait for input here or on wake_fd (-1: none); 1 input, 2 wake, 0 time-out,
 * -1 error. */
int	stream_wait(struct stream *, int wake_fd, int ms);
/* SHA-256 of the peer's certificate, "sha256:hex"; "" in clear text. */
const char *stream_fingerprint(const struct stream *);
/* Until when that certificate is good, UTC; 0: unknown. */
int64_t	stream_expires(const struct stream *);
const char *stream_error(const struct stream *);
/* A libetpan stream over this one, read through a filter of the caller's;
 * freeing it closes this one. */
typedef long stream_reader(void *, struct stream *, char *, size_t);
struct _mailstream *stream_etpan(struct stream *, stream_reader *, void *);
/* Make the stream fail from now on with this text; returns -1. */
int	stream_fail(struct stream *, const char *, ...)
	    __attribute__((format(printf, 2, 3)));

#endif
