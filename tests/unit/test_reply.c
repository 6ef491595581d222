/* What snippets cannot say of replies: forwarded blocks and places. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "parsers/reply.h"
#include "parsers/reply_page.h"

#define FORM	"組別：視察室\n用戶端姓名：李淑芬"

static const struct {
	const char	*text, *own, *block, *addr, *name;
	int		 forwarded, block_line;
} cases[] = {
	{ "受駭系統：公文系統\n\n"
	    "公務信箱\nemail 遭盜用",
	    "受駭系統：公文系統\n\n"
	    "公務信箱\nemail 遭盜用",
	    NULL, NULL, NULL, 0, 1 },
	{ "說明：網頁遭竄改\n\n"
	    "受害主機\n網址：http://192.0.2.1/index.php",
	    "說明：網頁遭竄改\n\n"
	    "受害主機\n網址：http://192.0.2.1/index.php",
	    NULL, NULL, NULL, 0, 1 },
	{ "此電子郵件可能含有機密資料，被駭客轉寄到外部。",
	    "此電子郵件可能含有機密資料，被駭客轉寄到外部。",
	    NULL, NULL, NULL, 0, 1 },
	{ "請協助。\n\n寄件者: 李淑芬 <li@a.example>\n寄件日期: 2007年5月31日\n"
	    "收件者: 張國華\n主旨: 通報單\n\n" FORM,
	    "請協助。", FORM, "li@a.example", "李淑芬", 0, 8 },
	{ "---------- Forwarded message ---------\n"
	    "From: \"Li, S.\" <li@a.example>\nDate: Thu, May 31, 2007\n"
	    "Subject: x\nTo: <c@a.example>\n\n\n" FORM,
	    "", FORM, "li@a.example", "Li, S.", 1, 8 },
	{ "開始轉寄的郵件：\n\n> 寄件人: 李淑芬 <li@a.example>\n> 日期: 今天\n"
	    "> 收件人: x\n> 主旨: 通報單\n> \n> 組別：視察室\n> 用戶端姓名：李淑芬",
	    "", FORM, "li@a.example", "李淑芬", 1, 8 },
	{ "-------- 轉寄郵件 --------\n主旨: \t通報單\n日期: \tThu\n寄件人: \t"
	    "li@a.example\n收件人: \tx\n\n" FORM "\n\n李淑芬 敬上",
	    "", FORM, "li@a.example", NULL, 1, 7 },
	{ "FYI\n-----Original Message-----\n"
	    "From: Chang [mailto:chang@a.example]\n"
	    "Sent: Thursday\nTo: x\nSubject: FW: y\n\n請協助\n\n寄件者: 李淑芬 "
	    "<li@a.example>\n寄件日期: z\n收件者: 張\n主旨: y\n\n" FORM,
	    "FYI", FORM, "li@a.example", "李淑芬", 0, 15 },
	{ "收到。\n\nX <x@a.example> 於 2025年9月26日 週五 上午2:31寫道：\n\n> 舊",
	    "收到。", NULL, NULL, NULL, 0, 1 },
	{ "沒有引文", "沒有引文", NULL, NULL, NULL, 0, 1 },
	{ "王小明 敬上\n\n組別：機要組\n用戶端姓名：王小明\n發生時間：96/5/31",
	    "組別：機要組\n用戶端姓名：王小明\n發生時間：96/5/31", NULL, NULL, NULL,
	    0, 1 },
	{ "本郵件來自外部，收件人請勿點選連結\n組別：機要組\n用戶端姓名：王小明",
	    "組別：機要組\n用戶端姓名：王小明", NULL, NULL, NULL, 0, 1 },
	{ "寄件者: 無地址\n寄件日期: x\n主旨: y\n\n內容",
	    "", "內容", NULL, "無地址", 0, 5 },
};

static int
same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static void
blocks(void **unused)
{
	struct arena	*a = arena_new();

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reply	r;

		reply_cut(a, cases[i].text, &r);
		if (!same(r.own, cases[i].own) ||
		    !same(r.block, cases[i].block) ||
		    !same(r.inner_addr, cases[i].addr) ||
		    !same(r.inner_name, cases[i].name) ||
		    r.forwarded != cases[i].forwarded ||
		    r.block_line != cases[i].block_line)
			fail_msg("%zu:\n%s\ngot own \"%s\" block \"%s\" <%s> "
			    "\"%s\" forwarded %d line %d", i, cases[i].text,
			    r.own, r.block ? r.block : "-", r.inner_addr ?
			    r.inner_addr : "-", r.inner_name ? r.inner_name :
			    "-", r.forwarded, r.block_line);
	}
	arena_free(&a);
}

static void
own_line_is_where_it_stands(void **unused)
{
	struct arena	*a = arena_new();
	struct reply	 r;

	(void)unused;
	reply_cut(a, "\n\n> old\nnew", &r);
	assert_string_equal(r.own, "new");
	assert_int_equal(r.own_line, 4);
	arena_free(&a);
}

/* Many headers, many marks, one long line: one look each. */
static void
hostile_lengths(void **unused)
{
	static const char *const bits[] = {
		"From: a\nTo: b\nDate: c\nSubject: d\n", "> ", ">\n",
		"寄件者: a@b\n收件者: c\n主旨: d\n\n", "-", "-----原始郵件-----\n",
		"於 2025 寫道：\n", "x", "敬上\n", "a: b\n", "To: a@b;\n", "\n",
		"開始轉寄的郵件：\n\n> From: a@b\n> To: c\n> Subject: d\n"
	};
	struct arena	*a = arena_new();

	(void)unused;
	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		char		*s = arena_alloc(a, 500001);
		size_t		 n = 0;
		struct reply	 r;

		while (n + strlen(bits[i]) < 500000) {
			memcpy(s + n, bits[i], strlen(bits[i]));
			n += strlen(bits[i]);
		}
		s[n] = '\0';
		reply_cut(a, s, &r);
		assert_non_null(r.own);
		arena_reset(a);
	}
	arena_free(&a);
}

/* A bare 寫道： in each line: one of them is asked for what is above it. */
static void
hostile_bare_lines(void **unused)
{
	static const char line[] = "王 寫道：\n內容\n";
	enum { LINES = 20000, GROWTH_MAX = 48 * 1024 };	/* KB */
	struct arena	*a = arena_new();
	char		*s = arena_alloc(a, LINES * sizeof(line));
	struct page	 p;
	struct rusage	 before, after;

	(void)unused;
	for (size_t i = 0; i < LINES; i++)
		memcpy(s + i * (sizeof(line) - 1), line, sizeof(line));
	(void)getrusage(RUSAGE_SELF, &before);
	page_read(a, s, &p);
	assert_null(page_mark_letter(&p, NULL));
	(void)getrusage(RUSAGE_SELF, &after);
	assert_in_range(after.ru_maxrss - before.ru_maxrss, 0, GROWTH_MAX);
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks),
		cmocka_unit_test(own_line_is_where_it_stands),
		cmocka_unit_test(hostile_bare_lines),
		cmocka_unit_test(hostile_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
