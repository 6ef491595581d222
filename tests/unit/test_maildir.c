#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "mail/mailbox.h"

#define CAP	1000	/* mail_max */

struct place {
	char			 dir[64];
	struct conf_mailbox	 conf;
	struct mailbox		*box;
	struct buf		 got;	/* "uid=raw;" of what was fetched */
	struct buf		 uids;	/* "a,b" of the same */
	int			 stop_after;
};

/* Something in the Maildir; good until the next call. */
static const char *
at(const struct place *p, const char *name)
{
	static char	path[1024];

	(void)snprintf(path, sizeof(path), "%s/%s", p->dir, name);
	return path;
}

static int
open_place(void **state)
{
	struct place	*p = calloc(1, sizeof(*p));

	assert_non_null(p);
	(void)snprintf(p->dir, sizeof(p->dir), "/tmp/tocsin-maildir-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	for (int i = 0; i < 3; i++) {
		static const char *const sub[] = { "tmp", "new", "cur" };

		assert_int_equal(mkdir(at(p, sub[i]), 0700), 0);
	}
	p->conf.name = "box";
	p->conf.kind = MAILBOX_MAILDIR;
	p->conf.path = p->dir;
	p->conf.after = AFTER_FLAG;
	p->stop_after = -1;
	buf_init(&p->got, 1u << 20);
	buf_init(&p->uids, 1u << 20);
	*state = p;
	return 0;
}

static int
close_place(void **state)
{
	struct place	*p = *state;
	char		 cmd[128];

	mailbox_close(&p->box);
	(void)snprintf(cmd, sizeof(cmd), "rm -rf '%s'", p->dir);
	assert_int_equal(system(cmd), 0);
	buf_free(&p->got);
	buf_free(&p->uids);
	free(p);
	return 0;
}

/* A mail in sub/name that arrived at mtime. */
static void
put(struct place *p, const char *name, const char *text, time_t mtime)
{
	struct timespec	 t[2] = { { .tv_sec = mtime }, { .tv_sec = mtime } };
	int		 fd = open(at(p, name), O_CREAT | O_WRONLY |
			    O_EXCL, 0600);

	assert_true(fd != -1);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(futimens(fd, t), 0);
	assert_int_equal(close(fd), 0);
}

static int
is_there(struct place *p, const char *name)
{
	return access(at(p, name), F_OK) == 0;
}

static int
count(struct place *p, const char *sub)
{
	struct dirent	*e;
	DIR		*d = opendir(at(p, sub));
	int		 n = 0;

	assert_non_null(d);
	while ((e = readdir(d)) != NULL)
		n += e->d_name[0] != '.';
	(void)closedir(d);
	return n;
}

static enum rc
sink(void *arg, const struct fetched *m, struct err *err)
{
	struct place	*p = arg;

	if (p->stop_after == 0)
		return err_set(err, RC_BROKEN, "the disk is full");
	p->stop_after -= p->stop_after > 0;
	assert_int_equal(m->uidvalidity, 1);
	(void)buf_addf(&p->got, "%s=", m->uid);
	if (m->raw == NULL)
		(void)buf_addf(&p->got, "(%lld)", (long long)m->size);
	else
		(void)buf_add(&p->got, m->raw, m->len);
	(void)buf_putc(&p->got, ';');
	(void)buf_addf(&p->uids, "%s%s", p->uids.len > 0 ? "," : "", m->uid);
	return RC_OK;
}

/* Look once: what came, as text.  *missed and *more may be NULL. */
static const char *
look(struct place *p, int max, int *more, int *missed)
{
	struct err	err;
	int		m, n;

	buf_reset(&p->got);
	buf_reset(&p->uids);
	assert_int_equal(mailbox_fetch(p->box, 0, max, sink, p, &m, &n, &err),
	    RC_OK);
	if (more != NULL)
		*more = m;
	if (missed != NULL)
		*missed = n;
	return p->got.data;
}

static void
start(struct place *p)
{
	struct err	err;

	mailbox_close(&p->box);
	if (mailbox_open(&p->conf, CAP, &p->box, &err) != RC_OK)
		fail_msg("%s", err.text);
	assert_int_equal(mailbox_uidvalidity(p->box), 1);
}

