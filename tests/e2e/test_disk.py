"""A store and a spool of mail on a disk that is full, small or not there."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import time
from datetime import timedelta
from pathlib import Path

import pytest

from live import start, end, log_of
from servers import wait_for
from story import annex1, raw_mail
from world import PEOPLE, MaildirWorld, body_of, now


@pytest.fixture
def town(tmp_path):
    w = MaildirWorld(tmp_path)
    yield w
    w.stop()


@contextlib.contextmanager
def mounted(where, options):
    """A small file system there (root only)."""
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    where.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none",
                       str(where)]).returncode != 0:
        pytest.skip("cannot mount a small file system")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(where)], check=True)


def test_a_store_that_cannot_be_written_marks_nothing(town, tmp_path):
    """A full disk: a file system of one megabyte (root only)."""
    small = tmp_path / "small"
    with mounted(small, "size=400k"):
        town.conf.write_text(town.conf.read_text().replace(
            f'state-dir = "{town.dir}/state"', f'state-dir = "{small}"'))
        big = "長" * 200000
        town.deliver(raw_mail(PEOPLE["staff"], "王小明", "x", big, now()))
        p = town.run(now(), check=False)
        assert p.returncode != 0, "a full disk must not look like success"
        assert not town.box(PEOPLE["staff"]), "acknowledged, yet not stored"
        assert len(list((town.inbox / "new").iterdir())) == 1, \
            "the mail must still be in the mailbox"
        assert "broken" in p.stderr.decode() or "full" in p.stderr.decode()


@pytest.fixture
def small(town, tmp_path):
    """The state directory has a file system of 24 megabytes."""
    there = tmp_path / "little"
    with mounted(there, "size=24m"):
        town.conf.write_text(town.conf.read_text().replace(
            f'state-dir = "{town.dir}/state"', f'state-dir = "{there}"'))
        yield there


def test_a_store_with_a_disk_of_its_own(town, tmp_path):
    """It is that disk which must not be full (disk-min is 100M)."""
    there = tmp_path / "little"
    with mounted(there, "size=24m"):
        town.conf.write_text(town.conf.read_text() +
                             f'store = "{there}/tocsin.db"\n')
        town.run(now())
        town.run(now())
        told = [body_of(m) for m in town.box(PEOPLE["operator"])]
        assert len(told) == 1 and "紀錄檔中的名稱：disk" in told[0], told
        checks = json.loads(town.tocsin("doctor", "--json", check=False))
        assert [c["name"] for c in checks["checks"] if not c["ok"]] == [
            f"{there}/tocsin.db"]


def fill(where):
    with open(where / "ballast", "wb", buffering=0) as f:
        try:
            while True:
                f.write(b"x" * 4096)
        except OSError:
            pass


@pytest.mark.parametrize("options, status", [
    ("size=64k,nr_inodes=1", 74), ("size=64k,ro", 74), (None, 78)])
def test_a_state_directory_that_cannot_be_made(town, tmp_path, options,
                                               status):
    """A disk without room may have some later, so the supervisor tries again;
    a directory that is none has to be mended."""
    where = tmp_path / "there"
    if options is None:
        where.write_text("")
    with mounted(where, options) if options else contextlib.nullcontext():
        town.conf.write_text(town.conf.read_text().replace(
            f'state-dir = "{town.dir}/state"', f'state-dir = "{where}/s"'))
        p = town.run(now(), check=False)
        assert p.returncode == status, p.stderr
        assert f"{where}/s: " in p.stderr.decode()


def leave(where, kilobytes):
    """The disk is full, but for so much."""
    fill(where)
    os.truncate(where / "ballast",
                (where / "ballast").stat().st_size - kilobytes * 1024)


def test_a_disk_that_is_full_for_a_while(town, small):
    """Mails come in, the disk fills, the daemon ends, is started, ends
    again; then there is space, and all that lay there has one answer."""
    people = [f"p{i}@agency.example" for i in range(12)]
    ends = []

    def alive(proc):
        if proc.poll() is None:
            return proc
        ends.append(proc.returncode)
        return start(town)

    town.conf.write_text(town.conf.read_text().replace(
        "kind = maildir", "kind = maildir\n  poll = 1"))
    proc = start(town)
    try:
        for i, who in enumerate(people):
            town.deliver(annex1(who, "王小明", now() - timedelta(minutes=5),
                                now(), "utf-8", message_id=f"<f.{who}>"))
            if i == 4:
                wait_for(lambda: town.box(people[4]), 30, "no answer")
                fill(small)
        town.deliver(annex1(PEOPLE["staff"], "王小明",
                            now() - timedelta(minutes=5), now()).replace(b"\r\n\r\n", b"\r\n\r\n" +
                                           b"pad pad\r\n" * 700000, 1))
        for _ in range(3):
            wait_for(lambda: proc.poll() is not None, 60, "it went on")
            proc = alive(proc)
        left = len(list((town.inbox / "new").iterdir()))
        assert left >= 1, "marked, yet not stored"
        proc.wait(60)
        (small / "ballast").unlink()
        proc = alive(proc)
        for who in people:
            wait_for(lambda: town.box(who), 60, f"no answer to {who}")
        wait_for(lambda: not list((town.inbox / "new").iterdir()), 60,
                 "something is never marked")
        assert end(proc) == 0
        assert set(ends) == {74}, ends
        for who in people:
            assert len({m["Message-ID"] for m in town.box(who)}) == 1
        assert town.tocsin("verify")
        assert len(town.json("list", "--all")) >= len(people)
    finally:
        if proc.poll() is None:
            proc.kill()
            proc.wait()


def test_a_full_disk_is_no_death_of_a_mail(town, small):
    """Room to store a mail and to count a try, none for what it becomes: the
    daemon ends with it in hand as often as it is started."""
    def of_mails():
        db = sqlite3.connect(f"file:{small}/tocsin.db?mode=ro", uri=True)
        try:
            return db.execute("SELECT disposition, attempts FROM spool "
                              "ORDER BY id").fetchall()
        finally:
            db.close()

    stored = 0
    town.run(now())
    for i, room in enumerate((64, 96, 128, 160)):
        leave(small, room)
        t = now()
        town.deliver(annex1(f"p{i}@agency.example", "王小明",
                            t - timedelta(minutes=5), t, "utf-8",
                            message_id=f"<full.{i}@agency.example>"))
        for _ in range(6):
            assert town.run(t, check=False).returncode == 74
        stored += ("new", 0) in of_mails()
        (small / "ballast").unlink()
        town.run(t)
        assert of_mails() == [("report", 1)] * (i + 1)
        assert len(town.box(f"p{i}@agency.example")) == 1
    assert stored > 1


@pytest.mark.parametrize("room, large", [(60, 0), (72, 0), (104, 0), (140, 0),
                                         (200, 0), (2000, 1500)])
def test_what_a_full_disk_stops_is_sent_once(town, small, room, large):
    """Room to give a letter to a courier and none to write down that it went
    (or none for a large mail): however often the daemon is started, nobody
    is told twice."""
    t = now()
    good = town.conf.read_text()
    town.conf.write_text(good.replace(str(town.out), str(town.dir / "no/where")))
    town.deliver(annex1(PEOPLE["staff"], "王小明", t - timedelta(minutes=5), t,
                        "utf-8"))
    town.run(t)
    town.conf.write_text(good)
    if large:
        town.deliver(raw_mail(PEOPLE["staff"], "王小明", "x",
                              "long line\n" * (large * 100), t))
    leave(small, room)
    ends = []
    for i in range(6):
        t += timedelta(seconds=20)
        ends.append(town.run(t, check=False).returncode)
    assert 74 in ends
    (small / "ballast").unlink()
    town.run(t + timedelta(minutes=10))
    for who in ("staff", "team", "ethics", "secretary"):
        # of a mail with nothing in it there may be one answer more
        got = [m["Message-ID"] for m in town.box(PEOPLE[who])]
        assert len(got) == len(set(got)) > 0, (who, ends)


def test_what_a_neighbour_of_the_store_stops_is_sent_once(town):
    """Somebody works in the store with a tool while letters are on their way:
    what was sent is written down when he is done."""
    t = now()
    proc = start(town)
    child = Path(f"/proc/{proc.pid}/task/{proc.pid}/children")

    def couriers():
        return [int(pid) for pid in child.read_text().split() if "courier" in
                Path(f"/proc/{pid}/cmdline").read_text().split("\0")]
    try:
        town.deliver(annex1("first@agency.example", "林麗",
                            t - timedelta(minutes=9), t))
        wait_for(lambda: town.box(PEOPLE["secretary"]), 30)  # all at work
        wait_for(lambda: not town.rows("SELECT 1 FROM outbox WHERE state IN"
                                       " ('waiting', 'in_hand')"), 30)
        for pid in couriers():
            os.kill(pid, signal.SIGSTOP)
        town.deliver(annex1(PEOPLE["staff"], "王小明",
                            t - timedelta(minutes=5), t))
        wait_for(lambda: town.rows("SELECT 1 FROM outbox WHERE incident = 2"
                                   " AND state = 'in_hand'"), 30)
        db = sqlite3.connect(town.dir / "state/tocsin.db",
                             isolation_level=None, timeout=20)
        db.execute("BEGIN IMMEDIATE")
        for pid in couriers():
            os.kill(pid, signal.SIGCONT)
        wait_for(lambda: town.box(PEOPLE["staff"]), 30)
        wait_for(lambda: "broken" in log_of(town), 30)
        time.sleep(12)              # longer than one try to write
        assert proc.poll() is None
        db.execute("ROLLBACK")
        db.close()
        assert proc.wait(60) == 74
    finally:
        if proc.poll() is None:
            end(proc)
    town.run(t + timedelta(minutes=20))
    for who in ("staff", "team", "ethics", "secretary"):
        got = [m["Message-ID"] for m in town.box(PEOPLE[who])]
        assert len(got) == len(set(got)) > 0, who
    town.tocsin("verify")


def test_a_first_start_on_a_full_disk(town, small):
    """Nothing half made may keep the next start from its work."""
    fill(small)
    t = now()
    town.deliver(annex1(PEOPLE["staff"], "王小明", t - timedelta(minutes=5),
                        t))
    for _ in range(2):
        assert town.run(t, check=False).returncode == 74
    (small / "ballast").unlink()
    town.run(t)
    assert len(town.box(PEOPLE["staff"])) == 1
    assert sorted(f.name for f in small.iterdir()
                  if f.name.startswith("token")) == ["token.key"]
    assert (small / "token.key").stat().st_size == 32
