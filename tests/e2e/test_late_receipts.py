"""Receipts and notices that overtake each other.

The relay has the report for NCERT and is slow to say so; meanwhile the promise
changes hands, or a notice from further on comes first.  What a peer said is
kept, nothing that was taken goes out again, and no word of a server near us
undoes what one further on knows better.
"""

import os
import signal
import socket
import sqlite3
import struct
import subprocess
import threading

import pytest

from live import log_of
from servers import wait_for
from story import TEAM_REPLY, answer, bounce_of
from test_courier_live import Town
from test_daemon import end, start
from world import PEOPLE, now

NCERT = PEOPLE["ncert"]


class Slow(Town):
    """Its relay holds the answer to NCERT's dot until let()."""

    def __init__(self, where, dot="", couriers=2):
        super().__init__(where, posts=())
        self.conf.write_text(self.conf.read_text().replace(
            "couriers = 2", f"couriers = {couriers}"))
        self.relays[0].held[NCERT] = threading.Event()
        self.relays[0].last[NCERT] = dot
        self.report(now())
        self.proc = start(self)
        self.deliver(answer(self.box(PEOPLE["team"])[0], PEOPLE["team"],
                            "許建國", TEAM_REPLY, now()))
        wait_for(self.handed, 30)

    def item(self):
        (item,) = self.outbox(duty="annex2", to=NCERT)
        return item

    def change(self, sql):
        """As if a lease had ended, or another desk had it."""
        db = sqlite3.connect(f"{self.dir}/state/tocsin.db", timeout=20)
        with db:
            db.execute(f"UPDATE outbox SET {sql} WHERE id = ?",
                       (self.item()["id"],))
        db.close()

    def handed(self):
        """How often the relay was told of NCERT."""
        return sum(line.startswith("RCPT") and NCERT in line
                   for line in self.relays[0].lines)

    def lives(self):
        return log_of(self).count("desk: started")

    def couriers(self):
        out = subprocess.run(
            ["ps", "-o", "pid=,stat=,args=", "--ppid", str(self.proc.pid)],
            stdout=subprocess.PIPE, text=True, check=True).stdout
        return [int(ln.split()[0]) for ln in out.splitlines()
                if "--role courier" in ln and not ln.split()[1].startswith("Z")]

    def let(self, results):
        """The relay answers; until NCERT's promise has so many receipts."""
        self.relays[0].held[NCERT].set()
        wait_for(lambda: len(self.results(self.item()["id"])) == results, 30)

    def stop(self):
        self.relays[0].held[NCERT].set()
        if self.proc.poll() is None:
            assert end(self.proc) == 0
        assert self.tocsin("verify")
        super().stop()


@pytest.fixture
def slow(tmp_path):
    w = Slow(tmp_path)
    yield w
    w.stop()


def test_a_lease_that_ends_in_living_hands_is_no_second_try(slow):
    slow.change("lease_until = 1, due_at = 1")
    wait_for(lambda: slow.rows(
        "SELECT id FROM outbox WHERE to_addr = ? AND lease_until > 1",
        NCERT), 30)
    slow.let(1)
    assert slow.item()["state"] == "accepted"
    assert slow.item()["attempts"] == 1
    assert len(slow.relays[0].of(NCERT)) == 1


@pytest.mark.parametrize("became", [
    "state = 'waiting', lease_owner = NULL, lease_until = 0, "
    "due_at = 4102444800, next_at = 4102444800",
    "lease_owner = 'courier:9', lease_until = 4102444800, due_at = 4102444800",
    "state = 'expired', lease_owner = NULL, lease_until = 0, due_at = NULL"])
def test_what_was_taken_was_taken(slow, became):
    slow.change(became)
    slow.let(1)
    wait_for(lambda: slow.item()["state"] == "accepted", 30)
    assert slow.results(slow.item()["id"]) == ["accepted"]
    assert [e["state"] for e in slow.events("sent")
            if e.get("outbox") == slow.item()["id"]] == ["accepted"]
    assert len(slow.relays[0].of(NCERT)) == 1


@pytest.mark.parametrize("dot", ["451 4.3.0 later", "554 5.7.1 no"])
def test_who_holds_no_lease_decides_nothing(tmp_path, dot):
    """It failed for the one before; the holder's try is still to come."""
    w = Slow(tmp_path, dot)
    try:
        w.change("lease_owner = 'courier:9', lease_until = 4102444800, "
                 "due_at = 4102444800")
        w.let(1)
        assert w.item()["state"] == "in_hand"
        assert w.item()["attempts"] == 0
        (late,) = w.events("late_receipt")
        assert late["outbox"] == w.item()["id"] and late["text"] in dot
        assert not w.events("gave_up")
    finally:
        w.stop()


@pytest.mark.parametrize("action, state", [("failed", "refused"),
                                           ("delivered", "accepted")])
