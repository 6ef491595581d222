#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zip.h>

#include "base/buf.h"
#include "parsers/html.h"
#include "parsers/limits.h"
#include "parsers/office.h"

static const struct {
	const char	*html, *want;
} pages[] = {
	{ "plain", "plain" },
	{ "<p>a</p><p>b</p>", "a\nb" },
	{ "a<br>b<br/>c", "a\nb\nc" },
	{ "<div>a</div><div><div>b</div></div>c", "a\nb\nc" },
	{ "<b>組</b><i>別</i>：機要組", "組別：機要組" },
	{ "a &amp; b &lt;c&gt; &#32068;&nbsp;x", "a & b <c> 組\xc2\xa0x" },
	{ "<table><tr><td>組別</td><td>機要組</td></tr>"
	  "<tr><td>姓名</td><td>王小明</td></tr></table>",
	  "組別\t機要組\n姓名\t王小明\n" },
	/* Outlook: paragraphs with <o:p> inside each cell */
	{ "<table class=MsoNormalTable><tr>\n <td><p class=MsoNormal>"
	  "<span>組別</span><o:p></o:p></p></td>\n <td><p class=MsoNormal>"
	  "機要組<o:p></o:p></p></td>\n</tr></table><p>尾</p>",
	  "組別\t機要組\n\n尾" },
	/* the words below a table are not its last cell's */
	{ "<table><tr><td>說明</td><td>中毒</td></tr></table>謝謝",
	  "說明\t中毒\n\n謝謝" },
	{ "<table><tr><td><p>一<p>二</table><p>三", "一\n二\n三" },
	/* the last <br> of a cell parts nothing */
	{ "<table><tr><td>a<br></td><td>b<br>c<br></td></tr><tr><td>d",
	  "a\tb\nc\nd\n" },
	{ "<table><tr><td>簡述</td><td><p>一</p><p>二</p></td></tr></table>",
	  "簡述\t一\n二\n" },
	{ "<table><tr><td>a</td><td></td><td>c</td></tr></table>",
	  "a\t\tc\n" },
	{ "<tr><td>a<td>b<tr><td>c<td>d", "a\tb\nc\td\n" },
	{ "x<script>bad()</script><style>p{}</style>y", "xy" },
	{ "<html><head><title>t</title><meta charset=big5></head>"
	  "<body>y</body></html>", "y" },
	{ "x<span style='display: none'>hidden</span>"
	  "<div hidden>h</div><p style=\"mso-hide:all\">h</p>y", "x\ny" },
	{ "x<b style='visibility:hidden'>h</b><b style=\"FONT-SIZE: 0px\">h</b>"
	  "<b style='color:red;font-size:0;'>h</b>"
	  "<b style='font-size:0.9em;border:none;visibility:visible'>y</b>",
	  "xy" },
	{ "x<s>a</s><del>b</del><strike>c</strike>"
	  "<b style='text-decoration: underline LINE-THROUGH'>d</b>"
	  "<b style='text-decoration-line:line-through'>e</b>"
	  "<b style='text-decoration:none;x:line-through'>y</b>", "xy" },
	/* all of it struck out is more than a mail without a word */
	{ "<body style='text-decoration:line-through'><p>a</p><s>b</s>"
	  "<i hidden>c</i>", "a\nb" },
	{ "<p> <s> <b hidden>a</b> </s></p>", "" },
	{ "x<!-- c --><![if !mso]>y<![endif]>", "xy" },
	{ "<![if x]>組<o:p></o:p>別<o:p>x</o:p><p>y<o:p></o:p></p>z<o:p>",
	  "組別x\ny\nz" },
	{ "<![if x]><style><!-- p {} </style>a<!-- b -->c", "ac" },
	{ "<![if x]><SCRIPT><!-- p {} </SCRIPT>a<!-- b -->c", "ac" },
	{ "<style><!--\np{}\n--></style>a<![if x]>b<!-- c", "ab" },
	{ "<style><!-- .a{text-decoration:line-through} --></style>"
	  "<p class=a>b</p><p>c", "c" },
	{ "<style media=print>.a{display:none}</style><p class=a>b</p>c",
	  "b\nc" },
	{ "<div style='font-size:0'><p style='font:14px Arial'>b</p>x</div>c",
	  "b\nc" },
	{ "<p style='Display :\n None'>h</p><p style='x-display-y:none'>a</p>"
	  "<p style='font-size: 0 px'>h</p><p style='display:'>b</p>", "a\nb" },
	{ "<p style='backface-visibility: hidden'>a</p>"
	  "<p style='color:red;visibility: hidden'>h</p>"
	  "<p style='font-size:0'>h</p><p style='font-size:0.9em'>b</p>",
	  "a\nb" },
	{ "<pre>a\n  b</pre>", "a\n  b" },
	{ "狀態：處理中<div class=gmail_quote>許 於 寫道：<br>"
	  "<blockquote class=\"gmail_quote\" style=\"margin:0\">"
	  "<div>狀態：</div><div>等級：3</div></blockquote></div>",
	  "狀態：處理中\n許 於 寫道：\n> 狀態：\n> 等級：3" },
	{ "<blockquote type=cite>a<br>b</blockquote>c", "> a\n> b\nc" },
	{ "a   \n\t b", "a b" }, { "", "" }, { "a < b, 3<4", "a < b, 3<4" },
	/* ticks in the letters of Word's symbol font, and no other letter */
	{ "<span style='font-family:Wingdings'>o</span>4級 <span style=\""
	  "mso-char-type:symbol;mso-symbol-font-family: Wingdings\">n</span>3級 "
	  "<font face=\"Wingdings 2\">R</font>2級 <font face=Wingdings>þ</font>o",
	  "□4級 ■3級 ☑2級 ☑o" },
	{ "<b style=\"font-family:'Wingdings'\">&#xf06e;</b>a <b style="
	  "'font-family:Wingdings'>nn J</b>", "■a nn J" },
	{ "<b style='font-family:Arial;mso-bidi-font-family:Wingdings'>n</b>o",
	  "no" },
	{ "<input type=checkbox>4級 <input type=checkbox checked>3級",
	  "☐4級 ☑3級" },
	{ "<input type=radio name=a>是 <input type=radio checked=''>否"
	  "<input name=b value=c><input type=hidden value=d>", "○是 ●否c" },
	/* what a browser shows of a form that was filled in there */
	{ "<table><tr><td>組別<td><select><option value=1>第一組<option selected>"
	  "機要組<option>第二組</select><tr><td>電話<td><input type=TEL "
	  "value='02 5550'><tr><td>簡述<td><textarea>中毒\n  關機</textarea>"
	  "</table>", "組別\t機要組\n電話\t02 5550\n簡述\t中毒\n  關機\n" },
	{ "<select><option>請選擇<option>甲</select>x<option hidden selected>h"
	  "</option>", "x" },
	{ "x<input type=password value=p><input type=submit value=送出>"
	  "<button>重填</button><datalist><option selected>d</datalist>"
	  "<input type=text>", "x" },
	{ "x<svg><text>a</text></svg><iframe>b</iframe><video>c</video>"
	  "<p style='opacity:0'>d</p><p style='max-height: 0px'>e</p>"
	  "<p style='opacity:0.9;font-size:10px'>y</p>", "x\ny" },
	/* a picture of a sign is the sign, of a logo nothing */
	{ "<img alt='☑'>甲 <img alt='\xe2\x98\x91\xef\xb8\x8f'>乙<img alt=logo>"
	  "<img alt='處'><img alt='☑甲'><img alt=''><img>丙",
	  "☑甲 \xe2\x98\x91\xef\xb8\x8f乙丙" },
	/* a label too long for its cell, beside its value */
	{ "<table><tr><td>設備及系統<br>受損情況：<td>主機<br>一台<td>組<p>別</p>"
	  "<td>甲<tr><td>2.Time<br> of<div>report</div><td>x<br>y</table>",
	  "設備及系統受損情況：\t主機\n一台\t組別\t甲\n"
	  "2.Time of report\tx\ny\n" },
	{ "<table><tr><td>組別：甲<br>姓名：乙<td>c<tr><td>3月5日<br>早上<td>d"
	  "<tr><td>e<br>f</table>", "組別：甲\n姓名：乙\tc\n3月5日\n早上\td\n"
	  "e\nf\n" },
	/* struck out and never closed: to the end of its line */
	{ "<div>等級：<s>4級<br>狀態：處理中</div><p>a <s>b</p><p>c</p>",
	  "等級：\n狀態：處理中\na\nc" },
	{ "<div>a<s>b<br>c</s>d</div><div>e<span style="
	  "'text-decoration:line-through'>f<p>g</p></span>h</div>", "ad\neh" },
	{ "<p>a<p style='text-decoration:line-through'>b<br>c<p>d", "a\nd" },
	{ "<table><tr><td>a<td style='text-decoration:line-through'>b<td>c"
	  "<tr><td><s>d</s><td>e</table>", "a\t\tc\n\te\n" },
	{ "<p>unclosed <b>x", "unclosed x" },
	{ "<a href=http://evil/>text</a>", "text" },
	{ "<ul><li>一</li><li>二</li></ul>", "一\n二" },
	{ "</p></div>x", "x" },
};

