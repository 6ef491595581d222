#include "store/schema.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

struct guard {
	const char	*table;
	unsigned	 what;
};

struct step {
	const char *const	*ddl;	/* ends with NULL */
	const struct guard	*guards; /* ends with table NULL */
};

/*
 * Times are UTC seconds, 0 or NULL what is not known.  Large bytes stand in
 * tables of their own, so that a change of state does not rewrite them and a
 * list does not read them.  Indexes are partial where a row is looked for
 * only in one state: what is settled costs nothing any more.
 */
static const char *const ddl1[] = {
	/* The ledger of what was seen, and what became of it. */
	"CREATE TABLE spool ("
	"  id {id},"
	"  mailbox TEXT NOT NULL,"
	"  uidvalidity {int} NOT NULL,"
	"  uid_num {int} NOT NULL,"	/* uid as a number, 0: none */
	"  uid TEXT NOT NULL,"
	"  arrived {int} NOT NULL,"
	"  stored_at {int} NOT NULL,"
	"  size {int} NOT NULL,"
	"  raw_len {int} NOT NULL,"	/* 0: not fetched */
	"  sha256 TEXT NOT NULL,"
	"  marked {int} NOT NULL DEFAULT 0,"
	"  attempts {int} NOT NULL DEFAULT 0,"
	"  disposition TEXT NOT NULL DEFAULT 'new',"
	"  incident {int} NOT NULL DEFAULT 0,"
	"  message_id TEXT,"
	"  body_sha256 TEXT,"
	"  from_addr TEXT,"
	"  subject TEXT,"
	"  why TEXT,"
	"  report TEXT"
	") {strict}",
	"CREATE UNIQUE INDEX spool_ledger ON spool"
	" (mailbox, uidvalidity, uid_num, uid, sha256)",
	"CREATE INDEX spool_unmarked ON spool (mailbox, uidvalidity, uid_num)"
	" WHERE marked = 0",
	"CREATE INDEX spool_new ON spool (id) WHERE disposition = 'new'",
	"CREATE INDEX spool_msgid ON spool (message_id)"
	" WHERE message_id IS NOT NULL",
	"CREATE INDEX spool_body ON spool (body_sha256)"
	" WHERE message_id IS NULL AND body_sha256 IS NOT NULL",
	"CREATE INDEX spool_from ON spool (from_addr, stored_at)"
	" WHERE from_addr IS NOT NULL",
	"CREATE INDEX spool_incident ON spool (incident)"
	" WHERE incident <> 0",

	"CREATE TABLE spool_raw ("
	"  mail {id} REFERENCES spool (id),"
	"  raw {blob} NOT NULL"
	") {strict}",

	"CREATE TABLE number ("		/* the last one given */
	"  series TEXT NOT NULL,"
	"  day {int} NOT NULL,"		/* yyyymmdd */
	"  n {int} NOT NULL,"
	"  PRIMARY KEY (series, day)"
	") {strict}",

	"CREATE TABLE incident ("
	"  id {id},"
	"  version {int} NOT NULL,"
	"  is_open {int} NOT NULL,"	/* follows from state */
	"  tracking TEXT NOT NULL,"
	"  policy TEXT,"
	"  policy_version {int} NOT NULL,"
	"  state TEXT NOT NULL,"
	"  level {int} NOT NULL,"
	"  category TEXT,"
	"  category_source TEXT,"
	"  drill {int} NOT NULL,"
	"  lang TEXT,"
	"  unit TEXT,"
	"  reporter_name TEXT,"
	"  reporter_addr TEXT,"
	"  reporter_cc TEXT,"
	"  subject TEXT,"
	"  summary TEXT,"
	"  verdict TEXT,"
	"  root_msgid TEXT,"
	"  created_at {int} NOT NULL,"
	"  received_at {int} NOT NULL,"
	"  occurred_at {int} NOT NULL,"
	"  reported_at {int} NOT NULL,"
	"  aware_at {int} NOT NULL,"
	"  first_action_at {int} NOT NULL,"
	"  level_set_at {int} NOT NULL,"
	"  external_sent_at {int} NOT NULL,"
	"  contained_at {int} NOT NULL,"
	"  recovered_at {int} NOT NULL,"
	"  final_report_at {int} NOT NULL,"
	"  closed_at {int} NOT NULL,"
	"  merged_into {int} NOT NULL,"
	"  revision {int} NOT NULL,"
	"  reported_level {int} NOT NULL,"
	"  pending TEXT,"
	"  extra TEXT"
	") {strict}",
	"CREATE UNIQUE INDEX incident_tracking ON incident (tracking)",
	"CREATE INDEX incident_open ON incident (level DESC, received_at)"
	" WHERE is_open = 1",

	"CREATE TABLE field ("		/* every value ever given */
	"  id {id},"
	"  incident {int} NOT NULL REFERENCES incident (id),"
	"  name TEXT NOT NULL,"
	"  by_role TEXT,"
	"  raw TEXT,"
	"  value TEXT,"
	"  by_addr TEXT,"
	"  mail {int} NOT NULL,"
	"  line {int} NOT NULL,"
	"  at {int} NOT NULL"
	") {strict}",
	"CREATE INDEX field_incident ON field (incident)",

	"CREATE TABLE deadline ("
	"  id {id},"
	"  incident {int} NOT NULL,"	/* 0: of the house */
	"  name TEXT NOT NULL,"
	"  from_at {int} NOT NULL,"
	"  due_at {int} NOT NULL,"
	"  next_at {int} NOT NULL,"
	"  fired {int} NOT NULL,"
	"  state TEXT NOT NULL,"
	"  owner TEXT,"
	"  ended_at {int} NOT NULL"
	") {strict}",
	"CREATE UNIQUE INDEX deadline_one ON deadline (incident, name)"
	" WHERE state = 'open'",
	"CREATE INDEX deadline_due ON deadline (next_at)"
	" WHERE state = 'open'",
	"CREATE INDEX deadline_incident ON deadline (incident)",

	"CREATE TABLE journal ("
	"  seq {id},"			/* 1, 2, 3 ... */
	"  at {int} NOT NULL,"
	"  incident {int} NOT NULL,"
	"  mail {int} NOT NULL,"
	"  tracking TEXT,"
	"  event TEXT,"
	"  actor TEXT,"
	"  role TEXT,"
	"  detail TEXT,"
	"  hash TEXT NOT NULL"
	") {strict}",
	"CREATE INDEX journal_incident ON journal (incident, seq)"
	" WHERE incident <> 0",

	/*
	 * due_at: not to be looked at before; NULL when there is nothing to
	 * do any more.  It is next_at, the end of the lease, or the time of
	 * the promise that must go first.
	 */
	"CREATE TABLE outbox ("
	"  id {id},"
	"  due_at {int},"
	"  incident {int} NOT NULL,"
	"  mail {int} NOT NULL,"
	"  duty TEXT,"
	"  channel TEXT NOT NULL,"
	"  role TEXT NOT NULL,"
	"  to_addr TEXT NOT NULL,"
	"  message_id TEXT,"
	"  subject TEXT,"
	"  revision {int} NOT NULL,"
	"  state TEXT NOT NULL,"
	"  attempts {int} NOT NULL,"
	"  created_at {int} NOT NULL,"
	"  next_at {int} NOT NULL,"
	"  lease_owner TEXT,"
	"  lease_until {int} NOT NULL,"
	"  settled_at {int} NOT NULL,"
	"  last TEXT,"
	"  unique_key TEXT"
	") {strict}",
	"CREATE INDEX outbox_due ON outbox (due_at)"
	" WHERE due_at IS NOT NULL",
	"CREATE INDEX outbox_order ON outbox"
	" (incident, to_addr, role, channel, id)"
	" WHERE due_at IS NOT NULL",
	"CREATE INDEX outbox_lease ON outbox (lease_owner)"
	" WHERE lease_owner IS NOT NULL",
	"CREATE INDEX outbox_msgid ON outbox (message_id)"
	" WHERE message_id IS NOT NULL",
	"CREATE INDEX outbox_incident ON outbox (incident)"
	" WHERE incident <> 0",
	"CREATE UNIQUE INDEX outbox_unique ON outbox (unique_key)"
	" WHERE unique_key IS NOT NULL",

	"CREATE TABLE outbox_content ("
	"  item {id} REFERENCES outbox (id),"
	"  content {blob} NOT NULL"
	") {strict}",

	"CREATE TABLE receipt ("
	"  id {id},"
	"  outbox {int} NOT NULL REFERENCES outbox (id),"
	"  at {int} NOT NULL,"
	"  kind TEXT,"
	"  result TEXT,"
	"  code {int} NOT NULL,"
	"  text TEXT,"
	"  peer TEXT,"
	"  remote_id TEXT,"
	"  tls TEXT,"
	"  attempt {int} NOT NULL"
	") {strict}",
	"CREATE INDEX receipt_outbox ON receipt (outbox)",

	"CREATE TABLE fact ("
	"  name TEXT NOT NULL PRIMARY KEY,"
	"  value TEXT"
	") {strict}",
	NULL
};

