#include "mail/imap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MARK_BUDGET	(16u * 1024 * 1024)
#define MARK_LINES	200000
#define COMMAND_MAX	(256u * 1024)
#define MARK_AT_ONCE	1000

/* One command about the set; tail follows it. */
static enum rc
set_command(struct imap *im, const char *head, const uint32_t *uid, size_t n,
    const char *tail, struct err *err)
{
	struct buf	cmd;
	enum rc		rc;

	buf_init(&cmd, COMMAND_MAX);
	(void)buf_puts(&cmd, head);
	imap_set(&cmd, uid, n);
	(void)buf_puts(&cmd, tail);
	imap_arm(im, im->conf->timeout, MARK_BUDGET, 1024, MARK_LINES);
	rc = cmd.over ? err_set(err, RC_REFUSED, "imap: too many uids") :
	    imap_command(im, cmd.data, err);
	buf_free(&cmd);
	return rc;
}

static enum rc
set_flags(struct imap *im, const uint32_t *uid, size_t n, const char *flags,
    struct err *err)
{
	char	tail[64];

	(void)snprintf(tail, sizeof(tail), " +FLAGS.SILENT (%s)", flags);
	return set_command(im, "UID STORE ", uid, n, tail, err);
}

/*
 * Does it keep what it promises?  One that takes the keyword and drops it
 * would give us the whole folder anew at each look: so it is looked for, once
 * after each SELECT.  One that refused it and took \Seen is asked once more.
 */
static enum rc
try_promise(struct imap *im, const uint32_t *uid, size_t n, int refused,
    struct err *err)
{
	int	was = im->keyless;
	enum rc	rc = RC_OK;

	if (refused)
		rc = set_flags(im, uid, n, "$Tocsin", err);
	if (rc == RC_REFUSED)
		im->keyless = 1;
	else if (rc == RC_OK && !im->tried)
		im->keyless = imap_unmarked(im, *uid, &rc, err) == 1;
	im->tried = 1;
	if (was && !im->keyless)	/* what bears no mark is asked for */
		im->given.n = im->ledger = 0;
	return rc == RC_AGAIN ? rc : RC_OK;
}

/* Where no keyword is kept \Seen alone will do. */
static enum rc
mark_flag(struct imap *im, const uint32_t *uid, size_t n, struct err *err)
{
	int	try = im->promised && (!im->keyless || !im->tried), refused;
	enum rc	rc = RC_REFUSED;

	if (try)
		rc = set_flags(im, uid, n, "\\Seen $Tocsin", err);
	refused = rc == RC_REFUSED;
	if (refused)
		rc = set_flags(im, uid, n, "\\Seen", err);
	return rc == RC_OK && try ? try_promise(im, uid, n, refused, err) : rc;
}

static enum rc
to_target(struct imap *im, const char *head, const uint32_t *uid, size_t n,
    struct err *err)
{
	struct buf	tail;
	enum rc		rc;

	buf_init(&tail, 4096);
	(void)buf_putc(&tail, ' ');
	imap_quote(&tail, im->target);
	rc = set_command(im, head, uid, n, tail.data, err);
	buf_free(&tail);
	return rc;
}

/* The folder may not be there (any more), or bear another name here. */
static enum rc
to_folder(struct imap *im, const char *head, const uint32_t *uid, size_t n,
    struct err *err)
{
	enum rc	rc = RC_REFUSED;

	if (im->target != NULL)
		rc = to_target(im, head, uid, n, err);
	if (rc == RC_REFUSED && (rc = imap_target(im, err)) == RC_OK)
		rc = to_target(im, head, uid, n, err);
	return rc;
}

/* What an earlier try has copied, and could not remove, is not copied again:
 * that may go on once a minute. */
static enum rc
copy(struct imap *im, const uint32_t *uid, size_t n, struct err *err)
{
	uint32_t	*left = xcalloc(n, sizeof(*left));
	size_t		 n_left = 0;
	enum rc		 rc = RC_OK;

	for (size_t i = 0; i < n; i++)
		if (!uids_has(&im->copied, uid[i]))
			left[n_left++] = uid[i];
	if (n_left > 0)
		rc = to_folder(im, "UID COPY ", left, n_left, err);
	for (size_t i = 0; rc == RC_OK && i < n_left; i++)
		uids_add(&im->copied, left[i]);
	free(left);
	return rc;
}

/*
 * Read and marked before it goes: a server that tells senders "deleted
 * unread" has no reason to.
 */
static enum rc
mark_move(struct imap *im, const uint32_t *uid, size_t n, struct err *err)
{
	enum rc	rc = mark_flag(im, uid, n, err);

	if (rc == RC_OK && im->has_move)
		return to_folder(im, "UID MOVE ", uid, n, err);
	if (rc == RC_OK)
		rc = copy(im, uid, n, err);
	if (rc == RC_OK)
		rc = set_command(im, "UID STORE ", uid, n,
		    " +FLAGS.SILENT (\\Deleted)", err);
	if (rc == RC_OK)
		rc = im->has_uidplus ?
		    set_command(im, "UID EXPUNGE ", uid, n, "", err) :
		    set_command(im, "EXPUNGE", uid, 0, "", err);
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		uids_drop(&im->copied, uid[i]);
	return rc;
}

enum rc
imap_mark(struct imap *im, const char *uids, struct err *err)
{
	uint32_t	*uid;
	size_t		 n, at, some;
	enum rc		 rc;

	if (im->session == NULL)
		return err_set(err, RC_AGAIN, "imap: not connected");
	rc = imap_may_mark(im, err);
	if (rc != RC_OK)
		return rc;
	rc = imap_uids(uids, &uid, &n, err);
	im->guard.stores = 1;
	for (at = 0; rc == RC_OK && at < n; at += some) {
		some = n - at < MARK_AT_ONCE ? n - at : MARK_AT_ONCE;
		if (im->conf->after == AFTER_FLAG)
			rc = mark_flag(im, uid + at, some, err);
		else if (im->conf->after == AFTER_MOVE)
			rc = mark_move(im, uid + at, some, err);
		for (size_t i = 0; rc == RC_OK && !imap_by_ledger(im) &&
		    i < some; i++)
			uids_drop(&im->given, uid[at + i]);
	}
	im->guard.stores = 0;
	free(uid);
	return rc;
}
