#include "mail/mailbox.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/frame.h"
#include "mail/imap.h"
#include "mail/maildir.h"

/* A mail travels in one frame, with a few numbers beside it. */
#define MAIL_MAX	((int64_t)FRAME_MAX - 64 * 1024)

struct mailbox {
	enum mailbox_kind kind;
	const struct conf_mailbox *conf;
	struct imap	*imap;
	struct maildir	*maildir;
	int		 woken;
	char		 news[256];
};

struct mailbox *
mailbox_new(const struct conf_mailbox *conf, int64_t mail_max)
{
	struct mailbox	*mb = xcalloc(1, sizeof(*mb));

	if (mail_max <= 0 || mail_max > MAIL_MAX)
		mail_max = MAIL_MAX;
	mb->kind = conf->kind;
	mb->conf = conf;
	if (conf->kind == MAILBOX_IMAP)
		mb->imap = imap_new(conf, mail_max);
	else
		mb->maildir = maildir_new(conf, mail_max);
	return mb;
}

enum rc
mailbox_reopen(struct mailbox *mb, struct err *err)
{
	return mb->kind == MAILBOX_IMAP ? imap_connect(mb->imap, err) :
	    maildir_connect(mb->maildir, err);
}

enum rc
mailbox_open(const struct conf_mailbox *conf, int64_t mail_max,
    struct mailbox **out, struct err *err)
{
	enum rc	rc;

	*out = mailbox_new(conf, mail_max);
	rc = mailbox_reopen(*out, err);
	if (rc != RC_OK)
		mailbox_close(out);
	return rc;
}

int64_t
mailbox_expires(const struct mailbox *mb)
{
	return mb->imap != NULL ? imap_expires(mb->imap) : 0;
}

int64_t
mailbox_holds(struct mailbox *mb, int64_t *others)
{
	*others = 0;
	return mb->imap != NULL ? imap_holds(mb->imap) :
	    maildir_holds(mb->maildir, others);
}

void
mailbox_since(struct mailbox *mb, int64_t zone)
{
	int64_t	day = mb->conf->since;

	if (day == 0)
		return;
	if (mb->imap != NULL)
		mb->imap->since = day - zone;
	else
		maildir_since(mb->maildir, day - zone);
}

size_t
mailbox_left_alone(struct mailbox *mb)
{
	size_t	n;

	if (mb->imap == NULL)
		return maildir_left_alone(mb->maildir);
	n = mb->imap->left_alone;
	mb->imap->left_alone = 0;
	return n;
}

void
mailbox_close(struct mailbox **mbp)
{
	struct mailbox	*mb = *mbp;

	*mbp = NULL;
	if (mb == NULL)
		return;
	imap_free(&mb->imap);
	maildir_free(&mb->maildir);
	free(mb);
}

int64_t
mailbox_uidvalidity(const struct mailbox *mb)
{
	return mb->kind == MAILBOX_IMAP ? mb->imap->validity : 1;
}

int
mailbox_retry_after(const struct mailbox *mb)
{
	return mb->kind == MAILBOX_IMAP ? mb->imap->retry_after : 0;
}

const char *
mailbox_set_aside(struct mailbox *mb)
{
	char	*from = mb->kind == MAILBOX_IMAP ? mb->imap->set_aside :
		    maildir_set_aside(mb->maildir);

	(void)snprintf(mb->news, sizeof(mb->news), "%s", from);
	from[0] = '\0';
	return mb->news;
}

int
mailbox_wants_ledger(const struct mailbox *mb)
{
	return mb->kind == MAILBOX_IMAP && imap_by_ledger(mb->imap) &&
	    !mb->imap->ledger && !mb->imap->no_ledger;
}

void
mailbox_ledger(struct mailbox *mb, const char *set)
{
	if (mailbox_wants_ledger(mb))
		imap_ledger(mb->imap, set);
}

int
mailbox_keyless(const struct mailbox *mb)
{
	return mb->kind == MAILBOX_IMAP && mb->imap->keyless &&
	    mb->conf->after == AFTER_FLAG;
}

void
mailbox_doubt(struct mailbox *mb)
{
	if (mb->kind == MAILBOX_IMAP && !mb->imap->tried)
		mb->imap->keyless = 1;
}

enum rc
mailbox_fetch(struct mailbox *mb, int64_t last_uid, int max,
    mailbox_sink *sink, void *arg, int *more, int *missed, struct err *err)
{
	if (mb->kind == MAILBOX_IMAP)
		return imap_fetch(mb->imap, last_uid, max, sink, arg, more,
		    missed, err);
	return maildir_fetch(mb->maildir, max, sink, arg, more, missed, err);
}

enum rc
mailbox_mark(struct mailbox *mb, const char *uids, struct err *err)
{
	return mb->kind == MAILBOX_IMAP ? imap_mark(mb->imap, uids, err) :
	    maildir_mark(mb->maildir, uids, err);
}

enum rc
mailbox_probe(struct mailbox *mb, int *absent, struct err *err)
{
	*absent = 0;
	if (mb->kind == MAILBOX_MAILDIR)
		return maildir_probe(mb->maildir, absent, err);
	if (imap_may_mark(mb->imap, err) != RC_OK)
		return RC_REFUSED;
	return mb->imap->conf->after == AFTER_MOVE ?
	    imap_target_probe(mb->imap, absent, err) : RC_OK;
}

enum rc
mailbox_wait(struct mailbox *mb, int wake_fd, int ms, struct err *err)
{
	mb->woken = 0;
	return mb->kind == MAILBOX_IMAP ?
	    imap_wait(mb->imap, wake_fd, ms, &mb->woken, err) :
	    maildir_wait(mb->maildir, wake_fd, ms, &mb->woken, err);
}

int
mailbox_woken(const struct mailbox *mb)
{
	return mb->woken;
}
