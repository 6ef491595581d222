#include "config.h"

#include "desk.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "incident/outcome.h"
#include "parsers/pattern.h"

#define NUMBER_MAX	120		/* bytes of a receiver's number */

static enum rc
journal(struct desk *d, const char *event, int64_t at, int64_t incident,
    int64_t mail, const char *actor, const char *role, json_t *detail,
    struct arena *a, struct err *err)
{
	struct journal_row	 j;
	struct incident		 inc;
	char			*text = json_dumps(detail, JSON_COMPACT |
				    JSON_SORT_KEYS);
	enum rc			 rc;

	memset(&j, 0, sizeof(j));
	j.at = at;
	j.incident = incident;
	if (incident != 0 && incident_get(d->store, incident, a, &inc,
	    err) == RC_OK)
		j.tracking = inc.tracking;
	j.event = event;
	j.actor = actor;
	j.role = role;
	j.mail = mail;
	j.detail = text == NULL ? "{}" : text;
	rc = journal_add(d->store, &j, err);
	free(text);
	json_decref(detail);
	return rc;
}

/* --- delivery status --- */

/* Which promise is this about?  By the Message-ID or the envelope's name;
 * both hold words that only we and the receiver's side can know. */
static enum rc
find_promise(struct desk *d, const struct report *rep, struct arena *a,
    struct outbox_item *it, int *found, struct err *err)
{
	enum rc	rc = RC_REFUSED;

	if (rep->original_message_id != NULL)
		rc = outbox_by_msgid(d->store, rep->original_message_id, a, it,
		    err);
	if (rc == RC_REFUSED && rep->original_envid != NULL)
		rc = outbox_by_envid(d->store, rep->original_envid, a, it,
		    err);
	*found = rc == RC_OK;
	return rc == RC_REFUSED ? RC_OK : rc;
}

/* What it says of our recipient: NULL when it speaks of others. */
static const struct bounce_recipient *
ours(const struct report *rep, const struct outbox_item *it)
{
	static const struct bounce_recipient	nobody = { .action = "failed" };

	for (size_t i = 0; i < rep->n_bounced; i++)
		if (rep->bounced[i].address != NULL &&
		    strcasecmp(rep->bounced[i].address, it->to_addr) == 0)
			return &rep->bounced[i];
	return rep->n_bounced == 0 ? &nobody : NULL;
}

/* Can somebody have got it?  A notice may overtake the receipt of the very try
 * that it tells of. */
static int
was_tried(const struct outbox_item *it)
{
	return it->state == OUT_IN_HAND || it->state == OUT_UNKNOWN ||
	    (it->state == OUT_WAITING && it->attempts > 0);
}

/* With the one in a courier's hands: its receipt comes too late to count. */
static int
tries(const struct outbox_item *it)
{
	return it->attempts + (it->state == OUT_IN_HAND);
}

/* The state a promise goes to; its own when the notice changes nothing. */
static enum outbox_state
moved(const struct outbox_item *it, const char *action)
{
	/* given up after tries, and one of them came all the same */
	if (it->state == OUT_EXPIRED && it->attempts > 0 &&
	    strcmp(action, "delivered") == 0)
		return OUT_ACCEPTED;
	if (it->state != OUT_ACCEPTED && it->state != OUT_DELAYED &&
	    !was_tried(it))
		return it->state;	/* given up, withdrawn, never sent */
	if (strcmp(action, "failed") == 0)
		return OUT_REFUSED;
	if (strcmp(action, "delayed") == 0)	/* older than the arrival */
		return it->state == OUT_ACCEPTED && !it->delivered ?
		    OUT_DELAYED : it->state;
	return OUT_ACCEPTED;	/* delivered, relayed, expanded, confirmed */
}

static enum rc
mark(struct desk *d, struct outbox_item *it, const struct receipt *r,
    enum outbox_state to, struct arena *a, struct err *err)
{
	enum outbox_state	was = it->state;
	enum rc			rc;

	it->delivered |= strcmp(r->result, "delivered") == 0 ||
	    strcmp(r->result, "confirmed") == 0;
	if (was == to) {
		rc = receipt_add(d->store, r, err);
		return rc == RC_OK && was == OUT_ACCEPTED && it->delivered ?
		    desk_delivered(d, it, r, a, err) : rc;
	}
	it->attempts = tries(it);
	it->state = to;
	it->last = outcome_line(a, r);
	/* A delay leaves the time at which it was taken. */
	if (to != OUT_DELAYED || it->settled_at == 0)
		it->settled_at = r->at;
	rc = outbox_settle(d->store, it, r, err);
	if (rc == RC_OK && to == OUT_ACCEPTED && was == OUT_DELAYED)
		rc = desk_delivered(d, it, r, a, err);
	else if (rc == RC_OK && (to == OUT_REFUSED || to == OUT_ACCEPTED))
		rc = desk_settled(d, it, r, a, err);
	return rc;
}