static const struct {
	int		 answer;
	const char	*html, *want;
} quotes[] = {
	{ 0, "<blockquote>indented only</blockquote>", "indented only" },
	{ 1, "x<blockquote>quoted</blockquote>y", "x\n> quoted\ny" },
	{ 1, "<blockquote style='margin:0 0 0 40px; border: none'>indented"
	  "</blockquote>", "indented" },
	{ 0, "<blockquote style=\"border-left: 2px solid #1010ff\">quoted"
	  "</blockquote>", "> quoted" },
};

static const char *
trimmed(struct arena *a, const char *s)
{
	char	*t = arena_strdup(a, s + strspn(s, "\n"));

	return t;
}

static void
pages_become_lines(void **unused)
{
	struct arena		*a = arena_new();
	struct html_text	 t;

	(void)unused;
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		html_read(a, pages[i].html, strlen(pages[i].html), 0,
		    &t);
		if (strcmp(trimmed(a, t.text), pages[i].want) != 0 || t.cut)
			fail_msg("%s:\n got \"%s\"\nwant \"%s\"",
			    pages[i].html, t.text, pages[i].want);
	}
	arena_free(&a);
}

static void
cells_are_seen(void **unused)
{
	static const struct {
		const char	*html;
		int		 cells;
	} c[] = {
		{ "<table><tr><Td>a</table>", 1 },
		{ "<TABLE><TR><TH\n>a</TABLE>", 1 },
		{ "<p>a &lt;td> b</p><!-- <td> -->", 0 },
		{ "<div style='display:none'><td>a</td></div>", 0 },
		{ "<tdx>a</tdx>", 0 },
	};
	struct arena		*a = arena_new();
	struct html_text	 t;

	(void)unused;
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		html_read(a, c[i].html, strlen(c[i].html), 0, &t);
		if (t.cells != c[i].cells)
			fail_msg("%s: got %d", c[i].html, t.cells);
	}
	arena_free(&a);
}

