#include "parsers/office.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libxml/parser.h>
#include <zip.h>

#include "base/buf.h"
#include "parsers/cell.h"
#include "parsers/limits.h"
#include "parsers/symbol.h"
#include "parsers/text.h"

#define CHUNK		(32u * 1024)
#define XML_DEPTH	250

struct words {
	xmlParserCtxtPtr ctxt;
	enum office_kind kind;
	struct buf	 out;
	int		 depth;
	int		 skip;		/* depth of what is left out, or 0 */
	int		 text;		/* inside an element that holds text */
	int		 cell;		/* cells begun in this row */
	size_t		 cell_from;	/* where the last of them begins */
	int		 cell_depth;	/* open cells */
	int		 hint;		/* depth of a control not filled in */
	int		 ticked;	/* of the check box being read */
	int		 cell_empty;
	int		 broke;		/* a newline is owed */
	int		 refused;
};

static const struct format {
	const char	*ending, *type;
} formats[] = {
	[OFFICE_DOCX] = { ".docx", "application/vnd.openxmlformats-"
	    "officedocument.wordprocessingml.document" },
	[OFFICE_ODT] = { ".odt", "application/vnd.oasis.opendocument.text" },
	[OFFICE_ODS] = { ".ods",
	    "application/vnd.oasis.opendocument.spreadsheet" },
};

#define COUNT(x)	(sizeof(x) / sizeof((x)[0]))

static int
ends_with(const char *name, const char *ending)
{
	size_t	n = strlen(name), len = strlen(ending);

	return n > len && strcasecmp(name + n - len, ending) == 0;
}

enum office_kind
office_kind(const char *name, const char *type)
{
	for (size_t k = OFFICE_DOCX; k < COUNT(formats); k++)
		if (name != NULL && *name != '\0' ?
		    ends_with(name, formats[k].ending) :
		    type != NULL && strcmp(type, formats[k].type) == 0)
			return (enum office_kind)k;
	return OFFICE_NONE;
}

const char *
office_name(enum office_kind kind)
{
	return kind == OFFICE_NONE ? NULL : formats[kind].ending + 1;
}

int
office_unread(const char *name)
{
	static const char *const endings[] = {
		".doc", ".docm", ".dot", ".dotx", ".rtf", ".wps", ".pages",
		".pdf", ".xls", ".xlsx", ".xlsm", ".et", ".numbers", ".ott",
		".sxw", ".gpg", ".pgp", ".p7m",
	};

	for (size_t i = 0; i < COUNT(endings); i++)
		if (ends_with(name, endings[i]))
			return 1;
	return 0;
}

static int
is(const xmlChar *local, const char *name)
{
	/* asked twenty times for each element: most differ at once */
	return *local == (xmlChar)*name &&
	    strcmp((const char *)local, name) == 0;
}

static void
refuse(struct words *w)
{
	w->refused = 1;
	xmlStopParser(w->ctxt);
}

static void
emit(struct words *w, const char *s, size_t n)
{
	if (w->broke && w->out.len > 0 && !(w->cell_depth && w->cell_empty))
		(void)buf_putc(&w->out, '\n');
	w->broke = 0;
	w->cell_empty = 0;
	if (buf_add(&w->out, s, n) == -1)
		xmlStopParser(w->ctxt);		/* enough was read */
}

/* Attribute by local name; its value is not NUL-terminated in SAX2. */
static const char *
attribute(const xmlChar **v, int n, const char *name, size_t *len)
{
	for (int i = 0; i < n; i++, v += 5)
		if (is(v[0], name)) {
			*len = (size_t)(v[4] - v[3]);
			return (const char *)v[3];
		}
	*len = 0;
	return NULL;
}

static void
symbol(struct words *w, const xmlChar **atts, int n)
{
	size_t		 len;
	const char	*code = attribute(atts, n, "char", &len);
	const char	*tick = len == 4 ? symbol_tick((unsigned)strtoul(code, NULL,
			    16)) : NULL;

	if (tick != NULL) {
		emit(w, tick, strlen(tick));
		return;
	}
	emit(w, "?", 1);
}

static void
spaces(struct words *w, const xmlChar **atts, int n)
{
	size_t		 len;
	const char	*count = attribute(atts, n, "c", &len);
	int		 k = count == NULL || len > 3 ? 1 :
			    (int)strtol(count, NULL, 10);

	for (int i = 0; i < k && i < 200; i++)
		emit(w, " ", 1);
}

