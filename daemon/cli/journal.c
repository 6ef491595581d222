/*
 * tocsin journal - every change, in the order it was written down.
 */
#include <getopt.h>

#include "cli/cli.h"
#include "cli/json.h"
#include "cli/table.h"

#define JOURNAL_MAX	100000

static int
print(struct cli *cli, const struct journal_row *v, size_t n)
{
	static const char *const heads[] = {
		"SEQ", "WHEN", "NUMBER", "EVENT", "WHO", "ROLE", "MAIL",
		"DETAIL", NULL
	};
	struct table	 t;
	json_t		*js;

	if (cli->json) {
		js = json_array();
		for (size_t i = 0; i < n; i++)
			(void)json_array_append_new(js,
			    json_journal(cli, &v[i]));
		return cli_json(js);
	}
	table_init(&t, cli, heads);
	for (size_t i = 0; i < n; i++) {
		char	seq[24], mail[24] = "";

		(void)snprintf(seq, sizeof(seq), "%lld", (long long)v[i].seq);
		if (v[i].mail != 0)
			(void)snprintf(mail, sizeof(mail), "%lld",
			    (long long)v[i].mail);
		table_row(&t, seq, cli_time(cli, v[i].at), v[i].tracking,
		    v[i].event, v[i].actor, v[i].role, mail, v[i].detail);
	}
	if (n == 0)
		(void)puts("The journal is empty.");
	else
		table_print(&t);
	return EXIT_DONE;
}

int
cmd_journal(struct cli *cli, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "from", required_argument, NULL, 'f' },
		{ "max", required_argument, NULL, 'm' },
		{ NULL, 0, NULL, 0 }
	};
	struct incident		 in = { .id = 0 };
	struct journal_row	*v;
	struct err		 err;
	int64_t			 from = 0, max = JOURNAL_MAX;
	size_t			 n;
	enum rc			 rc;
	int			 c, status;

	optind = 1;
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1)
		if ((c != 'f' && c != 'm') ||
		    cli_number(optarg, c == 'f' ? &from : &max) == -1 ||
		    max > INT32_MAX)
			return cli_usage(argv[0]);
	if (argc - optind > 1)
		return cli_usage(argv[0]);
	status = cli_store(cli, KNOWN_READ);
	if (status == 0 && optind < argc)
		status = cli_incident(cli, argv[optind], &in);
	if (status != 0)
		return status;
	rc = journal_list(cli->store, in.id, from, (int)max, cli->arena, &v,
	    &n, &err);
	return rc == RC_OK ? print(cli, v, n) : cli_fail(rc, &err);
}
