#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/civil.h"
#include "base/conf_read.h"
#include "base/log.h"

_Static_assert(sizeof(enum mailbox_kind) == sizeof(int) &&
    sizeof(enum auth_kind) == sizeof(int) &&
    sizeof(enum mailbox_after) == sizeof(int) &&
    sizeof(enum log_level) == sizeof(int), "KEY_ENUM stores an int");

int
conf_domain_ok(const char *s)
{
	size_t	label = 0, n = 0;

	for (; s[n] != '\0'; n++) {
		if (s[n] == '.') {
			if (label == 0 || s[n - 1] == '-')
				return 0;
			label = 0;
			continue;
		}
		if (!isalnum((unsigned char)s[n]) && !(s[n] == '-' && label))
			return 0;
		if (++label > 63)
			return 0;
	}
	return n > 0 && n <= 253 && label > 0 && s[n - 1] != '-';
}

/* Plain ASCII addr-spec: dot-atom at domain, 254 bytes. RFC 5321 4.5.3.1 */
int
conf_addr_ok(const char *s)
{
	const char	*at = strrchr(s, '@');
	size_t		 local;

	if (at == NULL || strlen(s) > 254 || !conf_domain_ok(at + 1))
		return 0;
	local = (size_t)(at - s);
	if (local == 0 || local > 64 || s[0] == '.' || at[-1] == '.')
		return 0;
	for (size_t i = 0; i < local; i++) {
		if (s[i] == '.' && s[i + 1] == '.')
			return 0;
		if (s[i] != '.' && !isalnum((unsigned char)s[i]) &&
		    strchr("!#$%&'*+-/=?^_`{|}~", s[i]) == NULL)
			return 0;
	}
	return 1;
}

static int
name_ok(const char *s)
{
	size_t	n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_-");

	return n > 0 && n <= 64 && s[n] == '\0' && s[0] != '-';
}

/* host:port:address, as libcurl takes it; [v6] in brackets. */
static int
resolve_ok(const char *s)
{
	const char	*port = strchr(s, ':'), *addr;

	if (port == NULL || port == s)
		return 0;
	addr = strchr(port + 1, ':');
	return addr != NULL && addr > port + 1 && addr[1] != '\0' &&
	    strspn(port + 1, "0123456789") == (size_t)(addr - port - 1) &&
	    strspn(addr + 1, "0123456789abcdefABCDEF.:[]") == strlen(addr + 1);
}

/* The place of s among blank-separated words, or -1. */
static int
word_place(const char *words, const char *s)
{
	size_t	n = strlen(s), len;
	int	place = 0;

	for (; *words != '\0'; place++) {
		len = strcspn(words, " ");
		if (len == n && strncmp(words, s, n) == 0)
			return place;
		words += len + (words[len] == ' ');
	}
	return -1;
}

static int
number_parse(const char *s, int suffix, int64_t *out)
{
	char	*end;
	int64_t	 v;
	int	 shift = 0;

	if (!isdigit((unsigned char)*s))
		return -1;
	errno = 0;
	v = strtoll(s, &end, 10);
	if (errno != 0)
		return -1;
	if (suffix && *end != '\0' && end[1] == '\0') {
		shift = *end == 'K' ? 10 : *end == 'M' ? 20 :
		    *end == 'G' ? 30 : 0;
		end += shift != 0;
	}
	if (*end != '\0' || v > INT64_MAX >> shift)
		return -1;
	*out = v << shift;
	return 0;
}

static int
bool_parse(const char *s, int *out)
{
	int	place = word_place("false no off true yes on", s);

	if (place < 0)
		return -1;
	*out = place >= 3;
	return 0;
}

static char *
size_text(char buf[32], int64_t v)
{
	static const struct { int shift; const char *unit; } units[] = {
		{ 30, "G" }, { 20, "M" }, { 10, "K" }, { 0, "" }
	};

	for (size_t i = 0; i < 4; i++)
		if (v % ((int64_t)1 << units[i].shift) == 0) {
			(void)snprintf(buf, 32, "%lld%s",
			    (long long)(v >> units[i].shift), units[i].unit);
			break;
		}
	return buf;
}

/* "a, b or c" out of "a b c". */
static void
words_text(const char *words, char *buf, size_t size)
{
	size_t	n = 0, len;

	buf[0] = '\0';
	while (*words != '\0' && n < size) {
		const char *next;

		len = strcspn(words, " ");
		next = words + len + (words[len] == ' ');
		n += (size_t)snprintf(buf + n, size - n, "%.*s%s", (int)len,
		    words, *next == '\0' ? "" :
		    strchr(next, ' ') != NULL ? ", " : " or ");
		words = next;
	}
}

