#ifndef MAILDIR_H
#define MAILDIR_H

/*
 * maildir - a Maildir as a mailbox: new/ is what there is to fetch.
 *
 * Used by: mailbox.c alone.  The uid is the file's name, its odd bytes as
 * %HH (Dovecot puts commas into names), 511 bytes at most.  A mail goes from
 * new/ to cur/ when it is marked: ":2,S", or ":2," with after = leave; with
 * after = move to the cur/ of another Maildir, move_to, which is an absolute
 * path or the name of a Maildir++ folder.  One that is still being written is
 * left for the next look; one that is written to between fetch and mark is not
 * marked but given again.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/conf.h"
#include "base/err.h"
#include "mail/mailbox.h"

struct maildir;

struct maildir *maildir_new(const struct conf_mailbox *, int64_t mail_max);
void	maildir_free(struct maildir **);
enum rc	maildir_connect(struct maildir *, struct err *);
enum rc	maildir_fetch(struct maildir *, int max, mailbox_sink *, void *,
	    int *more, int *missed, struct err *);
enum rc	maildir_mark(struct maildir *, const char *uids, struct err *);
/* See mailbox_probe(). */
enum rc	maildir_probe(struct maildir *, int *absent, struct err *);
/* *woken: see mailbox_woken(); 0 before. */
enum rc	maildir_wait(struct maildir *, int wake_fd, int ms, int *woken,
	    struct err *);
/* See mailbox_since(): utc is when that day begins. */
void	maildir_since(struct maildir *, int64_t utc);
size_t	maildir_left_alone(struct maildir *);
/* See mailbox_holds(). */
int64_t	maildir_holds(const struct maildir *, int64_t *others);
/* See mailbox_set_aside(). */
char	*maildir_set_aside(struct maildir *);

#endif
