/*
 * tocsin show NUMBER - who did what, when, by which mail, within which
 * deadline; and what was sent, with its receipts.
 */
#include <string.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/json.h"
#include "cli/story.h"
#include "cli/table.h"

static void
heading(const char *s)
{
	(void)printf("\n%s\n", s);
}

static void
show_head(struct cli *cli, const struct story *s)
{
	const struct incident		*in = &s->incident;
	const char			*level = "not assessed";

	(void)printf("%s%s\n", in->tracking, in->drill ? "  DRILL" : "");
	if (in->level > 0 && s->policy != NULL)
		level = arena_printf(cli->arena, "%d  %s", in->level,
		    words_in(&s->policy->levels[in->level % LEVELS].text,
		    cli->lang));
	else if (in->level > 0)
		level = arena_printf(cli->arena, "%d", in->level);
	table_fact(cli, "State", cli_state(cli, s->policy, in->state));
	table_fact(cli, "Level", level);
	table_fact(cli, "Category", in->category == NULL ? NULL :
	    arena_printf(cli->arena, "%s (%s)", cli_category(cli, s->policy,
	    in->category), in->category_source != NULL ?
	    in->category_source : "?"));
	table_fact(cli, "Subject", in->subject);
	table_fact(cli, "Unit", in->unit);
	table_fact(cli, "Reporter", arena_printf(cli->arena, "%s <%s>",
	    in->reporter_name != NULL ? in->reporter_name : "",
	    in->reporter_addr != NULL ? in->reporter_addr : ""));
	table_fact(cli, "Also", in->reporter_cc);
	table_fact(cli, "Occurred", cli_time(cli, in->occurred_at));
	table_fact(cli, "Reported", cli_time(cli, in->reported_at));
	table_fact(cli, "Received", cli_time(cli, in->received_at));
	table_fact(cli, "In time", cli_verdict(cli, s->policy, in->verdict));
	table_fact(cli, "Recovered", cli_time(cli, in->recovered_at));
	table_fact(cli, "Closed", cli_time(cli, in->closed_at));
	table_fact(cli, "Policy", arena_printf(cli->arena, "%s/%d", in->policy,
	    in->policy_version));
	table_fact(cli, "Waiting for", cli_pending(cli, s->policy, in->pending));
}

/* What stood there; what no line said, as after a reopening, is the value. */
static const char *
said(struct cli *cli, const struct incident_field *f)
{
	size_t	n = f->value != NULL ? strlen(f->value) : 0;

	if (f->line == 0 && n > 2 && f->value[0] == '"')
		return arena_strndup(cli->arena, f->value + 1, n - 2);
	return f->raw != NULL ? f->raw : f->value;
}

static void
show_fields(struct cli *cli, const struct story *s)
{
	static const char *const heads[] = {
		"FIELD", "BY", "MAIL", "LINE", "VALUE", NULL
	};
	struct table	t;

	if (s->n_fields == 0)
		return;
	heading("What was said");
	table_init(&t, cli, heads);
	for (size_t i = 0; i < s->n_fields; i++) {
		const struct incident_field	*f = &s->fields[i];
		char				 mail[24], line[16];

		(void)snprintf(mail, sizeof(mail), "%lld",
		    (long long)f->mail);
		(void)snprintf(line, sizeof(line), "%d", f->line);
		table_row(&t, s->policy == NULL ? f->name :
		    policy_field_label(s->policy, f->name, cli->lang),
		    f->by_role, f->mail == 0 ? "" : mail,
		    f->line == 0 ? "" : line,
		    said(cli, f));
	}
	table_print(&t);
}

static void
show_timeline(struct cli *cli, const struct story *s)
{
	static const char *const heads[] = {
		"WHEN", "WHO", "MAIL", "WHAT", NULL
	};
	struct moment	*v;
	struct table	 t;
	size_t		 n = story_moments(cli, s, &v);

	heading("What happened");
	table_init(&t, cli, heads);
	for (size_t i = 0; i < n; i++) {
		char	mail[24] = "";

		if (v[i].mail != 0)
			(void)snprintf(mail, sizeof(mail), "%lld",
			    (long long)v[i].mail);
		table_row(&t, cli_time(cli, v[i].at), v[i].who, mail,
		    v[i].deadline == NULL ? v[i].what :
		    arena_printf(cli->arena, "%s: %s", v[i].what,
		    v[i].deadline));
	}
	table_print(&t);
}

static void
show_deadlines(struct cli *cli, const struct story *s)
{
	static const char *const heads[] = {
		"DEADLINE", "OWNER", "DUE", "STATE", "REMINDED", "NEXT LOOK",
		NULL
	};
	int64_t		now = clock_now();
	struct table	t;

	if (s->n_deadlines == 0)
		return;
	heading("Deadlines");
	table_init(&t, cli, heads);
	for (size_t i = 0; i < s->n_deadlines; i++) {
		const struct deadline	*d = &s->deadlines[i];
		const char		*state = deadline_state_name(d->state);
		char			 fired[16];

		if (d->state == DL_OPEN && d->due_at < now)
			state = arena_printf(cli->arena, "overdue %s",
			    cli_span(cli, now - d->due_at));
		else if (d->state == DL_MET && d->ended_at > d->due_at)
			state = arena_printf(cli->arena, "met %s late",
			    cli_span(cli, d->ended_at - d->due_at));
		(void)snprintf(fired, sizeof(fired), "%d", d->fired);
		table_row(&t, story_deadline_label(cli, s, d->name), d->owner,
		    cli_time(cli, d->due_at), state, fired,
		    d->state == DL_OPEN ? cli_time(cli, d->next_at) : "");
	}
	table_print(&t);
}

static void
show_sent(struct cli *cli, const struct story *s)
{
	static const char *const heads[] = {
		"NO", "PROMISED", "WHAT", "TO", "BY", "STATE", "RECEIPT", NULL
	};
	struct table	t;

	if (s->n_items == 0)
		return;
	heading("What was sent");
	table_init(&t, cli, heads);
	for (size_t i = 0; i < s->n_items; i++) {
		const struct outbox_item	*it = &s->items[i];
		const char			*receipt = it->last;
		char				 id[24];

		if (s->n_receipts[i] > 0) {
			const struct receipt *r =
			    &s->receipts[i][s->n_receipts[i] - 1];

			receipt = arena_printf(cli->arena, "%s %s%s%s%s",
			    cli_time(cli, r->at), r->result,
			    r->code != 0 ? arena_printf(cli->arena, " %d",
			    r->code) : "", r->text != NULL ? " " : "",
			    r->text != NULL ? r->text : "");
		}
		(void)snprintf(id, sizeof(id), "%lld", (long long)it->id);
		table_row(&t, id, cli_time(cli, it->created_at), it->duty,
		    it->to_addr, channel_kind_name(it->channel),
		    outbox_state_name(it->state), receipt);
	}
	table_print(&t);
}

int
cmd_show(struct cli *cli, int argc, char **argv)
{
	struct story	s;
	int		status;

	if (argc != 2)
		return cli_usage(argv[0]);
	status = cli_store(cli, KNOWN_READ);
	if (status == 0)
		status = story_read(cli, argv[1], &s);
	if (status != 0)
		return status;
	if (cli->json)
		return cli_json(story_json(cli, &s));
	show_head(cli, &s);
	show_fields(cli, &s);
	show_timeline(cli, &s);
	show_deadlines(cli, &s);
	show_sent(cli, &s);
	return EXIT_DONE;
}