static void
start_cell(struct words *w)
{
	w->cell_depth++;
	if (cell_may_label(w->cell))
		(void)cell_unwrap(&w->out, w->cell_from);
	if (w->cell++ > 0)
		(void)buf_putc(&w->out, '\t');
	else if (w->broke && w->out.len > 0)
		(void)buf_putc(&w->out, '\n');
	w->cell_from = w->out.len;
	w->cell_empty = 1;
	w->broke = 0;
}

/* A row of a table inside a cell is a row like any other. */
static void
start_row(struct words *w)
{
	if (w->out.len > 0 && w->out.data[w->out.len - 1] != '\n')
		(void)buf_putc(&w->out, '\n');
	w->cell = 0;
	w->broke = 0;
}

/* <w:checked/> and <w:default w:val="1"/> of a form field. */
static void
check_box(struct words *w, const xmlChar **atts, int n)
{
	size_t		 len;
	const char	*val = attribute(atts, n, "val", &len);

	w->ticked = val == NULL || (len > 0 && strchr("1to", *val) != NULL &&
	    !(len == 3 && strncmp(val, "off", 3) == 0));
}

/* A content control; what it shows while nobody filled it in is no text. */
static void
start_control(struct words *w, const xmlChar *name)
{
	if (is(name, "showingPlcHdr"))
		w->hint = w->depth;
	else if (is(name, "sdtContent") && w->hint == w->depth + 1)
		w->skip = w->depth;
	if (is(name, "sdtContent") || is(name, "sdt"))
		w->hint = 0;
}

static void
start_docx(struct words *w, const xmlChar *name, const xmlChar **atts, int n)
{
	if (is(name, "t"))
		w->text = w->depth;
	else if (is(name, "tab"))
		emit(w, "\t", 1);
	else if (is(name, "br") || is(name, "cr"))
		emit(w, "\n", 1);
	else if (is(name, "noBreakHyphen"))
		emit(w, "-", 1);
	else if (is(name, "sym"))
		symbol(w, atts, n);
	else if (is(name, "tc"))
		start_cell(w);
	else if (is(name, "tr"))
		start_row(w);
	else if (is(name, "checkBox"))
		w->ticked = 0;
	else if (is(name, "checked") || is(name, "default"))
		check_box(w, atts, n);
	else if (is(name, "sdt") || is(name, "sdtContent") ||
	    is(name, "showingPlcHdr"))
		start_control(w, name);
	else if (is(name, "Fallback") || is(name, "del") ||
	    is(name, "instrText") || is(name, "tabs") || is(name, "pPr"))
		w->skip = w->depth;
}

static void
start_odt(struct words *w, const xmlChar *name, const xmlChar **atts, int n)
{
	if (is(name, "p") || is(name, "h"))
		w->text = w->text ? w->text : w->depth;
	else if (is(name, "tab"))
		emit(w, "\t", 1);
	else if (is(name, "line-break"))
		emit(w, "\n", 1);
	else if (is(name, "s"))
		spaces(w, atts, n);
	else if (is(name, "table-cell"))
		start_cell(w);
	else if (is(name, "table-row"))
		start_row(w);
	else if (is(name, "annotation") || is(name, "tracked-changes") ||
	    is(name, "automatic-styles") || is(name, "note"))
		w->skip = w->depth;
}

static void
on_start(void *ctx, const xmlChar *name, const xmlChar *prefix,
    const xmlChar *uri, int nns, const xmlChar **ns, int natt, int ndef,
    const xmlChar **atts)
{
	struct words	*w = ctx;

	(void)prefix;
	(void)uri;
	(void)nns;
	(void)ns;
	(void)ndef;
	if (++w->depth > XML_DEPTH) {
		refuse(w);
		return;
	}
	if (w->skip)
		return;
	if (w->kind == OFFICE_DOCX)
		start_docx(w, name, atts, natt);
	else
		start_odt(w, name, atts, natt);
}

static void
on_end(void *ctx, const xmlChar *name, const xmlChar *prefix,
    const xmlChar *uri)
{
	struct words	*w = ctx;

	(void)prefix;
	(void)uri;
	if (w->skip == w->depth)
		w->skip = 0;
	if (w->text == w->depth)
		w->text = 0;
	w->depth--;
	if (w->skip)
		return;
	if (is(name, "p") || is(name, "h")) {
		/* the last paragraph of a cell does not end the row's line */
		w->broke = 1;
	} else if (is(name, "tc") || is(name, "table-cell")) {
		if (w->cell_depth > 0)
			w->cell_depth--;
		w->broke = w->cell == 0;	/* a table was in it */
	} else if (is(name, "tr") || is(name, "table-row")) {
		w->broke = 1;
		w->cell = 0;
	} else if (is(name, "checkBox") && w->kind == OFFICE_DOCX) {
		emit(w, w->ticked ? "☑" : "□", 3);
	}
}

