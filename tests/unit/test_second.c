/*
 * What needs two persons: whoever can prove one mailbox only is one person,
 * whatever he starts, and by whatever name an alarm is to end.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "incident/house_parts.h"
#include "life.h"

#define MERGE	"併案 CSI-20070531-0009"

static struct incident	other;

static void
other_is(int level, enum incident_state state)
{
	other = (struct incident){ .id = 9, .tracking = "CSI-20070531-0009",
	    .level = level, .state = state };
	w.other = &other;
}

/* One of our mails is answered: From, and whose token he has. */
static void
mail(const char *text, const char *from, const char *holder)
{
	w.holder = holder;
	world_mail(&w, words_mail(from, text), "team", 1);
}

/* The team wants a level, by one of its members. */
static void
wants_level(int level, const char *who)
{
	struct report	*r = level_mail(level);

	r->from_addr = who;
	w.holder = who;
	world_mail(&w, r, "team", 1);
}

static const struct {
	int			 level;		/* of ours */
	int			 into;		/* of the other */
	enum incident_state	 state;
	int			 alone;		/* one person may */
} merges[] = {
	{ 3, 3, INC_IN_PROGRESS, 1 }, { 3, 4, INC_RECEIVED, 1 },
	{ 3, 2, INC_IN_PROGRESS, 0 }, { 4, 3, INC_IN_PROGRESS, 0 },
	{ 3, 0, INC_RECEIVED, 0 }, { 3, 4, INC_RECOVERED, 0 },
	{ 3, 4, INC_CLOSED, 0 }, { 3, 4, INC_FALSE_ALARM, 0 },
	{ 2, 1, INC_IN_PROGRESS, 1 }, { 2, 0, INC_CLOSED, 1 },
};

static void
a_merge_that_silences_needs_two(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(merges) / sizeof(merges[0]); i++) {
		life_teardown(NULL);
		life_setup(NULL);
		open_at_level(merges[i].level);
		other_is(merges[i].into, merges[i].state);
		mail(MERGE, TEAM, TEAM);
		if ((w.in.state == INC_MERGED) != merges[i].alone)
			fail_msg("%d into %d (%s): got %s", merges[i].level,
			    merges[i].into, incident_state_name(
			    merges[i].state), incident_state_name(w.in.state));
	}
}

static void
a_merge_is_agreed_to_by_another(void **unused)
{
	struct incident	elsewhere = { .id = 8, .level = 2,
			    .tracking = "CSI-20070531-0008" };

	(void)unused;
	open_at_level(4);
	other_is(1, INC_IN_PROGRESS);
	mail(MERGE, TEAM, TEAM);
	assert_non_null(world_duty(&w, "ask_second", "ciso"));
	said("併案 CSI-20070531-0009", 1);
	mail("確認", TEAM_2, TEAM);		/* his own token */
	said("不得自行確認", 0);
	mail(MERGE, TEAM_2, TEAM);
	state_is(INC_ASSESSED);
	w.other = &elsewhere;			/* another than was asked for */
	mail("併案 CSI-20070531-0008\n確認", TEAM, TEAM);
	state_is(INC_ASSESSED);
	other_is(1, INC_IN_PROGRESS);
	mail(MERGE, TEAM, TEAM);
	w.other = NULL;				/* it is gone */
	mail("確認", TEAM_2, TEAM_2);
	said("找不到", 0);
	state_is(INC_ASSESSED);
	w.other = &other;
	assert_string_equal(second_target(w.in.pending, w.a), other.tracking);
	mail("確認", TEAM_2, TEAM_2);
	state_is(INC_MERGED);
	assert_int_equal(w.in.merged_into, 9);
	assert_null(w.in.pending);
	assert_null(second_target(w.in.pending, w.a));
}

static void
the_second_may_ask_for_the_same_merge(void **unused)
{
	(void)unused;
	open_at_level(3);
	other_is(1, INC_IN_PROGRESS);
	mail(MERGE, TEAM, TEAM);
	mail(MERGE, TEAM_2, TEAM_2);
	state_is(INC_MERGED);
}

/* Whoever agrees to 3 -> 2 has not agreed to 4 -> 2. */
static void
a_level_given_later_withdraws_one_that_waits(void **unused)
{
	(void)unused;
	open_at_level(3);
	wants_level(2, TEAM);
	assert_non_null(w.in.pending);
	wants_level(4, TEAM_2);
	said("已撤回：等級 2", 1);
	assert_int_equal(w.in.level, 4);
	assert_null(w.in.pending);
	mail("確認", TEAM_2, TEAM_2);
	assert_int_equal(w.in.level, 4);
	wants_level(2, TEAM);		/* asked for anew, it may be */
	mail("確認", TEAM_2, TEAM_2);
	assert_int_equal(w.in.level, 2);
}

