#include "parsers/tracking.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "parsers/text.h"

#define SUBJECT_MAX	(16u * 1024)	/* bytes searched */
#define NUMBER_MAX	64		/* bytes of a tracking number */
#define PATTERN_MAX	512

/* One pattern at a time: a process serves one configuration. */
static struct {
	char			 text[PATTERN_MAX];
	pcre2_code		*exact, *any_case;
	pcre2_match_data	*data;
	pcre2_match_context	*limits;
} held;

static pcre2_code *
compile(const char *pattern, uint32_t options)
{
	pcre2_code	*code;
	PCRE2_SIZE	 at;
	int		 error;

	code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
	    PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_MATCH_INVALID_UTF |
	    options, &error, &at, NULL);
	if (code != NULL)
		(void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
	return code;
}

int
tracking_prepare(const char *pattern)
{
	char	whole[PATTERN_MAX + 64];

	if (pattern == NULL)
		pattern = TRACKING_DEFAULT;
	if (held.any_case != NULL && strcmp(held.text, pattern) == 0)
		return 0;
	if (strlen(pattern) >= PATTERN_MAX)
		return -1;
	(void)snprintf(whole, sizeof(whole),
	    "(?<![A-Za-z0-9-])(?:%s)(?![A-Za-z0-9])", pattern);
	pcre2_code_free(held.exact);
	pcre2_code_free(held.any_case);
	held.exact = compile(whole, 0);
	held.any_case = compile(whole, PCRE2_CASELESS);
	if (held.exact == NULL || held.any_case == NULL)
		return -1;
	if (held.data == NULL) {
		held.data = pcre2_match_data_create(4, NULL);
		held.limits = pcre2_match_context_create(NULL);
		if (held.data == NULL || held.limits == NULL)
			return -1;
		pcre2_set_match_limit(held.limits, 100000);
		pcre2_set_depth_limit(held.limits, 2000);
		pcre2_set_heap_limit(held.limits, 4096);
	}
	(void)snprintf(held.text, sizeof(held.text), "%s", pattern);
	return 0;
}

struct span {
	size_t	from, to;
};

static int
match(const pcre2_code *code, const char *s, size_t len, size_t from,
    struct span *out)
{
	PCRE2_SIZE	*at;

	if (pcre2_match(code, (PCRE2_SPTR)s, len, from, 0, held.data,
	    held.limits) < 1)
		return 0;
	at = pcre2_get_ovector_pointer(held.data);
	*out = (struct span){ at[0], at[1] };
	return out->to > out->from && out->to - out->from <= NUMBER_MAX;
}

/* The first in square brackets, as our mails carry it, else the first. */
static int
best(const char *s, size_t len, struct span *out)
{
	struct span	m;
	int		found = 0;

	for (size_t from = 0; match(held.any_case, s, len, from, &m);
	    from = m.to) {
		if (m.from > 0 && s[m.from - 1] == '[' && m.to < len &&
		    s[m.to] == ']') {
			*out = m;
			return 1;
		}
		if (!found)
			*out = m;
		found = 1;
	}
	return found;
}

static int
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static int
has_gap(const char *s, size_t len)
{
	const char	*h = s, *end = s + len;

	for (; (h = memchr(h, '-', (size_t)(end - h))) != NULL; h++)
		if ((h > s && is_blank(h[-1])) ||
		    (h + 1 < end && is_blank(h[1])))
			return 1;
	return 0;
}

/* "CSI-20070531-\n 0001": without the blanks beside a hyphen. */
static char *
without_gaps(struct arena *a, const char *s, size_t len, size_t *outlen)
{
	char	*out = arena_room(a, len + 1, sizeof(*out)), *o = out;

	for (size_t i = 0; i < len; i++) {
		if (s[i] == '-')
			while (o > out && is_blank(o[-1]))
				o--;
		if (is_blank(s[i]) && o > out && o[-1] == '-')
			continue;
		*o++ = s[i];
	}
	*o = '\0';
	*outlen = (size_t)(o - out);
	return out;
}

static char
upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* csi-20070531-0001 is typed for CSI-20070531-0001: as the series is. */
static const char *
as_given_out(struct arena *a, const char *s, size_t len)
{
	static char	(*const to[])(char) = { upper, lower };
	char		*number = arena_strndup(a, s, len);
	struct span	 m;

	for (size_t k = 0; !match(held.exact, number, len, 0, &m); k++) {
		if (k == sizeof(to) / sizeof(to[0]))
			return NULL;
		for (size_t i = 0; i < len; i++)
			number[i] = to[k](number[i]);
	}
	return number;
}

const char *
tracking_find(struct arena *a, const char *pattern, const char *text,
    size_t len)
{
	struct folded	 f;
	struct span	 m;
	char		*s;

	if (len == 0 || tracking_prepare(pattern) == -1)
		return NULL;
	text_fold(a, text, text_cut(text, len, SUBJECT_MAX), &f);
	if (best(f.s, f.len, &m))
		return as_given_out(a, f.s + m.from, m.to - m.from);
	if (!has_gap(f.s, f.len))
		return NULL;
	s = without_gaps(a, f.s, f.len, &len);
	return !best(s, len, &m) ? NULL :
	    as_given_out(a, s + m.from, m.to - m.from);
}

int
tracking_opens_line(const char *text, const char *number)
{
	static const char *const heads[] = { ":", "：", "號", "号", "number",
	    "no.", "No." };
	const char	*at = strcasestr(text, number), *line;
	size_t		 n;

	for (line = at; line != NULL && line > text && line[-1] != '\n';)
		line--;
	while (at != NULL && at > line && strchr(" \t[(#*>", at[-1]) != NULL)
		at--;
	if (at == NULL || at == line)
		return 1;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		n = strlen(heads[i]);
		if ((size_t)(at - line) >= n &&
		    strncmp(at - n, heads[i], n) == 0)
			return 1;
	}
	return 0;
}

static size_t
skip_any(const char *s, const char *const *marks)
{
	size_t	n = 0, i = 0, k;

	while (marks[i] != NULL) {
		k = strlen(marks[i]);
		if (strncmp(s + n, marks[i], k) == 0) {
			n += k;
			i = 0;
		} else {
			i++;
		}
	}
	return n;
}

/* Bytes of 案號 [CSI-...]： at the head of a line with words behind, or 0. */
static size_t
head_of(const char *line, const char *number)
{
	static const char *const before[] = {
		" ", "\t", "　", "[", "【", "(", "（", "「", "案號", "案件編號",
		"案件", "通報編號", "編號", NULL
	};
	static const char *const behind[] = {
		" ", "\t", "　", "]", "】", ")", "）", "」", ":", "：", ",", "，",
		"、", ";", "；", NULL
	};
	size_t	n = skip_any(line, before);

	if (strncasecmp(line + n, number, strlen(number)) != 0)
		return 0;
	n += strlen(number);
	if (skip_any(line + n, behind) == 0)
		return 0;
	n += skip_any(line + n, behind);
	return line[n] == '\n' || line[n] == '\0' ? 0 : n;
}

const char *
tracking_blank(struct arena *a, const char *text, const char *number)
{
	char	*s = arena_strdup(a, text);

	for (char *line = s; *line != '\0';) {
		memset(line, ' ', head_of(line, number));
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	return s;
}
