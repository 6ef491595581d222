#ifndef ESCAPE_H
#define ESCAPE_H

/*
 * escape - seven-bit text whose escape sequences choose the character sets:
 * ISO 2022 as mail uses it (RFC 1468, 1554, 1557, 1922, the ISO-2022-TW of
 * Mule) and HZ (RFC 1843).
 *
 * The sequences are read here; the characters between them are iconv's, with
 * their high bits set, as the EUC form of the same set.  iconv's own
 * ISO-2022 converters refuse what stands under a label that promised less,
 * know no HZ and no ISO-2022-TW, and its ISO-2022-CN-EXT reads a second
 * designation in a line wrongly without saying so.
 */
#include <stddef.h>

#include "parsers/charset.h"

/* cs: CS_2022JP, CS_2022KR, CS_2022CN or CS_HZ.  As charset_convert(). */
size_t	escape_convert(enum charset cs, const char *in, size_t len, char *out,
	    size_t cap, size_t *bad);
/*
 * Text that no label calls so: the set to read it as, or CS_NONE.  A
 * designation of ISO 2022 is enough; "~{" of HZ is only when all that stands
 * between them is Chinese.
 */
enum charset escape_seen(const char *in, size_t len);

#endif
