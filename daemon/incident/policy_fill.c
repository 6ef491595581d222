/*
 * policy_fill - from libconfuse's tree to struct policy, in the policy's
 * arena.  Every value was checked when it was read.
 */
#include "incident/policy_load.h"

#include <string.h>

static void
fill_words(cfg_t *sec, struct arena *a, struct words *w)
{
	if (sec == NULL)
		return;
	w->zh = arena_strdup(a, cfg_getstr(sec, "zh"));
	w->en = arena_strdup(a, cfg_getstr(sec, "en"));
}

static struct policy_strings
strings(cfg_t *cfg, const char *key, struct arena *a)
{
	struct policy_strings	 s = { 0, NULL };

	s.n = cfg_size(cfg, key);
	s.v = arena_array(a, s.n + 1, sizeof(*s.v));
	for (size_t i = 0; i < s.n; i++)
		s.v[i] = arena_strdup(a, cfg_getnstr(cfg, key, (unsigned)i));
	return s;
}

/* "team secretary" */
static struct policy_strings
split(const char *s, struct arena *a)
{
	struct policy_strings	 out = { 0, NULL };

	out.v = arena_array(a, strlen(s) / 2 + 2, sizeof(*out.v));
	while (*(s += strspn(s, " ")) != '\0') {
		size_t	n = strcspn(s, " ");

		out.v[out.n++] = arena_strndup(a, s, n);
		s += n;
	}
	return out;
}

static void
fill_levels(cfg_t *sec, const char *key, int64_t *out, int64_t none)
{
	const char	*rest;
	int64_t		 v;
	int		 level;

	for (int l = 0; l < LEVELS; l++)
		out[l] = none;
	for (unsigned i = 0; i < cfg_size(sec, key); i++) {
		(void)policy_level_prefix(cfg_getnstr(sec, key, i), &level,
		    &rest);
		(void)policy_duration(rest, &v);
		for (int l = 0; l < LEVELS; l++)
			if (level == -1 || level == l)
				out[l] = v;
	}
}

static void
fill_labels(cfg_t *cfg, const char *key, struct arena *a,
    struct policy_label **out, size_t *n)
{
	*n = cfg_size(cfg, key);
	*out = arena_array(a, *n + 1, sizeof(**out));
	for (size_t i = 0; i < *n; i++) {
		cfg_t	*sec = cfg_getnsec(cfg, key, (unsigned)i);

		(*out)[i].name = arena_strdup(a, cfg_title(sec));
		fill_words(sec, a, &(*out)[i].label);
	}
}

static void
fill_alarms(cfg_t *cfg, struct policy *p)
{
	p->n_alarms = cfg_size(cfg, "alarm");
	p->alarms = arena_array(p->arena, p->n_alarms + 1,
	    sizeof(*p->alarms));
	for (size_t i = 0; i < p->n_alarms; i++) {
		cfg_t			*sec = cfg_getnsec(cfg, "alarm",
					    (unsigned)i);
		struct policy_alarm	*al = &p->alarms[i];

		al->name = arena_strdup(p->arena, cfg_title(sec));
		al->once = cfg_getbool(sec, "once");
		fill_words(sec, p->arena, &al->label);
		if (cfg_size(sec, "means") > 0)
			fill_words(cfg_getsec(sec, "means"), p->arena,
			    &al->means);
		if (cfg_size(sec, "todo") > 0)
			fill_words(cfg_getsec(sec, "todo"), p->arena,
			    &al->todo);
	}
}

static void
fill_category(cfg_t *sec, struct arena *a, struct policy_category *c)
{
	c->name = arena_strdup(a, cfg_title(sec));
	fill_words(sec, a, &c->label);
	if (cfg_size(sec, "instructions") > 0)
		fill_words(cfg_getsec(sec, "instructions"), a,
		    &c->instructions);
	c->labels = strings(sec, "labels", a);
	c->keywords = strings(sec, "keywords", a);
	c->reproach = cfg_getbool(sec, "reproach");
	c->rank = (int)cfg_getint(sec, "rank");
}

