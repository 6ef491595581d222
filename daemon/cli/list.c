/*
 * tocsin list - the incidents, most urgent first. R15
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/json.h"
#include "cli/table.h"

#define LIST_MAX	1000

struct line {
	const struct incident *in;
	int		 rank;		/* of the category: 0 is first */
	const char	*category;	/* label */
	const char	*state;		/* label */
	const struct deadline *next;	/* open, due first; or NULL */
};

/* The open deadline that is due first. */
static enum rc
next_deadline(struct cli *cli, int64_t incident, const struct deadline **out,
    struct err *err)
{
	struct deadline	*v;
	size_t		 n;
	enum rc		 rc;

	*out = NULL;
	rc = deadline_list(cli->store, incident, cli->arena, &v, &n, err);
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		if (v[i].state == DL_OPEN && (*out == NULL ||
		    v[i].due_at < (*out)->due_at))
			*out = &v[i];
	return rc;
}

static enum rc
line_fill(struct cli *cli, const struct incident *in, struct line *l,
    struct err *err)
{
	const struct policy		*p = cli_policy_of(cli, in);
	const struct policy_category	*c = NULL;

	l->in = in;
	l->rank = 1000;
	l->category = cli_category(cli, p, in->category);
	l->state = cli_state(cli, p, in->state);
	if (p != NULL && in->category != NULL)
		c = policy_category(p, in->category);
	if (c != NULL)
		l->rank = c->rank;
	return next_deadline(cli, in->id, &l->next, err);
}

/* Level, then category, then age. */
static int
by_priority(const void *a, const void *b)
{
	const struct line	*x = a, *y = b;

	if (x->in->level != y->in->level)
		return y->in->level - x->in->level;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	if (x->in->received_at != y->in->received_at)
		return x->in->received_at < y->in->received_at ? -1 : 1;
	return x->in->id < y->in->id ? -1 : x->in->id > y->in->id;
}

static const char *
due_text(struct cli *cli, const struct deadline *d, int64_t now)
{
	if (d == NULL)
		return "";
	if (d->due_at < now)
		return arena_printf(cli->arena, "%s: overdue %s", d->name,
		    cli_span(cli, now - d->due_at));
	return arena_printf(cli->arena, "%s: in %s", d->name,
	    cli_span(cli, d->due_at - now));
}

static int
print_json(struct cli *cli, const struct line *v, size_t n)
{
	json_t	*list = json_array(), *j;

	for (size_t i = 0; i < n; i++) {
		j = json_incident(cli, v[i].in);
		(void)json_object_set_new(j, "next_deadline",
		    v[i].next == NULL ? json_null() :
		    json_deadline(cli, v[i].next));
		(void)json_array_append_new(list, j);
	}
	return cli_json(list);
}

static int
print_table(struct cli *cli, const struct line *v, size_t n)
{
	static const char *const heads[] = {
		"NUMBER", "LEVEL", "STATE", "CATEGORY", "UNIT", "RECEIVED",
		"NEXT DEADLINE", "SUBJECT", NULL
	};
	struct table	 t;
	int64_t		 now = clock_now();

	if (n == 0) {
		(void)puts("No incidents.");
		return EXIT_DONE;
	}
	table_init(&t, cli, heads);
	table_limit(&t, 3, 24);
	table_limit(&t, 4, 20);
	table_limit(&t, 7, 60);
	for (size_t i = 0; i < n; i++) {
		const struct incident	*in = v[i].in;
		char			 level[16] = "-";

		if (in->level > 0)
			(void)snprintf(level, sizeof(level), "%d", in->level);
		table_row(&t, in->tracking, level, v[i].state, v[i].category,
		    in->unit, arena_strndup(cli->arena,
		    cli_time(cli, in->received_at),
		    in->received_at == 0 ? 0 : 16),
		    due_text(cli, v[i].next, now), in->subject);
	}
	table_print(&t);
	return EXIT_DONE;
}

int
cmd_list(struct cli *cli, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "max", required_argument, NULL, 'm' },
		{ NULL, 0, NULL, 0 }
	};
	struct incident	*v;
	struct line	*lines;
	struct err	 err;
	int64_t		 max = LIST_MAX;
	size_t		 n;
	enum rc		 rc;
	int		 all = 0, c, status;

	optind = 1;
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1)
		if (c == 'a')
			all = 1;
		else if (c != 'm' || cli_number(optarg, &max) == -1 ||
		    max > INT32_MAX)
			return cli_usage(argv[0]);
	if (optind != argc)
		return cli_usage(argv[0]);
	status = cli_store(cli, KNOWN_READ);
	if (status != 0)
		return status;
	rc = incident_list(cli->store, !all, (int)max, cli->arena, &v, &n,
	    &err);
	lines = arena_array(cli->arena, n, sizeof(*lines));
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		rc = line_fill(cli, &v[i], &lines[i], &err);
	if (rc != RC_OK)
		return cli_fail(rc, &err);
	qsort(lines, n, sizeof(*lines), by_priority);
	return cli->json ? print_json(cli, lines, n) :
	    print_table(cli, lines, n);
}
