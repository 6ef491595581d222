#ifndef PHONE_H
#define PHONE_H

/*
 * phone - telephone numbers of Taiwan, and foreign ones written with a plus.
 */
#include "base/arena.h"
#include "parsers/report.h"

/*
 * The numbers in a text, at most two: returns how many (0..2).  raw of the
 * first is the whole text when it holds one number or more; raw of the second
 * is its own digits.  An extension without a number counts as one (e164
 * NULL).
 */
int	phone_read(struct arena *, const char *text, struct phone *first,
	    struct phone *second);

#endif
