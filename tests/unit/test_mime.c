#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/civil.h"
#include "parsers/limits.h"
#include "parsers/mime.h"
#include "parsers/report.h"

/* A mail, what is read of it: leaves "type[=name]" in order, body text. */
static const struct {
	const char	*what, *mail, *leaves, *body;
} mails[] = {
	{ "plain", "Subject: x\r\n\r\nhello\r\n", "text/plain", "hello\n" },
	{ "no header", "\nhello\n", "text/plain", "hello\n" },
	{ "no empty line", "Subject: x\n組別：機要組\n", "text/plain",
	    "組別：機要組\n" },
	{ "only header", "Subject: x", "text/plain", "" },
	{ "empty", "", "text/plain", "" },
	{ "mbox line", "From a@b Mon\nSubject: x\n\nhi\n", "text/plain",
	    "hi\n" },
	{ "CR only", "Subject: x\r\rhello\rworld\r", "text/plain",
	    "hello\nworld\n" },
	{ "attachment is evidence",
	    "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nown\n--b\n"
	    "Content-Type: text/plain; name=access.log\n"
	    "Content-Disposition: attachment; filename=access.log\n\nlog\n"
	    "--b--\n", "text/plain,text/plain=access.log", "own" },
	{ "alternative",
	    "Content-Type: multipart/alternative; boundary=b\n\n--b\n"
	    "Content-Type: text/plain\n\ntext\n--b\n"
	    "Content-Type: text/html\n\n<p>html</p>\n--b--\n",
	    "text/plain,text/html", "text" },
	{ "alternative with an empty text",
	    "Content-Type: multipart/alternative; boundary=b\n\n--b\n"
	    "Content-Type: text/plain\n\n \n--b\n"
	    "Content-Type: text/html\n\n<p>html</p>\n--b--\n",
	    "text/plain,text/html", "html" },
	{ "alternative that asks for HTML",
	    "Content-Type: multipart/alternative; boundary=b\n\n--b\n"
	    "Content-Type: text/plain; charset=utf-8\n\n請以HTML檢視\n--b\n"
	    "Content-Type: text/html\n\n<p>html</p>\n--b--\n",
	    "text/plain,text/html", "html" },
	{ "related in alternative",
	    "Content-Type: multipart/alternative; boundary=b\n\n--b\n"
	    "Content-Type: text/plain\n\ntext\n--b\n"
	    "Content-Type: multipart/related; boundary=c\n\n--c\n"
	    "Content-Type: text/html\n\n<p>html</p>\n--c\n"
	    "Content-Type: image/png; name=x.png\n\nIMG\n--c--\n--b--\n",
	    "text/plain,text/html,image/png=x.png", "text" },
	{ "signed", "Content-Type: multipart/signed; boundary=b\n\n--b\n\n"
	    "words\n--b\nContent-Type: application/pkcs7-signature; "
	    "name=smime.p7s\n\nMII=\n--b--\n",
	    "text/plain,application/pkcs7-signature=smime.p7s", "words" },
	{ "message is evidence",
	    "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nsee\n--b\n"
	    "Content-Type: message/rfc822\n\nSubject: in\n\ninner\n--b--\n",
	    "text/plain,message/rfc822", "see" },
	{ "digest", "Content-Type: multipart/digest; boundary=b\n\n--b\n\n"
	    "Subject: one\n\ninner\n--b--\n", "message/rfc822", "" },
	{ "two texts", "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n"
	    "one\n--b\n\ntwo\n--b--\n", "text/plain,text/plain", "one\ntwo" },
	{ "no end", "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n"
	    "one\n--b\nContent-Type: image/gif\n\nGIF",
	    "text/plain,image/gif", "one" },
	{ "wrong boundary",
	    "Content-Type: multipart/mixed; boundary=wrong\n\n--b\n"
	    "Content-Type: text/plain\n\none\n--b--\n", "text/plain", "one" },
	{ "no boundary", "Content-Type: multipart/mixed\n\njust words\n",
	    "text/plain", "just words\n" },
	{ "boundary is one quote",
	    "Content-Type: multipart/mixed; boundary=\"\\\"\"\n\nwords\n",
	    "text/plain", "words\n" },
	{ "boundary inside is one quote",
	    "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
	    "Content-Type: multipart/mixed; boundary=\"\\\"\"\n\nx\n--b\n\n"
	    "own\n--b--\n", "text/plain,text/plain", NULL },
	{ "boundary inside is empty",
	    "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
	    "Content-Type: multipart/mixed; boundary=\"\"\n\nx\n--b--\n",
	    NULL, NULL },
	{ "RFC 2231", "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
	    "Content-Type: image/png; name*=UTF-8''%E9%A6%96.png\n\nx\n"
	    "--b--\n", "image/png=首.png", "" },
	{ "RFC 2231 in pieces",
	    "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
	    "Content-Type: image/png\nContent-Disposition: attachment;\n"
	    " filename*0*=big5''%A4; filename*1*=%A4; filename*2=\".png\"\n\n"
	    "x\n--b--\n", "image/png=中.png", "" },
	{ "RFC 2047 in quotes",
	    "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
	    "Content-Type: image/png; name=\"=?UTF-8?B?6YCa5aCx5ZauLmRvY3g=?="
	    "\"\n\nx\n--b--\n", "image/png=通報單.docx", "" },
	{ "raw Big5 name",
	    "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
	    "Content-Type: image/png; name=\"\xb3\x71\xb3\xf8\xb3\xe6.png\""
	    "\n\nx\n--b--\n", "image/png=通報單.png", "" },
	{ "name as of a link",
	    "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
	    "Content-Type: image/png; name=\"%E9%A6%96%20%E9%A0%81.png\"\n\nx\n"
	    "--b\nContent-Type: image/png; name=\"a%20b%41.png\"\n\nx\n"
	    "--b--\n", "image/png=首 頁.png,image/png=a%20b%41.png", "" },
	{ "name without quotes",
	    "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
	    "Content-Type: image/png; name=a b.png\n\nx\n--b--\n",
	    "image/png=a b.png", "" },
	{ "base64", "Content-Transfer-Encoding: base64\n\nSGVsbG8=\n",
	    "text/plain", "Hello" },
	{ "quoted-printable",
	    "Content-Transfer-Encoding: Quoted-Printable\n"
	    "Content-Type: text/plain; charset=utf-8\n\n=E7=B5=84=\n=E5=88=A5"
	    "=3D\n", "text/plain", "組別=\n" },
	{ "flowed", "Content-Type: text/plain; format=flowed\n\na \nb\n> c \n"
	    "> d\n-- \ne\n", "text/plain", "a b\n> c d\n-- \ne\n" },
	{ "flowed, blanks taken out",
	    "Content-Type: text/plain; format=flowed; delsp=yes; "
	    "charset=utf-8\n\n資 \n安\n", "text/plain", "資安\n" },
	{ "text/html alone", "Content-Type: text/html; charset=big5\n\n"
	    "<table><tr><td>\xb2\xd5\xa7\x4f<td>\xbe\xf7\xad\x6e</table>",
	    "text/html", "組別\t機要\n" },
	{ "attached only text is not own",
	    "Content-Type: text/plain\nContent-Disposition: attachment; "
	    "filename=x.txt\n\nlog\n", "text/plain=x.txt", "" },
	{ "named only text is own",
	    "Content-Type: text/plain; name=x.txt\n\nown\n",
	    "text/plain=x.txt", "own\n" },
	{ "unknown text type", "Content-Type: text/calendar\n\nBEGIN\n",
	    "text/calendar", "" },
	{ "base64 that no header names", "Subject: x\n\n6YCa5aCx5Zau6LOH5a6J\n"
	    "5LqL5Lu2\n", "text/plain", "通報單資安事件" },
	{ "base64 of no words", "Subject: x\n\n/9j/4AAQSkZJRgABAQEASABI\n",
	    "text/plain", "/9j/4AAQSkZJRgABAQEASABI\n" },
	{ "one long word", "Subject: x\n\nresponsibilities\n", "text/plain",
	    "responsibilities\n" },
	{ "quoted-printable that no header names",
	    "Content-Transfer-Encoding: 7bit\n\na=E7=B5=84=\nb=3D\n",
	    "text/plain", "a組b=\n" },
	{ "a link is not quoted-printable",
	    "Subject: x\n\nhttp://a.example/?q=E7=B5=84&b=zz\n",
	    "text/plain", "http://a.example/?q=E7=B5=84&b=zz\n" },
	{ "sums are not quoted-printable", "Subject: x\n\na=80 b=90 c=A0\n",
	    "text/plain", "a=80 b=90 c=A0\n" },
	{ "file in uuencode", "Subject: x\n\nsee\nbegin 644 a b.txt\n"
	    "%:&5L;&\\\n`\nend\nthat\n",
	    "text/plain,application/octet-stream=a b.txt", "see\nthat\n" },
	{ "two, without the line of none", "Subject: x\n\n"
	    "begin 644 a\n#86)C\nend\nbegin-base64 644 b\nYWJj\n====\n",
	    "text/plain,application/octet-stream=a,"
	    "application/octet-stream=b", "" },
	{ "no file: words", "Subject: x\n\nbegin 644 words\nat nine\nend\n",
	    "text/plain", "begin 644 words\nat nine\nend\n" },
	{ "no file: no digits of base64", "Subject: x\n\n"
	    "begin-base64 644 a\n狀態：已復原\n====\n",
	    "text/plain", "begin-base64 644 a\n狀態：已復原\n====\n" },
	{ "no file: no end", "Subject: x\n\nbegin 644 a\n#86)C\n",
	    "text/plain", "begin 644 a\n#86)C\n" },
	{ "file in yEnc", "Subject: x\n\n=ybegin line=128 size=3 name=a b\n"
	    "\x8b\x8c\x8d\n=yend size=3\nsee\n",
	    "text/plain,application/octet-stream=a b", "see\n" },
	{ "a part in uuencode", "Content-Type: multipart/mixed; boundary=b\n\n"
	    "--b\nContent-Type: image/png; name=a.png\n"
	    "Content-Transfer-Encoding: x-uuencode\n\nbegin 644 x\n#86)C\n"
	    "end\n--b--\n", "image/png=a.png", "" },
	{ "garbled type", "Content-Type: ;;;\n\nx\n", "text/plain", "x\n" },
	{ "type without subtype", "Content-Type: text\n\nx\n", "text/plain",
	    "x\n" },
};

