#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "parsers/char_ref.h"
#include "parsers/encoding.h"
#include "parsers/text.h"
#include "parsers/utf8.h"

static size_t
unhex(const char *hex, char *out)
{
	size_t	 n = 0;

	for (; hex[0] != '\0' && hex[1] != '\0'; hex += 2) {
		char two[3] = { hex[0], hex[1], '\0' };

		out[n++] = (char)strtoul(two, NULL, 16);
	}
	return n;
}

static const struct {
	const char	*label, *hex, *want;
	int		 guessed;
} decodes[] = {
	{ "big5", "a4fdfb69", "王堃", 0 },
	{ "Big5", "a676fbdfbb50", "宅峯與", 0 },
	{ "big5", "fb46fdf0", "喆煊", 0 },
	{ "big5", "3936a2413035a1fe3331", "96∕05／31", 0 },
	{ "big5", "aa4cf9d6a677", "林碁安", 0 },
	{ "big5", "a55cb35c", "功許", 0 },
	{ "big5", "a3e1", "€", 0 },
	{ "big5", "c3b9", "羅", 0 },		/* also valid UTF-8 */
	{ "x-x-big5", "a4a4a4e5", "中文", 0 },
	{ "big5", "e4b8ade69687", "中文", 1 },	/* UTF-8 under big5 */
	{ "utf-8", "a4a4a4e5", "中文", 1 },	/* Big5 under UTF-8 */
	{ "us-ascii", "e7b584e588a5", "組別", 1 },
	{ "us-ascii", "b2d5a74f", "組別", 1 },
	{ NULL, "b2d5a74f", "組別", 1 },
	{ NULL, "e7b584e588a5", "組別", 0 },
	{ "x-unknown-77", "e7b584", "組", 0 },
	{ "iso-8859-1", "a4a4a4e5a5c1b0ea", "中文民國", 1 },
	{ "iso-8859-1", "e974e9", "été", 0 },
	{ "latin1", "c3a9", "é", 1 },
	{ "windows-1252", "80", "€", 0 },
	{ "gb2312", "d6d0b9fa", "中国", 0 },
	{ "gb2312", "e946", "镕", 0 },	/* not GB 2312 but GBK */
	{ "gbk", "8130", "\xef\xbf\xbd" "0", 1 },
	{ "big5", "41ff42", "A\xef\xbf\xbd" "B", 1 },
	{ "big5", "a4a4a4", "中\xef\xbf\xbd", 1 },
	{ "iso-2022-jp", "1b2442467c4b5c1b2842", "日本", 0 },
	{ "hz-gb-2312", "7e7b56507e7d41", "中A", 0 },
	{ "utf-7", "2b546935597137632d", "一", -1 },
	{ "utf-16le", "2d4e8765", "中文", 0 }, { "utf-16", "fffe0a00", "\n", 0 },
	{ "utf-32", "0000feff00004e2d00006587", "中文", 0 },
	{ NULL, "2d4e000087650000", "中文", 1 },
	{ "big5", "d6d0cec4b2a1b6be", "中文病毒", 1 },
	{ "gb2312", "a4a4a4e5af66ac72", "中文病毒", 1 },
	{ "shift_jis", "93fa967b", "日本", 0 },
	{ "euc-kr", "c7d1b1db", "한글", 0 },
	{ "shift_jis", "89ef8b63", "会議", 0 },
	{ "euc-jp", "b3f4bcb0b2f1bcd2", "株式会社", 0 },
	{ "euc-kr", "b0a8bbe7c7d5b4cfb4d9", "감사합니다", 0 },
	{ "shift_jis", "b5a5afc5a14732", "等級：2", 1 },
	{ "euc-jp", "b5a5afc5a14732", "等級：2", 1 },
	{ "euc-kr", "b5a5afc5a14732", "等級：2", 1 },
	{ "euc-kr", "b4a6c0edd6d0", "处理中", 1 },
	{ "utf-8", "e4b8ade69687ffe4b8ade69687e4b8ade69687",
	    "中文\xef\xbf\xbd中文中文", 1 },
	{ "utf-8", "efbbbf41", "A", 0 },
	{ "\"utf-8\"", "41", "A", 0 },
	{ NULL, "57696c68656c6d73656e2048e576617264",
	    "Wilhelmsen Håvard", 1 },
	{ "us-ascii", "7065726368e9206e6f2c20e820636f73ec",
	    "perché no, è così", 1 },
	{ "utf-8", "636f72726573706f6e6420e0",
	    "correspond à", 1 },
	{ NULL, "646f6e92742093646f94206974",
	    "don’t “do” it", 1 },
	{ NULL, "4772f6df652064657220dc62657274726167756e67",
	    "Größe der Übertragung", 1 },
	{ NULL, "fac4d2c1d7d3d4d7d5cad4c52c20e9d7c1ce",
	    "Здравствуйте, Иван", 1 },
	{ NULL, "c7e4f0e0e2f1f2e2f3e9f2e52c20c8e2e0ed",
	    "Здравствуйте, Иван", 1 },
	{ NULL, "f3d2cfdececf20d0d2cfd7c5d2d8d4c520d3c5d2d7c5d2",
	    "Срочно проверьте сервер", 1 },
	{ NULL, "837483408343838b82aa8a4a82af82dc82b982f1",
	    "ファイルが開けません", 1 },
	{ NULL, "a5d5a5a1a5a4a5eba4acb3aba4b1a4dea4bba4f3",
	    "ファイルが開けません", 1 },
	{ NULL, "8e8a8b7d82b28a6d944682ad82be82b382a2",
	    "至急ご確認ください", 1 },
	{ NULL, "c6c4c0cfc0bb20bfad20bcf620bef8bdc0b4cfb4d9",
	    "파일을 열 수 없습니다", 1 },
	{ NULL, "b4e3b4e7c0da3a20b1e8c3b6bcf62c20b0a8bbe7c7d5b4cfb4d9",
	    "담당자: 김철수, 감사합니다", 1 },
	{ NULL, "cab2c3b4",
	    "什么", 1 },
	{ NULL, "ceaacab2c3b4",
	    "为什么", 1 },
	{ NULL, "c5a5c4b1",
	    "聽覺", 1 },
	{ NULL, "a4cfb1d7",
	    "反斜", 1 },
	{ NULL, "bef7",
	    "機", 1 },
	{ NULL, "b3b5",
	    "车", 1 },
	{ NULL, "c1702041",
	    "聯 A", 1 },
	{ NULL, "d098d0b2d0b0d0bd", "Иван", 0 },
	{ NULL, "48c6b06e672059c3aa6e", "Hưng Yên", 0 },
	/* two sets in one text */
	{ "big5", "b971b8a3a4a4ac72202d2d20e887bae58c97e5b8820a",
	    "電腦中毒 -- 臺北市\n", 1 },
	{ NULL, "cda888f320e4ba8be4bbb6e596ae", "通報 事件單", 1 },
	{ "utf-8", "e99bbbe885a6e4b820e4b8ade6af92",
	    "電腦\xef\xbf\xbd 中毒", 1 },
	{ "utf-8", "", "", 0 },
};