static void
quotes_are_marked(void **unused)
{
	struct arena		*a = arena_new();
	struct html_text	 t;

	(void)unused;
	for (size_t i = 0; i < sizeof(quotes) / sizeof(quotes[0]); i++) {
		html_read(a, quotes[i].html, strlen(quotes[i].html),
		    quotes[i].answer, &t);
		if (strcmp(trimmed(a, t.text), quotes[i].want) != 0)
			fail_msg("%s:\n got \"%s\"\nwant \"%s\"",
			    quotes[i].html, t.text, quotes[i].want);
	}
	arena_free(&a);
}

static void
bombs_are_cut(void **unused)
{
	static const char *const unit[] = {
		"<div>", "<b>", "<table><tr><td>", "<p>x", "</x>", "&amp;",
		"<a href=\"", "<font a=b c=d>", "<!--", "&#", "<td>x",
		"<select><option>", "<s>x", "<s>x</s>", "<b><s>x<br>y</b>",
		"<p style='color:red'>x<s>y<br>",
	};
	struct arena		*a = arena_new();
	struct html_text	 t;
	struct buf		 b;

	(void)unused;
	buf_init(&b, HTML_MAX * 2);
	for (size_t i = 0; i < sizeof(unit) / sizeof(unit[0]); i++) {
		buf_reset(&b);
		while (b.len < HTML_MAX + 100)
			(void)buf_puts(&b, unit[i]);
		html_read(a, b.data, b.len, 0, &t);
		assert_true(t.cut);
		assert_true(t.len <= BODY_MAX);
		arena_reset(a);
	}
	buf_free(&b);
	arena_free(&a);
}

