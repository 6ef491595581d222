/* Dates, phones, levels and choices: any value. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/civil.h"
#include "parsers/choice.h"
#include "parsers/datetime.h"
#include "parsers/phone.h"
#include "parsers/text.h"

#include "../unit/words_fixture.h"

#define YEAR_2200	7258118400

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *a;
	struct datetime	 d;
	struct phone	 one, two;
	const char	*why;
	char		*text;
	size_t		 n;

	if (a == NULL) {
		a = arena_new();
		if (fixture_load(NULL) != 0)
			abort();
	}
	text = text_decode(a, (const char *)data, size, "utf-8", NULL, &n);
	text = text_utf8_clean(a, text, n);
	datetime_read(a, text, 1180576800, 28800, &d);
	if (d.known ? d.utc > YEAR_2200 + 86400 : d.problem == NULL)
		abort();
	datetime_read(a, text, TIME_NONE, 28800, &d);
	(void)date_read(a, text, 1180576800, 28800, &d);
	(void)date_line(text, n);
	if (phone_read(a, text, &one, &two) > 0 && one.raw == NULL)
		abort();
	if (level_read(a, text, &why) > 4)
		abort();
	(void)choice_read(a, form_choices(fixture_forms, "status"), text,
	    1180576800, 28800, &why);
	(void)choice_read(a, form_choices(fixture_forms, "check"), text,
	    TIME_NONE, 0, &why);
	arena_reset(a);
	return 0;
}
