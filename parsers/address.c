#include <string.h>

#include "parsers/header.h"
#include "parsers/text.h"

/*
 * Addresses as people's programs write them: display names raw, encoded,
 * quoted; comments; groups; no brackets at all; no address at all.
 */
#define ADDR_MAX	254
#define ONE_MAX		4096	/* bytes of one address with its name */

struct piece {
	char		 name[ONE_MAX];	/* raw bytes of the display name */
	size_t		 name_len;
	char		 comment[ONE_MAX];
	size_t		 comment_len;
	const char	*angle;		/* inside <> */
	size_t		 angle_len;
	int		 has_angle;
};

/* A plausible addr-spec: printable, one word, with an '@' inside. */
static char *
addr_spec(struct arena *a, const char *s, size_t len)
{
	char	*out, *o, *at;

	if (len > ADDR_MAX * 2)
		return NULL;
	out = o = arena_alloc(a, len + 1);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == '\r' || c == '\n' || c == ' ' || c == '\t')
			continue;
		if (c < ' ' || c >= 0x7f || strchr("<>(),;\\\"", c) != NULL)
			return NULL;
		*o++ = (char)c;
	}
	*o = '\0';
	if (strncmp(out, "mailto:", 7) == 0)
		out += 7;
	if (*out == '@' && (at = strchr(out, ':')) != NULL)
		out = at + 1;		/* old source route */
	at = strrchr(out, '@');
	if (at == NULL || at == out || at[1] == '\0' || o - out > ADDR_MAX)
		return NULL;
	return out;
}

static const char *
take_quoted(const char *p, const char *end, struct piece *w)
{
	if (memchr(p + 1, '"', (size_t)(end - p) - 1) == NULL)
		return p + 1;		/* never closed */
	for (p++; p < end && *p != '"'; p++) {
		if (*p == '\\' && p + 1 < end)
			p++;
		w->name[w->name_len++] = *p;
	}
	return p < end ? p + 1 : p;
}

static const char *
take_comment(const char *p, const char *end, struct piece *w)
{
	int	 depth = 0;

	for (; p < end; p++) {
		if (*p == '\\' && p + 1 < end) {
			p++;
		} else if (*p == '(') {
			if (depth++ == 0)
				continue;
		} else if (*p == ')' && --depth == 0) {
			return p + 1;
		}
		w->comment[w->comment_len++] = *p;
	}
	return p;
}

static const char *
take_angle(const char *p, const char *end, struct piece *w)
{
	const char	*q = memchr(p, '>', (size_t)(end - p));

	while (p + 1 < end && p[1] == '<')	/* some put it twice */
		p++;
	w->has_angle = 1;
	w->angle = p + 1;
	q = q == NULL ? end : q;
	w->angle_len = (size_t)(q - w->angle);
	while (q < end && *q == '>')
		q++;
	return q;
}

/* Wang, Ming <ming@a>: is the comma at p one of a name, unquoted? */
static int
is_of_name(const char *p, const char *end, const struct piece *w)
{
	const char	*angle;

	if (w->has_angle || memchr(w->name, '@', w->name_len) != NULL)
		return 0;
	angle = memchr(p, '<', (size_t)(end - p));
	return angle != NULL && memchr(p, '@', (size_t)(angle - p)) == NULL;
}

/* Up to the comma that ends this address; commas in quotes do not. */
static const char *
take_one(const char *p, const char *end, struct piece *w)
{
	while (p < end && ((*p != ',' && *p != ';') || is_of_name(p, end, w))) {
		if (*p == '"')
			p = take_quoted(p, end, w);
		else if (*p == '(')
			p = take_comment(p, end, w);
		else if (*p == '<' && !w->has_angle)
			p = take_angle(p, end, w);
		else if (*p == ':' && memchr(w->name, '@', w->name_len) ==
		    NULL && !w->has_angle) {
			w->name_len = 0;	/* a group's name */
			p++;
		} else
			w->name[w->name_len++] = *p++;
	}
	return p;
}

static const char *
display(struct arena *a, const char *s, size_t len, int *guessed)
{
	char	*t = text_header(a, s, len, guessed);
	size_t	 n = strlen(t);

	/* 'Name', as Outlook writes it */
	if (n >= 2 && t[0] == '\'' && t[n - 1] == '\'') {
		t[n - 1] = '\0';
		t++;
	}
	return *t == '\0' ? NULL : t;
}

int
address_next(struct arena *a, const char *value, size_t len, size_t *at,
    struct address *out, int *guessed)
{
	const char	*end = value + len, *p = value + *at, *rest;
	struct piece	 w;

	memset(out, 0, sizeof(*out));
	while (p < end && (*p == '\0' || strchr(" \t\r\n,;", *p) != NULL))
		p++;
	if (p == end)
		return 0;
	w.name_len = w.comment_len = w.angle_len = 0;
	w.angle = NULL;
	w.has_angle = 0;
	rest = end - p > ONE_MAX ? p + ONE_MAX : end;
	p = take_one(p, rest, &w);
	/* a name that goes on for ever has its address behind it */
	if (p == rest && p < end && !w.has_angle &&
	    (rest = memchr(p, '<', (size_t)(end - p))) != NULL)
		p = take_angle(rest, end, &w);
	*at = (size_t)(p - value);
	if (w.has_angle) {
		out->addr = addr_spec(a, w.angle, w.angle_len);
		out->name = display(a, w.name, w.name_len, guessed);
	} else {
		out->addr = addr_spec(a, w.name, w.name_len);
		if (out->addr == NULL)
			out->name = display(a, w.name, w.name_len, guessed);
	}
	if (out->name == NULL && w.comment_len > 0)
		out->name = display(a, w.comment, w.comment_len, guessed);
	return 1;
}