static void
bytes_become_utf8(void **unused)
{
	struct arena	*a = arena_new();
	char		 in[256], *got;
	size_t		 n, len;
	int		 guessed;

	(void)unused;
	for (size_t i = 0; i < sizeof(decodes) / sizeof(decodes[0]); i++) {
		n = unhex(decodes[i].hex, in);
		guessed = 0;
		got = text_decode(a, in, n, decodes[i].label, &guessed, &len);
		if (decodes[i].guessed == -1)
			continue;
		if (strcmp(got, decodes[i].want) != 0 || len != strlen(got))
			fail_msg("%s %s: got \"%s\", want \"%s\"",
			    decodes[i].label, decodes[i].hex, got,
			    decodes[i].want);
		if (guessed != decodes[i].guessed)
			fail_msg("%s %s: guessed %d, want %d",
			    decodes[i].label, decodes[i].hex, guessed,
			    decodes[i].guessed);
	}
	arena_free(&a);
}

static const struct {
	const char	*seen, *want;
} mojibake[] = {
	/* UTF-8 seen as CP1252, as Latin-1, and in a line of good text */
	{ "é€šå\u00a0±", "通報" }, { "é\xc2\x80\xc2\x9aå\u00a0±", "通報" },
	{ "主旨：é€šå\u00a0±\nç—…æ¯’ x", "主旨：通報\n病毒 x" },
	{ "thatâ€™s", "that’s" },
	/* one line is whole, the other lost a byte */
	{ "é€šå\u00a0±\né€šå?\n", "通報\né€šå?\n" },
	/* Big5 and GBK seen as Latin-1 */
	{ "¸ê³q¦w¥þ¨Æ¥ó³q³ø³æ", "資通安全事件通報單" },
	{ "Re: ¤ý¤p©ú", "Re: 王小明" }, { "µçÄÔÖÐ¶¾", "电脑中毒" },
	/* UTF-8 seen as GBK, with what it lost */
	{ "閫氬牨", "通報" }, { "Re: 绲勫垾", "Re: 組別" },
	{ "閫氬牨鍠\ufffd浣嶏細姗熻\ufffd佺祫\n中文", "通報\ufffd位：機\ufffd組\n中文" },
	/* what is as it should be */
	{ "été déjà à Genève, naïve Ünsal", NULL }, { "Ã©", NULL },
	{ "25°C, 30°C «¿Qué?» ¡Sí! m² ½ ± ×", NULL },
	{ "¤¤¤¤¤¤ A ¤¤¤¤", NULL }, { "·······", NULL }, { "¸¸.·´¯`·.¸¸", NULL },
	{ "a\u00a0\u00a0\u00a0b", NULL }, { "王小明・陳美惠 × 2", NULL },
	{ "堃喆煊犇驫鱻", NULL }, { "コンピュータの事故", NULL },
	{ "컴퓨터 바이러스", NULL }, { "锟斤拷锟斤拷", NULL }, { "Привет, мир", NULL },
};

