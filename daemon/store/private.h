#ifndef STORE_PRIVATE_H
#define STORE_PRIVATE_H

/*
 * private - what the files of the store share, and nobody else sees.
 */
#include "store/db.h"
#include "store/store.h"

#define SHA256_BYTES	32u
#define SHA256_HEX	(2 * SHA256_BYTES + 1)

struct store {
	struct db	*db;
	char		 sha256[SHA256_HEX];	/* of the last spool_add() */
	char		 hash[SHA256_HEX];	/* of the last journal_add() */
	int64_t		 head;		/* the journal's last row, and its */
	char		 head_hash[SHA256_HEX];	/* hash, in this transaction */
	int		 head_known;
};

/* A max as LIMIT wants it: none when negative. */
int64_t	store_limit(int max);

/*
 * Room for element n of a list in an arena, which grows by doubling.  Give v
 * as it is, NULL at first; the result is the new v.
 */
void	*store_grow(struct arena *, void *v, size_t n, size_t size);

/* Lower-case hex of the SHA-256 of p[0..len). */
enum rc	store_sha256(const void *p, size_t len, char hex[SHA256_HEX],
	    struct err *);

#endif