static unsigned
fill_states(cfg_t *sec)
{
	enum incident_state	s;
	unsigned		bits = 0;

	for (unsigned i = 0; i < cfg_size(sec, "while"); i++)
		if (incident_state_parse(cfg_getnstr(sec, "while", i), &s) == 0)
			bits |= POLICY_STATE(s);
	if (bits == 0)	/* what stops nothing but recovery and its like, R18 */
		bits = POLICY_STATE(INC_RECEIVED) | POLICY_STATE(INC_ASSESSED) |
		    POLICY_STATE(INC_IN_PROGRESS) |
		    POLICY_STATE(INC_CONTAINED) |
		    POLICY_STATE(INC_TRANSFERRED);
	return bits;
}

static void
fill_deadline(cfg_t *sec, struct arena *a, struct policy_deadline *d)
{
	const char	*roles;
	int		 level;

	d->name = arena_strdup(a, cfg_title(sec));
	fill_words(sec, a, &d->label);
	d->from = arena_strdup(a, cfg_getstr(sec, "from"));
	d->to = arena_strdup(a, cfg_getstr(sec, "to"));
	fill_levels(sec, "within", d->within, -1);
	d->rule = arena_strdup(a, cfg_getstr(sec, "rule"));
	d->owner = arena_strdup(a, cfg_getstr(sec, "owner"));
	d->duty = arena_strdup(a, cfg_getstr(sec, "duty"));
	d->first_duty = arena_strdup(a, cfg_getstr(sec, "first_duty"));
	d->n_rungs = cfg_size(sec, "rungs");
	d->rungs = arena_array(a, d->n_rungs + 1, sizeof(*d->rungs));
	for (size_t i = 0; i < d->n_rungs; i++) {
		(void)policy_rung_read(cfg_getnstr(sec, "rungs", (unsigned)i),
		    &d->rungs[i].percent, &roles);
		d->rungs[i].roles = split(roles, a);
	}
	fill_levels(sec, "then_every", d->then_every, 0);
	d->then_roles = strings(sec, "then_roles", a);
	for (unsigned i = 0; i < cfg_size(sec, "quiet"); i++) {
		(void)policy_level_prefix(cfg_getnstr(sec, "quiet", i), &level,
		    &roles);
		d->quiet[level] = 1;
	}
	d->states = fill_states(sec);
	d->restart = cfg_getbool(sec, "restart");
}

static void
fill_schedule(cfg_t *sec, struct arena *a, struct policy_schedule *s)
{
	const char	*when = cfg_getstr(sec, "when");

	s->name = arena_strdup(a, cfg_title(sec));
	fill_words(sec, a, &s->label);
	s->every = EVERY_N;
	if (when != NULL)
		(void)policy_when(when, s);
	s->workday = cfg_getbool(sec, "workday");
	s->duty = arena_strdup(a, cfg_getstr(sec, "duty"));
	s->roles = strings(sec, "roles", a);
	s->list = arena_strdup(a, cfg_getstr(sec, "list"));
	if (cfg_size(sec, "text") > 0)
		fill_words(cfg_getsec(sec, "text"), a, &s->text);
	(void)policy_duration(cfg_getstr(sec, "answer_within"),
	    &s->answer_within);
	s->late_roles = strings(sec, "late_roles", a);
}

static void
fill_house(cfg_t *cfg, struct policy *p)
{
	struct arena	*a = p->arena;

	p->advisory_series = arena_strdup(a, cfg_getstr(cfg,
	    "advisory_series"));
	p->advisory_list = arena_strdup(a, cfg_getstr(cfg, "advisory_list"));
	p->advisory_words = strings(cfg, "advisory_words", a);
	p->audience_words = strings(cfg, "audience_words", a);
	p->done_words = strings(cfg, "done_words", a);
	p->undone_words = strings(cfg, "undone_words", a);
	p->n_schedules = cfg_size(cfg, "schedule");
	p->schedules = arena_array(a, p->n_schedules + 1,
	    sizeof(*p->schedules));
	for (size_t i = 0; i < p->n_schedules; i++)
		fill_schedule(cfg_getnsec(cfg, "schedule", (unsigned)i), a,
		    &p->schedules[i]);
}

