#ifndef DOCUMENT_H
#define DOCUMENT_H

/*
 * document - one incident in every form that leaves the house, from one
 * record and with only what the addressee may see.
 */
#include "base/buf.h"
#include "incident/view.h"
#include "templates/render.h"

#define DOCUMENT_FORMATS(X)						\
	X(JSON,		"json",		"application/json")		\
	X(IODEF_XML,	"iodef-xml",	"application/xml")		\
	X(IODEF_JSON,	"iodef-json",	"application/json")		\
	X(ANNEX2_TEXT,	"annex2-text",	"text/plain; charset=utf-8")	\
	X(ANNEX2_HTML,	"annex2-html",	"text/html; charset=utf-8")

enum document_format {
#define X(id, name, type) DOC_##id,
	DOCUMENT_FORMATS(X)
#undef X
	DOC_N
};

int	 document_parse(const char *, enum document_format *);	/* 0 or -1 */
const char *document_type(enum document_format);	/* media type */

struct document {
	const struct policy	*policy;
	const struct conf	*conf;
	const struct situation	*s;
	const struct addressee	*to;
	const struct templates	*templates;	/* for annex2-*; else NULL */
	int			 revision;
	const char		*key;		/* idempotency key, or NULL */
	int64_t			 now;
};

/* RC_REFUSED when it cannot be made or does not fit into the buffer. */
enum rc	document_make(enum document_format, const struct document *,
	    struct buf *, struct err *);

#endif
