#include "config.h"

#include "desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "incident/document.h"
#include "incident/evidence.h"
#include "incident/view.h"
#include "mail/compose.h"

#define MAIL_OUT_MAX	(4u * 1024 * 1024)
#define EVIDENCE_OUT_MAX (32u * 1024 * 1024)	/* in base64 */
#define DAY		86400

/* Everything one letter needs; filled step by step. */
struct letter {
	const struct policy	*policy;
	const struct situation	*s;	/* NULL: of the house */
	struct view		*view;	/* of it */
	const struct event	*ev;	/* NULL: of the house */
	const struct duty	*duty;
	struct addressee	 to;
	const char		*unique;
	const char		*parent;	/* the letter duty->follows */
};

static const char *
plain_lang(const char *lang)
{
	return lang == NULL || strncmp(lang, "zh", 2) == 0 ? "zh-TW" : "en";
}

/* The report that evidence follows. */
static const char *
followed_report(const struct letter *l)
{
	for (size_t i = 0; i < l->s->n_items; i++) {
		const struct outbox_item *it = &l->s->items[i];

		if (it->channel == CHANNEL_SMTP && it->revision ==
		    l->duty->revision && strcmp(it->duty, "annex2") == 0 &&
		    strcmp(it->to_addr, l->to.addr) == 0)
			return it->message_id;
	}
	return NULL;
}

/* The last mail of ours to this address about this incident: the thread. */
static const char *
thread_parent(const struct letter *l)
{
	if (l->s == NULL)
		return l->parent;
	if (l->duty->evidence != NULL && followed_report(l) != NULL)
		return followed_report(l);
	for (size_t i = 0; i < l->s->n_items; i++) {
		const struct outbox_item *it = &l->s->items[i];

		if (it->channel == CHANNEL_SMTP &&
		    strcmp(it->to_addr, l->to.addr) == 0)
			return it->message_id;	/* the first one */
	}
	if (strcmp(l->to.role, "reporter") == 0)
		return l->s->incident->root_msgid;
	return NULL;
}

/* References of the mail we answer, with its own id at the end. */
static char *
references_of(struct arena *a, const struct report *rep)
{
	struct buf	 b;
	char		*s;

	buf_init(&b, 64 * 1024);
	for (size_t i = 0; i < rep->n_references; i++)
		(void)buf_addf(&b, "%s ", rep->references[i]);
	(void)buf_puts(&b, rep->message_id);
	s = arena_strndup(a, b.data, b.len);
	buf_free(&b);
	return s;
}

static void
identify(const struct desk *d, struct letter *l, struct arena *a,
    struct compose *c)
{
	const char	*tag = "house";
	int64_t		 now = clock_now();

	if (l->s != NULL) {
		tag = token_make(a, d->key, l->s->incident->tracking,
		    l->to.addr, decide_verbs(l->policy, l->to.role),
		    now + (int64_t)d->conf->token_days * DAY);
		if (d->conf->plus_addressing) {
			const char *at = strchr(d->conf->address, '@');

			c->reply_to = arena_printf(a, "%.*s+%s%s",
			    (int)(at - d->conf->address), d->conf->address,
			    tag, at);
		}
	} else if (l->duty->number != NULL) {
		tag = token_make(a, d->key, l->duty->number, l->to.addr,
		    "confirm,supplement", now +
		    (int64_t)d->conf->token_days * DAY);
	}
	c->message_id = compose_message_id(a, tag, d->conf->domain);
	if (c->reply_to == NULL)
		c->reply_to = d->conf->address;
}

