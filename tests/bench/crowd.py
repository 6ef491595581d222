"""A store with many incidents, made by copying one that was really reported:
what a daemon meets after years, without the years."""

import sqlite3
from datetime import timedelta

from story import TEAM_REPLY, annex1, answer
from world import PEOPLE, MaildirWorld, now

# Copies of the first incident.
INCIDENTS = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {n})
INSERT INTO incident ({cols}, tracking)
  SELECT {cols}, 'CSI-20200101-' || (10000 + n.i) FROM incident, n
  WHERE incident.id = 1;
"""
# Five open deadlines for each copy, all of them far away.
DEADLINES = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5)
INSERT INTO deadline (incident, name, from_at, due_at, next_at, fired, state,
  owner, ended_at)
  SELECT incident.id, 'crowd' || n.i, 0, {due}, {due} + incident.id, 0, 'open',
  'team', 0 FROM incident, n WHERE incident.id > 1;
"""
# One promise of the first incident, promised again for each copy.
PROMISES = """
INSERT INTO outbox ({cols}, incident, message_id, state, attempts, due_at,
  next_at, settled_at, lease_until)
  SELECT {from_cols}, incident.id, 'crowd-' || outbox.id || '.' || incident.id ||
  '@bench.example', 'waiting', 0, 1, 1, 0, 0
  FROM outbox, incident WHERE outbox.id = {item} AND incident.id > 1
  ORDER BY incident.id;
INSERT INTO outbox_content (item, content)
  SELECT outbox.id, c.content FROM outbox, outbox_content c
  WHERE c.item = {item} AND outbox.message_id LIKE 'crowd-{item}.%';
"""
UNLIKE = ("id", "tracking", "incident", "message_id", "state", "attempts",
          "due_at", "next_at", "settled_at", "lease_until", "lease_owner",
          "unique_key", "last")


def columns(db, table):
    return ", ".join(c[1] for c in db.execute(f"PRAGMA table_info({table})")
                     if c[1] not in (UNLIKE if table == "outbox" else
                                     ("id", "tracking")))


def database(w):
    return sqlite3.connect(f"{w.dir}/state/tocsin.db")


def one_incident(where, escalated=False):
    """(world, time) with one incident, at level 3 and reported on demand."""
    w = MaildirWorld(where)
    t = now() - timedelta(minutes=2)
    w.deliver(annex1("staff@agency.example", "王小明",
                     t - timedelta(minutes=10), t), t)
    w.run(t)
    if escalated:
        w.deliver(answer(w.box(PEOPLE["team"])[0], PEOPLE["team"], "許建國",
                         TEAM_REPLY, t), t)
        w.run(t + timedelta(minutes=1))
    return w, t


def crowd(where, incidents):
    """One real incident, and copies with five far deadlines each."""
    w, t = one_incident(where)
    db = database(w)
    db.executescript(INCIDENTS.format(n=incidents,
                                      cols=columns(db, "incident")))
    db.executescript(DEADLINES.format(
        due=int(t.timestamp()) + 10 * 365 * 86400))
    db.commit()
    db.close()
    return w, t


def promise_again(w, n, **which):
    """n copies of the first incident, with a promise each that is like the
    first one of duty, role, channel as given."""
    db = database(w)
    if db.execute("SELECT count(*) FROM incident").fetchone()[0] == 1:
        db.executescript(INCIDENTS.format(n=n, cols=columns(db, "incident")))
    where = " AND ".join(f"{k} = '{v}'" for k, v in which.items())
    (item,) = db.execute("SELECT min(id) FROM outbox WHERE " + where
                         ).fetchone()
    cols = columns(db, "outbox")
    db.executescript(PROMISES.format(
        item=item, cols=cols, from_cols=cols.replace(" ", " outbox.").join(
            ("outbox.", ""))))
    db.commit()
    db.close()
