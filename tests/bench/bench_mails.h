#ifndef BENCH_MAILS_H
#define BENCH_MAILS_H

/*
 * bench_mails - one filled form as people's programs send it.
 */
#include "base/buf.h"

enum bench_kind {
	BENCH_PLAIN,		/* text/plain, 8bit */
	BENCH_BASE64,		/* text/plain in base64 */
	BENCH_ALTERNATIVE,	/* text and Outlook's HTML of it */
	BENCH_HTML,		/* Outlook's HTML alone, a table */
	BENCH_DOCX,		/* two words and a Word document */
	BENCH_KINDS
};

/* A whole mail into b. */
void	bench_mail(struct buf *b, enum bench_kind);

#endif
