#include "config.h"

#include "desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "way.h"

#define TELL_AFTER	2	/* rests: one fault may pass by itself */

static struct way *
relay_way(struct desk *d, size_t i)
{
	return &d->ways[i];
}

static struct way *
role_way(struct desk *d, const char *role)
{
	for (size_t i = 0; role != NULL && i < d->conf->n_roles; i++)
		if (strcmp(d->conf->roles[i].name, role) == 0)
			return &d->ways[d->conf->n_relays + i];
	return NULL;
}

/* The way with the courier's name for it: RELAY, or "http/ROLE". */
static struct way *
way_named(struct desk *d, const char *name)
{
	if (name == NULL)
		return NULL;
	if (strncmp(name, "http/", 5) == 0)
		return role_way(d, name + 5);
	for (size_t i = 0; i < d->conf->n_relays; i++)
		if (strcmp(d->conf->relays[i].name, name) == 0)
			return relay_way(d, i);
	return NULL;
}

/* What was known of the ways when we last ran. */
enum rc
desk_ways_load(struct desk *d, struct arena *a, struct err *err)
{
	const struct conf	*c = d->conf;
	const char		*value;
	enum rc			 rc = RC_OK;

	if (d->ways != NULL)
		return RC_OK;
	d->n_ways = c->n_relays + c->n_roles;
	d->ways = xcalloc(d->n_ways + 1, sizeof(*d->ways));
	for (size_t i = 0; rc == RC_OK && i < d->n_ways; i++) {
		struct way	*w = &d->ways[i];
		int		 relay = i < c->n_relays;
		size_t		 r = i - c->n_relays;

		(void)snprintf(w->name, sizeof(w->name), "%s:%.250s", relay ?
		    "relay" : "http", relay ? c->relays[i].name :
		    c->roles[r].name);
		w->rate = relay ? c->relays[i].rate : c->roles[r].http.rate;
		rc = fact_get(d->store, arena_printf(a, "way:%s", w->name), a,
		    &value, err);
		if (rc == RC_OK)
			way_read(w, value, clock_now());
	}
	return rc;
}

static enum rc
keep(struct desk *d, const struct way *w, struct arena *a, struct err *err)
{
	char	text[80];
	enum rc	rc = desk_begin(d, err);

	way_text(w, text, sizeof(text));
	return rc != RC_OK ? rc : fact_put(d->store, arena_printf(a, "way:%s",
	    w->name), text, err);
}

/* The first relay that does not rest takes it; the rest are named. */
static int64_t
relays_wait(struct desk *d, int64_t now, json_t *rest)
{
	struct way	*first = NULL;
	int64_t		 soonest = 0, wait;

	for (size_t i = 0; i < d->conf->n_relays; i++) {
		struct way	*w = relay_way(d, i);

		if (!way_rests(w, now)) {
			if (first == NULL)
				first = w;
			continue;
		}
		if (soonest == 0 || w->until < soonest)
			soonest = w->until;
		(void)json_array_append_new(rest,
		    json_string(d->conf->relays[i].name));
	}
	if (first == NULL)
		return soonest;
	wait = way_wait(first, now);
	if (wait == 0)
		way_used(first, now);
	return wait;
}

int64_t
desk_way_wait(struct desk *d, const struct outbox_item *it, int64_t now,
    json_t *rest)
{
	struct way	*w;
	int64_t		 wait = 0;

	if (it->channel == CHANNEL_SMTP)
		return relays_wait(d, now, rest);
	w = role_way(d, it->role);
	if (w != NULL)
		wait = way_wait(w, now);
	if (w != NULL && wait == 0)
		way_used(w, now);
	return wait;
}

int64_t
desk_way_back(struct desk *d, const struct outbox_item *it, int64_t now)
{
	struct way	*w;
	int64_t		 soonest = 0;

	if (it->channel != CHANNEL_SMTP) {
		w = role_way(d, it->role);
		return w != NULL && way_rests(w, now) ? w->until : now;
	}
	for (size_t i = 0; i < d->conf->n_relays; i++) {
		w = relay_way(d, i);
		if (!way_rests(w, now))
			return now;
		if (soonest == 0 || w->until < soonest)
			soonest = w->until;
	}
	return soonest == 0 ? now : soonest;
}

void
desk_ways_try(struct desk *d)
{
	for (size_t i = 0; d->ways != NULL && i < d->n_ways; i++)
		if (d->ways[i].failures > 0)
			d->ways[i].until = 0;
}

