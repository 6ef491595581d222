/*
 * desk_evidence - the files of an incident's mails, after its report.
 *
 * The report went into the outbox alone; in the same transaction the fact
 * "evidence" noted that files are owed.  When no mail waits for the reader it
 * is asked once more for the files of each mail, one mail after the other,
 * and then one letter for each receiver is promised and the note taken back.
 * A crash begins it anew.  Whatever goes wrong here is told in that letter or
 * to the operator; no report waits for it.
 */
#include "config.h"

#include "desk.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "desk_gather.h"
#include "incident/document.h"
#include "incident/evidence.h"
#include "incident/view.h"

#define FACT		"evidence"
#define EVENT		"evidence"
#define TRIES_MAX	5		/* beginnings of one */
#define PATIENCE	30000		/* ms: then reports wait for a moment */

/* --- what is owed: [[incident, revision, tries, again], ...] --- */

static enum rc
owed(struct desk *d, struct arena *a, json_t **out, struct err *err)
{
	const char	*text;
	enum rc		 rc = fact_get(d->store, FACT, a, &text, err);

	*out = NULL;
	if (rc != RC_OK)
		return rc;
	if (text != NULL)
		*out = json_loads(text, 0, NULL);
	if (!json_is_array(*out)) {
		json_decref(*out);
		*out = json_array();
	}
	d->evidence_owed = json_array_size(*out) > 0;
	return RC_OK;
}

static enum rc
owe(struct desk *d, json_t *list, struct err *err)
{
	char	*text = json_dumps(list, JSON_COMPACT);
	enum rc	 rc = desk_begin(d, err);

	if (rc == RC_OK)
		rc = fact_put(d->store, FACT, text == NULL ? "[]" : text, err);
	free(text);
	d->evidence_owed = json_array_size(list) > 0;
	return rc;
}

enum rc
desk_evidence_want(struct desk *d, int64_t incident, int revision,
    struct arena *a, struct err *err)
{
	json_t	*list;
	enum rc	 rc = owed(d, a, &list, err);

	if (rc != RC_OK)
		return rc;
	json_array_append_new(list, json_pack("[I,i,i,i]",
	    (json_int_t)incident, revision, 0, d->again));
	rc = owe(d, list, err);
	json_decref(list);
	return rc;
}

static int64_t
part(const json_t *one, size_t i)
{
	return json_integer_value(json_array_get(one, i));
}

/* Take the first one back: it is done, or given up. */
static enum rc
settle(struct desk *d, struct err *err)
{
	struct arena	*a = arena_new();
	json_t		*list;
	enum rc		 rc = owed(d, a, &list, err);

	if (rc == RC_OK) {
		(void)json_array_remove(list, 0);
		rc = owe(d, list, err);
		json_decref(list);
	}
	if (d->gather != NULL)
		arena_free(&d->gather->a);
	free(d->gather);
	d->gather = NULL;
	arena_free(&a);
	return rc;
}

void
desk_evidence_forget(struct desk *d)
{
	if (d->gather != NULL)
		arena_free(&d->gather->a);
	free(d->gather);
	d->gather = NULL;
}

/* --- whose files, and since when --- */

/* The last mail whose files this receiver was told of. */
static int64_t
told(const struct situation *s, const char *role)
{
	int64_t	upto = 0;

	for (size_t i = 0; i < s->n_journal; i++) {
		const struct journal_row *j = &s->journal[i];
		json_t	*js;

		if (strcmp(j->event, EVENT) != 0)
			continue;
		js = json_loads(j->detail == NULL ? "{}" : j->detail, 0, NULL);
		if (strcmp(role, json_is_string(json_object_get(js, "role")) ?
		    json_string_value(json_object_get(js, "role")) : "") == 0)
			upto = json_integer_value(json_object_get(js, "upto"));
		json_decref(js);
	}
	return upto;
}

static int64_t
told_all(const struct policy *p, const struct situation *s)
{
	int64_t	least = INT64_MAX;

	for (size_t i = 0; i < p->forward_roles.n; i++) {
		const char	*role = p->forward_roles.v[i];
		int64_t		 upto;

		if (policy_evidence(p, role) == NULL)
			continue;
		upto = told(s, role);
		if (upto < least)
			least = upto;
	}
	return least;
}