static void
fill_evidence(cfg_t *sec, struct arena *a, struct policy_evidence *e)
{
	enum exhibit_type	t;

	e->role = arena_strdup(a, cfg_title(sec));
	(void)policy_way(cfg_getstr(sec, "mail"), &e->mail);
	(void)policy_way(cfg_getstr(sec, "http"), &e->http);
	for (unsigned i = 0; i < cfg_size(sec, "types"); i++)
		if (exhibit_type_parse(cfg_getnstr(sec, "types", i), &t) == 0)
			e->types |= EXHIBIT_BIT(t);
	(void)policy_size(cfg_getstr(sec, "each"), &e->each);
	(void)policy_size(cfg_getstr(sec, "total"), &e->total);
}

static void
fill_people(cfg_t *cfg, struct policy *p)
{
	struct arena	*a = p->arena;

	p->command_roles = strings(cfg, "command_roles", a);
	p->confirm_roles = strings(cfg, "confirm_roles", a);
	p->close_roles = strings(cfg, "close_roles", a);
	p->meeting_roles = strings(cfg, "meeting_roles", a);
	p->second_roles = strings(cfg, "second_roles", a);
	p->forensic_roles = strings(cfg, "forensic_roles", a);
	p->forensic_receivers = strings(cfg, "forensic_receivers", a);
	p->place_words = strings(cfg, "place_words", a);
	p->meeting_minutes = (int)cfg_getint(cfg, "meeting_minutes");
	p->two_persons_from = (int)cfg_getint(cfg, "two_persons_from");
	p->notify_opened = strings(cfg, "notify_opened", a);
	p->notify_level = strings(cfg, "notify_level", a);
	p->notify_recovered = strings(cfg, "notify_recovered", a);
	p->notify_closed = strings(cfg, "notify_closed", a);
	p->notify_transferred = strings(cfg, cfg_size(cfg,
	    "notify_transferred") > 0 ? "notify_transferred" :
	    "notify_closed", a);
	p->forward_min_level = (int)cfg_getint(cfg, "forward_min_level");
	p->forward_roles = strings(cfg, "forward_roles", a);
	p->impact_levels = cfg_getbool(cfg, "impact_levels");
	p->forward_needs_receipt = cfg_getbool(cfg, "forward_needs_receipt");
	p->forward_needs_delivery = cfg_getbool(cfg,
	    "forward_needs_delivery");
	p->report_required = strings(cfg, "report_required", a);
	p->close_required = strings(cfg, "close_required", a);
	p->n_disclosures = cfg_size(cfg, "disclosure");
	p->disclosures = arena_array(a, p->n_disclosures + 1,
	    sizeof(*p->disclosures));
	for (size_t i = 0; i < p->n_disclosures; i++) {
		cfg_t	*sec = cfg_getnsec(cfg, "disclosure", (unsigned)i);

		p->disclosures[i].role = arena_strdup(a, cfg_title(sec));
		p->disclosures[i].fields = strings(sec, "fields", a);
	}
	p->n_evidence = cfg_size(cfg, "evidence");
	p->evidence = arena_array(a, p->n_evidence + 1, sizeof(*p->evidence));
	for (size_t i = 0; i < p->n_evidence; i++)
		fill_evidence(cfg_getnsec(cfg, "evidence", (unsigned)i), a,
		    &p->evidence[i]);
	p->n_checklist = cfg_size(cfg, "check");
	p->checklist = arena_array(a, p->n_checklist + 1,
	    sizeof(*p->checklist));
	for (size_t i = 0; i < p->n_checklist; i++) {
		cfg_t	*sec = cfg_getnsec(cfg, "check", (unsigned)i);

		p->checklist[i].field = arena_strdup(a, cfg_title(sec));
		p->checklist[i].before_restore = cfg_getbool(sec,
		    "before_restore");
	}
}

