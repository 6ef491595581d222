#ifndef STORE_H
#define STORE_H

/*
 * store - everything that must survive, opened by the desk alone (and, for
 * reading, by the command).
 *
 * The domain files (spool, incidents, journal, outbox) speak portable SQL
 * through db.h; a driver fills db.h (SQLite here).  The caller holds a
 * transaction around every change: store_begin() .. store_commit(), and rolls
 * back unless everything in it answered RC_OK or a RC_REFUSED it expected.
 * Queries put what they find into the arena.  RC_BROKEN: stop taking work.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/hex.h"
#include "base/record.h"

struct store;

enum store_mode { STORE_READ, STORE_WRITE, STORE_MAKE };

/*
 * url is a file name or "sqlite:FILE".  STORE_WRITE migrates and takes the
 * writer's lock (RC_AGAIN when another process holds it); STORE_MAKE creates
 * one too, the others answer RC_REFUSED, and only then, when there is none.
 * RC_BROKEN when the schema is newer than this program.  A house opens its
 * store with known_open() (known.h).
 */
enum rc	store_open(const char *url, enum store_mode, struct store **,
	    struct err *);
void	store_close(struct store **);
enum rc	store_begin(struct store *, struct err *);
enum rc	store_commit(struct store *, struct err *);	/* durable: fsync */
void	store_rollback(struct store *);
/* A whole copy, which knows when it was made: the fact STORE_COPIED. */
#define STORE_COPIED	"copied"
enum rc	store_backup(struct store *, const char *file, int64_t now,
	    struct err *);
/* Database's own check: RC_REFUSED with the text of the first fault. */
enum rc	store_check(struct store *, struct err *);
/* Between two transactions, when no work is near: give memory back. */
void	store_rest(struct store *);
/* The disk failed it, or who else has the file, not (only) what was asked. */
int	store_ailing(const struct store *);
/*
 * Keep some room on the disk, and use it when the disk is full: what was sent
 * must be written down, or it is sent again at every start.  RC_BROKEN when
 * there is no room: then nothing may be sent.
 */
enum rc	store_hold_room(struct store *, struct err *);
void	store_use_room(struct store *);

/* --- spool.c: raw mails and the ledger of what was seen --- */

/*
 * Keep a mail: m->mailbox, uidvalidity, uid, arrived, size, raw, raw_len and
 * marked are taken, sha256 is computed, m->id is set.  attempts starts at 0.
 * RC_REFUSED: this (mailbox, uidvalidity, uid, sha256) is there; m->id is the
 * old one and m->marked its mark.
 */
enum rc	spool_add(struct store *, struct mail *, int64_t now, struct err *);
/* with_raw: also raw.  RC_REFUSED: no such mail. */
enum rc	spool_get(struct store *, int64_t id, int with_raw, struct arena *,
	    struct mail *, struct err *);
/* Count one more try of the reader, before it is given the mail. */
enum rc	spool_attempt(struct store *, int64_t id, struct err *);
/* We end without a fault of any mail: the last try of those that were not
 * read is not counted. */
enum rc	spool_untried(struct store *, struct err *);
/* The reader's result: message_id, body_sha256, from_addr, subject,
 * disposition, why, incident, and report (NULL: as it was). */
enum rc	spool_settle(struct store *, const struct mail *, struct err *);
enum rc	spool_marked(struct store *, const char *mailbox, int64_t uidvalidity,
	    const char *uid, struct err *);
/* It came again after a loss: MARK_FOUND, whatever the server shows. */
enum rc	spool_found(struct store *, int64_t id, struct err *);
/* Is any mail of (mailbox, validity) stored but not marked? */
enum rc	spool_left(struct store *, const char *mailbox, int64_t uidvalidity,
	    int *left, struct err *);
/* Highest numeric uid of (mailbox, validity), 0 when none; and the uids that
 * are stored but not marked, as "1,2,3" (at most 1000). */
enum rc	spool_known(struct store *, const char *mailbox, int64_t uidvalidity,
	    struct arena *, int64_t *last_uid, const char **unmarked,
	    struct err *);
/* All numeric uids of (mailbox, validity) as "1:3,7", for a mailbox where no
 * mark tells what was stored; "-" when that would be over 4 MB. */
enum rc	spool_ledger(struct store *, const char *mailbox, int64_t uidvalidity,
	    struct arena *, const char **set, struct err *);
/* Mails with disposition NEW behind mail `after` (those before are in hand),
 * oldest first, at most max, without raw. */
enum rc	spool_unread(struct store *, int64_t after, int max, struct arena *,
	    struct mail **, size_t *n, struct err *);
/* The bytes of a mail that was listed. */
enum rc	spool_bytes(struct store *, struct mail *, struct arena *,
	    struct err *);
/* An earlier mail (other id, not itself a duplicate) with this Message-ID
 * (may be NULL) and body hash, or 0 in *id. */
enum rc	spool_twin(struct store *, int64_t not_id, const char *message_id,
	    const char *body_sha256, const char *from_addr, int64_t *id,
	    int64_t *incident, struct err *);