static void
what_was_encoded_twice_is_undone(void **unused)
{
	struct arena	*a = arena_new();
	const char	*in, *want;
	char		*got;
	size_t		 len;
	int		 guessed;

	(void)unused;
	for (size_t i = 0; i < sizeof(mojibake) / sizeof(mojibake[0]); i++) {
		in = mojibake[i].seen;
		want = mojibake[i].want == NULL ? in : mojibake[i].want;
		guessed = 0;
		got = text_decode(a, in, strlen(in), "utf-8", &guessed, &len);
		if (strcmp(got, want) != 0 || len != strlen(got))
			fail_msg("%s: got \"%s\", want \"%s\"", in, got, want);
		assert_int_equal(guessed, want != in);
	}
	arena_free(&a);
}

static const struct {
	const char	*raw, *want;
} headers[] = {
	{ "plain", "plain" },
	{ "  two\r\n  lines\t", "two  lines" },
	{ "=?UTF-8?Q?=E8=B3=87=E5=AE=89?= =?UTF-8?B?6YCa5aCx?=",
	    "資安通報" },
	{ "=?utf-8?q?a_b?= c", "a b c" },
	{ "=?big5?B?uOqzcaZ3pf6oxqXzsw==?=\r\n"
	    " =?big5?B?cbP4s+ahXaS6s6GzcbP4pc6hXg==?=",
	    "資通安全事件通報單（內部通報用）" },
	/* base64 cut anywhere, without padding */
	{ "=?utf-8?B?6LOH5?= =?utf-8?B?a6J?=", "資安" },
	{ "=?utf-8*zh-TW?B?6LOH?=", "資" },
	{ "=?utf-8?B?6LOH?= =?big5?B?pnc=?=", "資安" },
	{ "=?utf-8?B?6LOH?=x=?utf-8?B?5a6J?=", "資x安" },
	{ "=?utf-8?B?6LOH?==?utf-8?B?5a6J?=", "資安" },
	{ "\"=?UTF-8?B?6YCa5aCx5ZauLmRvY3g=?=\"", "\"通報單.docx\"" },
	{ "=?utf-8?X?abc?= d", "=?utf-8?X?abc?= d" },
	{ "=?utf-8?Q?a=0D=0ABcc: x@y?=", "a Bcc: x@y" },
	{ "=?utf-8?B?no end", "=?utf-8?B?no end" },
	{ "=?", "=?" }, { "=?=?=?=?=?", "=?=?=?=?=?" },
	{ "\xb8\xea\xa6\x77", "資安" },			/* raw Big5 */
	{ "\xe8\xb3\x87\xe5\xae\x89", "資安" },
	{ "\xe8\xb3\x87 =?GBK?Q?=D6=D0?=", "資 中" },
	{ "Re: [CSI-20070531-0001] =?UTF-8?B?5o+Q6YaS?=",
	    "Re: [CSI-20070531-0001] 提醒" },
	{ "=?UTF-8?B?5Zue6KaGOiA=?= [CSI-20070531-0001] =?UTF-8?B?6KuL?=",
	    "回覆:  [CSI-20070531-0001] 請" },
	{ "=?unknown-8bit?Q?=B8=EA=A6w?=", "資安" },
	{ "=?utf-8?q?a b?=", "a b" },
	/* words that were encoded once more */
	{ "=?us-ascii?Q?=3D=3Futf-8=3FB=3F6LOH5a6J=3F=3D?=", "資安" },
	{ "=?utf-8?B?PT9iaWc1P1E/PUI4PUVBPUE2dz89?= x", "資安 x" },
	{ "&#36890;&#x5831; x", "通報 x" }, { "Re: &#36890", "Re: &#36890" },
	{ "=?utf-8?q?&#36890;?=", "通" },
};

