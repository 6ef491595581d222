/*
 * tocsin plan NUMBER - what will be sent to whom and when if nobody acts.
 */
#include <getopt.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "cli/cli.h"
#include "cli/json.h"
#include "cli/story.h"
#include "cli/table.h"
#include "incident/deadlines.h"

#define DAY		86400
#define PLANNED_MAX	10000

struct plan {
	struct story	 s;
	struct planned	*v;	size_t n;
	int64_t		 until;
};

static const struct policy_strings none;

/* Who of them has an address; nobody: the team is told instead. */
static struct policy_strings
reached(struct cli *cli, const struct plan *p, const struct planned *pl)
{
	struct policy_strings	 out = none;
	const struct incident	*in = &p->s.incident;

	out.v = arena_array(cli->arena, pl->roles.n + 1, sizeof(*out.v));
	for (size_t i = 0; i < pl->roles.n; i++) {
		const char	*r = pl->roles.v[i];

		if (strcmp(r, "reporter") == 0 ? in->reporter_addr != NULL :
		    conf_role(cli->conf, r) != NULL)
			out.v[out.n++] = r;
	}
	if (out.n == 0)
		out.v[out.n++] = p->s.policy->command_roles.v[0];
	return out;
}

static json_t *
addresses(struct cli *cli, const struct plan *p, const char *role)
{
	const struct conf_role	*r = conf_role(cli->conf, role);
	json_t			*list = json_array();

	if (strcmp(role, "reporter") == 0)
		(void)json_array_append_new(list, json_str(
		    p->s.incident.reporter_addr));
	for (size_t i = 0; r != NULL && i < r->mail.n; i++)
		(void)json_array_append_new(list, json_str(r->mail.v[i]));
	return list;
}

static json_t *
planned_json(struct cli *cli, const struct plan *p, const struct planned *pl)
{
	struct policy_strings	 roles = reached(cli, p, pl);
	json_t			*to = json_array();

	for (size_t i = 0; i < roles.n; i++)
		(void)json_array_append_new(to, json_pack("{s:s,s:o}", "role",
		    roles.v[i], "addresses", addresses(cli, p, roles.v[i])));
	return json_pack("{s:o,s:s,s:s,s:o,s:o,s:b,s:i,s:o}", "at",
	    cli_json_time(cli, pl->at), "duty", pl->duty, "deadline",
	    pl->deadline->name, "label", json_str(words_in(
	    &pl->deadline->label, cli->lang)), "due", cli_json_time(cli,
	    pl->due), "overdue", pl->at >= pl->due, "nth", pl->nth, "to", to);
}

static int
is_waiting(const struct outbox_item *it)
{
	return it->settled_at == 0 && (it->state == OUT_WAITING ||
	    it->state == OUT_IN_HAND || it->state == OUT_DELAYED);
}

static int
print_json(struct cli *cli, const struct plan *p)
{
	json_t	*waiting = json_array(), *planned = json_array();

	for (size_t i = 0; i < p->s.n_items; i++)
		if (is_waiting(&p->s.items[i]))
			(void)json_array_append_new(waiting, json_item(cli,
			    &p->s.items[i]));
	for (size_t i = 0; i < p->n; i++)
		(void)json_array_append_new(planned, planned_json(cli, p,
		    &p->v[i]));
	return cli_json(json_pack("{s:s,s:o,s:o,s:o}", "tracking",
	    p->s.incident.tracking, "until", cli_json_time(cli, p->until),
	    "waiting", waiting, "planned", planned));
}

static const char *
roles_text(struct cli *cli, const struct policy_strings *roles)
{
	struct buf	 b;
	const char	*s;

	buf_init(&b, 4096);
	for (size_t i = 0; i < roles->n; i++)
		(void)buf_addf(&b, "%s%s", i > 0 ? ", " : "", roles->v[i]);
	s = arena_strdup(cli->arena, b.data);
	buf_free(&b);
	return s;
}

static void
print_table(struct cli *cli, const struct plan *p)
{
	static const char *const heads[] = {
		"WHEN", "WHAT", "TO", "BECAUSE OF", "DUE", "NTH", NULL
	};
	struct table	t;

	table_init(&t, cli, heads);
	for (size_t i = 0; i < p->s.n_items; i++) {
		const struct outbox_item	*it = &p->s.items[i];

		if (is_waiting(it))
			table_row(&t, cli_time(cli, it->next_at), it->duty,
			    it->to_addr, "promised, not delivered yet", "",
			    "");
	}
	for (size_t i = 0; i < p->n; i++) {
		const struct planned	*pl = &p->v[i];
		struct policy_strings	 roles = reached(cli, p, pl);
		char			 nth[16];

		(void)snprintf(nth, sizeof(nth), "%d", pl->nth);
		table_row(&t, cli_time(cli, pl->at), pl->duty,
		    roles_text(cli, &roles), words_in(&pl->deadline->label,
		    cli->lang), cli_time(cli, pl->due), nth);
	}
	if (t.rows == 0)
		(void)printf("nothing until %s\n", cli_time(cli, p->until));
	else
		table_print(&t);
}

static int
plan(struct cli *cli, const char *number, int64_t days, int64_t max)
{
	struct plan	p;
	int		status = cli_store(cli, KNOWN_READ);

	memset(&p, 0, sizeof(p));
	if (status == 0)
		status = story_read(cli, number, &p.s);
	if (status != 0)
		return status;
	if (p.s.policy == NULL)
		return cli_complain(EXIT_CONFIG, "policy %s of %s cannot be "
		    "read; tocsin check says why", p.s.incident.policy,
		    p.s.incident.tracking);
	p.until = clock_now() + days * DAY;
	deadlines_plan(p.s.policy, &p.s.incident, p.s.deadlines,
	    p.s.n_deadlines, p.until, (size_t)max, cli->arena, &p.v, &p.n);
	if (cli->json)
		return print_json(cli, &p);
	print_table(cli, &p);
	return EXIT_DONE;
}

int
cmd_plan(struct cli *cli, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "days", required_argument, NULL, 'd' },
		{ "max", required_argument, NULL, 'm' },
		{ NULL, 0, NULL, 0 }
	};
	int64_t	days = 7, max = 100, *to;
	int	c;

	optind = 0;
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		to = c == 'd' ? &days : &max;
		if ((c != 'd' && c != 'm') || cli_number(optarg, to) == -1 ||
		    *to > PLANNED_MAX)
			return cli_usage("plan");
	}
	if (argc - optind != 1)
		return cli_usage("plan");
	return plan(cli, argv[optind], days, max);
}
