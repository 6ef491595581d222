/*
 * tocsin verify - can the record still be proved?
 *
 * The journal's hash chain, the hash of every raw mail, level, state,
 * deadlines and values of every incident and the queue with its receipts as
 * the journal has them, and the database's own check; all are tried, whatever
 * the others say.
 */
#include <string.h>
#include <strings.h>

#include "cli/cli.h"
#include "cli/json.h"
#include "cli/verify.h"

struct verdict {
	struct cli	*cli;
	json_t		*bad;		/* mails whose hash differs */
	const char	*last;		/* hash of the journal's last row */
};

static void
on_bad(void *arg, int64_t id, const char *want, const char *got)
{
	struct verdict	*v = arg;

	(void)json_array_append_new(v->bad, json_pack("{s:I, s:s, s:s}", "mail",
	    (json_int_t)id, "want", want, "got", got));
	if (!v->cli->json)
		(void)printf("mail %lld: found SHA-256 %s, expected %s\n",
		    (long long)id, got, want);
}

/* --- the journal --- */

static enum rc
row_hash(struct verdict *v, int64_t seq, const char **hash, struct err *err)
{
	struct journal_row	*row;
	size_t			 n;
	enum rc			 rc;

	rc = journal_list(v->cli->store, 0, seq, 1, v->cli->arena, &row, &n,
	    err);
	*hash = rc == RC_OK && n == 1 && row[0].seq == seq ? row[0].hash :
	    NULL;
	return rc;
}

/* A row that was noted elsewhere shows a cut end and a chain made anew. */
static enum rc
check_journal(struct verdict *v, int64_t seq, const char *noted,
    int64_t *count, struct err *err)
{
	const char	*hash;
	enum rc		 rc = journal_verify(v->cli->store, count, err);

	if (rc == RC_OK && *count > 0)
		rc = row_hash(v, *count, &v->last, err);
	if (rc != RC_OK || noted == NULL)
		return rc;
	rc = row_hash(v, seq, &hash, err);
	if (rc == RC_OK && hash == NULL)
		return err_set(err, RC_REFUSED, "row %lld was noted, but the "
		    "journal ends with row %lld", (long long)seq,
		    (long long)*count);
	if (rc == RC_OK && strcasecmp(hash, noted) != 0)
		return err_set(err, RC_REFUSED, "row %lld bears the hash %s, "
		    "not the one that was noted", (long long)seq, hash);
	return rc;
}

/* --- the incidents --- */

/* What the last row of an event says it became; NULL: there was none. */
static json_t *
became(const struct journal_row *v, size_t n, const char *event)
{
	json_t	*j, *to;

	while (n-- > 0) {
		if (v[n].event == NULL || strcmp(v[n].event, event) != 0)
			continue;
		j = json_loads(v[n].detail != NULL ? v[n].detail : "", 0, NULL);
		to = json_incref(json_object_get(j, "to"));
		json_decref(j);
		return to;
	}
	return NULL;
}

static enum rc
check_incident(struct verdict *v, const struct incident *in, struct arena *a,
    struct err *err)
{
	struct journal_row	*rows;
	const char		*state;
	json_t			*to;
	size_t			 n;
	int			 level;
	enum rc			 rc;

	rc = journal_list(v->cli->store, in->id, 0, -1, a, &rows, &n,
	    err);
	if (rc == RC_OK)
		rc = verify_deadlines(v->cli, in, rows, n, a, err);
	if (rc == RC_OK)
		rc = verify_fields(v->cli, in, rows, n, err);
	if (rc != RC_OK)
		return rc;
	to = became(rows, n, "level");
	level = (int)json_integer_value(to);
	json_decref(to);
	if (in->level != level)
		return err_set(err, RC_REFUSED, "%s: found level %d, expected "
		    "%d by the journal", in->tracking, in->level, level);
	to = became(rows, n, "state");
	state = to != NULL ? json_string_value(to) :
	    incident_state_name(INC_RECEIVED);
	if (state == NULL || strcmp(state, incident_state_name(in->state)) != 0)
		rc = err_set(err, RC_REFUSED, "%s: found state %s, expected "
		    "%s by the journal", in->tracking,
		    incident_state_name(in->state), state != NULL ? state :
		    "another");
	json_decref(to);
	return rc;
}

