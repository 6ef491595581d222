"""What other IMAP servers than Dovecot were seen to do, on the wire: Cyrus 3.6,
Courier 5.0 and GNU Mailutils 3.15, played by the scripted server.

    Cyrus, Courier   names of folders begin with "INBOX."; others are refused
    Mailutils        a session may miss new mail until it SELECTs anew, not in
                     IDLE, NOOP or FETCH; "* 1 EXPUNGED"; no keywords, but no
                     word of that in PERMANENTFLAGS either
    others           promise keywords and refuse ours, or take it and drop it
    Cyrus            a space before the end of a line is BAD: imap_script.py
                     refuses it everywhere
"""

import time

import pytest

from imap_script import Server
from scripted import BODY, LIST, expect, mail, three


def behind_inbox(*uids):
    s = Server({n: mail(n) for n in uids})
    s.caps += " NAMESPACE"
    s.prefix = "INBOX."
    return s


@pytest.mark.parametrize("there", [False, True])
def test_a_target_in_the_namespace(run, there):
    """The name that is configured is the one people see; the server's own
    prefix is found out, once a session."""
    with behind_inbox(1, 2) as s:
        if there:
            s.folders["INBOX.&XfKGVXQG-"] = []
        with run(s, after="move", move="已處理", poll=1) as i:
            i.polled("ok")
            assert i.marked() == "1,2"
            s.deliver(mail(3))
            i.next("MARKED")
        assert list(s.folders) == ["INBOX.&XfKGVXQG-"]
        assert len(s.folders["INBOX.&XfKGVXQG-"]) == 3 and not s.mails
        assert len(s.said("NAMESPACE")) == 1
        assert len(s.said("CREATE")) == (1 if there else 2)


def test_a_watched_folder_in_the_namespace(run):
    with behind_inbox(1) as s, run(s, folder="通報") as i:
        i.polled("ok")
        expect(i, 1)
        assert s.said('SELECT "?INBOX[.]&kBpYMQ-')


@pytest.mark.parametrize("prefix", [None, "", "INBOX."])
def test_a_name_that_no_namespace_helps(run, prefix):
    """The answer told is the one to the name that people know."""
    with behind_inbox(1) as s:
        s.prefix = prefix or ""
        if prefix is None:
            s.caps = s.caps.replace(" NAMESPACE", "")
        s.on("CREATE|STATUS", "TAG NO Permission denied\r\n")
        s.on("UID MOVE", "TAG NO [TRYCREATE] no\r\n")
        with run(s, after="move", move="已處理") as i:
            said = i.next("UNMARKED")["text"]
            assert said == 'move-to "已處理": imap: CREATE: NO Permission denied'
            i.polled("ok")      # the mails are safe, and others come
            expect(i, 1, server=s)
        s.hooks.clear()
        s.on("SELECT", "TAG NO Mailbox does not exist\r\n")
        with run(s, folder="通報") as i:
            said = i.polled("refused", hurry=False)["text"]
            assert said == \
                'folder "通報": imap: select: NO Mailbox does not exist'


class Frozen(Server):
    """A session sees what was there at its last SELECT, as Mailutils does
    when a mail comes within the second of its last look."""

    view = frozenset()

    def tell(self, conn):
        conn.send(f"* {len(self.view)} EXISTS\r\n")

    def do_select(self, conn, tag, line):
        self.view = frozenset(self.mails)
        super().do_select(conn, tag, line)

    def wanted(self, text):
        return [u for u in super().wanted(text) if u in self.view]


def polls(intake):
    return [o["rc"] for o in intake.seen if o["t"] == "POLLED"]


@pytest.mark.parametrize("idle", [1, 0])
def test_a_session_that_sees_nothing_new(run, idle):
    with Frozen({1: mail(1)}) as s, run(s, idle=idle, poll=1) as i:
        i.polled("ok")
        s.deliver(mail(2))
        i.next("MAIL")
        i.polled("ok")
        s.deliver(mail(3))
        looks = len(polls(i))
        i.next("MAIL")
        assert len(polls(i)) - looks < 4    # known now: at each look
        expect(i, 1, 2, 3)
        assert s.conns == 1 and set(polls(i)) == {"ok"}


def test_an_honest_server_is_seldom_entered_anew(run):
    begun = time.monotonic()
    with Server({1: mail(1)}) as s, run(s, idle=0, poll=1) as i:
        for _ in range(8):
            i.polled("ok")
        times = len(s.said("SELECT"))       # once in five polls of a second
        assert 2 <= times <= 1 + (time.monotonic() - begun) / 5


