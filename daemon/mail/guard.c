#include "mail/guard.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LINE_MAX_BYTES	(4u * 1024 * 1024)	/* half a million uids */
#define LINE_BYTES	300	/* of an answer without its literals */
#define OUT_MAX		(64u * 1024 * 1024)
#define DEPTH_MAX	40	/* parentheses in one line */
#define SKIP_TIMES	8	/* a literal over max * this ends it all */
#define DEFAULT_LITERAL	(64u * 1024)
#define DEFAULT_LINES	10000

/* Untagged answers we use; all others are dropped. */
static const char *const wanted[] = {
	"OK", "NO", "BAD", "BYE", "PREAUTH", "CAPABILITY", "FLAGS", "SEARCH",
	"ID", "NAMESPACE",
};
/* The same behind a number: "* 12 EXISTS". */
static const char *const wanted_number[] = {
	"EXISTS", "RECENT", "EXPUNGE", "FETCH",
};
/* A FETCH answer that names none of these is somebody else's flags. */
static const char *const wanted_fetch[] = {
	"BODY[", "RFC822", "INTERNALDATE", "UID ",
};

/* Codes in brackets that we use; libetpan does not see the others. */
static const char *const wanted_code[] = {
	"CAPABILITY", "UIDVALIDITY", "UIDNEXT", "PERMANENTFLAGS", "READ-ONLY",
	"READ-WRITE", "TRYCREATE",
};

void
guard_init(struct guard *g)
{
	memset(g, 0, sizeof(*g));
	buf_init(&g->line, LINE_MAX_BYTES);
	buf_init(&g->out, OUT_MAX);
	guard_arm(g, DEFAULT_LITERAL, DEFAULT_LINES);
}

void
guard_free(struct guard *g)
{
	buf_free(&g->line);
	buf_free(&g->out);
}

void
guard_arm(struct guard *g, size_t literal_max, size_t lines)
{
	g->literal_max = literal_max;
	g->lines = lines;
	g->bytes = lines * LINE_BYTES + 64 * 1024;
	g->skipped = 0;
}

size_t
guard_read(struct guard *g, char *to, size_t size)
{
	size_t	n = g->out.len - g->out_at;

	if (n > size)
		n = size;
	memcpy(to, g->out.data + g->out_at, n);
	g->out_at += n;
	if (g->out_at == g->out.len) {
		buf_reset(&g->out);
		g->out_at = 0;
	}
	return n;
}

static int
word_is(const char *p, const char *word)
{
	size_t	n = strlen(word);

	return strncasecmp(p, word, n) == 0 && !isalnum((unsigned char)p[n]);
}

static int
word_in(const char *p, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (word_is(p, list[i]))
			return 1;
	return 0;
}
#define WORD_IN(p, list) word_in(p, list, sizeof(list) / sizeof(list[0]))

static int
has_any(const char *p, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcasestr(p, list[i]) != NULL)
			return 1;
	return 0;
}

/* The text of a NO, BAD, BYE: kept for people, searched for hints. */
static void
remember(struct guard *g, const char *p)
{
	static const char	 hint[] = "Backoff Time:";
	const char		*at = strcasestr(p, hint);
	size_t			 n = strlen(g->said);

	if (n > 0)	/* a BYE comes after the reason for it */
		(void)snprintf(g->said + n, sizeof(g->said) - n, "; %s", p);
	else
		(void)snprintf(g->said, sizeof(g->said), "%s", p);
	g->said[strcspn(g->said, "\r\n")] = '\0';
	if (at != NULL)
		g->backoff_ms = strtoll(at + sizeof(hint) - 1, NULL, 10);
	if (!g->stores && (strcasestr(p, "OVERQUOTA") != NULL ||
	    strcasestr(p, "too many") != NULL ||
	    strcasestr(p, "exceeded") != NULL))
		g->crowded = 1;
}