/* For `tocsin mail`: newest first; disposition DISP_N for all. */
enum rc	spool_list(struct store *, enum disposition, int64_t incident, int max,
	    struct arena *, struct mail **, size_t *n, struct err *);
/* Re-hash every raw mail; calls bad() for each that differs. */
enum rc	spool_verify(struct store *, void (*bad)(void *, int64_t id,
	    const char *want, const char *got), void *, int64_t *count,
	    struct err *);
/* Mails kept from one sender since a time: those that came again (MARK_FOUND)
 * or the others, each counted by themselves, up to most. */
struct spool_from {
	const char	*addr;
	int64_t		 since;		/* stored then or later, UTC */
	int		 again;
	int		 most;
};
enum rc	spool_count_from(struct store *, const struct spool_from *,
	    int64_t *count, struct err *);
/* Those of them that opened an incident. */
enum rc	spool_reports_from(struct store *, const struct spool_from *,
	    int64_t *count, struct err *);
/* Of all senders' that came again those that opened one, up to most. */
enum rc	spool_reports_again(struct store *, int64_t since, int most,
	    int64_t *count, struct err *);

/* --- incidents.c --- */

/* The next number of a day above floor: 1, 2, ...; day is yyyymmdd, series
 * "CSI". */
enum rc	incident_number(struct store *, const char *series, int day, int floor,
	    int *n, struct err *);
/* id 0: insert and set id.  Else update if version is still the same
 * (RC_AGAIN when not); version grows. */
enum rc	incident_put(struct store *, struct incident *, struct err *);
enum rc	incident_get(struct store *, int64_t id, struct arena *,
	    struct incident *, struct err *);		/* RC_REFUSED: none */
enum rc	incident_find(struct store *, const char *tracking, struct arena *,
	    struct incident *, struct err *);		/* RC_REFUSED: none */
/* The newest incident, or drill, that began at that time, of those to which one
 * of the sender's last mails since then belongs; NULL: none. */
enum rc	incident_alike(struct store *, const char *from_addr, int64_t since,
	    int64_t occurred_at, int drill, struct arena *,
	    const char **tracking, struct err *);
/* By the Message-ID of a mail in the spool or in the outbox. 0: none. */
enum rc	incident_by_msgid(struct store *, const char *message_id, int64_t *id,
	    struct err *);
/* R15: level desc, category rank is the caller's, then age.  open_only: not
 * closed, false_alarm, merged. */
enum rc	incident_list(struct store *, int open_only, int max, struct arena *,
	    struct incident **, size_t *n, struct err *);
/* When the n-th last one was opened; 0: there are fewer. */
enum rc	incident_opened(struct store *, int n, int64_t *at, struct err *);
/* Those that were merged into it, the oldest first. */
enum rc	incident_parts(struct store *, int64_t id, struct arena *,
	    struct incident **, size_t *n, struct err *);
enum rc	field_put(struct store *, int64_t incident,
	    const struct incident_field *, struct err *);
/* All values of an incident ever given; and the SHA-256 over `count` of them,
 * the first being number `from` (0 is the oldest), as the journal seals them
 * (doc/journal.md). */
enum rc	field_count(struct store *, int64_t incident, int64_t *, struct err *);
enum rc	field_seal(struct store *, int64_t incident, int64_t from,
	    int64_t count, char hex[SHA256_HEX], struct err *);
/* The same over n values that were put, in that order, without reading them. */
enum rc	field_seal_of(const struct incident_field *, size_t n,
	    char hex[SHA256_HEX], struct err *);
/* The last value of each (name, by_role), oldest first. */
enum rc	field_list(struct store *, int64_t incident, struct arena *,
	    struct incident_field **, size_t *n, struct err *);

/* id 0: insert (an open one of the same incident and name is replaced) and
 * set id; else update. */
enum rc	deadline_put(struct store *, struct deadline *, struct err *);
enum rc	deadline_list(struct store *, int64_t incident, struct arena *,
	    struct deadline **, size_t *n, struct err *);
/* The open one of that name. 0: none. */
enum rc	deadline_id(struct store *, int64_t incident, const char *name,
	    int64_t *id, struct err *);
/* Open ones with next_at <= now, oldest first, at most max. */
enum rc	deadline_due(struct store *, int64_t now, int max, struct arena *,
	    struct deadline **, size_t *n, struct err *);
/* When the next open one is due; 0: none. */
enum rc	deadline_next(struct store *, int64_t *at, struct err *);

/* --- journal.c: append-only, hash-chained --- */

/* at, incident, tracking, event, actor, role, mail, detail are taken; seq and
 * hash are made.  hash = SHA-256 over the previous hash and the row's fields,
 * each length-prefixed (doc/journal.md). */
enum rc	journal_add(struct store *, struct journal_row *, struct err *);
/* When the newest row was written; 0: none. */
enum rc	journal_last(struct store *, int64_t *at, struct err *);
/* The latest time in its last thousand rows: after now, if a clock was ahead
 * when they were written. */
