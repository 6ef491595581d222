/*
 * policy_check - is the plan complete?  Every level, state, saying, command,
 * and every name that something else refers to.
 */
#include "incident/policy_load.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct check {
	cfg_t		*cfg;
	const struct policy_text *text;
	const struct policy *p;
	struct err	*err;
	enum rc		 rc;
};

/* Say the first fault; sec's line is where its section ends. */
static void __attribute__((format(printf, 3, 4)))
fault(struct check *c, cfg_t *sec, const char *fmt, ...)
{
	const struct policy_place	*at;
	char				 text[400];
	va_list				 ap;

	if (c->rc != RC_OK)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	at = policy_text_place(c->text, sec->line);
	c->rc = err_set(c->err, RC_REFUSED, "%s:%d: %s", at->file, at->line,
	    text);
}

static void
need_words(struct check *c, const struct words *w, const char *what,
    const char *name)
{
	if (w->zh == NULL || *w->zh == '\0')
		fault(c, c->cfg, "%s%s%s%s: found no text, expected zh = "
		    "\"...\"", what, name != NULL ? " \"" : "",
		    name != NULL ? name : "", name != NULL ? "\"" : "");
}

static void
need_some(struct check *c, const struct policy_strings *s, const char *key)
{
	if (s->n == 0)
		fault(c, c->cfg, "%s: found nothing, expected at least one "
		    "name", key);
}

/* A field that people are shown must have a label. */
static void
need_label(struct check *c, const char *field, const char *where)
{
	for (size_t i = 0; i < c->p->n_fields; i++)
		if (strcmp(c->p->fields[i].name, field) == 0)
			return;
	if (strcmp(field, "*") != 0)
		fault(c, c->cfg, "%s: found \"%s\", expected a name with a "
		    "field \"...\" { zh = ... } section", where, field);
}

static void
need_labels(struct check *c, const struct policy_strings *s, const char *where)
{
	for (size_t i = 0; i < s->n; i++)
		need_label(c, s->v[i], where);
}

static void
check_head(struct check *c)
{
	const struct policy	*p = c->p;

	if (p->id == NULL)
		fault(c, c->cfg, "id: found nothing, expected the file's name");
	if (p->version < 1)
		fault(c, c->cfg, "version: found nothing, expected 1 or more");
	if (cfg_getstr(c->cfg, "zone") == NULL)
		fault(c, c->cfg, "zone: found nothing, expected an offset "
		    "like \"+08:00\"");
	if (p->tracking_series == NULL)
		fault(c, c->cfg, "tracking_series: found nothing, expected "
		    "letters like \"CSI\"");
	if (p->drill_series == NULL)
		fault(c, c->cfg, "drill_series: found nothing, expected "
		    "letters like \"DRILL\"");
	need_words(c, &p->title, "title", NULL);
	if (p->report_limit <= 0)
		fault(c, c->cfg, "deadline: found none with rule = "
		    "\"verdict\", expected the time for the internal report");
}

static void
check_levels(struct check *c)
{
	static const char *const digits[LEVELS] = { "0", "1", "2", "3", "4" };

	for (unsigned i = 0; i < cfg_size(c->cfg, "level"); i++) {
		cfg_t		*sec = cfg_getnsec(c->cfg, "level", i);
		const char	*t = cfg_title(sec);

		if (t[0] < '1' || t[0] >= '0' + LEVELS || t[1] != '\0')
			fault(c, sec, "level: found \"%s\", expected \"1\" to "
			    "\"4\"", t);
	}
	for (int l = 1; l < LEVELS; l++)
		need_words(c, &c->p->levels[l].text, "level", digits[l]);
	for (int l = 1; l < LEVELS; l++)
		if (c->p->meeting[l] == NULL)
			fault(c, c->cfg, "meeting: found nothing for level %d, "
			    "expected \"L%d no\", \"L%d ask\" or \"L%d "
			    "mandatory\"", l, l, l, l);
}