/* A page of rules takes a second at most, whatever they lack. */
static void
style_sheets_are_read_at_once(void **unused)
{
	static const char *const rule[] = { "a{}", "@a;", "/**/", "a{b:c" };
	struct arena		*a = arena_new();
	struct html_text	 t;
	struct buf		 b;
	clock_t			 from = clock();

	(void)unused;
	buf_init(&b, HTML_MAX);
	for (size_t i = 0; i < sizeof(rule) / sizeof(rule[0]); i++) {
		buf_reset(&b);
		(void)buf_puts(&b, "<style>");
		while (b.len < HTML_MAX - 100)
			(void)buf_puts(&b, rule[i]);
		(void)buf_puts(&b, "</style><p>x");
		html_read(a, b.data, b.len, 0, &t);
		assert_string_equal(t.text, "x");
		arena_reset(a);
	}
	assert_true(clock() - from < 15 * CLOCKS_PER_SEC);
	buf_free(&b);
	arena_free(&a);
}

static void
charset_of_a_page(void **unused)
{
	static const struct {
		const char *html, *want;
	} c[] = {
		{ "<meta http-equiv=Content-Type content=\"text/html; "
		  "charset=big5\">", "big5" },
		{ "<html><meta charset='utf-8'>", "utf-8" },
		{ "<p>charset=big5", NULL }, { "", NULL }, { "<meta", NULL },
	};
	struct arena	*a = arena_new();
	char		*got;

	(void)unused;
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		got = html_charset(a, c[i].html, strlen(c[i].html));
		if (strcmp(got ? got : "-", c[i].want ? c[i].want : "-") != 0)
			fail_msg("%s: got %s", c[i].html, got);
	}
	arena_free(&a);
}

/* A document with one member; free() the bytes. */
static void *
pack(const char *member, const char *data, size_t len, int extra,
    size_t *outlen)
{
	zip_error_t	 ze;
	zip_source_t	*out;
	zip_stat_t	 st;
	zip_t		*z;
	void		*bytes;

	zip_error_init(&ze);
	out = zip_source_buffer_create(NULL, 0, 0, &ze);
	z = zip_open_from_source(out, ZIP_TRUNCATE, &ze);
	assert_non_null(z);
	zip_source_keep(out);
	(void)zip_file_add(z, member, zip_source_buffer(z, data, len, 0), 0);
	for (int i = 0; i < extra; i++) {
		char name[32];

		(void)snprintf(name, sizeof(name), "f%d", i);
		(void)zip_file_add(z, name, zip_source_buffer(z, "x", 1, 0),
		    0);
	}
	assert_int_equal(zip_close(z), 0);
	(void)zip_source_stat(out, &st);
	bytes = calloc(1, st.size);
	assert_int_equal(zip_source_open(out), 0);
	*outlen = (size_t)zip_source_read(out, bytes, st.size);
	(void)zip_source_close(out);
	zip_source_free(out);
	zip_error_fini(&ze);
	return bytes;
}

