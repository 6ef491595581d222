#include "cli/cli.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <unistr.h>

#include "base/buf.h"
#include "base/civil.h"
#include "base/log.h"
#include "incident/tracking.h"

/* One character of a stranger's, made harmless; returns its bytes. */
static int
escape_one(struct buf *b, const char *s, int lines)
{
	ucs4_t	c;
	int	n = u8_strmbtouc(&c, (const uint8_t *)s);

	if (n <= 0) {
		(void)buf_addf(b, "\\x%02x", (unsigned char)*s);
		return 1;
	}
	if (lines && c == '\r' && s[1] == '\n')
		return 1;
	if (lines && c == '\n')
		(void)buf_putc(b, '\n');
	else if (lines && c == '\t')
		(void)buf_puts(b, "    ");
	else if (!lines && (c == '\n' || c == '\t' || c == '\r'))
		(void)buf_putc(b, ' ');
	else if (c < 0x20 || (c >= 0x7f && c < 0xa0))
		(void)buf_addf(b, "\\x%02x", (unsigned)c);
	else if (log_is_trick(c))
		(void)buf_addf(b, "\\u{%04x}", (unsigned)c);
	else
		(void)buf_add(b, s, (size_t)n);
	return n;
}

static void
escape(struct buf *b, const char *s, int lines)
{
	while (*s != '\0')
		s += escape_one(b, s, lines);
}

int
cli_fail(enum rc rc, const struct err *err)
{
	struct buf	b;

	buf_init(&b, 16 * sizeof(err->text));
	escape(&b, err->text, 0);	/* it may quote a stranger */
	(void)fprintf(stderr, "tocsin: %s\n", b.data);
	buf_free(&b);
	switch (rc) {
	case RC_OK:
		return EXIT_DONE;
	case RC_AGAIN:
		return EXIT_AGAIN;
	case RC_REFUSED:
		return EXIT_FINDINGS;
	case RC_BROKEN:
		break;
	}
	return EXIT_CONFIG;
}

int
cli_complain(int exit_code, const char *fmt, ...)
{
	va_list	ap;

	(void)fputs("tocsin: ", stderr);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
	return exit_code;
}

int
cli_conf(struct cli *cli)
{
	struct err	err;

	if (cli->conf != NULL)
		return 0;
	if (conf_load(cli->conf_file, &cli->conf, &err) == RC_OK)
		return 0;
	(void)cli_fail(RC_BROKEN, &err);
	return EXIT_CONFIG;
}

int
cli_conf_named(struct cli *cli)
{
	return cli->conf_named ? cli_conf(cli) : 0;
}

int
cli_store(struct cli *cli, enum known_how how)
{
	struct err	err;
	enum rc		rc;
	int		status = cli_conf(cli);

	if (status != 0 || cli->store != NULL)
		return status;
	rc = known_open(cli->conf->state_dir, cli->conf->store, how,
	    &cli->store, &err);
	if (rc == RC_OK)
		return 0;
	if (rc == RC_AGAIN && how == KNOWN_WRITE)
		return cli_complain(EXIT_AGAIN, "the store is in use: tocsind "
		    "runs; stop it first, then try again (%s)", err.text);
	(void)cli_fail(rc, &err);
	return rc == RC_AGAIN ? EXIT_AGAIN : EXIT_CONFIG;
}

int
cli_no_json(const struct cli *cli, const char *what)
{
	return !cli->json ? 0 : cli_complain(EXIT_USAGE, "%s is no JSON: "
	    "leave --json away", what);
}

const struct policy *
cli_policy(struct cli *cli, const char *name)
{
	struct policy	*p = NULL;
	struct err	 err;

	if (name == NULL)
		name = cli->conf->policy;
	for (size_t i = 0; i < cli->n_policies; i++)
		if (strcmp(cli->policies[i]->id, name) == 0)
			return cli->policies[i];
	if (policy_load(cli->conf->policy_dir, name, &p, &err) != RC_OK)
		return NULL;
	policies_add(&cli->policies, &cli->n_policies, p);
	return p;
}

