#include "config.h"

#include "desk.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "mail/compose.h"
#include "parsers/text.h"

#define AGAIN_MIN	3600		/* seconds to the first repetition */
#define AGAIN_MAX	86400
#define WEEK		(7 * 86400)

/*
 * The fact "alarm:NAME" is "since told next" in UTC seconds: when it began,
 * how often it was told, when it is told again; behind them what was told, of
 * one whose every new text is told.
 */
struct alarm {
	int64_t		 since, told, next;
	const char	*text;		/* "" when it is not kept */
};

static enum rc
alarm_get(struct desk *d, const char *fact, struct arena *a, struct alarm *al,
    int *found, struct err *err)
{
	const char	*value;
	enum rc		 rc = fact_get(d->store, fact, a, &value, err);
	int		 end = 0;

	memset(al, 0, sizeof(*al));
	*found = rc == RC_OK && value != NULL && *value != '\0' &&
	    sscanf(value, "%" SCNd64 " %" SCNd64 " %" SCNd64 "%n", &al->since,
	    &al->told, &al->next, &end) == 3;
	al->text = *found && value[end] == ' ' ? value + end + 1 : "";
	return rc;
}

/* How often what goes on is told again. */
enum manner {
	RARER,				/* after an hour, at last daily */
	EACH_TEXT,			/* at once when it says something new */
	WEEKLY
};

static int64_t
pause_after(enum manner how, int64_t told)
{
	int64_t	wait = AGAIN_MIN;

	if (how != RARER)
		return how == WEEKLY ? WEEK : AGAIN_MIN;
	for (int64_t i = 1; i < told && wait < AGAIN_MAX; i++)
		wait *= 2;
	return wait < AGAIN_MAX ? wait : AGAIN_MAX;
}

/* Told a while ago.  By a clock that was ahead of this one: not yet. */
static int
told_lately(const struct alarm *al, enum manner how, int64_t now)
{
	return now < al->next &&
	    al->next - pause_after(how, al->told) <= now + CLOCK_SKEW;
}

/* The same as JSON to the operator's own receiver, which needs no relay. */
static enum rc
alarm_post(struct desk *d, const json_t *data, const char *unique,
    struct arena *a, struct err *err)
{
	const struct conf_role	*role = conf_role(d->conf, "operator");
	struct outbox_item	 it;
	char			*text;
	enum rc			 rc;

	if (role == NULL || role->http.url == NULL)
		return RC_OK;
	text = json_dumps(data, JSON_COMPACT | JSON_SORT_KEYS);
	if (text == NULL)
		return err_set(err, RC_BROKEN, "alarm: no text");
	memset(&it, 0, sizeof(it));
	it.duty = "operator_alarm";
	it.channel = CHANNEL_HTTP;
	it.role = role->name;
	it.to_addr = role->http.url;
	it.message_id = compose_message_id(a, "alarm", d->conf->domain);
	it.subject = "alarm";
	it.content = text;
	it.content_len = strlen(text);
	it.unique_key = arena_printf(a, "http/%s", unique);
	rc = outbox_add(d->store, &it, clock_now(), err);
	free(text);
	return rc == RC_REFUSED ? RC_OK : rc;
}

/* What it is about, for people: of what, what it means, what to do. */
static json_t *
about(const struct policy_alarm *al, const char *place,
    const struct words *text, const char *lang)
{
	return json_pack("{s:s?,s:s?,s:s?,s:s?,s:s?}", "title",
	    words_in(&al->label, lang), "place", place, "text",
	    words_in(text, lang), "means", words_in(&al->means, lang), "todo",
	    words_in(&al->todo, lang));
}

/* "main" of "mailbox:main"; what is only its text again is left out. */
static const char *
place_of(const char *name, const char *text, struct arena *a)
{
	const char	*place = strchr(name, ':'), *again;

	if (place == NULL)
		return NULL;
	place++;
	again = *text == '\0' ? NULL : strstr(place, text);
	return again == NULL || again == place ? place : arena_strndup(a,
	    place, (size_t)(again - place) - 1);
}

