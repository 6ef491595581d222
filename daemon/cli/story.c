#include "cli/story.h"

#include <stdlib.h>
#include <string.h>

#include "cli/json.h"
#include "cli/story_words.h"

#define STORY_MAX	100000		/* rows of a kind */

static enum rc
read_items(struct cli *cli, struct story *s, struct err *err)
{
	enum rc	rc;

	rc = outbox_list(cli->store, s->incident.id, OUT_NSTATES, STORY_MAX,
	    cli->arena, &s->items, &s->n_items, err);
	s->receipts = arena_array(cli->arena, s->n_items,
	    sizeof(*s->receipts));
	s->n_receipts = arena_array(cli->arena, s->n_items,
	    sizeof(*s->n_receipts));
	for (size_t i = 0; rc == RC_OK && i < s->n_items; i++)
		rc = receipt_list(cli->store, s->items[i].id, cli->arena,
		    &s->receipts[i], &s->n_receipts[i], err);
	return rc;
}

/* The store gives the newest mail first; a story begins at its beginning. */
static void
turn_mails(struct story *s)
{
	for (size_t i = 0; i < s->n_mails / 2; i++) {
		struct mail	m = s->mails[i];

		s->mails[i] = s->mails[s->n_mails - 1 - i];
		s->mails[s->n_mails - 1 - i] = m;
	}
}

int
story_read(struct cli *cli, const char *number, struct story *s)
{
	struct err	err;
	enum rc		rc;
	int64_t		id;
	int		status;

	memset(s, 0, sizeof(*s));
	status = cli_incident(cli, number, &s->incident);
	if (status != 0)
		return status;
	id = s->incident.id;
	s->policy = cli_policy_of(cli, &s->incident);
	rc = field_list(cli->store, id, cli->arena, &s->fields, &s->n_fields,
	    &err);
	if (rc == RC_OK)
		rc = deadline_list(cli->store, id, cli->arena, &s->deadlines,
		    &s->n_deadlines, &err);
	if (rc == RC_OK)
		rc = journal_list(cli->store, id, 0, STORY_MAX, cli->arena,
		    &s->journal, &s->n_journal, &err);
	if (rc == RC_OK)
		rc = spool_list(cli->store, DISP_N, id, STORY_MAX, cli->arena,
		    &s->mails, &s->n_mails, &err);
	if (rc == RC_OK)
		rc = read_items(cli, s, &err);
	if (rc != RC_OK)
		return cli_fail(rc, &err);
	turn_mails(s);
	return 0;
}

const char *
story_deadline_label(struct cli *cli, const struct story *s, const char *name)
{
	const struct policy_deadline	*d = NULL;

	if (s->policy != NULL)
		d = policy_deadline(s->policy, name);
	return d == NULL ? name : words_in(&d->label, cli->lang);
}

/* --- the timeline --- */

enum { ORDER_MAIL, ORDER_JOURNAL, ORDER_DEADLINE, ORDER_ITEM, ORDER_RECEIPT };

static struct moment *
moment_add(struct moment *v, size_t *n, int64_t at, int order)
{
	v[*n].at = at;
	v[*n].order = order;
	v[*n].seq = *n;
	return &v[(*n)++];
}

/* "sender (role)", "role", or "tocsin". */
static const char *
actor_text(struct cli *cli, const char *addr, const char *role)
{
	if (role == NULL || *role == '\0' || strcmp(role, "tocsin") == 0)
		return addr == NULL || *addr == '\0' ? "tocsin" : addr;
	if (addr == NULL || *addr == '\0')
		return story_role(cli, role);
	if (strcmp(role, addr) == 0)
		return addr;
	return arena_printf(cli->arena, "%s (%s)", addr,
	    story_role(cli, role));
}