static const struct guard guards1[] = {
	{ "journal", DB_NO_UPDATE | DB_NO_DELETE },
	{ "spool_raw", DB_NO_UPDATE },
	{ NULL, 0 }
};

/* A policy that is edited in place: which of its texts an incident has. */
static const char *const ddl2[] = {
	"ALTER TABLE incident ADD COLUMN policy_text TEXT",
	NULL
};

/* What a mail said is written once and large, its row changes at every step. */
static const char *const ddl3[] = {
	"CREATE TABLE spool_report ("
	"  mail {id} REFERENCES spool (id),"
	"  report TEXT NOT NULL"
	") {strict}",
	"INSERT INTO spool_report (mail, report)"
	" SELECT id, report FROM spool WHERE report IS NOT NULL",
	"ALTER TABLE spool DROP COLUMN report",
	NULL
};

/* What came again after a loss is few, and counted by itself. */
static const char *const ddl4[] = {
	"CREATE INDEX spool_again ON spool (stored_at) WHERE marked = 2",
	NULL
};

static const struct guard no_guards[] = { { NULL, 0 } };

/* Step i leads from version i to version i + 1. */
static const struct step steps[] = {
	{ ddl1, guards1 },
	{ ddl2, no_guards },
	{ ddl3, no_guards },
	{ ddl4, no_guards },
};

