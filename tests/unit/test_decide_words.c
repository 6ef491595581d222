#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "incident/states.h"
#include "life.h"

/* --- the forms' fields and the same words in the text ------------------------------- */

static void
the_team_reads_what_the_others_write(void **unused)
{
	const struct duty	*du;

	(void)unused;
	open_case();
	world_mail(&w, words_mail("zf@secretariat.example",
	    "請保全門禁紀錄\n謝謝"), "ethics", 1);
	du = world_duty(&w, "supplement", "team");
	assert_non_null(du);
	assert_int_equal(json_array_size(json_object_get(du->data,
	    "text_lines")), 2);
	said("來信內容已存入", 1);
	state_is(INC_RECEIVED);
}

static void
a_command_is_heard_once(void **unused)
{
	struct report		*r;
	struct incident		 other = { .id = 9, .level = 3,
				    .tracking = "CSI-20070531-0009" };
	const struct duty	*du;

	(void)unused;
	open_at_level(3);
	r = words_mail(BOSS, "召開 6/1 14:00 地點：三樓");
	(void)world_text(&w, r, "meeting", "召開 6/1 14:00 地點：三樓");
	world_mail(&w, r, "ciso", 1);
	assert_int_equal(world_duties(&w, "meeting"), 5);
	du = world_duty(&w, "transcript", "sender");
	assert_int_equal(json_array_size(json_object_get(du->data, "lines")),
	    1);
	w.other = &other;
	r = words_mail(TEAM, "併案 CSI-20070531-0009");
	(void)world_text(&w, r, "status", "merged");
	world_mail(&w, r, "team", 1);
	state_is(INC_MERGED);
	du = world_duty(&w, "transcript", "sender");
	assert_int_equal(json_array_size(json_object_get(du->data, "lines")),
	    2);		/* and that those outside are told */
}

/* Whoever heard of it hears that it is part of another, and is none again. */
static void
a_merge_and_its_undoing_are_told(void **unused)
{
	struct incident		 other = { .id = 9, .level = 3,
				    .tracking = "CSI-20070531-0009" };
	struct report		*r;
	const struct duty	*du;

	(void)unused;
	open_at_level(3);
	w.other = &other;
	r = words_mail(TEAM, "併案 CSI-20070531-0009");
	(void)world_text(&w, r, "status", "merged");
	world_mail(&w, r, "team", 1);
	state_is(INC_MERGED);
	assert_int_equal(world_duties(&w, "merged"), 5);	/* with the parts */
	du = world_duty(&w, "merged", "team");
	assert_true(json_is_true(json_object_get(du->data, "may_undo")));
	du = world_duty(&w, "merged", "ethics");
	assert_false(json_is_true(json_object_get(du->data, "may_undo")));
	assert_non_null(world_duty(&w, "merged", "reporter"));
	assert_non_null(world_duty(&w, "merged", "parts"));
	du = world_duty(&w, "annex2", "ncert");
	assert_true(json_is_true(json_object_get(du->data, "followup")));
	assert_non_null(strstr(w.in.extra, "\"into\":\"CSI-20070531-0009\""));
	w.other = NULL;
	r = words_mail(TEAM, "取消併案");
	(void)world_text(&w, r, "status", "unmerged");
	world_mail(&w, r, "team", 1);
	assert_int_not_equal(w.in.state, INC_MERGED);
	assert_non_null(world_duty(&w, "reopened", "ethics"));
	du = world_duty(&w, "annex2", "ncert");
	assert_true(json_is_true(json_object_get(du->data, "followup")));
	assert_null(strstr(w.in.extra, "\"into\""));
}

static void
a_labelled_command_is_heard(void **unused)
{
	struct report	*r;

	(void)unused;
	open_at_level(3);
	r = words_mail(BOSS, "緊急應變會議：不召開");
	(void)world_text(&w, r, "meeting", "不召開");
	world_mail(&w, r, "ciso", 1);
	said("緊急應變會議：不召開", 1);
	assert_null(world_deadline(&w, "meeting"));
	r = words_mail(TEAM, "鑑識：否");
	world_text(&w, r, "forensics", "否")->kind = VALUE_BOOL;
	world_mail(&w, r, "team", 1);
	assert_null(world_duty(&w, "ask_forensic", NULL));
	r = words_mail(TEAM, "鑑識：是");
	world_text(&w, r, "forensics", "是")->kind = VALUE_BOOL;
	r->fields[0].number = 1;
	world_mail(&w, r, "team", 1);
	assert_non_null(world_duty(&w, "ask_forensic", "ethics"));
}

