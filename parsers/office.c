#include "parsers/office.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "parsers/cell.h"
#include "parsers/limits.h"
#include "parsers/ods.h"
#include "parsers/package.h"
#include "parsers/symbol.h"
#include "parsers/text.h"
#include "parsers/xlsx.h"

#define STYLES_MAX	64		/* further ones strike nothing out */

struct words {
	struct package	*package;
	enum office_kind kind;
	struct buf	*out;
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
	int		 gone;		/* the run is struck out or hidden */
	struct arena	*arena;
	const char	*style;		/* of a text, the one being defined */
	const char	*struck[STYLES_MAX];	/* those that strike out or hide */
	size_t		 n_struck;
};

static const struct format {
	const char	*ending, *type;
} formats[] = {
	[OFFICE_DOCX] = { ".docx", "application/vnd.openxmlformats-"
	    "officedocument.wordprocessingml.document" },
	[OFFICE_ODT] = { ".odt", "application/vnd.oasis.opendocument.text" },
	[OFFICE_ODS] = { ".ods",
	    "application/vnd.oasis.opendocument.spreadsheet" },
	[OFFICE_XLSX] = { ".xlsx", "application/vnd.openxmlformats-"
	    "officedocument.spreadsheetml.sheet" },
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
		".pdf", ".xls", ".xlsm", ".xlsb", ".xltx", ".et", ".numbers",
		".ott", ".ots", ".sxw", ".sxc", ".gpg", ".pgp", ".p7m",
	};

	for (size_t i = 0; i < COUNT(endings); i++)
		if (ends_with(name, endings[i]))
			return 1;
	return 0;
}

static int
is(const char *local, const char *name)
{
	/* asked twenty times for each element: most differ at once */
	return *local == *name && strcmp(local, name) == 0;
}

static void
emit(struct words *w, const char *s, size_t n)
{
	if (w->broke && w->out->len > 0 && !(w->cell_depth && w->cell_empty))
		(void)buf_putc(w->out, '\n');
	w->broke = 0;
	w->cell_empty = 0;
	if (buf_add(w->out, s, n) == -1)
		package_stop(w->package);	/* enough was read */
}

static void
symbol(struct words *w, const unsigned char **atts, int n)
{
	size_t		 len;
	const char	*code = package_attribute(atts, n, "char", &len);
	const char	*tick = len == 4 ? symbol_tick((unsigned)strtoul(code,
			    NULL, 16)) : NULL;

	if (tick != NULL) {
		emit(w, tick, strlen(tick));
		return;
	}
	emit(w, "?", 1);
}

static void
spaces(struct words *w, const unsigned char **atts, int n)
{
	size_t		 len;
	const char	*count = package_attribute(atts, n, "c", &len);
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
		(void)cell_unwrap(w->out, w->cell_from);
	if (w->cell++ > 0)
		(void)buf_putc(w->out, '\t');
	else if (w->broke && w->out->len > 0)
		(void)buf_putc(w->out, '\n');
	w->cell_from = w->out->len;
	w->cell_empty = 1;
	w->broke = 0;
}

/* A row of a table inside a cell is a row like any other. */
static void
start_row(struct words *w)
{
	if (w->out->len > 0 && w->out->data[w->out->len - 1] != '\n')
		(void)buf_putc(w->out, '\n');
	w->cell = 0;
	w->broke = 0;
}

/* <w:checked/> and <w:default w:val="1"/> of a form field. */
static void
check_box(struct words *w, const unsigned char **atts, int n)
{
	size_t		 len;
	const char	*val = package_attribute(atts, n, "val", &len);

	w->ticked = val == NULL || (len > 0 && strchr("1to", *val) != NULL &&
	    !(len == 3 && strncmp(val, "off", 3) == 0));
}

/* A content control; what it shows while nobody filled it in is no text. */
static void
start_control(struct words *w, const char *name)
{
	if (is(name, "showingPlcHdr"))
		w->hint = w->depth;
	else if (is(name, "sdtContent") && w->hint == w->depth + 1)
		w->skip = w->depth;
	if (is(name, "sdtContent") || is(name, "sdt"))
		w->hint = 0;
}

/* <w:strike/>, <w:vanish w:val="0"/>: what nobody sees as an answer. */
static void
start_run(struct words *w, const char *name, const unsigned char **atts, int n)
{
	if (is(name, "r"))
		w->gone = 0;
	else if (!package_says(atts, n, "val", "0") &&
	    !package_says(atts, n, "val", "false") &&
	    !package_says(atts, n, "val", "off"))
		w->gone = 1;
}

static int
is_of_run(const char *name)
{
	return is(name, "r") || is(name, "strike") || is(name, "dstrike") ||
	    is(name, "vanish");
}

