/*
 * tocsin form - which forms there are, which one a mail is, rule by rule, and
 * what a changed form would make of all mails so far.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/path.h"
#include "cli/cli.h"
#include "cli/confined.h"
#include "cli/json.h"
#include "cli/table.h"
#include "parse_conf.h"
#include "parsers/form.h"

#define MAIL_MAX	(48u * 1024 * 1024)
#define SPOOL_MAX	1000000

static const char *
form_dir(const struct cli *cli)
{
	return cli->conf != NULL ? cli->conf->form_dir :
	    path_data(PATH_FORMS);
}

/* Forms are there without a tocsin.conf too. */
static int
conf_if_any(struct cli *cli)
{
	return access(cli->conf_file, F_OK) == -1 ? 0 : cli_conf(cli);
}

/* --- list --- */

static int
list(struct cli *cli)
{
	static const char *const heads[] = {
		"FORM", "FIELDS", "TITLE", "FILE", NULL
	};
	struct form_set	*set;
	struct form_info info;
	struct table	 t;
	struct err	 err;
	json_t		*js = json_array();
	char		 n[24];

	if (form_set_load(form_dir(cli), &set, &err) != RC_OK) {
		json_decref(js);
		return cli_fail(RC_BROKEN, &err);
	}
	table_init(&t, cli, heads);
	for (size_t i = 0; form_describe(set, i, &info) == 0; i++) {
		(void)snprintf(n, sizeof(n), "%zu", info.n_fields);
		table_row(&t, info.name, n, info.title, info.file);
		(void)json_array_append_new(js, json_pack(
		    "{s:o, s:I, s:o, s:o}", "name", json_str(info.name),
		    "fields", (json_int_t)info.n_fields, "title",
		    json_str(info.title), "file", json_str(info.file)));
	}
	form_set_free(&set);
	if (cli->json)
		return cli_json(js);
	json_decref(js);
	table_print(&t);
	return EXIT_DONE;
}

/* --- explain --- */

static const char *
value_text(struct cli *cli, const json_t *v)
{
	const char	*out;
	char		*text;

	if (json_is_null(v))
		return "(not read)";
	if (json_is_string(v))
		return json_string_value(v);
	text = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT);
	out = arena_strdup(cli->arena, text != NULL ? text : "?");
	free(text);
	return out;
}

static void
explain_fields(struct cli *cli, const json_t *report)
{
	static const char *const heads[] = {
		"FIELD", "KIND", "PART", "LINE", "LABEL", "AS WRITTEN",
		"VALUE", NULL
	};
	const json_t	*fields = json_object_get(report, "fields");
	const char	*name;
	struct table	 t;
	json_t		*o;

	table_init(&t, cli, heads);
	table_limit(&t, 5, 40);
	json_object_foreach(json_object_get(report, "origins"), name, o) {
		char	part[24], line[24];

		(void)snprintf(part, sizeof(part), "%lld", (long long)
		    json_integer_value(json_object_get(o, "part")));
		(void)snprintf(line, sizeof(line), "%lld", (long long)
		    json_integer_value(json_object_get(o, "line")));
		table_row(&t, name,
		    json_string_value(json_object_get(o, "kind")),
		    json_is_null(json_object_get(o, "raw")) ? "" : part,
		    json_is_null(json_object_get(o, "raw")) ? "" : line,
		    json_string_value(json_object_get(o, "rule")),
		    json_string_value(json_object_get(o, "raw")),
		    value_text(cli, json_object_get(fields, name)));
	}
	if (t.rows > 1)
		table_print(&t);
}

static int
explain_print(struct cli *cli, const char *text)
{
	json_t		*r = json_loads(text, 0, NULL), *v;
	const char	*form;
	size_t		 i;

	if (cli->json)
		return cli_json(r != NULL ? r : json_null());
	form = json_string_value(json_object_get(r, "form"));
	table_fact(cli, "Kind", json_string_value(json_object_get(r, "kind")));
	table_fact(cli, "Form", form != NULL ? form : "none fits");
	table_fact(cli, "Subject", json_string_value(json_object_get(r,
	    "subject")));
	(void)putchar('\n');
	explain_fields(cli, r);
	json_array_foreach(json_object_get(r, "missing"), i, v)
		table_fact(cli, "Missing", json_string_value(v));
	json_array_foreach(json_object_get(r, "problems"), i, v)
		table_fact(cli, "Problem", arena_printf(cli->arena,
		    "%s: \"%s\": %s",
		    value_text(cli, json_object_get(v, "field")),
		    value_text(cli, json_object_get(v, "text")),
		    value_text(cli, json_object_get(v, "reason"))));
	json_decref(r);
	return EXIT_DONE;
}

