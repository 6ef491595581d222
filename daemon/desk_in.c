#include "config.h"

#include "desk.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"

#define POISON_TRIES	2	/* deaths of the reader on one mail */
#define CRASH_TRIES	5	/* or restarts of everything with it in hand */
#define KEYLESS		"keyless:"	/* a fact, and an alarm */
#define REPORT_MAX	(8u * 1024 * 1024)
#define READ_BYTES	(4u * 1024 * 1024)	/* waiting for the reader */

/* --- intake --- */

static void
batch_add(struct intake_state *in, const char *uid, size_t len)
{
	if (in->batch_len + len + 2 > sizeof(in->batch_uids))
		return;			/* KNOWN names it again next time */
	if (in->batch_len > 0)
		in->batch_uids[in->batch_len++] = ',';
	memcpy(in->batch_uids + in->batch_len, uid, len);
	in->batch_len += len;
	in->batch_uids[in->batch_len] = '\0';
}

static enum rc
take_mail(struct desk *d, struct intake_state *in, const struct frame *f,
    struct err *err)
{
	struct mail	 m;
	char		 mailbox[256], uid[512];
	int64_t		 mark;
	enum rc		 rc;

	if (f->n < 7)
		return err_set(err, RC_REFUSED, "intake: bad MAIL frame");
	memset(&m, 0, sizeof(m));
	m.mailbox = frame_text(f, 0, mailbox, sizeof(mailbox));
	m.uid = frame_text(f, 2, uid, sizeof(uid));
	if (frame_int(f, 1, &m.uidvalidity) == -1 ||
	    frame_int(f, 3, &m.arrived) == -1 ||
	    frame_int(f, 4, &m.size) == -1 || *uid == '\0' ||
	    frame_int(f, 6, &mark) == -1)
		return err_set(err, RC_REFUSED, "intake: bad MAIL frame");
	m.raw = f->field[5].p;
	m.raw_len = f->field[5].len;
	m.marked = mark == MARK_FOUND ||
	    (mark == MARK_NEVER && desk_lost(d, m.arrived)) ?
	    MARK_FOUND : MARK_NONE;
	rc = desk_begin(d, err);
	if (rc != RC_OK)
		return rc;
	rc = spool_add(d->store, &m, clock_now(), err);
	if (rc == RC_REFUSED)
		rc = RC_OK;		/* seen before: only mark it again */
	if (rc != RC_OK)
		return rc;
	d->unread = 1;
	in->batch_validity = m.uidvalidity;
	batch_add(in, uid, strlen(uid));
	return RC_OK;
}

/* The commit at the end of this turn makes the batch durable; the MARK frame
 * is flushed after it. */
static enum rc
take_batch(struct desk *d, struct intake_state *in, const struct frame *f,
    struct err *err)
{
	struct frame	 out;
	char		 mailbox[256], esc[300];
	enum rc		 rc;

	rc = desk_begin(d, err);
	if (rc != RC_OK)
		return rc;
	frame_start(&out, FRAME_MARK);
	frame_str(&out, frame_text(f, 0, mailbox, sizeof(mailbox)));
	frame_num(&out, in->batch_validity);
	frame_add(&out, in->batch_uids, in->batch_len);
	rc = channel_queue(&in->child.ch, &out, err);
	in->batch_uids[in->batch_len] = '\0';
	log_debug(NULL, "intake: mailbox=%s validity=%" PRId64 " mark=\"%s\"",
	    mailbox, in->batch_validity, log_text(esc, sizeof(esc),
	    in->batch_uids));
	in->batch_len = 0;
	in->batch_uids[0] = '\0';
	in->marks_out++;
	return rc;
}

/*
 * A server may promise to keep keywords and drop ours, or refuse them.  The
 * fact "keyless:MAILBOX" is the validity of the folder in which we saw that:
 * a life that knows it is not taken in again, and after a backup was restored
 * no mail there is new because it bears no mark.
 */
static enum rc
was_keyless(struct desk *d, const char *mailbox, int64_t validity,
    struct arena *a, int *is, struct err *err)
{
	const char	*text;
	enum rc		 rc = fact_get(d->store, arena_printf(a, KEYLESS "%s",
			    mailbox), a, &text, err);

	*is = rc == RC_OK && text != NULL &&
	    strcmp(text, arena_printf(a, "%" PRId64, validity)) == 0;
	return rc;
}

/* Told once, when it turns out, and when it is no longer so. */
static enum rc
take_keyless(struct desk *d, const char *mailbox, int64_t validity, int is,
    struct err *err)
{
	struct arena	*a = arena_new();
	const char	*name = arena_printf(a, KEYLESS "%s", mailbox);
	int		 was;
	enum rc		 rc = was_keyless(d, mailbox, validity, a, &was, err);

