#include "mail/imap.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libetpan/mailimap.h>

#include "base/clock.h"

#define BATCH_MAILS	500
#define BATCH_BYTES	(4 * 1024 * 1024)
#define UNKNOWN_SIZE	(64 * 1024)	/* counted when SIZE was not told */
#define OVER_TIMES	4	/* SIZE may lie so far before we believe it */
#define SLOWEST		(32 * 1024)	/* bytes a second, for the deadline */
#define COMMAND_MAX	(64u * 1024)
#define REFUSALS	5	/* one after the other: it is not the mails */

/* What Exchange gives instead of a mail it cannot convert (yet). */
static const char	placeholder[] =
	    "Retrieval using the IMAP4 protocol failed";

static int64_t
size_of(const struct imap_mail *m)
{
	return m->size < 0 ? UNKNOWN_SIZE : m->size;
}

static int
is_far_over(const struct imap *im, const struct imap_mail *m)
{
	return m->size / OVER_TIMES > im->mail_max;
}

static int
must_be_alone(struct imap *im, const struct imap_mail *m)
{
	return im->alone > 0 || m->size > im->mail_max ||
	    imap_trouble_get(im, m->uid) != NULL;
}

/* How many of todo go into one command: few bytes, trouble alone, and none
 * that nobody has asked for its date or that came before `since`. */
static size_t
batch_of(struct imap *im, int max)
{
	struct imap_mail *m = im->todo + im->at;
	size_t		  left = im->n_todo - im->at, n = 0;
	int64_t		  bytes = 0;

	if (max > BATCH_MAILS)
		max = BATCH_MAILS;
	if (left > (size_t)max)
		left = (size_t)max;
	while (n < left) {
		bytes += size_of(&m[n]);
		if (n > 0 && (!m[n].described || m[n].before))
			break;
		if (n > 0 && (bytes > BATCH_BYTES || must_be_alone(im, &m[n])))
			break;
		n++;
		if (must_be_alone(im, &m[n - 1]))
			break;
	}
	return n;
}

static int
is_placeholder(const char *raw, size_t len)
{
	const char	*p = raw, *nl;
	size_t		 n = sizeof(placeholder) - 1;

	if (len > 64 * 1024)
		return 0;
	while (p < raw + len) {
		if ((size_t)(raw + len - p) >= 9 &&
		    strncasecmp(p, "Subject: ", 9) == 0)
			p += 9;
		if ((size_t)(raw + len - p) >= n && memcmp(p, placeholder,
		    n) == 0)
			return 1;
		nl = memchr(p, '\n', (size_t)(raw + len - p));
		if (nl == NULL)
			break;
		p = nl + 1;
		if (*p == '\r' || *p == '\n') {	/* first line of the body */
			p += *p == '\r' ? 2 : 1;
			return p < raw + len && (size_t)(raw + len - p) >= n &&
			    memcmp(p, placeholder, n) == 0;
		}
	}
	return 0;
}

/* Uid and body of one answer; 0 for what it does not hold. */
static void
take_parts(const struct mailimap_msg_att *a, uint32_t *uid, const char **raw,
    size_t *len)
{
	clistiter	*it;

	*uid = 0;
	*raw = NULL;
	*len = 0;
	for (it = clist_begin(a->att_list); it != NULL; it = clist_next(it)) {
		const struct mailimap_msg_att_item *item = clist_content(it);
		const struct mailimap_msg_att_static *s;

		if (item->att_type != MAILIMAP_MSG_ATT_ITEM_STATIC)
			continue;
		s = item->att_data.att_static;
		if (s->att_type == MAILIMAP_MSG_ATT_UID)
			*uid = s->att_data.att_uid;
		else if (s->att_type == MAILIMAP_MSG_ATT_BODY_SECTION) {
			*raw = s->att_data.att_body_section->sec_body_part;
			*len = s->att_data.att_body_section->sec_length;
		} else if (s->att_type == MAILIMAP_MSG_ATT_RFC822) {
			*raw = s->att_data.att_rfc822.att_content;
			*len = s->att_data.att_rfc822.att_length;
		}
	}
}

/*
 * An answer in two lines: the uid stands in the other one with this message
 * number.  Not believed when numbers moved meanwhile.
 */