/* Another thing that waits is left as it is. */
static void
a_level_withdraws_nothing_else(void **unused)
{
	(void)unused;
	open_at_level(3);
	w.holder = TEAM;
	world_mail(&w, status_mail(TEAM, "false_alarm"), "team", 1);
	wants_level(4, TEAM);
	assert_non_null(w.in.pending);
	mail("確認", TEAM_2, TEAM_2);
	state_is(INC_FALSE_ALARM);
}

/* Nobody is told of a drill: it would be the end of the real one. */
static void
a_drill_takes_no_real_incident(void **unused)
{
	(void)unused;
	open_at_level(2);
	other_is(4, INC_IN_PROGRESS);
	other.drill = 1;
	mail(MERGE, TEAM, TEAM);
	said("演練案件與實際案件不能互相併案", 0);
	state_is(INC_ASSESSED);
	w.in.drill = 1;
	mail(MERGE, TEAM, TEAM);
	state_is(INC_MERGED);
}

/* What waits and has no proof of its author waits for two more. */
static void
what_nobody_stands_for_waits_for_two(void **unused)
{
	(void)unused;
	open_at_level(3);
	w.in.pending = "{\"verb\":\"false_alarm\",\"level\":0,\"by\":\"" TEAM
	    "\",\"role\":\"team\",\"at\":1}";
	mail("確認", TEAM_2, TEAM_2);
	state_is(INC_ASSESSED);
	assert_non_null(world_duty(&w, "ask_second", "ciso"));
	mail("確認", TEAM, TEAM_2);
	said("不得自行確認", 0);
	mail("確認", TEAM, TEAM);
	state_is(INC_FALSE_ALARM);
}

static void
forensics_that_nobody_stands_for(void **unused)
{
	(void)unused;
	open_at_level(3);
	w.in.extra = "{\"forensic\":{\"at\":1,\"by\":\"x@evil.example\","
	    "\"text\":\"請查\"}}";
	w.holder = BOSS;
	world_mail(&w, words_mail(BOSS, "確認"), "ciso", 1);
	assert_null(world_duty(&w, "forensic_request", NULL));
	assert_non_null(world_duty(&w, "ask_forensic", "ethics"));
	world_mail(&w, words_mail("zf@secretariat.example", "確認"), "ethics",
	    1);
	said("不得自行確認", 0);
	w.holder = "zf@secretariat.example";
	world_mail(&w, words_mail("zf@secretariat.example", "確認"), "ethics",
	    1);
	assert_non_null(world_duty(&w, "forensic_request", "city_it"));
}

/* --- a refusal is a decision ------------------------------------------------ */

static const char *const refusals[] = {
	"不同意", "不同意，證據不足", "駁回", "撤回", "確認：否", "同意：不同意",
	"申請鑑識支援：否", "申請鑑識支援：不同意", "申請鑑識支援：不需要協助",
	"申請鑑識支援：暫不申請", "disagree", "forensic support: no"
};

static void
forensics_are_refused(void **unused)
{
	const struct duty	*du;
	json_t			*v;

	(void)unused;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		life_teardown(NULL);
		life_setup(NULL);
		open_at_level(3);
		mail("申請鑑識支援：請查來源", TEAM, TEAM);
		assert_non_null(world_deadline(&w, "forensic"));
		w.holder = BOSS;
		world_mail(&w, words_mail(BOSS, refusals[i]), "ciso", 1);
		du = world_duty(&w, "refused", "team");
		if (du == NULL || world_duty(&w, "forensic_request", NULL))
			fail_msg("\"%s\" does not refuse", refusals[i]);
		said("不同意申請鑑識支援", 1);
		v = json_object_get(du->data, "refused");
		assert_string_equal(json_string_value(json_object_get(v,
		    "text")), refusals[i]);
		assert_null(world_deadline(&w, "forensic"));
		world_mail(&w, words_mail(BOSS, "確認"), "ciso", 1);
		said("沒有待確認", 0);
	}
}