static const char *
leaf_list(struct arena *a, const struct mime *m)
{
	const char	*s = "";

	for (size_t i = 0; i < m->n_leaves; i++)
		s = arena_printf(a, "%s%s%s%s%s", s, i ? "," : "",
		    m->leaves[i]->type, m->leaves[i]->name ? "=" : "",
		    m->leaves[i]->name ? m->leaves[i]->name : "");
	return s;
}

static void
parts_and_words(void **unused)
{
	struct arena	*a = arena_new();
	struct mime	 m;
	struct body	 b;
	struct err	 err;
	const char	*got;

	(void)unused;
	for (size_t i = 0; i < sizeof(mails) / sizeof(mails[0]); i++) {
		if (mime_read(a, mails[i].mail, strlen(mails[i].mail), &m,
		    &err) != RC_OK)
			fail_msg("%s: refused: %s", mails[i].what, err.text);
		got = leaf_list(a, &m);
		if (mails[i].leaves != NULL &&
		    strcmp(got, mails[i].leaves) != 0)
			fail_msg("%s: leaves \"%s\", want \"%s\"",
			    mails[i].what, got, mails[i].leaves);
		mime_body(&m, &b);
		if (mails[i].body != NULL && strcmp(b.text, mails[i].body))
			fail_msg("%s: body \"%s\", want \"%s\"",
			    mails[i].what, b.text, mails[i].body);
		arena_reset(a);
	}
	arena_free(&a);
}

