#include "config.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "bench_mails.h"

#define PART_MAX	(256u * 1024)

static const char title[] = "臺北市政府秘書處資通安全事件通報單-內部通報用";

static const struct {
	const char	*label, *value;
} form[] = {
	{ "組別", "機要組" },
	{ "用戶端姓名", "王小明" },
	{ "聯絡電話", "02-5550-0101 轉 1234" },
	{ "資通安全發生時間", "中華民國96年5月31日上午9時10分" },
	{ "資通安全通報時間", "中華民國96年5月31日上午9時20分" },
	{ "資通安全事件簡述", "個人電腦開機後防毒軟體跳出警示，偵測到蠕蟲"
	    "病毒，共用資料夾檔案無法開啟，已先拔除網路線。" },
};

static const char cut[] = "_000_d41d8cd98f00b204e9800998ecf8427e_";

#define ROWS		(sizeof(form) / sizeof(form[0]))

static void
as_text(struct buf *b)
{
	(void)buf_addf(b, "%s\r\n\r\n", title);
	for (size_t i = 0; i < ROWS; i++)
		(void)buf_addf(b, "%s：%s%s", form[i].label, form[i].value,
		    i < 2 ? "\t" : "\r\n");
	(void)buf_puts(b, "\r\n-- \r\n王小明\r\n電話：02-5550-0199\r\n");
}

static void
as_big5(struct buf *b)
{
	struct buf	 utf8;
	gchar		*big5;
	gsize		 n;

	buf_init(&utf8, PART_MAX);
	as_text(&utf8);
	big5 = g_convert(utf8.data, (gssize)utf8.len, "CP950", "UTF-8", NULL,
	    &n, NULL);
	if (big5 == NULL)
		abort();
	(void)buf_add(b, big5, n);
	g_free(big5);
	buf_free(&utf8);
}

static void
as_answer(struct buf *b)
{
	(void)buf_puts(b, "狀態：處理中\r\n等級：3\r\n說明：已隔離主機，"
	    "正在還原備份。\r\n\r\n資安通報 <incident@agency.example> 於 "
	    "2007年5月31日 上午9:25 寫道：\r\n> 王小明　您好：\r\n>\r\n"
	    "> 案號 [CSI-20070531-0001] 的通報已收到。\r\n>\r\n");
	for (size_t i = 0; i < ROWS; i++)
		(void)buf_addf(b, "> %s：%s\r\n", form[i].label,
		    form[i].value);
	(void)buf_puts(b, ">\r\n> 直接回覆本信即可，請保留主旨中的案號。\r\n");
}

static void
as_bounce(struct buf *b)
{
	(void)buf_addf(b, "Content-Type: multipart/report; "
	    "report-type=delivery-status;\r\n\tboundary=\"%s\"\r\n\r\n--%s"
	    "\r\n\r\nI'm sorry to have to inform you that your message could"
	    " not\r\nbe delivered to one or more recipients.\r\n\r\n"
	    "<team@agency.example>: host mx.agency.example said: 550 5.1.1 "
	    "User unknown\r\n\r\n--%s\r\nContent-Type: message/delivery-"
	    "status\r\n\r\nReporting-MTA: dns; relay.agency.example\r\n\r\n"
	    "Final-Recipient: rfc822; team@agency.example\r\nAction: failed"
	    "\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 User "
	    "unknown\r\n\r\n--%s\r\nContent-Type: text/rfc822-headers\r\n\r\n"
	    "Message-ID: <ack.CSI-20070531-0001@agency.example>\r\nSubject: "
	    "[CSI-20070531-0001]\r\n\r\n--%s--\r\n", cut, cut, cut, cut,
	    cut);
}

