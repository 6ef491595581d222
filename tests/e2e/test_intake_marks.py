"""Marks on stored mails, and what they tell a later life, before a scripted
server.

The numbers I1..I40 are those of MAIL-IN-THE-WILD.md.
"""

import time

import pytest

from imap_script import Server
from scripted import BODY, LIST, expect, mail, three
from servers import wait_for


def test_unmarked_are_marked_first(run):
    with three() as s, run(s, after="flag", last=3, unmarked="1,2,3") as i:
        i.polled("ok")
        assert i.mails() == []
        assert i.marked() == "1,2,3"
        assert all(r"\Seen" in s.flags[u] and "$Tocsin" in s.flags[u]
                   for u in (1, 2, 3))


def test_unmarked_are_marked_to_the_last(run):
    """The desk names so many at a time: the others are asked for, too."""
    with three() as s, run(s, after="flag", last=3, unmarked="1;2,3") as i:
        i.polled("ok")
        assert i.mails() == []          # not by fetching them again
        assert all("$Tocsin" in s.flags[n] for n in (1, 2, 3))


def test_i36_seen_before_it_moves(run):
    with three() as s, run(s, after="move", move="Done") as i:
        i.polled("ok")
        assert i.marked() == "1,2,3"
        order = [ln.split(" ", 1)[1][:12] for ln in s.said("STORE|MOVE|CREAT")]
        assert order[0].startswith("UID STORE")
        assert s.folders["Done"] == [mail(1), mail(2), mail(3)]
        assert s.mails == {}


@pytest.mark.parametrize("caps", ["IMAP4rev1", "IMAP4rev1 UIDPLUS"])
def test_i40_copy_where_there_is_no_move(run, caps):
    with three() as s:
        s.caps = caps
        s.flags[1] = set()
        with run(s, after="move", move="已處理 & x", poll=1) as i:
            i.polled("ok")
            assert s.folders["&XfKGVXQG- &- x"] == [mail(1), mail(2), mail(3)]
            assert s.mails == {}
            assert bool(s.said("UID EXPUNGE 1:3")) == ("UIDPLUS" in caps)
            s.deliver(mail(4))      # after what was EXPUNGEd: uid 1 again
            i.polled("ok")


def test_keyword_not_allowed(run):
    with three() as s:
        s.permanent = r"(\Seen)"
        with run(s, after="flag") as i:
            i.polled("ok")
            assert s.flags == {n: {r"\Seen"} for n in (1, 2, 3)}


@pytest.mark.parametrize("after", ["flag", "move"])
def test_read_only_folder(run, after):
    """All of it is read, each mail once; what cannot be marked is told."""
    with three() as s, run(s, after=after, move="Done", poll=1) as i:
        s.permanent = "()"
        s.access = "READ-ONLY"
        assert "only be read" in i.next("UNMARKED")["text"]
        i.polled("ok")
        s.deliver(mail(4))
        assert "only be read" in i.next("UNMARKED")["text"]
        i.polled("ok")
        i.next("UNMARKED")
        expect(i, 1, 2, 3, 4)
        assert not s.said("STORE|MOVE|COPY|EXPUNGE")


def test_i38_missed_once_and_found(run):
    """Left unmarked, the server answered for 1 and 3 and forgot 2: the list
    of uids is compared with what the desk has."""
    with three() as s, run(s, last=3, ledger="1,3") as i:
        i.polled("ok")
        expect(i, 2)


def test_i38_hidden_and_then_there(run):
    with three() as s, run(s, poll=1, ledger="") as i:
        hidden = s.mails.pop(2)
        i.polled("ok")
        expect(i, 1, 3)
        s.mails[2] = hidden
        i.next("MAIL", seconds=25)
        expect(i, 1, 2, 3)
        n = len(s.said(BODY))
        for _ in range(12):
            i.polled("ok")
        assert len(s.said(BODY)) == n, "asked for what the desk has"
        assert len(s.said("UID SEARCH UID 1:3")) <= 5


@pytest.mark.parametrize("permanent,after", [
    (r"(\Seen)", "flag"), (r"(\Seen \*)", "leave")])