static void
mark(struct place *p, const char *uids, enum rc want)
{
	struct err	err;
	enum rc		rc = mailbox_mark(p->box, uids, &err);

	if (rc != want)
		fail_msg("mark %s: %s %s", uids, rc_name(rc), err.text);
}

static void
oldest_first_and_only_mails(void **state)
{
	struct place	*p = *state;

	put(p, "new/3.c", "third", 300);
	put(p, "new/9.a", "first", 100);
	put(p, "new/1.b", "second", 200);
	put(p, "new/2.b", "second too", 200);
	put(p, "new/.hidden", "x", 1);
	put(p, "tmp/4.d", "half", 1);
	put(p, "cur/5.e:2,", "old", 1);
	assert_int_equal(mkdir(at(p, "new/dir"), 0700), 0);
	assert_int_equal(mkfifo(at(p, "new/pipe"), 0600), 0);
	assert_int_equal(symlink("/etc/passwd", at(p, "new/link")), 0);
	start(p);
	assert_string_equal(look(p, 100, NULL, NULL),
	    "9.a=first;1.b=second;2.b=second too;3.c=third;");
	assert_int_equal(count(p, "cur"), 1);	/* nothing moved */
}

/* A day begins at its 0:00 in the zone; what is older stays where it is. */
static void
since_leaves_old_mails_alone(void **state)
{
	struct place	*p = *state;
	const time_t	 day = 20 * 86400, begins = day - 8 * 3600;

	put(p, "new/1", "old", begins - 1);
	put(p, "new/2", "first", begins);
	p->conf.since = day;
	start(p);
	mailbox_since(p->box, 8 * 3600);
	assert_string_equal(look(p, 100, NULL, NULL), "2=first;");
	assert_int_equal(mailbox_left_alone(p->box), 1);
	mark(p, p->uids.data, RC_OK);
	put(p, "new/3", "older", 1);
	assert_string_equal(look(p, 100, NULL, NULL), "");
	assert_int_equal(mailbox_left_alone(p->box), 1);
	assert_string_equal(look(p, 100, NULL, NULL), "");
	assert_int_equal(mailbox_left_alone(p->box), 0);
	assert_true(is_there(p, "new/1") && is_there(p, "new/3"));
	p->conf.since = 0;	/* the operator takes it away */
	start(p);
	mailbox_since(p->box, 8 * 3600);
	assert_string_equal(look(p, 100, NULL, NULL), "3=older;1=old;");
}

static void
nothing_twice_and_nothing_lost(void **state)
{
	struct place	*p = *state;
	int		 more;

	put(p, "new/1", "a", 1);
	put(p, "new/2", "b", 2);
	put(p, "new/3", "c", 3);
	start(p);
	assert_string_equal(look(p, 2, &more, NULL), "1=a;2=b;");
	assert_int_equal(more, 1);
	assert_string_equal(look(p, 2, &more, NULL), "3=c;");
	assert_int_equal(more, 0);
	put(p, "new/4", "d", 0);	/* with the desk: 1, 2, 3 */
	assert_string_equal(look(p, 2, NULL, NULL), "4=d;");
	assert_string_equal(look(p, 2, NULL, NULL), "");
	mark(p, "2,1", RC_OK);
	mark(p, "2,1", RC_OK);
	assert_true(is_there(p, "cur/1:2,S") && is_there(p, "cur/2:2,S"));
	assert_int_equal(count(p, "new"), 2);
	/* killed and started again: what was not marked comes again */
	start(p);
	assert_string_equal(look(p, 9, NULL, NULL), "4=d;3=c;");
	mark(p, p->uids.data, RC_OK);
	start(p);
	assert_string_equal(look(p, 9, NULL, NULL), "");
	assert_int_equal(count(p, "cur"), 4);
}

