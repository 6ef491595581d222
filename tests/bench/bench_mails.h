#ifndef BENCH_MAILS_H
#define BENCH_MAILS_H

/*
 * bench_mails - one filled form as people's programs send it, the answer to a
 * letter of ours, and a letter that came back.
 */
#include "base/buf.h"

enum bench_kind {
	BENCH_PLAIN,		/* text/plain, 8bit */
	BENCH_BASE64,		/* text/plain in base64 */
	BENCH_ALTERNATIVE,	/* text and Outlook's HTML of it */
	BENCH_HTML,		/* Outlook's HTML alone, a table */
	BENCH_DOCX,		/* two words and a Word document */
	BENCH_BIG5,		/* text/plain in Big5 and base64 */
	BENCH_ANSWER,		/* a status above the letter it answers */
	BENCH_BOUNCE,		/* what a server says when it gives up */
	BENCH_KINDS
};

/* A whole mail into b. */
void	bench_mail(struct buf *b, enum bench_kind);

#endif