/* Mails too large to be written down: made here, each for one guard. */
static void
repeat(struct buf *b, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)buf_puts(b, s);
}

static void
make_nested(struct buf *b, size_t n)
{
	(void)buf_puts(b, "Content-Type: multipart/mixed; boundary=b0\n\n");
	for (size_t i = 1; i <= n; i++)
		(void)buf_addf(b, "--b%zu\nContent-Type: multipart/mixed; "
		    "boundary=b%zu\n\n", i - 1, i);
}

static void
make_messages(struct buf *b, size_t n)
{
	(void)buf_puts(b, "Content-Type: multipart/mixed; boundary=b\n\n--b\n");
	repeat(b, "Content-Type: message/rfc822\n\n", n);
}

static void
make_parens(struct buf *b, size_t n)
{
	(void)buf_puts(b, "To: ");
	repeat(b, "(", n);
	(void)buf_puts(b, "\n\nx\n");
}

static void
make_part_parens(struct buf *b, size_t n)
{
	(void)buf_puts(b, "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
	    "Content-Type: text/plain ");
	repeat(b, "(\\)\r(", n);
	(void)buf_puts(b, "\n\nx\n--b--\n");
}

static void
make_headers(struct buf *b, size_t n)
{
	repeat(b, "X-A: b\n", n);
	(void)buf_puts(b, "\nx\n");
}