int
desk_no_relay(const struct desk *d)
{
	for (size_t i = 0; d->ways != NULL && i < d->conf->n_relays; i++)
		if (d->ways[i].failures == 0)
			return 0;
	return d->ways != NULL && d->conf->n_relays > 0;
}

static enum rc
failed(struct desk *d, struct way *w, const char *text, int64_t retry_after,
    struct arena *a, struct err *err)
{
	int64_t	now = clock_now();
	char	esc[400];
	enum rc	rc;

	if (!way_failed(w, now, retry_after))
		return RC_OK;
	log_warn(NULL, "way: name=%s rest=%d until=%llds text=\"%s\"", w->name,
	    w->failures, (long long)(w->until - now),
	    log_text(esc, sizeof(esc), text));
	rc = keep(d, w, a, err);
	if (rc == RC_OK && w->failures >= TELL_AFTER)
		rc = desk_alarm(d, w->name, text == NULL ? "" : text, a, err);
	return rc;
}

static enum rc
worked(struct desk *d, struct way *w, const struct outbox_item *it,
    struct arena *a, struct err *err)
{
	enum rc	rc;

	if (!way_worked(w))
		return RC_OK;
	log_info(NULL, "way: name=%s works again", w->name);
	rc = keep(d, w, a, err);
	if (rc == RC_OK)
		rc = outbox_wake(d->store, it->channel, it->channel ==
		    CHANNEL_SMTP ? NULL : it->role, err);
	if (rc == RC_OK)
		rc = desk_all_clear(d, w->name, a, err);
	return rc;
}

static const char *
text(const json_t *receipt, const char *key)
{
	return json_string_value(json_object_get(receipt, key));
}

static int64_t
number(const json_t *receipt, const char *key)
{
	return json_integer_value(json_object_get(receipt, key));
}

/*
 * The relay works but does not carry this for us, which only its or our own
 * configuration mends.  It must not rest: others it may carry.
 */
static enum rc
denied(struct desk *d, const struct outbox_item *it, const json_t *fault,
    struct arena *a, struct err *err)
{
	return desk_alarm(d, arena_printf(a, "denied:%s", text(fault, "relay")),
	    arena_printf(a, "for %s it answers: %s", it->to_addr, text(fault,
	    "text")), a, err);
}

/*
 * The receiver does not know our URL, or us there: this document is refused
 * and no other would fare better, until the configuration is mended.
 */
static enum rc
posted(struct desk *d, const struct outbox_item *it, const json_t *receipt,
    struct arena *a, struct err *err)
{
	const char	*name = arena_printf(a, "url:%s", it->role);
	const char	*said = text(receipt, "result");

	if (json_is_true(json_object_get(receipt, "denied")))
		return desk_alarm(d, name, arena_printf(a, "it answers %lld: "
		    "%s", (long long)number(receipt, "code"),
		    text(receipt, "text")), a, err);
	return said != NULL && strcmp(said, "accepted") == 0 ?
	    desk_all_clear(d, name, a, err) : RC_OK;
}

enum rc
desk_way_result(struct desk *d, const struct outbox_item *it,
    const json_t *receipt, int fault, struct arena *a, struct err *err)
{
	const char	*said;
	const json_t	*one;
	struct way	*w;
	size_t		 i;
	enum rc		 rc = RC_OK;

	json_array_foreach(json_object_get(receipt, "faults"), i, one) {
		w = way_named(d, text(one, "relay"));
		if (rc == RC_OK && w != NULL)
			rc = json_is_true(json_object_get(one, "denied")) ?
			    denied(d, it, one, a, err) :
			    failed(d, w, text(one, "text"), 0, a, err);
	}
	if (rc == RC_OK && it->channel == CHANNEL_HTTP)
		rc = posted(d, it, receipt, a, err);
	w = way_named(d, text(receipt, "relay"));
	if (rc != RC_OK || w == NULL)
		return rc;
	if (number(receipt, "expires") != 0)
		w->expires = number(receipt, "expires");
	if (fault)
		return failed(d, w, text(receipt, "text"), number(receipt,
		    "retry_after"), a, err);
	said = text(receipt, "result");
	if (number(receipt, "code") == 0 &&
	    (said == NULL || strcmp(said, "accepted") != 0))
		return RC_OK;		/* it was not asked, or said nothing */
	return worked(d, w, it, a, err);
}
