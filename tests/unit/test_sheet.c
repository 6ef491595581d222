#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "parsers/limits.h"
#include "parsers/sheet.h"
#include "parsers/sheet_number.h"

static const struct {
	const char	*value, *code;
	int		 since_1904;
	const char	*want;
} numbers[] = {
	{ "5", NULL, 0, "5" },
	{ "5.0", NULL, 0, "5" },
	{ "2.7208889E7", NULL, 0, "27208889" },
	{ "0.1", NULL, 0, "0.1" },
	{ "-3", "0", 0, "-3" },
	{ "1E+200", "0", 0, "1e+200" },
	{ "nan", "0", 0, "nan" },
	{ "inf", "yyyy/m/d", 0, "inf" },
	{ "", "0", 0, "" },
	{ "words", "yyyy/m/d", 0, "words" },
	{ "912345678", "0000000000", 0, "0912345678" },
	{ "912345678", "0000-000-000", 0, "0912-345-678" },
	{ "912345678", "0000\\-000\\-000", 0, "0912-345-678" },
	{ "3", "0\"級\"", 0, "3級" },
	{ "3", "[Red]0_ ;\\-0", 0, "3" },
	{ "0", "0", 0, "0" },
	{ "12", "#", 0, "12" },
	{ "1234", "#,##0", 0, "1234" },
	{ "3", "General", 0, "3" },
	{ "3", "G/通用格式", 0, "3" },
	{ "0.256", "0.0%", 0, "25.6%" },
	/* days */
	{ "39233", "yyyy/m/d", 0, "2007-05-31" },
	{ "39233", "[$-404]e\"年\"m\"月\"d\"日\";@", 0, "2007-05-31" },
	{ "39233", "[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", 0, "2007-05-31" },
	{ "39233.381944444445", "yyyy/m/d\\ h:mm;@", 0, "2007-05-31 09:10" },
	{ "39233.381944444445", "yyyy/m/d", 0, "2007-05-31 09:10" },
	{ "39233", "yyyy/m/d h:mm", 0, "2007-05-31 00:00" },
	{ "39233.3824421296", "yyyy/m/d h:mm", 0, "2007-05-31 09:10:43" },
	{ "39233.99999999999", "yyyy/m/d h:mm", 0, "2007-06-01 00:00" },
	{ "37771.381944444445", "yyyy/m/d h:mm", 1, "2007-05-31 09:10" },
	{ "1", "yyyy/m/d", 0, "1900-01-01" },
	{ "59", "yyyy/m/d", 0, "1900-02-28" },
	{ "61", "yyyy/m/d", 0, "1900-03-01" },
	{ "0", "yyyy/m/d", 1, "1904-01-01" },
	{ "-1", "yyyy/m/d", 0, "-1" },
	{ "2958465", "yyyy/m/d", 0, "9999-12-31" },
	{ "2958466", "yyyy/m/d", 0, "2958466" },
	{ "39233", "m", 0, "2007-05-31" },
	/* hours */
	{ "0.38194444444444442", "h:mm", 0, "09:10" },
	{ "0.38194444444444442", "上午/下午h\"時\"mm\"分\"", 0, "09:10" },
	{ "0.38194444444444442", "[$-404]AM/PM h:mm;@", 0, "09:10" },
	{ "1.5", "[h]:mm", 0, "36:00" },
	{ "39233.381944444445", "h:mm", 0, "2007-05-31 09:10" },
};

static void
numbers_are_what_the_cell_shows(void **unused)
{
	struct buf	b;

	(void)unused;
	buf_init(&b, 4096);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		buf_reset(&b);
		(void)sheet_number(&b, numbers[i].value,
		    strlen(numbers[i].value), numbers[i].code,
		    numbers[i].since_1904);
		if (strcmp(b.data, numbers[i].want) != 0)
			fail_msg("%s as %s: got \"%s\", want \"%s\"",
			    numbers[i].value, numbers[i].code == NULL ? "-" :
			    numbers[i].code, b.data, numbers[i].want);
	}
	buf_free(&b);
}

/* Rows by newline, cells by |, D: and T: before a date and a time; then
 * what is merged and hidden, and the lines. */