/* Is this OK, NO, BAD, BYE or PREAUTH?  Then only text follows. */
static int
is_status(const char *p)
{
	return word_is(p, "OK") || word_is(p, "NO") || word_is(p, "BAD") ||
	    word_is(p, "BYE") || word_is(p, "PREAUTH");
}

/*
 * A status goes on without its words, which libetpan does not need and which
 * have killed it ("[ALERT]" and nothing behind): only the codes we read stay.
 */
static void
emit_status(struct guard *g, const char *p)
{
	const char	*word_end = p, *code, *end;

	if (!word_is(p, "OK") && !word_is(p, "PREAUTH") && !g->bye)
		remember(g, p);
	if (word_is(p, "BYE"))
		g->bye = 1;	/* the end: libetpan need not see it */
	if (g->bye)
		return;
	while (isalpha((unsigned char)*word_end))
		word_end++;
	(void)buf_add(&g->out, g->line.data, (size_t)(word_end - g->line.data));
	code = word_end + strspn(word_end, " ");
	end = strchr(code, ']');
	if (*code == '[' && end != NULL && WORD_IN(code + 1, wanted_code))
		(void)buf_addf(&g->out, " %.*s", (int)(end + 1 - code), code);
	(void)buf_puts(&g->out, " -\r\n");
}

/* How deep the parentheses of a line go, outside quoted strings. */
static int
depth_of(const char *p, size_t n)
{
	int	depth = 0, most = 0, quoted = 0;

	for (size_t i = 0; i < n; i++) {
		if (quoted && p[i] == '\\')
			i++;
		else if (p[i] == '"')
			quoted = !quoted;
		else if (!quoted && p[i] == '(' && ++depth > most)
			most = depth;
		else if (!quoted && p[i] == ')' && depth > 0)
			depth--;
	}
	return most;
}

/*
 * Does the line end in a literal's announcement?  1 and *size and *at (where
 * it begins), 0 no, -1 in one that no honest server sends.
 */
static int
literal_of(const char *p, size_t n, uint64_t *size, size_t *at)
{
	size_t	i;

	if (n == 0 || p[n - 1] != '}')
		return 0;
	for (i = n - 1; i > 0 && p[i] != '{'; i--)
		if (n - i > 24)
			return 0;
	if (p[i] != '{')
		return 0;
	*at = i > 0 && p[i - 1] == '~' ? i - 1 : i;
	*size = 0;
	for (i++; i < n - 1 && isdigit((unsigned char)p[i]); i++) {
		if (*size > UINT64_MAX / 16)
			return -1;
		*size = *size * 10 + (uint64_t)(p[i] - '0');
	}
	if (!isdigit((unsigned char)p[i - 1]))
		return -1;		/* {} or {-1} */
	return i == n - 1 || (i == n - 2 && p[i] == '+') ? 1 : -1;
}

/* A line of an answer that may hold literals: pass it, or drop it. */
static enum rc
data_line(struct guard *g, int drop, struct err *err)
{
	size_t		n = g->line.len, at = 0;
	uint64_t	size = 0;
	int		lit;

	while (n > 0 && (g->line.data[n - 1] == '\n' ||
	    g->line.data[n - 1] == '\r'))
		n--;
	if (depth_of(g->line.data, n) > DEPTH_MAX)
		return err_set(err, RC_REFUSED,
		    "imap: an answer nests deeper than %d", DEPTH_MAX);
	lit = literal_of(g->line.data, n, &size, &at);
	if (lit == -1 || (lit == 1 &&
	    size / SKIP_TIMES > (uint64_t)g->literal_max))
		return err_set(err, RC_REFUSED,
		    "imap: the server announces a literal \"%.30s\"",
		    g->line.data + at);
	g->inside = lit;
	g->skip_answer = lit && drop;
	g->skip_literal = lit && (drop || size > g->literal_max);
	g->left = lit ? size : 0;
	if (drop)
		return RC_OK;
	if (g->skip_literal) {
		(void)buf_add(&g->out, g->line.data, at);
		(void)buf_puts(&g->out, "NIL");
		g->skipped++;
	} else if (lit) {	/* "{12+}" and "~{12}" become "{12}" */
		(void)buf_add(&g->out, g->line.data, at);
		(void)buf_addf(&g->out, "{%llu}\r\n", (unsigned long long)size);
	} else {
		(void)buf_add(&g->out, g->line.data, n);
		(void)buf_puts(&g->out, "\r\n");
	}
	return RC_OK;
}

