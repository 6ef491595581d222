#include "config.h"

#include "desk.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"

/*
 * desk_await - a mail that answers one which has not come yet.
 *
 * It opened an incident, to which the other belongs when it comes: by the
 * same sender, or two people would have one number and one of them no answer.
 */
#define AWAITED		"awaited:"	/* fact: Message-ID, incident */
#define AWAITED_MAX	8	/* mails that a report answers, by Message-ID */

static const char *
awaited(struct arena *a, const char *message_id)
{
	return arena_printf(a, AWAITED "%s", message_id);
}

enum rc
desk_awaits(struct desk *d, const struct report *rep, int64_t incident,
    struct arena *a, struct err *err)
{
	const char	*id = arena_printf(a, "%" PRId64, incident);
	size_t		 n = rep->n_references, from;
	enum rc		 rc = RC_OK;

	if (rep->in_reply_to != NULL)
		rc = fact_put(d->store, awaited(a, rep->in_reply_to), id, err);
	for (from = n > AWAITED_MAX ? n - AWAITED_MAX : 0; rc == RC_OK &&
	    from < n; from++)
		rc = fact_put(d->store, awaited(a, rep->references[from]), id,
		    err);
	return rc;
}

static enum rc
note_joined(struct desk *d, const struct mail *m, const struct report *rep,
    const struct incident *in, struct err *err)
{
	struct journal_row	j = {
		.at = clock_now(), .incident = in->id,
		.tracking = in->tracking, .event = "joined",
		.actor = rep->from_addr, .role = "reporter", .mail = m->id,
		.detail = "{}"
	};

	return journal_add(d->store, &j, err);
}

enum rc
desk_awaited(struct desk *d, const struct mail *m, const struct report *rep,
    struct arena *a, int64_t *id, struct err *err)
{
	struct incident		 in;
	const char		*text = NULL;
	enum rc			 rc;

	*id = 0;
	if (rep->message_id == NULL || rep->from_addr == NULL)
		return RC_OK;
	rc = fact_get(d->store, awaited(a, rep->message_id), a, &text, err);
	if (rc != RC_OK || text == NULL)
		return rc;
	rc = incident_get(d->store, strtoll(text, NULL, 10), a, &in, err);
	if (rc != RC_OK || in.drill != rep->drill ||
	    in.reporter_addr == NULL ||
	    strcasecmp(in.reporter_addr, rep->from_addr) != 0)
		return rc;
	*id = in.id;
	rc = fact_drop(d->store, awaited(a, rep->message_id), err);
	return rc == RC_OK ? note_joined(d, m, rep, &in, err) : rc;
}

static int
ended(const struct incident *in)
{
	return in->state == INC_CLOSED || in->state == INC_FALSE_ALARM;
}

enum rc
desk_awaits_no_more(struct desk *d, const struct situation *before,
    const struct change *c, struct err *err)
{
	char	id[24];

	if (before->incident == NULL || ended(before->incident) ||
	    !ended(&c->incident))
		return RC_OK;
	(void)snprintf(id, sizeof(id), "%" PRId64, c->incident.id);
	return fact_drop_all(d->store, AWAITED, id, err);
}