	if (rc == RC_OK && is != was) {
		rc = fact_put(d->store, name, is ? arena_printf(a, "%" PRId64,
		    validity) : "", err);
		if (rc == RC_OK)
			rc = is ? desk_alarm(d, name, "the server promises to "
			    "keep keywords, but not the mark $Tocsin", a, err) :
			    desk_all_clear(d, name, a, err);
	}
	arena_free(&a);
	return rc;
}

static enum rc
answer_known(struct desk *d, struct intake_state *in, const struct frame *f,
    struct err *err)
{
	struct arena	*a = arena_new();
	struct frame	 out;
	char		 mailbox[256];
	const char	*unmarked = "", *ledger = "";
	int64_t		 validity, whole, last = 0;
	int		 keyless = 0;
	enum rc		 rc;

	(void)frame_text(f, 0, mailbox, sizeof(mailbox));
	if (frame_int(f, 1, &validity) == -1) {
		arena_free(&a);
		return err_set(err, RC_REFUSED, "intake: bad KNOWN frame");
	}
	rc = spool_known(d->store, mailbox, validity, a, &last, &unmarked, err);
	if (rc == RC_OK && frame_int(f, 2, &whole) == 0 && whole == 1)
		rc = spool_ledger(d->store, mailbox, validity, a, &ledger,
		    err);
	if (rc == RC_OK)
		rc = was_keyless(d, mailbox, validity, a, &keyless, err);
	if (rc == RC_OK) {
		frame_start(&out, FRAME_KNOWN);
		frame_str(&out, mailbox);
		frame_num(&out, validity);
		frame_num(&out, last);
		frame_str(&out, unmarked);
		frame_str(&out, ledger);
		frame_num(&out, d->policy->zone);
		frame_num(&out, keyless);
		rc = channel_queue(&in->child.ch, &out, err);
	}
	arena_free(&a);
	return rc;
}

static const char *
marks_alarm(const char *mailbox, struct arena *a)
{
	return arena_printf(a, "marks:%s", mailbox);
}

/* Over is it when no mail is left: new ones may be marked beside one that
 * cannot be. */
static enum rc
clear_marks(struct desk *d, struct intake_state *in, const char *mailbox,
    int64_t validity, struct err *err)
{
	struct arena	*a;
	int		 left;
	enum rc		 rc = spool_left(d->store, mailbox, validity, &left,
			    err);

	if (rc != RC_OK || left)
		return rc;
	in->unmarked = 0;
	a = arena_new();
	rc = desk_all_clear(d, marks_alarm(mailbox, a), a, err);
	arena_free(&a);
	return rc;
}

static enum rc
take_marked(struct desk *d, struct intake_state *in, const struct frame *f,
    struct err *err)
{
	char		 mailbox[256], uid[512];
	const char	*p, *end, *comma;
	int64_t		 validity, keyless = 0;
	enum rc		 rc;

	if (f->n < 4 || frame_int(f, 1, &validity) == -1 ||
	    frame_int(f, 3, &keyless) == -1)
		return err_set(err, RC_REFUSED, "intake: bad MARKED frame");
	(void)frame_text(f, 0, mailbox, sizeof(mailbox));
	if (in->marks_out > 0)
		in->marks_out--;
	rc = desk_begin(d, err);
	p = f->field[2].p;
	end = p + f->field[2].len;
	for (; rc == RC_OK && p < end; p = comma + 1) {
		comma = memchr(p, ',', (size_t)(end - p));
		if (comma == NULL)
			comma = end;
		if ((size_t)(comma - p) < sizeof(uid)) {
			memcpy(uid, p, (size_t)(comma - p));
			uid[comma - p] = '\0';
			rc = spool_marked(d->store, mailbox, validity, uid,
			    err);
		}
	}
	if (rc == RC_OK)
		rc = take_keyless(d, mailbox, validity, keyless != 0, err);
	if (rc == RC_OK)
		rc = clear_marks(d, in, mailbox, validity, err);
	return rc;
}

/*
 * A mark was refused (quota, rights, no such folder): mails come in all the
 * same, and KNOWN asks for the marks again.  One refusal may only mean that
 * somebody else has just moved one of the mails.
 */
static enum rc
take_unmarked(struct desk *d, struct intake_state *in, const struct frame *f,
    struct err *err)
{
	struct arena	*a;
	char		 mailbox[256], text[600], esc[700];
	enum rc		 rc;

	(void)frame_text(f, 0, mailbox, sizeof(mailbox));
	(void)frame_text(f, 1, text, sizeof(text));
	in->marks_out = 0;
	log_warn(NULL, "intake: mailbox=%s marks=refused text=\"%s\"", mailbox,
	    log_text(esc, sizeof(esc), text));
	rc = desk_begin(d, err);
	a = arena_new();
	if (rc == RC_OK && (++in->unmarked > 1 || d->once))
		rc = desk_alarm(d, marks_alarm(mailbox, a), text, a, err);
	arena_free(&a);
	return rc;
}

