#include "intake.h"

#include <sys/random.h>

#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "mail/mailbox.h"
#include "mail/oauth2.h"

#define BATCHES_OPEN	2	/* sent and not yet answered by a MARK */
#define BATCH_MAILS	250
#define MARK_WAIT_MS	60000	/* then a forgetful desk is not waited for */
#define KNOWN_WAIT_MS	60000
#define BACKOFF_MS	1000	/* first pause, doubled each time */
#define BACKOFF_MAX_MS	300000
#define MARKS_MAX	(4u * 1024 * 1024)

/* One MARK of the desk that waits for the server. */
struct mark {
	struct mark	*next;
	int64_t		 validity;
	char		*uids;
};

struct intake {
	struct channel	*ch;
	const struct conf *conf;
	const struct conf_mailbox *mc;
	struct mailbox	*box;
	struct mark	*marks, **marks_end;
	int		 open;		/* batches without MARK */
	int		 quit;
	int		 broken;	/* the desk is gone */
	int		 poll;		/* the desk wants a look now */
	int		 answered;	/* KNOWN came, for `validity` */
	int64_t		 validity;
	int64_t		 last_uid;
	char		*unmarked;	/* owned */
	int		 failures;	/* sessions in a row that failed */
	int64_t		 mark_again;	/* clock_mono_ms(), 0: all are marked */
	size_t		 sent;		/* mails of this batch */
};

static void
send_frame(struct intake *in, const struct frame *f)
{
	struct err	err;

	if (!in->broken && channel_send(in->ch, f, &err) != RC_OK)
		in->broken = in->quit = 1;
}

/* A look is done; over: by a fault that ended the session. */
static void
send_polled(struct intake *in, enum rc rc, const char *text, int over)
{
	struct frame	f;

	frame_start(&f, FRAME_POLLED);
	frame_str(&f, in->mc->name);
	frame_str(&f, rc_name(rc));
	frame_str(&f, text);
	frame_num(&f, mailbox_expires(in->box));
	frame_num(&f, oauth2_renew_by());
	frame_num(&f, over);
	send_frame(in, &f);
}

static void
send_marked(struct intake *in, int64_t validity, const char *uids)
{
	struct frame	f;

	frame_start(&f, FRAME_MARKED);
	frame_str(&f, in->mc->name);
	frame_num(&f, validity);
	frame_str(&f, uids);
	frame_num(&f, mailbox_keyless(in->box));
	send_frame(in, &f);
}

static void
send_unmarked(struct intake *in, const char *text)
{
	struct frame	f;

	frame_start(&f, FRAME_UNMARKED);
	frame_str(&f, in->mc->name);
	frame_str(&f, text);
	send_frame(in, &f);
}

/* A field as a string of ours; the frame is gone with the next one. */
static char *
field_dup(const struct frame *f, unsigned i)
{
	size_t	 n = i < f->n ? f->field[i].len : 0;
	char	*s;

	if (n > MARKS_MAX)
		n = 0;
	s = xcalloc(1, n + 1);
	if (n > 0)
		memcpy(s, f->field[i].p, n);
	return s;
}

static void
take_mark(struct intake *in, const struct frame *f)
{
	struct mark	*m = xcalloc(1, sizeof(*m));

	(void)frame_int(f, 1, &m->validity);
	m->uids = field_dup(f, 2);
	*in->marks_end = m;
	in->marks_end = &m->next;
	if (in->open > 0)
		in->open--;
}

static void
take_frame(struct intake *in, const struct frame *f)
{
	struct frame	 pong;
	char		*ledger;
	int64_t		 n, zone = 0;

	switch ((int)f->type) {
	case FRAME_PING:
		(void)frame_int(f, 0, &n);
		frame_start(&pong, FRAME_PONG);
		frame_num(&pong, n);
		send_frame(in, &pong);
		break;
	case FRAME_QUIT:
		in->quit = 1;
		break;
	case FRAME_POLL:
		in->poll = 1;
		break;
	case FRAME_MARK:
		take_mark(in, f);
		break;
	case FRAME_KNOWN:
		(void)frame_int(f, 1, &n);
		if (n != in->validity)
			break;	/* an answer to an older question */
		(void)frame_int(f, 2, &in->last_uid);
		free(in->unmarked);
		in->unmarked = field_dup(f, 3);
		ledger = field_dup(f, 4);
		mailbox_ledger(in->box, ledger);
		free(ledger);
		(void)frame_int(f, 5, &zone);
		mailbox_since(in->box, zone);
		if (frame_int(f, 6, &n) == 0 && n == 1)
			mailbox_doubt(in->box);
		in->answered = 1;
		break;
	default:	/* not for us */
		break;
	}
}

