"""Killed at every step between two durable acts, and resumed.

The story is played once undisturbed.  Before each of its runs the town is
copied; then the run is killed at its first fault step, resumed, and compared
with the undisturbed one; then at its second, and so on until a run ends by
itself.  Store, mailboxes and wire must be equal.  The one exception that is
promised: a receiver may hold a second copy with the same Message-ID or
idempotency key.

Needs a build with --enable-faults.
"""

import os
import re
import shutil
import signal
import sqlite3
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

import postfix                                          # noqa: E402
from smtp_script import SmtpScript                      # noqa: E402
from story import raw_mail, tell                        # noqa: E402
from test_courier_live import dsn                       # noqa: E402
from test_evidence import (ALL, attached, png, policy,  # noqa: E402
                           with_files)
from town import REASONS, RECOVERED, Town               # noqa: E402
from world import (AGENCY, PEOPLE, TAIPEI, MaildirWorld,  # noqa: E402
                   ServerWorld, body_of, now)

STEPS_MAX = 2000
# The lives beside the story die at one step in so many, each run beginning at
# another, so that all places are met: TOCSIN_CRASH_STRIDE=1 for every step.
STRIDE = int(os.environ.get("TOCSIN_CRASH_STRIDE", "4"))
PLACES = {"intake-fetched", "intake-marked", "desk-before-commit",
          "desk-after-commit", "courier-sent", "store-made"}
CONTACT = f"jiyao@{AGENCY}"                   # of the town's one unit
# Ids of rows, versions and tries differ by nature after a death.
QUERIES = {
    "incident": "SELECT tracking, state, level, category, unit, reporter_addr,"
    " verdict, root_msgid, created_at, received_at, occurred_at, level_set_at,"
    " external_sent_at, recovered_at, closed_at, revision, pending"
    " FROM incident",
    "field": "SELECT i.tracking, f.name, f.by_role, f.raw, f.value, f.line,"
    " f.at FROM field f JOIN incident i ON i.id = f.incident",
    "deadline": "SELECT i.tracking, d.name, d.from_at, d.due_at, d.next_at,"
    " d.fired, d.state FROM deadline d JOIN incident i ON i.id = d.incident",
    "journal": "SELECT tracking, event, role, at FROM journal",
    "outbox": "SELECT duty, channel, role, to_addr, subject, revision, state"
    " FROM outbox",
    "fact": "SELECT name FROM fact",
    "spool": "SELECT mailbox, message_id, disposition, marked, size FROM spool",
}


def store_of(world):
    db = sqlite3.connect(f"file:{world.dir}/state/tocsin.db?mode=ro", uri=True)
    try:
        return {name: Counter(db.execute(sql)) for name, sql in QUERIES.items()}
    finally:
        db.close()


def mailboxes_of(world):
    """What each person holds; copies with one Message-ID count once."""
    got = {}
    for addr in (*PEOPLE.values(), CONTACT):
        mails = {}
        for m in world.box(addr):
            other = mails.setdefault(m["Message-ID"], m)
            assert body_of(other) == body_of(m), m["Message-ID"]
        got[addr] = Counter(m["Subject"] for m in mails.values())
    return got


def picture(world):
    return {
        "store": store_of(world),
        "mailboxes": mailboxes_of(world),
        "posts": {k: d["tracking"]
                  for k, d in world.receiver.documents().items()},
        "inbox": {sub: sum(1 for _ in (world.inbox / sub).iterdir())
                  for sub in ("new", "cur")},
    }


def different(want, got, where=""):
    if want == got:
        return []
    if isinstance(want, Counter):
        return [f"{where}: missing {want - got}, too much {got - want}"]
    if isinstance(want, dict):
        return [line for k in sorted(set(want) | set(got))
                for line in different(want.get(k), got.get(k), f"{where}/{k}")]
    return [f"{where}: want {want}, got {got}"]


class Snapshot:
    """The town's files and what the HTTP receiver knows."""

    def __init__(self, world, to):
        self.world, self.to = world, Path(to)
        shutil.rmtree(self.to, ignore_errors=True)
        self.parts = [p for p in ("state", "inbox", "delivered")
                      if (world.dir / p).exists()]
        for p in self.parts:
            shutil.copytree(world.dir / p, self.to / p, symlinks=True,
                            ignore=shutil.ignore_patterns("*.sock"))
        self.posts = list(world.receiver.posts)
        self.cases = dict(world.receiver.cases)

    def restore(self):
        for p in ("state", "inbox", "delivered"):
            shutil.rmtree(self.world.dir / p, ignore_errors=True)
        for p in self.parts:
            shutil.copytree(self.to / p, self.world.dir / p, symlinks=True)
        self.world.receiver.posts[:] = self.posts
        self.world.receiver.cases.clear()
        self.world.receiver.cases.update(self.cases)


