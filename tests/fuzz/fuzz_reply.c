/* Own text and forwarded blocks of any text. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "parsers/reply.h"
#include "parsers/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *a;
	struct reply	 r;
	char		*text;
	size_t		 n;

	if (a == NULL)
		a = arena_new();
	text = text_decode(a, (const char *)data, size, "utf-8", NULL, &n);
	text = text_utf8_clean(a, text, n);
	reply_cut(a, text, &r);
	if (r.own == NULL || r.own_line < 1 || r.block_line < 1 ||
	    strlen(r.own) > n)
		abort();
	if (strlen(reply_unsigned(a, r.own)) > strlen(r.own))
		abort();
	arena_reset(a);
	return 0;
}