static void
fill_words_of(cfg_t *cfg, struct policy *p)
{
	enum incident_state	s;

	for (unsigned i = 0; i < cfg_size(cfg, "state"); i++) {
		cfg_t	*sec = cfg_getnsec(cfg, "state", i);

		if (incident_state_parse(cfg_title(sec), &s) != 0)
			continue;
		p->states[s].name = incident_state_name(s);
		fill_words(sec, p->arena, &p->states[s].label);
	}
	for (int i = 0; i < SAY_N; i++)
		fill_words(cfg_gettsec(cfg, "say", saying_name(i)), p->arena,
		    &p->say[i]);
	for (int i = 0; i < CMD_N; i++) {
		cfg_t	*sec = cfg_gettsec(cfg, "command", command_name(i));

		if (sec != NULL)
			p->commands[i] = strings(sec, "words", p->arena);
	}
	for (unsigned i = 0; i < cfg_size(cfg, "level"); i++) {
		cfg_t		*sec = cfg_getnsec(cfg, "level", i);
		const char	*t = cfg_title(sec);

		if (t[0] < '1' || t[0] >= '0' + LEVELS || t[1] != '\0')
			continue;	/* policy_check() names it */
		p->levels[t[0] - '0'].level = t[0] - '0';
		fill_words(sec, p->arena, &p->levels[t[0] - '0'].text);
	}
}

static void
fill_meeting(cfg_t *cfg, struct policy *p)
{
	const char	*rest;
	int		 level;

	p->meeting[0] = "no";
	for (unsigned i = 0; i < cfg_size(cfg, "meeting"); i++) {
		(void)policy_level_prefix(cfg_getnstr(cfg, "meeting", i),
		    &level, &rest);
		p->meeting[level] = arena_strdup(p->arena, rest);
	}
}

static void
fill_calendar(cfg_t *cfg, struct policy *p)
{
	const char	*zone = cfg_getstr(cfg, "zone");

	if (zone != NULL)
		(void)policy_zone(zone, &p->zone);
	p->calendar_roc = strcmp(cfg_getstr(cfg, "calendar"), "roc") == 0;
	(void)policy_hours(cfg_getstr(cfg, "work_hours"), &p->work_start,
	    &p->work_end);
	(void)policy_hours(cfg_getstr(cfg, "quiet_hours"), &p->quiet_start,
	    &p->quiet_end);
	p->quiet_holidays = cfg_getbool(cfg, "quiet_holidays");
	(void)policy_duration(cfg_getstr(cfg, "settle"), &p->settle);
	p->holidays = strings(cfg, "holidays", p->arena);
	p->workdays = strings(cfg, "workdays", p->arena);
	p->retention_years = (int)cfg_getint(cfg, "retention_years");
	p->bundle_from = (int)cfg_getint(cfg, "bundle_from");
	p->bundle_storm = (int)cfg_getint(cfg, "bundle_storm");
	(void)policy_duration(cfg_getstr(cfg, "bundle_within"),
	    &p->bundle_within);
	(void)policy_duration(cfg_getstr(cfg, "bundle_wait"),
	    &p->bundle_wait);
}