static void
only_a_yes_discloses(void **unused)
{
	static const char *const texts[] = {
		"申請鑑識支援：再考慮", "申請鑑識支援：請先說明",
	};

	(void)unused;
	open_at_level(3);
	mail("申請鑑識支援：是", TEAM, TEAM);
	w.holder = BOSS;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		world_mail(&w, words_mail(BOSS, texts[i]), "ciso", 1);
		assert_null(world_duty(&w, "forensic_request", NULL));
		assert_null(world_duty(&w, "refused", NULL));
		assert_non_null(world_deadline(&w, "forensic"));
	}
	world_mail(&w, words_mail(BOSS, "申請鑑識支援：同意"), "ciso", 1);
	assert_non_null(world_duty(&w, "forensic_request", "city_it"));
	mail("申請鑑識支援：否", TEAM, TEAM);	/* nothing waits */
	said("已確認", 1);
}

/* The CISO is no member of the team, and may say no. */
static void
what_waits_is_refused(void **unused)
{
	(void)unused;
	open_at_level(3);
	world_mail(&w, status_mail(TEAM, "false_alarm"), "team", 1);
	assert_non_null(w.in.pending);
	w.holder = "zf@secretariat.example";	/* may decide on forensics only */
	world_mail(&w, words_mail("zf@secretariat.example", "不同意"), "ethics",
	    1);
	said("不含此項權限", 0);
	w.holder = BOSS;
	world_mail(&w, words_mail(BOSS, "不同意\n證據不足"), "ciso", 1);
	said("不同意「誤報」", 1);
	assert_non_null(world_duty(&w, "refused", "team"));
	assert_null(w.in.pending);
	assert_int_equal(world_journal(&w, "refused"), 1);
	mail("確認", TEAM_2, TEAM_2);
	said("沒有待確認", 0);
	state_is(INC_ASSESSED);
	world_mail(&w, status_mail(TEAM, "false_alarm"), "team", 1);
	mail("不同意", TEAM, BOSS);	/* the author's own change of mind */
	said("已撤回", 1);
	assert_null(world_duty(&w, "refused", NULL));
}

/* Two things wait; each is decided by whom it is for. */
static void
each_decides_on_his_own(void **unused)
{
	(void)unused;
	open_at_level(3);
	world_mail(&w, status_mail(TEAM, "false_alarm"), "team", 1);
	mail("申請鑑識支援：是", TEAM, TEAM);
	w.holder = "zf@secretariat.example";
	world_mail(&w, words_mail("zf@secretariat.example", "確認"), "ethics",
	    1);
	assert_non_null(world_duty(&w, "forensic_request", "city_it"));
	assert_non_null(w.in.pending);
	mail("確認", TEAM_2, TEAM_2);
	state_is(INC_FALSE_ALARM);
}

/* --- advisories: the first mail answers none of ours ------------------------ */

static const char	*fact;		/* what is kept of it */

static struct house
house(void)
{
	return (struct house){ .p = w.p, .conf = w.conf, .now = w.now,
	    .a = w.a, .fact = fact };
}

static void
remember(void)
{
	for (size_t i = 0; i < w.c.n_facts; i++)
		fact = w.c.facts[i].value;
}

static void
starts(const char *from, const char *holder)
{
	struct house_answer	an = { .actor = from, .holder = holder,
				    .role = "team", .trusted = holder != NULL,
				    .report = words_mail(from,
				    "通告：請更新\n立即更新\n") };
	struct house		h = house();

	change_done(&w.c);
	house_advisory(&h, &an, "ADV-2007-001", &w.c);
	remember();
}

/* How many units it goes to now. */
static size_t
answers(const char *from, const char *holder, const char *role,
    const char *words)
{
	struct house_answer	an = { .actor = from, .holder = holder,
				    .key = "advisory/ADV-2007-001",
				    .role = role, .trusted = holder != NULL,
				    .report = words_mail(from, words) };
	struct house		h = house();

	change_done(&w.c);
	house_answer(&h, &an, &w.c);
	remember();
	return world_duties(&w, "advisory");
}

static size_t
agrees(const char *from, const char *holder, const char *role)
{
	return answers(from, holder, role, "確認\n");
}

static void
one_unit(void)
{
	static const char	*const lists[] = { "advisory" };
	struct conf_contact	*k = arena_alloc(w.a, sizeof(*k));

	k->name = "機要組";
	k->lists.n = 1;
	k->lists.v = (const char **)(uintptr_t)lists;
	w.conf->contacts = k;
	w.conf->n_contacts = 1;
}

#define EVIL	"x@evil.example"