/* Take what the desk says, waiting up to ms for the first of it. */
static void
listen_desk(struct intake *in, int ms)
{
	struct frame	f;
	struct err	err;
	enum rc		rc;

	while (!in->quit) {
		rc = channel_recv(in->ch, &f, ms, &err);
		if (rc == RC_AGAIN)
			return;
		if (rc != RC_OK) {
			in->broken = in->quit = 1;
			return;
		}
		take_frame(in, &f);
		ms = 0;
	}
}

static void
drop_mark(struct intake *in)
{
	struct mark	*m = in->marks;

	in->marks = m->next;
	if (in->marks == NULL)
		in->marks_end = &in->marks;
	free(m->uids);
	free(m);
}

/*
 * Mark, and say so.  A server that will not (quota, no such folder) is told
 * of and asked again later: the mails are safe, and new ones must be fetched.
 */
static enum rc
mark(struct intake *in, int64_t validity, const char *uids, struct err *err)
{
	enum rc	rc = mailbox_mark(in->box, uids, err);

	if (rc == RC_OK) {
		fault_step("intake-marked");
		send_marked(in, validity, uids);
	} else if (rc == RC_REFUSED) {
		send_unmarked(in, err->text);
		in->mark_again = clock_mono_ms() + (int64_t)in->mc->poll * 1000;
		rc = RC_OK;
	}
	return rc;
}

/* Do what the desk asked to be marked.  What cannot be done now is known to
 * the desk as unmarked, and comes back with the next KNOWN. */
static enum rc
do_marks(struct intake *in, struct err *err)
{
	struct mark	*m;
	enum rc		 rc = RC_OK;

	while (rc == RC_OK && (m = in->marks) != NULL) {
		if (m->validity == mailbox_uidvalidity(in->box) &&
		    m->uids[0] != '\0')
			rc = mark(in, m->validity, m->uids, err);
		drop_mark(in);
	}
	return rc;
}

static enum rc
say_known(struct intake *in, int whole, struct err *err)
{
	struct frame	f;
	int64_t		until = clock_mono_ms() + KNOWN_WAIT_MS;

	in->validity = mailbox_uidvalidity(in->box);
	in->answered = 0;
	frame_start(&f, FRAME_KNOWN);
	frame_str(&f, in->mc->name);
	frame_num(&f, in->validity);
	frame_num(&f, whole);
	send_frame(in, &f);
	while (!in->quit && !in->answered && clock_mono_ms() < until)
		listen_desk(in, 1000);
	return in->answered ? RC_OK : err_set(err, RC_AGAIN,
	    "intake: the desk does not answer KNOWN");
}

/* KNOWN, and the ledger when the answer makes it needed. */
static enum rc
hear_known(struct intake *in, struct err *err)
{
	int	whole = mailbox_wants_ledger(in->box);
	enum rc	rc = say_known(in, whole, err);

	if (rc == RC_OK && !whole && mailbox_wants_ledger(in->box))
		rc = say_known(in, 1, err);
	return rc;
}

/* What the desk knows; it names so many to be marked at a time, and the next
 * ones when these are. */
static enum rc
ask_known(struct intake *in, struct err *err)
{
	char	*before = xstrdup("");
	enum rc	 rc;

	in->mark_again = 0;
	while ((rc = hear_known(in, err)) == RC_OK && in->mark_again == 0 &&
	    in->unmarked[0] != '\0' && strcmp(in->unmarked, before) != 0) {
		free(before);
		before = xstrdup(in->unmarked);
		rc = mark(in, in->validity, in->unmarked, err);
		if (rc != RC_OK)
			break;
	}
	free(before);
	return rc;
}

static enum rc
on_mail(void *arg, const struct fetched *m, struct err *err)
{
	struct intake	*in = arg;
	struct frame	 f;

	frame_start(&f, FRAME_MAIL);
	frame_str(&f, in->mc->name);
	frame_num(&f, m->uidvalidity);
	frame_str(&f, m->uid);
	frame_num(&f, m->arrived);
	frame_num(&f, m->size);
	frame_add(&f, m->raw == NULL ? "" : m->raw, m->raw == NULL ? 0 :
	    m->len);
	frame_num(&f, m->mark);
	send_frame(in, &f);
	if (in->broken)
		return err_set(err, RC_BROKEN, "intake: the desk is gone");
	in->sent++;
	return RC_OK;
}

static void
end_batch(struct intake *in)
{
	struct frame	f;

	if (in->sent == 0)
		return;
	fault_step("intake-fetched");
	frame_start(&f, FRAME_BATCH);
	frame_str(&f, in->mc->name);
	send_frame(in, &f);
	in->sent = 0;
	in->open++;
}

/* Until no more than `open` batches wait for their MARK. */
static enum rc
wait_marks(struct intake *in, int open, struct err *err)
{
	int64_t	until = clock_mono_ms() + MARK_WAIT_MS;
	enum rc	rc = RC_OK;

	listen_desk(in, 0);
	while (rc == RC_OK && !in->quit) {
		rc = do_marks(in, err);
		if (rc != RC_OK || in->open <= open)
			break;
		if (clock_mono_ms() > until) {
			in->open = 0;	/* nothing is lost: see do_marks() */
			break;
		}
		listen_desk(in, 1000);
	}
	return rc;
}