static void
check_words(struct check *c)
{
	static const char *const verdicts[] = {
		"on_time", "claimed_on_time", "late", "inconsistent", "unknown"
	};
	enum incident_state	st;

	for (unsigned i = 0; i < cfg_size(c->cfg, "state"); i++) {
		cfg_t	*sec = cfg_getnsec(c->cfg, "state", i);

		if (incident_state_parse(cfg_title(sec), &st) != 0)
			fault(c, sec, "state: found \"%s\", expected a state "
			    "like \"received\"", cfg_title(sec));
	}
	for (int s = 0; s < INC_NSTATES; s++)
		need_words(c, &c->p->states[s].label, "state",
		    incident_state_name((enum incident_state)s));
	for (int i = 0; i < SAY_N; i++)
		need_words(c, &c->p->say[i], "say", saying_name(i));
	for (int i = 0; i < CMD_N; i++)
		if (c->p->commands[i].n == 0)
			fault(c, c->cfg, "command \"%s\": found no words, "
			    "expected words = {\"...\"}", command_name(i));
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
		if (cfg_gettsec(c->cfg, "verdict", verdicts[i]) == NULL)
			fault(c, c->cfg, "verdict \"%s\": found no text, "
			    "expected zh = \"...\"", verdicts[i]);
}

/* What stands in a place must be in what people read, in either language. */
static void
check_reasons(struct check *c)
{
	for (unsigned i = 0; i < cfg_size(c->cfg, "reason"); i++) {
		cfg_t	*sec = cfg_getnsec(c->cfg, "reason", i);
		const char *name = cfg_title(sec), *s[2];

		s[0] = cfg_getstr(sec, "zh");
		s[1] = cfg_getstr(sec, "en");
		if (s[0] == NULL || *s[0] == '\0')
			fault(c, sec, "reason \"%.200s\": found no text, "
			    "expected zh = \"...\"", name);
		for (int k = 0; k < 2; k++)
			if (!policy_reason_same_places(name, s[k] == NULL ?
			    name : s[k]))
				fault(c, sec, "reason \"%.200s\": found other "
				    "{places} in %s, expected each of the name "
				    "once", name, k == 0 ? "zh" : "en");
	}
}

static void
need_both(struct check *c, cfg_t *sec, const char *what)
{
	cfg_t	*of = what == NULL ? sec : cfg_size(sec, what) == 0 ? NULL :
		    cfg_getsec(sec, what);

	if (of == NULL || cfg_getstr(of, "zh") == NULL ||
	    cfg_getstr(of, "en") == NULL)
		fault(c, sec, "alarm \"%s\": %s: found no text, expected zh "
		    "and en", cfg_title(sec), what == NULL ? "title" : what);
}

static void
check_alarms(struct check *c)
{
#define X(name) name,
	static const char *const kinds[] = { ALARMS(X) };
#undef X
	size_t	n = sizeof(kinds) / sizeof(kinds[0]), k;

	for (k = 0; k < n; k++)
		if (policy_alarm(c->p, kinds[k]) == NULL)
			fault(c, c->cfg, "alarm \"%s\": found no text, "
			    "expected zh and en", kinds[k]);
	for (unsigned i = 0; i < cfg_size(c->cfg, "alarm"); i++) {
		cfg_t	*sec = cfg_getnsec(c->cfg, "alarm", i);

		for (k = 0; k < n; k++)
			if (strcmp(kinds[k], cfg_title(sec)) == 0)
				break;
		if (k == n)
			fault(c, sec, "alarm: found \"%s\", expected one that "
			    "the daemon gives, like \"mailbox\"",
			    cfg_title(sec));
		need_both(c, sec, NULL);
		need_both(c, sec, "means");
		need_both(c, sec, "todo");
	}
}

static void
check_categories(struct check *c)
{
	const struct policy	*p = c->p;

	for (size_t i = 0; i < p->n_categories; i++) {
		const struct policy_category *k = &p->categories[i];
		cfg_t	*sec = cfg_getnsec(c->cfg, "category", (unsigned)i);

		need_words(c, &k->label, "category", k->name);
		if (k->instructions.zh == NULL)
			fault(c, sec, "category \"%s\": found no instructions, "
			    "expected instructions { zh = \"...\" }", k->name);
	}
	if (p->n_categories == 0)
		fault(c, c->cfg, "category: found none, expected at least one");
	need_words(c, &p->general_instructions, "general_instructions", NULL);
}

