/*
 * tocsin doctor - tries for real what the daemon depends on, and says what to
 * mend.  Changes nothing and sends nothing.
 */
#include "cli/doctor.h"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/frame.h"
#include "cli/json.h"
#include "control.h"
#include "parsers/form.h"
#include "templates/render.h"
#include "token_key.h"
#include "watch.h"

#define DAEMON_MS	10000	/* for the running one to answer */

void
doctor_says(struct doctor *d, const char *what, const char *name,
    const char *text, const char *mend)
{
	(void)json_array_append_new(d->list, json_pack(
	    "{s:b, s:s, s:o, s:o, s:o}", "ok", mend == NULL, "what", what,
	    "name", json_str(name), "text", json_str(text), "mend",
	    json_str(mend)));
	d->sick += mend != NULL;
	if (d->cli->json)
		return;
	(void)printf("%-5s %-13s %s%s%s\n", mend == NULL ? "ok" : "SICK", what,
	    name == NULL ? "" : cli_text(d->cli, name, 0),
	    name == NULL ? "" : ": ", cli_text(d->cli, text, 0));
	if (mend != NULL)
		(void)printf("      %-13s mend: %s\n", "",
		    cli_text(d->cli, mend, 0));
	(void)fflush(stdout);		/* the next one may take its time */
}

/* --- what stands in files --- */

static void
look_at_plan(struct doctor *d)
{
	const struct conf	*c = d->cli->conf;
	const char		*see = "tocsin check tells all of it";
	struct policy		*p = NULL;
	struct templates	*ts = NULL;
	struct form_set		*fs = NULL;
	struct err		 err;
	int			 before = d->sick;

	if (policy_load(c->policy_dir, c->policy, &p, &err) != RC_OK)
		doctor_says(d, "policy", c->policy, err.text, see);
	else
		doctor_says(d, "policy", c->policy, p->file, NULL);
	if (form_set_load(c->form_dir, &fs, &err) != RC_OK)
		doctor_says(d, "forms", c->form_dir, err.text, see);
	else
		doctor_says(d, "forms", c->form_dir, "can be read", NULL);
	if (templates_load(c->template_dir, &ts, &err) != RC_OK)
		doctor_says(d, "templates", c->template_dir, err.text, see);
	else
		doctor_says(d, "templates", c->template_dir, "can be read",
		    NULL);
	d->broken += d->sick - before;
	policy_free(&p);
	form_set_free(&fs);
	templates_free(&ts);
}

static void
look_at_secret(struct doctor *d, const char *key, const char *file)
{
	struct err	err;

	if (strncmp(file, "cred:", 5) == 0 &&
	    getenv("CREDENTIALS_DIRECTORY") == NULL)
		return;			/* only the service has it */
	if (secret_try(key, file, &err) != RC_OK)
		doctor_says(d, "secret", key, err.text, "put it there, in a "
		    "file of mode 0600 that belongs to the user who reads it");
}

static void
look_at_secrets_of(struct doctor *d, enum conf_section sec, const void *base)
{
	size_t			 n;
	const struct conf_key	*keys = conf_keys(&n);
	const char		*file;

	for (size_t i = 0; i < n; i++) {
		if (keys[i].sec != sec || keys[i].type != KEY_SECRET)
			continue;
		memcpy(&file, (const char *)base + keys[i].offset,
		    sizeof(file));
		if (file != NULL)
			look_at_secret(d, keys[i].name, file);
	}
}

/* What the configuration says of the end of passwords and keys. */
static void
look_at_end(struct doctor *d, const char *what, const char *name,
    int64_t end)
{
	char	text[200];

	if (watch_expiry(clock_now(), end, d->cli->conf->expiry_days, text,
	    sizeof(text)))
		doctor_says(d, "secret", arena_printf(d->cli->arena, "%s %s",
		    what, name), text, "have it renewed, and write the new "
		    "day into secret-expires");
}

static void
look_at_secrets(struct doctor *d)
{
	const struct conf	*c = d->cli->conf;
	struct conf_peer	 p;
	int			 before = d->sick;

	look_at_secrets_of(d, SEC_TOP, c);
	for (size_t i = 0; conf_peer(c, i, &p) == 0; i++) {
		look_at_end(d, p.kind, p.name, p.secret_expires);
		look_at_end(d, p.kind, p.name, p.oauth2->secret_expires);
		look_at_secrets_of(d, p.sec, p.base);
		look_at_secrets_of(d, SEC_OAUTH2, p.oauth2);
	}
	if (d->sick == before)
		doctor_says(d, "secrets", NULL, "can be read, by nobody else",
		    NULL);
}

/* --- the host --- */

static void
look_at_disk(struct doctor *d, const char *at)
{
	char		text[200];
	struct statvfs	fs;

	if (statvfs(at, &fs) == -1)
		return;
	if (watch_disk((int64_t)fs.f_bavail * (int64_t)fs.f_frsize,
	    fs.f_files == 0 ? -1 : (int64_t)fs.f_favail,
	    d->cli->conf->disk_min, text, sizeof(text)))
		doctor_says(d, "disk", at, text, "make room; tocsin backup "
		    "and an older file elsewhere help");
	else
		doctor_says(d, "disk", at, arena_printf(d->cli->arena,
		    "%lld MiB are free", (long long)((int64_t)fs.f_bavail *
		    (int64_t)fs.f_frsize / (1024 * 1024))), NULL);
}