static json_t *
alarm_data(struct desk *d, const char *name, const char *text, int clear,
    const struct alarm *al, struct arena *a)
{
	static const struct policy_alarm unknown;
	const struct policy_alarm *of = policy_alarm(d->policy, name);
	struct words		 say = policy_reason(d->policy, text, a);
	const char		*place = place_of(name, text, a);

	if (of == NULL)
		of = &unknown;
	return json_pack("{s:{s:s,s:s,s:b,s:I,s:I,s:b},s:o,s:{s:{s:o}}}",
	    "alarm", "name", name, "text", text, "clear", clear, "since",
	    (json_int_t)al->since, "nth", (json_int_t)al->told, "once",
	    of->once, "about", about(of, place, &say, "en"), "in", "zh-TW",
	    "about", about(of, place, &say, "zh-TW"));
}

/*
 * By mail and by HTTP: one of them may be what is broken.  While no relay
 * works one mail that waits is enough; the log and HTTP have the others.
 */
static enum rc
alarm_letter(struct desk *d, const char *name, const char *text, int clear,
    const struct alarm *al, struct arena *a, struct err *err)
{
	const char	*unique;
	json_t		*data;
	enum rc		 rc;

	/* A server's words may be anything. */
	name = text_utf8_clean(a, name, strlen(name));
	text = text_utf8_clean(a, text, strlen(text));
	data = alarm_data(d, name, text, clear, al, a);
	if (data == NULL)
		return err_set(err, RC_BROKEN, "alarm: no text");
	unique = arena_printf(a, "%s/%" PRId64 "/%" PRId64 "/%d", name,
	    al->since, al->told, clear);
	rc = alarm_post(d, data, unique, a, err);
	if (rc == RC_OK && !clear && desk_no_relay(d))
		unique = arena_printf(a, "%s/%" PRId64 "/unheard", name,
		    al->since);
	if (rc == RC_OK)
		rc = desk_letter_plain(d, "operator_alarm", "operator", data,
		    0, unique, a, err);
	json_decref(data);
	return rc;
}

static enum rc
tell(struct desk *d, const char *name, const char *text, enum manner how,
    struct arena *a, struct err *err)
{
	const char	*fact = arena_printf(a, "alarm:%s", name);
	struct alarm	 al;
	int64_t		 now = clock_now();
	char		 esc[600];
	int		 found;
	enum rc		 rc;

	rc = desk_begin(d, err);
	if (rc == RC_OK)
		rc = alarm_get(d, fact, a, &al, &found, err);
	if (rc != RC_OK || (found && told_lately(&al, how, now) &&
	    (how != EACH_TEXT || strcmp(al.text, text) == 0)))
		return rc;
	if (!found)
		al.since = now;
	al.told++;
	al.next = now + pause_after(how, al.told);
	log_err(NULL, "alarm: name=%s told=%" PRId64 " text=\"%s\"", name,
	    al.told, log_text(esc, sizeof(esc), text));
	rc = fact_put(d->store, fact, arena_printf(a, "%" PRId64 " %" PRId64
	    " %" PRId64 "%s%s", al.since, al.told, al.next,
	    how == EACH_TEXT ? " " : "", how == EACH_TEXT ? text : ""), err);
	if (rc == RC_OK)
		rc = alarm_letter(d, name, text, 0, &al, a, err);
	return rc;
}

enum rc
desk_alarm(struct desk *d, const char *name, const char *text,
    struct arena *a, struct err *err)
{
	return tell(d, name, text == NULL ? "" : text, RARER, a, err);
}

enum rc
desk_alarm_weekly(struct desk *d, const char *name, const char *text,
    struct arena *a, struct err *err)
{
	return tell(d, name, text, WEEKLY, a, err);
}

enum rc
desk_alarm_each(struct desk *d, const char *name, const char *text,
    struct arena *a, struct err *err)
{
	return tell(d, name, text, EACH_TEXT, a, err);
}

enum rc
desk_all_clear(struct desk *d, const char *name, struct arena *a,
    struct err *err)
{
	const char	*fact = arena_printf(a, "alarm:%s", name);
	struct alarm	 al;
	int		 found;
	enum rc		 rc;

	rc = alarm_get(d, fact, a, &al, &found, err);
	if (rc != RC_OK || !found)
		return rc;
	log_info(NULL, "alarm: name=%s is over", name);
	rc = desk_begin(d, err);
	if (rc == RC_OK)
		rc = fact_put(d->store, fact, "", err);
	if (rc == RC_OK)
		rc = alarm_letter(d, name, "", 1, &al, a, err);
	return rc;
}
