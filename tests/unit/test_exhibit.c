/*
 * test_exhibit - which files may leave: names that lie, contents that lie,
 * and both together; and a mail's files on their way to the desk.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "parsers/exhibit.h"
#include "parsers/secret.h"
#include "parsers/text.h"

#define B(s)	s, sizeof(s) - 1

#define PNG_HEAD "\x89PNG\r\n\x1a\n" "\0\0\0\15IHDR\0\0\0\1\0\0\0\1\10\0\0\0\0" \
	"\x3a\x7e\x9b\x55"
#define PNG_DATA "\0\0\0\12IDAT\x78\x9c\x63\x60\0\0\0\2\0\1\x48\xaf\xa4\x71"
#define PNG_END	"\0\0\0\0IEND\xae\x42\x60\x82"
#define PNG	PNG_HEAD PNG_DATA PNG_END
#define JPEG	"\xff\xd8\xff\xe0\0\20JFIF\0\1\1\0\0\1\0\1\0\0" \
	"\xff\xda\0\10\1\1\0\0\x3f\0\x12\xff\0\x34\xff\xd0\x55\xff\xd9"
#define GIF	"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff" \
	"\x21\xf9\4\1\0\0\0\0" "\x2c\0\0\0\0\1\0\1\0\0\2\2\x44\1\0;"
#define BMP	"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\1\0\0\0\1\0\0\0\1\0\x18" \
	"\0\0\0\0\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\2\3\0"
#define PDF_HEAD "%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R"
#define PDF_END	">>\nendobj\ntrailer\n<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n"
#define PDF	PDF_HEAD PDF_END
#define PCAP	"\xd4\xc3\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\xff\xff\0\0\1\0\0\0" \
	"\1\0\0\0\0\0\0\0\4\0\0\0\4\0\0\0abcd"
#define PCAPNG	"\n\r\r\n\x1c\0\0\0\x4d\x3c\x2b\x1a\1\0\0\0\xff\xff\xff\xff" \
	"\xff\xff\xff\xff\x1c\0\0\0"
#define ZIP	"PK\3\4\24\0\0\0\0\0\0\0\0\0a.exe" "PK\1\2xxPK\5\6\0\0\0\0\1\0" \
	"\1\0\x2e\0\0\0\x20\0\0\0\0\0"
#define EICAR	"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" "EICAR-STANDARD-ANTIVIRUS-" \
	"TEST-FILE!$H+H*"
#define PE	"MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff\0\0\xb8\0\0\0"
#define ELF	"\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\x3e\0"
#define OLE	"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0\0\0"
#define LNK	"L\0\0\0\1\x14\2\0\0\0\0\0\xc0\0\0\0\0\0\0\x46"

static struct arena	*a;
static struct err	 err;

static int
set_up(void **unused)
{
	(void)unused;
	a = arena_new();
	text_prepare();
	return secret_prepare(&err) == RC_OK ? 0 : -1;
}

static int
tear_down(void **unused)
{
	(void)unused;
	arena_free(&a);
	return 0;
}

static enum exhibit_fault
judge(const char *name, const char *p, size_t len)
{
	enum exhibit_type	 type;
	enum exhibit_fault	 fault = exhibit_name(a, name, &type);
	const char		*charset;

	return fault != EXHIBIT_IS_NONE ? fault :
	    exhibit_content(a, type, p, len, &charset);
}

static void
want(const char *name, const char *p, size_t len, enum exhibit_fault fault)
{
	enum exhibit_fault	got = judge(name, p, len);

	if (got != fault)
		fail_msg("%s: got \"%s\", want \"%s\"", name == NULL ? "none" :
		    name, exhibit_fault_text(got), exhibit_fault_text(fault));
}

/* Each with a sound PNG inside: the name alone decides. */
static const struct { const char *name; enum exhibit_fault fault; } names[] = {
	{ "a.png", EXHIBIT_IS_NONE }, { "螢幕截圖.PNG", EXHIBIT_IS_NONE },
	{ "附件：勒索訊息 (1).png", EXHIBIT_IS_NONE },
	{ "Screenshot 2026-11-27 at 9.15.03\xe2\x80\xaf" "AM.png",
	    EXHIBIT_IS_NONE },
	{ "v1.2-10.0.0.5.png", EXHIBIT_IS_NONE },
	{ NULL, EXHIBIT_IS_NO_NAME }, { "", EXHIBIT_IS_NO_NAME },
	{ "png", EXHIBIT_IS_TYPE }, { "a.", EXHIBIT_IS_NAME },
	{ ".png", EXHIBIT_IS_NAME }, { "-rf.png", EXHIBIT_IS_NAME },
	{ "a.txx", EXHIBIT_IS_TYPE }, { "a.png1", EXHIBIT_IS_TYPE },
	{ "a.jpg", EXHIBIT_IS_DIFFERS }, { "a.txt", EXHIBIT_IS_DIFFERS },
	{ "a.pdf", EXHIBIT_IS_DIFFERS },
	/* what runs */
	{ "a.exe", EXHIBIT_IS_PROGRAM }, { "A.EXE", EXHIBIT_IS_PROGRAM },
	{ "a.ｅｘｅ", EXHIBIT_IS_PROGRAM }, { "a．exe", EXHIBIT_IS_PROGRAM },
	{ "evil.pdf.exe", EXHIBIT_IS_PROGRAM },
	{ "evil.png                                   .scr",
	    EXHIBIT_IS_PROGRAM },
	{ "a.ps1", EXHIBIT_IS_PROGRAM }, { "a.js", EXHIBIT_IS_PROGRAM },
	{ "a.vbs", EXHIBIT_IS_PROGRAM }, { "a.bat", EXHIBIT_IS_PROGRAM },
	{ "a.msi", EXHIBIT_IS_PROGRAM }, { "a.hta", EXHIBIT_IS_PROGRAM },
	{ "a.sh", EXHIBIT_IS_PROGRAM }, { "a.jar", EXHIBIT_IS_PROGRAM },
	{ "a.lnk", EXHIBIT_IS_SHORTCUT }, { "a.url", EXHIBIT_IS_SHORTCUT },
	{ "a.docm", EXHIBIT_IS_OFFICE }, { "a.xlsm", EXHIBIT_IS_OFFICE },
	{ "a.docx", EXHIBIT_IS_OFFICE }, { "a.doc", EXHIBIT_IS_OFFICE },
	{ "a.zip", EXHIBIT_IS_ARCHIVE }, { "a.7z", EXHIBIT_IS_ARCHIVE },
	{ "a.iso", EXHIBIT_IS_ARCHIVE }, { "a.rar", EXHIBIT_IS_ARCHIVE },
	{ "a.html", EXHIBIT_IS_PAGE }, { "a.svg", EXHIBIT_IS_PAGE },
	{ "a.mht", EXHIBIT_IS_PAGE }, { "a.eml", EXHIBIT_IS_MAIL },
	{ "a.msg", EXHIBIT_IS_MAIL },
	/* two endings */
	{ "evil.exe.png", EXHIBIT_IS_DOUBLE },
	{ "evil.exe .png", EXHIBIT_IS_DOUBLE },
	{ "evil.ＥＸＥ.png", EXHIBIT_IS_DOUBLE },
	{ "a.pdf.png", EXHIBIT_IS_DOUBLE }, { "a.png.png", EXHIBIT_IS_DOUBLE },
	{ "a.zip.png", EXHIBIT_IS_DOUBLE },
	{ "a.txt\xe2\x80\xa4png", EXHIBIT_IS_DOUBLE },	/* one dot leader */
	/* written to deceive */
	{ "evil\xe2\x80\xae" "gnp.exe", EXHIBIT_IS_PROGRAM },
	{ "evil\xe2\x80\xae" "exe.png", EXHIBIT_IS_NAME },
	{ "evil\xe2\x80\x8b.png", EXHIBIT_IS_NAME },
	{ "evil\xe2\x81\xa6.png", EXHIBIT_IS_NAME },
	{ "evil.exe.", EXHIBIT_IS_NAME }, { "a.png.", EXHIBIT_IS_NAME },
	{ "a.png ", EXHIBIT_IS_NAME }, { "a.png\xe3\x80\x80", EXHIBIT_IS_NAME },
	{ "a.exe ", EXHIBIT_IS_PROGRAM },
	{ "../../etc/x.png", EXHIBIT_IS_NAME }, { "C:\\x.png", EXHIBIT_IS_NAME },
	{ "a.exe:b.png", EXHIBIT_IS_NAME }, { "a.exe:.png", EXHIBIT_IS_NAME },
	{ "a\n.png", EXHIBIT_IS_NAME }, { "a\t.png", EXHIBIT_IS_NAME },
	{ "a\xef\xbf\xbd.png", EXHIBIT_IS_NAME },
	{ "a\xff.png", EXHIBIT_IS_NAME }, { "a?.png", EXHIBIT_IS_NAME },
	{ "a<b>.png", EXHIBIT_IS_NAME }, { "con.png", EXHIBIT_IS_NAME },
	{ "COM1.png", EXHIBIT_IS_NAME }, { "lpt9 .png", EXHIBIT_IS_NAME },
	{ "\xf3\xa0\x81\xa1.png", EXHIBIT_IS_NAME },	/* a tag */
};

