/*
 * compose: what goes out is 7-bit, short-lined, and nothing of a stranger's
 * opens a header.  With --write DIR it leaves the good mails as files, which
 * test_compose_decodes.py reads back with another implementation.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/gnutls.h>

#include "mail/compose.h"

#define OUT_MAX		(1u << 20)
#define LONG_CHINESE	"回覆：機要組共用資料夾無法開啟且所有檔案副檔名"	\
	"均遭變更為不明字樣，螢幕並出現勒索訊息，請求協助處理並通知相關單位"

static const char binary[] = "\0\xff\r\n.\r\nFrom me";
static const struct compose_part parts[] = {
	{ "text/calendar; method=REQUEST; charset=UTF-8",
	    "緊急應變會議通知（資通安全事件）第一次會議.ics",
	    "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", 32 },
	{ "application/octet-stream", "a.bin", binary, sizeof(binary) - 1 },
};

static const struct compose ordinary = {
	.from_addr = "incident@secretariat.example",
	.from_name = "資安通報系統", .to_addr = "ming@secretariat.example",
	.to_name = "王小明", .reply_to = "incident+k3@secretariat.example",
	.subject = "[CSI-20070531-0001] 已受理通報",
	.message_id = "<ack.00112233.1@secretariat.example>",
	.in_reply_to = "<parent@secretariat.example>",
	.references = "<root@secretariat.example> <x@y>",
	.auto_submitted = "auto-replied", .lang = "zh-TW",
	.tracking = "CSI-20070531-0001", .date = 1180575000, .off = 28800,
	.text = "第一行\n.\n第三行\n", .high_priority = 1,
};

static struct compose
sample(int i)
{
	struct compose	c = ordinary;

	switch (i) {
	case 1:
		c.subject = LONG_CHINESE LONG_CHINESE;
		c.to_name = LONG_CHINESE;
		c.html = "<p>第一行</p>";
		break;
	case 2:
		c.parts = parts;
		c.n_parts = 2;
		c.html = "<p>&amp;</p>";
		break;
	case 3:
		c.subject = "Plain subject";
		c.from_name = "Incident desk (night)";
		c.to_name = NULL;
		c.reply_to = c.in_reply_to = c.references = NULL;
		c.drill = 1;
		c.off = -16200;
		c.text = "";
		break;
	case 4:
		c.subject = "=?UTF-8?B?not=?= ours";
		c.to_name = "A \"quoted\\\" name, <a@b>";
		c.text = "\xf0\x9f\x9a\xa8 emoji and 喆堃\r\nCRLF\r\n";
		break;
	case 5:
		c.subject = " ";
		c.subject = "\xf0\x9f\x9a\xa8\xf0\x9f\x9a\xa8\xf0\x9f\x9a\xa8"
		    "\xf0\x9f\x9a\xa8\xf0\x9f\x9a\xa8\xf0\x9f\x9a\xa8"
		    "\xf0\x9f\x9a\xa8\xf0\x9f\x9a\xa8\xf0\x9f\x9a\xa8"
		    "\xf0\x9f\x9a\xa8\xf0\x9f\x9a\xa8\xf0\x9f\x9a\xa8"
		    "\xf0\x9f\x9a\xa8\xf0\x9f\x9a\xa8\xf0\x9f\x9a\xa8x";
		break;
	default:
		break;
	}
	return c;
}
#define SAMPLES	6

static void
every_line_is_short_and_clean(void **unused)
{
	(void)unused;
	for (int i = 0; i < SAMPLES; i++) {
		struct compose	 c = sample(i);
		struct buf	 b;
		struct err	 err;
		size_t		 col = 0;

		buf_init(&b, OUT_MAX);
		if (compose_mail(&c, &b, &err) != RC_OK)
			fail_msg("sample %d: %s", i, err.text);
		for (size_t n = 0; n < b.len; n++) {
			unsigned char ch = (unsigned char)b.data[n];

			if (ch == '\r') {
				assert_int_equal(b.data[n + 1], '\n');
				n++;
				col = 0;
			} else if (ch < 0x20 || ch > 0x7e || ++col > 76) {
				fail_msg("sample %d: byte %02x, column %zu: "
				    "%.60s", i, ch, col, b.data + n - 50);
			}
		}
		assert_int_equal(col, 0);
		buf_free(&b);
	}
}

/* The one attachment of a mail, decoded; the caller frees it. */
static gnutls_datum_t
attached(const char *mail)
{
	const char	*from = strstr(mail, "\r\nContent-Disposition: att");
	gnutls_datum_t	 in, out;
	char		*s, *to;

	assert_non_null(from);
	from = strstr(from, "\r\n\r\n") + 4;
	s = to = strndup(from, (size_t)(strstr(from, "--=_") - from));
	for (const char *p = s; *p != '\0'; p++)
		if (*p != '\r' && *p != '\n')
			*to++ = *p;
	in.data = (unsigned char *)s;
	in.size = (unsigned)(to - s);
	if (in.size == 0)
		out = (gnutls_datum_t){ NULL, 0 };
	else
		assert_int_equal(gnutls_base64_decode2(&in, &out), 0);
	free(s);
	return out;
}