enum source { SOURCE_OURS, SOURCE_OTHERS, SOURCE_STRANGE };

/*
 * May its files go outside?  The report that opened the incident was judged
 * by the team; later mails count when they are proved to be the reporter's or
 * of those who command.  What other offices and the receivers themselves
 * attach is for the team alone.
 */
static enum source
source_of(struct desk *d, const struct mail *m, const struct report *rep,
    const struct incident *in, struct arena *a)
{
	struct authority	who;

	if (m->disposition == DISP_REPORT)
		return SOURCE_OURS;
	memset(&who, 0, sizeof(who));
	authority_judge(d->conf, d->key, rep, in->tracking, in->reporter_addr,
	    in->reporter_cc, m->stored_at, a, &who);
	if (!who.trusted)
		return SOURCE_STRANGE;
	return strcmp(who.role, "reporter") == 0 || policy_has(
	    &desk_policy(d, in)->command_roles, who.role) ? SOURCE_OURS :
	    SOURCE_OTHERS;
}

static size_t
count_files(const struct report *rep)
{
	size_t	n = 0;

	for (size_t i = 0; rep != NULL && i < rep->n_attachments; i++)
		n += !exhibit_none(rep->attachments[i].type);
	return n;
}

static int
has_files(struct desk *d, struct gather *g, const struct mail *m,
    const struct incident *in)
{
	const struct report	*rep;
	enum source		 source;

	if (m->disposition != DISP_REPORT && m->disposition != DISP_UPDATE &&
	    m->disposition != DISP_SUPPLEMENT)
		return 0;
	rep = gather_report(m, g->a);
	if (count_files(rep) == 0)
		return 0;
	source = source_of(d, m, rep, in, g->a);
	if (source != SOURCE_STRANGE)
		return source == SOURCE_OURS;
	g->strange[g->n_strange] = m->id;
	g->strange_n[g->n_strange++] = count_files(rep);
	return 0;
}

/* The mails with files that somebody has not been told of, oldest first. */
static enum rc
collect(struct desk *d, struct gather *g, struct err *err)
{
	const struct policy	*p;
	struct situation	 s;
	struct mail		*list;
	int64_t			 after;
	size_t			 n;
	enum rc			 rc = desk_situation(d, g->incident, g->a, &s,
				    err);

	if (rc != RC_OK)
		return rc;
	p = desk_policy(d, s.incident);
	evidence_want(p, &g->want);
	after = told_all(p, &s);
	rc = spool_list(d->store, DISP_N, g->incident, -1, g->a, &list, &n,
	    err);
	if (rc != RC_OK)
		return rc;
	g->mails = arena_array(g->a, n + 1, sizeof(*g->mails));
	g->strange = arena_array(g->a, n + 1, sizeof(*g->strange));
	g->strange_n = arena_array(g->a, n + 1, sizeof(*g->strange_n));
	g->files = arena_array(g->a, GATHER_FILES, sizeof(*g->files));
	g->mail_of = arena_array(g->a, GATHER_FILES, sizeof(*g->mail_of));
	while (n-- > 0)			/* the newest comes first */
		if (list[n].id > after && has_files(d, g, &list[n],
		    s.incident))
			g->mails[g->n_mails++] = list[n];
	return RC_OK;
}

/* --- the letters --- */

