#include "world.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/civil.h"
#include "incident/tracking.h"

static const char *const own[] = { "secretariat.example" };
static const char *const units[] = { "機要組", "第二組", "資訊室" };

#define ADDRS(a)	{ sizeof(a) / sizeof((a)[0]),			\
			    (const char **)(uintptr_t)(a) }

static const char *const ncert[] = { "duty@ncert.example" };
static const char *const city[] = { "duty@city.example" };

static void
roles(struct world *w)
{
	const struct conf_role	list[] = {
		{ .name = "team", .label = "資安小組", .label_en = "Team",
		    .deputy = "secretary" },
		{ .name = "secretary", .label = "資安小組幹事" },
		{ .name = "ciso", .label = "資訊安全長" },
		{ .name = "ethics", .label = "政風室" },
		{ .name = "ncert", .label = "國家資通安全應變中心",
		    .phone = "02-5550-9999", .mail = ADDRS(ncert) },
		{ .name = "city_it", .label = "臺北市政府資訊處",
		    .mail = ADDRS(city) },
		{ .name = "operator", .label = "系統管理員" },
	};

	w->conf->n_roles = sizeof(list) / sizeof(list[0]);
	w->conf->roles = arena_array(w->a, w->conf->n_roles, sizeof(list[0]));
	memcpy(w->conf->roles, list, sizeof(list));
}

void
world_begin(struct world *w, const char *policy)
{
	struct err	err;

	memset(w, 0, sizeof(*w));
	w->a = arena_new();
	w->conf = arena_alloc(w->a, sizeof(*w->conf));
	w->conf->own_domains.n = 1;
	w->conf->own_domains.v = (const char **)(uintptr_t)own;
	w->conf->units.n = 3;
	w->conf->units.v = (const char **)(uintptr_t)units;
	roles(w);
	if (policy_load(TOCSIN_SRCDIR "/policies", policy, &w->p, &err) !=
	    RC_OK)
		fail_msg("%s", err.text);
	w->now = world_time("2007-05-31T09:22:10+08:00");
}

void
world_end(struct world *w)
{
	change_done(&w->c);
	policy_free(&w->p);
	arena_free(&w->a);
}

int64_t
world_time(const char *s)
{
	int64_t	t;

	if (rfc3339_parse(s, &t) != 0)
		fail_msg("bad time %s", s);
	return t;
}

struct report *
world_report(struct world *w, const char *from)
{
	struct report	*r = arena_alloc(w->a, sizeof(*r));

	r->kind = KIND_REPLY;
	r->from_addr = from;
	r->received_at = w->now;
	r->fields = arena_array(w->a, 40, sizeof(*r->fields));
	r->answerable = 1;
	r->lang = "zh-TW";
	r->own_text = "";
	r->declared_minutes = r->receipt_minutes = INT_MIN;
	r->message_id = arena_printf(w->a, "<%lld@secretariat.example>",
	    (long long)++w->mails);
	return r;
}

static struct field *
add_field(struct report *r, const char *name, enum value_kind kind,
    const char *raw)
{
	struct field	*f = &r->fields[r->n_fields++];

	f->name = name;
	f->kind = kind;
	f->raw = raw;
	f->known = 1;
	f->time = TIME_NONE;
	f->line = (int)r->n_fields;
	return f;
}

struct field *
world_text(struct world *w, struct report *r, const char *name,
    const char *text)
{
	struct field	*f = add_field(r, name, VALUE_TEXT, text);

	(void)w;
	f->text = text;
	return f;
}

void
world_at(struct world *w, struct report *r, const char *name, const char *s)
{
	(void)w;
	add_field(r, name, VALUE_DATETIME, s)->time = world_time(s);
}

void
world_level(struct world *w, struct report *r, int level)
{
	add_field(r, "level", VALUE_NUMBER, arena_printf(w->a, "%d", level))
	    ->number = level;
}

void
world_unread(struct world *w, struct report *r, const char *name,
    const char *raw)
{
	(void)w;
	add_field(r, name, VALUE_LINE, raw)->known = 0;
}

struct report *
world_annex1(struct world *w)
{
	struct report	*r = world_report(w, "ming.wang@secretariat.example");

	r->kind = KIND_REPORT;
	r->form = "annex1";
	r->subject = "資通安全事件通報單";
	(void)world_text(w, r, "unit", "機要組");
	(void)world_text(w, r, "name", "王小明");
	(void)world_text(w, r, "phone", "02-5550-0101 轉 1234");
	world_at(w, r, "occurred_at", "2007-05-31T09:10:00+08:00");
	world_at(w, r, "reported_at", "2007-05-31T09:20:00+08:00");
	(void)world_text(w, r, "description", "防毒軟體跳出警示");
	r->category = "external_intrusion";
	r->category_source = "keyword";
	r->verdict = "on_time";
	return r;
}