static const struct {
	const char	*in, *want;
} refs[] = {
	{ "&#36890;&#22577;單", "通報單" }, { "&#x901A;&#X5831;", "通報" },
	{ "a&#174; &#8211;&#160;b", "a® –\u00a0b" },
	{ "&#55364;&#57164;", "𡍌" },			/* halves of UTF-16 */
	{ "&#55364; &#57164;", "&#55364; &#57164;" }, { "&#57164;", "&#57164;" },
	{ "&#60;script&#62;&#39;&#0;&#133;", "&#60;script&#62;&#39;&#0;&#133;" },
	{ "&#1114112;&#99999999;&#x;&#;&#", "&#1114112;&#99999999;&#x;&#;&#" },
	{ "&#-36890;&# 36890;&#36890 ", "&#-36890;&# 36890;&#36890 " },
	{ "&#3&#36890;", "&#3通" }, { "&&#36890;;", "&通;" }, { "", "" },
	{ "A&amp;B", "A&amp;B" }, { "a&nbsp;&&nbsp;b", "a\u00a0&\u00a0b" },
};

static void
numbers_become_characters(void **unused)
{
	char	 s[64];

	(void)unused;
	for (size_t i = 0; i < sizeof(refs) / sizeof(refs[0]); i++) {
		memcpy(s, refs[i].in, strlen(refs[i].in) + 1);
		if (strcmp(char_refs_read(s), refs[i].want) != 0)
			fail_msg("%s: got \"%s\", want \"%s\"", refs[i].in,
			    s, refs[i].want);
	}
}

/* Two letters would be an ideograph of UTF-16. */
static void
a_stray_nul_makes_nothing_wide(void **unused)
{
	static const char text[] = "abcdefghijklm\0nopqrstuv";
	struct arena	*a = arena_new();
	size_t		 len;

	(void)unused;
	assert_string_equal(text_decode(a, text, 14, NULL, NULL, &len), text);
	assert_int_equal(len, 14);
	assert_string_equal(text_decode(a, text, 22, "us-ascii", NULL, &len),
	    text);
	arena_free(&a);
}