static void
make_long_field(struct buf *b, size_t n)
{
	(void)buf_puts(b, "References: ");
	repeat(b, "<a@b>\n ", n);
	(void)buf_puts(b, "\n\nx\n");
}

static void
make_parts(struct buf *b, size_t n)
{
	(void)buf_puts(b, "Content-Type: multipart/mixed; boundary=b\n\n");
	repeat(b, "--b\n\nx\n", n);
}

static void
make_line(struct buf *b, size_t n)
{
	(void)buf_puts(b, "Subject: x\n\n");
	repeat(b, "0123456789abcdef", n);
}

static void
make_crs(struct buf *b, size_t n)
{
	(void)buf_puts(b, "Content-Type: multipart/mixed; boundary=b\n\n--b\n");
	repeat(b, "\r(", n);
}

static void
make_header_line(struct buf *b, size_t n)
{
	(void)buf_puts(b, "Subject: ");
	repeat(b, "0123456789abcdef", n);
	(void)buf_puts(b, "\n\nx\n");
}

static const struct {
	const char	*what;
	void		 (*make)(struct buf *, size_t);
	size_t		 n;
	const char	*guard;		/* NULL: must be read */
} bombs[] = {
	{ "100 MB line", make_line, 6553600, "size" },
	{ "10 MB line", make_line, 655360, NULL },
	{ "100 MB header", make_header_line, 6553600, "size" },
	{ "header of a megabyte", make_header_line, 65536, "header_size" },
	{ "field of 100 kB", make_header_line, 6400, "header_line" },
	{ "1M headers", make_headers, 1000000, "header_size" },
	{ "20k headers", make_headers, 20000, NULL },
	{ "1M references", make_long_field, 1000000, "header_size" },
	{ "10k references", make_long_field, 10000, "header_line" },
	{ "1M parens", make_parens, 1000000, "header_size" },
	{ "300 parens", make_parens, 300, "header_parens" },
	{ "150 parens", make_parens, 150, NULL },
	{ "1M parens in a part", make_part_parens, 1000000, "header_parens" },
	{ "parens after bare CR", make_crs, 1000000, "header_parens" },
	{ "multipart 400 deep", make_nested, 400, NULL },
	{ "multipart 600 deep", make_nested, 600, "nesting" },
	{ "multipart 100k deep", make_nested, 100000, "nesting" },
	{ "message 400 deep", make_messages, 400, NULL },
	{ "message 100k deep", make_messages, 100000, "nesting" },
	{ "900 parts", make_parts, 900, NULL },
	{ "2000 parts", make_parts, 2000, "parts" },
	{ "1M parts", make_parts, 1000000, "parts" },
};

static void
every_guard_holds(void **unused)
{
	struct arena	*a = arena_new();
	struct mime	 m;
	struct body	 body;
	struct err	 err;
	struct buf	 b;
	enum rc		 rc;

	(void)unused;
	buf_init(&b, 200u * 1024 * 1024);
	for (size_t i = 0; i < sizeof(bombs) / sizeof(bombs[0]); i++) {
		buf_reset(&b);
		bombs[i].make(&b, bombs[i].n);
		assert_false(b.over);
		rc = mime_read(a, b.data, b.len, &m, &err);
		if (bombs[i].guard == NULL && rc != RC_OK)
			fail_msg("%s: refused: %s", bombs[i].what, m.guard);
		if (bombs[i].guard != NULL && (rc != RC_REFUSED ||
		    m.guard == NULL || strcmp(m.guard, bombs[i].guard)))
			fail_msg("%s: guard %s, want %s", bombs[i].what,
			    m.guard ? m.guard : "none", bombs[i].guard);
		mime_body(&m, &body);
		arena_reset(a);
	}
	buf_free(&b);
	arena_free(&a);
}

/* Levels times size is the work of finding the parts. */
static void
deep_and_large_is_refused(void **unused)
{
	struct arena	*a = arena_new();
	struct mime	 m;
	struct err	 err;
	struct buf	 b;

	(void)unused;
	buf_init(&b, MAIL_MAX);
	make_nested(&b, 300);
	repeat(&b, "0123456789abcdef0123456789abcdef\n", 300000);
	assert_int_equal(mime_read(a, b.data, b.len, &m, &err), RC_REFUSED);
	assert_string_equal(m.guard, "nesting");
	buf_free(&b);
	arena_free(&a);
}

