#ifndef CHARSET_H
#define CHARSET_H

/*
 * charset - the character sets we read, by our own names.
 *
 * A mail's label never reaches iconv_open(): it is looked up in a table of
 * aliases.  Converters are opened once and kept for the life of the process.
 */
#include <stddef.h>

enum charset {
	CS_NONE,		/* no label, or one we do not know */
	CS_ASCII,
	CS_UTF8,
	CS_CP950,		/* big5 in practice; single pairs from HKSCS */
	CS_BIG5HKSCS,
	CS_EUCTW,
	CS_GB18030,		/* gb2312 and gbk in practice */
	CS_CP932,
	CS_EUCJP,		/* with the signs of Microsoft and NEC */
	CS_JISX0213,
	CS_CP949,
	CS_CP1250, CS_CP1251, CS_CP1252, CS_CP1253, CS_CP1254, CS_CP1257,
	CS_CP1258, CS_CP874,
	CS_LATIN2, CS_LATIN5, CS_LATIN9,
	CS_KOI8R, CS_KOI8U,
	CS_UTF7,
	CS_UTF16, CS_UTF16LE, CS_UTF16BE,
	CS_UTF32, CS_UTF32LE, CS_UTF32BE,
	CS_2022JP, CS_2022KR, CS_2022CN,	/* these and the next: */
	CS_HZ,					/* escape.h */
	CS_N
};

/* label: may be NULL, quoted, with an RFC 2231 language. */
enum charset charset_named(const char *label);
int	charset_stateful(enum charset);	/* or not made of ASCII and bytes */
int	charset_single(enum charset);	/* one byte a character */
/*
 * UTF-16 or UTF-32 by its mark or its look, whatever the label says; CS_NONE:
 * it is neither, or too short to tell.
 */
enum charset charset_wide(enum charset label, const char *in, size_t len);
/*
 * UTF-8 into out, whose cap should be 3 * len + 16; returns bytes written.
 * *bad counts what had to be replaced by U+FFFD.
 */
size_t	charset_convert(enum charset, const char *in, size_t len, char *out,
	    size_t cap, size_t *bad);
/*
 * The way back: the bytes that are read as this UTF-8, with 0xff for each
 * U+FFFD.  out has room for 2 * len; 0: some character is not of this set,
 * which is CS_GB18030, CS_CP950 or CS_BIG5HKSCS.
 */
size_t	charset_bytes(enum charset, const char *utf8, size_t len, char *out);
void	charset_prepare(void);

#endif