/* What Word puts before and around the words of a mail. */
static const char html_head[] =
    "<html xmlns:v=\"urn:schemas-microsoft-com:vml\" xmlns:o=\"urn:schemas-"
    "microsoft-com:office:office\" xmlns:w=\"urn:schemas-microsoft-com:office:"
    "word\" xmlns=\"http://www.w3.org/TR/REC-html40\"><head><meta "
    "http-equiv=Content-Type content=\"text/html; charset=utf-8\"><meta "
    "name=Generator content=\"Microsoft Word 15 (filtered medium)\">"
    "<!--[if !mso]><style>v\\:* {behavior:url(#default#VML);}\r\n"
    "o\\:* {behavior:url(#default#VML);}\r\n.shape {behavior:url("
    "#default#VML);}\r\n</style><![endif]--><style><!--\r\n@font-face\r\n\t"
    "{font-family:新細明體;\r\n\tpanose-1:2 2 5 0 0 0 0 0 0 0;}\r\n"
    "@font-face\r\n\t{font-family:Calibri;\r\n\tpanose-1:2 15 5 2 2 2 4 3 2 "
    "4;}\r\np.MsoNormal, li.MsoNormal, div.MsoNormal\r\n\t{margin:0cm;\r\n\t"
    "font-size:12.0pt;\r\n\tfont-family:\"Calibri\",sans-serif;}\r\n"
    "a:link, span.MsoHyperlink\r\n\t{mso-style-priority:99;\r\n\tcolor:"
    "#0563C1;\r\n\ttext-decoration:underline;}\r\nspan.EmailStyle17\r\n\t"
    "{mso-style-type:personal-compose;\r\n\tcolor:windowtext;}\r\n"
    ".MsoChpDefault\r\n\t{mso-style-type:export-only;}\r\n@page WordSection1"
    "\r\n\t{size:612.0pt 792.0pt;\r\n\tmargin:72.0pt 90.0pt;}\r\n"
    "div.WordSection1\r\n\t{page:WordSection1;}\r\n--></style><!--[if gte "
    "mso 9]><xml>\r\n<o:shapedefaults v:ext=\"edit\" spidmax=\"1026\" />\r\n"
    "</xml><![endif]--></head><body lang=ZH-TW link=\"#0563C1\" "
    "vlink=\"#954F72\" style='word-wrap:break-word'>\r\n"
    "<div class=WordSection1>";

static void
html_words(struct buf *b, const char *s)
{
	(void)buf_addf(b, "<p class=MsoNormal><span style='font-family:"
	    "\"新細明體\",serif'>%s</span><span lang=EN-US><o:p></o:p></span>"
	    "</p>", s);
}

static void
html_cell(struct buf *b, const char *s)
{
	(void)buf_puts(b, "<td width=277 valign=top style='width:207.4pt;"
	    "border:solid windowtext 1.0pt;padding:0cm 5.4pt 0cm 5.4pt'>");
	html_words(b, s);
	(void)buf_puts(b, "</td>\r\n");
}

static void
as_html(struct buf *b)
{
	(void)buf_puts(b, html_head);
	html_words(b, title);
	(void)buf_puts(b, "<p class=MsoNormal><span lang=EN-US><o:p>&nbsp;"
	    "</o:p></span></p>\r\n<table class=MsoTableGrid border=1 "
	    "cellspacing=0 cellpadding=0 style='border-collapse:collapse;"
	    "border:none'>\r\n");
	for (size_t i = 0; i < ROWS; i++) {
		(void)buf_puts(b, "<tr>");
		html_cell(b, form[i].label);
		html_cell(b, form[i].value);
		(void)buf_puts(b, "</tr>\r\n");
	}
	(void)buf_puts(b, "</table>\r\n");
	html_words(b, "王小明");
	html_words(b, "電話：02-5550-0199");
	(void)buf_puts(b, "</div></body></html>\r\n");
}

