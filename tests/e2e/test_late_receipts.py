"""Receipts and notices that overtake each other.

The relay has the report for NCERT and is slow to say so; meanwhile the promise
changes hands, or a notice from further on comes first.  What a peer said is
kept, nothing that was taken goes out again, and no word of a server near us
undoes what one further on knows better.
"""

import sqlite3
import threading

import pytest

from servers import wait_for
from story import TEAM_REPLY, answer, bounce_of
from test_courier_live import Town
from test_daemon import end, start
from world import PEOPLE, now

NCERT = PEOPLE["ncert"]


class Slow(Town):
    """Its relay holds the answer to NCERT's dot until let()."""

    def __init__(self, where, dot=""):
        super().__init__(where, posts=())
        self.relays[0].held[NCERT] = threading.Event()
        self.relays[0].last[NCERT] = dot
        self.report(now())
        self.proc = start(self)
        self.deliver(answer(self.box(PEOPLE["team"])[0], PEOPLE["team"],
                            "許建國", TEAM_REPLY, now()))
        wait_for(lambda: any(line.startswith("RCPT") and NCERT in line
                             for line in self.relays[0].lines), 30)

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

    def let(self, results):
        """The relay answers; until NCERT's promise has so many receipts."""
        self.relays[0].held[NCERT].set()
        wait_for(lambda: len(self.results(self.item()["id"])) == results, 30)

    def stop(self):
        self.relays[0].held[NCERT].set()
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
