#ifndef PHONE_ABROAD_H
#define PHONE_ABROAD_H

/*
 * phone_abroad - what is dialled before a country's code: 00, as most of the
 * world writes it, or the prefix of a carrier, as it is dialled from Taiwan.
 *
 * 00 27 21 is South Africa and 002 886 2 is Taipei by the carrier 002.  The
 * groups in which a number is written tell, and which codes exist.
 */
#include <stddef.h>

/*
 * How many of the n digits are such a prefix; 0: they do not begin with one.
 * ends[i] is where digit i ends in the text: groups are what has no gap.
 */
size_t	phone_access(const char *digits, size_t n, const size_t ends[]);

#endif
