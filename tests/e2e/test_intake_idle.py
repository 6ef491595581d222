"""IDLE and the safety poll before a scripted server.

The numbers I1..I40 are those of MAIL-IN-THE-WILD.md.
"""

import time

import pytest

from scripted import LIST, expect, mail, three


def test_idle_new_mail(run):
    with three() as s, run(s) as i:
        i.polled("ok")
        while not s.idlers:
            time.sleep(0.01)
        s.deliver(mail(4))
        i.next("MAIL")              # long before the poll
        expect(i, 1, 2, 3, 4)


def test_i26_still_here_is_no_news(run):
    with three() as s, run(s) as i:
        i.polled("ok")
        while not s.idlers:
            time.sleep(0.01)
        n = len(s.said(LIST))
        for _ in range(5):
            s.idlers[0].send("* OK Still here\r\n")
        i.say("ping")
        assert i.next("PONG")["text"] == "7"
        s.deliver(mail(4))
        i.next("MAIL")
        assert len(s.said(LIST)) == n + 1


def test_idle_untagged_before_the_plus(run):
    """The news libetpan's own IDLE loses (it waits for ever)."""
    with three() as s, run(s) as i:
        i.polled("ok")
        while not s.idlers:
            time.sleep(0.01)

        def idle(conn, tag, line):
            s.mails[4] = mail(4)
            conn.send("* 4 EXISTS\r\n")
            return False
        s.on("IDLE", idle, times=1)
        i.say("ping")       # wakes it: DONE, then IDLE again
        i.next("MAIL")
        expect(i, 1, 2, 3, 4)


def test_i27_bye_in_idle(run):
    with three() as s, run(s) as i:
        i.polled("ok")
        while not s.idlers:
            time.sleep(0.01)
        s.idlers[0].send("* BYE timeout\r\n")
        assert "BYE timeout" in i.polled("again", hurry=False)["text"]
        s.mails[4] = mail(4)
        i.say("poll")
        i.polled("ok")
        expect(i, 1, 2, 3, 4)


def test_i27_bye_together_with_the_plus(run):
    """One packet: nothing more comes, and the connection stays open."""
    with three() as s, run(s) as i:
        s.on("IDLE", "+ idling\r\n* BYE timeout\r\n", times=1)
        assert "BYE timeout" in i.polled("again", hurry=False)["text"]


def test_i27_bye_between_done_and_ok(run):
    """The server has said why; the next command does not make that unsaid."""
    with three() as s:
        def idle(conn, tag, line):
            conn.send("+ go\r\n* 4 EXISTS\r\n")
            assert conn.line() == "DONE"
            conn.send(f"* BYE moved elsewhere\r\n{tag} OK\r\n")
            return True

        s.on("IDLE", idle, times=1)
        with run(s) as i:
            assert "moved elsewhere" in i.polled("again", hurry=False)["text"]


def test_i27_no_exists_but_the_poll_finds_it(run):
    with three() as s, run(s, poll=1) as i:
        i.polled("ok")
        s.mails[4] = mail(4)
        i.next("MAIL")
        expect(i, 1, 2, 3, 4)


def test_i28_exists_between_done_and_ok(run):
    with three() as s, run(s) as i:
        i.polled("ok")

        def idle(conn, tag, line):
            conn.send("+ go\r\n")
            assert conn.line() == "DONE"
            s.mails[4] = mail(4)
            conn.send(f"* 4 EXISTS\r\n{tag} OK idled\r\n")
            return True
        while not s.idlers:
            time.sleep(0.01)
        s.on("IDLE", idle, times=1)
        i.say("ping")
        i.next("PONG")
        while len(s.said("IDLE")) < 2:      # a ping before it ends nothing
            time.sleep(0.01)
        i.say("ping")
        i.next("MAIL")
        expect(i, 1, 2, 3, 4)


@pytest.mark.parametrize("answer", ["TAG BAD no\r\n", "TAG NO not now\r\n"])
def test_idle_refused_falls_back_to_polling(run, answer):
    with three() as s, run(s, poll=1) as i:
        s.on("IDLE", answer)
        i.polled("ok")
        i.polled("ok")
        i.polled("ok")
        s.mails[4] = mail(4)
        i.next("MAIL")
        assert len(s.said("IDLE")) == 1
        assert s.said("NOOP")
        expect(i, 1, 2, 3, 4)


def test_no_idle_wakes_on_poll_and_quit(run):
    with three() as s:
        s.caps = "IMAP4rev1"
        with run(s, poll=600) as i:
            i.polled("ok")
            s.mails[4] = mail(4)
            i.say("poll")
            i.next("MAIL")
            expect(i, 1, 2, 3, 4)


def test_poll_in_idle(run):
    with three() as s, run(s, poll=600) as i:
        i.polled("ok")
        s.mails[4] = mail(4)
        i.say("poll")
        i.next("MAIL")
