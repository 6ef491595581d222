/*
 * tocsin stats - how many, and how many in time: by month, unit, level and
 * category.  Drills have numbers of their own (--drills).
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/civil.h"
#include "base/clock.h"
#include "cli/cli.h"
#include "cli/json.h"
#include "cli/table.h"

#define STATS_MAX	1000000
#define NONE		"-"

struct group {
	const char	*key;
	int64_t		 n, closed, recovered;
	int64_t		 on_time, late;	/* the duty to report (R4) */
	int64_t		 dl_met, dl_late; /* late: or open and overdue */
	int64_t		 recovery;	/* seconds, of `recovered` incidents */
};

struct stats {
	struct cli	*cli;
	struct group	*v;
	size_t		 n, cap;
};

static const char *const by_names[] = { "month", "unit", "level", "category" };

static const char *
key_of(struct cli *cli, const struct incident *in, size_t by)
{
	char	text[RFC3339_SIZE];

	switch (by) {
	case 0:
		(void)rfc3339(text, in->received_at, cli_zone(cli));
		return arena_strndup(cli->arena, text, 7);
	case 1:
		return in->unit != NULL && *in->unit != '\0' ? in->unit : NONE;
	case 2:
		return in->level == 0 ? NONE : arena_printf(cli->arena, "%d",
		    in->level);
	default:
		return in->category != NULL ? in->category : NONE;
	}
}

static struct group *
group_of(struct stats *s, const char *key)
{
	struct group	*v;

	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->v[i].key, key) == 0)
			return &s->v[i];
	if (s->n == s->cap) {
		s->cap = s->cap == 0 ? 16 : s->cap * 2;
		v = arena_array(s->cli->arena, s->cap, sizeof(*v));
		if (s->n > 0)
			memcpy(v, s->v, s->n * sizeof(*v));
		s->v = v;
	}
	s->v[s->n].key = key;
	return &s->v[s->n++];
}

static void
count_deadlines(struct group *g, const struct deadline *v, size_t n,
    int64_t now)
{
	for (size_t i = 0; i < n; i++) {
		if (v[i].state == DL_MET && v[i].ended_at <= v[i].due_at)
			g->dl_met++;
		else if (v[i].state == DL_MET ||
		    (v[i].state == DL_OPEN && v[i].due_at < now))
			g->dl_late++;
	}
}

static void
count(struct group *g, const struct incident *in, const struct deadline *v,
    size_t n)
{
	g->n++;
	g->closed += in->closed_at != 0;
	if (in->verdict != NULL) {
		g->on_time += strcmp(in->verdict, "on_time") == 0 ||
		    strcmp(in->verdict, "claimed_on_time") == 0;
		g->late += strcmp(in->verdict, "late") == 0;
	}
	if (in->recovered_at != 0) {
		g->recovered++;
		if (in->recovered_at > in->received_at)	/* not told later */
			g->recovery += in->recovered_at - in->received_at;
	}
	count_deadlines(g, v, n, clock_now());
}

static int
by_key(const void *a, const void *b)
{
	return strcmp(((const struct group *)a)->key,
	    ((const struct group *)b)->key);
}

/* "75% (3 of 4)", or "" when there is nothing to judge. */
static const char *
rate(struct cli *cli, int64_t good, int64_t bad)
{
	if (good + bad == 0)
		return "";
	return arena_printf(cli->arena, "%lld%% (%lld of %lld)",
	    (long long)(good * 100 / (good + bad)), (long long)good,
	    (long long)(good + bad));
}

static json_t *
rate_json(int64_t good, int64_t bad)
{
	return good + bad == 0 ? json_null() :
	    json_real((double)good / (double)(good + bad));
}

static void
print_groups(struct stats *s, const char *by)
{
	const char	*heads[] = {
		by, "INCIDENTS", "CLOSED", "REPORTED IN TIME",
		"DEADLINES MET", "MEAN TIME TO RECOVERY", NULL
	};
	struct table	 t;

	table_init(&t, s->cli, heads);
	for (size_t i = 0; i < s->n; i++) {
		const struct group	*g = &s->v[i];
		char			 n[24], closed[24];

		(void)snprintf(n, sizeof(n), "%lld", (long long)g->n);
		(void)snprintf(closed, sizeof(closed), "%lld",
		    (long long)g->closed);
		table_row(&t, strcmp(by, "CATEGORY") == 0 ? cli_category(s->cli,
		    cli_policy(s->cli, NULL), g->key) : g->key, n, closed,
		    rate(s->cli, g->on_time, g->late),
		    rate(s->cli, g->dl_met, g->dl_late), g->recovered == 0 ?
		    "" : cli_span(s->cli, g->recovery / g->recovered));
	}
	table_print(&t);
}