static enum rc
add_item(struct desk *d, const struct letter *l, enum channel_kind channel,
    const char *to, const char *id, const char *subject, const char *content,
    size_t len, struct err *err)
{
	struct outbox_item	 it;
	enum rc			 rc;

	memset(&it, 0, sizeof(it));
	it.incident = l->s == NULL ? 0 : l->s->incident->id;
	it.mail = l->ev == NULL ? 0 : l->ev->mail;
	it.duty = l->duty->name;
	it.channel = channel;
	it.role = l->to.role;
	it.to_addr = to;
	it.message_id = id;
	it.subject = subject;
	it.revision = l->duty->revision;
	it.content = content;
	it.content_len = len;
	it.unique_key = l->unique;
	rc = outbox_add(d->store, &it, clock_now(), err);
	if (rc == RC_REFUSED)		/* promised before: R14 */
		return RC_OK;
	return rc == RC_OK && d->again ? desk_hold(d, it.id, err) : rc;
}

static struct document
document_of(const struct desk *d, const struct letter *l)
{
	return (struct document){ .policy = l->policy, .conf = d->conf,
	    .s = l->s, .to = &l->to, .templates = d->templates,
	    .revision = l->duty->revision, .now = clock_now() };
}

/* Annex 2 to print, beside an external report: one page, nothing outside it. */
static enum rc
printable(const struct desk *d, const struct letter *l, struct arena *a,
    struct compose_part *part, struct err *err)
{
	struct document	doc = document_of(d, l);
	struct buf	out;
	enum rc		rc;

	buf_init(&out, MAIL_OUT_MAX);
	rc = document_make(DOC_ANNEX2_HTML, &doc, &out, err);
	part->type = document_type(DOC_ANNEX2_HTML);
	part->name = arena_printf(a, "annex2-%s-%02d.html",
	    l->s->incident->tracking, l->duty->revision);
	part->data = arena_strndup(a, out.data, out.len);
	part->len = out.len;
	buf_free(&out);
	return rc;
}

/* The files that may go, as the reader found them. */
static void
add_evidence(const struct evidence *ev, struct arena *a, struct compose *c)
{
	struct compose_part	*v = arena_array(a, ev->n + 1, sizeof(*v));

	c->parts = v;
	for (size_t i = 0; i < ev->n; i++) {
		const struct exhibit	*x = ev->files[i];

		if (ev->mail[i] == EXHIBIT_IS_NONE)
			v[c->n_parts++] = (struct compose_part){
			    evidence_type(x, a), x->name, x->data, x->len };
	}
}

/* What lies beside the letter. */
static enum rc
add_parts(const struct desk *d, const struct letter *l, struct arena *a,
    struct compose *c, struct err *err)
{
	const struct duty	*du = l->duty;
	struct compose_part	*v;

	if (du->evidence != NULL) {
		add_evidence(du->evidence, a, c);
		return RC_OK;
	}
	v = arena_array(a, du->n_parts + 1, sizeof(*v));
	for (size_t i = 0; i < du->n_parts; i++)
		v[i] = (struct compose_part){ du->parts[i].type,
		    du->parts[i].name, du->parts[i].data, du->parts[i].len };
	c->parts = v;
	c->n_parts = du->n_parts;
	if (!du->external)
		return RC_OK;
	return printable(d, l, a, &v[c->n_parts++], err);
}

static struct datum *
in_language(void *arg, const char *lang)
{
	const struct letter	*l = arg;

	return view_in(l->view, &l->to, l->duty->data, lang);
}