static void
names_of_all_kinds(void **state)
{
	static const char *const names[] = {
		"1500000000.M1P2.host,S=12,W=13", "a b", "100%", "x%2Cy",
		"\xe9\x80\x9a\xe5\xa0\xb1", "with:2,RS", "-n", "\x01\xff",
	};
	struct place	*p = *state;
	char		 path[512], uids[2048];
	size_t		 n = sizeof(names) / sizeof(names[0]);

	for (size_t i = 0; i < n; i++) {
		(void)snprintf(path, sizeof(path), "new/%s", names[i]);
		put(p, path, "x", (time_t)i);
	}
	start(p);
	(void)look(p, 100, NULL, NULL);
	(void)snprintf(uids, sizeof(uids), "%s", p->uids.data);
	for (char *c = uids; *c != '\0'; c++)
		assert_true((unsigned char)*c > ' ' && *c != 0x7f);
	mark(p, uids, RC_OK);
	assert_int_equal(count(p, "new"), 0);
	for (size_t i = 0; i < n; i++) {
		(void)snprintf(path, sizeof(path), "cur/%s%s", names[i],
		    strstr(names[i], ":2,") != NULL ? "" : ":2,S");
		if (!is_there(p, path))
			fail_msg("%s is not there", path);
	}
}

/* 80 characters of three bytes fit as they are; bytes of no charset do not,
 * three times as long, and are told. */
static void
long_names(void **state)
{
	struct place	*p = *state;
	char		 name[300] = "new/", other[300] = "new/";
	int		 missed;

	for (int i = 0; i < 80; i++)
		memcpy(name + 4 + 3 * i, "\xe9\x80\x9a", 4);
	memset(other + 4, 0xff, 240);
	put(p, name, "x", 1);
	put(p, other, "y", 2);
	start(p);
	(void)look(p, 9, NULL, &missed);
	assert_int_equal(missed, 1);
	assert_string_equal(p->uids.data, name + 4);
	mark(p, p->uids.data, RC_OK);
	assert_int_equal(count(p, "cur"), 1);
}

/* No room for flags behind the longest: what follows is no fault for ever. */
static void
the_longest_names_are_cut(void **state)
{
	struct place	*p = *state;
	char		 name[300] = "new/";

	for (int i = 0; i < 3; i++) {
		memset(name + 4, 'x', 255);
		name[4 + 254] = (char)('a' + i);
		put(p, name, "x", 1);
	}
	start(p);
	(void)look(p, 9, NULL, NULL);
	mark(p, p->uids.data, RC_OK);
	assert_int_equal(count(p, "new"), 0);
	assert_int_equal(count(p, "cur"), 3);
}

static void
names_that_lead_away_are_refused(void **state)
{
	static const char *const bad[] = {
		"../new/1", "%2E%2E%2Fx", "..", ".", "a/b", "a%2Fb", "%00",
		"%", "%4", "%GG", "a%2", ".hidden", "1,,2",
	};
	struct place	*p = *state;

	put(p, "new/1", "a", 1);
	start(p);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		mark(p, bad[i], RC_REFUSED);
}

static void
after_leave_and_after_move(void **state)
{
	struct place	*p = *state;
	char		 other[128];

	put(p, "new/1", "a", 1);
	p->conf.after = AFTER_LEAVE;
	start(p);
	(void)look(p, 9, NULL, NULL);
	mark(p, "1", RC_OK);
	assert_true(is_there(p, "cur/1:2,"));

	put(p, "new/2", "b", 1);
	p->conf.after = AFTER_MOVE;
	p->conf.move_to = "Done";
	start(p);
	(void)look(p, 9, NULL, NULL);
	mark(p, "2", RC_OK);
	assert_true(is_there(p, ".Done/cur/2:2,S"));
	assert_true(is_there(p, ".Done/new") && is_there(p, ".Done/tmp"));

	put(p, "new/3", "c", 1);
	(void)snprintf(other, sizeof(other), "%s/elsewhere", p->dir);
	p->conf.move_to = other;
	start(p);
	(void)look(p, 9, NULL, NULL);
	mark(p, "3", RC_OK);
	assert_true(is_there(p, "elsewhere/cur/3:2,S"));
}

static void
no_place_for_marked_mails(void **state)
{
	struct place	*p = *state;

	put(p, "new/1", "a", 1);
	put(p, "new/2", "b", 2);
	p->conf.after = AFTER_MOVE;
	p->conf.move_to = "/dev/null/Done";
	start(p);
	assert_string_equal(look(p, 9, NULL, NULL), "1=a;2=b;");
	mark(p, "1,2", RC_REFUSED);
	put(p, "new/3", "c", 3);
	assert_string_equal(look(p, 9, NULL, NULL), "3=c;");
	p->conf.move_to = "Done";
	mark(p, "1,../x,2,3", RC_REFUSED);
	assert_int_equal(count(p, "new"), 0);
	assert_int_equal(count(p, ".Done/cur"), 3);
}

