#include "config.h"

#include "desk.h"

#include <sys/statvfs.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "incident/calendar.h"
#include "incident/view.h"
#include "mail/compose.h"
#include "watch.h"
#include "way.h"

#define EVERY		60000	/* ms between two looks at everything */
#define CANARY		"canary"	/* fact: "sent message-id", duty, alarm */
#define CALENDAR_DAYS	30
#define CANARY_MAX	(64u * 1024)

/* 0: not known. */
static int64_t
soonest(int64_t x, int64_t y)
{
	return x == 0 || (y != 0 && y < x) ? y : x;
}

/* Of what ends; what is not known (yet) says nothing. */
static enum rc
say_end(struct desk *d, int64_t now, int64_t end, const char *name,
    struct arena *a, struct err *err)
{
	char	text[200] = "";
	int	bad = watch_expiry(now, end, d->conf->expiry_days, text,
		    sizeof(text));

	if (end == 0)
		return RC_OK;
	return bad ? desk_alarm(d, name, text, a, err) :
	    desk_all_clear(d, name, a, err);
}

/* Raise or clear one alarm. */
static enum rc
say(struct desk *d, int bad, const char *name, const char *text,
    struct arena *a, struct err *err)
{
	return bad ? desk_alarm(d, name, text, a, err) :
	    desk_all_clear(d, name, a, err);
}

static enum rc
check_mailboxes(struct desk *d, int64_t now, struct arena *a, struct err *err)
{
	char	text[200];
	enum rc	rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < d->n_intakes; i++) {
		const struct intake_state	*in = &d->intakes[i];
		const struct conf_mailbox	*mb = &d->conf->mailboxes[i];
		int64_t		 last = in->polled_at > d->started ?
				    in->polled_at : d->started;

		/* Failing is told where it is heard; here is silence. */
		if (!d->once && watch_mailbox(now, last, mb->poll, text,
		    sizeof(text)))
			rc = desk_alarm(d, arena_printf(a, "mailbox:%s",
			    mb->name), text, a, err);
		if (rc == RC_OK)
			rc = say_end(d, now, in->expires, arena_printf(a,
			    "certificate:mailbox:%s", mb->name), a, err);
	}
	return rc;
}

static enum rc
check_ways(struct desk *d, int64_t now, struct arena *a, struct err *err)
{
	int64_t	end = 0;
	enum rc	rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && d->ways != NULL && i < d->n_ways;
	    i++)
		rc = say_end(d, now, d->ways[i].expires, arena_printf(a,
		    "certificate:%s", d->ways[i].name), a, err);
	for (size_t i = 0; i < d->n_intakes; i++)
		end = soonest(end, d->intakes[i].renew_by);
	for (size_t i = 0; i < d->n_couriers; i++)
		end = soonest(end, d->couriers[i].renew_by);
	return rc == RC_OK ? say_end(d, now, end, "token", a, err) : rc;
}

/* Passwords, tokens and keys whose end the configuration tells. */
static enum rc
check_secrets(struct desk *d, int64_t now, struct arena *a, struct err *err)
{
	struct conf_peer	p;
	enum rc			rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && conf_peer(d->conf, i, &p) == 0; i++)
		rc = say_end(d, now, soonest(p.secret_expires,
		    p.oauth2->secret_expires), arena_printf(a, "secret:%s:%s",
		    p.kind, p.name), a, err);
	return rc;
}

/*
 * Days off are put in by the year, and nobody misses those that are not there.
 * Only of a desk that stays: the others are run by people, who check.
 */
static enum rc
check_calendar(struct desk *d, int64_t now, struct arena *a, struct err *err)
{
	char	text[200];

	if (d->once)
		return RC_OK;
	return d->conf->expiry_days > 0 && watch_expiry(now,
	    calendar_end(d->policy), CALENDAR_DAYS, text, sizeof(text)) ?
	    desk_alarm_weekly(d, "calendar", text, a, err) :
	    desk_all_clear(d, "calendar", a, err);
}

/* The store may have a disk of its own. */
static int
disk_is_low(const struct conf *c, char *text, size_t size)
{
	const char	*at[] = { c->state_dir, conf_store_file(c) };
	struct statvfs	 fs;

	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++)
		if (statvfs(at[i], &fs) == 0 && watch_disk(
		    (int64_t)fs.f_bavail * (int64_t)fs.f_frsize,
		    fs.f_files == 0 ? -1 : (int64_t)fs.f_favail, c->disk_min,
		    text, size))
			return 1;
	return 0;
}

static enum rc
check_house(struct desk *d, int64_t now, int64_t mono, struct arena *a,
    struct err *err)
{
	int64_t		oldest, written;
	char		text[200];
	int		bad;
	enum rc		rc;

	rc = outbox_oldest(d->store, &oldest, err);
	if (rc == RC_OK)
		rc = say(d, watch_queue(now, oldest, d->conf->queue_late, text,
		    sizeof(text)), "queue", text, a, err);
	if (rc == RC_OK)
		rc = journal_last(d->store, &written, err);
	if (rc != RC_OK)
		return rc;
	bad = watch_clock(now, written, d->checked == 0 ? 0 :
	    now - d->checked_at, d->checked == 0 || d->once ? 0 :
	    (mono - d->checked) / 1000, text, sizeof(text));
	rc = say(d, bad, "clock", text, a, err);
	if (rc == RC_OK)
		rc = desk_clock_back(d, now, a, err);
	if (rc != RC_OK)
		return rc;
	bad = disk_is_low(d->conf, text, sizeof(text));
	return say(d, bad, "disk", text, a, err);
}

