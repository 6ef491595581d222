#include "incident/policy_diff.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define VALUE_MAX	((size_t)64 * 1024)

struct list {
	struct arena		*a;
	struct policy_pair	*v;
	size_t			 n, cap;
};

static void
add(struct list *l, const char *key, const char *value)
{
	struct policy_pair	*v;

	if (value == NULL)
		return;
	if (l->n == l->cap) {
		l->cap = l->cap == 0 ? 256 : l->cap * 2;
		v = arena_array(l->a, l->cap, sizeof(*v));
		if (l->n > 0)
			memcpy(v, l->v, l->n * sizeof(*v));
		l->v = v;
	}
	l->v[l->n++] = (struct policy_pair){ key, value };
}

const char *
policy_span(struct arena *a, int64_t s)
{
	static const struct { int64_t seconds; const char *unit; } units[] = {
		{ 86400, "d" }, { 3600, "h" }, { 60, "m" }
	};

	if (s < 0)
		return "off";
	for (size_t i = 0; s > 0 && i < 3; i++)
		if (s % units[i].seconds == 0)
			return arena_printf(a, "%lld%s",
			    (long long)(s / units[i].seconds), units[i].unit);
	return arena_printf(a, "%llds", (long long)s);
}

static void
add_words(struct list *l, const char *key, const struct words *w)
{
	add(l, arena_printf(l->a, "%s.zh", key), w->zh);
	add(l, arena_printf(l->a, "%s.en", key), w->en);
}

static void
add_number(struct list *l, const char *key, int64_t n)
{
	add(l, key, arena_printf(l->a, "%lld", (long long)n));
}

static void
add_strings(struct list *l, const char *key, const struct policy_strings *s)
{
	struct buf	 b;

	buf_init(&b, VALUE_MAX);
	for (size_t i = 0; i < s->n; i++)
		(void)buf_addf(&b, "%s%s", i > 0 ? ", " : "", s->v[i]);
	add(l, key, arena_strdup(l->a, b.data != NULL ? b.data : ""));
	buf_free(&b);
}

static void
add_levels(struct list *l, const char *key, const int64_t *v)
{
	for (int i = 0; i < LEVELS; i++)
		add(l, arena_printf(l->a, "%s.L%d", key, i),
		    policy_span(l->a, v[i]));
}

static void
add_deadline(struct list *l, const struct policy_deadline *d)
{
	struct arena	*a = l->a;
	const char	*k = arena_printf(a, "deadline.%s", d->name);

	add_words(l, k, &d->label);
	add(l, arena_printf(a, "%s.from", k), d->from);
	add(l, arena_printf(a, "%s.to", k), d->to);
	add_levels(l, arena_printf(a, "%s.within", k), d->within);
	add(l, arena_printf(a, "%s.rule", k), d->rule);
	add(l, arena_printf(a, "%s.owner", k), d->owner);
	add(l, arena_printf(a, "%s.duty", k), d->duty);
	add(l, arena_printf(a, "%s.first_duty", k), d->first_duty);
	for (size_t i = 0; i < d->n_rungs; i++)
		add_strings(l, arena_printf(a, "%s.rungs.%04d%%", k,
		    d->rungs[i].percent), &d->rungs[i].roles);
	add_levels(l, arena_printf(a, "%s.then_every", k), d->then_every);
	add_strings(l, arena_printf(a, "%s.then_roles", k), &d->then_roles);
	for (int i = 0; i < LEVELS; i++)
		if (d->quiet[i])
			add(l, arena_printf(a, "%s.quiet.L%d", k, i), "yes");
	for (int s = 0; s < INC_NSTATES; s++)
		if (d->states & POLICY_STATE(s))
			add(l, arena_printf(a, "%s.while.%s", k,
			    incident_state_name((enum incident_state)s)),
			    "yes");
	add(l, arena_printf(a, "%s.restart", k), d->restart ? "yes" : "no");
}

static void
add_schedule(struct list *l, const struct policy_schedule *s)
{
	static const char *const names[] = {
#define X(id, name) [EVERY_##id] = name,
		SCHEDULE_EVERY(X)
#undef X
	};
	struct arena	*a = l->a;
	const char	*k = arena_printf(a, "schedule.%s", s->name);

	add_words(l, k, &s->label);
	add(l, arena_printf(a, "%s.when", k), arena_printf(a,
	    "%s %d-%d %02d:%02d%s", names[s->every], s->month, s->day,
	    s->minute / 60, s->minute % 60, s->workday ? " workday" : ""));
	add(l, arena_printf(a, "%s.duty", k), s->duty);
	add_strings(l, arena_printf(a, "%s.roles", k), &s->roles);
	add(l, arena_printf(a, "%s.list", k), s->list);
	add_words(l, arena_printf(a, "%s.text", k), &s->text);
	add(l, arena_printf(a, "%s.answer_within", k),
	    policy_span(a, s->answer_within));
	add_strings(l, arena_printf(a, "%s.late_roles", k), &s->late_roles);
}