static void
every_length_comes_back(void **unused)
{
	char			bytes[300];
	struct compose_part	p = { "a/b", "a", bytes, 0 };
	struct compose		c = ordinary;
	struct buf		b;
	struct err		err;
	gnutls_datum_t		got;

	(void)unused;
	buf_init(&b, OUT_MAX);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 167 + i / 7);
	c.parts = &p;
	c.n_parts = 1;
	for (p.len = 0; p.len <= sizeof(bytes); p.len++) {
		buf_reset(&b);
		assert_int_equal(compose_mail(&c, &b, &err), RC_OK);
		got = attached(b.data);
		assert_int_equal(got.size, p.len);
		if (p.len > 0)
			assert_memory_equal(got.data, bytes, p.len);
		gnutls_free(got.data);
	}
	buf_free(&b);
}

static const struct {
	const char	*addr;
	int		 want;
} addrs[] = {
	{ "a@b", 1 }, { "first.last+tag@sub.example-1.tw", 1 },
	{ "o'brien@example.org", 1 },
	{ NULL, 0 }, { "", 0 }, { "@b", 0 }, { "a@", 0 }, { "a", 0 },
	{ ".a@b", 0 }, { "a.@b", 0 }, { "a..b@c", 0 }, { "a@b@c", 0 },
	{ "\"a\"@b", 0 }, { "a b@c", 0 }, { "a@b c", 0 }, { "a(x)@b", 0 },
	{ "<a@b>", 0 }, { "a@b\r\nBcc: c@d", 0 }, { "a@b,c@d", 0 },
	{ "王@b.example", 0 }, { "a@王.example", 0 }, { "a@[127.0.0.1]", 0 },
	{ "a@-b.c", 0 }, { "a@b-.c", 0 }, { "a@b..c", 0 }, { "a@.b", 0 },
	{ "a@b.", 0 }, { "a@b-", 0 }, { "a\0@b", 0 }, { "a;b@c", 0 },
};

static void
addresses_are_plain_ascii(void **unused)
{
	char	s[300];

	(void)unused;
	for (size_t i = 0; i < sizeof(addrs) / sizeof(addrs[0]); i++)
		if (compose_addr_ok(addrs[i].addr) != addrs[i].want)
			fail_msg("%s: want %d", addrs[i].addr, addrs[i].want);
	memset(s, 'a', sizeof(s));
	memcpy(s + 64, "@b.c", 5);
	assert_true(compose_addr_ok(s));
	memset(s, 'a', sizeof(s));
	memcpy(s + 65, "@b.c", 5);
	assert_false(compose_addr_ok(s));
	memcpy(s + 60, "@", 1);
	memset(s + 61, 'a', 230);
	s[290] = '\0';
	assert_false(compose_addr_ok(s));
}

/* Each puts one bad string into one place of an otherwise good mail. */
static const struct {
	size_t		 offset;
	const char	*value;
	const char	*want;
} bad[] = {
#define AT(f)	offsetof(struct compose, f)
	{ AT(from_addr), "a@b\r\nBcc: x@y", "From" },
	{ AT(to_addr), "a@b\nBcc: x@y", "To" },
	{ AT(reply_to), "a@b,c@d", "Reply-To" },
	{ AT(from_name), "x\r\nBcc: x@y", "From: control byte 0x0d" },
	{ AT(to_name), "x\nBcc: x@y", "To: control byte 0x0a" },
	{ AT(to_name), "x\x7f", "control byte 0x7f" },
	{ AT(subject), "x\r\n\r\nbody", "Subject: control byte" },
	{ AT(subject), "x\ty", "Subject: control byte 0x09" },
	{ AT(subject), "x\xff", "Subject: invalid UTF-8" },
	{ AT(subject), "x\xed\xa0\x80", "invalid UTF-8" },
	{ AT(subject), "x\xc0\x80", "invalid UTF-8" },
	{ AT(message_id), "<a@b>\r\nX: y", "Message-ID" },
	{ AT(message_id), "a@b", "Message-ID" },
	{ AT(message_id), NULL, "Message-ID" },
	{ AT(auto_submitted), "auto-replied\r\nX: y", "Auto-Submitted" },
	{ AT(lang), "en\r\nX: y", "language" },
	{ AT(tracking), "CSI\r\nX: y", "tracking" },
	{ AT(text), "a\x01" "b", "text: control byte 0x01" },
	{ AT(text), "a\rb", "text: control byte 0x0d" },
	{ AT(text), "\xe7\x8e", "text: invalid UTF-8" },
	{ AT(html), "\x1b[31m", "html: control byte 0x1b" },
};

