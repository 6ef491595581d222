#include "incident/document.h"

#include <stdlib.h>
#include <string.h>

#include "incident/annex.h"
#include "incident/iodef.h"

static const struct {
	const char	*name, *type;
} formats[DOC_N] = {
#define X(id, name, type) [DOC_##id] = { name, type },
	DOCUMENT_FORMATS(X)
#undef X
};

int
document_parse(const char *s, enum document_format *out)
{
	for (int i = 0; i < DOC_N; i++)
		if (strcmp(s, formats[i].name) == 0) {
			*out = (enum document_format)i;
			return 0;
		}
	return -1;
}

const char *
document_type(enum document_format f)
{
	return formats[f].type;
}

/* Takes the reference. */
static enum rc
dump(json_t *js, struct buf *out, struct err *err)
{
	char	*text = json_dumps(js, JSON_COMPACT | JSON_SORT_KEYS);
	int	 bad;

	json_decref(js);
	if (text == NULL)
		return err_set(err, RC_REFUSED, "document: no JSON");
	bad = buf_puts(out, text);
	free(text);
	return bad ? err_set(err, RC_REFUSED, "document: larger than %zu bytes",
	    out->max) : RC_OK;
}

static enum rc
annex_text(const struct document *d, struct buf *out, struct err *err)
{
	struct arena	*a = arena_new();
	const char	*subject, *body;
	json_t		*extra, *view;
	enum rc		 rc;

	extra = json_pack("{s:i}", "revision", d->revision);
	view = view_make(d->policy, d->conf, d->s, d->to, extra, d->now);
	rc = templates_mail(d->templates, "annex2", d->to->lang, view, a,
	    &subject, &body, err);
	if (rc == RC_OK && buf_puts(out, body) == -1)
		rc = err_set(err, RC_REFUSED,
		    "document: larger than %zu bytes", out->max);
	json_decref(view);
	json_decref(extra);
	arena_free(&a);
	return rc;
}

static enum rc
annex_html(const struct document *d, struct buf *out, struct err *err)
{
	json_t	*extra = json_pack("{s:i}", "revision", d->revision);
	enum rc	 rc;

	rc = annex_page(d->templates, d->policy, d->conf, d->s, d->to, extra,
	    d->now, out, err);
	json_decref(extra);
	return rc;
}

enum rc
document_make(enum document_format f, const struct document *d,
    struct buf *out, struct err *err)
{
	switch (f) {
	case DOC_JSON:
		return dump(view_payload(d->policy, d->conf, d->s, d->to,
		    d->revision, d->key, d->now), out, err);
	case DOC_IODEF_XML:
		return iodef_xml(d->policy, d->conf, d->s, d->to, d->now, out,
		    err);
	case DOC_IODEF_JSON:
		return dump(iodef_json(d->policy, d->conf, d->s, d->to,
		    d->now), out, err);
	case DOC_ANNEX2_TEXT:
		return annex_text(d, out, err);
	case DOC_ANNEX2_HTML:
		return annex_html(d, out, err);
	case DOC_N:
		break;
	}
	return err_set(err, RC_REFUSED, "document: no such format");
}
