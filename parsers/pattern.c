#define PCRE2_CODE_UNIT_WIDTH 8

#include "parsers/pattern.h"

#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"

#define MATCH_LIMIT	100000
#define DEPTH_LIMIT	2000
#define HEAP_LIMIT	4096		/* KiB */
#define PAIRS		4

struct pattern {
	pcre2_code		*code;
	pcre2_match_data	*data;
	pcre2_match_context	*limits;
};

static enum rc
compile(const char *text, int anchored, struct pattern **out, struct err *err)
{
	struct pattern	*p = xcalloc(1, sizeof(*p));
	uint32_t	 options = PCRE2_UTF | PCRE2_UCP | PCRE2_CASELESS |
			    PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C;
	PCRE2_UCHAR	 why[128];
	PCRE2_SIZE	 at;
	int		 error;

	*out = p;
	p->code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED,
	    options | (anchored ? PCRE2_ANCHORED : 0), &error, &at, NULL);
	if (p->code == NULL) {
		(void)pcre2_get_error_message(error, why, sizeof(why));
		pattern_free(out);
		return err_set(err, RC_REFUSED, "pattern \"%s\": %s at byte "
		    "%zu", text, (const char *)why, (size_t)at);
	}
	/* refused by the system (W^X): the interpreter has the same limits */
	(void)pcre2_jit_compile(p->code, PCRE2_JIT_COMPLETE);
	p->data = pcre2_match_data_create(PAIRS, NULL);
	p->limits = pcre2_match_context_create(NULL);
	if (p->data == NULL || p->limits == NULL)
		abort();		/* out of memory */
	(void)pcre2_set_match_limit(p->limits, MATCH_LIMIT);
	(void)pcre2_set_depth_limit(p->limits, DEPTH_LIMIT);
	(void)pcre2_set_heap_limit(p->limits, HEAP_LIMIT);
	return RC_OK;
}

enum rc
pattern_compile(const char *text, int anchored, struct pattern **out,
    struct err *err)
{
	*out = NULL;
	if (strlen(text) > PATTERN_LENGTH)
		return err_set(err, RC_REFUSED, "pattern of more than %d bytes",
		    PATTERN_LENGTH);
	return compile(text, anchored, out, err);
}

enum rc
pattern_any(const char *const *texts, size_t n, int anchored,
    struct pattern **out, struct err *err)
{
	struct buf	 all;
	enum rc		 rc = RC_OK;

	*out = NULL;
	buf_init(&all, n * (PATTERN_LENGTH + 5));
	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		rc = pattern_compile(texts[i], anchored, out, err);
		pattern_free(out);
		(void)buf_addf(&all, "%s(?:%s)", i == 0 ? "" : "|", texts[i]);
	}
	if (rc == RC_OK)
		rc = compile(all.data, anchored, out, err);
	buf_free(&all);
	return rc;
}

void
pattern_free(struct pattern **pp)
{
	struct pattern	*p = *pp;

	if (p == NULL)
		return;
	pcre2_match_context_free(p->limits);
	pcre2_match_data_free(p->data);
	pcre2_code_free(p->code);
	free(p);
	*pp = NULL;
}

int
pattern_match(const struct pattern *p, const char *s, size_t len,
    size_t *from, size_t *to)
{
	PCRE2_SIZE	*at;
	int		 n;

	if (len > PATTERN_SUBJECT)
		len = PATTERN_SUBJECT;
	n = pcre2_match(p->code, (PCRE2_SPTR)s, len, 0, 0, p->data, p->limits);
	if (n == PCRE2_ERROR_NOMATCH)
		return 0;
	if (n < 1)
		return -1;
	at = pcre2_get_ovector_pointer(p->data);
	if (n > 1 && at[2] != PCRE2_UNSET)
		at += 2;
	*from = at[0];
	*to = at[1] < at[0] ? at[0] : at[1];
	return 1;
}
