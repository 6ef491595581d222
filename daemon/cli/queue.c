/*
 * tocsin queue - what we have promised to send, and how that goes.
 */
#include <getopt.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/json.h"
#include "cli/table.h"
#include "control.h"
#include "queue.h"

#define QUEUE_MAX	10000

struct filter {
	const char	*number;	/* incident, or NULL */
	enum outbox_state state;	/* OUT_NSTATES: any */
	int		 all;		/* settled ones too */
};

static int
settled(enum outbox_state state)
{
	return state == OUT_ACCEPTED || state == OUT_WITHDRAWN;
}

static void
row(struct cli *cli, struct table *t, const struct outbox_item *it)
{
	struct incident	in = { .tracking = NULL };
	struct err	err;
	char		id[24], attempts[16];

	if (it->incident != 0 && incident_get(cli->store, it->incident,
	    cli->arena, &in, &err) != RC_OK)
		in.tracking = NULL;
	(void)snprintf(id, sizeof(id), "%lld", (long long)it->id);
	(void)snprintf(attempts, sizeof(attempts), "%d", it->attempts);
	table_row(t, id, outbox_state_name(it->state), in.tracking, it->duty,
	    channel_kind_name(it->channel), it->to_addr, attempts,
	    settled(it->state) ? "" : cli_time(cli, it->next_at), it->last);
}

static int
list(struct cli *cli, const struct filter *f)
{
	static const char *const heads[] = {
		"ID", "STATE", "INCIDENT", "WHAT", "BY", "TO", "TRIES",
		"NEXT", "LAST RESULT", NULL
	};
	struct incident		 in = { .id = 0 };
	struct outbox_item	*v;
	struct table		 t;
	struct err		 err;
	json_t			*js = json_array();
	size_t			 n;
	enum rc			 rc;
	int			 status = 0;

	if (f->number != NULL)
		status = cli_incident(cli, f->number, &in);
	if (status != 0)
		return status;
	rc = outbox_list(cli->store, in.id, f->state, QUEUE_MAX, cli->arena,
	    &v, &n, &err);
	if (rc != RC_OK)
		return cli_fail(rc, &err);
	table_init(&t, cli, heads);
	for (size_t i = 0; i < n; i++) {
		if (!f->all && f->state == OUT_NSTATES &&
		    settled(v[i].state))
			continue;
		row(cli, &t, &v[i]);
		(void)json_array_append_new(js, json_item(cli, &v[i]));
	}
	if (cli->json)
		return cli_json(js);
	json_decref(js);
	if (t.rows == 1)
		(void)puts("Nothing waits.");
	else
		table_print(&t);
	return EXIT_DONE;
}

static int
get(struct cli *cli, const char *text, int content, struct outbox_item *it)
{
	struct err	err;
	int64_t		id;
	enum rc		rc;

	if (cli_number(text, &id) == -1)
		return cli_complain(EXIT_USAGE, "\"%s\" is no number in the "
		    "queue", cli_text(cli, text, 0));
	rc = outbox_get(cli->store, id, content, cli->arena, it, &err);
	if (rc == RC_REFUSED)
		return cli_complain(EXIT_FINDINGS, "there is no number %lld "
		    "in the queue", (long long)id);
	return rc == RC_OK ? 0 : cli_fail(rc, &err);
}

/* ", by gw.example:443 (certificate sha256:..), their number N-1" */
static const char *
receipt_peer(struct cli *cli, const struct receipt *r)
{
	const char	*s = "";

	if (r->peer != NULL && r->peer[0] != '\0')
		s = arena_printf(cli->arena, ", by %s", r->peer);
	if (r->tls != NULL && r->tls[0] != '\0')
		s = arena_printf(cli->arena, "%s (certificate %s)", s, r->tls);
	if (r->remote_id != NULL && r->remote_id[0] != '\0')
		s = arena_printf(cli->arena, "%s, their number %s", s,
		    r->remote_id);
	return s;
}

static void
show_item(struct cli *cli, const struct outbox_item *it,
    const struct receipt *v, size_t n)
{
	table_fact(cli, "Number", arena_printf(cli->arena, "%lld",
	    (long long)it->id));
	table_fact(cli, "State", outbox_state_name(it->state));
	table_fact(cli, "What", it->duty);
	table_fact(cli, "To", arena_printf(cli->arena, "%s (%s) by %s",
	    it->to_addr, it->role != NULL ? it->role : "-",
	    channel_kind_name(it->channel)));
	table_fact(cli, "Subject", it->subject);
	table_fact(cli, "Message-ID", it->message_id);
	table_fact(cli, "Promised", cli_time(cli, it->created_at));
	table_fact(cli, "Tries", arena_printf(cli->arena, "%d",
	    it->attempts));
	if (!settled(it->state))
		table_fact(cli, "Next", cli_time(cli, it->next_at));
	table_fact(cli, "Settled", cli_time(cli, it->settled_at));
	table_fact(cli, "Last result", it->last);
	for (size_t i = 0; i < n; i++)
		table_fact(cli, "Receipt", arena_printf(cli->arena,
		    "%s %s %s%s%s%s%s", cli_time(cli, v[i].at), v[i].kind,
		    v[i].result, v[i].code != 0 ? arena_printf(cli->arena,
		    " %d", v[i].code) : "", v[i].text != NULL ? " " : "",
		    v[i].text != NULL ? v[i].text : "",
		    receipt_peer(cli, &v[i])));
	if (it->content != NULL)
		(void)printf("\n%s\n", cli_text(cli, it->content, 1));
}