/* Render, compose and promise one mail to one address. */
static enum rc
one_mail(struct desk *d, struct letter *l, struct arena *a, struct err *err)
{
	struct compose	 c;
	struct buf	 out;
	const char	*body;
	int64_t		 now = clock_now();
	enum rc		 rc;

	memset(&c, 0, sizeof(c));
	rc = templates_letter(d->templates, l->duty->name, l->to.lang,
	    in_language, l, a, &c.subject, &body, err);
	if (rc != RC_OK)
		return rc;
	identify(d, l, a, &c);
	c.from_addr = d->conf->address;
	c.from_name = d->conf->address_name;
	c.to_addr = l->to.addr;
	c.to_name = l->to.name;
	c.text = body;
	c.lang = plain_lang(l->to.lang);
	c.date = now;
	c.off = l->policy->zone;
	c.auto_submitted = l->duty->reply ? "auto-replied" : "auto-generated";
	/* Who was not obeyed learns nothing, not even that there is a case. */
	if (l->s != NULL && strcmp(l->duty->name, "rejected_sender") != 0) {
		c.tracking = l->s->incident->tracking;
		c.drill = l->s->incident->drill;
		c.high_priority = l->s->incident->level >= 3;
	}
	if (l->duty->reply && l->ev != NULL && l->ev->report != NULL &&
	    l->ev->report->message_id != NULL) {
		c.in_reply_to = l->ev->report->message_id;
		c.references = references_of(a, l->ev->report);
	} else {
		c.in_reply_to = c.references = thread_parent(l);
	}
	rc = add_parts(d, l, a, &c, err);
	buf_init(&out, l->duty->evidence != NULL ? EVIDENCE_OUT_MAX :
	    MAIL_OUT_MAX);
	if (rc == RC_OK)
		rc = compose_mail(&c, &out, err);
	if (rc == RC_OK)
		rc = add_item(d, l, CHANNEL_SMTP, l->to.addr, c.message_id,
		    c.subject, out.data, out.len, err);
	buf_free(&out);
	return rc;
}

static enum rc
one_post(struct desk *d, struct letter *l, const struct conf_role *role,
    struct arena *a, struct err *err)
{
	enum document_format	 f = DOC_JSON;
	struct document		 doc = document_of(d, l);
	struct buf		 out;
	enum rc			 rc;

	if (role->http.format != NULL)
		(void)document_parse(role->http.format, &f);
	doc.key = arena_printf(a, "%s-%02d-%s", l->s->incident->tracking,
	    l->duty->revision, role->name);
	buf_init(&out, MAIL_OUT_MAX);
	rc = document_make(f, &doc, &out, err);
	if (rc == RC_OK)
		rc = add_item(d, l, CHANNEL_HTTP, role->http.url, doc.key,
		    l->s->incident->tracking, out.data, out.len, err);
	buf_free(&out);
	return rc;
}

/* The files, for a receiver that takes documents of ours. */
static enum rc
post_evidence(struct desk *d, struct letter *l, const struct conf_role *role,
    struct arena *a, struct err *err)
{
	const char	*key = arena_printf(a, "%s-%02d-%s-evidence",
			    l->s->incident->tracking, l->duty->revision,
			    role->name);
	json_t		*js = evidence_payload(l->duty->evidence, l->policy,
			    d->conf, l->s, &l->to, key, clock_now());
	char		*text = js == NULL ? NULL : json_dumps(js,
			    JSON_COMPACT | JSON_SORT_KEYS);
	enum rc		 rc;

	json_decref(js);
	if (text == NULL)
		return err_set(err, RC_REFUSED, "evidence: no JSON");
	rc = add_item(d, l, CHANNEL_HTTP, role->http.url, key,
	    l->s->incident->tracking, text, strlen(text), err);
	free(text);
	return rc;
}

/* stem: duty->unique or duty->follows; NULL: it is not unique. */
static const char *
unique_for(struct arena *a, const struct letter *l, const char *stem,
    const char *channel, const char *to)
{
	if (stem == NULL)
		return NULL;
	return arena_printf(a, "%s/%s/%s/%s", l->s == NULL ? "" :
	    l->s->incident->tracking, stem, channel, to);
}

/* A letter that cannot be made harms no other: it is told and passed over. */
static enum rc
pass_over(struct desk *d, const struct letter *l, enum rc rc, struct arena *a,
    struct err *err)
{
	char	esc[600];

	if (rc != RC_REFUSED)
		return rc;
	log_err(l->s == NULL ? NULL : l->s->incident->tracking,
	    "letter: duty=%s role=%s text=\"%s\"", l->duty->name, l->to.role,
	    log_text(esc, sizeof(esc), err->text));
	if (strcmp(l->duty->name, "operator_alarm") == 0)
		return RC_OK;
	return desk_alarm(d, "letter", err->text, a, err);
}

