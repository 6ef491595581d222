/*
 * decide_meeting - the CISO is asked about the emergency meeting and decides,
 * people are invited, and its minutes come back (R16).
 */
#include "incident/decide_draft.h"

#include <string.h>

#include "incident/deadlines.h"
#include "incident/invite.h"
#include "parsers/datetime.h"

#define DAY	86400
#define AHEAD	(300 * DAY)	/* how far off a meeting may be */

static void
rearm_meeting(struct draft *d)
{
	for (size_t i = 0; i < d->p->n_deadlines; i++)
		if (deadline_event_parse(d->p->deadlines[i].to) ==
		    DLE_MEETING_DECIDED)
			draft_rearm(d, d->p->deadlines[i].name);
}

/* A level without a meeting takes back what was asked and not decided. */
void
meeting_ask(struct draft *d, const char *text)
{
	const char	*rule = d->p->meeting[d->in->level];
	json_t		*m = json_object_get(d->extra, "meeting"), *data;
	const char	*said = json_string_value(json_object_get(m,
			    "decision"));
	int		 mandatory;

	if (strcmp(rule, "no") == 0) {
		if (said == NULL)
			json_object_del(m, "asked_level");
		return;
	}
	if (json_integer_value(json_object_get(m, "asked_level")) >=
	    d->in->level || (said != NULL && strcmp(said, "yes") == 0))
		return;
	mandatory = strcmp(rule, "mandatory") == 0;
	rearm_meeting(d);	/* its time runs from this question */
	json_object_set_new(d->extra, "meeting", json_pack("{s:i}",
	    "asked_level", d->in->level));
	data = json_pack("{s:b}", "mandatory", mandatory);
	draft_duties(d, "ask_meeting", &d->p->meeting_roles, data);
	json_decref(data);
	draft_journal(d, "meeting_asked", json_pack("{s:i,s:b}", "level",
	    d->in->level, "mandatory", mandatory));
	draft_line(d, text, mandatory ? SAY_MEETING_MANDATORY :
	    SAY_MEETING_ASKED, NO_WORDS, NO_WORDS, 1);
}

/* Does something follow the line's last colon? */
static int
filled_in(const char *line)
{
	const char	*s, *last = line;

	for (s = line; *s != '\0'; s++)
		if (*s == ':' || strncmp(s, "：", 3) == 0)
			last = s + (*s == ':' ? 1 : 3);
	return last == line || last[strspn(last, " \t")] != '\0';
}

/*
 * Our letter offers both lines of the decision; whoever leaves one of them
 * as it was means the other.  Two filled or none: it is not understood.
 */
int
meeting_meant(const struct word_line *w, size_t n, const struct word_line *me)
{
	int	yes = 0, no = 0, filled = 0;

	for (size_t i = 0; i < n; i++) {
		if (w[i].command != CMD_MEETING_YES &&
		    w[i].command != CMD_MEETING_NO)
			continue;
		yes |= w[i].command == CMD_MEETING_YES;
		no |= w[i].command == CMD_MEETING_NO;
		filled += filled_in(w[i].text);
	}
	if (!(yes && no))
		return 1;
	return filled == 1 && filled_in(me->text) ? 1 : filled == 1 ? 0 : -1;
}

/* --- when and where --- */

struct meeting {
	int64_t		 start;		/* 0: not understood */
	const char	*place;
};

/* "6/1 14:00 地點：第一會議室" */
static struct meeting
meeting_read(struct draft *d, const char *text)
{
	struct meeting	 m = { 0, NULL };
	struct datetime	 dt;
	const char	*at = NULL;

	for (size_t i = 0; i < d->p->place_words.n; i++) {
		const char	*w = d->p->place_words.v[i];
		const char	*s = strstr(text, w);

		if (s == NULL || (at != NULL && s > at))
			continue;
		at = s;
		m.place = s + strlen(w);
	}
	if (m.place != NULL) {
		while (*m.place == ':' || *m.place == ' ' ||
		    strncmp(m.place, "：", 3) == 0)
			m.place += *m.place == ':' || *m.place == ' ' ? 1 : 3;
		m.place = arena_strdup(d->a, m.place);
		text = arena_strndup(d->a, text, (size_t)(at - text));
	}
	/* "6/1" without a year is read as the last one before a time. */
	for (int ahead = 0; m.start == 0 && ahead <= AHEAD; ahead += AHEAD) {
		datetime_read(d->a, text, d->ev->now + ahead, d->p->zone, &dt);
		if (dt.known && dt.has_time && dt.utc > d->ev->now - DAY &&
		    dt.utc <= d->ev->now + AHEAD)
			m.start = dt.utc;
	}
	return m;
}