static void
sizes(void **state)
{
	struct place	*p = *state;
	char		 text[CAP + 2];
	int		 missed;

	memset(text, 'x', sizeof(text));
	text[CAP + 1] = '\0';
	put(p, "new/2", text, 2);		/* one byte over */
	text[CAP] = '\0';
	put(p, "new/1", text, 1);
	put(p, "new/3", "", 3);			/* nothing: not a mail yet */
	start(p);
	(void)look(p, 9, NULL, &missed);
	assert_int_equal(missed, 1);
	assert_memory_equal(p->got.data, "1=xxx", 5);
	assert_non_null(strstr(p->got.data, ";2=(1001);"));
	assert_string_equal(p->uids.data, "1,2");
	assert_string_equal(mailbox_set_aside(p->box), "");
	(void)look(p, 9, NULL, &missed);
	(void)look(p, 9, NULL, &missed);
	assert_int_equal(missed, 1);
	assert_non_null(strstr(mailbox_set_aside(p->box), "3 set aside"));
	(void)look(p, 9, NULL, &missed);
	assert_string_equal(mailbox_set_aside(p->box), "");
}

static void
taken_by_another_program(void **state)
{
	struct place	*p = *state;
	char		 from[128], to[128];
	int		 missed;

	put(p, "new/1", "a", 1);
	put(p, "new/2", "b", 2);
	put(p, "new/3", "c", 3);
	start(p);
	assert_string_equal(look(p, 1, NULL, NULL), "1=a;");
	(void)snprintf(from, sizeof(from), "%s/new/2", p->dir);
	(void)snprintf(to, sizeof(to), "%s/cur/2:2,", p->dir);
	assert_int_equal(rename(from, to), 0);
	assert_string_equal(look(p, 9, NULL, &missed), "3=c;");
	assert_int_equal(missed, 0);
}

/* Whoever writes into new/ itself may go on after we have read. */
static void
append(struct place *p, const char *name, const char *text)
{
	int	fd = open(at(p, name), O_WRONLY | O_APPEND);

	assert_true(fd != -1);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(close(fd), 0);
}

static void
what_grew_is_given_whole(void **state)
{
	struct place	*p = *state;

	put(p, "new/1", "half", 1);
	put(p, "new/2", "b", 2);
	start(p);
	assert_string_equal(look(p, 9, NULL, NULL), "1=half;2=b;");
	append(p, "new/1", " and half");
	mark(p, "1,2", RC_OK);
	assert_true(is_there(p, "new/1") && is_there(p, "cur/2:2,S"));
	assert_string_equal(look(p, 9, NULL, NULL), "1=half and half;");
	mark(p, "1", RC_OK);
	assert_true(is_there(p, "cur/1:2,S"));
	/* one that an earlier life gave, and the desk wants to be marked */
	put(p, "new/3", "c", 3);
	mark(p, "3", RC_OK);
	assert_true(is_there(p, "new/3"));
	assert_string_equal(look(p, 9, NULL, NULL), "3=c;");
	mark(p, "3", RC_OK);
	assert_int_equal(count(p, "new"), 0);
}

/* Does this file system tell who writes? */
static int
has_leases(struct place *p)
{
	int	fd, has;

	put(p, "tmp/lease", "x", 1);
	fd = open(at(p, "tmp/lease"), O_RDONLY);
	has = fcntl(fd, F_SETLEASE, F_RDLCK) == 0;
	(void)fcntl(fd, F_SETLEASE, F_UNLCK);
	assert_int_equal(close(fd), 0);
	return has;
}

