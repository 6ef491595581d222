/*
 * tocsin render - what a mail of ours would say: a duty for an incident, or
 * any template with any data.
 */
#include <getopt.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/path.h"
#include "cli/cli.h"
#include "cli/json.h"
#include "cli/story.h"
#include "incident/view.h"
#include "templates/render.h"

#define RENDER_MAX	(16u * 1024 * 1024)

struct options {
	const char	*role, *lang;
	const char	*tmpl, *data, *partials;
	enum render_escape escape;
};

/* --- any template --- */

struct partials {
	struct cli	*cli;
	const char	*dir;
};

/* A name of letters, digits and -_./ that stays below the directory. */
static int
partial_name_ok(const char *s)
{
	return *s != '/' && *s != '\0' && strstr(s, "..") == NULL &&
	    strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789-_./") == strlen(s);
}

static const char *
partial(void *arg, const char *name)
{
	static const char *const ends[] = { ".mustache", "" };
	struct partials	*p = arg;
	struct buf	 b;
	struct err	 err;
	const char	*text = NULL;

	if (p->dir == NULL || !partial_name_ok(name))
		return NULL;
	buf_init(&b, RENDER_MAX + 65536);
	for (size_t i = 0; text == NULL && i < 2; i++) {
		buf_reset(&b);
		if (path_read(arena_printf(p->cli->arena, "%s/%s%s", p->dir,
		    name, ends[i]), RENDER_MAX, &b, &err) == RC_OK)
			text = arena_strdup(p->cli->arena, b.data);
	}
	buf_free(&b);
	return text;
}

/* Exactly what came out, without a line end of ours. */
static int
render_any(struct cli *cli, const struct options *o)
{
	struct partials	 p = { .cli = cli, .dir = o->partials };
	struct buf	 tmpl, out;
	struct err	 err;
	json_error_t	 why;
	json_t		*data;
	enum rc		 rc;

	data = json_load_file(o->data, JSON_DECODE_ANY, &why);
	if (data == NULL)
		return cli_complain(EXIT_FINDINGS, "%s:%d: found %s, expected "
		    "JSON", o->data, why.line, why.text);
	buf_init(&tmpl, RENDER_MAX + 65536);
	buf_init(&out, RENDER_MAX);
	rc = path_read(o->tmpl, RENDER_MAX, &tmpl, &err);
	if (rc == RC_OK)
		rc = render(o->tmpl, tmpl.data, data, o->escape, partial, &p,
		    &out, &err);
	if (rc == RC_OK && out.over)
		rc = err_set(&err, RC_REFUSED, "%s: found more than %u bytes "
		    "of output, expected less", o->tmpl, RENDER_MAX);
	if (rc == RC_OK)
		(void)fwrite(out.data, 1, out.len, stdout);
	buf_free(&tmpl);
	buf_free(&out);
	json_decref(data);
	return rc == RC_OK ? EXIT_DONE : cli_fail(RC_REFUSED, &err);
}

/* --- a duty --- */

static int
print_mail(struct cli *cli, const struct addressee *to, const char *subject,
    const char *body)
{
	if (cli->json)
		return cli_json(json_pack("{s:o, s:o, s:o, s:o}", "to",
		    json_str(to->addr), "lang", json_str(to->lang), "subject",
		    json_str(subject), "body", json_str(body)));
	(void)printf("To: %s\nSubject: %s\n\n%s", cli_text(cli, to->addr, 0),
	    cli_text(cli, subject, 0), cli_text(cli, body, 1));
	if (*body == '\0' || body[strlen(body) - 1] != '\n')
		(void)putchar('\n');
	return EXIT_DONE;
}

static int
render_duty(struct cli *cli, const struct options *o, const char *duty,
    const char *number)
{
	struct templates *ts = NULL;
	struct situation  sit;
	struct addressee  to;
	struct story	  s;
	struct err	  err;
	const char	 *subject, *body;
	json_t		 *view;
	enum rc		  rc;
	int		  status = cli_store(cli, KNOWN_READ);

	if (status == 0)
		status = story_read(cli, number, &s);
	if (status != 0)
		return status;
	if (s.policy == NULL)
		return cli_complain(EXIT_CONFIG, "policy %s of %s cannot be "
		    "read; tocsin check says why", s.incident.policy,
		    s.incident.tracking);
	if (conf_role(cli->conf, o->role) == NULL &&
	    strcmp(o->role, "reporter") != 0)
		return cli_complain(EXIT_USAGE, "there is no role \"%s\" in "
		    "%s", cli_text(cli, o->role, 0), cli->conf->file);
	story_situation(&s, &sit);
	story_addressee(cli, &s, o->role, o->lang, &to);
	rc = templates_load(cli->conf->template_dir, &ts, &err);
	if (rc != RC_OK)
		return cli_fail(RC_BROKEN, &err);
	view = view_make(s.policy, cli->conf, &sit, &to, NULL, clock_now());
	rc = templates_mail(ts, duty, to.lang, view, cli->arena, &subject,
	    &body, &err);
	json_decref(view);
	templates_free(&ts);
	return rc == RC_OK ? print_mail(cli, &to, subject, body) :
	    cli_fail(rc, &err);
}

static int
escape_parse(const char *s, enum render_escape *e)
{
	if (strcmp(s, "html") == 0)
		*e = RENDER_HTML;
	else if (strcmp(s, "none") == 0)
		*e = RENDER_NONE;
	else
		return -1;
	return 0;
}

static int
take_options(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{ "role", required_argument, NULL, 'r' },
		{ "lang", required_argument, NULL, 'l' },
		{ "template", required_argument, NULL, 't' },
		{ "data", required_argument, NULL, 'd' },
		{ "partials", required_argument, NULL, 'p' },
		{ "escape", required_argument, NULL, 'e' },
		{ NULL, 0, NULL, 0 }
	};
	int	c;

	optind = 0;
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1)
		switch (c) {
		case 'r':
			o->role = optarg;
			break;
		case 'l':
			o->lang = optarg;
			if (strcmp(optarg, "zh-TW") != 0 &&
			    strcmp(optarg, "en") != 0 &&
			    strcmp(optarg, "zh-TW+en") != 0)
				return -1;
			break;
		case 't':
			o->tmpl = optarg;
			break;
		case 'd':
			o->data = optarg;
			break;
		case 'p':
			o->partials = optarg;
			break;
		case 'e':
			if (escape_parse(optarg, &o->escape) == 0)
				break;
			/* FALLTHROUGH */
		default:
			return -1;
		}
	return 0;
}

int
cmd_render(struct cli *cli, int argc, char **argv)
{
	struct options	o = { .role = "reporter", .escape = RENDER_NONE };

	if (take_options(argc, argv, &o) == -1)
		return cli_usage("render");
	if (o.tmpl != NULL && o.data != NULL && optind == argc)
		return render_any(cli, &o);
	if (o.tmpl != NULL || o.data != NULL || argc - optind != 2)
		return cli_usage("render");
	return render_duty(cli, &o, argv[optind], argv[optind + 1]);
}