def test_a_notice_that_comes_first_is_heard(slow, action, state):
    item = slow.item()
    assert (item["state"], item["attempts"]) == ("in_hand", 0)
    slow.deliver(bounce_of(item["message_id"], now()).replace(
        b"nobody@elsewhere.example", NCERT.encode()).replace(
        b"Action: failed", b"Action: " + action.encode()))
    wait_for(lambda: slow.results(item["id"]) == [action], 30)
    assert (slow.item()["state"], slow.item()["attempts"]) == (state, 1)
    slow.let(2)
    assert slow.results(item["id"]) == [action, "accepted"]
    assert (slow.item()["state"], slow.item()["attempts"]) == (state, 1)
    assert slow.rows("SELECT attempt FROM receipt WHERE outbox = ?",
                     item["id"]) == [(1,), (1,)]
    assert [e["result"] for e in slow.events("late_receipt")] == ["accepted"]

    def scripts():
        return [m for m in slow.box(PEOPLE["team"])
                if "電話或傳真" in m["Subject"]]
    wait_for(lambda: len(scripts()) == (state == "refused"), 30)
    assert len(slow.relays[0].of(NCERT)) == 1


def test_a_letter_that_couriers_die_of_is_put_off(tmp_path):
    """Each time a copy may have been taken; and all others wait behind it."""
    w = Slow(tmp_path, couriers=1)
    try:
        for n in (1, 2, 3):
            wait_for(lambda: w.handed() == n, 30, "it did not go again")
            (courier,) = w.couriers()
            os.kill(courier, signal.SIGKILL)
        wait_for(lambda: w.results(w.item()["id"]) == ["unknown"], 30)
        assert (w.item()["state"], w.item()["attempts"]) == ("waiting", 3)
        ((wait,),) = w.rows("SELECT next_at - (SELECT at FROM receipt WHERE"
                            " outbox = o.id) FROM outbox o WHERE id = ?",
                            w.item()["id"])
        assert 240 <= wait <= 360
        wait_for(lambda: not w.rows(
            "SELECT id FROM outbox WHERE to_addr <> ? AND state <> 'accepted'",
            NCERT), 30, "others wait behind it")
        assert not w.rows("SELECT id FROM outbox WHERE to_addr <> ? AND "
                          "attempts <> 1", NCERT)
        assert w.handed() == 3
    finally:
        w.stop()


def test_a_dot_may_finish_though_the_end_overtakes_a_hangup(slow):
    """The first word to end is no second one."""
    lives = slow.lives()
    slow.proc.send_signal(signal.SIGHUP)
    wait_for(lambda: "starting anew" in log_of(slow), 30)
    slow.proc.send_signal(signal.SIGTERM)
    wait_for(lambda: "signal 15: stopping" in log_of(slow), 30)
    with pytest.raises(subprocess.TimeoutExpired):
        slow.proc.wait(2)
    slow.relays[0].held[NCERT].set()
    assert slow.proc.wait(30) == 0
    assert slow.results(slow.item()["id"]) == ["accepted"]
    assert slow.item()["attempts"] == 1
    assert slow.lives() == lives


def frame(kind, *fields):
    body = struct.pack("<HH", kind, len(fields))
    for f in fields:
        body += struct.pack("<I", len(f)) + f
    return struct.pack("<I", len(body)) + body


COMMAND = 18                    # its place in FRAME_TYPES, base/frame.h


def test_what_a_courier_says_last_is_heard(slow):
    """It says that NCERT has it, and ends, as it was told to; and of both the
    desk, which waits for its store, hears of the end first."""
    desk, lives = slow.proc, slow.lives()
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(str(slow.dir / "state" / "control.sock"))
        s.sendall(frame(COMMAND, b"x", b"poll"))
        assert s.recv(100)
        desk.send_signal(signal.SIGHUP)
        wait_for(lambda: "starting anew" in log_of(slow), 30)
        db = sqlite3.connect(f"{slow.dir}/state/tocsin.db", timeout=20)
        os.kill(desk.pid, signal.SIGSTOP)
        db.execute("BEGIN IMMEDIATE")
        s.sendall(frame(COMMAND, b"x", b"poll"))
        desk.send_signal(signal.SIGHUP)
        os.kill(desk.pid, signal.SIGCONT)       # it has both at once
        slow.relays[0].held[NCERT].set()
        wait_for(lambda: not slow.couriers(), 30, "a courier does not end")
        db.rollback()
        db.close()
    wait_for(lambda: slow.lives() == lives + 1, 30)
    wait_for(lambda: slow.item()["state"] == "accepted", 30)
    assert slow.results(slow.item()["id"]) == ["accepted"]
    assert slow.item()["attempts"] == 1
    assert len(slow.relays[0].of(NCERT)) == 1