static void
names_are_judged(void **unused)
{
	char	longest[300];

	(void)unused;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		want(names[i].name, B(PNG), names[i].fault);
	memset(longest, 'x', sizeof(longest));
	memcpy(longest + 251, ".png", 5);
	want(longest, B(PNG), EXHIBIT_IS_NONE);
	memcpy(longest + 252, ".png", 5);
	longest[251] = 'x';
	want(longest, B(PNG), EXHIBIT_IS_NAME);
}

static const struct {
	const char		*name, *p;
	size_t			 len;
	enum exhibit_fault	 fault;
} contents[] = {
	{ "a.png", B(PNG), EXHIBIT_IS_NONE },
	{ "a.jpg", B(JPEG), EXHIBIT_IS_NONE },
	{ "a.jpeg", B(JPEG), EXHIBIT_IS_NONE },
	{ "a.gif", B(GIF), EXHIBIT_IS_NONE },
	{ "a.bmp", B(BMP), EXHIBIT_IS_NONE },
	{ "a.pdf", B(PDF), EXHIBIT_IS_NONE },
	{ "a.pcap", B(PCAP), EXHIBIT_IS_NONE },
	{ "a.pcapng", B(PCAPNG), EXHIBIT_IS_NONE },
	{ "a.txt", B("GET / 200\r\n防火牆紀錄\t1\n"), EXHIBIT_IS_NONE },
	{ "a.log", B("\xef\xbb\xbf<13>Nov 27 09:00:00 fw: <- \"a<b\""),
	    EXHIBIT_IS_NONE },
	{ "a.txt", B("\xa8\xbe\xa4\xf5\xc0\xf0\r\n"), EXHIBIT_IS_NONE },
	{ "a.csv", B("time,src,dst,delta\n1,10.0.0.1,-,-5\n2,a,+886,x\n"),
	    EXHIBIT_IS_NONE },
	/* one thing in the coat of another */
	{ "a.png", B(JPEG), EXHIBIT_IS_DIFFERS },
	{ "a.jpg", B(PNG), EXHIBIT_IS_DIFFERS },
	{ "a.pdf", B(PNG), EXHIBIT_IS_DIFFERS },
	{ "a.txt", B(PNG), EXHIBIT_IS_DIFFERS },
	{ "a.txt", B(PDF), EXHIBIT_IS_DIFFERS },
	{ "a.png", B("hello"), EXHIBIT_IS_DIFFERS },
	{ "a.png", B(""), EXHIBIT_IS_EMPTY },
	{ "a.png", B(PE), EXHIBIT_IS_PROGRAM },
	{ "a.pdf", B(ELF), EXHIBIT_IS_PROGRAM },
	{ "a.txt", B("\xcf\xfa\xed\xfe\7\0\0\1"), EXHIBIT_IS_PROGRAM },
	{ "a.txt", B("\xca\xfe\xba\xbe\0\0\0\2"), EXHIBIT_IS_PROGRAM },
	{ "a.txt", B(EICAR), EXHIBIT_IS_PROGRAM },
	{ "a.txt", B("\n  " EICAR), EXHIBIT_IS_PROGRAM },
	{ "a.txt", B("#!/bin/sh\nrm -rf /\n"), EXHIBIT_IS_PROGRAM },
	{ "a.txt", B("\xef\xbb\xbf#!/bin/sh\n"), EXHIBIT_IS_PROGRAM },
	{ "a.log", B("@ECHO off\r\ndel x\r\n"), EXHIBIT_IS_PROGRAM },
	{ "a.txt", B("Windows Registry Editor Version 5.00\r\n"),
	    EXHIBIT_IS_PROGRAM },
	{ "a.txt", B("[InternetShortcut]\r\nURL=file://x\r\n"),
	    EXHIBIT_IS_SHORTCUT },
	{ "a.png", B(LNK), EXHIBIT_IS_SHORTCUT },
	{ "a.pdf", B(OLE), EXHIBIT_IS_OFFICE },
	{ "a.txt", B("{\\rtf1\\ansi{\\object}}"), EXHIBIT_IS_OFFICE },
	{ "a.pdf", B(ZIP), EXHIBIT_IS_ARCHIVE },
	{ "a.txt", B("begin 644 a.exe\nM..."), EXHIBIT_IS_ARCHIVE },
	{ "a.txt", B("<html><body onload=x>"), EXHIBIT_IS_PAGE },
	{ "a.txt", B("<svg onload=x>"), EXHIBIT_IS_PAGE },
	{ "a.txt", B("log\n<ScRiPt src=x>"), EXHIBIT_IS_PAGE },
	{ "a.csv", B("<!-- x -->"), EXHIBIT_IS_PAGE },
	/* no plain text */
	{ "a.txt", B("a\0b"), EXHIBIT_IS_DIFFERS },
	{ "a.txt", B("a\033[31mb"), EXHIBIT_IS_DIFFERS },
	{ "a.txt", B("a\x7f"), EXHIBIT_IS_DIFFERS },
	{ "a.txt", B("\xff\xfeh\0i\0"), EXHIBIT_IS_DIFFERS },
	{ "a.txt", B("\xa4\xa4\xff\xff"), EXHIBIT_IS_DIFFERS },
	{ "a.txt", B("\xc3\x28\x80"), EXHIBIT_IS_DIFFERS },
	{ "a.txt", B("VPN 密碼：Abc12345\n"), EXHIBIT_IS_PASSWORD },
	{ "a.log", B("\xb1\x4b\xbd\x58\xa1\x47" "Abc12345\r\n"),
	    EXHIBIT_IS_PASSWORD },				/* Big5 */
	/* a sheet obeys its cells */
	{ "a.csv", B("a,=cmd|'/c calc'!A0\n"), EXHIBIT_IS_ACTIVE },
	{ "a.csv", B("=1+1\n"), EXHIBIT_IS_ACTIVE },
	{ "a.csv", B("a,\"=HYPERLINK(1)\"\n"), EXHIBIT_IS_ACTIVE },
	{ "a.csv", B("a;@SUM(1)\n"), EXHIBIT_IS_ACTIVE },
	{ "a.csv", B("a,+-cmd\n"), EXHIBIT_IS_ACTIVE },
	/* behind the end, and cut before it */
	{ "a.png", B(PNG "x"), EXHIBIT_IS_BROKEN },
	{ "a.png", B(PNG ZIP), EXHIBIT_IS_BROKEN },
	{ "a.png", B(PNG_HEAD PNG_DATA), EXHIBIT_IS_BROKEN },
	{ "a.png", B(PNG_HEAD "\xff\xff\xff\xf0IDAT" PNG_END),
	    EXHIBIT_IS_BROKEN },
	{ "a.png", B("\x89PNG\r\n\x1a\n"), EXHIBIT_IS_BROKEN },
	{ "a.jpg", B(JPEG ZIP), EXHIBIT_IS_BROKEN },
	{ "a.jpg", B(JPEG "\xff\xd9"), EXHIBIT_IS_BROKEN },
	{ "a.jpg", B("\xff\xd8\xff"), EXHIBIT_IS_BROKEN },
	{ "a.jpg", B("\xff\xd8\xff\xe0\xff\xff"), EXHIBIT_IS_BROKEN },
	{ "a.jpg", B("\xff\xd8\xff\xd9"), EXHIBIT_IS_BROKEN },
	{ "a.gif", B(GIF "alert(1)"), EXHIBIT_IS_BROKEN },
	{ "a.gif", B("GIF89a/*\0\0\0\0*/=1;alert(1)"), EXHIBIT_IS_BROKEN },
	{ "a.bmp", B(BMP "x"), EXHIBIT_IS_BROKEN },
	{ "a.bmp", B("BM"), EXHIBIT_IS_BROKEN },
	{ "a.pdf", B(PDF ZIP), EXHIBIT_IS_BROKEN },
	{ "a.pdf", B("%PDF-1.4\n"), EXHIBIT_IS_BROKEN },
	{ "a.pcap", B("\xd4\xc3\xb2\xa1"), EXHIBIT_IS_BROKEN },
	{ "a.pcap", B(PCAP "\1\0\0\0\0\0\0\0\0\0\0\x7f\4\0\0\0"),
	    EXHIBIT_IS_BROKEN },
	/* an archive inside */
	{ "a.png", B(PNG_HEAD "\0\0\0\x54tEXt" ZIP ZIP PNG_END),
	    EXHIBIT_IS_BROKEN },
	{ "a.pcap", B(PCAP "\1\0\0\0\0\0\0\0\7\0\0\0\7\0\0\0Rar!\x1a\7\0"),
	    EXHIBIT_IS_ARCHIVE },
	{ "a.pcap", B(PCAP "\1\0\0\0\0\0\0\0\4\0\0\0\4\0\0\0PK\5\6"),
	    EXHIBIT_IS_ARCHIVE },
	{ "a.pdf", B(PDF_HEAD "/X(" ZIP ")" PDF_END), EXHIBIT_IS_ARCHIVE },
	/* what a document does by itself */
	{ "a.pdf", B(PDF_HEAD "/OpenAction<</S/JavaScript/JS(app)>>" PDF_END),
	    EXHIBIT_IS_ACTIVE },
	{ "a.pdf", B(PDF_HEAD "/AA<</S/J#61vaScript>>" PDF_END),
	    EXHIBIT_IS_ACTIVE },
	{ "a.pdf", B(PDF_HEAD "/A<</S/Launch/F(cmd.exe)>>" PDF_END),
	    EXHIBIT_IS_ACTIVE },
	{ "a.pdf", B(PDF_HEAD "/Names<</EmbeddedFiles 3 0 R>>" PDF_END),
	    EXHIBIT_IS_ACTIVE },
	{ "a.pdf", B(PDF_HEAD "/JS 3 0 R" PDF_END), EXHIBIT_IS_ACTIVE },
	{ "a.pdf", B(PDF_HEAD "/AcroForm<</XFA 3 0 R>>" PDF_END),
	    EXHIBIT_IS_ACTIVE },
	{ "a.pdf", B(PDF_HEAD "/Encrypt 3 0 R" PDF_END), EXHIBIT_IS_LOCKED },
	{ "a.pdf", B(PDF_HEAD "/Type/ObjStm/Filter/ASCIIHexDecode" PDF_END),
	    EXHIBIT_IS_LOCKED },
	{ "a.pdf", B(PDF_HEAD "/OpenAction[3 0 R /Fit]/JSource 1" PDF_END),
	    EXHIBIT_IS_NONE },
};

