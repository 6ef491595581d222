#ifndef TEXT_H
#define TEXT_H

/*
 * text - bytes of any charset to clean UTF-8, and a folded copy to search in.
 *
 * Labels lie.  Only names of an allow-list reach iconv, which knows them by
 * our own spelling; bytes that are plainly UTF-8 are UTF-8 whatever the label
 * says; big5 is CP950 with single pairs taken from HKSCS; what was encoded
 * twice is decoded twice (mojibake.h).  Nothing here fails: what cannot be read
 * becomes U+FFFD and *guessed is set.
 *
 * All results are in the arena and NUL-terminated.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/*
 * Open every converter now: the reader gives up its files before the first
 * mail comes.  Called by parse_prepare(); later calls do nothing.
 */
void	text_prepare(void);

/* label may be NULL.  *guessed is only ever set to 1; guessed may be NULL. */
char	*text_decode(struct arena *, const char *bytes, size_t len,
	    const char *label, int *guessed, size_t *outlen);
/* A raw header value: RFC 2047, raw 8-bit; one line, trimmed. */
char	*text_header(struct arena *, const char *raw, size_t len,
	    int *guessed);
/* Valid UTF-8 without control characters but TAB LF; CRLF and CR are LF. */
char	*text_utf8_clean(struct arena *, const char *, size_t len);

struct folded {
	const char	*s;
	size_t		 len;
	const uint32_t	*at;	/* where each byte of s, and its end, stood in
				   the original: len + 1 entries */
};

/*
 * One width, one form, character by character: full-width to ASCII, odd
 * spaces to a space, odd slashes, colons and dashes to the ASCII one,
 * compatibility forms resolved, zero-width characters gone.  LF and TAB stay;
 * so do ticks, boxes, Roman and enclosed numbers.  Input must be clean.
 */
void	text_fold(struct arena *, const char *utf8, size_t len,
	    struct folded *);

/* How many lines a text has: one more than newlines. */
size_t	text_lines(const char *s, size_t len);
/* How many bytes at the begin of s are printable ASCII; eight at a time, so
 * that it may say less than there are. */
size_t	text_ascii(const char *s, size_t len);
/* Bytes of s that are at most max and end with a whole character. */
size_t	text_cut(const char *s, size_t len, size_t max);

#endif