static void
check_people(struct check *c)
{
	const struct policy	*p = c->p;

	need_some(c, &p->command_roles, "command_roles");
	need_some(c, &p->confirm_roles, "confirm_roles");
	need_some(c, &p->close_roles, "close_roles");
	need_some(c, &p->meeting_roles, "meeting_roles");
	need_some(c, &p->forensic_roles, "forensic_roles");
	if (p->two_persons_from > 0)
		need_some(c, &p->second_roles, "second_roles");
	need_some(c, &p->notify_opened, "notify_opened");
	need_some(c, &p->notify_recovered, "notify_recovered");
	need_some(c, &p->report_required, "report_required");
	if (p->forward_min_level > 0)
		need_some(c, &p->forward_roles, "forward_roles");
	need_labels(c, &p->report_required, "report_required");
	need_labels(c, &p->close_required, "close_required");
	for (size_t i = 0; i < p->n_checklist; i++)
		need_label(c, p->checklist[i].field, "check");
	if (p->n_checklist == 0)
		fault(c, c->cfg, "check: found none, expected the recovery "
		    "checklist");
	for (size_t i = 0; i < p->n_disclosures; i++)
		need_labels(c, &p->disclosures[i].fields, "disclosure");
}

/* Whoever is told something must be allowed to see something. */
static void
check_disclosed(struct check *c, const struct policy_strings *roles,
    const char *key)
{
	for (size_t i = 0; i < roles->n; i++)
		if (cfg_gettsec(c->cfg, "disclosure", roles->v[i]) == NULL)
			fault(c, c->cfg, "%s: found \"%s\", expected a role "
			    "with a disclosure \"...\" section", key,
			    roles->v[i]);
}

/* Evidence follows a report, to one who may see files; a list needs no types. */
static void
check_evidence(struct check *c, cfg_t *sec, const struct policy_evidence *e)
{
	int	files = e->mail == EVIDENCE_FILES || e->http == EVIDENCE_FILES;

	if (!policy_has(&c->p->forward_roles, e->role))
		fault(c, sec, "evidence \"%s\": expected one of "
		    "forward_roles: evidence follows a report", e->role);
	if (!policy_discloses(c->p, e->role, "attachments"))
		fault(c, sec, "evidence \"%s\": expected \"attachments\" among "
		    "the fields of its disclosure: what a file shows, its "
		    "receiver sees", e->role);
	if (files && e->types == 0)
		fault(c, sec, "evidence \"%s\": types: found none, expected "
		    "what may go, like \"image/png\"", e->role);
	if (e->total < e->each)
		fault(c, sec, "evidence \"%s\": total: found less than each, "
		    "expected at least as much", e->role);
}

/* Who answers for it, and that it can run: from one event to another. */
static void
check_span(struct check *c, cfg_t *sec, const struct policy_deadline *d)
{
	if (d->owner != NULL && strcmp(d->owner, "reporter") != 0 &&
	    cfg_gettsec(c->cfg, "disclosure", d->owner) == NULL)
		fault(c, sec, "deadline \"%s\": owner: found \"%s\", expected "
		    "\"reporter\" or a role with a disclosure \"...\" section",
		    d->name, d->owner);
	if (d->from != NULL && d->to != NULL && strcmp(d->from, d->to) == 0)
		fault(c, sec, "deadline \"%s\": to: found \"%s\" again, "
		    "expected another event than from", d->name, d->to);
}