static void
contents_are_judged(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++)
		want(contents[i].name, contents[i].p, contents[i].len,
		    contents[i].fault);
}

/* Every beginning of every sound file, and each with one byte changed: never
 * a crash, and what is cut is never sound. */
static void
cut_and_bent(void **unused)
{
	const char	*name, *p;
	char		*s;

	(void)unused;
	for (size_t i = 0; i < 8; i++) {
		name = contents[i].name;
		p = contents[i].p;
		for (size_t n = 0; n < contents[i].len; n++) {
			s = malloc(n + 1);	/* to its last byte */
			memcpy(s, p, n);
			if (judge(name, s, n) == EXHIBIT_IS_NONE &&
			    strcmp(name, "a.pdf") != 0 &&
			    strncmp(name, "a.pcap", 6) != 0)
				fail_msg("%s: sound when cut at %zu", name, n);
			free(s);
		}
		for (size_t n = 0; n < contents[i].len * 256; n++) {
			s = malloc(contents[i].len);
			memcpy(s, p, contents[i].len);
			s[n / 256] = (char)(n % 256);
			(void)judge(name, s, contents[i].len);
			free(s);
			arena_reset(a);
		}
	}
}

/* One endless line of words that look like the beginning of a password took
 * longer than the reader has. */
static void
endless_lines_stay(void **unused)
{
	const size_t	 len = 8 * 1024 * 1024;
	char		*s = malloc(len);

	(void)unused;
	for (size_t i = 0; i < len; i++)
		s[i] = "password is:: "[i % 14];
	want("a.txt", s, len, EXHIBIT_IS_LOCKED);
	want("a.txt", s, 8193, EXHIBIT_IS_LOCKED);
	want("a.txt", s, 8192, EXHIBIT_IS_NONE);
	for (size_t i = 8191; i < len; i += 8192)
		s[i] = '\n';
	want("a.txt", s, len, EXHIBIT_IS_NONE);
	free(s);
}

