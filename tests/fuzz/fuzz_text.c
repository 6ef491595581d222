/*
 * First byte: which label.  The rest: bytes in it, as text and as a header.
 * Whatever comes out must be UTF-8, and a folded copy must point back into it.
 */
#include <stdlib.h>
#include <string.h>
#include <unistr.h>

#include "parsers/header.h"
#include "parsers/text.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const char *const labels[] = {
	NULL, "utf-8", "us-ascii", "big5", "big5-hkscs", "gb2312", "gb18030",
	"iso-8859-1", "shift_jis", "euc-kr", "euc-jp", "iso-2022-jp",
	"iso-2022-kr", "iso-2022-cn", "hz", "utf-7", "utf-16", "utf-16le",
	"euc-tw", "x-none", "koi8-r", "windows-1258",
};

static void
check(const char *s, size_t len)
{
	if (strlen(s) > len || u8_check((const uint8_t *)s, len) != NULL)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena	*a;
	struct folded	 f;
	struct address	 addr;
	const char	*in = (const char *)data + 1, *s;
	size_t		 n, at = 0;
	int		 guessed = 0;

	if (len == 0)
		return 0;
	a = arena_new();
	len--;
	s = text_decode(a, in, len, labels[data[0] % (sizeof(labels) /
	    sizeof(labels[0]))], &guessed, &n);
	check(s, n);
	s = text_utf8_clean(a, s, n);
	check(s, strlen(s));
	text_fold(a, s, strlen(s), &f);
	check(f.s, f.len);
	for (size_t i = 0; i <= f.len; i++)
		if (f.at[i] > strlen(s) || (i > 0 && f.at[i] < f.at[i - 1]))
			abort();
	s = text_header(a, in, len, &guessed);
	check(s, strlen(s));
	if (strpbrk(s, "\r\n\t") != NULL)
		abort();
	s = header_param(a, in, len, "name", NULL);
	if (s != NULL)
		check(s, strlen(s));
	while (address_next(a, in, len, &at, &addr, NULL))
		if (addr.addr != NULL && strpbrk(addr.addr, " \r\n<>") != NULL)
			abort();
	(void)date_header(a, in, len);
	arena_free(&a);
	return 0;
}