static void
moments_mails(struct cli *cli, const struct story *s, struct moment *v,
    size_t *n)
{
	for (size_t i = 0; i < s->n_mails; i++) {
		const struct mail	*m = &s->mails[i];
		struct moment		*to = moment_add(v, n, m->arrived != 0 ?
					    m->arrived : m->stored_at,
					    ORDER_MAIL);

		to->who = m->from_addr;
		to->mail = m->id;
		to->what = arena_printf(cli->arena, "mail came: %s%s%s%s%s",
		    disposition_name(m->disposition),
		    m->subject != NULL ? ", \"" : "",
		    m->subject != NULL ? m->subject : "",
		    m->subject != NULL ? "\"" : "",
		    m->why == NULL ? "" :
		    arena_printf(cli->arena, " (%s)", m->why));
	}
}

/* What the mails, the deadlines and the receipts tell better. */
static int
told_elsewhere(const char *event)
{
	static const char *const events[] = {
		"mail", "sent", "deferred", "not_sent", "deadline_met",
		"fields"
	};

	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (strcmp(events[i], event) == 0)
			return 1;
	return 0;
}

static void
moments_journal(struct cli *cli, const struct story *s,
    const struct story_words *w, struct moment *v, size_t *n)
{
	for (size_t i = 0; i < s->n_journal; i++) {
		const struct journal_row	*r = &s->journal[i];
		struct moment			*to;

		if (told_elsewhere(r->event))
			continue;
		to = moment_add(v, n, r->at, ORDER_JOURNAL);
		to->who = actor_text(cli, r->actor, r->role);
		to->mail = r->mail;
		to->what = story_event(cli, s, w, r);
	}
}

static void
moments_deadlines(struct cli *cli, const struct story *s, struct moment *v,
    size_t *n)
{
	for (size_t i = 0; i < s->n_deadlines; i++) {
		const struct deadline	*d = &s->deadlines[i];
		struct moment		*to;
		int64_t			 left;

		if (d->state != DL_MET || d->ended_at == 0)
			continue;
		left = d->due_at - d->ended_at;
		to = moment_add(v, n, d->ended_at, ORDER_DEADLINE);
		to->who = story_role(cli, d->owner);
		to->what = left >= 0 ? "deadline met" : "deadline met late";
		to->deadline = arena_printf(cli->arena, "%s, due %s (%s %s)",
		    story_deadline_label(cli, s, d->name),
		    cli_time(cli, d->due_at), cli_span(cli, left),
		    left >= 0 ? "to spare" : "late");
	}
}

/* One answer of the other side. */
static void
moment_receipt(struct cli *cli, const struct outbox_item *it,
    const char *letter, const struct receipt *r, struct moment *to)
{
	char	code[16] = "";

	if (r->code != 0)
		(void)snprintf(code, sizeof(code), " %d", r->code);
	to->who = r->peer;
	to->what = arena_printf(cli->arena, "%s -> %s: %s (#%lld, %s%s%s%s)",
	    letter, it->to_addr, r->result, (long long)it->id, r->kind, code,
	    r->text != NULL && *r->text ? " " : "",
	    r->text != NULL ? r->text : "");
}

/* A letter that was taken at once is one line; else each try has its own. */
static void
moments_items(struct cli *cli, const struct story *s,
    const struct story_words *w, struct moment *v, size_t *n)
{
	for (size_t i = 0; i < s->n_items; i++) {
		const struct outbox_item	*it = &s->items[i];
		const char			*letter = story_letter(cli, w,
						    it->duty);
		struct moment			*to = moment_add(v, n,
						    it->created_at,
						    ORDER_ITEM);
		int	 smooth = s->n_receipts[i] == 1 &&
			    it->state == OUT_ACCEPTED;

		to->who = "tocsin";
		to->mail = it->mail;
		to->what = arena_printf(cli->arena, "%s -> %s by %s (#%lld)%s",
		    letter, it->to_addr, channel_kind_name(it->channel),
		    (long long)it->id, smooth ? ": accepted" : "");
		if (smooth && s->receipts[i][0].at > it->created_at)
			to->what = arena_printf(cli->arena, "%s after %s",
			    to->what, cli_span(cli, s->receipts[i][0].at -
			    it->created_at));
		for (size_t k = 0; !smooth && k < s->n_receipts[i]; k++)
			moment_receipt(cli, it, letter, &s->receipts[i][k],
			    moment_add(v, n, s->receipts[i][k].at,
			    ORDER_RECEIPT));
	}
}

