/*
 * fuzz_guard - any bytes of a server, in two pieces: the guard answers the
 * same as in one piece and never lets a line libetpan dies of through.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mail/guard.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static size_t
run(const char *p, size_t n, size_t cut, char *out, size_t size, enum rc *rc)
{
	struct guard	g;
	struct err	err;
	size_t		got = 0, some;

	guard_init(&g);
	guard_arm(&g, 1000, 100);
	*rc = guard_feed(&g, p, cut, &err);
	if (*rc == RC_OK)
		*rc = guard_feed(&g, p + cut, n - cut, &err);
	while (got < size && (some = guard_read(&g, out + got,
	    size - got)) > 0)
		got += some;
	guard_free(&g);
	return got;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static char	one[1 << 17], two[1 << 17];
	enum rc		rc1, rc2;
	size_t		n1, n2;

	if (n < 2 || n > 16384)
		return 0;
	n1 = run((const char *)data, n, n, one, sizeof(one), &rc1);
	n2 = run((const char *)data, n, data[0] * n / 256, two, sizeof(two),
	    &rc2);
	if (rc1 != rc2 || n1 != n2 || memcmp(one, two, n1) != 0)
		abort();
	return 0;
}
