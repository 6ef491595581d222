#ifndef ENCODING_H
#define ENCODING_H

/*
 * encoding - base64 and quoted-printable, as strangers really write them.
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
	ENC_QP
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
/* The value of a Content-Transfer-Encoding header. */
enum encoding encoding_named(const char *, size_t);

#endif
