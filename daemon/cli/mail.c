/*
 * tocsin mail - what came in, and what became of it.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/json.h"
#include "cli/table.h"

#define MAIL_MAX	200

static int
list(struct cli *cli, enum disposition disp, const char *number, int max)
{
	static const char *const heads[] = {
		"ID", "ARRIVED", "DISPOSITION", "INCIDENT", "FROM", "SUBJECT",
		NULL
	};
	struct incident	 in = { .id = 0 };
	struct mail	*v;
	struct table	 t;
	struct err	 err;
	json_t		*js = NULL;
	size_t		 n;
	enum rc		 rc;
	int		 status = 0;

	if (number != NULL)
		status = cli_incident(cli, number, &in);
	if (status != 0)
		return status;
	rc = spool_list(cli->store, disp, in.id, max, cli->arena, &v, &n,
	    &err);
	if (rc != RC_OK)
		return cli_fail(rc, &err);
	if (cli->json)
		js = json_array();
	table_init(&t, cli, heads);
	for (size_t i = 0; i < n; i++) {
		const char	*tracking = NULL;
		char		 id[24];

		if (v[i].incident != 0 && incident_get(cli->store,
		    v[i].incident, cli->arena, &in, &err) == RC_OK)
			tracking = in.tracking;
		if (cli->json) {
			json_t	*m = json_mail(cli, &v[i]);

			(void)json_object_set_new(m, "tracking",
			    json_str(tracking));
			(void)json_array_append_new(js, m);
			continue;
		}
		(void)snprintf(id, sizeof(id), "%lld", (long long)v[i].id);
		table_row(&t, id, cli_time(cli, v[i].arrived != 0 ?
		    v[i].arrived : v[i].stored_at),
		    disposition_name(v[i].disposition), tracking,
		    v[i].from_addr, v[i].subject);
	}
	if (cli->json)
		return cli_json(js);
	if (n == 0)
		(void)puts("No mails.");
	else
		table_print(&t);
	return EXIT_DONE;
}

static int
get(struct cli *cli, const char *text, int with_raw, struct mail *m)
{
	struct err	err;
	int64_t		id;
	enum rc		rc;

	if (cli_number(text, &id) == -1)
		return cli_complain(EXIT_USAGE, "\"%s\" is no number of a "
		    "mail", cli_text(cli, text, 0));
	rc = spool_get(cli->store, id, with_raw, cli->arena, m, &err);
	if (rc == RC_REFUSED)
		return cli_complain(EXIT_FINDINGS, "there is no mail %lld",
		    (long long)id);
	return rc == RC_OK ? 0 : cli_fail(rc, &err);
}

/* The report as the reader made it: field by field, and what troubled it. */
static void
show_report(struct cli *cli, const char *report)
{
	json_t		*j = json_loads(report, 0, NULL), *v, *problem;
	const char	*key;
	size_t		 i;

	(void)puts("\nWhat was read");
	table_fact(cli, "Kind", json_string_value(json_object_get(j, "kind")));
	table_fact(cli, "Form", json_string_value(json_object_get(j, "form")));
	json_object_foreach(json_object_get(j, "fields"), key, v) {
		char	*text = json_is_string(v) ? NULL : json_dumps(v,
			    JSON_ENCODE_ANY | JSON_COMPACT);

		table_fact(cli, arena_printf(cli->arena, "  %s ", key),
		    text != NULL ? arena_strdup(cli->arena, text) :
		    json_string_value(v));
		free(text);
	}
	json_array_foreach(json_object_get(j, "problems"), i, problem)
		table_fact(cli, "  problem ", arena_printf(cli->arena,
		    "%s: %s", json_string_value(json_object_get(problem,
		    "field")), json_string_value(json_object_get(problem,
		    "reason"))));
	json_decref(j);
}