def test_another_folder_when_it_is_entered_anew(run):
    """UIDVALIDITY has changed meanwhile: a new session, all from the start."""
    with Server({1: mail(1)}) as s, run(s, idle=0, poll=1) as i:
        i.polled("ok")
        s.validity += 1
        s.on("UID FETCH|NOOP", "TAG OK nothing\r\n", times=8)
        assert "UIDVALIDITY" in i.polled("again", hurry=False)["text"]
        i.polled("ok")
        assert [u for u, _ in i.mails()] == ["1", "1"] and s.conns == 2


def test_odd_words_of_mailutils(run):
    with Server({1: mail(1), 2: mail(2)}) as s:
        s.caps = "IMAP4rev1 NAMESPACE ID IDLE LITERAL+ UNSELECT"
        s.permanent = ""
        s.on(r"UID STORE .*\$Tocsin", "TAG BAD UID STORE Unrecognized flag\r\n")

        def expunge(conn, tag, line):
            s.mails.clear()
            conn.send("* 1 EXPUNGED\r\n* 1 EXPUNGED\r\n* 0 EXISTS\r\n"
                      f"* 0 RECENT\r\n{tag} OK EXPUNGE Completed\r\n")
            return True
        s.on("EXPUNGE", expunge, times=1)
        with run(s, after="move", move="Tocsin", poll=1) as i:
            i.polled("ok")
            assert i.marked() == "1,2"
            s.deliver(mail(3))      # with an old uid, in the same folder
            i.next("MARKED")
        assert [raw for _, raw in i.mails()] == [mail(1), mail(2), mail(3)]
        assert len(s.folders["Tocsin"]) == 3


KEYLESS = {"NO": "TAG NO [CANNOT] too many keywords\r\n",
           "BAD": "TAG BAD Unrecognized flag\r\n",
           "dropped": "TAG OK stored\r\n"}


@pytest.mark.parametrize("how", KEYLESS)
def test_a_promise_of_keywords_that_is_not_kept(run, how):
    """Each mail comes once, on one connection, on the next and in the next
    life; one that was missed is found by what the desk has."""
    with three() as s:
        s.on(r"UID STORE .*\$Tocsin", KEYLESS[how])
        with run(s, after="flag", poll=1, ledger="1:3") as i:
            assert i.next("MARKED")["keyless"] == "1"
            for _ in range(3):
                i.polled("ok")
            s.on("IDLE", "* BYE shutting down\r\n", times=1)
            i.polled("again")
            i.polled("ok")
            s.deliver(mail(4))
            assert i.next("MARKED")["keyless"] == "1"
            expect(i, 1, 2, 3, 4)
        del s.mails[2]
        s.log.clear()
        with run(s, after="flag", poll=1, last=4, ledger="1,4",
                 keyless=1) as i:
            assert [i.next("KNOWN")["whole"] for _ in range(2)] == [0, 1]
            for _ in range(3):
                i.polled("ok")
            expect(i, 3)
        assert len(s.said(BODY)) == 1


def test_a_promise_of_keywords_that_is_kept_after_all(run):
    """Refused once by a hiccup, or by an older server: it counts again."""
    with three() as s:
        s.on(r"UID STORE .*\$Tocsin", KEYLESS["NO"], times=1)
        with run(s, after="flag", poll=1) as i:
            assert i.next("MARKED")["keyless"] == "0"
            i.polled("ok")
            assert "$Tocsin" in s.flags[3]
        s.deliver(mail(4))
        with run(s, after="flag", poll=1, last=3, ledger="1:3",
                 keyless=1) as i:
            assert i.next("MARKED")["keyless"] == "0"
            del s.flags[2]
            i.next("MARKED")        # found by its mark that is not there
            expect(i, 2, 4)
            assert "$Tocsin" in s.flags[2]


def test_keywords_are_looked_for_once_after_each_select(run):
    with three() as s, run(s, after="flag") as i:
        i.polled("ok")
        for n in (4, 5):
            s.deliver(mail(n))
            i.polled("ok")
        expect(i, 1, 2, 3, 4, 5)
        assert len(s.said(r"UID SEARCH UID \d UNKEYWORD")) == 1


def body(uid, seq=None):
    raw = mail(uid)
    return b"* %d FETCH (UID %d BODY[] {%d}\r\n%s)\r\n" % (
        seq or uid, uid, len(raw), raw)


def listed(items):
    return "".join(f"* {n} FETCH (UID {n} {items})\r\n" for n in (1, 2, 3))