#define W(x)	"<w:document xmlns:w=\"w\"><w:body>" x "</w:body></w:document>"
#define RUN(x)	"<w:r><w:t>" x "</w:t></w:r>"
#define P(x)	"<w:p>" x "</w:p>"
#define O(x)	"<o:d xmlns:o=\"o\" xmlns:text=\"t\" xmlns:table=\"b\">" x \
		"</o:d>"

static const struct {
	enum office_kind kind;
	const char	*xml, *want;	/* NULL: refused */
} documents[] = {
	{ OFFICE_DOCX, W(P(RUN("組") RUN("別：機要組")) P(RUN("b"))),
	    "組別：機要組\nb" },
	{ OFFICE_DOCX, W("<w:tbl><w:tr><w:tc>" P(RUN("組別"))
	    "</w:tc><w:tc>" P(RUN("機要組")) "</w:tc></w:tr><w:tr><w:tc>"
	    P(RUN("簡述")) "</w:tc><w:tc>" P(RUN("一")) P(RUN("二"))
	    "</w:tc></w:tr></w:tbl>" P(RUN("尾"))),
	    "組別\t機要組\n簡述\t一\n二\n尾" },
	{ OFFICE_DOCX, W(P("<w:r><w:sym w:char=\"F0FE\"/><w:t>2級</w:t>"
	    "<w:tab/><w:sym w:char=\"F0A8\"/><w:t>1級</w:t></w:r>")),
	    "☑2級\t□1級" },
	{ OFFICE_DOCX, W(P("<w:del><w:r><w:t>gone</w:t></w:r></w:del>"
	    "<w:r><w:t>a</w:t><w:br/><w:t>b</w:t></w:r>")), "a\nb" },
	{ OFFICE_DOCX, W(P("<w:r><w:instrText>FIELD</w:instrText></w:r>"
	    RUN("x"))), "x" },
	{ OFFICE_DOCX, "<!DOCTYPE d [<!ENTITY e \"x\">]>" W(P(RUN("&e;"))),
	    NULL },
	{ OFFICE_DOCX, "no xml", "" },
	{ OFFICE_ODT, O("<text:p>組<text:span>別</text:span>：機要組</text:p>"
	    "<text:h>b<text:tab/>c<text:s text:c=\"2\"/>d"
	    "<text:line-break/>e</text:h>"), "組別：機要組\nb\tc  d\ne" },
	{ OFFICE_ODT, O("<table:table><table:table-row><table:table-cell>"
	    "<text:p>a</text:p></table:table-cell><table:table-cell>"
	    "<text:p>b</text:p></table:table-cell></table:table-row>"
	    "</table:table><text:p>c</text:p>"), "a\tb\nc" },
	{ OFFICE_ODS, O("<table:table><table:table-row><table:table-cell>"
	    "<text:p>組別</text:p></table:table-cell><table:table-cell>"
	    "<text:p>機要組</text:p></table:table-cell></table:table-row>"
	    "</table:table>"), "組別\t機要組" },
	{ OFFICE_ODT, O("<text:tracked-changes><text:p>old</text:p>"
	    "</text:tracked-changes><text:p>new</text:p>"), "new" },
};

static const char *
member(enum office_kind kind)
{
	return kind == OFFICE_DOCX ? "word/document.xml" : "content.xml";
}

