#ifndef PARSE_H
#define PARSE_H

/*
 * parse - one mail's bytes to one report: the whole of the pure reader.
 *
 * mime (parts, headers) -> notice (sorting) -> text, html, office (words) ->
 * reply (own, quoted, forwarded) -> form (fields) -> category, timing.
 * No sockets, no store, no clock.  The files are read once, before the
 * process gives up its files.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "parsers/report.h"

struct form_set;		/* form.h */

struct category_rule {		/* from the policy, in its order */
	const char	*name;		/* "external_intrusion" */
	const char	**labels;	size_t n_labels;  /* 外力入侵事件 ... */
	const char	**keywords;	size_t n_keywords;
};

struct parse_conf {
	const struct form_set *forms;
	struct category_rule *categories; size_t n_categories;
	int		 zone;		/* seconds east of UTC: 28800 */
	int		 limit;		/* seconds of the 15-minute duty */
	const char	*tracking_pattern; /* PCRE2; NULL: CSI|DRILL-yyyymmdd-nnnn */
	const char	**own_addresses; size_t n_own_addresses;
	const char	**own_domains;	size_t n_own_domains;
	const char	*own_id_domain;	/* right side of our Message-IDs */
};

/*
 * received: trusted arrival time (UTC), or TIME_NONE: take the topmost
 * Received header, else Date.  Always fills the report; RC_REFUSED when the
 * mail broke a guard (report->kind is then KIND_UNREADABLE and a problem
 * names the guard), RC_OK else.
 */
enum rc	parse_mail(const struct parse_conf *, const char *raw, size_t len,
	    int64_t received, struct arena *, struct report *, struct err *);

/*
 * Open converters and compile patterns now, before the process gives up its
 * files and its right to make code.  parse_mail() works without it where
 * files can still be opened.  RC_BROKEN: the tracking pattern is wrong.
 */
enum rc	parse_prepare(const struct parse_conf *, struct err *);

#endif