/* --- the mail to ourselves --- */

/* The one that is out: 0 in *sent when there is none. */
static enum rc
canary_out(struct desk *d, struct arena *a, int64_t *sent, const char **id,
    struct err *err)
{
	const char	*fact, *blank;
	enum rc		 rc = fact_get(d->store, CANARY, a, &fact, err);

	*sent = 0;
	*id = "";
	if (rc != RC_OK || fact == NULL)
		return rc;
	*sent = strtoll(fact, NULL, 10);
	blank = strchr(fact, ' ');
	if (blank != NULL)
		*id = blank + 1;
	return rc;
}

static enum rc
canary_mail(struct desk *d, int64_t now, struct arena *a, struct buf *out,
    struct outbox_item *it, struct err *err)
{
	struct addressee to = { .role = CANARY, .addr = d->conf->address,
			    .lang = "zh-TW+en" };
	struct compose	 c;
	json_t		*view;
	enum rc		 rc;

	memset(&c, 0, sizeof(c));
	view = view_make(d->policy, d->conf, NULL, &to, NULL, now);
	rc = templates_mail(d->templates, CANARY, to.lang, view, a, &c.subject,
	    &c.text, err);
	json_decref(view);
	if (rc != RC_OK)
		return rc;
	c.message_id = compose_message_id(a, CANARY, d->conf->domain);
	c.from_addr = c.to_addr = c.reply_to = d->conf->address;
	c.from_name = d->conf->address_name;
	c.lang = "zh-TW";
	c.date = now;
	c.off = d->policy->zone;
	c.auto_submitted = "auto-generated";
	it->duty = it->role = CANARY;
	it->channel = CHANNEL_SMTP;
	it->to_addr = d->conf->address;
	it->message_id = c.message_id;
	it->subject = c.subject;
	return compose_mail(&c, out, err);
}

static enum rc
canary_send(struct desk *d, int64_t now, struct arena *a, struct err *err)
{
	struct outbox_item	 it;
	struct buf		 out;
	enum rc			 rc;

	memset(&it, 0, sizeof(it));
	buf_init(&out, CANARY_MAX);
	rc = desk_begin(d, err);
	if (rc == RC_OK)
		rc = canary_mail(d, now, a, &out, &it, err);
	it.content = out.data;
	it.content_len = out.len;
	if (rc == RC_OK)
		rc = outbox_add(d->store, &it, now, err);
	if (rc == RC_OK)
		rc = fact_put(d->store, CANARY, arena_printf(a, "%" PRId64
		    " %s", now, it.message_id), err);
	buf_free(&out);
	if (rc != RC_REFUSED)
		return rc;
	log_err(NULL, "canary: \"%s\"", err->text);
	return RC_OK;
}

static enum rc
check_canary(struct desk *d, int64_t now, struct arena *a, struct err *err)
{
	struct outbox_item	 it;
	const char		*id;
	char			 text[200];
	int64_t			 sent;
	enum rc			 rc;

	if (d->conf->canary == 0)
		return RC_OK;
	rc = canary_out(d, a, &sent, &id, err);
	if (rc == RC_OK && *id != '\0' && watch_canary(now, sent,
	    d->conf->canary_late, text, sizeof(text)))
		rc = desk_alarm(d, CANARY, text, a, err);
	if (rc != RC_OK || (sent != 0 && now >= sent &&
	    now - sent < (int64_t)d->conf->canary * 60))
		return rc;
	/* One that still waits to be sent is enough. */
	if (*id != '\0' && outbox_by_msgid(d->store, id, a, &it, err) ==
	    RC_OK && it.settled_at == 0)
		return RC_OK;
	return canary_send(d, now, a, err);
}

enum rc
desk_canary_back(struct desk *d, const struct mail *m, const char *message_id,
    struct arena *a, struct err *err)
{
	const char	*id;
	int64_t		 sent, now = clock_now();
	enum rc		 rc = canary_out(d, a, &sent, &id, err);

	if (rc != RC_OK || message_id == NULL || *id == '\0' ||
	    strcmp(id, message_id) != 0)
		return rc;
	log_info(NULL, "canary: mail=%" PRId64 " seconds=%" PRId64, m->id,
	    now - sent);
	rc = fact_put(d->store, CANARY, arena_printf(a, "%" PRId64 " ", sent),
	    err);
	if (rc == RC_OK)
		rc = fact_put(d->store, "canary_seconds", arena_printf(a,
		    "%" PRId64, now - sent), err);
	return rc == RC_OK ? desk_all_clear(d, CANARY, a, err) : rc;
}

enum rc
desk_checks(struct desk *d, int64_t mono, struct arena *a, struct err *err)
{
	int64_t	now = clock_now();
	enum rc	rc;

	if (d->checked != 0 && (d->once || mono - d->checked < EVERY))
		return RC_OK;
	if (d->started == 0)
		d->started = now;
	rc = check_house(d, now, mono, a, err);
	if (rc == RC_OK && d->checked == 0)	/* it started with a good one */
		rc = desk_all_clear(d, "configuration", a, err);
	if (rc == RC_OK)
		rc = check_mailboxes(d, now, a, err);
	if (rc == RC_OK)
		rc = check_ways(d, now, a, err);
	if (rc == RC_OK)
		rc = check_secrets(d, now, a, err);
	if (rc == RC_OK)
		rc = check_calendar(d, now, a, err);
	if (rc == RC_OK)
		rc = check_canary(d, now, a, err);
	d->checked = mono;
	d->checked_at = now;
	return rc;
}
