#ifndef XML_QUICK_H
#define XML_QUICK_H

/*
 * xml_quick - the XML of office documents as programs write it, in one pass.
 *
 * Promise: the handler is called as libxml2's push parser would call it for
 * the same bytes, or the answer is 0 and what it was told must be forgotten.
 * Whatever is not plainly well formed is 0: a document type, a sign that XML
 * does not know, an end that does not fit, a prefix without a namespace.
 *
 * Only names that the caller asks for are told, all others as "".
 */
#include <stddef.h>

#include <libxml/parser.h>

struct xml_names {
	const char *const	*elements, *const *attributes;	/* to NULL */
};

/* Uses startElementNs, endElementNs and characters; *stop: enough. */
int	xml_quick(const char *s, size_t len, const struct xml_names *,
	    const xmlSAXHandler *, void *ctx, const int *stop);

#endif
