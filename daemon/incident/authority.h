#ifndef AUTHORITY_H
#define AUTHORITY_H

/*
 * authority - From: is not identity.
 *
 * A command counts when the sender's address holds the role and the mail is
 * authentic by what the configuration demands: a reply token that we put into
 * a mail to that very address (HMAC-SHA-256 over incident, address, verbs and
 * expiry), a trusted Authentication-Results header (RFC 8601: only the
 * configured authserv-id, topmost, aligned with From), or both.
 */
#include <stdint.h>

#include "base/arena.h"
#include "base/conf.h"
#include "base/err.h"
#include "parsers/report.h"

/* [a-z0-9]+, 64 at most: fits a Message-ID's and an address' local part. */
char	*token_make(struct arena *, const unsigned char key[TOKEN_KEY],
	    const char *tracking, const char *addr, const char *verbs,
	    int64_t expires);
/* RC_OK: *verbs in the arena.  RC_REFUSED: forged, expired, other's. */
enum rc	token_check(struct arena *, const unsigned char key[TOKEN_KEY],
	    const char *token, const char *tracking, const char *addr,
	    int64_t now, const char **verbs, struct err *);

struct authority {
	const char	*role;		/* conf role, "reporter", "other" */
	int		 trusted;
	const char	*verbs;
	const char	*holder;	/* whose proof it is: the address that the
					   token was made for, else From; NULL
					   unless trusted */
	const char	*why;		/* for the journal, either way */
};

/*
 * Who speaks?  tracking and reporter_addr: of the incident the mail belongs
 * to, NULL when it opens one.  Tokens are looked for in In-Reply-To,
 * References and the recipients (incident+TOKEN@).
 */
void	authority_judge(const struct conf *,
	    const unsigned char key[TOKEN_KEY], const struct report *,
	    const char *tracking, const char *reporter_addr,
	    const char *reporter_cc, int64_t now, struct arena *,
	    struct authority *);

#endif
