#include "parsers/tracking.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>
#include <string.h>

#include "parsers/text.h"

#define SUBJECT_MAX	(16u * 1024)	/* bytes searched */
#define NUMBER_MAX	64		/* bytes of a tracking number */
#define PATTERN_MAX	512

/* One pattern at a time: a process serves one configuration. */
static struct {
	char			 text[PATTERN_MAX];
	pcre2_code		*code;
	pcre2_match_data	*data;
	pcre2_match_context	*limits;
} held;

int
tracking_prepare(const char *pattern)
{
	char		 whole[PATTERN_MAX + 64];
	PCRE2_SIZE	 at;
	int		 error;

	if (pattern == NULL)
		pattern = TRACKING_DEFAULT;
	if (held.code != NULL && strcmp(held.text, pattern) == 0)
		return 0;
	if (strlen(pattern) >= PATTERN_MAX)
		return -1;
	(void)snprintf(whole, sizeof(whole),
	    "(?<![A-Za-z0-9-])(?:%s)(?![A-Za-z0-9])", pattern);
	pcre2_code_free(held.code);
	held.code = pcre2_compile((PCRE2_SPTR)whole, PCRE2_ZERO_TERMINATED,
	    PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_MATCH_INVALID_UTF,
	    &error, &at, NULL);
	if (held.code == NULL)
		return -1;
	(void)pcre2_jit_compile(held.code, PCRE2_JIT_COMPLETE);
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

const char *
tracking_find(struct arena *a, const char *pattern, const char *text,
    size_t len)
{
	struct folded	 f;
	PCRE2_SIZE	*at;
	int		 n;

	if (len == 0 || tracking_prepare(pattern) == -1)
		return NULL;
	text_fold(a, text, text_cut(text, len, SUBJECT_MAX), &f);
	n = pcre2_match(held.code, (PCRE2_SPTR)f.s, f.len, 0, 0, held.data,
	    held.limits);
	if (n < 1)
		return NULL;
	at = pcre2_get_ovector_pointer(held.data);
	if (at[1] <= at[0] || at[1] - at[0] > NUMBER_MAX)
		return NULL;
	return arena_strndup(a, f.s + at[0], at[1] - at[0]);
}