void
policy_fill(cfg_t *cfg, struct policy *p)
{
	struct arena	*a = p->arena;

	p->id = arena_strdup(a, cfg_getstr(cfg, "id"));
	p->version = (int)cfg_getint(cfg, "version");
	if (cfg_size(cfg, "title") > 0)
		fill_words(cfg_getsec(cfg, "title"), a, &p->title);
	p->tracking_series = arena_strdup(a, cfg_getstr(cfg,
	    "tracking_series"));
	p->drill_series = arena_strdup(a, cfg_getstr(cfg, "drill_series"));
	p->aware_from = arena_strdup(a, cfg_getstr(cfg, "aware_from"));
	if (cfg_size(cfg, "platform") > 0)
		fill_words(cfg_getsec(cfg, "platform"), a, &p->platform);
	p->unverified = strings(cfg, "unverified", a);
	p->n_categories = cfg_size(cfg, "category");
	p->categories = arena_array(a, p->n_categories + 1,
	    sizeof(*p->categories));
	for (size_t i = 0; i < p->n_categories; i++)
		fill_category(cfg_getnsec(cfg, "category", (unsigned)i), a,
		    &p->categories[i]);
	if (cfg_size(cfg, "general_instructions") > 0)
		fill_words(cfg_getsec(cfg, "general_instructions"), a,
		    &p->general_instructions);
	fill_labels(cfg, "field", a, &p->fields, &p->n_fields);
	fill_labels(cfg, "verdict", a, &p->verdicts, &p->n_verdicts);
	fill_labels(cfg, "reason", a, &p->reasons, &p->n_reasons);
	fill_labels(cfg, "letter", a, &p->letters, &p->n_letters);
	fill_alarms(cfg, p);
	fill_words_of(cfg, p);
	fill_people(cfg, p);
	fill_meeting(cfg, p);
	fill_calendar(cfg, p);
	fill_house(cfg, p);
	p->n_deadlines = cfg_size(cfg, "deadline");
	p->deadlines = arena_array(a, p->n_deadlines + 1,
	    sizeof(*p->deadlines));
	for (size_t i = 0; i < p->n_deadlines; i++) {
		struct policy_deadline	*d = &p->deadlines[i];

		fill_deadline(cfg_getnsec(cfg, "deadline", (unsigned)i), a, d);
		if (strcmp(d->rule, "verdict") == 0)
			p->report_limit = d->within[1];
	}
}

static void
lend_words(struct arena *a, struct words *to, const struct words *from)
{
	if (to->zh != NULL || from->zh == NULL)
		return;
	to->zh = arena_strdup(a, from->zh);
	to->en = arena_strdup(a, from->en);
}

/* Those whose names are not there yet, behind the policy's own. */
static void
lend_labels(struct arena *a, struct policy_label **to, size_t *n,
    const struct policy_label *from, size_t n_from)
{
	struct policy_label	*v = arena_array(a, *n + n_from + 1,
				    sizeof(*v));
	const size_t		 own = *n;

	memcpy(v, *to, own * sizeof(*v));
	for (size_t i = 0, k; i < n_from; i++) {
		for (k = 0; k < own; k++)
			if (strcmp(v[k].name, from[i].name) == 0)
				break;
		if (k < own)
			continue;
		v[*n].name = arena_strdup(a, from[i].name);
		lend_words(a, &v[(*n)++].label, &from[i].label);
	}
	*to = v;
}

static void
lend_alarms(struct policy *p, const struct policy *base)
{
	struct arena	*a = p->arena;

	if (p->n_alarms > 0)
		return;
	p->alarms = arena_array(a, base->n_alarms + 1, sizeof(*p->alarms));
	for (size_t i = 0; i < base->n_alarms; i++) {
		const struct policy_alarm	*from = &base->alarms[i];
		struct policy_alarm		*to = &p->alarms[i];

		to->name = arena_strdup(a, from->name);
		to->once = from->once;
		lend_words(a, &to->label, &from->label);
		lend_words(a, &to->means, &from->means);
		lend_words(a, &to->todo, &from->todo);
	}
	p->n_alarms = base->n_alarms;
}

void
policy_lend(struct policy *p, const struct policy *base)
{
	struct arena	*a = p->arena;

	lend_labels(a, &p->reasons, &p->n_reasons, base->reasons,
	    base->n_reasons);
	lend_labels(a, &p->letters, &p->n_letters, base->letters,
	    base->n_letters);
	lend_alarms(p, base);
	for (int i = 0; i < SAY_N; i++)
		lend_words(a, &p->say[i], &base->say[i]);
	for (int i = 0; i < INC_NSTATES; i++)
		lend_words(a, &p->states[i].label, &base->states[i].label);
	for (int i = 0; i < CMD_N; i++) {
		const struct policy_strings	*from = &base->commands[i];

		if (p->commands[i].n > 0)
			continue;
		p->commands[i].v = arena_array(a, from->n + 1, sizeof(char *));
		for (size_t k = 0; k < from->n; k++)
			p->commands[i].v[k] = arena_strdup(a, from->v[k]);
		p->commands[i].n = from->n;
	}
}