enum rc
desk_bounce(struct desk *d, const struct mail *m, const struct report *rep,
    struct arena *a, int64_t *incident, const char **why, struct err *err)
{
	const struct bounce_recipient	*to;
	struct outbox_item		 it;
	struct receipt			 r;
	int				 found;
	enum rc				 rc;

	*incident = 0;
	*why = "bounce of no mail of ours: kept, nothing changed";
	memset(&it, 0, sizeof(it));
	rc = find_promise(d, rep, a, &it, &found, err);
	if (rc != RC_OK || !found)
		return rc;
	*incident = it.incident;
	to = ours(rep, &it);
	*why = "bounce of a recipient we did not write to: nothing changed";
	if (to == NULL || it.channel != CHANNEL_SMTP)
		return RC_OK;
	memset(&r, 0, sizeof(r));
	r.outbox = it.id;
	r.at = clock_now();
	r.kind = "dsn";
	r.result = to->action == NULL ? "failed" : to->action;
	r.text = to->diagnostic;
	r.peer = rep->from_addr;
	r.attempt = tries(&it);
	*why = arena_printf(a, "delivery status of a mail of ours: %s",
	    r.result);
	log_info(NULL, "bounce: outbox=%" PRId64 " mail=%" PRId64 " was=%s "
	    "result=%s status=%s", it.id, m->id, outbox_state_name(it.state),
	    r.result, to->status == NULL ? "" : to->status);
	rc = mark(d, &it, &r, moved(&it, r.result), a, err);
	if (rc != RC_OK)
		return rc;
	return journal(d, "dsn", r.at, it.incident, m->id, "tocsin", "tocsin",
	    json_pack("{s:I,s:s,s:s,s:s?,s:s?}", "outbox", (json_int_t)it.id,
	    "to", it.to_addr, "result", r.result, "status", to->status,
	    "text", to->diagnostic), a, err);
}

/* --- the receiver's own number --- */

static int
answers(const struct report *rep, const struct outbox_item *it)
{
	int	yes = rep->in_reply_to != NULL &&
		    strcmp(rep->in_reply_to, it->message_id) == 0;

	for (size_t i = 0; !yes && i < rep->n_references; i++)
		yes = strcmp(rep->references[i], it->message_id) == 0;
	return yes;
}

/*
 * The report that a receiver's mail tells of, or NULL: the one it answers,
 * else the newest to its address, else to its role.  *sure: no other is meant.
 */
static const struct outbox_item *
report_to(const struct situation *s, const struct report *rep,
    const char *role, int *sure)
{
	const struct outbox_item *newest = NULL, *own = NULL;
	int			 first = 0;

	*sure = 1;
	for (size_t i = s->n_items; i-- > 0;) {
		const struct outbox_item *it = &s->items[i];

		if (strcmp(it->duty, "annex2") != 0 || it->role == NULL ||
		    it->channel != CHANNEL_SMTP || strcmp(it->role, role) != 0)
			continue;
		if (answers(rep, it))
			return it;
		if (newest == NULL)
			newest = it;
		if (own == NULL && strcasecmp(it->to_addr, rep->from_addr) == 0)
			own = it;
		first = it->revision;
	}
	*sure = newest != NULL && first == newest->revision;
	return own != NULL ? own : newest;
}

/* Whoever names it with a number of their own has got it. */
static enum rc
confirm(struct desk *d, const struct mail *m, const struct situation *s,
    const struct report *rep, const char *role, const char *number,
    struct arena *a, struct err *err)
{
	const struct outbox_item *about;
	struct outbox_item	 it;
	struct receipt		 r;
	int			 sure;
	enum rc			 rc;

	about = report_to(s, rep, role, &sure);
	if (about == NULL || about->delivered)
		return RC_OK;
	memset(&r, 0, sizeof(r));
	r.outbox = about->id;
	r.at = clock_now();
	r.kind = "mail";
	r.result = sure ? "confirmed" : "named";
	r.peer = rep->from_addr;
	r.remote_id = number;
	r.attempt = tries(about);
	if (!sure)
		return receipt_add(d->store, &r, err);
	it = *about;
	rc = mark(d, &it, &r, moved(&it, r.result), a, err);
	return rc != RC_OK ? rc : journal(d, "confirmed", r.at, it.incident,
	    m->id, rep->from_addr, role, json_pack("{s:I,s:s,s:s,s:s}",
	    "outbox", (json_int_t)it.id, "to", it.to_addr, "result", r.result,
	    "number", number), a, err);
}

