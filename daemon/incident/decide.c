#include "incident/decide.h"

#include <stdlib.h>
#include <string.h>

#include "incident/deadlines.h"
#include "incident/decide_draft.h"
#include "incident/tracking.h"

#define NUMBER_CHARS							\
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-"

static json_t *
json_of(const char *text)
{
	json_t	*j = text != NULL ? json_loads(text, 0, NULL) : NULL;

	if (json_is_object(j))
		return j;
	json_decref(j);
	return json_object();
}

static char *
text_of(struct arena *a, const json_t *j)
{
	char	*s = json_dumps(j, JSON_COMPACT | JSON_SORT_KEYS), *copy;

	copy = arena_strdup(a, s != NULL ? s : "{}");
	free(s);
	return copy;
}

/* The deadlines that follow from what was decided, and a line for each. */
static void
update_deadlines(struct draft *d)
{
	struct change	*c = d->c;

	deadlines_update(d->p, d->in, d->extra, d->s->deadlines,
	    d->s->n_deadlines, d->ev->now, d->a, &c->deadlines,
	    &c->n_deadlines);
	for (size_t i = 0; i < c->n_deadlines; i++) {
		const struct deadline	*dl = &c->deadlines[i];
		static const char *const what[] = {
			[DL_OPEN] = "deadline_set", [DL_MET] = "deadline_met",
			[DL_CANCELLED] = "deadline_cancelled"
		};

		draft_journal(d, what[dl->state], json_pack("{s:s,s:I,s:I}",
		    "deadline", dl->name, "due", (json_int_t)dl->due_at,
		    "reminders", (json_int_t)dl->fired));
	}
}

static enum rc
check_event(const struct situation *s, const struct event *ev, struct err *err)
{
	int	ok = 0;

	switch (ev->kind) {
	case EV_REPORT:
		ok = ev->report != NULL && ev->tracking != NULL;
		break;
	case EV_MAIL:
		ok = s->incident != NULL && ev->report != NULL &&
		    ev->role != NULL;
		break;
	case EV_DEADLINE:
		ok = s->incident != NULL && ev->deadline != NULL;
		break;
	case EV_CLOCK:
		ok = s->incident != NULL;
		break;
	case EV_SENT:
	case EV_GAVE_UP:
	case EV_DENIED:
		ok = s->incident != NULL && ev->item != NULL;
		break;
	}
	return ok ? RC_OK : err_set(err, RC_BROKEN,
	    "decide: event %d without what it speaks of", (int)ev->kind);
}

enum rc
decide(const struct policy *p, const struct conf *conf,
    const struct situation *s, const struct event *ev, struct arena *a,
    struct change *c, struct err *err)
{
	struct draft	d = { .p = p, .conf = conf, .s = s, .ev = ev, .a = a,
			    .c = c, .in = &c->incident };
	enum rc		rc;

	memset(c, 0, sizeof(*c));
	if ((rc = check_event(s, ev, err)) != RC_OK)
		return rc;
	if (ev->kind != EV_REPORT)
		c->incident = *s->incident;
	d.extra = json_of(c->incident.extra);
	d.lines = json_array();
	d.open = json_array();
	switch (ev->kind) {
	case EV_REPORT:
		decide_report(&d);
		break;
	case EV_MAIL:
		decide_mail(&d);
		break;
	case EV_DEADLINE:
		decide_due(&d);
		break;
	case EV_SENT:
		decide_sent(&d);
		break;
	case EV_GAVE_UP:
		decide_gave_up(&d);
		break;
	case EV_DENIED:
		decide_denied(&d);
		break;
	case EV_CLOCK:
		decide_clock(&d);
		break;
	}
	if (draft_password_seen(&d))
		draft_journal(&d, "password_seen", NULL);
	if (c->n_deadlines == 0)
		update_deadlines(&d);
	if (c->put)
		c->incident.extra = text_of(a, d.extra);
	json_decref(d.extra);
	json_decref(d.lines);
	json_decref(d.open);
	return RC_OK;
}

void
change_done(struct change *c)
{
	for (size_t i = 0; i < c->n_duties; i++) {
		json_decref(c->duties[i].data);
		c->duties[i].data = NULL;
	}
	c->n_duties = 0;
}