static uint32_t
uid_of_number(struct imap *im, uint32_t number)
{
	struct mailimap_response_info *info = im->session->imap_response_info;
	struct mailimap_msg_att *a;
	const char	*raw;
	void		*at = NULL;
	size_t		 len;
	uint32_t	 uid;

	if (info->rsp_expunged != NULL &&
	    clist_begin(info->rsp_expunged) != NULL)
		return 0;
	while ((a = imap_next_fetch(im, &at)) != NULL) {
		take_parts(a, &uid, &raw, &len);
		if (a->att_number == number && uid != 0)
			return uid;
	}
	return 0;
}

/* Put the answers to the mails they belong to; others are not ours. */
static void
match_answers(struct imap *im, struct imap_mail *todo, size_t n)
{
	struct mailimap_msg_att *a;
	const char	*raw;
	void		*at = NULL;
	size_t		 len, hint = 0, i;
	uint32_t	 uid;

	while ((a = imap_next_fetch(im, &at)) != NULL) {
		take_parts(a, &uid, &raw, &len);
		if (uid == 0 && raw != NULL)
			uid = uid_of_number(im, a->att_number);
		for (i = 0; i < n && todo[(hint + i) % n].uid != uid; i++)
			;
		if (i == n)
			continue;
		hint = (hint + i) % n;
		todo[hint].answered = 1;
		if (raw != NULL && todo[hint].raw == NULL) {
			todo[hint].raw = raw;
			todo[hint].len = len;
		}
	}
}

static enum rc
ask_bodies(struct imap *im, struct imap_mail *todo, size_t n, struct err *err)
{
	struct buf	 cmd;
	uint32_t	 uids[BATCH_MAILS];
	int64_t		 bytes = 0, budget;
	enum rc		 rc;

	buf_init(&cmd, COMMAND_MAX);
	for (size_t i = 0; i < n; i++) {
		uids[i] = todo[i].uid;
		bytes += size_of(&todo[i]);
		todo[i].raw = NULL;
		todo[i].answered = 0;
	}
	(void)buf_puts(&cmd, "UID FETCH ");
	imap_set(&cmd, uids, n);
	(void)buf_puts(&cmd, " (UID BODY.PEEK[])");
	/* SIZE may be wrong: one mail of the largest size is always allowed. */
	budget = 3 * bytes + OVER_TIMES * im->mail_max + COMMAND_MAX;
	imap_arm(im, im->conf->timeout + (int)(bytes / SLOWEST),
	    (size_t)budget, (size_t)im->mail_max, 4 * n + 1000);
	rc = imap_command(im, cmd.data, err);
	buf_free(&cmd);
	return rc;
}

static enum rc
give(struct imap *im, const struct imap_mail *m, mailbox_sink *sink,
    void *arg, struct err *err)
{
	char		 uid[16];
	struct fetched	 f = {
		.uid = uid, .uidvalidity = im->validity,
		.arrived = m->arrived != 0 ? m->arrived : clock_now(),
		.size = m->raw != NULL ? (int64_t)m->len : m->size,
		.raw = m->raw, .len = m->len,
		.mark = m->marked ? MARK_FOUND :
		    imap_by_ledger(im) ? MARK_NEVER : MARK_NONE,
	};
	enum rc		 rc;

	(void)snprintf(uid, sizeof(uid), "%" PRIu32, m->uid);
	rc = sink(arg, &f, err);
	if (rc != RC_OK)
		return rc;
	im->refusals = 0;
	imap_trouble_drop(im, m->uid);
	uids_add(&im->given, m->uid);
	if (m->uid > im->top)
		im->top = m->uid;
	return RC_OK;
}

/* A mail without its text: is it gone, too large, or withheld? */
static enum rc
no_text(struct imap *im, struct imap_mail *m, int skipped, int refused,
    mailbox_sink *sink, void *arg, int *missed, struct err *err)
{
	const struct imap_trouble *t = imap_trouble_get(im, m->uid);
	enum rc	rc = RC_OK;

	if (skipped) {	/* alone in its command, and over the cap */
		m->raw = NULL;
		return give(im, m, sink, arg, err);
	}
	if (!m->answered && !refused && t != NULL &&
	    imap_exists(im, m->uid, &rc, err) == 0) {
		imap_trouble_drop(im, m->uid);	/* somebody deleted it */
		return RC_OK;
	}
	if (rc == RC_AGAIN)
		return rc;
	if (refused && ++im->refusals > REFUSALS) {
		im->refusals = 0;
		return imap_lost(im, "fetch", err);
	}
	imap_trouble_add(im, m, refused ? im->guard.said :
	    !m->answered ? "the server does not answer for it" :
	    m->len > 0 ? placeholder : "the server gives no text (NIL)");
	if (m->uid > im->top)
		im->top = m->uid;
	++*missed;
	return RC_OK;
}