static int
show(struct cli *cli, const char *text)
{
	struct incident	 in = { .tracking = NULL };
	struct mail	 m;
	struct err	 err;
	json_t		*j;
	int		 status = get(cli, text, 0, &m);

	if (status != 0)
		return status;
	if (m.incident != 0 && incident_get(cli->store, m.incident, cli->arena,
	    &in, &err) != RC_OK)
		in.tracking = NULL;
	if (cli->json) {
		j = json_mail(cli, &m);
		(void)json_object_set_new(j, "tracking",
		    json_str(in.tracking));
		(void)json_object_set_new(j, "report", json_text(m.report));
		return cli_json(j);
	}
	table_fact(cli, "Mail", arena_printf(cli->arena, "%lld",
	    (long long)m.id));
	table_fact(cli, "Disposition", disposition_name(m.disposition));
	table_fact(cli, "Why", m.why);
	table_fact(cli, "Incident", in.tracking);
	table_fact(cli, "From", m.from_addr);
	table_fact(cli, "Subject", m.subject);
	table_fact(cli, "Arrived", cli_time(cli, m.arrived));
	table_fact(cli, "Stored", cli_time(cli, m.stored_at));
	table_fact(cli, "Mailbox", arena_printf(cli->arena,
	    "%s, uid %s, %s", m.mailbox, m.uid, m.marked ? "marked" :
	    "not marked"));
	table_fact(cli, "Size", arena_printf(cli->arena, "%lld bytes%s",
	    (long long)m.size, m.raw_len == 0 && m.sha256 == NULL ?
	    ", not fetched" : ""));
	table_fact(cli, "SHA-256", m.sha256);
	table_fact(cli, "Message-ID", m.message_id);
	if (m.report != NULL)
		show_report(cli, m.report);
	return EXIT_DONE;
}

/* Byte for byte into a file or pipe; made harmless on a terminal. */
static int
raw(struct cli *cli, const char *text)
{
	struct mail	m;
	int		status = get(cli, text, 1, &m);

	if (status != 0)
		return status;
	if (m.raw_len == 0)
		return cli_complain(EXIT_FINDINGS, "mail %lld was over the "
		    "size limit and not fetched", (long long)m.id);
	if (isatty(STDOUT_FILENO))
		(void)fputs(cli_text(cli, m.raw, 1), stdout);
	else
		(void)fwrite(m.raw, 1, m.raw_len, stdout);
	return EXIT_DONE;
}

static const char dispositions[] =	/* ", one, other" */
#define X(id, name) ", " name
	DISPOSITIONS(X)
#undef X
;

static int
list_options(struct cli *cli, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "incident", required_argument, NULL, 'i' },
		{ "disposition", required_argument, NULL, 'd' },
		{ "max", required_argument, NULL, 'm' },
		{ NULL, 0, NULL, 0 }
	};
	enum disposition	 disp = DISP_N;
	const char		*number = NULL;
	int64_t			 max = MAIL_MAX;
	int			 c, status;

	optind = 1;
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1)
		switch (c) {
		case 'i':
			number = optarg;
			break;
		case 'd':
			if (disposition_parse(optarg, &disp) == -1)
				return cli_complain(EXIT_USAGE, "\"%s\" is no "
				    "disposition, which are %s",
				    cli_text(cli, optarg, 0), dispositions + 2);
			break;
		case 'm':
			if (cli_number(optarg, &max) == 0 && max <= INT32_MAX)
				break;
			/* FALLTHROUGH */
		default:
			return cli_usage("mail");
		}
	if (optind != argc)
		return cli_usage("mail");
	status = cli_store(cli, KNOWN_READ);
	return status != 0 ? status : list(cli, disp, number, (int)max);
}

int
cmd_mail(struct cli *cli, int argc, char **argv)
{
	int	status;

	if (argc == 3 && (strcmp(argv[1], "show") == 0 ||
	    strcmp(argv[1], "raw") == 0)) {
		status = argv[1][0] == 'r' ? cli_no_json(cli, "a raw mail") :
		    0;
		if (status == 0)
			status = cli_store(cli, KNOWN_READ);
		if (status != 0)
			return status;
		return argv[1][0] == 's' ? show(cli, argv[2]) :
		    raw(cli, argv[2]);
	}
	if (argc > 1 && strcmp(argv[1], "list") == 0)
		return list_options(cli, argc - 1, argv + 1);
	return list_options(cli, argc, argv);
}