static void
check_deadline(struct check *c, cfg_t *sec, const struct policy_deadline *d)
{
	int	on = 0, ends = 1;

	if (d->label.zh == NULL)
		fault(c, sec, "deadline \"%s\": found no text, expected zh = "
		    "\"...\"", d->name);
	if (d->from == NULL || d->to == NULL)
		fault(c, sec, "deadline \"%s\": found no %s, expected an event "
		    "like \"received\"", d->name,
		    d->from == NULL ? "from" : "to");
	for (int l = 0; l < LEVELS; l++) {
		on |= d->within[l] >= 0;
		ends &= d->within[l] < 0 || d->then_every[l] > 0;
		if (strcmp(d->rule, "apa48-month") == 0 && d->within[l] > 0 &&
		    d->within[l] % POLICY_MONTH != 0)
			fault(c, sec, "deadline \"%s\": within: expected whole "
			    "months with rule \"apa48-month\"", d->name);
	}
	if (!on)
		fault(c, sec, "deadline \"%s\": within: found nothing, "
		    "expected a time like \"30m\" or \"L3 2h\"", d->name);
	if (strcmp(d->rule, "verdict") == 0)
		return;
	if (d->duty == NULL)
		fault(c, sec, "deadline \"%s\": duty: found nothing, expected "
		    "the template of the reminder", d->name);
	if (d->owner == NULL)
		fault(c, sec, "deadline \"%s\": owner: found nothing, expected "
		    "a role", d->name);
	if (d->n_rungs == 0)
		fault(c, sec, "deadline \"%s\": rungs: found none, expected "
		    "\"100%% team\" or the like", d->name);
	for (size_t i = 1; i < d->n_rungs; i++)
		if (d->rungs[i].percent <= d->rungs[i - 1].percent)
			fault(c, sec, "deadline \"%s\": rungs: found %d%% "
			    "after %d%%, expected a rising ladder", d->name,
			    d->rungs[i].percent, d->rungs[i - 1].percent);
	if (!ends)
		fault(c, sec, "deadline \"%s\": then_every: missing for a "
		    "level that is on; expected a time: a ladder never ends "
		    "by itself", d->name);
}

static void
check_schedule(struct check *c, cfg_t *sec, const struct policy_schedule *s)
{
	if (s->label.zh == NULL)
		fault(c, sec, "schedule \"%s\": found no text, expected zh = "
		    "\"...\"", s->name);
	if (s->every == EVERY_N)
		fault(c, sec, "schedule \"%s\": when: found nothing, expected "
		    "a time like \"daily 08:30\"", s->name);
	if (s->duty == NULL)
		fault(c, sec, "schedule \"%s\": duty: found nothing, expected "
		    "the template of the letter", s->name);
	if ((s->roles.n == 0) == (s->list == NULL))
		fault(c, sec, "schedule \"%s\": expected either roles or a "
		    "list", s->name);
	if (s->answer_within > 0 && s->late_roles.n == 0)
		fault(c, sec, "schedule \"%s\": late_roles: found nothing, "
		    "expected who is told of missing answers", s->name);
	check_disclosed(c, &s->roles, "schedule");
	check_disclosed(c, &s->late_roles, "schedule");
}

enum rc
policy_check(cfg_t *cfg, const struct policy_text *text,
    const struct policy *p, struct err *err)
{
	struct check	 c = { cfg, text, p, err, RC_OK };

	check_head(&c);
	check_levels(&c);
	check_words(&c);
	check_reasons(&c);
	check_alarms(&c);
	check_categories(&c);
	check_people(&c);
	for (size_t i = 0; i < p->n_deadlines; i++) {
		cfg_t	*sec = cfg_getnsec(cfg, "deadline", (unsigned)i);

		check_deadline(&c, sec, &p->deadlines[i]);
		check_span(&c, sec, &p->deadlines[i]);
		for (size_t r = 0; r < p->deadlines[i].n_rungs; r++)
			check_disclosed(&c, &p->deadlines[i].rungs[r].roles,
			    "deadline");
		check_disclosed(&c, &p->deadlines[i].then_roles, "deadline");
	}
	for (size_t i = 0; i < p->n_schedules; i++)
		check_schedule(&c, cfg_getnsec(cfg, "schedule", (unsigned)i),
		    &p->schedules[i]);
	for (size_t i = 0; i < p->n_evidence; i++)
		check_evidence(&c, cfg_getnsec(cfg, "evidence", (unsigned)i),
		    &p->evidence[i]);
	check_disclosed(&c, &p->command_roles, "command_roles");
	check_disclosed(&c, &p->meeting_roles, "meeting_roles");
	check_disclosed(&c, &p->second_roles, "second_roles");
	check_disclosed(&c, &p->forensic_roles, "forensic_roles");
	check_disclosed(&c, &p->forensic_receivers, "forensic_receivers");
	check_disclosed(&c, &p->notify_opened, "notify_opened");
	check_disclosed(&c, &p->notify_level, "notify_level");
	check_disclosed(&c, &p->notify_recovered, "notify_recovered");
	check_disclosed(&c, &p->notify_closed, "notify_closed");
	check_disclosed(&c, &p->notify_transferred, "notify_transferred");
	check_disclosed(&c, &p->forward_roles, "forward_roles");
	return c.rc;
}
