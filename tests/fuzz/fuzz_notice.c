/*
 * Any bytes as a mail to be sorted; the report must survive the way to the
 * desk and back.
 */
#include <stdlib.h>
#include <string.h>

#include "parsers/notice.h"
#include "parsers/report_head.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const char *own[] = { "incident@secretariat.example" };
static const struct parse_conf conf = {
	.zone = 28800, .limit = 900, .own_addresses = own,
	.n_own_addresses = 1, .own_id_domain = "incident.secretariat.example",
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena	*a = arena_new();
	struct report	 r, back;
	struct notice	 n;
	struct mime	 m;
	struct err	 err;
	const char	*s;

	memset(&r, 0, sizeof(r));
	(void)mime_read(a, (const char *)data, len, &m, &err);
	report_head(&m, TIME_NONE, &r);
	notice_judge(&conf, &m, &r, &n);
	if (!r.answerable && r.why_not == NULL)
		abort();
	if (n.kind != KIND_N && r.answerable)
		abort();
	s = report_text(a, &r);
	if (s == NULL || report_from_json(s, strlen(s), a, &back, &err) !=
	    RC_OK)
		abort();
	(void)report_from_json((const char *)data, len, a, &back, &err);
	arena_free(&a);
	return 0;
}
