#include "parsers/xlsx_book.h"

#include <stdlib.h>
#include <string.h>

#include "parsers/limits.h"
#include "parsers/package.h"
#include "parsers/sheet_number.h"

#define CODE_MAX	255		/* bytes of a number format */
#define PATH_SIZE	512

static char *
copy(struct book *b, const unsigned char **atts, int n, const char *name)
{
	size_t		 len;
	const char	*s = package_attribute(atts, n, name, &len);

	return arena_strndup(b->arena, s == NULL ? "" : s, s == NULL ? 0 :
	    len < PATH_SIZE ? len : PATH_SIZE);
}

static int
ends_with(const char *s, const char *end)
{
	size_t	n = strlen(s), len = strlen(end);

	return n >= len && strcmp(s + n - len, end) == 0;
}

/* A file of the archive, named from the folder that the other stands in. */
static const char *
beside(struct arena *a, const char *path, const char *target)
{
	const char	*slash = strrchr(path, '/');
	size_t		 folder = slash == NULL ? 0 : (size_t)(slash - path);

	if (*target == '/')
		return target + 1;
	for (;; target += strncmp(target, "./", 2) == 0 ? 2 : 3) {
		if (strncmp(target, "../", 3) == 0)
			while (folder > 0 && path[--folder] != '/')
				;
		else if (strncmp(target, "./", 2) != 0)
			break;
	}
	return arena_printf(a, "%.*s%s%s", (int)folder, path, folder > 0 ?
	    "/" : "", target);
}

/* Nothing outside the workbook is of interest. */
static void
on_link(void *arg, const char *name, const unsigned char **atts, int n)
{
	struct book	*b = arg;

	if (strcmp(name, "Relationship") != 0 || b->n_links == BOOK_LINKS ||
	    package_says(atts, n, "TargetMode", "External"))
		return;
	b->links[b->n_links++] = (struct book_link){ copy(b, atts, n, "Id"),
	    copy(b, atts, n, "Type"), copy(b, atts, n, "Target") };
}

/* The links of a file; "": of the archive. */
static void
read_links(struct book *b, const char *file)
{
	static const struct package_face face = { on_link, NULL, NULL };
	const char	*name = strrchr(file, '/');

	b->n_links = 0;
	b->path = file;
	name = name == NULL ? file : name + 1;
	(void)package_read(b->package, beside(b->arena, file,
	    arena_printf(b->arena, "_rels/%s.rels", name)), 0, &face, b);
}

static const char *
link_of(const struct book *b, const char *type, const char *id, size_t len)
{
	for (size_t i = 0; i < b->n_links; i++)
		if (ends_with(b->links[i].type, type) && (id == NULL ||
		    (strlen(b->links[i].id) == len &&
		    memcmp(b->links[i].id, id, len) == 0)))
			return beside(b->arena, b->path, b->links[i].target);
	return NULL;
}

const char *
book_linked(struct book *b, const char *file, const char *type)
{
	read_links(b, file);
	return link_of(b, type, NULL, 0);
}

struct sheets {
	struct book	*b;
	size_t		 n_examples;
	const char	*examples[SHEET_SHEETS];
};

static void
add_sheet(struct sheets *s, const unsigned char **atts, int n)
{
	size_t		 len, id_len;
	const char	*name = package_attribute(atts, n, "name", &len), *file,
			*id = package_attribute(atts, n, "id", &id_len);

	if (id == NULL || package_says(atts, n, "state", "hidden") ||
	    package_says(atts, n, "state", "veryHidden"))
		return;
	file = link_of(s->b, "/worksheet", id, id_len);
	if (file == NULL)
		return;		/* a chart, or old macros */
	if (name != NULL && sheet_is_example(name, len)) {
		if (s->n_examples < SHEET_SHEETS)
			s->examples[s->n_examples++] = file;
	} else if (s->b->n_sheets < SHEET_SHEETS) {
		s->b->sheets[s->b->n_sheets++] = file;
	}
}