/* The letter that this one follows; it needs none after it when it did not go:
 * *go 0. */
static enum rc
find_parent(struct desk *d, struct letter *l, struct arena *a, int *go,
    struct err *err)
{
	struct outbox_item	it;
	enum rc			rc;

	*go = 1;
	l->parent = NULL;
	if (l->duty->follows == NULL)
		return RC_OK;
	rc = outbox_by_key(d->store, unique_for(a, l, l->duty->follows,
	    "smtp", l->to.addr), a, &it, err);
	if (rc == RC_REFUSED)
		return RC_OK;
	if (rc != RC_OK)
		return rc;
	l->parent = it.message_id;
	*go = it.state != OUT_REFUSED && it.state != OUT_EXPIRED &&
	    it.state != OUT_WITHDRAWN;
	return RC_OK;
}

static enum rc
make_mail(struct desk *d, struct letter *l, struct arena *a, struct err *err)
{
	int	go;
	enum rc	rc = find_parent(d, l, a, &go, err);

	if (rc != RC_OK || !go)
		return rc;
	l->unique = unique_for(a, l, l->duty->unique, "smtp", l->to.addr);
	return pass_over(d, l, one_mail(d, l, a, err), a, err);
}

static enum rc
to_role(struct desk *d, struct letter *l, const struct conf_role *role,
    struct arena *a, struct err *err)
{
	int	by_mail = l->duty->evidence == NULL ||
		    l->duty->evidence->mail != NULL;
	enum rc	rc = RC_OK;

	l->to.name = role->label;
	l->to.lang = role->lang;
	for (size_t i = 0; rc == RC_OK && by_mail && i < role->mail.n; i++) {
		l->to.addr = role->mail.v[i];
		rc = make_mail(d, l, a, err);
	}
	if (rc != RC_OK || role->http.url == NULL)
		return rc;
	l->to.addr = role->http.url;
	l->unique = unique_for(a, l, l->duty->unique, "http", role->http.url);
	if (l->duty->external)
		rc = pass_over(d, l, one_post(d, l, role, a, err), a, err);
	else if (l->duty->evidence != NULL && l->duty->evidence->http != NULL)
		rc = pass_over(d, l, post_evidence(d, l, role, a, err), a,
		    err);
	return rc;
}

/* May an answer go to the one who wrote? RFC 3834, and a limit a day. */
static enum rc
may_answer(struct desk *d, const struct letter *l, const char *addr, int *may,
    struct err *err)
{
	const struct report	*rep = l->ev->report;
	const char		*tracking = l->s == NULL ? NULL :
				    l->s->incident->tracking;
	const struct spool_from	 of = { .addr = addr, .again = d->again,
				    .since = clock_now() - DAY,
				    .most = d->conf->sender_limit + 1 };
	int64_t			 n;
	enum rc			 rc;

	*may = 0;
	if (addr == NULL || !compose_addr_ok(addr))
		return RC_OK;
	if (rep != NULL && l->duty->reply && !rep->answerable) {
		log_info(tracking, "letter: duty=%s not answered: %s",
		    l->duty->name, rep->why_not == NULL ? "" : rep->why_not);
		return RC_OK;
	}
	if (rep != NULL && l->duty->reply) {
		rc = spool_count_from(d->store, &of, &n, err);
		if (rc != RC_OK)
			return rc;
		if (n == of.most) {
			log_warn(tracking, "letter: duty=%s not answered: more "
			    "than %d mails from one sender in a day",
			    l->duty->name, d->conf->sender_limit);
			return RC_OK;
		}
	}
	*may = 1;
	return RC_OK;
}

static const char *
reporter_lang(const char *lang)
{
	return lang != NULL && strcmp(lang, "en") == 0 ? "en" : "zh-TW+en";
}

