/*
 * tocsin import FILE... - put mails into the spool as if they had come.
 *
 * They are stored under the mailbox "import" with their own SHA-256 as uid,
 * so that the same mail twice is one mail; the daemon reads them when it next
 * runs.
 */
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hex.h"
#include "cli/cli.h"
#include "cli/json.h"
#include "cli/mbox.h"
#include "control.h"
#include "owner.h"

#define BATCH	200			/* mails in one commit */

struct import {
	struct cli	*cli;
	json_t		*list;		/* --json: what became of each */
	int64_t		 added, known, over;
	int		 waiting;	/* in the open transaction */
	int		 open;
	int		 live;		/* a daemon runs: it takes them */
};

static enum rc
commit(struct import *im, struct err *err)
{
	if (!im->open)
		return RC_OK;
	im->open = 0;
	im->waiting = 0;
	return store_commit(im->cli->store, err);
}

static void
tell(struct import *im, const char *where, const struct mail *m,
    const char *what)
{
	if (im->list != NULL)
		(void)json_array_append_new(im->list, json_pack(
		    "{s:o, s:I, s:s}", "file", json_str(where), "mail",
		    (json_int_t)m->id, "result", what));
	else
		(void)printf("%s: mail %lld %s\n", cli_text(im->cli, where,
		    0), (long long)m->id, what);
}

static const char *
operator_name(struct cli *cli)
{
	const struct passwd	*pw = getpwuid(getuid());

	return pw == NULL ? arena_printf(cli->arena, "uid %u",
	    (unsigned)getuid()) : arena_strdup(cli->arena, pw->pw_name);
}

/* By the running daemon, which reads it at once. */
static enum rc
add_live(struct import *im, const char *where, struct mail *m,
    struct err *err)
{
	struct frame	f;
	char		text[600];
	enum rc		rc;

	frame_start(&f, FRAME_COMMAND);
	frame_str(&f, operator_name(im->cli));
	frame_str(&f, "import");
	frame_str(&f, m->uid);
	frame_add(&f, m->raw, m->raw_len);
	frame_num(&f, m->arrived);
	rc = control_ask(im->cli->conf, &f, CONTROL_MS, text, sizeof(text), err);
	if (rc == RC_REFUSED) {
		im->known++;
		tell(im, where, m, text);
		return RC_OK;
	}
	if (rc != RC_OK)
		return rc;
	im->added++;
	tell(im, where, m, "added");
	return RC_OK;
}

static enum rc
on_mail(void *arg, const char *where, const char *raw, size_t len,
    int64_t arrived, struct err *err)
{
	struct import	*im = arg;
	struct mail	 m = {
		.mailbox = "import", .uidvalidity = 1, .arrived = arrived,
		.size = (int64_t)len, .raw = raw, .raw_len = len
	};
	char		 uid[65];
	int64_t		 now = clock_now();
	int		 over = m.size > im->cli->conf->mail_max;
	enum rc		 rc = RC_OK;

	sha256_hex(raw, len, uid);
	m.uid = uid;
	if (m.arrived <= 0 || m.arrived > now)
		m.arrived = now;
	if (over) {			/* as from a mailbox: kept by name */
		m.raw = "";
		m.raw_len = 0;
	}
	if (im->live)
		return add_live(im, where, &m, err);
	if (!im->open)
		rc = store_begin(im->cli->store, err);
	if (rc != RC_OK)
		return rc;
	im->open = 1;
	rc = spool_add(im->cli->store, &m, now, err);
	if (rc == RC_REFUSED) {
		im->known++;
		tell(im, where, &m, "was there already");
		return RC_OK;
	}
	if (rc != RC_OK)
		return rc;
	im->added++;
	im->over += over;
	tell(im, where, &m, over ? "is over mail-max: kept without content" :
	    "added");
	return ++im->waiting < BATCH ? RC_OK : commit(im, err);
}

/* The first import may come before the first start of the daemon. */
static int
make_state_dir(struct cli *cli)
{
	struct err	err;

	if (owner_state_dir(cli->conf, &err) != RC_OK)
		return cli_complain(EXIT_CONFIG, "%s", err.text);
	return 0;
}

/* An empty "poll" is harmless and answered by whoever runs. */
static int
is_live(struct cli *cli)
{
	struct frame	f;
	struct err	err;
	char		text[600];

	frame_start(&f, FRAME_COMMAND);
	frame_str(&f, operator_name(cli));
	frame_str(&f, "poll");
	return control_ask(cli->conf, &f, CONTROL_MS, text, sizeof(text),
	    &err) == RC_OK;
}

static int
finish(struct import *im, int status)
{
	if (im->list != NULL)
		(void)cli_json(json_pack("{s:I, s:I, s:I, s:o}", "added",
		    (json_int_t)im->added, "known", (json_int_t)im->known,
		    "over", (json_int_t)im->over, "mails", im->list));
	else
		(void)printf("%lld added, %lld known already.\n",
		    (long long)im->added, (long long)im->known);
	return status;
}

int
cmd_import(struct cli *cli, int argc, char **argv)
{
	struct import	im = { .cli = cli };
	struct err	err;
	enum rc		rc;
	int		status;

	if (argc < 2)
		return cli_usage(argv[0]);
	status = cli_conf(cli);
	if (status == 0)
		status = make_state_dir(cli);
	if (status == 0)
		im.live = is_live(cli);
	if (status == 0 && !im.live)
		status = cli_store(cli, KNOWN_WRITE);
	if (status == 0 && !im.live)	/* root's new store is the desk's */
		status = make_state_dir(cli);
	if (status != 0)
		return status;
	if (cli->json)
		im.list = json_array();
	for (int i = 1; i < argc; i++) {
		rc = mbox_walk(argv[i], on_mail, &im, &err);
		if (rc == RC_REFUSED) {	/* this file; the others go on */
			status = cli_fail(rc, &err);
			continue;
		}
		if (rc == RC_OK)
			continue;
		if (im.open)
			store_rollback(cli->store);
		json_decref(im.list);
		return cli_fail(rc, &err);
	}
	rc = commit(&im, &err);
	if (rc != RC_OK) {
		json_decref(im.list);
		return cli_fail(rc, &err);
	}
	return finish(&im, status);
}
