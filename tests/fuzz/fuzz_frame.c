/*
 * Any bytes as frames: what is taken must encode to the same bytes again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/frame.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
again(const struct frame *f, const char *p, size_t used)
{
	struct frame	 copy;
	struct buf	 b;

	buf_init(&b, FRAME_MAX + 64);
	frame_start(&copy, f->type);
	for (unsigned i = 0; i < f->n; i++)
		frame_add(&copy, f->field[i].p, f->field[i].len);
	if (frame_put(&b, &copy) == -1 || b.len != used ||
	    memcmp(b.data, p, used) != 0)
		abort();
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char	*p = (const char *)data;
	struct frame	 f;
	struct err	 err;
	char		 text[16];
	size_t		 used;
	int64_t		 n;

	while (frame_take(p, len, &f, &used, &err) == RC_OK) {
		if (used == 0 || used > len)
			abort();
		for (unsigned i = 0; i < FRAME_FIELDS; i++) {
			(void)frame_text(&f, i, text, sizeof(text));
			(void)frame_int(&f, i, &n);
		}
		again(&f, p, used);
		p += used;
		len -= used;
	}
	return 0;
}
