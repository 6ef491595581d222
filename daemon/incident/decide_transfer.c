/*
 * decide_transfer - an incident is handed over (R18).  Only who works on it
 * changes: the reminders go on and the team still answers for it, so all who
 * would ask the team, or be asked, learn whom it is with.
 */
#include "incident/decide_draft.h"

#include <string.h>

#define NAME_BYTES	120		/* of whoever goes on with it */

/* Who goes on with it; NULL: nobody is named.  "已移轉完成" names nobody. */
static const char *
named(struct draft *d, const char *text, const char *arg)
{
	const char	*to = arg != NULL ? arg : words_after(d->p,
			    CMD_TRANSFER, text);

	if (to == NULL || *to == '\0' || policy_has(&d->p->done_words, to))
		return NULL;
	return draft_cut(d->a, to, NAME_BYTES);
}

static int
may_see_something(const struct policy *p, const char *role)
{
	for (size_t i = 0; i < p->n_disclosures; i++)
		if (strcmp(p->disclosures[i].role, role) == 0)
			return 1;
	return 0;
}

/* A role of ours that is named takes it over; the outside has its reports. */
static int
tell_named(struct draft *d, const char *to)
{
	const struct policy_strings	*known = &d->p->notify_transferred;
	int				 told = 0;

	for (size_t i = 0; to != NULL && i < d->conf->n_roles; i++) {
		const char	*role = d->conf->roles[i].name;

		if (!draft_names_role(d, to, role) || policy_has(known,
		    role) || policy_has(&d->p->forward_roles, role) ||
		    !may_see_something(d->p, role))
			continue;
		(void)draft_duty(d, "transferred", role, json_pack("{s:b}",
		    "takes_over", 1));
		told = 1;
	}
	return told;
}

static void
tell(struct draft *d, const char *to)
{
	json_t	*data = json_pack("{s:b,s:b}", "successor_told", tell_named(d,
		    to), "unnamed", to == NULL);

	draft_duties(d, "transferred", &d->p->notify_transferred, data);
	draft_reporters(d, "transferred", data);
	if (to != NULL)		/* the outside wants to know whom to ask */
		external_report(d, EXTERNAL_TRANSFERRED, "");
}

void
transfer_told(struct draft *d, enum incident_state from, const char *text,
    const char *arg)
{
	const char	*to = named(d, text, arg);
	const char	*before = json_string_value(json_object_get(d->extra,
			    "transferred_to"));
	int		 known = to != NULL && before != NULL &&
			    strcmp(before, to) == 0;

	if (from == INC_TRANSFERRED && (to == NULL || known)) {
		draft_line(d, text, SAY_STATUS_SAME, NO_WORDS, draft_state(d,
		    from), 1);
		return;
	}
	if (to != NULL)
		json_object_set_new(d->extra, "transferred_to",
		    json_string(to));
	else
		json_object_del(d->extra, "transferred_to");
	draft_journal(d, "transferred", json_pack("{s:s?}", "to", to));
	draft_line(d, text, to != NULL ? SAY_TRANSFERRED :
	    SAY_TRANSFERRED_WHERE, draft_state(d, from), WORDS(to, to), 1);
	if (!known)
		tell(d, to);
}