static void
look_at_state(struct doctor *d)
{
	const char	*dir = d->cli->conf->state_dir;
	const char	*store = conf_store_file(d->cli->conf);
	struct stat	 st, apart;

	if (stat(dir, &st) == -1) {
		doctor_says(d, "state", dir, strerror(errno),
		    "make the directory, or let systemd's StateDirectory= do "
		    "it");
		return;
	}
	if (!S_ISDIR(st.st_mode) || access(dir, W_OK | X_OK) == -1)
		doctor_says(d, "state", dir, "cannot be written",
		    "give it to the desk's user: chown");
	else if ((st.st_mode & 027) != 0)
		doctor_says(d, "state", dir, "others can read or change the "
		    "records", "chmod 0700");
	else
		doctor_says(d, "state", dir, "is ours alone", NULL);
	look_at_disk(d, dir);
	if (stat(store, &apart) == 0 && apart.st_dev != st.st_dev)
		look_at_disk(d, store);
}

/* The key that proves answers: is it the one that the store knows? */
static void
look_at_token_key(struct doctor *d, struct store *s)
{
	const char	*file = d->cli->conf->token_key_file;
	struct err	 err;

	if (file != NULL && strncmp(file, "cred:", 5) == 0 &&
	    getenv("CREDENTIALS_DIRECTORY") == NULL)
		return;			/* only the service has it */
	if (token_key_look(d->cli->conf, s, &err) == RC_OK)
		doctor_says(d, "token key", NULL, "is the one that letters "
		    "were signed with", NULL);
	else
		doctor_says(d, "token key", NULL, err.text, "tocsind(8) tells "
		    "how a key is restored");
}

static void
look_at_store(struct doctor *d, int64_t now)
{
	int64_t		written = 0, oldest = 0;
	char		text[200];
	struct err	err;
	struct store	*s = NULL;
	enum rc		rc;

	rc = known_open(d->cli->conf->state_dir, d->cli->conf->store, KNOWN_READ,
	    &s, &err);
	if (rc == RC_OK)
		rc = journal_last(s, &written, &err);
	if (rc == RC_OK)
		rc = outbox_oldest(s, &oldest, &err);
	d->first = access(conf_store_file(d->cli->conf), F_OK) == -1 &&
	    errno == ENOENT;
	if (rc != RC_OK)
		doctor_says(d, "store", d->cli->conf->store, err.text,
		    rc == RC_REFUSED ? "tocsind makes it only where there never "
		    "was one" : "see tocsin verify");
	else
		doctor_says(d, "store", d->cli->conf->store, "can be read",
		    NULL);
	if (rc == RC_OK)
		look_at_token_key(d, s);
	store_close(&s);
	if (rc != RC_OK)
		return;
	if (watch_queue(now, oldest, d->cli->conf->queue_late, text,
	    sizeof(text)))
		doctor_says(d, "queue", NULL, text, "tocsin queue tells why");
	else
		doctor_says(d, "queue", NULL, "nothing waits too long", NULL);
	if (watch_clock(now, written, 0, 0, text, sizeof(text)))
		doctor_says(d, "clock", NULL, text, "set the clock: timedatectl "
		    "status, chronyc tracking");
}

/* A host that keeps no time by the network is told, not blamed: it may get
 * it from whom it runs on. */
static void
look_at_clock(struct doctor *d)
{
	struct timex	tx = { .modes = 0 };
	int		state = adjtimex(&tx);

	doctor_says(d, "clock", NULL, state == TIME_ERROR || state == -1 ?
	    "nothing here keeps it right (no NTP); see that the host does" :
	    "is kept right", NULL);
}

static void
look_at_daemon(struct doctor *d)
{
	struct frame	f;
	struct err	err;
	char		text[200];

	frame_start(&f, FRAME_COMMAND);
	frame_str(&f, "doctor");
	frame_str(&f, "poll");
	if (control_ask(d->cli->conf, &f, DAEMON_MS, text, sizeof(text),
	    &err) == RC_OK)
		doctor_says(d, "tocsind", NULL, "runs", NULL);
	else if (text[0] != '\0')
		doctor_says(d, "tocsind", NULL, text, "see what its log says "
		    "last, and start it anew if it stays so");
	else
		doctor_says(d, "tocsind", NULL, "does not run, or not for "
		    "this user", NULL);
}

static int
finish(struct doctor *d)
{
	int	status = d->broken > 0 ? EXIT_CONFIG : d->sick > 0 ?
		    EXIT_FINDINGS : EXIT_DONE;

	if (d->cli->json)
		(void)cli_json(json_pack("{s:b, s:O}", "ok", status ==
		    EXIT_DONE, "checks", d->list));
	else
		(void)printf("\n%s\n", status == EXIT_DONE ?
		    "Nothing to mend." : "There is something to mend.");
	json_decref(d->list);
	return status;
}

int
cmd_doctor(struct cli *cli, int argc, char **argv)
{
	struct doctor	d = { .cli = cli };
	struct err	err;

	if (argc != 1)
		return cli_usage(argv[0]);
	d.list = json_array();
	if (conf_load(cli->conf_file, &cli->conf, &err) != RC_OK) {
		d.broken = 1;
		doctor_says(&d, "configuration", NULL, err.text,
		    "mend that line; tocsin.conf(5) has every key");
		return finish(&d);
	}
	doctor_says(&d, "configuration", cli->conf_file, "can be read", NULL);
	look_at_plan(&d);
	look_at_secrets(&d);
	look_at_state(&d);
	look_at_clock(&d);
	look_at_store(&d, clock_now());
	look_at_daemon(&d);
	doctor_servers(&d);
	return finish(&d);
}