static void
header_values_are_read(void **unused)
{
	struct arena	*a = arena_new();
	char		*got;

	(void)unused;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		got = text_header(a, headers[i].raw, strlen(headers[i].raw),
		    NULL);
		if (strcmp(got, headers[i].want) != 0)
			fail_msg("%s: got \"%s\", want \"%s\"",
			    headers[i].raw, got, headers[i].want);
	}
	arena_free(&a);
}

static const struct {
	const char	*in, *want;
} folds[] = {
	{ "２００７／０５／３１　０９：３０", "2007/05/31 09:30" },
	{ "（０２）５５５０－０１０２＃３３", "(02)5550-0102#33" },
	{ "96∕05⁄31", "96/05/31" }, { "時間﹕9︰30∶1", "時間:9:30:1" },
	{ "組\xe2\x80\x8b別\xef\xbb\xbf：", "組別:" },
	{ "ｶﾀｶﾅ", "カタカナ" }, { "ＣＳＩ－１", "CSI-1" },
	{ "■□☑①㈠ⅴ●Ⅳ", "■□☑①㈠ⅴ●Ⅳ" },
	{ "a\tb\nc", "a\tb\nc" }, { "…", "..." }, { "㎡", "m2" },
	{ "☑\xef\xb8\x8f", "☑" }, { "02–5550—1", "02-5550-1" },
	{ "\xf0\x9d\x9f\x99", "1" },		/* mathematical 1 */
	{ "\xef\xa4\x9d", "欄" },		/* compatibility form */
	{ "", "" },
};

static void
runs_of_ascii_are_measured(void **unused)
{
	char	s[25] = "abcdefghijklmnopqrstuvwx";

	(void)unused;
	assert_int_equal(text_ascii(s, 24), 24);
	assert_int_equal(text_ascii(s, 23), 16);
	assert_int_equal(text_ascii(s, 7), 0);
	for (int c = 0; c < 256; c++)
		for (size_t i = 0; i < 24; i++) {
			size_t	n, want = c >= ' ' && c <= '~' ? 24 : i / 8 * 8;

			s[i] = (char)c;
			n = text_ascii(s, 24);
			if (n != want)
				fail_msg("%02x at %zu: got %zu, want %zu", c,
				    i, n, want);
			s[i] = (char)('a' + (int)i);
		}
}

static void
bytes_of_seven_bits_are_counted(void **unused)
{
	char	s[25] = "abcdefghijklmnopqrstuvwx";

	(void)unused;
	for (size_t len = 0; len <= 24; len++)
		assert_int_equal(utf8_ascii(s, len), len);
	for (int c = 0; c < 256; c++)
		for (size_t i = 0; i < 24; i++) {
			s[i] = (char)c;
			assert_int_equal(utf8_ascii(s, 24), c < 0x80 ? 24 : i);
			s[i] = (char)('a' + (int)i);
		}
}

static void
good_sequences_are_told_from_bad(void **unused)
{
	static const struct {
		const char	*s;
		struct shape	 want;
	} c[] = {
		{ "a中b", { 3, 0, 1, 0, 0, 0 } },
		{ "é中\xf0\x9f\x98\x80", { 9, 1, 2, 0, 0, 0 } },
		{ "\xc0\xaf-", { 2, 0, 0, 2, 0, 2 } },	/* too long */
		{ "\xe0\x80\x80-", { 3, 0, 0, 3, 0, 3 } },
		{ "\xed\xa0\x80-", { 3, 0, 0, 3, 0, 3 } },	/* a surrogate */
		{ "\xed\xa0\xbd\xed\xb8\x80", { 6, 0, 1, 6, 0, 6 } },
		{ "\xf4\x90\x80\x80-", { 4, 0, 0, 4, 0, 4 } },
		{ "\xc0-", { 1, 0, 0, 1, 0, 0 } },
		{ "\xe4\xb8-", { 2, 0, 0, 2, 0, 0 } },
		{ "\xe4-\xad-", { 2, 0, 0, 2, 0, 0 } },
		{ "中\xe4\xb8", { 5, 0, 1, 2, 2, 0 } },	/* cut off */
	};
	struct shape	got;

	(void)unused;
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		utf8_look(c[i].s, strlen(c[i].s), &got);
		if (memcmp(&got, &c[i].want, sizeof(got)) != 0)
			fail_msg("%zu: high %zu two %zu more %zu bad %zu cut "
			    "%zu forbidden %zu", i, got.high, got.two,
			    got.more, got.bad, got.cut, got.forbidden);
	}
}