enum rc	journal_latest(struct store *, int64_t *at, struct err *);
enum rc	journal_list(struct store *, int64_t incident /* 0: all */,
	    int64_t from_seq, int max, struct arena *, struct journal_row **,
	    size_t *n, struct err *);
/* The incident of the newest row of an event with this detail; 0: none. */
enum rc	journal_incident(struct store *, const char *event,
	    const char *detail, int64_t *incident, struct err *);
/* Walk the chain: RC_OK and *count, or RC_REFUSED naming the first bad row. */
enum rc	journal_verify(struct store *, int64_t *count, struct err *);

/* --- outbox.c: promises and receipts --- */

/* Adds in state WAITING, sets id.  RC_REFUSED: unique_key is taken. */
enum rc	outbox_add(struct store *, struct outbox_item *, int64_t now,
	    struct err *);
/*
 * Lease up to max items of a channel that are due (WAITING/DELAYED, next_at <= now, or
 * IN_HAND with an expired lease), oldest first, and only the oldest
 * unsettled one per (incident, role, to_addr, channel), so that order is
 * kept.  They become IN_HAND.  Content included.  One that is DELAYED with
 * settled_at was taken: the receiver's side only told of a delay.
 */
enum rc	outbox_claim(struct store *, enum channel_kind, const char *owner,
	    int64_t now, int64_t until, int max, struct arena *,
	    struct outbox_item **, size_t *n, struct err *);
/*
 * Evidence alone (duty "evidence"): it is large, so it goes when nothing else
 * waits.  It keeps its place behind what was promised before it, but nothing
 * waits behind it.
 */
enum rc	outbox_claim_evidence(struct store *, const char *owner, int64_t now,
	    int64_t until, int max, struct arena *, struct outbox_item **,
	    size_t *n, struct err *);
/* Write state, attempts, next_at, last, settled_at and drop the lease; a
 * receipt row too when not NULL. */
enum rc	outbox_settle(struct store *, const struct outbox_item *,
	    const struct receipt *, struct err *);
/* All leases of an owner that died (NULL: of everybody): back to WAITING.  An
 * attempt is counted for the one that was begun; 0: who knows, for each. */
enum rc	outbox_release(struct store *, const char *owner, int64_t begun,
	    struct err *);
/* An owner that lives: those of its leases that ended hold until `until`. */
enum rc	outbox_renew(struct store *, const char *owner, int64_t now,
	    int64_t until, struct err *);
enum rc	outbox_get(struct store *, int64_t id, int with_content,
	    struct arena *, struct outbox_item *, struct err *);
enum rc	outbox_by_msgid(struct store *, const char *message_id, struct arena *,
	    struct outbox_item *, struct err *);	/* RC_REFUSED: none */
enum rc	outbox_by_key(struct store *, const char *unique_key, struct arena *,
	    struct outbox_item *, struct err *);	/* RC_REFUSED: none */
/* By what stands between the token and the '@' of its Message-ID. */
enum rc	outbox_by_envid(struct store *, const char *envid, struct arena *,
	    struct outbox_item *, struct err *);	/* RC_REFUSED: none */
/*
 * A destination rests: what waits for it is not looked at before `until`,
 * but what was promised at or before `born`, which is due now and must be
 * given up.  role NULL: every role.  next_at stays what it was.
 */
enum rc	outbox_rest(struct store *, enum channel_kind, const char *role,
	    int64_t until, int64_t born, struct err *);
/*
 * What was put off by a clock that was ahead of this one is due now: nobody
 * knows when it was to be.  Newest receipts, else promises, after `now`.
 */
enum rc	outbox_clock_back(struct store *, int64_t now, struct err *);
/* It works again: what waits is due when it was. */
enum rc	outbox_wake(struct store *, enum channel_kind, const char *role,
	    struct err *);
/* When the oldest promise that still waits was made; 0: none. */
enum rc	outbox_oldest(struct store *, int64_t *created_at, struct err *);
/* incident 0: all; state OUT_NSTATES: all, -1 in max: no limit; newest last. */
enum rc	outbox_list(struct store *, int64_t incident, enum outbox_state,
	    int max, struct arena *, struct outbox_item **, size_t *n,
	    struct err *);
enum rc	outbox_next(struct store *, int64_t *at, struct err *);	/* 0: none */
enum rc	receipt_add(struct store *, const struct receipt *, struct err *);
enum rc	receipt_list(struct store *, int64_t outbox, struct arena *,
	    struct receipt **, size_t *n, struct err *);
/* Tries of which nobody knows whether they were taken. */
enum rc	receipts_unknown(struct store *, int64_t outbox, int *n, struct err *);

/* --- small facts of the house, by name (last canary, alarms told ...) --- */
enum rc	fact_put(struct store *, const char *name, const char *value,
	    struct err *);
/* One, and all whose names begin so and that hold this value. */
enum rc	fact_drop(struct store *, const char *name, struct err *);
enum rc	fact_drop_all(struct store *, const char *begin, const char *value,
	    struct err *);
/* NULL in *value when there is none. */
enum rc	fact_get(struct store *, const char *name, struct arena *,
	    const char **value, struct err *);

#endif