/* A run with the properties Word repeats in every one. */
static void
docx_words(struct buf *b, const char *s)
{
	(void)buf_addf(b, "<w:p w:rsidR=\"00A77B3E\" w:rsidRDefault="
	    "\"00A77B3E\"><w:pPr><w:spacing w:line=\"360\" w:lineRule=\"auto\""
	    "/><w:rPr><w:rFonts w:ascii=\"標楷體\" w:eastAsia=\"標楷體\" "
	    "w:hAnsi=\"標楷體\"/><w:sz w:val=\"28\"/></w:rPr></w:pPr><w:r>"
	    "<w:rPr><w:rFonts w:ascii=\"標楷體\" w:eastAsia=\"標楷體\" "
	    "w:hAnsi=\"標楷體\" w:hint=\"eastAsia\"/><w:sz w:val=\"28\"/>"
	    "</w:rPr><w:t>%s</w:t></w:r></w:p>", s);
}

static void
docx_cell(struct buf *b, const char *s)
{
	(void)buf_puts(b, "<w:tc><w:tcPr><w:tcW w:w=\"4148\" w:type=\"dxa\"/>"
	    "<w:vAlign w:val=\"center\"/></w:tcPr>");
	docx_words(b, s);
	(void)buf_puts(b, "</w:tc>");
}

static void
docx_xml(struct buf *b)
{
	(void)buf_puts(b, "<?xml version=\"1.0\" encoding=\"UTF-8\" "
	    "standalone=\"yes\"?>\r\n<w:document xmlns:mc=\"http://schemas."
	    "openxmlformats.org/markup-compatibility/2006\" xmlns:r=\"http://"
	    "schemas.openxmlformats.org/officeDocument/2006/relationships\" "
	    "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006"
	    "/main\" xmlns:w14=\"http://schemas.microsoft.com/office/word/2010"
	    "/wordml\" mc:Ignorable=\"w14\"><w:body>");
	docx_words(b, title);
	(void)buf_puts(b, "<w:tbl><w:tblPr><w:tblStyle w:val=\"a3\"/><w:tblW "
	    "w:w=\"0\" w:type=\"auto\"/></w:tblPr><w:tblGrid><w:gridCol "
	    "w:w=\"4148\"/><w:gridCol w:w=\"4148\"/></w:tblGrid>");
	for (size_t i = 0; i < ROWS; i++) {
		(void)buf_puts(b, "<w:tr w:rsidR=\"00A77B3E\">");
		docx_cell(b, form[i].label);
		docx_cell(b, form[i].value);
		(void)buf_puts(b, "</w:tr>");
	}
	(void)buf_puts(b, "</w:tbl><w:sectPr><w:pgSz w:w=\"11906\" w:h=\"16838"
	    "\"/></w:sectPr></w:body></w:document>");
}

static void
member(zip_t *z, const char *name, const char *s, size_t n)
{
	zip_source_t	*src = zip_source_buffer(z, s, n, 0);

	if (src == NULL || zip_file_add(z, name, src, 0) < 0)
		abort();
}

/* The document, and beside it the members that no reader of text opens. */
static void
as_docx(struct buf *b)
{
	static const char other[] = "<?xml version=\"1.0\"?><Types xmlns=\"http"
	    "://schemas.openxmlformats.org/package/2006/content-types\"/>";
	static const char *const names[] = { "[Content_Types].xml",
	    "_rels/.rels", "word/styles.xml", "word/settings.xml",
	    "word/fontTable.xml", "docProps/core.xml" };
	zip_source_t	*src = zip_source_buffer_create(NULL, 0, 0, NULL);
	zip_t		*z = zip_open_from_source(src, ZIP_TRUNCATE, NULL);
	zip_stat_t	 st;
	struct buf	 xml;
	char		*to;

	buf_init(&xml, PART_MAX);
	docx_xml(&xml);
	if (z == NULL)
		abort();
	zip_source_keep(src);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		member(z, names[i], other, sizeof(other) - 1);
	member(z, "word/document.xml", xml.data, xml.len);
	if (zip_close(z) != 0 || zip_source_stat(src, &st) != 0 ||
	    zip_source_open(src) != 0 || (to = buf_room(b, st.size)) == NULL ||
	    zip_source_read(src, to, st.size) != (zip_int64_t)st.size)
		abort();
	buf_grew(b, to + st.size);
	(void)zip_source_close(src);
	zip_source_free(src);
	buf_free(&xml);
}