/* No longer form of a character becomes that character. */
static void
forbidden_sequences_are_replaced(void **unused)
{
	static const struct {
		const char	*in, *want;
	} c[] = {
		{ "a\xc0\xaf" "b", "a�b" },
		{ "\xe0\x80\xaf|", "�|" },
		{ "\xf0\x80\x80\xaf|", "�|" },
		{ "中\xc0\x80文", "中�文" },
		{ "\xed\xa0\xbd\xed\xb8\x80文", "😀文" },
		{ "\xed\xa0\xbd|\xed\xb8\x80|", "�|�|" },
		{ "\xed\xb8\x80\xed\xa0\xbd|", "��|" },
	};
	char	out[64];

	(void)unused;
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		out[utf8_repair(c[i].in, strlen(c[i].in), out)] = '\0';
		assert_string_equal(out, c[i].want);
	}
}

static void
width_is_folded(void **unused)
{
	struct arena	*a = arena_new();
	struct folded	 f;

	(void)unused;
	for (size_t i = 0; i < sizeof(folds) / sizeof(folds[0]); i++) {
		text_fold(a, folds[i].in, strlen(folds[i].in), &f);
		if (strcmp(f.s, folds[i].want) != 0 || f.len != strlen(f.s))
			fail_msg("%s: got \"%s\", want \"%s\"", folds[i].in,
			    f.s, folds[i].want);
		assert_int_equal(f.at[f.len], strlen(folds[i].in));
	}
	text_fold(a, "ａ組b", 7, &f);
	assert_int_equal(f.at[0], 0);
	assert_int_equal(f.at[1], 3);
	assert_int_equal(f.at[3], 3);
	assert_int_equal(f.at[4], 6);
	arena_free(&a);
}

/* No character may fold to nothing but those meant to, nor break UTF-8. */
static void
every_character_folds_to_something(void **unused)
{
	struct arena	*a = arena_new();
	struct folded	 f;
	char		 in[5];

	(void)unused;
	for (unsigned c = 0x80; c < 0x30000; c++) {
		size_t n = 0;

		if (c >= 0xd800 && c < 0xe000)
			continue;
		if (c < 0x800) {
			in[n++] = (char)(0xc0 | c >> 6);
		} else if (c < 0x10000) {
			in[n++] = (char)(0xe0 | c >> 12);
			in[n++] = (char)(0x80 | (c >> 6 & 0x3f));
		} else {
			in[n++] = (char)(0xf0 | c >> 18);
			in[n++] = (char)(0x80 | (c >> 12 & 0x3f));
			in[n++] = (char)(0x80 | (c >> 6 & 0x3f));
		}
		in[n++] = (char)(0x80 | (c & 0x3f));
		text_fold(a, in, n, &f);
		if (f.len > 64)
			fail_msg("U+%04X: %zu bytes", c, f.len);
		arena_reset(a);
	}
	arena_free(&a);
}

static void
control_characters_go(void **unused)
{
	static const char in[] = "a\0b\x01\r\nc\rd\x7f\xc2\x9b" "e\tf";
	struct arena	*a = arena_new();

	(void)unused;
	assert_string_equal(text_utf8_clean(a, in, sizeof(in) - 1),
	    "ab\nc\nde\tf");
	assert_int_equal(text_cut("中文", 6, 5), 3);
	assert_int_equal(text_cut("中文", 6, 6), 6);
	arena_free(&a);
}