/* A document whose objects are packed, as programs of today write them. */
static size_t
packed_pdf(const char *objects, char *out, size_t size)
{
	unsigned char	z[4096];
	uLongf		n = sizeof(z);
	size_t		at;

	assert_int_equal(compress(z, &n, (const Bytef *)objects,
	    (uLong)strlen(objects)), Z_OK);
	at = (size_t)snprintf(out, size, "%s/Type/ObjStm/Filter/FlateDecode"
	    "/Length %lu>>stream\r\n", PDF_HEAD, (unsigned long)n);
	memcpy(out + at, z, n);
	at += n;
	at += (size_t)snprintf(out + at, size - at, "\nendstream%s", PDF_END);
	return at;
}

static void
packed_objects_are_looked_into(void **unused)
{
	char	s[8192], objects[2048];

	(void)unused;
	want("a.pdf", s, packed_pdf("5 0 6 20 <</Type/Page>> <</Count 1>>", s,
	    sizeof(s)), EXHIBIT_IS_NONE);
	want("a.pdf", s, packed_pdf("5 0 6 20 <</S/JavaScript/JS(x)>>", s,
	    sizeof(s)), EXHIBIT_IS_ACTIVE);
	want("a.pdf", s, packed_pdf("5 0 <</S/L#61unch/F(x)>>", s, sizeof(s)),
	    EXHIBIT_IS_ACTIVE);
	/* across the border of what is unpacked at once */
	for (int n = 30; n < 80; n++) {
		(void)snprintf(objects, sizeof(objects), "5 0 %*s/JavaScript ",
		    n, "");
		want("a.pdf", s, packed_pdf(objects, s, sizeof(s)),
		    EXHIBIT_IS_ACTIVE);
	}
	/* a picture's bytes are no objects */
	want("a.pdf", s, packed_pdf("\x80\x81/JavaScript", s, sizeof(s)),
	    EXHIBIT_IS_NONE);
}

