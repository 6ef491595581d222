#include "incident/outcome.h"

#include <string.h>

const char *
outcome_line(struct arena *a, const struct receipt *r)
{
	const char		*text = r->text != NULL ? r->text : "";
	enum channel_kind	 sent;

	if (channel_kind_parse(r->kind, &sent) == 0)
		return arena_printf(a, "%s %d %.300s", r->result, r->code,
		    text);
	return arena_printf(a, "%s %.300s", r->result, text);
}

/* Our word at the head: its length, and whether only a notice has it. */
static size_t
our_word(const char *line, int *notice)
{
	static const char *const	words[] = { "accepted", "refused",
				    "again", "unknown", "failed", "delayed" };
	size_t	n = strcspn(line, " ");

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == n && strncmp(line, words[i], n) == 0) {
			*notice = i >= 4;
			return n + strspn(line + n, " ");
		}
	return 0;
}

struct outcome
outcome_of(const char *line)
{
	struct outcome	o = { .said = line != NULL ? line : "" };
	size_t		digits;

	o.said += our_word(o.said, &o.theirs);
	digits = strspn(o.said, "0123456789");
	if (digits == 1 && *o.said == '0') {
		o.said += 1 + strspn(o.said + 1, " ");
		o.theirs = 0;
	} else if (digits > 0) {
		o.theirs = 1;
	}
	return o;
}
