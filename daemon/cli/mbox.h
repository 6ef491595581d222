#ifndef MBOX_H
#define MBOX_H

/*
 * mbox - mails out of files: one .eml, an mbox (mboxrd), a Maildir.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* One mail; the memory is gone when it returns.  Not RC_OK ends the walk. */
typedef enum rc	mbox_sink(void *, const char *where, const char *raw,
	    size_t len, int64_t arrived, struct err *);

/*
 * Calls sink for each mail of a file or directory.  arrived: the date of the
 * topmost Received header, else of Date, else the file's own.
 */
enum rc	mbox_walk(const char *path, mbox_sink *, void *, struct err *);
/* The date of a header line's value, RFC 5322; 0 when it is none. */
int64_t	mbox_date(const char *s, size_t len);

#endif