ALL = [body(n) for n in (1, 2, 3)]
ODD = {     # what is asked, and what is answered before the tagged OK
    "backwards": (BODY, ALL[2] + ALL[0] + ALL[1]),
    "one nobody asked for": (BODY, ALL[0] + body(9, 4) + ALL[1] + ALL[2]),
    "each thrice": (BODY, b"".join(ALL * 3)),
    "small letters": (BODY, b"".join(ALL).replace(b"FETCH", b"fetch").replace(
        b"BODY[]", b"body[]")),
    "no uid": (BODY, ALL[0].replace(b"UID 1 ", b"") + ALL[1] + ALL[2]),
    "uids that are none": (BODY, b"".join(ALL) + b"* 4 FETCH (UID 0 FLAGS ())"
                           b"\r\n* 5 FETCH (UID 99999999999 FLAGS ())\r\n"),
    "part of it": (BODY, b"".join(ALL).replace(b"[]", b"[]<0>")),
    "a folder that shrinks": (BODY, b"* 1 EXISTS\r\n" + b"".join(ALL) +
                              b"* 0 EXISTS\r\n"),
    "untagged no": (BODY, ALL[0] + b"* NO odd\r\n* BAD odd\r\n" + ALL[1] +
                    ALL[2]),
    "a plus": (BODY, b"+ go ahead\r\n" + b"".join(ALL)),
    "another tag": (BODY, ALL[0] + b"x9 OK other\r\n" + ALL[1] + ALL[2]),
    "literal8": (BODY, b"".join(ALL).replace(b"{", b"~{")),
    "no date": (LIST, listed("FLAGS () RFC822.SIZE 77")),
    "date nil": (LIST, listed("FLAGS () INTERNALDATE NIL RFC822.SIZE 77")),
    "size nil": (LIST, listed("FLAGS () RFC822.SIZE NIL")),
    "size of 4 GB": (LIST, listed("FLAGS () RFC822.SIZE 4294967296")),
    "modseq": (LIST, listed("MODSEQ (12) FLAGS () RFC822.SIZE 77")),
    "modseq alone": (LIST, listed("MODSEQ (12)")),
    "labels": (LIST, listed('X-GM-LABELS ("\\\\Inbox" a) RFC822.SIZE 77')),
    "flags of 8 bits": (LIST, listed("FLAGS (\\Seen 已讀) RFC822.SIZE 77")),
    "no capability": ("CAPABILITY", "* CAPABILITY\r\n"),
}


@pytest.mark.parametrize("odd", ODD)
def test_odd_answers(run, odd):
    """Never the end of the process, and each mail once, byte for byte."""
    asked, text = ODD[odd]

    def answer(conn, tag, line):
        conn.send(text, f"{tag} OK done\r\n")
        return True
    with three() as s:
        s.on(asked, answer, times=1)
        with run(s, after="flag", poll=1) as i:
            i.polled("ok")
            i.polled("ok")
            if len(i.mails()) < 3:      # one without its uid: a moment later
                i.polled("ok")
            expect(i, 1, 2, 3)
        assert all("$Tocsin" in s.flags[n] for n in (1, 2, 3))


@pytest.mark.parametrize("news", ["* 3 EXISTS", "* 9 EXISTS", "* 1 RECENT"])
def test_news_that_are_none(run, news):
    """Told at the beginning of each IDLE: no look after the other, and a new
    mail is found all the same."""
    def idle(conn, tag, line):
        conn.send(f"+ idling\r\n{news}\r\n")
        while conn.line().upper() != "DONE":
            pass
        conn.send(f"{tag} OK idled\r\n")
        return True
    with three() as s:
        s.on("IDLE", idle)
        with run(s) as i:
            i.polled("ok")
            time.sleep(4)
            assert len(s.said("IDLE")) < 8
            s.deliver(mail(4))
            i.say("poll")
            i.next("MAIL")
            s.deliver(mail(5))
            i.next("MAIL")                  # trusted again: before the poll
            expect(i, 1, 2, 3, 4, 5)


def test_idle_that_the_server_ends(run):
    """At once, and a DONE is more than it knows: no session is lost."""
    with three() as s:
        s.on("IDLE", "+ idling\r\nTAG OK that is all\r\n")
        with run(s, poll=1) as i:
            i.polled("ok")
            s.deliver(mail(4))
            i.next("MAIL")
            expect(i, 1, 2, 3, 4)
            assert s.conns == 1 and not s.said("^DONE")
            assert len(s.said("IDLE")) == 1


def test_the_last_uid_of_all(run):
    """Named by mistake: what comes then is found all the same."""
    def ghost(conn, tag, line):
        conn.send("* 9 FETCH (UID 4294967295 FLAGS () RFC822.SIZE 5)\r\n")
        return False
    with three() as s:
        s.on(LIST, ghost, times=1)
        s.on("UID (FETCH|SEARCH UID) 0:", "TAG BAD invalid uid\r\n")
        with run(s, after="flag", poll=1) as i:
            i.polled("ok")
            s.deliver(mail(4))
            i.next("MAIL")
            expect(i, 1, 2, 3, 4)
            assert all(o["rc"] == "ok" for o in i.seen if o["t"] == "POLLED")
