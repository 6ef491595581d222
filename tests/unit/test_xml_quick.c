#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/buf.h"
#include "parsers/office.h"
#include "parsers/xml_quick.h"

#define SOUPS		20000
#define XML_SIZE	16384

/* As Word, LibreOffice and Google's editor write them. */
static const struct {
	enum office_kind kind;
	const char	*xml;
} tidy[] = {
	{ OFFICE_DOCX, "<?xml version=\"1.0\" encoding=\"UTF-8\" "
	  "standalone=\"yes\"?>\r\n<w:document xmlns:mc=\"http://schemas."
	  "openxmlformats.org/markup-compatibility/2006\" xmlns:w=\"http://"
	  "schemas.openxmlformats.org/wordprocessingml/2006/main\" xmlns:w14="
	  "\"http://schemas.microsoft.com/office/word/2010/wordml\" "
	  "mc:Ignorable=\"w14\"><w:body><w:p w14:paraId=\"0A\" w:rsidR=\"1\">"
	  "<w:pPr><w:jc w:val=\"center\"/></w:pPr><w:r><w:rPr><w:rFonts w:hint="
	  "\"eastAsia\" w:ascii=\"標楷體\"/></w:rPr><w:t xml:space=\"preserve\">"
	  "通報單 &amp; </w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p><w:r><w:t>"
	  "姓名</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:sym w:char=\"F0FE\"/>"
	  "<w:t>王</w:t></w:r></w:p></w:tc></w:tr></w:tbl><w:sdt><w:sdtPr>"
	  "<w:showingPlcHdr/></w:sdtPr><w:sdtContent><w:r><w:t>hint</w:t></w:r>"
	  "</w:sdtContent></w:sdt><w:checkBox><w:default w:val=\"1\"/>"
	  "</w:checkBox></w:body></w:document>" },
	{ OFFICE_ODT, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	  "<office:document-content xmlns:office=\"urn:oasis:names:tc:"
	  "opendocument:xmlns:office:1.0\" xmlns:text=\"urn:oasis:names:tc:"
	  "opendocument:xmlns:text:1.0\" xmlns:table=\"urn:oasis:names:tc:"
	  "opendocument:xmlns:table:1.0\" xmlns:rdfa=\"http://docs.oasis-open."
	  "org/rdfa#\"><office:body><text:p text:style-name=\"P1\">單位"
	  "<text:s text:c=\"2\"/><text:tab/>秘書處<text:line-break/>x &lt; y"
	  "</text:p><table:table><table:table-row><table:table-cell><text:p>a"
	  "</text:p></table:table-cell></table:table-row></table:table>"
	  "</office:body></office:document-content>" },
	{ OFFICE_DOCX, "<w:document xmlns:w='http://a/w'><w:body>\n <w:p>"
	  "<w:r><w:t>x</w:t><mc:AlternateContent xmlns:mc=\"http://a/mc\">"
	  "<mc:Fallback><w:t>no</w:t></mc:Fallback></mc:AlternateContent>"
	  "<w:br /></w:r></w:p></w:body></w:document >\n" },
};

static const char *const bits[] = {
	"x", "資", " ", "\n", "\r\n", "\r", "\t", "<", ">", "&", "\"", "'", "=",
	"/", ":", "]]>", "]]", "&amp;", "&gt;", "&apos;", "&#65;", "&#x0;",
	"&nosuch;", "&amp", "\x01", "\xef\xbf\xbe", "\xff", "\xc2\x85",
	"<!-- c -->", "<!--", "<![CDATA[<w:t>x</w:t>]]>", "<?x y?>",
	"<!DOCTYPE a>", "<?xml version=\"1.0\"?>", "<w:t>y</w:t>", "<w:t>",
	"</w:t>", "<w:t/>", "<w:tab/>", "<text:p>y</text:p>", "<t>y</t>",
	"<w:p>", "</w:p>", "<w:tc>", "</w:tc>", "<w:tr/>", "<q:t>y</q:t>",
	"<:t>y</:t>", "<w:>y</w:>", "<a:b:c/>", "<1/>", "<資/>", "<xml:t/>",
	"<w:t>y</w:t >", "<w:t>y</ w:t>", "<w:t>y</w:T>", "< w:t/>", "<w:t / >",
	" w:val=\"0\"", " w:val='0'", " w:val=0", " w:val", " val=\"a&lt;b\"",
	" w:val=\"<\"", " w:val=\"&\"", " w:val=\"\n\"", " w:char=\"F0FD\"",
	" text:c=\"3\"", " a=\"1\" a=\"2\"", " a=\"1\"b=\"2\"", " q:a=\"1\"",
	" w:a=\"1\" w14:a=\"2\"", " xmlns:v=\"http://a/w\"", " xmlns:q=\"\"",
	" xmlns:q=\"a b\"", " xmlns:q=\"%\"", " xmlns:q=\"http://q/\"",
	" xmlns:w=\"http://q/\"", " xmlns=\"http://q/\"", " xmlns=\"\"",
	" xmlns:xml=\"http://q/\"", " xmlns:xmlns=\"http://q/\"",
	" xmlns:a=\"http://www.w3.org/XML/1998/namespace\"",
	" xml:space=\"preserve\"", " xml:space=\"x\"", " xml:lang=\"zh\"",
	"<b xmlns:q=\"http://q/\"><q:t>y</q:t></b>",
	"<b xmlns:q=\"http://q/\"/><q:t>y</q:t>",
};