static void
in_base64(struct buf *b, const char *head, void (*words)(struct buf *))
{
	struct buf	 in;
	gchar		*b64;
	size_t		 n;

	buf_init(&in, PART_MAX);
	words(&in);
	b64 = g_base64_encode((const guchar *)in.data, in.len);
	n = strlen(b64);
	(void)buf_addf(b, "%s\r\nContent-Transfer-Encoding: base64\r\n\r\n",
	    head);
	for (size_t i = 0; i < n; i += 76)
		(void)buf_addf(b, "%.76s\r\n", b64 + i);
	g_free(b64);
	buf_free(&in);
}

static const char text_type[] = "Content-Type: text/plain; charset=\"utf-8\"";
static const char html_type[] = "Content-Type: text/html; charset=\"utf-8\"";

static void
several(struct buf *b, enum bench_kind kind)
{
	(void)buf_addf(b, "Content-Type: multipart/%s;\r\n\tboundary=\"%s\"\r\n"
	    "\r\n--%s\r\n", kind == BENCH_DOCX ? "mixed" : "alternative", cut,
	    cut);
	if (kind == BENCH_DOCX) {
		(void)buf_addf(b, "%s\r\n\r\n如附件，請查收。\r\n\r\n--%s\r\n",
		    text_type, cut);
		in_base64(b, "Content-Type: application/vnd.openxmlformats-"
		    "officedocument.wordprocessingml.document;\r\n"
		    "\tname=\"form.docx\"\r\nContent-Disposition: attachment; "
		    "filename=\"form.docx\"", as_docx);
	} else {
		in_base64(b, text_type, as_text);
		(void)buf_addf(b, "\r\n--%s\r\n", cut);
		in_base64(b, html_type, as_html);
	}
	(void)buf_addf(b, "\r\n--%s--\r\n", cut);
}

/* The fields above the content. */
static void
header(struct buf *b, enum bench_kind kind)
{
	int	bounced = kind == BENCH_BOUNCE, answer = kind == BENCH_ANSWER;

	(void)buf_addf(b, "%sFrom: %s%d@agency.example>\r\n"
	    "To: incident@agency.example\r\n"
	    "Subject: %s=?UTF-8?B?6LOH6YCa5a6J5YWo5LqL5Lu26YCa5aCx5Zau?=\r\n"
	    "Date: Thu, 31 May 2007 09:22:10 +0800\r\n"
	    "Message-ID: <bench.%d@agency.example>\r\nMIME-Version: 1.0\r\n",
	    bounced ? "Return-Path: <>\r\n" : "",
	    bounced ? "Mail system <MAILER-DAEMON" : "staff <staff", (int)kind,
	    answer ? "Re: [CSI-20070531-0001] " : bounced ?
	    "Undelivered: [CSI-20070531-0001] " : "", (int)kind);
	if (answer)
		(void)buf_puts(b, "In-Reply-To: <ack.CSI-20070531-0001@"
		    "agency.example>\r\n");
}

void
bench_mail(struct buf *b, enum bench_kind kind)
{
	header(b, kind);
	switch (kind) {
	case BENCH_PLAIN:
	case BENCH_ANSWER:
		(void)buf_addf(b, "%s\r\nContent-Transfer-Encoding: 8bit\r\n"
		    "\r\n", text_type);
		(kind == BENCH_PLAIN ? as_text : as_answer)(b);
		break;
	case BENCH_BASE64:
		in_base64(b, text_type, as_text);
		break;
	case BENCH_BIG5:
		in_base64(b, "Content-Type: text/plain; charset=\"big5\"",
		    as_big5);
		break;
	case BENCH_HTML:
		in_base64(b, html_type, as_html);
		break;
	case BENCH_ALTERNATIVE:
	case BENCH_DOCX:
		several(b, kind);
		break;
	case BENCH_BOUNCE:
		as_bounce(b);
		break;
	case BENCH_KINDS:
		break;
	}
}
