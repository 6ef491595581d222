#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "incident/states.h"

/*
 * What is wanted, one letter a cell: '-' not from here, '=' stays, 'b' back
 * to before the merge, else the first letter of the state it goes to
 * (a i c r C=closed f m t).  Columns in the order of VERBS.
 */
static const struct {
	enum incident_state	 state;
	const char		*cells;
} wanted[] = {
	/*		   level progress contain recover open unit close
	 *		   false merge unmerge transfer reopen supplement */
	{ INC_RECEIVED,    "aic-c=-fm-t-=" },
	{ INC_ASSESSED,    "=icrc=-fm-t-=" },
	{ INC_IN_PROGRESS, "==crc=-fm-t-=" },
	{ INC_CONTAINED,   "=i=r==-fm-t-=" },
	{ INC_RECOVERED,   "=--===Cfm--i=" },
	{ INC_CLOSED,      "------=----i=" },
	{ INC_FALSE_ALARM, "-------=---i=" },
	{ INC_MERGED,      "--------=b-b=" },
	{ INC_TRANSFERRED, "=icrc=-fm-=i=" },
};

static int
letter(const struct transition *t)
{
	static const char	next[INC_NSTATES] = {
		[INC_RECEIVED] = '?', [INC_ASSESSED] = 'a',
		[INC_IN_PROGRESS] = 'i', [INC_CONTAINED] = 'c',
		[INC_RECOVERED] = 'r', [INC_CLOSED] = 'C',
		[INC_FALSE_ALARM] = 'f', [INC_MERGED] = 'm',
		[INC_TRANSFERRED] = 't'
	};

	switch (t->move) {
	case MOVE_NO:
		return '-';
	case MOVE_STAY:
		return '=';
	case MOVE_BACK:
		return 'b';
	case MOVE_GO:
		break;
	}
	return t->next < INC_NSTATES ? next[t->next] : '?';
}

static void
every_state_meets_every_verb(void **unused)
{
	(void)unused;
	assert_int_equal(sizeof(wanted) / sizeof(wanted[0]), INC_NSTATES);
	for (int s = 0; s < INC_NSTATES; s++) {
		assert_int_equal(wanted[s].state, s);
		assert_int_equal(strlen(wanted[s].cells), VERB_N);
		for (int v = 0; v < VERB_N; v++) {
			int	got = letter(states_next(
				    (enum incident_state)s, (enum verb)v));

			if (got != wanted[s].cells[v])
				fail_msg("%s + %s: got %c, want %c",
				    incident_state_name(
				    (enum incident_state)s),
				    verb_name((enum verb)v), got,
				    wanted[s].cells[v]);
		}
	}
}

static void
every_state_is_reached_and_left(void **unused)
{
	(void)unused;
	for (int s = 0; s < INC_NSTATES; s++) {
		int	reached = s == INC_RECEIVED, left = 0;

		for (int v = 0; v < VERB_N; v++) {
			for (int from = 0; from < INC_NSTATES; from++) {
				const struct transition *t = states_next(
				    (enum incident_state)from, (enum verb)v);

				reached |= t->move == MOVE_GO &&
				    (int)t->next == s && from != s;
			}
			left |= states_next((enum incident_state)s,
			    (enum verb)v)->move >= MOVE_GO;
		}
		if (!reached || !left)
			fail_msg("%s: reached %d, left %d",
			    incident_state_name((enum incident_state)s),
			    reached, left);
	}
}

static void
only_ends_are_silent(void **unused)
{
	(void)unused;
	for (int s = 0; s < INC_NSTATES; s++)
		assert_int_equal(states_active((enum incident_state)s),
		    s != INC_RECOVERED && s != INC_CLOSED &&
		    s != INC_FALSE_ALARM && s != INC_MERGED);
}

static void
what_is_no_state_moves_nothing(void **unused)
{
	enum verb	v;

	(void)unused;
	assert_int_equal(states_next(INC_NSTATES, VERB_LEVEL)->move, MOVE_NO);
	assert_int_equal(states_next(INC_RECEIVED, VERB_N)->move, MOVE_NO);
	assert_int_equal(verb_parse("recovered", &v), 0);
	assert_int_equal(v, VERB_RECOVER);
	assert_int_equal(verb_parse("recovred", &v), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_state_meets_every_verb),
		cmocka_unit_test(every_state_is_reached_and_left),
		cmocka_unit_test(only_ends_are_silent),
		cmocka_unit_test(what_is_no_state_moves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
