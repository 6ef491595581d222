#include "store_fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

int
fixture_open(void **state)
{
	struct fixture	*f = xcalloc(1, sizeof(*f));
	struct err	 err;

	/* In memory where possible: thousands of syncs would take minutes. */
	(void)snprintf(f->dir, sizeof(f->dir), "%s/tocsin-store-XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (mkdtemp(f->dir) == NULL)
		return -1;
	(void)snprintf(f->file, sizeof(f->file), "%s/t.db", f->dir);
	f->a = arena_new();
	*state = f;
	if (store_open(f->file, STORE_MAKE, &f->s, &err) != RC_OK) {
		(void)fprintf(stderr, "%s\n", err.text);
		return -1;
	}
	return 0;
}

int
fixture_close(void **state)
{
	struct fixture	*f = *state;
	struct dirent	*e;
	char		 name[512];
	DIR		*d;

	store_close(&f->s);
	d = opendir(f->dir);
	while (d != NULL && (e = readdir(d)) != NULL) {
		(void)snprintf(name, sizeof(name), "%s/%s", f->dir,
		    e->d_name);
		(void)unlink(name);
	}
	if (d != NULL)
		(void)closedir(d);
	(void)rmdir(f->dir);
	arena_free(&f->a);
	free(f);
	return 0;
}

void
fixture_shut(struct fixture *f)
{
	store_close(&f->s);
}

void
fixture_reopen(struct fixture *f)
{
	struct err	err;

	store_close(&f->s);
	OK(store_open(f->file, STORE_MAKE, &f->s, &err));
}

static int
first_number(void *to, int n, char **v, char **names)
{
	int64_t	*out = to;

	(void)names;
	if (n > 0 && v[0] != NULL)
		*out = strtoll(v[0], NULL, 10);
	return 0;
}

int64_t
fixture_sql(const struct fixture *f, const char *sql)
{
	sqlite3	*db;
	int64_t	 v = 0;
	char	*why = NULL;

	if (sqlite3_open(f->file, &db) != SQLITE_OK)
		fail_msg("%s: %s", f->file, sqlite3_errmsg(db));
	if (sqlite3_exec(db, sql, first_number, &v, &why) != SQLITE_OK)
		fail_msg("%s: %s", sql, why);
	(void)sqlite3_close(db);
	return v;
}

int64_t
fixture_mail(struct store *s, int n)
{
	char		uid[16], raw[64];
	struct mail	m = {
		.mailbox = "main", .uidvalidity = 7, .uid = uid,
		.arrived = 1000, .size = 100, .raw = raw
	};
	struct err	err;

	(void)snprintf(uid, sizeof(uid), "%d", n);
	(void)snprintf(raw, sizeof(raw), "Subject: %d\r\n\r\nhello\r\n", n);
	m.raw_len = strlen(raw);
	OK(spool_add(s, &m, 2000 + n, &err));
	return m.id;
}

int64_t
fixture_incident(struct store *s, int n)
{
	char		tracking[32];
	struct incident	in = { .tracking = tracking, .received_at = 1000 };
	struct err	err;

	(void)snprintf(tracking, sizeof(tracking), "CSI-%d", n);
	OK(incident_put(s, &in, &err));
	return in.id;
}
