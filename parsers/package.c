#include "parsers/package.h"

#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>
#include <zip.h>

#include "base/arena.h"
#include "parsers/limits.h"

#define CHUNK		(32u * 1024)
#define XML_DEPTH	250
#define NUMBER_MAX	12		/* letters of a number */

struct package {
	zip_t		*z;
	size_t		 total;		/* bytes unpacked so far */
	/* of the file in hand */
	xmlParserCtxtPtr ctxt;
	const struct package_face *face;
	void		*arg;
	int		 depth;
	int		 stopped, refused;
};

static const char too_large[] = "the document's text is too large unpacked";

const char *
package_attribute(const unsigned char **v, int n, const char *name,
    size_t *len)
{
	for (int i = 0; i < n; i++, v += 5)
		if (strcmp((const char *)v[0], name) == 0) {
			/* in SAX2 a value ends where the next pointer says */
			*len = (size_t)(v[4] - v[3]);
			return (const char *)v[3];
		}
	*len = 0;
	return NULL;
}

int
package_says(const unsigned char **atts, int n, const char *name,
    const char *value)
{
	size_t		 len;
	const char	*s = package_attribute(atts, n, name, &len);

	return s != NULL && len == strlen(value) && memcmp(s, value, len) == 0;
}

long
package_number(const unsigned char **atts, int n, const char *name, long other)
{
	size_t		 len;
	const char	*s = package_attribute(atts, n, name, &len);
	char		 number[NUMBER_MAX + 1], *end;
	long		 got;

	if (s == NULL || len == 0 || len > NUMBER_MAX)
		return other;
	memcpy(number, s, len);
	number[len] = '\0';
	got = strtol(number, &end, 10);
	return *end == '\0' ? got : other;
}

void
package_stop(struct package *p)
{
	p->stopped = 1;
	xmlStopParser(p->ctxt);
}

void
package_refuse(struct package *p)
{
	p->refused = 1;
	xmlStopParser(p->ctxt);
}

int
package_depth(const struct package *p)
{
	return p->depth;
}

static void
on_start(void *ctx, const xmlChar *name, const xmlChar *prefix,
    const xmlChar *uri, int nns, const xmlChar **ns, int natt, int ndef,
    const xmlChar **atts)
{
	struct package	*p = ctx;

	(void)prefix;
	(void)uri;
	(void)nns;
	(void)ns;
	(void)ndef;
	if (++p->depth > XML_DEPTH)
		package_refuse(p);
	else
		p->face->start(p->arg, (const char *)name, atts, natt);
}

static void
on_end(void *ctx, const xmlChar *name, const xmlChar *prefix,
    const xmlChar *uri)
{
	struct package	*p = ctx;

	(void)prefix;
	(void)uri;
	if (p->face->end != NULL)
		p->face->end(p->arg, (const char *)name);
	p->depth--;
}

static void
on_text(void *ctx, const xmlChar *s, int len)
{
	struct package	*p = ctx;

	if (len > 0 && p->face->text != NULL)
		p->face->text(p->arg, (const char *)s, (size_t)len);
}

/* A form has no document type; one that brings it wants to make entities. */
static void
on_doctype(void *ctx, const xmlChar *name, const xmlChar *id,
    const xmlChar *sys)
{
	(void)name;
	(void)id;
	(void)sys;
	package_refuse(ctx);
}

static void
quiet(void *ctx, const char *fmt, ...)
{
	(void)ctx;
	(void)fmt;
}

static int
start_parser(struct package *p)
{
	xmlSAXHandler	 sax;

	memset(&sax, 0, sizeof(sax));
	sax.initialized = XML_SAX2_MAGIC;
	sax.startElementNs = on_start;
	sax.endElementNs = on_end;
	sax.characters = on_text;
	sax.cdataBlock = on_text;
	sax.internalSubset = on_doctype;
	sax.warning = quiet;
	sax.error = quiet;
	sax.fatalError = quiet;
	p->ctxt = xmlCreatePushParserCtxt(&sax, p, NULL, 0, NULL);
	if (p->ctxt == NULL)
		return 0;
	(void)xmlCtxtUseOptions(p->ctxt, XML_PARSE_NONET | XML_PARSE_NOERROR |
	    XML_PARSE_NOWARNING);
	return 1;
}