static enum rc
note(struct desk *d, const struct situation *s, const struct evidence *ev,
    int64_t upto, struct err *err)
{
	size_t			 went = evidence_goes(ev, ev->mail);
	struct journal_row	 j;
	json_t			*js;
	char			*text;
	enum rc			 rc;

	if (evidence_goes(ev, ev->http) > went)
		went = evidence_goes(ev, ev->http);
	js = json_pack("{s:s,s:i,s:I,s:I,s:I}", "role", ev->rule->role,
	    "revision", ev->revision, "upto", (json_int_t)upto, "sent",
	    (json_int_t)went, "kept", (json_int_t)(ev->n - went));
	text = json_dumps(js, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(js);
	memset(&j, 0, sizeof(j));
	j.at = clock_now();
	j.incident = s->incident->id;
	j.tracking = s->incident->tracking;
	j.event = EVENT;
	j.actor = j.role = "tocsin";
	j.detail = text;
	rc = journal_add(d->store, &j, err);
	log_info(j.tracking, "evidence: role=%s revision=%d sent=%zu kept=%zu",
	    ev->rule->role, ev->revision, went, ev->n - went);
	free(text);
	return rc;
}

/*
 * Only the ways there are: nothing goes by one that the receiver has not.  A
 * post of evidence is a document of our own, for who takes our JSON.
 */
static void
keep_ways(const struct desk *d, struct evidence *ev, const char *tracking)
{
	const struct conf_role	*role = conf_role(d->conf, ev->rule->role);
	enum document_format	 f = DOC_JSON;

	if (role == NULL || role->mail.n == 0)
		ev->mail = NULL;
	if (role == NULL || role->http.url == NULL)
		ev->http = NULL;
	if (ev->http == NULL || role->http.format == NULL)
		return;
	(void)document_parse(role->http.format, &f);
	if (f == DOC_JSON)
		return;
	log_warn(tracking, "evidence: role=%s is not posted: its format is "
	    "not json", role->name);
	ev->http = NULL;
}

static enum rc
to_receiver(struct desk *d, struct gather *g, const struct policy *p,
    const struct situation *s, struct view *view,
    const struct policy_evidence *rule, int64_t upto, struct err *err)
{
	int64_t		 after = told(s, rule->role);
	struct evidence	 ev;
	struct event	 happened;
	struct duty	 du;
	const struct exhibit **v;
	enum rc		 rc;

	memset(&ev, 0, sizeof(ev));
	v = arena_array(g->a, g->n_files + 1, sizeof(*v));
	for (size_t i = 0; i < g->n_files; i++)
		if (g->mail_of[i] > after)
			v[ev.n++] = g->files[i];
	for (size_t i = 0; i < g->n_strange; i++)
		if (g->strange[i] > after)
			ev.strangers += g->strange_n[i];
	if (ev.n == 0)
		return RC_OK;
	ev.rule = rule;
	ev.files = v;
	ev.more = g->more;
	ev.revision = g->revision;
	evidence_choose(&ev, g->a);
	keep_ways(d, &ev, s->incident->tracking);
	memset(&happened, 0, sizeof(happened));
	happened.kind = EV_SENT;
	happened.now = clock_now();
	happened.actor = happened.role = "tocsin";
	memset(&du, 0, sizeof(du));
	du.name = EVIDENCE_DUTY;
	du.role = rule->role;
	du.revision = g->revision;
	du.unique = arena_printf(g->a, EVIDENCE_DUTY "/%d", g->revision);
	du.data = evidence_data(&ev, p, g->a);
	du.evidence = &ev;
	rc = desk_letters(d, p, s, view, &happened, &du, g->a, err);
	json_decref(du.data);
	return rc == RC_OK ? note(d, s, &ev, upto, err) : rc;
}

/* All mails were asked for: promise what there is, and owe no more. */
static enum rc
finish(struct desk *d, struct gather *g, struct err *err)
{
	const struct policy	*p;
	struct situation	 s;
	struct view		*view;
	int64_t			 upto;
	enum rc			 rc = desk_begin(d, err);

	if (rc == RC_OK)
		rc = desk_situation(d, g->incident, g->a, &s, err);
	if (rc != RC_OK)
		return rc;
	d->again = g->again;	/* held, as the report that they follow is */
	p = desk_policy(d, s.incident);
	view = view_open(p, d->conf, &s, clock_now(), g->a);
	upto = g->n_mails == 0 ? 0 : g->mails[g->n_mails - 1].id;
	if (g->n_strange > 0 && g->strange[g->n_strange - 1] > upto)
		upto = g->strange[g->n_strange - 1];
	/* A false alarm meanwhile: its correction is all they need. */
	for (size_t i = 0; rc == RC_OK && i < p->forward_roles.n &&
	    s.incident->state != INC_FALSE_ALARM; i++) {
		const struct policy_evidence *rule = policy_evidence(p,
		    p->forward_roles.v[i]);

		if (rule != NULL)
			rc = to_receiver(d, g, p, &s, view, rule, upto, err);
	}
	d->again = d->held = 0;
	return rc == RC_OK ? settle(d, err) : rc;
}

/* --- one step a turn --- */

static enum rc
give_up(struct desk *d, struct arena *a, int64_t incident, struct err *err)
{
	enum rc	rc = settle(d, err);

	log_err(NULL, "evidence: incident=%" PRId64 " given up: begun too "
	    "often", incident);
	return rc != RC_OK ? rc : desk_alarm(d, "evidence",
	    "the evidence of an incident could not be sent: begun too often",
	    a, err);
}

/* Begin with the first one that is owed; its try is counted before. */
static enum rc
begin(struct desk *d, int64_t mono, struct err *err)
{
	struct arena	*a = arena_new();
	struct gather	*g;
	json_t		*list, *one;
	enum rc		 rc = owed(d, a, &list, err);

	if (rc != RC_OK || !d->evidence_owed) {
		if (rc == RC_OK)
			json_decref(list);
		arena_free(&a);
		return rc;
	}
	one = json_array_get(list, 0);
	if (part(one, 2) >= TRIES_MAX) {
		rc = give_up(d, a, part(one, 0), err);
		json_decref(list);
		arena_free(&a);
		return rc;
	}
	(void)json_array_set_new(one, 2, json_integer(part(one, 2) + 1));
	g = xcalloc(1, sizeof(*g));
	g->a = arena_new();
	g->incident = part(one, 0);
	g->revision = (int)part(one, 1);
	g->again = (int)part(one, 3);
	g->since = mono;
	d->gather = g;
	rc = collect(d, g, err);
	if (rc == RC_REFUSED)		/* there is no such incident */
		rc = settle(d, err);
	else if (rc == RC_OK)
		rc = owe(d, list, err);
	json_decref(list);
	arena_free(&a);
	return rc;
}

static enum rc
ask(struct desk *d, struct gather *g, int64_t mono, struct err *err)
{
	struct arena	*a;
	struct mail	*m = &g->mails[g->next];
	struct frame	 f;
	enum rc		 rc;

	a = arena_new();
	rc = spool_bytes(d->store, m, a, err);
	if (rc == RC_OK) {
		frame_start(&f, FRAME_SIFT);
		frame_num(&f, m->id);
		frame_num(&f, g->want.types);
		frame_num(&f, g->want.each);
		frame_num(&f, g->want.total - g->sum);
		frame_add(&f, m->raw, m->raw_len);
		rc = channel_queue(&d->reader.ch, &f, err);
		g->in_hand = 1;
		g->since = mono;
	}
	m->raw = NULL;
	arena_free(&a);
	return rc;
}

int
desk_sifts(const struct desk *d, int64_t mono)
{
	const struct gather	*g = d->gather;

	return g != NULL && (g->in_hand || (g->next < g->n_mails &&
	    mono - g->since > PATIENCE));
}

int64_t
desk_sift_since(const struct desk *d)
{
	return d->gather != NULL && d->gather->in_hand ? d->gather->since : 0;
}

enum rc
desk_evidence(struct desk *d, int64_t mono, struct err *err)
{
	enum rc	rc = RC_OK;

	if (d->stopping || !d->evidence_owed)
		return RC_OK;
	if (d->gather == NULL)
		rc = begin(d, mono, err);
	if (rc != RC_OK || d->gather == NULL || d->gather->in_hand)
		return rc;
	if (d->gather->next == d->gather->n_mails)
		return finish(d, d->gather, err);
	/* New mails first: a report may be among them. */
	if (!d->reader.ready || d->n_reading > 0 || (d->unread &&
	    !desk_sifts(d, mono)))
		return RC_OK;
	return ask(d, d->gather, mono, err);
}