static void
a_word_in_a_sentence_is_none(void **unused)
{
	static const char *const texts[] = {
		"請確認", "確認中", "我同意你的看法，但不結案", "續報事項待辦",
		"續報：否", "confirmation follows"
	};

	(void)unused;
	open_at_level(4);
	world_mail(&w, status_mail(TEAM, "false_alarm"), "team", 1);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		world_mail(&w, words_mail(TEAM_2, texts[i]), "team", 1);
		if (w.in.state != INC_ASSESSED || w.in.revision != 1)
			fail_msg("\"%s\" was taken for a command", texts[i]);
	}
	world_mail(&w, words_mail(TEAM_2, "好的\n確認\n許"), "team", 1);
	state_is(INC_FALSE_ALARM);
}

static void
the_ciso_seconds_by_saying_the_same(void **unused)
{
	(void)unused;
	open_at_level(3);
	world_mail(&w, status_mail(BOSS, "false_alarm"), "ciso", 1);
	state_is(INC_ASSESSED);
	said("不含此項權限", 0);
	world_mail(&w, status_mail(TEAM, "false_alarm"), "team", 1);
	state_is(INC_ASSESSED);
	world_mail(&w, status_mail(BOSS, "false_alarm"), "ciso", 1);
	state_is(INC_FALSE_ALARM);
}

static void
a_second_person_opens_one_door_only(void **unused)
{
	struct report	*r;

	(void)unused;
	open_at_level(4);
	world_mail(&w, level_mail(3), "team", 1);
	/* confirms the level, and asks for more in the same breath */
	r = words_mail(TEAM_2, "確認");
	(void)world_text(&w, r, "status", "false_alarm");
	world_mail(&w, r, "team", 1);
	state_is(INC_ASSESSED);
	assert_int_equal(w.in.level, 4);	/* the newer request waits */
	assert_non_null(w.in.pending);
	world_mail(&w, words_mail(TEAM, "確認"), "team", 1);
	state_is(INC_FALSE_ALARM);
}

/*
 * The table through real mails: what a trusted status word does in each state
 * is what states_next() says, and never anything else.
 */
static void
every_state_meets_every_status_word(void **unused)
{
	static const struct { const char *status, *words; enum verb verb; }
	    asks[] = {
		{ "in_progress", "", VERB_PROGRESS },
		{ "contained", "", VERB_CONTAIN },
		{ "recovered", "", VERB_RECOVER },
		{ "closed", "", VERB_CLOSE },
		{ "false_alarm", "", VERB_FALSE_ALARM },
		{ NULL, "併案 CSI-20070531-0009", VERB_MERGE },
		{ NULL, "取消併案", VERB_UNMERGE },
		{ NULL, "移轉 資訊處", VERB_TRANSFER },
		{ NULL, "重新開案", VERB_REOPEN },
		{ "reopen", "", VERB_REOPEN },
	};
	struct incident	other = { .id = 9, .tracking = "CSI-20070531-0009" };

	(void)unused;
	for (int s = 0; s < INC_NSTATES; s++)
		for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++) {
			const struct transition *t;
			enum incident_state	 want;
			struct report		*r;

			life_teardown(NULL);
			life_setup(NULL);
			open_at_level(2);
			w.in.state = (enum incident_state)s;
			w.in.extra = "{\"before\":\"contained\"}";
			w.other = &other;
			t = states_next(w.in.state, asks[i].verb);
			want = t->move == MOVE_GO ? t->next :
			    t->move == MOVE_BACK ? INC_CONTAINED : w.in.state;
			r = recovery_mail("oooooo");
			reasons(r);
			r->fields[0].text = asks[i].status;
			r->fields[0].known = asks[i].status != NULL;
			if (asks[i].status == NULL)
				r->fields[0].raw = NULL;
			r->own_text = asks[i].words;
			world_mail(&w, r, "team", 1);
			if (w.in.state != want)
				fail_msg("%s + %s: got %s, want %s",
				    incident_state_name(
				    (enum incident_state)s),
				    verb_name(asks[i].verb),
				    incident_state_name(w.in.state),
				    incident_state_name(want));
			assert_non_null(world_duty(&w, "transcript",
			    "sender"));
		}
}

