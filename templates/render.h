#ifndef RENDER_H
#define RENDER_H

/*
 * render - Mustache, as the public specification has it: interpolation,
 * sections, inverted sections, comments, delimiters, partials.
 *
 * Data is a jansson value.  Text templates escape nothing, HTML ones do.
 */
#include <jansson.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

enum render_escape { RENDER_NONE, RENDER_HTML };

/* Gives the text of a partial, or NULL when there is none. */
typedef const char *render_partial(void *, const char *name);

/*
 * RC_REFUSED with "name:line: found, expected" for a template in error.
 * name is only for messages.
 */
enum rc	render(const char *name, const char *tmpl, json_t *data,
	    enum render_escape, render_partial *, void *, struct buf *out,
	    struct err *);

/*
 * Our mails: DIR/DUTY.LANG.mustache, whose first line is "Subject: ..." and
 * whose body begins after the first empty line; partials are
 * DIR/_NAME.LANG.mustache.
 * lang "zh-TW+en" renders zh-TW, a rule, then en, with the zh-TW subject; for
 * en the object data.in.en, if there is one, lies on top of the data.
 * DIR/NAME.LANG.html.mustache is a page of its own, for templates_page().
 */
struct templates;
enum rc	templates_load(const char *dir, struct templates **, struct err *);
void	templates_free(struct templates **);
int	templates_has(const struct templates *, const char *duty,
	    const char *lang);
enum rc	templates_mail(const struct templates *, const char *duty,
	    const char *lang, json_t *data, struct arena *,
	    const char **subject, const char **body, struct err *);
/* The same from data that is asked for once for each language. */
struct datum;
typedef struct datum *templates_data(void *, const char *lang);
enum rc	templates_letter(const struct templates *, const char *duty,
	    const char *lang, templates_data *, void *, struct arena *,
	    const char **subject, const char **body, struct err *);
/* A self-contained HTML page; what comes from data is escaped. */
enum rc	templates_page(const struct templates *, const char *name,
	    const char *lang, json_t *data, struct buf *, struct err *);
/* Calls see() for each mail template there is (`tocsin check`). */
void	templates_each(const struct templates *, void (*see)(void *,
	    const char *duty, const char *lang, const char *file), void *);
/*
 * Calls miss() for each tag of each template whose name, or the first part of
 * it, stands nowhere in keys: a JSON array of the names that data may have.
 */
enum rc	templates_check(const struct templates *, const json_t *keys,
	    void (*miss)(void *, const char *file, int line,
	    const char *name), void *, struct err *);

#endif