int
schema_newest(void)
{
	return (int)COUNT(steps);
}

static enum rc
climb(struct db *db, int from, struct err *err)
{
	const struct step	*s = &steps[from];
	enum rc			 rc;

	rc = db_begin(db, err);
	for (size_t i = 0; rc == RC_OK && s->ddl[i] != NULL; i++)
		rc = db_ddl(db, s->ddl[i], err);
	for (size_t i = 0; rc == RC_OK && s->guards[i].table != NULL; i++)
		rc = db_guard(db, s->guards[i].table, s->guards[i].what, err);
	if (rc == RC_OK)
		rc = db_set_version(db, from + 1, err);
	if (rc == RC_OK)
		rc = db_commit(db, err);
	if (rc != RC_OK) {
		db_rollback(db);
		return err_prefix(err, rc == RC_AGAIN ? RC_AGAIN : RC_BROKEN,
		    "schema %d to %d", from, from + 1);
	}
	return RC_OK;
}

static enum rc
too_new(int version, struct err *err)
{
	return err_set(err, RC_BROKEN, "store: schema %d is newer than this "
	    "program, which knows %d; nothing was changed", version,
	    schema_newest());
}

enum rc
schema_migrate(struct db *db, int to, struct err *err)
{
	enum rc	rc;
	int	version;

	rc = db_version(db, &version, err);
	if (rc != RC_OK)
		return rc;
	if (version < 0 || version > schema_newest())
		return too_new(version, err);
	for (; rc == RC_OK && version < to; version++)
		rc = climb(db, version, err);
	return rc;
}

enum rc
schema_expect(struct db *db, struct err *err)
{
	enum rc	rc;
	int	version;

	rc = db_version(db, &version, err);
	if (rc != RC_OK || version == schema_newest())
		return rc;
	if (version > schema_newest())
		return too_new(version, err);
	return err_set(err, RC_BROKEN, "store: schema %d is older than this "
	    "program's %d; start tocsind once to bring it up", version,
	    schema_newest());
}

/* The table or index that a step makes; 0: it makes none. */
static int
name_made(const char *ddl, char *to, size_t size)
{
	static const char *const heads[] = {
		"CREATE TABLE ", "CREATE INDEX ", "CREATE UNIQUE INDEX "
	};

	for (size_t i = 0; i < COUNT(heads); i++) {
		size_t	n = strlen(heads[i]);

		if (strncmp(ddl, heads[i], n) != 0)
			continue;
		(void)snprintf(to, size, "%.*s", (int)strcspn(ddl + n, " ("),
		    ddl + n);
		return 1;
	}
	return 0;
}

static enum rc
step_whole(struct db *db, const struct step *s, struct err *err)
{
	char	name[64];
	enum rc	rc = RC_OK;
	int	is = 1;

	for (size_t i = 0; rc == RC_OK && s->ddl[i] != NULL; i++) {
		if (!name_made(s->ddl[i], name, sizeof(name)))
			continue;
		rc = db_has(db, name, &is, err);
		if (rc == RC_OK && !is)
			return err_set(err, RC_REFUSED, "store: %s is missing",
			    name);
	}
	for (size_t i = 0; rc == RC_OK && s->guards[i].table != NULL; i++) {
		rc = db_guarded(db, s->guards[i].table, s->guards[i].what, &is,
		    err);
		if (rc == RC_OK && !is)
			return err_set(err, RC_REFUSED, "store: what guards "
			    "the rows of %s is missing", s->guards[i].table);
	}
	return rc;
}

enum rc
schema_whole(struct db *db, struct err *err)
{
	enum rc	rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < COUNT(steps); i++)
		rc = step_whole(db, &steps[i], err);
	return rc;
}