/* --- the desk's part ------------------------------------------------------ */

static void
put_deadline(struct world *w, const struct deadline *dl)
{
	for (size_t i = 0; i < w->n_deadlines; i++)
		if (w->deadlines[i].id == dl->id) {
			w->deadlines[i] = *dl;
			return;
		}
	w->deadlines[w->n_deadlines] = *dl;
	w->deadlines[w->n_deadlines].incident = 1;
	w->deadlines[w->n_deadlines].id = (int64_t)w->n_deadlines + 1;
	w->n_deadlines++;
}

static void
put_item(struct world *w, const struct duty *du, enum channel_kind channel)
{
	struct outbox_item	*it = &w->items[w->n_items];

	*it = (struct outbox_item){ .id = (int64_t)++w->n_items, .incident = 1,
	    .duty = du->name, .role = du->role, .channel = channel,
	    .revision = du->revision, .to_addr = du->role,
	    .state = OUT_WAITING };
}

static void
apply(struct world *w, const struct event *ev)
{
	struct change	*c = &w->c;

	assert_true(w->n_fields + c->n_fields < WORLD_MAX);
	assert_true(w->n_items + 2 * c->n_duties < WORLD_MAX);
	assert_true(w->n_journal + c->n_journal < WORLD_MAX);
	assert_true(w->n_deadlines + c->n_deadlines < WORLD_MAX);
	if (c->put) {
		w->in = c->incident;
		w->in.id = 1;
	}
	for (size_t i = 0; i < c->n_fields; i++)
		w->fields[w->n_fields++] = c->fields[i];
	for (size_t i = 0; i < c->n_deadlines; i++)
		put_deadline(w, &c->deadlines[i]);
	for (size_t i = 0; i < c->n_journal; i++) {
		w->journal[w->n_journal] = c->journal[i];
		w->journal[w->n_journal].at = ev->now;
		w->journal[w->n_journal++].actor = ev->actor;
	}
	for (size_t i = 0; i < c->n_duties; i++) {
		put_item(w, &c->duties[i], CHANNEL_SMTP);
		if (c->duties[i].external)
			put_item(w, &c->duties[i], CHANNEL_HTTP);
	}
}

static void
happen(struct world *w, struct event *ev)
{
	struct situation s = { .incident = w->in.id != 0 ? &w->in : NULL,
			    .fields = w->fields, .n_fields = w->n_fields,
			    .deadlines = w->deadlines,
			    .n_deadlines = w->n_deadlines, .items = w->items,
			    .n_items = w->n_items, .journal = w->journal,
			    .n_journal = w->n_journal };
	struct err	 err;

	ev->now = w->now;
	ev->other = w->other;
	change_done(&w->c);
	if (decide(w->p, w->conf, &s, ev, w->a, &w->c, &err) != RC_OK)
		fail_msg("%s", err.text);
	apply(w, ev);
}

void
world_open(struct world *w, struct report *r)
{
	struct event	ev = { .kind = EV_REPORT, .mail = w->mails,
			    .actor = r->from_addr, .role = "reporter",
			    .report = r };

	ev.tracking = tracking_make(w->a, w->p->tracking_series,
	    tracking_day(w->now, w->p->zone), 1);
	happen(w, &ev);
}

void
world_mail(struct world *w, struct report *r, const char *role, int trusted)
{
	struct event	ev = { .kind = EV_MAIL, .mail = w->mails,
			    .actor = r->from_addr, .role = role,
			    .trusted = trusted, .report = r,
			    .holder = trusted ? w->holder : NULL };

	ev.verbs = trusted ? decide_verbs(w->p, role) : NULL;
	if (!trusted)
		ev.why_untrusted = "no token";
	happen(w, &ev);
}

static struct outbox_item *
find_item(struct world *w, const char *duty, const char *role,
    enum channel_kind channel)
{
	for (size_t i = w->n_items; i-- > 0;)
		if (strcmp(w->items[i].duty, duty) == 0 &&
		    strcmp(w->items[i].role, role) == 0 &&
		    w->items[i].channel == channel)
			return &w->items[i];
	fail_msg("nothing promised: %s to %s", duty, role);
	return NULL;
}

