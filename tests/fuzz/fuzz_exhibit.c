/*
 * First byte: which type the name promises; the rest: the file, its name,
 * and what a reader might answer.  Nothing that runs may ever be sound.
 */
#include <stdlib.h>
#include <string.h>

#include "parsers/exhibit.h"
#include "parsers/secret.h"
#include "parsers/text.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static int
runs(const char *p, size_t len)
{
	return (len >= 2 && (memcmp(p, "MZ", 2) == 0 ||
	    memcmp(p, "#!", 2) == 0 || memcmp(p, "PK", 2) == 0)) ||
	    (len >= 4 && memcmp(p, "\177ELF", 4) == 0) ||
	    memmem(p, len, "PK\1\2", 4) != NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static int		 prepared;
	const char		*in = (const char *)data + 1, *charset, *name;
	struct exhibit		*x;
	enum exhibit_type	 type;
	struct arena		*a;
	struct err		 err;
	size_t			 n, more, files;

	if (len == 0)
		return 0;
	if (!prepared && secret_prepare(&err) != RC_OK)
		abort();
	prepared = 1;
	text_prepare();
	a = arena_new();
	len--;
	type = (enum exhibit_type)(data[0] % EXHIBIT_NTYPES);
	if (exhibit_content(a, type, in, len, &charset) == EXHIBIT_IS_NONE &&
	    type != EXHIBIT_TEXT && type != EXHIBIT_CSV && runs(in, len))
		abort();
	name = arena_strndup(a, in, len);
	if (exhibit_name(a, name, &type) == EXHIBIT_IS_NONE &&
	    (strpbrk(name, "/\\:\r\n") != NULL || strlen(name) > 255))
		abort();
	(void)exhibits_from_json(in, len, a, &x, &n, &more, &files, &err);
	arena_free(&a);
	return 0;
}
