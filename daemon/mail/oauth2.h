#ifndef OAUTH2_H
#define OAUTH2_H

/*
 * oauth2 - access tokens for SMTP, IMAP and HTTP. RFC 6749 4.4, 6
 *
 * Three ways by configuration: a token file that somebody else renews (read
 * anew each time), a refresh token, or client credentials.  Tokens are kept
 * in this process until shortly before they expire.  A refresh token that the
 * server replaces is written over its file at once and whole, under a lock,
 * so that several processes can share it.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/conf.h"
#include "base/err.h"

/*
 * *expires: UTC, 0 when not known.  RC_AGAIN: token server not reached or
 * busy; RC_REFUSED: it said no (a person must act), or the file is missing.
 */
enum rc	oauth2_token(const struct conf_oauth2 *, const char *ca_file,
	    const char *resolve, char *to, size_t size, int64_t now,
	    int64_t *expires, struct err *);
/* The server did not like the kept one: fetch another next time. */
void	oauth2_forget(const struct conf_oauth2 *);
/*
 * What a person must hear although a token was had: a new refresh token that
 * could not be written (this process goes on, the next start will fail).
 * "" when all is well; saying it forgets it.
 */
const char *oauth2_trouble(void);
/* When the first refresh token in use ends, where its server says so: a
 * person must get a new one before.  UTC, 0: not known. */
int64_t	oauth2_renew_by(void);
/*
 * A ready token was read: where it says of itself that it ends (a JSON Web
 * Token of more than two days, or one that nobody renewed) it counts for
 * oauth2_renew_by().
 */
void	oauth2_seen(const struct conf_oauth2 *, const char *token, int64_t now);
/* Drop and wipe everything kept. */
void	oauth2_done(void);

#endif