def has_faults(world):
    p = world.run(check=False, env={"TOCSIN_FAULT_STEP": "1"})
    return p.returncode == -signal.SIGKILL


def dying(step):
    """The environment of a run that will die at this step: what it leaves is
    no leak, and a leak checker that is killed in the middle says so aloud."""
    options = os.environ.get("ASAN_OPTIONS", "")
    return {"TOCSIN_FAULT_STEP": str(step),
            "ASAN_OPTIONS": f"{options}:detect_leaks=0".lstrip(":")}


class Killer:
    """Runs a town's daemon so that each run dies at each of its steps; or
    only at one in `stride`, each run beginning at another."""

    def __init__(self, world, where, run, stride=1):
        self.world, self.run, self.where = world, run, where
        self.stride, self.runs = stride, 0
        self.kills = 0
        self.places = set()

    def __call__(self, at):
        world, run = self.world, self.run
        before = Snapshot(world, self.where / "before")
        run(at)
        want = picture(world)
        after = Snapshot(world, self.where / "after")
        first = 1 + self.runs % self.stride
        self.runs += 1
        for step in range(first, STEPS_MAX, self.stride):
            before.restore()
            p = run(at, check=False, env=dying(step))
            if p.returncode == 0:
                break
            where = p.stderr.decode().split("fault: ")[-1].splitlines()[0]
            assert p.returncode == -signal.SIGKILL, p.stderr.decode()[-3000:]
            self.kills += 1
            self.places.add(where.split("at=")[-1])
            run(at)
            diff = different(want, picture(world))
            assert diff == [], (at, where, diff)
            run(at)                 # once more, idle
            diff = different(want, picture(world))
            assert diff == [], ("idle", at, where, diff)
        after.restore()


def test_killed_at_every_step(tmp_path):
    world = MaildirWorld(tmp_path / "town")
    run = Killer(world, tmp_path, world.run)
    try:
        if not has_faults(world):
            pytest.skip("built without --enable-faults")
        shutil.rmtree(world.dir / "state")
        tell(world, now(), lambda *unused: None, run)
    finally:
        world.stop()
    print(f"{run.kills} deaths survived")
    assert run.kills > 50


class DyingTown(Town):
    """A town where every run dies again and again."""

    stride = STRIDE

    def __init__(self, where, *lines, **more):
        super().__init__(where / "town", *lines, **more)
        if not has_faults(self):
            pytest.skip("built without --enable-faults")
        shutil.rmtree(self.dir / "state")
        self.killer = Killer(self, where, super().run, self.stride)

    def run(self, at=None, **more):
        if more or at is None or not hasattr(self, "killer"):
            return super().run(at, **more)
        return self.killer(at)


def met_and_reopened(t):
    """Level change with follow-up, meeting, checklist, re-open, two persons."""
    t.report()
    t.go(t.says("team", "等級：3\n狀態：處理中\n"), minutes=10)
    t.go(t.says("ciso", "召開 4/1 14:00 地點：第一會議室\n"), minutes=10)
    t.go(t.says("team", "等級：4\n"), minutes=10)
    assert t.case()["revision"] > 1
    t.go(t.says("team", RECOVERED.replace("硬體設備：正常", "硬體設備：未完成"),
                to="回覆處理結果"), minutes=10)
    assert t.case()["state"] == "contained"
    t.go(t.says("team", RECOVERED, to="回覆處理結果"), minutes=10)
    assert t.case()["state"] == "recovered"
    t.go(t.says("team", "重新開案\n"), minutes=10)
    assert t.case()["state"] == "in_progress"
    t.go(t.says("team", RECOVERED, to="回覆處理結果"), minutes=10)
    t.go(t.says("secretary", "會議紀錄：更換全部密碼\n", to=t.number), minutes=10)
    t.go(t.says("team", REASONS + "狀態：結案\n"), minutes=10)
    assert t.case()["state"] == "recovered"
    t.go(t.says("ciso", "確認\n", to="第二人"), minutes=10)
    assert t.case()["state"] == "closed"


