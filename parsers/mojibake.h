#ifndef MOJIBAKE_H
#define MOJIBAKE_H

/*
 * mojibake - UTF-8 whose characters are the bytes of another text.
 *
 * A program on the way read UTF-8, Big5 or GBK as if it were Latin-1, or UTF-8
 * as if it were GBK or Big5, and wrote down what it saw as UTF-8: 通報 became
 * é€šå ±, or 閫氬牨.  Every character of such a stretch goes back to bytes, and
 * those are UTF-8, or read as Chinese; by chance they never are.
 */
#include <stddef.h>

#include "base/arena.h"

struct shape;

/* Open the converters; see text_prepare(). */
void	mojibake_prepare(void);
/*
 * s: UTF-8, NUL-terminated, of *len bytes, of which utf8_look() said look.
 * Returns it, or what it was, in the arena, and then sets *undone.
 */
char	*mojibake_undo(struct arena *, char *s, size_t *len,
	    const struct shape *look, int *undone);

#endif
