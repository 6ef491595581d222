"""What the operator hears of a mailbox that does not do as it should: each
trouble once, whatever words the server finds for it, and nothing of a session
that ended as sessions do."""

import itertools
from datetime import timedelta

import pytest

from imap_script import Gone, Server, numbers
from servers import wait_for
from story import annex1
from test_daemon import end, start
from test_restore import held, lose
from world import PEOPLE, MaildirWorld, body_of, now


class Town(MaildirWorld):
    """Its mailbox is on a server that says what the test wants."""

    def __init__(self, where):
        self.imap = Server()
        (where / "password").write_text("secret\n")
        (where / "password").chmod(0o600)
        super().__init__(where)

    def mailbox_conf(self):
        return (f'mailbox "incident" {{\n  url = "{self.imap.url}"\n'
                f'  cleartext = true\n  user = "incident"\n'
                f'  password-file = "{self.dir}/password"\n'
                '  poll = 1\n  timeout = 5\n}')

    def report(self, n):
        t = now()
        self.imap.deliver(annex1(
            PEOPLE["staff"], "王小明", t - timedelta(minutes=5), t,
            message_id=f"<report.{n}@agency.example>"))

    def reports(self):
        return self.rows("SELECT count(*) FROM incident")[0][0]

    def told(self):
        return [body_of(m) for m in self.box(PEOPLE["operator"])]

    def stop(self):
        super().stop()
        self.imap.close()


def arrival(imap, at):
    """From now on mails came then."""
    real, date = Server.fetch_answer, at.strftime("%d-%b-%Y %H:%M:%S %z")
    imap.fetch_answer = lambda uid, line: real(imap, uid, line).replace(
        b"05-Apr-2007 09:30:00 +0800", date.encode())


@pytest.fixture
def town(tmp_path):
    w = Town(tmp_path)
    w.run(now())        # there is a store
    yield w
    w.stop()


def test_marks_that_are_refused_are_one_trouble(town):
    """Dovecot ends its answers with the time they took: the same refusal has
    other words each time."""
    words = itertools.count(1)
    tries = []

    def refuse(conn, tag, line):
        tries.append(line)
        conn.send(f"{tag} NO read only (0.00{next(words)} secs).\r\n")
        return True

    town.imap.on("UID STORE", refuse, times=2)
    town.report(1)
    proc = start(town)
    try:
        wait_for(lambda: town.imap.flags, 20, "not marked")
        assert len(tries) == 2 and not town.told(), "somebody moved a mail"
        town.imap.on("UID STORE", refuse)
        town.report(2)
        wait_for(lambda: len(tries) >= 8 and town.told(), 30, "no alarm")
        town.report(3)
        wait_for(lambda: town.reports() == 3, 20, "no more reports")
        assert len(town.told()) == 1
        assert "紀錄檔中的名稱：marks:incident" in town.told()[0]
        town.imap.hooks.clear()
        wait_for(lambda: len(town.told()) == 2, 20, "no all-clear")
        assert all("$Tocsin" in town.imap.flags[n] for n in (1, 2, 3))
    finally:
        assert end(proc) == 0


def test_a_mark_that_is_dropped_is_told_once_and_remembered(town):
    """By the next life too, and by a backup: what that life cannot know to be
    new is held."""
    town.imap.on(r"UID STORE .*\$Tocsin", "TAG OK stored\r\n")
    town.report(1)
    town.run(now())
    town.report(2)
    town.run(now())
    (told,) = town.told()
    assert "紀錄檔中的名稱：keyless:incident" in told
    assert len(town.imap.said("BODY")) == 2     # each mail was fetched once
    backup = town.dir / "backup.db"
    town.tocsin("backup", str(backup))
    arrival(town.imap, now())
    town.report(3)
    town.run(now())
    answers = len(town.box(PEOPLE["staff"]))
    came = now()
    wait_for(lambda: now() - came > timedelta(seconds=1), 5)
    lose(town, backup)
    town.run()
    assert town.reports() == 3 and len(town.box(PEOPLE["staff"])) == answers
    assert "ack" in {i["duty"] for i in held(town)}
    assert sum("keyless" in t for t in town.told()) == 1
    town.imap.hooks.clear()
    came = now()
    wait_for(lambda: now() - came > timedelta(seconds=1), 5)
    arrival(town.imap, now())
    town.report(4)
    town.run()
    assert len(town.box(PEOPLE["staff"])) == answers + 1
    assert sum("keyless" in t for t in town.told()) == 2    # all is clear


