/*
 * tocsind - the bell that is rung until the danger is over.
 *
 * main() of all four processes: without --role it is the desk, which starts
 * the others as `tocsind --role ROLE` with descriptor 3 as its channel.
 */
#include "config.h"

#include <sys/signalfd.h>

#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/civil.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/fault.h"
#include "base/kept.h"
#include "base/log.h"
#include "confine.h"
#include "courier.h"
#include "desk.h"
#include "intake.h"
#include "notify.h"
#include "owner.h"
#include "parse_conf.h"
#include "reader.h"

#define EXIT_USAGE	2
#define EXIT_BROKEN	74
#define EXIT_AGAIN	75
#define EXIT_CONFIG	78

struct options {
	const char	*conf_file;
	const char	*role;
	const char	*at;
	const char	*arg;
	int		 kept;		/* a child's: where its files are */
	int		 once;
	unsigned	 begin;		/* what to make anew */
};

static void __attribute__((noreturn))
usage(int status)
{
	(void)fputs("usage: tocsind [-c FILE] [--foreground] [--new-store] "
	    "[--new-key]\n"
	    "               [--once [--at RFC3339]]\n"
	    "       tocsind --version | --help\n",
	    status == 0 ? stdout : stderr);
	exit(status);
}

/* --at: it is then, and stays then. */
static void
stop_clock(const struct options *o)
{
	int64_t	at;

	if (o->at == NULL)
		return;
	if (!o->once && o->role == NULL) {
		(void)fputs("tocsind: --at: found without --once, expected "
		    "both\n", stderr);
		usage(EXIT_USAGE);
	}
	if (rfc3339_parse(o->at, &at) == -1) {
		(void)fprintf(stderr, "tocsind: --at: \"%s\" is no RFC 3339 "
		    "time such as 2026-11-22T09:30:00+08:00\n", o->at);
		exit(EXIT_USAGE);
	}
	clock_set(at);
}

static void
parse_options(int argc, char **argv, struct options *o)
{
	static const struct option	longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "foreground", no_argument, NULL, 'f' },
		{ "new-store", no_argument, NULL, 'n' },
		{ "new-key", no_argument, NULL, 'k' },
		{ "once", no_argument, NULL, 'o' },
		{ "at", required_argument, NULL, 'a' },
		{ "role", required_argument, NULL, 'r' },
		{ "kept", required_argument, NULL, 'K' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	int	c;

	memset(o, 0, sizeof(*o));
	o->conf_file = getenv("TOCSIN_CONF");
	if (o->conf_file == NULL)
		o->conf_file = "/etc/tocsin/tocsin.conf";
	while ((c = getopt_long(argc, argv, "c:f", longs, NULL)) != -1)
		switch (c) {
		case 'c':
			o->conf_file = optarg;
			break;
		case 'f':
			break;		/* it always stays there */
		case 'n':
			o->begin |= DESK_NEW_STORE;
			break;
		case 'k':
			o->begin |= DESK_NEW_KEY;
			break;
		case 'o':
			o->once = 1;
			break;
		case 'a':
			o->at = optarg;
			break;
		case 'r':
			o->role = optarg;
			break;
		case 'K':
			o->kept = (int)strtol(optarg, NULL, 10);
			break;
		case 'V':
			(void)printf("tocsind %s\n", VERSION);
			exit(0);
		case 'h':
			usage(0);
		default:
			usage(EXIT_USAGE);
		}
	if (o->role != NULL && optind < argc)
		o->arg = argv[optind++];
	if (optind < argc) {
		(void)fprintf(stderr, "tocsind: found \"%s\", expected only "
		    "options\n", argv[optind]);
		usage(EXIT_USAGE);
	}
	stop_clock(o);
}

static struct conf *
load_conf(const struct options *o)
{
	struct conf	*c = NULL;
	struct err	 err;

	if (conf_load(o->conf_file, &c, &err) != RC_OK) {
		(void)fprintf(stderr, "tocsind: %s\n", err.text);
		exit(EXIT_CONFIG);
	}
	return c;
}

static void
enter(enum confine_role role, const char *name, const struct conf *c)
{
	struct err	err;
	char		said[256] = "";

	kept_close();			/* all that it shall read is read */
	if (confine_enter(role, c, said, sizeof(said), &err) != RC_OK) {
		log_err(NULL, "%s: %s", name, err.text);
		exit(EXIT_CONFIG);
	}
	if (*said != '\0')
		log_info(NULL, "confine: role=%s %s", name, said);
}

static void
say_ready(struct channel *ch, const char *name)
{
	struct frame	f;
	struct err	err;

	frame_start(&f, FRAME_READY);
	frame_str(&f, name);
	if (channel_send(ch, &f, &err) != RC_OK)
		exit(EXIT_AGAIN);
}

static int
run_reader(struct channel *ch, const struct conf *c)
{
	struct parse_conf	*pc = NULL;
	struct err		 err;
	char			 said[256] = "";
	int			 status;

	if (parse_conf_make(c, c->policy, &pc, &err) != RC_OK) {
		log_err(NULL, "reader: %s", err.text);
		return EXIT_CONFIG;
	}
	if (confine_user(CONFINE_READER, c, said, sizeof(said), &err) !=
	    RC_OK) {
		log_err(NULL, "reader: %s", err.text);
		return EXIT_CONFIG;
	}
	enter(CONFINE_READER, "reader", c);
	say_ready(ch, "reader");
	status = reader_main(ch, pc, c->reader_seconds);
	parse_conf_free(&pc);
	return status;
}