/* The next number of an incident in *s, in capitals; *s goes behind it. */
static char *
next_number(const char **s, struct arena *a, const char **at)
{
	char	 series[TRACKING_SERIES + 1];
	int	 day, n;
	size_t	 len;

	for (; **s != '\0'; *s += len) {
		len = strcspn(*s, NUMBER_CHARS);
		if (len > 0)
			continue;
		*at = *s;
		len = strspn(*s, NUMBER_CHARS);
		if (tracking_parse(arena_strndup(a, *s, len), series, &day,
		    &n) == 0) {
			*s += len;
			return tracking_make(a, series, day, n);
		}
	}
	return NULL;
}

/* Stands one of the words right before it? */
static int
is_beside(const char *line, const char *at, const char *const *words)
{
	while (at > line && at[-1] == ' ')
		at--;
	for (; *words != NULL; words++) {
		size_t	n = strlen(*words);

		if ((size_t)(at - line) >= n && memcmp(at - n, *words, n) == 0)
			return 1;
	}
	return 0;
}

/* The one other incident that the text names, "" when it names several, NULL:
 * none.  with: right behind one of these. */
static const char *
one_other(const char *text, const char *own, const char *const *with,
    struct arena *a)
{
	const char	*s = text, *at, *found = NULL, *id;
	int		 beside = with == NULL;

	while ((id = next_number(&s, a, &at)) != NULL) {
		if (strcmp(id, own) == 0)
			continue;
		if (found != NULL && strcmp(id, found) != 0)
			return "";
		found = id;
		beside |= with != NULL && is_beside(text, at, with);
	}
	return beside ? found : NULL;
}

/*
 * 併案 CSI-... and 併入案號：CSI-..., or 本案與 CSI-... 為同一事件，請併案.  Which of
 * two numbers is meant is not guessed, nor what goes into which: CSI-... 併入本案
 * is no order to merge this one.
 */
static const char *
number_meant(const struct word_line *w, const char *own, struct arena *a)
{
	static const char *const with[] = { "與", "与", "和", "跟", "同", "及",
	    "with", "and", NULL };
	static const char *const mine[] = { "本案", "此案", "這案", "該案",
	    "this", NULL };
	const char	*id;

	for (size_t i = 0; mine[i] != NULL; i++)
		if (strstr(w->arg, mine[i]) != NULL)
			return "";
	id = one_other(w->arg, own, NULL, a);
	if (id == NULL)
		id = one_other(w->text, own, with, a);
	return id != NULL ? id : arena_strndup(a, w->arg, strspn(w->arg,
	    NUMBER_CHARS));
}

/* The status that an answer gives, when it is a merge: its words as a line. */
static int
merges(const struct report *r, struct word_line *w)
{
	static const char *const verbs[] = { "併", "并", "merge" };
	const struct field	*f = report_given(r, "status");

	if (f == NULL || !f->known || f->text == NULL ||
	    strcmp(f->text, incident_state_name(INC_MERGED)) != 0)
		return 0;
	w->text = f->raw;
	w->arg = "";
	for (size_t i = 0; *w->arg == '\0' && i < 3; i++)
		if (strstr(f->raw, verbs[i]) != NULL)
			w->arg = strstr(f->raw, verbs[i]);
	return 1;
}

const char *
decide_merge_target(const struct policy *p, const struct incident *in,
    const struct report *r, struct arena *a)
{
	struct word_line	*w, status;
	size_t			 n = words_find(p, r, a, &w);

	for (size_t i = 0; i < n; i++)
		if (w[i].command == CMD_MERGE)
			return number_meant(&w[i], in->tracking, a);
	if (merges(r, &status))
		return number_meant(&status, in->tracking, a);
	return second_target(in->pending, a);
}

int
decide_stays(const struct policy *p, const struct report *r, struct arena *a)
{
	struct word_line	*w;
	size_t			 n = words_find(p, r, a, &w);

	return words_have(w, n, CMD_UNMERGE) || words_have(w, n, CMD_REOPEN);
}

const char *
decide_verbs(const struct policy *p, const char *role)
{
	if (policy_has(&p->command_roles, role))
		return "*";
	if (policy_has(&p->meeting_roles, role))
		return "meeting,confirm,forensic,supplement";
	if (policy_has(&p->forensic_roles, role))
		return policy_has(&p->second_roles, role) ?
		    "confirm,forensic,supplement" : "forensic,supplement";
	if (policy_has(&p->forward_roles, role))
		return "review,supplement";
	return "supplement";
}
