/*
 * tocsin export - an incident as a document for a receiver, as it would be
 * sent to that role.
 */
#include <getopt.h>
#include <string.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/story.h"
#include "incident/document.h"

#define EXPORT_MAX	(16u * 1024 * 1024)

struct options {
	const char	*role, *lang;
	enum document_format format;
};

static int
take_options(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{ "format", required_argument, NULL, 'f' },
		{ "role", required_argument, NULL, 'r' },
		{ "lang", required_argument, NULL, 'l' },
		{ NULL, 0, NULL, 0 }
	};
	int	c;

	optind = 0;
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1)
		if (c == 'r')
			o->role = optarg;
		else if (c == 'l')
			o->lang = optarg;
		else if (c != 'f' || document_parse(optarg, &o->format) == -1)
			return -1;
	return argc - optind == 1 ? 0 : -1;
}

static int
export(struct cli *cli, const struct options *o, const struct story *s)
{
	struct templates	*ts = NULL;
	struct situation	 sit;
	struct addressee	 to;
	struct document		 d;
	struct buf		 out;
	struct err		 err;
	enum rc			 rc;

	story_situation(s, &sit);
	story_addressee(cli, s, o->role, o->lang, &to);
	rc = templates_load(cli->conf->template_dir, &ts, &err);
	if (rc != RC_OK)
		return cli_fail(RC_BROKEN, &err);
	memset(&d, 0, sizeof(d));
	d.policy = s->policy;
	d.conf = cli->conf;
	d.s = &sit;
	d.to = &to;
	d.templates = ts;
	d.revision = s->incident.revision;
	d.key = arena_printf(cli->arena, "%s-%02d-%s", s->incident.tracking,
	    s->incident.revision, o->role);
	d.now = clock_now();
	buf_init(&out, EXPORT_MAX);
	rc = document_make(o->format, &d, &out, &err);
	if (rc == RC_OK) {
		(void)fwrite(out.data, 1, out.len, stdout);
		if (out.len == 0 || out.data[out.len - 1] != '\n')
			(void)putchar('\n');
	}
	buf_free(&out);
	templates_free(&ts);
	return rc == RC_OK ? EXIT_DONE : cli_fail(rc, &err);
}

int
cmd_export(struct cli *cli, int argc, char **argv)
{
	struct options	o = { .role = "ncert", .format = DOC_JSON };
	struct story	s;
	int		status;

	if (take_options(argc, argv, &o) == -1)
		return cli_usage("export");
	status = strcmp(document_type(o.format), "application/json") == 0 ? 0 :
	    cli_no_json(cli, document_type(o.format));
	if (status == 0)
		status = cli_store(cli, KNOWN_READ);
	if (status == 0)
		status = story_read(cli, argv[optind], &s);
	if (status != 0)
		return status;
	if (s.policy == NULL)
		return cli_complain(EXIT_CONFIG, "policy %s of %s cannot be "
		    "read; tocsin check says why", s.incident.policy,
		    s.incident.tracking);
	if (conf_role(cli->conf, o.role) == NULL)
		return cli_complain(EXIT_USAGE, "there is no role \"%s\" in "
		    "%s", cli_text(cli, o.role, 0), cli->conf->file);
	return export(cli, &o, &s);
}