/* In one view: a daemon may write meanwhile. */
static enum rc
check_incidents(struct verdict *v, int64_t *count, struct err *err)
{
	struct incident	*in;
	struct arena	*a = arena_new();
	size_t		 n = 0;
	enum rc		 rc = store_begin(v->cli->store, err);

	if (rc == RC_OK)
		rc = incident_list(v->cli->store, 0, -1, v->cli->arena, &in,
		    &n, err);
	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		rc = check_incident(v, &in[i], a, err);
		arena_reset(a);
	}
	store_rollback(v->cli->store);
	arena_free(&a);
	*count = (int64_t)n;
	return rc;
}

static enum rc
check_outbox(struct verdict *v, int64_t *count, struct err *err)
{
	enum rc	rc = store_begin(v->cli->store, err);

	if (rc == RC_OK)
		rc = verify_outbox(v->cli, count, err);
	store_rollback(v->cli->store);
	return rc;
}

/* One of the checks: its line, and its part of the answer. */
static void
tell(struct verdict *v, json_t *all, const char *what, enum rc rc,
    const struct err *err, int64_t count)
{
	json_t	*j = json_object();

	(void)json_object_set_new(j, "ok", json_boolean(rc == RC_OK));
	if (count >= 0)
		(void)json_object_set_new(j, "count", json_integer(count));
	if (rc != RC_OK)
		(void)json_object_set_new(j, "fault", json_str(err->text));
	(void)json_object_set_new(all, what, j);
	if (v->cli->json)
		return;
	if (rc != RC_OK)
		(void)printf("%-9s FAULT: %s\n", what,
		    cli_text(v->cli, err->text, 0));
	else if (count >= 0)
		(void)printf("%-9s whole, %lld checked\n", what,
		    (long long)count);
	else
		(void)printf("%-9s whole\n", what);
}

static int
verify(struct cli *cli, int64_t seq, const char *noted)
{
	struct verdict	 v = { .cli = cli, .bad = json_array() };
	struct err	 err = { "" };
	json_t		*all = json_object();
	int64_t		 count = 0;
	enum rc		 rc;
	int		 bad;

	rc = check_journal(&v, seq, noted, &count, &err);
	bad = rc != RC_OK;
	tell(&v, all, "journal", rc, &err, rc == RC_OK ? count : -1);
	if (v.last != NULL && !cli->json)
		(void)printf("          the hash of row %lld is %s\n",
		    (long long)count, v.last);
	(void)json_object_set_new(json_object_get(all, "journal"), "last_hash",
	    json_str(v.last));
	rc = spool_verify(cli->store, on_bad, &v, &count, &err);
	if (rc == RC_OK && json_array_size(v.bad) > 0)
		rc = err_set(&err, RC_REFUSED, "%zu of %lld mails differ from "
		    "what was stored", json_array_size(v.bad),
		    (long long)count);
	bad |= rc != RC_OK;
	tell(&v, all, "mails", rc, &err, rc == RC_OK ? count : -1);
	(void)json_object_set_new(json_object_get(all, "mails"), "bad", v.bad);
	rc = check_incidents(&v, &count, &err);
	bad |= rc != RC_OK;
	tell(&v, all, "incidents", rc, &err, rc == RC_OK ? count : -1);
	rc = check_outbox(&v, &count, &err);
	bad |= rc != RC_OK;
	tell(&v, all, "queue", rc, &err, rc == RC_OK ? count : -1);
	rc = store_check(cli->store, &err);
	bad |= rc != RC_OK;
	tell(&v, all, "store", rc, &err, -1);
	(void)json_object_set_new(all, "ok", json_boolean(!bad));
	if (!cli->json)
		json_decref(all);
	else
		(void)cli_json(all);
	return bad ? EXIT_FINDINGS : EXIT_DONE;
}

int
cmd_verify(struct cli *cli, int argc, char **argv)
{
	int64_t	seq = 0;
	int	status;

	if ((argc != 1 && argc != 3) ||
	    (argc == 3 && cli_number(argv[1], &seq) != 0))
		return cli_usage(argv[0]);
	status = cli_store(cli, KNOWN_READ);
	return status != 0 ? status : verify(cli, seq, argc == 3 ? argv[2] :
	    NULL);
}