static void
add_head(struct list *l, const struct policy *p)
{
	add(l, "id", p->id);
	add_number(l, "version", p->version);
	add_words(l, "title", &p->title);
	add_number(l, "zone", p->zone);
	add(l, "calendar", p->calendar_roc ? "roc" : "ad");
	add(l, "tracking_series", p->tracking_series);
	add(l, "drill_series", p->drill_series);
	add(l, "report_limit", policy_span(l->a, p->report_limit));
	add_number(l, "forward_min_level", p->forward_min_level);
	add(l, "impact_levels", p->impact_levels ? "yes" : "no");
	add(l, "forward_needs_receipt", p->forward_needs_receipt ? "yes" :
	    "no");
	add(l, "forward_needs_delivery", p->forward_needs_delivery ? "yes" :
	    "no");
	add_number(l, "two_persons_from", p->two_persons_from);
	add(l, "aware_from", p->aware_from);
	add_words(l, "platform", &p->platform);
	add(l, "settle", policy_span(l->a, p->settle));
	add(l, "quiet_holidays", p->quiet_holidays ? "yes" : "no");
	add_number(l, "quiet_hours.start", p->quiet_start);
	add_number(l, "quiet_hours.end", p->quiet_end);
	add_number(l, "work_hours.start", p->work_start);
	add_number(l, "work_hours.end", p->work_end);
	add_number(l, "meeting_minutes", p->meeting_minutes);
	add_number(l, "retention_years", p->retention_years);
	add_number(l, "bundle_from", p->bundle_from);
	add_number(l, "bundle_storm", p->bundle_storm);
	add(l, "bundle_within", policy_span(l->a, p->bundle_within));
	add(l, "bundle_wait", policy_span(l->a, p->bundle_wait));
	for (int i = 1; i < LEVELS; i++) {
		add_words(l, arena_printf(l->a, "level.%d", i),
		    &p->levels[i].text);
		add(l, arena_printf(l->a, "meeting.L%d", i), p->meeting[i]);
	}
}

static void
add_evidence(struct list *l, const struct policy_evidence *e)
{
	const char	*k = arena_printf(l->a, "evidence.%s", e->role);
	const char	*types = "";

	for (int t = 0; t < EXHIBIT_NTYPES; t++)
		if (e->types & EXHIBIT_BIT(t))
			types = arena_printf(l->a, "%s%s%s", types, *types !=
			    '\0' ? ", " : "",
			    exhibit_type_name((enum exhibit_type)t));
	add(l, arena_printf(l->a, "%s.mail", k), evidence_way_name(e->mail));
	add(l, arena_printf(l->a, "%s.http", k), evidence_way_name(e->http));
	add(l, arena_printf(l->a, "%s.types", k), types);
	add(l, arena_printf(l->a, "%s.each", k), arena_printf(l->a,
	    "%lld bytes", (long long)e->each));
	add(l, arena_printf(l->a, "%s.total", k), arena_printf(l->a,
	    "%lld bytes", (long long)e->total));
}