static int
is_reporter(const struct incident *inc, const char *addr)
{
	return inc->reporter_addr != NULL && addr != NULL &&
	    strcasecmp(inc->reporter_addr, addr) == 0;
}

/*
 * Whoever wrote the mail in hand is answered in the language of his role; who
 * holds none, in that of the incident when he reported it, else in his own.
 */
static const char *
sender_lang(struct desk *d, const struct letter *l)
{
	const struct conf_role	*role = conf_role_of(d->conf, l->ev->actor);

	if (role != NULL)
		return role->lang;
	return reporter_lang(is_reporter(l->s->incident, l->ev->actor) ||
	    l->ev->report == NULL ? l->s->incident->lang :
	    l->ev->report->lang);
}

/* The reporter of the incident, or whoever wrote the mail in hand. */
static enum rc
to_writer(struct desk *d, struct letter *l, int sender, struct arena *a,
    struct err *err)
{
	const struct incident	*inc = l->s->incident;
	const char		*addr[2];
	int			 may;
	enum rc			 rc = RC_OK;

	addr[0] = sender ? l->ev->actor : inc->reporter_addr;
	addr[1] = sender ? NULL : inc->reporter_cc;
	for (size_t i = 0; rc == RC_OK && i < 2; i++) {
		rc = may_answer(d, l, addr[i], &may, err);
		if (rc != RC_OK || !may)
			continue;
		if (i == 1 && addr[0] != NULL && strcmp(addr[0], addr[1]) == 0)
			continue;
		l->to.addr = addr[i];
		l->to.name = i == 0 && (!sender || is_reporter(inc, addr[0])) ?
		    inc->reporter_name : NULL;
		l->to.lang = sender ? sender_lang(d, l) :
		    reporter_lang(inc->lang);
		rc = make_mail(d, l, a, err);
	}
	return rc;
}

/* A letter about the whole, to the reporter of a part: his number stands on it,
 * and it is kept with his incident. */
static enum rc
to_part(struct desk *d, const struct letter *whole, struct incident *part,
    struct arena *a, struct err *err)
{
	struct situation	 s = { .incident = part };
	struct duty		 du = *whole->duty;
	struct letter		 l = *whole;
	json_t			*extra = json_loads(part->extra != NULL ?
				    part->extra : "{}", 0, NULL);
	enum rc			 rc = RC_OK;

	du.data = json_pack("{s:s,s:s}", "tracking", part->tracking, "whole",
	    whole->s->incident->tracking);
	(void)json_object_update_missing(du.data, whole->duty->data);
	l.s = &s;
	l.duty = &du;
	l.to.role = "reporter";
	if (decide_answerable(part, extra))
		rc = to_writer(d, &l, 0, a, err);
	json_decref(du.data);
	json_decref(extra);
	return rc;
}

/* To whoever reported what is part of it now, and a part of that. */
static enum rc
to_parts(struct desk *d, const struct letter *l, int64_t of, int deep,
    struct arena *a, struct err *err)
{
	const char	*told = l->s->incident->reporter_addr;
	struct incident	*v;
	size_t		 n = 0;
	enum rc		 rc = incident_parts(d->store, of, a, &v, &n, err);

	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		/* who reported both has heard of it */
		if (told == NULL || v[i].reporter_addr == NULL ||
		    strcasecmp(told, v[i].reporter_addr) != 0)
			rc = to_part(d, l, &v[i], a, err);
		if (rc == RC_OK && deep < MERGES_MAX)
			rc = to_parts(d, l, v[i].id, deep + 1, a, err);
	}
	return rc;
}