static void
on_book(void *arg, const char *name, const unsigned char **atts, int n)
{
	struct sheets	*s = arg;

	if (strcmp(name, "workbookPr") == 0)
		s->b->since_1904 = package_says(atts, n, "date1904", "1") ||
		    package_says(atts, n, "date1904", "true");
	else if (strcmp(name, "sheet") == 0)
		add_sheet(s, atts, n);
}

static const char *
read_book(struct book *b)
{
	static const struct package_face face = { on_book, NULL, NULL };
	struct sheets	 s = { b, 0, { NULL } };
	const char	*why = package_read(b->package, b->path, 1, &face, &s);

	for (size_t i = 0; why == NULL && b->n_sheets == 0 &&
	    i < s.n_examples; i++)
		b->sheets[i] = s.examples[i];
	if (why == NULL && b->n_sheets == 0)
		b->n_sheets = s.n_examples;
	return why;
}

struct styles {
	struct book	*b;
	int		 cells;		/* in those that cells name */
};

static void
add_format(struct book *b, const unsigned char **atts, int n)
{
	size_t		 len;
	const char	*code = package_attribute(atts, n, "formatCode", &len);

	if (code == NULL || len > CODE_MAX || b->n_formats == BOOK_FORMATS)
		return;
	b->formats[b->n_formats++] = (struct book_format){
	    package_number(atts, n, "numFmtId", -1),
	    arena_strndup(b->arena, code, len) };
}

static void
on_style(void *arg, const char *name, const unsigned char **atts, int n)
{
	struct styles	*s = arg;
	struct book	*b = s->b;

	if (strcmp(name, "numFmt") == 0)
		add_format(b, atts, n);
	else if (strcmp(name, "cellXfs") == 0)
		s->cells = 1;
	else if (strcmp(name, "xf") == 0 && s->cells &&
	    b->n_styles < BOOK_STYLES)
		b->styles[b->n_styles++].format = package_number(atts, n,
		    "numFmtId", 0);
	else if (strcmp(name, "xfComplement") == 0 && s->cells &&
	    b->n_styles > 0)
		b->styles[b->n_styles - 1].box = 1;
}

static void
on_style_end(void *arg, const char *name)
{
	struct styles	*s = arg;

	if (strcmp(name, "cellXfs") == 0)
		s->cells = 0;
}

static const char *
read_styles(struct book *b, const char *member)
{
	static const struct package_face face = { on_style, on_style_end,
	    NULL };
	struct styles	 s = { b, 0 };

	b->formats = arena_array(b->arena, BOOK_FORMATS, sizeof(*b->formats));
	b->styles = arena_array(b->arena, BOOK_STYLES, sizeof(*b->styles));
	return package_read(b->package, member, 1, &face, &s);
}

const char *
book_format(const struct book *b, long style, int *box)
{
	long	id;

	*box = 0;
	if (style < 0 || (size_t)style >= b->n_styles)
		return NULL;
	id = b->styles[style].format;
	*box = b->styles[style].box;
	for (size_t i = 0; i < b->n_formats; i++)
		if (b->formats[i].id == id)
			return b->formats[i].code;
	return sheet_format(id);
}

static int
escaped(const char *s, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	long	code = 0;

	if (len < 7 || s[0] != '_' || s[1] != 'x' || s[6] != '_')
		return -1;
	for (int i = 2; i < 6; i++) {
		const char	*digit = strchr(digits, s[i] | 0x20);

		if (digit == NULL || s[i] < '0')
			return -1;
		code = code * 16 + (digit - digits);
	}
	return (int)code;
}

void
book_unescape(struct buf *b, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		int	code = s[i] == '_' ? escaped(s + i, len - i) : -1;

		if (code < 0 || (code >= 0x20 && code != '_')) {
			if (s[i] != '\r')
				(void)buf_putc(b, s[i]);
			continue;
		}
		if (code == '_' || code == '\n' || code == '\t')
			(void)buf_putc(b, code);
		i += 6;
	}
}

/* <strike/>, and not <strike val="0"/>. */
static int
is_on(const unsigned char **atts, int n)
{
	return !package_says(atts, n, "val", "0") &&
	    !package_says(atts, n, "val", "false");
}