static void
say_left_alone(const struct intake *in)
{
	size_t	n = mailbox_left_alone(in->box);

	if (n > 0)
		log_info(NULL, "intake: mailbox=%s left alone=%zu: mails from "
		    "before \"since\"", in->mc->name, n);
}

/* Fetch all there is, the desk committing one batch behind us. */
static enum rc
look(struct intake *in, struct err *err)
{
	const char	*news;
	int		 more = 1, missed;
	enum rc		 rc = RC_OK;

	in->poll = 0;
	while (rc == RC_OK && more && !in->quit) {
		rc = mailbox_fetch(in->box, in->last_uid, BATCH_MAILS,
		    on_mail, in, &more, &missed, err);
		end_batch(in);	/* what came before an error is whole */
		news = mailbox_set_aside(in->box);
		if (news[0] != '\0')
			send_polled(in, RC_REFUSED, news, 0);
		if (rc == RC_OK)
			rc = wait_marks(in, more ? BATCHES_OPEN - 1 : 0, err);
	}
	say_left_alone(in);
	if (rc == RC_OK && !in->quit)
		send_polled(in, RC_OK, "", 0);
	return rc;
}

static int
has_input(const struct intake *in)
{
	return in->poll || in->marks != NULL || in->quit;
}

/* Sleep until there may be mail; the desk is heard meanwhile. */
static enum rc
sleep_on(struct intake *in, struct err *err)
{
	int64_t		until = clock_mono_ms() + (int64_t)in->mc->poll * 1000;
	int64_t		left;
	enum rc		rc = RC_OK;

	(void)malloc_trim(0);	/* a large batch is not kept for the quiet */
	while (rc == RC_OK) {
		listen_desk(in, 0);
		if (has_input(in))
			break;
		left = until - clock_mono_ms();
		rc = mailbox_wait(in->box, in->ch->fd, left > 0 ? (int)left : 0,
		    err);
		if (rc == RC_OK && !mailbox_woken(in->box))
			break;	/* not the desk: mail, or time */
	}
	return rc;
}

static enum rc
session(struct intake *in, struct err *err)
{
	enum rc	rc;

	in->poll = 0;
	rc = mailbox_reopen(in->box, err);
	if (rc == RC_OK)
		rc = ask_known(in, err);
	while (rc == RC_OK && !in->quit) {
		rc = look(in, err);
		if (rc == RC_OK) {
			in->failures = 0;
			rc = sleep_on(in, err);
		}
		if (rc == RC_OK)
			rc = do_marks(in, err);
		if (rc == RC_OK && in->mark_again != 0 &&
		    clock_mono_ms() >= in->mark_again)
			rc = ask_known(in, err);
	}
	return rc;
}

/* How long to stay away: doubled each time, and never all at once. */
static int
backoff_ms(struct intake *in)
{
	int64_t		ms = BACKOFF_MS;
	uint32_t	dice = 0;
	int		told = mailbox_retry_after(in->box);

	for (int i = 1; i < in->failures && ms < BACKOFF_MAX_MS; i++)
		ms *= 2;
	if (told > 0 && ms < (int64_t)told * 1000)
		ms = (int64_t)told * 1000;
	if (ms > BACKOFF_MAX_MS)
		ms = BACKOFF_MAX_MS;
	if (getrandom(&dice, sizeof(dice), GRND_NONBLOCK) == -1)
		dice = (uint32_t)clock_mono_ms();
	return (int)(ms + ms / 4 * (int64_t)(dice % 1000) / 1000);
}

static void
stay_away(struct intake *in)
{
	int64_t	until = clock_mono_ms() + backoff_ms(in), left;

	while (!in->quit && !in->poll &&
	    (left = until - clock_mono_ms()) > 0)
		listen_desk(in, (int)left);
}

int
intake_main(struct channel *ch, const struct conf *conf,
    const struct conf_mailbox *mc)
{
	struct intake	 in = { .ch = ch, .conf = conf, .mc = mc };
	struct frame	 f;
	struct err	 err;
	enum rc		 rc;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGIO, SIG_IGN);	/* somebody wants what we have leased */
	in.marks_end = &in.marks;
	in.box = mailbox_new(mc, conf->mail_max);
	frame_start(&f, FRAME_READY);
	frame_str(&f, mc->name);
	send_frame(&in, &f);
	while (!in.quit) {
		rc = session(&in, &err);
		if (in.quit)
			break;
		in.open = 0;	/* their MARKs come, and are waited for no more */
		in.failures++;
		send_polled(&in, rc, err.text, 1);
		stay_away(&in);
	}
	mailbox_close(&in.box);
	while (in.marks != NULL)
		drop_mark(&in);
	free(in.unmarked);
	return 0;
}
