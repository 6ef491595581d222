#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/buf.h"
#include "parsers/html.h"
#include "parsers/html_quick.h"

#define SOUPS		5000
#define EVERY		3	/* one place in so many for each piece */
#define PAGE_MAX	65536

/* What mail programs write: none of it needs the full parser. */
static const char *const tidy[] = {
	/* Outlook */
	"<html xmlns:o=\"urn:schemas-microsoft-com:office:office\" "
	"xmlns=\"http://www.w3.org/TR/REC-html40\"><head><meta "
	"http-equiv=Content-Type content=\"text/html; charset=utf-8\"><meta "
	"name=Generator content=\"Microsoft Word 15 (filtered medium)\">"
	"<!--[if !mso]><style>v\\:* {behavior:url(#default#VML);}</style>"
	"<![endif]--><style><!--\np.MsoNormal\n\t{margin:0cm;}\n--></style>"
	"<!--[if gte mso 9]><xml>\n<o:shapedefaults v:ext=\"edit\"/>\n</xml>"
	"<![endif]--></head><body lang=ZH-TW link=\"#0563C1\" style='word-wrap:"
	"break-word'><div class=WordSection1><p class=MsoNormal><span style='"
	"font-family:\"新細明體\",serif'>組別<span lang=EN-US><o:p></o:p></span>"
	"</span></p><table class=MsoTableGrid border=1><tr>\n<td width=277>"
	"<p class=MsoNormal>姓名<o:p></o:p></p></td>\n<td><p>王小明</p></td>\n"
	"</tr></table><p class=MsoNormal><o:p>&nbsp;</o:p></p></div></body>"
	"</html>\n",
	/* Outlook on the web */
	"<html>\n<head>\n<meta http-equiv=\"Content-Type\" content=\"text/html; "
	"charset=utf-8\">\n<style type=\"text/css\" style=\"display:none;\"> P "
	"{margin-top:0;} </style>\n</head>\n<body dir=\"ltr\">\n<div style="
	"\"font-family: Calibri; color: rgb(0, 0, 0);\">\n組別：機要組<br>\n"
	"</div>\n<hr tabindex=\"-1\" style=\"display:inline-block; width:98%\">"
	"\n<div id=\"divRplyFwdMsg\" dir=\"ltr\"><font face=\"Calibri\">"
	"<b>寄件者:</b> a<br>\n</font>\n<div>&nbsp;</div>\n</div>\n</body>\n"
	"</html>\n",
	/* Gmail */
	"<div dir=\"ltr\">組別：機要組<br>姓名：<span style=\"font-family:&quot;"
	"A&quot;,sans-serif\">王小明</span></div><br><div class=\"gmail_quote\">"
	"<div dir=\"ltr\" class=\"gmail_attr\">許 &lt;<a href=\"mailto:a@b\">a@b"
	"</a>&gt; 於 2007年5月31日 寫道：<br></div><blockquote class="
	"\"gmail_quote\" style=\"border-left:1px solid\"><div>x</div>"
	"</blockquote></div>\n",
	/* Apple */
	"<html><head><meta http-equiv=\"content-type\" content=\"text/html; "
	"charset=utf-8\"></head><body style=\"word-wrap: break-word;\">姓名："
	"&#29579;&#x5c0f;明<br><div><br><blockquote type=\"cite\"><div>x</div>"
	"</blockquote></div></body></html>",
	/* Notes, Thunderbird */
	"<!DOCTYPE html PUBLIC \"-//W3C//DTD HTML 4.01//EN\">\n<html><body>"
	"<font size=2 face=\"sans-serif\">姓名：王小明</font><br /><pre>a\n b"
	"</pre><table><tbody><tr><td><ul><li>x</li></ul></td></tr></tbody>"
	"</table></body></html>",
};