void
world_sent(struct world *w, const char *duty, const char *role,
    enum channel_kind channel)
{
	struct outbox_item	*it = find_item(w, duty, role, channel);
	struct receipt		 r = { .at = w->now, .code = 250 };
	struct event		 ev = { .kind = EV_SENT, .actor = "tocsin",
				    .role = "tocsin", .trusted = 1,
				    .item = it, .receipt = &r };

	it->state = OUT_ACCEPTED;
	happen(w, &ev);
}

void
world_lost(struct world *w, const char *duty, const char *role,
    enum channel_kind channel)
{
	world_lost_saying(w, duty, role, channel, "refused 550 no such user");
}

void
world_lost_saying(struct world *w, const char *duty, const char *role,
    enum channel_kind channel, const char *last)
{
	struct outbox_item	*it = find_item(w, duty, role, channel);
	struct event		 ev = { .kind = EV_GAVE_UP, .actor = "tocsin",
				    .role = "tocsin", .trusted = 1,
				    .item = it };

	it->state = OUT_REFUSED;
	it->last = last;
	happen(w, &ev);
}

void
world_denied(struct world *w, const char *duty, const char *role,
    const char *last)
{
	struct outbox_item	*it = find_item(w, duty, role, CHANNEL_SMTP);
	struct event		 ev = { .kind = EV_DENIED, .actor = "tocsin",
				    .role = "tocsin", .trusted = 1,
				    .item = it };

	it->last = last;
	happen(w, &ev);
}

void
world_fire(struct world *w, const struct deadline *dl)
{
	struct deadline	copy = *dl;
	struct event	ev = { .kind = EV_DEADLINE, .actor = "tocsin",
			    .role = "tocsin", .trusted = 1,
			    .deadline = &copy };

	if (copy.next_at > w->now)
		w->now = copy.next_at;
	happen(w, &ev);
}

void
world_clock_back(struct world *w, int64_t now)
{
	struct event	ev = { .kind = EV_CLOCK, .actor = "tocsin",
			    .role = "tocsin", .trusted = 1 };

	w->now = now;
	happen(w, &ev);
}

int
world_until(struct world *w, int64_t then)
{
	int	n = 0;

	for (;;) {
		const struct deadline	*next = NULL;

		for (size_t i = 0; i < w->n_deadlines; i++)
			if (w->deadlines[i].state == DL_OPEN &&
			    w->deadlines[i].next_at <= then && (next == NULL ||
			    w->deadlines[i].next_at < next->next_at))
				next = &w->deadlines[i];
		if (next == NULL)
			break;
		world_fire(w, next);
		if (++n > 300)
			fail_msg("a storm of reminders: %s", next->name);
	}
	w->now = then;
	return n;
}

/* --- what came of it -------------------------------------------------------- */

const struct duty *
world_duty(const struct world *w, const char *name, const char *role)
{
	for (size_t i = 0; i < w->c.n_duties; i++)
		if (strcmp(w->c.duties[i].name, name) == 0 &&
		    (role == NULL || strcmp(w->c.duties[i].role, role) == 0))
			return &w->c.duties[i];
	return NULL;
}

size_t
world_duties(const struct world *w, const char *name)
{
	size_t	n = 0;

	for (size_t i = 0; i < w->c.n_duties; i++)
		n += strcmp(w->c.duties[i].name, name) == 0;
	return n;
}

int
world_journal(const struct world *w, const char *event)
{
	int	n = 0;

	for (size_t i = 0; i < w->n_journal; i++)
		n += strcmp(w->journal[i].event, event) == 0;
	return n;
}

const char *
world_line(const struct world *w, const char *part, int *ok)
{
	const struct duty	*du = world_duty(w, "transcript", NULL);
	json_t			*lines, *l;
	size_t			 i;

	if (du == NULL)
		du = world_duty(w, "supplement", NULL);
	if (du == NULL)
		return NULL;
	lines = json_object_get(du->data, "lines");
	json_array_foreach(lines, i, l) {
		const char	*s = json_string_value(json_object_get(l,
				    "result"));

		if (strstr(s, part) == NULL)
			continue;
		if (ok != NULL)
			*ok = json_is_true(json_object_get(l, "ok"));
		return s;
	}
	return NULL;
}

const struct deadline *
world_deadline(const struct world *w, const char *name)
{
	for (size_t i = w->n_deadlines; i-- > 0;)
		if (w->deadlines[i].state == DL_OPEN &&
		    strcmp(w->deadlines[i].name, name) == 0)
			return &w->deadlines[i];
	return NULL;
}
