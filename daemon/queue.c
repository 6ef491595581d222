#include "queue.h"

#include <inttypes.h>
#include <string.h>

static int
over(enum outbox_state state)
{
	return state == OUT_ACCEPTED || state == OUT_WITHDRAWN;
}

/* What a word does to an item: the journal's event, or NULL. */
static const char *
change(struct outbox_item *it, const char *verb, int64_t now)
{
	if (it->state == OUT_IN_HAND || over(it->state))
		return NULL;
	if (strcmp(verb, "retry") == 0) {
		it->state = OUT_WAITING;
		it->next_at = now;
		it->settled_at = 0;
		return "queue_retry";
	}
	if (strcmp(verb, "hold") == 0 &&
	    (it->state == OUT_WAITING || it->state == OUT_DELAYED)) {
		it->state = OUT_HELD;
		return "queue_hold";
	}
	if (strcmp(verb, "withdraw") == 0) {
		it->state = OUT_WITHDRAWN;
		it->settled_at = now;
		return "queue_withdraw";
	}
	return NULL;
}

enum rc
queue_change(struct store *s, const char *verb, int64_t id, const char *actor,
    const char *role, int64_t now, struct arena *a, struct err *err)
{
	struct outbox_item	it;
	struct incident		in;
	struct journal_row	j;
	enum rc			rc;

	memset(&j, 0, sizeof(j));
	rc = outbox_get(s, id, 0, a, &it, err);
	if (rc == RC_REFUSED)
		return err_set(err, rc, "there is no number %" PRId64
		    " in the queue", id);
	if (rc != RC_OK)
		return rc;
	j.event = change(&it, verb, now);
	if (j.event == NULL)
		return err_set(err, RC_REFUSED, "number %" PRId64 " is %s: "
		    "nothing to %s", id, outbox_state_name(it.state), verb);
	if (it.incident != 0) {
		rc = incident_get(s, it.incident, a, &in, err);
		if (rc != RC_OK)
			return rc;
		j.tracking = in.tracking;
	}
	j.at = now;
	j.incident = it.incident;
	j.actor = actor;
	j.role = role;
	j.detail = arena_printf(a, "{\"outbox\":%" PRId64 "}", id);
	rc = outbox_settle(s, &it, NULL, err);
	return rc == RC_OK ? journal_add(s, &j, err) : rc;
}