def drill_by_the_law(t):
    """A drill under the law of 2026: nothing leaves, and a timing report."""
    t.report(subject="【演練】資通安全事件通報單")
    t.go(t.says("team", "等級：2\n狀態：處理中\n"), minutes=10)
    t.go(hours=1)
    t.go(t.says("team", RECOVERED, to="回覆處理結果"), minutes=10)
    t.go(t.says("team", REASONS + "狀態：結案\n"), minutes=10)
    assert t.case()["state"] == "closed"
    assert t.box(PEOPLE["ncert"]) == [] and t.receiver.posts == []


def the_house(t):
    """An advisory by two, a preventive reminder answered, the digest."""
    t.report()
    t.go(raw_mail(PEOPLE["team"], "許建國", "通告：請更新", "請立即更新。\n",
                  t.now), minutes=1)
    for who in ("team", "secretary"):
        t.go(t.says(who, "確認\n", to="請核可資安通告"), minutes=1)
    assert any("ADV-2026-001" in m["Subject"] for m in t.box(CONTACT))
    t.go(when=datetime(2026, 4, 2, 8, 30, tzinfo=TAIPEI))
    assert "案件追蹤表" in t.last("secretary", "案件追蹤表")["Subject"]
    t.go(when=datetime(2026, 4, 7, 9, 0, tzinfo=TAIPEI))
    t.go(t.says(CONTACT, "完成\n共 21 台\n", to="防毒碼"), minutes=5)
    assert "已收到您的回覆" in t.last(CONTACT, "已收到")["Subject"]


class BadWeather(DyingTown):
    """With a relay and a receiver that refuse.  What they say hangs on the
    hour, not on how often they were asked: a death may ask once more."""

    def __init__(self, where, *lines, **more):
        self.relay = SmtpScript(where / "town" / "delivered").up()
        super().__init__(where, *lines, **more)

    def relay_conf(self):
        return self.relay.conf("r0")

    def http_conf(self, role):
        http = super().http_conf(role) if role == "ncert" else ""
        return f'  phone = "02-5550-0199"\n{http}'

    def relay_says(self, role, answer):
        self.relay.rcpt[PEOPLE[role]] = [answer]

    def receiver_says(self, *answer):
        self.receiver.answers = list(answer) * STEPS_MAX

    def states(self, role, duty):
        db = sqlite3.connect(f"file:{self.dir}/state/tocsin.db?mode=ro",
                             uri=True)
        try:
            return dict(db.execute("SELECT channel, state FROM outbox WHERE "
                                   "role = ? AND duty = ?", (role, duty)))
        finally:
            db.close()

    def message_id(self, role, duty):
        return next(m["Message-ID"] for m in self.box(PEOPLE[role])
                    if self.number in m["Subject"])

    def stop(self):
        self.relay.down()
        super().stop()


def bad_weather(t):
    """Refused, 4yz then taken, given up, a DSN, HTTP 500, then 409, then
    200; and somebody phones."""
    t.relay_says("ethics", "550 5.1.1 no such office")
    t.relay_says("secretary", "451 4.7.1 come back")
    t.relay_says("city_it", "452 4.2.2 mailbox full")
    t.report()
    t.relay_says("secretary", "250 2.1.5 ok")
    t.receiver_says(500)
    t.go(t.says("team", "等級：3\n狀態：處理中\n"), minutes=10)
    assert t.box(PEOPLE["secretary"])
    t.receiver_says(409)
    t.go(minutes=20)
    assert t.states("ncert", "annex2") == {"http": "waiting",
                                           "smtp": "accepted"}
    t.receiver_says()
    item = {"message_id": t.message_id("ncert", "annex2")}
    t.go(dsn(item, PEOPLE["ncert"], "failed", t.now), minutes=40)
    assert t.states("ncert", "annex2") == {"http": "accepted",
                                           "smtp": "refused"}
    t.go(minutes=60)
    assert t.states("city_it", "annex2") == {"smtp": "expired"}
    assert not t.show().get("external_sent_at")
    t.go(t.says("team", "已電話通報 王小姐\n", to="立即以電話"), minutes=5)
    assert t.case()["external_sent_at"]
    assert len(t.receiver.documents()) == 1