static int
is_text(const json_t *js, const char *key, const char *want)
{
	const char	*s = json_string_value(json_object_get(js, key));

	return s != NULL && strcmp(s, want) == 0;
}

static int
known_number(const struct situation *s, const char *role, const char *number)
{
	json_t	*js;
	int	 known = 0;

	for (size_t i = s->n_journal; !known && i-- > 0;) {
		if (strcmp(s->journal[i].event, "receiver_number") != 0)
			continue;
		js = json_loads(s->journal[i].detail, 0, NULL);
		known = is_text(js, "number", number) &&
		    is_text(js, "role", role);
		json_decref(js);
	}
	return known;
}

enum rc
desk_number(struct desk *d, int64_t incident, int64_t mail, const char *actor,
    const char *role, const char *number, struct arena *a, struct err *err)
{
	struct situation s;
	char		 safe[NUMBER_MAX * 4 + 8];
	enum rc		 rc;

	rc = desk_situation(d, incident, a, &s, err);
	if (rc != RC_OK || known_number(&s, role, number))
		return rc;
	log_info(s.incident->tracking, "case: event=receiver_number role=%s "
	    "number=\"%s\"", role, log_text(safe, sizeof(safe), number));
	return journal(d, "receiver_number", clock_now(), incident, mail,
	    actor, role, json_pack("{s:s,s:s}", "role", role, "number",
	    number), a, err);
}

/* The first match in the subject or in what they wrote themselves. */
static const char *
number_in(const struct conf_role *role, const struct report *rep,
    struct arena *a)
{
	const char	*where[] = { rep->subject, rep->own_text }, *got = NULL;
	struct pattern	*p;
	struct err	 err;
	char		 esc[400];
	size_t		 from, to;

	if (pattern_compile(role->number_pattern, 0, &p, &err) != RC_OK) {
		log_err(NULL, "role: name=%s text=\"%s\"", role->name,
		    log_text(esc, sizeof(esc), err.text));
		return NULL;
	}
	for (size_t i = 0; got == NULL && i < 2; i++)
		if (where[i] != NULL && pattern_match(p, where[i],
		    strlen(where[i]), &from, &to) == 1 && to > from &&
		    to - from <= NUMBER_MAX)
			got = arena_strndup(a, where[i] + from, to - from);
	pattern_free(&p);
	return got;
}

static char *
number_detail(struct arena *a, const char *role, const char *number)
{
	json_t	*js = json_pack("{s:s,s:s}", "role", role, "number", number);
	char	*text = json_dumps(js, JSON_COMPACT | JSON_SORT_KEYS), *copy;

	copy = arena_strdup(a, text == NULL ? "" : text);
	free(text);
	json_decref(js);
	return copy;
}

enum rc
desk_receivers_case(struct desk *d, const struct report *rep,
    struct arena *a, int64_t *incident, struct err *err)
{
	const struct conf_role	*role = conf_role_of(d->conf, rep->from_addr);
	const char		*number;

	*incident = 0;
	if (role == NULL || role->number_pattern == NULL ||
	    (number = number_in(role, rep, a)) == NULL)
		return RC_OK;
	return journal_incident(d->store, "receiver_number", number_detail(a,
	    role->name, number), incident, err);
}

enum rc
desk_receiver(struct desk *d, const struct mail *m, const struct report *rep,
    int64_t incident, struct arena *a, struct err *err)
{
	const struct conf_role	*role = NULL;
	struct authority	 who;
	struct situation	 s;
	const char		*number;
	enum rc			 rc;

	if (incident == 0 || rep->from_addr == NULL)
		return RC_OK;
	role = conf_role_of(d->conf, rep->from_addr);
	if (role == NULL || role->number_pattern == NULL)
		return RC_OK;
	rc = desk_situation(d, incident, a, &s, err);
	if (rc != RC_OK)
		return rc;
	memset(&who, 0, sizeof(who));
	authority_judge(d->conf, d->key, rep, s.incident->tracking,
	    s.incident->reporter_addr, s.incident->reporter_cc, clock_now(), a,
	    &who);
	number = who.trusted ? number_in(role, rep, a) : NULL;
	if (number == NULL)
		return RC_OK;
	rc = desk_number(d, incident, m->id, rep->from_addr, role->name,
	    number, a, err);
	return rc == RC_OK ? confirm(d, m, &s, rep, role->name, number, a,
	    err) : rc;
}