static int
explain(struct cli *cli, const char *file)
{
	struct parse_conf	*pc = NULL;
	struct confined		*c = NULL;
	struct buf		 raw;
	struct err		 err;
	const char		*json;
	enum rc			 rc;

	rc = parse_conf_make(cli->conf, NULL, &pc, &err);
	if (rc != RC_OK)
		return cli_fail(RC_BROKEN, &err);
	buf_init(&raw, MAIL_MAX + 131072);
	rc = path_read(file, MAIL_MAX, &raw, &err);
	if (rc == RC_OK)
		rc = confined_start(pc, &c, &err);
	if (rc == RC_OK)
		rc = confined_read(c, raw.data, raw.len, TIME_NONE, cli->arena,
		    &json, &err);
	confined_stop(&c);
	buf_free(&raw);
	parse_conf_free(&pc);
	return rc == RC_OK ? explain_print(cli, json) : cli_fail(rc, &err);
}

/* --- try --- */

struct trial {
	struct cli	*cli;
	char		 dir[64];	/* links to the forms, one replaced */
	struct parse_conf *pc[2];	/* as it is, as it would be */
	struct confined	*reader[2];
	json_t		*list;
	int64_t		 read, differ;
};

static const char *
base_name(const char *path)
{
	const char	*slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

static void
trial_dir_remove(struct trial *t)
{
	DIR		*d = opendir(t->dir);
	struct dirent	*e;

	while (d != NULL && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			(void)unlinkat(dirfd(d), e->d_name, 0);
	if (d != NULL)
		(void)closedir(d);
	(void)rmdir(t->dir);
}

static enum rc
link_into(struct trial *t, const char *file, const char *name,
    struct err *err)
{
	char	real[PATH_MAX], to[PATH_MAX];

	(void)snprintf(to, sizeof(to), "%s/%s", t->dir, name);
	if (realpath(file, real) == NULL || symlink(real, to) == -1)
		return err_set(err, RC_REFUSED, "%s: %s", file,
		    strerror(errno));
	return RC_OK;
}

/* The forms of the house, with file in place of the one of its name. */
static enum rc
trial_dir_make(struct trial *t, const char *file, struct err *err)
{
	char		 path[PATH_MAX];
	const char	*dir = form_dir(t->cli);
	struct dirent	*e;
	enum rc		 rc;
	DIR		*d;

	(void)snprintf(t->dir, sizeof(t->dir), "/tmp/tocsin-form.XXXXXX");
	if (mkdtemp(t->dir) == NULL)
		return err_set(err, RC_BROKEN, "%s: %s", t->dir,
		    strerror(errno));
	rc = link_into(t, file, base_name(file), err);
	d = opendir(dir);
	if (d == NULL)
		return err_set(err, RC_REFUSED, "%s: %s", dir,
		    strerror(errno));
	while (rc == RC_OK && (e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.' ||
		    strcmp(e->d_name, base_name(file)) == 0)
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		rc = link_into(t, path, e->d_name, err);
	}
	(void)closedir(d);
	return rc;
}

static void
differ(struct trial *t, json_t *list, const char *what, json_t *a, json_t *b)
{
	struct cli	*cli = t->cli;

	if (json_equal(a, b) || (a == NULL && b == NULL))
		return;
	(void)json_array_append_new(list, json_pack("{s:s, s:O?, s:O?}",
	    "what", what, "now", a, "then", b));
	if (!cli->json)
		(void)printf("  %s: %s -> %s\n", what, cli_text(cli,
		    a == NULL ? "-" : value_text(cli, a), 0), cli_text(cli,
		    b == NULL ? "-" : value_text(cli, b), 0));
}

static void
differ_fields(struct trial *t, json_t *list, json_t *a, json_t *b)
{
	const char	*name;
	json_t		*v;

	json_object_foreach(a, name, v)
		differ(t, list, cli_text(t->cli, name, 0), v,
		    json_object_get(b, name));
	json_object_foreach(b, name, v)
		if (json_object_get(a, name) == NULL)
			differ(t, list, cli_text(t->cli, name, 0), NULL, v);
}

static void
compare(struct trial *t, const struct mail *m, const char *now,
    const char *then)
{
	static const char *const keys[] = {
		"kind", "form", "category", "missing", "timing"
	};
	json_t	*a = json_loads(now, 0, NULL), *b = json_loads(then, 0, NULL);
	json_t	*list = json_array();

	if (!json_equal(a, b) && !t->cli->json)
		(void)printf("mail %lld \"%s\"\n", (long long)m->id,
		    cli_text(t->cli, m->subject, 0));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		differ(t, list, keys[i], json_object_get(a, keys[i]),
		    json_object_get(b, keys[i]));
	differ_fields(t, list, json_object_get(a, "fields"),
	    json_object_get(b, "fields"));
	if (!json_equal(a, b)) {
		t->differ++;
		(void)json_array_append_new(t->list, json_pack("{s:I, s:O}",
		    "mail", (json_int_t)m->id, "differences", list));
	}
	json_decref(list);
	json_decref(a);
	json_decref(b);
}

static enum rc
try_mail(struct trial *t, int64_t id, struct err *err)
{
	struct arena	*a = arena_new();
	struct mail	 m;
	const char	*json[2];
	enum rc		 rc;

	rc = spool_get(t->cli->store, id, 1, a, &m, err);
	for (int i = 0; rc == RC_OK && m.raw_len > 0 && i < 2; i++) {
		json[i] = "{\"kind\":\"poison\"}";
		rc = confined_read(t->reader[i], m.raw, m.raw_len, m.arrived,
		    a, &json[i], err);
		if (rc == RC_REFUSED)
			rc = RC_OK;
	}
	if (rc == RC_OK && m.raw_len > 0) {
		t->read++;
		compare(t, &m, json[0], json[1]);
	}
	arena_free(&a);
	return rc;
}

static enum rc
try_all(struct trial *t, const char *file, struct err *err)
{
	struct mail	*v;
	size_t		 n = 0;
	enum rc		 rc;

	rc = trial_dir_make(t, file, err);
	if (rc == RC_OK)
		rc = parse_conf_make(t->cli->conf, NULL, &t->pc[0], err);
	if (rc == RC_OK)
		rc = parse_conf_with(t->cli->conf, NULL, t->dir, &t->pc[1],
		    err);
	for (int i = 0; rc == RC_OK && i < 2; i++)
		rc = confined_start(t->pc[i], &t->reader[i], err);
	if (rc == RC_OK)
		rc = spool_list(t->cli->store, DISP_N, 0, SPOOL_MAX,
		    t->cli->arena, &v, &n, err);
	for (size_t i = n; rc == RC_OK && i > 0; i--)	/* oldest first */
		rc = try_mail(t, v[i - 1].id, err);
	return rc;
}

static int
try_form(struct cli *cli, const char *file)
{
	struct trial	t = { .cli = cli };
	struct err	err;
	enum rc		rc;
	int		status = cli_store(cli, KNOWN_READ);

	if (status != 0)
		return status;
	t.list = json_array();
	rc = try_all(&t, file, &err);
	for (int i = 0; i < 2; i++) {
		confined_stop(&t.reader[i]);
		parse_conf_free(&t.pc[i]);
	}
	trial_dir_remove(&t);
	if (rc != RC_OK) {
		json_decref(t.list);
		return cli_fail(rc == RC_REFUSED ? RC_BROKEN : rc, &err);
	}
	status = t.differ > 0 ? EXIT_FINDINGS : EXIT_DONE;
	if (cli->json)
		(void)cli_json(json_pack("{s:I, s:I, s:o}", "read",
		    (json_int_t)t.read, "differ", (json_int_t)t.differ,
		    "mails", t.list));
	else
		(void)printf("%lld mails read, %lld would be read "
		    "differently.\n", (long long)t.read, (long long)t.differ);
	if (!cli->json)
		json_decref(t.list);
	return status;
}

int
cmd_form(struct cli *cli, int argc, char **argv)
{
	int	status;

	if (argc == 3 && strcmp(argv[1], "try") == 0)
		return try_form(cli, argv[2]);
	if (!(argc == 2 && strcmp(argv[1], "list") == 0) &&
	    !(argc == 3 && strcmp(argv[1], "explain") == 0))
		return cli_usage(argv[0]);
	status = conf_if_any(cli);
	if (status != 0)
		return status;
	return argc == 2 ? list(cli) : explain(cli, argv[2]);
}