def with_evidence(t):
    """Files in the report and in the team's answer: each goes once, after its
    report, and is owed until it is promised."""
    files = {f"{i}.png": png(i) for i in range(1, 4)}
    t.go(with_files(t.form(), list(files.items())[:2]))
    t.number = t.json("list", "--all")[-1]["tracking"]
    t.go(t.says("team", "等級：3\n狀態：處理中\n"), minutes=10)
    t.go(with_files(t.says("team", "續報\n", to="回覆處理結果"),
                    list(files.items())[2:]), minutes=10)
    letters = {m["Message-ID"]: m for m in t.box(PEOPLE["ncert"])
               if "附件證據" in m["Subject"]}
    got = [attached(m) for m in letters.values()]
    assert len(got) == 2 and {**got[0], **got[1]} == files
    assert len(t.receiver.documents()) == 6     # two each, and two with files


@pytest.mark.parametrize("life, lines", [
    (with_evidence, ('policy-dir = "{where}/policies"',)),
    (met_and_reopened, ()), (drill_by_the_law, ('policy = "csma-2026"',)),
    (the_house, ()), (bad_weather, ("give-up = 7200",))],
    ids=lambda v: getattr(v, "__name__", ""))
def test_a_life_killed_again_and_again(life, lines, tmp_path):
    kind = BadWeather if life is bad_weather else DyingTown
    if life is with_evidence:
        policy(tmp_path / "policies", ALL)
    town = kind(tmp_path, *(line.format(where=tmp_path) for line in lines))
    try:
        life(town)
        town.tocsin("verify")
    finally:
        town.stop()
    print(f"{town.killer.kills} deaths survived")
    assert town.killer.kills > 50 / town.stride
    assert town.killer.places <= PLACES and len(town.killer.places) >= 3
    assert town.stride > 1 or town.killer.places == PLACES


class OneCopy(ServerWorld):
    """Where a second copy with the same Message-ID is seen as one mail."""

    def box(self, addr):
        mails = {}
        for m in super().box(addr):
            other = mails.setdefault(m["Message-ID"], m)
            assert body_of(other) == body_of(m), m["Message-ID"]
        return list(mails.values())


def untold(world):
    """Promises that were taken without a row of the journal that says so."""
    db = sqlite3.connect(f"file:{world.dir}/state/tocsin.db?mode=ro", uri=True)
    try:
        return db.execute(
            "SELECT o.id, o.duty FROM outbox o WHERE state = 'accepted' AND "
            "NOT EXISTS (SELECT 1 FROM journal j WHERE j.event IN ('sent', "
            "'dsn') AND json_extract(j.detail, '$.outbox') = o.id)").fetchall()
    finally:
        db.close()


def play(world, start, run=None):
    """The story; what the store and each mailbox hold at its end."""
    tell(world, start, lambda *unused: None, run)
    store = store_of(world)     # without times: the servers have their own
    return {"deadline": Counter((r[1], r[5], r[6]) for r in
                                store["deadline"].elements()),
            # A second copy may bring a second delivery notice, and a notice
            # may settle a promise before it is tried again: there is a row
            # less then, but each promise kept was told one way or the other.
            "untold": untold(world),
            "journal": Counter(r[1:3] for r in store["journal"].elements()
                               if r[1] not in ("dsn", "sent")),
            "outbox": Counter(tuple(re.sub(r":[0-9]+/", "/", str(c))
                                    for c in r)
                              for r in store["outbox"].elements()),
            "mailboxes": mailboxes_of(world),
            "posts": sorted(world.receiver.documents())}


@pytest.mark.skipif(not postfix.available(), reason="Postfix needs root")
def test_killed_on_real_servers(tmp_path):
    """The same over IMAP, SMTP and HTTPS: each run is killed again and again,
    later each time, and must end where an undisturbed story ends.  (The town
    cannot be copied while servers run, so each death is resumed from.)"""
    start = now()
    calm = ServerWorld(tmp_path / "calm")
    try:
        if not has_faults(calm):
            pytest.skip("built without --enable-faults")
        shutil.rmtree(calm.dir / "state")
        want = play(calm, start)
        assert want["untold"] == []
    finally:
        calm.stop()
    world = OneCopy(tmp_path / "town")
    kills = 0

    def run(at):
        nonlocal kills
        for step in range(1, STEPS_MAX, 2):
            p = world.run(at, check=False, env=dying(step))
            if p.returncode == 0:
                return
            assert p.returncode == -signal.SIGKILL, p.stderr.decode()[-3000:]
            kills += 1

    try:
        diff = different(want, play(world, start, run))
        assert diff == [], diff
    finally:
        world.stop()
    print(f"{kills} deaths survived")
    assert kills > 20
