#ifndef STORE_FIXTURE_H
#define STORE_FIXTURE_H

/*
 * store_fixture - a store in a directory of its own, for each test anew.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "store/store.h"

struct fixture {
	char		 dir[64];
	char		 file[96];	/* dir/t.db */
	struct store	*s;		/* open for writing, or NULL */
	struct arena	*a;
};

/* cmocka's setup and teardown; *state is a struct fixture. */
int	fixture_open(void **state);
int	fixture_close(void **state);
/* Close and open again (mode STORE_MAKE), or only close. */
void	fixture_reopen(struct fixture *);
void	fixture_shut(struct fixture *);
/* SQL behind the store's back; fails the test unless it answers SQLITE_OK.
 * The first number of the first row, or 0. */
int64_t	fixture_sql(const struct fixture *, const char *sql);

/* want an answer, and say the text when it is another */
#define WANT(want_, call) do {						\
	enum rc	got_ = (call);						\
	if (got_ != (want_))						\
		fail_msg("%s: got %s (%s), want %s", #call,		\
		    rc_name(got_), got_ == RC_OK ? "" : err.text,	\
		    rc_name(want_));					\
} while (0)
#define OK(call)	WANT(RC_OK, call)

/* One of each, committed by the caller; n makes it different from others. */
int64_t	fixture_mail(struct store *, int n);
int64_t	fixture_incident(struct store *, int n);

#endif