static const struct {
	const char	*cells;
	struct sheet_span spans[3];
	int		 n_spans;
	int		 hidden;	/* a column, or -1 */
	const char	*want;
} sheets[] = {
	{ "組別|機要組\n姓名|王小明", { { 0 } }, 0, -1,
	    "組別\t機要組\n姓名\t王小明" },
	{ "||\n||組別||機要組\n\n\n||姓名||", { { 0 } }, 0, -1,
	    "組別\t機要組\n\n姓名\t" },
	{ "表|||\n組別||機要組|", { { 0, 0, 0, 3 }, { 1, 1, 0, 1 } }, 2, -1,
	    "表\n組別\t機要組" },
	/* a merged cell fills its rows, and hides what stands under it */
	{ "簡述|一\n|under\n\n組別|機要組", { { 0, 2, 0, 0 },
	    { 0, 2, 1, 1 } }, 2, -1, "簡述\t一\n組別\t機要組" },
	{ "等級|□ 4級\n|■ 3級", { { 0, 1, 0, 0 } }, 1, -1,
	    "等級\t□ 4級\n\t■ 3級" },
	{ "組別|舊|機要組", { { 0 } }, 0, 1, "組別\t機要組" },
	{ "時間|D:2007-05-31|T:09:10", { { 0 } }, 0, -1,
	    "時間\t2007-05-31 09:10\t09:10" },
	{ "時間|T:09:10|x", { { 0 } }, 0, -1, "時間\t09:10\tx" },
	{ "時間|96|年|5|月|31|日|9|時|10|分", { { 0 } }, 0, -1,
	    "時間\t96年5月31日9時10分" },
	{ "電話|02|-|27208889|轉|12", { { 0 } }, 0, -1,
	    "電話\t02-27208889轉12" },
	{ "電話|(02)|27208889", { { 0 } }, 0, -1, "電話\t(02)27208889" },
	{ "月份|02|15", { { 0 } }, 0, -1, "月份\t02\t15" },
	{ "等級|□|4級|■|3級", { { 0 } }, 0, -1, "等級\t□ 4級\t■ 3級" },
	{ "項目|完成|未完成\n軟體|■|□", { { 0 } }, 0, -1,
	    "項目\t完成\t未完成\n軟體\t■\t□" },
	{ "軟體|■|已重灌", { { 0 } }, 0, -1, "軟體\t■\t已重灌" },
};

static void
put_cells(struct sheet *s, const char *cells)
{
	uint32_t	row = 0, column = 0;

	while (*cells != '\0') {
		size_t	n = strcspn(cells, "|\n");
		enum sheet_type type = n > 1 && cells[1] == ':' ?
			    *cells == 'D' ? SHEET_DATE : SHEET_TIME :
			    SHEET_WORDS;
		size_t	mark = type == SHEET_WORDS ? 0 : 2;

		assert_true(sheet_put(s, row, column, type, cells + mark,
		    n - mark));
		cells += n;
		column++;
		if (*cells == '\n') {
			row++;
			column = 0;
		}
		cells += *cells != '\0';
	}
}

static void
sheets_become_tables(void **unused)
{
	struct arena	*a = arena_new();
	struct sheet	 s;
	struct buf	 b;

	(void)unused;
	sheet_init(&s, a);
	buf_init(&b, BODY_MAX);
	for (size_t i = 0; i < sizeof(sheets) / sizeof(sheets[0]); i++) {
		sheet_forget(&s);
		buf_reset(&b);
		if (sheets[i].hidden >= 0)
			sheet_hide(&s, (uint32_t)sheets[i].hidden,
			    (uint32_t)sheets[i].hidden);
		put_cells(&s, sheets[i].cells);
		for (int k = 0; k < sheets[i].n_spans; k++)
			sheet_span(&s, &sheets[i].spans[k]);
		sheet_lines(&s, &b);
		if (strcmp(b.data, sheets[i].want) != 0)
			fail_msg("%s:\n got \"%s\"\nwant \"%s\"",
			    sheets[i].cells, b.data, sheets[i].want);
	}
	buf_free(&b);
	sheet_free(&s);
	arena_free(&a);
}

static void
sheets_have_limits(void **unused)
{
	struct arena	*a = arena_new();
	struct sheet_span all = { 0, SHEET_ROWS - 1, 0, SHEET_COLUMNS - 1 };
	struct sheet	 s;
	struct buf	 b;
	uint32_t	 n = 0;

	(void)unused;
	sheet_init(&s, a);
	buf_init(&b, BODY_MAX);
	/* one cell in each row and column, far apart */
	while (n < 2 * SHEET_CELLS && sheet_put(&s, n * 7 % SHEET_ROWS,
	    n % SHEET_COLUMNS, SHEET_WORDS, "x", 1))
		n++;
	assert_int_equal(n, SHEET_CELLS);
	for (uint32_t i = 0; i < 2 * SHEET_SPANS; i++)
		sheet_span(&s, &all);
	sheet_lines(&s, &b);
	assert_true(b.len <= BODY_MAX);
	sheet_forget(&s);
	assert_true(sheet_put(&s, SHEET_ROWS, 0, SHEET_WORDS, "x", 1));
	assert_true(sheet_put(&s, 0, SHEET_COLUMNS, SHEET_WORDS, "x", 1));
	buf_reset(&b);
	sheet_lines(&s, &b);
	assert_int_equal(b.len, 0);
	buf_free(&b);
	sheet_free(&s);
	arena_free(&a);
}

static void
examples_are_known_by_name(void **unused)
{
	(void)unused;
	assert_true(sheet_is_example("填寫範例", strlen("填寫範例")));
	assert_true(sheet_is_example("Sample (2)", 10));
	assert_false(sheet_is_example("通報單", strlen("通報單")));
	assert_false(sheet_is_example("", 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_what_the_cell_shows),
		cmocka_unit_test(sheets_become_tables),
		cmocka_unit_test(sheets_have_limits),
		cmocka_unit_test(examples_are_known_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