static json_t *
groups_json(const struct stats *s)
{
	json_t	*list = json_array();

	for (size_t i = 0; i < s->n; i++) {
		const struct group	*g = &s->v[i];

		(void)json_array_append_new(list, json_pack(
		    "{s:o, s:I, s:I, s:I, s:I, s:o, s:I, s:I, s:o, s:I, s:o}",
		    "key", strcmp(g->key, NONE) == 0 ? json_null() :
		    json_str(g->key), "incidents", (json_int_t)g->n,
		    "closed", (json_int_t)g->closed,
		    "on_time", (json_int_t)g->on_time,
		    "late", (json_int_t)g->late,
		    "on_time_rate", rate_json(g->on_time, g->late),
		    "deadlines_met", (json_int_t)g->dl_met,
		    "deadlines_late", (json_int_t)g->dl_late,
		    "deadlines_rate", rate_json(g->dl_met, g->dl_late),
		    "recovered", (json_int_t)g->recovered,
		    "mean_recovery_seconds", g->recovered == 0 ? json_null() :
		    json_integer(g->recovery / g->recovered)));
	}
	return list;
}

/* One grouping of all incidents: fills s afresh. */
static enum rc
group_all(struct stats *s, size_t by, const struct incident *v, size_t n,
    int drills, struct err *err)
{
	struct deadline	*dl;
	struct arena	*a = arena_new();
	size_t		 n_dl;
	enum rc		 rc = RC_OK;

	s->n = 0;
	if (s->cap > 0)
		memset(s->v, 0, s->cap * sizeof(*s->v));
	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		if (v[i].drill != drills)
			continue;
		arena_reset(a);
		rc = deadline_list(s->cli->store, v[i].id, a, &dl, &n_dl, err);
		if (rc == RC_OK)
			count(group_of(s, key_of(s->cli, &v[i], by)), &v[i],
			    dl, n_dl);
	}
	arena_free(&a);
	if (s->n > 1)
		qsort(s->v, s->n, sizeof(*s->v), by_key);
	return rc;
}

static int
stats(struct cli *cli, int by, int drills)
{
	static const char *const heads[] = {
		"MONTH", "UNIT", "LEVEL", "CATEGORY"
	};
	struct stats	 s = { .cli = cli };
	struct incident	*v;
	struct err	 err;
	json_t		*all = json_object();
	size_t		 n;
	enum rc		 rc;
	int		 first = 1;

	rc = incident_list(cli->store, 0, STATS_MAX, cli->arena, &v, &n, &err);
	for (size_t i = 0; rc == RC_OK && i < 4; i++) {
		if (by >= 0 && (size_t)by != i)
			continue;
		rc = group_all(&s, i, v, n, drills, &err);
		if (rc != RC_OK)
			break;
		if (cli->json) {
			(void)json_object_set_new(all, by_names[i],
			    groups_json(&s));
			continue;
		}
		if (!first)
			(void)putchar('\n');
		first = 0;
		print_groups(&s, heads[i]);
	}
	if (rc == RC_OK && cli->json)
		return cli_json(all);
	json_decref(all);
	return rc == RC_OK ? EXIT_DONE : cli_fail(rc, &err);
}

int
cmd_stats(struct cli *cli, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "by", required_argument, NULL, 'b' },
		{ "drills", no_argument, NULL, 'd' },
		{ NULL, 0, NULL, 0 }
	};
	int	by = -1, drills = 0, c, status;

	optind = 0;
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 'd') {
			drills = 1;
			continue;
		}
		by = 3;
		while (c == 'b' && by >= 0 && strcmp(by_names[by], optarg))
			by--;
		if (c != 'b' || by < 0)
			return cli_usage("stats");
	}
	if (optind != argc)
		return cli_usage("stats");
	status = cli_store(cli, KNOWN_READ);
	return status != 0 ? status : stats(cli, by, drills);
}