static void
what_is_being_written_can_wait(void **state)
{
	struct timespec	 long_ago[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
	struct place	*p = *state;
	struct err	 err;
	int64_t		 t;
	int		 fd, missed;

	if (!has_leases(p))
		skip();
	start(p);
	fd = open(at(p, "new/1"), O_CREAT | O_WRONLY, 0600);
	assert_true(fd != -1);
	assert_string_equal(look(p, 9, NULL, &missed), "");
	assert_int_equal(missed, 0);
	assert_int_equal(write(fd, "half", 4), 4);
	assert_string_equal(look(p, 9, NULL, NULL), "");
	t = clock_mono_ms();		/* and it is not forgotten */
	assert_int_equal(mailbox_wait(p->box, -1, 30000, &err), RC_OK);
	assert_true(clock_mono_ms() - t < 15000);
	assert_false(mailbox_woken(p->box));
	assert_int_equal(write(fd, " and half", 9), 9);
	assert_int_equal(close(fd), 0);
	assert_string_equal(look(p, 9, NULL, NULL), "1=half and half;");
	mark(p, "1", RC_OK);
	/* its writer stopped long ago: what is there is better than nothing */
	fd = open(at(p, "new/2"), O_CREAT | O_WRONLY, 0600);
	assert_true(fd != -1);
	assert_int_equal(write(fd, "half", 4), 4);
	assert_int_equal(futimens(fd, long_ago), 0);
	assert_string_equal(look(p, 9, NULL, NULL), "2=half;");
	assert_int_equal(close(fd), 0);
}

static void
nothing_is_replaced_by_its_name(void **state)
{
	struct place	*p = *state;
	char		 text[8] = "";
	int		 fd;

	put(p, "cur/1:2,S", "older", 1);
	put(p, "cur/2:2,RS", "older", 1);
	put(p, "new/1", "a", 1);
	put(p, "new/2:2,RS", "b", 2);
	start(p);
	assert_string_equal(look(p, 9, NULL, NULL), "1=a;2:2%2CRS=b;");
	mark(p, p->uids.data, RC_OK);
	assert_int_equal(count(p, "new"), 0);
	assert_int_equal(count(p, "cur"), 4);
	assert_true(is_there(p, "cur/1-2:2,S") && is_there(p, "cur/2-2:2,RS"));
	fd = open(at(p, "cur/1:2,S"), O_RDONLY);
	assert_int_equal(read(fd, text, 7), 5);
	assert_string_equal(text, "older");
	assert_int_equal(close(fd), 0);
}

static void
a_full_disk_keeps_the_mail(void **state)
{
	struct place	*p = *state;
	struct err	 err;
	int		 more, missed;

	put(p, "new/1", "a", 1);
	put(p, "new/2", "b", 2);
	start(p);
	p->stop_after = 1;
	assert_int_equal(mailbox_fetch(p->box, 0, 9, sink, p, &more, &missed,
	    &err), RC_BROKEN);
	assert_string_equal(err.text, "the disk is full");
	p->stop_after = -1;
	assert_string_equal(look(p, 9, NULL, NULL), "2=b;");
	assert_int_equal(count(p, "new"), 2);
}

static void
no_maildir(void **state)
{
	struct place	*p = *state;
	struct err	 err;

	p->conf.path = "/nonexistent/Maildir";
	assert_int_equal(mailbox_open(&p->conf, CAP, &p->box, &err), RC_AGAIN);
	assert_null(p->box);
	assert_non_null(strstr(err.text, "/nonexistent/Maildir"));
	p->conf.path = "/tmp";
	assert_int_equal(mailbox_open(&p->conf, CAP, &p->box, &err), RC_AGAIN);
	assert_non_null(strstr(err.text, "expected a Maildir"));
	p->conf.path = p->dir;
	start(p);
	assert_int_equal(rmdir(at(p, "new")), 0);
	assert_int_equal(mailbox_wait(p->box, -1, 0, &err), RC_AGAIN);
}

/* Somebody moves it aside and makes a new one: mail comes there now. */
static void
another_in_its_place(void **state)
{
	static const char *const sub[] = { "", "/new", "/cur", "/tmp" };
	struct place	*p = *state;
	struct err	 err;
	char		 path[256], cmd[256];

	start(p);
	assert_int_equal(mailbox_wait(p->box, -1, 0, &err), RC_OK);
	(void)snprintf(path, sizeof(path), "%s.old", p->dir);
	assert_int_equal(rename(p->dir, path), 0);
	assert_int_equal(mailbox_wait(p->box, -1, 0, &err), RC_AGAIN);
	for (size_t i = 0; i < sizeof(sub) / sizeof(sub[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", p->dir, sub[i]);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	assert_int_equal(mailbox_wait(p->box, -1, 0, &err), RC_AGAIN);
	put(p, "new/1", "a", 1);
	assert_int_equal(mailbox_reopen(p->box, &err), RC_OK);
	assert_string_equal(look(p, 9, NULL, NULL), "1=a;");
	assert_int_equal(mailbox_wait(p->box, -1, 0, &err), RC_OK);
	(void)snprintf(cmd, sizeof(cmd), "rm -rf '%s.old'", p->dir);
	assert_int_equal(system(cmd), 0);
}

static void
waiting(void **state)
{
	struct place	*p = *state;
	struct err	 err;
	char		 from[128], to[128];
	int64_t		 t;
	int		 fd, pipefd[2];

	assert_int_equal(pipe(pipefd), 0);
	start(p);
	t = clock_mono_ms();
	assert_int_equal(mailbox_wait(p->box, pipefd[0], 50, &err), RC_OK);
	assert_true(clock_mono_ms() - t >= 50);
	assert_false(mailbox_woken(p->box));
	/* a mail comes as deliverers bring it */
	put(p, "tmp/1", "a", 1);
	(void)snprintf(from, sizeof(from), "%s/tmp/1", p->dir);
	(void)snprintf(to, sizeof(to), "%s/new/1", p->dir);
	assert_int_equal(rename(from, to), 0);
	t = clock_mono_ms();
	assert_int_equal(mailbox_wait(p->box, pipefd[0], 10000, &err), RC_OK);
	assert_true(clock_mono_ms() - t < 5000);
	assert_false(mailbox_woken(p->box));
	/* and as Postfix and others do */
	put(p, "tmp/2", "b", 1);
	(void)snprintf(from, sizeof(from), "%s/tmp/2", p->dir);
	(void)snprintf(to, sizeof(to), "%s/new/2", p->dir);
	assert_int_equal(link(from, to), 0);
	assert_int_equal(unlink(from), 0);
	t = clock_mono_ms();
	assert_int_equal(mailbox_wait(p->box, pipefd[0], 10000, &err), RC_OK);
	assert_true(clock_mono_ms() - t < 5000);
	/* but what is only begun there is none */
	(void)snprintf(to, sizeof(to), "%s/new/3", p->dir);
	fd = open(to, O_CREAT | O_WRONLY, 0600);
	assert_int_equal(write(fd, "half", 4), 4);
	t = clock_mono_ms();
	assert_int_equal(mailbox_wait(p->box, pipefd[0], 200, &err), RC_OK);
	assert_true(clock_mono_ms() - t >= 200);
	assert_int_equal(close(fd), 0);
	assert_int_equal(mailbox_wait(p->box, pipefd[0], 10000, &err), RC_OK);
	t = clock_mono_ms();
	/* the desk speaks */
	assert_int_equal(write(pipefd[1], "x", 1), 1);
	assert_int_equal(mailbox_wait(p->box, pipefd[0], 10000, &err), RC_OK);
	assert_true(mailbox_woken(p->box));
	assert_true(clock_mono_ms() - t < 5000);
	(void)close(pipefd[0]);
	(void)close(pipefd[1]);
}

int
main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, open_place, close_place)
	const struct CMUnitTest tests[] = {
		T(oldest_first_and_only_mails),
		T(since_leaves_old_mails_alone),
		T(nothing_twice_and_nothing_lost),
		T(names_of_all_kinds),
		T(long_names),
		T(the_longest_names_are_cut),
		T(names_that_lead_away_are_refused),
		T(after_leave_and_after_move),
		T(no_place_for_marked_mails),
		T(sizes),
		T(taken_by_another_program),
		T(what_grew_is_given_whole),
		T(what_is_being_written_can_wait),
		T(nothing_is_replaced_by_its_name),
		T(a_full_disk_keeps_the_mail),
		T(no_maildir),
		T(another_in_its_place),
		T(waiting),
	};
#undef T

	return cmocka_run_group_tests(tests, NULL, NULL);
}