static const struct {
	enum encoding	 encoding;
	const char	*in, *want;
} encoded[] = {
	{ ENC_BASE64, "SGVsbG8=", "Hello" },
	{ ENC_BASE64, "SGVs\r\nbG8=", "Hello" },
	{ ENC_BASE64, "SGVsbG8", "Hello" },
	{ ENC_BASE64, "S!G*V s b G 8=", "Hello" },
	{ ENC_BASE64, "SGk=SGk=", "HiHi" }, { ENC_BASE64, "====", "" },
	{ ENC_BASE64, "A", "" },
	{ ENC_QP, "a=41b", "aAb" }, { ENC_QP, "a=\r\nb", "ab" },
	{ ENC_QP, "a= \nb", "ab" }, { ENC_QP, "x=zz", "x=zz" },
	{ ENC_QP, "a=\r\r\nb", "ab" }, { ENC_QP, "a=\r\rb", "a\rb" },
	{ ENC_QP, "x=4", "x=4" }, { ENC_QP, "x=", "x" },
	{ ENC_QP, "a_b", "a_b" },
	{ ENC_UU, "%:&5L;&\\\n", "hello" }, { ENC_UU, "%:&5L;&\\", "hello" },
	{ ENC_UU, "#86)C\r\n#86)C\n`\n", "abcabc" },
	{ ENC_UU, "$(\" @(\n", "    " }, { ENC_UU, "", "" },
	{ ENC_YENC, "\x8b\x8c\r\n\x8d", "abc" },
	{ ENC_YENC, "\x8b==\x8b", "a\xd3" "a" }, { ENC_YENC, "\x8b=", "a\x13" },
};

static size_t
decoded(enum encoding encoding, const char *in, char *out)
{
	size_t	 len = strlen(in);

	return encoding == ENC_BASE64 ? base64_bytes(NULL, in, len, out) :
	    encoding == ENC_QP ? qp_bytes(in, len, 0, out) :
	    encoding == ENC_UU ? uu_bytes(in, len, out) :
	    yenc_bytes(in, len, out);
}

static void
transfer_encodings_are_lenient(void **unused)
{
	char	 out[64];
	size_t	 n;

	(void)unused;
	for (size_t i = 0; i < sizeof(encoded) / sizeof(encoded[0]); i++) {
		n = decoded(encoded[i].encoding, encoded[i].in, out);
		out[n] = '\0';
		if (strcmp(out, encoded[i].want) != 0)
			fail_msg("%s: got \"%s\", want \"%s\"",
			    encoded[i].in, out, encoded[i].want);
	}
}

/* Words around lines of base64; NULL: all of it stays. */
static const struct {
	const char	*in, *want;
} narrowed[] = {
#define LINE64	"QUJDREVGR0hJSktM\n"
	{ LINE64 LINE64 "QUI=\n\n-- \nfoot\n", LINE64 LINE64 "QUI=\n" },
	{ LINE64 LINE64 "______\nSec list\n", LINE64 LINE64 },
	{ "[EXTERNAL] care\r\n\r\n" LINE64 "QUI=", LINE64 "QUI=" },
	{ LINE64 "\xa5\xbb\xab\x48\n", LINE64 },
	{ LINE64 "QUI\n\n-- \nfoot\n", LINE64 "QUI\n" },
	{ "QUJDREVGR0hJSktMTQ\n\nThe foot\n", "QUJDREVGR0hJSktMTQ\n" },
	{ "QUJDREVG\n\nThe foot\n", "QUJDREVG\n" },
	{ "QUJDREVG\nR0hJ\nThe foot\n", NULL },
	{ LINE64 "QUI=\n\n", NULL }, { "\n" LINE64, NULL },
	{ "QUI=\nfoot of a list\n", NULL },
	{ LINE64 "!\n-\n" LINE64, NULL }, { LINE64 "x x\n" LINE64, NULL },
	{ "words only\n", NULL }, { "", NULL },
};

static void
base64_stands_between_words(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(narrowed) / sizeof(narrowed[0]); i++) {
		const char	*s = narrowed[i].in, *want = narrowed[i].want;
		size_t		 len = strlen(s);

		want = want == NULL ? s : want;
		base64_narrow(&s, &len);
		if (len != strlen(want) || memcmp(s, want, len) != 0)
			fail_msg("%s: got \"%.*s\"", narrowed[i].in, (int)len,
			    s);
	}
}

