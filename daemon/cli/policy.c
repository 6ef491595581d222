/*
 * tocsin policy diff OLD NEW - what changes from one policy to another, and
 * what that would mean for the incidents that are open.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/json.h"
#include "cli/table.h"
#include "incident/deadlines.h"
#include "incident/policy_diff.h"

#define OPEN_MAX	10000
#define SHOWN_WIDTH	60

/* "NAME:VERSION" as the store keeps it. */
static enum rc
load_kept(struct cli *cli, const char *arg, struct policy **out,
    struct err *err)
{
	const char	*text = NULL;
	enum rc		 rc;

	if (cli_store(cli, KNOWN_READ) != 0)
		return err_set(err, RC_BROKEN, "the store cannot be read");
	rc = fact_get(cli->store, arena_printf(cli->arena, "policy:%s", arg),
	    cli->arena, &text, err);
	if (rc != RC_OK)
		return rc;
	if (text == NULL)
		return err_set(err, RC_REFUSED, "%s: no incident began with "
		    "this version", arg);
	return policy_load_text(arg, text, cli_policy(cli, NULL), out, err);
}

/* A name, "NAME:VERSION", or a file. */
static enum rc
load(struct cli *cli, const char *arg, struct policy **out, struct err *err)
{
	const char	*slash = strrchr(arg, '/');
	const char	*name = slash != NULL ? slash + 1 : arg;
	const char	*dir = cli->conf->policy_dir;
	size_t		 n = strlen(name);

	if (slash == NULL && strchr(arg, ':') != NULL)
		return load_kept(cli, arg, out, err);
	if (slash != NULL)
		dir = slash == arg ? "/" : arena_strndup(cli->arena, arg,
		    (size_t)(slash - arg));
	else if (n > 7 && strcmp(name + n - 7, ".policy") == 0)
		dir = ".";
	if (n > 7 && strcmp(name + n - 7, ".policy") == 0)
		name = arena_strndup(cli->arena, name, n - 7);
	return policy_load(dir, name, out, err);
}

/* --- open incidents --- */

static json_t *
deadline_change(struct cli *cli, const struct deadline *old, size_t n,
    const struct deadline *d)
{
	int64_t	due = 0;

	for (size_t i = 0; i < n; i++)
		if (old[i].state == DL_OPEN &&
		    strcmp(old[i].name, d->name) == 0)
			due = old[i].due_at;
	return json_pack("{s:s,s:o,s:o}", "deadline", d->name, "due",
	    cli_json_time(cli, due), "new_due", d->state == DL_OPEN ?
	    cli_json_time(cli, d->due_at) : json_null());
}

static enum rc
open_change(struct cli *cli, const struct policy *old,
    const struct policy *new, const struct incident *in, json_t *list,
    struct err *err)
{
	struct deadline	*dl, *out;
	size_t		 n, n_out;
	json_t		*extra, *changes;
	int		 was, is;
	enum rc		 rc;

	rc = deadline_list(cli->store, in->id, cli->arena, &dl, &n, err);
	if (rc != RC_OK)
		return rc;
	extra = in->extra != NULL ? json_loads(in->extra, 0, NULL) : NULL;
	deadlines_update(new, in, extra, dl, n, clock_now(), cli->arena, &out,
	    &n_out);
	changes = json_array();
	for (size_t i = 0; i < n_out; i++)
		(void)json_array_append_new(changes, deadline_change(cli, dl,
		    n, &out[i]));
	was = in->level > 0 && in->level >= old->forward_min_level;
	is = in->level > 0 && in->level >= new->forward_min_level;
	(void)json_array_append_new(list, json_pack(
	    "{s:s,s:s,s:i,s:i,s:o,s:b,s:b}", "tracking", in->tracking,
	    "policy", in->policy, "version", in->policy_version, "level",
	    in->level, "deadlines", changes, "forwarded", was,
	    "new_forwarded", is));
	json_decref(extra);
	return RC_OK;
}

