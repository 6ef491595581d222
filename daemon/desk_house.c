#include "config.h"

#include "desk.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "incident/house.h"

#define CASES_MAX	100000
#define RECENT		((int64_t)62 * 86400)	/* a register looks back */

/* --- what house_due() wants to see --- */

static enum rc
add_case(struct desk *d, const struct incident *in, int fields,
    struct arena *a, struct house_case *out, struct err *err)
{
	struct deadline		*dl;
	struct incident_field	*f;
	size_t			 n = 0;
	enum rc			 rc;

	out->in = in;
	out->next = NULL;
	out->cause_code = NULL;
	rc = deadline_list(d->store, in->id, a, &dl, &n, err);
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		if (dl[i].state == DL_OPEN && (out->next == NULL ||
		    dl[i].due_at < out->next->due_at))
			out->next = &dl[i];
	if (rc != RC_OK || !fields)
		return rc;
	rc = field_list(d->store, in->id, a, &f, &n, err);
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		if (strcmp(f[i].name, "cause_code") == 0)
			out->cause_code = f[i].raw;
	return rc;
}

static enum rc
cases(struct desk *d, enum house_want want, struct house *h, struct err *err)
{
	struct incident		*v;
	struct house_case	*out;
	size_t			 n;
	enum rc			 rc;

	if (want == HOUSE_NONE)
		return RC_OK;
	rc = incident_list(d->store, want == HOUSE_OPEN, CASES_MAX, h->a, &v,
	    &n, err);
	if (rc != RC_OK)
		return rc;
	out = arena_array(h->a, n + 1, sizeof(*out));
	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		out[i] = (struct house_case){ .in = &v[i] };
		if (want == HOUSE_OPEN || v[i].received_at > h->now - RECENT)
			rc = add_case(d, &v[i], want == HOUSE_ALL, h->a,
			    &out[i], err);
	}
	h->cases = out;
	h->n_cases = n;
	return rc;
}

static enum rc
begin(struct desk *d, const char *fact, struct arena *a, struct house *h,
    struct err *err)
{
	memset(h, 0, sizeof(*h));
	h->p = d->policy;
	h->conf = d->conf;
	h->now = clock_now();
	h->a = a;
	return fact == NULL ? RC_OK : fact_get(d->store, fact, a, &h->fact,
	    err);
}

/* --- writing --- */

static enum rc
write_rows(struct desk *d, struct change *c, const struct event *ev,
    struct err *err)
{
	char	esc[512];
	enum rc	rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < c->n_journal; i++) {
		struct journal_row	*j = &c->journal[i];

		j->at = ev->now;
		j->actor = ev->actor;
		j->role = ev->role;
		j->mail = ev->mail;
		rc = journal_add(d->store, j, err);
		log_info(NULL, "house: event=%s by=%s detail=\"%s\"", j->event,
		    ev->role, log_text(esc, sizeof(esc), j->detail));
	}
	for (size_t i = 0; rc == RC_OK && i < c->n_facts; i++)
		rc = fact_put(d->store, c->facts[i].name, c->facts[i].value,
		    err);
	for (size_t i = 0; rc == RC_OK && i < c->n_deadlines; i++)
		rc = deadline_put(d->store, &c->deadlines[i], err);
	return rc;
}

static enum rc
apply(struct desk *d, struct change *c, const struct event *ev,
    struct arena *a, struct err *err)
{
	enum rc	rc = write_rows(d, c, ev, err);

	for (size_t i = 0; rc == RC_OK && i < c->n_duties; i++)
		rc = desk_letter_house(d, &c->duties[i], ev, a, err);
	change_done(c);
	return rc;
}

/* --- time --- */