#define N(v)	(sizeof(v) / sizeof((v)[0]))

static void
no_start(void *ctx, const xmlChar *name, const xmlChar *prefix,
    const xmlChar *uri, int nns, const xmlChar **ns, int natt, int ndef,
    const xmlChar **atts)
{
	(void)ctx;
	(void)name;
	(void)prefix;
	(void)uri;
	(void)nns;
	(void)ns;
	(void)natt;
	(void)ndef;
	(void)atts;
}

static void
no_end(void *ctx, const xmlChar *name, const xmlChar *prefix,
    const xmlChar *uri)
{
	(void)ctx;
	(void)name;
	(void)prefix;
	(void)uri;
}

static void
no_text(void *ctx, const xmlChar *s, int n)
{
	(void)ctx;
	(void)s;
	(void)n;
}

static int
is_quick(const char *s, size_t n)
{
	static const char *const none[] = { NULL };
	static const struct xml_names names = { none, none };
	static const xmlSAXHandler sax = { .startElementNs = no_start,
	    .endElementNs = no_end, .characters = no_text };
	int	stop = 0;

	return xml_quick(s, n, &names, &sax, NULL, &stop);
}

static int
compare(struct arena *a, enum office_kind kind, const char *s, size_t n)
{
	struct office_text	got, want;

	office_xml(a, kind, s, n, 1, &got);
	office_xml(a, kind, s, n, 0, &want);
	if ((got.reason == NULL) != (want.reason == NULL) ||
	    (got.reason != NULL && strcmp(got.reason, want.reason) != 0) ||
	    (got.text != NULL && strcmp(got.text, want.text) != 0))
		fail_msg("%.*s\n got \"%s\"\nwant \"%s\"", (int)n, s,
		    got.text, want.text);
	arena_reset(a);
	return is_quick(s, n);
}

static void
programs_write_tidy_documents(void **unused)
{
	struct arena	*a = arena_new();

	(void)unused;
	for (size_t i = 0; i < N(tidy); i++)
		if (!compare(a, tidy[i].kind, tidy[i].xml,
		    strlen(tidy[i].xml)))
			fail_msg("not quick: %s", tidy[i].xml);
	arena_free(&a);
}

/* Every bit at each sign of the markup, and at each blank of it. */
static void
nothing_put_into_a_document_makes_a_difference(void **unused)
{
	struct arena	*a = arena_new();
	struct buf	 b;
	int		 quick = 0;

	(void)unused;
	buf_init(&b, XML_SIZE);
	for (size_t i = 0, at = 0; i < N(tidy); i++, at = 0)
		for (const char *s = tidy[i].xml; s[at] != '\0';
		    at += 1 + strcspn(s + at + 1, "<>/ \"")) {
			for (size_t k = 0; k < N(bits); k++) {
				buf_reset(&b);
				(void)buf_add(&b, s, at + k % 2);
				(void)buf_puts(&b, bits[k]);
				(void)buf_puts(&b, s + at + k % 2);
				quick += compare(a, tidy[i].kind, b.data,
				    b.len);
			}
			quick += compare(a, tidy[i].kind, s, at);
		}
	assert_true(quick > 500);
	buf_free(&b);
	arena_free(&a);
}

static unsigned
next(unsigned *seed, size_t n)
{
	*seed = *seed * 1103515245u + 12345u;
	return (*seed >> 8) % (unsigned)n;
}

static void
soup_makes_no_difference(void **unused)
{
	struct arena	*a = arena_new();
	struct buf	 b;
	unsigned	 seed = 2007;
	int		 quick = 0;

	(void)unused;
	buf_init(&b, XML_SIZE);
	for (int i = 0; i < SOUPS; i++) {
		buf_reset(&b);
		(void)buf_puts(&b, "<d xmlns:w=\"http://a/w\" xmlns:w14="
		    "\"http://a/14\" xmlns:text=\"http://a/t\"><w:t");
		for (unsigned n = next(&seed, 3); n > 0; n--)
			(void)buf_puts(&b, bits[next(&seed, N(bits))]);
		(void)buf_puts(&b, ">");
		for (unsigned n = next(&seed, 4); n > 0; n--)
			(void)buf_puts(&b, bits[next(&seed, N(bits))]);
		(void)buf_puts(&b, "</w:t></d>");
		quick += compare(a, next(&seed, 2) ? OFFICE_DOCX : OFFICE_ODT,
		    b.data, b.len);
	}
	assert_true(quick > SOUPS / 100);
	buf_free(&b);
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(programs_write_tidy_documents),
		cmocka_unit_test(nothing_put_into_a_document_makes_a_difference),
		cmocka_unit_test(soup_makes_no_difference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
