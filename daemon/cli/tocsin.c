/*
 * tocsin - the operator's command: one file per family of verbs.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

#define CONF_DEFAULT	"/etc/tocsin/tocsin.conf"

struct verb {
	const char	*name;
	cli_verb	*run;
	const char	*args;		/* lines of usage, separated by \n */
	const char	*help;
};

static const struct verb verbs[] = {
	{ "list", cmd_list, "[--all] [--max N]",
	    "incidents by priority; closed ones too with --all" },
	{ "show", cmd_show, "NUMBER",
	    "the whole story of one incident" },
	{ "plan", cmd_plan, "[--days N] [--max N] NUMBER",
	    "what will be sent to whom and when if nobody acts" },
	{ "mail", cmd_mail, "[list] [--incident NUMBER] "
	    "[--disposition WORD] [--max N]\nshow ID\nraw ID",
	    "mails received and what became of them" },
	{ "queue", cmd_queue, "[list] [--incident NUMBER] [--state WORD] "
	    "[--all]\nshow ID\nretry|hold|withdraw ID...",
	    "what we have promised to send" },
	{ "journal", cmd_journal, "[NUMBER] [--from SEQ] [--max N]",
	    "every change, as it was written down" },
	{ "stats", cmd_stats, "[--by month|unit|level|category] [--drills]",
	    "counts and on-time rates" },
	{ "register", cmd_register, "[--month YYYY-MM] [--csv]",
	    "the incidents of a month, for the record" },
	{ "parse", cmd_parse, "[--received RFC3339] [--policy NAME] FILE...|-",
	    "read mails and print what they say; changes nothing" },
	{ "snippet", cmd_snippet, "[--ref RFC3339] [--policy NAME] FIELD",
	    "read one value from standard input" },
	{ "form", cmd_form, "list\nexplain FILE.eml\ntry NEW.form",
	    "the forms, and what they find" },
	{ "render", cmd_render, "[--role ROLE] [--lang LANG] DUTY NUMBER\n"
	    "--template FILE --data FILE.json [--partials DIR] "
	    "[--escape html|none]",
	    "what a mail of ours would say" },
	{ "export", cmd_export, "[--format json|iodef-xml|iodef-json|"
	    "annex2-text|annex2-html] [--role ROLE] [--lang LANG] NUMBER",
	    "an incident as a document for a receiver" },
	{ "check", cmd_check, "",
	    "configuration, policy, forms and templates" },
	{ "policy", cmd_policy, "diff OLD NEW",
	    "what changes between two policies, for open incidents too" },
	{ "verify", cmd_verify, "[SEQ HASH]",
	    "the journal's chain, mails, incidents, the store" },
	{ "import", cmd_import, "FILE...",
	    "take in mails: .eml, mbox, Maildir" },
	{ "backup", cmd_backup, "FILE",
	    "a copy of the store, while the daemon runs" },
	{ "doctor", cmd_doctor, "",
	    "try servers, clock, disk and files; say what to mend" },
	{ "sample", cmd_sample, "[--mdoc]",
	    "a commented tocsin.conf" },
};

#define N_VERBS	(sizeof(verbs) / sizeof(verbs[0]))

static void
usage_verb(FILE *to, const struct verb *v)
{
	const char	*s = v->args, *end;

	for (;;) {
		end = strchr(s, '\n');
		(void)fprintf(to, "%stocsin [-c FILE] [--json] %s%s%.*s\n",
		    s == v->args ? "usage: " : "       ", v->name,
		    *s == '\0' ? "" : " ",
		    end == NULL ? (int)strlen(s) : (int)(end - s), s);
		if (end == NULL)
			break;
		s = end + 1;
	}
}

static void
usage_all(FILE *to)
{
	(void)fputs("usage: tocsin [-c FILE] [--json] VERB [ARGUMENTS]\n\n",
	    to);
	for (size_t i = 0; i < N_VERBS; i++)
		(void)fprintf(to, "  %-9s %s\n", verbs[i].name,
		    verbs[i].help);
	(void)fputs("\ntocsin VERB --help tells the arguments of a verb.\n",
	    to);
}

static const struct verb *
verb_find(const char *name)
{
	for (size_t i = 0; i < N_VERBS; i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

int
cli_usage(const char *name)
{
	const struct verb	*v = verb_find(name);

	if (v != NULL)
		usage_verb(stderr, v);
	else
		usage_all(stderr);
	return EXIT_USAGE;
}

/* Labels in the language of the terminal. */
static const char *
terminal_lang(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char	*v = getenv(names[i]);

		if (v != NULL && *v != '\0')
			return strncmp(v, "zh", 2) == 0 ? "zh-TW" : "en";
	}
	return "en";
}

/* --json may stand anywhere before "--"; it is taken out of argv. */
static int
take_json(int argc, char **argv, int *json)
{
	int	n = 1, rest = 0;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--") == 0)
			rest = 1;
		if (!rest && strcmp(argv[i], "--json") == 0)
			*json = 1;
		else
			argv[n++] = argv[i];
	}
	argv[n] = NULL;
	return n;
}

/* Options before the verb: the place of the verb, or -1 - exit code. */
static int
take_options(struct cli *cli, int argc, char **argv)
{
	int	i;

	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "-c") == 0 && i + 1 < argc) {
			cli->conf_file = argv[++i];
			cli->conf_named = 1;
		} else if (strcmp(argv[i], "--version") == 0) {
			(void)printf("tocsin %s\n", VERSION);
			return -1 - EXIT_DONE;
		} else if (strcmp(argv[i], "--help") == 0 ||
		    strcmp(argv[i], "-h") == 0) {
			usage_all(stdout);
			return -1 - EXIT_DONE;
		} else {
			if (strcmp(argv[i], "-c") == 0)
				(void)cli_complain(EXIT_USAGE, "-c: found "
				    "nothing behind it, expected a file");
			else
				(void)cli_complain(EXIT_USAGE, "there is no "
				    "option \"%s\" before a verb",
				    cli_text(cli, argv[i], 0));
			usage_all(stderr);
			return -1 - EXIT_USAGE;
		}
	}
	if (i < argc)
		return i;
	usage_all(stderr);
	return -1 - EXIT_USAGE;
}

static int
run(struct cli *cli, int argc, char **argv)
{
	const struct verb	*v;
	int			 at;

	argc = take_json(argc, argv, &cli->json);
	at = take_options(cli, argc, argv);
	if (at < 0)
		return -1 - at;
	v = verb_find(argv[at]);
	if (v == NULL) {
		(void)cli_complain(EXIT_USAGE, "there is no verb \"%s\"",
		    cli_text(cli, argv[at], 0));
		return cli_usage("");
	}
	if (at + 1 < argc && strcmp(argv[at + 1], "--help") == 0) {
		usage_verb(stdout, v);
		return EXIT_DONE;
	}
	return v->run(cli, argc - at, argv + at);
}

int
main(int argc, char **argv)
{
	struct cli	cli = { .conf_file = getenv("TOCSIN_CONF") };
	int		status;

	if (cli.conf_file == NULL)
		cli.conf_file = CONF_DEFAULT;
	cli.lang = terminal_lang();
	cli.arena = arena_new();
	log_open("tocsin", LOG_L_WARN);
	status = run(&cli, argc, argv);
	cli_close(&cli);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		(void)fputs("tocsin: the answer could not be written\n",
		    stderr);
		if (status == EXIT_DONE)
			status = EXIT_FINDINGS;
	}
	exit(status);
}
