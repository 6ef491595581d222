#ifndef PGP_H
#define PGP_H

/*
 * pgp - inline PGP: what is signed in clear is read as what it carries, what
 * is encrypted is flagged.
 */
#include "base/arena.h"

/* text itself when there is no armour in it.  *encrypted is only set to 1. */
const char *pgp_clear(struct arena *, const char *text, int *encrypted);

#endif