static int
run_intake(struct channel *ch, const struct conf *c, const char *mailbox)
{
	for (size_t i = 0; i < c->n_mailboxes; i++)
		if (strcmp(c->mailboxes[i].name, mailbox) == 0) {
			enter(CONFINE_INTAKE, "intake", c);
			return intake_main(ch, c, &c->mailboxes[i]);
		}
	log_err(NULL, "intake: no mailbox %s in %s", mailbox, c->file);
	return EXIT_CONFIG;
}

static int
run_role(const struct options *o, struct conf *c)
{
	struct channel	ch;
	int		rc = EXIT_USAGE;

	channel_init(&ch, CHILD_FD);
	(void)fcntl(CHILD_FD, F_SETFD, FD_CLOEXEC);
	if (strcmp(o->role, "reader") == 0) {
		rc = run_reader(&ch, c);
	} else if (strcmp(o->role, "intake") == 0 && o->arg != NULL) {
		rc = run_intake(&ch, c, o->arg);
	} else if (strcmp(o->role, "courier") == 0) {
		enter(CONFINE_COURIER, "courier", c);
		say_ready(&ch, "courier");
		rc = courier_main(&ch, c);
	}
	channel_close(&ch);
	return rc;
}

static int
signals(void)
{
	sigset_t	set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	(void)sigaddset(&set, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* A supervisor starts us again, but for a configuration at fault. */
static int
status_of(enum rc rc)
{
	return rc == RC_AGAIN ? EXIT_AGAIN : rc == RC_BROKEN ? EXIT_BROKEN :
	    EXIT_CONFIG;
}

/*
 * One life of the desk; SIGHUP begins another with the rules that were proved
 * then: *next has them, or nothing.
 */
static int
run_desk(const struct options *o, unsigned how, struct rules *r,
    int signal_fd, struct rules *next)
{
	struct spawn	 sp = {
		.exe = "tocsind", .conf_file = o->conf_file, .at = o->at,
		.conf = r->conf, .kept = r->kept
	};
	struct desk	*d = NULL;
	struct err	 err;
	enum rc		 rc;
	int		 status;

	memset(next, 0, sizeof(*next));
	rc = desk_new(r, &sp, how, &d, &err);
	if (rc != RC_OK) {
		log_err(NULL, "desk: %s", err.text);
		return status_of(rc);
	}
	notify_send("READY=1");
	log_info(NULL, "desk: started version=%s policy=%s/%d mailboxes=%zu",
	    VERSION, d->policy->id, d->policy->version, r->conf->n_mailboxes);
	status = desk_run(d, signal_fd);
	if (d->reload && status == 0) {
		*next = d->next;
		memset(&d->next, 0, sizeof(d->next));
	}
	desk_free(&d);
	return status;
}

static void
say_kept(void *file, const char *key, int line)
{
	log_warn(NULL, "desk: SIGHUP: %s:%d: %s takes effect after a restart",
	    (const char *)file, line, key);
}

static void
say_missed(void *file, const char *key, int line)
{
	log_warn(NULL, "desk: SIGHUP: %s:%d: %s can be written to only after "
	    "a restart", (const char *)file, line, key);
}

static int
live(const struct options *o, struct rules *r, int fd)
{
	const unsigned	once = o->once ? DESK_ONCE : 0;
	unsigned	how = once | o->begin;
	struct rules	next;
	int		status;

	for (;;) {
		status = run_desk(o, how, r, fd, &next);
		if (next.conf == NULL)
			return status;
		conf_keep_started(next.conf, r->conf, say_kept,
		    (void *)(uintptr_t)o->conf_file);
		confine_misses(next.conf, say_missed,
		    (void *)(uintptr_t)o->conf_file);
		rules_free(r);
		*r = next;
		how = once;		/* what was begun anew is there */
	}
}

/* As the user of the desk, with only what it needs and with its rules. */
static enum rc
settle_down(const struct conf *c, struct rules *r, struct err *err)
{
	char	said[256] = "";

	if (confine_user(CONFINE_DESK, c, said, sizeof(said), err) != RC_OK)
		return RC_REFUSED;
	if (*said != '\0')
		log_info(NULL, "confine: role=desk %s", said);
	enter(CONFINE_DESK, "desk", c);
	return rules_fill(r, err) == RC_OK ? RC_OK : RC_REFUSED;
}

static int
desk_main(const struct options *o, struct conf *c, int fd)
{
	struct rules	r = { .conf = c };
	struct err	err;
	enum rc		rc = owner_state_dir(c, &err);
	int		status = status_of(rc);

	if (rc == RC_OK && (rc = settle_down(c, &r, &err)) == RC_OK)
		status = live(o, &r, fd);
	if (rc != RC_OK)
		log_err(NULL, "desk: %s", err.text);
	rules_free(&r);
	(void)close(fd);
	return status;
}

int
main(int argc, char **argv)
{
	struct options	 o;
	struct conf	*c;
	int		 status, signal_fd = -1;

	parse_options(argc, argv, &o);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);	/* a write that fails, and says so */
	/* a log rotator's or a neighbour's: no reason to fall silent */
	(void)signal(SIGUSR1, SIG_IGN);
	(void)signal(SIGUSR2, SIG_IGN);
	/* Before all that takes time: who is hung up on while it starts dies of
	 * it, and a supervisor takes that for a wish. */
	if (o.role == NULL)
		signal_fd = signals();
	fault_init();
	if (o.role == NULL)
		kept_note();
	else if (o.kept > 0 && kept_open(o.kept) == -1)
		exit(EXIT_AGAIN);
	c = load_conf(&o);
	log_open(o.role == NULL ? "tocsind" : o.role, c->log);
	if (o.role == NULL)
		return desk_main(&o, c, signal_fd);	/* frees c */
	status = run_role(&o, c);
	conf_free(&c);
	/* No leak checker of a sanitizer works behind the reader's walls. */
	if (strcmp(o.role, "reader") == 0)
		_exit(status);
	return status;
}