/* --- a whole mail --- */

static const char mail[] =
	"From: a@agency.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
	"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
	"--b\r\nContent-Type: text/plain\r\n\r\nwords\r\n"
	"--b\r\nContent-Type: application/octet-stream\r\n"
	"Content-Disposition: attachment; filename=\"=?Big5?B?rPa//S50eHQ=?=\""
	"\r\nContent-Transfer-Encoding: base64\r\n\r\nqL6k9cDwDQo=\r\n"
	"--b\r\nContent-Type: image/png; name=\"a.exe\"\r\n"
	"Content-Transfer-Encoding: base64\r\n\r\nTVqQAAMAAAA=\r\n"
	"--b\r\nContent-Type: text/plain; name=big.log\r\n\r\n"
	"0123456789012345678901234567890123456789\r\n"
	"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: y\r\n\r\nz\r\n"
	"--b\r\nContent-Type: application/pkcs7-signature; name=smime.p7s\r\n"
	"\r\nx\r\n--b--\r\n";

static void
a_mail_and_back(void **unused)
{
	struct exhibit_want	 w = { EXHIBIT_BIT(EXHIBIT_TEXT), 20, 1000 };
	struct exhibit		*x, *y;
	size_t			 n, more, files;
	json_t			*js;
	char			*s;

	(void)unused;
	assert_int_equal(exhibits_read(a, B(mail), &w, &x, &n, &more, &err),
	    RC_OK);
	assert_int_equal(n, 4);
	assert_int_equal(more, 0);
	assert_string_equal(x[0].name, "紀錄.txt");
	assert_int_equal(x[0].fault, EXHIBIT_IS_NONE);
	assert_string_equal(x[0].charset, "Big5");
	assert_int_equal(x[0].len, 8);
	assert_memory_equal(x[0].data, "\xa8\xbe\xa4\xf5\xc0\xf0\r\n", 8);
	assert_int_equal(x[1].fault, EXHIBIT_IS_PROGRAM);
	assert_int_equal(x[2].fault, EXHIBIT_IS_NONE);
	assert_null(x[2].data);			/* larger than anybody takes */
	assert_int_equal(x[3].fault, EXHIBIT_IS_MAIL);
	js = exhibits_json(x, n, more);
	s = json_dumps(js, JSON_COMPACT);
	assert_int_equal(exhibits_from_json(s, strlen(s), a, &y, &n, &more,
	    &files, &err), RC_OK);
	assert_int_equal(n, 4);
	assert_int_equal(files, 1);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(x[i].type, y[i].type);
		assert_int_equal(x[i].fault, y[i].fault);
		assert_int_equal(x[i].size, y[i].size);
		assert_string_equal(x[i].sha256, y[i].sha256);
		assert_true((x[i].data == NULL) == (y[i].data == NULL));
	}
	free(s);
	json_decref(js);
}