/* Hand the batch on in order.  at moves with what was dealt with. */
static enum rc
give_batch(struct imap *im, size_t n, int refused, mailbox_sink *sink,
    void *arg, int *missed, struct err *err)
{
	int	skipped = im->guard.skipped > 0;
	enum rc	rc = RC_OK;

	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		struct imap_mail *m = &im->todo[im->at];

		if (m->raw != NULL && m->len > 0 &&
		    !is_placeholder(m->raw, m->len))
			rc = give(im, m, sink, arg, err);
		else if (skipped && n > 1)
			/* Which one it was is seen when it is alone. */
			rc = no_text(im, m, 0, 0, sink, arg, missed, err);
		else
			rc = no_text(im, m, skipped, refused, sink, arg,
			    missed, err);
		if (rc == RC_OK) {
			im->at++;
			im->alone -= im->alone > 0;
		}
	}
	return rc;
}

/* The session died over n mails: one of them may have killed it. */
static enum rc
batch_lost(struct imap *im, const struct imap_mail *first, size_t n,
    int *missed, const struct err *err)
{
	if (n > 1) {
		im->alone = (int)n;
		return RC_AGAIN;
	}
	im->alone -= im->alone > 0;
	imap_trouble_add(im, first, err->text);
	if (first->uid > im->top)
		im->top = first->uid;
	++*missed;
	return RC_AGAIN;
}

static enum rc
fetch_batch(struct imap *im, int max, mailbox_sink *sink, void *arg,
    int *missed, struct err *err)
{
	struct imap_mail first;
	size_t		 n = batch_of(im, max);
	enum rc		 rc;

	first = im->todo[im->at];
	if (n == 1 && is_far_over(im, &first)) {
		im->at++;
		return give(im, &first, sink, arg, err);
	}
	rc = ask_bodies(im, im->todo + im->at, n, err);
	if (rc == RC_AGAIN)
		return batch_lost(im, &first, n, missed, err);
	match_answers(im, im->todo + im->at, n);
	if (rc == RC_REFUSED && n > 1) {
		im->alone = (int)n;	/* which one cannot be had? */
		return RC_OK;
	}
	rc = give_batch(im, n, rc == RC_REFUSED, sink, arg, missed, err);
	imap_drop_answers(im);
	return rc;
}

/* Mails from todo[at] on that nobody has described. */
static size_t
undescribed(const struct imap *im)
{
	size_t	n = 0;

	while (n < BATCH_MAILS && im->at + n < im->n_todo &&
	    !im->todo[im->at + n].described)
		n++;
	return n;
}

/* Those from todo[at] on that came before `since` are dealt with so. */
static void
leave_alone(struct imap *im)
{
	for (; im->at < im->n_todo && im->todo[im->at].before; im->at++) {
		uint32_t	uid = im->todo[im->at].uid;

		uids_add(&im->before, uid);
		im->left_alone++;
		if (uid > im->top)
			im->top = uid;
	}
}

enum rc
imap_fetch(struct imap *im, int64_t last_uid, int max, mailbox_sink *sink,
    void *arg, int *more, int *missed, struct err *err)
{
	size_t	n;
	enum rc	rc = RC_OK;

	*more = 0;
	*missed = 0;
	if (im->session == NULL)
		return err_set(err, RC_AGAIN, "imap: not connected");
	if (last_uid > im->top && last_uid <= UINT32_MAX)
		im->top = (uint32_t)last_uid;
	if (im->at == im->n_todo)
		rc = imap_list(im, err);
	leave_alone(im);
	/* A NO to this is not the end: sizes are only a hint. */
	if (rc == RC_OK && (n = undescribed(im)) > 0 &&
	    imap_describe(im, n, err) == RC_AGAIN)
		return RC_AGAIN;
	leave_alone(im);
	if (rc == RC_OK && im->at < im->n_todo && im->todo[im->at].described)
		rc = fetch_batch(im, max, sink, arg, missed, err);
	*more = rc == RC_OK && im->at < im->n_todo;
	if (im->at == im->n_todo)
		imap_list_done(im);
	return rc;
}