struct strings {
	struct book	*b;
	struct buf	 one;		/* the string in hand */
	struct buf	 struck;	/* what of it is struck out */
	int		 text, reading;	/* in a <t>; in a reading <rPh> */
	int		 is_struck;	/* the run */
};

static void
on_string(void *arg, const char *name, const unsigned char **atts, int n)
{
	struct strings	*s = arg;

	if (strcmp(name, "si") == 0) {
		buf_reset(&s->one);
		buf_reset(&s->struck);
		s->is_struck = 0;
	} else if (strcmp(name, "r") == 0)
		s->is_struck = 0;
	else if (strcmp(name, "strike") == 0)
		s->is_struck = is_on(atts, n);
	else if (strcmp(name, "rPh") == 0)
		s->reading = 1;
	else if (strcmp(name, "t") == 0)
		s->text = !s->reading;
}

/* As sheet_put() does it, but once for all the cells that show the string. */
static void
trim(struct buf *b, size_t from)
{
	size_t	n = strspn(b->data + from, "\t\r\n");

	memmove(b->data + from, b->data + from + n, b->len - from - n);
	buf_cut(b, b->len - n);
	while (b->len > from && strchr(" \t\n", b->data[b->len - 1]) != NULL)
		buf_cut(b, b->len - 1);
}

/* What is struck out beside other words is taken back. */
static void
put_string(struct buf *out, const struct buf *one, const struct buf *struck)
{
	size_t	from = out->len;

	if (strspn(one->data, " \t\r\n") < one->len || struck->len == 0)
		book_unescape(out, one->data, one->len);
	else
		book_unescape(out, struck->data, struck->len);
	trim(out, from);
}

static void
on_string_end(void *arg, const char *name)
{
	struct strings	*s = arg;
	struct book	*b = s->b;

	if (strcmp(name, "t") == 0) {
		s->text = 0;
	} else if (strcmp(name, "rPh") == 0) {
		s->reading = 0;
	} else if (strcmp(name, "si") == 0) {
		if (b->n_strings == BOOK_STRINGS) {
			package_stop(b->package);
			return;
		}
		put_string(&b->strings, &s->one, &s->struck);
		b->ends[b->n_strings++] = (uint32_t)b->strings.len;
	}
}

static void
on_string_text(void *arg, const char *text, size_t len)
{
	struct strings	*s = arg;

	if (s->text)
		(void)buf_add(s->is_struck ? &s->struck : &s->one, text, len);
}

static const char *
read_strings(struct book *b, const char *member)
{
	static const struct package_face face = { on_string, on_string_end,
	    on_string_text };
	struct strings	 s = { .b = b };
	const char	*why;

	b->ends = arena_room(b->arena, BOOK_STRINGS, sizeof(*b->ends));
	buf_init(&s.one, OFFICE_XML_MAX);
	buf_init(&s.struck, OFFICE_XML_MAX);
	why = package_read(b->package, member, 1, &face, &s);
	buf_free(&s.one);
	buf_free(&s.struck);
	return why;
}

const char *
book_read(struct book *b, struct arena *a, struct package *p)
{
	const char	*why, *member;

	memset(b, 0, sizeof(*b));
	b->arena = a;
	b->package = p;
	buf_init(&b->strings, OFFICE_XML_MAX);
	b->links = arena_array(a, BOOK_LINKS, sizeof(*b->links));
	b->sheets = arena_array(a, SHEET_SHEETS, sizeof(*b->sheets));
	read_links(b, "");
	member = link_of(b, "/officeDocument", NULL, 0);
	read_links(b, member == NULL ? "xl/workbook.xml" : member);
	if ((why = read_book(b)) != NULL)
		return why;
	if ((member = link_of(b, "/sharedStrings", NULL, 0)) != NULL &&
	    package_has(p, member) && (why = read_strings(b, member)) != NULL)
		return why;
	if ((member = link_of(b, "/styles", NULL, 0)) != NULL &&
	    package_has(p, member))
		return read_styles(b, member);
	return NULL;
}