/* What is put into them, and soup is made of. */
static const char *const pieces[] = {
	"x", "資", " ", "\n", "\t", "<", ">", "&", "&nbsp;", "&nbsp", "&amp;",
	"&#0;", "&#133;", "&#x;", "&#xffff;", "&#99999999;", "&nosuch;",
	"&hellip;", "</", "<3", "< b>", "<!-- c -->", "<!-- <b> -->", "<!-->",
	"<!--->", "<!-->x-->", "<!--->x-->", "<!--a--!>b-->", "<!--", "<!x>", "<![if x]>", "<?x y?>",
	"<!DOCTYPE html>", "\xef\xbf\xbe", "\xc2\x85", "\x01",
	"<html>", "</html>", "<head>", "</head>", "<body>", "</body>",
	"<title>", "</title>", "<meta a=b>", "<link>", "<base href=x>",
	"<style>", "</style>", "<style>a</b>c</style>", "<style></style>",
	"<style><p></style >", "<script>a<b</script>", "</STYLEX>",
	"<table>", "</table>", "<tr>", "</tr>", "<td>", "</td>", "<TD ALIGN=a>",
	"<th>", "</th>", "<tbody>", "</tbody>", "<thead>", "<caption>",
	"<div>", "</div>", "<DIV>", "</DIV>", "<div/>", "<p>", "</p>", "<p/>",
	"<h1>", "</h1>", "<ul>", "</ul>", "<ol>", "<li>", "</li>", "<dl>",
	"<dd>", "<pre>", "</pre>", "<hr>", "</hr>", "<br>", "<br/>", "</br>",
	"<span>", "</span>", "<a href=x>", "</a>", "<b>", "</b>", "<i>", "</i>",
	"<u>", "<font>", "</font>", "<strong>", "</strong>", "<em>", "<img>",
	"<center>", "</center>", "<blockquote>", "</blockquote>",
	"<blockquote cite=x>", "<blockquote data-a=quote>",
	"<blockquote style='border-left:0'>", "<o:p>", "</o:p>", "<o:p/>",
	"<x-y>", "</x-y>", "<select>", "<option>", "<form>", "</form>",
	"<input>", "<section>", "<object>", "</object>", "<noscript>",
	"<span style=\"display:none\">", "<span style='Display : None'>",
	"<span style='a:&quot;b&quot;;display:none'>", "<span style='a&amp;b'>",
	"<span style=display:none>", "<span hidden>", "<span hidden=x>",
	"<span style>", "<span style=''>", "<span style=a style=display:none>",
	"<span a", "<span a=", "<span a='", "<span a=b/>", "<span a / >",
	"<span \"x\">", "<span a='<b>' c=\">\">", "<span 1=2>", "<span a=b",
	"<div style='border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt "
	"0cm 0cm 0cm'>",
};

#define N(v)	(sizeof(v) / sizeof((v)[0]))

static void
ignore_start(void *ctx, const struct html_tag *tag, const char **atts)
{
	(void)ctx;
	(void)tag;
	(void)atts;
}

static void
ignore_end(void *ctx, const struct html_tag *tag)
{
	(void)ctx;
	(void)tag;
}

static int
ignore_text(void *ctx, const char *s, size_t n)
{
	(void)ctx;
	(void)s;
	(void)n;
	return 1;
}

static int
is_quick(const char *s, size_t n)
{
	static const struct html_events none = { ignore_start, ignore_end,
	    ignore_text };

	return html_quick(s, n, &none, NULL);
}

static void
compare(struct arena *a, const char *s, size_t n)
{
	struct html_text	got, want;

	for (int answer = 0; answer < 2; answer++) {
		html_read(a, s, n, answer, &got);
		html_read_fully(a, s, n, answer, &want);
		if (got.cut != want.cut || strcmp(got.text, want.text) != 0)
			fail_msg("%s\n got \"%s\"\nwant \"%s\"", s, got.text,
			    want.text);
	}
	arena_reset(a);
}

static void
programs_write_tidy_pages(void **unused)
{
	struct arena	*a = arena_new();

	(void)unused;
	for (size_t i = 0; i < N(tidy); i++) {
		if (!is_quick(tidy[i], strlen(tidy[i])))
			fail_msg("not quick: %s", tidy[i]);
		compare(a, tidy[i], strlen(tidy[i]));
	}
	arena_free(&a);
}

/* The page with a piece put in at n: alone, or with a word and its end. */
static void
put_into(struct arena *a, struct buf *b, const char *page, size_t n,
    const char *piece, int whole)
{
	size_t	name = strcspn(piece + 1, " />") + 1;

	buf_reset(b);
	(void)buf_add(b, page, n);
	(void)buf_puts(b, piece);
	if (whole && *piece == '<')
		(void)buf_addf(b, "y</%.*s>", (int)name - 1, piece + 1);
	(void)buf_puts(b, page + n);
	compare(a, b->data, b->len);
}

/* Every piece before tags and behind them. */
static void
nothing_put_into_a_page_makes_a_difference(void **unused)
{
	struct arena	*a = arena_new();
	struct buf	 b;

	(void)unused;
	buf_init(&b, PAGE_MAX);
	for (size_t i = 0, at = 0; i < N(tidy); i++, at = 0)
		for (const char *s = tidy[i]; s[at] != '\0';
		    at += 1 + strcspn(s + at + 1, "<>")) {
			size_t	n = at + (s[at] == '>');

			for (size_t k = n % EVERY; k < N(pieces); k += EVERY) {
				put_into(a, &b, s, n, pieces[k], 0);
				put_into(a, &b, s, n, pieces[k], 1);
			}
			compare(a, s, n);
		}
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
	buf_init(&b, PAGE_MAX);
	for (int i = 0; i < SOUPS; i++) {
		buf_reset(&b);
		for (unsigned n = next(&seed, 9) + 1; n > 0; n--)
			(void)buf_puts(&b, pieces[next(&seed, N(pieces))]);
		quick += is_quick(b.data, b.len);
		compare(a, b.data, b.len);
	}
	assert_true(quick > SOUPS / 200);
	buf_free(&b);
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(programs_write_tidy_pages),
		cmocka_unit_test(nothing_put_into_a_page_makes_a_difference),
		cmocka_unit_test(soup_makes_no_difference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