static const struct duty_part *
calendar_part(struct draft *d, const char *const *to, size_t n, int yes)
{
	const json_t		*m = json_object_get(d->extra, "meeting");
	struct duty_part	*part = arena_alloc(d->a, sizeof(*part));
	struct invite		 i;

	memset(&i, 0, sizeof(i));
	i.uid = arena_printf(d->a, "%s-meeting@%s", d->in->tracking,
	    d->conf->domain != NULL ? d->conf->domain : "tocsin");
	i.sequence = (int)json_integer_value(json_object_get(m, "sequence"));
	i.cancel = !yes;
	i.now = d->ev->now;
	i.start = json_integer_value(json_object_get(m, "starts"));
	i.end = i.start + (int64_t)d->p->meeting_minutes * 60;
	i.summary = arena_printf(d->a, "%s [%s]", draft_label(d,
	    "meeting").zh, d->in->tracking);
	i.place = json_string_value(json_object_get(m, "place"));
	i.organizer = d->conf->address;
	i.attendees = to;
	i.n_attendees = n;
	part->type = yes ? "text/calendar; charset=utf-8; method=REQUEST" :
	    "text/calendar; charset=utf-8; method=CANCEL";
	part->name = "meeting.ics";
	part->data = invite_text(d->a, &i, &part->len);
	return part;
}

/* To one role, or the reporter; with the calendar when the time is known. */
static void
tell_one(struct draft *d, const char *role, int yes, json_t *data)
{
	const struct conf_role	*r = conf_role(d->conf, role);
	const char		*one = d->in->reporter_addr;
	const json_t		*m = json_object_get(d->extra, "meeting");
	struct duty		*du;

	du = draft_duty(d, "meeting", role, json_incref(data));
	if (json_integer_value(json_object_get(m, "starts")) == 0)
		return;
	if (r != NULL)
		du->parts = calendar_part(d, r->mail.v, r->mail.n, yes);
	else
		du->parts = calendar_part(d, &one, 1, yes);
	du->n_parts = 1;
}

int
meeting_awaits(const struct draft *d)
{
	const json_t	*m = json_object_get(d->extra, "meeting");

	return states_active(d->in->state) &&
	    policy_has(&d->p->meeting_roles, d->ev->role) &&
	    json_object_get(m, "asked_level") != NULL &&
	    json_object_get(m, "decision") == NULL;
}

/* The invitation, or that there is none (R16). */
static void
tell_meeting(struct draft *d, int yes, int was, const char *text)
{
	const struct policy_strings	*roles = &d->p->notify_recovered;
	const json_t			*m = json_object_get(d->extra,
					    "meeting");
	json_t				*data, *says;

	/* "tomorrow at two" is read on another day */
	says = json_pack("{s:b,s:s}", "yes", yes, "text", text);
	if (yes && json_object_get(m, "starts") != NULL)
		json_object_set(says, "starts_at", json_object_get(m,
		    "starts"));
	if (yes && json_object_get(m, "place") != NULL)
		json_object_set(says, "place", json_object_get(m, "place"));
	data = json_pack("{s:o}", "meeting", says);
	for (size_t i = 0; i < roles->n; i++)
		tell_one(d, roles->v[i], yes, data);
	if (yes && !policy_has(roles, d->ev->role))
		tell_one(d, d->ev->role, yes, data);
	if ((yes || was) && decide_answerable(d->in, d->extra))
		tell_one(d, "reporter", yes, data);
	json_decref(data);
}

/* A day or an hour in figures: 6/1, 14:00, 6月, not 3樓. */
static int
names_time(const char *s)
{
	static const char *const marks[] = {
		"/", ":", "：", "／", "月", "日", "時", "點", NULL
	};

	for (; (s = strpbrk(s, "0123456789")) != NULL; s++)
		for (size_t i = 0; marks[i] != NULL; i++)
			if (strncmp(s + 1, marks[i], strlen(marks[i])) == 0)
				return 1;
	return 0;
}

