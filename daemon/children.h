#ifndef CHILDREN_H
#define CHILDREN_H

/*
 * children - start, watch, end and restart the other processes.
 *
 * Every child is this binary again with --role; it gets one end of a stream
 * socket as descriptor 3 and dies with its parent.  A child that ends is
 * started again after a back-off that grows to a minute and is forgotten
 * after a minute of health.
 */
#include <sys/types.h>

#include <stdint.h>

#include "base/err.h"
#include "base/frame.h"
#include "confine.h"

#define CHILD_FD	3

struct child {
	enum confine_role role;
	const char	*name;		/* "reader", "intake:inbox" */
	const char	*arg;		/* a mailbox's name, or NULL */
	pid_t		 pid;		/* 0: not running */
	struct channel	 ch;
	int		 ready;		/* said READY */
	int		 ending;	/* asked to QUIT: do not restart */
	int64_t		 started;	/* mono ms */
	int64_t		 restart_at;	/* mono ms, 0: now */
	int		 failures;
	int		 unready;	/* deaths since it was last ready */
	int64_t		 last_pong;	/* mono ms */
	int64_t		 pinged;	/* mono ms of the unanswered ping, 0 */
	size_t		 promised;	/* bytes of ch.out that were committed */
};

struct spawn {				/* what every child is started with */
	const char	*exe;
	const char	*conf_file;
	const char	*at;		/* --at value, or NULL */
	const struct conf *conf;
	int		 kept;		/* base/kept.h; 0: none */
};

enum rc	child_start(struct child *, const struct spawn *, int64_t mono,
	    struct err *);
/* It is gone (waitpid told): close, count, set restart_at. */
void	child_gone(struct child *, int64_t mono);
void	child_kill(struct child *);
/* Ask it to end after the step in hand. */
void	child_quit(struct child *);
/* Queue a bare frame: the desk flushes channels after its commit only. */
void	child_say(struct child *, enum frame_type);

#endif
