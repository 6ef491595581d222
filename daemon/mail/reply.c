#include "mail/reply.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* The next line without its end, in line; the rest stays in in. */
static enum rc
read_line(struct stream *st, struct reply_in *in, char line[REPLY_LINE],
    struct err *err)
{
	char	*nl;
	size_t	 n;
	long	 got;

	while ((nl = memchr(in->data, '\n', in->len)) == NULL) {
		if (in->len == sizeof(in->data))
			return err_set(err, RC_REFUSED,
			    "a reply line of more than %zu bytes",
			    sizeof(in->data));
		got = stream_read(st, in->data + in->len,
		    sizeof(in->data) - in->len, err);
		if (got <= 0)
			return RC_AGAIN;
		in->len += (size_t)got;
	}
	n = (size_t)(nl - in->data);
	memcpy(line, in->data, n);
	in->len -= n + 1;
	memmove(in->data, nl + 1, in->len);
	if (n > 0 && line[n - 1] == '\r')
		n--;
	line[n] = '\0';
	if (strlen(line) != n)
		return err_set(err, RC_REFUSED, "a reply with a NUL byte");
	return RC_OK;
}

/* "250-words", "250 words" or "250"; -1 when it is none of them. */
static int
line_code(const char *line, int *last, const char **words)
{
	if (line[0] < '2' || line[0] > '5' || line[1] < '0' || line[1] > '9' ||
	    line[2] < '0' || line[2] > '9')
		return -1;
	if (line[3] != '\0' && line[3] != ' ' && line[3] != '-')
		return -1;
	*last = line[3] != '-';
	*words = line[3] == '\0' ? line + 3 : line + 4;
	return (line[0] - '0') * 100 + (line[1] - '0') * 10 + line[2] - '0';
}

static size_t
digits(const char *s, size_t most)
{
	size_t	n = strspn(s, "0123456789");

	return n <= most ? n : 0;
}

/* Length of an enhanced code of the same class at the start, or 0. */
static size_t
status_len(const char *s, int code)
{
	size_t	a, b;

	if (s[0] != '0' + code / 100 || s[1] != '.' ||
	    (a = digits(s + 2, 3)) == 0 || s[2 + a] != '.' ||
	    (b = digits(s + 3 + a, 3)) == 0)
		return 0;
	if (s[3 + a + b] != ' ' && s[3 + a + b] != '\0')
		return 0;
	return 3 + a + b;
}

/* Add one line's words; an enhanced code said again is left out. */
static void
collect(struct reply *r, const char *words, int first)
{
	size_t	n = status_len(words, r->code), at = strlen(r->text);

	if (first && n > 0)
		(void)snprintf(r->status, sizeof(r->status), "%.*s", (int)n,
		    words);
	else if (n > 0 && strncmp(words, r->status, n) == 0)
		words += words[n] == ' ' ? n + 1 : n;
	if (at > 0 && at + 1 < sizeof(r->text))
		r->text[at++] = ' ';
	n = strlen(words);
	if (n > sizeof(r->text) - 1 - at)
		n = sizeof(r->text) - 1 - at;
	memcpy(r->text + at, words, n);
	r->text[at + n] = '\0';
}

enum rc
reply_read(struct stream *st, struct reply_in *in, struct reply *r,
    struct err *err)
{
	char		 line[REPLY_LINE];
	const char	*words;
	enum rc		 rc;
	int		 code, last = 0;

	memset(r, 0, sizeof(*r));
	for (int n = 0; !last; n++) {
		if (n == REPLY_LINES)
			return err_set(err, RC_REFUSED,
			    "a reply of more than %d lines", REPLY_LINES);
		rc = read_line(st, in, line, err);
		if (rc != RC_OK)
			return rc;
		code = line_code(line, &last, &words);
		if (code == -1)
			return err_set(err, RC_REFUSED,
			    "not an SMTP reply: %.80s", line);
		if (n > 0 && code != r->code)
			return err_set(err, RC_REFUSED,
			    "a reply with two codes, %d and %d", r->code, code);
		r->code = code;
		collect(r, words, n == 0);
	}
	return RC_OK;
}

/* Part of a host's or a mailbox's name, as relay2.example.tw? */
static int
in_name(const char *text, const char *at)
{
	if (at > text && (isalnum((unsigned char)at[-1]) ||
	    strchr(".@_", at[-1]) != NULL))
		return 1;
	while (isalpha((unsigned char)*at))
		at++;
	return isdigit((unsigned char)*at) || *at == '@' || *at == '_' ||
	    ((*at == '.' || *at == '-') && isalnum((unsigned char)at[1]));
}

static int
says(const char *text, const char *word)
{
	const char	*at = text;

	while ((at = strcasestr(at, word)) != NULL && in_name(text, at))
		at += strlen(word);
	return at != NULL;
}

static int
about_rights(int code, const char *status, const char *text)
{
	/* Postfix, Sendmail, Exim, Exchange, qmail; "authentication required",
	 * "not authenticated", "sender address rejected: not owned by user" */
	static const char *const words[] = {
		"relay", "authenticat", "rcpthosts", "sender address rejected"
	};

	if (code < 400 || (*status != '\0' && strncmp(status + 1, ".7.",
	    3) != 0))
		return 0;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (says(text, words[i]))
			return 1;
	return 0;
}

int
reply_denies(int code, const char *status, const char *text)
{
	return code == 530 || code == 534 || code == 535 || code == 538 ||
	    (code >= 500 && (strcmp(status, "5.1.7") == 0 ||
	    strcmp(status, "5.1.8") == 0)) || about_rights(code, status, text);
}

static char *
take_word(const char *p, char *to, size_t size)
{
	size_t	n = 0;

	while (p[n] > ' ' && p[n] < 0x7f && strchr(",;()<>[]\"", p[n]) == NULL)
		n++;
	while (n > 0 && strchr(".:", p[n - 1]) != NULL)
		n--;
	if (n >= size)
		n = size - 1;
	memcpy(to, p, n);
	to[n] = '\0';
	return to;
}

/* Has the word a digit?  "Message", "later" and the like are no ids. */
static int
is_id(const char *s)
{
	return strlen(s) >= 4 && strpbrk(s, "0123456789") != NULL;
}

/*
 * "2.0.0 Ok: queued as 4XyZ" (Postfix), "OK id=1abc-2" (Exim), "2.0.0 x12
 * Message accepted for delivery" (Sendmail, OpenSMTPD), "2.6.0 <a@b>
 * [InternalId=12, ..] Queued mail" (Exchange), "2.0.0 OK  17 ab-12 - gsmtp".
 */
char *
reply_queue_id(const char *text, char *to, size_t size)
{
	static const char *const before[] = {
		"queued as ", "InternalId=", "id=", "queue id ",
		"queued with id "
	};
	static const char *const openers[] = { "ok: ", "ok " };
	const char	*p;
	size_t		 n;

	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++)
		if ((p = strcasestr(text, before[i])) != NULL &&
		    is_id(take_word(p + strlen(before[i]), to, size)))
			return to;
	n = status_len(text, 200);
	p = text + n;
	p += strspn(p, " ");
	for (size_t i = 0; i < sizeof(openers) / sizeof(openers[0]); i++)
		if (strncasecmp(p, openers[i], strlen(openers[i])) == 0)
			p += strlen(openers[i]);
	p += strspn(p, " ");
	if (!is_id(take_word(p, to, size)))
		to[0] = '\0';
	return to;
}
