/*
 * First byte: o for the content.xml of a spreadsheet, c for one saved as text;
 * else the workbook, a sheet, the strings, the styles and the drawing of an
 * xlsx, parted by NUL.  They are packed here, since a checksum of the archive
 * would refuse most mutations.
 */
#include <stdlib.h>
#include <string.h>
#include <unistr.h>
#include <zip.h>

#include "base/buf.h"
#include "parsers/csv.h"
#include "parsers/limits.h"
#include "parsers/office.h"
#include "parsers/text.h"

#define PARTS	5

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const char links[] = "<R><Relationship Id=\"a\" Type=\"x/worksheet\" "
    "Target=\"s.xml\"/><Relationship Id=\"b\" Type=\"x/sharedStrings\" "
    "Target=\"t.xml\"/><Relationship Id=\"c\" Type=\"x/styles\" "
    "Target=\"y.xml\"/></R>";
static const char drawing[] = "<R><Relationship Id=\"a\" "
    "Type=\"x/vmlDrawing\" Target=\"d.vml\"/></R>";

static void
add(zip_t *z, const char *name, const char *s, size_t len)
{
	zip_int64_t	at = zip_file_add(z, name, zip_source_buffer(z, s, len,
			    0), ZIP_FL_OVERWRITE);

	if (at < 0 || zip_set_file_compression(z, (zip_uint64_t)at,
	    ZIP_CM_STORE, 0) != 0)
		abort();
}

static void
add_parts(zip_t *z, const char *in, size_t len)
{
	static const char *const names[PARTS] = { "xl/workbook.xml",
	    "xl/s.xml", "xl/t.xml", "xl/y.xml", "xl/d.vml" };

	add(z, "xl/_rels/workbook.xml.rels", links, sizeof(links) - 1);
	add(z, "xl/_rels/s.xml.rels", drawing, sizeof(drawing) - 1);
	for (int i = 0; i < PARTS; i++) {
		const char	*end = memchr(in, '\0', len);
		size_t		 n = end == NULL ? len : (size_t)(end - in);

		add(z, names[i], in, n);
		in += n + (end != NULL);
		len -= n + (end != NULL);
	}
}

static void *
pack(int ods, const char *in, size_t len, size_t *packed)
{
	zip_error_t	 ze;
	zip_source_t	*out;
	zip_stat_t	 st;
	zip_t		*z;
	void		*bytes;

	zip_error_init(&ze);
	out = zip_source_buffer_create(NULL, 0, 0, &ze);
	z = zip_open_from_source(out, ZIP_TRUNCATE, &ze);
	zip_source_keep(out);
	if (ods)
		add(z, "content.xml", in, len);
	else
		add_parts(z, in, len);
	if (zip_close(z) != 0 || zip_source_stat(out, &st) != 0 ||
	    zip_source_open(out) != 0)
		abort();
	bytes = calloc(1, st.size + 1);
	*packed = (size_t)zip_source_read(out, bytes, st.size);
	(void)zip_source_close(out);
	zip_source_free(out);
	zip_error_fini(&ze);
	return bytes;
}

static void
rows(struct arena *a, const char *in, size_t len)
{
	struct buf	out;

	buf_init(&out, BODY_MAX);
	csv_read(a, text_utf8_clean(a, in, len), &out);
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena		*a;
	struct office_text	 t;
	size_t			 n;
	void			*z;

	if (len == 0)
		return 0;
	a = arena_new();
	if (*data == 'c') {
		rows(a, (const char *)data + 1, len - 1);
		arena_free(&a);
		return 0;
	}
	z = pack(*data == 'o', (const char *)data + 1, len - 1, &n);
	office_read(a, *data == 'o' ? OFFICE_ODS : OFFICE_XLSX, z, n, &t);
	if ((t.text == NULL) == (t.reason == NULL))
		abort();
	if (t.text != NULL && (t.len > 2 * BODY_MAX ||
	    u8_check((const uint8_t *)t.text, t.len) != NULL))
		abort();
	arena_free(&a);
	free(z);
	return 0;
}
