#ifndef CLI_H
#define CLI_H

/*
 * cli - what the verbs of `tocsin` share.
 *
 * Used by: tocsin.c (main) and the files of the verbs.
 * A verb gets its own argv (argv[0] is its name), writes to stdout, says what
 * is wrong on stderr and returns an exit code; only main() exits.
 */
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/conf.h"
#include "base/err.h"
#include "incident/policy.h"
#include "store/known.h"

enum cli_exit {
	EXIT_DONE = 0,
	EXIT_FINDINGS = 1,	/* done, and something was found */
	EXIT_USAGE = 2,
	EXIT_AGAIN = 75,	/* the daemon holds the store */
	EXIT_CONFIG = 78	/* configuration, or the store it names */
};

struct cli {
	const char	*conf_file;
	int		 conf_named;	/* by -c */
	int		 json;
	const char	*lang;		/* of labels: "zh-TW" or "en" */
	struct arena	*arena;		/* for the whole run */
	struct conf	*conf;		/* after cli_conf() */
	struct store	*store;		/* after cli_store() */
	struct policy	**policies;
	size_t		 n_policies;
};

typedef int cli_verb(struct cli *, int argc, char **argv);

cli_verb cmd_backup, cmd_check, cmd_doctor, cmd_export, cmd_form, cmd_import,
    cmd_journal, cmd_list, cmd_mail, cmd_parse, cmd_plan, cmd_policy,
    cmd_queue, cmd_register, cmd_render, cmd_sample, cmd_show, cmd_snippet,
    cmd_stats, cmd_verify;

/* Print the usage of a verb to stderr; returns EXIT_USAGE. */
int	cli_usage(const char *verb);
/* Print "tocsin: text" and say which exit code an answer means. */
int	cli_fail(enum rc, const struct err *);
int	cli_complain(int exit_code, const char *, ...)
	    __attribute__((format(printf, 2, 3)));

/* Load what a verb needs: 0, or an exit code after saying why. */
int	cli_conf(struct cli *);
/* Of a verb that needs no configuration: the one that -c named, if any. */
int	cli_conf_named(struct cli *);
int	cli_store(struct cli *, enum known_how);
/* A policy by its name, NULL when it cannot be read; the active one when name
 * is NULL.  Kept for the run. */
const struct policy *cli_policy(struct cli *, const char *name);
/* The policy an incident began with, in that version if it was kept. */
const struct policy *cli_policy_of(struct cli *, const struct incident *);
int	cli_zone(struct cli *);		/* of the active policy; else UTC */
void	cli_close(struct cli *);

/*
 * An incident by its number as people type it: 0 and *in, or an exit code
 * after saying why.
 */
int	cli_incident(struct cli *, const char *number, struct incident *in);
/*
 * --json was given for what has another form: complains and returns the exit
 * code, or 0.
 */
int	cli_no_json(const struct cli *, const char *what);
/* A positive decimal number: 0, or -1. */
int	cli_number(const char *, int64_t *);

/* --- words (label.c) --- */

/* What the policy calls it; p may be NULL.  NULL for NULL. */
const char *cli_state(struct cli *, const struct policy *,
	    enum incident_state);
const char *cli_category(struct cli *, const struct policy *,
	    const char *name);
const char *cli_verdict(struct cli *, const struct policy *, const char *name);
/* incident.pending, in words. */
const char *cli_pending(struct cli *, const struct policy *, const char *);

/* --- output --- */

/* One JSON document and a line end; takes the reference. */
int	cli_json(json_t *);
/*
 * Text of strangers for a terminal: control bytes, bidirectional overrides
 * and what is no UTF-8 become \xHH and \u{HHHH}.  Lines stay when lines is
 * not 0.  NULL gives "".
 */
const char *cli_text(struct cli *, const char *, int lines);
/* "2026-11-22 09:30:05" in the zone; "" for 0. */
const char *cli_time(struct cli *, int64_t utc);
/* "3 d 4 h", "12 min", "5 s" */
const char *cli_span(struct cli *, int64_t seconds);
/* RFC 3339 in the zone, or null.  New reference. */
json_t	*cli_json_time(struct cli *, int64_t utc);

#endif
