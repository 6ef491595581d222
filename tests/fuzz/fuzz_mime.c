/*
 * Any bytes as a mail: parts, words, attachments, addresses, dates.
 */
#include <stdlib.h>
#include <string.h>
#include <unistr.h>

#include "parsers/mime.h"
#include "parsers/report_head.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena	*a = arena_new();
	struct report	 r;
	struct mime	 m;
	struct body	 b;
	struct err	 err;

	memset(&r, 0, sizeof(r));
	if (mime_read(a, (const char *)data, len, &m, &err) == RC_OK) {
		mime_body(&m, &b);
		if (u8_check((const uint8_t *)b.text, b.len) != NULL)
			abort();
		if (b.other != NULL)
			(void)part_text(&m, m.leaves[b.other_part - 1], &b);
	} else if (m.guard == NULL) {
		abort();
	}
	report_head(&m, TIME_NONE, &r);
	report_attachments(&m, &r);
	arena_free(&a);
	return 0;
}
