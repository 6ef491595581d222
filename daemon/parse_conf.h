#ifndef PARSE_CONF_H
#define PARSE_CONF_H

/*
 * parse_conf - what the reader must know, from configuration, policy, forms.
 *
 * Used by: tocsind.c (reader process), cli/parse.c, cli/snippet.c,
 *	    cli/form.c.
 * All files are read here, so that the reader can give up its files before
 * the first byte of a stranger.  Owns everything it points to.
 */
#include "base/conf.h"
#include "base/err.h"
#include "parsers/parse.h"

/*
 * conf may be NULL: the data directories of path_data(), nobody's addresses.
 * policy_name may be NULL: the configuration's, else "taipei-2007".
 */
enum rc	parse_conf_make(const struct conf *conf, const char *policy_name,
	    struct parse_conf **, struct err *);
/* The same with the forms of another directory (`tocsin form try`). */
enum rc	parse_conf_with(const struct conf *conf, const char *policy_name,
	    const char *form_dir, struct parse_conf **, struct err *);
void	parse_conf_free(struct parse_conf **);

#endif