/* What is kept of the decision; 1: there was a meeting before. */
static int
keep(struct draft *d, int yes, const struct meeting *when, const char *text)
{
	json_t		*m = json_object_get(d->extra, "meeting");
	const char	*said;
	int		 was;

	if (m == NULL) {
		m = json_object();
		json_object_set_new(d->extra, "meeting", m);
	}
	said = json_string_value(json_object_get(m, "decision"));
	was = said != NULL && strcmp(said, "yes") == 0;
	json_object_set_new(m, "decision", json_string(yes ? "yes" : "no"));
	json_object_set_new(m, "at", json_integer(d->ev->now));
	json_object_set_new(m, "text", json_string(text));
	json_object_set_new(m, "sequence", json_integer(said == NULL ? 0 :
	    json_integer_value(json_object_get(m, "sequence")) + 1));
	if (!yes)
		return was;
	json_object_del(m, "starts");
	json_object_del(m, "place");
	json_object_del(m, "minutes_at");
	if (when->start != 0)
		json_object_set_new(m, "starts", json_integer(when->start));
	if (when->place != NULL)
		json_object_set_new(m, "place", json_string(when->place));
	return was;
}

/* R16: only the CISO decides; at a mandatory level there is no "no". */
void
meeting_word(struct draft *d, const struct word_line *w)
{
	int		 yes = w->command == CMD_MEETING_YES, was;
	struct words	 arg = WORDS(w->arg, w->arg);
	struct meeting	 when = { 0, NULL };
	json_t		*m;

	if (!policy_has(&d->p->meeting_roles, d->ev->role) ||
	    !draft_may(d, "meeting")) {
		draft_line(d, w->text, SAY_NOT_ALLOWED, NO_WORDS, NO_WORDS, 0);
		return;
	}
	if (!yes && strcmp(d->p->meeting[d->in->level], "mandatory") == 0) {
		draft_line(d, w->text, SAY_MEETING_MUST, NO_WORDS, NO_WORDS,
		    0);
		return;
	}
	if (yes)
		when = meeting_read(d, w->arg);
	if (yes && when.start == 0 && names_time(w->arg)) {
		draft_line(d, w->text, SAY_MEETING_BAD_TIME, NO_WORDS, NO_WORDS,
		    0);
		return;		/* nobody is invited to no time */
	}
	was = keep(d, yes, &when, w->arg);
	m = json_object_get(d->extra, "meeting");
	draft_journal(d, "meeting", json_pack("{s:s,s:s,s:I}", "decision",
	    yes ? "yes" : "no", "text", w->arg, "starts", json_integer_value(
	    json_object_get(m, "starts"))));
	tell_meeting(d, yes, was, w->text);
	if (!yes)
		json_object_del(m, "starts");
	draft_line(d, w->text, yes ? SAY_MEETING_YES : SAY_MEETING_NO, arg,
	    NO_WORDS, 1);
	if (yes && json_object_get(m, "starts") == NULL)
		draft_line(d, w->text, SAY_MEETING_NO_TIME, NO_WORDS, NO_WORDS,
		    0);
}

/* What was decided there is kept, and nobody asks for it any more. */
void
minutes_word(struct draft *d, const struct word_line *w)
{
	json_t	*m = json_object_get(d->extra, "meeting");

	if ((!policy_has(&d->p->command_roles, d->ev->role) &&
	    !policy_has(&d->p->meeting_roles, d->ev->role)) ||
	    (!draft_may(d, "status") && !draft_may(d, "meeting"))) {
		draft_line(d, w->text, SAY_NOT_ALLOWED, NO_WORDS, NO_WORDS, 0);
		return;
	}
	if (m == NULL) {
		m = json_object();
		json_object_set_new(d->extra, "meeting", m);
	}
	json_object_set_new(m, "minutes_at", json_integer(d->ev->now));
	draft_journal(d, "minutes", json_pack("{s:s}", "text", w->arg));
	draft_line(d, w->text, SAY_MINUTES, NO_WORDS, NO_WORDS, 1);
}
