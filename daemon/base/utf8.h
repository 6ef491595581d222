#ifndef UTF8_H
#define UTF8_H

/*
 * utf8 - is it text?  What libunistring's u8_check() says, sooner.
 *
 * In:     bytes that need not end with NUL.
 * How:    ASCII goes eight bytes at a time, and a Chinese character by one
 *         comparison; everything else is asked of libunistring.
 * Source: RFC 3629.
 */
#include <stddef.h>
#include <stdint.h>

/* A word of eight such bytes, to look at eight bytes of a text at once. */
#define EIGHT(byte)	(UINT64_C(0x0101010101010101) * (byte))

/* Is every byte part of valid UTF-8? */
int	utf8_ok(const char *, size_t);
/*
 * The first byte that is not, or that is a control byte (below U+0020 other
 * than TAB and LF, and U+007F); NULL: there is none.
 */
const char *utf8_odd(const char *, size_t);

#endif