def test_a_maildir_that_takes_no_marks_gives_its_mails(tmp_path):
    """And none of them twice when the daemon starts anew."""
    w = MaildirWorld(tmp_path)
    done = w.dir / "done"
    done.mkdir()
    (done / "cur").write_text("no directory\n")
    w.conf.write_text(w.conf.read_text().replace(
        "kind = maildir\n", "kind = maildir\n  poll = 1\n  after = move\n"
        f'  move-to = "{done}"\n'))

    def report(n):
        t = now()
        w.deliver(annex1(PEOPLE["staff"], "王小明", t - timedelta(minutes=5),
                         t, message_id=f"<report.{n}@agency.example>"))

    def count():
        return w.rows("SELECT count(*) FROM incident")[0][0]

    try:
        w.run(now())
        proc = start(w)
        for n in (1, 2):
            report(n)
            wait_for(lambda: count() == n, 20, "no report")
        wait_for(lambda: w.box(PEOPLE["operator"]), 20, "no alarm")
        assert "marks:inbox" in body_of(w.box(PEOPLE["operator"])[0])
        assert end(proc) == 0
        proc = start(w)
        report(3)
        wait_for(lambda: count() == 3, 20, "no report")
        (done / "cur").unlink()
        wait_for(lambda: not list((w.inbox / "new").iterdir()), 20, "no marks")
        wait_for(lambda: len(w.box(PEOPLE["operator"])) == 2, 20,
                 "no all-clear")
        assert end(proc) == 0
        assert w.rows("SELECT count(*) FROM spool") == [(3,)]
    finally:
        w.stop()


def test_marks_are_well_when_none_is_left(town):
    """New mails that are marked beside one that cannot be are no all-clear."""
    tries = []

    def refuse_first(conn, tag, line):
        if 1 not in numbers(line.split()[2], 9):
            return False
        tries.append(line)
        conn.send(f"{tag} NO not this one\r\n")
        return True

    town.imap.on("UID STORE", refuse_first)
    town.report(1)
    proc = start(town)
    try:
        wait_for(town.told, 30, "no alarm")
        for n in (2, 3):
            town.report(n)
            wait_for(lambda: "$Tocsin" in town.imap.flags.get(n, ""), 20,
                     "not marked")
            before = len(tries)
            wait_for(lambda: len(tries) >= before + 2, 20, "no more tries")
        assert len(town.told()) == 1
        town.imap.hooks.clear()
        wait_for(lambda: len(town.told()) == 2, 20, "no all-clear")
    finally:
        assert end(proc) == 0


@pytest.mark.parametrize("there, tail", [(False, ""), (True, ""),
                                         (False, "/")])
def test_a_maildir_elsewhere_to_move_to(tmp_path, there, tail):
    """Confined as it is, the intake reaches the place it was told."""
    w = MaildirWorld(tmp_path)
    done = w.dir / "done"
    if there:
        (done / "cur").mkdir(parents=True)
    w.conf.write_text(w.conf.read_text().replace(
        "kind = maildir\n", "kind = maildir\n  after = move\n"
        f'  move-to = "{done}{tail}"\n'))
    t = now()
    w.deliver(annex1(PEOPLE["staff"], "王小明", t - timedelta(minutes=5), t))
    try:
        w.run(t)
        assert len(list((done / "cur").iterdir())) == 1
        assert not list((w.inbox / "new").iterdir())
    finally:
        w.stop()


def test_one_session_that_ends_is_no_trouble(town):
    """A token expires, a server is updated: the next session is good.  What
    stays away is told."""
    def bye(conn, tag, line):
        conn.send("* BYE Session invalidated - AccessTokenExpired\r\n")
        raise Gone

    proc = start(town)
    try:
        for n in (1, 2, 3):
            town.report(n)
            wait_for(lambda: town.reports() == n, 20, "no report")
            wait_for(lambda: town.imap.idlers, 20, "it does not wait")
            before = town.imap.conns
            town.imap.on("NOOP|UID FETCH|DONE|IDLE", bye, times=1)
            wait_for(lambda: town.imap.conns > before, 20, "not lost")
        wait_for(lambda: town.imap.idlers, 20, "no session")
        assert not town.told()
        town.imap.greeting = b"* BYE no more today\r\n"
        town.imap.on("NOOP|UID FETCH|DONE|IDLE", bye)
        wait_for(town.told, 30, "no alarm")
        assert "no more today" in town.told()[0]
        town.imap.greeting = Server.GREETING
        town.imap.hooks.clear()
        wait_for(lambda: len(town.told()) == 2, 30, "no all-clear")
    finally:
        assert end(proc) == 0