enum rc
desk_house_plan(struct desk *d, struct arena *a, struct err *err)
{
	struct deadline	*dl, *out;
	size_t		 n, n_out;
	enum rc		 rc;

	if (d->house_planned)
		return RC_OK;
	rc = deadline_list(d->store, 0, a, &dl, &n, err);
	if (rc != RC_OK)
		return rc;
	house_plan(d->policy, dl, n, clock_now(), a, &out, &n_out);
	if (n_out > 0)
		rc = desk_begin(d, err);
	for (size_t i = 0; rc == RC_OK && i < n_out; i++)
		rc = deadline_put(d->store, &out[i], err);
	if (rc == RC_OK)
		d->house_planned = 1;
	return rc;
}

enum rc
desk_house_due(struct desk *d, const struct deadline *due, struct arena *a,
    struct err *err)
{
	struct event	ev;
	struct change	c;
	struct house	h;
	enum rc		rc;

	rc = begin(d, house_fact(a, due->name), a, &h, err);
	if (rc == RC_OK)
		rc = cases(d, house_wants(d->policy, due->name), &h, err);
	if (rc != RC_OK)
		return rc;
	memset(&ev, 0, sizeof(ev));
	ev.now = h.now;
	ev.actor = "tocsin";
	ev.role = "tocsin";
	house_due(&h, due, &c);
	d->again = house_again(due->name);
	rc = apply(d, &c, &ev, a, err);
	d->again = d->held = 0;
	return rc;
}

/* --- mails --- */

static enum rc
settle(struct desk *d, struct mail *m, const struct change *c,
    struct err *err)
{
	char	esc[200];

	m->disposition = c->disposition;
	m->why = c->why;
	m->incident = 0;
	log_info(NULL, "mail: id=%lld from=<%s> disposition=%s why=\"%s\"",
	    (long long)m->id, log_text(esc, sizeof(esc), m->from_addr),
	    disposition_name(c->disposition), c->why);
	return spool_settle(d->store, m, err);
}

static enum rc
take(struct desk *d, struct mail *m, const struct event *ev,
    struct change *c, struct arena *a, struct err *err)
{
	enum rc	rc = apply(d, c, ev, a, err);

	return rc == RC_OK ? settle(d, m, c, err) : rc;
}

/* The letter of the house that this mail answers. */
static enum rc
answered(struct desk *d, const struct report *rep, struct arena *a,
    struct outbox_item *it, int *found, struct err *err)
{
	enum rc	rc = RC_REFUSED;

	memset(it, 0, sizeof(*it));
	*found = 0;
	if (rep->in_reply_to != NULL)
		rc = outbox_by_msgid(d->store, rep->in_reply_to, a, it, err);
	for (size_t i = rep->n_references; rc == RC_REFUSED && i-- > 0;)
		rc = outbox_by_msgid(d->store, rep->references[i], a, it, err);
	*found = rc == RC_OK && it->incident == 0;
	return rc == RC_BROKEN ? rc : RC_OK;
}

/* "/advisory/ADV-2026-001#1/smtp/addr": what the letter was about. */
static const char *
key_of(struct arena *a, const struct outbox_item *it)
{
	const char	*s = it->unique_key, *end;

	if (s == NULL || *s != '/')
		return "";
	end = strstr(++s, "/smtp/");
	s = arena_strndup(a, s, end != NULL ? (size_t)(end - s) : strlen(s));
	return arena_strndup(a, s, strcspn(s, "#"));
}

/* number: what a token must be for; to: whom the letter was sent, or NULL. */
static void
who_speaks(struct desk *d, const struct mail *m, struct report *rep,
    const char *number, const char *to, struct arena *a, struct event *ev,
    struct house_answer *an)
{
	struct authority	 who;

	memset(ev, 0, sizeof(*ev));
	memset(an, 0, sizeof(*an));
	memset(&who, 0, sizeof(who));
	ev->kind = EV_MAIL;
	ev->now = clock_now();
	ev->mail = m->id;
	ev->report = rep;
	ev->actor = rep->from_addr == NULL ? "" : rep->from_addr;
	authority_judge(d->conf, d->key, rep, number, to, NULL, ev->now, a,
	    &who);
	ev->role = who.role;
	an->report = rep;
	an->actor = ev->actor;
	an->holder = who.holder;
	an->trusted = who.trusted;
	if (conf_role(d->conf, who.role) != NULL)
		an->role = who.role;
}