static const struct {
	const char	*raw, *name, *addr;
} people[] = {
	{ "a@b.c", NULL, "a@b.c" }, { "<a@b.c>", NULL, "a@b.c" },
	{ "王小明 <a@b.c>", "王小明", "a@b.c" },
	{ "\"Wang, X\" <a@b.c>", "Wang, X", "a@b.c" },
	{ "=?big5?B?qkz51qZ3?= <a@b.c>", "林碁安", "a@b.c" },
	{ "\"=?utf-8?B?5p6X?=\" <a@b.c>", "林", "a@b.c" },
	{ "\xaa\x4c\xa6\x77 <a@b.c>", "林安", "a@b.c" },
	{ "'Wang' <a@b.c>", "Wang", "a@b.c" },
	{ "a@b.c (Wang \\( Xiao)", "Wang ( Xiao", "a@b.c" },
	{ "group: a@b.c, d@e.f;", NULL, "a@b.c" },
	{ "Wang", "Wang", NULL }, { "<>", NULL, NULL },
	{ "x <a@b>c> y", "x c> y", "a@b" },
	{ "a b@c", NULL, "ab@c" },
	{ "a@b\r\n c", NULL, "a@bc" },
	{ "x <a@b\r\n.c>", "x", "a@b.c" },
	{ "x <\"a b\"@c.d>", "x", NULL },
	{ "((((a)))) b@c", "(((a)))", "b@c" },
	{ "\"unclosed <a@b>", "unclosed", "a@b" },
	/* a comma that ought to be quoted */
	{ "Wang, X <a@b.c>", "Wang, X", "a@b.c" },
	{ "Wang, X (T) <a@b.c>, d@e.f", "Wang, X", "a@b.c" },
	{ "王; 小明<a@b.c>", "王; 小明", "a@b.c" },
	{ "a@b.c, X <d@e.f>", NULL, "a@b.c" },
	{ "Wang, d@e.f, X <a@b.c>", "Wang", NULL },
	{ "X <<a@b.c>>", "X", "a@b.c" },
	{ "<a@b", NULL, "a@b" }, { "mailto:a@b", NULL, "a@b" },
};

static void
addresses_are_found(void **unused)
{
	struct arena	*a = arena_new();
	struct address	 got;
	size_t		 at;

	(void)unused;
	for (size_t i = 0; i < sizeof(people) / sizeof(people[0]); i++) {
		at = 0;
		(void)address_next(a, people[i].raw, strlen(people[i].raw),
		    &at, &got, NULL);
		if (strcmp(got.name ? got.name : "-", people[i].name ?
		    people[i].name : "-") != 0 ||
		    strcmp(got.addr ? got.addr : "-", people[i].addr ?
		    people[i].addr : "-") != 0)
			fail_msg("%s: got \"%s\" <%s>", people[i].raw,
			    got.name ? got.name : "-",
			    got.addr ? got.addr : "-");
	}
	arena_free(&a);
}

static const struct {
	const char	*raw, *want;
} dates[] = {
	{ "Thu, 31 May 2007 09:22:10 +0800", "2007-05-31T09:22:10+08:00" },
	{ "31 May 2007 09:22 +0800 (CST)", "2007-05-31T09:22:00+08:00" },
	{ "Thu, 31 May 2007 01:22:10 GMT", "2007-05-31T09:22:10+08:00" },
	{ "Fri,  1 Jun 2007 11:25:00 -0530", "2007-06-02T00:55:00+08:00" },
	{ "Thu, 31 May 07 09:22:10 +0800", "2007-05-31T09:22:10+08:00" },
	{ "Thu, 31 May 2007 25:22:10 +0800", NULL }, { "yesterday", NULL },
	{ "", NULL }, { "Thu, 99 May 2007 01:01:01 +0000", NULL },
};

static void
dates_are_read(void **unused)
{
	struct arena	*a = arena_new();
	char		 got[RFC3339_SIZE];
	int64_t		 t;

	(void)unused;
	for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
		t = date_header(a, dates[i].raw, strlen(dates[i].raw));
		if (dates[i].want == NULL) {
			if (t != TIME_NONE)
				fail_msg("%s: is a date", dates[i].raw);
			continue;
		}
		if (t == TIME_NONE || strcmp(rfc3339(got, t, 28800),
		    dates[i].want) != 0)
			fail_msg("%s: got %s", dates[i].raw, got);
	}
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_and_words),
		cmocka_unit_test(every_guard_holds),
		cmocka_unit_test(deep_and_large_is_refused),
		cmocka_unit_test(addresses_are_found),
		cmocka_unit_test(dates_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
