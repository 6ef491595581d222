/*
 * tocsin snippet FIELD - read one value from standard input, print its JSON.
 *
 * What it reads is the operator's own, so this is not the confined reader.
 */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "base/buf.h"
#include "base/civil.h"
#include "cli/cli.h"
#include "parse_conf.h"
#include "parsers/snippet.h"

#define SNIPPET_MAX	(4u * 1024 * 1024)

static int
read_stdin(struct buf *b)
{
	char	*to;
	size_t	 n;

	for (;;) {
		to = buf_room(b, 65536);
		if (to == NULL)
			return cli_complain(EXIT_FINDINGS, "found more than "
			    "%u bytes, expected less", SNIPPET_MAX);
		n = fread(to, 1, 65536, stdin);
		b->len += n;
		b->data[b->len] = '\0';
		if (ferror(stdin))
			return cli_complain(EXIT_FINDINGS, "standard input: "
			    "%s", strerror(errno));
		if (n == 0)
			return 0;
	}
}

static int
unknown_field(struct cli *cli, const char *field)
{
	(void)fprintf(stderr, "tocsin: found field \"%s\", expected one of",
	    cli_text(cli, field, 0));
	for (size_t i = 0; snippet_field(i) != NULL; i++)
		(void)fprintf(stderr, " %s", snippet_field(i));
	(void)fputc('\n', stderr);
	return EXIT_USAGE;
}

static int
snippet(struct cli *cli, const char *field, const char *policy, int64_t ref)
{
	struct parse_conf	*pc;
	struct err		 err;
	struct buf		 b;
	json_t			*j;
	int			 status = cli_conf_named(cli);

	if (status != 0)
		return status;
	if (parse_conf_make(cli->conf, policy, &pc, &err) != RC_OK)
		return cli_fail(RC_BROKEN, &err);
	buf_init(&b, SNIPPET_MAX + 65536);
	status = read_stdin(&b);
	if (status == 0) {
		j = snippet_read(pc, field, b.data, b.len, ref, cli->arena,
		    &err);
		status = j != NULL ? cli_json(j) : cli_fail(RC_REFUSED, &err);
	}
	buf_free(&b);
	parse_conf_free(&pc);
	return status;
}

int
cmd_snippet(struct cli *cli, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "ref", required_argument, NULL, 'r' },
		{ "policy", required_argument, NULL, 'p' },
		{ NULL, 0, NULL, 0 }
	};
	const char	*policy = NULL;
	int64_t		 ref = TIME_NONE;
	int		 c;

	optind = 0;			/* FIELD may come before --ref */
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1)
		switch (c) {
		case 'r':
			if (rfc3339_parse(optarg, &ref) == -1)
				return cli_complain(EXIT_USAGE, "--ref: found "
				    "\"%s\", expected an RFC 3339 time such as "
				    "2007-05-31T09:30:00+08:00",
				    cli_text(cli, optarg, 0));
			break;
		case 'p':
			policy = optarg;
			break;
		default:
			return cli_usage(argv[0]);
		}
	if (argc - optind != 1)
		return cli_usage(argv[0]);
	for (size_t i = 0; snippet_field(i) != NULL; i++)
		if (strcmp(snippet_field(i), argv[optind]) == 0)
			return snippet(cli, argv[optind], policy, ref);
	return unknown_field(cli, argv[optind]);
}
