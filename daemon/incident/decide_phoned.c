/*
 * decide_phoned - the receivers are told by phone or fax (R12): the team is
 * asked to, and what it says of it stands for the receipts that failed.
 */
#include "incident/decide_draft.h"

#include <stdlib.h>
#include <string.h>

#include "parsers/datetime.h"

/*
 * When they phoned: the hour they wrote down, if it can have been then - not
 * to come, and not before there was this to tell.  Else now.
 */
static int64_t
phoned_at(const struct draft *d, const char *text)
{
	int64_t		first = d->in->received_at;
	struct datetime	dt;

	for (size_t i = 0; d->in->revision > 1 && i < d->s->n_items; i++)
		if (d->s->items[i].revision == d->in->revision &&
		    d->s->items[i].created_at > first)
			first = d->s->items[i].created_at;
	datetime_read(d->a, text, d->ev->now, d->p->zone, &dt);
	return dt.known && dt.has_time && dt.utc >= first &&
	    dt.utc <= d->ev->now ? dt.utc : d->ev->now;
}

/* The last of what makes the report complete: receipts and calls. */
static int64_t
told_last(const struct draft *d)
{
	json_t		*phoned = json_object_get(d->extra, "phoned"), *v;
	const char	*role;
	int64_t		 last = 0;

	json_object_foreach(phoned, role, v)
		if (json_integer_value(v) > last)
			last = json_integer_value(v);
	for (size_t i = 0; i < d->s->n_items; i++) {
		const struct outbox_item *it = &d->s->items[i];

		if (it->revision == d->in->revision && it->settled_at > last &&
		    it->state == OUT_ACCEPTED &&
		    strcmp(it->duty, "annex2") == 0)
			last = it->settled_at;
	}
	return last;
}

/* 27:99 */
static int
no_such_hour(const char *s)
{
	for (; (s = strpbrk(s, "0123456789")) != NULL; s += strspn(s,
	    "0123456789")) {
		size_t	n = strspn(s, "0123456789");
		size_t	colon = s[n] == ':' ? 1 :
			    strncmp(s + n, "：", 3) == 0 ? 3 : 0;

		if (colon == 0 || n > 2 ||
		    strspn(s + n + colon, "0123456789") == 0)
			continue;
		if (strtoul(s, NULL, 10) > 23 ||
		    strtoul(s + n + colon, NULL, 10) > 59)
			return 1;
		s += n + colon;
	}
	return 0;
}

void
phoned_word(struct draft *d, const struct word_line *w)
{
	json_t	*ph;
	int64_t	 at = phoned_at(d, w->arg);
	int	 named = 0;

	if (no_such_hour(w->arg)) {
		draft_line(d, w->text, SAY_PHONED_BAD_TIME, NO_WORDS, NO_WORDS,
		    0);
		return;
	}
	ph = json_object();
	for (size_t i = 0; i < d->p->forward_roles.n; i++) {
		const char	*name = d->p->forward_roles.v[i];

		if (draft_names_role(d, w->arg, name)) {
			json_object_set_new(ph, name, json_integer(at));
			named = 1;
		}
	}
	for (size_t i = 0; !named && i < d->p->forward_roles.n; i++)
		json_object_set_new(ph, d->p->forward_roles.v[i],
		    json_integer(at));
	draft_journal(d, "phoned", json_pack("{s:s,s:O,s:i}", "text", w->arg,
	    "roles", ph, "revision", d->in->revision));
	if (json_object_get(d->extra, "phoned") == NULL)
		json_object_set_new(d->extra, "phoned", json_object());
	json_object_update(json_object_get(d->extra, "phoned"), ph);
	json_decref(ph);
	draft_line(d, w->text, SAY_PHONED, WORDS(w->arg, w->arg), NO_WORDS, 1);
	if (external_complete(d, NULL))
		external_done(d, told_last(d), "phone");
}

void
phone_ask(struct draft *d, const char *role, const char *channel, json_t *data)
{
	const struct conf_role	*r = role != NULL ? conf_role(d->conf, role) :
				    NULL;
	struct duty		*du;

	if (role != NULL && json_object_get(json_object_get(d->extra,
	    "phoned"), role) != NULL) {
		json_decref(data);
		return;			/* they heard it already */
	}
	if (json_object_get(d->extra, "external_failed") == NULL) {
		json_object_set_new(d->extra, "external_failed",
		    json_integer(d->ev->now));
		d->c->put = 1;
	}
	if (r != NULL)
		json_object_set_new(data, "receiver", json_pack(
		    "{s:s,s:s?,s:s?,s:s?}", "role", role, "label", r->label,
		    "phone", r->phone, "fax", r->fax));
	du = draft_duty(d, "phone_script", draft_team(d), data);
	du->revision = d->in->revision;
	du->unique = arena_printf(d->a, "phone/%d/%s/%s", d->in->revision,
	    role != NULL ? role : "", channel);
}