static enum rc
answer(struct desk *d, struct mail *m, struct report *rep,
    const struct outbox_item *it, struct arena *a, struct err *err)
{
	struct house_answer	 an;
	struct event		 ev;
	struct change		 c;
	struct house		 h;
	enum rc			 rc;

	rc = begin(d, house_answer_fact(a, key_of(a, it)), a, &h, err);
	if (rc != RC_OK)
		return rc;
	who_speaks(d, m, rep, key_of(a, it), it->to_addr, a, &ev, &an);
	an.key = key_of(a, it);
	house_answer(&h, &an, &c);
	return take(d, m, &ev, &c, a, err);
}

static enum rc
advisory(struct desk *d, struct mail *m, struct report *rep,
    struct arena *a, struct err *err)
{
	struct house_answer	 an;
	struct event		 ev;
	struct change		 c;
	struct house		 h;
	const char		*number;
	int			 n;
	enum rc			 rc;

	rc = begin(d, NULL, a, &h, err);
	if (rc == RC_OK)
		rc = desk_next_advisory(d, house_year(d->policy, h.now), &n,
		    err);
	if (rc != RC_OK)
		return rc;
	number = house_number(a, d->policy, h.now, n);
	who_speaks(d, m, rep, number, NULL, a, &ev, &an);
	house_advisory(&h, &an, number, &c);
	return take(d, m, &ev, &c, a, err);
}

/*
 * May the role order anything of an incident?  A receiver's review is no such
 * order, and whoever only adds something may well report.
 */
static int
may_order(const struct policy *p, const struct conf_role *role)
{
	return role != NULL && !policy_has(&p->forward_roles, role->name) &&
	    strcmp(decide_verbs(p, role->name), "supplement") != 0;
}

static enum rc
which(struct desk *d, struct mail *m, struct report *rep, struct arena *a,
    struct err *err)
{
	struct house_answer	 an;
	struct event		 ev;
	struct change		 c;
	struct house		 h;
	enum rc			 rc;

	rc = begin(d, NULL, a, &h, err);
	if (rc == RC_OK)
		rc = cases(d, HOUSE_OPEN, &h, err);
	if (rc != RC_OK)
		return rc;
	who_speaks(d, m, rep, NULL, NULL, a, &ev, &an);
	house_which(&h, &an, &c);
	return take(d, m, &ev, &c, a, err);
}

enum rc
desk_house_mail(struct desk *d, struct mail *m, struct report *rep,
    struct arena *a, int *taken, struct err *err)
{
	const struct conf_role	*role = conf_role_of(d->conf, rep->from_addr);
	struct outbox_item	 it;
	int			 found;
	enum rc			 rc;

	*taken = 0;
	if (rep->tracking != NULL) {	/* which nobody has */
		*taken = rep->kind == KIND_REPLY && rep->answerable &&
		    may_order(d->policy, role) &&
		    !report_filled_in(rep, "annex1");
		return *taken ? which(d, m, rep, a, err) : RC_OK;
	}
	rc = answered(d, rep, a, &it, &found, err);
	if (rc != RC_OK)
		return rc;
	/* Whoever reports by answering any mail of ours is heard. */
	if (found && strncmp(key_of(a, &it), "sent/", 5) == 0)
		return RC_OK;
	if (found && report_filled_in(rep, "annex1"))
		return RC_OK;
	if ((!found || house_answer_fact(a, key_of(a, &it)) == NULL) &&
	    rep->answerable && may_order(d->policy, role) &&
	    decide_only_orders(d->policy, rep, a)) {
		*taken = 1;
		return which(d, m, rep, a, err);
	}
	if (found) {
		*taken = 1;
		return answer(d, m, rep, &it, a, err);
	}
	if (role != NULL && policy_has(&d->policy->command_roles,
	    role->name) && house_is_advisory(d->policy, rep)) {
		*taken = 1;
		return advisory(d, m, rep, a, err);
	}
	return RC_OK;
}
