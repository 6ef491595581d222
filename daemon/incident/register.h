#ifndef REGISTER_H
#define REGISTER_H

/*
 * register - the list of a month's incidents, as CSV and as JSON (R24).
 * Names and telephone numbers are not in it (R25).  Pure.
 *
 * Used by: house_list.c (the monthly letter), cli/register.c.
 */
#include <jansson.h>

#include "base/buf.h"
#include "incident/house.h"

/* yyyymm of a moment in the policy's zone. */
int	register_month(const struct policy *, int64_t utc);
/* RFC 4180, a heading line first; month 0: all.  No cell begins as a formula
 * would. */
void	register_csv(const struct policy *, const struct house_case *, size_t n,
	    int month, struct buf *);
/* A list of objects; new reference. */
json_t	*register_json(const struct policy *, const struct house_case *,
	    size_t n, int month);

#endif