static void
documents_become_lines(void **unused)
{
	struct arena		*a = arena_new();
	struct office_text	 t;
	void			*z;
	size_t			 n;

	(void)unused;
	for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]);
	    i++) {
		const char *want = documents[i].want;

		z = pack(member(documents[i].kind), documents[i].xml,
		    strlen(documents[i].xml), 0, &n);
		office_read(a, documents[i].kind, z, n, &t);
		if ((t.text == NULL) != (want == NULL) ||
		    (want != NULL && strcmp(t.text, want) != 0))
			fail_msg("%s:\n got \"%s\"\nwant \"%s\"",
			    documents[i].xml, t.text ? t.text : t.reason,
			    want);
		assert_true((t.text == NULL) == (t.reason != NULL));
		free(z);
	}
	arena_free(&a);
}

static void
archives_have_limits(void **unused)
{
	struct arena		*a = arena_new();
	struct office_text	 t;
	struct buf		 b;
	void			*z;
	size_t			 n;

	(void)unused;
	buf_init(&b, 64u * 1024 * 1024);
	while (b.len < 1024 * 1024)
		(void)buf_puts(&b, "                                ");
	z = pack("word/document.xml", b.data, b.len, 0, &n);
	office_read(a, OFFICE_DOCX, z, n, &t);
	assert_string_equal(t.reason, "the document is packed beyond reason");
	free(z);
	while (b.len < OFFICE_XML_MAX + 1)
		(void)buf_puts(&b, "<a>0123456789</a>0987654321abcdefg");
	z = pack("word/document.xml", b.data, b.len, 0, &n);
	office_read(a, OFFICE_DOCX, z, n, &t);
	assert_string_equal(t.reason,
	    "the document's text is too large unpacked");
	free(z);
	z = pack("word/document.xml", "<a/>", 4, OFFICE_ENTRIES, &n);
	office_read(a, OFFICE_DOCX, z, n, &t);
	assert_string_equal(t.reason, "the document holds too many files");
	office_read(a, OFFICE_ODT, z, n - 30, &t);
	assert_null(t.text);
	free(z);
	z = pack("other.xml", "<a/>", 4, 0, &n);
	office_read(a, OFFICE_DOCX, z, n, &t);
	assert_string_equal(t.reason, "the document holds no text");
	free(z);
	buf_reset(&b);
	for (int i = 0; i < 1000; i++)
		(void)buf_addf(&b, "<a%d>", i);
	z = pack("word/document.xml", b.data, b.len, 0, &n);
	office_read(a, OFFICE_DOCX, z, n, &t);
	assert_string_equal(t.reason,
	    "the document's XML is not that of a form");
	free(z);
	office_read(a, OFFICE_DOCX, "PK", 2, &t);
	assert_string_equal(t.reason, "the document is no readable archive");
	office_read(a, OFFICE_DOCX, "", 0, &t);
	assert_non_null(t.reason);
	buf_free(&b);
	arena_free(&a);
}

static void
documents_are_known_by_name(void **unused)
{
	(void)unused;
	assert_int_equal(office_kind("a.DOCX", "x/y"), OFFICE_DOCX);
	assert_int_equal(office_kind("a.odt", NULL), OFFICE_ODT);
	assert_int_equal(office_kind("a.pdf",
	    "application/vnd.oasis.opendocument.text"), OFFICE_NONE);
	assert_int_equal(office_kind(NULL,
	    "application/vnd.oasis.opendocument.text"), OFFICE_ODT);
	assert_int_equal(office_kind(NULL, NULL), OFFICE_NONE);
	assert_int_equal(office_kind("a.ods", NULL), OFFICE_ODS);
	assert_string_equal(office_name(OFFICE_ODS), "ods");
	assert_true(office_unread("通報單.PDF"));
	assert_false(office_unread("a.docx"));
	assert_false(office_unread(".pdf"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_become_lines),
		cmocka_unit_test(cells_are_seen),
		cmocka_unit_test(quotes_are_marked),
		cmocka_unit_test(bombs_are_cut),
		cmocka_unit_test(style_sheets_are_read_at_once),
		cmocka_unit_test(charset_of_a_page),
		cmocka_unit_test(documents_become_lines),
		cmocka_unit_test(archives_have_limits),
		cmocka_unit_test(documents_are_known_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
