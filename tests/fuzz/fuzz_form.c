/*
 * Forms: any text, as a report and as an answer, with categories and the
 * clock behind it.  The first byte chooses.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "parsers/category.h"
#include "parsers/text.h"
#include "parsers/timing.h"

#include "../unit/words_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *a;
	struct report	 r = { .received_at = 1180576800 };
	char		*text;
	size_t		 n;

	if (a == NULL) {
		a = arena_new();
		if (fixture_load(NULL) != 0)
			abort();
	}
	if (size < 1)
		return 0;
	text = text_decode(a, (const char *)data + 1, size - 1, "utf-8", NULL,
	    &n);
	text = text_utf8_clean(a, text, n);
	r.own_text = text;
	(void)form_read(fixture_forms, (data[0] & 2) ? text : NULL, text, 1, 1,
	    data[0] & 1, r.received_at, 28800, a, &r);
	category_judge(&fixture_conf, a, &r);
	timing_judge(&fixture_conf, &r);
	if (r.n_fields > 0 && r.form == NULL)
		abort();
	for (size_t i = 0; i < r.n_fields; i++)
		if (r.fields[i].name == NULL || r.fields[i].line < 0)
			abort();
	arena_reset(a);
	return 0;
}