static void
long_and_many_lines_are_bounded(void **unused)
{
	size_t		 size = 400000;
	char		*text = arena_alloc(w.a, size + 1);

	(void)unused;
	open_at_level(3);
	for (size_t i = 0; i + 16 < size; i += 16)
		memcpy(text + i, "續報：字字\n", 16);
	world_mail(&w, words_mail(TEAM, text), "team", 1);
	assert_int_equal(w.in.revision, 2);
	memset(text, 'x', size);
	memcpy(text, "移轉 ", 7);
	text[size] = '\0';
	world_mail(&w, words_mail(TEAM, text), "team", 1);
	state_is(INC_TRANSFERRED);
	assert_true(strlen(w.in.extra) < 2000);
	for (size_t i = 0; i < w.c.n_fields; i++)
		assert_true(strlen(w.c.fields[i].raw) <= 8000);
}

/* Whoever agrees with the level orders nothing, and needs no right to it. */
static void
the_level_it_has_already_is_no_order(void **unused)
{
	(void)unused;
	open_at_level(3);
	world_mail(&w, level_mail(3), "ethics", 1);
	said("與現況相同", 1);
	world_mail(&w, level_mail(2), "ethics", 1);
	said("不含此項權限", 0);
	assert_int_equal(w.in.level, 3);
	world_mail(&w, level_mail(3), "team", 1);
	said("與現況相同", 1);
}

/* Of what has ended no level is taken, so it is opened first, whichever
 * stands first; and whoever may not, or need not, open it gives none. */
static void
what_is_reopened_takes_the_level_beside_it(void **unused)
{
	struct incident	 other = { .id = 9, .level = 3,
			    .tracking = "CSI-20070531-0009" };
	struct report	*r;

	(void)unused;
	open_at_level(2);
	world_mail(&w, status_mail(TEAM, "false_alarm"), "team", 1);
	state_is(INC_FALSE_ALARM);
	r = words_mail(TEAM, "等級：3\n重新開案");
	world_level(&w, r, 3);
	world_mail(&w, r, "ethics", 1);
	state_is(INC_FALSE_ALARM);
	assert_int_equal(w.in.level, 2);
	world_mail(&w, r, "team", 1);
	state_is(INC_IN_PROGRESS);
	assert_int_equal(w.in.level, 3);
	said("等級：2→3", 1);
	assert_int_equal(w.in.reported_level, 3);
	assert_int_equal(world_duties(&w, "annex2"), 2);
	assert_int_equal(json_integer_value(json_object_get(world_duty(&w,
	    "annex2", "ncert")->data, "previous_level")), 2);
	w.other = &other;
	world_mail(&w, status_mail(TEAM, "merged"), "team", 1);
	state_is(INC_MERGED);
	r = words_mail(TEAM, "等級：4\n取消併案");
	world_level(&w, r, 4);
	world_mail(&w, r, "team", 1);
	state_is(INC_IN_PROGRESS);
	assert_int_equal(w.in.level, 4);
	assert_int_equal(world_duties(&w, "level_set"), 2);
}

/* A level lower than before needs two still. */
static void
what_is_reopened_lower_waits_for_the_second(void **unused)
{
	struct report	*r;

	(void)unused;
	open_at_level(3);
	world_mail(&w, status_mail(TEAM, "false_alarm"), "team", 1);
	world_mail(&w, words_mail(BOSS, "確認"), "ciso", 1);
	state_is(INC_FALSE_ALARM);
	r = words_mail(TEAM, "重新開案\n等級：1");
	world_level(&w, r, 1);
	world_mail(&w, r, "team", 1);
	state_is(INC_IN_PROGRESS);
	assert_int_equal(w.in.level, 3);
	assert_non_null(world_duty(&w, "ask_second", NULL));
	world_mail(&w, words_mail(BOSS, "確認"), "ciso", 1);
	assert_int_equal(w.in.level, 1);
}

