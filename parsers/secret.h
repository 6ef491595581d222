#ifndef SECRET_H
#define SECRET_H

/*
 * secret - passwords that people write into mails, against all advice.
 *
 * The raw mail stays as it came; everything that is shown, sent on or logged
 * is made from text that went through here (plan, part 7.1.4 to 7.1.6).
 */
#include "base/arena.h"
#include "base/err.h"

#define SECRET_MASK	"********"

/* Once, before any mail. */
enum rc	secret_prepare(struct err *);
/*
 * The text with SECRET_MASK for each value that stands behind 密碼：,
 * password= and the like; the same text when there is none.  Lines stay where
 * they are.  *seen grows by what was masked.
 */
const char *secret_mask(struct arena *, const char *text, int *seen);

#endif
