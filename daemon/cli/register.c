/*
 * tocsin register - the incidents of a month, for the record (R24).
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/json.h"
#include "cli/table.h"
#include "incident/register.h"

#define REGISTER_MAX	1000000
#define CSV_MAX		((size_t)256 * 1024 * 1024)

/* "2026-04" as 202604, or -1. */
static int
month_read(const char *s)
{
	int	year = 0, mon = 0;

	if (strlen(s) != 7 || s[4] != '-')
		return -1;
	for (int i = 0; i < 7; i++) {
		if (i == 4)
			continue;
		if (s[i] < '0' || s[i] > '9')
			return -1;
		if (i < 4)
			year = year * 10 + s[i] - '0';
		else
			mon = mon * 10 + s[i] - '0';
	}
	return mon < 1 || mon > 12 ? -1 : year * 100 + mon;
}

/* The store lists the newest last or by rank: a register goes by number. */
static int
by_number(const void *a, const void *b)
{
	const struct house_case	*x = a, *y = b;

	return x->in->id < y->in->id ? -1 : x->in->id > y->in->id;
}

static enum rc
read_cases(struct cli *cli, const struct policy *p, int month,
    struct house_case **out, size_t *n_out, struct err *err)
{
	struct incident		*v;
	struct incident_field	*f;
	size_t			 n, n_f;
	enum rc			 rc;

	*n_out = 0;
	rc = incident_list(cli->store, 0, REGISTER_MAX, cli->arena, &v, &n,
	    err);
	if (rc != RC_OK)
		return rc;
	*out = arena_array(cli->arena, n + 1, sizeof(**out));
	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		struct house_case	*k = &(*out)[*n_out];

		if (month != 0 && register_month(p, v[i].received_at) != month)
			continue;
		*k = (struct house_case){ .in = &v[i] };
		rc = field_list(cli->store, v[i].id, cli->arena, &f, &n_f,
		    err);
		for (size_t j = 0; rc == RC_OK && j < n_f; j++)
			if (strcmp(f[j].name, "cause_code") == 0)
				k->cause_code = f[j].raw;
		(*n_out)++;
	}
	if (*n_out > 1)
		qsort(*out, *n_out, sizeof(**out), by_number);
	return rc;
}

static void
print_table(struct cli *cli, const struct house_case *v, size_t n)
{
	static const char *const heads[] = {
		"NUMBER", "RECEIVED", "UNIT", "LEVEL", "IN TIME", "CATEGORY",
		"STATE", "RECOVERED", NULL
	};
	struct table	t;

	table_init(&t, cli, heads);
	for (size_t i = 0; i < n; i++) {
		const struct incident	*in = v[i].in;
		const struct policy	*p = cli_policy_of(cli, in);

		table_row(&t, in->tracking, cli_time(cli, in->received_at),
		    in->unit, in->level == 0 ? "" : arena_printf(cli->arena,
		    "%d", in->level), cli_verdict(cli, p, in->verdict),
		    cli_category(cli, p, in->category),
		    cli_state(cli, p, in->state),
		    cli_time(cli, in->recovered_at));
	}
	table_print(&t);
}

static int
print_register(struct cli *cli, int month, int as_csv)
{
	const struct policy	*p = cli_policy(cli, NULL);
	struct house_case	*v;
	struct buf		 b;
	struct err		 err;
	size_t			 n;
	enum rc			 rc;

	if (p == NULL)
		return cli_complain(EXIT_CONFIG, "the policy cannot be read; "
		    "tocsin check says why");
	rc = read_cases(cli, p, month, &v, &n, &err);
	if (rc != RC_OK)
		return cli_fail(rc, &err);
	if (cli->json)
		return cli_json(register_json(p, v, n, month));
	if (!as_csv) {
		print_table(cli, v, n);
		return EXIT_DONE;
	}
	buf_init(&b, CSV_MAX);
	register_csv(p, v, n, month, &b);
	(void)fwrite(b.data, 1, b.len, stdout);
	buf_free(&b);
	return EXIT_DONE;
}

int
cmd_register(struct cli *cli, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "month", required_argument, NULL, 'm' },
		{ "csv", no_argument, NULL, 'c' },
		{ NULL, 0, NULL, 0 }
	};
	int	month = 0, as_csv = 0, c, status;

	optind = 0;
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 'm')
			month = month_read(optarg);
		as_csv |= c == 'c';
		if ((c != 'm' && c != 'c') || month == -1)
			return cli_usage("register");
	}
	if (optind != argc)
		return cli_usage("register");
	status = cli_store(cli, KNOWN_READ);
	return status != 0 ? status : print_register(cli, month, as_csv);
}