/* Words between lines of base64; NULL: not clearly base64. */
static const struct {
	const char	*in, *want;
} sifted[] = {
	{ LINE64 "X-Scanned: yes\n" LINE64 "QUI", LINE64 LINE64 "QUI" },
	{ ">" LINE64 ">" LINE64 "a b\n", ">" LINE64 ">" LINE64 },
	{ LINE64 "\xa5\xbb\n" LINE64, LINE64 LINE64 },
	{ LINE64 "x x\nQUI=\n", NULL }, { "words only\n", NULL },
};

static void
words_between_base64_are_left_out(void **unused)
{
	char	 out[128];
	size_t	 n;

	(void)unused;
	for (size_t i = 0; i < sizeof(sifted) / sizeof(sifted[0]); i++) {
		const char	*want = sifted[i].want;

		n = base64_sift(sifted[i].in, strlen(sifted[i].in), out);
		if (want == NULL ? n > 0 : n != strlen(want) ||
		    memcmp(out, want, n) != 0)
			fail_msg("%s: got \"%.*s\"", sifted[i].in, (int)n,
			    out);
	}
}

static const struct {
	const char	*in;
	enum encoding	 want;
} shown[] = {
	{ "6YCa5aCx5Zau6LOH5a6J\n5LqL5Lu2\n", ENC_BASE64 },
	{ "\r\n6YCa5aCx5Zau6LOH5a6J\r\n\r\n", ENC_BASE64 },
	{ "6YCa5aCx5Zau6LOH\n5a6J5LqL5Lu26YCa\n5aC\n", ENC_NONE },
	{ "6YCa5aCx5Zau6LOH5aC=\n", ENC_BASE64 },
	{ "6YCa5aCx5Zau\n", ENC_NONE },		/* short */
	{ "6YCa5aCx\n5Zau6LOH5a6J\n", ENC_NONE },	/* uneven */
	{ "6YCa5aCx5Zau6LOH5a6J\nyours\n", ENC_NONE },
	{ "6YCa5aCx=5Zau6LOH5a6J\n", ENC_NONE },
	{ "6YCa 5aCx 5Zau 6LOH 5a6J\n", ENC_NONE },
	{ "=E7=B5=84", ENC_QP }, { "=e7=b5=84", ENC_QP },
	{ "a=3Db=\nc", ENC_QP }, { "a=3Db", ENC_NONE }, { "a=\nb", ENC_NONE },
	{ "=E7=B5=84 a=b", ENC_NONE }, { "=E7=B5=84 \xe7", ENC_NONE },
	{ "=41=42=43", ENC_NONE }, { "", ENC_NONE },
};

static void
encodings_without_a_name_are_seen(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		if (encoding_seen(shown[i].in, strlen(shown[i].in)) !=
		    shown[i].want)
			fail_msg("%s: want %d", shown[i].in, shown[i].want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_become_utf8),
		cmocka_unit_test(what_was_encoded_twice_is_undone),
		cmocka_unit_test(numbers_become_characters),
		cmocka_unit_test(a_stray_nul_makes_nothing_wide),
		cmocka_unit_test(header_values_are_read),
		cmocka_unit_test(runs_of_ascii_are_measured),
		cmocka_unit_test(bytes_of_seven_bits_are_counted),
		cmocka_unit_test(good_sequences_are_told_from_bad),
		cmocka_unit_test(forbidden_sequences_are_replaced),
		cmocka_unit_test(width_is_folded),
		cmocka_unit_test(every_character_folds_to_something),
		cmocka_unit_test(control_characters_go),
		cmocka_unit_test(transfer_encodings_are_lenient),
		cmocka_unit_test(base64_stands_between_words),
		cmocka_unit_test(words_between_base64_are_left_out),
		cmocka_unit_test(encodings_without_a_name_are_seen),
	};

	text_prepare();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