#define FILE_(type, fault, size, sha, data)				\
	"{\"files\":[{\"name\":\"a.png\",\"type\":" type ",\"fault\":"	\
	fault ",\"size\":" size ",\"sha256\":\"" sha "\",\"data\":" data \
	"}],\"more\":0}"
#define SHA "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* A reader that was taken over writes what it likes. */
static void
hostile_answers(void **unused)
{
	static const char *const bad[] = {
		"", "x", "[]", "{}", "{\"files\":1,\"more\":0}",
		"{\"files\":[1],\"more\":0}", "{\"files\":[],\"more\":-1}",
		FILE_("9", "0", "1", SHA, "true"),
		FILE_("-1", "0", "1", SHA, "true"),
		FILE_("8", "0", "1", SHA, "true"),
		FILE_("0", "99", "1", SHA, "false"),
		FILE_("0", "4", "1", SHA, "true"),
		FILE_("0", "0", "-1", SHA, "true"),
		FILE_("0", "0", "99999999999", SHA, "true"),
		FILE_("0", "0", "1", "ab", "true"),
	};
	static const char good[] = FILE_("0", "0", "1", SHA, "true");
	struct exhibit	*x;
	size_t		 n, more, files;

	(void)unused;
	assert_int_equal(exhibits_from_json(B(good), a, &x, &n, &more, &files,
	    &err), RC_OK);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (exhibits_from_json(bad[i], strlen(bad[i]), a, &x, &n,
		    &more, &files, &err) != RC_REFUSED)
			fail_msg("taken: %s", bad[i]);
}

static void
types_for_policies(void **unused)
{
	static const char *const bad[] = {
		"application/x-msdownload", "application/x-dosexec",
		"application/zip", "application/x-sh", "text/html",
		"image/svg+xml", "application/javascript", "image/*", "*",
		"application/octet-stream", "message/rfc822", "IMAGE/PNG",
		"application/vnd.ms-excel.sheet.macroEnabled.12", "",
	};

	(void)unused;
	for (int t = 0; t < EXHIBIT_NTYPES; t++)
		assert_null(exhibit_type_bad(exhibit_type_name(
		    (enum exhibit_type)t)));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_non_null(exhibit_type_bad(bad[i]));
	assert_non_null(strstr(exhibit_type_bad("application/x-dosexec"),
	    "program"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_judged),
		cmocka_unit_test(contents_are_judged),
		cmocka_unit_test(cut_and_bent),
		cmocka_unit_test(endless_lines_stay),
		cmocka_unit_test(packed_objects_are_looked_into),
		cmocka_unit_test(a_mail_and_back),
		cmocka_unit_test(hostile_answers),
		cmocka_unit_test(types_for_policies),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