static void
control_bytes_are_refused(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct compose	c = ordinary;
		struct buf	b;
		struct err	err = { "" };
		enum rc		rc;

		buf_init(&b, OUT_MAX);
		memcpy((char *)&c + bad[i].offset, &bad[i].value,
		    sizeof(bad[i].value));
		rc = compose_mail(&c, &b, &err);
		if (rc != RC_REFUSED || strstr(err.text, bad[i].want) == NULL)
			fail_msg("%zu: got %s \"%s\", want \"%s\"", i,
			    rc_name(rc), err.text, bad[i].want);
		assert_int_equal(b.len, 0);
		buf_free(&b);
	}
}

static void
attachments_cannot_break_out(void **unused)
{
	struct compose_part	p = { "text/plain\r\nX: y", "a", "x", 1 };
	struct compose		c = ordinary;
	struct buf		b;
	struct err		err;

	(void)unused;
	buf_init(&b, OUT_MAX);
	c.parts = &p;
	c.n_parts = 1;
	assert_int_equal(compose_mail(&c, &b, &err), RC_REFUSED);
	p.type = "text/plain";
	p.name = "a\"\r\nX: y";
	assert_int_equal(compose_mail(&c, &b, &err), RC_REFUSED);
	p.name = "a\"; x=\"../../etc/passwd";
	assert_int_equal(compose_mail(&c, &b, &err), RC_OK);
	assert_null(strstr(b.data, "passwd\""));
	assert_non_null(strstr(b.data, "filename*0*=UTF-8''a%22%3B%20x%3D"));
	buf_free(&b);
}

/* A stranger's ids are dropped when they are none: the answer still goes. */
static void
foreign_ids_are_cut(void **unused)
{
	struct compose	c = ordinary;
	struct buf	b, refs;
	struct err	err;

	(void)unused;
	buf_init(&b, OUT_MAX);
	buf_init(&refs, OUT_MAX);
	c.in_reply_to = "<a@b>\r\nBcc: x@y";
	c.references = "junk <r0@x> <no-at> <a b@c> <r1@x>";
	assert_int_equal(compose_mail(&c, &b, &err), RC_OK);
	assert_null(strstr(b.data, "Bcc"));
	assert_null(strstr(b.data, "In-Reply-To"));
	assert_non_null(strstr(b.data,
	    "\r\nReferences: <r0@x>\r\n <r1@x>\r\n"));

	buf_reset(&b);
	for (int i = 0; i < 5000; i++)
		(void)buf_addf(&refs, "<r%d@x>\r\n ", i);
	c.references = refs.data;
	c.in_reply_to = "<last@x>";
	assert_int_equal(compose_mail(&c, &b, &err), RC_OK);
	assert_non_null(strstr(b.data, "References: <r0@x>\r\n <r980@x>\r\n"));
	assert_non_null(strstr(b.data, "\r\n <r998@x>\r\n <last@x>\r\n"));

	buf_reset(&b);
	c.references = "<r1@x> <last@x>";
	assert_int_equal(compose_mail(&c, &b, &err), RC_OK);
	assert_non_null(strstr(b.data,
	    "References: <r1@x>\r\n <last@x>\r\nAuto"));
	buf_free(&refs);
	buf_free(&b);
}

static void
size_has_a_limit(void **unused)
{
	struct compose	c = ordinary;
	struct buf	b;
	struct err	err;

	(void)unused;
	buf_init(&b, 100);
	assert_int_equal(compose_mail(&c, &b, &err), RC_REFUSED);
	buf_free(&b);
}

static void
message_ids_differ(void **unused)
{
	struct arena	*a = arena_new();
	char		*one, *two;

	(void)unused;
	one = compose_message_id(a, "ack.x1", "secretariat.example");
	two = compose_message_id(a, "ack.x1", "secretariat.example");
	assert_string_not_equal(one, two);
	assert_int_equal(strncmp(one, "<ack.x1.", 8), 0);
	assert_non_null(strstr(one, "@secretariat.example>"));
	assert_true(strlen(one) > 8 + 32 + 20);
	arena_free(&a);
}

static int
write_samples(const char *dir)
{
	for (int i = 0; i < SAMPLES; i++) {
		struct compose	 c = sample(i);
		struct buf	 b;
		struct err	 err;
		char		 name[512];
		FILE		*f;

		buf_init(&b, OUT_MAX);
		(void)snprintf(name, sizeof(name), "%s/%d.eml", dir, i);
		if (compose_mail(&c, &b, &err) != RC_OK ||
		    (f = fopen(name, "wb")) == NULL)
			return 1;
		if (fwrite(b.data, 1, b.len, f) != b.len || fclose(f) != 0)
			return 1;
		buf_free(&b);
	}
	return 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_line_is_short_and_clean),
		cmocka_unit_test(every_length_comes_back),
		cmocka_unit_test(addresses_are_plain_ascii),
		cmocka_unit_test(control_bytes_are_refused),
		cmocka_unit_test(attachments_cannot_break_out),
		cmocka_unit_test(foreign_ids_are_cut),
		cmocka_unit_test(size_has_a_limit),
		cmocka_unit_test(message_ids_differ),
	};

	if (argc == 3 && strcmp(argv[1], "--write") == 0)
		return write_samples(argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