/* 確認 收到 is no second person's word, nor is 同意 with a condition. */
static void
a_doubted_command_is_told_and_not_done(void **unused)
{
	static const char *const doubted[] = {
		"確認?", "確認 收到", "確認，收到您的信，晚點回覆", "確認。不是誤報", "同意，惟請補證據",
		"同意 但請補資料", "確認：待科長決定", "Confirm receipt",
		"Confirm with the vendor first", "approve later"
	};
	static const char *const orders[] = {
		"移轉 可以嗎？", "移交 清冊已備妥", "transfer files to the vendor",
		"續報 下午再送", "結報 預計6/5提交", "會議紀錄 下週提供",
		"等級審核 中", "電話通報 未通", "已電話通報 沒人接",
		"final report due 6/30"
	};
	static const char *const meetings[] = {
		"召開 會議嗎？", "召開：必要時", "召開 若明日未恢復"
	};
	struct report	*r;

	(void)unused;
	open_at_level(3);
	for (size_t i = 0; i < sizeof(meetings) / sizeof(meetings[0]); i++) {
		world_mail(&w, words_mail(BOSS, meetings[i]), "ciso", 1);
		said("這一行以「召開」開頭", 0);
		assert_int_equal(world_journal(&w, "meeting"), 0);
	}
	world_mail(&w, words_mail(TEAM, "會議紀錄：一、明日前完成全機關掃描。"
	    "二、資訊室每日回報處理情形，下週一再開檢討會議"), "team", 1);
	said("會議紀錄已登錄", 1);
	world_mail(&w, status_mail(TEAM, "false_alarm"), "team", 1);
	for (size_t i = 0; i < sizeof(doubted) / sizeof(doubted[0]); i++) {
		world_mail(&w, words_mail(BOSS, doubted[i]), "ciso", 1);
		said("開頭，但後面像是詢問、附條件或另有所指，未執行", 0);
		assert_non_null(w.in.pending);
	}
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		world_mail(&w, words_mail(TEAM, orders[i]), "team", 1);
		said("開頭，但後面像是詢問、附條件或另有所指，未執行", 0);
		assert_int_equal(w.in.revision, 1);
	}
	r = words_mail(TEAM, "併案 CSI-20070531-0009 待確認");
	(void)world_text(&w, r, "status", "merged");
	world_mail(&w, r, "team", 1);
	said("這一行以「併案」開頭", 0);
	world_mail(&w, words_mail(BOSS, "同意，請儘速辦理。"), "ciso", 1);
	state_is(INC_FALSE_ALARM);
}

static struct report *
naming(const char *field, const char *text, const char *value)
{
	struct report	*r = words_mail(TEAM, text);

	r->problems = arena_array(w.a, 1, sizeof(*r->problems));
	*r->problems = (struct problem){ field, text, "named", value };
	r->n_problems = 1;
	return r;
}

/* What the words name and nobody took is named to him, once and if it is new;
 * to those who set neither, their text is a text. */
static void
what_was_not_taken_is_named(void **unused)
{
	const struct duty	*du;
	struct report		*r;

	(void)unused;
	open_at_level(2);
	world_mail(&w, naming("level_named", "可能是3級", "3"), "team", 1);
	said("這一行提到等級，未採用", 0);
	assert_int_equal(w.in.level, 2);
	world_mail(&w, naming("level_named", "兩案均為2級", "2"), "team", 1);
	said("未發現可辨識的欄位或指令", 0);
	r = naming("status_named", "可以結案嗎？", "closed");
	r->lang = "en";
	world_mail(&w, r, "team", 1);
	said("這一行提到案件狀態，未採用", 0);
	du = world_duty(&w, "transcript", "sender");
	assert_int_equal(json_array_size(json_object_get(du->data, "lines")),
	    1);
	world_mail(&w, naming("level_named", "可能是3級", "3"), "ethics", 1);
	assert_null(world_line(&w, "這一行提到", NULL));
}

int
main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, life_setup, life_teardown)
	const struct CMUnitTest tests[] = {
		T(the_team_reads_what_the_others_write),
		T(a_command_is_heard_once),
		T(a_merge_and_its_undoing_are_told),
		T(a_labelled_command_is_heard),
		T(a_word_in_a_sentence_is_none),
		T(the_ciso_seconds_by_saying_the_same),
		T(a_second_person_opens_one_door_only),
		T(every_state_meets_every_status_word),
		T(long_and_many_lines_are_bounded),
		T(the_level_it_has_already_is_no_order),
		T(what_is_reopened_takes_the_level_beside_it),
		T(what_is_reopened_lower_waits_for_the_second),
		T(a_doubted_command_is_told_and_not_done),
		T(what_was_not_taken_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
