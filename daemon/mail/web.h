#ifndef WEB_H
#define WEB_H

/*
 * web - one POST by libcurl, the way this house does it.
 *
 * TLS 1.2 or later, chain and name verified, no redirects, no proxy, no
 * environment, https only (http only when asked for, and then only to a
 * loopback address, decided on the address itself), the answer capped, all
 * within one deadline.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define WEB_ANSWER_MAX	(256u * 1024)

struct web;
struct curl_slist;

struct web_conf {
	const char	*url;
	int		 cleartext;
	const char	*ca_file, *cert_file, *key_file, *resolve;
	int		 timeout;	/* seconds, for everything */
};

struct web_answer {
	int		 code;		/* 0: no answer */
	int		 sent;		/* the whole request left the house */
	int		 verify;	/* refused by us: certificate, scheme */
	int		 cut;		/* the body is not whole */
	int		 retry_after;
	struct buf	 body;		/* web_answer_free() */
	char		 tls[80];	/* "sha256:..", "" in clear text */
	int64_t		 expires;	/* the peer's certificate; 0: unknown */
	char		 error[256];	/* libcurl's words, "" when none */
	char		 redirect[256];	/* where it sends us, "" nowhere */
};

enum rc	web_new(const struct web_conf *, struct web **, struct err *);
void	web_free(struct web **);
/* header: the caller's.  Fills the answer, which the caller frees. */
void	web_post(struct web *, struct curl_slist *header, const char *body,
	    size_t len, struct web_answer *);
/* Ask for the headers only: does it answer?  Nothing is told. */
void	web_probe(struct web *, struct web_answer *);
void	web_answer_free(struct web_answer *);

#endif
