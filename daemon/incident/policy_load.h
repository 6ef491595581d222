#ifndef POLICY_LOAD_H
#define POLICY_LOAD_H

/*
 * policy_load - the files of policy.c and nobody else's business.
 *
 * policy.c loads and answers questions, policy_text.c reads the files,
 * policy_schema.c has the keys and checks each value where it stands,
 * policy_fill.c copies, policy_check.c proves the whole complete, and
 * policy_reason.c fills reasons.
 */
#include <confuse.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "incident/policy.h"

#define POLICY_LINES_MAX	10000
#define POLICY_BYTES_MAX	(512 * 1024)

struct policy_place {
	const char	*file;
	int		 line;
};

struct policy_text {
	struct arena		*a;
	struct buf		 text;
	struct policy_place	*places;	/* of line i + 1 */
	size_t			 n;
};

/* The file and all it includes; policy_text_free() in either case. */
enum rc	 policy_text_read(struct policy_text *, const char *dir,
	    const char *name, struct err *);
/* A text that includes nothing more; policy_text_free() in either case. */
enum rc	 policy_text_set(struct policy_text *, const char *name,
	    const char *text, struct err *);
void	 policy_text_free(struct policy_text *);
const struct policy_place *policy_text_place(const struct policy_text *,
	    int line);

/* Have two sentences of a reason the same {places}, and not too many? */
int	 policy_reason_same_places(const char *, const char *);

/* The keys of a policy file; the checks of single values are in place. */
cfg_t	*policy_schema(void);

/* "90s", "15m", "1h", "2d", "3workdays", "1month", "off" (-1). -1: cannot. */
int	 policy_duration(const char *, int64_t *);
/* "L3 rest" or "rest" (every level): *level -1 for every. -1: cannot. */
int	 policy_level_prefix(const char *, int *level, const char **rest);
/* "100% team secretary": the percent and where the roles begin. */
int	 policy_rung_read(const char *, int *percent, const char **roles);
/* "22:00-07:00" in minutes of the day. */
int	 policy_hours(const char *, int *start, int *end);
/* "monthly 5 09:00" into every, month, day, minute. -1: cannot. */
int	 policy_when(const char *, struct policy_schedule *);
/* "500K" or "2M" in bytes, at least one. */
int	 policy_size(const char *, int64_t *);
/* "no", "list" or "files". */
int	 policy_way(const char *, enum evidence_way *);
/* "+08:00" in seconds. */
int	 policy_zone(const char *, int *seconds);

/* The values were checked: this cannot fail. */
void	 policy_fill(cfg_t *, struct policy *);
/* Words that p lacks and base has: copied. */
void	 policy_lend(struct policy *, const struct policy *base);
/* Completeness; errors carry the file and the line of the section. */
enum rc	 policy_check(cfg_t *, const struct policy_text *,
	    const struct policy *, struct err *);

#endif
