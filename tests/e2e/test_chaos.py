"""The six promises in a storm (chaos.py), for a few seeds.

TOCSIN_CHAOS_SEEDS="5 6 7" or "100-120" runs those instead, and
TOCSIN_CHAOS_SECONDS lets each storm last longer.  Odd seeds speak TLS; even
ones do not, so that faults can strike at words of the dialogue.
"""

import collections
import os
import re
import time
from pathlib import Path

import pytest

import postfix
from chaos import ChaosWorld, Storm
from servers import wait_for
from world import maildir_mails

SECONDS = float(os.environ.get("TOCSIN_CHAOS_SECONDS", "6"))
SAYS_MOST = 40                  # times one fact may be told in a run


def seeds():
    got = []
    for word in os.environ.get("TOCSIN_CHAOS_SEEDS", "1 2").split():
        first, _, last = word.partition("-")
        got += range(int(first), int(last or first) + 1)
    return got


def mails_are_kept(w, storm):
    """Byte for byte, once for each arrival, each with one disposition."""
    rows = w.rows("SELECT s.mailbox, s.uidvalidity, s.sha256, s.disposition,"
                  " s.message_id, r.raw FROM spool s"
                  " JOIN spool_raw r ON r.mail = s.id")
    copies = collections.Counter((r[0], r[1], r[2]) for r in rows)
    # A server that lost its list of UIDs gives all mails new ones.
    lives = 1 + storm.done["validity"]
    for (box, _, sha), n in copies.items():
        if sha not in storm.raw:
            continue            # the relay's: what became of our mails
        assert n <= lives * storm.arrived[box, sha], (box, sha, n, w.rows(
            "SELECT id, uidvalidity, uid, disposition FROM spool"
            " WHERE sha256 = ?", sha), storm.done)
    for _, _, sha, what, _, raw in rows:
        if sha not in storm.raw:
            assert b"<MAILER-DAEMON@" in raw, raw[:400]
            assert what in ("bounce", "duplicate"), what
        else:
            assert raw == storm.raw[sha], sha
    boxes = {(r[0], r[2]) for r in rows}
    lost = {sha for box, sha in storm.arrived} - {sha for _, sha in boxes}
    assert not lost
    assert w.rows("SELECT count(*) FROM spool")[0][0] == len(rows)
    by_ident = collections.defaultdict(list)
    for r in rows:
        by_ident[r[4]].append(r[3])
    return by_ident


def effects_are_single(w, storm, by_ident):
    reports = w.rows("SELECT root_msgid, tracking, level, state FROM incident")
    roots = collections.Counter(r[0] for r in reports)
    assert all(n == 1 for n in roots.values()), roots.most_common(3)
    poison = 0
    for ident, kind in storm.kind.items():
        if ident not in by_ident:
            continue            # made, but the storm was over
        got = collections.Counter(by_ident[ident])
        got.pop("duplicate", 0)
        assert sum(got.values()) == 1, (ident, kind, by_ident[ident])
        what, = got
        if what == "poison":
            poison += 1
        elif kind == "ooo":
            assert what == "automatic", (ident, what)
        elif kind != "boundary":
            assert what == "report" and roots[ident] == 1, (ident, what)
    assert poison <= storm.done["reader"] + storm.done["desk"]
    bounces = [d for i, ds in by_ident.items() if i and ".b." in i
               for d in ds]
    assert set(bounces) <= {"bounce", "automatic", "duplicate"}, bounces
    for _, tracking, level, state in reports:
        ident = storm.replied.get(tracking)
        if ident is None or "update" not in by_ident.get(ident, ()):
            assert level == 0 and state == "received", (tracking, level)
            continue
        assert by_ident[ident].count("update") == 1
        assert (level, state) == (3, "in_progress"), (tracking, level, state)
    twice = w.rows("SELECT tracking, event, detail, count(*) FROM journal"
                   " WHERE event IN ('level', 'state', 'opened')"
                   " GROUP BY 1, 2, 3 HAVING count(*) > 1")
    assert twice == []