char *
conf_expected(const struct conf_key *k, char *buf, size_t size)
{
	char	lo[32], hi[32];

	switch (k->type) {
	case KEY_STRING:
	case KEY_STRINGS:
		(void)snprintf(buf, size, "one line of text");
		break;
	case KEY_PATH:
		(void)snprintf(buf, size, "a file name");
		break;
	case KEY_SECRET:
		(void)snprintf(buf, size, "a file name or cred:NAME");
		break;
	case KEY_NAME:
		(void)snprintf(buf, size, "a name of a-z, 0-9, _ and -");
		break;
	case KEY_DOMAIN:
	case KEY_DOMAINS:
		(void)snprintf(buf, size, "a domain name");
		break;
	case KEY_ADDRESS:
	case KEY_ADDRESSES:
		(void)snprintf(buf, size, "a plain address like name@domain");
		break;
	case KEY_INT:
		(void)snprintf(buf, size, "a whole number from %lld to %lld"
		    "%s%s%s", (long long)k->min, (long long)k->max,
		    k->unit ? " (" : "", k->unit ? k->unit : "",
		    k->unit ? ")" : "");
		break;
	case KEY_SIZE:
		(void)snprintf(buf, size, "a size from %s to %s (bytes, K, M "
		    "or G)", size_text(lo, k->min), size_text(hi, k->max));
		break;
	case KEY_BOOL:
		(void)snprintf(buf, size, "true or false");
		break;
	case KEY_WORD:
	case KEY_ENUM:
		words_text(k->words, buf, size);
		break;
	case KEY_RESOLVE:
		(void)snprintf(buf, size, "host:port:address");
		break;
	case KEY_DATE:
		(void)snprintf(buf, size, "a day like 2027-01-31");
		break;
	}
	return buf;
}

static void
strings_add(struct strings *list, const char *s, struct arena *a)
{
	const char	**v;

	/* Grown by powers of two: the old array stays in the arena. */
	if ((list->n & (list->n - 1)) == 0) {
		v = arena_array(a, list->n == 0 ? 1 : list->n * 2, sizeof(*v));
		if (list->n > 0)
			memcpy(v, list->v, list->n * sizeof(*v));
		list->v = v;
	}
	list->v[list->n++] = arena_strdup(a, s);
}

static int
value_number(const struct conf_key *k, const char *s, void *to)
{
	int64_t	v;

	if (number_parse(s, k->type == KEY_SIZE, &v) == -1 || v < k->min ||
	    v > k->max)
		return -1;
	if (k->type == KEY_SIZE)
		*(int64_t *)to = v;
	else
		*(int *)to = (int)v;
	return 0;
}

static int
date_parse(const char *s, int64_t *to)
{
	char	midnight[32];

	if (strlen(s) != strlen("2027-01-31"))
		return -1;
	(void)snprintf(midnight, sizeof(midnight), "%sT00:00:00Z", s);
	return rfc3339_parse(midnight, to);
}

static const char *
path_from(struct arena *a, const char *dir, const char *s)
{
	if (s[0] == '/' || strncmp(s, "cred:", 5) == 0)
		return arena_strdup(a, s);
	return arena_printf(a, "%s/%s", dir, s);
}

/* Store s, or -1. */
static int
value_store(const struct conf_key *k, const char *s, const char *dir,
    void *to, struct arena *a)
{
	int	place;

	switch (k->type) {
	case KEY_INT:
	case KEY_SIZE:
		return value_number(k, s, to);
	case KEY_BOOL:
		return bool_parse(s, to);
	case KEY_DATE:
		return date_parse(s, to);
	case KEY_ENUM:
		place = word_place(k->words, s);
		*(int *)to = place;
		return place < 0 ? -1 : 0;
	case KEY_STRINGS:
		strings_add(to, s, a);
		return 0;
	case KEY_DOMAINS:
		strings_add(to, s, a);
		return conf_domain_ok(s) ? 0 : -1;
	case KEY_ADDRESSES:
		strings_add(to, s, a);
		return conf_addr_ok(s) ? 0 : -1;
	case KEY_PATH:
	case KEY_SECRET:
		*(const char **)to = path_from(a, dir, s);
		return k->type == KEY_PATH && strncmp(s, "cred:", 5) == 0 ?
		    -1 : 0;
	case KEY_STRING:
	case KEY_NAME:
	case KEY_DOMAIN:
	case KEY_ADDRESS:
	case KEY_WORD:
	case KEY_RESOLVE:
		break;
	}
	*(const char **)to = arena_strdup(a, s);
	return (k->type == KEY_NAME && !name_ok(s)) ||
	    (k->type == KEY_DOMAIN && !conf_domain_ok(s)) ||
	    (k->type == KEY_ADDRESS && !conf_addr_ok(s)) ||
	    (k->type == KEY_WORD && word_place(k->words, s) < 0) ||
	    (k->type == KEY_RESOLVE && !resolve_ok(s)) ? -1 : 0;
}

static int
one_line(const char *s)
{
	if (*s == '\0')
		return 0;
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return 0;
	return 1;
}

enum rc
conf_value(const struct conf_key *k, const char *value, const char *dir,
    void *base, struct arena *a, struct err *err)
{
	char	want[160], got[96];

	if (one_line(value) && value_store(k, value, dir,
	    (char *)base + k->offset, a) == 0)
		return RC_OK;
	return err_set(err, RC_REFUSED, "found \"%s\", expected %s",
	    log_text(got, sizeof(got), value),
	    conf_expected(k, want, sizeof(want)));
}
