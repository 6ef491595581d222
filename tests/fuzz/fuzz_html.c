/*
 * First byte: an HTML page, a docx or an odt.
 */
#include <stdlib.h>
#include <string.h>
#include <unistr.h>

#include "parsers/html.h"
#include "parsers/limits.h"
#include "parsers/office.h"
#include "parsers/reply.h"
#include "parsers/text.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
page(struct arena *a, const char *in, size_t len)
{
	struct html_text	 t;
	const char		*s;
	size_t			 n;

	s = text_decode(a, in, len, "utf-8", NULL, &n);
	html_read(a, s, n, n & 1, &t);
	if (t.len > BODY_MAX ||
	    u8_check((const uint8_t *)t.text, t.len) != NULL)
		abort();
	for (size_t i = 0; i < t.n_dyed; i++)
		if (t.dyed[i].from >= t.dyed[i].to || t.dyed[i].to > t.len ||
		    (i > 0 && t.dyed[i].from < t.dyed[i - 1].to))
			abort();
	(void)reply_dyed(a, t.text, t.dyed, t.n_dyed);
	(void)html_charset(a, in, len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena		*a;
	struct office_text	 t;
	const char		*in = (const char *)data + 1;

	if (len == 0)
		return 0;
	a = arena_new();
	if (data[0] == 'd' || data[0] == 'o') {
		office_read(a, data[0] == 'd' ? OFFICE_DOCX : OFFICE_ODT, in,
		    len - 1, &t);
		if ((t.text == NULL) == (t.reason == NULL))
			abort();
	} else {
		page(a, in, len - 1);
	}
	arena_free(&a);
	return 0;
}
