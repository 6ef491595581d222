/*
 * tocsin verify - can the record still be proved?
 *
 * The journal's hash chain, the hash of every raw mail, and the database's
 * own check; all three are tried, whatever the others say.
 */
#include <string.h>

#include "cli/cli.h"
#include "cli/json.h"

struct verdict {
	struct cli	*cli;
	json_t		*bad;		/* mails whose hash differs */
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

/* One of the three checks: its line, and its part of the answer. */
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
		(void)printf("%-8s FAULT: %s\n", what,
		    cli_text(v->cli, err->text, 0));
	else if (count >= 0)
		(void)printf("%-8s whole, %lld checked\n", what,
		    (long long)count);
	else
		(void)printf("%-8s whole\n", what);
}

int
cmd_verify(struct cli *cli, int argc, char **argv)
{
	struct verdict	 v = { .cli = cli };
	struct err	 err = { "" };
	json_t		*all;
	int64_t		 count = 0;
	enum rc		 rc;
	int		 status, bad;

	if (argc != 1)
		return cli_usage(argv[0]);
	status = cli_store(cli, KNOWN_READ);
	if (status != 0)
		return status;
	all = json_object();
	v.bad = json_array();
	rc = journal_verify(cli->store, &count, &err);
	bad = rc != RC_OK;
	tell(&v, all, "journal", rc, &err, rc == RC_OK ? count : -1);
	rc = spool_verify(cli->store, on_bad, &v, &count, &err);
	if (rc == RC_OK && json_array_size(v.bad) > 0)
		rc = err_set(&err, RC_REFUSED, "%zu of %lld mails differ from "
		    "what was stored", json_array_size(v.bad),
		    (long long)count);
	bad |= rc != RC_OK;
	tell(&v, all, "mails", rc, &err, rc == RC_OK ? count : -1);
	(void)json_object_set_new(json_object_get(all, "mails"), "bad", v.bad);
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