/*
 * A look at the mailbox is over.  When the session is not, "refused" is one
 * mail that cannot be had: told once, and no all-clear takes it back.  One
 * session that is lost after a good look is how servers end long ones; the
 * next one that fails is told.
 */
static enum rc
take_polled(struct desk *d, struct intake_state *in, const struct frame *f,
    struct err *err)
{
	struct arena	*a;
	const char	*name;
	char		 mailbox[256], how[16], text[600], esc[700];
	int64_t		 over = 0;
	int		 ok, one, ended;
	enum rc		 rc;

	(void)frame_text(f, 0, mailbox, sizeof(mailbox));
	(void)frame_text(f, 1, how, sizeof(how));
	(void)frame_text(f, 2, text, sizeof(text));
	ok = strcmp(how, rc_name(RC_OK)) == 0;
	(void)frame_int(f, 5, &over);
	one = !over && strcmp(how, rc_name(RC_REFUSED)) == 0;
	ended = over && in->looked && strcmp(how, rc_name(RC_AGAIN)) == 0;
	in->polled = 1;
	in->failed = !ok;
	if (ok) {
		in->looked = 1;
		in->polled_at = clock_now();
		(void)frame_int(f, 3, &in->expires);
		(void)frame_int(f, 4, &in->renew_by);
	} else {
		in->marks_out = 0;	/* KNOWN asks for them again */
		log_warn(NULL, "intake: mailbox=%s result=%s text=\"%s\"",
		    mailbox, how, log_text(esc, sizeof(esc), text));
	}
	if (over)
		in->looked = 0;
	a = arena_new();
	name = one ? arena_printf(a, "mail:%s:%.500s", mailbox, text) :
	    arena_printf(a, "mailbox:%s", mailbox);
	rc = desk_begin(d, err);
	if (rc == RC_OK && !ended)
		rc = ok ? desk_all_clear(d, name, a, err) :
		    desk_alarm(d, name, text, a, err);
	arena_free(&a);
	return rc;
}

enum rc
desk_from_intake(struct desk *d, struct intake_state *in,
    const struct frame *f, struct err *err)
{
	switch ((unsigned)f->type) {
	case FRAME_MAIL:
		return take_mail(d, in, f, err);
	case FRAME_BATCH:
		return take_batch(d, in, f, err);
	case FRAME_KNOWN:
		return answer_known(d, in, f, err);
	case FRAME_MARKED:
		return take_marked(d, in, f, err);
	case FRAME_UNMARKED:
		return take_unmarked(d, in, f, err);
	case FRAME_POLLED:
		return take_polled(d, in, f, err);
	default:
		return err_set(err, RC_REFUSED, "intake: unexpected %s frame",
		    frame_type_name(f->type));
	}
}

/* --- reader --- */

/* Set a mail aside with a report of our own making: nobody could read it. */
static enum rc
set_aside(struct desk *d, const struct mail *m, enum mail_kind kind,
    const char *guard, const char *why, struct err *err)
{
	struct arena	*a = arena_new();
	struct report	 rep;
	struct problem	 pb = { .field = "guard", .text = guard, .reason = why };
	enum rc		 rc;

	memset(&rep, 0, sizeof(rep));
	rep.kind = kind;
	rep.received_at = m->arrived;
	rep.date = TIME_NONE;
	rep.problems = &pb;
	rep.n_problems = 1;
	rc = desk_report(d, m, &rep, report_text(a, &rep), a, err);
	arena_free(&a);
	return rc;
}

/* Give one mail to the reader; its try is counted before it is read. */
static enum rc
hand_out(struct desk *d, struct mail *listed, int64_t mono, struct arena *a,
    struct err *err)
{
	struct frame	 f;
	enum rc		 rc;

	if (listed->raw_len == 0 && listed->size > 0)
		return set_aside(d, listed, KIND_UNREADABLE, "size",
		    "larger than mail-max; left on the server", err);
	if (listed->attempts >= CRASH_TRIES)
		return set_aside(d, listed, KIND_POISON, "crash",
		    "the daemon died too often with this mail in hand", err);
	rc = spool_bytes(d->store, listed, a, err);
	if (rc == RC_OK)
		rc = spool_attempt(d->store, listed->id, err);
	if (rc != RC_OK)
		return rc;
	frame_start(&f, FRAME_READ);
	frame_num(&f, listed->id);
	frame_num(&f, listed->arrived);
	frame_add(&f, listed->raw, listed->raw_len);
	rc = channel_queue(&d->reader.ch, &f, err);
	if (rc != RC_OK)
		return rc;
	log_debug(NULL, "reader: mail=%" PRId64 " try=%d waiting=%zu",
	    listed->id, listed->attempts + 1, d->n_reading);
	d->reading[d->n_reading].mail = listed->id;
	d->reading[d->n_reading].since = mono;
	d->n_reading++;
	return RC_OK;
}

