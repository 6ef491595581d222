/*
 * tocsin parse - what the reader makes of mails, one JSON object a line.
 *
 * The mails go through the same confined reader as the daemon's: a child that
 * has no files and no network.  A mail that kills it is tried once more and
 * then named poison; the others are not harmed.
 */
#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/civil.h"
#include "base/path.h"
#include "cli/cli.h"
#include "cli/confined.h"
#include "parse_conf.h"
#include "parsers/report.h"

#define WINDOW		16		/* mails in the reader's hands */
#define MAIL_MAX	(48u * 1024 * 1024)
#define TRIES		2

struct job {
	const char	*file;
	struct buf	 raw;
	int		 tries;
};

struct parser {
	int64_t			 received;
	struct confined		*reader;
	struct job		 jobs[WINDOW];	/* oldest first */
	size_t			 n;
	struct arena		*arena;
	int			 findings;
};

static enum rc
hand(struct parser *p, const struct job *j, struct err *err)
{
	return confined_hand(p->reader, j->raw.data, j->raw.len, p->received,
	    err);
}

/* The object as the reader wrote it, with the file's name before it. */
static void
print_line(const char *file, const char *json, size_t len)
{
	json_t	*name = json_string(file);
	char	*text;

	if (name == NULL)		/* a file name that is not UTF-8 */
		name = json_string("?");
	text = json_dumps(name, JSON_ENCODE_ANY);
	(void)printf("{\"file\":%s,%.*s\n", text == NULL ? "null" : text,
	    (int)(len - 1), json + 1);
	free(text);
	json_decref(name);
}

/* A report of our own about a mail that could not be read. */
static void
print_own(const char *file, enum mail_kind kind, const char *guard,
    const char *why)
{
	struct problem	 pb = { .field = "guard", .text = guard, .reason = why };
	struct report	 rep;
	struct arena	*a = arena_new();
	const char	*text;

	memset(&rep, 0, sizeof(rep));
	rep.kind = kind;
	rep.received_at = rep.date = TIME_NONE;
	rep.problems = &pb;
	rep.n_problems = 1;
	text = report_text(a, &rep);
	if (text != NULL)
		print_line(file, text, strlen(text));
	arena_free(&a);
}

static void
pop(struct parser *p)
{
	buf_free(&p->jobs[0].raw);
	p->n--;
	memmove(&p->jobs[0], &p->jobs[1], p->n * sizeof(p->jobs[0]));
}

/* The reader is gone: the oldest mail is the suspect. */
static enum rc
died(struct parser *p, struct err *err)
{
	enum rc	rc;

	if (++p->jobs[0].tries >= TRIES) {
		print_own(p->jobs[0].file, KIND_POISON, "reader",
		    "the reader died of it twice");
		p->findings = 1;
		pop(p);
	}
	rc = confined_restart(p->reader, err);
	/* A reader that dies again is noticed when its report is taken. */
	for (size_t i = 0; rc == RC_OK && i < p->n; i++)
		if (hand(p, &p->jobs[i], err) != RC_OK)
			break;
	return rc;
}

/* Wait for the oldest mail's report and print it. */
static enum rc
finish_one(struct parser *p, struct err *err)
{
	struct report	 rep;
	const char	*json;
	size_t		 len;
	enum rc		 rc;

	rc = confined_take(p->reader, &json, &len, err);
	if (rc == RC_OK)
		rc = report_from_json(json, len, p->arena, &rep, err);
	arena_reset(p->arena);
	if (rc != RC_OK)
		return died(p, err);
	print_line(p->jobs[0].file, json, len);
	pop(p);
	return RC_OK;
}

static enum rc
read_input(const char *file, struct buf *b, struct err *err)
{
	char	*to;
	size_t	 n;

	if (strcmp(file, "-") != 0)
		return path_read(file, MAIL_MAX, b, err);
	do {
		to = buf_room(b, 65536);
		if (to == NULL)
			return err_set(err, RC_REFUSED,
			    "-: larger than %u bytes", MAIL_MAX);
		n = fread(to, 1, 65536, stdin);
		b->len += n;
		b->data[b->len] = '\0';
	} while (n > 0);
	return RC_OK;
}

static enum rc
add(struct parser *p, const char *file, struct err *err)
{
	struct job	*j;
	struct err	 why;
	enum rc		 rc = RC_OK;

	while (rc == RC_OK && p->n == WINDOW)	/* none, if the reader died */
		rc = finish_one(p, err);
	if (rc != RC_OK)
		return rc;
	j = &p->jobs[p->n];
	memset(j, 0, sizeof(*j));
	j->file = file;
	buf_init(&j->raw, MAIL_MAX + 131072);
	if (read_input(file, &j->raw, &why) != RC_OK) {
		while (rc == RC_OK && p->n > 0)	/* keep the order of the files */
			rc = finish_one(p, err);
		(void)fprintf(stderr, "tocsin: parse: %s\n", why.text);
		print_own(file, KIND_UNREADABLE, "file", why.text);
		p->findings = 1;
		buf_free(&j->raw);
		return rc;
	}
	p->n++;
	if (hand(p, j, err) != RC_OK)
		return died(p, err);
	return RC_OK;
}

static int
usage(void)
{
	(void)fprintf(stderr, "usage: tocsin parse [--received RFC3339] "
	    "[--policy NAME] FILE...|-\n");
	return EXIT_USAGE;
}

static int
run(struct parser *p, const struct parse_conf *pc, int argc, char **argv)
{
	struct err	err;
	enum rc		rc;

	rc = confined_start(pc, &p->reader, &err);
	for (int i = 0; rc == RC_OK && i < argc; i++)
		rc = add(p, argv[i], &err);
	while (rc == RC_OK && p->n > 0)
		rc = finish_one(p, &err);
	confined_stop(&p->reader);
	while (p->n > 0)
		pop(p);
	if (rc != RC_OK) {
		(void)fprintf(stderr, "tocsin: parse: %s\n", err.text);
		return EXIT_AGAIN;
	}
	return fflush(stdout) == 0 && !p->findings ? 0 : EXIT_FINDINGS;
}

int
cmd_parse(struct cli *cli, int argc, char **argv)
{
	static const struct option	longs[] = {
		{ "received", required_argument, NULL, 'r' },
		{ "policy", required_argument, NULL, 'p' },
		{ "json", no_argument, NULL, 'j' },	/* it always is */
		{ NULL, 0, NULL, 0 }
	};
	struct parse_conf	*pc = NULL;
	struct parser		 p;
	struct err		 err;
	const char		*policy = NULL;
	int			 c, status;

	memset(&p, 0, sizeof(p));
	p.received = TIME_NONE;
	optind = 1;
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1)
		switch (c) {
		case 'r':
			if (rfc3339_parse(optarg, &p.received) == -1) {
				(void)fprintf(stderr, "tocsin: parse: "
				    "--received: \"%s\" is no RFC 3339 time\n",
				    optarg);
				return EXIT_USAGE;
			}
			break;
		case 'p':
			policy = optarg;
			break;
		case 'j':
			break;
		default:
			return usage();
		}
	if (optind >= argc)
		return usage();
	status = cli_conf_named(cli);
	if (status != 0)
		return status;
	if (parse_conf_make(cli->conf, policy, &pc, &err) != RC_OK) {
		(void)fprintf(stderr, "tocsin: parse: %s\n", err.text);
		return EXIT_CONFIG;
	}
	p.arena = arena_new();
	status = run(&p, pc, argc - optind, argv + optind);
	arena_free(&p.arena);
	parse_conf_free(&pc);
	return status;
}