static int
by_time(const void *a, const void *b)
{
	const struct moment	*x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if (x->order != y->order)
		return x->order - y->order;
	return x->seq < y->seq ? -1 : 1;
}

size_t
story_moments(struct cli *cli, const struct story *s, struct moment **out)
{
	struct story_words	*w = NULL;
	struct err		 err;	/* bare names will do; check says why */
	size_t			 n = 0, most = s->n_mails + s->n_journal +
				    s->n_deadlines + s->n_items;

	(void)story_words_load(cli->conf->policy_dir, &w, &err);
	for (size_t i = 0; i < s->n_items; i++)
		most += s->n_receipts[i];
	*out = arena_array(cli->arena, most, sizeof(**out));
	moments_mails(cli, s, *out, &n);
	moments_journal(cli, s, w, *out, &n);
	moments_deadlines(cli, s, *out, &n);
	moments_items(cli, s, w, *out, &n);
	story_words_free(&w);
	qsort(*out, n, sizeof(**out), by_time);
	return n;
}

/* --- as JSON --- */

#define ADD(list, n, make, v)						\
	for (size_t i_ = 0; i_ < (n); i_++)				\
		(void)json_array_append_new(list, make(cli, &(v)[i_]))

json_t *
story_json(struct cli *cli, const struct story *s)
{
	json_t	*j = json_incident(cli, &s->incident);
	json_t	*fields = json_array(), *mails = json_array();
	json_t	*journal = json_array(), *deadlines = json_array();
	json_t	*sent = json_array();

	ADD(fields, s->n_fields, json_field, s->fields);
	ADD(mails, s->n_mails, json_mail, s->mails);
	ADD(journal, s->n_journal, json_journal, s->journal);
	ADD(deadlines, s->n_deadlines, json_deadline, s->deadlines);
	for (size_t i = 0; i < s->n_items; i++) {
		json_t	*it = json_item(cli, &s->items[i]);
		json_t	*receipts = json_array();

		ADD(receipts, s->n_receipts[i], json_receipt,
		    s->receipts[i]);
		(void)json_object_set_new(it, "receipts", receipts);
		(void)json_array_append_new(sent, it);
	}
	(void)json_object_set_new(j, "fields", fields);
	(void)json_object_set_new(j, "mails", mails);
	(void)json_object_set_new(j, "journal", journal);
	(void)json_object_set_new(j, "deadlines", deadlines);
	(void)json_object_set_new(j, "sent", sent);
	return j;
}

void
story_situation(const struct story *s, struct situation *sit)
{
	memset(sit, 0, sizeof(*sit));
	sit->incident = (struct incident *)(uintptr_t)&s->incident;
	sit->fields = s->fields;
	sit->n_fields = s->n_fields;
	sit->deadlines = s->deadlines;
	sit->n_deadlines = s->n_deadlines;
	sit->items = s->items;
	sit->n_items = s->n_items;
	sit->journal = s->journal;
	sit->n_journal = s->n_journal;
}

void
story_addressee(struct cli *cli, const struct story *s, const char *role,
    const char *in_lang, struct addressee *to)
{
	const struct conf_role	*r = conf_role(cli->conf, role);
	const char		*lang = s->incident.lang;

	memset(to, 0, sizeof(*to));
	to->role = role;
	if (r != NULL) {
		to->name = r->label;
		to->addr = r->mail.n > 0 ? r->mail.v[0] : NULL;
		to->lang = r->lang;
	} else {
		to->name = s->incident.reporter_name;
		to->addr = s->incident.reporter_addr;
		to->lang = lang != NULL && strcmp(lang, "en") == 0 ? "en" :
		    "zh-TW+en";
	}
	if (in_lang != NULL)
		to->lang = in_lang;
}