static enum rc
untagged_line(struct guard *g, struct err *err)
{
	char	*p = g->line.data + 1, *end;

	while (*p == ' ')
		p++;
	if (is_status(p)) {
		emit_status(g, p);
		return RC_OK;
	}
	if (!isdigit((unsigned char)*p))
		return data_line(g, !WORD_IN(p, wanted), err);
	if (strtoull(p, &end, 10) > UINT32_MAX)
		return data_line(g, 1, err);	/* libetpan would wrap it */
	while (*end == ' ')
		end++;
	if (word_is(end, "FETCH") && !has_any(end, wanted_fetch,
	    sizeof(wanted_fetch) / sizeof(wanted_fetch[0])))
		return data_line(g, 1, err);
	return data_line(g, !WORD_IN(end, wanted_number), err);
}

static enum rc
whole_line(struct guard *g, struct err *err)
{
	char	*p = g->line.data;
	size_t	 n = strcspn(p, "\r\n");

	if (g->line.len > g->bytes)
		return err_set(err, RC_REFUSED,
		    "imap: longer answers than there can be");
	g->bytes -= g->line.len;
	if (memchr(p, '\0', g->line.len) != NULL)
		return err_set(err, RC_REFUSED, "imap: a NUL in a line");
	if (g->inside)
		return data_line(g, g->skip_answer, err);
	if (n == 0)
		return RC_OK;
	if (g->lines == 0)
		return err_set(err, RC_REFUSED,
		    "imap: more answers than there can be");
	g->lines--;
	if (*p == '*')
		return untagged_line(g, err);
	if (*p == '+') {
		(void)buf_addf(&g->out, "+ %.*s\r\n", n > 2 ? (int)(n - 2) : 2,
		    n > 2 ? p + 2 : "ok");
		return RC_OK;
	}
	while (isalnum((unsigned char)*p))
		p++;
	if (p != g->line.data && *p == ' ' && is_status(p + 1)) {
		emit_status(g, p + 1);
		return RC_OK;
	}
	remember(g, g->line.data);
	return err_set(err, RC_REFUSED, "imap: not IMAP: \"%.100s\"", g->said);
}

static size_t
feed_literal(struct guard *g, const char *p, size_t n)
{
	if (n > g->left)
		n = (size_t)g->left;
	if (!g->skip_literal)
		(void)buf_add(&g->out, p, n);
	g->left -= n;
	return n;
}

static enum rc
feed_line(struct guard *g, const char *p, size_t n, size_t *used,
    struct err *err)
{
	const char	*nl = memchr(p, '\n', n);
	enum rc		 rc;

	*used = nl != NULL ? (size_t)(nl - p) + 1 : n;
	if (buf_add(&g->line, p, *used) == -1)
		return err_set(err, RC_REFUSED,
		    "imap: a line of more than %u bytes", LINE_MAX_BYTES);
	if (nl == NULL)
		return RC_OK;
	rc = whole_line(g, err);
	buf_reset(&g->line);
	return rc;
}

enum rc
guard_feed(struct guard *g, const char *p, size_t n, struct err *err)
{
	size_t	used;
	enum rc	rc = RC_OK;

	if (g->dead)
		return err_set(err, RC_REFUSED, "imap: session is over");
	while (n > 0 && rc == RC_OK) {
		if (g->left > 0)
			used = feed_literal(g, p, n);
		else
			rc = feed_line(g, p, n, &used, err);
		p += used;
		n -= used;
	}
	if (rc == RC_OK && g->out.over)
		rc = err_set(err, RC_REFUSED, "imap: too much at once");
	if (rc != RC_OK)
		g->dead = 1;
	return rc;
}