/* Those that began with the old one.  They keep it: this is what if. */
static enum rc
open_changes(struct cli *cli, const struct policy *old,
    const struct policy *new, json_t *list, struct err *err)
{
	struct incident	*v;
	size_t		 n;
	enum rc		 rc;

	rc = incident_list(cli->store, 1, OPEN_MAX, cli->arena, &v, &n, err);
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		if (policy_is_of(old, &v[i]))
			rc = open_change(cli, old, new, &v[i], list, err);
	return rc;
}

/* --- output --- */

static json_t *
changes_json(const struct policy_change *v, size_t n)
{
	json_t	*list = json_array();

	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(list, json_pack("{s:s,s:o,s:o}",
		    "key", v[i].key, "old", json_str(v[i].from), "new",
		    json_str(v[i].to)));
	return list;
}

static void
print_changes(struct cli *cli, const struct policy_change *v, size_t n)
{
	static const char *const heads[] = { "KEY", "OLD", "NEW", NULL };
	struct table	t;

	if (n == 0) {
		(void)puts("the policies say the same");
		return;
	}
	table_init(&t, cli, heads);
	table_limit(&t, 1, SHOWN_WIDTH);
	for (size_t i = 0; i < n; i++)
		table_row(&t, v[i].key, v[i].from != NULL ? v[i].from : "-",
		    v[i].to != NULL ? v[i].to : "-");
	table_print(&t);
}

static const char *
due_text(const json_t *o, const char *key)
{
	const char	*s = json_string_value(json_object_get(o, key));

	return s != NULL ? s : "-";
}

static void
print_open(struct cli *cli, const json_t *open)
{
	static const char *const heads[] = {
		"NUMBER", "WHAT", "NOW", "WITH THE NEW POLICY", NULL
	};
	struct table	 t;
	json_t		*o, *d;
	size_t		 i, k;

	(void)printf("\n%zu open incident(s) keep the old policy; with the "
	    "new one they would have:\n", json_array_size(open));
	table_init(&t, cli, heads);
	json_array_foreach(open, i, o) {
		const char	*number = json_string_value(json_object_get(o,
				    "tracking"));
		int		 was = json_is_true(json_object_get(o,
				    "forwarded"));

		json_array_foreach(json_object_get(o, "deadlines"), k, d)
			table_row(&t, number, json_string_value(
			    json_object_get(d, "deadline")), due_text(d,
			    "due"), due_text(d, "new_due"));
		if (was != json_is_true(json_object_get(o, "new_forwarded")))
			table_row(&t, number, "report to the outside",
			    was ? "yes" : "no", was ? "no" : "yes");
	}
	if (t.rows > 0)
		table_print(&t);
}

static int
diff(struct cli *cli, const char *old_name, const char *new_name)
{
	struct policy		*old = NULL, *new = NULL;
	struct policy_change	*v = NULL;
	size_t			 n = 0;
	struct err		 err;
	json_t			*open = json_array();
	int			 status;
	enum rc			 rc;

	rc = load(cli, old_name, &old, &err);
	if (rc == RC_OK)
		rc = load(cli, new_name, &new, &err);
	if (rc == RC_OK) {
		policy_diff(old, new, cli->arena, &v, &n);
		if (cli_store(cli, KNOWN_READ) == 0)
			rc = open_changes(cli, old, new, open, &err);
	}
	if (rc != RC_OK) {
		status = cli_fail(rc, &err);
	} else if (cli->json) {
		status = cli_json(json_pack("{s:o,s:O}", "changes",
		    changes_json(v, n), "open", open));
	} else {
		print_changes(cli, v, n);
		if (json_array_size(open) > 0)
			print_open(cli, open);
		status = EXIT_DONE;
	}
	json_decref(open);
	policy_free(&old);
	policy_free(&new);
	return status != EXIT_DONE ? status : n > 0 ? EXIT_FINDINGS :
	    EXIT_DONE;
}

int
cmd_policy(struct cli *cli, int argc, char **argv)
{
	int	status;

	if (argc != 4 || strcmp(argv[1], "diff") != 0)
		return cli_usage("policy");
	status = cli_conf(cli);
	return status != 0 ? status : diff(cli, argv[2], argv[3]);
}