static struct policy *
policy_kept(struct cli *cli, const struct incident *in)
{
	const char	*name = policy_fact(cli->arena, in->policy,
			    in->policy_version, in->policy_text);
	const char	*text = NULL;
	struct policy	*p = NULL;
	struct err	 err;

	if (cli->store == NULL || fact_get(cli->store, name, cli->arena,
	    &text, &err) != RC_OK || text == NULL)
		return NULL;
	return policy_load_text(name, text, cli_policy(cli, NULL), &p,
	    &err) == RC_OK ? p : NULL;
}

const struct policy *
cli_policy_of(struct cli *cli, const struct incident *in)
{
	const struct policy	*p = cli_policy(cli, in->policy);
	struct policy		*old;

	if (p != NULL && policy_is_of(p, in))
		return p;
	for (size_t i = 0; i < cli->n_policies; i++)
		if (policy_is_of(cli->policies[i], in))
			return cli->policies[i];
	if ((old = policy_kept(cli, in)) == NULL)
		return p;
	policies_add(&cli->policies, &cli->n_policies, old);
	return old;
}

int
cli_zone(struct cli *cli)
{
	const struct policy	*p = cli_policy(cli, NULL);

	return p == NULL ? 0 : p->zone;
}

void
cli_close(struct cli *cli)
{
	policies_free(&cli->policies, &cli->n_policies);
	if (cli->store != NULL)
		store_close(&cli->store);
	conf_free(&cli->conf);
	arena_free(&cli->arena);
}

int
cli_incident(struct cli *cli, const char *number, struct incident *in)
{
	char		series[TRACKING_SERIES + 1];
	struct err	err;
	enum rc		rc;
	int		day, n;

	if (tracking_parse(number, series, &day, &n) == -1)
		return cli_complain(EXIT_USAGE, "\"%s\" is no number of an "
		    "incident such as CSI-20261122-0001",
		    cli_text(cli, number, 0));
	rc = incident_find(cli->store, tracking_make(cli->arena, series, day,
	    n), cli->arena, in, &err);
	if (rc == RC_REFUSED)
		return cli_complain(EXIT_FINDINGS, "there is no incident %s",
		    cli_text(cli, number, 0));
	return rc == RC_OK ? 0 : cli_fail(rc, &err);
}

int
cli_number(const char *s, int64_t *out)
{
	char	*end;

	if (!isdigit((unsigned char)*s))
		return -1;
	errno = 0;
	*out = strtoll(s, &end, 10);
	return errno == 0 && *end == '\0' && *out > 0 ? 0 : -1;
}

int
cli_json(json_t *j)
{
	/* On a terminal nothing but ASCII: no control or override at all. */
	size_t	flags = JSON_COMPACT | JSON_ENCODE_ANY |
		    (isatty(STDOUT_FILENO) ? JSON_ENSURE_ASCII : 0);
	int	bad = json_dumpf(j, stdout, flags);

	json_decref(j);
	if (bad == -1)
		return cli_complain(EXIT_FINDINGS, "the answer cannot be "
		    "written as JSON");
	(void)putchar('\n');
	return 0;
}

const char *
cli_text(struct cli *cli, const char *s, int lines)
{
	struct buf	 b;
	const char	*out;

	if (s == NULL)
		return "";
	buf_init(&b, SIZE_MAX / 2);
	escape(&b, s, lines);
	out = arena_strdup(cli->arena, b.data);
	buf_free(&b);
	return out;
}

const char *
cli_time(struct cli *cli, int64_t utc)
{
	char	text[RFC3339_SIZE];

	if (utc == 0)
		return "";
	(void)rfc3339(text, utc, cli_zone(cli));
	text[10] = ' ';
	text[19] = '\0';
	return arena_strdup(cli->arena, text);
}

const char *
cli_span(struct cli *cli, int64_t s)
{
	long long	v = (long long)(s < 0 ? -s : s);

	if (v >= 86400)
		return arena_printf(cli->arena, "%lld d %lld h", v / 86400,
		    v % 86400 / 3600);
	if (v >= 3600)
		return arena_printf(cli->arena, "%lld h %lld min", v / 3600,
		    v % 3600 / 60);
	if (v >= 60)
		return arena_printf(cli->arena, "%lld min", v / 60);
	return arena_printf(cli->arena, "%lld s", v);
}

json_t *
cli_json_time(struct cli *cli, int64_t utc)
{
	char	text[RFC3339_SIZE];

	return utc == 0 ? json_null() :
	    json_string(rfc3339(text, utc, cli_zone(cli)));
}
