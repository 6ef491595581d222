/*
 * decide_mail - a later mail: whose is it, and what may it do?
 */
#include "incident/decide_draft.h"

#include <string.h>

#include "base/civil.h"
#include "incident/tracking.h"

static const struct field *
known(const struct report *r, const char *name)
{
	for (size_t i = 0; i < r->n_fields; i++)
		if (r->fields[i].known && strcmp(r->fields[i].name, name) == 0)
			return &r->fields[i];
	return NULL;
}

static int
says_recovered(const struct report *r)
{
	const struct field	*f = known(r, "status");

	return f != NULL && f->text != NULL && strcmp(f->text, "recovered") == 0;
}

/* A form's "申請鑑識支援：否" of somebody who never asked orders nothing. */
static int
orders(const struct draft *d)
{
	struct word_line	*w;
	size_t			 n = words_find(d->p, d->ev->report, d->a, &w);

	while (n > 0 && w[n - 1].command == CMD_FORENSIC_NO)
		n--;
	return n > 0;
}

int
mail_has_commands(const struct draft *d)
{
	const struct report	*r = d->ev->report;

	if (known(r, "level") != NULL || known(r, "status") != NULL ||
	    orders(d))
		return 1;
	if (!policy_has(&d->p->command_roles, d->ev->role))
		return 0;
	if (report_given(r, "level") != NULL || report_given(r, "status") !=
	    NULL)
		return 1;		/* two levels in one, or unclear */
	for (size_t i = 0; i < r->n_fields; i++)
		if (r->fields[i].known && !policy_has(&d->p->report_required,
		    r->fields[i].name))
			return 1;
	return 0;
}

/* Somebody of the house tells that it works again, and nothing else. */
static int
only_recovered(const struct draft *d)
{
	const struct report	*r = d->ev->report;

	return says_recovered(r) && known(r, "level") == NULL && !orders(d) &&
	    draft_own_domain(d->conf, r->from_addr);
}

/*
 * A command without the right: nothing changes, the team is told, the sender
 * learns only that it was not taken.  Both at most once a day and sender.
 */
static void
rejected(struct draft *d)
{
	const struct report	*r = d->ev->report;
	const char		*why = d->ev->why_untrusted;
	struct words		 say;
	struct civil		 c;
	struct duty		*du;

	if (why == NULL)
		why = "the sender holds no role that may do this";
	civil_from_utc(&c, d->ev->now, d->p->zone);
	draft_journal(d, "rejected", json_pack("{s:s}", "why", why));
	say = policy_reason(d->p, why, d->a);
	du = draft_duty(d, "rejected", draft_team(d), json_pack(
	    "{s:s?,s:s,s:{s:{s:s}}}", "from", r->from_addr, "why", say.zh,
	    "in", "en", "why", say.en));
	du->unique = arena_printf(d->a, "rejected/%04d%02d%02d/%s", c.year,
	    c.mon, c.day, d->ev->actor != NULL ? d->ev->actor : "");
	if (r->answerable) {
		const char	*key = du->unique;

		du = draft_duty(d, "rejected_sender", "sender", NULL);
		du->reply = 1;
		du->unique = key;
	}
	d->c->disposition = DISP_REJECTED;
	d->c->why = arena_printf(d->a, "a command without the right: %s", why);
}

void
mail_redirected(struct draft *d)
{
	const struct incident	*from = d->ev->redirected;
	const char		*to = d->in->tracking;

	if (from != NULL)
		draft_line(d, "", SAY_REDIRECTED, WORDS(from->tracking,
		    from->tracking), WORDS(to, to), 1);
}

/* The n bytes at s, when they are the number of another incident. */
static void
other_number(struct draft *d, const char *s, size_t n)
{
	char		 series[TRACKING_SERIES + 1];
	char		*number = arena_strndup(d->a, s, n), *p;
	const char	*into = d->ev->other != NULL ? d->ev->other->tracking :
			    "";
	int		 day, nth;
	size_t		 i;
	json_t		*line;

	if (tracking_parse(number, series, &day, &nth) != 0 ||
	    (strcmp(series, d->p->tracking_series) != 0 &&
	    strcmp(series, d->p->drill_series) != 0))
		return;
	for (p = number; *p != '\0'; p++)
		*p = *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p;
	if (strcmp(number, d->in->tracking) == 0 || strcmp(number, into) == 0 ||
	    (d->ev->redirected != NULL &&
	    strcmp(number, d->ev->redirected->tracking) == 0))
		return;
	json_array_foreach(d->lines, i, line)
		if (strcmp(json_string_value(json_object_get(line, "text")),
		    number) == 0)
			return;			/* said before */
	draft_line(d, number, SAY_OTHER_NUMBER, WORDS(number, number),
	    NO_WORDS, 0);
}

/*
 * [CSI-...] [CSI-...] in the subject, or CSI-... at the head of a line.  What
 * a sentence mentions is no order for it.
 */
void
mail_other_numbers(struct draft *d)
{
	static const char	 chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789-";
	const struct report	*r = d->ev->report;
	const char		*s = r->subject != NULL ? r->subject : "";

	for (; (s = strchr(s, '[')) != NULL; s++)
		if (s[1 + strspn(s + 1, chars)] == ']')
			other_number(d, s + 1, strspn(s + 1, chars));
	s = r->own_text != NULL ? r->own_text : "";
	for (; *s != '\0'; s += *s == '\n') {
		s += strspn(s, " \t[(#");
		other_number(d, s, strspn(s, chars));
		s += strcspn(s, "\n");
	}
}

void
decide_mail(struct draft *d)
{
	const struct event	*ev = d->ev;
	int			 in_plan;

	in_plan = strcmp(ev->role, "reporter") != 0 &&
	    strcmp(ev->role, "other") != 0;
	if (in_plan && ev->trusted)
		mail_commands(d);
	else if (strcmp(ev->role, "reporter") == 0)
		mail_supplement(d);
	else if (mail_has_commands(d) && (in_plan || !only_recovered(d)))
		rejected(d);
	else
		mail_supplement(d);
}
