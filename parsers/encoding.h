#ifndef ENCODING_H
#define ENCODING_H

/*
 * encoding - base64, quoted-printable, uuencode and yEnc, as strangers really
 * write them.
 *
 * Lenient and total: what is no base64 is passed over, a '=' that starts no
 * quoted byte stays a '='.  libetpan's decoders turn such a '=' into a NUL
 * and cannot join the bytes of two encoded-words, so these are ours.
 */
#include <stddef.h>
#include <stdint.h>

enum encoding {
	ENC_NONE,		/* 7bit, 8bit, binary, unknown */
	ENC_BASE64,
	ENC_QP,
	ENC_UU,			/* the lines of a file in text, embedded.h */
	ENC_YENC
};

struct base64 {			/* zero it before the first call */
	uint32_t	 bits;
	unsigned	 n;	/* bits held back: 0, 2, 4 or 6 */
};

/* Bytes written; at most len * 3 / 4 + 1.  *state may be NULL. */
size_t	base64_bytes(struct base64 *state, const char *in, size_t len,
	    char *out);
/* Bytes written, at most len.  word: of an encoded-word, where _ is space. */
size_t	qp_bytes(const char *in, size_t len, int word, char *out);
/* Bytes written, at most len + 1. */
size_t	uu_bytes(const char *in, size_t len, char *out);
size_t	yenc_bytes(const char *in, size_t len, char *out);
/*
 * The bytes of *s that are base64 when lists and gateways wrote their words
 * around it as they are: lines of one length, and a shorter one behind them.
 * *s and *len stay when there are no such words.  0: the lines are not so
 * plain, and words may stand between them.
 */
int	base64_narrow(const char **s, size_t *len);
/* The lines of s without those of words between them, at most len bytes; 0:
 * they are not clearly base64. */
size_t	base64_sift(const char *s, size_t len, char *out);
/* The value of a Content-Transfer-Encoding header. */
enum encoding encoding_named(const char *, size_t);
/*
 * What text shows that no header speaks of: it is nothing but even lines of
 * base64, or ASCII where each '=' belongs to quoted-printable.  Whether words
 * come out of it is for the caller to see.
 */
enum encoding encoding_seen(const char *, size_t);

#endif