static void
add_people(struct list *l, const struct policy *p)
{
	const struct { const char *key; const struct policy_strings *s; } v[] = {
		{ "forward_roles", &p->forward_roles },
		{ "report_required", &p->report_required },
		{ "close_required", &p->close_required },
		{ "confirm_roles", &p->confirm_roles },
		{ "close_roles", &p->close_roles },
		{ "command_roles", &p->command_roles },
		{ "meeting_roles", &p->meeting_roles },
		{ "second_roles", &p->second_roles },
		{ "forensic_roles", &p->forensic_roles },
		{ "forensic_receivers", &p->forensic_receivers },
		{ "place_words", &p->place_words },
		{ "notify_opened", &p->notify_opened },
		{ "notify_level", &p->notify_level },
		{ "notify_recovered", &p->notify_recovered },
		{ "notify_closed", &p->notify_closed },
		{ "notify_transferred", &p->notify_transferred },
		{ "advisory_words", &p->advisory_words },
		{ "audience_words", &p->audience_words },
		{ "done_words", &p->done_words },
		{ "undone_words", &p->undone_words },
		{ "holidays", &p->holidays }, { "workdays", &p->workdays },
		{ "unverified", &p->unverified },
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		add_strings(l, v[i].key, v[i].s);
	for (size_t i = 0; i < p->n_disclosures; i++)
		add_strings(l, arena_printf(l->a, "disclosure.%s",
		    p->disclosures[i].role), &p->disclosures[i].fields);
	for (size_t i = 0; i < p->n_evidence; i++)
		add_evidence(l, &p->evidence[i]);
	for (size_t i = 0; i < p->n_checklist; i++)
		add(l, arena_printf(l->a, "check.%02zu.%s", i + 1,
		    p->checklist[i].field), p->checklist[i].before_restore ?
		    "before_restore" : "after");
}

static void
add_texts(struct list *l, const struct policy *p)
{
	for (int i = 0; i < SAY_N; i++)
		add_words(l, arena_printf(l->a, "say.%s", saying_name(i)),
		    &p->say[i]);
	for (int i = 0; i < CMD_N; i++)
		add_strings(l, arena_printf(l->a, "command.%s", command_name(i)),
		    &p->commands[i]);
	for (int i = 0; i < INC_NSTATES; i++)
		add_words(l, arena_printf(l->a, "state.%s",
		    incident_state_name((enum incident_state)i)),
		    &p->states[i].label);
	for (size_t i = 0; i < p->n_fields; i++)
		add_words(l, arena_printf(l->a, "field.%s",
		    p->fields[i].name), &p->fields[i].label);
	for (size_t i = 0; i < p->n_verdicts; i++)
		add_words(l, arena_printf(l->a, "verdict.%s",
		    p->verdicts[i].name), &p->verdicts[i].label);
	for (size_t i = 0; i < p->n_reasons; i++)
		add_words(l, arena_printf(l->a, "reason.%s",
		    p->reasons[i].name), &p->reasons[i].label);
	for (size_t i = 0; i < p->n_alarms; i++) {
		const struct policy_alarm	*al = &p->alarms[i];
		const char	*k = arena_printf(l->a, "alarm.%s", al->name);

		add_words(l, k, &al->label);
		add_words(l, arena_printf(l->a, "%s.means", k), &al->means);
		add_words(l, arena_printf(l->a, "%s.todo", k), &al->todo);
	}
	for (size_t i = 0; i < p->n_letters; i++)
		add_words(l, arena_printf(l->a, "letter.%s",
		    p->letters[i].name), &p->letters[i].label);
	add_words(l, "general_instructions", &p->general_instructions);
	for (size_t i = 0; i < p->n_categories; i++) {
		const struct policy_category	*c = &p->categories[i];
		const char			*k;

		k = arena_printf(l->a, "category.%s", c->name);
		add_words(l, k, &c->label);
		add_words(l, arena_printf(l->a, "%s.instructions", k),
		    &c->instructions);
		add_strings(l, arena_printf(l->a, "%s.labels", k), &c->labels);
		add_strings(l, arena_printf(l->a, "%s.keywords", k),
		    &c->keywords);
		add(l, arena_printf(l->a, "%s.reproach", k),
		    c->reproach ? "yes" : "no");
		add_number(l, arena_printf(l->a, "%s.rank", k), c->rank);
	}
}

static int
by_key(const void *a, const void *b)
{
	return strcmp(((const struct policy_pair *)a)->key,
	    ((const struct policy_pair *)b)->key);
}

void
policy_pairs(const struct policy *p, struct arena *a, struct policy_pair **out,
    size_t *n)
{
	struct list	l = { .a = a };

	add_head(&l, p);
	add_people(&l, p);
	add_texts(&l, p);
	for (size_t i = 0; i < p->n_schedules; i++)
		add_schedule(&l, &p->schedules[i]);
	for (size_t i = 0; i < p->n_deadlines; i++)
		add_deadline(&l, &p->deadlines[i]);
	qsort(l.v, l.n, sizeof(*l.v), by_key);
	*out = l.v;
	*n = l.n;
}

void
policy_diff(const struct policy *old, const struct policy *new,
    struct arena *a, struct policy_change **out, size_t *n)
{
	struct policy_pair	*x, *y;
	size_t			 nx, ny, i = 0, j = 0;

	policy_pairs(old, a, &x, &nx);
	policy_pairs(new, a, &y, &ny);
	*out = arena_array(a, nx + ny + 1, sizeof(**out));
	*n = 0;
	while (i < nx || j < ny) {
		int	c = i == nx ? 1 : j == ny ? -1 : by_key(&x[i], &y[j]);

		if (c != 0 || strcmp(x[i].value, y[j].value) != 0)
			(*out)[(*n)++] = (struct policy_change){
			    c <= 0 ? x[i].key : y[j].key,
			    c <= 0 ? x[i].value : NULL,
			    c >= 0 ? y[j].value : NULL };
		i += c <= 0;
		j += c >= 0;
	}
}