/* May the reader have one more?  One that was in hand at a death is read
 * alone, so that the next death names the right one. */
static int
has_room(const struct desk *d, const struct mail *next)
{
	if (d->n_reading == 0)
		return 1;
	return d->n_reading < READ_MAX && !d->read_alone &&
	    next->attempts == 0 && d->reader.ch.out.len < READ_BYTES;
}

enum rc
desk_feed_reader(struct desk *d, int64_t mono, struct err *err)
{
	struct arena	*a;
	struct mail	*list;
	const size_t	 most = READ_MAX - d->n_reading;
	int64_t		 after = 0;	/* they are handed out in order */
	size_t		 n = 0;
	enum rc		 rc;

	if (!d->unread || !d->reader.ready || d->stopping ||
	    most < READ_MAX / 2 || desk_sifts(d, mono))
		return RC_OK;
	if (d->n_reading > 0)
		after = d->reading[d->n_reading - 1].mail;
	a = arena_new();
	rc = desk_begin(d, err);
	if (rc == RC_OK)
		rc = spool_unread(d->store, after, (int)most, a, &list, &n,
		    err);
	d->unread = n == most;
	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		if (!has_room(d, &list[i])) {
			d->unread = 1;
			break;
		}
		rc = hand_out(d, &list[i], mono, a, err);
		if (list[i].attempts > 0) {
			d->unread = 1;
			break;
		}
	}
	arena_free(&a);
	return rc;
}

static void
reading_drop_head(struct desk *d, int64_t mono)
{
	d->n_reading--;
	memmove(d->reading, d->reading + 1, d->n_reading * sizeof(*d->reading));
	if (d->n_reading > 0)
		d->reading[0].since = mono;
}

static enum rc
take_report(struct desk *d, const struct frame *f, struct err *err)
{
	struct arena	*a;
	struct report	 rep;
	struct mail	 m;
	char		*json;
	int64_t		 id;
	enum rc		 rc;

	if (f->n < 2 || frame_int(f, 0, &id) == -1 || d->n_reading == 0 ||
	    d->reading[0].mail != id || f->field[1].len > REPORT_MAX)
		return err_set(err, RC_REFUSED, "reader: bad REPORT frame");
	a = arena_new();
	json = arena_strndup(a, f->field[1].p, f->field[1].len);
	memset(&rep, 0, sizeof(rep));
	rc = report_from_json(json, f->field[1].len, a, &rep, err);
	if (rc == RC_OK) {
		reading_drop_head(d, clock_mono_ms());
		rc = desk_begin(d, err);
		if (rc == RC_OK)
			rc = spool_get(d->store, id, 0, a, &m, err);
		if (rc == RC_OK)
			rc = desk_report(d, &m, &rep, json, a, err);
		if (rc == RC_REFUSED)	/* ours, not the reader's */
			rc = RC_BROKEN;
		if (d->n_reading == 0)
			d->read_alone = 0;
	}
	arena_free(&a);
	return rc;
}

enum rc
desk_from_reader(struct desk *d, const struct frame *f, struct err *err)
{
	if (f->type == FRAME_REPORT)
		return take_report(d, f, err);
	if (f->type == FRAME_SIFTED)
		return desk_from_sift(d, f, err);
	return err_set(err, RC_REFUSED, "reader: unexpected %s frame",
	    frame_type_name(f->type));
}

/* The reader died: the head of the queue is the suspect.  Tries are no deaths:
 * a mail may have been in hand when the desk was killed, or behind another. */
enum rc
desk_reader_gone(struct desk *d, const char *how, struct err *err)
{
	struct arena	*a;
	struct mail	 m;
	enum rc		 rc = RC_OK;

	d->unread = 1;
	desk_sift_gone(d, how);
	if (d->n_reading == 0)
		return RC_OK;
	a = arena_new();
	rc = desk_begin(d, err);
	if (rc == RC_OK)
		rc = spool_get(d->store, d->reading[0].mail, 0, a, &m, err);
	if (rc == RC_OK) {
		if (m.id != d->suspect)
			d->suspect_deaths = 0;
		d->suspect = m.id;
		d->suspect_deaths++;
		log_warn(NULL, "reader: died mail=%" PRId64 " deaths=%d try=%d "
		    "how=\"%s\"", m.id, d->suspect_deaths, m.attempts, how);
		if (d->suspect_deaths >= POISON_TRIES && d->n_reading == 1)
			rc = set_aside(d, &m, KIND_POISON, how,
			    "the reader died of it twice", err);
	}
	d->n_reading = 0;
	d->read_alone = 1;
	arena_free(&a);
	return rc;
}
