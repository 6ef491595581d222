#include "incident/annex.h"

#include <string.h>

enum rc
annex_page(const struct templates *ts, const struct policy *p,
    const struct conf *conf, const struct situation *s,
    const struct addressee *to, const json_t *extra, int64_t now,
    struct buf *out, struct err *err)
{
	struct addressee one = *to;
	json_t		*view;
	enum rc		 rc;

	/* A form has one language. */
	one.lang = to->lang != NULL && strcmp(to->lang, "en") == 0 ? "en" :
	    "zh-TW";
	view = view_make(p, conf, s, &one, extra, now);
	rc = templates_page(ts, "annex2_form", one.lang, view, out, err);
	json_decref(view);
	return rc;
}
