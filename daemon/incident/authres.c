#include "incident/authres.h"

#include <string.h>
#include <strings.h>

/* --- the tokens of RFC 8601: values, quoted strings, nested comments ------ */

struct cursor {
	const char	*s;
	int		 bad;
};

static void
skip_comment(struct cursor *c)
{
	int	depth = 0;

	do {
		if (*c->s == '\\' && c->s[1] != '\0')
			c->s++;
		else if (*c->s == '(')
			depth++;
		else if (*c->s == ')')
			depth--;
		else if (*c->s == '\0') {
			c->bad = 1;
			return;
		}
		c->s++;
	} while (depth > 0);
}

static void
skip_space(struct cursor *c)
{
	while (!c->bad) {
		if (*c->s == ' ' || *c->s == '\t' || *c->s == '\r' ||
		    *c->s == '\n')
			c->s++;
		else if (*c->s == '(')
			skip_comment(c);
		else
			break;
	}
}

/* A value up to one of the stops, or a quoted string; NULL when there is none. */
static char *
value(struct cursor *c, const char *stops, struct arena *a)
{
	const char	*from;
	char		*out;
	size_t		 n = 0;

	skip_space(c);
	if (*c->s != '"') {
		from = c->s;
		while (*c->s != '\0' && strchr(" \t\r\n;()\"", *c->s) == NULL &&
		    strchr(stops, *c->s) == NULL)
			c->s++;
		return c->s == from ? NULL :
		    arena_strndup(a, from, (size_t)(c->s - from));
	}
	out = arena_alloc(a, strlen(c->s) + 1);
	for (c->s++; *c->s != '"'; c->s++) {
		if (*c->s == '\\' && c->s[1] != '\0')
			c->s++;
		if (*c->s == '\0') {
			c->bad = 1;
			return NULL;
		}
		out[n++] = *c->s;
	}
	c->s++;
	return out;
}

static int
eat(struct cursor *c, char ch)
{
	skip_space(c);
	if (*c->s != ch)
		return 0;
	c->s++;
	return 1;
}

/* --- what one result says -------------------------------------------------- */

struct result {
	const char	*method, *word;
	const char	*from, *d, *mailfrom;	/* header.from .d smtp.mailfrom */
};

/* "a.b=value" of a result. */
static int
property(struct cursor *c, struct arena *a, struct result *r)
{
	char	*name = value(c, "=", a), *v;

	if (name == NULL || !eat(c, '='))
		return -1;
	if ((v = value(c, "", a)) == NULL)
		return c->bad ? -1 : 0;		/* "smtp.mailfrom=" is seen */
	if (strcasecmp(name, "header.from") == 0)
		r->from = r->from == NULL ? v : "";
	else if (strcasecmp(name, "header.d") == 0)
		r->d = r->d == NULL ? v : "";
	else if (strcasecmp(name, "smtp.mailfrom") == 0)
		r->mailfrom = r->mailfrom == NULL ? v : "";
	return 0;
}

/* "method[/version]=word [reason=..] properties"; the ';' is eaten already. */
static int
result(struct cursor *c, struct arena *a, struct result *r)
{
	*r = (struct result){ 0 };
	if ((r->method = value(c, "=/", a)) == NULL)
		return -1;
	if (eat(c, '/') && value(c, "=", a) == NULL)
		return -1;
	if (!eat(c, '=') || (r->word = value(c, "", a)) == NULL)
		return -1;
	for (;;) {
		skip_space(c);
		if (c->bad)
			return -1;
		if (*c->s == ';' || *c->s == '\0')
			return 0;
		if (property(c, a, r) != 0)
			return -1;
	}
}

static const char *
domain_of(const char *addr)
{
	const char	*at = addr != NULL ? strrchr(addr, '@') : NULL;

	return at != NULL ? at + 1 : addr;
}

static int
same(const char *a, const char *b)
{
	return a != NULL && b != NULL && *a != '\0' && strcasecmp(a, b) == 0;
}

/* d signs for its sub-domains; a name without a dot signs for nobody else. */
static int
aligned(const char *d, const char *from)
{
	size_t	n, m;

	if (same(d, from))
		return 1;
	if (d == NULL || strchr(d, '.') == NULL)
		return 0;
	n = strlen(d);
	m = strlen(from);
	return m > n + 1 && from[m - n - 1] == '.' &&
	    strcasecmp(from + m - n, d) == 0;
}

static int
trusted_server(const struct conf *conf, const char *id)
{
	for (size_t i = 0; id != NULL && i < conf->authserv_ids.n; i++)
		if (strcasecmp(conf->authserv_ids.v[i], id) == 0)
			return 1;
	return 0;
}

struct verdict {
	const char	*passed;
	int		 dmarc_failed, unaligned;
};

static void
weigh(const struct result *r, const char *from, struct verdict *v)
{
	int	pass = strcasecmp(r->word, "pass") == 0, fits = 0;

	if (strcasecmp(r->method, "dmarc") == 0) {
		fits = same(r->from, from);
		v->dmarc_failed |= strcasecmp(r->word, "fail") == 0;
	} else if (strcasecmp(r->method, "dkim") == 0) {
		fits = aligned(r->d, from);
	} else if (strcasecmp(r->method, "spf") == 0) {
		fits = same(domain_of(r->mailfrom), from);
	} else {
		return;
	}
	v->unaligned |= pass && !fits;
	if (pass && fits)
		v->passed = r->method;
}

int
authres_pass(const struct conf *conf, const struct report *r, struct arena *a,
    const char **why)
{
	struct verdict	 v = { NULL, 0, 0 };
	struct cursor	 c = { NULL, 0 };
	struct result	 one;
	const char	*from = domain_of(r->from_addr);
	char		*id, *version;

	*why = "no Authentication-Results of a trusted server";
	if (r->n_auth_results == 0 || from == NULL || *from == '\0')
		return 0;
	c.s = r->auth_results[0];
	id = value(&c, "", a);
	if (!trusted_server(conf, id))
		return 0;
	skip_space(&c);
	if (*c.s >= '0' && *c.s <= '9' &&
	    ((version = value(&c, "", a)) == NULL || strcmp(version, "1") != 0)) {
		*why = "Authentication-Results cannot be read";
		return 0;
	}
	while (eat(&c, ';')) {
		skip_space(&c);
		if (*c.s == '\0' || strncasecmp(c.s, "none", 4) == 0)
			break;
		if (result(&c, a, &one) != 0) {
			c.bad = 1;
			break;
		}
		weigh(&one, from, &v);
	}
	skip_space(&c);
	c.bad |= *c.s != '\0' && strncasecmp(c.s, "none", 4) != 0;
	if (c.bad)
		*why = "Authentication-Results cannot be read";
	else if (v.dmarc_failed)
		*why = "Authentication-Results: DMARC failed";
	else if (v.passed != NULL)
		*why = arena_printf(a, "Authentication-Results: %s passed",
		    v.passed);
	else
		*why = v.unaligned ? "Authentication-Results: passed for "
		    "another domain than From" :
		    "Authentication-Results: nothing passed";
	return !c.bad && !v.dmarc_failed && v.passed != NULL;
}
