#ifndef CONF_READ_H
#define CONF_READ_H

/*
 * conf_read - between conf.c and libconfuse: values into structs, and the
 * line each stood in, so that a later check can name it.
 *
 * Used by conf.c, conf_check.c and conf_text.c only.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/conf.h"
#include "base/conf_table.h"
#include "base/err.h"

struct cfg_t;

/* One value as it stood in the file. */
struct conf_entry {
	const struct cfg_t *sec;	/* libconfuse's section */
	const void	*base;		/* our struct, once it is made */
	const struct conf_key *key;
	const char	*value;
	unsigned	 n;		/* place in a list, from 1 */
	int		 line;
};

struct conf_file {
	const char	*name;		/* as given, for messages */
	const char	*dir;		/* absolute: where relative names start */
	struct buf	 text;
	struct arena	*arena;
	struct err	*err;
	int		 failed;	/* err is filled */
	struct conf_entry *entries;
	size_t		 n, cap;
	struct {
		const struct cfg_t *sec;
		const void	*base;
		enum conf_section kind;
		int		 line;
	}		*places;
	size_t		 n_places;
};

/* Read the file into the struct; per-value checks are done. */
enum rc	conf_read(struct conf_file *, struct conf *);
/* What belongs together: conf_check.c. */
enum rc	conf_check(struct conf_file *, struct conf *);

/*
 * "file:line: key: <text>" with the line of a key of base, or of its section
 * when the key is not there.  Always RC_REFUSED.
 */
enum rc	conf_fault(struct conf_file *, const void *base, const char *key,
	    const char *, ...) __attribute__((format(printf, 4, 5)));
/* The line of a key of base, or of its section when the key is not there. */
int	conf_file_line(const struct conf_file *, const void *base,
	    const char *key);

/* Check a value against its row and store it in base; RC_REFUSED with
 * "found X, expected Y". */
enum rc	conf_value(const struct conf_key *, const char *value,
	    const char *dir, void *base, struct arena *, struct err *);
/* "a whole number from 1 to 60 (seconds)"; returns buf. */
char	*conf_expected(const struct conf_key *, char *buf, size_t size);

int	conf_addr_ok(const char *);
int	conf_domain_ok(const char *);

#endif