enum rc
desk_letters(struct desk *d, const struct policy *p,
    const struct situation *s, struct view *view, const struct event *ev,
    const struct duty *duty, struct arena *a, struct err *err)
{
	const struct conf_role	*role;
	struct letter		 l;

	memset(&l, 0, sizeof(l));
	l.policy = p;
	l.s = s;
	l.view = view;
	l.ev = ev;
	l.duty = duty;
	l.to.role = duty->role;
	if (strcmp(duty->role, "reporter") == 0)
		/* The answers have asked already; From may be forged. */
		return ev->kind == EV_DEADLINE && desk_bundles(s, ev, duty) ?
		    RC_OK : to_writer(d, &l, 0, a, err);
	if (strcmp(duty->role, "parts") == 0)
		return to_parts(d, &l, s->incident->id, 1, a, err);
	if (strcmp(duty->role, "sender") == 0) {
		/* A member of a role keeps that role's words and rights. */
		role = ev->trusted ? conf_role(d->conf, ev->role) : NULL;
		if (role != NULL)
			l.to.role = role->name;
		else if (ev->trusted && strcmp(ev->role, "reporter") == 0)
			l.to.role = "reporter";
		return to_writer(d, &l, 1, a, err);
	}
	role = conf_role(d->conf, duty->role);
	if (role == NULL || (role->mail.n == 0 && role->http.url == NULL)) {
		log_warn(s->incident->tracking, "letter: duty=%s role=%s has "
		    "no address in the configuration", duty->name, duty->role);
		return RC_OK;
	}
	if (desk_bundles(s, ev, duty))
		return desk_bundle(d, p, role->name, a, err);
	return to_role(d, &l, role, a, err);
}

enum rc
desk_letter_plain(struct desk *d, const char *duty, const char *role_name,
    json_t *data, int64_t mail, const char *unique, struct arena *a,
    struct err *err)
{
	const struct conf_role	*role = conf_role(d->conf, role_name);
	struct duty		 du;
	struct event		 ev;
	struct letter		 l;

	if (role == NULL)
		role = conf_role(d->conf, "team");
	if (role == NULL)
		return RC_OK;
	memset(&du, 0, sizeof(du));
	du.name = duty;
	du.role = role->name;
	du.unique = unique;
	du.data = data;
	memset(&ev, 0, sizeof(ev));
	ev.mail = mail;
	memset(&l, 0, sizeof(l));
	l.policy = d->policy;
	l.view = view_open(d->policy, d->conf, NULL, clock_now(), a);
	l.ev = &ev;
	l.duty = &du;
	l.to.role = role->name;
	return to_role(d, &l, role, a, err);
}

/* To a unit, to whoever wrote, or to a role; about no incident. */
enum rc
desk_letter_house(struct desk *d, const struct duty *duty,
    const struct event *ev, struct arena *a, struct err *err)
{
	const struct conf_role	*role = conf_role(d->conf, duty->role);
	struct letter		 l;
	int			 may = 1;
	enum rc			 rc = RC_OK;

	memset(&l, 0, sizeof(l));
	l.policy = d->policy;
	l.view = view_open(d->policy, d->conf, NULL, clock_now(), a);
	l.ev = ev;
	l.duty = duty;
	l.to.role = duty->role;
	if (duty->contact != NULL) {
		l.to.name = duty->contact->name;
		l.to.lang = duty->contact->lang;
		for (size_t i = 0; rc == RC_OK && i < duty->contact->mail.n;
		    i++) {
			l.to.addr = duty->contact->mail.v[i];
			rc = make_mail(d, &l, a, err);
		}
		return rc;
	}
	if (strcmp(duty->role, "sender") == 0) {
		rc = may_answer(d, &l, ev->actor, &may, err);
		role = conf_role_of(d->conf, ev->actor);
		l.to.role = role != NULL ? role->name : "unit";
		l.to.lang = role != NULL ? role->lang : "zh-TW+en";
		l.to.addr = ev->actor;
		return rc == RC_OK && may ? make_mail(d, &l, a, err) : rc;
	}
	if (role == NULL)
		return RC_OK;
	return to_role(d, &l, role, a, err);
}
