#ifndef OWNER_H
#define OWNER_H

/*
 * owner - the state directory belongs to the desk's user.
 *
 * Whoever makes it first may be root: the daemon before it becomes its user,
 * or an operator's command before the daemon ever ran.
 */
#include "base/conf.h"
#include "base/err.h"

/*
 * Make the directory when it is missing.  As root: give the new directory,
 * and what root has left of ours in one that is the desk's, to its user.
 * RC_REFUSED: it cannot be made or given away; err names it.
 */
enum rc	owner_state_dir(const struct conf *, struct err *);

#endif
