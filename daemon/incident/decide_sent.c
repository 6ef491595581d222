/*
 * decide_sent - a promise was taken by its receiver, or given up.  An alarm
 * counts only with a receipt; a reminder that did not arrive was not given.
 */
#include "incident/decide_draft.h"

#include <string.h>

#include "incident/outcome.h"

#define STORM_SECONDS	3600
#define STORM_LOST	6		/* of one incident in that time */

static json_t *
item_detail(const struct draft *d)
{
	const struct outbox_item	*it = d->ev->item;
	const struct receipt		*r = d->ev->receipt;

	return json_pack("{s:s,s:s?,s:s,s:i,s:i,s:i,s:s?}", "duty", it->duty,
	    "role", it->role, "channel", channel_kind_name(it->channel),
	    "revision", it->revision, "attempts", it->attempts, "code",
	    r != NULL ? r->code : 0, "remote_id",
	    r != NULL ? r->remote_id : NULL);
}

void
decide_sent(struct draft *d)
{
	const struct outbox_item	*it = d->ev->item;

	if (!d->ev->proved)
		draft_journal(d, "sent", item_detail(d));
	if (strcmp(it->duty, "annex2") == 0 &&
	    it->revision == d->in->revision && external_complete(d, it))
		external_done(d, d->ev->receipt != NULL ? d->ev->receipt->at :
		    d->ev->now, channel_kind_name(it->channel));
}

/* Who is told when this role cannot be reached. */
static const char *
deputy(const struct draft *d, const char *role)
{
	const struct conf_role	*r = role != NULL ? conf_role(d->conf, role) :
				    NULL;

	if (r != NULL && r->deputy != NULL &&
	    conf_role(d->conf, r->deputy) != NULL)
		return r->deputy;
	if (role == NULL || strcmp(role, draft_team(d)) != 0)
		return draft_team(d);
	for (size_t i = 1; i < d->p->command_roles.n; i++)
		if (conf_role(d->conf, d->p->command_roles.v[i]) != NULL)
			return d->p->command_roles.v[i];
	return "operator";
}

static const struct deadline *
reminder_of(const struct draft *d, const struct outbox_item *it,
    const struct policy_deadline **out)
{
	for (size_t i = 0; i < d->s->n_deadlines; i++) {
		const struct deadline		*dl = &d->s->deadlines[i];
		const struct policy_deadline	*pd = policy_deadline(d->p,
						    dl->name);

		if (dl->state != DL_OPEN || pd == NULL || pd->duty == NULL ||
		    (strcmp(pd->duty, it->duty) != 0 &&
		    (pd->first_duty == NULL ||
		    strcmp(pd->first_duty, it->duty) != 0)))
			continue;
		*out = pd;
		return dl;
	}
	return NULL;
}

/* Why it did not arrive: their answer as it is (into result), or our own
 * reason in both languages (into why). */
static void
put_why(const struct draft *d, const struct outbox_item *it, json_t *data,
    json_t *result)
{
	struct outcome	 last = outcome_of(it->last);
	struct words	 why;
	json_t		*in = json_object_get(data, "in");

	if (*last.said == '\0')
		return;
	if (last.theirs) {
		json_object_set_new(result, "result", json_string(last.said));
		return;
	}
	why = policy_reason(d->p, last.said, d->a);
	json_object_set_new(data, "why", json_string(why.zh));
	if (in == NULL)
		json_object_set_new(data, "in", in = json_pack("{s:{}}",
		    "en"));
	json_object_set_new(json_object_get(in, "en"), "why",
	    json_string(why.en));
}

static json_t *
gave_up_data(const struct draft *d, const struct outbox_item *it)
{
	const char	*channel = channel_kind_name(it->channel);
	struct words	 name = policy_letter(d->p, it->duty);
	json_t		*data;

	data = json_pack("{s:s,s:s,s:s?,s:s?,s:s,s:{s:b},s:{s:{s:s}}}",
	    "duty", it->duty, "letter", name.zh, "recipient", it->to_addr,
	    "role", it->role, "channel", channel, "via", channel, 1, "in",
	    "en", "letter", words_in(&name, "en"));
	put_why(d, it, data, data);
	return data;
}

/* R12: the automatic channel failed; somebody must phone. */
static void
external_failed(struct draft *d, const struct outbox_item *it)
{
	if (it->revision == d->in->revision)	/* else a newer one is sent */
		phone_ask(d, it->role, channel_kind_name(it->channel),
		    gave_up_data(d, it));
}

/* The reminder was not given: the deputy gets it, and it counts once less. */
static void
reminder_lost(struct draft *d, const struct outbox_item *it,
    const struct deadline *dl, const struct policy_deadline *pd)
{
	struct deadline	*out = arena_alloc(d->a, sizeof(*out));
	json_t		*data = reminder_data(d, pd, dl, dl->fired > 0 ?
			    dl->fired : 1);

	json_object_set_new(data, "instead_of", json_pack("{s:s?}", "role",
	    it->role));
	put_why(d, it, data, json_object_get(data, "instead_of"));
	(void)draft_duty(d, it->duty, deputy(d, it->role), data);
	*out = *dl;
	if (out->fired > 0)
		out->fired--;
	d->c->deadlines = out;
	d->c->n_deadlines = 1;
}

/* When even the deputies cannot be reached, telling each other stops. */
static int
storm(const struct draft *d)
{
	int	n = 0;

	for (size_t i = 0; i < d->s->n_journal; i++)
		n += strcmp(d->s->journal[i].event, "gave_up") == 0 &&
		    d->s->journal[i].at > d->ev->now - STORM_SECONDS;
	return n >= STORM_LOST;
}

static void
tell_operator(struct draft *d, const struct outbox_item *it)
{
	struct duty	*du;

	if (it->role != NULL && strcmp(it->role, "operator") == 0)
		return;			/* the last one: the log has it */
	du = draft_duty(d, "gave_up", "operator", gave_up_data(d, it));
	du->unique = arena_printf(d->a, "gave_up/storm/%lld",
	    (long long)(d->ev->now / STORM_SECONDS));
}

void
decide_gave_up(struct draft *d)
{
	const struct outbox_item	*it = d->ev->item;
	const struct policy_deadline	*pd;
	const struct deadline		*dl;
	struct duty			*du;
	const char			*to;

	draft_journal(d, "gave_up", item_detail(d));
	if (storm(d)) {
		tell_operator(d, it);
		return;
	}
	if (strcmp(it->duty, "annex2") == 0) {
		external_failed(d, it);
		return;
	}
	dl = reminder_of(d, it, &pd);
	if (dl != NULL && it->role != NULL &&
	    strcmp(deputy(d, it->role), it->role) != 0) {
		reminder_lost(d, it, dl, pd);
		return;
	}
	to = it->role != NULL && strcmp(it->role, draft_team(d)) == 0 ?
	    deputy(d, it->role) : draft_team(d);
	if (it->role != NULL && strcmp(it->role, "operator") == 0)
		return;			/* the last one: the log has it */
	du = draft_duty(d, "gave_up", to, gave_up_data(d, it));
	du->unique = arena_printf(d->a, "gave_up/%lld", (long long)it->id);
}

/* It may go when the relay is mended; whoever must hear of it hears it by
 * another way until then. */
void
decide_denied(struct draft *d)
{
	const struct outbox_item	*it = d->ev->item;

	if (strcmp(it->duty, "annex2") == 0 && it->revision == d->in->revision)
		phone_ask(d, it->role, channel_kind_name(it->channel),
		    json_pack("{s:s,s:s}", "role", it->role, "denied",
		    outcome_of(it->last).said));
}
