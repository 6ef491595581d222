#ifndef PATTERN_H
#define PATTERN_H

/*
 * pattern - PCRE2 with every bound set: JIT where the system allows it, match,
 * depth and heap limits, subjects of at most PATTERN_SUBJECT bytes.
 */
#include <stddef.h>

#include "base/err.h"

#define PATTERN_SUBJECT	(16u * 1024)
#define PATTERN_LENGTH	2048		/* bytes of a pattern */

struct pattern;

/* anchored: it must match where the subject begins. */
enum rc	pattern_compile(const char *text, int anchored, struct pattern **,
	    struct err *);
/* One for several texts without groups: it matches where any of them does. */
enum rc	pattern_any(const char *const *texts, size_t n, int anchored,
	    struct pattern **, struct err *);
void	pattern_free(struct pattern **);
/*
 * 1 and the bytes from..to of the whole match, or of its first group when it
 * has one; 0: no match; -1: a limit was met.
 */
int	pattern_match(const struct pattern *, const char *s, size_t len,
	    size_t *from, size_t *to);

#endif
