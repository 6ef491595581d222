#ifndef INTAKE_H
#define INTAKE_H

/*
 * intake - child: one mailbox -> the desk.  See intake.c.
 */
#include "base/conf.h"
#include "base/frame.h"

/* Until QUIT or the end of the channel.  Returns an exit code. */
int	intake_main(struct channel *, const struct conf *,
	    const struct conf_mailbox *);

#endif