static const char *
read_xml(struct package *p, zip_file_t *f, int whole)
{
	char		 chunk[CHUNK];
	zip_int64_t	 n = 0;
	const char	*why = NULL;
	int		 broken = 0;

	if (!start_parser(p))
		return "the document's text cannot be unpacked";
	while (why == NULL && !p->refused && !p->stopped &&
	    (n = zip_fread(f, chunk, CHUNK)) > 0) {
		p->total += (size_t)n;
		if (p->total > OFFICE_XML_MAX)
			why = too_large;
		else if (xmlParseChunk(p->ctxt, chunk, (int)n, 0) != 0)
			break;
	}
	if (why == NULL && !p->refused && !p->stopped)
		broken = n != 0 || xmlParseChunk(p->ctxt, chunk, 0, 1) != 0;
	else
		(void)xmlParseChunk(p->ctxt, chunk, 0, 1);
	if (p->refused)
		why = "the document's XML is not that of a form";
	else if (why == NULL && broken && whole)
		why = "the document is damaged";
	xmlFreeDoc(p->ctxt->myDoc);
	xmlFreeParserCtxt(p->ctxt);
	p->ctxt = NULL;
	return why;
}

/* By its name; some programs write xl/SharedStrings.xml. */
static zip_int64_t
locate(struct package *p, const char *member)
{
	zip_int64_t	at = zip_name_locate(p->z, member, 0);

	return at >= 0 ? at : zip_name_locate(p->z, member, ZIP_FL_NOCASE);
}

int
package_has(struct package *p, const char *member)
{
	return locate(p, member) >= 0;
}

const char *
package_read(struct package *p, const char *member, int whole,
    const struct package_face *face, void *arg)
{
	zip_int64_t	 at = locate(p, member);
	const char	*why;
	zip_stat_t	 st;
	zip_file_t	*f;

	if (at < 0 || zip_stat_index(p->z, (zip_uint64_t)at, 0, &st) != 0 ||
	    !(st.valid & ZIP_STAT_SIZE) || !(st.valid & ZIP_STAT_COMP_SIZE))
		return "the document holds no text";
	if (st.valid & ZIP_STAT_ENCRYPTION_METHOD &&
	    st.encryption_method != ZIP_EM_NONE)
		return "the document is encrypted";
	if (st.size > OFFICE_XML_MAX)
		return too_large;
	if (st.size > 64 * 1024 && st.size / OFFICE_RATIO > st.comp_size)
		return "the document is packed beyond reason";
	f = zip_fopen_index(p->z, (zip_uint64_t)at, 0);
	if (f == NULL)
		return "the document's text cannot be unpacked";
	p->face = face;
	p->arg = arg;
	p->depth = 0;
	p->stopped = p->refused = 0;
	why = read_xml(p, f, whole);
	(void)zip_fclose(f);
	return why;
}

const char *
package_open(struct package **out, const char *bytes, size_t len)
{
	static const char compound[] = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
	zip_source_t	*src;
	zip_error_t	 ze;
	zip_t		*z = NULL;

	*out = NULL;
	if (len > OFFICE_FILE_MAX)
		return "the document is too large";
	if (len >= sizeof(compound) - 1 &&
	    memcmp(bytes, compound, sizeof(compound) - 1) == 0)
		return "the document is encrypted, or of an old format";
	zip_error_init(&ze);
	src = zip_source_buffer_create(bytes, len, 0, &ze);
	if (src != NULL)
		z = zip_open_from_source(src, ZIP_RDONLY, &ze);
	zip_error_fini(&ze);
	if (z == NULL) {
		if (src != NULL)
			zip_source_free(src);
		return "the document is no readable archive";
	}
	if (zip_get_num_entries(z, 0) > OFFICE_ENTRIES) {
		zip_discard(z);
		return "the document holds too many files";
	}
	*out = xcalloc(1, sizeof(**out));
	(*out)->z = z;
	return NULL;
}

void
package_close(struct package **p)
{
	if (*p == NULL)
		return;
	zip_discard((*p)->z);
	free(*p);
	*p = NULL;
}
