#ifndef CONTROL_H
#define CONTROL_H

/*
 * control - the operator's way to a running desk.
 *
 * A socket in the state directory that only root and the desk's own user may
 * use.  One COMMAND frame (actor, verb, arguments), one ANSWER (rc, text),
 * after the commit that the command caused.
 */
#include "base/conf.h"
#include "base/err.h"
#include "base/frame.h"

/* The desk's end: a listening socket, or -1 and err. */
int	control_listen(const struct conf *, struct err *);
void	control_close(const struct conf *, int listen_fd);
/* A new client that may command, or -1. */
int	control_accept(int listen_fd);

#define CONTROL_MS	60000	/* a desk may have its hands full */

/*
 * The command's end: say f, wait for the answer.  RC_AGAIN: no daemon is
 * running and text is empty, or it did not answer in ms and text says so; else
 * what the desk answered, its words in text.
 */
enum rc	control_ask(const struct conf *, const struct frame *f, int ms,
	    char *text, size_t size, struct err *);

#endif