def promises_are_kept(w):
    """What was promised came, and nothing else; copies have one name."""
    rows = w.rows("SELECT id, mail, duty, channel, to_addr, message_id,"
                  " state, role, last, attempts FROM outbox")
    bad = [r for r in rows if r[6] != "accepted"]
    assert bad == [], bad[:5]
    idents = collections.Counter(r[5] for r in rows)
    assert all(n == 1 for n in idents.values())
    promised = {(r[4], r[5]): r[9] for r in rows if r[3] == "smtp"}
    there = collections.Counter()
    root = w.dovecot.dir / "mail"
    for addr in {a for a, _ in promised} | {d.name for d in root.iterdir()}:
        if addr.startswith(("incident@", "duty@")):
            continue
        for m in maildir_mails(root / addr / "Maildir"):
            there[addr, str(m["Message-ID"])] += 1
    missing = set(promised) - set(there)
    assert not missing, sorted(missing)[:5]
    unasked = set(there) - set(promised)
    assert not unasked, sorted(unasked)[:5]
    often = {k: (n, promised[k]) for k, n in there.items() if n > promised[k]}
    assert not often, f"more copies than tries: {often}"
    copies = sum(there.values()) - len(there)
    posts = {}
    for path, head, body, status in w.receiver.posts:
        key = head["Idempotency-Key"]
        assert posts.setdefault(key, body) == body, key
    assert set(posts) == {r[5] for r in rows if r[3] == "http"}
    silent = w.rows("SELECT o.id FROM outbox o JOIN spool s ON s.id = o.mail"
                    " WHERE s.disposition IN ('automatic', 'bounce')")
    assert silent == []
    return copies


def cpu(pid):
    f = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(f[11]) + int(f[12])) / os.sysconf("SC_CLK_TCK")


def it_is_quiet(w, storm):
    """Idle costs nothing, nothing leaks, the broken mailbox is let rest."""
    pid = storm.boss.proc.pid
    wait_for(lambda: len(storm.boss.children()) == 6, 70, "a child is missing")
    there = storm.boss.children()
    assert not [c for c in there if c[1].startswith("Z")], there
    all_of_them = [pid] + [int(c[0]) for c in there]
    before = sum(map(cpu, all_of_them))
    refused = len(w.proxies["broken"].connected)
    time.sleep(2)
    assert sum(map(cpu, all_of_them)) - before < 0.5
    assert len(w.proxies["broken"].connected) - refused <= 2
    for p in all_of_them:
        fds = os.listdir(f"/proc/{p}/fd")
        assert len(fds) < 40, (p, len(fds))


def log_is_short(w):
    text = (w.dir / "live.log").read_text(errors="replace")
    assert "Sanitizer" not in text and "runtime error" not in text
    said = collections.Counter(
        re.sub(r"[0-9]+", "N", line) for line in text.splitlines()
        if " deliver: " not in line)
    for line, n in said.items():
        if "desk:" in line or "child:" in line or "confine:" in line:
            continue            # as often as it was started or killed
        assert n < SAYS_MOST * SECONDS, (n, line)
    return said


@pytest.mark.skipif(not postfix.available(), reason="Postfix needs root")
@pytest.mark.parametrize("seed", seeds())
def test_storm(tmp_path, seed):
    w = ChaosWorld(tmp_path / "town", seed, tls=seed % 2 == 1)
    storm = Storm(w, seed, SECONDS)
    try:
        storm.rage()
        storm.settle()
        it_is_quiet(w, storm)
        assert storm.boss.stop() == 0
        assert w.tocsin("verify")
        by_ident = mails_are_kept(w, storm)
        effects_are_single(w, storm, by_ident)
        copies = promises_are_kept(w)
        log_is_short(w)
        cases = w.rows("SELECT level FROM incident")
        assert len(cases) > 3
        print(f"\nseed {seed}: {sum(storm.arrived.values())} mails, "
              f"{len(cases)} incidents, {cases.count((3,))} assessed, "
              f"{copies} second copies, {dict(storm.done)}, "
              f"ends {dict(storm.boss.ends)}, faults "
              f"{ {k: len(p.hits) for k, p in w.proxies.items()} }")
    finally:
        if storm.boss is not None and storm.boss.proc.poll() is None:
            storm.boss.stop()
        w.stop()