static const struct {
	const char	*what;
	const char	*by, *proof;		/* of the first mail */
	const char	*from[3], *holder[3];	/* of those that agree */
	int		 sent;			/* after which, 0: never */
} advisories[] = {
	{ "written by a colleague's name, agreed to by oneself",
	    TEAM_2, NULL, { TEAM, TEAM, TEAM_2 }, { TEAM, TEAM, TEAM }, 0 },
	{ "by one's own name, and then by many, with one token",
	    TEAM, NULL, { TEAM_2, BOSS, TEAM }, { TEAM, TEAM, TEAM }, 0 },
	{ "by a stranger and a member", EVIL, NULL, { TEAM, TEAM }, { TEAM,
	    TEAM }, 0 },
	{ "unproved, then by two", TEAM, NULL, { TEAM, TEAM_2 }, { TEAM,
	    TEAM_2 }, 2 },
	{ "unproved, by two others", TEAM, NULL, { TEAM_2, BOSS }, { TEAM_2,
	    BOSS }, 2 },
	{ "proved, then by another", TEAM, TEAM, { TEAM, TEAM_2 }, { TEAM,
	    TEAM_2 }, 2 },
	{ "proved, another at once", TEAM, TEAM, { TEAM_2 }, { TEAM_2 }, 1 },
	{ "agreed to by nobody who is proved", TEAM, NULL, { TEAM_2, BOSS,
	    TEAM }, { NULL, NULL, NULL }, 0 },
};

static void
an_advisory_has_an_author_who_is_proved(void **unused)
{
	(void)unused;
	one_unit();
	for (size_t i = 0; i < sizeof(advisories) / sizeof(advisories[0]);
	    i++) {
		int	sent = 0;

		starts(advisories[i].by, advisories[i].proof);
		for (int n = 0; n < 3 && advisories[i].from[n] != NULL; n++)
			if (agrees(advisories[i].from[n],
			    advisories[i].holder[n], "team") > 0)
				sent = n + 1;
		if (sent != advisories[i].sent)
			fail_msg("%s: sent after %d, want %d",
			    advisories[i].what, sent, advisories[i].sent);
	}
}

static void
who_stands_for_it_is_said(void **unused)
{
	const struct duty	*du;
	json_t			*v;

	(void)unused;
	one_unit();
	starts(TEAM, NULL);
	du = world_duty(&w, "ask_advisory", "ciso");
	assert_true(json_is_true(json_object_get(du->data, "unproved")));
	assert_int_equal(agrees(TEAM_2, TEAM_2, "team"), 0);
	du = world_duty(&w, "ask_advisory", "ciso");	/* all are asked anew */
	assert_null(json_object_get(du->data, "unproved"));
	v = json_object_get(du->data, "from");
	assert_string_equal(json_string_value(v), TEAM_2);
	v = json_object_get(du->data, "claimed");
	assert_string_equal(json_string_value(v), TEAM);
	assert_string_equal(du->unique, "advisory/ADV-2007-001#adopted/0");
	du = world_duty(&w, "house_reply", "sender");
	v = json_array_get(json_object_get(du->data, "lines"), 0);
	v = json_object_get(v, "result_zh");
	assert_non_null(strstr(json_string_value(v), "未經證實"));
}

#define T(f)	cmocka_unit_test_setup_teardown(f, life_setup, life_teardown)

/* 確認 收到 sends nothing and stops nothing. */
static void
an_advisory_needs_a_plain_word(void **unused)
{
	(void)unused;
	one_unit();
	fact = NULL;
	starts(TEAM, TEAM);
	assert_int_equal(answers(BOSS, BOSS, "ciso", "確認 收到\n"), 0);
	assert_int_equal(answers(BOSS, BOSS, "ciso",
	    "同意，惟第二段請刪\n"), 0);
	assert_int_equal(agrees(BOSS, BOSS, "ciso"), 1);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		T(a_merge_that_silences_needs_two),
		T(a_merge_is_agreed_to_by_another),
		T(the_second_may_ask_for_the_same_merge),
		T(a_level_given_later_withdraws_one_that_waits),
		T(a_level_withdraws_nothing_else),
		T(a_drill_takes_no_real_incident),
		T(what_nobody_stands_for_waits_for_two),
		T(forensics_that_nobody_stands_for),
		T(forensics_are_refused),
		T(only_a_yes_discloses),
		T(what_waits_is_refused),
		T(each_decides_on_his_own),
		T(an_advisory_has_an_author_who_is_proved),
		T(an_advisory_needs_a_plain_word),
		T(who_stands_for_it_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