static void
start_docx(struct words *w, const char *name, const unsigned char **atts, int n)
{
	if (is_of_run(name))
		start_run(w, name, atts, n);
	else if (w->gone && (is(name, "t") || is(name, "sym")))
		return;
	else if (is(name, "t"))
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
	    is(name, "moveFrom") || is(name, "rPrChange") || is(name, "rt") ||
	    is(name, "instrText") || is(name, "tabs") || is(name, "pPr"))
		w->skip = w->depth;
}

/* A style of texts, and whether it strikes them out or hides them. */
static void
start_style(struct words *w, const char *name, const unsigned char **atts,
    int n)
{
	const char	*style;
	size_t		 len;

	if (is(name, "style")) {
		style = package_attribute(atts, n, "name", &len);
		w->style = style == NULL ? NULL :
		    arena_strndup(w->arena, style, len);
		return;
	}
	style = package_attribute(atts, n, "text-line-through-style", &len);
	if (w->style != NULL && w->n_struck < STYLES_MAX && ((style != NULL &&
	    !package_says(atts, n, "text-line-through-style", "none")) ||
	    package_says(atts, n, "display", "none")))
		w->struck[w->n_struck++] = w->style;
}

static int
is_struck(const struct words *w, const unsigned char **atts, int n)
{
	for (size_t i = 0; i < w->n_struck; i++)
		if (package_says(atts, n, "style-name", w->struck[i]))
			return 1;
	return 0;
}

static void
start_odt(struct words *w, const char *name, const unsigned char **atts, int n)
{
	if (is(name, "style") || is(name, "text-properties"))
		start_style(w, name, atts, n);
	else if ((is(name, "span") || is(name, "p")) && is_struck(w, atts, n))
		w->skip = w->depth;
	else if (is(name, "p") || is(name, "h"))
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
	    is(name, "placeholder") || is(name, "ruby-text") ||
	    is(name, "note"))
		w->skip = w->depth;
}

static void
on_start(void *arg, const char *name, const unsigned char **atts, int n)
{
	struct words	*w = arg;

	w->depth = package_depth(w->package);
	if (w->skip)
		return;
	if (w->kind == OFFICE_DOCX)
		start_docx(w, name, atts, n);
	else
		start_odt(w, name, atts, n);
}

static void
on_end(void *arg, const char *name)
{
	struct words	*w = arg;
	int		 depth = package_depth(w->package);

	if (w->skip == depth)
		w->skip = 0;
	if (w->text == depth)
		w->text = 0;
	w->depth = depth - 1;
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
on_text(void *arg, const char *s, size_t len)
{
	struct words	*w = arg;

	if (w->text && !w->skip)
		emit(w, s, len);
}

static const char *
read_words(struct arena *a, struct package *p, enum office_kind kind,
    struct buf *out)
{
	static const struct package_face face = { on_start, on_end, on_text };
	struct words	 w;

	memset(&w, 0, sizeof(w));
	w.arena = a;
	w.package = p;
	w.kind = kind;
	w.out = out;
	return package_read(p, kind == OFFICE_DOCX ? "word/document.xml" :
	    "content.xml", 0, &face, &w);
}

/* By its files: names are wrong now and then. */
static enum office_kind
real_kind(struct package *p, enum office_kind named)
{
	if (package_has(p, "xl/workbook.xml"))
		return OFFICE_XLSX;
	if (package_has(p, "word/document.xml"))
		return OFFICE_DOCX;
	return named;
}

static const char *
read_kind(struct arena *a, struct package *p, enum office_kind kind,
    struct buf *out)
{
	if ((kind == OFFICE_ODT || kind == OFFICE_ODS) && ods_encrypted(p))
		return "the document is encrypted";
	switch (kind) {
	case OFFICE_XLSX:
		return xlsx_read(a, p, out);
	case OFFICE_ODS:
		return ods_read(a, p, out);
	case OFFICE_NONE:
	case OFFICE_DOCX:
	case OFFICE_ODT:
		break;
	}
	return read_words(a, p, kind, out);
}

void
office_read(struct arena *a, enum office_kind kind, const char *bytes,
    size_t len, struct office_text *out)
{
	struct package	*p;
	struct buf	 words;

	memset(out, 0, sizeof(*out));
	out->kind = kind;
	out->reason = package_open(&p, bytes, len);
	if (out->reason == NULL)
		out->kind = real_kind(p, kind);
	if (out->kind == OFFICE_NONE)
		out->reason = NULL;
	if (out->reason != NULL || out->kind == OFFICE_NONE) {
		package_close(&p);
		return;
	}
	buf_init(&words, BODY_MAX);
	out->reason = read_kind(a, p, out->kind, &words);
	package_close(&p);
	if (out->reason == NULL) {
		out->text = text_utf8_clean(a, words.data, words.len);
		out->len = strlen(out->text);
	}
	buf_free(&words);
}