def test_i38_without_marks_of_ours(run, permanent, after):
    """Deleted by others, marked by others: neither alarm nor a second time."""
    with Server({n: mail(n) for n in (1, 4, 5, 9)}) as s:
        s.permanent = permanent
        with run(s, after=after, poll=1, last=9, ledger="1:3,5:9") as i:
            i.polled("ok")
            expect(i, 4)
            del s.mails[5]
            s.flags[1] = {r"\Seen", "other"}
            for _ in range(12):
                assert i.next("POLLED")["rc"] == "ok"
            expect(i, 4)


@pytest.mark.parametrize("ledger", [
    "-", "1:", "3:1", "1,1", "x", "1:4294967296", "1:4294967295", "0", "1,,2"])
def test_i38_a_ledger_that_cannot_be_read_is_none(run, ledger):
    with three() as s, run(s, last=3, ledger=ledger) as i:
        i.polled("ok")
        assert i.mails() == []


@pytest.mark.parametrize("ledger", ["-", "1:3"])
def test_i38_the_ledger_is_asked_for_once(run, ledger):
    """One that is too long is so the next time, too."""
    with three() as s:
        s.on(LIST, "TAG BYE go away\r\n", times=1)
        with run(s, last=3, ledger=ledger) as i:
            assert i.next("KNOWN")["whole"] == 1
            i.polled("again", hurry=False)
            i.say("poll")
            assert i.next("KNOWN")["whole"] == 0


def test_i38_a_hundred_thousand(run):
    """One list, a few megabytes, and the one that is missing."""
    with Server({n: b"" for n in range(1, 100001)}) as s:
        s.mails[77777] = mail(77777)
        with run(s, last=100000, ledger="1:77776,77778:100000") as i:
            i.polled("ok", seconds=60)
            expect(i, 77777)
            assert i.rss_kb() < 100000      # sanitizers included


def test_mark_refused_stops_nothing(run):
    """The folder cannot be written: told, new mail comes all the same, and
    the marks are set when it can."""
    with three() as s, run(s, after="flag", poll=1) as i:
        s.on("UID STORE", "TAG NO read only, says the disk\r\n")
        assert "says the disk" in i.next("UNMARKED")["text"]
        expect(i, 1, 2, 3)
        i.polled("ok")
        n = s.conns
        s.deliver(mail(4))
        i.next("MAIL")
        i.polled("ok")
        expect(i, 1, 2, 3, 4)
        assert s.conns == n and s.flags == {}
        s.hooks.clear()
        i.next("MARKED")
        i.polled("ok")
        expect(i, 1, 2, 3, 4)
        assert "$Tocsin" in s.flags[4]


@pytest.mark.parametrize("refused", ["UID STORE .*Deleted", "UID EXPUNGE"])
def test_what_may_not_be_removed_is_copied_once(run, refused):
    """Rights to read and to copy, none to delete: asked again, and again."""
    with three() as s, run(s, after="move", move="Done", poll=1) as i:
        s.caps = "IMAP4rev1 IDLE UIDPLUS"
        s.folders["Done"] = []
        s.on(refused, "TAG NO [NOPERM] not for you\r\n")
        assert "not for you" in i.next("UNMARKED")["text"]
        i.polled("ok")
        s.deliver(mail(4))
        for _ in range(3):
            i.next("UNMARKED")
        expect(i, 1, 2, 3, 4)
        assert sorted(s.folders["Done"]) == [mail(n) for n in (1, 2, 3, 4)]
        s.hooks.clear()
        wait_for(lambda: not s.mails)
        assert len(s.folders["Done"]) == 4


@pytest.mark.parametrize("answer", [
    "[OVERQUOTA] Quota exceeded (mailbox for user is full)",
    "Mailbox has too many keywords"])
def test_no_room_for_a_copy_stops_nothing(run, answer):
    """I25: these words are no crowd at the door when we want to store."""
    with three() as s, run(s, after="move", move="Done", poll=1) as i:
        s.caps = "IMAP4rev1 IDLE"
        s.folders["Done"] = []
        s.on("UID COPY", f"TAG NO {answer}\r\n")
        assert answer in i.next("UNMARKED")["text"]
        i.polled("ok")
        n = s.conns
        s.deliver(mail(4))
        i.next("MAIL")
        i.polled("ok")
        expect(i, 1, 2, 3, 4)
        assert s.conns == n and len(s.mails) == 4
        s.hooks.clear()
        i.next("MARKED")
        wait_for(lambda: not s.mails)
        assert len(s.folders["Done"]) == 4
