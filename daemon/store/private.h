#ifndef STORE_PRIVATE_H
#define STORE_PRIVATE_H

/*
 * private - what the files of the store share, and nobody else sees.
 */
#include "base/hex.h"
#include "store/db.h"
#include "store/store.h"


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

/* Read the columns of a row into *to. */
typedef enum rc	row_reader(struct db_stmt *, struct arena *, void *to,
		    struct err *);

/* The one row of a bound statement into *to; *row is 0 when there is none. */
enum rc	store_row(struct db_stmt *, row_reader *, struct arena *, void *to,
	    int *row, struct err *);
/* All its rows as an array of *n things of a size; its address to *out. */
enum rc	store_rows(struct db_stmt *, row_reader *, size_t size,
	    struct arena *, void *out, size_t *n, struct err *);

struct buf;

/* "3:abc," as a netstring, "-," for NULL: what a seal is made over. */
void	store_seal_text(struct buf *, const char *);
void	store_seal_int(struct buf *, int64_t);
/* Lower-case hex of the SHA-256 of p[0..len). */
enum rc	store_sha256(const void *p, size_t len, char hex[SHA256_HEX],
	    struct err *);

#endif