static void
on_text(void *ctx, const xmlChar *s, int len)
{
	struct words	*w = ctx;

	if (w->text && !w->skip && len > 0)
		emit(w, (const char *)s, (size_t)len);
}

/* A form has no document type; one that brings it wants to make entities. */
static void
on_doctype(void *ctx, const xmlChar *name, const xmlChar *id,
    const xmlChar *sys)
{
	(void)name;
	(void)id;
	(void)sys;
	refuse(ctx);
}

static void
quiet(void *ctx, const char *fmt, ...)
{
	(void)ctx;
	(void)fmt;
}

static const char *
read_xml(struct words *w, zip_file_t *f)
{
	xmlSAXHandler	 sax;
	char		 chunk[CHUNK];
	zip_int64_t	 n;
	size_t		 total = 0;
	const char	*why = NULL;

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
	w->ctxt = xmlCreatePushParserCtxt(&sax, w, NULL, 0, NULL);
	if (w->ctxt != NULL)
		(void)xmlCtxtUseOptions(w->ctxt, XML_PARSE_NONET |
		    XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	while (w->ctxt != NULL && why == NULL && !w->refused &&
	    !w->out.over && (n = zip_fread(f, chunk, CHUNK)) > 0) {
		total += (size_t)n;
		if (total > OFFICE_XML_MAX)
			why = "the document's text is too large unpacked";
		else if (xmlParseChunk(w->ctxt, chunk, (int)n, 0) != 0)
			break;
	}
	if (w->refused)
		why = "the document's XML is not that of a form";
	if (w->ctxt != NULL) {
		(void)xmlParseChunk(w->ctxt, chunk, 0, 1);
		xmlFreeDoc(w->ctxt->myDoc);
		xmlFreeParserCtxt(w->ctxt);
	}
	return why;
}

static const char *
read_member(struct words *w, zip_t *z)
{
	const char	*member = w->kind == OFFICE_DOCX ?
			    "word/document.xml" : "content.xml", *why;
	zip_stat_t	 st;
	zip_file_t	*f;

	if (zip_get_num_entries(z, 0) > OFFICE_ENTRIES)
		return "the document holds too many files";
	if (zip_stat(z, member, 0, &st) != 0 ||
	    !(st.valid & ZIP_STAT_SIZE) || !(st.valid & ZIP_STAT_COMP_SIZE))
		return "the document holds no text";
	if (st.valid & ZIP_STAT_ENCRYPTION_METHOD &&
	    st.encryption_method != ZIP_EM_NONE)
		return "the document is encrypted";
	if (st.size > OFFICE_XML_MAX)
		return "the document's text is too large unpacked";
	if (st.size > 64 * 1024 && st.size / OFFICE_RATIO > st.comp_size)
		return "the document is packed beyond reason";
	f = zip_fopen(z, member, 0);
	if (f == NULL)
		return "the document's text cannot be unpacked";
	why = read_xml(w, f);
	(void)zip_fclose(f);
	return why;
}

void
office_read(struct arena *a, enum office_kind kind, const char *bytes,
    size_t len, struct office_text *out)
{
	struct words	 w;
	zip_source_t	*src;
	zip_error_t	 ze;
	zip_t		*z = NULL;

	memset(out, 0, sizeof(*out));
	if (len > OFFICE_FILE_MAX) {
		out->reason = "the document is too large";
		return;
	}
	zip_error_init(&ze);
	src = zip_source_buffer_create(bytes, len, 0, &ze);
	if (src != NULL)
		z = zip_open_from_source(src, ZIP_RDONLY, &ze);
	if (z == NULL) {
		if (src != NULL)
			zip_source_free(src);
		zip_error_fini(&ze);
		out->reason = "the document is no readable archive";
		return;
	}
	memset(&w, 0, sizeof(w));
	w.kind = kind;
	buf_init(&w.out, BODY_MAX);
	out->reason = read_member(&w, z);
	zip_discard(z);
	zip_error_fini(&ze);
	if (out->reason == NULL) {
		out->text = text_utf8_clean(a, w.out.data, w.out.len);
		out->len = strlen(out->text);
	}
	buf_free(&w.out);
}