static int
show(struct cli *cli, const char *text)
{
	struct outbox_item	 it;
	struct receipt		*v;
	struct err		 err;
	json_t			*j, *receipts;
	size_t			 n;
	enum rc			 rc;
	int			 status = get(cli, text, 1, &it);

	if (status != 0)
		return status;
	rc = receipt_list(cli->store, it.id, cli->arena, &v, &n, &err);
	if (rc != RC_OK)
		return cli_fail(rc, &err);
	if (!cli->json) {
		show_item(cli, &it, v, n);
		return EXIT_DONE;
	}
	j = json_item(cli, &it);
	receipts = json_array();
	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(receipts,
		    json_receipt(cli, &v[i]));
	(void)json_object_set_new(j, "receipts", receipts);
	(void)json_object_set_new(j, "content", json_str(it.content));
	return cli_json(j);
}

/* --- changes by the operator --- */

static const char *
operator_name(struct cli *cli)
{
	const struct passwd	*pw = getpwuid(getuid());

	return pw == NULL ? arena_printf(cli->arena, "uid %u",
	    (unsigned)getuid()) : arena_strdup(cli->arena, pw->pw_name);
}

static int
said(struct cli *cli, const char *verb, int n)
{
	if (cli->json)
		return cli_json(json_pack("{s:s, s:i}", "done", verb,
		    "count", n));
	(void)printf("%s: %d done.\n", verb, n);
	return EXIT_DONE;
}

/* Through the running daemon.  RC_AGAIN: there is none, or it is busy. */
static enum rc
change_live(struct cli *cli, const char *verb, int n, char **ids,
    struct err *err)
{
	struct frame	f;
	char		text[600];
	enum rc		rc = RC_OK;

	for (int i = 0; rc == RC_OK && i < n;) {
		frame_start(&f, FRAME_COMMAND);
		frame_str(&f, operator_name(cli));
		frame_str(&f, "queue");
		frame_str(&f, verb);
		while (i < n && f.n < FRAME_FIELDS)
			frame_str(&f, ids[i++]);
		rc = control_ask(cli->conf, &f, CONTROL_MS, text,
		    sizeof(text), err);
	}
	return rc;
}

/* In the store, which no daemon holds: all of the numbers or none. */
static int
change_stored(struct cli *cli, const char *verb, int n, char **ids)
{
	struct err	 err;
	const char	*who = operator_name(cli);
	int64_t		 id;
	enum rc		 rc;
	int		 status = cli_store(cli, KNOWN_WRITE);

	if (status != 0)
		return status;
	rc = store_begin(cli->store, &err);
	for (int i = 0; rc == RC_OK && i < n; i++) {
		(void)cli_number(ids[i], &id);
		rc = queue_change(cli->store, verb, id, who, "operator",
		    clock_now(), cli->arena, &err);
	}
	if (rc == RC_OK)
		rc = store_commit(cli->store, &err);
	else
		store_rollback(cli->store);
	return rc == RC_OK ? said(cli, verb, n) : cli_fail(rc, &err);
}

static int
change_all(struct cli *cli, const char *verb, int n, char **ids)
{
	struct err	err;
	int64_t		id;
	enum rc		rc;
	int		status = cli_conf(cli);

	if (status != 0)
		return status;
	for (int i = 0; i < n; i++)
		if (cli_number(ids[i], &id) == -1)
			return cli_complain(EXIT_USAGE, "\"%s\" is no number "
			    "in the queue", cli_text(cli, ids[i], 0));
	rc = change_live(cli, verb, n, ids, &err);
	if (rc == RC_AGAIN)
		return change_stored(cli, verb, n, ids);
	return rc == RC_OK ? said(cli, verb, n) : cli_fail(rc, &err);
}

static const char states[] =	/* ", one, other" */
#define X(id, name) ", " name
	OUTBOX_STATES(X)
#undef X
;

static int
list_options(struct cli *cli, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "incident", required_argument, NULL, 'i' },
		{ "state", required_argument, NULL, 's' },
		{ "all", no_argument, NULL, 'a' },
		{ NULL, 0, NULL, 0 }
	};
	struct filter	f = { .state = OUT_NSTATES };
	int		c, status;

	optind = 1;
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1)
		switch (c) {
		case 'i':
			f.number = optarg;
			break;
		case 's':
			if (outbox_state_parse(optarg, &f.state) == -1)
				return cli_complain(EXIT_USAGE, "\"%s\" is no "
				    "state of the queue, which are %s",
				    cli_text(cli, optarg, 0), states + 2);
			break;
		case 'a':
			f.all = 1;
			break;
		default:
			return cli_usage("queue");
		}
	if (optind != argc)
		return cli_usage("queue");
	status = cli_store(cli, KNOWN_READ);
	return status != 0 ? status : list(cli, &f);
}

int
cmd_queue(struct cli *cli, int argc, char **argv)
{
	int	status;

	if (argc >= 3 && (strcmp(argv[1], "retry") == 0 ||
	    strcmp(argv[1], "hold") == 0 || strcmp(argv[1], "withdraw") == 0))
		return change_all(cli, argv[1], argc - 2, argv + 2);
	if (argc == 3 && strcmp(argv[1], "show") == 0) {
		status = cli_store(cli, KNOWN_READ);
		return status != 0 ? status : show(cli, argv[2]);
	}
	if (argc > 1 && strcmp(argv[1], "list") == 0)
		return list_options(cli, argc - 1, argv + 1);
	return list_options(cli, argc, argv);
}
